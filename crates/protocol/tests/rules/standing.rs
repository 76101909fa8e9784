//! When the prices stand (§ G3, § G4): while the collateral's own price is not good or it is halted, and an
//! account's minutes begin anew where either asset of the pair could not be sold.

use crate::common::*;
use breakwater_protocol::{
    auction::terms, num::math::WAD, oracle::price::Use, AccountSnapshot, AssetId, Breaker, Error,
    Level, ManualLevel, Price, Trigger, ALL,
};
use proptest::prelude::*;

/// Own minutes of ETH against USD.
fn own_minutes(snapshot: &AccountSnapshot) -> Result<u64, Error> {
    terms(snapshot, &snapshot.health().unwrap(), ETH, USD).map(|terms| terms.own_ms / MINUTE_MS)
}

/// An auction with a common bonus of 0.
fn scene() -> AccountSnapshot {
    let mut snapshot = auctioned(1_500, 180 * WAD);
    common_price(&mut snapshot, 0);
    snapshot
}

/// Its price becomes good for some uses only.
fn good_for(snapshot: &mut AccountSnapshot, asset: AssetId, flags: u8) {
    snapshot.priced_mut(asset).unwrap().price.as_mut().unwrap().good_for = flags;
}

/// The price comes back now.
fn comes_back(snapshot: &mut AccountSnapshot, asset: AssetId) {
    let now_ms = snapshot.now_ms;
    let mid_wad = if asset == ETH { 180 * WAD } else { WAD };
    let price = Price { good_since_ms: now_ms, ..Price::exact(mid_wad, now_ms) };
    snapshot.priced_mut(asset).unwrap().price = Some(price);
}

const fn raised(level: Level) -> ManualLevel {
    ManualLevel { level, from_ms: START_MS, until_ms: START_MS + HOUR_MS }
}

#[test]
fn the_price_stands_in_a_halt_and_without_a_price_that_settles() {
    // A minute after the start.
    let risen = |change: fn(&mut AccountSnapshot, &mut Price)| {
        let mut snapshot = scene();
        pass(&mut snapshot, MINUTE_MS);
        let mut price = snapshot.priced(ETH).unwrap().price.unwrap();
        change(&mut snapshot, &mut price);
        snapshot.priced_mut(ETH).unwrap().price = Some(price);
        common_bps(&snapshot)
    };
    assert_eq!(risen(|_, _| {}), 60);
    assert_eq!(risen(|_, price| price.good_for = Use::Settlement.flag()), 60);
    assert_eq!(risen(|_, price| price.good_for = Use::Liquidation.flag()), 0);
    assert_eq!(risen(|_, price| price.low_wad = 0), 0);
    assert_eq!(risen(|snapshot, _| snapshot.guard = raised(Level::Stressed)), 60);
    assert_eq!(risen(|snapshot, _| snapshot.guard = raised(Level::Halted)), 0);
    let mut snapshot = scene();
    pass(&mut snapshot, MINUTE_MS);
    snapshot.priced_mut(ETH).unwrap().price = None;
    assert_eq!(common_bps(&snapshot), 0);
    // The debt's price is another matter: what stands is the collateral's.
    let mut snapshot = scene();
    pass(&mut snapshot, MINUTE_MS);
    good_for(&mut snapshot, USD, 0);
    assert_eq!(common_bps(&snapshot), 60);
}

#[test]
fn what_is_touched_while_it_stands_does_not_count_later() {
    let mut snapshot = scene();
    pass(&mut snapshot, 3 * MINUTE_MS);
    snapshot.poke();
    good_for(&mut snapshot, ETH, 0);
    for _ in 0..5 {
        pass(&mut snapshot, MINUTE_MS);
        snapshot.touch(ETH).unwrap();
    }
    assert_eq!(common_bps(&snapshot), 180);
    // Nor what nobody has touched: since its return only.
    pass(&mut snapshot, 20 * MINUTE_MS);
    comes_back(&mut snapshot, ETH);
    pass(&mut snapshot, 2 * MINUTE_MS);
    assert_eq!(common_bps(&snapshot), 300);
    assert_eq!(own_minutes(&snapshot), Ok(2));
}

/// An oracle that has always been good is so since 0: then the start counts.
#[test]
fn own_minutes_count_from_the_later_of_start_and_return() {
    let mut snapshot = borrower(1_500);
    let now_ms = snapshot.now_ms;
    for (since_ms, own) in [(0, 7), (now_ms - HOUR_MS, 7), (now_ms + 3 * MINUTE_MS, 4)] {
        let mut snapshot = snapshot.clone();
        set_prices(&mut snapshot, 180 * WAD);
        breakwater_protocol::actions::start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
        pass(&mut snapshot, 7 * MINUTE_MS);
        snapshot.priced_mut(ETH).unwrap().price.as_mut().unwrap().good_since_ms = since_ms;
        assert_eq!(own_minutes(&snapshot), Ok(own), "{since_ms}");
    }
    // A start later than the return.
    comes_back(&mut snapshot, ETH);
    pass(&mut snapshot, 10 * MINUTE_MS);
    breakwater_protocol::actions::start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    pass(&mut snapshot, MINUTE_MS);
    assert_eq!(own_minutes(&snapshot), Ok(1));
}

