//! Re-enactments: what has happened to others, on the breaker and the oracle adapter. Each names
//! its event.

use crate::stage::{Stage, Step, ETH, USD};
use breakwater_chain::{AccountId, Chain, Signer};
use breakwater_client::{abi, deploy::must, oracle::SignedReport, Bundle, LocalPlan, MarketEvent};
use breakwater_protocol::{
    num::{math::WAD, time::MINUTE_MS},
    oracle::{FeedConfig, Report, SourceConfig, SourceKind, Verdict},
    Error, Level, Trigger, ALL,
};
use scale::Encode;

/// A stage with the breaker's default thresholds and a loan of 1,500 dollars on 10 ETH at 200.
fn with_a_loan(chain: &mut dyn Chain) -> (Stage<'_>, AccountId) {
    let mut stage = Stage::with_breaker(chain);
    let who = stage.loan();
    (stage, who)
}

/// Replaces ETH's feed; it starts from the values reported after this.
fn refeed(stage: &mut Stage, config: &FeedConfig) {
    let admin = stage.admin.clone();
    let call = stage.on.oracle.configure(stage.on.eth.address, config);
    must(stage.chain, &admin, vec![call]).expect("is configured");
}

/// Pushed by each of some keys: in a stage, by people.
fn pushed(keys: &[&Signer], quorum: u8) -> FeedConfig {
    let plain = FeedConfig::pushed([0; 32], 30 * MINUTE_MS, 0);
    let source = |key: &&Signer| SourceConfig {
        kind: SourceKind::Pushed { key: key.account() },
        ..plain.sources[0].clone()
    };
    let sources = keys.iter().map(source).collect();
    FeedConfig { sources, quorum, max_jump_bps: 2_500, ..plain.clone() }
}

/// A key reports a price of ETH, in cents of a dollar, as of now.
fn says(stage: &mut Stage, who: &Signer, cents: u128) {
    let now_ms = stage.chain.now_ms().expect("a time");
    let report = [(stage.on.eth.address, cents * (WAD / 100), now_ms)];
    let calls = vec![stage.on.oracle.push(&report)];
    must(stage.chain, who, calls).expect("a value is accepted");
    stage.pass_ms(1_000);
}

/// A dollar is a dollar, now.
fn dollar(stage: &mut Stage) {
    let (now_ms, admin) = (stage.chain.now_ms().expect("a time"), stage.admin.clone());
    let call = stage.on.oracle.push(&[(stage.on.usd.address, WAD, now_ms)]);
    must(stage.chain, &admin, vec![call]).expect("a value is accepted");
    stage.pass_ms(1_000);
}

fn level(stage: &mut Stage) -> (Level, Trigger) {
    let view = stage.on.lens.breaker(stage.chain, stage.on.eth_asset).expect("a view");
    (view.level, view.trigger)
}

fn poke(stage: &mut Stage) -> Vec<MarketEvent> {
    let (keeper, m) = (stage.keeper.clone(), stage.on.market);
    let assets = [stage.on.eth_asset, stage.on.usd_asset];
    stage.act("poke", &keeper, m.poke(&assets))
}

/// 12 March 2020, Maker: the price falls by a half in a day, the chain is full and nobody bids, so
/// lots go for nothing. Here volatility refuses new risk and stops no sale, nothing is sold below the
/// lowest price, and the backstop buys at the oracle's without being called.
pub fn a_night_without_bids(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    let (lender, keeper) = (stage.lender.clone(), stage.keeper.clone());
    stage.act("backstop_deposit", &lender, m.backstop_deposit(usd, 5_000 * USD));
    stage.price(170);
    assert_eq!(level(&mut stage), (Level::Stressed, Trigger::Volatility));
    let events = poke(&mut stage);
    assert!(matches!(events[..], [MarketEvent::BreakerChanged(_)]));
    let borrower = stage.borrower.clone();
    assert_eq!(stage.refusal(&borrower, &m.borrow(usd, USD)), Error::BreakerRefusesRisk);
    // Repaying and topping up are never refused.
    stage.act("repay while stressed", &borrower, m.repay(usd, 10 * USD, None));
    stage.act("top up while stressed", &borrower, m.deposit_collateral(eth, ETH / 100, None));
    let events = stage.act("liquidate", &keeper, m.liquidate(who));
    let Some(MarketEvent::Taken(fill)) =
        events.iter().find(|event| matches!(event, MarketEvent::Taken(_)))
    else {
        panic!("the backstop buys")
    };
    assert!(fill.backstop && fill.bonus_wad == 0 && fill.closed);
    stage.assert_backed();
    stage.steps
}

