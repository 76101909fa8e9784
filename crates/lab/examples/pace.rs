//! The gradual price on chosen paths, for tuning: `cargo run -p breakwater-lab --example pace --
//! [seeds=N] [paths=m20,m21,m20n,m21n] [twins=1] [scenario.key=value ...] -- [name: key=value ...] ...`

use anyhow::{bail, Context, Result};
use breakwater_lab::{
    compare::{compare, Column, Group, Results},
    engine::Options,
    mechanisms::{
        aave_v3::AaveV3,
        breakwater::{Breakwater, Settings, Wash},
    },
    scenario::{Scenario, Source},
    sweep::with,
};
use std::path::{Path, PathBuf};

fn scenario(path: &str, folder: &Path) -> Result<Option<Scenario>> {
    let mut s = Scenario::default();
    let (name, cut) = path.strip_suffix('n').map_or((path, false), |name| (name, true));
    let file = match name {
        "m20" => None,
        "m21" => Some("eth_usdt_1m_2021-05-18_2021-05-20.csv"),
        "m20w" => Some("eth_usdt_5m_2020-03-08_2020-03-20.csv"),
        "y22" => Some("eth_usdt_1h_2022-05-05_2022-06-30.csv"),
        "rand" | "dive" | "gap" => {
            s.prices.source = Source::Synthetic;
            match name {
                "dive" => {
                    s.prices.synthetic.days = 0.5;
                    s.prices.synthetic.drift_per_day = -1.2;
                }
                "gap" => {
                    s.prices.synthetic.days = 0.5;
                    s.prices.synthetic.jumps_per_day = 12.0;
                    s.prices.synthetic.jump_mean = -0.06;
                }
                _ => {}
            }
            None
        }
        _ => bail!("no path {path}"),
    };
    if let Some(file) = file {
        s.prices.source = Source::File;
        s.prices.file = folder.join(file);
        if !s.prices.file.exists() {
            return Ok(None);
        }
    }
    s.prices.cut_at_low = cut;
    s.prices.hold_h = if cut { 24.0 } else { 0.0 };
    s.name = path.into();
    Ok(Some(s))
}

fn rule(text: &str) -> Result<(String, Settings)> {
    let (name, keys) = text.split_once(':').unwrap_or((text, ""));
    let mut r = Settings { pool_bps: Some(1_500), ..Settings::default() };
    for part in keys.split(',').filter(|part| !part.trim().is_empty()) {
        let (key, value) = part.trim().split_once('=').context("key=value")?;
        let f: f64 = value.parse()?;
        let c = &mut r.auction;
        match key {
            "pool" => r.pool_bps = Some((f * 100.0) as u16),
            "target" => r.backstop.target_bps = (f * 100.0) as u16,
            "aim" => r.params.target_health_wad = (f * 1e18) as u128,
            "wash" => {
                r.wash = match f as u8 {
                    0 => Wash::Never,
                    1 => Wash::Once,
                    _ => Wash::Always,
                }
            }
            "typed" => r.typed_bps = (f * 1e4) as u32,
            "rise0" => c.alone.rise_mbps_per_min = (f * 1e3) as u32,
            "rise" => c.backed.rise_mbps_per_min = (f * 1e3) as u32,
            "spent" => c.spent_share_bps = (f * 1e4) as u16,
            "cap0" => c.alone.cap_ppm = f as u32,
            "cap" => c.backed.cap_ppm = f as u32,
            "kappa0" => c.alone.urgency_bps = f as u16,
            "kappa" => c.backed.urgency_bps = f as u16,
            "half" => c.half_life_ms = (f * 6e4) as u64,
            "k" => c.fall_bps_per_depth = f as u16,
            "floor" => c.floor_bps = f as u16,
            "max" => c.max_bonus_bps = f as u16,
            "drift" => c.drift_bps_per_min = f as u16,
            "own" => c.own_bps_per_min = f as u16,
            "slice" => c.slice_bps = f as u16,
            "urgent" => c.pool_ltv_bps = f as u16,
            "full" => c.urgency_ltv_bps = f as u16,
            "lost" => c.lost_ltv_bps = f as u16,
            "stock" => c.stock_share_bps = f as u16,
            "fee" => c.fee_bps = f as u16,
            "whole" => c.whole_bps = f as u16,
            _ => bail!("no key {key}"),
        }
    }
    Ok((name.into(), r))
}

fn print(result: &Results, yard: Option<&Results>) {
    let mean = |of: fn(&breakwater_lab::metrics::Figures) -> f64| result.summary(of).mean;
    let x = |of: fn(&breakwater_lab::metrics::Figures) -> f64| {
        yard.map_or(f64::NAN, |yard| mean(of) / yard.summary(of).mean)
    };
    println!(
        "  {:22} over {:6.1} ({:.3}) low {:6.1} ({:.3}) bad {:6.2} cost {:6.1} med {:6.1} amp {:.3} pool {:+7.1} sys {:6.2} both {:+6.1} ({:.3}) liq {:4.1} fills {:5.0} min {:5.1} clear {:6.1} stock {:4.1} oracle {:6.2} washed {:5.1}",
        result.name,
        mean(|f| f.overshoot_bps), x(|f| f.overshoot_bps),
        mean(|f| f.deeper_low_bps), x(|f| f.deeper_low_bps),
        mean(|f| f.bad_debt_bps),
        mean(|f| f.cost_bps_of_repaid),
        mean(|f| f.median_cost_bps),
        mean(|f| f.amplification),
        mean(|f| f.holding_bps),
        mean(|f| f.system_loss_bps),
        mean(|f| f.together_bps), x(|f| f.together_bps),
        mean(|f| f.repaid_part * 100.0),
        mean(|f| f.fills),
        mean(|f| f.minutes_to_fill),
        mean(|f| f.minutes_to_clear),
        mean(|f| f.stock_left_part * 100.0),
        mean(|f| f.fill_to_oracle * 100.0),
        mean(|f| f.washed_part * 100.0),
    );
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let split = args.iter().position(|arg| arg == "--").unwrap_or(args.len());
    let folder = PathBuf::from(std::env::var("PRICES").unwrap_or_else(|_| ".".into()));
    let (mut seeds, mut paths, mut twins, mut varied) =
        (3, "m20,m21".to_string(), false, Vec::new());
    for arg in &args[..split] {
        let (key, value) = arg.split_once('=').context("key=value")?;
        match key {
            "seeds" => seeds = value.parse()?,
            "paths" => paths = value.into(),
            "twins" => twins = value == "1",
            _ => varied.push((key.to_string(), value.parse::<f64>()?)),
        }
    }
    let rules: Result<Vec<_>> =
        args[(split + 1).min(args.len())..].iter().map(|a| rule(a)).collect();
    let rules = rules?;
    for path in paths.split(',') {
        let Some(mut scenario) = scenario(path, &folder)? else {
            println!("{path}: left out, no price file");
            continue;
        };
        scenario.seeds = seeds;
        for (key, value) in &varied {
            scenario = with(&scenario, key, *value)?;
        }
        let mut columns = vec![Column {
            name: "Aave v3".into(),
            group: Group::Peer,
            design: Box::new(AaveV3::default()),
            options: Options::default(),
        }];
        columns.extend(rules.iter().map(|(name, rule)| Column {
            name: name.clone(),
            group: Group::Ours,
            design: Box::new(Breakwater::named(name, *rule)),
            options: Options::default(),
        }));
        let results = compare(&scenario, &columns, twins, &|| ())?;
        println!("{path}");
        for result in &results {
            print(result, results.first());
        }
    }
    Ok(())
}
