//! What can keep a keeper from its job, one after the other: each must be said, with its reason, when it
//! begins, and be over when it ends; and what can be mended by itself must be.

use breakwater_chain::Signer;
use breakwater_client::{deploy::must, Bundle, Taker};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_keeper::{
    config::Config, health::Fault, metrics::Metrics, service::Keeper, store::StoreError,
};
use breakwater_protocol::{num::time::MINUTE_MS, Level};
use breakwater_tests::{
    keeper::{
        self, assert_knows_all, borrowers, settle,
        shared::{self, chain},
        to_shared,
        wrong::{Wrong, Wrongs},
        Folder, WITH_MONEY,
    },
    stage::USD,
    Stage,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Faults begin and end at once, and money is looked at in every round. The chain's clock is not the
/// system's.
const AT_ONCE: &str = "hold_ms = 0\ncheck_ms = 0\nclock_off_ms = 0\nunhealthy_blocks = 2\n";

fn with(more: &str, health: &str) -> String {
    format!("{more}\n[health]\n{AT_ONCE}{health}")
}

/// What is wrong, by the board.
fn fault(metrics: &Metrics, fault: Fault) -> Option<String> {
    metrics.board.fault(fault)
}

/// The verdict of `/health`.
fn health(metrics: &Metrics) -> (bool, String) {
    let verdict = metrics.board.verdict(Duration::from_secs(600), Instant::now());
    (verdict.is_healthy, verdict.text)
}

/// Rounds on new blocks until a fault is there, or gone; how many.
fn rounds(keeper: &mut Keeper, stage: &mut Stage, metrics: &Metrics, of: Fault, there: bool) {
    for _ in 0..60 {
        // A round may fail: that is what is looked at.
        let _ = keeper.round();
        if fault(metrics, of).is_some() == there {
            let shown = metrics.text().lines().any(|line| {
                line.contains(&format!("fault=\"{}\"", of.name())) && line.ends_with(" 1")
            });
            assert_eq!(shown, there, "the metric of {}", of.name());
            return;
        }
        // Endpoints that failed are left alone for a while.
        std::thread::sleep(Duration::from_millis(50));
        stage.pass_ms(1_000);
        let nothing = stage.on.usd.mint(stage.admin.account(), 1);
        must(stage.chain, &stage.admin.clone(), vec![nothing]).expect("a block");
    }
    panic!("{} does not become {there}: {}", of.name(), health(metrics).1);
}

/// A market with a loan, and a keeper on it that is healthy.
fn begin<'c>(
    chain: &'c mut shared::Shared<EmbeddedChain>,
    folder: &Folder,
    more: &str,
) -> (Stage<'c>, Keeper, Arc<Metrics>) {
    let link = to_shared(chain.ledger());
    let mut stage = Stage::new(chain);
    stage.loan();
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), more);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
    settle(&mut keeper);
    (stage, keeper, metrics)
}

#[test]
fn inventory_that_is_spent_while_debt_is_open() {
    let (mut chain, folder) = (chain(), Folder::new("fault-inventory"));
    let (mut stage, mut keeper, metrics) = begin(&mut chain, &folder, &with(WITH_MONEY, ""));
    assert_eq!(health(&metrics), (true, "healthy\n".into()));
    let (on, us) = (stage.on.clone(), stage.keeper.clone());
    let all = on.usd.transfer(stage.admin.account(), stage.usd(us.account()));
    must(stage.chain, &us, vec![all]).expect("sends");
    settle(&mut keeper);
    assert!(health(&metrics).0, "no debt is open: {}", health(&metrics).1);
    stage.price(180);
    rounds(&mut keeper, &mut stage, &metrics, Fault::NoInventory, true);
    let (is_healthy, why) = health(&metrics);
    assert!(!is_healthy && why.contains("debt of $1500.00 is open"), "{why}");
    let money = on.usd.mint(us.account(), 50_000 * USD);
    must(stage.chain, &stage.admin.clone(), vec![money]).expect("mints");
    rounds(&mut keeper, &mut stage, &metrics, Fault::NoInventory, false);
}

