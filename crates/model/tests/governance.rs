//! What `docs/governance.md` promises of the queue, with some of its members hostile.

use breakwater_model::{
    governor::Governor,
    random_governance::{call, members, operation, Play, World},
};
use breakwater_protocol::{
    governance::{
        operation::selectors, Call, GovernanceError as Error, Lane, Operation, Role, Roles,
        Settings, State,
    },
    num::time::{DAY_MS, HOUR_MS},
    AccountId,
};
use rand_chacha::{rand_core::SeedableRng, ChaCha8Rng};
use scale::Encode;

const ALICE: AccountId = [1; 32];
const BOB: AccountId = [2; 32];
const MALLORY: AccountId = [3; 32];
const GUARDS: [AccountId; 3] = [[11; 32], [12; 32], [13; 32]];
const ANYBODY: AccountId = [99; 32];

fn governor(proposers: &[AccountId]) -> Governor {
    let roles =
        Roles { proposers: proposers.to_vec(), guardians: GUARDS.to_vec(), ..Roles::default() };
    Governor::new(Settings::default(), roles, DAY_MS).unwrap()
}

fn replacement(by: AccountId, salt: u8) -> Operation {
    operation(Lane::Standard, vec![members(Role::Guardian, &[by])], salt)
}

fn plain(salt: u8) -> Operation {
    operation(Lane::Standard, vec![call(7)], salt)
}

/// The audit's case: 32 replacements of the guardians that nobody could cancel, and nobody else could
/// queue anything. Two days later the guardians were theirs, two more and the market was.
#[test]
fn one_hostile_proposer_of_three_neither_fills_the_queue_nor_replaces_the_guardians() {
    let mut g = governor(&[ALICE, BOB, MALLORY]);
    let delay_ms = 2 * DAY_MS;
    let first = g.queue(MALLORY, &replacement(MALLORY, 0), delay_ms).unwrap();
    for salt in 1..32 {
        let more = g.queue(MALLORY, &replacement(MALLORY, salt), delay_ms);
        assert_eq!(more, Err(Error::ReplacementOpen));
    }
    // A third of 32 places for each: ten.
    for salt in 0..32 {
        let queued = g.queue(MALLORY, &plain(salt), delay_ms);
        assert_eq!(queued.err(), (salt >= 10).then_some(Error::TooManyOpen), "{salt}");
    }
    for salt in 100..110 {
        g.queue(ALICE, &plain(salt), delay_ms).unwrap();
        g.queue(BOB, &plain(salt + 50), delay_ms).unwrap();
    }
    assert_eq!(g.open().len(), 31);
    // No guardian may stop it, nor who is nobody; every other proposer may.
    assert_eq!(g.cancel(GUARDS[0], first), Err(Error::ReplacesGuardian));
    assert_eq!(g.cancel(ANYBODY, first), Err(Error::NotCanceller));
    g.cancel(BOB, first).unwrap();
    // The place is free at once, also for who has no other left.
    g.queue(ALICE, &replacement(GUARDS[1], 0), delay_ms).unwrap();
    g.now_ms += delay_ms;
    assert_eq!(g.execute(ANYBODY, &replacement(MALLORY, 0)), Err(Error::Cancelled));
    g.execute(ANYBODY, &replacement(GUARDS[1], 0)).unwrap();
    assert_eq!(g.roles.guardians, [GUARDS[1]]);
}

#[test]
fn hostile_guardians_cannot_keep_their_role() {
    for hostile in [&GUARDS[..1], &GUARDS[..]] {
        let mut g = governor(&[ALICE, BOB]);
        let after = replacement([77; 32], 0);
        let id = g.queue(ALICE, &after, 2 * DAY_MS).unwrap();
        for guard in hostile {
            assert_eq!(g.cancel(*guard, id), Err(Error::ReplacesGuardian));
        }
        g.now_ms += 2 * DAY_MS;
        g.execute(ANYBODY, &after).unwrap();
        // They stop nothing any more.
        let id = g.queue(ALICE, &plain(1), 2 * DAY_MS).unwrap();
        for guard in hostile {
            assert_eq!(g.cancel(*guard, id), Err(Error::NotCanceller));
        }
    }
}

