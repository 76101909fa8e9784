//! Keepers left alone: three of them on the local chain for as long as told, while prices fall and rise,
//! somebody fills blocks, keepers are killed and started again, and one endpoint is bad.
//!
//! `SOAK_MINUTES=60 SOAK_ACCOUNTS=10000 cargo test --workspace --test embedded_keeper_soak -- --ignored --nocapture`
//! prints what stands in docs/keepers.md.

use breakwater_chain::{
    node::NodeChain, AccountId, ContractCall, Ledger, Signer, Terms, Transaction, Weight,
};
use breakwater_client::{deploy::must, MarketEvent};
use breakwater_devnode::{DevNode, Options, Seal};
use breakwater_tests::{
    keeper::{assert_knows_all, config_of, proxy::Proxy, settle, start, to_nodes, Folder},
    stage::{ETH, USD},
    Stage,
};
use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command},
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

const KEYS: [&str; 3] = ["//Dave", "//Eve", "//Ferdie"];
/// Blocks of the chain, and steps of the price.
const BLOCK: Duration = Duration::from_millis(1_000);
const STEP: Duration = Duration::from_secs(5);
const MINUTE_MS: u64 = 60_000;
/// Twenty units for each borrower: ten thousand of them are within what a development account has.
const FOR_FEES: u128 = 20_000_000_000_000;
const TERMS: &str = "resend_ms = 2000\ntip_bps = 500\n[fees]\nnative_usd = 0.01\n\
                     [upkeep]\nmax_usd_per_day = 100000.0\nfor_the_market = true\n\
                     [takes]\nmin_profit_usd = 0.01\nexit_bps = 0\n\
                     [[inventory]]\nasset = 1\nspend_max = 20000.0\n";

