//! Which way each figure is rounded: against whoever asks. In a market whose units are worth 10^-18
//! dollars each a unit of value is a unit of an asset, so that a rounding is all there is to see.

use crate::common::*;
use breakwater_protocol::{
    actions::{available_down, recognise, start_liquidation, Outcome},
    gradual::Seller,
    lens::{self, ShockView},
    num::math::WAD,
    oracle,
    risk::tiers::Schedule,
    treasury::collect,
    AccountSnapshot, Action, AssetId, AuctionConfig, BorrowingPower, Error, Gradual, Income, Level,
    LiquidityConfig, Pace, Price, Reserve, ReserveConfig, ALL,
};

/// A second collateral like ETH and a second debt like USD.
const COIN: AssetId = 2;
const EUR: AssetId = 3;

/// Units of ETH and USD have so many decimals, a token is worth 10^-18 dollars. LTV 75 %.
pub fn tiny(eth_decimals: u8, usd_decimals: u8) -> AccountSnapshot {
    let eth = ReserveConfig { decimals: eth_decimals, ..eth_config() };
    let usd = ReserveConfig { decimals: usd_decimals, min_debt: 0, ..usd_config() };
    let (coin, eur) = (
        ReserveConfig { token: [3; 32], decimals: 0, ..eth_config() },
        ReserveConfig { token: [4; 32], decimals: 0, min_debt: 0, ..usd_config() },
    );
    let mut snapshot = snapshot_with(eth, usd);
    for (asset, config) in [(COIN, coin), (EUR, eur)] {
        let mut reserve = Reserve::new(config, START_MS).unwrap();
        reserve.balances.cash = 1_000_000;
        snapshot.add_reserve(asset, reserve).unwrap();
    }
    price_all(&mut snapshot, 1);
    snapshot
}

fn price_all(snapshot: &mut AccountSnapshot, price_wad: u128) {
    let now_ms = snapshot.now_ms;
    for priced in &mut snapshot.reserves {
        priced.price = Some(Price::exact(price_wad, now_ms));
    }
}

/// Others owe so much that a share is worth 1.4 x 10^-6 units: a unit is 714,285.714... shares.
fn crooked(mut snapshot: AccountSnapshot) -> AccountSnapshot {
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    balances.borrowed = 1_400_000_000 - 1;
    balances.debt_shares = 1_000_000_000_000_000 - 1_000_000;
    snapshot
}

fn owes(snapshot: &AccountSnapshot) -> u128 {
    snapshot.health().unwrap().debt_wad
}

fn deposits(asset: AssetId, amount: u128) -> Action {
    Action::DepositCollateral { asset, amount, excess_to_supply: false }
}

// Shares.

#[test]
fn a_loan_gives_shares_rounded_up_and_all_of_it_is_a_unit_more() {
    let mut snapshot = crooked(tiny(0, 0));
    deposit(&mut snapshot, ETH, 1_000).unwrap();
    let done = borrow(&mut snapshot, USD, 100).unwrap();
    // 71,428,571.43
    assert_eq!(done, Outcome::Borrowed { asset: USD, assets: 100, shares: 71_428_572 });
    assert_eq!(owes(&snapshot), 101);
    // 50 units are 35,714,285.7 shares: the rest stays owed.
    let done = repay(&mut snapshot.clone(), 50).unwrap();
    assert_eq!(done, Outcome::Repaid { asset: USD, assets: 50, shares: 35_714_285 });
    let done = repay(&mut snapshot, ALL).unwrap();
    assert_eq!(done, Outcome::Repaid { asset: USD, assets: 101, shares: 71_428_572 });
}

#[test]
fn the_minimum_debt_is_compared_with_what_is_owed() {
    let mut snapshot = crooked(tiny(0, 0));
    deposit(&mut snapshot, ETH, 1_000).unwrap();
    config(&mut snapshot, USD).min_debt = 102;
    assert_eq!(borrow(&mut snapshot, USD, 100), Err(Error::DebtBelowMinimum));
    // The 101 of above.
    config(&mut snapshot, USD).min_debt = 101;
    borrow(&mut snapshot, USD, 100).unwrap();
}

