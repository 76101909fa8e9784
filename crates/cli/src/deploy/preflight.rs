//! Whether a chain has room for what is to be deployed, before anything is sent there.

use super::{config::Config, plan::Step};
use crate::coin::Coin;
use anyhow::{bail, Context as _, Result};
use breakwater_chain::{AccountId, Chain, ChainError, ContractLimits, DispatchError, Network};
use breakwater_client::Bundle;
use std::collections::BTreeMap;

/// Contracts that are open at once in our deepest call: market, its other code, taker, AMM pool, token
/// (docs/performance.md measures it: "take, selling in the callback").
const DEEPEST_CALL: u32 = 5;
/// Other codes that the market locks.
const LOCKED_CODES: u32 = 2;

/// A code to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Code {
    name: &'static str,
    bytes: usize,
    /// Planck that uploading it holds, where that is known.
    deposit: u128,
}

/// What the chain has for us.
struct Room<'a> {
    limits: &'a ContractLimits,
    /// Contracts that can be open at once.
    depth: u32,
    /// Planck that the deployer has.
    balance: u128,
    /// Planck that each new contract must have.
    existence: u128,
}

/// Codes that steps upload, and how many contracts they make of each.
fn uploads(steps: &[Step], config: &Config) -> BTreeMap<&'static str, u32> {
    let mut codes = BTreeMap::new();
    let mut add = |name, contracts| *codes.entry(name).or_insert(0) += contracts;
    for step in steps {
        match step {
            Step::Token(index) => {
                if config.assets.get(*index).is_some_and(|asset| asset.token == "new") {
                    add("token", 1);
                }
            }
            Step::Oracle => add("oracle", 1),
            Step::Market => {
                add("market", 1);
                add("market_auctions", 0);
                add("market_admin", 0);
            }
            Step::Lens => add("lens", 1),
            Step::Pool(_) => add("amm", 1),
            Step::Taker => add("taker", 1),
            Step::Governor => add("governor", 1),
            Step::Correct(..)
            | Step::Feed(..)
            | Step::Params(_)
            | Step::Reserve(..)
            | Step::Guardian
            | Step::Ownership => {}
        }
    }
    codes
}

/// Whether somebody can't pay for what they try.
fn is_want_of_coins(why: &ChainError) -> bool {
    use DispatchError::{DepositUnpaid, FundsUnavailable};
    matches!(why, ChainError::Dispatch(DepositUnpaid | FundsUnavailable))
}

/// Planck that uploading holds at least: for the code's bytes, and for two items of storage.
fn least_deposit(limits: &ContractLimits, bytes: usize) -> u128 {
    let bytes = u128::try_from(bytes).unwrap_or(u128::MAX);
    let items = limits.deposit_per_item.saturating_mul(2);
    limits.deposit_per_byte.saturating_mul(bytes).saturating_add(items)
}

/// Everything that is in the way, in words; empty if nothing is.
fn obstacles(room: &Room<'_>, coin: &Coin, codes: &[Code], contracts: u32) -> Vec<String> {
    let mut found = Vec::new();
    let most = usize::try_from(room.limits.max_code_len).unwrap_or(usize::MAX);
    for code in codes.iter().filter(|code| code.bytes > most) {
        let Code { name, bytes, .. } = code;
        found.push(format!(
            "the code {name} has {bytes} bytes, and this chain takes {most} at most"
        ));
    }
    if room.depth < DEEPEST_CALL {
        found.push(format!(
            "our deepest call has {DEEPEST_CALL} contracts open at once, and this chain allows {}",
            room.depth
        ));
    }
    let market = codes.iter().any(|code| code.name == "market");
    if market && room.limits.max_delegate_dependencies < LOCKED_CODES {
        found.push(format!(
            "the market locks {LOCKED_CODES} codes, and this chain lets a contract lock {}",
            room.limits.max_delegate_dependencies
        ));
    }
    let held = codes.iter().fold(0u128, |sum, code| sum.saturating_add(code.deposit));
    let existence = room.existence.saturating_mul(contracts.into());
    let needed = held.saturating_add(existence).saturating_add(room.existence);
    if room.balance < needed {
        found.push(format!(
            "deposits for {} codes and {contracts} contracts are {} at least, besides fees and what the \
             contracts store, and the deployer has {}",
            codes.len(),
            coin.say(needed),
            coin.say(room.balance)
        ));
    }
    found
}

