//! The tables of parameters in the pages: defaults as the code has them, bounds that are tried here, errors as they
//! come. `BREAKWATER_WRITE_DOCS=1` writes them.

use crate::common::{eth_config, in_docs};
use breakwater_protocol::{
    breaker::BreakerConfig,
    oracle::{FeedConfig, SourceKind},
    AuctionConfig, BackstopConfig, Error, FuseConfig, MarketParams, ReserveConfig,
};
use std::fmt::Debug;

const MINUTE: u128 = 60_000;
const HOUR: u128 = 60 * MINUTE;
const DAY: u128 = 24 * HOUR;
const WAD: u128 = 1_000_000_000_000_000_000;
/// No bound on this side, or one that other parameters set: then the row says which.
const ANY: u128 = u128::MAX;

/// How a value is written.
#[derive(Clone, Copy)]
enum Unit {
    Plain,
    Ms,
    /// Wad of a ratio, and of dollars.
    Wad,
    Dollars,
}

/// A row of a table.
struct Row<T> {
    name: &'static str,
    unit: Unit,
    get: fn(&T) -> u128,
    set: fn(&mut T, u128),
    least: u128,
    most: u128,
    /// What to say of the bounds where they are not just the two.
    bounds: &'static str,
    /// What to say of the default where the code has none.
    usual: &'static str,
}

