//! The deployment's TOML file: what a market should be.
//!
//! Everything has a default but what only its author can know: the assets, how deep their markets
//! are, what they may carry, and where prices come from.

use super::keys::{Auction, Backstop, Fuse, Market};
use crate::{amount::Decimal, deployment::Address};
use serde::Deserialize;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Tells deployments by the same key apart: their addresses differ.
    pub name: String,
    #[serde(default)]
    pub market: Market,
    #[serde(default)]
    pub governance: Governance,
    #[serde(rename = "asset")]
    pub assets: Vec<Asset>,
    /// Pools to sell on, for local networks.
    #[serde(default, rename = "pool")]
    pub pools: Vec<Pool>,
    /// Deploy the contract with which the deployer takes without capital.
    #[serde(default)]
    pub taker: bool,
}

/// Who decides.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Governance {
    /// May raise the breaker; the deployer if not given.
    pub guardian: Option<Address>,
    /// How long the guardian holds the role, from the deployment on.
    pub guardian_days: Option<u64>,
    /// A queue that becomes the owner of market and oracle; without one the deployer stays owner.
    pub governor: Option<Governor>,
}

/// The proposal queue (docs/governance.md). For its deployment: later its settings change by its own
/// operations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Governor {
    /// Least wait before a change that may raise risk.
    pub delay_minutes: Option<u64>,
    /// Least wait before a change that lowers it.
    pub lowering_delay_minutes: Option<u64>,
    /// For how long an operation may be executed once it is ready.
    pub grace_minutes: Option<u64>,
    pub proposers: Vec<Address>,
    /// Everybody if empty.
    #[serde(default)]
    pub executors: Vec<Address>,
    /// May cancel, and nothing else.
    #[serde(default)]
    pub guardians: Vec<Address>,
    /// May move some parameters within bounds.
    #[serde(default)]
    pub stewards: Vec<Address>,
    #[serde(default)]
    pub steward: StewardBounds,
}

/// How far a steward may move a parameter in a day.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StewardBounds {
    pub caps_bps: Option<u16>,
    pub depth_bps: Option<u16>,
    pub ltv_bps: Option<u16>,
    pub rate_bps: Option<u16>,
}

/// An asset.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    pub symbol: String,
    /// The token's address, or "new" for one of a local network that its deployer mints.
    pub token: String,
    /// Name of a new token, its symbol if not given; of a token that is there it is compared.
    pub name: Option<String>,
    /// What a token that is there calls itself, if that is not `symbol`.
    pub token_symbol: Option<String>,
    pub decimals: u8,
    /// Tokens that move its market by 1 %.
    pub depth: Decimal,
    /// What is known of it: its class follows, and from that what it carries.
    pub findings: Option<Findings>,
    /// The class it is listed as, if not the best that takes it.
    pub quality: Option<Quality>,
    /// Most debt that all its collateral may carry, in multiples of the depth.
    pub max_load: Option<Decimal>,
    /// Haircut on new risk for the square root of the size over the depth.
    pub haircut_per_root_depth: Option<Decimal>,
    /// Haircut on new risk for each unit of volatility.
    pub haircut_per_volatility: Option<Decimal>,
    pub max_haircut_bps: Option<u16>,
    /// When collateral that comes in too fast carries less.
    #[serde(default)]
    pub fuse: Fuse,
    /// Takes no new supply, collateral or debt.
    #[serde(default)]
    pub frozen: bool,
    /// Present if it can be lent and borrowed.
    pub lend: Option<Lend>,
    /// Present if it can be collateral.
    pub collateral: Option<Collateral>,
    /// Most that may leave in a window, net; no limit if not given.
    pub outflow: Option<Outflow>,
    pub price: Feed,
}

/// What somebody finds out about an asset before it is listed (docs/mechanism.md, section 3.9).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Findings {
    /// Dollars that move its price by 1 %, on a bad day.
    pub depth_usd: Decimal,
    /// Standard deviation of a day's return over the last year.
    pub daily_volatility_percent: Decimal,
    /// It is a claim on an asset of another chain.
    #[serde(default)]
    pub bridged: bool,
    /// Somebody can make units that nothing backs.
    #[serde(default)]
    pub mintable: bool,
}

