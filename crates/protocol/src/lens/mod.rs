//! What people, keepers and risk managers want to know, computed from a [`AccountSnapshot`] (§ 6).
//!
//! Pure functions: the lens contract, the keeper and the simulator get the same numbers.

mod sale;

pub use sale::{backstop, quote, quote_stock, sale, BackstopView, Quote, SaleView};

use crate::{
    account::health::{
        amount_down, amount_up, collateral_value_down, debt_value_up, BorrowingPower, Health,
    },
    actions::available_down,
    breaker::{Breaker, Level, ManualLevel, Measures, Trigger},
    config::rates::Asked,
    num::{
        math::{add, bps_to_wad, mul_div_down, part_down, sub, BPS, WAD},
        shares::{to_assets_down, to_assets_up},
    },
    oracle::price::MAX_PRICE_WAD,
    risk::tiers::{Bracket, Schedule},
    Account, AccountSnapshot, AssetId, Error, Position, PricedReserve, Reserve,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// An account, as its owner wants to see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct AccountView {
    pub account: Account,
    /// Totals at the middle of the bands.
    pub health: Health,
    /// Threshold value / debt, rounded down; the highest number without debt.
    pub health_factor_wad: u128,
    /// Debt / collateral, rounded down; `None` without collateral.
    pub ltv_wad: Option<u128>,
    /// C / (C - D), rounded down; `None` where debt is not below collateral.
    pub leverage_wad: Option<u128>,
    /// What may be owed when risk is taken on, after haircuts: nothing while any collateral has no
    /// price.
    pub power: BorrowingPower,
    /// Value that may still be borrowed, wad dollars.
    pub available_wad: u128,
    /// By what part all collateral may fall together before liquidation: 1 - 1 / HF, rounded
    /// down. 0 where it is due already, `None` without debt. Tiers make it larger, never smaller.
    pub shock_to_liquidation_wad: Option<u128>,
    pub positions: Vec<PositionView>,
}

/// One position of an [`AccountView`].
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct PositionView {
    pub asset: AssetId,
    /// Lent, with interest, in units, rounded down.
    pub supplied: u128,
    /// Owed, with interest, in units, rounded up.
    pub owed: u128,
    pub collateral: u128,
    /// Value of the collateral, wad dollars, rounded down.
    pub collateral_wad: u128,
    /// Value of the debt, wad dollars, rounded up.
    pub owed_wad: u128,
    /// What the last dollar of the collateral carries by its thresholds.
    pub marginal_threshold_wad: u128,
    /// Haircut on the LTV of new risk in this asset, as a part of it.
    pub haircut_wad: u128,
    /// The asset's price at which liquidation starts while all others stand still: collateral
    /// falls to it (rounded up), debt rises to it (rounded down). `None` where no price of this
    /// asset alone decides, and for an asset that is both held and owed.
    pub liquidation_price_wad: Option<u128>,
    /// dHF / d ln(price): how much the health factor moves when the price moves by its e-fold;
    /// a hundredth of it for 1 %. Signed wad, rounded towards 0; 0 without debt.
    pub sensitivity_wad: i128,
}

/// A reserve's rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct RatesView {
    pub utilisation_wad: u128,
    /// What borrowers pay a year.
    pub borrow_rate_wad: u128,
    /// What lenders earn a year: after the reserve factor and the backstop's premium, on all that is
    /// supplied.
    pub supply_rate_wad: u128,
    /// The adaptive model's rate at the target utilisation; 0 for a kinked model.
    pub rate_at_target_wad: u128,
}

/// A reserve's risk: how close it is to each of its limits.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct RiskView {
    /// Collateral x highest threshold, in multiples of the depth (§ 3.5).
    pub load_wad: u128,
    pub max_load_wad: u128,
    /// Units of collateral that still fit under both caps.
    pub collateral_room: u128,
    /// Units that may still leave now under the outflow limit (§ 3.6).
    pub outflow_room: u128,
    /// Haircut on new risk; `None` without a price.
    pub haircut_wad: Option<u128>,
    /// LTV brackets after the haircut; without a price, before it.
    pub ltv: Vec<Bracket>,
    /// Liquidation thresholds that hold now for standing debt.
    pub thresholds: Vec<Bracket>,
    /// Where isolated: value borrowed against it, and its ceiling.
    pub isolated_debt_wad: u128,
    pub isolation_ceiling_wad: Option<u128>,
}

/// What a fall of all collateral would do to some accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct ShockView {
    /// Debt of accounts that can be liquidated already, wad dollars.
    pub already_wad: u128,
    /// Debt of accounts that can be liquidated after the fall and not before.
    pub new_wad: u128,
    /// How many those are.
    pub new_accounts: u32,
}

/// An asset's breaker.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct BreakerView {
    /// What holds now, the market's own level included.
    pub level: Level,
    pub trigger: Trigger,
    /// When it falls by one if nothing holds it, in Unix milliseconds.
    pub until_ms: u64,
    /// What a guardian has asked for.
    pub guard: ManualLevel,
    pub measures: Measures,
    /// For each trigger its measure, as parts of the thresholds of Guarded, Stressed and Halted in
    /// basis points; none where there is no such threshold.
    pub meters: Vec<(Trigger, [Option<u128>; 3])>,
}

