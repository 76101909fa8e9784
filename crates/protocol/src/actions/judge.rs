//! What a message leaves behind, against what was before it (§ 3.10).
//!
//! Rules that bind new risk are judged here, once, and nowhere at a step: neither the order of the
//! actions nor what lies between them can then walk around a rule, and a message that changes
//! nothing on balance is refused nothing.

use super::{
    isolation,
    power::{check_limit, unsound},
    Action, Outcome,
};
use crate::{
    breaker::Level,
    num::{
        math::bps_to_wad,
        shares::{to_assets_up, Pot},
    },
    oracle::price::Use,
    reserve::priced::PricedReserve,
    Account, AccountSnapshot, AssetId, Error, MAX_POSITIONS,
};
use alloc::vec::Vec;

/// An account and the totals of its reserves as they were before a message.
pub(super) struct Before {
    pub account: Account,
    totals: Vec<(AssetId, Totals)>,
}

/// What of a reserve a rule compares with.
#[derive(Clone, Copy)]
pub(super) struct Totals {
    /// What borrowers owed.
    pub owed: Pot,
    /// Collateral of all accounts, in units.
    pub collateral: u128,
}

/// The new risk that a message has taken.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Risk {
    /// More is owed in some asset.
    pub borrowed: bool,
    /// Some collateral has become less.
    pub lowered: bool,
    /// A collateral or a debt is there that was not.
    pub opened: bool,
}

impl Before {
    pub fn of(snapshot: &AccountSnapshot) -> Self {
        let totals = |priced: &PricedReserve| {
            let balances = &priced.reserve.balances;
            (priced.asset, Totals { owed: balances.owed(), collateral: balances.collateral })
        };
        Self {
            account: snapshot.account.clone(),
            totals: snapshot.reserves.iter().map(totals).collect(),
        }
    }

    pub fn totals(&self, asset: AssetId) -> Result<&Totals, Error> {
        let found = self.totals.iter().find(|(held, _)| *held == asset);
        found.map(|(_, totals)| totals).ok_or(Error::UnknownAsset)
    }

    /// Whether adding to the collateral is a top-up: it carried a debt before the message.
    pub fn is_top_up(&self, asset: AssetId) -> bool {
        self.account.has_debt() && self.account.position(asset).collateral != 0
    }
}

/// Judges what the actions have made of the account and its reserves.
///
/// # Errors
/// [`Error::TooManyPositions`]; [`Error::AuctionRunning`] for taking risk in an auction; those of
/// the caps, of new risk, of isolation.
pub(super) fn judge(
    snapshot: &mut AccountSnapshot,
    before: &Before,
    actions: &[Action],
    outcomes: &[Outcome],
) -> Result<(), Error> {
    if snapshot.account.positions.len() > MAX_POSITIONS {
        return Err(Error::TooManyPositions);
    }
    let mut risk = Risk::default();
    for priced in &snapshot.reserves {
        let borrowed = check_totals(snapshot, before, priced, outcomes)?;
        let (was, is) =
            (before.account.position(priced.asset), snapshot.account.position(priced.asset));
        risk.borrowed |= borrowed;
        risk.lowered |= is.collateral < was.collateral;
        risk.opened |= (was.collateral == 0 && is.collateral != 0)
            || (was.debt_shares == 0 && is.debt_shares != 0);
    }
    if risk == Risk::default() || !snapshot.account.has_debt() {
        return isolation::recount(snapshot, &before.account);
    }
    check_risk(snapshot, before, risk).map_err(|error| {
        // In an auction the one thing to do about it is to end that.
        if snapshot.account.auction.is_some() && actions.iter().any(Action::takes_risk) {
            Error::AuctionRunning
        } else {
            error
        }
    })
}

