//! What a keeper knows and how it decides, whoever brings it blocks and does what it proposes: the
//! service, or a simulation.

use crate::{
    action::Proposal,
    index::AccountIndex,
    ranking::{Effort, Ranking},
    reader::BlockReader,
    schedule::Schedule,
    snapshot::{MarketSnapshot, Observations, Pending, Settings},
    store::{changes_settings, Changes},
    strategy::{Phase, Strategy, StrategyKind},
};
use breakwater_chain::{AccountId, BlockId, ContractEvent};
use breakwater_client::{
    events::replay::{auction_step, deltas, AuctionStep, OutOfStep},
    ClientError, MarketEvent,
};
use breakwater_protocol::{Account, Position, PricedReserve};
use std::collections::{BTreeMap, BTreeSet};

/// Accounts in auction that are read again in one round at most; the others wait for the next.
const READS_PER_ROUND: usize = 5_000;

/// Whose brain it is.
#[derive(Clone, Copy, Debug)]
pub struct Identity {
    pub market: AccountId,
    /// The account that acts.
    pub us: AccountId,
    /// The price adapter, if it is not the market's own.
    pub oracle: Option<AccountId>,
}

/// A keeper's knowledge and strategies.
pub struct Brain {
    identity: Identity,
    strategies: Vec<Box<dyn Strategy>>,
    schedule: Schedule,
    index: AccountIndex,
    ranking: Ranking,
    settings: Option<Settings>,
    /// Accounts whose positions have changed since they were ranked.
    unranked: BTreeSet<AccountId>,
    /// Cells of accounts in auction, and those that must be read again.
    held: BTreeMap<AccountId, Account>,
    unread: BTreeSet<AccountId>,
}

impl Brain {
    /// One that knows nobody yet.
    pub fn new(identity: Identity, strategies: Vec<Box<dyn Strategy>>) -> Self {
        Self {
            identity,
            strategies,
            schedule: Schedule::default(),
            index: AccountIndex::default(),
            ranking: Ranking::default(),
            settings: None,
            unranked: BTreeSet::new(),
            held: BTreeMap::new(),
            unread: BTreeSet::new(),
        }
    }

    /// Forgets what it knows and learns all of this.
    pub fn load(
        &mut self,
        positions: impl IntoIterator<Item = (AccountId, Position)>,
        auctions: impl IntoIterator<Item = (AccountId, u64)>,
    ) {
        self.index = AccountIndex::default();
        self.ranking = Ranking::default();
        for (account, position) in positions {
            self.index.set(account, position);
        }
        self.index.auctions = auctions.into_iter().collect();
        self.unranked = self.index.names().copied().collect();
        self.held.clear();
        self.unread = self.index.auctions.keys().copied().collect();
        self.settings = None;
    }

    /// All accounts.
    pub fn index(&self) -> &AccountIndex {
        &self.index
    }

    /// How many accounts are in debt.
    pub fn in_debt(&self) -> usize {
        self.ranking.len()
    }

    /// Cells of accounts in auction, as last read.
    pub fn held(&self) -> &BTreeMap<AccountId, Account> {
        &self.held
    }

    /// Whether cells wait to be read.
    pub fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Learns what blocks have changed, and whose auction they have touched besides.
    pub fn learn(&mut self, changes: Changes, touched: &[AccountId], settings_changed: bool) {
        let Changes { positions, auctions } = changes;
        for ((account, _), position) in positions {
            self.index.set(account, position);
            self.unranked.insert(account);
            self.doubt(account);
        }
        for (account, started_ms) in auctions {
            self.unranked.insert(account);
            match started_ms {
                Some(started_ms) => {
                    self.index.auctions.insert(account, started_ms);
                    self.unread.insert(account);
                }
                None => {
                    self.index.auctions.remove(&account);
                    self.held.remove(&account);
                    self.unread.remove(&account);
                }
            }
        }
        touched.iter().for_each(|account| self.doubt(*account));
        if settings_changed {
            self.settings = None;
        }
    }

