//! What messages do around the rules: limits of batches, deadlines, receivers, the index of auctions.

mod common;

use breakwater_model::Call;
use breakwater_protocol::{
    actions::Action,
    market::{self, AUCTIONS_PER_PAGE, MAX_STARTS, MAX_TAKES},
    num::math::WAD,
    Error, Order, Price,
};
use common::{crashed, who, ETH, LENDER, NOW_MS, USD};

#[test]
fn batches_have_limits_of_their_own() {
    let mut model = crashed(1);
    let starts = vec![who(0); MAX_STARTS + 1];
    assert_eq!(model.apply(LENDER, &Call::LiquidateMany(starts)), Err(Error::BatchOutOfRange));
    let order = Order { collateral: ETH, debt: USD, max_repay: 1, min_receive: 0 };
    let orders = vec![(who(0), order); MAX_TAKES + 1];
    assert_eq!(model.apply(LENDER, &Call::TakeMany(orders)), Err(Error::BatchOutOfRange));
}

#[test]
fn starts_together_fill_pages_as_starts_one_by_one() {
    let accounts: Vec<_> = (0..70).map(who).collect();
    let mut single = crashed(70);
    let mut batch = single.clone();
    for account in &accounts {
        single.apply(LENDER, &Call::Liquidate(*account)).unwrap();
    }
    // Twice in the list is once.
    let twice = [&accounts[..], &accounts[..3]].concat();
    let done = batch.apply(LENDER, &Call::LiquidateMany(twice)).unwrap();
    assert_eq!(done, breakwater_model::Done::StartedMany { count: 70, bought: Vec::new() });
    assert_eq!(batch.reserves, single.reserves);
    assert_eq!(batch.open, single.open);
    let lengths: Vec<usize> = batch.open.iter().map(Vec::len).collect();
    assert_eq!(lengths, [AUCTIONS_PER_PAGE, AUCTIONS_PER_PAGE, 6]);
    assert_eq!(batch.accounts, single.accounts);
    assert_eq!(batch.rewards, single.rewards);
    batch.check().unwrap();
}

#[test]
fn what_ends_together_leaves_no_page_behind() {
    let mut model = crashed(70);
    model.apply(LENDER, &Call::LiquidateMany((0..70).map(who).collect())).unwrap();
    model.now_ms += 3_600_000;
    for (asset, dollars) in [(ETH, 160), (USD, 1)] {
        model.set_price(asset, Price::exact(dollars * WAD, model.now_ms));
    }
    let order = Order { collateral: ETH, debt: USD, max_repay: u128::MAX, min_receive: 0 };
    let orders: Vec<_> = (0..70).map(|number| (who(number), order)).collect();
    let done = model.apply(LENDER, &Call::TakeMany(orders)).unwrap();
    let breakwater_model::Done::TakenMany { orders, .. } = done else { panic!("{done:?}") };
    let ends = |sale: &breakwater_protocol::market::Filled| sale.taken.ended.is_some();
    assert!(orders.iter().all(|order| order.as_ref().unwrap().as_ref().is_some_and(ends)));
    assert_eq!((model.open.len(), model.root.auction_pages), (0, 0));
    model.check().unwrap();
}

#[test]
fn a_cure_of_what_is_still_unhealthy_says_so() {
    let mut model = crashed(1);
    assert_eq!(model.apply(LENDER, &Call::Cure(who(0))), Err(Error::NoAuction));
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    assert_eq!(model.apply(LENDER, &Call::Cure(who(0))), Err(Error::StillUnhealthy));
    model.set_price(ETH, Price::exact(200 * WAD, NOW_MS));
    assert_eq!(model.apply(LENDER, &Call::Cure(who(0))), Ok(breakwater_model::Done::Cured));
}

#[test]
fn what_comes_too_late_or_pays_the_market_itself_changes_nothing() {
    let mut model = crashed(1);
    let this = market::Store::this(&model);
    let take_out = [Action::Withdraw { asset: USD, assets: 1 }];
    let late = market::act_own(&mut model, &LENDER, None, &take_out, Some(NOW_MS - 1));
    assert_eq!(late.map(drop), Err(Error::DeadlinePassed));
    let own = market::act_own(&mut model, &LENDER, Some(this), &take_out, Some(NOW_MS));
    assert_eq!(own.map(drop), Err(Error::BadReceiver));
    let order = Order { collateral: ETH, debt: USD, max_repay: 1, min_receive: 0 };
    let late = market::take(&mut model, &LENDER, &who(0), &order, Some(NOW_MS - 1), None);
    assert_eq!(late.map(drop), Err(Error::DeadlinePassed));
    let own = market::take_many(&mut model, &LENDER, &[(who(0), order)], None, Some(this));
    assert_eq!(own.map(drop), Err(Error::BadReceiver));
}

#[test]
fn an_asset_that_is_poked_twice_is_poked_once() {
    let mut model = crashed(1);
    model.now_ms += 60_000;
    model.prices[usize::from(ETH)] = None;
    let mut twice = model.clone();
    let once = model.apply(LENDER, &Call::Poke(vec![ETH])).unwrap();
    assert_eq!(twice.apply(LENDER, &Call::Poke(vec![ETH, ETH])).unwrap(), once);
    assert_eq!(twice.reserves, model.reserves);
}
