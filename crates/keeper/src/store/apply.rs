//! Blocks in, and out again.

use super::{
    encode_cursor, history, intents, read,
    records::{account_of, asset_of, entry_key, position_key, Place, Undo},
    records::{AUCTIONS, ENTRIES, INTENTS, META, POSITIONS, UNDO},
    Cursor, Settled, Store, StoreError,
};
use crate::record::{Row, Since};
use breakwater_chain::{AccountId, Block, BlockId};
use breakwater_client::{
    events::replay::{auction_step, deltas, AuctionStep},
    GovernanceEvent, MarketEvent,
};
use breakwater_protocol::{AssetId, Position};
use redb::{ReadableDatabase, ReadableTable, Table, WriteTransaction};
use scale::Encode;
use std::collections::BTreeMap;

/// What is different after some blocks: new values, to be taken over by whoever keeps them in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Positions; empty ones are gone.
    pub positions: BTreeMap<(AccountId, AssetId), Position>,
    /// Auctions: the time at which it started, in Unix milliseconds, or none any more.
    pub auctions: BTreeMap<AccountId, Option<u64>>,
}

impl Changes {
    /// Adds later changes.
    pub fn merge(&mut self, later: Self) {
        self.positions.extend(later.positions);
        self.auctions.extend(later.auctions);
    }
}

/// What blocks have brought.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub changes: Changes,
    /// Transactions of ours that were found.
    pub settled: Vec<Settled>,
    /// Events of the market.
    pub events: u64,
    /// Parameters or the breaker may have changed.
    pub settings_changed: bool,
    /// Accounts that an event was about, without a change of their position: their auction may have
    /// changed.
    pub touched: Vec<AccountId>,
}

impl Store {
    /// Takes in the next blocks in one transaction, cursor included. Old values are kept of blocks
    /// from number `undo_from` on.
    ///
    /// # Errors
    /// [`StoreError::DoesNotConnect`], [`StoreError::OutOfStep`], those of the database. Nothing has
    /// changed then.
    pub fn apply(&mut self, blocks: &[Block], undo_from: u64) -> Result<Applied, StoreError> {
        let mut applied = Applied::default();
        let mut cursor = self.cursor;
        let mut rows = Vec::new();
        let write = self.database.begin_write()?;
        {
            let mut tables = Tables::open(&write)?;
            let mut undo_table = write.open_table(UNDO)?;
            for block in blocks {
                let follows = block.parent == cursor.block.hash
                    && cursor.block.number.checked_add(1) == Some(block.id.number);
                if !follows {
                    return Err(StoreError::DoesNotConnect(block.id.number));
                }
                let mut undo =
                    Undo { parent: block.parent, parent_time_ms: cursor.time_ms, old: Vec::new() };
                self.apply_block(block, &mut tables, &mut undo, &mut applied)?;
                if block.id.number >= undo_from {
                    undo_table.insert(block.id.number, undo.encode().as_slice())?;
                }
                rows.extend(Row::of_block(block, &self.subject.market));
                cursor = Cursor { block: block.id, time_ms: block.time_ms };
            }
            undo_table.retain(|number, _| number >= undo_from)?;
            write.open_table(META)?.insert("cursor", encode_cursor(&cursor).as_slice())?;
        }
        let since = self.write_rows(&write, &rows, &cursor)?;
        fail::fail_point!("keeper-before-commit");
        write.commit()?;
        fail::fail_point!("keeper-after-commit");
        self.cursor = cursor;
        self.record.push(rows, since, reached(&cursor));
        self.intents.retain(|held| applied.settled.iter().all(|s| s.intent.hash != held.hash));
        Ok(applied)
    }

    fn apply_block(
        &self,
        block: &Block,
        tables: &mut Tables<'_>,
        undo: &mut Undo,
        applied: &mut Applied,
    ) -> Result<(), StoreError> {
        for event in block.events().filter(|event| event.contract == self.subject.market) {
            let Some(event) = MarketEvent::decode(event) else {
                // The owner's, an upgrade among them.
                applied.settings_changed |= GovernanceEvent::decode(event).is_some();
                continue;
            };
            applied.events += 1;
            applied.settings_changed |= changes_settings(&event);
            for delta in deltas(&event) {
                let key = position_key(&delta.account, delta.asset);
                let before = tables.positions.get(key.as_slice())?.map(|b| b.value().to_vec());
                let held = match &before {
                    Some(bytes) => read("position", bytes)?,
                    None => Position { asset: delta.asset, ..Position::default() },
                };
                let after = delta.apply(&held)?;
                undo.old.push((Place::Positions, key.to_vec(), before));
                let value = (!after.is_empty()).then(|| after.encode());
                put(&mut tables.positions, &key, value.as_deref())?;
                applied.changes.positions.insert((delta.account, delta.asset), after);
            }
            if let Some(step) = auction_step(&event) {
                let (account, started_ms) = match step {
                    AuctionStep::Started(account, started_ms) => (account, Some(started_ms)),
                    AuctionStep::Ended(account) => (account, None),
                };
                let before = tables.auctions.get(account.as_slice())?.map(|b| b.value().to_vec());
                undo.old.push((Place::Auctions, account.to_vec(), before));
                let value = started_ms.map(|started_ms| started_ms.encode());
                put(&mut tables.auctions, &account, value.as_deref())?;
                applied.changes.auctions.insert(account, started_ms);
            }
            if let MarketEvent::Taken(taken) = &event {
                applied.touched.push(*taken.account.as_ref());
            }
        }
        for (hash, receipt) in &block.extrinsics {
            let Some(intent) = self.intents.iter().find(|held| held.hash == *hash) else {
                continue;
            };
            undo.old.push((Place::Intents, hash.to_vec(), Some(intent.encode())));
            put(&mut tables.intents, hash, None)?;
            let entry = self.books.entry(intent, receipt);
            let key = entry_key(block.id.number, hash);
            put(&mut tables.entries, &key, Some(&entry.encode()))?;
            undo.old.push((Place::Entries, key, None));
            let (intent, receipt) = (intent.clone(), receipt.clone());
            applied.settled.push(Settled { intent, receipt, entry });
        }
        Ok(())
    }

