//! What one account in auction is offered for a pair of collateral and debt, and how much of it may be
//! bought (§ 4).
//!
//! The price is the collateral's gradual one ([`crate::gradual`]); here are the checks before it, the
//! bounds that hold for every sale, and what a sale moves. All bonuses are signed wad fractions:
//! +0.03 x 10^18 means a taker gets collateral worth 3 % more than they repay, a negative bonus
//! that they pay above the oracle price.

mod fill;
pub mod gate;
pub(crate) mod pace;

pub use crate::gradual::size::{health_bound_wad, repay_to_target_up};
pub use fill::{cost_wad, fill, Fill};

use crate::{
    account::health::{value_down, Health},
    breaker::Level,
    gradual::{offer, pool_offer, Asked, Gradual, Offer, Seller},
    num::math::{bps_to_wad, part_down},
    oracle::price::Use,
    risk::tiers::Schedule,
    AccountSnapshot, AssetId, AuctionConfig, Error, PricedReserve,
};

/// Terms on which somebody may buy now, for one pair of collateral and debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Bonus, fee and most repayment.
    pub offer: Offer,
    /// The starter's part of the fee, wad.
    pub reward_share_wad: u128,
    /// What is left of the floor of the starter's reward, wad dollars: a take of all that may be
    /// repaid earns it, a smaller one its part (§ 4.5).
    pub reward_floor_wad: u128,
    /// Most units of the collateral that there is room for now (§ 4.8).
    pub max_sale: u128,
    /// Where less than this has room, and less than is wanted, nothing is sold.
    pub slice: u128,
    /// Time since its start in which the pair could be sold.
    pub own_ms: u64,
}

/// Collateral worth less than this part of the debt does not count in the order of sale.
const ORDER_DUST: u128 = 100;

/// The terms of a pair for a keeper, at the snapshot's time.
///
/// # Errors
/// [`Error::NoAuction`], [`Error::UnknownAsset`] for an asset that is not on the snapshot,
/// [`Error::Healthy`], [`Error::WorseCollateralFirst`], [`Error::BreakerHalted`], price errors.
#[inline(never)]
pub fn terms(
    snapshot: &AccountSnapshot,
    health: &Health,
    collateral: AssetId,
    debt: AssetId,
) -> Result<Terms, Error> {
    let pair = Pair::of(snapshot, health, [collateral, debt], true)?;
    let (config, pace) = (pair.config(), snapshot.pace(collateral)?);
    let now = snapshot.touched(collateral)?;
    let offer = offer(config, &pace, &now.common, &pair.asked())?;
    let depth = pair.priced.reserve.config.liquidity.depth;
    let max_sale = now.room_down(config, &pace, Seller::Account, depth)?;
    pair.terms(offer, max_sale, config.slice_down(depth))
}

/// The terms of a pair for the backstop: `None` where the account is not as near to insolvency as it buys
/// from (§ G6). Nothing goes to the market, so there is room for all.
///
/// # Errors
/// As [`terms`].
#[inline(never)]
pub fn pool_terms(
    snapshot: &AccountSnapshot,
    health: &Health,
    collateral: AssetId,
    debt: AssetId,
) -> Result<Option<Terms>, Error> {
    let pair = Pair::of(snapshot, health, [collateral, debt], false)?;
    let Some(offer) = pool_offer(pair.config(), &pair.asked())? else { return Ok(None) };
    pair.terms(offer, u128::MAX, 0).map(Some)
}

/// Sells units to the market for the account: meter and price of the collateral move. Touch first.
///
/// # Errors
/// [`Error::VelocityLimitReached`] where there is no room for them.
pub(crate) fn note_sale(
    snapshot: &mut AccountSnapshot,
    collateral: AssetId,
    seller: Seller,
    units: u128,
) -> Result<(), Error> {
    let pace = snapshot.pace(collateral)?;
    let reserve = snapshot.reserve_mut(collateral)?;
    let (config, depth) = (reserve.config.auction, reserve.config.liquidity.depth);
    let gradual: &mut Gradual = &mut reserve.balances.gradual;
    gradual.sell(&config, &pace, seller, depth, units)
}

/// A pair that may be sold now.
struct Pair<'a> {
    snapshot: &'a AccountSnapshot,
    health: &'a Health,
    priced: &'a PricedReserve,
    thresholds: Schedule,
    average_threshold_wad: u128,
    lot_wad: u128,
    unearned_wad: u128,
    is_counted: bool,
    own_ms: u64,
}

