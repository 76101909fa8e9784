//! What a liquidation waits for (§ 4.11): one grain of something that can't be sold shelters
//! nobody, and what matters still does.

use crate::common::*;
use breakwater_protocol::{
    actions::{recognise, start_liquidation, Taken},
    auction::gate::GONE_AFTER_MS,
    breaker::{Breaker, BreakerConfig, Level, ManualLevel, Trigger},
    gradual::meter::Meter,
    lens,
    num::math::WAD,
    AccountSnapshot, AssetId, Error, MarketParams, Order, Price, Reserve, ReserveConfig, ALL,
};

const STARTER: [u8; 32] = [9; 32];
pub const Z: AssetId = 2;

/// What may be wrong with an asset, and what a start says of it where the asset matters.
pub const ILLS: [(&str, Error); 6] = [
    ("no price", Error::PriceMissing),
    ("an invalid price", Error::PriceInvalid),
    ("stale, quarantined or spread", Error::PriceNotGoodForLiquidation),
    ("good for settling only", Error::PriceNotGoodForLiquidation),
    ("halted", Error::BreakerHalted),
    ("back since five minutes", Error::GracePeriod),
];

pub fn fall_ill(snapshot: &mut AccountSnapshot, asset: AssetId, ill: &str) {
    let now_ms = snapshot.now_ms;
    let priced = snapshot.priced_mut(asset).unwrap();
    // What a market remembers of a price that it has seen.
    priced.reserve.balances.breaker.high_wad = priced.price.unwrap().mid_wad;
    priced.reserve.balances.breaker.high_ms = now_ms;
    let until_ms = now_ms + HOUR_MS;
    let at = |level| ManualLevel { level, from_ms: now_ms, until_ms };
    let price = priced.price.as_mut().unwrap();
    match ill {
        "no price" => priced.price = None,
        "an invalid price" => price.low_wad = 0,
        "stale, quarantined or spread" => price.good_for = 0,
        "good for settling only" => price.good_for = 4,
        "halted" => priced.reserve.balances.breaker.guard = at(Level::Halted),
        "back since five minutes" => price.good_since_ms = now_ms - 4 * MINUTE_MS,
        _ => unreachable!(),
    }
}

/// 10 ETH and some units of other assets (18 decimals, a dollar each) as collateral, 1,500 dollars
/// of debt; ETH at 171: HF 0.912.
pub fn scene(others: &[(AssetId, u128)]) -> AccountSnapshot {
    let mut snapshot = borrower(1_500);
    snapshot.params.breaker = BreakerConfig::by_hand();
    for (asset, units) in others {
        let config = ReserveConfig {
            token: [asset + 1; 32],
            borrowable: true,
            tiers: vec![tier(0, 4_000, 5_000)],
            ..eth_config()
        };
        snapshot.add_reserve(*asset, Reserve::new(config, START_MS).unwrap()).unwrap();
        let mut held = snapshot.account.position(*asset);
        held.collateral = *units;
        snapshot.account.set_position(held).unwrap();
        snapshot.reserve_mut(*asset).unwrap().balances.collateral = *units;
    }
    set_prices(&mut snapshot, 171 * WAD);
    snapshot
}

/// The scene with ETH at other dollars, wad. Of the other assets a dollar carries half, so by doubling one of
/// them a dollar of it heals one of what is missing to 1,500.
pub fn scene_at(eth_wad: u128, others: &[(AssetId, u128)]) -> AccountSnapshot {
    let mut snapshot = scene(others);
    set_prices(&mut snapshot, eth_wad);
    snapshot
}

/// Puts a debt in an asset on the account and the balances.
pub fn owe(snapshot: &mut AccountSnapshot, asset: AssetId, units: u128) {
    let balances = &mut snapshot.reserve_mut(asset).unwrap().balances;
    (balances.borrowed, balances.debt_shares) = (units, units * 1_000_000);
    let mut held = snapshot.account.position(asset);
    (held.debt_shares, held.collateral) = (units * 1_000_000, 0);
    snapshot.account.set_position(held).unwrap();
}

pub fn start(snapshot: &mut AccountSnapshot) -> Result<(), Error> {
    start_liquidation(snapshot, STARTER, 0).map(drop)
}

