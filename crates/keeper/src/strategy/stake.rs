//! Looking after our own stake in a backstop: claim what it bought, sell it little by little, stake the
//! proceeds (§ 4.9). A pool whose stakers only hold runs dry in a long fall (`docs/results.md`).

use super::{
    approve::approval, less_bps_down, value_of, Cadence, Phase, Pool, Strategy, StrategyKind, Venue,
};
use crate::{
    action::{Action, ActionKind, Proposal},
    config::to_units,
    index::AccountIndex,
    snapshot::{MarketSnapshot, Question},
};
use breakwater_protocol::{
    math::{mul_div_down, BPS},
    time::HOUR_MS,
    AssetId, Error,
};

/// How our stakes are looked after.
#[derive(Clone, Debug)]
pub struct Stake {
    /// Where is sold what the backstop has bought.
    pub pools: Vec<Pool>,
    pub every_ms: u64,
    /// Most sold in an hour, of what the pool holds of it.
    pub sell_bps_per_hour: u16,
    /// Whole tokens of the debt asset that are not staked.
    pub keep: f64,
    /// Least worth of a claim, a sale or a stake, wad dollars.
    pub least_wad: u128,
    /// Most that a sale may bring less than the oracle's price.
    pub exit_bps: u16,
    /// By how much less than computed a sale may bring before it is off.
    pub tolerance_bps: u16,
    /// Whether it lets the pool and the market pull what they need.
    pub approves: bool,
}

/// What we have to do with one backstop and one collateral.
#[derive(Clone, Debug)]
pub(super) struct Staked {
    pub debt: AssetId,
    pub collateral: AssetId,
    /// Our stake in the backstop of `debt`, with its gains.
    pub stake: breakwater_protocol::Stake,
    /// Units of the collateral that we hold.
    pub held: u128,
    /// Units of the debt asset that we hold and that are not wanted for anything else.
    pub spare: u128,
}

impl Strategy for Stake {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Stake
    }

    fn phase(&self) -> Phase {
        Phase::Upkeep
    }

    fn cadence(&self) -> Cadence {
        Cadence::Ms(self.every_ms)
    }

    fn waits_for(&self) -> &'static [ActionKind] {
        &[ActionKind::ClaimGain, ActionKind::Sell, ActionKind::Stake]
    }

    fn questions(&self, on: &MarketSnapshot) -> Vec<Question> {
        let mut questions = Vec::new();
        for (pool, collateral, debt) in self.pairs(on) {
            let token = |asset| on.line(asset).map(|line| line.reserve.config.token);
            let (Ok(lot), Ok(owed)) = (token(collateral), token(debt)) else { continue };
            questions.extend([
                pool.question(),
                Question::Stake { asset: debt },
                Question::Balance { token: lot },
                Question::Balance { token: owed },
                Question::Allowance { token: lot, spender: pool.address },
                Question::Allowance { token: owed, spender: on.market },
            ]);
        }
        questions
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let approves = self.approves && !on.pending.kinds.contains(&ActionKind::Approve);
        let mut proposals = Vec::new();
        for (pool, collateral, debt) in self.pairs(on) {
            let Some(ours) = self.staked(on, collateral, debt) else { continue };
            for (asset, spender) in [(collateral, pool.address), (debt, on.market)] {
                let token = on.line(asset).map(|line| line.reserve.config.token);
                if let (Ok(token), true) = (token, approves) {
                    proposals.extend(approval(on, token, spender));
                }
            }
            let Some(venue) = pool.venue(on) else { continue };
            match self.due(on, &ours, &venue) {
                Ok(due) => proposals.extend(due),
                Err(why) => tracing::warn!(?why, debt, collateral, "a stake is left alone"),
            }
        }
        proposals
    }
}

impl Stake {
    /// Pools with a collateral and a debt asset that they trade.
    fn pairs(&self, on: &MarketSnapshot) -> Vec<(Pool, AssetId, AssetId)> {
        let can_be = |collateral, debt| match (on.line(collateral), on.line(debt)) {
            (Ok(lot), Ok(owed)) => lot.reserve.config.collateral && owed.reserve.config.borrowable,
            _ => false,
        };
        let pairs = self.pools.iter().flat_map(|pool| {
            let [base, quote] = pool.assets;
            [(*pool, base, quote), (*pool, quote, base)]
        });
        pairs.filter(|(_, collateral, debt)| can_be(*collateral, *debt)).collect()
    }

    /// Our stake in the backstop of `debt`, if there is one that may have bought `collateral`.
    fn staked(&self, on: &MarketSnapshot, collateral: AssetId, debt: AssetId) -> Option<Staked> {
        let stake = on.seen.stakes.get(&debt).filter(|stake| stake.shares != 0)?.clone();
        let lot = &on.line(collateral).ok()?.reserve.config;
        let owed = &on.line(debt).ok()?.reserve.config;
        let held = *on.seen.balances.get(&lot.token)?;
        let balance = *on.seen.balances.get(&owed.token)?;
        let spare = balance.saturating_sub(to_units(self.keep, owed.decimals));
        Some(Staked { debt, collateral, stake, held, spare })
    }

    /// What is due: a claim, a sale on a pool, a stake; each for itself, so that it does not matter
    /// which of them were done before a restart. Nothing where we have no stake.
    pub(super) fn due(
        &self,
        on: &MarketSnapshot,
        ours: &Staked,
        venue: &Venue,
    ) -> Result<Vec<Proposal>, Error> {
        if ours.stake.shares == 0 {
            return Ok(Vec::new());
        }
        let (lot, owed) = (on.line(ours.collateral)?, on.line(ours.debt)?);
        let mut due = Vec::new();
        let claimable = ours.stake.claimable_down(ours.collateral, lot.reserve.config.decimals)?;
        let worth_wad = value_of(lot, claimable)?;
        if claimable != 0 && worth_wad >= self.least_wad {
            let action = Action::ClaimGain { debt: ours.debt, collateral: ours.collateral };
            due.push(Proposal { gain_wad: worth_wad, ..Proposal::upkeep(action) });
        }

        let pooled = venue.reserve(ours.collateral)?;
        let an_hour = mul_div_down(pooled, self.sell_bps_per_hour.into(), BPS)?;
        let units = mul_div_down(an_hour, self.every_ms.into(), HOUR_MS.into())?.min(ours.held);
        let brings = venue.sale_down(ours.collateral, units)?;
        let (fair_wad, brings_wad) = (value_of(lot, units)?, value_of(owed, brings)?);
        if fair_wad >= self.least_wad && brings_wad >= less_bps_down(fair_wad, self.exit_bps)? {
            due.push(Proposal::upkeep(Action::Sell {
                pool: venue.address,
                token: lot.reserve.config.token,
                units,
                min_receive: less_bps_down(brings, self.tolerance_bps)?,
            }));
        }
        if ours.spare != 0 && value_of(owed, ours.spare)? >= self.least_wad {
            let action = Action::Stake { asset: ours.debt, units: ours.spare };
            let spends = vec![(ours.debt, ours.spare)];
            due.push(Proposal { spends, ..Proposal::upkeep(action) });
        }
        Ok(due)
    }
}
