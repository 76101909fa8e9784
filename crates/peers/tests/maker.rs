//! Maker Liquidations 2.0.

mod common;

use breakwater_peers::maker::abaci::Curve;
use breakwater_peers::maker::clip::{self, Sale, Take, Terms};
use breakwater_peers::maker::dog::{self, Bark, Caps, Ilk, Vault};
use breakwater_peers::math::{RAY, WAD};
use breakwater_peers::Error;
use common::{assert_near, each, number, scaled, u};
use primitive_types::U256;
use proptest::prelude::*;
use serde_json::Value;

fn seconds(value: &Value) -> u64 {
    number(value).as_u64()
}

#[test]
fn linear_prices() {
    let ids = [
        "abaci-linear-0",
        "abaci-linear-2",
        "abaci-linear-4",
        "abaci-linear-6",
        "abaci-linear-8",
        "abaci-linear-10",
    ];
    each(&ids, |input, expected| {
        let curve = Curve::Linear { tau_s: seconds(&input["tau"]) };
        let found = curve.price_ray(number(&input["top_ray"]), seconds(&input["dur_s"]));
        assert_eq!(found, Ok(number(&expected["price_ray"])));
    });
    let curve = Curve::Linear { tau_s: 3 };
    // A third is rounded down before it is multiplied.
    assert_eq!(curve.price_ray(RAY * 3, 2), Ok(RAY - 1));
    assert_eq!(curve.price_ray(RAY, 4), Ok(u(0)));
}

#[test]
fn exponential_prices() {
    each(&["abaci-exp-1", "abaci-exp-3"], |input, expected| {
        let curve = Curve::Exponential { cut_ray: number(&input["cut_ray"]) };
        let top = number(&input["top_ray"]);
        let found = curve.price_ray(top, seconds(&input["dur_s"])).unwrap();
        assert_near(found, number(&expected["price_ray"]), u(10).pow(u(24)));
    });
    let curve = Curve::Exponential { cut_ray: u(999_230_132_966_000_000_000_000_000) };
    let top = RAY * 4_000;
    assert_eq!(curve.price_ray(top, 900), Ok(u(2_000_000_000_258_757_259_554_676_144_000)));
    assert_eq!(curve.price_ray(top, 2_700), Ok(u(500_000_000_194_067_944_691_115_352_000)));
}

#[test]
fn stairstep_prices() {
    let check = |ids: &[&str], tolerance: u128| {
        each(ids, |input, expected| {
            let (cut_ray, top) = (number(&input["cut_ray"]), number(&input["top_ray"]));
            let step_s = seconds(&input["step_s"]);
            let curve = Curve::Stairstep { cut_ray, step_s };
            let mut last = top;
            for elapsed_s in 1..600 {
                let cut = elapsed_s % step_s == 0;
                let expected = if cut { last * cut_ray / RAY } else { last };
                last = curve.price_ray(top, elapsed_s).unwrap();
                assert_near(last, expected, u(tolerance));
            }
            for (elapsed_s, price) in expected["samples_exact_from_formula"].as_object().unwrap() {
                let found = curve.price_ray(top, elapsed_s.parse().unwrap());
                assert_eq!(found, Ok(number(price)));
            }
        });
    };
    check(
        &[
            "abaci-stair-high-1.1234567890-1",
            "abaci-stair-high-1.1234567890-5",
            "abaci-stair-high-1.1234567890-300",
        ],
        100_000_000,
    );
    check(&["abaci-stair-low-2.1234567890-1", "abaci-stair-low-2.1234567890-5"], 1);
    each(&["clip-price-t60"], |input, expected| {
        let step_s = seconds(&input["step_s"]);
        let curve = Curve::Stairstep { cut_ray: number(&input["cut_ray"]), step_s };
        let found = curve.price_ray(number(&input["top_ray"]), seconds(&input["dur_s"]));
        assert_eq!(found, Ok(number(&expected["price_ray"])));
    });
    // ETH-A: 1 % every 90 seconds.
    let curve = Curve::Stairstep { cut_ray: RAY / 100 * 99, step_s: 90 };
    assert_eq!(curve.price_ray(RAY * 100, 89), Ok(RAY * 100));
    assert_eq!(curve.price_ray(RAY * 100, 90), Ok(RAY * 99));
    assert_eq!(curve.price_ray(RAY * 10_000, 180), Ok(RAY * 9_801));
    let broken = Curve::Stairstep { cut_ray: RAY, step_s: 0 };
    assert_eq!(broken.price_ray(RAY, 1), Err(Error::DivisionByZero));
}

