//! The plots, as SVG text, in the style of the demo's report.

use crate::{
    compare::{Group, Results},
    metrics::{Figures, Metric, Point},
    stats::quantile,
};
use breakwater_report::{
    house::{
        axis_time, bounds, draw_both, hours, legend, level_colour, mesh, span, thin, Area, Outcome,
        BLUE, GREY, ORANGE, RED, SMALL,
    },
    Level, ReportError,
};
use plotters::{
    coord::{
        combinators::{BindKeyPoints, WithKeyPoints},
        types::{RangedCoordf64, RangedCoordi64},
    },
    prelude::*,
};
use std::ops::Range;

const WIDTH: u32 = 1_100;
const FONT: (&str, i32) = ("sans-serif", 14);
/// Lines of a sweep, from Okabe and Ito's palette.
const LINES: [RGBColor; 8] = [
    BLUE,
    RED,
    ORANGE,
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    GREY,
    BLACK,
];

type Numbers<'a, 'b> =
    ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Failed = Box<dyn std::error::Error>;

/// Axes of numbers with what they tell; rows of names, with room for these, where there is nothing
/// to tell of the second.
fn numbers<'a, 'b>(
    area: &'a Area<'b>,
    across: Range<f64>,
    up: Range<f64>,
    (tells, of): (&str, Option<&str>),
) -> Result<Numbers<'a, 'b>, Failed> {
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(28)
        .x_label_area_size(44)
        .y_label_area_size(if of.is_some() { 76 } else { 220 })
        .build_cartesian_2d(across, up)?;
    let mut mesh = chart.configure_mesh();
    mesh.light_line_style(TRANSPARENT)
        .bold_line_style(GREY.mix(0.2))
        .axis_style(GREY)
        .label_style(FONT)
        .axis_desc_style(("sans-serif", 15))
        .x_desc(tells);
    match of {
        Some(of) => mesh.y_desc(of),
        None => mesh.disable_y_mesh().y_labels(0),
    };
    mesh.draw()?;
    Ok(chart)
}

/// A key to colours.
fn key_at<'a, 'b: 'a>(chart: &mut Numbers<'a, 'b>, place: SeriesLabelPosition) -> Outcome {
    chart
        .configure_series_labels()
        .position(place)
        .background_style(WHITE.mix(0.85))
        .border_style(GREY.mix(0.4))
        .label_font(FONT)
        .draw()?;
    Ok(())
}

fn colour(group: Group) -> RGBColor {
    match group {
        Group::Ours => BLUE,
        Group::Ablation => LINES[5],
        Group::Variant => LINES[3],
        Group::Peer => RED,
        Group::PeerWithBackstop => ORANGE,
    }
}

fn key(group: Group) -> &'static str {
    match group {
        Group::Ours => "Breakwater",
        Group::Ablation => "Breakwater, parts of the design",
        Group::Variant => "Breakwater, other parameters",
        Group::Peer => "another protocol",
        Group::PeerWithBackstop => "another protocol with a lent backstop",
    }
}

const GROUPS: [Group; 5] =
    [Group::PeerWithBackstop, Group::Ablation, Group::Variant, Group::Peer, Group::Ours];

