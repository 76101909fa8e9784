//! Keeping books, and the limits that follow from them.

use super::{look::ask, Keeper, KeeperError};
use crate::{
    action::ActionKind,
    endpoints::Claim,
    metrics::Metrics,
    profit::{elsewhere, Entry, Fate, Lately, Mark, Marks, PnlFile, Totals},
    snapshot::MarketSnapshot,
    store::{Settled, Store, StoreError},
};
use breakwater_chain::AccountId;
use breakwater_client::ClientError;
use breakwater_protocol::{num::time::DAY_MS, AssetId};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

/// Blocks between two comparisons of entries with balances.
const COMPARE_BLOCKS: u64 = 100;

/// The books in memory.
#[derive(Debug, Default)]
pub(super) struct Profits {
    totals: Totals,
    /// Those of the last day.
    recent: Vec<Entry>,
    /// The block at which balances were compared last.
    compared: Option<u64>,
    is_stopped: bool,
    has_news: bool,
}

impl Profits {
    /// All that is in a store.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        let since_ms = store.cursor().time_ms.saturating_sub(DAY_MS);
        let mut profits = Self { has_news: true, ..Self::default() };
        store.each_entry(|entry| {
            profits.totals.add(&entry);
            if entry.time_ms >= since_ms {
                profits.recent.push(entry);
            }
        })?;
        Ok(profits)
    }

    fn add(&mut self, entry: &Entry) {
        self.totals.add(entry);
        self.recent.push(entry.clone());
        self.has_news = true;
    }
}

/// What the market's assets are worth.
pub(super) fn marks_of(on: &MarketSnapshot) -> Marks {
    let marks = on.reserves.iter().filter_map(|priced| {
        let config = &priced.reserve.config;
        let (asset, price_wad) = (priced.asset, priced.price().ok()?.mid_wad);
        Some((config.token, Mark { asset, price_wad, decimals: config.decimals }))
    });
    marks.collect()
}

impl Keeper {
    /// Takes over what was found in blocks; after a re-organisation, all.
    pub(super) fn enter(&mut self, settled: &[Settled], undone: u64) -> Result<(), StoreError> {
        if undone != 0 {
            self.profits = Profits::load(&self.store)?;
            return Ok(());
        }
        settled.iter().for_each(|one| self.profits.add(&one.entry));
        Ok(())
    }

    /// Learns prices, and says what limits follow from the last day.
    pub(super) fn limit(&mut self, on: &mut MarketSnapshot) {
        // What had a price keeps it: its last one.
        let mut marks = self.store.books().marks.clone();
        marks.extend(marks_of(on));
        let profits = &mut self.profits;
        profits.recent.retain(|entry| entry.time_ms.saturating_add(DAY_MS) > on.now_ms);
        let lately = Lately::of(&profits.recent, on.now_ms, &marks, &self.config.fees);
        let most_usd = self.config.takes.stop_loss_usd_per_day;
        let is_stopped = most_usd.is_some_and(|most_usd| lately.result_usd < -most_usd);
        if is_stopped != profits.is_stopped {
            let result_usd = lately.result_usd;
            match is_stopped {
                true => tracing::error!(result_usd, "the day has lost too much: nothing is bought"),
                false => tracing::info!(result_usd, "buying again"),
            }
        }
        profits.is_stopped = is_stopped;
        on.pending.is_stopped = is_stopped;
        on.pending.spent = lately.spent;
        self.store.set_marks(marks);
    }

    /// Compares balances with entries from time to time: what these don't explain was brought or taken by
    /// somebody. Then tells what all of it comes to.
    pub(super) fn compare_balances(
        &mut self,
        claim: &Claim,
        on: &MarketSnapshot,
    ) -> Result<(), KeeperError> {
        let block = on.block.number;
        let is_due = self
            .profits
            .compared
            .is_none_or(|at| block.saturating_sub(at) >= COMPARE_BLOCKS || block < at);
        if is_due {
            let tokens = self.tokens_of_ours(on);
            let us = on.us;
            let balances = ask(&mut self.endpoints, claim, |reader| {
                let mut balances = BTreeMap::new();
                for token in tokens {
                    match reader.balance(token, us) {
                        Ok(units) => {
                            balances.insert(token, units);
                        }
                        Err(why @ ClientError::Chain(_)) => return Err(why),
                        // One that does not answer holds up nothing else.
                        Err(_) => {}
                    }
                }
                Ok(balances)
            })?;
            let moves = elsewhere(&self.profits.totals, &balances, self.store.books());
            if !moves.is_empty() {
                let entry = Entry {
                    block,
                    time_ms: on.now_ms,
                    kind: ActionKind::Other,
                    fate: Fate::Elsewhere,
                    fee: 0,
                    deposit: 0,
                    moves,
                    expected_wad: 0,
                };
                self.store.add_entry(&entry)?;
                self.profits.add(&entry);
            }
            self.profits.compared = Some(block);
        }
        if std::mem::take(&mut self.profits.has_news) {
            self.tell_profits(on);
        }
        Ok(())
    }

    /// Tokens that we spend, or buy.
    fn tokens_of_ours(&self, on: &MarketSnapshot) -> BTreeSet<AccountId> {
        let limited = self.config.inventory.iter().map(|of| of.asset);
        let traded = self.config.pool.iter().flat_map(|pool| [pool.base, pool.quote]);
        let assets: BTreeSet<AssetId> = limited.chain(traded).collect();
        let priced = assets.into_iter().filter_map(|asset| on.priced(asset).ok());
        priced.map(|priced| priced.reserve.config.token).collect()
    }

    fn tell_profits(&self, on: &MarketSnapshot) {
        let pnl = self.profits.totals.pnl(&self.store.books().marks, &self.config.fees);
        self.metrics.profits(&pnl);
        let file = PnlFile { block: on.block.number, time_ms: on.now_ms, pnl };
        let path: PathBuf = PnlFile::path(&self.config.store.path);
        if let Err(why) = file.write(&path) {
            tracing::warn!(path = %path.display(), %why, "profit and loss can't be written");
        }
    }
}

/// Metrics that come from the books.
impl Metrics {
    fn profits(&self, pnl: &crate::profit::Pnl) {
        for (kind, of) in &pnl.kinds {
            self.realised(kind, of.net_usd());
        }
        self.marked_usd.set(pnl.marked_usd);
    }
}