/// A single venue prints 0.65 for half an hour: two of three sources say 200, one 130. Two agree,
/// so the third is left out and nobody notices.
pub fn one_venue_prints_a_wrong_price(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let m = stage.on.market;
    let (admin, lender, borrower, keeper) =
        (stage.admin.clone(), stage.lender.clone(), stage.borrower.clone(), stage.keeper.clone());
    refeed(&mut stage, &pushed(&[&admin, &lender, &keeper], 2));
    for _ in 0..2 {
        for who in [&admin, &lender, &keeper] {
            says(&mut stage, who, 20_000);
        }
    }
    stage.pass_ms(6 * MINUTE_MS);
    for _ in 0..3 {
        stage.pass_ms(9 * MINUTE_MS);
        says(&mut stage, &keeper, 13_000);
        says(&mut stage, &admin, 20_000);
        says(&mut stage, &lender, 20_010);
        dollar(&mut stage);
        let price = stage.on.oracle.prices(stage.chain, &[stage.on.eth.address]).expect("prices")
            [0]
        .expect("a price");
        assert_eq!((price.mid_wad, price.low_wad), (200 * WAD, 200 * WAD));
        assert_eq!(stage.refusal(&keeper, &m.liquidate(who)), Error::Healthy);
    }
    let usd = stage.on.usd_asset;
    assert_eq!(stage.refusal(&borrower, &m.borrow(usd, USD)), Error::InsufficientCollateral);
    stage.act("repay", &borrower, m.repay(usd, 100 * USD, None));
    stage.steps
}

/// A new feed mis-scaled by 2,000: it joins none until it agrees, and alone it is quarantined.
pub fn a_feed_mis_scaled(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let m = stage.on.market;
    let (admin, keeper) = (stage.admin.clone(), stage.keeper.clone());
    let mut wrong = FeedConfig::pushed(admin.account(), 60 * MINUTE_MS, 0);
    (wrong.max_jump_bps, wrong.confirm_ms) = (2_500, 60 * MINUTE_MS);
    wrong.sources[0].decimals = 21;
    refeed(&mut stage, &wrong);
    says(&mut stage, &admin, 20_000);
    dollar(&mut stage);
    let told = stage.on.oracle.sources(stage.chain, stage.on.eth.address).expect("sources");
    assert_eq!((told[0].0.value_wad, told[0].1), (WAD / 5, Verdict::NotJoined));
    let refused = stage.refusal(&keeper, &m.liquidate(who));
    assert_eq!(refused, Error::PriceNotGoodForLiquidation);
    // Put right, it agrees and counts.
    wrong.sources[0].decimals = 18;
    refeed(&mut stage, &wrong);
    says(&mut stage, &admin, 20_000);
    says(&mut stage, &admin, 20_000);
    dollar(&mut stage);
    stage.act("cured price", &keeper, m.poke(&[stage.on.eth_asset]));
    assert_eq!(stage.refusal(&keeper, &m.liquidate(who)), Error::Healthy);
    stage.steps
}

/// A feed with a floor stops there while the market falls (as LUNA's at 0.10): it has failed.
pub fn a_price_floor_that_stops_updating(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, _) = with_a_loan(chain);
    let m = stage.on.market;
    let (admin, borrower) = (stage.admin.clone(), stage.borrower.clone());
    let mut config = FeedConfig::pushed(admin.account(), 60 * MINUTE_MS, 0);
    config.sources[0].min_wad = 100 * WAD;
    refeed(&mut stage, &config);
    says(&mut stage, &admin, 20_000);
    says(&mut stage, &admin, 20_000);
    dollar(&mut stage);
    let usd = stage.on.usd_asset;
    assert_eq!(stage.refusal(&borrower, &m.borrow(usd, 200 * USD)), Error::InsufficientCollateral);
    says(&mut stage, &admin, 10_000);
    dollar(&mut stage);
    assert_eq!(stage.refusal(&borrower, &m.borrow(usd, USD)), Error::PriceNotGoodForRisk);
    assert_eq!(level(&mut stage), (Level::Halted, Trigger::Price));
    stage.steps
}

