//! Arithmetic and shares.

use breakwater_protocol::{
    num::{
        math::{exp_wad, mul_div_down, mul_div_up, WAD},
        shares::{to_assets_down, to_assets_up, to_shares_down, to_shares_up, Pot},
    },
    Error,
};
use primitive_types::U512;
use proptest::prelude::*;

#[test]
fn products_are_exact_beyond_128_bits() {
    assert_eq!(mul_div_down(u128::MAX, u128::MAX, u128::MAX), Ok(u128::MAX));
    assert_eq!(mul_div_down(u128::MAX, 2, 1), Err(Error::Overflow));
    assert_eq!(mul_div_up(u128::MAX, u128::MAX - 1, u128::MAX), Ok(u128::MAX - 1));
    assert_eq!(mul_div_down(1, 1, 0), Err(Error::DivisionByZero));
}

#[test]
fn aave_rounds_up_as_we_do() {
    for id in ["muldivceil-5-5-3", "muldivceil-0-10-5"] {
        let Some(vector) = crate::common::vector(id) else { return };
        let input = |name: &str| u128::from(vector["input"][name].as_u64().unwrap());
        let want = u128::from(vector["expected"].as_u64().unwrap());
        assert_eq!(mul_div_up(input("a"), input("b"), input("c")), Ok(want), "{id}");
    }
}

#[test]
fn the_exponential_meets_known_values() {
    // 1/e, e^10, e^-10, sqrt(e), e^40 to 16 figures.
    for (x, want) in [
        (1.0, std::f64::consts::E),
        (-1.0, 0.367_879_441_171_442_3),
        (10.0, 22_026.465_794_806_718),
        (-10.0, 4.539_992_976_248_485e-5),
        (0.5, 1.648_721_270_700_128),
        (40.0, 2.353_852_668_370_2e17),
    ] {
        let got = exp_wad((x * 1e18) as i128).unwrap() as f64 / 1e18;
        assert!((got / want - 1.0).abs() < 1e-13, "e^{x}: {got}");
    }
    assert_eq!(exp_wad(0), Ok(WAD));
    assert_eq!(exp_wad(i128::MIN), Ok(0));
    assert_eq!(exp_wad(41 * WAD as i128), Err(Error::Overflow));
}

#[test]
fn openzeppelin_shares_are_ours_with_an_offset_of_six() {
    // assets x (supply + 10^6) / (assets + 1), rounded down.
    let pot = Pot { assets: 1_000_000_000_000_000_000, shares: 0 };
    assert_eq!(to_shares_down(WAD, pot), Ok(999_999));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn down_is_at_most_up_and_they_differ_by_one(a in any::<u128>(), b in any::<u128>(), c in 1u128..) {
        if let (Ok(down), Ok(up)) = (mul_div_down(a, b, c), mul_div_up(a, b, c)) {
            prop_assert!(up == down || up == down + 1);
        }
    }

    /// Products that fit 128 bits and those that don't are the same to their callers.
    #[test]
    fn quotients_are_exact_for_numbers_of_any_length(
        a in any::<u128>(),
        b in any::<u128>(),
        c in any::<u128>(),
        (less_a, less_b, less_c) in (0u32..128, 0u32..128, 0u32..128),
    ) {
        let (a, b, c) = (a >> less_a, b >> less_b, (c >> less_c).max(1));
        let (product, divisor) = (U512::from(a) * U512::from(b), U512::from(c));
        let (down, rest) = product.div_mod(divisor);
        let up = if rest.is_zero() { down } else { down + 1 };
        let fits = |wide: U512| u128::try_from(wide).map_err(|_| Error::Overflow);
        prop_assert_eq!(mul_div_down(a, b, c), fits(down));
        prop_assert_eq!(mul_div_up(a, b, c), fits(up));
    }

    #[test]
    fn the_exponential_rises_and_multiplies(x in -20_000i128..20_000, step in 1i128..1_000) {
        let milli = WAD as i128 / 1_000;
        let (low, high) = (exp_wad(x * milli).unwrap(), exp_wad((x + step) * milli).unwrap());
        prop_assert!(low <= high);
        let product = (low as f64 / 1e18) * (exp_wad(step * milli).unwrap() as f64 / 1e18);
        let sum = high as f64 / 1e18;
        prop_assert!((product - sum).abs() <= sum * 1e-12 + 1e-15 * (exp_wad(step * milli).unwrap() as f64 / 1e18 + 1.0));
    }

    /// Going in and out again never gains, whichever way it is rounded.
    #[test]
    fn a_round_trip_never_gains(
        assets in 1u128..=1u128 << 90,
        pot_assets in 0u128..=1u128 << 90,
        ratio in 1u128..=1_000_000,
    ) {
        let pot = Pot { assets: pot_assets, shares: pot_assets * ratio };
        let shares = to_shares_down(assets, pot).unwrap();
        let after = Pot { assets: pot.assets + assets, shares: pot.shares + shares };
        prop_assert!(to_assets_down(shares, after).unwrap() <= assets);
        prop_assert!(to_shares_up(assets, pot).unwrap() >= shares);
        let owed = to_shares_up(assets, pot).unwrap();
        let after = Pot { assets: pot.assets + assets, shares: pot.shares + owed };
        prop_assert!(to_assets_up(owed, after).unwrap() >= assets);
    }
}
