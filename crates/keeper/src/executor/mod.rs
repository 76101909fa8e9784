//! Doing what was proposed: dry run, price, sign, write down, submit; and looking after what is under
//! way.
//!
//! A transaction is written down before it is submitted. Its nonce lets it happen once, however often
//! the same bytes are submitted and whatever has died in between.

mod batch;
mod doubts;
mod fee;
mod limits;
mod nonce;
mod raise;
mod refusal;
mod submit;
mod tend;
pub mod tip;

pub use refusal::Refusal;

use batch::Sizes;
use doubts::Doubts;
use limits::Limits;
use tip::TipPolicy;

use crate::{
    action::{Action, ActionKind, Proposal},
    config::{ExecutorConfig, FeeConfig},
    endpoints::Endpoints,
    metrics::Metrics,
    store::{Store, StoreError},
};
use breakwater_chain::{
    AccountId, BlockId, ChainError, ContractCall, GasLimit, Hash, Ledger, Signer, Weight,
};
use breakwater_client::{Market, Oracle};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

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
    /// It was not run: another of its kind was, a moment ago.
    is_like_another: bool,
}

/// What an answer to a block has seen so far, so that it need not ask again.
#[derive(Debug, Default)]
struct Answer {
    /// The chain's next nonce for us.
    nonce: Option<u32>,
    /// The most that a transaction of a kind was asked as a fee, its length and weight.
    fees: BTreeMap<ActionKind, (u128, usize, u64)>,
    /// What an action of a kind needed that is done one by one, of sales one for each pool, and its deposit.
    needs: BTreeMap<(ActionKind, Option<AccountId>), (Weight, i128)>,
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
    pub tips: TipPolicy,
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
    sizes: Sizes,
    limits: Limits,
    doubts: Doubts,
    answer: Answer,
    submitted: BTreeMap<Hash, Instant>,
    /// When more was offered last for a transaction that waits, by its nonce.
    raised: BTreeMap<u32, Instant>,
    /// When a nonce that was lost was used for nothing last.
    filled: BTreeMap<u32, Instant>,
    /// Kinds of what was lost for good.
    lost: BTreeSet<ActionKind>,
}

impl Executor {
    /// An executor for a key.
    pub fn new(signer: Signer, terms: Terms) -> Self {
        Self {
            signer,
            terms,
            upkeep_spent: (0, 0),
            sizes: Sizes::default(),
            limits: Limits::default(),
            doubts: Doubts::default(),
            answer: Answer::default(),
            submitted: BTreeMap::new(),
            raised: BTreeMap::new(),
            filled: BTreeMap::new(),
            lost: BTreeSet::new(),
        }
    }

    /// An answer to another block begins.
    pub fn begin(&mut self) {
        self.answer = Answer::default();
    }

    /// Who signs.
    pub fn account(&self) -> AccountId {
        self.signer.account()
    }

    /// Kinds of transactions that were lost for good since this was asked last: they are to be proposed again.
    pub fn take_lost(&mut self) -> BTreeSet<ActionKind> {
        std::mem::take(&mut self.lost)
    }

    /// Uses another price adapter.
    pub fn set_oracle(&mut self, oracle: AccountId) {
        self.terms.oracle = oracle;
    }

    /// The contracts that actions call.
    fn contracts(&self) -> (Market, Oracle) {
        (Market { address: self.terms.market }, Oracle { address: self.terms.oracle })
    }

    /// Does what was proposed; items that can be done apart in batches as large as a block has room for. One
    /// outcome for each transaction.
    ///
    /// # Errors
    /// [`ExecutorError`]; what was submitted before stays.
    pub fn execute(
        &mut self,
        site: &mut Site<'_>,
        proposal: &Proposal,
    ) -> Result<Vec<Outcome>, ExecutorError> {
        self.learn_limits(site)?;
        let outcomes = if proposal.items() != 0 {
            self.in_batches(site, proposal)?
        } else {
            let trial = self.trial(site, &proposal.action)?;
            vec![self.submit(site, proposal, &trial)?]
        };
        let kind = proposal.action.kind();
        for outcome in &outcomes {
            self.learn_of_pool(site, &proposal.action, outcome);
            site.metrics.outcome(kind, outcome.name());
            let (kind, block) = (kind.name(), site.head.number);
            match outcome {
                Outcome::Sent(hash) => {
                    let accounts = proposal.action.accounts();
                    let account = accounts.first().map(|who| crate::hex(who)).unwrap_or_default();
                    let (hash, gain_usd) = (crate::hex(hash), usd(proposal.gain_wad));
                    tracing::info!(
                        kind,
                        hash,
                        block,
                        account,
                        accounts = accounts.len(),
                        gain_usd,
                        "sent"
                    );
                }
                other => tracing::debug!(kind, outcome = ?other, "not sent"),
            }
        }
        Ok(outcomes)
    }

