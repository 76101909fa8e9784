//! Several markets in one file: what stands in a `[[market]]` counts for that one, all else for all of them.
//!
//! An entry has the keys of `[market]`, a `name`, and whatever section it has of its own (`signer`, `store`,
//! `takes`, `inventory`, ...): keys of a section replace those of the whole file's, lists replace lists. Each
//! market has its own key and its own store: two keepers with one key would take each other's nonces.

use super::{Config, ConfigError};
use std::{collections::BTreeSet, io::ErrorKind, path::Path};
use toml::{Table, Value};

/// Keys of `[market]`; the others of an entry are sections.
const ADDRESSES: [&str; 6] = ["market", "lens", "oracle", "taker", "versions", "codes"];
/// Sections that are of the process.
const SHARED: [&str; 2] = ["http", "log"];

/// One market of a file.
#[derive(Clone, Debug)]
pub struct Member {
    /// Nothing where there is only one, in `[market]`.
    pub name: String,
    pub config: Config,
    text: Table,
}

impl Member {
    /// Whether nothing of it has changed.
    pub fn is_like(&self, other: &Self) -> bool {
        self.name == other.name && self.text == other.text
    }
}

/// The markets of a file, in its order.
///
/// # Errors
/// As [`Config::load`].
pub fn load(path: &Path) -> Result<Vec<Member>, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|why| match why.kind() {
        ErrorKind::NotFound => ConfigError::Missing(path.into()),
        _ => ConfigError::Unreadable { path: path.into(), why },
    })?;
    if text.trim().is_empty() {
        // As a shell leaves it where what should have written it has failed.
        return Err(ConfigError::Missing(path.into()));
    }
    parse(&text).map_err(|error| error.at(path))
}

/// The one market of a file that is called so, or the only one.
///
/// # Errors
/// As [`load`]; [`ConfigError::OutOfRange`] where the name is missing, or nothing's.
pub fn load_one(path: &Path, name: Option<&str>) -> Result<Config, ConfigError> {
    let members = load(path)?;
    let several = members.len() > 1;
    let is_meant = |member: &Member| name.is_none_or(|name| name == member.name);
    let mut meant = members.into_iter().filter(is_meant);
    match (meant.next(), name) {
        (Some(_), None) if several => {
            Err(ConfigError::OutOfRange("the file has several markets: name one with --market"))
        }
        (Some(member), _) => Ok(member.config),
        (None, _) => Err(ConfigError::OutOfRange("the file has no market of that name")),
    }
}

/// The markets of a file's text.
///
/// # Errors
/// [`ConfigError::Malformed`], [`ConfigError::OutOfRange`].
pub fn parse(text: &str) -> Result<Vec<Member>, ConfigError> {
    let whole: Table = toml::from_str(text).map_err(malformed)?;
    let Some(Value::Array(entries)) = whole.get("market") else {
        let config = Config::parse(text)?;
        return Ok(vec![Member { name: String::new(), config, text: whole }]);
    };
    let rule = |holds: bool, rule| if holds { Ok(()) } else { Err(ConfigError::OutOfRange(rule)) };
    rule(!entries.is_empty(), "there is no market")?;
    let mut members: Vec<Member> = Vec::new();
    for entry in entries {
        let Value::Table(entry) = entry else {
            return Err(ConfigError::OutOfRange("market is a table, or a list of tables"));
        };
        members.push(member(&whole, entry)?);
    }
    let names: BTreeSet<_> = members.iter().map(|one| one.name.as_str()).collect();
    rule(names.len() == members.len(), "each market needs a name of its own")?;
    let stores: BTreeSet<_> = members.iter().map(|one| &one.config.store.path).collect();
    rule(stores.len() == members.len(), "each market needs a store.path of its own")?;
    let keys: BTreeSet<_> = members
        .iter()
        .map(|one| (&one.config.signer.uri_env, &one.config.signer.uri_file))
        .collect();
    rule(
        keys.len() == members.len(),
        "each market needs a signer of its own: one key, one keeper",
    )?;
    Ok(members)
}

