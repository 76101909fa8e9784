//! Aave v4.

mod common;

use breakwater_peers::aave_v4::*;
use breakwater_peers::math::{RAY, WAD};
use breakwater_peers::Error;
use common::{each, number, scaled, u};
use primitive_types::U256;
use proptest::prelude::*;

fn config() -> Config {
    Config {
        target_health_wad: scaled(&"1.05e18".into(), 0),
        max_bonus_health_wad: scaled(&"0.9e18".into(), 0),
        bonus_factor_bps: u(5_000),
    }
}

#[test]
fn bonus() {
    let ids = ["v4-bonus-min-rounding", "v4-bonus-doc-950000000000000000"];
    each(&ids, |input, expected| {
        let config = Config {
            target_health_wad: WAD,
            max_bonus_health_wad: number(&input["hfForMaxBonus"]),
            bonus_factor_bps: number(&input["bonusFactor_bps"]),
        };
        let found = bonus_bps(&config, number(&input["maxBonus_bps"]), number(&input["hf"]));
        assert_eq!(found, Ok(number(&expected["bonus_bps"])));
    });
    // From 2.5 % at one to 5 % at 0.9: 3.75 % half-way, rounded down to basis points.
    let at = |health: &str| bonus_bps(&config(), u(10_500), scaled(&health.into(), 18));
    assert_eq!(at("1"), Ok(u(10_250)));
    assert_eq!(at("0.95"), Ok(u(10_375)));
    assert_eq!(at("0.9"), Ok(u(10_500)));
    assert_eq!(at("0.5"), Ok(u(10_500)));
    assert_eq!(at("1.01"), Err(Error::Overflow));
}

#[test]
fn debt_to_target() {
    let ids = [
        "v4-debt-to-target-unit1",
        "v4-debt-to-target-unit18",
        "v4-debt-to-target-p2000-18",
        "v4-debt-to-target-p333-6",
    ];
    each(&ids, |input, expected| {
        let position = Position {
            collateral: u(0),
            drawn_shares: u(0),
            drawn_index_ray: RAY,
            premium_debt_ray: u(0),
            total_debt_value_ray: number(&input["totalDebtValueRay"]),
            health_wad: number(&input["hf"]),
        };
        let pair = Pair {
            collateral_price: u(1),
            collateral_unit: u(1),
            debt_price: number(&input["debtAssetPrice"]),
            debt_unit: number(&input["debtAssetUnit"]),
        };
        let found = debt_ray_to_target(
            &position,
            &pair,
            number(&input["collateralFactor_bps"]),
            number(&input["liquidationBonus_bps"]),
            number(&input["targetHF"]),
        );
        assert_eq!(found, Ok(number(&expected["debtRay"])));
    });
}

#[test]
fn amounts() {
    each(&["v4-liq-amounts-enough"], |input, expected| {
        let position = Position {
            collateral: number(&input["collBal"]),
            drawn_shares: number(&input["debtBal"]),
            drawn_index_ray: RAY,
            premium_debt_ray: u(0),
            total_debt_value_ray: number(&input["totalDebtValue"]) * RAY,
            health_wad: number(&input["hf"]),
        };
        let pair = Pair {
            collateral_price: number(&input["collPrice"]),
            collateral_unit: number(&input["collUnit"]),
            debt_price: number(&input["debtPrice"]),
            debt_unit: number(&input["debtUnit"]),
        };
        let config = Config {
            target_health_wad: number(&input["targetHF"]),
            max_bonus_health_wad: number(&input["hfForMaxBonus"]),
            bonus_factor_bps: number(&input["bonusFactor_bps"]),
        };
        let terms = Terms {
            collateral_factor_bps: number(&input["collateralFactor_bps"]),
            max_bonus_bps: number(&input["maxBonus_bps"]),
            fee_bps: number(&input["liquidationFee_bps"]),
        };
        let cover = number(&input["debtToCover"]);
        let found = liquidate(&position, &pair, &config, &terms, cover).unwrap();
        assert_eq!(found.collateral, number(&expected["collateralToLiquidate"]));
        assert_eq!(found.collateral_to_liquidator, number(&expected["collateralToLiquidator"]));
        assert_eq!(found.debt, number(&expected["debtToLiquidate"]));
    });
}

const TERMS: Terms = Terms {
    collateral_factor_bps: U256([8_000, 0, 0, 0]),
    max_bonus_bps: U256([10_500, 0, 0, 0]),
    fee_bps: U256([1_000, 0, 0, 0]),
};

/// Ether of 18 decimals against dollars of 6.
fn pair(ether_dollars: u128) -> Pair {
    Pair {
        collateral_price: u(ether_dollars * 100_000_000),
        collateral_unit: WAD,
        debt_price: u(100_000_000),
        debt_unit: u(1_000_000),
    }
}