#[test]
fn a_loss_is_what_is_owed_rounded_up() {
    let mut snapshot = crooked(tiny(0, 0));
    deposit(&mut snapshot, ETH, 1_000).unwrap();
    borrow(&mut snapshot, USD, 100).unwrap();
    snapshot.priced_mut(ETH).unwrap().price = Some(Price::exact(1, START_MS));
    snapshot.priced_mut(USD).unwrap().price = Some(Price::exact(1_000, START_MS));
    start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    // The thousand of collateral are dust against 101,000 of debt.
    let (lost, _) = recognise(&mut snapshot).unwrap();
    assert_eq!((lost.bad_debt[0].assets, lost.bad_debt[0].shares), (101, 71_428_572));
}

// Values.

#[test]
fn what_collateral_carries_is_rounded_down() {
    // 75 % of 101 is 75.75.
    let mut snapshot = tiny(0, 0);
    deposit(&mut snapshot, ETH, 101).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 76), Err(Error::InsufficientCollateral));
    borrow(&mut snapshot, USD, 75).unwrap();
}

#[test]
fn collateral_is_valued_down_and_debt_up() {
    // 29 tenths are 2, of which 75 % are 1; of 3 it would be 2.
    let mut snapshot = tiny(1, 0);
    deposit(&mut snapshot, ETH, 29).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 2), Err(Error::InsufficientCollateral));
    borrow(&mut snapshot, USD, 1).unwrap();
    let health = snapshot.health().unwrap();
    assert_eq!((health.collateral_wad, health.threshold_wad), (2, 1));
    let power = snapshot.borrowing_power().unwrap();
    assert_eq!(power, BorrowingPower { limit_wad: 1, debt_wad: 1 });
    assert!(power.covers_debt() && !BorrowingPower { limit_wad: 0, ..power }.covers_debt());
    assert!(BorrowingPower { limit_wad: 2, ..power }.covers_debt());
    // Four carry 3: 31 tenths are 4.
    let mut snapshot = tiny(0, 1);
    deposit(&mut snapshot, ETH, 4).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 31), Err(Error::InsufficientCollateral));
    borrow(&mut snapshot, USD, 30).unwrap();
    assert_eq!(owes(&snapshot), 3);
}

#[test]
fn the_cut_of_guarded_leaves_its_part_rounded_down() {
    // Four carry 3, of which 90 % are 2.7.
    let mut snapshot = tiny(0, 0);
    snapshot.guard.raise(Level::Guarded, HOUR_MS, HOUR_MS, START_MS).unwrap();
    deposit(&mut snapshot, ETH, 4).unwrap();
    assert_eq!(available_down(&snapshot), Ok(2));
    assert_eq!(borrow(&mut snapshot, USD, 3), Err(Error::InsufficientCollateral));
    borrow(&mut snapshot, USD, 2).unwrap();
}

/// What is frozen goes on carrying what it carried: the debt before the message, rounded up.
#[test]
fn what_was_carried_before_is_the_debt_rounded_up() {
    // 745 tenths are 75, all that 100 ETH carry. Four COIN carry 3 more.
    let mut snapshot = tiny(0, 1);
    run(&mut snapshot, &[deposits(ETH, 100), Action::Borrow { asset: USD, assets: 745 }]).unwrap();
    config(&mut snapshot, ETH).frozen = true;
    let and_borrow = |tenths| [deposits(COIN, 4), Action::Borrow { asset: USD, assets: tenths }];
    assert_eq!(run(&mut snapshot.clone(), &and_borrow(36)), Err(Error::InsufficientCollateral));
    run(&mut snapshot, &and_borrow(35)).unwrap();
    assert_eq!(owes(&snapshot), 78);

    // 74 by shares rounded up are 75 as well, and 3 more are 78.
    let mut snapshot = crooked(tiny(0, 0));
    run(&mut snapshot, &[deposits(ETH, 100), Action::Borrow { asset: USD, assets: 74 }]).unwrap();
    assert_eq!(owes(&snapshot), 75);
    config(&mut snapshot, ETH).frozen = true;
    run(&mut snapshot, &[deposits(COIN, 4), Action::Borrow { asset: USD, assets: 3 }]).unwrap();
    assert_eq!(owes(&snapshot), 78);
}

