//! What an error means and what to do about it.

use crate::output::say;
use breakwater_chain::DispatchError;
use breakwater_client::ClientError;
use breakwater_protocol::{governance::GovernanceError, Error};
use scale::Decode;
use serde::Serialize;
use std::collections::BTreeMap;

/// `breakwater explain`: one error, by its name in any case, or all of them.
///
/// # Errors
/// If there is none of that name.
pub fn run(name: Option<&str>, json: bool) -> anyhow::Result<()> {
    let table = table();
    let all = || table.protocol.iter().chain(&table.governance).chain(&table.chain);
    let Some(name) = name else {
        let lines: Vec<String> = all().map(|(name, next)| format!("{name}: {next}")).collect();
        let text = if json { serde_json::to_string_pretty(&table)? } else { lines.join("\n") };
        return say(&text);
    };
    let last = |of: &str| of.rsplit("::").next().unwrap_or(of).to_lowercase();
    let found: BTreeMap<&String, &&str> =
        all().filter(|(of, _)| last(of.as_str()) == last(name)).collect();
    anyhow::ensure!(!found.is_empty(), "no error is called {name}: `breakwater explain` has all");
    let lines: Vec<String> = found.iter().map(|(name, next)| format!("{name}: {next}")).collect();
    say(&if json { serde_json::to_string_pretty(&found)? } else { lines.join("\n") })
}

/// What the contracts' and the chain's errors mean, by their names.
#[derive(Debug, Serialize)]
pub struct Table {
    /// The market's, the lens's and the oracle adapter's.
    pub protocol: BTreeMap<String, &'static str>,
    /// The governor's.
    pub governance: BTreeMap<String, &'static str>,
    /// The chain's, by pallet and name.
    pub chain: BTreeMap<String, &'static str>,
}

/// All of them.
pub fn table() -> Table {
    // Whatever an error carries is read from these.
    let encoded = |number| [number, 1, 0, 0];
    let protocol = (0..=u8::MAX).filter_map(|number| Error::decode(&mut &[number][..]).ok());
    let governance =
        (0..=u8::MAX).filter_map(|number| GovernanceError::decode(&mut &encoded(number)[..]).ok());
    let chain = [
        DispatchError::ContractReverted,
        DispatchError::ContractTrapped,
        DispatchError::OutOfGas,
        DispatchError::DepositUnpaid,
        DispatchError::DepositLimit,
        DispatchError::ContractNotFound,
        DispatchError::FundsUnavailable,
        DispatchError::module("Balances", "InsufficientBalance"),
    ];
    Table {
        protocol: protocol.map(|error| (format!("{error:?}"), advice(error))).collect(),
        governance: governance
            .map(|error| (governance_name(&error), governance_advice(&error)))
            .collect(),
        chain: chain.iter().map(|error| (error.to_string(), next_after(error))).collect(),
    }
}

/// The error's name, its meaning, and what to do next.
pub fn refusal(error: Error) -> String {
    format!("{error:?}: {}", advice(error))
}

/// A client's error, with advice where it is one of the protocol's.
pub fn client(error: ClientError) -> anyhow::Error {
    match error {
        ClientError::Protocol(error) => anyhow::anyhow!(refusal(error)),
        other => other.into(),
    }
}

/// A failed dispatch, by its name on chain, and what to do next.
pub fn dispatch(error: &DispatchError) -> String {
    format!("{error}: {}", next_after(error))
}

fn next_after(error: &DispatchError) -> &'static str {
    match error {
        DispatchError::ContractReverted => {
            "the contract refused it; somebody else's transaction may have come first: look again"
        }
        DispatchError::OutOfGas => "the state grew since the dry run: send it again",
        DispatchError::DepositUnpaid | DispatchError::DepositLimit => {
            "the sender can't pay the deposit for new storage: fund the account"
        }
        DispatchError::ContractNotFound => "no contract is there: is this the right chain?",
        DispatchError::FundsUnavailable => "fund the account first",
        DispatchError::Runtime(why) if why == "BadOrigin" => {
            "this chain does not let everybody do that; code may be for some accounts to upload"
        }
        DispatchError::Module { error, .. } if error == "InsufficientBalance" => {
            "fund the account first"
        }
        _ => "the chain refused it",
    }
}

