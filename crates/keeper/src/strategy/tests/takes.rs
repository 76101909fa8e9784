//! Takes: sizes, money, pools.

use super::{
    super::take::{best_take, takes, Terms, Way},
    *,
};

fn terms() -> Terms {
    Terms {
        us: US,
        taker: None,
        inventory: Inventory {
            spendable: BTreeMap::from([(USD_ASSET, 1_000_000 * USD)]),
            room: BTreeMap::new(),
        },
        least_wad: WAD,
        exit_bps: 0,
        tolerance_bps: 0,
    }
}

/// At the end of its 20 minutes the auction gives 6 %. To bring 1,500 of debt on 1,800 of collateral
/// back to 1.05 takes (1.05 x 1,500 - 1,440) / (1.05 - 0.8 x 1.065) = 681.82 dollars; 6 % of that are
/// 40.91.
#[test]
fn a_take_with_money_is_worth_its_bonus() {
    let account = in_auction(1_500, 180, [1; 32]);
    let on = snapshot(180, 30);
    let sheet = on.sheet(account).expect("a sheet");
    let take = best_take(&sheet, &[], &terms()).expect("worth it");
    assert_eq!((take.way, take.repaid), (Way::Hold, 681_818_182));
    assert!((take.gain_wad as f64 / 1e18 - 40.909).abs() < 0.01, "{}", take.gain_wad);
    assert!(take.order.max_repay >= take.repaid && take.order.max_repay < 682_000_000);
    // Selling costs 2 %, and one per cent may be lost on the way: of 722.73, 3 % less 681.82.
    let careful = Terms { exit_bps: 200, tolerance_bps: 100, ..terms() };
    let take = best_take(&sheet, &[], &careful).expect("worth it");
    assert!((take.gain_wad as f64 / 1e18 - 19.37).abs() < 0.05, "{}", take.gain_wad);
    // Not for 50 dollars, and not where selling eats it all.
    assert_eq!(best_take(&sheet, &[], &Terms { least_wad: 50 * WAD, ..terms() }), None);
    assert_eq!(best_take(&sheet, &[], &Terms { exit_bps: 600, ..terms() }), None);
}

#[test]
fn a_take_keeps_within_the_inventory() {
    let sheet = snapshot(180, 30).sheet(in_auction(1_500, 180, [1; 32])).expect("a sheet");
    let mut poor = terms();
    poor.inventory.spendable.insert(USD_ASSET, 100 * USD);
    let take = best_take(&sheet, &[], &poor).expect("worth it");
    assert!(take.order.max_repay <= 100 * USD && take.repaid > 99 * USD, "{}", take.repaid);
    // No more than one ETH: 180 dollars' worth, for 169.8.
    let mut full = terms();
    full.inventory.room.insert(ETH_ASSET, WAD);
    let take = best_take(&sheet, &[], &full).expect("worth it");
    assert!(take.paid_out <= WAD && take.paid_out > WAD * 9 / 10, "{}", take.paid_out);
    poor.inventory.spendable.insert(USD_ASSET, 0);
    assert_eq!(best_take(&sheet, &[], &poor), None);
}

/// Two accounts and money for one and a half: the second take gets the rest, both in one transaction.
#[test]
fn takes_share_the_inventory() {
    let account = in_auction(1_500, 180, [1; 32]);
    let mut on = snapshot(180, 30);
    let mut terms = terms();
    terms.inventory.spendable.insert(USD_ASSET, 1_000 * USD);
    let both = [([1; 32], account.clone()), ([2; 32], account)];
    on.auctions = both.into();
    let proposals = takes(&mut on, &mut [], &mut terms);
    let [Proposal { action: Action::TakeMany(orders), spends, .. }] = &proposals[..] else {
        panic!("one transaction: {proposals:?}")
    };
    let repaid: Vec<u128> = orders.iter().map(|(_, order)| order.max_repay / USD).collect();
    assert!(repaid[0] == 681 && (310..=318).contains(&repaid[1]), "{repaid:?}");
    assert!(spends[0].0 == USD_ASSET && spends[0].1 <= 1_000 * USD);
}

