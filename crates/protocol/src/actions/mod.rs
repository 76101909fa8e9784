//! The messages as functions of a [`Sheet`](crate::Sheet), one file each (§ 1.5, § 3, § 4).
//!
//! Each changes the sheet and returns what happened: the amounts to move and to report. A sheet
//! on which an action failed is half changed and must be thrown away.

mod borrow;
mod collateral;
mod liquidate;
mod repay;
mod supply;
mod take;
mod withdraw;

pub use borrow::{borrow, Borrowed};
pub use collateral::{deposit_collateral, withdraw_collateral};
pub use liquidate::start_liquidation;
pub use repay::{repay, Repaid};
pub use supply::{supply, Supplied};
pub use take::{take, BadDebt, Taken};
pub use withdraw::{withdraw, Withdrawn};

use crate::{health::Basis, price::Use, Error, Sheet};

/// Refuses a zero amount.
fn nonzero(amount: u128) -> Result<u128, Error> {
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    Ok(amount)
}

/// Refuses to leave an account with more debt than its collateral may carry, at cautious prices
/// that are good enough to take risk on (§ 3.2). An account without debt needs no price.
fn require_within_ltv(sheet: &Sheet) -> Result<(), Error> {
    if !sheet.account.has_debt() {
        return Ok(());
    }
    sheet.require_prices(Use::Risk)?;
    if !sheet.health(Basis::Cautious)?.is_within_ltv() {
        return Err(Error::InsufficientCollateral);
    }
    Ok(())
}
