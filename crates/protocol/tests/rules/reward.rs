//! The starter's reward: its floor is earned once, for the work that was needed (§ 4.5).

use crate::common::*;
use breakwater_protocol::{
    actions::{start_liquidation, Taken},
    num::math::WAD,
    AccountSnapshot, MarketParams, Reserve, VaultStake, ALL,
};

const STARTER: [u8; 32] = [9; 32];
const SECOND_MS: u64 = 1_000;

/// 50 ETH at 200 dollars (10,000) against a debt of 8,125: HF 0.985, equity 1,875. Interest of
/// 10 % a year.
fn at_the_edge(floor_wad: u128) -> AccountSnapshot {
    let mut usd = usd_config();
    usd.rate = flat_rate(WAD / 10);
    let mut snapshot = snapshot_with(eth_config(), usd);
    snapshot.params = MarketParams { starter_floor_wad: floor_wad, ..params() };
    place_loan(&mut snapshot, 50 * ETHER, 8_125 * DOLLAR);
    snapshot
}

fn equity_wad(snapshot: &AccountSnapshot) -> i128 {
    let health = snapshot.health().unwrap();
    health.collateral_wad as i128 - health.debt_wad as i128
}

fn worth_wad(units: u128) -> u128 {
    units * 200
}

fn taken_by(snapshot: &mut AccountSnapshot, who: [u8; 32], repay: u128) -> Taken {
    take_by(snapshot, who, &order(repay, 0)).unwrap()
}

/// The least that makes the account healthy.
fn hair(snapshot: &AccountSnapshot) -> u128 {
    let (mut low, mut high) = (1, 8_125 * DOLLAR);
    while low < high {
        let middle = (low + high) / 2;
        let healthy = take_by(&mut snapshot.clone(), STARTER, &order(middle, 0))
            .is_ok_and(|taken| taken.ended.is_some());
        (low, high) = if healthy { (low, middle) } else { (middle + 1, high) };
    }
    low
}

/// Before, 600 rounds took 1,200 dollars (floor 2) or 300 (0.50) of the borrower's 1,875.
#[test]
fn starting_and_healing_by_a_hair_costs_no_more_than_one_honest_take() {
    for floor_wad in [2 * WAD, WAD / 2] {
        let mut honest = at_the_edge(floor_wad);
        start_liquidation(&mut honest, STARTER, 0).unwrap();
        let before = equity_wad(&honest);
        taken_by(&mut honest, STARTER, ALL);
        // Less the premium that the taker pays, which is the borrower's.
        let honest_cost = before - equity_wad(&honest);

        let mut snapshot = at_the_edge(floor_wad);
        let (mut rewards, mut rounds) = (0, 0);
        let mut lost = 0;
        for _ in 0..600 {
            set_prices(&mut snapshot, 200 * WAD);
            if start_liquidation(&mut snapshot, STARTER, 0).is_ok() {
                let before = equity_wad(&snapshot);
                let repay = hair(&snapshot);
                let taken = taken_by(&mut snapshot, STARTER, repay);
                lost += before - equity_wad(&snapshot);
                rewards += worth_wad(taken.fill.reward);
                assert!(taken.ended.is_some());
                rounds += 1;
            }
            pass(&mut snapshot, 6 * SECOND_MS);
        }
        assert_eq!(rounds, 600);
        let most = honest_cost.max(0) + (WAD / 100) as i128;
        assert!(lost <= most, "floor {floor_wad}: lost {lost}, an honest take costs {honest_cost}");
        // The work of 600 rounds is a part of that of one full take: so is the floor.
        let fee_part = 8_125 * WAD / 100;
        assert!(rewards < floor_wad.max(fee_part), "{rewards}");
        assert!(equity_wad(&snapshot) > 1_870 * WAD as i128);
    }
}

/// Before, a take of ten units had the whole floor, and the starter's reward was 0.0000023.
#[test]
fn a_take_of_next_to_nothing_leaves_the_floor_to_who_does_the_work() {
    let start = || {
        // A debt of 150 with a minimum of 10: the floor of 2 dollars is more than the fee's part.
        let mut usd = usd_config();
        usd.min_debt = 10 * DOLLAR;
        let mut snapshot = snapshot_with(eth_config(), usd);
        snapshot.params = MarketParams { starter_floor_wad: 2 * WAD, ..params() };
        place_loan(&mut snapshot, ETHER, 165 * DOLLAR);
        start_liquidation(&mut snapshot, STARTER, 0).unwrap();
        snapshot
    };
    // T = 160, D = 165: (1.05 x 165 - 160) / (1.05 - 0.99 x 0.8) = 51.356590 dollars for two of
    // reward: 3.894 %.
    let mut whole = start();
    let one = taken_by(&mut whole, TAKER, ALL).fill;
    assert_eq!(one.repaid, 51_356_590);
    assert_eq!(one.earned_wad, WAD);
    assert!((1_999_999_900_000_000_000..=2 * WAD).contains(&worth_wad(one.reward)));

    let mut split = start();
    let tiny = taken_by(&mut split, TAKER, 10).fill;
    assert!(worth_wad(tiny.reward) <= 9 * 38_944 * WAD / 1_000_000 / DOLLAR);
    let rest = taken_by(&mut split, TAKER, ALL).fill;
    assert!(worth_wad(rest.reward) >= 1_999_000_000_000_000_000, "{}", worth_wad(rest.reward));
    let both = worth_wad(tiny.reward) + worth_wad(rest.reward);
    assert!(both <= 2 * WAD + WAD / 1_000);
}

