//! The auction's clock: it stops with the price, and never cheapens a lot by a pause.

use crate::common::*;
use breakwater_protocol::{auction::elapsed_ms, Clock};
use proptest::prelude::*;

#[test]
fn it_runs_while_the_price_is_fresh() {
    let mut clock = Clock { at_ms: 1_000, price_ms: 900, ..Clock::default() };
    // A price is good for 500 ms: this one until 1,400.
    clock.advance(900, 500, 1_200);
    assert_eq!(clock.reading_ms, 200);
    clock.advance(900, 500, 2_000);
    assert_eq!(clock.reading_ms, 400);
    // The next comes at 2,600: it has stood from 1,400 to then.
    clock.advance(2_600, 500, 2_700);
    assert_eq!(clock.reading_ms, 500);
    // Freshness that overlaps counts once.
    clock.advance(2_900, 500, 3_000);
    assert_eq!(clock.reading_ms, 800);
}

#[test]
fn an_older_price_forgets_no_newer_one() {
    let mut clock = Clock { at_ms: 1_000, price_ms: 1_000, ..Clock::default() };
    // Good until 1,500; one of 900 that is told later is good until 1,400 only.
    clock.advance(900, 500, 1_100);
    assert_eq!((clock.reading_ms, clock.price_ms), (100, 1_000));
    clock.advance(900, 500, 1_600);
    assert_eq!(clock.reading_ms, 500);
}

#[test]
fn either_assets_stop_stops_the_pair() {
    let stood = |from_ms: u64, until_ms: u64| Clock {
        stopped_from_ms: 1_000 + from_ms,
        stopped_until_ms: 1_000 + until_ms,
        ..Clock::default()
    };
    let together = |a, b| Clock::run_together_ms(1_000, 1_100, [a, b]);
    // 100 since the start; one stood from 10 to 40, the other from 60 to 80.
    assert_eq!(together((stood(10, 40), 70), (stood(60, 80), 80)), 50);
    // From 30 to 50: ten of it the first stood too.
    assert_eq!(together((stood(10, 40), 70), (stood(30, 50), 80)), 60);
    // Never.
    assert_eq!(together((Clock::default(), 100), (Clock::default(), 100)), 100);
    // The other's earlier stops can't be told apart and count in full: but the time since the last
    // stop counts.
    assert_eq!(together((stood(70, 90), 30), (stood(60, 80), 40)), 10);
}

#[test]
fn it_stands_in_a_halt_and_without_a_price_that_settles() {
    use breakwater_protocol::{price::Use, Guard, Level, Price, Sheet};
    // A minute after a price of the beginning.
    let reading = |change: fn(&mut Sheet, &mut Price)| {
        let mut sheet = sheet();
        sheet.now_ms += MINUTE_MS;
        let mut price = sheet.line(ETH).unwrap().price.unwrap();
        change(&mut sheet, &mut price);
        sheet.line_mut(ETH).unwrap().price = Some(price);
        sheet.clock(ETH).unwrap().reading_ms
    };
    assert_eq!(reading(|_, _| {}), MINUTE_MS);
    assert_eq!(reading(|_, price| price.good_for = Use::Settlement.flag()), MINUTE_MS);
    assert_eq!(reading(|_, price| price.good_for = Use::Liquidation.flag()), 0);
    assert_eq!(reading(|_, price| price.low_wad = 0), 0);
    const fn raised(level: Level) -> Guard {
        Guard { level, from_ms: START_MS, until_ms: START_MS + HOUR_MS }
    }
    assert_eq!(reading(|sheet, _| sheet.guard = raised(Level::Stressed)), MINUTE_MS);
    assert_eq!(reading(|sheet, _| sheet.guard = raised(Level::Halted)), 0);
}

#[test]
fn a_feed_that_dies_stops_the_auction() {
    let mut eth = eth_config();
    eth.auction.price_gap_ms = 5 * MINUTE_MS;
    let usd = usd_config();
    let mut sheet = sheet_with(eth, usd);
    deposit(&mut sheet, ETH, 10 * ETHER).unwrap();
    borrow(&mut sheet, USD, 1_500 * DOLLAR).unwrap();
    set_prices(&mut sheet, 180 * breakwater_protocol::math::WAD);
    breakwater_protocol::actions::start_liquidation(&mut sheet, [9; 32], 0).unwrap();
    let elapsed = |sheet: &breakwater_protocol::Sheet| {
        elapsed_ms(sheet, sheet.account.auction.as_ref().unwrap(), [ETH, USD]).unwrap()
    };
    // No price for an hour: it ran for the five minutes of the last.
    pass(&mut sheet, 60 * MINUTE_MS);
    assert_eq!(elapsed(&sheet), 5 * MINUTE_MS);
    // The feed is back: it goes on from there.
    set_prices(&mut sheet, 180 * breakwater_protocol::math::WAD);
    assert_eq!(elapsed(&sheet), 5 * MINUTE_MS);
    pass(&mut sheet, 2 * MINUTE_MS);
    // Nobody has touched it since: the hour's gap is still seen, and the two minutes count.
    assert_eq!(elapsed(&sheet), 7 * MINUTE_MS);
}