#[test]
fn no_money_for_fees_and_no_allowance() {
    let (mut chain, folder) = (chain(), Folder::new("fault-fees"));
    // The executor's section comes first.
    let more = with(&format!("approve = false\n{WITH_MONEY}"), "native_min = 1000000000000.0\n");
    let (mut stage, mut keeper, metrics) = begin(&mut chain, &folder, &more);
    rounds(&mut keeper, &mut stage, &metrics, Fault::NoFees, true);
    assert!(health(&metrics).1.contains("no_fees (critical)"));
    assert_eq!(fault(&metrics, Fault::NoAllowance), None);
    let (on, us) = (stage.on.clone(), stage.keeper.clone());
    must(stage.chain, &us, vec![on.usd.approve(on.market.address, 0)]).expect("approves nothing");
    rounds(&mut keeper, &mut stage, &metrics, Fault::NoAllowance, true);
    must(stage.chain, &us, vec![on.usd.approve(on.market.address, u128::MAX)]).expect("approves");
    rounds(&mut keeper, &mut stage, &metrics, Fault::NoAllowance, false);
}

#[test]
fn prices_that_are_old_and_a_breaker_that_holds_back() {
    let (mut chain, folder) = (chain(), Folder::new("fault-price"));
    let (mut stage, mut keeper, metrics) = begin(&mut chain, &folder, &with(WITH_MONEY, ""));
    stage.pass_ms(25 * 60 * MINUTE_MS);
    rounds(&mut keeper, &mut stage, &metrics, Fault::StalePrice, true);
    let why = fault(&metrics, Fault::StalePrice).expect("a reason");
    assert!(why.contains("25 h old") || why.contains("has none"), "{why}");
    stage.price(200);
    rounds(&mut keeper, &mut stage, &metrics, Fault::StalePrice, false);
    // The market is halted, and the price falls.
    let admin = stage.admin.clone();
    let halt = stage.on.market.raise_breaker(None, Level::Halted, 30 * MINUTE_MS);
    stage.act("raise_breaker", &admin, halt);
    stage.price(180);
    rounds(&mut keeper, &mut stage, &metrics, Fault::Halted, true);
    let why = fault(&metrics, Fault::Halted).expect("a reason");
    assert!(why.contains("1 accounts") && why.contains("BreakerHalted"), "{why}");
    assert_eq!(metrics.unhealthy_waiting.get(), 1);
    stage.pass_ms(31 * MINUTE_MS);
    stage.price(180);
    rounds(&mut keeper, &mut stage, &metrics, Fault::Halted, false);
    assert!(metrics.count("start", "sent") > 0, "it is started when the halt is over");
}

/// Starts that pay nobody: before, `not_worth_it` in every block for ever, and health 200.
#[test]
fn accounts_that_nobody_starts() {
    let (mut chain, folder) = (chain(), Folder::new("fault-unhealthy"));
    let more = with("[takes]\nenabled = false\n[starts]\nenabled = false\n", "");
    let (mut stage, mut keeper, metrics) = begin(&mut chain, &folder, &more);
    stage.price(180);
    rounds(&mut keeper, &mut stage, &metrics, Fault::Unhealthy, true);
    assert!(!health(&metrics).0);
    stage.price(200);
    rounds(&mut keeper, &mut stage, &metrics, Fault::Unhealthy, false);
}

/// Before: one pool that does not answer stopped takes, fills, cures and claims, and was not named.
#[test]
fn a_pool_that_does_not_answer_stops_nothing_else() {
    let (mut chain, folder) = (chain(), Folder::new("fault-pool"));
    let nobody = "0x7777777777777777777777777777777777777777777777777777777777777777";
    let more =
        with(&format!("{WITH_MONEY}[[pool]]\naddress = \"{nobody}\"\nbase = 0\nquote = 1\n"), "");
    let link = to_shared(chain.ledger());
    let mut stage = Stage::new(&mut chain);
    let borrower = stage.loan();
    let mut config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), &more);
    let wasm = Bundle::load("taker").expect("contracts are built").wasm;
    let code = stage.chain.upload(&stage.admin, &wasm).expect("uploads");
    let constructor = Taker::constructor(stage.on.market.address);
    let made = stage.chain.instantiate(&stage.keeper, code, 0, constructor, vec![1]);
    config.market.taker = Some(made.expect("instantiates").0);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
    settle(&mut keeper);
    stage.price(180);
    rounds(&mut keeper, &mut stage, &metrics, Fault::NoContract, true);
    let why = fault(&metrics, Fault::NoContract).expect("a reason");
    let named = breakwater_chain::address::to_ss58(&[0x77; 32]);
    assert!(why.contains(&named), "{why}");
    settle(&mut keeper);
    assert_eq!(metrics.count("start", "done"), 1);
    assert!(stage.account(borrower).auction.is_none(), "it was taken with money all the same");
}

