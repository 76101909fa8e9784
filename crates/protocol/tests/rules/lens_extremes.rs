//! Views of extreme accounts: none of them fails (§ 6).

use crate::common::*;
use breakwater_protocol::{
    actions::start_liquidation,
    lens::{self, ShockView},
    num::math::WAD,
    oracle::price::MAX_PRICE_WAD,
    AccountSnapshot, AssetId, Price, Reserve, ReserveConfig,
};

const Z: AssetId = 2;

/// A snapshot with two collaterals and a debt in units, at prices in wad.
fn scene(eth: u128, z: u128, debt: u128, eth_wad: u128, z_wad: Option<u128>) -> AccountSnapshot {
    let mut snapshot = snapshot();
    let config = ReserveConfig { token: [3; 32], tiers: vec![tier(0, 1, 2)], ..eth_config() };
    snapshot.add_reserve(Z, Reserve::new(config, START_MS).unwrap()).unwrap();
    if debt != 0 {
        let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
        (balances.borrowed, balances.debt_shares) = (debt, debt * 1_000_000);
        balances.cash = 0;
        let mut held = snapshot.account.position(USD);
        held.debt_shares = debt * 1_000_000;
        snapshot.account.set_position(held).unwrap();
    }
    for (asset, units) in [(ETH, eth), (Z, z)] {
        snapshot.reserve_mut(asset).unwrap().balances.collateral = units;
        let mut held = snapshot.account.position(asset);
        held.collateral = units;
        snapshot.account.set_position(held).unwrap();
    }
    set_prices(&mut snapshot, eth_wad);
    snapshot.priced_mut(Z).unwrap().price =
        z_wad.map(|price_wad| Price::exact(price_wad, START_MS));
    snapshot
}

/// Before: `Overflow`, and `breakwater position` with it.
#[test]
fn an_unhealthy_account_with_one_unit_of_a_second_collateral() {
    let view = lens::account(&scene(10 * ETHER, 1, 1_500 * DOLLAR, 180 * WAD, Some(200 * WAD)));
    let view = view.unwrap();
    assert_eq!(view.health_factor_wad, 96 * WAD / 100);
    let z = view.positions.iter().find(|held| held.asset == Z).unwrap();
    // No price that a token can have makes the account healthy.
    assert_eq!((z.collateral, z.collateral_wad, z.liquidation_price_wad), (1, 200, None));
    let eth = view.positions.iter().find(|held| held.asset == ETH).unwrap();
    assert_eq!(eth.liquidation_price_wad.map(|price_wad| price_wad / WAD), Some(187));
}

#[test]
fn no_view_fails_whatever_the_account_holds() {
    let mut seen = 0;
    for eth in [0, 1, 10 * ETHER, 1_000_000 * ETHER] {
        for z in [0, 1, ETHER, u128::MAX >> 40] {
            for debt in [0, 1, 1_500 * DOLLAR, 1_000_000_000 * DOLLAR] {
                for eth_wad in [1, WAD, 180 * WAD, MAX_PRICE_WAD] {
                    for z_wad in [None, Some(1), Some(WAD), Some(1_000_000 * WAD)] {
                        let mut snapshot = scene(eth, z, debt, eth_wad, z_wad);
                        let place = format!("{eth} {z} {debt} {eth_wad} {z_wad:?}");
                        look(&snapshot, &place);
                        if start_liquidation(&mut snapshot, [9; 32], 0).is_ok() {
                            look(&snapshot, &place);
                        }
                        seen += 1;
                    }
                }
            }
        }
    }
    assert_eq!(seen, 1_024);
}

fn look(snapshot: &AccountSnapshot, place: &str) {
    let view = lens::account(snapshot).unwrap_or_else(|why| panic!("{place}: {why:?}"));
    for held in &view.positions {
        assert!(held.liquidation_price_wad.is_none_or(|price| price <= MAX_PRICE_WAD), "{place}");
    }
    for fall_bps in [0, 1, 5_000, 10_000] {
        lens::shock(ShockView::default(), snapshot, fall_bps)
            .unwrap_or_else(|why| panic!("{place}: {why:?}"));
    }
    for priced in &snapshot.reserves {
        lens::risk(priced).unwrap_or_else(|why| panic!("{place}: {why:?}"));
        lens::rates(&priced.reserve, snapshot.now_ms)
            .unwrap_or_else(|why| panic!("{place}: {why:?}"));
        lens::breaker(snapshot.clone(), priced.asset)
            .unwrap_or_else(|why| panic!("{place}: {why:?}"));
    }
}
