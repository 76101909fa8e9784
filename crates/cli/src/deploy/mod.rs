//! `breakwater deploy`: from one file to a market, as often as one likes.

mod apply;
mod config;
mod desired;
mod keys;
mod plan;
mod preflight;
mod present;
mod quality;
mod reserve;
mod tokens;
mod units;
pub mod words;

use crate::{
    commands::gov,
    context::{print, Sending},
    deployment::{hash_text, Deployment, Standing},
    operations,
    output::note,
    send::Wanted,
};
use anyhow::{ensure, Context as _, Result};
use breakwater_chain::{ContractCall, Signer};
use breakwater_protocol::governance::operation::MAX_CALLS;
use plan::{Said, Step};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater deploy examples/local.toml --from //Alice
  breakwater deploy my-market.toml --plan --from //Alice     # prints what would change")]
pub struct Args {
    /// The market's configuration: a TOML file (docs/deployers.md)
    config: PathBuf,
    /// Print what would change; change nothing
    #[arg(long)]
    plan: bool,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Steer {
    /// The asset's symbol
    asset: String,
    /// The market's configuration: a TOML file; only this asset's reserve counts
    config: PathBuf,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Serialize)]
struct Answer {
    /// Whether the steps were done.
    done: bool,
    steps: Vec<String>,
    /// What the file's assets lack of what their classes ask.
    lacks: Vec<String>,
    deployment: Deployment,
}

pub fn run(args: &Args) -> Result<()> {
    let connection = &args.sending.connection;
    let config = load(&args.config)?;
    let lacks = quality::lacking(&config)?;
    for lack in &lacks {
        note(lack);
    }
    let (mut chain, network) = args.sending.chain()?;
    let genesis = chain.genesis_hash()?;
    let mut deployment = match connection.deployment.exists() {
        true => Deployment::load(&connection.deployment)?,
        false => Deployment { genesis: hash_text(genesis), ..Deployment::default() },
    };
    let anew = deployment.standing(chain.as_mut())? == Standing::Anew;
    if anew {
        note("this chain was started anew: everything is to be deployed again");
        deployment = Deployment { genesis: hash_text(genesis), ..Deployment::default() };
    }
    let facts = tokens::facts(chain.as_mut(), &config, &deployment)?;
    tokens::check(&config, &deployment, &facts)?;
    let present = present::read(chain.as_mut(), &deployment)?;
    let mut steps = Vec::new();
    for asset in &mut deployment.assets {
        let listed = present.held.get(&asset.symbol).and_then(|held| held.reserve.as_ref());
        let listed = listed.map(|(id, _)| *id);
        let corrected = tokens::correct(asset, facts.get(&asset.token.0), listed)?;
        if !corrected.is_empty() {
            steps.push(Step::Correct(asset.symbol.clone(), corrected));
        }
    }
    steps.extend(plan::plan(&config, &deployment, &present)?);
    let said: Vec<String> = steps.iter().map(|step| Said(step, &config).to_string()).collect();
    let only_plan = args.plan || args.sending.dry_run;
    let signer = match only_plan {
        true => args.sending.signer().ok(),
        false => Some(args.sending.signer()?),
    };
    let deployer = signer.as_ref().map(Signer::account);
    if let Some(said) = preflight::check(chain.as_mut(), &network, deployer, &steps, &config)? {
        note(&said);
    }
    if let (false, Some(signer)) = (only_plan, signer) {
        crate::files::has_room(&connection.deployment)?;
        if anew {
            set_aside(&connection.deployment)?;
        }
        let mut deployer = apply::Deployer {
            chain: chain.as_mut(),
            signer: &signer,
            config: &config,
            path: &connection.deployment,
            genesis,
            owner: present.owner,
            to_queue: Vec::new(),
        };
        for (step, said) in steps.iter().zip(&said) {
            let done =
                deployer.apply(&mut deployment, step).with_context(|| format!("cannot {said}"))?;
            let aside = done.map_or(String::new(), |aside| format!(" ({aside})"));
            note(&format!("{said}{aside}"));
        }
        let to_queue = deployer.to_queue;
        deployment.save(&connection.deployment)?;
        if !to_queue.is_empty() {
            queue(args, &to_queue)?;
        }
    }
    let answer = Answer { done: !only_plan, steps: said, lacks, deployment };
    print(connection.json, &answer, || match (only_plan, answer.steps.as_slice()) {
        (_, []) => "everything is as the file says".into(),
        (true, steps) => format!("to do:\n  {}", steps.join("\n  ")),
        (false, _) => {
            format!(
                "{}\nsaved in {}",
                addresses(&answer.deployment),
                connection.deployment.display()
            )
        }
    })
}