fn told(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// One of the keepers, as a process of its own.
struct Worker {
    name: &'static str,
    child: Child,
    endpoints: String,
    store: PathBuf,
    addresses: [AccountId; 2],
}

impl Worker {
    fn start(
        name: &'static str,
        endpoints: &[&str],
        store: PathBuf,
        addresses: [AccountId; 2],
    ) -> Self {
        let endpoints = endpoints.join(",");
        let child = Self::spawn(name, &endpoints, &store, addresses);
        Self { name, child, endpoints, store, addresses }
    }

    fn spawn(name: &str, endpoints: &str, store: &Path, addresses: [AccountId; 2]) -> Child {
        let [market, lens] = addresses.map(|of| breakwater_chain::address::to_ss58(&of));
        Command::new(std::env::current_exe().expect("this program"))
            .args(["a_keeper_of_the_soak", "--exact", "--ignored"])
            .env("SOAK_KEY", name)
            .env("SOAK_ENDPOINTS", endpoints)
            .env("SOAK_STORE", store)
            .env("SOAK_MARKET", market)
            .env("SOAK_LENS", lens)
            .stdout(std::process::Stdio::null())
            .spawn()
            .expect("runs")
    }

    /// Killed without a word, and started again.
    fn restart(&mut self) {
        self.end();
        self.child = Self::spawn(self.name, &self.endpoints, &self.store, self.addresses);
    }

    fn end(&mut self) {
        // It may have ended by itself, which is seen by what it has done.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Resident memory in KiB.
    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let line = status.unwrap_or_default();
        let line =
            line.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default().to_owned();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.end();
    }
}

/// A process that is a keeper until it is killed; started by [`soak`].
#[test]
#[ignore = "started by another test"]
fn a_keeper_of_the_soak() {
    let told = |name| std::env::var(name).ok();
    let (Some(key), Some(endpoints), Some(store), Some(market), Some(lens)) = (
        told("SOAK_KEY"),
        told("SOAK_ENDPOINTS"),
        told("SOAK_STORE"),
        told("SOAK_MARKET"),
        told("SOAK_LENS"),
    ) else {
        return;
    };
    let addresses =
        [market, lens].map(|text| breakwater_chain::address::parse(&text).expect("an address"));
    let endpoints: Vec<&str> = endpoints.split(',').collect();
    let config = config_of(addresses, &endpoints, store.as_ref(), TERMS);
    let signer = Signer::from_uri(&key).expect("a key");
    let (mut keeper, _) = start(config, &signer, to_nodes());
    keeper.run(&AtomicBool::new(false), |_| {}).expect("no error that does not pass");
}

/// Loans of 1,500 dollars on 10 to 20 ETH: the first are unhealthy below 187.50, the last below 93.75.
fn lend(stage: &mut Stage<'_>, count: u64) -> Vec<AccountId> {
    const GAS: Weight = Weight { ref_time: 100_000_000_000, proof_size: 4 * 1024 * 1024 };
    let (on, admin) = (stage.on.clone(), stage.admin.clone());
    let signers: Vec<Signer> =
        (0..count).map(|n| Signer::from_uri(&format!("//Soak/{n}")).expect("a key")).collect();
    let lot = |n: u64| 10 * ETH + 10 * ETH * u128::from(n) / u128::from(count);
    for (part, chunk) in signers.chunks(200).enumerate() {
        let accounts: Vec<AccountId> = chunk.iter().map(Signer::account).collect();
        stage.chain.fund(&admin, &accounts, FOR_FEES).expect("funds");
        let numbered = (part as u64 * 200..).zip(chunk);
        let gifts = numbered.clone().map(|(n, one)| on.eth.mint(one.account(), lot(n)));
        for gifts in gifts.collect::<Vec<_>>().chunks(50) {
            must(stage.chain, &admin, gifts.to_vec()).expect("mints");
        }
        let loans: Vec<Transaction> = numbered
            .map(|(n, one)| {
                let steps = [
                    on.eth.approve(on.market.address, u128::MAX),
                    on.market.deposit_collateral(on.eth_asset, lot(n), None),
                    on.market.borrow(on.usd_asset, 1_500 * USD),
                ];
                Transaction::batch(one, steps.map(|step| step.with_gas(GAS)).into())
            })
            .collect();
        for receipt in stage.chain.submit_all(&loans).expect("are included") {
            assert_eq!(receipt.result, Ok(()));
        }
    }
    signers.iter().map(Signer::account).collect()
}

/// What the chain says of the keepers.
#[derive(Default)]
struct Seen {
    takers: BTreeMap<AccountId, Taker>,
    starts: usize,
    takes: usize,
}

/// What one keeper did: units repaid, takes, and the block of the last.
#[derive(Clone, Copy, Default)]
struct Taker {
    repaid: u128,
    takes: usize,
    last_block: u64,
}

fn seen(url: &str, since: u64) -> Seen {
    let mut ledger = NodeChain::connect(url).expect("connects");
    let best = ledger.best().expect("a head").number;
    let mut seen = Seen::default();
    let numbers: Vec<u64> = (since + 1..=best).collect();
    for part in numbers.chunks(128) {
        let hashes = ledger.hashes(part[0], part[part.len() - 1]).expect("hashes");
        let hashes: Vec<_> = hashes.into_iter().flatten().collect();
        for block in ledger.blocks(&hashes).expect("blocks") {
            for event in block.events().filter_map(MarketEvent::decode) {
                match event {
                    MarketEvent::LiquidationStarted(_) => seen.starts += 1,
                    MarketEvent::Taken(e) => {
                        seen.takes += 1;
                        let taker = seen.takers.entry(*e.taker.as_ref()).or_default();
                        taker.repaid += e.repaid;
                        taker.takes += 1;
                        taker.last_block = block.id.number;
                    }
                    _ => {}
                }
            }
        }
    }
    seen
}

#[test]
#[ignore = "takes as long as told: prints figures"]
fn soak() {
    let (minutes, count) = (told("SOAK_MINUTES", 10), told("SOAK_ACCOUNTS", 10_000));
    // Enough states for all that is read at the end.
    let keep_states = 200_000;
    let options =
        Options { seal: Seal::Instant { idle: Some(BLOCK) }, keep_states, ..Options::default() };
    let node = DevNode::start(&options).expect("a node");
    let url = node.url();
    let folder = Folder::new("local-soak");
    let mut chain = NodeChain::connect(&url).expect("connects");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    let (on, admin, lender) = (stage.on.clone(), stage.admin.clone(), stage.lender.clone());
    let money = u128::from(count) * 1_600 * USD;
    let keys = KEYS.map(|key| Signer::from_uri(key).expect("a key"));
    let mut gifts = vec![on.usd.mint(lender.account(), money)];
    gifts.extend(keys.iter().map(|key| on.usd.mint(key.account(), 10_000_000 * USD)));
    must(stage.chain, &admin, gifts).expect("mints");
    stage.act("supply", &lender, on.market.supply(on.usd_asset, money, None));
    let began = Instant::now();
    let everybody = lend(&mut stage, count);
    println!("{count} loans in {:.0?}", began.elapsed());
    let addresses = [on.market.address, on.lens.address];
    let since = stage.chain.block_number().expect("a number");
    let had = keys.each_ref().map(|key| stage.usd(key.account()));
    // It takes connections and never answers.
    let hole = TcpListener::bind("127.0.0.1:0").expect("a port");
    let hole = format!("ws://{}", hole.local_addr().map(|of| of.to_string()).expect("an address"));
    let proxy = Proxy::start(&url);
    let through = proxy.url();
    let endpoints: [&[&str]; 3] = [&[&url], &[&hole, &url], &[&through, &url]];
    let stores = ["a", "b", "c"].map(|name| folder.file(name));
    let mut workers: Vec<Worker> = KEYS
        .into_iter()
        .zip(endpoints)
        .zip(&stores)
        .map(|((key, endpoints), store)| Worker::start(key, endpoints, store.clone(), addresses))
        .collect();
    let mut crowd = NodeChain::connect(&url).expect("connects");
    let spammer = Signer::from_uri("//Charlie").expect("a key");
    let began = Instant::now();
    let until = Duration::from_secs(minutes * 60);
    // The price in cents: down by 2 % in four of five steps, up by 5 % in the fifth, and back when it is low.
    let (mut cents, mut step, mut restarts, mut first) = (20_000u128, 0u64, 0, None);
    while began.elapsed() < until {
        step += 1;
        cents = match (step % 5, cents) {
            (_, ..=12_000) => 20_000,
            (0, _) => cents * 105 / 100,
            _ => cents * 98 / 100,
        };
        stage.pass_ms(2 * MINUTE_MS);
        let now_ms = stage.chain.now_ms().expect("a time");
        must(stage.chain, &admin, vec![on.push_prices(cents * (ETH / 100), now_ms)])
            .expect("a price");
        if step % 3 == 0 {
            let gas = Weight { ref_time: 1_000_000_000, proof_size: 100_000 };
            let call = [ContractCall::new([0x99; 32], vec![0; 1_200_000]).with_gas(gas)];
            let terms = Terms { tip: 10_000_000, lifetime_blocks: None };
            for _ in 0..3 {
                let nonce = crowd.next_nonce(spammer.account()).expect("a nonce");
                let signed = crowd.sign_with(&spammer, nonce, &call, terms).expect("signs").0;
                crowd.submit_signed(&signed).expect("the pool takes it");
            }
        }
        if step % 4 == 0 {
            proxy.cut();
        }
        if step % 12 == 0 {
            // The two whose memory is not looked at, in turn.
            let place = 1 + (step / 12 % 2) as usize;
            workers[place].restart();
            restarts += 1;
        }
        std::thread::sleep(STEP);
        let resident = workers[0].resident();
        if first.is_none() && began.elapsed() > until / 4 {
            first = Some(resident);
        }
        if step % 12 == 0 {
            println!("{:.0?}: {cents} cents, {resident} KiB", began.elapsed());
        }
    }
    let (first, last) = (first.unwrap_or(0), workers[0].resident());
    let ended_at = stage.chain.block_number().expect("a number");
    for worker in &mut workers {
        assert!(worker.child.try_wait().expect("a state").is_none(), "{} ended", worker.name);
    }
    workers.iter_mut().for_each(Worker::end);
    drop(workers);
    // Each goes on in this process until nothing is under way.
    let mut done = Vec::new();
    for ((key, store), had) in keys.iter().zip(&stores).zip(had) {
        let config = config_of(addresses, &[&url], store, TERMS);
        let (mut keeper, metrics) = start(config, key, to_nodes());
        settle(&mut keeper);
        assert_eq!(keeper.store().intents(), [], "nothing lost");
        assert_eq!(metrics.mismatches.get(), 0);
        done.push((key.account(), had));
        let some: Vec<AccountId> = everybody.iter().copied().step_by(97).collect();
        assert_knows_all(&keeper, &mut stage, &some);
    }
    let seen = seen(&url, since);
    for (name, (account, had)) in KEYS.iter().zip(done) {
        let paid = had - stage.usd(account);
        let taker = seen.takers.get(&account).copied().unwrap_or_default();
        assert_eq!(taker.repaid, paid, "nothing doubled");
        let silent = ended_at.saturating_sub(taker.last_block);
        println!("{name}: {} takes, the last {silent} blocks before the end", taker.takes);
        assert!(silent < (ended_at - since) / 2, "{name} has stopped taking");
    }
    let grown = last as f64 / first.max(1) as f64 * 100.0 - 100.0;
    let blocks = stage.chain.block_number().expect("a number") - since;
    println!(
        "{minutes} minutes, {count} accounts, {blocks} blocks, {step} prices, {restarts} kills: {} starts, \
         {} takes, none lost, none doubled; resident memory {first} KiB after a quarter, {last} KiB at the \
         end ({grown:+.1} %)",
        seen.starts, seen.takes
    );
    assert!(seen.takes > 0);
    assert!(grown < 10.0, "memory grows: {first} to {last} KiB");
}
