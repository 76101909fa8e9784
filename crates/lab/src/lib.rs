//! The cascade simulator: the same crash, eight ways to liquidate.
//!
//! [`world`] is what a seed gives to all alike: [`prices`], [`borrowers`]; [`engine`] walks a
//! mechanism of [`mechanisms`] through it, with a [`market`] that sales move, an [`oracle`] that
//! looks at that market, and [`keepers`] who buy what is worth buying; [`metrics`] and [`stats`]
//! make figures of it. Money is floating point in the world and exact integers in every protocol.

pub mod borrowers;
pub mod command;
pub mod compare;
pub mod engine;
pub mod floor;
pub mod insurance;
pub mod keepers;
pub mod limits;
pub mod markdown;
pub mod market;
pub mod mechanisms;
pub mod metrics;
pub mod oracle;
pub mod output;
pub mod pacing;
pub mod prices;
pub mod report;
pub mod robust;
pub mod scenario;
pub mod speed;
pub mod stakers;
pub mod stats;
pub mod sweep;
pub mod world;
