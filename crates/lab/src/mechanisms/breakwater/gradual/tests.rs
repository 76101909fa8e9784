use super::*;
use crate::mechanisms::{AssetSpec, TOKEN};

#[test]
fn a_lot_is_offered_slowly_and_the_pool_is_first_near_insolvency() {
    let spec = AssetSpec {
        name: "ETH".into(),
        price_wad: 200 * WAD,
        ltv_bps: 7_500,
        threshold_bps: 8_000,
        depth: 50 * TOKEN,
    };
    let market = Market {
        assets: vec![spec],
        supplied: 1_000_000 * USD,
        staked: 0,
        min_debt: 100 * USD,
        now_ms: 1,
        reaction_ms: 12_000,
    };
    // 10 tokens and 1,580 dollars of debt: HF 1 at 197.50.
    let position = Position { asset: 0, collateral: 10 * TOKEN, debt: 1_580 * USD };
    let mut books = Books::open(&Rule::default(), &market, &[position]).unwrap();
    let tell = |books: &mut Books, minutes: u64, usd: u128| {
        let now_ms = 1 + minutes * 60_000;
        let judged = Price::exact(usd * WAD, now_ms);
        let quote = Quote { price_wad: usd * WAD, time_ms: now_ms, judged };
        books.observe(now_ms, &[quote]);
    };
    tell(&mut books, 1, 195);
    books.start(0, 0).unwrap();
    let lot = Lot { id: 0, asset: 0, account: Some(0) };
    assert_eq!(books.backstop(lot), Err(Refused::NotNow), "LTV .81: not the pool's");
    tell(&mut books, 11, 195);
    // Ten minutes at two bps a minute, and the pool is full.
    assert_eq!(books.gauge(0).unwrap()[0], 20.0);
    // LTV .878: the pool has 237 dollars and buys for all of them.
    tell(&mut books, 12, 180);
    tell(&mut books, 13, 180);
    let fill = books.backstop(lot).unwrap();
    assert_eq!(fill.paid, 237 * USD);
    assert_eq!(fill.received, 237 * TOKEN / 180);
    assert!(books.take(lot, u128::MAX >> 64, 0).unwrap().paid > 0);
}
