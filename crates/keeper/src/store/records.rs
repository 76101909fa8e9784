//! The tables and their records. Values are SCALE.

use super::StoreError;
use breakwater_chain::{AccountId, Hash};
use breakwater_protocol::AssetId;
use redb::TableDefinition;
use scale::{Decode, Encode};

/// Name of a fact -> the fact.
pub const META: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("meta");
/// Account and asset -> position.
pub const POSITIONS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("positions");
/// Account -> when its auction started, in Unix milliseconds.
pub const AUCTIONS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("auctions");
/// Hash of an extrinsic -> what we want with it.
pub const INTENTS: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("intents");
/// Number of a block (big endian) and hash of an extrinsic -> what it has moved.
pub const ENTRIES: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("entries");
/// Number of a block and place of an event in it (both big endian) -> the event, with the block's time.
pub const HISTORY: TableDefinition<'static, &[u8], &[u8]> = TableDefinition::new("history");
/// Beginning of a step, in Unix milliseconds -> how the market stood in it at the last look.
pub const SERIES: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("series");
/// Number of a block -> how to undo it.
pub const UNDO: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("undo");

/// Where an old value belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Place {
    Positions,
    Auctions,
    Intents,
    Entries,
}

/// How to undo a block.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Undo {
    pub parent: Hash,
    /// Timestamp of the parent, in Unix milliseconds.
    pub parent_time_ms: u64,
    /// Values before the block, in the order of their change.
    pub old: Vec<(Place, Vec<u8>, Option<Vec<u8>>)>,
}

/// Key of a position.
pub fn position_key(account: &AccountId, asset: AssetId) -> [u8; 33] {
    let mut key = [asset; 33];
    key[..32].copy_from_slice(account);
    key
}

/// Key of an entry of the books.
pub fn entry_key(block: u64, hash: &Hash) -> Vec<u8> {
    [&block.to_be_bytes()[..], hash].concat()
}

/// The account of a key that begins with it.
pub fn account_of(key: &[u8]) -> Result<AccountId, StoreError> {
    key.get(..32).and_then(|account| account.try_into().ok()).ok_or(StoreError::Damaged("key"))
}

/// The asset of a position's key.
pub fn asset_of(key: &[u8]) -> Result<AssetId, StoreError> {
    key.get(32).copied().ok_or(StoreError::Damaged("key"))
}
