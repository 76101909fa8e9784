//! Sales and the pool behind them, seen through the lens.

use crate::common::*;
use breakwater_protocol::{
    actions::{self, start_liquidation},
    gradual::Stock,
    lens::{self, BackstopView, Quote, SaleView},
    num::math::WAD,
    AccountSnapshot, Error, FuseConfig, Level, Pace, VaultStake, ALL,
};

/// An account in auction at 180, a depth of 10 ETH, a cap of 0.3 %; 150 dollars in the pool and an ETH that
/// cost 150.
fn scene() -> AccountSnapshot {
    let mut snapshot = borrower(1_500);
    let eth = config(&mut snapshot, ETH);
    eth.liquidity.depth = 10 * ETHER;
    eth.auction.alone = Pace { cap_ppm: 3_000, rise_mbps_per_min: 8_000, urgency_bps: 0 };
    eth.auction.backed = Pace { cap_ppm: 2_000, rise_mbps_per_min: 2_000, urgency_bps: 0 };
    stake(&mut snapshot, &mut VaultStake::default(), 300);
    let reserve = snapshot.reserve_mut(USD).unwrap();
    reserve.burn_backstop_up(150 * DOLLAR).unwrap();
    reserve.balances.cash -= 150 * DOLLAR;
    reserve.vault.bought(ETH, ETHER, 150 * DOLLAR).unwrap();
    snapshot.reserve_mut(ETH).unwrap().balances.backstop_collateral = ETHER;
    set_prices(&mut snapshot, 180 * WAD);
    start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    common_price(&mut snapshot, 100);
    snapshot
}

#[test]
fn a_sale_as_it_would_be_now() {
    let mut snapshot = scene();
    snapshot.reserve_mut(ETH).unwrap().balances.gradual.meter.impact_wad = 1_000_000_000_000_000;
    pass(&mut snapshot, 30 * MINUTE_MS);
    let view = lens::sale(snapshot.clone(), ETH).unwrap();
    // 100 and 30 x 8; a half of 0.1 % is left of the meter.
    assert_eq!(view.bonus_wad, 34_000_000_000_000_000);
    assert!((500_000_000_000_000..500_000_000_000_064).contains(&view.impact_wad));
    let near = |units: u128, milli: u128| units.abs_diff(milli * ETHER / 1_000) <= 1_000;
    // 0.25 % and 0.7 x 0.3 % - 0.05 % of 10 ETH for each per cent.
    assert!(near(view.room, 2_500) && near(view.stock_room, 1_600), "{view:?}");
    let pace = Pace { cap_ppm: 3_000, rise_mbps_per_min: 8_000, urgency_bps: 0 };
    let want = SaleView {
        impact_wad: view.impact_wad,
        room: view.room,
        stock_room: view.stock_room,
        bonus_wad: view.bonus_wad,
        cap_wad: 3_000_000_000_000_000,
        pace,
        waiting: 1,
        stock: ETHER,
        settles_since_ms: Some(0),
        fuse_wad: WAD,
    };
    assert_eq!(view, want);
    assert_eq!(lens::sale(snapshot, 9).unwrap_err(), Error::UnknownAsset);
}

#[test]
fn its_pace_and_since_when_it_can_be() {
    let mut snapshot = scene();
    config(&mut snapshot, ETH).auction.backed_by = Some(USD);
    // 300 of a target of 225, half of it tied: 1 - 0.15 / 4 of the way.
    let view = lens::sale(snapshot.clone(), ETH).unwrap();
    let pace = Pace { cap_ppm: 2_037, rise_mbps_per_min: 2_225, urgency_bps: 0 };
    assert_eq!((view.pace, view.cap_wad), (pace, 2_037_000_000_000_000));
    pass(&mut snapshot, HOUR_MS);
    let back_ms = snapshot.now_ms - MINUTE_MS;
    snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().good_since_ms = back_ms;
    assert_eq!(lens::sale(snapshot.clone(), ETH).unwrap().settles_since_ms, Some(back_ms));
    let mut halted = snapshot.clone();
    let now_ms = halted.now_ms;
    halted.guard.raise(Level::Halted, HOUR_MS, HOUR_MS, now_ms).unwrap();
    assert_eq!(lens::sale(halted, ETH).unwrap().settles_since_ms, None);
    snapshot.priced_mut(ETH).unwrap().price = None;
    let view = lens::sale(snapshot, ETH).unwrap();
    assert_eq!((view.settles_since_ms, view.waiting), (None, 1));
    // The fuse: five depths of late carry a half.
    let mut blown = scene();
    config(&mut blown, ETH).liquidity.fuse = FuseConfig::default();
    let now_ms = blown.now_ms;
    let inflow = &mut blown.reserve_mut(ETH).unwrap().balances.inflow;
    (inflow.depths_pico, inflow.at_ms) = (5_000_000_000_000, now_ms);
    assert_eq!(lens::sale(blown, ETH).unwrap().fuse_wad, WAD / 2);
}

