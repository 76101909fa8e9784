//! Insolvency: what is written off, who bears it, and that dust can't block it.

use crate::common::*;
use breakwater_protocol::{
    actions::recognise,
    backstop,
    num::{math::WAD, shares::to_assets_down},
    Account, AccountSnapshot, Borne, Error, Price, Reserve, ReserveConfig, VaultStake, ALL,
};
use proptest::prelude::*;

const COIN: u8 = 2;

/// A reserve with lenders' money, a protocol's reserve and a backstop, of which some is lent.
fn balances(lenders: u128, protocol: u128, pool: u128, lent: u128) -> Reserve {
    let mut reserve = Reserve::new(usd_config(), START_MS).unwrap();
    for assets in [lenders, protocol] {
        let pot = reserve.balances.supplied().unwrap();
        let shares = breakwater_protocol::num::shares::to_shares_down(assets, pot).unwrap();
        reserve.balances.cash += assets;
        reserve.balances.supply_shares += shares;
        reserve.balances.protocol_shares = shares;
    }
    if pool != 0 {
        let mut snapshot = AccountSnapshot::new(START_MS, params(), Account::default());
        snapshot.add_reserve(USD, reserve).unwrap();
        backstop::deposit(&mut snapshot, USD, &mut VaultStake::default(), pool).unwrap();
        reserve = snapshot.reserves.remove(0).reserve;
    }
    reserve.balances.cash -= lent;
    reserve.balances.borrowed = lent;
    reserve.balances.debt_shares = lent * 1_000_000;
    reserve
}

fn per_share(reserve: &Reserve) -> f64 {
    let pot = reserve.balances.supplied().unwrap();
    pot.assets as f64 / pot.shares as f64
}

#[test]
fn the_protocol_first_then_the_backstop_up_to_its_share_then_lenders() {
    // 100 of the protocol's, 200 in the pool, of which the losses of a window may take half.
    for (loss, by_protocol, by_backstop, by_lenders) in [
        (60, 60, 0, 0),
        (100, 100, 0, 0),
        (150, 100, 50, 0),
        (200, 100, 100, 0),
        (300, 100, 100, 100),
    ] {
        let mut reserve = balances(10_000 * DOLLAR, 100 * DOLLAR, 200 * DOLLAR, 1_000 * DOLLAR);
        let before = reserve.clone();
        let borne =
            reserve.write_off(loss * DOLLAR, loss * DOLLAR * 1_000_000, HOUR_MS, START_MS).unwrap();
        let near = |units: u128, dollars: u128| units.abs_diff(dollars * DOLLAR) <= 2;
        assert!(near(borne.by_protocol, by_protocol), "{loss}: {borne:?}");
        assert!(near(borne.by_backstop, by_backstop), "{loss}: {borne:?}");
        assert!(near(borne.by_lenders, by_lenders), "{loss}: {borne:?}");
        let Borne { by_protocol, by_backstop, by_lenders } = borne;
        assert_eq!(by_protocol + by_backstop + by_lenders, loss * DOLLAR);
        assert_eq!(reserve.balances.borrowed, before.balances.borrowed - loss * DOLLAR);
        // 10,200 dollars are left where 10,300 were owned.
        let kept = per_share(&reserve) / per_share(&before);
        let expected = if by_lenders > 2 { 10_000.0 / 10_100.0 } else { 1.0 };
        assert!((kept - expected).abs() < 1e-6, "{loss}: {kept} {expected}");
    }
}

/// A half of the pool for all losses of a window together, not for each of them.
#[test]
fn losses_of_a_window_take_the_backstops_share_once() {
    let mut reserve = balances(10_000 * DOLLAR, 0, 200 * DOLLAR, 1_000 * DOLLAR);
    let mut bears = |after_ms: u64, loss: u128| {
        let (assets, now_ms) = (loss * DOLLAR, START_MS + after_ms);
        let borne = reserve.write_off(assets, assets * 1_000_000, HOUR_MS, now_ms).unwrap();
        assert_eq!(borne.by_backstop + borne.by_lenders, assets);
        (borne.by_backstop + DOLLAR / 2) / DOLLAR
    };
    assert_eq!([bears(0, 60), bears(0, 60), bears(0, 60)], [60, 40, 0]);
    // Half a window later half of the 100 is forgotten: (100 + 50) / 2 less 50.
    assert_eq!(bears(7 * DAY_MS / 2, 60), 25);
    // A window after that all of it: half of 75, less units of rounding.
    assert_eq!(bears(7 * DAY_MS / 2 + 7 * DAY_MS, 60), 37);
}

