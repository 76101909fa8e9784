//! The state after a block: what it holds, and what the runtime answers on it.

use std::panic::AssertUnwindSafe;

use breakwater_runtime::RuntimeApi;
use sp_core::{
    storage::{ChildInfo, PrefixedStorageKey, StateVersion},
    Blake2Hasher, H256,
};
use sp_externalities::Externalities;
use sp_state_machine::{Backend, Ext, IterArgs, OverlayedChanges, TrieBackend, TrieBackendBuilder};

use crate::{
    error::{Error, Result},
    nodes::{Change, Nodes},
    quiet,
};

/// The runtime and the state it works on. Cheap to clone.
#[derive(Clone)]
pub struct State {
    pub runtime: &'static dyn RuntimeApi,
    nodes: Nodes,
    pub root: H256,
}

impl State {
    pub fn new(runtime: &'static dyn RuntimeApi, nodes: Nodes, root: H256) -> Self {
        Self { runtime, nodes, root }
    }

    fn backend(&self) -> TrieBackend<Nodes, Blake2Hasher> {
        TrieBackendBuilder::new(self.nodes.clone(), self.root).build()
    }

    /// Runs `f` on the state and throws the changes away.
    ///
    /// # Errors
    /// [`Error::Trapped`] if the runtime panics, as it does where arguments are not its own.
    pub fn view<T>(&self, f: impl FnOnce() -> T) -> Result<T> {
        let backend = self.backend();
        let mut overlay = OverlayedChanges::<Blake2Hasher>::default();
        let mut ext = Ext::new(&mut overlay, &backend, None);
        // What a panic leaves half done is the overlay's, which goes.
        quiet::caught(AssertUnwindSafe(|| {
            sp_externalities::set_and_run_with_externalities(&mut ext, f)
        }))
    }

    /// Runs `f` on the state; its changes, and the root after them.
    ///
    /// # Errors
    /// As `f`, and as [`State::view`].
    pub fn change<T>(&self, f: impl FnOnce() -> Result<T>) -> Result<(T, Change, H256)> {
        let backend = self.backend();
        let mut overlay = OverlayedChanges::<Blake2Hasher>::default();
        let value = {
            let mut ext = Ext::new(&mut overlay, &backend, None);
            quiet::caught(AssertUnwindSafe(|| {
                sp_externalities::set_and_run_with_externalities(&mut ext, f)
            }))??
        };
        Self::finish(overlay, &backend).map(|(change, root)| (value, change, root))
    }

    /// The state of block 0.
    ///
    /// # Errors
    /// [`Error::Broken`] if it can't be computed.
    pub fn genesis(
        &self,
        entries: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Result<(Change, H256)> {
        let backend = self.backend();
        let mut overlay = OverlayedChanges::<Blake2Hasher>::default();
        let mut ext = Ext::new(&mut overlay, &backend, None);
        entries.into_iter().for_each(|(key, value)| ext.set_storage(key, value));
        Self::finish(overlay, &backend)
    }

    fn finish(
        mut overlay: OverlayedChanges<Blake2Hasher>,
        backend: &TrieBackend<Nodes, Blake2Hasher>,
    ) -> Result<(Change, H256)> {
        let changes = overlay
            .drain_storage_changes(backend, StateVersion::V1)
            .map_err(|why| Error::Broken(why.to_string()))?;
        Ok((Change::new(changes.transaction), changes.transaction_storage_root))
    }

    /// Answers a function of the runtime's API.
    ///
    /// # Errors
    /// [`Error::NoFunction`], or as [`State::view`].
    pub fn call(&self, function: &str, arguments: &[u8]) -> Result<Vec<u8>> {
        self.view(|| self.runtime.call(function, arguments))?
            .ok_or_else(|| Error::NoFunction(function.into()))
    }

    /// A value of the state.
    ///
    /// # Errors
    /// [`Error::Broken`] if the state was given up meanwhile; so everywhere below.
    pub fn storage(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.backend().storage(key).map_err(Error::Broken)
    }

    /// A value of a contract's own storage, or of another child trie.
    pub fn child_storage(&self, child: &ChildInfo, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.backend().child_storage(child, key).map_err(Error::Broken)
    }

    /// At most `count` keys that begin with `prefix`, in order, those after `after`.
    pub fn keys(
        &self,
        child: Option<&ChildInfo>,
        prefix: &[u8],
        after: Option<&[u8]>,
        count: usize,
    ) -> Result<Vec<Vec<u8>>> {
        let mut arguments = IterArgs::default();
        arguments.prefix = Some(prefix);
        arguments.start_at = after;
        arguments.start_at_exclusive = true;
        arguments.child_info = child.cloned();
        let backend = self.backend();
        let keys = backend.keys(arguments).map_err(Error::Broken)?;
        keys.take(count).map(|key| key.map_err(Error::Broken)).collect()
    }
}

/// The child trie that a storage key names, as in `:child_storage:default:` and the trie's id.
///
/// # Errors
/// [`Error::BadChild`] for any other key.
pub fn child(key: Vec<u8>) -> Result<ChildInfo> {
    use sp_core::storage::ChildType;
    match ChildType::from_prefixed_key(&PrefixedStorageKey::new(key)) {
        Some((ChildType::ParentKeyId, id)) => Ok(ChildInfo::new_default(id)),
        None => Err(Error::BadChild),
    }
}
