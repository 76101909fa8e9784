//! The floor and what is above it, drawn: pools across, overshoot up, both lines and everybody's points.

use super::{bound_bps, Planned, RULES};
use crate::{
    compare::{Column, Group, Results},
    stats::Summary,
};
use anyhow::{ensure, Context, Result};
use breakwater_report::house::{draw, BLUE, GREEN, GREY, ORANGE, RED};
use plotters::prelude::*;
use std::{fmt::Write as _, path::Path};

/// Overshoot over sizes of the pool: parts of all loans, basis points.
pub struct Line {
    pub name: String,
    pub group: Group,
    pub points: Vec<(f64, f64)>,
}

/// The programme's points: LTV never above, pool, basis points.
pub type Points = Vec<(f64, f64, f64)>;

/// Pools that the formula and our own runs have.
pub const POOLS: [f64; 7] = [0.0, 0.05, 0.10, 0.15, 0.25, 0.50, 0.65];

/// Basis points that a plot can show: it is logarithmic.
const LEAST_BPS: f64 = 5.0;
const MOST_BPS: f64 = 3_000.0;
/// How much higher a name stands than the one below it at least.
const NAME_STEP: f64 = 1.17;
const FONT: (&str, i32) = ("sans-serif", 14);

/// Reads the programme's points, as `scripts/floor` prints them.
///
/// # Errors
/// A file that can't be read, or has other columns.
pub fn read_points(path: &Path) -> Result<Points> {
    let read = || -> Result<Points> {
        let mut file = csv::Reader::from_path(path)?;
        ensure!(file.headers()? == vec!["ltv", "pool", "overshoot_bps"], "other columns");
        file.deserialize().map(|row| Ok(row?)).collect()
    };
    read().with_context(|| format!("cannot read the points in {}", path.display()))
}

