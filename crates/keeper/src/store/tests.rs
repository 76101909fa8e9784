use super::*;
use crate::action::ActionKind;
use breakwater_chain::{Block, ContractEvent, Receipt, Weight};
use breakwater_client::events::topic;
use breakwater_client::events::{
    AuctionClosed, Borrowed, CollateralDeposited, CollateralWithdrawn, LiquidationStarted, Repaid,
    Supplied, Withdrawn,
};
use breakwater_interface::events::Signed;
use proptest::{collection::vec, prelude::*};
use std::{collections::BTreeMap, path::PathBuf};

const SUBJECT: Subject = Subject { genesis: [9; 32], market: [7; 32] };

struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        use std::sync::atomic::{AtomicU64, Ordering};
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("breakwater-store-{name}-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn open(&self) -> Result<Store, StoreError> {
        Store::open(&self.0, SUBJECT)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// What a random step does to an account.
type Step = (u8, u8, u8, u64);

/// An event that fits what is held, and what is held after it.
fn event(
    held: &mut BTreeMap<(u8, u8), Position>,
    (who, asset, what, amount): Step,
) -> ContractEvent {
    let (who, asset) = (who % 3, asset % 3);
    let account = breakwater_interface::AccountId::from([who; 32]);
    let position = held.entry((who, asset)).or_insert(Position { asset, ..Position::default() });
    let more = u128::from(amount) + 1;
    let part = |all: u128| (all / 2).max(1).min(all);
    match what % 8 {
        1 if position.supply_shares != 0 => {
            let shares = part(position.supply_shares);
            position.supply_shares -= shares;
            emit(Withdrawn { account, asset, receiver: account, assets: 1, shares })
        }
        2 => {
            position.collateral += more;
            emit(CollateralDeposited { account, asset, payer: account, amount: more })
        }
        3 if position.collateral != 0 => {
            let amount = part(position.collateral);
            position.collateral -= amount;
            emit(CollateralWithdrawn { account, asset, receiver: account, amount })
        }
        4 => {
            position.debt_shares += more;
            emit(Borrowed { account, asset, receiver: account, assets: 1, shares: more })
        }
        5 if position.debt_shares != 0 => {
            // All of it: an empty position goes.
            let shares = position.debt_shares;
            position.debt_shares = 0;
            emit(Repaid { account, asset, payer: account, assets: 1, shares })
        }
        6 => emit(LiquidationStarted { account, starter: account, started_ms: amount }),
        7 => emit(AuctionClosed { account }),
        _ => {
            position.supply_shares += more;
            emit(Supplied { account, asset, payer: account, assets: 1, shares: more })
        }
    }
}

fn emit<E: Signed + Encode>(event: E) -> ContractEvent {
    ContractEvent { contract: SUBJECT.market, topics: vec![topic::<E>()], data: event.encode() }
}

fn receipt(number: u64, events: Vec<ContractEvent>) -> Receipt {
    Receipt {
        block_number: number,
        time_ms: number * 6_000,
        result: Ok(()),
        weight: Weight::default(),
        fee: 5,
        storage_deposit: 0,
        events,
    }
}

fn hash(number: u64, fork: u8) -> Hash {
    let mut hash = [fork; 32];
    hash[..8].copy_from_slice(&number.to_be_bytes());
    if number == 0 {
        SUBJECT.genesis
    } else {
        hash
    }
}

fn block(number: u64, [parent_fork, fork]: [u8; 2], events: Vec<ContractEvent>) -> Block {
    Block {
        id: BlockId { number, hash: hash(number, fork) },
        parent: hash(number - 1, parent_fork),
        time_ms: number * 6_000,
        extrinsics: vec![(hash(number, 100 + fork), receipt(number, events))],
    }
}

/// Everything a store holds.
fn picture(store: &Store) -> impl PartialEq + std::fmt::Debug {
    let intents = store.intents().to_vec();
    (store.cursor(), store.positions().unwrap(), store.auctions().unwrap(), intents)
}

/// A keeper of before has written down no offer: what it has under way is read all the same.
#[test]
fn what_was_written_down_without_an_offer_is_read() {
    let old = intent([3; 32], 4);
    let mut bytes = old.encode();
    bytes.truncate(bytes.len() - Offer::default().encode().len());
    assert_eq!(Intent::decode(&mut &bytes[..]), Ok(old.clone()));
    let again = Again { dest: [1; 32], data: vec![2], gas: [3, 4] };
    let offer = Offer { tip: 5, fee: 6, until: Some(7), again: Some(again) };
    let new = Intent { offer, ..old };
    assert_eq!(Intent::decode(&mut &new.encode()[..]), Ok(new));
}

fn intent(hash: Hash, nonce: u32) -> Intent {
    Intent {
        hash,
        bytes: vec![1, 2, 3],
        nonce,
        at_block: 1,
        kind: ActionKind::Start,
        accounts: vec![[1; 32]],
        spends: vec![(1, 5)],
        gain_wad: 7,
        given_up: false,
        offer: Default::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Blocks in and out again change nothing, wherever they end; and what was told of the way back
    /// is what memory must take over.
    #[test]
    fn apply_and_rewind_is_the_identity(
        blocks in vec(vec(any::<Step>(), 0..6), 2..10),
        back in any::<prop::sample::Index>(),
    ) {
        let file = File::new("identity");
        let mut store = file.open().unwrap();
        store.add_intent(intent(hash(2, 101), 0)).unwrap();
        let mut held = BTreeMap::new();
        let mut pictures = vec![picture(&store)];
        let mut balances = vec![held.clone()];
        for (number, steps) in (1..).zip(&blocks) {
            let events = steps.iter().map(|step| event(&mut held, *step)).collect();
            store.apply(&[block(number, [1, 1], events)], 0).unwrap();
            pictures.push(picture(&store));
            balances.push(held.clone());
        }
        // What is in the store is what the events add up to.
        let mut expected: Vec<Position> =
            held.values().filter(|held| !held.is_empty()).copied().collect();
        let mut found: Vec<Position> =
            store.positions().unwrap().into_iter().map(|(_, held)| held).collect();
        expected.sort_by_key(|held| format!("{held:?}"));
        found.sort_by_key(|held| format!("{held:?}"));
        prop_assert_eq!(found, expected);

        let to = back.index(pictures.len());
        let number = to as u64;
        let changes =
            store.rewind(BlockId { number, hash: hash(number, 1) }).unwrap();
        prop_assert_eq!(&picture(&store), &pictures[to]);
        for ((account, asset), position) in changes.positions {
            let before = balances[to].get(&(account[0], asset)).copied();
            let empty = Position { asset, ..Position::default() };
            prop_assert_eq!(position, before.unwrap_or(empty));
        }
        // And it is on disk.
        drop(store);
        prop_assert_eq!(&picture(&file.open().unwrap()), &pictures[to]);
    }
}

#[test]
fn a_block_that_does_not_fit_changes_nothing() {
    let file = File::new("fit");
    let mut store = file.open().unwrap();
    let mut held = BTreeMap::new();
    let first = event(&mut held, (1, 1, 2, 10));
    store.apply(&[block(1, [1, 1], vec![first])], 0).unwrap();
    let before = picture(&store);
    let other_parent = block(2, [2, 2], vec![]);
    assert!(matches!(store.apply(&[other_parent], 0), Err(StoreError::DoesNotConnect(2))));
    let gap = block(3, [1, 1], vec![]);
    assert!(matches!(store.apply(&[gap], 0), Err(StoreError::DoesNotConnect(3))));
    // More taken out than is there: an event was missed. The good block before it does not stay
    // either.
    let good = block(2, [1, 1], vec![event(&mut held, (1, 1, 2, 10))]);
    let account = breakwater_interface::AccountId::from([1; 32]);
    let much = CollateralWithdrawn { account, asset: 1, receiver: account, amount: 1_000 };
    let bad = block(3, [1, 1], vec![emit(much)]);
    assert!(matches!(store.apply(&[good, bad], 0), Err(StoreError::OutOfStep(_))));
    assert_eq!(picture(&store), before);
}

#[test]
fn old_values_go_with_finality() {
    let file = File::new("finality");
    let mut store = file.open().unwrap();
    for number in 1..=10 {
        store.apply(&[block(number, [1, 1], vec![])], number.saturating_sub(3)).unwrap();
    }
    assert_eq!(store.hash_of(10).unwrap(), Some(hash(10, 1)));
    assert_eq!(store.hash_of(6).unwrap(), Some(hash(6, 1)));
    assert_eq!(store.hash_of(5).unwrap(), None);
    let too_far = store.rewind(BlockId { number: 2, hash: hash(2, 1) });
    assert!(matches!(too_far, Err(StoreError::TooDeep(6))), "{too_far:?}");
    assert_eq!(store.cursor().block.number, 10, "nothing has changed");
    let other = store.rewind(BlockId { number: 8, hash: hash(8, 2) });
    assert!(matches!(other, Err(StoreError::DoesNotConnect(8))));
    store.rewind(BlockId { number: 8, hash: hash(8, 1) }).unwrap();
    // The other fork from there.
    store.apply(&[block(9, [1, 2], vec![]), block(10, [2, 2], vec![])], 7).unwrap();
    assert_eq!(store.cursor().block.hash, hash(10, 2));
}

#[test]
fn intents_survive_and_are_found_in_blocks() {
    let file = File::new("intents");
    let mut store = file.open().unwrap();
    store.add_intent(intent(hash(1, 101), 4)).unwrap();
    store.add_intent(intent([3; 32], 3)).unwrap();
    drop(store);
    let mut store = file.open().unwrap();
    assert_eq!(store.intents().iter().map(|held| held.nonce).collect::<Vec<_>>(), [3, 4]);
    let applied = store.apply(&[block(1, [1, 1], vec![])], 0).unwrap();
    assert_eq!(applied.settled.len(), 1);
    assert_eq!((applied.settled[0].intent.nonce, applied.settled[0].receipt.fee), (4, 5));
    assert_eq!(store.intents().len(), 1);
    // The block is undone: the transaction is under way again.
    store.rewind(BlockId { number: 0, hash: SUBJECT.genesis }).unwrap();
    assert_eq!(store.intents().len(), 2);
    store.drop_intents(&[[3; 32]]).unwrap();
    drop(store);
    assert_eq!(file.open().unwrap().intents(), [intent(hash(1, 101), 4)]);
}

#[test]
fn a_store_is_for_one_keeper_one_chain_and_one_market() {
    let file = File::new("subject");
    let store = file.open().unwrap();
    assert!(matches!(file.open(), Err(StoreError::InUse)));
    drop(store);
    let other = Subject { genesis: [1; 32], ..SUBJECT };
    assert!(matches!(Store::open(&file.0, other), Err(StoreError::OtherChain { .. })));
    let other = Subject { market: [1; 32], ..SUBJECT };
    assert!(matches!(Store::open(&file.0, other), Err(StoreError::OtherMarket)));
}

#[test]
fn a_reset_forgets_positions_and_keeps_intents() {
    let file = File::new("reset");
    let mut store = file.open().unwrap();
    let first = event(&mut BTreeMap::new(), (1, 1, 2, 10));
    store.add_intent(intent([3; 32], 3)).unwrap();
    store.apply(&[block(1, [1, 1], vec![first])], 0).unwrap();
    store.reset().unwrap();
    assert_eq!(store.cursor().block, BlockId { number: 0, hash: SUBJECT.genesis });
    assert!(store.positions().unwrap().is_empty());
    assert_eq!(store.intents().len(), 1);
    store.apply(&[block(1, [1, 1], vec![])], 0).unwrap();
}

#[cfg(unix)]
#[test]
fn nobody_else_reads_a_store() {
    use std::os::unix::fs::PermissionsExt;
    let file = File::new("mode");
    let mode = || std::fs::metadata(&file.0).unwrap().permissions().mode() & 0o777;
    drop(file.open().expect("a store"));
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(&file.0, std::fs::Permissions::from_mode(0o644)).unwrap();
    drop(file.open().expect("a store"));
    assert_eq!(mode(), 0o600);
}

/// What is in no event: many accounts, one of them in auction.
fn accounts(count: u32) -> Vec<(AccountId, breakwater_protocol::Account)> {
    let account = |number: u32| {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_be_bytes());
        let held = Position { asset: 1, debt_shares: 5, ..Position::default() };
        let positions = vec![Position { asset: 0, collateral: 7, ..Position::default() }, held];
        let auction = (number == 0).then(|| breakwater_protocol::Auction {
            started_ms: 99,
            starter: [1; 32],
            page: 0,
            unearned_wad: 0,
            counted: vec![],
        });
        (id, breakwater_protocol::Account { positions, auction, ..Default::default() })
    };
    (0..count).map(account).collect()
}

#[test]
fn a_state_replaces_all_that_was_known() {
    let file = File::new("restore");
    let mut store = file.open().expect("a store");
    let at = |number| Cursor { block: BlockId { number, hash: [number as u8; 32] }, time_ms: 5 };
    store.restore(at(9), &accounts(30)).expect("restores");
    store.restore(at(12), &accounts(20)).expect("restores");
    drop(store);
    let store = file.open().expect("a store");
    assert_eq!(store.cursor(), at(12));
    assert_eq!(store.positions().expect("positions").len(), 40);
    assert_eq!(store.auctions().expect("auctions"), [(accounts(1)[0].0, 99)]);
    assert_eq!(store.hash_of(12).expect("a hash"), Some([12; 32]));
    assert_eq!(store.hash_of(11).expect("a hash"), None, "nothing to walk back to");
}

/// Before: zeros made the database panic, and other damage was an error that named no cure.
#[test]
fn a_damaged_file_is_put_aside_and_begun_anew() {
    let whole = File::new("whole");
    let mut store = whole.open().expect("a store");
    let cursor = Cursor { block: BlockId { number: 9, hash: [9; 32] }, time_ms: 5 };
    store.restore(cursor, &accounts(5_000)).expect("restores");
    drop(store);
    let bytes = std::fs::read(&whole.0).expect("bytes");
    let (length, k) = (bytes.len(), 1_024);
    let zeros = |from: usize, count: usize| {
        let mut bytes = bytes.clone();
        bytes[from..(from + count).min(length)].fill(0);
        bytes
    };
    let mut cases = vec![
        ("zeros at the beginning", zeros(0, 32 * k)),
        ("half of it", bytes[..length / 2].to_vec()),
        ("no database", b"not a database at all, but some text".to_vec()),
    ];
    for part in 1..16 {
        cases.push(("zeros within", zeros(length / 16 * part, 32 * k)));
    }
    let mut rebuilt = 0;
    for (what, bytes) in cases {
        let file = File::new("damaged");
        std::fs::write(&file.0, &bytes).expect("writes");
        let (store, aside) = Store::open_or_rebuild(&file.0, SUBJECT).expect(what);
        match aside {
            Some(aside) => {
                assert_eq!(store.cursor().block.number, 0, "{what}: begun anew");
                // The database may have cut its end before it gave up; the rest is kept.
                assert!(std::fs::read(&aside).expect("is kept").len() * 2 >= bytes.len(), "{what}");
                std::fs::remove_file(aside).expect("removes");
                rebuilt += 1;
            }
            // Nothing that is used was damaged.
            None => assert_eq!(store.positions().expect(what).len(), 10_000, "{what}"),
        }
    }
    assert!(rebuilt >= 4, "{rebuilt}");
    // A good one stays, and what is no damage is no reason to throw it away.
    let (kept, aside) = Store::open_or_rebuild(&whole.0, SUBJECT).expect("opens");
    assert_eq!((kept.cursor().block.number, aside), (9, None));
    assert!(matches!(Store::open_or_rebuild(&whole.0, SUBJECT), Err(StoreError::InUse)));
    drop(kept);
    let other = Subject { genesis: [8; 32], ..SUBJECT };
    let error = Store::open_or_rebuild(&whole.0, other).err().expect("another chain").to_string();
    assert!(error.contains("0x0808") && error.contains("0x0909"), "{error}");
}

/// What pages ask of the past is on disk, is walked back, and is bounded by age.
#[test]
fn the_past_is_kept_walked_back_and_forgotten_in_time() {
    use crate::record::{history, Keep, Record};
    let blocks = |record: &Arc<Record>| -> Vec<u64> {
        let answer = history(record, "").expect("an answer");
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        let events = answer["events"].as_array().expect("a list");
        events.iter().filter_map(|one| one["block"].as_u64()).collect()
    };
    let since = |record: &Arc<Record>| -> serde_json::Value {
        let answer = history(record, "").expect("an answer");
        serde_json::from_str::<serde_json::Value>(&answer).expect("JSON")["from_block"].clone()
    };
    let file = File::new("past");
    let with = |keep: Keep| {
        let (mut store, record) = (file.open().unwrap(), Arc::new(Record::default()));
        store.keep_record(&record, keep).unwrap();
        (store, record)
    };
    let account = breakwater_interface::AccountId::from([1; 32]);
    let started = || vec![emit(LiquidationStarted { account, starter: account, started_ms: 1 })];
    let (mut store, record) = with(Keep::default());
    for number in 1..=4 {
        store.apply(&[block(number, [1, 1], started())], 0).unwrap();
    }
    assert_eq!(blocks(&record), [4, 3, 2, 1]);
    store.rewind(BlockId { number: 2, hash: hash(2, 1) }).unwrap();
    assert_eq!(blocks(&record), [2, 1]);
    store.apply(&[block(3, [1, 2], started())], 0).unwrap();
    drop(store);
    // Another process finds it as it was.
    let (mut store, record) = with(Keep::default());
    assert_eq!(blocks(&record), [3, 2, 1]);
    assert_eq!(since(&record), 1);
    drop(store);
    // A keeper that keeps seven seconds of blocks that come each six.
    (store, _) = with(Keep { for_ms: 7_000, step_ms: 1_000 });
    store.apply(&[block(4, [2, 2], started())], 0).unwrap();
    drop(store);
    let (mut store, record) = with(Keep { for_ms: 7_000, step_ms: 1_000 });
    assert_eq!(blocks(&record), [4, 3], "from disk");
    assert_eq!(since(&record), 3);
    // State that is read anew says nothing of how it came about.
    let cursor = Cursor { block: BlockId { number: 9, hash: [5; 32] }, time_ms: 54_000 };
    store.restore(cursor, &[]).unwrap();
    assert_eq!((blocks(&record), since(&record)), (vec![], 10.into()));
}
