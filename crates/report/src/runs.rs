//! The crash under several rules on one chart, and how one of them sold.

use crate::{
    data::{GaugePoint, PricePoint, Run},
    plots::{
        bounds, draw_both, hours, legend, level_colour, mesh, span, thin, Area, Outcome, BLUE,
        GREEN, GREY, ORANGE, RED, SIZE, SMALL,
    },
    DemoReport, ReportError,
};
use plotters::prelude::*;

/// Of the runs, in their order.
const COLOURS: [RGBColor; 4] = [RED, ORANGE, BLUE, GREEN];

/// The price under each of the rules, and without liquidations.
///
/// # Errors
/// [`ReportError::Drawing`].
pub fn prices(report: &DemoReport) -> Result<String, ReportError> {
    draw_both("the prices", SIZE, SMALL, |area| prices_on(area, report))
}

/// How much lower the price was than the outside market's, under each of the rules.
///
/// # Errors
/// [`ReportError::Drawing`].
pub fn impact(report: &DemoReport) -> Result<String, ReportError> {
    draw_both("the impact", (SIZE.0, 300), SMALL, |area| impact_on(area, report))
}

/// The common bonus, the meter and what waited.
///
/// # Errors
/// [`ReportError::Drawing`].
pub fn gauge(report: &DemoReport) -> Result<String, ReportError> {
    draw_both("the meter and the bonus", (SIZE.0, 520), (SMALL.0, 520), |area| {
        let (upper, lower) = area.split_vertically(260);
        bonus_on(&upper, &report.gauge)?;
        meter_on(&lower, &report.gauge)
    })
}

/// The runs; the one alone where there are no others.
fn runs(report: &DemoReport) -> Vec<Run> {
    if !report.runs.is_empty() {
        return report.runs.clone();
    }
    let pool_usd = report.price.iter().map(|point| (point.time_ms, point.pool_usd)).collect();
    vec![Run { name: "with forced sales".into(), pool_usd, ..Run::default() }]
}

fn prices_on(area: &Area<'_>, report: &DemoReport) -> Outcome {
    let (points, runs) = (thin(&report.price), runs(report));
    let times = span(points.iter().map(|point| point.time_ms));
    let sold = runs.iter().flat_map(|run| run.pool_usd.iter().map(|(_, usd)| *usd));
    let (low, high) = bounds(points.iter().map(|point| point.exogenous_usd).chain(sold));
    let room = (high - low).max(high * 0.01) * 0.08;
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(28)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(hours(area, times), low - 2.0 * room..high + room)?;
    mesh(&mut chart, "ETH price", &|usd| format!("${usd:.0}"))?;
    // The breaker's levels as a band along the bottom.
    for span in &report.breaker {
        let (from, to) = (span.from_ms as i64, span.to_ms as i64);
        let corners = [(from, low - 2.0 * room), (to, low - 1.2 * room)];
        chart.draw_series([Rectangle::new(corners, level_colour(span.level).filled())])?;
    }
    let outside = points.iter().map(|point| (point.time_ms as i64, point.exogenous_usd));
    chart
        .draw_series(LineSeries::new(outside, GREY.stroke_width(1)))?
        .label("without liquidations")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], GREY.stroke_width(2)));
    for (run, colour) in runs.iter().zip(COLOURS.into_iter().cycle()) {
        let line = thin(&run.pool_usd).into_iter().map(|(time_ms, usd)| (*time_ms as i64, *usd));
        chart
            .draw_series(LineSeries::new(line, colour.stroke_width(2)))?
            .label(run.name.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], colour.stroke_width(2)));
    }
    legend(&mut chart)
}

/// By how many per cent prices are below those of the outside market at the same times.
fn below(run: &Run, outside: &[PricePoint]) -> Vec<(i64, f64)> {
    let mut outside = outside.iter().peekable();
    let mut at = f64::NAN;
    let mut below = Vec::with_capacity(run.pool_usd.len());
    for (time_ms, usd) in &run.pool_usd {
        while let Some(point) = outside.next_if(|point| point.time_ms <= *time_ms) {
            at = point.exogenous_usd;
        }
        let percent = (1.0 - usd / at) * 100.0;
        below.push((*time_ms as i64, if percent.is_finite() { percent } else { 0.0 }));
    }
    below
}

fn impact_on(area: &Area<'_>, report: &DemoReport) -> Outcome {
    let runs = runs(report);
    let times = span(report.price.iter().map(|point| point.time_ms));
    let lines: Vec<Vec<(i64, f64)>> = runs.iter().map(|run| below(run, &report.price)).collect();
    let all = lines.iter().flatten().map(|(_, percent)| *percent);
    let (low, high) = bounds(all.chain([0.0, 1.0]));
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(28)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(hours(area, times), low..high * 1.08)?;
    mesh(&mut chart, "lower by", &|percent| format!("{percent:.1} %"))?;
    for ((run, line), colour) in runs.iter().zip(&lines).zip(COLOURS.into_iter().cycle()) {
        let line = thin(line).into_iter().copied();
        chart
            .draw_series(LineSeries::new(line, colour.stroke_width(2)))?
            .label(run.name.clone())
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 22, y)], colour.stroke_width(2)));
    }
    legend(&mut chart)
}

fn bonus_on(area: &Area<'_>, gauge: &[GaugePoint]) -> Outcome {
    let points = thin(gauge);
    let times = span(points.iter().map(|point| point.time_ms));
    let (low, high) = bounds(points.iter().map(|point| point.bonus_bps).chain([-10.0, 10.0]));
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(28)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(hours(area, times.clone()), low * 1.1..high * 1.1)?;
    mesh(&mut chart, "common bonus", &|bps| format!("{bps:.0} bps"))?;
    let par = [(times.start, 0.0), (times.end, 0.0)];
    chart.draw_series([PathElement::new(par, GREY.stroke_width(1))])?;
    let line = points.iter().map(|point| (point.time_ms as i64, point.bonus_bps));
    chart.draw_series(LineSeries::new(line, BLUE.stroke_width(2)))?;
    Ok(())
}

fn meter_on(area: &Area<'_>, gauge: &[GaugePoint]) -> Outcome {
    let points = thin(gauge);
    let times = span(points.iter().map(|point| point.time_ms));
    let (_, high) = bounds(points.iter().map(|point| point.cap_bps).chain([1.0]));
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(28)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(hours(area, times), 0.0..high * 1.15)?;
    mesh(&mut chart, "recent impact", &|bps| format!("{bps:.0} bps"))?;
    let sold: Vec<(i64, f64)> =
        points.iter().map(|point| (point.time_ms as i64, point.impact_bps)).collect();
    chart
        .draw_series(AreaSeries::new(sold, 0.0, BLUE.mix(0.3)).border_style(BLUE.stroke_width(1)))?
        .label("impact of recent sales")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], BLUE.stroke_width(2)));
    let cap = points.iter().map(|point| (point.time_ms as i64, point.cap_bps));
    chart
        .draw_series(LineSeries::new(cap, RED.stroke_width(1)))?
        .label("cap")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], RED.stroke_width(2)));
    legend(&mut chart)
}
