//! Room on the meter, through takes and sales of stock (§ G2, § G4): a cap for everybody together, a slice at
//! least, nothing for crumbs.

use crate::common::*;
use breakwater_protocol::{
    actions::{buy_stock, start_liquidation},
    auction::terms,
    gradual::Stock,
    num::math::WAD,
    Account, AccountSnapshot, Error, Pace, ReserveConfig, ALL,
};

/// A depth of 10 ETH, a cap of 0.3 % (3 ETH), a slice of 2 % of the depth (0.2 ETH), of which stock may use
/// nine tenths; the price falls by 100 bps a depth.
fn market() -> AccountSnapshot {
    let mut eth = eth_config();
    eth.liquidity.depth = 10 * ETHER;
    eth.liquidity.max_load_wad = 1_000 * WAD;
    eth.auction.alone = Pace { cap_ppm: 3_000, ..PACE };
    eth.auction.backed = eth.auction.alone;
    eth.auction.stock_share_bps = 9_000;
    eth.auction.fall_bps_per_depth = 100;
    let usd = ReserveConfig { min_debt: 10 * DOLLAR, ..usd_config() };
    snapshot_with(eth, usd)
}

/// Opens the loan of 10 ETH and 1,500 dollars; the account.
fn loan(snapshot: &mut AccountSnapshot) -> Account {
    snapshot.account = Account::default();
    set_prices(snapshot, 200 * WAD);
    deposit(snapshot, ETH, 10 * ETHER).unwrap();
    borrow(snapshot, USD, 1_500 * DOLLAR).unwrap();
    snapshot.account.clone()
}

/// Starts the auction of the account on the snapshot at 165, the common bonus being 0.
fn start(snapshot: &mut AccountSnapshot) {
    set_prices(snapshot, 165 * WAD);
    start_liquidation(snapshot, [9; 32], 0).unwrap();
    common_price(snapshot, 0);
}

fn one() -> AccountSnapshot {
    let mut snapshot = market();
    loan(&mut snapshot);
    start(&mut snapshot);
    snapshot
}

fn impact(snapshot: &AccountSnapshot) -> u64 {
    snapshot.touched(ETH).unwrap().meter.impact_wad
}

fn room(snapshot: &AccountSnapshot) -> u128 {
    terms(snapshot, &snapshot.health().unwrap(), ETH, USD).unwrap().max_sale
}

#[test]
fn a_take_is_cut_to_the_room_and_the_next_waits_for_a_slice() {
    let mut snapshot = one();
    assert_eq!(room(&snapshot), 3 * ETHER);
    // To the target (1,575 - 1,320) / (1.05 - 1.01 x 0.8) = 1,053.72 dollars are wanted; 3 ETH at 165
    // are 495, and with the fee 490.099009 buy them.
    let taken = take(&mut snapshot, ALL).unwrap();
    assert_eq!(taken.fill.repaid, 490_099_009);
    let sold = 490_099_008 * 1_000_000_000_000 / 165;
    assert_eq!(taken.fill.received, sold);
    // What the buyer got counts, in tenths of a depth: 0.2970297 %.
    assert_eq!(impact(&snapshot), u64::try_from(sold.div_ceil(1_000)).unwrap());
    assert!(snapshot.account.auction.is_some());
    // 0.0297 ETH have room: less than a slice, and less than what is wanted, for anyone.
    assert_eq!(take(&mut snapshot, ALL), Err(Error::VelocityLimitReached));
    assert_eq!(take(&mut snapshot, DOLLAR), Err(Error::VelocityLimitReached));
    // 0.2970297 x 2^(-t/30) is 0.28 after 2.555 minutes.
    pass(&mut snapshot, 153_000);
    assert_eq!(take(&mut snapshot.clone(), ALL), Err(Error::VelocityLimitReached));
    pass(&mut snapshot, 1_000);
    let before = room(&snapshot);
    assert!((ETHER / 5..ETHER / 5 + ETHER / 1_000).contains(&before), "{before}");
    take(&mut snapshot, ALL).unwrap();
}

/// What is wanted goes as long as it fits, however little it is.
#[test]
fn the_rest_that_is_wanted_needs_no_slice() {
    // 1 ETH of 165 against 150: (157.5 - 132) / 0.242 = 105.371901 dollars are wanted, 0.645004 ETH with
    // the fee; a slice is 2 ETH of a depth of 100.
    let mut snapshot = market();
    config(&mut snapshot, ETH).liquidity.depth = 100 * ETHER;
    deposit(&mut snapshot, ETH, ETHER).unwrap();
    borrow(&mut snapshot, USD, 150 * DOLLAR).unwrap();
    start(&mut snapshot);
    let at = |milli_eth: u64| {
        let mut snapshot = snapshot.clone();
        let meter = &mut snapshot.reserve_mut(ETH).unwrap().balances.gradual.meter;
        meter.impact_wad = 3_000_000_000_000_000 - milli_eth * 100_000_000_000;
        take(&mut snapshot, ALL).map(|taken| taken.ended.is_some())
    };
    assert_eq!([0, 645].map(at), [Err(Error::VelocityLimitReached); 2]);
    assert_eq!([646, 5_000].map(at), [Ok(true); 2]);
    // A slice is sold where it is not all, and nothing where there is less.
    let with = |impact_wad| {
        let mut snapshot = one();
        snapshot.reserve_mut(ETH).unwrap().balances.gradual.meter.impact_wad = impact_wad;
        take(&mut snapshot, ALL).map(|taken| taken.ended)
    };
    assert_eq!(with(2_800_000_000_000_000), Ok(None));
    assert_eq!(with(2_800_000_000_000_001), Err(Error::VelocityLimitReached));
}

