//! Breakers, prices, rewards and allowances.

use super::{super::poke_oracle::needs_poke, *};
use crate::config::InventoryConfig;
use breakwater_protocol::oracle::{Feed, FeedConfig, SourceConfig, SourceKind, SourceState, Value};

/// Meters and prices are brought up to now by whoever comes next; a breaker that must rise is not.
#[test]
fn a_breaker_that_must_rise_is_poked() {
    let at = [([1; 32], in_auction(1_500, 180, US))];
    let mut on = with_auctions(snapshot(180, 59), at);
    assert_eq!(proposals(&PokeMarket, &mut on), []);
    if let Some(price) = on.reserves[0].price.as_mut() {
        price.good_for = 0;
    }
    let poke = [Proposal::upkeep(Action::PokeMarket(vec![ETH_ASSET]))];
    assert_eq!(proposals(&PokeMarket, &mut on), poke);
}

const REPORTS: &str = r#"
[[report]]
token = "0x0202020202020202020202020202020202020202020202020202020202020202"
source = 0
value = "180000000000000000000"
time_ms = 1699999990000
nonce = 8
signature = "0x0a0b"
[[report]]
token = "0x0202020202020202020202020202020202020202020202020202020202020202"
source = 0
value = "181000000000000000000"
time_ms = 1699999995000
nonce = 9
signature = "0c0d"
[[report]]
token = "0x0303030303030303030303030303030303030303030303030303030303030303"
source = 1
value = "1"
time_ms = 1700000000001
nonce = 1
signature = ""
"#;

#[test]
fn the_newest_report_of_each_source_is_relayed_once() {
    let reports = ReportFile::parse(REPORTS).expect("reports");
    assert_eq!(reports[0].signature, [10, 11]);
    let feed = |nonce| {
        let mut feed = Feed::new(FeedConfig::pushed(US, MINUTE_MS, 0)).expect("a feed");
        let last = Value { value_wad: WAD, time_ms: NOW_MS - MINUTE_MS };
        let state = SourceState { nonce, last, ..SourceState::default() };
        feed.sources = vec![state, state];
        feed
    };
    let feeds = |nonce| BTreeMap::from([([2; 32], feed(nonce)), ([3; 32], feed(0))]);
    let relays = |feeds, now_ms| {
        let mut on = MarketSnapshot { now_ms, reports: reports.clone(), ..snapshot(180, 0) };
        on.seen.feeds = feeds;
        proposals(&Relay, &mut on).into_iter().map(|due| due.action).collect::<Vec<_>>()
    };
    assert_eq!(relays(feeds(7), NOW_MS), [Action::Relay(vec![reports[1].clone()])]);
    // The third is of the future: later it counts.
    assert_eq!(relays(feeds(9), NOW_MS + 1), [Action::Relay(vec![reports[2].clone()])]);
    assert_eq!(relays(feeds(9), NOW_MS), []);
    assert_eq!(relays(BTreeMap::new(), NOW_MS), []);
    for broken in ["report = 1", "[[report]]\ntoken = 1", &REPORTS.replace("0x0a0b", "0xzz")] {
        assert!(ReportFile::parse(broken).is_err(), "{broken}");
    }
    // It asks for the feeds of what was reported.
    let on = MarketSnapshot { reports: reports.clone(), ..snapshot(180, 0) };
    let asked: std::collections::BTreeSet<_> = Relay.questions(&on).into_iter().collect();
    let feeds = [[2; 32], [3; 32]].map(|token| Question::Feed { token });
    assert_eq!(asked, feeds.into());
}

#[test]
fn feeds_with_an_average_or_a_quarantine_want_a_poke() {
    let mut feed = Feed::new(FeedConfig::pushed(US, MINUTE_MS, 0)).expect("a feed");
    assert!(!needs_poke(&feed));
    let kind = SourceKind::Twap { contract: POOL, window_ms: 1 };
    let source = SourceConfig { kind, ..feed.config.sources[0].clone() };
    feed.config.sources.push(source);
    assert!(needs_poke(&feed));

    let mut on = snapshot(180, 0);
    (on.reserves[0].reserve.config.token, on.reserves[1].reserve.config.token) = ([2; 32], [3; 32]);
    let strategy = PokeOracle { every_ms: MINUTE_MS };
    let asked = [[2; 32], [3; 32]].map(|token| Question::Feed { token });
    assert_eq!(strategy.questions(&on), asked);
    assert_eq!(proposals(&strategy, &mut on), []);
    on.seen.feeds.insert([3; 32], feed);
    let poke = [Proposal::upkeep(Action::PokeOracle(vec![[3; 32]]))];
    assert_eq!(proposals(&strategy, &mut on), poke);
}

