//! ink!'s calling convention: selectors, arguments, answers.

use crate::ClientError;
use blake2::{digest::consts::U32, Blake2b, Digest};
use breakwater_chain::{AccountId, Chain, ContractCall, DryRun, Output};
use scale::{Decode, Encode};

/// What ink! hashes names and signatures with.
pub fn blake2_256(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}

/// Selector of a message or constructor: the first four bytes of the hash of its name.
/// Messages of a trait are named `Trait::message`.
pub fn selector(name: &str) -> [u8; 4] {
    let [a, b, c, d, ..] = blake2_256(name.as_bytes());
    [a, b, c, d]
}

/// Selector and arguments of a message.
pub fn input(name: &str, arguments: impl Encode) -> Vec<u8> {
    let mut data = selector(name).to_vec();
    arguments.encode_to(&mut data);
    data
}

/// A call of a message; `arguments` is a tuple of them.
pub fn call(dest: AccountId, name: &str, arguments: impl Encode) -> ContractCall {
    ContractCall::new(dest, input(name, arguments))
}

/// Asks a message for its answer without changing anything.
pub fn query<T: Decode>(
    chain: &mut dyn Chain,
    origin: AccountId,
    dest: AccountId,
    name: &'static str,
    arguments: impl Encode,
) -> Result<T, ClientError> {
    let dry_run = chain.dry_run(origin, &call(dest, name, arguments))?;
    decode(name, &output(name, dry_run)?)
}

/// Asks a message that returns a `Result` of the protocol's.
pub fn query_result<T: Decode>(
    chain: &mut dyn Chain,
    origin: AccountId,
    dest: AccountId,
    name: &'static str,
    arguments: impl Encode,
) -> Result<T, ClientError> {
    query::<Result<T, breakwater_protocol::Error>>(chain, origin, dest, name, arguments)?
        .map_err(ClientError::Protocol)
}

/// The output of a dry run that did not trap.
pub fn output(name: &'static str, dry_run: DryRun) -> Result<Output, ClientError> {
    dry_run.result.map_err(|why| ClientError::Trapped { message: name, why })
}

/// Decodes `Result<T, LangError>`.
pub fn decode<T: Decode>(name: &'static str, output: &Output) -> Result<T, ClientError> {
    let answer = Result::<T, breakwater_interface::LangError>::decode(&mut output.data.as_slice())
        .map_err(|_| ClientError::Decode(name))?;
    answer.map_err(|_| ClientError::NotUnderstood(name))
}

#[cfg(test)]
mod tests {
    use super::selector;

    #[test]
    fn selectors_are_those_of_the_psp22_standard() {
        assert_eq!(selector("PSP22::transfer"), [0xdb, 0x20, 0xf9, 0xf5]);
        assert_eq!(selector("PSP22::transfer_from"), [0x54, 0xb3, 0xc7, 0x6e]);
        assert_eq!(selector("PSP22::balance_of"), [0x65, 0x68, 0x38, 0x2f]);
        assert_eq!(selector("PSP22Metadata::token_decimals"), [0x72, 0x71, 0xb7, 0x82]);
    }
}