#[test]
fn a_market_that_is_not_there() {
    let (mut chain, folder) = (chain(), Folder::new("fault-market"));
    let ledger = chain.ledger().clone();
    let mut stage = Stage::new(&mut chain);
    for (name, address) in [("nothing", [0x55; 32]), ("a token", stage.on.usd.address)] {
        let more = with("", "");
        let mut config = keeper::config(&stage, &["embedded"], &folder.file(name), &more);
        config.market.market = address;
        let (mut keeper, metrics) = keeper::start(config, &stage.keeper, to_shared(&ledger));
        rounds(&mut keeper, &mut stage, &metrics, Fault::NoMarket, true);
        let (is_healthy, why) = health(&metrics);
        assert!(!is_healthy && why.contains("market.market"), "{name}: {why}");
    }
}

#[test]
fn an_upgrade_to_code_that_it_does_not_know_stops_it() {
    let (mut chain, folder) = (chain(), Folder::new("fault-code"));
    let ledger = chain.ledger().clone();
    let (mut stage, mut keeper, metrics) = begin(&mut chain, &folder, &with(WITH_MONEY, ""));
    let admin = stage.admin.clone();
    let wasm = Bundle::load("market_front_next").expect("contracts are built").wasm;
    let front = stage.chain.upload(&admin, &wasm).expect("uploads");
    let upgrade = stage.on.market.upgrade(Some(front), None, None);
    must(stage.chain, &admin, vec![upgrade]).expect("upgrades");
    stage.price(180);
    rounds(&mut keeper, &mut stage, &metrics, Fault::UnknownCode, true);
    let why = fault(&metrics, Fault::UnknownCode).expect("a reason");
    assert!(why.contains("version 2"), "{why}");
    assert_eq!(metrics.count("start", "sent"), 0, "it acts no more");
    drop(keeper);
    // Told that it may, it does.
    let more = with(WITH_MONEY, "");
    let mut config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), &more);
    config.market.versions = vec![2];
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, to_shared(&ledger));
    settle(&mut keeper);
    assert_eq!(metrics.count("start", "done"), 1);
}

/// What code says of itself anybody can write into theirs: with its number unchanged an upgrade stops it too,
/// also one that came while it was off, until its hash is in the configuration.
#[test]
fn an_upgrade_that_keeps_its_number_stops_it_too() {
    let (mut chain, folder) = (chain(), Folder::new("fault-hash"));
    let ledger = chain.ledger().clone();
    let (mut stage, mut keeper, metrics) = begin(&mut chain, &folder, &with(WITH_MONEY, ""));
    let admin = stage.admin.clone();
    // The same code with a section that nobody reads: another hash.
    let mut wasm = Bundle::load("market_auctions").expect("contracts are built").wasm;
    wasm.extend([0, 2, 1, b'x']);
    let auctions = stage.chain.upload(&admin, &wasm).expect("uploads");
    let upgrade = stage.on.market.upgrade(None, Some(auctions), None);
    must(stage.chain, &admin, vec![upgrade]).expect("upgrades");
    rounds(&mut keeper, &mut stage, &metrics, Fault::UnknownCode, true);
    let hash = format!("0x{}", sp_core::hexdisplay::HexDisplay::from(&auctions));
    let (is_healthy, why) = health(&metrics);
    assert!(!is_healthy && why.contains(&hash) && why.contains("market.codes"), "{why}");
    drop(keeper);
    let more = with(WITH_MONEY, "");
    let restart = |codes: Vec<[u8; 32]>, stage: &Stage<'_>| {
        let mut config = keeper::config(stage, &["embedded"], &folder.file("a.redb"), &more);
        config.market.codes = codes;
        keeper::start(config, &stage.keeper, to_shared(&ledger))
    };
    let (mut keeper, metrics) = restart(vec![[7; 32]], &stage);
    rounds(&mut keeper, &mut stage, &metrics, Fault::UnknownCode, true);
    drop(keeper);
    let (mut keeper, metrics) = restart(vec![auctions], &stage);
    settle(&mut keeper);
    assert_eq!(fault(&metrics, Fault::UnknownCode), None);
    drop(keeper);
    // It is what it knows now.
    let (mut keeper, metrics) = restart(Vec::new(), &stage);
    settle(&mut keeper);
    assert_eq!(fault(&metrics, Fault::UnknownCode), None);
}

