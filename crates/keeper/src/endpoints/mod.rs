//! Several nodes of one chain, each asked in a thread of its own.
//!
//! An endpoint is trusted for what it says of the state of a block, not for which chain it is on: its
//! genesis must be ours, block headers are checked against their hashes, and blocks must connect to
//! those that we know. One that fails, or claims a head that it can't show, is left alone for a while
//! that doubles each time ([`standing`]). One that does not answer holds up nobody: all are asked at once,
//! whoever is much later than the others is not waited for, and what anybody can answer is asked of
//! another when the one that is followed takes unusually long ([`hedged`]). An endpoint's rank is by what it takes
//! to answer, and by how much later than others it tells of blocks by itself ([`race`]).

mod heads;
mod hedged;
mod label;
mod race;
mod standing;
mod worker;

pub use heads::{rank, Claim};
pub use label::{label, scrub};

use breakwater_chain::{ChainError, Hash, Ledger, Signed};
use heads::Heads;
use hedged::{Failed, Hedged, Note, Outcome};
use race::Race;
use standing::Standing;
use std::{
    sync::{
        mpsc::{channel, Receiver, Sender},
        Arc, PoisonError,
    },
    time::{Duration, Instant},
};
use worker::{Genesis, Worker};

/// Makes a connection to an address.
pub type Connect = Box<dyn Fn(&str) -> Result<Box<dyn Ledger>, ChainError> + Send + Sync>;

/// Longest wait for an answer unless told.
const PATIENCE: Duration = Duration::from_secs(5);
/// An endpoint is waited for so many times as long as the first that has answered took, at least this.
const LATER: u32 = 4;
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

struct Endpoint {
    address: String,
    label: String,
    worker: Worker,
    standing: Standing,
    /// Since when it has not answered what it claims.
    asked: Option<Instant>,
}

/// The endpoints of a chain.
pub struct Endpoints {
    list: Vec<Endpoint>,
    genesis: Genesis,
    patience: Duration,
    replies: Sender<Heads>,
    inbox: Receiver<Heads>,
    /// Who tells of blocks when.
    race: Race,
    /// Spreads pauses.
    chance: u32,
}

impl Endpoints {
    /// Endpoints of the chain with this genesis, or of the first that answers.
    pub fn new(urls: &[String], genesis: Option<Hash>, connect: Connect) -> Self {
        let (genesis, connect): (Genesis, _) =
            (Arc::new(std::sync::Mutex::new(genesis)), Arc::new(connect));
        let endpoint = |url: &String| Endpoint {
            address: url.clone(),
            label: label(url),
            worker: Worker::start(url.clone(), Arc::clone(&connect), Arc::clone(&genesis)),
            standing: Standing::default(),
            asked: None,
        };
        let (replies, inbox) = channel();
        let list = urls.iter().map(endpoint).collect();
        let chance = std::process::id();
        let race = Race::default();
        Self { list, genesis, patience: PATIENCE, replies, inbox, race, chance }
    }

    /// Waits no longer than this for an answer.
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The chain's genesis, once an endpoint has answered.
    ///
    /// # Errors
    /// The last endpoint's if none answers.
    pub fn genesis(&mut self) -> Result<Hash, ChainError> {
        if let Some(genesis) = *self.genesis.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(genesis);
        }
        let mut last = ChainError::Connect("no endpoint answers".into());
        // One after the other: the chain of the first that answers is that of all.
        for index in 0..self.list.len() {
            match self.with_only(index, |link| link.genesis()) {
                Ok(genesis) => {
                    let mut ours = self.genesis.lock().unwrap_or_else(PoisonError::into_inner);
                    return Ok(*ours.insert(genesis));
                }
                Err(why) => last = why,
            }
        }
        Err(last)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// For each endpoint its address without secrets, whether it answers, and how often it has failed.
    pub fn states(&self) -> impl Iterator<Item = (&str, bool, u64)> {
        self.list.iter().map(|one| (one.label.as_str(), one.standing.is_up, one.standing.failures))
    }

