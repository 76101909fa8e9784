//! The auction's other rules: urgency, order of sale, fee and reward. Room and price: `room.rs`,
//! `standing.rs`.

use crate::common::*;
use breakwater_protocol::{
    actions::start_liquidation,
    auction::{terms, Terms},
    num::math::WAD,
    AccountSnapshot, Error, MarketParams, Order, Price, Reserve, ReserveConfig, ALL,
};

const PERCENT: i128 = 10_000_000_000_000_000;
const STARTER: [u8; 32] = [9; 32];

fn terms_of(snapshot: &AccountSnapshot) -> Terms {
    terms(snapshot, &snapshot.health().unwrap(), ETH, USD).unwrap()
}

/// The way from the threshold of 80 % to an LTV of 93 %, squared (§ G4).
#[test]
fn nearness_to_insolvency_gives_a_bonus_at_once() {
    let bonus = |dollars: u128, minutes: u64, urgency_bps: u16| {
        let mut snapshot = auctioned(1_500, dollars * WAD);
        config(&mut snapshot, ETH).auction.alone.urgency_bps = urgency_bps;
        pass(&mut snapshot, minutes * MINUTE_MS);
        // In hundredths of a basis point.
        terms_of(&snapshot).offer.bonus_wad.div_euclid(PERCENT / 10_000)
    };
    assert_eq!(bonus(170, 0, 0), -20_000);
    // At 170: LTV .88235 is .63348 of the way, the square .401302: of 300 bps 120.3906.
    assert_eq!(bonus(170, 0, 300), -20_000 + 12_039);
    assert_eq!(bonus(170, 15, 300), 70_000 + 12_039);
    // Never above the highest.
    assert_eq!(bonus(170, 20, 300), 100_000);
    // LTV .9317: all of it; .9740, where nothing is left to save: none.
    assert_eq!(bonus(161, 0, 300), 10_000);
    assert_eq!(bonus(154, 0, 300), -20_000);
}

#[test]
fn the_fee_is_shared_by_starter_and_protocol() {
    // At 180: repays 523.255814 (see take.rs); a fee of 1 % of 523.255813 / 180 ETH, half each.
    let mut snapshot = auctioned(1_500, 180 * WAD);
    let taken = take(&mut snapshot, ALL).unwrap();
    assert_eq!(taken.fill.fee / 1_000_000_000, 29_069_767);
    assert_eq!(taken.fill.reward / 1_000_000_000, 14_534_883);
    assert_eq!((taken.reward_to, taken.paid_out), (Some(STARTER), taken.fill.received));
    let balances = reserve(&snapshot, ETH).balances;
    assert_eq!(balances.rewards, taken.fill.reward);
    assert_eq!(balances.protocol_collateral, taken.fill.fee - taken.fill.reward);

    // The starter who takes themselves has it at once.
    let mut snapshot = auctioned(1_500, 180 * WAD);
    let taken = take_by(&mut snapshot, STARTER, &order(ALL, 0)).unwrap();
    assert_eq!(taken.reward_to, None);
    assert_eq!(taken.paid_out, taken.fill.received + taken.fill.reward);
    assert_eq!(reserve(&snapshot, ETH).balances.rewards, 0);
}

