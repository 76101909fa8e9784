//! The backstop buys from accounts near insolvency: when, how much, at what price, and what it leaves alone
//! (§ G6). How stakes share it: `stakes.rs`; how it sells: `stock.rs`.

use crate::common::*;
use breakwater_protocol::{
    actions::{self, backstop_fill, Bought, Taking},
    gradual::{pool::MAX_STOCKS, Stock},
    num::math::WAD,
    AccountSnapshot, AssetId, Error, Level, Order, Price, Reserve, ReserveConfig, VaultStake, ALL,
};

const STARTER: [u8; 32] = [9; 32];
const COIN: AssetId = 2;

/// 10 ETH against 1,500 dollars and so many dollars in the pool; ETH at a price, nothing started.
fn scene(dollars: u128, eth_wad: u128) -> AccountSnapshot {
    let mut snapshot = borrower(1_500);
    if dollars != 0 {
        stake(&mut snapshot, &mut VaultStake::default(), dollars);
    }
    set_prices(&mut snapshot, eth_wad);
    snapshot
}

fn start(snapshot: &mut AccountSnapshot) -> Option<Bought> {
    start_and_buy(snapshot, STARTER).unwrap()
}

fn take_first(snapshot: &mut AccountSnapshot, order: &Order) -> Result<Taking, Error> {
    let mut next = snapshot.clone();
    let taking = actions::take(&mut next, TAKER, order)?;
    *snapshot = next;
    Ok(taking)
}

fn share_price(snapshot: &AccountSnapshot) -> f64 {
    let pot = reserve(snapshot, USD).balances.supplied().unwrap();
    pot.assets as f64 / pot.shares as f64
}

#[test]
fn it_buys_at_the_start_from_its_ltv_on() {
    // LTV 0.84 is at 178.571428571428571428...; rounded up to 10^-18 it is reached 2 x 10^-16 above.
    for (eth_wad, buys) in [
        (179 * WAD, false),
        (178_571_428_571_428_571_642, false),
        (178_571_428_571_428_571_641, true),
        (178 * WAD, true),
    ] {
        assert_eq!(start(&mut scene(50, eth_wad)).is_some(), buys, "{eth_wad}");
    }
    // Without money nothing, nor with money that nobody has a stake in.
    assert_eq!(start(&mut scene(0, 178 * WAD)), None);
    let mut snapshot = scene(50, 178 * WAD);
    snapshot.reserve_mut(USD).unwrap().vault.shares = 0;
    assert_eq!(start(&mut snapshot), None);
}

#[test]
fn it_pays_the_oracles_price_and_no_token_moves() {
    let mut snapshot = scene(50, 178 * WAD);
    let before = snapshot.clone();
    let Bought { collateral, debt, taken } = start(&mut snapshot).unwrap();
    assert_eq!((collateral, debt), (ETH, USD));
    // 50 dollars for 49.999999: a unit of rounding is the account's, as in a take.
    let fill = taken.fill;
    assert_eq!((fill.repaid, fill.bonus_wad), (50 * DOLLAR, 0));
    assert_eq!(fill.received, 49_999_999 * 1_000_000_000_000 / 178);
    // The fee of 1 % comes from the borrower on top, half of it for the starter.
    assert_eq!(fill.fee, 499_999_990_000_000_000 / 178);
    assert_eq!(fill.reward, fill.fee / 2);
    assert_eq!((taken.paid_out, taken.reward_to), (0, Some(STARTER)));
    assert!(taken.ended.is_none() && snapshot.account.auction.is_some());

    let (was, is) = (reserve(&before, USD).balances, reserve(&snapshot, USD).balances);
    assert_eq!((was.cash, was.borrowed - is.borrowed), (is.cash, 50 * DOLLAR));
    assert_eq!((is.backstop_shares, is.protocol_shares), (0, was.protocol_shares));
    assert!(share_price(&snapshot) >= share_price(&before));
    let lot = reserve(&snapshot, ETH).balances;
    assert_eq!(lot.backstop_collateral, fill.received);
    assert_eq!((lot.rewards, lot.protocol_collateral), (fill.reward, fill.fee - fill.reward));
    // The whole balance of ETH is accounted for: nothing has left.
    assert_eq!(lot.backing().unwrap(), reserve(&before, ETH).balances.backing().unwrap());
    let stock = Stock { asset: ETH, units: fill.received, cost: 50 * DOLLAR };
    assert_eq!(reserve(&snapshot, USD).vault.stocks, [stock]);
    // LTV .8384 after it.
    let next = backstop_fill(&mut snapshot, ETH, USD);
    assert_eq!(next.unwrap_err(), Error::BackstopLevelNotReached);
    set_prices(&mut snapshot, 177 * WAD);
    assert_eq!(backstop_fill(&mut snapshot, ETH, USD).unwrap_err(), Error::BackstopEmpty);
}

