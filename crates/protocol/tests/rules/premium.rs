//! The premium of the backstop, over a reserve's balances (§ G8): by size, out of interest, whatever the pattern of
//! looks. The curve itself: `gradual_pool.rs`.

use crate::common::*;
use breakwater_protocol::{
    backstop,
    config::rates::MS_PER_YEAR,
    lens,
    num::{math::WAD, shares::to_assets_down},
    Account, AccountSnapshot, PremiumCurve, Reserve, VaultStake,
};
use proptest::prelude::*;

const YEAR_MS: u64 = 365 * DAY_MS;

/// Lent by others and owed, in units of a token, at a flat rate; so many units in the pool.
fn market(
    decimals: u8,
    rate_wad: u128,
    factor_bps: u16,
    lent: u128,
    owed: u128,
    pool: u128,
) -> Reserve {
    let mut usd = usd_config();
    (usd.decimals, usd.rate, usd.reserve_factor_bps) = (decimals, flat_rate(rate_wad), factor_bps);
    usd.supply_cap = u128::MAX;
    let mut snapshot = AccountSnapshot::new(START_MS, params(), Account::default());
    snapshot.add_reserve(USD, Reserve::new(usd, START_MS).unwrap()).unwrap();
    supply(&mut snapshot, lent).unwrap();
    if pool != 0 {
        backstop::deposit(&mut snapshot, USD, &mut VaultStake::default(), pool).unwrap();
    }
    let mut reserve = snapshot.reserves.remove(0).reserve;
    reserve.balances.cash -= owed;
    (reserve.balances.borrowed, reserve.balances.debt_shares) = (owed, owed * 1_000_000);
    reserve
}

/// A million dollars lent, 1,500 owed at 10 %, a tenth of the interest for the protocol.
fn dollars(pool: u128) -> Reserve {
    market(6, WAD / 10, 1_000, 1_000_000 * DOLLAR, 1_500 * DOLLAR, pool)
}

fn pool_worth(reserve: &Reserve) -> u128 {
    reserve.backstop_assets_down().unwrap()
}

fn protocols(reserve: &Reserve) -> u128 {
    to_assets_down(reserve.balances.protocol_shares, reserve.balances.supplied().unwrap()).unwrap()
}

#[test]
fn a_year_by_hand() {
    // 1,500 x (0.1 + 0.005 + 0.000166...) = 157.749999 of interest. The target is 15 % of 1,500: 225.
    let year = |pool: u128| {
        let mut reserve = dollars(pool * DOLLAR);
        reserve.accrue(START_MS + YEAR_MS).unwrap();
        assert_eq!(reserve.balances.borrowed, 1_657_749_999);
        reserve
    };
    for (pool, premium, lenders) in [
        // At the target 4 %: 9. The lenders' 157.75 - 9 - 15.775 are shared by a million and the pool.
        (225, 9_000_000, 132_974_999),
        // At half of it 6 %; beyond twice it 1 %.
        (112, 6_729_956, 135_245_043),
        (1_000, 10_000_000, 131_974_999),
        // No more than three tenths of the interest.
        (100_000, 47_325_000, 94_649_999),
    ] {
        let reserve = year(pool);
        let earned = pool_worth(&reserve) - pool * DOLLAR;
        let as_lender = lenders * pool / (1_000_000 + pool);
        assert!(earned.abs_diff(premium + as_lender) <= 4, "{pool}: {earned}");
        // The protocol has its tenth, with a pool and without.
        assert!(protocols(&reserve).abs_diff(15_775_000) <= 2, "{pool}: {}", protocols(&reserve));
    }
    let none = year(0);
    assert_eq!(none.balances.backstop_shares, 0);
    assert!(protocols(&none).abs_diff(15_775_000) <= 2);
    // 112 dollars are 0.497778 of the target: 8 % less 0.497778 x 4 % is 6.00889 %.
    let rate_wad = PremiumCurve::default().rate_down_wad(WAD * 112 / 225);
    assert_eq!(rate_wad * 112 * DOLLAR / WAD, 6_729_955);
}

/// Of 18 decimals and of 24, for a year and for a second: amounts times a ray fit no 128 bits.
#[test]
fn many_decimals_stop_nothing() {
    for decimals in [18, 24] {
        let token = 10u128.pow(decimals.into());
        for pool in [15_000, 15_000_000] {
            let lent = 1_000_000_000 * token / 10;
            let mut reserve = market(decimals, WAD / 10, 1_000, lent, lent / 1_000, pool * token);
            reserve.accrue(START_MS + 1_000).unwrap();
            reserve.accrue(START_MS + YEAR_MS).unwrap();
            let earned = pool_worth(&reserve) / token - pool;
            // 4 % of 15,000, and three tenths of 10,516 of interest.
            let want = if pool == 15_000 { 600 } else { 3_155 };
            // As a lender of 100,000,000 and the pool besides.
            let as_lender = (10_516 - want - 1_051) * pool / (100_000_000 + pool);
            assert!(earned.abs_diff(want + as_lender) <= 2, "{decimals} {pool}: {earned}");
        }
    }
}

