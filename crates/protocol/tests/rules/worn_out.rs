//! After a total loss: what was lent is worth nothing, can be given up, and the reserve can be lent to
//! again (§ 1.2).

use crate::common::*;
use breakwater_protocol::{
    actions::Outcome,
    backstop,
    num::{math::WAD, shares::VIRTUAL_SHARES},
    Account, AccountSnapshot, Action, Error, Level, ReserveConfig, VaultStake, ALL,
};

/// A lender's account beside a loan of all that is lent.
fn lost(decimals: u8, lent: u128) -> (AccountSnapshot, Account) {
    let mut usd = usd_config();
    usd.decimals = decimals;
    usd.supply_cap = u128::MAX >> 8;
    let mut snapshot = AccountSnapshot::new(START_MS, params(), Account::default());
    for (asset, config) in [(ETH, eth_config()), (USD, usd)] {
        let reserve = breakwater_protocol::Reserve::new(config, START_MS).unwrap();
        snapshot.add_reserve(asset, reserve).unwrap();
    }
    supply(&mut snapshot, lent).unwrap();
    let lender = core::mem::take(&mut snapshot.account);
    place_loan(&mut snapshot, 0, lent);
    let shares = snapshot.account.position(USD).debt_shares;
    snapshot.reserve_mut(USD).unwrap().write_off(lent, shares, HOUR_MS, START_MS).unwrap();
    snapshot.account = Account::default();
    let balances = reserve(&snapshot, USD).balances;
    assert_eq!((balances.cash, balances.borrowed), (0, 0));
    (snapshot, lender)
}

#[test]
fn a_reserve_that_lost_all_says_so_and_is_used_again_when_lenders_have_given_up() {
    // With 18 decimals the next supply was an overflow, with six a later one.
    for (decimals, lent) in [(6, 1_000_000 * DOLLAR), (18, 1_000_000 * ETHER), (0, 10_000_000)] {
        let (mut snapshot, lender) = lost(decimals, lent);
        assert_eq!(supply(&mut snapshot, lent), Err(Error::SharesWornOut), "{decimals}");
        let mut stake = VaultStake::default();
        let refused = backstop::deposit(&mut snapshot.clone(), USD, &mut stake, lent);
        assert_eq!(refused.unwrap_err(), Error::SharesWornOut);

        // Whatever stands in the way of other things.
        config(&mut snapshot, USD).frozen = true;
        let now_ms = snapshot.now_ms;
        snapshot.guard.raise(Level::Halted, HOUR_MS, HOUR_MS, now_ms).unwrap();
        snapshot.account = lender;
        let shares = snapshot.account.position(USD).supply_shares;
        let given_up = Outcome::Withdrawn { asset: USD, assets: 0, shares };
        assert_eq!(withdraw(&mut snapshot, ALL), Ok(given_up));
        assert!(snapshot.account.is_empty());

        config(&mut snapshot, USD).frozen = false;
        supply(&mut snapshot, lent).unwrap();
        assert_eq!(
            withdraw(&mut snapshot, ALL).map(|done| matches!(
                done,
                Outcome::Withdrawn { assets, .. } if assets == lent
            )),
            Ok(true)
        );
    }
}

#[test]
fn a_loss_of_less_than_all_but_a_millionth_stops_nobody() {
    let mut snapshot = snapshot();
    place_loan(&mut snapshot, 0, 999_998 * DOLLAR);
    let shares = snapshot.account.position(USD).debt_shares;
    snapshot.account = Account::default();
    let reserve = snapshot.reserve_mut(USD).unwrap();
    reserve.write_off(999_998 * DOLLAR, shares, HOUR_MS, START_MS).unwrap();
    supply(&mut snapshot, 1_000_000 * DOLLAR).unwrap();
    // Two dollars are a millionth and the same again; half a dollar is less.
    let reserve = snapshot.reserve_mut(USD).unwrap();
    let all = reserve.balances.cash;
    reserve.balances.cash = all / 2_000_000;
    assert_eq!(supply(&mut snapshot, DOLLAR), Err(Error::SharesWornOut));
}

/// Dust that somebody lends for another takes four of eight places; in a frozen reserve, for good.
#[test]
fn dust_lent_for_somebody_can_be_given_up() {
    let mut snapshot = snapshot();
    // A share has grown to be worth a little more than it was.
    snapshot.reserve_mut(USD).unwrap().balances.cash += DOLLAR;
    supply(&mut snapshot, 1).unwrap();
    let shares = snapshot.account.position(USD).supply_shares;
    config(&mut snapshot, USD).frozen = true;
    let cash = reserve(&snapshot, USD).balances.cash;
    assert_eq!(withdraw(&mut snapshot, 1), Err(Error::InsufficientBalance));
    let given_up = Outcome::Withdrawn { asset: USD, assets: 0, shares };
    assert_eq!(withdraw(&mut snapshot, ALL), Ok(given_up));
    assert!(snapshot.account.is_empty());
    assert_eq!(reserve(&snapshot, USD).balances.cash, cash);
    assert_eq!(withdraw(&mut snapshot, ALL), Err(Error::InsufficientBalance));

    // In an auction too, and with none of it in cash.
    let mut snapshot = auctioned(1_500, 180 * WAD);
    snapshot.reserve_mut(USD).unwrap().balances.cash += DOLLAR;
    supply(&mut snapshot, 1).unwrap();
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    balances.borrowed += core::mem::take(&mut balances.cash);
    withdraw(&mut snapshot, ALL).unwrap();
    assert_eq!(snapshot.account.position(USD).supply_shares, 0);
}

