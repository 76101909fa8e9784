//! A take's order is a price (§ 4.10): others' small repayments and takes make no order fail, and no
//! one gets less for a unit than they asked.

use crate::common::*;
use breakwater_protocol::{num::math::WAD, AccountSnapshot, Error, Order, ALL};
use proptest::prelude::*;

fn taken_by(snapshot: &AccountSnapshot, order: &Order) -> Result<(u128, u128), Error> {
    take_by(&mut snapshot.clone(), TAKER, order)
        .map(|taken| (taken.fill.repaid, taken.fill.received))
}

/// 10 ETH at 180, ten minutes on: the whole of what may be repaid is about 614 dollars.
fn scene() -> AccountSnapshot {
    let mut snapshot = auctioned(1_500, 180 * WAD);
    pass(&mut snapshot, 8 * MINUTE_MS);
    snapshot
}

#[test]
fn a_small_repayment_or_take_in_front_makes_no_quoted_take_fail() {
    let snapshot = scene();
    let (repaid, received) = taken_by(&snapshot, &order(ALL, 0)).unwrap();
    assert_eq!(repaid / DOLLAR, 614);
    // A basis point less than quoted, where a cent less of 614 dollars was already too much before.
    let quoted = order(repaid, received / 10_000 * 9_999);
    for in_front in ["repayment", "take"] {
        let mut moved = snapshot.clone();
        match in_front {
            "repayment" => drop(repay(&mut moved, 180_000).unwrap()),
            _ => drop(take(&mut moved, 680_000).unwrap()),
        }
        let (less, got) = taken_by(&moved, &quoted).unwrap();
        assert!(less < repaid && got < quoted.min_receive, "{in_front}: {less} {got}");
        assert!(got * quoted.max_repay >= quoted.min_receive * less);
        // One for all that may be repaid can only ask for what there must be.
        let all = order(ALL, quoted.min_receive);
        assert_eq!(taken_by(&moved, &all), Err(Error::ReceivedTooLittle), "{in_front}");
    }
}

#[test]
fn the_least_is_in_proportion_and_rounded_up() {
    let ask = order(1_000, 3_001);
    assert_eq!(ask.least_for_up(1_000), Ok(3_001));
    assert_eq!(ask.least_for_up(500), Ok(1_501));
    assert_eq!(ask.least_for_up(1), Ok(4));
    assert_eq!(ask.least_for_up(0), Ok(0));
    assert_eq!(order(1_000, 0).least_for_up(7), Ok(0));
    assert_eq!(order(ALL, 3_001).least_for_up(1), Ok(3_001));
    // The highest numbers that there are.
    assert_eq!(order(ALL - 1, u128::MAX).least_for_up(ALL - 2), Ok(u128::MAX - 1));
}

#[test]
fn a_unit_more_than_there_is_is_refused() {
    let snapshot = scene();
    for asked in [100 * DOLLAR, 400 * DOLLAR] {
        let (repaid, received) = taken_by(&snapshot, &order(asked, 0)).unwrap();
        assert_eq!(repaid, asked);
        assert_eq!(taken_by(&snapshot, &order(asked, received)), Ok((repaid, received)));
        let more = taken_by(&snapshot, &order(asked, received + 1));
        assert_eq!(more, Err(Error::ReceivedTooLittle));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn nobody_gets_a_worse_price_than_they_asked(
        max_repay in 1u128..2_000 * DOLLAR,
        cents in 0u128..900,
        in_front in 0u128..600 * DOLLAR,
    ) {
        let mut snapshot = scene();
        if in_front != 0 {
            take(&mut snapshot, in_front).ok();
        }
        // So many ETH per 100,000 dollars.
        let ask = order(max_repay, max_repay * (ETHER / DOLLAR) / 100_000 * cents);
        if let Ok((repaid, received)) = taken_by(&snapshot, &ask) {
            prop_assert!(received * ask.max_repay >= ask.min_receive * repaid);
        }
    }
}
