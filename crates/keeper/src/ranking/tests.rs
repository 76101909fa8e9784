use super::*;
use breakwater_client::LocalPlan;
use breakwater_protocol::{
    risk::{
        ramp::Ramp,
        tiers::{Schedule, Tier},
    },
    Price, Reserve,
};
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeMap;

const NOW_MS: u64 = 1_700_000_000_000;

/// A market of five assets: three collaterals, one with two tiers and one with three, the second
/// asset and the last borrowable; the last can be both.
fn market(prices: &[u128; 5], owed: &[(u128, u128); 5]) -> Vec<PricedReserve> {
    let plan = LocalPlan::default();
    let tier = |usd: u128, threshold: u16| Tier {
        from_wad: usd * WAD,
        ltv_bps: threshold - 500,
        liquidation_threshold_bps: threshold,
    };
    let tiers = [
        vec![tier(0, 8_000)],
        vec![],
        vec![tier(0, 8_300), tier(50_000, 7_000)],
        vec![tier(0, 7_500), tier(10_000, 6_000), tier(200_000, 2_000)],
        vec![tier(0, 9_000)],
    ];
    let decimals = [18, 6, 8, 12, 6];
    (0u8..5)
        .map(|asset| {
            let at = usize::from(asset);
            let mut config = plan.eth.clone();
            config.borrowable = asset == 1 || asset == 4;
            config.collateral = asset != 1;
            config.tiers = tiers[at].clone();
            // Above the highest threshold.
            config.auction.pool_ltv_bps = 9_100;
            config.decimals = decimals[at];
            let mut reserve = Reserve::new(config, NOW_MS).expect("a reserve");
            (reserve.balances.borrowed, reserve.balances.debt_shares) = owed[at];
            let price = Some(Price::exact(prices[at], NOW_MS));
            PricedReserve { asset, reserve, price, now_ms: NOW_MS, changed: false }
        })
        .collect()
}

const PRICES: [u128; 5] = [200 * WAD, WAD, 30_000 * WAD, 5 * WAD, WAD];
const OWED: [(u128, u128); 5] = [
    (0, 0),
    (1_000_000_000_000, 900_000_000_000_000_000),
    (0, 0),
    (0, 0),
    (5_000_000, 4_900_000_000_000),
];

/// Collateral worth between some cents and some million dollars at the first prices: around the edges
/// of the tiers. One in eight is next to nothing.
fn collateral(asset: u8, log: u32, digits: u128) -> Position {
    let least = [15, 0, 4, 11, 5][usize::from(asset)];
    let power = if log % 8 == 7 { 0 } else { least + log % 4 };
    let collateral = (digits % 1_000 + 1) * 10u128.pow(power);
    Position { asset, collateral, ..Position::default() }
}

fn everybody(index: &AccountIndex, reserves: &[PricedReserve]) -> Vec<Unhealthy> {
    let mut found: Vec<Unhealthy> = index
        .accounts()
        .filter_map(|(account, held)| {
            let health = health(&held, reserves).ok()?;
            (!health.is_healthy()).then(|| Unhealthy {
                health_factor_wad: health.health_factor_wad(),
                account: *account,
            })
        })
        .collect();
    found.sort_unstable();
    found
}

/// An account as drawn: its collateral, and its health factor in hundredths for a debt in each of two
/// assets, or shares drawn like amounts for tiny debts.
type Drawn = (Vec<(u8, u32, u128)>, [Option<u128>; 2], Option<u128>);

