//! Where values are read. A value that is older than told, or no price, is no answer.

use crate::config::InputConfig;
use bigdecimal::{num_bigint::BigInt, BigDecimal, RoundingMode, ToPrimitive};
use breakwater_chain::{AccountId, Chain, ChainError};
use breakwater_client::{abi, ClientError};
use serde_json::Value;
use std::{
    io::Read,
    path::Path,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Longest wait for an HTTP answer, and most bytes of it.
const TIMEOUT: Duration = Duration::from_secs(10);
const MOST_BYTES: u64 = 256 * 1_024;
/// Numbers of time below this are seconds since 1970, others milliseconds.
const LARGEST_SECONDS: u64 = 100_000_000_000;
/// How far a value's own time may be ahead of ours, milliseconds.
const AHEAD_MS: u64 = 60_000;

/// Why an input gives no value. None of these has the address in it: that may hold a key.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    #[error("it answered {0}")]
    Status(u16),
    #[error("no answer: {0}")]
    Transport(String),
    #[error("cannot read {path}: {why}")]
    File { path: String, why: std::io::Error },
    #[error("the answer is no JSON, or larger than {MOST_BYTES} bytes")]
    NoJson,
    #[error("there is nothing at {0}")]
    Nothing(String),
    #[error("{0:?} is no price")]
    NoPrice(String),
    #[error("{0:?} is no time")]
    NoTime(String),
    #[error("its value is {age_ms} ms old")]
    Old { age_ms: u64 },
    #[error("its value is {ahead_ms} ms ahead of our clock")]
    Future { ahead_ms: u64 },
    #[error("the contract says nothing of {0}")]
    Silent(String),
    #[error(transparent)]
    Client(ClientError),
    #[error("the node: {0}")]
    Chain(ChainError),
}

/// Reads inputs.
pub struct Inputs {
    agent: ureq::Agent,
}

impl Default for Inputs {
    fn default() -> Self {
        Self { agent: ureq::AgentBuilder::new().timeout(TIMEOUT).redirects(0).build() }
    }
}

impl Inputs {
    /// The value of an input in units of `decimals`, rounded to the nearest.
    ///
    /// # Errors
    /// [`InputError`].
    pub fn read(
        &self,
        input: &InputConfig,
        decimals: u8,
        chain: &mut dyn Chain,
        origin: AccountId,
    ) -> Result<u128, InputError> {
        // What is on the chain has the chain's time.
        let now_ms = match input.dia {
            Some(_) => chain.now_ms().map_err(InputError::Chain)?,
            None => system_ms(),
        };
        let (price, time_ms) = match input {
            InputConfig { http: Some(url), pointer: Some(pointer), time_pointer, .. } => {
                self.http(url, pointer, time_pointer.as_deref())?
            }
            InputConfig { file: Some(path), .. } => from_file(path)?,
            InputConfig {
                dia: Some(contract), symbol: Some(symbol), decimals: Some(own), ..
            } => from_dia(*contract, symbol, *own, chain, origin)?,
            _ => return Err(InputError::Nothing("the configuration".into())),
        };
        if let (Some(time_ms), most) = (time_ms, input.max_age_ms) {
            let age_ms = now_ms.saturating_sub(time_ms);
            if most.is_some_and(|most_ms| age_ms > most_ms) {
                return Err(InputError::Old { age_ms });
            }
            let ahead_ms = time_ms.saturating_sub(now_ms);
            if ahead_ms > AHEAD_MS {
                return Err(InputError::Future { ahead_ms });
            }
        }
        to_units(&price, decimals).ok_or_else(|| InputError::NoPrice(price.to_string()))
    }

    fn http(
        &self,
        url: &str,
        pointer: &str,
        time_pointer: Option<&str>,
    ) -> Result<(BigDecimal, Option<u64>), InputError> {
        let answer = self.agent.get(url).call().map_err(|why| match why {
            ureq::Error::Status(status, _) => InputError::Status(status),
            // Its own text has the address.
            ureq::Error::Transport(why) => InputError::Transport(why.kind().to_string()),
        })?;
        let mut text = String::new();
        answer
            .into_reader()
            .take(MOST_BYTES)
            .read_to_string(&mut text)
            .map_err(|_| InputError::NoJson)?;
        from_json(&text, pointer, time_pointer)
    }
}

