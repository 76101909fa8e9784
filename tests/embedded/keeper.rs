//! The keeper on the embedded chain: the whole way from a price to healthy accounts, forks, and a
//! take without capital.

use breakwater_bench::keeper as bench;
use breakwater_chain::{
    AccountId, Chain, ContractLimits, GasLimit, Ledger, Network, Receipt, Signer, Transaction,
    Weight, MAX_CALL_GAS,
};
use breakwater_client::{deploy::must, Bundle, Deployment, Taker};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_keeper::{
    reader::BlockReader,
    service::{Keeper, KeeperError},
};
use breakwater_protocol::num::time::MINUTE_MS;
use breakwater_protocol::BreakerConfig;
use breakwater_tests::{
    keeper::{
        self, assert_knows_all, borrowers,
        faulty::{to_faulty, Faults, NOTHING},
        settle, shared, to_shared, Folder, PATIENT, WITH_MONEY,
    },
    stage::{plain, ETH, USD},
    Stage,
};
use std::time::Duration;

fn chain(pending: u64) -> shared::Shared<EmbeddedChain> {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    chain.remember(pending);
    shared::Shared::new(chain)
}

fn addresses(on: &Deployment) -> [AccountId; 2] {
    [on.market.address, on.lens.address]
}

#[test]
fn from_a_price_to_healthy_accounts() {
    let mut chain = chain(0);
    let link = to_shared(chain.ledger());
    let folder = Folder::new("embedded-keeper");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    let others = borrowers(&mut stage, 40);
    let everybody: Vec<_> = others.iter().map(Signer::account).collect();
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), PATIENT);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
    settle(&mut keeper);
    stage.price(180);
    let price_block = stage.chain.block_number().expect("a number");
    let round = keeper.round().expect("a round");
    assert_eq!(round.sent, 2, "32 starts, then the rest");
    let after = stage.chain.block_number().expect("a number");
    assert_eq!(after, price_block + 2, "in the next blocks");
    settle(&mut keeper);
    assert_eq!(keeper.index().auctions.len(), 41);
    stage.pass_ms(30 * MINUTE_MS);
    stage.price(180);
    settle(&mut keeper);
    assert!(keeper.index().auctions.is_empty());
    assert_knows_all(&keeper, &mut stage, &everybody);
    assert_eq!(metrics.mismatches.get(), 0);
    stage.assert_backed();
}

/// A pool of 900 ETH at 180 dollars, and how a keeper is told of it.
fn with_a_pool(stage: &mut Stage) -> String {
    let on = stage.on.clone();
    let pool = vec![
        on.eth.approve(on.amm.address, u128::MAX),
        on.usd.approve(on.amm.address, u128::MAX),
        on.amm.add_liquidity(900 * ETH, 162_000 * USD),
    ];
    must(stage.chain, &stage.lender, pool).expect("a pool");
    let address = sp_core::hexdisplay::HexDisplay::from(&on.amm.address);
    format!("[[pool]]\naddress = \"0x{address}\"\nbase = 0\nquote = 1\n")
}

/// A keeper without a dollar: its contract sells the lot on a pool before the debt is pulled.
#[test]
fn takes_without_capital() {
    let mut chain = chain(0);
    let link = to_shared(chain.ledger());
    let folder = Folder::new("embedded-taker");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    let (on, admin) = (stage.on.clone(), stage.admin.clone());
    let poor = Signer::from_uri("//Eve").expect("a key");
    let wasm = Bundle::load("taker").expect("contracts are built").wasm;
    let code = stage.chain.upload(&admin, &wasm).expect("uploads");
    let constructor = Taker::constructor(on.market.address);
    let made = stage.chain.instantiate(&poor, code, 0, constructor, vec![1]);
    let (taker, _): (_, Receipt) = made.expect("instantiates");
    let more = format!("[takes]\nmin_profit_usd = 1.0\n{}", with_a_pool(&mut stage));
    let mut config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), &more);
    config.market.taker = Some(taker);
    let (mut keeper, metrics) = keeper::start(config, &poor, link);
    settle(&mut keeper);
    assert_eq!(metrics.count("approve", "done"), 1, "the market may pull what the sale brings");
    // The key is used elsewhere, and the allowance replaced: the keeper sees that when it needs it.
    let none = on.usd.approve(on.market.address, 0);
    must(stage.chain, &poor, vec![none]).expect("approves nothing");
    stage.price(180);
    settle(&mut keeper);
    stage.pass_ms(30 * MINUTE_MS);
    stage.price(180);
    settle(&mut keeper);
    assert!(metrics.count("take_and_sell", "done") >= 1);
    assert_eq!(metrics.count("approve", "done"), 2);
    assert!(keeper.index().auctions.is_empty());
    let profit = stage.usd(poor.account());
    assert!(profit > 15 * USD, "{profit}");
    stage.assert_backed();
}