/// The price without liquidations, with Breakwater's and with the yardstick's, of the first seed;
/// the breaker's level as a band along the foot.
pub fn price(ours: &Results, other: Option<&Results>) -> Result<String, ReportError> {
    draw_both("the prices", (WIDTH, 420), SMALL, |area| {
        let points = thin(&ours.first.trace);
        let rivals = other.map(|other| thin(&other.first.trace)).unwrap_or_default();
        let times = span(points.iter().map(|point| point.time_ms));
        let all = points.iter().chain(&rivals).flat_map(|point| [point.exogenous_usd, point.usd]);
        let (low, high) = bounds(all);
        let room = (high - low).max(high * 0.01) * 0.08;
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .margin_right(28)
            .x_label_area_size(36)
            .y_label_area_size(64)
            .build_cartesian_2d(hours(area, times), low - 1.5 * room..high + room)?;
        mesh(&mut chart, "price", &|usd| format!("${usd:.0}"))?;
        for (from_ms, to_ms, level) in raised(&ours.first.trace) {
            let corners = [(from_ms, low - 1.5 * room), (to_ms, low - 0.7 * room)];
            chart.draw_series([Rectangle::new(corners, level_colour(level).filled())])?;
        }
        let undisturbed = points.iter().map(|point| (point.time_ms as i64, point.exogenous_usd));
        chart
            .draw_series(LineSeries::new(undisturbed, GREY.stroke_width(1)))?
            .label("without liquidations")
            .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], GREY.stroke_width(2)));
        let lines = [(other, rivals, RED), (Some(ours), points, BLUE)];
        for (result, points, colour) in lines {
            let Some(result) = result else { continue };
            let line = points.iter().map(|point| (point.time_ms as i64, point.usd));
            chart
                .draw_series(LineSeries::new(line, colour.stroke_width(2)))?
                .label(&result.name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 22, y)], colour.stroke_width(2))
                });
        }
        legend(&mut chart)
    })
}

/// Stretches of time with the breaker up.
fn raised(trace: &[Point]) -> Vec<(i64, i64, Level)> {
    let level = |point: &Point| match point.level {
        crate::mechanisms::Level::Normal => Level::Normal,
        crate::mechanisms::Level::Guarded => Level::Guarded,
        crate::mechanisms::Level::Stressed => Level::Stressed,
        crate::mechanisms::Level::Halted => Level::Halted,
    };
    let mut spans: Vec<(i64, i64, Level)> = Vec::new();
    for pair in trace.windows(2) {
        let (from_ms, to_ms, now) =
            (pair[0].time_ms as i64, pair[1].time_ms as i64, level(&pair[0]));
        match spans.last_mut() {
            Some(last) if last.2 == now && last.1 == from_ms => last.1 = to_ms,
            _ if now == Level::Normal => {}
            _ => spans.push((from_ms, to_ms, now)),
        }
    }
    spans
}

/// For each mechanism how much lower the price was than without liquidations, all on one scale.
pub fn impacts(results: &[&Results]) -> Result<String, ReportError> {
    let count = results.len() as u32;
    let sizes = ((WIDTH, 190 * count.div_ceil(2)), (SMALL.0, 170 * count));
    draw_both("the impacts", sizes.0, sizes.1, |area| {
        let columns = if area.dim_in_pixel().0 < WIDTH { 1 } else { 2 };
        let rows = results.len().div_ceil(columns);
        let lower = |point: &Point| (1.0 - point.usd / point.exogenous_usd) * 100.0;
        let all = results.iter().flat_map(|result| result.first.trace.iter().map(lower));
        let (_, high) = bounds(all.chain([0.5]));
        for (cell, result) in area.split_evenly((rows, columns)).iter().zip(results) {
            let points = thin(&result.first.trace);
            let times = span(points.iter().map(|point| point.time_ms));
            let mut chart = ChartBuilder::on(cell)
                .caption(&result.name, FONT)
                .margin(8)
                .margin_right(20)
                .x_label_area_size(28)
                .y_label_area_size(54)
                .build_cartesian_2d(three(times), 0.0..high * 1.05)?;
            chart
                .configure_mesh()
                .light_line_style(TRANSPARENT)
                .bold_line_style(GREY.mix(0.2))
                .axis_style(GREY)
                .label_style(("sans-serif", 12))
                .x_label_formatter(&|time| axis_time(*time))
                .y_labels(5)
                .y_label_formatter(&|percent| format!("{percent:.0} %"))
                .draw()?;
            let line = points.iter().map(|point| (point.time_ms as i64, lower(point).max(0.0)));
            let colour = colour(result.group);
            chart.draw_series(
                AreaSeries::new(line, 0.0, colour.mix(0.3)).border_style(colour.stroke_width(1)),
            )?;
        }
        Ok(())
    })
}