/// One chain behind endpoints of which some do not tell the truth.
struct Several<'c> {
    stage: Stage<'c>,
    wrong: Wrong<EmbeddedChain>,
    everybody: Vec<breakwater_chain::AccountId>,
    folder: Folder,
}

impl<'c> Several<'c> {
    fn new(chain: &'c mut shared::Shared<EmbeddedChain>, name: &str) -> Self {
        let wrong = Wrong::new(chain.ledger());
        let mut stage = Stage::new(chain);
        let own = stage.loan();
        let mut everybody: Vec<_> = borrowers(&mut stage, 3).iter().map(Signer::account).collect();
        everybody.push(own);
        Self { stage, wrong, everybody, folder: Folder::new(name) }
    }

    fn config(&self, endpoints: &[&str]) -> Config {
        let more = with(WITH_MONEY, "");
        keeper::config(&self.stage, endpoints, &self.folder.file("a.redb"), &more)
    }

    fn start(&self, endpoints: &[&str]) -> (Keeper, Arc<Metrics>) {
        keeper::start(self.config(endpoints), &self.stage.keeper, self.wrong.connect())
    }

    /// A loan is repaid and another taken: events that a keeper must not miss.
    fn business(&mut self) {
        let (on, lender) = (self.stage.on.clone(), self.stage.lender.clone());
        let supply = on.market.supply(on.usd_asset, 1_000 * USD, None);
        must(self.stage.chain, &lender, vec![supply]).expect("supplies");
    }

    fn check(&mut self, keeper: &Keeper) {
        self.everybody.push(self.stage.lender.account());
        assert_knows_all(keeper, &mut self.stage, &self.everybody);
    }
}

fn failures(metrics: &Metrics, address: &str) -> bool {
    metrics.text().lines().any(|line| {
        line.contains("endpoint_failures")
            && line.contains(&format!("url=\"{address}"))
            && !line.ends_with(" 0")
    })
}

const LIAR: &str = "ws://liar";
const HONEST: &str = "ws://honest";

/// Before: it read again for ever from the same endpoint, and counted that as no failure.
#[test]
fn an_endpoint_that_hides_events_is_found_out() {
    let mut chain = chain();
    let mut on = Several::new(&mut chain, "hides");
    let (mut keeper, metrics) = on.start(&[LIAR, HONEST]);
    settle(&mut keeper);
    let hides_events = true;
    on.wrong.set(LIAR, Wrongs { hides_events, ..Wrongs::default() });
    on.business();
    settle(&mut keeper);
    on.check(&keeper);
    assert_eq!(metrics.mismatches.get(), 1, "once");
    assert!(failures(&metrics, LIAR) && !failures(&metrics, HONEST), "{}", metrics.text());
    for _ in 0..3 {
        on.business();
        settle(&mut keeper);
    }
    on.check(&keeper);
    assert!(metrics.mismatches.get() <= 3, "{}", metrics.mismatches.get());
}

/// With nobody else to ask, state is read: what was missed is known again, and what comes is followed.
#[test]
fn what_the_only_endpoint_hid_is_read_from_state() {
    let mut chain = chain();
    let mut on = Several::new(&mut chain, "alone");
    let (mut keeper, metrics) = on.start(&[LIAR]);
    settle(&mut keeper);
    let hides_events = true;
    on.wrong.set(LIAR, Wrongs { hides_events, ..Wrongs::default() });
    on.business();
    settle(&mut keeper);
    on.check(&keeper);
    on.wrong.set(LIAR, Wrongs::default());
    on.business();
    settle(&mut keeper);
    on.check(&keeper);
    assert_eq!(metrics.mismatches.get(), 1);
}

