//! The loop: follow, look, decide, act.

mod decide;
mod stakes;

use crate::{
    book::Book,
    config::{usd_to_wad, Config, ConfigError},
    endpoints::{Claim, Connect, Endpoints},
    executor::{Executor, ExecutorError, Scene},
    follow::{step, FollowError, Pace, Progress},
    http::system_ms,
    metrics::Metrics,
    ranking::Ranking,
    store::{Changes, Store, StoreError, Subject},
    views::{At, Picture, Settings},
};
use backon::{BlockingRetryable, ExponentialBuilder};
use breakwater_chain::{AccountId, ChainError, Signer};
use breakwater_client::ClientError;
use breakwater_protocol::Account;
use decide::Duties;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

/// How often a start is tried while no endpoint answers: about a minute.
const START_TRIES: usize = 6;
/// Accounts in auction that are read again in one round at most; the others wait for the next.
const READS_PER_ROUND: usize = 256;
/// Blocks taken in before a round looks whether it should stop.
const BATCHES_PER_ROUND: usize = 8;

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
}

impl KeeperError {
    /// Trying again does not help: the store can't be written.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Config(_)
                | Self::Store(_)
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
    /// Transactions handed in.
    pub sent: usize,
    /// Transactions under way.
    pub under_way: usize,
}