/// What is tied up counts in what the pool may bear, but only its money pays.
#[test]
fn the_backstop_bears_out_of_its_money_by_its_size() {
    let bears = |tied: u128, share_bps, loss: u128| {
        let mut reserve = balances(10_000 * DOLLAR, 0, 200 * DOLLAR, 1_000 * DOLLAR);
        reserve.config.backstop.loss_share_bps = share_bps;
        reserve.burn_backstop_up(tied * DOLLAR).unwrap();
        reserve.balances.cash -= tied * DOLLAR;
        reserve.vault.bought(0, 1, tied * DOLLAR).unwrap();
        let assets = loss * DOLLAR;
        let borne = reserve.write_off(assets, assets * 1_000_000, HOUR_MS, START_MS).unwrap();
        (borne.by_backstop + DOLLAR / 2) / DOLLAR
    };
    assert_eq!(bears(100, 2_500, 300), 50);
    assert_eq!(bears(100, 5_000, 300), 100);
    assert_eq!(bears(150, 5_000, 300), 50);
    assert_eq!(bears(0, 10_000, 300), 200);
    assert_eq!(bears(0, 0, 300), 0);
    // Money that nobody has a stake in bears what all lenders do.
    let mut reserve = balances(10_000 * DOLLAR, 0, 200 * DOLLAR, 1_000 * DOLLAR);
    reserve.vault.shares = 0;
    let borne = reserve.write_off(DOLLAR, 1_000_000 * DOLLAR, HOUR_MS, START_MS).unwrap();
    assert_eq!((borne.by_backstop, borne.by_lenders), (0, DOLLAR));
}

proptest! {
    /// However it falls out, the parts make up the loss, nobody gives more than they have, and what
    /// lenders own falls by their part and no more.
    #[test]
    fn the_parts_are_the_whole(
        lenders in 1u128..1_000_000,
        protocol in 0u128..10_000,
        pool in 0u128..100_000,
        lost_permille in 1u128..=1_000,
    ) {
        let lent = lenders * DOLLAR;
        let mut reserve = balances(lent, protocol * DOLLAR, pool * DOLLAR, lent);
        let before = reserve.balances;
        let loss = lent * lost_permille / 1_000;
        let borne = reserve.write_off(loss, loss * 1_000_000, HOUR_MS, START_MS).unwrap();
        prop_assert_eq!(borne.by_protocol + borne.by_backstop + borne.by_lenders, loss);
        let own = |balances: &breakwater_protocol::Balances| {
            let others = balances.protocol_shares + balances.backstop_shares;
            to_assets_down(balances.supply_shares - others, balances.supplied().unwrap()).unwrap()
        };
        let fell = own(&before).saturating_sub(own(&reserve.balances));
        // The pool's and the protocol's rest bear the lenders' part too, by share price.
        prop_assert!(fell <= borne.by_lenders + 3, "{} {:?}", fell, borne);
        prop_assert!(borne.by_backstop <= pool * DOLLAR / 2 + 1);
    }
}

/// The borrower with a speck of a second collateral, insolvent at 120.
fn with_a_speck(units: u128) -> AccountSnapshot {
    let mut snapshot = snapshot();
    let coin = ReserveConfig { token: [3; 32], ..eth_config() };
    snapshot.add_reserve(COIN, Reserve::new(coin, START_MS).unwrap()).unwrap();
    let now_ms = snapshot.now_ms;
    snapshot.priced_mut(COIN).unwrap().price = Some(Price::exact(WAD, now_ms));
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    deposit(&mut snapshot, COIN, units).unwrap();
    borrow(&mut snapshot, USD, 1_500 * DOLLAR).unwrap();
    set_prices(&mut snapshot, 120 * WAD);
    breakwater_protocol::actions::start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    snapshot
}

#[test]
fn dust_does_not_keep_an_insolvent_account_open() {
    // Half a dollar of COIN: below the threshold of one. The take of all the ETH closes the account
    // and the protocol keeps the speck.
    let mut snapshot = with_a_speck(ETHER / 2);
    let taken = take(&mut snapshot, ALL).unwrap();
    assert_eq!(taken.written_off.dust, [(COIN, ETHER / 2)]);
    assert_eq!(taken.written_off.bad_debt.len(), 1);
    assert!(snapshot.account.is_empty() && taken.ended.is_some());
    assert_eq!(reserve(&snapshot, COIN).balances.protocol_collateral, ETHER / 2);

    // Two dollars' worth are sold first.
    let mut snapshot = with_a_speck(2 * ETHER);
    let taken = take(&mut snapshot, ALL).unwrap();
    assert!(taken.written_off.bad_debt.is_empty() && taken.ended.is_none());
    assert_eq!(recognise(&mut snapshot.clone()).unwrap_err(), Error::StillCovered);
    // The speck's price falls to a tenth: nobody needs to take it.
    snapshot.priced_mut(COIN).unwrap().price = Some(Price::exact(WAD / 10, START_MS));
    let (lost, ended) = recognise(&mut snapshot).unwrap();
    assert_eq!((lost.dust, lost.bad_debt.len()), (vec![(COIN, 2 * ETHER)], 1));
    assert!(snapshot.account.is_empty() && ended.is_some());
}

#[test]
fn nothing_is_written_off_without_an_auction_or_at_a_bad_price() {
    let mut snapshot = borrower(1_500);
    set_prices(&mut snapshot, 1);
    assert_eq!(recognise(&mut snapshot).unwrap_err(), Error::NoAuction);
    let mut snapshot = auctioned(1_500, WAD / 1_000);
    snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().good_for = 0;
    let refused = recognise(&mut snapshot.clone()).unwrap_err();
    assert_eq!(refused, Error::PriceNotGoodForSettlement);
    set_prices(&mut snapshot, WAD / 1_000);
    recognise(&mut snapshot).unwrap();
}
