//! The governor: a queue of calls that owns a market and its oracle adapter.
//!
//! What is queued may be done after a delay, once, until its grace is over; guardians may cancel it
//! before. Its own delays and roles change by such calls only. Rules are in
//! [`breakwater_protocol::governance`]; `docs/governance.md` tells how it is used.
//!
//! **Re-entry.** None of its calls lets anybody enter again, but for those it makes to itself, which
//! may only set its settings and roles. An operation is done before its first call.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

mod calls;
mod storage;

#[ink::contract]
pub mod governor {
    use crate::{
        calls,
        storage::{Cell, Entries, Founder, Moves, Open, Owned, RolesCell, SettingsCell, Stored},
    };
    use breakwater_interface::events::governor::{
        MembersSet, OperationCancelled, OperationExecuted, OperationQueued, OwnershipAccepted,
        ReserveSteered, SettingsSet,
    };
    use breakwater_protocol::{
        governance::{
            operation::Fate, Call, Entry, GovernanceError as Error, Lane, Moved, Operation,
            OperationId, Queue, Role, Roles, Settings, State,
        },
        AssetId, ReserveConfig,
    };
    use ink::{
        env::hash::Blake2x256,
        prelude::{boxed::Box, vec::Vec},
        storage::{Lazy, Mapping},
    };

    type Result<T> = core::result::Result<T, Error>;

    /// For how long its deployer may have a new governor accept what they hand over to it: a day.
    const FOUNDING_MS: u64 = 24 * 60 * 60 * 1_000;

    #[ink(storage)]
    pub struct Governor {
        settings: SettingsCell,
        roles: RolesCell,
        entries: Entries,
        open: Open,
        moves: Moves,
        owned: Owned,
        founder: Founder,
    }

    impl Governor {
        /// A governor with these delays, bounds and members. It owns nothing yet: offer it a market
        /// and an oracle adapter by their `transfer_ownership`.
        ///
        /// Errors: `SettingsOutOfRange`, `RolesOutOfRange`.
        #[ink(constructor)]
        pub fn new(settings: Settings, roles: Roles) -> Result<Self> {
            settings.validate()?;
            roles.validate()?;
            let mut governor = Self {
                settings: Lazy::new(),
                roles: Lazy::new(),
                entries: Mapping::new(),
                open: Lazy::new(),
                moves: Mapping::new(),
                owned: Mapping::new(),
                founder: Lazy::new(),
            };
            let until_ms = governor.now_ms().saturating_add(FOUNDING_MS);
            governor.founder.set(&(governor.env().caller(), until_ms));
            governor.store_settings(settings);
            for role in [Role::Proposer, Role::Executor, Role::Guardian, Role::Steward] {
                governor.announce(role, roles.members(role).clone());
            }
            governor.roles.set(&Cell(roles));
            Ok(governor)
        }

        // ---- The queue ----

        /// Queues an operation; `delay_ms` is at least its lane's. Answers with its id. Only a
        /// proposer.
        ///
        /// Errors: `NotProposer`, `DelayOutOfRange`, `IdUsed`, `TooManyOpen`, `ReplacementOpen`;
        /// `SizeOutOfRange`, `BadSelfCall`, `NotAChange` for what it is.
        #[ink(message)]
        pub fn queue(&mut self, operation: Operation, delay_ms: u64) -> Result<OperationId> {
            let (proposer, own, now_ms) = (self.env().caller(), self.own(), self.now_ms());
            let roles = self.roles();
            roles.may_propose(proposer.as_ref())?;
            let entry =
                self.settings().queue(&operation, own, *proposer.as_ref(), delay_ms, now_ms)?;
            let id = self.id_of(operation.clone());
            if self.entry(id).is_some_and(|last| !last.may_be_queued_again(proposer.as_ref())) {
                return Err(Error::IdUsed);
            }
            let mut places = self.places();
            places.add(id, &entry, &roles, now_ms)?;
            self.open.set(&Cell(places));
            self.entries.insert(id, &Stored(&entry));
            let Entry { ready_ms, expires_ms, .. } = entry;
            self.env().emit_event(OperationQueued {
                id: id.into(),
                proposer,
                operation,
                ready_ms,
                expires_ms,
            });
            Ok(id)
        }

