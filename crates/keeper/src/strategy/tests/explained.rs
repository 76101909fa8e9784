//! Decisions in sentences.

use super::*;

fn rules(least_wad: u128) -> Rules {
    let buying = Buying { least_wad, ..buying() };
    let start = Start {
        most: 10,
        least_wad: 0,
        for_the_market: false,
        buying: Some(buying.clone()),
        win_bps: 5_000,
    };
    Rules { start: Some(start), buying: Some(buying) }
}

fn said(on: &MarketSnapshot, cell: &Account, rules: &Rules) -> String {
    explain(on, cell, rules).join("; ")
}

#[test]
fn each_decision_has_its_reason() {
    let rich = |on| with_money(on, 1_000_000);
    let on = rich(snapshot(200, 0));
    let empty = said(&on, &Account::default(), &rules(WAD));
    assert_eq!(empty, "the market has no such account, or it is empty");
    let healthy = said(&on, &loan(1_500), &rules(WAD));
    assert!(healthy.contains("health factor 1.0667: it owes 1500.00 and 1600.00 are carried"));
    assert!(healthy.ends_with("there is nothing to do"), "{healthy}");
    let bad = said(&rich(snapshot(180, 0)), &loan(1_500), &rules(WAD));
    assert!(
        bad.contains("a start is worth") && bad.contains("if that is more than its fee"),
        "{bad}"
    );
    let none = said(&rich(snapshot(180, 0)), &loan(1_500), &Rules::default());
    assert!(none.ends_with("starts are not enabled"), "{none}");
    // In auction: at first for some cents, later for 11.57.
    let cell = in_auction(1_500, 180, [1; 32]);
    let at = |minutes| with_auctions(snapshot(180, minutes), [([1; 32], cell.clone())]);
    let early = said(&rich(at(0)), &cell, &rules(WAD));
    assert!(early.contains("the best take gains 0.36, less than the 1.00 asked"), "{early}");
    let late = said(&rich(at(30)), &cell, &rules(WAD));
    assert!(late.contains("bonus of 2.0") && late.contains("a gain of 11.58"), "{late}");
    let poor = said(&with_money(at(30), 0), &cell, &rules(WAD));
    assert!(poor.contains("of the 0 units that we may spend"), "{poor}");
    let mut stopped = rich(at(30));
    stopped.pending.is_stopped = true;
    assert!(said(&stopped, &cell, &rules(WAD)).contains("stop_loss"));
    let mut blind = rich(at(30));
    blind.reserves[1].price = None;
    let blind = said(&blind, &cell, &rules(WAD));
    assert!(blind.contains("asset 1 has no usable price"), "{blind}");
}
