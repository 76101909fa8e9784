//! Strategies by hand-worked numbers.

use super::*;
use crate::{
    ranking::Unhealthy,
    views::{Picture, Settings},
};
use breakwater_client::LocalPlan;
use breakwater_protocol::{
    actions::start_liquidation,
    math::WAD,
    oracle::{Feed, FeedConfig, SourceConfig, SourceState, Value},
    shares::VIRTUAL_SHARES,
    Account, BreakerConfig, Guard, Level, MarketParams, Pool, Position, Price, Reserve, Sheet,
    Stake,
};
use std::collections::{BTreeMap, BTreeSet};

const NOW_MS: u64 = 1_700_000_000_000;
const MINUTE_MS: u64 = 60_000;
const USD: u128 = 1_000_000;
const US: AccountId = [9; 32];
const POOL: AccountId = [8; 32];
const TAKER: AccountId = [7; 32];
const ETH_ASSET: AssetId = 0;
const USD_ASSET: AssetId = 1;

/// The local market with round numbers and without bonus by health, at a price of ETH, `minutes`
/// after the beginning. There are 1,000,000 dollars, and what borrowers owe.
fn picture(eth_dollars: u128, minutes: u64) -> Picture {
    let plan = LocalPlan::default();
    let now_ms = NOW_MS + minutes * MINUTE_MS;
    let mut eth = plan.eth;
    eth.auction.health_bonus_wad = 0;
    eth.auction.start_premium_bps = 100;
    eth.auction.fee_bps = 50;
    let reserves = [eth, plan.usd].map(|config| Reserve::new(config, NOW_MS).expect("a reserve"));
    let prices = [eth_dollars * WAD, WAD];
    let mut lines = Vec::new();
    for ((asset, mut reserve), price_wad) in (0..).zip(reserves).zip(prices) {
        if asset == USD_ASSET {
            reserve.books.cash = 1_000_000 * USD;
            reserve.books.supply_shares = 1_000_000 * USD * VIRTUAL_SHARES;
            // One unit for a million shares.
            reserve.books.borrowed = 100_000 * USD;
            reserve.books.debt_shares = 100_000 * USD * VIRTUAL_SHARES;
        } else {
            reserve.books.collateral = 1_000 * WAD;
        }
        reserve.books.accrued_ms = now_ms;
        // There was a price at the beginning, good for an hour.
        reserve.books.clock.price_ms = NOW_MS;
        let price = Some(Price::exact(price_wad, now_ms));
        lines.push(Line { asset, reserve, price, now_ms, changed: false });
    }
    let params = MarketParams { breaker: BreakerConfig::by_hand(), ..MarketParams::default() };
    let settings = Settings {
        count: 2,
        oracle: [6; 32],
        params,
        guard: Guard::default(),
        pools: BTreeMap::from([(ETH_ASSET, Pool::default()), (USD_ASSET, Pool::default())]),
    };
    Picture { block: Default::default(), now_ms, settings, lines }
}

/// 10 ETH against a debt in dollars.
fn loan(dollars: u128) -> Account {
    let eth = Position { asset: ETH_ASSET, collateral: 10 * WAD, ..Position::default() };
    let debt_shares = dollars * USD * VIRTUAL_SHARES;
    let usd = Position { asset: USD_ASSET, debt_shares, ..Position::default() };
    Account { positions: vec![eth, usd], ..Account::default() }
}

/// The same in an auction that was started at the beginning.
fn in_auction(dollars: u128, eth_dollars: u128, starter: AccountId) -> Account {
    let mut sheet: Sheet = picture(eth_dollars, 0).sheet(loan(dollars)).expect("a sheet");
    start_liquidation(&mut sheet, starter, 0).expect("starts");
    sheet.account
}

fn terms() -> TakeTerms {
    TakeTerms {
        us: US,
        taker: None,
        inventory: Inventory {
            spendable: BTreeMap::from([(USD_ASSET, 1_000_000 * USD)]),
            room: BTreeMap::new(),
        },
        least_wad: WAD,
        exit_bps: 0,
        tolerance_bps: 0,
    }
}

fn unhealthy(accounts: &[u8]) -> Vec<Unhealthy> {
    let one = |number: &u8| Unhealthy { health_factor_wad: 0, account: [*number; 32] };
    accounts.iter().map(one).collect()
}