/// 26 November 2024 and others: a cap that is 2.85 % too low for an hour makes healthy loans
/// liquidatable. Sold is what lifts them to the target, at a price that begins at the oracle's.
pub fn a_cap_a_little_too_low(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    let (keeper, admin) = (stage.keeper.clone(), stage.admin.clone());
    // 192 would be HF 1.024; 2.85 % less is 186.5 and HF 0.995.
    let push = |stage: &mut Stage, cents| {
        says(stage, &admin, cents);
        dollar(stage);
    };
    for cents in [19_200, 19_200, 19_200, 18_653] {
        stage.pass_ms(20 * MINUTE_MS);
        push(&mut stage, cents);
    }
    stage.act("liquidate", &keeper, m.liquidate(who));
    let events = stage.act("take", &keeper, m.take(who, eth, usd, ALL, 0));
    let Some(MarketEvent::Taken(fill)) =
        events.iter().find(|event| matches!(event, MarketEvent::Taken(_)))
    else {
        panic!("a fill")
    };
    // A quarter of the debt, sold at the false price and no lower.
    let no_lower = fill.fair_wad <= fill.paid_wad / 500 * 501;
    assert!(no_lower && fill.repaid < 400 * USD, "{}", fill.repaid);
    assert!(stage.health(who).expect("health") <= 1_051);
    stage.steps
}

/// A thin market is pumped a hundredfold and borrowed against: the jump is quarantined.
pub fn a_pump_and_a_loan(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, _) = with_a_loan(chain);
    let m = stage.on.market;
    let (admin, borrower) = (stage.admin.clone(), stage.borrower.clone());
    let mut config = pushed(&[&admin], 1);
    config.confirm_updates = 10;
    refeed(&mut stage, &config);
    says(&mut stage, &admin, 20_000);
    stage.pass_ms(6 * MINUTE_MS);
    for _ in 0..3 {
        says(&mut stage, &admin, 2_000_000);
        dollar(&mut stage);
        let usd = stage.on.usd_asset;
        let refused = stage.refusal(&borrower, &m.borrow(usd, 50_000 * USD));
        assert_eq!(refused, Error::PriceNotGoodForRisk);
    }
    // Back again: nothing has happened.
    says(&mut stage, &admin, 20_000);
    dollar(&mut stage);
    let price = stage.on.oracle.prices(stage.chain, &[stage.on.eth.address]).expect("prices")[0];
    assert_eq!(price.expect("a price").mid_wad, 200 * WAD);
    stage.steps
}

/// The feed is dead for six hours and back 30 % lower: borrowers may act first.
pub fn a_feed_dead_for_six_hours(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, usd) = (stage.on.market, stage.on.usd_asset);
    let (keeper, borrower) = (stage.keeper.clone(), stage.borrower.clone());
    stage.pass_ms(6 * 60 * MINUTE_MS);
    assert_eq!(stage.refusal(&keeper, &m.liquidate(who)), Error::PriceNotGoodForLiquidation);
    poke(&mut stage);
    stage.price(140);
    assert_eq!(stage.refusal(&keeper, &m.liquidate(who)), Error::BreakerHalted);
    // Five minutes in which a borrower can save themselves.
    stage.act("repay in the grace", &borrower, m.repay(usd, 500 * USD, None));
    assert_eq!(stage.health(who).ok(), Some(1_120));
    stage.pass_ms(6 * MINUTE_MS);
    stage.price(140);
    assert_eq!(stage.refusal(&keeper, &m.liquidate(who)), Error::Healthy);
    stage.steps
}

/// A feed that posts late and out of order: what is not newer is refused and changes nothing.
pub fn a_feed_that_posts_out_of_order(chain: &mut dyn Chain) -> Vec<Step> {
    let stage = Stage::with_breaker(chain);
    let (admin, eth) = (stage.admin.clone(), stage.on.eth.address);
    let now_ms = stage.chain.now_ms().expect("a time");
    let before = stage.on.oracle.feed(stage.chain, eth).expect("a feed");
    for time_ms in [now_ms - 10 * MINUTE_MS, now_ms + 60 * MINUTE_MS] {
        let late = stage.on.oracle.push(&[(eth, 150 * WAD, time_ms)]);
        let dry_run = stage.chain.dry_run(admin.account(), &late).expect("a dry run");
        let answer: Result<(), Error> =
            abi::decode("push", &dry_run.result.expect("no trap")).expect("decodes");
        assert_eq!(answer, Err(Error::PriceOutOfOrder));
        must(stage.chain, &admin, vec![late]).expect_err("is refused");
    }
    assert_eq!(stage.on.oracle.feed(stage.chain, eth).expect("a feed"), before);
    stage.steps
}

