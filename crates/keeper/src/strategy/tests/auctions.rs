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

/// The pool buys from 2 % on: -1 % + 7 % x 8 / 20 = 1.8 % is too early, 9 minutes are not.
#[test]
fn the_backstop_is_called_when_it_buys() {
    let account = in_auction(1_500, 180, US);
    let with_pool = |minutes| {
        let mut on = with_auctions(snapshot(180, minutes), [([1; 32], account.clone())]);
        let shares = 10_000 * USD * VIRTUAL_SHARES;
        on.lines[1].reserve.books.backstop_shares = shares;
        on.settings.pools.get_mut(&USD_ASSET).expect("a pool").shares = shares;
        on
    };
    let (ours, all) = (Fill { for_the_market: false }, Fill { for_the_market: true });
    assert!(proposals(&ours, &mut with_pool(8)).is_empty());
    let due = proposals(&ours, &mut with_pool(9));
    let fill = Action::BackstopFill { account: [1; 32], collateral: ETH_ASSET, debt: USD_ASSET };
    assert_eq!(due[0].action, fill);
    // The reward is ours: at least the floor.
    assert!(due[0].gain_wad >= 2 * WAD - WAD / 1_000_000, "{}", due[0].gain_wad);
    // Another's auction only for the market's sake.
    let mut others = MarketSnapshot { us: [5; 32], ..with_pool(9) };
    assert!(proposals(&ours, &mut others).is_empty());
    let due = proposals(&all, &mut others);
    assert!(due[0].gain_wad == 0 && due[0].is_upkeep);
}
