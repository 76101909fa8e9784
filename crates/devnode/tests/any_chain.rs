//! The client of a node on chains that are not contracts-node: with other pallet indices, signed extensions,
//! versions and limits, and with a runtime that is upgraded while it is used.

use std::time::Duration;

use breakwater_chain::{
    extrinsic::{limited, Birth},
    node::NodeChain,
    BlockId, Chain, ChainError, ContractCall, DispatchError, GasLimit, Ledger, Rejection, Signer,
    Terms, Transaction, Weight,
};
use breakwater_devnode::{DevNode, Options, Profile, Seal};
use breakwater_embedded::EmbeddedChain;

/// No contract: it has neither a constructor nor messages.
const INVALID: &str = "(module (memory 1))";

/// A contract: its constructor stores nothing; called with a byte 1 it reverts, with 2 it is trapped, and else
/// it emits the input as an event with one topic and answers with it.
const CONTRACT: &str = r#"(module
  (import "seal0" "seal_input" (func $input (param i32 i32)))
  (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
  (import "seal0" "seal_deposit_event" (func $event (param i32 i32 i32 i32)))
  (import "env" "memory" (memory 1 1))
  (data (i32.const 8) "\04tttttttttttttttttttttttttttttttt")
  (func (export "deploy"))
  (func (export "call")
    (i32.store (i32.const 0) (i32.const 64))
    (call $input (i32.const 64) (i32.const 0))
    (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 1))
      (then (call $return (i32.const 1) (i32.const 64) (i32.const 1))))
    (if (i32.eq (i32.load8_u (i32.const 64)) (i32.const 2)) (then (unreachable)))
    (call $event (i32.const 8) (i32.const 33) (i32.const 64) (i32.load (i32.const 0)))
    (call $return (i32.const 0) (i32.const 64) (i32.load (i32.const 0)))))"#;

fn alice() -> Signer {
    Signer::from_uri("//Alice").expect("a key")
}

fn bob() -> Signer {
    Signer::from_uri("//Bob").expect("a key")
}

fn start(profile: Profile, seal: Seal) -> (DevNode, NodeChain) {
    let node = DevNode::start(&Options { profile, seal, ..Options::default() }).expect("a node");
    let chain = NodeChain::connect(&node.url()).expect("connects");
    (node, chain)
}

fn at_once() -> Seal {
    Seal::Instant { idle: None }
}

/// Uploads and instantiates the contract.
fn deploy(chain: &mut dyn Chain) -> [u8; 32] {
    let wasm = wat::parse_str(CONTRACT).expect("valid text");
    let code = chain.upload(&alice(), &wasm).expect("uploads");
    let made = chain.instantiate(&alice(), code, 0, vec![], b"echo".to_vec());
    made.expect("instantiates").0
}

fn call(contract: [u8; 32], data: &[u8]) -> ContractCall {
    ContractCall::new(contract, data.to_vec())
}

/// Everything that a market asks of a chain.
fn works(chain: &mut dyn Chain, contract: [u8; 32]) {
    let run = chain.dry_run(bob().account(), &call(contract, b"hello")).expect("runs");
    assert_eq!(run.result.expect("succeeds").data, b"hello");
    assert_eq!(run.events.len(), 1);
    let receipt = chain.submit(Transaction::new(&bob(), call(contract, b"hello"))).expect("is in");
    assert_eq!(receipt.result, Ok(()));
    assert_eq!(receipt.events, run.events);
    assert_eq!(receipt.events[0].data, b"hello");
    assert_eq!(receipt.events[0].topics, vec![[b't'; 32]]);
    assert!(receipt.fee > 0 && receipt.weight.ref_time > 0);
    let both = vec![call(contract, b"a"), call(contract, b"b")];
    let receipt = chain.submit(Transaction::batch(&bob(), both)).expect("is in");
    assert_eq!(receipt.events.len(), 2);

    let errors = [(1, DispatchError::ContractReverted), (2, DispatchError::ContractTrapped)];
    for (byte, error) in errors {
        let failing = call(contract, &[byte]);
        let receipt = chain.submit(Transaction::new(&bob(), failing)).expect("is in");
        assert_eq!(receipt.result, Err(error));
    }
    let nobody = chain.dry_run(bob().account(), &call([9; 32], b"")).expect("answers");
    assert_eq!(nobody.result, Err(DispatchError::ContractNotFound));
    let dear = ContractCall { value: u128::MAX / 2, ..call(contract, b"") };
    let dear = chain.dry_run(bob().account(), &dear).expect("answers");
    assert_eq!(dear.result.unwrap_err().to_string(), "Contracts::TransferFailed");

    let stranger = [77; 32];
    let before = chain.balance(stranger).expect("a balance");
    chain.fund(&alice(), &[stranger], 1_000_000_000_000).expect("funds");
    assert_eq!(chain.balance(stranger).unwrap() - before, 1_000_000_000_000);
    assert!(chain.contract_code_hash(contract).unwrap().is_some());
    let later = chain.now_ms().unwrap() + 86_400_000;
    chain.travel_to_ms(later).expect("travels");
    assert!(chain.now_ms().unwrap() >= later);
}

