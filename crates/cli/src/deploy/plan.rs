//! What a deployment lacks: the difference between the file and the chain.

use super::{
    config::Config,
    desired,
    present::{Held, Present},
    reserve,
    words::{differences, InFile},
};
use crate::deployment::Deployment;
use anyhow::Result;
use breakwater_chain::AccountId;
use std::fmt::{self, Display};

/// One thing to do. They are done in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Put the deployment file right about an asset: what, as `name: before -> after`.
    Correct(String, Vec<String>),
    /// Deploy a token, the file's asset of this number.
    Token(usize),
    Oracle,
    Feed(usize, Change),
    Market,
    Params(Change),
    Reserve(usize, Change),
    Lens,
    Pool(usize),
    Taker,
    Governor,
    Guardian,
    /// Make the governor the owner of market and oracle.
    Ownership,
}

/// Why something is to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    New,
    /// What differs, as `name: before -> after`.
    Differs(Vec<String>),
}

/// A step in words.
pub struct Said<'a>(pub &'a Step, pub &'a Config);

impl Display for Said<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let symbol = |index: &usize| self.1.assets.get(*index).map_or("?", |a| a.symbol.as_str());
        let (what, change) = match self.0 {
            Step::Correct(symbol, fields) => {
                (format!("correct {symbol} in the deployment: {}", fields.join("; ")), None)
            }
            Step::Token(index) => (format!("deploy token {}", symbol(index)), None),
            Step::Oracle => ("deploy the oracle adapter".into(), None),
            Step::Feed(index, change) => (format!("price feed of {}", symbol(index)), Some(change)),
            Step::Market => ("deploy the market (three codes)".into(), None),
            Step::Params(change) => ("parameters of the market".into(), Some(change)),
            Step::Reserve(index, change) => (format!("reserve {}", symbol(index)), Some(change)),
            Step::Lens => ("deploy the lens".into(), None),
            Step::Pool(index) => match self.1.pools.get(*index) {
                Some(pool) => (format!("deploy the pool {}/{}", pool.base, pool.quote), None),
                None => ("deploy a pool".into(), None),
            },
            Step::Taker => ("deploy the taker".into(), None),
            Step::Governor => ("deploy the governor".into(), None),
            Step::Guardian => ("appoint the guardian".into(), None),
            Step::Ownership => ("hand market and oracle over to the governor".into(), None),
        };
        match change {
            None => f.write_str(&what),
            Some(Change::New) => write!(f, "{what}: new"),
            Some(Change::Differs(fields)) => write!(f, "{what}: {}", fields.join("; ")),
        }
    }
}

/// Everything that the chain lacks of what the file asks for.
///
/// # Errors
/// If the file can't be put in the protocol's terms.
pub fn plan(config: &Config, deployment: &Deployment, present: &Present) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let token_of = |symbol: &str| -> Result<AccountId> {
        // A token that is still to be deployed has no address; its feeds and reserves are new.
        Ok(deployment.asset(symbol).map_or([0; 32], |asset| asset.token.0))
    };
    for (index, asset) in config.assets.iter().enumerate() {
        if deployment.asset(&asset.symbol).is_err() {
            steps.push(Step::Token(index));
        }
    }
    if deployment.oracle.is_none() {
        steps.push(Step::Oracle);
    }
    for (index, asset) in config.assets.iter().enumerate() {
        let wanted = desired::feed(asset, &token_of)?;
        let held = present.held.get(&asset.symbol).and_then(|held| held.feed.as_ref());
        steps.extend(change(held, &wanted).map(|change| Step::Feed(index, change)));
    }
    if deployment.market.is_none() {
        steps.push(Step::Market);
    }
    let wanted = desired::params(&config.market)?;
    let numbers = reserve::numbers(config, &|symbol| {
        let held = present.held.get(symbol)?;
        held.reserve.as_ref().map(|(id, _)| *id)
    });
    // A new market has the default parameters.
    let params = present.params.unwrap_or_default();
    steps.extend(change(Some(&params), &wanted).map(Step::Params));
    for (index, asset) in config.assets.iter().enumerate() {
        let wanted = reserve::reserve(config, asset, token_of(&asset.symbol)?, &numbers)?;
        let held: Option<&Held> = present.held.get(&asset.symbol);
        let held = held.and_then(|held| held.reserve.as_ref()).map(|(_, config)| config);
        steps.extend(change(held, &wanted).map(|change| Step::Reserve(index, change)));
    }
    if deployment.lens.is_none() {
        steps.push(Step::Lens);
    }
    for (index, pool) in config.pools.iter().enumerate() {
        if deployment.pool(&pool.base, &pool.quote).is_none() {
            steps.push(Step::Pool(index));
        }
    }
    if config.taker && deployment.taker.is_none() {
        steps.push(Step::Taker);
    }
    // What is in force at a governor changes by its own operations, never by the file.
    if config.governance.governor.is_some() && deployment.governor.is_none() {
        steps.push(Step::Governor);
    }
    if let Some(guardian) = config.governance.guardian {
        if present.guardian != Some(guardian.0) {
            steps.push(Step::Guardian);
        }
    }
    if config.governance.governor.is_some() && !present.governor_owns {
        steps.push(Step::Ownership);
    }
    Ok(steps)
}

