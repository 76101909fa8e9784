//! The inflow fuse in a market (§ G10): collateral that comes in too fast carries less for new risk, and what
//! stands is not touched. Its numbers alone: `gradual_fuse.rs`.

use crate::common::*;
use breakwater_protocol::{
    actions::{available_down, start_liquidation},
    lens,
    num::math::WAD,
    Account, AccountSnapshot, Action, Error, FuseConfig, ALL,
};
use proptest::prelude::*;

/// A depth of 10 ETH: 20 in full, from 80 on nothing.
fn market() -> AccountSnapshot {
    let mut eth = eth_config();
    eth.liquidity.depth = 10 * ETHER;
    eth.liquidity.max_load_wad = 1_000 * WAD;
    eth.liquidity.fuse = FuseConfig::default();
    snapshot_with(eth, usd_config())
}

/// Just so much can be borrowed, and not a cent more.
fn borrows_just(snapshot: &AccountSnapshot, dollars: u128) {
    assert_eq!(available_down(snapshot).unwrap() / WAD, dollars);
    let most = dollars * DOLLAR;
    let more = borrow(&mut snapshot.clone(), USD, most.max(100 * DOLLAR) + DOLLAR / 100);
    assert_eq!(more.map(drop), Err(Error::InsufficientCollateral));
    if dollars != 0 {
        borrow(&mut snapshot.clone(), USD, most).unwrap();
    }
}

#[test]
fn what_comes_in_too_fast_carries_less() {
    // At an LTV of 75 %: 20 ETH 3,000; 50 a half of 7,500; 65 a quarter of 9,750; 80 nothing.
    for (ethers, dollars) in [(20, 3_000), (50, 3_750), (65, 2_437), (80, 0), (1_000, 0)] {
        let mut snapshot = market();
        deposit(&mut snapshot, ETH, ethers * ETHER).unwrap();
        if dollars == 2_437 {
            assert_eq!(available_down(&snapshot), Ok(2_437_500_000_000_000_000_000));
        } else {
            borrows_just(&snapshot, dollars);
        }
        let fuse_wad = lens::sale(snapshot, ETH).unwrap().fuse_wad;
        let want = [(20, WAD), (50, WAD / 2), (65, WAD / 4)];
        let want = want.iter().find(|(of, _)| *of == ethers).map_or(0, |(_, want)| *want);
        assert_eq!(fuse_wad, want);
    }
    // Without it all of it.
    let mut snapshot = market();
    config(&mut snapshot, ETH).liquidity.fuse = FuseConfig::NEVER;
    deposit(&mut snapshot, ETH, 80 * ETHER).unwrap();
    borrows_just(&snapshot, 12_000);
}

#[test]
fn it_is_forgotten_by_half_in_six_hours() {
    let mut snapshot = market();
    deposit(&mut snapshot, ETH, 80 * ETHER).unwrap();
    pass(&mut snapshot, 6 * HOUR_MS);
    // Four depths are left: two thirds of 12,000.
    let available = available_down(&snapshot).unwrap();
    assert!(8_000 * WAD - available < WAD / 1_000, "{available}");
    pass(&mut snapshot, 6 * HOUR_MS + 1);
    borrows_just(&snapshot, 12_000);
}

#[test]
fn what_leaves_counts_off() {
    let mut snapshot = market();
    deposit(&mut snapshot, ETH, 80 * ETHER).unwrap();
    withdraw_collateral(&mut snapshot, ETH, 60 * ETHER).unwrap();
    borrows_just(&snapshot, 3_000);
    // By whomever, and in one message.
    let mut snapshot = market();
    let come_and_go = [
        Action::DepositCollateral { asset: ETH, amount: 500 * ETHER, excess_to_supply: false },
        Action::WithdrawCollateral { asset: ETH, amount: 480 * ETHER },
        Action::Borrow { asset: USD, assets: 3_000 * DOLLAR },
    ];
    run(&mut snapshot, &come_and_go).unwrap();
    assert_eq!(reserve(&snapshot, ETH).balances.inflow.depths_pico, 2_000_000_000_000);
}

