//! `--live`: the replay at a chosen speed, while the page shows it.

use super::setup::Cast;
use crate::{
    app::{Page, Serving},
    deployment::{hash_text, Address, Asset, Deployment, Pool},
    output::{note, say},
};
use anyhow::{Context as _, Result};
use breakwater_chain::Chain;
use breakwater_client::deploy::{ETH_DECIMALS, USD_DECIMALS};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Where the demo's market is written down: commands take it by `--deployment`.
pub const DEPLOYMENT: &str = "breakwater.deployment.demo.toml";

/// Keeps a replay from running faster than asked for.
pub struct Pacer {
    began: Instant,
    step: Duration,
}

impl Pacer {
    /// Steps of `step_ms` of the path's time, `speed` times as fast as they were.
    pub fn new(step_ms: u64, speed: f64) -> Self {
        let seconds = step_ms as f64 / 1_000.0 / speed;
        Self { began: Instant::now(), step: Duration::from_secs_f64(seconds) }
    }

    /// Waits until step number `step` is due. A replay that is late does not wait.
    pub fn wait(&self, step: u64) {
        let due = self.step.mul_f64(step as f64);
        std::thread::sleep(due.saturating_sub(self.began.elapsed()));
    }
}

/// Writes the demo's market down and serves the page for it.
pub fn show(chain: &mut dyn Chain, cast: &Cast, node: &str, serving: &Serving) -> Result<Page> {
    let path = Path::new(DEPLOYMENT);
    deployment(chain, cast)?.save(path)?;
    let page = Page::start(serving, node, path).context("the page of the demo")?;
    say(&format!("watch it at {}#/auctions", page.url()))?;
    note(&format!("commands: --node {node} --deployment {DEPLOYMENT}"));
    Ok(page)
}

fn deployment(chain: &mut dyn Chain, cast: &Cast) -> Result<Deployment> {
    let (on, number) = (&cast.on, chain.block_number()?);
    let asset = |symbol: &str, token, decimals, id| Asset {
        symbol: symbol.into(),
        token: Address(token),
        decimals,
        token_symbol: None,
        id: Some(id),
    };
    Ok(Deployment {
        genesis: hash_text(chain.genesis_hash()?),
        block: Some(number),
        block_hash: chain.block_hash(number)?.map(hash_text),
        oracle: Some(Address(on.oracle.address)),
        market: Some(Address(on.market.address)),
        lens: Some(Address(on.lens.address)),
        governor: None,
        taker: cast.takers.first().copied().map(Address),
        assets: vec![
            asset("ETH", on.eth.address, ETH_DECIMALS, on.eth_asset),
            asset("USD", on.usd.address, USD_DECIMALS, on.usd_asset),
        ],
        pools: vec![Pool {
            base: "ETH".into(),
            quote: "USD".into(),
            address: Address(on.amm.address),
        }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_no_sooner_than_the_speed_says() {
        let pacer = Pacer::new(60_000, 6_000.0);
        for step in 1..=5 {
            pacer.wait(step);
        }
        assert!(pacer.began.elapsed() >= Duration::from_millis(50));
        // Late: no more waiting.
        let before = Instant::now();
        pacer.wait(1);
        assert!(before.elapsed() < Duration::from_millis(10));
    }
}