#[test]
fn a_chain_with_other_indices_extensions_and_limits_is_used_by_its_metadata() {
    let (_node, mut chain) = start(Profile::Strict, at_once());
    let contract = deploy(&mut chain);
    works(&mut chain, contract);

    let network = chain.network().expect("says what it is");
    assert_eq!(network.spec_name, "breakwater-live");
    assert_eq!((network.token_decimals, network.existential_deposit), (9, 500));
    assert_eq!(network.contracts.max_code_len, Profile::Strict.max_code_len());
    let (_node, mut other) = start(Profile::Node, at_once());
    let network = other.network().expect("says what it is");
    assert_eq!((network.token_decimals, network.existential_deposit), (12, 1_000_000_000));
    assert_eq!(network.contracts.max_code_len, Profile::Node.max_code_len());
    assert_eq!(network.block_time_ms, None);
    let contract = deploy(&mut other);
    works(&mut other, contract);
}

/// The constant that we used to compile in is what the metadata say, but for a margin of a percent.
#[test]
fn the_most_gas_of_a_call_is_what_the_chain_takes() {
    let (_node, mut chain) = start(Profile::Node, at_once());
    let contract = deploy(&mut chain);
    let most = chain.network().unwrap().max_call_gas;
    let near = |a: u64, b: u64| a.abs_diff(b) < b / 100;
    assert!(near(most.ref_time, breakwater_chain::MAX_CALL_GAS.ref_time), "{most:?}");
    let with = |gas| Transaction::new(&bob(), call(contract, b"x").with_gas(gas));
    assert_eq!(chain.submit(with(most)).expect("fits").result, Ok(()));
    let over = Weight { ref_time: most.ref_time / 100 * 102, ..most };
    let refused = chain.submit(with(over)).unwrap_err();
    assert!(matches!(refused, ChainError::Rejected(Rejection::TooLarge)), "{refused}");
}

/// The depth that the runtime was compiled with, which no metadata tell.
#[test]
fn the_depth_of_calls_is_measured() {
    for profile in [Profile::Node, Profile::Strict] {
        let (_node, mut chain) = start(profile, at_once());
        let depth = chain.call_depth(alice().account()).expect("is measured");
        assert_eq!(depth as usize, profile.max_call_depth(), "{profile:?}");
        let number = chain.block_number().unwrap();
        assert_eq!(number, 0, "a measurement sends nothing");
    }
}

#[test]
fn what_uploading_holds_is_known_before() {
    let (_node, mut chain) = start(Profile::Strict, at_once());
    let wasm = wat::parse_str(CONTRACT).unwrap();
    let told = chain.upload_deposit(bob().account(), &wasm).expect("is told");
    let before = chain.balance(bob().account()).unwrap();
    assert!(told > 0);
    chain.upload(&bob(), &wasm).expect("uploads");
    let spent = before - chain.balance(bob().account()).unwrap();
    assert!(spent >= told, "{spent} of {told}");
    assert_eq!(chain.upload_deposit(bob().account(), &wasm).unwrap(), 0);
    let refused = chain.upload_deposit(bob().account(), &wat::parse_str(INVALID).unwrap());
    let refused = refused.unwrap_err();
    assert!(matches!(refused, ChainError::Dispatch(_)), "{refused}");
}

/// What the embedded chain makes with the pallets' own types, a node's client makes by the metadata: byte for
/// byte up to the signature, which has chance in it.
#[test]
fn both_back_ends_sign_the_same() {
    for profile in [Profile::Node, Profile::Strict] {
        let genesis_ms = breakwater_embedded::DEFAULT_GENESIS_MS;
        let options = Options { profile, genesis_ms: Some(genesis_ms), ..Options::default() };
        let node = DevNode::start(&options).expect("a node");
        let mut chain = NodeChain::connect(&node.url()).expect("connects");
        let mut embedded = EmbeddedChain::new(profile).expect("a chain");
        let gas = GasLimit::Fixed(Weight { ref_time: 1 << 40, proof_size: 77 });
        let limit = Some(5_000_000_000);
        let one =
            ContractCall { value: 3, gas, storage_deposit_limit: limit, ..call([3; 32], b"in") };
        let other = ContractCall { gas, ..call([4; 32], &[8; 300]) };
        let terms = [Terms::default(), Terms { tip: 12_345_678_901, lifetime_blocks: Some(50) }];
        for calls in [vec![one.clone()], vec![one.clone(), other.clone()], vec![other]] {
            for terms in terms {
                let (left, last) = chain.sign_with(&bob(), 300, &calls, terms).unwrap();
                let (right, same) = embedded.sign_with(&bob(), 300, &calls, terms).unwrap();
                assert_eq!(last, same);
                assert_eq!(last, terms.lifetime_blocks.map(|_| 63));
                // Length, version, kind of address, account, kind of signature; the signature.
                let head = left.bytes.len() - body(&left.bytes) + 2 + 32 + 1;
                assert_eq!(left.bytes[..head], right.bytes[..head], "{profile:?}");
                assert_eq!(left.bytes[head + 64..], right.bytes[head + 64..], "{profile:?}");
            }
        }
        assert!(matches!(limited(&[call([3; 32], b"")]), Err(ChainError::Invalid(_))));
    }
}

