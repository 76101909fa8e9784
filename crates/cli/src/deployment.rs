//! The deployment file: where a market's contracts are.

use crate::{files::write_whole, output::note};
use anyhow::{bail, ensure, Context, Result};
use breakwater_chain::{address, AccountId, Chain, Hash};
use breakwater_client::{Amm, Governor, Lens, Market, Oracle, Taker, Token};
use breakwater_protocol::AssetId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::path::Path;

/// An address as it stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(pub AccountId);

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&address::to_ss58(&self.0))
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        address::parse(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// What is deployed. `breakwater deploy` writes it, every other command reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Hash of the chain's first block: which chain this is.
    pub genesis: String,
    /// The block by which the market was there, and its hash: development nodes that are started
    /// anew all have the same first block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block_hash: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oracle: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lens: Option<Address>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub governor: Option<Address>,
    /// Takes without capital, for whoever deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taker: Option<Address>,
    #[serde(default, rename = "asset", skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<Asset>,
    #[serde(default, rename = "pool", skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<Pool>,
}

/// Where a deployment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Here,
    /// The chain has the same genesis and none of this: a development node that lost its blocks.
    Anew,
}

/// What a command says on a chain that was started anew.
pub const ANEW: &str = "this chain was started anew: the deployment was on the one before, whose \
    contracts are gone; deploy again: `breakwater deploy FILE`";

/// Whether the contract is there, and whether the chain has the block in which it was made.
fn stands(is_there: bool, block_known: bool) -> Result<Standing> {
    match (is_there, block_known) {
        // The same file deployed again on a new chain gives the same addresses: it is as good.
        (true, _) => Ok(Standing::Here),
        (false, false) => Ok(Standing::Anew),
        (false, true) => bail!("the deployment's market is gone, though its block is there"),
    }
}

/// A token and its reserve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    pub symbol: String,
    pub token: Address,
    pub decimals: u8,
    /// What the token calls itself, where that is not the symbol used here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_symbol: Option<String>,
    /// The reserve's number, once it is listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<AssetId>,
}

/// A pool on which the local network's keepers sell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    pub base: String,
    pub quote: String,
    pub address: Address,
}

impl Deployment {
    /// # Errors
    /// If the file is not there or is not a deployment.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            let path = path.display();
            format!("no deployment at {path}: run `breakwater deploy`, or give --deployment")
        })?;
        let read = toml::from_str(&text).map_err(anyhow::Error::from);
        read.and_then(|deployment: Self| deployment.check().map(|()| deployment))
            .with_context(|| format!("{} is not a deployment", path.display()))
    }

    /// Checks what can be checked without a chain: everything that names an asset names one.
    fn check(&self) -> Result<()> {
        for (index, asset) in self.assets.iter().enumerate() {
            crate::verify::symbol(&asset.symbol)?;
            for other in self.assets.iter().take(index) {
                let both = format!("{} and {}", other.symbol, asset.symbol);
                ensure!(
                    !other.symbol.eq_ignore_ascii_case(&asset.symbol),
                    "{both} have one symbol"
                );
                ensure!(other.token != asset.token, "{both} have one token");
            }
        }
        Ok(())
    }

    /// Writes it whole or not at all.
    pub fn save(&self, path: &Path) -> Result<()> {
        let text = format!(
            "# Where the contracts are. Written by `breakwater deploy`.\n{}",
            toml::to_string(self).context("cannot write the deployment down")?
        );
        write_whole(path, text.as_bytes())
            // Nobody else knows where they are.
            .inspect_err(|_| note(&format!("{} should hold:\n{text}", path.display())))
    }

    /// # Errors
    /// If it belongs to another chain.
    pub fn check_chain(&self, genesis: Hash) -> Result<()> {
        let is = hash_text(genesis);
        ensure!(
            self.genesis == is,
            "the deployment is on another chain (it begins with {}, this one with {is})",
            self.genesis
        );
        Ok(())
    }

    /// Whether what is written down here is on a chain of the right genesis.
    ///
    /// # Errors
    /// If it belongs to another chain, or if the chain does not answer.
    pub fn standing(&self, chain: &mut dyn Chain) -> Result<Standing> {
        self.check_chain(chain.genesis_hash()?)?;
        let first = self.market.or(self.oracle).or(self.assets.first().map(|asset| asset.token));
        let Some(Address(first)) = first else { return Ok(Standing::Here) };
        let is_there = chain.contract_code_hash(first)?.is_some();
        let known = match self.block {
            Some(number) => chain.block_hash(number)?.map(hash_text) == self.block_hash,
            None => false,
        };
        stands(is_there, known)
    }

    pub fn market(&self) -> Result<Market> {
        part(self.market, "market").map(|address| Market { address })
    }

    pub fn lens(&self) -> Result<Lens> {
        part(self.lens, "lens").map(|address| Lens { address })
    }

    pub fn oracle(&self) -> Result<Oracle> {
        part(self.oracle, "oracle").map(|address| Oracle { address })
    }

    pub fn governor(&self) -> Result<Governor> {
        part(self.governor, "governor").map(|address| Governor { address })
    }

    pub fn taker(&self) -> Result<Taker> {
        part(self.taker, "taker").map(|address| Taker { address })
    }

    /// An asset by its symbol, in either case.
    pub fn asset(&self, symbol: &str) -> Result<&Asset> {
        match self.assets.iter().find(|asset| asset.symbol.eq_ignore_ascii_case(symbol)) {
            Some(asset) => Ok(asset),
            None => {
                let known: Vec<_> = self.assets.iter().map(|a| a.symbol.as_str()).collect();
                bail!("no asset {symbol} here; there are: {}", known.join(", "))
            }
        }
    }

    /// Tokens of assets by their symbols.
    pub fn tokens(&self, symbols: &[String]) -> Result<Vec<AccountId>> {
        symbols.iter().map(|symbol| self.asset(symbol).map(|asset| asset.token.0)).collect()
    }

    /// An asset by its reserve's number.
    pub fn by_id(&self, id: AssetId) -> Result<&Asset> {
        let found = self.assets.iter().find(|asset| asset.id == Some(id));
        found.with_context(|| format!("the deployment does not name asset {id}"))
    }

    /// The pool on which one asset is sold for another.
    pub fn pool(&self, base: &str, quote: &str) -> Option<Amm> {
        let found = self.pools.iter().find(|pool| pool.base == base && pool.quote == quote);
        found.map(|pool| Amm { address: pool.address.0 })
    }
}

