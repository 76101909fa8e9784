//! Depositing and withdrawing collateral.

use crate::common::*;
use breakwater_protocol::{actions::Outcome, num::math::WAD, AccountSnapshot, Action, Error, ALL};

#[test]
fn collateral_comes_back_without_prices_when_there_is_no_debt() {
    let mut snapshot = snapshot();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    for priced in &mut snapshot.reserves {
        priced.price = None;
    }
    let done = withdraw_collateral(&mut snapshot, ETH, ALL).unwrap();
    assert_eq!(done, Outcome::CollateralWithdrawn { asset: ETH, amount: 10 * ETHER });
    assert!(snapshot.account.is_empty());
}

#[test]
fn with_debt_only_what_ltv_spares_comes_back() {
    // 600 dollars of debt need 800 dollars at 75 %: 4 ETH at 200.
    let mut snapshot = borrower(600);
    assert_eq!(
        withdraw_collateral(&mut snapshot, ETH, 6 * ETHER + 1),
        Err(Error::InsufficientCollateral)
    );
    withdraw_collateral(&mut snapshot, ETH, 6 * ETHER).unwrap();
}

#[test]
fn bad_input_has_its_own_error() {
    let refused = |change: fn(&mut AccountSnapshot), amount| {
        let mut snapshot = snapshot();
        change(&mut snapshot);
        deposit(&mut snapshot, ETH, amount).unwrap_err()
    };
    assert_eq!(refused(|_| {}, 0), Error::ZeroAmount);
    assert_eq!(
        refused(|snapshot| config(snapshot, ETH).collateral = false, 1),
        Error::NotCollateral
    );
    assert_eq!(refused(|snapshot| config(snapshot, ETH).frozen = true, 1), Error::Frozen);
    assert_eq!(refused(|_| {}, 1_000_000 * ETHER + 1), Error::CollateralCapExceeded);
    let mut snapshot = snapshot();
    assert_eq!(deposit(&mut snapshot, USD, 1), Err(Error::NotCollateral));
    assert_eq!(withdraw_collateral(&mut snapshot, ETH, 0), Err(Error::ZeroAmount));
    assert_eq!(withdraw_collateral(&mut snapshot, ETH, 1), Err(Error::InsufficientBalance));
    let mut snapshot = auctioned(1_500, 180 * WAD);
    assert_eq!(withdraw_collateral(&mut snapshot, ETH, 1), Err(Error::AuctionRunning));
}

#[test]
fn a_top_up_is_never_refused_for_a_cap_or_a_freeze() {
    for mut snapshot in [borrower(1_500), auctioned(1_500, 180 * WAD)] {
        config(&mut snapshot, ETH).collateral_cap = 0;
        config(&mut snapshot, ETH).liquidity.depth = 1;
        config(&mut snapshot, ETH).frozen = true;
        config(&mut snapshot, ETH).collateral = false;
        snapshot.reserves.iter_mut().for_each(|priced| priced.price = None);
        deposit(&mut snapshot, ETH, ETHER).unwrap();
    }
}

#[test]
fn the_load_cap_refuses_or_turns_to_supply() {
    // Depth 10 ETH, load at most 4: 40 ETH of debt capacity, 50 ETH of collateral at 80 %.
    let mut eth = eth_config();
    eth.liquidity.depth = 10 * ETHER;
    eth.liquidity.max_load_wad = 4 * WAD;
    eth.borrowable = true;
    eth.supply_cap = 100 * ETHER;
    let mut snapshot = snapshot_with(eth, usd_config());
    deposit(&mut snapshot, ETH, 30 * ETHER).unwrap();
    assert_eq!(deposit(&mut snapshot, ETH, 20 * ETHER + 1), Err(Error::LoadCapExceeded));
    let asked =
        Action::DepositCollateral { asset: ETH, amount: 25 * ETHER, excess_to_supply: true };
    let done = run(&mut snapshot, &[asked]).unwrap();
    assert_eq!(done[0], Outcome::CollateralDeposited { asset: ETH, amount: 20 * ETHER });
    assert!(matches!(done[1], Outcome::Supplied { asset: ETH, assets, .. } if assets == 5 * ETHER));
    // Full: all of the next goes to supply.
    let done = run(&mut snapshot, &[asked]).unwrap();
    assert!(matches!(done[..], [Outcome::Supplied { assets, .. }] if assets == 25 * ETHER));
}

#[test]
fn nothing_may_be_borrowed_above_the_load_cap() {
    // A borrower tops up beyond the cap, which is always allowed, and wants more debt for it.
    let mut eth = eth_config();
    eth.liquidity.depth = 10 * ETHER;
    eth.liquidity.max_load_wad = WAD;
    let mut snapshot = snapshot_with(eth, usd_config());
    deposit(&mut snapshot, ETH, 12 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 1_000 * DOLLAR).unwrap();
    deposit(&mut snapshot, ETH, 100 * ETHER).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, DOLLAR), Err(Error::LoadCapExceeded));
    withdraw_collateral(&mut snapshot, ETH, 100 * ETHER).unwrap();
    borrow(&mut snapshot, USD, DOLLAR).unwrap();
}
