//! Rules bind what a message leaves behind, not its steps (§ 3.10). Each test here but those of
//! legitimate use failed while the rules were checked at each step.

use crate::common::*;
use breakwater_protocol::{
    actions::{self, start_liquidation},
    num::math::WAD,
    oracle::price::{Use, GOOD_FOR_ALL},
    Account, AccountSnapshot, Action, AssetId, Error, FlowLimit, Level, Price, Reserve,
    ReserveConfig, ALL, MAX_POSITIONS,
};

/// Isolated collateral, a second debt, and a second ordinary collateral. COIN and XYZ are worth 200
/// dollars a unit like ETH, EUR one.
const COIN: AssetId = 2;
const EUR: AssetId = 3;
const XYZ: AssetId = 4;

fn market() -> AccountSnapshot {
    let mut snapshot = snapshot();
    let coin =
        ReserveConfig { token: [3; 32], isolation_ceiling_wad: Some(1_000 * WAD), ..eth_config() };
    let eur = ReserveConfig { token: [4; 32], ..usd_config() };
    let xyz = ReserveConfig { token: [5; 32], ..eth_config() };
    for (asset, config) in [(COIN, coin), (EUR, eur), (XYZ, xyz)] {
        let mut reserve = Reserve::new(config, START_MS).unwrap();
        reserve.balances.cash = 1_000_000 * DOLLAR;
        snapshot.add_reserve(asset, reserve).unwrap();
    }
    set_prices(&mut snapshot, 200 * WAD);
    for asset in [COIN, XYZ] {
        snapshot.priced_mut(asset).unwrap().price = Some(Price::exact(200 * WAD, START_MS));
    }
    snapshot
}

fn add(asset: AssetId, units: u128) -> Action {
    Action::DepositCollateral { asset, amount: units * ETHER, excess_to_supply: false }
}

fn take_out(asset: AssetId, units: u128) -> Action {
    let amount = if units == ALL { ALL } else { units * ETHER };
    Action::WithdrawCollateral { asset, amount }
}

fn lend_me(asset: AssetId, dollars: u128) -> Action {
    Action::Borrow { asset, assets: dollars * DOLLAR }
}

fn pay(asset: AssetId, dollars: u128) -> Action {
    let assets = if dollars == ALL { ALL } else { dollars * DOLLAR };
    Action::Repay { asset, assets }
}

fn lend(asset: AssetId, dollars: u128) -> Action {
    Action::Supply { asset, assets: dollars * DOLLAR }
}

fn counted(snapshot: &AccountSnapshot) -> u128 {
    reserve(snapshot, COIN).balances.isolated_debt_wad / WAD
}

/// Somebody else acts.
fn as_other<T>(snapshot: &mut AccountSnapshot, act: impl FnOnce(&mut AccountSnapshot) -> T) -> T {
    let held = std::mem::take(&mut snapshot.account);
    let done = act(snapshot);
    snapshot.account = held;
    done
}

fn price(snapshot: &mut AccountSnapshot, asset: AssetId) -> &mut Price {
    snapshot.priced_mut(asset).unwrap().price.as_mut().unwrap()
}

// Isolation (4).

#[test]
fn isolation_holds_in_every_order_of_a_batch() {
    let steps = [lend_me(USD, 300), lend_me(EUR, 300), add(COIN, 10), add(ETH, 10)];
    for turn in 0..4 {
        let mut batch = steps;
        batch.rotate_left(turn);
        assert_eq!(run(&mut market(), &batch), Err(Error::IsolatedCollateral), "{turn}");
    }
    // One debt and nothing mixed, but above the ceiling of 1,000.
    assert_eq!(
        run(&mut market(), &[lend_me(USD, 1_001), add(COIN, 10)]),
        Err(Error::IsolationCeilingExceeded)
    );
    let mut snapshot = market();
    run(&mut snapshot, &[lend_me(USD, 1_000), add(COIN, 10)]).unwrap();
    assert_eq!(counted(&snapshot), 1_000);
}

