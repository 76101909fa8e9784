//! What strangers can do to the oracle adapter on a chain: a DIA contract that misbehaves, reports
//! relayed by somebody else first.

use breakwater_chain::{AccountId, Chain, ContractCall, Signer};
use breakwater_client::{abi, deploy::must, oracle::SignedReport, Bundle, LocalPlan};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::{
    num::{math::WAD, time::MINUTE_MS},
    oracle::{price::GOOD_FOR_ALL, FeedConfig, Report, SourceConfig, SourceKind},
    Error,
};
use breakwater_tests::{
    hostile,
    stage::{Stage, USD},
};
use scale::Encode;
use sp_core::{ecdsa, hashing::keccak_256, sr25519, Pair};

/// As `contracts/fixtures/dia`'s own type, of which only the encoding matters here.
#[derive(Clone, Copy, Debug, Encode)]
enum Mood {
    Honest,
    Traps,
    Loops,
    Babbles { bytes: u32 },
    AnswersOne,
    Miscounts,
}

fn dia_contract(chain: &mut dyn Chain, admin: &Signer, salt: &[u8]) -> AccountId {
    let wasm = Bundle::load("dia").expect("contracts are built").wasm;
    let code = chain.upload(admin, &wasm).expect("uploads");
    let (dia, receipt) = chain
        .instantiate(admin, code, 0, abi::input("new", ()), salt.to_vec())
        .expect("instantiates");
    receipt.result.expect("instantiates");
    dia
}

struct Scene<'a> {
    stage: Stage<'a>,
    dia: AccountId,
}

impl<'a> Scene<'a> {
    /// ETH's price comes from a DIA contract and two keys of which two must agree, the dollar's from
    /// another of its symbols alone.
    fn new(chain: &'a mut EmbeddedChain) -> Self {
        let stage = Stage::new(chain);
        let (admin, lender) = (stage.admin.clone(), stage.lender.clone());
        let dia = dia_contract(stage.chain, &admin, b"dia");
        let mut scene = Self { stage, dia };
        scene.dia_says(200);
        let plain = FeedConfig::pushed(admin.account(), 60 * MINUTE_MS, 0);
        let source = |kind| SourceConfig { kind, ..plain.sources[0].clone() };
        let asks = |symbol: &str| source(SourceKind::Dia { contract: dia, symbol: symbol.into() });
        let keys = [&admin, &lender].map(|who| source(SourceKind::Pushed { key: who.account() }));
        let mut eth = FeedConfig { quorum: 2, ..plain.clone() };
        eth.sources = keys.into_iter().collect();
        eth.sources.insert(0, asks("ETH/USD"));
        let usd = FeedConfig { sources: vec![asks("USD/USD")], ..plain };
        let on = scene.stage.on.clone();
        let calls = vec![
            on.oracle.configure(on.eth.address, &eth),
            on.oracle.configure(on.usd.address, &usd),
        ];
        must(scene.stage.chain, &admin, calls).expect("is configured");
        scene.all_say(200);
        scene
    }

    fn send(&mut self, call: ContractCall) {
        let admin = self.stage.admin.clone();
        must(self.stage.chain, &admin, vec![call]).expect("is done");
    }

    fn dia_says(&mut self, dollars: u128) {
        let now_ms = self.stage.chain.now_ms().expect("a time");
        for (symbol, dollars) in [("ETH/USD", dollars), ("USD/USD", 1)] {
            self.send(abi::call(self.dia, "set_price", (symbol, now_ms, dollars * WAD)));
        }
    }

    fn all_say(&mut self, dollars: u128) {
        self.dia_says(dollars);
        let now_ms = self.stage.chain.now_ms().expect("a time");
        let on = self.stage.on.clone();
        let push = on.oracle.push(&[(on.eth.address, dollars * WAD, now_ms)]);
        for who in [self.stage.admin.clone(), self.stage.lender.clone()] {
            must(self.stage.chain, &who, vec![push.clone()]).expect("is pushed");
        }
        self.send(on.oracle.poke(&[on.eth.address, on.usd.address]));
        self.stage.pass_ms(1_000);
    }

    fn prices(&mut self) -> [(u128, u8); 2] {
        let tokens = [self.stage.on.eth.address, self.stage.on.usd.address];
        let oracle = self.stage.on.oracle;
        let prices = oracle.prices(self.stage.chain, &tokens).expect("prices");
        [0, 1].map(|place| prices[place].map_or((0, 0), |p| (p.mid_wad, p.good_for)))
    }
}

