//! Takes: sizes, money, pools, room.

use super::{
    super::{
        buying::{Best, Terms, Way},
        take::{best_take, takes},
        venue::Venues,
    },
    *,
};
use breakwater_protocol::market::MAX_TAKES;

fn terms() -> Terms {
    buying().now(&with_money(snapshot(180, 0), 1_000_000)).0
}

/// The market at 180 dollars, half an hour after one or more of these were started.
fn half_an_hour<const N: usize>() -> MarketSnapshot {
    let account = in_auction(1_500, 180, [1; 32]);
    let mut number = 0;
    let each = [(); N].map(|()| {
        number += 1;
        ([number; 32], account.clone())
    });
    with_auctions(snapshot(180, 30), each)
}

/// The best take from the first of them.
fn best(on: &MarketSnapshot, venues: &Venues, terms: &Terms) -> Option<Best> {
    let account_snapshot =
        on.account_snapshot(on.auctions[0].1.clone()).expect("a account_snapshot");
    best_take(&account_snapshot, venues, terms)
}

/// The price has risen by 8 bps a minute to the highest bonus, 2 %. To bring 1,500 of debt on 1,800 of
/// collateral back to 1.05 takes (1.05 x 1,500 - 1,440) / (1.05 - 0.8 x 1.021) = 578.90 dollars; 2 % of
/// that are 11.58.
#[test]
fn a_take_with_money_is_worth_its_bonus() {
    let on = half_an_hour::<1>();
    let take = best(&on, &[], &terms()).expect("worth it");
    assert_eq!((take.way, take.repaid / (USD / 100)), (Way::Hold, 57_890));
    assert_eq!(cents(take.gain_wad), 11_57);
    assert!(take.order.max_repay >= take.repaid && take.order.max_repay < 579 * USD);
    // Selling costs 1 %, and half a per cent may be lost on the way: of 590.48, less 578.90.
    let careful = Terms { exit_bps: 100, tolerance_bps: 50, ..terms() };
    let take = best(&on, &[], &careful).expect("worth it");
    assert_eq!(cents(take.gain_wad), 2_75);
    // Not for 12 dollars, and not where selling eats it all.
    assert_eq!(best(&on, &[], &Terms { least_wad: 12 * WAD, ..terms() }), None);
    assert_eq!(best(&on, &[], &Terms { exit_bps: 200, ..terms() }), None);
    // At the start there is nothing but the bonus by LTV: 100 bps x (.0333 / .13)^2 of 543 dollars.
    let on = MarketSnapshot { reserves: snapshot(180, 0).reserves, now_ms: NOW_MS, ..on };
    assert_eq!(best(&on, &[], &terms()), None);
    let any = best(&on, &[], &Terms { least_wad: 0, ..terms() }).expect("some cents");
    assert_eq!(cents(any.gain_wad), 35);
}

#[test]
fn a_take_keeps_within_the_inventory() {
    let on = half_an_hour::<1>();
    let mut poor = terms();
    poor.inventory.spendable.insert(USD_ASSET, 100 * USD);
    let take = best(&on, &[], &poor).expect("worth it");
    assert!(take.order.max_repay <= 100 * USD && take.repaid > 99 * USD, "{}", take.repaid);
    // No more than one ETH: 180 dollars' worth, for 176.5.
    let mut full = terms();
    full.inventory.room.insert(ETH_ASSET, WAD);
    let take = best(&on, &[], &full).expect("worth it");
    assert!(take.paid_out <= WAD && take.paid_out > WAD * 9 / 10, "{}", take.paid_out);
    poor.inventory.spendable.insert(USD_ASSET, 0);
    assert_eq!(best(&on, &[], &poor), None);
}

/// Units of debt that the orders of one transaction may repay.
fn repaid(proposals: &[Proposal]) -> Vec<u128> {
    match proposals {
        [Proposal { action: Action::TakeMany(orders), spends, each, .. }] => {
            assert_eq!(each.len(), orders.len());
            let repaid: Vec<u128> = orders.iter().map(|(_, order)| order.max_repay).collect();
            assert_eq!(spends, &[(USD_ASSET, repaid.iter().sum())]);
            repaid
        }
        other => panic!("one transaction: {other:?}"),
    }
}

/// Two accounts and money for one and a half: the second take gets the rest, both in one transaction.
#[test]
fn takes_share_the_inventory() {
    let mut on = half_an_hour::<2>();
    let mut terms = terms();
    terms.inventory.spendable.insert(USD_ASSET, 900 * USD);
    let repaid = repaid(&takes(&mut on, &mut [], &mut terms));
    assert!(repaid[0] / USD == 578 && (320..=321).contains(&(repaid[1] / USD)), "{repaid:?}");
    // What they bring is noted: 900 dollars' worth and 2 %, at 180.
    assert_eq!(on.pending.arrives[&ETH_ASSET] / (WAD / 100), 509);
}

