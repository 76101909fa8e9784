//! `breakwater bench keeper`: how fast accounts are ranked, and how fast a fall of a price is answered.

mod answer;

pub use answer::{answer, AnswerFigures};

use anyhow::Result;
use breakwater_chain::AccountId;
use breakwater_client::LocalPlan;
use breakwater_keeper::{
    index::AccountIndex,
    ranking::{health, Ranking},
};
use breakwater_protocol::{
    num::math::WAD, risk::tiers::Tier, AssetId, Position, Price, PricedReserve, Reserve,
};
use std::{
    fmt,
    time::{Duration, Instant},
};

#[derive(clap::Args)]
pub struct Args {
    /// Accounts in debt that are ranked
    #[arg(long, default_value_t = 1_000_000)]
    accounts: u32,
    /// Borrowers on the embedded chain whose liquidation is timed; none unless given
    #[arg(long, default_value_t = 0)]
    borrowers: u32,
}

/// Runs the measurements and prints them; what ranking has cost.
///
/// # Errors
/// Those of [`answer()`].
pub fn run(args: &Args) -> Result<RankingFigures> {
    let ranking = ranking(args.accounts);
    println!("{ranking}");
    if args.borrowers != 0 {
        println!("{}", answer(args.borrowers, 10)?);
    }
    Ok(ranking)
}

/// What ranking costs.
#[derive(Clone, Debug)]
pub struct RankingFigures {
    pub accounts: u32,
    /// Memory of the process that came with the accounts, in bytes, where the system tells.
    pub memory: Option<u64>,
    pub build: Duration,
    /// Time of a look at everybody.
    pub everybody: Duration,
    pub ticks: Vec<TickFigures>,
}

impl RankingFigures {
    /// The tick that moved prices by so many per cent.
    pub fn tick(&self, price_percent: f64) -> Option<&TickFigures> {
        self.ticks.iter().find(|tick| tick.price_percent == price_percent)
    }
}

/// What one price tick costs.
#[derive(Clone, Copy, Debug)]
pub struct TickFigures {
    /// Prices of all collateral against those at which all were ranked, in per cent.
    pub price_percent: f64,
    pub took: Duration,
    /// Part of it that a core has worked on it, where the system tells.
    pub worked: Option<Duration>,
    pub computed: usize,
    pub unhealthy: usize,
    /// The same was found by a look at everybody.
    pub is_exact: bool,
}

impl TickFigures {
    /// A core's time, or all time where the system does not tell.
    pub fn of_a_core(&self) -> Duration {
        self.worked.unwrap_or(self.took)
    }
}

impl fmt::Display for RankingFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} accounts ranked in {:.2?}", self.accounts, self.build)?;
        if let Some(memory) = self.memory {
            write!(f, ", {} MB", memory / 1_000_000)?;
        }
        writeln!(f, "; a look at everybody takes {:.1?}", self.everybody)?;
        writeln!(
            f,
            "| prices | time | of a core | computed | unhealthy | as a look at everybody |"
        )?;
        write!(f, "|--:|--:|--:|--:|--:|---|")?;
        for tick in &self.ticks {
            write!(
                f,
                "\n| {:+.2} % | {:.2} ms | {:.2} ms | {} | {} | {} |",
                tick.price_percent,
                tick.took.as_secs_f64() * 1_000.0,
                tick.of_a_core().as_secs_f64() * 1_000.0,
                tick.computed,
                tick.unhealthy,
                if tick.is_exact { "yes" } else { "NO" }
            )?;
        }
        Ok(())
    }
}

const NOW_MS: u64 = 1_700_000_000_000;
const USD: u128 = 1_000_000;
/// Debt shares for a unit at the start.
const SHARES: u128 = 1_000_000;

/// Ranks synthetic accounts in debt and times ticks. Four collaterals, one with two tiers and one with
/// three, and two debts; three in ten accounts have two collaterals, one in ten two debts. Health
/// factors lie evenly between 1.001 and 2.5.
pub fn ranking(accounts: u32) -> RankingFigures {
    let reserves = |percent: f64| market(percent);
    let before = resident();
    let mut index = AccountIndex::default();
    let at_start = reserves(0.0);
    let mut draw = Draw(1);
    for number in 0..accounts {
        for position in borrower(&mut draw, &at_start) {
            let mut account: AccountId = [0; 32];
            // Spread like real addresses.
            account[..8].copy_from_slice(&draw_of(number).to_be_bytes());
            account[8..12].copy_from_slice(&number.to_be_bytes());
            index.set(account, position);
        }
    }
    let began = Instant::now();
    let mut ranking = Ranking::default();
    for (account, positions) in index.accounts() {
        ranking.update(*account, &positions, false, &at_start);
    }
    let build = began.elapsed();
    let memory = resident().zip(before).map(|(after, before)| after.saturating_sub(before));
    let began = Instant::now();
    let _ = everybody(&index, &at_start);
    let all = began.elapsed();
    let ticks = [-0.01, -0.1, -0.5, -1.0, -2.0, -5.0, -10.0, 5.0];
    let ticks = ticks.map(|price_percent| {
        let now = reserves(price_percent);
        let (began, worked) = (Instant::now(), worked());
        let (found, effort) = ranking.unhealthy(&index, &now);
        let took = began.elapsed();
        let worked = self::worked().zip(worked).map(|(now, then)| now.saturating_sub(then));
        let mut found: Vec<AccountId> = found.into_iter().map(|one| one.account).collect();
        found.sort_unstable();
        let is_exact = found == everybody(&index, &now);
        let (computed, unhealthy) = (effort.computed, found.len());
        TickFigures { price_percent, took, worked, computed, unhealthy, is_exact }
    });
    RankingFigures { accounts, memory, build, everybody: all, ticks: ticks.into() }
}

