//! Who counts: for whom the common price rises, and every way of waiting no more (§ G3).

use crate::common::*;
use breakwater_protocol::{
    actions::{backstop_fill, permit_others, recognise, start_liquidation},
    math::WAD,
    Account, Action, AssetId, Error, Order, Price, Reserve, ReserveConfig, Sheet, VaultStake, ALL,
};
use proptest::prelude::*;

const COIN: AssetId = 2;
const EURO: AssetId = 3;

fn waiting(sheet: &Sheet, asset: AssetId) -> u32 {
    reserve(sheet, asset).books.gradual.waiting
}

fn counted(sheet: &Sheet) -> Vec<AssetId> {
    sheet.account.auction.as_ref().map_or(Vec::new(), |auction| auction.counted.clone())
}

/// COIN of a dollar beside ETH, as collateral with a threshold of 80 %; EURO beside USD, of which at least
/// 200 must be owed.
fn market() -> Sheet {
    let mut sheet = sheet();
    let coin = ReserveConfig { token: [3; 32], ..eth_config() };
    let euro = ReserveConfig { token: [4; 32], min_debt: 200 * DOLLAR, ..usd_config() };
    for (asset, config) in [(COIN, coin), (EURO, euro)] {
        let mut reserve = Reserve::new(config, START_MS).unwrap();
        reserve.books.cash = 1_000_000 * DOLLAR;
        reserve.books.supply_shares = 1_000_000_000_000 * DOLLAR;
        sheet.add_reserve(asset, reserve).unwrap();
    }
    set_prices(&mut sheet, 200 * WAD);
    sheet
}

/// 10 ETH and some COIN against 1,500 dollars and some euros, ETH at 160.
fn loan(coins: u128, euros: u128) -> Sheet {
    let mut sheet = market();
    deposit(&mut sheet, ETH, 10 * ETHER).unwrap();
    if coins != 0 {
        deposit(&mut sheet, COIN, coins).unwrap();
    }
    borrow(&mut sheet, USD, 1_500 * DOLLAR - euros).unwrap();
    if euros != 0 {
        borrow(&mut sheet, EURO, euros).unwrap();
    }
    set_prices(&mut sheet, 160 * WAD);
    sheet
}

fn start(sheet: &mut Sheet) {
    start_liquidation(sheet, [9; 32], 0).unwrap();
}

#[test]
fn lots_of_at_least_the_minimum_debt_count() {
    for (coins, counts) in [(0, false), (100 * ETHER - 1, false), (100 * ETHER, true)] {
        let mut sheet = loan(coins, 0);
        start(&mut sheet);
        assert_eq!(counted(&sheet), if counts { vec![ETH, COIN] } else { vec![ETH] });
        assert_eq!((waiting(&sheet, ETH), waiting(&sheet, COIN)), (1, u32::from(counts)));
    }
    // Of two debts the higher minimum: 200 euros.
    for (coins, counts) in [(200 * ETHER - 1, false), (200 * ETHER, true)] {
        let mut sheet = loan(coins, 200 * DOLLAR);
        start(&mut sheet);
        assert_eq!(waiting(&sheet, COIN), u32::from(counts), "{coins}");
    }
    // At the price of the start, not at what they will be worth.
    let mut sheet = loan(50 * ETHER, 0);
    start(&mut sheet);
    sheet.line_mut(COIN).unwrap().price = Some(Price::exact(3 * WAD, START_MS));
    assert_eq!(sheet.cure(), None);
    assert_eq!(counted(&sheet), [ETH]);
}

/// A thousand accounts of less than the minimum leave the price where it is; a thousand and one with one
/// that counts have it rise as one does.
#[test]
fn dust_does_not_ratchet_the_price() {
    let mut sheet = sheet();
    common_price(&mut sheet, 0);
    config(&mut sheet, USD).min_debt = DOLLAR;
    deposit(&mut sheet, ETH, ETHER / 2).unwrap();
    borrow(&mut sheet, USD, 75 * DOLLAR).unwrap();
    // It was worth lending once: the minimum has been raised since.
    config(&mut sheet, USD).min_debt = 100 * DOLLAR;
    set_prices(&mut sheet, 180 * WAD);
    let one = sheet.account.clone();
    let books = &mut sheet.reserve_mut(ETH).unwrap().books;
    books.collateral *= 1_000;
    for _ in 0..1_000 {
        sheet.account = one.clone();
        start(&mut sheet);
        assert_eq!(counted(&sheet), [ETH; 0]);
    }
    pass(&mut sheet, 60 * MINUTE_MS);
    assert_eq!((waiting(&sheet, ETH), common_bps(&sheet)), (0, 0));
    // Each is offered at its own minutes all the same: 3 of 60 bps.
    let now_ms = sheet.now_ms;
    sheet.account.auction.as_mut().unwrap().started_ms = now_ms - 3 * MINUTE_MS;
    assert_eq!(take(&mut sheet, ALL).unwrap().fill.bonus_wad, 18_000_000_000_000_000);
    sheet.account = Account::default();
    set_prices(&mut sheet, 200 * WAD);
    deposit(&mut sheet, ETH, 10 * ETHER).unwrap();
    borrow(&mut sheet, USD, 1_500 * DOLLAR).unwrap();
    set_prices(&mut sheet, 180 * WAD);
    start(&mut sheet);
    pass(&mut sheet, 2 * MINUTE_MS);
    assert_eq!((waiting(&sheet, ETH), common_bps(&sheet)), (1, 119), "one sale and 120 bps");
}

