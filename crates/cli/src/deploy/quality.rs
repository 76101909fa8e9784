//! Classes of assets in the file, and what a deployment lacks of what they ask.

use super::{
    config::{self, Config, SourceKind},
    desired, reserve,
};
use anyhow::{ensure, Result};
use breakwater_protocol::{
    oracle::FeedConfig,
    presets::{lacks, Class, Findings, Lack, Quality},
    MarketParams, ReserveConfig,
};
use std::collections::BTreeSet;

/// An asset with a class.
pub struct Listed {
    pub findings: Findings,
    pub class: &'static Class,
}

/// What the file finds of an asset, and the class it is listed as: the one it names, or the best that
/// takes it. None if the file has no findings.
///
/// # Errors
/// If a class is named without findings, or no class takes the asset.
pub fn listed(asset: &config::Asset) -> Result<Option<Listed>> {
    let Some(found) = &asset.findings else {
        ensure!(
            asset.quality.is_none(),
            "{}: a quality follows from [asset.findings]: depth_usd and daily_volatility_percent",
            asset.symbol
        );
        return Ok(None);
    };
    let findings = Findings {
        depth_wad: found.depth_usd.wad()?,
        daily_volatility_bps: u32::try_from(found.daily_volatility_percent.units(2)?)?,
        sources: independent(&asset.price.sources),
        bridged: found.bridged,
        mintable: found.mintable,
    };
    let quality = match asset.quality {
        Some(config::Quality::A) => Some(Quality::A),
        Some(config::Quality::B) => Some(Quality::B),
        Some(config::Quality::C) => Some(Quality::C),
        None => Quality::of(&findings),
    };
    match quality {
        Some(quality) => Ok(Some(Listed { findings, class: quality.class() })),
        None => anyhow::bail!(
            "{}: no class takes it (docs/mechanism.md, section 3.9): its market is too thin, it moves \
             too much, or its price has too few sources. `quality` lists it all the same",
            asset.symbol
        ),
    }
}

/// Sources that don't share a reporter or a contract.
fn independent(sources: &[config::Source]) -> u8 {
    let each: BTreeSet<String> = sources
        .iter()
        .map(|source| match source.kind {
            SourceKind::Pushed | SourceKind::Sr25519 | SourceKind::Ecdsa => {
                source.key.clone().unwrap_or_default()
            }
            SourceKind::Redstone => source.signer.clone().unwrap_or_default(),
            SourceKind::Dia | SourceKind::Twap => {
                source.contract.map(|address| hex::encode(address.0)).unwrap_or_default()
            }
        })
        .collect();
    u8::try_from(each.len()).unwrap_or(u8::MAX)
}

/// What the file's assets lack of what their classes ask, in words; nothing of those without a class.
pub fn lacking(config: &Config) -> Result<Vec<String>> {
    let params = desired::params(&config.market)?;
    let numbers = reserve::numbers(config, &|_| None);
    let mut said = Vec::new();
    for asset in &config.assets {
        let Some(listed) = listed(asset)? else { continue };
        let reserve = reserve::reserve(config, asset, [0; 32], &numbers)?;
        let feed = desired::feed(asset, &|_| Ok([0; 32]))?;
        said.extend(of_asset(&asset.symbol, &params, &reserve, &feed, &listed));
    }
    Ok(said)
}

fn of_asset(
    symbol: &str,
    params: &MarketParams,
    reserve: &ReserveConfig,
    feed: &FeedConfig,
    listed: &Listed,
) -> Vec<String> {
    let quality = listed.class.quality;
    lacks(params, reserve, feed, &listed.findings, quality)
        .into_iter()
        .map(|lack| format!("{symbol}, class {quality:?}: {}", words(lack)))
        .collect()
}

/// A lack in words.
fn words(lack: Lack) -> String {
    match lack {
        Lack::NoClass => "should not be listed: no class takes it".into(),
        Lack::WorseClass(of) => format!("is a {of:?} by its findings"),
        Lack::Sources { has, needs } => {
            format!("has {has} independent sources of its price, needs {needs}")
        }
        Lack::Quorum => "one source alone makes its price: set price.quorum to 2".into(),
        Lack::Jump => "no jump of its price must be confirmed: set price.max_jump_bps".into(),
        Lack::Breaker => "no measure moves the breaker: leave out market.breaker.by_hand".into(),
        Lack::Borrowed => "is too thin to be borrowed: leave out [asset.lend]".into(),
        Lack::Silo => "moves too much to be owed beside others: set lend.siloed".into(),
        Lack::Outflow => "more may leave in a day than the class lets: lower outflow".into(),
        Lack::Ltv => "its LTV is above the class's".into(),
        Lack::Threshold => "its liquidation threshold is above the class's".into(),
        Lack::Tier => "large positions carry as much as small ones: add a tier".into(),
        Lack::Load => "max_load is above the class's".into(),
        Lack::Haircut => "its haircuts are below the class's".into(),
        Lack::Isolation => "is not isolated, or its ceiling is above the class's".into(),
        Lack::Fuse => "its fuse is off or looser than the class's".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(name: &str) -> Config {
        let path = format!("{}/../../examples/{name}", env!("CARGO_MANIFEST_DIR"));
        toml::from_str(&std::fs::read_to_string(path).expect("an example")).expect("a file")
    }

    /// The example to begin a real deployment with uses what there is.
    #[test]
    fn the_example_market_lacks_nothing() {
        let config = example("market.toml");
        desired::check(&config).unwrap();
        assert_eq!(lacking(&config).unwrap(), Vec::<String>::new());
        let classes: Vec<_> = config
            .assets
            .iter()
            .map(|asset| listed(asset).unwrap().expect("findings").class.quality)
            .collect();
        assert_eq!(classes, [Quality::A, Quality::C, Quality::A]);
    }

    #[test]
    fn what_is_looser_than_the_class_is_said() {
        let mut config = example("market.toml");
        config.market.breaker.by_hand = true;
        let eth = &mut config.assets[0];
        eth.fuse.off = true;
        eth.max_load = Some(20.into());
        eth.price.sources.truncate(1);
        eth.quality = Some(config::Quality::A);
        let said = lacking(&config).unwrap();
        for words in [
            "class A: should not be listed: no class takes it",
            "class A: has 1 independent sources of its price, needs 3",
            "class A: no measure moves the breaker",
            "class A: max_load is above the class's",
            "class A: its fuse is off",
        ] {
            assert!(said.iter().any(|line| line.contains(words)), "{words} in {said:#?}");
        }
        // Without a word for it, no class means no listing.
        config.assets[0].quality = None;
        assert!(lacking(&config).unwrap_err().to_string().contains("no class takes it"));
    }

    #[test]
    fn reporters_with_one_key_are_one_source() {
        let mut config = example("market.toml");
        let sources = &mut config.assets[0].price.sources;
        assert_eq!(independent(sources), 3);
        let same = sources[0].key.clone();
        sources[1].key = same;
        assert_eq!(independent(sources), 2);
    }
}
