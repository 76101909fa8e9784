//! Sales: takes, fills by the backstop, write-offs; and auctions, many at a time.

use crate::{
    calls,
    effects::bytes,
    events::{self, LiquidationStarted},
    market::{Market, Result},
};
use breakwater_protocol::{
    actions::{StockSold, TakeCallback},
    market::{self, Payment, Store},
    AccountId as Account, AssetId, Error, Order,
};
use ink::{codegen::Env, prelude::vec::Vec, primitives::AccountId};

impl Market {
    #[allow(clippy::too_many_arguments)]
    #[inline(never)]
    pub(crate) fn do_take(
        &mut self,
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
        max_repay: u128,
        min_receive: u128,
        deadline_ms: Option<u64>,
        receiver: Option<AccountId>,
        callback: Option<Vec<u8>>,
    ) -> Result<(u128, u128)> {
        let (taker, receiver) = (self.caller(), receiver.map(bytes));
        let order = Order { collateral, debt, max_repay, min_receive };
        let done = market::take(self, &taker, account.as_ref(), &order, deadline_ms, receiver)?;
        self.report(&done.transitions);
        // Where the backstop has left nothing, there is nothing to be paid.
        if done.filled.is_some() {
            let of = bytes(account);
            self.exchange(done.lot_payment, done.debt_payment, taker, done.receiver, of, callback)?;
        }
        let taker = taker.into();
        if let Some(bought) = &done.bought {
            events::taken(account, bought, taker, true);
        }
        let Some(filled) = &done.filled else { return Ok((0, 0)) };
        events::taken(account, filled, taker, false);
        Ok((filled.taken.fill.repaid, filled.taken.fill.received))
    }

    #[inline(never)]
    pub(crate) fn do_backstop_fill(
        &mut self,
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
    ) -> Result<(u128, u128)> {
        let done = market::backstop_fill(self, account.as_ref(), collateral, debt)?;
        self.report(&done.transitions);
        events::taken(account, &done.filled, self.env().caller(), true);
        let fill = &done.filled.taken.fill;
        Ok((fill.repaid, fill.received))
    }

    #[allow(clippy::too_many_arguments)]
    #[inline(never)]
    pub(crate) fn do_buy_stock(
        &mut self,
        collateral: AssetId,
        debt: AssetId,
        max_repay: u128,
        min_receive: u128,
        deadline_ms: Option<u64>,
        receiver: Option<AccountId>,
        callback: Option<Vec<u8>>,
    ) -> Result<(u128, u128)> {
        let (buyer, receiver) = (self.caller(), receiver.map(bytes));
        let order = Order { collateral, debt, max_repay, min_receive };
        let done = market::buy_stock(self, &buyer, &order, deadline_ms, receiver)?;
        self.report(&done.transitions);
        // The market itself is whose collateral it is.
        let of = self.this();
        self.exchange(done.lot_payment, done.debt_payment, buyer, done.receiver, of, callback)?;
        let StockSold { paid, supply_shares, received, bonus_wad } = done.sold;
        events::send(events::StockSold {
            asset: debt,
            collateral,
            buyer: buyer.into(),
            paid,
            supply_shares,
            received,
            bonus_wad,
        });
        Ok((paid, received))
    }

    /// Moves what a sale moves: with a callback the collateral goes out first, and whom it went to is
    /// called before the buyer's money is pulled.
    #[inline(never)]
    fn exchange(
        &self,
        lot: Payment,
        owed: Payment,
        buyer: Account,
        receiver: Account,
        account: Account,
        callback: Option<Vec<u8>>,
    ) -> Result<()> {
        let Some(data) = callback else { return self.pay(&[owed, lot], &buyer, &receiver) };
        self.pay(&[lot], &buyer, &receiver)?;
        let sold = TakeCallback {
            caller: buyer,
            account,
            collateral: lot.token,
            received: lot.paid_out,
            debt: owed.token,
            repaid: owed.paid_in,
        };
        calls::callback(receiver, &sold, &data)?;
        self.pay(&[owed], &buyer, &receiver)
    }

    #[inline(never)]
    pub(crate) fn do_recognise(&mut self, account: AccountId) -> Result<()> {
        let done = market::recognise_bad_debt(self, account.as_ref())?;
        self.report(&done.transitions);
        events::written_off(account, &done.written_off);
        if done.cured {
            events::closed(account);
        }
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_liquidate_many(&mut self, accounts: Vec<AccountId>) -> Result<u32> {
        let starter = self.caller();
        let accounts: Vec<_> = accounts.into_iter().map(bytes).collect();
        let done = market::liquidate_many(self, &starter, &accounts)?;
        self.report(&done.transitions);
        let (starter, started_ms) = (starter.into(), done.started_ms);
        for account in &done.accounts {
            events::send(LiquidationStarted { account: (*account).into(), starter, started_ms });
        }
        for (account, bought) in &done.bought {
            events::taken((*account).into(), bought, starter, true);
        }
        u32::try_from(done.accounts.len()).map_err(|_| Error::Overflow)
    }

    #[inline(never)]
    pub(crate) fn do_take_many(
        &mut self,
        orders: Vec<(AccountId, Order)>,
        deadline_ms: Option<u64>,
        receiver: Option<AccountId>,
    ) -> Result<Vec<Result<(u128, u128)>>> {
        let (taker, receiver) = (self.caller(), receiver.map(bytes));
        let orders: Vec<_> = orders.into_iter().map(|(who, order)| (bytes(who), order)).collect();
        let done = market::take_many(self, &taker, &orders, deadline_ms, receiver)?;
        self.report(&done.transitions);
        self.pay(&done.payments, &taker, &done.receiver)?;
        let (taker, mut bought) = (taker.into(), done.bought.iter().peekable());
        let mut answers = Vec::with_capacity(orders.len());
        for (place, ((account, _), answer)) in orders.iter().zip(&done.orders).enumerate() {
            let account = (*account).into();
            while let Some((_, sale)) = bought.next_if(|(of, _)| *of == place) {
                events::taken(account, sale, taker, true);
            }
            answers.push(answer.as_ref().map_err(|error| *error).map(|filled| {
                let Some(filled) = filled else { return (0, 0) };
                events::taken(account, filled, taker, false);
                (filled.taken.fill.repaid, filled.taken.fill.received)
            }));
        }
        Ok(answers)
    }
}
