//! The node as its clients see it, and what a hostile one may send.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use breakwater_chain::{node::NodeChain, Chain, ChainError, Rejection, Signer};
use breakwater_devnode::{
    client::{Client, Failure},
    DevNode, Options, Profile, Seal,
};
use serde_json::{json, Value};

const UNIT: u128 = 1_000_000_000_000;
const DAY_MS: u64 = 86_400_000;

fn start(options: Options) -> (DevNode, Client) {
    let node = DevNode::start(&options).expect("a node");
    let client = Client::connect(&node.url()).expect("it listens");
    (node, client)
}

fn key(name: &str) -> Signer {
    Signer::from_uri(name).expect("a key")
}

fn address(name: &str) -> String {
    breakwater_chain::address::to_ss58(&key(name).account())
}

fn ask(client: &Client, method: &str, params: Value) -> Value {
    client.call(method, params).unwrap_or_else(|why| panic!("{method}: {why}"))
}

fn number(client: &Client) -> u64 {
    let header = ask(client, "chain_getHeader", json!([]));
    let text = header["number"].as_str().expect("a number").trim_start_matches("0x").to_owned();
    u64::from_str_radix(&text, 16).expect("hex")
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("breakwater-devnode-{name}-{}", std::process::id()));
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_transfer_is_in_a_block_at_once_and_the_states_before_it_stay() {
    let (node, client) = start(Options::default());
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    let before = ask(&client, "chain_getBlockHash", json!([]));
    let new = [7; 32];
    chain.fund(&key("//Alice"), &[new], UNIT).expect("funds");
    assert_eq!(chain.balance(new).expect("a balance"), UNIT);
    assert_eq!(number(&client), 1);
    let events = hex_key("System", "Events");
    let now = ask(&client, "state_getStorage", json!([events]));
    let then = ask(&client, "state_getStorage", json!([events, before]));
    assert_ne!(now, then);
    // What is asked on a state is answered by the runtime on that state.
    let version = ask(&client, "state_call", json!(["Core_version", "0x", before]));
    assert!(version.as_str().is_some_and(|text| text.len() > 10));
    let block = ask(&client, "chain_getBlock", json!([]));
    assert_eq!(block["block"]["extrinsics"].as_array().map(Vec::len), Some(2));
    assert_eq!(block["block"]["header"]["parentHash"], before);
}

