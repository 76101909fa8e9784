//! The pool that buys the tail: a vault whose stakes are a part of its money and of its stock (§ G6 to § G8).
//!
//! Its money is lent: supply shares of the reserve of the debt asset, kept with the reserve's balances.
//! What it buys it keeps here, beside what it cost, until the contract has sold it. A stake is worth
//! its part of both, so nothing needs to be claimed and nothing is shared out at a purchase: value
//! goes in and out at the oracle's price, and who comes pays the dear end of the band for the stock.

use crate::{
    cell::{cell_codec, fixed_width},
    num::{
        math::{add, mul_div_down, mul_div_up, sub, BPS, WAD},
        shares::{lent_shares_down, to_assets_down, Pot, VIRTUAL_SHARES},
        value::{amount_up, value_up},
    },
    AssetId, Error,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Most kinds of collateral a pool holds at a time. Bounds what entering and leaving cost.
pub const MAX_STOCKS: usize = 8;

/// Collateral that the pool has bought and not sold yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Stock {
    pub asset: AssetId,
    /// In units of the asset.
    #[codec(compact)]
    pub units: u128,
    /// What they cost, in units of the debt asset.
    #[codec(compact)]
    pub cost: u128,
}
cell_codec!(Stock { run(asset), compact(units, cost) });

/// What the stakes of a debt asset share, besides the supply shares in
/// [`Balances::backstop_shares`](crate::Balances): one cell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Vault {
    /// Counts up when shares have lost all but a millionth of their first worth and somebody enters:
    /// shares of before are void.
    #[codec(compact)]
    pub generation: u32,
    #[codec(compact)]
    pub shares: u128,
    /// None empty.
    pub stocks: Vec<Stock>,
    /// What losses have taken of late, in units of the debt asset, and when that was right.
    #[codec(compact)]
    pub lost: u128,
    #[codec(compact)]
    pub lost_at_ms: u64,
}
cell_codec!(Vault { compact(generation, shares), each(stocks), compact(lost, lost_at_ms) });

/// What somebody has in a vault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct VaultStake {
    #[codec(compact)]
    pub generation: u32,
    #[codec(compact)]
    pub shares: u128,
    pub notice: Option<Notice>,
}
cell_codec!(VaultStake { compact(generation, shares), each(notice) });

/// A notice of leaving. Its times are fixed when it is given: no later change of parameters moves
/// them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Notice {
    /// One may leave from then on, in Unix milliseconds,
    pub opens_ms: u64,
    /// until then,
    pub closes_ms: u64,
    /// and give notice again from then on.
    pub again_ms: u64,
}
fixed_width!(Notice { opens_ms, closes_ms, again_ms });
cell_codec!(Notice);

/// How a pool stands: what the pace of sales depends on (§ G8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Size, money and what its stock cost, over the target, wad, rounded down.
    pub sized_wad: u128,
    /// The part of it that is tied up in stock, wad, rounded up.
    pub spent_wad: u128,
}

/// A pool's size against its target, wad, rounded down; [`u128::MAX`] beyond any number.
pub fn sized_wad(size: u128, target: u128) -> u128 {
    mul_div_down(size, WAD, target).unwrap_or(u128::MAX)
}

/// What a leaver gets: a part of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Of the pool's money, in whatever it was given in (supply shares).
    pub money: u128,
    /// Units of each collateral.
    pub stocks: Vec<(AssetId, u128)>,
}

