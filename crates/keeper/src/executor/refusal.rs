//! Why an action is off: by dry run, or when it was submitted.

use crate::action::Action;
use breakwater_chain::{DispatchError, DryRun, Rejection};
use breakwater_client::abi;
use breakwater_protocol::Error;

/// Why the chain would not do an action now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The contract says so.
    #[error("{0:?}")]
    Protocol(Error),
    /// The market's front has handed a message over, and that code has failed without an error of its
    /// own.
    #[error("the contract gave up (gas, memory or length of input)")]
    GaveUp,
    /// It trapped or was never run.
    #[error(transparent)]
    Dispatch(DispatchError),
    /// The message passes over what can't be done, and that was all of it.
    #[error("nothing left to do")]
    NothingLeft,
    /// It was signed, and no pool has taken it.
    #[error(transparent)]
    Rejected(Rejection),
}

impl Refusal {
    /// Why an action would do nothing; none if it would do something.
    pub fn of(action: &Action, run: &DryRun) -> Option<Self> {
        let output = match &run.result {
            Err(why) => return Some(Self::Dispatch(why.clone())),
            Ok(output) => output,
        };
        if output.reverted {
            return Some(match abi::decode::<Result<(), Error>>("dry run", output) {
                Ok(Err(error)) => Self::Protocol(error),
                _ => Self::GaveUp,
            });
        }
        let started = || match abi::decode("liquidate_many", output) {
            Ok(Ok::<u32, Error>(started)) => started as usize,
            _ => 0,
        };
        // Messages that pass over what can't be done succeed with nothing.
        let done = match action {
            Action::StartAndFill(fills) => started() == fills.len(),
            Action::Start(_) => started() > 0,
            Action::TakeMany(_) => {
                abi::decode::<Result<Vec<Result<(u128, u128), Error>>, Error>>("take_many", output)
                    .is_ok_and(|fills| fills.is_ok_and(|fills| fills.iter().any(Result::is_ok)))
            }
            _ => true,
        };
        (!done).then_some(Self::NothingLeft)
    }

    /// Whether a smaller batch of the same may be done.
    pub fn is_too_much(&self) -> bool {
        matches!(
            self,
            Self::GaveUp
                | Self::Dispatch(
                    DispatchError::OutOfGas
                        | DispatchError::OutputBufferTooSmall
                        | DispatchError::ContractTrapped
                )
        )
    }
}
