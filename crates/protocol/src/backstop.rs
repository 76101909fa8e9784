//! The backstop: a pool of lent money that buys what nobody else does and holds it (§ 4.9).
//!
//! The pool of a debt asset owns supply shares of its reserve. It repays a borrower's debt by giving
//! up such shares: the reserve owes less and is owed less, no token moves, and it works however
//! much is lent out. The collateral it gets is held for those who have a stake in the pool.
//!
//! Product-sum accounting (Liquity's stability pool): a loss lowers the worth of every pool share
//! (the product), a gain raises a sum per pool share, so that both cost the same however many
//! stakes there are. A pool whose shares have lost all but a millionth of their worth ends its
//! *epoch* with the next deposit: new shares begin anew, old ones only claim.

use crate::{
    math::{add, mul_div_down, pow10, sub, BPS},
    shares::{lent_shares_down, to_assets_down, to_shares_up, VIRTUAL_SHARES},
    AssetId, Error, Reserve, Sheet,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Gains are counted in 10^-24 of a whole token, whatever its decimals.
const GAIN_DECIMALS: u8 = 24;

/// For some assets, a sum of gains each.
pub type Sums = Vec<(AssetId, u128)>;

/// What the stakes of a debt asset's pool share, besides the supply shares in
/// [`Books::backstop_shares`](crate::Books).
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Pool {
    #[codec(compact)]
    pub epoch: u32,
    /// Pool shares of this epoch.
    #[codec(compact)]
    pub shares: u128,
    /// For each collateral that was ever bought in this epoch: 10^-24 tokens gained for each
    /// 10^decimals pool shares. Never falls.
    pub sums: Sums,
}

/// What somebody has in a pool. An empty one is not stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Stake {
    /// The pool's epoch at the last touch.
    #[codec(compact)]
    pub epoch: u32,
    /// Pool shares.
    #[codec(compact)]
    pub shares: u128,
    /// The pool's sums at the last touch.
    pub seen: Sums,
    /// Gained up to then and not claimed, in 10^-24 tokens.
    pub gains: Sums,
    /// When notice of withdrawal was given, in Unix milliseconds.
    pub notice_ms: Option<u64>,
}

/// What a deposit did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deposited {
    /// Supply shares that the money became.
    pub supply_shares: u128,
    /// Pool shares for them.
    pub shares: u128,
    /// The epoch that has ended with this and its last sums, to be kept for its stakes.
    pub ended: Option<(u32, Sums)>,
}

fn sum_of(sums: &Sums, asset: AssetId) -> u128 {
    sums.iter().find(|(of, _)| *of == asset).map_or(0, |(_, sum)| *sum)
}

fn add_sum(sums: &mut Sums, asset: AssetId, gained: u128) -> Result<(), Error> {
    match sums.iter_mut().find(|(of, _)| *of == asset) {
        Some((_, sum)) => *sum = add(*sum, gained)?,
        None => sums.push((asset, gained)),
    }
    Ok(())
}

/// Units of a token in 10^-24 tokens. Exact.
fn scaled(units: u128, decimals: u8) -> Result<u128, Error> {
    let factor = pow10(GAIN_DECIMALS.saturating_sub(decimals))?;
    units.checked_mul(factor).ok_or(Error::Overflow)
}

impl Pool {
    /// Pool shares for supply shares put in, rounded down. The first pool share is worth
    /// 10^6 supply shares, about a unit.
    pub fn shares_down(&self, supply_shares: u128, held: u128) -> Result<u128, Error> {
        mul_div_down(supply_shares, add(self.shares, 1)?, add(held, VIRTUAL_SHARES)?)
    }

    /// Supply shares for pool shares taken out, rounded down.
    pub fn held_down(&self, shares: u128, held: u128) -> Result<u128, Error> {
        Ok(mul_div_down(shares, add(held, VIRTUAL_SHARES)?, add(self.shares, 1)?)?.min(held))
    }

    /// Whether its shares have lost all but a millionth of their first worth.
    fn is_spent(&self, held: u128) -> bool {
        self.shares > held
    }

