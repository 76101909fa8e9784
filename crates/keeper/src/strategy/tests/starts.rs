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
    Start { most, least_wad, for_the_market: false, buying: None, win_bps: 5_000 }
}

#[test]
fn who_is_healthy_or_in_the_way_of_the_breaker_is_not_started() {
    let mut on = snapshot(180, 0);
    let loans = [1_500, 1_000, 1_600];
    let found = starts(&start(10, 0), &mut on, &loans, &[2, 1, 0]);
    assert_eq!(found[0].action, Action::Start(vec![[2; 32], [0; 32]]));
    // The fee is a tenth of a per cent of what may be repaid, and half of it the starter's: at 180 that is
    // of 580 to 960 dollars less than the floor of half a dollar.
    assert_eq!((found.len(), cents(found[0].gain_wad)), (1, 99));
    // At most as many as told, the first first; and not for less than they are worth.
    let found = starts(&start(1, 0), &mut on, &loans, &[2, 0]);
    assert_eq!(found[0].action, Action::Start(vec![[2; 32]]));
    assert_eq!(starts(&start(10, 3 * WAD), &mut on, &loans, &[0, 2]), []);
    let for_all = Start { for_the_market: true, ..start(10, 3 * WAD) };
    let found = starts(&for_all, &mut on, &loans, &[0, 2]);
    assert_eq!(found[0].action, Action::Start(vec![[0; 32], [2; 32]]));
    assert!(found.len() == 1 && found[0].is_upkeep && cents(found[0].gain_wad) == 99);
    // That there is no room now does not make the reward less.
    let impact_wad = &mut on.reserves[0].reserve.balances.gradual.meter.impact_wad;
    *impact_wad = 6_000_000_000_000_000;
    assert_eq!(cents(starts(&start(10, 0), &mut on, &loans, &[2, 0])[0].gain_wad), 99);
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
/// leaves is rewarded when it is taken. In all it is the floor, half a dollar each.
#[test]
fn what_the_backstop_buys_at_once_is_rewarded_too() {
    for dollars in [0, 300, 1_000, 10_000] {
        let mut on = with_backstop(snapshot(175, 0), dollars);
        let found = starts(&start(10, 0), &mut on, &[1_500, 1_500], &[1, 0]);
        assert_eq!(found[0].action, Action::Start(vec![[1; 32], [0; 32]]));
        assert!((98..100).contains(&cents(found[0].gain_wad)), "{dollars}: {}", found[0].gain_wad);
        assert!(on.reserves[1].reserve.vault.stocks.is_empty(), "nothing is done yet");
    }
}

/// 10 ETH at 140 dollars don't cover 1,500: nobody is rewarded. At the highest bonus of 2 % the lot costs
/// 1,372.55 dollars: a take brings 27.45, and half of it counts.
#[test]
fn who_is_insolvent_is_started_for_what_follows() {
    let loans = [1_500];
    let of = |strategy: &Start| {
        let found = starts(strategy, &mut snapshot(140, 0), &loans, &[0]);
        found.into_iter().map(|one| (cents(one.gain_wad), one.is_upkeep)).collect::<Vec<_>>()
    };
    // It goes with the others where nothing is asked for, and not where something is.
    assert_eq!(of(&start(10, 0)), [(0, false)]);
    assert_eq!(of(&start(10, 1)), []);
    let for_all = Start { for_the_market: true, ..start(10, 0) };
    assert_eq!(of(&for_all), [(0, true)]);
    let with = |buying| Start { buying: Some(buying), ..start(10, 1) };
    assert_eq!(of(&with(buying())), [(13_72, false)]);
    assert_eq!(of(&Start { win_bps: 10_000, ..with(buying()) }), [(27_45, false)]);
    // At least the least profit: for that we take, and with more others may be quicker.
    assert_eq!(of(&Start { win_bps: 0, ..with(buying()) }), [(1_00, false)]);
    let none_asked = Buying { least_wad: 0, ..buying() };
    assert_eq!(of(&with(none_asked)), [(13_72, false)], "no longer nothing");
    assert_eq!(of(&with(Buying { exit_bps: 180, ..buying() })), [(1_12, false)]);
    // 1,400 less 2 % are 1,372.
    assert_eq!(of(&with(Buying { exit_bps: 200, ..buying() })), []);
    assert_eq!(of(&with(Buying { least_wad: 30 * WAD, ..buying() })), []);
    assert_eq!(of(&with(Buying { limits: Vec::new(), ..buying() })), [], "no money");
    assert_eq!(of(&with(selling())), [(13_72, false)]);
    assert_eq!(of(&with(Buying { taker: None, ..selling() })), [], "nobody sells");
    // Not where the backstop buys it whole at once: that pays nobody and is done for the market.
    let mut on = with_backstop(snapshot(140, 0), 10_000);
    assert_eq!(starts(&with(buying()), &mut on, &loans, &[0]), []);
    let for_all = Start { for_the_market: true, ..with(buying()) };
    let found = starts(&for_all, &mut on, &loans, &[0]);
    assert!(found.len() == 1 && found[0].is_upkeep && found[0].gain_wad == 0);
}

/// What was seen: 2000 -> 800 in one report, 60 loans at an LTV of 152 %. The fee of all of them together is
/// more than a cent each; what can be taken of them is worth more.
#[test]
fn sixty_insolvent_accounts_are_worth_what_our_money_takes_of_them() {
    let loans = [12_160; 60];
    let all: Vec<u8> = (0..60).collect();
    let strategy = Start { buying: Some(Buying { least_wad: 0, ..buying() }), ..start(100, 0) };
    let found = starts(&strategy, &mut snapshot(800, 0), &loans, &all);
    assert_eq!((found.len(), found[0].items()), (1, 60));
    // 8,000 dollars each, 156.86 of them the bonus of 2 %.
    assert!(found[0].each.iter().all(|one| cents(one.gain_wad) == 78_43), "{:?}", found[0].each[0]);
    // With 20,000 dollars there is money for two and a half: the others count nothing.
    let limits = vec![limit(20_000.0)];
    let strategy = Start { buying: Some(Buying { limits, least_wad: 0, ..buying() }), ..strategy };
    let found = starts(&strategy, &mut snapshot(800, 0), &loans, &all);
    let paid = found[0].each.iter().filter(|one| one.gain_wad != 0).count();
    assert_eq!(paid, 3);
    assert_eq!(cents(found[0].each[0].gain_wad), 78_43);
    // Solvent accounts are started for both: the reward and the take.
    let both = starts(&strategy, &mut snapshot(180, 0), &[1_500], &[0]);
    let reward = starts(&start(10, 0), &mut snapshot(180, 0), &[1_500], &[0]);
    assert!(both[0].gain_wad > reward[0].gain_wad + 5 * WAD, "{}", both[0].gain_wad);
}
