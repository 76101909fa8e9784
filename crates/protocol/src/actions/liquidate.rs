use crate::{price::Use, AccountId, Auction, Error, Sheet};

/// Starts the auction of an unhealthy account (§ 4.1): it puts a clock on the account and moves
/// nothing.
///
/// # Errors
/// [`Error::AuctionRunning`], [`Error::NoDebt`], [`Error::Healthy`], price errors.
pub fn start_liquidation(sheet: &mut Sheet, starter: AccountId) -> Result<Auction, Error> {
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
    let auction = Auction { started_ms: sheet.now_ms, starter };
    sheet.account.auction = Some(auction);
    Ok(auction)
}
