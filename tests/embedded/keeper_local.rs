//! The keeper on the local chain, whose blocks are made when the test says so: a pool that is full, tips.

use breakwater_chain::{node::NodeChain, ContractCall, Ledger, Signer, Terms, Weight};
use breakwater_client::deploy::must;
use breakwater_devnode::{DevNode, Options, Seal};
use breakwater_keeper::{
    metrics::Metrics,
    replay::{replay, Whose},
    service::Keeper,
};
use breakwater_protocol::num::time::MINUTE_MS;
use breakwater_tests::{
    keeper::{borrowers, config, proxy::Proxy, settle, start, to_nodes, until, Folder, PATIENT},
    stage::USD,
    Stage,
};
use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

/// A local chain that makes a block when it is told to.
fn local() -> DevNode {
    DevNode::start(&Options { seal: Seal::Manual, ..Options::default() }).expect("a node")
}

/// Makes blocks of what comes while something is done.
fn sealing<T>(node: &DevNode, work: impl FnOnce() -> T) -> T {
    /// Stops also when the work panics: else the scope would wait for ever.
    struct Stop<'s>(&'s AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Contracts call contracts on the stack.
        let sealer = std::thread::Builder::new().stack_size(32 << 20);
        let blocks = || {
            while !done.load(Ordering::Relaxed) {
                if !node.node().pending().is_empty() {
                    node.node().new_block().expect("a block");
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        };
        sealer.spawn_scoped(scope, blocks).expect("a thread");
        let _stop = Stop(&done);
        work()
    })
}

/// A node, a folder for the keeper's store, and a connection to the node.
fn place(test: &str) -> (DevNode, Folder, NodeChain) {
    let node = local();
    let chain = NodeChain::connect(&node.url()).expect("connects");
    (node, Folder::new(test), chain)
}

/// A market with a loan and what else is prepared there, in blocks of what comes.
fn staged<'c>(
    node: &DevNode,
    chain: &'c mut NodeChain,
    prepare: impl FnOnce(&mut Stage<'c>),
) -> Stage<'c> {
    sealing(node, move || {
        let mut stage = Stage::new(chain);
        stage.loan();
        prepare(&mut stage);
        stage
    })
}

/// The stage's keeper, connected at an address, once it has nothing left to do.
fn settled(
    node: &DevNode,
    stage: &Stage<'_>,
    url: &str,
    folder: &Folder,
    more: &str,
) -> (Keeper, Arc<Metrics>) {
    let config = config(stage, &[url], &folder.file("a.redb"), more);
    sealing(node, || {
        let (mut keeper, metrics) = start(config, &stage.keeper, to_nodes());
        settle(&mut keeper);
        (keeper, metrics)
    })
}

/// Somebody who fills blocks: transactions of more than a megabyte that call nobody, each with a tip.
struct Crowd {
    link: NodeChain,
    signer: Signer,
    nonce: u32,
}

impl Crowd {
    const BYTES: usize = 1_200_000;

    fn new(url: &str) -> Self {
        let mut link = NodeChain::connect(url).expect("connects");
        let signer = Signer::from_uri("//Charlie").expect("a key");
        let nonce = link.next_nonce(signer.account()).expect("a nonce");
        Self { link, signer, nonce }
    }

    /// So many more wait, each with this tip. A block has room for three.
    fn push(&mut self, count: u32, tip: u128) {
        let gas = Weight { ref_time: 1_000_000_000, proof_size: 100_000 };
        let call = ContractCall::new([0x99; 32], vec![0; Self::BYTES]).with_gas(gas);
        let terms = Terms { tip, lifetime_blocks: None };
        for _ in 0..count {
            let signed =
                self.link.sign_with(&self.signer, self.nonce, std::slice::from_ref(&call), terms);
            self.link.submit_signed(&signed.expect("signs").0).expect("the pool takes it");
            self.nonce += 1;
        }
    }
}

