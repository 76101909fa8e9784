//! A market is deployed, used, crashed and kept by the same commands on chains that differ: the local chain, one
//! as a live chain is, with other pallet indices, limits and decimals, and a `substrate-contracts-node` where
//! there is one.

use breakwater_chain::{
    node::{NodeChain, NodeProcess},
    Chain, ChainError,
};
use breakwater_devnode::{DevNode, Options, Profile};
use serde_json::Value;
use std::{path::PathBuf, process::Command};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/local.toml");
/// Longest that an auction goes on until somebody buys, in steps of a minute.
const LONGEST_MINUTES: u64 = 30;

/// A chain at an address, and a folder in which the commands run.
struct Market {
    url: String,
    folder: PathBuf,
}

impl Market {
    fn on(url: String, name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("breakwater-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { url, folder }
    }

    /// What a command printed; `Err` has what it printed besides.
    fn try_run(&self, arguments: &str) -> Result<String, String> {
        let output = Command::new(env!("CARGO_BIN_EXE_breakwater"))
            .args(arguments.split_whitespace())
            .env("BREAKWATER_NODE", &self.url)
            .env("BREAKWATER_KEEPER_KEY", "//Alice") // whose the taker is
            .env_remove("BREAKWATER_KEY")
            .env_remove("BREAKWATER_DEPLOYMENT")
            .current_dir(&self.folder)
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match output.status.success() {
            true => Ok(text(&output.stdout)),
            false => Err(text(&output.stderr)),
        }
    }

    #[track_caller]
    fn run(&self, arguments: &str) -> String {
        self.try_run(arguments).unwrap_or_else(|why| panic!("breakwater {arguments}: {why}"))
    }

    #[track_caller]
    fn json(&self, arguments: &str) -> Value {
        let text = self.run(&format!("{arguments} --json"));
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{arguments}: {why}: {text}"))
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn health(position: &Value) -> f64 {
    let digits = position["health_factor_wad"].as_str().expect("a health factor");
    digits.parse::<f64>().expect("a number") / 1e18
}

/// From nothing to a loan that a keeper has made healthy again.
fn a_market_from_deployment_to_a_keepers_take(url: String, name: &str, decimals: u64) {
    let market = Market::on(url.clone(), name);
    market.run(&format!("deploy {EXAMPLE} --from //Alice"));
    let again = market.json(&format!("deploy {EXAMPLE} --from //Alice"));
    assert_eq!(again["steps"].as_array().unwrap().len(), 0, "{name}: {again}");
    for command in [
        "oracle push ETH=2000 USD=1 --from //Alice",
        "token mint USD 1000000 --to //Alice --from //Alice",
        "token mint ETH 10 --to //Bob --from //Alice",
        "supply USD 500000 --from //Alice",
        "collateral deposit ETH 10 --from //Bob",
    ] {
        market.run(command);
    }
    let borrowed = market.json("borrow USD 14900 --from //Bob --tip 0.001");
    assert_eq!(borrowed["native_decimals"], decimals, "{name}: {borrowed}");
    let open =
        market.try_run("keeper-config --listen 0.0.0.0:9616").expect_err("others could read it");
    assert!(open.contains("http.public"), "{open}");
    let heard = market.run("keeper-config --listen 127.0.0.1:9616");
    assert!(heard.contains("[http]\nlisten = \"127.0.0.1:9616\""), "{heard}");
    let config = market.run("keeper-config --spend USD=100000");
    std::fs::write(market.folder.join("keeper.toml"), config).unwrap();

    market.run("oracle push ETH=1800 USD=1 --from //Alice");
    let mut clock = NodeChain::connect(&url).expect("connects");
    for minute in 0.. {
        assert!(minute < LONGEST_MINUTES, "{name}: nobody bought");
        market.run("keeper --config keeper.toml --once");
        let position = market.json("position //Bob");
        if position["in_auction"] == false && health(&position) > 1.04 {
            break;
        }
        let later = clock.now_ms().expect("a time") + 60_000;
        clock.travel_to_ms(later).expect("travels");
    }
}

#[test]
fn on_the_local_chain() {
    let node = DevNode::start(&Options::default()).expect("a node");
    a_market_from_deployment_to_a_keepers_take(node.url(), "local-chain", 12);
}

#[test]
fn on_a_live_chain() {
    let options = Options { profile: Profile::Strict, ..Options::default() };
    let node = DevNode::start(&options).expect("a node");
    a_market_from_deployment_to_a_keepers_take(node.url(), "live-chain", 9);
}

#[test]
fn on_a_contracts_node() {
    match NodeProcess::start() {
        Ok(node) => {
            a_market_from_deployment_to_a_keepers_take(node.url().into(), "contracts-node", 12);
        }
        Err(ChainError::NoNode(why)) => eprintln!("skipped: {why}"),
        Err(why) => panic!("{why}"),
    }
}

/// Before: a deployment failed half way, at the code that was too much.
#[test]
fn a_deployer_without_coins_is_told_before_anything_is_sent() {
    let options = Options { profile: Profile::Strict, ..Options::default() };
    let node = DevNode::start(&options).expect("a node");
    let market = Market::on(node.url(), "poor");
    let why = market.try_run(&format!("deploy {EXAMPLE} --from //Nobody")).unwrap_err();
    assert!(why.contains("has no room") && why.contains("the deployer has 0 UNIT"), "{why}");
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    assert_eq!(chain.block_number().unwrap(), 0);
    let planned = market.run(&format!("deploy {EXAMPLE} --plan"));
    assert!(planned.contains("to do:"), "{planned}");
}
