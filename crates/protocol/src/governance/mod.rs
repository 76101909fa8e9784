//! Who may change what, how fast, and which changes take risk off (`docs/governance.md`).
//!
//! [`operation`] is what the governor queues, [`policy`] its delays and roles, and [`queue`] who has how
//! many places; [`risk`] tells a
//! change that lowers risk from one that raises it; [`steward`] bounds what may move without the
//! queue; [`authority`] who may do what with a market; [`code`] is what a market's code says of itself before an upgrade.

pub mod authority;
pub mod code;
mod error;
pub mod operation;
pub mod policy;
pub mod queue;
pub mod risk;
pub mod steward;

pub use authority::Authority;
pub use code::{CodeInfo, Part};
pub use error::GovernanceError;
pub use operation::{Call, Change, Entry, Lane, Operation, OperationId, State};
pub use policy::{Role, Roles, Settings};
pub use queue::{Place, Queue};
pub use risk::{Direction, Move};
pub use steward::{Bounds, Moved};
