//! A stake in a backstop: claim, sell, stake again.

use super::{super::stake::Staked, *};
use breakwater_protocol::Stake as Held;

/// A stake that has gained some ETH, in thousandths; some are held already, and dollars to spare.
fn staked(gained: u128, held: u128, spare: u128) -> Staked {
    // Gains are counted in 10^-24.
    let gains = vec![(ETH_ASSET, gained * WAD / 1_000 * 1_000_000)];
    Staked {
        debt: USD_ASSET,
        collateral: ETH_ASSET,
        stake: Held { shares: 1, gains, ..Held::default() },
        held: held * WAD / 1_000,
        spare: spare * USD,
    }
}

/// What is due at 200 dollars with a pool of 1,000 ETH and so many dollars: at 6 bps an hour a tenth
/// of an ETH in ten minutes, 20 dollars' worth.
fn due(ours: &Staked, pool_dollars: u128) -> Vec<Action> {
    let strategy = Stake {
        pools: vec![Pool { address: POOL, assets: [ETH_ASSET, USD_ASSET] }],
        every_ms: 10 * MINUTE_MS,
        sell_bps_per_hour: 6,
        keep: 0.0,
        least_wad: 10 * WAD,
        exit_bps: 50,
        tolerance_bps: 10,
        approves: false,
    };
    let venue = Venue { reserves: [1_000 * WAD, pool_dollars * USD], ..pool(0, 0) };
    let due = strategy.due(&snapshot(200, 0), ours, &venue).expect("computes");
    assert!(due.iter().all(|one| one.is_upkeep));
    due.into_iter().map(|one| one.action).collect()
}

#[test]
fn a_stake_is_claimed_sold_at_its_pace_and_staked_again() {
    let all = due(&staked(500, 3_000, 40), 200_000);
    let [claim, Action::Sell { pool, units, min_receive, .. }, stake] = all.as_slice() else {
        panic!("{all:?}");
    };
    assert_eq!(*claim, Action::ClaimGain { debt: USD_ASSET, collateral: ETH_ASSET });
    assert_eq!((*pool, *units), (POOL, WAD / 10));
    // 200,000 x 0.1 / 1,000.1 = 19.998 dollars, less a thousandth.
    assert_eq!(*min_receive / 1_000, 19_978);
    assert_eq!(*stake, Action::Stake { asset: USD_ASSET, units: 40 * USD });
}

#[test]
fn what_is_not_worth_it_is_left_alone() {
    // 9 dollars of gains, 0.04 ETH held, 9 dollars to spare.
    assert_eq!(due(&staked(45, 40, 9), 200_000), []);
    // All that is held if it is less than the pace allows.
    let sale = due(&staked(0, 60, 0), 200_000);
    assert!(matches!(sale.as_slice(), [Action::Sell { units, .. }] if *units == 6 * WAD / 100));
    // The pool pays 0.4 %, then 0.6 % less than the oracle's price.
    assert_eq!(due(&staked(0, 3_000, 0), 199_200).len(), 1);
    assert_eq!(due(&staked(0, 3_000, 0), 198_800), []);
    // Nobody's stake.
    let none = Staked { stake: Held::default(), ..staked(500, 3_000, 40) };
    assert_eq!(due(&none, 200_000), []);
}