#[test]
fn a_loan_moved_onto_isolated_collateral_counts_whole() {
    let moves = [take_out(ETH, ALL), add(COIN, 10)];
    for (debt, expected) in [(1_001, Err(Error::IsolationCeilingExceeded)), (1_000, Ok(1_000))] {
        let mut snapshot = market();
        run(&mut snapshot, &[add(ETH, 10), lend_me(USD, debt)]).unwrap();
        assert_eq!(run(&mut snapshot, &moves).map(|_| counted(&snapshot)), expected);
    }
    // Away from it again: nothing stands on it any more.
    let mut snapshot = market();
    run(&mut snapshot, &[add(COIN, 10), lend_me(USD, 800)]).unwrap();
    run(&mut snapshot, &[take_out(COIN, ALL), add(ETH, 10)]).unwrap();
    assert_eq!((counted(&snapshot), snapshot.account.isolation), (0, None));
    assert!(snapshot.account.has_debt() && snapshot.account.counted.is_empty());
}

#[test]
fn a_silo_holds_in_every_order() {
    let mut snapshot = market();
    config(&mut snapshot, EUR).siloed = true;
    run(&mut snapshot, &[add(ETH, 10), lend_me(USD, 300)]).unwrap();
    let swap = [lend_me(EUR, 300), pay(USD, ALL)];
    assert_eq!(run(&mut snapshot.clone(), &[lend_me(EUR, 300)]), Err(Error::SiloedDebt));
    // What is left behind is one debt.
    run(&mut snapshot, &swap).unwrap();
    assert_eq!(run(&mut snapshot, &[lend_me(USD, 300)]), Err(Error::SiloedDebt));
}

#[test]
fn nothing_on_balance_is_no_new_debt() {
    let mut snapshot = market();
    run(&mut snapshot, &[add(COIN, 10), lend_me(USD, 1_000)]).unwrap();
    config(&mut snapshot, COIN).isolation_ceiling_wad = Some(500 * WAD);
    config(&mut snapshot, USD).borrow_cap = 100 * DOLLAR;
    config(&mut snapshot, USD).min_debt = 5_000 * DOLLAR;
    run(&mut snapshot, &[pay(USD, 400), lend_me(USD, 400)]).unwrap();
    run(&mut snapshot, &[pay(USD, ALL), lend_me(USD, 1_000)]).unwrap();
    assert_eq!(counted(&snapshot), 1_000);
    assert_eq!(run(&mut snapshot, &[lend_me(USD, 1)]), Err(Error::BorrowCapExceeded));
}

#[test]
fn who_broke_the_rules_by_a_change_of_them_can_still_get_well() {
    // Two collaterals, two debts; then one is isolated, one siloed, all capped and frozen.
    let mut snapshot = market();
    run(&mut snapshot, &[add(ETH, 10), add(XYZ, 10), lend_me(USD, 300), lend_me(EUR, 300)])
        .unwrap();
    config(&mut snapshot, XYZ).isolation_ceiling_wad = Some(1);
    config(&mut snapshot, EUR).siloed = true;
    for asset in [ETH, XYZ] {
        config(&mut snapshot, asset).frozen = true;
        config(&mut snapshot, asset).collateral_cap = 0;
    }
    snapshot.reserves.iter_mut().for_each(|priced| priced.price = None);
    run(&mut snapshot, &[add(ETH, 1), add(XYZ, 1), pay(USD, 100), pay(EUR, 1)]).unwrap();
    assert_eq!(run(&mut snapshot.clone(), &[take_out(ETH, 1)]), Err(Error::SiloedDebt));
    run(&mut snapshot, &[pay(USD, ALL), pay(EUR, ALL), take_out(ETH, ALL), take_out(XYZ, ALL)])
        .unwrap();
}

// The counter over changes of mode (22).

