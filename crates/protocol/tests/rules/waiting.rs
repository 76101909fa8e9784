//! Who counts: for whom the common price rises, and every way of waiting no more (§ G3).

use crate::common::*;
use breakwater_protocol::{
    actions::{backstop_fill, permit_others, recognise, start_liquidation},
    num::math::WAD,
    Account, AccountSnapshot, Action, AssetId, Error, Order, Price, Reserve, ReserveConfig,
    VaultStake, ALL,
};
use proptest::prelude::*;

const COIN: AssetId = 2;
const EURO: AssetId = 3;

fn waiting(snapshot: &AccountSnapshot, asset: AssetId) -> u32 {
    reserve(snapshot, asset).balances.gradual.waiting
}

fn counted(snapshot: &AccountSnapshot) -> Vec<AssetId> {
    snapshot.account.auction.as_ref().map_or(Vec::new(), |auction| auction.counted.clone())
}

/// COIN of a dollar beside ETH, as collateral with a threshold of 80 %; EURO beside USD, of which at least
/// 200 must be owed.
fn market() -> AccountSnapshot {
    let mut snapshot = snapshot();
    let coin = ReserveConfig { token: [3; 32], ..eth_config() };
    let euro = ReserveConfig { token: [4; 32], min_debt: 200 * DOLLAR, ..usd_config() };
    for (asset, config) in [(COIN, coin), (EURO, euro)] {
        let mut reserve = Reserve::new(config, START_MS).unwrap();
        reserve.balances.cash = 1_000_000 * DOLLAR;
        reserve.balances.supply_shares = 1_000_000_000_000 * DOLLAR;
        snapshot.add_reserve(asset, reserve).unwrap();
    }
    set_prices(&mut snapshot, 200 * WAD);
    snapshot
}

/// 10 ETH and some COIN against 1,500 dollars and some euros, ETH at 160.
fn loan(coins: u128, euros: u128) -> AccountSnapshot {
    let mut snapshot = market();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    if coins != 0 {
        deposit(&mut snapshot, COIN, coins).unwrap();
    }
    borrow(&mut snapshot, USD, 1_500 * DOLLAR - euros).unwrap();
    if euros != 0 {
        borrow(&mut snapshot, EURO, euros).unwrap();
    }
    set_prices(&mut snapshot, 160 * WAD);
    snapshot
}

fn start(snapshot: &mut AccountSnapshot) {
    start_liquidation(snapshot, [9; 32], 0).unwrap();
}

#[test]
fn lots_of_at_least_the_minimum_debt_count() {
    for (coins, counts) in [(0, false), (100 * ETHER - 1, false), (100 * ETHER, true)] {
        let mut snapshot = loan(coins, 0);
        start(&mut snapshot);
        assert_eq!(counted(&snapshot), if counts { vec![ETH, COIN] } else { vec![ETH] });
        assert_eq!((waiting(&snapshot, ETH), waiting(&snapshot, COIN)), (1, u32::from(counts)));
    }
    // Of two debts the higher minimum: 200 euros.
    for (coins, counts) in [(200 * ETHER - 1, false), (200 * ETHER, true)] {
        let mut snapshot = loan(coins, 200 * DOLLAR);
        start(&mut snapshot);
        assert_eq!(waiting(&snapshot, COIN), u32::from(counts), "{coins}");
    }
    // At the price of the start, not at what they will be worth.
    let mut snapshot = loan(50 * ETHER, 0);
    start(&mut snapshot);
    snapshot.priced_mut(COIN).unwrap().price = Some(Price::exact(3 * WAD, START_MS));
    assert_eq!(snapshot.cure(), None);
    assert_eq!(counted(&snapshot), [ETH]);
}

