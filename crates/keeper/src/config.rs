//! The configuration file. `keeper.example.toml` has every key with its default.

use breakwater_chain::{address, AccountId, ChainError, Hash, Signer};
use breakwater_protocol::{
    math::{pow10, WAD},
    AssetId,
};
use serde::{Deserialize, Deserializer};
use std::path::{Path, PathBuf};

/// Everything a keeper is told. Keys that are not known are refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub chain: ChainConfig,
    pub market: MarketConfig,
    #[serde(default)]
    pub signer: SignerConfig,
    pub store: StoreConfig,
    #[serde(default)]
    pub fees: FeeConfig,
    #[serde(default)]
    pub starts: StartConfig,
    #[serde(default)]
    pub takes: TakeConfig,
    #[serde(default)]
    pub inventory: Vec<InventoryConfig>,
    #[serde(default)]
    pub pool: Vec<PoolConfig>,
    #[serde(default)]
    pub upkeep: UpkeepConfig,
    pub stake: Option<StakeConfig>,
    #[serde(default)]
    pub executor: ExecutorConfig,
    #[serde(default)]
    pub http: HttpConfig,
    #[serde(default)]
    pub log: LogConfig,
}

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
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TakeConfig {
    pub enabled: bool,
    pub min_profit_usd: f64,
    pub exit_bps: u16,
    pub tolerance_bps: u16,
}

/// What of an asset may be spent at once, or held.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InventoryConfig {
    pub asset: AssetId,
    #[serde(default)]
    pub spend_max: f64,
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

/// How our stakes in backstops are looked after.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StakeConfig {
    pub every_ms: u64,
    pub sell_bps_per_hour: u16,
    pub min_usd: f64,
    pub keep: f64,
}

/// How transactions are handed in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExecutorConfig {
    pub max_in_flight: usize,
    pub resend_ms: u64,
    pub give_up_blocks: u64,
    pub approve: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpConfig {
    pub listen: Option<String>,
    pub stale_ms: Option<u64>,
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
        Self { enabled: true, min_reward_usd: 0.0, min_profit_usd: 0.0, max_per_block: 2_000 }
    }
}

impl Default for TakeConfig {
    fn default() -> Self {
        Self { enabled: true, min_profit_usd: 1.0, exit_bps: 50, tolerance_bps: 10 }
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

impl Default for StakeConfig {
    fn default() -> Self {
        Self { every_ms: 10 * 60 * 1_000, sell_bps_per_hour: 5, min_usd: 10.0, keep: 0.0 }
    }
}

impl Default for ExecutorConfig {
    fn default() -> Self {
        Self { max_in_flight: 64, resend_ms: 6_000, give_up_blocks: 20, approve: true }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Json, level: "info".into() }
    }
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {why}")]
    Unreadable { path: PathBuf, why: std::io::Error },
    #[error("{path}: {why}")]
    Malformed { path: PathBuf, why: Box<toml::de::Error> },
    #[error("{0}")]
    OutOfRange(&'static str),
    #[error("no key: set signer.uri_env or signer.uri_file")]
    NoKey,
    /// The message does not have the value.
    #[error("the environment variable {0} is not set")]
    NoVariable(String),
    #[error("the key: {0}")]
    BadKey(ChainError),
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], [`ConfigError::Malformed`], [`ConfigError::OutOfRange`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|why| ConfigError::Unreadable { path: path.into(), why })?;
        Self::parse(&text).map_err(|error| match error {
            ConfigError::Malformed { why, .. } => ConfigError::Malformed { path: path.into(), why },
            other => other,
        })
    }

    /// Reads and checks a file's text.
    ///
    /// # Errors
    /// [`ConfigError::Malformed`], [`ConfigError::OutOfRange`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|why| ConfigError::Malformed {
            path: "configuration".into(),
            why: Box::new(why),
        })?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let amounts = [
            self.fees.native_usd,
            self.starts.min_reward_usd,
            self.starts.min_profit_usd,
            self.takes.min_profit_usd,
            self.upkeep.max_usd_per_day,
            self.upkeep.claim_min_usd,
        ];
        let staked = self.stake.iter().flat_map(|of| [of.min_usd, of.keep]);
        let held = self.inventory.iter().flat_map(|of| [Some(of.spend_max), of.hold_max]);
        let sane = |amount: f64| amount.is_finite() && (0.0..=1e15).contains(&amount);
        let rules = [
            (!self.chain.endpoints.is_empty(), "chain.endpoints has no endpoint"),
            (
                amounts.into_iter().chain(held.flatten()).chain(staked).all(sane),
                "amounts must be between 0 and 10^15",
            ),
            (self.chain.timeout_ms >= 100, "chain.timeout_ms must be at least 100"),
            (self.chain.poll_ms >= 10, "chain.poll_ms must be at least 10"),
            (
                (1..=1_024).contains(&self.chain.sync_batch),
                "chain.sync_batch must be between 1 and 1024",
            ),
            (self.chain.undo_blocks >= 1, "chain.undo_blocks must be at least 1"),
            (
                self.takes.exit_bps < 10_000 && self.takes.tolerance_bps < 10_000,
                "takes.exit_bps and takes.tolerance_bps must be below 10000",
            ),
            (
                self.stake.as_ref().is_none_or(|of| of.sell_bps_per_hour <= 10_000),
                "stake.sell_bps_per_hour must be at most 10000",
            ),
            (self.executor.max_in_flight >= 1, "executor.max_in_flight must be at least 1"),
            (self.starts.max_per_block >= 1, "starts.max_per_block must be at least 1"),
            (self.fees.native_decimals <= 24, "fees.native_decimals must be at most 24"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(ConfigError::OutOfRange(rule)),
            None => Ok(()),
        }
    }
}