/// A market with a borrower, a keeper on it, and a fall of the price that makes the borrower unhealthy while
/// the pool is full. What was sent, and after how many blocks it was done; at most 12.
fn start_in_a_crowd(more: &str, crowd_tip: u128) -> (Arc<Metrics>, Option<u32>) {
    let (node, folder, mut chain) = place("local-crowd");
    let mut stage = staged(&node, &mut chain, |stage| drop(borrowers(stage, 4)));
    let (mut keeper, metrics) = settled(&node, &stage, &node.url(), &folder, more);
    sealing(&node, || stage.price(180));
    let mut crowd = Crowd::new(&node.url());
    crowd.push(6, crowd_tip);
    let mut sent = 0;
    until("it is sent", || {
        sent += keeper.round().expect("a round").sent;
        sent != 0
    });
    assert_eq!(sent, 1, "{}", metrics.text());
    for blocks in 1..=12 {
        let made = node.node().new_block().expect("a block").header.number;
        until("the block is answered", || {
            let round = keeper.round().expect("a round");
            assert!(round.under_way <= 1);
            round.caught_up && round.cursor == u64::from(made)
        });
        if metrics.count("start", "done") == 1 {
            // Whatever was replaced: it happened once.
            assert_eq!(keeper.index().auctions.len(), 5);
            return (metrics, Some(blocks));
        }
        // Its own pause between two offers is longer than a block here.
        std::thread::sleep(Duration::from_millis(60));
        crowd.push(3, crowd_tip);
    }
    (metrics, None)
}

const WITH_PRICE: &str = "[fees]\nnative_usd = 0.01\n[upkeep]\nmax_usd_per_day = 1000.0\n\
                          for_the_market = true\n[takes]\nenabled = false\n";

/// Blocks are full of what pays more than nothing. Without a tip a start waits as long as they are; with one, a
/// part of the gain, it is in the first.
#[test]
fn a_tip_gets_a_start_into_a_full_block() {
    let crowd_tip = 10_000_000;
    let (metrics, blocks) = start_in_a_crowd(
        &format!("resend_ms = 50\ntip_bps = 0\nstuck_blocks = 100\n{WITH_PRICE}"),
        crowd_tip,
    );
    assert_eq!(blocks, None, "{}", metrics.text());
    let (metrics, blocks) =
        start_in_a_crowd(&format!("resend_ms = 50\ntip_bps = 1000\n{WITH_PRICE}"), crowd_tip);
    assert_eq!(blocks, Some(1), "{}", metrics.text());
    assert_eq!(metrics.count("start", "raised"), 0);
}

/// Where the others offer more than the first tip, it is raised until it is in a block, and happens once.
#[test]
fn what_is_stuck_is_replaced_by_what_offers_more() {
    let more = format!(
        "resend_ms = 50\ntip_bps = 1\nstuck_blocks = 1\ntip_raise_bps = 10000\n\
         tip_max = 1000000.0\n{WITH_PRICE}"
    );
    let (metrics, blocks) = start_in_a_crowd(&more, 100_000_000_000_000);
    let blocks = blocks.unwrap_or_else(|| panic!("{}", metrics.text()));
    assert!(blocks > 1, "not at once: {blocks}");
    assert!(metrics.count("start", "raised") >= 1, "{}", metrics.text());
}

/// Nothing happens: the node tells of each block by itself, and the keeper asks for its events and for prices.
#[test]
fn an_idle_block_costs_two_calls() {
    const BLOCKS: usize = 40;
    let (node, folder, mut chain) = place("local-idle");
    let mut stage = staged(&node, &mut chain, |_| {});
    let proxy = Proxy::start(&node.url());
    let more = "[health]\ncheck_ms = 600000\n";
    let (mut keeper, metrics) = settled(&node, &stage, &proxy.url(), &folder, more);
    sealing(&node, || {
        stage.price(200);
        settle(&mut keeper);
    });
    proxy.calls();
    for _ in 0..BLOCKS {
        let made = node.node().new_block().expect("a block").header.number;
        until("the block is answered", || {
            let round = keeper.round().expect("a round");
            round.caught_up && round.cursor == u64::from(made)
        });
    }
    let calls = proxy.calls();
    let sum: usize = calls.values().sum();
    println!("{BLOCKS} idle blocks: {sum} calls: {calls:?}");
    // What connecting costs, and a head or two that are told late.
    assert!(sum <= 2 * BLOCKS + 14, "{calls:?}");
    assert_eq!(metrics.errors.get(), 0);
}

