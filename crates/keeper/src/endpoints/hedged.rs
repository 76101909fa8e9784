//! One endpoint as a ledger, backed by the others: what does not depend on who is asked (the state of a
//! block that is named by its hash) is asked of another too when the answer takes unusually long.
//!
//! What an endpoint claims for itself (its newest block, which block has a number, what happened in one) is
//! asked of it alone: whoever follows it must know who said so.

use super::{standing::Standing, worker::Worker};
use breakwater_chain::{
    AccountId, Block, BlockId, ChainError, ContractCall, DryRun, Hash, Item, Ledger, Network,
    Signed, SignedUntil, Signer, Terms,
};
use std::{
    sync::{
        mpsc::{channel, RecvTimeoutError, Sender},
        Arc,
    },
    time::{Duration, Instant},
};

/// Another is asked after so many times the usual time of an answer, at least this.
const UNUSUAL: u32 = 4;
/// Nobody else is asked before this.
const SHORTEST_HEDGE: Duration = Duration::from_millis(250);

/// What became of a request at an endpoint.
pub struct Note {
    pub index: usize,
    pub outcome: Outcome,
}

/// How an endpoint has done.
pub enum Outcome {
    /// It has answered, after so long.
    Answered(Duration),
    /// Another has answered before it, which was asked later: it takes longer than this.
    Overtaken(Duration),
    Failed(Failed),
}

/// Why a request has failed.
pub struct Failed {
    pub why: String,
    /// It has answered, but not with what was asked for.
    pub is_answer: bool,
    /// It has not answered in time.
    pub is_late: bool,
}

impl From<&ChainError> for Failed {
    fn from(why: &ChainError) -> Self {
        Self {
            why: why.to_string(),
            is_answer: matches!(why, ChainError::Rpc(_)),
            is_late: matches!(why, ChainError::Timeout(_)),
        }
    }
}

/// An endpoint and who stands in for it.
pub struct Hedged<'e> {
    pub main: (usize, &'e Worker),
    pub standing: Standing,
    /// Those to be asked besides, in order.
    pub spares: Vec<(usize, &'e Worker)>,
    /// Longest wait for an answer.
    pub patience: Duration,
    pub notes: Vec<Note>,
}

type Reply<T> = (usize, Result<T, ChainError>);

impl Note {
    fn is_failure(&self) -> bool {
        matches!(self.outcome, Outcome::Failed(_))
    }
}

impl Hedged<'_> {
    /// One has answered, each by when it was asked: those that were asked before it and have not yet are slow.
    fn has_answered(&mut self, index: usize, asked: &[(usize, Instant)]) {
        let Some((_, at)) = asked.iter().find(|(other, _)| *other == index) else { return };
        let earlier = asked.iter().filter(|(other, since)| *other != index && since < at);
        let overtaken = earlier.map(|(index, since)| Note {
            index: *index,
            outcome: Outcome::Overtaken(since.elapsed()),
        });
        self.notes.extend(overtaken);
        self.notes.push(Note { index, outcome: Outcome::Answered(at.elapsed()) });
    }

    fn run<T: Send + 'static>(
        &mut self,
        may_hedge: bool,
        request: impl Fn(&mut dyn Ledger) -> Result<T, ChainError> + Send + Sync + 'static,
    ) -> Result<T, ChainError> {
        let request = Arc::new(request);
        let (replies, inbox) = channel::<Reply<T>>();
        let ask = |(index, worker): (usize, &Worker), replies: &Sender<Reply<T>>| {
            let (request, replies) = (Arc::clone(&request), replies.clone());
            // Nobody waits any more for a reply that comes late.
            worker.ask(move |link| request(link), move |answer| drop(replies.send((index, answer))))
        };
        let began = Instant::now();
        // When each was asked.
        let mut asked = vec![(self.main.0, began)];
        let unusual = (self.standing.latency * UNUSUAL).max(SHORTEST_HEDGE).min(self.patience);
        let mut spares = if may_hedge { self.spares.clone() } else { Vec::new() }.into_iter();
        let mut waiting = usize::from(ask(self.main, &replies));
        let mut last = ChainError::Connect("no endpoint can be asked".into());
        let mut next_at = unusual;
        loop {
            let left = self.patience.saturating_sub(began.elapsed());
            let has_spare = spares.len() != 0;
            let wait = if waiting == 0 {
                Duration::ZERO
            } else if has_spare {
                next_at.saturating_sub(began.elapsed()).min(left)
            } else {
                left
            };
            match inbox.recv_timeout(wait) {
                Ok((index, Ok(answer))) => {
                    self.has_answered(index, &asked);
                    return Ok(answer);
                }
                // What it refuses for what it is, it answers.
                Ok((index, Err(why))) if !why.is_of_the_node() => {
                    self.has_answered(index, &asked);
                    return Err(why);
                }
                Ok((index, Err(why))) => {
                    waiting = waiting.saturating_sub(1);
                    asked.retain(|(other, _)| *other != index);
                    // One that stands in may not have the block.
                    if index == self.main.0 {
                        let outcome = Outcome::Failed(Failed::from(&why));
                        self.notes.push(Note { index, outcome });
                    }
                    last = why;
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected)
                    if has_spare && began.elapsed() < self.patience =>
                {
                    let Some(spare) = spares.next() else { continue };
                    asked.push((spare.0, Instant::now()));
                    waiting += usize::from(ask(spare, &replies));
                    next_at = began.elapsed() + unusual;
                }
                Err(_) if waiting == 0 => return Err(last),
                Err(_) => {
                    let why = ChainError::Timeout(self.patience);
                    let main_replied = self
                        .notes
                        .iter()
                        .any(|note| note.index == self.main.0 && note.is_failure());
                    if !main_replied {
                        let outcome = Outcome::Failed(Failed::from(&why));
                        self.notes.push(Note { index: self.main.0, outcome });
                    }
                    return Err(why);
                }
            }
        }
    }
}

