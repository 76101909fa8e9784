//! Whether the job is done: what rounds see and how they end, as faults.

use super::{look::ask, Keeper, KeeperError, Round};
use crate::{
    alerts::Alerts,
    config::{to_units, Config, ConfigError, HealthConfig, InventoryConfig},
    endpoints::Claim,
    health::{
        checks::{self, Purse},
        Fault, Watch,
    },
    http::system_ms,
    metrics::Metrics,
    snapshot::MarketSnapshot,
};
use breakwater_chain::{address::to_ss58, AccountId, BlockId, ChainError, DispatchError};
use breakwater_client::ClientError;
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// The same error of a round is logged again after so long.
const ERROR_AGAIN: Duration = Duration::from_secs(60);

/// What is remembered between rounds to judge the job.
pub(super) struct Job {
    config: HealthConfig,
    inventory: Vec<InventoryConfig>,
    takes: bool,
    stale_ms: Option<u64>,
    give_up_blocks: u64,
    watch: Watch,
    alerts: Alerts,
    metrics: Arc<Metrics>,
    /// The block at which each account was first seen unhealthy.
    since: BTreeMap<AccountId, u64>,
    /// Contracts that did not answer at the newest block.
    pub unanswered: BTreeMap<AccountId, String>,
    /// When money was last looked at.
    checked: Option<Instant>,
    /// The newest block seen, and when it was first seen.
    newest: Option<(BlockId, Instant)>,
    /// The last error of a round, and when it was logged.
    error: Option<(String, Instant)>,
}

impl Job {
    /// # Errors
    /// [`ConfigError`]: an alert's secret that can't be had.
    pub fn new(
        config: &Config,
        us: &AccountId,
        metrics: Arc<Metrics>,
    ) -> Result<Self, ConfigError> {
        let alerts = Alerts::start(to_ss58(us), &config.alert, Arc::clone(&metrics))?;
        Ok(Self {
            config: config.health.clone(),
            inventory: config.inventory.clone(),
            takes: config.takes.enabled,
            stale_ms: config.http.stale_ms,
            give_up_blocks: config.executor.give_up_blocks,
            watch: Watch::new(Duration::from_millis(config.health.hold_ms)),
            alerts,
            metrics,
            since: BTreeMap::new(),
            unanswered: BTreeMap::new(),
            checked: None,
            newest: None,
            error: None,
        })
    }

    /// Tells that the keeper stops with an error.
    pub fn stopped(&self, why: &KeeperError) {
        self.alerts.stopped(&why.to_string());
    }

    pub fn note(&mut self, fault: Fault, wrong: Option<String>) {
        if let Some(change) = self.watch.note(fault, wrong, Instant::now()) {
            self.alerts.tell(&change);
            self.metrics.fault(fault, change.begins);
        }
    }

    /// What the market shows at the newest block.
    fn see(&mut self, on: &mut MarketSnapshot, auctions: &BTreeMap<AccountId, u64>) {
        let ages = checks::price_ages(&on.reserves, on.now_ms);
        ages.into_iter().for_each(|(asset, age_ms)| self.metrics.price_age(asset, age_ms));
        let stale = checks::stale_prices(&on.reserves, on.now_ms, self.config.price_age_ms);
        self.note(Fault::StalePrice, stale);
        let (oldest_ms, waits) = checks::old_auctions(auctions, on.now_ms, self.config.auction_ms);
        Metrics::set(&self.metrics.auction_oldest_s, oldest_ms / 1_000);
        self.note(Fault::AuctionWaits, waits.filter(|_| self.takes));
        let unanswered = checks::unanswered(&std::mem::take(&mut self.unanswered));
        self.note(Fault::NoContract, unanswered);
    }