/// An asset's breaker, as it would be after a poke. The market's parameters must be on the snapshot.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
pub fn breaker(mut snapshot: AccountSnapshot, asset: AssetId) -> Result<BreakerView, Error> {
    snapshot.watch();
    let config = snapshot.params.breaker;
    let priced = snapshot.priced(asset)?;
    let measures = Measures::of(&priced.reserve, priced.price.as_ref(), &config, snapshot.now_ms)?;
    let part = |measure_bps, threshold: u32| match threshold {
        0 | u32::MAX => None,
        _ => mul_div_down(measure_bps, BPS, threshold.into()).ok(),
    };
    let meters = measures.all(&config).into_iter().map(|(trigger, measure_bps, steps)| {
        let steps = [steps.guarded, steps.stressed, steps.halted];
        (trigger, steps.map(|threshold| part(measure_bps, threshold)))
    });
    let Breaker { trigger, until_ms, guard, .. } = priced.reserve.balances.breaker;
    let level = snapshot.level(asset)?;
    Ok(BreakerView { level, trigger, until_ms, guard, measures, meters: meters.collect() })
}

/// An account seen through the lens. All its reserves must be on the snapshot, with prices of its
/// debts. Collateral without a price counts as nothing.
///
/// # Errors
/// [`Error::PriceMissing`], [`Error::PriceInvalid`], [`Error::Overflow`].
pub fn account(snapshot: &AccountSnapshot) -> Result<AccountView, Error> {
    let health = snapshot.health()?;
    let power = match snapshot.borrowing_power() {
        Err(Error::PriceMissing | Error::PriceInvalid) => {
            BorrowingPower { limit_wad: 0, debt_wad: health.debt_wad }
        }
        power => power?,
    };
    let (held_wad, owed_wad) = (health.collateral_wad, health.debt_wad);
    let ratio = |part, whole| if whole == 0 { None } else { mul_div_down(part, WAD, whole).ok() };
    let positions = snapshot
        .account
        .positions
        .iter()
        .map(|position| self::position(snapshot.priced(position.asset)?, position, &health))
        .collect::<Result<_, _>>()?;
    Ok(AccountView {
        account: snapshot.account.clone(),
        health,
        health_factor_wad: health.health_factor_wad(),
        ltv_wad: ratio(owed_wad, held_wad),
        leverage_wad: ratio(held_wad, held_wad.saturating_sub(owed_wad)),
        power,
        // Where prices can't be had, nothing is.
        available_wad: available_down(snapshot).unwrap_or(0),
        shock_to_liquidation_wad: ratio(
            health.threshold_wad.saturating_sub(owed_wad),
            health.threshold_wad.max(u128::from(owed_wad != 0)),
        )
        .filter(|_| owed_wad != 0),
        positions,
    })
}

fn position(
    priced: &PricedReserve,
    held: &Position,
    health: &Health,
) -> Result<PositionView, Error> {
    let balances = &priced.reserve.balances;
    let mut view = PositionView {
        asset: held.asset,
        supplied: to_assets_down(held.supply_shares, balances.supplied()?)?,
        owed: 0,
        collateral: held.collateral,
        collateral_wad: 0,
        owed_wad: 0,
        marginal_threshold_wad: 0,
        haircut_wad: 0,
        liquidation_price_wad: None,
        sensitivity_wad: 0,
    };
    if !held.bears_risk() {
        return Ok(view);
    }
    let decimals = priced.reserve.config.decimals;
    if held.debt_shares != 0 {
        view.owed = to_assets_up(held.debt_shares, balances.owed())?;
        view.owed_wad = debt_value_up(held, priced, priced.price()?.mid_wad)?;
    }
    let thresholds = priced.thresholds()?;
    if held.collateral != 0 {
        view.collateral_wad = collateral_value_down(held, priced)?;
        view.marginal_threshold_wad = thresholds.last_rate_wad(view.collateral_wad);
        view.haircut_wad = priced.haircut_up().unwrap_or(WAD);
    }
    view.sensitivity_wad = sensitivity_wad(&view, health)?;
    view.liquidation_price_wad = match (held.collateral, held.debt_shares) {
        (_, 0) => falls_to_wad(&view, &thresholds, health, decimals)?,
        (0, _) => rises_to_wad(&view, health, decimals)?,
        _ => None,
    };
    Ok(view)
}

/// LT x value / D for collateral, less HF x value / D for debt.
fn sensitivity_wad(view: &PositionView, health: &Health) -> Result<i128, Error> {
    if health.debt_wad == 0 {
        return Ok(0);
    }
    let carried_wad = part_down(view.collateral_wad, view.marginal_threshold_wad)?;
    let gain_wad = mul_div_down(carried_wad, WAD, health.debt_wad);
    let loss_wad = mul_div_down(health.health_factor_wad(), view.owed_wad, health.debt_wad);
    // Of a debt that is next to nothing both are beyond any number.
    let signed = |value: Result<u128, Error>| {
        value.ok().and_then(|value| i128::try_from(value).ok()).unwrap_or(i128::MAX)
    };
    Ok(signed(gain_wad).saturating_sub(signed(loss_wad)))
}