#[test]
fn up_to_the_target_and_the_auction_is_over() {
    let mut snapshot = scene(10_000, 178 * WAD);
    let taken = start(&mut snapshot).unwrap().taken;
    // (1.05 x 1,500 - 1,424) / (1.05 - 1.01 x 0.8) = 151 / 0.242
    assert_eq!(taken.fill.repaid, 623_966_943);
    assert!(taken.ended.is_some() && snapshot.account.auction.is_none());
    let health_wad = snapshot.health().unwrap().health_factor_wad();
    let target_wad = snapshot.params.target_health_wad;
    assert!((target_wad..target_wad + 10_000_000_000).contains(&health_wad), "{health_wad}");
    assert_eq!(reserve(&snapshot, ETH).balances.gradual.waiting, 0);
}

#[test]
fn in_a_take_it_buys_first() {
    // Started above its LTV: nothing for it yet.
    let mut snapshot = scene(50, 180 * WAD);
    assert_eq!(start(&mut snapshot), None);
    let fair = take_first(&mut snapshot.clone(), &order(ALL, 0)).unwrap();
    assert_eq!((fair.bought, fair.taken.unwrap().fill.repaid), (None, 523_255_814));
    // At 178 its 50 dollars come first; the taker has the rest up to the target, at -2 %.
    set_prices(&mut snapshot, 178 * WAD);
    let Taking { bought, taken } = take_first(&mut snapshot, &order(ALL, 0)).unwrap();
    let (bought, taken) = (bought.unwrap().taken, taken.unwrap());
    assert_eq!((bought.fill.repaid, bought.fill.bonus_wad), (50 * DOLLAR, 0));
    assert_eq!(taken.fill.bonus_wad, -20_000_000_000_000_000);
    // 1,450 owed, 1,424 - 50.499999 x 0.8 carried: (1,522.5 - 1,383.6) / (1.05 - 0.99 x 0.8).
    assert_eq!(taken.fill.repaid / 1_000, 538_372);
    assert!(taken.ended.is_some());
}

/// The message has done its work: nobody is refused what the pool has made unnecessary.
#[test]
fn where_it_heals_the_account_the_take_answers_without_a_sale() {
    let mut snapshot = scene(10_000, 180 * WAD);
    start(&mut snapshot);
    set_prices(&mut snapshot, 178 * WAD);
    let Taking { bought, taken } = take_first(&mut snapshot, &order(ALL, u128::MAX)).unwrap();
    assert_eq!(bought.unwrap().taken.fill.repaid, 623_966_943);
    assert_eq!(taken, None);
    assert!(snapshot.account.auction.is_none());
    let balances = reserve(&snapshot, ETH).balances;
    assert_eq!((balances.gradual.meter.impact_wad, balances.gradual.waiting), (0, 0));
}

#[test]
fn its_purchases_need_no_room_and_take_none() {
    let full = |dollars, eth_wad| {
        let mut snapshot = scene(dollars, 180 * WAD);
        start(&mut snapshot);
        let gradual = &mut snapshot.reserve_mut(ETH).unwrap().balances.gradual;
        gradual.meter.impact_wad = PACE.cap_wad();
        set_prices(&mut snapshot, eth_wad);
        snapshot
    };
    assert_eq!(take(&mut full(0, 178 * WAD), ALL), Err(Error::VelocityLimitReached));
    let mut snapshot = full(10_000, 178 * WAD);
    let before = reserve(&snapshot, ETH).balances.gradual;
    assert!(take_first(&mut snapshot, &order(ALL, 0)).unwrap().taken.is_none());
    let after = reserve(&snapshot, ETH).balances.gradual;
    assert_eq!((after.meter, after.common), (before.meter, before.common));
    // Nor does it where the price is at its floor.
    let mut snapshot = scene(10_000, 178 * WAD);
    common_price(&mut snapshot, -300);
    assert!(start(&mut snapshot).unwrap().taken.ended.is_some());
    assert_eq!(common_bps(&snapshot), -300);
}

