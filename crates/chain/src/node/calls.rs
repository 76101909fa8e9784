//! The calls we make, written as the chain's metadata has them: their arguments go by name, so indices,
//! orders and the widths of numbers are the chain's own.

use scale::Encode;
use subxt::{
    ext::scale_encode::{self, EncodeAsType, TypeResolver},
    utils::{AccountId32, Encoded, MultiAddress, Static, H256},
};

use super::codec::Codec;
use crate::{
    error::ChainError,
    extrinsic::{now_key, Action},
    types::{AccountId, ContractCall, Weight},
};

/// Name of pallet-contracts on every chain that has it.
pub(super) const CONTRACTS: &str = "Contracts";

/// An account as calls name it: an address of several kinds on most chains, the bare account on others.
pub(super) struct Account(pub AccountId);

impl EncodeAsType for Account {
    fn encode_as_type_to<R: TypeResolver>(
        &self,
        type_id: R::TypeId,
        types: &R,
        out: &mut Vec<u8>,
    ) -> Result<(), scale_encode::Error> {
        let start = out.len();
        let address = MultiAddress::<AccountId32, ()>::Id(AccountId32(self.0));
        address.encode_as_type_to(type_id.clone(), types, out).or_else(|_| {
            out.truncate(start);
            AccountId32(self.0).encode_as_type_to(type_id, types, out)
        })
    }
}

#[derive(EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
struct Gas {
    ref_time: u64,
    proof_size: u64,
}

impl From<Weight> for Gas {
    fn from(weight: Weight) -> Self {
        Self { ref_time: weight.ref_time, proof_size: weight.proof_size }
    }
}

/// A call within a call, written already.
type Inner = Static<Encoded>;

#[derive(EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
struct Call<'a> {
    dest: Account,
    value: u128,
    gas_limit: Gas,
    storage_deposit_limit: Option<u128>,
    data: &'a Vec<u8>,
}

#[derive(EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
struct UploadCode<'a> {
    code: &'a Vec<u8>,
    storage_deposit_limit: Option<u128>,
    determinism: Determinism,
}

#[derive(EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
enum Determinism {
    Enforced,
}

#[derive(EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
struct Instantiate<'a> {
    value: u128,
    gas_limit: Gas,
    storage_deposit_limit: Option<u128>,
    code_hash: H256,
    data: &'a Vec<u8>,
    salt: &'a Vec<u8>,
}

#[derive(EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
struct Transfer {
    dest: Account,
    value: u128,
}

#[derive(EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
struct Batch {
    calls: Vec<Inner>,
}

#[derive(EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
struct Sudo {
    call: Inner,
}

#[derive(EncodeAsType)]
#[encode_as_type(crate_path = "subxt::ext::scale_encode")]
struct SetStorage {
    items: Vec<(Vec<u8>, Vec<u8>)>,
}

fn inner(bytes: Vec<u8>) -> Inner {
    Static(Encoded(bytes))
}

impl Codec {
    /// The bytes of the dispatchable behind an action.
    ///
    /// # Errors
    /// [`ChainError::Unsuitable`] if the runtime has no such call, or one with other arguments.
    pub(super) fn action(&self, action: &Action) -> Result<Vec<u8>, ChainError> {
        match action {
            Action::Calls(calls) => match calls.as_slice() {
                [single] => self.contract_call(single),
                several => {
                    let calls = several.iter().map(|call| self.contract_call(call));
                    self.batch(calls.collect::<Result<_, _>>()?)
                }
            },
            Action::Upload { code } => {
                let determinism = Determinism::Enforced;
                let arguments = UploadCode { code, storage_deposit_limit: None, determinism };
                self.call(CONTRACTS, "upload_code", &arguments)
            }
            Action::Instantiate { code_hash, value, gas, data, salt } => {
                let arguments = Instantiate {
                    value: *value,
                    gas_limit: (*gas).into(),
                    storage_deposit_limit: None,
                    code_hash: H256(*code_hash),
                    data,
                    salt,
                };
                self.call(CONTRACTS, "instantiate", &arguments)
            }
            Action::Fund { to, amount } => {
                let transfer = |account: &AccountId| {
                    let arguments = Transfer { dest: Account(*account), value: *amount };
                    self.call("Balances", "transfer_keep_alive", &arguments)
                };
                self.batch(to.iter().map(transfer).collect::<Result<_, _>>()?)
            }
            Action::SetTime { time_ms } => {
                let set = SetStorage { items: vec![(now_key(), time_ms.encode())] };
                let call = inner(self.call("System", "set_storage", &set)?);
                self.call("Sudo", "sudo", &Sudo { call })
            }
        }
    }

    /// All of the calls or none.
    fn batch(&self, calls: Vec<Vec<u8>>) -> Result<Vec<u8>, ChainError> {
        let calls = calls.into_iter().map(inner).collect();
        self.call("Utility", "batch_all", &Batch { calls })
    }

    fn contract_call(&self, (call, gas): &(ContractCall, Weight)) -> Result<Vec<u8>, ChainError> {
        let arguments = Call {
            dest: Account(call.dest),
            value: call.value,
            gas_limit: (*gas).into(),
            storage_deposit_limit: call.storage_deposit_limit,
            data: &call.data,
        };
        self.call(CONTRACTS, "call", &arguments)
    }
}