/// A price comes while an answer goes on for long: what is left of it is not sent, for it was for the old price. It
/// would have cost a fee each.
#[test]
fn a_new_price_interrupts_an_answer() {
    const SLOW: Duration = Duration::from_millis(700);
    let mut chain = chain(0);
    let (handle, faults) = (chain.ledger().clone(), Faults::losing(&[]));
    let link = to_faulty(&handle, &faults);
    let folder = Folder::new("embedded-interrupted");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    borrowers(&mut stage, 5);
    let (on, admin, us) = (stage.on.clone(), stage.admin.clone(), stage.keeper.clone());
    let wasm = Bundle::load("taker").expect("contracts are built").wasm;
    let code = stage.chain.upload(&us, &wasm).expect("uploads");
    let constructor = Taker::constructor(on.market.address);
    let (taker, _) = stage.chain.instantiate(&us, code, 0, constructor, vec![1]).expect("made");
    let more = format!("[takes]\nmin_profit_usd = 1.0\n{}", with_a_pool(&mut stage));
    let mut config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), &more);
    config.market.taker = Some(taker);
    let (mut keeper, metrics) = keeper::start(config, &us, link);
    settle(&mut keeper);
    stage.price(180);
    settle(&mut keeper);
    assert_eq!(keeper.index().auctions.len(), 6);
    stage.pass_ms(30 * MINUTE_MS);
    stage.price(180);
    // The first transaction takes long, and the price comes back meanwhile: all are healthy again.
    let push = move || {
        std::thread::sleep(SLOW);
        let mut chain = handle.lock().expect("not poisoned");
        let now_ms = chain.now_ms().expect("a time");
        let price = on.push_prices(230 * ETH, now_ms);
        must(&mut *chain, &admin, vec![price]).expect("a price is accepted");
    };
    faults.lock().expect("not poisoned").meanwhile = Some(Box::new(push));
    let round = keeper.round().expect("a round");
    assert_eq!(round.sent, 1, "a sale for each of the six was proposed");
    settle(&mut keeper);
    assert!(metrics.count("take_and_sell", "sent") == 1, "{}", metrics.text());
    assert!(metrics.count("cure", "done") >= 1, "{}", metrics.text());
    stage.assert_backed();
}

/// Twenty borrowers with a debt of 1,500 dollars on 10 ETH, and a backstop of 5,000 dollars that buys from
/// who owes more than 85 % of what they have.
fn with_a_backstop(chain: &mut dyn Chain) -> (Stage<'_>, Vec<Signer>) {
    let mut plan = plain();
    plan.params.breaker = BreakerConfig::by_hand();
    let mut stage = Stage::deploy(chain, plan);
    stage.loan();
    let (on, lender) = (stage.on.clone(), stage.lender.clone());
    must(stage.chain, &lender, vec![on.market.backstop_deposit(on.usd_asset, 5_000 * USD)])
        .expect("stakes");
    let others = borrowers(&mut stage, 19);
    (stage, others)
}

/// Whose LTV is high enough, the backstop buys from in the transaction that starts the auction, as far as
/// its money goes; the others are only started.
#[test]
fn the_backstop_buys_as_auctions_start() {
    let mut chain = chain(0);
    let link = to_shared(chain.ledger());
    let folder = Folder::new("embedded-at-once");
    let (mut stage, others) = with_a_backstop(&mut chain);
    let everybody: Vec<_> = others.iter().map(Signer::account).collect();
    let more = "[takes]\nenabled = false\n";
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), more);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
    settle(&mut keeper);
    stage.price(175);
    let price_block = stage.chain.block_number().expect("a number");
    let round = keeper.round().expect("a round");
    // Each owes 1,500 of 1,750, 85.7 %, and needs 711 dollars to get to the target: seven are bought from
    // whole, the eighth in part.
    assert_eq!(round.sent, 1, "all twenty");
    assert_eq!(stage.chain.block_number().expect("a number"), price_block + 1);
    settle(&mut keeper);
    assert_eq!(metrics.count("start", "done"), 1);
    assert_eq!(keeper.index().auctions.len(), 13);
    let backstop = stage.on.lens.backstop(stage.chain, stage.on.usd_asset).expect("a backstop");
    assert!(backstop.money < USD, "{backstop:?}");
    assert!((4_999 * USD..=5_000 * USD).contains(&backstop.tied), "{backstop:?}");
    assert_eq!(backstop.stocks.len(), 1);
    assert_knows_all(&keeper, &mut stage, &everybody);
    stage.assert_backed();
}

