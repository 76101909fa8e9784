//! Stakes in the backstop's money and stock, over a market's balances: coming, leaving, what is left behind
//! (§ G7). The vault alone, for any order of acts: `gradual_pool.rs`.

use crate::common::*;
use breakwater_protocol::{
    account::health::value_down,
    actions::buy_stock,
    backstop::{self, Left},
    num::{math::WAD, shares::to_assets_down},
    Account, AccountSnapshot, AssetId, Error, Position, Price, Reserve, ReserveConfig, VaultStake,
    ALL, MAX_POSITIONS,
};

const COIN: AssetId = 2;

/// A pool whose only stake has put in 356 dollars, and which has 2 ETH for them; ETH at 178.
fn with_stock() -> (AccountSnapshot, VaultStake) {
    let (mut snapshot, mut first) = (snapshot(), VaultStake::default());
    stake(&mut snapshot, &mut first, 356);
    spend(&mut snapshot, ETH, 2 * ETHER, 356);
    set_prices(&mut snapshot, 178 * WAD);
    (snapshot, first)
}

/// Turns dollars of the pool into stock, as a purchase does.
fn spend(snapshot: &mut AccountSnapshot, asset: AssetId, units: u128, dollars: u128) {
    let reserve = snapshot.reserve_mut(USD).unwrap();
    reserve.burn_backstop_up(dollars * DOLLAR).unwrap();
    reserve.balances.cash -= dollars * DOLLAR;
    reserve.vault.bought(asset, units, dollars * DOLLAR).unwrap();
    snapshot.reserve_mut(asset).unwrap().balances.backstop_collateral += units;
}

fn leave(
    snapshot: &mut AccountSnapshot,
    stake: &mut VaultStake,
    shares: u128,
) -> Result<Left, Error> {
    backstop::withdraw(snapshot, USD, stake, shares)
}

/// Gives notice and waits for the window.
fn may_leave(snapshot: &mut AccountSnapshot, stake: &mut VaultStake) {
    backstop::give_notice(reserve(snapshot, USD), stake, snapshot.now_ms).unwrap();
    pass(snapshot, 3 * DAY_MS);
}

/// What a stake is worth at the oracle's price, in dollars' units.
fn worth(snapshot: &AccountSnapshot, stake: &VaultStake) -> u128 {
    let (mut snapshot, mut stake) = (snapshot.clone(), *stake);
    snapshot.account = Account::default();
    stake.notice = None;
    stake.give_notice(0, 0, snapshot.now_ms).unwrap();
    let Ok(left) = leave(&mut snapshot, &mut stake, ALL) else { return 0 };
    let price = |of| snapshot.priced(of).unwrap().price().unwrap().mid_wad;
    let stocks_wad: u128 =
        left.stocks.iter().map(|(of, units)| value_down(*units, price(*of), 18).unwrap()).sum();
    let pot = reserve(&snapshot, USD).balances.supplied().unwrap();
    to_assets_down(left.supply_shares, pot).unwrap() + stocks_wad / (WAD / DOLLAR)
}

#[test]
fn who_enters_pays_the_dear_end_and_a_margin() {
    let (mut snapshot, first) = with_stock();
    let eth =
        Price { low_wad: 170 * WAD, high_wad: 186 * WAD, ..Price::exact(178 * WAD, START_MS) };
    snapshot.priced_mut(ETH).unwrap().price = Some(eth);
    let usd = Price { low_wad: 99 * WAD / 100, high_wad: 2 * WAD, ..Price::exact(WAD, START_MS) };
    snapshot.priced_mut(USD).unwrap().price = Some(usd);
    // 2 x 186 / 0.99 = 375.757576, and 1 %: 379.515152 for 356 x 10^12 shares. 100 dollars for
    // 100,000,000 x (356 x 10^12 + 10^6) / 379,515,153.
    let mut next = VaultStake::default();
    let done = backstop::deposit(&mut snapshot, USD, &mut next, 100 * DOLLAR).unwrap();
    assert_eq!(reserve(&snapshot, USD).vault.shares, first.shares + done.shares);
    assert_eq!(done.shares, 93_803_896_415_171);
}

