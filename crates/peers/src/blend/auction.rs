//! An auction's course and its fills.
//!
//! Source: blend-capital/blend-contracts-v2: pool/src/auctions/auction.rs, `scale_auction`,
//! `delete_stale_auction`.

use super::{add, mul_div_down, mul_div_up, sub, SCALAR_7};
use crate::Error;

/// Blocks in which the lot grows to all, then those in which the bid falls to nothing.
pub const PHASE_BLOCKS: u32 = 200;
/// Blocks after which anybody may delete an auction.
pub const STALE_BLOCKS: u32 = 500;
/// By how much the lot or the bid moves each block: 0.5 %.
const STEP: i128 = 50_000;

/// What is asked and what is given, as (asset, amount): d-tokens and b-tokens of a liquidation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auction {
    pub bid: Vec<(u32, i128)>,
    pub lot: Vec<(u32, i128)>,
    /// The block it starts in: the one after its creation.
    pub block: u32,
}

/// A fill, and what stays for sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    pub filled: Auction,
    /// `None` if nothing does.
    pub left: Option<Auction>,
}

/// Parts of the bid and of the lot, 7 decimals, after so many blocks.
pub fn modifiers(blocks: u32) -> (i128, i128) {
    let steps = |blocks: u32| i128::from(blocks.min(PHASE_BLOCKS)) * STEP;
    (SCALAR_7 - steps(blocks.saturating_sub(PHASE_BLOCKS)), steps(blocks))
}

/// `scale_auction`: a fill of a whole percentage at a block. Bids round up, lots down, first for the
/// percentage and then for the blocks.
///
/// # Errors
/// [`Error::BadRequest`] for a percentage that is not 1 to 100; [`Error::Overflow`] before the start.
pub fn scale(auction: &Auction, at_block: u32, percent: u32) -> Result<Fill, Error> {
    if percent == 0 || percent > 100 {
        return Err(Error::BadRequest);
    }
    let blocks = at_block.checked_sub(auction.block).ok_or(Error::Overflow)?;
    let (bid_part, lot_part) = modifiers(blocks);
    let part = i128::from(percent) * (SCALAR_7 / 100);
    type Round = fn(i128, i128, i128) -> Result<i128, Error>;
    let split = |amounts: &[(u32, i128)], block_part, round: Round| {
        let (mut filled, mut left) = (Vec::new(), Vec::new());
        for &(asset, amount) in amounts {
            let base = round(amount, part, SCALAR_7)?;
            let rest = sub(amount, base)?;
            let scaled = round(base, block_part, SCALAR_7)?;
            if rest > 0 {
                left.push((asset, rest));
            }
            if scaled > 0 {
                filled.push((asset, scaled));
            }
        }
        Ok((filled, left))
    };
    let (bid, bid_left) = split(&auction.bid, bid_part, mul_div_up)?;
    let (lot, lot_left) = split(&auction.lot, lot_part, mul_div_down)?;
    let left = Auction { bid: bid_left, lot: lot_left, block: auction.block };
    let nothing_left = left.bid.is_empty() && left.lot.is_empty();
    Ok(Fill {
        filled: Auction { bid, lot, block: auction.block },
        left: (!nothing_left).then_some(left),
    })
}

/// Whether anybody may delete an auction: 500 blocks after its start.
///
/// # Errors
/// [`Error::Overflow`].
pub fn is_stale(auction: &Auction, at_block: u32) -> Result<bool, Error> {
    Ok(add(auction.block.into(), STALE_BLOCKS.into())? <= at_block.into())
}
