//! The configuration file. `keeper.example.toml` has every key with its default.

mod check;
mod sections;
pub mod several;

pub use sections::*;

use breakwater_chain::{
    secret::{self, SecretError},
    ChainError, Signer,
};
use breakwater_protocol::num::math::{pow10, WAD};
use serde::Deserialize;
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
    pub quotes: Vec<QuoteConfig>,
    #[serde(default)]
    pub upkeep: UpkeepConfig,
    #[serde(default)]
    pub executor: ExecutorConfig,
    #[serde(default)]
    pub http: HttpConfig,
    #[serde(default)]
    pub health: HealthConfig,
    #[serde(default)]
    pub alert: Vec<AlertConfig>,
    #[serde(default)]
    pub log: LogConfig,
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {why}")]
    Unreadable { path: PathBuf, why: std::io::Error },
    #[error(
        "nothing is in {0}: `breakwater keeper-config` prints a configuration for a deployment"
    )]
    Missing(PathBuf),
    #[error("{path}: {why}")]
    Malformed { path: PathBuf, why: Box<toml::de::Error> },
    #[error("{0}")]
    OutOfRange(&'static str),
    #[error("no key: set signer.uri_env or signer.uri_file")]
    NoKey,
    /// It does not have the secret in it.
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error("the key: {0}")]
    BadKey(ChainError),
}

impl ConfigError {
    /// The same of a file.
    fn at(self, path: &Path) -> Self {
        match self {
            Self::Malformed { why, .. } => Self::Malformed { path: path.into(), why },
            other => other,
        }
    }
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError::Unreadable`], [`ConfigError::Malformed`], [`ConfigError::OutOfRange`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|why| ConfigError::Unreadable { path: path.into(), why })?;
        Self::parse(&text).map_err(|error| error.at(path))
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
}

impl SignerConfig {
    /// The key, from the environment or from a file's first line.
    ///
    /// # Errors
    /// [`ConfigError::NoKey`], [`ConfigError::Secret`], [`ConfigError::BadKey`]. None of them has the key
    /// in it.
    pub fn load(&self) -> Result<Signer, ConfigError> {
        let uri = secret::read(self.uri_env.as_deref(), self.uri_file.as_deref())?;
        Signer::from_uri(&uri.ok_or(ConfigError::NoKey)?).map_err(ConfigError::BadKey)
    }
}

impl AlertConfig {
    /// Its secret, if it has one.
    ///
    /// # Errors
    /// As [`secret::read`].
    pub fn secret(&self) -> Result<Option<String>, SecretError> {
        secret::read(self.secret_env.as_deref(), self.secret_file.as_deref())
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

#[cfg(test)]
mod tests;
