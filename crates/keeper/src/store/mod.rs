//! What the keeper must not forget: positions, open auctions, transactions under way, and up to which
//! block all of that is known.
//!
//! An embedded database (redb). A block's changes and the cursor are one transaction, so a keeper
//! that is killed at any moment goes on after the last whole block: no event is lost or counted
//! twice. For the newest blocks the old values are kept, so that a re-organised chain can be walked
//! back.

mod apply;
mod damage;
mod entries;
mod history;
mod intents;
mod records;

pub(crate) use apply::changes_settings;
pub use apply::{Applied, Changes};
pub use intents::{Again, Intent, Offer, Settled};

use crate::{profit::Books, record::Record};
use breakwater_chain::{AccountId, BlockId, Hash};
use breakwater_client::events::replay::OutOfStep;
use breakwater_protocol::{Account, Position};
use records::{Undo, AUCTIONS, ENTRIES, HISTORY, INTENTS, META, POSITIONS, SERIES, UNDO};
use redb::{Database, ReadTransaction, ReadableDatabase, ReadableTable};
use scale::{Decode, Encode};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// Format of the records; a store of another is refused.
const FORMAT: u32 = 1;

/// How far the chain has been read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    pub block: BlockId,
    /// Timestamp of that block, in Unix milliseconds.
    pub time_ms: u64,
}

/// Which chain and market a store is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Subject {
    pub genesis: Hash,
    pub market: AccountId,
}

/// Why the store can't do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the store: {0}")]
    Database(Box<redb::Error>),
    /// Another keeper uses the file.
    #[error("the store is in use by another keeper")]
    InUse,
    #[error(
        "the store is of format {found}, this keeper's is {FORMAT}: remove it to start afresh"
    )]
    OtherFormat { found: u32 },
    /// A record can't be read: the file is damaged.
    #[error("the store has a damaged record: {0}")]
    Damaged(&'static str),
    /// A damaged file can't be moved out of the way.
    #[error("the store at {path} is damaged ({damage}) and can't be moved away: {why}")]
    Stays { path: PathBuf, damage: String, why: std::io::Error },
    /// It can't be made private.
    #[error("the store can't be made readable by its owner alone: {0}")]
    Mode(std::io::Error),
    /// It is about another market.
    #[error("the store is about another market: give this keeper a file of its own")]
    OtherMarket,
    /// The endpoints are on another chain: the node was replaced, or the wrong one is configured.
    #[error(
        "the endpoints are on another chain (genesis {theirs}) than the store (genesis {ours}): if the \
         node was replaced by one with a new chain, give this keeper a new file; else correct chain.endpoints"
    )]
    OtherChain { ours: String, theirs: String },
    /// The block's parent is not the last block read.
    #[error("block {0} does not follow the last one read")]
    DoesNotConnect(u64),
    /// The old values of so old a block are not kept.
    #[error("block {0} is too old to be undone")]
    TooDeep(u64),
    #[error(transparent)]
    OutOfStep(#[from] OutOfStep),
}

macro_rules! from_database {
    ($($error:ident),*) => {$(
        impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                Self::Database(Box::new(error.into()))
            }
        }
    )*};
}
from_database!(TransactionError, TableError, StorageError, CommitError);

impl From<redb::DatabaseError> for StoreError {
    fn from(error: redb::DatabaseError) -> Self {
        match error {
            redb::DatabaseError::DatabaseAlreadyOpen => Self::InUse,
            other => Self::Database(Box::new(other.into())),
        }
    }
}

/// The store.
pub struct Store {
    database: Database,
    subject: Subject,
    cursor: Cursor,
    intents: Vec<Intent>,
    books: Books,
    /// The past, for whoever asks.
    record: Arc<Record>,
}

impl Store {
    /// Opens a store or makes a new one, whose cursor is at block 0.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::OtherFormat`], [`StoreError::OtherChain`],
    /// [`StoreError::OtherMarket`], those of
    /// the database.
    pub fn open(path: &Path, subject: Subject) -> Result<Self, StoreError> {
        damage::make_private(path).map_err(StoreError::Mode)?;
        let database = Database::create(path)?;
        let write = database.begin_write()?;
        {
            let mut meta = write.open_table(META)?;
            let found = meta.get("format")?.map(|bytes| read("format", bytes.value()));
            match found.transpose()? {
                Some(FORMAT) => {}
                Some(found) => return Err(StoreError::OtherFormat { found }),
                None => {
                    meta.insert("format", FORMAT.encode().as_slice())?;
                    meta.insert("subject", subject.encode().as_slice())?;
                    let start =
                        Cursor { block: BlockId { number: 0, hash: subject.genesis }, time_ms: 0 };
                    meta.insert("cursor", encode_cursor(&start).as_slice())?;
                }
            }
            for table in [POSITIONS, AUCTIONS, INTENTS, ENTRIES, HISTORY] {
                write.open_table(table)?;
            }
            write.open_table(UNDO)?;
            write.open_table(SERIES)?;
        }
        write.commit()?;
        let read_only = database.begin_read()?;
        let meta = read_only.open_table(META)?;
        let kept: Subject = required(&meta, "subject")?;
        if kept.genesis != subject.genesis {
            let [ours, theirs] = [kept.genesis, subject.genesis].map(|hash| crate::hex(&hash));
            return Err(StoreError::OtherChain { ours, theirs });
        }
        if kept.market != subject.market {
            return Err(StoreError::OtherMarket);
        }
        let cursor = decode_cursor(required(&meta, "cursor")?);
        let intents = intents::load(&read_only)?;
        drop(meta);
        drop(read_only);
        let books = Books { market: subject.market, ..Books::default() };
        let record = Arc::default();
        let store = Self { database, subject, cursor, intents, books, record };
        store.fill_record()?;
        Ok(store)
    }

