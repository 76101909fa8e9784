//! The backstop: a small pool of lent money that buys from accounts near insolvency (§ 4.9).
//!
//! The pool of a debt asset owns supply shares of its reserve. It repays a borrower's debt by giving
//! up such shares: the reserve owes less and is owed less, no token moves, and it works however
//! much is lent out. What it buys is its stock until the contract has sold it
//! ([`crate::actions::buy_stock`]); how stakes share both is in [`crate::gradual::pool`].

use crate::{
    gradual::{Notice, Standing, VaultStake},
    num::{
        math::{add, mul_div_down, sub, BPS},
        shares::{lent_shares_down, to_assets_down, to_shares_up},
    },
    oracle::price::Use,
    AccountSnapshot, AssetId, Error, Reserve,
};
use alloc::vec::Vec;

/// What a deposit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposited {
    /// Supply shares that the money became.
    pub supply_shares: u128,
    /// The stake's shares for them, and the generation that they are of.
    pub shares: u128,
    pub generation: u32,
}

/// What a withdrawal did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The stake's shares given up.
    pub shares: u128,
    /// Supply shares for them: money that the account has lent.
    pub supply_shares: u128,
    /// Units of each collateral in stock, to be paid out.
    pub stocks: Vec<(AssetId, u128)>,
}

/// Lends `assets` units and puts them into the pool. Leaving needs a notice given after this. No cap
/// and no freeze refuses it: it stands in for the other lenders. All that the pool has in stock must be
/// on the snapshot, with prices.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NotBorrowable`], [`Error::SharesWornOut`],
/// [`Error::AmountTooSmall`]; where there is stock, [`Error::PriceNotGoodForSettlement`] and other price
/// errors.
pub fn deposit(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    stake: &mut VaultStake,
    assets: u128,
) -> Result<Deposited, Error> {
    if assets == 0 {
        return Err(Error::ZeroAmount);
    }
    let now_ms = snapshot.now_ms;
    let priced = snapshot.priced(asset)?;
    let reserve = &priced.reserve;
    if !reserve.config.borrowable {
        return Err(Error::NotBorrowable);
    }
    let money = reserve.backstop_assets_down()?;
    let mut dear = 0;
    if !reserve.vault.stocks.is_empty() {
        priced.require_price(Use::Settlement)?;
        let high = |of| {
            let priced = snapshot.priced(of)?;
            priced.require_price(Use::Settlement)?;
            Ok((priced.price()?.high_wad, priced.reserve.config.decimals))
        };
        let low = (priced.price()?.low_wad, reserve.config.decimals);
        dear = reserve.vault.dear_up(reserve.config.backstop.entry_margin_bps, low, high)?;
    }
    let supply_shares = lent_shares_down(assets, reserve.balances.supplied()?)?;
    let mut vault = reserve.vault.clone();
    let (shares, is_new) = vault.enter(stake, assets, money, dear)?;
    if is_new {
        leave_to_protocol(snapshot, asset)?;
    }
    let reserve = snapshot.reserve_mut(asset)?;
    reserve.vault = vault;
    reserve.lend_for_backstop(assets, supply_shares)?;
    reserve.return_outflow(now_ms, assets)?;
    Ok(Deposited { supply_shares, shares, generation: stake.generation })
}

/// Takes shares of a stake out, at most those it has: its part of the money becomes money that the
/// account on the snapshot has lent, its part of each stock is to be paid out. All stock must be on the
/// snapshot; no price is needed.
///
/// # Errors
/// [`Error::NoStake`], [`Error::NoticeNeeded`] unless a notice's window is open,
/// [`Error::TooManyPositions`].
pub fn withdraw(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    stake: &mut VaultStake,
    shares: u128,
) -> Result<Left, Error> {
    let now_ms = snapshot.now_ms;
    let reserve = snapshot.reserve_mut(asset)?;
    let before = stake.shares;
    let held = reserve.balances.backstop_shares;
    let left = reserve.vault.leave(stake, shares, held, now_ms)?;
    reserve.balances.backstop_shares = sub(held, left.money)?;
    let is_over = reserve.vault.shares == 0;
    for (of, units) in &left.stocks {
        let balances = &mut snapshot.reserve_mut(*of)?.balances;
        balances.backstop_collateral = sub(balances.backstop_collateral, *units)?;
    }
    if is_over {
        // Rounding is left; it is nobody's.
        leave_to_protocol(snapshot, asset)?;
    }
    let mut position = snapshot.account.position(asset);
    position.supply_shares = add(position.supply_shares, left.money)?;
    snapshot.account.set_position(position)?;
    let shares = before.saturating_sub(stake.shares);
    Ok(Left { shares, supply_shares: left.money, stocks: left.stocks })
}

