//! Doing what was proposed: dry run, price, sign, write down, submit; and looking after what is under
//! way.
//!
//! A transaction is written down before it is submitted. Its nonce lets it happen once, however often
//! the same bytes are submitted and whatever has died in between.

mod batch;
mod refusal;
mod submit;
mod tend;

pub use refusal::Refusal;

use crate::{
    action::{Action, ActionKind, Proposal},
    config::{ExecutorConfig, FeeConfig},
    endpoints::Endpoints,
    metrics::Metrics,
    store::{Store, StoreError},
};
use breakwater_chain::{AccountId, BlockId, ChainError, Hash, Signer, Weight};
use breakwater_client::{Market, Oracle};
use std::{collections::BTreeMap, time::Instant};

/// Why an action could not be tried or submitted: the connection, or our own store.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Submitted.
    Sent(Hash),
    /// The chain would not do it now: most likely somebody else has. No harm done.
    Refused(Refusal),
    /// It would cost more than it brings.
    NotWorthIt { gain_wad: u128, cost_wad: u128 },
    /// It was tried, and is not to be submitted.
    OnlyTried,
    /// Too many transactions are under way.
    Full,
}

impl Outcome {
    /// Its name in metrics.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sent(_) => "sent",
            Self::Refused(_) => "refused",
            Self::NotWorthIt { .. } => "not_worth_it",
            Self::OnlyTried => "only_tried",
            Self::Full => "full",
        }
    }
}

/// What a dry run says of an action.
struct Trial {
    gas: Weight,
    deposit: i128,
    refused: Option<Refusal>,
}

/// Where and when it acts.
pub struct Site<'a> {
    pub endpoints: &'a mut Endpoints,
    /// The endpoint whose newest block this is.
    pub index: usize,
    pub head: BlockId,
    pub now_ms: u64,
    pub store: &'a mut Store,
    pub metrics: &'a Metrics,
}

/// What the executor is told once.
pub struct Terms {
    pub market: AccountId,
    pub oracle: AccountId,
    /// Everything is tried and nothing submitted.
    pub dry_run: bool,
    pub fees: FeeConfig,
    pub config: ExecutorConfig,
    /// What must be left after fees, by kind of action, wad dollars.
    pub least_profit_wad: BTreeMap<ActionKind, u128>,
    /// Most that upkeep may cost in a day, wad dollars.
    pub upkeep_wad: u128,
}

/// Signs and submits.
pub struct Executor {
    signer: Signer,
    terms: Terms,
    /// What upkeep has cost in which day of the chain.
    upkeep_spent: (u64, u128),
    /// What one start in a batch needs, picoseconds, as last seen.
    start_weight: Option<u64>,
    submitted: BTreeMap<Hash, Instant>,
}

impl Executor {
    /// An executor for a key.
    pub fn new(signer: Signer, terms: Terms) -> Self {
        Self { signer, terms, upkeep_spent: (0, 0), start_weight: None, submitted: BTreeMap::new() }
    }

    /// Who signs.
    pub fn account(&self) -> AccountId {
        self.signer.account()
    }

    /// Uses another price adapter.
    pub fn set_oracle(&mut self, oracle: AccountId) {
        self.terms.oracle = oracle;
    }

    /// The contracts that actions call.
    fn contracts(&self) -> (Market, Oracle) {
        (Market { address: self.terms.market }, Oracle { address: self.terms.oracle })
    }

    /// Does what was proposed; starts in batches as large as a block has room for. One outcome for each
    /// transaction.
    ///
    /// # Errors
    /// [`ExecutorError`]; what was submitted before stays.
    pub fn execute(
        &mut self,
        site: &mut Site<'_>,
        proposal: &Proposal,
    ) -> Result<Vec<Outcome>, ExecutorError> {
        let outcomes = match &proposal.action {
            Action::Start(accounts) => self.start(site, proposal, accounts)?,
            _ => {
                let trial = self.attempt(site, &proposal.action)?;
                vec![self.submit(site, proposal, &trial)?]
            }
        };
        let kind = proposal.action.kind();
        for outcome in &outcomes {
            site.metrics.outcome(kind, outcome.name());
            let (kind, block) = (kind.name(), site.head.number);
            match outcome {
                Outcome::Sent(hash) => {
                    tracing::info!(kind, hash = crate::hex(hash), block, "sent");
                }
                other => tracing::debug!(kind, outcome = ?other, "not sent"),
            }
        }
        Ok(outcomes)
    }

    /// Dry-runs an action on the newest block, which may have one of ours in it that was submitted a
    /// moment ago.
    fn attempt(&self, site: &mut Site<'_>, action: &Action) -> Result<Trial, ExecutorError> {
        site.head = site.endpoints.with(site.index, |link| link.best())?;
        let (market, oracle) = self.contracts();
        let call = action.call(market, oracle);
        let (us, at) = (self.account(), site.head.hash);
        let run = site.endpoints.with(site.index, |link| link.call_at(at, us, &call))?;
        let refused = Refusal::of(action, &run);
        Ok(Trial { gas: run.gas_required, deposit: run.storage_deposit, refused })
    }
}

/// Wad dollars for people.
fn usd(wad: u128) -> f64 {
    wad as f64 / 1e18
}
