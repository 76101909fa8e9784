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
pub mod events;
mod storage;

#[ink::contract]
pub mod governor {
    use crate::{
        calls,
        events::{
            MembersSet, OperationCancelled, OperationExecuted, OperationQueued, ReserveSteered,
            SettingsSet,
        },
        storage::{Cell, Entries, Moves, Open, RolesCell, SettingsCell, Stored},
    };
    use breakwater_protocol::{
        governance::{
            operation::Fate, policy::MAX_OPEN, Call, Entry, GovernanceError as Error, Lane, Moved,
            Operation, OperationId, Role, Roles, Settings, State,
        },
        AssetId, ReserveConfig,
    };
    use ink::{
        env::hash::Blake2x256,
        prelude::{boxed::Box, vec::Vec},
        storage::{Lazy, Mapping},
    };

    type Result<T> = core::result::Result<T, Error>;

    #[ink(storage)]
    pub struct Governor {
        settings: SettingsCell,
        roles: RolesCell,
        entries: Entries,
        open: Open,
        moves: Moves,
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
            };
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
        /// Errors: `NotProposer`, `DelayOutOfRange`, `IdUsed`, `TooManyOpen`; `SizeOutOfRange`,
        /// `BadSelfCall`, `NotAChange` for what it is.
        #[ink(message)]
        pub fn queue(&mut self, operation: Operation, delay_ms: u64) -> Result<OperationId> {
            let (proposer, own, now_ms) = (self.env().caller(), self.own(), self.now_ms());
            self.roles().may_propose(proposer.as_ref())?;
            let entry =
                self.settings().queue(&operation, own, *proposer.as_ref(), delay_ms, now_ms)?;
            let id = self.id_of(operation.clone());
            if self.entries.contains(id) {
                return Err(Error::IdUsed);
            }
            let mut open = self.open.get_or_default();
            open.retain(|(_, expires_ms)| now_ms <= *expires_ms);
            if open.len() >= MAX_OPEN {
                return Err(Error::TooManyOpen);
            }
            open.push((id, entry.expires_ms));
            self.open.set(&open);
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
        /// `PresentUnknown`.
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
                    calls::must_lower(call)?;
                }
                calls::make(place, call, self.env().account_id())?;
            }
            self.env().emit_event(OperationExecuted { id: id.into(), by });
            Ok(())
        }

        /// Takes an operation that is not done out of the queue for good. A guardian, but not where
        /// all it does is to replace the guardians; or the proposer who has queued it.
        ///
        /// Errors: `Unknown`, `TooLate`, `Done`, `Cancelled`, `NotCanceller`, `ReplacesGuardian`.
        #[ink(message)]
        pub fn cancel(&mut self, id: OperationId) -> Result<()> {
            let by = self.env().caller();
            let entry = self.entry(id).ok_or(Error::Unknown)?;
            entry.state(self.now_ms()).must_be_open()?;
            self.roles().may_cancel(by.as_ref(), &entry)?;
            self.end(id, Fate::Cancelled)?;
            self.env().emit_event(OperationCancelled { id: id.into(), by });
            Ok(())
        }

        // ---- Without the queue ----

        /// Moves a reserve's caps, depth, LTVs or rates within the bounds of a day. Only a steward.
        ///
        /// Errors: `NotSteward`, `PresentUnknown`, `NotForSteward`, `BeyondBound`, `MovedToday`,
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
            let present = calls::reserve(market, asset)?;
            let mut moved = self.moved(market, asset);
            moved.step(&present, &config, &self.settings().steward, self.now_ms())?;
            self.moves.insert((market, asset), &Stored(&moved));
            calls::configure(market, asset, &config)?;
            self.env().emit_event(ReserveSteered { market, asset, steward });
            Ok(())
        }

        /// Accepts the ownership of a contract that is offered to the governor. Anyone may: it was
        /// for the contract's owner to decide.
        ///
        /// Errors: `BadSelfCall`, `CallReverted`, `CallFailed`.
        #[ink(message)]
        pub fn accept_ownership(&mut self, of: AccountId) -> Result<()> {
            let own = self.env().account_id();
            if of == own {
                // It would come here again.
                return Err(Error::BadSelfCall);
            }
            let data = ink::selector_bytes!("accept_ownership").to_vec();
            calls::make(0, &Call { target: *of.as_ref(), value: 0, data }, own)
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

        /// Replaces the members of a role. Only the governor itself.
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
            let now_ms = self.now_ms();
            let open = self.open.get_or_default().into_iter();
            open.filter(|(_, expires_ms)| now_ms <= *expires_ms).map(|(id, _)| id).collect()
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
            let mut open = self.open.get_or_default();
            open.retain(|(held, _)| *held != id);
            self.open.set(&open);
            Ok(())
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
