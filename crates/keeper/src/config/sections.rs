//! The sections of the file, with their defaults.

use super::usd_to_wad;
use crate::health::Severity;
use breakwater_chain::{address, AccountId, Hash};
use breakwater_protocol::AssetId;
use serde::{Deserialize, Deserializer};
use std::path::PathBuf;

/// Which chain, and how it is followed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    pub endpoints: Vec<String>,
    #[serde(default, deserialize_with = "account_or_none")]
    pub genesis: Option<Hash>,
    #[serde(default = "five_seconds")]
    pub timeout_ms: u64,
    #[serde(default = "tenth_of_a_second")]
    pub poll_ms: u64,
    #[serde(default = "second")]
    pub compare_ms: u64,
    #[serde(default = "batch")]
    pub sync_batch: u64,
    #[serde(default = "undo_blocks")]
    pub undo_blocks: u64,
}

/// Which contracts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketConfig {
    #[serde(deserialize_with = "account")]
    pub market: AccountId,
    #[serde(default, deserialize_with = "account_or_none")]
    pub lens: Option<AccountId>,
    #[serde(default, deserialize_with = "account_or_none")]
    pub oracle: Option<AccountId>,
    #[serde(default, deserialize_with = "account_or_none")]
    pub taker: Option<AccountId>,
    #[serde(default)]
    pub versions: Vec<u32>,
    #[serde(default, deserialize_with = "hashes")]
    pub codes: Vec<Hash>,
}

/// Where the secret key comes from: never from this file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerConfig {
    pub uri_env: Option<String>,
    pub uri_file: Option<PathBuf>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreConfig {
    pub path: PathBuf,
}

/// What the chain's native token is worth, to compare fees with gains.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeeConfig {
    pub native_usd: f64,
    pub native_decimals: u8,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StartConfig {
    pub enabled: bool,
    pub min_reward_usd: f64,
    pub min_profit_usd: f64,
    pub max_per_block: usize,
    pub win_bps: u16,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TakeConfig {
    pub enabled: bool,
    pub stock: bool,
    pub min_profit_usd: f64,
    pub exit_bps: u16,
    pub tolerance_bps: u16,
    pub stop_loss_usd_per_day: Option<f64>,
}

/// What of an asset may be spent at once, or held.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InventoryConfig {
    pub asset: AssetId,
    #[serde(default)]
    pub spend_max: f64,
    pub spend_max_per_day: Option<f64>,
    pub hold_max: Option<f64>,
}

/// A pool on which collateral is sold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolConfig {
    #[serde(deserialize_with = "account")]
    pub address: AccountId,
    pub base: AssetId,
    pub quote: AssetId,
}

/// A venue that answers what it pays for so many units: where we would sell what we hold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuoteConfig {
    #[serde(deserialize_with = "account")]
    pub address: AccountId,
    pub sold: AssetId,
    pub bought: AssetId,
    pub most: f64,
}

/// What keeps the market going.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UpkeepConfig {
    pub cures: bool,
    pub write_offs: bool,
    pub backstop_fills: bool,
    pub for_the_market: bool,
    pub pokes: bool,
    pub oracle_poke_ms: Option<u64>,
    pub relay_file: Option<PathBuf>,
    pub max_usd_per_day: f64,
    pub claim_min_usd: f64,
    pub claim_every_ms: u64,
}

/// How transactions are submitted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExecutorConfig {
    pub max_in_flight: usize,
    pub resend_ms: u64,
    pub give_up_blocks: u64,
    pub lifetime_blocks: u64,
    pub tip_bps: u16,
    pub tip_max: f64,
    pub tip_raise_bps: u16,
    pub stuck_blocks: u64,
    pub approve: bool,
    pub approve_max_usd: f64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    pub listen: Option<String>,
    pub public: bool,
    pub stale_ms: Option<u64>,
    pub history_days: u64,
    pub stats_step_ms: u64,
}

/// When the keeper says that its job is not done.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HealthConfig {
    pub unhealthy_blocks: u64,
    pub auction_ms: u64,
    pub price_age_ms: u64,
    pub head_lag_blocks: u64,
    pub native_min: f64,
    pub clock_off_ms: u64,
    pub check_ms: u64,
    pub hold_ms: u64,
}

