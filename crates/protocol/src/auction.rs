//! The Dutch auction: what a lot costs and how much of it may be bought (§ 4).
//!
//! An auction is a clock on the account. Its price falls with time relative to the *live* oracle
//! price, so nothing has to be reset when the market moves. All bonuses are signed wad fractions:
//! +0.03 x 10^18 means a taker gets collateral worth 3 % more than he repays, a negative bonus
//! that he pays above the oracle price.

use crate::{
    config::{AuctionConfig, MarketParams},
    health::{amount_down, amount_up, value_down, value_up, Health},
    math::{add, bps_to_wad, mul_div_down, mul_div_up, part_up, sub, WAD},
    shares::to_assets_up,
    tiers::Schedule,
    AssetId, Error, Sheet,
};

/// Terms on which a taker may buy now, for one pair of collateral and debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What the taker gets on top of what he repays.
    pub bonus_wad: i128,
    /// What the protocol gets, in collateral, on top.
    pub fee_wad: u128,
    /// The collateral can't cover the debt and the floor bonus any more: the account is sold
    /// whole, at the floor bonus and without a fee.
    pub insolvent: bool,
    /// Most value of debt a take may repay, wad dollars.
    pub max_repay_wad: u128,
}

/// What a take moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Debt repaid, in units of the debt asset.
    pub repaid: u128,
    /// Collateral to the taker, in units of the collateral asset.
    pub received: u128,
    /// Collateral to the protocol, in units of the collateral asset.
    pub fee: u128,
    pub bonus_wad: i128,
}

/// The bonus that the clock alone gives: a straight line from the premium to the highest bonus
/// (§ 4.1), rounded towards the premium.
pub fn time_bonus_wad(auction: &AuctionConfig, elapsed_ms: u64) -> Result<i128, Error> {
    let premium_wad = bps_to_wad(auction.start_premium_bps);
    let span_wad = add(premium_wad, bps_to_wad(auction.max_bonus_bps))?;
    let elapsed_ms = elapsed_ms.min(auction.duration_ms);
    let risen_wad =
        mul_div_down(span_wad, u128::from(elapsed_ms), u128::from(auction.duration_ms))?;
    sub_signed(risen_wad, premium_wad)
}

/// The auction time at which the clock alone gives a bonus of at least `bonus_wad`, in
/// milliseconds, rounded up. `None` if it never does.
pub fn time_of_bonus_ms(auction: &AuctionConfig, bonus_wad: i128) -> Option<u64> {
    let premium_wad = i128::try_from(bps_to_wad(auction.start_premium_bps)).ok()?;
    let span_wad =
        premium_wad.checked_add(i128::try_from(bps_to_wad(auction.max_bonus_bps)).ok()?)?;
    let rise_wad = u128::try_from(bonus_wad.checked_add(premium_wad)?).unwrap_or(0);
    let span_wad = u128::try_from(span_wad).ok()?;
    if rise_wad > span_wad {
        return None;
    }
    if span_wad == 0 {
        return Some(0);
    }
    let elapsed_ms = mul_div_up(u128::from(auction.duration_ms), rise_wad, span_wad).ok()?;
    u64::try_from(elapsed_ms).ok()
}

/// The most that bonus and fee may be together so that the take raises the health factor (§ 4.2):
/// strictly below HF / LT - 1, in wad, where LT is the average threshold of the collateral sold.
///
/// Why: a take of value r changes HF = T / D to (T - r (1 + b) LT') / (D - r), which is above HF
/// exactly when (1 + b) LT' < HF. LT' is the average over what leaves, from the top brackets, and
/// so at most the average over all of it.
pub fn health_bound_wad(health: &Health, average_threshold_wad: u128) -> Result<i128, Error> {
    if average_threshold_wad == 0 {
        // What carries nothing takes nothing with it.
        return Ok(i128::MAX);
    }
    let ratio_wad = mul_div_down(health.health_factor_wad(), WAD, average_threshold_wad)?;
    let bound_wad = sub_signed(ratio_wad, WAD)?;
    bound_wad.checked_sub(1).ok_or(Error::Overflow)
}

