//! One client for two chains.
//!
//! Everything that talks to contracts (demo, keeper, end-to-end scenarios) is written once against
//! [`Chain`]. Two back ends implement it:
//!
//! - [`node::NodeChain`], here: a node of any chain with pallet-contracts, over RPC;
//! - `EmbeddedChain` in `breakwater-embedded`: pallet-contracts in this process, at the versions and with
//!   the configuration of contracts-node 0.42.0, with deterministic blocks and millisecond time.
//!
//! This crate knows no pallet: what talks to chains does not wait until a runtime is compiled.
//!
//! The trait is blocking on purpose: the embedded chain computes instead of waiting, and callers
//! read as a list of chain actions. The node back end owns its own async runtime.

pub mod address;
pub mod contract;
mod error;
pub mod extrinsic;
pub mod facts;
mod gas;
mod ledger;
mod network;
pub mod node;
pub mod secret;
mod types;
pub mod wire;

pub use error::{ChainError, DispatchError, Rejection};
pub use gas::{padded, padded_within, MAX_CALL_GAS};
pub use ledger::{Block, BlockId, Item, Ledger, Signed, SignedUntil, Terms};
pub use network::{ContractLimits, Network};
pub use types::*;

/// A chain that runs ink! contracts. Amounts are in planck, times in Unix milliseconds.
pub trait Chain {
    /// Timestamp of the newest block: what a dry run sees as `block_timestamp`.
    fn now_ms(&mut self) -> Result<u64, ChainError>;

    /// Number of the newest block.
    fn block_number(&mut self) -> Result<u64, ChainError>;

    /// Hash of block 0.
    fn genesis_hash(&mut self) -> Result<Hash, ChainError>;

    /// Hash of a block on the best chain; `None` where there is none, or none is remembered.
    fn block_hash(&mut self, number: u64) -> Result<Option<Hash>, ChainError> {
        let _ = number;
        Ok(None)
    }

    /// Some blocks of the best chain, as far as they are kept: `from` to `to`, each with the bytes of
    /// its extrinsics and what contracts have emitted.
    fn past(&mut self, from: u64, to: u64) -> Result<Vec<Past>, ChainError> {
        let _ = (from, to);
        Err(ChainError::Rpc("this chain keeps no blocks".into()))
    }

    /// Moves the clock forward: the newest block's timestamp is `time_ms` when this returns.
    ///
    /// From there the embedded chain goes on by its block time. A node's next block is at the system
    /// clock's time or 5 ms later than this, whichever is later.
    ///
    /// # Errors
    /// [`ChainError::TimeTravel`] if `time_ms` is not later than now, on the embedded chain by at
    /// least 5 ms.
    fn travel_to_ms(&mut self, time_ms: u64) -> Result<(), ChainError>;

    /// What the chain says of itself: its coin, its addresses, its limits.
    fn network(&mut self) -> Result<Network, ChainError> {
        Err(ChainError::Rpc("this chain says nothing of itself".into()))
    }

    /// Most contract frames that can be open at once, the first call included: measured, by a dry run of
    /// a contract that calls itself until it is stopped. `origin` pays for nothing but must be able to.
    ///
    /// # Errors
    /// [`ChainError::Dispatch`] if the chain lets `origin` instantiate nothing.
    fn call_depth(&mut self, origin: AccountId) -> Result<u32, ChainError> {
        let _ = origin;
        Err(ChainError::Rpc("this chain does not say how deep calls can be".into()))
    }

    /// Planck that uploading code would hold of `origin`'s; nothing if it is there already.
    ///
    /// # Errors
    /// [`ChainError::Dispatch`] if the chain refuses the code.
    fn upload_deposit(&mut self, origin: AccountId, wasm: &[u8]) -> Result<u128, ChainError> {
        let _ = (origin, wasm);
        Err(ChainError::Rpc("this chain does not say what uploading holds".into()))
    }

    /// Uploads Wasm code and returns its hash. Uploading code that is there already is no error.
    fn upload(&mut self, signer: &Signer, wasm: &[u8]) -> Result<Hash, ChainError>;

    /// Instantiates uploaded code; `data` is constructor selector and arguments.
    ///
    /// # Errors
    /// [`ChainError::Dispatch`] if the constructor fails.
    fn instantiate(
        &mut self,
        signer: &Signer,
        code_hash: Hash,
        value: u128,
        data: Vec<u8>,
        salt: Vec<u8>,
    ) -> Result<(AccountId, Receipt), ChainError>;

    /// Runs a call on the newest state and throws the result away.
    fn dry_run(&mut self, origin: AccountId, call: &ContractCall) -> Result<DryRun, ChainError>;

    /// Signs and submits transactions, in order, and waits until all are in a block: in one block
    /// where the chain lets us choose (embedded), in as few as it makes of them otherwise.
    ///
    /// A transaction whose dispatch fails still has a receipt, with the reason in
    /// [`Receipt::result`]; `Err` means that a transaction did not get into a block. The embedded
    /// chain then does not make that block at all; on a node those before it may be in.
    fn submit_all(&mut self, transactions: &[Transaction]) -> Result<Vec<Receipt>, ChainError>;

    /// [`Chain::submit_all`] for one transaction.
    fn submit(&mut self, transaction: Transaction) -> Result<Receipt, ChainError> {
        let mut receipts = self.submit_all(core::slice::from_ref(&transaction))?;
        receipts.pop().ok_or_else(|| ChainError::Rpc("no receipt for the transaction".into()))
    }

    /// The most that a transaction can cost as a fee, in planck, if it uses all of its gas; storage
    /// deposits are not in it.
    fn fee(&mut self, transaction: &Transaction) -> Result<u128, ChainError> {
        let _ = transaction;
        Err(ChainError::Rpc("this chain does not say what a transaction costs".into()))
    }

    /// Gives `amount` of native balance to each account, in batches.
    fn fund(&mut self, from: &Signer, to: &[AccountId], amount: u128) -> Result<(), ChainError>;

    /// Free native balance of an account.
    fn balance(&mut self, account: AccountId) -> Result<u128, ChainError>;

    /// Code hash of a contract, `None` if there is no contract at that address.
    fn contract_code_hash(&mut self, contract: AccountId) -> Result<Option<Hash>, ChainError>;
}