pub fn buy(snapshot: &mut AccountSnapshot, collateral: AssetId) -> Result<Taken, Error> {
    take_by(snapshot, TAKER, &Order { collateral, debt: USD, max_repay: ALL, min_receive: 0 })
}

#[test]
fn a_grain_shelters_nobody_and_what_matters_does() {
    for (ill, error) in ILLS {
        // One unit; a cent below a hundredth of 1,500; a hundredth. 12 dollars are missing, so that any
        // but the first would heal.
        for (units, sheltered) in [(1, false), (14 * WAD + WAD / 100 * 99, false), (15 * WAD, true)]
        {
            let mut snapshot = scene_at(186 * WAD, &[(Z, units)]);
            fall_ill(&mut snapshot, Z, ill);
            let started = start(&mut snapshot);
            if sheltered {
                assert_eq!(started, Err(error), "{ill}");
                continue;
            }
            assert_eq!(started, Ok(()), "{ill}, {units}");
            buy(&mut snapshot, ETH).unwrap_or_else(|why| panic!("{ill}, {units}: {why:?}"));
        }
    }
}

#[test]
fn a_debt_whose_feed_dies_later_is_no_shelter_either() {
    for (ill, error) in ILLS.into_iter().skip(2) {
        // ETH carries 1,496 or 1,510: a debt of 16 would heal it by halving, one of 14 as well.
        for (units, cents, sheltered) in
            [(1, 18_700, false), (14 * WAD, 18_875, false), (16 * WAD, 18_875, true)]
        {
            let mut snapshot = scene_at(cents * WAD / 100, &[(Z, 0)]);
            owe(&mut snapshot, Z, units);
            fall_ill(&mut snapshot, Z, ill);
            let started = start(&mut snapshot);
            assert_eq!(started, if sheltered { Err(error) } else { Ok(()) }, "{ill}, {units}");
            if !sheltered {
                buy(&mut snapshot, ETH).unwrap_or_else(|why| panic!("{ill}, {units}: {why:?}"));
            }
        }
    }
}

/// What nothing is known of weighs nothing as collateral; as a debt it can't be valued.
#[test]
fn what_has_never_had_a_price_weighs_nothing_but_as_a_debt() {
    let mut snapshot = scene(&[(Z, 300 * WAD)]);
    snapshot.priced_mut(Z).unwrap().price = None;
    assert_eq!(start(&mut snapshot), Ok(()));
    let mut snapshot = scene(&[(Z, 0)]);
    owe(&mut snapshot, Z, 1);
    snapshot.priced_mut(Z).unwrap().price = None;
    snapshot.reserve_mut(Z).unwrap().balances.gradual.price_ms = START_MS;
    assert_eq!(start(&mut snapshot), Err(Error::PriceMissing));
}

#[test]
fn several_grains_of_several_assets_are_summed() {
    // Six of three dollars are more than a hundredth of 1,500, six of two are not.
    for (dollars, sheltered) in [(2, false), (3, true)] {
        let grains: Vec<(AssetId, u128)> = (2..8).map(|asset| (asset, dollars * WAD)).collect();
        // ETH carries 1,488: twelve are missing.
        let mut snapshot = scene_at(186 * WAD, &grains);
        // Each ill of another kind.
        for ((asset, _), (ill, _)) in grains.iter().zip(ILLS) {
            fall_ill(&mut snapshot, *asset, ill);
        }
        assert_eq!(start(&mut snapshot).is_err(), sheltered, "{dollars}");
    }
}

/// Whoever asks is told of the one to wait for.
#[test]
fn the_worthiest_of_several_says_why() {
    for (first, second, why) in [
        (20, 40, Error::PriceNotGoodForLiquidation),
        (40, 20, Error::PriceMissing),
        (40, 40, Error::PriceMissing),
    ] {
        let mut snapshot = scene_at(181 * WAD, &[(2, first * WAD), (3, second * WAD)]);
        fall_ill(&mut snapshot, 2, "no price");
        fall_ill(&mut snapshot, 3, "stale, quarantined or spread");
        assert_eq!(start(&mut snapshot), Err(why), "{first} {second}");
    }
}