#[test]
fn many_takes_earn_what_one_does() {
    for parts in [2u128, 7, 40] {
        let mut snapshot = borrower(1_500);
        snapshot.params = MarketParams { starter_floor_wad: 20 * WAD, ..params() };
        set_prices(&mut snapshot, 180 * WAD);
        start_liquidation(&mut snapshot, STARTER, 0).unwrap();
        let (mut rewards, mut last) = (0, WAD);
        for _ in 0..2 * parts {
            let part = 523 * DOLLAR / parts;
            let Ok(taken) = take(&mut snapshot, part) else { break };
            rewards += taken.fill.reward * 180;
            let left = snapshot.account.auction.as_ref().map_or(0, |auction| auction.unearned_wad);
            assert!(left <= last);
            last = left;
            if taken.ended.is_some() {
                break;
            }
        }
        assert!(rewards <= 20 * WAD + WAD / 10, "{parts}: {rewards}");
    }
}

/// A debt of 150 of which all may be repaid, for the rest would be dust: all of it is the work.
#[test]
fn a_closing_take_earns_the_whole_floor_and_a_part_its_part() {
    let start = || {
        let mut snapshot = auctioned(150, 16 * WAD);
        snapshot.params.starter_floor_wad = 3 * WAD;
        snapshot
    };
    let all = take(&mut start(), ALL).unwrap().fill;
    assert_eq!((all.repaid, all.earned_wad), (150 * DOLLAR, WAD));
    let mut part = start();
    let first = take(&mut part, 50 * DOLLAR).unwrap().fill;
    assert_eq!((first.repaid, first.earned_wad), (50 * DOLLAR, WAD / 3 + 1));
    let auction = part.account.auction.clone().unwrap();
    assert_eq!(auction.unearned_wad, WAD - WAD / 3 - 1);
    // All of the hundred that are left may be repaid, or nothing: the other two dollars.
    let rest = take(&mut part, ALL).unwrap().fill;
    assert_eq!((rest.repaid, rest.earned_wad), (100 * DOLLAR, auction.unearned_wad));
}

#[test]
fn the_pools_purchase_earns_the_starter_their_part() {
    let mut snapshot = borrower(1_500);
    snapshot.params = MarketParams { starter_floor_wad: 20 * WAD, ..params() };
    stake(&mut snapshot, &mut VaultStake::default(), 60);
    // LTV .8427: it buys at the start, at the oracle's price.
    set_prices(&mut snapshot, 178 * WAD);
    let taken = start_and_buy(&mut snapshot, STARTER).unwrap().unwrap().taken;
    // (1.05 x 1,500 - 1,424) / (1.05 - 1.01 x 0.8) = 623.966943 may be repaid, 60 are: a tenth of the
    // floor, by which the reward is more than half of the fee: 20 / 623.966943 of what is repaid.
    let fill = taken.fill;
    assert_eq!(fill.repaid, 60 * DOLLAR);
    assert_eq!(fill.earned_wad, (WAD * 60_000_000).div_ceil(623_966_943));
    assert_eq!(fill.reward * 178 / 1_000_000_000_000, 1_923_178);
    assert_eq!((taken.reward_to, taken.paid_out), (Some(STARTER), 0));
    assert_eq!(reserve(&snapshot, ETH).balances.rewards, fill.reward);
    let left = snapshot.account.auction.unwrap().unearned_wad;
    assert_eq!(left, WAD - fill.earned_wad);
}

/// The lot ends before the target is reached: the reward is in it, and for its part of the work only.
#[test]
fn a_lot_that_ends_first_earns_its_part() {
    const COIN: u8 = 2;
    let mut snapshot = snapshot();
    snapshot.params = MarketParams { starter_floor_wad: 50 * WAD, ..params() };
    let coin = breakwater_protocol::ReserveConfig { token: [3; 32], ..eth_config() };
    snapshot.add_reserve(COIN, Reserve::new(coin, START_MS).unwrap()).unwrap();
    snapshot.priced_mut(COIN).unwrap().price =
        Some(breakwater_protocol::Price::exact(10 * WAD, START_MS));
    deposit(&mut snapshot, ETH, 9 * ETHER).unwrap();
    deposit(&mut snapshot, COIN, 10 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 1_425 * DOLLAR).unwrap();
    set_prices(&mut snapshot, 180 * WAD);
    snapshot.priced_mut(COIN).unwrap().price =
        Some(breakwater_protocol::Price::exact(10 * WAD, START_MS));
    start_liquidation(&mut snapshot, STARTER, 0).unwrap();
    let before = snapshot.health().unwrap();
    let order =
        breakwater_protocol::Order { collateral: COIN, debt: USD, max_repay: ALL, min_receive: 0 };
    let fill = take_by(&mut snapshot, TAKER, &order).unwrap().fill;
    // The whole lot of 100 dollars.
    assert_eq!(fill.received + fill.fee, 10 * ETHER);
    // About 104.2 repaid... of what may be: less than a half of it, so less than half of the floor.
    assert!(fill.reward > 0 && fill.earned_wad < WAD / 2);
    assert!(fill.reward * 10 <= 50 * fill.earned_wad + WAD / 1_000, "{}", fill.reward * 10);
    assert!(exactly_healthier(&before, &snapshot.health().unwrap()));
}