fn rad(dai: u64) -> U256 {
    WAD * RAY * dai
}

fn sale(tab_rad: U256, lot_wad: U256) -> Sale {
    Sale { tab_rad, lot_wad, start_s: 0, top_ray: RAY * 5 }
}

#[test]
fn purchases() {
    let ids = [
        "clip-take-over-tab",
        "clip-take-under-tab",
        "clip-take-chost-adjust",
        "clip-take-to-exact-chost",
        "clip-take-multi-1",
    ];
    each(&ids, |input, expected| {
        let of = |name: &str| number(&input[name]);
        let sale = sale(of("tab_rad"), of("lot_wad"));
        let (chost, price) = (of("chost_rad"), of("price_ray"));
        let found = clip::take_at(&sale, chost, price, of("amt_wad"), price);
        let take = Take {
            owe_rad: number(&expected["owe_rad"]),
            slice_wad: number(&expected["slice_wad"]),
            tab_rad: number(&expected["tab_after_rad"]),
            lot_wad: number(&expected["lot_after_wad"]),
            closed: expected["closed"].as_bool().unwrap(),
            returned_wad: number(&expected["returned_to_usr_wad"]),
            digs_rad: number(&expected["digs_rad"]),
        };
        assert_eq!(found, Ok(take));
    });
    each(&["clip-take-bid-too-low"], |input, expected| {
        assert_eq!(expected, "revert Clipper/too-expensive");
        let (price, most) = (number(&input["price_ray"]), number(&input["max_ray"]));
        let found = clip::take_at(&sale(rad(110), WAD * 40), rad(22), price, WAD, most);
        assert_eq!(found, Err(Error::TooExpensive));
    });
}

/// 110 dai to raise from 40 at 5: hand-worked.
#[test]
fn no_dust_is_left_to_raise() {
    let take = |tab, lot: u64, amount: u64| {
        clip::take_at(&sale(tab, WAD * lot), rad(22), RAY * 5, WAD * amount, RAY * 5)
    };
    // 20 at 5 would leave 10 dai: 17.6 are sold instead, 22 dai are left.
    let adjusted = take(rad(110), 40, 20).unwrap();
    assert_eq!((adjusted.owe_rad, adjusted.tab_rad), (rad(88), rad(22)));
    // All that is to be raised is dust: all or nothing.
    assert_eq!(take(rad(22), 40, 1), Err(Error::NoPartialPurchase));
    assert_eq!(take(rad(22), 40, 40).unwrap().owe_rad, rad(22));
    // The last of the lot may leave what it wants; the caps forget all of it.
    let out = take(rad(110), 20, 20).unwrap();
    assert_eq!((out.owe_rad, out.tab_rad, out.closed), (rad(100), rad(10), true));
    assert_eq!((out.digs_rad, out.returned_wad), (rad(110), u(0)));
}

fn terms() -> Terms {
    Terms {
        buf_ray: RAY / 100 * 125,
        tail_s: 3_600,
        cusp_ray: RAY / 10 * 3,
        chip_wad: WAD / 50,
        tip_rad: rad(100),
        chost_rad: rad(22),
        curve: Curve::Linear { tau_s: 36_000 },
    }
}

#[test]
fn restarts() {
    each(&["clip-reset-tail"], |input, expected| {
        let terms = Terms {
            tail_s: seconds(&input["tail_s"]),
            cusp_ray: number(&input["cusp_ray"]),
            buf_ray: number(&input["buf"]),
            curve: Curve::Linear { tau_s: seconds(&input["tau_s"]) },
            ..terms()
        };
        let sale = sale(rad(110), WAD * 40);
        let feed = number(&input["new_oracle"]) * (RAY / WAD);
        for (at, needs) in input["at"].as_array().unwrap().iter().zip([false, true]) {
            let now_s = seconds(at);
            assert_eq!(clip::status(&terms, &sale, now_s).unwrap().needs_redo, needs);
            let taken = clip::take(&terms, &sale, WAD, U256::MAX, now_s);
            let again = clip::redo(&terms, &sale, feed, now_s);
            if needs {
                assert_eq!(taken, Err(Error::NeedsReset));
                let (again, _) = again.unwrap();
                assert_eq!(again.top_ray, number(&expected["new_top_ray"]));
                assert_eq!(again.start_s, now_s);
            } else {
                assert!(taken.is_ok());
                assert_eq!(again, Err(Error::CannotReset));
            }
        }
    });
    // The price reaches 0.3 of its start after 25,200 of 36,000 seconds.
    let terms = Terms { tail_s: 100_000, ..terms() };
    let stale = |now_s| clip::status(&terms, &sale(rad(1), WAD), now_s).unwrap().needs_redo;
    assert!(!stale(25_200));
    assert!(stale(25_201));
}

