//! Interest and the protocol's part of it do not depend on how often somebody looks (§ 1.3).

use crate::common::*;
use breakwater_protocol::{
    config::rates::MS_PER_YEAR,
    num::{
        math::WAD,
        shares::{to_assets_down, to_assets_up},
    },
    Reserve,
};
use proptest::prelude::*;

/// A reserve of a token at a flat rate, of which somebody has borrowed half, in units.
fn lent(decimals: u8, rate_wad: u128, factor_bps: u16, borrowed: u128) -> Reserve {
    let mut config = usd_config();
    config.decimals = decimals;
    config.rate = flat_rate(rate_wad);
    config.reserve_factor_bps = factor_bps;
    // There is no backstop that is paid a premium.
    config.backstop.premium.interest_share_bps = 10_000 - factor_bps;
    let mut reserve = Reserve::new(config, START_MS).unwrap();
    reserve.balances.cash = borrowed;
    reserve.balances.borrowed = borrowed;
    reserve.balances.supply_shares = 2 * borrowed * 1_000_000;
    reserve.balances.debt_shares = borrowed * 1_000_000;
    reserve
}

/// Touches a reserve every so often for a time.
fn touch(reserve: &mut Reserve, every_ms: u64, times: u64) -> u64 {
    let start_ms = reserve.balances.accrued_ms;
    for number in 1..=times {
        reserve.accrue(start_ms + number * every_ms).unwrap();
    }
    every_ms * times
}

/// e^x - 1 of a debt.
fn exact(borrowed: u128, rate: f64, ms: u64) -> f64 {
    borrowed as f64 * (rate * ms as f64 / MS_PER_YEAR as f64).exp_m1()
}

fn fee(reserve: &Reserve) -> f64 {
    let balances = reserve.balances;
    to_assets_down(balances.protocol_shares, balances.supplied().unwrap()).unwrap() as f64
}

/// One bitcoin of eight decimals at 5 %, for 30 days: 411,804 units. Touched each 6 seconds it
/// earned 48 % less, and the protocol nothing.
#[test]
fn a_bitcoin_touched_every_block_earns_what_one_left_alone_does() {
    for (every_ms, times) in [(6_000, 432_000), (DAY_MS, 30), (30 * DAY_MS, 1)] {
        let mut reserve = lent(8, WAD / 20, 1_000, 100_000_000);
        touch(&mut reserve, every_ms, times);
        // 10^8 x (e^(0.05 x 30/365) - 1) = 411,804.5
        assert_eq!(reserve.balances.borrowed, 100_000_000 + 411_804, "every {every_ms} ms");
        // A tenth, and what that has earned as a lender's: half of 0.41 % of half of it.
        let fee = fee(&reserve);
        assert!((41_179.0..=41_230.0).contains(&fee), "every {every_ms} ms: {fee}");
    }
}

#[test]
fn a_thousand_dollars_of_six_decimals_too() {
    let mut reserve = lent(6, WAD / 20, 1_000, 1_000 * DOLLAR);
    touch(&mut reserve, 6_000, 432_000);
    // 10^9 x 0.00411804497 = 4,118,044.97
    let interest = reserve.balances.borrowed - 1_000 * DOLLAR;
    assert!((4_118_044..=4_118_045).contains(&interest), "{interest}");
    assert!((411_804.0..412_300.0).contains(&fee(&reserve)), "{}", fee(&reserve));
}

/// Each millisecond, where one brings a ten-thousandth of a unit.
#[test]
fn a_touch_each_millisecond_too() {
    let mut reserve = lent(6, WAD / 20, 1_000, 100 * DOLLAR);
    let ms = touch(&mut reserve, 1, 2_000_000);
    // 10^8 x 0.05 x 2,000 s / a year = 317.097...
    let want = exact(100 * DOLLAR, 0.05, ms);
    assert_eq!(reserve.balances.borrowed - 100 * DOLLAR, want as u128);
    assert_eq!(want as u128, 317);
    assert_eq!(fee(&reserve), 31.0);
}

/// A debt of a unit, half a year of nothing, then a real loan: a millisecond later it owed 2.5 % more.
#[test]
fn an_idle_time_is_not_charged_to_the_next_borrower() {
    let mut snapshot = snapshot();
    config(&mut snapshot, USD).rate = flat_rate(WAD / 20);
    config(&mut snapshot, USD).min_debt = 0;
    deposit(&mut snapshot, ETH, ETHER).unwrap();
    borrow(&mut snapshot, USD, 1).unwrap();
    snapshot.account = breakwater_protocol::Account::default();
    for _ in 0..180 {
        pass(&mut snapshot, DAY_MS);
    }
    assert_eq!(reserve(&snapshot, USD).balances.accrued_ms, snapshot.now_ms);
    set_prices(&mut snapshot, 200 * WAD);
    deposit(&mut snapshot, ETH, 10_000 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 950_000 * DOLLAR).unwrap();
    pass(&mut snapshot, 1);
    let owed = |snapshot: &breakwater_protocol::AccountSnapshot| {
        let held = snapshot.account.position(USD).debt_shares;
        to_assets_up(held, reserve(snapshot, USD).balances.owed()).unwrap()
    };
    // 0.05 x 950,000 dollars in a millisecond: 1,506 units a second, 1.5 of them.
    let more = owed(&snapshot) - 950_000 * DOLLAR;
    assert!((1..=4).contains(&more), "{more}");
}