#[test]
fn an_insolvent_account_is_bought_whole_at_what_it_is_worth() {
    // 1,200 dollars, and a unit as for a taker. It bears the rest of 1,500 too.
    let mut snapshot = scene(10_000, 120 * WAD);
    let taken = start(&mut snapshot).unwrap().taken;
    assert_eq!((taken.fill.repaid, taken.fill.received), (1_200_000_001, 10 * ETHER));
    assert_eq!((taken.fill.fee, taken.fill.reward), (0, 0));
    let lost = taken.written_off.bad_debt[0];
    assert_eq!(lost.assets, 1_500 * DOLLAR - 1_200_000_001);
    assert_eq!((lost.borne.by_backstop, lost.borne.by_lenders), (lost.assets, 0));
    assert!(snapshot.account.is_empty() && taken.ended.is_some());
    let left = 10_000 * DOLLAR - 1_200_000_001 - lost.assets;
    assert!(left - reserve(&snapshot, USD).backstop_assets_down().unwrap() <= 2);

    // One of 1,300 has 100 left, less than half of what it was: all of it, and 200 are the lenders'.
    let mut snapshot = scene(1_300, 120 * WAD);
    let lost = start(&mut snapshot).unwrap().taken.written_off.bad_debt[0].borne;
    assert!(lost.by_backstop.abs_diff(100 * DOLLAR) <= 2, "{lost:?}");
    assert!(lost.by_lenders.abs_diff(200 * DOLLAR) <= 2, "{lost:?}");
}

#[test]
fn a_small_pool_leaves_the_minimum_debt_and_a_smaller_one_nothing_undone() {
    // 150 owed, 100 is the minimum: the pool of 120 repays 50.
    let small = |dollars| {
        let mut snapshot = borrower(150);
        stake(&mut snapshot, &mut VaultStake::default(), dollars);
        set_prices(&mut snapshot, 178 * WAD / 10);
        snapshot
    };
    assert_eq!(start(&mut small(120)).unwrap().taken.fill.repaid, 50 * DOLLAR);
    // What refuses a purchase refuses no start: 101 owed.
    let mut snapshot = small(60);
    snapshot.reserve_mut(USD).unwrap().config.min_debt = 150 * DOLLAR;
    assert_eq!(start(&mut snapshot), None);
    assert!(snapshot.account.auction.is_some());
    assert_eq!(backstop_fill(&mut snapshot, ETH, USD).unwrap_err(), Error::TakeLeavesDust);
}

#[test]
fn a_purchase_by_name_says_why_it_is_refused() {
    let fill = |snapshot: &AccountSnapshot, collateral, debt| {
        backstop_fill(&mut snapshot.clone(), collateral, debt).unwrap_err()
    };
    let mut snapshot = scene(50, 180 * WAD);
    assert_eq!(fill(&snapshot, ETH, USD), Error::NoAuction);
    start(&mut snapshot);
    assert_eq!(fill(&snapshot, ETH, USD), Error::BackstopLevelNotReached);
    assert_eq!(fill(&snapshot, USD, USD), Error::InsufficientBalance);
    assert_eq!(fill(&snapshot, ETH, ETH), Error::NoDebt);
    set_prices(&mut snapshot, 200 * WAD);
    assert_eq!(fill(&snapshot, ETH, USD), Error::Healthy);
    set_prices(&mut snapshot, 178 * WAD);
    let mut halted = snapshot.clone();
    halted.guard.raise(Level::Halted, HOUR_MS, HOUR_MS, START_MS).unwrap();
    assert_eq!(fill(&halted, ETH, USD), Error::BreakerHalted);
    for asset in [ETH, USD] {
        let mut stale = snapshot.clone();
        stale.priced_mut(asset).unwrap().price.as_mut().unwrap().good_for = 3;
        assert_eq!(fill(&stale, ETH, USD), Error::PriceNotGoodForSettlement);
        // Nor does it buy by itself.
        let taken = take_first(&mut stale, &order(ALL, 0));
        assert_eq!(taken.unwrap_err(), Error::PriceNotGoodForSettlement);
    }
    backstop_fill(&mut snapshot, ETH, USD).unwrap();
}

/// Of a ninth kind it buys nothing, by itself or by name, until it has sold one.
#[test]
fn of_a_ninth_kind_of_stock_it_buys_nothing() {
    let mut snapshot = scene(10_000, 178 * WAD);
    let kind = |asset: usize| Stock { asset: asset as AssetId, units: 1, cost: 1 };
    let vault = &mut snapshot.reserve_mut(USD).unwrap().vault;
    vault.stocks = (10..10 + MAX_STOCKS).map(kind).collect();
    let mut full = snapshot.clone();
    assert_eq!(start(&mut full), None);
    assert_eq!(backstop_fill(&mut full, ETH, USD).unwrap_err(), Error::TooManyPositions);
    // A take goes on without it.
    assert!(take_first(&mut full, &order(ALL, 0)).unwrap().taken.is_some());
    // Of one that it has it buys more.
    let mut one = snapshot.clone();
    one.reserve_mut(USD).unwrap().vault.stocks[3].asset = ETH;
    assert!(start(&mut one).is_some());
    assert_eq!(reserve(&one, USD).vault.stocks.len(), MAX_STOCKS);
    snapshot.reserve_mut(USD).unwrap().vault.stocks.pop();
    assert!(start(&mut snapshot).is_some());
}