#[test]
fn who_is_healthy_or_in_the_way_of_the_breaker_is_not_started() {
    let mut at = picture(180, 0);
    let accounts = [loan(1_500), loan(1_000), loan(1_600)];
    let find = |who: &AccountId| &accounts[usize::from(who[0])].positions[..];
    let plan = starts(&at, &unhealthy(&[2, 1, 0]), find, US, (10, 0)).expect("a plan");
    assert_eq!(plan.deed, Deed::Start(vec![[2; 32], [0; 32]]));
    // The fee is half a per cent of what may be repaid; of it the starter gets a half, at least two
    // dollars. At 180: (1.05 x 1,500 - 1,440) / (1.05 - 0.8 x (1 - 0.01 + 0.005)) is about 531, and 945
    // of the larger loan: 1.33 and 2.36 dollars, so 2 and 2.36.
    let dollars = plan.gain_wad as f64 / 1e18;
    assert!((4.0..5.0).contains(&dollars), "{dollars}");
    // At most as many as told, the first first; and not for less than they are worth.
    let plan = starts(&at, &unhealthy(&[2, 0]), find, US, (1, 0)).expect("a plan");
    assert_eq!(plan.deed, Deed::Start(vec![[2; 32]]));
    assert_eq!(starts(&at, &unhealthy(&[0, 2]), find, US, (10, 10 * WAD)), None);
    // In Halted nothing starts.
    at.settings.guard = Guard { level: Level::Halted, from_ms: at.now_ms, until_ms: u64::MAX };
    assert_eq!(starts(&at, &unhealthy(&[0, 2]), find, US, (10, 0)), None);
}

/// With a backstop of 700 dollars that buys at the oracle's price, where auctions start: the first needs
/// about 531, the second gets the rest, the third is only started.
#[test]
fn who_the_backstop_buys_from_at_once_is_started_and_filled() {
    let mut at = picture(180, 0);
    for line in &mut at.lines {
        line.reserve.config.auction.start_premium_bps = 0;
        line.reserve.config.backstop.level_bps = 0;
        if line.asset == USD_ASSET {
            line.reserve.books.backstop_shares = 700 * USD * VIRTUAL_SHARES;
        }
    }
    let accounts = [loan(1_500), loan(1_500), loan(1_500)];
    let find = |who: &AccountId| &accounts[usize::from(who[0])].positions[..];
    let all = || unhealthy(&[2, 1, 0]);
    // Nobody has staked yet.
    let (none, left) = starts_with_fills(&mut at, all(), find, US, 10);
    assert_eq!((none.len(), left.len()), (0, 3));
    let pool = Pool { shares: 700 * USD * VIRTUAL_SHARES, ..Pool::default() };
    at.settings.pools.insert(USD_ASSET, pool);
    let (plans, left) = starts_with_fills(&mut at.clone(), all(), find, US, 10);
    let [Plan { deed: Deed::StartAndFill(fills), .. }] = plans.as_slice() else {
        panic!("{plans:?}")
    };
    let both = [([2; 32], ETH_ASSET, USD_ASSET), ([1; 32], ETH_ASSET, USD_ASSET)];
    assert_eq!(*fills, both);
    assert_eq!(left.iter().map(|one| one.account).collect::<Vec<_>>(), [[0; 32]]);
    // At most as many as told.
    let (plans, left) = starts_with_fills(&mut at, all(), find, US, 1);
    assert_eq!((plans.len(), left.len()), (1, 2));
}

/// At the end of its 20 minutes the auction gives 6 %. To bring 1,500 of debt on 1,800 of collateral
/// back to 1.05 takes (1.05 x 1,500 - 1,440) / (1.05 - 0.8 x 1.065) = 681.82 dollars; 6 % of that are
/// 40.91.
#[test]
fn a_take_with_money_is_worth_its_bonus() {
    let account = in_auction(1_500, 180, [1; 32]);
    let at = picture(180, 30);
    let sheet = at.sheet(account).expect("a sheet");
    let take = best_take(&sheet, &[], &terms()).expect("worth it");
    assert_eq!((take.way, take.repaid), (Way::Hold, 681_818_182));
    assert!((take.gain_wad as f64 / 1e18 - 40.909).abs() < 0.01, "{}", take.gain_wad);
    assert!(take.order.max_repay >= take.repaid && take.order.max_repay < 682_000_000);
    // Selling costs 2 %, and one per cent may be lost on the way: of 722.73, 3 % less 681.82.
    let careful = TakeTerms { exit_bps: 200, tolerance_bps: 100, ..terms() };
    let take = best_take(&sheet, &[], &careful).expect("worth it");
    assert!((take.gain_wad as f64 / 1e18 - 19.37).abs() < 0.05, "{}", take.gain_wad);
    // Not for 50 dollars, and not where selling eats it all.
    assert_eq!(best_take(&sheet, &[], &TakeTerms { least_wad: 50 * WAD, ..terms() }), None);
    assert_eq!(best_take(&sheet, &[], &TakeTerms { exit_bps: 600, ..terms() }), None);
}