// Tiers.

/// Half of what is below 3, a quarter of what is above.
fn halves() -> ReserveConfig {
    let tier = |from_wad, ltv_bps, liquidation_threshold_bps| breakwater_protocol::Tier {
        from_wad,
        ltv_bps,
        liquidation_threshold_bps,
    };
    ReserveConfig { tiers: vec![tier(0, 4_000, 5_000), tier(3, 2_000, 2_500)], ..eth_config() }
}

#[test]
fn each_bracket_rounds_down_and_what_is_needed_for_a_load_up() {
    let schedule = Schedule::thresholds(&halves().tiers);
    // 3 / 2 is 1, and 4 / 4 is 1.
    for (value, carries) in [(1, 0), (2, 1), (3, 1), (6, 1), (7, 2), (10, 2), (11, 3)] {
        assert_eq!(schedule.carries_down(value), Ok(carries), "{value}");
    }
    for (load, value) in [(0, 0), (1, 2), (2, 7), (3, 11)] {
        assert_eq!(schedule.value_for_up(load), Ok(Some(value)), "{load}");
    }
    // What nothing carries has no value: here 1 is the most, and without brackets nothing is.
    let mut capped = halves();
    capped.tiers[1].liquidation_threshold_bps = 0;
    let capped = Schedule::thresholds(&capped.tiers);
    assert_eq!((capped.value_for_up(1), capped.value_for_up(2)), (Ok(Some(2)), Ok(None)));
    let none = Schedule::default();
    assert_eq!((none.value_for_up(0), none.value_for_up(1)), (Ok(Some(0)), Ok(None)));
    let thirds = ReserveConfig { tiers: vec![tier(0, 2_000, 3_000)], ..eth_config() };
    // 1 / 0.3 = 3.33
    assert_eq!(Schedule::thresholds(&thirds.tiers).value_for_up(1), Ok(Some(4)));
    // (0.3 x 7 = 2, and 1 for its rounding) / 7, but no more than 0.3.
    assert_eq!(Schedule::thresholds(&thirds.tiers).average_up(7), Ok(3 * WAD / 10));
    // (2 + 2) / 7 is more than a half.
    assert_eq!(schedule.average_up(7), Ok(WAD / 2));
    // (3 + 2) / 11 = 0.4545...
    assert_eq!(schedule.average_up(11), Ok(454_545_454_545_454_546));
}

#[test]
fn the_ltv_after_a_haircut_is_rounded_down() {
    // A third less than 75 %: 0.75 x 0.666666666666666667 = 0.50000000000000000025.
    let schedule = Schedule::ltv(&eth_config().tiers, WAD / 3).unwrap();
    assert_eq!(schedule.rate_at_wad(0), WAD / 2);
}

// Depth.

fn depth(depth: u128) -> LiquidityConfig {
    LiquidityConfig { depth, max_load_wad: 3 * WAD / 2, ..eth_config().liquidity }
}

#[test]
fn a_load_is_rounded_up_and_what_fits_under_its_cap_down() {
    // Half a unit is one, a third of the depth.
    assert_eq!(depth(3).load_wad(1, WAD / 2), Ok(333_333_333_333_333_334));
    assert_eq!(depth(3).load_wad(2, WAD / 2), Ok(333_333_333_333_333_334));
    // One and a half times 1 is 1; 1 / 0.75 is 1.33.
    assert_eq!(depth(1).max_collateral_down(WAD), Ok(1));
    assert_eq!(depth(1).max_collateral_down(3 * WAD / 4), Ok(1));
}

