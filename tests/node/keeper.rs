//! The keeper on a real node, and what can go wrong there: killed at every step, connections that
//! break, endpoints that lie or are behind, a node that is killed, a competitor.
//!
//! Scenarios move the chain's clock on by hours, so it is never the system's: a keeper that used that
//! for a decision would fail here.

use breakwater_chain::{
    node::{NodeChain, NodeOptions, NodeProcess},
    AccountId, Chain, Ledger, Signer,
};
use breakwater_client::{deploy::must, MarketEvent};
use breakwater_keeper::{faults, service::Keeper};
use breakwater_protocol::num::time::MINUTE_MS;
use breakwater_tests::{
    keeper::{
        assert_knows_all, borrowers, config_of, proxy::Proxy, settle, start, to_nodes, until,
        Folder, PATIENT,
    },
    node,
    stage::{ETH, USD},
    Stage,
};
use std::{
    collections::BTreeMap,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

/// A market with a few borrowers, whom falls of the price make unhealthy again and again: a take brings
/// them back to 1.05, the next price is 7 % lower.
struct Crash<'a> {
    stage: Stage<'a>,
    everybody: Vec<AccountId>,
    price: u128,
}

/// What happened on chain.
#[derive(Default)]
struct Seen {
    starts: BTreeMap<AccountId, usize>,
    /// Units repaid by each taker.
    repaid: BTreeMap<AccountId, u128>,
}

impl<'a> Crash<'a> {
    fn new(chain: &'a mut dyn Chain, count: usize) -> Self {
        let mut stage = Stage::new(chain);
        stage.loan();
        let others = borrowers(&mut stage, count - 1);
        let mut everybody: Vec<_> = others.iter().map(Signer::account).collect();
        everybody.push(stage.borrower.account());
        Self { stage, everybody, price: 20_000 }
    }

    /// The price falls by 7 %.
    fn fall(&mut self) {
        self.price = self.price * 93 / 100;
        self.push();
    }

    /// Half an hour later auctions give the most.
    fn wait(&mut self) {
        self.stage.pass_ms(30 * MINUTE_MS);
        self.push();
    }

    fn push(&mut self) {
        let now_ms = self.stage.chain.now_ms().expect("a time");
        let price_wad = self.price * (ETH / 100);
        let push = self.stage.on.push_prices(price_wad, now_ms);
        must(self.stage.chain, &self.stage.admin, vec![push]).expect("a price is accepted");
        self.stage.pass_ms(1_000);
    }

    fn addresses(&self) -> [AccountId; 2] {
        [self.stage.on.market.address, self.stage.on.lens.address]
    }

    /// What happened since a block.
    fn seen(&mut self, url: &str, since: u64) -> Seen {
        let mut ledger = NodeChain::connect(url).expect("connects");
        let best = ledger.best().expect("a head").number;
        let hashes = ledger.hashes(since + 1, best).expect("hashes");
        let hashes: Vec<_> = hashes.into_iter().flatten().collect();
        let mut seen = Seen::default();
        for block in ledger.blocks(&hashes).expect("blocks") {
            for event in block.events().filter_map(MarketEvent::decode) {
                match event {
                    MarketEvent::LiquidationStarted(e) => {
                        *seen.starts.entry(*e.account.as_ref()).or_default() += 1;
                    }
                    MarketEvent::Taken(e) => {
                        *seen.repaid.entry(*e.taker.as_ref()).or_default() += e.repaid;
                    }
                    _ => {}
                }
            }
        }
        seen
    }

    /// All are healthy, started once each, the keeper paid what was repaid and no more, and knows all.
    fn check(&mut self, url: &str, since: u64, keeper: &Keeper, had: u128) {
        assert!(keeper.index().auctions.is_empty(), "all are healthy again");
        let seen = self.seen(url, since);
        for account in &self.everybody {
            assert_eq!(seen.starts.get(account), Some(&1), "started once");
        }
        let us = self.stage.keeper.account();
        let paid = had - self.stage.usd(us);
        assert_eq!(seen.repaid.get(&us).copied().unwrap_or(0), paid, "paid what was repaid");
        let everybody = self.everybody.clone();
        assert_knows_all(keeper, &mut self.stage, &everybody);
        self.stage.assert_backed();
    }

    fn now(&mut self) -> u64 {
        self.stage.chain.block_number().expect("a number")
    }
}

