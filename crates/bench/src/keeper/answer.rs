//! How fast a fall of a price is answered.

use super::USD;
use anyhow::{ensure, Context, Result};
use breakwater_chain::{AccountId, Chain, Ledger, Signer, Transaction, Weight};
use breakwater_client::{deploy::must, Deployment, LocalPlan, MarketEvent};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_keeper::{config::Config, endpoints::Connect, metrics::Metrics, service::Keeper};
use breakwater_protocol::{num::math::WAD, BreakerConfig};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

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