fn hex_key(pallet: &str, item: &str) -> String {
    let hash = |name: &str| sp_core::hashing::twox_128(name.as_bytes());
    let bytes = [hash(pallet), hash(item)].concat();
    bytes.iter().fold("0x".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

#[test]
fn the_chain_refuses_what_a_chain_refuses() {
    let (node, client) = start(Options::default());
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    let poor = chain.fund(&key("//Nobody"), &[[7; 32]], UNIT).expect_err("no funds");
    assert!(matches!(poor, ChainError::Rejected(Rejection::CannotPay)), "{poor}");
    chain.fund(&key("//Alice"), &[[7; 32]], UNIT).expect("funds");
    let block = ask(&client, "chain_getBlock", json!([]));
    let sent = block["block"]["extrinsics"][1].as_str().expect("an extrinsic").to_owned();
    // A second time: its nonce is used.
    let again = client.call("author_submitExtrinsic", json!([sent])).expect_err("refused");
    assert!(again.to_string().contains("Invalid Transaction"), "{again}");
}

/// A request that makes no sense is an error, and the node goes on.
#[test]
fn hostile_requests_are_answered() {
    let (node, client) = start(Options::default());
    // A batch of one batch of one batch and so on, as an extrinsic without a signature, of version 4.
    let nested = {
        let body = format!("04{}", "020004".repeat(200_000));
        let length = scale::Compact(u32::try_from(body.len() / 2).unwrap());
        let length = scale::Encode::encode(&length);
        let length: String = length.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("0x{length}{body}")
    };
    let many: Vec<String> = (0..5_000).map(|n| format!("{n:#010x}")).collect();
    let hostile = [
        ("state_getStorage", json!(["no hex"])),
        ("state_getStorage", json!([])),
        ("state_getStorage", json!(["0x12", "0x34"])),
        ("state_getStorage", json!(["0x12", format!("0x{}", "11".repeat(32))])),
        ("state_call", json!(["No_such_function", "0x"])),
        ("state_call", json!(["ContractsApi_call", "0x"])),
        ("state_call", json!(["ContractsApi_call", "0xff"])),
        ("state_call", json!(["Core_execute_block", "0x00"])),
        ("state_call", json!(["Core_initialize_block", "0x00"])),
        ("state_call", json!(["TaggedTransactionQueue_validate_transaction", "0x00"])),
        ("state_getKeysPaged", json!(["0x", 1_000_000])),
        ("state_getKeysPaged", json!(["0x", -1])),
        ("state_queryStorageAt", json!([many])),
        ("childstate_getStorage", json!(["0x00", "0x00"])),
        ("childstate_getKeysPaged", json!(["0x00", "0x", 1, null, null])),
        ("chain_getBlockHash", json!(["0xzz"])),
        ("chain_getBlockHash", json!([[[]]])),
        ("chain_getBlock", json!(["0x00"])),
        ("author_submitExtrinsic", json!(["0x"])),
        ("author_submitExtrinsic", json!(["0x00"])),
        ("author_submitExtrinsic", json!([nested])),
        ("payment_queryInfo", json!(["0x"])),
        ("payment_queryInfo", json!([nested])),
        ("system_accountNextIndex", json!(["nobody"])),
        ("dev_newBlock", json!([0])),
        ("dev_newBlock", json!([1_000_000])),
        ("dev_travel", json!([0])),
        ("dev_travel", json!([u64::MAX])),
        ("dev_travelTo", json!([1])),
        ("dev_setBalance", json!(["nobody", "1"])),
        ("dev_setBalance", json!([address("//Bob"), "-1"])),
        ("dev_setBalance", json!([address("//Bob"), "1e3"])),
        ("dev_revert", json!([99])),
        ("no_such_method", json!([])),
    ];
    for (method, params) in hostile {
        let shown: String = params.to_string().chars().take(80).collect();
        match client.call(method, params) {
            Err(Failure::Refused(_) | Failure::NoMethod) => {}
            other => panic!("{method} {shown}: {other:?}"),
        }
    }
    // Longer than a request may be: the connection may end, the node does not.
    let _ = client.call("state_getStorage", json!([format!("0x{}", "00".repeat(9 << 20))]));
    let client = Client::connect(&node.url()).expect("it listens");
    assert_eq!(number(&client), 0);
}

#[test]
fn time_moves_as_told() {
    let (node, client) = start(Options { genesis_ms: Some(1_000_000), ..Options::default() });
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    assert_eq!(chain.now_ms().expect("a time"), 1_000_000);
    ask(&client, "dev_travelTo", json!([5 * DAY_MS]));
    assert_eq!(chain.now_ms().expect("a time"), 5 * DAY_MS);
    let told = ask(&client, "dev_travel", json!([DAY_MS]));
    assert_eq!(told["timeMs"], json!(6 * DAY_MS));
    assert!(client.call("dev_travelTo", json!([DAY_MS])).is_err());
    // As on a node without these methods: sudo overwrites the clock.
    chain.travel_to_ms(8 * DAY_MS).expect("travels");
    assert_eq!(chain.now_ms().expect("a time"), 8 * DAY_MS);
    chain.fund(&key("//Alice"), &[[7; 32]], UNIT).expect("funds");
    assert!(chain.now_ms().expect("a time") > 8 * DAY_MS);
}

#[test]
fn a_balance_is_set_and_the_sum_of_all_is_right() {
    let (node, client) = start(Options::default());
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    let issuance = || {
        let bytes = ask(&client, "state_getStorage", json!([hex_key("Balances", "TotalIssuance")]));
        let text = bytes.as_str().expect("bytes").trim_start_matches("0x").to_owned();
        let bytes: Vec<u8> =
            (0..16).map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).unwrap()).collect();
        u128::from_le_bytes(bytes.try_into().unwrap())
    };
    let (all, bobs) = (issuance(), chain.balance(key("//Bob").account()).expect("a balance"));
    ask(&client, "dev_setBalance", json!([address("//Bob"), "0x5"]));
    ask(&client, "dev_setBalance", json!([address("//Bob"), (5 * UNIT).to_string()]));
    assert_eq!(chain.balance(key("//Bob").account()).expect("a balance"), 5 * UNIT);
    assert_eq!(issuance(), all - bobs + 5 * UNIT);
}

