//! Events of a two-step change of owner: of the market and of the oracle adapter.

use super::signed;
use ink_primitives::AccountId;

/// A contract was offered to another owner, or the offer taken back.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct OwnershipOffered {
    pub from: AccountId,
    pub to: Option<AccountId>,
}

/// A contract has another owner.
#[cfg_attr(feature = "ink", ink::event)]
#[cfg_attr(not(feature = "ink"), derive(scale::Encode, scale::Decode))]
pub struct OwnershipTransferred {
    pub from: AccountId,
    pub to: AccountId,
}

signed! {
    OwnershipOffered("AccountId,Option<AccountId>"),
    OwnershipTransferred("AccountId,AccountId"),
}
