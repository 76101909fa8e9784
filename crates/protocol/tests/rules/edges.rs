//! What is exactly at a limit is allowed, what is one beyond is not.

use crate::common::*;
use breakwater_protocol::{
    actions::{start_liquidation, MAX_ACTIONS},
    auction::gate::GONE_AFTER_MS,
    config::rates::{growth_ray, MAX_RATE_WAD, MS_PER_YEAR},
    lens::{self, ShockView},
    num::{
        math::{exp_wad, RAY, WAD},
        shares::{lent_shares_down, Pot},
    },
    risk::tiers::{Bracket, Schedule},
    Account, AccountSnapshot, Action, Error, FlowLimit, Level, NetFlow, Position, Price, Reserve,
    ReserveConfig, ALL, MAX_POSITIONS,
};

// Cash, balances and caps.

#[test]
fn all_the_cash_may_leave_and_no_more() {
    let mut snapshot = snapshot();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    snapshot.reserve_mut(USD).unwrap().balances.cash = 500 * DOLLAR;
    assert_eq!(borrow(&mut snapshot, USD, 500 * DOLLAR + 1), Err(Error::InsufficientCash));
    borrow(&mut snapshot, USD, 500 * DOLLAR).unwrap();
    let mut snapshot = self::snapshot();
    supply(&mut snapshot, 700 * DOLLAR).unwrap();
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    let all = balances.cash;
    (balances.cash, balances.borrowed) = (500 * DOLLAR, all - 500 * DOLLAR);
    assert_eq!(withdraw(&mut snapshot, 500 * DOLLAR + 1), Err(Error::InsufficientCash));
    withdraw(&mut snapshot, 500 * DOLLAR).unwrap();
}

#[test]
fn one_takes_all_that_one_has_and_no_more() {
    let mut snapshot = snapshot();
    assert_eq!(withdraw_collateral(&mut snapshot, ETH, ALL), Err(Error::InsufficientBalance));
    deposit(&mut snapshot, ETH, 10).unwrap();
    assert_eq!(withdraw_collateral(&mut snapshot, ETH, 11), Err(Error::InsufficientBalance));
    withdraw_collateral(&mut snapshot, ETH, 10).unwrap();
    supply(&mut snapshot, 500).unwrap();
    assert_eq!(withdraw(&mut snapshot, 501), Err(Error::InsufficientBalance));
    withdraw(&mut snapshot, 500).unwrap();
    assert!(snapshot.account.is_empty());
}

#[test]
fn a_cap_may_be_filled_to_the_last_unit() {
    let mut snapshot = snapshot();
    config(&mut snapshot, USD).supply_cap = 1_000_100 * DOLLAR;
    assert_eq!(supply(&mut snapshot, 100 * DOLLAR + 1), Err(Error::SupplyCapExceeded));
    supply(&mut snapshot, 100 * DOLLAR).unwrap();
    config(&mut snapshot, ETH).collateral_cap = 10 * ETHER;
    assert_eq!(deposit(&mut snapshot, ETH, 10 * ETHER + 1), Err(Error::CollateralCapExceeded));
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    config(&mut snapshot, USD).borrow_cap = 200 * DOLLAR;
    assert_eq!(borrow(&mut snapshot, USD, 200 * DOLLAR + 1), Err(Error::BorrowCapExceeded));
    borrow(&mut snapshot, USD, 200 * DOLLAR).unwrap();
    // A full cap refuses neither what takes nothing nor what gives back.
    config(&mut snapshot, USD).borrow_cap = 0;
    config(&mut snapshot, USD).supply_cap = 0;
    run(
        &mut snapshot,
        &[
            Action::Supply { asset: USD, assets: 50 * DOLLAR },
            Action::Withdraw { asset: USD, assets: 50 * DOLLAR },
            Action::Repay { asset: USD, assets: 10 * DOLLAR },
            Action::Borrow { asset: USD, assets: 10 * DOLLAR },
        ],
    )
    .unwrap();
}

#[test]
fn a_message_has_one_to_so_many_actions() {
    let supplies = |count: usize| vec![Action::Supply { asset: USD, assets: 1 }; count];
    let plan = |count| breakwater_protocol::actions::plan(&Account::default(), &supplies(count));
    assert_eq!(plan(0).unwrap_err(), Error::BatchOutOfRange);
    assert!(plan(1).is_ok() && plan(MAX_ACTIONS).is_ok());
    assert_eq!(plan(MAX_ACTIONS + 1).unwrap_err(), Error::BatchOutOfRange);
}

