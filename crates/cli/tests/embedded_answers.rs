//! Answers for machines and for people: JSON of one style, lines that a terminal holds, readers that go away.

use breakwater_devnode::{DevNode, Options};
use serde_json::Value;
use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/local.toml");

/// What lists something.
const LISTS: [&str; 9] = [
    "status",
    "position //Bob",
    "auctions",
    "breaker show",
    "oracle show",
    "backstop show USD --account //Bob",
    "treasury show",
    "token balance //Bob",
    "deploy EXAMPLE --plan",
];

/// What does something.
const DEEDS: [&str; 10] = [
    "supply USD 1 --from //Alice --dry-run",
    "supply USD 1 --from //Alice",
    "supply USD 1 --calldata",
    "liquidate //Bob //Charlie --calldata",
    "node new-block 2",
    "node travel 1s",
    "node set-balance //Dave 5",
    "node impersonate //Dave",
    "node snapshot",
    "node revert 1",
];

/// Ends of the names of what is a number in JSON: times, counts and shares, never an amount.
const NUMBERS: [&str; 8] =
    ["_ms", "decimals", "block", "id", "_bps", "snapshot", "ref_time", "proof_size"];

struct Market {
    node: DevNode,
    folder: PathBuf,
}

impl Market {
    fn in_auction(name: &str) -> Self {
        let node = DevNode::start(&Options::default()).expect("a node");
        let folder = std::env::temp_dir().join(format!("breakwater-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let market = Self { node, folder };
        for command in [
            "deploy EXAMPLE --from //Alice",
            "oracle push ETH=2000 USD=1 --from //Alice",
            "token mint USD 1000000 --to //Alice --from //Alice",
            "token mint USD 100 --to //Bob --from //Alice",
            "token mint ETH 10 --to //Bob --from //Alice",
            "supply USD 500000 --from //Alice",
            "collateral deposit ETH 10 --from //Bob",
            "borrow USD 14900 --from //Bob",
            "oracle push ETH=1800 --from //Alice",
            "liquidate //Bob --from //Alice",
            "backstop deposit USD 50 --from //Bob",
        ] {
            market.run(command);
        }
        market
    }

    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_breakwater"));
        command.args(arguments.replace("EXAMPLE", EXAMPLE).split_whitespace());
        command.current_dir(&self.folder).env("BREAKWATER_NODE", self.node.url());
        command.env_remove("BREAKWATER_KEY").env_remove("BREAKWATER_DEPLOYMENT");
        command
    }

    #[track_caller]
    fn run(&self, arguments: &str) -> String {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "breakwater {arguments}: {}", text(&output.stderr));
        text(&output.stdout)
    }
}

impl Drop for Market {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Names are `snake_case`, amounts text.
fn check(command: &str, name: &str, value: &Value) {
    match value {
        Value::Object(entries) => {
            for (name, value) in entries {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
                assert!(name.chars().all(plain), "{command}: {name}");
                check(command, name, value);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| check(command, name, value)),
        Value::Number(number) => {
            let is_whole = number.is_u64() || number.is_i64();
            let is_known = NUMBERS.iter().any(|end| name.ends_with(end));
            assert!(is_whole && is_known, "{command}: {name} = {number}");
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[test]
fn json_has_one_style() {
    let market = Market::in_auction("json");
    for command in LISTS.iter().chain(&DEEDS) {
        let text = market.run(&format!("{command} --json"));
        let answer: Value =
            serde_json::from_str(&text).unwrap_or_else(|why| panic!("{command}: {why}: {text}"));
        assert!(answer.is_object() || answer.is_array(), "{command}: {text}");
        check(command, "", &answer);
    }
    let first = market.run("node new-block --json");
    assert!(first.contains("\"block\"") && first.contains("\"time_ms\""), "{first}");
}

/// Before: documents one after the other, which no reader of JSON takes.
#[test]
fn a_watch_in_json_is_an_answer_a_line() {
    let market = Market::in_auction("lines");
    let mut watch =
        market.command("auctions --watch 1 --json").stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines().take(2);
    let offers: Vec<Value> =
        lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    let _ = watch.kill();
    let _ = watch.wait();
    for offer in &offers {
        assert_eq!(offer[0]["get"], "ETH", "{offer}");
        check("auctions --watch", "", offer);
    }
}

/// A terminal of 80 columns holds each line; times are said in the units that people use.
#[test]
fn lists_are_for_people() {
    let market = Market::in_auction("people");
    market.run("breaker raise ETH --level stressed --minutes 5 --from //Alice");
    for command in LISTS {
        let output = market.command(command).env("COLUMNS", "80").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        for line in text.lines() {
            assert!(line.chars().count() <= 80, "{command}: {line}");
            let words: Vec<&str> = line.split_whitespace().collect();
            let raw = words.windows(2).any(|two| two[1].starts_with("ms") && two[0].len() > 3);
            assert!(!raw, "{command}: {line}");
        }
        if command.starts_with("backstop") {
            assert!(text.contains("3 d, then open for 1 d"), "{text}");
        }
    }
}

/// Before: a panic of each.
#[test]
fn a_reader_who_goes_away_ends_each_list_quietly() {
    let market = Market::in_auction("pipes");
    for command in LISTS {
        for more in ["", " --json"] {
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let command = format!("{command}{more}");
            let output = market.command(&command).stdout(writer).output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && !said.contains("panicked"), "{command}: {said}");
        }
    }
}

/// Before: a panic, and a chain whose clock nobody could move any more.
#[test]
fn a_time_that_nobody_can_write_is_refused() {
    let node = DevNode::start(&Options::default()).expect("a node");
    for (command, why) in [
        ("node travel 99999999y", "beyond the year 9999"),
        ("node travel 0s", "time only moves forward"),
        ("node travel --to 1999-01-01T00:00:00Z", "time only moves forward"),
        ("node revert 99", "no snapshot 99"),
        ("node new-block 4000000000", "too much at once"),
    ] {
        let mut command_line = Command::new(env!("CARGO_BIN_EXE_breakwater"));
        command_line.args(command.split_whitespace()).env("BREAKWATER_NODE", node.url());
        let output = command_line.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{command}: {said}");
        assert!(said.contains(why) && !said.contains("only the node of"), "{command}: {said}");
    }
    let mut travel = Command::new(env!("CARGO_BIN_EXE_breakwater"));
    travel.args(["node", "travel", "--to", "9999-12-31T23:59:59Z"]);
    assert!(travel.env("BREAKWATER_NODE", node.url()).status().unwrap().success());
}
