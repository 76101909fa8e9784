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
use breakwater_protocol::{lens::BreakerView, Level, ManualLevel, Trigger};
use serde::Serialize;

#[derive(clap::Subcommand)]
pub enum Command {
    /// The level of every asset and how near each trigger is
    #[command(after_help = "Example: breakwater breaker show")]
    Show(Show),
    /// Evaluate the measures now and move the levels; anyone may
    #[command(after_help = "Example: breakwater breaker poke ETH --from //Charlie")]
    Poke(Poke),
    /// Raise a level for a while (guardian or owner)
    #[command(after_help = "Examples:
  breakwater breaker raise ETH --level stressed --minutes 30 --from //Alice
  breakwater breaker raise all --level halted --minutes 5 --from //Alice")]
    Raise(Raise),
    /// Reset a level to Normal (owner)
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
    /// The level to raise to
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
    /// Less borrowing power
    Guarded,
    /// No new debt, slower withdrawals
    Stressed,
    /// No sales, bonuses stand still
    Halted,
}

#[derive(Serialize)]
struct Answer {
    asset: String,
    level: &'static str,
    /// `Calm` at Normal, `People` where it was raised by hand.
    trigger: String,
    until_ms: u64,
    meters: Vec<MeterAnswer>,
}

/// A trigger's measure in basis points of each level's threshold; absent where there is none.
#[derive(Serialize)]
struct MeterAnswer {
    trigger: String,
    guarded_bps: Option<String>,
    stressed_bps: Option<String>,
    halted_bps: Option<String>,
}

/// Why a level holds, and until when, in Unix milliseconds.
fn reason(view: &BreakerView, market: &ManualLevel, now_ms: u64) -> (String, u64) {
    if view.level == Level::Normal {
        return ("Calm".into(), 0);
    }
    // The higher of what measures and what people want holds; of two people, who wants more.
    let raised =
        [&view.guard, market].into_iter().filter(|guard| guard.level(now_ms) >= view.level);
    match raised.map(|guard| guard.until_ms).max() {
        Some(until_ms) if view.trigger == Trigger::Calm || until_ms > view.until_ms => {
            ("People".into(), until_ms)
        }
        _ => (format!("{:?}", view.trigger), view.until_ms),
    }
}

pub fn run(command: &Command) -> Result<()> {
    match command {
        Command::Show(args) => show(args),
        Command::Poke(args) => {
            let (mut context, sender) = args.sending.open()?;
            let assets = match args.asset.as_str() {
                "all" => context.deployment.assets.iter().filter_map(|asset| asset.id).collect(),
                symbol => vec![context.deployment.asset(symbol)?.id()?],
            };
            let call = context.deployment.market()?.poke(&assets);
            sender.send(&mut context, Wanted::new(call, "looked at the breaker")).map(drop)
        }
        Command::Raise(args) => {
            let (mut context, sender) = args.sending.open()?;
            let asset = one_or_all(&context.deployment, &args.asset)?;
            let level = match args.level {
                Raised::Guarded => Level::Guarded,
                Raised::Stressed => Level::Stressed,
                Raised::Halted => Level::Halted,
            };
            let lasts_ms = u64::from(args.minutes) * 60_000;
            let call = context.deployment.market()?.raise_breaker(asset, level, lasts_ms);
            let done = format!("raised {} to {}", args.asset, level_name(level));
            sender.send(&mut context, Wanted::new(call, done)).map(drop)
        }
        Command::Reset(args) => {
            let (mut context, sender) = args.sending.open()?;
            let asset = one_or_all(&context.deployment, &args.asset)?;
            let call = context.deployment.market()?.reset_breaker(asset);
            sender.send(&mut context, Wanted::new(call, format!("reset {}", args.asset))).map(drop)
        }
    }
}

fn one_or_all(
    deployment: &crate::deployment::Deployment,
    symbol: &str,
) -> Result<Option<breakwater_protocol::AssetId>> {
    match symbol {
        "all" => Ok(None),
        symbol => deployment.asset(symbol)?.id().map(Some),
    }
}