#[test]
fn entering_needs_prices_only_where_there_is_stock() {
    let refused = |snapshot: &AccountSnapshot| {
        let (mut snapshot, mut next) = (snapshot.clone(), VaultStake::default());
        backstop::deposit(&mut snapshot, USD, &mut next, DOLLAR).map(drop)
    };
    let (stocked, _) = with_stock();
    for asset in [ETH, USD] {
        let mut snapshot = stocked.clone();
        snapshot.priced_mut(asset).unwrap().price.as_mut().unwrap().good_for = 3;
        assert_eq!(refused(&snapshot), Err(Error::PriceNotGoodForSettlement));
        snapshot.priced_mut(asset).unwrap().price = None;
        assert_eq!(refused(&snapshot), Err(Error::PriceMissing));
    }
    let mut snapshot = stocked.clone();
    snapshot.reserves.retain(|priced| priced.asset == USD);
    assert_eq!(refused(&snapshot), Err(Error::UnknownAsset));
    assert_eq!(refused(&stocked), Ok(()));
    // Without stock it needs neither.
    let mut snapshot = snapshot_with(eth_config(), usd_config());
    stake(&mut snapshot, &mut VaultStake::default(), 10);
    for priced in &mut snapshot.reserves {
        priced.price = None;
    }
    assert_eq!(refused(&snapshot), Ok(()));
    // A cap and a freeze refuse no stake; that a share is dearer than what comes does.
    config(&mut snapshot, USD).frozen = true;
    config(&mut snapshot, USD).supply_cap = 0;
    assert_eq!(refused(&snapshot), Ok(()));
    let (mut snapshot, mut next) = with_stock();
    for (asset, assets, error) in
        [(USD, 0, Error::ZeroAmount), (ETH, 1, Error::NotBorrowable), (7, 1, Error::UnknownAsset)]
    {
        assert_eq!(backstop::deposit(&mut snapshot, asset, &mut next, assets), Err(error));
    }
}

/// A part of the money and of each stock, without any price.
#[test]
fn who_leaves_gets_a_part_of_each() {
    let (mut snapshot, mut first) = (snapshot(), VaultStake::default());
    let coin = ReserveConfig { token: [3; 32], ..eth_config() };
    snapshot.add_reserve(COIN, Reserve::new(coin, START_MS).unwrap()).unwrap();
    stake(&mut snapshot, &mut first, 900);
    let mut second = VaultStake::default();
    stake(&mut snapshot, &mut second, 300);
    spend(&mut snapshot, ETH, 2 * ETHER, 400);
    spend(&mut snapshot, COIN, 400 * ETHER, 400);
    for priced in &mut snapshot.reserves {
        priced.price = None;
    }
    may_leave(&mut snapshot, &mut second);
    // A quarter of 400 dollars, 2 ETH and 400 COIN.
    let left = leave(&mut snapshot, &mut second, ALL).unwrap();
    assert_eq!(left.shares, 300 * DOLLAR * 1_000_000);
    let near = |units: u128, whole: u128| (whole - whole / 1_000_000..=whole).contains(&units);
    let held = snapshot.account.position(USD).supply_shares;
    assert_eq!(held, left.supply_shares);
    assert!(near(held, 100 * DOLLAR * 1_000_000), "{held}");
    let [(ETH, eth), (COIN, coin)] = left.stocks[..] else { panic!("{left:?}") };
    assert!(near(eth, ETHER / 2) && near(coin, 100 * ETHER), "{eth} {coin}");
    let vault = &reserve(&snapshot, USD).vault;
    assert_eq!(vault.stock(ETH), 2 * ETHER - eth);
    assert_eq!(reserve(&snapshot, ETH).balances.backstop_collateral, 2 * ETHER - eth);
    assert_eq!(reserve(&snapshot, COIN).balances.backstop_collateral, 400 * ETHER - coin);
    // What is tied has left with it.
    assert!(near(600 * DOLLAR, vault.tied().unwrap()), "{:?}", vault.tied());
    assert_eq!(vault.shares, first.shares);
}

