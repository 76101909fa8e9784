//! A governor in memory: the contract's messages without a chain.

use breakwater_protocol::{
    governance::{
        operation::{selectors, Fate},
        Call, Entry, GovernanceError as Error, Operation, OperationId, Queue, Role, Roles,
        Settings, State,
    },
    AccountId,
};
use scale::{Decode, Encode};
use std::collections::BTreeMap;

/// Its queue, delays and roles.
#[derive(Clone, Debug)]
pub struct Governor {
    pub now_ms: u64,
    pub settings: Settings,
    pub roles: Roles,
    /// What was ever queued, by its id.
    pub entries: BTreeMap<OperationId, Entry>,
    places: Queue,
    /// The ids of operations, by their encoding. The contract's are hashes.
    ids: BTreeMap<Vec<u8>, OperationId>,
}

impl Governor {
    /// Its address.
    pub const ADDRESS: AccountId = [0x60; 32];

    /// A governor with an empty queue.
    ///
    /// # Errors
    /// Those of its settings and roles.
    pub fn new(settings: Settings, roles: Roles, now_ms: u64) -> Result<Self, Error> {
        settings.validate()?;
        roles.validate()?;
        let (entries, places, ids) = (BTreeMap::new(), Queue::default(), BTreeMap::new());
        Ok(Self { now_ms, settings, roles, entries, places, ids })
    }

    /// A proposer queues an operation. On an error nothing has changed.
    ///
    /// # Errors
    /// Those of the governor's message.
    pub fn queue(
        &mut self,
        who: AccountId,
        operation: &Operation,
        delay_ms: u64,
    ) -> Result<OperationId, Error> {
        self.roles.may_propose(&who)?;
        let entry = self.settings.queue(operation, Self::ADDRESS, who, delay_ms, self.now_ms)?;
        let id = self.id_of(operation);
        if self.entries.get(&id).is_some_and(|last| !last.may_be_queued_again(&who)) {
            return Err(Error::IdUsed);
        }
        self.places.add(id, &entry, &self.roles, self.now_ms)?;
        self.entries.insert(id, entry);
        Ok(id)
    }

    /// Does an operation that is ready. The calls that it makes to others.
    ///
    /// # Errors
    /// Those of the governor's message.
    pub fn execute(&mut self, who: AccountId, operation: &Operation) -> Result<Vec<Call>, Error> {
        self.roles.may_execute(&who)?;
        let id = self.id_of(operation);
        self.state(&id).must_be_ready()?;
        if operation.predecessor.is_some_and(|before| self.state(&before) != State::Done) {
            return Err(Error::PredecessorNotDone);
        }
        let mut next = self.clone();
        next.end(&id, Fate::Done)?;
        let mut others = Vec::new();
        for (place, call) in (0..).zip(&operation.calls) {
            if call.target == Self::ADDRESS {
                next.call_itself(&call.data).map_err(|why| {
                    let answer = (0u8, Err::<(), _>(why)).encode();
                    Error::CallReverted { place, answer }
                })?;
            } else {
                others.push(call.clone());
            }
        }
        *self = next;
        Ok(others)
    }

    /// Takes an operation out of the queue.
    ///
    /// # Errors
    /// Those of the governor's message.
    pub fn cancel(&mut self, who: AccountId, id: OperationId) -> Result<(), Error> {
        let entry = *self.entries.get(&id).ok_or(Error::Unknown)?;
        entry.state(self.now_ms).must_be_open()?;
        self.roles.may_cancel(&who, &entry)?;
        self.end(&id, if entry.proposer == who { Fate::TakenBack } else { Fate::Cancelled })
    }

    /// Where an operation stands.
    pub fn state(&self, id: &OperationId) -> State {
        self.entries.get(id).map_or(State::Unset, |entry| entry.state(self.now_ms))
    }

    /// What waits or is ready.
    pub fn open(&self) -> Vec<OperationId> {
        self.places.open(self.now_ms).map(|place| place.id).collect()
    }

    /// An operation's id.
    pub fn id_of(&mut self, operation: &Operation) -> OperationId {
        let mut next = [0; 32];
        next[..8].copy_from_slice(&(self.ids.len() as u64 + 1).to_le_bytes());
        *self.ids.entry(operation.encode()).or_insert(next)
    }

    fn end(&mut self, id: &OperationId, fate: Fate) -> Result<(), Error> {
        self.entries.get_mut(id).ok_or(Error::Unknown)?.fate = fate;
        self.places.remove(id);
        Ok(())
    }

    /// `set_settings` and `set_members`: what operations may call of the governor's. As ink! does, it
    /// does not ask whether the arguments end where the data do.
    fn call_itself(&mut self, data: &[u8]) -> Result<(), Error> {
        let (selector, mut arguments) = data.split_at(4);
        if selector == selectors::SET_SETTINGS {
            let settings = Settings::decode(&mut arguments).map_err(|_| Error::BadSelfCall)?;
            settings.validate()?;
            self.settings = settings;
            return Ok(());
        }
        let (role, members): (Role, Vec<AccountId>) =
            Decode::decode(&mut arguments).map_err(|_| Error::BadSelfCall)?;
        self.roles.set(role, members)?;
        if role == Role::Proposer {
            for id in self.places.drop_orphans(&self.roles, self.now_ms) {
                self.end(&id, Fate::Cancelled)?;
            }
        }
        Ok(())
    }
}
