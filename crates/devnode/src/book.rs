//! The chain: its blocks, and the states that are kept.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use breakwater_runtime::RuntimeApi;
use sp_core::H256;

use crate::{
    block::Block,
    error::{Error, Result},
    nodes::{Change, Nodes, Record},
    state::State,
};

/// Blocks by number; states of the newest of them.
pub struct Book {
    /// The runtime of block 0's state, and those that took its place with the block in whose state each is
    /// first.
    runtimes: Vec<(u32, &'static dyn RuntimeApi)>,
    pub nodes: Nodes,
    blocks: Vec<Arc<Block>>,
    numbers: HashMap<H256, u32>,
    /// What each block after the oldest state has changed.
    records: VecDeque<Record>,
    /// How many states are kept.
    keep: u32,
}

/// What a new block or its taking back has done to the nodes, for the disk.
pub struct Touched(pub Vec<H256>);

impl Book {
    /// A chain of these blocks, from block 0 on; `records` are of the newest of them.
    pub fn new(
        runtime: &'static dyn RuntimeApi,
        nodes: Nodes,
        blocks: Vec<Block>,
        records: VecDeque<Record>,
        keep: u32,
    ) -> Self {
        let numbers = blocks.iter().map(|block| (block.hash, block.header.number)).collect();
        let blocks = blocks.into_iter().map(Arc::new).collect();
        let runtimes = vec![(0, runtime)];
        Self { runtimes, nodes, blocks, numbers, records, keep: keep.max(1) }
    }

    pub fn head(&self) -> Result<Arc<Block>> {
        self.blocks.last().cloned().ok_or_else(|| Error::Broken("a chain without a block".into()))
    }

    pub fn by_number(&self, number: u32) -> Option<Arc<Block>> {
        self.blocks.get(usize::try_from(number).ok()?).cloned()
    }

    pub fn by_hash(&self, hash: H256) -> Option<Arc<Block>> {
        self.by_number(*self.numbers.get(&hash)?)
    }

    /// The oldest block whose state is kept.
    pub fn oldest_state(&self) -> u32 {
        let kept = self.records.len().saturating_add(1);
        u32::try_from(self.blocks.len().saturating_sub(kept)).unwrap_or(u32::MAX)
    }

    /// The state after a block.
    ///
    /// # Errors
    /// [`Error::OldState`] if it has been given up.
    pub fn state(&self, block: &Block) -> Result<State> {
        if block.header.number < self.oldest_state() {
            return Err(Error::OldState { number: block.header.number, kept: self.keep });
        }
        let number = block.header.number;
        let of_block = self.runtimes.iter().rev().find(|(first, _)| *first <= number);
        let (_, runtime) =
            of_block.ok_or_else(|| Error::Broken("a block without a runtime".into()))?;
        Ok(State::new(*runtime, self.nodes.clone(), block.header.state_root))
    }

    /// Puts another runtime into the newest state, as `set_code` in its block would have: it makes the next
    /// block. Storage is its to understand.
    ///
    /// # Errors
    /// [`Error::Broken`] for a chain without a block.
    pub fn upgrade(&mut self, runtime: &'static dyn RuntimeApi) -> Result<()> {
        let number = self.head()?.header.number;
        self.runtimes.push((number, runtime));
        Ok(())
    }

    /// Adds a block to the head, and gives up the oldest state if there are too many.
    pub fn push(&mut self, block: Block, change: &Change) -> (Arc<Block>, Record, Touched) {
        let record = change.record();
        self.nodes.add(change);
        let mut touched: Vec<H256> = record.touched().collect();
        self.records.push_back(record.clone());
        if self.records.len() >= usize::try_from(self.keep).unwrap_or(usize::MAX) {
            if let Some(given_up) = self.records.pop_front() {
                self.nodes.finish(&given_up);
                touched.extend(given_up.touched());
            }
        }
        let block = Arc::new(block);
        self.numbers.insert(block.hash, block.header.number);
        self.blocks.push(Arc::clone(&block));
        (block, record, Touched(touched))
    }

    /// Takes back all blocks after `number`.
    ///
    /// # Errors
    /// [`Error::OldState`] if the state there has been given up.
    pub fn revert(&mut self, number: u32) -> Result<Touched> {
        if number < self.oldest_state() {
            return Err(Error::OldState { number, kept: self.keep });
        }
        self.runtimes.retain(|(first, _)| *first <= number);
        let mut touched = Vec::new();
        while self.blocks.last().is_some_and(|block| block.header.number > number) {
            if let Some(block) = self.blocks.pop() {
                self.numbers.remove(&block.hash);
            }
            if let Some(record) = self.records.pop_back() {
                self.nodes.undo(&record);
                touched.extend(record.touched());
            }
        }
        Ok(Touched(touched))
    }
}