/// Length of what comes after an extrinsic's own length.
fn body(bytes: &[u8]) -> usize {
    let scale::Compact(length) =
        <scale::Compact<u32> as scale::Decode>::decode(&mut &*bytes).expect("a length");

    length as usize
}

/// Before: whoever was connected when the chain's runtime was upgraded signed what no block takes, and could
/// not read what was in the blocks.
#[test]
fn a_runtime_upgrade_is_survived() {
    let (node, mut chain) = start(Profile::Node, at_once());
    let contract = deploy(&mut chain);
    works(&mut chain, contract);
    let old = chain.block_number().unwrap();
    let sent = chain.sign(&bob(), 5_000, &[call(contract, b"x").with_gas(Weight::default())]);
    let stale = sent.expect("signs");
    node.node().upgrade(Profile::Strict).expect("upgrades");
    // As any chain: the block after the one that brought the code is the first that it makes.
    node.node().new_block().expect("a block");

    works(&mut chain, contract);
    assert_eq!(chain.network().unwrap().spec_name, "breakwater-live");
    // What was signed before is good for nothing: its calls have other indices now.
    let refused = chain.submit_signed(&stale).unwrap_err();
    let by_what = |why: &ChainError| match why {
        ChainError::Rejected(why) => matches!(why, Rejection::BadSignature | Rejection::Other(_)),
        _ => false,
    };
    assert!(by_what(&refused), "{refused}");
    // Blocks of both runtimes are read, each as it was made: by who was there, and by who comes later.
    let mut late = NodeChain::connect(&node.url()).expect("connects");
    let newest = chain.block_number().unwrap();
    let hashes: Vec<_> = chain.hashes(1, newest).unwrap().into_iter().flatten().collect();
    let seen = chain.blocks(&hashes).expect("reads");
    assert_eq!(late.blocks(&hashes).expect("reads"), seen);
    let events = |blocks: &[breakwater_chain::Block]| {
        blocks.iter().map(|block| block.events().count()).sum::<usize>()
    };
    let (before, after) = seen.split_at(old as usize);
    assert_eq!((events(before), events(after)), (3, 3));
}

/// A transaction that waits is signed again when the runtime changes under it.
#[test]
fn what_waits_through_an_upgrade_gets_in() {
    let (node, mut chain) = start(Profile::Node, Seal::Manual);
    let wait = std::thread::spawn(move || {
        let transaction = Transaction::new(
            &alice(),
            call([3; 32], b"x").with_gas(Weight { ref_time: 1 << 36, proof_size: 1 << 20 }),
        );
        chain.submit(transaction)
    });
    let mut tries = 0;
    while node.node().pending().is_empty() {
        tries += 1;
        assert!(tries < 2_000 && !wait.is_finished(), "nothing is sent");
        std::thread::sleep(Duration::from_millis(10));
    }
    node.node().upgrade(Profile::Strict).expect("upgrades");
    while !wait.is_finished() {
        tries += 1;
        assert!(tries < 4_000, "it does not get in");
        node.node().new_block().expect("a block");
        std::thread::sleep(Duration::from_millis(20));
    }
    let receipt = wait.join().expect("ends").expect("is in a block");
    // No contract is there, but it was dispatched.
    assert_eq!(receipt.result, Err(DispatchError::ContractNotFound));
}

