use super::*;
use crate::{action::ActionKind, store::Intent};
use breakwater_chain::{ContractEvent, DispatchError, Receipt, Weight};
use breakwater_client::events::{topic, RewardClaimed};
use breakwater_protocol::num::math::WAD;
use scale::Encode;

const US: AccountId = [9; 32];
const MARKET: AccountId = [5; 32];
const ETH: AccountId = [1; 32];
const USD: AccountId = [2; 32];
const DOLLAR: i128 = 1_000_000;

fn books(eth_dollars: u128) -> Books {
    let mark = |asset, dollars, decimals| Mark { asset, price_wad: dollars * WAD, decimals };
    let marks = [(ETH, mark(0, eth_dollars, 18)), (USD, mark(1, 1, 6))].into();
    Books { us: US, market: MARKET, marks }
}

/// A whole native token is worth two dollars.
fn fees() -> FeeConfig {
    FeeConfig { native_usd: 2.0, native_decimals: 12 }
}

fn intent(kind: ActionKind) -> Intent {
    Intent {
        hash: [3; 32],
        bytes: Vec::new(),
        nonce: 0,
        at_block: 0,
        kind,
        accounts: Vec::new(),
        spends: Vec::new(),
        gain_wad: 118 * WAD,
        given_up: false,
        offer: Default::default(),
    }
}

fn sent(token: AccountId, from: AccountId, to: AccountId, units: u128) -> ContractEvent {
    let data = (Some(from), Some(to), units).encode();
    ContractEvent { contract: token, topics: Vec::new(), data }
}

fn receipt(events: Vec<ContractEvent>) -> Receipt {
    Receipt {
        block_number: 7,
        time_ms: 1_000,
        result: Ok(()),
        weight: Weight::default(),
        fee: 130_000_000_000,
        storage_deposit: 417_000_000_000,
        events,
    }
}

/// One ETH for 176.5 dollars at a price of 180.
fn a_take() -> Entry {
    let events = vec![
        sent(USD, US, MARKET, 176_500_000),
        sent(ETH, MARKET, US, WAD),
        // Somebody else's, and an approval, are not ours.
        sent(ETH, MARKET, [8; 32], 5 * WAD),
        ContractEvent { contract: USD, topics: vec![], data: (US, MARKET, 1u128).encode() },
    ];
    books(180).entry(&intent(ActionKind::Take), &receipt(events))
}

#[test]
fn a_take_is_what_its_transfers_say_at_the_prices_of_then() {
    let entry = a_take();
    assert_eq!(entry.fate, Fate::Done);
    let moves: Vec<_> = entry.moves.iter().map(|one| (one.token, one.units)).collect();
    assert_eq!(moves, [(ETH, WAD as i128), (USD, -176_500_000)]);
    let now = Totals::of([&entry]).pnl(&books(180).marks, &fees());
    let of = now.kinds["take"];
    assert_eq!((of.done, of.lost), (1, 0));
    // 0.130 told, 0.547 spent.
    assert!((of.fees_usd - 0.26).abs() < 1e-9 && (of.deposits_usd - 0.834).abs() < 1e-9);
    assert!((now.realised_usd - (3.5 - 2.0 * 0.547)).abs() < 1e-9 && now.marked_usd.abs() < 1e-9);
    // The price falls by a tenth: what was gained stays, what is held is worth less.
    let later = Totals::of([&entry]).pnl(&books(162).marks, &fees());
    assert_eq!(later.realised_usd, now.realised_usd);
    assert!((later.marked_usd + 18.0).abs() < 1e-9, "{later}");
    assert!(later.to_string().contains("realised 2.41, marked -18.00, in all -15.59 dollars"));
}

/// What a keeper loses to others has cost a fee and gained nothing, whatever was expected of it.
#[test]
fn a_lost_race_gains_nothing() {
    let of = |kind, receipt| books(180).entry(&intent(kind), &receipt);
    let passed_over = of(ActionKind::Take, receipt(Vec::new()));
    let failed = Receipt { result: Err(DispatchError::ContractReverted), ..receipt(Vec::new()) };
    let reverted = of(ActionKind::TakeAndSell, failed);
    let not_started = of(ActionKind::Start, receipt(Vec::new()));
    for entry in [&passed_over, &reverted, &not_started] {
        assert_eq!((entry.fate, &entry.moves[..]), (Fate::Lost, &[][..]));
    }
    let pnl = Totals::of([&passed_over]).pnl(&books(180).marks, &fees());
    assert_eq!((pnl.kinds["take"].done, pnl.kinds["take"].expected_usd), (0, 0.0));
    assert!((pnl.realised_usd + 2.0 * 0.547).abs() < 1e-9);
    assert_eq!(of(ActionKind::PokeMarket, receipt(Vec::new())).fate, Fate::Done);
}

