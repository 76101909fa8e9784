//! One gradual Dutch price and one meter for each collateral asset, and a pool that buys the tail
//! (`docs/gradual.md`, § G1 to § G11).
//!
//! All lots of an asset share one bonus over the oracle's price. It rises slowly while lots wait and
//! falls with every sale, so that the market is asked for no more than it has shown to bear; and a
//! meter of what went to the market holds it where the oracle is wrong. Everything is O(1): no queue,
//! no clock for each pair.
//!
//! The map: [`config`] the parameters; [`decay`] halving with time; [`meter`] and [`price`] the two
//! numbers of an asset, [`Gradual`] both in one cell; [`mod@offer`] what one account is offered, [`size`]
//! within what its health allows; [`pool`] whose money buys the tail, and [`premium`] what it is paid;
//! [`fuse`] what collateral that comes in too fast carries.

pub mod config;
pub mod decay;
pub mod fuse;
pub mod meter;
pub mod offer;
pub mod pool;
pub mod premium;
pub mod price;
pub mod size;

pub use config::{AuctionConfig, Pace};
pub use fuse::{FuseConfig, Inflow};
pub use meter::Meter;
pub use offer::{offer, pool_offer, Asked, Offer};
pub use pool::{Notice, Standing, Stock, Vault, VaultStake};
pub use premium::PremiumCurve;
pub use price::CommonBonus;

use crate::{cell::fixed_width, num::math::BPS, Error};
use meter::{depths_up, units_down};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// What an asset remembers of its sales: one cell's part. Of one size always, so that nobody pays a storage
/// deposit for what somebody else has sold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Gradual {
    pub meter: Meter,
    pub common: CommonBonus,
    /// Up to when both are right, in Unix milliseconds.
    pub at_ms: u64,
    /// Accounts in auction that count: those whose lot is worth at least the minimum debt.
    pub waiting: u32,
    /// Up to when the last halt lasted, in Unix milliseconds: it may lie ahead.
    pub halted_until_ms: u64,
    /// Time of the last price seen that sales could be settled at, in Unix milliseconds.
    pub price_ms: u64,
}
fixed_width!(Gradual { meter, common, at_ms, waiting, halted_until_ms, price_ms });

/// Who sells: an account, or the pool's stock, which leaves the last part of the cap to accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seller {
    Account,
    Stock,
}

impl Seller {
    /// Most impact up to which it may sell, in 10^-18 of the price, rounded down.
    fn cap_wad(self, config: &AuctionConfig, pace: &Pace) -> u64 {
        let share_bps = match self {
            Self::Account => BPS,
            Self::Stock => config.stock_share_bps.into(),
        };
        let part = u128::from(pace.cap_wad()).saturating_mul(share_bps).checked_div(BPS);
        part.and_then(|part| u64::try_from(part).ok()).unwrap_or(0)
    }
}

impl Gradual {
    /// A fresh asset.
    pub fn new(now_ms: u64) -> Self {
        Self { at_ms: now_ms, ..Self::default() }
    }

    /// Brings meter and price up to now: what every message does first that starts, takes, sells
    /// stock, ends an auction or only looks (§ G1).
    ///
    /// `stock_waits`: whether the pool holds enough of the asset to be worth selling. `fresh_since`:
    /// since when the price has been good without a break or a halt, in Unix milliseconds; `None` if
    /// it is not good now. In the time before that the price stands: nobody pays for minutes in which
    /// nothing could be judged. The meter forgets all the same, for the market recovers.
    pub fn touch(
        &mut self,
        config: &AuctionConfig,
        pace: &Pace,
        stock_waits: bool,
        fresh_since: Option<u64>,
        now_ms: u64,
    ) {
        let elapsed_ms = now_ms.saturating_sub(self.at_ms);
        if elapsed_ms == 0 {
            return;
        }
        // Where stock alone waits, its own part of the cap is what it waits for.
        let seller = if self.waiting == 0 { Seller::Stock } else { Seller::Account };
        let cap_wad = seller.cap_wad(config, pace);
        let shut_ms = self.meter.decay(config, cap_wad, elapsed_ms);
        if let Some(since_ms) = fresh_since {
            // Both stretches end now: what is good and has room is the shorter one.
            let fresh_ms = now_ms.saturating_sub(since_ms.max(self.at_ms));
            let open_ms = elapsed_ms.saturating_sub(shut_ms).min(fresh_ms);
            let waits = self.waiting != 0 || stock_waits;
            self.common.pass(config, pace, waits, open_ms, fresh_ms);
        }
        self.at_ms = now_ms;
    }

    /// Most units that may be sold now, rounded down: what both the meter and the price have room
    /// for (§ G5).
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn room_down(
        &self,
        config: &AuctionConfig,
        pace: &Pace,
        seller: Seller,
        depth: u128,
    ) -> Result<u128, Error> {
        units_down(self.room_depths_wad(config, pace, seller), depth)
    }

    fn room_depths_wad(&self, config: &AuctionConfig, pace: &Pace, seller: Seller) -> u128 {
        let cap_wad = seller.cap_wad(config, pace);
        self.meter.room_depths_wad(cap_wad).min(self.common.room_depths_wad(config))
    }

    /// Most units that a sale may move that wants `wanted`: those it wants, or what there is room
    /// for; but refused where that is less than a slice (§ G4).
    ///
    /// # Errors
    /// [`Error::VelocityLimitReached`], [`Error::Overflow`].
    pub fn may_sell_down(
        &self,
        config: &AuctionConfig,
        pace: &Pace,
        seller: Seller,
        depth: u128,
        wanted: u128,
    ) -> Result<u128, Error> {
        let room_wad = self.room_depths_wad(config, pace, seller);
        let room = units_down(room_wad, depth)?;
        let slice_wad = u128::from(config.slice_wad()).saturating_mul(100);
        if room == 0 || (room < wanted && room_wad < slice_wad) {
            return Err(Error::VelocityLimitReached);
        }
        Ok(room.min(wanted))
    }

    /// Notes a sale to the market: meter and price move by its size alone, so that one sale and many
    /// leave the same behind, to a unit of rounding each (§ G4).
    ///
    /// # Errors
    /// [`Error::VelocityLimitReached`] where there is no room for it: nothing has changed then.
    pub fn sell(
        &mut self,
        config: &AuctionConfig,
        pace: &Pace,
        seller: Seller,
        depth: u128,
        units: u128,
    ) -> Result<(), Error> {
        if units > self.room_down(config, pace, seller, depth)? {
            return Err(Error::VelocityLimitReached);
        }
        let depths_wad = depths_up(units, depth)?;
        let mut next = *self;
        next.meter.add_up(depths_wad)?;
        next.common.fall_up(config, depths_wad)?;
        *self = next;
        Ok(())
    }

    /// A lot that counts waits from now on. Touch first.
    pub fn start(&mut self) {
        self.waiting = self.waiting.saturating_add(1);
    }

    /// A lot that counted waits no more. Touch first.
    pub fn end(&mut self) {
        self.waiting = self.waiting.saturating_sub(1);
    }
}
