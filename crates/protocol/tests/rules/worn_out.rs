//! After a total loss: what was lent is worth nothing, can be given up, and the reserve can be lent to
//! again (§ 1.2).

use crate::common::*;
use breakwater_protocol::{
    actions::Outcome, backstop, math::WAD, shares::VIRTUAL_SHARES, Account, Action, Error, Level,
    ReserveConfig, Sheet, VaultStake, ALL,
};

/// A lender's account beside a loan of all that is lent.
fn lost(decimals: u8, lent: u128) -> (Sheet, Account) {
    let mut usd = usd_config();
    usd.decimals = decimals;
    usd.supply_cap = u128::MAX >> 8;
    let mut sheet = Sheet::new(START_MS, params(), Account::default());
    for (asset, config) in [(ETH, eth_config()), (USD, usd)] {
        let reserve = breakwater_protocol::Reserve::new(config, START_MS).unwrap();
        sheet.add_reserve(asset, reserve).unwrap();
    }
    supply(&mut sheet, lent).unwrap();
    let lender = core::mem::take(&mut sheet.account);
    place_loan(&mut sheet, 0, lent);
    let shares = sheet.account.position(USD).debt_shares;
    sheet.reserve_mut(USD).unwrap().write_off(lent, shares, HOUR_MS, START_MS).unwrap();
    sheet.account = Account::default();
    let books = reserve(&sheet, USD).books;
    assert_eq!((books.cash, books.borrowed), (0, 0));
    (sheet, lender)
}

#[test]
fn a_reserve_that_lost_all_says_so_and_is_used_again_when_lenders_have_given_up() {
    // With 18 decimals the next supply was an overflow, with six a later one.
    for (decimals, lent) in [(6, 1_000_000 * DOLLAR), (18, 1_000_000 * ETHER), (0, 10_000_000)] {
        let (mut sheet, lender) = lost(decimals, lent);
        assert_eq!(supply(&mut sheet, lent), Err(Error::SharesWornOut), "{decimals}");
        let mut stake = VaultStake::default();
        let refused = backstop::deposit(&mut sheet.clone(), USD, &mut stake, lent);
        assert_eq!(refused.unwrap_err(), Error::SharesWornOut);

        // Whatever stands in the way of other things.
        config(&mut sheet, USD).frozen = true;
        let now_ms = sheet.now_ms;
        sheet.guard.raise(Level::Halted, HOUR_MS, HOUR_MS, now_ms).unwrap();
        sheet.account = lender;
        let shares = sheet.account.position(USD).supply_shares;
        let given_up = Outcome::Withdrawn { asset: USD, assets: 0, shares };
        assert_eq!(withdraw(&mut sheet, ALL), Ok(given_up));
        assert!(sheet.account.is_empty());

        config(&mut sheet, USD).frozen = false;
        supply(&mut sheet, lent).unwrap();
        assert_eq!(
            withdraw(&mut sheet, ALL).map(|done| matches!(
                done,
                Outcome::Withdrawn { assets, .. } if assets == lent
            )),
            Ok(true)
        );
    }
}

#[test]
fn a_loss_of_less_than_all_but_a_millionth_stops_nobody() {
    let mut sheet = sheet();
    place_loan(&mut sheet, 0, 999_998 * DOLLAR);
    let shares = sheet.account.position(USD).debt_shares;
    sheet.account = Account::default();
    let reserve = sheet.reserve_mut(USD).unwrap();
    reserve.write_off(999_998 * DOLLAR, shares, HOUR_MS, START_MS).unwrap();
    supply(&mut sheet, 1_000_000 * DOLLAR).unwrap();
    // Two dollars are a millionth and the same again; half a dollar is less.
    let reserve = sheet.reserve_mut(USD).unwrap();
    let all = reserve.books.cash;
    reserve.books.cash = all / 2_000_000;
    assert_eq!(supply(&mut sheet, DOLLAR), Err(Error::SharesWornOut));
}

