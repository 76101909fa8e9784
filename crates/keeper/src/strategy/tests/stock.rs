//! Buying of the backstops' stock.

use super::{super::buying::Terms, *};
use crate::{
    action::ActionKind,
    brain::{Brain, Identity},
    strategy::buy_stock::purchases,
};
use breakwater_protocol::{Level, Order};

/// 10 ETH in stock at a bonus, in a market of some depth, at 180 dollars; and we have money.
fn stock(bonus_bps: i64, depth: u128) -> MarketSnapshot {
    let on = with_stock(sold_at(snapshot(180, 30), bonus_bps, depth), 10);
    with_money(on, 1_000_000)
}

/// The order, and the gain in cents, of one purchase with our own money.
fn bought(buying: Buying, on: &mut MarketSnapshot) -> Option<(Order, u128)> {
    match &proposals(&BuyStock(buying), on)[..] {
        [] => None,
        [Proposal {
            action: Action::BuyStock(order), gain_wad, spends, is_upkeep: false, ..
        }] => {
            assert_eq!(spends, &[(USD_ASSET, order.max_repay)]);
            Some((*order, cents(*gain_wad)))
        }
        other => panic!("one purchase: {other:?}"),
    }
}

/// At 1 % bonus 1,800 dollars' worth cost 1,782.18.
#[test]
fn stock_is_bought_for_its_bonus() {
    let (order, gain) = bought(buying(), &mut stock(100, 1_000)).expect("worth it");
    assert_eq!((order.collateral, order.debt), (ETH_ASSET, USD_ASSET));
    // A hundredth of a per cent more may be paid, for interest.
    assert_eq!((order.max_repay / (USD / 100), gain), (178_235, 1_782));
    assert_eq!(order.min_receive, 10 * WAD);
    // Selling costs half a per cent, and a tenth may be lost on the way.
    let careful = Buying { exit_bps: 50, tolerance_bps: 10, ..buying() };
    let (order, gain) = bought(careful, &mut stock(100, 1_000)).expect("worth it");
    assert_eq!((order.min_receive, gain), (999 * WAD / 100, 7_03));
    // Bad prices: selling eats it, it is too little, it costs more than it is worth.
    assert_eq!(bought(Buying { exit_bps: 100, ..buying() }, &mut stock(100, 1_000)), None);
    assert_eq!(bought(Buying { least_wad: 18 * WAD, ..buying() }, &mut stock(100, 1_000)), None);
    assert_eq!(bought(buying(), &mut stock(5, 1_000)), None);
    assert_eq!(bought(buying(), &mut stock(-20, 1_000)), None);
    // No money, none in stock, a halt.
    assert_eq!(bought(buying(), &mut with_money(stock(100, 1_000), 0)), None);
    assert_eq!(bought(buying(), &mut with_stock(stock(100, 1_000), 0)), None);
    let mut halted = stock(100, 1_000);
    halted.settings.guard = ManualLevel { level: Level::Halted, from_ms: 0, until_ms: u64::MAX };
    assert_eq!(bought(buying(), &mut halted), None);
}

/// In a market of 10 ETH depth the price falls to its floor with the sale of (100 + 50) / 400 of them,
/// 3.75 ETH: 675 dollars' worth for 668.32. At 2 % the meter is first: 0.7 x 0.6 of the depth.
#[test]
fn stock_is_bought_as_far_as_there_is_room() {
    let mut on = stock(100, 10);
    let (order, gain) = bought(buying(), &mut on).expect("worth it");
    assert_eq!((order.min_receive / (WAD / 100), gain), (3_75, 6_68));
    assert_eq!(bought(buying(), &mut on), None, "the price is at its floor");
    let mut on = stock(200, 10);
    let (order, gain) = bought(buying(), &mut on).expect("worth it");
    assert_eq!((order.min_receive / (WAD / 100), gain), (4_20, 14_82));
    let left = on.reserves[1].reserve.vault.stocks[0].units;
    assert_eq!(left / (WAD / 100), 5_80, "those after it see that");
    assert_eq!(bought(buying(), &mut on), None, "the meter is full");
    // Less than a slice of room, where more is wanted.
    let mut on = stock(200, 10);
    on.reserves[0].reserve.balances.gradual.meter.impact_wad = 4_050_000_000_000_000;
    assert_eq!(bought(buying(), &mut on), None);
}

/// Two backstops have ETH: what the first sells the second has no room for.
#[test]
fn backstops_share_the_room_of_a_collateral() {
    let mut on = stock(200, 10);
    let mut euros = on.reserves[1].clone();
    euros.asset = 2;
    on.reserves.push(euros);
    on.reserves[0].reserve.balances.backstop_collateral = 20 * WAD;
    let (mut terms, _) = buying().now(&on);
    terms.inventory.spendable.insert(2, 1_000_000 * USD);
    let orders = |on: &MarketSnapshot, terms: &mut Terms| -> Vec<(AssetId, u128)> {
        let proposals = purchases(&mut on.clone(), &mut [], terms).into_iter();
        let orders = proposals.map(|one| match one.action {
            Action::BuyStock(order) => (order.debt, order.min_receive / (WAD / 100)),
            other => panic!("{other:?}"),
        });
        orders.collect()
    };
    assert_eq!(orders(&on, &mut terms.clone()), [(1, 4_20)]);
    // Where there is more of it, the second sells at what the first has left: 200 bps less 40.
    on.reserves[0].reserve.config.liquidity.depth = 100 * WAD;
    assert_eq!(orders(&on, &mut terms.clone()), [(1, 10_00), (2, 10_00)]);
    terms.inventory.room.insert(ETH_ASSET, 15 * WAD);
    let orders = orders(&on, &mut terms);
    assert!(orders[0] == (1, 10_00) && (4_90..=5_00).contains(&orders[1].1), "{orders:?}");
}

