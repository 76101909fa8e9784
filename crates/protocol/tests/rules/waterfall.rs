//! Insolvency: what is written off, who bears it, and that dust can't block it.

use crate::common::*;
use breakwater_protocol::{
    actions::recognise, backstop, math::WAD, shares::to_assets_down, Account, Borne, Error,
    Price, Reserve, ReserveConfig, Sheet, VaultStake, ALL,
};
use proptest::prelude::*;

const COIN: u8 = 2;

/// A reserve with lenders' money, a protocol's reserve and a backstop, of which some is lent.
fn books(lenders: u128, protocol: u128, pool: u128, lent: u128) -> Reserve {
    let mut reserve = Reserve::new(usd_config(), START_MS).unwrap();
    for assets in [lenders, protocol] {
        let pot = reserve.books.supplied().unwrap();
        let shares = breakwater_protocol::shares::to_shares_down(assets, pot).unwrap();
        reserve.books.cash += assets;
        reserve.books.supply_shares += shares;
        reserve.books.protocol_shares = shares;
    }
    if pool != 0 {
        let mut sheet = Sheet::new(START_MS, params(), Account::default());
        sheet.add_reserve(USD, reserve).unwrap();
        backstop::deposit(&mut sheet, USD, &mut VaultStake::default(), pool).unwrap();
        reserve = sheet.lines.remove(0).reserve;
    }
    reserve.books.cash -= lent;
    reserve.books.borrowed = lent;
    reserve.books.debt_shares = lent * 1_000_000;
    reserve
}

fn per_share(reserve: &Reserve) -> f64 {
    let pot = reserve.books.supplied().unwrap();
    pot.assets as f64 / pot.shares as f64
}

#[test]
fn the_protocol_first_then_the_backstop_up_to_its_share_then_lenders() {
    // 100 of the protocol's, 200 in the pool, of which one loss may take half.
    for (loss, by_protocol, by_backstop, by_lenders) in [
        (60, 60, 0, 0),
        (100, 100, 0, 0),
        (150, 100, 50, 0),
        (200, 100, 100, 0),
        (300, 100, 100, 100),
    ] {
        let mut reserve = books(10_000 * DOLLAR, 100 * DOLLAR, 200 * DOLLAR, 1_000 * DOLLAR);
        let before = reserve.clone();
        let borne =
            reserve.write_off(loss * DOLLAR, loss * DOLLAR * 1_000_000, HOUR_MS, START_MS).unwrap();
        let near = |units: u128, dollars: u128| units.abs_diff(dollars * DOLLAR) <= 2;
        assert!(near(borne.by_protocol, by_protocol), "{loss}: {borne:?}");
        assert!(near(borne.by_backstop, by_backstop), "{loss}: {borne:?}");
        assert!(near(borne.by_lenders, by_lenders), "{loss}: {borne:?}");
        let Borne { by_protocol, by_backstop, by_lenders } = borne;
        assert_eq!(by_protocol + by_backstop + by_lenders, loss * DOLLAR);
        assert_eq!(reserve.books.borrowed, before.books.borrowed - loss * DOLLAR);
        // 10,200 dollars are left where 10,300 were owned.
        let kept = per_share(&reserve) / per_share(&before);
        let expected = if by_lenders > 2 { 10_000.0 / 10_100.0 } else { 1.0 };
        assert!((kept - expected).abs() < 1e-6, "{loss}: {kept} {expected}");
    }
}