#[test]
fn a_freed_collateral_forgets_nothing() {
    let mut snapshot = market();
    run(&mut snapshot, &[add(COIN, 10), lend_me(USD, 500)]).unwrap();
    config(&mut snapshot, COIN).isolation_ceiling_wad = None;
    borrow(&mut snapshot, USD, 300 * DOLLAR).unwrap();
    borrow(&mut snapshot, EUR, 200 * DOLLAR).unwrap();
    assert_eq!(counted(&snapshot), 1_000);
    config(&mut snapshot, COIN).isolation_ceiling_wad = Some(1_000 * WAD);
    let other = |snapshot: &mut AccountSnapshot, dollars| {
        as_other(snapshot, |snapshot| {
            run(snapshot, &[add(COIN, 10), lend_me(USD, dollars)]).map(drop)
        })
    };
    assert_eq!(other(&mut snapshot.clone(), 100), Err(Error::IsolationCeilingExceeded));
    // Each debt frees its own part: half of 800, all of 200.
    run(&mut snapshot, &[pay(USD, 400)]).unwrap();
    assert_eq!(counted(&snapshot), 600);
    run(&mut snapshot, &[pay(EUR, ALL)]).unwrap();
    assert_eq!(counted(&snapshot), 400);
    assert_eq!(other(&mut snapshot.clone(), 601), Err(Error::IsolationCeilingExceeded));
    other(&mut snapshot, 600).unwrap();
    run(&mut snapshot, &[pay(USD, ALL)]).unwrap();
    assert_eq!((counted(&snapshot), snapshot.account.isolation), (600, None));
}

#[test]
fn a_debt_of_free_times_counts_whole_at_the_next_risk() {
    let mut snapshot = market();
    config(&mut snapshot, COIN).isolation_ceiling_wad = None;
    run(&mut snapshot, &[add(COIN, 20), lend_me(USD, 600)]).unwrap();
    config(&mut snapshot, COIN).isolation_ceiling_wad = Some(1_000 * WAD);
    assert_eq!(counted(&snapshot), 0);
    assert_eq!(borrow(&mut snapshot, USD, 401 * DOLLAR), Err(Error::IsolationCeilingExceeded));
    // Taking collateral back is risk too.
    withdraw_collateral(&mut snapshot, COIN, ETHER).unwrap();
    assert_eq!(counted(&snapshot), 600);
    borrow(&mut snapshot, USD, 400 * DOLLAR).unwrap();
    assert_eq!(counted(&snapshot), 1_000);
}

#[test]
fn a_mixed_account_fills_the_ceiling_only_with_what_stands_on_the_collateral() {
    // A record of 100, then free: 100 ETH carry 15,000.
    let mut snapshot = market();
    run(&mut snapshot, &[add(COIN, 10), lend_me(USD, 100)]).unwrap();
    config(&mut snapshot, COIN).isolation_ceiling_wad = None;
    run(&mut snapshot, &[add(ETH, 100), lend_me(USD, 9_900)]).unwrap();
    assert_eq!(counted(&snapshot), 100);
    // 16,000 on ETH and COIN: 1,000 stand on COIN.
    run(&mut snapshot, &[lend_me(USD, 6_000)]).unwrap();
    assert_eq!(counted(&snapshot), 1_000);
    // Isolated again, nothing may be taken out but by one who leaves COIN.
    config(&mut snapshot, COIN).isolation_ceiling_wad = Some(1_000 * WAD);
    assert_eq!(run(&mut snapshot, &[take_out(ETH, 1)]), Err(Error::IsolatedCollateral));
    run(&mut snapshot, &[add(ETH, 10), take_out(COIN, ALL)]).unwrap();
    assert_eq!((counted(&snapshot), snapshot.account.isolation), (0, None));
}

#[test]
fn a_sale_of_the_isolated_collateral_ends_the_record() {
    // COIN was freed and mixed; its last unit is sold while debt is left on ETH.
    let mut snapshot = market();
    run(&mut snapshot, &[add(COIN, 1), lend_me(USD, 100)]).unwrap();
    config(&mut snapshot, COIN).isolation_ceiling_wad = None;
    run(&mut snapshot, &[add(ETH, 10), lend_me(USD, 1_400)]).unwrap();
    assert!(snapshot.account.isolation.is_some());
    set_prices(&mut snapshot, 160 * WAD);
    price(&mut snapshot, COIN).mid_wad = WAD;
    start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    let order = actions::Order { collateral: COIN, debt: USD, max_repay: ALL, min_receive: 0 };
    actions::take(&mut snapshot, TAKER, &order).unwrap();
    assert_eq!(snapshot.account.position(COIN).collateral, 0);
    assert!(snapshot.account.has_debt());
    assert_eq!((counted(&snapshot), snapshot.account.isolation), (0, None));
}