#[test]
fn a_snapshot_brings_everything_back() {
    let (node, client) = start(Options::default());
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    chain.fund(&key("//Alice"), &[[7; 32]], UNIT).expect("funds");
    let (head, time) = (ask(&client, "chain_getBlockHash", json!([])), chain.now_ms().unwrap());
    let snapshot = ask(&client, "dev_snapshot", json!([]));
    for round in 0..2 {
        ask(&client, "dev_travel", json!([30 * DAY_MS]));
        let later = ask(&client, "dev_snapshot", json!([]));
        chain.fund(&key("//Alice"), &[[7; 32]], UNIT).expect("funds");
        assert_eq!(chain.balance([7; 32]).unwrap(), 2 * UNIT);
        ask(&client, "dev_revert", json!([snapshot]));
        assert_eq!(ask(&client, "chain_getBlockHash", json!([])), head, "round {round}");
        assert_eq!((chain.balance([7; 32]).unwrap(), chain.now_ms().unwrap()), (UNIT, time));
        // It was taken on blocks that are gone.
        assert!(client.call("dev_revert", json!([later])).is_err());
    }
    // And the chain goes on from there, by the clock of then.
    chain.fund(&key("//Bob"), &[[8; 32]], UNIT).expect("funds");
    assert!(chain.now_ms().unwrap() < time + DAY_MS);
}

#[test]
fn somebody_else_signs_for_an_account_that_is_impersonated() {
    let (node, client) = start(Options::default());
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    // Signed by Bob, and then made out to be Charlie's.
    chain.fund(&key("//Bob"), &[[7; 32]], UNIT).expect("funds");
    let block = ask(&client, "chain_getBlock", json!([]));
    let sent = block["block"]["extrinsics"][1].as_str().expect("an extrinsic").to_owned();
    let hex = |name: &str| {
        key(name).account().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    };
    let forged = sent.replace(&hex("//Bob"), &hex("//Charlie"));
    assert_ne!(sent, forged);
    assert!(client.call("author_submitExtrinsic", json!([forged])).is_err(), "a forged signature");
    ask(&client, "dev_impersonate", json!([address("//Charlie")]));
    let before = chain.balance(key("//Charlie").account()).unwrap();
    ask(&client, "author_submitExtrinsic", json!([forged]));
    assert_eq!(chain.balance([7; 32]).unwrap(), 2 * UNIT);
    // Charlie has paid, the fee too, and a nonce is used.
    assert!(chain.balance(key("//Charlie").account()).unwrap() < before - UNIT);
    assert!(client.call("author_submitExtrinsic", json!([forged])).is_err(), "its nonce is used");
    ask(&client, "dev_stopImpersonating", json!([address("//Charlie")]));
    assert_eq!(ask(&client, "system_accountNextIndex", json!([address("//Charlie")])), json!(1));
}

#[test]
fn blocks_come_by_the_clock_or_by_hand() {
    let manual = Options { seal: Seal::Manual, ..Options::default() };
    let (node, client) = start(manual);
    let sender = std::thread::spawn({
        let url = node.url();
        move || {
            let mut chain = NodeChain::connect(&url).expect("connects");
            chain.fund(&key("//Alice"), &[[7; 32]], UNIT).expect("funds")
        }
    });
    let began = Instant::now();
    while ask(&client, "author_pendingExtrinsics", json!([])) == json!([]) {
        assert!(began.elapsed() < Duration::from_secs(20), "nothing was sent");
    }
    assert_eq!(number(&client), 0);
    assert_eq!(ask(&client, "system_accountNextIndex", json!([address("//Alice")])), json!(1));
    ask(&client, "dev_newBlock", json!([]));
    sender.join().expect("it was in the block");
    ask(&client, "dev_newBlock", json!([9]));
    assert_eq!(number(&client), 10);

    let clock = Options { seal: Seal::Every(Duration::from_millis(100)), ..Options::default() };
    let (_node, client) = start(clock);
    let began = Instant::now();
    while number(&client) < 3 {
        assert!(began.elapsed() < Duration::from_secs(20), "no blocks");
    }
    assert!(began.elapsed() >= Duration::from_millis(250));
}

