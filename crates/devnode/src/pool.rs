//! Transactions that wait for a block.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
};

use breakwater_chain::{AccountId, Rejection};
use breakwater_runtime::{Refusal, Signature};
use scale::{Decode, Encode};
use sp_core::H256;
use sp_runtime::transaction_validity::{TransactionTag, ValidTransaction};
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    block::Fate,
    error::{Error, Result},
};

/// Most transactions and most bytes that wait.
const MOST: usize = 4_096;
const MOST_BYTES: usize = 64 << 20;

/// What becomes of a transaction that somebody watches. At most a few for each, so they may pile up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Future,
    Ready,
    /// In the block with this hash, which is final at once.
    InBlock(H256),
    /// Another transaction has its place.
    Usurped(H256),
    Invalid,
    Dropped,
}

pub struct Waiting {
    pub hash: H256,
    pub bytes: Vec<u8>,
    pub signature: Signature,
    provides: Vec<TransactionTag>,
    priority: u64,
    watchers: Vec<UnboundedSender<Status>>,
}

impl Waiting {
    fn tell(&self, status: Status) {
        // Who no longer watches needs no news.
        for watcher in &self.watchers {
            let _ = watcher.send(status);
        }
    }
}

#[derive(Default)]
pub struct Pool {
    waiting: Vec<Waiting>,
    bytes: usize,
}

impl Pool {
    /// Takes a transaction that the runtime finds valid, now or later.
    ///
    /// # Errors
    /// [`Error::Known`], [`Error::Outbid`], [`Error::PoolFull`].
    pub fn add(
        &mut self,
        bytes: Vec<u8>,
        signature: Signature,
        valid: ValidTransaction,
        watcher: Option<UnboundedSender<Status>>,
    ) -> Result<H256> {
        let hash = H256(sp_core::hashing::blake2_256(&bytes));
        if self.waiting.iter().any(|waiting| waiting.hash == hash) {
            return Err(Error::Known(hash));
        }
        let is_rival =
            |waiting: &Waiting| waiting.provides.iter().any(|tag| valid.provides.contains(tag));
        let rival = self.waiting.iter().position(is_rival);
        if let Some(rival) = rival.map(|at| &self.waiting[at]) {
            if rival.priority >= valid.priority {
                return Err(Error::Outbid { has: rival.priority, offered: valid.priority });
            }
        } else if self.waiting.len() >= MOST || self.bytes.saturating_add(bytes.len()) > MOST_BYTES
        {
            return Err(Error::PoolFull);
        }
        let status = if valid.requires.is_empty() { Status::Ready } else { Status::Future };
        let waiting = Waiting {
            hash,
            signature,
            provides: valid.provides,
            priority: valid.priority,
            watchers: watcher.into_iter().collect(),
            bytes,
        };
        waiting.tell(status);
        self.bytes += waiting.bytes.len();
        match rival {
            Some(at) => {
                let usurped = std::mem::replace(&mut self.waiting[at], waiting);
                self.bytes -= usurped.bytes.len();
                usurped.tell(Status::Usurped(hash));
            }
            None => self.waiting.push(waiting),
        }
        Ok(hash)
    }

    pub fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// Puts those that wait into the order in which an author takes them, as nodes do: the highest priority
    /// first, those of one account by their nonces, and of equals the first that came.
    pub fn sort(&mut self) {
        let mut queues = BTreeMap::<Vec<u8>, VecDeque<(u32, usize)>>::new();
        for (place, waiting) in self.waiting.iter().enumerate() {
            let tag = waiting.provides.first().map_or(&[][..], Vec::as_slice);
            let (who, nonce) = match <(AccountId, u32)>::decode(&mut &*tag) {
                Ok((account, nonce)) => (account.to_vec(), nonce),
                // Nobody's: it stands alone.
                Err(_) => (waiting.hash.0.to_vec(), 0),
            };
            queues.entry(who).or_default().push_back((nonce, place));
        }
        for queue in queues.values_mut() {
            queue.make_contiguous().sort_unstable();
        }
        let ready = |who: &Vec<u8>, queue: &mut VecDeque<(u32, usize)>| {
            let (_, place) = queue.pop_front()?;
            Some((self.waiting.get(place)?.priority, Reverse(place), who.clone()))
        };
        let mut heads: BinaryHeap<_> =
            queues.iter_mut().filter_map(|(who, queue)| ready(who, queue)).collect();
        let mut order = vec![0; self.waiting.len()];
        let mut next = 0..;
        while let Some((_, Reverse(place), who)) = heads.pop() {
            if let (Some(rank), Some(slot)) = (next.next(), order.get_mut(place)) {
                *slot = rank;
            }
            heads.extend(queues.get_mut(&who).and_then(|queue| ready(&who, queue)));
        }
        let mut sorted: Vec<(usize, Waiting)> =
            order.into_iter().zip(std::mem::take(&mut self.waiting)).collect();
        sorted.sort_unstable_by_key(|(rank, _)| *rank);
        self.waiting = sorted.into_iter().map(|(_, waiting)| waiting).collect();
    }

    /// The account's next nonce, if the chain says `next`.
    pub fn next_nonce(&self, account: AccountId, mut next: u32) -> u32 {
        let has = |nonce: u32| {
            let tag = (account, nonce).encode();
            self.waiting.iter().any(|waiting| waiting.provides.contains(&tag))
        };
        while has(next) {
            next = next.saturating_add(1);
        }
        next
    }

    /// Sorts out what was offered to a block, in its order.
    pub fn settle(&mut self, fates: Vec<Fate>, block: H256) {
        let mut fates = fates.into_iter();
        self.waiting.retain(|waiting| {
            let told = match fates.next() {
                None | Some(Fate::Left) => None,
                Some(Fate::Included) => Some(Status::InBlock(block)),
                // One before it may still come.
                Some(Fate::Refused(Refusal::Rejected(Rejection::NonceTooHigh))) => None,
                Some(Fate::Refused(_)) => Some(Status::Invalid),
            };
            if let Some(status) = told {
                waiting.tell(status);
                self.bytes -= waiting.bytes.len();
            }
            told.is_none()
        });
    }

    /// Takes one out that the runtime can't bear.
    pub fn remove(&mut self, index: usize) {
        if index < self.waiting.len() {
            let removed = self.waiting.remove(index);
            self.bytes -= removed.bytes.len();
            removed.tell(Status::Invalid);
        }
    }

    /// Gives up all that wait.
    pub fn clear(&mut self) {
        self.waiting.drain(..).for_each(|waiting| waiting.tell(Status::Dropped));
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dearest_comes_first_and_each_account_in_its_order() {
        let mut pool = Pool::default();
        let mut add = |who: u8, nonce: u32, priority: u64| {
            let provides = vec![([who; 32], nonce).encode()];
            let valid = ValidTransaction { priority, provides, ..ValidTransaction::default() };
            pool.add(vec![who, nonce as u8], Signature::Checked, valid, None).expect("taken");
        };
        add(1, 0, 5);
        add(2, 7, 9);
        add(2, 6, 1);
        add(3, 0, 5);
        add(1, 1, 90);
        pool.sort();
        // 1 and 3 pay the same, and 1 came first; what follows its first is the dearest of all.
        let order: Vec<&[u8]> = pool.waiting().iter().map(|one| &one.bytes[..]).collect();
        assert_eq!(order, [&[1, 0][..], &[1, 1], &[3, 0], &[2, 6], &[2, 7]]);
    }
}