#[test]
fn either_assets_return_begins_an_accounts_minutes_anew() {
    for asset in [ETH, USD] {
        let mut snapshot = scene();
        pass(&mut snapshot, 10 * MINUTE_MS);
        good_for(&mut snapshot, asset, 0);
        assert_eq!(take(&mut snapshot, ALL), Err(Error::PriceNotGoodForSettlement));
        comes_back(&mut snapshot, asset);
        assert_eq!(own_minutes(&snapshot), Ok(0));
        pass(&mut snapshot, 4 * MINUTE_MS);
        assert_eq!(own_minutes(&snapshot), Ok(4), "{asset}");
    }
    // The later of both.
    let mut snapshot = scene();
    pass(&mut snapshot, 10 * MINUTE_MS);
    comes_back(&mut snapshot, USD);
    pass(&mut snapshot, 2 * MINUTE_MS);
    comes_back(&mut snapshot, ETH);
    pass(&mut snapshot, 3 * MINUTE_MS);
    assert_eq!(own_minutes(&snapshot), Ok(3));
}

#[test]
fn a_halt_of_either_asset_begins_an_accounts_minutes_anew_at_its_end() {
    for asset in [ETH, USD] {
        let mut snapshot = scene();
        pass(&mut snapshot, 5 * MINUTE_MS);
        snapshot.poke();
        let now_ms = snapshot.now_ms;
        let guard = &mut snapshot.reserve_mut(asset).unwrap().balances.breaker.guard;
        guard.raise(Level::Halted, 30 * MINUTE_MS, HOUR_MS, now_ms).unwrap();
        pass(&mut snapshot, 29 * MINUTE_MS);
        snapshot.watch();
        assert_eq!(own_minutes(&snapshot), Err(Error::BreakerHalted));
        // Nobody looks at its end.
        pass(&mut snapshot, 4 * MINUTE_MS);
        snapshot.watch();
        assert_eq!(own_minutes(&snapshot), Ok(3), "{asset}");
        // The common bonus goes on with ETH alone: 5 and 3 minutes, or all 38.
        assert_eq!(common_bps(&snapshot), if asset == ETH { 480 } else { 1_000 });
    }
}

/// A bad price halts by itself, for the time of grace after it too.
#[test]
fn a_halt_for_a_bad_price_ends_with_its_grace() {
    let mut snapshot = scene();
    pass(&mut snapshot, 5 * MINUTE_MS);
    good_for(&mut snapshot, ETH, 0);
    snapshot.poke();
    assert_eq!(snapshot.level(ETH), Ok(Level::Halted));
    pass(&mut snapshot, 20 * MINUTE_MS);
    snapshot.poke();
    comes_back(&mut snapshot, ETH);
    pass(&mut snapshot, 4 * MINUTE_MS);
    snapshot.poke();
    assert_eq!(take(&mut snapshot.clone(), ALL), Err(Error::BreakerHalted));
    pass(&mut snapshot, 3 * MINUTE_MS);
    snapshot.poke();
    // Five minutes from when it was seen last, so two of the seven since its return. Of the first five
    // nobody knows: at their end it was bad.
    assert_eq!((common_bps(&snapshot), own_minutes(&snapshot)), (120, Ok(2)));
}

/// The breaker's own halt, seen only when it is over.
#[test]
fn a_breakers_halt_that_nobody_has_seen_the_end_of_counts_to_its_end() {
    let mut snapshot = scene();
    let balances = &mut snapshot.reserve_mut(ETH).unwrap().balances;
    balances.breaker = Breaker {
        level: Level::Halted,
        trigger: Trigger::Volatility,
        since_ms: START_MS,
        until_ms: START_MS + 5 * MINUTE_MS,
        ..Breaker::default()
    };
    pass(&mut snapshot, 9 * MINUTE_MS);
    snapshot.watch();
    assert_ne!(snapshot.level(ETH), Ok(Level::Halted));
    assert_eq!((common_bps(&snapshot), own_minutes(&snapshot)), (240, Ok(4)));
}

/// What was raised and is taken back by the owner lets the prices go on from then.
#[test]
fn a_halt_that_is_taken_back_stands_no_longer() {
    let mut snapshot = scene();
    let now_ms = snapshot.now_ms;
    let guard = &mut snapshot.reserve_mut(ETH).unwrap().balances.breaker.guard;
    guard.raise(Level::Halted, HOUR_MS, HOUR_MS, now_ms).unwrap();
    pass(&mut snapshot, 10 * MINUTE_MS);
    snapshot.poke();
    let now_ms = snapshot.now_ms;
    snapshot.reserve_mut(ETH).unwrap().balances.reset_breaker(now_ms);
    pass(&mut snapshot, 3 * MINUTE_MS);
    snapshot.watch();
    assert_eq!((common_bps(&snapshot), own_minutes(&snapshot)), (180, Ok(3)));
}

