//! The auction's clock: it stops with the price, and never cheapens a lot by a pause.

mod common;

use breakwater_protocol::{auction::elapsed_ms, Clock};
use common::*;
use proptest::prelude::*;

#[test]
fn it_runs_while_the_price_is_fresh() {
    let mut clock = Clock { at_ms: 1_000, price_ms: 900, reading_ms: 0 };
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
fn either_assets_stop_stops_the_pair() {
    // 100 of wall time; one stood for 30, the other for 20.
    assert_eq!(Clock::run_together_ms(100, [70, 80]), 50);
    assert_eq!(Clock::run_together_ms(100, [100, 100]), 100);
    assert_eq!(Clock::run_together_ms(100, [10, 20]), 0);
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

proptest! {
    /// Whatever prices come and whenever it is looked at: it never runs faster than time, nor
    /// backwards, nor longer than its prices were fresh.
    #[test]
    fn it_is_never_fast(
        gap_ms in 1u64..10_000,
        touches in proptest::collection::vec((0u64..5_000, 0u64..20_000), 1..40),
    ) {
        let mut now_ms = 1_000_000;
        let mut clock = Clock { at_ms: now_ms, price_ms: now_ms, reading_ms: 0 };
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
