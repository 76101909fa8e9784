//! From the file to the protocol's types.

use super::{
    config::{self, Config},
    keys::{self, Keys as _},
    reserve,
};
use crate::{amount::Decimal, deployment::Address};
use anyhow::{ensure, Context as _, Result};
use breakwater_chain::{address, AccountId};
use breakwater_protocol::{
    governance::{Bounds, Roles, Settings},
    num::time::{HOUR_MS, MINUTE_MS},
    oracle::{FeedConfig, SourceConfig, SourceKind, ANY_JUMP},
    BreakerConfig, MarketParams,
};
use std::collections::BTreeSet;

/// Half-width of the band of confidence unless the file says otherwise, basis points.
const PRICE_BAND_BPS: u16 = 10;
/// Decimals of a source's values unless the file says otherwise.
const SOURCE_DECIMALS: u8 = 18;

/// Longest that a guardian is named for at once: ten years.
const MOST_GUARDIAN_DAYS: u64 = 3_650;

/// Checks what can be checked without a chain.
///
/// # Errors
/// In words, naming the asset.
pub fn check(config: &Config) -> Result<()> {
    ensure!(!config.name.trim().is_empty(), "name: give one, it tells your deployments apart");
    let days = config.governance.guardian_days.unwrap_or_default();
    ensure!(days <= MOST_GUARDIAN_DAYS, "guardian_days: at most {MOST_GUARDIAN_DAYS}, not {days}");
    let numbers = reserve::numbers(config, &|_| None);
    let mut symbols = BTreeSet::new();
    let mut tokens = BTreeSet::new();
    for asset in &config.assets {
        crate::verify::symbol(&asset.symbol)?;
        // Commands take symbols in either case.
        let is_new = symbols.insert(asset.symbol.to_ascii_uppercase());
        ensure!(is_new, "{} is there twice (case does not tell symbols apart)", asset.symbol);
        if let Some(token) = super::tokens::given(asset)? {
            ensure!(tokens.insert(token), "{}: its token is there twice", asset.symbol);
        }
        ensure!(
            asset.token != "new" || asset.token_symbol.is_none(),
            "{}: token_symbol is for a token that is there",
            asset.symbol
        );
        ensure!(
            asset.lend.is_some() || asset.collateral.is_some(),
            "{}: give [asset.lend], [asset.collateral] or both",
            asset.symbol
        );
        let named = |error| anyhow::anyhow!("{}: {}", asset.symbol, crate::explain::refusal(error));
        reserve::reserve(config, asset, [0; 32], &numbers)?.validate().map_err(named)?;
        feed(asset, &|_| Ok([0; 32]))?.validate().map_err(named)?;
        if let Some(cross) = &asset.price.cross {
            ensure!(
                config.assets.iter().any(|other| &other.symbol == cross && cross != &asset.symbol),
                "{}: its price is in {cross}, which is no other asset of the file",
                asset.symbol
            );
        }
    }
    for pool in &config.pools {
        for symbol in [&pool.base, &pool.quote] {
            let known = config.assets.iter().any(|asset| &asset.symbol == symbol);
            ensure!(known, "a pool has {symbol}, which is no asset of the file");
        }
    }
    if let Some(given) = &config.governance.governor {
        let (settings, roles) = governor(given);
        settings.validate().and_then(|()| roles.validate()).map_err(|error| {
            anyhow::anyhow!("[governance.governor]: {}", crate::explain::governance(&error))
        })?;
    }
    params(&config.market)?
        .validate()
        .map_err(|error| anyhow::anyhow!("[market]: {}", crate::explain::refusal(error)))
}

/// The market's parameters.
pub fn params(market: &keys::Market) -> Result<MarketParams> {
    let given = &market.breaker;
    let breaker = if given.by_hand { BreakerConfig::by_hand() } else { BreakerConfig::default() };
    let params = market.over(MarketParams::default())?;
    Ok(MarketParams { breaker: given.over(breaker)?, ..params })
}

/// An asset's price feed; `token_of` knows the tokens of other assets.
pub fn feed(
    asset: &config::Asset,
    token_of: &dyn Fn(&str) -> Result<AccountId>,
) -> Result<FeedConfig> {
    let given = &asset.price;
    let default = FeedConfig::pushed([0; 32], HOUR_MS, PRICE_BAND_BPS);
    let count = u8::try_from(given.sources.len()).context("too many sources")?;
    Ok(FeedConfig {
        sources: given.sources.iter().map(source).collect::<Result<_>>()?,
        // More than half of them.
        quorum: given.quorum.unwrap_or(count / 2 + 1),
        band_bps: given.band_bps.unwrap_or(default.band_bps),
        max_spread_bps: given.max_spread_bps.unwrap_or(default.max_spread_bps),
        max_jump_bps: given.max_jump_bps.unwrap_or(ANY_JUMP),
        confirm_ms: given
            .confirm_minutes
            .map_or(default.confirm_ms, |minutes| minutes.saturating_mul(MINUTE_MS)),
        confirm_updates: given.confirm_updates.unwrap_or(default.confirm_updates),
        join_bps: given.join_bps.unwrap_or(default.join_bps),
        cross: given.cross.as_deref().map(token_of).transpose()?,
        ..default
    })
}

