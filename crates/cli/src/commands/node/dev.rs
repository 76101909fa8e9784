//! What only a chain of one's own can do: the node's `dev_*` methods.

use anyhow::{Context as _, Result};
use breakwater_chain::{address, node::NodeChain, Chain};
use breakwater_devnode::client::{Client, Failure};
use serde_json::{json, Value};
use std::time::Duration;

use crate::context::{account, print};

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

    /// Asks a node that has `dev_*` methods, and says what it answers.
    fn run(&self, method: &str, params: Value, text: impl FnOnce(&Value) -> String) -> Result<()> {
        let answer = self.ask(method, params).context(WHERE)?;
        print(self.json, &answer, || text(&answer))
    }
}

/// Who has these methods.
const WHERE: &str = "only the node of `breakwater node up` can do this";

/// The newest block as a method tells it.
fn block(answer: &Value) -> String {
    let number = answer.get("number").and_then(Value::as_u64).unwrap_or_default();
    let time_ms = answer.get("timeMs").and_then(Value::as_u64).unwrap_or_default();
    let time =
        humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + Duration::from_millis(time_ms));
    format!("block {number}, {time}")
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
        self.at.run("dev_newBlock", json!([self.count]), block)
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
        match self.at.ask(method, json!([time_ms])) {
            Err(Failure::NoMethod) => self.by_sudo(),
            answer => {
                let answer = answer?;
                print(self.at.json, &answer, || block(&answer))
            }
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
        let answer = json!({ "number": chain.block_number()?, "timeMs": target_ms });
        print(self.at.json, &answer, || block(&answer))
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
        self.at.run("dev_setBalance", json!([account, self.planck.to_string()]), block)
    }
}

#[derive(clap::Args)]
pub struct Snapshot {
    #[command(flatten)]
    at: At,
}

impl Snapshot {
    pub fn run(&self) -> Result<()> {
        self.at.run("dev_snapshot", json!([]), Value::to_string)
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
        self.at.run("dev_revert", json!([self.snapshot]), block)
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
        self.at.run(method, json!([account]), |_| format!("{done} {account}"))
    }
}
