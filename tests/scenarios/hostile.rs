//! The fixture that misbehaves on command (`contracts/fixtures/hostile`).

use breakwater_chain::AccountId;
use scale::Encode;

/// As the fixture's own type, of which only the encoding matters here.
#[derive(Clone, Encode)]
pub enum Mood {
    Honest,
    Refuses,
    Traps,
    SaysFalse,
    RefusesOne { account: AccountId },
    Calls { target: AccountId, selector: [u8; 4], arguments: Vec<u8> },
}
