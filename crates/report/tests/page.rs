//! The page and the table on a made-up run.

use breakwater_report::{
    html, text_table, BreakerSpan, Buyer, DemoReport, Fill, GasRow, GaugePoint, HealthSample,
    Level, Outcome, PricePoint, ReportError, Run,
};

const START_MS: u64 = 1_583_971_200_000;
const MINUTE_MS: u64 = 60_000;

/// A price that falls by half and comes back a little, with `fills` sales on the way.
fn report(fills: usize) -> DemoReport {
    let steps = 600u64;
    let price: Vec<PricePoint> = (0..steps)
        .map(|step| {
            let part = step as f64 / steps as f64;
            let exogenous_usd = 200.0 - 100.0 * part + 20.0 * part * part;
            let pool_usd = exogenous_usd * (1.0 - 0.03 * part);
            let time_ms = START_MS + step * MINUTE_MS;
            PricePoint { time_ms, exogenous_usd, pool_usd, oracle_usd: pool_usd }
        })
        .collect();
    let health = (0..60u64)
        .map(|step| {
            let low = (step / 6) as u32;
            let counts = vec![0, low, low, 20, 30, 40, 50 - low, 40 - low, 20];
            let time_ms = START_MS + 10 * step * MINUTE_MS;
            HealthSample { time_ms, counts, min: 0.95, median: 1.4 }
        })
        .collect();
    let fills = (0..fills as u64)
        .map(|number| Fill {
            time_ms: START_MS + number * 600 * MINUTE_MS / fills as u64,
            account: format!("{number:08x}"),
            collateral: "ETH".into(),
            debt: "USD".into(),
            repaid_usd: 100.0 + (number % 50) as f64 * 40.0,
            fair_value_usd: (100.0 + (number % 50) as f64 * 40.0) * 1.01,
            own_ms: 300_000,
            bonus_bps: 100,
            buyer: [Buyer::Market, Buyer::Backstop, Buyer::OfStock][number as usize % 3],
        })
        .collect();
    DemoReport {
        title: "A <made-up> crash".into(),
        command: "breakwater demo --seed 1".into(),
        chain: "the embedded chain".into(),
        seed: 1,
        version: "0.0.0".into(),
        start_unix_ms: START_MS,
        outcome: Outcome {
            borrowers: 200,
            fills: 12,
            repaid_usd: 1_000.0,
            lowest_exogenous_usd: 120.0,
            lowest_pool_usd: 116.4,
            ..Outcome::default()
        },
        runs: ["fixed bonus", "day one", "with a pool"]
            .map(|name| Run {
                name: name.into(),
                pool_usd: price.iter().map(|point| (point.time_ms, point.pool_usd)).collect(),
                lowest_usd: 116.4,
                ..Run::default()
            })
            .into(),
        gauge: (0..steps)
            .map(|step| GaugePoint {
                time_ms: START_MS + step * MINUTE_MS,
                bonus_bps: (step % 40) as f64 - 10.0,
                impact_bps: (step % 24) as f64,
                cap_bps: 24.0,
                ..GaugePoint::default()
            })
            .collect(),
        price,
        health,
        fills,
        breaker: vec![BreakerSpan {
            from_ms: START_MS + 100 * MINUTE_MS,
            to_ms: START_MS + 130 * MINUTE_MS,
            level: Level::Stressed,
            reason: "volatility".into(),
        }],
        gas: vec![GasRow {
            message: "take".into(),
            calls: 12,
            ref_time_ps: 3_000_000_000,
            proof_bytes: 200_000,
            deposit_planck: 0,
            transfers: 4.2,
        }],
        notes: vec!["made up".into()],
    }
}

#[test]
fn the_page_stands_alone_and_holds_every_plot() {
    let page = html(&report(40)).expect("a page");
    // Each for a wide page and for a phone, and the mark.
    assert_eq!(page.matches("<svg").count(), 11);
    assert_eq!(page.matches("</svg>").count(), 11);
    for class in ["broad", "small"] {
        assert_eq!(page.matches(&format!("class=\"{class}\" aria-label=")).count(), 5, "{class}");
    }
    for name in ["fixed bonus", "day one", "with a pool"] {
        assert!(page.contains(name), "{name}");
    }
    assert!(!page.contains("NaN") && !page.contains("inf"));
    // Nothing is fetched: the only address is the SVG name space.
    assert_eq!(page.matches("http").count(), page.matches("http://www.w3.org/2000/svg").count());
    assert!(page.contains("A &lt;made-up&gt; crash"), "text is escaped");
}

/// Text, lines and ground of a plot are the page's, which are others in the dark.
#[test]
fn plots_are_drawn_in_the_colours_of_the_page() {
    let page = html(&report(40)).expect("a page");
    for colour in ["#000000", "#FFFFFF", "#0072B2", "#6E6E6E"] {
        let bare = format!("\"{colour}\"");
        assert!(!page.contains(&bare), "{colour}");
    }
    for name in ["ink", "panel", "blue", "grey"] {
        assert!(page.contains(&format!("\"var(--{name}, #")), "{name}");
        assert_eq!(page.matches(&format!("--{name}: #")).count(), 2, "{name}: light and dark");
    }
}

/// Words that stand on one line of an axis do not run into each other, on a phone either.
#[test]
fn a_narrow_plot_has_few_times_on_its_axis() {
    let page = html(&report(40)).expect("a page");
    let small = page.split("class=\"small\"").nth(1).expect("a small plot");
    let small = small.split("</svg>").next().expect("its end");
    let times = small.lines().filter(|line| line.trim_start().starts_with("12 Mar")).count();
    assert!((1..=4).contains(&times), "{times}");
}

#[test]
fn many_fills_do_not_bloat_the_page() {
    let page = html(&report(20_000)).expect("a page");
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}

#[test]
fn a_calm_run_without_fills_or_health_is_a_page_too() {
    let mut calm = report(0);
    calm.health.clear();
    calm.gauge.clear();
    calm.runs.clear();
    calm.price.truncate(1);
    assert!(html(&calm).is_ok());
}

#[test]
fn nonsense_is_refused_by_name() {
    let mut empty = report(1);
    empty.price.clear();
    assert_eq!(html(&empty), Err(ReportError::NoPrices));
    let mut broken = report(1);
    broken.fills[0].repaid_usd = f64::NAN;
    assert_eq!(html(&broken), Err(ReportError::NotFinite { field: "fills" }));
    let mut broken = report(1);
    broken.outcome.bad_debt_usd = f64::INFINITY;
    assert_eq!(html(&broken), Err(ReportError::NotFinite { field: "outcome" }));
}

#[test]
fn the_table_fits_a_terminal() {
    let table = text_table(&report(12));
    assert!(table.contains("Bad debt") && table.contains("take"));
    let widest = table.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(widest <= 100, "{widest} columns");
}