#[test]
fn interest_does_not_keep_collateral_under_a_full_ceiling() {
    let mut snapshot = market();
    config(&mut snapshot, USD).rate = flat_rate(WAD / 10);
    run(&mut snapshot, &[add(COIN, 20), lend_me(USD, 1_000)]).unwrap();
    pass(&mut snapshot, 30 * DAY_MS);
    withdraw_collateral(&mut snapshot, COIN, ETHER).unwrap();
    assert!(counted(&snapshot) > 1_000);
    assert_eq!(borrow(&mut snapshot, USD, DOLLAR), Err(Error::IsolationCeilingExceeded));
}

// Caps, load, freeze (5).

/// Caps XYZ at 100 units, or makes its load cap as tight.
fn capped(by_load: bool) -> AccountSnapshot {
    let mut snapshot = market();
    let xyz = config(&mut snapshot, XYZ);
    if by_load {
        // Depth 80 at threshold 80 %: 100 units.
        (xyz.liquidity.depth, xyz.liquidity.max_load_wad) = (80 * ETHER, WAD);
    } else {
        xyz.collateral_cap = 100 * ETHER;
    }
    snapshot
}

#[test]
fn no_batch_passes_a_cap_by_a_top_up_of_its_own() {
    for by_load in [false, true] {
        let refused = if by_load { Error::LoadCapExceeded } else { Error::CollateralCapExceeded };
        let batch = [add(XYZ, 1), lend_me(USD, 100), add(XYZ, 6_000), lend_me(USD, 890_000)];
        assert_eq!(run(&mut capped(by_load), &batch), Err(refused));
        // Nor by one in between.
        let mut snapshot = capped(by_load);
        run(&mut snapshot, &[add(XYZ, 1), lend_me(USD, 100)]).unwrap();
        assert_eq!(run(&mut snapshot, &[add(XYZ, 6_000), lend_me(USD, 890_000)]), Err(refused));
        // What fits goes to supply where it can.
        config(&mut snapshot, XYZ).borrowable = true;
        config(&mut snapshot, XYZ).supply_cap = 10_000 * ETHER;
        snapshot.account = Account::default();
        let amount = 6_000 * ETHER;
        let deposit = Action::DepositCollateral { asset: XYZ, amount, excess_to_supply: true };
        run(&mut snapshot, &[add(XYZ, 1), lend_me(USD, 100), deposit]).unwrap();
        assert_eq!(reserve(&snapshot, XYZ).balances.collateral, 100 * ETHER);
    }
}

/// 1,000 of debt on 10 ETH (1,500), a unit of XYZ beside it, topped up beyond its cap.
fn topped_up(by_load: bool) -> AccountSnapshot {
    let mut snapshot = capped(by_load);
    run(&mut snapshot, &[add(ETH, 10), add(XYZ, 1), lend_me(USD, 1_000)]).unwrap();
    run(&mut snapshot, &[add(XYZ, 5_000)]).unwrap();
    snapshot
}

#[test]
fn a_debt_does_not_move_onto_what_was_topped_up_beyond_its_cap() {
    for by_load in [false, true] {
        let refused = if by_load { Error::LoadCapExceeded } else { Error::CollateralCapExceeded };
        let mut snapshot = topped_up(by_load);
        assert_eq!(run(&mut snapshot, &[take_out(ETH, ALL)]), Err(refused));
        // ETH carries 750 for each 5: seven units carry 1,050, six 900.
        assert_eq!(run(&mut snapshot, &[take_out(ETH, 4)]), Err(refused));
        run(&mut snapshot, &[take_out(ETH, 3)]).unwrap();
        assert_eq!(run(&mut snapshot, &[lend_me(USD, 51)]), Err(refused));
        run(&mut snapshot, &[lend_me(USD, 50)]).unwrap();
        // In the message of the top-up as after it.
        let mut snapshot = capped(by_load);
        run(&mut snapshot, &[add(ETH, 10), add(XYZ, 1), lend_me(USD, 1_000)]).unwrap();
        assert_eq!(run(&mut snapshot, &[add(XYZ, 5_000), take_out(ETH, ALL)]), Err(refused));
        assert_eq!(run(&mut snapshot, &[take_out(ETH, ALL), add(XYZ, 5_000)]), Err(refused));
        // Beyond what it could carry at all it is no matter of caps.
        let mut snapshot = topped_up(by_load);
        let all = lend_me(USD, 900_000);
        assert_eq!(run(&mut snapshot, &[all]), Err(Error::InsufficientCollateral));
    }
}

