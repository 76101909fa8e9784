//! What a queued call does, for whoever must judge it: names, arguments, and what would change.

use crate::{
    amount::{moment, span},
    commands::level_name,
    deploy::words::differences,
    deployment::{hash_text, Deployment},
};
use anyhow::Result;
use breakwater_chain::{address::to_ss58, AccountId, Chain, Hash};
use breakwater_client::{abi::selector, ClientError, Market, Oracle};
use breakwater_protocol::{
    governance::{Call, Change, Role, Settings},
    AssetId, Level, ReserveConfig,
};
use scale::{Decode, DecodeAll};

/// A call in words, one line for each thing that it changes.
///
/// # Errors
/// If the chain does not answer.
pub fn said(chain: &mut dyn Chain, deployment: &Deployment, call: &Call) -> Result<Vec<String>> {
    let target = name(deployment, &call.target);
    let mut lines = match Change::of(call) {
        Some(change) => match changed(chain, deployment, call, &change) {
            Ok(lines) => lines,
            Err(ClientError::Chain(error)) => return Err(error.into()),
            Err(why) => vec![format!("{target}: parameters, compared with nothing: {why}")],
        },
        None => {
            let known = call.data.split_first_chunk::<4>();
            let known = known.and_then(|(selector, rest)| message(deployment, *selector, rest));
            let what = known.unwrap_or_else(|| format!("0x{}", hex::encode(&call.data)));
            vec![format!("{target}: {what}")]
        }
    };
    if call.value != 0 {
        lines.push(format!("and {} planck go to {target}", call.value));
    }
    Ok(lines)
}

/// What a change of parameters moves, against what is in force.
fn changed(
    chain: &mut dyn Chain,
    deployment: &Deployment,
    call: &Call,
    change: &Change,
) -> Result<Vec<String>, ClientError> {
    let (market, oracle) = (Market { address: call.target }, Oracle { address: call.target });
    let (what, fields) = match change {
        Change::Reserve(id, new) => {
            let present = market.reserve(chain, *id)?.config;
            (format!("reserve {}", symbol(deployment, *id)), differences(&present, new.as_ref()))
        }
        Change::Params(new) => {
            let (_, _, present) = market.settings(chain)?;
            ("parameters of the market".into(), differences(&present, new.as_ref()))
        }
        Change::Feed(token, new) => {
            let what = format!("price feed of {}", token_name(deployment, token));
            match oracle.feed(chain, *token)? {
                Some(present) => (what, differences(&present.config, new.as_ref())),
                None => (what, vec!["new".into()]),
            }
        }
    };
    Ok(match fields.is_empty() {
        true => vec![format!("{what}: nothing changes")],
        false => fields.into_iter().map(|field| format!("{what}: {field}")).collect(),
    })
}