/// The blocks after an upgrade are full of what pays more, so what was signed before it stays in the pool and has
/// its nonce: the same for the new runtime is not taken at once. Before: it was offered once and never again.
#[test]
fn what_a_full_pool_keeps_from_before_an_upgrade_is_replaced_in_the_end() {
    let (node, mut chain) = start(Profile::Node, Seal::Manual);
    let wait = std::thread::spawn(move || {
        let gas = Weight { ref_time: 1 << 36, proof_size: 1 << 20 };
        chain.submit(Transaction::new(&alice(), call([3; 32], b"x").with_gas(gas)))
    });
    until("it is sent", || !node.node().pending().is_empty() || wait.is_finished());
    node.node().upgrade(Profile::Strict).expect("upgrades");
    // Three fill a block.
    let mut crowd = NodeChain::connect(&node.url()).expect("connects");
    let gas = Weight { ref_time: 1_000_000_000, proof_size: 100_000 };
    let large = [ContractCall::new([9; 32], vec![0; 1_200_000]).with_gas(gas)];
    let terms = Terms { tip: 1_000_000_000_000, lifetime_blocks: None };
    for nonce in 0..6 {
        let (signed, _) = crowd.sign_with(&bob(), nonce, &large, terms).expect("signs");
        crowd.submit_signed(&signed).expect("is taken");
    }
    let old = node.node().pending().into_iter().find(|bytes| bytes.len() < 1_000);
    let old = old.expect("it waits");
    node.node().new_block().expect("a block");
    assert!(node.node().pending().contains(&old), "no room for it, so nobody has looked at it");
    // Time for whoever waits to offer it again, in vain.
    std::thread::sleep(Duration::from_millis(500));
    assert!(node.node().pending().contains(&old));
    until("it gets in", || {
        node.node().new_block().expect("a block");
        std::thread::sleep(Duration::from_millis(50));
        wait.is_finished()
    });
    let receipt = wait.join().expect("ends").expect("is in a block");
    assert_eq!(receipt.result, Err(DispatchError::ContractNotFound));
}

/// Tries again until something is so, for half a minute.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = std::time::Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(30), "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_mortal_transaction_is_over_after_its_last_block() {
    let (node, mut chain) = start(Profile::Strict, at_once());
    let contract = deploy(&mut chain);
    let call = [call(contract, b"x").with_gas(Weight { ref_time: 1 << 36, proof_size: 1 << 20 })];
    let nonce = chain.next_nonce(bob().account()).unwrap();
    let terms = Terms { tip: 0, lifetime_blocks: Some(4) };
    let (signed, last) = chain.sign_with(&bob(), nonce, &call, terms).unwrap();
    let last = last.expect("it is mortal");
    assert_eq!(last, chain.block_number().unwrap() + 3);
    while chain.block_number().unwrap() < last {
        node.node().new_block().expect("a block");
    }
    let refused = chain.submit_signed(&signed).unwrap_err();
    assert!(matches!(refused, ChainError::Rejected(Rejection::Expired)), "{refused}");
    let (signed, last) = chain.sign_with(&bob(), nonce, &call, terms).unwrap();
    chain.submit_signed(&signed).expect("is taken in time");
    assert!(chain.block_number().unwrap() <= last.unwrap());
}

#[test]
fn a_higher_tip_takes_the_place_of_what_is_stuck() {
    let (node, mut chain) = start(Profile::Strict, Seal::Manual);
    let call = |data: &[u8]| {
        [call([3; 32], data).with_gas(Weight { ref_time: 1 << 36, proof_size: 1 << 20 })]
    };
    let mut sign = |data: &[u8], tip| {
        let terms = Terms { tip, lifetime_blocks: None };
        chain.sign_with(&bob(), 0, &call(data), terms).expect("signs").0
    };
    let (first, same, better) = (sign(b"a", 0), sign(b"b", 0), sign(b"b", 1_000_000_000));
    chain.submit_signed(&first).expect("is taken");
    assert_eq!(chain.pending().unwrap(), vec![first.clone()]);
    assert_eq!(chain.next_nonce(bob().account()).unwrap(), 1);
    let refused = chain.submit_signed(&same).unwrap_err();
    assert!(matches!(refused, ChainError::Rejected(Rejection::Outbid(_))), "{refused}");
    chain.submit_signed(&better).expect("takes its place");
    assert_eq!(chain.pending().unwrap(), vec![better.clone()]);
    node.node().new_block().expect("a block");
    let best = chain.best().unwrap();
    let block = chain.blocks(&[best.hash]).unwrap().remove(0);
    let ours = |hash| block.extrinsics.iter().find(|(of, _)| *of == hash);
    assert!(ours(first.hash).is_none());
    let (_, receipt) = ours(better.hash).expect("is in the block");
    assert!(receipt.fee > 1_000_000_000, "the tip is paid: {}", receipt.fee);
}

#[test]
fn a_transactions_life_is_a_power_of_two() {
    let block = BlockId { number: 100, hash: [1; 32] };
    for (blocks, period) in [(0, 4), (4, 4), (5, 8), (50, 64), (4_096, 4_096), (u64::MAX, 4_096)] {
        assert_eq!(Birth::of(block, blocks).period, period);
        assert_eq!(Birth::of(block, blocks).last_block(), 100 + period - 1);
    }
}