#[test]
fn what_is_frozen_or_no_longer_collateral_carries_nothing_new() {
    type Change = fn(&mut ReserveConfig);
    let changes: [(Change, Error); 2] = [
        (|config| config.frozen = true, Error::Frozen),
        (|config| config.collateral = false, Error::NotCollateral),
    ];
    for (change, refused) in changes {
        let mut snapshot = market();
        run(&mut snapshot, &[add(ETH, 2), add(XYZ, 10), lend_me(USD, 1_000)]).unwrap();
        change(config(&mut snapshot, XYZ));
        // 300 stand on ETH, 700 on XYZ, which could carry 1,500.
        assert_eq!(run(&mut snapshot, &[lend_me(USD, 1)]), Err(refused));
        assert_eq!(run(&mut snapshot, &[take_out(ETH, 1)]), Err(refused));
        // A top-up adds nothing to it; more ETH does.
        assert_eq!(run(&mut snapshot, &[add(XYZ, 90), lend_me(USD, 1)]), Err(refused));
        run(&mut snapshot, &[add(ETH, 2), lend_me(USD, 300)]).unwrap();
        // It may leave as far as the rest still covers: 600 on ETH, 700 need 4.67 units.
        assert_eq!(run(&mut snapshot, &[take_out(XYZ, 6)]), Err(Error::InsufficientCollateral));
        run(&mut snapshot, &[take_out(XYZ, 5)]).unwrap();
        run(&mut snapshot, &[pay(USD, ALL), take_out(XYZ, ALL)]).unwrap();
    }
}

#[test]
fn an_honest_loan_on_what_was_capped_later_goes_on() {
    let mut snapshot = borrower(1_000);
    config(&mut snapshot, ETH).collateral_cap = 0;
    assert_eq!(borrow(&mut snapshot, USD, DOLLAR), Err(Error::CollateralCapExceeded));
    // 1,000 / 0.75 / 200 = 6.67 units.
    withdraw_collateral(&mut snapshot, ETH, 3 * ETHER).unwrap();
    assert_eq!(withdraw_collateral(&mut snapshot, ETH, ETHER), Err(Error::InsufficientCollateral));
    deposit(&mut snapshot, ETH, ETHER).unwrap();
    repay(&mut snapshot, 500 * DOLLAR).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, DOLLAR), Err(Error::CollateralCapExceeded));
    // Swapped for another debt of the same value it is no new one.
    assert_eq!(run(&mut snapshot, &[pay(USD, 100), lend_me(USD, 100)]).map(drop), Ok(()));
}

#[test]
fn a_bad_price_of_what_leaves_moves_no_debt() {
    // ETH seems worth a tenth, at a price good for nothing, in the message that takes it away.
    let mut snapshot = topped_up(false);
    *price(&mut snapshot, ETH) = Price { good_for: 0, ..Price::exact(20 * WAD, START_MS) };
    assert_eq!(run(&mut snapshot, &[take_out(ETH, ALL)]), Err(Error::CollateralCapExceeded));
    snapshot.priced_mut(ETH).unwrap().price = None;
    assert_eq!(run(&mut snapshot, &[take_out(ETH, ALL)]), Err(Error::CollateralCapExceeded));
}

#[test]
fn all_out_and_in_again_is_a_top_up() {
    let mut snapshot = borrower(1_000);
    config(&mut snapshot, ETH).collateral_cap = 0;
    config(&mut snapshot, ETH).frozen = true;
    run(&mut snapshot, &[take_out(ETH, ALL), add(ETH, 10)]).unwrap();
    run(&mut snapshot, &[take_out(ETH, ALL), add(ETH, 11)]).unwrap();
    // Without debt it is a deposit like another.
    repay(&mut snapshot, ALL).unwrap();
    assert_eq!(run(&mut snapshot, &[take_out(ETH, ALL), add(ETH, 12)]), Err(Error::Frozen));
}

