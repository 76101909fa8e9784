//! What every command on a chain needs: the chain, the deployment, a signer.

use crate::{book::Book, send};
use anyhow::{Context as _, Result};
use breakwater_chain::{address, node::NodeChain, AccountId, Chain, Signer};
use serde::Serialize;
use std::path::PathBuf;

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
    /// Answer in JSON
    #[arg(long)]
    pub json: bool,
}

/// Who signs, and whether at all.
#[derive(clap::Args, Clone)]
pub struct Sending {
    #[command(flatten)]
    pub connection: Connection,
    /// Secret URI or phrase of the sender. Give real keys by the variable or the file only: what
    /// stands on a command line can be read by others
    #[arg(long, env = "BREAKWATER_KEY", value_name = "KEY", hide_env_values = true)]
    pub from: Option<String>,
    /// File with the secret of the sender
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub key_file: Option<PathBuf>,
    /// Say what would happen and what it would cost, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print contract and data of the call for a governor or a multisig, and send nothing
    #[arg(long, conflicts_with = "dry_run")]
    pub calldata: bool,
}

/// A chain, a deployment on it, and how answers are given.
pub struct Context {
    pub chain: Box<dyn Chain>,
    pub book: Book,
    json: bool,
}

impl Connection {
    /// Connects to the node.
    pub fn chain(&self) -> Result<Box<dyn Chain>> {
        let chain = NodeChain::connect(&self.node)
            .context("is a node running? `breakwater node up` starts one")?;
        Ok(Box::new(chain))
    }

    /// Connects and reads the deployment.
    pub fn open(&self) -> Result<Context> {
        let book = Book::load(&self.deployment)?;
        let mut chain = self.chain()?;
        book.check_chain(chain.genesis_hash()?)?;
        Ok(Context { chain, book, json: self.json })
    }
}

impl Sending {
    /// The key that signs.
    pub fn signer(&self) -> Result<Signer> {
        let secret = match (&self.from, &self.key_file) {
            (Some(secret), _) => secret.clone(),
            (None, Some(path)) => std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the key in {}", path.display()))?,
            (None, None) => anyhow::bail!("who sends? Give --from, --key-file or BREAKWATER_KEY"),
        };
        Ok(Signer::from_uri(secret.trim())?)
    }

    /// Connects, reads the deployment and prepares sending.
    pub fn open(&self) -> Result<(Context, send::Sender)> {
        let context = self.connection.open()?;
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
        Ok((context, send::Sender { signer, mode }))
    }
}

impl Context {
    /// Answers: JSON for machines, or text.
    pub fn answer(&self, answer: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
        print(self.json, answer, text)
    }
}

/// Prints an answer as JSON or as text.
pub fn print(json: bool, answer: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
    let said = if json { serde_json::to_string_pretty(answer)? } else { text() };
    // A closed pipe, as under `| head`, is no reason to fail.
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{said}");
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
