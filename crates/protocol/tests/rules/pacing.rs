//! The pace of sales follows how the pool stands that backs the collateral (§ G8).

use crate::common::*;
use breakwater_protocol::{
    actions::start_liquidation, auction::terms, num::math::WAD, AccountSnapshot, Error, Pace,
    VaultStake, ALL,
};

/// The two ends: cap 0.6 / 0.24 %, 8 / 2 bps a minute, urgency 100 / 50 bps. 1,000 dollars owed: a target
/// of 150.
fn market(pool: u128) -> AccountSnapshot {
    let mut snapshot = borrower(1_000);
    let auction = &mut config(&mut snapshot, ETH).auction;
    auction.backed_by = Some(USD);
    auction.alone = Pace { cap_ppm: 6_000, rise_mbps_per_min: 8_000, urgency_bps: 100 };
    auction.backed = Pace { cap_ppm: 2_400, rise_mbps_per_min: 2_000, urgency_bps: 50 };
    if pool != 0 {
        stake(&mut snapshot, &mut VaultStake::default(), pool);
    }
    snapshot
}

/// Turns dollars of the pool into stock.
fn spend(mut snapshot: AccountSnapshot, dollars: u128) -> AccountSnapshot {
    let reserve = snapshot.reserve_mut(USD).unwrap();
    reserve.burn_backstop_up(dollars * DOLLAR).unwrap();
    reserve.balances.cash -= dollars * DOLLAR;
    reserve.vault.bought(ETH, ETHER, dollars * DOLLAR).unwrap();
    snapshot
}

fn pace(snapshot: &AccountSnapshot) -> [u32; 3] {
    let Pace { cap_ppm, rise_mbps_per_min, urgency_bps } = snapshot.pace(ETH).unwrap();
    [cap_ppm, rise_mbps_per_min, urgency_bps.into()]
}

#[test]
fn it_goes_with_the_square_of_the_pools_size() {
    for (pool, want) in [
        (0, [6_000, 8_000, 100]),
        // A half of the target, a quarter of the way: 6,000 - 900, 8,000 - 1,500, 100 - 12.5, down.
        (75, [5_100, 6_500, 87]),
        // A third: a ninth.
        (50, [5_600, 7_333, 94]),
        (150, [2_400, 2_000, 50]),
        (100_000, [2_400, 2_000, 50]),
    ] {
        assert_eq!(pace(&market(pool)), want, "{pool}");
    }
}

#[test]
fn what_is_spent_counts_in_part_as_missing() {
    // 150 of which 75 are tied: 1 - 0.15 / 4 of the way.
    assert_eq!(pace(&spend(market(150), 75)), [2_535, 2_225, 51]);
    // All of it: 0.85 of the way.
    assert_eq!(pace(&spend(market(150), 150)), [2_940, 2_900, 57]);
    // Of half of the target, all tied: a quarter of 0.85.
    assert_eq!(pace(&spend(market(75), 75)), [5_235, 6_725, 89]);
    // At book cost: no price moves it.
    let mut snapshot = spend(market(150), 75);
    set_prices(&mut snapshot, WAD / 1_000);
    assert_eq!(pace(&snapshot), [2_535, 2_225, 51]);
    snapshot.priced_mut(ETH).unwrap().price = None;
    assert_eq!(pace(&snapshot), [2_535, 2_225, 51]);
}

#[test]
fn without_a_backing_it_is_alone() {
    let alone = [6_000, 8_000, 100];
    let mut snapshot = market(150);
    config(&mut snapshot, ETH).auction.backed_by = None;
    assert_eq!(pace(&snapshot), alone);
    // One that is listed no more, or not lent any more, backs nothing; nor one without stakes.
    config(&mut snapshot, ETH).auction.backed_by = Some(7);
    assert_eq!(pace(&snapshot), alone);
    let mut snapshot = market(150);
    config(&mut snapshot, USD).borrowable = false;
    assert_eq!(pace(&snapshot), alone);
    let mut snapshot = market(150);
    snapshot.reserve_mut(USD).unwrap().balances.backstop_shares = 0;
    assert_eq!(pace(&snapshot), alone);
    // What nobody owes needs no pool.
    let mut snapshot = market(1);
    repay(&mut snapshot, ALL).unwrap();
    assert_eq!(pace(&snapshot), [2_400, 2_000, 50]);
    assert_eq!(snapshot.pace(7), Err(Error::UnknownAsset));
}

/// Price, room and urgency of a sale are by it.
#[test]
fn sales_go_at_it() {
    let after_ten_minutes = |pool| {
        let mut snapshot = market(pool);
        config(&mut snapshot, ETH).auction.pool_ltv_bps = 9_800;
        config(&mut snapshot, ETH).liquidity.depth = 10 * ETHER;
        set_prices(&mut snapshot, 110 * WAD);
        start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
        common_price(&mut snapshot, 100);
        pass(&mut snapshot, 10 * MINUTE_MS);
        let terms = terms(&snapshot, &snapshot.health().unwrap(), ETH, USD).unwrap();
        (common_bps(&snapshot), terms.offer.bonus_wad / 1_000_000_000_000, terms.max_sale)
    };
    // LTV .90909 is .83916 of the way to .93: .704191 of the urgency. 80 and 20 bps risen; 6 and 2.4 ETH.
    assert_eq!(after_ten_minutes(0), (180, 18_000 + 7_041, 6 * ETHER));
    assert_eq!(after_ten_minutes(150), (120, 12_000 + 3_520, 24 * ETHER / 10));
}
