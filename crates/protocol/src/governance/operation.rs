//! What is queued, and when it may be done.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use super::{GovernanceError as Error, Role};
use crate::{oracle::FeedConfig, AccountId, AssetId, MarketParams, ReserveConfig};
use alloc::{boxed::Box, vec::Vec};
use scale::{Decode, DecodeAll, Encode};
use scale_info::TypeInfo;

/// Blake2b-256 of an encoded [`Operation`].
pub type OperationId = [u8; 32];

/// Most calls of an operation.
pub const MAX_CALLS: usize = 8;
/// Most bytes of an encoded operation: it must fit ink!'s buffer twice, with an event around it.
pub const MAX_BYTES: usize = 8 * 1024;

/// The messages that operations are looked at for, as ink! selects them by name.
pub mod selectors {
    /// The market's `configure_reserve(asset, config)`.
    pub const CONFIGURE_RESERVE: [u8; 4] = [0xe4, 0xd7, 0xd6, 0xb1];
    /// The market's `set_params(params)`.
    pub const SET_PARAMS: [u8; 4] = [0x15, 0x8c, 0x97, 0x7c];
    /// The oracle adapter's `configure(token, config)`.
    pub const CONFIGURE: [u8; 4] = [0xb1, 0xb5, 0x73, 0xc4];
    /// The governor's `set_settings(settings)`.
    pub const SET_SETTINGS: [u8; 4] = [0x00, 0xe8, 0xab, 0x39];
    /// The governor's `set_members(role, members)`.
    pub const SET_MEMBERS: [u8; 4] = [0x8b, 0x04, 0x7c, 0x6b];
}

/// One call of any message of any contract.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Call {
    pub target: AccountId,
    /// Native balance of the governor's sent along, in planck.
    pub value: u128,
    /// Selector and arguments.
    pub data: Vec<u8>,
}

/// How long an operation must wait at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum Lane {
    /// The long delay, for whatever it may be.
    #[codec(index = 0)]
    Standard,
    /// The short delay, for changes of parameters that lower risk: that they do is checked when
    /// they are executed.
    #[codec(index = 1)]
    Lowering,
}

/// Calls that are done together or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Operation {
    pub lane: Lane,
    pub calls: Vec<Call>,
    /// An operation that must be done before this one.
    pub predecessor: Option<OperationId>,
    /// Makes the ids of equal operations differ.
    pub salt: [u8; 32],
}

/// A change of parameters: a call that replaces a whole configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Reserve(AssetId, Box<ReserveConfig>),
    Params(Box<MarketParams>),
    Feed(AccountId, Box<FeedConfig>),
}

impl Change {
    /// What a call changes, if it is such a change and nothing else.
    pub fn of(call: &Call) -> Option<Self> {
        let (selector, arguments) = call.data.split_first_chunk::<4>()?;
        if call.value != 0 {
            return None;
        }
        match *selector {
            selectors::CONFIGURE_RESERVE => decoded(arguments)
                .map(|(asset, config): (AssetId, _)| Self::Reserve(asset, Box::new(config))),
            selectors::SET_PARAMS => {
                decoded(arguments).map(|params| Self::Params(Box::new(params)))
            }
            selectors::CONFIGURE => decoded(arguments)
                .map(|(token, config): (AccountId, _)| Self::Feed(token, Box::new(config))),
            _ => None,
        }
    }
}

/// Arguments that are of a type to the last byte.
fn decoded<T: Decode>(mut arguments: &[u8]) -> Option<T> {
    T::decode_all(&mut arguments).ok()
}