        /// Does the calls of a queued operation, all or none. Executors, or everybody if there are
        /// none.
        ///
        /// Errors: `NotExecutor`, `Unknown`, `TooEarly`, `TooLate`, `Done`, `Cancelled`,
        /// `PredecessorNotDone`; `CallReverted` and `CallFailed`; in the short lane `RaisesRisk` and
        /// `PresentUnknown`, `NotOwned`.
        #[ink(message)]
        pub fn execute(&mut self, operation: Operation) -> Result<()> {
            let by = self.env().caller();
            self.roles().may_execute(by.as_ref())?;
            let id = self.id_of(operation.clone());
            self.state(id).must_be_ready()?;
            if operation.predecessor.is_some_and(|before| self.state(before) != State::Done) {
                return Err(Error::PredecessorNotDone);
            }
            self.end(id, Fate::Done)?;
            for (place, call) in (0..).zip(&operation.calls) {
                if operation.lane == Lane::Lowering {
                    self.must_own(call.target.into())?;
                    calls::must_lower(call)?;
                }
                calls::make(place, call, self.env().account_id())?;
            }
            self.env().emit_event(OperationExecuted { id: id.into(), by });
            Ok(())
        }

        /// Takes an operation that is not done out of the queue for good. A guardian, but not where
        /// all it does is to replace the guardians; there any proposer; and the proposer who has queued
        /// it.
        ///
        /// Errors: `Unknown`, `TooLate`, `Done`, `Cancelled`, `NotCanceller`, `ReplacesGuardian`.
        #[ink(message)]
        pub fn cancel(&mut self, id: OperationId) -> Result<()> {
            let by = self.env().caller();
            let entry = self.entry(id).ok_or(Error::Unknown)?;
            entry.state(self.now_ms()).must_be_open()?;
            self.roles().may_cancel(by.as_ref(), &entry)?;
            let is_own = AccountId::from(entry.proposer) == by;
            self.end(id, if is_own { Fate::TakenBack } else { Fate::Cancelled })?;
            self.env().emit_event(OperationCancelled { id: id.into(), by });
            Ok(())
        }

        // ---- Without the queue ----

        /// Moves a reserve's caps, depth, LTVs or rates within the bounds of a day. Only a steward, and
        /// only of a market whose ownership the governor has accepted.
        ///
        /// Errors: `NotSteward`, `NotOwned`, `PresentUnknown`, `NotForSteward`, `BeyondBound`, `MovedToday`,
        /// `MarketRefused`.
        #[ink(message)]
        pub fn steer(
            &mut self,
            market: AccountId,
            asset: AssetId,
            config: Box<ReserveConfig>,
        ) -> Result<()> {
            let steward = self.env().caller();
            self.roles().may_steer(steward.as_ref())?;
            self.must_own(market)?;
            let present = calls::reserve(market, asset)?;
            let mut moved = self.moved(market, asset);
            moved.step(&present, &config, &self.settings().steward, self.now_ms())?;
            self.moves.insert((market, asset), &Stored(&moved));
            calls::configure(market, asset, &config)?;
            self.env().emit_event(ReserveSteered { market, asset, steward });
            Ok(())
        }

        /// Accepts the ownership of a contract that is offered to the governor, and notes that it has.
        /// Only a proposer, a guardian, a named executor, or in its first day who has deployed the
        /// governor: nobody else makes it call a contract of their choice.
        ///
        /// Errors: `NotMember`, `BadSelfCall`, `CallReverted`, `CallFailed`.
        #[ink(message)]
        pub fn accept_ownership(&mut self, of: AccountId) -> Result<()> {
            let (by, own) = (self.env().caller(), self.env().account_id());
            let (founder, until_ms) = self.founder.get().unwrap_or((own, 0));
            if by != founder || self.now_ms() >= until_ms {
                self.roles().may_accept(by.as_ref())?;
            }
            if of == own {
                // It would come here again.
                return Err(Error::BadSelfCall);
            }
            let data = ink::selector_bytes!("accept_ownership").to_vec();
            calls::make(0, &Call { target: *of.as_ref(), value: 0, data }, own)?;
            self.owned.insert(of, &());
            self.env().emit_event(OwnershipAccepted { of, by });
            Ok(())
        }

        // ---- Its own: by an operation only ----

        /// Replaces delays and bounds. Operations in the queue keep theirs. Only the governor itself.
        ///
        /// Errors: `NotGovernor`, `SettingsOutOfRange`.
        #[ink(message)]
        pub fn set_settings(&mut self, settings: Settings) -> Result<()> {
            self.only_itself()?;
            settings.validate()?;
            self.store_settings(settings);
            Ok(())
        }

