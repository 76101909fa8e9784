//! What can't be sold stops a sale only where it could turn the verdict (§ 4.11): collateral at twice,
//! debt at half of what it was last known to be worth.

use crate::{
    common::*,
    gate::{buy, fall_ill, owe, scene, scene_at, start, ILLS, Z},
};
use breakwater_protocol::{
    actions::{backstop_fill, recognise},
    num::math::WAD,
    AccountSnapshot, Error, Price,
};

/// 10 ETH at 171 carry 1,368 of 1,500. A dollar of Z carries half and a second as much: 132 of them
/// would heal.
const HEALS: u128 = 132 * WAD;

/// Z's price as somebody says it who may be wrong.
fn quarantine(snapshot: &mut AccountSnapshot, price_wad: u128) {
    fall_ill(snapshot, Z, "stale, quarantined or spread");
    let time_ms = snapshot.now_ms;
    snapshot.priced_mut(Z).unwrap().price =
        Some(Price { good_for: 0, ..Price::exact(price_wad, time_ms) });
}

#[test]
fn collateral_that_could_heal_stops_a_start_and_less_does_not() {
    for (ill, error) in ILLS {
        let started = |units| {
            let mut snapshot = scene(&[(Z, units)]);
            fall_ill(&mut snapshot, Z, ill);
            start(&mut snapshot)
        };
        assert_eq!(started(HEALS), Err(error), "{ill}");
        assert_eq!(started(HEALS - 1), Ok(()), "{ill}");
    }
}

#[test]
fn collateral_that_could_heal_stops_a_take_and_a_fill_and_less_does_not() {
    for (ill, _) in ILLS.iter().take(3) {
        for (units, waits) in [(HEALS, true), (HEALS - 1, false)] {
            let mut snapshot = scene(&[(Z, units)]);
            start(&mut snapshot).unwrap();
            fall_ill(&mut snapshot, Z, ill);
            let not_good = Error::PriceNotGoodForSettlement;
            let filled = backstop_fill(&mut snapshot.clone(), ETH, USD).unwrap_err();
            let taken = buy(&mut snapshot, ETH);
            let is_quarantined = *ill == "stale, quarantined or spread";
            if is_quarantined && waits {
                assert_eq!((&filled, &taken), (&not_good, &Err(not_good)));
            }
            assert_eq!(taken.is_err(), waits, "{ill}: {taken:?}");
            // The fill has come as far as to ask how near insolvency the account is, or how much the pool
            // may pay: LTV 81 %, or 88 % where Z counts as nothing.
            let asks =
                if is_quarantined { Error::BackstopLevelNotReached } else { Error::BackstopEmpty };
            assert_eq!(filled == asks, !waits, "{ill}: {filled:?}");
        }
    }
}

/// ETH at 190 carries 1,520. 1,500 and 40 in Z are owed, and by half 1,520.
#[test]
fn a_debt_that_could_heal_stops_a_start_and_more_does_not() {
    for (ill, error) in ILLS.into_iter().skip(2) {
        let started = |units| {
            let mut snapshot = scene_at(190 * WAD, &[(Z, 0)]);
            owe(&mut snapshot, Z, units);
            fall_ill(&mut snapshot, Z, ill);
            start(&mut snapshot)
        };
        assert_eq!(started(40 * WAD), Err(error), "{ill}");
        // Half of a unit too much is one, rounded up.
        assert_eq!(started(40 * WAD + 1), Ok(()), "{ill}");
        assert_eq!(started(300 * WAD), Ok(()), "{ill}");
    }
}

#[test]
fn collateral_and_debt_that_are_not_fit_heal_together() {
    // 1,368 and 100 by Z against 1,500 and half of 40 in another: 52 are missing.
    for (units, waits) in [(100 * WAD, false), (152 * WAD - 1, false), (152 * WAD, true)] {
        let mut snapshot = scene(&[(Z, units), (3, 0)]);
        owe(&mut snapshot, 3, 40 * WAD);
        fall_ill(&mut snapshot, Z, "no price");
        fall_ill(&mut snapshot, 3, "stale, quarantined or spread");
        assert_eq!(start(&mut snapshot).is_err(), waits, "{units}");
    }
}

/// Twice the worth goes through the tiers as if it were there: the first 100 dollars carry half, what is
/// above a quarter. 132 = 50 + 328 / 4, so 428 are needed, and half of that.
#[test]
fn twice_the_worth_goes_through_the_tiers() {
    for (units, waits) in [(214 * WAD, true), (214 * WAD - 2, false)] {
        let mut snapshot = scene(&[(Z, units)]);
        config(&mut snapshot, Z).tiers = vec![tier(0, 4_000, 5_000), tier(100, 2_000, 2_500)];
        fall_ill(&mut snapshot, Z, "no price");
        assert_eq!(start(&mut snapshot).is_err(), waits, "{units}");
    }
}

