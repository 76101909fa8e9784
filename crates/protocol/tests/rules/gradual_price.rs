//! The meter and the common price by hand: § G2, § G3.

use breakwater_protocol::{
    gradual::{
        decay::{decayed_up, wait_up_ms},
        AuctionConfig, Gradual, Pace, Seller, Standing,
    },
    num::{math::WAD, time::MINUTE_MS},
    Error,
};
use proptest::prelude::*;

const BPS: i64 = 100_000_000;
const DEPTH: u128 = 50_000_000;
const T0: u64 = 1_600_000_000_000;

/// Round numbers: one basis point a minute, 400 for a depth, a cap of 0.3 %.
fn config() -> AuctionConfig {
    let pace = Pace { cap_ppm: 3_000, rise_mbps_per_min: 1_000, urgency_bps: 50 };
    AuctionConfig {
        alone: pace,
        backed: pace,
        spent_share_bps: 0,
        half_life_ms: 30 * MINUTE_MS,
        fall_bps_per_depth: 400,
        floor_bps: 100,
        max_bonus_bps: 200,
        drift_bps_per_min: 5,
        slice_bps: 200,
        stock_share_bps: 9_000,
        ..AuctionConfig::default()
    }
}

fn pace() -> Pace {
    config().pace(&Standing::default())
}

fn waiting(bonus_bps: i64) -> Gradual {
    let mut gradual = Gradual::new(T0);
    gradual.waiting = 1;
    gradual.common.bonus_pico = bonus_bps * BPS;
    gradual
}

fn touch(gradual: &mut Gradual, minutes: u64) {
    gradual.touch(&config(), &pace(), false, Some(0), T0 + minutes * MINUTE_MS);
}

fn sell(gradual: &mut Gradual, units: u128) -> Result<(), Error> {
    gradual.sell(&config(), &pace(), Seller::Account, DEPTH, units)
}

#[test]
fn halving_meets_known_values() {
    // 2^-1/2, 2^-1/3 and 2^-3/4 to 19 figures.
    let one = 10_000_000_000_000_000_000;
    for (part, whole, want) in [
        (1, 2, 7_071_067_811_865_475_244u64),
        (1, 3, 7_937_005_259_840_997_373),
        (3, 4, 5_946_035_575_013_605_334),
        (1, 1, 5_000_000_000_000_000_000),
        (7, 1, 78_125_000_000_000_000),
    ] {
        let got = decayed_up(one, part, whole);
        assert!((want..want + 64).contains(&got), "2^-{part}/{whole}: {got}");
    }
    assert_eq!(decayed_up(one, 0, 9), one);
    assert_eq!(decayed_up(one, 64 * 9, 9), 0);
    assert_eq!(decayed_up(1, 63 * 9, 9), 1, "rounded up");
    // How long it takes to come down: the inverse.
    assert_eq!(wait_up_ms(8_000, 1_000, 1_800_000), 3 * 1_800_000 + 1);
    assert_eq!(wait_up_ms(1_000, 1_000, 1_800_000), 0);
    assert_eq!(wait_up_ms(1, 0, 1_800_000), u64::MAX);
    // log2 3 = 1.584962500721156.
    let wait_ms = wait_up_ms(3, 1, 1_000_000_000);
    assert!((1_584_962_501..=1_584_962_502).contains(&wait_ms), "{wait_ms}");
}