    /// Shares bought collateral out among the stakes.
    ///
    /// # Errors
    /// [`Error::Overflow`] where a token is worth so little that the sums don't fit.
    pub fn gain(
        &mut self,
        collateral: AssetId,
        amount: u128,
        collateral_decimals: u8,
        decimals: u8,
    ) -> Result<(), Error> {
        let gained =
            mul_div_down(scaled(amount, collateral_decimals)?, pow10(decimals)?, self.shares)?;
        add_sum(&mut self.sums, collateral, gained)
    }
}

impl Stake {
    /// Nothing staked and nothing to claim.
    pub fn is_empty(&self) -> bool {
        self.shares == 0 && self.gains.is_empty()
    }

    /// Brings gains up to date. `ended` are the last sums of the stake's epoch where that is over:
    /// its shares are worth nothing any more.
    pub fn settle(&mut self, pool: &Pool, ended: Option<&Sums>, decimals: u8) -> Result<(), Error> {
        let sums = if self.epoch == pool.epoch { Some(&pool.sums) } else { ended };
        for (asset, sum) in sums.into_iter().flatten() {
            let rise = sum.saturating_sub(sum_of(&self.seen, *asset));
            let gained = mul_div_down(self.shares, rise, pow10(decimals)?)?;
            if gained != 0 {
                add_sum(&mut self.gains, *asset, gained)?;
            }
        }
        if self.epoch != pool.epoch {
            (self.epoch, self.shares, self.notice_ms) = (pool.epoch, 0, None);
        }
        self.seen.clone_from(&pool.sums);
        Ok(())
    }

    /// Units of a collateral that may be claimed, rounded down.
    pub fn claimable_down(&self, collateral: AssetId, decimals: u8) -> Result<u128, Error> {
        let unit = pow10(GAIN_DECIMALS.saturating_sub(decimals))?;
        sum_of(&self.gains, collateral).checked_div(unit).ok_or(Error::DivisionByZero)
    }

    /// Takes off what is claimed of a collateral; the units to pay out.
    ///
    /// # Errors
    /// [`Error::NoReward`] if it is less than a unit.
    pub fn claim(&mut self, collateral: AssetId, reserve: &mut Reserve) -> Result<u128, Error> {
        let amount = self.claimable_down(collateral, reserve.config.decimals)?;
        if amount == 0 {
            return Err(Error::NoReward);
        }
        let paid = scaled(amount, reserve.config.decimals)?;
        for (asset, gained) in &mut self.gains {
            if *asset == collateral {
                *gained = sub(*gained, paid)?;
            }
        }
        self.gains.retain(|(_, gained)| *gained != 0);
        let books = &mut reserve.books;
        books.backstop_collateral = sub(books.backstop_collateral, amount)?;
        Ok(amount)
    }

    /// Gives notice of withdrawal, anew if it was given before.
    ///
    /// # Errors
    /// [`Error::NoStake`].
    pub fn give_notice(&mut self, now_ms: u64) -> Result<(), Error> {
        if self.shares == 0 {
            return Err(Error::NoStake);
        }
        self.notice_ms = Some(now_ms);
        Ok(())
    }
}

/// Lends `assets` units and puts them into the pool. Withdrawing needs a notice given after this.
/// No cap and no freeze refuses it: it stands in for the other lenders.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NotBorrowable`], [`Error::SharesWornOut`],
/// [`Error::AmountTooSmall`].
pub fn deposit(
    reserve: &mut Reserve,
    pool: &mut Pool,
    stake: &mut Stake,
    ended: Option<&Sums>,
    assets: u128,
    now_ms: u64,
) -> Result<Deposited, Error> {
    if assets == 0 {
        return Err(Error::ZeroAmount);
    }
    if !reserve.config.borrowable {
        return Err(Error::NotBorrowable);
    }
    let decimals = reserve.config.decimals;
    stake.settle(pool, ended, decimals)?;
    let mut over = None;
    let books = &mut reserve.books;
    if pool.is_spent(books.backstop_shares) {
        books.protocol_shares = add(books.protocol_shares, books.backstop_shares)?;
        books.backstop_shares = 0;
        let next = Pool { epoch: pool.epoch.saturating_add(1), ..Pool::default() };
        let last = core::mem::replace(pool, next);
        stake.settle(pool, Some(&last.sums), decimals)?;
        over = Some((last.epoch, last.sums));
    }
    let supply_shares = lent_shares_down(assets, books.supplied()?)?;
    let shares = pool.shares_down(supply_shares, books.backstop_shares)?;
    if shares == 0 {
        return Err(Error::AmountTooSmall);
    }
    books.cash = add(books.cash, assets)?;
    books.supply_shares = add(books.supply_shares, supply_shares)?;
    books.backstop_shares = add(books.backstop_shares, supply_shares)?;
    pool.shares = add(pool.shares, shares)?;
    stake.shares = add(stake.shares, shares)?;
    stake.notice_ms = None;
    reserve.return_outflow(now_ms, assets)?;
    Ok(Deposited { supply_shares, shares, ended: over })
}