/// A first sync of a node that has pruned all but the newest blocks; one whose storage is short of an
/// account is not believed; where nothing is listed, events from the beginning are read.
#[test]
fn a_first_sync_reads_state_that_proves_itself() {
    let mut chain = chain();
    let mut on = Several::new(&mut chain, "pruned");
    on.business();
    let head = on.stage.chain.block_number().expect("a number");
    let pruned_below = Some(head);
    on.wrong.set(HONEST, Wrongs { pruned_below, ..Wrongs::default() });
    on.wrong.set(LIAR, Wrongs { pruned_below, loses_an_item: true, ..Wrongs::default() });
    let (mut keeper, metrics) = on.start(&[LIAR, HONEST]);
    settle(&mut keeper);
    on.check(&keeper);
    assert!(failures(&metrics, LIAR), "it does not add up");
    drop(keeper);
    std::fs::remove_file(on.folder.file("a.redb")).expect("removes");
    on.wrong.set("ws://old", Wrongs { lists_nothing: true, ..Wrongs::default() });
    let (mut keeper, metrics) = on.start(&["ws://old"]);
    settle(&mut keeper);
    on.check(&keeper);
    assert!(metrics.blocks.get() >= head, "all blocks were read");
}

/// Before: one that takes no more than so many requests never finished a batch of 128.
#[test]
fn an_endpoint_that_limits_requests_is_read_at_its_pace() {
    let mut chain = chain();
    let mut on = Several::new(&mut chain, "limited");
    for _ in 0..60 {
        on.business();
    }
    let limits = Wrongs { most_blocks: Some(5), lists_nothing: true, ..Wrongs::default() };
    on.wrong.set(LIAR, limits);
    let (mut keeper, _) = on.start(&[LIAR]);
    settle(&mut keeper);
    on.check(&keeper);
}

/// Before: a black hole cost 10 s of every 13, and views that fail were silent.
#[test]
fn a_black_hole_and_an_endpoint_without_views() {
    let mut chain = chain();
    let mut on = Several::new(&mut chain, "hole");
    let hole = Some(Duration::from_secs(2));
    on.wrong.set(LIAR, Wrongs { hole, ..Wrongs::default() });
    let (mut keeper, metrics) = on.start(&[LIAR, HONEST]);
    settle(&mut keeper);
    let began = Instant::now();
    for _ in 0..10 {
        on.business();
        settle(&mut keeper);
    }
    println!("ten blocks beside a black hole: {:?}", began.elapsed());
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    on.check(&keeper);
    assert!(fault(&metrics, Fault::EndpointDown).is_some_and(|why| why.contains(LIAR)));
    assert!(health(&metrics).0, "the other does: {}", health(&metrics).1);
    let answers_no_calls = true;
    on.wrong.set(HONEST, Wrongs { answers_no_calls, ..Wrongs::default() });
    rounds(&mut keeper, &mut on.stage, &metrics, Fault::AnswerFails, true);
    on.wrong.set(HONEST, Wrongs::default());
    rounds(&mut keeper, &mut on.stage, &metrics, Fault::AnswerFails, false);
    on.wrong.set(HONEST, Wrongs { hole, ..Wrongs::default() });
    rounds(&mut keeper, &mut on.stage, &metrics, Fault::NoEndpoint, true);
    assert!(!health(&metrics).0);
}

/// Before: zeros in the file made the database panic.
#[test]
fn a_store_that_is_damaged_is_rebuilt() {
    let mut chain = chain();
    let mut on = Several::new(&mut chain, "damaged");
    let (mut keeper, _) = on.start(&[HONEST]);
    settle(&mut keeper);
    drop(keeper);
    let path = on.folder.file("a.redb");
    let mut bytes = std::fs::read(&path).expect("a file");
    bytes[..32 * 1_024].fill(0);
    std::fs::write(&path, bytes).expect("writes");
    let (mut keeper, metrics) = on.start(&[HONEST]);
    settle(&mut keeper);
    on.check(&keeper);
    assert_eq!(metrics.mismatches.get(), 0);
    assert!(on.folder.file("a.redb.damaged-1").exists());
    drop(keeper);
    // A node with a new chain: told as that.
    let mut other =
        EmbeddedChain::with_genesis_time(Profile::Node, 1_600_000_000_000).expect("a chain");
    other.remember(0);
    let other = shared::Shared::new(other);
    let config = on.config(&[HONEST]);
    let outcome = Keeper::start(
        config,
        on.stage.keeper.clone(),
        to_shared(other.ledger()),
        false,
        Arc::default(),
    );
    let error = outcome.err().expect("is refused");
    let is_told = matches!(
        &error,
        breakwater_keeper::service::KeeperError::Store(StoreError::OtherChain { .. })
    );
    assert!(is_told, "{error}");
}
