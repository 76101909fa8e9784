//! `breakwater gov`: the queue that owns the market.

mod show;

use crate::{
    amount::span,
    context::{account, Connection, Context, Sending},
    deployment::hash_text,
    explain,
    operations::{self, Operations},
    output::note,
    send::{Refusal, Sender, Wanted},
};
use anyhow::{bail, ensure, Context as _, Result};
use breakwater_chain::{ContractCall, Hash};
use breakwater_client::{
    governor::{id_of, lane, operation},
    queued, Bundle, Governor,
};
use breakwater_protocol::governance::{
    GovernanceError, Lane, Operation, OperationId, Settings, State,
};
use scale::Decode;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Show delays, roles and open operations
    #[command(after_help = "Example: breakwater gov show")]
    Show(Show),
    /// Queue calls as one operation: contract and data as `--calldata` prints them
    #[command(after_help = "Examples:
  breakwater gov queue $(breakwater breaker reset ETH --calldata) --what \"calm\" --from //Alice
  breakwater gov queue <CONTRACT> <DATA> <CONTRACT> <DATA> --delay-minutes 4320 --from //Alice")]
    Queue(Queue),
    /// Upload a folder's codes that differ, and queue the market's upgrade to them
    #[command(after_help = "Example: breakwater gov upgrade target/contracts --from //Alice")]
    Upgrade(Upgrade),
    /// Execute an operation whose delay has passed
    #[command(after_help = "Examples:
  breakwater gov execute 0x51c2..  --from //Bob
  breakwater gov execute --operation 0x00..  --from //Bob")]
    Execute(Execute),
    /// Set an asset's caps, depth, LTVs or rates from a file, without the queue (steward, within a
    /// day's bounds)
    #[command(after_help = "Example: breakwater gov steer ETH my-market.toml --from //Dave")]
    Steer(crate::deploy::Steer),
    /// Cancel an operation for good
    #[command(after_help = "Example: breakwater gov cancel 0x51c2.. --from //Charlie")]
    Cancel(Cancel),
}

#[derive(clap::Args)]
pub struct Show {
    #[command(flatten)]
    connection: Connection,
}

#[derive(clap::Args)]
pub struct Queue {
    /// Contracts and data, in turn
    #[arg(required = true, num_args = 2.., value_name = "CONTRACT DATA")]
    calls: Vec<String>,
    #[command(flatten)]
    queueing: Queueing,
}

#[derive(clap::Args)]
pub struct Upgrade {
    /// Folder with market.wasm, market_auctions.wasm and market_admin.wasm
    folder: PathBuf,
    #[command(flatten)]
    queueing: Queueing,
}

#[derive(clap::Args)]
pub struct Queueing {
    /// A description for the list of operations
    #[arg(long, default_value = "")]
    what: String,
    /// How long it waits; by default the minimum
    #[arg(long)]
    delay_minutes: Option<u64>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Execute {
    /// Its id; its calls are found in the chain's blocks
    #[arg(required_unless_present = "operation")]
    id: Option<String>,
    /// The operation itself
    #[arg(long, conflicts_with = "id", value_name = "HEX")]
    operation: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Cancel {
    /// Its id
    id: String,
    #[command(flatten)]
    sending: Sending,
}

pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Show(args) => show::run(args),
        Command::Queue(args) => {
            let calls: Vec<ContractCall> = args
                .calls
                .chunks(2)
                .map(|pair| match pair {
                    [contract, data] => {
                        Ok(ContractCall::new(account(contract)?, operations::bytes(data)?))
                    }
                    _ => bail!("give contracts and data in turn"),
                })
                .collect::<Result<_>>()?;
            let (mut context, sender) = args.queueing.sending.open()?;
            args.queueing.queue(&mut context, &sender, &calls, "")
        }
        Command::Upgrade(args) => upgrade(args),
        Command::Execute(args) => execute(args),
        Command::Steer(args) => args.run(),
        Command::Cancel(args) => {
            let (mut context, sender) = args.sending.open()?;
            let call = context.deployment.governor()?.cancel(id(&args.id)?);
            let done = format!("cancelled {}", args.id);
            sender.send_with(&mut context, Wanted::new(call, done), refusal).map(drop)
        }
    }
}

impl Queueing {
    fn queue(
        &self,
        context: &mut Context,
        sender: &Sender,
        calls: &[ContractCall],
        default_what: &str,
    ) -> Result<()> {
        let what = if self.what.is_empty() { default_what } else { &self.what };
        let path = operations::path(&self.sending.connection.deployment);
        let delay_ms = self.delay_minutes.map(|minutes| minutes.saturating_mul(60_000));
        queue(context, sender, &path, calls, what, delay_ms)
    }
}

