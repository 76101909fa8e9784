//! dss `clip.sol`'s cases of a take, where the rule is the same: a take is cut to what is owed, and
//! to leave the minimum where it would leave less.

use crate::common::*;
use breakwater_protocol::{actions::start_liquidation, num::math::WAD, AccountSnapshot};

const RAD: u128 = 27;

/// A number given as a decimal string, divided by a power of ten.
fn number(value: &serde_json::Value, shift: u32) -> u128 {
    let text = value.as_str().expect("a string");
    let kept = text.len().saturating_sub(shift as usize);
    text[..kept].parse().unwrap_or(0)
}

/// An account with the auction's lot and tab, to be sold at the oracle's price, all of it: its
/// threshold is next to nothing.
fn auction(input: &serde_json::Value) -> AccountSnapshot {
    let mut eth = eth_config();
    eth.tiers = vec![tier(0, 1, 2)];
    eth.auction.fee_bps = 0;
    let mut usd = usd_config();
    // Amounts in wad on both sides, as Maker's.
    usd.decimals = 18;
    usd.min_debt = number(&input["chost_rad"], RAD as u32);
    let mut snapshot = snapshot_with(eth, usd);
    let (tab, lot) = (number(&input["tab_rad"], RAD as u32), number(&input["lot_wad"], 0));
    // Lent before the loan, so that the balances have it to lend.
    snapshot.reserve_mut(USD).unwrap().balances.cash += 1_000 * WAD;
    place_loan(&mut snapshot, lot, tab);
    set_prices(&mut snapshot, number(&input["price_ray"], 9));
    common_price(&mut snapshot, 0);
    start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    snapshot
}

#[test]
fn takes_are_those_of_clip() {
    for id in [
        "clip-take-over-tab",
        "clip-take-under-tab",
        "clip-take-chost-adjust",
        "clip-take-to-exact-chost",
        "clip-take-multi-1",
    ] {
        let Some(vector) = vector(id) else { return };
        let (input, expected) = (&vector["input"], &vector["expected"]);
        let mut snapshot = auction(input);
        let price = number(&input["price_ray"], 9) / WAD;
        let asked = number(&input["amt_wad"], 0) * price;
        let taken = take(&mut snapshot, asked).unwrap();
        let rad = |name: &str| number(&expected[name], RAD as u32);
        assert_eq!(taken.fill.repaid, rad("owe_rad"), "{id}");
        // The unit that pays for rounding of debt shares (§ 4.2).
        let slice = number(&expected["slice_wad"], 0);
        assert!(slice - taken.fill.received <= 1, "{id}: {} of {slice}", taken.fill.received);
        assert_eq!(reserve(&snapshot, USD).balances.borrowed, rad("tab_after_rad"), "{id}");
        assert_eq!(Some(taken.ended.is_some()), expected["closed"].as_bool(), "{id}");
    }
}