impl Asset {
    /// The reserve's number.
    pub fn id(&self) -> Result<AssetId> {
        self.id.with_context(|| format!("{} is not listed yet: `breakwater deploy`", self.symbol))
    }

    /// What the token should call itself.
    pub fn calls_itself(&self) -> &str {
        self.token_symbol.as_deref().unwrap_or(&self.symbol)
    }

    pub fn token(&self) -> Token {
        Token { address: self.token.0 }
    }

    /// Units as text, with the symbol.
    pub fn say(&self, units: u128) -> String {
        format!("{} {}", crate::amount::tokens(units, self.decimals), self.symbol)
    }
}

/// A hash as chain tools print it.
pub fn hash_text(hash: Hash) -> String {
    format!("0x{}", hex::encode(hash))
}

fn part(address: Option<Address>, name: &str) -> Result<AccountId> {
    let found = address.with_context(|| format!("there is no {name} in the deployment"));
    found.map(|Address(address)| address)
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_embedded::{EmbeddedChain, Profile};

    /// Before: `status failed: Contracts::ContractNotFound` from every command.
    #[test]
    fn a_chain_that_was_started_anew_is_known() {
        assert_eq!(stands(true, true).unwrap(), Standing::Here);
        assert_eq!(stands(true, false).unwrap(), Standing::Here);
        assert_eq!(stands(false, false).unwrap(), Standing::Anew);
        assert!(stands(false, true).is_err());
        let mut chain = EmbeddedChain::new(Profile::Node).unwrap();
        let genesis = hash_text(chain.genesis_hash().unwrap());
        let mut deployment = Deployment { genesis, ..Deployment::default() };
        assert_eq!(
            deployment.standing(&mut chain).unwrap(),
            Standing::Here,
            "nothing is deployed yet"
        );
        deployment.market = Some(Address([7; 32]));
        assert_eq!(deployment.standing(&mut chain).unwrap(), Standing::Anew);
        (deployment.block, deployment.block_hash) = (Some(0), Some(hash_text([1; 32])));
        assert_eq!(deployment.standing(&mut chain).unwrap(), Standing::Anew);
        deployment.block_hash = Some(deployment.genesis.clone());
        assert!(
            deployment.standing(&mut chain).is_err(),
            "the block is there and the market is not"
        );
        deployment.genesis = "0x00".into();
        assert!(deployment.standing(&mut chain).unwrap_err().to_string().contains("another chain"));
    }

    #[test]
    fn a_deployment_survives_its_file() {
        let alice = Address(address::parse("//Alice").unwrap());
        let deployment = Deployment {
            genesis: hash_text([7; 32]),
            market: Some(alice),
            assets: vec![Asset {
                symbol: "ETH".into(),
                token: alice,
                decimals: 18,
                token_symbol: None,
                id: Some(0),
            }],
            ..Deployment::default()
        };
        let folder = std::env::temp_dir().join(format!("breakwater-book-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("book.toml");
        deployment.save(&path).unwrap();
        assert_eq!(Deployment::load(&path).unwrap(), deployment);
        std::fs::write(&path, "market = \"nonsense\"").unwrap();
        assert!(Deployment::load(&path).is_err());
        // Two assets that can't be told apart.
        for (symbol, token, id) in [("eth", 8, 1), ("USD", 0, 1), ("", 8, 1)] {
            let mut twins = deployment.clone();
            let token = if token == 0 { alice } else { Address([token; 32]) };
            let (symbol, id) = (symbol.into(), Some(id));
            let twin = Asset { symbol, token, decimals: 6, token_symbol: None, id };
            twins.assets.push(twin);
            twins.save(&path).unwrap();
            assert!(Deployment::load(&path).is_err(), "{twins:?}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(deployment.check_chain([7; 32]).is_ok());
        assert!(deployment.check_chain([8; 32]).is_err());
        assert_eq!(deployment.asset("eth").unwrap().id().unwrap(), 0);
        assert!(deployment.asset("BTC").is_err());
    }
}
