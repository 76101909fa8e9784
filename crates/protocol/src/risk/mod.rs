//! Rules of one number: thresholds by size and on their way, flows and their limits.

pub mod flow;
pub mod outflow;
pub mod ramp;
pub mod tiers;