#[test]
fn a_haircut_is_rounded_up() {
    let by_depth = |factor_wad, depth_units| LiquidityConfig {
        haircut_per_root_depth_wad: factor_wad,
        ..depth(depth_units)
    };
    // Half of 10^-18 of the depth is one of it; its root is 10^-9, and the root is taken up too.
    assert_eq!(by_depth(WAD, 2 * WAD).haircut_up(1, 0), Ok(1_000_000_001));
    // The least root times the least factor.
    assert_eq!(by_depth(1, 1).haircut_up(0, 0), Ok(1));
    assert_eq!(by_depth(0, 1).haircut_up(1, 0), Ok(0));
    let by_volatility = LiquidityConfig { haircut_per_volatility_wad: 1, ..depth(1) };
    assert_eq!(by_volatility.haircut_up(1, 1), Ok(1));
    assert_eq!(by_volatility.haircut_up(1, WAD + 1), Ok(2));
}

// Isolation.

/// COIN is isolated.
fn isolated(mut snapshot: AccountSnapshot) -> AccountSnapshot {
    config(&mut snapshot, COIN).isolation_ceiling_wad = Some(1_000);
    deposit(&mut snapshot, COIN, 1_000).unwrap();
    snapshot
}

fn counted(snapshot: &AccountSnapshot) -> u128 {
    reserve(snapshot, COIN).balances.isolated_debt_wad
}

#[test]
fn what_is_counted_is_rounded_up_and_given_back_rounded_down() {
    let mut snapshot = isolated(tiny(0, 1));
    // 15 tenths.
    borrow(&mut snapshot, USD, 15).unwrap();
    assert_eq!(counted(&snapshot), 2);
    // Two thirds of the two are left.
    repay(&mut snapshot, 5).unwrap();
    assert_eq!(counted(&snapshot), 2);
    // 15 tenths more are two more.
    borrow(&mut snapshot, USD, 15).unwrap();
    assert_eq!(counted(&snapshot), 4);
    repay(&mut snapshot, ALL).unwrap();
    assert_eq!(counted(&snapshot), 0);
}

#[test]
fn shares_that_were_rounded_up_are_not_counted_up_again() {
    let mut snapshot = isolated(crooked(tiny(0, 0)));
    borrow(&mut snapshot, USD, 100).unwrap();
    assert_eq!(counted(&snapshot), 101);
    borrow(&mut snapshot, USD, 100).unwrap();
    assert_eq!(counted(&snapshot), 201);
}

#[test]
fn each_debt_has_its_part_of_what_stands_rounded_up() {
    let mut snapshot = isolated(tiny(0, 0));
    borrow(&mut snapshot, USD, 1).unwrap();
    config(&mut snapshot, COIN).isolation_ceiling_wad = None;
    // Two ETH carry 1 of the debts of 1 and 2: 2 stand on COIN, two thirds of one and 1 1/3.
    run(&mut snapshot, &[deposits(ETH, 2), Action::Borrow { asset: EUR, assets: 2 }]).unwrap();
    assert_eq!(snapshot.account.counted, [(USD, 1), (EUR, 2)]);
    assert_eq!(counted(&snapshot), 3);
}

// Write-offs.

/// Insolvent: ten units of debt, of which a unit is worth as much as said in tenths, and collateral.
fn insolvent(usd_decimals: u8, unit: u128, collateral: u128, dust_wad: u128) -> AccountSnapshot {
    let mut snapshot = tiny(0, usd_decimals);
    place_loan(&mut snapshot, collateral, 10);
    snapshot.params.dust_wad = dust_wad;
    snapshot.priced_mut(USD).unwrap().price = Some(Price::exact(unit, START_MS));
    start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    snapshot
}

