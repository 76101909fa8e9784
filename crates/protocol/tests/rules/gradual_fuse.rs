//! The inflow fuse: § G10.

use breakwater_protocol::{
    gradual::{FuseConfig, Inflow},
    num::{math::WAD, time::HOUR_MS},
    Error,
};
use proptest::prelude::*;

const DEPTH: u128 = 1_000_000;

fn at(depths_milli: u128) -> u128 {
    let mut inflow = Inflow::default();
    inflow.flows(DEPTH * depths_milli / 1_000, 0, DEPTH).unwrap();
    inflow.carries_down_wad(&FuseConfig::default()) * 1_000 / WAD
}

/// In full up to two depths, nothing from eight, a half at five.
#[test]
fn it_bites_by_grades() {
    assert_eq!(
        [0, 1_000, 2_000, 5_000, 6_500, 8_000, 900_000].map(at),
        [1_000, 1_000, 1_000, 500, 250, 0, 0]
    );
}

#[test]
fn it_forgets_by_half_and_what_leaves_counts_off() {
    let config = FuseConfig::default();
    let mut inflow = Inflow::default();
    inflow.flows(8 * DEPTH, 0, DEPTH).unwrap();
    assert_eq!(inflow.carries_down_wad(&config), 0);
    inflow.touch(&config, 6 * HOUR_MS);
    // Four are left: two thirds.
    assert_eq!(inflow.carries_down_wad(&config) * 1_000 / WAD, 666);
    inflow.flows(0, 2 * DEPTH, DEPTH).unwrap();
    assert_eq!(inflow.carries_down_wad(&config), WAD);
    inflow.flows(0, u128::MAX, DEPTH).unwrap();
    assert_eq!(inflow.depths_pico, 0);
    inflow.flows(u128::MAX, 0, 1).unwrap();
    assert_eq!(inflow.carries_down_wad(&config), 0);
    assert_eq!(inflow.flows(1, 0, 0), Err(Error::DivisionByZero));
}

#[test]
fn senseless_ones_are_refused() {
    let fine = FuseConfig::default();
    fine.validate().unwrap();
    assert_eq!(FuseConfig { half_life_ms: 1, ..fine }.validate(), Err(Error::WindowOutOfRange));
    for (full_bps, none_bps) in [(0, 1), (2, 2), (3, 2), (1, 10_000_001)] {
        assert_eq!(FuseConfig { full_bps, none_bps, ..fine }.validate(), Err(Error::BpsOutOfRange));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// What new collateral can carry when it comes in, in any portions and at any times: in a time T
    /// no more than what is carried at all by `none` depths and what is forgotten in T of it.
    #[test]
    fn what_comes_in_carries_no_more_than_so_much(
        portions in prop::collection::vec((0..12 * HOUR_MS, 1..20 * DEPTH), 1..60),
    ) {
        let config = FuseConfig::default();
        let mut inflow = Inflow::default();
        let (mut now_ms, mut carried) = (0, 0.0);
        for (wait_ms, units) in portions {
            now_ms += wait_ms;
            inflow.touch(&config, now_ms);
            inflow.flows(units, 0, DEPTH).unwrap();
            let part = inflow.carries_down_wad(&config) as f64 / 1e18;
            carried += part * units as f64 / DEPTH as f64;
            // Whatever carries anything has left the meter below `none`.
            prop_assert!(part == 0.0 || inflow.depths_pico < 8_000_000_000_000);
        }
        let halvings = now_ms as f64 / config.half_life_ms as f64;
        prop_assert!(carried <= 8.0 * (1.0 + std::f64::consts::LN_2 * halvings) + 1e-6);
    }
}