    /// Walks back to an earlier block: everything that later ones have changed is as it was, and
    /// transactions of ours that were in them are under way again.
    ///
    /// # Errors
    /// [`StoreError::TooDeep`] if old values are not kept so far back, [`StoreError::DoesNotConnect`]
    /// if that block was never read; those of the database. Nothing has changed then.
    pub fn rewind(&mut self, to: BlockId) -> Result<Changes, StoreError> {
        let mut changes = Changes::default();
        let mut cursor = self.cursor;
        let write = self.database.begin_write()?;
        {
            let mut tables = Tables::open(&write)?;
            let mut undo_table = write.open_table(UNDO)?;
            while cursor.block.number > to.number {
                let number = cursor.block.number;
                let record = undo_table.remove(number)?.map(|bytes| read("undo", bytes.value()));
                let undo: Undo = record.transpose()?.ok_or(StoreError::TooDeep(number))?;
                for (place, key, old) in undo.old.into_iter().rev() {
                    tables.put_back(place, &key, old.as_deref(), &mut changes)?;
                }
                let block = BlockId { number: number.saturating_sub(1), hash: undo.parent };
                cursor = Cursor { block, time_ms: undo.parent_time_ms };
            }
            if cursor.block != to {
                return Err(StoreError::DoesNotConnect(to.number));
            }
            write.open_table(META)?.insert("cursor", encode_cursor(&cursor).as_slice())?;
        }
        history::cut_history(&write, &cursor)?;
        fail::fail_point!("keeper-before-rewind");
        write.commit()?;
        self.cursor = cursor;
        self.record.walk_back(reached(&cursor));
        self.intents = intents::load(&self.database.begin_read()?)?;
        Ok(changes)
    }
}

/// The cursor as the record has it.
pub(super) fn reached(cursor: &Cursor) -> Since {
    Since { block: cursor.block.number, time_ms: cursor.time_ms }
}

/// The tables that blocks change.
struct Tables<'t> {
    positions: Table<'t, &'static [u8], &'static [u8]>,
    auctions: Table<'t, &'static [u8], &'static [u8]>,
    intents: Table<'t, &'static [u8], &'static [u8]>,
    entries: Table<'t, &'static [u8], &'static [u8]>,
}

impl<'t> Tables<'t> {
    fn open(write: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            positions: write.open_table(POSITIONS)?,
            auctions: write.open_table(AUCTIONS)?,
            intents: write.open_table(INTENTS)?,
            entries: write.open_table(ENTRIES)?,
        })
    }

    fn put_back(
        &mut self,
        place: Place,
        key: &[u8],
        old: Option<&[u8]>,
        changes: &mut Changes,
    ) -> Result<(), StoreError> {
        match place {
            Place::Positions => {
                put(&mut self.positions, key, old)?;
                let (account, asset) = (account_of(key)?, asset_of(key)?);
                let position = match old {
                    Some(bytes) => read("position", bytes)?,
                    None => Position { asset, ..Position::default() },
                };
                changes.positions.insert((account, asset), position);
            }
            Place::Auctions => {
                put(&mut self.auctions, key, old)?;
                let started_ms = old.map(|bytes| read("auction", bytes)).transpose()?;
                changes.auctions.insert(account_of(key)?, started_ms);
            }
            Place::Intents => put(&mut self.intents, key, old)?,
            Place::Entries => put(&mut self.entries, key, old)?,
        }
        Ok(())
    }
}

fn put(
    table: &mut Table<'_, &'static [u8], &'static [u8]>,
    key: &[u8],
    value: Option<&[u8]>,
) -> Result<(), StoreError> {
    match value {
        Some(value) => drop(table.insert(key, value)?),
        None => drop(table.remove(key)?),
    }
    Ok(())
}

/// Whether parameters or the breaker's state may be different after an event.
pub(crate) fn changes_settings(event: &MarketEvent) -> bool {
    matches!(
        event,
        MarketEvent::ReserveListed(_)
            | MarketEvent::ReserveConfigured(_)
            | MarketEvent::ReserveDelisted(_)
            | MarketEvent::ParamsSet(_)
            | MarketEvent::GuardianSet(_)
            | MarketEvent::BreakerRaised(_)
            | MarketEvent::BreakerReset(_)
    )
}
