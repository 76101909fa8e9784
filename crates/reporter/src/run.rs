//! Rounds: read, decide, sign, publish.

use crate::{
    config::{Config, FeedConfig},
    decide::{due, median, Due, Last},
    inputs::{system_ms, Inputs},
    publish,
    sign::{Adapter, Key},
};
use anyhow::{anyhow, bail, ensure, Context as _, Result};
use breakwater_chain::{address::to_ss58, secret, AccountId, Chain, Signer};
use breakwater_client::{oracle::SignedReport, Oracle};
use breakwater_protocol::oracle::{normalised, Feed, Report};
use std::collections::BTreeMap;

/// How long a report that was signed is taken to be on its way, at least.
const LEAST_PATIENCE_MS: u64 = 60_000;

/// What a round has done with a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FeedOutcome {
    /// What the adapter has is good enough.
    NotDue,
    /// Signed, and published.
    Reported(Due),
    /// No report: why.
    Failed(String),
}

/// A reporter.
pub struct Reporter {
    config: Config,
    key: Key,
    payer: Option<Signer>,
    adapter: Adapter,
    inputs: Inputs,
    /// The last report of each feed, by its place: it may not be on the chain yet.
    signed: BTreeMap<usize, SignedReport>,
    /// Failures that were told, by feed.
    told: BTreeMap<usize, String>,
}

impl Reporter {
    /// Reads keys, and compares them with the adapter's sources.
    ///
    /// # Errors
    /// A key that can't be had or is not the source's; no such feed; the chain's.
    pub fn start(config: Config, chain: &mut dyn Chain) -> Result<Self> {
        let of = &config.reporter;
        let uri = secret::read(of.key_env.as_deref(), of.key_file.as_deref())?;
        let key = Key::from_uri(of.scheme, &uri.unwrap_or_default());
        let key = key.context("the reporter's key is empty or malformed")?;
        let of = &config.relay;
        let payer = secret::read(of.key_env.as_deref(), of.key_file.as_deref())?;
        let payer = payer.map(|uri| Signer::from_uri(&uri)).transpose().context("relay's key")?;
        ensure!(
            payer.is_some() || config.relay.file.is_some(),
            "reports go nowhere: set relay.key_env, relay.key_file or relay.file"
        );
        let oracle = Oracle { address: config.oracle };
        let (_owner, named, _offered) = oracle.settings(chain).context("the oracle adapter")?;
        let adapter = Adapter { chain: named, address: config.oracle };
        let reporter = Self {
            config,
            key,
            payer,
            adapter,
            inputs: Inputs::default(),
            signed: BTreeMap::new(),
            told: BTreeMap::new(),
        };
        for feed in &reporter.config.feed {
            reporter.source_of(feed, chain)?;
        }
        Ok(reporter)
    }

    /// The adapter's feed, if this reporter's source is in it.
    fn source_of(&self, feed: &FeedConfig, chain: &mut dyn Chain) -> Result<Feed> {
        let token = to_ss58(&feed.token);
        let oracle = Oracle { address: self.adapter.address };
        let Some(found) = oracle.feed(chain, feed.token)? else {
            bail!("the adapter has no feed of {token}");
        };
        let source = found.config.sources.get(usize::from(feed.source));
        let source = source.with_context(|| format!("{token} has no source {}", feed.source))?;
        ensure!(
            self.key.is_of(&source.kind),
            "source {} of {token} is not this key's: {:?}",
            feed.source,
            source.kind
        );
        Ok(found)
    }

    /// Looks at every feed once. One that fails holds up no other.
    ///
    /// # Errors
    /// Those of relaying.
    pub fn round(&mut self, chain: &mut dyn Chain) -> Result<Vec<FeedOutcome>> {
        let now_ms = self.now_ms(chain)?;
        let (mut outcomes, mut fresh) = (Vec::new(), Vec::new());
        for place in 0..self.config.feed.len() {
            let outcome = match self.look(place, now_ms, chain) {
                Ok(None) => FeedOutcome::NotDue,
                Ok(Some((why, report))) => {
                    fresh.push(report);
                    FeedOutcome::Reported(why)
                }
                Err(why) => FeedOutcome::Failed(format!("{why:#}")),
            };
            self.tell(place, &outcome);
            outcomes.push(outcome);
        }
        if fresh.is_empty() {
            return Ok(outcomes);
        }
        if let Some(path) = &self.config.relay.file {
            let all: Vec<SignedReport> = self.signed.values().cloned().collect();
            publish::write(path, &all).with_context(|| format!("{}", path.display()))?;
        }
        if let Some(payer) = &self.payer {
            let oracle = Oracle { address: self.adapter.address };
            publish::relay(chain, payer, oracle, &fresh).context("relaying")?;
        }
        Ok(outcomes)
    }