    /// A round has ended. Whether its error is news.
    fn end(&mut self, outcome: &Result<Round, KeeperError>) -> bool {
        let now = Instant::now();
        let no_market = outcome.as_ref().err().and_then(not_a_market);
        let fails = outcome.as_ref().err().map(ToString::to_string);
        let has_read = outcome.as_ref().is_ok_and(|round| round.caught_up);
        if has_read || no_market.is_some() {
            self.note(Fault::NoMarket, no_market.clone());
        }
        let is_told = no_market.is_some() || matches!(outcome, Err(KeeperError::UnknownCode(_)));
        self.note(Fault::AnswerFails, fails.clone().filter(|_| !is_told));
        if let Ok(round) = outcome {
            let lag = round.head.saturating_sub(round.cursor);
            Metrics::set(&self.metrics.head_lag, lag);
            let behind = (lag > self.config.head_lag_blocks)
                .then(|| format!("{lag} blocks of {} are not read yet", round.head));
            self.note(Fault::HeadLag, behind);
        }
        if let (Some(stale_ms), Some((block, at))) = (self.stale_ms, self.newest) {
            let age = now.saturating_duration_since(at);
            let stale = (age > Duration::from_millis(stale_ms)).then(|| {
                format!("block {} was seen {} s ago, and none since", block.number, age.as_secs())
            });
            self.note(Fault::NoBlocks, stale);
        }
        self.metrics.board.set(self.watch.faults());
        self.metrics.board.round(outcome.is_ok(), now);
        let Some(error) = fails else { return false };
        let is_news = self.error.as_ref().is_none_or(|(last, at)| {
            *last != error || now.saturating_duration_since(*at) >= ERROR_AGAIN
        });
        if is_news {
            self.error = Some((error, now));
        }
        is_news
    }
}

impl Keeper {
    /// Judges a round's outcome. Whether its error is to be logged.
    pub(super) fn judge(&mut self, outcome: &Result<Round, KeeperError>) -> bool {
        let states: Vec<_> =
            self.endpoints.states().map(|(url, up, n)| (url.to_owned(), up, n)).collect();
        for (url, is_up, failures) in &states {
            self.metrics.endpoint(url, *is_up, *failures);
        }
        let down: Vec<&str> =
            states.iter().filter(|(_, is_up, _)| !is_up).map(|(url, ..)| url.as_str()).collect();
        let all = !down.is_empty() && down.len() == states.len();
        let told = (!down.is_empty()).then(|| down.join(", "));
        self.job.note(Fault::NoEndpoint, told.clone().filter(|_| all));
        self.job.note(Fault::EndpointDown, told.filter(|_| !all));
        let head = self.store.cursor().block.number;
        let most = self.job.give_up_blocks;
        let waits = self.store.intents().iter().filter(|held| !held.given_up);
        let oldest = waits.max_by_key(|held| head.saturating_sub(held.at_block));
        let stuck = oldest.filter(|held| head.saturating_sub(held.at_block) > most).map(|held| {
            let waited = head.saturating_sub(held.at_block);
            format!("{} with nonce {} waits for {waited} blocks", held.kind.name(), held.nonce)
        });
        self.job.note(Fault::Stuck, stuck);
        self.job.end(outcome)
    }

    /// Looks at the market and at our money with the eyes of who pays for the job.
    pub(super) fn examine(
        &mut self,
        claim: &Claim,
        on: &mut MarketSnapshot,
    ) -> Result<(), KeeperError> {
        let is_new = self.job.newest.is_none_or(|(block, _)| block != on.block);
        if is_new {
            let saw_it_come = self.job.newest.is_some();
            self.job.newest = Some((on.block, Instant::now()));
            let off = clock_off(on.now_ms, self.job.config.clock_off_ms, saw_it_come);
            self.job.note(Fault::ClockOff, off);
        }
        self.examine_terms(claim, on)?;
        self.job.see(on, &self.brain.index().auctions);
        self.examine_waiting(on);
        let every = Duration::from_millis(self.job.config.check_ms);
        if self.job.checked.is_none_or(|at| at.elapsed() >= every) {
            self.examine_money(claim, on)?;
            self.job.checked = Some(Instant::now());
        }
        Ok(())
    }