impl Ledger for Hedged<'_> {
    fn genesis(&mut self) -> Result<Hash, ChainError> {
        self.run(false, |link| link.genesis())
    }
    fn best(&mut self) -> Result<BlockId, ChainError> {
        self.run(false, |link| link.best())
    }
    fn head_told(&mut self) -> Result<Option<(BlockId, Instant)>, ChainError> {
        self.run(false, |link| link.head_told())
    }
    fn finalised(&mut self) -> Result<BlockId, ChainError> {
        self.run(false, |link| link.finalised())
    }
    fn hashes(&mut self, from: u64, to: u64) -> Result<Vec<Option<Hash>>, ChainError> {
        self.run(false, move |link| link.hashes(from, to))
    }
    fn blocks(&mut self, hashes: &[Hash]) -> Result<Vec<Block>, ChainError> {
        let hashes = hashes.to_vec();
        self.run(false, move |link| link.blocks(&hashes))
    }
    fn call_at(
        &mut self,
        at: Hash,
        origin: AccountId,
        call: &ContractCall,
    ) -> Result<DryRun, ChainError> {
        let call = call.clone();
        self.run(true, move |link| link.call_at(at, origin, &call))
    }
    fn nonce_at(&mut self, at: Hash, account: AccountId) -> Result<u32, ChainError> {
        self.run(true, move |link| link.nonce_at(at, account))
    }
    fn sign_with(
        &mut self,
        signer: &Signer,
        nonce: u32,
        calls: &[ContractCall],
        terms: Terms,
    ) -> Result<SignedUntil, ChainError> {
        let (signer, calls) = (signer.clone(), calls.to_vec());
        self.run(true, move |link| link.sign_with(&signer, nonce, &calls, terms))
    }
    fn next_nonce(&mut self, account: AccountId) -> Result<u32, ChainError> {
        self.run(false, move |link| link.next_nonce(account))
    }
    fn pending(&mut self) -> Result<Vec<Signed>, ChainError> {
        self.run(false, |link| link.pending())
    }
    fn network(&mut self) -> Result<Network, ChainError> {
        self.run(false, |link| link.network())
    }
    fn fee_at(&mut self, at: Hash, signed: &Signed) -> Result<u128, ChainError> {
        let signed = signed.clone();
        self.run(true, move |link| link.fee_at(at, &signed))
    }
    fn submit_signed(&mut self, signed: &Signed) -> Result<(), ChainError> {
        let signed = signed.clone();
        self.run(false, move |link| link.submit_signed(&signed))
    }
    fn balance_at(&mut self, at: Hash, account: AccountId) -> Result<u128, ChainError> {
        self.run(true, move |link| link.balance_at(at, account))
    }
    fn code_hash_at(&mut self, at: Hash, contract: AccountId) -> Result<Option<Hash>, ChainError> {
        self.run(true, move |link| link.code_hash_at(at, contract))
    }
    fn items_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        prefix: &[u8],
    ) -> Result<Vec<Item>, ChainError> {
        let prefix = prefix.to_vec();
        self.run(false, move |link| link.items_at(at, contract, &prefix))
    }
    fn values_at(
        &mut self,
        at: Hash,
        contract: AccountId,
        keys: &[Vec<u8>],
    ) -> Result<Vec<Option<Vec<u8>>>, ChainError> {
        let keys = keys.to_vec();
        self.run(true, move |link| link.values_at(at, contract, &keys))
    }
    fn is_development(&mut self) -> Result<bool, ChainError> {
        self.run(false, |link| link.is_development())
    }
}
