//! Lending, borrowing and repaying: shares, interest, identities over long random sequences.

mod common;

use breakwater_protocol::{
    actions,
    math::{mul_div_down, mul_div_up, WAD},
    price::Use,
    rates::{borrow_rate_wad, growth_wad, MS_PER_YEAR},
    shares::{to_assets_down, to_assets_up, to_shares_down, to_shares_up, Pot},
    Account, Error, RateConfig, Sheet, ALL, MAX_POSITIONS,
};
use common::*;
use proptest::prelude::*;

#[test]
fn products_are_exact_beyond_128_bits() {
    // Aave v3's MathUtils test: 5 x 5 / 3 rounds up to 9.
    assert_eq!(mul_div_up(5, 5, 3), Ok(9));
    assert_eq!(mul_div_up(0, 10, 5), Ok(0));
    assert_eq!(mul_div_down(u128::MAX, u128::MAX, u128::MAX), Ok(u128::MAX));
    assert_eq!(mul_div_down(u128::MAX, 2, 1), Err(Error::Overflow));
    assert_eq!(mul_div_up(u128::MAX, u128::MAX - 1, u128::MAX), Ok(u128::MAX - 1));
    assert_eq!(mul_div_down(1, 1, 0), Err(Error::DivisionByZero));
}

#[test]
fn the_rate_follows_its_kink() {
    // 2 % at rest, 10 % at 80 %, 110 % at full use.
    let rate = RateConfig {
        base_wad: WAD / 50,
        kink_rate_wad: WAD / 10,
        full_rate_wad: 11 * WAD / 10,
        kink_bps: 8_000,
    };
    let at = |percent: u128| borrow_rate_wad(&rate, percent * WAD / 100).unwrap();
    assert_eq!(at(0), WAD / 50);
    assert_eq!(at(40), 6 * WAD / 100);
    assert_eq!(at(80), WAD / 10);
    assert_eq!(at(90), 6 * WAD / 10);
    assert_eq!(at(100), 11 * WAD / 10);
}

#[test]
fn interest_is_close_to_the_exponential() {
    // The Taylor sum misses x^4/24 e^x at most.
    for (rate, years) in [(0.05f64, 1.0), (0.2, 0.5), (1.0, 0.25), (0.1, 1.0 / 12.0)] {
        let x: f64 = rate * years;
        let rate_wad = (rate * 1e18) as u128;
        let elapsed_ms = (years * MS_PER_YEAR as f64) as u64;
        let got = growth_wad(rate_wad, elapsed_ms).unwrap() as f64 / 1e18;
        let want = x.exp_m1();
        assert!(got <= want + 1e-12 && want - got <= x.powi(4) / 24.0 * x.exp() + 1e-12, "{x}");
    }
}

#[test]
fn lenders_earn_what_borrowers_pay_less_the_reserve_factor() {
    let mut sheet = borrower(1_000);
    sheet.reserve_mut(USD).unwrap().config.rate = flat_rate(WAD / 10);
    pass(&mut sheet, MS_PER_YEAR as u64);
    let books = sheet.line(USD).unwrap().reserve.books;
    // 1,000 x (0.1 + 0.005 + 0.0001666...) = 105.166666
    assert_eq!(books.borrowed, 1_105_166_666);
    let protocol = to_assets_down(books.protocol_shares, books.supplied().unwrap()).unwrap();
    // A tenth of 105.166666, less rounding.
    assert!((10_516_665..=10_516_666).contains(&protocol), "{protocol}");
}

#[test]
fn poking_often_does_not_make_borrowing_free() {
    let mut sheet = borrower(100);
    sheet.reserve_mut(USD).unwrap().config.rate = flat_rate(WAD / 100);
    // 100 dollars at 1 % earn a unit every 31.5 seconds; a poke each second for an hour earns it
    // all the same.
    for _ in 0..3_600 {
        pass(&mut sheet, 1_000);
    }
    assert_eq!(sheet.line(USD).unwrap().reserve.books.borrowed, 100_000_000 + 112);
}

#[test]
fn a_donation_or_a_dust_deposit_does_not_rob_the_next_lender() {
    // OpenZeppelin's attack: supply one unit, inflate, wait for the victim. Books are internal,
    // so all the attacker could do is to earn interest; even a pot inflated 10^9 times leaves
    // the victim's loss below what the attacker lost.
    let pot = Pot { assets: 1 + 1_000_000_000, shares: 1_000_000 };
    let victim = to_shares_down(420_000_000, pot).unwrap();
    let after = Pot { assets: pot.assets + 420_000_000, shares: pot.shares + victim };
    let back = to_assets_down(victim, after).unwrap();
    assert!(420_000_000 - back < 1_000, "lost {}", 420_000_000 - back);
}