/// ETH at 100: 1,000 dollars carry 800, and 1,530 would cover the debt. Whether the account is insolvent
/// is not asked, only whether it could be healthy: 700 more.
#[test]
fn an_insolvent_account_is_sold_unless_it_could_be_healthy() {
    for (units, waits) in [(300 * WAD, false), (700 * WAD - 1, false), (700 * WAD, true)] {
        let mut snapshot = scene_at(100 * WAD, &[(Z, units)]);
        fall_ill(&mut snapshot, Z, "no price");
        assert_eq!(start(&mut snapshot).is_err(), waits, "{units}");
        if waits {
            continue;
        }
        let taken = buy(&mut snapshot, ETH).unwrap();
        // All of it at the start's price: 1,000 / 0.98, rounded up, and a unit. What Z is worth holds the rest's
        // write-off back.
        assert!(taken.terms.offer.whole);
        assert_eq!(taken.fill.repaid, 1_020_408_165);
        assert!(taken.written_off.bad_debt.is_empty());
        assert!(recognise(&mut snapshot).is_err());
    }
}

/// What can't be sold is all there is, or next to all: starting would sell nothing, and take from the
/// borrower the time that they have when the price is back.
#[test]
fn where_nothing_else_can_be_sold_it_waits() {
    for (ill, error) in ILLS {
        // ETH at 80 carries 640, and 1,280 at twice as much: not healthy in any case.
        for (units, waits) in [(0, true), (15 * WAD - 1, true), (15 * WAD, false)] {
            let mut snapshot = scene_at(80 * WAD, &[(Z, units)]);
            fall_ill(&mut snapshot, ETH, ill);
            assert_eq!(start(&mut snapshot).is_err(), waits, "{ill}: {units}");
        }
        // The same of debts: a hundredth of 1,515 in Z is fit, the dollars are not.
        for (units, waits) in [(0, true), (15 * WAD, true), (16 * WAD, false)] {
            let mut snapshot = scene_at(80 * WAD, &[(Z, 0)]);
            owe(&mut snapshot, Z, units);
            fall_ill(&mut snapshot, USD, ill);
            // What has no price can't be valued as a debt, whatever else there is.
            let waits = waits || snapshot.priced(USD).unwrap().price().is_err();
            let expected = if waits { Err(error) } else { Ok(()) };
            assert_eq!(start(&mut snapshot), expected, "{ill}: {units}");
        }
    }
}

/// A wrong price does not decide: the last good one is asked as well, the one that is better for the
/// account.
#[test]
fn a_wrong_price_sells_nobody() {
    // 40 owed in Z, or 40,000 as somebody says: by half of 40 the account would be healthy.
    let mut snapshot = scene_at(190 * WAD, &[(Z, 0)]);
    owe(&mut snapshot, Z, 40 * WAD);
    quarantine(&mut snapshot, 1_000 * WAD);
    assert_eq!(start(&mut snapshot), Err(Error::PriceNotGoodForLiquidation));
    // 132 held, or a tenth of it.
    let mut snapshot = scene(&[(Z, HEALS)]);
    quarantine(&mut snapshot, WAD / 10);
    assert_eq!(start(&mut snapshot), Err(Error::PriceNotGoodForLiquidation));
    // 60 owed in Z, said to be 40: by half of that it would be healthy.
    let mut snapshot = scene_at(190 * WAD, &[(Z, 0)]);
    owe(&mut snapshot, Z, 60 * WAD);
    quarantine(&mut snapshot, WAD * 2 / 3);
    assert_eq!(start(&mut snapshot), Err(Error::PriceNotGoodForLiquidation));
}

/// What is gone is not doubled: it counts as the snapshot has it, at its last price.
#[test]
fn what_is_gone_does_not_heal() {
    for (units, waits) in [(90 * WAD, false), (92 * WAD, true)] {
        // Z is gone at 80 dollars and carries 40: with them 92 dollars of the other would heal.
        let mut snapshot = scene(&[(Z, 80 * WAD), (3, units)]);
        fall_ill(&mut snapshot, Z, "stale, quarantined or spread");
        let stale = snapshot.priced(Z).unwrap().price;
        pass(&mut snapshot, DAY_MS + 1);
        set_prices(&mut snapshot, 171 * WAD);
        snapshot.priced_mut(Z).unwrap().price = stale;
        fall_ill(&mut snapshot, 3, "no price");
        assert_eq!(start(&mut snapshot).is_err(), waits, "{units}");
    }
}