#[test]
fn nobody_owes_the_rest_of_a_unit_when_all_is_repaid() {
    let mut snapshot = borrower(1_000);
    config(&mut snapshot, USD).rate = flat_rate(WAD / 20);
    pass(&mut snapshot, 12_345);
    assert_ne!(reserve(&snapshot, USD).balances.interest_rest_ray, 0);
    repay(&mut snapshot, breakwater_protocol::ALL).unwrap();
    pass(&mut snapshot, 1);
    assert_eq!(reserve(&snapshot, USD).balances.interest_rest_ray, 0);
    assert_eq!(reserve(&snapshot, USD).balances.borrowed, 0);
}

/// An adaptive rate moves though interest is below a unit.
#[test]
fn an_adaptive_rate_moves_with_every_look() {
    let adaptive = breakwater_protocol::AdaptiveRate {
        target_bps: 9_000,
        steepness_wad: 4 * WAD,
        speed_wad: 50 * WAD,
        initial_wad: WAD / 25,
        min_wad: WAD / 1_000,
        max_wad: 2 * WAD,
    };
    let after = |every_ms, times| {
        let mut config = usd_config();
        config.rate = breakwater_protocol::RateModel::Adaptive(adaptive);
        let mut reserve = Reserve::new(config, START_MS).unwrap();
        (reserve.balances.borrowed, reserve.balances.debt_shares) = (20, 20_000_000);
        reserve.balances.supply_shares = 20_000_000;
        touch(&mut reserve, every_ms, times);
        reserve.balances.rate_at_target_wad as f64
    };
    let (often, once) = (after(6_000, 14_400), after(DAY_MS, 1));
    // e^(50/365) = 1.1468
    assert!((once / 4e16 - 1.1468).abs() < 1e-4, "{once}");
    assert!((often / once - 1.0).abs() < 1e-9, "{often} {once}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Within a millionth of the continuous value, and a unit: for any decimals, any size and any
    /// pattern of touches; the protocol's part too. A share never loses worth.
    #[test]
    fn interest_does_not_depend_on_the_pattern_of_touches(
        decimals in 0u8..=24,
        tokens in prop_oneof![1u128..100, 1u128..10_000_000],
        rate_bps in 1u128..3_000,
        factor_bps in 0u16..=10_000,
        gaps in proptest::collection::vec((0usize..5, 1u64..400), 1..40),
    ) {
        let unit = 10u128.pow(u32::from(decimals));
        let borrowed = tokens * unit.min(1 << 70);
        let mut reserve = lent(decimals, WAD * rate_bps / 10_000, factor_bps, borrowed);
        let share = |reserve: &Reserve| {
            let pot = reserve.balances.supplied().unwrap();
            (pot.assets + 1) as f64 / (pot.shares + 1_000_000) as f64
        };
        let (mut passed_ms, mut fees) = (0, 0.0);
        for (kind, times) in gaps {
            let every_ms = [1, 1_000, 6_000, HOUR_MS, DAY_MS][kind];
            let times = if kind == 4 { times.min(2) } else { times };
            let before = reserve.balances.borrowed;
            let worth = share(&reserve);
            passed_ms += touch(&mut reserve, every_ms, times);
            prop_assert!(share(&reserve) >= worth * (1.0 - 1e-15));
            fees += (reserve.balances.borrowed - before) as f64 * f64::from(factor_bps) / 10_000.0;
        }
        let want = exact(borrowed, rate_bps as f64 / 10_000.0, passed_ms);
        let got = (reserve.balances.borrowed - borrowed) as f64;
        prop_assert!((got - want).abs() <= 1.0 + want * 1e-6, "{got} {want}");
        // The protocol's shares have earned meanwhile; no more than a lender's.
        let fee = fee(&reserve);
        let most = fees * (1.0 + want / borrowed as f64);
        prop_assert!(fee >= fees - 2.0 - fees * 1e-6, "{fee} {fees}");
        prop_assert!(fee <= most + 1.0 + most * 1e-6, "{fee} {most}");
    }
}
