//! How long blocks take. Not a check, so only on request:
//! `cargo test -p breakwater-chain --test speed -- --ignored --nocapture`.

mod common;

use std::time::Instant;

use breakwater_chain::{Chain, Transaction};
use breakwater_embedded::{EmbeddedChain, Profile};
use common::*;

#[test]
#[ignore = "a measurement"]
fn blocks_cost_the_same_however_many_there_were() {
    let mut chain = EmbeddedChain::new(Profile::Node).unwrap();
    let contract = deploy(&mut chain, b"");
    let alice = alice(); // Deriving a key takes longer than a block.
    let required =
        chain.dry_run(alice.account(), &store(contract, b"0123456789abcdef")).unwrap().gas_required;
    for round in 0..8u32 {
        let start = Instant::now();
        for block in 0..250u32 {
            let transactions: Vec<_> = (0..4u32)
                .map(|n| {
                    let mut call = store(contract, b"0123456789abcdef").with_gas(required);
                    let number = (round * 250 + block) * 4 + n;
                    call.data[1..5].copy_from_slice(&number.to_le_bytes());
                    Transaction::new(&alice, call)
                })
                .collect();
            let receipts = chain.submit_all(&transactions).unwrap();
            assert!(receipts.iter().all(|receipt| receipt.result.is_ok()));
        }
        eprintln!("round {round}: {:?} per block of 4", start.elapsed() / 250);
    }
    let start = Instant::now();
    for _ in 0..500 {
        chain.dry_run(alice.account(), &load(contract)).unwrap();
    }
    eprintln!("dry run {:?}", start.elapsed() / 500);
    let start = Instant::now();
    for _ in 0..250 {
        let snapshot = chain.snapshot();
        chain.submit_all(&[]).unwrap();
        chain.restore(&snapshot).unwrap();
    }
    eprintln!("snapshot, empty block, restore {:?}", start.elapsed() / 250);
    let start = Instant::now();
    for _ in 0..250 {
        chain.submit_all(&[]).unwrap();
    }
    eprintln!("empty block {:?}", start.elapsed() / 250);
}