    /// Those that answer, but for one.
    pub fn others(&self, index: usize) -> Vec<usize> {
        let up = self.list.iter().enumerate().filter(|(_, one)| one.standing.is_up);
        up.map(|(other, _)| other).filter(|other| *other != index).collect()
    }

    /// Uses one endpoint; others stand in where that makes no difference. It is left alone for a while if
    /// it fails.
    ///
    /// # Errors
    /// Its own; [`ChainError::Connect`] while it is left alone.
    pub fn with<T>(
        &mut self,
        index: usize,
        use_it: impl FnOnce(&mut dyn Ledger) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        let spares = self.others(index);
        self.with_spares(index, &spares, |_| false, use_it)
    }

    /// Uses one endpoint alone: nobody else answers for it.
    ///
    /// # Errors
    /// As [`Endpoints::with`].
    pub fn with_only<T>(
        &mut self,
        index: usize,
        use_it: impl FnOnce(&mut dyn Ledger) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        self.with_spares(index, &[], |_| false, use_it)
    }

    /// Asks one endpoint alone for what it may not have, such as the state of an old block: that it has not
    /// is no failure.
    ///
    /// # Errors
    /// As [`Endpoints::with`].
    pub fn probe<T>(
        &mut self,
        index: usize,
        use_it: impl FnOnce(&mut dyn Ledger) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        self.with_spares(index, &[], |failed| failed.is_answer, use_it)
    }

    /// Uses one endpoint for what may take it longer than we wait: that it does is no failure.
    ///
    /// # Errors
    /// As [`Endpoints::with`].
    pub fn with_long<T>(
        &mut self,
        index: usize,
        use_it: impl FnOnce(&mut dyn Ledger) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        self.with_spares(index, &[], |failed| failed.is_late, use_it)
    }

    fn with_spares<T>(
        &mut self,
        index: usize,
        spares: &[usize],
        forgives: impl Fn(&Failed) -> bool,
        use_it: impl FnOnce(&mut dyn Ledger) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        let Some(endpoint) = self.list.get(index) else {
            return Err(ChainError::Connect("no such endpoint".into()));
        };
        if self.is_left_alone(index) {
            return Err(ChainError::Connect(format!("{} is left alone", endpoint.label)));
        }
        let spares =
            spares.iter().filter_map(|index| Some((*index, &self.list.get(*index)?.worker)));
        let mut hedged = Hedged {
            main: (index, &endpoint.worker),
            standing: endpoint.standing.clone(),
            spares: spares.filter(|(_, worker)| !worker.is_busy()).collect(),
            // Its own patience comes first; some questions are two.
            patience: self.patience * 2,
            notes: Vec::new(),
        };
        let answer = use_it(&mut hedged);
        for Note { index, outcome } in std::mem::take(&mut hedged.notes) {
            match outcome {
                Outcome::Answered(took) => self.answered(index, took),
                Outcome::Overtaken(took) => {
                    if let Some(endpoint) = self.list.get_mut(index) {
                        endpoint.standing.took(took);
                    }
                }
                Outcome::Failed(failed) if forgives(&failed) => {}
                Outcome::Failed(Failed { why, .. }) => self.distrust(index, &why),
            }
        }
        answer.map_err(|why| self.scrubbed(why))
    }

    fn answered(&mut self, index: usize, took: Duration) {
        if let Some(endpoint) = self.list.get_mut(index) {
            endpoint.standing.took(took);
        }
        self.is_there(index);
    }

    /// An endpoint has answered, or told by itself.
    fn is_there(&mut self, index: usize) {
        let Some(endpoint) = self.list.get_mut(index) else { return };
        if endpoint.standing.is_there(Instant::now()) {
            tracing::info!(endpoint = endpoint.label, "connected");
        }
    }

