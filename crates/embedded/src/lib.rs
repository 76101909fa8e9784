//! pallet-contracts in this process, as contracts-node 0.42.0 configures it.
//!
//! Blocks go through the same machinery as on a node: signed extrinsics, the timestamp inherent,
//! weights, fees and storage deposits. What a node adds is left out: no network, no consensus and
//! no wall clock, so the same transactions always give the same chain.

mod block;
mod chain;
mod ledger;
mod state;

pub use breakwater_runtime::{tracer::Frames, ENDOWMENT, MIN_PERIOD_MS};
pub use chain::{EmbeddedChain, Snapshot};

use breakwater_runtime::RuntimeApi;

/// Timestamp of block 0 unless the caller chooses one: 2025-01-01 00:00 UTC.
pub const DEFAULT_GENESIS_MS: u64 = 1_735_689_600_000;

/// Which limits the embedded chain enforces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// contracts-node 0.42.0: what its users deploy against.
    #[default]
    Node,
    /// A live chain: pallet-contracts' default limits and 12-second blocks, so what fits here fits on any
    /// chain that runs the pallet; a coin of 9 decimals; pallet indices, versions and signed extensions that
    /// are not contracts-node's.
    Strict,
}

impl Profile {
    /// Milliseconds between blocks when nobody travels in time.
    pub const fn block_time_ms(self) -> u64 {
        match self {
            Self::Node => 6_000,
            Self::Strict => 12_000,
        }
    }

    /// Most contract frames that can be open at once, the first call included.
    pub const fn max_call_depth(self) -> usize {
        match self {
            Self::Node => breakwater_runtime_node::CALL_STACK + 1,
            Self::Strict => breakwater_runtime_strict::CALL_STACK + 1,
        }
    }

    /// Largest contract that can be uploaded, in bytes of Wasm.
    pub const fn max_code_len(self) -> u32 {
        match self {
            Self::Node => breakwater_runtime_node::MAX_CODE_LEN,
            Self::Strict => breakwater_runtime_strict::MAX_CODE_LEN,
        }
    }

    /// Decimals of the coin.
    pub const fn token_decimals(self) -> u32 {
        match self {
            Self::Node => breakwater_runtime_node::UNIT.ilog10(),
            Self::Strict => breakwater_runtime_strict::UNIT.ilog10(),
        }
    }

    /// The runtime that has these limits.
    pub fn runtime(self) -> &'static dyn RuntimeApi {
        match self {
            Self::Node => &breakwater_runtime_node::Api,
            Self::Strict => &breakwater_runtime_strict::Api,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_configurations_pass_the_pallets_own_checks() {
        [Profile::Node, Profile::Strict].into_iter().for_each(|profile| {
            let runtime = profile.runtime();
            let genesis = runtime.genesis(DEFAULT_GENESIS_MS).expect("a genesis state");
            state::State::new(genesis).view(|| runtime.integrity_test());
        });
    }
}