/// Keeps the files of a chain that is gone, under other names.
fn set_aside(deployment: &Path) -> Result<()> {
    for path in [deployment.to_path_buf(), operations::path(deployment)] {
        if path.exists() {
            let old = path.with_extension("toml.old");
            std::fs::rename(&path, &old)
                .with_context(|| format!("cannot rename {}", path.display()))?;
            note(&format!("{} is now {}", path.display(), old.display()));
        }
    }
    Ok(())
}

/// Reads a file and checks it.
fn load(path: &Path) -> Result<config::Config> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    toml::from_str(&text)
        .map_err(anyhow::Error::from)
        .and_then(|config| desired::check(&config).map(|()| config))
        .with_context(|| format!("{name} is not as it should be"))
}

impl Steer {
    pub fn run(&self) -> Result<()> {
        let config = load(&self.config)?;
        let (mut context, sender) = self.sending.open()?;
        let held = context.deployment.asset(&self.asset)?.clone();
        let wanted = config.assets.iter().find(|asset| asset.symbol == held.symbol);
        let wanted =
            wanted.with_context(|| format!("{} has no {}", self.config.display(), held.symbol))?;
        ensure!(
            wanted.decimals == held.decimals,
            "{}: the file says decimals {}, the token {}",
            held.symbol,
            wanted.decimals,
            held.decimals
        );
        let listed =
            |symbol: &str| context.deployment.asset(symbol).ok().and_then(|asset| asset.id);
        let numbers = reserve::numbers(&config, &listed);
        let wanted = reserve::reserve(&config, wanted, held.token.0, &numbers)?;
        let market = context.deployment.market()?.address;
        let call = context.deployment.governor()?.steer(market, held.id()?, &wanted);
        let done = format!("steered {}", held.symbol);
        sender.send_with(&mut context, Wanted::new(call, done), gov::refusal).map(drop)
    }
}

/// Puts changes into the governor's queue.
fn queue(args: &Args, calls: &[ContractCall]) -> Result<()> {
    let (mut context, sender) = args.sending.open()?;
    let path = operations::path(&args.sending.connection.deployment);
    let what = format!("to what {} says", args.config.display());
    for some in calls.chunks(MAX_CALLS) {
        gov::queue(&mut context, &sender, &path, some, &what, None)?;
    }
    Ok(())
}

fn addresses(deployment: &Deployment) -> String {
    let parts = [
        ("market", deployment.market),
        ("lens", deployment.lens),
        ("oracle", deployment.oracle),
        ("governor", deployment.governor),
        ("taker", deployment.taker),
    ];
    let mut lines: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, address)| address.map(|address| line(name, &address)))
        .collect();
    lines.extend(deployment.assets.iter().map(|asset| line(&asset.symbol, &asset.token)));
    lines.extend(
        deployment.pools.iter().map(|p| line(&format!("{}/{}", p.base, p.quote), &p.address)),
    );
    lines.join("\n")
}

fn line(name: &str, address: &crate::deployment::Address) -> String {
    format!("{name:10} {}", breakwater_chain::address::to_ss58(&address.0))
}