/// How good an asset is as collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Quality {
    A,
    B,
    C,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lend {
    pub supply_cap: Decimal,
    pub borrow_cap: Decimal,
    /// Part of the interest that the protocol keeps.
    pub reserve_factor_bps: Option<u16>,
    /// Least debt of an account, in tokens.
    #[serde(default)]
    pub min_debt: Option<Decimal>,
    /// May only be owed alone.
    #[serde(default)]
    pub siloed: bool,
    pub rate: Option<Rate>,
    #[serde(default)]
    pub backstop: Backstop,
}

/// Interest, in per cent a year.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, tag = "model", rename_all = "lowercase")]
pub enum Rate {
    Kinked {
        base_percent: Decimal,
        kink_percent: Decimal,
        full_percent: Decimal,
        kink_bps: u16,
    },
    Adaptive {
        target_bps: u16,
        steepness: Decimal,
        speed_per_year: Decimal,
        initial_percent: Decimal,
        min_percent: Decimal,
        max_percent: Decimal,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Collateral {
    pub cap: Decimal,
    /// What it carries by size, if not as its class.
    #[serde(default, rename = "tier")]
    pub tiers: Vec<Tier>,
    /// How fast lower thresholds reach standing debt.
    pub threshold_ramp_bps_per_day: Option<u16>,
    /// Present if it carries one debt only: most that may be borrowed against it, in dollars.
    pub isolation_ceiling_usd: Option<Decimal>,
    #[serde(default)]
    pub auction: Auction,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Value of an account's collateral from which this holds, in dollars.
    #[serde(default)]
    pub from_usd: Option<Decimal>,
    pub ltv_bps: u16,
    pub liquidation_threshold_bps: u16,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outflow {
    /// In tokens.
    pub capacity: Decimal,
    pub window_minutes: u64,
}

/// Where its price comes from (docs/mechanism.md, section 2).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Feed {
    pub quorum: Option<u8>,
    /// Half-width of the band of confidence.
    pub band_bps: Option<u16>,
    pub max_spread_bps: Option<u16>,
    /// A farther jump must be confirmed; none is too far if not given.
    pub max_jump_bps: Option<u32>,
    pub confirm_minutes: Option<u64>,
    pub confirm_updates: Option<u8>,
    pub join_bps: Option<u16>,
    /// Symbol of the asset that the price is given in, if not dollars.
    pub cross: Option<String>,
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    pub kind: SourceKind,
    /// `pushed` and `sr25519`: the reporter's account; `ecdsa`: their compressed public key in hex.
    pub key: Option<String>,
    /// `dia` and `twap`: where the oracle or the pool is.
    pub contract: Option<Address>,
    /// `dia` and `redstone`: the name it has there.
    pub symbol: Option<String>,
    /// `redstone`: the signer's Ethereum address.
    pub signer: Option<String>,
    /// `twap`: over how long.
    pub window_minutes: Option<u64>,
    pub decimals: Option<u8>,
    /// It gives the price of a dollar in the asset.
    #[serde(default)]
    pub inverse: bool,
    pub max_age_minutes: u64,
    /// Bounds in dollars: a value at or beyond one of them does not count.
    pub min_usd: Option<Decimal>,
    pub max_usd: Option<Decimal>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// One key reports it: for local networks.
    Pushed,
    /// Signed by a reporter with sr25519, relayed by anyone.
    Sr25519,
    /// Signed by a reporter with ECDSA, relayed by anyone.
    Ecdsa,
    /// DIA's oracle contract.
    Dia,
    /// The average of a pool on this chain.
    Twap,
    /// A signer of RedStone's, whose packages anyone relays.
    Redstone,
}

/// A constant-product pool.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    pub base: String,
    pub quote: String,
    /// Tokens of each that a new pool starts with; new tokens are minted for it.
    pub base_amount: Decimal,
    pub quote_amount: Decimal,
}
