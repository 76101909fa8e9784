//! What the block machinery asks of a runtime: plain types in and out, so that one machinery drives
//! both profiles.

use sp_core::{storage::Storage, H256};
use sp_runtime::transaction_validity::TransactionValidity;

use breakwater_chain::{
    extrinsic::{Action, Birth},
    facts::Fact,
    AccountId, ChainError, ContractCall, DryRun, Hash, Rejection, Signer, Weight,
};

/// Constructor call of an instantiation, for estimating its gas.
pub struct Constructor<'a> {
    pub code_hash: Hash,
    pub value: u128,
    pub data: &'a [u8],
    pub salt: &'a [u8],
}

/// What a signed extrinsic is made of.
pub struct Unsigned<'a> {
    pub action: &'a Action,
    pub nonce: u32,
    /// Planck for the block's author.
    pub tip: u128,
    /// Good for ever without one.
    pub birth: Option<Birth>,
    /// Hash of block 0.
    pub genesis: Hash,
}

/// Why an extrinsic did not get into a block.
pub enum Refusal {
    /// The block is full; the next one may have room.
    Full,
    Rejected(Rejection),
}

/// Whether an extrinsic's signature must be its signer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// As on every chain.
    Checked,
    /// Any will do: somebody plays an account whose key they don't have. All else is checked.
    Ignored,
}

/// A runtime. Every method but [`RuntimeApi::genesis`], [`RuntimeApi::max_block_weight`] and
/// [`RuntimeApi::sign`] must run with externalities set.
pub trait RuntimeApi: Sync {
    /// State of block 0, whose timestamp is `time_ms`.
    fn genesis(&self, time_ms: u64) -> Result<Storage, ChainError>;
    /// Runs the pallets' own configuration checks; panics if one fails.
    fn integrity_test(&self);

    fn initialize_block(&self, number: u32, parent: H256);
    /// Gives an account this free balance, in planck, without an extrinsic: right after
    /// [`RuntimeApi::initialize_block`].
    fn set_balance(&self, account: AccountId, planck: u128) -> Result<(), ChainError>;
    /// Applies the timestamp inherent and returns its SCALE bytes.
    fn set_time(&self, time_ms: u64) -> Result<Vec<u8>, ChainError>;
    /// Applies SCALE bytes of a signed extrinsic; nothing has changed if it is refused.
    fn apply(&self, extrinsic: &[u8], signature: Signature) -> Result<(), Refusal>;
    /// Finishes the block and returns its header's SCALE bytes, whose blake2-256 is its hash.
    fn finalize_block(&self) -> Vec<u8>;
    /// Facts of the block so far with the index of their extrinsic (0 is the timestamp inherent).
    fn facts(&self) -> Vec<(u32, Fact)>;
    fn block_weight(&self) -> Weight;
    fn max_block_weight(&self) -> Weight;

    /// Answers a function of the runtime's own API, such as `Core_version`: SCALE in and out; `None` if it
    /// has none of that name.
    ///
    /// # Panics
    /// If the arguments are not those of the function, as the runtime does in a node.
    fn call(&self, function: &str, arguments: &[u8]) -> Option<Vec<u8>>;
    /// Whether an extrinsic may go into a block after `parent`, whose state is at hand. Changes that
    /// state, so it is for views.
    fn validate(&self, extrinsic: &[u8], signature: Signature, parent: H256)
        -> TransactionValidity;
    /// Signs an extrinsic; its SCALE bytes.
    fn sign(&self, signer: &Signer, unsigned: &Unsigned<'_>) -> Vec<u8>;
    /// Who an extrinsic says it is signed by.
    fn signer(&self, extrinsic: &[u8]) -> Option<AccountId>;

    fn nonce(&self, account: AccountId) -> u32;
    fn balance(&self, account: AccountId) -> u128;
    fn contract_code_hash(&self, contract: AccountId) -> Option<Hash>;
    fn code_exists(&self, code_hash: Hash) -> bool;

    /// The most that a signed extrinsic can cost as a fee, in planck.
    fn fee(&self, extrinsic: &[u8]) -> Result<u128, ChainError>;
    /// Runs a call and undoes it.
    fn dry_run(&self, origin: AccountId, call: &ContractCall) -> DryRun;
    /// Gas that each of `calls` requires when they run one after another, all undone afterwards.
    fn gas_required(&self, origin: AccountId, calls: &[ContractCall]) -> Vec<Weight>;
    /// Gas that an instantiation requires, undone afterwards.
    fn instantiate_gas(&self, origin: AccountId, constructor: &Constructor<'_>) -> Weight;
}
