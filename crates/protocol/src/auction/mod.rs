//! The Dutch auction: what a lot costs and how much of it may be bought (§ 4).
//!
//! An auction is a clock on the account. Its price falls with time relative to the *live* oracle
//! price, so nothing has to be reset when the market moves. All bonuses are signed wad fractions:
//! +0.03 x 10^18 means a taker gets collateral worth 3 % more than they repay, a negative bonus
//! that they pay above the oracle price.

mod fill;
mod size;

pub use fill::{cost_wad, fill, Fill};
pub use size::repay_to_target_up;

use crate::{
    breaker::Level,
    clock::Clock,
    config::AuctionConfig,
    flow::FlowLimit,
    health::{value_down, Health},
    math::{add, bps_to_wad, mul_div_down, mul_div_up, part_down, WAD, WAD_PER_BPS},
    price::Use,
    AssetId, Auction, Error, Line, Sheet,
};

/// Terms on which a taker may buy now, for one pair of collateral and debt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What the taker gets on top of what they repay.
    pub bonus_wad: i128,
    /// The liquidation fee, in collateral, on top.
    pub fee_wad: u128,
    /// The most that the fee may be (§ 4.2), for the floor of the starter's reward.
    pub fee_room_wad: u128,
    /// The starter's part of the fee, wad.
    pub reward_share_wad: u128,
    /// What is left of the floor of the starter's reward, wad dollars: a take of all that may be
    /// repaid earns it, a smaller one its part (§ 4.5).
    pub reward_floor_wad: u128,
    /// The collateral can't cover the debt and the floor bonus any more: the account is sold
    /// whole, at the floor bonus and without a fee.
    pub insolvent: bool,
    /// The health bound allows no more (§ 4.2): waiting does not make it cheaper.
    pub at_bound: bool,
    /// So close to insolvency that it need not wait for the velocity limit (§ 4.8).
    pub urgent: bool,
    /// Most value of debt a take may repay, wad dollars.
    pub max_repay_wad: u128,
    /// Most units of the collateral a take may sell now.
    pub max_sale: u128,
    /// Time on the auction's clock.
    pub elapsed_ms: u64,
}

impl Terms {
    /// 1 + bonus + fee.
    pub fn paid_wad(&self) -> Result<u128, Error> {
        add(add_signed(WAD, self.bonus_wad)?, self.fee_wad)
    }
}

/// Collateral worth less than this part of the debt does not count in the order of sale.
const ORDER_DUST: u128 = 100;

/// The bonus that the clock alone gives: from the premium up to the highest bonus along the curve
/// (§ 4.1), rounded towards the premium.
pub fn time_bonus_wad(auction: &AuctionConfig, elapsed_ms: u64) -> Result<i128, Error> {
    let highest_wad = bps_to_wad(auction.max_bonus_bps);
    let span_wad = add(bps_to_wad(auction.start_premium_bps), highest_wad)?;
    let left_wad = auction.curve.left_up(span_wad, elapsed_ms, auction.duration_ms)?;
    sub_signed(highest_wad, left_wad)
}

