//! A market for local networks: two tokens, an oracle, a pool to sell on, and two reserves.

use crate::{Amm, Bundle, ClientError, Lens, Market, Oracle, Token};
use breakwater_chain::{AccountId, Chain, ContractCall, Hash, Receipt, Signer, Transaction};
use breakwater_protocol::{
    num::math::WAD, oracle::FeedConfig, presets, AssetId, FuseConfig, MarketParams, ReserveConfig,
    Tier,
};

/// What is deployed, and with which parameters.
#[derive(Clone, Debug)]
pub struct LocalPlan {
    /// Makes the addresses of two deployments by the same key differ.
    pub salt: Vec<u8>,
    pub params: MarketParams,
    /// Collateral; its `token` is filled in.
    pub eth: ReserveConfig,
    /// Money to borrow; its `token` is filled in.
    pub usd: ReserveConfig,
    /// Age at which a pushed price is good for nothing any more.
    pub price_max_age_ms: u64,
    /// Half-width of the oracle's confidence band.
    pub price_band_bps: u16,
    /// What reporters would sign for; nobody does here.
    pub genesis: Hash,
}

/// The contracts of a local market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub market: Market,
    pub lens: Lens,
    pub oracle: Oracle,
    pub amm: Amm,
    pub eth: Token,
    pub usd: Token,
    pub eth_asset: AssetId,
    pub usd_asset: AssetId,
}

/// Decimals of the local tokens.
pub const ETH_DECIMALS: u8 = 18;
pub const USD_DECIMALS: u8 = 6;
/// More than anybody has, and far from overflow.
const NO_CAP: u128 = u128::MAX >> 8;

impl LocalPlan {
    /// A feed whose values one key pushes.
    pub fn feed(&self, key: AccountId) -> FeedConfig {
        FeedConfig::pushed(key, self.price_max_age_ms, self.price_band_bps)
    }
}

impl Default for LocalPlan {
    /// ETH may carry debt up to 75 % (LTV) and is liquidated above 80 %, at the paces that the simulator
    /// has found (docs/results.md); the dollar's backstop sets which.
    fn default() -> Self {
        // As deep as a test needs, and no fuse for what is deposited at once; the demo sets what its
        // pool has.
        let reserve = |decimals| {
            let mut config = presets::reserve([0; 32], decimals, 1_000_000 * WAD);
            config.liquidity.max_load_wad = 20 * WAD;
            config.liquidity.fuse = FuseConfig::NEVER;
            config.auction.backed_by = Some(1);
            config
        };
        let tier = Tier { from_wad: 0, ltv_bps: 7_500, liquidation_threshold_bps: 8_000 };
        let eth = ReserveConfig {
            collateral: true,
            collateral_cap: NO_CAP,
            tiers: vec![tier],
            ..reserve(ETH_DECIMALS)
        };
        let usd = presets::lent(reserve(USD_DECIMALS), NO_CAP, NO_CAP);
        Self {
            salt: Vec::new(),
            params: MarketParams::default(),
            eth,
            usd: ReserveConfig { min_debt: 100_000_000, ..usd },
            price_max_age_ms: 60 * 60 * 1_000,
            price_band_bps: 10,
            genesis: [0; 32],
        }
    }
}

impl Deployment {
    /// Uploads, instantiates and configures everything. `admin` becomes the owner of all contracts
    /// and the oracle's feeder.
    pub fn deploy(
        chain: &mut dyn Chain,
        admin: &Signer,
        plan: &LocalPlan,
    ) -> Result<Self, ClientError> {
        let token_code = upload(chain, admin, "token")?;
        let eth = instantiate(
            chain,
            admin,
            token_code,
            Token::constructor(0, "Ether", "ETH", ETH_DECIMALS),
            &plan.salt,
        )?;
        let usd = instantiate(
            chain,
            admin,
            token_code,
            Token::constructor(0, "US Dollar", "USD", USD_DECIMALS),
            &plan.salt,
        )?;
        let oracle_code = upload(chain, admin, "oracle")?;
        let constructor = Oracle::constructor(plan.genesis);
        let oracle = instantiate(chain, admin, oracle_code, constructor, &plan.salt)?;
        let adapter = Oracle { address: oracle };
        let feeds = [eth, usd].map(|token| adapter.configure(token, &plan.feed(admin.account())));
        must(chain, admin, feeds.to_vec())?;
        let amm_code = upload(chain, admin, "amm")?;
        let amm = instantiate(chain, admin, amm_code, Amm::constructor(eth, usd), &plan.salt)?;
        let auctions = upload(chain, admin, "market_auctions")?;
        let admin_code = upload(chain, admin, "market_admin")?;
        let market_code = upload(chain, admin, "market")?;
        let market = instantiate(
            chain,
            admin,
            market_code,
            Market::constructor(oracle, auctions, admin_code),
            &plan.salt,
        )?;

        let lens_code = upload(chain, admin, "lens")?;
        let lens = instantiate(chain, admin, lens_code, Lens::constructor(market), &plan.salt)?;

        let market = Market { address: market };
        must(chain, admin, vec![market.set_params(&plan.params)])?;
        let listings = [(&plan.eth, eth), (&plan.usd, usd)]
            .map(|(config, token)| market.list_reserve(&ReserveConfig { token, ..config.clone() }));
        must(chain, admin, listings.to_vec())?;
        Ok(Self {
            market,
            lens: Lens { address: lens },
            oracle: Oracle { address: oracle },
            amm: Amm { address: amm },
            eth: Token { address: eth },
            usd: Token { address: usd },
            eth_asset: 0,
            usd_asset: 1,
        })
    }

    /// A report of both prices: ETH in wad dollars, USD at one dollar.
    pub fn push_prices(&self, eth_wad: u128, time_ms: u64) -> ContractCall {
        self.oracle.push(&[(self.eth.address, eth_wad, time_ms), (self.usd.address, WAD, time_ms)])
    }
}

/// Submits calls as one transaction and fails if it does.
pub fn must(
    chain: &mut dyn Chain,
    signer: &Signer,
    calls: Vec<ContractCall>,
) -> Result<Receipt, ClientError> {
    let receipt = chain.submit(Transaction::batch(signer, calls))?;
    match &receipt.result {
        Ok(()) => Ok(receipt),
        Err(why) => Err(ClientError::Failed(why.clone())),
    }
}

/// Uploads a built contract by its short name and returns its code hash; code that is there already
/// stays.
pub fn upload(chain: &mut dyn Chain, admin: &Signer, name: &str) -> Result<Hash, ClientError> {
    Ok(chain.upload(admin, &Bundle::load(name)?.wasm)?)
}

/// Instantiates uploaded code and returns the contract's address.
pub fn instantiate(
    chain: &mut dyn Chain,
    admin: &Signer,
    code: Hash,
    data: Vec<u8>,
    salt: &[u8],
) -> Result<AccountId, ClientError> {
    let (address, receipt) = chain.instantiate(admin, code, 0, data, salt.to_vec())?;
    receipt.result.map_err(ClientError::Failed)?;
    Ok(address)
}