/// Rounds with a block and a price between them until something is so: minutes of a chain.
fn go_on(
    (keeper, stage): (&mut Keeper, &mut Stage<'_>),
    dollars: u128,
    what: &str,
    mut is_so: impl FnMut(&Keeper) -> bool,
) {
    let began = std::time::Instant::now();
    while !is_so(keeper) {
        assert!(began.elapsed().as_secs() < 60, "waited too long until {what}");
        stage.pass_ms(6_000);
        stage.price(dollars);
        for _ in 0..4 {
            // What fails is tried again.
            let _ = keeper.round();
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// A keeper's first transaction of each kind is taken by its endpoint and lost for ever, with all that may be
/// spent in the take; so is the first that only uses a lost nonce. It goes on: that one never happens,
/// what it would have spent is free again, also for a keeper that is started again.
#[test]
fn a_lost_transaction_of_each_kind_stops_nothing() {
    let mut chain = chain(0);
    let lost = ["PSP22::approve", "liquidate_many", "take_many", "cure", NOTHING];
    let faults = Faults::losing(&lost);
    let link = || to_faulty(chain.ledger(), &faults);
    let (first, second) = (link(), link());
    let folder = Folder::new("embedded-lossy");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    let others = borrowers(&mut stage, 2);
    let everybody: Vec<_> = others.iter().map(Signer::account).collect();
    let (on, us) = (stage.on.clone(), stage.keeper.clone());
    must(stage.chain, &us, vec![on.usd.approve(on.market.address, 0)]).expect("approves nothing");
    // No more than one take needs: while it is lost nothing is left.
    let more = "give_up_blocks = 4\n[takes]\nmin_profit_usd = 3.0\nexit_bps = 0\n\
                [[inventory]]\nasset = 1\nspend_max = 600.0\n";
    let config = || keeper::config_of(addresses(&on), &["embedded"], &folder.file("a.redb"), more);
    let (mut keeper, metrics) = keeper::start(config(), &us, first);
    let done = |kind| {
        let metrics = std::sync::Arc::clone(&metrics);
        move |_: &Keeper| metrics.count(kind, "done") >= 1
    };
    go_on((&mut keeper, &mut stage), 200, "it may be pulled from", done("approve"));
    go_on((&mut keeper, &mut stage), 185, "all are started", |keeper| {
        keeper.index().auctions.len() == 3
    });
    // The price comes back: they are healthy again, and are cured.
    go_on((&mut keeper, &mut stage), 200, "all are cured", |keeper| {
        keeper.index().auctions.is_empty()
    });
    assert!(metrics.count("cure", "done") >= 1);
    drop((keeper, done));
    let (mut keeper, metrics) = keeper::start(config(), &us, second);
    go_on((&mut keeper, &mut stage), 185, "all is taken", |keeper| {
        metrics.count("take", "done") >= 2 && keeper.index().auctions.is_empty()
    });
    assert!(faults.lock().expect("not poisoned").waits_for().is_empty(), "each was lost once");
    settle(&mut keeper);
    assert_knows_all(&keeper, &mut stage, &everybody);
    assert_eq!(metrics.mismatches.get(), 0);
    stage.assert_backed();
}

/// More takes than a transaction has room for, and an endpoint that answers no large dry run in time: batches
/// are halved, which is remembered, nobody is blamed, and all is taken.
#[test]
fn takes_come_in_batches_that_fit() {
    let mut chain = chain(0);
    let faults = Faults::losing(&[]);
    let link = to_faulty(chain.ledger(), &faults);
    let folder = Folder::new("embedded-batches");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    // What all of them borrow.
    let lender = stage.lender.clone();
    let more = stage.on.market.supply(stage.on.usd_asset, 100_000 * USD, None);
    stage.act("supply", &lender, more);
    let others = borrowers(&mut stage, 99);
    let everybody: Vec<_> = others.iter().map(Signer::account).collect();
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), PATIENT);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
    settle(&mut keeper);
    stage.price(180);
    settle(&mut keeper);
    assert_eq!(keeper.index().auctions.len(), 100);
    stage.pass_ms(30 * MINUTE_MS);
    stage.price(180);
    // Six orders of 66 bytes, and what is around them.
    faults.lock().expect("not poisoned").slow_from = Some(500);
    let had = stage.usd(stage.keeper.account());
    faults.lock().expect("not poisoned").calls.clear();
    let round = keeper.round().expect("a round");
    // 16, 8 and 4 are tried; then all go without, six at a time.
    assert_eq!(round.sent, 17);
    let calls: usize = faults.lock().expect("not poisoned").calls.values().sum();
    assert!(calls <= 40 + round.sent, "{:?}", faults.lock().expect("not poisoned").calls);
    settle(&mut keeper);
    assert!(keeper.index().auctions.is_empty());
    assert_eq!(metrics.errors.get(), 0);
    let text = metrics.text();
    let failures = |line: &&str| line.contains("endpoint_failures{");
    assert!(text.lines().filter(failures).all(|line| line.ends_with(" 0")), "{text}");
    // What its books say is what it has paid.
    let paid = had - stage.usd(stage.keeper.account());
    let mut spent = 0;
    let usd = stage.on.usd.address;
    keeper
        .store()
        .each_entry(|entry| {
            let moves = entry.moves.iter().filter(|one| one.token == usd && one.units < 0);
            spent += moves.map(|one| one.units.unsigned_abs()).sum::<u128>();
        })
        .expect("entries");
    assert_eq!(spent, paid);
    assert_knows_all(&keeper, &mut stage, &everybody);
    stage.assert_backed();
}

/// 2000 -> 800 in one report as it was seen, here 200 -> 80: twenty loans at an LTV of 187 %, and fees count.
/// They are started for what the take after it brings, and taken.
#[test]
fn who_is_insolvent_is_started_where_fees_count() {
    let mut chain = chain(0);
    let link = to_shared(chain.ledger());
    let folder = Folder::new("embedded-insolvent");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    borrowers(&mut stage, 19);
    let more = "[takes]\nmin_profit_usd = 0.0\nexit_bps = 0\n[[inventory]]\nasset = 1\n\
                spend_max = 100000.0\n[fees]\nnative_usd = 5.0\n[upkeep]\nmax_usd_per_day = 100.0\n";
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), more);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
    settle(&mut keeper);
    stage.price(80);
    settle(&mut keeper);
    assert!(metrics.count("start", "done") >= 1, "{}", metrics.text());
    for _ in 0..8 {
        stage.pass_ms(10 * MINUTE_MS);
        stage.price(80);
        settle(&mut keeper);
    }
    assert!(metrics.count("take", "done") >= 1, "{}", metrics.text());
    stage.assert_backed();
}