#[test]
fn one_honest_proposer_among_hostile_ones_and_the_guardians_hold_the_governor() {
    let proposers: Vec<AccountId> = (1..=8).map(|n| [n; 32]).collect();
    let (honest, hostile) = (proposers[0], &proposers[1..]);
    let mut g = governor(&proposers);
    let mut theirs = Vec::new();
    for (who, n) in hostile.iter().zip(0u8..) {
        for salt in 0..5 {
            let queued = g.queue(*who, &plain(n * 8 + salt), 2 * DAY_MS);
            assert_eq!(queued.is_ok(), salt < 4);
            theirs.extend(queued);
        }
        let _ = g.queue(*who, &replacement(*who, n), 2 * DAY_MS);
    }
    // The honest one has the same four places, and rids the governor of the others.
    let rid = operation(Lane::Standard, vec![members(Role::Proposer, &[honest])], 0);
    g.queue(honest, &rid, 2 * DAY_MS).unwrap();
    for salt in 200..203 {
        g.queue(honest, &plain(salt), 2 * DAY_MS).unwrap();
    }
    let replacement_of_one = g.id_of(&replacement(hostile[0], 0));
    g.cancel(honest, replacement_of_one).unwrap();
    // What has expired or was left alone by the guardians dies with its proposers.
    g.now_ms += 2 * DAY_MS;
    g.execute(ANYBODY, &rid).unwrap();
    for id in theirs {
        assert_eq!(g.state(&id), State::Cancelled);
    }
    assert_eq!(g.open().len(), 3);
    assert_eq!(g.execute(ANYBODY, &plain(8)), Err(Error::Cancelled));
    // Alone they have all places.
    for salt in 203..232 {
        g.queue(honest, &plain(salt), 2 * DAY_MS).unwrap();
    }
    assert_eq!(g.queue(honest, &plain(232), 2 * DAY_MS), Err(Error::TooManyOpen));
}

/// Whatever does more than to replace the guardians, or does it in another form, guardians can cancel.
#[test]
fn a_hidden_replacement_is_the_guardians_to_cancel() {
    let mut g = governor(&[ALICE, MALLORY]);
    let replace = members(Role::Guardian, &[MALLORY]);
    let mut longer = replace.clone();
    longer.data.push(0);
    let before = g.queue(MALLORY, &plain(90), 2 * DAY_MS).unwrap();
    let hidden = [
        operation(Lane::Standard, vec![replace.clone(), call(1)], 0),
        operation(Lane::Standard, vec![replace.clone(), replace.clone()], 1),
        operation(Lane::Standard, vec![longer], 2),
        operation(Lane::Standard, vec![members(Role::Proposer, &[MALLORY])], 3),
        operation(Lane::Standard, vec![members(Role::Proposer, &[MALLORY]), replace.clone()], 4),
        operation(Lane::Standard, vec![settings_of_an_hour(), replace.clone()], 5),
    ];
    for operation in &hidden {
        let id = g.queue(MALLORY, operation, 2 * DAY_MS).unwrap();
        g.cancel(GUARDS[2], id).unwrap();
    }
    // Through a predecessor it is a replacement still: the other proposers' to cancel.
    let after = Operation { predecessor: Some(before), ..replacement(MALLORY, 6) };
    let id = g.queue(MALLORY, &after, 2 * DAY_MS).unwrap();
    assert_eq!(g.cancel(GUARDS[2], id), Err(Error::ReplacesGuardian));
    g.cancel(ALICE, id).unwrap();
    g.now_ms += 2 * DAY_MS;
    for operation in hidden.iter().chain([&after]) {
        assert_eq!(g.execute(MALLORY, operation), Err(Error::Cancelled));
    }
    // With value the governor's own messages can't be queued at all.
    let paid = operation(Lane::Standard, vec![Call { value: 1, ..replace }], 7);
    assert_eq!(g.queue(MALLORY, &paid, 2 * DAY_MS), Err(Error::BadSelfCall));
}

