//! Isolated collateral and siloed debt.

use crate::common::*;
use breakwater_protocol::{
    num::math::WAD, Account, AccountSnapshot, Error, Order, Price, Reserve, ReserveConfig, ALL,
};

/// A second collateral (like ETH) and a second debt (like USD).
const COIN: u8 = 2;
const EUR: u8 = 3;

/// COIN is isolated with a ceiling of 1,000 dollars; EUR is siloed.
fn market() -> AccountSnapshot {
    let mut snapshot = snapshot();
    let coin =
        ReserveConfig { token: [3; 32], isolation_ceiling_wad: Some(1_000 * WAD), ..eth_config() };
    let eur = ReserveConfig { token: [4; 32], siloed: true, ..usd_config() };
    for (asset, config) in [(COIN, coin), (EUR, eur)] {
        let mut reserve = Reserve::new(config, START_MS).unwrap();
        reserve.balances.cash = 1_000_000 * DOLLAR;
        snapshot.add_reserve(asset, reserve).unwrap();
    }
    set_prices(&mut snapshot, 200 * WAD);
    // One COIN is worth 200 dollars too.
    snapshot.priced_mut(COIN).unwrap().price = Some(Price::exact(200 * WAD, START_MS));
    snapshot
}

fn counted(snapshot: &AccountSnapshot) -> u128 {
    reserve(snapshot, COIN).balances.isolated_debt_wad / WAD
}

#[test]
fn a_siloed_debt_stands_alone() {
    let mut snapshot = market();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    borrow(&mut snapshot, EUR, 200 * DOLLAR).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 200 * DOLLAR), Err(Error::SiloedDebt));
    borrow(&mut snapshot, EUR, 200 * DOLLAR).unwrap();
    act(&mut snapshot, breakwater_protocol::Action::Repay { asset: EUR, assets: ALL }).unwrap();
    borrow(&mut snapshot, USD, 200 * DOLLAR).unwrap();
    assert_eq!(borrow(&mut snapshot, EUR, 200 * DOLLAR), Err(Error::SiloedDebt));
}

#[test]
fn isolated_collateral_carries_one_debt_and_mixes_with_nothing() {
    let mut snapshot = market();
    deposit(&mut snapshot, COIN, 10 * ETHER).unwrap();
    deposit(&mut snapshot, ETH, ETHER).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 200 * DOLLAR), Err(Error::IsolatedCollateral));
    withdraw_collateral(&mut snapshot, ETH, ALL).unwrap();
    borrow(&mut snapshot, USD, 200 * DOLLAR).unwrap();
    assert_eq!(deposit(&mut snapshot, ETH, ETHER), Err(Error::IsolatedCollateral));
    config(&mut snapshot, EUR).siloed = false;
    assert_eq!(borrow(&mut snapshot, EUR, 200 * DOLLAR), Err(Error::IsolatedCollateral));
    // More of the same is a top-up.
    deposit(&mut snapshot, COIN, ETHER).unwrap();
}

#[test]
fn a_loan_on_other_collateral_takes_no_isolated_one() {
    let mut snapshot = market();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 200 * DOLLAR).unwrap();
    assert_eq!(deposit(&mut snapshot, COIN, ETHER), Err(Error::IsolatedCollateral));
    repay(&mut snapshot, ALL).unwrap();
    deposit(&mut snapshot, COIN, ETHER).unwrap();
}

#[test]
fn the_ceiling_is_shared_by_all_accounts_and_freed_in_proportion() {
    let mut snapshot = market();
    deposit(&mut snapshot, COIN, 10 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 800 * DOLLAR).unwrap();
    assert_eq!(counted(&snapshot), 800);
    let first = std::mem::take(&mut snapshot.account);
    deposit(&mut snapshot, COIN, 10 * ETHER).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 200 * DOLLAR + 1), Err(Error::IsolationCeilingExceeded));
    borrow(&mut snapshot, USD, 200 * DOLLAR).unwrap();
    snapshot.account = first;
    // A quarter repaid frees a quarter, whatever the price is then.
    set_prices(&mut snapshot, 1_000 * WAD);
    repay(&mut snapshot, 200 * DOLLAR).unwrap();
    assert_eq!(counted(&snapshot), 800);
    repay(&mut snapshot, ALL).unwrap();
    assert_eq!(counted(&snapshot), 200);
    assert_eq!(snapshot.account.isolation, None);
}

#[test]
fn debt_counts_against_the_ceiling_at_the_high_end_of_its_band() {
    let mut snapshot = market();
    deposit(&mut snapshot, COIN, 10 * ETHER).unwrap();
    let band = Price { low_wad: WAD / 2, high_wad: 5 * WAD / 4, ..Price::exact(WAD, START_MS) };
    snapshot.priced_mut(USD).unwrap().price = Some(band);
    // A dollar is 1.25: 400 are 500, and 400 more, by what is borrowed, 1,000.
    borrow(&mut snapshot, USD, 400 * DOLLAR).unwrap();
    assert_eq!(counted(&snapshot), 500);
    assert_eq!(borrow(&mut snapshot, USD, 400 * DOLLAR + 1), Err(Error::IsolationCeilingExceeded));
    borrow(&mut snapshot, USD, 400 * DOLLAR).unwrap();
    assert_eq!(counted(&snapshot), 1_000);
}

#[test]
fn a_liquidation_frees_the_ceiling() {
    let mut snapshot = market();
    deposit(&mut snapshot, COIN, 5 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 750 * DOLLAR).unwrap();
    // 5 x 120 = 600 dollars against 750: sold whole, the rest written off.
    snapshot.priced_mut(COIN).unwrap().price = Some(Price::exact(120 * WAD, START_MS));
    breakwater_protocol::actions::start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    let taken = take_by(
        &mut snapshot,
        TAKER,
        &Order { collateral: COIN, debt: USD, max_repay: ALL, min_receive: 0 },
    )
    .unwrap();
    assert_eq!(taken.written_off.bad_debt.len(), 1);
    assert_eq!((counted(&snapshot), snapshot.account.clone()), (0, Account::default()));
}
