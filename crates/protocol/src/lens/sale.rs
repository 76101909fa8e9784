//! How a collateral is sold now, and the pool behind it (§ 4).

use crate::{
    actions::{self, StockSold, Taking},
    gradual::{pool::sized_wad, Pace, Seller, Stock},
    num::math::{add, bps_to_wad, mul_div_down, mul_div_up, BPS, WAD},
    AccountId, AccountSnapshot, AssetId, Error, Order, Reserve,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// How a collateral is sold now (§ 4), and whose money stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct SaleView {
    /// The common bonus beyond the oracle's price, wad; negative below it.
    pub bonus_wad: i128,
    /// Impact of what was sold of late, in 10^-18 of the price, and the most it may be.
    pub impact_wad: u64,
    pub cap_wad: u64,
    /// Units that accounts, and the backstops' stock, may sell now.
    pub room: u128,
    pub stock_room: u128,
    /// At which pace the bonus rises while something waits.
    pub pace: Pace,
    /// Accounts in auction that it rises for.
    pub waiting: u32,
    /// Units that backstops hold of it.
    pub stock: u128,
    /// Since when it could be sold, in Unix milliseconds; `None` where it can't be now.
    pub settles_since_ms: Option<u64>,
    /// What part of its LTV new risk has after what came in of late (§ G10), wad.
    pub fuse_wad: u128,
}

/// The backstop of a debt asset (§ 4.9), in its units.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct BackstopView {
    /// Lent money that it can buy with, rounded down.
    pub money: u128,
    /// What its stock cost.
    pub tied: u128,
    /// The size at which it is full.
    pub target: u128,
    /// The yearly rate that it is paid now, on its size, wad.
    pub premium_wad: u128,
    /// Shares of all stakes.
    pub shares: u128,
    pub stocks: Vec<Stock>,
}

/// What a buyer would get now: of an account in auction, or of a backstop's stock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Quote {
    /// Units of the debt asset that they would pay.
    pub repaid: u128,
    /// Units of the collateral that they would get.
    pub received: u128,
    /// Beyond the oracle's price, wad; negative is a premium.
    pub bonus_wad: i128,
    /// Units of the debt asset for which the backstop would buy before them.
    pub backstop_repaid: u128,
}

/// What a take would move now; nothing where the backstop, which buys first of an account near
/// insolvency, would leave nothing. All that the account uses and what backs it must be on the snapshot.
///
/// # Errors
/// Those of [`actions::take`], but for the order's least price.
pub fn quote(mut snapshot: AccountSnapshot, order: &Order) -> Result<Quote, Error> {
    let nobody: AccountId = [0; 32];
    let order = Order { min_receive: 0, ..*order };
    let Taking { bought, taken } = actions::take(&mut snapshot, nobody, &order)?;
    let mut quote = taken.map_or(Quote::default(), |taken| Quote {
        repaid: taken.fill.repaid,
        received: taken.fill.received,
        bonus_wad: taken.fill.bonus_wad,
        backstop_repaid: 0,
    });
    quote.backstop_repaid = bought.map_or(0, |bought| bought.taken.fill.repaid);
    Ok(quote)
}

/// What a purchase of stock would move now. Both assets and what backs the collateral must be on the
/// snapshot.
///
/// # Errors
/// Those of [`actions::buy_stock`], but for the order's least price.
pub fn quote_stock(mut snapshot: AccountSnapshot, order: &Order) -> Result<Quote, Error> {
    let order = Order { min_receive: 0, ..*order };
    let StockSold { paid, received, bonus_wad, .. } = actions::buy_stock(&mut snapshot, &order)?;
    Ok(Quote { repaid: paid, received, bonus_wad, backstop_repaid: 0 })
}

/// How a collateral is sold now. What backs it must be on the snapshot too.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
pub fn sale(mut snapshot: AccountSnapshot, asset: AssetId) -> Result<SaleView, Error> {
    snapshot.watch();
    let (priced, pace, now) =
        (snapshot.priced(asset)?, snapshot.pace(asset)?, snapshot.touched(asset)?);
    let (config, depth) = (&priced.reserve.config.auction, priced.reserve.config.liquidity.depth);
    Ok(SaleView {
        bonus_wad: now.common.wad(),
        impact_wad: now.meter.impact_wad,
        cap_wad: pace.cap_wad(),
        room: now.room_down(config, &pace, Seller::Account, depth)?,
        stock_room: now.room_down(config, &pace, Seller::Stock, depth)?,
        pace,
        waiting: now.waiting,
        stock: priced.reserve.balances.backstop_collateral,
        settles_since_ms: snapshot.settles_since(asset)?,
        fuse_wad: priced.fuse_down_wad(),
    })
}

/// A reserve's backstop.
///
/// # Errors
/// [`Error::Overflow`].
pub fn backstop(reserve: &Reserve) -> Result<BackstopView, Error> {
    let config = &reserve.config.backstop;
    let (money, tied) = (reserve.backstop_assets_down()?, reserve.vault.tied()?);
    let target = mul_div_down(reserve.balances.borrowed, config.target_bps.into(), BPS)?;
    Ok(BackstopView {
        money,
        tied,
        target,
        premium_wad: config.premium.rate_down_wad(sized_wad(add(money, tied)?, target)),
        shares: reserve.vault.shares,
        stocks: reserve.vault.stocks.clone(),
    })
}

/// The part of the interest that the backstop's premium takes, where lenders earn `earned_wad` a year
/// before it; wad, rounded up.
pub(super) fn premium_wad(reserve: &Reserve, earned_wad: u128) -> Result<u128, Error> {
    if reserve.vault.shares == 0 || earned_wad == 0 {
        return Ok(0);
    }
    let view = backstop(reserve)?;
    let yearly_wad = mul_div_up(add(view.money, view.tied)?, view.premium_wad, WAD)?;
    let supplied = reserve.balances.supplied()?.assets.max(1);
    let of_supplied_wad = mul_div_up(yearly_wad, WAD, supplied)?;
    let most_wad = bps_to_wad(reserve.config.backstop.premium.interest_share_bps);
    Ok(mul_div_up(of_supplied_wad, WAD, earned_wad).unwrap_or(u128::MAX).min(most_wad))
}
