//! Does one step of a plan, and writes down what it made.

use super::{
    config::Config,
    desired,
    plan::{Change, Step},
    reserve,
};
use crate::deployment::{hash_text, Address, Asset, Deployment, Pool};
use anyhow::{bail, Context as _, Result};
use breakwater_chain::{address, AccountId, Chain, ContractCall, Hash, Signer, Transaction};
use breakwater_client::{
    deploy::{instantiate, must, upload},
    Amm, Governor, Lens, Market, Oracle, Taker, Token,
};
use breakwater_protocol::num::time::DAY_MS;

/// Who deploys what, where.
pub struct Deployer<'a> {
    pub chain: &'a mut dyn Chain,
    pub signer: &'a Signer,
    pub config: &'a Config,
    /// Where the book is saved after each contract.
    pub path: &'a std::path::Path,
    pub genesis: Hash,
    /// The market's owner before this run, if there is a market.
    pub owner: Option<AccountId>,
    /// Calls of the owner's that are to be queued, because the owner is a governor.
    pub to_queue: Vec<ContractCall>,
}

/// Days a guardian holds the role unless the file says otherwise.
const GUARDIAN_DAYS: u64 = 90;

impl Deployer<'_> {
    /// Does a step, and says what is worth knowing about it.
    ///
    /// # Errors
    /// If the chain refuses; what was done before stays done and is in the book.
    pub fn apply(&mut self, deployment: &mut Deployment, step: &Step) -> Result<Option<String>> {
        match step {
            // The book in hand is right already.
            Step::Correct(..) => self.keep(deployment),
            Step::Token(index) => self.token(deployment, *index),
            Step::Oracle => {
                let constructor = Oracle::constructor(self.genesis);
                deployment.oracle = Some(self.create("oracle", constructor, "")?);
                self.keep(deployment)
            }
            Step::Feed(index, _) => {
                let asset = self.config.assets.get(*index).context("no such asset")?;
                let tokens = deployment.clone();
                let token_of = |symbol: &str| tokens.asset(symbol).map(|asset| asset.token.0);
                let config = desired::feed(asset, &token_of)?;
                let token = token_of(&asset.symbol)?;
                self.own(deployment, deployment.oracle()?.configure(token, &config))
            }
            Step::Market => {
                let auctions = upload(self.chain, self.signer, "market_auctions")?;
                let admin = upload(self.chain, self.signer, "market_admin")?;
                let constructor =
                    Market::constructor(deployment.oracle()?.address, auctions, admin);
                deployment.market = Some(self.create("market", constructor, "")?);
                let block = self.chain.block_number()?;
                deployment.block_hash = self.chain.block_hash(block)?.map(hash_text);
                deployment.block = deployment.block_hash.is_some().then_some(block);
                self.keep(deployment)
            }
            Step::Params(_) => {
                let params = desired::params(&self.config.market)?;
                self.own(deployment, deployment.market()?.set_params(&params))
            }
            Step::Reserve(index, change) => self.reserve(deployment, *index, change),
            Step::Lens => {
                let constructor = Lens::constructor(deployment.market()?.address);
                deployment.lens = Some(self.create("lens", constructor, "")?);
                self.keep(deployment)
            }
            Step::Pool(index) => self.pool(deployment, *index),
            Step::Taker => {
                let constructor = Taker::constructor(deployment.market()?.address);
                deployment.taker = Some(self.create("taker", constructor, "")?);
                self.keep(deployment)
            }
            Step::Guardian => {
                let governance = &self.config.governance;
                let guardian = governance.guardian.context("no guardian in the file")?;
                let days = governance.guardian_days.unwrap_or(GUARDIAN_DAYS);
                // Whole days, so that a run later in the day asks for the same.
                let today = self.chain.now_ms()? / DAY_MS;
                let until_ms = today.saturating_add(days).saturating_add(1).saturating_mul(DAY_MS);
                self.own(deployment, deployment.market()?.set_guardian(guardian.0, until_ms))
            }
            Step::Governor => {
                let given = self.config.governance.governor.as_ref().context("no governor")?;
                let (settings, roles) = desired::governor(given);
                let constructor = Governor::constructor(&settings, &roles);
                deployment.governor = Some(self.create("governor", constructor, "")?);
                self.keep(deployment)
            }
            Step::Ownership => {
                let (governor, market) = (deployment.governor()?, deployment.market()?);
                let oracle = deployment.oracle()?;
                // Offered and accepted in one transaction: nobody is left in between.
                let calls = vec![
                    market.transfer_ownership(governor.address),
                    governor.accept_ownership(market.address),
                    oracle.transfer_ownership(governor.address),
                    governor.accept_ownership(oracle.address),
                ];
                must(self.chain, self.signer, calls)?;
                Ok(None)
            }
        }
    }

    /// Deploys a new token, or checks the one named.
    fn token(&mut self, deployment: &mut Deployment, index: usize) -> Result<Option<String>> {
        let asset = self.config.assets.get(index).context("no such asset")?;
        let (token, note) = match asset.token.as_str() {
            "new" => {
                let name = asset.name.as_deref().unwrap_or(&asset.symbol);
                let constructor = Token::constructor(0, name, &asset.symbol, asset.decimals);
                (self.create("token", constructor, &asset.symbol)?, None)
            }
            text => {
                // What it says of itself was compared with the file before anything was done.
                (Address(address::parse(text)?), Some("the token is there".into()))
            }
        };
        deployment.assets.push(Asset {
            symbol: asset.symbol.clone(),
            token,
            decimals: asset.decimals,
            token_symbol: asset.token_symbol.clone(),
            id: None,
        });
        self.keep(deployment)?;
        Ok(note)
    }

    fn reserve(
        &mut self,
        deployment: &mut Deployment,
        index: usize,
        change: &Change,
    ) -> Result<Option<String>> {
        let asset = self.config.assets.get(index).context("no such asset")?;
        let token = deployment.asset(&asset.symbol)?.token.0;
        let market = deployment.market()?;
        let mut ids = Vec::new();
        for other in &deployment.assets {
            ids.push((other.symbol.clone(), market.asset_of(self.chain, other.token.0)?));
        }
        let id_of =
            |symbol: &str| ids.iter().find(|(of, _)| of == symbol).and_then(|(_, listed)| *listed);
        let numbers = reserve::numbers(self.config, &id_of);
        let config = reserve::reserve(self.config, asset, token, &numbers)?;
        let listed = id_of(&asset.symbol);
        let note = match (change, listed) {
            (Change::Differs(_), Some(id)) => {
                self.own(deployment, market.configure_reserve(id, &config))?
            }
            _ => self.own(deployment, market.list_reserve(&config))?,
        };
        let id = market.asset_of(self.chain, token)?;
        if let Some(held) = deployment.assets.iter_mut().find(|held| held.symbol == asset.symbol) {
            held.id = id;
        }
        self.keep(deployment)?;
        Ok(note)
    }

    /// Deploys a pool and gives it its first tokens, which the signer mints.
    fn pool(&mut self, deployment: &mut Deployment, index: usize) -> Result<Option<String>> {
        let pool = self.config.pools.get(index).context("no such pool")?;
        let (base, quote) =
            (deployment.asset(&pool.base)?.clone(), deployment.asset(&pool.quote)?.clone());
        let (base_units, quote_units) =
            (pool.base_amount.units(base.decimals)?, pool.quote_amount.units(quote.decimals)?);
        let constructor = Amm::constructor(base.token.0, quote.token.0);
        let salt = format!("{}/{}", pool.base, pool.quote);
        let address = self.create("amm", constructor, &salt)?;
        let to = self.signer.account();
        let mut calls = Vec::new();
        for (asset, units) in [(&base, base_units), (&quote, quote_units)] {
            if self.config.assets.iter().any(|a| a.symbol == asset.symbol && a.token == "new") {
                calls.push(asset.token().mint(to, units));
            }
            calls.push(asset.token().approve(address.0, units));
        }
        calls.push(Amm { address: address.0 }.add_liquidity(base_units, quote_units));
        must(self.chain, self.signer, calls)?;
        let (base, quote) = (pool.base.clone(), pool.quote.clone());
        deployment.pools.push(Pool { base, quote, address });
        self.keep(deployment)
    }

    /// Uploads and instantiates a contract; `part` tells two of one code apart.
    fn create(&mut self, name: &str, constructor: Vec<u8>, part: &str) -> Result<Address> {
        let code = upload(self.chain, self.signer, name)?;
        let salt = format!("{}/{part}", self.config.name);
        let address = instantiate(self.chain, self.signer, code, constructor, salt.as_bytes());
        Ok(Address(address.with_context(|| {
            format!(
                "cannot deploy {name}; if it is there from another run, let that one end, or, where its \
                 deployment file is lost, give the file another `name`"
            )
        })?))
    }

    /// A call that only the owner may make: made, or kept to be queued.
    fn own(&mut self, deployment: &Deployment, call: ContractCall) -> Result<Option<String>> {
        if self.owner.is_some() && self.owner == deployment.governor.map(|governor| governor.0) {
            self.to_queue.push(call);
            return Ok(Some("for the governor's queue".into()));
        }
        if self.owner.is_some_and(|owner| owner != self.signer.account()) {
            bail!("the market belongs to somebody else: only its owner may change it");
        }
        let receipt = self.chain.submit(Transaction::new(self.signer, call))?;
        crate::send::included(&receipt)?;
        Ok(None)
    }

    /// Saves the book.
    fn keep(&self, deployment: &Deployment) -> Result<Option<String>> {
        deployment.save(self.path)?;
        Ok(None)
    }
}