    /// Who waits for an auction, for how long, and why.
    fn examine_waiting(&mut self, on: &MarketSnapshot) {
        let unhealthy = on.unhealthy.iter().map(|one| one.account);
        checks::remember(&mut self.job.since, unhealthy, on.block.number);
        let (index, us) = (self.brain.index(), on.us);
        let mut account_snapshot = on.whole_sheet();
        let most = self.job.config.unhealthy_blocks;
        let waiting = checks::waiting(&self.job.since, on.block.number, most, |account| {
            checks::held_back(&mut account_snapshot, us, &index.positions(account))
        });
        Metrics::set(&self.metrics.unhealthy_waiting, waiting.count as u64);
        let since = self.job.since.values().min();
        let oldest = since.map_or(0, |first| on.block.number.saturating_sub(*first));
        Metrics::set(&self.metrics.unhealthy_oldest_blocks, oldest);
        self.job.note(Fault::Halted, waiting.halted);
        self.job.note(Fault::Unhealthy, waiting.other);
    }

    /// What there is to act with: the native token for fees, inventory, allowances.
    fn examine_money(&mut self, claim: &Claim, on: &MarketSnapshot) -> Result<(), KeeperError> {
        let (us, market, block) = (on.us, on.market, claim.best.hash);
        let native = self.endpoints.with(claim.index, |link| link.balance_at(block, us));
        match native {
            Ok(planck) => {
                let decimals = i32::from(self.config.fees.native_decimals);
                let whole = planck as f64 / 10f64.powi(decimals);
                self.metrics.native.set(whole);
                let least = self.job.config.native_min;
                let poor = (whole < least)
                    .then(|| format!("{whole} left of the native token, {least} wanted"));
                self.job.note(Fault::NoFees, poor);
            }
            // A chain that does not say.
            Err(ChainError::Invalid(_)) => {}
            Err(why) => return Err(why.into()),
        }
        let mut purses = Vec::new();
        for of in self.job.inventory.iter().filter(|of| of.spend_max > 0.0) {
            let Ok(priced) = on.priced(of.asset) else { continue };
            let (token, decimals) = (priced.reserve.config.token, priced.reserve.config.decimals);
            let units = ask(&mut self.endpoints, claim, |at| {
                Ok((at.balance(token, us)?, at.allowance(token, us, market)?))
            });
            match units {
                Ok((balance, allowance)) => purses.push(Purse {
                    asset: of.asset,
                    balance,
                    allowance,
                    spend_max: to_units(of.spend_max, decimals),
                }),
                Err(KeeperError::Client(why)) => {
                    self.job.unanswered.insert(token, why.to_string());
                }
                Err(why) => return Err(why),
            }
        }
        let index = self.brain.index();
        let in_auction: Vec<_> =
            index.auctions.keys().map(|account| index.positions(account)).collect();
        let in_auction = in_auction.iter().map(Vec::as_slice);
        let open_wad = checks::open_debt_wad(in_auction, &on.reserves);
        let spent = checks::spent(&purses, &open_wad).filter(|_| self.job.takes);
        self.job.note(Fault::NoInventory, spent);
        self.job.note(Fault::NoAllowance, checks::locked(&purses).filter(|_| self.job.takes));
        Ok(())
    }
}

/// How far the system's clock is from the newest block's, if it is farther than told. A block that we
/// did not see come may be old.
fn clock_off(now_ms: u64, most_ms: u64, saw_it_come: bool) -> Option<String> {
    let system = system_ms();
    let (off_ms, is_behind) = (system.abs_diff(now_ms), system < now_ms);
    let side = if is_behind { "behind" } else { "ahead of" };
    (most_ms != 0 && off_ms > most_ms && (is_behind || saw_it_come))
        .then(|| format!("the system's clock is {} s {side} the newest block", off_ms / 1_000))
}

/// What says that there is no market where one should be.
fn not_a_market(error: &KeeperError) -> Option<String> {
    let KeeperError::Client(why) = error else { return None };
    match why {
        ClientError::Trapped { why: DispatchError::ContractNotFound, .. } => Some(
            "there is no contract at market.market: mistyped, of another chain, or gone".into(),
        ),
        ClientError::NotUnderstood(_) | ClientError::Decode(_) => {
            Some(format!("the contract at market.market does not answer like a market: {why}"))
        }
        _ => None,
    }
}