#[test]
fn in_a_running_auction_a_grain_stops_no_sale() {
    for (ill, _) in ILLS.iter().take(3) {
        for (units, sheltered) in [(1, false), (14 * WAD, false), (16 * WAD, true)] {
            let mut snapshot = scene_at(186 * WAD, &[(Z, units)]);
            start(&mut snapshot).unwrap();
            fall_ill(&mut snapshot, Z, ill);
            let sold = buy(&mut snapshot.clone(), ETH);
            assert_eq!(sold.is_err(), sheltered, "{ill}, {units}: {sold:?}");
            // The pair itself is always judged, however small it is.
            buy(&mut snapshot, Z).unwrap_err();
        }
    }
}

/// A grain of calm days, topped up to a hundredth of the debt while nobody can price it.
#[test]
fn what_was_topped_up_without_a_price_shelters_nobody() {
    for (ill, _) in ILLS {
        for is_running in [false, true] {
            let mut snapshot = scene(&[(Z, 1)]);
            if is_running {
                start(&mut snapshot).unwrap();
            }
            fall_ill(&mut snapshot, Z, ill);
            deposit(&mut snapshot, Z, 15 * WAD).unwrap();
            // ETH carries 1,368 of 1,500: with Z worth twice as much 1,383.
            if !is_running {
                assert_eq!(start(&mut snapshot), Ok(()), "{ill}");
            }
            // What can be settled, if not started, is sold first.
            let sold = buy(&mut snapshot.clone(), ETH).or_else(|_| buy(&mut snapshot, Z));
            sold.unwrap_or_else(|why| panic!("{ill}: {why:?}"));
        }
    }
}

#[test]
fn what_is_gone_for_long_counts_as_nothing_for_the_gate() {
    for ill in ["no price", "stale, quarantined or spread"] {
        let mut snapshot = scene(&[(Z, 300 * WAD)]);
        let now_ms = snapshot.now_ms;
        fall_ill(&mut snapshot, Z, ill);
        let later = |snapshot: &AccountSnapshot, ms| {
            let mut later = snapshot.clone();
            pass(&mut later, ms);
            let stale = later.priced(Z).unwrap().price;
            set_prices(&mut later, 150 * WAD);
            later.priced_mut(Z).unwrap().price = stale;
            later
        };
        // Not gone yet: 300 dollars matter.
        assert!(start(&mut later(&snapshot, GONE_AFTER_MS)).is_err(), "{ill}");
        let mut gone = later(&snapshot, GONE_AFTER_MS + 1);
        assert_eq!(start(&mut gone), Ok(()), "{ill}");
        // Health still counts it at its last price, where there is one: 1,200 and 150 against 1,500.
        let carries = if ill == "no price" { 1_200 } else { 1_350 };
        assert_eq!(gone.health().unwrap().threshold_wad, carries * WAD, "{ill}");
        assert!(buy(&mut gone, Z).is_err(), "{ill}");
        buy(&mut gone, ETH).unwrap();
        assert!(now_ms < gone.now_ms);
    }
}

/// Two camps of sources that go on speaking: the price is never old, and for nothing good.
#[test]
fn sources_that_disagree_for_a_day_shelter_nobody() {
    let mut snapshot = scene_at(184 * WAD, &[(Z, 30 * WAD)]);
    let disagree = |snapshot: &mut AccountSnapshot, ms: u64| {
        for _ in 0..ms / (5 * MINUTE_MS) {
            pass(snapshot, 5 * MINUTE_MS);
            set_prices(snapshot, 184 * WAD);
            let price = Price { good_for: 0, ..Price::exact(WAD, snapshot.now_ms) };
            snapshot.priced_mut(Z).unwrap().price = Some(price);
            snapshot.poke();
        }
    };
    disagree(&mut snapshot, GONE_AFTER_MS);
    assert_eq!(start(&mut snapshot.clone()), Err(Error::PriceNotGoodForLiquidation));
    disagree(&mut snapshot, 10 * MINUTE_MS);
    assert_eq!(start(&mut snapshot), Ok(()));
    assert!(buy(&mut snapshot, Z).is_err());
    buy(&mut snapshot, ETH).unwrap();
}

