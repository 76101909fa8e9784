use crate::{
    auction::is_urgent, breaker::Level, health::Health, math::WAD, price::Use, AccountId, Auction,
    Error, Line, Sheet,
};
use alloc::vec::Vec;

/// Starts the auction of an unhealthy account (§ 4.1): it puts a clock on the account and moves
/// nothing. The account must have no auction yet. `page` is where the index of open auctions will
/// have it.
///
/// No pair is named yet, so all positions that matter must be fit to be sold (§ 4.11).
///
/// # Errors
/// [`Error::AuctionRunning`], [`Error::NoDebt`], [`Error::Healthy`], price errors;
/// [`Error::BreakerHalted`], [`Error::NotUrgent`], [`Error::GracePeriod`].
pub fn start_liquidation(sheet: &mut Sheet, starter: AccountId, page: u32) -> Result<(), Error> {
    if sheet.account.auction.is_some() {
        return Err(Error::AuctionRunning);
    }
    if !sheet.account.has_debt() {
        return Err(Error::NoDebt);
    }
    sheet.watch();
    sheet.require_weighty_prices(Use::Liquidation, &[])?;
    let health = sheet.health()?;
    if health.is_healthy() {
        return Err(Error::Healthy);
    }
    check_breaker(sheet, &health)?;
    // Clocks are stored where they stand now, so that their later readings build on these.
    let mut clocks = Vec::with_capacity(sheet.account.positions.len());
    for held in sheet.account.positions.clone() {
        if held.bears_risk() {
            let clock = sheet.clock(held.asset)?;
            sheet.reserve_mut(held.asset)?.books.clock = clock;
            clocks.push((held.asset, clock.reading_ms));
        }
    }
    let auction = Auction { started_ms: sheet.now_ms, starter, page, unearned_wad: WAD, clocks };
    sheet.account.auction = Some(auction);
    Ok(())
}

/// Whether the breaker lets a new auction start (§ 7.1).
#[inline(never)]
fn check_breaker(sheet: &Sheet, health: &Health) -> Result<(), Error> {
    let urgent = is_urgent(sheet, health)?;
    let allows = |level| match level {
        Level::Halted => Err(Error::BreakerHalted),
        Level::Stressed if !urgent => Err(Error::NotUrgent),
        _ => Ok(()),
    };
    // What people ask of the whole market holds for every position, however small.
    allows(sheet.guard.level(sheet.now_ms))?;
    let (now_ms, grace_ms) = (sheet.now_ms, sheet.params.breaker.grace_ms);
    sheet.require_weighty(Use::Liquidation, &[], &|line: &Line| {
        allows(line.reserve.books.breaker.level(now_ms))?;
        let good_since_ms = line.price()?.good_since_ms;
        if good_since_ms != 0 && now_ms < good_since_ms.saturating_add(grace_ms) {
            return Err(Error::GracePeriod);
        }
        Ok(())
    })
}