// Positions opened in debt (3).

#[test]
fn a_position_opened_in_debt_needs_a_good_price_and_a_calm_level() {
    let now = |change: fn(&mut AccountSnapshot)| {
        let mut snapshot = market();
        run(&mut snapshot, &[add(ETH, 10), lend_me(USD, 500)]).unwrap();
        snapshot.now_ms = START_MS + 10 * MINUTE_MS;
        change(&mut snapshot);
        let opened = deposit(&mut snapshot.clone(), XYZ, 1).map(drop);
        // Without debt nothing is refused, and no more a top-up.
        let mut free = snapshot.clone();
        free.account = Account::default();
        deposit(&mut free, XYZ, 1).unwrap();
        deposit(&mut snapshot, ETH, 1).unwrap();
        opened
    };
    assert_eq!(now(|_| {}), Ok(()));
    assert_eq!(
        now(|snapshot| snapshot.priced_mut(XYZ).unwrap().price = None),
        Err(Error::PriceMissing)
    );
    let unfit = GOOD_FOR_ALL & !Use::Risk.flag();
    fn good_for(snapshot: &mut AccountSnapshot, flags: u8) {
        price(snapshot, XYZ).good_for = flags;
    }
    assert_eq!(unfit, 6);
    assert_eq!(now(|snapshot| good_for(snapshot, 6)), Err(Error::PriceNotGoodForRisk));
    for (level, expected) in [
        (Level::Guarded, Ok(())),
        (Level::Stressed, Err(Error::BreakerRefusesRisk)),
        (Level::Halted, Err(Error::BreakerRefusesRisk)),
    ] {
        let mut snapshot = market();
        run(&mut snapshot, &[add(ETH, 10), lend_me(USD, 500)]).unwrap();
        let guard = &mut snapshot.reserve_mut(XYZ).unwrap().balances.breaker.guard;
        guard.raise(level, HOUR_MS, HOUR_MS, START_MS).unwrap();
        assert_eq!(deposit(&mut snapshot, XYZ, 1).map(drop), expected, "{level:?}");
    }
    // Five minutes of grace.
    fn since(snapshot: &mut AccountSnapshot, minutes: u64) {
        price(snapshot, XYZ).good_since_ms = snapshot.now_ms - minutes * MINUTE_MS;
    }
    assert_eq!(now(|snapshot| since(snapshot, 4)), Err(Error::GracePeriod));
    assert_eq!(now(|snapshot| since(snapshot, 5)), Ok(()));
}

#[test]
fn a_debt_opened_needs_it_too_and_in_any_order() {
    let mut snapshot = market();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    price(&mut snapshot, EUR).good_since_ms = START_MS - MINUTE_MS;
    assert_eq!(borrow(&mut snapshot, EUR, 100 * DOLLAR), Err(Error::GracePeriod));
    // A collateral deposited before there was debt comes in with the first: no way round by two
    // messages. A second loan opens nothing.
    let mut early = snapshot.clone();
    price(&mut early, ETH).good_since_ms = START_MS - MINUTE_MS;
    assert_eq!(borrow(&mut early, USD, 100 * DOLLAR), Err(Error::GracePeriod));
    let mut later = snapshot.clone();
    borrow(&mut later, USD, 100 * DOLLAR).unwrap();
    price(&mut later, ETH).good_since_ms = START_MS - MINUTE_MS;
    borrow(&mut later, USD, 100 * DOLLAR).unwrap();
    price(&mut snapshot, XYZ).good_for = 0;
    let batch = [add(XYZ, 1), lend_me(USD, 100)];
    let backwards = [batch[1], batch[0]];
    assert_eq!(run(&mut snapshot, &batch), Err(Error::PriceNotGoodForRisk));
    assert_eq!(run(&mut snapshot, &backwards), Err(Error::PriceNotGoodForRisk));
    // By the excess of a deposit that has no room nothing is opened.
    borrow(&mut snapshot, USD, 100 * DOLLAR).unwrap();
    config(&mut snapshot, XYZ).collateral_cap = 0;
    config(&mut snapshot, XYZ).borrowable = true;
    config(&mut snapshot, XYZ).supply_cap = ETHER;
    let deposit =
        Action::DepositCollateral { asset: XYZ, amount: ETHER / 2, excess_to_supply: true };
    run(&mut snapshot, &[deposit]).unwrap();
}