/// A take comes first. In a market of 10 ETH depth it leaves room for 0.92 ETH of stock, at 69 bps; and of
/// 600 dollars it leaves 21.
#[test]
fn takes_come_first() {
    let account = in_auction(1_500, 180, [1; 32]);
    let brain = |spend_max| {
        let limits = vec![limit(spend_max)];
        let buying = Buying { limits, ..buying() };
        let strategies: Vec<Box<dyn Strategy>> =
            vec![Box::new(Take(buying.clone())), Box::new(BuyStock(buying))];
        Brain::new(Identity { market: [5; 32], us: US, oracle: None }, strategies)
    };
    let answer = |spend_max| {
        let mut on =
            MarketSnapshot { auctions: vec![([1; 32], account.clone())], ..stock(200, 10) };
        let mut brain = brain(spend_max);
        [0, 1].map(|place| brain.propose(place, &mut on).1)
    };
    let [takes, purchases] = answer(1e4);
    assert_eq!(takes.len(), 1);
    let [Proposal { action: Action::BuyStock(order), gain_wad, .. }] = &purchases[..] else {
        panic!("{purchases:?}")
    };
    assert_eq!((order.min_receive / (WAD / 100), cents(*gain_wad)), (91, 1_13));
    let [takes, purchases] = answer(600.0);
    assert_eq!((takes.len(), purchases), (1, Vec::new()));
}

/// A pool of 100 ETH and 18,000 dollars buys 0.995 ETH until it pays no more than 2 % below the price.
#[test]
fn stock_is_sold_on_a_pool() {
    let mut on = stock(200, 1_000);
    assert_eq!(proposals(&BuyStock(selling()), &mut on.clone()), [], "the pool was not seen");
    on.seen.pools.insert(POOL, pool(100, 18_000).reserves);
    let found = proposals(&BuyStock(selling()), &mut on);
    let [Proposal { action, gain_wad, spends, .. }] = &found[..] else { panic!("{found:?}") };
    let Action::BuyStockAndSell { order, taker, pool: at, min_profit } = action else {
        panic!("{action:?}")
    };
    assert_eq!((*taker, *at, order.max_repay / USD), (TAKER, POOL, 175));
    assert_eq!((cents(*gain_wad), *min_profit, spends.len()), (1_74, USD, 0));
    assert!(on.seen.pools[&POOL][0] > 10_099 * WAD / 100);
    assert_eq!(proposals(&BuyStock(selling()), &mut on), [], "the pool is where it should be");
    // Nobody sells, or the pool pays too little.
    let nobody = Buying { taker: None, ..selling() };
    on.seen.pools.insert(POOL, pool(100, 18_000).reserves);
    assert_eq!(proposals(&BuyStock(nobody), &mut on.clone()), []);
    on.seen.pools.insert(POOL, pool(100, 17_700).reserves);
    assert_eq!(proposals(&BuyStock(selling()), &mut on), []);
}

#[test]
fn a_purchase_is_planned_by_what_was_seen_and_is_under_way() {
    let limits = vec![limit(500.0), Limit { asset: ETH_ASSET, hold_max: Some(3.0), ..limit(0.0) }];
    let buying = Buying { limits, ..selling() };
    let strategy = BuyStock(buying.clone());
    assert_eq!(strategy.questions(&snapshot(180, 0)), [], "nothing in stock");
    let mut on = stock(200, 1_000);
    on.reserves[0].reserve.config.token = [2; 32];
    let token = on.reserves[1].reserve.config.token;
    let balances = [token, [2; 32]].map(|token| Question::Balance { token });
    let pool = Question::Pool { pool: POOL };
    assert_eq!(strategy.questions(&on), [balances[0], balances[1], pool]);
    let kinds = [ActionKind::BuyStock, ActionKind::BuyStockAndSell];
    assert_eq!(strategy.waits_for(), kinds);
    let spent = |on: &MarketSnapshot| {
        let bought = bought(buying.clone(), &mut on.clone());
        bought.map_or(0, |(order, _)| order.max_repay.div_ceil(USD))
    };
    assert_eq!(spent(&on), 500);
    on.pending.spends.insert(USD_ASSET, 300 * USD);
    assert_eq!(spent(&on), 200, "less what is under way");
    on.pending.spends.clear();
    // Of 3 ETH that we would hold 2 are there, and 0.4 on their way: 0.6 cost 105.9 dollars.
    on.seen.balances.insert([2; 32], 2 * WAD);
    on.pending.arrives.insert(ETH_ASSET, 2 * WAD / 5);
    assert!((100..=106).contains(&spent(&on)), "{}", spent(&on));
    on.pending.arrives.insert(ETH_ASSET, WAD);
    assert_eq!(spent(&on), 0);
}
