//! A governor with some members hostile, and honest ones who look at the queue every half hour.
//!
//! What must hold: nothing that a hostile proposer has queued is ever done; an honest proposer who keeps
//! within their places is never kept from queueing; and where all guardians are honest, what honest proposers
//! have queued is done.

use crate::governor::Governor;
use breakwater_protocol::{
    governance::{
        operation::selectors, Call, GovernanceError as Error, Lane, Operation, OperationId, Role,
        Roles, Settings, State,
    },
    num::time::{DAY_MS, MINUTE_MS},
    AccountId,
};
use rand::Rng;
use scale::Encode;

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Play {
    /// A hostile proposer queues something.
    Queue {
        who: u8,
        kind: u8,
        salt: u8,
        more_hours: u8,
    },
    /// A hostile proposer queues what an honest one has queued or is about to.
    Copy {
        who: u8,
        which: u8,
    },
    /// A hostile member cancels something.
    Cancel {
        who: u8,
        which: u8,
    },
    /// Somebody executes whatever is ready, their own first.
    Execute,
    /// An honest proposer queues a change.
    Honest {
        who: u8,
    },
    Wait {
        minutes: u8,
    },
}

impl Play {
    pub fn random(random: &mut impl Rng) -> Self {
        let (who, which) = (random.gen(), random.gen());
        match random.gen_range(0..12) {
            0..=3 => {
                let (kind, salt, more_hours) = (random.gen(), random.gen(), random.gen());
                Self::Queue { who, kind, salt, more_hours }
            }
            4 => Self::Copy { who, which },
            5 => Self::Cancel { who, which },
            6 => Self::Execute,
            7 => Self::Honest { who },
            _ => Self::Wait { minutes: random.gen() },
        }
    }
}

/// The governor, and who of its members is what.
pub struct World {
    pub governor: Governor,
    honest: Vec<AccountId>,
    hostile: Vec<AccountId>,
    honest_guardians: Vec<AccountId>,
    hostile_guardians: Vec<AccountId>,
    /// Whatever was queued, with its author.
    queued: Vec<(OperationId, Operation, AccountId)>,
    next: u64,
    pub played: u32,
    pub stopped: u32,
    pub done: u32,
}

/// A call of somebody else's message.
pub fn call(number: u8) -> Call {
    Call { target: [200; 32], value: 0, data: vec![9, 9, 9, number] }
}

/// The governor's `set_members`.
pub fn members(role: Role, members: &[AccountId]) -> Call {
    let data = [&selectors::SET_MEMBERS[..], &(role, members.to_vec()).encode()].concat();
    Call { target: Governor::ADDRESS, value: 0, data }
}

/// An operation without predecessor.
pub fn operation(lane: Lane, calls: Vec<Call>, salt: u8) -> Operation {
    Operation { lane, calls, predecessor: None, salt: [salt; 32] }
}

impl World {
    /// One to four proposers of each kind, an honest guardian and up to two of each kind more.
    pub fn random(random: &mut impl Rng) -> Self {
        let some = |first: u8, count: u8| (first..first + count).map(|n| [n; 32]).collect();
        let honest: Vec<AccountId> = some(1, random.gen_range(1..=4));
        let hostile: Vec<AccountId> = some(11, random.gen_range(1..=4));
        let honest_guardians: Vec<AccountId> = some(21, random.gen_range(1..=3));
        let hostile_guardians: Vec<AccountId> = some(31, random.gen_range(0..=2));
        let roles = Roles {
            proposers: [honest.clone(), hostile.clone()].concat(),
            guardians: [honest_guardians.clone(), hostile_guardians.clone()].concat(),
            ..Roles::default()
        };
        let governor = Governor::new(Settings::default(), roles, DAY_MS);
        let governor = governor.expect("valid settings and roles");
        let (queued, next, played, stopped, done) = (Vec::new(), 0, 0, 0, 0);
        Self {
            governor,
            honest,
            hostile,
            honest_guardians,
            hostile_guardians,
            queued,
            next,
            played,
            stopped,
            done,
        }
    }

    /// Plays it; what must never happen is the error.
    pub fn play(&mut self, play: &Play) -> Result<(), String> {
        let pick = |from: &[AccountId], choice: u8| from[usize::from(choice) % from.len()];
        match play {
            Play::Queue { who, kind, salt, more_hours } => {
                let who = pick(&self.hostile, *who);
                let operation = self.scheme(who, *kind, *salt);
                let least_ms = self.governor.settings.least_delay_ms(operation.lane);
                let delay_ms = least_ms + u64::from(*more_hours % 3) * 60 * MINUTE_MS;
                self.queue_hostile(who, operation, delay_ms);
            }
            Play::Copy { who, which } => {
                let who = pick(&self.hostile, *who);
                let next = self.change();
                let seen = self.queued.get(usize::from(*which) % self.queued.len().max(1));
                let copied =
                    seen.filter(|_| which % 2 == 0).map_or(next, |(_, seen, _)| seen.clone());
                self.queue_hostile(who, copied, 2 * DAY_MS);
            }
            Play::Cancel { who, which } => {
                let all = [&self.hostile[..], &self.hostile_guardians].concat();
                let open = self.governor.open();
                if let Some(id) = open.get(usize::from(*which) % open.len().max(1)) {
                    let _ = self.governor.cancel(pick(&all, *who), *id);
                }
            }
            Play::Execute => self.execute_all()?,
            Play::Honest { who } => self.queue_honest(pick(&self.honest, *who))?,
            Play::Wait { minutes } => self.wait(u64::from(*minutes) * 4)?,
        }
        Ok(())
    }