/// A governor's error, its meaning, and what to do next.
pub fn governance(error: &GovernanceError) -> String {
    use GovernanceError as E;
    let name = governance_name(error);
    let next = governance_advice(error);
    match error {
        E::CallReverted { place, answer } => {
            let why = match answer.as_slice() {
                [0, 1, error @ ..] => Error::decode(&mut &*error).ok(),
                _ => None,
            };
            let why = why.map_or(next.into(), refusal);
            format!("{name}: call {place} was refused: {why}")
        }
        E::MarketRefused(error) => format!("{name}: {}", refusal(*error)),
        _ => format!("{name}: {next}"),
    }
}

fn governance_name(error: &GovernanceError) -> String {
    let name = format!("{error:?}");
    name.split([' ', '(']).next().unwrap_or_default().into()
}

fn governance_advice(error: &GovernanceError) -> &'static str {
    use GovernanceError as E;
    match error {
        E::NotProposer => "only a proposer may: `breakwater gov show` lists them",
        E::NotExecutor => "only an executor may: `breakwater gov show` lists them",
        E::NotCanceller => "only a guardian, or who proposed it, may",
        E::NotMember => "only a proposer, a guardian or a named executor may",
        E::NotOwned => "the governor has not accepted the ownership of that contract",
        E::ReplacementOpen => "a replacement of the guardians is open: any proposer may cancel it",
        E::NotSteward => "only a steward may: `breakwater gov show` lists them",
        E::NotGovernor => "only the governor itself may: queue it",
        E::ReplacesGuardian => "guardians can't cancel their own replacement",
        E::Unknown => "no operation has this id",
        E::IdUsed => "there was an operation with this id: choose another salt",
        E::TooEarly => "its delay is not over: `breakwater gov show` says when it is",
        E::TooLate => "its grace is over: queue it again",
        E::Done => "it was executed already",
        E::Cancelled => "it was cancelled: queue it again",
        E::PredecessorNotDone => "the operation that must come before it is not done",
        E::TooManyOpen => {
            "you have as many operations open as one may: execute or cancel one first"
        }
        E::SizeOutOfRange => "an operation has 1 to 8 calls and 8 KiB",
        E::DelayOutOfRange => "the delay is below the least, or above 30 days",
        E::BadSelfCall => {
            "of the governor's own messages only set_settings and set_members can be queued"
        }
        E::NotAChange => "the short delay is for changes of parameters only",
        E::RaisesRisk => "it would raise risk by now: queue it with the long delay",
        E::PresentUnknown => "the parameters that it replaces can't be read",
        E::CallReverted { .. } => "its target refused",
        E::CallFailed { .. } => "a call trapped, ran out of gas, or its target is no contract",
        E::NotForSteward => {
            "a steward moves caps, depth, LTVs and rates only, and something must move"
        }
        E::BeyondBound => "the step is larger than a steward's bound: `breakwater gov show`",
        E::MovedToday => "this parameter was moved less than a day ago: wait",
        E::MarketRefused(_) => "the market would refuse it",
        E::SettingsOutOfRange => "delays, grace or bounds are out of range",
        E::RolesOutOfRange => {
            "a role has 8 members at most, each once, and there must be a proposer"
        }
    }
}