/// Money that nobody has a stake in earns as lent money does, and no premium.
#[test]
fn without_stakes_there_is_no_premium() {
    let mut reserve = dollars(225 * DOLLAR);
    reserve.vault.shares = 0;
    reserve.accrue(START_MS + YEAR_MS).unwrap();
    let earned = pool_worth(&reserve) - 225 * DOLLAR;
    assert_eq!(earned, 141_974_999 * 225 / 1_000_225);
}

/// What is tied up in stock is paid for too: it has been spent for the lenders.
#[test]
fn stock_counts_at_what_it_cost() {
    let mut reserve = dollars(225 * DOLLAR);
    reserve.burn_backstop_up(125 * DOLLAR).unwrap();
    reserve.balances.cash -= 125 * DOLLAR;
    reserve.vault.bought(ETH, ETHER, 125 * DOLLAR).unwrap();
    reserve.accrue(START_MS + YEAR_MS).unwrap();
    let earned = pool_worth(&reserve) - 100 * DOLLAR;
    assert!(earned.abs_diff(9_000_000 + 132_974_999 * 100 / 1_000_100) <= 4, "{earned}");
}

/// One unit at 8 %: a unit after 12 years and a half, however many looks there are on the way, and nothing
/// of what a whole pool would have had.
#[test]
fn a_stake_of_one_unit_earns_a_units_rate() {
    for every_ms in [DAY_MS, 6 * HOUR_MS] {
        let mut reserve = market(6, WAD / 10, 0, 1_000_000 * DOLLAR, 1_000 * DOLLAR, 1);
        let units = |reserve: &Reserve| {
            // In millionths, at the first worth of a share.
            reserve.balances.backstop_shares / 1_000_000
        };
        let mut first_ms = None;
        let mut now_ms = START_MS;
        while now_ms < START_MS + 13 * YEAR_MS {
            now_ms += every_ms;
            reserve.accrue(now_ms).unwrap();
            if first_ms.is_none() && reserve.balances.backstop_shares > 1_000_000 {
                first_ms = Some(now_ms - START_MS);
            }
        }
        let first_ms = first_ms.unwrap();
        // A unit of its target of 150 dollars is next to empty.
        assert!(first_ms.abs_diff(25 * YEAR_MS / 2) <= every_ms, "{}", first_ms / DAY_MS);
        assert_eq!(units(&reserve), 1);
    }
}

/// A token of no decimals: what is less than a unit is kept, whatever a look brings.
#[test]
fn what_is_less_than_a_unit_is_kept() {
    let run = |every_ms: u64| {
        let mut reserve = market(0, WAD / 10, 1_000, 1_000_000, 100_000, 15_000);
        let mut now_ms = START_MS;
        for _ in 0..30 * DAY_MS / every_ms {
            now_ms += every_ms;
            reserve.accrue(now_ms).unwrap();
        }
        pool_worth(&reserve)
    };
    // 4 % of 15,000 for 30 days are 49.3, and of 700 of interest as a lender 1.5 % with it.
    let [often, seldom, once] = [6_000, HOUR_MS, 30 * DAY_MS].map(run);
    assert!((15_058..=15_060).contains(&once), "{once}");
    assert!(often.abs_diff(once) <= 1 && seldom.abs_diff(once) <= 1, "{often} {seldom} {once}");
}