/// Tokens that don't tell of transfers: the market does.
#[test]
fn what_tokens_do_not_tell_the_market_does() {
    let account = breakwater_interface::AccountId::from(US);
    let reward = RewardClaimed { account, asset: 0, amount: WAD };
    let topics = vec![topic::<RewardClaimed>()];
    let event = ContractEvent { contract: MARKET, topics, data: reward.encode() };
    let told = books(180).entry(&intent(ActionKind::ClaimReward), &receipt(vec![event.clone()]));
    assert_eq!(told.moves, [Move { token: ETH, units: WAD as i128, value_wad: 180 * WAD as i128 }]);
    // Not twice where both do.
    let both = vec![event, sent(ETH, MARKET, US, WAD)];
    let both = books(180).entry(&intent(ActionKind::ClaimReward), &receipt(both));
    assert_eq!(both.moves, told.moves);
}

/// Entries add up to balances: what they don't explain was brought or taken by somebody, and is no profit.
#[test]
fn what_balances_say_besides_is_no_profit() {
    let take = a_take();
    let mut entries = vec![take];
    let balances = [(ETH, WAD / 2), (USD, 823_500_000)].into();
    let moves = elsewhere(&Totals::of(&entries), &balances, &books(200));
    assert_eq!(
        moves,
        [
            // Half of it was sold somewhere, at 200.
            Move { token: ETH, units: -(WAD as i128) / 2, value_wad: -100 * WAD as i128 },
            Move { token: USD, units: 1_000 * DOLLAR, value_wad: 1_000 * WAD as i128 },
        ]
    );
    entries.push(Entry { fate: Fate::Elsewhere, moves, fee: 0, deposit: 0, ..entries[0].clone() });
    assert!(elsewhere(&Totals::of(&entries), &balances, &books(150)).is_empty());
    // Sold at 200 what came at 180: ten dollars, and the other half has lost five by 170.
    let pnl = Totals::of(&entries).pnl(&books(170).marks, &fees());
    assert!((pnl.marked_usd - 5.0).abs() < 1e-9, "{pnl}");
    let held: Vec<f64> = pnl.assets.iter().map(|of| of.units).collect();
    assert_eq!(held, [0.5, 823.5]);
}

#[test]
fn a_day_is_what_limits_look_at() {
    let early = Entry { time_ms: 1_000, ..a_take() };
    let late = Entry { time_ms: DAY_MS, ..a_take() };
    let entries = [early, late];
    let of = |now_ms, price| Lately::of(&entries, now_ms, &books(price).marks, &fees());
    assert_eq!(of(DAY_MS, 180).spent, [(1, 353_000_000)].into());
    assert_eq!(of(DAY_MS + 2_000, 180).spent, [(1, 176_500_000)].into());
    assert!((of(DAY_MS + 2_000, 162).result_usd - (3.5 - 18.0 - 1.094)).abs() < 1e-9);
    assert_eq!(of(3 * DAY_MS, 180), Lately::default());
}

#[test]
fn the_file_says_the_same() {
    let path = std::env::temp_dir().join(format!("breakwater-pnl-{}.redb", std::process::id()));
    let path = PnlFile::path(&path);
    let pnl = Totals::of([&a_take()]).pnl(&books(180).marks, &fees());
    let file = PnlFile { block: 7, time_ms: 1_000, pnl };
    file.write(&path).unwrap();
    let read = PnlFile::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(read.pnl.to_string(), file.pnl.to_string());
    assert_eq!((read.block, read.time_ms), (7, 1_000));
}

/// Before: 90 columns, and a deposit that was given back as "-0.0000".
#[test]
fn the_table_fits_a_terminal_and_nothing_is_nothing() {
    let of =
        OfKind { done: 99_999, gain_usd: -12_345_678.9, deposits_usd: -1e-9, ..OfKind::default() };
    let asset = OfAsset { units: 1e12, value_usd: -1e9, marked_usd: -1e-9, ..OfAsset::default() };
    let kinds = [("buy_stock_and_sell".to_owned(), of)].into();
    let text = Pnl { kinds, assets: vec![asset], ..Pnl::default() }.to_string();
    assert!(text.lines().all(|line| line.len() <= 80), "{text}");
    assert!(text.contains("-12345678.90") && !text.contains("-0.00"), "{text}");
}