/// The last one leaves units that the virtual shares stand for: they are the protocol's.
#[test]
fn what_the_last_one_leaves_is_the_protocols() {
    let (mut snapshot, mut first) = with_stock();
    stake(&mut snapshot, &mut first, 100);
    may_leave(&mut snapshot, &mut first);
    // Half, twice.
    let half = first.shares / 2;
    let a = leave(&mut snapshot, &mut first, half).unwrap();
    assert_eq!(reserve(&snapshot, ETH).balances.protocol_collateral, 0);
    let b = leave(&mut snapshot, &mut first, ALL).unwrap();
    assert!(first.is_empty());
    let paid: u128 = [&a, &b].iter().map(|left| left.stocks[0].1).sum();
    let (usd, eth) = (reserve(&snapshot, USD), reserve(&snapshot, ETH).balances);
    assert_eq!(
        (usd.vault.shares, usd.balances.backstop_shares, eth.backstop_collateral),
        (0, 0, 0)
    );
    assert!(usd.vault.stocks.is_empty());
    assert_eq!(eth.protocol_collateral, 2 * ETHER - paid);
    assert!(eth.protocol_collateral > 0 && eth.protocol_collateral < ETHER / 1_000_000);
    assert!(usd.balances.protocol_shares > 0 && usd.balances.protocol_shares < 2_000_000);
    // Who comes then has no part of before.
    let mut next = VaultStake::default();
    stake(&mut snapshot, &mut next, 10);
    assert!(worth(&snapshot, &next) <= 10 * DOLLAR);
    assert_eq!(leave(&mut snapshot, &mut first, ALL), Err(Error::NoStake));
}

#[test]
fn a_new_generation_leaves_what_is_old_to_the_protocol() {
    let (mut snapshot, mut old) = (snapshot(), VaultStake::default());
    stake(&mut snapshot, &mut old, 1_000_000);
    spend(&mut snapshot, ETH, ETHER, 999_999);
    may_leave(&mut snapshot, &mut old);
    set_prices(&mut snapshot, 178 * WAD);
    // A dollar and 178 are more than a millionth of a million: no.
    let mut some = VaultStake::default();
    stake(&mut snapshot, &mut some, 10);
    assert_eq!(reserve(&snapshot, USD).vault.generation, 0);
    // With ETH at a hundredth of a cent and the money gone, less is left.
    set_prices(&mut snapshot, WAD / 10_000);
    let reserve = snapshot.reserve_mut(USD).unwrap();
    let money = reserve.backstop_assets_down().unwrap();
    reserve.burn_backstop_up(money - DOLLAR / 2).unwrap();
    reserve.balances.cash -= money - DOLLAR / 2;
    let held = reserve.balances.backstop_shares;
    let mut new = VaultStake::default();
    let done = backstop::deposit(&mut snapshot, USD, &mut new, 10 * DOLLAR).unwrap();
    assert_eq!(done.generation, 1);
    let (usd, eth) = (self::reserve(&snapshot, USD), self::reserve(&snapshot, ETH).balances);
    assert_eq!((usd.vault.generation, new.generation, usd.vault.shares), (1, 1, new.shares));
    assert!(usd.vault.stocks.is_empty());
    assert_eq!((eth.backstop_collateral, eth.protocol_collateral), (0, ETHER));
    assert_eq!(usd.balances.protocol_shares, held);
    assert_eq!(usd.balances.backstop_shares, done.supply_shares);
    assert!(worth(&snapshot, &new) >= 10 * DOLLAR - 1);
    // The old ones are void, whatever notice they had given, and may begin anew.
    assert_eq!(leave(&mut snapshot, &mut old, ALL), Err(Error::NoStake));
    let now_ms = snapshot.now_ms;
    let void = backstop::give_notice(self::reserve(&snapshot, USD), &mut some, now_ms);
    assert_eq!(void, Err(Error::NoStake));
    stake(&mut snapshot, &mut old, 5);
    assert!(worth(&snapshot, &old) <= 5 * DOLLAR && worth(&snapshot, &new) <= 10 * DOLLAR);
}

