//! The market's events, decoded with the contract's own types.

pub mod replay;

use breakwater_chain::ContractEvent;
pub use breakwater_market::events::{
    AuctionClosed, BackstopClaimed, BackstopDeposited, BackstopNoticeGiven, BackstopWithdrawn,
    BadDebtRecognised, Borrowed, BreakerChanged, BreakerRaised, BreakerReset, CollateralDeposited,
    CollateralWithdrawn, DustKept, GuardianSet, LiquidationStarted, LossBorneByBackstop,
    LossBorneByLenders, LossBorneByProtocol, ParamsSet, Repaid, ReserveConfigured, ReserveListed,
    RewardClaimed, Supplied, Taken, Withdrawn,
};
use ink::env::Event;
use scale::Decode;

macro_rules! market_events {
    ($($name:ident),* $(,)?) => {
        /// Any event of the market.
        pub enum MarketEvent {
            $($name($name)),*
        }

        impl MarketEvent {
            /// Decodes an event by its signature topic; `None` if it is not one of the market's.
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

market_events!(
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
    LiquidationStarted,
    LossBorneByBackstop,
    LossBorneByLenders,
    LossBorneByProtocol,
    Repaid,
    ReserveConfigured,
    ReserveListed,
    RewardClaimed,
    Supplied,
    Taken,
    Withdrawn,
);
