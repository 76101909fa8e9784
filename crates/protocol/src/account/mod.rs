//! One user's storage cell: a few positions, and the auction if one runs (§ 1.4).

pub mod health;
pub mod snapshot;

use crate::{cell::cell_codec, AccountId, AssetId, Error, MAX_POSITIONS};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// Everything the market knows of an account. An empty one is not stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Account {
    /// At most [`MAX_POSITIONS`], in order of opening, none empty.
    pub positions: Vec<Position>,
    /// Set while the account is being liquidated.
    pub auction: Option<Auction>,
    /// Set while the account owes something against isolated collateral (§ 3.7).
    pub isolation: Option<Isolation>,
    /// What [`Account::isolation`] counts of each debt, wad dollars: asset owed and value. Empty
    /// without it.
    pub counted: Vec<(AssetId, u128)>,
}

type Amount = (AssetId, u128);
cell_codec!(Amount);
cell_codec!(Account { each(positions, auction, isolation, counted) });

/// What an account's debt takes up of an isolated collateral's ceiling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Isolation {
    /// The collateral.
    pub asset: AssetId,
    /// Value of all debts when they were taken on, less what has been repaid, wad dollars.
    #[codec(compact)]
    pub debt_wad: u128,
}
cell_codec!(Isolation { run(asset), compact(debt_wad) });

/// What an account has in one asset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Position {
    pub asset: AssetId,
    /// Shares of the supplied assets: money lent.
    #[codec(compact)]
    pub supply_shares: u128,
    /// Shares of the borrowed assets: money owed.
    #[codec(compact)]
    pub debt_shares: u128,
    /// Collateral in units: never lent, earns nothing.
    #[codec(compact)]
    pub collateral: u128,
}
cell_codec!(Position { run(asset), compact(supply_shares, debt_shares, collateral) });

/// A liquidation that runs. It is a mark on the account: no lot is set aside, no price is frozen.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Auction {
    /// When it was started, in Unix milliseconds.
    #[codec(compact)]
    pub started_ms: u64,
    /// Who started it.
    pub starter: AccountId,
    /// Its page in the index of open auctions.
    #[codec(compact)]
    pub page: u32,
    /// What part of the floor of the starter's reward is not yet earned, wad: each take earns as
    /// much of it as it does of the work (§ 4.5).
    #[codec(compact)]
    pub unearned_wad: u128,
    /// Collaterals whose price rises while this account waits (§ G3): of those that it had at the start,
    /// the ones worth at least the minimum debt.
    pub counted: Vec<AssetId>,
}
cell_codec!(Auction {
    compact(started_ms),
    run(starter),
    compact(page, unearned_wad),
    each(counted),
});

impl Position {
    fn new(asset: AssetId) -> Self {
        Self { asset, ..Self::default() }
    }

    /// Nothing lent, owed or deposited.
    pub fn is_empty(&self) -> bool {
        self.supply_shares == 0 && self.debt_shares == 0 && self.collateral == 0
    }

    /// Whether a price of the asset matters to the account's health.
    pub fn bears_risk(&self) -> bool {
        self.debt_shares != 0 || self.collateral != 0
    }
}

impl Account {
    /// The position in an asset; an empty one if there is none.
    pub fn position(&self, asset: AssetId) -> Position {
        self.positions
            .iter()
            .find(|position| position.asset == asset)
            .copied()
            .unwrap_or_else(|| Position::new(asset))
    }

    /// Replaces the position in an asset, opening or dropping it as needed.
    ///
    /// # Errors
    /// [`Error::TooManyPositions`].
    pub fn set_position(&mut self, position: Position) -> Result<(), Error> {
        let opens = !position.is_empty() && !self.holds(position.asset);
        if opens && self.positions.len() >= MAX_POSITIONS {
            return Err(Error::TooManyPositions);
        }
        self.put_position(position);
        Ok(())
    }

    /// The same in the middle of a message: how many positions there may be is judged at its end.
    pub(crate) fn put_position(&mut self, position: Position) {
        let place = self.positions.iter().position(|held| held.asset == position.asset);
        if position.is_empty() {
            self.positions.retain(|held| held.asset != position.asset);
        } else if let Some(held) = place.and_then(|place| self.positions.get_mut(place)) {
            *held = position;
        } else {
            self.positions.push(position);
        }
    }

    /// Whether there is a position in the asset.
    pub fn holds(&self, asset: AssetId) -> bool {
        self.positions.iter().any(|position| position.asset == asset)
    }

    /// Whether the account owes anything.
    pub fn has_debt(&self) -> bool {
        self.debts().next().is_some()
    }

    /// Whether any collateral is left.
    pub fn has_collateral(&self) -> bool {
        self.collaterals().next().is_some()
    }

    /// Assets owed.
    pub fn debts(&self) -> impl Iterator<Item = &Position> {
        self.positions.iter().filter(|position| position.debt_shares != 0)
    }

    /// Assets held as collateral.
    pub fn collaterals(&self) -> impl Iterator<Item = &Position> {
        self.positions.iter().filter(|position| position.collateral != 0)
    }

    /// Nothing worth storing.
    pub fn is_empty(&self) -> bool {
        self.positions.is_empty() && self.auction.is_none()
    }
}
