//! What is asked of the market on the table: the lens's views, and those of many accounts or times.

use crate::store::Table;
use breakwater_protocol::{
    lens::{
        self, AccountView, BackstopView, BreakerView, Quote, RatesView, RiskView, SaleView,
        ShockView,
    },
    market::{self, Store},
    Account, AccountId, AccountSnapshot, AssetId, Error, Order, PricedReserve,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// An account with its owner.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Entry {
    pub who: AccountId,
    pub account: Account,
}

/// How an account of a list stands, by its place there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Standing {
    pub place: u32,
    /// Threshold value / debt, wad, rounded down; the highest number without debt.
    pub health_factor_wad: u128,
    pub collateral_wad: u128,
    pub debt_wad: u128,
}

/// A collateral's price at a time, if nothing is sold until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct PricePoint {
    pub time_ms: u64,
    /// The common bonus beyond the oracle's price, wad; negative below it.
    pub bonus_wad: i128,
    /// Units that accounts may sell.
    pub room: u128,
}

/// What a fall of all collateral does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct AtRisk {
    pub fall_bps: u16,
    pub shock: ShockView,
}

/// An account on the table, as the lens answers.
///
/// # Errors
/// Those of [`market::account_snapshot`] and [`lens::account`].
pub fn account(table: &Table, who: &AccountId) -> Result<AccountView, Error> {
    lens::account(&market::account_snapshot(table, who)?)
}

/// What a take from an account on the table would move.
///
/// # Errors
/// Those of [`lens::quote`].
pub fn quote(table: &Table, who: &AccountId, order: &Order) -> Result<Quote, Error> {
    lens::quote(market::account_snapshot(table, who)?, order)
}

/// What a purchase of stock would move.
///
/// # Errors
/// Those of [`lens::quote_stock`].
pub fn quote_stock(table: &Table, order: &Order) -> Result<Quote, Error> {
    lens::quote_stock(assets(table, &[order.collateral, order.debt])?, order)
}

/// A collateral's price at several times, if nothing else happens.
///
/// # Errors
/// Those of [`lens::sale`].
pub fn price_over_time(
    table: &Table,
    asset: AssetId,
    times_ms: &[u64],
) -> Result<Vec<PricePoint>, Error> {
    let mut table = table.clone();
    let points = times_ms.iter().map(|time_ms| {
        table.now_ms = *time_ms;
        let SaleView { bonus_wad, room, .. } = sale(&table, asset)?;
        Ok(PricePoint { time_ms: *time_ms, bonus_wad, room })
    });
    points.collect()
}

/// What a take would move at several times; nothing where it would be refused.
pub fn quote_over_time(
    table: &Table,
    who: &AccountId,
    order: &Order,
    times_ms: &[u64],
) -> Vec<Option<Quote>> {
    let mut table = table.clone();
    let quotes = times_ms.iter().map(|time_ms| {
        table.now_ms = *time_ms;
        quote(&table, who, order).ok()
    });
    quotes.collect()
}

/// How each of many accounts stands. Those whose health can't be told are left out: a debt without a price.
///
/// # Errors
/// [`Error::Overflow`] in the interest of a reserve.
pub fn standings(table: &Table, accounts: &[Account]) -> Result<Vec<Standing>, Error> {
    let mut snapshot = all(table)?;
    let standings = (0..).zip(accounts).filter_map(|(place, account)| {
        snapshot.account.clone_from(account);
        let health = snapshot.health().ok()?;
        Some(Standing {
            place,
            health_factor_wad: health.health_factor_wad(),
            collateral_wad: health.collateral_wad,
            debt_wad: health.debt_wad,
        })
    });
    Ok(standings.collect())
}

/// Debt that could be liquidated after each of some falls of all collateral, of all accounts whose health can
/// be told.
///
/// # Errors
/// [`Error::BpsOutOfRange`], [`Error::Overflow`].
pub fn debt_at_risk(
    table: &Table,
    accounts: &[Account],
    falls_bps: &[u16],
) -> Result<Vec<AtRisk>, Error> {
    let mut snapshot = all(table)?;
    let mut risks: Vec<AtRisk> = Vec::new();
    for fall_bps in falls_bps {
        risks.push(AtRisk { fall_bps: *fall_bps, shock: ShockView::default() });
    }
    for account in accounts {
        snapshot.account.clone_from(account);
        if snapshot.health().is_err() {
            continue;
        }
        for risk in &mut risks {
            risk.shock = lens::shock(risk.shock, &snapshot, risk.fall_bps)?;
        }
    }
    Ok(risks)
}

/// One reserve with its price, with interest up to now.
///
/// # Errors
/// [`Error::UnknownAsset`], [`Error::Overflow`].
pub fn priced(table: &Table, asset: AssetId) -> Result<PricedReserve, Error> {
    assets(table, &[asset])?.priced(asset).cloned()
}

/// # Errors
/// Those of [`lens::rates`].
pub fn rates(table: &Table, asset: AssetId) -> Result<RatesView, Error> {
    lens::rates(&priced(table, asset)?.reserve, table.now_ms)
}

/// # Errors
/// Those of [`lens::risk`].
pub fn risk(table: &Table, asset: AssetId) -> Result<RiskView, Error> {
    lens::risk(&priced(table, asset)?)
}

/// # Errors
/// Those of [`lens::breaker`].
pub fn breaker(table: &Table, asset: AssetId) -> Result<BreakerView, Error> {
    lens::breaker(assets(table, &[asset])?, asset)
}

/// # Errors
/// Those of [`lens::sale`].
pub fn sale(table: &Table, asset: AssetId) -> Result<SaleView, Error> {
    lens::sale(assets(table, &[asset])?, asset)
}

/// # Errors
/// Those of [`lens::backstop`].
pub fn backstop(table: &Table, asset: AssetId) -> Result<BackstopView, Error> {
    lens::backstop(&priced(table, asset)?.reserve)
}

/// Some reserves and what backs them, with their prices, as the lens asks for them.
fn assets(table: &Table, assets: &[AssetId]) -> Result<AccountSnapshot, Error> {
    let mut snapshot = market::snapshot_of(table, Account::default(), &[])?;
    let backing = |asset: &AssetId| {
        let reserve = table.reserve(*asset)?;
        reserve.config.auction.backed_by.filter(|of| table.has_reserve(*of))
    };
    let backing: Vec<AssetId> = assets.iter().filter_map(backing).collect();
    for asset in assets.iter().chain(&backing) {
        add(&mut snapshot, table, *asset)?;
    }
    Ok(snapshot)
}

/// All reserves, with their prices.
fn all(table: &Table) -> Result<AccountSnapshot, Error> {
    let mut snapshot = market::snapshot_of(table, Account::default(), &[])?;
    for asset in table.reserves.keys() {
        add(&mut snapshot, table, *asset)?;
    }
    Ok(snapshot)
}

fn add(snapshot: &mut AccountSnapshot, table: &Table, asset: AssetId) -> Result<(), Error> {
    if snapshot.priced(asset).is_ok() {
        return Ok(());
    }
    let (reserve, price) = table.reserves.get(&asset).ok_or(Error::UnknownAsset)?;
    snapshot.add_reserve(asset, reserve.clone())?;
    snapshot.priced_mut(asset)?.price = *price;
    Ok(())
}