/// The floor is earned in proportion to the work: a take of a hundred of 523 dollars does a fifth of
/// it.
#[test]
fn the_reward_has_a_floor_once_an_auction() {
    // A take of 100 dollars: 1 % is 1 dollar, half of it 0.50; the floor is 3 dollars for the
    // 523.255814 that may be repaid, 0.57333 of them.
    let floor = MarketParams { starter_floor_wad: 3 * WAD, ..params() };
    let mut snapshot = auctioned(1_500, 180 * WAD);
    snapshot.params = floor;
    let take = |snapshot: &mut AccountSnapshot, dollars: u128| {
        take_by(snapshot, TAKER, &order(dollars * DOLLAR, 0)).unwrap().fill
    };
    let worth = |units: u128| units * 180 / (ETHER / 1_000);
    let first = take(&mut snapshot, 100);
    assert_eq!((worth(first.reward), worth(first.fee)), (573, 999));
    // Of the rest a hundred again: there are 423 left to repay, and 2.43 of the floor.
    let second = take(&mut snapshot, 100);
    assert_eq!((worth(second.reward), worth(second.fee)), (573, 999));
    // It never takes more than the health bound leaves: HF / LT - 1 is 20 %, the bonus -2 %.
    let mut snapshot = auctioned(1_500, 180 * WAD);
    snapshot.params = floor;
    let tiny = take(&mut snapshot, 1);
    assert!(worth(tiny.fee) < 220, "{}", worth(tiny.fee));
}

#[test]
fn the_floor_never_lowers_health() {
    let floor = MarketParams { starter_floor_wad: 100 * WAD, ..params() };
    for price in [156, 160, 170, 180, 187] {
        for repay in [1, 1_000, DOLLAR, 50 * DOLLAR] {
            let mut snapshot = auctioned(1_500, price * WAD);
            snapshot.params = floor;
            let before = snapshot.health().unwrap();
            take(&mut snapshot, repay).ok();
            let after = snapshot.health().unwrap();
            assert!(after == before || exactly_healthier(&before, &after), "{price} {repay}");
        }
    }
}

/// An account with ETH (LT 80 %) and COIN (LT 60 %) in auction.
fn two_collaterals(coins: u128) -> AccountSnapshot {
    const COIN: u8 = 2;
    let mut snapshot = snapshot();
    let coin = ReserveConfig { token: [3; 32], tiers: vec![tier(0, 5_000, 6_000)], ..eth_config() };
    snapshot.add_reserve(COIN, Reserve::new(coin, START_MS).unwrap()).unwrap();
    set_prices(&mut snapshot, 200 * WAD);
    snapshot.priced_mut(COIN).unwrap().price = Some(Price::exact(10 * WAD, START_MS));
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    deposit(&mut snapshot, COIN, coins).unwrap();
    let limit = snapshot.borrowing_power().unwrap().limit_wad / WAD;
    borrow(&mut snapshot, USD, limit * DOLLAR).unwrap();
    snapshot.priced_mut(ETH).unwrap().price = Some(Price::exact(170 * WAD, START_MS));
    start_liquidation(&mut snapshot, STARTER, 0).unwrap();
    snapshot
}

#[test]
fn the_worse_collateral_is_sold_first() {
    let take = |snapshot: &mut AccountSnapshot, asset, slack| {
        snapshot.params.order_slack_bps = slack;
        let order = Order { collateral: asset, debt: USD, max_repay: 100 * DOLLAR, min_receive: 0 };
        take_by(snapshot, TAKER, &order).map(drop)
    };
    let snapshot = two_collaterals(50 * ETHER);
    assert_eq!(take(&mut snapshot.clone(), ETH, 500), Err(Error::WorseCollateralFirst));
    assert_eq!(take(&mut snapshot.clone(), 2, 500), Ok(()));
    // 80 % is 20 points above 60 %.
    assert_eq!(take(&mut snapshot.clone(), ETH, 2_000), Ok(()));
    // Dust can't stand in the way of a sale.
    let snapshot = two_collaterals(ETHER);
    assert_eq!(take(&mut snapshot.clone(), ETH, 500), Ok(()));
}

#[test]
fn slack_and_floors_have_bounds() {
    let refused = |change: fn(&mut MarketParams)| {
        let mut changed = params();
        change(&mut changed);
        changed.validate()
    };
    assert_eq!(refused(|p| p.order_slack_bps = 10_001), Err(Error::BpsOutOfRange));
    assert_eq!(refused(|p| p.starter_floor_wad = 101 * WAD), Err(Error::StarterFloorTooHigh));
}