    /// Leaves an endpoint alone for a while.
    pub fn distrust(&mut self, index: usize, why: &str) {
        // A keeper's own numbers: others that see the same failure come back at other times.
        self.chance = self.chance.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let chance = f64::from(self.chance) / f64::from(u32::MAX);
        let Some(endpoint) = self.list.get_mut(index) else { return };
        let was_up = endpoint.standing.is_up;
        let Some(pause) = endpoint.standing.failed(chance, Instant::now()) else { return };
        let why = scrub(why, &endpoint.address);
        let (endpoint, pause_ms) = (&endpoint.label, pause.as_millis());
        match was_up {
            true => tracing::warn!(endpoint, why, pause_ms, "endpoint left alone"),
            // It was said when it began.
            false => tracing::debug!(endpoint, why, pause_ms, "endpoint left alone again"),
        }
    }

    fn is_left_alone(&self, index: usize) -> bool {
        let is_lone = self.others(index).is_empty();
        let endpoint = self.list.get(index);
        endpoint.is_none_or(|one| one.standing.is_left_alone(is_lone, Instant::now()))
    }

    /// An error without secrets.
    fn scrubbed(&self, why: ChainError) -> ChainError {
        let clean = |text: String| {
            self.list.iter().fold(text, |text, endpoint| scrub(&text, &endpoint.address))
        };
        match why {
            ChainError::Connect(text) => ChainError::Connect(clean(text)),
            ChainError::Disconnected(text) => ChainError::Disconnected(clean(text)),
            ChainError::Rpc(text) => ChainError::Rpc(clean(text)),
            other => other,
        }
    }

    /// How many blocks are read of an endpoint at once, at most `most`.
    pub fn batch(&self, index: usize, most: u64) -> u64 {
        self.list.get(index).map_or(1, |one| one.standing.batch(most))
    }

    /// A batch of blocks took so long.
    pub fn batch_took(&mut self, index: usize, took: Duration, most: u64) {
        if let Some(endpoint) = self.list.get_mut(index) {
            endpoint.standing.batch_took(took, self.patience, most);
        }
    }

    /// Submits a transaction to every endpoint that can be reached, at once. Those much later than the
    /// first that takes it are not waited for.
    ///
    /// # Errors
    /// If none has taken it: [`ChainError::Rejected`] if one has refused it, else the last one's.
    pub fn submit(&mut self, signed: &Signed) -> Result<(), ChainError> {
        let (replies, inbox) = channel();
        let mut waiting = 0;
        let began = Instant::now();
        for index in 0..self.list.len() {
            let is_alone = self.is_left_alone(index);
            let Some(endpoint) = self.list.get(index).filter(|_| !is_alone) else { continue };
            let (signed, replies) = (signed.clone(), replies.clone());
            let request = move |link: &mut dyn Ledger| link.submit_signed(&signed);
            let answer = move |answer| drop(replies.send((index, answer)));
            waiting += usize::from(endpoint.worker.ask(request, answer));
        }
        let mut outcome = Err(ChainError::Connect("no endpoint can be reached".into()));
        let mut until = self.patience * 2;
        while waiting != 0 {
            let left = until.saturating_sub(began.elapsed());
            let Ok((index, answer)) = inbox.recv_timeout(left) else { break };
            waiting -= 1;
            match &answer {
                Ok(()) | Err(ChainError::Rejected(_) | ChainError::Invalid(_)) => {
                    self.answered(index, began.elapsed());
                }
                Err(why) => self.distrust(index, &why.to_string()),
            }
            if answer.is_ok() {
                until = until.min(began.elapsed() * LATER + SHORTEST_WAIT);
            }
            let is_worse = match (&outcome, &answer) {
                (Ok(()), _) => true,
                (Err(ChainError::Rejected(_)), Err(why)) => why.is_of_the_node(),
                _ => false,
            };
            if !is_worse {
                outcome = answer;
            }
        }
        outcome.map_err(|why| self.scrubbed(why))
    }
}

#[cfg(test)]
mod tests;
