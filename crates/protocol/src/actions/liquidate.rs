use super::backstop_fill::pool_may_buy;
use crate::{
    breaker::Level, num::math::WAD, oracle::price::Use, AccountId, AccountSnapshot, Auction, Error,
    PricedReserve,
};
use alloc::vec::Vec;

/// Starts the auction of an unhealthy account (§ 4.1): it puts a mark on the account and has the prices
/// of its collateral rise. The account must have no auction yet. `page` is where the index of open
/// auctions will have it.
///
/// No pair is named yet, so all positions that matter must be fit to be sold (§ 4.11). Whether the
/// account is so near insolvency that a backstop may buy of it at once ([`buy_tail`], § 4.9).
///
/// # Errors
/// [`Error::AuctionRunning`], [`Error::NoDebt`], [`Error::Healthy`], price errors;
/// [`Error::BreakerHalted`], [`Error::GracePeriod`].
///
/// [`buy_tail`]: super::buy_tail
pub fn start_liquidation(
    snapshot: &mut AccountSnapshot,
    starter: AccountId,
    page: u32,
) -> Result<bool, Error> {
    if snapshot.account.auction.is_some() {
        return Err(Error::AuctionRunning);
    }
    if !snapshot.account.has_debt() {
        return Err(Error::NoDebt);
    }
    snapshot.watch();
    snapshot.require_weighty_prices(Use::Liquidation, &[])?;
    let health = snapshot.health()?;
    if health.is_healthy() {
        return Err(Error::Healthy);
    }
    check_breaker(snapshot)?;
    let (started_ms, counted) = (snapshot.now_ms, Vec::new());
    let auction = Auction { started_ms, starter, page, unearned_wad: WAD, counted };
    snapshot.account.auction = Some(auction);
    snapshot.begin_waiting()?;
    Ok(pool_may_buy(snapshot, &health))
}

/// Whether the breaker lets a new auction start (§ 7.1).
#[inline(never)]
fn check_breaker(snapshot: &AccountSnapshot) -> Result<(), Error> {
    let allows = |level| match level {
        Level::Halted => Err(Error::BreakerHalted),
        _ => Ok(()),
    };
    // What people ask of the whole market holds for every position, however small.
    allows(snapshot.guard.level(snapshot.now_ms))?;
    let (now_ms, grace_ms) = (snapshot.now_ms, snapshot.params.breaker.grace_ms);
    snapshot.require_weighty(Use::Liquidation, &[], &|priced: &PricedReserve| {
        allows(priced.reserve.balances.breaker.level(now_ms))?;
        let good_since_ms = priced.price()?.good_since_ms;
        if good_since_ms != 0 && now_ms < good_since_ms.saturating_add(grace_ms) {
            return Err(Error::GracePeriod);
        }
        Ok(())
    })
}
