//! Signed prices that the oracle has not got yet.

use super::{Phase, Strategy, StrategyKind};
use crate::{
    action::{Action, ActionKind, Proposal},
    index::AccountIndex,
    snapshot::{MarketSnapshot, Question},
};
use breakwater_chain::{address, AccountId};
use breakwater_client::oracle::SignedReport;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Reports as reporters publish them: a TOML file with a list `report`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportFile {
    #[serde(default)]
    report: Vec<Written>,
}

/// One report. Numbers that may not fit TOML's are text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    token: String,
    source: u8,
    value: String,
    time_ms: u64,
    nonce: u64,
    /// Hex.
    signature: String,
}

impl ReportFile {
    /// Reads a file's text.
    ///
    /// # Errors
    /// What is wrong with it, for people.
    pub fn parse(text: &str) -> Result<Vec<SignedReport>, String> {
        let file: Self = toml::from_str(text).map_err(|why| why.to_string())?;
        file.report.iter().map(Written::read).collect()
    }
}

impl Written {
    fn read(&self) -> Result<SignedReport, String> {
        let token = address::parse(&self.token).map_err(|why| why.to_string())?;
        let value = self.value.parse().map_err(|_| format!("no value: {:?}", self.value))?;
        let signature =
            bytes_of(&self.signature).ok_or_else(|| format!("no hex: {:?}", self.signature))?;
        Ok(SignedReport {
            token: token.into(),
            source: self.source,
            value,
            time_ms: self.time_ms,
            nonce: self.nonce,
            signature,
        })
    }
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.strip_prefix("0x").unwrap_or(hex);
    let pairs = digits.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// Relays what the oracle would take in: reports signed with a higher number and of a later time than
/// the source's last, not of the future, for each source the newest.
#[derive(Clone, Copy, Debug)]
pub struct Relay;

impl Strategy for Relay {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Relay
    }

    fn phase(&self) -> Phase {
        Phase::Upkeep
    }

    fn waits_for(&self) -> &'static [ActionKind] {
        &[ActionKind::Relay]
    }

    fn questions(&self, on: &MarketSnapshot) -> Vec<Question> {
        let token = |report: &SignedReport| Question::Feed { token: *report.token.as_ref() };
        on.reports.iter().map(token).collect()
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let mut newest = BTreeMap::<(AccountId, u8), &SignedReport>::new();
        for report in &on.reports {
            let token: AccountId = *report.token.as_ref();
            let feed = on.seen.feeds.get(&token);
            let state = feed.and_then(|feed| feed.sources.get(usize::from(report.source)));
            let Some(state) = state else { continue };
            let is_new = report.nonce > state.nonce
                && report.time_ms > state.last.time_ms.max(state.after_ms);
            if !is_new || report.time_ms > on.now_ms {
                continue;
            }
            let best = newest.entry((token, report.source)).or_insert(report);
            if report.nonce > best.nonce {
                *best = report;
            }
        }
        let reports: Vec<SignedReport> = newest.into_values().cloned().collect();
        if reports.is_empty() {
            return Vec::new();
        }
        vec![Proposal::upkeep(Action::Relay(reports))]
    }
}
