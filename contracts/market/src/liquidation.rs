//! What starts and ends an auction without a sale.

use crate::{
    events::{self, LiquidationStarted},
    market::{Market, Result},
};
use breakwater_protocol::market;
use ink::primitives::AccountId;

impl Market {
    #[inline(never)]
    pub(crate) fn do_liquidate(&mut self, account: AccountId) -> Result<()> {
        let starter = self.caller();
        // Purchases are in the auctions code, which is run where there may be one.
        #[cfg(feature = "front")]
        let Some(done) = market::liquidate_alone(self, &starter, account.as_ref())?
        else {
            crate::codes::hand_over(self.auctions.as_ref())
        };
        #[cfg(not(feature = "front"))]
        let done = market::liquidate(self, &starter, account.as_ref())?;
        self.report(&done.transitions);
        let (starter, started_ms) = (starter.into(), done.started_ms);
        events::send(LiquidationStarted { account, starter, started_ms });
        #[cfg(not(feature = "front"))]
        if let Some(bought) = &done.bought {
            events::taken(account, bought, starter, true);
        }
        Ok(())
    }

    #[inline(never)]
    pub(crate) fn do_cure(&mut self, account: AccountId) -> Result<()> {
        let done = market::cure(self, account.as_ref())?;
        self.report(&done.transitions);
        events::closed(account);
        Ok(())
    }
}