/// Whatever ends it, nobody waits any more. With a second collateral that counts too.
#[test]
fn every_end_lets_go_of_all_collaterals() {
    type End = fn(&mut Sheet);
    let ends: [(&str, End); 9] = [
        ("repaid in part", |sheet| assert!(repay(sheet, 600 * DOLLAR).is_ok())),
        ("repaid in full", |sheet| assert!(repay(sheet, ALL).is_ok())),
        ("topped up", |sheet| assert!(deposit(sheet, COIN, 700 * ETHER).is_ok())),
        ("topped up with the other", |sheet| assert!(deposit(sheet, ETH, 5 * ETHER).is_ok())),
        ("repaid by another", |sheet| {
            let action = Action::Repay { asset: USD, assets: 600 * DOLLAR };
            permit_others(&sheet.account, &[action]).unwrap();
            run(sheet, &[action]).unwrap();
        }),
        ("taken", |sheet| {
            let ended = (0..4).any(|_| {
                let collateral = if sheet.account.position(COIN).collateral == 0 { ETH } else { COIN };
                let order = Order { collateral, debt: USD, max_repay: ALL, min_receive: 0 };
                take_by(sheet, TAKER, &order).unwrap().ended.is_some()
            });
            assert!(ended);
        }),
        ("cured by the price", |sheet| {
            set_prices(sheet, 200 * WAD);
            sheet.cure().unwrap();
        }),
        ("bought by the pool", |sheet| {
            stake(sheet, &mut VaultStake::default(), 10_000);
            for collateral in [ETH, COIN] {
                let _ = backstop_fill(sheet, collateral, USD);
            }
        }),
        ("written off", |sheet| {
            for asset in [ETH, COIN] {
                let dust = Price::exact(WAD / 10_000, START_MS);
                sheet.line_mut(asset).unwrap().price = Some(dust);
            }
            recognise(sheet).unwrap();
        }),
    ];
    for (how, end) in ends {
        let mut sheet = loan(150 * ETHER, 0);
        start(&mut sheet);
        assert_eq!((waiting(&sheet, ETH), waiting(&sheet, COIN)), (1, 1), "{how}");
        // Somebody else waits too, and goes on waiting.
        sheet.reserve_mut(ETH).unwrap().books.gradual.waiting += 1;
        end(&mut sheet);
        assert!(sheet.account.auction.is_none(), "{how}");
        assert_eq!((waiting(&sheet, ETH), waiting(&sheet, COIN)), (1, 0), "{how}");
    }
    // Repaid and taken back in one message.
    let mut sheet = loan(150 * ETHER, 0);
    start(&mut sheet);
    let all = [
        Action::Repay { asset: USD, assets: ALL },
        Action::WithdrawCollateral { asset: COIN, amount: ALL },
        Action::WithdrawCollateral { asset: ETH, amount: ALL },
    ];
    run(&mut sheet, &all).unwrap();
    assert!(sheet.account.is_empty());
    assert_eq!((waiting(&sheet, ETH), waiting(&sheet, COIN)), (0, 0));
}

/// What is left of a lot counts until it is worth less than the minimum; the auction goes on.
#[test]
fn a_lot_that_is_sold_down_counts_no_more() {
    let mut sheet = loan(150 * ETHER, 0);
    start(&mut sheet);
    let coins = |max_repay| Order { collateral: COIN, debt: USD, max_repay, min_receive: 0 };
    // 49.4 dollars' worth with the fee: 100.6 are left; then 99.
    take_by(&mut sheet, TAKER, &coins(49 * DOLLAR)).unwrap();
    assert_eq!((counted(&sheet), waiting(&sheet, COIN)), (vec![ETH, COIN], 1));
    take_by(&mut sheet, TAKER, &coins(2 * DOLLAR)).unwrap();
    assert_eq!((counted(&sheet), waiting(&sheet, COIN)), (vec![ETH], 0));
    // All of it: it has gone already, and is not let go of twice.
    take_by(&mut sheet, TAKER, &coins(ALL)).unwrap();
    assert_eq!(sheet.account.position(COIN).collateral, 0);
    assert_eq!((waiting(&sheet, ETH), waiting(&sheet, COIN)), (1, 0));
    // What comes later is not one of them.
    sheet.line_mut(ETH).unwrap().price = Some(Price::exact(155 * WAD, START_MS));
    deposit(&mut sheet, COIN, 120 * ETHER).unwrap();
    assert!(sheet.account.auction.is_some());
    assert_eq!((counted(&sheet), waiting(&sheet, COIN)), (vec![ETH], 0));
}

