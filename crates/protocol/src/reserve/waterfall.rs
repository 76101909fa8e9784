//! Who bears a loss: the protocol's reserve, then the backstop up to a part, then the lenders
//! (§ 4.6).

use crate::{
    num::{
        math::{add, sub},
        shares::{to_assets_down, to_shares_up},
    },
    Error, Reserve,
};

/// Who has borne how much of a loss, in units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Borne {
    pub by_protocol: u128,
    pub by_backstop: u128,
    /// By share price.
    pub by_lenders: u128,
}

impl Reserve {
    /// Takes debt off the balances that nobody will repay.
    ///
    /// Protocol and backstop bear their parts by giving up supply shares, so that the others' price
    /// stays; what is left lowers it. The breaker notes the loss.
    #[inline(never)]
    pub fn write_off(
        &mut self,
        assets: u128,
        debt_shares: u128,
        window_ms: u64,
        now_ms: u64,
    ) -> Result<Borne, Error> {
        // Each debt rounds up: the last may owe a unit more than the balances remember.
        let lost = assets.min(self.balances.borrowed);
        self.balances.breaker.lost.add(lost, window_ms, now_ms)?;
        let pot = self.balances.supplied()?;
        let by_protocol = lost.min(to_assets_down(self.balances.protocol_shares, pot)?);
        let burned = to_shares_up(by_protocol, pot)?.min(self.balances.protocol_shares);
        self.balances.protocol_shares = sub(self.balances.protocol_shares, burned)?;
        self.balances.supply_shares = sub(self.balances.supply_shares, burned)?;
        self.balances.borrowed = sub(self.balances.borrowed, by_protocol)?;

        let rest = sub(lost, by_protocol)?;
        let by_backstop = self.backstop_bears(rest, now_ms)?;
        let by_lenders = sub(rest, by_backstop)?;
        self.balances.borrowed = sub(self.balances.borrowed, rest)?;
        self.balances.debt_shares = sub(self.balances.debt_shares, debt_shares)?;
        Ok(Borne { by_protocol, by_backstop, by_lenders })
    }

    /// The backstop bears what it must of a loss (§ G7): of its money, within its share of a window.
    fn backstop_bears(&mut self, loss: u128, now_ms: u64) -> Result<u128, Error> {
        let money = self.backstop_assets_down()?;
        if money == 0 || loss == 0 || self.vault.shares == 0 {
            return Ok(0);
        }
        let config = self.config.backstop;
        let size = add(money, self.vault.tied()?)?;
        let window_ms = config.loss_window_ms;
        let most = self.vault.bears_down(size, config.loss_share_bps, window_ms, now_ms)?;
        let borne = loss.min(most).min(money);
        if borne != 0 {
            self.burn_backstop_up(borne)?;
            self.vault.bore(borne, window_ms, now_ms)?;
        }
        Ok(borne)
    }
}