#[test]
fn a_take_keeps_within_the_inventory() {
    let sheet = picture(180, 30).sheet(in_auction(1_500, 180, [1; 32])).expect("a sheet");
    let mut poor = terms();
    poor.inventory.spendable.insert(USD_ASSET, 100 * USD);
    let take = best_take(&sheet, &[], &poor).expect("worth it");
    assert!(take.order.max_repay <= 100 * USD && take.repaid > 99 * USD, "{}", take.repaid);
    // No more than one ETH: 180 dollars' worth, for 169.8.
    let mut full = terms();
    full.inventory.room.insert(ETH_ASSET, WAD);
    let take = best_take(&sheet, &[], &full).expect("worth it");
    assert!(take.paid_out <= WAD && take.paid_out > WAD * 9 / 10, "{}", take.paid_out);
    poor.inventory.spendable.insert(USD_ASSET, 0);
    assert_eq!(best_take(&sheet, &[], &poor), None);
}

/// Two accounts and money for one and a half: the second take gets the rest, both in one transaction.
#[test]
fn takes_share_the_inventory() {
    let account = in_auction(1_500, 180, [1; 32]);
    let mut at = picture(180, 30);
    let mut terms = terms();
    terms.inventory.spendable.insert(USD_ASSET, 1_000 * USD);
    let both = [([1; 32], account.clone()), ([2; 32], account)];
    let (plans, left) = takes(&mut at, both, &mut [], &mut terms);
    assert!(left.is_empty());
    let [Plan { deed: Deed::TakeMany(orders), spends, .. }] = &plans[..] else {
        panic!("one transaction: {plans:?}")
    };
    let repaid: Vec<u128> = orders.iter().map(|(_, order)| order.max_repay / USD).collect();
    assert!(repaid[0] == 681 && (310..=318).contains(&repaid[1]), "{repaid:?}");
    assert!(spends[0].0 == USD_ASSET && spends[0].1 <= 1_000 * USD);
}

/// A pool of 100 ETH and 18,000 dollars: the sale of 4 ETH brings 4 % less than the price. The best
/// take from it is smaller than all that may be taken, and gains less than the bonus.
#[test]
fn a_take_without_money_stops_where_the_pool_pays_no_more() {
    let account = in_auction(1_500, 180, [1; 32]);
    let mut at = picture(180, 30);
    let venue = Venue {
        address: POOL,
        assets: [ETH_ASSET, USD_ASSET],
        reserves: [100 * WAD, 18_000 * USD],
    };
    let mut terms = TakeTerms { taker: Some(TAKER), inventory: Inventory::default(), ..terms() };
    let sheet = at.sheet(account.clone()).expect("a sheet");
    let take = best_take(&sheet, &[venue], &terms).expect("worth it");
    assert_eq!(take.way, Way::Sell);
    // r (1.06) is sold: 18,000 x / (100 + x) with x = 1.06 r / 180, less r: best where
    // 18,000 x 100 / (100 + x)^2 x 1.06 / 180 = 1, x = 100 (sqrt 1.06 - 1) = 2.956 ETH, r = 502.
    assert!((500 * USD..504 * USD).contains(&take.repaid), "{}", take.repaid);
    let profit = 18_000.0 * 2.956 / 102.956 - 502.0;
    assert!((take.gain_wad as f64 / 1e18 - profit).abs() < 0.3, "{}", take.gain_wad);
    // The second on the same pool finds it lower.
    let both = [([1; 32], account.clone()), ([2; 32], account)];
    let mut venues = [venue];
    let (plans, left) = takes(&mut at, both, &mut venues, &mut terms);
    assert_eq!((plans.len(), left), (1, vec![[2; 32]]));
    assert!(matches!(&plans[0].deed, Deed::TakeAndSell { account, taker, pool, min_profit, .. }
        if *account == [1; 32] && (*taker, *pool) == (TAKER, POOL) && *min_profit >= USD));
    assert!(venues[0].reserves[0] > 102 * WAD);
}

