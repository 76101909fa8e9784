//! The file and the deployment against what the tokens say of themselves.

use super::config::{self, Config};
use crate::{
    deployment::{Asset, Deployment},
    verify::{Belief, Facts},
};
use anyhow::{bail, ensure, Context as _, Result};
use breakwater_chain::{
    address::{self, to_ss58},
    AccountId, Chain,
};
use breakwater_client::Token;
use std::collections::BTreeMap;

/// The token that the file names for an asset; `None` if it is to be made.
///
/// # Errors
/// If what it names is no address.
pub fn given(asset: &config::Asset) -> Result<Option<AccountId>> {
    match asset.token.as_str() {
        "new" => Ok(None),
        text => address::parse(text).map(Some).with_context(|| format!("{}: token", asset.symbol)),
    }
}

/// What each token says that file or deployment name.
///
/// # Errors
/// If one does not answer as a token.
pub fn facts(
    chain: &mut dyn Chain,
    config: &Config,
    deployment: &Deployment,
) -> Result<BTreeMap<AccountId, Facts>> {
    let mut all = BTreeMap::new();
    let mut tokens: Vec<AccountId> = deployment.assets.iter().map(|asset| asset.token.0).collect();
    for asset in &config.assets {
        tokens.extend(given(asset)?);
    }
    for address in tokens {
        let facts = Facts::of(chain, &Token { address });
        let named = || format!("{} does not answer as a PSP22 token", to_ss58(&address));
        all.insert(address, facts.with_context(named)?);
    }
    Ok(all)
}

/// Checks the file against the tokens.
///
/// # Errors
/// In words, naming the asset and what differs.
pub fn check(
    config: &Config,
    deployment: &Deployment,
    facts: &BTreeMap<AccountId, Facts>,
) -> Result<()> {
    for asset in &config.assets {
        let held = deployment.asset(&asset.symbol).ok().map(|held| held.token.0);
        let token = match (given(asset)?, held) {
            (Some(given), Some(held)) => {
                ensure!(
                    given == held,
                    "{}: the file says token {}, the deployment {}",
                    asset.symbol,
                    to_ss58(&given),
                    to_ss58(&held)
                );
                held
            }
            (Some(token), None) | (None, Some(token)) => token,
            (None, None) => continue,
        };
        let symbol = asset.token_symbol.as_deref().unwrap_or(&asset.symbol);
        let belief = Belief { decimals: asset.decimals, symbol, name: asset.name.as_deref() };
        let wrong = facts.get(&token).and_then(|facts| facts.contradicts(&belief));
        if let Some(wrong) = wrong {
            bail!("{}: the file says {wrong} ({})", asset.symbol, to_ss58(&token));
        }
    }
    Ok(())
}

