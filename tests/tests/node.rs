//! All scenarios on a real node, and the proof that the embedded chain computes the same gas.

use breakwater_chain::embedded::{EmbeddedChain, Profile};
use breakwater_tests::{node, scenarios::ALL_SCENARIOS, stage::SALT};
use std::sync::atomic::Ordering;

/// One test, so that all of it shares one node.
#[test]
fn scenarios_on_the_node_cost_what_they_cost_embedded() {
    let Some((_process, mut chain)) = node("scenarios_on_the_node") else { return };
    for (salt, (name, scenario)) in (0..).zip(ALL_SCENARIOS) {
        SALT.store(salt, Ordering::Relaxed);
        let on_node = scenario(&mut chain);
        SALT.store(salt, Ordering::Relaxed);
        let in_process = scenario(&mut EmbeddedChain::new(Profile::Node).expect("a chain"));
        assert!(!on_node.is_empty(), "{name} did nothing");
        for (left, right) in on_node.iter().zip(&in_process) {
            assert_eq!(left, right, "{name}: node (left) and embedded chain (right) differ");
        }
        assert_eq!(on_node.len(), in_process.len());
        println!("{name}: {} calls, gas equal to the unit", on_node.len());
    }
}