impl Operation {
    /// Whether this may be queued, by its form alone.
    ///
    /// # Errors
    /// [`Error::SizeOutOfRange`], [`Error::BadSelfCall`]; in the short lane [`Error::NotAChange`].
    pub fn validate(&self, governor: AccountId) -> Result<(), Error> {
        if self.calls.is_empty()
            || self.calls.len() > MAX_CALLS
            || self.encoded_size() > MAX_BYTES
            || self.calls.iter().any(|call| call.data.len() < 4)
        {
            return Err(Error::SizeOutOfRange);
        }
        let own = [selectors::SET_SETTINGS, selectors::SET_MEMBERS];
        for call in &self.calls {
            let is_own = own.iter().any(|selector| call.data.starts_with(selector));
            if call.target == governor && (!is_own || call.value != 0) {
                return Err(Error::BadSelfCall);
            }
            if self.lane == Lane::Lowering && Change::of(call).is_none() {
                return Err(Error::NotAChange);
            }
        }
        Ok(())
    }

    /// Whether all this does is to replace the governor's guardians: they can't cancel it.
    pub fn replaces_guardians(&self, governor: AccountId) -> bool {
        let [call] = self.calls.as_slice() else { return false };
        let Some((selector, arguments)) = call.data.split_first_chunk::<4>() else { return false };
        call.target == governor
            && *selector == selectors::SET_MEMBERS
            && decoded(arguments)
                .is_some_and(|(role, _): (Role, Vec<AccountId>)| role == Role::Guardian)
    }
}

/// What has become of an operation, but for time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum Fate {
    #[codec(index = 0)]
    Open,
    #[codec(index = 1)]
    Done,
    #[codec(index = 2)]
    Cancelled,
    /// Cancelled by who had queued it.
    #[codec(index = 3)]
    TakenBack,
}

/// What is kept of an operation, for good: an id is used once, but for [`Entry::may_be_queued_again`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Entry {
    pub proposer: AccountId,
    /// When it was queued, from when on it may be executed and until when, in Unix milliseconds.
    pub queued_ms: u64,
    pub ready_ms: u64,
    pub expires_ms: u64,
    pub fate: Fate,
    /// Guardians can't cancel it, any other proposer can.
    pub replaces_guardians: bool,
}

/// Where an operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum State {
    /// Never queued.
    #[codec(index = 0)]
    Unset,
    /// Its delay runs.
    #[codec(index = 1)]
    Waiting,
    /// It may be executed, once its predecessor is done.
    #[codec(index = 2)]
    Ready,
    #[codec(index = 3)]
    Done,
    /// Its grace is over.
    #[codec(index = 4)]
    Expired,
    #[codec(index = 5)]
    Cancelled,
}

impl Entry {
    /// Where the operation stands at a time.
    pub const fn state(&self, now_ms: u64) -> State {
        match self.fate {
            Fate::Done => State::Done,
            Fate::Cancelled | Fate::TakenBack => State::Cancelled,
            Fate::Open if now_ms < self.ready_ms => State::Waiting,
            Fate::Open if now_ms <= self.expires_ms => State::Ready,
            Fate::Open => State::Expired,
        }
    }
}

impl Entry {
    /// Whether somebody may queue an operation that has been queued before: only what another proposer
    /// has taken back. Otherwise who copies an operation on its way into the queue and takes it back at once
    /// would keep its author from queueing it.
    pub fn may_be_queued_again(&self, proposer: &AccountId) -> bool {
        self.fate == Fate::TakenBack && self.proposer != *proposer
    }
}

impl State {
    /// # Errors
    /// Unless ready: [`Error::Unknown`], [`Error::TooEarly`], [`Error::TooLate`], [`Error::Done`],
    /// [`Error::Cancelled`].
    pub const fn must_be_ready(self) -> Result<(), Error> {
        match self {
            Self::Ready => Ok(()),
            Self::Unset => Err(Error::Unknown),
            Self::Waiting => Err(Error::TooEarly),
            Self::Expired => Err(Error::TooLate),
            Self::Done => Err(Error::Done),
            Self::Cancelled => Err(Error::Cancelled),
        }
    }

    /// Only what may still be executed can be cancelled.
    ///
    /// # Errors
    /// [`Error::Unknown`], [`Error::TooLate`], [`Error::Done`], [`Error::Cancelled`].
    pub const fn must_be_open(self) -> Result<(), Error> {
        match self {
            Self::Waiting => Ok(()),
            other => other.must_be_ready(),
        }
    }
}
