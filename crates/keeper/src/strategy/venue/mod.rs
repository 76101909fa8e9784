//! Where collateral is sold.

mod pool;
mod quotes;

pub use pool::{ConstantProduct, Pool};
pub use quotes::{QuoteBook, Quoted};

use super::value_of;
use crate::snapshot::{MarketSnapshot, Observations, Question};
use breakwater_chain::AccountId;
use breakwater_protocol::{AccountSnapshot, AssetId, Error};
use std::collections::BTreeSet;

/// Somewhere that buys, as it stands and as it will after the sales planned.
pub trait Venue: std::fmt::Debug + Send + Sync {
    /// Its contract.
    fn address(&self) -> AccountId;

    /// What it gives for an asset; none if it does not buy that.
    fn buys(&self, sold: AssetId) -> Option<AssetId>;

    /// Whether the taker can sell there before the payment is pulled.
    fn is_atomic(&self) -> bool;

    /// Units that a sale of `units` of an asset brings, rounded down.
    ///
    /// # Errors
    /// Where it does not buy so many.
    fn sale_down(&self, sold: AssetId, units: u128) -> Result<u128, Error>;

    /// Plans a sale: those after it find the venue as it leaves it.
    ///
    /// # Errors
    /// As [`Venue::sale_down`].
    fn sell(&mut self, sold: AssetId, units: u128) -> Result<(), Error>;

    /// Shows itself as it is now, for strategies that come later.
    fn show(&self, seen: &mut Observations);
}

/// Venues of a snapshot.
pub type Venues = [Box<dyn Venue>];

/// A venue of the configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    Pool(Pool),
    Quotes(QuoteBook),
}

impl Place {
    /// What has to be asked to know how it stands.
    pub fn question(&self, on: &MarketSnapshot) -> Option<Question> {
        match self {
            Self::Pool(pool) => Some(pool.question()),
            Self::Quotes(book) => book.question(on),
        }
    }

    /// The venue as it was seen.
    pub fn venue(&self, on: &MarketSnapshot) -> Option<Box<dyn Venue>> {
        match self {
            Self::Pool(pool) => pool.venue(on).map(|venue| Box::new(venue) as Box<dyn Venue>),
            Self::Quotes(book) => book.venue(on).map(|venue| Box::new(venue) as Box<dyn Venue>),
        }
    }

    /// The assets that it trades.
    pub fn assets(&self) -> [AssetId; 2] {
        match self {
            Self::Pool(pool) => pool.assets,
            Self::Quotes(book) => [book.sold, book.bought],
        }
    }

    /// Whether the taker can sell there.
    pub fn is_atomic(&self) -> bool {
        matches!(self, Self::Pool(_))
    }
}

/// The venue that pays most for a sale of a pair in the same transaction, and what it pays; of those that are
/// not doubted.
pub(super) fn best_sale<'v>(
    venues: &'v Venues,
    doubted: &BTreeSet<AccountId>,
    (collateral, debt): (AssetId, AssetId),
    units: u128,
) -> Option<(&'v dyn Venue, u128)> {
    let buys = |venue: &&dyn Venue| {
        let is_there = venue.is_atomic() && !doubted.contains(&venue.address());
        is_there && venue.buys(collateral) == Some(debt)
    };
    let paid = venues.iter().map(AsRef::as_ref).filter(buys).filter_map(|venue| {
        let brought = venue.sale_down(collateral, units).ok()?;
        Some((venue, brought))
    });
    paid.max_by_key(|(_, brought)| *brought)
}

/// What units bring at the venue that pays most for them, those sold first that we hold already, wad
/// dollars. None if no venue buys the asset: then nothing but the oracle tells what it is worth. What a doubted
/// one says counts where there is no other: it is less than the oracle's price or does not matter.
pub(super) fn executable_wad(
    venues: &Venues,
    doubted: &BTreeSet<AccountId>,
    lines: &AccountSnapshot,
    asset: AssetId,
    (held, units): (u128, u128),
) -> Option<u128> {
    let buying = || venues.iter().filter_map(move |venue| Some((venue, venue.buys(asset)?)));
    let is_good = |venue: &dyn Venue| !doubted.contains(&venue.address());
    let has_good = buying().any(|(venue, _)| is_good(venue.as_ref()));
    let buying = buying().filter(|(venue, _)| !has_good || is_good(venue.as_ref()));
    let worth = buying.map(|(venue, bought)| {
        let all = venue.sale_down(asset, held.checked_add(units).ok_or(Error::Overflow)?)?;
        let brought = all.saturating_sub(venue.sale_down(asset, held)?);
        value_of(lines.priced(bought)?, brought)
    });
    // What a venue does not buy brings nothing there.
    worth.map(|worth| worth.unwrap_or(0)).max()
}
