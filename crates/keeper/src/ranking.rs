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

use crate::index::AccountIndex;
use breakwater_chain::AccountId;
use breakwater_protocol::{
    account::health::value_up,
    num::{
        math::{mul_div_down, mul_div_up, WAD},
        shares::{VIRTUAL_ASSETS, VIRTUAL_SHARES},
    },
    risk::tiers::Schedule,
    AssetId, Error, Health, Position, PricedReserve,
};
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

/// By how much health factors of a group can have moved since the reference, wad.
#[derive(Clone, Copy, Debug)]
struct Factors {
    /// What collateral carries, at least; and at most, where that is known.
    carried_down_wad: u128,
    carried_up_wad: Option<u128>,
    /// What debts are worth, at most and at least.
    owed_up_wad: u128,
    owed_down_wad: u128,
}

impl Factors {
    /// `None` if nothing can be said.
    fn of(assets: Assets, then: &[PricedReserve], now: &[PricedReserve]) -> Option<Self> {
        let mut factors = Self {
            carried_down_wad: u128::MAX,
            carried_up_wad: Some(0),
            owed_up_wad: 0,
            owed_down_wad: u128::MAX,
        };
        for (then, now) in then.iter().zip(now) {
            if is_in(assets.held, now.asset) {
                let down_wad = carried_factor_down_wad(then, now)?;
                factors.carried_down_wad = factors.carried_down_wad.min(down_wad);
                let up_wad = carried_factor_up_wad(then, now);
                let sofar_wad = factors.carried_up_wad;
                factors.carried_up_wad = sofar_wad.zip(up_wad).map(|(a, b)| a.max(b));
            }
            if is_in(assets.owed, now.asset) {
                let (down_wad, up_wad) = owed_factors_wad(then, now)?;
                factors.owed_up_wad = factors.owed_up_wad.max(up_wad);
                factors.owed_down_wad = factors.owed_down_wad.min(down_wad);
            }
        }
        let is_near = |wad: u128| (WAD / FAR..=WAD.saturating_mul(FAR)).contains(&wad);
        let proven = then.len() == now.len()
            && factors.carried_down_wad >= WAD / FAR
            && factors.owed_up_wad <= WAD.saturating_mul(FAR);
        if !factors.carried_up_wad.is_some_and(is_near) || !is_near(factors.owed_down_wad) {
            factors.carried_up_wad = None;
        }
        proven.then_some(factors)
    }

    /// The highest rank at the reference that may be unhealthy now.
    fn cutoff_up_wad(&self) -> Option<u128> {
        let cutoff_wad = mul_div_up(WAD, self.owed_up_wad, self.carried_down_wad).ok()?;
        mul_div_up(cutoff_wad, WAD.saturating_add(MARGIN_WAD), WAD).ok()
    }

    /// The highest rank at the reference that is unhealthy now for certain.
    fn sure_down_wad(&self) -> Option<u128> {
        let sure_wad = mul_div_down(WAD, self.owed_down_wad, self.carried_up_wad?).ok()?;
        let sure_wad = mul_div_down(sure_wad, WAD, WAD.saturating_add(MARGIN_WAD)).ok()?;
        sure_wad.checked_sub(1)
    }

    /// The least health factor now of somebody with this rank, rounded down.
    fn least_down_wad(&self, rank_wad: u128) -> u128 {
        mul_div_down(rank_wad, self.carried_down_wad, self.owed_up_wad.max(1)).unwrap_or(0)
    }
}

/// The least factor by which what collateral carries has moved, wad.
fn carried_factor_down_wad(then: &PricedReserve, now: &PricedReserve) -> Option<u128> {
    let price_wad =
        mul_div_down(now.price().ok()?.mid_wad, WAD, then.price().ok()?.mid_wad).ok()?;
    let (old, new) = (then.thresholds().ok()?, now.thresholds().ok()?);
    let first_wad = old.brackets().first()?.rate_wad;
    let last_wad = old.brackets().last()?.rate_wad;
    let value_wad = match price_wad.checked_sub(WAD) {
        Some(rise_wad) => WAD.checked_add(mul_div_down(rise_wad, last_wad, first_wad).ok()?)?,
        None => price_wad,
    };
    mul_div_down(value_wad, least_ratio_wad(&old, &new)?, WAD).ok()
}

