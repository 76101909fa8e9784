//! Blend v2.

mod common;

use breakwater_peers::blend::auction::{is_stale, modifiers, scale, Auction};
use breakwater_peers::blend::liquidation::{create, is_bad_debt, Asset, Data, Positions};
use breakwater_peers::blend::reserve::{accrual, Config, Reserve};
use breakwater_peers::blend::{SCALAR_12, SCALAR_7};
use breakwater_peers::Error;
use common::each;
use proptest::prelude::*;
use serde_json::Value;

fn int(value: &Value) -> i128 {
    value.as_i64().expect("a whole number").into()
}

fn block(value: &Value) -> u32 {
    int(value).try_into().unwrap()
}

fn auction(bid: i128, lot: i128) -> Auction {
    Auction { bid: vec![(0, bid)], lot: vec![(1, lot)], block: 1_000 }
}

fn total(amounts: &[(u32, i128)]) -> i128 {
    amounts.iter().map(|(_, amount)| amount).sum()
}

#[test]
fn fills() {
    let ids = [
        "blend-scale-0",
        "blend-scale-200",
        "blend-scale-400",
        "blend-scale-100-60",
        "blend-scale-400-50",
        "blend-scale-dust-100-100",
        "blend-scale-dust-399-99",
    ];
    each(&ids, |input, expected| {
        let auction = auction(int(&input["bid"]), int(&input["lot"]));
        let at = auction.block + block(&input["blocks_elapsed"]);
        let found = scale(&auction, at, block(&input["percent"])).unwrap();
        assert_eq!(total(&found.filled.bid), int(&expected["bid"]));
        assert_eq!(total(&found.filled.lot), int(&expected["lot"]));
        let left = found.left.unwrap_or(Auction { bid: vec![], lot: vec![], block: 0 });
        assert_eq!(total(&left.bid), int(&expected["remaining_bid"]));
        assert_eq!(total(&left.lot), int(&expected["remaining_lot"]));
    });
    each(&["blend-scale-bad-101"], |input, expected| {
        assert_eq!(expected, "panic Error(Contract,#1200)");
        let found = scale(&auction(1, 1), 1_000, block(&input["percent"]));
        assert_eq!(found, Err(Error::BadRequest));
    });
    assert_eq!(scale(&auction(1, 1), 1_000, 0), Err(Error::BadRequest));
    assert_eq!(scale(&auction(1, 1), 999, 100), Err(Error::Overflow), "before the start");
}

/// The lot grows by 0.5 % a block to block 200; then the bid falls to block 400.
#[test]
fn the_course() {
    let parts = [
        (0, SCALAR_7, 0),
        (1, SCALAR_7, 50_000),
        (100, SCALAR_7, 5_000_000),
        (199, SCALAR_7, 9_950_000),
        (200, SCALAR_7, SCALAR_7),
        (201, 9_950_000, SCALAR_7),
        (300, 5_000_000, SCALAR_7),
        (399, 50_000, SCALAR_7),
        (400, 0, SCALAR_7),
        (u32::MAX, 0, SCALAR_7),
    ];
    for (blocks, bid, lot) in parts {
        assert_eq!(modifiers(blocks), (bid, lot), "{blocks}");
    }
    // 30 % of 101 and 103 after 50 blocks: 31 up, 30 down of which a quarter.
    let found = scale(&auction(101, 103), 1_050, 30).unwrap();
    assert_eq!((total(&found.filled.bid), total(&found.filled.lot)), (31, 7));
    assert_eq!(found.left, Some(Auction { bid: vec![(0, 70)], lot: vec![(1, 73)], block: 1_000 }));
    assert_eq!(is_stale(&auction(1, 1), 1_499), Ok(false));
    assert_eq!(is_stale(&auction(1, 1), 1_500), Ok(true));
}

fn config(input: &Value) -> Config {
    let of = |name: &str| int(&input[name]);
    Config {
        util_target: of("util_target"),
        r_base: of("r_base"),
        r_one: of("r_one"),
        r_two: of("r_two"),
        r_three: of("r_three"),
        reactivity: of("reactivity"),
    }
}

/// `testutils::default_reserve_meta`.
const DEFAULT: Config = Config {
    util_target: 7_500_000,
    r_base: 100_000,
    r_one: 500_000,
    r_two: 5_000_000,
    r_three: 15_000_000,
    reactivity: 20,
};