impl<'a> Pair<'a> {
    fn of(
        snapshot: &'a AccountSnapshot,
        health: &'a Health,
        [collateral, debt]: [AssetId; 2],
        goes_to_market: bool,
    ) -> Result<Self, Error> {
        let running = snapshot.account.auction.as_ref().ok_or(Error::NoAuction)?;
        if health.is_healthy() {
            return Err(Error::Healthy);
        }
        if snapshot.level(collateral)?.max(snapshot.level(debt)?) == Level::Halted {
            return Err(Error::BreakerHalted);
        }
        let priced = snapshot.priced(collateral)?;
        Ok(Self {
            snapshot,
            health,
            priced,
            thresholds: priced.thresholds()?,
            average_threshold_wad: check_order(snapshot, health, collateral, goes_to_market)?,
            lot_wad: collateral_wad(snapshot, priced)?,
            unearned_wad: running.unearned_wad,
            is_counted: running.counted.contains(&collateral),
            own_ms: snapshot.own_ms(running.started_ms, [collateral, debt])?,
        })
    }

    const fn config(&self) -> &'a AuctionConfig {
        &self.priced.reserve.config.auction
    }

    const fn asked(&self) -> Asked<'_> {
        Asked {
            health: self.health,
            lot_wad: self.lot_wad,
            thresholds: &self.thresholds,
            average_threshold_wad: self.average_threshold_wad,
            counted: self.is_counted,
            own_ms: self.own_ms,
            target_health_wad: self.snapshot.params.target_health_wad,
        }
    }

    fn terms(&self, offer: Offer, max_sale: u128, slice: u128) -> Result<Terms, Error> {
        let floor_wad = if offer.whole { 0 } else { self.snapshot.params.starter_floor_wad };
        Ok(Terms {
            offer,
            reward_share_wad: bps_to_wad(self.config().starter_share_bps),
            reward_floor_wad: part_down(floor_wad, self.unearned_wad)?,
            max_sale,
            slice,
            own_ms: self.own_ms,
        })
    }
}

/// Refuses to sell better collateral before worse (§ 4.4): of what counts, the average threshold
/// may be higher than the lowest of those that can be sold now by no more than the slack. Returns
/// that average. Of what goes to the market only as much counts as there is room for: a worse lot that
/// waits shelters nothing.
fn check_order(
    snapshot: &AccountSnapshot,
    health: &Health,
    collateral: AssetId,
    goes_to_market: bool,
) -> Result<u128, Error> {
    let average =
        |priced: &PricedReserve| priced.thresholds()?.average_up(collateral_wad(snapshot, priced)?);
    let slack_wad = bps_to_wad(snapshot.params.order_slack_bps);
    let chosen_wad = average(snapshot.priced(collateral)?)?;
    for held in snapshot.account.collaterals() {
        let priced = snapshot.priced(held.asset)?;
        // What can't be sold now can't come first.
        let stands = snapshot.level(held.asset)? == Level::Halted;
        if stands || priced.require_price(Use::Settlement).is_err() {
            continue;
        }
        if chosen_wad <= average(priced)?.saturating_add(slack_wad) {
            continue;
        }
        let mut units = held.collateral;
        if goes_to_market {
            units = units.min(snapshot.room_down(held.asset)?);
        }
        let counts_wad =
            value_down(units, priced.price()?.mid_wad, priced.reserve.config.decimals)?;
        if counts_wad >= health.debt_wad / ORDER_DUST {
            return Err(Error::WorseCollateralFirst);
        }
    }
    Ok(chosen_wad)
}

/// Value of the account's collateral in a line's asset, wad dollars, rounded down.
fn collateral_wad(snapshot: &AccountSnapshot, priced: &PricedReserve) -> Result<u128, Error> {
    let lot = snapshot.account.position(priced.asset).collateral;
    value_down(lot, priced.price()?.mid_wad, priced.reserve.config.decimals)
}

fn signed(value: u128) -> Result<i128, Error> {
    i128::try_from(value).map_err(|_| Error::Overflow)
}

fn sub_signed(a: u128, b: u128) -> Result<i128, Error> {
    signed(a)?.checked_sub(signed(b)?).ok_or(Error::Overflow)
}
