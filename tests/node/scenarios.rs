//! All scenarios on a real node, and the proof that the embedded chain computes the same gas.

use breakwater_chain::Chain;
use breakwater_embedded::{EmbeddedChain, Profile, MIN_PERIOD_MS};
use breakwater_protocol::num::time::DAY_MS;
use breakwater_tests::{
    node,
    scenarios::{Scenario, ALL_SCENARIOS},
    stage::{Step, SALT},
};
use std::{
    panic::{catch_unwind, AssertUnwindSafe},
    time::Instant,
};

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

/// One test, so that all of it shares one node. While the node makes its blocks, the embedded chain
/// computes the same beside it. All are run, whichever fails.
#[test]
fn scenarios_on_the_node_cost_what_they_cost_embedded() {
    let Some((_process, mut chain)) = node("scenarios_on_the_node") else { return };
    // From here on its clock is ahead of the system's: it moves as told, and by the least from block
    // to block.
    let now_ms = chain.now_ms().expect("a time");
    chain.travel_to_ms(now_ms + DAY_MS).expect("time passes");
    let embedded = std::thread::spawn(|| {
        let run = |(salt, (_, scenario)): (u64, &Scenario)| {
            SALT.set(salt);
            let chain = EmbeddedChain::new(Profile::Node).expect("a chain");
            scenario(&mut chain.with_block_time_ms(MIN_PERIOD_MS))
        };
        (0..).zip(ALL_SCENARIOS).map(run).collect::<Vec<_>>()
    });
    let run = |(salt, (name, scenario)): (u64, &Scenario)| {
        SALT.set(salt);
        let began = Instant::now();
        let steps = catch_unwind(AssertUnwindSafe(|| scenario(&mut chain))).ok();
        println!("{name}: {:.1} s on the node", began.elapsed().as_secs_f64());
        steps
    };
    let on_node: Vec<Option<Vec<Step>>> = (0..).zip(ALL_SCENARIOS).map(run).collect();
    let in_process = embedded.join().expect("the scenarios hold on the embedded chain");

    let (mut wrong, mut calls) = (Vec::new(), 0);
    for (((name, _), on_node), in_process) in ALL_SCENARIOS.iter().zip(on_node).zip(in_process) {
        let Some(on_node) = on_node else {
            wrong.push(format!("{name} does not hold on the node"));
            continue;
        };
        if on_node.len() != in_process.len() {
            wrong.push(format!("{name}: {} calls and {}", on_node.len(), in_process.len()));
        }
        for (left, right) in on_node.iter().zip(&in_process) {
            if but_for_time(left, right) != *right {
                wrong.push(format!("{name}: node {left:?}, embedded chain {right:?}"));
            }
        }
        calls += on_node.len();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} scenarios, {calls} calls: gas and deposits equal", ALL_SCENARIOS.len());
}
