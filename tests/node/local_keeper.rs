//! The keeper on the local chain, whose blocks are made when the test says so: a pool that is full, tips.

use breakwater_chain::{node::NodeChain, ContractCall, Ledger, Signer, Terms, Weight};
use breakwater_client::deploy::must;
use breakwater_devnode::{DevNode, Options, Seal};
use breakwater_keeper::{metrics::Metrics, replay::replay};
use breakwater_protocol::num::time::MINUTE_MS;
use breakwater_tests::{
    keeper::{borrowers, config_of, proxy::Proxy, settle, start, to_nodes, until, Folder, PATIENT},
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
    let node = local();
    let url = node.url();
    let folder = Folder::new("local-crowd");
    let mut chain = NodeChain::connect(&url).expect("connects");
    let handle = &mut chain;
    let mut stage = sealing(&node, move || {
        let mut stage = Stage::new(handle);
        stage.loan();
        borrowers(&mut stage, 4);
        stage
    });
    let addresses = [stage.on.market.address, stage.on.lens.address];
    let config = config_of(addresses, &[&url], &folder.file("a.redb"), more);
    let us = stage.keeper.clone();
    let (mut keeper, metrics) = sealing(&node, || {
        let (mut keeper, metrics) = start(config, &us, to_nodes());
        settle(&mut keeper);
        stage.price(180);
        (keeper, metrics)
    });
    let mut crowd = Crowd::new(&url);
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
    let node = local();
    let folder = Folder::new("local-idle");
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    let handle = &mut chain;
    let mut stage = sealing(&node, move || {
        let mut stage = Stage::new(handle);
        stage.loan();
        stage
    });
    let proxy = Proxy::start(&node.url());
    let addresses = [stage.on.market.address, stage.on.lens.address];
    let more = "[health]\ncheck_ms = 600000\n";
    let config = config_of(addresses, &[&proxy.url()], &folder.file("a.redb"), more);
    let us = stage.keeper.clone();
    let (mut keeper, metrics) = sealing(&node, || {
        let (mut keeper, metrics) = start(config, &us, to_nodes());
        settle(&mut keeper);
        stage.price(200);
        settle(&mut keeper);
        (keeper, metrics)
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
    assert!(sum <= 2 * BLOCKS + 8, "{calls:?}");
    assert_eq!(metrics.errors.get(), 0);
}

/// A thousand accounts in auction at once on a node behind a socket: how long from the price to the last take
/// submitted, and how many calls. Figures for docs/keepers.md:
/// `cargo test --workspace --test local_keeper -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes: prints figures"]
fn figures_of_a_thousand() {
    const COUNT: usize = 1_000;
    let node = local();
    let folder = Folder::new("local-thousand");
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    let handle = &mut chain;
    let mut stage = sealing(&node, move || {
        let mut stage = Stage::new(handle);
        stage.loan();
        let lender = stage.lender.clone();
        let supply = stage.on.market.supply(stage.on.usd_asset, 1_900_000 * USD, None);
        let mint = stage.on.usd.mint(lender.account(), 2_000_000 * USD);
        must(stage.chain, &stage.admin.clone(), vec![mint]).expect("mints");
        stage.act("supply", &lender, supply);
        let money = stage.on.usd.mint(stage.keeper.account(), 2_000_000 * USD);
        must(stage.chain, &stage.admin.clone(), vec![money]).expect("mints");
        borrowers(&mut stage, COUNT - 1);
        stage
    });
    let proxy = Proxy::start(&node.url());
    let addresses = [stage.on.market.address, stage.on.lens.address];
    let more = "max_in_flight = 256\n[takes]\nmin_profit_usd = 3.0\nexit_bps = 0\n\
                [[inventory]]\nasset = 1\nspend_max = 2000000.0\n";
    let config = config_of(addresses, &[&proxy.url()], &folder.file("a.redb"), more);
    let us = stage.keeper.clone();
    let (mut keeper, metrics) = sealing(&node, || {
        let (mut keeper, metrics) = start(config, &us, to_nodes());
        settle(&mut keeper);
        stage.price(180);
        until("all are in auction", || {
            settle(&mut keeper);
            keeper.index().auctions.len() == COUNT
        });
        stage.pass_ms(30 * MINUTE_MS);
        (keeper, metrics)
    });
    sealing(&node, || stage.price(180));
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
    let node = local();
    let folder = Folder::new("local-replay");
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    let handle = &mut chain;
    let (addresses, blocks) = sealing(&node, move || {
        let mut stage = Stage::new(handle);
        stage.loan();
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
        ([stage.on.market.address, stage.on.lens.address], [begin, price, started, end])
    });
    let [begin, price, started, end] = blocks;
    let more = format!("{PATIENT}[fees]\nnative_usd = 0.01\n");
    let config = config_of(addresses, &[&node.url()], &folder.file("a.redb"), &more);
    let us = Signer::from_uri("//Dave").expect("a key");
    let found = replay(&config, &us, to_nodes(), (begin, end), |_| {}).expect("a replay");
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
    }
    // What is not there can't be replayed.
    let beyond = replay(&config, &us, to_nodes(), (end + 1, end + 9), |_| {});
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
    let keeper: Vec<String> = ["config", "health", "follow", "http", "alerts"]
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
            "local_keeper" => vec![read("tests/node/local_keeper.rs")],
            "node_keeper" => vec![read("tests/node/keeper.rs")],
            other => panic!("no such binary: {other}"),
        };
        let test = format!("#[test]\nfn {name}() {{");
        assert!(sources.iter().any(|source| source.contains(&test)), "{binary} has no test {name}");
        count += 1;
    }
    assert!(count > 30, "{count}");
}
