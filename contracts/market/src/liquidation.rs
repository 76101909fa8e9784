//! Auctions, one at a time: starting, taking, cures.

use crate::{
    calls,
    events::{self, LiquidationStarted},
    market::{Market, Result},
    storage::{unchanged, Cell},
};
use breakwater_protocol::{
    actions::{self, Sold, Taken},
    auction::Fill,
    math::add,
    AssetId, Error, Order,
};
use ink::{codegen::Env, prelude::vec::Vec, primitives::AccountId};

impl Market {
    pub(crate) fn do_liquidate(&mut self, account: AccountId) -> Result<()> {
        let starter = self.env().caller();
        let mut sheet = self.priced_sheet(account)?;
        let page = self.page_with_room();
        actions::start_liquidation(&mut sheet, *starter.as_ref(), page.0)?;
        self.store(account, &sheet);
        let is_new = self.add_to_index(account, page);
        events::send(LiquidationStarted { account, starter, started_ms: sheet.now_ms });
        if is_new {
            return Ok(());
        }
        unchanged(())
    }

    pub(crate) fn do_take(
        &mut self,
        account: AccountId,
        order: Order,
        receiver: Option<AccountId>,
        callback: Option<Vec<u8>>,
    ) -> Result<(u128, u128)> {
        let taker = self.env().caller();
        let receiver = self.payable(receiver)?;
        let mut sheet = self.priced_sheet(account)?;
        let Cell(params) = &self.params;
        let done = actions::take(params, &mut sheet, *taker.as_ref(), &order)?;
        self.store(account, &sheet);
        self.note_reward(order.collateral, &done)?;

        let Fill { repaid, .. } = done.fill;
        let lot = &sheet.line(order.collateral)?.reserve;
        let owed = &sheet.line(order.debt)?.reserve;
        match callback {
            None => {
                self.pull(owed, taker, repaid)?;
                self.push(lot, receiver, done.paid_out)?;
            }
            Some(data) => {
                self.push(lot, receiver, done.paid_out)?;
                let sold = Sold {
                    caller: *taker.as_ref(),
                    account: *account.as_ref(),
                    collateral: lot.config.token,
                    received: done.paid_out,
                    debt: owed.config.token,
                    repaid,
                };
                calls::callback(receiver, &sold, &data)?;
                self.pull(owed, taker, repaid)?;
            }
        }
        events::taken(&sheet, account, taker, &order, &done, false)?;
        self.after_fill(account, &done)
    }

    pub(crate) fn do_cure(&mut self, account: AccountId) -> Result<()> {
        let mut sheet = self.priced_sheet(account)?;
        if sheet.account.auction.is_none() {
            return Err(Error::NoAuction);
        }
        let ended = sheet.cure();
        if ended.is_none() {
            return Err(Error::InsufficientCollateral);
        }
        self.store(account, &sheet);
        self.close(account, ended)
    }

    /// Adds to what the auction's starter may claim.
    #[inline(never)]
    pub(crate) fn note_reward(&mut self, collateral: AssetId, done: &Taken) -> Result<()> {
        if let Some(starter) = done.reward_to {
            let key = (AccountId::from(starter), collateral);
            let earned = self.rewards.get(key).unwrap_or(0);
            self.rewards.insert(key, &add(earned, done.fill.reward)?);
        }
        Ok(())
    }

    /// Ends a message that has filled: the index changes where the auction has ended.
    #[inline(never)]
    pub(crate) fn after_fill(&mut self, account: AccountId, done: &Taken) -> Result<(u128, u128)> {
        let answer = (done.fill.repaid, done.fill.received);
        match &done.ended {
            Some(ended) if self.drop_from_index(account, ended) => Ok(answer),
            _ => unchanged(answer),
        }
    }
}
