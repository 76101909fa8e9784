//! The same comparison for several values of one of the scenario's keys.

use crate::{
    compare::{compare, Column, Results},
    scenario::Scenario,
};
use anyhow::{bail, ensure, Context, Result};
use toml::{Table, Value};

/// The scenario with another value of a key such as `market.load`.
///
/// # Errors
/// A key that there is not, a value out of its range.
pub fn with(scenario: &Scenario, key: &str, value: f64) -> Result<Scenario> {
    let mut document = Table::try_from(scenario).context("the scenario can't be written")?;
    let mut place = &mut document;
    let mut names = key.split('.').peekable();
    while let Some(name) = names.next() {
        let held = place.get_mut(name).with_context(|| format!("there is no key '{key}'"))?;
        if names.peek().is_some() {
            match held {
                Value::Table(table) => place = table,
                _ => bail!("'{name}' in '{key}' is not a section"),
            }
            continue;
        }
        *held = match held {
            Value::Float(_) => Value::Float(value),
            Value::Integer(_) => {
                ensure!(value.fract() == 0.0, "{key} takes whole numbers");
                Value::Integer(value as i64)
            }
            _ => bail!("'{key}' is not a number"),
        };
        break;
    }
    let varied: Scenario = document.try_into().with_context(|| format!("{key} = {value}"))?;
    varied.check().with_context(|| format!("{key} = {value}"))?;
    Ok(varied)
}

/// Compares for each value.
///
/// # Errors
/// Those of [`with`] and [`compare`].
pub fn sweep(
    scenario: &Scenario,
    columns: &[Column],
    (key, values): (&str, &[f64]),
    done: &(dyn Fn() + Sync),
) -> Result<Vec<(f64, Vec<Results>)>> {
    // All values first: a bad one is found before the long run, not in it.
    let scenarios: Result<Vec<Scenario>> =
        values.iter().map(|value| with(scenario, key, *value)).collect();
    let pairs = values.iter().zip(scenarios?);
    pairs.map(|(value, varied)| Ok((*value, compare(&varied, columns, true, done)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_is_changed_and_nothing_else() {
        let scenario = Scenario::default();
        let varied = with(&scenario, "market.load", 12.0).unwrap();
        assert_eq!(varied.market.load, 12.0);
        assert_eq!(with(&varied, "market.load", scenario.market.load).unwrap(), scenario);
        assert_eq!(with(&scenario, "keepers.flash", 1.0).unwrap().keepers.flash, 1);
    }

    #[test]
    fn keys_and_values_are_checked() {
        let fails =
            |key, value| format!("{:#}", with(&Scenario::default(), key, value).unwrap_err());
        assert!(fails("market.loud", 1.0).contains("no key"));
        assert!(fails("market", 1.0).contains("not a number"));
        assert!(fails("keepers.flash", 1.5).contains("whole"));
        assert!(fails("market.load", -1.0).contains("market.load must be"));
    }
}
