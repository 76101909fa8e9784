//! All scenarios on the embedded chain, under both sets of limits.

use breakwater_chain::embedded::{EmbeddedChain, Profile};
use breakwater_tests::scenarios;

macro_rules! on_both_profiles {
    ($($name:ident),* $(,)?) => {$(
        mod $name {
            use super::*;

            #[test]
            fn node_limits() {
                scenarios::$name(&mut EmbeddedChain::new(Profile::Node).expect("a chain"));
            }

            #[test]
            fn strict_limits() {
                scenarios::$name(&mut EmbeddedChain::new(Profile::Strict).expect("a chain"));
            }
        }
    )*};
}

on_both_profiles!(
    a_loan_from_beginning_to_end,
    a_crash_and_a_liquidation,
    three_ways_to_cure,
    many_at_once,
    a_reward_for_the_starter,
    a_gap_that_leaves_bad_debt,
    refusals_change_nothing,
    a_batch_through_the_lens,
);
