use alloc::vec::Vec;

use crate::{price::Use, AccountId, Auction, Error, Sheet};

/// Starts the auction of an unhealthy account (§ 4.1): it puts a clock on the account and moves
/// nothing. The account must have no auction yet. `page` is where the index of open auctions will
/// have it.
///
/// # Errors
/// [`Error::AuctionRunning`], [`Error::NoDebt`], [`Error::Healthy`], price errors.
pub fn start_liquidation(sheet: &mut Sheet, starter: AccountId, page: u32) -> Result<(), Error> {
    if sheet.account.auction.is_some() {
        return Err(Error::AuctionRunning);
    }
    if !sheet.account.has_debt() {
        return Err(Error::NoDebt);
    }
    sheet.require_prices(Use::Liquidation)?;
    if sheet.health()?.is_healthy() {
        return Err(Error::Healthy);
    }
    // Clocks are stored where they stand now, so that their later readings build on these.
    let mut clocks = Vec::with_capacity(sheet.account.positions.len());
    for held in sheet.account.positions.clone() {
        if held.bears_risk() {
            let clock = sheet.line(held.asset)?.clock()?;
            sheet.reserve_mut(held.asset)?.books.clock = clock;
            clocks.push((held.asset, clock.reading_ms));
        }
    }
    let auction = Auction { started_ms: sheet.now_ms, starter, page, rewarded: false, clocks };
    sheet.account.auction = Some(auction);
    Ok(())
}