impl SignerConfig {
    /// The key, from the environment or from a file's first line.
    ///
    /// # Errors
    /// [`ConfigError::NoKey`], [`ConfigError::NoVariable`], [`ConfigError::Unreadable`],
    /// [`ConfigError::BadKey`]. None of them has the key in it.
    pub fn load(&self) -> Result<Signer, ConfigError> {
        let uri = match (&self.uri_env, &self.uri_file) {
            (Some(name), _) => {
                std::env::var(name).map_err(|_| ConfigError::NoVariable(name.clone()))?
            }
            (None, Some(path)) => std::fs::read_to_string(path)
                .map_err(|why| ConfigError::Unreadable { path: path.clone(), why })?,
            (None, None) => return Err(ConfigError::NoKey),
        };
        Signer::from_uri(uri.lines().next().unwrap_or_default().trim()).map_err(ConfigError::BadKey)
    }
}

impl FeeConfig {
    /// Value of native balance in wad dollars, rounded to what a double holds.
    pub fn value_wad(&self, planck: u128) -> u128 {
        let whole = planck as f64 / 10f64.powi(self.native_decimals.into());
        usd_to_wad(whole * self.native_usd)
    }
}

/// Dollars as wad; nothing for what is no amount.
pub fn usd_to_wad(usd: f64) -> u128 {
    // The cast saturates, and takes what is no number for 0.
    (usd * WAD as f64) as u128
}

/// Whole tokens as units, as exactly as a double can.
pub fn to_units(tokens: f64, decimals: u8) -> u128 {
    pow10(decimals).map_or(0, |one| (tokens * one as f64) as u128)
}

fn account<'de, D: Deserializer<'de>>(from: D) -> Result<AccountId, D::Error> {
    let text = String::deserialize(from)?;
    address::parse(&text).map_err(serde::de::Error::custom)
}

fn account_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<AccountId>, D::Error> {
    account(from).map(Some)
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

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../keeper.example.toml");

    #[test]
    fn the_example_is_read_and_has_every_key() {
        let config = Config::parse(EXAMPLE).expect("the example is a configuration");
        assert_eq!(config.chain.endpoints.len(), 2);
        assert_eq!(config.pool.len(), 1);
        // Every key of the structures above stands in the example, if only in a comment.
        let source = include_str!("config.rs");
        let structures = source.split("/// Why a configuration can't").next().unwrap();
        for line in structures.lines().filter(|line| !line.contains("pub struct")) {
            let field = line.trim().strip_prefix("pub ").and_then(|rest| rest.split_once(':'));
            if let Some((field, _)) = field {
                let told = EXAMPLE.lines().any(|line| {
                    let line = line.trim_start_matches(['#', ' ', '[']);
                    line.starts_with(field)
                });
                assert!(told, "the example does not tell of {field}");
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let broken = EXAMPLE.replace("poll_ms = 100", "poll_ms = 1");
        assert!(matches!(Config::parse(&broken), Err(ConfigError::OutOfRange(_))));
        let unknown = EXAMPLE.replace("poll_ms = 100", "pole_ms = 100");
        let error = Config::parse(&unknown).unwrap_err().to_string();
        assert!(error.contains("pole_ms"), "{error}");
    }

    #[test]
    fn a_key_is_never_in_an_error() {
        let file = std::env::temp_dir().join(format!("breakwater-key-{}", std::process::id()));
        std::fs::write(&file, "not a real secret ///").unwrap();
        let signer = SignerConfig { uri_env: None, uri_file: Some(file.clone()) };
        let error = signer.load().unwrap_err();
        std::fs::remove_file(file).unwrap();
        assert!(!format!("{error} {error:?}").contains("real"), "{error:?}");
    }

    #[test]
    fn amounts_convert() {
        assert_eq!(usd_to_wad(1.5), 3 * WAD / 2);
        assert_eq!(to_units(2.5, 6), 2_500_000);
        let fees = FeeConfig { native_usd: 4.0, native_decimals: 10 };
        assert_eq!(fees.value_wad(5_000_000_000), 2 * WAD);
    }
}