/// A market of 3 ETH depth has room for 0.6 of them, 1.8 ETH: for 324 dollars less bonus and reward,
/// (.5 + .02 x 578.9) / 578.9. After that not even a slice of 0.06 ETH is left.
#[test]
fn takes_share_the_room_of_an_asset() {
    let mut on = half_an_hour::<2>();
    on.reserves[0].reserve.config.liquidity.depth = 3 * WAD;
    let repaid = repaid(&takes(&mut on, &mut [], &mut terms()));
    assert_eq!(repaid.iter().map(|units| units / USD).collect::<Vec<_>>(), [317]);
    // The next block finds none: it waits.
    assert_eq!(takes(&mut on, &mut [], &mut terms()), []);
    // In a deeper market both are taken, and the second pays what the first has left of the price: a
    // sale of 3.28 ETH of 30 takes 44 bps off it. The bonus by LTV adds 6.6.
    let mut on = half_an_hour::<2>();
    on.reserves[0].reserve.config.liquidity.depth = 30 * WAD;
    let mut first = on.clone();
    first.auctions.pop();
    let gain = |on: &mut MarketSnapshot| takes(on, &mut [], &mut terms())[0].gain_wad;
    let (one, both) = (gain(&mut first), gain(&mut on));
    // (1.05 x 1,500 - 1,440) / (1.05 - 0.8 x 1.01728) = 571.5 dollars, 1.628 % of them.
    assert_eq!((cents(one), cents(both - one)), (11_57, 9_30));
}

/// All are one proposal, each with its own worth: a transaction has as many as it has room for.
#[test]
fn more_takes_than_a_message_has_are_one_proposal() {
    let mut on = half_an_hour::<130>();
    let proposals = takes(&mut on, &mut [], &mut terms());
    assert_eq!((proposals.len(), proposals[0].items()), (1, 130));
    let first = proposals[0].only(|place, _| place < MAX_TAKES);
    let rest = proposals[0].only(|place, _| place >= MAX_TAKES);
    assert_eq!((first.items(), rest.items()), (MAX_TAKES, 130 - MAX_TAKES));
    assert_eq!(first.gain_wad + rest.gain_wad, proposals[0].gain_wad);
    assert_eq!(first.spends[0].1 + rest.spends[0].1, proposals[0].spends[0].1);
    assert!(rest.gain_wad > 2 * WAD && rest.spends.len() == 1);
}

/// Near insolvency the backstop buys first. With enough money it leaves nothing: that is no take of ours.
/// With 300 dollars the account owes 1,200 on 1,449.79, which carry 1,159.83, and we take (1.05 x 1,200 -
/// 1,159.83) / (1.05 - 0.8 x 1.021) = 429.5 dollars.
#[test]
fn what_the_backstop_buys_first_is_no_gain() {
    let at = [([1; 32], in_auction(1_500, 180, US))];
    let on = with_auctions(snapshot(175, 30), at);
    let mut rich = with_backstop(on.clone(), 10_000);
    assert_eq!(takes(&mut rich, &mut [], &mut terms()), []);
    let fill = Fill { for_the_market: false };
    assert!(matches!(proposals(&fill, &mut rich)[0].action, Action::BackstopFill { .. }));
    let mut poor = with_backstop(on, 300);
    let proposals = takes(&mut poor, &mut [], &mut terms());
    assert_eq!(repaid(&proposals).iter().map(|units| units / USD).collect::<Vec<_>>(), [429]);
    assert_eq!(poor.reserves[1].reserve.vault.stocks.len(), 1, "its purchase is kept too");
}

/// A pool of 100 ETH and 18,000 dollars: the sale of 3 ETH brings 3 % less than the price. The best
/// take from it is smaller than all that may be taken, and gains less than the bonus.
#[test]
fn a_take_without_money_stops_where_the_pool_pays_no_more() {
    let mut on = half_an_hour::<2>();
    let venue = pool(100, 18_000);
    let mut terms = Terms { taker: Some(TAKER), inventory: Inventory::default(), ..terms() };
    let take = best(&on, &[Box::new(venue)], &terms).expect("worth it");
    assert_eq!(take.way, Way::Sell);
    // r (1.02) is sold: 18,000 x / (100 + x) with x = 1.02 r / 180, less r: best where
    // 18,000 x 100 / (100 + x)^2 x 1.02 / 180 = 1, x = 100 (sqrt 1.02 - 1) = 0.995 ETH, r = 175.6.
    assert!((175 * USD..176 * USD).contains(&take.repaid), "{}", take.repaid);
    let profit = 18_000.0 * 0.99505 / 100.99505 - 175.6;
    assert!((take.gain_wad as f64 / 1e18 - profit).abs() < 0.01, "{}", take.gain_wad);
    // The second on the same pool finds it lower.
    let mut venues: [Box<dyn Venue>; 1] = [Box::new(venue)];
    let proposals = takes(&mut on, &mut venues, &mut terms);
    assert_eq!(proposals.len(), 1, "nothing of the second");
    assert!(
        matches!(&proposals[0].action, Action::TakeAndSell { account, taker, pool, min_profit, .. }
        if *account == [1; 32] && (*taker, *pool) == (TAKER, POOL) && *min_profit >= USD)
    );
    let [eth, dollars] = on.seen.pools[&POOL];
    assert!(eth > 10_099 * WAD / 100, "for those after us");
    assert!(dollars < 18_000 * USD - 175 * USD);
    assert_eq!(
        venues[0].sale_down(ETH_ASSET, WAD),
        pool_of([eth, dollars]).sale_down(ETH_ASSET, WAD)
    );
}

