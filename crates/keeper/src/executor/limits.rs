//! What the chain has room for: asked of its own metadata, for another runtime has other limits.

use super::{Executor, ExecutorError, Site};
use breakwater_chain::{ChainError, Weight, MAX_CALL_GAS};

/// A runtime may be replaced by one with other limits: they are asked for again after so many blocks.
const AGAIN_BLOCKS: u64 = 600;

/// Most gas that one call can be given, and when that was asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub most: Weight,
    asked_at: Option<u64>,
}

impl Default for Limits {
    /// Before the chain was asked.
    fn default() -> Self {
        Self { most: MAX_CALL_GAS, asked_at: None }
    }
}

impl Limits {
    /// They were wrong: the chain is asked again.
    pub fn doubt(&mut self) {
        self.asked_at = None;
    }
}

impl Executor {
    /// Asks the chain for its limits, once in a while. A chain that does not say has contracts-node's.
    pub(super) fn learn_limits(&mut self, site: &mut Site<'_>) -> Result<(), ExecutorError> {
        let now = site.head.number;
        if self.limits.asked_at.is_some_and(|at| now.abs_diff(at) < AGAIN_BLOCKS) {
            return Ok(());
        }
        let most = match site.endpoints.with(site.index, |link| link.network()) {
            Ok(network) => network.max_call_gas,
            Err(ChainError::Invalid(_)) => MAX_CALL_GAS,
            Err(why) => return Err(why.into()),
        };
        if most != self.limits.most {
            let Weight { ref_time, proof_size } = most;
            tracing::info!(ref_time, proof_size, "most gas of one call on this chain");
        }
        self.limits = Limits { most, asked_at: Some(now) };
        Ok(())
    }
}
