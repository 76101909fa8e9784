//! `breakwater oracle`: prices, where they come from, and reports of a local network.

use super::feed;
use crate::{
    amount::{percent, span, usd, Decimal},
    context::{Connection, Sending},
    deploy::words,
    deployment::Asset,
    explain,
    output::{list, table},
    send::Wanted,
};
use anyhow::{anyhow, ensure, Context as _, Result};
use breakwater_chain::address::to_ss58;
use breakwater_protocol::oracle::{price::Use, redstone, SourceKind};
use serde::Serialize;
use std::path::PathBuf;

#[derive(clap::Subcommand)]
pub enum Command {
    /// The price of every asset, what it is good for, and each source's value
    #[command(after_help = "Example: breakwater oracle show")]
    Show(Show),
    /// Report prices with a pushed source's key
    #[command(after_help = "Examples:
  breakwater oracle push ETH=1800 --from //Alice
  breakwater oracle push ETH=1800 USD=1 --from //Alice")]
    Push(Push),
    /// Relay RedStone's signed packages; anyone may
    #[command(
        after_help = "Example: breakwater oracle relay-redstone payload.hex ETH USD --from //Charlie"
    )]
    RelayRedstone(RelayRedstone),
    /// Read the sources and settle the price; anyone may
    #[command(after_help = "Example: breakwater oracle poke ETH --from //Charlie")]
    Poke(Poke),
    /// Run a reporter: sign prices from elsewhere when they have moved or the last report is old
    #[command(after_help = "Examples:
  breakwater oracle feed --example > feed.toml
  BREAKWATER_REPORTER_KEY=//Reporter BREAKWATER_KEY=//Alice breakwater oracle feed --config feed.toml")]
    Feed(feed::Args),
}

#[derive(clap::Args)]
pub struct Show {
    #[command(flatten)]
    connection: Connection,
}

#[derive(clap::Args)]
pub struct Push {
    /// Symbols and dollars
    #[arg(required = true, value_name = "ASSET=PRICE")]
    prices: Vec<String>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Poke {
    /// Symbols
    #[arg(required = true)]
    assets: Vec<String>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct RelayRedstone {
    /// A file with the payload as RedStone's gateway gives it: bytes, or hex
    payload: PathBuf,
    /// Symbols of the assets whose feeds it is for
    #[arg(required = true)]
    assets: Vec<String>,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Serialize)]
struct Answer {
    asset: String,
    price_wad: Option<String>,
    low_wad: Option<String>,
    high_wad: Option<String>,
    time_ms: Option<u64>,
    good_for: Vec<&'static str>,
    fast_volatility_wad: Option<String>,
    slow_volatility_wad: Option<String>,
    sources: Vec<Source>,
}

#[derive(Serialize)]
struct Source {
    kind: String,
    value_wad: String,
    time_ms: u64,
    verdict: String,
}

pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Show(args) => show(args),
        Command::Push(args) => push(args),
        Command::Feed(args) => feed::run(args),
        Command::RelayRedstone(args) => relay_redstone(args),
        Command::Poke(args) => {
            let (mut context, sender) = args.sending.open()?;
            let tokens = context.deployment.tokens(&args.assets)?;
            let call = context.deployment.oracle()?.poke(&tokens);
            sender.send(&mut context, Wanted::new(call, "read the sources")).map(drop)
        }
    }
}

fn push(args: &Push) -> Result<()> {
    let (mut context, sender) = args.sending.open()?;
    let mut reports = Vec::new();
    // No later than the newest block, which the report will be compared with.
    let time_ms = context.chain.now_ms()?;
    for text in &args.prices {
        let (symbol, price) = text.split_once('=').context("write ASSET=PRICE, as ETH=1800")?;
        let price_wad = price.parse::<Decimal>()?.wad()?;
        ensure!(price_wad != 0, "a price must be above zero");
        reports.push((context.deployment.asset(symbol)?.token.0, price_wad, time_ms));
    }
    let call = context.deployment.oracle()?.push(&reports);
    sender
        .send(&mut context, Wanted::new(call, format!("reported {}", args.prices.join(", "))))
        .map(drop)
}