/// Whatever DIA's contract does, prices come from who else there is and from what it said last, and
/// a repayment in an auction works.
#[test]
fn a_dia_contract_that_misbehaves_stops_nothing() {
    for profile in [Profile::Node, Profile::Strict] {
        let mut chain = EmbeddedChain::new(profile).expect("a chain");
        let mut scene = Scene::new(&mut chain);
        let (m, usd) = (scene.stage.on.market, scene.stage.on.usd_asset);
        let who = scene.stage.loan();
        scene.all_say(180);
        let (keeper, borrower) = (scene.stage.keeper.clone(), scene.stage.borrower.clone());
        scene.stage.act("liquidate", &keeper, m.liquidate(who));
        let good = [(180 * WAD, GOOD_FOR_ALL), (WAD, GOOD_FOR_ALL)];
        assert_eq!(scene.prices(), good);
        for mood in [
            Mood::Loops,
            Mood::Traps,
            Mood::Babbles { bytes: 20 * 1024 },
            Mood::Babbles { bytes: 100 },
            Mood::Babbles { bytes: 7 },
            Mood::Babbles { bytes: 0 },
            Mood::AnswersOne,
            Mood::Miscounts,
            Mood::Honest,
        ] {
            scene.send(abi::call(scene.dia, "arm", (mood,)));
            assert_eq!(scene.prices(), good, "{mood:?}");
            scene.stage.act("repay in an auction", &borrower, m.repay(usd, USD, None));
            let step = scene.stage.steps.last().expect("a step");
            eprintln!("{profile:?} {mood:?}: {:?} {:?}", step.gas_consumed, step.gas_required);
            let on = scene.stage.on.clone();
            scene.stage.act("oracle poke", &keeper, on.oracle.poke(&[on.eth.address]));
        }
        assert!(scene.stage.account(who).auction.is_some());
    }
}

/// Whoever nests their calls until there is no room for a DIA contract's frame does not choose what counts: the
/// settled price has its value or the message fails.
#[test]
fn nested_calls_leave_no_source_out() {
    const DEEPEST: usize = 6;
    /// PSP22's, which the fixture answers with a call.
    const TRANSFER: [u8; 4] = [0xdb, 0x20, 0xf9, 0xf5];
    let mut chain = EmbeddedChain::new(Profile::Strict).expect("a chain");
    let mut scene = Scene::new(&mut chain);
    let (admin, lender) = (scene.stage.admin.clone(), scene.stage.lender.clone());
    let (on, wasm) = (scene.stage.on.clone(), Bundle::load("hostile").expect("is built").wasm);
    let (oracle, token) = (on.oracle, on.eth.address);
    let code = scene.stage.chain.upload(&admin, &wasm).expect("uploads");
    // Each calls the one before it, the first the adapter.
    let mut nested: Vec<AccountId> = Vec::new();
    for place in 0..=DEEPEST {
        let call = match nested.last() {
            Some(target) => abi::call(*target, "on_take", (token, 0u128, Vec::<u8>::new())),
            None => oracle.poke(&[token]),
        };
        let (_, arguments) = call.data.split_at(4);
        let selector = match nested.last() {
            Some(_) => TRANSFER,
            None => abi::selector("poke"),
        };
        let input = abi::input("new", ());
        let salt = vec![u8::try_from(place).expect("few")];
        let (address, receipt) =
            scene.stage.chain.instantiate(&admin, code, 0, input, salt).expect("instantiates");
        receipt.result.expect("instantiates");
        let mood =
            hostile::Mood::Calls { target: call.dest, selector, arguments: arguments.to_vec() };
        scene.send(abi::call(address, "arm", (mood,)));
        nested.push(address);
    }
    let settled = |scene: &mut Scene| {
        let feed = oracle.feed(scene.stage.chain, token).expect("answers").expect("a feed");
        feed.price_wad
    };
    // DIA's last settled value is 200, and keys are on both sides of what it says now.
    let now_ms = scene.stage.chain.now_ms().expect("a time");
    for (who, dollars) in [(&admin, 198), (&lender, 204)] {
        let push = oracle.push(&[(token, dollars * WAD, now_ms)]);
        must(scene.stage.chain, who, vec![push]).expect("is pushed");
    }
    assert_eq!(settled(&mut scene), 200 * WAD);
    scene.stage.pass_ms(1_000);
    scene.dia_says(202);
    for (failed, outermost) in nested.iter().rev().enumerate() {
        let data = (TRANSFER, token, 0u128, Vec::<u8>::new()).encode();
        let call = ContractCall { data, ..abi::call(*outermost, "on_take", ()) };
        must(scene.stage.chain, &admin, vec![call]).expect("says that it worked");
        let (got_in, _): (bool, u32) =
            abi::query(scene.stage.chain, nested[0], nested[0], "tally", ()).expect("a tally");
        let price_wad = settled(&mut scene);
        if got_in {
            assert_eq!(price_wad, 202 * WAD, "{failed} failed before");
            assert!(failed > 0, "{DEEPEST} calls are not deep enough");
            return;
        }
        assert_eq!(price_wad, 200 * WAD);
    }
    panic!("the adapter was never reached");
}