/// Checks size, depth and deposits; says what the chain is like. Without a deployer only the sizes.
///
/// # Errors
/// With everything that is in the way.
pub fn check(
    chain: &mut dyn Chain,
    network: &Network,
    deployer: Option<AccountId>,
    steps: &[Step],
    config: &Config,
) -> Result<Option<String>> {
    let uploads = uploads(steps, config);
    if uploads.is_empty() {
        return Ok(None);
    }
    let contracts = uploads.values().sum();
    let coin = Coin::of(network);
    let most = usize::try_from(network.contracts.max_code_len).unwrap_or(usize::MAX);
    let mut codes = Vec::new();
    for name in uploads.keys() {
        let wasm = Bundle::load(name)?.wasm;
        let limits = &network.contracts;
        let deposit = match deployer {
            // What is too large no chain weighs; the size is said below.
            Some(deployer) if wasm.len() <= most => match chain.upload_deposit(deployer, &wasm) {
                Ok(deposit) => deposit,
                Err(why) if is_want_of_coins(&why) => least_deposit(limits, wasm.len()),
                Err(why) => {
                    return Err(why).with_context(|| format!("the chain does not take {name}"));
                }
            },
            _ => 0,
        };
        codes.push(Code { name, bytes: wasm.len(), deposit });
    }
    let (depth, balance) = match deployer {
        Some(deployer) => {
            let balance = chain.balance(deployer)?;
            let depth = match chain.call_depth(deployer) {
                Ok(depth) => depth,
                // Who can't pay can't try; that they can't is said below.
                Err(why) if is_want_of_coins(&why) => DEEPEST_CALL,
                Err(why) => return Err(why).context("cannot measure how deep calls can be"),
            };
            (depth, balance)
        }
        None => (DEEPEST_CALL, u128::MAX),
    };
    let existence = network.existential_deposit;
    let room = Room { limits: &network.contracts, depth, balance, existence };
    let found = obstacles(&room, &coin, &codes, contracts);
    if !found.is_empty() {
        let name = &network.name;
        bail!("{name} has no room for this deployment:\n  {}", found.join("\n  "));
    }
    let held = codes.iter().fold(0u128, |sum, code| sum.saturating_add(code.deposit));
    let blocks = network.block_time_ms.map_or("blocks come with transactions".into(), |time_ms| {
        format!("a block every {} s", time_ms / 1_000)
    });
    Ok(Some(format!(
        "{} ({} {}): {blocks}, codes up to {} KiB, {} contracts deep; new codes hold {}",
        network.name,
        network.spec_name,
        network.spec_version,
        network.contracts.max_code_len / 1_024,
        depth,
        coin.say(held)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::plan::Change;

    fn network() -> Network {
        Network {
            name: "Live".into(),
            spec_name: "live".into(),
            spec_version: 1,
            token_symbol: Some("COIN".into()),
            token_decimals: 9,
            address_format: 42,
            existential_deposit: 500,
            block_time_ms: Some(12_000),
            block_hash_count: 2_400,
            max_call_gas: breakwater_chain::MAX_CALL_GAS,
            contracts: ContractLimits {
                max_code_len: 128 * 1024,
                deposit_per_byte: 1,
                deposit_per_item: 1,
                default_deposit_limit: 1,
                max_delegate_dependencies: 32,
            },
        }
    }

    #[test]
    fn each_obstacle_is_said_and_nothing_else() {
        let network = network();
        let coin = Coin::of(&network);
        let code = |name, bytes, deposit| Code { name, bytes, deposit };
        let codes = [code("market", 100_000, 2_000_000_000), code("lens", 131_072, 1_000_000_000)];
        let room = |depth, balance| Room {
            limits: &network.contracts,
            depth,
            balance,
            existence: network.existential_deposit,
        };
        // Two contracts and the deployer itself must be left with what they exist by.
        let enough = 3_000_000_000 + 3 * 500;
        assert!(obstacles(&room(5, enough), &coin, &codes, 2).is_empty());
        let poor = obstacles(&room(5, enough - 1), &coin, &codes, 2).join("");
        assert!(poor.contains("3.0000015 COIN") && poor.contains("has 3.000001499 COIN"), "{poor}");
        let shallow = obstacles(&room(4, enough), &coin, &codes, 2).join("");
        assert!(shallow.contains("this chain allows 4"), "{shallow}");
        let large = [code("market", 131_073, 0)];
        let large = obstacles(&room(5, enough), &coin, &large, 1).join("");
        assert!(large.contains("market has 131073 bytes"), "{large}");
        let mut tight = network.contracts;
        tight.max_delegate_dependencies = 1;
        let locked = Room { limits: &tight, ..room(5, enough) };
        assert_eq!(obstacles(&locked, &coin, &codes, 2).len(), 1);
        assert!(obstacles(&locked, &coin, &codes[1..], 1).is_empty());
    }

    #[test]
    fn only_what_is_new_is_uploaded() {
        let text = include_str!("../../../../examples/local.toml");
        let config: Config = toml::from_str(text).unwrap();
        let steps = [Step::Token(0), Step::Token(1), Step::Market, Step::Params(Change::New)];
        let codes = uploads(&steps, &config);
        let named: Vec<(&str, u32)> = codes.into_iter().collect();
        let expected = [("market", 1), ("market_admin", 0), ("market_auctions", 0), ("token", 2)];
        assert_eq!(named, expected);
        assert!(uploads(&[Step::Reserve(0, Change::New)], &config).is_empty());
    }
}