#[test]
fn a_unit_of_debt_is_dear_by_its_value_rounded_down() {
    // A unit of 1.5 is 1, no more than dust: the two of collateral can be sold for it.
    let mut snapshot = insolvent(1, 15, 2, 1);
    assert_eq!(recognise(&mut snapshot), Err(Error::StillCovered));
}

#[test]
fn a_lot_pays_for_a_unit_by_its_value_rounded_down() {
    // A unit is worth 2, a lot of 19 tenths 1: nobody can buy it. One of 20 tenths is worth 2.
    let tenths = |collateral| {
        let mut snapshot = insolvent(0, 2, collateral, 0);
        config(&mut snapshot, ETH).decimals = 1;
        recognise(&mut snapshot).map(drop)
    };
    assert_eq!([19, 20].map(tenths), [Ok(()), Err(Error::StillCovered)]);
}

// Income and caps.

/// 1,400 units are lent by shares of 1.4 x 10^-6 units: the protocol's 10^9 shares are worth 1,400.
fn earned() -> AccountSnapshot {
    let mut snapshot = tiny(0, 0);
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    (balances.cash, balances.borrowed, balances.debt_shares) = (1_399_999_899, 100, 100_000_000);
    balances.supply_shares = 1_000_000_000_000_000 - 1_000_000;
    balances.protocol_shares = 1_000_000_000;
    snapshot
}

#[test]
fn income_is_collected_for_shares_rounded_up_and_above_a_floor_rounded_up() {
    let mut snapshot = earned();
    // 1 % of 100 is 1, of 101 it is 2.
    assert_eq!(reserve(&snapshot, USD).reserve_floor_up(), Ok(1));
    snapshot.reserve_mut(USD).unwrap().balances.borrowed = 101;
    snapshot.reserve_mut(USD).unwrap().balances.cash -= 1;
    assert_eq!(reserve(&snapshot, USD).reserve_floor_up(), Ok(2));
    // 100 units are 71,428,571.4 shares.
    let done = collect(&mut snapshot, USD, Income::Shares, 100).unwrap();
    assert_eq!((done.amount, done.shares), (100, 71_428_572));
}

#[test]
fn the_protocols_shares_are_worth_less_than_they_are_by_a_part_of_a_unit() {
    let mut snapshot = earned();
    snapshot.reserve_mut(USD).unwrap().config.backstop.reserve_floor_bps = 0;
    // 1,000,001 shares are 1.4000014 units.
    snapshot.reserve_mut(USD).unwrap().balances.protocol_shares = 1_000_001;
    let done = collect(&mut snapshot.clone(), USD, Income::Shares, ALL).unwrap();
    assert_eq!((done.amount, done.shares), (1, 1_000_001));
    // Of a loss of 2 they bear 1, for all of them; the lenders bear the other.
    let reserve = snapshot.reserve_mut(USD).unwrap();
    let borne = reserve.write_off(2, 2_000_000, HOUR_MS, START_MS).unwrap();
    assert_eq!((borne.by_protocol, borne.by_lenders), (1, 1));
    // 1 unit is 714,285.7 shares.
    assert_eq!(reserve.balances.protocol_shares, 1_000_001 - 714_286);
}

/// Half of three units in the pool is one.
#[test]
fn the_pool_bears_its_part_rounded_down() {
    let mut snapshot = earned();
    let reserve = snapshot.reserve_mut(USD).unwrap();
    // Three units are 2,142,857.1 shares.
    (reserve.balances.protocol_shares, reserve.balances.backstop_shares) = (0, 2_142_858);
    reserve.vault.shares = 3_000_000;
    assert_eq!(reserve.backstop_assets_down(), Ok(3));
    let borne = reserve.write_off(10, 10_000_000, HOUR_MS, START_MS).unwrap();
    assert_eq!((borne.by_protocol, borne.by_backstop, borne.by_lenders), (0, 1, 9));
}

