//! Aave v3.7.

mod common;

use breakwater_peers::aave_v3::math::*;
use breakwater_peers::aave_v3::rates::{rates, Curve, Use};
use breakwater_peers::aave_v3::*;
use breakwater_peers::math::{mul_div_up, WAD};
use breakwater_peers::Error;
use common::{each, number, scaled, u};
use primitive_types::U256;
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn percentages() {
    type Rule = fn(U256, U256) -> Result<U256, Error>;
    let check = |ids: &[&str], rule: Rule| {
        each(ids, |input, expected| {
            let found = rule(number(&input["value"]), number(&input["bps"]));
            assert_eq!(found, Ok(number(expected)));
        });
    };
    check(
        &["pctmul-5000-1000000000000000000", "pctmul-1333-9087312000000000000000000000000000"],
        percent_mul_half_up,
    );
    check(&["pctdiv-7442-14251500000000000000"], percent_div_half_up);
    check(&["pct-percentMulCeil"], percent_mul_up);
    check(&["pct-percentDivFloor"], percent_div_down);
    // 1.5 and 1.4999: halves go up; 5 / 3 bps = 16,666.6.
    assert_eq!(percent_mul_half_up(u(3), u(5_000)), Ok(u(2)));
    assert_eq!(percent_mul_half_up(u(3), u(4_999)), Ok(u(1)));
    assert_eq!(percent_mul_down(u(3), u(5_000)), Ok(u(1)));
    assert_eq!(percent_div_up(u(5), u(3)), Ok(u(16_667)));
}

#[test]
fn wads_and_ceilings() {
    let pair = |input: &Value| (number(&input["a"]), number(&input["b"]));
    each(&["wadray-wadDiv"], |input, expected| {
        let (a, b) = pair(input);
        assert_eq!(wad_div_half_up(a, b), Ok(number(expected)));
    });
    each(&["wadray-wadMul"], |input, expected| {
        let (a, b) = pair(input);
        assert_eq!(wad_mul_half_up(a, b), Ok(number(expected)));
    });
    each(&["muldivceil-5-5-3", "muldivceil-0-10-5"], |input, expected| {
        let (a, b) = pair(input);
        assert_eq!(mul_div_up(a, b, number(&input["c"])), Ok(number(expected)));
    });
}

#[test]
fn interest() {
    each(&["aave-linear-8pct-7y"], |input, expected| {
        let seconds = input["seconds"].as_u64().unwrap();
        let found = linear_interest_ray(number(&input["rate_ray"]), seconds);
        assert_eq!(found, Ok(number(&expected["result_ray"])));
    });
    each(&["aave-compound-nooverflow"], |input, expected| {
        let seconds = input["seconds"].as_u64().unwrap();
        let found = compounded_interest_ray(number(&input["rate_ray"]), seconds);
        assert_eq!(found, Ok(number(&expected["result"])));
    });
    // 10 % for a year: 1 + 0.1 + 0.005 + 0.000166...
    let tenth = u(10).pow(u(26));
    let found = compounded_interest_ray(tenth, SECONDS_PER_YEAR).unwrap();
    assert_eq!(found, u(1_105_166_666_666_666_666_666_666_667));
    assert_eq!(linear_interest_ray(tenth, SECONDS_PER_YEAR / 2), Ok(u(105) * u(10).pow(u(25))));
}