#[test]
fn rewards() {
    each(&["clip-redo-incentive-chost"], |input, expected| {
        let feed = number(&input["feed"]) * (RAY / WAD);
        let coins = expected["coin_dai"].as_array().unwrap();
        for (case, coin) in input["cases"].as_array().unwrap().iter().zip(coins) {
            let terms = Terms {
                tip_rad: scaled(&case["tip"], 45),
                chip_wad: scaled(&case["chip_pct"], 16),
                chost_rad: number(&case["chost_rad"]),
                ..terms()
            };
            let lot = case.get("lot_wad").unwrap_or(&input["lot_wad"]);
            let sale = sale(number(&input["tab_rad"]), number(lot));
            let (_, reward) = clip::redo(&terms, &sale, feed, 3_601).unwrap();
            assert_eq!(reward, scaled(coin, 45));
        }
    });
    // A start is rewarded whatever its size: 100 + 2 % of 10.
    let (sale, reward) = clip::kick(&terms(), rad(10), WAD, RAY * 4, 7).unwrap();
    assert_eq!(reward, rad(100) + rad(1) / 5);
    assert_eq!((sale.top_ray, sale.start_s), (RAY * 5, 7));
    assert_eq!(clip::kick(&terms(), rad(0), WAD, RAY, 7), Err(Error::NullAuction));
    assert_eq!(clip::kick(&terms(), rad(1), WAD, u(0), 7), Err(Error::NullAuction));
}

#[test]
fn barks() {
    let run = |input: &Value| {
        let of = |name: &str| number(&input[name]);
        let vault = Vault { ink_wad: of("ink_wad"), art_wad: of("art_wad") };
        let ilk = Ilk {
            rate_ray: of("rate_ray"),
            dust_rad: of("dust_rad"),
            chop_wad: of("chop_wad"),
            hole_rad: of("hole_rad"),
            dirt_rad: of("dirt_rad"),
        };
        let caps = Caps { hole_rad: of("Hole_rad"), dirt_rad: of("Dirt_rad") };
        (vault, ilk, dog::bark(&vault, &ilk, &caps))
    };
    let ids = [
        "bark-not-leaving-dust-over-hole",
        "bark-dust-eq-threshold-rate",
        "bark-partial-hole",
        "dog-dirt-exceeds-hole-dusty-remnant",
    ];
    each(&ids, |input, expected| {
        let (vault, ilk, found) = run(input);
        let dart_wad = number(&expected["dart_wad"]);
        let bark = Bark {
            dink_wad: number(&expected["dink_wad"]),
            dart_wad,
            due_rad: dart_wad * ilk.rate_ray,
            tab_rad: number(&expected["tab_rad"]),
        };
        assert_eq!(found, Ok(bark));
        assert_eq!(vault.art_wad - dart_wad, number(&expected["art_left"]));
        assert_eq!(vault.ink_wad - bark.dink_wad, number(&expected["ink_left"]));
    });
    each(&["dog-no-dusty-auction"], |input, expected| {
        assert_eq!(expected, "revert Dog/dusty-auction-from-partial-liquidation");
        assert_eq!(run(input).2, Err(Error::DustyAuction));
    });
}

fn ilk(hole: u64, dirt: u64) -> Ilk {
    Ilk {
        rate_ray: RAY,
        dust_rad: rad(20),
        chop_wad: WAD / 100 * 113,
        hole_rad: rad(hole),
        dirt_rad: rad(dirt),
    }
}

