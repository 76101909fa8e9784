//! `breakwater breaker`: how careful the market is, and why.

use super::status::level_name;
use crate::{
    amount::span,
    context::{Connection, Sending},
    explain,
    output::table,
    send::Wanted,
};
use anyhow::{bail, Result};
use breakwater_protocol::{lens::BreakerView, Level, Trigger};
use serde::Serialize;

#[derive(clap::Subcommand)]
pub enum Command {
    /// The level of every asset and how near each trigger is
    #[command(after_help = "Example: breakwater breaker show")]
    Show(Show),
    /// Look at the measures now and move the levels; anyone may
    #[command(after_help = "Example: breakwater breaker poke ETH --from //Charlie")]
    Poke(Poke),
    /// Raise a level for a while: the guardian's or the owner's
    #[command(after_help = "Examples:
  breakwater breaker raise ETH --level stressed --minutes 30 --from //Alice
  breakwater breaker raise all --level halted --minutes 5 --from //Alice")]
    Raise(Raise),
    /// Back to Normal: the owner's
    #[command(after_help = "Example: breakwater breaker reset ETH --from //Alice")]
    Reset(Poke),
}

#[derive(clap::Args)]
pub struct Show {
    #[command(flatten)]
    connection: Connection,
}

#[derive(clap::Args)]
pub struct Poke {
    /// The asset's symbol, or `all`
    asset: String,
    #[command(flatten)]
    sending: Sending,
}

#[derive(clap::Args)]
pub struct Raise {
    /// The asset's symbol, or `all` for the whole market
    asset: String,
    /// How far
    #[arg(long)]
    level: Raised,
    /// For how long
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    #[command(flatten)]
    sending: Sending,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Raised {
    /// Less may be borrowed, sales are paced
    Guarded,
    /// Nothing is borrowed; only urgent accounts are put into auction
    Stressed,
    /// Nothing is sold, auctions' clocks stand still
    Halted,
}

#[derive(Serialize)]
struct Answer {
    asset: String,
    level: &'static str,
    trigger: String,
    until_ms: u64,
    /// For each trigger, the measure in basis points of the thresholds of Guarded, Stressed, Halted.
    meters_bps: Vec<(String, [Option<String>; 3])>,
}

pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Show(args) => show(args),
        Command::Poke(args) => {
            let (mut context, sender) = args.sending.open()?;
            let assets = match args.asset.as_str() {
                "all" => context.book.assets.iter().filter_map(|asset| asset.id).collect(),
                symbol => vec![context.book.asset(symbol)?.id()?],
            };
            let call = context.book.market()?.poke(&assets);
            sender.send(&mut context, Wanted::new(call, "looked at the breaker")).map(drop)
        }
        Command::Raise(args) => {
            let (mut context, sender) = args.sending.open()?;
            let asset = one_or_all(&context.book, &args.asset)?;
            let level = match args.level {
                Raised::Guarded => Level::Guarded,
                Raised::Stressed => Level::Stressed,
                Raised::Halted => Level::Halted,
            };
            let lasts_ms = u64::from(args.minutes) * 60_000;
            let call = context.book.market()?.raise_breaker(asset, level, lasts_ms);
            let done = format!("raised {} to {}", args.asset, level_name(level));
            sender.send(&mut context, Wanted::new(call, done)).map(drop)
        }
        Command::Reset(args) => {
            let (mut context, sender) = args.sending.open()?;
            let asset = one_or_all(&context.book, &args.asset)?;
            let call = context.book.market()?.reset_breaker(asset);
            sender.send(&mut context, Wanted::new(call, format!("reset {}", args.asset))).map(drop)
        }
    }
}

fn one_or_all(
    book: &crate::book::Book,
    symbol: &str,
) -> Result<Option<breakwater_protocol::AssetId>> {
    match symbol {
        "all" => Ok(None),
        symbol => book.asset(symbol)?.id().map(Some),
    }
}

fn show(args: &Show) -> Result<()> {
    let mut context = args.connection.open()?;
    let lens = context.book.lens()?;
    let now_ms = context.chain.now_ms()?;
    let mut seen = Vec::new();
    for asset in &context.book.assets {
        let Some(id) = asset.id else { continue };
        let view = lens.breaker(context.chain.as_mut(), id).map_err(explain::client)?;
        seen.push((asset.symbol.clone(), view));
    }
    if seen.is_empty() {
        bail!("no asset is listed yet: `breakwater deploy`");
    }
    let answer: Vec<Answer> = seen.iter().map(|(symbol, view)| answer(symbol, view)).collect();
    context.answer(&answer, || {
        let rows = seen.iter().map(|(symbol, view)| row(symbol, view, now_ms));
        let head = [
            "asset",
            "level",
            "because of",
            "for",
            "volatility",
            "liquidations",
            "outflow",
            "branching",
            "bad debt",
        ];
        format!(
            "{}\nMeasures are in per cent of the threshold of the next level.",
            table(&head, rows)
        )
    })
}

fn answer(symbol: &str, view: &BreakerView) -> Answer {
    let texts = |parts: &[Option<u128>; 3]| parts.map(|part| part.map(|bps| bps.to_string()));
    Answer {
        asset: symbol.into(),
        level: level_name(view.level),
        trigger: format!("{:?}", view.trigger),
        until_ms: view.until_ms,
        meters_bps: view.meters.iter().map(|(t, parts)| (format!("{t:?}"), texts(parts))).collect(),
    }
}

fn row(symbol: &str, view: &BreakerView, now_ms: u64) -> Vec<String> {
    let calm = view.level == Level::Normal;
    let mut row = vec![
        symbol.into(),
        level_name(view.level).into(),
        if calm { "-".into() } else { format!("{:?}", view.trigger) },
        if calm { "-".into() } else { span(view.until_ms.saturating_sub(now_ms)) },
    ];
    // The thresholds are of Guarded, Stressed and Halted: the one above the present level.
    let next = match view.level {
        Level::Normal => 0,
        Level::Guarded => 1,
        Level::Stressed | Level::Halted => 2,
    };
    let measured = [
        Trigger::Volatility,
        Trigger::Liquidations,
        Trigger::Outflow,
        Trigger::Branching,
        Trigger::BadDebt,
    ];
    for trigger in measured {
        let meter = view.meters.iter().find(|(of, _)| *of == trigger);
        let part = meter.and_then(|(_, parts)| parts.get(next).copied().flatten());
        row.push(part.map_or("-".into(), |bps| format!("{} %", bps / 100)));
    }
    row
}
