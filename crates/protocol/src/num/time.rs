//! Lengths of time, in milliseconds.

pub const SECOND_MS: u64 = 1_000;
pub const MINUTE_MS: u64 = 60 * SECOND_MS;
pub const HOUR_MS: u64 = 60 * MINUTE_MS;
pub const DAY_MS: u64 = 24 * HOUR_MS;
/// 365 days: what a yearly rate is for.
pub const YEAR_MS: u64 = 365 * DAY_MS;