/// The terms of the pair at the sheet's time.
///
/// # Errors
/// [`Error::NoAuction`], [`Error::UnknownAsset`] for an asset that is not on the sheet,
/// [`Error::Healthy`], price errors.
#[inline(never)]
pub fn terms(
    params: &MarketParams,
    sheet: &Sheet,
    health: &Health,
    collateral: AssetId,
) -> Result<Terms, Error> {
    let running = sheet.account.auction.ok_or(Error::NoAuction)?;
    let line = sheet.line(collateral)?;
    let config = &line.reserve.config;
    if health.is_healthy() {
        return Err(Error::Healthy);
    }
    let lot = sheet.account.position(collateral).collateral;
    let floor_wad = bps_to_wad(config.auction.floor_bonus_bps);
    let covered_wad = mul_div_up(health.debt_wad, add(WAD, floor_wad)?, WAD)?;
    if health.collateral_wad < covered_wad {
        return Ok(Terms {
            bonus_wad: signed(floor_wad)?,
            fee_wad: 0,
            insolvent: true,
            max_repay_wad: health.debt_wad,
        });
    }

    let thresholds = line.thresholds()?;
    let lot_wad = value_down(lot, line.price()?.mid_wad, config.decimals)?;
    let bound_wad = health_bound_wad(health, thresholds.average_up(lot_wad)?)?;
    let elapsed_ms = sheet.now_ms.saturating_sub(running.started_ms);
    let bonus_wad = time_bonus_wad(&config.auction, elapsed_ms)?.min(bound_wad);
    // The taker comes before the protocol where the bound leaves little room.
    let room_wad = u128::try_from(bound_wad.saturating_sub(bonus_wad)).unwrap_or(0);
    let fee_wad = bps_to_wad(config.auction.fee_bps).min(room_wad);
    let paid_wad = paid_wad(bonus_wad, fee_wad)?;
    let target_wad = params.target_health_wad;
    let max_repay_wad = repay_to_target_up(target_wad, health, paid_wad, &thresholds, lot_wad)?;
    Ok(Terms { bonus_wad, fee_wad, insolvent: false, max_repay_wad })
}

/// Debt value that lifts the account to the target health and no further (§ 4.3), wad dollars,
/// rounded up. All of the debt if no take of this lot can reach the target.
///
/// Inside one bracket it is (target x D - T) / (target - paid x LT), where T is what the collateral
/// carries and `paid` is 1 + bonus + fee. The lot leaves from its top bracket down, each with its
/// own LT.
///
/// Source: Aave v4 `calculateDebtToTargetHealthFactor`, which has one bracket.
#[inline(never)]
pub fn repay_to_target_up(
    target_wad: u128,
    health: &Health,
    paid_wad: u128,
    thresholds: &Schedule,
    lot_wad: u128,
) -> Result<u128, Error> {
    let Health { threshold_wad: mut carried_wad, mut debt_wad, .. } = *health;
    let mut left_wad = lot_wad;
    let mut repaid_wad = 0;
    for bracket in thresholds.brackets().iter().rev() {
        if bracket.from_wad >= left_wad {
            continue;
        }
        let missing_wad = part_up(debt_wad, target_wad)?.saturating_sub(carried_wad);
        let lost_wad = part_up(bracket.rate_wad, paid_wad)?;
        if lost_wad >= target_wad {
            // Nor does any lower bracket gain anything: its rate is higher.
            return Ok(health.debt_wad);
        }
        let here_wad = mul_div_up(missing_wad, WAD, sub(target_wad, lost_wad)?)?;
        let inside_wad = sub(left_wad, bracket.from_wad)?;
        let pays_for_wad = mul_div_down(inside_wad, WAD, paid_wad)?;
        if here_wad <= pays_for_wad || bracket.from_wad == 0 {
            return Ok(add(repaid_wad, here_wad)?.min(health.debt_wad));
        }
        repaid_wad = add(repaid_wad, pays_for_wad)?;
        debt_wad = debt_wad.saturating_sub(pays_for_wad);
        carried_wad = carried_wad.saturating_sub(part_up(inside_wad, bracket.rate_wad)?);
        left_wad = bracket.from_wad;
    }
    Ok(health.debt_wad)
}