#[test]
fn what_nobody_owes_is_taken_from_the_protocols_shares_rounded_up() {
    let mut snapshot = earned();
    let reserve = snapshot.reserve_mut(USD).unwrap();
    reserve.balances.debt_shares = 0;
    reserve.drop_debt_of_nobody().unwrap();
    assert_eq!(
        (reserve.balances.borrowed, reserve.balances.protocol_shares),
        (0, 1_000_000_000 - 71_428_572)
    );
}

/// Of a depth of 3 units a cap of half a depth has room for 1, and one unit is a third of it, up: so much
/// less is there then than nothing, and so much the price falls.
#[test]
fn what_may_be_sold_is_rounded_down_and_what_was_sold_up() {
    let auction = AuctionConfig {
        alone: Pace { cap_ppm: 5_000, ..PACE },
        fall_bps_per_depth: 100,
        ..eth_config().auction
    };
    let mut gradual = Gradual::new(START_MS);
    let room = |gradual: &Gradual| gradual.room_down(&auction, &auction.alone, Seller::Account, 3);
    assert_eq!(room(&gradual), Ok(1));
    gradual.sell(&auction, &auction.alone, Seller::Account, 3, 1).unwrap();
    // 1/3 of 1 %, and of 100 bps.
    assert_eq!(gradual.meter.impact_wad, 3_333_333_333_333_334);
    assert_eq!(gradual.common.bonus_pico, -3_333_333_334);
    assert_eq!(room(&gradual), Ok(0));
    // A slice of 2 % of a depth of 149 is 2 units.
    assert_eq!([149, 150].map(|depth| auction.slice_down(depth)), [2, 3]);
}

/// A millisecond of a thousandth of a basis point a minute is 5/3 of 10^-12.
#[test]
fn what_a_price_rises_is_rounded_down() {
    let auction =
        AuctionConfig { alone: Pace { rise_mbps_per_min: 1, ..PACE }, ..eth_config().auction };
    let risen = |ms| {
        let mut gradual = Gradual { waiting: 1, ..Gradual::new(START_MS) };
        gradual.touch(&auction, &auction.alone, false, Some(0), START_MS + ms);
        gradual.common.bonus_pico
    };
    assert_eq!([1, 2, 3].map(risen), [1, 3, 5]);
}

/// Nineteen tenths of COIN that can't be sold weigh 1, less than a hundredth of the debt. Worth twice as
/// much they would heal: ETH carries 199 of 200.
#[test]
fn what_a_liquidation_waits_for_is_weighed_rounded_down() {
    for (tenths, started) in [(19, Ok(())), (20, Err(Error::PriceMissing))] {
        let mut snapshot = tiny(0, 0);
        place_loan(&mut snapshot, 249, 200);
        config(&mut snapshot, COIN).decimals = 1;
        let mut held = snapshot.account.position(COIN);
        held.collateral = tenths;
        snapshot.account.set_position(held).unwrap();
        let priced = snapshot.priced_mut(COIN).unwrap();
        priced.reserve.balances.collateral = tenths;
        (priced.reserve.balances.breaker.high_wad, priced.reserve.balances.breaker.high_ms) =
            (1, START_MS);
        priced.price = None;
        assert_eq!(start_liquidation(&mut snapshot, [9; 32], 0).map(drop), started, "{tenths}");
    }
}

// Views.