/// A thousand accounts in auction at once on a node behind a socket: how long from the price to the last take
/// submitted, and how many calls. Figures for docs/keepers.md:
/// `cargo test --workspace --test embedded_keeper_local -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes: prints figures"]
fn figures_of_a_thousand() {
    const COUNT: usize = 1_000;
    let (node, folder, mut chain) = place("local-thousand");
    let mut stage = staged(&node, &mut chain, |stage| {
        let lender = stage.lender.clone();
        let supply = stage.on.market.supply(stage.on.usd_asset, 1_900_000 * USD, None);
        let mint = stage.on.usd.mint(lender.account(), 2_000_000 * USD);
        must(stage.chain, &stage.admin.clone(), vec![mint]).expect("mints");
        stage.act("supply", &lender, supply);
        let money = stage.on.usd.mint(stage.keeper.account(), 2_000_000 * USD);
        must(stage.chain, &stage.admin.clone(), vec![money]).expect("mints");
        borrowers(stage, COUNT - 1);
    });
    let proxy = Proxy::start(&node.url());
    let more = "max_in_flight = 256\n[takes]\nmin_profit_usd = 3.0\nexit_bps = 0\n\
                [[inventory]]\nasset = 1\nspend_max = 2000000.0\n";
    let (mut keeper, metrics) = settled(&node, &stage, &proxy.url(), &folder, more);
    sealing(&node, || {
        stage.price(180);
        until("all are in auction", || {
            settle(&mut keeper);
            keeper.index().auctions.len() == COUNT
        });
        stage.pass_ms(30 * MINUTE_MS);
        stage.price(180);
    });
    proxy.calls();
    let began = Instant::now();
    let mut sent = 0;
    until("something is sent", || {
        let round = keeper.round().expect("a round");
        sent += round.sent;
        sent != 0
    });
    let (took, calls) = (began.elapsed(), proxy.calls());
    let sum: usize = calls.values().sum();
    println!("{COUNT} in auction: {sent} transactions in {took:.2?}, {sum} calls: {calls:?}");
    sealing(&node, || settle(&mut keeper));
    println!("{} left, {}", keeper.index().auctions.len(), metrics.count("take", "done"));
}