/// A tenth of a depth: 0.1 % on the meter, 40 bps off the price; a half-life later a half.
#[test]
fn a_sale_by_hand() {
    let mut gradual = waiting(30);
    sell(&mut gradual, DEPTH / 10).unwrap();
    assert_eq!(gradual.meter.impact_wad, 1_000_000_000_000_000);
    assert_eq!(gradual.common.bonus_pico, -10 * BPS);
    touch(&mut gradual, 30);
    assert!((500_000_000_000_000..500_000_000_000_064).contains(&gradual.meter.impact_wad));
    assert_eq!(gradual.common.bonus_pico, 20 * BPS, "a basis point a minute");
    // Room by the meter: 0.25 % of 0.3 is free; by the price 120 bps above the floor, 0.3 depths.
    let room = gradual.room_down(&config(), &pace(), Seller::Account, DEPTH).unwrap();
    assert!((DEPTH / 4 - 1..=DEPTH / 4).contains(&room), "{room}");
    let stock = gradual.room_down(&config(), &pace(), Seller::Stock, DEPTH).unwrap();
    assert!((DEPTH * 22 / 100 - 1..=DEPTH * 22 / 100).contains(&stock), "{stock}");
}

#[test]
fn the_price_has_no_room_at_its_floor() {
    let mut gradual = waiting(-60);
    // 40 bps above the floor: a tenth of a depth, though the meter has room for three.
    let room = gradual.room_down(&config(), &pace(), Seller::Account, DEPTH).unwrap();
    assert_eq!(room, DEPTH / 10);
    sell(&mut gradual, room).unwrap();
    assert_eq!(gradual.common.bonus_pico, -100 * BPS);
    assert_eq!(sell(&mut gradual, 1), Err(Error::VelocityLimitReached));
}

/// From 0.3 % the meter needs log2(30/28) of a half-life, 2 minutes 59.2 s, until a slice of 0.02 %
/// fits again: so long the price stands.
#[test]
fn the_price_stands_while_a_slice_has_no_room() {
    let mut gradual = waiting(150);
    sell(&mut gradual, DEPTH * 3 / 10).unwrap();
    assert_eq!(gradual.common.bonus_pico, 30 * BPS);
    touch(&mut gradual, 2);
    assert_eq!(gradual.common.bonus_pico, 30 * BPS, "it stands");
    touch(&mut gradual, 10);
    let risen = gradual.common.bonus_pico - 30 * BPS;
    let want = 10.0 - 30.0 * (30.0f64 / 28.0).log2();
    assert!((risen as f64 / 1e8 - want).abs() < 1e-4, "{risen}, {want}");
}

#[test]
fn it_stands_without_a_good_price_and_before_a_break_ended() {
    let mut gradual = waiting(0);
    gradual.touch(&config(), &pace(), false, None, T0 + 10 * MINUTE_MS);
    assert_eq!((gradual.common.bonus_pico, gradual.at_ms), (0, T0 + 10 * MINUTE_MS));
    // Twenty minutes later the price has been good for three: a halt or a gap cheapens nothing,
    // however it came to its end (what the reset of a breaker once forgot).
    let since = Some(T0 + 27 * MINUTE_MS);
    gradual.touch(&config(), &pace(), false, since, T0 + 30 * MINUTE_MS);
    assert_eq!(gradual.common.bonus_pico, 3 * BPS);
    // A clock that stands still, or goes back, changes nothing.
    let before = gradual;
    gradual.touch(&config(), &pace(), false, Some(0), T0 + 5 * MINUTE_MS);
    assert_eq!(gradual, before);
}

#[test]
fn it_stops_at_the_highest_and_drifts_to_nothing_when_nothing_waits() {
    let mut gradual = waiting(190);
    touch(&mut gradual, 60);
    assert_eq!(gradual.common.bonus_pico, 200 * BPS);
    gradual.waiting = 0;
    touch(&mut gradual, 70);
    assert_eq!(gradual.common.bonus_pico, 150 * BPS, "5 bps a minute");
    touch(&mut gradual, 200);
    assert_eq!(gradual.common.bonus_pico, 0);
    // From below it comes up no faster than while something waits (§ G5).
    gradual.common.bonus_pico = -50 * BPS;
    touch(&mut gradual, 230);
    assert_eq!(gradual.common.bonus_pico, -20 * BPS);
    touch(&mut gradual, 400);
    assert_eq!(gradual.common.bonus_pico, 0);
    // Stock that waits counts as an account does.
    gradual.touch(&config(), &pace(), true, Some(0), T0 + 410 * MINUTE_MS);
    assert_eq!(gradual.common.bonus_pico, 10 * BPS);
}