/// Takes pool shares out, at most those the stake has: what they are worth becomes money that the
/// account on the sheet has lent. Returns pool shares and supply shares.
///
/// # Errors
/// [`Error::NoStake`], [`Error::NoticeNeeded`] unless notice was given and its cool-down is over
/// and its window is not, [`Error::TooManyPositions`].
pub fn withdraw(
    sheet: &mut Sheet,
    asset: AssetId,
    pool: &mut Pool,
    stake: &mut Stake,
    shares: u128,
) -> Result<(u128, u128), Error> {
    let now_ms = sheet.now_ms;
    let config = sheet.line(asset)?.reserve.config.backstop;
    let shares = shares.min(stake.shares);
    if shares == 0 {
        return Err(Error::NoStake);
    }
    let opens_ms = stake.notice_ms.map(|notice_ms| notice_ms.saturating_add(config.cooldown_ms));
    let open =
        |from_ms: &u64| (*from_ms..=from_ms.saturating_add(config.window_ms)).contains(&now_ms);
    if opens_ms.filter(open).is_none() {
        return Err(Error::NoticeNeeded);
    }
    let books = &mut sheet.reserve_mut(asset)?.books;
    let supply_shares = pool.held_down(shares, books.backstop_shares)?;
    pool.shares = sub(pool.shares, shares)?;
    stake.shares = sub(stake.shares, shares)?;
    books.backstop_shares = sub(books.backstop_shares, supply_shares)?;
    if pool.shares == 0 {
        // Rounding is left; it is nobody's.
        books.protocol_shares = add(books.protocol_shares, books.backstop_shares)?;
        books.backstop_shares = 0;
    }
    let mut position = sheet.account.position(asset);
    position.supply_shares = add(position.supply_shares, supply_shares)?;
    sheet.account.set_position(position)?;
    Ok((shares, supply_shares))
}

impl Reserve {
    /// Units that the pool can repay, rounded down.
    pub fn backstop_assets_down(&self) -> Result<u128, Error> {
        to_assets_down(self.books.backstop_shares, self.books.supplied()?)
    }

    /// Gives up supply shares of the pool worth `assets` units, which must be repaid at once from
    /// `borrowed` or written off. The shares, rounded up.
    ///
    /// # Errors
    /// [`Error::BackstopEmpty`].
    pub fn burn_backstop_up(&mut self, assets: u128) -> Result<u128, Error> {
        let shares = to_shares_up(assets, self.books.supplied()?)?;
        let left = self.books.backstop_shares.checked_sub(shares).ok_or(Error::BackstopEmpty)?;
        self.books.backstop_shares = left;
        self.books.supply_shares = sub(self.books.supply_shares, shares)?;
        Ok(shares)
    }

    /// The pool's part of the protocol's new interest, in supply shares, rounded down: none without
    /// a pool.
    pub(crate) fn backstop_yield_down(&self, shares: u128) -> Result<u128, Error> {
        if self.books.backstop_shares == 0 {
            return Ok(0);
        }
        let part_bps = u128::from(self.config.backstop.yield_share_bps);
        mul_div_down(shares, part_bps, BPS)
    }
}
