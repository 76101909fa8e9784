//! Parameters with their keys in the file: one line a parameter.
//!
//! A line says the key, its unit, and the field of the core's parameters it stands for. From it
//! follow what the file may hold, what replaces a default, and how `deploy --plan` writes it down.

use super::{
    units::{
        Depths, Hours, Minutes, Plain, Ppm, Premium, PremiumShare, Thousandths, Triggers, Unit, Wad,
    },
    words::Writer,
};
use anyhow::{Context as _, Result};
use breakwater_protocol::{
    AuctionConfig, BackstopConfig, BreakerConfig, FuseConfig, MarketParams, Pace,
};
use serde::Deserialize;

/// A group of parameters.
pub trait Keys {
    type InCore;

    /// What the file says, else what was there.
    fn over(&self, was: Self::InCore) -> Result<Self::InCore>;
    /// All of them by `prefix` and key.
    fn write(from: &Self::InCore, prefix: &str, to: &mut Writer);
    /// Keys and what they mean, in the same order.
    #[cfg(test)]
    fn meanings() -> Vec<(&'static str, String)>;
}

/// Declares a group: documentation, `key: unit => field`, and what stands beside them in the file.
macro_rules! keys {
    (
        $(#[$about:meta])*
        $name:ident => $core:ty {
            $( $(#[doc = $doc:literal])* $key:ident: $unit:ty => $field:ident, )*
        }
        $( beside { $( $(#[$beside_doc:meta])* $beside:ident: $kind:ty, )* } )?
    ) => {
        $(#[$about])*
        #[derive(Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $( $(#[doc = $doc])* pub $key: Option<<$unit as Unit>::InFile>, )*
            $( $( $(#[$beside_doc])* pub $beside: $kind, )* )?
        }

        impl Keys for $name {
            type InCore = $core;

            fn over(&self, was: $core) -> Result<$core> {
                let mut to = was;
                $( if let Some(given) = &self.$key {
                    to.$field = <$unit>::read(given, &to.$field).context(stringify!($key))?;
                } )*
                Ok(to)
            }

            fn write(from: &$core, prefix: &str, to: &mut Writer) {
                $( to.put(&format!("{prefix}{}", stringify!($key)), <$unit>::write(&from.$field)); )*
            }

            #[cfg(test)]
            fn meanings() -> Vec<(&'static str, String)> {
                vec![$( (stringify!($key), concat!($($doc),*).trim().to_owned()), )*]
            }
        }
    };
}

keys! {
    /// Parameters of the whole market (docs/mechanism.md, section 5).
    Market => MarketParams {
        /// Health factor up to which an auction sells (§ 4.3).
        target_health: Wad => target_health_wad,
        /// How far above the worst threshold the sold collateral may lie (§ 4.4).
        order_slack_bps: Plain<u16> => order_slack_bps,
        /// Least reward for starting an auction (§ 4.5).
        starter_floor_usd: Wad => starter_floor_wad,
        /// Collateral worth at most this is treated as zero (§ 4.6).
        dust_usd: Wad => dust_wad,
    }
    beside {
        breaker: Breaker,
    }
}

keys! {
    /// The circuit breaker (docs/breaker.md). Thresholds in basis points of each trigger's unit:
    /// Guarded, Stressed, Halted; the highest number is never.
    Breaker => BreakerConfig {
        /// Fast over slow volatility: Guarded, Stressed, Halted.
        volatility_bps: Triggers => volatility,
        /// Contents of the outflow bucket over its capacity.
        outflow_bps: Triggers => outflow,
        /// Bad debt written off in a window over the supply.
        bad_debt_bps: Triggers => bad_debt,
        /// How long a level lasts after its measure has calmed, and its rest.
        dwell_minutes: Minutes => dwell_ms,
        /// The longest halt that is not for a bad price.
        halt_max_minutes: Minutes => halt_max_ms,
        /// Total of such halts in a day.
        halt_budget_minutes: Minutes => halt_budget_ms,
        /// The longest a guardian may raise a level.
        guardian_max_minutes: Minutes => guardian_max_ms,
    }
    beside {
        /// No measure moves it, only people.
        by_hand: bool,
    }
}

keys! {
    /// When collateral that comes in too fast carries less (docs/mechanism.md, section 3.11).
    Fuse => FuseConfig {
        /// Recent net inflow up to which the LTV holds in full, in depths.
        full: Depths => full_bps,
        /// Recent net inflow from which on the LTV is 0, in depths.
        none: Depths => none_bps,
        /// Half-life of an inflow.
        half_life_minutes: Minutes => half_life_ms,
    }
    beside {
        /// Nothing that comes in is counted.
        off: bool,
    }
}

keys! {
    /// The pool that buys from accounts near insolvency (docs/mechanism.md, section 4.9).
    Backstop => BackstopConfig {
        /// Target size, of all borrows (§ G8).
        target_bps: Plain<u16> => target_bps,
        /// Premium a year when empty, at its target and at twice the target.
        premium_bps: Premium => premium,
        /// Highest part of the interest that the premium may take.
        premium_share_bps: PremiumShare => premium,
        /// Highest part of the pool that the losses of a window may take (§ G7).
        loss_share_bps: Plain<u16> => loss_share_bps,
        /// That window.
        loss_window_hours: Hours => loss_window_ms,
        /// Margin on the stock's price for a staker who joins.
        entry_margin_bps: Plain<u16> => entry_margin_bps,
        /// Protocol's income that stays to bear losses before the pool, of all borrows.
        reserve_floor_bps: Plain<u16> => reserve_floor_bps,
        /// Time from a notice to the withdrawal.
        cooldown_hours: Hours => cooldown_ms,
        /// How long the withdrawal is open after that.
        window_hours: Hours => window_ms,
    }
}

keys! {
    /// How it is sold (docs/gradual.md).
    Auction => AuctionConfig {
        /// Part of a backstop that counts as missing once it has spent all its money.
        spent_share_bps: Plain<u16> => spent_share_bps,
        /// Half-life of a sale's impact.
        half_life_minutes: Minutes => half_life_ms,
        /// Fall of the bonus for each depth sold.
        fall_bps_per_depth: Plain<u16> => fall_bps_per_depth,
        /// Floor of the bonus, below the oracle price.
        floor_bps: Plain<u16> => floor_bps,
        /// The highest bonus.
        max_bonus_bps: Plain<u16> => max_bonus_bps,
        /// Fall of a positive bonus while nothing waits.
        drift_bps_per_minute: Plain<u16> => drift_bps_per_min,
        /// Highest bonus for each minute since an account's own start.
        own_bps_per_minute: Plain<u16> => own_bps_per_min,
        /// The smallest sale that is not a whole remainder, of the depth.
        slice_bps: Plain<u16> => slice_bps,
        /// LTV at which urgency is full.
        urgency_ltv_bps: Plain<u16> => urgency_ltv_bps,
        /// LTV from which on there is no urgency.
        lost_ltv_bps: Plain<u16> => lost_ltv_bps,
        /// LTV from which on the backstop buys.
        pool_ltv_bps: Plain<u16> => pool_ltv_bps,
        /// Part of the meter's cap that the backstop's stock may use.
        stock_share_bps: Plain<u16> => stock_share_bps,
        /// Surplus of collateral over debt below which an account is sold whole (§ 4.6).
        whole_bps: Plain<u16> => whole_bps,
        /// Liquidation fee, of the repayment.
        fee_bps: Plain<u16> => fee_bps,
        /// The starter's part of the fee.
        starter_share_bps: Plain<u16> => starter_share_bps,
    }
    beside {
        /// The asset whose backstop sets the pace; the file's first that can be lent if not given.
        backed_by: Option<String>,
        /// The pace without a pool,
        alone: PaceKeys,
        /// and with one that is full.
        backed: PaceKeys,
    }
}

keys! {
    /// How fast it is sold.
    PaceKeys => Pace {
        /// Cap of the meter: impact of recent sales, in per cent of the price.
        cap_percent: Ppm => cap_ppm,
        /// Rise of the bonus while something waits.
        rise_bps_per_minute: Thousandths => rise_mbps_per_min,
        /// Bonus on top near insolvency.
        urgency_bps: Plain<u16> => urgency_bps,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_pages::Page;
    use breakwater_protocol::ReserveConfig;

    /// Rows of a group: key, default, meaning.
    fn rows<K: Keys>(defaults: &K::InCore, prefix: &str) -> String {
        let mut to = Writer::default();
        K::write(defaults, prefix, &mut to);
        K::meanings()
            .into_iter()
            .zip(to.into_fields())
            .map(|((_, meaning), (path, value))| {
                assert!(!meaning.is_empty(), "{path} has no meaning");
                format!("| `{path}` | {value} | {} |\n", meaning.trim_end_matches('.'))
            })
            .collect()
    }

    /// The tables of docs/deployers.md are written from the code.
    #[test]
    fn the_tables_of_keys_are_the_codes() {
        let ReserveConfig { auction, backstop, .. } =
            breakwater_protocol::presets::reserve([0; 32], 0, 1);
        let params = MarketParams::default();
        let tables = [
            (
                "market keys",
                rows::<Market>(&params, "") + &rows::<Breaker>(&params.breaker, "breaker."),
            ),
            ("fuse keys", rows::<Fuse>(&FuseConfig::default(), "fuse.")),
            ("backstop keys", rows::<Backstop>(&backstop, "backstop.")),
            (
                "auction keys",
                rows::<PaceKeys>(&auction.alone, "auction.alone.")
                    + &rows::<PaceKeys>(&auction.backed, "auction.backed.")
                    + &rows::<Auction>(&auction, "auction."),
            ),
        ];
        let mut page = Page::of_docs("deployers.md").expect("the page");
        for (name, rows) in tables {
            page.hold(name, &format!("| key | default | meaning |\n|---|---|---|\n{rows}"));
        }
    }
}
