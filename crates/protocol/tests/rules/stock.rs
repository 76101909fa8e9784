//! The backstop sells what it has bought, to whoever calls: at the common price, as far as the meter has room,
//! and rounded against the buyer (§ G6).

use crate::common::*;
use breakwater_protocol::{
    actions::{buy_stock, StockSold},
    gradual::Stock,
    num::math::WAD,
    AccountSnapshot, Error, FlowLimit, Level, Order, Price, ALL,
};
use proptest::prelude::*;

/// A pool of 100 dollars and 5 ETH that cost 900, ETH at 180, at a common bonus.
fn scene(bonus_bps: i64) -> AccountSnapshot {
    let mut snapshot = snapshot();
    let mut staked = breakwater_protocol::VaultStake::default();
    stake(&mut snapshot, &mut staked, 1_000);
    snapshot.reserve_mut(USD).unwrap().burn_backstop_up(900 * DOLLAR).unwrap();
    let reserve = snapshot.reserve_mut(USD).unwrap();
    // As if debts of 900 had been repaid with it.
    reserve.balances.cash -= 900 * DOLLAR;
    reserve.vault.stocks = vec![Stock { asset: ETH, units: 5 * ETHER, cost: 900 * DOLLAR }];
    snapshot.reserve_mut(ETH).unwrap().balances.backstop_collateral = 5 * ETHER;
    set_prices(&mut snapshot, 180 * WAD);
    common_price(&mut snapshot, bonus_bps);
    snapshot
}

fn buy(snapshot: &mut AccountSnapshot, order: &Order) -> Result<StockSold, Error> {
    let mut next = snapshot.clone();
    let sold = buy_stock(&mut next, order)?;
    *snapshot = next;
    Ok(sold)
}

#[test]
fn whoever_calls_pays_the_common_price() {
    for (bonus_bps, received) in [
        // 90 dollars at 180: half an ETH, and 2 % less, 10 % more.
        (0, ETHER / 2),
        (-200, ETHER * 49 / 100),
        (1_000, ETHER * 55 / 100),
        // Within floor and highest.
        (2_500, ETHER * 55 / 100),
    ] {
        let mut snapshot = scene(bonus_bps);
        let before = snapshot.clone();
        let sold = buy(&mut snapshot, &order(90 * DOLLAR, 0)).unwrap();
        assert_eq!((sold.paid, sold.received), (90 * DOLLAR, received), "{bonus_bps}");
        assert_eq!(sold.bonus_wad, i128::from(bonus_bps.min(1_000)) * 100_000_000_000_000);
        // The money is lent for the pool, the stock and its part of the cost are gone.
        let (was, is) = (reserve(&before, USD), reserve(&snapshot, USD));
        assert_eq!(is.balances.cash - was.balances.cash, 90 * DOLLAR);
        assert_eq!(is.balances.backstop_shares - was.balances.backstop_shares, sold.supply_shares);
        assert_eq!(is.balances.supply_shares - was.balances.supply_shares, sold.supply_shares);
        let left = is.vault.stocks[0];
        assert_eq!(left.units, 5 * ETHER - received);
        assert_eq!(left.cost, (900 * DOLLAR * left.units).div_ceil(5 * ETHER));
        assert_eq!(reserve(&snapshot, ETH).balances.backstop_collateral, left.units);
        assert_eq!(is.vault.shares, was.vault.shares, "no stake's shares change");
        // It goes to the market, so it counts.
        let gradual = reserve(&snapshot, ETH).balances.gradual;
        assert!(gradual.meter.impact_wad > 0);
        assert!(
            gradual.common.bonus_pico < reserve(&before, ETH).balances.gradual.common.bonus_pico
        );
    }
}

/// All there is for 900 dollars at the oracle's price: none is left.
#[test]
fn all_of_it_may_go_at_once() {
    let mut snapshot = scene(0);
    let sold = buy(&mut snapshot, &order(ALL, 0)).unwrap();
    assert_eq!((sold.paid, sold.received), (900 * DOLLAR, 5 * ETHER));
    let usd = reserve(&snapshot, USD);
    assert!(usd.vault.stocks.is_empty());
    assert!(usd.backstop_assets_down().unwrap() >= 1_000 * DOLLAR - 2);
    assert_eq!(buy(&mut snapshot, &order(ALL, 0)), Err(Error::NoStock));
}