/// The highest factor by which what collateral carries has moved, wad. None where thresholds have changed.
fn carried_factor_up_wad(then: &PricedReserve, now: &PricedReserve) -> Option<u128> {
    let (old, new) = (then.thresholds().ok()?, now.thresholds().ok()?);
    if old != new {
        return None;
    }
    let price_wad = mul_div_up(now.price().ok()?.mid_wad, WAD, then.price().ok()?.mid_wad).ok()?;
    let Some(fall_wad) = WAD.checked_sub(price_wad) else { return Some(price_wad) };
    let first_wad = old.brackets().first()?.rate_wad;
    let last_wad = old.brackets().last()?.rate_wad;
    WAD.checked_sub(mul_div_down(fall_wad, last_wad, first_wad).ok()?)
}

/// The least ratio of what two schedules carry, at any value, wad, rounded down. Between two edges
/// both are straight, so their ratio rises or falls throughout: the least is at an edge or at an end.
fn least_ratio_wad(old: &Schedule, new: &Schedule) -> Option<u128> {
    if old == new {
        return Some(WAD);
    }
    let (before, after) = (old.brackets(), new.brackets());
    let ends = [(after.first()?, before.first()?), (after.last()?, before.last()?)];
    let mut least_wad = u128::MAX;
    for (new, old) in ends {
        least_wad = least_wad.min(mul_div_down(new.rate_wad, WAD, old.rate_wad).ok()?);
    }
    for edge in before.iter().chain(after).filter(|edge| edge.from_wad != 0) {
        let (new_wad, old_wad) =
            (new.carries_down(edge.from_wad).ok()?, old.carries_down(edge.from_wad).ok()?);
        least_wad = least_wad.min(mul_div_down(new_wad, WAD, old_wad).ok()?);
    }
    // Edges below this are too near 0 to be computed exactly.
    let sharp = before.iter().chain(after).all(|edge| edge.from_wad == 0 || edge.from_wad > WAD);
    sharp.then_some(least_wad)
}

/// The least and the highest factor by which a debt has moved, wad.
fn owed_factors_wad(then: &PricedReserve, now: &PricedReserve) -> Option<(u128, u128)> {
    let share = |priced: &PricedReserve| {
        let pot = priced.reserve.balances.owed();
        let (assets, shares) =
            (pot.assets.checked_add(VIRTUAL_ASSETS)?, pot.shares.checked_add(VIRTUAL_SHARES)?);
        Some((assets, shares))
    };
    let ((assets_then, shares_then), (assets_now, shares_now)) = (share(then)?, share(now)?);
    let (price_then, price_now) = (then.price().ok()?.mid_wad, now.price().ok()?.mid_wad);
    // (assets now / shares now) / (assets then / shares then), in two steps of at most a unit each.
    let assets_up_wad = mul_div_up(assets_now, WAD, assets_then).ok()?;
    let interest_up_wad = mul_div_up(assets_up_wad, shares_then, shares_now).ok()?;
    let price_up_wad = mul_div_up(price_now, WAD, price_then).ok()?;
    let up_wad = mul_div_up(price_up_wad, interest_up_wad, WAD).ok()?;
    let assets_down_wad = mul_div_down(assets_now, WAD, assets_then).ok()?;
    let interest_down_wad = mul_div_down(assets_down_wad, shares_then, shares_now).ok()?;
    let price_down_wad = mul_div_down(price_now, WAD, price_then).ok()?;
    let down_wad = mul_div_down(price_down_wad, interest_down_wad, WAD).ok()?;
    // The unit by which a debt is rounded up moves with the price alone.
    Some((down_wad.min(price_down_wad), up_wad.max(price_up_wad)))
}

#[cfg(test)]
mod tests;