#[test]
fn a_pool_rounds_and_moves_as_the_contract_does() {
    let venue = Venue { address: POOL, assets: [0, 1], reserves: [1_000, 5_000] };
    assert!(venue.trades(0, 1) && venue.trades(1, 0) && !venue.trades(0, 2));
    // 5,000 x 10 / 1,010 = 49.5.
    assert_eq!(venue.sale_down(0, 10), Ok(49));
    assert_eq!(venue.sale_down(1, 50), Ok(9));
    assert_eq!(venue.after_sale(1, 50).expect("a pool").reserves, [991, 5_050]);
    assert_eq!(venue.sale_down(2, 1), Err(Error::UnknownAsset));
}

fn closing() -> Closing {
    Closing { us: US, fills: true, cures: true, write_offs: true, for_the_market: false }
}

#[test]
fn who_is_healthy_again_is_cured() {
    let account = in_auction(1_500, 180, US);
    let mut recovered = picture(200, 5);
    let plans = closings(&mut recovered, [([1; 32], account.clone())], &closing());
    assert_eq!(plans, [Plan::new(Deed::Cure([1; 32]), 0)]);
    let not_told = Closing { cures: false, ..closing() };
    assert!(closings(&mut recovered, [([1; 32], account.clone())], &not_told).is_empty());
    assert!(closings(&mut picture(180, 5), [([1; 32], account)], &closing()).is_empty());
}

/// The pool buys from 2 % on: -1 % + 7 % x 8 / 20 = 1.8 % is too early, 9 minutes are not.
#[test]
fn the_backstop_is_called_when_it_buys() {
    let account = in_auction(1_500, 180, US);
    let with_pool = |minutes| {
        let mut at = picture(180, minutes);
        let shares = 10_000 * USD * VIRTUAL_SHARES;
        at.lines[1].reserve.books.backstop_shares = shares;
        at.settings.pools.get_mut(&USD_ASSET).expect("a pool").shares = shares;
        at
    };
    let at = [([1; 32], account)];
    assert!(closings(&mut with_pool(8), at.clone(), &closing()).is_empty());
    let plans = closings(&mut with_pool(9), at.clone(), &closing());
    let fill = Deed::BackstopFill { account: [1; 32], collateral: ETH_ASSET, debt: USD_ASSET };
    assert_eq!(plans[0].deed, fill);
    // The reward is ours: at least the floor.
    assert!(plans[0].gain_wad >= 2 * WAD - WAD / 1_000_000, "{}", plans[0].gain_wad);
    // Another's auction only for the market's sake.
    let other = Closing { us: [5; 32], ..closing() };
    assert!(closings(&mut with_pool(9), at.clone(), &other).is_empty());
    let other = Closing { for_the_market: true, ..other };
    let plans = closings(&mut with_pool(9), at, &other);
    assert!(plans[0].gain_wad == 0 && plans[0].is_upkeep);
}

#[test]
fn clocks_in_auction_are_kept_going() {
    let mut at = picture(180, 31);
    at.lines
        .iter_mut()
        .for_each(|line| line.reserve.books.clock.at_ms = at.now_ms - 31 * MINUTE_MS);
    // The price gap is an hour: after half of it somebody must look.
    let both = BTreeSet::from([ETH_ASSET, USD_ASSET]);
    assert_eq!(pokes(&at, &both), Some(Plan::upkeep(Deed::PokeMarket(vec![0, 1]))));
    assert_eq!(pokes(&at, &BTreeSet::new()), None);
    at.lines[0].price = None;
    assert_eq!(pokes(&at, &both), Some(Plan::upkeep(Deed::PokeMarket(vec![1]))));
    at.lines[1].reserve.books.clock.at_ms = at.now_ms - 29 * MINUTE_MS;
    assert_eq!(pokes(&at, &both), None);
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
    let newest = Plan::upkeep(Deed::Relay(vec![reports[1].clone()]));
    assert_eq!(relays(&reports, &feeds(7), NOW_MS), Some(newest));
    // The third is of the future: later it counts.
    let Some(Plan { deed: Deed::Relay(later), .. }) = relays(&reports, &feeds(9), NOW_MS + 1)
    else {
        panic!("the third")
    };
    assert_eq!(later, [reports[2].clone()]);
    assert_eq!(relays(&reports, &feeds(9), NOW_MS), None);
    assert_eq!(relays(&reports, &BTreeMap::new(), NOW_MS), None);
    for broken in ["report = 1", "[[report]]\ntoken = 1", &REPORTS.replace("0x0a0b", "0xzz")] {
        assert!(ReportFile::parse(broken).is_err(), "{broken}");
    }
}

