//! The protocol's income can be collected, but for what is needed as reserve; an empty asset can go.

use crate::common::*;
use breakwater_protocol::{
    gradual::Stock,
    treasury::{collect, Collected},
    AccountSnapshot, Error, Income, Level, Vault, ALL,
};

/// A million dollars lent, 100,000 of it owed; the protocol has a tenth of 20,000 of interest.
fn earned() -> AccountSnapshot {
    let mut snapshot = snapshot();
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    balances.borrowed = 100_000 * DOLLAR;
    balances.debt_shares = balances.borrowed * 1_000_000;
    balances.cash = 900_000 * DOLLAR;
    balances.supply_shares = 1_000_000 * DOLLAR * 1_000_000;
    balances.protocol_shares = 2_000 * DOLLAR * 1_000_000;
    snapshot
}

/// On the code as it was there was no way to it at all.
#[test]
fn what_is_above_a_hundredth_of_what_is_borrowed_can_be_collected() {
    let mut snapshot = earned();
    // 1 % of 100,000 stays of 2,000.
    let more = collect(&mut snapshot, USD, Income::Shares, 1_000 * DOLLAR + 1);
    assert_eq!(more, Err(Error::ReserveFloor));
    let most = collect(&mut snapshot, USD, Income::Shares, 2_000 * DOLLAR + 1);
    assert_eq!(most, Err(Error::InsufficientBalance));
    let done = collect(&mut snapshot, USD, Income::Shares, ALL).unwrap();
    assert_eq!(done, Collected { amount: 1_000 * DOLLAR, shares: 1_000 * DOLLAR * 1_000_000 });
    let balances = &snapshot.priced(USD).unwrap().reserve.balances;
    assert_eq!(balances.cash, 899_000 * DOLLAR);
    assert_eq!(balances.protocol_shares, 1_000 * DOLLAR * 1_000_000);
    assert_eq!(collect(&mut snapshot, USD, Income::Shares, ALL), Err(Error::NothingToCollect));
    assert_eq!(collect(&mut snapshot, USD, Income::Shares, 0), Err(Error::ZeroAmount));
}

#[test]
fn fees_in_collateral_can_be_collected_to_the_last_unit() {
    let mut snapshot = earned();
    snapshot.reserve_mut(ETH).unwrap().balances.protocol_collateral = 7;
    assert_eq!(collect(&mut snapshot, ETH, Income::Collateral, 8), Err(Error::InsufficientBalance));
    let done = collect(&mut snapshot, ETH, Income::Collateral, 3).unwrap();
    assert_eq!(done, Collected { amount: 3, shares: 0 });
    assert_eq!(collect(&mut snapshot, ETH, Income::Collateral, ALL).unwrap().amount, 4);
    assert_eq!(collect(&mut snapshot, ETH, Income::Collateral, ALL), Err(Error::NothingToCollect));
    assert_eq!(collect(&mut snapshot, 9, Income::Collateral, ALL), Err(Error::UnknownAsset));
}

#[test]
fn nothing_is_collected_in_a_storm_or_after_a_loss() {
    for income in [Income::Shares, Income::Collateral] {
        let mut storm = earned();
        storm.reserve_mut(USD).unwrap().balances.protocol_collateral = 7;
        let mut lost = storm.clone();
        storm.guard.raise(Level::Stressed, HOUR_MS, HOUR_MS, START_MS).unwrap();
        assert_eq!(collect(&mut storm, USD, income, ALL), Err(Error::CollectionRests));
        let window_ms = lost.params.breaker.window_ms;
        let meter = &mut lost.reserve_mut(USD).unwrap().balances.breaker.lost;
        meter.add(DOLLAR, window_ms, START_MS).unwrap();
        assert_eq!(collect(&mut lost, USD, income, ALL), Err(Error::CollectionRests));
        // A million units are less than one after 14 windows: e^13.8.
        lost.now_ms += 14 * window_ms;
        collect(&mut lost, USD, income, ALL).unwrap();
    }
    let mut guarded = earned();
    guarded.guard.raise(Level::Guarded, HOUR_MS, HOUR_MS, START_MS).unwrap();
    collect(&mut guarded, USD, Income::Shares, ALL).unwrap();
}

