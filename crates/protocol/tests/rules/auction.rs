//! The auction's other rules: bonus by health, order of sale, fee and reward, velocity limit.

use crate::common::*;
use breakwater_protocol::{
    actions::{self, start_liquidation},
    auction::{is_urgent, sales_limit, terms, Terms},
    math::WAD,
    Error, Level, MarketParams, Order, Price, Reserve, ReserveConfig, Sheet, ALL,
};

const PERCENT: i128 = 10_000_000_000_000_000;
const STARTER: [u8; 32] = [9; 32];

fn terms_of(sheet: &Sheet) -> Terms {
    terms(sheet, &sheet.health().unwrap(), ETH, USD).unwrap()
}

#[test]
fn missing_health_gives_a_bonus_at_once() {
    // At 170: HF = 1,360 / 1,500 = 0.9067; kappa 0.5: 4.67 % where the clock says -2 %.
    let mut sheet = auctioned(1_500, 170 * WAD);
    assert_eq!(terms_of(&sheet).bonus_wad, -2 * PERCENT);
    config(&mut sheet, ETH).auction.health_bonus_wad = WAD / 2;
    assert_eq!(terms_of(&sheet).bonus_wad / 1_000_000_000_000, 46_666);
    // The clock's where that is more; never above the highest.
    pass(&mut sheet, 15 * MINUTE_MS);
    assert_eq!(terms_of(&sheet).bonus_wad, 7 * PERCENT);
    config(&mut sheet, ETH).auction.health_bonus_wad = 5 * WAD;
    assert_eq!(terms_of(&sheet).bonus_wad, 10 * PERCENT);
}

#[test]
fn the_fee_is_shared_by_starter_and_protocol() {
    // At 180: repays 523.255814 (see take.rs); a fee of 1 % of 523.255813 / 180 ETH, half each.
    let mut sheet = auctioned(1_500, 180 * WAD);
    let taken = take(&mut sheet, ALL).unwrap();
    assert_eq!(taken.fill.fee / 1_000_000_000, 29_069_767);
    assert_eq!(taken.fill.reward / 1_000_000_000, 14_534_883);
    assert_eq!((taken.reward_to, taken.paid_out), (Some(STARTER), taken.fill.received));
    let books = reserve(&sheet, ETH).books;
    assert_eq!(books.rewards, taken.fill.reward);
    assert_eq!(books.protocol_collateral, taken.fill.fee - taken.fill.reward);

    // The starter who takes himself has it at once.
    let mut sheet = auctioned(1_500, 180 * WAD);
    let taken = actions::take(&mut sheet, STARTER, &order(ALL, 0)).unwrap();
    assert_eq!(taken.reward_to, None);
    assert_eq!(taken.paid_out, taken.fill.received + taken.fill.reward);
    assert_eq!(reserve(&sheet, ETH).books.rewards, 0);
}

/// The floor is earned in proportion to the work: a take of a hundred of 523 dollars does a fifth of
/// it.
#[test]
fn the_reward_has_a_floor_once_an_auction() {
    // A take of 100 dollars: 1 % is 1 dollar, half of it 0.50; the floor is 3 dollars for the
    // 523.255814 that may be repaid, 0.57333 of them.
    let floor = MarketParams { starter_floor_wad: 3 * WAD, ..params() };
    let mut sheet = auctioned(1_500, 180 * WAD);
    sheet.params = floor;
    let take = |sheet: &mut Sheet, dollars: u128| {
        actions::take(sheet, TAKER, &order(dollars * DOLLAR, 0)).unwrap().fill
    };
    let worth = |units: u128| units * 180 / (ETHER / 1_000);
    let first = take(&mut sheet, 100);
    assert_eq!((worth(first.reward), worth(first.fee)), (573, 999));
    // Of the rest a hundred again: there are 423 left to repay, and 2.43 of the floor.
    let second = take(&mut sheet, 100);
    assert_eq!((worth(second.reward), worth(second.fee)), (573, 999));
    // It never takes more than the health bound leaves: HF / LT - 1 is 20 %, the bonus -2 %.
    let mut sheet = auctioned(1_500, 180 * WAD);
    sheet.params = floor;
    let tiny = take(&mut sheet, 1);
    assert!(worth(tiny.fee) < 220, "{}", worth(tiny.fee));
}

