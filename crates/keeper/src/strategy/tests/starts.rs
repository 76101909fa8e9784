//! Starting auctions, alone and with the backstop.

use super::*;
use breakwater_protocol::{Level, Pool as Backstop};

/// Accounts by their numbers, with these loans in dollars.
fn index(dollars: &[u128]) -> AccountIndex {
    let mut index = AccountIndex::default();
    for (number, dollars) in (0..).zip(dollars) {
        for position in loan(*dollars).positions {
            index.set([number; 32], position);
        }
    }
    index
}

fn unhealthy(accounts: &[u8]) -> Vec<Unhealthy> {
    let one = |number: &u8| Unhealthy { health_factor_wad: 0, account: [*number; 32] };
    accounts.iter().map(one).collect()
}

#[test]
fn who_is_healthy_or_in_the_way_of_the_breaker_is_not_started() {
    let mut on = snapshot(180, 0);
    let accounts = index(&[1_500, 1_000, 1_600]);
    let starts = |on: &mut MarketSnapshot, some: &[u8], (most, least_wad)| {
        on.unhealthy = unhealthy(some);
        let mut proposals = Start { most, least_wad }.propose(on, &accounts);
        assert!(proposals.len() <= 1);
        proposals.pop()
    };
    let proposal = starts(&mut on, &[2, 1, 0], (10, 0)).expect("a proposal");
    assert_eq!(proposal.action, Action::Start(vec![[2; 32], [0; 32]]));
    // The fee is half a per cent of what may be repaid; of it the starter gets a half, at least two
    // dollars. At 180: (1.05 x 1,500 - 1,440) / (1.05 - 0.8 x (1 - 0.01 + 0.005)) is about 531, and 945
    // of the larger loan: 1.33 and 2.36 dollars, so 2 and 2.36.
    let dollars = proposal.gain_wad as f64 / 1e18;
    assert!((4.0..5.0).contains(&dollars), "{dollars}");
    // At most as many as told, the first first; and not for less than they are worth.
    let proposal = starts(&mut on, &[2, 0], (1, 0)).expect("a proposal");
    assert_eq!(proposal.action, Action::Start(vec![[2; 32]]));
    assert_eq!(starts(&mut on, &[0, 2], (10, 10 * WAD)), None);
    // Nor whom something under way acts on.
    on.pending.accounts.insert([2; 32]);
    let proposal = starts(&mut on, &[2, 0], (10, 0)).expect("a proposal");
    assert_eq!(proposal.action, Action::Start(vec![[0; 32]]));
    on.pending.accounts.clear();
    // In Halted nothing starts.
    on.settings.guard = Guard { level: Level::Halted, from_ms: on.now_ms, until_ms: u64::MAX };
    assert_eq!(starts(&mut on, &[0, 2], (10, 0)), None);
}

/// With a backstop of 700 dollars that buys at the oracle's price, where auctions start: the first needs
/// about 531, the second gets the rest, the third is only started.
#[test]
fn who_the_backstop_buys_from_at_once_is_started_and_filled() {
    let mut on = snapshot(180, 0);
    for line in &mut on.lines {
        line.reserve.config.auction.start_premium_bps = 0;
        line.reserve.config.backstop.level_bps = 0;
        if line.asset == USD_ASSET {
            line.reserve.books.backstop_shares = 700 * USD * VIRTUAL_SHARES;
        }
    }
    let accounts = index(&[1_500, 1_500, 1_500]);
    on.unhealthy = unhealthy(&[2, 1, 0]);
    let at_once =
        |on: &MarketSnapshot, most| StartAndFill { most }.propose(&mut on.clone(), &accounts);
    // Nobody has staked yet.
    assert_eq!(at_once(&on, 10), []);
    let backstop = Backstop { shares: 700 * USD * VIRTUAL_SHARES, ..Backstop::default() };
    on.settings.pools.insert(USD_ASSET, backstop);
    let filled = |proposals: &[Proposal]| match proposals {
        [Proposal { action: Action::StartAndFill(fills), .. }] => fills.clone(),
        other => panic!("{other:?}"),
    };
    let (first, second) = (([2; 32], ETH_ASSET, USD_ASSET), ([1; 32], ETH_ASSET, USD_ASSET));
    assert_eq!(filled(&at_once(&on, 10)), [first, second]);
    // At most as many as told.
    assert_eq!(filled(&at_once(&on, 1)), [first]);
    // Not whom it has failed for, nor whom something under way acts on: the others have the money.
    on.pending.only_started.insert([2; 32]);
    let third = ([0; 32], ETH_ASSET, USD_ASSET);
    assert_eq!(filled(&at_once(&on, 10)), [second, third]);
    on.pending.accounts.insert([1; 32]);
    assert_eq!(filled(&at_once(&on, 10)), [third]);
}