/// A price that is gone for a while lets go of nobody; one that falls does when somebody acts.
#[test]
fn a_missing_price_lets_go_of_nobody() {
    let mut sheet = loan(0, 0);
    start(&mut sheet);
    for asset in [ETH, USD] {
        let mut gone = sheet.clone();
        gone.line_mut(asset).unwrap().price = None;
        repay(&mut gone, DOLLAR).unwrap();
        assert_eq!((counted(&gone), waiting(&gone, ETH)), (vec![ETH], 1));
    }
    set_prices(&mut sheet, 9 * WAD);
    assert_eq!((counted(&sheet), waiting(&sheet, ETH)), (vec![ETH], 1));
    repay(&mut sheet, DOLLAR).unwrap();
    assert_eq!((counted(&sheet), waiting(&sheet, ETH)), (vec![], 0));
}

/// The price has risen until the end, and stops with it.
#[test]
fn the_price_is_brought_up_to_the_end() {
    let mut sheet = loan(0, 0);
    common_price(&mut sheet, 0);
    start(&mut sheet);
    pass(&mut sheet, 10 * MINUTE_MS);
    repay(&mut sheet, ALL).unwrap();
    assert_eq!(common_bps(&sheet), 600);
    // 5 bps a minute downwards from there.
    pass(&mut sheet, 4 * MINUTE_MS);
    assert_eq!(common_bps(&sheet), 580);
}

/// A rest below the minimum is offered at its own minutes: so it may be dearer to the borrower than what was
/// sold before, by no more than the bonus on a rest of less than the minimum debt.
#[test]
fn a_rest_below_the_minimum_has_its_own_minutes() {
    // 151.875 dollars an ETH: worth less than 1,530, so all may be bought. At the sixth minute the common
    // bonus is 160, the own one 360.
    let mut sheet = auctioned(1_500, 151_875 * WAD / 1_000);
    pass(&mut sheet, 6 * MINUTE_MS);
    let first = take(&mut sheet, 1_400 * DOLLAR).unwrap().fill;
    assert_eq!(first.bonus_wad, 16_000_000_000_000_000);
    // 96 dollars of ETH are left.
    assert_eq!((counted(&sheet), waiting(&sheet, ETH)), (vec![], 0));
    let rest = take(&mut sheet, ALL).unwrap().fill;
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
        let mut sheet = market();
        let mut accounts = [0, 90, 500].map(|coins: u128| {
            sheet.account = Account::default();
            deposit(&mut sheet, ETH, 10 * ETHER).unwrap();
            if coins != 0 {
                deposit(&mut sheet, COIN, coins * ETHER).unwrap();
            }
            borrow(&mut sheet, USD, 1_500 * DOLLAR).unwrap();
            sheet.account.clone()
        });
        for (who, step) in steps {
            sheet.account.clone_from(&accounts[who]);
            match step {
                Step::Start => {
                    let mut next = sheet.clone();
                    if start_liquidation(&mut next, [9; 32], 0).is_ok() {
                        sheet = next;
                    }
                }
                Step::Take(dollars) => {
                    for collateral in [COIN, ETH] {
                        let max_repay = dollars * DOLLAR;
                        let order = Order { collateral, debt: USD, max_repay, min_receive: 0 };
                        if take_by(&mut sheet, TAKER, &order).is_ok() {
                            break;
                        }
                    }
                }
                Step::Repay(dollars) => drop(repay(&mut sheet, dollars * DOLLAR)),
                Step::TopUp(coins) => drop(deposit(&mut sheet, COIN, coins * ETHER)),
                Step::Price(dollars) => set_prices(&mut sheet, dollars * WAD),
                Step::Wait(minutes) => pass(&mut sheet, minutes * MINUTE_MS),
            }
            accounts[who].clone_from(&sheet.account);
            for asset in [ETH, COIN] {
                let those = accounts.iter().filter(|account| {
                    account.auction.as_ref().is_some_and(|it| it.counted.contains(&asset))
                });
                prop_assert_eq!(waiting(&sheet, asset) as usize, those.count());
            }
        }
        if accounts.iter().all(|account| account.auction.is_none()) {
            prop_assert_eq!((waiting(&sheet, ETH), waiting(&sheet, COIN)), (0, 0));
        }
    }
}

/// Nobody is put into auction twice, and so nobody counts twice.
#[test]
fn one_who_is_in_auction_does_not_count_again() {
    let mut sheet = loan(0, 0);
    start(&mut sheet);
    let again = start_liquidation(&mut sheet, [9; 32], 0);
    assert_eq!(again.unwrap_err(), Error::AuctionRunning);
    assert_eq!(waiting(&sheet, ETH), 1);
}