/// Ours by pool, then each peer's, with and without the pool that is lent to it.
pub fn lines(columns: &[Column], pools: &[f64], results: &[Results]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for ((column, pool), result) in columns.iter().zip(pools).zip(results) {
        let Summary { mean, .. } = result.summary(|figures| figures.overshoot_bps);
        let name = column.design.name();
        match lines.iter_mut().find(|line| line.name == name) {
            Some(line) => line.points.push((*pool, mean)),
            None => lines.push(Line {
                name: name.to_owned(),
                group: column.group,
                points: vec![(*pool, mean)],
            }),
        }
    }
    for line in &mut lines {
        line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    lines
}

/// The formula's line for each of the [`RULES`].
pub fn formula(world: &Planned) -> Vec<(f64, Vec<(f64, f64)>)> {
    let of = |ltv: f64| POOLS.map(|pool| (pool, bound_bps(world, ltv, pool))).to_vec();
    RULES.map(|rule| (rule.ltv, of(rule.ltv))).to_vec()
}

/// A table in Markdown: a row for each floor and each mechanism, a column for each pool.
pub fn table(formula: &[(f64, Vec<(f64, f64)>)], points: &Points, lines: &[Line]) -> String {
    let mut text = String::from("| overshoot, bps; pool of |");
    for pool in POOLS {
        let _ = write!(text, " {:.0} % |", pool * 100.0);
    }
    let _ = write!(text, "\n|---|{}", "---:|".repeat(POOLS.len()));
    let mut row = |name: &str, known: &[(f64, f64)]| {
        let _ = write!(text, "\n| {name} |");
        for pool in POOLS {
            match known.iter().find(|(at, _)| (at - pool).abs() < 1e-9) {
                Some((_, bps)) => {
                    let _ = write!(text, " {bps:.0} |");
                }
                None => text.push_str(" |"),
            }
        }
    };
    for (ltv, known) in formula {
        row(&format!("formula, no loan above LTV {ltv:.2}"), known);
        let of: Vec<_> = points
            .iter()
            .filter(|(at, ..)| at == ltv)
            .map(|(_, pool, bps)| (*pool, *bps))
            .collect();
        if !of.is_empty() {
            row(&format!("programme, no loan above LTV {ltv:.2}"), &of);
        }
    }
    for line in lines {
        row(&line.name, &line.points);
    }
    text.push('\n');
    text
}

/// The plot, as SVG text.
///
/// # Errors
/// The plotting library's.
pub fn chart(
    formula: &[(f64, Vec<(f64, f64)>)],
    points: &Points,
    lines: &[Line],
) -> Result<String> {
    let on_scale = |(pool, bps): &(f64, f64)| (pool * 100.0, bps.clamp(LEAST_BPS, MOST_BPS));
    let svg = draw("the floor", (1_100, 560), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(28)
            .x_label_area_size(44)
            .y_label_area_size(76)
            .build_cartesian_2d(-1.0..72.0f64, (LEAST_BPS..MOST_BPS).log_scale())?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GREY.mix(0.2))
            .axis_style(GREY)
            .label_style(FONT)
            .axis_desc_style(("sans-serif", 15))
            .x_desc("pool, % of all loans")
            .y_desc("overshoot, bps (logarithmic; at the bottom 5 and less)")
            .x_label_formatter(&|part| format!("{part:.0}"))
            .y_label_formatter(&|bps| format!("{bps:.0}"))
            .draw()?;
        for ((ltv, line), colour) in formula.iter().zip([GREY, BLACK]) {
            let dashed = DashedLineSeries::new(line.iter().map(on_scale), 6, 4, colour.into());
            chart
                .draw_series(dashed)?
                .label(format!("formula, no loan above LTV {ltv:.2}"))
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], colour));
            let of: Vec<(f64, f64)> = points
                .iter()
                .filter(|(at, ..)| at == ltv)
                .map(|(_, pool, bps)| on_scale(&(*pool, *bps)))
                .collect();
            chart
                .draw_series(of.iter().map(|dot| Cross::new(*dot, 5, colour.stroke_width(2))))?
                .label(format!("programme, no loan above LTV {ltv:.2}"))
                .legend(move |(x, y)| Cross::new((x + 11, y), 5, colour.stroke_width(2)));
        }
        // From the lowest end up, so that names stand in the order of the lines.
        let end = |line: &Line| line.points.last().map_or(0.0, |(_, bps)| *bps);
        let mut lines: Vec<&Line> = lines.iter().collect();
        lines.sort_by(|a, b| end(a).total_cmp(&end(b)));
        let mut above: f64 = 0.0;
        for line in lines {
            let colour = match line.group {
                Group::Ours => BLUE,
                Group::PeerWithBackstop => ORANGE,
                Group::Peer => RED,
                Group::Ablation | Group::Variant => GREEN,
            };
            let dots: Vec<(f64, f64)> = line.points.iter().map(on_scale).collect();
            let width = if line.group == Group::Ours { 3 } else { 1 };
            chart.draw_series(LineSeries::new(dots.clone(), colour.stroke_width(width)))?;
            chart.draw_series(dots.iter().map(|dot| Circle::new(*dot, 4, colour.filled())))?;
            let Some((pool, bps)) = dots.last().copied() else { continue };
            // Names, one above the other where lines end close together.
            let at = if line.group == Group::Ours { bps } else { bps.max(above * NAME_STEP) };
            if line.group != Group::Ours {
                above = at;
            }
            chart.draw_series([Text::new(line.name.clone(), (pool + 1.0, at * 1.06), FONT)])?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.85))
            .border_style(GREY.mix(0.4))
            .label_font(FONT)
            .draw()?;
        Ok(())
    });
    Ok(svg?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, group: Group, points: &[(f64, f64)]) -> Line {
        Line { name: name.into(), group, points: points.to_vec() }
    }

    #[test]
    fn a_table_has_what_is_known_and_nothing_else() {
        let formula = [(0.80, vec![(0.0, 500.4), (0.15, 90.0)])];
        let points = vec![(0.80, 0.15, 123.6), (0.93, 0.15, 7.0)];
        let text = table(&formula, &points, &[line("Ours", Group::Ours, &[(0.65, 80.0)])]);
        assert_eq!(
            text,
            "| overshoot, bps; pool of | 0 % | 5 % | 10 % | 15 % | 25 % | 50 % | 65 % |\n\
             |---|---:|---:|---:|---:|---:|---:|---:|\n\
             | formula, no loan above LTV 0.80 | 500 | | | 90 | | | |\n\
             | programme, no loan above LTV 0.80 | | | | 124 | | | |\n\
             | Ours | | | | | | | 80 |\n"
        );
    }

    #[test]
    fn names_and_floors_are_drawn() {
        let lines = [
            line("Breakwater", Group::Ours, &[(0.0, 240.0), (0.15, 120.0)]),
            line("Aave v3", Group::Peer, &[(0.0, 1_000.0), (0.15, 0.0)]),
        ];
        let svg = chart(&[(0.80, vec![(0.0, 500.0)])], &vec![(0.80, 0.0, 600.0)], &lines).unwrap();
        for text in ["Breakwater", "Aave v3", "programme, no loan above LTV 0.80", "pool, % of all"]
        {
            assert!(svg.contains(text), "{text}");
        }
    }
}
