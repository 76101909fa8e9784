use breakwater_chain::{ChainError, DispatchError};

/// Why a contract call gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The contract refused, for one of the protocol's own reasons.
    #[error("the market refused: {0:?}")]
    Protocol(breakwater_protocol::Error),
    /// The call trapped or was never run.
    #[error("{message} failed: {why}")]
    Trapped { message: &'static str, why: DispatchError },
    /// The contract does not know the message, or could not read its arguments.
    #[error("the contract at this address does not understand {0}")]
    NotUnderstood(&'static str),
    /// The answer does not have the form expected.
    #[error("cannot decode the answer to {0}")]
    Decode(&'static str),
    /// No built contract of this name.
    #[error("contract {name} is not built ({why}): run scripts/build-contracts")]
    NotBuilt { name: String, why: String },
    /// The transaction was included and failed.
    #[error("transaction failed: {0}")]
    Failed(DispatchError),
    /// The call does not replace parameters.
    #[error("the call is no change of a reserve's, a market's or a feed's parameters")]
    NotAChange,
}