#[test]
fn a_backstop_as_it_stands() {
    let snapshot = scene();
    let view = lens::backstop(reserve(&snapshot, USD)).unwrap();
    let want = BackstopView {
        money: 150 * DOLLAR,
        tied: 150 * DOLLAR,
        target: 225 * DOLLAR,
        // A third beyond the target: 4 % less a third of 3 %.
        premium_wad: 30_000_000_000_000_000,
        shares: 300_000_000_000_000,
        stocks: vec![Stock { asset: ETH, units: ETHER, cost: 150 * DOLLAR }],
    };
    assert!(
        want.money - view.money <= 1
            && view.premium_wad.abs_diff(want.premium_wad) <= WAD / 1_000_000
    );
    let (money, premium_wad) = (view.money, view.premium_wad);
    assert_eq!(view, BackstopView { money, premium_wad, ..want });
    // One without stakes.
    let none = lens::backstop(reserve(&borrower(1_000), USD)).unwrap();
    assert_eq!((none.money, none.tied, none.target, none.shares), (0, 0, 150 * DOLLAR, 0));
    assert_eq!(none.premium_wad, 8 * WAD / 100);
}

/// A quote is what the message would do.
#[test]
fn quotes_are_what_would_be_done() {
    let snapshot = scene();
    let ask = order(100 * DOLLAR, u128::MAX);
    let quote = lens::quote(snapshot.clone(), &ask).unwrap();
    let taken = take(&mut snapshot.clone(), 100 * DOLLAR).unwrap().fill;
    let want = Quote {
        repaid: taken.repaid,
        received: taken.received,
        bonus_wad: taken.bonus_wad,
        backstop_repaid: 0,
    };
    assert_eq!(quote, want);
    // Where the pool buys first: 149.999999 dollars, which are not enough to heal.
    let mut near = snapshot.clone();
    set_prices(&mut near, 178 * WAD);
    let quote = lens::quote(near.clone(), &order(ALL, 0)).unwrap();
    let taking = actions::take(&mut near.clone(), TAKER, &order(ALL, 0)).unwrap();
    let bought = taking.bought.unwrap().taken.fill.repaid;
    assert!(150 * DOLLAR - bought <= 1);
    assert_eq!((quote.backstop_repaid, quote.repaid), (bought, taking.taken.unwrap().fill.repaid));
    // Where it leaves nothing.
    stake(&mut near, &mut VaultStake::default(), 10_000);
    let quote = lens::quote(near, &order(ALL, 0)).unwrap();
    let nothing = Quote { backstop_repaid: quote.backstop_repaid, ..Quote::default() };
    assert!(quote.backstop_repaid > 600 * DOLLAR);
    assert_eq!(quote, nothing);

    let quote = lens::quote_stock(snapshot.clone(), &ask).unwrap();
    let sold = actions::buy_stock(&mut snapshot.clone(), &order(100 * DOLLAR, 0)).unwrap();
    assert_eq!((quote.repaid, quote.received), (sold.paid, sold.received));
    assert_eq!((quote.bonus_wad, quote.backstop_repaid), (10_000_000_000_000_000, 0));
    // 100 dollars at 180 and 1 %.
    assert_eq!(quote.received, 101 * ETHER / 180);
    assert_eq!(lens::quote(snapshot.clone(), &order(0, 0)), Err(Error::ZeroAmount));
    assert_eq!(lens::quote_stock(snapshot, &order(0, 0)), Err(Error::ZeroAmount));
}