#[test]
fn lenders_see_what_is_left_of_their_rate() {
    // A tenth of what is lent is owed at 10 %: 1 % a year, of which a tenth is the protocol's.
    let mut reserve = market(6, WAD / 10, 1_000, 1_000_000 * DOLLAR, 100_000 * DOLLAR, 0);
    let rate = |reserve: &Reserve| lens::rates(reserve, START_MS).unwrap().supply_rate_wad;
    assert_eq!(rate(&reserve), 9 * WAD / 1_000);
    // A pool at its target of 15,000: 600 of 10,000 a year, 6 %, but of 1,015,000 lent.
    reserve = market(6, WAD / 10, 1_000, 1_000_000 * DOLLAR, 100_000 * DOLLAR, 15_000 * DOLLAR);
    let got = rate(&reserve) as f64 / 1e18;
    let want = 0.1 * (100_000.0 / 1_015_000.0) * (1.0 - 0.1 - 0.06);
    assert!((got - want).abs() < 1e-12, "{got} {want}");
    // A huge one takes its three tenths.
    let reserve = market(6, WAD / 10, 1_000, 500_000 * DOLLAR, 100_000 * DOLLAR, 500_000 * DOLLAR);
    let got = rate(&reserve);
    assert!(got.abs_diff(6 * WAD / 1_000) <= 1, "{got}");
    // Where nobody borrows nothing is taken.
    let idle = market(6, WAD / 10, 1_000, 1_000_000 * DOLLAR, 0, 15_000 * DOLLAR);
    assert_eq!(rate(&idle), 0);
}

#[test]
fn no_interest_no_premium() {
    let mut idle = market(6, 0, 1_000, 1_000_000 * DOLLAR, 100_000 * DOLLAR, 15_000 * DOLLAR);
    idle.accrue(START_MS + YEAR_MS).unwrap();
    assert_eq!(pool_worth(&idle), 15_000 * DOLLAR);
    let mut none = market(6, WAD / 10, 1_000, 1_000_000 * DOLLAR, 0, 15_000 * DOLLAR);
    none.accrue(START_MS + YEAR_MS).unwrap();
    assert_eq!((pool_worth(&none), none.balances.premium_rest_ray), (15_000 * DOLLAR, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// For any decimals, sizes and pattern of looks: what was paid is the sum of what each time was due, to
    /// 10^-6 and a unit; in all no more than its share of the interest; and no lender's share ever falls.
    #[test]
    fn it_is_exact_over_any_pattern_of_looks(
        decimals in 0u8..=24,
        tokens in prop_oneof![1u128..100, 1u128..10_000_000],
        rate_bps in 1u128..3_000,
        factor_bps in 0u16..=7_000,
        pool_permille in prop_oneof![1u128..50, 1u128..2_000],
        gaps in proptest::collection::vec((0usize..5, 1u64..300), 1..30),
    ) {
        let unit = 10u128.pow(u32::from(decimals));
        let owed = tokens * unit.min(1 << 70);
        let pool = (owed * pool_permille / 1_000).max(1);
        let rate_wad = WAD * rate_bps / 10_000;
        let mut reserve = market(decimals, rate_wad, factor_bps, 2 * owed, owed, pool);
        let curve = PremiumCurve::default();
        let worth = |reserve: &Reserve| {
            let pot = reserve.balances.supplied().unwrap();
            (pot.assets + 1) as f64 / (pot.shares + 1_000_000) as f64
        };
        let (mut due, mut paid, mut interest) = (0.0, 0.0, 0.0);
        let mut now_ms = START_MS;
        for (kind, times) in gaps {
            let every_ms = [1, 1_000, 6_000, HOUR_MS, DAY_MS][kind];
            for _ in 0..if kind == 4 { times.min(2) } else { times } {
                let before = reserve.clone();
                now_ms += every_ms;
                reserve.accrue(now_ms).unwrap();
                let earned = (reserve.balances.borrowed - before.balances.borrowed) as f64;
                let size = pool_worth(&before) as f64;
                let target = before.balances.borrowed as f64 * 0.15;
                let sized = size / target;
                let rate = if sized < 1.0 { 0.08 - 0.04 * sized } else { 0.04 - 0.03 * (sized - 1.0) };
                let yearly = rate.max(0.01) * size;
                prop_assert!(curve.rate_down_wad((sized * 1e18) as u128) as f64 / 1e18 <= rate.max(0.01) + 1e-9);
                // Of what is exactly earned, also where that is less than a unit.
                let growth = (rate_wad as f64 / 1e18) * every_ms as f64 / MS_PER_YEAR as f64;
                let most = before.balances.borrowed as f64 * growth.exp_m1() * 0.3;
                due += (yearly * every_ms as f64 / MS_PER_YEAR as f64).min(most);
                interest += earned;
                let shares = reserve.balances.backstop_shares - before.balances.backstop_shares;
                paid += shares as f64 * worth(&reserve);
                prop_assert!(worth(&reserve) >= worth(&before) * (1.0 - 1e-15));
            }
        }
        // The sums here are rounded too.
        prop_assert!(paid <= interest * 0.3 * (1.0 + 1e-12) + 1.0, "{paid} of {interest}");
        prop_assert!(paid <= due * (1.0 + 1e-6) + 1.0 && paid >= due * (1.0 - 1e-6) - 2.0, "{paid} {due}");
    }
}