#[test]
fn the_buyer_pays_up_and_receives_down() {
    // An ETH of 180 + 10^-18 dollars: a unit of USD buys 5,555,555,555.5 units, less the 10^-18.
    let mut snapshot = scene(0);
    snapshot.priced_mut(ETH).unwrap().price = Some(Price::exact(180 * WAD + 1, START_MS));
    let sold = buy(&mut snapshot, &order(1, 0)).unwrap();
    assert_eq!((sold.paid, sold.received), (1, 5_555_555_555));
    // The last 3 units of stock cost a unit of USD, not nothing.
    let mut snapshot = scene(0);
    let stocks = &mut snapshot.reserve_mut(USD).unwrap().vault.stocks;
    (stocks[0].units, stocks[0].cost) = (3, 1);
    snapshot.reserve_mut(ETH).unwrap().balances.backstop_collateral = 3;
    let sold = buy(&mut snapshot, &order(ALL, 0)).unwrap();
    assert_eq!((sold.paid, sold.received), (1, 3));
    // A unit of ETH that is worth 1.5 units of a dollar of 18 decimals costs 2.
    for bonus_bps in [0, -250] {
        let mut snapshot = scene(bonus_bps);
        let reserve = snapshot.reserve_mut(USD).unwrap();
        reserve.config.decimals = 18;
        reserve.vault.stocks[0].units = 1;
        snapshot.priced_mut(ETH).unwrap().price = Some(Price::exact(3 * WAD / 2, START_MS));
        let sold = buy(&mut snapshot, &order(ALL, 0)).unwrap();
        // At -2.5 % 2 / 0.975 is 3.
        assert_eq!((sold.paid, sold.received), (if bonus_bps == 0 { 2 } else { 3 }, 1));
    }
    // Where a unit is worth more than is paid, nothing is given away for it.
    let mut snapshot = scene(0);
    snapshot.reserve_mut(ETH).unwrap().config.decimals = 0;
    let none = buy(&mut snapshot, &order(179 * DOLLAR, 0));
    assert_eq!(none, Err(Error::AmountTooSmall));
    let sold = buy(&mut snapshot, &order(181 * DOLLAR, 0)).unwrap();
    assert_eq!((sold.paid, sold.received), (180 * DOLLAR, 1));
}

#[test]
fn an_order_is_a_price() {
    let mut snapshot = scene(0);
    let half = ETHER / 2;
    let too_dear = buy(&mut snapshot, &order(90 * DOLLAR, half + 1));
    assert_eq!(too_dear, Err(Error::ReceivedTooLittle));
    buy(&mut snapshot.clone(), &order(90 * DOLLAR, half)).unwrap();
    // For more than there is it asks for the same price.
    let ask = order(1_800 * DOLLAR, 10 * ETHER);
    assert_eq!(buy(&mut snapshot.clone(), &ask).unwrap().received, 5 * ETHER);
    let ask = order(1_800 * DOLLAR, 10 * ETHER + 2);
    assert_eq!(buy(&mut snapshot.clone(), &ask), Err(Error::ReceivedTooLittle));
    assert_eq!(buy(&mut snapshot, &order(0, 0)), Err(Error::ZeroAmount));
}

#[test]
fn nothing_is_sold_in_a_halt_at_a_bad_price_or_of_what_is_not_there() {
    let snapshot = scene(0);
    let refused = |change: &dyn Fn(&mut AccountSnapshot), order: Order| {
        let mut snapshot = snapshot.clone();
        change(&mut snapshot);
        buy(&mut snapshot, &order).unwrap_err()
    };
    for asset in [ETH, USD] {
        let halt = |snapshot: &mut AccountSnapshot| {
            let guard = &mut snapshot.reserve_mut(asset).unwrap().balances.breaker.guard;
            guard.raise(Level::Halted, HOUR_MS, HOUR_MS, START_MS).unwrap();
        };
        assert_eq!(refused(&halt, order(ALL, 0)), Error::BreakerHalted);
        let stale = |snapshot: &mut AccountSnapshot| {
            snapshot.priced_mut(asset).unwrap().price.as_mut().unwrap().good_for = 3;
        };
        // A bad price halts; where the halt is over before the price is good, the price says no.
        assert_eq!(refused(&stale, order(ALL, 0)), Error::BreakerHalted);
        let none =
            |snapshot: &mut AccountSnapshot| snapshot.priced_mut(asset).unwrap().price = None;
        assert_eq!(refused(&none, order(ALL, 0)), Error::PriceMissing);
    }
    let stressed = |snapshot: &mut AccountSnapshot| {
        snapshot.guard.raise(Level::Stressed, HOUR_MS, HOUR_MS, START_MS).unwrap();
    };
    let mut storm = snapshot.clone();
    stressed(&mut storm);
    buy(&mut storm, &order(ALL, 0)).unwrap();
    // ETH has no pool, and USD's has no dollars in stock.
    let pair = |collateral, debt| Order { collateral, debt, max_repay: DOLLAR, min_receive: 0 };
    let nothing = |_: &mut AccountSnapshot| {};
    assert_eq!(refused(&nothing, pair(USD, ETH)), Error::NoStock);
    assert_eq!(refused(&nothing, pair(USD, USD)), Error::NoStock);
    assert_eq!(refused(&nothing, pair(ETH, ETH)), Error::NoStock);
    assert_eq!(refused(&nothing, pair(ETH, 7)), Error::UnknownAsset);
}

