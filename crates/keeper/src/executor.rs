//! Doing what was planned: dry run, price, sign, write down, hand in; and looking after what is under
//! way.
//!
//! A transaction is written down before it is handed in. Its nonce lets it happen once, however often
//! the same bytes are handed in and whatever has died in between.

use crate::{
    config::{ExecutorConfig, FeeConfig},
    endpoints::Endpoints,
    metrics::Metrics,
    store::{Intent, Settled, Store, StoreError},
    strategy::{Deed, Plan},
};
use breakwater_chain::{
    padded, AccountId, BlockId, ChainError, DryRun, Hash, Signer, Weight, MAX_CALL_GAS,
};
use breakwater_client::{abi, Market, Oracle};
use breakwater_protocol::Error;
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// Accounts in the first batch of starts, before their weight is known.
const FIRST_BATCH: usize = 32;
/// Most accounts in a batch. A contract's memory (1 MiB, and ink! frees none of it within a message) is
/// full after about 460 starts, its input (16 KiB) after 511; a block has room for several batches.
const MOST_IN_A_BATCH: usize = 256;
/// The market's front has handed a message over, and that code has failed without an error of its own.
const GAVE_UP: &str = "the contract gave up (gas, memory or length of input)";
/// What is said of a batch that is too large.
const TOO_MUCH: [&str; 4] = ["OutOfGas", "OutputBufferTooSmall", "ContractTrapped", GAVE_UP];
/// What a chain says of a nonce that is used.
const OUTDATED: &str = "outdated";
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// Why a deed could not be tried or handed in: the connection, or our own store.
#[derive(Debug, thiserror::Error)]
pub enum ExecutorError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What became of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Handed in.
    Sent(Hash),
    /// The chain would not do it now: most likely somebody else has. No harm done.
    Refused(String),
    /// It would cost more than it brings.
    NotWorthIt { gain_wad: u128, cost_wad: u128 },
    /// It was tried, and is not to be handed in.
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

/// What a dry run says of a deed.
struct Trial {
    gas: Weight,
    deposit: i128,
    refused: Option<String>,
}

/// Where and when it acts.
pub struct Scene<'a> {
    pub endpoints: &'a mut Endpoints,
    /// The endpoint whose newest block this is.
    pub index: usize,
    pub head: BlockId,
    pub now_ms: u64,
    pub store: &'a mut Store,
    pub metrics: &'a Metrics,
}

/// Signs and hands in.
pub struct Executor {
    signer: Signer,
    market: Market,
    oracle: Oracle,
    dry_run: bool,
    fees: FeeConfig,
    config: ExecutorConfig,
    /// What must be left after fees, by kind of deed, wad dollars.
    least_profit_wad: BTreeMap<&'static str, u128>,
    /// Most that upkeep may cost in a day, and what it has cost in which day of the chain.
    upkeep_wad: u128,
    upkeep_spent: (u64, u128),
    /// What one start in a batch needs, picoseconds, as last seen.
    start_weight: Option<u64>,
    handed_in: BTreeMap<Hash, Instant>,
    /// Accounts for which starting and filling at once has failed or was off: they are only started.
    only_started: BTreeSet<AccountId>,
}

impl Executor {
    /// An executor that only tries where `dry_run` is set.
    pub fn new(
        signer: Signer,
        [market, oracle]: [AccountId; 2],
        dry_run: bool,
        (fees, config): (FeeConfig, ExecutorConfig),
        least_profit_wad: BTreeMap<&'static str, u128>,
        upkeep_wad: u128,
    ) -> Self {
        Self {
            signer,
            market: Market { address: market },
            oracle: Oracle { address: oracle },
            dry_run,
            fees,
            config,
            least_profit_wad,
            upkeep_wad,
            upkeep_spent: (0, 0),
            start_weight: None,
            handed_in: BTreeMap::new(),
            only_started: BTreeSet::new(),
        }
    }

    /// Who signs.
    pub fn account(&self) -> AccountId {
        self.signer.account()
    }

    /// Whether starting and filling an account at once has failed since this keeper was started.
    pub fn is_only_started(&self, account: &AccountId) -> bool {
        self.only_started.contains(account)
    }

    /// Uses another price adapter.
    pub fn set_oracle(&mut self, oracle: AccountId) {
        self.oracle = Oracle { address: oracle };
    }

