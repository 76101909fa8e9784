//! The views, against figures worked by hand.

use crate::common::*;
use breakwater_protocol::{
    breaker::{Level, Trigger},
    lens::{self, ShockView},
    num::math::WAD,
    Error, FlowLimit, Price,
};
use proptest::prelude::*;

const MILLI: u128 = WAD / 1_000;

#[test]
fn an_account_through_the_lens() {
    // 10 ETH at 200 and a debt of 1,000.
    let view = lens::account(&borrower(1_000)).unwrap();
    assert_eq!(view.health_factor_wad, 16 * WAD / 10);
    assert_eq!(view.ltv_wad, Some(WAD / 2));
    assert_eq!(view.leverage_wad, Some(2 * WAD));
    assert_eq!((view.power.limit_wad, view.available_wad), (1_500 * WAD, 500 * WAD));
    // 1 - 1 / 1.6
    assert_eq!(view.shock_to_liquidation_wad, Some(375 * MILLI));
    let [eth, usd] = &view.positions[..] else { panic!("two positions") };
    assert_eq!((eth.collateral_wad, eth.owed, usd.owed), (2_000 * WAD, 0, 1_000 * DOLLAR));
    // 10 x p x 0.8 = 1,000
    assert_eq!(eth.liquidation_price_wad, Some(125 * WAD));
    // 1,000 x p = 1,600
    assert_eq!(usd.liquidation_price_wad, Some(1_600 * MILLI));
    // One asset each: dHF/dln p is HF and -HF.
    assert_eq!(eth.sensitivity_wad, 1_600 * MILLI as i128);
    assert_eq!(usd.sensitivity_wad, -1_600 * MILLI as i128);
}

/// Just what is said to be available can be borrowed, and not a cent more.
fn borrows_just(snapshot: &breakwater_protocol::AccountSnapshot, dollars: u128) {
    let view = lens::account(snapshot).unwrap();
    assert_eq!(view.available_wad, dollars * WAD);
    let cent = DOLLAR / 100;
    assert!(borrow(&mut snapshot.clone(), USD, dollars * DOLLAR + cent).is_err());
    if dollars != 0 {
        borrow(&mut snapshot.clone(), USD, dollars * DOLLAR).unwrap();
    }
}

#[test]
fn what_is_available_can_be_borrowed() {
    let snapshot = borrower(1_000);
    borrows_just(&snapshot, 500);
    // Unsound collateral carries what it does, and nothing more.
    let mut frozen = snapshot.clone();
    config(&mut frozen, ETH).frozen = true;
    borrows_just(&frozen, 0);
    // In Guarded a tenth of 1,500 is not there.
    let mut guarded = snapshot.clone();
    raise(&mut guarded, Level::Guarded);
    borrows_just(&guarded, 350);
    let mut stressed = snapshot;
    raise(&mut stressed, Level::Stressed);
    borrows_just(&stressed, 0);
}

/// The guardian raises the level of the whole market.
fn raise(snapshot: &mut breakwater_protocol::AccountSnapshot, level: Level) {
    snapshot.guard.raise(level, 60_000, 60_000, snapshot.now_ms).unwrap();
}

#[test]
fn an_account_without_debt_has_no_liquidation_price() {
    let mut snapshot = snapshot();
    deposit(&mut snapshot, ETH, ETHER).unwrap();
    supply(&mut snapshot, 7 * DOLLAR).unwrap();
    let view = lens::account(&snapshot).unwrap();
    assert_eq!(view.health_factor_wad, u128::MAX);
    assert_eq!((view.shock_to_liquidation_wad, view.leverage_wad), (None, Some(WAD)));
    assert!(view.positions.iter().all(|held| held.liquidation_price_wad.is_none()));
    assert_eq!(view.positions[1].supplied, 7 * DOLLAR);
}

#[test]
fn a_liquidation_price_above_the_price_says_how_far_it_must_recover() {
    let view = lens::account(&auctioned(1_500, 180 * WAD)).unwrap();
    assert_eq!(view.positions[0].liquidation_price_wad, Some(1_875 * WAD / 10));
    assert_eq!(view.shock_to_liquidation_wad, Some(0));
}

#[test]
fn rates_through_the_lens() {
    // 1,000 of 1,000,000 are lent out at 10 %; lenders keep nine tenths.
    let mut snapshot = borrower(1_000);
    config(&mut snapshot, USD).rate = flat_rate(WAD / 10);
    let view = lens::rates(reserve(&snapshot, USD), START_MS).unwrap();
    assert_eq!((view.utilisation_wad, view.borrow_rate_wad), (MILLI, 100 * MILLI));
    assert_eq!(view.supply_rate_wad, 9 * WAD / 100_000);
}