/// A keeper.
pub struct Keeper {
    config: Config,
    endpoints: Endpoints,
    store: Store,
    book: Book,
    ranking: Ranking,
    executor: Executor,
    metrics: Arc<Metrics>,
    market: AccountId,
    /// The endpoint followed, and when all were compared last.
    current: usize,
    compared: Option<Instant>,
    settings: Option<Settings>,
    /// Accounts whose positions have changed since they were ranked.
    unranked: BTreeSet<AccountId>,
    /// Cells of accounts in auction, and those that must be read again.
    held: BTreeMap<AccountId, Account>,
    unread: BTreeSet<AccountId>,
    /// The block that was answered last.
    answered: Option<breakwater_chain::BlockId>,
    duties: Duties,
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
        let mut endpoints = Endpoints::new(&config.chain.endpoints, config.chain.genesis, connect);
        let genesis = (|| endpoints.genesis())
            .retry(ExponentialBuilder::default().with_max_times(START_TRIES))
            .notify(|why, pause| tracing::warn!(%why, ?pause, "no endpoint answers yet"))
            .call()?;
        let store = Store::open(&config.store.path, Subject { genesis, market })?;
        let oracle = config.market.oracle.unwrap_or_default();
        let least = |usd| usd_to_wad(usd);
        let least_profit_wad = BTreeMap::from([
            ("start", least(config.starts.min_profit_usd)),
            ("take", least(config.takes.min_profit_usd)),
            ("take_and_sell", least(config.takes.min_profit_usd)),
        ]);
        let executor = Executor::new(
            signer,
            [market, oracle],
            dry_run,
            (config.fees.clone(), config.executor.clone()),
            least_profit_wad,
            usd_to_wad(config.upkeep.max_usd_per_day),
        );
        let mut keeper = Self {
            config,
            endpoints,
            store,
            book: Book::default(),
            ranking: Ranking::default(),
            executor,
            metrics,
            market,
            current: 0,
            compared: None,
            settings: None,
            unranked: BTreeSet::new(),
            held: BTreeMap::new(),
            unread: BTreeSet::new(),
            answered: None,
            duties: Duties::default(),
        };
        keeper.load()?;
        Ok(keeper)
    }

    /// Takes everything from the store into memory.
    fn load(&mut self) -> Result<(), StoreError> {
        self.book = Book::default();
        self.ranking = Ranking::default();
        for (account, position) in self.store.positions()? {
            self.book.set(account, position);
        }
        self.book.auctions = self.store.auctions()?.into_iter().collect();
        self.unranked = self.book.accounts().map(|(account, _)| *account).collect();
        self.held.clear();
        self.unread = self.book.auctions.keys().copied().collect();
        (self.settings, self.answered) = (None, None);
        Ok(())
    }

    /// All accounts as the store has them.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Rounds until told to stop. Errors that may pass are logged and tried again.
    ///
    /// # Errors
    /// Those that do not pass ([`KeeperError::is_fatal`]).
    pub fn run(
        &mut self,
        stop: &AtomicBool,
        mut each: impl FnMut(&Round),
    ) -> Result<(), KeeperError> {
        let pause = Duration::from_millis(self.config.chain.poll_ms);
        while !stop.load(Ordering::Relaxed) {
            match self.round() {
                Ok(round) => {
                    each(&round);
                    if !round.caught_up {
                        continue;
                    }
                }
                Err(error) if error.is_fatal() => return Err(error),
                Err(error) => {
                    self.metrics.errors.inc();
                    tracing::warn!(%error, "a round failed");
                }
            }
            std::thread::sleep(pause);
        }
        Ok(())
    }

    /// Rounds until the newest block is answered and nothing is under way, or for at most `patience`.
    ///
    /// # Errors
    /// The last round's if none succeeded.
    pub fn run_once(
        &mut self,
        stop: &AtomicBool,
        patience: Duration,
        mut each: impl FnMut(&Round),
    ) -> Result<Round, KeeperError> {
        let pause = Duration::from_millis(self.config.chain.poll_ms);
        let mut waiting_since: Option<Instant> = None;
        loop {
            let outcome = self.round();
            match outcome {
                Ok(round) => {
                    each(&round);
                    let waits = waiting_since.get_or_insert_with(Instant::now).elapsed();
                    let is_done = round.caught_up && round.sent == 0 && round.under_way == 0;
                    if is_done || (round.caught_up && waits > patience) {
                        return Ok(round);
                    }
                    if !round.caught_up {
                        waiting_since = None;
                        if !stop.load(Ordering::Relaxed) {
                            continue;
                        }
                    }
                    if stop.load(Ordering::Relaxed) {
                        return Ok(round);
                    }
                }
                Err(error) => {
                    let waits = waiting_since.get_or_insert_with(Instant::now).elapsed();
                    if error.is_fatal() || waits > patience || stop.load(Ordering::Relaxed) {
                        return Err(error);
                    }
                    tracing::warn!(%error, "a round failed");
                }
            }
            std::thread::sleep(pause);
        }
    }

    /// One round: takes in new blocks and, at the newest, does what is worth doing.
    ///
    /// # Errors
    /// [`KeeperError`]. What was taken in stays.
    pub fn round(&mut self) -> Result<Round, KeeperError> {
        let began = Instant::now();
        let claim = self.follow()?;
        let now_ms = system_ms();
        self.metrics.looked_ms.store(now_ms, Ordering::Relaxed);
        let cursor = self.store.cursor();
        Metrics::set(&self.metrics.head, claim.best.number);
        Metrics::set(&self.metrics.cursor, cursor.block.number);
        Metrics::set(&self.metrics.chain_time_ms, cursor.time_ms);
        for (url, is_up, failures) in self.endpoints.states() {
            self.metrics.endpoint(url, is_up, failures);
        }
        let mut round = Round {
            caught_up: cursor.block == claim.best,
            cursor: cursor.block.number,
            head: claim.best.number,
            ..Round::default()
        };
        if round.caught_up {
            if self.answered != Some(claim.best) {
                self.metrics.block_seen_ms.store(now_ms, Ordering::Relaxed);
                round.sent = self.answer(&claim)?;
                // After sending, and for auctions that were not read yet, there is another look.
                let is_done = round.sent == 0 && self.unread.is_empty();
                self.answered = is_done.then_some(claim.best);
                self.metrics.answer.observe(began.elapsed().as_secs_f64());
            }
            if round.sent == 0 {
                self.scene(&claim, cursor.time_ms, |executor, scene| executor.tend(scene))?;
            }
        }
        let under_way = self.store.intents().iter().filter(|held| !held.given_up);
        round.under_way = under_way.count();
        Metrics::set(&self.metrics.under_way, round.under_way as u64);
        Ok(round)
    }

    /// Takes in blocks from the endpoint that is followed, or from the next best if it fails.
    fn follow(&mut self) -> Result<Claim, KeeperError> {
        let compare = Duration::from_millis(self.config.chain.compare_ms);
        let is_due = self.compared.is_none_or(|at| at.elapsed() >= compare);
        let mut claims = if is_due { Vec::new() } else { self.current_claim() };
        if claims.is_empty() {
            claims = self.endpoints.claims();
            self.compared = Some(Instant::now());
        }
        let (mut last, mut others) = (None, 0);
        for claim in &claims {
            match self.follow_to(claim) {
                Ok(()) => {
                    self.current = claim.index;
                    return Ok(*claim);
                }
                Err(error) if matches!(&error, KeeperError::Follow(FollowError::Store(_))) => {
                    return Err(error);
                }
                Err(error) => {
                    others += usize::from(matches!(
                        &error,
                        KeeperError::Follow(FollowError::OtherChain(_))
                    ));
                    self.endpoints.distrust(claim.index, &error.to_string());
                    self.compared = None;
                    last = Some(error);
                }
            }
        }
        if others == self.endpoints.len() {
            // Every endpoint is on a chain that leaves ours where we can't go back to.
            tracing::error!("no endpoint knows our chain any more: reading it from its beginning");
            self.store.reset()?;
            crate::follow::forget_transactions(&mut self.store)?;
            self.load()?;
        }
        let nobody = || KeeperError::Chain(ChainError::Connect("no endpoint answers".into()));
        Err(last.unwrap_or_else(nobody))
    }

    fn current_claim(&mut self) -> Vec<Claim> {
        self.endpoints.claim(self.current).into_iter().collect()
    }

    fn follow_to(&mut self, claim: &Claim) -> Result<(), KeeperError> {
        let pace = Pace {
            batch: self.config.chain.sync_batch,
            undo_blocks: self.config.chain.undo_blocks,
        };
        for _ in 0..BATCHES_PER_ROUND {
            if self.store.cursor().block == claim.best {
                break;
            }
            let mut progress = Progress::default();
            let store = &mut self.store;
            let mut outcome = Ok(());
            let answered = self.endpoints.with(claim.index, |link| {
                outcome = step(link, store, [claim.best, claim.finalised], pace, &mut progress);
                Ok(())
            });
            self.absorb(progress);
            answered?;
            outcome?;
        }
        Ok(())
    }

    /// Takes into memory what the store has taken in.
    fn absorb(&mut self, progress: Progress) {
        let Changes { positions, auctions } = progress.changes;
        for ((account, _), position) in positions {
            self.book.set(account, position);
            self.unranked.insert(account);
            if self.book.auctions.contains_key(&account) {
                self.unread.insert(account);
            }
        }
        for (account, started_ms) in auctions {
            self.unranked.insert(account);
            match started_ms {
                Some(started_ms) => {
                    self.book.auctions.insert(account, started_ms);
                    self.unread.insert(account);
                }
                None => {
                    self.book.auctions.remove(&account);
                    self.held.remove(&account);
                    self.unread.remove(&account);
                }
            }
        }
        let auctions = &self.book.auctions;
        self.unread
            .extend(progress.touched.iter().filter(|account| auctions.contains_key(*account)));
        if progress.settings_changed {
            self.settings = None;
        }
        if progress.undone != 0 {
            // Cells read from blocks that are gone.
            self.unread.extend(self.book.auctions.keys());
        }
        self.executor.settled(&progress.settled, &self.metrics);
        self.metrics.blocks.inc_by(progress.blocks);
        self.metrics.events.inc_by(progress.events);
        self.metrics.undone.inc_by(progress.undone);
        Metrics::set(&self.metrics.accounts, self.book.len() as u64);
        Metrics::set(&self.metrics.auctions, self.book.auctions.len() as u64);
    }

    /// Asks contracts on the newest block.
    fn ask<T>(
        &mut self,
        claim: &Claim,
        question: impl FnOnce(&mut At<'_>) -> Result<T, ClientError>,
    ) -> Result<T, KeeperError> {
        let block = claim.best.hash;
        let mut answer = None;
        self.endpoints.with(claim.index, |ledger| {
            let asked = question(&mut At { ledger, block });
            match asked {
                // The connection's errors are the endpoint's.
                Err(ClientError::Chain(error)) => Err(error),
                other => {
                    answer = Some(other);
                    Ok(())
                }
            }
        })?;
        let none = || KeeperError::Chain(ChainError::Rpc("no answer".into()));
        Ok(answer.ok_or_else(none)??)
    }

    /// Acts with the executor.
    fn scene<T>(
        &mut self,
        claim: &Claim,
        now_ms: u64,
        act: impl FnOnce(&mut Executor, &mut Scene<'_>) -> Result<T, ExecutorError>,
    ) -> Result<T, KeeperError> {
        let mut scene = Scene {
            endpoints: &mut self.endpoints,
            index: claim.index,
            head: claim.best,
            now_ms,
            store: &mut self.store,
            metrics: &self.metrics,
        };
        Ok(act(&mut self.executor, &mut scene)?)
    }

    /// The market at the newest block, compared with what we know. `None` if that is wrong: then it is
    /// to be read again.
    fn look(&mut self, claim: &Claim) -> Result<Option<Picture>, KeeperError> {
        let market = self.market;
        if self.settings.is_none() {
            self.settings = Some(self.ask(claim, |at| at.settings(market))?);
        }
        let Some(settings) = self.settings.clone() else { return Ok(None) };
        if self.config.market.oracle.is_none() {
            self.executor.set_oracle(settings.oracle);
        }
        let count = settings.count;
        let lines = self.ask(claim, |at| at.lines(market, count))?;
        if let Err(mismatch) = self.book.check(&lines) {
            self.metrics.mismatches.inc();
            tracing::error!(%mismatch, "our accounts contradict the market: reading it all again");
            self.store.reset()?;
            self.load()?;
            return Ok(None);
        }
        let now_ms = self.store.cursor().time_ms;
        Ok(Some(Picture { block: claim.best, now_ms, settings, lines }))
    }

    /// Reads cells of accounts in auction that may have changed.
    fn read_auctions(&mut self, claim: &Claim) -> Result<(), KeeperError> {
        let market = self.market;
        for account in self.unread.iter().copied().take(READS_PER_ROUND).collect::<Vec<_>>() {
            let cell = self.ask(claim, |at| at.account(market, account))?;
            self.unread.remove(&account);
            self.held.insert(account, cell);
        }
        Ok(())
    }
}