        /// Replaces the members of a role. What removed proposers have queued is cancelled. Only the
        /// governor itself.
        ///
        /// Errors: `NotGovernor`, `RolesOutOfRange`.
        #[ink(message)]
        pub fn set_members(
            &mut self,
            role: Role,
            members: Vec<breakwater_protocol::AccountId>,
        ) -> Result<()> {
            self.only_itself()?;
            let mut roles = self.roles();
            roles.set(role, members.clone())?;
            if role == Role::Proposer {
                self.cancel_orphans(&roles)?;
            }
            self.roles.set(&Cell(roles));
            self.announce(role, members);
            Ok(())
        }

        // ---- Views ----

        /// Where an operation stands.
        #[ink(message)]
        pub fn state(&self, id: OperationId) -> State {
            self.entry(id).map_or(State::Unset, |entry| entry.state(self.now_ms()))
        }

        /// What is kept of an operation.
        #[ink(message)]
        pub fn entry(&self, id: OperationId) -> Option<Entry> {
            self.entries.get(id).map(|Cell(entry)| entry)
        }

        /// The ids of the operations that wait or are ready.
        #[ink(message)]
        pub fn open(&self) -> Vec<OperationId> {
            self.places().open(self.now_ms()).map(|place| place.id).collect()
        }

        /// Whether the governor has accepted the ownership of a contract.
        #[ink(message)]
        pub fn owns(&self, contract: AccountId) -> bool {
            self.owned.contains(contract)
        }

        /// An operation's id: the Blake2b-256 of its encoding.
        #[ink(message)]
        pub fn id_of(&self, operation: Operation) -> OperationId {
            self.env().hash_encoded::<Blake2x256, _>(&operation)
        }

        /// Delays and bounds.
        #[ink(message)]
        pub fn settings(&self) -> Settings {
            self.settings.get().map(|Cell(settings)| settings).unwrap_or_default()
        }

        /// The members of all roles.
        #[ink(message)]
        pub fn roles(&self) -> Roles {
            self.roles.get().map(|Cell(roles)| roles).unwrap_or_default()
        }

        /// When stewards have last moved a reserve's parameters.
        #[ink(message)]
        pub fn moved(&self, market: AccountId, asset: AssetId) -> Moved {
            self.moves.get((market, asset)).map(|Cell(moved)| moved).unwrap_or_default()
        }

        fn now_ms(&self) -> u64 {
            self.env().block_timestamp()
        }

        fn own(&self) -> breakwater_protocol::AccountId {
            *self.env().account_id().as_ref()
        }

        fn only_itself(&self) -> Result<()> {
            if self.env().caller() != self.env().account_id() {
                return Err(Error::NotGovernor);
            }
            Ok(())
        }

        /// Marks an operation and takes it off the list of open ones.
        fn end(&mut self, id: OperationId, fate: Fate) -> Result<()> {
            let entry = self.entry(id).ok_or(Error::Unknown)?;
            self.entries.insert(id, &Stored(&Entry { fate, ..entry }));
            let mut places = self.places();
            places.remove(&id);
            self.open.set(&Cell(places));
            Ok(())
        }

        /// Cancels what is open of proposers who are none any more.
        fn cancel_orphans(&mut self, roles: &Roles) -> Result<()> {
            let (by, now_ms) = (self.env().account_id(), self.now_ms());
            for id in self.places().drop_orphans(roles, now_ms) {
                self.end(id, Fate::Cancelled)?;
                self.env().emit_event(OperationCancelled { id: id.into(), by });
            }
            Ok(())
        }

        fn places(&self) -> Queue {
            self.open.get().map(|Cell(places)| places).unwrap_or_default()
        }

        /// Contracts that are told apart from any other: those that have made the governor their owner.
        fn must_own(&self, contract: AccountId) -> Result<()> {
            if self.owned.contains(contract) {
                Ok(())
            } else {
                Err(Error::NotOwned)
            }
        }

        fn store_settings(&mut self, settings: Settings) {
            self.settings.set(&Cell(settings));
            self.env().emit_event(SettingsSet { settings });
        }

        fn announce(&self, role: Role, members: Vec<breakwater_protocol::AccountId>) {
            let members = members.into_iter().map(AccountId::from).collect();
            self.env().emit_event(MembersSet { role, members });
        }
    }
}