#[test]
fn the_floor_never_lowers_health() {
    let floor = MarketParams { starter_floor_wad: 100 * WAD, ..params() };
    for price in [156, 160, 170, 180, 187] {
        for repay in [1, 1_000, DOLLAR, 50 * DOLLAR] {
            let mut sheet = auctioned(1_500, price * WAD);
            sheet.params = floor;
            let before = sheet.health().unwrap();
            actions::take(&mut sheet, TAKER, &order(repay, 0)).ok();
            let after = sheet.health().unwrap();
            assert!(after == before || exactly_healthier(&before, &after), "{price} {repay}");
        }
    }
}

/// An account with ETH (LT 80 %) and COIN (LT 60 %) in auction.
fn two_collaterals(coins: u128) -> Sheet {
    const COIN: u8 = 2;
    let mut sheet = sheet();
    let coin = ReserveConfig { token: [3; 32], tiers: vec![tier(0, 5_000, 6_000)], ..eth_config() };
    sheet.add_reserve(COIN, Reserve::new(coin, START_MS).unwrap()).unwrap();
    set_prices(&mut sheet, 200 * WAD);
    sheet.line_mut(COIN).unwrap().price = Some(Price::exact(10 * WAD, START_MS));
    deposit(&mut sheet, ETH, 10 * ETHER).unwrap();
    deposit(&mut sheet, COIN, coins).unwrap();
    let limit = sheet.borrowing_power().unwrap().limit_wad / WAD;
    borrow(&mut sheet, USD, limit * DOLLAR).unwrap();
    sheet.line_mut(ETH).unwrap().price = Some(Price::exact(170 * WAD, START_MS));
    start_liquidation(&mut sheet, STARTER, 0).unwrap();
    sheet
}

#[test]
fn the_worse_collateral_is_sold_first() {
    let take = |sheet: &mut Sheet, asset, slack| {
        sheet.params.order_slack_bps = slack;
        actions::take(
            sheet,
            TAKER,
            &Order { collateral: asset, debt: USD, max_repay: 100 * DOLLAR, min_receive: 0 },
        )
        .map(drop)
    };
    let sheet = two_collaterals(50 * ETHER);
    assert_eq!(take(&mut sheet.clone(), ETH, 500), Err(Error::WorseCollateralFirst));
    assert_eq!(take(&mut sheet.clone(), 2, 500), Ok(()));
    // 80 % is 20 points above 60 %.
    assert_eq!(take(&mut sheet.clone(), ETH, 2_000), Ok(()));
    // Dust can't stand in the way of a sale.
    let sheet = two_collaterals(ETHER);
    assert_eq!(take(&mut sheet.clone(), ETH, 500), Ok(()));
}

#[test]
fn sales_wait_for_the_bucket_and_urgent_ones_do_not() {
    // Depth 2 ETH, the bucket holds half of it and leaks in an hour.
    let mut eth = eth_config();
    eth.liquidity.depth = 2 * ETHER;
    eth.liquidity.max_load_wad = 100 * WAD;
    eth.auction.sales_capacity_wad = WAD / 2;
    let mut sheet = sheet_with(eth, usd_config());
    deposit(&mut sheet, ETH, 10 * ETHER).unwrap();
    borrow(&mut sheet, USD, 1_500 * DOLLAR).unwrap();
    set_prices(&mut sheet, 180 * WAD);
    start_liquidation(&mut sheet, STARTER, 0).unwrap();
    let offer = terms_of(&sheet);
    assert_eq!((offer.urgent, offer.max_sale), (false, ETHER));
    let first = take(&mut sheet, ALL).unwrap();
    assert!(first.fill.received <= ETHER && first.fill.received > ETHER * 98 / 100);
    // Less than a hundredth is left; after half an hour half of it is free again.
    take(&mut sheet, ALL).unwrap();
    let waits = (0..200).find_map(|_| take(&mut sheet, ALL).err());
    assert!(
        matches!(waits, Some(Error::VelocityLimitReached | Error::AmountTooSmall)),
        "{waits:?}"
    );
    pass(&mut sheet, HOUR_MS / 2);
    set_prices(&mut sheet, 180 * WAD);
    let room = terms_of(&sheet).max_sale;
    assert!((ETHER / 2..ETHER * 52 / 100).contains(&room), "{room}");

    // LTV 0.8627 is 0.88 of the insolvency point 1 / 1.02: at 173 an untouched account is past it.
    let mut sheet = sheet_with(
        ReserveConfig {
            auction: breakwater_protocol::AuctionConfig {
                sales_capacity_wad: 0,
                ..eth_config().auction
            },
            ..eth_config()
        },
        usd_config(),
    );
    deposit(&mut sheet, ETH, 10 * ETHER).unwrap();
    borrow(&mut sheet, USD, 1_500 * DOLLAR).unwrap();
    set_prices(&mut sheet, 174 * WAD);
    start_liquidation(&mut sheet, STARTER, 0).unwrap();
    assert_eq!(take(&mut sheet, ALL).unwrap_err(), Error::VelocityLimitReached);
    set_prices(&mut sheet, 173 * WAD);
    let taken = take(&mut sheet, ALL).unwrap();
    assert!(taken.terms.urgent);
}

