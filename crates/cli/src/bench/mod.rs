//! `breakwater bench`: exact costs, measured on the embedded chain.
//!
//! Gas there is computed, not timed: the same build always gives the same figures. The yardstick
//! is a PSP22 `transfer` between two accounts that both hold some, in the same run.

mod asked;
mod bars;
mod crowd;
mod floor;
mod measure;
mod off_chain;
mod page;
mod parts;
mod peer;

use anyhow::Result;
use breakwater_client::Bundle;
use breakwater_embedded::Profile;
use serde::Serialize;
use std::path::PathBuf;

const CONTRACTS: [&str; 9] = [
    "market",
    "market_auctions",
    "market_admin",
    "lens",
    "oracle",
    "governor",
    "token",
    "amm",
    "taker",
];

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater bench
  breakwater bench --strict --json
  breakwater bench --check docs/performance.md
  breakwater bench --write docs/performance.md
  breakwater bench --peer ../rival
  breakwater bench crowd --accounts 8,1000
  breakwater bench keeper --accounts 1000000 --borrowers 10000
  breakwater bench lab --write docs/performance.md")]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    what: Option<What>,
    /// A live chain's limits: 5 frames, 128 KiB of code
    #[arg(long)]
    strict: bool,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
    /// Write the tables into this page, between its marks
    #[arg(long, value_name = "PAGE", conflicts_with_all = ["strict", "json", "check"])]
    write: Option<PathBuf>,
    /// Fail if a message costs, or a contract weighs, over 1 % more than on this page
    #[arg(long, value_name = "PAGE", conflicts_with_all = ["strict", "json"])]
    check: Option<PathBuf>,
    /// Measure another protocol's contracts too, and print its costs beside ours: a folder with Wasm and peer.json
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["write", "check"])]
    peer: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum What {
    /// Time the keeper: ranking accounts, answering a price
    Keeper(off_chain::KeeperArgs),
    /// Time the simulator: `lab compare` as it is without arguments
    Lab(off_chain::LabArgs),
    /// What messages cost where many accounts are in auction
    Crowd(crowd::Args),
}

#[derive(Serialize)]
struct Bench {
    profile: String,
    contracts: Vec<Size>,
    messages: Vec<Cost>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<peer::Peer>,
}

#[derive(Serialize)]
struct Size {
    contract: &'static str,
    wasm_bytes: usize,
}

#[derive(Clone, Serialize)]
struct Cost {
    message: String,
    ref_time_ps: u64,
    /// Of proof as declared: the most that it may need.
    proof_bytes: u64,
    /// Of proof as a node records it, on this small state.
    recorded_proof_bytes: u64,
    deposit_planck: i128,
    frames: u32,
    /// `ref_time_ps` in multiples of a transfer's.
    transfers: f64,
    /// What the time is made of, where it was taken apart.
    parts: Option<parts::Parts>,
}

pub fn run(args: &Args) -> Result<()> {
    match &args.what {
        Some(What::Keeper(args)) => return off_chain::keeper(args),
        Some(What::Lab(args)) => return off_chain::lab(args),
        Some(What::Crowd(args)) => return crowd::run(args),
        None => {}
    }
    let profile = if args.strict { Profile::Strict } else { Profile::Node };
    let bench = bench(profile)?;
    if let Some(page) = &args.write {
        return page::write(page, &bench);
    }
    if let Some(page) = &args.check {
        return page::check(page, &bench);
    }
    let bench = match (&args.peer, bench.messages.first()) {
        (Some(folder), Some(yardstick)) => {
            let peer = Some(peer::measure(folder, profile, yardstick)?);
            Bench { peer, ..bench }
        }
        _ => bench,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&bench)?);
    } else {
        let (tables, floor) = (page::tables(&bench), floor::written(&bench));
        println!("Embedded chain, {} profile.\n\n{tables}\n\n{floor}", bench.profile);
        if let Some(peer) = &bench.peer {
            println!("\n{}", peer::beside(&bench.messages, peer));
        }
    }
    Ok(())
}

fn bench(profile: Profile) -> Result<Bench> {
    let contracts = CONTRACTS
        .into_iter()
        .map(|contract| Ok(Size { contract, wasm_bytes: Bundle::load(contract)?.wasm.len() }))
        .collect::<Result<Vec<_>>>()?;
    let messages = measure::measure(profile)?;
    Ok(Bench { profile: format!("{profile:?}").to_lowercase(), contracts, messages, peer: None })
}