#[test]
fn a_folder_keeps_the_chain_and_its_states() {
    let folder = Folder::new("kept");
    let options = || Options { folder: Some(folder.0.clone()), ..Options::default() };
    let (before, balance, head, genesis, events);
    {
        let (node, client) = start(options());
        let mut chain = NodeChain::connect(&node.url()).expect("connects");
        chain.fund(&key("//Alice"), &[[7; 32]], UNIT).expect("funds");
        before = ask(&client, "chain_getBlockHash", json!([]));
        events = ask(&client, "state_getStorage", json!([hex_key("System", "Events"), before]));
        chain.fund(&key("//Alice"), &[[8; 32]], UNIT).expect("funds");
        let snapshot = ask(&client, "dev_snapshot", json!([]));
        chain.fund(&key("//Alice"), &[[9; 32]], UNIT).expect("funds");
        ask(&client, "dev_revert", json!([snapshot]));
        ask(&client, "dev_travel", json!([DAY_MS]));
        balance = chain.balance(key("//Alice").account()).unwrap();
        head = ask(&client, "chain_getBlockHash", json!([]));
        genesis = chain.genesis_hash().unwrap();
    }
    for _ in 0..2 {
        let (node, client) = start(options());
        let mut chain = NodeChain::connect(&node.url()).expect("connects");
        assert_eq!(ask(&client, "chain_getBlockHash", json!([])), head);
        assert_eq!(chain.genesis_hash().unwrap(), genesis);
        assert_eq!(chain.balance(key("//Alice").account()).unwrap(), balance);
        assert_eq!(chain.balance([9; 32]).unwrap(), 0);
        let then = ask(&client, "state_getStorage", json!([hex_key("System", "Events"), before]));
        assert_eq!(then, events);
    }
    let (node, _client) = start(options());
    let mut chain = NodeChain::connect(&node.url()).expect("connects");
    chain.fund(&key("//Alice"), &[[9; 32]], UNIT).expect("it goes on");
    // Nobody else may have it meanwhile, and another profile never.
    assert!(DevNode::start(&options()).is_err());
    drop((node, chain));
    assert!(DevNode::start(&Options { profile: Profile::Strict, ..options() }).is_err());
}

#[test]
fn old_states_are_given_up_and_memory_is_bounded() {
    let (node, client) = start(Options { keep_states: 3, ..Options::default() });
    let genesis = ask(&client, "chain_getBlockHash", json!([0]));
    let first = node.node().node_count();
    ask(&client, "dev_newBlock", json!([50]));
    let (after, key) = (node.node().node_count(), hex_key("System", "Number"));
    ask(&client, "dev_newBlock", json!([200]));
    assert!(client.call("state_getStorage", json!([key, genesis])).is_err());
    let kept = ask(&client, "chain_getBlockHash", json!([248]));
    assert_eq!(ask(&client, "state_getStorage", json!([key, kept])), json!("0xf8000000"));
    // Each block leaves a hash of one before; nothing else grows.
    let grown = node.node().node_count().saturating_sub(after);
    assert!(grown < 2 * 200, "{first} nodes, after 50 blocks {after}, after 250 {grown} more");
}

#[test]
fn a_port_in_use_is_an_error() {
    let (node, _client) = start(Options::default());
    let port = node.url().rsplit(':').next().unwrap().parse().unwrap();
    let why = DevNode::start(&Options { port, ..Options::default() }).err().expect("refused");
    assert!(why.to_string().contains(&port.to_string()), "{why}");
}