/// All that needs no node of its own, one after the other.
#[test]
fn a_keeper_on_a_node() {
    let Some((process, mut chain)) = node("a_keeper_on_a_node") else { return };
    let url = process.url().to_owned();
    plain_sailing(&url, &mut chain);
    killed_at_every_step(&url, &mut chain);
    connections_that_break(&url, &mut chain);
    an_endpoint_that_lies(&url, &mut chain);
    two_keepers(&url, &mut chain);
}

/// From a fall of the price to healthy accounts, in single rounds.
fn plain_sailing(url: &str, chain: &mut dyn Chain) {
    let folder = Folder::new("keeper-plain");
    let mut crash = Crash::new(chain, 6);
    let config = config_of(crash.addresses(), &[url], &folder.file("a.redb"), PATIENT);
    let (mut keeper, metrics) = start(config, &crash.stage.keeper.clone(), to_nodes());
    settle(&mut keeper);
    assert_eq!(metrics.count("start", "sent"), 0, "nobody is unhealthy");
    let (since, had) = (crash.now(), crash.stage.usd(crash.stage.keeper.account()));
    crash.fall();
    let price_block = crash.now();
    let mut round = keeper.round().expect("a round");
    // The node tells of the block by itself, a moment later.
    until("the price is seen", || {
        let is_seen = round.cursor >= price_block;
        if !is_seen {
            round = keeper.round().expect("a round");
        }
        is_seen
    });
    assert_eq!((round.sent, round.cursor), (1, price_block), "all in one, in the first answer");
    settle(&mut keeper);
    assert_eq!(keeper.index().auctions.len(), 6);
    crash.wait();
    settle(&mut keeper);
    crash.check(url, since, &keeper, had);
    assert_eq!(metrics.mismatches.get(), 0);
}

/// A process that is a keeper and dies where it is told to; started by [`killed_at_every_step`].
#[test]
#[ignore = "started by another test"]
fn a_keeper_that_dies() {
    let told = |name| std::env::var(name).ok();
    let (Some(point), Some(url), Some(store), Some(market), Some(lens)) = (
        told("KEEPER_DIES_AT"),
        told("KEEPER_URL"),
        told("KEEPER_STORE"),
        told("KEEPER_MARKET"),
        told("KEEPER_LENS"),
    ) else {
        return;
    };
    let contracts =
        [market, lens].map(|text| breakwater_chain::address::parse(&text).expect("an address"));
    let config = config_of(contracts, &[&url], store.as_ref(), PATIENT);
    let signer = Signer::from_uri("//Dave").expect("a key");
    faults::abort_at(&point).expect("a place");
    let (mut keeper, _) = start(config, &signer, to_nodes());
    settle(&mut keeper);
}

/// Killed between any two steps, a keeper that is started again on the same store has lost nobody and
/// does nothing twice.
fn killed_at_every_step(url: &str, chain: &mut dyn Chain) {
    let folder = Folder::new("keeper-killed");
    let mut crash = Crash::new(chain, 3);
    let store = folder.file("a.redb");
    let [market, lens] = crash.addresses();
    let run_until_dead = |point: &str| {
        let program = std::env::current_exe().expect("this program");
        let hex = breakwater_chain::address::to_ss58;
        let output = Command::new(program)
            .args(["a_keeper_that_dies", "--exact", "--ignored"])
            .env("KEEPER_DIES_AT", point)
            .env("KEEPER_URL", url)
            .env("KEEPER_STORE", &store)
            .env("KEEPER_MARKET", hex(&market))
            .env("KEEPER_LENS", hex(&lens))
            .output()
            .expect("runs");
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(output.status.signal(), Some(6), "{point}: did not die there: {output:?}");
    };
    for point in faults::POINTS {
        let (since, had) = (crash.now(), crash.stage.usd(crash.stage.keeper.account()));
        for waits in [false, true] {
            match waits {
                false => crash.fall(),
                true => crash.wait(),
            }
            run_until_dead(point);
            let config = config_of(crash.addresses(), &[url], &store, PATIENT);
            let (mut keeper, metrics) = start(config, &crash.stage.keeper.clone(), to_nodes());
            settle(&mut keeper);
            assert_eq!(metrics.mismatches.get(), 0, "{point}");
            assert_eq!(keeper.store().intents(), [], "{point}");
            // The smaller the loans have become, the more the starter's floor is of what they repay: in the
            // end it is worth taking at once.
            let is_waiting = !waits && !keeper.index().auctions.is_empty();
            if is_waiting {
                assert_eq!(keeper.index().auctions.len(), 3, "{point}");
            } else {
                crash.check(url, since, &keeper, had);
            }
        }
    }
}