    /// Does a plan; starts in batches as large as a block has room for. One outcome for each
    /// transaction.
    ///
    /// # Errors
    /// [`ExecutorError`]; what was handed in before stays.
    pub fn execute(
        &mut self,
        scene: &mut Scene<'_>,
        plan: &Plan,
    ) -> Result<Vec<Outcome>, ExecutorError> {
        let outcomes = match &plan.deed {
            Deed::Start(accounts) => self.start(scene, plan, accounts)?,
            _ => {
                let trial = self.attempt(scene, &plan.deed)?;
                vec![self.finish(scene, plan, &trial)?]
            }
        };
        let kind = plan.deed.kind();
        let is_off =
            |one: &Outcome| matches!(one, Outcome::Refused(_) | Outcome::NotWorthIt { .. });
        if kind == Deed::START_AND_FILL && outcomes.iter().any(is_off) {
            self.only_started.extend(plan.deed.accounts());
        }
        for outcome in &outcomes {
            scene.metrics.outcome(kind, outcome.name());
            match outcome {
                Outcome::Sent(hash) => {
                    tracing::info!(
                        kind,
                        hash = crate::hex(hash),
                        block = scene.head.number,
                        "sent"
                    );
                }
                other => tracing::debug!(kind, outcome = ?other, "not sent"),
            }
        }
        Ok(outcomes)
    }