/// A thousand accounts of less than the minimum leave the price where it is; a thousand and one with one
/// that counts have it rise as one does.
#[test]
fn dust_does_not_ratchet_the_price() {
    let mut snapshot = snapshot();
    common_price(&mut snapshot, 0);
    config(&mut snapshot, USD).min_debt = DOLLAR;
    deposit(&mut snapshot, ETH, ETHER / 2).unwrap();
    borrow(&mut snapshot, USD, 75 * DOLLAR).unwrap();
    // It was worth lending once: the minimum has been raised since.
    config(&mut snapshot, USD).min_debt = 100 * DOLLAR;
    set_prices(&mut snapshot, 180 * WAD);
    let one = snapshot.account.clone();
    let balances = &mut snapshot.reserve_mut(ETH).unwrap().balances;
    balances.collateral *= 1_000;
    for _ in 0..1_000 {
        snapshot.account = one.clone();
        start(&mut snapshot);
        assert_eq!(counted(&snapshot), [ETH; 0]);
    }
    pass(&mut snapshot, 60 * MINUTE_MS);
    assert_eq!((waiting(&snapshot, ETH), common_bps(&snapshot)), (0, 0));
    // Each is offered at its own minutes all the same: 3 of 60 bps.
    let now_ms = snapshot.now_ms;
    snapshot.account.auction.as_mut().unwrap().started_ms = now_ms - 3 * MINUTE_MS;
    assert_eq!(take(&mut snapshot, ALL).unwrap().fill.bonus_wad, 18_000_000_000_000_000);
    snapshot.account = Account::default();
    set_prices(&mut snapshot, 200 * WAD);
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 1_500 * DOLLAR).unwrap();
    set_prices(&mut snapshot, 180 * WAD);
    start(&mut snapshot);
    pass(&mut snapshot, 2 * MINUTE_MS);
    assert_eq!((waiting(&snapshot, ETH), common_bps(&snapshot)), (1, 119), "one sale and 120 bps");
}

/// Whatever ends it, nobody waits any more. With a second collateral that counts too.
#[test]
fn every_end_lets_go_of_all_collaterals() {
    type End = fn(&mut AccountSnapshot);
    let ends: [(&str, End); 9] = [
        ("repaid in part", |snapshot| assert!(repay(snapshot, 600 * DOLLAR).is_ok())),
        ("repaid in full", |snapshot| assert!(repay(snapshot, ALL).is_ok())),
        ("topped up", |snapshot| assert!(deposit(snapshot, COIN, 700 * ETHER).is_ok())),
        ("topped up with the other", |snapshot| assert!(deposit(snapshot, ETH, 5 * ETHER).is_ok())),
        ("repaid by another", |snapshot| {
            let action = Action::Repay { asset: USD, assets: 600 * DOLLAR };
            permit_others(&snapshot.account, &[action]).unwrap();
            run(snapshot, &[action]).unwrap();
        }),
        ("taken", |snapshot| {
            let ended = (0..4).any(|_| {
                let collateral =
                    if snapshot.account.position(COIN).collateral == 0 { ETH } else { COIN };
                let order = Order { collateral, debt: USD, max_repay: ALL, min_receive: 0 };
                take_by(snapshot, TAKER, &order).unwrap().ended.is_some()
            });
            assert!(ended);
        }),
        ("cured by the price", |snapshot| {
            set_prices(snapshot, 200 * WAD);
            snapshot.cure().unwrap();
        }),
        ("bought by the pool", |snapshot| {
            stake(snapshot, &mut VaultStake::default(), 10_000);
            for collateral in [ETH, COIN] {
                let _ = backstop_fill(snapshot, collateral, USD);
            }
        }),
        ("written off", |snapshot| {
            for asset in [ETH, COIN] {
                let dust = Price::exact(WAD / 10_000, START_MS);
                snapshot.priced_mut(asset).unwrap().price = Some(dust);
            }
            recognise(snapshot).unwrap();
        }),
    ];
    for (how, end) in ends {
        let mut snapshot = loan(150 * ETHER, 0);
        start(&mut snapshot);
        assert_eq!((waiting(&snapshot, ETH), waiting(&snapshot, COIN)), (1, 1), "{how}");
        // Somebody else waits too, and goes on waiting.
        snapshot.reserve_mut(ETH).unwrap().balances.gradual.waiting += 1;
        end(&mut snapshot);
        assert!(snapshot.account.auction.is_none(), "{how}");
        assert_eq!((waiting(&snapshot, ETH), waiting(&snapshot, COIN)), (1, 0), "{how}");
    }
    // Repaid and taken back in one message.
    let mut snapshot = loan(150 * ETHER, 0);
    start(&mut snapshot);
    let all = [
        Action::Repay { asset: USD, assets: ALL },
        Action::WithdrawCollateral { asset: COIN, amount: ALL },
        Action::WithdrawCollateral { asset: ETH, amount: ALL },
    ];
    run(&mut snapshot, &all).unwrap();
    assert!(snapshot.account.is_empty());
    assert_eq!((waiting(&snapshot, ETH), waiting(&snapshot, COIN)), (0, 0));
}

