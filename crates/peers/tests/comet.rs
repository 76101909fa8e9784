//! Compound III.

mod common;

use breakwater_peers::comet::rates::{utilisation_wad, Curve, SECONDS_PER_YEAR};
use breakwater_peers::comet::*;
use breakwater_peers::math::WAD;
use breakwater_peers::Error;
use common::{assert_near, each, number, scaled, u};
use primitive_types::U256;
use proptest::prelude::*;

const BASE: Base = Base { price: U256([100_000_000, 0, 0, 0]), scale: U256([1_000_000, 0, 0, 0]) };

/// Ether: liquidated at 90 %, credited at 95 %.
fn ether(dollars: u64) -> Asset {
    Asset {
        price: u(100_000_000) * dollars,
        scale: WAD,
        liquidate_collateral_factor_wad: WAD / 10 * 9,
        liquidation_factor_wad: WAD / 100 * 95,
    }
}

#[test]
fn quotes() {
    each(&["comet-quote-pos", "comet-quote-sf0", "comet-quote-large"], |input, expected| {
        let of = |name: &str| number(&input[name]);
        let asset = Asset {
            price: of("assetPrice"),
            scale: of("assetScale"),
            liquidate_collateral_factor_wad: WAD,
            liquidation_factor_wad: of("liquidationFactor"),
        };
        let base = Base { price: of("basePrice"), scale: of("baseScale") };
        let factor = of("storeFrontPriceFactor");
        let found = quote_collateral(&asset, &base, factor, of("baseAmount"));
        assert_eq!(found, Ok(number(expected)));
    });
    // 60 % of 5 % off 2,000 is 1,940.
    let price = store_front_price(&ether(2_000), WAD / 10 * 6).unwrap();
    assert_eq!(price, u(194_000_000_000));
    let found = quote_collateral(&ether(2_000), &BASE, WAD / 10 * 6, u(1_940_000_000));
    assert_eq!(found, Ok(WAD));
}

#[test]
fn interest_rates() {
    each(&["comet-irm-below", "comet-irm-zero"], |input, expected| {
        let of = |name: &str| scaled(&input[name], 18);
        let check = |side: &str, apr: &str| {
            let curve = Curve::per_year(
                of(&format!("{side}Kink")),
                of(&format!("{side}Base")),
                of(&format!("{side}SlopeLow")),
                of(&format!("{side}SlopeHigh")),
            );
            let found = curve.rate_wad(of("utilization")).unwrap() * SECONDS_PER_YEAR;
            assert_near(found, scaled(&expected[apr], 18), u(100_000_000));
        };
        check("supply", "supplyAPR");
        check("borrow", "borrowAPR");
    });
    // Above the kink: 1 % + 0.8 * 5 % + 0.1 * 30 %.
    let of = |text: &str| scaled(&text.into(), 18);
    let curve = Curve::per_year(of("0.8"), of("0.01"), of("0.05"), of("0.3"));
    let found = curve.rate_wad(of("0.9")).unwrap() * SECONDS_PER_YEAR;
    assert_near(found, of("0.08"), u(100_000_000));
    assert_eq!(utilisation_wad(u(3), u(2)), Ok(u(666_666_666_666_666_666)));
    assert_eq!(utilisation_wad(u(0), u(2)), Ok(u(0)));
}

/// 10 ether of 2,000 carry 18,000.
#[test]
fn who_may_be_absorbed() {
    let check = |debt: u64| is_liquidatable(u(debt.into()), &BASE, [(WAD * 10, ether(2_000))]);
    assert_eq!(check(18_000_000_000), Ok(false));
    assert_eq!(check(18_000_000_001), Ok(true));
    assert_eq!(is_liquidatable(u(0), &BASE, []), Ok(false));
    assert_eq!(is_liquidatable(u(1), &BASE, []), Ok(true));
}

#[test]
fn absorption() {
    // Credited 19,000: 500 are left to the account.
    let found = absorb(u(18_500_000_000), &BASE, [(WAD * 10, ether(2_000))]).unwrap();
    let credit = u(19_000_000_000);
    let balance = u(500_000_000);
    assert_eq!(found, Absorption { collateral_credit: credit, balance, shortfall: u(0) });
    // Credited 14,250: reserves bear 4,250.
    let found = absorb(u(18_500_000_000), &BASE, [(WAD * 10, ether(1_500))]).unwrap();
    assert_eq!((found.balance, found.shortfall), (u(0), u(4_250_000_000)));
}

#[test]
fn what_is_for_sale() {
    let buy = |held, reserves, target, amount: u64| {
        let store = Store { held, reserves, target_reserves: u(target) };
        buy_collateral(&ether(2_000), &BASE, WAD / 10 * 6, &store, u(amount.into()))
    };
    assert_eq!(buy(WAD, Some(u(99)), 100, 1_940_000_000), Ok(WAD));
    assert_eq!(buy(WAD, None, 0, 1_940_000_000), Ok(WAD));
    assert_eq!(buy(WAD, Some(u(100)), 100, 1), Err(Error::NotForSale));
    assert_eq!(buy(WAD - 1, None, 0, 1_940_000_000), Err(Error::InsufficientReserves));
}

proptest! {
    #[test]
    fn nothing_is_made_from_nothing(
        units in 1u64..1_000_000_000,
        dollars in 1u64..10_000,
        debt in 1u64..u64::MAX,
        paid in 1u64..u64::MAX,
    ) {
        let held = u(10).pow(u(12)) * units;
        let found = absorb(u(debt.into()), &BASE, [(held, ether(dollars))]).unwrap();
        prop_assert_eq!(found.collateral_credit + found.shortfall, u(debt.into()) + found.balance);
        prop_assert!(found.balance.is_zero() || found.shortfall.is_zero());
        // The storefront sells at 97 % of the price, never for less.
        let bought = quote_collateral(&ether(dollars), &BASE, WAD / 10 * 6, u(paid.into()));
        prop_assert!(bought.unwrap() * dollars * 97 <= u(paid.into()) * u(10).pow(u(14)));
    }
}
