//! Sales: takes, fills by the backstop, write-offs.

use crate::{
    calls, events,
    market::{Market, Result},
    storage::{unchanged, Stored},
};
use breakwater_protocol::{
    actions::{self, Sold, Taken},
    auction::Fill,
    AssetId, Order,
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
        self.before(deadline_ms)?;
        let order = Order { collateral, debt, max_repay, min_receive };
        let taker = self.env().caller();
        let receiver = self.payable(receiver)?;
        let mut sheet = self.priced_sheet(account)?;
        let done = actions::take(&mut sheet, *taker.as_ref(), &order)?;
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

    #[inline(never)]
    pub(crate) fn do_backstop_fill(
        &mut self,
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
    ) -> Result<(u128, u128)> {
        let mut sheet = self.priced_sheet(account)?;
        let mut pool = self.load_pool(debt);
        let done = actions::backstop_fill(&mut sheet, &mut pool, collateral, debt)?;
        self.store(account, &sheet);
        self.pools.insert(debt, &Stored(&pool));
        self.note_reward(collateral, &done)?;
        let order = Order { collateral, debt, max_repay: 0, min_receive: 0 };
        events::taken(&sheet, account, self.env().caller(), &order, &done, true)?;
        self.after_fill(account, &done)
    }

    #[inline(never)]
    pub(crate) fn do_recognise(&mut self, account: AccountId) -> Result<()> {
        let mut sheet = self.priced_sheet(account)?;
        let (lost, ended) = actions::recognise(&mut sheet)?;
        self.store(account, &sheet);
        events::written_off(account, &lost);
        self.close(account, ended)
    }

    /// Adds to what the auction's starter may claim.
    #[inline(never)]
    pub(crate) fn note_reward(&mut self, collateral: AssetId, done: &Taken) -> Result<()> {
        if let Some(starter) = done.reward_to {
            self.add_reward(starter.into(), collateral, done.fill.reward)?;
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
