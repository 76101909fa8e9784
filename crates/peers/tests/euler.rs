//! Euler v2.

mod common;

use breakwater_peers::euler::rates::{accrued_index_ray, debt, utilisation, Curve};
use breakwater_peers::euler::*;
use breakwater_peers::math::{RAY, WAD};
use breakwater_peers::Error;
use common::{assert_near, each, number, scaled, u};
use primitive_types::U256;
use proptest::prelude::*;
use serde_json::Value;

/// Amounts and prices are wads.
fn position(collateral: U256, price: U256, ltv_bps: u16, debt: U256, debt_price: U256) -> Position {
    let collateral_value = collateral * price / WAD;
    Position {
        collateral,
        collateral_value,
        adjusted_value: adjusted_value(collateral_value, ltv_bps).unwrap(),
        liability: debt,
        liability_value: debt * debt_price / WAD,
    }
}

#[test]
fn full_liquidations() {
    let bps = |value: &Value| u16::try_from(number(value).as_u64()).unwrap();
    each(&["euler-liq-basic", "euler-liq-max1", "euler-liq-underwater"], |input, expected| {
        let of = |name: &str| number(&input[name]);
        let position = position(
            of("collateralBalance"),
            of("collateralPrice"),
            bps(&input["liqLTV_bps"]),
            of("debt"),
            of("debtPrice"),
        );
        let most_bps = bps(&input["maxDiscount_bps"]);
        let found = max_liquidation(&position, most_bps).unwrap();
        let formula = &expected["from_formula"];
        let factor = discount_factor_wad(&position, most_bps).unwrap();
        assert_eq!(factor, number(&formula["discountFactor"]));
        assert_eq!(found.repay, number(&formula["repay"]));
        assert_eq!(found.seized, number(&formula["yield_"]));
        // What the source asserts: the value repaid is the value seized at the discount.
        let repaid = found.repay * of("debtPrice") / WAD;
        let seized = found.seized * of("collateralPrice") / WAD;
        assert_near(repaid, seized * factor / WAD, u(1_000_000_000));
        // And that the debt left once all is seized is written off.
        let written_off = socialized(&position, &found).unwrap();
        let gone = found.seized == position.collateral;
        assert_eq!(!written_off.is_zero(), gone);
        assert_eq!(found.repay + written_off, position.liability);
    });
}

/// 10 at 1,900 with an LTV of 85 % against 17,000: health 0.95.
fn case() -> Position {
    position(WAD * 10, WAD * 1_900, 8_500, WAD * 17_000, WAD)
}

#[test]
fn a_discount_as_large_as_the_violation() {
    let factor = scaled(&"0.95".into(), 18);
    assert_eq!(discount_factor_wad(&case(), 1_500), Ok(factor));
    // 17,000 / 0.95 / 1,900 = 9.418282548..., rounded down in two steps.
    let found = max_liquidation(&case(), 1_500).unwrap();
    assert_eq!(found.repay, WAD * 17_000);
    assert_eq!(found.seized, u(9_418_282_548_476_454_293));
    assert_eq!(socialized(&case(), &found), Ok(u(0)));
    // A part of it.
    let part = liquidate(&case(), 1_500, WAD * 1_700).unwrap();
    assert_eq!(part.seized, u(941_828_254_847_645_429));
    assert_eq!(liquidate(&case(), 1_500, WAD * 17_001), Err(Error::ExcessiveRepay));
}

#[test]
fn the_discount_has_a_limit() {
    let deep = position(WAD * 10, WAD * 1_500, 8_500, WAD * 17_000, WAD);
    assert_eq!(discount_factor_wad(&deep, 1_500), Ok(scaled(&"0.85".into(), 18)));
    // All 10, worth 15,000, for 12,750; 4,250 are written off.
    let found = max_liquidation(&deep, 1_500).unwrap();
    assert_eq!(found, Liquidation { repay: WAD * 12_750, seized: WAD * 10 });
    assert_eq!(socialized(&deep, &found), Ok(WAD * 4_250));
    // Tiny debts stay.
    let tiny = Position { liability: u(999_999), liability_value: u(999_999), ..deep };
    assert_eq!(socialized(&tiny, &Liquidation { repay: u(0), seized: WAD * 10 }), Ok(u(0)));
}

