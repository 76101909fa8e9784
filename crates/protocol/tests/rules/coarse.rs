//! Debts whose smallest unit is worth much: lots that are worth less than one can't be sold, and hold
//! no loss back (§ 4.6).

use crate::common::*;
use breakwater_protocol::{
    actions::{recognise, start_liquidation},
    num::math::WAD,
    AccountSnapshot, Error, Price, ALL,
};

/// ETH with three decimals against a debt without decimals, a hundred dollars a unit.
fn scene(milli_eth: u128, debt: u128, eth_dollars: u128) -> AccountSnapshot {
    let mut eth = eth_config();
    eth.decimals = 3;
    let mut usd = usd_config();
    (usd.decimals, usd.min_debt) = (0, 0);
    let mut snapshot = snapshot_with(eth, usd);
    common_price(&mut snapshot, 0);
    place_loan(&mut snapshot, milli_eth, debt);
    prices(&mut snapshot, eth_dollars);
    start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    snapshot
}

fn prices(snapshot: &mut AccountSnapshot, eth_dollars: u128) {
    let now_ms = snapshot.now_ms;
    snapshot.priced_mut(ETH).unwrap().price = Some(Price::exact(eth_dollars * WAD, now_ms));
    snapshot.priced_mut(USD).unwrap().price = Some(Price::exact(100 * WAD, now_ms));
}

/// Before, it cost two units, 200 dollars, so that nobody took it, and the loss stood for ever.
#[test]
fn a_lot_worth_less_than_a_unit_of_the_debt_is_dust() {
    // 0.6 ETH at 100: 60 dollars against one unit.
    let mut snapshot = scene(600, 1, 100);
    let (lost, ended) = recognise(&mut snapshot).unwrap();
    assert_eq!((lost.bad_debt[0].assets, ended.is_some()), (1, true));
    // The lot is the protocol's: nobody gains by it.
    assert_eq!(reserve(&snapshot, ETH).balances.protocol_collateral, 600);
    assert!(snapshot.account.is_empty());
}

#[test]
fn a_lot_that_pays_for_a_unit_is_sold_and_not_written_off() {
    // 100 dollars pay for a unit at the oracle's price, 99.9 do not.
    let snapshot = scene(1_000, 3, 100);
    assert_eq!(recognise(&mut snapshot.clone()).map(drop), Err(Error::StillCovered));
    assert!(recognise(&mut scene(999, 3, 100)).is_ok());
    let mut sold = snapshot.clone();
    let taken = take(&mut sold, ALL).unwrap();
    assert_eq!((taken.fill.repaid, taken.fill.received), (1, 1_000));
    assert_eq!(taken.written_off.bad_debt[0].assets, 2);
}

#[test]
fn an_insolvent_account_is_sold_in_whole_units() {
    // 250 dollars of collateral against 400: two units for 200, and 50 are left as dust.
    let mut snapshot = scene(2_500, 4, 100);
    let taken = take(&mut snapshot, ALL).unwrap();
    assert_eq!((taken.fill.repaid, taken.fill.received), (2, 2_000));
    assert_eq!(taken.written_off.dust, vec![(ETH, 500)]);
    assert_eq!(taken.written_off.bad_debt[0].assets, 2);
    assert!(snapshot.account.is_empty());
    // In parts it is no cheaper: the second is 10^-12 dearer, so a unit of a thousandth less.
    let mut parts = scene(2_500, 4, 100);
    for received in [1_000, 999] {
        let fill = take(&mut parts, 1).unwrap().fill;
        assert_eq!((fill.repaid, fill.received), (1, received));
    }
    assert!(parts.account.is_empty());
    // Two minutes on the price is 1.2 % better: 202.4 for the two.
    let mut later = scene(2_500, 4, 100);
    pass(&mut later, 2 * MINUTE_MS);
    prices(&mut later, 100);
    let taken = take(&mut later, ALL).unwrap();
    assert_eq!((taken.fill.repaid, taken.fill.received), (2, 2_024));
}

#[test]
fn a_take_that_closes_the_only_debt_is_paid_for_every_unit() {
    // 240 dollars against 200 at a threshold of 80 %: HF 0.96, solvent. After the whole time the
    // bonus is at most the bound of 20 %, at most 10 %: 220 dollars for 200.
    let mut snapshot = scene(2_400, 2, 100);
    pass(&mut snapshot, 20 * MINUTE_MS);
    prices(&mut snapshot, 100);
    let taken = take(&mut snapshot, ALL).unwrap();
    assert_eq!(taken.fill.repaid, 2);
    assert_eq!(taken.fill.received, 2_200);
    assert!(taken.ended.is_some() && !snapshot.account.has_debt());
}

/// Where a lot that is small against one debt can be sold against another, it is not dust.
#[test]
fn the_cheapest_unit_of_the_debts_decides() {
    const COINS: u8 = 2;
    let mut snapshot = scene(600, 1, 100);
    let config = breakwater_protocol::ReserveConfig { token: [3; 32], ..usd_config() };
    snapshot
        .add_reserve(COINS, breakwater_protocol::Reserve::new(config, START_MS).unwrap())
        .unwrap();
    snapshot.priced_mut(COINS).unwrap().price = Some(Price::exact(WAD, START_MS));
    let balances = &mut snapshot.reserve_mut(COINS).unwrap().balances;
    (balances.borrowed, balances.debt_shares) = (200 * DOLLAR, 200 * DOLLAR * 1_000_000);
    let mut held = snapshot.account.position(COINS);
    held.debt_shares = 200 * DOLLAR * 1_000_000;
    snapshot.account.set_position(held).unwrap();
    assert_eq!(recognise(&mut snapshot).map(drop), Err(Error::StillCovered));
}
