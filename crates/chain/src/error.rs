//! Why a chain could not do what it was asked: the connection, the pool, or the runtime.

use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};
use std::time::Duration;

/// Why a chain could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// A secret URI that cannot be parsed.
    #[error("malformed secret key URI: give a secret phrase, 0x and a seed of 64 hex digits, or //Name for a development account, in one line")]
    Key,
    /// A secret without a secret.
    #[error("the key is empty: give a secret phrase, 0x and a seed of 64 hex digits, or //Name for a development account")]
    NoKey,
    /// Text that is no account's address.
    #[error("{0:?} is no address: give an SS58 address, 0x and 64 hex digits, or //Name")]
    Address(String),
    /// Nobody answers there, or it is another chain.
    #[error("cannot reach the node: {0}")]
    Connect(String),
    /// The connection was lost.
    #[error("connection lost: {0}")]
    Disconnected(String),
    /// The node takes longer than we wait.
    #[error("node error: no answer in {} seconds", .0.as_secs_f64())]
    Timeout(Duration),
    /// The node answers, but not as it should.
    #[error("node error: {0}")]
    Rpc(String),
    /// A transaction is refused for what it is.
    #[error("transaction was not accepted: {0}")]
    Rejected(#[from] Rejection),
    /// Transactions were taken, and after a while are in no block.
    #[error("{missing} of {of} transactions did not get into a block")]
    NotIncluded { missing: usize, of: usize },
    /// What was asked makes no sense to this chain.
    #[error("{0}")]
    Invalid(String),
    /// A deployment or a transfer is in a block and failed.
    #[error(transparent)]
    Dispatch(#[from] DispatchError),
    /// The clock cannot be set like this.
    #[error("time only moves forward: {0}")]
    TimeTravel(String),
    /// The node sent bytes that mean nothing to us.
    #[error("cannot decode {what}: {why}")]
    Decode { what: &'static str, why: String },
    /// A node was told to stop while it started.
    #[error("stopped while the node started")]
    Stopped,
    /// The chain's runtime lacks what we need of it, or has it in a form that is not ours.
    #[error("the chain's runtime does not fit: {0}")]
    Unsuitable(String),
    /// There is no node binary to start.
    #[error("no substrate-contracts-node found: {0}")]
    NoNode(String),
}

impl ChainError {
    /// Whether it is about the node or the way to it, so that another node may do better. What a node
    /// refuses for what it is, it has answered.
    pub fn is_of_the_node(&self) -> bool {
        !matches!(self, Self::Rejected(_) | Self::Invalid(_) | Self::Unsuitable(_))
    }
}

/// Why a transaction is not taken into a node's pool, or into a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Its nonce is used by one that is in a block.
    #[error("its nonce is used already")]
    NonceUsed,
    /// One before it is missing.
    #[error("its nonce is too high")]
    NonceTooHigh,
    /// Another one in the pool has its nonce and pays as much.
    #[error("another transaction has its nonce: {0}")]
    Outbid(String),
    /// The pool has exactly this one.
    #[error("it is known already")]
    AlreadyKnown,
    /// It was in a block or refused a moment ago.
    #[error("it is banned for a while")]
    TemporarilyBanned,
    /// The pool has no room for one that pays so little.
    #[error("the pool is full")]
    PoolFull,
    /// The signer has not enough for the fee.
    #[error("inability to pay some fees: the account's balance is too low")]
    CannotPay,
    /// Also what is signed for another version of the runtime, or for a block that was undone.
    #[error("it has a bad signature")]
    BadSignature,
    /// It is mortal, and its last block is over.
    #[error("its last block is over")]
    Expired,
    /// It does not fit an empty block.
    #[error("it exhausts the block's limits")]
    TooLarge,
    /// Nothing that we know.
    #[error("{0}")]
    Other(String),
}

/// Codes of the `author` API of Substrate's nodes.
mod code {
    pub const INVALID: i32 = 1010;
    pub const TEMPORARILY_BANNED: i32 = 1012;
    pub const ALREADY_IMPORTED: i32 = 1013;
    pub const TOO_LOW_PRIORITY: i32 = 1014;
    pub const IMMEDIATELY_DROPPED: i32 = 1016;
}

impl Rejection {
    /// What a node answers to a submission: its error's code, message and data.
    pub(crate) fn read(code: i32, message: &str, data: Option<&str>) -> Self {
        let text = || match data {
            Some(data) => format!("{message}: {data}"),
            None => message.to_owned(),
        };
        match code {
            code::TEMPORARILY_BANNED => Self::TemporarilyBanned,
            code::ALREADY_IMPORTED => Self::AlreadyKnown,
            code::TOO_LOW_PRIORITY => Self::Outbid(text()),
            code::IMMEDIATELY_DROPPED => Self::PoolFull,
            // The code says that it is invalid, and the data say why in the runtime's own words.
            code::INVALID => {
                let is_said = |why: &InvalidTransaction| data == Some((*why).into());
                let known = WORDS.into_iter().find(is_said).and_then(Self::known);
                known.unwrap_or_else(|| Self::Other(text()))
            }
            _ => Self::Other(text()),
        }
    }

    fn known(why: InvalidTransaction) -> Option<Self> {
        Some(match why {
            InvalidTransaction::Stale => Self::NonceUsed,
            InvalidTransaction::Future => Self::NonceTooHigh,
            InvalidTransaction::Payment => Self::CannotPay,
            InvalidTransaction::BadProof => Self::BadSignature,
            InvalidTransaction::AncientBirthBlock => Self::Expired,
            InvalidTransaction::ExhaustsResources => Self::TooLarge,
            _ => return None,
        })
    }

    /// Whether the same call signed with another nonce may be taken: somebody else, or an earlier
    /// process with this key, has used this one.
    pub fn is_about_the_nonce(&self) -> bool {
        matches!(
            self,
            Self::NonceUsed | Self::Outbid(_) | Self::AlreadyKnown | Self::TemporarilyBanned
        )
    }

    /// Whether the very same bytes are in the pool, or were a moment ago.
    pub fn is_known(&self) -> bool {
        matches!(self, Self::AlreadyKnown | Self::TemporarilyBanned)
    }
}

/// Reasons that have a name here.
const WORDS: [InvalidTransaction; 6] = [
    InvalidTransaction::Stale,
    InvalidTransaction::Future,
    InvalidTransaction::Payment,
    InvalidTransaction::BadProof,
    InvalidTransaction::AncientBirthBlock,
    InvalidTransaction::ExhaustsResources,
];

impl From<TransactionValidityError> for Rejection {
    fn from(error: TransactionValidityError) -> Self {
        let known = match error {
            TransactionValidityError::Invalid(why) => Self::known(why),
            TransactionValidityError::Unknown(_) => None,
        };
        known.unwrap_or_else(|| {
            let text: &'static str = error.into();
            Self::Other(text.into())
        })
    }
}

/// Why the runtime did not do what a transaction or a dry run wanted. Told as `Pallet::Error`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DispatchError {
    /// The contract has refused and undone everything.
    #[error("Contracts::ContractReverted")]
    ContractReverted,
    /// The contract has hit an instruction that is not to be reached, or the limit of its memory.
    #[error("Contracts::ContractTrapped")]
    ContractTrapped,
    #[error("Contracts::OutOfGas")]
    OutOfGas,
    /// An answer did not fit the caller's buffer.
    #[error("Contracts::OutputBufferTooSmall")]
    OutputBufferTooSmall,
    #[error("Contracts::ContractNotFound")]
    ContractNotFound,
    /// The sender can't pay the deposit for new storage.
    #[error("Contracts::StorageDepositNotEnoughFunds")]
    DepositUnpaid,
    /// The deposit for new storage is above the limit given.
    #[error("Contracts::StorageDepositLimitExhausted")]
    DepositLimit,
    /// The balance is too low for what is transferred.
    #[error("Token::FundsUnavailable")]
    FundsUnavailable,
    /// Any other error of a pallet.
    #[error("{pallet}::{error}")]
    Module { pallet: String, error: String },
    /// Any other error of the runtime itself.
    #[error("{0}")]
    Runtime(String),
    /// The block does not say what became of it.
    #[error("no result event for the extrinsic")]
    Unknown,
}