/// Somebody else's taker refuses each purchase: a keeper with it would buy nothing for ever. It is told at the
/// start, as is what is no taker.
#[test]
fn a_taker_of_somebody_else_is_refused_at_the_start() {
    let mut chain = chain(0);
    let ledger = chain.ledger().clone();
    let folder = Folder::new("embedded-others-taker");
    let stage = Stage::new(&mut chain);
    let on = stage.on.clone();
    let eve = Signer::from_uri("//Eve").expect("a key");
    let wasm = Bundle::load("taker").expect("contracts are built").wasm;
    let code = stage.chain.upload(&stage.admin, &wasm).expect("uploads");
    let mut deploy = |market: AccountId, salt: u8| {
        let constructor = Taker::constructor(market);
        stage.chain.instantiate(&eve, code, 0, constructor, vec![salt]).expect("instantiates").0
    };
    let (hers, elsewhere) = (deploy(on.market.address, 1), deploy(on.oracle.address, 2));
    let start = |signer: &Signer, taker: AccountId| {
        let file = folder.file("a.redb");
        let mut config = keeper::config_of(addresses(&on), &["embedded"], &file, WITH_MONEY);
        config.market.taker = Some(taker);
        let metrics = std::sync::Arc::new(breakwater_keeper::metrics::Metrics::new());
        Keeper::start(config, signer.clone(), to_shared(&ledger), false, metrics).map(drop)
    };
    assert!(start(&eve, hers).is_ok());
    let dave = Signer::from_uri("//Dave").expect("a key");
    for (signer, taker, why) in [
        (&dave, hers, "works for the account that deployed it"),
        (&eve, elsewhere, "not this market"),
        (&eve, on.usd.address, "is no taker"),
        (&eve, [0x77; 32], "there is no contract at"),
    ] {
        let refused = start(signer, taker).expect_err(why);
        assert!(matches!(refused, KeeperError::Taker(_)) && refused.is_fatal(), "{refused}");
        assert!(refused.to_string().contains(why), "{why}: {refused}");
    }
}