#[test]
fn interest() {
    let ids = [
        "blend-accrual-under",
        "blend-accrual-over95",
        "blend-accrual-mod-min",
        "blend-accrual-roundup",
        "blend-accrual-fixed-u65",
        "blend-accrual-fixed-u95",
    ];
    each(&ids, |input, expected| {
        let seconds = u64::from(block(&input["dt_s"]));
        let found =
            accrual(&config(input), int(&input["cur_util"]), int(&input["ir_mod"]), seconds);
        let (growth, ir_mod) = found.unwrap();
        assert_eq!(ir_mod, int(&expected["ir_mod"]));
        if !expected["accrual_12dec"].is_null() {
            assert_eq!(growth, int(&expected["accrual_12dec"]));
        }
    });
    // A year at 87.5 %, five eighths from the target to 95 %: 1 % + 5 % + five eighths of 50 %.
    let (growth, _) = accrual(&DEFAULT, 8_750_000, SCALAR_7, 31_536_000).unwrap();
    assert_eq!(growth, SCALAR_12 + 372_500_000_000);
    assert_eq!(accrual(&DEFAULT, 1, 1, 0), Err(Error::BadRequest));
}

#[test]
fn books() {
    each(&["blend-utilization"], |input, expected| {
        assert_eq!(reserve(input, 0).utilisation(), Ok(int(expected)));
    });
    each(&["blend-reserve-load-2000000"], |input, expected| {
        let last = u64::from(block(&input["last_time"]));
        let now = u64::from(block(&input["now"]));
        let before = reserve(input, last);
        let after = before.accrued(&DEFAULT, int(&input["bstop_rate"]), now).unwrap();
        let expected = Reserve {
            d_rate: int(&expected["d_rate"]),
            b_rate: int(&expected["b_rate"]),
            ir_mod: int(&expected["ir_mod"]),
            backstop_credit: int(&expected["backstop_credit"]),
            last_time_s: now,
            ..before
        };
        assert_eq!(after, expected);
        assert_eq!(after.accrued(&DEFAULT, 0, now), Ok(after));
        assert_eq!(after.accrued(&DEFAULT, 0, now - 1), Err(Error::BadRequest));
    });
}

fn reserve(input: &Value, last_time_s: u64) -> Reserve {
    Reserve {
        d_rate: int(&input["d_rate"]),
        b_rate: int(&input["b_rate"]),
        d_supply: int(&input["d_supply"]),
        b_supply: int(&input["b_supply"]),
        ir_mod: SCALAR_7,
        backstop_credit: 0,
        last_time_s,
    }
}

fn tokens(map: &Value) -> Vec<(u32, i128)> {
    let parse = |(index, amount): (&String, &Value)| (index.parse().unwrap(), int(amount));
    map.as_object().unwrap().iter().map(parse).collect()
}

fn indices(list: &Value) -> Vec<u32> {
    list.as_array().unwrap().iter().map(block).collect()
}

#[test]
fn liquidations() {
    let ids = [
        "blend-userliq-normal",
        "blend-userliq-full",
        "blend-userliq-partial",
        "blend-userliq-0cf",
    ];
    each(&ids, |input, expected| {
        let prices = input["prices"].as_array().unwrap();
        let load = |(asset, price): (&Value, &Value)| Asset {
            collateral_factor: int(&asset["c"]),
            liability_factor: int(&asset["l"]),
            b_rate: int(&asset["b"]),
            d_rate: int(&asset["d"]),
            scalar: 10i128.pow(block(&asset["dec"])),
            price: int(price),
        };
        let assets: Vec<_> =
            input["reserves"].as_array().unwrap().iter().zip(prices).map(load).collect();
        let positions = Positions {
            collateral: tokens(&input["collateral_bTokens"]),
            liabilities: tokens(&input["liability_dTokens"]),
        };
        let found = create(
            &positions,
            &assets,
            10i128.pow(block(&input["oracle_decimals"])),
            &indices(&input["bid_assets"]),
            &indices(&input["lot_assets"]),
            block(&input["percent"]),
            50,
        );
        let auction =
            Auction { bid: tokens(&expected["bid"]), lot: tokens(&expected["lot"]), block: 51 };
        assert_eq!(found, Ok(auction));
    });
}

/// A token of 7 decimals against dollars of 7, both rates one, prices with 7 decimals.
fn assets(price: i128) -> [Asset; 2] {
    let asset = |collateral_factor, liability_factor, price| Asset {
        collateral_factor,
        liability_factor,
        b_rate: SCALAR_12,
        d_rate: SCALAR_12,
        scalar: SCALAR_7,
        price,
    };
    [asset(8_000_000, SCALAR_7, price * SCALAR_7), asset(0, SCALAR_7, SCALAR_7)]
}