fn population(drawn: &[Drawn], reserves: &[PricedReserve]) -> (AccountIndex, Ranking) {
    let (mut index, mut ranking) = (AccountIndex::default(), Ranking::default());
    for (number, (held, factors, tiny)) in drawn.iter().enumerate() {
        let mut account = [0; 32];
        account[..8].copy_from_slice(&(number as u64).to_be_bytes());
        for (asset, log, digits) in held {
            let asset = [0, 2, 3, 4][usize::from(asset % 4)];
            index.set(account, collateral(asset, *log, *digits));
        }
        let carried = health(&index.positions(&account), reserves).expect("a health").threshold_wad;
        for (asset, factor) in [1u8, 4].into_iter().zip(factors) {
            let (assets, shares) = OWED[usize::from(asset)];
            let debt_shares = match (factor, tiny) {
                (Some(factor), None) => {
                    // A dollar is 10^6 units.
                    let units = carried / factor / 10_000_000_000 / 2;
                    units.saturating_mul(shares / assets.max(1))
                }
                (Some(_), Some(tiny)) => tiny * shares / assets / 3,
                (None, _) => 0,
            };
            let positions = index.positions(&account);
            let held = positions.iter().find(|held| held.asset == asset);
            let held = held.copied().unwrap_or(Position { asset, ..Position::default() });
            index.set(account, Position { debt_shares, ..held });
        }
        ranking.update(account, &index.positions(&account), false, reserves);
    }
    (index, ranking)
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let factor = || prop::option::of(80u128..250);
    (
        vec((any::<u8>(), 0u32..20, any::<u128>()), 0..4),
        [factor(), factor()],
        prop::option::weighted(0.2, 1u128..30),
    )
}

