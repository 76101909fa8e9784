//! Lending.

use crate::common::*;
use breakwater_protocol::{
    actions::Outcome,
    num::shares::{to_assets_down, to_shares_down, Pot},
    AccountSnapshot, Error, MAX_POSITIONS,
};

#[test]
fn a_supply_gives_shares_and_becomes_cash() {
    let mut snapshot = snapshot();
    let cash = reserve(&snapshot, USD).balances.cash;
    // 10^6 shares a unit, as the virtual offset begins.
    let done = Outcome::Supplied { asset: USD, assets: 5 * DOLLAR, shares: 5 * DOLLAR * 1_000_000 };
    assert_eq!(supply(&mut snapshot, 5 * DOLLAR), Ok(done));
    assert_eq!(reserve(&snapshot, USD).balances.cash, cash + 5 * DOLLAR);
    assert_eq!(snapshot.account.position(USD).supply_shares, 5 * DOLLAR * 1_000_000);
}

#[test]
fn bad_input_has_its_own_error() {
    let refused = |change: fn(&mut AccountSnapshot), assets| {
        let mut snapshot = snapshot();
        change(&mut snapshot);
        let before = snapshot.clone();
        let error = supply(&mut snapshot, assets).unwrap_err();
        assert_eq!(snapshot, before);
        error
    };
    assert_eq!(refused(|_| {}, 0), Error::ZeroAmount);
    assert_eq!(
        refused(|snapshot| config(snapshot, USD).borrowable = false, 1),
        Error::NotBorrowable
    );
    assert_eq!(refused(|snapshot| config(snapshot, USD).frozen = true, 1), Error::Frozen);
    assert_eq!(refused(|_| {}, 1_000_000_000 * DOLLAR), Error::SupplyCapExceeded);
    assert_eq!(refused(|_| {}, u128::MAX), Error::Overflow);
    let mut snapshot = snapshot();
    let unknown = breakwater_protocol::Action::Supply { asset: 7, assets: 1 };
    assert_eq!(act(&mut snapshot, unknown), Err(Error::UnknownAsset));
}

#[test]
fn the_cap_counts_interest_and_holds_to_the_unit() {
    let mut snapshot = snapshot();
    config(&mut snapshot, USD).supply_cap = 1_000_010 * DOLLAR;
    assert_eq!(supply(&mut snapshot, 10 * DOLLAR + 1), Err(Error::SupplyCapExceeded));
    assert!(supply(&mut snapshot, 10 * DOLLAR).is_ok());
}

#[test]
fn an_account_has_few_places() {
    let mut account = breakwater_protocol::Account::default();
    for asset in 0..MAX_POSITIONS as u8 {
        let mut position = account.position(asset);
        position.collateral = 1;
        account.set_position(position).unwrap();
    }
    let mut one_more = account.position(MAX_POSITIONS as u8);
    one_more.collateral = 1;
    assert_eq!(account.set_position(one_more), Err(Error::TooManyPositions));
    let mut emptied = account.position(3);
    emptied.collateral = 0;
    account.set_position(emptied).unwrap();
    assert!(account.set_position(one_more).is_ok());
}

#[test]
fn a_donation_or_a_dust_deposit_does_not_rob_the_next_lender() {
    // OpenZeppelin's attack: supply one unit, inflate, wait for the victim. Balances are internal,
    // so all the attacker could do is to earn interest; even a pot inflated 10^9 times leaves
    // the victim's loss below what the attacker lost. Blend's vector has the same amounts.
    if let Some(vector) = vector("blend-inflation") {
        assert_eq!(vector["input"]["attacker_donation"], 1_000_000_000);
        assert_eq!(vector["input"]["victim_supply"], 420_000_000);
    }
    let pot = Pot { assets: 1 + 1_000_000_000, shares: 1_000_000 };
    let victim = to_shares_down(420_000_000, pot).unwrap();
    let after = Pot { assets: pot.assets + 420_000_000, shares: pot.shares + victim };
    let back = to_assets_down(victim, after).unwrap();
    assert!(420_000_000 - back < 1_000, "lost {}", 420_000_000 - back);
}