fn relay_redstone(args: &RelayRedstone) -> Result<()> {
    let (mut context, sender) = args.sending.open()?;
    let path = args.payload.display();
    let read = std::fs::read(&args.payload).with_context(|| format!("cannot read {path}"))?;
    let payload = from_text(&read).unwrap_or(read);
    redstone::packages(&payload)
        .and_then(|mut packages| packages.try_for_each(|package| package.map(drop)))
        .map_err(|error| anyhow!("{path}: {}", explain::refusal(error)))?;
    let tokens = context.deployment.tokens(&args.assets)?;
    let call = context.deployment.oracle()?.relay_redstone(&tokens, &payload);
    let what = format!("relayed prices of {}", args.assets.join(", "));
    sender.send(&mut context, Wanted::new(call, what)).map(drop)
}

/// The bytes of a file that says them in hex.
fn from_text(file: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(file).ok()?.trim();
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()
}

fn show(args: &Show) -> Result<()> {
    let mut context = args.connection.open()?;
    let oracle = context.deployment.oracle()?;
    let now_ms = context.chain.now_ms()?;
    let assets: Vec<Asset> = context.deployment.assets.clone();
    let mut answers = Vec::new();
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for asset in &assets {
        let chain = context.chain.as_mut();
        let price = oracle.prices(chain, &[asset.token.0])?.pop().flatten();
        let Some(feed) = oracle.feed(chain, asset.token.0)? else { continue };
        let values = oracle.sources(chain, asset.token.0).map_err(explain::client)?;
        let good_for = price.map_or(Vec::new(), |price| {
            let uses = [
                (Use::Risk, "risk"),
                (Use::Liquidation, "liquidation"),
                (Use::Settlement, "sales"),
            ];
            uses.into_iter().filter(|(what, _)| price.is_good_for(*what)).map(|(_, n)| n).collect()
        });
        let sources: Vec<Source> = feed
            .config
            .sources
            .iter()
            .zip(values)
            .map(|(source, (value, verdict))| Source {
                kind: kind(&source.kind),
                value_wad: value.value_wad.to_string(),
                time_ms: value.time_ms,
                verdict: format!("{verdict:?}"),
            })
            .collect();
        rows.push([
            asset.symbol.clone(),
            price.map_or("none".into(), |price| usd(price.mid_wad)),
            price.map_or("-".into(), |price| span(now_ms.saturating_sub(price.time_ms))),
            if good_for.is_empty() { "nothing".into() } else { good_for.join(", ") },
            price.map_or("-".into(), |price| percent(price.fast_volatility_wad)),
            price.map_or("-".into(), |price| percent(price.slow_volatility_wad)),
        ]);
        for source in &sources {
            let value = source.value_wad.parse().map_or("-".into(), usd);
            let said = format!("{} {value}, {}", source.kind, source.verdict);
            lines.push((asset.symbol.as_str(), said));
        }
        answers.push(Answer {
            asset: asset.symbol.clone(),
            price_wad: price.map(|price| price.mid_wad.to_string()),
            low_wad: price.map(|price| price.low_wad.to_string()),
            high_wad: price.map(|price| price.high_wad.to_string()),
            time_ms: price.map(|price| price.time_ms),
            good_for,
            fast_volatility_wad: price.map(|price| price.fast_volatility_wad.to_string()),
            slow_volatility_wad: price.map(|price| price.slow_volatility_wad.to_string()),
            sources,
        });
    }
    context.answer(&answers, || {
        let head = ["asset", "price", "age", "good for", "volatility (10 min)", "(3 days)"];
        format!("{}\n{}", table(&head, rows), list(&lines))
    })
}

fn kind(kind: &SourceKind) -> String {
    match kind {
        SourceKind::Pushed { key } => format!("pushed by {}", to_ss58(key)),
        SourceKind::Sr25519 { key } => format!("signed (sr25519) by {}", to_ss58(key)),
        SourceKind::Ecdsa { key } => format!("signed (ECDSA) by 0x{}", hex::encode(key)),
        SourceKind::Redstone { signer, name } => {
            format!("RedStone {} by 0x{}", words::redstone_symbol(name), hex::encode(signer))
        }
        SourceKind::Dia { contract, symbol } => format!("DIA {symbol} at {}", to_ss58(contract)),
        SourceKind::Twap { contract, .. } => format!("average of {}", to_ss58(contract)),
    }
}