/// Who is told when a fault begins and ends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertConfig {
    pub to: AlertKind,
    pub secret_env: Option<String>,
    pub secret_file: Option<PathBuf>,
    pub url: Option<String>,
    pub chat: Option<String>,
    #[serde(default = "critical")]
    pub least: Severity,
}

/// Whose webhook it is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum AlertKind {
    Slack,
    Telegram,
    Pagerduty,
    Json,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    pub format: LogFormat,
    pub level: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Json,
    Text,
}

impl Default for FeeConfig {
    fn default() -> Self {
        Self { native_usd: 0.0, native_decimals: 12 }
    }
}

impl Default for StartConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            min_reward_usd: 0.0,
            min_profit_usd: 0.0,
            max_per_block: 2_000,
            win_bps: 5_000,
        }
    }
}

impl Default for TakeConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            stock: true,
            min_profit_usd: 1.0,
            exit_bps: 50,
            tolerance_bps: 10,
            stop_loss_usd_per_day: None,
        }
    }
}

impl Default for UpkeepConfig {
    fn default() -> Self {
        Self {
            cures: true,
            write_offs: true,
            backstop_fills: true,
            for_the_market: false,
            pokes: false,
            oracle_poke_ms: None,
            relay_file: None,
            max_usd_per_day: 1.0,
            claim_min_usd: 10.0,
            claim_every_ms: 60 * 60 * 1_000,
        }
    }
}

impl Default for ExecutorConfig {
    fn default() -> Self {
        Self {
            max_in_flight: 64,
            resend_ms: 6_000,
            give_up_blocks: 20,
            lifetime_blocks: 64,
            tip_bps: 1_000,
            tip_max: 1.0,
            tip_raise_bps: 1_000,
            stuck_blocks: 3,
            approve: true,
            approve_max_usd: 100_000.0,
        }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        let (history_days, stats_step_ms) = (30, 60 * 60 * 1_000);
        Self { listen: None, public: false, stale_ms: None, history_days, stats_step_ms }
    }
}

impl Default for HealthConfig {
    fn default() -> Self {
        const HOUR_MS: u64 = 60 * 60 * 1_000;
        Self {
            unhealthy_blocks: 20,
            auction_ms: HOUR_MS,
            price_age_ms: 2 * HOUR_MS,
            head_lag_blocks: 10,
            native_min: 1.0,
            clock_off_ms: 10 * 60 * 1_000,
            check_ms: 10_000,
            hold_ms: 30_000,
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Json, level: "info".into() }
    }
}

impl ExecutorConfig {
    /// For how many blocks a transaction is good; for ever if none.
    pub fn lifetime(&self) -> Option<u64> {
        (self.lifetime_blocks != 0).then_some(self.lifetime_blocks)
    }
}

impl FeeConfig {
    /// Native balance that so many wad dollars buy, in planck; nothing where its price is not known.
    pub fn planck_down(&self, wad: u128) -> u128 {
        if self.native_usd <= 0.0 {
            return 0;
        }
        // The cast saturates.
        (wad as f64 / 1e18 / self.native_usd * 10f64.powi(self.native_decimals.into())) as u128
    }

    /// Value of native balance in wad dollars, rounded to what a double holds.
    pub fn value_wad(&self, planck: u128) -> u128 {
        let whole = planck as f64 / 10f64.powi(self.native_decimals.into());
        usd_to_wad(whole * self.native_usd)
    }
}

fn account<'de, D: Deserializer<'de>>(from: D) -> Result<AccountId, D::Error> {
    let text = String::deserialize(from)?;
    address::parse(&text).map_err(serde::de::Error::custom)
}

fn account_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<AccountId>, D::Error> {
    account(from).map(Some)
}

fn hashes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Hash>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let hash = |text: &String| address::parse(text).map_err(serde::de::Error::custom);
    texts.iter().map(hash).collect()
}

fn critical() -> Severity {
    Severity::Critical
}

fn five_seconds() -> u64 {
    5_000
}

fn tenth_of_a_second() -> u64 {
    100
}

fn second() -> u64 {
    1_000
}

fn batch() -> u64 {
    128
}

fn undo_blocks() -> u64 {
    256
}