/// What one call can be given is the chain's to say: a keeper that took contracts-node's limit for every
/// chain's would sign what no block takes.
#[test]
fn gas_stays_within_what_the_chain_gives() {
    let mut chain = chain(0);
    let faults = Faults::losing(&[]);
    let link = to_faulty(chain.ledger(), &faults);
    let folder = Folder::new("embedded-limits");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    borrowers(&mut stage, 39);
    let most = Weight { ref_time: MAX_CALL_GAS.ref_time / 32, ..MAX_CALL_GAS };
    faults.lock().expect("not poisoned").network = Some(network(most));
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), PATIENT);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
    settle(&mut keeper);
    stage.price(180);
    settle(&mut keeper);
    assert_eq!(keeper.index().auctions.len(), 40, "all the same");
    assert!(metrics.count("start", "sent") > 2, "in more batches: {}", metrics.text());
    let signed = faults.lock().expect("not poisoned").signed.clone();
    let limits = signed.iter().flat_map(|(_, _, calls)| calls).map(|call| call.gas);
    let mut count = 0;
    for limit in limits {
        let GasLimit::Fixed(limit) = limit else { panic!("an open limit") };
        assert!(limit.ref_time <= most.ref_time, "{limit:?}");
        count += 1;
    }
    assert!(count > 3);
}

/// A chain that gives one call so much.
fn network(max_call_gas: Weight) -> Network {
    Network {
        name: "small".into(),
        spec_name: "small".into(),
        spec_version: 1,
        token_symbol: None,
        token_decimals: 12,
        address_format: 42,
        existential_deposit: 1,
        block_time_ms: Some(6_000),
        block_hash_count: 4_096,
        max_call_gas,
        contracts: ContractLimits {
            max_code_len: 128 * 1024,
            deposit_per_byte: 1,
            deposit_per_item: 1,
            default_deposit_limit: 1,
            max_delegate_dependencies: 32,
        },
    }
}

/// A tenth of what a transaction is expected to bring goes to whoever makes the block, up to the cap; nothing
/// while nobody has said what the chain's token is worth.
#[test]
fn a_part_of_the_gain_is_offered_as_a_tip() {
    const PLANCK: f64 = 1e12;
    let mut tips = Vec::new();
    for (native_usd, tip_max) in [(0.0, 1.0), (20.0, 1.0), (20.0, 0.01)] {
        let mut chain = chain(0);
        let faults = Faults::losing(&[]);
        let link = to_faulty(chain.ledger(), &faults);
        let folder = Folder::new("embedded-tips");
        let mut stage = Stage::new(&mut chain);
        stage.loan();
        let more = format!(
            "tip_max = {tip_max:?}\n[fees]\nnative_usd = {native_usd:?}\n[upkeep]\n\
             max_usd_per_day = 1000.0\n{WITH_MONEY}"
        );
        let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), &more);
        let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
        settle(&mut keeper);
        stage.price(180);
        settle(&mut keeper);
        stage.pass_ms(30 * MINUTE_MS);
        stage.price(180);
        settle(&mut keeper);
        assert!(metrics.count("take", "done") >= 1, "{}", metrics.text());
        let signed = faults.lock().expect("not poisoned").signed.clone();
        assert!(signed.iter().all(|(_, terms, _)| terms.lifetime_blocks == Some(64)), "mortal");
        let highest = signed.iter().map(|(_, terms, _)| terms.tip).max().unwrap_or(0);
        let paid = format!("breakwater_keeper_tips_planck_total {}", 0);
        assert_eq!(metrics.text().lines().any(|line| line == paid), highest == 0);
        tips.push(highest as f64 / PLANCK);
    }
    // The take brings about 20 dollars: a tenth of that, at twenty dollars a token.
    assert_eq!(tips[0], 0.0);
    assert!((0.05..0.2).contains(&tips[1]), "{tips:?}");
    assert!((tips[2] - 0.01).abs() < 1e-9, "the cap: {tips:?}");
}

