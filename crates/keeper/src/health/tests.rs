use super::{checks::*, *};
use breakwater_protocol::{oracle::price::Use, Error, Position};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

const S: fn(u64) -> Duration = Duration::from_secs;

#[test]
fn a_fault_is_told_once_when_it_begins_and_once_when_it_ends() {
    let mut watch = Watch::new(S(30));
    let start = Instant::now();
    let mut told = Vec::new();
    // A look every 100 ms, as a keeper has: the fault holds from second 10 to 100, with a gap of 5 s.
    for tick in 0..2_000u64 {
        let now = start + Duration::from_millis(tick * 100);
        let is_wrong = (10..100).contains(&(tick / 10)) && !(50..55).contains(&(tick / 10));
        let wrong = is_wrong.then(|| format!("at {tick}"));
        told.extend(watch.note(Fault::NoFees, wrong, now).map(|change| (tick / 10, change)));
    }
    let what: Vec<_> = told.iter().map(|(at, change)| (*at, change.begins)).collect();
    assert_eq!(what, [(40, true), (130, false)]);
    assert_eq!(told[1].1.lasted, S(120));
    assert_eq!(told[1].1.detail, "at 999", "what was last wrong");
    assert_eq!(watch.faults().count(), 0);
}

#[test]
fn what_passes_before_it_has_held_is_not_told() {
    let mut watch = Watch::new(S(30));
    let start = Instant::now();
    for tick in 0..100 {
        let wrong = (tick % 29 != 0).then(|| "wrong".to_owned());
        assert_eq!(watch.note(Fault::HeadLag, wrong, start + S(tick)), None);
    }
    assert_eq!(watch.faults().count(), 0);
}

#[test]
fn health_is_about_the_job_and_knows_no_system_clock() {
    let (board, start) = (Board::default(), Instant::now());
    let verdict = |at| board.verdict(S(10), start + S(at));
    assert!(!verdict(0).is_healthy, "no round yet");
    board.round(true, start);
    assert!(verdict(10).is_healthy);
    let silent = verdict(11);
    assert!(!silent.is_healthy && silent.text.contains("no round has succeeded for 11 s"));
    // Rounds that fail do not help.
    board.round(false, start + S(12));
    assert!(!verdict(12).is_healthy);
    assert_eq!(board.idle(start + S(15)), Some(S(3)));
    board.round(true, start + S(13));
    board.set([(Fault::EndpointDown, "one of two")].into_iter());
    assert_eq!(verdict(14).text, "healthy\nendpoint_down (warning): one of two\n");
    board.set([(Fault::NoInventory, "asset 1")].into_iter());
    let poor = verdict(14);
    assert_eq!(
        (poor.is_healthy, &*poor.text),
        (false, "unhealthy\nno_inventory (critical): asset 1\n")
    );
}

#[test]
fn names_are_different() {
    let names: std::collections::BTreeSet<_> =
        Fault::ALL.iter().map(|fault| fault.name()).collect();
    assert_eq!(names.len(), Fault::ALL.len());
}

#[test]
fn accounts_that_stay_unhealthy_are_told_with_the_reason() {
    let mut since = BTreeMap::new();
    remember(&mut since, [[1; 32], [2; 32], [3; 32]].into_iter(), 100);
    remember(&mut since, [[1; 32], [2; 32], [4; 32]].into_iter(), 110);
    let halted = |account: &[u8; 32]| (account[0] == 1).then_some(Error::BreakerHalted);
    let young = waiting(&since, 119, 20, halted);
    assert_eq!(young, Waiting::default());
    let old = waiting(&since, 120, 20, halted);
    assert_eq!((old.count, old.oldest_blocks), (2, 20), "not the one that came at 110");
    assert!(old.halted.is_some_and(|text| text.contains("1 such as") && text.contains("Halted")));
    assert!(old.other.is_some_and(|text| text.contains("do not pay")));
    // A walk back leaves no block of the future.
    remember(&mut since, [[1; 32]].into_iter(), 50);
    assert_eq!(since, BTreeMap::from([([1; 32], 50)]));
}