    /// Starts in batches. A batch that does not fit is halved.
    fn start(
        &mut self,
        scene: &mut Scene<'_>,
        plan: &Plan,
        accounts: &[AccountId],
    ) -> Result<Vec<Outcome>, ExecutorError> {
        let mut outcomes = Vec::new();
        let mut rest = accounts;
        let mut most = self.batch();
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(most.min(rest.len()));
            let deed = Deed::Start(batch.to_vec());
            let trial = self.attempt(scene, &deed)?;
            let fits = padded(trial.gas).ref_time < MAX_CALL_GAS.ref_time && !is_too_much(&trial);
            if !fits && batch.len() > 1 {
                most = batch.len() / 2;
                continue;
            }
            if trial.refused.is_none() {
                self.start_weight = Some(trial.gas.ref_time / batch.len() as u64);
                most = self.batch();
            }
            let part =
                (plan.gain_wad / accounts.len().max(1) as u128).saturating_mul(batch.len() as u128);
            let plan = Plan { deed, gain_wad: part, ..plan.clone() };
            let outcome = self.finish(scene, &plan, &trial)?;
            let is_full = outcome == Outcome::Full;
            outcomes.push(outcome);
            if is_full {
                break;
            }
            rest = later;
        }
        Ok(outcomes)
    }

    /// How many starts fit a transaction by weight, with a quarter to spare and a tenth on top, and
    /// by length.
    fn batch(&self) -> usize {
        match self.start_weight {
            Some(weight) => {
                let room = MAX_CALL_GAS.ref_time / 4 * 3 / 10 * 9;
                let fit = usize::try_from(room / weight.max(1)).unwrap_or(usize::MAX);
                fit.clamp(1, MOST_IN_A_BATCH)
            }
            None => FIRST_BATCH,
        }
    }

    /// Dry-runs a deed on the newest block, which may have one of ours in it that was handed in a
    /// moment ago.
    fn attempt(&self, scene: &mut Scene<'_>, deed: &Deed) -> Result<Trial, ExecutorError> {
        scene.head = scene.endpoints.with(scene.index, |link| link.best())?;
        let call = deed.call(self.market, self.oracle);
        let (us, at) = (self.account(), scene.head.hash);
        let run = scene.endpoints.with(scene.index, |link| link.call_at(at, us, &call))?;
        let refused = refusal(deed, &run);
        Ok(Trial { gas: run.gas_required, deposit: run.storage_deposit, refused })
    }

    /// Prices, signs, writes down and hands in what a dry run has accepted.
    fn finish(
        &mut self,
        scene: &mut Scene<'_>,
        plan: &Plan,
        trial: &Trial,
    ) -> Result<Outcome, ExecutorError> {
        if let Some(why) = &trial.refused {
            return Ok(Outcome::Refused(why.clone()));
        }
        let under_way = scene.store.intents().iter().filter(|held| !held.given_up).count();
        if under_way >= self.config.max_in_flight {
            return Ok(Outcome::Full);
        }
        let nonce = self.next_nonce(scene)?;
        let mut calls = vec![plan.deed.call(self.market, self.oracle).with_gas(padded(trial.gas))];
        calls.extend(plan.deed.calls_after(self.market));
        let at = scene.head.hash;
        let signer = &self.signer;
        let (signed, fee) = scene.endpoints.with(scene.index, |link| {
            let signed = link.sign(signer, nonce, &calls)?;
            let fee = link.fee_at(at, &signed)?;
            Ok((signed, fee))
        })?;
        let (gain_wad, cost_wad) = self.balance(plan, trial, fee);
        if !self.is_worth_it(plan, scene.now_ms, gain_wad, cost_wad) {
            return Ok(Outcome::NotWorthIt { gain_wad, cost_wad });
        }
        if self.dry_run {
            let kind = plan.deed.kind();
            tracing::info!(kind, gain_usd = usd(gain_wad), cost_usd = usd(cost_wad), "would do");
            return Ok(Outcome::OnlyTried);
        }
        let intent = Intent {
            hash: signed.hash,
            bytes: signed.bytes.clone(),
            nonce,
            at_block: scene.head.number,
            kind: plan.deed.kind().into(),
            accounts: plan.deed.accounts(),
            spends: plan.spends.clone(),
            gain_wad: gain_wad.saturating_sub(cost_wad),
            given_up: false,
        };
        fail::fail_point!("keeper-before-intent");
        scene.store.add_intent(intent.clone())?;
        fail::fail_point!("keeper-after-intent");
        self.handed_in.insert(signed.hash, Instant::now());
        match scene.endpoints.send(&signed) {
            Ok(()) => {}
            Err(ChainError::Invalid(why)) => {
                // It will never be in a block, and its nonce is free.
                scene.store.drop_intents(&[signed.hash])?;
                return Ok(Outcome::Refused(why));
            }
            // Whether it has arrived is not known: it is handed in again later.
            Err(why) => tracing::warn!(%why, "handing in failed; it will be tried again"),
        }
        fail::fail_point!("keeper-after-send");
        if plan.is_upkeep {
            let day = scene.now_ms / DAY_MS;
            let spent = if self.upkeep_spent.0 == day { self.upkeep_spent.1 } else { 0 };
            self.upkeep_spent = (day, spent.saturating_add(cost_wad));
        }
        Ok(Outcome::Sent(signed.hash))
    }

    /// What it brings and what it costs, deposits among it, wad dollars.
    fn balance(&self, plan: &Plan, trial: &Trial, fee: u128) -> (u128, u128) {
        let deposit_wad = self.fees.value_wad(trial.deposit.unsigned_abs());
        let fee_wad = self.fees.value_wad(fee);
        if trial.deposit < 0 {
            (plan.gain_wad.saturating_add(deposit_wad), fee_wad)
        } else {
            (plan.gain_wad, fee_wad.saturating_add(deposit_wad))
        }
    }

    fn is_worth_it(&self, plan: &Plan, now_ms: u64, gain_wad: u128, cost_wad: u128) -> bool {
        let least_wad = self.least_profit_wad.get(plan.deed.kind()).copied().unwrap_or(0);
        if gain_wad >= cost_wad.saturating_add(least_wad) {
            return true;
        }
        let (day, spent_wad) = self.upkeep_spent;
        let spent_wad = if day == now_ms / DAY_MS { spent_wad } else { 0 };
        plan.is_upkeep && spent_wad.saturating_add(cost_wad) <= self.upkeep_wad
    }

    /// The chain's next nonce for us, after what is under way.
    fn next_nonce(&self, scene: &mut Scene<'_>) -> Result<u32, ExecutorError> {
        let (us, at) = (self.account(), scene.head.hash);
        let next = scene.endpoints.with(scene.index, |link| link.nonce_at(at, us))?;
        let taken: BTreeSet<u32> = scene
            .store
            .intents()
            .iter()
            .filter(|held| !held.given_up)
            .map(|held| held.nonce)
            .collect();
        // The lowest that is free: one that was given up leaves a gap, which must be filled.
        Ok((next..=u32::MAX).find(|nonce| !taken.contains(nonce)).unwrap_or(next))
    }

    /// Looks after transactions under way: forgets those whose nonce is used by another, hands in
    /// again what has not arrived, gives up what has waited too long. The cursor must be at the head.
    ///
    /// # Errors
    /// [`ExecutorError`].
    pub fn tend(&mut self, scene: &mut Scene<'_>) -> Result<(), ExecutorError> {
        if scene.store.intents().is_empty() {
            self.handed_in.clear();
            return Ok(());
        }
        let (us, at) = (self.account(), scene.head.hash);
        let next = scene.endpoints.with(scene.index, |link| link.nonce_at(at, us))?;
        // Those in a block have been found there. What is left with a used nonce was replaced.
        let gone: Vec<Hash> = scene
            .store
            .intents()
            .iter()
            .filter(|held| held.nonce < next)
            .map(|held| held.hash)
            .collect();
        for _ in &gone {
            scene.metrics.outcome("any", "replaced");
        }
        scene.store.drop_intents(&gone)?;
        for intent in scene.store.intents().to_vec() {
            let waits = scene.head.number.saturating_sub(intent.at_block);
            if !intent.given_up && waits > self.config.give_up_blocks {
                scene.metrics.outcome(kind_of(&intent), "given_up");
                scene.store.add_intent(Intent { given_up: true, ..intent.clone() })?;
                continue;
            }
            let resend = Duration::from_millis(self.config.resend_ms);
            let is_due = self.handed_in.get(&intent.hash).is_none_or(|at| at.elapsed() >= resend);
            if intent.given_up || !is_due || self.dry_run {
                continue;
            }
            self.handed_in.insert(intent.hash, Instant::now());
            match scene.endpoints.send(&intent.signed()) {
                Ok(()) => {
                    tracing::info!(kind = intent.kind, nonce = intent.nonce, "handed in again")
                }
                // It is in a block that we shall see, or another took its nonce.
                Err(ChainError::Invalid(why)) if why.contains(OUTDATED) => {}
                Err(ChainError::Invalid(why)) => {
                    tracing::info!(kind = intent.kind, why, "refused when handed in again");
                    scene.store.add_intent(Intent { given_up: true, ..intent.clone() })?;
                }
                Err(why) => tracing::warn!(%why, "handing in again failed"),
            }
        }
        let held: BTreeSet<Hash> = scene.store.intents().iter().map(|held| held.hash).collect();
        self.handed_in.retain(|hash, _| held.contains(hash));
        Ok(())
    }

    /// Notes what was found in blocks.
    pub fn settled(&mut self, settled: &[Settled], metrics: &Metrics) {
        for Settled { intent, receipt } in settled {
            let kind = kind_of(intent);
            metrics.fee(receipt.fee);
            match &receipt.result {
                Ok(()) => {
                    metrics.outcome(kind, "done");
                    metrics.gain(usd(intent.gain_wad));
                    let block = receipt.block_number;
                    tracing::info!(kind, block, nonce = intent.nonce, fee = receipt.fee, "done");
                }
                // Somebody was faster, or the market has moved: the price of competing.
                Err(why) => {
                    metrics.outcome(kind, "lost");
                    if kind == Deed::START_AND_FILL {
                        self.only_started.extend(&intent.accounts);
                    }
                    tracing::info!(kind, why, fee = receipt.fee, "lost");
                }
            }
        }
    }
}

