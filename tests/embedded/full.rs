//! A market that lists all that it may: every view answers, in pages where one answer is too small.
//!
//! ink! has a buffer of 16 KiB for an answer and traps where it is too small. Before, `lines` and the
//! lens's `reserves` did so from 20 reserves on.

use breakwater_client::{
    deploy::{instantiate, must, upload},
    mirror, LocalPlan, Token,
};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::{
    num::math::WAD,
    oracle::{FeedConfig, SourceConfig, SourceKind, MAX_SOURCES},
    AdaptiveRate, AssetId, PricedReserve, RateModel, Reserve, ReserveConfig, Tier, MAX_POSITIONS,
    MAX_RESERVES,
};
use breakwater_tests::stage::Stage;
use scale::Encode;

/// The longest configuration there is: four tiers, the adaptive rate, every option taken.
fn longest(token: [u8; 32]) -> ReserveConfig {
    let plan = LocalPlan::default();
    let tier = |from: u128, ltv_bps| Tier {
        from_wad: from * WAD,
        ltv_bps,
        liquidation_threshold_bps: ltv_bps + 500,
    };
    ReserveConfig {
        token,
        borrowable: true,
        tiers: vec![
            tier(0, 7_500),
            tier(1_000_000, 7_000),
            tier(5_000_000, 6_500),
            tier(9_000_000, 6_000),
        ],
        supply_cap: u128::MAX >> 8,
        borrow_cap: u128::MAX >> 8,
        rate: RateModel::Adaptive(AdaptiveRate {
            target_bps: 9_000,
            steepness_wad: 4 * WAD,
            speed_wad: 50 * WAD,
            initial_wad: WAD / 25,
            min_wad: WAD / 1_000,
            max_wad: 2 * WAD,
        }),
        ..plan.eth
    }
}

/// As long as its thresholds can be: a ramp from four other tiers runs.
#[test]
fn eight_lines_fit_an_answer_however_long_they_are() {
    let config = longest([1; 32]);
    let mut lower = config.clone();
    for (place, tier) in lower.tiers.iter_mut().enumerate() {
        tier.from_wad += u128::from(place != 0) * 333_333 * WAD;
        tier.ltv_bps -= 1_000;
        tier.liquidation_threshold_bps -= 1_000;
    }
    lower.isolation_ceiling_wad = Some(u128::MAX);
    let mut reserve = Reserve::new(config, 0).expect("sound");
    lower.isolation_ceiling_wad = None;
    reserve.reconfigure(lower, 1).expect("sound");
    let price = Some(breakwater_protocol::Price::exact(WAD, 1));
    let priced = PricedReserve { asset: 0, reserve, price, now_ms: 0, changed: false };
    let bytes = priced.encoded_size();
    assert!(bytes * MAX_POSITIONS < 14 * 1_024, "a line has {bytes} bytes");
}