/// What a call of a DIA contract costs at least, in picoseconds: the call, its code, an item.
const CALL_PS: u64 = 365_000_000;

/// A contract is asked once for all its symbols, whatever feeds they are of, and each gets its own value;
/// where it does not answer that, it is asked for each.
#[test]
fn a_dia_contract_is_asked_once() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let mut scene = Scene::new(&mut chain);
    let admin = scene.stage.admin.clone();
    let (one, on) = (scene.dia, scene.stage.on.clone());
    let other = dia_contract(scene.stage.chain, &admin, b"other");
    let plain = FeedConfig::pushed(admin.account(), 60 * MINUTE_MS, 0);
    let asks = |contract: AccountId, symbol: &str| SourceConfig {
        kind: SourceKind::Dia { contract, symbol: symbol.into() },
        ..plain.sources[0].clone()
    };
    // The other one's symbol stands between those of the first.
    let sources = vec![asks(one, "ETH/USD"), asks(other, "ETH/USD"), asks(one, "WETH/USD")];
    let eth = FeedConfig { sources, quorum: 3, ..plain.clone() };
    let now_ms = scene.stage.chain.now_ms().expect("a time");
    // All three have joined.
    let calls = vec![
        abi::call(one, "set_price", ("WETH/USD", now_ms, 200 * WAD)),
        abi::call(other, "set_price", ("ETH/USD", now_ms, 200 * WAD)),
        on.oracle.configure(on.eth.address, &eth),
        on.oracle.poke(&[on.eth.address]),
    ];
    must(scene.stage.chain, &admin, calls).expect("is configured");
    let cent = WAD / 100;
    let mut once = 0;
    for (mood, is_asked_again, step) in [
        (Mood::Honest, false, 1),
        (Mood::AnswersOne, true, 2),
        (Mood::Miscounts, true, 3),
        (Mood::Honest, false, 4),
    ] {
        let now_ms = scene.stage.chain.now_ms().expect("a time");
        let says =
            |contract, symbol, value| abi::call(contract, "set_price", (symbol, now_ms, value));
        let dollar = WAD + step * cent / 10;
        let middle = 200 * WAD + step * cent;
        let calls = vec![
            abi::call(one, "arm", (mood,)),
            says(one, "ETH/USD", middle - 20 * cent),
            says(other, "ETH/USD", middle),
            says(one, "WETH/USD", middle + 20 * cent),
            says(one, "USD/USD", dollar),
        ];
        must(scene.stage.chain, &admin, calls).expect("is said");
        let prices = scene.prices();
        assert_eq!(prices.map(|(mid_wad, _)| mid_wad), [middle, dollar], "{mood:?}");
        let asked =
            abi::call(on.oracle.address, "prices", (&[on.eth.address, on.usd.address][..],));
        let run = scene.stage.chain.dry_run(admin.account(), &asked).expect("runs");
        let ref_time = run.gas_consumed.ref_time;
        if once == 0 {
            once = ref_time;
        }
        // Three symbols of the first contract: three calls more.
        let has_three_more = ref_time > once + 3 * CALL_PS;
        assert_eq!(has_three_more, is_asked_again, "{mood:?}: {ref_time} after {once}");
        scene.send(on.oracle.poke(&[on.eth.address, on.usd.address]));
    }
}

