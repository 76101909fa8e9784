//! DIA's contracts, which are asked when a price is (§ 2.2).
//!
//! They are strangers' code. Each call has a limit of gas and of storage deposit, so that a
//! contract that runs for ever costs no more than that. The chain traps the frame that gets a longer answer than it has
//! room for. Whoever asks for prices and can ask again lets that happen, which is cheaper
//! ([`Manner::Unguarded`]); else questions are put in a frame of the adapter's own, as its own delegate: it may go
//! down, the other sources and tokens have their prices all the same.

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
/// `OracleGetters::get_latest_prices`, of several symbols.
const GET_LATEST_PRICES: [u8; 4] = ink::selector_bytes!("OracleGetters::get_latest_prices");
const ASK: [u8; 4] = ink::selector_bytes!("ask");
const PROBE: [u8; 4] = ink::selector_bytes!("probe");
/// What a call may cost, in picoseconds and in bytes of proof: several times what DIA's needs, for one
/// symbol or for all that an account's prices are made of.
const MOST_REF_TIME: u64 = 10_000_000_000;
const MOST_PROOF: u64 = 256 * 1024;
/// Room for an answer, in bytes: DIA's has 26 at most.
const LONGEST_ANSWER: usize = 64;

/// How contracts are asked.
#[derive(Clone, Copy)]
pub enum Manner {
    /// In this frame: an answer that is too long brings it down.
    Unguarded,
    /// In a frame of the adapter's own.
    Guarded,
}

/// Values of sources that are asked when a price is: for each feed, in the order of its sources.
/// One that can't be asked, or answers out of form, has none. Empty where there is nothing to ask.
pub fn live(feeds: &[&Feed], manner: Manner) -> Vec<Vec<Option<Value>>> {
    let questions: Vec<Question> = feeds.iter().flat_map(|feed| questions(feed)).collect();
    if questions.is_empty() {
        return Vec::new();
    }
    answered(feeds, questions, manner)
}

/// A function of its own: prices without such sources don't pay for it.
#[inline(never)]
fn answered(feeds: &[&Feed], questions: Vec<Question>, manner: Manner) -> Vec<Vec<Option<Value>>> {
    let answers = match manner {
        Manner::Unguarded => ask(&questions),
        Manner::Guarded => guarded(questions),
    };
    let mut answers = answers.into_iter();
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
///
/// It goes down too where the caller has nested so many calls that there is no room for the contract's frame. That
/// is no answer: whoever calls would choose which sources count.
#[inline(never)]
fn guarded(questions: Vec<Question>) -> Vec<Option<Answer>> {
    if let Some(answers) = in_a_frame(&questions) {
        return answers;
    }
    if call::<()>(Callee::Own, &PROBE, LONGEST_ANSWER).is_none() {
        refuse()
    }
    let one_by_one = questions.into_iter().map(|question| {
        in_a_frame(core::slice::from_ref(&question)).and_then(|mut one| one.pop()).flatten()
    });
    one_by_one.collect()
}

#[inline(never)]
fn in_a_frame(questions: &[Question]) -> Option<Vec<Option<Answer>>> {
    call(Callee::Own, &(ASK, questions).encode(), room(questions.len()))
}

/// The message `probe`: opens a frame in its own as `ask` opens a contract's, and goes down where there is no
/// room for it.
#[inline(never)]
pub fn probe() {
    let _ = in_a_frame(&[]);
}

/// Ends the message without an answer.
#[inline(never)]
pub fn refuse() -> ! {
    let refused: Result<(), _> = Err(ink::LangError::CouldNotReadInput);
    ink::env::return_value(ink::env::ReturnFlags::REVERT, &refused)
}

/// Room for so many answers, in bytes.
const fn room(answers: usize) -> usize {
    answers.saturating_add(1).saturating_mul(LONGEST_ANSWER)
}

/// The message `ask`: each contract is asked once for all its symbols, and again for each where it does not
/// answer that: it may be an older one.
///
/// A call gets what is left where that is less than its limit, and then uses all of it: who gives a
/// message too little gas for an answer has none left for what comes after.
#[inline(never)]
pub fn ask(questions: &[Question]) -> Vec<Option<Answer>> {
    let mut answers = ink::prelude::vec![None; questions.len()];
    for (place, (contract, symbol)) in questions.iter().enumerate() {
        if questions.iter().take(place).any(|(earlier, _)| earlier == contract) {
            continue;
        }
        let its_own = || questions.iter().filter(|(of, _)| of == contract);
        let symbols: Vec<&String> = its_own().map(|(_, symbol)| symbol).collect();
        let said = match symbols.len() {
            1 => ink::prelude::vec![ask_one(*contract, symbol)],
            _ => ask_many(*contract, &symbols).unwrap_or_else(|| {
                symbols.iter().map(|symbol| ask_one(*contract, symbol)).collect()
            }),
        };
        let places = answers.iter_mut().zip(questions).filter(|(_, (of, _))| of == contract);
        places.zip(said).for_each(|((answer, _), said)| *answer = said);
    }
    answers
}

fn ask_one(contract: AccountId, symbol: &String) -> Option<Answer> {
    let input = (GET_LATEST_PRICE, symbol).encode();
    call::<Option<Answer>>(Callee::Stranger(contract), &input, LONGEST_ANSWER).flatten()
}

/// Nothing unless it answers for each.
fn ask_many(contract: AccountId, symbols: &[&String]) -> Option<Vec<Option<Answer>>> {
    let input = (GET_LATEST_PRICES, symbols).encode();
    let answers: Vec<_> = call(Callee::Stranger(contract), &input, room(symbols.len()))?;
    (answers.len() == symbols.len()).then_some(answers)
}

/// Who is called.
enum Callee {
    /// This code, as a delegate on the adapter's own storage: a frame of its own for half of what a call of
    /// itself would cost. It may use as much as is left.
    Own,
    /// Somebody else's contract, which may use little.
    Stranger(AccountId),
}

/// Calls; nothing if that fails in whatever way.
#[cfg(not(feature = "std"))]
fn call<T: Decode>(callee: Callee, input: &[u8], room: usize) -> Option<T> {
    use pallet_contracts_uapi::{CallFlags, HostFn, HostFnImpl};
    /// One unit of balance, for a limit of none would be none.
    const LEAST_DEPOSIT: [u8; 16] = 1u128.to_le_bytes();
    const NOTHING: [u8; 16] = [0; 16];
    let mut buffer = ink::prelude::vec![0; room];
    let mut answer = buffer.as_mut_slice();
    match callee {
        Callee::Own => {
            let mut code = [0; 32];
            HostFnImpl::own_code_hash(&mut code);
            HostFnImpl::delegate_call(CallFlags::empty(), &code, input, Some(&mut answer))
        }
        Callee::Stranger(contract) => HostFnImpl::call_v2(
            CallFlags::empty(),
            contract.as_ref(),
            MOST_REF_TIME,
            MOST_PROOF,
            Some(&LEAST_DEPOSIT),
            &NOTHING,
            input,
            Some(&mut answer),
        ),
    }
    .ok()?;
    let answer = Result::<T, ink::LangError>::decode(&mut &*answer).ok()?;
    answer.ok()
}

/// The native build is for metadata and types: it has no chain to call.
#[cfg(feature = "std")]
fn call<T: Decode>(callee: Callee, _: &[u8], _: usize) -> Option<T> {
    if let Callee::Stranger(contract) = callee {
        let _ = (contract, MOST_REF_TIME, MOST_PROOF);
    }
    None
}
