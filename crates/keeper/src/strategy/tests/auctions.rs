//! What ends an auction that nobody takes from.

use super::*;

#[test]
fn who_is_healthy_again_is_cured() {
    let account = in_auction(1_500, 180, US);
    let at = [([1; 32], account)];
    let mut recovered = with_auctions(snapshot(200, 5), at.clone());
    let cure = [Proposal::new(Action::Cure([1; 32]), 0)];
    assert_eq!(proposals(&Cure, &mut recovered), cure);
    let mut low = with_auctions(snapshot(180, 5), at);
    assert!(proposals(&Cure, &mut low).is_empty());
    for on in [&mut recovered, &mut low] {
        assert!(proposals(&WriteOff, on).is_empty());
        assert!(proposals(&Fill { for_the_market: true }, on).is_empty(), "nobody has staked");
    }
    recovered.pending.accounts.insert([1; 32]);
    assert!(proposals(&Cure, &mut recovered).is_empty(), "something is under way");
}

/// A ten-thousandth of an ETH is dust against 1,500 dollars.
#[test]
fn what_nothing_stands_behind_is_written_off() {
    let mut account = in_auction(1_500, 180, US);
    for held in &mut account.positions {
        held.collateral /= 100_000;
    }
    let mut on = with_auctions(snapshot(180, 5), [([1; 32], account)]);
    let lost = [Proposal::upkeep(Action::RecogniseBadDebt([1; 32]))];
    assert_eq!(proposals(&WriteOff, &mut on), lost);
}

/// The backstop buys from an LTV of .84 on: 1,500 of 1,800 are .833, of 1,750 .857.
#[test]
fn the_backstop_is_called_for_whom_it_buys_of() {
    let account = in_auction(1_500, 180, US);
    let with_pool = |eth_dollars, dollars| {
        let on = with_auctions(snapshot(eth_dollars, 8), [([1; 32], account.clone())]);
        with_backstop(on, dollars)
    };
    let (ours, all) = (Fill { for_the_market: false }, Fill { for_the_market: true });
    assert!(proposals(&all, &mut with_pool(180, 10_000)).is_empty(), "not near insolvency");
    assert!(proposals(&all, &mut with_pool(175, 0)).is_empty(), "no money");
    let mut on = with_pool(175, 10_000);
    let due = proposals(&ours, &mut on);
    let fill = Action::BackstopFill { account: [1; 32], collateral: ETH_ASSET, debt: USD_ASSET };
    assert_eq!(due[0].action, fill);
    // The reward is ours: the floor. It has bought, which those after it see:
    // (1.05 x 1,500 - 1,400) / (1.05 - 0.8 x 1.001) = 702.25 dollars.
    assert_eq!((cents(due[0].gain_wad), due[0].is_upkeep), (49, false));
    assert_eq!(on.reserves[1].reserve.vault.stocks[0].cost / (USD / 100), 70_224);
    // Another's auction only for the market's sake.
    let mut others = MarketSnapshot { us: [5; 32], ..with_pool(175, 10_000) };
    assert!(proposals(&ours, &mut others).is_empty());
    let due = proposals(&all, &mut others);
    assert!(due[0].action == fill && due[0].gain_wad == 0 && due[0].is_upkeep);
    // Something acts on it already.
    others.pending.accounts.insert([1; 32]);
    assert!(proposals(&all, &mut others).is_empty());
}

/// A backstop that has spent all gets some interest: nobody is called for less than the minimum debt of
/// 100 dollars, unless that is all there is to be bought.
#[test]
fn the_backstop_is_not_called_for_crumbs() {
    let all = Fill { for_the_market: true };
    let at = [([1; 32], in_auction(1_500, 180, US))];
    let on = with_auctions(snapshot(175, 8), at);
    assert_eq!(proposals(&all, &mut with_backstop(on.clone(), 99)), []);
    assert_eq!(proposals(&all, &mut with_backstop(on, 101)).len(), 1);
}
