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
            "the contract refused it: somebody else's transaction may have come first, so look again"
        }
        DispatchError::OutOfGas => "the state grew since the dry run: send it again",
        DispatchError::DepositUnpaid | DispatchError::DepositLimit => {
            "the sender can't pay the deposit for new storage: fund the account"
        }
        DispatchError::ContractNotFound => "no contract is there: is this the right chain?",
        DispatchError::FundsUnavailable => "fund the account first",
        DispatchError::Runtime(why) if why == "BadOrigin" => {
            "this chain reserves that for certain accounts, such as uploading code"
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
        E::NotCanceller => "only a guardian or its proposer may",
        E::NotMember => "only a proposer, a guardian or a named executor may",
        E::NotOwned => "the governor has not yet accepted ownership of that contract",
        E::ReplacementOpen => "a replacement of the guardians is open: any proposer may cancel it",
        E::NotSteward => "only a steward may: `breakwater gov show` lists them",
        E::NotGovernor => "only the governor itself may: queue it",
        E::ReplacesGuardian => "guardians can't cancel their own replacement",
        E::Unknown => "no operation has this id",
        E::IdUsed => "an operation with this id exists already: choose another salt",
        E::TooEarly => "its delay is still running: `breakwater gov show` says until when",
        E::TooLate => "its grace period has ended: queue it again",
        E::Done => "it has been executed already",
        E::Cancelled => "it was cancelled: queue it again",
        E::PredecessorNotDone => "the operation that must run first has not run yet",
        E::TooManyOpen => {
            "you have reached the limit of open operations: execute or cancel one first"
        }
        E::SizeOutOfRange => "an operation holds 1 to 8 calls and at most 8 KiB",
        E::DelayOutOfRange => "the delay is below the minimum or above 30 days",
        E::BadSelfCall => {
            "of the governor's own messages only set_settings and set_members can be queued"
        }
        E::NotAChange => "the short delay is for changes of parameters only",
        E::RaisesRisk => "by now it would raise risk: queue it with the long delay",
        E::PresentUnknown => "the current parameters can't be read, so the change can't be judged",
        E::CallReverted { .. } => "the called contract refused",
        E::CallFailed { .. } => {
            "a call trapped or ran out of gas, or no contract is at its address"
        }
        E::NotForSteward => {
            "a steward may change only caps, depth, LTVs and rates, and must change one of them"
        }
        E::BeyondBound => "the step is larger than a steward's bound: `breakwater gov show`",
        E::MovedToday => "this parameter changed less than a day ago: wait",
        E::MarketRefused(_) => "the market would refuse it",
        E::SettingsOutOfRange => "delays, grace or bounds are out of range",
        E::RolesOutOfRange => {
            "a role has at most 8 members, without duplicates, and there must be a proposer"
        }
    }
}