/// A stranger relays one of three reports first: the others' batch counts all the same. Again it
/// says that there is nothing new.
#[test]
fn a_report_relayed_by_a_stranger_stops_no_batch() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let mut stage = Stage::new(&mut chain);
    let (admin, keeper, lender) = (stage.admin.clone(), stage.keeper.clone(), stage.lender.clone());
    let pairs = [1u8, 2, 3].map(|seed| sr25519::Pair::from_seed(&[seed; 32]));
    let plain = FeedConfig::pushed([0; 32], 30 * MINUTE_MS, 0);
    let source = |pair: &sr25519::Pair| SourceConfig {
        kind: SourceKind::Sr25519 { key: pair.public().0 },
        ..plain.sources[0].clone()
    };
    let sources = pairs.iter().map(source).collect();
    let config = FeedConfig { sources, quorum: 2, max_jump_bps: 2_000, ..plain.clone() };
    let (oracle, token) = (stage.on.oracle, stage.on.eth.address);
    must(stage.chain, &admin, vec![oracle.configure(token, &config)]).expect("is configured");
    let report = |source: u8, value: u128, time_ms: u64, nonce: u64| {
        let (chain, adapter) = (LocalPlan::default().genesis, oracle.address);
        let report = Report { chain, adapter, token, value, time_ms, nonce };
        let hash = sp_core::hashing::blake2_256(&report.encode());
        let signature = pairs[usize::from(source)].sign(&hash).0.to_vec();
        SignedReport { token: token.into(), source, value, time_ms, nonce, signature }
    };
    let now_ms = stage.chain.now_ms().expect("a time");
    let batch = [0, 1, 2].map(|source| report(source, 200 * WAD, now_ms, 1));
    stage.pass_ms(1_000);
    stage.act("front", &lender, oracle.relay(&batch[1..2]));
    stage.act("batch", &keeper, oracle.relay(&batch));
    let feed = oracle.feed(stage.chain, token).expect("a feed").expect("a feed");
    assert!(feed.sources.iter().all(|source| source.nonce == 1 && source.joined));
    // One who signs nonsense (a value of zero, no signature at all) does not either.
    stage.pass_ms(10_000);
    let now_ms = stage.chain.now_ms().expect("a time");
    let unsigned = SignedReport { signature: vec![1], ..report(0, WAD, now_ms, 5) };
    let mixed =
        [report(0, 0, now_ms, 4), unsigned, report(1, 201 * WAD, now_ms, 2), batch[2].clone()];
    stage.act("mixed", &keeper, oracle.relay(&mixed));
    let feed = oracle.feed(stage.chain, token).expect("a feed").expect("a feed");
    assert_eq!([0, 1, 2].map(|place| feed.sources[place].nonce), [1, 2, 1]);
    // Configured anew in another order, with another age: still nothing of it is new.
    let mut other = config.clone();
    other.sources.swap(0, 1);
    other.sources.iter_mut().for_each(|source| source.max_age_ms += 1);
    must(stage.chain, &admin, vec![oracle.configure(token, &other)]).expect("is configured");
    let [one, two, three] = batch;
    let moved = [SignedReport { source: 1, ..one }, SignedReport { source: 0, ..two }, three];
    let dry_run = stage.chain.dry_run(keeper.account(), &oracle.relay(&moved)).expect("a dry run");
    let answer: Result<(), Error> =
        abi::decode("relay", &dry_run.result.expect("no trap")).expect("decodes");
    assert_eq!(answer, Err(Error::NonceUsed));
    // A jump that three sign within two seconds and somebody relays at once waits.
    stage.pass_ms(10_000);
    let now_ms = stage.chain.now_ms().expect("a time");
    let jumps: Vec<_> = (0..3u64)
        .flat_map(|step| {
            let report = &report;
            let places = [(1, 0), (0, 1), (2, 2)];
            places.map(move |(place, key)| SignedReport {
                source: place,
                ..report(key, 100 * WAD, now_ms - 2_000 + step * 1_000, 10 + step)
            })
        })
        .collect();
    stage.act("jumps", &keeper, oracle.relay(&jumps));
    let feed = oracle.feed(stage.chain, token).expect("a feed").expect("a feed");
    assert_eq!(feed.price_wad / WAD, 200);
    assert_eq!(feed.quarantine.map(|held| held.updates), Some(1));
}

