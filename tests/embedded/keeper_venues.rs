//! Several places to sell on the embedded chain: the better counts, and one that lies costs nothing and holds up
//! nobody.

use breakwater_chain::{address::to_ss58, AccountId, Signer};
use breakwater_client::{deploy::must, Amm, Bundle, Taker};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::{num::time::MINUTE_MS, Error, Order};
use breakwater_tests::{
    keeper::{
        self, borrowers, settle,
        shared::chain,
        to_shared,
        venues::{book, lying_pool},
        Folder,
    },
    stage::{ETH, USD},
    Stage,
};

/// Puts so many ETH at so many dollars into a pool.
fn fill(stage: &mut Stage<'_>, pool: Amm, eth: u128, dollars: u128) {
    let on = stage.on.clone();
    let calls = vec![
        on.eth.approve(pool.address, u128::MAX),
        on.usd.approve(pool.address, u128::MAX),
        pool.add_liquidity(eth * ETH, eth * dollars * USD),
    ];
    must(stage.chain, &stage.lender.clone(), calls).expect("a pool");
}

/// Another pool like the stage's.
fn second_pool(stage: &mut Stage<'_>) -> Amm {
    let (on, admin) = (stage.on.clone(), stage.admin.clone());
    let wasm = Bundle::load("amm").expect("contracts are built").wasm;
    let code = stage.chain.upload(&admin, &wasm).expect("uploads");
    let constructor = Amm::constructor(on.eth.address, on.usd.address);
    let made = stage.chain.instantiate(&admin, code, 0, constructor, vec![2]);
    Amm { address: made.expect("instantiates").0 }
}

/// The keeper's own taker.
fn taker(stage: &mut Stage<'_>) -> AccountId {
    let us = stage.keeper.clone();
    let wasm = Bundle::load("taker").expect("contracts are built").wasm;
    let code = stage.chain.upload(&us, &wasm).expect("uploads");
    let constructor = Taker::constructor(stage.on.market.address);
    stage.chain.instantiate(&us, code, 0, constructor, vec![1]).expect("instantiates").0
}

fn pool_config(pool: AccountId) -> String {
    format!("[[pool]]\naddress = \"{}\"\nbase = 0\nquote = 1\n", to_ss58(&pool))
}

/// Of two pools the taker sells on the one that pays more.
#[test]
fn the_better_of_two_pools_is_sold_on() {
    let mut chain = chain();
    let link = to_shared(chain.ledger());
    let folder = Folder::new("embedded-two-pools");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    let (worse, better) = (stage.on.amm, second_pool(&mut stage));
    fill(&mut stage, worse, 450, 174);
    fill(&mut stage, better, 450, 180);
    let pools = [worse, better].map(|pool| pool_config(pool.address)).concat();
    let more = format!("[takes]\nmin_profit_usd = 1.0\n{pools}");
    let mut config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), &more);
    config.market.taker = Some(taker(&mut stage));
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper.clone(), link);
    settle(&mut keeper);
    stage.price(180);
    settle(&mut keeper);
    stage.pass_ms(30 * MINUTE_MS);
    stage.price(180);
    settle(&mut keeper);
    assert_eq!(metrics.count("take_and_sell", "done"), 1, "{}", metrics.text());
    let mut held = |pool: Amm| pool.reserves(stage.chain).expect("reserves");
    assert_eq!(held(worse), (450 * ETH, 450 * 174 * USD));
    assert!(held(better).0 > 450 * ETH && held(better).1 < 450 * 180 * USD);
}

/// A pool that promises ten times what collateral is worth, and pays nothing: whether it says that it has paid or
/// says that it has not, the market would pull the debt from the money that the keeper has besides. It costs
/// nothing, and all is sold on the pool that pays.
#[test]
fn a_pool_that_lies_costs_nothing_and_holds_up_nobody() {
    for paid in [0, 5_000 * USD] {
        let mut chain = chain();
        let link = to_shared(chain.ledger());
        let folder = Folder::new("embedded-lying-pool");
        let mut stage = Stage::new(&mut chain);
        stage.loan();
        let everybody = borrowers(&mut stage, 2);
        let honest = stage.on.amm;
        fill(&mut stage, honest, 900, 180);
        let liar = lying_pool(&mut stage, [900 * ETH, 900 * 1_800 * USD], paid);
        let pools = [liar, honest.address].map(pool_config).concat();
        let more = format!("[takes]\nmin_profit_usd = 1.0\n{pools}");
        let mut config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), &more);
        let (ours, us) = (taker(&mut stage), stage.keeper.account());
        config.market.taker = Some(ours);
        let (mut keeper, metrics) = keeper::start(config, &stage.keeper.clone(), link);
        settle(&mut keeper);
        let had = stage.usd(us);
        assert!(had > 100_000 * USD, "there is something to lose");
        stage.price(180);
        settle(&mut keeper);
        assert_eq!(keeper.index().auctions.len(), 1 + everybody.len());
        stage.pass_ms(30 * MINUTE_MS);
        let mut least = had;
        for _ in 0..8 {
            stage.price(180);
            settle(&mut keeper);
            least = least.min(stage.usd(us));
        }
        assert!(metrics.count("take_and_sell", "refused") >= 1, "{}", metrics.text());
        assert!(metrics.count("take_and_sell", "done") >= 1, "{}", metrics.text());
        assert_eq!(metrics.count("take_and_sell", "lost"), 0);
        assert!(keeper.index().auctions.is_empty(), "all are sold where it pays");
        assert_eq!(least, had, "it has cost nothing on the way");
        assert!(stage.usd(us) > had + 10 * USD);
        assert_eq!(stage.on.eth.balance_of(stage.chain, liar).expect("a balance"), 0);
        assert_eq!(stage.on.eth.balance_of(stage.chain, ours).expect("a balance"), 0);
        stage.assert_backed();
    }
}

