//! Several nodes of one chain.
//!
//! An endpoint is trusted for what it says of the state of a block, not for which chain it is on: its
//! genesis must be ours, block headers are checked against their hashes, and blocks must connect to
//! those that we know. One that fails, or claims a head that it can't show, is left alone for a while
//! that doubles each time.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use breakwater_chain::{BlockId, ChainError, Hash, Ledger, Signed};
use std::time::{Duration, Instant};

/// Makes a connection to an address.
pub type Connect = Box<dyn Fn(&str) -> Result<Box<dyn Ledger>, ChainError> + Send>;

/// First and longest time for which an endpoint that failed is left alone.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What an endpoint says are the newest blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which endpoint.
    pub index: usize,
    pub best: BlockId,
    pub finalised: BlockId,
}

struct Endpoint {
    url: String,
    link: Option<Box<dyn Ledger>>,
    pauses: ExponentialBackoff,
    retry_at: Instant,
    /// How often it has failed in all.
    failures: u64,
}

/// The endpoints of a chain.
pub struct Endpoints {
    list: Vec<Endpoint>,
    connect: Connect,
    genesis: Option<Hash>,
}

impl Endpoints {
    /// Endpoints of the chain with this genesis, or of the first that answers.
    pub fn new(urls: &[String], genesis: Option<Hash>, connect: Connect) -> Self {
        let endpoint = |url: &String| Endpoint {
            url: url.clone(),
            link: None,
            pauses: pauses(),
            retry_at: Instant::now(),
            failures: 0,
        };
        Self { list: urls.iter().map(endpoint).collect(), connect, genesis }
    }

