//! What the market is: the code it runs and its parameters. A change is noticed and logged; code that this
//! keeper was not made for stops it.

use super::{look::ask, Keeper, KeeperError};
use crate::{endpoints::Claim, health::Fault, snapshot::MarketSnapshot};
use breakwater_chain::{AccountId, ChainError, Hash};
use breakwater_client::cells;
use breakwater_protocol::governance::CodeInfo;
use std::{collections::BTreeMap, fmt::Debug};

/// Differences of parameters that are logged, at most.
const MOST_DIFFERENCES: usize = 16;

/// What was last seen of the market.
#[derive(Debug, Default)]
pub(super) struct MarketTerms {
    /// The three codes' hashes; none before they were looked at.
    codes: Option<[Hash; 3]>,
    /// They may be others now.
    pub is_due: bool,
    /// What they say of themselves, if that is not known to us.
    unknown: Option<String>,
    /// Parameters as text, by what they are of.
    parameters: BTreeMap<String, String>,
}

impl MarketTerms {
    /// Notes parameters. What has changed of those noted before, in words.
    fn note(&mut self, of: String, parameters: &impl Debug) -> Option<String> {
        let after = format!("{parameters:#?}");
        let before = self.parameters.insert(of, after.clone())?;
        (before != after).then(|| differences(&before, &after).join(", "))
    }
}

impl Keeper {
    /// Looks whether the market is what it was: its codes when they may have changed, its parameters always.
    ///
    /// # Errors
    /// [`KeeperError::UnknownCode`] as long as it runs code that this keeper was not made for.
    pub(super) fn examine_terms(
        &mut self,
        claim: &Claim,
        on: &MarketSnapshot,
    ) -> Result<(), KeeperError> {
        if self.terms.codes.is_none() || self.terms.is_due {
            self.examine_codes(claim, on.market)?;
            self.terms.is_due = false;
        }
        let unknown = self.terms.unknown.clone();
        self.job.note(Fault::UnknownCode, unknown.clone());
        if let Some(unknown) = unknown {
            return Err(KeeperError::UnknownCode(unknown));
        }
        if let Some(change) = self.terms.note("the market".into(), &on.settings) {
            tracing::warn!(change, "the market's settings have changed");
        }
        for priced in &on.reserves {
            let (asset, config) = (priced.asset, &priced.reserve.config);
            if let Some(change) = self.terms.note(format!("asset {asset}"), config) {
                tracing::warn!(asset, change, "an asset's parameters have changed");
            }
        }
        Ok(())
    }

    fn examine_codes(&mut self, claim: &Claim, market: AccountId) -> Result<(), KeeperError> {
        let block = claim.best.hash;
        let front = self.endpoints.with(claim.index, |link| link.code_hash_at(block, market));
        let front = match front {
            Ok(front) => front.unwrap_or_default(),
            // A chain that does not say: what the code says of itself must do.
            Err(ChainError::Invalid(_)) => Hash::default(),
            Err(why) => return Err(why.into()),
        };
        type Succession = (Option<AccountId>, Hash, Hash);
        let (version, succession): (CodeInfo, Succession) =
            ask(&mut self.endpoints, claim, |reader| {
                Ok((reader.ask(market, "version", ())?, reader.ask(market, "succession", ())?))
            })?;
        let codes = [front, succession.1, succession.2];
        let CodeInfo { layout, version, .. } = version;
        let shown = codes.map(|code| crate::hex(&code));
        // Across restarts too: an upgrade while it was off is one.
        let before = self.store.codes()?;
        if self.terms.codes.replace(codes) != Some(codes) {
            match before {
                Some(before) if before != codes => {
                    let before = before.map(|code| crate::hex(&code));
                    let after = &shown;
                    tracing::warn!(layout, version, ?before, ?after, "the market was upgraded");
                }
                _ => tracing::info!(layout, version, codes = ?shown, "the market's code"),
            }
        }
        let market = &self.config.market;
        let is_listed = market.versions.contains(&version);
        let new = before.map(|before| {
            let new = codes.iter().zip(before).filter(|(code, before)| *code != before);
            new.map(|(code, _)| *code).filter(|code| !market.codes.contains(code)).collect()
        });
        let new: Vec<Hash> = new.unwrap_or_default();
        self.terms.unknown = if layout != cells::LAYOUT || !(version == cells::VERSION || is_listed)
        {
            Some(format!("layout {layout}, version {version}"))
        } else if !new.is_empty() && !is_listed {
            // What code says of itself anybody can write into theirs.
            let new: Vec<String> = new.iter().map(|code| crate::hex(code)).collect();
            Some(format!(
                "version {version} with hashes {}, to which it was upgraded: once you have looked at it, \
                 write them into market.codes",
                new.join(", ")
            ))
        } else {
            if before != Some(codes) {
                self.store.set_codes(codes)?;
            }
            None
        };
        Ok(())
    }
}

/// Lines of two texts that differ, where both have as many; else that they do.
fn differences(before: &str, after: &str) -> Vec<String> {
    if before.lines().count() != after.lines().count() {
        return vec!["entries came or went".into()];
    }
    let pairs = before.lines().zip(after.lines()).filter(|(before, after)| before != after);
    let clean = |line: &str| line.trim().trim_end_matches(',').to_owned();
    let value = |line: &str| clean(line.split_once(": ").map_or(line, |(_, value)| value));
    let texts = pairs.map(|(before, after)| format!("{} -> {}", clean(before), value(after)));
    texts.take(MOST_DIFFERENCES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_parameter_is_named_with_both_values() {
        let mut terms = MarketTerms::default();
        let mut config = breakwater_client::LocalPlan::default().eth;
        let of = || "asset 0".to_owned();
        assert_eq!(terms.note(of(), &config), None, "seen for the first time");
        assert_eq!(terms.note(of(), &config), None);
        let before = config.tiers[0].liquidation_threshold_bps;
        config.tiers[0].liquidation_threshold_bps = before - 5;
        let change = terms.note(of(), &config).expect("a change");
        let told = format!("liquidation_threshold_bps: {before} -> {}", before - 5);
        assert_eq!(change, told);
        config.tiers.clear();
        assert_eq!(terms.note(of(), &config), Some("entries came or went".into()));
    }
}
