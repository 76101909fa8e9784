use super::*;
use breakwater_chain::{address::to_ss58, Block, BlockId, ContractEvent, Receipt, Weight};
use breakwater_client::events::{
    topic, AuctionClosed, BadDebtRecognised, Borrowed, BreakerChanged, LiquidationStarted, Taken,
};
use breakwater_interface::events::Signed;
use breakwater_protocol::{Level, Trigger};
use serde_json::Value;

const MARKET: AccountId = [7; 32];
const BOB: AccountId = [2; 32];
const DAVE: AccountId = [4; 32];
const HOUR_MS: u64 = 3_600_000;

fn of<E: Signed + Encode>(event: E) -> ContractEvent {
    ContractEvent { contract: MARKET, topics: vec![topic::<E>()], data: event.encode() }
}

fn borrowed(who: AccountId, assets: u128) -> ContractEvent {
    let account = who.into();
    of(Borrowed { account, asset: 1, receiver: account, assets, shares: assets })
}

fn started(who: AccountId) -> ContractEvent {
    of(LiquidationStarted { account: who.into(), starter: DAVE.into(), started_ms: 5 })
}

fn taken(who: AccountId, closed: bool) -> ContractEvent {
    of(Taken {
        account: who.into(),
        collateral: 0,
        debt: 1,
        taker: DAVE.into(),
        repaid: 1_500,
        debt_shares: 1_400,
        received: 1_000,
        fee: 10,
        reward: 3,
        bonus_wad: -25,
        own_ms: 60_000,
        fair_wad: 1_600,
        paid_wad: 1_590,
        backstop: false,
        closed,
    })
}

/// A block at the beginning of an hour.
fn block(number: u64, hour: u64, events: Vec<ContractEvent>) -> Block {
    let receipt = Receipt {
        block_number: number,
        time_ms: hour * HOUR_MS,
        result: Ok(()),
        weight: Weight::default(),
        fee: 0,
        storage_deposit: 0,
        events,
    };
    Block {
        id: BlockId { number, hash: [number as u8; 32] },
        parent: [number.wrapping_sub(1) as u8; 32],
        time_ms: hour * HOUR_MS,
        extrinsics: vec![([9; 32], receipt)],
    }
}

fn record(blocks: &[Block]) -> Record {
    let record = Record::default();
    let since = Since { block: 1, time_ms: 0 };
    record.fill(MARKET, [since, Since::default()], Vec::new(), []);
    push(&record, blocks);
    record
}

fn push(record: &Record, blocks: &[Block]) {
    let since = Since { block: 1, time_ms: 0 };
    for block in blocks {
        let to = Since { block: block.id.number, time_ms: block.time_ms };
        record.push(Row::of_block(block, &MARKET), since, to);
    }
}

fn ask(record: &Record, query: &str) -> Value {
    serde_json::from_str(&history(record, query).expect(query)).expect("JSON")
}

fn places(answer: &Value) -> Vec<(u64, u64)> {
    let events = answer["events"].as_array().expect("a list").iter();
    events.map(|one| (one["block"].as_u64().unwrap(), one["index"].as_u64().unwrap())).collect()
}

fn week() -> Record {
    record(&[
        block(1, 1, vec![borrowed(BOB, 5), started(BOB)]),
        block(2, 2, vec![taken(BOB, false), borrowed(DAVE, 7), taken(BOB, true)]),
        block(3, 2, vec![started([3; 32]), of(AuctionClosed { account: [3; 32].into() })]),
    ])
}

#[test]
fn an_account_is_told_what_concerns_it_newest_first() {
    let record = week();
    let bob = ask(&record, &format!("account={}", to_ss58(&BOB)));
    assert_eq!(places(&bob), [(2, 2), (2, 0), (1, 1), (1, 0)]);
    assert_eq!((bob["from_block"].as_u64(), bob["to_block"].as_u64()), (Some(1), Some(3)));
    assert_eq!(bob["market"], to_ss58(&MARKET));
    assert_eq!(bob["next"], Value::Null);
    let last = &bob["events"][0];
    let amounts =
        ["repaid", "received", "bonus_wad", "fair_wad", "paid_wad"].map(|of| last[of].clone());
    assert_eq!(amounts, ["1500", "1000", "-25", "1600", "1590"], "as strings");
    assert_eq!((&last["event"], &last["closed"]), (&"Taken".into(), &true.into()));
    assert_eq!((&last["account"], &last["taker"]), (&to_ss58(&BOB).into(), &to_ss58(&DAVE).into()));
    assert_eq!(last["time_ms"], 2 * HOUR_MS);
    // By its hexadecimal digits too; and whoever took part is concerned.
    let dave = ask(&record, &format!("account={}", crate::hex(&DAVE)));
    assert_eq!(places(&dave), [(3, 0), (2, 2), (2, 1), (2, 0), (1, 1)]);
    assert_eq!(places(&ask(&record, &format!("account={}", to_ss58(&[8; 32])))), []);
}

#[test]
fn everybody_is_told_what_matters_to_all() {
    // No loans that nothing is wrong with.
    assert_eq!(places(&ask(&week(), "")), [(3, 1), (3, 0), (2, 2), (2, 0), (1, 1)]);
}