/// Who had a loan before is not liquidated, may repay, add and take what others may; but takes no new risk on
/// what others have blown.
#[test]
fn standing_loans_are_not_touched() {
    let mut snapshot = market();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 1_000 * DOLLAR).unwrap();
    pass(&mut snapshot, 48 * HOUR_MS);
    set_prices(&mut snapshot, 200 * WAD);
    let (held, before) = (snapshot.account.clone(), snapshot.health().unwrap());
    snapshot.account = Account::default();
    deposit(&mut snapshot, ETH, 500 * ETHER).unwrap();
    assert_eq!(borrow(&mut snapshot, USD, 100 * DOLLAR), Err(Error::InsufficientCollateral));
    snapshot.account = held;
    assert_eq!(snapshot.health().unwrap(), before);
    let started = start_liquidation(&mut snapshot.clone(), [9; 32], 0);
    assert_eq!(started.unwrap_err(), Error::Healthy);
    borrows_just(&snapshot, 0);
    // A withdrawal is new risk as a loan is; without debt it is none.
    let taken = withdraw_collateral(&mut snapshot.clone(), ETH, ETHER);
    assert_eq!(taken, Err(Error::InsufficientCollateral));
    deposit(&mut snapshot, ETH, 5 * ETHER).unwrap();
    repay(&mut snapshot, 100 * DOLLAR).unwrap();
    // A message that takes none on balance is refused nothing.
    run(
        &mut snapshot,
        &[
            Action::Borrow { asset: USD, assets: 50 * DOLLAR },
            Action::Repay { asset: USD, assets: 50 * DOLLAR },
        ],
    )
    .unwrap();
    repay(&mut snapshot, ALL).unwrap();
    withdraw_collateral(&mut snapshot, ETH, 15 * ETHER).unwrap();
}

/// In auction a top-up is taken, and heals.
#[test]
fn a_top_up_in_auction_is_accepted_and_heals() {
    let mut snapshot = market();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    borrow(&mut snapshot, USD, 1_500 * DOLLAR).unwrap();
    snapshot.reserve_mut(ETH).unwrap().balances.inflow.depths_pico = 90_000_000_000_000;
    set_prices(&mut snapshot, 180 * WAD);
    start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    deposit(&mut snapshot, ETH, ETHER).unwrap();
    assert!(snapshot.account.auction.is_none() && snapshot.health().unwrap().is_healthy());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Tokens that nobody backs, split over accounts and time however: what can be borrowed against them is no
    /// more than eight depths and what is forgotten in the time carry.
    #[test]
    fn unbacked_tokens_borrow_no_more_than_so_much(
        portions in prop::collection::vec((0..12 * HOUR_MS, 1..200u128), 1..30),
    ) {
        let mut snapshot = market();
        config(&mut snapshot, USD).min_debt = 0;
        let mut borrowed = 0;
        let started_ms = snapshot.now_ms;
        for (wait_ms, ethers) in portions {
            pass(&mut snapshot, wait_ms);
            set_prices(&mut snapshot, 200 * WAD);
            snapshot.account = Account::default();
            deposit(&mut snapshot, ETH, ethers * ETHER).unwrap();
            let most = available_down(&snapshot).unwrap() / (WAD / DOLLAR);
            if most != 0 && borrow(&mut snapshot, USD, most).is_ok() {
                borrowed += most;
            }
        }
        let halvings = (snapshot.now_ms - started_ms) as f64 / (6 * HOUR_MS) as f64;
        // 80 ETH at 200 and 75 %.
        let most = 12_000.0 * (1.0 + std::f64::consts::LN_2 * halvings);
        prop_assert!(borrowed as f64 / 1e6 <= most + 1.0, "{borrowed} {most}");
    }
}
