//! The configuration file. `feed.example.toml` has every key.

use breakwater_chain::{address, AccountId};
use serde::{Deserialize, Deserializer};
use std::path::{Path, PathBuf};

/// A reporter's configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub node: String,
    #[serde(deserialize_with = "account")]
    pub oracle: AccountId,
    #[serde(default = "ten_seconds")]
    pub every_ms: u64,
    #[serde(default = "minute")]
    pub clock_off_ms: u64,
    pub reporter: ReporterConfig,
    #[serde(default)]
    pub relay: RelayConfig,
    pub feed: Vec<FeedConfig>,
}

/// Whose reports they are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReporterConfig {
    pub key_env: Option<String>,
    pub key_file: Option<PathBuf>,
    #[serde(default)]
    pub scheme: Scheme,
}

/// How reports are signed.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    #[default]
    Sr25519,
    Ecdsa,
}

/// How reports get to the adapter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RelayConfig {
    pub key_env: Option<String>,
    pub key_file: Option<PathBuf>,
    pub file: Option<PathBuf>,
}

/// A token's price.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedConfig {
    #[serde(deserialize_with = "account")]
    pub token: AccountId,
    pub source: u8,
    #[serde(default = "half_a_percent")]
    pub deviation_bps: u32,
    #[serde(default = "hour")]
    pub heartbeat_ms: u64,
    #[serde(default = "one")]
    pub quorum: usize,
    #[serde(default = "two_percent")]
    pub spread_bps: u32,
    pub input: Vec<InputConfig>,
}

/// Where a value is read: one of `http`, `file` and `dia`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InputConfig {
    pub http: Option<String>,
    pub pointer: Option<String>,
    pub time_pointer: Option<String>,
    pub file: Option<PathBuf>,
    #[serde(deserialize_with = "account_or_none")]
    pub dia: Option<AccountId>,
    pub symbol: Option<String>,
    pub decimals: Option<u8>,
    pub max_age_ms: Option<u64>,
}

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {path}: {why}")]
    Unreadable { path: PathBuf, why: std::io::Error },
    #[error("{0}")]
    Malformed(Box<toml::de::Error>),
    #[error("{0}")]
    OutOfRange(&'static str),
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|why| ConfigError::Unreadable { path: path.into(), why })?;
        Self::parse(&text)
    }

    /// Reads and checks a file's text.
    ///
    /// # Errors
    /// [`ConfigError::Malformed`], [`ConfigError::OutOfRange`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self =
            toml::from_str(text).map_err(|why| ConfigError::Malformed(Box::new(why)))?;
        let reporter = &config.reporter;
        let each = |holds: fn(&FeedConfig) -> bool| config.feed.iter().all(holds);
        let rules = [
            (!config.feed.is_empty(), "there is no feed"),
            (
                reporter.key_env.is_some() || reporter.key_file.is_some(),
                "reporter.key_env or reporter.key_file must be set",
            ),
            (each(|feed| !feed.input.is_empty()), "a feed has no input"),
            (
                each(|feed| (1..=feed.input.len()).contains(&feed.quorum)),
                "quorum must be between 1 and the number of inputs",
            ),
            (each(|feed| feed.heartbeat_ms >= 1_000), "heartbeat_ms must be at least 1000"),
            (each(|feed| feed.input.iter().all(InputConfig::is_one)), InputConfig::RULE),
            (config.every_ms >= 100, "every_ms must be at least 100"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(ConfigError::OutOfRange(rule)),
            None => Ok(config),
        }
    }
}

impl InputConfig {
    const RULE: &'static str =
        "an input is one of: http with pointer, file, dia with symbol and decimals";

    fn is_one(&self) -> bool {
        let kinds = [self.http.is_some(), self.file.is_some(), self.dia.is_some()];
        kinds.into_iter().filter(|is| *is).count() == 1
            && self.http.is_some() == self.pointer.is_some()
            && self.dia.is_some() == self.symbol.is_some()
            && self.dia.is_some() == self.decimals.is_some()
            && (self.time_pointer.is_none() || self.http.is_some())
    }
}

fn account<'de, D: Deserializer<'de>>(from: D) -> Result<AccountId, D::Error> {
    let text = String::deserialize(from)?;
    address::parse(&text).map_err(serde::de::Error::custom)
}

fn account_or_none<'de, D: Deserializer<'de>>(from: D) -> Result<Option<AccountId>, D::Error> {
    account(from).map(Some)
}

fn ten_seconds() -> u64 {
    10_000
}

fn minute() -> u64 {
    60_000
}

fn hour() -> u64 {
    3_600_000
}

fn half_a_percent() -> u32 {
    50
}

fn two_percent() -> u32 {
    200
}

fn one() -> usize {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../feed.example.toml");

    #[test]
    fn the_example_is_read_and_what_is_wrong_is_said() {
        let config = Config::parse(EXAMPLE).expect("the example is a configuration");
        assert_eq!((config.feed.len(), config.feed[0].input.len()), (1, 2));
        let whole = EXAMPLE.replace("# [[feed.input]]\n# dia", "[[feed.input]]\ndia");
        let whole = whole.replace("# symbol =", "symbol =").replace("# decimals =", "decimals =");
        assert_eq!(Config::parse(&whole).expect("a configuration").feed[0].input.len(), 3);
        let refused = |text: String| Config::parse(&text).is_err();
        assert!(refused(EXAMPLE.replace("pointer = ", "# pointer = ")), "no pointer");
        assert!(refused(EXAMPLE.replace("# quorum = 1", "quorum = 3")), "too many");
        assert!(refused(EXAMPLE.replace("source = 0", "source = 0\nsauce = 1")), "unknown key");
        assert!(refused(EXAMPLE.replace("key_env = \"BREAKWATER_REPORTER_KEY\"", "")), "no key");
    }
}
