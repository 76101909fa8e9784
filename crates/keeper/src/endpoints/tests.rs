use super::*;
use breakwater_chain::{
    AccountId, Block, BlockId, ContractCall, DryRun, SignedUntil, Signer, Terms,
};
use std::sync::{
    atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    Mutex,
};

const GENESIS: Hash = [9; 32];
/// What a black hole takes for each answer: it times out after that.
const HOLE: Duration = Duration::from_secs(3);

/// A node with a head, which answers after a while or not at all.
#[derive(Default)]
struct Node {
    head: AtomicU64,
    /// It accepts, and never answers.
    is_hole: AtomicBool,
    /// Milliseconds for an answer about state.
    state_ms: AtomicU64,
    asked: AtomicUsize,
    sent: Mutex<Vec<Hash>>,
    /// It tells of heads by itself; of this one it did then.
    told: Mutex<Option<(u64, Instant)>>,
}

#[derive(Clone)]
struct Link(Arc<Node>);

impl Link {
    fn answer<T>(&self, answer: T) -> Result<T, ChainError> {
        self.0.asked.fetch_add(1, Ordering::Relaxed);
        if self.0.is_hole.load(Ordering::Relaxed) {
            std::thread::sleep(HOLE);
            return Err(ChainError::Timeout(HOLE));
        }
        Ok(answer)
    }
}

impl Ledger for Link {
    fn genesis(&mut self) -> Result<Hash, ChainError> {
        self.answer(GENESIS)
    }
    fn best(&mut self) -> Result<BlockId, ChainError> {
        let number = self.0.head.load(Ordering::Relaxed);
        self.answer(BlockId { number, hash: [number as u8; 32] })
    }
    fn head_told(&mut self) -> Result<Option<(BlockId, Instant)>, ChainError> {
        let told = *self.0.told.lock().unwrap();
        Ok(told.map(|(number, at)| (BlockId { number, hash: [number as u8; 32] }, at)))
    }
    fn finalised(&mut self) -> Result<BlockId, ChainError> {
        self.best()
    }
    fn hashes(&mut self, from: u64, to: u64) -> Result<Vec<Option<Hash>>, ChainError> {
        self.answer((from..=to).map(|number| Some([number as u8; 32])).collect())
    }
    fn blocks(&mut self, _: &[Hash]) -> Result<Vec<Block>, ChainError> {
        self.answer(Vec::new())
    }
    fn call_at(&mut self, _: Hash, _: AccountId, _: &ContractCall) -> Result<DryRun, ChainError> {
        Err(ChainError::Invalid("no contracts here".into()))
    }
    fn nonce_at(&mut self, _: Hash, _: AccountId) -> Result<u32, ChainError> {
        std::thread::sleep(Duration::from_millis(self.0.state_ms.load(Ordering::Relaxed)));
        self.answer(7)
    }
    fn sign_with(
        &mut self,
        _: &Signer,
        _: u32,
        _: &[ContractCall],
        _: Terms,
    ) -> Result<SignedUntil, ChainError> {
        Err(ChainError::Invalid("no contracts here".into()))
    }
    fn fee_at(&mut self, _: Hash, _: &Signed) -> Result<u128, ChainError> {
        self.answer(0)
    }
    fn submit_signed(&mut self, signed: &Signed) -> Result<(), ChainError> {
        let answer = self.answer(());
        if answer.is_ok() {
            self.0.sent.lock().unwrap().push(signed.hash);
        }
        answer
    }
}

fn nodes(heads: &[u64]) -> (Vec<Arc<Node>>, Endpoints) {
    let nodes: Vec<Arc<Node>> = heads
        .iter()
        .map(|head| Arc::new(Node { head: AtomicU64::new(*head), ..Node::default() }))
        .collect();
    let urls: Vec<String> =
        (0..nodes.len()).map(|index| format!("ws://node{index}.example/k3y{index}")).collect();
    let (known, linked) = (urls.clone(), nodes.clone());
    let connect: Connect = Box::new(move |url| {
        let index = known.iter().position(|known| known == url).expect("an address");
        Ok(Box::new(Link(Arc::clone(&linked[index]))) as Box<dyn Ledger>)
    });
    (nodes, Endpoints::new(&urls, Some(GENESIS), connect).with_patience(HOLE))
}

fn indices(claims: &[Claim]) -> Vec<usize> {
    claims.iter().map(|claim| claim.index).collect()
}