    /// Dry-runs an action; where another of its kind went through a moment ago it is like that one. Its own
    /// limits say then what it must bring.
    fn trial(&mut self, site: &mut Site<'_>, action: &Action) -> Result<Trial, ExecutorError> {
        let kind = action.kind();
        // What one pool pays says nothing of another.
        let like = (kind, action.sale().map(|sale| sale.pool));
        if let Some((gas, deposit)) = self.answer.needs.get(&like).copied() {
            return Ok(Trial { gas, deposit, refused: None, is_like_another: true });
        }
        let trial = self.attempt(site, action, GasLimit::Estimate)?;
        if trial.refused.is_none() && kind.is_alike() {
            // Accounts differ: by half of it.
            let more = |of: u64| of.saturating_add(of / 2);
            let gas = Weight {
                ref_time: more(trial.gas.ref_time).min(self.limits.most.ref_time),
                proof_size: more(trial.gas.proof_size).min(self.limits.most.proof_size),
            };
            self.answer.needs.insert(like, (gas, trial.deposit.max(0)));
        }
        Ok(trial)
    }

    /// Dry-runs an action within a limit. None if no answer comes and a smaller one may be tried: that is not
    /// the endpoint's fault.
    fn attempt_within(
        &self,
        site: &mut Site<'_>,
        action: &Action,
        limit: Weight,
        may_be_smaller: bool,
    ) -> Result<Option<Trial>, ExecutorError> {
        let endpoint = site.index;
        let mut is_late = false;
        let forgives = |why: &ChainError| {
            is_late = may_be_smaller && matches!(why, ChainError::Timeout(_));
            is_late
        };
        let limit = GasLimit::Fixed(limit);
        let trial = self.attempt_with(site, action, limit, (may_be_smaller, forgives))?;
        if is_late {
            tracing::info!(
                endpoint,
                kind = action.kind().name(),
                "no answer in time: less at once"
            );
        }
        Ok(trial)
    }

    fn attempt(
        &self,
        site: &mut Site<'_>,
        action: &Action,
        gas: GasLimit,
    ) -> Result<Trial, ExecutorError> {
        let none = || ChainError::Rpc("no answer".into());
        Ok(self
            .attempt_with(site, action, gas, (false, |_: &ChainError| false))?
            .ok_or_else(none)?)
    }

    /// Dry-runs an action on the newest block, which may have one of ours in it that was submitted a
    /// moment ago. None if it failed in a way that is forgiven.
    fn attempt_with(
        &self,
        site: &mut Site<'_>,
        action: &Action,
        gas: GasLimit,
        (is_part, is_forgiven): (bool, impl FnOnce(&ChainError) -> bool),
    ) -> Result<Option<Trial>, ExecutorError> {
        site.head = site.endpoints.with(site.index, |link| link.best())?;
        let (market, oracle) = self.contracts();
        let call = ContractCall { gas, ..action.call(market, oracle) };
        let (us, at) = (self.account(), site.head.hash);
        let ask = |link: &mut dyn Ledger| match link.call_at(at, us, &call) {
            Err(why) if is_forgiven(&why) => Ok(None),
            other => other.map(Some),
        };
        // A part of a batch may be tried instead: the endpoint is not to blame.
        let run = match is_part {
            true => site.endpoints.with_long(site.index, ask)?,
            false => site.endpoints.with(site.index, ask)?,
        };
        let Some(run) = run else { return Ok(None) };
        let refused = Refusal::of(action, &run, (us, self.terms.market));
        let (gas, deposit) = (run.gas_required, run.storage_deposit);
        Ok(Some(Trial { gas, deposit, refused, is_like_another: false }))
    }
}

/// Wad dollars for people.
fn usd(wad: u128) -> f64 {
    wad as f64 / 1e18
}
