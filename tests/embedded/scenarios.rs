//! All scenarios on the embedded chain, under both sets of limits.

use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_tests::{auctions, baskets, breaker, each_scenario, governance, scenarios};

macro_rules! on_both_profiles {
    ($($from:ident: { $($name:ident),* $(,)? })*) => {$($(
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
    )*)*};
}

each_scenario!(on_both_profiles);