/// It rises as fast for a thousand as for one, and for none it does not. Who counts: `waiting.rs`.
#[test]
fn it_waits_for_whoever_has_started_and_not_ended() {
    let mut gradual = Gradual::new(T0);
    touch(&mut gradual, 600);
    assert_eq!((gradual.waiting, gradual.common.bonus_pico), (0, 0));
    gradual.start();
    touch(&mut gradual, 610);
    assert_eq!(gradual.common.bonus_pico, 10 * BPS);
    (1..1_000).for_each(|_| gradual.start());
    touch(&mut gradual, 620);
    assert_eq!((gradual.waiting, gradual.common.bonus_pico), (1_000, 20 * BPS));
    (1..1_000).for_each(|_| gradual.end());
    touch(&mut gradual, 630);
    assert_eq!((gradual.waiting, gradual.common.bonus_pico), (1, 30 * BPS));
    gradual.end();
    touch(&mut gradual, 631);
    assert_eq!((gradual.waiting, gradual.common.bonus_pico), (0, 25 * BPS));
    // It counts neither below nothing nor beyond what it can.
    gradual.end();
    assert_eq!(gradual.waiting, 0);
    gradual.waiting = u32::MAX;
    gradual.start();
    assert_eq!(gradual.waiting, u32::MAX);
}

/// Who takes from themselves pushes the price down by what they sell, to the floor at most: from there
/// it is back at any level within a time that is known, and holding it down takes a sale of
/// rise/fall depths for every minute, each with its fee.
#[test]
fn washing_buys_no_more_than_its_fee_pays_for() {
    let mut gradual = waiting(0);
    let mut washed = 0;
    for minute in 1..=600 {
        touch(&mut gradual, minute);
        let room = gradual.room_down(&config(), &pace(), Seller::Account, DEPTH).unwrap();
        sell(&mut gradual, room).unwrap();
        washed += room;
        assert!(gradual.common.bonus_pico >= -100 * BPS);
    }
    // 100 bps and one a minute for 600 minutes, at 400 a depth: 1.75 depths.
    assert!((DEPTH * 174 / 100..=DEPTH * 175 / 100).contains(&washed), "{washed}");
    // When they stop, a slice is for sale 8 minutes later, and at the oracle's price 100 later.
    touch(&mut gradual, 609);
    assert!(gradual.may_sell_down(&config(), &pace(), Seller::Account, DEPTH, DEPTH).is_ok());
    touch(&mut gradual, 701);
    assert!(gradual.common.bonus_pico >= 0);
}