#[test]
fn an_empty_purse_is_wrong_while_debt_is_open() {
    let purse = |balance, allowance| Purse { asset: 1, balance, allowance, spend_max: 1_000 };
    let open = BTreeMap::from([(1, 139_000 * 10u128.pow(18))]);
    let text = spent(&[purse(7, 1_000)], &open).expect("is spent");
    assert!(text.contains("7 units left of 1000") && text.contains("$139000.00"), "{text}");
    assert_eq!(spent(&[purse(7, 1_000)], &BTreeMap::new()), None, "no debt is open");
    assert_eq!(spent(&[purse(11, 1_000)], &open), None);
    assert!(locked(&[purse(500, 0)]).is_some_and(|text| text.contains("0 of 500")));
    assert_eq!(locked(&[purse(500, 6)]), None);
    assert_eq!(locked(&[purse(7, 0)]), None, "there is nothing to pull");
}

#[test]
fn an_auction_that_nobody_takes_is_told() {
    let auctions = BTreeMap::from([([1; 32], 1_000), ([2; 32], 5_000)]);
    assert_eq!(old_auctions(&auctions, 6_000, 5_000), (5_000, None));
    let (oldest_ms, wrong) = old_auctions(&auctions, 6_001, 5_000);
    assert_eq!(oldest_ms, 5_001);
    assert!(wrong.is_some_and(|text| text.starts_with("1 auctions")));
    assert_eq!(old_auctions(&BTreeMap::new(), 6_000, 0), (0, None));
}

#[test]
fn open_debt_is_valued_by_asset() {
    let held = Position { asset: 9, debt_shares: 5, ..Position::default() };
    assert!(open_debt_wad([&[held][..]].into_iter(), &[]).is_empty(), "an asset without a line");
}

/// ETH that somebody holds and dollars that somebody owes, priced at 1,000 s.
fn lines() -> Vec<breakwater_protocol::PricedReserve> {
    use breakwater_protocol::{num::math::WAD, Price, PricedReserve, Reserve};
    let plan = breakwater_client::LocalPlan::default();
    let line = |(asset, config)| {
        let mut reserve = Reserve::new(config, 1_000_000).expect("a reserve");
        (reserve.balances.collateral, reserve.balances.debt_shares) = (5, 5);
        let price = Some(Price::exact(WAD, 1_000_000));
        PricedReserve { asset, reserve, price, now_ms: 1_000_000, changed: false }
    };
    [(0, plan.eth), (1, plan.usd)].into_iter().map(line).collect()
}

#[test]
fn a_price_is_wrong_when_it_is_old_or_missing_or_no_good() {
    let hour = 3_600_000;
    let mut lines = lines();
    assert_eq!(stale_prices(&lines, 1_000_000 + hour, hour), None);
    let text = stale_prices(&lines, 1_000_000 + 25 * hour, hour).expect("is old");
    assert_eq!(text, "prices: asset 0 is 25 h old; asset 1 is 25 h old");
    lines[0].price.as_mut().expect("a price").good_for = Use::Risk.flag();
    let text = stale_prices(&lines, 1_000_000, hour).expect("is no good");
    assert!(text.contains("asset 0") && text.contains("not good for liquidation or settlement"));
    lines[0].price = None;
    assert_eq!(stale_prices(&lines, 1_000_000, hour), Some("prices: asset 0 has none".into()));
    // Nobody depends on it.
    lines[0].reserve.balances.collateral = 0;
    lines[0].reserve.balances.debt_shares = 0;
    assert_eq!(stale_prices(&lines, 1_000_000, hour), None);
    assert_eq!(price_ages(&lines, 1_005_000), BTreeMap::from([(1, Some(5_000))]));
}
