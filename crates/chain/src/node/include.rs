//! Signs, submits and waits until all is in blocks.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use subxt::utils::H256;

use super::{events, network, nonces::Nonces, runtimes::version_key, NodeChain};
use crate::{
    error::ChainError,
    extrinsic::{storage_prefix, Action},
    facts::{outcome, Outcome},
    types::Signer,
};

/// Longest wait for the next of our transactions to get into a block,
const INCLUSION_TIMEOUT: Duration = Duration::from_secs(60);
/// and how many blocks at least.
const INCLUSION_BLOCKS: u32 = 10;
/// How often a new block is looked for: as often where blocks come with transactions, within
/// milliseconds,
const SHORTEST_POLL: Duration = Duration::from_millis(5);
/// and so many times a block elsewhere.
const POLLS_PER_BLOCK: u32 = 24;

/// A transaction on its way.
struct Sent<'a> {
    signer: &'a Signer,
    action: &'a Action,
    nonce: u32,
    /// Bytes that stand for it: more than one after a runtime upgrade.
    bytes: Vec<Vec<u8>>,
}

impl NodeChain {
    /// Signs an action with the signer's next nonce and waits for its block.
    pub(super) fn act(&self, signer: &Signer, action: &Action) -> Result<Outcome, ChainError> {
        let outcome = self
            .include(&[(signer, action)])?
            .pop()
            .ok_or_else(|| ChainError::Rpc("no outcome for the transaction".into()))?;
        match &outcome.receipt.result {
            Ok(()) => Ok(outcome),
            Err(error) => Err(error.clone().into()),
        }
    }

    /// Signs actions, submits them and waits until all are in blocks.
    pub(super) fn include(
        &self,
        actions: &[(&Signer, &Action)],
    ) -> Result<Vec<Outcome>, ChainError> {
        let (heads, codec) = self.newest()?;
        let (mut scanned, mut versions) = (heads.best.number, codec.versions());
        let block_time = network::block_time_ms(&codec)?.map(Duration::from_millis);
        let poll = block_time.map_or(SHORTEST_POLL, |time| time / POLLS_PER_BLOCK);
        let longest = block_time.map_or(INCLUSION_TIMEOUT, |time| time * INCLUSION_BLOCKS);
        let longest = longest.max(INCLUSION_TIMEOUT);

        let mut sent = self.send(actions)?;
        let mut missing: BTreeSet<usize> = (0..sent.len()).collect();
        // Signed for a runtime that is no more.
        let mut stale = BTreeSet::new();
        let mut found: BTreeMap<usize, Outcome> = BTreeMap::new();
        let mut deadline = Instant::now() + longest;
        while !missing.is_empty() {
            let best = self.rpc.best_number()?;
            while scanned < best {
                scanned += 1;
                for (at, outcome) in self.outcomes(self.rpc.hash_of(scanned)?, &sent, &missing)? {
                    missing.remove(&at);
                    found.insert(at, outcome);
                    deadline = Instant::now() + longest;
                }
                let now = self.newest()?.1.versions();
                if now != versions {
                    versions = now;
                    stale = missing.clone();
                }
                stale.retain(|at| missing.contains(at));
                self.send_again(&mut sent, &mut stale)?;
            }
            if !missing.is_empty() {
                if Instant::now() > deadline {
                    let (missing, of) = (missing.len(), sent.len());
                    return Err(ChainError::NotIncluded { missing, of });
                }
                std::thread::sleep(poll);
            }
        }
        Ok(found.into_values().collect())
    }

    fn send<'a>(&self, actions: &[(&'a Signer, &'a Action)]) -> Result<Vec<Sent<'a>>, ChainError> {
        let mut nonces = Nonces::new(|account| self.rpc.next_nonce(account));
        let mut sent = Vec::with_capacity(actions.len());
        for (signer, action) in actions {
            let with = |nonce| {
                self.sign_action(signer, nonce, action, self.own_terms()).map(|(bytes, _)| bytes)
            };
            let (nonce, bytes) =
                nonces.submit(signer.account(), with, |bytes| self.rpc.submit(bytes))?;
            sent.push(Sent { signer, action, nonce, bytes: vec![bytes] });
        }
        Ok(sent)
    }

    /// After a runtime upgrade no block takes what was signed before it: signs it again, with the same
    /// nonces, so that nothing can happen twice. What a pool does not take, because the old one still waits
    /// in it, stays stale until the next block.
    fn send_again(
        &self,
        sent: &mut [Sent<'_>],
        stale: &mut BTreeSet<usize>,
    ) -> Result<(), ChainError> {
        for at in stale.clone() {
            let Some(one) = sent.get_mut(at) else { continue };
            let (bytes, _) =
                self.sign_action(one.signer, one.nonce, one.action, self.own_terms())?;
            match self.rpc.submit(&bytes) {
                Ok(()) => {
                    one.bytes.push(bytes);
                    stale.remove(&at);
                }
                // Or it is in a block already, which is still to be looked at.
                Err(ChainError::Rejected(why)) if why.is_about_the_nonce() => {}
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    /// Outcomes of those of the missing that are in a block.
    fn outcomes(
        &self,
        hash: H256,
        sent: &[Sent<'_>],
        missing: &BTreeSet<usize>,
    ) -> Result<Vec<(usize, Outcome)>, ChainError> {
        let block = self.rpc.block(hash)?;
        let wanted: BTreeMap<&[u8], usize> = missing
            .iter()
            .filter_map(|at| Some((*at, sent.get(*at)?)))
            .flat_map(|(at, one)| one.bytes.iter().map(move |bytes| (bytes.as_slice(), at)))
            .collect();
        let ours: BTreeMap<usize, usize> = block
            .extrinsics
            .iter()
            .enumerate()
            .filter_map(|(index, bytes)| wanted.get(bytes.as_slice()).map(|at| (index, *at)))
            .collect();
        if ours.is_empty() {
            return Ok(Vec::new());
        }
        let time_ms = self.now_at(Some(hash))?;
        let records = self.rpc.storage(&storage_prefix("System", "Events"), Some(hash))?;
        let version = self.rpc.storage(&version_key(), Some(hash))?;
        let codec = self.runtimes.of_block(&self.rpc, version.as_deref(), block.parent)?;
        let mut facts = BTreeMap::<usize, Vec<_>>::new();
        for (extrinsic, fact) in events::facts(&codec, records.unwrap_or_default(), 0)? {
            if let Some(index) = extrinsic.and_then(|index| usize::try_from(index).ok()) {
                facts.entry(index).or_default().push(fact);
            }
        }
        Ok(ours
            .into_iter()
            .map(|(index, at)| {
                (at, outcome(block.number, time_ms, facts.remove(&index).unwrap_or_default()))
            })
            .collect())
    }
}
