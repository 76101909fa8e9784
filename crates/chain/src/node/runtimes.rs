//! The runtimes a chain has had, as far as we have met them. A runtime upgrade changes indices, types and
//! what is signed: every block is read with the runtime that made it, every call made for the newest.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use scale::{Compact, Decode};
use subxt::utils::H256;

use super::{
    codec::Codec,
    contracts_api,
    rpc::{Rpc, Spec},
};
use crate::{error::ChainError, extrinsic::storage_prefix, types::Hash};

/// Runtimes by their spec version.
pub(super) struct Runtimes {
    genesis: Hash,
    known: Mutex<BTreeMap<u32, Arc<Codec>>>,
    /// That of the state that was looked at last.
    last: Mutex<Option<(H256, Arc<Codec>)>>,
}

/// Storage key of the version of the runtime that made a block.
pub(super) fn version_key() -> Vec<u8> {
    storage_prefix("System", "LastRuntimeUpgrade")
}

impl Runtimes {
    pub(super) fn new(genesis: Hash) -> Self {
        Self { genesis, known: Mutex::default(), last: Mutex::default() }
    }

    /// The runtime in a block's state, which is `spec` there: the one that makes the next block, and
    /// that calls on this state run.
    ///
    /// # Errors
    /// [`ChainError::Unsuitable`] if we can't work with it.
    pub(super) fn of_state(
        &self,
        rpc: &Rpc,
        spec: &Spec,
        at: H256,
    ) -> Result<Arc<Codec>, ChainError> {
        if let Some(known) = self.known(spec.versions.spec) {
            return Ok(known);
        }
        match spec.contracts_api {
            Some(contracts_api::VERSION) | None => {}
            Some(version) => {
                let ours = contracts_api::VERSION;
                let why = format!("its ContractsApi has version {version}, not {ours}");
                return Err(ChainError::Unsuitable(why));
            }
        }
        let codec = Arc::new(Codec::new(&rpc.metadata(at)?, self.genesis, spec.versions)?);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(spec.versions.spec, Arc::clone(&codec));
        Ok(codec)
    }

    /// The runtime in a block's state, of which the node is asked once.
    ///
    /// # Errors
    /// As [`Runtimes::of_state`].
    pub(super) fn at(&self, rpc: &Rpc, at: H256) -> Result<Arc<Codec>, ChainError> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, codec)) = last.filter(|(block, _)| *block == at) {
            return Ok(codec);
        }
        let codec = self.of_state(rpc, &rpc.spec(Some(at))?, at)?;
        self.note(at, &codec);
        Ok(codec)
    }

    /// The runtime in a block's state is known from elsewhere.
    pub(super) fn note(&self, at: H256, codec: &Arc<Codec>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((at, Arc::clone(codec)));
    }

    /// The runtime that made a block: its number in the block's own storage, under [`version_key`].
    ///
    /// # Errors
    /// As [`Runtimes::of_state`].
    pub(super) fn of_block(
        &self,
        rpc: &Rpc,
        version: Option<&[u8]>,
        parent: H256,
    ) -> Result<Arc<Codec>, ChainError> {
        // Absent on chains that are older than it: then the parent's state says.
        let version = version.and_then(|bytes| Compact::<u32>::decode(&mut &*bytes).ok());
        if let Some(known) = version.and_then(|Compact(version)| self.known(version)) {
            return Ok(known);
        }
        self.of_state(rpc, &rpc.spec(Some(parent))?, parent)
    }

    fn known(&self, version: u32) -> Option<Arc<Codec>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&version).cloned()
    }
}