#[test]
fn risk_through_the_lens() {
    let mut eth = eth_config();
    eth.liquidity.depth = 10 * ETHER;
    eth.liquidity.max_load_wad = 4 * WAD;
    eth.liquidity.haircut_per_root_depth_wad = WAD / 50;
    let mut snapshot = snapshot_with(eth, usd_config());
    deposit(&mut snapshot, ETH, 40 * ETHER).unwrap();
    let view = lens::risk(snapshot.priced(ETH).unwrap()).unwrap();
    // 40 x 0.8 / 10; 50 ETH fit; 2 % x sqrt(4).
    assert_eq!((view.load_wad, view.collateral_room), (3_200 * MILLI, 10 * ETHER));
    assert!((view.haircut_wad.unwrap() - 40 * MILLI) < 10);
    // 0.75 x 0.96
    assert!(720 * MILLI - view.ltv[0].rate_wad < 10);
    config(&mut snapshot, USD).outflow = FlowLimit { capacity: 100 * DOLLAR, window_ms: HOUR_MS };
    let limit = reserve(&snapshot, USD).config.outflow;
    snapshot.reserve_mut(USD).unwrap().draw_outflow(&limit, START_MS, 30 * DOLLAR).unwrap();
    pass(&mut snapshot, HOUR_MS / 10);
    let view = lens::risk(snapshot.priced(USD).unwrap()).unwrap();
    assert_eq!(view.outflow_room, 80 * DOLLAR);
}

#[test]
fn a_shock_counts_the_debt_it_makes_liquidatable() {
    // HF 1.6 falls below 1 at a fall of 37.5 %.
    let snapshot = borrower(1_000);
    let after = |bps| lens::shock(ShockView::default(), &snapshot, bps).unwrap();
    assert_eq!(after(3_750), ShockView::default());
    let fallen = ShockView { already_wad: 0, new_wad: 1_000 * WAD, new_accounts: 1 };
    assert_eq!(after(3_751), fallen);
    assert_eq!(after(10_000), fallen);
    let sick = auctioned(1_500, 180 * WAD);
    let sum = lens::shock(fallen, &sick, 100).unwrap();
    assert_eq!(sum, ShockView { already_wad: 1_500 * WAD, ..fallen });
    assert_eq!(lens::shock(sum, &sick, 10_001), Err(Error::BpsOutOfRange));
}

proptest! {
    /// At the liquidation price the account is healthy, a hair below it is not.
    #[test]
    fn the_liquidation_price_is_where_liquidation_starts(
        debt in 100u128..1_400,
        second_tier in 100u128..3_000,
    ) {
        let mut eth = eth_config();
        eth.tiers.push(tier(second_tier, 7_000, 7_500));
        let mut snapshot = snapshot_with(eth, usd_config());
        deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
        borrow(&mut snapshot, USD, debt * DOLLAR).unwrap();
        let price = lens::account(&snapshot).unwrap().positions[0].liquidation_price_wad.unwrap();
        snapshot.priced_mut(ETH).unwrap().price = Some(Price::exact(price + 1, START_MS));
        prop_assert!(snapshot.health().unwrap().is_healthy());
        snapshot.priced_mut(ETH).unwrap().price = Some(Price::exact(price - 10, START_MS));
        prop_assert!(!snapshot.health().unwrap().is_healthy());
    }
}

#[test]
fn a_breakers_meters_are_parts_of_their_thresholds() {
    let mut snapshot = snapshot();
    let price = snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap();
    // Three times the slow one: all of Guarded's threshold, half of Stressed's; it never halts.
    (price.fast_volatility_wad, price.slow_volatility_wad) = (3 * WAD / 10, WAD / 10);
    let view = lens::breaker(snapshot.clone(), ETH).unwrap();
    assert_eq!((view.level, view.trigger), (Level::Guarded, Trigger::Volatility));
    assert_eq!(view.until_ms, START_MS + 10 * MINUTE_MS);
    let of = |trigger| view.meters.iter().find(|(of, _)| *of == trigger).unwrap().1;
    assert_eq!(of(Trigger::Volatility), [Some(10_000), Some(5_000), None]);
    let price = snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap();
    price.fast_volatility_wad = WAD / 10;
    let calm = lens::breaker(snapshot.clone(), ETH).unwrap();
    assert_eq!(calm.meters[0], (Trigger::Volatility, [Some(3_333), Some(1_666), None]));
    // Nothing lost; no loss ever halts.
    assert_eq!(of(Trigger::BadDebt), [Some(0), Some(0), None]);
    assert_eq!(lens::breaker(snapshot, 9).unwrap_err(), Error::UnknownAsset);
}