/// With a steady flow the meter comes to one level and stays: nothing falls out of a window at once.
#[test]
fn the_meter_forgets_steadily() {
    let mut gradual = waiting(200);
    let mut last = 0;
    for minute in 1..=240 {
        touch(&mut gradual, minute);
        gradual.common.bonus_pico = 200 * BPS;
        sell(&mut gradual, DEPTH / 200).unwrap();
        let now = gradual.meter.impact_wad;
        assert!(now >= last, "minute {minute}");
        last = now;
    }
    // 0.5 % of a depth a minute: 5 x 10^-5 / (1 - 2^-1/30).
    let want = 5e13 / (1.0 - 0.5f64.powf(1.0 / 30.0));
    assert!((last as f64 / want - 1.0).abs() < 0.005, "{last} {want}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// One sale or many: the same price and the same meter, to a unit for each.
    #[test]
    fn sales_in_parts_leave_what_one_leaves(
        depth in 1_000..10u128.pow(28),
        parts in prop::collection::vec(1..1_000u128, 1..20),
        bonus_bps in -99..200i64,
    ) {
        let mut one = waiting(bonus_bps);
        let mut many = one;
        let room = one.room_down(&config(), &pace(), Seller::Account, depth).unwrap();
        let whole: u128 = parts.iter().sum();
        let sizes: Vec<u128> = parts.iter().map(|part| room * part / whole).collect();
        one.sell(&config(), &pace(), Seller::Account, depth, sizes.iter().sum()).unwrap();
        let mut sold = 0;
        for size in &sizes {
            if many.sell(&config(), &pace(), Seller::Account, depth, *size).is_err() {
                // The roundings of those before have used up the last units.
                prop_assert!(room - sold - size <= 20 + depth / 10u128.pow(9));
                return Ok(());
            }
            sold += size;
        }
        let units = sizes.len() as u64;
        prop_assert!(many.meter.impact_wad - one.meter.impact_wad <= units);
        prop_assert!((one.common.bonus_pico - many.common.bonus_pico) as u64 <= units);
    }

    /// Looking often or seldom: the same price and meter, to the rounding of a millisecond a look.
    #[test]
    fn touching_often_is_touching_seldom(
        bonus_bps in -100..200i64,
        sold_part in 0..=1_000u128,
        waits in any::<bool>(),
        steps in prop::collection::vec(1..10 * MINUTE_MS, 1..60),
    ) {
        let mut seldom = waiting(200);
        let room = seldom.room_down(&config(), &pace(), Seller::Account, DEPTH).unwrap();
        sell(&mut seldom, room * sold_part / 1_000).unwrap();
        seldom.common.bonus_pico = bonus_bps * BPS;
        seldom.waiting = u32::from(waits);
        let mut often = seldom;
        let mut now_ms = T0;
        for ms in &steps {
            now_ms += ms;
            often.touch(&config(), &pace(), false, Some(0), now_ms);
        }
        seldom.touch(&config(), &pace(), false, Some(0), now_ms);
        let looks = steps.len() as u64;
        prop_assert!(often.meter.impact_wad >= seldom.meter.impact_wad);
        prop_assert!(often.meter.impact_wad - seldom.meter.impact_wad <= 64 * looks);
        // 10^-12 a look, and what rises in the millisecond or two that a wait is rounded up by.
        let apart = (often.common.bonus_pico - seldom.common.bonus_pico).unsigned_abs();
        prop_assert!(apart <= 3 * looks + 5_000 * looks, "{apart}");
    }

    /// Halving in two steps is halving in one.
    #[test]
    fn halving_adds_up(value in 1u64.., a in 0..10_000_000u64, b in 0..10_000_000u64, h in 1_000..4_000_000u64) {
        let twice = decayed_up(decayed_up(value, a, h), b, h);
        let once = decayed_up(value, a + b, h);
        prop_assert!(twice >= once && twice - once <= 128, "{twice} {once}");
        // And waiting so long brings it there.
        if let level @ 1.. = value / 3 {
            let wait = wait_up_ms(value, level, h);
            prop_assert!(decayed_up(value, wait, h) <= level + level / 10u64.pow(9).min(level) + 64 + level / 1_000_000);
            if wait > 3 {
                prop_assert!(decayed_up(value, wait - 3, h) >= level);
            }
        }
    }

    /// No pace lies outside its two ends.
    #[test]
    fn the_pace_moves_between_its_ends(sized in 0..2 * WAD, spent in 0..=WAD) {
        let config = AuctionConfig::default();
        let pace = config.pace(&Standing { sized_wad: sized, spent_wad: spent });
        prop_assert!(pace.rise_mbps_per_min <= config.most_rise_mbps_per_min());
        prop_assert!(pace.cap_wad() <= config.most_cap_wad());
        if sized == 0 && spent == 0 {
            prop_assert_eq!(pace, config.alone);
        }
        if sized >= WAD && spent == 0 {
            prop_assert_eq!(pace, config.backed);
        }
    }
}