#[test]
fn interest_rates() {
    each(&["aave-irm-u80", "aave-irm-u80-unb"], |input, expected| {
        let bps = |name: &str| u32::try_from(number(&input[name]).as_u64()).unwrap();
        let curve = Curve {
            optimal_bps: bps("optimal_bps").try_into().unwrap(),
            base_bps: bps("base_bps"),
            slope1_bps: bps("slope1_bps"),
            slope2_bps: bps("slope2_bps"),
        };
        let found = rates(
            &curve,
            &Use {
                total_debt: number(&input["totalDebt"]),
                virtual_balance: number(&input["virtualUnderlyingBalance"]),
                unbacked: number(&input["unbacked_or_deficit"]),
                reserve_factor_bps: 1_000,
            },
        )
        .unwrap();
        assert_eq!(found.borrow_ray, number(&expected["variableBorrowRate_ray"]));
        assert_eq!(found.supply_usage_ray, number(&expected["supplyUsage_ray"]));
        let earned = ray_mul_half_up(found.borrow_ray, found.supply_usage_ray).unwrap();
        assert_eq!(Ok(found.supply_ray), percent_mul_half_up(earned, u(9_000)));
    });
    // 90 % used: 1 % + 4 % + half of 60 %.
    let curve = Curve { optimal_bps: 8_000, base_bps: 100, slope1_bps: 400, slope2_bps: 6_000 };
    let of = |debt, balance| Use {
        total_debt: u(debt),
        virtual_balance: u(balance),
        unbacked: u(0),
        reserve_factor_bps: 0,
    };
    let steep = rates(&curve, &of(90, 10)).unwrap();
    assert_eq!(steep.borrow_ray, scaled(&"0.35".into(), 27));
    assert_eq!(steep.supply_ray, scaled(&"0.315".into(), 27));
    assert_eq!(rates(&curve, &of(0, 10)).unwrap().borrow_ray, scaled(&"0.01".into(), 27));
}

/// Ether of 18 decimals against dollars of 6, both priced with 8.
fn pair(ether_dollars: u128) -> Pair {
    Pair {
        collateral_price: u(ether_dollars * 100_000_000),
        collateral_unit: WAD,
        debt_price: u(100_000_000),
        debt_unit: u(1_000_000),
    }
}

const TERMS: Terms =
    Terms { bonus_bps: U256([10_500, 0, 0, 0]), protocol_fee_bps: U256([1_000, 0, 0, 0]) };

/// Milli-ether against dollars at a threshold of 83 %.
fn position(milli_ether: u128, dollars: u128, pair: &Pair) -> Position {
    let collateral = u(milli_ether) * u(10).pow(u(15));
    let debt = u(dollars * 1_000_000);
    let worth = collateral_base(collateral, pair.collateral_price, pair.collateral_unit).unwrap();
    let owed = debt_base(debt, pair.debt_price, pair.debt_unit).unwrap();
    Position {
        collateral,
        debt,
        total_collateral_base: worth,
        total_debt_base: owed,
        health_wad: health_wad([(worth, 8_300)], owed).unwrap(),
    }
}

fn dollars(amount: u128) -> U256 {
    u(amount * 1_000_000)
}

/// 10 ether of 2,000 against 17,000: health 16,600 / 17,000, above 0.95.
#[test]
fn half_of_a_large_debt_at_five_per_cent() {
    let pair = pair(2_000);
    let position = position(10_000, 17_000, &pair);
    assert_eq!(position.health_wad, u(976_470_588_235_294_117));
    let found = liquidate(&position, &pair, &TERMS, U256::MAX).unwrap();
    // 8,500 buys 4.25 ether and 5 %: 4.4625. The bonus is 0.2125, a tenth of it is the fee.
    let ether = |text: &str| scaled(&text.into(), 18);
    assert_eq!(
        found,
        Liquidation {
            debt: dollars(8_500),
            collateral: ether("4.44125"),
            protocol_fee: ether("0.02125"),
            deficit: u(0),
        }
    );
}

/// 10 ether of 1,900 against 16,600: health 0.95 exactly; then a dollar of debt less.
#[test]
fn all_of_it_at_a_health_of_nineteen_twentieths() {
    let at = pair(1_900);
    let edge = position(10_000, 16_600, &at);
    assert_eq!(edge.health_wad, FULL_CLOSE_HEALTH_WAD);
    assert_eq!(max_debt(&edge, &at), Ok(dollars(16_600)));
    let above = position(10_000, 16_599, &at);
    assert_eq!(max_debt(&above, &at), Ok(u(8_299_500_000)));
}

