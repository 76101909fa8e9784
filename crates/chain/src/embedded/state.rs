//! Chain state: a trie of committed blocks and an overlay for the work in progress, as in a node.

use std::rc::Rc;

use sp_core::{storage::StateVersion, storage::Storage, H256};
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{Ext, InMemoryBackend, OverlayedChanges};

use crate::types::ChainError;

type Trie = InMemoryBackend<BlakeTwo256>;

/// State of the newest block.
#[derive(Clone)]
pub(crate) struct State {
    // Shared with snapshots; copied only when a block is committed while a snapshot exists.
    trie: Rc<Trie>,
}

impl State {
    pub(crate) fn new(genesis: Storage) -> Self {
        Self { trie: Rc::new(Trie::from((genesis, StateVersion::V1))) }
    }

    pub(crate) fn root(&self) -> H256 {
        *self.trie.root()
    }

    /// Runs `f` on the state and throws the changes away.
    pub(crate) fn view<T>(&self, f: impl FnOnce() -> T) -> T {
        let mut overlay = OverlayedChanges::<BlakeTwo256>::default();
        let mut ext = Ext::new(&mut overlay, &*self.trie, None);
        sp_externalities::set_and_run_with_externalities(&mut ext, f)
    }

    /// Runs `f` on the state and keeps the changes if it succeeds.
    pub(crate) fn change<T>(
        &mut self,
        f: impl FnOnce() -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        let mut overlay = OverlayedChanges::<BlakeTwo256>::default();
        let mut ext = Ext::new(&mut overlay, &*self.trie, None);
        let value = sp_externalities::set_and_run_with_externalities(&mut ext, f)?;
        let changes = overlay
            .drain_storage_changes(&*self.trie, StateVersion::V1)
            .map_err(|why| ChainError::Invalid(format!("state: {why}")))?;
        Rc::make_mut(&mut self.trie)
            .apply_transaction(changes.transaction_storage_root, changes.transaction);
        Ok(value)
    }
}