impl Vault {
    /// What its stock cost, in units of the debt asset.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn tied(&self) -> Result<u128, Error> {
        self.stocks.iter().try_fold(0, |sum, stock| add(sum, stock.cost))
    }

    /// How it stands with `money` units that its supply shares are worth, against a target of
    /// `target` units. At book cost: no price can move the pace.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn standing(&self, money: u128, target: u128) -> Result<Standing, Error> {
        let tied = self.tied()?;
        let size = add(money, tied)?;
        if size == 0 {
            return Ok(Standing::default());
        }
        Ok(Standing {
            sized_wad: sized_wad(size, target).min(WAD),
            spent_wad: mul_div_up(tied, WAD, size)?,
        })
    }

    /// Units held of an asset.
    pub fn stock(&self, asset: AssetId) -> u128 {
        self.stocks.iter().find(|stock| stock.asset == asset).map_or(0, |stock| stock.units)
    }

    /// Puts a purchase into stock: `units` for `cost`.
    ///
    /// # Errors
    /// [`Error::TooManyPositions`] for more kinds than [`MAX_STOCKS`], [`Error::Overflow`].
    pub fn bought(&mut self, asset: AssetId, units: u128, cost: u128) -> Result<(), Error> {
        if units == 0 {
            return Ok(());
        }
        if let Some(stock) = self.stocks.iter_mut().find(|stock| stock.asset == asset) {
            (stock.units, stock.cost) = (add(stock.units, units)?, add(stock.cost, cost)?);
            return Ok(());
        }
        if self.stocks.len() >= MAX_STOCKS {
            return Err(Error::TooManyPositions);
        }
        self.stocks.push(Stock { asset, units, cost });
        Ok(())
    }

    /// Takes a sale out of stock. Its part of the cost goes with it, rounded down: what is tied up
    /// never falls faster than the stock. What it brought the caller lends again for the pool.
    ///
    /// # Errors
    /// [`Error::InsufficientBalance`].
    pub fn sold(&mut self, asset: AssetId, units: u128) -> Result<(), Error> {
        let found = self.stocks.iter_mut().find(|stock| stock.asset == asset);
        let stock = found.ok_or(Error::InsufficientBalance)?;
        let left = stock.units.checked_sub(units).ok_or(Error::InsufficientBalance)?;
        let cost = if left == 0 { 0 } else { mul_div_up(stock.cost, left, stock.units)? };
        (stock.units, stock.cost) = (left, cost);
        self.stocks.retain(|stock| stock.units != 0);
        Ok(())
    }

    /// What the stock is worth to who enters, in units of the debt asset, rounded up: each at the
    /// dear end of its band, the debt asset at its low end, and `margin_bps` more, for an oracle that
    /// lags (§ G7).
    ///
    /// `price` tells an asset's high end and decimals, and refuses one that is not good.
    ///
    /// # Errors
    /// Those of `price`; [`Error::Overflow`].
    pub fn dear_up(
        &self,
        margin_bps: u16,
        debt: (u128, u8),
        price: impl Fn(AssetId) -> Result<(u128, u8), Error>,
    ) -> Result<u128, Error> {
        let (debt_low_wad, debt_decimals) = debt;
        let mut sum = 0;
        for stock in &self.stocks {
            let (high_wad, decimals) = price(stock.asset)?;
            let worth_wad = value_up(stock.units, high_wad, decimals)?;
            let worth = amount_up(worth_wad, debt_low_wad, debt_decimals)?;
            sum = add(sum, worth)?;
        }
        mul_div_up(sum, add(BPS, margin_bps.into())?, BPS)
    }

    /// Somebody enters with `assets` units that were lent for the pool: shares for them, rounded
    /// down, at `money` units before and a stock worth `dear` (see [`Vault::dear_up`]). Cancels a
    /// notice.
    ///
    /// Shares that have lost all but a millionth of their first worth are void from then on, and what
    /// is left behind them is the protocol's: `true` in the second place.
    ///
    /// # Errors
    /// [`Error::ZeroAmount`], [`Error::AmountTooSmall`], [`Error::Overflow`].
    pub fn enter(
        &mut self,
        stake: &mut VaultStake,
        assets: u128,
        money: u128,
        dear: u128,
    ) -> Result<(u128, bool), Error> {
        if assets == 0 {
            return Err(Error::ZeroAmount);
        }
        let pot = Pot { assets: add(money, dear)?, shares: self.shares };
        let (shares, is_new) = match lent_shares_down(assets, pot) {
            Err(Error::SharesWornOut) => {
                (lent_shares_down(assets, Pot { assets: 0, shares: 0 })?, true)
            }
            shares => (shares?, false),
        };
        if shares == 0 {
            return Err(Error::AmountTooSmall);
        }
        if is_new {
            *self = Self {
                generation: self.generation.saturating_add(1),
                lost: self.lost,
                lost_at_ms: self.lost_at_ms,
                ..Self::default()
            };
        }
        self.refresh(stake);
        self.shares = add(self.shares, shares)?;
        stake.shares = add(stake.shares, shares)?;
        stake.notice = None;
        Ok((shares, is_new))
    }

    /// Voids a stake of an earlier generation.
    pub fn refresh(&self, stake: &mut VaultStake) {
        if stake.generation != self.generation {
            *stake = VaultStake { generation: self.generation, ..VaultStake::default() };
        }
    }

    /// Takes shares out, at most those the stake has, for a part of the money and of each stock,
    /// rounded down.
    ///
    /// # Errors
    /// [`Error::NoStake`], [`Error::NoticeNeeded`] unless a notice's window is open.
    pub fn leave(
        &mut self,
        stake: &mut VaultStake,
        shares: u128,
        money: u128,
        now_ms: u64,
    ) -> Result<Left, Error> {
        self.refresh(stake);
        let shares = shares.min(stake.shares);
        if shares == 0 {
            return Err(Error::NoStake);
        }
        let open = |notice: &Notice| (notice.opens_ms..=notice.closes_ms).contains(&now_ms);
        if stake.notice.as_ref().filter(|notice| open(notice)).is_none() {
            return Err(Error::NoticeNeeded);
        }
        let pot = Pot { assets: money, shares: self.shares };
        let money = to_assets_down(shares, pot)?.min(money);
        let all = add(self.shares, VIRTUAL_SHARES)?;
        let mut stocks = Vec::with_capacity(self.stocks.len());
        for stock in &mut self.stocks {
            let units = mul_div_down(stock.units, shares, all)?;
            let left = sub(stock.units, units)?;
            stock.cost = mul_div_up(stock.cost, left, stock.units)?;
            stock.units = left;
            stocks.push((stock.asset, units));
        }
        self.stocks.retain(|stock| stock.units != 0);
        self.shares = sub(self.shares, shares)?;
        stake.shares = sub(stake.shares, shares)?;
        Ok(Left { money, stocks })
    }

    /// Most that a loss may take now of a pool of `size` units (money and tied): a share of what it
    /// was before the losses of late, less those (§ G7). Losses are forgotten in a straight line
    /// over `window_ms`.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn bears_down(
        &self,
        size: u128,
        share_bps: u16,
        window_ms: u64,
        now_ms: u64,
    ) -> Result<u128, Error> {
        let lost = self.lost_now(window_ms, now_ms)?;
        let most = mul_div_down(add(size, lost)?, share_bps.into(), BPS)?;
        Ok(most.saturating_sub(lost).min(size))
    }

    /// Notes a loss that it has borne.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn bore(&mut self, loss: u128, window_ms: u64, now_ms: u64) -> Result<(), Error> {
        self.lost = add(self.lost_now(window_ms, now_ms)?, loss)?;
        self.lost_at_ms = now_ms;
        Ok(())
    }

    fn lost_now(&self, window_ms: u64, now_ms: u64) -> Result<u128, Error> {
        let left_ms = window_ms.saturating_sub(now_ms.saturating_sub(self.lost_at_ms));
        mul_div_up(self.lost, left_ms.into(), u128::from(window_ms.max(1)))
    }
}

impl VaultStake {
    /// Nothing staked.
    pub fn is_empty(&self) -> bool {
        self.shares == 0
    }

    /// Gives notice of leaving: open from a cool-down on for a window, and given again no sooner than
    /// a cool-down after that. So who renews it for ever is free to leave for less than a part
    /// window / (2 cool-downs + window) of the time.
    ///
    /// # Errors
    /// [`Error::NoStake`], [`Error::NoticeRests`].
    pub fn give_notice(
        &mut self,
        cooldown_ms: u64,
        window_ms: u64,
        now_ms: u64,
    ) -> Result<Notice, Error> {
        if self.shares == 0 {
            return Err(Error::NoStake);
        }
        if self.notice.is_some_and(|notice| now_ms < notice.again_ms) {
            return Err(Error::NoticeRests);
        }
        let opens_ms = now_ms.saturating_add(cooldown_ms);
        let closes_ms = opens_ms.saturating_add(window_ms);
        let again_ms = closes_ms.saturating_add(cooldown_ms);
        let notice = Notice { opens_ms, closes_ms, again_ms };
        self.notice = Some(notice);
        Ok(notice)
    }
}