/// What the market has not looked at for long is not gone in the first minute of disagreement.
#[test]
fn a_disagreement_that_has_just_begun_makes_nothing_gone() {
    let mut snapshot = scene(&[(Z, 30 * WAD)]);
    pass(&mut snapshot, 3 * GONE_AFTER_MS);
    set_prices(&mut snapshot, 184 * WAD);
    let price = Price { good_for: 0, ..Price::exact(WAD, snapshot.now_ms) };
    snapshot.priced_mut(Z).unwrap().price = Some(price);
    assert_eq!(start(&mut snapshot), Err(Error::PriceNotGoodForLiquidation));
}

#[test]
fn a_wrong_price_does_not_make_light_of_what_matters() {
    // Half of the collateral, quarantined at a thousandth: it is not worth less than a hundredth of
    // the debt because somebody says so.
    let mut snapshot = scene(&[(Z, 2_000 * WAD)]);
    fall_ill(&mut snapshot, Z, "stale, quarantined or spread");
    let price = snapshot.priced_mut(Z).unwrap().price.as_mut().unwrap();
    (price.low_wad, price.mid_wad, price.high_wad) = (WAD / 1_000, WAD / 1_000, WAD / 1_000);
    assert_eq!(start(&mut snapshot), Err(Error::PriceNotGoodForLiquidation));
}

#[test]
fn a_market_halted_by_people_is_halted_for_grains_too() {
    let mut snapshot = scene(&[(Z, 1)]);
    let (now_ms, until_ms) = (snapshot.now_ms, snapshot.now_ms + HOUR_MS);
    snapshot.guard = ManualLevel { level: Level::Halted, from_ms: now_ms, until_ms };
    assert_eq!(start(&mut snapshot), Err(Error::BreakerHalted));
    snapshot.guard.level = Level::Stressed;
    assert_eq!(start(&mut snapshot), Ok(()));
}

#[test]
fn a_grain_keeps_no_loss_from_being_recognised() {
    for ill in ["no price", "an invalid price", "stale, quarantined or spread"] {
        for (units, held_back) in [(1, false), (14 * WAD, false), (16 * WAD, true)] {
            let mut snapshot = scene(&[(Z, units)]);
            set_prices(&mut snapshot, 100 * WAD);
            start(&mut snapshot).unwrap();
            set_prices(&mut snapshot, WAD / 20);
            fall_ill(&mut snapshot, Z, ill);
            // Ten ETH are worth half a dollar.
            let lost = recognise(&mut snapshot.clone());
            assert_eq!(lost.is_err(), held_back, "{ill}, {units}: {lost:?}");
        }
    }
    // By a take that sells the last of what can be sold.
    let mut snapshot = scene(&[(Z, WAD)]);
    set_prices(&mut snapshot, 100 * WAD);
    start(&mut snapshot).unwrap();
    fall_ill(&mut snapshot, Z, "no price");
    let taken = buy(&mut snapshot, ETH).unwrap();
    assert_eq!(taken.written_off.dust, vec![(Z, WAD)]);
    assert!(snapshot.account.is_empty());
}

/// Collateral that can't be priced now is not worthless: nobody writes the loan off for it.
#[test]
fn what_matters_is_not_seized_for_want_of_a_price() {
    for ill in ["no price", "stale, quarantined or spread"] {
        let mut snapshot = scene(&[(Z, 5_000 * WAD)]);
        fall_ill(&mut snapshot, Z, ill);
        let held = snapshot.priced(Z).unwrap().price;
        pass(&mut snapshot, GONE_AFTER_MS + 1);
        set_prices(&mut snapshot, 10 * WAD);
        snapshot.priced_mut(Z).unwrap().price = held;
        if start(&mut snapshot).is_err() {
            // Healthy at its last price.
            continue;
        }
        let taken = buy(&mut snapshot, ETH).unwrap();
        assert!(taken.written_off.bad_debt.is_empty(), "{ill}");
        assert_eq!(recognise(&mut snapshot), Err(Error::StillCovered), "{ill}");
    }
}

#[test]
fn a_grain_keeps_nobody_in_auction_who_is_healthy_again() {
    for (ill, _) in ILLS.iter().take(3) {
        // A hundredth of the 1,300 that are left.
        for (units, kept) in [(1, false), (12 * WAD, false), (13 * WAD, true)] {
            let mut snapshot = scene(&[(Z, units)]);
            start(&mut snapshot).unwrap();
            fall_ill(&mut snapshot, Z, ill);
            repay(&mut snapshot, 200 * DOLLAR).unwrap();
            assert_eq!(snapshot.account.auction.is_some(), kept, "{ill}, {units}");
        }
    }
}

