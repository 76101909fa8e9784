//! Calls of the governor's: those it was told to make, and questions about what they would change.

use breakwater_protocol::{
    governance::{risk, Call, Change, Direction, GovernanceError as Error},
    oracle::{Feed, FeedConfig},
    AssetId, MarketParams, PricedReserve, ReserveConfig,
};
use ink::{
    env::{
        call::{build_call, ExecutionInput, Selector},
        DefaultEnvironment,
    },
    prelude::vec::Vec,
    primitives::AccountId,
};
use scale::{Decode, Encode};

/// Makes a call with all gas that is left. Only a call to the governor itself may enter it again.
///
/// ink!'s own calls decode the answer and don't tell whether the target has reverted.
///
/// # Errors
/// With the call's `place` in its operation: [`Error::CallReverted`]; [`Error::CallFailed`].
#[cfg(not(feature = "std"))]
pub fn make(place: u8, call: &Call, own: AccountId) -> Result<(), Error> {
    use pallet_contracts_uapi::{CallFlags, HostFn, HostFnImpl, ReturnErrorCode};

    /// As much as ink!'s own buffer: the chain traps where an answer is longer.
    const LONGEST_ANSWER: usize = 16 * 1024;
    /// Most of a refusal's answer that is passed on, in bytes.
    const ANSWER_KEPT: usize = 64;
    let is_own = AccountId::from(call.target) == own;
    let flags = if is_own { CallFlags::ALLOW_REENTRY } else { CallFlags::empty() };
    let mut buffer = ink::prelude::vec![0; LONGEST_ANSWER];
    let mut answer = buffer.as_mut_slice();
    // A limit of 0 is none.
    let outcome = HostFnImpl::call_v2(
        flags,
        &call.target,
        0,
        0,
        None,
        &call.value.encode(),
        &call.data,
        Some(&mut answer),
    );
    match outcome {
        Ok(()) => Ok(()),
        Err(ReturnErrorCode::CalleeReverted) => {
            let answer = answer.iter().take(ANSWER_KEPT).copied().collect();
            Err(Error::CallReverted { place, answer })
        }
        Err(_) => Err(Error::CallFailed { place }),
    }
}

/// The native build is for metadata and types: it has no chain to call.
#[cfg(feature = "std")]
pub fn make(place: u8, _: &Call, _: AccountId) -> Result<(), Error> {
    Err(Error::CallFailed { place })
}

/// Checks that a call lowers risk, or moves nothing, as its target's parameters are now. It is the
/// target itself that is asked: one that lies about itself deceives nobody else.
///
/// # Errors
/// [`Error::NotAChange`], [`Error::PresentUnknown`], [`Error::RaisesRisk`].
pub fn must_lower(call: &Call) -> Result<(), Error> {
    let target = AccountId::from(call.target);
    let moves = match Change::of(call).ok_or(Error::NotAChange)? {
        Change::Reserve(asset, new) => risk::reserve(&reserve(target, asset)?, &new),
        Change::Params(new) => risk::market(&params(target)?, &new),
        Change::Feed(token, new) => risk::feed(&feed(target, token.into())?, &new),
    };
    if risk::direction(&moves) == Direction::Raises {
        return Err(Error::RaisesRisk);
    }
    Ok(())
}

/// A reserve's present parameters.
///
/// # Errors
/// [`Error::PresentUnknown`].
pub fn reserve(market: AccountId, asset: AssetId) -> Result<ReserveConfig, Error> {
    let arguments = Vec::from([asset]);
    let reserves: Result<Vec<PricedReserve>, breakwater_protocol::Error> =
        ask(market, ink::selector_bytes!("priced_reserves"), arguments)?;
    let priced =
        reserves.ok().and_then(|mut reserves| reserves.pop()).ok_or(Error::PresentUnknown)?;
    Ok(priced.reserve.config)
}

fn params(market: AccountId) -> Result<MarketParams, Error> {
    let (_, _, params): (AccountId, AccountId, MarketParams) =
        ask(market, ink::selector_bytes!("settings"), ())?;
    Ok(params)
}

fn feed(oracle: AccountId, token: AccountId) -> Result<FeedConfig, Error> {
    let feed: Option<Feed> = ask(oracle, ink::selector_bytes!("feed"), token)?;
    Ok(feed.ok_or(Error::PresentUnknown)?.config)
}

fn ask<T: Decode>(target: AccountId, message: [u8; 4], arguments: impl Encode) -> Result<T, Error> {
    build_call::<DefaultEnvironment>()
        .call(target)
        .exec_input(ExecutionInput::new(Selector::new(message)).push_arg(arguments))
        .returns::<T>()
        .try_invoke()
        .ok()
        .and_then(Result::ok)
        .ok_or(Error::PresentUnknown)
}

/// Has a market take a steward's change.
///
/// # Errors
/// [`Error::MarketRefused`], [`Error::CallFailed`].
pub fn configure(market: AccountId, asset: AssetId, config: &ReserveConfig) -> Result<(), Error> {
    let outcome = build_call::<DefaultEnvironment>()
        .call(market)
        .exec_input(
            ExecutionInput::new(Selector::new(ink::selector_bytes!("configure_reserve")))
                .push_arg(asset)
                .push_arg(config),
        )
        .returns::<Result<(), breakwater_protocol::Error>>()
        .try_invoke();
    match outcome {
        Ok(Ok(answer)) => answer.map_err(Error::MarketRefused),
        _ => Err(Error::CallFailed { place: 0 }),
    }
}