/// Queues calls as one operation in the lane that they may have, and writes it down.
///
/// # Errors
/// If the governor refuses, or if the same calls are queued already.
pub fn queue(
    context: &mut Context,
    sender: &Sender,
    path: &Path,
    calls: &[ContractCall],
    what: &str,
    delay_ms: Option<u64>,
) -> Result<()> {
    let governor = context.deployment.governor()?;
    let lane = lane(context.chain.as_mut(), calls).map_err(explain::client)?;
    let settings = governor.settings(context.chain.as_mut())?;
    let delay_ms = delay_ms.unwrap_or_else(|| settings.least_delay_ms(lane));
    let operation = unused(context, &governor, lane, calls)?;
    let id = hash_text(id_of(&operation));
    let done = format!("queued {id}, {} in {}", lane_text(lane, &settings), span(delay_ms));
    let wanted = Wanted::new(governor.queue(&operation, delay_ms), done);
    sender.send_with(context, wanted, refusal)?;
    if sender.mode == crate::send::Mode::Send {
        Operations::load(path)?.add(path, what, &operation)?;
    }
    Ok(())
}

fn lane_text(lane: Lane, settings: &Settings) -> &'static str {
    match lane {
        Lane::Lowering => "lowers risk: ready",
        Lane::Standard if settings.delay_ms == settings.lowering_delay_ms => "ready",
        Lane::Standard => "may raise risk: ready",
    }
}

/// The operation with the first salt that was not used for it.
fn unused(
    context: &mut Context,
    governor: &Governor,
    lane: Lane,
    calls: &[ContractCall],
) -> Result<Operation> {
    for number in 0u64.. {
        let mut salt = [0; 32];
        salt[..8].copy_from_slice(&number.to_le_bytes());
        let operation = operation(lane, calls, salt);
        let id = id_of(&operation);
        match governor.state(context.chain.as_mut(), id)? {
            State::Unset => return Ok(operation),
            State::Waiting | State::Ready => {
                bail!("the same is queued already: {}", hash_text(id))
            }
            State::Done | State::Expired | State::Cancelled => {}
        }
    }
    bail!("no salt is left")
}

/// Uploads what differs, and queues the upgrade to it.
fn upgrade(args: &Upgrade) -> Result<()> {
    let (mut context, sender) = args.queueing.sending.open()?;
    let market = context.deployment.market()?;
    let signer = sender.signer()?;
    let (_, auctions, admin) = market.succession(context.chain.as_mut())?;
    let front = context.chain.contract_code_hash(market.address)?;
    let front = front.context("there is no market at this address")?;
    let mut hashes: [Option<Hash>; 3] = [None; 3];
    let parts = [("market", front), ("market_auctions", auctions), ("market_admin", admin)];
    for (slot, (name, present)) in hashes.iter_mut().zip(parts) {
        let bundle = Bundle::load_from(&args.folder, name)?;
        let hash = context.chain.upload(signer, &bundle.wasm)?;
        *slot = (hash != present).then_some(hash);
    }
    ensure!(hashes.iter().any(Option::is_some), "the market has these codes already");
    let [front, auctions, admin] = hashes;
    let call = market.upgrade(front, auctions, admin);
    args.queueing.queue(&mut context, &sender, &[call], "upgrade of the market")
}

fn execute(args: &Execute) -> Result<()> {
    let (mut context, sender) = args.sending.open()?;
    let operation = match (&args.operation, &args.id) {
        (Some(text), _) => operations::from_text(text)?,
        (None, Some(text)) => {
            let id = id(text)?;
            let path = operations::path(&args.sending.connection.deployment);
            let found = look_up(&mut context, &Operations::load(&path)?, &[id])?.remove(&id);
            let (_, operation) = found.with_context(|| {
                format!("no block says what {text} is: ask its proposer for it (--operation)")
            })?;
            operation
        }
        (None, None) => bail!("which operation?"),
    };
    let call = context.deployment.governor()?.execute(&operation);
    let done = format!("executed {}", hash_text(id_of(&operation)));
    sender.send_with(&mut context, Wanted::new(call, done), refusal).map(drop)
}

/// Operations by their ids: from this machine's file, and else from the chain's blocks since the
/// market was made. What was queued from here has a name too.
fn look_up(
    context: &mut Context,
    known: &Operations,
    ids: &[OperationId],
) -> Result<BTreeMap<OperationId, (Option<String>, Operation)>> {
    let mut held = BTreeMap::new();
    let mut missing = Vec::new();
    for id in ids {
        match known.find(*id) {
            Some((what, operation)) => {
                held.insert(*id, (Some(what), operation));
            }
            None => missing.push(*id),
        }
    }
    let oldest = context.deployment.block.unwrap_or(0);
    let mut told = false;
    let found = queued::find(context.chain.as_mut(), &missing, oldest, |block| {
        if !told && !missing.is_empty() {
            note(&format!("looking for what was queued in blocks {block} to {oldest} ..."));
            told = true;
        }
    })?;
    held.extend(found.into_iter().map(|(id, operation)| (id, (None, operation))));
    Ok(held)
}

fn id(text: &str) -> Result<OperationId> {
    let bytes = operations::bytes(text)?;
    bytes.try_into().map_err(|_| anyhow::anyhow!("{text:?} is no id: 0x and 64 hex digits"))
}

/// A governor's error in the bytes of an `Err`.
pub fn refusal(bytes: &[u8]) -> Option<Refusal> {
    let error = GovernanceError::decode(&mut &*bytes).ok()?;
    Some(Refusal::Other(explain::governance(&error)))
}