fn show(args: &Show) -> Result<()> {
    let mut context = args.connection.open()?;
    let lens = context.deployment.lens()?;
    let now_ms = context.chain.now_ms()?;
    let (_, _, raised) = context.deployment.market()?.guard(context.chain.as_mut())?;
    let mut seen = Vec::new();
    for asset in &context.deployment.assets {
        let Some(id) = asset.id else { continue };
        let view = lens.breaker(context.chain.as_mut(), id).map_err(explain::client)?;
        let (because, until_ms) = reason(&view, &raised, now_ms);
        seen.push(Seen { symbol: asset.symbol.clone(), view, because, until_ms });
    }
    if seen.is_empty() {
        bail!("no asset is listed yet: `breakwater deploy`");
    }
    let answer: Vec<Answer> = seen.iter().map(answer).collect();
    context.answer(&answer, || {
        let rows = seen.iter().map(|seen| row(seen, now_ms));
        let head = ["asset", "level", "because of", "for", "volatility", "outflow", "bad debt"];
        format!(
            "{}\nMeasures are in per cent of the threshold of the next level.",
            table(&head, rows)
        )
    })
}

/// An asset's breaker as it is shown.
struct Seen {
    symbol: String,
    view: BreakerView,
    because: String,
    until_ms: u64,
}

fn answer(seen: &Seen) -> Answer {
    let meters = seen.view.meters.iter().map(|(trigger, parts)| {
        let [guarded_bps, stressed_bps, halted_bps] =
            parts.map(|part| part.map(|bps| bps.to_string()));
        let trigger = format!("{trigger:?}");
        MeterAnswer { trigger, guarded_bps, stressed_bps, halted_bps }
    });
    Answer {
        asset: seen.symbol.clone(),
        level: level_name(seen.view.level),
        trigger: seen.because.clone(),
        until_ms: seen.until_ms,
        meters: meters.collect(),
    }
}

fn row(seen: &Seen, now_ms: u64) -> Vec<String> {
    let view = &seen.view;
    let calm = view.level == Level::Normal;
    // A bad price holds its level for as long as it lasts: there is no time to give.
    let left = match seen.until_ms.saturating_sub(now_ms) {
        0 => "as long as it lasts".into(),
        left_ms => span(left_ms),
    };
    let mut row = vec![
        seen.symbol.clone(),
        level_name(view.level).into(),
        if calm { "-".into() } else { seen.because.clone() },
        if calm { "-".into() } else { left },
    ];
    // The thresholds are of Guarded, Stressed and Halted: the one above the present level.
    let next = match view.level {
        Level::Normal => 0,
        Level::Guarded => 1,
        Level::Stressed | Level::Halted => 2,
    };
    let measured = [Trigger::Volatility, Trigger::Outflow, Trigger::BadDebt];
    for trigger in measured {
        let meter = view.meters.iter().find(|(of, _)| *of == trigger);
        let part = meter.and_then(|(_, parts)| parts.get(next).copied().flatten());
        row.push(part.map_or("-".into(), |bps| format!("{} %", bps / 100)));
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_protocol::breaker::Measures;

    fn view(level: Level, trigger: Trigger, until_ms: u64, guard: ManualLevel) -> BreakerView {
        let measures = Measures::default();
        BreakerView { level, trigger, until_ms, guard, measures, meters: vec![] }
    }

    /// Before: "Stressed because of Calm, for 0 ms".
    #[test]
    fn a_level_that_people_raised_says_so_and_for_how_long() {
        let none = ManualLevel::default();
        let raised = ManualLevel { level: Level::Stressed, from_ms: 0, until_ms: 310_000 };
        let by_hand = view(Level::Stressed, Trigger::Calm, 0, raised);
        assert_eq!(reason(&by_hand, &none, 10_000), ("People".into(), 310_000));
        let of_market = view(Level::Stressed, Trigger::Calm, 0, none);
        assert_eq!(reason(&of_market, &raised, 10_000), ("People".into(), 310_000));
        let measured = view(Level::Stressed, Trigger::Outflow, 400_000, raised);
        assert_eq!(reason(&measured, &none, 10_000), ("Outflow".into(), 400_000));
        let calm = view(Level::Normal, Trigger::Calm, 0, none);
        assert_eq!(reason(&calm, &none, 10_000).0, "Calm");
        let (because, until_ms) = reason(&by_hand, &none, 10_000);
        let seen = Seen { symbol: "ETH".into(), view: by_hand, because, until_ms };
        assert_eq!(row(&seen, 10_000)[..4], ["ETH", "Stressed", "People", "5 min"]);
    }
}