/// Runs keepers in threads until `work` is done; then each settles and is handed to `check`.
fn while_running(keepers: Vec<&mut Keeper>, work: impl FnOnce()) {
    /// Stops them also when `work` panics: else the scope would wait for them for ever.
    struct Stop<'s>(&'s AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let threads: Vec<_> = keepers
            .into_iter()
            .map(|keeper| {
                let stop = &stop;
                scope.spawn(move || {
                    keeper.run(stop, |_| {}).expect("no error that does not pass");
                    settle(keeper);
                })
            })
            .collect();
        let until_here = Stop(&stop);
        work();
        drop(until_here);
        for thread in threads {
            thread.join().expect("no panic");
        }
    });
}

/// Waits until the market has so many auctions.
fn until_auctions(crash: &mut Crash<'_>, count: usize) {
    let market = crash.stage.on.market;
    until("the market has the auctions expected", || {
        let (_, open) = market.auctions(crash.stage.chain, 0).expect("auctions");
        open.len() == count
    });
}

/// Connections that break again and again, and nobody to be reached for a while.
fn connections_that_break(url: &str, chain: &mut dyn Chain) {
    let folder = Folder::new("keeper-broken");
    let mut crash = Crash::new(chain, 3);
    let proxy = Proxy::start(url);
    let config = config_of(crash.addresses(), &[&proxy.url()], &folder.file("a.redb"), PATIENT);
    let (mut keeper, metrics) = start(config, &crash.stage.keeper.clone(), to_nodes());
    let (since, had) = (crash.now(), crash.stage.usd(crash.stage.keeper.account()));
    while_running(vec![&mut keeper], || {
        proxy.cut();
        crash.fall();
        proxy.refuse(true);
        proxy.cut();
        std::thread::sleep(Duration::from_millis(500));
        proxy.refuse(false);
        for _ in 0..5 {
            std::thread::sleep(Duration::from_millis(150));
            proxy.cut();
        }
        until_auctions(&mut crash, 3);
        crash.wait();
        for _ in 0..5 {
            std::thread::sleep(Duration::from_millis(150));
            proxy.cut();
        }
        until_auctions(&mut crash, 0);
    });
    crash.check(url, since, &keeper, had);
    assert!(metrics.errors.get() > 0, "connections did break");
}

/// An endpoint that claims to be far ahead: the keeper goes on with the honest one.
fn an_endpoint_that_lies(url: &str, chain: &mut dyn Chain) {
    let folder = Folder::new("keeper-lied-to");
    let mut crash = Crash::new(chain, 3);
    let proxy = Proxy::start(url);
    proxy.lie(true);
    let store = folder.file("a.redb");
    let config = config_of(crash.addresses(), &[&proxy.url(), url], &store, PATIENT);
    let (mut keeper, metrics) = start(config, &crash.stage.keeper.clone(), to_nodes());
    let (since, had) = (crash.now(), crash.stage.usd(crash.stage.keeper.account()));
    crash.fall();
    settle(&mut keeper);
    assert_eq!(keeper.index().auctions.len(), 3);
    // In the middle of it the honest one is the liar's only friend, and then the liar reforms.
    proxy.lie(false);
    crash.wait();
    settle(&mut keeper);
    crash.check(url, since, &keeper, had);
    let text = metrics.text();
    let failed = |line: &str| line.contains(&proxy.url()) && !line.ends_with(" 0");
    assert!(
        text.lines().any(|line| line.contains("endpoint_failures") && failed(line)),
        "the liar was left alone: {text}"
    );
}

