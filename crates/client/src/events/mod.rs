//! The market's events, decoded with the contract's own types.

pub mod replay;

use breakwater_chain::ContractEvent;
pub use breakwater_governor::events::{
    MembersSet, OperationCancelled, OperationExecuted, OperationQueued, OwnershipAccepted,
    ReserveSteered, SettingsSet,
};
pub use breakwater_market::events::{
    AuctionClosed, BackstopClaimed, BackstopDeposited, BackstopNoticeGiven, BackstopWithdrawn,
    BadDebtRecognised, Borrowed, BreakerChanged, BreakerRaised, BreakerReset, CollateralDeposited,
    CollateralWithdrawn, DustKept, GuardianSet, IncomeCollected, LiquidationStarted,
    LossBorneByBackstop, LossBorneByLenders, LossBorneByProtocol, ParamsSet, Repaid,
    ReserveConfigured, ReserveDelisted, ReserveListed, RewardClaimed, Supplied, Taken, Withdrawn,
};
pub use breakwater_market::events::{OwnershipOffered, OwnershipTransferred, Upgraded};
use ink::env::Event;
use scale::Decode;

macro_rules! events {
    ($(#[$doc:meta])* $any:ident: $($name:ident),* $(,)?) => {
        $(#[$doc])*
        pub enum $any {
            $($name($name)),*
        }

        impl $any {
            /// Decodes an event by its signature topic; `None` if it is not one of these.
            pub fn decode(event: &ContractEvent) -> Option<Self> {
                let signature = event.topics.first()?;
                let mut data = event.data.as_slice();
                $(if $name::SIGNATURE_TOPIC.as_ref() == Some(signature) {
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
    BackstopClaimed,
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