#[test]
fn shares_are_worn_out_below_a_millionth_of_their_first_worth() {
    // An empty pot's unit was worth 10^6 shares: 10^12 are a millionth of that.
    let pot = |shares| Pot { assets: 0, shares };
    assert!(lent_shares_down(1, pot(1_000_000_000_000)).is_ok());
    assert_eq!(lent_shares_down(1, pot(1_000_000_000_001)), Err(Error::SharesWornOut));
}

#[test]
fn a_full_account_changes_what_it_has_and_opens_nothing() {
    let lent = |asset, supply_shares| Position { asset, supply_shares, ..Position::default() };
    let mut account = Account::default();
    let most = u8::try_from(MAX_POSITIONS).unwrap();
    for asset in 0..most {
        account.set_position(lent(asset, 1)).unwrap();
    }
    assert_eq!(account.set_position(lent(most, 1)), Err(Error::TooManyPositions));
    assert_eq!(account.set_position(lent(most, 0)), Ok(()));
    assert_eq!(account.set_position(lent(0, 5)), Ok(()));
    assert_eq!((account.position(0).supply_shares, account.positions.len()), (5, most.into()));
    account.set_position(lent(3, 0)).unwrap();
    account.set_position(lent(most, 1)).unwrap();
    assert!(account.holds(most) && !account.holds(3));
}

#[test]
fn an_account_is_empty_without_positions_and_auction() {
    let auction = auctioned(1_500, 180 * WAD).account.auction;
    assert!(auction.is_some());
    let with = |snapshot: AccountSnapshot| snapshot.account.is_empty();
    assert!(with(snapshot()) && !with(borrower(500)));
    assert!(!Account { auction, ..Account::default() }.is_empty());
}

#[test]
fn what_is_held_backs_cash_collateral_and_rewards() {
    let mut balances = lent().balances;
    (balances.cash, balances.borrowed, balances.collateral) = (1, 5_000, 20);
    (balances.protocol_collateral, balances.backstop_collateral, balances.rewards) =
        (300, 4_000, 50_000);
    assert_eq!(balances.backing(), Ok(54_321));
    balances.rewards = u128::MAX;
    assert_eq!(balances.backing(), Err(Error::Overflow));
}

// Health and time.

#[test]
fn in_guarded_collateral_leaves_down_to_a_health_of_five_quarters() {
    // 7.5 of 10 ETH are left: 7.5 x 160 is 1,200, and 960 are four fifths of it.
    for (debt, expected) in [(960, Ok(())), (961, Err(Error::BreakerRefusesRisk))] {
        let mut snapshot = borrower(debt);
        snapshot.guard.raise(Level::Guarded, HOUR_MS, HOUR_MS, START_MS).unwrap();
        let left = withdraw_collateral(&mut snapshot, ETH, 5 * ETHER / 2).map(drop);
        assert_eq!(left, expected, "{debt}");
    }
}

#[test]
fn grace_is_over_after_its_time() {
    for (passed_ms, grace) in [(5 * MINUTE_MS - 1, true), (5 * MINUTE_MS, false)] {
        let expected = if grace { Err(Error::GracePeriod) } else { Ok(()) };
        let mut snapshot = borrower(1_500);
        set_prices(&mut snapshot, 180 * WAD);
        snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().good_since_ms =
            START_MS - passed_ms;
        assert_eq!(start_liquidation(&mut snapshot, [9; 32], 0).map(drop), expected, "a start");
        let mut snapshot = self::snapshot();
        snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().good_since_ms =
            START_MS - passed_ms;
        deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
        assert_eq!(borrow(&mut snapshot, USD, 500 * DOLLAR).map(drop), expected, "a loan");
    }
}

#[test]
fn a_price_is_gone_after_a_day() {
    assert_eq!(GONE_AFTER_MS, 86_400_000);
    for (ms, expected) in [(0, Err(Error::PriceNotGoodForLiquidation)), (1, Ok(()))] {
        let mut snapshot = snapshot();
        let coin = ReserveConfig { token: [3; 32], ..eth_config() };
        snapshot.add_reserve(2, Reserve::new(coin, START_MS).unwrap()).unwrap();
        place_loan(&mut snapshot, 10 * ETHER, 1_700 * DOLLAR);
        let mut held = snapshot.account.position(2);
        held.collateral = ETHER;
        snapshot.account.set_position(held).unwrap();
        pass(&mut snapshot, GONE_AFTER_MS + ms);
        set_prices(&mut snapshot, 200 * WAD);
        snapshot.priced_mut(2).unwrap().price =
            Some(Price { good_for: 0, ..Price::exact(100 * WAD, START_MS) });
        assert_eq!(start_liquidation(&mut snapshot, [9; 32], 0).map(drop), expected, "{ms}");
    }
}

