//! Why the node could not do what it was asked.

use breakwater_chain::ChainError;
use jsonrpsee::types::ErrorObjectOwned;
use sp_core::H256;
use sp_runtime::transaction_validity::{InvalidTransaction, UnknownTransaction};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the node could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the runtime has trapped: {0}")]
    Trapped(String),
    #[error("the runtime has no function {0:?}")]
    NoFunction(String),
    #[error("the state cannot be read: {0}")]
    Broken(String),
    #[error("no block {0:?}")]
    NoBlock(H256),
    #[error("the state of block {number} is no longer kept: {kept} are")]
    OldState { number: u32, kept: u32 },
    #[error("no child trie is stored under this key")]
    BadChild,
    #[error("malformed: {0}")]
    Malformed(String),
    #[error("too much at once: {what}, at most {most}")]
    TooMuch { what: &'static str, most: usize },
    #[error("{0}")]
    Invalid(#[from] InvalidWords),
    #[error("its validity is unknown")]
    Unknown(UnknownTransaction),
    #[error("the pool has it already")]
    Known(H256),
    #[error("priority too low: another transaction with its nonce pays as much")]
    Outbid { has: u64, offered: u64 },
    #[error("the pool is full")]
    PoolFull,
    /// A time that the clock can't have.
    #[error("{0}")]
    Time(String),
    #[error("no snapshot {0}: it is taken back, or older than the states that are kept")]
    NoSnapshot(u32),
    #[error("the chain's folder: {0}")]
    Disk(String),
    #[error("cannot listen: {0}")]
    Listen(String),
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// A transaction's fault in the runtime's words.
#[derive(Debug, thiserror::Error)]
#[error("{}", <&'static str>::from(*.0))]
pub struct InvalidWords(pub InvalidTransaction);

impl From<InvalidTransaction> for Error {
    fn from(why: InvalidTransaction) -> Self {
        Self::Invalid(InvalidWords(why))
    }
}

/// Codes of Substrate's nodes, which their clients know.
mod code {
    pub const INVALID_PARAMS: i32 = -32602;
    pub const CLIENT: i32 = 4003;
    pub const DEVELOPMENT: i32 = 5000;
    pub const BAD_FORMAT: i32 = 1001;
    pub const INVALID_TRANSACTION: i32 = 1010;
    pub const UNKNOWN_VALIDITY: i32 = 1011;
    pub const ALREADY_IMPORTED: i32 = 1013;
    pub const TOO_LOW_PRIORITY: i32 = 1014;
    pub const IMMEDIATELY_DROPPED: i32 = 1016;
}

impl From<Error> for ErrorObjectOwned {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            // Data of this one are text, and clients compare it.
            Error::Invalid(why) => {
                let words: &'static str = why.0.into();
                Self::owned(code::INVALID_TRANSACTION, "Invalid Transaction", Some(words))
            }
            Error::Unknown(why) => {
                let words: &'static str = why.into();
                Self::owned(code::UNKNOWN_VALIDITY, "Unknown Transaction Validity", Some(words))
            }
            Error::Known(hash) => Self::owned(
                code::ALREADY_IMPORTED,
                "Transaction Already Imported",
                Some(format!("{hash:?}")),
            ),
            Error::Outbid { has, offered } => Self::owned(
                code::TOO_LOW_PRIORITY,
                format!("Priority is too low: ({has} vs {offered})"),
                Some("The transaction has too low priority to replace another transaction already in the pool."),
            ),
            Error::PoolFull => Self::owned(
                code::IMMEDIATELY_DROPPED,
                "Immediately Dropped",
                Some("The transaction couldn't enter the pool because of the limit"),
            ),
            Error::Malformed(_) | Error::BadChild | Error::TooMuch { .. } => {
                Self::owned(code::INVALID_PARAMS, text, None::<()>)
            }
            Error::Chain(ChainError::Rejected(_)) => Self::owned(code::BAD_FORMAT, text, None::<()>),
            Error::Time(_) | Error::NoSnapshot(_) => {
                Self::owned(code::DEVELOPMENT, text, None::<()>)
            }
            _ => Self::owned(code::CLIENT, text, None::<()>),
        }
    }
}