/// The price of collateral at which what all collateral carries equals the debt.
fn falls_to_wad(
    view: &PositionView,
    thresholds: &Schedule,
    health: &Health,
    decimals: u8,
) -> Result<Option<u128>, Error> {
    let here_wad = thresholds.carries_down(view.collateral_wad)?;
    let elsewhere_wad = health.threshold_wad.saturating_sub(here_wad);
    let needed_wad = health.debt_wad.saturating_sub(elsewhere_wad);
    if needed_wad == 0 {
        return Ok(None);
    }
    // A price is a value a whole token: the value of `collateral` units, per 10^decimals of them.
    // One that no token can have decides nothing.
    let needed = thresholds.value_for_up(needed_wad).ok().flatten();
    let price_wad = needed.and_then(|value| amount_up(value, view.collateral, decimals).ok());
    Ok(price_wad.filter(|price_wad| *price_wad <= MAX_PRICE_WAD))
}

/// The price of a debt at which it equals what the collateral carries less other debts.
fn rises_to_wad(view: &PositionView, health: &Health, decimals: u8) -> Result<Option<u128>, Error> {
    let others_wad = health.debt_wad.saturating_sub(view.owed_wad);
    match health.threshold_wad.checked_sub(others_wad) {
        None | Some(0) => Ok(None),
        Some(left_wad) => Ok(amount_down(left_wad, view.owed, decimals)
            .ok()
            .filter(|price_wad| *price_wad <= MAX_PRICE_WAD)),
    }
}

/// A reserve's rates at present.
pub fn rates(reserve: &Reserve, now_ms: u64) -> Result<RatesView, Error> {
    let utilisation_wad = reserve.balances.utilisation_wad()?;
    let Asked { rate_wad, at_target_wad } = reserve.asked(now_ms)?;
    let earned_wad = part_down(rate_wad, utilisation_wad)?;
    let premium_wad = sale::premium_wad(reserve, earned_wad)?;
    let kept_wad = add(bps_to_wad(reserve.config.reserve_factor_bps), premium_wad)?;
    Ok(RatesView {
        utilisation_wad,
        borrow_rate_wad: rate_wad,
        supply_rate_wad: part_down(earned_wad, WAD.saturating_sub(kept_wad))?,
        rate_at_target_wad: at_target_wad,
    })
}

/// A reserve's limits and how much of each is used.
pub fn risk(priced: &PricedReserve) -> Result<RiskView, Error> {
    let Reserve { config, balances, .. } = &priced.reserve;
    let thresholds = priced.thresholds()?;
    let top_wad = thresholds.rate_at_wad(0);
    let has_depth = config.liquidity.depth != 0;
    let most = if has_depth { config.liquidity.max_collateral_down(top_wad)? } else { 0 };
    let haircut_wad = priced.haircut_up().ok();
    let ltv = Schedule::ltv(&config.tiers, haircut_wad.unwrap_or(0))?;
    Ok(RiskView {
        load_wad: if has_depth {
            config.liquidity.load_wad(balances.collateral, top_wad)?
        } else {
            0
        },
        max_load_wad: config.liquidity.max_load_wad,
        collateral_room: most.min(config.collateral_cap).saturating_sub(balances.collateral),
        outflow_room: balances.outflow.room(&config.outflow, priced.now_ms)?,
        haircut_wad,
        ltv: ltv.brackets().to_vec(),
        thresholds: thresholds.brackets().to_vec(),
        isolated_debt_wad: balances.isolated_debt_wad,
        isolation_ceiling_wad: config.isolation_ceiling_wad,
    })
}

/// Adds what a fall of all collateral by `fall_bps` does to an account; debts keep their value.
///
/// # Errors
/// [`Error::BpsOutOfRange`] above 10,000; price errors.
pub fn shock(
    sum: ShockView,
    snapshot: &AccountSnapshot,
    fall_bps: u16,
) -> Result<ShockView, Error> {
    if u128::from(fall_bps) > BPS {
        return Err(Error::BpsOutOfRange);
    }
    let health = snapshot.health()?;
    let mut sum = sum;
    if !health.is_healthy() {
        sum.already_wad = add(sum.already_wad, health.debt_wad)?;
    } else if threshold_after_wad(snapshot, fall_bps)? < health.debt_wad {
        sum.new_wad = add(sum.new_wad, health.debt_wad)?;
        sum.new_accounts = sum.new_accounts.saturating_add(1);
    }
    Ok(sum)
}

/// What the collateral carries after a fall.
fn threshold_after_wad(snapshot: &AccountSnapshot, fall_bps: u16) -> Result<u128, Error> {
    let left_wad = sub(WAD, bps_to_wad(fall_bps))?;
    snapshot.risks().try_fold(0, |sum, risk| {
        let (held, priced) = risk?;
        let value_wad = collateral_value_down(held, priced)?;
        add(sum, priced.thresholds()?.carries_down(part_down(value_wad, left_wad)?)?)
    })
}
