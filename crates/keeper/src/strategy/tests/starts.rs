//! Starting auctions.

use super::*;
use breakwater_protocol::Level;

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

/// What is proposed to be started of some accounts at a price of ETH.
fn starts(
    strategy: &Start,
    on: &mut MarketSnapshot,
    dollars: &[u128],
    some: &[u8],
) -> Vec<Proposal> {
    on.unhealthy = unhealthy(some);
    strategy.propose(on, &index(dollars))
}

fn start(most: usize, least_wad: u128) -> Start {
    Start { most, least_wad, for_the_market: false, buying: None }
}

#[test]
fn who_is_healthy_or_in_the_way_of_the_breaker_is_not_started() {
    let mut on = snapshot(180, 0);
    let loans = [1_500, 1_000, 1_600];
    let found = starts(&start(10, 0), &mut on, &loans, &[2, 1, 0]);
    assert_eq!(found[0].action, Action::Start(vec![[2; 32], [0; 32]]));
    // The fee is a tenth of a per cent of what may be repaid, and half of it the starter's: at 180 that is
    // of 580 to 960 dollars less than the floor of two dollars.
    assert_eq!((found.len(), cents(found[0].gain_wad)), (1, 399));
    // At most as many as told, the first first; and not for less than they are worth.
    let found = starts(&start(1, 0), &mut on, &loans, &[2, 0]);
    assert_eq!(found[0].action, Action::Start(vec![[2; 32]]));
    assert_eq!(starts(&start(10, 3 * WAD), &mut on, &loans, &[0, 2]), []);
    let for_all = Start { for_the_market: true, ..start(10, 3 * WAD) };
    let upkeep = Proposal::upkeep(Action::Start(vec![[0; 32], [2; 32]]));
    assert_eq!(starts(&for_all, &mut on, &loans, &[0, 2]), [upkeep]);
    // That there is no room now does not make the reward less.
    let impact_wad = &mut on.reserves[0].reserve.balances.gradual.meter.impact_wad;
    *impact_wad = 6_000_000_000_000_000;
    assert_eq!(cents(starts(&start(10, 0), &mut on, &loans, &[2, 0])[0].gain_wad), 399);
    // Nor whom something under way acts on.
    on.pending.accounts.insert([2; 32]);
    let found = starts(&start(10, 0), &mut on, &loans, &[2, 0]);
    assert_eq!(found[0].action, Action::Start(vec![[0; 32]]));
    on.pending.accounts.clear();
    // In Halted nothing starts.
    on.settings.guard =
        ManualLevel { level: Level::Halted, from_ms: on.now_ms, until_ms: u64::MAX };
    assert_eq!(starts(&start(10, 0), &mut on, &loans, &[0, 2]), []);
}

/// At 175 dollars the backstop buys at once, of each for 702.25 dollars until its money is gone; what it
/// leaves is rewarded when it is taken. In all it is the floor, two dollars each.
#[test]
fn what_the_backstop_buys_at_once_is_rewarded_too() {
    for dollars in [0, 300, 1_000, 10_000] {
        let mut on = with_backstop(snapshot(175, 0), dollars);
        let found = starts(&start(10, 0), &mut on, &[1_500, 1_500], &[1, 0]);
        assert_eq!(found[0].action, Action::Start(vec![[1; 32], [0; 32]]));
        assert!((398..400).contains(&cents(found[0].gain_wad)), "{dollars}: {}", found[0].gain_wad);
        assert!(on.reserves[1].reserve.vault.stocks.is_empty(), "nothing is done yet");
    }
}

/// 10 ETH at 140 dollars don't cover 1,500: nobody is rewarded. At the highest bonus of 2 % the lot costs
/// 1,372.55 dollars.
#[test]
fn who_is_insolvent_is_started_where_it_is_worth_it() {
    let loans = [1_500];
    let of = |strategy: &Start| {
        let found = starts(strategy, &mut snapshot(140, 0), &loans, &[0]);
        found.into_iter().map(|one| (one.gain_wad, one.is_upkeep)).collect::<Vec<_>>()
    };
    // It goes with the others where nothing is asked for, and not where something is.
    assert_eq!(of(&start(10, 0)), [(0, false)]);
    assert_eq!(of(&start(10, 1)), []);
    let for_all = Start { for_the_market: true, ..start(10, 0) };
    assert_eq!(of(&for_all), [(0, true)]);
    // We would take it in the end: for the least profit, or nobody would leave it to us.
    let with = |buying| Start { buying: Some(buying), ..start(10, 1) };
    assert_eq!(of(&with(buying())), [(WAD, false)]);
    assert_eq!(of(&with(Buying { exit_bps: 180, ..buying() })), [(WAD, false)]);
    // 1,400 less 2 % are 1,372.
    assert_eq!(of(&with(Buying { exit_bps: 200, ..buying() })), []);
    assert_eq!(of(&with(Buying { least_wad: 30 * WAD, ..buying() })), []);
    assert_eq!(of(&with(Buying { limits: Vec::new(), ..buying() })), [], "no money");
    assert_eq!(of(&with(selling())), [(WAD, false)]);
    assert_eq!(of(&with(Buying { taker: None, ..selling() })), [], "nobody sells");
    // Not where the backstop buys it whole at once.
    let mut on = with_backstop(snapshot(140, 0), 10_000);
    assert_eq!(starts(&with(buying()), &mut on, &loans, &[0]), []);
}