/// Whether something must be set, and why.
fn change<T: InFile>(held: Option<&T>, wanted: &T) -> Option<Change> {
    match held {
        None => Some(Change::New),
        Some(held) if held == wanted => None,
        Some(held) => Some(Change::Differs(differences(held, wanted))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::{Address, Asset};

    fn config() -> Config {
        toml::from_str(include_str!("../../../../examples/local.toml")).unwrap()
    }

    fn everything(config: &Config) -> (Deployment, Present) {
        let address = |byte: u8| Some(Address([byte; 32]));
        let mut deployment = Deployment {
            oracle: address(1),
            market: address(2),
            lens: address(3),
            taker: address(4),
            ..Deployment::default()
        };
        let mut present = Present {
            params: Some(desired::params(&config.market).unwrap()),
            ..Present::default()
        };
        present.guardian = config.governance.guardian.map(|guardian| guardian.0);
        for (index, asset) in config.assets.iter().enumerate() {
            let token = Address([100 + index as u8; 32]);
            let (symbol, decimals) = (asset.symbol.clone(), asset.decimals);
            let id = Some(index as u8);
            deployment.assets.push(Asset { symbol, token, decimals, token_symbol: None, id });
        }
        let numbers = reserve::numbers(config, &|_| None);
        for (number, asset) in (0..).zip(&config.assets) {
            let token = deployment.asset(&asset.symbol).unwrap().token.0;
            let token_of = |symbol: &str| Ok(deployment.asset(symbol).unwrap().token.0);
            let held = Held {
                feed: Some(desired::feed(asset, &token_of).unwrap()),
                reserve: Some((number, reserve::reserve(config, asset, token, &numbers).unwrap())),
            };
            present.held.insert(asset.symbol.clone(), held);
        }
        for pool in &config.pools {
            let (base, quote) = (pool.base.clone(), pool.quote.clone());
            let pool = crate::deployment::Pool { base, quote, address: Address([9; 32]) };
            deployment.pools.push(pool);
        }
        (deployment, present)
    }

    #[test]
    fn the_example_is_sound() {
        desired::check(&config()).unwrap();
    }

    #[test]
    fn on_an_empty_chain_everything_is_to_be_done_tokens_first() {
        let config = config();
        let steps = plan(&config, &Deployment::default(), &Present::default()).unwrap();
        assert_eq!(steps.first(), Some(&Step::Token(0)));
        for step in [Step::Oracle, Step::Market, Step::Lens, Step::Reserve(0, Change::New)] {
            assert!(steps.contains(&step), "{step:?}");
        }
    }

    #[test]
    fn where_everything_is_as_wanted_nothing_is_to_be_done() {
        let config = config();
        let (deployment, present) = everything(&config);
        assert_eq!(plan(&config, &deployment, &present).unwrap(), []);
    }

    #[test]
    fn a_changed_number_is_one_step_that_names_it() {
        let mut config = config();
        let (deployment, present) = everything(&config);
        config.assets[0].collateral.as_mut().unwrap().tiers[0].ltv_bps = 7_000;
        let steps = plan(&config, &deployment, &present).unwrap();
        let change = Change::Differs(vec!["collateral.tier.ltv_bps: 7500 -> 7000".into()]);
        assert_eq!(steps, [Step::Reserve(0, change)]);
        let said = Said(&steps[0], &config).to_string();
        assert_eq!(said, "reserve ETH: collateral.tier.ltv_bps: 7500 -> 7000");
    }
}
