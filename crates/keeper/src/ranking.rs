//! Who can be liquidated after a price has moved, without looking at everybody.
//!
//! Accounts with the same assets are a group. Each is ranked in it by its health factor at the
//! group's *reference*: prices, interest and thresholds of an earlier block. From how those have
//! moved since follows how far any health factor in the group can have fallen at most, so only the
//! lowest ranks have to be computed again; they are, with the core's own function, so that the answer
//! is exactly that of a look at everybody.
//!
//! **The bound.** What collateral carries is a concave function of its value that begins at 0. So if
//! a price moves by a factor f, what it carries moves at least by f where f <= 1, and at least by
//! 1 + (f - 1) x last rate / first rate where f > 1 (just f with one tier); if thresholds change, by
//! the least ratio of new to old at any value on top. A debt moves by the factors of its price and of
//! its share price. Hence HF now >= HF then x (least factor of the collaterals) / (highest factor of
//! the debts). Rounding is covered by a margin of 4 millionths and by always looking at accounts so
//! small that a unit could matter more than that.
//!
//! The same holds the other way round: of a price that falls by a factor f, what it carries keeps at most
//! 1 - (1 - f) x last rate / first rate. So those whose rank is low enough are unhealthy for certain, and nothing
//! of them is computed: where one collateral with one tier falls, that is all but those at the edge.

mod factors;

use crate::index::AccountIndex;
use breakwater_chain::AccountId;
use breakwater_protocol::{
    account::health::value_up, num::math::WAD, AssetId, Error, Health, Position, PricedReserve,
};
use factors::Factors;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Margin for rounding, wad.
const MARGIN_WAD: u128 = 4_000_000_000_000;
/// A debt of fewer units than this could be rounded by more than the margin allows for.
const SMALL_UNITS: u128 = 1_000_000;
/// What is carried is rounded down by fewer wad dollars than this, so below it times a billion an
/// account is small.
const ROUNDED_WAD: u128 = 100;
/// Beyond this factor between now and the reference the margin is no longer proven.
const FAR: u128 = 1_000;
/// A group in which this many times as many accounts were looked at as found gets a new reference,
const WASTE: usize = 8;
/// unless they were few.
const FEW: usize = 256;

/// An account that can be liquidated if nothing but its health counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unhealthy {
    /// Of one that is unhealthy for certain, the least that it can be.
    pub health_factor_wad: u128,
    pub account: AccountId,
}

/// Assets held as collateral and owed, as sets of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Assets {
    held: u32,
    owed: u32,
}

/// Health factor at the reference, wad, up to 18.4, which is [`FAR_OFF`]; 0 for accounts that are always
/// looked at.
type Rank = u64;

/// The rank of everybody whose health factor is that high or higher.
const FAR_OFF: Rank = Rank::MAX;

#[derive(Debug, Default)]
struct Group {
    /// Lines of the group's assets at the reference; none before all of them had a price.
    reference: Vec<PricedReserve>,
    /// Rank and account.
    ranked: BTreeSet<(Rank, AccountId)>,
    /// Looking at it has become wasteful.
    stale: bool,
}

/// Accounts in debt in order of their health.
#[derive(Debug, Default)]
pub struct Ranking {
    groups: HashMap<Assets, Group>,
    places: BTreeMap<AccountId, (Assets, Rank)>,
}

/// What a query cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// Accounts whose health was computed.
    pub computed: usize,
    /// Groups that got a new reference.
    pub rebuilt: usize,
}

/// The health of some positions at given lines, as [`breakwater_protocol::AccountSnapshot::health`] computes it.
///
/// # Errors
/// [`Error::UnknownAsset`] for an asset that is not among the lines; those of
/// [`Health::with`].
pub fn health(positions: &[Position], reserves: &[PricedReserve]) -> Result<Health, Error> {
    positions.iter().filter(|held| held.bears_risk()).try_fold(Health::default(), |sum, held| {
        let priced = reserves.iter().find(|priced| priced.asset == held.asset);
        sum.with(held, priced.ok_or(Error::UnknownAsset)?)
    })
}

impl Ranking {
    /// How many accounts are ranked.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether nobody is.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Takes an account's new positions into account. Those without debt, and `in_auction`, are not
    /// ranked.
    pub fn update(
        &mut self,
        account: AccountId,
        positions: &[Position],
        in_auction: bool,
        reserves: &[PricedReserve],
    ) {
        if let Some((assets, rank)) = self.places.remove(&account) {
            if let Some(group) = self.groups.get_mut(&assets) {
                group.ranked.remove(&(rank, account));
                if group.ranked.is_empty() {
                    self.groups.remove(&assets);
                }
            }
        }
        let assets = assets_of(positions);
        if in_auction || assets.owed == 0 {
            return;
        }
        let group = self.groups.entry(assets).or_insert_with(|| Group {
            reference: reference(assets, reserves),
            ..Group::default()
        });
        let rank = rank(positions, &group.reference);
        group.ranked.insert((rank, account));
        self.places.insert(account, (assets, rank));
    }