/// A tenth of an ETH at 180 dollars.
#[test]
fn rewards_are_claimed_when_they_are_worth_it() {
    let mut on = snapshot(180, 0);
    on.reserves[0].reserve.balances.rewards = WAD;
    let of = |dollars| ClaimReward { every_ms: MINUTE_MS, least_wad: dollars * WAD };
    assert_eq!(of(18).questions(&on), [Question::Reward { asset: ETH_ASSET }]);
    on.seen.rewards.insert(ETH_ASSET, WAD / 10);
    let claim = Proposal::upkeep(Action::ClaimReward(ETH_ASSET));
    assert_eq!(proposals(&of(18), &mut on), [Proposal { gain_wad: 18 * WAD, ..claim }]);
    assert_eq!(proposals(&of(19), &mut on), []);
    on.seen.rewards.insert(ETH_ASSET, 0);
    assert_eq!(proposals(&of(0), &mut on), []);
}

/// A market can be upgraded: it may never pull more than the bound.
#[test]
fn the_market_may_pull_what_is_spent_and_no_more() {
    let mut on = snapshot(180, 0);
    let token = on.reserves[1].reserve.config.token;
    // Ether can't be owed: nobody pulls it.
    let bound = Bound { tokens: 1_000.0, usd: 0.0 };
    let strategy = Approve { bounds: [(ETH_ASSET, bound), (USD_ASSET, bound)].into() };
    let units = 1_000 * USD;
    let spender = on.market;
    assert_eq!(strategy.questions(&on), [Question::Allowance { token, spender }]);
    assert_eq!(proposals(&strategy, &mut on), [], "nothing was seen");
    on.seen.allowances.insert((token, spender), 5);
    let approve = [Proposal::upkeep(Action::Approve { token, spender, units })];
    assert_eq!(proposals(&strategy, &mut on), approve);
    assert_eq!(proposals(&strategy, &mut on), [], "it is proposed already");
    // Renewed once a quarter is used, and taken back where it is far too much.
    for (allowance, is_renewed) in [
        (units, false),
        (units * 3 / 4, false),
        (units * 3 / 4 - 1, true),
        (2 * units, false),
        (2 * units + 1, true),
        (u128::MAX, true),
        (0, true),
    ] {
        on.seen.allowances.insert((token, spender), allowance);
        let proposed = proposals(&strategy, &mut on);
        assert_eq!(proposed == approve, is_renewed, "{allowance}: {proposed:?}");
    }
}

#[test]
fn bounds_are_two_rounds_of_our_own_and_dollars_of_sales() {
    let own = InventoryConfig {
        asset: USD_ASSET,
        spend_max: 250.0,
        spend_max_per_day: None,
        hold_max: None,
    };
    let pool = Place::Pool(Pool { address: POOL, assets: [ETH_ASSET, USD_ASSET] });
    let (own, pool) = ([own], [pool]);
    let of = |has_taker| Approve::bounds(&own, &pool, has_taker, 400.0);
    assert_eq!(of(false), [(USD_ASSET, Bound { tokens: 500.0, usd: 0.0 })].into());
    let bounds = of(true);
    assert_eq!(bounds[&USD_ASSET], Bound { tokens: 500.0, usd: 400.0 });
    assert_eq!(bounds[&ETH_ASSET], Bound { tokens: 0.0, usd: 400.0 });
    // The larger of both: 500 tokens at a dollar.
    let mut on = snapshot(180, 0);
    let (token, spender) = (on.reserves[1].reserve.config.token, on.market);
    on.seen.allowances.insert((token, spender), 0);
    let units = 500 * USD;
    let approve = [Proposal::upkeep(Action::Approve { token, spender, units })];
    assert_eq!(proposals(&Approve { bounds }, &mut on), approve);
}