/// Keys that everybody knows, with their Ethereum addresses: the first of Hardhat's.
const KEYS: [(&str, &str); 3] = [
    (
        "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
        "f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    ),
    (
        "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
        "70997970c51812dc3a010c7d01b50e0d17dc79c8",
    ),
    (
        "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
        "3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
    ),
];

fn from_hex<const N: usize>(text: &str) -> [u8; N] {
    let byte = |place| u8::from_str_radix(&text[2 * place..2 * place + 2], 16).expect("hex");
    std::array::from_fn(byte)
}

fn redstone_name(symbol: &str) -> [u8; 32] {
    let mut name = [0; 32];
    name[..symbol.len()].copy_from_slice(symbol.as_bytes());
    name
}

/// A package as RedStone's signer `key` makes it: dollars with eight decimals in 32 bytes.
fn redstone_package(key: usize, points: &[(&str, u128)], time_ms: u64) -> Vec<u8> {
    let mut package = Vec::new();
    for (symbol, dollars) in points {
        package.extend(redstone_name(symbol));
        package.extend([0; 16]);
        package.extend((dollars * 100_000_000).to_be_bytes());
    }
    package.extend(&time_ms.to_be_bytes()[2..]);
    package.extend(32u32.to_be_bytes());
    package.extend(&(points.len() as u32).to_be_bytes()[1..]);
    let pair = ecdsa::Pair::from_seed(&from_hex(KEYS[key].0));
    let mut signature = pair.sign_prehashed(&keccak_256(&package)).0;
    signature[64] += 27;
    package.extend(signature);
    package
}

fn redstone_payload(packages: &[Vec<u8>]) -> Vec<u8> {
    let mut payload = packages.concat();
    payload.extend((packages.len() as u16).to_be_bytes());
    payload.extend([0, 0, 0]);
    payload.extend([0, 0, 2, 0xed, 0x57, 1, 0x1e, 0, 0]);
    payload
}

/// RedStone's signers are sources: whoever relays, what they signed counts, nothing else does.
#[test]
fn packages_of_redstones_signers_make_prices() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let mut stage = Stage::new(&mut chain);
    let (admin, keeper) = (stage.admin.clone(), stage.keeper.clone());
    let plain = FeedConfig::pushed([0; 32], 30 * MINUTE_MS, 0);
    let feed = |symbol: &str| {
        let source = |(_, address): &(&str, &str)| SourceConfig {
            kind: SourceKind::Redstone { signer: from_hex(address), name: redstone_name(symbol) },
            decimals: 8,
            ..plain.sources[0].clone()
        };
        let sources = KEYS.iter().map(source).collect();
        FeedConfig { sources, quorum: 2, ..plain.clone() }
    };
    let oracle = stage.on.oracle;
    let tokens = [stage.on.eth.address, stage.on.usd.address];
    for (token, symbol) in tokens.into_iter().zip(["ETH", "USDC"]) {
        must(stage.chain, &admin, vec![oracle.configure(token, &feed(symbol))]).expect("is set");
    }
    stage.pass_ms(10_000);
    let now_ms = stage.chain.now_ms().expect("a time");
    let says = |key, eth| redstone_package(key, &[("ETH", eth), ("USDC", 1)], now_ms);
    let refused = |stage: &mut Stage, payload: &[u8]| {
        let call = oracle.relay_redstone(&tokens, payload);
        let dry_run = stage.chain.dry_run(keeper.account(), &call).expect("a dry run");
        abi::decode::<Result<(), Error>>("relay", &dry_run.result.expect("no trap"))
            .expect("decodes")
            .err()
    };
    // One that was changed behind its signature is another signer's, who is nobody here.
    let mut changed = says(0, 200);
    changed[32 + 31] ^= 1;
    let unknown = Some(Error::UnknownSource);
    assert_eq!(refused(&mut stage, &redstone_payload(&[changed.clone()])), unknown);
    let mut unsigned = says(0, 200);
    unsigned.truncate(unsigned.len() - 65);
    unsigned.extend([0; 65]);
    let nobody = redstone_payload(&[unsigned.clone()]);
    assert_eq!(refused(&mut stage, &nobody), Some(Error::BadSignature));
    assert_eq!(refused(&mut stage, b"junk"), Some(Error::PackageMalformed));
    let early = redstone_package(0, &[("ETH", 200)], now_ms + 3_600_000);
    let early = redstone_payload(&[early]);
    assert_eq!(refused(&mut stage, &early), Some(Error::PriceOutOfOrder));
    // Three good ones among such.
    let all = redstone_payload(&[says(0, 200), changed, says(1, 202), unsigned, says(2, 201)]);
    stage.act("relay", &keeper, oracle.relay_redstone(&tokens, &all));
    let step = stage.steps.last().expect("a step");
    eprintln!("three signers, two feeds: {:?}", step.gas_consumed);
    let prices = oracle.prices(stage.chain, &tokens).expect("prices");
    let said: Vec<_> =
        prices.into_iter().flatten().map(|price| (price.mid_wad, price.good_for)).collect();
    assert_eq!(said, [(201 * WAD, GOOD_FOR_ALL), (WAD, GOOD_FOR_ALL)]);
    // Again it is no news, and the same by another order is none.
    let again = redstone_payload(&[says(2, 201), says(0, 200)]);
    assert_eq!(refused(&mut stage, &again), Some(Error::PriceOutOfOrder));
}