/// Below 2,000 dollars on either side.
#[test]
fn all_of_a_small_position() {
    let at = pair(2_000);
    let debt = position(1_150, 1_950, &at);
    assert!(debt.health_wad > FULL_CLOSE_HEALTH_WAD);
    assert_eq!(max_debt(&debt, &at), Ok(dollars(1_950)));
    let edge = position(1_180, 2_000, &at);
    assert!(edge.health_wad > FULL_CLOSE_HEALTH_WAD);
    assert_eq!(max_debt(&edge, &at), Ok(dollars(1_000)));
}

/// At least 1,000 dollars of both stay, or one goes entirely.
#[test]
fn no_dust_is_left() {
    let at = pair(2_000);
    // 1.77 ether, worth 3,540, against 3,000: half leaves 1,500 and 3,540 - 1,575.
    let position = position(1_770, 3_000, &at);
    assert!(liquidate(&position, &at, &TERMS, U256::MAX).is_ok());
    // 1.13 ether, worth 2,260, against 1,900.
    let small = self::position(1_130, 1_900, &at);
    // 1,900 may be closed entirely, or with 1,000 left on both sides.
    assert_eq!(
        liquidate(&small, &at, &TERMS, dollars(901)),
        Err(Error::MustNotLeaveDust),
        "999 of debt left"
    );
    assert!(liquidate(&small, &at, &TERMS, dollars(900)).is_ok(), "1,000 left");
    assert!(liquidate(&small, &at, &TERMS, dollars(1_900)).is_ok(), "none left");
}

/// 10 ether of 1,000 against 12,000: all of it goes for 9,523.809524, the rest is a deficit.
#[test]
fn a_deficit_where_nothing_is_left() {
    let at = pair(1_000);
    let position = position(10_000, 12_000, &at);
    let found = liquidate(&position, &at, &TERMS, U256::MAX).unwrap();
    // 10,000 / 1.05, rounded up.
    assert_eq!(found.debt, u(9_523_809_524));
    assert_eq!(found.deficit, u(2_476_190_476));
    assert_eq!(found.collateral + found.protocol_fee, position.collateral);
    // Other collateral keeps the rest on the books.
    let richer = Position { total_collateral_base: position.total_collateral_base + 1, ..position };
    assert_eq!(liquidate(&richer, &at, &TERMS, U256::MAX).unwrap().deficit, u(0));
}

#[test]
fn a_healthy_position_is_left_alone() {
    let at = pair(2_000);
    let position = position(10_000, 16_600, &at);
    assert_eq!(position.health_wad, WAD);
    assert_eq!(liquidate(&position, &at, &TERMS, U256::MAX), Err(Error::Healthy));
    assert_eq!(health_wad([(u(1), 8_300)], u(0)), Ok(U256::MAX));
}

proptest! {
    #[test]
    fn never_more_than_the_position_has(
        milli_ether in 1u128..1_000_000,
        owed in 1u128..10_000_000,
        price in 1u128..10_000,
        cover in 1u128..20_000_000_000_000,
    ) {
        let at = pair(price);
        let position = position(milli_ether, owed, &at);
        match liquidate(&position, &at, &TERMS, u(cover)) {
            Ok(found) => {
                prop_assert!(found.debt <= u(cover));
                prop_assert!(found.debt + found.deficit <= position.debt);
                prop_assert!(found.collateral + found.protocol_fee <= position.collateral);
                let debt_left = position.debt - found.debt - found.deficit;
                let left = position.collateral - found.collateral - found.protocol_fee;
                let worth = collateral_base(left, at.collateral_price, WAD).unwrap();
                prop_assert!(
                    debt_left.is_zero()
                        || left.is_zero()
                        || (worth >= MIN_LEFTOVER_BASE && debt_left >= dollars(1_000) - 1)
                );
            }
            Err(error) => prop_assert!(
                error == Error::MustNotLeaveDust
                    || (error == Error::Healthy && position.health_wad >= WAD)
            ),
        }
    }
}
