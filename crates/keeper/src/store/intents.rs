//! Transactions under way. Each is written down before it is submitted, so that a keeper that is
//! killed in between knows what it has signed: it submits the same bytes again, and the nonce lets
//! them happen once.

use super::{read, records::INTENTS, Snapshot, Store, StoreError};
use crate::{action::ActionKind, profit::Entry};
use breakwater_chain::{AccountId, Hash, Receipt, Signed};
use breakwater_protocol::AssetId;
use redb::ReadableTable;
use scale::{Decode, Encode, Input};

/// A transaction that was signed and may have been submitted.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct Intent {
    /// blake2-256 of the bytes.
    pub hash: Hash,
    pub bytes: Vec<u8>,
    pub nonce: u32,
    /// Number of the newest block when it was signed.
    pub at_block: u64,
    /// What it does, for people and metrics.
    pub kind: ActionKind,
    /// Accounts it acts on: left alone until it is settled.
    pub accounts: Vec<AccountId>,
    /// The most it can spend of our inventory.
    pub spends: Vec<(AssetId, u128)>,
    /// Expected gain in wad dollars, costs taken off.
    pub gain_wad: u128,
    /// We no longer wait for it, and its nonce may be used again.
    pub given_up: bool,
    pub offer: Offer,
}

/// What a transaction pays for its place, and what it takes to offer more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Offer {
    /// Planck for the block's author.
    pub tip: u128,
    /// The most that it can cost as a fee, in planck, without the tip.
    pub fee: u128,
    /// The last block that it can be in; none if it is good for ever.
    pub until: Option<u64>,
    /// What it calls; nothing of one that is not to be signed again.
    pub again: Option<Again>,
}

/// A call that can be signed again.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Again {
    pub dest: AccountId,
    pub data: Vec<u8>,
    /// Picoseconds, and bytes of proof.
    pub gas: [u64; 2],
}

/// Keepers of before wrote no offers: what they have under way is read all the same.
impl Decode for Intent {
    fn decode<I: Input>(from: &mut I) -> Result<Self, scale::Error> {
        Ok(Self {
            hash: Decode::decode(from)?,
            bytes: Decode::decode(from)?,
            nonce: Decode::decode(from)?,
            at_block: Decode::decode(from)?,
            kind: Decode::decode(from)?,
            accounts: Decode::decode(from)?,
            spends: Decode::decode(from)?,
            gain_wad: Decode::decode(from)?,
            given_up: Decode::decode(from)?,
            offer: match from.remaining_len()? {
                Some(0) => Offer::default(),
                _ => Offer::decode(from)?,
            },
        })
    }
}

impl Intent {
    /// The transaction.
    pub fn signed(&self) -> Signed {
        Signed { hash: self.hash, bytes: self.bytes.clone() }
    }
}

/// A transaction of ours that was found in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub intent: Intent,
    pub receipt: Receipt,
    /// What it has moved.
    pub entry: Entry,
}

impl Store {
    /// Transactions under way, in order of their nonces.
    pub fn intents(&self) -> &[Intent] {
        &self.intents
    }

    /// Writes a transaction down, before it is submitted.
    pub fn add_intent(&mut self, intent: Intent) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        write.open_table(INTENTS)?.insert(intent.hash.as_slice(), intent.encode().as_slice())?;
        write.commit()?;
        self.intents.retain(|held| held.hash != intent.hash);
        self.intents.push(intent);
        self.intents.sort_by_key(|held| held.nonce);
        Ok(())
    }

    /// Forgets transactions that can't happen any more.
    pub fn drop_intents(&mut self, hashes: &[Hash]) -> Result<(), StoreError> {
        if hashes.is_empty() {
            return Ok(());
        }
        let write = self.database.begin_write()?;
        {
            let mut table = write.open_table(INTENTS)?;
            for hash in hashes {
                table.remove(hash.as_slice())?;
            }
        }
        write.commit()?;
        self.intents.retain(|held| !hashes.contains(&held.hash));
        Ok(())
    }
}

pub(super) fn load(snapshot: &Snapshot) -> Result<Vec<Intent>, StoreError> {
    let table = snapshot.open_table(INTENTS)?;
    let mut intents = Vec::new();
    for entry in table.iter()? {
        intents.push(read::<Intent>("intent", entry?.1.value())?);
    }
    intents.sort_by_key(|intent| intent.nonce);
    Ok(intents)
}