#[test]
fn the_plan_loads_prices_for_a_position_opened_in_debt() {
    let account = borrower(500).account;
    let plan = |actions: &[Action]| actions::plan(&account, actions).unwrap();
    let opened = plan(&[add(XYZ, 1)]);
    assert_eq!((opened.assets, opened.prices), (vec![XYZ, ETH, USD], true));
    assert!(!plan(&[add(ETH, 1)]).prices);
    assert!(!actions::plan(&Account::default(), &[add(XYZ, 1)]).unwrap().prices);
}

// Minimum, caps, places.

#[test]
fn minimum_and_caps_bind_the_balance() {
    let mut snapshot = market();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    let part = |units| Action::Repay { asset: USD, assets: units };
    assert_eq!(
        run(&mut snapshot, &[lend_me(USD, 100), part(99 * DOLLAR + DOLLAR / 2)]),
        Err(Error::DebtBelowMinimum)
    );
    run(&mut snapshot, &[lend_me(USD, 1), lend_me(USD, 999)]).unwrap();
    // A repayment may leave dust, and what is less than before is no new debt.
    run(&mut snapshot, &[pay(USD, 999), Action::Borrow { asset: USD, assets: DOLLAR / 2 }])
        .unwrap();
    config(&mut snapshot, USD).borrow_cap = 1_000 * DOLLAR;
    run(&mut snapshot, &[lend_me(USD, 1_200), pay(USD, 300)]).unwrap();
    assert_eq!(run(&mut snapshot, &[lend_me(USD, 100)]), Err(Error::BorrowCapExceeded));
    // A million is lent and the cap as high.
    config(&mut snapshot, USD).supply_cap = 1_000_000 * DOLLAR;
    assert_eq!(run(&mut snapshot, &[lend(USD, 1)]), Err(Error::SupplyCapExceeded));
    let back = Action::Withdraw { asset: USD, assets: 100 * DOLLAR };
    run(&mut snapshot, &[lend(USD, 100), back]).unwrap();
    run(&mut snapshot, &[pay(USD, ALL)]).unwrap();
}

#[test]
fn places_are_counted_at_the_end() {
    let mut snapshot = market();
    deposit(&mut snapshot, ETH, ETHER).unwrap();
    for asset in 10..9 + MAX_POSITIONS as u8 {
        let mut held = snapshot.account.position(asset);
        held.supply_shares = 1;
        snapshot.account.set_position(held).unwrap();
    }
    assert_eq!(snapshot.account.positions.len(), MAX_POSITIONS);
    assert_eq!(deposit(&mut snapshot, XYZ, ETHER), Err(Error::TooManyPositions));
    assert_eq!(run(&mut snapshot, &[lend(USD, 1)]), Err(Error::TooManyPositions));
    run(&mut snapshot, &[add(XYZ, 1), take_out(ETH, ALL)]).unwrap();
    assert_eq!(snapshot.account.positions.len(), MAX_POSITIONS);
}

#[test]
fn others_take_no_more_than_half_the_places_in_one_batch() {
    let account = borrower(500).account;
    let supplies = [5, 6, 7].map(|asset| Action::Supply { asset, assets: 1 });
    assert_eq!(actions::permit_others(&account, &supplies[..2]), Ok(()));
    assert_eq!(actions::permit_others(&account, &supplies), Err(Error::NotYourAccount));
    let again = [supplies[0], supplies[1], supplies[0]];
    assert_eq!(actions::permit_others(&account, &again), Ok(()));
}

// Guarded, and auctions (19).

