//! DIA's contracts, which are asked when a price is (§ 2.2).
//!
//! They are strangers' code. Each question has a limit of gas and of storage deposit, so that a
//! contract that runs for ever costs no more than that. The chain traps the frame that gets a longer answer than it has
//! room for, so questions are put in a frame of the adapter's own: it may go down, the
//! other sources and tokens have their prices all the same.

use breakwater_protocol::oracle::{normalised, Feed, SourceKind, Value};
use ink::{
    prelude::{string::String, vec::Vec},
    primitives::AccountId,
};
use scale::{Decode, Encode};

/// A contract and a symbol.
pub type Question = (AccountId, String);
/// Time in Unix milliseconds, and value.
pub type Answer = (u64, u128);

/// `OracleGetters::get_latest_price` of DIA's oracle.
const GET_LATEST_PRICE: [u8; 4] = [0xbd, 0xdf, 0xa6, 0x2d];
const ASK: [u8; 4] = ink::selector_bytes!("ask");
/// What a question may cost, in picoseconds and in bytes of proof: several times what DIA's needs.
const MOST_REF_TIME: u64 = 10_000_000_000;
const MOST_PROOF: u64 = 256 * 1024;
/// Room for an answer, in bytes: DIA's has 26 at most.
const LONGEST_ANSWER: usize = 64;

/// Values of sources that are asked when a price is: for each feed, in the order of its sources.
/// One that can't be asked, or answers out of form, has none.
pub fn live(own: AccountId, feeds: &[&Feed]) -> Vec<Vec<Option<Value>>> {
    let questions: Vec<Question> = feeds.iter().flat_map(|feed| questions(feed)).collect();
    let mut answers = answers(own, questions).into_iter();
    let values = feeds.iter().map(|feed| {
        let sources = feed.config.sources.iter().map(|source| {
            if !source.kind.is_asked() {
                return None;
            }
            let (time_ms, value) = answers.next().flatten()?;
            Some(Value { value_wad: normalised(source, value).ok()?, time_ms })
        });
        sources.collect()
    });
    values.collect()
}

fn questions(feed: &Feed) -> impl Iterator<Item = Question> + '_ {
    feed.config.sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Dia { contract, symbol } => Some(((*contract).into(), symbol.clone())),
        _ => None,
    })
}

/// All in one frame; where that goes down, each in its own.
fn answers(own: AccountId, questions: Vec<Question>) -> Vec<Option<Answer>> {
    if questions.is_empty() {
        return Vec::new();
    }
    if let Some(answers) = in_a_frame(own, &questions) {
        return answers;
    }
    let one_by_one = questions.into_iter().map(|question| {
        in_a_frame(own, core::slice::from_ref(&question)).and_then(|mut one| one.pop()).flatten()
    });
    one_by_one.collect()
}

fn in_a_frame(own: AccountId, questions: &[Question]) -> Option<Vec<Option<Answer>>> {
    let room = questions.len().saturating_add(1).saturating_mul(LONGEST_ANSWER);
    call(own, &(ASK, questions).encode(), Limits::Own, room)
}

/// The message `ask`.
///
/// A question gets what is left where that is less than its limit, and then uses all of it: who gives a
/// message too little gas for an answer has none left for what comes after.
pub fn ask(questions: &[Question]) -> Vec<Option<Answer>> {
    let answer = |(contract, symbol): &Question| {
        let input = (GET_LATEST_PRICE, symbol).encode();
        call::<Option<Answer>>(*contract, &input, Limits::Stranger, LONGEST_ANSWER).flatten()
    };
    questions.iter().map(answer).collect()
}

/// What a call may do.
#[derive(Clone, Copy)]
enum Limits {
    /// As much as is left, and enter the adapter.
    Own,
    /// Little.
    Stranger,
}

/// Calls a contract; nothing if that fails in whatever way.
#[cfg(not(feature = "std"))]
fn call<T: Decode>(callee: AccountId, input: &[u8], limits: Limits, room: usize) -> Option<T> {
    use pallet_contracts_uapi::{CallFlags, HostFn, HostFnImpl};
    /// One unit of balance, for a limit of none would be none.
    const LEAST_DEPOSIT: [u8; 16] = 1u128.to_le_bytes();
    const NOTHING: [u8; 16] = [0; 16];
    let (flags, ref_time, proof, deposit) = match limits {
        Limits::Own => (CallFlags::ALLOW_REENTRY, 0, 0, None),
        Limits::Stranger => {
            (CallFlags::empty(), MOST_REF_TIME, MOST_PROOF, Some(LEAST_DEPOSIT.as_slice()))
        }
    };
    let mut buffer = ink::prelude::vec![0; room];
    let mut answer = buffer.as_mut_slice();
    let callee: &[u8] = callee.as_ref();
    HostFnImpl::call_v2(
        flags,
        callee,
        ref_time,
        proof,
        deposit,
        &NOTHING,
        input,
        Some(&mut answer),
    )
    .ok()?;
    let answer = Result::<T, ink::LangError>::decode(&mut &*answer).ok()?;
    answer.ok()
}

/// The native build is for metadata and types: it has no chain to call.
#[cfg(feature = "std")]
fn call<T: Decode>(_: AccountId, _: &[u8], _: Limits, _: usize) -> Option<T> {
    let _ = (MOST_REF_TIME, MOST_PROOF, Limits::Stranger);
    None
}