/// A guardian stops liquidations in the block in which they see a bad price, and can't hold them.
pub fn a_guardian_blocks_a_price(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    let (admin, lender, keeper) = (stage.admin.clone(), stage.lender.clone(), stage.keeper.clone());
    let who = stage.loan();
    stage.price(180);
    let raise = m.raise_breaker(Some(eth), Level::Halted, 30 * MINUTE_MS);
    assert_eq!(stage.refusal(&keeper, &raise), Error::NotGuardian);
    let until_ms = stage.chain.now_ms().expect("a time") + 60 * MINUTE_MS;
    stage.act("set_guardian", &admin, m.set_guardian(keeper.account(), until_ms));
    stage.act("raise_breaker", &keeper, raise);
    assert_eq!(stage.refusal(&lender, &m.liquidate(who)), Error::BreakerHalted);
    let again = m.raise_breaker(Some(eth), Level::Halted, MINUTE_MS);
    assert_eq!(stage.refusal(&keeper, &again), Error::GuardRests);
    let lower = m.reset_breaker(Some(eth));
    assert_eq!(stage.refusal(&keeper, &lower), Error::NotOwner);
    stage.pass_ms(31 * MINUTE_MS);
    stage.price(180);
    stage.act("liquidate", &lender, m.liquidate(who));
    // Their time runs out by itself.
    stage.pass_ms(60 * MINUTE_MS);
    stage.price(180);
    assert_eq!(stage.refusal(&keeper, &again), Error::NotGuardian);
    // The whole market at once, by the owner; and back.
    let all = m.raise_breaker(None, Level::Halted, 30 * MINUTE_MS);
    stage.act("raise for all", &admin, all);
    let refused = stage.refusal(&lender, &m.take(who, eth, usd, ALL, 0));
    assert_eq!(refused, Error::BreakerHalted);
    stage.act("reset_breaker", &admin, m.reset_breaker(None));
    stage.act("take", &lender, m.take(who, eth, usd, ALL, 0));
    stage.steps
}