fn position(units: i128, debt: i128) -> Positions {
    Positions { collateral: vec![(0, units * SCALAR_7)], liabilities: vec![(1, debt * SCALAR_7)] }
}

fn auctioned(units: i128, debt: i128, price: i128, percent: u32) -> Result<Auction, Error> {
    create(&position(units, debt), &assets(price), SCALAR_7, &[1], &[0], percent, 9)
}

/// 100 at 10, counted at 80 %, against 850: health 0.941. The incentive is half of 20 %.
#[test]
fn a_liquidation_is_neither_too_small_nor_too_large() {
    let positions = position(100, 850);
    let data = Data::of(&positions, &assets(10), SCALAR_7).unwrap();
    assert_eq!(data.health(), Ok(Some(9_411_764)));
    // 60 %: repays 510, sells 561 of 1,000; leaves 439 * 0.8 against 340: 1.0329.
    let found = auctioned(100, 850, 10, 60).unwrap();
    assert_eq!(found.bid, vec![(1, 510 * SCALAR_7)]);
    assert_eq!(found.lot, vec![(0, 561_000_000)]);
    assert_eq!(found.block, 10);
    // 59 %: 448.35 * 0.8 against 348.5: 1.0292.
    assert_eq!(auctioned(100, 850, 10, 59), Err(Error::LiquidationTooSmall));
    // 78 %: 270.7 * 0.8 against 187: 1.1581. 77 %: 280.05 * 0.8 against 195.5: 1.1460.
    assert_eq!(auctioned(100, 850, 10, 78), Err(Error::LiquidationTooLarge));
    assert!(auctioned(100, 850, 10, 77).is_ok());
    assert_eq!(auctioned(100, 850, 10, 100), Err(Error::LiquidationTooLarge));
    assert_eq!(auctioned(100, 850, 10, 0), Err(Error::InvalidLiquidation));
    assert_eq!(auctioned(100, 850, 10, 101), Err(Error::InvalidLiquidation));
    assert_eq!(auctioned(100, 800, 10, 50), Err(Error::InvalidLiquidation), "healthy at one");
}

/// 100 at 10 against 950: 95 % would sell all of it, so all of it is sold.
#[test]
fn a_full_liquidation() {
    let found = auctioned(100, 950, 10, 100).unwrap();
    assert_eq!(found.bid, vec![(1, 950 * SCALAR_7)]);
    assert_eq!(found.lot, vec![(0, 100 * SCALAR_7)]);
    assert_eq!(auctioned(100, 950, 10, 95), Err(Error::LiquidationTooSmall));
}

#[test]
fn unknown_assets_and_bad_debt() {
    let positions = position(100, 850);
    let run = |bid: &[u32], lot: &[u32]| create(&positions, &assets(10), SCALAR_7, bid, lot, 60, 0);
    assert_eq!(run(&[0], &[0]), Err(Error::InvalidLiquidation));
    assert_eq!(run(&[1], &[]), Err(Error::InvalidLiquidation));
    assert!(!is_bad_debt(&positions));
    assert!(is_bad_debt(&Positions { collateral: vec![], ..positions.clone() }));
    assert!(!is_bad_debt(&Positions { liabilities: vec![], ..positions }));
}

proptest! {
    #[test]
    fn the_course_only_gets_better_for_buyers(
        bid in 1i128..1_000_000_000_000,
        lot in 1i128..1_000_000_000_000,
        blocks in 0u32..500,
        later in 0u32..100,
        percent in 1u32..=100,
    ) {
        let auction = auction(bid, lot);
        let at = |blocks| scale(&auction, auction.block + blocks, percent).unwrap();
        let (first, second) = (at(blocks), at(blocks + later));
        prop_assert!(total(&second.filled.bid) <= total(&first.filled.bid));
        prop_assert!(total(&second.filled.lot) >= total(&first.filled.lot));
        prop_assert_eq!(&first.left, &second.left);
        let left = first.left.unwrap_or(Auction { bid: vec![], lot: vec![], block: 0 });
        prop_assert!(total(&first.filled.bid) + total(&left.bid) <= bid);
        prop_assert!(total(&first.filled.lot) + total(&left.lot) <= lot);
    }

    #[test]
    fn never_more_than_the_position_has(
        units in 1i128..1_000_000,
        debt in 1i128..1_000_000,
        price in 1i128..10_000,
        percent in 1u32..=100,
    ) {
        let before = position(units, debt);
        if let Ok(found) = auctioned(units, debt, price, percent) {
            prop_assert!(total(&found.bid) <= total(&before.liabilities));
            prop_assert!(total(&found.lot) <= total(&before.collateral));
        }
    }
}
