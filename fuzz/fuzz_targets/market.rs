//! Whatever people do in whatever order: no invariant of the market breaks, and nobody is kept from
//! repaying, topping up or taking back collateral without debt.
#![no_main]

use breakwater_model::random::{Step, World};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|steps: Vec<Step>| {
    let mut world = World::new();
    for step in &steps {
        if let Err(why) = world.play(step) {
            panic!("{step:?}: {why}");
        }
    }
});