/// What is given up is the other lenders', less than a unit each time: nothing that could be sold dear.
#[test]
fn giving_up_dust_raises_a_share_by_less_than_a_unit_in_all() {
    let mut snapshot = snapshot();
    let before = reserve(&snapshot, USD).balances.supplied().unwrap();
    for _ in 0..100 {
        snapshot.reserve_mut(USD).unwrap().balances.cash += 1;
        supply(&mut snapshot, 1).unwrap();
        let batch = [Action::Withdraw { asset: USD, assets: ALL }];
        run(&mut snapshot, &batch).unwrap();
    }
    let after = reserve(&snapshot, USD).balances.supplied().unwrap();
    assert_eq!(after.shares, before.shares);
    // A hundred donated, a hundred lent and given up.
    assert!(after.assets - before.assets <= 200);
}

/// Who lends up to what 128 bits hold would stop the reserve for good with the next interest: nobody could
/// repay, withdraw or be liquidated any more. With 24 decimals after a loss, 3,400 tokens were enough.
#[test]
fn no_supply_takes_the_room_that_interest_needs() {
    let token = 10u128.pow(24);
    let usd = ReserveConfig {
        decimals: 24,
        supply_cap: u128::MAX,
        borrow_cap: u128::MAX,
        rate: flat_rate(WAD / 10),
        ..usd_config()
    };
    let mut snapshot = snapshot_with(eth_config(), usd);
    snapshot.params.breaker = breakwater_protocol::breaker::BreakerConfig::by_hand();
    supply(&mut snapshot, 1_000 * token).unwrap();
    let lender = core::mem::take(&mut snapshot.account);
    // All but a hundred-thousandth is lost.
    place_loan(&mut snapshot, 0, 1_000 * token);
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    balances.cash = 0;
    let shares = snapshot.account.position(USD).debt_shares;
    let lost = 1_000 * token - token / 100;
    snapshot.reserve_mut(USD).unwrap().write_off(lost, shares, HOUR_MS, START_MS).unwrap();
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    balances.cash = core::mem::take(&mut balances.borrowed);
    snapshot.account = Account::default();

    // The most that anybody can lend, by halving.
    let (mut most, mut refused) = (token, u128::MAX / 2);
    while most + 1 < refused {
        let middle = most.midpoint(refused);
        match supply(&mut snapshot.clone(), middle) {
            Ok(_) => most = middle,
            Err(error) => {
                assert!(matches!(error, Error::SupplyCapExceeded | Error::Overflow));
                refused = middle;
            }
        }
    }
    supply(&mut snapshot, most).unwrap();
    let mut stake = VaultStake::default();
    let more = backstop::deposit(&mut snapshot.clone(), USD, &mut stake, token);
    assert_eq!(more.unwrap_err(), Error::SupplyCapExceeded);

    // Somebody borrows, and interest comes for years.
    let attacker = core::mem::take(&mut snapshot.account);
    deposit(&mut snapshot, ETH, 1_000 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 500 * token).unwrap();
    for _ in 0..20 {
        pass(&mut snapshot, 365 * DAY_MS);
    }
    repay(&mut snapshot, ALL).unwrap();
    for account in [lender, attacker] {
        snapshot.account = account;
        assert!(withdraw(&mut snapshot, ALL).is_ok());
    }
}

/// Where shares have grown past that by interest alone, the protocol's part stays with the lenders.
#[test]
fn interest_whose_shares_do_not_fit_stops_no_message() {
    let mut snapshot = borrower(1_000);
    config(&mut snapshot, USD).rate = flat_rate(WAD / 10);
    let lent = reserve(&snapshot, USD).balances.supply_shares;
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    balances.supply_shares = u128::MAX - VIRTUAL_SHARES - lent;
    balances.backstop_shares = balances.supply_shares / 2;
    pass(&mut snapshot, 365 * DAY_MS);
    repay(&mut snapshot, ALL).unwrap();
    let balances = reserve(&snapshot, USD).balances;
    assert!(balances.supply_shares <= u128::MAX - VIRTUAL_SHARES);
    assert!(balances.cash > 1_000_000 * DOLLAR);
}
