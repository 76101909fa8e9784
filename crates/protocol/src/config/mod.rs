//! Parameters of a market and its reserves (§ 5). What they may be is in [`validate`](self).

pub mod liquidity;
pub mod rates;
mod validate;

use crate::{
    breaker::BreakerConfig,
    cell::{cell_codec, fixed_width},
    config::{liquidity::LiquidityConfig, rates::RateModel},
    gradual::{AuctionConfig, PremiumCurve},
    num::time::DAY_MS,
    risk::{flow::FlowLimit, tiers::Tier},
    AccountId,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// What holds for the whole market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct MarketParams {
    /// The health factor a take may lift an account to (§ 4.3). Default 1.05.
    pub target_health_wad: u128,
    /// How much better than the worst the collateral sold may be: difference of average
    /// thresholds (§ 4.4). Default 5 %.
    pub order_slack_bps: u16,
    /// The least an auction's starter gets at its first take, wad dollars (§ 4.5). Default 0.5.
    pub starter_floor_wad: u128,
    /// Collateral worth no more than this can't keep an insolvent account open (§ 4.6), wad
    /// dollars. Default 1.
    pub dust_wad: u128,
    /// Thresholds and times of the circuit breaker (§ 7).
    pub breaker: BreakerConfig,
}
fixed_width!(MarketParams {
    target_health_wad,
    order_slack_bps,
    starter_floor_wad,
    dust_wad,
    breaker
});

impl Default for MarketParams {
    fn default() -> Self {
        Self {
            target_health_wad: 1_050_000_000_000_000_000,
            order_slack_bps: 500,
            starter_floor_wad: 500_000_000_000_000_000,
            dust_wad: 1_000_000_000_000_000_000,
            breaker: BreakerConfig::default(),
        }
    }
}

/// Parameters of one reserve.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct ReserveConfig {
    /// The PSP22 contract. Never changes.
    pub token: AccountId,
    /// Its decimals. Never changes.
    pub decimals: u8,
    /// May be supplied for lending and borrowed.
    pub borrowable: bool,
    /// May be deposited as collateral.
    pub collateral: bool,
    /// No new supply, collateral or debt; everything that leaves or repays goes on.
    pub frozen: bool,
    /// An account that owes this may owe nothing else (§ 3.7).
    pub siloed: bool,
    /// Set for isolated collateral (§ 3.7): the most that may be borrowed against it by all
    /// accounts together, wad dollars.
    pub isolation_ceiling_wad: Option<u128>,
    /// Share of interest that the protocol keeps.
    pub reserve_factor_bps: u16,
    /// Most that may be supplied for lending, in units.
    pub supply_cap: u128,
    /// Most that may be borrowed, in units.
    pub borrow_cap: u128,
    /// Most that may lie here as collateral, in units.
    pub collateral_cap: u128,
    /// Least debt an account may have, in units: a smaller one is not worth liquidating.
    pub min_debt: u128,
    /// LTV and liquidation threshold by size (§ 3.3): one to four, the first from 0. Empty where
    /// it was never collateral.
    pub tiers: Vec<Tier>,
    /// How fast thresholds of standing debt come down when they are lowered (§ 3.8).
    pub threshold_ramp_bps_per_day: u16,
    pub liquidity: LiquidityConfig,
    /// Limit on net outflow: withdrawn and borrowed less supplied and repaid (§ 3.6).
    pub outflow: FlowLimit,
    pub rate: RateModel,
    /// How this is sold when it is collateral (§ 4).
    pub auction: AuctionConfig,
    /// The pool that buys where this is the debt.
    pub backstop: BackstopConfig,
}
cell_codec!(ReserveConfig {
    run(token, decimals, borrowable, collateral, frozen, siloed),
    each(isolation_ceiling_wad),
    run(reserve_factor_bps, supply_cap, borrow_cap, collateral_cap, min_debt),
    each(tiers),
    run(threshold_ramp_bps_per_day, liquidity, outflow),
    each(rate, auction),
    run(backstop),
});

/// The backstop of a debt asset (§ 4.9): lent money that stands in before other lenders' and buys
/// from accounts that are near insolvency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct BackstopConfig {
    /// The size at which it is full, as a part of what is borrowed. Default 15 %.
    pub target_bps: u16,
    /// What it is paid out of interest.
    pub premium: PremiumCurve,
    /// Most of the pool that the losses of a window may take,
    pub loss_share_bps: u16,
    /// and the window, in which they are forgotten in a straight line.
    pub loss_window_ms: u64,
    /// What its stock counts for beyond the dear end of the band when somebody enters (§ G7).
    pub entry_margin_bps: u16,
    /// Time from a notice to the withdrawal.
    pub cooldown_ms: u64,
    /// For how long the withdrawal is open then.
    pub window_ms: u64,
    /// Part of what is borrowed that stays of the protocol's supply shares, which bear a loss before the
    /// pool does (§ 4.12). Default 1 %.
    pub reserve_floor_bps: u16,
}
fixed_width!(BackstopConfig {
    target_bps,
    premium,
    loss_share_bps,
    loss_window_ms,
    entry_margin_bps,
    cooldown_ms,
    window_ms,
    reserve_floor_bps
});

impl Default for BackstopConfig {
    fn default() -> Self {
        Self {
            target_bps: 1_500,
            premium: PremiumCurve::default(),
            loss_share_bps: 5_000,
            loss_window_ms: 7 * DAY_MS,
            entry_margin_bps: 100,
            cooldown_ms: 3 * DAY_MS,
            window_ms: DAY_MS,
            reserve_floor_bps: 100,
        }
    }
}