fn settings_of_an_hour() -> Call {
    let settings = Settings { delay_ms: HOUR_MS, ..Settings::default() };
    let data = [&selectors::SET_SETTINGS[..], &settings.encode()].concat();
    Call { target: Governor::ADDRESS, value: 0, data }
}

/// Who sees an operation on its way may queue it first and take it back: it is not used up by that.
#[test]
fn copying_and_taking_back_does_not_use_up_an_operation() {
    let mut g = governor(&[ALICE, BOB, MALLORY]);
    let id = g.queue(MALLORY, &plain(0), 30 * DAY_MS).unwrap();
    assert_eq!(g.queue(ALICE, &plain(0), 2 * DAY_MS), Err(Error::IdUsed));
    g.cancel(MALLORY, id).unwrap();
    assert_eq!(g.state(&id), State::Cancelled);
    assert_eq!(g.queue(MALLORY, &plain(0), 2 * DAY_MS), Err(Error::IdUsed));
    g.queue(ALICE, &plain(0), 2 * DAY_MS).unwrap();
    assert_eq!(g.cancel(MALLORY, id), Err(Error::NotCanceller));
    // What a guardian has cancelled is over, and what is done.
    g.cancel(GUARDS[0], id).unwrap();
    for who in [ALICE, BOB, MALLORY] {
        assert_eq!(g.queue(who, &plain(0), 2 * DAY_MS), Err(Error::IdUsed));
    }
    // While they hold a copy it costs them a place: after ten none is left to stop Alice with.
    for salt in 1..11 {
        g.queue(MALLORY, &plain(salt), 30 * DAY_MS).unwrap();
    }
    assert_eq!(g.queue(MALLORY, &plain(11), 30 * DAY_MS), Err(Error::TooManyOpen));
    g.queue(ALICE, &plain(11), 2 * DAY_MS).unwrap();
}

/// A place is free from the moment at which its operation can't be done any more.
#[test]
fn what_expires_frees_its_place_at_once() {
    let mut g = governor(&[ALICE]);
    let held = g.queue(ALICE, &replacement(ALICE, 0), 2 * DAY_MS).unwrap();
    for salt in 0..32 {
        g.queue(ALICE, &plain(salt), 2 * DAY_MS).unwrap();
    }
    g.now_ms += 9 * DAY_MS;
    assert_eq!(g.state(&held), State::Ready);
    assert_eq!(g.queue(ALICE, &replacement(ALICE, 1), 2 * DAY_MS), Err(Error::ReplacementOpen));
    assert_eq!(g.queue(ALICE, &plain(32), 2 * DAY_MS), Err(Error::TooManyOpen));
    g.now_ms += 1;
    assert_eq!((g.state(&held), g.open().len()), (State::Expired, 0));
    g.queue(ALICE, &replacement(ALICE, 1), 2 * DAY_MS).unwrap();
    for salt in 32..64 {
        g.queue(ALICE, &plain(salt), 2 * DAY_MS).unwrap();
    }
}

/// Hostile members play anything at any time among honest ones who look at the queue every half hour.
#[test]
fn whatever_hostile_members_play_they_get_nothing_through() {
    let (mut played, mut stopped, mut done) = (0, 0, 0);
    for seed in 0..200 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut world = World::random(&mut random);
        for number in 0..300 {
            let play = Play::random(&mut random);
            world
                .play(&play)
                .unwrap_or_else(|why| panic!("seed {seed}, play {number}, {play:?}: {why}"));
        }
        (played, stopped, done) =
            (played + world.played, stopped + world.stopped, done + world.done);
    }
    println!("{played} hostile plays, {stopped} stopped, {done} honest operations done");
    assert!(played > 1_000 && stopped > 1_000 && done > 1_000);
}
