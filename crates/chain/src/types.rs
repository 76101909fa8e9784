//! Plain types shared by both back ends.

/// Raw 32-byte account or contract address.
pub type AccountId = [u8; 32];
/// Raw 32-byte hash.
pub type Hash = [u8; 32];

/// Two-dimensional gas: picoseconds of reference time and bytes of proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    pub ref_time: u64,
    pub proof_size: u64,
}

/// How much gas a call may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GasLimit {
    /// Dry-run first and take the gas it requires, plus a tenth.
    #[default]
    Estimate,
    /// Exactly this.
    Fixed(Weight),
}

/// One message to one contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractCall {
    pub dest: AccountId,
    /// Native balance sent along, in planck.
    pub value: u128,
    /// Selector and SCALE-encoded arguments.
    pub data: Vec<u8>,
    pub gas: GasLimit,
    /// Most the caller pays for new storage, in planck; `None` is the chain's default.
    pub storage_deposit_limit: Option<u128>,
}

impl ContractCall {
    /// A call without value, with estimated gas.
    pub fn new(dest: AccountId, data: Vec<u8>) -> Self {
        Self { dest, value: 0, data, gas: GasLimit::Estimate, storage_deposit_limit: None }
    }

    /// The same call with a fixed gas limit.
    pub fn with_gas(mut self, limit: Weight) -> Self {
        self.gas = GasLimit::Fixed(limit);
        self
    }
}

/// One extrinsic: a single call, or several in an all-or-nothing `utility.batch_all`.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub signer: Signer,
    pub calls: Vec<ContractCall>,
}

impl Transaction {
    pub fn new(signer: &Signer, call: ContractCall) -> Self {
        Self { signer: signer.clone(), calls: vec![call] }
    }

    /// All of the calls or none, in one extrinsic.
    pub fn batch(signer: &Signer, calls: Vec<ContractCall>) -> Self {
        Self { signer: signer.clone(), calls }
    }
}

/// What a dry run returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DryRun {
    /// The message's output, or why the call trapped or never ran (text of the dispatch error).
    pub result: Result<Output, String>,
    pub gas_consumed: Weight,
    /// The limit to submit with: at least `gas_consumed`.
    pub gas_required: Weight,
    /// Planck charged for new storage, negative when storage is refunded.
    pub storage_deposit: i128,
    /// Contract events the call would emit.
    pub events: Vec<ContractEvent>,
}

/// Raw output of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The message returned `Err`, or the selector is unknown: nothing was changed.
    pub reverted: bool,
    /// SCALE-encoded `Result<T, LangError>`.
    pub data: Vec<u8>,
}

/// An event a contract emitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractEvent {
    pub contract: AccountId,
    pub topics: Vec<Hash>,
    pub data: Vec<u8>,
}

/// What became of a transaction in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub block_number: u64,
    /// Timestamp of that block.
    pub time_ms: u64,
    /// `Err` holds the dispatch error as `Pallet::Error`, for instance `Contracts::ContractReverted`.
    pub result: Result<(), String>,
    /// Weight the block was charged for it (post-dispatch).
    pub weight: Weight,
    /// Fee paid in planck, without storage deposits.
    pub fee: u128,
    /// Planck held for new storage, negative when storage was refunded.
    pub storage_deposit: i128,
    pub events: Vec<ContractEvent>,
}

/// An sr25519 key that signs for an account. `Debug` shows the address only.
#[derive(Clone)]
pub struct Signer {
    pair: sp_core::sr25519::Pair,
}

impl Signer {
    /// From a secret URI such as `//Alice` or `//Borrower/17`.
    ///
    /// # Errors
    /// [`ChainError::Key`] if the URI is malformed; the message does not repeat the secret.
    pub fn from_uri(uri: &str) -> Result<Self, ChainError> {
        use sp_core::Pair;
        sp_core::sr25519::Pair::from_string(uri, None)
            .map(|pair| Self { pair })
            .map_err(|_| ChainError::Key)
    }

    pub fn account(&self) -> AccountId {
        use sp_core::Pair;
        self.pair.public().0
    }

    pub(crate) fn pair(&self) -> &sp_core::sr25519::Pair {
        &self.pair
    }
}

impl core::fmt::Debug for Signer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Signer(")?;
        for byte in &self.account()[..4] {
            write!(f, "{byte:02x}")?;
        }
        f.write_str("..)")
    }
}

/// Why a chain could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    #[error("malformed secret key URI")]
    Key,
    #[error("cannot reach the node: {0}")]
    Connect(String),
    #[error("node error: {0}")]
    Rpc(String),
    #[error("transaction was not accepted: {0}")]
    Invalid(String),
    #[error("{0}")]
    Dispatch(String),
    #[error("time only moves forward: {0}")]
    TimeTravel(String),
    #[error("cannot decode {what}: {why}")]
    Decode { what: &'static str, why: String },
    #[error("no substrate-contracts-node found: {0}")]
    NoNode(String),
}