impl DispatchError {
    /// A pallet's error by its names.
    pub fn module(pallet: &str, error: &str) -> Self {
        match (pallet, error) {
            ("Contracts", "ContractReverted") => Self::ContractReverted,
            ("Contracts", "ContractTrapped") => Self::ContractTrapped,
            ("Contracts", "OutOfGas") => Self::OutOfGas,
            ("Contracts", "OutputBufferTooSmall") => Self::OutputBufferTooSmall,
            ("Contracts", "ContractNotFound") => Self::ContractNotFound,
            ("Contracts", "StorageDepositNotEnoughFunds") => Self::DepositUnpaid,
            ("Contracts", "StorageDepositLimitExhausted") => Self::DepositLimit,
            _ => Self::Module { pallet: pallet.into(), error: error.into() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As contracts-node 0.42.0 answers.
    #[test]
    fn a_pools_answer_is_read_by_its_code() {
        let read = |code, message, data| Rejection::read(code, message, data);
        let invalid = |why| read(1010, "Invalid Transaction", Some(why));
        assert_eq!(invalid("Transaction is outdated"), Rejection::NonceUsed);
        assert_eq!(invalid("Transaction will be valid in the future"), Rejection::NonceTooHigh);
        let poor = "Inability to pay some fees (e.g. account balance too low)";
        assert_eq!(invalid(poor), Rejection::CannotPay);
        assert_eq!(invalid("Transaction has a bad signature"), Rejection::BadSignature);
        assert_eq!(invalid("Transaction has an ancient birth block"), Rejection::Expired);
        let large = "Transaction would exhaust the block limits";
        assert_eq!(invalid(large), Rejection::TooLarge);
        assert_eq!(read(1013, "Transaction Already Imported", None), Rejection::AlreadyKnown);
        let banned = read(1012, "Transaction is temporarily banned", None);
        assert_eq!(banned, Rejection::TemporarilyBanned);
        let full = "The transaction couldn't enter the pool because of the limit";
        assert_eq!(read(1016, "Immediately Dropped", Some(full)), Rejection::PoolFull);
        let outbid = read(1014, "Priority is too low: (16 vs 16)", Some("The transaction has too"));
        assert!(matches!(&outbid, Rejection::Outbid(why) if why.contains("(16 vs 16): The")));
    }

    #[test]
    fn what_is_not_known_keeps_its_words() {
        let odd = Rejection::read(1010, "Invalid Transaction", Some("Custom error: 7"));
        assert_eq!(odd, Rejection::Other("Invalid Transaction: Custom error: 7".into()));
        let none = Rejection::read(1002, "Verification Error", None);
        assert_eq!(none.to_string(), "Verification Error");
    }

    #[test]
    fn the_runtime_and_the_pool_mean_the_same() {
        for why in WORDS {
            let text: &'static str = why.into();
            let told = Rejection::read(1010, "Invalid Transaction", Some(text));
            assert_eq!(told, Rejection::from(TransactionValidityError::Invalid(why)));
            assert!(!matches!(told, Rejection::Other(_)));
        }
    }

    #[test]
    fn names_of_errors_are_the_chains() {
        let known = DispatchError::module("Contracts", "OutOfGas");
        assert_eq!(
            (known.to_string(), known),
            ("Contracts::OutOfGas".into(), DispatchError::OutOfGas)
        );
        let other = DispatchError::module("Balances", "InsufficientBalance");
        assert_eq!(other.to_string(), "Balances::InsufficientBalance");
    }
}