    /// What a hostile proposer may think of.
    fn scheme(&self, who: AccountId, kind: u8, salt: u8) -> Operation {
        let replace = members(Role::Guardian, &self.hostile);
        let rid = members(Role::Proposer, &self.hostile);
        let quick = Settings {
            delay_ms: 60 * MINUTE_MS,
            lowering_delay_ms: MINUTE_MS,
            ..Settings::default()
        };
        let quick = [&selectors::SET_SETTINGS[..], &quick.encode()].concat();
        let quick = Call { target: Governor::ADDRESS, value: 0, data: quick };
        let mut longer = replace.clone();
        longer.data.push(salt);
        let calls = match kind % 8 {
            0 | 1 => vec![replace],
            2 => vec![replace, call(salt)],
            3 => vec![rid],
            4 => vec![longer],
            5 => vec![quick, replace],
            6 => vec![members(Role::Executor, &[who])],
            _ => vec![call(salt)],
        };
        let before = self.queued.get(usize::from(salt) % self.queued.len().max(1));
        let predecessor = before.filter(|_| kind >= 200).map(|(id, ..)| *id);
        Operation { predecessor, ..operation(Lane::Standard, calls, salt) }
    }

    fn queue_hostile(&mut self, who: AccountId, operation: Operation, delay_ms: u64) {
        if let Ok(id) = self.governor.queue(who, &operation, delay_ms) {
            self.played += 1;
            self.note(id, operation, who);
        }
    }

    fn note(&mut self, id: OperationId, operation: Operation, who: AccountId) {
        self.queued.retain(|(held, ..)| *held != id);
        self.queued.push((id, operation, who));
    }

    /// The next honest change: whoever watches knows it before it is queued.
    fn change(&self) -> Operation {
        let mut salt = [0; 32];
        salt[..8].copy_from_slice(&self.next.to_le_bytes());
        Operation { salt, ..operation(Lane::Standard, vec![call(0)], 0) }
    }

    /// Never refused but for a copy, which costs the copier a place: another salt will do.
    fn queue_honest(&mut self, who: AccountId) -> Result<(), String> {
        let own = self.queued.iter().filter(|(id, _, by)| {
            *by == who && matches!(self.governor.state(id), State::Waiting | State::Ready)
        });
        if own.count() >= self.governor.roles.places_each() {
            return Ok(());
        }
        for _ in 0..40 {
            let operation = self.change();
            self.next += 1;
            match self.governor.queue(who, &operation, 2 * DAY_MS) {
                Ok(id) => {
                    self.note(id, operation, who);
                    return Ok(());
                }
                Err(Error::IdUsed) => {}
                Err(why) => return Err(format!("an honest proposer was refused: {why:?}")),
            }
        }
        Err("an honest proposer was kept from queueing".into())
    }

    /// Time passes; every half hour the honest members look.
    fn wait(&mut self, mut minutes: u64) -> Result<(), String> {
        while minutes > 0 {
            let step = minutes.min(30);
            self.governor.now_ms += step * MINUTE_MS;
            minutes -= step;
            self.defend();
            self.execute_all()?;
        }
        Ok(())
    }

    /// Guardians cancel what hostile proposers have queued, proposers what replaces the guardians.
    fn defend(&mut self) {
        for id in self.governor.open() {
            let Some(entry) = self.governor.entries.get(&id).copied() else { continue };
            if !self.hostile.contains(&entry.proposer) {
                continue;
            }
            let by =
                if entry.replaces_guardians { self.honest[0] } else { self.honest_guardians[0] };
            if self.governor.cancel(by, id).is_ok() {
                self.stopped += 1;
            }
        }
    }

    /// Executors are open: who is hostile tries everything, their own first.
    fn execute_all(&mut self) -> Result<(), String> {
        let mut all = self.queued.clone();
        all.sort_by_key(|(_, _, by)| !self.hostile.contains(by));
        for (id, operation, by) in all {
            let ready = self.governor.state(&id) == State::Ready;
            let done = self.governor.execute([99; 32], &operation);
            if done.is_ok() && self.hostile.contains(&by) {
                return Err(format!("a hostile operation was done: {operation:?}"));
            }
            if let (true, Err(why)) = (ready, &done) {
                let waits = *why == Error::PredecessorNotDone;
                if !waits && self.hostile_guardians.is_empty() && !self.hostile.contains(&by) {
                    return Err(format!("an honest operation was refused: {why:?}"));
                }
            }
            self.done += u32::from(done.is_ok());
        }
        let over =
            |id: &OperationId| !matches!(self.governor.state(id), State::Waiting | State::Ready);
        let lost = self.queued.iter().find(|(id, _, by)| {
            self.governor.state(id) == State::Cancelled
                && self.honest.contains(by)
                && self.hostile_guardians.is_empty()
        });
        if let Some((_, operation, _)) = lost {
            return Err(format!("an honest operation was cancelled: {operation:?}"));
        }
        let left = self.queued.iter().filter(|(id, ..)| !over(id)).cloned().collect();
        self.queued = left;
        Ok(())
    }
}
