//! Our stakes in backstops, from time to time.

use super::{Keeper, KeeperError};
use crate::{
    config::{to_units, usd_to_wad, StakeConfig},
    endpoints::Claim,
    strategy::{recycles, Plan, StakeTerms, Staked},
    views::Picture,
};
use breakwater_chain::AccountId;
use breakwater_protocol::AssetId;

/// Kinds of deeds that must be done before the next look.
const KINDS: [&str; 3] = ["claim_gain", "sell", "stake"];

impl Keeper {
    /// Claims, sales and stakes that are due, and the approvals they need.
    pub(super) fn stakes(
        &mut self,
        claim: &Claim,
        picture: &Picture,
    ) -> Result<Vec<Plan>, KeeperError> {
        let Some(of) = self.config.stake.clone() else { return Ok(Vec::new()) };
        let passed_ms = picture.now_ms.saturating_sub(self.duties.staked_ms);
        if passed_ms < of.every_ms || KINDS.iter().any(|kind| self.is_under_way(kind)) {
            return Ok(Vec::new());
        }
        self.duties.staked_ms = picture.now_ms;
        let terms = StakeTerms {
            every_ms: of.every_ms,
            sell_bps_per_hour: of.sell_bps_per_hour,
            exit_bps: self.config.takes.exit_bps,
            tolerance_bps: self.config.takes.tolerance_bps,
            least_wad: usd_to_wad(of.min_usd),
        };
        let mut plans = Vec::new();
        for pool in self.config.pool.clone() {
            let venue = self.venue(claim, &pool)?;
            for (collateral, debt) in [(pool.base, pool.quote), (pool.quote, pool.base)] {
                let Some(ours) = self.staked(claim, picture, &of, (collateral, debt))? else {
                    continue;
                };
                plans.extend(self.stake_approvals(claim, picture, &ours, pool.address)?);
                match recycles(picture, &ours, &venue, &terms) {
                    Ok(due) => plans.extend(due),
                    Err(why) => tracing::warn!(?why, debt, collateral, "a stake is left alone"),
                }
            }
        }
        Ok(plans)
    }

    /// Our stake in the backstop of `debt`, if there is one that may have bought `collateral`.
    fn staked(
        &mut self,
        claim: &Claim,
        picture: &Picture,
        of: &StakeConfig,
        (collateral, debt): (AssetId, AssetId),
    ) -> Result<Option<Staked>, KeeperError> {
        let (Ok(lot), Ok(owed)) = (picture.line(collateral), picture.line(debt)) else {
            return Ok(None);
        };
        let (lot, owed) = (&lot.reserve.config, &owed.reserve.config);
        if !lot.collateral || !owed.borrowable {
            return Ok(None);
        }
        let (us, market) = (self.executor.account(), self.market);
        let stake = self.ask(claim, |at| at.stake(market, debt, us))?;
        if stake.shares == 0 {
            return Ok(None);
        }
        let held = self.ask(claim, |at| at.balance(lot.token, us))?;
        let balance = self.ask(claim, |at| at.balance(owed.token, us))?;
        let spare = balance.saturating_sub(to_units(of.keep, owed.decimals));
        Ok(Some(Staked { debt, collateral, stake, held, spare }))
    }

    /// The pool pulls what is sold, the market what is staked.
    fn stake_approvals(
        &mut self,
        claim: &Claim,
        picture: &Picture,
        ours: &Staked,
        pool: AccountId,
    ) -> Result<Vec<Plan>, KeeperError> {
        if !self.config.executor.approve || self.is_under_way("approve") {
            return Ok(Vec::new());
        }
        let mut plans = Vec::new();
        for (asset, spender) in [(ours.collateral, pool), (ours.debt, self.market)] {
            let Ok(line) = picture.line(asset) else { continue };
            plans.extend(self.approval(claim, line.reserve.config.token, spender)?);
        }
        Ok(plans)
    }
}
