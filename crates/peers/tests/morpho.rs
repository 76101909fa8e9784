//! Morpho Blue.

mod common;

use breakwater_peers::math::WAD;
use breakwater_peers::morpho::*;
use breakwater_peers::Error;
use common::{each, number, scaled, u};
use primitive_types::U256;
use proptest::prelude::*;

#[test]
fn incentives() {
    let ids = ["morpho-lif-385", "morpho-lif-770", "morpho-lif-915", "morpho-lif-965"];
    each(&ids, |input, expected| {
        assert_eq!(incentive_wad(number(&input["lltv"])), Ok(number(&expected["lif"])));
    });
    // 1 / (1 - 0.3 * 0.14) = 1.0438413361...
    let found = incentive_wad(scaled(&"0.86".into(), 18));
    assert_eq!(found, Ok(u(1_043_841_336_116_910_229)));
    assert_eq!(incentive_wad(WAD), Ok(WAD));
    assert_eq!(incentive_wad(WAD + 1), Err(Error::Overflow));
}

/// A market with one borrower of `assets`.
fn market(assets: U256) -> Borrowed {
    Borrowed { assets, shares: assets * VIRTUAL_SHARES }
}

#[test]
fn a_share_is_too_little_to_seize_anything() {
    each(&["morpho-seized-roundup"], |input, expected| {
        let borrowed = market(number(&input["borrowed"]));
        let position =
            Position { collateral: number(&input["collateral"]), borrow_shares: borrowed.shares };
        let price = PRICE_SCALE - u(10).pow(u(16));
        assert_eq!(input["price"], "1e36-0.01e18");
        let size = Size::RepaidShares(number(&input["repaidShares"]));
        let found = liquidate(&position, &borrowed, number(&input["lltv"]), price, size).unwrap();
        assert_eq!(found.seized, number(&expected["seizedAssets"]));
        assert_eq!(found.repaid_assets, number(&expected["repaidAssets"]));
    });
}

/// Ether of 18 decimals in dollars of 6, LLTV 86 %.
fn price(dollars: u64) -> U256 {
    PRICE_SCALE / u(10).pow(u(12)) * dollars
}

fn lltv() -> U256 {
    scaled(&"0.86".into(), 18)
}

/// 10 ether and a debt, in dollars, among a million of others'.
fn case(dollars: u64) -> (Position, Borrowed) {
    let debt = u(1_000_000) * dollars;
    let borrowed = market(debt + u(1_000_000_000_000));
    (Position { collateral: WAD * 10, borrow_shares: debt * VIRTUAL_SHARES }, borrowed)
}

#[test]
fn health() {
    let (position, borrowed) = case(17_200);
    assert_eq!(is_healthy(&position, &borrowed, lltv(), price(2_000)), Ok(true));
    assert_eq!(is_healthy(&position, &borrowed, lltv(), price(2_000) - 1), Ok(false));
    let size = Size::Seized(u(1));
    let found = liquidate(&position, &borrowed, lltv(), price(2_000), size);
    assert_eq!(found, Err(Error::Healthy));
}

/// Half of 17,200 at 1,950: 8,600 * 1.04384... / 1,950 = 4.60360793...
#[test]
fn by_shares_and_by_collateral() {
    let (position, borrowed) = case(17_200);
    let run = |size| liquidate(&position, &borrowed, lltv(), price(1_950), size).unwrap();
    let found = run(Size::RepaidShares(position.borrow_shares / 2));
    assert_eq!(found.repaid_assets, u(8_600_000_000));
    // 8,977.035490 dollars, rounded down before they are ether.
    assert_eq!(found.seized, u(8_977_035_490) * u(10).pow(u(12)) / 1_950);
    assert_eq!(found.bad_debt_assets, u(0));
    assert_eq!(found.borrowed.assets, borrowed.assets - found.repaid_assets);
    // The same collateral costs the same, up to roundings against the liquidator.
    let back = run(Size::Seized(found.seized));
    assert!(
        back.repaid_assets >= found.repaid_assets - 1 && back.repaid_assets <= found.repaid_assets
    );
    let more = |size| liquidate(&position, &borrowed, lltv(), price(1_950), size);
    let excess = Size::RepaidShares(position.borrow_shares + 1);
    assert_eq!(more(excess), Err(Error::ExcessiveRepay));
    assert_eq!(more(Size::Seized(WAD * 10 + 1)), Err(Error::ExcessiveRepay));
}

/// 10 ether at 1,500 repay 15,000 / 1.04384...: the factor is rounded down, so a unit more than
/// 14,370. The rest is the lenders' loss.
#[test]
fn bad_debt() {
    let (position, borrowed) = case(17_200);
    let size = Size::Seized(position.collateral);
    let found = liquidate(&position, &borrowed, lltv(), price(1_500), size).unwrap();
    assert_eq!(found.repaid_assets, u(14_370_000_001));
    assert_eq!(found.bad_debt_assets, u(2_829_999_999));
    assert_eq!(found.borrowed.assets, u(1_000_000_000_000));
}

proptest! {
    #[test]
    fn never_more_than_the_position_has(
        dollars in 1u64..100_000,
        at in 1u64..10_000,
        part in 1u64..1_000,
    ) {
        let (position, borrowed) = case(dollars);
        let shares = position.borrow_shares * part / 1_000;
        match liquidate(&position, &borrowed, lltv(), price(at), Size::RepaidShares(shares)) {
            Ok(found) => {
                prop_assert!(found.seized <= position.collateral);
                let debt = borrowed.assets_up(position.borrow_shares).unwrap();
                prop_assert!(found.repaid_assets + found.bad_debt_assets <= debt + 1);
                let worth = found.seized * price(at) / PRICE_SCALE;
                let most = found.repaid_assets * incentive_wad(lltv()).unwrap() / WAD;
                prop_assert!(worth <= most);
            }
            Err(Error::Healthy) => {
                prop_assert!(is_healthy(&position, &borrowed, lltv(), price(at)).unwrap());
            }
            Err(error) => prop_assert_eq!(error, Error::ExcessiveRepay),
        }
    }
}
