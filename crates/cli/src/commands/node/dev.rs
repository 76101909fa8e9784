//! What only a chain of one's own can do: the node's `dev_*` methods.

use anyhow::{Context as _, Result};
use breakwater_chain::{address, node::NodeChain, Chain};
use breakwater_devnode::client::{Client, Failure};
use serde::Serialize;
use serde_json::{json, Value};
use std::time::Duration;

use crate::context::{account, endpoint, print};

/// Which node.
#[derive(clap::Args)]
struct At {
    /// The node
    #[arg(
        long,
        env = "BREAKWATER_NODE",
        value_name = "URL",
        default_value = "ws://127.0.0.1:9944"
    )]
    node: String,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

impl At {
    fn ask(&self, method: &str, params: Value) -> Result<Value, Failure> {
        Client::connect(&self.node)?.call(method, params)
    }

    /// Asks a node that has `dev_*` methods.
    fn run(&self, method: &str, params: Value) -> Result<Value> {
        endpoint(&self.node)?;
        self.ask(method, params).map_err(|why| match why {
            why @ Failure::NoMethod => anyhow::Error::from(why).context(WHERE),
            why => why.into(),
        })
    }

    /// The same, of a method that answers with the newest block.
    fn run_to_block(&self, method: &str, params: Value) -> Result<()> {
        self.print_block(&Block::of(&self.run(method, params)?))
    }

    fn print_block(&self, block: &Block) -> Result<()> {
        print(self.json, block, || block.text())
    }
}

/// Who has these methods.
const WHERE: &str = "only the node of `breakwater node up` can do this";

/// The last time that can be written: the end of the year 9999.
const LAST_MS: u64 = 253_402_300_799_999;

/// The newest block as a method tells it.
#[derive(Serialize)]
struct Block {
    block: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    time_ms: u64,
}

impl Block {
    fn of(answer: &Value) -> Self {
        let number = |key: &str| answer.get(key).and_then(Value::as_u64).unwrap_or_default();
        let hash = answer.get("hash").and_then(Value::as_str).map(str::to_owned);
        Self { block: number("number"), hash, time_ms: number("timeMs") }
    }

    fn text(&self) -> String {
        let time = match self.time_ms {
            // Another node may be anywhere.
            beyond if beyond > LAST_MS => format!("{beyond} ms"),
            time_ms => {
                let time = std::time::UNIX_EPOCH + Duration::from_millis(time_ms);
                humantime::format_rfc3339_seconds(time).to_string()
            }
        };
        format!("block {}, {time}", self.block)
    }
}

#[derive(clap::Args)]
pub struct NewBlock {
    /// How many
    #[arg(default_value_t = 1)]
    count: u32,
    #[command(flatten)]
    at: At,
}

impl NewBlock {
    pub fn run(&self) -> Result<()> {
        self.at.run_to_block("dev_newBlock", json!([self.count]))
    }
}

#[derive(clap::Args)]
pub struct Travel {
    /// By how much: 90s, 15m, 2h, 3d, 4w, or several of these
    #[arg(value_parser = humantime::parse_duration, required_unless_present = "to")]
    by: Option<Duration>,
    /// To this time instead, such as 2030-01-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_rfc3339_weak, conflicts_with = "by")]
    to: Option<std::time::SystemTime>,
    #[command(flatten)]
    at: At,
}

impl Travel {
    pub fn run(&self) -> Result<()> {
        let (method, time_ms) = match (self.by, self.to) {
            (Some(by), _) => ("dev_travel", milliseconds(by)?),
            (None, Some(to)) => {
                let since = to.duration_since(std::time::UNIX_EPOCH).context("before 1970")?;
                ("dev_travelTo", milliseconds(since)?)
            }
            (None, None) => unreachable!("clap asks for one of them"),
        };
        endpoint(&self.at.node)?;
        match self.at.ask(method, json!([time_ms])) {
            Err(Failure::NoMethod) => self.by_sudo(),
            answer => self.at.print_block(&Block::of(&answer?)),
        }
    }

    /// On a node that has no such method: its clock is overwritten by `//Alice`, who is sudo there.
    fn by_sudo(&self) -> Result<()> {
        let mut chain = NodeChain::connect(&self.at.node)?;
        let target_ms = match (self.by, self.to) {
            (Some(by), _) => chain.now_ms()?.saturating_add(milliseconds(by)?),
            (None, Some(to)) => {
                milliseconds(to.duration_since(std::time::UNIX_EPOCH).context("before 1970")?)?
            }
            (None, None) => unreachable!("clap asks for one of them"),
        };
        chain.travel_to_ms(target_ms)?;
        self.at.print_block(&Block { block: chain.block_number()?, hash: None, time_ms: target_ms })
    }
}

fn milliseconds(duration: Duration) -> Result<u64> {
    u64::try_from(duration.as_millis()).context("too long a time")
}

#[derive(clap::Args)]
pub struct SetBalance {
    /// An address, 0x and 64 hex digits, or //Name
    account: String,
    /// Planck; a unit has 12 zeros
    planck: u128,
    #[command(flatten)]
    at: At,
}

impl SetBalance {
    pub fn run(&self) -> Result<()> {
        let account = address::to_ss58(&account(&self.account)?);
        self.at.run_to_block("dev_setBalance", json!([account, self.planck.to_string()]))
    }
}

#[derive(clap::Args)]
pub struct Snapshot {
    #[command(flatten)]
    at: At,
}

impl Snapshot {
    pub fn run(&self) -> Result<()> {
        let snapshot = self.at.run("dev_snapshot", json!([]))?;
        print(self.at.json, &json!({ "snapshot": snapshot }), || snapshot.to_string())
    }
}

#[derive(clap::Args)]
pub struct Revert {
    /// Its number
    snapshot: u32,
    #[command(flatten)]
    at: At,
}

impl Revert {
    pub fn run(&self) -> Result<()> {
        self.at.run_to_block("dev_revert", json!([self.snapshot]))
    }
}

#[derive(clap::Args)]
pub struct Impersonate {
    /// An address, 0x and 64 hex digits, or //Name
    account: String,
    /// Stop doing so
    #[arg(long)]
    stop: bool,
    #[command(flatten)]
    at: At,
}

impl Impersonate {
    pub fn run(&self) -> Result<()> {
        let account = address::to_ss58(&account(&self.account)?);
        let (method, done) = match self.stop {
            false => ("dev_impersonate", "any signature is taken for"),
            true => ("dev_stopImpersonating", "signatures are checked for"),
        };
        self.at.run(method, json!([account]))?;
        let answer = json!({ "account": account, "impersonated": !self.stop });
        print(self.at.json, &answer, || format!("{done} {account}"))
    }
}