#[test]
fn feeds_with_an_average_or_a_quarantine_want_a_poke() {
    let mut feed = Feed::new(FeedConfig::pushed(US, MINUTE_MS, 0)).expect("a feed");
    assert!(!oracle_needs_poke(&feed));
    let kind = breakwater_protocol::oracle::SourceKind::Twap { contract: POOL, window_ms: 1 };
    let source = SourceConfig { kind, ..feed.config.sources[0].clone() };
    feed.config.sources.push(source);
    assert!(oracle_needs_poke(&feed));
}

/// A stake that has gained some ETH, in thousandths; some are held already, and dollars to spare.
fn staked(gained: u128, held: u128, spare: u128) -> Staked {
    // Gains are counted in 10^-24.
    let gains = vec![(ETH_ASSET, gained * WAD / 1_000 * 1_000_000)];
    Staked {
        debt: USD_ASSET,
        collateral: ETH_ASSET,
        stake: Stake { shares: 1, gains, ..Stake::default() },
        held: held * WAD / 1_000,
        spare: spare * USD,
    }
}

/// What is due at 200 dollars with a pool of 1,000 ETH and so many dollars: at 6 bps an hour a tenth
/// of an ETH in ten minutes, 20 dollars' worth.
fn due(ours: &Staked, pool_dollars: u128) -> Vec<Deed> {
    let venue = Venue {
        address: POOL,
        assets: [ETH_ASSET, USD_ASSET],
        reserves: [1_000 * WAD, pool_dollars * USD],
    };
    let terms = StakeTerms {
        every_ms: 10 * MINUTE_MS,
        sell_bps_per_hour: 6,
        exit_bps: 50,
        tolerance_bps: 10,
        least_wad: 10 * WAD,
    };
    let plans = recycles(&picture(200, 0), ours, &venue, &terms).expect("computes");
    assert!(plans.iter().all(|plan| plan.is_upkeep));
    plans.into_iter().map(|plan| plan.deed).collect()
}

#[test]
fn a_stake_is_claimed_sold_at_its_pace_and_staked_again() {
    let all = due(&staked(500, 3_000, 40), 200_000);
    let [claim, Deed::Sell { pool, units, min_receive, .. }, stake] = all.as_slice() else {
        panic!("{all:?}");
    };
    assert_eq!(*claim, Deed::ClaimGain { debt: USD_ASSET, collateral: ETH_ASSET });
    assert_eq!((*pool, *units), (POOL, WAD / 10));
    // 200,000 x 0.1 / 1,000.1 = 19.998 dollars, less a thousandth.
    assert_eq!(*min_receive / 1_000, 19_978);
    assert_eq!(*stake, Deed::Stake { asset: USD_ASSET, units: 40 * USD });
}

#[test]
fn what_is_not_worth_it_is_left_alone() {
    // 9 dollars of gains, 0.04 ETH held, 9 dollars to spare.
    assert_eq!(due(&staked(45, 40, 9), 200_000), []);
    // All that is held if it is less than the pace allows.
    let sale = due(&staked(0, 60, 0), 200_000);
    assert!(matches!(sale.as_slice(), [Deed::Sell { units, .. }] if *units == 6 * WAD / 100));
    // The pool pays 0.4 %, then 0.6 % less than the oracle's price.
    assert_eq!(due(&staked(0, 3_000, 0), 199_200).len(), 1);
    assert_eq!(due(&staked(0, 3_000, 0), 198_800), []);
    // Nobody's stake.
    let none = Staked { stake: Stake::default(), ..staked(500, 3_000, 40) };
    assert_eq!(due(&none, 200_000), []);
}