    /// The chain's genesis, once an endpoint has answered.
    ///
    /// # Errors
    /// The last endpoint's if none answers.
    pub fn genesis(&mut self) -> Result<Hash, ChainError> {
        if let Some(genesis) = self.genesis {
            return Ok(genesis);
        }
        let mut last = ChainError::Connect("no endpoints".into());
        for index in 0..self.list.len() {
            match self.link(index).and_then(|link| link.genesis()) {
                Ok(genesis) => {
                    self.genesis = Some(genesis);
                    return Ok(genesis);
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

    /// For each endpoint its address, whether there is a connection, and how often it has failed.
    pub fn states(&self) -> impl Iterator<Item = (&str, bool, u64)> {
        self.list.iter().map(|one| (one.url.as_str(), one.link.is_some(), one.failures))
    }

    /// What one endpoint says are the newest blocks. It is left alone for a while if it fails.
    ///
    /// # Errors
    /// Its own.
    pub fn claim(&mut self, index: usize) -> Result<Claim, ChainError> {
        self.with(index, |link| {
            let (best, finalised) = (link.best()?, link.finalised()?);
            Ok(Claim { index, best, finalised })
        })
    }

    /// What all endpoints say that answer, the most promising first.
    pub fn claims(&mut self) -> Vec<Claim> {
        let mut claims: Vec<Claim> =
            (0..self.list.len()).filter_map(|index| self.claim(index).ok()).collect();
        self.outvote(&mut claims);
        rank(&mut claims);
        claims
    }

    /// Uses one endpoint. It is left alone for a while if it fails.
    ///
    /// # Errors
    /// Its own; [`ChainError::Connect`] while it is left alone.
    pub fn with<T>(
        &mut self,
        index: usize,
        use_it: impl FnOnce(&mut dyn Ledger) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        let answer = self.link(index).and_then(use_it);
        match &answer {
            // What it refuses for what it is, it answers.
            Ok(_) | Err(ChainError::Rejected(_) | ChainError::Invalid(_)) => {
                if let Some(endpoint) = self.list.get_mut(index) {
                    endpoint.pauses = pauses();
                }
            }
            Err(why) => self.distrust(index, &why.to_string()),
        }
        answer
    }

    /// Leaves an endpoint alone for a while.
    pub fn distrust(&mut self, index: usize, why: &str) {
        let Some(endpoint) = self.list.get_mut(index) else { return };
        if endpoint.retry_at > Instant::now() {
            return;
        }
        let pause = endpoint.pauses.next().unwrap_or(LONGEST_PAUSE);
        let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(endpoint = endpoint.url, why, pause_ms, "endpoint left alone");
        endpoint.link = None;
        endpoint.retry_at = Instant::now() + pause;
        endpoint.failures += 1;
    }

    /// Submits a transaction to every endpoint that can be reached.
    ///
    /// # Errors
    /// If none has taken it: [`ChainError::Rejected`] if one has refused it, else the last one's.
    pub fn submit(&mut self, signed: &Signed) -> Result<(), ChainError> {
        let mut outcome = Err(ChainError::Connect("no endpoint can be reached".into()));
        for index in 0..self.list.len() {
            let answer = self.with(index, |link| link.submit_signed(signed));
            let is_worse = match (&outcome, &answer) {
                (Ok(()), _) => true,
                (Err(ChainError::Rejected(_)), Err(why)) => why.is_of_the_node(),
                _ => false,
            };
            if !is_worse {
                outcome = answer;
            }
        }
        outcome
    }

    /// The connection to an endpoint, made if it is time.
    fn link(&mut self, index: usize) -> Result<&mut dyn Ledger, ChainError> {
        let missing = || ChainError::Connect("no such endpoint".into());
        let genesis = self.genesis;
        let endpoint = self.list.get_mut(index).ok_or_else(missing)?;
        if endpoint.link.is_none() {
            if endpoint.retry_at > Instant::now() {
                return Err(ChainError::Connect(format!("{} is left alone", endpoint.url)));
            }
            let mut link = (self.connect)(&endpoint.url)?;
            let found = link.genesis()?;
            if genesis.is_some_and(|genesis| genesis != found) {
                return Err(ChainError::Connect(format!(
                    "{} is on another chain: its genesis is {}",
                    endpoint.url,
                    crate::hex(&found)
                )));
            }
            tracing::info!(endpoint = endpoint.url, "connected");
            endpoint.link = Some(link);
        }
        match &mut endpoint.link {
            Some(link) => Ok(link.as_mut()),
            None => Err(missing()),
        }
    }

    /// Takes out endpoints that contradict most of the others about a block that all call final.
    fn outvote(&mut self, claims: &mut Vec<Claim>) {
        if claims.len() < 3 {
            return;
        }
        let Some(common) = claims.iter().map(|claim| claim.finalised.number).min() else { return };
        let mut votes: Vec<(usize, Option<Hash>)> = Vec::new();
        for claim in claims.iter() {
            let answer = self.with(claim.index, |link| link.hashes(common, common));
            if let Ok(hashes) = answer {
                votes.push((claim.index, hashes.first().copied().flatten()));
            }
        }
        let count = |hash: &Option<Hash>| votes.iter().filter(|(_, other)| other == hash).count();
        let Some(most) = votes.iter().map(|(_, hash)| count(hash)).max() else { return };
        if most * 2 <= votes.len() {
            return;
        }
        let outvoted: Vec<usize> =
            votes.iter().filter(|(_, hash)| count(hash) < most).map(|(index, _)| *index).collect();
        for index in &outvoted {
            self.distrust(*index, "contradicts the others about a final block");
        }
        claims.retain(|claim| !outvoted.contains(&claim.index));
    }
}

/// The newest final block first, then the newest block, then the order of the configuration.
pub fn rank(claims: &mut [Claim]) {
    claims.sort_by(|a, b| {
        let newest = |claim: &Claim| (claim.finalised.number, claim.best.number);
        newest(b).cmp(&newest(a)).then(a.index.cmp(&b.index))
    });
}

fn pauses() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_factor(2.0)
        .with_jitter()
        .without_max_times()
        .build()
}
