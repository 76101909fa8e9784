//! Numbers as people write them: exact, whatever their size.

use anyhow::{bail, ensure, Context, Result};
use bigdecimal::{num_bigint::BigInt, BigDecimal, RoundingMode, ToPrimitive};
use serde::{de, Deserialize, Deserializer};
use std::str::FromStr;

/// Decimals of a wad.
pub const WAD_DECIMALS: u8 = 18;

/// A number of a configuration file or a command line. `1.05`, `"1.05"` and `1_000` all are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal(BigDecimal);

impl Decimal {
    /// In units of which a whole has `10^decimals`.
    ///
    /// # Errors
    /// If it has more digits behind the point, or does not fit 128 bits.
    pub fn units(&self, decimals: u8) -> Result<u128> {
        let ten_to = BigDecimal::from_bigint(BigInt::from(10u8).pow(decimals.into()), 0);
        let scaled = &self.0 * ten_to;
        ensure!(scaled.is_integer(), "{} has more than {decimals} digits behind the point", self.0);
        scaled.to_u128().with_context(|| format!("{} is too large", self.0))
    }

    /// The nearest floating-point number.
    pub fn to_f64(&self) -> f64 {
        self.0.to_f64().unwrap_or(f64::INFINITY)
    }

    /// As a wad: 18 digits behind the point.
    ///
    /// # Errors
    /// As [`Decimal::units`].
    pub fn wad(&self) -> Result<u128> {
        self.units(WAD_DECIMALS)
    }
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        Self(number.into())
    }
}

impl FromStr for Decimal {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let digits = ungrouped(text).unwrap_or_else(|| text.into()).replace('_', "");
        let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.') && !digits.is_empty();
        match BigDecimal::from_str(&digits) {
            Ok(number) if plain => Ok(Self(number)),
            _ => bail!("{text:?} is no amount: write digits with a point, such as 12.5"),
        }
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Decimal;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number, or a string with one")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Decimal, E> {
                self.visit_str(&number.to_string())
            }

            // The shortest text that means this float is what stands in the file.
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Decimal, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// How much of something a command is to move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Amount {
    /// So many whole tokens.
    Exactly(Decimal),
    /// Everything there is: to the market, the highest number.
    All,
}

impl Amount {
    /// In units of a token; [`u128::MAX`] for all.
    ///
    /// # Errors
    /// As [`Decimal::units`].
    pub fn units(&self, decimals: u8) -> Result<u128> {
        match self {
            Self::Exactly(number) => number.units(decimals),
            Self::All => Ok(u128::MAX),
        }
    }
}

impl FromStr for Amount {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "all" | "max" => Ok(Self::All),
            number => number.parse().map(Self::Exactly),
        }
    }
}

/// A number without the commas between its thousands; `None` where they stand anywhere else, so that
/// `1,5` is never taken for 15.
fn ungrouped(text: &str) -> Option<String> {
    let (whole, rest) = text.split_once('.').map_or((text, None), |(w, r)| (w, Some(r)));
    let mut groups = whole.split(',');
    let all_digits = |group: &str| group.bytes().all(|digit| digit.is_ascii_digit());
    let first =
        groups.next().filter(|first| (1..=3).contains(&first.len()) && all_digits(first))?;
    let mut number = String::from(first);
    for group in groups {
        if group.len() != 3 || !all_digits(group) {
            return None;
        }
        number.push_str(group);
    }
    if let Some(rest) = rest {
        number.push('.');
        number.push_str(rest);
    }
    Some(number)
}

/// Units as whole tokens, all digits that matter, in groups of thousands.
pub fn tokens(units: u128, decimals: u8) -> String {
    if units == u128::MAX {
        return "all".into();
    }
    let exact = BigDecimal::from_bigint(units.into(), decimals.into()).normalized();
    grouped(&exact.to_plain_string())
}

/// A wad with so many digits behind the point, towards zero; infinite if it is the highest number.
pub fn wad(value_wad: u128, digits: u8) -> String {
    if value_wad == u128::MAX {
        return "infinite".into();
    }
    let exact = BigDecimal::from_bigint(value_wad.into(), WAD_DECIMALS.into());
    grouped(&exact.with_scale_round(digits.into(), RoundingMode::Down).to_plain_string())
}

/// Wad dollars, to the cent.
pub fn usd(value_wad: u128) -> String {
    match value_wad {
        u128::MAX => "unlimited".into(),
        _ => format!("${}", wad(value_wad, 2)),
    }
}

/// A wad fraction in per cent, with two digits behind the point.
pub fn percent(value_wad: u128) -> String {
    format!("{} %", wad(value_wad.saturating_mul(100), 2))
}