/// 40 of collateral, 100 of debt, dust of 20: what fits, all, or nothing.
#[test]
fn caps_and_dust() {
    let vault = Vault { ink_wad: WAD * 40, art_wad: WAD * 100 };
    let bark = |hole, dirt, all_hole, all_dirt| {
        let caps = Caps { hole_rad: rad(all_hole), dirt_rad: rad(all_dirt) };
        dog::bark(&vault, &ilk(hole, dirt), &caps)
    };
    // Room enough: all, with a penalty of 13 %.
    let all = bark(1_000, 0, 1_000, 0).unwrap();
    assert_eq!((all.dart_wad, all.due_rad, all.tab_rad), (WAD * 100, rad(100), rad(113)));
    // 56.5 fits 50 and its penalty, whichever cap is nearer.
    let half = Ilk { hole_rad: rad(113) / 2, ..ilk(0, 0) };
    let caps = Caps { hole_rad: rad(1_000), dirt_rad: rad(0) };
    let part = dog::bark(&vault, &half, &caps).unwrap();
    assert_eq!((part.dart_wad, part.dink_wad), (WAD * 50, WAD * 20));
    assert_eq!(bark(1_000, 0, 226, 113).unwrap().dart_wad, WAD * 100);
    // 81 debt fit into 92: 19 would be dust, so all is taken, past the cap.
    assert_eq!(bark(92, 0, 1_000, 0).unwrap().tab_rad, rad(113));
    // 19 debt fit into 22: a dusty auction.
    assert_eq!(bark(22, 0, 1_000, 0), Err(Error::DustyAuction));
    assert_eq!(bark(50, 50, 1_000, 0), Err(Error::LiquidationLimitHit));
    assert_eq!(bark(50, 0, 50, 51), Err(Error::LiquidationLimitHit));
    // Collateral of 40 at 2.5 carries exactly 100.
    assert_eq!(dog::is_unsafe(&vault, RAY, RAY / 10 * 25), Ok(false));
    assert_eq!(dog::is_unsafe(&vault, RAY, RAY / 10 * 25 - 1), Ok(true));
    assert_eq!(dog::is_unsafe(&vault, RAY, u(0)), Ok(false));
}

proptest! {
    #[test]
    fn prices_only_fall(
        top in 1u128..10u128.pow(33),
        cut in 900_000_000u128..1_000_000_000,
        step_s in 1u64..600,
        tau_s in 1u64..10_000,
        at in 0u64..10_000,
        later in 0u64..1_000,
    ) {
        let cut_ray = u(cut) * u(10).pow(u(18));
        let curves = [
            Curve::Linear { tau_s },
            Curve::Stairstep { cut_ray, step_s },
            Curve::Exponential { cut_ray },
        ];
        for curve in curves {
            let price = |elapsed_s| curve.price_ray(u(top), elapsed_s).unwrap();
            prop_assert!(price(at + later) <= price(at));
            prop_assert!(price(at) <= u(top));
        }
    }

    #[test]
    fn never_more_than_is_for_sale_or_owed(
        tab in 1u64..10_000,
        lot in 1u64..10_000,
        price in 1u64..10_000,
        amount in 1u64..20_000,
    ) {
        let sale = sale(rad(tab), WAD * lot);
        match clip::take_at(&sale, rad(22), RAY * price, WAD * amount, U256::MAX) {
            Ok(found) => {
                prop_assert!(found.owe_rad <= sale.tab_rad);
                prop_assert!(found.slice_wad <= sale.lot_wad.min(WAD * amount));
                prop_assert!(found.slice_wad * price * RAY <= found.owe_rad);
                prop_assert!(found.closed || found.tab_rad >= rad(22));
            }
            Err(error) => prop_assert_eq!(error, Error::NoPartialPurchase),
        }
    }

    #[test]
    fn never_more_than_the_vault_has(
        ink in 1u64..10_000,
        art in 1u64..10_000,
        hole in 1u64..20_000,
        dirt in 0u64..20_000,
    ) {
        let vault = Vault { ink_wad: WAD * ink, art_wad: WAD * art };
        let caps = Caps { hole_rad: rad(15_000), dirt_rad: rad(dirt) };
        if let Ok(found) = dog::bark(&vault, &ilk(hole, dirt), &caps) {
            prop_assert!(found.dart_wad <= vault.art_wad && found.dink_wad <= vault.ink_wad);
            // The caps are passed only for what would have been dust.
            let room = rad(hole - dirt).min(caps.hole_rad - caps.dirt_rad);
            prop_assert!(found.tab_rad <= room + rad(20) * 113 / 100 + 1);
        }
    }
}
