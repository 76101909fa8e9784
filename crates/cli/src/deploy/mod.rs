//! `breakwater deploy`: from one file to a market, as often as one likes.

mod apply;
mod config;
mod desired;
mod plan;
mod present;

use crate::{
    book::{hash_text, Book},
    context::{print, Sending},
};
use anyhow::{Context as _, Result};
use plan::Said;
use serde::Serialize;
use std::path::PathBuf;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater deploy examples/local.toml --from //Alice
  breakwater deploy my-market.toml --plan --from //Alice     # says what would change")]
pub struct Args {
    /// What the market should be: a TOML file (docs/deployers.md)
    config: PathBuf,
    /// Say what would change and change nothing
    #[arg(long)]
    plan: bool,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Serialize)]
struct Answer {
    /// Whether the steps were done.
    done: bool,
    steps: Vec<String>,
    deployment: Book,
}

pub fn run(args: &Args) -> Result<()> {
    let connection = &args.sending.connection;
    let text = std::fs::read_to_string(&args.config)
        .with_context(|| format!("cannot read {}", args.config.display()))?;
    let name = args.config.display();
    let config: config::Config =
        toml::from_str(&text).with_context(|| format!("{name} is not as it should be"))?;
    desired::check(&config).with_context(|| format!("{name} is not as it should be"))?;
    let mut chain = connection.chain()?;
    let genesis = chain.genesis_hash()?;
    let mut book = match connection.deployment.exists() {
        true => Book::load(&connection.deployment)?,
        false => Book { genesis: hash_text(genesis), ..Book::default() },
    };
    book.check_chain(genesis)?;
    let present = present::read(chain.as_mut(), &book)?;
    let steps = plan::plan(&config, &book, &present)?;
    let said: Vec<String> = steps.iter().map(|step| Said(step, &config).to_string()).collect();
    let only_plan = args.plan || args.sending.dry_run;
    if !only_plan {
        let signer = args.sending.signer()?;
        for (step, said) in steps.iter().zip(&said) {
            let done = apply::Deployer {
                chain: chain.as_mut(),
                signer: &signer,
                config: &config,
                path: &connection.deployment,
                genesis,
                owner: present.owner,
            }
            .apply(&mut book, step)
            .with_context(|| format!("cannot {said}"))?;
            eprintln!("{said}{}", done.map_or(String::new(), |note| format!(" ({note})")));
        }
        book.save(&connection.deployment)?;
    }
    let answer = Answer { done: !only_plan, steps: said, deployment: book };
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

fn addresses(book: &Book) -> String {
    let parts = [
        ("market", book.market),
        ("lens", book.lens),
        ("oracle", book.oracle),
        ("governor", book.governor),
        ("taker", book.taker),
    ];
    let mut lines: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, address)| address.map(|address| line(name, &address)))
        .collect();
    lines.extend(book.assets.iter().map(|asset| line(&asset.symbol, &asset.token)));
    lines.extend(book.pools.iter().map(|p| line(&format!("{}/{}", p.base, p.quote), &p.address)));
    lines.join("\n")
}

fn line(name: &str, address: &crate::book::Address) -> String {
    format!("{name:10} {}", breakwater_chain::address::to_ss58(&address.0))
}
