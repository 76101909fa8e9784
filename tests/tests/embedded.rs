//! All scenarios on the embedded chain, under both sets of limits.

use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_tests::{auctions, baskets, breaker, governance, scenarios};

macro_rules! on_both_profiles {
    ($from:ident: $($name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[test]
            fn node_limits() {
                $from::$name(&mut EmbeddedChain::new(Profile::Node).expect("a chain"));
            }

            #[test]
            fn strict_limits() {
                $from::$name(&mut EmbeddedChain::new(Profile::Strict).expect("a chain"));
            }
        }
    )*};
}

on_both_profiles!(
    scenarios:
    a_loan_from_beginning_to_end,
    a_crash_and_a_liquidation,
    three_ways_to_cure,
    many_at_once,
    a_reward_for_the_starter,
    a_gap_that_leaves_bad_debt,
    refusals_change_nothing,
    a_batch_through_the_lens,
);

on_both_profiles!(
    auctions:
    a_calm_drift_costs_next_to_nothing,
    the_backstop_buys_when_nobody_does,
    nothing_is_sold_below_the_floor,
    ten_takers_race,
    a_feed_that_dies_stops_the_clock,
    a_take_without_capital,
    many_takes_at_once,
    dust_is_written_off,
);

on_both_profiles!(
    baskets:
    two_collaterals_and_two_debts,
    a_reward_costs_its_starter_only,
);

on_both_profiles!(
    breaker:
    a_night_without_bids,
    one_venue_prints_a_wrong_price,
    a_feed_mis_scaled,
    a_price_floor_that_stops_updating,
    a_cap_a_little_too_low,
    a_pump_and_a_loan,
    a_feed_dead_for_six_hours,
    a_feed_that_posts_out_of_order,
    a_guardian_blocks_a_price,
    dia_and_signed_reports,
    a_pool_pushed_for_a_block,
);

on_both_profiles!(
    governance:
    a_change_through_the_queue,
    lowering_risk_is_quick,
    the_governor_governs_itself,
    the_queue_is_bounded,
    a_steward_within_bounds,
    nobody_enters_through_a_target,
    an_upgrade_in_the_middle_of_an_auction,
);