/// What is left of a lot counts until it is worth less than the minimum; the auction goes on.
#[test]
fn a_lot_that_is_sold_down_counts_no_more() {
    let mut snapshot = loan(150 * ETHER, 0);
    start(&mut snapshot);
    let coins = |max_repay| Order { collateral: COIN, debt: USD, max_repay, min_receive: 0 };
    // 49.4 dollars' worth with the fee: 100.6 are left; then 99.
    take_by(&mut snapshot, TAKER, &coins(49 * DOLLAR)).unwrap();
    assert_eq!((counted(&snapshot), waiting(&snapshot, COIN)), (vec![ETH, COIN], 1));
    take_by(&mut snapshot, TAKER, &coins(2 * DOLLAR)).unwrap();
    assert_eq!((counted(&snapshot), waiting(&snapshot, COIN)), (vec![ETH], 0));
    // All of it: it has gone already, and is not let go of twice.
    take_by(&mut snapshot, TAKER, &coins(ALL)).unwrap();
    assert_eq!(snapshot.account.position(COIN).collateral, 0);
    assert_eq!((waiting(&snapshot, ETH), waiting(&snapshot, COIN)), (1, 0));
    // What comes later is not one of them.
    snapshot.priced_mut(ETH).unwrap().price = Some(Price::exact(155 * WAD, START_MS));
    deposit(&mut snapshot, COIN, 120 * ETHER).unwrap();
    assert!(snapshot.account.auction.is_some());
    assert_eq!((counted(&snapshot), waiting(&snapshot, COIN)), (vec![ETH], 0));
}

/// A price that is gone for a while lets go of nobody; one that falls does when somebody acts.
#[test]
fn a_missing_price_lets_go_of_nobody() {
    let mut snapshot = loan(0, 0);
    start(&mut snapshot);
    for asset in [ETH, USD] {
        let mut gone = snapshot.clone();
        gone.priced_mut(asset).unwrap().price = None;
        repay(&mut gone, DOLLAR).unwrap();
        assert_eq!((counted(&gone), waiting(&gone, ETH)), (vec![ETH], 1));
    }
    set_prices(&mut snapshot, 9 * WAD);
    assert_eq!((counted(&snapshot), waiting(&snapshot, ETH)), (vec![ETH], 1));
    repay(&mut snapshot, DOLLAR).unwrap();
    assert_eq!((counted(&snapshot), waiting(&snapshot, ETH)), (vec![], 0));
}

/// The price has risen until the end, and stops with it.
#[test]
fn the_price_is_brought_up_to_the_end() {
    let mut snapshot = loan(0, 0);
    common_price(&mut snapshot, 0);
    start(&mut snapshot);
    pass(&mut snapshot, 10 * MINUTE_MS);
    repay(&mut snapshot, ALL).unwrap();
    assert_eq!(common_bps(&snapshot), 600);
    // 5 bps a minute downwards from there.
    pass(&mut snapshot, 4 * MINUTE_MS);
    assert_eq!(common_bps(&snapshot), 580);
}