proptest! {
    /// However it falls out, the parts make up the loss, nobody gives more than he has, and what
    /// lenders own falls by their part and no more.
    #[test]
    fn the_parts_are_the_whole(
        lenders in 1u128..1_000_000,
        protocol in 0u128..10_000,
        pool in 0u128..100_000,
        lost_permille in 1u128..=1_000,
    ) {
        let lent = lenders * DOLLAR;
        let mut reserve = books(lent, protocol * DOLLAR, pool * DOLLAR, lent);
        let before = reserve.books;
        let loss = lent * lost_permille / 1_000;
        let borne = reserve.write_off(loss, loss * 1_000_000, HOUR_MS, START_MS).unwrap();
        prop_assert_eq!(borne.by_protocol + borne.by_backstop + borne.by_lenders, loss);
        let own = |books: &breakwater_protocol::Books| {
            let others = books.protocol_shares + books.backstop_shares;
            to_assets_down(books.supply_shares - others, books.supplied().unwrap()).unwrap()
        };
        let fell = own(&before).saturating_sub(own(&reserve.books));
        // The pool's and the protocol's rest bear the lenders' part too, by share price.
        prop_assert!(fell <= borne.by_lenders + 3, "{} {:?}", fell, borne);
        prop_assert!(borne.by_backstop <= pool * DOLLAR / 2 + 1);
    }
}

/// The borrower with a speck of a second collateral, insolvent at 120.
fn with_a_speck(units: u128) -> Sheet {
    let mut sheet = sheet();
    let coin = ReserveConfig { token: [3; 32], ..eth_config() };
    sheet.add_reserve(COIN, Reserve::new(coin, START_MS).unwrap()).unwrap();
    let now_ms = sheet.now_ms;
    sheet.line_mut(COIN).unwrap().price = Some(Price::exact(WAD, now_ms));
    deposit(&mut sheet, ETH, 10 * ETHER).unwrap();
    deposit(&mut sheet, COIN, units).unwrap();
    borrow(&mut sheet, USD, 1_500 * DOLLAR).unwrap();
    set_prices(&mut sheet, 120 * WAD);
    breakwater_protocol::actions::start_liquidation(&mut sheet, [9; 32], 0).unwrap();
    sheet
}

#[test]
fn dust_does_not_keep_an_insolvent_account_open() {
    // Half a dollar of COIN: below the threshold of one. The take of all the ETH closes the account
    // and the protocol keeps the speck.
    let mut sheet = with_a_speck(ETHER / 2);
    let taken = take(&mut sheet, ALL).unwrap();
    assert_eq!(taken.written_off.dust, [(COIN, ETHER / 2)]);
    assert_eq!(taken.written_off.bad_debt.len(), 1);
    assert!(sheet.account.is_empty() && taken.ended.is_some());
    assert_eq!(reserve(&sheet, COIN).books.protocol_collateral, ETHER / 2);

    // Two dollars' worth are sold first.
    let mut sheet = with_a_speck(2 * ETHER);
    let taken = take(&mut sheet, ALL).unwrap();
    assert!(taken.written_off.bad_debt.is_empty() && taken.ended.is_none());
    assert_eq!(recognise(&mut sheet.clone()).unwrap_err(), Error::StillCovered);
    // The speck's price falls to a tenth: nobody needs to take it.
    sheet.line_mut(COIN).unwrap().price = Some(Price::exact(WAD / 10, START_MS));
    let (lost, ended) = recognise(&mut sheet).unwrap();
    assert_eq!((lost.dust, lost.bad_debt.len()), (vec![(COIN, 2 * ETHER)], 1));
    assert!(sheet.account.is_empty() && ended.is_some());
}

#[test]
fn nothing_is_written_off_without_an_auction_or_at_a_bad_price() {
    let mut sheet = borrower(1_500);
    set_prices(&mut sheet, 1);
    assert_eq!(recognise(&mut sheet).unwrap_err(), Error::NoAuction);
    let mut sheet = auctioned(1_500, WAD / 1_000);
    sheet.line_mut(ETH).unwrap().price.as_mut().unwrap().good_for = 0;
    let refused = recognise(&mut sheet.clone()).unwrap_err();
    assert_eq!(refused, Error::PriceNotGoodForSettlement);
    set_prices(&mut sheet, WAD / 1_000);
    recognise(&mut sheet).unwrap();
}