/// Basis points in per cent.
pub fn percent_of_bps(bps: u16) -> String {
    format!("{}.{:02} %", bps / 100, bps % 100)
}

/// Milliseconds as people say them, in the two largest parts.
pub fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "min")];
    let mut said: Vec<String> = parts
        .into_iter()
        .chain([(seconds % 60, "s")])
        .skip_while(|(count, _)| *count == 0)
        .take(2)
        .filter(|(count, _)| *count != 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if said.is_empty() {
        said.push(format!("{} ms", ms % 1_000));
    }
    said.join(" ")
}

/// A time as people say it: the day and the minute, in UTC.
pub fn moment(unix_ms: u64) -> String {
    let minutes = unix_ms / 60_000;
    let (minute, hour) = (minutes % 60, minutes / 60 % 24);
    let (year, month, day) = date(minutes / 60 / 24);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02} UTC")
}

/// Year, month and day of a day since 1970-01-01 (H. Hinnant, `civil_from_days`).
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days.saturating_add(719_468);
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March on: the leap day is the last of its year.
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_once('.').map_or((number, None), |(w, r)| (w, Some(r)));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index != 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(rest) = rest {
        text.push('.');
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_at_every_size() {
        let units =
            |text: &str, decimals| text.parse::<Decimal>().unwrap().units(decimals).unwrap();
        assert_eq!(units("1.5", 6), 1_500_000);
        assert_eq!(units("0.000000000000000001", 18), 1);
        assert_eq!(units("340282366920938463463.374607431768211455", 18), u128::MAX);
        assert_eq!(units("1_000", 0), 1_000);
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for text in [
            "",
            "-1",
            "1e3",
            "1,5",
            "abc",
            "1.2.3",
            ".",
            ",",
            "1,",
            ",100",
            "1,00",
            "1,0000",
            "1000,000",
            "1.000,5",
            "1.5,000",
            "1,_000",
            "1,000_000",
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
        assert!("0.0000001".parse::<Decimal>().unwrap().units(6).is_err());
        assert!("340282366920938463464".parse::<Decimal>().unwrap().units(18).is_err());
    }

    /// Before: `1,000` is what we print, and it was refused.
    #[test]
    fn what_is_printed_can_be_typed() {
        for (units, decimals) in [
            (0, 6),
            (1, 18),
            (999_000_000, 6),
            (1_000_000_000, 6),
            (1_234_567_890_123_456_789, 6),
            (u128::MAX - 1, 18),
        ] {
            let text = tokens(units, decimals);
            assert_eq!(text.parse::<Decimal>().unwrap().units(decimals).unwrap(), units, "{text}");
        }
        assert_eq!("1,000".parse::<Amount>().unwrap().units(0).unwrap(), 1_000);
        assert_eq!("12,345,678.90".parse::<Decimal>().unwrap().units(2).unwrap(), 1_234_567_890);
    }

    #[test]
    fn files_may_have_numbers_or_text() {
        #[derive(Deserialize)]
        struct File {
            values: Vec<Decimal>,
        }
        let file: File = toml::from_str("values = [1.05, \"1.05\", 3]").unwrap();
        let wads: Vec<u128> = file.values.iter().map(|value| value.wad().unwrap()).collect();
        assert_eq!(
            wads,
            [1_050_000_000_000_000_000, 1_050_000_000_000_000_000, 3 * 10u128.pow(18)]
        );
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(tokens(1_234_567_890_000, 6), "1,234,567.89");
        assert_eq!(tokens(1, 18), "0.000000000000000001");
        assert_eq!(tokens(0, 18), "0");
        assert_eq!(tokens(100_000_000, 6), "100");
        assert_eq!(usd(1_999_999_999_999_999_999), "$1.99");
        assert_eq!(percent(825_000_000_000_000_000), "82.50 %");
        assert_eq!(percent_of_bps(75), "0.75 %");
        assert_eq!(span(0), "0 ms");
        assert_eq!(span(3_600_000), "1 h");
        assert_eq!(span(93_784_000), "1 d 2 h");
        assert_eq!(span(61_500), "1 min 1 s");
        assert_eq!(moment(0), "1970-01-01 00:00 UTC");
        assert_eq!(moment(951_782_399_000), "2000-02-28 23:59 UTC");
        assert_eq!(moment(951_782_400_000), "2000-02-29 00:00 UTC");
        assert_eq!(moment(1_583_971_200_000), "2020-03-12 00:00 UTC");
        assert_eq!(moment(1_735_689_599_999), "2024-12-31 23:59 UTC");
    }
}