/// The same accounts, and no health factor above the true one.
fn same(found: &[Unhealthy], all: &[Unhealthy]) -> Result<(), TestCaseError> {
    let by_account = |some: &[Unhealthy]| {
        some.iter().map(|one| (one.account, one.health_factor_wad)).collect::<BTreeMap<_, _>>()
    };
    let (found, all) = (by_account(found), by_account(all));
    prop_assert!(found.keys().eq(all.keys()), "{found:?} are not {all:?}");
    for (account, least_wad) in found {
        // Up to the margin for rounding.
        let most_wad = all[&account] + all[&account] / 100_000 + ROUNDED_WAD;
        prop_assert!(least_wad <= most_wad, "{least_wad} is above {}", all[&account]);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// What the ranking finds is what a look at everybody finds, however prices, interest and thresholds have moved since the reference.
    #[test]
    fn it_finds_exactly_what_a_look_at_everybody_finds(
        drawn in vec(drawn(), 1..80),
        moves in vec((any::<u8>(), 500_000u128..2_500_000, 1u128..50_000, 0u64..400), 1..8),
        tidy in any::<bool>(),
    ) {
        let (mut prices, mut owed) = (PRICES, OWED);
        let mut reserves = market(&prices, &owed);
        let (index, mut ranking) = population(&drawn, &reserves);
        for (asset, factor, interest, days) in moves {
            let at = usize::from(asset % 5);
            prices[at] = (prices[at] / 1_000_000 * factor).max(1);
            owed[at].0 = owed[at].0 / 1_000_000 * (1_000_000 + interest);
            reserves = market(&prices, &owed);
            // Thresholds on their way down.
            let from = Schedule::thresholds(&reserves[2].reserve.config.tiers);
            let ramp = Ramp {
                from: from.brackets().to_vec(),
                started_ms: NOW_MS - days * 86_400_000,
                bps_per_day: 20,
            };
            reserves[2].reserve.config.tiers[0].liquidation_threshold_bps = 6_000;
            reserves[2].reserve.config.tiers[0].ltv_bps = 5_000;
            reserves[2].reserve.config.tiers.truncate(1);
            reserves[2].reserve.ramp = Some(ramp);
            let (found, _) = ranking.unhealthy(&index, &reserves);
            same(&found, &everybody(&index, &reserves))?;
            if tidy {
                ranking.tidy(&index, &reserves);
                let (again, _) = ranking.unhealthy(&index, &reserves);
                same(&again, &everybody(&index, &reserves))?;
            }
        }
    }
}

fn account(number: u8) -> AccountId {
    [number; 32]
}

/// 10 ETH at 80 % carry 1,600 dollars at 200: health 1.0667 with a debt of 1,500.
#[test]
fn only_those_near_the_edge_are_computed() {
    let reserves = market(&PRICES, &[(0, 0); 5]);
    let (mut index, mut ranking) = (AccountIndex::default(), Ranking::default());
    for number in 1..=100 {
        // Debts of 15, 30, ... 1,500 dollars; a share is a millionth of a unit.
        let debt_shares = u128::from(number) * 15_000_000 * 1_000_000;
        let eth = Position { asset: 0, collateral: 10 * WAD, ..Position::default() };
        let usd = Position { asset: 1, debt_shares, ..Position::default() };
        index.set(account(number), eth);
        index.set(account(number), usd);
        ranking.update(account(number), &index.positions(&account(number)), false, &reserves);
    }
    assert_eq!(ranking.len(), 100);
    let (found, effort) = ranking.unhealthy(&index, &reserves);
    assert_eq!((found.len(), effort.computed), (0, 0));
    // At 180 dollars 1,440 are carried: debts of 1,455 to 1,500 are too much, 1,440 is just not.
    let mut prices = PRICES;
    prices[0] = 180 * WAD;
    let reserves = market(&prices, &[(0, 0); 5]);
    // With one tier it is certain of all but the last.
    let (found, effort) = ranking.unhealthy(&index, &reserves);
    assert_eq!((found.len(), effort.computed), (4, 1));
    assert_eq!(found[0].account, account(100));
    assert!(960_000_000_000_000_000 - found[0].health_factor_wad < 10);
}

#[test]
fn accounts_in_auction_or_without_debt_or_price_are_left_out() {
    let reserves = market(&PRICES, &OWED);
    let (mut index, mut ranking) = (AccountIndex::default(), Ranking::default());
    let debt = Position { asset: 1, debt_shares: 10u128.pow(18), ..Position::default() };
    index.set(account(1), debt);
    index.set(account(2), Position { asset: 0, collateral: WAD, ..Position::default() });
    ranking.update(account(1), &index.positions(&account(1)), true, &reserves);
    ranking.update(account(2), &index.positions(&account(2)), false, &reserves);
    assert!(ranking.is_empty());
    ranking.update(account(1), &index.positions(&account(1)), false, &reserves);
    assert_eq!(ranking.unhealthy(&index, &reserves).0.len(), 1);
    let mut blind = reserves.clone();
    blind[1].price = None;
    assert!(ranking.unhealthy(&index, &blind).0.is_empty());
    assert_eq!(ranking.unhealthy(&index, &reserves).0.len(), 1);
}

/// Collateral that lost its price carries nothing: whether the rest is to be sold the market decides.
#[test]
fn who_holds_something_without_a_price_as_well_is_found() {
    let reserves = market(&PRICES, &OWED);
    let (mut index, mut ranking) = (AccountIndex::default(), Ranking::default());
    for (number, ether) in [(1, 10), (2, 30)] {
        let eth = Position { asset: 0, collateral: ether * WAD, ..Position::default() };
        let other = Position { asset: 3, collateral: 10u128.pow(12), ..Position::default() };
        // About 1,666 dollars on 2,000, or on 6,000.
        let debt = Position { asset: 1, debt_shares: 1_500_000_000_000_000, ..Position::default() };
        [eth, other, debt].into_iter().for_each(|held| index.set(account(number), held));
        ranking.update(account(number), &index.positions(&account(number)), false, &reserves);
    }
    let mut blind = reserves.clone();
    blind[3].price = None;
    let (found, effort) = ranking.unhealthy(&index, &blind);
    assert_eq!((found.len(), found[0].account, effort.computed), (1, account(1), 2));
    // It is not a new reference, nor a reason for one.
    assert_eq!(ranking.tidy(&index, &blind), Effort::default());
    assert_eq!(ranking.unhealthy(&index, &reserves).0.len(), 1);
}

/// A group that was first seen without a price is ranked once there is one.
#[test]
fn a_price_that_comes_later_is_used() {
    let reserves = market(&PRICES, &OWED);
    let mut blind = reserves.clone();
    blind[0].price = None;
    let (mut index, mut ranking) = (AccountIndex::default(), Ranking::default());
    for number in 1..=2 {
        let collateral = u128::from(number) * 10 * WAD;
        index.set(account(number), Position { asset: 0, collateral, ..Position::default() });
        // About 1,666 dollars.
        let debt = Position { asset: 1, debt_shares: 1_500_000_000_000_000, ..Position::default() };
        index.set(account(number), debt);
        ranking.update(account(number), &index.positions(&account(number)), false, &blind);
    }
    assert_eq!(ranking.unhealthy(&index, &reserves).0.len(), 1);
    assert_eq!(ranking.tidy(&index, &reserves).rebuilt, 1);
    // What it knows now it need not compute.
    let (found, effort) = ranking.unhealthy(&index, &reserves);
    assert_eq!((found.len(), effort.computed), (1, 0));
}
