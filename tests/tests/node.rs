//! All scenarios on a real node, and the proof that the embedded chain computes the same gas.

use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_tests::{
    node,
    scenarios::ALL_SCENARIOS,
    stage::{Step, SALT},
};
use std::sync::atomic::Ordering;

/// A part of the computing time by which it may differ: the fading of what has left of late is computed
/// where time has passed since the last touch, and on a node that is as it comes.
const NEAR: u64 = 50;

/// By how much a cell that depends on the time may be longer.
const LONGER_BYTES: u64 = 64;

/// The first of two steps with the other's computing time where they are near enough.
///
/// Where a price has moved, the volatility depends on the milliseconds between two blocks, which a
/// node does not make as told, and so do the fractions of interest and of what has left of late wherever a
/// reserve is touched again. A division or a root of other numbers takes other instructions.
/// The deposit must be equal all the same, and the proof but for a few bytes of one cell.
fn but_for_time(left: &Step, right: &Step) -> Step {
    let near = |a: u64, b: u64| if a.abs_diff(b) <= b / NEAR { b } else { a };
    let mut left = left.clone();
    for (ours, theirs) in [
        (&mut left.gas_consumed, &right.gas_consumed),
        (&mut left.gas_required, &right.gas_required),
        (&mut left.block_weight, &right.block_weight),
    ] {
        ours.ref_time = near(ours.ref_time, theirs.ref_time);
        // A feed's cell has the number of its last sample in as many bytes as it needs.
        if ours.proof_size.abs_diff(theirs.proof_size) <= LONGER_BYTES {
            ours.proof_size = theirs.proof_size;
        }
    }
    left
}

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
            assert_eq!(
                but_for_time(left, right),
                *right,
                "{name}: node (left) and embedded chain (right) differ"
            );
        }
        assert_eq!(on_node.len(), in_process.len());
        println!("{name}: {} calls, gas equal", on_node.len());
    }
}
