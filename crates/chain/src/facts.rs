//! What happened to an extrinsic, as both back ends read it from the chain's events.

use sp_runtime::{DispatchError as RuntimeError, ModuleError};

use crate::{
    error::DispatchError,
    types::{AccountId, ContractEvent, Receipt, Weight},
};

/// One event that matters to a receipt.
pub enum Fact {
    Success {
        weight: Weight,
    },
    Failed {
        weight: Weight,
        error: DispatchError,
    },
    Fee {
        planck: u128,
    },
    DepositHeld {
        planck: u128,
    },
    DepositReleased {
        planck: u128,
    },
    Emitted(ContractEvent),
    Instantiated {
        contract: AccountId,
    },
    /// Outcome of a call that sudo dispatched; the extrinsic itself succeeds either way.
    Sudo {
        error: Option<DispatchError>,
    },
}

/// A receipt and the contract that the extrinsic instantiated last, if any.
pub struct Outcome {
    pub receipt: Receipt,
    pub instantiated: Option<AccountId>,
    pub sudo_error: Option<DispatchError>,
}

/// Folds the facts of one extrinsic into its outcome.
pub fn outcome(block_number: u64, time_ms: u64, facts: impl IntoIterator<Item = Fact>) -> Outcome {
    let start = Outcome {
        receipt: Receipt {
            block_number,
            time_ms,
            result: Err(DispatchError::Unknown),
            weight: Weight::default(),
            fee: 0,
            storage_deposit: 0,
            events: Vec::new(),
        },
        instantiated: None,
        sudo_error: None,
    };
    facts.into_iter().fold(start, |mut outcome, fact| {
        let receipt = &mut outcome.receipt;
        match fact {
            Fact::Success { weight } => {
                receipt.result = Ok(());
                receipt.weight = weight;
            }
            Fact::Failed { weight, error } => {
                receipt.result = Err(error);
                receipt.weight = weight;
            }
            Fact::Fee { planck } => receipt.fee = receipt.fee.saturating_add(planck),
            Fact::DepositHeld { planck } => {
                receipt.storage_deposit = receipt.storage_deposit.saturating_add(signed(planck));
            }
            Fact::DepositReleased { planck } => {
                receipt.storage_deposit = receipt.storage_deposit.saturating_sub(signed(planck));
            }
            Fact::Emitted(event) => receipt.events.push(event),
            Fact::Instantiated { contract } => outcome.instantiated = Some(contract),
            Fact::Sudo { error } => outcome.sudo_error = error,
        }
        outcome
    })
}

/// An amount as a signed number; no native balance reaches the bound.
pub fn signed(planck: u128) -> i128 {
    i128::try_from(planck).unwrap_or(i128::MAX)
}

/// A dispatch error of the runtime's; `module` has the names of a pallet and of its error.
pub fn dispatch_error(
    error: &RuntimeError,
    module: impl Fn(&ModuleError) -> Option<(String, String)>,
) -> DispatchError {
    let within =
        |kind, inner: &dyn core::fmt::Debug| runtime_error(kind, Some(&format!("{inner:?}")));
    match error {
        RuntimeError::Module(inner) => match module(inner) {
            Some((pallet, error)) => DispatchError::module(&pallet, &error),
            None => {
                let text = format!("Module({})::Error({})", inner.index, inner.error[0]);
                DispatchError::Runtime(text)
            }
        },
        RuntimeError::Token(inner) => within("Token", inner),
        RuntimeError::Arithmetic(inner) => within("Arithmetic", inner),
        RuntimeError::Transactional(inner) => within("Transactional", inner),
        RuntimeError::Other(_) => runtime_error("Other", None),
        // The others have no fields: their `Debug` is their name.
        other => runtime_error(&format!("{other:?}"), None),
    }
}

/// A dispatch error that is no pallet's, by the names of its kind and of the error within.
pub(crate) fn runtime_error(kind: &str, within: Option<&str>) -> DispatchError {
    match (kind, within) {
        ("Token", Some("FundsUnavailable")) => DispatchError::FundsUnavailable,
        (kind, Some(within)) => DispatchError::Runtime(format!("{kind}::{within}")),
        (kind, None) => DispatchError::Runtime(kind.into()),
    }
}
