//! One run of the demo as a page for a browser and as a table for a terminal. [`house`] is what
//! other reports share with it.
//!
//! The page needs nothing from elsewhere: plots are inline SVG.

mod data;
mod format;
mod page;
mod plots;
mod runs;
mod table;

pub use data::{
    Backstop, BreakerSpan, Buyer, DemoReport, Fill, GasRow, GaugePoint, HealthSample, Level,
    Outcome, PricePoint, Run,
};
/// House style for plots and pages.
pub mod house {
    pub use crate::{
        format::{axis_time, dollars},
        page::{figure, STYLE},
        plots::{
            bounds, draw, hours, legend, level_colour, mesh, span, thin, Area, Chart, Outcome,
            BLUE, GREEN, GREY, ORANGE, RED,
        },
    };
}

pub use format::{terminal_columns, thousands, utc};
pub use page::html;
pub use table::text_table;

/// Why there is no report.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ReportError {
    /// Nothing to plot.
    #[error("the report has no prices")]
    NoPrices,
    /// A figure is not a number.
    #[error("{field} is not a finite number")]
    NotFinite { field: &'static str },
    /// The plotting library gave up.
    #[error("cannot draw {plot}: {why}")]
    Drawing { plot: &'static str, why: String },
}