/// Caps, freeze and minimum where the message has, on balance, added to what they bound. Whether it
/// has added to the account's debt.
///
/// # Errors
/// [`Error::NotCollateral`], [`Error::Frozen`], [`Error::CollateralCapExceeded`],
/// [`Error::LoadCapExceeded`], [`Error::SupplyCapExceeded`], [`Error::BorrowCapExceeded`],
/// [`Error::DebtBelowMinimum`].
#[inline(never)]
fn check_totals(
    snapshot: &AccountSnapshot,
    before: &Before,
    priced: &PricedReserve,
    outcomes: &[Outcome],
) -> Result<bool, Error> {
    let asset = priced.asset;
    let (config, balances) = (&priced.reserve.config, &priced.reserve.balances);
    let (was, is) = (before.account.position(asset), snapshot.account.position(asset));
    if is.collateral > was.collateral && !before.is_top_up(asset) {
        if let Some(reason) = unsound(priced)? {
            return Err(reason);
        }
    }
    let (supplied, borrowed) = grown(asset, outcomes);
    if supplied && balances.supplied()?.assets > config.supply_cap {
        return Err(Error::SupplyCapExceeded);
    }
    // A share may stay behind of a debt that was opened and repaid at once.
    let borrowed = borrowed || (was.debt_shares == 0 && is.debt_shares != 0);
    if borrowed {
        if balances.borrowed > config.borrow_cap {
            return Err(Error::BorrowCapExceeded);
        }
        if to_assets_up(is.debt_shares, balances.owed())? < config.min_debt {
            return Err(Error::DebtBelowMinimum);
        }
    }
    Ok(borrowed)
}

/// Whether more was supplied of an asset than withdrawn, and more borrowed than repaid, in units:
/// shares round.
fn grown(asset: AssetId, outcomes: &[Outcome]) -> (bool, bool) {
    let [mut supplied, mut withdrawn, mut borrowed, mut repaid] = [0u128; 4];
    for outcome in outcomes {
        let (sum, assets) = match *outcome {
            Outcome::Supplied { asset: of, assets, .. } if of == asset => (&mut supplied, assets),
            Outcome::Withdrawn { asset: of, assets, .. } if of == asset => (&mut withdrawn, assets),
            Outcome::Borrowed { asset: of, assets, .. } if of == asset => (&mut borrowed, assets),
            Outcome::Repaid { asset: of, assets, .. } if of == asset => (&mut repaid, assets),
            _ => continue,
        };
        *sum = sum.saturating_add(assets);
    }
    (supplied > withdrawn, borrowed > repaid)
}

/// Refuses what an account in debt may not have taken on.
///
/// # Errors
/// [`Error::SiloedDebt`], [`Error::IsolatedCollateral`], [`Error::IsolationCeilingExceeded`];
/// [`Error::BreakerRefusesRisk`], [`Error::GracePeriod`], price errors; those of
/// [`check_limit`].
#[inline(never)]
fn check_risk(snapshot: &mut AccountSnapshot, before: &Before, risk: Risk) -> Result<(), Error> {
    if risk.opened {
        check_opened(snapshot, before)?;
    }
    let isolated = isolation::check_mix(snapshot)?;
    if risk.borrowed || risk.lowered {
        snapshot.require_prices(Use::Risk)?;
        let level = snapshot.risk_level()?;
        if level >= Level::Stressed {
            return Err(Error::BreakerRefusesRisk);
        }
        if level == Level::Guarded && risk.lowered {
            let least_wad = bps_to_wad(snapshot.params.breaker.guarded_health_bps);
            if snapshot.health()?.health_factor_wad() < least_wad {
                return Err(Error::BreakerRefusesRisk);
            }
        }
        check_limit(snapshot, before, level)?;
    }
    let stands_more = risk.borrowed || risk.lowered;
    isolation::count(snapshot, &before.account, isolated, risk.borrowed, stands_more)
}

/// An asset whose price or level would keep the account from being liquidated may not be brought
/// into it: it needs a price good for risk, a calm level, and no time of grace that runs.
///
/// # Errors
/// [`Error::PriceMissing`], [`Error::PriceNotGoodForRisk`], [`Error::BreakerRefusesRisk`],
/// [`Error::GracePeriod`].
#[inline(never)]
fn check_opened(snapshot: &AccountSnapshot, before: &Before) -> Result<(), Error> {
    let grace_ms = snapshot.params.breaker.grace_ms;
    // Without debt nothing is at risk: the first loan brings all of it in, in however many messages.
    let at_risk = before.account.has_debt();
    for risk in snapshot.risks() {
        let (held, priced) = risk?;
        if at_risk && before.account.position(held.asset).bears_risk() {
            continue;
        }
        let price = priced.price()?;
        if !price.is_good_for(Use::Risk) {
            return Err(Use::Risk.error());
        }
        if snapshot.level(held.asset)? >= Level::Stressed {
            return Err(Error::BreakerRefusesRisk);
        }
        let since_ms = price.good_since_ms;
        if since_ms != 0 && snapshot.now_ms < since_ms.saturating_add(grace_ms) {
            return Err(Error::GracePeriod);
        }
    }
    Ok(())
}