/// Dust that somebody lends for another takes four of eight places; in a frozen reserve, for good.
#[test]
fn dust_lent_for_somebody_can_be_given_up() {
    let mut sheet = sheet();
    // A share has grown to be worth a little more than it was.
    sheet.reserve_mut(USD).unwrap().books.cash += DOLLAR;
    supply(&mut sheet, 1).unwrap();
    let shares = sheet.account.position(USD).supply_shares;
    config(&mut sheet, USD).frozen = true;
    let cash = reserve(&sheet, USD).books.cash;
    assert_eq!(withdraw(&mut sheet, 1), Err(Error::InsufficientBalance));
    let given_up = Outcome::Withdrawn { asset: USD, assets: 0, shares };
    assert_eq!(withdraw(&mut sheet, ALL), Ok(given_up));
    assert!(sheet.account.is_empty());
    assert_eq!(reserve(&sheet, USD).books.cash, cash);
    assert_eq!(withdraw(&mut sheet, ALL), Err(Error::InsufficientBalance));

    // In an auction too, and with none of it in cash.
    let mut sheet = auctioned(1_500, 180 * WAD);
    sheet.reserve_mut(USD).unwrap().books.cash += DOLLAR;
    supply(&mut sheet, 1).unwrap();
    let books = &mut sheet.reserve_mut(USD).unwrap().books;
    books.borrowed += core::mem::take(&mut books.cash);
    withdraw(&mut sheet, ALL).unwrap();
    assert_eq!(sheet.account.position(USD).supply_shares, 0);
}

/// What is given up is the other lenders', less than a unit each time: nothing that could be sold dear.
#[test]
fn giving_up_dust_raises_a_share_by_less_than_a_unit_in_all() {
    let mut sheet = sheet();
    let before = reserve(&sheet, USD).books.supplied().unwrap();
    for _ in 0..100 {
        sheet.reserve_mut(USD).unwrap().books.cash += 1;
        supply(&mut sheet, 1).unwrap();
        let batch = [Action::Withdraw { asset: USD, assets: ALL }];
        run(&mut sheet, &batch).unwrap();
    }
    let after = reserve(&sheet, USD).books.supplied().unwrap();
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
    let mut sheet = sheet_with(eth_config(), usd);
    sheet.params.breaker = breakwater_protocol::breaker::BreakerConfig::by_hand();
    supply(&mut sheet, 1_000 * token).unwrap();
    let lender = core::mem::take(&mut sheet.account);
    // All but a hundred-thousandth is lost.
    place_loan(&mut sheet, 0, 1_000 * token);
    let books = &mut sheet.reserve_mut(USD).unwrap().books;
    books.cash = 0;
    let shares = sheet.account.position(USD).debt_shares;
    let lost = 1_000 * token - token / 100;
    sheet.reserve_mut(USD).unwrap().write_off(lost, shares, HOUR_MS, START_MS).unwrap();
    let books = &mut sheet.reserve_mut(USD).unwrap().books;
    books.cash = core::mem::take(&mut books.borrowed);
    sheet.account = Account::default();

    // The most that anybody can lend, by halving.
    let (mut most, mut refused) = (token, u128::MAX / 2);
    while most + 1 < refused {
        let middle = most.midpoint(refused);
        match supply(&mut sheet.clone(), middle) {
            Ok(_) => most = middle,
            Err(error) => {
                assert!(matches!(error, Error::SupplyCapExceeded | Error::Overflow));
                refused = middle;
            }
        }
    }
    supply(&mut sheet, most).unwrap();
    let mut stake = VaultStake::default();
    let more = backstop::deposit(&mut sheet.clone(), USD, &mut stake, token);
    assert_eq!(more.unwrap_err(), Error::SupplyCapExceeded);

    // Somebody borrows, and interest comes for years.
    let attacker = core::mem::take(&mut sheet.account);
    deposit(&mut sheet, ETH, 1_000 * ETHER).unwrap();
    borrow(&mut sheet, USD, 500 * token).unwrap();
    for _ in 0..20 {
        pass(&mut sheet, 365 * DAY_MS);
    }
    repay(&mut sheet, ALL).unwrap();
    for account in [lender, attacker] {
        sheet.account = account;
        assert!(withdraw(&mut sheet, ALL).is_ok());
    }
}

/// Where shares have grown past that by interest alone, the protocol's part stays with the lenders.
#[test]
fn interest_whose_shares_do_not_fit_stops_no_message() {
    let mut sheet = borrower(1_000);
    config(&mut sheet, USD).rate = flat_rate(WAD / 10);
    let lent = reserve(&sheet, USD).books.supply_shares;
    let books = &mut sheet.reserve_mut(USD).unwrap().books;
    books.supply_shares = u128::MAX - VIRTUAL_SHARES - lent;
    books.backstop_shares = books.supply_shares / 2;
    pass(&mut sheet, 365 * DAY_MS);
    repay(&mut sheet, ALL).unwrap();
    let books = reserve(&sheet, USD).books;
    assert!(books.supply_shares <= u128::MAX - VIRTUAL_SHARES);
    assert!(books.cash > 1_000_000 * DOLLAR);
}