/// A time axis with three labels.
fn three(times: Range<i64>) -> WithKeyPoints<RangedCoordi64> {
    const HOUR_MS: i64 = 3_600_000;
    let part = (times.end - times.start) / 4;
    let marks = (1..=3).map(|mark| (times.start + mark * part) / HOUR_MS * HOUR_MS);
    times.clone().with_key_points(marks.collect())
}

/// Overshoot against loss, a dot for each mechanism with its 5th to 95th percentile.
pub fn frontier(
    results: &[Results],
    (loss, title): (fn(&Figures) -> f64, &str),
) -> Result<String, ReportError> {
    draw_both("the frontier", (WIDTH, 520), (SMALL.0, 520), |area| {
        let over = |figures: &Figures| figures.overshoot_bps / 100.0;
        let ends = |of: fn(&Figures) -> f64| {
            let all = results.iter().map(move |result| result.summary(of));
            bounds(
                all.flat_map(|summary| [summary.p5, summary.p95, summary.mean]).chain([0.0, 0.1]),
            )
        };
        let (over_high, loss_high) = (ends(over).1, ends(loss).1);
        let mut chart = numbers(
            area,
            0.0..over_high * 1.18,
            -loss_high * 0.03..loss_high * 1.08,
            ("overshoot: widest gap below the undisturbed price, %", Some(title)),
        )?;
        // Names, one below the other where dots are close.
        let mut placed: Vec<(f64, f64)> = Vec::new();
        let line = loss_high * 0.045;
        for group in GROUPS {
            let colour = colour(group);
            let members: Vec<&Results> =
                results.iter().filter(|result| result.group == group).collect();
            if members.is_empty() {
                continue;
            }
            let dots: Vec<(f64, f64)> = members
                .iter()
                .map(|result| (result.summary(over).mean, result.summary(loss).mean))
                .collect();
            for (result, dot) in members.iter().zip(&dots) {
                let (x, y) = (result.summary(over), result.summary(loss));
                let bars = [[(x.p5, dot.1), (x.p95, dot.1)], [(dot.0, y.p5), (dot.0, y.p95)]];
                chart.draw_series(
                    bars.map(|bar| PathElement::new(bar, colour.mix(0.35).stroke_width(1))),
                )?;
            }
            let radius = if group == Group::Ours { 8 } else { 5 };
            chart
                .draw_series(dots.iter().map(|dot| Circle::new(*dot, radius, colour.filled())))?
                .label(key(group))
                .legend(move |(x, y)| Circle::new((x + 11, y), 5, colour.filled()));
            if !matches!(group, Group::Ours | Group::Peer) {
                continue;
            }
            for (result, (x, y)) in members.iter().zip(dots) {
                let mut at = (x + over_high * 0.01, y + line * 0.5);
                while placed.iter().any(|(px, py)| {
                    (px - at.0).abs() < over_high * 0.12 && (py - at.1).abs() < line
                }) {
                    at.1 += line;
                }
                placed.push(at);
                chart.draw_series([Text::new(result.name.clone(), at, FONT)])?;
            }
        }
        key_at(&mut chart, SeriesLabelPosition::UpperRight)
    })
}

/// What liquidated borrowers paid: from the 5th to the 95th percentile, the middle half as a box.
pub fn costs(results: &[&Results]) -> Result<String, ReportError> {
    let height = 70 + 26 * results.len() as u32;
    draw_both("the costs", (WIDTH, height), (SMALL.0, height), |area| {
        let at = |result: &Results, part: f64| quantile(&result.costs_bps, part) / 100.0;
        let ends = results.iter().flat_map(|result| [at(result, 0.05), at(result, 0.95)]);
        let (low, high) = bounds(ends.chain([0.0, 1.0]));
        let count = results.len() as f64;
        let mut chart = numbers(
            area,
            low - 0.3..high * 1.05,
            0.0..count,
            ("cost of a liquidated borrower, % of the debt that was settled", None),
        )?;
        for (place, result) in results.iter().enumerate() {
            let y = count - 0.5 - place as f64;
            let colour = colour(result.group);
            let [p5, p25, p50, p75, p95] =
                [0.05, 0.25, 0.5, 0.75, 0.95].map(|part| at(result, part));
            let lines = [([(p5, y), (p95, y)], 1), ([(p50, y - 0.3), (p50, y + 0.3)], 3)];
            let corners = [(p25, y - 0.22), (p75, y + 0.22)];
            chart.draw_series([Rectangle::new(corners, colour.mix(0.35).filled())])?;
            chart.draw_series(
                lines.map(|(ends, width)| PathElement::new(ends, colour.stroke_width(width))),
            )?;
            name(area, &chart.backend_coord(&(low - 0.3, y)), &result.name)?;
        }
        Ok(())
    })
}