fn advice(error: Error) -> &'static str {
    match error {
        Error::ZeroAmount => "give an amount above zero",
        Error::UnknownAsset => "no such asset is listed: `breakwater status` lists them",
        Error::TooManyPositions => "an account may hold 8 assets: empty one position first",
        Error::TooManyReserves => "a market lists 32 assets at most",
        Error::AlreadyListed => "the token is listed already: change its parameters instead",
        Error::DeadlinePassed => "the deadline has passed: send it again with a later one",
        Error::BatchOutOfRange => "a batch needs at least one action, and not too many",
        Error::BadReceiver => "the market itself can't receive: give another receiver",
        Error::Frozen => "the asset takes no new business; repaying and withdrawing go on",
        Error::NotOwner => {
            "only the market's owner may; if that is a governor, queue it: `breakwater gov queue`"
        }
        Error::NotFeeder => {
            "only the key of the price source may: `breakwater oracle show` names it"
        }
        Error::NotYourAccount => {
            "with another's account one may only repay or add to what it holds"
        }
        Error::NotGuardian => "only the guardian, while their time runs, or the owner may",
        Error::NotBorrowable => "the asset can't be lent or borrowed, only be collateral",
        Error::NotCollateral => "the asset is not accepted as collateral",
        Error::InsufficientCash => "the rest is lent out: take less, or wait for repayments",
        Error::InsufficientBalance => "the account has less than that; `all` takes everything",
        Error::SupplyCapExceeded => "the supply cap is reached: supply less",
        Error::BorrowCapExceeded => "the borrow cap is reached: borrow less",
        Error::CollateralCapExceeded => "the collateral cap is reached: deposit less",
        Error::DebtBelowMinimum => "the debt left would be too small: repay all, or borrow more",
        Error::NoDebt => "there is no debt in this asset",
        Error::AmountTooSmall => "too small to be worth one share: give more",
        Error::InsufficientCollateral => {
            "the loan would exceed its LTV: borrow or withdraw less, or add collateral"
        }
        Error::Healthy => "the health factor is 1 or more: there is nothing to liquidate",
        Error::AuctionRunning => "the account is being liquidated: repay or add collateral first",
        Error::NoAuction => "the account is not in auction: `breakwater liquidate` starts one",
        Error::TakeLeavesDust => {
            "the debt is so small that it can only be taken whole: raise the amount"
        }
        Error::SiloedDebt => "a siloed asset may only be owed alone: repay the other debt first",
        Error::IsolatedCollateral => "isolated collateral can't be mixed and carries one debt only",
        Error::IsolationCeilingExceeded => "the ceiling of debt against this collateral is reached",
        Error::LoadCapExceeded => {
            "more collateral than the depth of its market can bear: deposit less"
        }
        Error::SharesWornOut => {
            "a loss has left lent shares worthless: nothing is lent before they are given up"
        }
        Error::OutflowLimitReached => {
            "too much has left the reserve of late: take less, or wait an hour"
        }
        Error::PriceMissing => "the oracle has no price: `breakwater oracle show` says why",
        Error::PriceNotGoodForRisk => {
            "the price is too old or uncertain to take on risk: wait for the next"
        }
        Error::PriceNotGoodForLiquidation => {
            "the price is too old or uncertain to liquidate: wait for the next"
        }
        Error::PriceNotGoodForSettlement => {
            "the price is too old or uncertain to sell at: wait for the next"
        }
        Error::PriceInvalid => "a price must be above zero and within the feed's bounds",
        Error::PriceOutOfOrder => {
            "a report must be later than the last and not later than the block"
        }
        Error::VelocityLimitReached => {
            "much of this collateral was sold just now: wait until its market has room again"
        }
        Error::WorseCollateralFirst => {
            "the account has lower-quality collateral that must be sold first"
        }
        Error::UnknownSource => "the feed has no such source: `breakwater oracle show` lists them",
        Error::BadSignature => {
            "the report was not signed by its source's key, or for another chain"
        }
        Error::PackageMalformed => {
            "this is no RedStone payload, or one of more than 32 packages: relay what their gateway sends, unchanged"
        }
        Error::NonceUsed => "a later report is known already",
        Error::NoFeed => {
            "the oracle has no feed for this token: `breakwater deploy` configures them"
        }
        Error::NoReward => "there is nothing to claim",
        Error::StillUnhealthy => {
            "the account is still unhealthy, or a price that matters can't be used: repay or add collateral"
        }
        Error::StillCovered => "the collateral is still worth something: take it instead",
        Error::ReceivedTooLittle => "the price moved against you: lower the minimum, or wait",
        Error::BackstopEmpty => "the backstop has less than this needs",
        Error::BackstopLevelNotReached => {
            "the account is not near enough to insolvency for the backstop: take it instead"
        }
        Error::NoStock => "the backstop holds none of this collateral: `breakwater backstop show`",
        Error::NoticeNeeded => {
            "give notice first and come back in its window: `breakwater backstop show`"
        }
        Error::NoticeRests => "a notice that was not used must rest before the next: wait",
        Error::PaceOutOfRange => "the pace of sales is out of its bounds: docs/gradual.md has them",
        Error::NoStake => "the account has no stake in this backstop",
        Error::BreakerRefusesRisk => {
            "the circuit breaker allows no new risk now: `breakwater breaker show`"
        }
        Error::BreakerHalted => "the circuit breaker has halted sales for some minutes: wait",
        Error::GracePeriod => {
            "prices of an asset are just back: for some minutes borrowers may act, and nobody may \
             start its liquidation or bring it into debt"
        },
        Error::GuardTooLong => "a guardian may not raise a level for so long: give a shorter time",
        Error::GuardRests => "a raised level must rest for as long as it lasted: wait",
        Error::LtvNotBelowThreshold => "set ltv_bps below liquidation_threshold_bps",
        Error::BonusTooHigh => {
            "(1 + highest bonus + fee) x liquidation threshold must stay below 1"
        }
        Error::BpsOutOfRange => "basis points may be 10,000 at most, or their documented bound",
        Error::DecimalsOutOfRange => "tokens may have 24 decimals at most",
        Error::RateOutOfRange => "rates must rise with utilisation and stay below their bound",
        Error::TargetHealthOutOfRange => "target health must lie above 1 and at most at 2",
        Error::UselessReserve => "an asset must be borrowable, collateral, or both",
        Error::TiersNotMonotone => "tiers begin at 0, rise, and never carry more with size",
        Error::TooManyTiers => "there are too many tiers, or too many while thresholds still move",
        Error::DepthZero => "give the depth of the asset's market",
        Error::LoadCapOutOfRange => "the load cap must be above 0 and at most 1,000",
        Error::HaircutOutOfRange => "a haircut must be below 1 and its factors at most 100",
        Error::WindowOutOfRange => "a window lasts between a minute and 30 days",
        Error::RampOutOfRange => "thresholds may fall by 1 to 500 bps a day",
        Error::TokenFixed => "a listed asset's token and decimals can't be changed",
        Error::UrgencyOutOfRange => {
            "the threshold, the LTV the pool buys from, full urgency and the LTV that is lost must rise to 1"
        }
        Error::StarterFloorTooHigh => "a starter's least reward may be 100 dollars at most",
        Error::DustTooHigh => "dust may be worth 100 dollars at most",
        Error::CooldownOutOfRange => {
            "a cool-down lasts an hour to 30 days, its window an hour to a week"
        }
        Error::FeedOutOfRange => "a feed's sources, quorum, times or bounds are out of range",
        Error::BreakerOutOfRange => "a threshold or time of the breaker is out of range",
        Error::TokenTransferFailed => "a token refused: is the balance there, and the allowance?",
        Error::OracleCallFailed => "the oracle could not be called: is it the right contract?",
        Error::MarketCallFailed => "the market could not be called: is it the right contract?",
        Error::CallbackFailed => "the taker's contract refused: its pool may pay too little",
        Error::NotPendingOwner => "only who was named as the next owner may accept",
        Error::CodeMissing => "upload the code first",
        Error::WrongCode => {
            "the code is not a market of this storage layout: an upgrade to it would lose the balances"
        }
        Error::NothingToCollect => "there is no income to collect now",
        Error::ReserveFloor => "a part of what is borrowed stays as reserve: collect less",
        Error::CollectionRests => {
            "nothing is collected while the asset is Stressed, or within a window of a loss"
        }
        Error::ReserveNotEmpty => {
            "somebody still has, owes or may claim some of it, income is not collected, or another asset is \
             backed by it"
        }
        Error::Overflow => "the numbers are too large",
        Error::DivisionByZero => "nothing to divide by: an amount or a price is zero",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Others show these sentences too (`clients/typescript`), from this file.
    #[test]
    fn the_kept_table_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/errors.json");
        let text = format!("{}\n", serde_json::to_string_pretty(&table()).unwrap());
        if std::env::var_os("BREAKWATER_UPDATE").is_some() {
            std::fs::write(path, &text).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == text, "out of date: `breakwater explain --json > crates/cli/errors.json`");
    }

    #[test]
    fn every_error_of_the_governor_is_there_once() {
        let names = table().governance;
        for (error, name) in [
            (GovernanceError::CallReverted { place: 1, answer: Vec::new() }, "CallReverted"),
            (GovernanceError::MarketRefused(Error::Overflow), "MarketRefused"),
        ] {
            assert_eq!(governance_name(&error), name);
            assert_eq!(names[name], governance_advice(&error));
        }
    }
}