/// Gives notice of leaving.
///
/// # Errors
/// [`Error::NoStake`], [`Error::NoticeRests`].
pub fn give_notice(
    reserve: &Reserve,
    stake: &mut VaultStake,
    now_ms: u64,
) -> Result<Notice, Error> {
    let config = &reserve.config.backstop;
    reserve.vault.refresh(stake);
    stake.give_notice(config.cooldown_ms, config.window_ms, now_ms)
}

/// What a pool without stakes has left is the protocol's: money and stock.
fn leave_to_protocol(snapshot: &mut AccountSnapshot, asset: AssetId) -> Result<(), Error> {
    let reserve = snapshot.reserve_mut(asset)?;
    let balances = &mut reserve.balances;
    balances.protocol_shares = add(balances.protocol_shares, balances.backstop_shares)?;
    balances.backstop_shares = 0;
    for stock in core::mem::take(&mut reserve.vault.stocks) {
        let balances = &mut snapshot.reserve_mut(stock.asset)?.balances;
        balances.backstop_collateral = sub(balances.backstop_collateral, stock.units)?;
        balances.protocol_collateral = add(balances.protocol_collateral, stock.units)?;
    }
    Ok(())
}

impl Reserve {
    /// Units that the pool can repay, rounded down.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn backstop_assets_down(&self) -> Result<u128, Error> {
        match self.balances.backstop_shares {
            0 => Ok(0),
            shares => to_assets_down(shares, self.balances.supplied()?),
        }
    }

    /// How the pool stands against its target, a part of what is borrowed (§ G8).
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn standing(&self) -> Result<Standing, Error> {
        let target_bps = self.config.backstop.target_bps.into();
        let target = mul_div_down(self.balances.borrowed, target_bps, BPS)?;
        self.vault.standing(self.backstop_assets_down()?, target)
    }

    /// Gives up supply shares of the pool worth `assets` units, which must be repaid at once from
    /// `borrowed` or written off. The shares, rounded up.
    ///
    /// # Errors
    /// [`Error::BackstopEmpty`].
    pub fn burn_backstop_up(&mut self, assets: u128) -> Result<u128, Error> {
        let shares = to_shares_up(assets, self.balances.supplied()?)?;
        let left = self.balances.backstop_shares.checked_sub(shares).ok_or(Error::BackstopEmpty)?;
        self.balances.backstop_shares = left;
        self.balances.supply_shares = sub(self.balances.supply_shares, shares)?;
        Ok(shares)
    }

    /// Lends units that have come in for the pool.
    pub(crate) fn lend_for_backstop(
        &mut self,
        assets: u128,
        supply_shares: u128,
    ) -> Result<(), Error> {
        let balances = &mut self.balances;
        balances.cash = add(balances.cash, assets)?;
        balances.supply_shares = add(balances.supply_shares, supply_shares)?;
        balances.backstop_shares = add(balances.backstop_shares, supply_shares)?;
        Ok(())
    }

    /// The pool's premium for some time, of the interest that is due for it: units and parts of one, in
    /// ray.
    pub(crate) fn premium_due_down(
        &self,
        interest: (u128, u128),
        elapsed_ms: u64,
    ) -> Result<(u128, u128), Error> {
        if self.vault.shares == 0 {
            return Ok((0, 0));
        }
        let size = add(self.backstop_assets_down()?, self.vault.tied()?)?;
        let target_bps = self.config.backstop.target_bps.into();
        let target = mul_div_down(self.balances.borrowed, target_bps, BPS)?;
        // Beyond twice the target the rate falls no further.
        let sized_wad = crate::gradual::pool::sized_wad(size, target);
        self.config.backstop.premium.due_down(size, sized_wad, elapsed_ms, interest)
    }
}
