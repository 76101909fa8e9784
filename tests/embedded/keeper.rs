//! The keeper on the embedded chain: the whole way from a price to healthy accounts, forks, and a
//! take without capital.

use breakwater_bench::keeper as bench;
use breakwater_chain::{Chain, Receipt, Signer, Transaction};
use breakwater_client::{deploy::must, Bundle, Taker};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::num::time::MINUTE_MS;
use breakwater_protocol::BreakerConfig;
use breakwater_tests::{
    keeper::{
        self, assert_knows_all, borrowers, settle, shared, to_shared, Folder, PATIENT, WITH_MONEY,
    },
    stage::{plain, ETH, USD},
    Stage,
};

fn chain(pending: u64) -> shared::Shared<EmbeddedChain> {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    chain.remember(pending);
    shared::Shared::new(chain)
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
