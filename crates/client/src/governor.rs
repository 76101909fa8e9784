//! The governor: a queue of calls that owns a market and its oracle adapter.

use crate::{abi, ClientError};
use blake2::{digest::consts::U32, Blake2b, Digest};
use breakwater_chain::{AccountId, Chain, ContractCall};
use breakwater_protocol::{
    governance::{
        risk, Call, Change, Direction, Entry, GovernanceError, Lane, Move, Moved, Operation,
        OperationId, Role, Roles, Settings, State,
    },
    AssetId, ReserveConfig,
};
use scale::Encode;

/// The governor at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Governor {
    pub address: AccountId,
}

/// The id under which an operation is queued.
pub fn id_of(operation: &Operation) -> OperationId {
    Blake2b::<U32>::digest(operation.encode()).into()
}

/// A call as an operation has it: gas and deposit are for who executes it.
pub fn queued(call: &ContractCall) -> Call {
    Call { target: call.dest, value: call.value, data: call.data.clone() }
}

/// Calls that are to be done together, without a predecessor.
pub fn operation(lane: Lane, calls: &[ContractCall], salt: [u8; 32]) -> Operation {
    Operation { lane, calls: calls.iter().map(queued).collect(), predecessor: None, salt }
}

impl Governor {
    /// Constructor arguments.
    pub fn constructor(settings: &Settings, roles: &Roles) -> Vec<u8> {
        abi::input("new", (settings, roles))
    }

    /// Queues an operation for `delay_ms` at least; a proposer's.
    pub fn queue(&self, operation: &Operation, delay_ms: u64) -> ContractCall {
        abi::call(self.address, "queue", (operation, delay_ms))
    }

    pub fn execute(&self, operation: &Operation) -> ContractCall {
        abi::call(self.address, "execute", (operation,))
    }

    pub fn cancel(&self, id: OperationId) -> ContractCall {
        abi::call(self.address, "cancel", (id,))
    }

    /// A steward's change of a reserve's parameters.
    pub fn steer(&self, market: AccountId, asset: AssetId, config: &ReserveConfig) -> ContractCall {
        abi::call(self.address, "steer", (market, asset, config))
    }

    /// Has the governor accept a contract that is offered to it; a proposer's, a guardian's or a named
    /// executor's.
    pub fn accept_ownership(&self, of: AccountId) -> ContractCall {
        abi::call(self.address, "accept_ownership", (of,))
    }

    /// To be queued: only the governor itself may.
    pub fn set_settings(&self, settings: &Settings) -> ContractCall {
        abi::call(self.address, "set_settings", (settings,))
    }

    /// To be queued: only the governor itself may.
    pub fn set_members(&self, role: Role, members: &[AccountId]) -> ContractCall {
        abi::call(self.address, "set_members", (role, members))
    }

    /// Where an operation stands.
    pub fn state(&self, chain: &mut dyn Chain, id: OperationId) -> Result<State, ClientError> {
        abi::query(chain, self.address, self.address, "state", (id,))
    }

    /// Who has queued an operation, and its times.
    pub fn entry(
        &self,
        chain: &mut dyn Chain,
        id: OperationId,
    ) -> Result<Option<Entry>, ClientError> {
        abi::query(chain, self.address, self.address, "entry", (id,))
    }

    /// The operations that wait or are ready. What they are is in the events of their queueing.
    pub fn open(&self, chain: &mut dyn Chain) -> Result<Vec<OperationId>, ClientError> {
        abi::query(chain, self.address, self.address, "open", ())
    }

    pub fn settings(&self, chain: &mut dyn Chain) -> Result<Settings, ClientError> {
        abi::query(chain, self.address, self.address, "settings", ())
    }

    pub fn roles(&self, chain: &mut dyn Chain) -> Result<Roles, ClientError> {
        abi::query(chain, self.address, self.address, "roles", ())
    }

    /// Whether the governor has accepted the ownership of a contract.
    pub fn owns(&self, chain: &mut dyn Chain, contract: AccountId) -> Result<bool, ClientError> {
        abi::query(chain, self.address, self.address, "owns", (contract,))
    }

    /// When stewards have last moved a reserve's parameters.
    pub fn moved(
        &self,
        chain: &mut dyn Chain,
        market: AccountId,
        asset: AssetId,
    ) -> Result<Moved, ClientError> {
        abi::query(chain, self.address, self.address, "moved", (market, asset))
    }

    /// Why the governor would refuse a call now, if it would.
    pub fn refusal(
        &self,
        chain: &mut dyn Chain,
        origin: AccountId,
        call: &ContractCall,
    ) -> Result<Option<GovernanceError>, ClientError> {
        let output = abi::output("a governor's message", chain.dry_run(origin, call)?)?;
        if !output.reverted {
            return Ok(None);
        }
        let answer: Result<(), GovernanceError> = abi::decode("a governor's message", &output)?;
        Ok(answer.err())
    }
}

/// What a change of parameters moves, as its target's parameters are now.
///
/// # Errors
/// [`ClientError::NotAChange`] for a call that is none; the protocol's `NoFeed` where there is no
/// feed to be changed.
pub fn moves(chain: &mut dyn Chain, call: &Call) -> Result<Vec<Move>, ClientError> {
    let (market, oracle) =
        (crate::Market { address: call.target }, crate::Oracle { address: call.target });
    match Change::of(call).ok_or(ClientError::NotAChange)? {
        Change::Reserve(asset, new) => {
            let present = market.reserve(chain, asset)?.config;
            Ok(risk::reserve(&present, &new))
        }
        Change::Params(new) => {
            let (_, _, present) = market.settings(chain)?;
            Ok(risk::market(&present, &new))
        }
        Change::Feed(token, new) => {
            let present = oracle
                .feed(chain, token)?
                .ok_or(ClientError::Protocol(breakwater_protocol::Error::NoFeed))?;
            Ok(risk::feed(&present.config, &new))
        }
    }
}

/// The lane in which an operation of these calls would be executed, as parameters are now: the
/// short one only if each is a change of parameters and none raises risk.
pub fn lane(chain: &mut dyn Chain, calls: &[ContractCall]) -> Result<Lane, ClientError> {
    for call in calls {
        match moves(chain, &queued(call)) {
            Ok(found) if risk::direction(&found) != Direction::Raises => {}
            Ok(_) | Err(ClientError::NotAChange | ClientError::Protocol(_)) => {
                return Ok(Lane::Standard)
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Lane::Lowering)
}
