//! What a keeper tells of itself, for Prometheus.

use crate::{
    action::ActionKind,
    health::{Board, Fault},
    record::Record,
};
use breakwater_protocol::AssetId;
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
use std::sync::{atomic::AtomicU64, Arc, Mutex, PoisonError};

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

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct FaultLabels {
    fault: &'static str,
    severity: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AssetLabels {
    asset: u32,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AlertLabels {
    to: &'static str,
    outcome: &'static str,
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
    tips_planck: Counter,
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
    /// Blocks for which the longest unhealthy account has waited for its auction.
    pub unhealthy_oldest_blocks: Gauge,
    /// Accounts that have waited for longer than configured.
    pub unhealthy_waiting: Gauge,
    /// Age of the oldest auction in seconds, by the chain's clock.
    pub auction_oldest_s: Gauge,
    /// Blocks claimed and not read yet.
    pub head_lag: Gauge,
    /// What the account has to pay fees with, in whole tokens.
    pub native: Gauge<f64, AtomicU64>,
    faults: Family<FaultLabels, Gauge>,
    price_age_s: Family<AssetLabels, Gauge>,
    last_success_s: Family<KindLabels, Gauge>,
    alerts: Family<AlertLabels, Counter>,
    /// What `/health` says.
    pub board: Board,
    /// What `/history` and `/stats` say.
    pub record: Arc<Record>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics at zero.
    pub fn new() -> Self {
        Self::of("")
    }

    /// Metrics at zero of a market's keeper, with its name as a label unless it is empty.
    pub fn of(market: &str) -> Self {
        let labels = Some(market).filter(|name| !name.is_empty());
        let labels = labels.map(|name| ("market".into(), name.to_owned().into()));
        let registry = Registry::with_prefix_and_labels("breakwater_keeper", labels.into_iter());
        let seconds = || Histogram::new(exponential_buckets(0.000_5, 2.0, 16));
        let metrics = Self {
            registry: Mutex::new(registry),
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
            tips_planck: Counter::default(),
            deposits_planck: Gauge::default(),
            gain_usd: Counter::default(),
            realised_usd: Family::default(),
            marked_usd: Gauge::default(),
            up: Family::default(),
            failures: Family::default(),
            ranking: seconds(),
            answer: seconds(),
            unhealthy_oldest_blocks: Gauge::default(),
            unhealthy_waiting: Gauge::default(),
            auction_oldest_s: Gauge::default(),
            head_lag: Gauge::default(),
            native: Gauge::default(),
            faults: Family::default(),
            price_age_s: Family::default(),
            last_success_s: Family::default(),
            alerts: Family::default(),
            board: Board::default(),
            record: Arc::default(),
        };
        Fault::ALL.into_iter().for_each(|fault| metrics.fault(fault, false));
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
            (
                "unhealthy_oldest_blocks",
                "Blocks for which the longest unhealthy account has waited for its auction",
                &self.unhealthy_oldest_blocks,
            ),
            (
                "unhealthy_waiting",
                "Accounts unhealthy without an auction for longer than configured",
                &self.unhealthy_waiting,
            ),
            (
                "auction_oldest_seconds",
                "Age of the oldest auction by the chain's clock",
                &self.auction_oldest_s,
            ),
            ("head_lag_blocks", "Blocks claimed and not read yet", &self.head_lag),
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
            ("tips_planck", "Of them, tips for blocks' authors", &self.tips_planck),
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
            "native_balance",
            "What there is to pay fees with, in whole tokens",
            self.native.clone(),
        );
        registry.register("fault", "1 while it lasts: docs/keepers.md", self.faults.clone());
        registry.register(
            "price_age_seconds",
            "Age of the price by the chain's clock; -1 without one",
            self.price_age_s.clone(),
        );
        registry.register(
            "last_success_timestamp_seconds",
            "When an action of a kind was last done, by the system's clock",
            self.last_success_s.clone(),
        );
        registry.register("alerts", "Alerts sent and failed", self.alerts.clone());
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
        let kind = kind.name();
        self.actions.get_or_create(&ActionLabels { kind, outcome }).inc();
        if outcome == "done" {
            let now_s = crate::http::system_ms() / 1_000;
            self.last_success_s.get_or_create(&KindLabels { kind }).set(to_gauge(now_s));
        }
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

    /// Adds a tip.
    pub fn tip(&self, planck: u128) {
        self.tips_planck.inc_by(u64::try_from(planck).unwrap_or(u64::MAX));
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

    /// Notes whether a fault lasts.
    pub fn fault(&self, fault: Fault, lasts: bool) {
        let labels = FaultLabels { fault: fault.name(), severity: fault.severity().name() };
        self.faults.get_or_create(&labels).set(lasts.into());
    }

    /// Notes the age of an asset's price; none without one.
    pub fn price_age(&self, asset: AssetId, age_ms: Option<u64>) {
        let age_s = age_ms.map_or(-1, |age_ms| to_gauge(age_ms / 1_000));
        self.price_age_s.get_or_create(&AssetLabels { asset: asset.into() }).set(age_s);
    }

    /// Counts an alert.
    pub fn alert(&self, to: &'static str, outcome: &'static str) {
        self.alerts.get_or_create(&AlertLabels { to, outcome }).inc();
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
}
