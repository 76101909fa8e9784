//! `breakwater bench keeper`: how fast accounts are ranked, and how fast a fall of a price is answered.

use anyhow::{ensure, Context, Result};
use breakwater_chain::{AccountId, Chain, Ledger, Signer, Transaction, Weight};
use breakwater_client::{deploy::must, Deployment, LocalPlan, MarketEvent};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_keeper::{
    config::Config,
    endpoints::Connect,
    index::AccountIndex,
    metrics::Metrics,
    ranking::{health, Ranking},
    service::Keeper,
};
use breakwater_protocol::{
    num::math::WAD, risk::tiers::Tier, AssetId, BreakerConfig, Position, Price, PricedReserve,
    Reserve,
};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
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

/// Runs the measurements and prints them.
pub fn run(args: &Args) -> Result<()> {
    println!("{}", ranking(args.accounts));
    if args.borrowers != 0 {
        println!("{}", answer(args.borrowers, 10)?);
    }
    Ok(())
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

/// What an answer to a price takes.
#[derive(Clone, Debug)]
pub struct AnswerFigures {
    pub borrowers: u32,
    /// From the block with the price to all starts being submitted and sealed, the chain's own work
    /// in this process included.
    pub took: Duration,
    /// Borrowers whom the price makes unhealthy.
    pub unhealthy: usize,
    pub price_block: u64,
    pub first_start_block: u64,
    pub last_start_block: u64,
    pub started: usize,
    /// First reading of all blocks.
    pub sync_blocks: u64,
    pub sync: Duration,
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
                tick.worked.unwrap_or(tick.took).as_secs_f64() * 1_000.0,
                tick.computed,
                tick.unhealthy,
                if tick.is_exact { "yes" } else { "NO" }
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for AnswerFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} blocks read in {:.2?}: {:.0} blocks/s",
            self.sync_blocks,
            self.sync,
            self.sync_blocks as f64 / self.sync.as_secs_f64()
        )?;
        write!(
            f,
            "{} borrowers: price in block {}, {} of {} unhealthy started in blocks {} to {}, {:.2?}",
            self.borrowers,
            self.price_block,
            self.started,
            self.unhealthy,
            self.first_start_block,
            self.last_start_block,
            self.took
        )
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

/// Who has loans.
#[derive(Clone, Copy)]
struct Crowd {
    borrowers: u32,
    one_in: u32,
}

impl Crowd {
    /// One borrower in `one_in` is unhealthy at 180 dollars.
    fn is_weak(self, index: u32) -> bool {
        index.is_multiple_of(self.one_in)
    }
}