    /// Learns from events in their order, where nobody keeps them in a store.
    ///
    /// # Errors
    /// [`OutOfStep`] if one is missing.
    pub fn learn_events<'e>(
        &mut self,
        events: impl IntoIterator<Item = &'e ContractEvent>,
    ) -> Result<(), OutOfStep> {
        let market = self.identity.market;
        for event in events.into_iter().filter(|event| event.contract == market) {
            let Some(event) = MarketEvent::decode(event) else { continue };
            let mut changes = Changes::default();
            for delta in deltas(&event) {
                let key = (delta.account, delta.asset);
                let held = self.index.positions(&delta.account);
                let mut held = held.iter();
                let before = changes.positions.get(&key).copied();
                let before = before.or(held.find(|held| held.asset == delta.asset).copied());
                let nothing = Position { asset: delta.asset, ..Position::default() };
                changes.positions.insert(key, delta.apply(&before.unwrap_or(nothing))?);
            }
            match auction_step(&event) {
                Some(AuctionStep::Started(account, ms)) => {
                    changes.auctions.insert(account, Some(ms));
                }
                Some(AuctionStep::Ended(account)) => {
                    changes.auctions.insert(account, None);
                }
                None => {}
            }
            let taken = match &event {
                MarketEvent::Taken(taken) => vec![*taken.account.as_ref()],
                _ => Vec::new(),
            };
            self.learn(changes, &taken, changes_settings(&event));
        }
        Ok(())
    }

    /// Reads all auctions again: cells may have been read from blocks that are gone.
    pub fn doubt_auctions(&mut self) {
        self.unread.extend(self.index.auctions.keys());
    }

    /// Reads an account's cell again if it is in auction.
    pub fn doubt(&mut self, account: AccountId) {
        if self.index.auctions.contains_key(&account) {
            self.unread.insert(account);
        }
    }

    /// The market at a block. Whether it is what we know of it, [`AccountIndex::check`] tells.
    ///
    /// # Errors
    /// As [`BlockReader::ask`].
    pub fn look(
        &mut self,
        reader: &mut BlockReader<'_>,
        (block, now_ms): (BlockId, u64),
        pending: Pending,
    ) -> Result<MarketSnapshot, ClientError> {
        let count = self.settings(reader)?.count;
        let reserves = reader.priced_reserves(self.identity.market, count)?;
        self.look_at(reader, (block, now_ms), pending, reserves)
    }

    /// As [`Brain::look`], where the reserves are known: with interest up to the block's time, and prices.
    ///
    /// # Errors
    /// As [`BlockReader::ask`].
    pub fn look_at(
        &mut self,
        reader: &mut BlockReader<'_>,
        (block, now_ms): (BlockId, u64),
        pending: Pending,
        reserves: Vec<PricedReserve>,
    ) -> Result<MarketSnapshot, ClientError> {
        let settings = self.settings(reader)?.clone();
        let Identity { market, us, .. } = self.identity;
        Ok(MarketSnapshot {
            block,
            now_ms,
            market,
            us,
            reserves,
            settings,
            unhealthy: Vec::new(),
            auctions: Vec::new(),
            reports: Vec::new(),
            pending,
            seen: Observations::default(),
        })
    }

    /// What changes rarely, read where it is not known.
    ///
    /// # Errors
    /// As [`BlockReader::ask`].
    pub fn settings(&mut self, reader: &mut BlockReader<'_>) -> Result<&Settings, ClientError> {
        let settings = match self.settings.take() {
            Some(settings) => settings,
            None => {
                let mut settings = reader.settings(self.identity.market)?;
                settings.oracle = self.identity.oracle.unwrap_or(settings.oracle);
                settings
            }
        };
        Ok(self.settings.insert(settings))
    }

    /// Finds who is unhealthy, and shows them. What that has cost.
    pub fn rank(&mut self, on: &mut MarketSnapshot) -> Effort {
        for account in std::mem::take(&mut self.unranked) {
            let in_auction = self.index.auctions.contains_key(&account);
            let positions = self.index.positions(&account);
            self.ranking.update(account, &positions, in_auction, &on.reserves);
        }
        let (unhealthy, effort) = self.ranking.unhealthy(&self.index, &on.reserves);
        on.unhealthy = unhealthy;
        effort
    }

    /// Makes the next ranking cheaper. Not for the time between a price and the answer to it.
    pub fn tidy(&mut self, on: &MarketSnapshot) {
        self.ranking.tidy(&self.index, &on.reserves);
    }

    /// Reads cells of accounts in auction that may have changed, and shows all of them.
    ///
    /// # Errors
    /// As [`BlockReader::ask`].
    pub fn read_auctions(
        &mut self,
        reader: &mut BlockReader<'_>,
        on: &mut MarketSnapshot,
    ) -> Result<(), ClientError> {
        let unread: Vec<_> = self.unread.iter().copied().take(READS_PER_ROUND).collect();
        if !unread.is_empty() {
            let cells = reader.accounts(self.identity.market, &unread)?;
            for (account, cell) in unread.into_iter().zip(cells) {
                self.unread.remove(&account);
                self.held.insert(account, cell);
            }
        }
        let in_auction = self.held.iter().filter(|(_, cell)| cell.auction.is_some());
        on.auctions = in_auction.map(|(account, cell)| (*account, cell.clone())).collect();
        Ok(())
    }

    /// Which strategies of a phase are due, by their places; they have been shown what they ask for.
    ///
    /// # Errors
    /// As [`BlockReader::ask`].
    pub fn due(
        &self,
        phase: Phase,
        reader: &mut BlockReader<'_>,
        on: &mut MarketSnapshot,
    ) -> Result<Vec<usize>, ClientError> {
        let due: Vec<usize> = (0..self.strategies.len())
            .filter(|place| {
                let strategy = &self.strategies[*place];
                strategy.phase() == phase && self.is_due(strategy.as_ref(), on)
            })
            .collect();
        let questions = due.iter().flat_map(|place| self.strategies[*place].questions(on));
        let questions: BTreeSet<_> = questions.collect();
        on.seen = reader.observe(on, &questions)?;
        Ok(due)
    }

    fn is_due(&self, strategy: &dyn Strategy, on: &MarketSnapshot) -> bool {
        let (kind, cadence) = (strategy.kind(), strategy.cadence());
        strategy.waits_for().iter().all(|waits_for| !on.pending.kinds.contains(waits_for))
            && self.schedule.is_due(kind, cadence, on.now_ms, on.block.number)
    }

    /// What a strategy proposes now. The accounts that it would act on are left alone by those after
    /// it, and so is the money that it would spend.
    pub fn propose(
        &mut self,
        place: usize,
        on: &mut MarketSnapshot,
    ) -> (StrategyKind, Vec<Proposal>) {
        let strategy = &self.strategies[place];
        let kind = strategy.kind();
        self.schedule.looks(kind, on.now_ms, on.block.number);
        let proposals = strategy.propose(on, &self.index);
        let accounts = proposals.iter().flat_map(|proposal| proposal.action.accounts());
        on.pending.accounts.extend(accounts);
        for (asset, units) in proposals.iter().flat_map(|proposal| &proposal.spends) {
            let sum = on.pending.spends.entry(*asset).or_default();
            *sum = sum.saturating_add(*units);
        }
        (kind, proposals)
    }

    /// Has a strategy look at the next occasion.
    pub fn hurry(&mut self, kind: StrategyKind) {
        self.schedule.hurry(kind);
    }
}