/// What the deployment has wrong, put right: the chain knows better. In words.
///
/// # Errors
/// If an entry's token is none of its symbol: which of the two is wrong nobody can tell.
pub fn correct(
    held: &mut Asset,
    facts: Option<&Facts>,
    listed: Option<breakwater_protocol::AssetId>,
) -> Result<Vec<String>> {
    let mut corrected = Vec::new();
    if let Some(facts) = facts {
        if facts.decimals != held.decimals {
            corrected.push(format!("decimals: {} -> {}", held.decimals, facts.decimals));
            held.decimals = facts.decimals;
        }
        let (symbol, name) = (held.calls_itself(), None);
        let belief = Belief { decimals: facts.decimals, symbol, name };
        if let Some(wrong) = facts.contradicts(&belief) {
            let token = to_ss58(&held.token.0);
            bail!("{}: the deployment says {wrong} ({token})", held.symbol);
        }
    }
    // A number that was not there is news, not a mistake: the governor lists assets too.
    if held.id.is_some() && held.id != listed {
        let text = |id: Option<u8>| id.map_or("none".into(), |id| id.to_string());
        corrected.push(format!("id: {} -> {}", text(held.id), text(listed)));
    }
    held.id = listed;
    Ok(corrected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::Address;

    fn config(change: impl Fn(String) -> String) -> Config {
        let text = include_str!("../../../../examples/local.toml");
        toml::from_str(&change(text.into())).unwrap()
    }

    fn says(decimals: u8, symbol: &str, name: &str) -> Facts {
        Facts { decimals, symbol: Some(symbol.into()), name: Some(name.into()) }
    }

    fn there() -> (Deployment, BTreeMap<AccountId, Facts>) {
        let asset = |symbol: &str, byte, decimals, id| Asset {
            symbol: symbol.into(),
            token: Address([byte; 32]),
            decimals,
            token_symbol: None,
            id: Some(id),
        };
        let assets = vec![asset("ETH", 1, 18, 0), asset("USD", 2, 6, 1)];
        let facts = BTreeMap::from([
            ([1; 32], says(18, "ETH", "Ether")),
            ([2; 32], says(6, "USD", "US Dollar")),
        ]);
        (Deployment { assets, ..Deployment::default() }, facts)
    }

    /// Before: file and deployment with the same wrong decimals agreed, and nobody asked the token.
    #[test]
    fn the_file_is_compared_with_the_tokens() {
        let (mut deployment, facts) = there();
        check(&config(|text| text), &deployment, &facts).unwrap();
        let why = |config: &Config, deployment: &Deployment| {
            check(config, deployment, &facts).unwrap_err().to_string()
        };
        let wrong = config(|text| text.replace("decimals = 6", "decimals = 4"));
        let said = why(&wrong, &deployment);
        assert!(said.contains("USD: the file says decimals 4, but the token says 6"), "{said}");
        let wrong = config(|text| text.replace("name = \"Ether\"", "name = \"Gold\""));
        assert!(why(&wrong, &deployment).contains("name Gold, but the token says Ether"));
        // The two tokens swapped in the file.
        let address = |byte: u8| to_ss58(&[byte; 32]);
        let swapped = config(|text| {
            text.replacen("\"new\"", &format!("\"{}\"", address(2)), 1).replacen(
                "\"new\"",
                &format!("\"{}\"", address(1)),
                1,
            )
        });
        assert!(why(&swapped, &deployment).contains("ETH: the file says token"), "another token");
        deployment.assets.clear();
        assert!(why(&swapped, &deployment).contains("ETH: the file says decimals 18"));
    }

    #[test]
    fn the_deployment_is_put_right_by_the_chain() {
        let (deployment, facts) = there();
        let mut held = deployment.assets[1].clone();
        held.decimals = 4;
        held.id = Some(0);
        let corrected = correct(&mut held, facts.get(&[2; 32]), Some(1)).unwrap();
        assert_eq!(corrected, ["decimals: 4 -> 6", "id: 0 -> 1"]);
        assert_eq!(held, deployment.assets[1]);
        held.id = None;
        assert!(correct(&mut held, facts.get(&[2; 32]), Some(1)).unwrap().is_empty());
        held.symbol = "ETH".into();
        assert!(correct(&mut held, facts.get(&[2; 32]), Some(1)).is_err());
    }

    #[test]
    fn a_file_without_a_name_or_with_a_guardian_for_ever_is_refused() {
        use super::super::desired;
        for (from, to, why) in [
            ("name = \"local\"", "name = \" \"", "name"),
            ("guardian_days = 365", "guardian_days = 3651", "guardian_days"),
        ] {
            let text =
                desired::check(&config(|text| text.replace(from, to))).unwrap_err().to_string();
            assert!(text.contains(why), "{text}");
        }
        desired::check(&config(|text| text.replace("= 365", "= 3650"))).unwrap();
    }

    #[test]
    fn a_file_whose_symbols_differ_by_case_or_are_empty_is_refused() {
        use super::super::desired;
        desired::check(&config(|text| text)).unwrap();
        for (from, to) in [
            ("symbol = \"USD\"", "symbol = \"eth\""),
            ("symbol = \"USD\"", "symbol = \"\""),
            ("symbol = \"USD\"", "symbol = \"all\""),
        ] {
            let wrong = config(|text| text.replace(from, to));
            assert!(desired::check(&wrong).is_err(), "{to}");
        }
        let one = to_ss58(&[1; 32]);
        let twice = config(|text| text.replace("\"new\"", &format!("\"{one}\"")));
        let why = desired::check(&twice).unwrap_err().to_string();
        assert!(why.contains("token is there twice"), "{why}");
    }
}
