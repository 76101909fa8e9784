//! The protocol's income, and the end of an asset (§ 4.12, § 4.13).
//!
//! What the protocol earns is its reserve first: it bears losses before the backstop and the lenders
//! (§ 4.6). So its owner may collect only what is above a floor, in calm times, as fast as a lender could
//! leave; and when nobody else has anything in an asset, all of it.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use crate::{
    num::{
        math::{mul_div_up, sub, BPS},
        shares::{to_assets_down, to_shares_up, Pot},
    },
    reserve::{Balances, Reserve},
    AccountSnapshot, AssetId, Error, Level, ALL,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// What is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub enum Income {
    /// Liquidation fees and kept dust, in collateral.
    #[codec(index = 0)]
    Collateral,
    /// The protocol's part of interest, in supply shares: paid in cash.
    #[codec(index = 1)]
    Shares,
}

/// What was collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    /// Units to pay out.
    pub amount: u128,
    /// Supply shares given up for them, rounded up.
    pub shares: u128,
}

/// Takes `amount` units of the protocol's income off the balances, or with [`ALL`] what may be
/// collected now.
///
/// # Errors
/// [`Error::ZeroAmount`]; [`Error::NothingToCollect`] where [`ALL`] is nothing;
/// [`Error::InsufficientBalance`] for more than the protocol has, [`Error::ReserveFloor`] for more than is
/// above the floor, [`Error::InsufficientCash`] for more than is not lent out;
/// [`Error::CollectionRests`] in Stressed and above or within a window of a loss;
/// [`Error::OutflowLimitReached`].
#[inline(never)]
pub fn collect(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    income: Income,
    amount: u128,
) -> Result<Collected, Error> {
    if amount == 0 {
        return Err(Error::ZeroAmount);
    }
    snapshot.watch();
    let (now_ms, config, level) =
        (snapshot.now_ms, snapshot.params.breaker, snapshot.level(asset)?);
    let reserve = snapshot.reserve_mut(asset)?;
    reserve.drop_debt_of_nobody()?;
    if !reserve.balances.is_at_rest() {
        // What is left of a loss is below a unit after some windows.
        let lost = reserve.balances.breaker.lost.read(config.window_ms, now_ms)?;
        if level >= Level::Stressed || lost != 0 {
            return Err(Error::CollectionRests);
        }
    }
    match income {
        Income::Collateral => {
            let held = reserve.balances.protocol_collateral;
            let amount = named(amount, held)?;
            let left = held.checked_sub(amount).ok_or(Error::InsufficientBalance)?;
            reserve.balances.protocol_collateral = left;
            Ok(Collected { amount, shares: 0 })
        }
        Income::Shares => {
            let claim = Claim::of(reserve)?;
            let amount = named(amount, claim.free.min(reserve.balances.cash))?;
            let shares = claim.shares_up(amount, reserve)?;
            if !claim.alone {
                let limit = reserve.config.outflow;
                reserve.draw_outflow(&limit, now_ms, amount)?;
            }
            let balances = &mut reserve.balances;
            balances.cash = sub(balances.cash, amount)?;
            balances.protocol_shares = sub(balances.protocol_shares, shares)?;
            balances.supply_shares = sub(balances.supply_shares, shares)?;
            Ok(Collected { amount, shares })
        }
    }
}

/// An amount, or all there is.
fn named(amount: u128, all: u128) -> Result<u128, Error> {
    match (amount, all) {
        (ALL, 0) => Err(Error::NothingToCollect),
        (ALL, _) => Ok(all),
        _ => Ok(amount),
    }
}

/// What the protocol's supply shares are worth.
struct Claim {
    pot: Pot,
    /// Units, rounded down.
    worth: u128,
    /// What of it is above the floor.
    free: u128,
    /// Nobody else has a part of what is supplied, or owes it: there is nobody whom a limit protects.
    alone: bool,
}

impl Claim {
    fn of(reserve: &Reserve) -> Result<Self, Error> {
        let balances = &reserve.balances;
        if balances.supply_shares == balances.protocol_shares && balances.debt_shares == 0 {
            // What rounding has left is the protocol's as well.
            let pot = Pot { assets: balances.cash, shares: balances.supply_shares };
            return Ok(Self { pot, worth: balances.cash, free: balances.cash, alone: true });
        }
        let pot = balances.supplied()?;
        let worth = to_assets_down(balances.protocol_shares, pot)?;
        let free = worth.saturating_sub(reserve.reserve_floor_up()?);
        Ok(Self { pot, worth, free, alone: false })
    }

    /// The shares for an amount, rounded up: for all of it all of them, so that no dust is left.
    fn shares_up(&self, amount: u128, reserve: &Reserve) -> Result<u128, Error> {
        if amount > self.worth {
            return Err(Error::InsufficientBalance);
        }
        if amount > self.free {
            return Err(Error::ReserveFloor);
        }
        if amount > reserve.balances.cash {
            return Err(Error::InsufficientCash);
        }
        let held = reserve.balances.protocol_shares;
        if amount == self.worth {
            return Ok(held);
        }
        Ok(to_shares_up(amount, self.pot)?.min(held))
    }
}

impl Balances {
    /// Nobody owes this asset and nobody has it as collateral: there is nothing that could be lost.
    pub const fn is_at_rest(&self) -> bool {
        self.debt_shares == 0 && self.collateral == 0
    }
}

impl Reserve {
    /// What must stay of the protocol's supply shares, in units, rounded up: a part of what is
    /// borrowed.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn reserve_floor_up(&self) -> Result<u128, Error> {
        let part_bps = u128::from(self.config.backstop.reserve_floor_bps);
        mul_div_up(self.balances.borrowed, part_bps, BPS)
    }

    /// When the last debt is repaid some units may be left of what was borrowed, the virtual share's
    /// part of the interest (§ 1.2): nobody owes them. They are taken off, from the protocol's shares as far
    /// as those go, or the last lender could never take out what the balances say is theirs.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    #[inline(never)]
    pub fn drop_debt_of_nobody(&mut self) -> Result<(), Error> {
        if self.balances.debt_shares != 0 || self.balances.borrowed == 0 {
            return Ok(());
        }
        let pot = self.balances.supplied()?;
        let left = self.balances.borrowed;
        let burned = to_shares_up(left, pot)?.min(self.balances.protocol_shares);
        self.balances.protocol_shares = sub(self.balances.protocol_shares, burned)?;
        self.balances.supply_shares = sub(self.balances.supply_shares, burned)?;
        self.balances.borrowed = 0;
        Ok(())
    }

    /// Whether the asset may leave the market: nobody has, owes or may claim any of it, and the
    /// protocol's income is collected. Then no account, stake, auction or loan under a ceiling refers to
    /// it: each would be in one of these sums.
    ///
    /// # Errors
    /// [`Error::ReserveNotEmpty`].
    #[inline(never)]
    pub fn may_be_delisted(&self) -> Result<(), Error> {
        let balances = &self.balances;
        let sums = [
            balances.cash,
            balances.borrowed,
            balances.supply_shares,
            balances.debt_shares,
            balances.protocol_shares,
            balances.collateral,
            balances.protocol_collateral,
            balances.isolated_debt_wad,
            balances.backstop_shares,
            balances.backstop_collateral,
            balances.rewards,
            self.vault.shares,
            u128::from(self.vault.generation),
        ];
        if sums.into_iter().any(|sum| sum != 0) || !self.vault.stocks.is_empty() {
            return Err(Error::ReserveNotEmpty);
        }
        Ok(())
    }
}