/// Everybody who is unhealthy, by looking at everybody.
fn everybody(index: &AccountIndex, reserves: &[PricedReserve]) -> Vec<AccountId> {
    let mut found: Vec<AccountId> = index
        .accounts()
        .filter(|(_, held)| health(held, reserves).is_ok_and(|health| !health.is_healthy()))
        .map(|(account, _)| *account)
        .collect();
    found.sort_unstable();
    found
}

/// A generator that is the same everywhere (SplitMix64).
struct Draw(u64);

impl Draw {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        draw_of_seed(self.0) % below
    }
}

fn draw_of(index: u32) -> u64 {
    draw_of_seed(u64::from(index).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

fn draw_of_seed(seed: u64) -> u64 {
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// The market with prices of all collateral moved by per cent.
fn market(percent: f64) -> Vec<PricedReserve> {
    let plan = LocalPlan::default();
    let tier = |usd: u128, threshold: u16| Tier {
        from_wad: usd * WAD,
        ltv_bps: threshold - 500,
        liquidation_threshold_bps: threshold,
    };
    let kinds: [(u128, Vec<Tier>); 6] = [
        (200 * WAD, plan.eth.tiers.clone()),
        (30_000 * WAD, vec![tier(0, 8_300), tier(100_000, 7_500)]),
        (5 * WAD, vec![tier(0, 7_500), tier(20_000, 6_000), tier(100_000, 4_000)]),
        (WAD, vec![tier(0, 9_000)]),
        (WAD, Vec::new()),
        (WAD, Vec::new()),
    ];
    let priced = |(asset, (price_wad, tiers)): (AssetId, (u128, Vec<Tier>))| {
        let is_debt = tiers.is_empty();
        let mut config = if is_debt { plan.usd.clone() } else { plan.eth.clone() };
        config.tiers = tiers;
        let mut reserve = Reserve::new(config, NOW_MS).ok()?;
        if is_debt {
            // As if much were owed: a share is worth a millionth of a unit and stays so.
            reserve.balances.borrowed = 1_000_000_000_000 * USD;
            reserve.balances.debt_shares = reserve.balances.borrowed * SHARES;
        }
        let moved = if is_debt { 1.0 } else { 1.0 + percent / 100.0 };
        let price = Price::exact((price_wad as f64 * moved) as u128, NOW_MS);
        Some(PricedReserve { asset, reserve, price: Some(price), now_ms: NOW_MS, changed: false })
    };
    (0..).zip(kinds).filter_map(priced).collect()
}

/// Positions with a health factor between 1.001 and 2.5.
fn borrower(draw: &mut Draw, reserves: &[PricedReserve]) -> Vec<Position> {
    let first = draw.next(4) as AssetId;
    let mut held = vec![first];
    if draw.next(10) < 3 {
        held.push((first + 1 + draw.next(3) as AssetId) % 4);
    }
    let lot = |asset: AssetId, draw: &mut Draw| {
        // 100 to 100,000 dollars, more small than large.
        let dollars = 100 * 10u128.pow(draw.next(3) as u32) * (1 + u128::from(draw.next(10)));
        let price_wad = reserves[usize::from(asset)].price.map_or(WAD, |price| price.mid_wad);
        let collateral = dollars * WAD / (price_wad / WAD).max(1);
        Position { asset, collateral, ..Position::default() }
    };
    let mut positions: Vec<Position> = held.into_iter().map(|asset| lot(asset, draw)).collect();
    let carries_wad = health(&positions, reserves).map_or(0, |health| health.threshold_wad);
    let factor = 1_001 + u128::from(draw.next(1_500));
    let units = carries_wad / factor * 1_000 / (WAD / USD);
    let debts: &[AssetId] = if draw.next(10) == 0 { &[4, 5] } else { &[4] };
    for asset in debts {
        let debt_shares = units * SHARES / debts.len() as u128;
        positions.push(Position { asset: *asset, debt_shares, ..Position::default() });
    }
    positions
}

/// Time that a core has worked on this thread, where the system tells.
fn worked() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
}

/// Resident memory of this process, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let priced = status.lines().find(|priced| priced.starts_with("VmRSS:"))?;
    priced.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kb| kb * 1_024)
}
