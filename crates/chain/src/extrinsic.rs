//! Signed extrinsics, byte for byte the same on both back ends: what back ends are made of.

use scale::{Compact, Encode};

use crate::{
    error::ChainError,
    ledger::{BlockId, Signed},
    types::{self, ContractCall, GasLimit, Signer, Weight},
    wire::{
        address, signed_extrinsic, to_weight, BalancesCall, Call, ContractsCall, SudoCall,
        SystemCall, UtilityCall, DETERMINISM_ENFORCED,
    },
};

/// Transfers in one funding extrinsic: well below what a block holds.
pub const FUND_CHUNK: usize = 500;

/// The block from which on a mortal extrinsic is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Birth {
    /// A block of the chain, which is signed.
    pub block: BlockId,
    /// For how many blocks after it: a power of two from 4 on.
    pub period: u64,
}

impl Birth {
    /// Number of the last block that the extrinsic can be in.
    pub fn last_block(&self) -> u64 {
        self.block.number.saturating_add(self.period).saturating_sub(1)
    }
}

/// What a signed extrinsic does.
pub enum Action {
    /// One call, or all of several or none, each with its gas limit.
    Calls(Vec<(ContractCall, Weight)>),
    Upload {
        code: Vec<u8>,
    },
    Instantiate {
        code_hash: types::Hash,
        value: u128,
        gas: Weight,
        data: Vec<u8>,
        salt: Vec<u8>,
    },
    Fund {
        to: Vec<types::AccountId>,
        amount: u128,
    },
    /// Overwrites the clock; the signer must be sudo.
    SetTime {
        time_ms: u64,
    },
}

/// Storage key of the newest timestamp (`Timestamp::Now`).
pub fn now_key() -> Vec<u8> {
    storage_prefix("Timestamp", "Now")
}

/// Storage key of what is known about an uploaded code, by its plain hash.
pub fn code_key(code_hash: types::Hash) -> Vec<u8> {
    [storage_prefix("Contracts", "CodeInfoOf"), code_hash.to_vec()].concat()
}

/// `twox128(pallet) ++ twox128(item)`.
pub fn storage_prefix(pallet: &str, item: &str) -> Vec<u8> {
    let hash = |name: &str| sp_core::hashing::twox_128(name.as_bytes());
    [hash(pallet), hash(item)].concat()
}

fn contract_call((call, gas): &(ContractCall, Weight)) -> Call {
    Call::Contracts(ContractsCall::Call {
        dest: address(call.dest),
        value: call.value,
        gas_limit: to_weight(*gas),
        storage_deposit_limit: call.storage_deposit_limit.map(Compact),
        data: call.data.clone(),
    })
}

/// The dispatchable behind an action.
fn runtime_call(action: &Action) -> Call {
    match action {
        Action::Calls(calls) => match calls.as_slice() {
            [single] => contract_call(single),
            several => Call::Utility(UtilityCall::BatchAll {
                calls: several.iter().map(contract_call).collect(),
            }),
        },
        Action::Upload { code } => Call::Contracts(ContractsCall::UploadCode {
            code: code.clone(),
            storage_deposit_limit: None,
            determinism: DETERMINISM_ENFORCED,
        }),
        Action::Instantiate { code_hash, value, gas, data, salt } => {
            Call::Contracts(ContractsCall::Instantiate {
                value: *value,
                gas_limit: to_weight(*gas),
                storage_deposit_limit: None,
                code_hash: *code_hash,
                data: data.clone(),
                salt: salt.clone(),
            })
        }
        Action::Fund { to, amount } => Call::Utility(UtilityCall::BatchAll {
            calls: to
                .iter()
                .map(|account| {
                    Call::Balances(BalancesCall::TransferKeepAlive {
                        dest: address(*account),
                        value: *amount,
                    })
                })
                .collect(),
        }),
        Action::SetTime { time_ms } => {
            let set =
                Call::System(SystemCall::SetStorage { items: vec![(now_key(), time_ms.encode())] });
            Call::Sudo(SudoCall::Sudo { call: Box::new(set) })
        }
    }
}

/// Signs calls whose gas limits are fixed.
///
/// # Errors
/// [`ChainError::Invalid`] for a limit that is to be estimated.
pub fn sign_calls(
    signer: &Signer,
    nonce: u32,
    genesis: types::Hash,
    calls: &[ContractCall],
) -> Result<Signed, ChainError> {
    Ok(sign(signer, nonce, genesis, &limited(calls)?).into())
}

/// Calls whose gas limits are fixed, as an action.
///
/// # Errors
/// [`ChainError::Invalid`] for a limit that is to be estimated.
pub fn limited(calls: &[ContractCall]) -> Result<Action, ChainError> {
    let limited = |call: &ContractCall| match call.gas {
        GasLimit::Fixed(limit) => Ok((call.clone(), limit)),
        GasLimit::Estimate => Err(ChainError::Invalid("a call without a gas limit".into())),
    };
    calls.iter().map(limited).collect::<Result<_, _>>().map(Action::Calls)
}

/// Signs an action as an immortal extrinsic without tip and returns its SCALE bytes.
pub fn sign(signer: &Signer, nonce: u32, genesis: types::Hash, action: &Action) -> Vec<u8> {
    signed_extrinsic(signer.pair(), signer.account(), nonce, genesis, &runtime_call(action))
}