#[test]
fn ratios_are_rounded_down_through_the_lens() {
    let mut snapshot = tiny(0, 0);
    // 75 % of 9 are 6, 80 % are 7.
    deposit(&mut snapshot, ETH, 9).unwrap();
    borrow(&mut snapshot, USD, 2).unwrap();
    let view = lens::account(&snapshot).unwrap();
    // 2 / 9, 9 / 7, 5 / 7
    assert_eq!(view.ltv_wad, Some(222_222_222_222_222_222));
    assert_eq!(view.leverage_wad, Some(1_285_714_285_714_285_714));
    assert_eq!(view.shock_to_liquidation_wad, Some(714_285_714_285_714_285));
    assert_eq!((view.power.limit_wad, view.available_wad), (6, 4));

    borrow(&mut snapshot, EUR, 1).unwrap();
    let view = lens::account(&snapshot).unwrap();
    let sensitivities: Vec<i128> = view.positions.iter().map(|held| held.sensitivity_wad).collect();
    // HF is 7 / 3; of the debts two thirds and one third of it.
    assert_eq!(view.health_factor_wad, 2_333_333_333_333_333_333);
    assert_eq!(
        sensitivities,
        [2_333_333_333_333_333_333, -1_555_555_555_555_555_555, -777_777_777_777_777_777]
    );
    // 3 / 0.8 is 4 at least, 4 / 9 is 1 at least; (7 - 1) / 2 and (7 - 2) / 1.
    let prices: Vec<_> = view.positions.iter().map(|held| held.liquidation_price_wad).collect();
    assert_eq!(prices, [Some(1), Some(3), Some(5)]);

    // 7 / 4
    borrow(&mut snapshot, USD, 1).unwrap();
    repay_all(&mut snapshot, EUR);
    borrow(&mut snapshot, USD, 1).unwrap();
    let view = lens::account(&snapshot).unwrap();
    assert_eq!(view.positions[1].liquidation_price_wad, Some(1));
    // 7.2 is 7, and 7 / 4 is 1.75.
    assert_eq!(view.positions[0].sensitivity_wad, 7 * WAD as i128 / 4);
}

fn repay_all(snapshot: &mut AccountSnapshot, asset: AssetId) {
    act(snapshot, Action::Repay { asset, assets: ALL }).unwrap();
}

#[test]
fn what_is_lent_is_seen_rounded_down_and_what_is_owed_up() {
    let mut snapshot = crooked(earned());
    let mut held = snapshot.account.position(USD);
    (held.supply_shares, held.debt_shares) = (1_000_001, 1_000_001);
    snapshot.account.set_position(held).unwrap();
    // The pot that is lent is of 1.4 x 10^-6 units a share too.
    snapshot.reserve_mut(USD).unwrap().balances.cash = 0;
    let view = lens::account(&snapshot).unwrap();
    assert_eq!((view.positions[0].supplied, view.positions[0].owed), (1, 2));
}

#[test]
fn what_lenders_earn_is_seen_rounded_down() {
    let mut snapshot = tiny(0, 0);
    let reserve = snapshot.reserve_mut(USD).unwrap();
    reserve.config.rate = flat_rate(7);
    (reserve.balances.cash, reserve.balances.borrowed) = (50, 50);
    // Half of 7 is 3, nine tenths of that are 2.
    assert_eq!(lens::rates(reserve, START_MS).unwrap().supply_rate_wad, 2);
}

#[test]
fn after_a_fall_collateral_is_worth_less_rounded_down() {
    let mut snapshot = tiny(0, 0);
    deposit(&mut snapshot, ETH, 9).unwrap();
    borrow(&mut snapshot, USD, 6).unwrap();
    // 9 carry 7. After a fall by 15 % they are worth 7.65 and carry 5; 8 would carry 6.
    let after = lens::shock(ShockView::default(), &snapshot, 1_500).unwrap();
    assert_eq!((after.new_accounts, after.new_wad), (1, 6));
}

// Prices.

#[test]
fn a_crossed_price_has_its_band_rounded_outwards() {
    let (price, quote) = (Price::exact(3, START_MS), Price::exact(WAD / 2, START_MS));
    let crossed = oracle::crossed(&price, &quote).unwrap();
    assert_eq!((crossed.low_wad, crossed.mid_wad, crossed.high_wad), (1, 1, 2));
}
