//! Several actions with one check at the end.

use crate::common::*;
use breakwater_protocol::{
    actions::{self, Payment, MAX_ACTIONS},
    num::math::WAD,
    Account, Action, Error, ALL,
};

const DEPOSIT: Action =
    Action::DepositCollateral { asset: ETH, amount: 10 * ETHER, excess_to_supply: false };

#[test]
fn health_is_checked_once_at_the_end() {
    // Borrowing first would be refused alone.
    let borrow = Action::Borrow { asset: USD, assets: 1_500 * DOLLAR };
    let mut snapshot = snapshot();
    assert_eq!(act(&mut snapshot, borrow), Err(Error::InsufficientCollateral));
    run(&mut snapshot, &[borrow, DEPOSIT]).unwrap();
    assert_eq!(
        run(&mut snapshot, &[Action::Borrow { asset: USD, assets: DOLLAR }, DEPOSIT])
            .map(|done| done.len()),
        Ok(2)
    );
}

#[test]
fn one_that_fails_undoes_all() {
    let mut snapshot = snapshot();
    let before = snapshot.clone();
    let too_much = Action::Borrow { asset: USD, assets: 1_500 * DOLLAR + 1 };
    assert_eq!(run(&mut snapshot, &[DEPOSIT, too_much]), Err(Error::InsufficientCollateral));
    assert_eq!(snapshot, before);
}

#[test]
fn leaving_in_one_batch_needs_no_price() {
    let mut snapshot = borrower(1_500);
    snapshot.reserves.iter_mut().for_each(|priced| priced.price = None);
    let repay = Action::Repay { asset: USD, assets: ALL };
    let leave = Action::WithdrawCollateral { asset: ETH, amount: ALL };
    run(&mut snapshot, &[repay, leave]).unwrap();
    assert!(snapshot.account.is_empty());
}

#[test]
fn tokens_move_on_balance() {
    let mut snapshot = borrower(500);
    let outcomes = run(
        &mut snapshot,
        &[
            Action::Repay { asset: USD, assets: 300 * DOLLAR },
            DEPOSIT,
            Action::Borrow { asset: USD, assets: 1_000 * DOLLAR },
            Action::WithdrawCollateral { asset: ETH, amount: 10 * ETHER },
        ],
    )
    .unwrap();
    let balance = actions::payments(&snapshot, &outcomes).unwrap();
    assert_eq!(
        balance,
        [
            Payment { asset: USD, token: usd_config().token, paid_in: 0, paid_out: 700 * DOLLAR },
            Payment { asset: ETH, token: eth_config().token, paid_in: 0, paid_out: 0 },
        ]
    );
}

#[test]
fn empty_and_endless_batches_are_refused() {
    let account = Account::default();
    assert_eq!(actions::plan(&account, &[]), Err(Error::BatchOutOfRange));
    assert_eq!(
        actions::plan(&account, &vec![DEPOSIT; MAX_ACTIONS + 1]),
        Err(Error::BatchOutOfRange)
    );
}

#[test]
fn the_plan_names_what_must_be_loaded() {
    let account = borrower(500).account;
    let plan = |actions: &[Action]| {
        let plan = actions::plan(&account, actions).unwrap();
        (plan.assets, plan.prices)
    };
    let repay = Action::Repay { asset: USD, assets: 1 };
    let withdraw = Action::WithdrawCollateral { asset: ETH, amount: 1 };
    assert_eq!(plan(&[repay]), (vec![USD], false));
    assert_eq!(plan(&[DEPOSIT]), (vec![ETH], false));
    assert_eq!(plan(&[withdraw]), (vec![ETH, USD], true));
    assert_eq!(plan(&[repay, DEPOSIT]), (vec![USD, ETH], false));
    let in_auction = auctioned(1_500, 180 * WAD).account;
    assert_eq!(actions::plan(&in_auction, &[repay]).unwrap().assets, [USD, ETH]);
    // Without debt nothing must be known to take collateral back.
    let mut free = snapshot();
    deposit(&mut free, ETH, ETHER).unwrap();
    assert!(!actions::plan(&free.account, &[withdraw]).unwrap().prices);
}

#[test]
fn others_may_help_and_no_more() {
    let account = borrower(500).account;
    let allowed = |action| actions::permit_others(&account, &[action]).is_ok();
    assert!(allowed(Action::Repay { asset: USD, assets: 1 }));
    assert!(allowed(DEPOSIT));
    assert!(allowed(Action::Supply { asset: 5, assets: 1 }));
    assert!(!allowed(Action::DepositCollateral { asset: 5, amount: 1, excess_to_supply: false }));
    assert!(!allowed(Action::DepositCollateral { asset: ETH, amount: 1, excess_to_supply: true }));
    assert!(!allowed(Action::Withdraw { asset: USD, assets: 1 }));
    assert!(!allowed(Action::WithdrawCollateral { asset: ETH, amount: 1 }));
    assert!(!allowed(Action::Borrow { asset: USD, assets: 1 }));
    // Half of the places stay the owner's.
    let mut crowded = account.clone();
    for asset in 2..4 {
        let mut position = crowded.position(asset);
        position.supply_shares = 1;
        crowded.set_position(position).unwrap();
    }
    let lend = |asset| actions::permit_others(&crowded, &[Action::Supply { asset, assets: 1 }]);
    assert_eq!(lend(5), Err(Error::NotYourAccount));
    assert_eq!(lend(2), Ok(()));
}
