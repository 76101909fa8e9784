//! What a keeper tells of itself, for Prometheus.

use crate::action::ActionKind;
use prometheus_client::{
    encoding::{text::encode, EncodeLabelSet},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{exponential_buckets, Histogram},
    },
    registry::Registry,
};
use std::sync::{
    atomic::{AtomicU64, Ordering},
    Mutex, PoisonError,
};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ActionLabels {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct StrategyLabels {
    kind: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct EndpointLabels {
    url: String,
}

/// All metrics, and what /health needs.
pub struct Metrics {
    registry: Mutex<Registry>,
    /// Number of the newest block an endpoint has claimed.
    pub head: Gauge,
    /// Number of the last block read.
    pub cursor: Gauge,
    /// Timestamp of the last block read, in Unix milliseconds.
    pub chain_time_ms: Gauge,
    pub accounts: Gauge,
    pub in_debt: Gauge,
    pub auctions: Gauge,
    /// Accounts found unhealthy at the newest block.
    pub unhealthy: Gauge,
    /// Accounts whose health was computed for that.
    pub computed: Gauge,
    pub under_way: Gauge,
    pub blocks: Counter,
    pub events: Counter,
    pub undone: Counter,
    pub mismatches: Counter,
    pub errors: Counter,
    actions: Family<ActionLabels, Counter>,
    fees_planck: Counter,
    /// Planck held for storage, less what was given back.
    deposits_planck: Gauge,
    gain_usd: Counter<f64, AtomicU64>,
    realised_usd: Family<StrategyLabels, Gauge<f64, AtomicU64>>,
    /// What all that came in has gained or lost in price since, in dollars.
    pub marked_usd: Gauge<f64, AtomicU64>,
    up: Family<EndpointLabels, Gauge>,
    failures: Family<EndpointLabels, Gauge>,
    /// Seconds to find who is unhealthy.
    pub ranking: Histogram,
    /// Seconds from seeing a block to having answered it.
    pub answer: Histogram,
    /// System time at which the newest block was seen, and at which the last look succeeded, in Unix
    /// milliseconds.
    pub block_seen_ms: AtomicU64,
    pub looked_ms: AtomicU64,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics at zero.
    pub fn new() -> Self {
        let seconds = || Histogram::new(exponential_buckets(0.000_5, 2.0, 16));
        let metrics = Self {
            registry: Mutex::new(Registry::with_prefix("breakwater_keeper")),
            head: Gauge::default(),
            cursor: Gauge::default(),
            chain_time_ms: Gauge::default(),
            accounts: Gauge::default(),
            in_debt: Gauge::default(),
            auctions: Gauge::default(),
            unhealthy: Gauge::default(),
            computed: Gauge::default(),
            under_way: Gauge::default(),
            blocks: Counter::default(),
            events: Counter::default(),
            undone: Counter::default(),
            mismatches: Counter::default(),
            errors: Counter::default(),
            actions: Family::default(),
            fees_planck: Counter::default(),
            deposits_planck: Gauge::default(),
            gain_usd: Counter::default(),
            realised_usd: Family::default(),
            marked_usd: Gauge::default(),
            up: Family::default(),
            failures: Family::default(),
            ranking: seconds(),
            answer: seconds(),
            block_seen_ms: AtomicU64::new(0),
            looked_ms: AtomicU64::new(0),
        };
        metrics.register();
        metrics
    }

    fn register(&self) {
        let mut registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let gauges = [
            ("head_block", "Newest block claimed by the endpoint followed", &self.head),
            ("cursor_block", "Last block read", &self.cursor),
            ("chain_time_ms", "Timestamp of the last block read", &self.chain_time_ms),
            ("accounts", "Accounts that hold something", &self.accounts),
            ("accounts_in_debt", "Accounts that are ranked by health", &self.in_debt),
            ("auctions", "Accounts in auction", &self.auctions),
            ("unhealthy", "Unhealthy accounts without an auction", &self.unhealthy),
            ("computed", "Accounts whose health was computed at the newest block", &self.computed),
            ("transactions_under_way", "Transactions written down, not settled", &self.under_way),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        let counters = [
            ("blocks_read", "Blocks read", &self.blocks),
            ("events_read", "Events of the market", &self.events),
            ("blocks_undone", "Blocks walked back in re-organisations", &self.undone),
            ("mismatches", "Checks against the market or the lens that failed", &self.mismatches),
            ("errors", "Rounds that failed", &self.errors),
            ("fees_planck", "Fees paid, without deposits", &self.fees_planck),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        registry.register("actions", "What became of actions, by kind", self.actions.clone());
        registry.register(
            "expected_gain_usd",
            "Gain that was expected, after fees, of transactions that have done something",
            self.gain_usd.clone(),
        );
        registry.register(
            "deposits_planck",
            "Held for storage, less what was given back",
            self.deposits_planck.clone(),
        );
        registry.register(
            "realised_usd",
            "What transactions have brought by their events at the prices of then, less fees and deposits",
            self.realised_usd.clone(),
        );
        registry.register(
            "marked_usd",
            "What all that came in has gained or lost in price since",
            self.marked_usd.clone(),
        );
        registry.register("endpoint_up", "1 while connected", self.up.clone());
        registry.register("endpoint_failures", "Failures so far", self.failures.clone());
        registry.register(
            "ranking_seconds",
            "Time to find unhealthy accounts",
            self.ranking.clone(),
        );
        registry.register(
            "answer_seconds",
            "Time from seeing a block to having answered it",
            self.answer.clone(),
        );
    }

    /// Counts an outcome.
    pub fn outcome(&self, kind: ActionKind, outcome: &'static str) {
        self.actions.get_or_create(&ActionLabels { kind: kind.name(), outcome }).inc();
    }

    /// Counts a transaction whose nonce another one has used.
    pub fn replaced(&self) {
        self.actions.get_or_create(&ActionLabels { kind: "any", outcome: "replaced" }).inc();
    }

    /// How often a kind of action has ended so.
    pub fn count(&self, kind: &'static str, outcome: &'static str) -> u64 {
        self.actions.get_or_create(&ActionLabels { kind, outcome }).get()
    }

    /// Adds a fee.
    pub fn fee(&self, planck: u128) {
        self.fees_planck.inc_by(u64::try_from(planck).unwrap_or(u64::MAX));
    }

    /// Adds a deposit.
    pub fn deposit(&self, planck: i128) {
        self.deposits_planck.inc_by(i64::try_from(planck).unwrap_or(i64::MAX));
    }

    /// Notes what a kind of action has brought.
    pub fn realised(&self, kind: &str, usd: f64) {
        self.realised_usd.get_or_create(&StrategyLabels { kind: kind.into() }).set(usd);
    }

    /// Adds an expected gain.
    pub fn gain(&self, usd: f64) {
        self.gain_usd.inc_by(usd.max(0.0));
    }

    /// Notes the state of an endpoint.
    pub fn endpoint(&self, url: &str, is_up: bool, failures: u64) {
        let labels = EndpointLabels { url: url.into() };
        self.up.get_or_create(&labels).set(is_up.into());
        self.failures.get_or_create(&labels).set(to_gauge(failures));
    }

    /// Sets a gauge.
    pub fn set(gauge: &Gauge, value: u64) {
        gauge.set(to_gauge(value));
    }

    /// Whether the keeper sees the chain: a look succeeded, and a block was seen, no longer ago than
    /// told.
    pub fn is_healthy(&self, now_ms: u64, look_ms: u64, stale_ms: Option<u64>) -> bool {
        let since = |at: &AtomicU64| now_ms.saturating_sub(at.load(Ordering::Relaxed));
        let sees_blocks = stale_ms.is_none_or(|most_ms| since(&self.block_seen_ms) <= most_ms);
        since(&self.looked_ms) <= look_ms && sees_blocks
    }

    /// All of them in the OpenMetrics text format.
    pub fn text(&self) -> String {
        let registry = self.registry.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &registry);
        text
    }
}

fn to_gauge(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_what_was_counted() {
        let metrics = Metrics::new();
        metrics.outcome(ActionKind::Start, "sent");
        metrics.outcome(ActionKind::Start, "sent");
        metrics.endpoint("ws://a", true, 3);
        Metrics::set(&metrics.accounts, 7);
        let text = metrics.text();
        for line in [
            "breakwater_keeper_actions_total{kind=\"start\",outcome=\"sent\"} 2",
            "breakwater_keeper_endpoint_up{url=\"ws://a\"} 1",
            "breakwater_keeper_accounts 7",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in {text}");
        }
    }

    #[test]
    fn health_is_lost_with_the_node_and_with_its_blocks() {
        let metrics = Metrics::new();
        metrics.looked_ms.store(1_000, Ordering::Relaxed);
        metrics.block_seen_ms.store(500, Ordering::Relaxed);
        assert!(metrics.is_healthy(1_100, 200, None));
        assert!(!metrics.is_healthy(1_300, 200, None));
        assert!(metrics.is_healthy(1_100, 200, Some(600)));
        assert!(!metrics.is_healthy(1_101, 200, Some(600)));
    }
}
