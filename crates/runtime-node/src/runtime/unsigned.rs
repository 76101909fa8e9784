//! What the executive does with an extrinsic, but for the look at its signature: for accounts that
//! somebody plays without their keys. Nonce, era, fee and limits are checked by the same code.

use frame_support::dispatch::{DispatchClass, GetDispatchInfo};
use scale::Encode;
use sp_core::H256;
use sp_runtime::{
    generic::CheckedExtrinsic,
    traits::{Applyable, Lookup, One},
    transaction_validity::{
        InvalidTransaction, TransactionSource, TransactionValidity, TransactionValidityError,
    },
};

use super::*;

type Checked = CheckedExtrinsic<AccountId, RuntimeCall, SignedExtra>;

/// The signer is who the extrinsic says.
fn believed(extrinsic: UncheckedExtrinsic) -> Result<Checked, TransactionValidityError> {
    let (address, _signature, extra) = extrinsic.signature.ok_or(InvalidTransaction::BadProof)?;
    let account = frame_system::ChainContext::<Runtime>::default().lookup(address)?;
    Ok(CheckedExtrinsic { signed: Some((account, extra)), function: extrinsic.function })
}

pub(super) fn apply_unchecked(
    extrinsic: UncheckedExtrinsic,
) -> Result<(), TransactionValidityError> {
    let encoded = extrinsic.encode();
    let length = encoded.len();
    let extrinsic = believed(extrinsic)?;
    let info = extrinsic.get_dispatch_info();
    System::note_extrinsic(encoded);
    let result = extrinsic.apply::<Runtime>(&info, length)?;
    if result.is_err() && info.class == DispatchClass::Mandatory {
        return Err(InvalidTransaction::BadMandatory.into());
    }
    System::note_applied_extrinsic(&result, info);
    Ok(())
}

pub(super) fn validate_unchecked(
    source: TransactionSource,
    extrinsic: UncheckedExtrinsic,
    parent: H256,
) -> TransactionValidity {
    System::initialize(
        &(System::block_number() + BlockNumber::one()),
        &parent,
        &Default::default(),
    );
    let length = extrinsic.encoded_size();
    let extrinsic = believed(extrinsic)?;
    let info = extrinsic.get_dispatch_info();
    if info.class == DispatchClass::Mandatory {
        return Err(InvalidTransaction::MandatoryValidation.into());
    }
    extrinsic.validate::<Runtime>(source, &info, length)
}
