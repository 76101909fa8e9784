//! Which way figures of sales and of what may leave are rounded: as `rounding.rs`, in a market whose units are
//! worth 10^-18 dollars each.

use crate::{common::*, rounding::tiny};
use breakwater_protocol::{
    actions::start_liquidation,
    auction::{health_bound_wad, is_urgent, repay_to_target_up, sales_limit, terms, Terms},
    health::Health,
    math::WAD,
    tiers::Schedule,
    AssetId, Error, FlowLimit, Level, NetFlow, Outflow, Sheet, Tier,
};

// What has left.

/// What is left of a flow out after some milliseconds.
fn faded(units: u128, part_wad: u64, limit: FlowLimit, elapsed_ms: u64) -> (u128, u64) {
    let own = NetFlow { inward: false, units, part_wad };
    let mut outflow = Outflow { own, ..Outflow::default() };
    outflow.settle(&limit, elapsed_ms).unwrap();
    (outflow.own.units, outflow.own.part_wad)
}

#[test]
fn what_fades_within_the_capacity_is_rounded_down() {
    // A third of 1.
    let limit = FlowLimit { capacity: 1, window_ms: 3 };
    assert_eq!(faded(1, 0, limit, 1), (0, 666_666_666_666_666_667));
}

#[test]
fn what_stays_beyond_the_capacity_is_rounded_down() {
    let limit = |window_ms| FlowLimit { capacity: 0, window_ms };
    // 1 / e = 0.367879441171442321..., and 10^-18 / e is nothing.
    let (units, part_wad) = faded(1, 1, limit(1_000), 1_000);
    assert_eq!((units, part_wad / 1_000), (0, 367_879_441_171_442));
    assert_eq!(faded(1, 0, limit(1_000), 1_000), (units, part_wad));
}

/// Two capacities are beyond it for ln 2 = 0.693 windows: 6 ms of 10, rounded down. In the 4 that are left
/// four tenths of it fade.
#[test]
fn the_time_beyond_the_capacity_is_rounded_down() {
    assert_eq!(faded(20, 0, FlowLimit { capacity: 10, window_ms: 10 }, 10), (6, 0));
}

#[test]
fn what_may_leave_in_stressed_is_rounded_down() {
    let mut sheet = sheet();
    // 5 % of 1,100,000.000019 dollars, lent long ago: 55,000 and 0.95 units.
    supply(&mut sheet, 100_000 * DOLLAR + 19).unwrap();
    pass(&mut sheet, 60 * HOUR_MS);
    let now_ms = sheet.now_ms;
    sheet.guard.raise(Level::Stressed, HOUR_MS, HOUR_MS, now_ms).unwrap();
    assert_eq!(withdraw(&mut sheet, 55_000 * DOLLAR + 1), Err(Error::OutflowLimitReached));
    withdraw(&mut sheet, 55_000 * DOLLAR).unwrap();
}

#[test]
fn in_guarded_a_part_of_the_depth_is_sold_rounded_down() {
    let mut sheet = tiny(0, 0);
    sheet.guard.raise(Level::Guarded, HOUR_MS, HOUR_MS, START_MS).unwrap();
    sheet.params.breaker.guarded_sales_bps = 5_000;
    config(&mut sheet, ETH).liquidity.depth = 3;
    assert_eq!(sales_limit(&sheet, ETH).unwrap().capacity, 1);
}

// Terms.

/// An auction of some ETH for a debt in USD, with a threshold of so many basis points.
fn auction_of(collateral: u128, debt: u128, threshold_bps: u16) -> Sheet {
    let mut sheet = tiny(0, 0);
    config(&mut sheet, ETH).tiers = vec![tier(0, threshold_bps - 1, threshold_bps)];
    place_loan(&mut sheet, collateral, debt);
    start_liquidation(&mut sheet, [9; 32], 0).unwrap();
    sheet
}

fn terms_of(sheet: &Sheet) -> Terms {
    terms(sheet, &sheet.health().unwrap(), ETH, USD).unwrap()
}

#[test]
fn the_health_bound_is_rounded_down() {
    // 7 / 9 / 0.8 is 0.97222222222222222125 by the factor as it is rounded; less one, and strictly below.
    let health = Health { collateral_wad: 9, threshold_wad: 7, debt_wad: 9 };
    assert_eq!(health_bound_wad(&health, 4 * WAD / 5), Ok(-27_777_777_777_777_780));
}