#[test]
fn every_view_of_a_full_market_answers() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let stage = Stage::new(&mut chain);
    let (admin, borrower) = (stage.admin.clone(), stage.borrower.clone());
    let (market, lens, oracle) = (stage.on.market, stage.on.lens, stage.on.oracle);
    let code = upload(stage.chain, &admin, "token").expect("uploads");
    let mut tokens = vec![stage.on.eth, stage.on.usd];
    for number in tokens.len()..usize::from(MAX_RESERVES) {
        let constructor = Token::constructor(0, "Token", "TOK", 18);
        let salt = number.to_le_bytes();
        let address = instantiate(stage.chain, &admin, code, constructor, &salt).expect("a token");
        let feed = FeedConfig::pushed(admin.account(), 3_600_000, 0);
        let token = Token { address };
        let calls = vec![
            oracle.configure(address, &feed),
            market.list_reserve(&longest(address)),
            token.mint(borrower.account(), 1_000 * WAD),
        ];
        must(stage.chain, &admin, calls).expect("lists");
        tokens.push(token);
    }
    let now_ms = stage.chain.now_ms().expect("a time");
    let report = |token: &Token| (token.address, 10 * WAD, now_ms);
    let reports: Vec<_> = tokens.iter().skip(2).map(report).collect();
    must(stage.chain, &admin, vec![oracle.push(&reports)]).expect("prices");
    let all: Vec<AssetId> = (0..MAX_RESERVES).collect();

    // Market and lens.
    let reserves = market.priced_reserves(stage.chain, &all).expect("all lines");
    assert!(reserves.iter().map(|priced| priced.asset).eq(all.iter().copied()));
    assert!(reserves.iter().all(|priced| priced.price.is_some()));
    let backwards: Vec<AssetId> = all.iter().rev().copied().collect();
    let reserves = market.priced_reserves(stage.chain, &backwards).expect("in any order");
    assert!(reserves.iter().map(|priced| priced.asset).eq(backwards.iter().copied()));
    assert!(market.priced_reserves(stage.chain, &[31, 32]).is_err(), "one that is not there");
    let reserves = lens.reserves(stage.chain).expect("all reserves");
    let listed: Vec<_> = reserves.iter().map(|(_, reserve)| reserve.config.token).collect();
    assert_eq!(listed, tokens.iter().map(|token| token.address).collect::<Vec<_>>());
    let mut page = |first, count| lens.reserves_from(stage.chain, first, count).expect("a page");
    assert_eq!(page(0, 255).len(), 8);
    assert_eq!(page(30, 255).len(), 2);
    assert_eq!(page(3, 2)[1].1.config.token, tokens[4].address);
    assert!(page(3, 0).is_empty() && page(32, 8).is_empty() && page(255, 255).is_empty());
    let model = mirror::mirror(stage.chain, &market, []).expect("mirrors");
    assert_eq!(model.reserves.len(), usize::from(MAX_RESERVES));

    // Adapter.
    let addresses: Vec<_> = tokens.iter().map(|token| token.address).collect();
    let prices = oracle.prices(stage.chain, &addresses).expect("all prices");
    assert!(prices.len() == 32 && prices.iter().all(Option::is_some));
    must(stage.chain, &admin, vec![market.poke(&all)]).expect("pokes all at once");

    // An account in as many assets as it may be.
    for token in &tokens[24..31] {
        let calls = vec![
            token.approve(market.address, u128::MAX),
            market.deposit_collateral(listed_as(&tokens, token), 100 * WAD, None),
        ];
        must(stage.chain, &borrower, calls).expect("deposits");
    }
    let lender = stage.lender.clone();
    let lend = market.supply(stage.on.usd_asset, 100_000_000_000, None);
    must(stage.chain, &lender, vec![lend]).expect("lends");
    must(stage.chain, &borrower, vec![market.borrow(stage.on.usd_asset, 1_000_000_000)])
        .expect("borrows");
    let who = borrower.account();
    let snapshot = market.snapshot(stage.chain, who).expect("a snapshot");
    assert_eq!(
        (snapshot.account.positions.len(), snapshot.reserves.len()),
        (MAX_POSITIONS, MAX_POSITIONS)
    );
    assert_eq!(lens.account(stage.chain, who).expect("a view").positions.len(), MAX_POSITIONS);
    let shock = lens.shock(stage.chain, &vec![who; 1_000], 9_000).expect("however many accounts");
    assert_eq!((shock.new_accounts, shock.already_wad), (1_000, 0));

    // A feed with as many sources as it may have, of the longest names.
    let mut feed = FeedConfig::pushed(admin.account(), 3_600_000, 0);
    feed.sources = (0..MAX_SOURCES)
        .map(|number| SourceConfig {
            kind: SourceKind::Dia { contract: [number as u8; 32], symbol: "S".repeat(32) },
            ..feed.sources[0].clone()
        })
        .collect();
    feed.quorum = 4;
    must(stage.chain, &admin, vec![oracle.configure(addresses[31], &feed)]).expect("configures");
    let held = oracle.feed(stage.chain, addresses[31]).expect("a view").expect("a feed");
    assert_eq!(held.config, feed);
}

fn listed_as(tokens: &[Token], token: &Token) -> AssetId {
    let place = tokens.iter().position(|held| held == token);
    place.and_then(|place| AssetId::try_from(place).ok()).expect("listed")
}