#[test]
fn a_fall_by_all_is_a_shock_and_meeting_the_debt_is_none() {
    let snapshot = borrower(1_200);
    let shocked = |bps| lens::shock(ShockView::default(), &snapshot, bps);
    assert_eq!(shocked(10_001), Err(Error::BpsOutOfRange));
    assert_eq!(shocked(10_000).unwrap().new_accounts, 1);
    // 1,600 less a quarter are 1,200.
    assert_eq!(shocked(2_500).unwrap(), ShockView::default());
    assert_eq!(shocked(2_501).unwrap().new_wad, 1_200 * WAD);
    assert_eq!(shocked(0).unwrap(), ShockView::default());
}

// Tiers.

#[test]
fn two_schedules_together_have_eight_brackets_at_most() {
    let schedule = |edges: &[(u128, u16)]| {
        let tiers: Vec<_> = edges.iter().map(|(from, bps)| tier(*from, 0, *bps)).collect();
        Schedule::thresholds(&tiers)
    };
    // In turn one falls below the other.
    let ours = schedule(&[(0, 80), (10, 40), (30, 10), (50, 2), (70, 0)]);
    let theirs = [(0, 70), (20, 30), (40, 5), (60, 1), (80, 0)];
    let higher = ours.higher(&schedule(&theirs[..4])).unwrap();
    let rates: Vec<u128> =
        higher.brackets().iter().map(|bracket| bracket.rate_wad / 100_000_000_000_000).collect();
    assert_eq!(rates, [80, 70, 40, 30, 10, 5, 2, 1]);
    let last = Bracket { from_wad: 70 * WAD, rate_wad: WAD / 10_000 };
    assert_eq!(higher.brackets().last(), Some(&last));
    assert_eq!(ours.higher(&schedule(&theirs)), Err(Error::TooManyTiers));
    assert_eq!(higher.average_up(0), Ok(80 * WAD / 10_000));
}

// Configurations that are replaced.

fn lent() -> Reserve {
    let config = ReserveConfig {
        rate: flat_rate(WAD / 10),
        outflow: FlowLimit { capacity: 1_000 * DOLLAR, window_ms: HOUR_MS },
        ..usd_config()
    };
    let mut reserve = Reserve::new(config, START_MS).unwrap();
    let balances = &mut reserve.balances;
    (balances.cash, balances.borrowed) = (1_000 * DOLLAR, 1_000 * DOLLAR);
    (balances.supply_shares, balances.debt_shares) = (2_000_000_000_000_000, 1_000_000_000_000_000);
    reserve
}

#[test]
fn what_has_passed_is_charged_by_the_configuration_that_held() {
    let mut reserve = lent();
    let year_ms = START_MS + 31_536_000_000;
    let free = ReserveConfig { rate: flat_rate(0), ..reserve.config.clone() };
    reserve.reconfigure(free, year_ms).unwrap();
    // 1,000 x (0.1 + 0.005 + 0.0001666...)
    assert_eq!((reserve.balances.borrowed, reserve.balances.accrued_ms), (1_105_166_666, year_ms));

    let mut reserve = lent();
    reserve.note_outflow(START_MS, 1_000 * DOLLAR).unwrap();
    let wide = FlowLimit { capacity: 10_000 * DOLLAR, window_ms: HOUR_MS };
    let later_ms = START_MS + HOUR_MS / 2;
    let config = ReserveConfig { outflow: wide, ..reserve.config.clone() };
    reserve.reconfigure(config, later_ms).unwrap();
    // Half of a window of the old limit.
    assert_eq!(reserve.balances.outflow.own.left_up(), 500 * DOLLAR);
    assert_eq!(reserve.balances.outflow.room(&wide, later_ms), Ok(9_500 * DOLLAR));
}

/// Two fifths of a unit had left: one comes in, and three fifths are to the good.
#[test]
fn a_flow_that_turns_keeps_its_part_of_a_unit() {
    let flow = |inward, units, tenths: u64| NetFlow {
        inward,
        units,
        part_wad: tenths * 100_000_000_000_000_000,
    };
    for (before, comes, after) in [
        (flow(false, 0, 4), 1, flow(true, 0, 6)),
        (flow(false, 2, 4), 5, flow(true, 2, 6)),
        (flow(false, 2, 4), 2, flow(false, 0, 4)),
        (flow(false, 2, 0), 5, flow(true, 3, 0)),
        (flow(false, 0, 0), 5, flow(true, 5, 0)),
        (flow(true, 0, 4), 1, flow(true, 1, 4)),
    ] {
        let mut reserve = lent();
        reserve.balances.outflow.own = before;
        reserve.balances.outflow.at_ms = START_MS;
        reserve.return_outflow(START_MS, comes).unwrap();
        assert_eq!(reserve.balances.outflow.own, after, "{before:?}");
    }
}