fn position(milli_ether: u128, debt: u128, premium: u128, pair: &Pair) -> Position {
    let collateral = u(milli_ether) * u(10).pow(u(15));
    let worth = value(collateral, pair.collateral_price, pair.collateral_unit).unwrap();
    let owed_ray = u(debt + premium) * RAY;
    let total_debt_value_ray = value(owed_ray, pair.debt_price, pair.debt_unit).unwrap();
    Position {
        collateral,
        drawn_shares: u(debt),
        drawn_index_ray: RAY,
        premium_debt_ray: u(premium) * RAY,
        total_debt_value_ray,
        health_wad: health_wad([(worth, TERMS.collateral_factor_bps)], total_debt_value_ray)
            .unwrap(),
    }
}

const USD: u128 = 1_000_000;

/// 10 ether of 2,000 against 17,500: health 16,000 / 17,500 = 0.914285..., bonus 4.64 %.
#[test]
fn back_to_the_target_and_no_further() {
    let at = pair(2_000);
    let position = position(10_000, 17_500 * USD, 0, &at);
    assert_eq!(position.health_wad, u(914_285_714_285_714_285));
    assert_eq!(bonus_bps(&config(), u(10_500), position.health_wad), Ok(u(10_464)));
    let found = liquidate(&position, &at, &config(), &TERMS, U256::MAX >> 100).unwrap();
    // 17,500 (1.05 - 0.9142857142857142857) / (1.05 - 1.0464 * 0.8) = 11,156.520105..., up.
    assert_eq!(found.debt, u(11_156_520_106));
    // times 1.0464 / 2000.
    assert_eq!(found.collateral, scaled(&"5.8370913194592".into(), 18));
    let left = Position {
        collateral: position.collateral - found.collateral,
        drawn_shares: position.drawn_shares - found.debt,
        ..position
    };
    let worth = value(left.collateral, at.collateral_price, WAD).unwrap();
    let owed = value(left.drawn_shares * RAY, at.debt_price, at.debt_unit).unwrap();
    let after = health_wad([(worth, TERMS.collateral_factor_bps)], owed).unwrap();
    common::assert_near(after, config().target_health_wad, u(1_000_000_000));
    // A tenth of the bonus is the fee.
    let fee = found.collateral - found.collateral_to_liquidator;
    let expected = found.collateral * 464 / 10_464 / 10;
    common::assert_near(fee, expected, u(1));
}

/// The premium is repaid before the drawn debt.
#[test]
fn premium_first() {
    let at = pair(2_000);
    let position = position(10_000, 17_000 * USD, 500 * USD, &at);
    let cover = |amount| liquidate(&position, &at, &config(), &TERMS, u(amount)).unwrap();
    let some = cover(300 * USD);
    assert_eq!((some.drawn_shares, some.premium_debt_ray), (u(0), u(300 * USD) * RAY));
    let more = cover(800 * USD);
    assert_eq!((more.drawn_shares, more.premium_debt_ray), (u(300 * USD), u(500 * USD) * RAY));
}

/// What would leave less than 1,000 dollars of debt takes it all, and has to be covered.
#[test]
fn no_dust_is_left() {
    let at = pair(2_000);
    let position = position(900, 1_600 * USD, 0, &at);
    let cover = |amount| liquidate(&position, &at, &config(), &TERMS, u(amount));
    assert_eq!(cover(601 * USD), Err(Error::MustNotLeaveDust));
    assert_eq!(cover(1_600 * USD).unwrap().debt, u(1_600 * USD));
    // 600 leaves 1,000 of debt and 1,800 - 627.84 of collateral.
    assert_eq!(cover(600 * USD).unwrap().debt, u(600 * USD));
}

/// 10 ether of 1,000 against 12,000: all collateral for 10,000 / 1.05, up.
#[test]
fn all_collateral_of_a_position_under_water() {
    let at = pair(1_000);
    let position = position(10_000, 12_000 * USD, 0, &at);
    let found = liquidate(&position, &at, &config(), &TERMS, u(12_000 * USD)).unwrap();
    assert_eq!(found.collateral, position.collateral);
    assert_eq!(found.debt, u(9_523_809_524));
}

proptest! {
    #[test]
    fn never_more_than_the_position_has(
        milli_ether in 1u128..1_000_000,
        owed in 1u128..10_000_000,
        premium in 0u128..10_000,
        price in 1u128..10_000,
        cover in 1u128..20_000_000_000_000,
    ) {
        let at = pair(price);
        let position = position(milli_ether, owed * USD, premium, &at);
        match liquidate(&position, &at, &config(), &TERMS, u(cover)) {
            Ok(found) => {
                prop_assert!(found.debt <= u(cover));
                prop_assert!(found.drawn_shares <= position.drawn_shares);
                prop_assert!(found.premium_debt_ray <= position.premium_debt_ray);
                prop_assert!(found.collateral <= position.collateral);
                prop_assert!(found.collateral_to_liquidator <= found.collateral);
            }
            Err(error) => prop_assert!(
                error == Error::MustNotLeaveDust
                    || (error == Error::Healthy && position.health_wad >= WAD)
            ),
        }
    }
}
