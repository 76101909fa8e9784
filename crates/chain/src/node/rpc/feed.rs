//! Heads as a node tells them by itself: a follower need not ask for them again and again.
//!
//! A connection may be silent because nothing happens, or because nobody is there any more. So what was told is
//! believed for a while only; then the node is asked, which fails where nobody is there.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use subxt::{ext::subxt_rpcs::LegacyRpcMethods, utils::H256, SubstrateConfig};
use tokio::runtime::Runtime;

use super::{blocks::id, Header};
use crate::ledger::BlockId;

/// How long what was told is believed.
const FRESH: Duration = Duration::from_secs(10);
/// Headers that are remembered for their parents.
const REMEMBERED: usize = 256;

/// What a node has told.
#[derive(Default)]
struct Told {
    /// Best and final block, and when they were told.
    heads: [Option<(BlockId, Instant)>; 2],
    /// The best block that the node told of last by itself, and when it did first.
    told: Option<(BlockId, Instant)>,
    /// Blocks and their parents.
    parents: VecDeque<(BlockId, H256)>,
}

/// A node's own news.
pub(super) struct Feed(Arc<Mutex<Told>>);

impl Feed {
    /// Listens from now on, in tasks that end with the connection.
    pub fn start(runtime: &Runtime, methods: &LegacyRpcMethods<SubstrateConfig>) -> Self {
        let told = Arc::new(Mutex::new(Told::default()));
        for finalised in [false, true] {
            let (methods, told) = (methods.clone(), Arc::clone(&told));
            runtime.spawn(async move {
                let news = match finalised {
                    true => methods.chain_subscribe_finalized_heads().await,
                    false => methods.chain_subscribe_new_heads().await,
                };
                // Who tells nothing by itself is asked.
                if let Ok(mut news) = news {
                    while let Some(Ok(header)) = news.next().await {
                        lock(&told).hear(finalised, &header, Instant::now());
                    }
                }
                lock(&told).forget(finalised);
            });
        }
        Self(told)
    }

    /// The newest block, or the newest final one, if it was told a moment ago.
    pub fn head(&self, finalised: bool) -> Option<BlockId> {
        lock(&self.0).head(finalised, Instant::now())
    }

    /// The newest block as the node told by itself, and when; none where the newest was asked for.
    pub fn head_told(&self) -> Option<(BlockId, Instant)> {
        lock(&self.0).head_told(Instant::now())
    }

    /// A head that was asked for.
    pub fn note(&self, finalised: bool, header: &Header) {
        lock(&self.0).note(finalised, header);
    }

    /// A block's number and parent.
    pub fn parent(&self, hash: H256) -> Option<(u64, H256)> {
        let told = lock(&self.0);
        let found = told.parents.iter().rev().find(|(block, _)| block.hash == hash.0);
        found.map(|(block, parent)| (block.number, *parent))
    }
}

impl Told {
    /// A head that the node tells of by itself.
    fn hear(&mut self, finalised: bool, header: &Header, now: Instant) {
        self.note(finalised, header);
        let block = id(header);
        if !finalised && self.told.is_none_or(|(known, _)| known != block) {
            self.told = Some((block, now));
        }
    }

    fn head_told(&self, now: Instant) -> Option<(BlockId, Instant)> {
        let (block, at) = self.told?;
        (self.head(false, now) == Some(block)).then_some((block, at))
    }

    fn note(&mut self, finalised: bool, header: &Header) {
        let block = id(header);
        self.heads[usize::from(finalised)] = Some((block, Instant::now()));
        if !self.parents.iter().any(|(known, _)| *known == block) {
            self.parents.push_back((block, header.parent_hash));
            if self.parents.len() > REMEMBERED {
                self.parents.pop_front();
            }
        }
    }

    fn forget(&mut self, finalised: bool) {
        self.heads[usize::from(finalised)] = None;
    }

    fn head(&self, finalised: bool, now: Instant) -> Option<BlockId> {
        let fresh = |at: Instant| now.saturating_duration_since(at) < FRESH;
        self.heads[usize::from(finalised)].filter(|(_, at)| fresh(*at)).map(|(block, _)| block)
    }
}

fn lock(told: &Arc<Mutex<Told>>) -> MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_is_believed_for_a_while_and_not_after_the_connection() {
        let header = |number: u32| Header {
            parent_hash: H256([number as u8; 32]),
            number,
            state_root: H256::zero(),
            extrinsics_root: H256::zero(),
            digest: Default::default(),
        };
        let (mut told, now) = (Told::default(), Instant::now());
        assert_eq!(told.head(false, now), None);
        told.note(false, &header(7));
        assert_eq!(told.head(false, now).map(|block| block.number), Some(7));
        assert_eq!(told.head(true, now), None, "nothing is final");
        assert_eq!(told.head(false, now + FRESH + FRESH), None, "the node is asked again");
        let feed = Feed(Arc::new(Mutex::new(told)));
        assert_eq!(feed.parent(H256(id(&header(7)).hash)), Some((7, H256([7; 32]))));
        assert_eq!(feed.parent(H256::zero()), None);
        for number in 8..8 + REMEMBERED as u32 {
            feed.note(false, &header(number));
        }
        assert_eq!(feed.parent(H256(id(&header(7)).hash)), None, "it does not grow for ever");
        lock(&feed.0).forget(false);
        assert_eq!(feed.head(false), None);
    }

    /// Whoever compares endpoints by when they tell of a block must not take an answer for news.
    #[test]
    fn when_a_head_was_told_is_known_of_news_alone() {
        let header = |number: u32| Header {
            parent_hash: H256::zero(),
            number,
            state_root: H256::zero(),
            extrinsics_root: H256::zero(),
            digest: Default::default(),
        };
        let (mut told, now) = (Told::default(), Instant::now());
        told.note(false, &header(1));
        assert_eq!(told.head_told(now), None, "it was asked for");
        told.hear(false, &header(2), now);
        told.hear(true, &header(1), now + FRESH / 4);
        told.hear(false, &header(2), now + FRESH / 2);
        assert_eq!(told.head_told(now), Some((id(&header(2)), now)), "the first time counts");
        told.note(false, &header(3));
        assert_eq!(told.head_told(now), None, "a newer one was asked for");
    }
}