/// A name left of an axis.
fn name(area: &Area<'_>, at: &(i32, i32), text: &str) -> Outcome {
    use plotters::style::text_anchor::{HPos, Pos, VPos};
    let style = TextStyle::from(FONT).pos(Pos::new(HPos::Right, VPos::Center));
    area.draw_text(text, &style, (at.0 - 8, at.1))?;
    Ok(())
}

/// One figure for each stage of the design, as bars with the interval of the mean.
pub fn bars(results: &[&Results], metric: &Metric) -> Result<String, ReportError> {
    let height = 70 + 30 * results.len() as u32;
    draw_both("the bars", (WIDTH, height), (SMALL.0, height), |area| {
        let summaries: Vec<_> = results.iter().map(|result| result.summary(metric.of)).collect();
        let ends = summaries.iter().flat_map(|summary| [summary.mean, summary.high]);
        let (_, high) = bounds(ends.chain([0.1]));
        let count = results.len() as f64;
        let mut chart = numbers(area, 0.0..high * 1.12, 0.0..count, (metric.title, None))?;
        for (place, (result, summary)) in results.iter().zip(&summaries).enumerate() {
            let y = count - 0.5 - place as f64;
            let bar = [(0.0, y - 0.32), (summary.mean, y + 0.32)];
            chart.draw_series([Rectangle::new(bar, colour(result.group).mix(0.7).filled())])?;
            let interval = [(summary.low, y), (summary.high, y)];
            chart.draw_series([PathElement::new(interval, BLACK.stroke_width(2))])?;
            let says = format!("{:.*}", metric.digits, summary.mean);
            let at = (summary.high.max(summary.mean) + high * 0.01, y + 0.2);
            chart.draw_series([Text::new(says, at, FONT)])?;
            name(area, &chart.backend_coord(&(0.0, y)), &result.name)?;
        }
        Ok(())
    })
}

/// A figure of each mechanism over a key's values.
pub fn sweep(
    (key, swept): (&str, &[(f64, Vec<Results>)]),
    metric: &Metric,
) -> Result<String, ReportError> {
    draw_both("the sweep", (WIDTH, 420), SMALL, |area| {
        let (first, last) = bounds(swept.iter().map(|(value, _)| *value));
        let means = swept
            .iter()
            .flat_map(|(_, results)| results.iter().map(|result| result.summary(metric.of).mean));
        let (least, high) = bounds(means);
        // From nothing, unless all are far from it.
        let low = if least > high / 2.0 { least - (high - least) * 0.1 } else { least.min(0.0) };
        let high = if high > low { high } else { low + 1.0 };
        let mut chart = numbers(
            area,
            first..last.max(first + 1e-9),
            low..high * 1.08,
            (key, Some(metric.title)),
        )?;
        let names = swept.first().map(|(_, results)| results.len()).unwrap_or(0);
        for place in 0..names {
            let line: Vec<(f64, f64)> = swept
                .iter()
                .map(|(value, results)| (*value, results[place].summary(metric.of).mean))
                .collect();
            let name = &swept[0].1[place].name;
            let style = LINES[place % LINES.len()].stroke_width(if place == 0 { 3 } else { 2 });
            let dots = line.iter().map(|dot| Circle::new(*dot, 3, style.color.filled()));
            chart.draw_series(dots.collect::<Vec<_>>())?;
            chart
                .draw_series(LineSeries::new(line.clone(), style))?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], style));
        }
        key_at(&mut chart, SeriesLabelPosition::UpperLeft)
    })
}