/// Wad dollars for people.
fn usd(wad: u128) -> f64 {
    wad as f64 / 1e18
}

/// The kind of a deed that is under way, as a name that lives as long as the program.
fn kind_of(intent: &Intent) -> &'static str {
    Deed::KINDS.iter().find(|kind| **kind == intent.kind).copied().unwrap_or("other")
}

fn is_too_much(trial: &Trial) -> bool {
    trial.refused.as_ref().is_some_and(|why| TOO_MUCH.iter().any(|much| why.contains(much)))
}

/// Why a deed would do nothing; none if it would do something.
fn refusal(deed: &Deed, run: &DryRun) -> Option<String> {
    let output = match &run.result {
        Err(why) => return Some(why.clone()),
        Ok(output) => output,
    };
    if output.reverted {
        let why = abi::decode::<Result<(), Error>>("dry run", output);
        return Some(match why {
            Ok(Err(error)) => format!("{error:?}"),
            _ => GAVE_UP.into(),
        });
    }
    let started = || match abi::decode("liquidate_many", output) {
        Ok(Ok::<u32, Error>(started)) => started as usize,
        _ => 0,
    };
    // Messages that pass over what can't be done succeed with nothing.
    let done = match deed {
        Deed::StartAndFill(fills) => started() == fills.len(),
        Deed::Start(_) => started() > 0,
        Deed::TakeMany(_) => {
            abi::decode::<Result<Vec<Result<(u128, u128), Error>>, Error>>("take_many", output)
                .is_ok_and(|fills| fills.is_ok_and(|fills| fills.iter().any(Result::is_ok)))
        }
        _ => true,
    };
    (!done).then(|| "nothing left to do".into())
}