fn grouped(value: u128) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn text(value: u128, unit: Unit) -> String {
    let decimal = |value: u128| {
        let rest = format!("{:018}", value % WAD);
        let text = format!("{}.{}", value / WAD, rest.trim_end_matches('0'));
        text.trim_end_matches('.').to_owned()
    };
    match unit {
        Unit::Plain if value == u32::MAX.into() => "never".into(),
        Unit::Plain => grouped(value),
        Unit::Wad => decimal(value),
        Unit::Dollars => format!("${}", decimal(value)),
        Unit::Ms => [(DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")]
            .into_iter()
            .find(|(length, _)| value > 0 && value.is_multiple_of(*length))
            .map_or_else(
                || grouped(value),
                |(length, word)| {
                    let count = value / length;
                    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
                },
            ),
    }
}

/// Tries the bounds of all rows on the default, and writes the table.
fn table<T: Clone + Default + Debug>(
    validate: impl Fn(&T) -> Result<(), Error>,
    rows: &[Row<T>],
) -> String {
    table_of(&T::default(), validate, rows)
}

/// The same on a configuration that is sound.
fn table_of<T: Clone + Debug>(
    usual: &T,
    validate: impl Fn(&T) -> Result<(), Error>,
    rows: &[Row<T>],
) -> String {
    assert_eq!(validate(usual), Ok(()));
    let mut table = String::from("| parameter | default | bounds | error |\n|---|---|---|---|\n");
    for row in rows {
        let with = |value: u128| {
            let mut changed = usual.clone();
            (row.set)(&mut changed, value);
            validate(&changed)
        };
        let mut errors: Vec<String> = Vec::new();
        let mut refused = |value: u128| {
            let error = with(value).expect_err(row.name);
            let error = format!("`{error:?}`");
            if !errors.contains(&error) {
                errors.push(error);
            }
        };
        if row.least != ANY {
            assert_eq!(with(row.least), Ok(()), "{} at its least", row.name);
            if let Some(below) = row.least.checked_sub(1) {
                refused(below);
            }
        }
        if row.most != ANY {
            assert_eq!(with(row.most), Ok(()), "{} at its most", row.name);
            refused(row.most + 1);
        }
        let bounds = match (row.bounds, row.least, row.most) {
            ("", ANY | 0, ANY) => String::new(),
            ("", ANY | 0, most) => format!("at most {}", text(most, row.unit)),
            ("", 1, ANY) => "above 0".into(),
            ("", 1, most) => format!("above 0, at most {}", text(most, row.unit)),
            ("", least, ANY) => format!("at least {}", text(least, row.unit)),
            ("", least, most) => format!("{} to {}", text(least, row.unit), text(most, row.unit)),
            (said, ..) => said.into(),
        };
        let usual = match row.usual {
            "" => text((row.get)(usual), row.unit),
            said => said.into(),
        };
        table.push_str(&format!("| {} | {usual} | {bounds} | {} |\n", row.name, errors.join(", ")));
    }
    table
}

/// A row: name, unit, the field, bounds and what to say of them.
macro_rules! row {
    ($name:literal, $unit:ident, $($field:ident).+, $least:expr, $most:expr, $bounds:literal) => {
        row!($name, $unit, $($field).+, $least, $most, $bounds, "")
    };
    ($name:literal, $unit:ident, $($field:ident).+, $least:expr, $most:expr, $bounds:literal, $usual:literal) => {
        Row {
            name: $name,
            unit: Unit::$unit,
            get: |of| u128::from(of.$($field).+),
            set: |of, value| of.$($field).+ = value.try_into().expect($name),
            least: $least,
            most: $most,
            bounds: $bounds,
            usual: $usual,
        }
    };
}

/// A row of what is in the first source of a feed.
macro_rules! source {
    ($name:literal, $unit:ident, $field:ident, $least:expr, $most:expr, $bounds:literal, $usual:literal) => {
        Row {
            name: $name,
            unit: Unit::$unit,
            get: |of: &FeedConfig| u128::from(of.sources[0].$field),
            set: |of: &mut FeedConfig, value| {
                of.sources[0].$field = value.try_into().expect($name);
            },
            least: $least,
            most: $most,
            bounds: $bounds,
            usual: $usual,
        }
    };
}

/// Of a feed of one source; an average's window is below the greatest age of its values.
#[test]
fn of_a_feed() {
    let usual = FeedConfig::pushed([1; 32], u64::try_from(DAY).unwrap(), 10);
    let rows: Vec<Row<FeedConfig>> = vec![
        Row {
            name: "sources, no reporter twice",
            unit: Unit::Plain,
            get: |of| of.sources.len().try_into().unwrap(),
            set: |of, value| {
                let first = of.sources[0].clone();
                let source = |key: u128| {
                    let kind = SourceKind::Sr25519 { key: [key.try_into().unwrap(); 32] };
                    breakwater_protocol::oracle::SourceConfig { kind, ..first.clone() }
                };
                of.sources = (0..value).map(source).collect();
            },
            least: 1,
            most: 7,
            bounds: "1 to 7",
            usual: "none",
        },
        row!(
            "`quorum`",
            Plain,
            quorum,
            1,
            1,
            "1 to the number of sources",
            "none; in a deployment's file more than half of the sources"
        ),
        row!("`band_bps`, half-width", Plain, band_bps, 0, 9_999, "below 10,000"),
        row!("`max_spread_bps`", Plain, max_spread_bps, 0, 9_999, "below 10,000"),
        row!("`join_bps`", Plain, join_bps, 0, 9_999, "below 10,000"),
        row!("`max_jump_bps`", Plain, max_jump_bps, 1, ANY, "", "no limit"),
        row!("`confirm_ms`", Ms, confirm_ms, MINUTE / 2, DAY, "half a minute to 1 day"),
        row!("`confirm_updates`", Plain, confirm_updates, 1, ANY, ""),
        row!("`fast_half_life_ms`", Ms, fast_half_life_ms, MINUTE, DAY, ""),
        row!(
            "`slow_half_life_ms`",
            Ms,
            slow_half_life_ms,
            10 * MINUTE,
            90 * DAY,
            "`fast_half_life_ms` to 90 days"
        ),
        source!(
            "of a source: `max_age_ms`",
            Ms,
            max_age_ms,
            1_000,
            7 * DAY,
            "a second to 7 days",
            "none"
        ),
        source!("of a source: `decimals`", Plain, decimals, 0, 36, "", "18"),
        source!(
            "of a source: `min_wad`, `max_wad`",
            Plain,
            max_wad,
            1,
            ANY,
            "`min_wad` below `max_wad`",
            "none"
        ),
        Row {
            name: "of an average: `window_ms`",
            unit: Unit::Ms,
            get: |_| 0,
            set: |of, value| {
                let window_ms = value.try_into().unwrap();
                of.sources[0].kind = SourceKind::Twap { contract: [1; 32], window_ms };
            },
            least: MINUTE,
            most: DAY - 1,
            bounds: "1 minute to 1 day, below `max_age_ms`",
            usual: "none",
        },
    ];
    let rows = table_of(&usual, FeedConfig::validate, &rows);
    in_docs("rules/oracle.md", "feed parameters", &rows);
}

/// What an asset may carry. Of the tiers each has tests of its own (`bounds.rs`).
#[test]
fn of_new_risk() {
    let rows: Vec<Row<ReserveConfig>> = vec![
        row!(
            "`depth`, units that move the price by 1 %",
            Plain,
            liquidity.depth,
            1,
            ANY,
            "",
            "none"
        ),
        row!(
            "`haircut_per_root_depth_wad` (k_d)",
            Wad,
            liquidity.haircut_per_root_depth_wad,
            0,
            100 * WAD,
            "",
            "by class, else 0"
        ),
        row!(
            "`haircut_per_volatility_wad` (k_v)",
            Wad,
            liquidity.haircut_per_volatility_wad,
            0,
            100 * WAD,
            "",
            "by class, else 0"
        ),
        row!(
            "`max_haircut_bps` (h_max), of the LTV",
            Plain,
            liquidity.max_haircut_bps,
            0,
            9_999,
            "below 10,000",
            "by class, else 5,000"
        ),
        row!(
            "`threshold_ramp_bps_per_day`",
            Plain,
            threshold_ramp_bps_per_day,
            1,
            500,
            "1 to 500",
            "50"
        ),
        row!("`min_debt`, units", Plain, min_debt, ANY, ANY, "", "0"),
    ];
    let rows = table_of(&eth_config(), ReserveConfig::validate, &rows);
    in_docs("rules/borrowing.md", "risk parameters", &rows);
}

#[test]
fn of_limits() {
    let rows: Vec<Row<ReserveConfig>> = vec![
        row!(
            "`max_load_wad` (L_max), depths",
            Wad,
            liquidity.max_load_wad,
            1,
            1_000 * WAD,
            "above 0, at most 1,000",
            "by class, else 8"
        ),
        row!("`supply_cap`, units", Plain, supply_cap, ANY, ANY, "", "none"),
        row!("`borrow_cap`, units", Plain, borrow_cap, ANY, ANY, "", "none"),
        row!("`collateral_cap`, units", Plain, collateral_cap, ANY, ANY, "", "none"),
        row!(
            "`outflow.capacity`, units",
            Plain,
            outflow.capacity,
            ANY,
            ANY,
            "",
            "by class, else no limit"
        ),
        row!("`outflow.window_ms`", Ms, outflow.window_ms, MINUTE, 30 * DAY, "", "a day by class"),
    ];
    let rows = table_of(&eth_config(), ReserveConfig::validate, &rows);
    in_docs("rules/limits.md", "limit parameters", &rows);
}

/// With a threshold of 80 %, where one bound depends on it.
#[test]
fn of_a_collateral() {
    let rows: Vec<Row<AuctionConfig>> = vec![
        row!(
            "`alone.cap_ppm`, impact on the price",
            Plain,
            alone.cap_ppm,
            ANY,
            50_000,
            "above a slice's impact (`slice_bps`), also the stock's part of it; at most 50,000"
        ),
        row!("`backed.cap_ppm`", Plain, backed.cap_ppm, ANY, 50_000, "the same"),
        row!(
            "`alone.rise_mbps_per_min`, thousandths of a basis point",
            Plain,
            alone.rise_mbps_per_min,
            1,
            100_000,
            ""
        ),
        row!("`backed.rise_mbps_per_min`", Plain, backed.rise_mbps_per_min, 1, 100_000, ""),
        row!("`alone.urgency_bps`", Plain, alone.urgency_bps, 0, 10_000, ""),
        row!("`backed.urgency_bps`", Plain, backed.urgency_bps, 0, 10_000, ""),
        row!("`spent_share_bps`", Plain, spent_share_bps, 0, 10_000, ""),
        row!("`half_life_ms` (h)", Ms, half_life_ms, MINUTE, DAY, ""),
        row!("`fall_bps_per_depth`", Plain, fall_bps_per_depth, 10, 10_000, ""),
        row!("`floor_bps`", Plain, floor_bps, 0, 9_999, "below 10,000"),
        row!(
            "`max_bonus_bps`",
            Plain,
            max_bonus_bps,
            100,
            2_489,
            "at least `whole_bps`; (1 + `max_bonus_bps` + `fee_bps`) · LT below 1"
        ),
        row!("`fee_bps`", Plain, fee_bps, 0, 2_299, "the same"),
        row!("`drift_bps_per_min`", Plain, drift_bps_per_min, 1, ANY, ""),
        row!("`own_bps_per_min`", Plain, own_bps_per_min, 1, ANY, ""),
        row!(
            "`slice_bps`, of the depth",
            Plain,
            slice_bps,
            1,
            1_539,
            "above 0; its impact below the stock's part of both caps"
        ),
        row!("`pool_ltv_bps`", Plain, pool_ltv_bps, 8_001, 10_000, "above LT, at most 10,000"),
        row!(
            "`urgency_ltv_bps`",
            Plain,
            urgency_ltv_bps,
            8_001,
            9_699,
            "between LT and `lost_ltv_bps`"
        ),
        row!(
            "`lost_ltv_bps`",
            Plain,
            lost_ltv_bps,
            9_301,
            10_000,
            "above `urgency_ltv_bps`, at most 10,000"
        ),
        row!(
            "`stock_share_bps`, of the cap",
            Plain,
            stock_share_bps,
            715,
            10_000,
            "a slice fits below it; at most 10,000"
        ),
        row!("`whole_bps`", Plain, whole_bps, 0, 200, "at most `max_bonus_bps`"),
        row!("`starter_share_bps`, of the fee", Plain, starter_share_bps, 0, 10_000, ""),
    ];
    in_docs(
        "rules/pace.md",
        "auction parameters",
        &table(|config: &AuctionConfig| config.validate(8_000), &rows),
    );
}

#[test]
fn of_a_debt_asset() {
    let rows: Vec<Row<BackstopConfig>> = vec![
        row!("`target_bps`, of all borrows", Plain, target_bps, 0, 10_000, ""),
        row!(
            "`premium.empty_bps`, a year",
            Plain,
            premium.empty_bps,
            400,
            10_000,
            "never rising with size; at most 10,000"
        ),
        row!(
            "`premium.target_bps`, a year",
            Plain,
            premium.target_bps,
            100,
            800,
            "between the other two"
        ),
        row!(
            "`premium.double_bps`, a year",
            Plain,
            premium.double_bps,
            0,
            400,
            "at most `premium.target_bps`"
        ),
        row!(
            "`premium.interest_share_bps`",
            Plain,
            premium.interest_share_bps,
            0,
            10_000,
            "with the reserve factor at most 10,000"
        ),
        row!("`loss_share_bps`", Plain, loss_share_bps, 0, 10_000, ""),
        row!("`loss_window_ms`", Ms, loss_window_ms, HOUR, 30 * DAY, ""),
        row!("`entry_margin_bps`", Plain, entry_margin_bps, 0, 10_000, ""),
        row!("`cooldown_ms`", Ms, cooldown_ms, HOUR, 30 * DAY, ""),
        row!("`window_ms`", Ms, window_ms, HOUR, 7 * DAY, ""),
        row!(
            "`reserve_floor_bps` ([§ 4.12](interest.md#412-the-protocols-income))",
            Plain,
            reserve_floor_bps,
            0,
            10_000,
            ""
        ),
    ];
    let rows = table(BackstopConfig::validate, &rows);
    in_docs("rules/backstop.md", "backstop parameters", &rows);
}

#[test]
fn of_the_fuse() {
    let rows: Vec<Row<FuseConfig>> = vec![
        row!("`full_bps`, of the depth", Plain, full_bps, 1, 79_999, "above 0, below `none_bps`"),
        row!(
            "`none_bps`, of the depth",
            Plain,
            none_bps,
            20_001,
            10_000_000,
            "above `full_bps`, at most 1,000 depths"
        ),
        row!("`half_life_ms`", Ms, half_life_ms, 10 * MINUTE, 7 * DAY, ""),
    ];
    in_docs("rules/limits.md", "fuse parameters", &table(FuseConfig::validate, &rows));
}

#[test]
fn of_the_market() {
    let rows: Vec<Row<MarketParams>> = vec![
        row!(
            "`target_health_wad` (HF*)",
            Wad,
            target_health_wad,
            WAD + 1,
            2 * WAD,
            "above 1, at most 2"
        ),
        row!("`order_slack_bps`", Plain, order_slack_bps, 0, 10_000, ""),
        row!("`starter_floor_wad`", Dollars, starter_floor_wad, 0, 100 * WAD, ""),
        row!("`dust_wad`", Dollars, dust_wad, 0, 100 * WAD, ""),
    ];
    let rows = table(MarketParams::validate, &rows);
    in_docs("rules/liquidation.md", "market parameters", &rows);
}

#[test]
fn of_the_breaker() {
    let rows: Vec<Row<BreakerConfig>> = vec![
        row!(
            "`volatility.guarded`, bps of the ratio",
            Plain,
            volatility.guarded,
            1,
            60_000,
            "above 0, thresholds never fall from level to level"
        ),
        row!("`volatility.stressed`", Plain, volatility.stressed, 30_000, ANY, "the same"),
        row!("`volatility.halted`", Plain, volatility.halted, 60_000, ANY, "the same"),
        row!("`outflow.guarded`, bps of the capacity", Plain, outflow.guarded, 1, ANY, "the same"),
        row!("`outflow.stressed`", Plain, outflow.stressed, ANY, ANY, "the same"),
        row!("`outflow.halted`", Plain, outflow.halted, ANY, ANY, "the same"),
        row!("`bad_debt.guarded`, bps of the supply", Plain, bad_debt.guarded, 1, 100, "the same"),
        row!("`bad_debt.stressed`", Plain, bad_debt.stressed, 1, ANY, "the same"),
        row!("`bad_debt.halted`", Plain, bad_debt.halted, 100, ANY, "the same"),
        row!("`min_volatility_wad`, a day", Wad, min_volatility_wad, ANY, ANY, ""),
        row!("`release_bps`, of a threshold", Plain, release_bps, 0, 10_000, ""),
        row!("`window_ms`, time constant of losses", Ms, window_ms, MINUTE, DAY, ""),
        row!("`dwell_ms`", Ms, dwell_ms, MINUTE, HOUR, "1 minute to `stressed_max_ms`"),
        row!("`guarded_max_ms`", Ms, guarded_max_ms, 10 * MINUTE, 7 * DAY, "`dwell_ms` to 7 days"),
        row!("`stressed_max_ms`", Ms, stressed_max_ms, 10 * MINUTE, DAY, "`dwell_ms` to 1 day"),
        row!("`halt_max_ms`, of a halt by a measure", Ms, halt_max_ms, 0, 30 * MINUTE, ""),
        row!("`halt_budget_ms`, a day", Ms, halt_budget_ms, 0, 2 * HOUR, ""),
        row!("`grace_ms`, after a price's return", Ms, grace_ms, 0, HOUR, ""),
        row!("`guarded_cut_bps`, of the borrowing power", Plain, guarded_cut_bps, 0, 10_000, ""),
        row!("`guarded_health_bps`", Plain, guarded_health_bps, 10_000, ANY, ""),
        row!("`stressed_outflow_bps`, of the supply", Plain, stressed_outflow_bps, 0, 10_000, ""),
        row!("`guardian_max_ms`", Ms, guardian_max_ms, 0, DAY, ""),
    ];
    let rows = table(BreakerConfig::validate, &rows);
    in_docs("breaker.md", "breaker parameters", &rows);
}
