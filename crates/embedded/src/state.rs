//! Chain state: a trie of committed blocks and an overlay for the work in progress, as in a node.

use std::sync::Arc;

use sp_core::{storage::StateVersion, storage::Storage, H256};
use sp_runtime::traits::BlakeTwo256;
use sp_state_machine::{Ext, InMemoryBackend, OverlayedChanges, TrieBackendBuilder};

use breakwater_chain::ChainError;

/// Blocks whose dead trie nodes may pile up: sweeping looks at every node, so not after each.
const SWEEP_INTERVAL: u32 = 64;

type Trie = InMemoryBackend<BlakeTwo256>;

/// State of the newest block.
#[derive(Clone)]
pub struct State {
    // Shared with snapshots; copied only when a block is committed while a snapshot exists.
    trie: Arc<Trie>,
    // Blocks since dead nodes were dropped.
    unswept: u32,
}

impl State {
    pub fn new(genesis: Storage) -> Self {
        Self { trie: Arc::new(Trie::from((genesis, StateVersion::V1))), unswept: 0 }
    }

    pub fn root(&self) -> H256 {
        *self.trie.root()
    }

    /// Runs `f` on the state and throws the changes away.
    pub fn view<T>(&self, f: impl FnOnce() -> T) -> T {
        let mut overlay = OverlayedChanges::<BlakeTwo256>::default();
        let mut ext = Ext::new(&mut overlay, &*self.trie, None);
        sp_externalities::set_and_run_with_externalities(&mut ext, f)
    }

    /// Runs `f` on the state, throws the changes away, and says how many bytes of the trie's nodes somebody needs
    /// who has only the root: for what was read, and for the root that the changes would make.
    pub fn prove<T>(&self, f: impl FnOnce() -> T) -> (T, usize) {
        let trie = TrieBackendBuilder::wrap(&*self.trie).with_recorder(Default::default()).build();
        let mut overlay = OverlayedChanges::<BlakeTwo256>::default();
        let mut ext = Ext::new(&mut overlay, &trie, None);
        let value = sp_externalities::set_and_run_with_externalities(&mut ext, f);
        overlay.storage_root(&trie, StateVersion::V1);
        let proof = trie.extract_proof();
        (value, proof.iter().flat_map(|proof| proof.iter_nodes()).map(Vec::len).sum())
    }

    /// Runs `f` on the state and keeps the changes if it succeeds.
    pub fn change<T>(
        &mut self,
        f: impl FnOnce() -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        let mut overlay = OverlayedChanges::<BlakeTwo256>::default();
        let mut ext = Ext::new(&mut overlay, &*self.trie, None);
        let value = sp_externalities::set_and_run_with_externalities(&mut ext, f)?;
        let changes = overlay
            .drain_storage_changes(&*self.trie, StateVersion::V1)
            .map_err(|why| ChainError::Invalid(format!("state: {why}")))?;
        let trie = Arc::make_mut(&mut self.trie);
        trie.apply_transaction(changes.transaction_storage_root, changes.transaction);
        self.unswept = self.unswept.saturating_add(1);
        if self.unswept >= SWEEP_INTERVAL {
            trie.backend_storage_mut().purge();
            self.unswept = 0;
        }
        Ok(value)
    }
}
