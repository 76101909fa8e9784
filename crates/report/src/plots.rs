//! The plots, as SVG text. Colours are from Okabe and Ito's palette, which the colour-blind can
//! tell apart.

use crate::{
    data::{Buyer, Fill, HealthSample, Level},
    format::axis_time,
    DemoReport, ReportError,
};
use plotters::{
    coord::{
        combinators::{BindKeyPoints, WithKeyPoints},
        types::{RangedCoordf64, RangedCoordi64},
        Shift,
    },
    prelude::*,
};

pub(crate) const SIZE: (u32, u32) = (1_100, 420);
/// Of the same plot for a phone: at its width the text is still to be read.
pub const SMALL: (u32, u32) = (500, 380);
/// Narrower plots have fewer labels.
const NARROW: u32 = 700;
/// House colours.
pub const BLUE: RGBColor = RGBColor(0, 114, 178);
pub const ORANGE: RGBColor = RGBColor(230, 159, 0);
pub const RED: RGBColor = RGBColor(213, 94, 0);
pub const GREEN: RGBColor = RGBColor(0, 158, 115);
pub const GREY: RGBColor = RGBColor(110, 110, 110);
/// From danger to safety, then "no debt".
const HEALTH: [RGBColor; 9] = [
    RGBColor(150, 20, 20),
    RGBColor(213, 94, 0),
    RGBColor(230, 159, 0),
    RGBColor(240, 205, 90),
    RGBColor(200, 215, 150),
    RGBColor(130, 190, 150),
    RGBColor(60, 150, 140),
    RGBColor(0, 100, 120),
    RGBColor(200, 200, 200),
];
/// Most points of a line, and most dots: a page must stay small.
const MAX_POINTS: usize = 3_000;

/// What a plot is drawn on.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// Of drawing.
pub type Outcome = Result<(), Box<dyn std::error::Error>>;

/// How many accounts are how healthy, over time.
pub fn health(report: &DemoReport) -> Result<String, ReportError> {
    draw_both("the health of accounts", SIZE, SMALL, |area| health_on(area, &report.health))
}

/// What takers paid relative to the oracle's price, over time.
pub fn fills(report: &DemoReport) -> Result<String, ReportError> {
    draw_both("the fills", SIZE, SMALL, |area| fills_on(area, report))
}

/// What plots draw in, as the page's custom properties: it follows light and dark.
const THEME: [(RGBColor, &str); 7] = [
    (BLACK, "ink"),
    (WHITE, "panel"),
    (GREY, "grey"),
    (BLUE, "blue"),
    (ORANGE, "orange"),
    (RED, "red"),
    (GREEN, "green"),
];

/// A plot twice, for a wide page and for a phone; the page shows one of them, in its own colours.
///
/// # Errors
/// [`ReportError::Drawing`].
pub fn draw_both(
    plot: &'static str,
    wide: (u32, u32),
    small: (u32, u32),
    on: impl Fn(&Area<'_>) -> Outcome,
) -> Result<String, ReportError> {
    let mut both = String::new();
    for (size, class) in [(wide, "broad"), (small, "small")] {
        let mut svg = draw(plot, size, &on)?;
        for (RGBColor(red, green, blue), name) in THEME {
            let colour = format!("\"#{red:02X}{green:02X}{blue:02X}\"");
            // A picture that is taken out of the page keeps the colour.
            let themed = format!("\"var(--{name}, #{red:02X}{green:02X}{blue:02X})\"");
            svg = svg.replace(&colour, &themed);
        }
        let named = format!("class=\"{class}\" aria-label=\"{plot}\" role=\"img\"");
        both.push_str(&svg.replacen("role=\"img\"", &named, 1));
    }
    Ok(both)
}

/// A plot as SVG text that scales with the page.
///
/// # Errors
/// [`ReportError::Drawing`].
pub fn draw(
    plot: &'static str,
    size: (u32, u32),
    on: impl FnOnce(&Area<'_>) -> Outcome,
) -> Result<String, ReportError> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let failed = |why: String| ReportError::Drawing { plot, why };
        on(&area).map_err(|error| failed(error.to_string()))?;
        area.present().map_err(|error| failed(error.to_string()))?;
    }
    // It scales with the page instead of having a size of its own.
    let fixed = format!("width=\"{}\" height=\"{}\"", size.0, size.1);
    Ok(svg.replacen(&fixed, "role=\"img\"", 1))
}

fn health_on(area: &Area<'_>, samples: &[HealthSample]) -> Outcome {
    let samples = thin(samples);
    let times = span(samples.iter().map(|sample| sample.time_ms));
    let everybody = samples.first().map_or(1, |sample| sample.counts.iter().sum::<u32>().max(1));
    let (plot, key) = area.split_horizontally(area.dim_in_pixel().0.saturating_sub(150));
    let mut chart = ChartBuilder::on(&plot)
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(hours(&plot, times), 0f64..f64::from(everybody))?;
    // Each bucket covers those below it from its own foot up to everybody.
    for (bucket, colour) in HEALTH.iter().enumerate() {
        let below =
            |sample: &HealthSample| f64::from(sample.counts.iter().take(bucket).sum::<u32>());
        let foot = samples.iter().map(|sample| (sample.time_ms as i64, below(sample)));
        let roof = samples.iter().rev().map(|sample| (sample.time_ms as i64, f64::from(everybody)));
        chart.draw_series([Polygon::new(foot.chain(roof).collect::<Vec<_>>(), *colour)])?;
    }
    mesh(&mut chart, "borrowers", &|count| format!("{count:.0}"))?;
    key.draw_text("Health factor", &TextStyle::from(("sans-serif", 15)), (4, 22))?;
    for (row, name) in HealthSample::NAMES.iter().enumerate().rev() {
        let top = 40 + 26 * (HealthSample::NAMES.len() - 1 - row) as i32;
        key.draw(&Rectangle::new([(4, top), (22, top + 16)], HEALTH[row].filled()))?;
        key.draw_text(name, &TextStyle::from(("sans-serif", 14)), (30, top + 1))?;
    }
    Ok(())
}