    /// Everybody whose health factor is below 1 at these lines, the lowest first. Accounts with a debt
    /// that has no usable price are left out: they can't be liquidated. Collateral without one carries
    /// nothing; whether the market waits for it, it decides by itself.
    ///
    /// `lines` are all of the market's, with interest up to now.
    pub fn unhealthy(
        &mut self,
        index: &AccountIndex,
        reserves: &[PricedReserve],
    ) -> (Vec<Unhealthy>, Effort) {
        let mut found = Vec::new();
        let mut effort = Effort::default();
        for (assets, group) in &mut self.groups {
            let now = reserves_of(*assets, reserves);
            if now.iter().any(|priced| is_in(assets.owed, priced.asset) && priced.price().is_err())
            {
                continue;
            }
            let is_blind = !is_reference(*assets, &now);
            // No factor is known without a reference: everybody is looked at.
            let mut factors = None;
            if !is_blind {
                factors = Factors::of(*assets, &group.reference, &now);
                group.stale |= factors.is_none();
            }
            let cutoff_wad = factors.and_then(|factors| factors.cutoff_up_wad());
            let cutoff_wad = cutoff_wad.unwrap_or(u128::MAX);
            let sure = factors.and_then(|factors| Some((factors, factors.sure_down_wad()?)));
            let (computed, before) = (effort.computed, found.len());
            let cutoff = Rank::try_from(cutoff_wad).unwrap_or(FAR_OFF);
            for (rank, account) in group.ranked.range(..=(cutoff, [u8::MAX; 32])) {
                let rank_wad = u128::from(*rank);
                let says = *rank != 0 && *rank != FAR_OFF;
                let sure = sure.filter(|(_, sure_wad)| says && rank_wad <= *sure_wad);
                if let Some((factors, _)) = sure {
                    let health_factor_wad = factors.least_down_wad(rank_wad);
                    found.push(Unhealthy { health_factor_wad, account: *account });
                    continue;
                }
                effort.computed += 1;
                let Ok(health) = health(&index.positions(account), &now) else { continue };
                if !health.is_healthy() {
                    let health_factor_wad = health.health_factor_wad();
                    found.push(Unhealthy { health_factor_wad, account: *account });
                }
            }
            let (computed, found) = (effort.computed - computed, found.len() - before);
            group.stale |= !is_blind && computed > FEW && computed > WASTE.saturating_mul(found);
        }
        found.sort_unstable();
        (found, effort)
    }

    /// Gives groups a new reference where the old one has become wasteful. Not for the time between a
    /// price and the answer to it.
    pub fn tidy(&mut self, index: &AccountIndex, reserves: &[PricedReserve]) -> Effort {
        let mut effort = Effort::default();
        for (assets, group) in self.groups.iter_mut().filter(|(_, group)| group.stale) {
            let now = reference(*assets, reserves);
            if now.is_empty() {
                continue;
            }
            effort.rebuilt += 1;
            effort.computed += group.ranked.len();
            let accounts: Vec<AccountId> = group.ranked.iter().map(|(_, who)| *who).collect();
            let again = accounts.into_iter().map(|who| (rank(&index.positions(&who), &now), who));
            group.ranked = again.collect();
            self.places.extend(group.ranked.iter().map(|(rank, who)| (*who, (*assets, *rank))));
            group.reference = now;
            group.stale = false;
        }
        effort
    }
}

fn assets_of(positions: &[Position]) -> Assets {
    let bit = |asset: AssetId| 1u32.checked_shl(asset.into()).unwrap_or(0);
    positions.iter().fold(Assets { held: 0, owed: 0 }, |assets, held| Assets {
        held: assets.held | if held.collateral == 0 { 0 } else { bit(held.asset) },
        owed: assets.owed | if held.debt_shares == 0 { 0 } else { bit(held.asset) },
    })
}

fn is_in(set: u32, asset: AssetId) -> bool {
    set.checked_shr(asset.into()).is_some_and(|rest| rest & 1 == 1)
}

/// The lines of a group's assets if all are there with a price, else none.
fn reference(assets: Assets, reserves: &[PricedReserve]) -> Vec<PricedReserve> {
    let reference = reserves_of(assets, reserves);
    if is_reference(assets, &reference) {
        reference
    } else {
        Vec::new()
    }
}

/// The lines of a group's assets.
fn reserves_of(assets: Assets, reserves: &[PricedReserve]) -> Vec<PricedReserve> {
    let all = assets.held | assets.owed;
    reserves.iter().filter(|priced| is_in(all, priced.asset)).cloned().collect()
}

/// Whether these are the lines of all of a group's assets, with prices.
fn is_reference(assets: Assets, reserves: &[PricedReserve]) -> bool {
    let count = (assets.held | assets.owed).count_ones();
    u32::try_from(reserves.len()) == Ok(count)
        && reserves.iter().all(|priced| priced.price().is_ok())
}

/// Health factor at the reference, or 0 for an account that must always be looked at: no reference, no
/// health, or so small that rounding may matter.
fn rank(positions: &[Position], reference: &[PricedReserve]) -> Rank {
    let Ok(health) = health(positions, reference) else { return 0 };
    let mut small_wad = 0u128;
    for held in positions.iter().filter(|held| held.debt_shares != 0) {
        let unit_wad =
            reference.iter().find(|priced| priced.asset == held.asset).and_then(|priced| {
                value_up(1, priced.price().ok()?.mid_wad, priced.reserve.config.decimals).ok()
            });
        small_wad = small_wad.saturating_add(unit_wad.unwrap_or(u128::MAX).saturating_add(2));
    }
    let is_small = health.debt_wad / SMALL_UNITS <= small_wad
        || health.threshold_wad / (WAD / 1_000_000_000) <= ROUNDED_WAD;
    if is_small {
        0
    } else {
        Rank::try_from(health.health_factor_wad()).unwrap_or(FAR_OFF)
    }
}

#[cfg(test)]
mod tests;