#[test]
fn healthy_and_worthless() {
    let above = position(WAD * 10, WAD * 2_001, 8_500, WAD * 17_000, WAD);
    assert_eq!(max_liquidation(&above, 1_500), Err(Error::Healthy));
    // At exactly one, it may be liquidated without a discount.
    let edge = position(WAD * 10, WAD * 2_000, 8_500, WAD * 17_000, WAD);
    assert_eq!(max_liquidation(&edge, 1_500).unwrap().seized, WAD * 17 / 2);
    let without_debt = position(WAD, WAD, 8_500, u(0), WAD);
    assert_eq!(max_liquidation(&without_debt, 1_500), Err(Error::Healthy));
    let worthless = position(WAD, u(0), 8_500, WAD, WAD);
    let found = max_liquidation(&worthless, 1_500).unwrap();
    assert_eq!(found, Liquidation { repay: u(0), seized: WAD });
}

#[test]
fn interest() {
    each(&["euler-interest-1y"], |input, expected| {
        // The mock's rate is a tenth, divided by the seconds of a year.
        let rate = u(10).pow(u(26)) / 31_536_000;
        let index = accrued_index_ray(RAY, rate, number(&input["seconds"]).as_u64()).unwrap();
        let found = debt(number(&input["principal"]), RAY, index);
        assert_eq!(found, Ok(number(&expected["debt"])));
    });
    // Any interest is at least a unit.
    assert_eq!(debt(u(1_000), RAY, RAY + u(10).pow(u(20))), Ok(u(1_001)));
    assert_eq!(debt(u(1_000), RAY, RAY), Ok(u(1_000)));
}

#[test]
fn interest_rates() {
    let ids = ["euler-irm-kink-1000000000000000000", "euler-irm-kink-250000000000000000"];
    each(&ids, |input, expected| {
        let curve = Curve {
            base_ray: number(&input["base"]),
            slope1_ray: number(&input["slope1"]),
            slope2_ray: number(&input["slope2"]),
            kink: number(&input["kink_u32"]).as_u32(),
        };
        let used = number(&input["utilisation_wad"]);
        let found = curve.rate_ray(utilisation(WAD - used, used).unwrap());
        assert_eq!(found, Ok(number(&expected["spy_ray_from_formula"])));
    });
    assert_eq!(utilisation(u(0), u(0)), Ok(0));
    assert_eq!(utilisation(u(1), u(1)), Ok(u32::MAX / 2));
}

proptest! {
    #[test]
    fn never_more_than_the_position_has(
        collateral in 1u64..1_000_000,
        price in 1u64..10_000,
        owed in 1u64..10_000_000,
        ltv_bps in 1u16..9_900,
        most_bps in 0u16..2_000,
        part_bps in 1u64..10_000,
    ) {
        let position = position(WAD * collateral, WAD * price, ltv_bps, WAD * owed, WAD);
        let Ok(most) = max_liquidation(&position, most_bps) else {
            prop_assert!(position.adjusted_value > position.liability_value);
            return Ok(());
        };
        prop_assert!(most.repay <= position.liability);
        prop_assert!(most.seized <= position.collateral);
        let part = liquidate(&position, most_bps, most.repay * part_bps / 10_000).unwrap();
        prop_assert!(part.seized <= most.seized);
        // Never at less than the largest discount's price.
        let paid = most.repay * 10_000;
        let least = most.seized * price * (10_000 - most_bps);
        prop_assert!(paid + U256::from(price) * 10_000 * 2 >= least);
    }
}
