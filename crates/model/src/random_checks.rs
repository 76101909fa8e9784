//! What must hold in the random world besides the market's own invariants.

use crate::{
    random::{Step, World},
    Call,
};
use breakwater_protocol::{actions::Action, num::math::WAD, oracle::price::Use, Error, ALL};

impl Step {
    /// Whether it has "all" as an amount to pay in, which nobody can have.
    pub(crate) fn is_huge(&self) -> bool {
        match self {
            Self::Act { moves, .. } => moves.iter().any(|one| one.size >= 0xfffe),
            Self::Take { size, .. } | Self::Stake { size, .. } => *size >= 0xfffe,
            _ => false,
        }
    }
}

impl World {
    /// A supply share never loses value but by bad debt.
    pub(crate) fn check_share_prices(&mut self) -> Result<(), String> {
        let lost = core::mem::take(&mut self.has_lost);
        for (best, reserve) in self.best_share_wad.iter_mut().zip(&self.model.reserves) {
            let pot = reserve.balances.supplied().map_err(|error| format!("{error:?}"))?;
            // With the virtual unit and shares, as they are divided.
            let share_wad = breakwater_protocol::num::math::mul_div_down(
                pot.assets + 1,
                WAD * WAD,
                pot.shares + 1_000_000,
            )
            .map_err(|error| format!("{error:?}"))?;
            if share_wad < *best && !lost {
                return Err(format!("a share fell from {best} to {share_wad}"));
            }
            *best = share_wad;
        }
        Ok(())
    }

    /// Whatever state the market is in: debts can be repaid, collateral topped up, collateral without
    /// debt withdrawn, and a healthy account cured whose prices are good.
    pub(crate) fn check_exits(&self) -> Result<(), String> {
        for (who, account) in &self.model.accounts {
            let tries = |actions: Vec<Action>| {
                let call = Call::Act { on_behalf_of: None, actions };
                self.model.clone().apply(*who, &call)
            };
            for held in &account.positions {
                let asset = held.asset;
                if held.debt_shares != 0 {
                    tries(vec![Action::Repay { asset, assets: ALL }])
                        .map_err(|error| format!("repay refused: {error:?}"))?;
                }
                if held.collateral != 0 && account.has_debt() {
                    let (amount, excess_to_supply) = (1_000, false);
                    tries(vec![Action::DepositCollateral { asset, amount, excess_to_supply }])
                        .map_err(|error| format!("top-up refused: {error:?}"))?;
                }
                if held.collateral != 0 && !account.has_debt() {
                    tries(vec![Action::WithdrawCollateral { asset, amount: ALL }])
                        .map_err(|error| format!("withdrawal refused: {error:?}"))?;
                }
            }
            if account.auction.is_some() {
                let snapshot = self.model.snapshot(who).map_err(|error| format!("{error:?}"))?;
                let good = snapshot.require_prices(Use::Settlement).is_ok();
                let healthy = snapshot.health().is_ok_and(|health| health.is_healthy());
                let cured = self.model.clone().apply(*who, &Call::Cure(*who));
                match cured {
                    Ok(_) if !good || healthy => {}
                    Err(Error::StillUnhealthy) if !good || !healthy => {}
                    _ => return Err(format!("cure: {cured:?}, {account:?}")),
                }
            }
        }
        Ok(())
    }
}