/// The system's time in Unix milliseconds.
pub(crate) fn system_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn from_json(
    text: &str,
    pointer: &str,
    time_pointer: Option<&str>,
) -> Result<(BigDecimal, Option<u64>), InputError> {
    let answer: Value = serde_json::from_str(text).map_err(|_| InputError::NoJson)?;
    let at = |pointer: &str| {
        let value = answer.pointer(pointer);
        value.map(text_of).ok_or_else(|| InputError::Nothing(pointer.to_owned()))
    };
    let price = parse(&at(pointer)?)?;
    let time_ms = time_pointer.map(|pointer| time_of(&at(pointer)?)).transpose()?;
    Ok((price, time_ms))
}

/// A file's first word, and when it was last changed.
fn from_file(path: &Path) -> Result<(BigDecimal, Option<u64>), InputError> {
    let wrong = |why| InputError::File { path: path.display().to_string(), why };
    let text = std::fs::read_to_string(path).map_err(wrong)?;
    let changed = std::fs::metadata(path).and_then(|file| file.modified()).map_err(wrong)?;
    let since = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
    let word = text.split_whitespace().next().unwrap_or_default();
    Ok((parse(word)?, u64::try_from(since.as_millis()).ok()))
}

/// What DIA's contract says of a symbol, and when it was told.
fn from_dia(
    contract: AccountId,
    symbol: &str,
    decimals: u8,
    chain: &mut dyn Chain,
    origin: AccountId,
) -> Result<(BigDecimal, Option<u64>), InputError> {
    const MESSAGE: &str = "OracleGetters::get_latest_price";
    let answer: Option<(u64, u128)> = abi::query(chain, origin, contract, MESSAGE, (symbol,))
        .map_err(|why| match why {
            ClientError::Chain(why) => InputError::Chain(why),
            why => InputError::Client(why),
        })?;
    let (time_ms, value) = answer.ok_or_else(|| InputError::Silent(symbol.to_owned()))?;
    Ok((BigDecimal::new(BigInt::from(value), decimals.into()), Some(time_ms)))
}

/// JSON's numbers keep their digits; text is what it says.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn parse(text: &str) -> Result<BigDecimal, InputError> {
    let wrong = || InputError::NoPrice(text.chars().take(40).collect());
    let price = BigDecimal::from_str(text.trim()).map_err(|_| wrong())?;
    // An exponent of millions would be computed digit by digit.
    let (_, scale) = price.as_bigint_and_exponent();
    let is_sane = (-60..=60).contains(&scale) && text.len() <= 100;
    if is_sane && price > 0 {
        Ok(price)
    } else {
        Err(wrong())
    }
}

fn time_of(text: &str) -> Result<u64, InputError> {
    let number: u64 = text.trim().parse().map_err(|_| InputError::NoTime(text.to_owned()))?;
    match number < LARGEST_SECONDS {
        true => Ok(number.saturating_mul(1_000)),
        false => Ok(number),
    }
}

/// Units of so many decimals, rounded to the nearest; none for nothing and for what 128 bits don't hold.
fn to_units(price: &BigDecimal, decimals: u8) -> Option<u128> {
    let scaled = price * BigDecimal::new(BigInt::from(1), -i64::from(decimals));
    let whole = scaled.with_scale_round(0, RoundingMode::HalfUp);
    whole.to_u128().filter(|units| *units != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_exactly() {
        let read = |text: &str| parse(text).ok().and_then(|price| to_units(&price, 18));
        let wad = 10u128.pow(18);
        assert_eq!(read("1834.25"), Some(183_425 * wad / 100));
        assert_eq!(read(" 0.000000000000000001 "), Some(1));
        assert_eq!(read("1e3"), Some(1_000 * wad));
        for wrong in ["", "0", "-1", "NaN", "inf", "1e999999999", "0.0000000000000000001", "1,5"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_eq!(read("1e30"), None, "more than 128 bits hold");
        assert_eq!(to_units(&parse("1.0000005").unwrap(), 6), Some(1_000_001), "to the nearest");
    }

    #[test]
    fn an_answer_is_read_at_its_pointers() {
        let text = r#"{"data": [{"price": "1834.25", "at": 1700000000}], "x": 7.5}"#;
        let (price, time_ms) = from_json(text, "/data/0/price", Some("/data/0/at")).unwrap();
        assert_eq!((price, time_ms), (parse("1834.25").unwrap(), Some(1_700_000_000_000)));
        assert_eq!(from_json(text, "/x", None).unwrap(), (parse("7.5").unwrap(), None));
        assert!(matches!(from_json(text, "/y", None), Err(InputError::Nothing(_))));
        assert!(matches!(from_json(text, "/data", None), Err(InputError::NoPrice(_))));
        assert!(matches!(from_json("<html>", "/x", None), Err(InputError::NoJson)));
        assert!(from_json(text, "/x", Some("/x")).is_err(), "7.5 is no time");
    }
}