/// The loan with so many COIN of ten dollars at a threshold of 60 % beside the ETH.
fn with_coins(coins: u128, pool: u128, eth_wad: u128) -> AccountSnapshot {
    let mut snapshot = snapshot();
    let tiers = vec![tier(0, 5_000, 6_000)];
    let coin = ReserveConfig { token: [3; 32], tiers, ..eth_config() };
    snapshot.add_reserve(COIN, Reserve::new(coin, START_MS).unwrap()).unwrap();
    snapshot.priced_mut(COIN).unwrap().price = Some(Price::exact(10 * WAD, START_MS));
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    deposit(&mut snapshot, COIN, coins * ETHER).unwrap();
    borrow(&mut snapshot, USD, 1_500 * DOLLAR).unwrap();
    stake(&mut snapshot, &mut VaultStake::default(), pool);
    set_prices(&mut snapshot, eth_wad);
    snapshot.priced_mut(COIN).unwrap().price = Some(Price::exact(10 * WAD, START_MS));
    snapshot
}

#[test]
fn it_buys_what_must_be_sold_first() {
    // 1,660 and 100 against 1,500: LTV .852. COIN carries less, so it comes first, and its lot is all
    // that this purchase is: 100 dollars of it with the fee.
    let mut snapshot = with_coins(10, 10_000, 166 * WAD);
    let bought = start(&mut snapshot).unwrap();
    assert_eq!((bought.collateral, bought.taken.ended), (COIN, None));
    assert_eq!(bought.taken.fill.received + bought.taken.fill.fee, 10 * ETHER);
    // The next message buys ETH, whatever it names.
    let order = Order { collateral: ETH, debt: USD, max_repay: ALL, min_receive: 0 };
    let Taking { bought, taken } = take_first(&mut snapshot, &order).unwrap();
    assert_eq!((bought.unwrap().collateral, taken), (ETH, None));
    assert_eq!(reserve(&snapshot, USD).vault.stocks.len(), 2);
}

/// An order for what it has just bought finds nothing, and is not refused for it.
#[test]
fn an_order_for_what_it_has_bought_is_no_mistake() {
    let mut snapshot = with_coins(10, 10_000, 176 * WAD);
    assert_eq!(start(&mut snapshot), None);
    snapshot.priced_mut(ETH).unwrap().price = Some(Price::exact(160 * WAD, START_MS));
    let coins = Order { collateral: COIN, debt: USD, max_repay: ALL, min_receive: 0 };
    let Taking { bought, taken } = take_first(&mut snapshot, &coins).unwrap();
    assert_eq!((bought.unwrap().collateral, taken), (COIN, None));
    assert!(snapshot.account.auction.is_some());
    // Without its purchase it is.
    let refused = take_first(&mut snapshot.clone(), &coins);
    assert_eq!(refused.unwrap_err(), Error::InsufficientBalance);
}

/// Of two debts the pool of the one that has money buys.
#[test]
fn the_pool_that_has_money_buys() {
    let mut snapshot = scene(0, 200 * WAD);
    let euro = ReserveConfig { token: [4; 32], ..usd_config() };
    snapshot.add_reserve(3, Reserve::new(euro, START_MS).unwrap()).unwrap();
    let reserve = snapshot.reserve_mut(3).unwrap();
    (reserve.balances.borrowed, reserve.balances.debt_shares) =
        (100 * DOLLAR, 100_000_000 * DOLLAR);
    let mut held = snapshot.account.position(3);
    held.debt_shares = 100_000_000 * DOLLAR;
    snapshot.account.set_position(held).unwrap();
    set_prices(&mut snapshot, 178 * WAD);
    let mut none = snapshot.clone();
    assert_eq!(start(&mut none), None);
    breakwater_protocol::backstop::deposit(&mut snapshot, 3, &mut VaultStake::default(), DOLLAR)
        .unwrap();
    assert_eq!(start(&mut snapshot).map(|bought| bought.debt), None, "1 of 100 would leave dust");
    breakwater_protocol::backstop::deposit(
        &mut snapshot,
        3,
        &mut VaultStake::default(),
        200 * DOLLAR,
    )
    .unwrap();
    let Taking { bought, .. } = take_first(&mut snapshot, &order(ALL, 0)).unwrap();
    let bought = bought.unwrap();
    assert_eq!((bought.debt, bought.taken.fill.repaid), (3, 100 * DOLLAR));
}