fn advice(error: Error) -> &'static str {
    match error {
        Error::ZeroAmount => "the amount must be above zero",
        Error::UnknownAsset => "no such asset is listed: `breakwater status` lists them",
        Error::TooManyPositions => "an account can hold at most 8 assets: close one position first",
        Error::TooManyReserves => "a market can list at most 32 assets",
        Error::AlreadyListed => "the token is listed already: change its parameters instead",
        Error::DeadlinePassed => "the deadline has passed: send it again with a later one",
        Error::BatchOutOfRange => "a batch takes 1 to 16 actions, 256 starts or 128 takes: split it",
        Error::BadReceiver => "the market can't be the receiver: name another account",
        Error::Frozen => "the asset is frozen: only repayments and withdrawals are possible",
        Error::NotOwner => {
            "only the market's owner may; if that is a governor, queue it: `breakwater gov queue`"
        }
        Error::NotFeeder => {
            "only the price source's own key may: `breakwater oracle show` names it"
        }
        Error::NotYourAccount => {
            "for somebody else you may only repay debt or add to positions they already have"
        }
        Error::NotGuardian => "only the owner may, or the guardian during their term",
        Error::NotBorrowable => "the asset can only be collateral, not supplied or borrowed",
        Error::NotCollateral => "the asset is not accepted as collateral",
        Error::InsufficientCash => "available liquidity is too low, the rest is borrowed: ask for less, or wait for repayments",
        Error::InsufficientBalance => "the account has less than that; `all` takes everything",
        Error::SupplyCapExceeded => "the supply cap is reached: supply less",
        Error::BorrowCapExceeded => "the borrow cap is reached: borrow less",
        Error::CollateralCapExceeded => "the collateral cap is reached: deposit less",
        Error::DebtBelowMinimum => "the remaining debt would be below the minimum: repay all of it, or borrow more",
        Error::NoDebt => "there is no debt in this asset",
        Error::AmountTooSmall => "the amount is worth less than one share: increase it",
        Error::InsufficientCollateral => {
            "the debt would exceed the collateral's LTV limit: borrow or withdraw less, or add collateral"
        }
        Error::Healthy => "the health factor is 1 or more: there is nothing to liquidate",
        Error::AuctionRunning => "the account is being liquidated: repay or add collateral first",
        Error::NoAuction => "the account is not in auction: `breakwater liquidate` starts one",
        Error::TakeLeavesDust => {
            "what would remain is too small to liquidate later: take the whole debt"
        }
        Error::SiloedDebt => "a siloed asset must be the only debt: repay the other debt first",
        Error::IsolatedCollateral => "isolated collateral excludes other collateral and allows one debt asset only",
        Error::IsolationCeilingExceeded => "the debt ceiling of this isolated collateral is reached: borrow less",
        Error::LoadCapExceeded => {
            "the collateral would be too much for its market's depth: deposit less"
        }
        Error::SharesWornOut => {
            "a loss has made supply shares nearly worthless: nothing can be supplied until lenders give them up"
        }
        Error::OutflowLimitReached => {
            "the reserve's outflow limit is reached: withdraw or borrow less, or wait an hour"
        }
        Error::PriceMissing => "the oracle has no price: `breakwater oracle show` says why",
        Error::PriceNotGoodForRisk => {
            "the price is too old or uncertain for new risk: wait for the next report"
        }
        Error::PriceNotGoodForLiquidation => {
            "the price is too old or uncertain to start a liquidation: wait for the next report"
        }
        Error::PriceNotGoodForSettlement => {
            "the price is too old or uncertain to sell at: wait for the next report"
        }
        Error::PriceInvalid => "a price must be above zero and within the feed's bounds",
        Error::PriceOutOfOrder => {
            "a report must be newer than the last one and not newer than the block"
        }
        Error::VelocityLimitReached => {
            "the pace of sales for this collateral is used up: wait until the meter has room again"
        }
        Error::WorseCollateralFirst => {
            "riskier collateral of this account must be sold first: take that"
        }
        Error::UnknownSource => "the feed has no such source: `breakwater oracle show` lists them",
        Error::BadSignature => {
            "the signature is not by the source's key, or was made for another chain or adapter"
        }
        Error::PackageMalformed => {
            "this is not a RedStone payload, or it has more than 32 packages: relay the gateway's answer unchanged"
        }
        Error::NonceUsed => "a newer report is stored already",
        Error::NoFeed => {
            "the oracle has no feed for this token: `breakwater deploy` configures them"
        }
        Error::NoReward => "there is no reward to claim",
        Error::StillUnhealthy => {
            "the account is still unhealthy, or a price that matters can't be used: repay or add collateral"
        }
        Error::StillCovered => "the collateral still has value: take it instead of writing the debt off",
        Error::ReceivedTooLittle => "you would receive less than your minimum, as the price moved: lower the minimum, or wait",
        Error::BackstopEmpty => "the backstop has too little money for this",
        Error::BackstopLevelNotReached => {
            "the account is not near enough to insolvency for the backstop: take it instead"
        }
        Error::NoStock => "the backstop holds none of this collateral: `breakwater backstop show`",
        Error::NoticeNeeded => {
            "withdrawing needs notice: give it, then come back in its window (`breakwater backstop show`)"
        }
        Error::NoticeRests => "your last notice lapsed unused: wait before you give the next",
        Error::PaceOutOfRange => "a parameter of the pace of sales is out of bounds: docs/gradual.md has them",
        Error::NoStake => "the account has no stake in this backstop",
        Error::BreakerRefusesRisk => {
            "the circuit breaker allows no new risk at its level: `breakwater breaker show`"
        }
        Error::BreakerHalted => "the circuit breaker has halted sales for a few minutes: wait",
        Error::GracePeriod => {
            "prices of an asset are just back: for some minutes borrowers may act, and nobody may \
             start its liquidation or bring it into debt"
        },
        Error::GuardTooLong => "a guardian may not hold a level for that long: choose a shorter time",
        Error::GuardRests => "after a guardian's level has ended, as much time must pass before the next: wait",
        Error::LtvNotBelowThreshold => "set ltv_bps below liquidation_threshold_bps",
        Error::BonusTooHigh => {
            "(1 + highest bonus + fee) x liquidation threshold must stay below 1"
        }
        Error::BpsOutOfRange => "a value in basis points exceeds 10,000 or its documented bound",
        Error::DecimalsOutOfRange => "a token can have at most 24 decimals",
        Error::RateOutOfRange => "rates must rise with utilisation and stay below their bound",
        Error::TargetHealthOutOfRange => "target health must lie above 1 and at most 2",
        Error::UselessReserve => "an asset must be borrowable, collateral, or both",
        Error::TiersNotMonotone => "tiers must begin at 0 and rise, and larger ones may not have higher LTVs",
        Error::TooManyTiers => "there are too many tiers, counting those of thresholds still on their way down",
        Error::DepthZero => "give the depth of the asset's market",
        Error::LoadCapOutOfRange => "the load cap must be above 0 and at most 1,000",
        Error::HaircutOutOfRange => "a haircut must be below 1 and its factors at most 100",
        Error::WindowOutOfRange => "a window lasts between a minute and 30 days",
        Error::RampOutOfRange => "thresholds must fall by 1 to 500 bps a day",
        Error::TokenFixed => "a listed asset's token and decimals can't be changed",
        Error::UrgencyOutOfRange => {
            "these LTVs must rise in this order, up to 1: threshold, the pool's first purchase, full urgency, loss"
        }
        Error::StarterFloorTooHigh => "a starter's minimum reward can be at most 100 dollars",
        Error::DustTooHigh => "the dust limit can be at most 100 dollars",
        Error::CooldownOutOfRange => {
            "a cool-down lasts an hour to 30 days, its window an hour to a week"
        }
        Error::FeedOutOfRange => "a feed's sources, quorum, times or bounds are out of range",
        Error::BreakerOutOfRange => "a threshold or time of the breaker is out of range",
        Error::TokenTransferFailed => "a token refused the transfer: check balance and allowance",
        Error::OracleCallFailed => "the call of the oracle failed: is that address an oracle adapter?",
        Error::MarketCallFailed => "the call of the market failed: is that address a market?",
        Error::CallbackFailed => "the taker's contract refused, for instance because its pool pays too little",
        Error::NotPendingOwner => "only the named next owner may accept",
        Error::CodeMissing => "upload the code first",
        Error::WrongCode => {
            "the code is not a market with this storage layout: upgrading to it would lose all balances"
        }
        Error::NothingToCollect => "there is no income to collect now",
        Error::ReserveFloor => "part of the income must stay as a reserve against the debt: collect less",
        Error::CollectionRests => {
            "income can't be collected while the asset is Stressed or soon after a loss: wait"
        }
        Error::ReserveNotEmpty => {
            "somebody still has, owes or may claim some of it, income is not collected, or another asset is \
             backed by it"
        }
        Error::Overflow => "an amount is too large for the calculation: use smaller numbers",
        Error::DivisionByZero => "a division by zero: an amount or a price is zero",
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