/// A message that we know, with its arguments.
fn message(deployment: &Deployment, of: [u8; 4], arguments: &[u8]) -> Option<String> {
    let is = |name: &str| of == selector(name);
    let one_or_all = |asset: Option<AssetId>| match asset {
        Some(id) => symbol(deployment, id),
        None => "the whole market".into(),
    };
    if is("list_reserve") {
        let config: ReserveConfig = all(arguments)?;
        let token = token_name(deployment, &config.token);
        return Some(format!("list {token} ({} decimals)", config.decimals));
    }
    if is("set_guardian") {
        let (guardian, until_ms): (AccountId, u64) = all(arguments)?;
        return Some(format!("make {} guardian until {}", to_ss58(&guardian), moment(until_ms)));
    }
    if is("transfer_ownership") {
        return Some(format!("offer it to {} as its owner", to_ss58(&all(arguments)?)));
    }
    if is("accept_ownership") {
        return arguments.is_empty().then(|| "become its owner".into());
    }
    if is("raise_breaker") {
        let (asset, level, lasts_ms): (Option<AssetId>, Level, u64) = all(arguments)?;
        let (what, level) = (one_or_all(asset), level_name(level));
        return Some(format!("raise {what} to {level} for {}", span(lasts_ms)));
    }
    if is("reset_breaker") {
        return Some(format!("reset the breaker of {}", one_or_all(all(arguments)?)));
    }
    if is("upgrade") {
        let (front, auctions, admin): (Option<Hash>, Option<Hash>, Option<Hash>) = all(arguments)?;
        let parts = [("front", front), ("auctions", auctions), ("admin", admin)];
        let parts = parts.into_iter().filter_map(|(part, hash)| Some((part, hash?)));
        let parts: Vec<String> =
            parts.map(|(part, hash)| format!("{part} {}", hash_text(hash))).collect();
        return Some(format!("replace its code: {}", parts.join(", ")));
    }
    if is("set_members") {
        let (role, members): (Role, Vec<AccountId>) = all(arguments)?;
        let members: Vec<String> = members.iter().map(to_ss58).collect();
        return Some(format!("members of {role:?}: {}", members.join(", ")));
    }
    if is("set_settings") {
        let settings: Settings = all(arguments)?;
        return Some(format!("settings: {settings:?}"));
    }
    None
}

fn all<T: Decode>(mut arguments: &[u8]) -> Option<T> {
    T::decode_all(&mut arguments).ok()
}

fn symbol(deployment: &Deployment, id: AssetId) -> String {
    deployment.by_id(id).map_or_else(|_| format!("asset {id}"), |asset| asset.symbol.clone())
}

fn token_name(deployment: &Deployment, token: &AccountId) -> String {
    let held = deployment.assets.iter().find(|asset| asset.token.0 == *token);
    held.map_or_else(|| to_ss58(token), |asset| asset.symbol.clone())
}

/// A contract of the deployment by its name.
fn name(deployment: &Deployment, address: &AccountId) -> String {
    let parts = [
        ("market", deployment.market),
        ("oracle adapter", deployment.oracle),
        ("governor", deployment.governor),
        ("lens", deployment.lens),
    ];
    let held = parts.into_iter().find(|(_, held)| held.is_some_and(|held| held.0 == *address));
    held.map_or_else(|| to_ss58(address), |(name, _)| name.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::Address;
    use breakwater_client::{governor::queued, Governor};
    use breakwater_embedded::{EmbeddedChain, Profile};

    /// Before: `gov show` on another machine than the proposer's had nothing to say.
    #[test]
    fn a_call_is_told_without_the_machine_that_queued_it() {
        let mut chain = EmbeddedChain::new(Profile::Node).unwrap();
        let market = Market { address: [2; 32] };
        let governor = Governor { address: [3; 32] };
        let deployment = Deployment {
            market: Some(Address(market.address)),
            governor: Some(Address(governor.address)),
            ..Deployment::default()
        };
        let mut say = |call| said(&mut chain, &deployment, &queued(&call)).unwrap().join("; ");
        assert_eq!(
            say(market.reset_breaker(None)),
            "market: reset the breaker of the whole market"
        );
        assert_eq!(
            say(market.raise_breaker(Some(1), Level::Halted, 300_000)),
            "market: raise asset 1 to Halted for 5 min"
        );
        let guardian = say(market.set_guardian([4; 32], 1_583_971_200_000));
        assert!(guardian.ends_with("guardian until 2020-03-12 00:00 UTC"), "{guardian}");
        let upgrade = say(market.upgrade(None, Some([5; 32]), None));
        assert_eq!(upgrade, format!("market: replace its code: auctions {}", hash_text([5; 32])));
        let members = say(governor.set_members(Role::Proposer, &[[6; 32]]));
        assert!(members.starts_with("governor: members of Proposer: 5"), "{members}");
        // What nobody knows is shown as it is.
        let mut odd = market.reset_breaker(None);
        odd.data.push(0);
        assert!(say(odd).starts_with("market: 0x"));
    }
}
