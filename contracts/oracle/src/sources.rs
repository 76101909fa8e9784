//! Sources that must be read or checked.

use breakwater_protocol::oracle::{Report, SourceKind};
use ink::{
    env::{
        call::{build_call, ExecutionInput, Selector},
        hash::Blake2x256,
        DefaultEnvironment,
    },
    primitives::AccountId,
};
use scale::{Decode, Encode};

/// `sum_of_price(token)`: the price of a token x time, in wad x milliseconds, and when it was.
const SUM_OF_PRICE: [u8; 4] = ink::selector_bytes!("sum_of_price");

/// A contract's sum of a token's price over time.
pub fn sum(contract: AccountId, token: AccountId) -> Option<(u128, u64)> {
    call(contract, SUM_OF_PRICE, token)
}

/// Asks a contract something; nothing if that fails in whatever way.
fn call<T: Decode>(contract: AccountId, message: [u8; 4], argument: impl Encode) -> Option<T> {
    build_call::<DefaultEnvironment>()
        .call(contract)
        .exec_input(ExecutionInput::new(Selector::new(message)).push_arg(argument))
        .returns::<T>()
        .try_invoke()
        .ok()?
        .ok()
}

/// Whether a report is signed by a source's reporter.
pub fn is_signed(kind: &SourceKind, report: &Report, signature: &[u8]) -> bool {
    let mut hash = [0; 32];
    ink::env::hash_encoded::<Blake2x256, _>(report, &mut hash);
    match kind {
        SourceKind::Sr25519 { key } => signature.try_into().is_ok_and(|signature: [u8; 64]| {
            ink::env::sr25519_verify(&signature, &hash, key).is_ok()
        }),
        SourceKind::Ecdsa { key } => signature.try_into().is_ok_and(|signature: [u8; 65]| {
            let mut signer = [0; 33];
            ink::env::ecdsa_recover(&signature, &hash, &mut signer).is_ok() && signer == *key
        }),
        _ => false,
    }
}