fn pool_of(reserves: [u128; 2]) -> ConstantProduct {
    ConstantProduct { reserves, ..pool(0, 0) }
}

/// What was seen: the pool at 1249.5 and the oracle at 1560. At the oracle's price a lot looks like a gain; it
/// is worth no more than it can be sold for.
#[test]
fn what_is_held_is_worth_the_worse_of_oracle_and_venue() {
    let on = half_an_hour::<1>();
    let gain = |venues: &Venues| best(&on, venues, &terms()).map(|take| cents(take.gain_wad));
    assert_eq!(gain(&[]), Some(11_57), "nothing tells but the oracle");
    assert_eq!(gain(&[Box::new(pool(1_000_000, 180_000_000))]), Some(11_57));
    // A fifth less: no size gains.
    assert_eq!(gain(&[Box::new(pool(1_000_000, 144_000_000))]), None);
    // A dearer pool does not make it worth more than the oracle says.
    assert_eq!(gain(&[Box::new(pool(1_000_000, 200_000_000))]), Some(11_57));
    // A small one: as much of it as still gains.
    let small = best(&on, &[Box::new(pool(100, 18_000))], &terms()).expect("some of it");
    assert!((100 * USD..200 * USD).contains(&small.repaid), "{}", small.repaid);
    // What we hold already is sold first.
    let mut laden = terms();
    laden.inventory.held.insert(ETH_ASSET, 10 * WAD);
    assert_eq!(best(&on, &[Box::new(pool(100, 18_000))], &laden), None);
    // Of two venues the better.
    let both: [Box<dyn Venue>; 2] =
        [Box::new(pool(1_000_000, 144_000_000)), Box::new(pool(1_000_000, 180_000_000))];
    assert_eq!(gain(&both), Some(11_57));
    // An order book that wants one ETH at 181 and no more: beyond that it brings nothing.
    let ladder = vec![(WAD, 181 * USD)];
    let book = Quoted { address: POOL, token: [3; 32], sold: 0, bought: 1, ladder, sold_units: 0 };
    let take = best(&on, &[Box::new(book)], &terms()).expect("one");
    assert!(take.paid_out <= WAD && take.paid_out > WAD * 9 / 10, "{}", take.paid_out);
}

/// 200,000 of 100,000 were spent in three falls: a cap by round is none by day.
#[test]
fn the_day_has_a_cap_and_a_stop() {
    let token = snapshot(180, 0).reserves[1].reserve.config.token;
    let limits = vec![Limit { spend_max_per_day: Some(700.0), ..limit(500.0) }];
    let strategy = Take(Buying { limits, ..buying() });
    let mut on = half_an_hour::<1>();
    on.seen.balances.insert(token, 1_000_000 * USD);
    let spent = |on: &MarketSnapshot| match &proposals(&strategy, &mut on.clone())[..] {
        [] => 0,
        [Proposal { action: Action::TakeMany(orders), .. }] => orders[0].1.max_repay / USD,
        other => panic!("{other:?}"),
    };
    assert_eq!(spent(&on), 500);
    on.pending.spent.insert(USD_ASSET, 450 * USD);
    assert!((249..=250).contains(&spent(&on)));
    on.pending.spent.insert(USD_ASSET, 700 * USD);
    assert_eq!(spent(&on), 0);
    on.pending.spent.clear();
    on.pending.is_stopped = true;
    assert_eq!(spent(&on), 0, "it has lost too much");
}

#[test]
fn a_pool_rounds_and_moves_as_the_contract_does() {
    let venue = ConstantProduct { address: POOL, assets: [0, 1], reserves: [1_000, 5_000] };
    assert_eq!((venue.buys(0), venue.buys(1), venue.buys(2)), (Some(1), Some(0), None));
    // 5,000 x 10 / 1,010 = 49.5.
    assert_eq!(venue.sale_down(0, 10), Ok(49));
    assert_eq!(venue.sale_down(1, 50), Ok(9));
    assert_eq!(venue.after_sale(1, 50).expect("a pool").reserves, [991, 5_050]);
    assert_eq!(venue.sale_down(2, 1), Err(Error::UnknownAsset));
}

/// The strategy asks for what it needs and keeps to what is there, pending spends taken off.
#[test]
fn a_take_is_planned_by_what_was_seen() {
    let token = snapshot(180, 0).reserves[1].reserve.config.token;
    let limits = vec![limit(500.0)];
    let strategy = Take(Buying { limits, ..selling() });
    let mut on = half_an_hour::<1>();
    assert_eq!(strategy.questions(&snapshot(180, 30)), [], "nobody is in auction");
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
