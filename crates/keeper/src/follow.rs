//! Following the chain: from the cursor to an endpoint's newest block, back over a fork where need be.

use crate::store::{Applied, Changes, Settled, Store, StoreError};
use breakwater_chain::{BlockId, ChainError, Hash, Ledger};

/// Why the chain of an endpoint can't be followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The connection, or what it answers.
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It can't show the blocks it claims, or they don't connect to each other.
    #[error("the endpoint claims block {claimed} and can't show block {missing}")]
    NoSuchBlock { claimed: u64, missing: u64 },
    /// Its chain differs from ours in a block that we can't undo.
    #[error("the endpoint's chain differs from ours before block {0}, too far back to be undone")]
    OtherChain(u64),
}

/// What following has brought.
#[derive(Debug, Default)]
pub struct Progress {
    pub changes: Changes,
    pub settled: Vec<Settled>,
    pub settings_changed: bool,
    pub touched: Vec<[u8; 32]>,
    pub blocks: u64,
    pub events: u64,
    /// Blocks that were undone.
    pub undone: u64,
}

impl Progress {
    fn add(&mut self, applied: Applied, blocks: usize) {
        self.changes.merge(applied.changes);
        self.settled.extend(applied.settled);
        self.settings_changed |= applied.settings_changed;
        self.touched.extend(applied.touched);
        self.events = self.events.saturating_add(applied.events);
        self.blocks = self.blocks.saturating_add(blocks as u64);
    }
}

/// How much is read and kept.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Blocks read at once.
    pub batch: u64,
    /// Newest blocks for which old values are kept though they are final.
    pub undo_blocks: u64,
}

/// Takes in the next blocks towards `best`, at most one batch, having walked back to where the
/// endpoint's chain leaves ours. What was taken in before an error stays, and is in `progress`.
///
/// # Errors
/// [`FollowError`].
pub fn step(
    ledger: &mut dyn Ledger,
    store: &mut Store,
    [best, finalised]: [BlockId; 2],
    pace: Pace,
    progress: &mut Progress,
) -> Result<(), FollowError> {
    let cursor = store.cursor().block;
    if cursor == best {
        return Ok(());
    }
    // The usual case: one more block. That it follows ours it says itself.
    if best.number == cursor.number.saturating_add(1) {
        let blocks = ledger.blocks(&[best.hash])?;
        if blocks.first().is_some_and(|block| block.id == best && block.parent == cursor.hash) {
            progress.add(store.apply(&blocks, undo_from([best, finalised], pace))?, blocks.len());
            return Ok(());
        }
    }
    let from = cursor.number.min(best.number);
    let to = best.number.min(from.saturating_add(pace.batch));
    let hashes = ledger.hashes(from, to)?;
    let at_cursor = hashes.first().copied().flatten();
    if cursor.number > best.number || at_cursor != Some(cursor.hash) {
        let common = common_ancestor(ledger, store, from)?;
        let undone = cursor.number.saturating_sub(common.number);
        let changes = store.rewind(common).map_err(|error| match error {
            StoreError::TooDeep(number) => FollowError::OtherChain(number),
            other => other.into(),
        })?;
        tracing::warn!(undone, to = common.number, "the chain was re-organised");
        if common.number == 0 {
            forget_transactions(store)?;
        }
        progress.changes.merge(changes);
        progress.undone = progress.undone.saturating_add(undone);
        // What the undone blocks have changed besides is not known.
        progress.settings_changed = true;
        return Ok(());
    }
    let known: Vec<Hash> = hashes.iter().skip(1).copied().map_while(|hash| hash).collect();
    if known.is_empty() {
        let missing = from.saturating_add(1);
        return Err(FollowError::NoSuchBlock { claimed: best.number, missing });
    }
    let blocks = ledger.blocks(&known)?;
    progress.add(store.apply(&blocks, undo_from([best, finalised], pace))?, blocks.len());
    if (known.len() as u64) < to.saturating_sub(from) {
        let missing = from.saturating_add(known.len() as u64).saturating_add(1);
        return Err(FollowError::NoSuchBlock { claimed: best.number, missing });
    }
    Ok(())
}

/// From which block on old values are kept.
fn undo_from([best, finalised]: [BlockId; 2], pace: Pace) -> u64 {
    best.number.saturating_sub(pace.undo_blocks).min(finalised.number.saturating_add(1))
}

/// Forgets what was signed, on a chain that has none of the blocks we have read: it was started anew,
/// as a development node is. Its genesis and its nonces would let all of that happen once more.
///
/// # Errors
/// [`StoreError`].
pub fn forget_transactions(store: &mut Store) -> Result<(), StoreError> {
    let signed: Vec<Hash> = store.intents().iter().map(|intent| intent.hash).collect();
    if !signed.is_empty() {
        tracing::warn!(transactions = signed.len(), "this chain was started anew: not sent again");
    }
    store.drop_intents(&signed)
}

/// The newest block, from `from` down, that is in our chain and in the endpoint's.
fn common_ancestor(
    ledger: &mut dyn Ledger,
    store: &Store,
    from: u64,
) -> Result<BlockId, FollowError> {
    let mut number = from;
    loop {
        let ours = store.hash_of(number)?.ok_or(FollowError::OtherChain(number))?;
        let theirs = ledger.hashes(number, number)?.first().copied().flatten();
        if theirs == Some(ours) {
            return Ok(BlockId { number, hash: ours });
        }
        number = number.checked_sub(1).ok_or(FollowError::OtherChain(0))?;
    }
}

#[cfg(test)]
mod tests;