/// A rest below the minimum is offered at its own minutes: so it may be dearer to the borrower than what was
/// sold before, by no more than the bonus on a rest of less than the minimum debt.
#[test]
fn a_rest_below_the_minimum_has_its_own_minutes() {
    // 151.875 dollars an ETH: worth less than 1,530, so all may be bought. At the sixth minute the common
    // bonus is 160, the own one 360.
    let mut snapshot = auctioned(1_500, 151_875 * WAD / 1_000);
    pass(&mut snapshot, 6 * MINUTE_MS);
    let first = take(&mut snapshot, 1_400 * DOLLAR).unwrap().fill;
    assert_eq!(first.bonus_wad, 16_000_000_000_000_000);
    // 96 dollars of ETH are left.
    assert_eq!((counted(&snapshot), waiting(&snapshot, ETH)), (vec![], 0));
    let rest = take(&mut snapshot, ALL).unwrap().fill;
    assert_eq!(rest.bonus_wad, 36_000_000_000_000_000);
    // 2 % of 93 dollars.
    assert!(rest.repaid < 94 * DOLLAR);
}

#[derive(Clone, Debug)]
enum Step {
    Start,
    Take(u128),
    Repay(u128),
    TopUp(u128),
    Price(u128),
    Wait(u64),
}

fn step() -> impl Strategy<Value = (usize, Step)> {
    let kind = prop_oneof![
        2 => Just(Step::Start),
        3 => (1..1_600u128).prop_map(Step::Take),
        1 => (1..1_600u128).prop_map(Step::Repay),
        1 => (1..400u128).prop_map(Step::TopUp),
        2 => (5..220u128).prop_map(Step::Price),
        1 => (0..30u64).prop_map(Step::Wait),
    ];
    (0..3usize, kind)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Whatever happens to whom: as many wait for a collateral as have it among those that count.
    #[test]
    fn as_many_wait_as_there_are(steps in prop::collection::vec(step(), 1..40)) {
        let mut snapshot = market();
        let mut accounts = [0, 90, 500].map(|coins: u128| {
            snapshot.account = Account::default();
            deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
            if coins != 0 {
                deposit(&mut snapshot, COIN, coins * ETHER).unwrap();
            }
            borrow(&mut snapshot, USD, 1_500 * DOLLAR).unwrap();
            snapshot.account.clone()
        });
        for (who, step) in steps {
            snapshot.account.clone_from(&accounts[who]);
            match step {
                Step::Start => {
                    let mut next = snapshot.clone();
                    if start_liquidation(&mut next, [9; 32], 0).is_ok() {
                        snapshot = next;
                    }
                }
                Step::Take(dollars) => {
                    for collateral in [COIN, ETH] {
                        let max_repay = dollars * DOLLAR;
                        let order = Order { collateral, debt: USD, max_repay, min_receive: 0 };
                        if take_by(&mut snapshot, TAKER, &order).is_ok() {
                            break;
                        }
                    }
                }
                Step::Repay(dollars) => drop(repay(&mut snapshot, dollars * DOLLAR)),
                Step::TopUp(coins) => drop(deposit(&mut snapshot, COIN, coins * ETHER)),
                Step::Price(dollars) => set_prices(&mut snapshot, dollars * WAD),
                Step::Wait(minutes) => pass(&mut snapshot, minutes * MINUTE_MS),
            }
            accounts[who].clone_from(&snapshot.account);
            for asset in [ETH, COIN] {
                let those = accounts.iter().filter(|account| {
                    account.auction.as_ref().is_some_and(|it| it.counted.contains(&asset))
                });
                prop_assert_eq!(waiting(&snapshot, asset) as usize, those.count());
            }
        }
        if accounts.iter().all(|account| account.auction.is_none()) {
            prop_assert_eq!((waiting(&snapshot, ETH), waiting(&snapshot, COIN)), (0, 0));
        }
    }
}

/// Nobody is put into auction twice, and so nobody counts twice.
#[test]
fn one_who_is_in_auction_does_not_count_again() {
    let mut snapshot = loan(0, 0);
    start(&mut snapshot);
    let again = start_liquidation(&mut snapshot, [9; 32], 0);
    assert_eq!(again.unwrap_err(), Error::AuctionRunning);
    assert_eq!(waiting(&snapshot, ETH), 1);
}