/// Bytes written in hex, if there are just so many.
fn bytes<const N: usize>(text: Option<&str>) -> Option<[u8; N]> {
    let text = text?;
    hex::decode(text.strip_prefix("0x").unwrap_or(text)).ok()?.try_into().ok()
}

/// What RedStone's packages call a symbol.
pub fn redstone_name(symbol: &str) -> Result<[u8; 32]> {
    let mut name = [0; 32];
    let place = name.get_mut(..symbol.len()).filter(|place| !place.is_empty());
    place
        .context("a source of kind redstone needs its symbol there, of 32 bytes at most")?
        .copy_from_slice(symbol.as_bytes());
    Ok(name)
}

fn source(source: &config::Source) -> Result<SourceConfig> {
    let kind = match source.kind {
        config::SourceKind::Pushed => SourceKind::Pushed { key: account_key(source)? },
        config::SourceKind::Sr25519 => SourceKind::Sr25519 { key: account_key(source)? },
        config::SourceKind::Ecdsa => {
            let key = bytes(source.key.as_deref());
            SourceKind::Ecdsa { key: key.context("key: 33 bytes of hex, a compressed public key")? }
        }
        config::SourceKind::Redstone => SourceKind::Redstone {
            signer: bytes(source.signer.as_deref())
                .context("signer: 20 bytes of hex, the Ethereum address of one of RedStone's")?,
            name: redstone_name(source.symbol.as_deref().unwrap_or_default())?,
        },
        config::SourceKind::Dia => SourceKind::Dia {
            contract: contract(source)?,
            symbol: source.symbol.clone().context("a source of kind dia needs its symbol there")?,
        },
        config::SourceKind::Twap => SourceKind::Twap {
            contract: contract(source)?,
            window_ms: source
                .window_minutes
                .context("a source of kind twap needs window_minutes")?
                .saturating_mul(MINUTE_MS),
        },
    };
    Ok(SourceConfig {
        kind,
        decimals: source.decimals.unwrap_or(SOURCE_DECIMALS),
        inverse: source.inverse,
        max_age_ms: source.max_age_minutes.saturating_mul(MINUTE_MS),
        min_wad: wad_or(&source.min_usd, 0)?,
        max_wad: wad_or(&source.max_usd, u128::MAX)?,
    })
}

/// A governor's delays and roles.
pub fn governor(governor: &config::Governor) -> (Settings, Roles) {
    let default = Settings::default();
    let minutes = |given: Option<u64>, default_ms: u64| {
        given.map_or(default_ms, |minutes| minutes.saturating_mul(MINUTE_MS))
    };
    let members = |given: &[Address]| given.iter().map(|address| address.0).collect();
    let (bounds, given) = (default.steward, &governor.steward);
    let settings = Settings {
        delay_ms: minutes(governor.delay_minutes, default.delay_ms),
        lowering_delay_ms: minutes(governor.lowering_delay_minutes, default.lowering_delay_ms),
        grace_ms: minutes(governor.grace_minutes, default.grace_ms),
        steward: Bounds {
            caps_bps: given.caps_bps.unwrap_or(bounds.caps_bps),
            depth_bps: given.depth_bps.unwrap_or(bounds.depth_bps),
            ltv_bps: given.ltv_bps.unwrap_or(bounds.ltv_bps),
            rate_bps: given.rate_bps.unwrap_or(bounds.rate_bps),
        },
    };
    let roles = Roles {
        proposers: members(&governor.proposers),
        executors: members(&governor.executors),
        guardians: members(&governor.guardians),
        stewards: members(&governor.stewards),
    };
    (settings, roles)
}

fn account_key(source: &config::Source) -> Result<AccountId> {
    let key = source.key.as_deref().context("the source needs a key: its reporter's account")?;
    Ok(address::parse(key)?)
}

fn contract(source: &config::Source) -> Result<AccountId> {
    source.contract.map(|address| address.0).context("the source needs the address of a contract")
}

/// What the file says, or a default.
pub(super) fn wad_or(given: &Option<Decimal>, default_wad: u128) -> Result<u128> {
    given.as_ref().map_or(Ok(default_wad), Decimal::wad)
}