/// What a keeper would have done on the past of this chain: it starts whom the price has made unhealthy, in the
/// block of the price, and takes once others have started, for what a take is worth by hand.
#[test]
fn the_past_is_replayed() {
    let (node, folder, mut chain) = place("local-replay");
    let mut stage = staged(&node, &mut chain, |_| {});
    let blocks = sealing(&node, || {
        let others = borrowers(&mut stage, 2);
        let mut everybody: Vec<_> = others.iter().map(Signer::account).collect();
        everybody.push(stage.borrower.account());
        let now = |stage: &mut Stage<'_>| stage.chain.block_number().expect("a number");
        let begin = now(&mut stage);
        stage.price(180);
        let price = now(&mut stage);
        let start = stage.on.market.liquidate_many(&everybody);
        must(stage.chain, &stage.admin.clone(), vec![start]).expect("starts");
        let started = now(&mut stage);
        stage.pass_ms(30 * MINUTE_MS);
        stage.price(180);
        let end = now(&mut stage);
        [begin, price, started, end]
    });
    let [begin, price, started, end] = blocks;
    let more = format!("{PATIENT}[fees]\nnative_usd = 0.01\n");
    let config = config(&stage, &[&node.url()], &folder.file("a.redb"), &more);
    let us = stage.keeper.clone();
    let walk = |whose| replay(&config, whose, to_nodes(), (begin, end), |_| {}).expect("a replay");
    let found = walk(Whose::Funded(&us));
    println!("{found}");
    assert_eq!((found.from, found.to, found.starts_by_others), (begin, end, 3));
    let kinds: Vec<_> = found.deeds.iter().map(|deed| deed.kind).collect();
    assert!(kinds[0] == "start" && kinds[1..].iter().all(|kind| *kind == "take"), "{found}");
    let (first, takes) = found.deeds.split_first().expect("deeds");
    // The price, and then time passes.
    assert!((begin + 1..=price).contains(&first.block), "{blocks:?} {found}");
    assert_eq!((first.accounts.len(), &first.refused), (3, &None));
    assert_eq!(first.others_after, Some(started - first.block));
    // At half an hour's bonus, less what the price takes with each sale.
    assert_eq!(takes.iter().map(|take| take.accounts.len()).sum::<usize>(), 3, "{found}");
    let gain_usd: f64 = takes.iter().map(|take| take.gain_usd).sum();
    assert!((9.0..300.0).contains(&gain_usd), "{found}");
    for take in takes {
        assert!(take.block > started && take.cost_usd > 0.0, "{found}");
        assert_eq!(take.others_after, None, "nobody has");
        assert!(take.is_tried && take.refused.is_none(), "it had the money: {found}");
    }
    // With what it had it is the same; somebody who had nothing would have started and bought nothing, unless it
    // is taken to be there: then it can't be tried, and counts as dearer than what could.
    assert_eq!(walk(Whose::Account(us.account())).deeds, found.deeds);
    let poor = Signer::from_uri("//Eve").expect("a key");
    let kinds: Vec<_> = walk(Whose::Account(poor.account())).deeds;
    assert!(kinds.iter().all(|deed| deed.kind == "start") && kinds.len() == 1, "{kinds:?}");
    let lent = walk(Whose::Funded(&poor));
    let (_, lent_takes) = lent.deeds.split_first().expect("deeds");
    assert_eq!(lent_takes.len(), takes.len(), "{lent}");
    for (lent, tried) in lent_takes.iter().zip(takes) {
        assert!(!lent.is_tried && lent.cost_usd > tried.cost_usd, "{lent:?} {tried:?}");
        assert_eq!(lent.gain_usd, tried.gain_usd);
    }
    // What is not there can't be replayed.
    let beyond = replay(&config, Whose::Funded(&us), to_nodes(), (end + 1, end + 9), |_| {});
    assert!(beyond.is_err());
}

/// The page's table of faults names tests that there are.
#[test]
fn each_fault_of_the_page_has_its_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect(path);
    let page = read("docs/keepers.md");
    let table = page.split("## Faults that are tried").nth(1).expect("a table");
    let table = table.split("\n## ").next().expect("it ends");
    let keeper: Vec<String> =
        ["alerts", "config", "endpoints", "follow", "health", "http", "record", "store"]
            .map(|part| read(&format!("crates/keeper/src/{part}/tests.rs")))
            .into();
    let mut count = 0;
    for row in table.lines().filter(|line| line.ends_with("` |")) {
        let cells: Vec<&str> =
            row.split(" | ").map(|cell| cell.trim_matches(['|', ' ', '`'])).collect();
        let [_, binary, name] = cells[..] else { panic!("{row}") };
        let sources = match binary {
            "breakwater-keeper" => keeper.clone(),
            "embedded_keeper" => vec![read("tests/embedded/keeper.rs")],
            "embedded_keeper_faults" => vec![read("tests/embedded/keeper_faults.rs")],
            "embedded_keeper_fleet" => vec![read("tests/embedded/keeper_fleet.rs")],
            "embedded_keeper_process" => vec![read("crates/cli/tests/embedded_keeper_process.rs")],
            "embedded_keeper_venues" => vec![read("tests/embedded/keeper_venues.rs")],
            "embedded_keeper_local" => vec![read("tests/embedded/keeper_local.rs")],
            "node_keeper" => vec![read("tests/node/keeper.rs")],
            other => panic!("no such binary: {other}"),
        };
        let test = format!("#[test]\nfn {name}() {{");
        assert!(sources.iter().any(|source| source.contains(&test)), "{binary} has no test {name}");
        count += 1;
    }
    assert!(count > 30, "{count}");
}
