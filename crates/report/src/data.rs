//! What a report is made from. Times are Unix milliseconds, money is dollars.

use serde::{Deserialize, Serialize};

/// One run of the demo.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DemoReport {
    pub title: String,
    /// The exact command that made it.
    pub command: String,
    /// Where it ran, such as `the embedded chain (node profile)`.
    pub chain: String,
    pub seed: u64,
    pub version: String,
    pub start_unix_ms: u64,
    pub outcome: Outcome,
    pub price: Vec<PricePoint>,
    /// The same crash under other rules, to compare, and this run among them: the first chart.
    #[serde(default)]
    pub runs: Vec<Run>,
    /// How the collateral was sold, over time.
    #[serde(default)]
    pub gauge: Vec<GaugePoint>,
    pub health: Vec<HealthSample>,
    pub fills: Vec<Fill>,
    /// Spans in which a breaker was not in its normal state; empty where there is none.
    pub breaker: Vec<BreakerSpan>,
    pub gas: Vec<GasRow>,
    /// Limits and honest remarks.
    pub notes: Vec<String>,
}

/// The figures of a run.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Outcome {
    pub borrowers: u32,
    pub liquidations_started: u32,
    pub fills: u32,
    pub accounts_liquidated: u32,
    /// Auctions ended by their borrower.
    pub cured: u32,
    pub repaid_usd: f64,
    pub collateral_sold_usd: f64,
    pub initial_debt_usd: f64,
    pub bad_debt_usd: f64,
    /// Who bore it: the protocol's reserve, the backstop, lenders.
    pub borne_usd: [f64; 3],
    pub backstop: Backstop,
    /// Value that borrowers lost to bonus and fees.
    pub borrower_cost_usd: f64,
    pub borrower_cost_bps_of_repaid: f64,
    pub lowest_exogenous_usd: f64,
    pub lowest_pool_usd: f64,
    pub breaker_not_normal_ms: u64,
    pub wall_seconds: f64,
    pub blocks: u64,
    pub transactions: u64,
}

/// What the backstop pool bought, and what has become of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Backstop {
    pub fills: u32,
    pub paid_usd: f64,
    /// Value of what it bought, when it bought it.
    pub bought_usd: f64,
    /// What the contract has sold it for since, and lent again.
    #[serde(default)]
    pub sold_usd: f64,
    /// What it holds at the end, in whole tokens of the asset named.
    pub held: f64,
    pub held_asset: String,
    /// Value of that at the last price.
    pub held_usd: f64,
    /// Money it has left.
    pub left_usd: f64,
}

/// Prices of one step.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PricePoint {
    pub time_ms: u64,
    /// The path without any liquidation.
    pub exogenous_usd: f64,
    /// The pool's price, forced sales included.
    pub pool_usd: f64,
    pub oracle_usd: f64,
}

/// The same crash under some rules.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Run {
    pub name: String,
    /// What these rules are, in a sentence.
    pub rules: String,
    /// The pool's price, forced sales included.
    pub pool_usd: Vec<(u64, f64)>,
    pub lowest_usd: f64,
    pub bad_debt_usd: f64,
    /// Debt repaid by forced sales.
    pub repaid_usd: f64,
    /// What borrowers lost to bonus and fees.
    pub borrower_cost_usd: f64,
    pub accounts_liquidated: u32,
}

/// How a collateral was sold at a time.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct GaugePoint {
    pub time_ms: u64,
    /// The common bonus; negative below the oracle's price.
    pub bonus_bps: f64,
    /// Impact of what was sold of late, and the most it may be.
    pub impact_bps: f64,
    pub cap_bps: f64,
    /// Accounts that wait.
    pub waiting: u32,
    /// What the backstop holds, at the oracle's price.
    pub stock_usd: f64,
}

/// How healthy everybody was at a time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct HealthSample {
    pub time_ms: u64,
    /// Accounts in each bucket between [`HealthSample::EDGES`]; the last counts those without debt.
    pub counts: Vec<u32>,
    /// Lowest health factor.
    pub min: f64,
    pub median: f64,
}

impl HealthSample {
    /// Health factors between the buckets.
    pub const EDGES: [f64; 7] = [0.9, 1.0, 1.05, 1.1, 1.25, 1.5, 2.0];
    /// Names of the buckets.
    pub const NAMES: [&'static str; 9] = [
        "below 0.9",
        "0.9 to 1.0",
        "1.0 to 1.05",
        "1.05 to 1.1",
        "1.1 to 1.25",
        "1.25 to 1.5",
        "1.5 to 2",
        "2 and more",
        "no debt",
    ];
}

/// One fill of an auction.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Fill {
    pub time_ms: u64,
    /// Short hex.
    pub account: String,
    pub collateral: String,
    pub debt: String,
    pub repaid_usd: f64,
    /// Collateral received, at the oracle's price.
    pub fair_value_usd: f64,
    /// Time since the auction's start in which the lot could be sold; 0 for stock.
    pub own_ms: u64,
    /// Negative is a premium: paid above the oracle's price.
    pub bonus_bps: i32,
    pub buyer: Buyer,
}

/// Who bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Buyer {
    /// A keeper, of an account.
    Market,
    Backstop,
    /// A keeper, of what the backstop had in stock.
    OfStock,
}

/// The breaker's level over a time.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BreakerSpan {
    pub from_ms: u64,
    pub to_ms: u64,
    pub level: Level,
    pub reason: String,
}

/// Level of a circuit breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    Normal,
    Guarded,
    Stressed,
    Halted,
}

/// Mean gas of a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GasRow {
    pub message: String,
    pub calls: u32,
    pub ref_time_ps: u64,
    pub proof_bytes: u64,
    pub deposit_planck: i128,
    /// `ref_time_ps` in multiples of a PSP22 transfer's.
    pub transfers: f64,
}