/// 23: what can't be sold is not in the order of sale.
#[test]
fn what_cannot_be_sold_does_not_come_first() {
    // Z has the lowest threshold and is worth 1.07 % of the debt: it comes first while it can be sold.
    let snapshot = |params: MarketParams| {
        let mut snapshot = scene(&[(Z, 16 * WAD)]);
        snapshot.params = MarketParams { breaker: BreakerConfig::by_hand(), ..params };
        start(&mut snapshot).unwrap();
        snapshot
    };
    let fresh = snapshot(params());
    assert_eq!(buy(&mut fresh.clone(), ETH), Err(Error::WorseCollateralFirst));
    for price in [171, 150, 120] {
        let mut halted = fresh.clone();
        set_prices(&mut halted, price * WAD);
        fall_ill(&mut halted, Z, "halted");
        assert_eq!(buy(&mut halted.clone(), Z), Err(Error::BreakerHalted));
        assert!(buy(&mut halted, ETH).is_ok(), "{price}");
    }
    // Nor what has no price for settling, where that has lasted.
    let mut gone = fresh.clone();
    let stale = gone.priced(Z).unwrap().price.map(|price| Price { good_for: 0, ..price });
    pass(&mut gone, GONE_AFTER_MS + 1);
    set_prices(&mut gone, 171 * WAD);
    gone.priced_mut(Z).unwrap().price = stale;
    assert!(buy(&mut gone, ETH).is_ok());
}

/// Z comes first, as much of it as there is room for: 15 dollars are a hundredth of the debt. The backstop, which
/// sells nothing to the market, is held to the order whatever the room.
#[test]
fn a_worse_lot_that_waits_for_room_shelters_nothing() {
    let mut fresh = scene(&[(Z, 16 * WAD)]);
    fresh.params.breaker = BreakerConfig::by_hand();
    start(&mut fresh).unwrap();
    assert_eq!(buy(&mut fresh.clone(), ETH), Err(Error::WorseCollateralFirst));
    let mut full = fresh.clone();
    let cap_wad = full.pace(Z).unwrap().cap_wad();
    full.reserve_mut(Z).unwrap().balances.gradual.meter = Meter { impact_wad: cap_wad };
    assert_eq!(buy(&mut full.clone(), Z), Err(Error::VelocityLimitReached));
    assert!(buy(&mut full, ETH).is_ok());
    // A depth at which there is room for 14 dollars of it, and for 15.
    let shallow = |depth| {
        let mut snapshot = fresh.clone();
        snapshot.reserve_mut(Z).unwrap().config.liquidity.depth = depth;
        let room = lens::sale(snapshot.clone(), Z).unwrap().room;
        (room, buy(&mut snapshot, ETH).err())
    };
    let depth = (1..).map(|tenths| tenths * WAD / 10).find(|depth| shallow(*depth).0 >= 15 * WAD);
    let depth = depth.unwrap();
    assert_eq!(shallow(depth).1, Some(Error::WorseCollateralFirst));
    let (room, refusal) = shallow(depth - WAD / 10);
    assert!(room > 14 * WAD && room < 15 * WAD, "{room}");
    assert_eq!(refusal, None);
}

/// An asset whose halt for a bad price is a day old: the halt is not held against the rest.
#[test]
fn a_halt_for_a_price_that_is_gone_stops_nothing_else() {
    let mut snapshot = scene(&[(Z, 300 * WAD)]);
    let stale = snapshot.priced(Z).unwrap().price.map(|price| Price { good_for: 0, ..price });
    pass(&mut snapshot, GONE_AFTER_MS + 1);
    let now_ms = snapshot.now_ms;
    set_prices(&mut snapshot, 150 * WAD);
    let priced = snapshot.priced_mut(Z).unwrap();
    priced.price = stale;
    priced.reserve.balances.breaker = Breaker {
        level: Level::Halted,
        trigger: Trigger::Price,
        since_ms: now_ms - DAY_MS,
        until_ms: now_ms + 1,
        ..Breaker::default()
    };
    assert_eq!(start(&mut snapshot), Ok(()));
}
