//! What every command on a chain needs: the chain, the deployment, a signer.

use crate::{
    amount::Decimal,
    coin::Coin,
    deployment::{Deployment, Standing, ANEW},
    output::say,
    send, verify,
};
use anyhow::{ensure, Context as _, Result};
use breakwater_chain::{address, node::NodeChain, AccountId, Chain, ChainError, Network, Signer};
use serde::Serialize;
use std::{env::VarError, path::PathBuf};

/// Where the sender's secret is looked for last.
const KEY_VARIABLE: &str = "BREAKWATER_KEY";

/// Which chain and which market.
#[derive(clap::Args, Clone)]
pub struct Connection {
    /// The node
    #[arg(
        long,
        env = "BREAKWATER_NODE",
        value_name = "URL",
        default_value = "ws://127.0.0.1:9944"
    )]
    pub node: String,
    /// The deployment file, which `breakwater deploy` writes
    #[arg(
        long,
        env = "BREAKWATER_DEPLOYMENT",
        value_name = "FILE",
        default_value = "breakwater.deployment.toml"
    )]
    pub deployment: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Who signs, and whether at all.
#[derive(clap::Args, Clone)]
pub struct Sending {
    #[command(flatten)]
    pub connection: Connection,
    /// The sender's secret URI or phrase; by default that in BREAKWATER_KEY. Pass real keys only by the
    /// variable or by --key-file: others can read a command line
    #[arg(long, value_name = "KEY")]
    pub from: Option<String>,
    /// File with the sender's secret; takes precedence over BREAKWATER_KEY
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub key_file: Option<PathBuf>,
    /// Coins for the block's author on top of the fee, for priority in a full block
    #[arg(long, value_name = "COINS")]
    pub tip: Option<Decimal>,
    /// Print what would happen and what it would cost; send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print contract and data of the call for a governor or a multisig; send nothing
    #[arg(long, conflicts_with = "dry_run")]
    pub calldata: bool,
}

/// A chain, a deployment on it, and how answers are given.
pub struct Context {
    pub chain: Box<dyn Chain>,
    /// What fees and deposits are paid in.
    pub coin: Coin,
    pub deployment: Deployment,
    json: bool,
}

impl Connection {
    /// Connects to the node; transactions offer a tip, in coins. From then on addresses are written as the
    /// chain has them.
    fn connect(&self, tip: Option<&Decimal>) -> Result<(Box<dyn Chain>, Network)> {
        endpoint(&self.node)?;
        let chain = NodeChain::connect(&self.node).map_err(|why| match why {
            why @ ChainError::Unsuitable(_) => anyhow::anyhow!("{}: {why}", self.node),
            why => anyhow::Error::from(why)
                .context("is a node running? `breakwater node up` starts one"),
        })?;
        let network = chain.network()?;
        address::use_format(network.address_format);
        let planck = tip.map_or(Ok(0), |tip| tip.units(network.token_decimals)).context("--tip")?;
        Ok((Box::new(chain.with_tip(planck)), network))
    }

    /// Connects and reads the deployment.
    pub fn open(&self) -> Result<Context> {
        self.open_with(None)
    }

    fn open_with(&self, tip: Option<&Decimal>) -> Result<Context> {
        let deployment = Deployment::load(&self.deployment)?;
        let (mut chain, network) = self.connect(tip)?;
        ensure!(deployment.standing(chain.as_mut())? == Standing::Here, "{ANEW}");
        verify::deployment(chain.as_mut(), &deployment).with_context(|| {
            let file = self.deployment.display();
            format!("{file} is wrong; `breakwater deploy` with its TOML file corrects it")
        })?;
        Ok(Context { chain, coin: Coin::of(&network), deployment, json: self.json })
    }
}

impl Sending {
    /// The key that signs.
    pub fn signer(&self) -> Result<Signer> {
        let (secret, source) = match (&self.from, &self.key_file, std::env::var(KEY_VARIABLE)) {
            (Some(secret), _, _) => (secret.clone(), "--from".into()),
            (None, Some(path), _) => {
                let text = breakwater_chain::secret::read_file(path)
                    .with_context(|| format!("the key in {}", path.display()))?;
                (text, path.display().to_string())
            }
            (None, None, Ok(secret)) => (secret, KEY_VARIABLE.into()),
            (None, None, Err(VarError::NotPresent)) => {
                anyhow::bail!("who sends? Give --from, --key-file or {KEY_VARIABLE}")
            }
            (None, None, Err(VarError::NotUnicode(_))) => {
                anyhow::bail!("{KEY_VARIABLE} is no text")
            }
        };
        // An empty one is no key and not the next one either: somebody meant to give one.
        Signer::from_uri(secret.trim()).with_context(|| format!("the key of {source}"))
    }

    /// Connects to the node.
    pub fn chain(&self) -> Result<(Box<dyn Chain>, Network)> {
        self.connection.connect(self.tip.as_ref())
    }

    /// Connects, reads the deployment and prepares sending.
    pub fn open(&self) -> Result<(Context, send::Sender)> {
        let mode = match (self.dry_run, self.calldata) {
            (true, _) => send::Mode::DryRun,
            (_, true) => send::Mode::Calldata,
            _ => send::Mode::Send,
        };
        // Data of a call need no key.
        let signer = match mode {
            send::Mode::Calldata => self.signer().ok(),
            _ => Some(self.signer()?),
        };
        let context = self.connection.open_with(self.tip.as_ref())?;
        Ok((context, send::Sender { signer, mode }))
    }
}

impl Context {
    /// One of many answers: in JSON a line, so that a reader has each as it comes.
    pub fn answer_again(
        &self,
        answer: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<()> {
        let said = if self.json { serde_json::to_string(answer)? } else { text() };
        say(&said)
    }

    /// Answers: JSON for machines, or text.
    pub fn answer(&self, answer: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        print(self.json, answer, text)
    }
}

/// Prints an answer as JSON or as text.
pub fn print(json: bool, answer: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
    let said = if json { serde_json::to_string_pretty(answer)? } else { text() };
    say(&said)
}

/// Refuses what can't be a node's address, before anybody waits for its answer.
pub fn endpoint(url: &str) -> Result<()> {
    let is_one = url.starts_with("ws://") || url.starts_with("wss://");
    ensure!(is_one, "{url:?} is no node: give ws://HOST:PORT or wss://HOST:PORT");
    Ok(())
}

/// Reads an account's address.
pub fn account(text: &str) -> Result<AccountId> {
    Ok(address::parse(text)?)
}

/// An account in few characters.
pub fn short(account: &AccountId) -> String {
    let text = address::to_ss58(account);
    match (text.get(..6), text.get(text.len().saturating_sub(4)..)) {
        (Some(start), Some(end)) => format!("{start}..{end}"),
        _ => text,
    }
}