    /// How far the chain has been read.
    pub fn cursor(&self) -> Cursor {
        self.cursor
    }

    /// Hashes of the market's codes that its keeper has acted on last.
    pub fn codes(&self) -> Result<Option<[Hash; 3]>, StoreError> {
        let meta = self.database.begin_read()?.open_table(META)?;
        let codes = meta.get("codes")?.map(|bytes| read("codes", bytes.value()));
        codes.transpose()
    }

    /// Notes them.
    pub fn set_codes(&mut self, codes: [Hash; 3]) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        write.open_table(META)?.insert("codes", codes.encode().as_slice())?;
        write.commit()?;
        Ok(())
    }

    /// Every position.
    pub fn positions(&self) -> Result<Vec<(AccountId, Position)>, StoreError> {
        let table = self.database.begin_read()?.open_table(POSITIONS)?;
        let mut positions = Vec::new();
        for entry in table.iter()? {
            let (key, value) = entry?;
            let account = records::account_of(key.value())?;
            positions.push((account, read("position", value.value())?));
        }
        Ok(positions)
    }

    /// Accounts in auction, with the time at which it started, in Unix milliseconds.
    pub fn auctions(&self) -> Result<Vec<(AccountId, u64)>, StoreError> {
        let table = self.database.begin_read()?.open_table(AUCTIONS)?;
        let mut auctions = Vec::new();
        for entry in table.iter()? {
            let (key, value) = entry?;
            auctions.push((records::account_of(key.value())?, read("auction", value.value())?));
        }
        Ok(auctions)
    }

    /// The hash of a block that has been read, if it is young enough to be undone or the cursor's.
    pub fn hash_of(&self, number: u64) -> Result<Option<Hash>, StoreError> {
        if number == self.cursor.block.number {
            return Ok(Some(self.cursor.block.hash));
        }
        // A block's record names its parent.
        let Some(next) = number.checked_add(1) else { return Ok(None) };
        let table = self.database.begin_read()?.open_table(UNDO)?;
        let undo = table.get(next)?.map(|bytes| read::<Undo>("undo", bytes.value()));
        Ok(undo.transpose()?.map(|undo| undo.parent))
    }

    /// Replaces all positions and auctions by those of the state of a block. What was before it can't be
    /// walked back to.
    ///
    /// # Errors
    /// Those of the database. Nothing has changed then.
    pub fn restore(
        &mut self,
        cursor: Cursor,
        accounts: &[(AccountId, Account)],
    ) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        for table in [POSITIONS, AUCTIONS] {
            write.delete_table(table)?;
        }
        write.delete_table(UNDO)?;
        write.open_table(UNDO)?;
        {
            let mut positions = write.open_table(POSITIONS)?;
            let mut auctions = write.open_table(AUCTIONS)?;
            for (account, cell) in accounts {
                for held in &cell.positions {
                    let key = records::position_key(account, held.asset);
                    positions.insert(key.as_slice(), held.encode().as_slice())?;
                }
                if let Some(auction) = &cell.auction {
                    let started = auction.started_ms.encode();
                    auctions.insert(account.as_slice(), started.as_slice())?;
                }
            }
            write.open_table(META)?.insert("cursor", encode_cursor(&cursor).as_slice())?;
        }
        Self::forget_history(&write, &cursor)?;
        write.commit()?;
        self.cursor = cursor;
        self.fill_record()
    }

    /// Forgets everything but the subject and transactions under way: the chain is to be read again
    /// from its beginning.
    pub fn reset(&mut self) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        for table in [POSITIONS, AUCTIONS] {
            write.delete_table(table)?;
            write.open_table(table)?;
        }
        write.delete_table(UNDO)?;
        write.open_table(UNDO)?;
        let block = BlockId { number: 0, hash: self.subject.genesis };
        let cursor = Cursor { block, time_ms: 0 };
        write.open_table(META)?.insert("cursor", encode_cursor(&cursor).as_slice())?;
        Self::forget_history(&write, &cursor)?;
        write.commit()?;
        self.cursor = cursor;
        self.fill_record()
    }
}

fn required<T: Decode>(
    meta: &redb::ReadOnlyTable<&'static str, &'static [u8]>,
    name: &'static str,
) -> Result<T, StoreError> {
    let bytes = meta.get(name)?.ok_or(StoreError::Damaged(name))?;
    read(name, bytes.value())
}

fn read<T: Decode>(what: &'static str, mut bytes: &[u8]) -> Result<T, StoreError> {
    T::decode(&mut bytes).map_err(|_| StoreError::Damaged(what))
}

fn encode_cursor(cursor: &Cursor) -> Vec<u8> {
    (cursor.block.number, cursor.block.hash, cursor.time_ms).encode()
}

fn decode_cursor((number, hash, time_ms): (u64, Hash, u64)) -> Cursor {
    Cursor { block: BlockId { number, hash }, time_ms }
}

/// A snapshot to read from.
type Snapshot = ReadTransaction;

#[cfg(test)]
mod tests;