/// 0.7 of a cap of 0.3 %, of a depth of 10 ETH: 2.1 ETH, and then a slice of 0.2.
#[test]
fn its_room_is_a_share_of_the_cap() {
    let mut snapshot = scene(0);
    let eth = config(&mut snapshot, ETH);
    eth.liquidity.depth = 10 * ETHER;
    eth.auction.alone.cap_ppm = 3_000;
    let sold = buy(&mut snapshot, &order(ALL, 0)).unwrap();
    assert_eq!((sold.received, sold.paid), (21 * ETHER / 10, 378 * DOLLAR));
    assert_eq!(buy(&mut snapshot, &order(DOLLAR, 0)), Err(Error::VelocityLimitReached));
    // 0.21 % x 2^(-t/30) is 0.19 % after 4.332 minutes: 259.9 s.
    pass(&mut snapshot, 259_000);
    assert_eq!(buy(&mut snapshot.clone(), &order(ALL, 0)), Err(Error::VelocityLimitReached));
    pass(&mut snapshot, 1_000);
    buy(&mut snapshot, &order(ALL, 0)).unwrap();
    // What is wanted less than a slice for needs no slice.
    let mut little = scene(0);
    let eth = config(&mut little, ETH);
    (eth.liquidity.depth, eth.auction.alone.cap_ppm) = (10 * ETHER, 3_000);
    buy(&mut little, &order(360 * DOLLAR, 0)).unwrap();
    assert_eq!(buy(&mut little.clone(), &order(ALL, 0)), Err(Error::VelocityLimitReached));
    buy(&mut little, &order(18 * DOLLAR, 0)).unwrap();
}

#[test]
fn what_it_brings_in_earns_credit_for_what_leaves() {
    const LIMIT: FlowLimit = FlowLimit { capacity: 1_000 * DOLLAR, window_ms: HOUR_MS };
    let mut snapshot = scene(0);
    config(&mut snapshot, USD).outflow = LIMIT;
    buy(&mut snapshot, &order(90 * DOLLAR, 0)).unwrap();
    let room = reserve(&snapshot, USD).balances.outflow.room(&LIMIT, snapshot.now_ms);
    assert_eq!(room, Ok(1_090 * DOLLAR));
}

/// Stock worth the minimum debt of what backs the asset has the price rise as an account does; less does not.
/// Where nothing backs it, a slice does.
#[test]
fn enough_stock_has_the_price_rise() {
    let rises = |units, backed| {
        let mut snapshot = scene(100);
        config(&mut snapshot, ETH).liquidity.depth = 50 * ETHER;
        config(&mut snapshot, ETH).auction.backed_by = backed;
        snapshot.reserve_mut(ETH).unwrap().balances.backstop_collateral = units;
        pass(&mut snapshot, MINUTE_MS);
        common_bps(&snapshot)
    };
    // 100 dollars at 180.
    let least = 555_555_555_555_555_556;
    assert_eq!([least, least - 1].map(|units| rises(units, Some(USD))), [160, 95]);
    // A fiftieth of the depth.
    assert_eq!([ETHER, ETHER - 1].map(|units| rises(units, None)), [160, 95]);
    assert_eq!(rises(0, None), 95);
    // Without a price of either nothing is known of it.
    let mut snapshot = scene(100);
    config(&mut snapshot, ETH).auction.backed_by = Some(USD);
    config(&mut snapshot, ETH).liquidity.depth = 1_000 * ETHER;
    pass(&mut snapshot, MINUTE_MS);
    assert_eq!(common_bps(&snapshot), 160);
    snapshot.priced_mut(USD).unwrap().price = None;
    assert_eq!(common_bps(&snapshot), 95, "a slice is 20 ETH");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// However it is bought, in parts or at once: never for less than the price, never more than there is,
    /// and the pool is worth no less than at that price.
    #[test]
    fn nobody_gets_stock_for_less(
        bonus_bps in -300i64..=1_000,
        eth_wad in 1u128..10_000 * WAD,
        usd_decimals in 0u8..=18,
        parts in prop::collection::vec(1u128..1_000_000_000, 1..8),
        min_receive in 0u128..ETHER,
    ) {
        let mut snapshot = scene(0);
        config(&mut snapshot, USD).decimals = usd_decimals;
        set_prices(&mut snapshot, eth_wad);
        for max_repay in parts {
            common_price(&mut snapshot, bonus_bps);
            let before = snapshot.clone();
            let Ok(sold) = buy(&mut snapshot, &order(max_repay, min_receive)) else { continue };
            prop_assert!(sold.paid <= max_repay && sold.received >= 1 && sold.paid >= 1);
            prop_assert!(sold.received * max_repay >= min_receive * sold.paid);
            // received x price <= paid x (1 + bonus), in 256 bits.
            use primitive_types::U256;
            let usd_units = U256::from(10u128.pow(usd_decimals.into()));
            let worth = U256::from(sold.received) * U256::from(eth_wad) * usd_units;
            let priced = U256::from(sold.paid) * U256::from(ETHER) * U256::from(WAD)
                * U256::from((10_000 + bonus_bps) as u64) / 10_000;
            prop_assert!(worth <= priced + U256::from(ETHER), "{worth} {priced}");
            let (was, is) = (reserve(&before, USD), reserve(&snapshot, USD));
            prop_assert_eq!(was.vault.stock(ETH) - is.vault.stock(ETH), sold.received);
            prop_assert_eq!(is.balances.cash - was.balances.cash, sold.paid);
        }
    }
}
