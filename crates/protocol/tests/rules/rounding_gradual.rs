//! Which way figures of the gradual auction and its pool are rounded: against whoever asks, and for the pace
//! rather too slow.

use breakwater_protocol::{
    gradual::{
        meter::{depths_up, units_down},
        offer,
        offer::ltv_up_wad,
        Asked, CommonBonus, FuseConfig, GradualConfig, Inflow, Notice, PremiumCurve, Standing,
        Stock, Vault, VaultStake,
    },
    health::Health,
    math::WAD,
    tiers::{Schedule, Tier},
    time::YEAR_MS,
    AssetId, Error,
};

const COIN: AssetId = 7;

#[test]
fn an_inflow_is_rounded_up_and_what_leaves_again_down() {
    // A third of a depth, in 10^-12.
    let mut inflow = Inflow::default();
    inflow.flows(1, 0, 3).unwrap();
    assert_eq!(inflow.depths_pico, 333_333_333_334);
    inflow.flows(0, 1, 3).unwrap();
    assert_eq!(inflow.depths_pico, 1);
    assert_eq!(inflow.carries_down_wad(&FuseConfig::default()), WAD);
}

#[test]
fn depths_are_rounded_up_and_units_down() {
    assert_eq!(depths_up(1, 3), Ok(333_333_333_333_333_334));
    // Half of three.
    assert_eq!(units_down(WAD / 2, 3), Ok(1));
}

#[test]
fn an_ltv_is_rounded_up() {
    let health = Health { collateral_wad: 3, threshold_wad: 0, debt_wad: 1 };
    assert_eq!(ltv_up_wad(&health), 333_333_333_333_333_334);
}

#[test]
fn what_covers_a_debt_and_a_per_cent_is_rounded_up() {
    let tier = Tier { from_wad: 0, ltv_bps: 1, liquidation_threshold_bps: 8_000 };
    let (thresholds, config) = (Schedule::thresholds(&[tier]), GradualConfig::default());
    assert_eq!(config.whole_bps, 100);
    // 10.1
    for (collateral_wad, whole) in [(10, true), (11, false)] {
        let health = Health { collateral_wad, threshold_wad: 8, debt_wad: 10 };
        let asked = Asked {
            health: &health,
            lot_wad: collateral_wad,
            thresholds: &thresholds,
            average_threshold_wad: 8 * WAD / 10,
            counted: false,
            own_ms: 0,
            target_health_wad: WAD,
        };
        let offered = offer(&config, &config.alone, &CommonBonus::default(), &asked).unwrap();
        assert_eq!(offered.whole, whole, "{collateral_wad}");
    }
}

// The pool.

/// Three units that cost ten.
fn stocked() -> Vault {
    let mut vault = Vault { shares: 1_000_000, ..Vault::default() };
    vault.bought(COIN, 3, 10).unwrap();
    vault
}

#[test]
fn a_pool_counts_as_small_and_as_spent_rather_too_much() {
    let mut vault = Vault::default();
    vault.bought(COIN, 1, 1).unwrap();
    // Three of nine, and of the three one.
    let (third, above) = (333_333_333_333_333_333, 333_333_333_333_333_334);
    assert_eq!(vault.standing(2, 9), Ok(Standing { sized_wad: third, spent_wad: above }));
}

#[test]
fn what_is_left_of_a_cost_is_rounded_up() {
    // Two thirds of ten are 6.67.
    let mut vault = stocked();
    vault.sold(COIN, 1).unwrap();
    assert_eq!(vault.stocks, [Stock { asset: COIN, units: 2, cost: 7 }]);
}

#[test]
fn who_enters_pays_for_the_stock_rounded_up() {
    let dear = |margin_bps, debt, price| stocked().dear_up(margin_bps, debt, |_| Ok(price));
    // Three tenths at 5 are 1.5.
    assert_eq!(dear(0, (1, 0), (5, 1)), Ok(2));
    // Three at 1 are 0.6 of 5.
    assert_eq!(dear(0, (5, 0), (1, 0)), Ok(1));
    // 3 and a per cent.
    assert_eq!(dear(100, (1, 0), (1, 0)), Ok(4));
    assert_eq!(
        stocked().dear_up(0, (1, 0), |_| Err(Error::PriceMissing)),
        Err(Error::PriceMissing)
    );
}

#[test]
fn who_leaves_gets_a_part_rounded_down() {
    let mut vault = stocked();
    let notice = Some(Notice { opens_ms: 0, closes_ms: 1, again_ms: 2 });
    let mut stake = VaultStake { generation: 0, shares: 1_000_000, notice };
    // Half: the other half is the virtual shares'. Of 10 and a virtual unit 5.5, of three units 1.5, and two
    // thirds of the cost are 6.67.
    let left = vault.leave(&mut stake, 1_000_000, 10, 0).unwrap();
    assert_eq!((left.money, left.stocks), (5, vec![(COIN, 1)]));
    assert_eq!(vault.stocks, [Stock { asset: COIN, units: 2, cost: 7 }]);
}

#[test]
fn what_a_pool_bears_is_rounded_down_and_what_it_has_borne_up() {
    // Half of three.
    assert_eq!(Vault::default().bears_down(3, 5_000, 2, 0), Ok(1));
    // Half of a loss of one is left: half of eleven is 5.5, and one less.
    let vault = Vault { lost: 1, ..Vault::default() };
    assert_eq!(vault.bears_down(10, 5_000, 2, 1), Ok(4));
}

#[test]
fn a_premium_is_rounded_down() {
    let curve = PremiumCurve { empty_bps: 800, ..PremiumCurve::default() };
    let due = |size, elapsed_ms, interest| curve.due_down(size, 0, elapsed_ms, interest);
    // 8 % of 13 are 1.04, for half a year 0.5.
    assert_eq!(due(13, YEAR_MS, 1_000), Ok(1));
    assert_eq!(due(13, YEAR_MS / 2, 1_000), Ok(0));
    // 30 % of 5 are 1.5.
    assert_eq!(due(1_000, YEAR_MS, 5), Ok(1));
}
