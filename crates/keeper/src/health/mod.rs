//! Whether the keeper does its job, and what keeps it from it.
//!
//! A keeper that does nothing looks like one that has nothing to do. So each reason for which it may do
//! nothing is a [`Fault`]: it begins, once it has held for a while, with a log line and an alert, it is
//! a metric and a line of `/health` while it lasts, and it ends with a log line. What is judged is the
//! job (accounts that stay unhealthy, the age of prices, the money to act with), not only the connection.
//!
//! - [`checks`] are pure functions of a snapshot: what is wrong with it, in words.
//! - [`Watch`] remembers since when, and says when a fault begins and ends.
//! - [`Board`] is what others see of it: `/health`, `/live`, metrics.

mod board;
pub mod checks;
mod watch;

pub use board::{Board, Verdict};
pub use watch::{Change, Watch};

/// Why the job is not done, or may not be done soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// No endpoint answers.
    NoEndpoint,
    /// One of several endpoints does not answer.
    EndpointDown,
    /// Blocks come faster than they are read.
    HeadLag,
    /// No new block was seen for longer than configured.
    NoBlocks,
    /// Blocks are seen and can't be answered: a round fails, again and again.
    AnswerFails,
    /// Nothing answers like a market at the market's address.
    NoMarket,
    /// The market runs code that this keeper does not know.
    UnknownCode,
    /// A price that accounts depend on is missing, too old, or not good for liquidations.
    StalePrice,
    /// A breaker or a grace period holds unhealthy accounts back.
    Halted,
    /// Accounts stay unhealthy without an auction, for no reason of the market's.
    Unhealthy,
    /// An auction is open for long, and nobody takes.
    AuctionWaits,
    /// There is debt to be repaid and nothing to repay it with.
    NoInventory,
    /// The market may not pull what there is to be spent.
    NoAllowance,
    /// The account has too little of the native token to pay fees.
    NoFees,
    /// A contract that strategies look at does not answer.
    NoContract,
    /// A transaction is under way for longer than it should.
    Stuck,
    /// The system's clock and the chain's differ.
    ClockOff,
}

/// How bad a fault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The job is done all the same.
    Warning,
    /// The job is not done: `/health` answers 503.
    Critical,
}

impl Severity {
    /// Its name in alerts and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::NoEndpoint,
        Self::EndpointDown,
        Self::HeadLag,
        Self::NoBlocks,
        Self::AnswerFails,
        Self::NoMarket,
        Self::UnknownCode,
        Self::StalePrice,
        Self::Halted,
        Self::Unhealthy,
        Self::AuctionWaits,
        Self::NoInventory,
        Self::NoAllowance,
        Self::NoFees,
        Self::NoContract,
        Self::Stuck,
        Self::ClockOff,
    ];

    /// Its name in `/health`, metrics, alerts and the runbook (`docs/keepers.md`).
    pub fn name(self) -> &'static str {
        match self {
            Self::NoEndpoint => "no_endpoint",
            Self::EndpointDown => "endpoint_down",
            Self::HeadLag => "head_lag",
            Self::NoBlocks => "no_blocks",
            Self::AnswerFails => "answer_fails",
            Self::NoMarket => "no_market",
            Self::UnknownCode => "unknown_code",
            Self::StalePrice => "stale_price",
            Self::Halted => "halted",
            Self::Unhealthy => "unhealthy",
            Self::AuctionWaits => "auction_waits",
            Self::NoInventory => "no_inventory",
            Self::NoAllowance => "no_allowance",
            Self::NoFees => "no_fees",
            Self::NoContract => "no_contract",
            Self::Stuck => "stuck",
            Self::ClockOff => "clock_off",
        }
    }

    /// How bad it is.
    pub fn severity(self) -> Severity {
        match self {
            Self::EndpointDown | Self::Stuck | Self::ClockOff => Severity::Warning,
            _ => Severity::Critical,
        }
    }
}

#[cfg(test)]
mod tests;
