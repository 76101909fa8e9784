//! Nodes of state tries, counted: every state that is kept shares what it has in common with others.
//!
//! A block adds the nodes that its changes made and counts down those it has replaced. The first happens
//! when the block is made, the second when the state before it is given up: so memory is one state and
//! what has changed since the oldest that is kept.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use scale::{Decode, Encode};
use sp_core::{Blake2Hasher, Hasher, H256};
use sp_state_machine::{BackendTransaction, TrieBackendStorage};

/// Nodes of all states that are kept.
#[derive(Clone, Debug, Default)]
pub struct Nodes(Arc<RwLock<HashMap<H256, Counted>>>);

/// How often a node stands in the tries, and its bytes.
#[derive(Clone, Debug, Encode, Decode)]
pub struct Counted {
    count: u32,
    bytes: Arc<Vec<u8>>,
}

/// What a block changes.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Nodes it makes, and how many times each.
    added: Vec<(H256, u32, Arc<Vec<u8>>)>,
    removed: Vec<(H256, u32)>,
}

/// The same without the nodes' bytes: enough to take it back, or to finish it.
#[derive(Clone, Debug, Default, Encode, Decode)]
pub struct Record {
    added: Vec<(H256, u32)>,
    removed: Vec<(H256, u32)>,
}

impl Change {
    /// Of what a block's execution leaves.
    pub fn new(mut transaction: BackendTransaction<Blake2Hasher>) -> Self {
        let mut change = Self::default();
        for (key, (bytes, count)) in transaction.drain() {
            // The key is the node's place in the trie and its hash; places are counted together.
            let hash = H256::from_slice(&key[key.len() - H256::len_bytes()..]);
            match count {
                0 => {}
                1.. => change.added.push((hash, count.unsigned_abs(), Arc::new(bytes))),
                _ => change.removed.push((hash, count.unsigned_abs())),
            }
        }
        change
    }

    pub fn record(&self) -> Record {
        let added = self.added.iter().map(|(hash, count, _)| (*hash, *count)).collect();
        Record { added, removed: self.removed.clone() }
    }
}

impl Record {
    /// Every node it adds or removes.
    pub fn touched(&self) -> impl Iterator<Item = H256> + '_ {
        self.added.iter().chain(&self.removed).map(|(hash, _)| *hash)
    }
}

impl Nodes {
    /// All of these, as they were stored.
    pub fn restore(nodes: impl IntoIterator<Item = (H256, Counted)>) -> Self {
        Self(Arc::new(RwLock::new(nodes.into_iter().collect())))
    }

    /// A new block's nodes come; those it replaced stay for the states before it.
    pub fn add(&self, change: &Change) {
        self.write(|nodes| {
            for (hash, count, bytes) in &change.added {
                let node = nodes
                    .entry(*hash)
                    .or_insert_with(|| Counted { count: 0, bytes: Arc::clone(bytes) });
                node.count += count;
            }
        });
    }

    /// The state before this block is given up: what the block has replaced goes.
    pub fn finish(&self, record: &Record) {
        self.write(|nodes| record.removed.iter().for_each(|node| count_down(nodes, node)));
    }

    /// The block is taken back: what it made goes.
    pub fn undo(&self, record: &Record) {
        self.write(|nodes| record.added.iter().for_each(|node| count_down(nodes, node)));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.read(HashMap::len)
    }

    /// All there are.
    pub fn hashes(&self) -> Vec<H256> {
        self.read(|nodes| nodes.keys().copied().collect())
    }

    /// A node as it is stored; `None` if it is gone.
    pub fn stored(&self, hash: &H256) -> Option<Counted> {
        self.read(|nodes| nodes.get(hash).cloned())
    }

    fn read<T>(&self, f: impl FnOnce(&HashMap<H256, Counted>) -> T) -> T {
        // Nothing here panics half way through a change.
        f(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, f: impl FnOnce(&mut HashMap<H256, Counted>) -> T) -> T {
        f(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

fn count_down(nodes: &mut HashMap<H256, Counted>, (hash, count): &(H256, u32)) {
    if let Some(node) = nodes.get_mut(hash) {
        node.count = node.count.saturating_sub(*count);
        if node.count == 0 {
            nodes.remove(hash);
        }
    }
}

/// The empty trie's only node, which no block adds.
const EMPTY_TRIE: [u8; 1] = [0];

/// Root of a trie without entries.
pub fn empty_root() -> H256 {
    Blake2Hasher::hash(&EMPTY_TRIE)
}

impl TrieBackendStorage<Blake2Hasher> for Nodes {
    fn get(&self, hash: &H256, _place: (&[u8], Option<u8>)) -> Result<Option<Vec<u8>>, String> {
        let found = self.read(|nodes| nodes.get(hash).map(|node| node.bytes.to_vec()));
        Ok(found.or_else(|| (*hash == empty_root()).then(|| EMPTY_TRIE.to_vec())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(added: &[(u8, u32)], removed: &[(u8, u32)]) -> Change {
        let hash = |n: &u8| H256::repeat_byte(*n);
        Change {
            added: added.iter().map(|(n, count)| (hash(n), *count, Arc::new(vec![*n]))).collect(),
            removed: removed.iter().map(|(n, count)| (hash(n), *count)).collect(),
        }
    }

    fn has(nodes: &Nodes, n: u8) -> bool {
        nodes.stored(&H256::repeat_byte(n)).is_some()
    }

    /// A node that one block removes and the next one makes again at another place stays when the
    /// removal is finished.
    #[test]
    fn a_node_lives_as_long_as_a_state_that_has_it() {
        let nodes = Nodes::default();
        let genesis = change(&[(1, 1), (2, 2)], &[]);
        let first = change(&[(3, 1)], &[(1, 1), (2, 1)]);
        let second = change(&[(1, 1)], &[(3, 1)]);
        [&genesis, &first, &second].into_iter().for_each(|change| nodes.add(change));
        nodes.finish(&first.record());
        assert!(has(&nodes, 1) && has(&nodes, 2) && has(&nodes, 3));
        nodes.finish(&second.record());
        assert!(has(&nodes, 1) && has(&nodes, 2) && !has(&nodes, 3));
    }

    #[test]
    fn a_block_that_is_taken_back_leaves_nothing() {
        let nodes = Nodes::default();
        nodes.add(&change(&[(1, 1)], &[]));
        let block = change(&[(2, 3)], &[(1, 1)]);
        nodes.add(&block);
        nodes.undo(&block.record());
        assert!(has(&nodes, 1) && !has(&nodes, 2));
        assert_eq!(nodes.count(), 1);
    }
}
