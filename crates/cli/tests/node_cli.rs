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
    let held: u128 = pool["money"].as_str().unwrap().parse().unwrap();
    assert!((599_999_998..=600_000_000).contains(&held), "{pool}");
    assert!(stage.refused("backstop withdraw USD all --from //Bob").contains("NoticeNeeded"));
    stage.run("backstop notice USD --from //Bob");
    assert!(stage.json("backstop show USD --account //Bob")["stake"]["opens_ms"].is_u64());
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
    let deployment = "genesis = \"0x00\"\n";
    std::fs::write(stage.folder.join("breakwater.deployment.toml"), deployment).unwrap();
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
    // On another machine, where only the deployment is: found in the chain's blocks, and told.
    std::fs::rename(
        stage.folder.join("breakwater.deployment.operations.toml"),
        stage.folder.join("kept"),
    )
    .unwrap();
    let elsewhere = stage.json("gov show")["open"][0].clone();
    assert_eq!(elsewhere["what"], Value::Null, "{elsewhere}");
    let change = "reserve ETH: collateral.tier.ltv_bps: 7500 -> 7000";
    assert_eq!(elsewhere["changes"][0], change, "{elsewhere}");
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

/// Before: `Contracts::ContractNotFound` from every command, `deploy` too.
#[test]
fn a_chain_that_was_started_anew_is_said_and_deployed_to_again() {
    let mut stage = Stage::new("cli-anew");
    stage.run(&format!("deploy {EXAMPLE} --from //Alice"));
    let deployment = stage.folder.join("breakwater.deployment.toml");
    assert!(std::fs::read_to_string(&deployment).unwrap().contains("block_hash = \"0x"));
    stage.node = NodeProcess::start().expect("a node with the same genesis");
    for command in ["status", "position //Bob", "supply USD 1 --from //Alice"] {
        let why = stage.refused(command);
        assert!(why.contains("started anew") && why.contains("breakwater deploy"), "{why}");
    }
    let planned = stage.json(&format!("deploy {EXAMPLE} --plan"));
    assert!(planned["steps"].as_array().unwrap().len() > 8, "{planned}");
    stage.run(&format!("deploy {EXAMPLE} --from //Alice"));
    assert!(stage.folder.join("breakwater.deployment.toml.old").exists());
    stage.run("status");
}

#[test]
fn a_wrong_deployment_file_moves_nothing() {
    let stage = Stage::new("cli-wrong");
    stage.run(&format!("deploy {EXAMPLE} --from //Alice"));
    let path = stage.folder.join("breakwater.deployment.toml");
    let right = std::fs::read_to_string(&path).unwrap();
    // "supply USD 100" would move 1.
    for (from, to, why) in [
        ("decimals = 6", "decimals = 4", "decimals 4, but the token says 6"),
        ("symbol = \"USD\"", "symbol = \"usd\"", "symbol usd, but the token says USD"),
        ("symbol = \"USD\"", "symbol = \"eth\"", "have one symbol"),
        ("symbol = \"USD\"", "symbol = \"\"", "a symbol is empty"),
        ("id = 1", "id = 0", "id 0, but the market has listed its token as 1"),
    ] {
        assert!(right.contains(from), "{right}");
        std::fs::write(&path, right.replace(from, to)).unwrap();
        for command in ["supply USD 100 --from //Alice", "status"] {
            let refused = stage.refused(command);
            assert!(refused.contains(why), "{to}: {refused}");
        }
    }
    std::fs::write(&path, right.replace("decimals = 6", "decimals = 4")).unwrap();
    let planned = stage.json(&format!("deploy {EXAMPLE} --plan"));
    assert_eq!(planned["steps"][0], "correct USD in the deployment: decimals: 4 -> 6");
    stage.run(&format!("deploy {EXAMPLE} --from //Alice"));
    assert!(std::fs::read_to_string(&path).unwrap().contains("decimals = 6"));
    // The TOML file with the same mistake.
    let wrong = std::fs::read_to_string(EXAMPLE).unwrap().replace("decimals = 6", "decimals = 4");
    std::fs::write(stage.folder.join("wrong.toml"), wrong).unwrap();
    let refused = stage.refused("deploy wrong.toml --plan");
    assert!(refused.contains("the file says decimals 4, but the token says 6"), "{refused}");
}

#[test]
fn what_a_newcomer_stumbles_over() {
    let stage = Stage::new("cli-edges");
    stage.run(&format!("deploy {EXAMPLE} --from //Alice"));
    stage.run("oracle push ETH=2000 USD=1 --from //Alice");
    stage.run("token mint USD 1,000,000 --to //Alice --from //Alice");
    stage.run("token mint ETH 10 --to //Bob --from //Alice");

    // Six at once with one key.
    let children: Vec<_> = (0..6)
        .map(|_| {
            Command::new(env!("CARGO_BIN_EXE_breakwater"))
                .args(["supply", "USD", "1,000", "--from", "//Alice"])
                .env("BREAKWATER_NODE", stage.node.url())
                .current_dir(&stage.folder)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", texts(&output).1);
    }
    let supplied = stage.json("position //Alice")["positions"][0]["supplied"].clone();
    assert!(supplied.as_str().unwrap().starts_with("6000000000") || supplied == "5999999999");

    // Amounts that are known only afterwards; what a dry run costs.
    stage.run("supply USD 400,000 --from //Alice");
    stage.run("collateral deposit ETH 10 --from //Bob");
    let dry = stage.json("borrow USD 14,900 --from //Bob --dry-run");
    assert!(dry["fee_planck"].as_str().unwrap().parse::<u128>().unwrap() > 0, "{dry}");
    stage.run("borrow USD 14,900 --from //Bob");
    stage.run("token mint USD 100 --to //Bob --from //Alice");
    let said = stage.run("repay USD all --from //Bob");
    assert!(said.starts_with("repaid 14,900"), "{said}");
    stage.run("borrow USD 14,900 --from //Bob");

    // Nobody to liquidate; one who is, among many.
    let none = stage.refused("liquidate //Bob //Charlie --from //Alice");
    assert!(none.contains("Healthy") && none.contains("nothing was sent"), "{none}");
    stage.run("oracle push ETH=1800 USD=1 --from //Alice");
    let strangers: Vec<String> = (0..600).map(|number| format!("//Stranger/{number}")).collect();
    let said = stage.run(&format!("liquidate //Bob {} --from //Alice", strangers.join(" ")));
    assert!(said.contains("started the liquidation of 1 account"), "{said}");

    // A watch ends when its reader has gone.
    let mut watch = Command::new(env!("CARGO_BIN_EXE_breakwater"))
        .args(["auctions", "--watch", "1"])
        .env("BREAKWATER_NODE", stage.node.url())
        .current_dir(&stage.folder)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(watch.stdout.take());
    let began = std::time::Instant::now();
    while watch.try_wait().unwrap().is_none() {
        assert!(began.elapsed().as_secs() < 20, "it goes on and on");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }

    // Another's taker; the deployer's own.
    let refused = stage.refused("take //Bob --pay USD --get ETH --no-capital --from //Bob");
    assert!(refused.contains("taker is somebody else's"), "{refused}");
    let said = stage.run("take //Bob --pay USD --get ETH --no-capital --from //Alice");
    assert!(said.starts_with("taken ") && said.contains(" USD"), "{said}");

    // Tables for a narrow terminal.
    for command in ["status", "breaker show", "oracle show", "position //Bob", "auctions"] {
        let text = stage.run(command);
        let longest = text.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(longest <= 80, "{command}: {longest} columns\n{text}");
    }
}