#[test]
fn what_covers_a_debt_and_the_floor_is_rounded_up() {
    // 10 and 2 % are 10.2.
    assert!(terms_of(&auction_of(10, 10, 8_000)).insolvent);
    assert!(!terms_of(&auction_of(11, 10, 8_000)).insolvent);
}

#[test]
fn the_bonus_by_health_is_rounded_down() {
    // 27 carry 8 of 9: 0.111111111111111112 are missing, and a third of that is ...037.296.
    let mut sheet = auction_of(27, 9, 3_000);
    config(&mut sheet, ETH).auction.health_bonus_wad = WAD / 3;
    assert_eq!(terms_of(&sheet).bonus_wad, 37_037_037_037_037_037);
}

#[test]
fn what_is_left_of_the_starters_floor_is_rounded_down() {
    let mut sheet = auction_of(27, 9, 3_000);
    sheet.params.starter_floor_wad = 3;
    sheet.account.auction.as_mut().unwrap().unearned_wad = WAD / 2;
    assert_eq!(terms_of(&sheet).reward_floor_wad, 1);
}

#[test]
fn who_is_close_to_insolvency_is_urgent_rather_too_soon() {
    let mut sheet = auction_of(13, 11, 8_000);
    (sheet.params.urgent_ltv_wad, sheet.params.urgent_health_wad) = (88 * WAD / 100, 0);
    // 10.2 are 11; 88 % of 13 are 11.44, of 14 12.32.
    for (collateral_wad, urgent) in [(13, true), (14, false)] {
        let health = Health { collateral_wad, threshold_wad: 8, debt_wad: 10 };
        assert_eq!(is_urgent(&sheet, &health), Ok(urgent), "{collateral_wad}");
    }
}

/// COIN carries less than ETH, so it comes first where it is worth a hundredth of the debt: two of 200.
/// Nineteen tenths are one.
#[test]
fn what_counts_in_the_order_of_sale_is_valued_down() {
    const COIN: AssetId = 2;
    for (tenths, expected) in [(19, Ok(())), (20, Err(Error::WorseCollateralFirst))] {
        let mut sheet = auction_of(210, 200, 8_000);
        let coin = config(&mut sheet, COIN);
        (coin.decimals, coin.tiers) = (1, vec![tier(0, 4_000, 5_000)]);
        let mut held = sheet.account.position(COIN);
        held.collateral = tenths;
        sheet.account.set_position(held).unwrap();
        let answer = terms(&sheet, &sheet.health().unwrap(), ETH, USD);
        assert_eq!(answer.map(|_| ()), expected, "{tenths}");
    }
}

// Size.

fn schedule(brackets: &[(u128, u16)]) -> Schedule {
    let tier = |(from_wad, bps): &(u128, u16)| Tier {
        from_wad: *from_wad,
        ltv_bps: 0,
        liquidation_threshold_bps: *bps,
    };
    let tiers: Vec<Tier> = brackets.iter().map(tier).collect();
    Schedule::thresholds(&tiers)
}

/// What lifts an account that owes `debt_wad` and carries `threshold_wad` to a health of 1.05.
fn repays(debt_wad: u128, threshold_wad: u128, paid_wad: u128, brackets: &[(u128, u16)]) -> u128 {
    let health = Health { collateral_wad: 0, threshold_wad, debt_wad };
    let target_wad = 105 * WAD / 100;
    repay_to_target_up(target_wad, &health, paid_wad, &schedule(brackets), 5).unwrap()
}

#[test]
fn what_lifts_to_the_target_is_rounded_up() {
    // 1.05 x 10 is 11, 3 more than 8; 3 / (1.05 - 0.5) = 5.45
    assert_eq!(repays(10, 8, WAD, &[(0, 5_000)]), 6);
    // 11 / 0.55 is 20; but half of a price of 1 + 10^-18 is a little more than a half.
    assert_eq!(repays(40, 31, WAD, &[(0, 5_000)]), 20);
    assert_eq!(repays(40, 31, WAD + 1, &[(0, 5_000)]), 21);
}

/// Of a lot of 5 the upper 2 carry a tenth, the lower 3 three tenths; a lot is paid two thirds for.
#[test]
fn what_the_upper_bracket_pays_for_is_rounded_down_and_what_leaves_with_it_up() {
    // The upper 2 pay for 1 and take 1 along: of 19 and 10 carried, 10 are missing, and 10 / (1.05 - 0.45)
    // = 16.67.
    assert_eq!(repays(20, 11, 3 * WAD / 2, &[(0, 3_000), (3, 1_000)]), 1 + 17);
}