#[test]
fn leaving_takes_a_notice_a_cool_down_and_a_window() {
    let (mut snapshot, mut stake_) = with_stock();
    let notice = |snapshot: &AccountSnapshot, stake: &mut VaultStake| {
        backstop::give_notice(reserve(snapshot, USD), stake, snapshot.now_ms)
    };
    assert_eq!(leave(&mut snapshot, &mut stake_, ALL), Err(Error::NoticeNeeded));
    notice(&snapshot, &mut stake_).unwrap();
    // What the configuration becomes moves no notice.
    config(&mut snapshot, USD).backstop.cooldown_ms = HOUR_MS;
    pass(&mut snapshot, 3 * DAY_MS - 1);
    assert_eq!(leave(&mut snapshot, &mut stake_, ALL), Err(Error::NoticeNeeded));
    pass(&mut snapshot, 1);
    // A part, then more money: that asks for a new notice.
    let left = leave(&mut snapshot, &mut stake_, 10 * DOLLAR * 1_000_000).unwrap();
    assert_eq!(left.shares, 10 * DOLLAR * 1_000_000);
    set_prices(&mut snapshot, 178 * WAD);
    stake(&mut snapshot, &mut stake_, 1);
    assert_eq!(leave(&mut snapshot, &mut stake_, ALL), Err(Error::NoticeNeeded));
    config(&mut snapshot, USD).backstop.cooldown_ms = 3 * DAY_MS;
    notice(&snapshot, &mut stake_).unwrap();
    assert_eq!(notice(&snapshot, &mut stake_), Err(Error::NoticeRests));
    // The window closes, and the next notice rests for a cool-down.
    pass(&mut snapshot, 4 * DAY_MS + 1);
    assert_eq!(leave(&mut snapshot, &mut stake_, ALL), Err(Error::NoticeNeeded));
    pass(&mut snapshot, 3 * DAY_MS - 2);
    assert_eq!(notice(&snapshot, &mut stake_), Err(Error::NoticeRests));
    pass(&mut snapshot, 1);
    notice(&snapshot, &mut stake_).unwrap();
    pass(&mut snapshot, 4 * DAY_MS);
    leave(&mut snapshot, &mut stake_, ALL).unwrap();
    assert_eq!(leave(&mut snapshot, &mut stake_, ALL), Err(Error::NoStake));
    assert_eq!(notice(&snapshot, &mut stake_), Err(Error::NoStake));
}

#[test]
fn one_with_no_place_left_stays_until_there_is_one() {
    let (mut snapshot, mut first) = with_stock();
    stake(&mut snapshot, &mut first, 100);
    may_leave(&mut snapshot, &mut first);
    for asset in 10..10 + MAX_POSITIONS as AssetId {
        let lent = Position { asset, supply_shares: 1, ..Position::default() };
        snapshot.account.set_position(lent).unwrap();
    }
    let refused = leave(&mut snapshot.clone(), &mut first.clone(), ALL);
    assert_eq!(refused, Err(Error::TooManyPositions));
    snapshot.account.positions.pop();
    leave(&mut snapshot, &mut first, ALL).unwrap();
}

/// Gains and losses go by stake, and only to those who were there.
#[test]
fn what_it_sells_for_goes_by_stake_and_late_ones_have_none_of_it() {
    let (mut snapshot, mut a) = with_stock();
    // 178 dollars' worth of stock and 2 %, from one of a third: 1.01 x 356 before.
    let mut b = VaultStake::default();
    stake(&mut snapshot, &mut b, 178);
    let paid_in = worth(&snapshot, &b);
    // At the dear end they have 178 / (359.56 + 178) of 534: 176.82.
    assert!((176_820_000..176_822_000).contains(&paid_in), "{paid_in}");
    // ETH rises by a quarter, and half of the stock is sold at the oracle's price.
    common_price(&mut snapshot, 0);
    set_prices(&mut snapshot, 2_225 * WAD / 10);
    let (was_a, was_b) = (worth(&snapshot, &a), worth(&snapshot, &b));
    buy_stock(&mut snapshot, &order(2_225 * DOLLAR / 10, 0)).unwrap();
    assert!(worth(&snapshot, &a).abs_diff(was_a) <= 3 && worth(&snapshot, &b).abs_diff(was_b) <= 3);
    // One who comes now pays for what is there, and gains nothing of it: 1 % of the 222.5 in stock.
    let mut late = VaultStake::default();
    stake(&mut snapshot, &mut late, 1_000);
    let lost = 1_000 * DOLLAR - worth(&snapshot, &late);
    // 1,000 / 1,625.725 of 2.225.
    assert!((1_360_000..1_372_000).contains(&lost), "{lost}");
    assert!(worth(&snapshot, &a) >= was_a && worth(&snapshot, &b) >= was_b);
    may_leave(&mut snapshot, &mut a);
    leave(&mut snapshot, &mut a, ALL).unwrap();
}

#[test]
fn one_who_has_given_notice_still_bears_what_comes() {
    let mut snapshot = borrower(1_500);
    let mut first = VaultStake::default();
    stake(&mut snapshot, &mut first, 50);
    may_leave(&mut snapshot, &mut first);
    set_prices(&mut snapshot, 178 * WAD);
    start_and_buy(&mut snapshot, [9; 32]).unwrap().unwrap();
    snapshot.account = Account::default();
    let left = leave(&mut snapshot, &mut first, ALL).unwrap();
    assert_eq!(left.supply_shares, 0);
    // 50 dollars at 178.
    assert!(left.stocks[0].1.abs_diff(50 * ETHER / 178) < 100_000_000_000);
}