/// A pool of 100 ETH and 18,000 dollars: the sale of 4 ETH brings 4 % less than the price. The best
/// take from it is smaller than all that may be taken, and gains less than the bonus.
#[test]
fn a_take_without_money_stops_where_the_pool_pays_no_more() {
    let account = in_auction(1_500, 180, [1; 32]);
    let mut on = snapshot(180, 30);
    let venue = pool(100, 18_000);
    let mut terms = Terms { taker: Some(TAKER), inventory: Inventory::default(), ..terms() };
    let sheet = on.sheet(account.clone()).expect("a sheet");
    let take = best_take(&sheet, &[venue], &terms).expect("worth it");
    assert_eq!(take.way, Way::Sell);
    // r (1.06) is sold: 18,000 x / (100 + x) with x = 1.06 r / 180, less r: best where
    // 18,000 x 100 / (100 + x)^2 x 1.06 / 180 = 1, x = 100 (sqrt 1.06 - 1) = 2.956 ETH, r = 502.
    assert!((500 * USD..504 * USD).contains(&take.repaid), "{}", take.repaid);
    let profit = 18_000.0 * 2.956 / 102.956 - 502.0;
    assert!((take.gain_wad as f64 / 1e18 - profit).abs() < 0.3, "{}", take.gain_wad);
    // The second on the same pool finds it lower.
    let both = [([1; 32], account.clone()), ([2; 32], account)];
    let mut venues = [venue];
    on.auctions = both.into();
    let proposals = takes(&mut on, &mut venues, &mut terms);
    assert_eq!(proposals.len(), 1, "nothing of the second");
    assert!(
        matches!(&proposals[0].action, Action::TakeAndSell { account, taker, pool, min_profit, .. }
        if *account == [1; 32] && (*taker, *pool) == (TAKER, POOL) && *min_profit >= USD)
    );
    assert!(venues[0].reserves[0] > 102 * WAD);
}

#[test]
fn a_pool_rounds_and_moves_as_the_contract_does() {
    let venue = Venue { address: POOL, assets: [0, 1], reserves: [1_000, 5_000] };
    assert!(venue.trades(0, 1) && venue.trades(1, 0) && !venue.trades(0, 2));
    // 5,000 x 10 / 1,010 = 49.5.
    assert_eq!(venue.sale_down(0, 10), Ok(49));
    assert_eq!(venue.sale_down(1, 50), Ok(9));
    assert_eq!(venue.after_sale(1, 50).expect("a pool").reserves, [991, 5_050]);
    assert_eq!(venue.sale_down(2, 1), Err(Error::UnknownAsset));
}

/// The strategy asks for what it needs and keeps to what is there, pending spends taken off.
#[test]
fn a_take_is_planned_by_what_was_seen() {
    let token = snapshot(180, 0).lines[1].reserve.config.token;
    let strategy = Take {
        taker: Some(TAKER),
        pools: vec![Pool { address: POOL, assets: [ETH_ASSET, USD_ASSET] }],
        limits: vec![Limit { asset: USD_ASSET, spend_max: 500.0, hold_max: None }],
        least_wad: WAD,
        exit_bps: 0,
        tolerance_bps: 0,
    };
    let mut on = snapshot(180, 30);
    assert_eq!(strategy.questions(&on), [], "nobody is in auction");
    on.auctions = vec![([1; 32], in_auction(1_500, 180, [1; 32]))];
    let asked = [Question::Balance { token }, Question::Pool { pool: POOL }];
    assert_eq!(strategy.questions(&on), asked);
    on.seen.balances.insert(token, 400 * USD);
    let spent = |on: &MarketSnapshot| match &proposals(&strategy, &mut on.clone())[..] {
        [Proposal { action: Action::TakeMany(orders), .. }] => orders[0].1.max_repay,
        other => panic!("{other:?}"),
    };
    assert!((399 * USD..=400 * USD).contains(&spent(&on)), "what we have");
    on.seen.balances.insert(token, 1_000 * USD);
    assert!((499 * USD..=500 * USD).contains(&spent(&on)), "what may be spent");
    on.pending.spends.insert(USD_ASSET, 300 * USD);
    assert!((199 * USD..=200 * USD).contains(&spent(&on)), "less what is under way");
    on.pending.accounts.insert([1; 32]);
    assert_eq!(proposals(&strategy, &mut on), []);
    assert_eq!(strategy.questions(&on), []);
}