#[test]
fn collecting_takes_cash_only_and_counts_as_outflow() {
    let mut snapshot = earned();
    snapshot.reserve_mut(USD).unwrap().balances.cash = 400 * DOLLAR;
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    balances.borrowed = 999_600 * DOLLAR;
    balances.protocol_shares = 20_000 * DOLLAR * 1_000_000;
    let more = collect(&mut snapshot, USD, Income::Shares, 401 * DOLLAR);
    assert_eq!(more, Err(Error::InsufficientCash));
    assert_eq!(collect(&mut snapshot, USD, Income::Shares, ALL).unwrap().amount, 400 * DOLLAR);

    let mut snapshot = earned();
    let limit = breakwater_protocol::FlowLimit { capacity: 600 * DOLLAR, window_ms: DAY_MS };
    snapshot.reserve_mut(USD).unwrap().config.outflow = limit;
    // What a message has half done is thrown away with its snapshot.
    let whole = collect(&mut snapshot.clone(), USD, Income::Shares, ALL);
    assert_eq!(whole, Err(Error::OutflowLimitReached));
    collect(&mut snapshot, USD, Income::Shares, 500 * DOLLAR).unwrap();
    let rest = collect(&mut snapshot, USD, Income::Shares, 500 * DOLLAR);
    assert_eq!(rest, Err(Error::OutflowLimitReached));
}

/// Of lenders' money the protocol takes nothing where nobody owes, and where it is the only lender what is
/// owed stays its own.
#[test]
fn one_who_is_not_alone_takes_their_part_only() {
    let mut snapshot = earned();
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    (balances.cash, balances.borrowed, balances.debt_shares) = (1_000_000 * DOLLAR, 0, 0);
    let done = collect(&mut snapshot, USD, Income::Shares, ALL).unwrap();
    assert_eq!(done, Collected { amount: 2_000 * DOLLAR, shares: 2_000 * DOLLAR * 1_000_000 });
    let mut snapshot = earned();
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    balances.protocol_shares = balances.supply_shares;
    let done = collect(&mut snapshot, USD, Income::Shares, ALL).unwrap();
    assert_eq!(done, Collected { amount: 900_000 * DOLLAR, shares: 900_000 * DOLLAR * 1_000_000 });
    assert_eq!(reserve(&snapshot, USD).balances.protocol_shares, 100_000 * DOLLAR * 1_000_000);
}

/// When nobody else has anything, the virtual unit's part and all that rounding has left go too.
#[test]
fn what_is_left_when_all_others_have_left_is_the_protocols() {
    let mut snapshot = earned();
    let reserve = snapshot.reserve_mut(USD).unwrap();
    let balances = &mut reserve.balances;
    (balances.borrowed, balances.debt_shares) = (3, 0);
    (balances.cash, balances.supply_shares, balances.protocol_shares) = (1_009, 900, 900);
    assert_eq!(reserve.may_be_delisted(), Err(Error::ReserveNotEmpty));
    // Also in a storm: there is nothing left to lose.
    snapshot.guard.raise(Level::Halted, HOUR_MS, HOUR_MS, START_MS).unwrap();
    let done = collect(&mut snapshot, USD, Income::Shares, ALL).unwrap();
    assert_eq!(done.amount, 1_009);
    let reserve = &snapshot.priced(USD).unwrap().reserve;
    assert_eq!(reserve.may_be_delisted(), Ok(()));
}

/// Each sum alone keeps an asset listed.
#[test]
fn whatever_somebody_has_or_may_claim_keeps_an_asset_listed() {
    use breakwater_protocol::Balances;
    let reserve = breakwater_protocol::Reserve::new(usd_config(), START_MS).unwrap();
    assert_eq!(reserve.may_be_delisted(), Ok(()));
    let sums: [fn(&mut Balances) -> &mut u128; 11] = [
        |b| &mut b.cash,
        |b| &mut b.borrowed,
        |b| &mut b.supply_shares,
        |b| &mut b.debt_shares,
        |b| &mut b.protocol_shares,
        |b| &mut b.collateral,
        |b| &mut b.protocol_collateral,
        |b| &mut b.isolated_debt_wad,
        |b| &mut b.backstop_shares,
        |b| &mut b.backstop_collateral,
        |b| &mut b.rewards,
    ];
    for (number, sum) in sums.iter().enumerate() {
        let mut held = reserve.clone();
        *sum(&mut held.balances) = 1;
        assert_eq!(held.may_be_delisted(), Err(Error::ReserveNotEmpty), "{number}");
    }
    // So does a backstop with stakes, with stock, or whose stakes of before are void only by its count.
    for vault in [
        Vault { shares: 1, ..Vault::default() },
        Vault { stocks: vec![Stock { asset: ETH, units: 1, cost: 0 }], ..Vault::default() },
        Vault { generation: 1, ..Vault::default() },
    ] {
        let held = breakwater_protocol::Reserve { vault, ..reserve.clone() };
        assert_eq!(held.may_be_delisted(), Err(Error::ReserveNotEmpty));
    }
}