/// A pool that keeps the collateral and says that it paid less than the least: the sale fails, or the market would
/// pull the debt from the money that the taker's owner has besides.
#[test]
fn a_sale_for_less_than_the_least_fails_in_the_taker() {
    for paid in [0, 1, 400 * USD - 1] {
        let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
        let mut stage = Stage::new(&mut chain);
        let borrower = stage.loan();
        let liar = Amm { address: lying_pool(&mut stage, [900 * ETH, 900 * 1_800 * USD], paid) };
        let taker = Taker { address: taker(&mut stage) };
        let (on, us) = (stage.on.clone(), stage.keeper.clone());
        stage.price(180);
        stage.act("liquidate", &us, on.market.liquidate(borrower));
        stage.pass_ms(30 * MINUTE_MS);
        stage.price(180);
        must(stage.chain, &us, vec![on.usd.approve(on.market.address, u128::MAX)]).expect("may");
        let order = Order {
            collateral: on.eth_asset,
            debt: on.usd_asset,
            max_repay: 400 * USD,
            min_receive: 0,
        };
        assert!(stage.usd(us.account()) > 400 * USD, "there is something to lose");
        let sale = taker.take_and_sell(&on.market, borrower, order, liar, 0);
        assert_eq!(stage.refusal(&us, &sale), Error::CallbackFailed, "{paid}");
        // The same without the pool is fine: it is the pool that makes it fail.
        stage.act("take", &us, on.market.take(borrower, on.eth_asset, on.usd_asset, 400 * USD, 0));
    }
}

/// How many takes with own money there are when the auction begins, and after half an hour, where what is bought
/// could be sold at these venues.
fn takes(prepare: impl FnOnce(&mut Stage<'_>) -> String) -> [u64; 2] {
    let mut chain = chain();
    let link = to_shared(chain.ledger());
    let folder = Folder::new("embedded-books");
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    let venues = prepare(&mut stage);
    let more = format!(
        "[takes]\nmin_profit_usd = 3.0\nexit_bps = 0\n[[inventory]]\nasset = 1\n\
         spend_max = 100000.0\n{venues}"
    );
    let config = keeper::config(&stage, &["embedded"], &folder.file("a.redb"), &more);
    let us: Signer = stage.keeper.clone();
    let (mut keeper, metrics) = keeper::start(config, &us, link);
    settle(&mut keeper);
    [0, 30].map(|minutes| {
        stage.pass_ms((minutes * MINUTE_MS).max(1_000));
        for _ in 0..2 {
            stage.price(180);
            settle(&mut keeper);
        }
        assert_eq!(metrics.count("start", "done"), 1, "{}", metrics.text());
        metrics.count("take", "done")
    })
}

fn book_config(book: AccountId) -> String {
    format!("[[quotes]]\naddress = \"{}\"\nsold = 0\nbought = 1\nmost = 16.0\n", to_ss58(&book))
}

/// A bonus of 6 % at most: it does not pay where a venue takes 9 % less than the oracle says, and does where
/// another pays nearly that.
#[test]
fn what_is_bought_counts_what_the_better_of_two_venues_pays() {
    let low = |stage: &mut Stage<'_>| book_config(book(stage, 164));
    assert_eq!(takes(low), [0, 0]);
    let both = |stage: &mut Stage<'_>| {
        let honest = stage.on.amm;
        fill(stage, honest, 900, 180);
        low(stage) + &pool_config(honest.address)
    };
    assert_eq!(takes(both), [0, 1]);
    let books = |stage: &mut Stage<'_>| low(stage) + &book_config(book(stage, 179));
    assert_eq!(takes(books), [0, 1]);
}

/// A venue that answers ten times what the oracle says is believed no further than the oracle: nothing is bought
/// sooner, or for less profit, than without it.
#[test]
fn a_book_that_lies_is_believed_no_further_than_the_oracle() {
    let without = takes(|_| String::new());
    assert_eq!(without, [0, 1]);
    assert_eq!(takes(|stage| book_config(book(stage, 1_800))), without);
}