/// The auction time at which the clock alone gives a bonus of at least `bonus_wad`, in
/// milliseconds. `None` if it never does.
///
/// By halving: the bonus never falls with time, whatever the curve.
pub fn time_of_bonus_ms(auction: &AuctionConfig, bonus_wad: i128) -> Result<Option<u64>, Error> {
    let reached = |elapsed_ms| Ok::<_, Error>(time_bonus_wad(auction, elapsed_ms)? >= bonus_wad);
    let (mut low_ms, mut high_ms) = (0u64, auction.duration_ms);
    if !reached(high_ms)? {
        return Ok(None);
    }
    while low_ms < high_ms {
        let middle_ms = low_ms.midpoint(high_ms);
        if reached(middle_ms)? {
            high_ms = middle_ms;
        } else {
            low_ms = middle_ms.saturating_add(1);
        }
    }
    Ok(Some(low_ms))
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

/// The terms of a pair at the sheet's time.
///
/// # Errors
/// [`Error::NoAuction`], [`Error::UnknownAsset`] for an asset that is not on the sheet,
/// [`Error::Healthy`], [`Error::WorseCollateralFirst`], [`Error::BreakerHalted`], price errors.
#[inline(never)]
pub fn terms(
    sheet: &Sheet,
    health: &Health,
    collateral: AssetId,
    debt: AssetId,
) -> Result<Terms, Error> {
    let running = sheet.account.auction.as_ref().ok_or(Error::NoAuction)?;
    if health.is_healthy() {
        return Err(Error::Healthy);
    }
    let level = sheet.level(collateral)?.max(sheet.level(debt)?);
    if level == Level::Halted {
        return Err(Error::BreakerHalted);
    }
    let line = sheet.line(collateral)?;
    let config = &line.reserve.config.auction;
    let average_wad = check_order(sheet, health, collateral)?;
    let floor_wad = bps_to_wad(config.floor_bonus_bps);
    let insolvency_wad = mul_div_up(health.debt_wad, add(WAD, floor_wad)?, WAD)?;
    let elapsed_ms = elapsed_ms(sheet, running, [collateral, debt])?;
    let sold_out = Terms {
        bonus_wad: signed(floor_wad)?,
        fee_wad: 0,
        fee_room_wad: 0,
        reward_share_wad: 0,
        reward_floor_wad: 0,
        insolvent: true,
        at_bound: true,
        urgent: true,
        max_repay_wad: health.debt_wad,
        max_sale: u128::MAX,
        elapsed_ms,
    };
    if health.collateral_wad < insolvency_wad {
        return Ok(sold_out);
    }

    let bound_wad = health_bound_wad(health, average_wad)?;
    let urgent = is_urgent(sheet, health)?;
    let mut wished_wad = bonus_wad(config, health, elapsed_ms)?;
    if level == Level::Stressed && !urgent {
        let level_bps = sheet.line(debt)?.reserve.config.backstop.level_bps;
        wished_wad = wished_wad.min(signed(bps_to_wad(level_bps))?);
    }
    let bonus_wad = wished_wad.min(bound_wad);
    // The taker comes before the fee where the bound leaves little room.
    let fee_room_wad = u128::try_from(bound_wad.saturating_sub(bonus_wad)).unwrap_or(0);
    let fee_wad = bps_to_wad(config.fee_bps).min(fee_room_wad);
    let paid_wad = add(add_signed(WAD, bonus_wad)?, fee_wad)?;
    let lot_wad = collateral_wad(sheet, line)?;
    let max_repay_wad = repay_to_target_up(
        sheet.params.target_health_wad,
        health,
        paid_wad,
        &line.thresholds()?,
        lot_wad,
    )?;
    let max_sale = if urgent {
        u128::MAX
    } else {
        line.reserve.books.sales.room(&sales_limit(sheet, collateral)?, line.now_ms)?
    };
    Ok(Terms {
        bonus_wad,
        fee_wad,
        fee_room_wad,
        reward_share_wad: bps_to_wad(config.starter_share_bps),
        reward_floor_wad: part_down(sheet.params.starter_floor_wad, running.unearned_wad)?,
        insolvent: false,
        at_bound: wished_wad >= bound_wad,
        urgent,
        max_repay_wad,
        max_sale,
        ..sold_out
    })
}

/// The clock's bonus, or kappa x (1 - HF) where that is more, within premium and highest bonus.
fn bonus_wad(config: &AuctionConfig, health: &Health, elapsed_ms: u64) -> Result<i128, Error> {
    let missing_wad = WAD.saturating_sub(health.health_factor_wad());
    let by_health_wad = part_down(missing_wad, config.health_bonus_wad)?;
    let highest_wad = bps_to_wad(config.max_bonus_bps);
    let by_time_wad = time_bonus_wad(config, elapsed_ms)?;
    if by_health_wad == 0 {
        // Without kappa the premium stands.
        return Ok(by_time_wad);
    }
    Ok(by_time_wad.max(signed(by_health_wad.min(highest_wad))?))
}

/// Whether an account is so close to insolvency that waiting would cost lenders (§ 4.8): debt and
/// floor bonus are a set part of the collateral, or HF is below a set level. The highest floor
/// bonus of its collaterals counts.
pub fn is_urgent(sheet: &Sheet, health: &Health) -> Result<bool, Error> {
    let mut floor_bps = 0;
    for held in sheet.account.collaterals() {
        floor_bps = sheet.line(held.asset)?.reserve.config.auction.floor_bonus_bps.max(floor_bps);
    }
    let insolvency_wad = mul_div_up(health.debt_wad, add(WAD, bps_to_wad(floor_bps))?, WAD)?;
    let close_wad = part_down(health.collateral_wad, sheet.params.urgent_ltv_wad)?;
    Ok(insolvency_wad >= close_wad || health.health_factor_wad() < sheet.params.urgent_health_wad)
}

/// The limit on sales of an asset now: less than usual when the breaker is up (§ 7.1).
pub fn sales_limit(sheet: &Sheet, collateral: AssetId) -> Result<FlowLimit, Error> {
    let config = &sheet.line(collateral)?.reserve.config;
    let mut limit = config.sales_limit();
    if sheet.level(collateral)? >= Level::Guarded {
        let share_wad =
            WAD_PER_BPS.saturating_mul(u128::from(sheet.params.breaker.guarded_sales_bps));
        limit.capacity = limit.capacity.min(part_down(config.liquidity.depth, share_wad)?);
    }
    Ok(limit)
}

/// Time on the auction's clock for a pair of assets: since the start, less the stops of either.
/// An asset that came into the account later counts as never stopped.
pub fn elapsed_ms(sheet: &Sheet, running: &Auction, pair: [AssetId; 2]) -> Result<u64, Error> {
    let wall_ms = sheet.now_ms.saturating_sub(running.started_ms);
    let mut clocks = [(Clock::default(), wall_ms); 2];
    for (clock, asset) in clocks.iter_mut().zip(pair) {
        if let Some((_, began_ms)) = running.clocks.iter().find(|(of, _)| *of == asset) {
            let now = sheet.clock(asset)?;
            *clock = (now, now.reading_ms.saturating_sub(*began_ms));
        }
    }
    if pair[0] == pair[1] {
        return Ok(clocks[0].1);
    }
    Ok(Clock::run_together_ms(running.started_ms, sheet.now_ms, clocks))
}

/// Refuses to sell better collateral before worse (§ 4.4): of what counts, the average threshold
/// may be higher than the lowest of those that can be sold now by no more than the slack. Returns
/// that average.
fn check_order(sheet: &Sheet, health: &Health, collateral: AssetId) -> Result<u128, Error> {
    let average = |line: &Line| line.thresholds()?.average_up(collateral_wad(sheet, line)?);
    let mut allowed_wad = u128::MAX;
    for held in sheet.account.collaterals() {
        let line = sheet.line(held.asset)?;
        // What can't be sold now can't come first.
        let stands = sheet.level(held.asset)? == Level::Halted;
        if stands || line.require_price(Use::Settlement).is_err() {
            continue;
        }
        if collateral_wad(sheet, line)? >= health.debt_wad / ORDER_DUST {
            allowed_wad = allowed_wad.min(average(line)?);
        }
    }
    let chosen_wad = average(sheet.line(collateral)?)?;
    if chosen_wad > allowed_wad.saturating_add(bps_to_wad(sheet.params.order_slack_bps)) {
        return Err(Error::WorseCollateralFirst);
    }
    Ok(chosen_wad)
}

/// Value of the account's collateral in a line's asset, wad dollars, rounded down.
fn collateral_wad(sheet: &Sheet, line: &Line) -> Result<u128, Error> {
    let lot = sheet.account.position(line.asset).collateral;
    value_down(lot, line.price()?.mid_wad, line.reserve.config.decimals)
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
