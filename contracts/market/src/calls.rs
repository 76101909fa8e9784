//! Calls to tokens and the oracle. A call that fails in whatever way is one typed error.
//!
//! None of them allows re-entry: while one runs, nobody can enter the market.

use breakwater_cells::Raw;
use breakwater_interface::selectors::{
    psp22::{TRANSFER, TRANSFER_FROM},
    Selector as Bytes, ON_TAKE, PRICES, PRICES_UNGUARDED,
};
use breakwater_protocol::{actions::TakeCallback, AccountId, Error, Price};
use ink::{
    env::{
        call::{build_call, ExecutionInput, Selector},
        DefaultEnvironment,
    },
    prelude::vec::Vec,
    primitives::AccountId as Address,
};
use scale::Encode;

/// Takes `amount` units from somebody who has approved the market.
pub fn pull(token: AccountId, from: &AccountId, to: Address, amount: u128) -> Result<(), Error> {
    let mut arguments = from.encode();
    push_rest(&mut arguments, to, amount);
    call(token, TRANSFER_FROM, arguments)
}

/// Pays out `amount` units.
pub fn push(token: AccountId, to: &AccountId, amount: u128) -> Result<(), Error> {
    let mut arguments = Vec::new();
    push_rest(&mut arguments, to, amount);
    call(token, TRANSFER, arguments)
}

/// What both of PSP22's transfers end with: receiver, amount, no data.
fn push_rest(arguments: &mut Vec<u8>, to: impl Encode, amount: u128) {
    to.encode_to(arguments);
    amount.encode_to(arguments);
    Vec::<u8>::new().encode_to(arguments);
}

/// Calls a token or a taker. One function for all messages, with arguments that are encoded already: it is
/// half the code.
#[inline(never)]
fn call(contract: AccountId, message: Bytes, arguments: Vec<u8>) -> Result<(), Error> {
    let outcome = build_call::<DefaultEnvironment>()
        .call(Address::from(contract))
        .exec_input(ExecutionInput::new(Selector::new(message)).push_arg(Raw(arguments)))
        .returns::<Answer>()
        .try_invoke();
    match outcome {
        Ok(Ok(Answer::Accepted)) => Ok(()),
        _ => Err(Error::TokenTransferFailed),
    }
}

/// Tells a taker's contract that it has got collateral: it may sell it before the debt is pulled
/// from who has called `take`.
pub fn callback(taker: AccountId, sold: &TakeCallback, data: &[u8]) -> Result<(), Error> {
    let mut arguments = sold.encode();
    data.encode_to(&mut arguments);
    call(taker, ON_TAKE, arguments).map_err(|_| Error::CallbackFailed)
}

/// Asks the oracle for all prices at once, in the order of `tokens`. First in the manner that is cheaper and
/// goes down where a source behind the oracle misbehaves, then in the one that does not.
pub fn prices(oracle: Address, tokens: &[AccountId]) -> Result<Vec<Option<Price>>, Error> {
    [PRICES_UNGUARDED, PRICES]
        .into_iter()
        .find_map(|message| answered(oracle, message, tokens))
        .ok_or(Error::OracleCallFailed)
}

#[inline(never)]
fn answered(oracle: Address, message: Bytes, tokens: &[AccountId]) -> Option<Vec<Option<Price>>> {
    let outcome = build_call::<DefaultEnvironment>()
        .call(oracle)
        .exec_input(ExecutionInput::new(Selector::new(message)).push_arg(tokens))
        .returns::<Vec<Option<Price>>>()
        .try_invoke();
    match outcome {
        Ok(Ok(prices)) if prices.len() == tokens.len() => Some(prices),
        _ => None,
    }
}

/// A token's answer. PSP22 answers `Result<(), PSP22Error>`; some tokens add whether it worked as
/// a flag. Anything but a plain Ok, without a flag or with one that is true, is a refusal: an
/// error of whatever kind, a false, or an answer out of form.
enum Answer {
    Accepted,
    Refused,
}

impl scale::Decode for Answer {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        let accepted = input.read_byte()? == 0 && matches!(input.read_byte(), Err(_) | Ok(1));
        Ok(if accepted { Self::Accepted } else { Self::Refused })
    }
}