/// Before: a black hole cost 10 s of every 13.
#[test]
fn a_black_hole_holds_up_nobody() {
    let (nodes, mut ends) = nodes(&[50, 20]);
    nodes[0].is_hole.store(true, Ordering::Relaxed);
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(indices(&ends.claims()), [1]);
        assert_eq!(ends.with(1, |link| link.nonce_at([0; 32], [0; 32])).ok(), Some(7));
    }
    ends.submit(&Signed { hash: [5; 32], bytes: vec![] }).expect("one takes it");
    assert!(began.elapsed() < HOLE, "{:?}", began.elapsed());
    assert_eq!(nodes[1].sent.lock().unwrap().len(), 1);
    // It is known as down before long, and that is one failure, not one for each question.
    while ends.states().next().is_some_and(|(_, _, failures)| failures == 0) {
        assert!(began.elapsed() < HOLE * 5);
        ends.claims();
        std::thread::sleep(Duration::from_millis(50));
    }
    let first = ends.states().next().map(|(_, is_up, failures)| (is_up, failures));
    assert_eq!(first, Some((false, 1)));
    // It is a node again: it is asked again after its pause, and comes first.
    nodes[0].is_hole.store(false, Ordering::Relaxed);
    while indices(&ends.claims()) != [0, 1] {
        assert!(began.elapsed() < HOLE * 10);
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// One that becomes a hole in the middle of an answer: another says what the state of the block is.
#[test]
fn another_answers_for_one_that_takes_too_long() {
    let (nodes, mut ends) = nodes(&[20, 20]);
    assert_eq!(ends.claims().len(), 2);
    nodes[0].state_ms.store(2_000, Ordering::Relaxed);
    let began = Instant::now();
    assert_eq!(ends.with(0, |link| link.nonce_at([0; 32], [0; 32])).ok(), Some(7));
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert!(nodes[1].asked.load(Ordering::Relaxed) > 3, "the other was asked");
    // Who is to answer alone does.
    let (_nodes, mut ends) = self::nodes(&[20, 20]);
    assert_eq!(ends.claims().len(), 2);
    _nodes[0].is_hole.store(true, Ordering::Relaxed);
    assert!(ends.with_only(0, |link| link.hashes(1, 1)).is_err());
    assert_eq!(ends.others(1), [0; 0], "it is down");
}

impl Node {
    /// It tells of a head by itself, so much later than it was made.
    fn tells(&self, number: u64, made: Instant, late: Duration) {
        self.head.store(number, Ordering::Relaxed);
        *self.told.lock().unwrap() = Some((number, made + late));
    }
}

/// Before: what a node has told by itself counted as an answer in no time, so that the slowest had the best rank
/// as long as it was asked where the head is often enough.
#[test]
fn one_that_tells_by_itself_loses_its_rank_by_slow_answers() {
    let (nodes, mut ends) = nodes(&[20, 20]);
    nodes[0].state_ms.store(120, Ordering::Relaxed);
    let made = Instant::now();
    for number in 21..25 {
        nodes.iter().for_each(|node| node.tells(number, made, Duration::ZERO));
        for _ in 0..20 {
            ends.claims();
        }
        for index in 0..2 {
            ends.with_only(index, |link| link.nonce_at([0; 32], [0; 32])).expect("an answer");
        }
    }
    assert_eq!(all_claims(&mut ends), [1, 0]);
    // One that another has to stand in for is slow too, and who stands in is not.
    let (nodes, mut ends) = self::nodes(&[20, 20]);
    nodes.iter().for_each(|node| node.tells(20, made, Duration::ZERO));
    assert_eq!(all_claims(&mut ends), [0, 1]);
    nodes[0].state_ms.store(400, Ordering::Relaxed);
    for _ in 0..3 {
        assert_eq!(ends.with(0, |link| link.nonce_at([0; 32], [0; 32])).ok(), Some(7));
    }
    assert_eq!(all_claims(&mut ends), [1, 0]);
}

/// Both tell of blocks by themselves, and answer at once; one tells half a second later.
#[test]
fn one_that_tells_of_blocks_late_loses_its_rank() {
    let (nodes, mut ends) = nodes(&[20, 20]);
    let made = Instant::now();
    let late = [Duration::from_millis(500), Duration::from_millis(4)];
    for number in 21..29 {
        for (node, late) in nodes.iter().zip(late) {
            node.tells(number, made, late);
        }
        ends.claims();
        ends.claims();
    }
    assert_eq!(all_claims(&mut ends), [1, 0]);
    // It is as quick as the others again.
    for number in 29..60 {
        nodes.iter().for_each(|node| node.tells(number, made, Duration::ZERO));
        ends.claims();
    }
    assert_eq!(all_claims(&mut ends), [0, 1]);
}

/// The order of all endpoints, once none is busy.
fn all_claims(ends: &mut Endpoints) -> Vec<usize> {
    let began = Instant::now();
    loop {
        let claims = ends.claims();
        if claims.len() == ends.len() {
            return indices(&claims);
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{claims:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_only_one_has_is_taken_of_it_and_the_faster_of_equals_is_followed() {
    let (nodes, mut ends) = nodes(&[20, 30, 30]);
    assert_eq!(ends.claims()[0].index, 1);
    nodes[0].head.store(31, Ordering::Relaxed);
    assert_eq!(ends.claims()[0].index, 0);
}

#[test]
fn keys_are_in_no_state_and_in_no_error() {
    let (_, mut ends) = nodes(&[1]);
    let labels: Vec<_> = ends.states().map(|(label, ..)| label.to_owned()).collect();
    assert_eq!(labels, ["ws://node0.example/…"]);
    let connect: Connect =
        Box::new(|url| Err(ChainError::Connect(format!("{url}: HTTP 401 for k3y0"))));
    let mut bad = Endpoints::new(&["ws://node0.example/k3y0".into()], Some(GENESIS), connect);
    let error = bad.with(0, |link| link.genesis()).unwrap_err().to_string();
    assert!(!error.contains("k3y0") && error.contains("node0.example"), "{error}");
    ends.claims();
}

/// What a trait's default says instead of the endpoint would be taken for its answer.
#[test]
fn every_question_is_passed_on() {
    let (source, passes_on) =
        (include_str!("../../../chain/src/ledger.rs"), include_str!("hedged.rs"));
    let questions = source.split("pub trait Ledger").nth(1).expect("the trait");
    let questions = questions.split("\n}\n").next().expect("its end");
    let names = questions.lines().filter_map(|line| line.strip_prefix("    fn "));
    // `sign` is another way to ask `sign_with`.
    let names = names.filter_map(|rest| rest.split('(').next()).filter(|name| *name != "sign");
    let names: Vec<&str> = names.collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(passes_on.contains(&format!("    fn {name}(")), "{name} is not passed on");
    }
}