/// Prices from DIA's contract, unmodified, and from reporters who sign: both kinds of key.
pub fn dia_and_signed_reports(chain: &mut dyn Chain) -> Vec<Step> {
    use sp_core::{ecdsa, sr25519, Pair};
    let mut stage = Stage::new(chain);
    let (admin, keeper, token) = (stage.admin.clone(), stage.keeper.clone(), stage.on.eth.address);
    let wasm = Bundle::load("dia").expect("contracts are built").wasm;
    let code = stage.chain.upload(&admin, &wasm).expect("uploads");
    let salt = stage.on.market.address.to_vec();
    let (dia, receipt) = stage
        .chain
        .instantiate(&admin, code, 0, abi::input("new", ()), salt)
        .expect("instantiates");
    receipt.result.expect("instantiates");
    let (one, other) = (sr25519::Pair::from_seed(&[1; 32]), ecdsa::Pair::from_seed(&[2; 32]));
    let plain = FeedConfig::pushed([0; 32], 30 * MINUTE_MS, 0);
    let source = |kind| SourceConfig { kind, ..plain.sources[0].clone() };
    let config = FeedConfig {
        sources: vec![
            source(SourceKind::Dia { contract: dia, symbol: "ETH/USD".into() }),
            source(SourceKind::Sr25519 { key: one.public().0 }),
            source(SourceKind::Ecdsa { key: other.public().0 }),
        ],
        quorum: 2,
        join_bps: 500,
        ..plain.clone()
    };
    refeed(&mut stage, &config);

    let now_ms = stage.chain.now_ms().expect("a time");
    let set = abi::call(dia, "set_price", ("ETH/USD", now_ms, 201 * WAD));
    must(stage.chain, &admin, vec![set]).expect("is set");
    let adapter = stage.on.oracle.address;
    let report = |value: u128, time_ms, nonce| Report {
        chain: LocalPlan::default().genesis,
        adapter,
        token,
        value,
        time_ms,
        nonce,
    };
    let signed = |report: Report, source: u8| {
        let hash = sp_core::hashing::blake2_256(&report.encode());
        let signature = match source {
            1 => one.sign(&hash).0.to_vec(),
            _ => other.sign_prehashed(&hash).0.to_vec(),
        };
        let Report { token, value, time_ms, nonce, .. } = report;
        SignedReport { token: token.into(), source, value, time_ms, nonce, signature }
    };
    let first = signed(report(200 * WAD, now_ms, 1), 1);
    let second = signed(report(202 * WAD, now_ms, 1), 2);
    let relay = stage.on.oracle.relay(&[first.clone(), second.clone()]);
    stage.pass_ms(1_000);
    stage.act("relay", &keeper, relay);
    let poke = stage.on.oracle.poke(&[token]);
    // At the relay's own time a poke has next to nothing to do, and a dry run sees too little gas.
    stage.pass_ms(1_000);
    stage.act("oracle poke", &keeper, poke);
    let price = stage.on.oracle.prices(stage.chain, &[token]).expect("prices")[0];
    assert_eq!(price.expect("a price").mid_wad, 201 * WAD);

    // Replayed, altered, or signed for another chain, adapter or token: worth nothing.
    let later_ms = stage.chain.now_ms().expect("a time");
    let fresh = report(203 * WAD, later_ms, 2);
    let altered = SignedReport { value: 300 * WAD, ..signed(fresh, 1) };
    let elsewhere = signed(Report { chain: [7; 32], ..fresh }, 1);
    let another = signed(Report { adapter: [7; 32], ..fresh }, 2);
    for (report, error) in [
        (first, Error::NonceUsed),
        (altered, Error::BadSignature),
        (elsewhere, Error::BadSignature),
        (another, Error::BadSignature),
    ] {
        let call = stage.on.oracle.relay(&[report]);
        let dry_run = stage.chain.dry_run(keeper.account(), &call).expect("a dry run");
        let answer: Result<(), Error> =
            abi::decode("relay", &dry_run.result.expect("no trap")).expect("decodes");
        assert_eq!(answer, Err(error));
    }
    // DIA alone moves on: asked live, without anybody telling the adapter.
    let set = abi::call(dia, "set_price", ("ETH/USD", later_ms, 202 * WAD));
    must(stage.chain, &admin, vec![set]).expect("is set");
    let price = stage.on.oracle.prices(stage.chain, &[token]).expect("prices")[0];
    assert_eq!(price.expect("a price").mid_wad, 202 * WAD);
    stage.steps
}

/// A pool's average over time as a source: a price that stands for two blocks of ten minutes moves it
/// by their part.
pub fn a_pool_pushed_for_a_block(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let (admin, lender, on) = (stage.admin.clone(), stage.lender.clone(), stage.on.clone());
    let window_ms = 10 * MINUTE_MS;
    let mut config = FeedConfig::pushed(admin.account(), 60 * MINUTE_MS, 0);
    config.sources[0].kind = SourceKind::Twap { contract: on.amm.address, window_ms };
    // Dollars have 6 decimals and the pool tells 10^-18 of its units for a unit of 18.
    config.sources[0].decimals = 6;
    refeed(&mut stage, &config);
    let pool = vec![
        on.eth.approve(on.amm.address, u128::MAX),
        on.usd.approve(on.amm.address, u128::MAX),
        on.amm.add_liquidity(500 * ETH, 100_000 * USD),
    ];
    must(stage.chain, &lender, pool).expect("a pool");
    let poke = |stage: &mut Stage| {
        let (keeper, oracle) = (stage.keeper.clone(), stage.on.oracle);
        stage.act("oracle poke", &keeper, oracle.poke(&[stage.on.eth.address]));
        let source = oracle.sources(stage.chain, stage.on.eth.address).expect("sources")[0];
        source.0.value_wad
    };
    assert_eq!(poke(&mut stage), 0);
    stage.pass_ms(window_ms);
    assert_eq!(poke(&mut stage), 200 * WAD);
    // Four times the price for six seconds and a block, of eleven minutes, and back.
    stage.pass_ms(window_ms);
    must(stage.chain, &lender, vec![on.amm.swap(on.usd.address, 100_000 * USD, 0)]).expect("sells");
    stage.pass_ms(6_000);
    must(stage.chain, &lender, vec![on.amm.swap(on.eth.address, 250 * ETH, 0)]).expect("buys");
    stage.pass_ms(MINUTE_MS);
    let moved_wad = poke(&mut stage);
    assert!((200 * WAD..230 * WAD).contains(&moved_wad), "{moved_wad}");
    stage.steps
}
