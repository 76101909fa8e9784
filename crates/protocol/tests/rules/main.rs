//! The rules of the core, one file each, with their figures worked by hand. All are one binary: it
//! is linked once, which is what makes a mutant of the core cheap (`scripts/mutants`).
// A test may panic: that is how it fails.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod auction;
mod authority;
mod backstop;
mod batch;
mod borrow;
mod bounds;
mod breaker;
mod cell;
mod clip;
mod coarse;
mod collateral;
mod common;
mod config;
mod edges;
mod fuse;
mod gate;
mod governance;
mod gradual_bound;
mod gradual_fuse;
mod gradual_offer;
mod gradual_pool;
mod gradual_price;
mod interest;
mod isolation;
mod judge;
mod layers;
mod lens;
mod lens_extremes;
mod lens_sale;
mod liquidate;
mod math;
mod oracle;
mod oracle_edges;
mod oracle_holes;
mod oracle_world;
mod order;
mod outflow;
mod pacing;
mod parameters;
mod premium;
mod presets;
mod ramp;
mod rates;
mod redstone;
mod repay;
mod rest;
mod reward;
mod room;
mod rounding;
mod rounding_rates;
mod self_dealing;
mod shelter;
mod stakes;
mod standing;
mod stock;
mod supply;
mod take;
mod theorem;
mod tiers;
mod treasury;
mod waiting;
mod waterfall;
mod withdraw;
mod worn_out;

/// A file that is not named above would not be run, and nobody would be told.
#[test]
fn every_file_here_is_run() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rules");
    for entry in std::fs::read_dir(here).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let named = include_str!("main.rs").contains(&format!("\nmod {name};\n"));
        assert!(named || name == "main", "{name} is not in main.rs");
    }
}