#[test]
fn an_answer_goes_on_where_the_one_before_has_ended() {
    let record = week();
    let mut before = String::new();
    let mut seen = Vec::new();
    for _ in 0..3 {
        let answer = ask(&record, &format!("limit=2{before}"));
        seen.extend(places(&answer));
        match answer["next"].as_str() {
            // In the midst of a block.
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    assert_eq!(seen, [(3, 1), (3, 0), (2, 2), (2, 0), (1, 1)]);
    assert_eq!(
        places(&ask(&record, "before=2")),
        [(1, 1)],
        "a block's number alone: what is before it"
    );
}

#[test]
fn what_can_not_be_understood_is_refused() {
    let record = week();
    let long = format!("account={}", "5".repeat(600));
    for query in [
        "limit=0",
        "limit=501",
        "limit=-1",
        "before=x",
        "before=1-x",
        "account=5Grw",
        "what=1",
        &long,
    ] {
        assert!(history(&record, query).is_err(), "{query}");
    }
    assert!(history(&record, "limit=500&market=main").is_ok());
    assert!(stats(&record, "account=5Grw").is_err(), "the series is of nobody");
}

#[test]
fn sums_are_of_their_steps_and_of_all() {
    let record = week();
    let bad = BadDebtRecognised { account: BOB.into(), asset: 1, assets: 44, shares: 40 };
    let level = BreakerChanged {
        asset: 0,
        from: Level::Normal,
        to: Level::Guarded,
        trigger: Trigger::BadDebt,
        measure_bps: 120,
        until_ms: 9,
    };
    push(&record, &[block(4, 4, vec![of(bad), of(level), taken(BOB, false)])]);
    let sample = |hour: u64, supplied| Sample {
        at_ms: hour * HOUR_MS + 1,
        assets: vec![AssetSample {
            asset: 1,
            supplied,
            borrowed: 30,
            collateral: 0,
            price_wad: Some(10u128.pow(18)),
            utilisation_wad: 3 * 10u128.pow(17),
            level: Level::Guarded,
        }],
    };
    // A step's first look is written down, with the last of the step before; later ones replace it.
    assert_eq!(record.sample(sample(2, 90)), [sample(2, 90)]);
    assert_eq!(record.sample(sample(2, 95)), []);
    assert_eq!(record.sample(sample(4, 100)), [sample(2, 95), sample(4, 100)]);
    let answer: Value = serde_json::from_str(&stats(&record, "").unwrap()).unwrap();
    let points = answer["points"].as_array().unwrap();
    let each = |of: &str| points.iter().map(|point| point[of].clone()).collect::<Vec<_>>();
    assert_eq!(each("from_ms"), [HOUR_MS, 2 * HOUR_MS, 4 * HOUR_MS]);
    assert_eq!(each("auctions_opened"), [1, 1, 0]);
    assert_eq!(each("auctions_closed"), [0, 2, 0], "one cured, one sold");
    assert_eq!(each("takes"), [0, 2, 1]);
    assert_eq!(points[1]["sold"], serde_json::json!([{ "asset": 0, "units": "2000" }]));
    assert_eq!(points[2]["bad_debt"], serde_json::json!([{ "asset": 1, "units": "44" }]));
    assert_eq!(points[0]["assets"], serde_json::json!([]), "nobody looked");
    assert_eq!(points[1]["assets"][0]["supplied"], "95");
    assert_eq!(points[2]["assets"][0]["level"], "Guarded");
    assert_eq!(answer["step_ms"], HOUR_MS);
    assert_eq!(answer["totals"]["repaid"], serde_json::json!([{ "asset": 1, "units": "4500" }]));
    assert_eq!(answer["totals"]["fair_wad"], "4800");
    let last: Value = serde_json::from_str(&stats(&record, "limit=1").unwrap()).unwrap();
    assert_eq!(last["points"].as_array().map(Vec::len), Some(1));
    assert_eq!(last["points"][0]["from_ms"], 4 * HOUR_MS);
}

#[test]
fn what_is_walked_back_has_not_happened() {
    let record = week();
    record.walk_back(Since { block: 1, time_ms: HOUR_MS });
    assert_eq!(places(&ask(&record, "")), [(1, 1)]);
    let answer: Value = serde_json::from_str(&stats(&record, "").unwrap()).unwrap();
    assert_eq!(
        (&answer["totals"]["takes"], &answer["totals"]["auctions_opened"]),
        (&0.into(), &1.into())
    );
    push(&record, &[block(2, 3, vec![taken(BOB, true)])]);
    assert_eq!(places(&ask(&record, "")), [(2, 0), (1, 1)]);
}

#[test]
fn steps_older_than_wanted_are_dropped() {
    let record = Record::default();
    record.set_keep(Keep::new(1, HOUR_MS));
    record.fill(MARKET, [Since { block: 1, time_ms: 0 }, Since::default()], Vec::new(), []);
    push(&record, &[block(1, 1, vec![started(BOB)]), block(2, 25, vec![taken(BOB, true)])]);
    let points = |record: &Record| {
        let answer: Value = serde_json::from_str(&stats(record, "").unwrap()).unwrap();
        answer["points"].as_array().map(Vec::len)
    };
    assert_eq!(points(&record), Some(2), "a day and no more");
    push(&record, &[block(3, 26, vec![])]);
    assert_eq!(points(&record), Some(1));
}