#[test]
fn borrowing_stops_at_ltv_and_below_the_minimum() {
    let mut sheet = sheet();
    actions::deposit_collateral(&mut sheet, ETH, 10 * ETHER).unwrap();
    assert_eq!(
        actions::borrow(&mut sheet.clone(), USD, 1_500 * DOLLAR + 1),
        Err(Error::InsufficientCollateral)
    );
    assert_eq!(
        actions::borrow(&mut sheet.clone(), USD, 100 * DOLLAR - 1),
        Err(Error::DebtBelowMinimum)
    );
    assert!(actions::borrow(&mut sheet, USD, 1_500 * DOLLAR).is_ok());
}

#[test]
fn risk_is_taken_on_at_the_bad_end_of_the_band() {
    let mut sheet = sheet();
    actions::deposit_collateral(&mut sheet, ETH, 10 * ETHER).unwrap();
    let price = sheet.line_mut(ETH).unwrap().price.as_mut().unwrap();
    price.low_wad = 190 * WAD;
    // 10 x 190 x 0.75 = 1,425.
    assert_eq!(
        actions::borrow(&mut sheet.clone(), USD, 1_425 * DOLLAR + 1),
        Err(Error::InsufficientCollateral)
    );
    assert!(actions::borrow(&mut sheet.clone(), USD, 1_425 * DOLLAR).is_ok());
    sheet.line_mut(ETH).unwrap().price.as_mut().unwrap().good_for = Use::Settlement.flag();
    assert_eq!(actions::borrow(&mut sheet, USD, 500 * DOLLAR), Err(Error::PriceNotGoodForRisk));
}

#[test]
fn collateral_comes_back_without_prices_when_there_is_no_debt() {
    let mut sheet = sheet();
    actions::deposit_collateral(&mut sheet, ETH, 10 * ETHER).unwrap();
    for line in &mut sheet.lines {
        line.price = None;
    }
    assert_eq!(actions::withdraw_collateral(&mut sheet, ETH, ALL), Ok(10 * ETHER));
    assert!(sheet.account.is_empty());
}

#[test]
fn bad_input_has_its_own_error() {
    let mut sheet = sheet();
    assert_eq!(actions::supply(&mut sheet, USD, 0), Err(Error::ZeroAmount));
    assert_eq!(actions::supply(&mut sheet, 7, 1), Err(Error::UnknownAsset));
    assert_eq!(actions::supply(&mut sheet, ETH, 1), Err(Error::NotBorrowable));
    assert_eq!(actions::deposit_collateral(&mut sheet, USD, 1), Err(Error::NotCollateral));
    assert_eq!(actions::withdraw(&mut sheet, USD, 1), Err(Error::InsufficientBalance));
    assert_eq!(actions::withdraw_collateral(&mut sheet, ETH, 1), Err(Error::InsufficientBalance));
    assert_eq!(actions::repay(&mut sheet, USD, 1), Err(Error::NoDebt));
    assert_eq!(actions::supply(&mut sheet, USD, u128::MAX), Err(Error::Overflow));
}

#[test]
fn caps_hold_but_never_stop_a_rescue() {
    let mut sheet = auctioned(1_500, 180 * WAD);
    sheet.reserve_mut(ETH).unwrap().config.collateral_cap = 0;
    assert!(actions::deposit_collateral(&mut sheet.clone(), ETH, ETHER).is_ok());
    sheet.account.auction = None;
    assert_eq!(
        actions::deposit_collateral(&mut sheet, ETH, ETHER),
        Err(Error::CollateralCapExceeded)
    );
}

#[test]
fn an_account_has_few_places() {
    let mut account = Account::default();
    for asset in 0..MAX_POSITIONS as u8 {
        let mut position = account.position(asset);
        position.collateral = 1;
        account.set_position(position).unwrap();
    }
    let mut one_more = account.position(MAX_POSITIONS as u8);
    one_more.collateral = 1;
    assert_eq!(account.set_position(one_more), Err(Error::TooManyPositions));
    let mut emptied = account.position(3);
    emptied.collateral = 0;
    account.set_position(emptied).unwrap();
    assert!(account.set_position(one_more).is_ok());
}

#[test]
fn unsafe_configurations_are_refused_each_with_its_error() {
    let broken = |change: fn(&mut breakwater_protocol::ReserveConfig)| {
        let mut config = eth_config();
        change(&mut config);
        config.validate()
    };
    assert_eq!(broken(|_| {}), Ok(()));
    assert_eq!(broken(|c| c.ltv_bps = 8_000), Err(Error::LtvNotBelowThreshold));
    assert_eq!(broken(|c| c.liquidation_threshold_bps = 9_100), Err(Error::BonusTooHigh));
    assert_eq!(broken(|c| c.collateral = false), Err(Error::UselessReserve));
    assert_eq!(broken(|c| c.decimals = 25), Err(Error::DecimalsOutOfRange));
    assert_eq!(broken(|c| c.auction.duration_ms = 0), Err(Error::AuctionDurationOutOfRange));
    assert_eq!(broken(|c| c.auction.floor_bonus_bps = 1_001), Err(Error::BpsOutOfRange));
    assert_eq!(broken(|c| c.reserve_factor_bps = 10_001), Err(Error::BpsOutOfRange));
    let mut usd = usd_config();
    usd.rate.full_rate_wad = 11 * WAD;
    assert_eq!(usd.validate(), Err(Error::RateOutOfRange));
}

