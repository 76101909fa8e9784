//! What endpoints claim are the newest blocks, and whom to follow.

use super::{Endpoints, LATER, SHORTEST_WAIT};
use breakwater_chain::{BlockId, ChainError, Hash, Ledger};
use std::{
    sync::mpsc::RecvTimeoutError,
    time::{Duration, Instant},
};

/// What an endpoint says are the newest blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Which endpoint.
    pub index: usize,
    pub best: BlockId,
    pub finalised: BlockId,
}

/// An endpoint's heads, best and final, and what it told of the best by itself.
type Heard = ([BlockId; 2], Option<(BlockId, Instant)>);
/// What an endpoint has answered, and how long that took.
pub(super) type Heads = (usize, Result<Heard, ChainError>, Duration);

impl Endpoints {
    /// What one endpoint says are the newest blocks; none if it does not answer as fast as usual.
    pub fn claim(&mut self, index: usize) -> Option<Claim> {
        let usual = self.list.get(index).map_or(Duration::ZERO, |one| one.standing.latency);
        let wait = (usual * LATER).max(SHORTEST_WAIT);
        self.poll(&[index], wait).pop()
    }

    /// What all endpoints say that answer, the most promising first.
    pub fn claims(&mut self) -> Vec<Claim> {
        let all: Vec<usize> = (0..self.list.len()).collect();
        let mut claims = self.poll(&all, self.patience);
        self.outvote(&mut claims);
        let delay = |index: usize| self.list.get(index).map(|one| one.standing.delay());
        rank(&mut claims, |index| delay(index).unwrap_or_default());
        claims
    }

    /// Asks endpoints at once. Waits `first` for an answer, and then a little for the others'.
    fn poll(&mut self, indices: &[usize], first: Duration) -> Vec<Claim> {
        self.take_late_answers();
        let mut waiting: Vec<usize> =
            indices.iter().copied().filter(|index| self.ask_heads(*index)).collect();
        if waiting.is_empty() {
            // Those that were asked before, if there is nobody else.
            let is_asked =
                |index: &usize| self.list.get(*index).is_some_and(|one| one.asked.is_some());
            waiting = indices.iter().copied().filter(is_asked).collect();
        }
        let (began, mut until) = (Instant::now(), first);
        let mut claims: Vec<Claim> = Vec::new();
        while !waiting.is_empty() {
            let left = until.saturating_sub(began.elapsed());
            let heads = match self.inbox.recv_timeout(left) {
                Ok(heads) => heads,
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            };
            waiting.retain(|index| *index != heads.0);
            if let Some(claim) = self.take(heads) {
                if claims.is_empty() {
                    let wait = (began.elapsed() * LATER).max(SHORTEST_WAIT);
                    until = (began.elapsed() + wait).min(until);
                }
                claims.retain(|held| held.index != claim.index);
                claims.push(claim);
            }
        }
        claims.retain(|claim| indices.contains(&claim.index));
        claims
    }

    /// Asks an endpoint what it claims, unless it is left alone or has not answered the last time. Whether
    /// there will be an answer.
    fn ask_heads(&mut self, index: usize) -> bool {
        let is_alone = self.is_left_alone(index);
        let Some(endpoint) = self.list.get_mut(index) else { return false };
        if endpoint.worker.is_busy() || is_alone {
            return false;
        }
        let (replies, began) = (self.replies.clone(), Instant::now());
        let request =
            |link: &mut dyn Ledger| Ok(([link.best()?, link.finalised()?], link.head_told()?));
        let is_asked = endpoint.worker.ask(request, move |answer| {
            // Nobody is there any more.
            drop(replies.send((index, answer, began.elapsed())));
        });
        endpoint.asked = is_asked.then_some(began);
        is_asked
    }

    /// Answers that came later than they were waited for, and those that are overdue.
    fn take_late_answers(&mut self) {
        while let Ok(heads) = self.inbox.try_recv() {
            self.take(heads);
        }
        for index in 0..self.list.len() {
            let asked = self.list.get(index).and_then(|one| one.asked);
            if asked.is_some_and(|at| at.elapsed() > self.patience) {
                if let Some(endpoint) = self.list.get_mut(index) {
                    endpoint.asked = None;
                }
                self.distrust(index, &ChainError::Timeout(self.patience).to_string());
            }
        }
    }

    fn take(&mut self, (index, answer, took): Heads) -> Option<Claim> {
        if let Some(endpoint) = self.list.get_mut(index) {
            endpoint.asked = None;
        }
        match answer {
            Ok(([best, finalised], told)) => {
                match told {
                    // It answers at once what it was told, however late that came.
                    Some((block, at)) => {
                        self.is_there(index);
                        self.was_told(index, block.hash, at);
                    }
                    None => self.answered(index, took),
                }
                Some(Claim { index, best, finalised })
            }
            Err(why) => {
                self.distrust(index, &why.to_string());
                None
            }
        }
    }

    fn was_told(&mut self, index: usize, block: Hash, at: Instant) {
        for (index, late) in self.race.told(index, block, at) {
            if let Some(endpoint) = self.list.get_mut(index) {
                endpoint.standing.was_late(late);
            }
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
            let answer = self.with_only(claim.index, |link| link.hashes(common, common));
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

/// The newest final block first, then the newest block, then who answers twice as fast, then the order of
/// the configuration.
pub fn rank(claims: &mut [Claim], delay: impl Fn(usize) -> Duration) {
    // In powers of two of 20 ms: what differs by chance is the same.
    let class = |index| 127 - (delay(index).as_millis() / 20 + 1).leading_zeros();
    claims.sort_by(|a, b| {
        let newest = |claim: &Claim| (claim.finalised.number, claim.best.number);
        let slower = class(a.index).cmp(&class(b.index));
        newest(b).cmp(&newest(a)).then(slower).then(a.index.cmp(&b.index))
    });
}