#[test]
fn two_feeds_that_die_together_stop_it_once() {
    let gap = |mut config: breakwater_protocol::ReserveConfig| {
        config.auction.price_gap_ms = 5 * MINUTE_MS;
        config
    };
    let mut sheet = sheet_with(gap(eth_config()), gap(usd_config()));
    deposit(&mut sheet, ETH, 10 * ETHER).unwrap();
    borrow(&mut sheet, USD, 1_500 * DOLLAR).unwrap();
    let falls = 180 * breakwater_protocol::math::WAD;
    set_prices(&mut sheet, falls);
    breakwater_protocol::actions::start_liquidation(&mut sheet, [9; 32], 0).unwrap();
    let elapsed = |sheet: &breakwater_protocol::Sheet| {
        elapsed_ms(sheet, sheet.account.auction.as_ref().unwrap(), [ETH, USD]).unwrap()
    };
    pass(&mut sheet, 6 * HOUR_MS);
    assert_eq!(elapsed(&sheet), 5 * MINUTE_MS);
    set_prices(&mut sheet, falls);
    assert_eq!(elapsed(&sheet), 5 * MINUTE_MS);
    pass(&mut sheet, 3 * MINUTE_MS);
    assert_eq!(elapsed(&sheet), 8 * MINUTE_MS);
}

proptest! {
    /// Of two clocks: never longer than both have truly run together, and once both run it goes on.
    #[test]
    fn together_is_never_fast_nor_stuck(
        gap_ms in 1u64..2_000,
        touches in proptest::collection::vec((1u64..3_000, any::<bool>(), any::<bool>()), 1..60),
    ) {
        let start_ms = 1_000_000;
        let fresh = Clock { at_ms: start_ms, price_ms: start_ms, ..Clock::default() };
        let (mut a, mut b, mut now_ms, mut truly_ms) = (fresh, fresh, start_ms, 0);
        for (wait_ms, feeds_a, feeds_b) in touches {
            // A feed gives a price at each touch, or none.
            let runs = |clock: &Clock| (clock.price_ms + gap_ms).saturating_sub(now_ms).min(wait_ms);
            truly_ms += runs(&a).min(runs(&b));
            now_ms += wait_ms;
            for (clock, feeds) in [(&mut a, feeds_a), (&mut b, feeds_b)] {
                let price_ms = if feeds { now_ms } else { clock.price_ms };
                clock.advance(price_ms, gap_ms, now_ms);
            }
            let both = [(a, a.reading_ms), (b, b.reading_ms)];
            let together_ms = Clock::run_together_ms(start_ms, now_ms, both);
            prop_assert!(together_ms <= truly_ms, "{} {}", together_ms, truly_ms);
            let last_stop_ms = a.stopped_until_ms.max(b.stopped_until_ms).max(start_ms);
            prop_assert!(together_ms >= now_ms - last_stop_ms);
        }
    }

    /// Whatever prices come and whenever it is looked at: it never runs faster than time, nor
    /// backwards, nor longer than its prices were fresh.
    #[test]
    fn it_is_never_fast(
        gap_ms in 1u64..10_000,
        touches in proptest::collection::vec((0u64..5_000, 0u64..20_000), 1..40),
    ) {
        let mut now_ms = 1_000_000;
        let mut clock = Clock { at_ms: now_ms, price_ms: now_ms, ..Clock::default() };
        for (wait_ms, age_ms) in touches {
            now_ms += wait_ms;
            let (before, price_ms) = (clock, now_ms - age_ms);
            clock.advance(price_ms.max(before.price_ms), gap_ms, now_ms);
            let ran_ms = clock.reading_ms - before.reading_ms;
            prop_assert!(ran_ms <= wait_ms);
            // Fresh time in the stretch is at most what both prices give.
            let by_last = (before.price_ms + gap_ms).saturating_sub(before.at_ms);
            let by_this = gap_ms;
            prop_assert!(ran_ms <= by_last.saturating_add(by_this));
        }
    }
}
