//! The contracts' events, decoded.

pub mod replay;

use crate::abi::blake2_256;
use breakwater_chain::ContractEvent;
use breakwater_interface::events::Signed;
pub use breakwater_interface::events::{governor::*, market::*, ownership::*};
use scale::Decode;
use std::sync::LazyLock;

/// An event's first topic.
pub fn topic<E: Signed>() -> [u8; 32] {
    blake2_256(E::SIGNATURE.as_bytes())
}

macro_rules! events {
    ($(#[$doc:meta])* $any:ident: $($name:ident),* $(,)?) => {
        $(#[$doc])*
        pub enum $any {
            $($name($name)),*
        }

        impl $any {
            /// Decodes an event by its signature topic; `None` if it is not one of these.
            pub fn decode(event: &ContractEvent) -> Option<Self> {
                static TOPICS: LazyLock<Vec<[u8; 32]>> =
                    LazyLock::new(|| vec![$(topic::<$name>()),*]);
                let signature = event.topics.first()?;
                let mut topics = TOPICS.iter();
                let mut data = event.data.as_slice();
                $(if topics.next() == Some(signature) {
                    return $name::decode(&mut data).ok().map(Self::$name);
                })*
                None
            }
        }
    };
}

events!(
    /// Any event of the market but for those of its governance.
    MarketEvent:
    AuctionClosed,
    StockSold,
    BackstopDeposited,
    BackstopNoticeGiven,
    BackstopWithdrawn,
    BadDebtRecognised,
    Borrowed,
    BreakerChanged,
    BreakerRaised,
    BreakerReset,
    GuardianSet,
    ParamsSet,
    CollateralDeposited,
    CollateralWithdrawn,
    DustKept,
    IncomeCollected,
    LiquidationStarted,
    LossBorneByBackstop,
    LossBorneByLenders,
    LossBorneByProtocol,
    Repaid,
    ReserveConfigured,
    ReserveDelisted,
    ReserveListed,
    RewardClaimed,
    Supplied,
    Taken,
    Withdrawn,
);

events!(
    /// Any event of the governor, and those of the market and the oracle adapter about whose they
    /// are and what code they run.
    GovernanceEvent:
    MembersSet,
    OperationCancelled,
    OperationExecuted,
    OperationQueued,
    OwnershipAccepted,
    OwnershipOffered,
    OwnershipTransferred,
    ReserveSteered,
    SettingsSet,
    Upgraded,
);
