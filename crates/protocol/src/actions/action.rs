//! What a user can do, and what comes of it.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use crate::{
    num::math::{add, mul_div_up},
    AccountId, AccountSnapshot, AssetId, Error, ALL,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Most actions in a batch.
pub const MAX_ACTIONS: usize = 16;

/// One thing that a user does with an asset. [`crate::ALL`] as an amount means all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum Action {
    /// Lends units: they become cash that can be borrowed, and earn interest.
    #[codec(index = 0)]
    Supply { asset: AssetId, assets: u128 },
    /// Takes lent units back.
    #[codec(index = 1)]
    Withdraw { asset: AssetId, assets: u128 },
    /// Adds collateral: it is never lent. With `excess_to_supply`, what the load cap or the
    /// collateral cap has no room for is supplied instead of refused.
    #[codec(index = 2)]
    DepositCollateral { asset: AssetId, amount: u128, excess_to_supply: bool },
    /// Takes collateral back.
    #[codec(index = 3)]
    WithdrawCollateral { asset: AssetId, amount: u128 },
    /// Borrows units against the account's collateral.
    #[codec(index = 4)]
    Borrow { asset: AssetId, assets: u128 },
    /// Repays units of debt.
    #[codec(index = 5)]
    Repay { asset: AssetId, assets: u128 },
}

/// What a taker wants to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Order {
    pub collateral: AssetId,
    pub debt: AssetId,
    /// Most units of debt to repay; [`crate::ALL`] for as much as may be.
    pub max_repay: u128,
    /// Least units of collateral to get for `max_repay`: a price. Where less is repaid, in
    /// proportion, rounded up; with [`crate::ALL`] it is the least there must be whatever is repaid.
    pub min_receive: u128,
}

impl Order {
    /// Least units of collateral for repaying `repaid` units (§ 4.10).
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn least_for_up(&self, repaid: u128) -> Result<u128, Error> {
        if self.max_repay == ALL || repaid >= self.max_repay {
            return Ok(self.min_receive);
        }
        mul_div_up(self.min_receive, repaid, self.max_repay)
    }
}

/// What a take with a callback has moved: the first argument of `Taker::on_take`, which the market
/// calls on the receiver after it has paid the collateral out. When that answers Ok, the debt is
/// pulled from `caller`: what they need for it must be there by then.
///
/// Anyone can name any contract as receiver: it must check that the market calls it, and that
/// `caller` is one to work for. The market can't be called from within.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct TakeCallback {
    /// Who has called `take`.
    pub caller: AccountId,
    /// The account in auction; the market itself where a backstop's stock was sold.
    pub account: AccountId,
    /// The token paid out, and how much.
    pub collateral: AccountId,
    pub received: u128,
    /// The token that will be pulled, and how much.
    pub debt: AccountId,
    pub repaid: u128,
}

/// What an action did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Supplied { asset: AssetId, assets: u128, shares: u128 },
    Withdrawn { asset: AssetId, assets: u128, shares: u128 },
    CollateralDeposited { asset: AssetId, amount: u128 },
    CollateralWithdrawn { asset: AssetId, amount: u128 },
    Borrowed { asset: AssetId, assets: u128, shares: u128 },
    Repaid { asset: AssetId, assets: u128, shares: u128 },
}

/// What a shell must put on the snapshot before actions are run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Reserves, without repetition.
    pub assets: Vec<AssetId>,
    /// Whether the prices of all assets that bear risk are needed. If they can't be had, the
    /// actions may succeed all the same: an auction goes on, a debt has been repaid in full.
    pub prices: bool,
}

/// Units of a token that move between the market and somebody, on balance of a whole message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    pub asset: AssetId,
    pub token: AccountId,
    /// To the market, from the caller.
    pub paid_in: u128,
    /// From the market, to the receiver.
    pub paid_out: u128,
}

impl Action {
    /// The asset acted on.
    pub const fn asset(&self) -> AssetId {
        match self {
            Self::Supply { asset, .. }
            | Self::Withdraw { asset, .. }
            | Self::DepositCollateral { asset, .. }
            | Self::WithdrawCollateral { asset, .. }
            | Self::Borrow { asset, .. }
            | Self::Repay { asset, .. } => *asset,
        }
    }

    /// Whether it can lower the account's health.
    pub(super) const fn takes_risk(&self) -> bool {
        matches!(self, Self::Borrow { .. } | Self::WithdrawCollateral { .. })
    }
}

impl Outcome {
    /// The asset, units that come in and units that go out.
    const fn flow(&self) -> (AssetId, u128, u128) {
        match *self {
            Self::Supplied { asset, assets, .. } | Self::Repaid { asset, assets, .. } => {
                (asset, assets, 0)
            }
            Self::CollateralDeposited { asset, amount } => (asset, amount, 0),
            Self::Withdrawn { asset, assets, .. } | Self::Borrowed { asset, assets, .. } => {
                (asset, 0, assets)
            }
            Self::CollateralWithdrawn { asset, amount } => (asset, 0, amount),
        }
    }
}

/// What moves on balance, asset by asset, in the order in which the assets first occur.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
#[inline(never)]
pub fn payments(snapshot: &AccountSnapshot, outcomes: &[Outcome]) -> Result<Vec<Payment>, Error> {
    let mut sums: Vec<Payment> = Vec::with_capacity(outcomes.len());
    for (asset, paid_in, paid_out) in outcomes.iter().map(Outcome::flow) {
        let place = sums.iter().position(|sum| sum.asset == asset);
        match place.and_then(|place| sums.get_mut(place)) {
            Some(sum) => {
                sum.paid_in = add(sum.paid_in, paid_in)?;
                sum.paid_out = add(sum.paid_out, paid_out)?;
            }
            None => {
                let token = snapshot.priced(asset)?.reserve.config.token;
                sums.push(Payment { asset, token, paid_in, paid_out });
            }
        }
    }
    for sum in &mut sums {
        let both = sum.paid_in.min(sum.paid_out);
        sum.paid_in = sum.paid_in.saturating_sub(both);
        sum.paid_out = sum.paid_out.saturating_sub(both);
    }
    Ok(sums)
}