/// What one of a few users does next.
#[derive(Clone, Debug)]
enum Step {
    Supply(u128),
    Withdraw(u128),
    Deposit(u128),
    Take(u128),
    Borrow(u128),
    Repay(u128),
    Price(u128),
    Start,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let usd = 1u128..=2_000 * DOLLAR;
    prop_oneof![
        usd.clone().prop_map(Step::Supply),
        prop_oneof![usd.clone(), Just(ALL)].prop_map(Step::Withdraw),
        (1u128..=10 * ETHER).prop_map(Step::Deposit),
        prop_oneof![usd.clone(), Just(ALL)].prop_map(Step::Take),
        usd.clone().prop_map(Step::Borrow),
        prop_oneof![usd, Just(ALL)].prop_map(Step::Repay),
        (50u128..=400).prop_map(|dollars| Step::Price(dollars * WAD)),
        Just(Step::Start),
        (1u64..=30 * 24).prop_map(|hours| Step::Wait(hours * HOUR_MS)),
    ]
}

/// Does a step for a user. A step that is refused leaves the sheet as it was.
fn apply(sheet: &mut Sheet, step: &Step) {
    let mut next = sheet.clone();
    let done = match *step {
        Step::Supply(amount) => actions::supply(&mut next, USD, amount).map(drop),
        Step::Withdraw(amount) => actions::withdraw(&mut next, USD, amount).map(drop),
        Step::Deposit(amount) => actions::deposit_collateral(&mut next, ETH, amount).map(drop),
        Step::Take(amount) => take(&mut next, amount).map(drop),
        Step::Borrow(amount) => actions::borrow(&mut next, USD, amount).map(drop),
        Step::Repay(amount) => actions::repay(&mut next, USD, amount).map(|_| {
            next.cure();
        }),
        Step::Start => actions::start_liquidation(&mut next, [9; 32]).map(drop),
        Step::Price(price) => {
            set_prices(&mut next, price);
            Ok(())
        }
        Step::Wait(ms) => {
            pass(&mut next, ms);
            Ok(())
        }
    };
    if done.is_ok() {
        *sheet = next;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Three users, long sequences: the shares of all are the pot's shares, cash never goes
    /// below zero, and nobody can take out more than the pot holds.
    #[test]
    fn books_balance_whatever_is_done(steps in proptest::collection::vec((0usize..3, step()), 1..120)) {
        let mut sheet = sheet();
        sheet.reserve_mut(USD).unwrap().config.rate = flat_rate(WAD / 5);
        let seed_shares = sheet.line(USD).unwrap().reserve.books.supply_shares;
        let mut users = vec![Account::default(); 3];
        for (user, step) in &steps {
            sheet.account = std::mem::take(&mut users[*user]);
            apply(&mut sheet, step);
            users[*user] = std::mem::take(&mut sheet.account);

            let usd = sheet.line(USD).unwrap().reserve.books;
            let eth = sheet.line(ETH).unwrap().reserve.books;
            let sum = |part: fn(&breakwater_protocol::Position) -> u128, asset| -> u128 {
                users.iter().map(|user| part(&user.position(asset))).sum()
            };
            prop_assert_eq!(
                sum(|p| p.supply_shares, USD) + seed_shares + usd.protocol_shares,
                usd.supply_shares
            );
            prop_assert_eq!(sum(|p| p.debt_shares, USD), usd.debt_shares);
            prop_assert_eq!(sum(|p| p.collateral, ETH), eth.collateral);
            let pot = usd.supplied().unwrap();
            prop_assert!(to_assets_down(usd.supply_shares, pot).unwrap() <= pot.assets);
        }
    }

    /// Going in and out again never gains, whichever way it is rounded.
    #[test]
    fn a_round_trip_never_gains(
        assets in 1u128..=1u128 << 90,
        pot_assets in 0u128..=1u128 << 90,
        ratio in 1u128..=1_000_000,
    ) {
        let pot = Pot { assets: pot_assets, shares: pot_assets * ratio };
        let shares = to_shares_down(assets, pot).unwrap();
        let after = Pot { assets: pot.assets + assets, shares: pot.shares + shares };
        prop_assert!(to_assets_down(shares, after).unwrap() <= assets);
        prop_assert!(to_shares_up(assets, pot).unwrap() >= shares);
        let owed = to_shares_up(assets, pot).unwrap();
        let after = Pot { assets: pot.assets + assets, shares: pot.shares + owed };
        prop_assert!(to_assets_up(owed, after).unwrap() >= assets);
    }
}
