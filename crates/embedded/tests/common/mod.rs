//! What both back ends are tested with: one small contract and one scenario.
#![allow(dead_code)] // Each test file uses its own part.

use breakwater_chain::{
    AccountId, Chain, ContractCall, DispatchError, DryRun, GasLimit, Receipt, Signer, Transaction,
    Weight,
};

pub const UNIT: u128 = 1_000_000_000_000;
pub const TOPIC: [u8; 32] = [7; 32];
pub const KEY: [u8; 32] = [9; 32];

pub fn probe() -> Vec<u8> {
    wat::parse_str(include_str!("probe.wat")).expect("the probe is valid Wasm text")
}

/// The probe with `bytes` of ballast.
pub fn probe_of_size(bytes: usize) -> Vec<u8> {
    let ballast =
        format!("(data (i32.const 16384) \"{}\")\n  (func (export \"deploy\")", "a".repeat(bytes));
    let text = include_str!("probe.wat")
        .replace("(memory 1 1)", "(memory 16 16)")
        .replace("(func (export \"deploy\")", &ballast);
    wat::parse_str(text).expect("the ballast is valid Wasm text")
}

pub fn alice() -> Signer {
    Signer::from_uri("//Alice").expect("a development key")
}

pub fn bob() -> Signer {
    Signer::from_uri("//Bob").expect("a development key")
}

pub fn store(contract: AccountId, value: &[u8]) -> ContractCall {
    ContractCall::new(contract, [&[4], KEY.as_slice(), value].concat())
}

pub fn load(contract: AccountId) -> ContractCall {
    ContractCall::new(contract, [&[5], KEY.as_slice()].concat())
}

pub fn emit(contract: AccountId, data: &[u8]) -> ContractCall {
    ContractCall::new(contract, [&[6], TOPIC.as_slice(), data].concat())
}

pub fn nest(contract: AccountId, depth: u8) -> ContractCall {
    ContractCall::new(contract, vec![7, depth])
}

pub fn op(contract: AccountId, op: u8) -> ContractCall {
    ContractCall::new(contract, vec![op])
}

/// Uploads and instantiates the probe.
pub fn deploy(chain: &mut dyn Chain, salt: &[u8]) -> AccountId {
    deploy_with_receipt(chain, salt).0
}

fn deploy_with_receipt(chain: &mut dyn Chain, salt: &[u8]) -> (AccountId, Receipt) {
    let hash = chain.upload(&alice(), &probe()).expect("the probe can be uploaded");
    let (contract, receipt) = chain
        .instantiate(&alice(), hash, 0, Vec::new(), salt.to_vec())
        .expect("the probe can be instantiated");
    assert_eq!(receipt.result, Ok(()));
    assert_eq!(chain.contract_code_hash(contract).expect("readable"), Some(hash));
    (contract, receipt)
}

/// What must be equal on both back ends.
#[derive(Debug, PartialEq)]
pub struct Trace {
    pub dry_runs: Vec<DryRun>,
    pub receipts: Vec<Comparable>,
}

/// A receipt without time and block number, which belong to the chain it is from.
#[derive(Debug, PartialEq)]
pub struct Comparable {
    pub result: Result<(), DispatchError>,
    pub weight: Weight,
    pub fee: u128,
    pub storage_deposit: i128,
    pub events: usize,
}

impl From<&Receipt> for Comparable {
    fn from(receipt: &Receipt) -> Self {
        Self {
            result: receipt.result.clone(),
            weight: receipt.weight,
            fee: receipt.fee,
            storage_deposit: receipt.storage_deposit,
            events: receipt.events.len(),
        }
    }
}

/// Deploys the probe and does one of everything with it.
pub fn scenario(chain: &mut dyn Chain) -> Trace {
    let (contract, deployed) = deploy_with_receipt(chain, b"scenario");
    let loose = Weight { ref_time: 5_000_000_000, proof_size: 1_000_000 };
    let tight = Weight { ref_time: 10_000_000, proof_size: 1_000_000 };
    let calls = [
        op(contract, 0),
        op(contract, 1),
        op(contract, 2),
        op(contract, 200),
        load(contract),
        store(contract, b"first value"),
        load(contract),
        store(contract, b"v"),
        emit(contract, b"payload"),
        nest(contract, 4),
        op(contract, 0).with_gas(tight),
        op(contract, 3).with_gas(loose),
    ];
    let mut dry_runs = Vec::new();
    let mut receipts = vec![Comparable::from(&deployed)];
    for call in calls {
        let dry = chain.dry_run(alice().account(), &call).expect("a dry run");
        // The same limit on both chains: the fee paid in advance depends on it.
        let call = match call.gas {
            GasLimit::Estimate => call.with_gas(dry.gas_required),
            GasLimit::Fixed(_) => call,
        };
        let receipt = chain.submit(Transaction::new(&alice(), call)).expect("a receipt");
        receipts.push(Comparable::from(&receipt));
        dry_runs.push(dry);
    }
    // Fixed limits: estimates of calls that depend on each other differ, and so would the length.
    let limit = Weight { ref_time: 20_000_000_000, proof_size: 1_000_000 };
    let batches = [
        vec![store(contract, b"batched"), op(contract, 1)],
        vec![store(contract, b"batched"), emit(contract, b"1"), emit(contract, b"2")],
    ];
    for calls in batches {
        let calls = calls.into_iter().map(|call| call.with_gas(limit)).collect();
        let receipt = chain.submit(Transaction::batch(&bob(), calls)).expect("a receipt");
        receipts.push(Comparable::from(&receipt));
    }
    Trace { dry_runs, receipts }
}