/// Times a keeper on the embedded chain: first reading of all blocks, and from the block with a price
/// at which one borrower in `one_in` is unhealthy to their auctions.
///
/// # Errors
/// If contracts are not built, or the chain refuses something.
pub fn answer(borrowers: u32, one_in: u32) -> Result<AnswerFigures> {
    let crowd = Crowd { borrowers, one_in };
    let mut chain = EmbeddedChain::new(Profile::Node)?;
    chain.remember(0);
    let admin = Signer::from_uri("//Alice")?;
    let mut plan = LocalPlan::default();
    plan.params.breaker = BreakerConfig::by_hand();
    plan.usd.min_debt = 0;
    let on = Deployment::deploy(&mut chain, &admin, &plan)?;
    lend(&mut chain, &on, &admin, u128::from(borrowers) * 200 * USD)?;
    push(&mut chain, &on, &admin, 200)?;
    stage(&mut chain, &on, &admin, crowd)?;

    let folder = std::env::temp_dir().join(format!("breakwater-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let figures = timed(chain, &on, &admin, crowd, &folder.join("bench.redb"));
    std::fs::remove_dir_all(&folder).context("the bench's folder")?;
    figures
}

fn timed(
    chain: EmbeddedChain,
    on: &Deployment,
    admin: &Signer,
    crowd: Crowd,
    store: &std::path::Path,
) -> Result<AnswerFigures> {
    let text = format!(
        "[chain]\nendpoints = [\"embedded\"]\n[market]\nmarket = \"0x{}\"\n[store]\npath = {store:?}\n\
         [starts]\nmax_per_block = 100000\n[executor]\nmax_in_flight = 100000\n",
        hex::encode(on.market.address)
    );
    let config = Config::parse(&text)?;
    let chain = Arc::new(Mutex::new(chain));
    let shared = Arc::clone(&chain);
    let connect: Connect = Box::new(move |_| Ok(Box::new(Arc::clone(&shared)) as Box<dyn Ledger>));
    let metrics = Arc::new(Metrics::new());
    let us = Signer::from_uri("//Dave")?;
    let began = Instant::now();
    let mut keeper = Keeper::start(config, us, connect, false, metrics)?;
    while !keeper.round()?.caught_up {}
    let sync = began.elapsed();
    let sync_blocks = keeper.store().cursor().block.number;

    let lock = || chain.lock().unwrap_or_else(PoisonError::into_inner);
    push(&mut lock(), on, admin, 180)?;
    let price_block = lock().best()?.number;
    let began = Instant::now();
    keeper.round()?;
    let took = began.elapsed();
    let last = lock().best()?.number;
    let hashes = lock().hashes(price_block + 1, last)?;
    let hashes: Vec<_> = hashes.into_iter().flatten().collect();
    let mut starts = Vec::new();
    for block in lock().blocks(&hashes)? {
        let events = block.events().filter_map(MarketEvent::decode);
        let started = events.filter(|e| matches!(e, MarketEvent::LiquidationStarted(_))).count();
        if started != 0 {
            starts.push((block.id.number, started));
        }
    }
    let unhealthy = (0..crowd.borrowers).filter(|index| crowd.is_weak(*index)).count();
    let (first, last) = (starts.first().map_or(0, |s| s.0), starts.last().map_or(0, |s| s.0));
    Ok(AnswerFigures {
        borrowers: crowd.borrowers,
        took,
        unhealthy,
        price_block,
        first_start_block: first,
        last_start_block: last,
        started: starts.iter().map(|(_, started)| started).sum(),
        sync_blocks,
        sync,
    })
}

/// Gas that any of a borrower's messages gets along with.
const GAS: Weight = Weight { ref_time: 100_000_000_000, proof_size: 4 * 1024 * 1024 };

fn lend(chain: &mut EmbeddedChain, on: &Deployment, admin: &Signer, units: u128) -> Result<()> {
    let calls = vec![
        on.usd.mint(admin.account(), units),
        on.usd.approve(on.market.address, u128::MAX),
        on.market.supply(on.usd_asset, units, None),
    ];
    must(chain, admin, calls)?;
    Ok(())
}

/// One ETH each against 100 dollars, or 149 for the weak: healthy at 200; those with 149 not
/// at 180.
fn stage(chain: &mut EmbeddedChain, on: &Deployment, admin: &Signer, crowd: Crowd) -> Result<()> {
    for chunk in (0..crowd.borrowers).collect::<Vec<_>>().chunks(200) {
        let signers = chunk
            .iter()
            .map(|index| Ok((*index, Signer::from_uri(&format!("//Borrower/{index}"))?)))
            .collect::<Result<Vec<_>>>()?;
        let accounts: Vec<AccountId> = signers.iter().map(|(_, one)| one.account()).collect();
        chain.fund(admin, &accounts, 10_000_000_000_000)?;
        for part in accounts.chunks(50) {
            let gifts = part.iter().map(|account| on.eth.mint(*account, WAD));
            must(chain, admin, gifts.collect())?;
        }
        let loans: Vec<Transaction> = signers
            .iter()
            .map(|(index, signer)| {
                let dollars = if crowd.is_weak(*index) { 149 } else { 100 };
                let calls = [
                    on.eth.approve(on.market.address, u128::MAX),
                    on.market.deposit_collateral(on.eth_asset, WAD, None),
                    on.market.borrow(on.usd_asset, dollars * USD),
                ];
                Transaction::batch(signer, calls.map(|call| call.with_gas(GAS)).to_vec())
            })
            .collect();
        for receipt in chain.submit_all(&loans)? {
            ensure!(receipt.result.is_ok(), "a loan failed: {:?}", receipt.result);
        }
    }
    Ok(())
}

fn push(chain: &mut EmbeddedChain, on: &Deployment, admin: &Signer, dollars: u128) -> Result<()> {
    let now_ms = chain.now_ms()?;
    must(chain, admin, vec![on.push_prices(dollars * WAD, now_ms)])?;
    Ok(())
}