#[test]
fn accounts_share_the_room() {
    let mut snapshot = market();
    let accounts = [loan(&mut snapshot), loan(&mut snapshot)];
    let [first, second] = accounts.map(|account| {
        snapshot.account = account;
        start(&mut snapshot);
        snapshot.account.clone()
    });
    assert_eq!(reserve(&snapshot, ETH).balances.gradual.waiting, 2);
    snapshot.account = second;
    let gone = take(&mut snapshot, 330 * DOLLAR).unwrap().fill.received;
    let second = core::mem::replace(&mut snapshot.account, first);
    // 2 ETH: whose they were does not matter.
    assert!(room(&snapshot).abs_diff(3 * ETHER - gone) <= 1_000);
    take(&mut snapshot, ALL).unwrap();
    assert_eq!(take(&mut snapshot, ALL), Err(Error::VelocityLimitReached));
    snapshot.account = second;
    assert_eq!(take(&mut snapshot, ALL), Err(Error::VelocityLimitReached));
}

/// The pool's stock has nine tenths of the same room: what is left of it is for accounts.
#[test]
fn stock_leaves_the_last_tenth_to_accounts() {
    let with_stock = || {
        let mut snapshot = one();
        snapshot.reserve_mut(ETH).unwrap().balances.backstop_collateral = 5 * ETHER;
        // What the stock brings buys nothing here.
        config(&mut snapshot, ETH).auction.pool_ltv_bps = 9_500;
        let vault = &mut snapshot.reserve_mut(USD).unwrap().vault;
        vault.shares = 900 * DOLLAR * 1_000_000;
        vault.stocks = vec![Stock { asset: ETH, units: 5 * ETHER, cost: 900 * DOLLAR }];
        snapshot
    };
    let mut snapshot = with_stock();
    let sold = buy_stock(&mut snapshot, &order(ALL, 0)).unwrap();
    assert_eq!((sold.received, sold.paid), (27 * ETHER / 10, 4_455 * DOLLAR / 10));
    assert_eq!(impact(&snapshot), 2_700_000_000_000_000);
    assert_eq!(buy_stock(&mut snapshot, &order(ALL, 0)), Err(Error::VelocityLimitReached));
    assert_eq!(room(&snapshot), 3 * ETHER / 10);
    take(&mut snapshot, ALL).unwrap();
    // And an account's sale leaves none to stock.
    let mut snapshot = with_stock();
    take(&mut snapshot, 460 * DOLLAR).unwrap();
    assert_eq!(buy_stock(&mut snapshot, &order(ALL, 0)), Err(Error::VelocityLimitReached));
}

/// At the floor nothing is sold, though the meter is empty: the price is a limit on what is sold.
#[test]
fn a_price_at_its_floor_has_no_room() {
    let mut snapshot = one();
    common_price(&mut snapshot, -300);
    assert_eq!(take(&mut snapshot, ALL), Err(Error::VelocityLimitReached));
    // A basis point above it a hundredth of a depth: less than a slice of two.
    common_price(&mut snapshot, -299);
    assert_eq!(room(&snapshot), ETHER / 10);
    assert_eq!(take(&mut snapshot, ALL), Err(Error::VelocityLimitReached));
    common_price(&mut snapshot, -298);
    let taken = take(&mut snapshot, ALL).unwrap();
    // 0.2 ETH at 165: 33 dollars, at -2.98 % and a fee of 1 % for 33.666598.
    assert_eq!(taken.fill.repaid, 33_666_598);
    assert!(reserve(&snapshot, ETH).balances.gradual.common.bonus_pico >= -30_000_000_000);
}

/// Each sale takes 100 bps a depth off the price: who buys next pays more.
#[test]
fn a_sale_makes_the_next_one_dearer() {
    let mut snapshot = one();
    common_price(&mut snapshot, 100);
    pass(&mut snapshot, 10 * MINUTE_MS);
    // 100 and 60 a minute; of its own the account has 600.
    assert_eq!(common_bps(&snapshot), 700);
    let bonus = |snapshot: &mut AccountSnapshot, dollars: u128| {
        let taken = take(snapshot, dollars * DOLLAR).unwrap();
        taken.fill.bonus_wad / 1_000_000_000_000
    };
    assert_eq!(bonus(&mut snapshot, 165), 60_000);
    // 1.06 ETH are 0.106 of a depth, 10.6 bps: still more than 600.
    assert_eq!(common_bps(&snapshot), 689);
    common_price(&mut snapshot, 500);
    // 1.05 ETH, 10.5 bps.
    assert_eq!((bonus(&mut snapshot, 165), bonus(&mut snapshot, 1)), (50_000, 48_950));
}