/// From Guarded on no more may be sold in a window than four times the depth, or less where that is
/// the asset's own limit.
#[test]
fn from_guarded_on_sales_are_paced() {
    for (own, normal, paced) in [(50, 50, 40), (30, 30, 30)] {
        let mut sheet = sheet();
        config(&mut sheet, ETH).liquidity.depth = 10 * ETHER;
        config(&mut sheet, ETH).auction.sales_capacity_wad = own * WAD / 10;
        sheet.params.breaker.guarded_sales_bps = 40_000;
        let limit = |sheet: &Sheet| sales_limit(sheet, ETH).unwrap().capacity;
        assert_eq!(limit(&sheet), normal * ETHER);
        sheet.guard.raise(Level::Guarded, HOUR_MS, HOUR_MS, START_MS).unwrap();
        assert_eq!(limit(&sheet), paced * ETHER);
        // Unlimited otherwise.
        config(&mut sheet, ETH).auction.sales_capacity_wad = u128::MAX;
        assert_eq!(limit(&sheet), 40 * ETHER);
    }
}

/// 10 ETH against 1,500 dollars at a threshold of 80 %, with a floor bonus of 2 %.
#[test]
fn an_account_is_urgent_by_its_health_or_by_how_near_insolvency_is() {
    let urgent = |dollars: u128, urgent_ltv_wad, urgent_health_wad| {
        let mut sheet = borrower(1_500);
        sheet.params = MarketParams { urgent_ltv_wad, urgent_health_wad, ..params() };
        set_prices(&mut sheet, dollars * WAD);
        is_urgent(&sheet, &sheet.health().unwrap()).unwrap()
    };
    // HF is 0.9 at 168.75.
    let by_health = |dollars| urgent(dollars, WAD, 9 * WAD / 10);
    assert_eq!([169, 168].map(by_health), [false, true]);
    // 1,530 are all the collateral at 153, nine tenths of it at 170: at it is near enough.
    assert_eq!([154, 153].map(|dollars| urgent(dollars, WAD, 0)), [false, true]);
    assert_eq!([171, 170].map(|dollars| urgent(dollars, 9 * WAD / 10, 0)), [false, true]);
}

#[test]
fn urgency_and_floors_have_bounds() {
    let refused = |change: fn(&mut MarketParams)| {
        let mut changed = params();
        change(&mut changed);
        changed.validate()
    };
    assert_eq!(refused(|p| p.urgent_ltv_wad = 0), Err(Error::UrgencyOutOfRange));
    assert_eq!(refused(|p| p.urgent_health_wad = WAD + 1), Err(Error::UrgencyOutOfRange));
    assert_eq!(refused(|p| p.order_slack_bps = 10_001), Err(Error::BpsOutOfRange));
    assert_eq!(refused(|p| p.starter_floor_wad = 101 * WAD), Err(Error::StarterFloorTooHigh));
}