#[test]
fn in_guarded_collateral_that_leaves_needs_health_whatever_else_the_message_does() {
    let mut snapshot = borrower(1_000);
    config(&mut snapshot, USD).min_debt = 0;
    let guard = &mut snapshot.reserve_mut(ETH).unwrap().balances.breaker.guard;
    guard.raise(Level::Guarded, HOUR_MS, HOUR_MS, START_MS).unwrap();
    // 7.5 x 160 / 1,000 = 1.2; the debt is within 90 % of 1,125.
    let out = Action::WithdrawCollateral { asset: ETH, amount: 5 * ETHER / 2 };
    for batch in [
        vec![out],
        vec![out, Action::Borrow { asset: USD, assets: 1 }],
        vec![Action::Borrow { asset: USD, assets: 1 }, out],
        vec![out, Action::Repay { asset: USD, assets: 1 }],
    ] {
        assert_eq!(run(&mut snapshot.clone(), &batch), Err(Error::BreakerRefusesRisk), "{batch:?}");
    }
    // Borrowing alone is bound by nine tenths of 1,500, not by health.
    assert_eq!(borrow(&mut snapshot, USD, 351 * DOLLAR), Err(Error::InsufficientCollateral));
    borrow(&mut snapshot, USD, 350 * DOLLAR).unwrap();
    // All out and in again has taken nothing.
    run(&mut snapshot, &[take_out(ETH, ALL), add(ETH, 10)]).unwrap();
}

#[test]
fn a_message_that_ends_an_auction_may_take_collateral_back() {
    let (leave, settle) = (take_out(ETH, ALL), pay(USD, ALL));
    for batch in [[settle, leave], [leave, settle]] {
        let mut snapshot = auctioned(1_500, 180 * WAD);
        let mut dark = snapshot.clone();
        let (_, ended) = actions::run(&mut snapshot, &batch).unwrap();
        assert!(ended.is_some() && snapshot.account.is_empty());
        dark.reserves.iter_mut().for_each(|priced| priced.price = None);
        actions::run(&mut dark, &batch).unwrap();
        assert!(dark.account.is_empty());
    }
    // Back within the LTV: 9 x 180 x 0.75 = 1,215.
    let mut snapshot = auctioned(1_500, 180 * WAD);
    let part = |dollars| [pay(USD, dollars), take_out(ETH, 1)];
    assert_eq!(run(&mut snapshot, &part(284)), Err(Error::AuctionRunning));
    run(&mut snapshot, &part(285)).unwrap();
    assert_eq!(snapshot.account.auction, None);
    // Healthy but beyond the LTV, still ill, without a price: no.
    let snapshot = auctioned(1_500, 180 * WAD);
    for batch in [
        vec![take_out(ETH, 1)],
        vec![lend_me(USD, 1)],
        vec![pay(USD, 100), take_out(ETH, 1)],
        vec![pay(USD, 30), lend_me(USD, 1)],
        vec![pay(USD, 100), lend_me(USD, 100)],
        vec![take_out(ETH, 1), add(ETH, 1)],
    ] {
        assert_eq!(run(&mut snapshot.clone(), &batch), Err(Error::AuctionRunning), "{batch:?}");
    }
    let mut dark = snapshot;
    dark.reserves.iter_mut().for_each(|priced| priced.price = None);
    assert_eq!(run(&mut dark, &part(1_000)), Err(Error::AuctionRunning));
    run(&mut dark, &[pay(USD, 1_000)]).unwrap();
}

#[test]
fn no_rule_needs_more_than_the_plan_loads() {
    // An outflow limit and a record beside: the smallest snapshots on which a message may run.
    let mut full = market();
    config(&mut full, USD).outflow = FlowLimit { capacity: 10_000 * DOLLAR, window_ms: HOUR_MS };
    run(&mut full, &[add(COIN, 10), lend_me(USD, 500)]).unwrap();
    for batch in [
        vec![pay(USD, 100)],
        vec![add(COIN, 1)],
        vec![take_out(COIN, 1)],
        vec![lend_me(USD, 100)],
        vec![lend(USD, 100)],
        vec![take_out(COIN, ALL), add(ETH, 10)],
        vec![pay(USD, ALL), take_out(COIN, ALL)],
    ] {
        let plan = actions::plan(&full.account, &batch).unwrap();
        let mut small = full.clone();
        small.reserves.retain(|priced| plan.assets.contains(&priced.asset));
        if !plan.prices {
            small.reserves.iter_mut().for_each(|priced| priced.price = None);
        }
        run(&mut small, &batch).unwrap_or_else(|error| panic!("{batch:?}: {error:?}"));
    }
}