/// The market can be upgraded: it may pull what two rounds spend, and that is renewed as it is used.
#[test]
fn the_market_may_pull_no_more_than_the_bound() {
    let mut chain = chain(0);
    let link = to_shared(chain.ledger());
    let handle = chain.ledger().clone();
    let folder = Folder::new("embedded-allowance");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    borrowers(&mut stage, 2);
    let (on, us) = (stage.on.clone(), stage.keeper.clone());
    // As keepers of before have left it.
    must(stage.chain, &us, vec![on.usd.approve(on.market.address, u128::MAX)]).expect("approves");
    let more = "[takes]\nmin_profit_usd = 3.0\nexit_bps = 0\n\
                [[inventory]]\nasset = 1\nspend_max = 600.0\n";
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), more);
    let (mut keeper, metrics) = keeper::start(config, &us, link);
    let allowance = || {
        let mut ledger = handle.lock().expect("not poisoned");
        let block = Ledger::best(&mut *ledger).expect("a head").hash;
        let mut reader = BlockReader { ledger: &mut *ledger, block };
        reader.allowance(on.usd.address, us.account(), on.market.address).expect("an allowance")
    };
    settle(&mut keeper);
    assert_eq!(allowance(), 1_200 * USD, "no longer all there is");
    stage.price(180);
    settle(&mut keeper);
    for _ in 0..3 {
        stage.pass_ms(30 * MINUTE_MS);
        stage.price(180);
        settle(&mut keeper);
    }
    assert!(keeper.index().auctions.is_empty(), "three of 579 dollars each");
    assert!(metrics.count("approve", "done") >= 2, "{}", metrics.text());
    let left = allowance();
    assert!((900 * USD..=1_200 * USD).contains(&left), "{left}");
}

/// A key that everybody knows is good for a development chain only, and one without money for none.
#[test]
fn a_key_that_can_not_do_is_refused_at_the_start() {
    let mut chain = chain(0);
    let faults = Faults::losing(&[]);
    let connect = || to_faulty(chain.ledger(), &faults);
    let folder = Folder::new("embedded-keys");
    let own = Signer::from_uri(&format!("0x{}", "1".repeat(64))).expect("a key");
    let known = Signer::from_uri("//Dave").expect("a key");
    let links: Vec<_> = (0..4).map(|_| connect()).collect();
    let stage = Stage::new(&mut chain);
    let mut links = links.into_iter();
    let mut start = |stage: &Stage<'_>, signer: &Signer| {
        let config = keeper::config(stage, &["embedded"], &folder.file("a.redb"), PATIENT);
        let link = links.next().expect("a link");
        let metrics = std::sync::Arc::new(breakwater_keeper::metrics::Metrics::new());
        Keeper::start(config, signer.clone(), link, false, metrics).map(drop)
    };
    assert!(start(&stage, &known).is_ok(), "a development chain");
    assert!(matches!(start(&stage, &own), Err(KeeperError::Unfunded(_))));
    faults.lock().expect("not poisoned").is_live = true;
    let refused = start(&stage, &known).expect_err("a live chain");
    assert!(matches!(refused, KeeperError::PublicKey(_)) && refused.is_fatal(), "{refused}");
    stage.chain.fund(&known, &[own.account()], 1_000_000_000_000).expect("funds");
    assert!(start(&stage, &own).is_ok());
}

/// Accounts' cells are the same, all in one question or one by one.
#[test]
fn accounts_are_read_in_one_question() {
    let mut chain = chain(0);
    let handle = chain.ledger().clone();
    let mut stage = Stage::new(&mut chain);
    let own = stage.loan();
    let others = borrowers(&mut stage, 3);
    let nobody = [77; 32];
    let accounts: Vec<_> = others.iter().map(Signer::account).chain([own, nobody]).collect();
    let each: Vec<_> = accounts.iter().map(|who| stage.account(*who)).collect();
    let market = stage.on.market.address;
    let mut ledger = handle.lock().expect("not poisoned");
    let block = Ledger::best(&mut *ledger).expect("a head").hash;
    let mut reader = BlockReader { ledger: &mut *ledger, block };
    assert_eq!(reader.accounts(market, &accounts).expect("accounts"), each);
    assert!(each[0] != each[4], "nobody has nothing");
}

