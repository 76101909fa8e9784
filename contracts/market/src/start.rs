//! What starts and ends an auction without a sale.

use crate::{
    events::{self, LiquidationStarted},
    market::{Market, Result},
    storage::unchanged,
};
use breakwater_protocol::{actions, Error};
use ink::{codegen::Env, primitives::AccountId};

impl Market {
    #[inline(never)]
    pub(crate) fn do_liquidate(&mut self, account: AccountId) -> Result<()> {
        let starter = self.env().caller();
        let mut sheet = self.priced_sheet(account)?;
        let page = self.page_with_room();
        actions::start_liquidation(&mut sheet, *starter.as_ref(), page.0)?;
        self.store(account, &sheet);
        self.make_room_for_rewards(starter, core::slice::from_ref(&sheet.account));
        let is_new = self.add_to_index(account, page);
        events::send(LiquidationStarted { account, starter, started_ms: sheet.now_ms });
        if is_new {
            return Ok(());
        }
        unchanged(())
    }

    #[inline(never)]
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
}
