//! The command line on a node, as a newcomer uses it: every command in a process of its own.

use breakwater_chain::node::NodeProcess;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/local.toml");

/// A node, and a folder in which the commands run.
struct Stage {
    node: NodeProcess,
    folder: PathBuf,
}

impl Stage {
    fn new(name: &str) -> Self {
        let node = NodeProcess::start().expect("the node suite needs a node");
        let folder = std::env::temp_dir().join(format!("breakwater-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self { node, folder }
    }

    fn command(&self, arguments: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_breakwater"))
            .args(arguments.split_whitespace())
            .env("BREAKWATER_NODE", self.node.url())
            .env_remove("BREAKWATER_KEY")
            .env_remove("BREAKWATER_DEPLOYMENT")
            .current_dir(&self.folder)
            .output()
            .unwrap()
    }

    /// What a command printed.
    #[track_caller]
    fn run(&self, arguments: &str) -> String {
        let output = self.command(arguments);
        let (out, err) = texts(&output);
        assert!(output.status.success(), "breakwater {arguments}: {err}");
        out
    }

    /// What a command answered in JSON.
    #[track_caller]
    fn json(&self, arguments: &str) -> Value {
        let text = self.run(&format!("{arguments} --json"));
        serde_json::from_str(&text).unwrap_or_else(|why| panic!("{arguments}: {why}: {text}"))
    }

    /// Why a command failed.
    #[track_caller]
    fn refused(&self, arguments: &str) -> String {
        let output = self.command(arguments);
        let (out, err) = texts(&output);
        assert_eq!(output.status.code(), Some(1), "breakwater {arguments} went well: {out}");
        err
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn texts(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

fn wad(answer: &Value, field: &str) -> f64 {
    answer[field]
        .as_str()
        .and_then(|digits| digits.parse().ok())
        .map_or(f64::NAN, |w: f64| w / 1e18)
}

#[test]
fn a_loan_from_deployment_to_liquidation() {
    let stage = Stage::new("cli");

    // Deployment: planned, done, and nothing to do any more.
    let planned = stage.json(&format!("deploy {EXAMPLE} --plan"));
    assert_eq!(planned["done"], false);
    assert!(planned["steps"].as_array().unwrap().len() > 8, "{planned}");
    assert!(stage.refused("status").contains("no deployment"));
    stage.run(&format!("deploy {EXAMPLE} --from //Alice"));
    assert!(Path::new(&stage.folder.join("breakwater.deployment.toml")).exists());
    let again = stage.json(&format!("deploy {EXAMPLE} --from //Alice"));
    assert_eq!(again["steps"].as_array().unwrap().len(), 0, "{again}");
    let changed = std::fs::read_to_string(EXAMPLE).unwrap().replace("7_500", "7_000");
    std::fs::write(stage.folder.join("lower.toml"), changed).unwrap();
    let lower = stage.json("deploy lower.toml --plan");
    assert_eq!(lower["steps"][0], "reserve ETH: collateral.tier.ltv_bps: 7500 -> 7000", "{lower}");
    assert_eq!(lower["steps"].as_array().unwrap().len(), 1);

    // A lender and a borrower.
    stage.run("token mint USD 500000 --to //Alice --from //Alice");
    stage.run("token mint ETH 10 --to //Bob --from //Alice");
    stage.run("oracle push ETH=2000 USD=1 --from //Alice");
    stage.run("supply USD 400_000 --from //Alice");
    assert!(stage.refused("supply USD 400000 --from //Alice").contains("has 100,000 USD"));
    stage.run("collateral deposit ETH 10 --from //Bob");
    let refused = stage.refused("borrow USD 15000 --from //Bob");
    assert!(refused.contains("InsufficientCollateral"), "{refused}");
    let before = stage.json("status")["block"].clone();
    assert_eq!(stage.json("borrow USD 14900 --dry-run --from //Bob")["sent"], false);
    assert_eq!(stage.json("status")["block"], before, "a dry run sends nothing");
    assert_eq!(stage.json("borrow USD 14900 --from //Bob")["sent"], true);
    let position = stage.json("position //Bob");
    assert!((wad(&position, "health_factor_wad") - 16_000.0 / 14_900.0).abs() < 1e-4, "{position}");
    assert_eq!(position["in_auction"], false);
    assert!(stage.refused("liquidate //Bob --from //Alice").contains("Healthy"));

    // The price falls: an auction, a take, and healthy again.
    stage.run("oracle push ETH=1800 USD=1 --from //Alice");
    stage.run("liquidate //Bob --from //Alice");
    let offers = stage.json("auctions");
    assert_eq!(offers.as_array().unwrap().len(), 1, "{offers}");
    assert_eq!(offers[0]["get"], "ETH");
    stage.run("take //Bob --pay USD --get ETH --amount 1000 --from //Alice");
    stage.run("take //Bob --pay USD --get ETH --no-capital --from //Alice --dry-run");
    stage.run("take //Bob --pay USD --get ETH --from //Alice");
    let position = stage.json("position //Bob");
    assert_eq!(position["in_auction"], false, "{position}");
    assert!((wad(&position, "health_factor_wad") - 1.05).abs() < 1e-3, "{position}");
    assert_eq!(stage.json("auctions").as_array().unwrap().len(), 0);

    // And out again.
    stage.run("token mint USD 100 --to //Bob --from //Alice");
    stage.run("repay USD all --from //Bob");
    stage.run("collateral withdraw ETH all --from //Bob");
    assert_eq!(stage.json("position //Bob")["positions"].as_array().unwrap().len(), 0);
}

#[test]
fn people_are_told_what_to_do() {
    let stage = Stage::new("cli-people");
    stage.run(&format!("deploy {EXAMPLE} --from //Alice"));
    stage.run("oracle push ETH=2000 USD=1 --from //Alice");
    stage.run("token mint USD 1000 --to //Bob --from //Alice");

    // Backstop, breaker and oracle.
    stage.run("backstop deposit USD 600 --from //Bob");
    let pool = stage.json("backstop show USD --account //Bob");
    let held: u128 = pool["holds"].as_str().unwrap().parse().unwrap();
    assert!((599_999_998..=600_000_000).contains(&held), "{pool}");
    assert!(stage.refused("backstop withdraw USD all --from //Bob").contains("NoticeNeeded"));
    stage.run("backstop notice USD --from //Bob");
    assert!(stage.json("backstop show USD --account //Bob")["stake"]["notice_ms"].is_u64());
    assert!(stage.refused("breaker raise ETH --level halted --from //Bob").contains("NotGuardian"));
    stage.run("breaker raise ETH --level stressed --minutes 5 --from //Alice");
    assert_eq!(stage.json("breaker show")[0]["level"], "Stressed");
    stage.run("breaker reset ETH --from //Alice");
    assert_eq!(stage.json("breaker show")[0]["level"], "Normal");
    let prices = stage.json("oracle show");
    assert_eq!(wad(&prices[0], "price_wad"), 2000.0);
    assert_eq!(prices[0]["sources"][0]["verdict"], "Counts");

    // Mistakes.
    assert!(stage.refused("oracle push ETH=1 --from //Bob").contains("NotFeeder"));
    assert!(stage.refused("supply BTC 1 --from //Bob").contains("there are: ETH, USD"));
    assert!(stage.refused("supply USD 0.0000001 --from //Bob").contains("more than 6 digits"));
    assert!(stage.refused("supply USD 1").contains("--from, --key-file or BREAKWATER_KEY"));
    assert!(stage.refused("supply USD 1 --from nonsense").contains("malformed secret"));
    assert!(stage.refused("position nobody").contains("no address"));
    let elsewhere = stage.refused("status --node ws://127.0.0.1:1");
    assert!(elsewhere.contains("breakwater node up"), "{elsewhere}");
    std::fs::write(stage.folder.join("bad.toml"), "name = 'x'\nasset = []\nassset = 3").unwrap();
    assert!(stage.refused("deploy bad.toml --plan").contains("assset"));

    // A call for somebody else to sign is printed and not sent.
    let data = stage.json("breaker reset ETH --calldata");
    assert!(data["data"].as_str().unwrap().starts_with("0x"), "{data}");
}

#[test]
fn a_deployment_of_another_chain_is_noticed() {
    let stage = Stage::new("cli-chain");
    let book = "genesis = \"0x00\"\n";
    std::fs::write(stage.folder.join("breakwater.deployment.toml"), book).unwrap();
    assert!(stage.refused("status").contains("another chain"));
    assert!(stage.refused(&format!("deploy {EXAMPLE} --from //Alice")).contains("another chain"));
}

#[test]
fn completions_come_for_every_shell() {
    let stage_less = |shell: &str| {
        Command::new(env!("CARGO_BIN_EXE_breakwater"))
            .args(["completions", shell])
            .output()
            .unwrap()
    };
    for shell in ["bash", "zsh", "fish"] {
        let output = stage_less(shell);
        assert!(output.status.success() && texts(&output).0.contains("liquidate"), "{shell}");
    }
}

#[test]
fn a_market_that_belongs_to_a_governor_changes_by_its_queue() {
    let stage = Stage::new("cli-gov");
    let governed = |ltv: &str| {
        let text = std::fs::read_to_string(EXAMPLE).unwrap();
        let governor =
            "[governance.governor]\nproposers = [\"//Alice\"]\nguardians = [\"//Bob\"]\n\
                        stewards = [\"//Charlie\"]\ndelay_minutes = 120\n\
                        lowering_delay_minutes = 10\n\n[[asset]]\nsymbol = \"ETH\"";
        text.replacen("[[asset]]\nsymbol = \"ETH\"", governor, 1).replace("7_500", ltv)
    };
    for (file, ltv) in [("market.toml", "7_500"), ("lower.toml", "7_000"), ("higher.toml", "7_600")]
    {
        std::fs::write(stage.folder.join(file), governed(ltv)).unwrap();
    }
    stage.run("deploy market.toml --from //Alice");
    assert_eq!(stage.json("deploy market.toml --plan")["steps"].as_array().unwrap().len(), 0);
    let status = stage.json("status");
    let shown = stage.json("gov show");
    assert_eq!(status["owner"], shown["governor"]);
    assert_eq!(shown["lowering_delay_ms"], 600_000);

    // A change goes through the queue: sooner where it lowers risk.
    let delay_of = |open: &Value, now_ms: u64| open["ready_ms"].as_u64().unwrap() - now_ms;
    stage.run("deploy lower.toml --from //Alice");
    let now_ms = stage.json("status")["time_ms"].as_u64().unwrap();
    let open = stage.json("gov show")["open"].clone();
    assert_eq!(open.as_array().unwrap().len(), 1, "{open}");
    assert!(delay_of(&open[0], now_ms) <= 600_000, "{open}");
    let id = open[0]["id"].as_str().unwrap();
    assert!(stage.refused("deploy lower.toml --from //Alice").contains("queued already"));
    assert!(stage.refused(&format!("gov execute {id} --from //Bob")).contains("TooEarly"));
    let mut chain = breakwater_chain::node::NodeChain::connect(stage.node.url()).unwrap();
    breakwater_chain::Chain::travel_to_ms(&mut chain, now_ms + 600_000).unwrap();
    stage.run(&format!("gov execute {id} --from //Bob"));
    assert!(stage.refused(&format!("gov execute {id} --from //Bob")).contains("Done"));
    assert_eq!(stage.json("deploy lower.toml --plan")["steps"].as_array().unwrap().len(), 0);

    // And later where it raises risk; a guardian may stop it.
    stage.run("deploy higher.toml --from //Alice");
    let now_ms = stage.json("status")["time_ms"].as_u64().unwrap();
    let open = stage.json("gov show")["open"].clone();
    assert!(delay_of(&open[0], now_ms) > 600_000, "{open}");
    let id = open[0]["id"].as_str().unwrap();
    assert!(stage.refused(&format!("gov cancel {id} --from //Charlie")).contains("NotCanceller"));
    stage.run(&format!("gov cancel {id} --from //Bob"));
    assert_eq!(stage.json("gov show")["open"].as_array().unwrap().len(), 0);

    // A steward moves a little, at once.
    assert!(stage.refused("gov steer ETH higher.toml --from //Charlie").contains("BeyondBound"));
    let near = governed("7_050");
    std::fs::write(stage.folder.join("near.toml"), near).unwrap();
    stage.run("gov steer ETH near.toml --from //Charlie");
    assert_eq!(stage.json("deploy near.toml --plan")["steps"].as_array().unwrap().len(), 0);

    // Calls of other commands are queued as they are printed.
    let data = stage.json("breaker reset ETH --calldata");
    let (contract, data) = (data["contract"].as_str().unwrap(), data["data"].as_str().unwrap());
    assert!(stage.refused("breaker reset ETH --from //Alice").contains("NotOwner"));
    stage.run(&format!("gov queue {contract} {data} --what calm --from //Alice"));
    assert_eq!(stage.json("gov show")["open"][0]["what"], "calm");
}
