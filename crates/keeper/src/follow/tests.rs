//! Following and choosing endpoints, on chains that fork, lie and go away.

use crate::{
    action::ActionKind,
    endpoints::{rank, Claim, Connect, Endpoints},
    follow::{step, FollowError, Pace, Progress},
    store::{Store, Subject},
};
use breakwater_chain::{
    AccountId, Block, BlockId, ChainError, ContractCall, DryRun, Hash, Ledger, Signed, SignedUntil,
    Signer, Terms,
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

const PACE: Pace = Pace { batch: 4, undo_blocks: 100 };
const GENESIS: Hash = [9; 32];

/// A node that says what it is told to: a chain of empty blocks, a claimed head, a number of calls
/// after which it is gone.
#[derive(Clone)]
struct Fake {
    genesis: Hash,
    /// Fork of each block, from block 1 on.
    forks: Vec<u8>,
    /// Head that it claims instead of its own.
    claims: Option<u64>,
    gone: bool,
    sent: Vec<Hash>,
}

impl Fake {
    fn new(forks: &[u8]) -> Self {
        Self { genesis: GENESIS, forks: forks.to_vec(), claims: None, gone: false, sent: vec![] }
    }

    fn hash(&self, number: u64) -> Option<Hash> {
        let Some(place) = number.checked_sub(1) else { return Some(self.genesis) };
        // A hash stands for all forks up to it.
        let forks = self.forks.get(..=usize::try_from(place).ok()?)?;
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        for (index, fork) in forks.iter().enumerate() {
            hash[8 + index % 24] ^= fork.wrapping_mul(31).wrapping_add(index as u8);
        }
        Some(hash)
    }

    fn answer<T>(&self, answer: T) -> Result<T, ChainError> {
        match self.gone {
            true => Err(ChainError::Rpc("gone".into())),
            false => Ok(answer),
        }
    }

    fn head(&self, behind: u64) -> Result<BlockId, ChainError> {
        let own = self.forks.len() as u64;
        let number = self.claims.unwrap_or(own).saturating_sub(behind);
        let hash = self.hash(number).unwrap_or([77; 32]);
        self.answer(BlockId { number, hash })
    }
}

impl Ledger for Fake {
    fn genesis(&mut self) -> Result<Hash, ChainError> {
        self.answer(self.genesis)
    }
    fn best(&mut self) -> Result<BlockId, ChainError> {
        self.head(0)
    }
    fn finalised(&mut self) -> Result<BlockId, ChainError> {
        self.head(2)
    }
    fn hashes(&mut self, from: u64, to: u64) -> Result<Vec<Option<Hash>>, ChainError> {
        self.answer((from..=to).map(|number| self.hash(number)).collect())
    }
    fn blocks(&mut self, hashes: &[Hash]) -> Result<Vec<Block>, ChainError> {
        let block = |hash: &Hash| {
            let number = (1..=self.forks.len() as u64)
                .find(|number| self.hash(*number) == Some(*hash))
                .ok_or_else(|| ChainError::Rpc("no such block".into()))?;
            let id = BlockId { number, hash: *hash };
            let parent = self.hash(number - 1).unwrap_or_default();
            Ok(Block { id, parent, time_ms: number * 6_000, extrinsics: vec![] })
        };
        hashes.iter().map(block).collect()
    }
    fn call_at(&mut self, _: Hash, _: AccountId, _: &ContractCall) -> Result<DryRun, ChainError> {
        Err(ChainError::Rpc("no contracts here".into()))
    }
    fn nonce_at(&mut self, _: Hash, _: AccountId) -> Result<u32, ChainError> {
        self.answer(0)
    }
    fn sign_with(
        &mut self,
        _: &Signer,
        _: u32,
        _: &[ContractCall],
        _: Terms,
    ) -> Result<SignedUntil, ChainError> {
        Err(ChainError::Rpc("no contracts here".into()))
    }
    fn fee_at(&mut self, _: Hash, _: &Signed) -> Result<u128, ChainError> {
        self.answer(0)
    }
    fn submit_signed(&mut self, signed: &Signed) -> Result<(), ChainError> {
        self.answer(())?;
        self.sent.push(signed.hash);
        Ok(())
    }
}

struct File(PathBuf);

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn store(name: &str) -> (Store, File) {
    let path =
        std::env::temp_dir().join(format!("breakwater-follow-{name}-{}", std::process::id()));
    let file = File(path);
    let _ = std::fs::remove_file(&file.0);
    let store = Store::open(&file.0, Subject { genesis: GENESIS, market: [7; 32] });
    (store.expect("a store"), file)
}

/// Steps until the head, at most as many as told.
fn follow(node: &mut Fake, store: &mut Store, steps: usize) -> Result<Progress, FollowError> {
    let mut progress = Progress::default();
    for _ in 0..steps {
        let heads = [node.best()?, node.finalised()?];
        if store.cursor().block == heads[0] {
            break;
        }
        step(node, store, heads, PACE, &mut progress)?;
    }
    assert_eq!(store.cursor().block, node.best()?);
    Ok(progress)
}

#[test]
fn it_reads_in_batches_and_follows_forks_back_and_forth() {
    let (mut store, _file) = store("forks");
    let mut long = Fake::new(&[1; 11]);
    let progress = follow(&mut long, &mut store, 3).expect("reads");
    assert_eq!((progress.blocks, progress.undone), (11, 0));
    // Another fork from block 6 on, and longer.
    let mut forks = [1; 13];
    forks[6..].fill(2);
    let mut other = Fake::new(&forks);
    let progress = follow(&mut other, &mut store, 3).expect("follows");
    assert_eq!((progress.blocks, progress.undone), (7, 5));
    // Back to the first: shorter, but the only one there is.
    let progress = follow(&mut long, &mut store, 4).expect("follows back");
    assert_eq!((progress.blocks, progress.undone), (5, 7));
    // The node has lost its last blocks.
    let progress = follow(&mut Fake::new(&[1; 8]), &mut store, 1).expect("walks back");
    assert_eq!((progress.blocks, progress.undone), (0, 3));
}

#[test]
fn a_head_that_can_not_be_shown_is_not_followed() {
    let (mut store, _file) = store("lies");
    let mut liar = Fake { claims: Some(1_000), ..Fake::new(&[1; 6]) };
    let mut progress = Progress::default();
    let heads = [liar.best().unwrap(), liar.finalised().unwrap()];
    step(&mut liar, &mut store, heads, PACE, &mut progress).expect("four blocks are there");
    let error = step(&mut liar, &mut store, heads, PACE, &mut progress).unwrap_err();
    assert!(matches!(error, FollowError::NoSuchBlock { claimed: 1_000, missing: 7 }), "{error}");
    // What it could show is true all the same.
    assert_eq!((store.cursor().block.number, progress.blocks), (6, 6));
    let error = step(&mut liar, &mut store, heads, PACE, &mut progress).unwrap_err();
    assert!(matches!(error, FollowError::NoSuchBlock { .. }), "{error}");
}

#[test]
fn a_chain_that_leaves_ours_too_far_back_is_another() {
    let (mut store, _file) = store("other");
    follow(&mut Fake::new(&[1; 12]), &mut store, 4).expect("reads");
    let mut shallow = Fake::new(&[2; 14]);
    shallow.genesis = [1; 32];
    let heads = [shallow.best().unwrap(), shallow.finalised().unwrap()];
    let error = step(&mut shallow, &mut store, heads, PACE, &mut Progress::default()).unwrap_err();
    assert!(matches!(error, FollowError::OtherChain(_)), "{error}");
    assert_eq!(store.cursor().block.number, 12);
}

fn endpoints(nodes: &[Arc<Mutex<Fake>>], genesis: Option<Hash>) -> Endpoints {
    let urls: Vec<String> = (0..nodes.len()).map(|index| index.to_string()).collect();
    let nodes = nodes.to_vec();
    let connect: Connect = Box::new(move |url| {
        let node = Arc::clone(&nodes[url.parse::<usize>().expect("a number")]);
        if node.lock().unwrap().gone {
            return Err(ChainError::Connect("refused".into()));
        }
        Ok(Box::new(node) as Box<dyn Ledger>)
    });
    Endpoints::new(&urls, genesis, connect)
}

fn node(fake: Fake) -> Arc<Mutex<Fake>> {
    Arc::new(Mutex::new(fake))
}

#[test]
fn the_newest_final_block_comes_first() {
    let id = |number| BlockId { number, hash: [0; 32] };
    let claim = |index, best, finalised| Claim { index, best: id(best), finalised: id(finalised) };
    let mut claims = [claim(0, 12, 5), claim(1, 10, 9), claim(2, 11, 9), claim(3, 11, 9)];
    rank(&mut claims, |_| std::time::Duration::ZERO);
    assert_eq!(claims.map(|claim| claim.index), [2, 3, 1, 0]);
    // Of two that know as much the faster.
    let slow = |index| std::time::Duration::from_millis(if index == 2 { 900 } else { 30 });
    rank(&mut claims, slow);
    assert_eq!(claims.map(|claim| claim.index), [3, 2, 1, 0]);
}

#[test]
fn endpoints_of_other_chains_and_dead_ones_are_left_alone() {
    let good = node(Fake::new(&[1; 5]));
    let other = node(Fake { genesis: [1; 32], ..Fake::new(&[1; 50]) });
    let dead = node(Fake { gone: true, ..Fake::new(&[1; 60]) });
    let mut ends = endpoints(&[dead.clone(), other, good.clone()], Some(GENESIS));
    let claims = ends.claims();
    assert_eq!(claims.iter().map(|claim| claim.index).collect::<Vec<_>>(), [2]);
    let states: Vec<_> = ends.states().map(|(_, is_up, failures)| (is_up, failures)).collect();
    assert_eq!(states, [(false, 1), (false, 1), (true, 0)]);
    // Left alone: not asked again at once, though it is back.
    dead.lock().unwrap().gone = false;
    assert_eq!(ends.claims().len(), 1);
    std::thread::sleep(std::time::Duration::from_millis(600));
    assert_eq!(ends.claims().len(), 2);
    // A transaction goes to all that can be reached.
    ends.submit(&Signed { hash: [5; 32], bytes: vec![] }).expect("is taken");
    for node in [&good, &dead] {
        assert_eq!(node.lock().unwrap().sent, [[5; 32]]);
    }
    good.lock().unwrap().gone = true;
    dead.lock().unwrap().gone = true;
    let error = ends.submit(&Signed { hash: [6; 32], bytes: vec![] }).unwrap_err();
    assert!(matches!(error, ChainError::Rpc(_) | ChainError::Connect(_)), "{error}");
}

/// One of three has another block where all say it is final: the others outvote it, although it claims
/// to be far ahead.
#[test]
fn the_majority_says_what_is_final() {
    let honest = [node(Fake::new(&[1; 8])), node(Fake::new(&[1; 9]))];
    let liar = node(Fake::new(&[3; 40]));
    let mut ends = endpoints(&[liar, honest[0].clone(), honest[1].clone()], Some(GENESIS));
    let order: Vec<usize> = ends.claims().iter().map(|claim| claim.index).collect();
    assert_eq!(order, [2, 1]);
}

/// Before: what was signed on the old chain was submitted again on the new one, whose genesis and
/// nonces are the same.
#[test]
fn what_was_signed_is_forgotten_on_a_chain_that_was_started_anew() {
    let (mut store, _file) = store("anew");
    follow(&mut Fake::new(&[1; 6]), &mut store, 3).expect("reads");
    let intent = crate::store::Intent {
        hash: [9; 32],
        bytes: vec![1],
        nonce: 0,
        at_block: 6,
        kind: ActionKind::Start,
        accounts: vec![],
        spends: vec![],
        gain_wad: 0,
        given_up: false,
        offer: Default::default(),
    };
    store.add_intent(intent).expect("writes");
    // A fork that keeps some of our blocks is no new chain.
    follow(&mut Fake::new(&[1, 1, 1, 2, 2]), &mut store, 4).expect("follows");
    assert_eq!(store.intents().len(), 1);
    follow(&mut Fake::new(&[3; 2]), &mut store, 4).expect("follows");
    assert_eq!(store.cursor().block.number, 2);
    assert!(store.intents().is_empty());
}