    /// What is due of a feed, signed.
    fn look(
        &mut self,
        place: usize,
        now_ms: u64,
        chain: &mut dyn Chain,
    ) -> Result<Option<(Due, SignedReport)>> {
        let Some(feed) = self.config.feed.get(place).cloned() else { return Ok(None) };
        let found = self.source_of(&feed, chain)?;
        let at = usize::from(feed.source);
        let (Some(source), Some(state)) = (found.config.sources.get(at), found.sources.get(at))
        else {
            bail!("the adapter's feed has lost its source {at}");
        };
        let origin: AccountId = self.adapter.address;
        let (mut values, mut silent) = (Vec::new(), Vec::new());
        for (number, input) in feed.input.iter().enumerate() {
            match self.inputs.read(input, source.decimals, chain, origin) {
                Ok(value) => values.push(value),
                Err(why) => silent.push(format!("input {number}: {why}")),
            }
        }
        let value = median(&values, feed.quorum, feed.spread_bps).map_err(|why| {
            anyhow!("{}", [silent.clone(), vec![why.to_string()]].concat().join("; "))
        })?;
        let value_wad = normalised(source, value)
            .map_err(|why| anyhow!("no price that the adapter takes: {why:?}"))?;
        let known = Last { value_wad: state.last.value_wad, time_ms: state.last.time_ms };
        // One of ours may be on its way. It is not waited for longer than it takes to be relayed.
        let patience_ms = self.config.every_ms.saturating_mul(3).max(LEAST_PATIENCE_MS);
        let own = self.signed.get(&place).filter(|own| {
            own.nonce > state.nonce && now_ms.saturating_sub(own.time_ms) < patience_ms
        });
        let own = own.and_then(|own| {
            let value_wad = normalised(source, own.value).ok()?;
            Some(Last { value_wad, time_ms: own.time_ms })
        });
        let last = own.unwrap_or(known);
        let last = (last.time_ms != 0).then_some(last);
        let why = due(value_wad, last, now_ms, feed.deviation_bps, feed.heartbeat_ms);
        let Some(why) = why else { return Ok(None) };
        let used = self.signed.get(&place).map_or(0, |own| own.nonce).max(state.nonce);
        let report = Report {
            chain: self.adapter.chain,
            adapter: self.adapter.address,
            token: feed.token,
            value,
            time_ms: now_ms,
            nonce: used.saturating_add(1).max(now_ms),
        };
        let signed = self.key.sign(&report, feed.source);
        self.signed.insert(place, signed.clone());
        Ok(Some((why, signed)))
    }

    /// The time that reports carry: the system's, or the newest block's where that is later.
    fn now_ms(&self, chain: &mut dyn Chain) -> Result<u64> {
        let block_ms = chain.now_ms()?;
        let system_ms = system_ms();
        // A clock that is far ahead would sign reports of the future, which nothing takes back.
        let is_ahead = system_ms.saturating_sub(block_ms) > self.config.clock_off_ms;
        Ok(if is_ahead { block_ms } else { system_ms.max(block_ms) })
    }

    /// Says what has changed: a failure when it begins and ends, each report.
    fn tell(&mut self, place: usize, outcome: &FeedOutcome) {
        let token = self.config.feed.get(place).map(|feed| to_ss58(&feed.token));
        let token = token.unwrap_or_default();
        match outcome {
            FeedOutcome::Failed(why) => {
                if self.told.insert(place, why.clone()).as_ref() != Some(why) {
                    tracing::error!(token, why, "no report");
                }
            }
            FeedOutcome::Reported(due) => {
                if self.told.remove(&place).is_some() {
                    tracing::info!(token, "reports again");
                }
                let value = self.signed.get(&place).map(|report| report.value);
                tracing::info!(token, ?due, ?value, "report signed");
            }
            FeedOutcome::NotDue => {
                if self.told.remove(&place).is_some() {
                    tracing::info!(token, "inputs answer again");
                }
            }
        }
    }
}