#[test]
fn thresholds_of_what_is_held_are_not_taken_away() {
    let mut reserve = Reserve::new(eth_config(), START_MS).unwrap();
    let none = ReserveConfig { tiers: vec![], collateral: false, frozen: true, ..eth_config() };
    reserve.balances.collateral = 1;
    assert_eq!(reserve.reconfigure(none.clone(), START_MS), Err(Error::TiersNotMonotone));
    let kept = ReserveConfig { collateral: false, frozen: true, ..eth_config() };
    assert_eq!(reserve.clone().reconfigure(kept, START_MS), Ok(()));
    reserve.balances.collateral = 0;
    assert_eq!(reserve.reconfigure(none, START_MS), Ok(()));
}

// Interest.

#[test]
fn a_century_is_the_most_that_is_charged_at_once() {
    assert_eq!((MS_PER_YEAR, MAX_RATE_WAD), (31_536_000_000, 10_000_000_000_000_000_000));
    let years = |years: u64| growth_ray(WAD / 1_000, years * MS_PER_YEAR as u64).unwrap();
    // 0.1 + 0.005 + 0.0001666...
    assert_eq!(years(100), 105_166_666_666_666_666_666_666_666);
    assert_eq!(years(101), years(100));
    assert!(years(99) < years(100));
    // A quarter of a second more than a year at the highest rate: 10 + 50 + 166.67.
    let most = growth_ray(MAX_RATE_WAD, MS_PER_YEAR as u64).unwrap();
    assert_eq!(most, 226_666_666_666_666_666_666_666_666_666);
}

/// One unit owed and 10^-27 of a unit left of before: what that earns is less than the least part.
#[test]
fn interest_on_what_is_left_of_a_unit_is_rounded_down() {
    let mut reserve = lent();
    let balances = &mut reserve.balances;
    (balances.cash, balances.borrowed, balances.debt_shares) = (0, 1, 1_000_000);
    balances.interest_rest_ray = 1;
    reserve.accrue(START_MS + HOUR_MS).unwrap();
    let growth = growth_ray(WAD / 10, HOUR_MS).unwrap();
    assert_eq!((reserve.balances.borrowed, reserve.balances.interest_rest_ray), (1, growth + 1));
}

/// A share that is worth more than all of a fee: all of it is kept for the next time.
#[test]
fn a_fee_that_is_less_than_a_share_is_kept_for_the_next() {
    let mut reserve = lent();
    let balances = &mut reserve.balances;
    (balances.cash, balances.supply_shares) = (0, 0);
    (balances.borrowed, balances.debt_shares) = (1_000_000_000_000, 1_000_000_000_000_000_000);
    reserve.accrue(START_MS + 3_600).unwrap();
    // 10^12 x 0.1 x 3.6 s / a year = 11,415 units, a tenth of them.
    assert_eq!(reserve.balances.protocol_shares, 0);
    assert_eq!(reserve.balances.fee_rest_ray, 11_415 * RAY / 10);
    // After a year: a tenth of 105,166,667,867 and what was kept, 10,516,667,928, at 1,094,650 a share.
    reserve.accrue(START_MS + 3_600 + 31_536_000_000).unwrap();
    assert_eq!(reserve.balances.protocol_shares, 9_607);
    assert!(reserve.balances.fee_rest_ray < 1_094_651 * RAY);
}

/// However much is kept of it: interest must never stop a message.
#[test]
fn what_is_kept_of_interest_stops_nothing() {
    let mut reserve = lent();
    let balances = &mut reserve.balances;
    (balances.fee_rest_ray, balances.premium_rest_ray, balances.backstop_shares) =
        (u128::MAX, u128::MAX, 1_000_000_000);
    reserve.vault.shares = 1_000_000_000;
    reserve.accrue(START_MS + HOUR_MS).unwrap();
    reserve.accrue(START_MS + 2 * HOUR_MS).unwrap();
    assert!(reserve.balances.borrowed > 1_000 * DOLLAR);
}

#[test]
fn the_exponential_goes_to_forty() {
    assert!(exp_wad(40 * WAD as i128).is_ok());
    assert_eq!(exp_wad(40 * WAD as i128 + 1), Err(Error::Overflow));
}

/// Nobody lends by a market without a line.
#[test]
fn what_is_not_on_the_sheet_is_unknown() {
    let mut snapshot: AccountSnapshot = snapshot();
    assert_eq!(snapshot.priced(9).unwrap_err(), Error::UnknownAsset);
    assert_eq!(
        act(&mut snapshot, Action::Supply { asset: 9, assets: 1 }),
        Err(Error::UnknownAsset)
    );
}