/// What a take of at most `max_repay` units of debt moves on these terms.
///
/// Rounding: the taker pays whole units up and receives down, and is paid for one unit less than
/// he repays: debt shares round by up to a unit, and without it a take at the health bound could
/// lower the health factor by that rounding (§ 4.2).
///
/// # Errors
/// [`Error::NoDebt`], [`Error::InsufficientBalance`] without such collateral,
/// [`Error::TakeLeavesDust`], [`Error::AmountTooSmall`].
#[inline(never)]
pub fn fill(
    sheet: &Sheet,
    terms: &Terms,
    collateral: AssetId,
    debt: AssetId,
    max_repay: u128,
) -> Result<Fill, Error> {
    let debt_line = sheet.line(debt)?;
    let lot_line = sheet.line(collateral)?;
    let lot = sheet.account.position(collateral).collateral;
    let owed =
        to_assets_up(sheet.account.position(debt).debt_shares, debt_line.reserve.books.owed())?;
    if owed == 0 {
        return Err(Error::NoDebt);
    }
    if lot == 0 {
        return Err(Error::InsufficientBalance);
    }
    let (debt_price, debt_decimals) =
        (debt_line.price()?.mid_wad, debt_line.reserve.config.decimals);
    let (lot_price, lot_decimals) = (lot_line.price()?.mid_wad, lot_line.reserve.config.decimals);

    let target = amount_up(terms.max_repay_wad, debt_price, debt_decimals)?.min(owed);
    let min_debt = debt_line.reserve.config.min_debt;
    let may_repay = if leaves_dust(owed, target, min_debt) { owed } else { target };

    // What the lot pays for, when it is the lot that ends first.
    let paid_wad = paid_wad(terms.bonus_wad, terms.fee_wad)?;
    let lot_value_wad = value_down(lot, lot_price, lot_decimals)?;
    let lot_costs_wad = mul_div_up(lot_value_wad, WAD, paid_wad)?;
    let buys_lot = add(amount_up(lot_costs_wad, debt_price, debt_decimals)?, 1)?;

    let repaid = max_repay.min(may_repay).min(buys_lot);
    if repaid < buys_lot && leaves_dust(owed, repaid, min_debt) {
        return Err(Error::TakeLeavesDust);
    }
    let (received, fee) = if repaid == buys_lot {
        let fee = mul_div_down(lot, terms.fee_wad, paid_wad)?;
        (sub(lot, fee)?, fee)
    } else {
        let repaid_wad = value_down(repaid.saturating_sub(1), debt_price, debt_decimals)?;
        let worth = |fraction_wad| {
            amount_down(mul_div_down(repaid_wad, fraction_wad, WAD)?, lot_price, lot_decimals)
        };
        let received = worth(add_signed(WAD, terms.bonus_wad)?)?.min(lot);
        (received, worth(terms.fee_wad)?.min(sub(lot, received)?))
    };
    if repaid == 0 || received == 0 {
        return Err(Error::AmountTooSmall);
    }
    Ok(Fill { repaid, received, fee, bonus_wad: terms.bonus_wad })
}

/// Value of what a fill received in excess of what it repaid, wad dollars: the borrower's cost
/// without the fee. Negative when the taker paid above the oracle price.
pub fn cost_wad(
    sheet: &Sheet,
    fill: &Fill,
    collateral: AssetId,
    debt: AssetId,
) -> Result<i128, Error> {
    let (lot, owed) = (sheet.line(collateral)?, sheet.line(debt)?);
    let fair = value_down(fill.received, lot.price()?.mid_wad, lot.reserve.config.decimals)?;
    let paid = value_up(fill.repaid, owed.price()?.mid_wad, owed.reserve.config.decimals)?;
    sub_signed(fair, paid)
}

/// Whether repaying `repaid` of `owed` leaves a debt below the minimum.
fn leaves_dust(owed: u128, repaid: u128, min_debt: u128) -> bool {
    let left = owed.saturating_sub(repaid);
    left != 0 && left < min_debt
}

/// 1 + bonus + fee.
fn paid_wad(bonus_wad: i128, fee_wad: u128) -> Result<u128, Error> {
    add(add_signed(WAD, bonus_wad)?, fee_wad)
}

fn signed(value: u128) -> Result<i128, Error> {
    i128::try_from(value).map_err(|_| Error::Overflow)
}

fn sub_signed(a: u128, b: u128) -> Result<i128, Error> {
    signed(a)?.checked_sub(signed(b)?).ok_or(Error::Overflow)
}

fn add_signed(a: u128, b: i128) -> Result<u128, Error> {
    a.checked_add_signed(b).ok_or(Error::Overflow)
}