fn fills_on(area: &Area<'_>, report: &DemoReport) -> Outcome {
    let times = span(report.price.iter().map(|point| point.time_ms));
    let paid = |fill: &Fill| {
        if fill.fair_value_usd > 0.0 {
            fill.repaid_usd / fill.fair_value_usd * 100.0
        } else {
            100.0
        }
    };
    let (low, high) = bounds(report.fills.iter().map(paid).chain([99.0, 101.0]));
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(28)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(hours(area, times.clone()), low - 0.5..high + 0.5)?;
    mesh(&mut chart, "paid, % of the oracle's value", &|percent| format!("{percent:.1} %"))?;
    let par = [(times.start, 100.0), (times.end, 100.0)];
    chart
        .draw_series([PathElement::new(par, GREY.stroke_width(1))])?
        .label("the oracle's price")
        .legend(|(x, y)| PathElement::new([(x, y), (x + 22, y)], GREY.stroke_width(2)));
    let largest = report.fills.iter().map(|fill| fill.repaid_usd).fold(1.0, f64::max);
    for (label, colour, wanted) in [
        ("bought by keepers", BLUE, Buyer::Market),
        ("bought by the backstop", ORANGE, Buyer::Backstop),
        ("bought by keepers of the backstop's stock", GREEN, Buyer::OfStock),
    ] {
        let mut some = thin(&report.fills);
        some.retain(|fill| fill.buyer == wanted);
        if some.is_empty() {
            continue;
        }
        chart
            .draw_series(some.into_iter().map(|fill| {
                let radius = 2.0 + 8.0 * (fill.repaid_usd / largest).sqrt();
                Circle::new(
                    (fill.time_ms as i64, paid(fill)),
                    radius as i32,
                    colour.mix(0.45).filled(),
                )
            }))?
            .label(label)
            .legend(move |(x, y)| dot(x + 11, y, colour));
    }
    legend(&mut chart)
}

fn dot(x: i32, y: i32, colour: RGBColor) -> Circle<(i32, i32), i32> {
    Circle::new((x, y), 5, colour.mix(0.6).filled())
}

/// Values over time.
pub type Chart<'a, 'b> =
    ChartContext<'a, SVGBackend<'b>, Cartesian2d<WithKeyPoints<RangedCoordi64>, RangedCoordf64>>;

/// A time axis with its labels at full hours: eight at most, three where there is little room.
pub fn hours(area: &Area<'_>, times: std::ops::Range<i64>) -> WithKeyPoints<RangedCoordi64> {
    const HOUR_MS: i64 = 3_600_000;
    let length = times.end - times.start;
    let steps = [1, 2, 3, 6, 12, 24, 48, 24 * 7, 24 * 30, 24 * 365];
    let most = if area.dim_in_pixel().0 < NARROW { 3 } else { 8 };
    let every = steps.map(|hours| hours * HOUR_MS).into_iter().find(|step| length / step <= most);
    let every = every.unwrap_or(length.max(1));
    let first = times.start.div_euclid(every) * every;
    let marks = (0..=9).map(|mark| first + mark * every).filter(|mark| times.contains(mark));
    times.clone().with_key_points(marks.collect())
}

/// Axes and grid in house style.
///
/// # Errors
/// The plotting library's.
pub fn mesh(chart: &mut Chart<'_, '_>, name: &str, label: &dyn Fn(&f64) -> String) -> Outcome {
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .bold_line_style(GREY.mix(0.2))
        .axis_style(GREY)
        .label_style(("sans-serif", 14))
        .axis_desc_style(("sans-serif", 15))
        .y_desc(name)
        .x_labels(8)
        .y_labels(7)
        .x_label_formatter(&|time| axis_time(*time))
        .y_label_formatter(&|value| label(value))
        .draw()?;
    Ok(())
}

/// A key in the upper right.
///
/// # Errors
/// The plotting library's.
pub fn legend<'a, 'b: 'a>(chart: &mut Chart<'a, 'b>) -> Outcome {
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.85))
        .border_style(GREY.mix(0.4))
        .label_font(("sans-serif", 14))
        .draw()?;
    Ok(())
}

/// The colour of a breaker's level.
pub fn level_colour(level: Level) -> RGBColor {
    match level {
        Level::Normal => HEALTH[5],
        Level::Guarded => HEALTH[3],
        Level::Stressed => HEALTH[1],
        Level::Halted => HEALTH[0],
    }
}

/// At most 3,000 of many, evenly.
pub fn thin<T>(items: &[T]) -> Vec<&T> {
    let every = items.len().div_ceil(MAX_POINTS).max(1);
    let last = items.len().saturating_sub(1);
    items
        .iter()
        .enumerate()
        .filter(|(index, _)| index % every == 0 || *index == last)
        .map(|(_, item)| item)
        .collect()
}

/// From the first to the last time, never empty.
pub fn span(times: impl Iterator<Item = u64> + Clone) -> std::ops::Range<i64> {
    let first = times.clone().min().unwrap_or(0) as i64;
    let last = times.max().unwrap_or(0) as i64;
    first..last.max(first + 1)
}

/// The lowest and the highest value.
pub fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)))
}
