//! What happened to an extrinsic, as both back ends read it from the chain's events.

use sp_runtime::{DispatchError, ModuleError};

use crate::types::{AccountId, ContractEvent, Receipt, Weight};

/// One event that matters to a receipt.
pub enum Fact {
    Success {
        weight: Weight,
    },
    Failed {
        weight: Weight,
        error: String,
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
        error: Option<String>,
    },
}

/// A receipt and the contract that the extrinsic instantiated last, if any.
pub struct Outcome {
    pub receipt: Receipt,
    pub instantiated: Option<AccountId>,
    pub sudo_error: Option<String>,
}

/// Folds the facts of one extrinsic into its outcome.
pub fn outcome(block_number: u64, time_ms: u64, facts: impl IntoIterator<Item = Fact>) -> Outcome {
    let start = Outcome {
        receipt: Receipt {
            block_number,
            time_ms,
            result: Err("no result event for the extrinsic".into()),
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

/// A dispatch error as `Pallet::Error`; `module` names the pallets' own errors.
pub fn render(error: &DispatchError, module: impl Fn(&ModuleError) -> Option<String>) -> String {
    match error {
        DispatchError::Module(inner) => module(inner)
            .unwrap_or_else(|| format!("Module({})::Error({})", inner.index, inner.error[0])),
        DispatchError::Token(inner) => format!("Token::{inner:?}"),
        DispatchError::Arithmetic(inner) => format!("Arithmetic::{inner:?}"),
        DispatchError::Transactional(inner) => format!("Transactional::{inner:?}"),
        DispatchError::Other(text) => format!("Other({text})"),
        DispatchError::CannotLookup => "CannotLookup".into(),
        DispatchError::BadOrigin => "BadOrigin".into(),
        DispatchError::ConsumerRemaining => "ConsumerRemaining".into(),
        DispatchError::NoProviders => "NoProviders".into(),
        DispatchError::TooManyConsumers => "TooManyConsumers".into(),
        DispatchError::Exhausted => "Exhausted".into(),
        DispatchError::Corruption => "Corruption".into(),
        DispatchError::Unavailable => "Unavailable".into(),
        DispatchError::RootNotAllowed => "RootNotAllowed".into(),
    }
}