/// Waiting for room says nothing about the price: it stands until a slice fits (`gradual_price.rs`).
#[test]
fn the_price_stands_while_the_meter_is_full() {
    let mut snapshot = scene();
    let gradual = &mut snapshot.reserve_mut(ETH).unwrap().balances.gradual;
    gradual.meter.impact_wad = PACE.cap_wad();
    // 5 % and a slice of 0.02 %: log2(500/498) of half an hour are 10.4 s.
    pass(&mut snapshot, 10_000);
    assert_eq!(common_bps(&snapshot), 0);
    pass(&mut snapshot, MINUTE_MS);
    let risen = snapshot.touched(ETH).unwrap().common.bonus_pico as f64 / 1e8;
    let want = 70.0 - 60.0 * 30.0 * (500.0f64 / 498.0).log2();
    assert!((risen - want).abs() < 0.01, "{risen} {want}");
    // An account's own minutes go on.
    assert_eq!(own_minutes(&snapshot), Ok(1));
}

/// What may come between two looks.
#[derive(Clone, Debug)]
enum Turn {
    /// The price of an asset is good, or not, for some seconds from now on.
    Good(AssetId, bool),
    /// People halt an asset for so many seconds.
    Halt(AssetId, u64),
    Look,
}

fn turn() -> impl Strategy<Value = (Turn, u64)> {
    let kind = prop_oneof![
        2 => (0..2u8, any::<bool>()).prop_map(|(asset, good)| Turn::Good(asset, good)),
        1 => (0..2u8, 1..600u64).prop_map(|(asset, seconds)| Turn::Halt(asset, seconds)),
        2 => Just(Turn::Look),
    ];
    (kind, 1..300u64)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Whatever comes and goes and whenever somebody looks: the price has risen for no longer than ETH was
    /// good and not halted; an account's minutes are no more than since either asset was last bad or
    /// halted, and no less once both are good and somebody has looked.
    #[test]
    fn nobody_pays_for_a_time_in_which_nothing_could_be_sold(
        turns in prop::collection::vec(turn(), 1..60),
    ) {
        let mut snapshot = scene();
        config(&mut snapshot, ETH).auction.max_bonus_bps = 2_300;
        config(&mut snapshot, ETH).auction.alone.rise_mbps_per_min = 100;
        let started_ms = snapshot.now_ms;
        let (mut good, mut since, mut halted) = ([true; 2], [0; 2], [0u64; 2]);
        let (mut truly_ms, mut shut_until_ms) = (0, started_ms);
        for (turn, seconds) in turns {
            match turn {
                Turn::Good(asset, is_good) => {
                    let place = usize::from(asset);
                    if is_good && !good[place] {
                        since[place] = snapshot.now_ms;
                    }
                    good[place] = is_good;
                }
                Turn::Halt(asset, seconds) => {
                    // Each message on an asset looks first.
                    snapshot.watch();
                    let now_ms = snapshot.now_ms;
                    let guard = &mut snapshot.reserve_mut(asset).unwrap().balances.breaker.guard;
                    if guard.raise(Level::Halted, seconds * 1_000, HOUR_MS, now_ms).is_ok() {
                        halted[usize::from(asset)] = now_ms + seconds * 1_000;
                    }
                }
                Turn::Look => snapshot.poke(),
            }
            let from_ms = snapshot.now_ms;
            pass(&mut snapshot, seconds * 1_000);
            set_prices(&mut snapshot, 180 * WAD);
            for asset in [ETH, USD] {
                let place = usize::from(asset);
                let price = snapshot.priced_mut(asset).unwrap().price.as_mut().unwrap();
                price.good_since_ms = since[place];
                if !good[place] {
                    price.good_for = 0;
                    shut_until_ms = snapshot.now_ms;
                }
                shut_until_ms = shut_until_ms.max(halted[place].min(snapshot.now_ms));
            }
            if good[0] {
                truly_ms += snapshot.now_ms - from_ms.max(halted[0].min(snapshot.now_ms));
            }
            // Every message looks first.
            let mut seen = snapshot.clone();
            seen.watch();
            let risen = u128::try_from(seen.touched(ETH).unwrap().common.bonus_pico).unwrap();
            // A tenth of a basis point a minute: 166.67 x 10^-12 a millisecond.
            prop_assert!(risen * 6 <= u128::from(truly_ms) * 1_000, "{risen} {truly_ms}");
            if let Ok(terms) = terms(&seen, &seen.health().unwrap(), ETH, USD) {
                prop_assert!(terms.own_ms <= snapshot.now_ms - shut_until_ms);
            }
        }
    }
}
