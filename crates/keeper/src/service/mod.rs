//! The loop: follow, look, decide, act.

mod answer;
mod heal;
mod job;
mod key;
mod look;
mod profits;
mod reports;
mod run;
mod sync;
mod taker;
mod terms;

use crate::{
    action::ActionKind,
    brain::{Brain, Identity},
    config::{to_units, usd_to_wad, Config, ConfigError, ExecutorConfig},
    endpoints::{Connect, Endpoints},
    executor::{self, tip::TipPolicy, Executor, ExecutorError},
    follow::FollowError,
    index::AccountIndex,
    metrics::Metrics,
    record::Keep,
    store::{Store, StoreError, Subject},
    strategy,
};
use backon::{BlockingRetryable, ExponentialBuilder};
use breakwater_chain::{AccountId, ChainError, Signer};
use breakwater_client::ClientError;
use job::Job;
pub(crate) use look::ask;
use profits::Profits;
use reports::Reports;
use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

/// How often a start is tried while no endpoint answers: about a minute.
const START_TRIES: usize = 6;

/// Why a round has failed. The next one tries again, but for errors of the store.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// Whoever knows it can take what it has.
    #[error("everybody knows the key of {0}, and this is no development chain: use another")]
    PublicKey(String),
    /// It could not pay a fee.
    #[error("{0} has nothing to pay fees with: send it some of the chain's own token")]
    Unfunded(String),
    /// Every purchase through it would be refused.
    #[error(
        "market.taker: {0}; deploy contracts/taker with this keeper's key, or leave the key out"
    )]
    Taker(String),
    #[error("its thread: {0}")]
    Thread(String),
    /// What we knew contradicted the market: it was read again, or the endpoint that said so is left alone.
    #[error("what was known contradicted the market: it is looked at again")]
    Healed,
    /// State was read a moment ago because events did not fit, and they do not again.
    #[error("events and the market's state contradict each other again: an endpoint is wrong")]
    OutOfStep,
    /// The market runs code that this keeper was not made for.
    #[error("the market runs code of {0}, which this keeper does not know: use one that does")]
    UnknownCode(String),
}

impl KeeperError {
    /// Trying again does not help: the store can't be written.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Config(_)
                | Self::Store(_)
                | Self::PublicKey(_)
                | Self::Unfunded(_)
                | Self::Taker(_)
                | Self::Follow(FollowError::Store(StoreError::Database(_)))
        )
    }
}

impl From<ExecutorError> for KeeperError {
    fn from(error: ExecutorError) -> Self {
        match error {
            ExecutorError::Chain(error) => Self::Chain(error),
            ExecutorError::Store(error) => Self::Store(error),
        }
    }
}

/// What a round has found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// The cursor is at the newest block.
    pub caught_up: bool,
    /// Number of the last block read, and of the newest one.
    pub cursor: u64,
    pub head: u64,
    /// Transactions submitted.
    pub sent: usize,
    /// Transactions under way.
    pub under_way: usize,
}

/// A keeper.
pub struct Keeper {
    config: Config,
    endpoints: Endpoints,
    store: Store,
    brain: Brain,
    executor: Executor,
    metrics: Arc<Metrics>,
    job: Job,
    terms: terms::MarketTerms,
    /// Endpoints that have told us blocks since what we know was last proved.
    sources: BTreeSet<usize>,
    /// When state was last read because events did not fit.
    healed: Option<heal::Healed>,
    /// The endpoint without state that was last told of.
    told_of_beginning: Option<usize>,
    /// The endpoint followed, and when all were compared last.
    current: usize,
    compared: Option<Instant>,
    /// The block that was answered last.
    answered: Option<breakwater_chain::BlockId>,
    reports: Reports,
    profits: Profits,
    /// Which auction's quote was compared last.
    quoted: Option<AccountId>,
}

impl Keeper {
    /// Connects, opens the store and loads what it knows.
    ///
    /// # Errors
    /// [`KeeperError`].
    pub fn start(
        config: Config,
        signer: Signer,
        connect: Connect,
        dry_run: bool,
        metrics: Arc<Metrics>,
    ) -> Result<Self, KeeperError> {
        let market = config.market.market;
        let mut endpoints = Endpoints::new(&config.chain.endpoints, config.chain.genesis, connect)
            .with_patience(Duration::from_millis(config.chain.timeout_ms));
        let genesis = (|| endpoints.genesis())
            .retry(ExponentialBuilder::default().with_max_times(START_TRIES))
            .notify(|why, pause| tracing::warn!(%why, ?pause, "no endpoint answers yet"))
            .call()?;
        if !dry_run {
            key::check(&mut endpoints, &signer)?;
        }
        taker::check(&mut endpoints, &config, signer.account())?;
        let subject = Subject { genesis, market };
        let (mut store, damaged) = Store::open_or_rebuild(&config.store.path, subject)?;
        if let Some(aside) = damaged {
            let aside = aside.display();
            tracing::error!(%aside, "the store was damaged: it is put aside, and begun anew");
        }
        store.keep_books_of(signer.account());
        let keep = Keep::new(config.http.history_days, config.http.stats_step_ms);
        store.keep_record(&metrics.record, keep)?;
        let executor = Executor::new(signer, executor_terms(&config, dry_run));
        let identity = Identity { market, us: executor.account(), oracle: config.market.oracle };
        let brain = Brain::new(identity, strategy::of(&config));
        let reports = Reports::new(config.upkeep.relay_file.clone());
        let job = Job::new(&config, &identity.us, Arc::clone(&metrics))?;
        let mut keeper = Self {
            job,
            terms: terms::MarketTerms::default(),
            sources: BTreeSet::new(),
            healed: None,
            told_of_beginning: None,
            config,
            endpoints,
            store,
            brain,
            executor,
            metrics,
            current: 0,
            compared: None,
            answered: None,
            reports,
            profits: Profits::default(),
            quoted: None,
        };
        keeper.load()?;
        Ok(keeper)
    }

    /// Takes everything from the store into memory.
    fn load(&mut self) -> Result<(), StoreError> {
        self.brain.load(self.store.positions()?, self.store.auctions()?);
        self.profits = Profits::load(&self.store)?;
        self.answered = None;
        Ok(())
    }

    /// All accounts as the store has them.
    pub fn index(&self) -> &AccountIndex {
        self.brain.index()
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

fn tip_policy(config: &Config) -> TipPolicy {
    let ExecutorConfig { tip_bps, tip_max, tip_raise_bps, stuck_blocks, .. } = config.executor;
    TipPolicy {
        part_bps: tip_bps,
        cap: to_units(tip_max, config.fees.native_decimals),
        bump_bps: tip_raise_bps,
        stuck_blocks,
    }
}

fn executor_terms(config: &Config, dry_run: bool) -> executor::Terms {
    let least_wad = usd_to_wad(config.takes.min_profit_usd);
    let purchases = ActionKind::PURCHASES;
    let starts = (ActionKind::Start, usd_to_wad(config.starts.min_profit_usd));
    let least_profits = purchases.map(|kind| (kind, least_wad)).into_iter().chain([starts]);
    executor::Terms {
        market: config.market.market,
        oracle: config.market.oracle.unwrap_or_default(),
        dry_run,
        fees: config.fees.clone(),
        config: config.executor.clone(),
        tips: tip_policy(config),
        least_profit_wad: least_profits.collect(),
        upkeep_wad: usd_to_wad(config.upkeep.max_usd_per_day),
    }
}