/// Where starts are not worth their fee, none is sent, whatever the backstop would buy.
#[test]
fn starts_nothing_that_costs_more_than_it_brings() {
    let mut chain = chain(0);
    let link = to_shared(chain.ledger());
    let folder = Folder::new("embedded-too-dear");
    let (mut stage, _) = with_a_backstop(&mut chain);
    let dear = "[takes]\nenabled = false\n[fees]\nnative_usd = 1000000000000.0\n";
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), dear);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
    settle(&mut keeper);
    for dollars in [175, 174] {
        stage.price(dollars);
        assert_eq!(keeper.round().expect("a round").sent, 0);
    }
    assert!(metrics.count("start", "not_worth_it") >= 2, "twenty accounts, twice");
    assert_eq!(metrics.count("start", "done"), 0);
}

/// What the backstop bought is for sale: the keeper buys it, a part at a time, as its price rises.
#[test]
fn buys_the_backstops_stock() {
    let mut chain = chain(0);
    let link = to_shared(chain.ledger());
    let folder = Folder::new("embedded-stock");
    let (mut stage, _) = with_a_backstop(&mut chain);
    let on = stage.on.clone();
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), WITH_MONEY);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
    settle(&mut keeper);
    stage.price(175);
    settle(&mut keeper);
    let whole = on.lens.backstop(stage.chain, on.usd_asset).expect("a backstop");
    for _ in 0..12 {
        stage.pass_ms(15 * MINUTE_MS);
        stage.price(175);
        settle(&mut keeper);
    }
    assert!(metrics.count("buy_stock", "done") >= 1);
    assert!(keeper.index().auctions.is_empty());
    let left = on.lens.backstop(stage.chain, on.usd_asset).expect("a backstop");
    assert!(left.tied < whole.tied && left.money > whole.money, "{whole:?}, then {left:?}");
    stage.assert_backed();
}

/// The chain forks below the keeper: what was undone is undone in its store, its transaction of the
/// lost fork happens once on the other.
#[test]
fn a_fork_is_followed_and_nothing_happens_twice() {
    let mut chain = chain(20);
    let link = to_shared(chain.ledger());
    let folder = Folder::new("embedded-fork");
    let handle = chain.ledger().clone();
    let mut stage = Stage::new(&mut chain);
    let own = stage.loan();
    let others = borrowers(&mut stage, 3);
    let mut everybody: Vec<_> = others.iter().map(Signer::account).collect();
    everybody.push(own);
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), PATIENT);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, link);
    settle(&mut keeper);
    let before = handle.lock().expect("not poisoned").snapshot();
    // On the first fork a borrower repays, the price falls, and all others are started.
    let repay = stage.on.market.repay(stage.on.usd_asset, 700 * USD, None);
    let pull = stage.on.usd.approve(stage.on.market.address, u128::MAX);
    let receipt = stage.chain.submit(Transaction::batch(&others[0], vec![pull, repay]));
    assert_eq!(receipt.expect("is included").result, Ok(()));
    stage.price(180);
    settle(&mut keeper);
    assert_eq!(keeper.index().auctions.len(), 3);
    // The other fork: nobody repays.
    handle.lock().expect("not poisoned").restore(&before).expect("the same chain");
    stage.pass_ms(7_000);
    stage.price(181);
    settle(&mut keeper);
    assert!(metrics.undone.get() >= 3, "{}", metrics.undone.get());
    assert_eq!(keeper.index().auctions.len(), 4);
    assert_knows_all(&keeper, &mut stage, &everybody);
    assert_eq!(metrics.mismatches.get(), 0);
}

/// More accounts than a message has room for: all are started in the next blocks.
#[test]
fn a_price_that_makes_hundreds_unhealthy() {
    let figures = bench::answer(600, 1).expect("an answer");
    assert_eq!((figures.unhealthy, figures.started), (600, 600));
    assert_eq!(figures.first_start_block, figures.price_block + 1);
    // A batch of 32, whose weight tells the size of the next, two of 256, and the rest: this chain
    // makes a block for each.
    assert_eq!(figures.last_start_block, figures.price_block + 4, "{figures}");
}

/// Figures for docs/keepers.md: `cargo test --workspace --test embedded_keeper -- --ignored --nocapture`.
#[test]
#[ignore = "takes minutes: prints figures"]
fn figures() {
    println!("{}", bench::ranking(1_000_000));
    println!("{}", bench::answer(10_000, 10).expect("an answer"));
}