/// Two keepers want the same: everything happens once, and losing is no error.
fn two_keepers(url: &str, chain: &mut dyn Chain) {
    let folder = Folder::new("keeper-race");
    let mut crash = Crash::new(chain, 6);
    let rival = Signer::from_uri("//Ferdie").expect("a key");
    let (on, admin) = (crash.stage.on.clone(), crash.stage.admin.clone());
    must(crash.stage.chain, &admin, vec![on.usd.mint(rival.account(), 100_000 * USD)])
        .expect("mints");
    let mut each = [(crash.stage.keeper.clone(), "a"), (rival.clone(), "b")].map(|(who, name)| {
        let file = folder.file(name);
        start(config_of(crash.addresses(), &[url], &file, PATIENT), &who, to_nodes())
    });
    let since = crash.now();
    let began = Instant::now();
    settle(&mut each[0].0);
    println!("{since} blocks read in {:.2?}", began.elapsed());
    let purses = [crash.stage.keeper.account(), rival.account()];
    let had = purses.map(|who| crash.stage.usd(who));
    let [(first, first_metrics), (second, second_metrics)] = &mut each;
    while_running(vec![first, second], || {
        for _ in 0..2 {
            crash.fall();
            until_auctions(&mut crash, 6);
            crash.wait();
            until_auctions(&mut crash, 0);
        }
    });
    let seen = crash.seen(url, since);
    assert!(crash.everybody.iter().all(|who| seen.starts.get(who) == Some(&2)));
    for (who, had) in purses.into_iter().zip(had) {
        let paid = had - crash.stage.usd(who);
        assert_eq!(seen.repaid.get(&who).copied().unwrap_or(0), paid);
    }
    let everybody = crash.everybody.clone();
    for (keeper, metrics) in [(first, first_metrics), (second, second_metrics)] {
        assert_knows_all(keeper, &mut crash.stage, &everybody);
        assert_eq!(metrics.mismatches.get(), 0);
    }
    crash.stage.assert_backed();
}

/// The node is killed and comes back, with a second one that is behind: the keeper waits, does not
/// take the one that is behind for the truth when the other is there, and goes on.
#[test]
fn a_node_that_is_killed_and_one_that_is_behind() {
    let Some((behind, _)) = node("a_node_that_is_killed") else { return };
    let folder = Folder::new("keeper-restart");
    let boot = |port| {
        let options =
            NodeOptions { port, directory: Some(folder.file("chain")), ..NodeOptions::default() };
        NodeProcess::start_with(options).expect("a node")
    };
    let process = boot(None);
    let url = process.url().to_owned();
    let port = url.rsplit(':').next().and_then(|port| port.parse().ok());
    let mut chain = NodeChain::connect(&url).expect("connects");
    let mut crash = Crash::new(&mut chain, 3);
    let (addresses, dave) = (crash.addresses(), crash.stage.keeper.clone());
    let (on, everybody) = (crash.stage.on.clone(), crash.everybody.clone());
    let config = config_of(addresses, &[behind.url(), &url], &folder.file("a.redb"), PATIENT);
    let (mut keeper, metrics) = start(config, &dave, to_nodes());
    crash.fall();
    settle(&mut keeper);
    assert_eq!(keeper.index().auctions.len(), 3);
    let price = crash.price;
    // Its last block must be written, as with any node that is killed a while after it.
    std::thread::sleep(Duration::from_secs(2));
    drop(process);
    for _ in 0..3 {
        // The one that is behind has the same genesis: walking back to it fails or is undone later.
        let _ = keeper.round();
    }
    let process = boot(port);
    let mut chain = NodeChain::connect(process.url()).expect("connects");
    let now_ms = chain.now_ms().expect("a time");
    chain.travel_to_ms(now_ms + 30 * MINUTE_MS).expect("time passes");
    let now_ms = chain.now_ms().expect("a time");
    let push = on.push_prices(price * (ETH / 100), now_ms);
    let admin = Signer::from_uri("//Alice").expect("a key");
    must(&mut chain, &admin, vec![push]).expect("a price");
    until("the auctions are over", || {
        keeper.round().is_ok_and(|round| round.caught_up && round.under_way == 0)
            && keeper.index().auctions.is_empty()
            && !keeper.index().is_empty()
    });
    settle(&mut keeper);
    for account in everybody {
        let mut theirs = on.market.account(&mut chain, account).expect("an account").positions;
        let mut ours = keeper.index().positions(&account);
        theirs.sort_by_key(|held| held.asset);
        ours.sort_by_key(|held| held.asset);
        assert_eq!(ours, theirs);
    }
    assert_eq!(metrics.mismatches.get(), 0);
}