fn member(whole: &Table, entry: &Table) -> Result<Member, ConfigError> {
    let (mut text, mut entry) = (whole.clone(), entry.clone());
    let name = match entry.remove("name") {
        Some(Value::String(name)) if !name.is_empty() => name,
        _ => return Err(ConfigError::OutOfRange("each of several markets needs a name")),
    };
    if SHARED.iter().any(|section| entry.contains_key(*section)) {
        return Err(ConfigError::OutOfRange("http and log are the process's: one for all markets"));
    }
    let mut addresses = Table::new();
    for key in ADDRESSES {
        addresses.extend(entry.remove(key).map(|value| (key.to_owned(), value)));
    }
    text.insert("market".into(), Value::Table(addresses));
    for (section, own) in entry {
        let merged = match (text.remove(&section), own) {
            (Some(Value::Table(mut all)), Value::Table(own)) => {
                all.extend(own);
                Value::Table(all)
            }
            (_, own) => own,
        };
        text.insert(section, merged);
    }
    let config: Config = text.clone().try_into().map_err(malformed)?;
    config.check()?;
    Ok(Member { name, config, text })
}

fn malformed(why: toml::de::Error) -> ConfigError {
    ConfigError::Malformed { path: "configuration".into(), why: Box::new(why) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
[chain]
endpoints = ["ws://127.0.0.1:9944"]
[takes]
exit_bps = 70
min_profit_usd = 2.0
[[inventory]]
asset = 1
spend_max = 10.0
[[market]]
name = "main"
market = "0x0101010101010101010101010101010101010101010101010101010101010101"
signer.uri_env = "MAIN_KEY"
store.path = "main.redb"
[[market]]
name = "isolated"
market = "0x0202020202020202020202020202020202020202020202020202020202020202"
signer.uri_env = "ISOLATED_KEY"
store.path = "isolated.redb"
takes.exit_bps = 200
inventory = [{ asset = 3, spend_max = 5.0 }]
"#;

    #[test]
    fn what_an_entry_does_not_say_the_file_does() {
        let [main, isolated] = &parse(TWO).expect("two markets")[..] else { panic!() };
        assert_eq!((main.name.as_str(), isolated.name.as_str()), ("main", "isolated"));
        assert_eq!((main.config.market.market, isolated.config.market.market), ([1; 32], [2; 32]));
        assert_eq!((main.config.takes.exit_bps, isolated.config.takes.exit_bps), (70, 200));
        assert_eq!(isolated.config.takes.min_profit_usd, 2.0, "of the file's section");
        let assets = [main, isolated].map(|one| one.config.inventory.iter().map(|of| of.asset));
        assert_eq!(assets.map(Vec::from_iter), [vec![1], vec![3]], "a list replaces a list");
        assert_eq!(isolated.config.store.path, Path::new("isolated.redb"));
    }

    #[test]
    fn one_market_is_as_ever() {
        let example = include_str!("../../keeper.example.toml");
        let [only] = &parse(example).expect("the example")[..] else { panic!() };
        assert_eq!(only.name, "");
        assert!(only.is_like(&parse(&format!("# other\n{example}")).unwrap()[0]), "a comment");
        let changed = example.replace("poll_ms = 100", "poll_ms = 200");
        assert!(!only.is_like(&parse(&changed).unwrap()[0]));
    }

    #[test]
    fn what_two_can_not_share_is_refused() {
        for (what, with, why) in [
            ("ISOLATED_KEY", "MAIN_KEY", "signer of its own"),
            ("isolated.redb", "main.redb", "store.path of its own"),
            ("name = \"isolated\"", "name = \"main\"", "name of its own"),
            ("name = \"isolated\"", "", "needs a name"),
            ("takes.exit_bps = 200", "http.listen = \"127.0.0.1:1\"", "one for all markets"),
            ("takes.exit_bps = 200", "takes.exit_bps = 10000", "below 10000"),
            ("takes.exit_bps = 200", "takes.exit = 200", "unknown field `exit`"),
            ("takes.exit_bps = 200", "markte = 200", "unknown field `markte`"),
        ] {
            let error = parse(&TWO.replace(what, with)).expect_err(why).to_string();
            assert!(error.contains(why), "{why}: {error}");
        }
    }
}
