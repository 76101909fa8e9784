use super::{nonzero, Order};
use crate::{
    account::health::{amount_down, amount_up, value_down, value_up},
    auction::note_sale,
    breaker::Level,
    gradual::{offer::stock_bonus_wad, Seller},
    num::{
        math::{mul_div_down, mul_div_up, sub, WAD},
        shares::lent_shares_down,
    },
    oracle::price::Use,
    AccountSnapshot, Error,
};

/// What a sale of a backstop's stock moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockSold {
    /// Paid to the pool, in units of the debt asset.
    pub paid: u128,
    /// Supply shares for them: the pool's.
    pub supply_shares: u128,
    /// Collateral out of stock, in units.
    pub received: u128,
    /// What the buyer got beyond the oracle's price, wad; negative where they paid more.
    pub bonus_wad: i128,
}

/// The backstop of the order's debt asset sells collateral that it holds, to whoever calls: at the
/// gradual price, as far as the meter has room for stock (§ G6). What it brings is lent for the pool again.
///
/// Rounding: the buyer pays up and receives down.
///
/// # Errors
/// [`Error::ZeroAmount`], [`Error::NoStock`], [`Error::VelocityLimitReached`],
/// [`Error::BreakerHalted`], [`Error::AmountTooSmall`], [`Error::ReceivedTooLittle`], price errors.
#[inline(never)]
pub fn buy_stock(snapshot: &mut AccountSnapshot, order: &Order) -> Result<StockSold, Error> {
    let Order { collateral, debt, max_repay, .. } = *order;
    nonzero(max_repay)?;
    snapshot.watch();
    if snapshot.level(collateral)?.max(snapshot.level(debt)?) == Level::Halted {
        return Err(Error::BreakerHalted);
    }
    let (lot, owed) = (snapshot.priced(collateral)?, snapshot.priced(debt)?);
    lot.require_price(Use::Settlement)?;
    owed.require_price(Use::Settlement)?;
    let stock = owed.reserve.vault.stock(collateral);
    if stock == 0 {
        return Err(Error::NoStock);
    }
    let (lot_wad, lot_decimals) = (lot.price()?.mid_wad, lot.reserve.config.decimals);
    let (owed_wad, owed_decimals) = (owed.price()?.mid_wad, owed.reserve.config.decimals);
    let (config, pace) = (lot.reserve.config.auction, snapshot.pace(collateral)?);
    let depth = lot.reserve.config.liquidity.depth;
    let now = snapshot.touched(collateral)?;
    let bonus_wad = stock_bonus_wad(&config, &now.common);
    let priced_wad = WAD.checked_add_signed(bonus_wad).ok_or(Error::Overflow)?;
    let costs_up = |units| {
        let fair_wad = value_up(units, lot_wad, lot_decimals)?;
        amount_up(mul_div_up(fair_wad, WAD, priced_wad)?, owed_wad, owed_decimals)
    };
    // What the buyer's money pays for; more than there is where it is beyond any number.
    let pays_for_wad = value_down(max_repay, owed_wad, owed_decimals)
        .and_then(|paid_wad| mul_div_down(paid_wad, priced_wad, WAD))
        .unwrap_or(u128::MAX);
    let wanted = amount_down(pays_for_wad, lot_wad, lot_decimals).unwrap_or(u128::MAX).min(stock);
    let received = now.may_sell_down(&config, &pace, Seller::Stock, depth, wanted)?;
    let paid = costs_up(received)?.min(max_repay);
    if received == 0 || paid == 0 {
        return Err(Error::AmountTooSmall);
    }
    if received < order.least_for_up(paid)? {
        return Err(Error::ReceivedTooLittle);
    }
    let supply_shares = lent_shares_down(paid, owed.reserve.balances.supplied()?)?;
    snapshot.touch(collateral)?;
    note_sale(snapshot, collateral, Seller::Stock, received)?;
    let balances = &mut snapshot.reserve_mut(collateral)?.balances;
    balances.backstop_collateral = sub(balances.backstop_collateral, received)?;
    let now_ms = snapshot.now_ms;
    let reserve = snapshot.reserve_mut(debt)?;
    reserve.vault.sold(collateral, received)?;
    reserve.lend_for_backstop(paid, supply_shares)?;
    reserve.return_outflow(now_ms, paid)?;
    Ok(StockSold { paid, supply_shares, received, bonus_wad })
}
