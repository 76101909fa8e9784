//! What a message may have made of an account, worked out anew in floating point from the balances
//! before and after it: the rules of § 3.10 without their code.

use crate::{Call, Done, Model};
use breakwater_protocol::{
    actions::Outcome, num::math::pow10, oracle::price::Use, reserve::priced::PricedReserve,
    Account, AccountId, AccountSnapshot, AssetId, Level, Position,
};
use std::collections::BTreeMap;

/// Relative difference that rounding may make.
const SLACK: f64 = 1e-9;
/// The same of the [`Ledger`], whose sums may be off by a unit for each message.
const LEDGER_SLACK: f64 = 1e-6;
const LEDGER_SLACK_USD: f64 = 0.01;

/// Debts taken on while their only collateral was isolated, by collateral, account and asset owed:
/// dollars then, and the debt shares since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(BTreeMap<(AssetId, AccountId, AssetId), (f64, u128)>);

/// An account before a message, with interest and prices of its time.
pub(crate) struct Before {
    who: AccountId,
    snapshot: AccountSnapshot,
}

impl Before {
    /// For messages that are judged.
    pub(crate) fn of(model: &Model, caller: AccountId, call: &Call) -> Option<Self> {
        let Call::Act { on_behalf_of, .. } = call else { return None };
        let who = on_behalf_of.unwrap_or(caller);
        let mut snapshot = model.snapshot(&who).ok()?;
        snapshot.watch();
        Some(Self { who, snapshot })
    }
}

/// Judges a message that has been done.
pub(crate) fn check(model: &Model, before: &Before, done: &Done) -> Result<(), String> {
    let Done::Acted { outcomes, .. } = done else { return Ok(()) };
    let after = model.snapshot(&before.who).map_err(|error| format!("{error:?}"))?;
    let (was, is) = (&before.snapshot.account, &after.account);
    let fail = |why: String| Err(format!("{why}: {was:?} -> {is:?}, {outcomes:?}"));

    let lowered =
        was.collaterals().any(|held| is.position(held.asset).collateral < held.collateral);
    let raised: Vec<&Position> =
        is.debts().filter(|debt| borrowed(outcomes, debt.asset) > 0).collect();
    let opened = is.positions.iter().any(|held| {
        let old = was.position(held.asset);
        (old.collateral == 0 && held.collateral != 0)
            || (old.debt_shares == 0 && held.debt_shares != 0)
    });
    for held in is.collaterals() {
        let priced = priced(&after, held.asset)?;
        let old = was.position(held.asset).collateral;
        let top_up = was.has_debt() && old != 0;
        if held.collateral > old && !top_up && is_unsound(priced) {
            return fail(format!("{} is added to what is unsound", held.asset));
        }
    }
    for debt in &raised {
        let reserve = &priced(&after, debt.asset)?.reserve;
        if owed(debt, priced(&after, debt.asset)?) + 1.5 < reserve.config.min_debt as f64 {
            return fail(format!("a debt of dust in {}", debt.asset));
        }
        if reserve.balances.borrowed > reserve.config.borrow_cap {
            return fail(format!("a debt beyond the cap of {}", debt.asset));
        }
    }
    if !is.has_debt() {
        return Ok(());
    }
    if is.auction.is_some() && (lowered || !raised.is_empty()) {
        return fail("risk in an auction".into());
    }
    if lowered || opened || !raised.is_empty() {
        check_mix(&after).or_else(fail)?;
    }
    if opened {
        check_opened(was, &after).or_else(fail)?;
    }
    if lowered || !raised.is_empty() {
        check_power(before, &after).or_else(fail)?;
    }
    if lowered && level(&before.snapshot, &after) == Level::Guarded {
        let least = f64::from(after.params.breaker.guarded_health_bps) / 10_000.0;
        let health = after.health().map_err(|error| format!("{error:?}"))?;
        if (health.threshold_wad as f64) < health.debt_wad as f64 * least * (1.0 - SLACK) {
            return fail("collateral left in Guarded".into());
        }
    }
    Ok(())
}

impl Ledger {
    /// Lets what is repaid or sold go, and notes what a message has newly put on isolated
    /// collateral: no more than the ceiling, and no more than the market has counted.
    pub(crate) fn keep(&mut self, model: &Model, before: Option<&Before>) -> Result<(), String> {
        for ((collateral, who, debt), (dollars, shares)) in &mut self.0 {
            let account = model.account(who);
            let left = account.position(*debt).debt_shares;
            if account.position(*collateral).collateral == 0 {
                *dollars = 0.0;
            } else if left < *shares {
                *dollars *= left as f64 / *shares as f64;
            }
            *shares = left;
        }
        self.0.retain(|_, (dollars, shares)| *dollars > 0.0 && *shares != 0);
        if let Some(before) = before {
            self.note(model, before)?;
        }
        for (asset, reserve) in (0..).zip(&model.reserves) {
            let counted = reserve.balances.isolated_debt_wad as f64 / 1e18;
            let taken = self.taken(asset);
            if taken > counted * (1.0 + LEDGER_SLACK) + LEDGER_SLACK_USD {
                return Err(format!("{taken} stand on {asset}, {counted} are counted"));
            }
        }
        Ok(())
    }

    fn note(&mut self, model: &Model, before: &Before) -> Result<(), String> {
        let after = model.snapshot(&before.who).map_err(|error| format!("{error:?}"))?;
        let (was, is) = (&before.snapshot.account, &after.account);
        let Some(held) = is.collaterals().next() else { return Ok(()) };
        let asset = held.asset;
        let Some(ceiling_wad) = priced(&after, asset)?.reserve.config.isolation_ceiling_wad else {
            return Ok(());
        };
        let stood = was.position(asset).collateral != 0 && was.collaterals().count() == 1;
        let mut more = false;
        for debt in is.debts() {
            let priced = priced(&after, debt.asset)?;
            let (old, new) = (was.position(debt.asset), debt.debt_shares);
            let moved = !stood && is.collaterals().count() == 1;
            let part = if moved { 1.0 } else { 1.0 - old.debt_shares as f64 / new as f64 };
            // Less than a unit is rounding. What adds nothing needs no price.
            let units = owed(debt, priced) * part;
            if units < 1.5 {
                continue;
            }
            let added = units * unit_price(priced, |price| price.high_wad)?;
            let entry = self.0.entry((asset, before.who, debt.asset)).or_insert((0.0, new));
            *entry = (if moved { entry.0.max(added) } else { entry.0 + added }, new);
            more = true;
        }
        let (taken, ceiling) = (self.taken(asset), ceiling_wad as f64 / 1e18);
        if more && taken > ceiling * (1.0 + LEDGER_SLACK) + LEDGER_SLACK_USD {
            return Err(format!("{taken} newly stand on {asset} under a ceiling of {ceiling}"));
        }
        Ok(())
    }

    fn taken(&self, collateral: AssetId) -> f64 {
        let here = self.0.iter().filter(|((asset, ..), _)| *asset == collateral);
        here.map(|(_, (dollars, _))| dollars).sum()
    }
}

/// Isolated collateral is the only one and carries one debt; a siloed debt stands alone.
fn check_mix(after: &AccountSnapshot) -> Result<(), String> {
    let account = &after.account;
    let (debts, held) = (account.debts().count(), account.collaterals().count());
    for position in &account.positions {
        let config = &priced(after, position.asset)?.reserve.config;
        if position.collateral != 0
            && config.isolation_ceiling_wad.is_some()
            && (debts != 1 || held != 1)
        {
            return Err(format!("isolated {} is mixed", position.asset));
        }
        if position.debt_shares != 0 && config.siloed && debts != 1 {
            return Err(format!("siloed {} is mixed", position.asset));
        }
    }
    Ok(())
}

/// What is new in an account in debt could be liquidated.
fn check_opened(was: &Account, after: &AccountSnapshot) -> Result<(), String> {
    for held in after.account.positions.iter().filter(|held| held.bears_risk()) {
        if was.has_debt() && was.position(held.asset).bears_risk() {
            continue;
        }
        let priced = priced(after, held.asset)?;
        let price = priced.price.ok_or("opened without a price")?;
        let calm = priced.reserve.balances.breaker.level(after.now_ms) < Level::Stressed
            && after.guard.level(after.now_ms) < Level::Stressed;
        let grace = price.good_since_ms != 0
            && after.now_ms < price.good_since_ms + after.params.breaker.grace_ms;
        if !price.is_good_for(Use::Risk) || !calm || grace {
            return Err(format!("{} is opened in a bad time", held.asset));
        }
    }
    Ok(())
}

/// Debt <= what sound collateral carries + what the unsound carried before.
fn check_power(before: &Before, after: &AccountSnapshot) -> Result<(), String> {
    let mut old = [0.0; 3];
    for held in before.snapshot.account.positions.iter().filter(|held| held.bears_risk()) {
        let then = priced(&before.snapshot, held.asset)?;
        // Sound or not is what is so afterwards, of assets that have left the account as well.
        let now = after
            .priced(held.asset)
            .map_or_else(|_| is_unsound_without(then, held.collateral), is_unsound);
        if then.price.is_none() {
            // What has no price may have carried anything: the unsound is held to have carried nothing.
            old = [f64::INFINITY, 0.0, 0.0];
            break;
        }
        sum_up(&mut old, held, then, now)?;
    }
    let mut new = [0.0; 3];
    for held in after.account.positions.iter().filter(|held| held.bears_risk()) {
        let priced = priced(after, held.asset)?;
        sum_up(&mut new, held, priced, is_unsound(priced))?;
    }
    let carried = old[1].min((old[2] - old[0]).max(0.0));
    let limit = new[0] + new[1].min(carried);
    if new[2] > limit * (1.0 + SLACK) + 2e-5 {
        return Err(format!("{} owed, {limit} may be: before {old:?}, after {new:?}", new[2]));
    }
    Ok(())
}

/// Adds a position to [sound power, unsound power, debt], in dollars.
fn sum_up(
    sums: &mut [f64; 3],
    held: &Position,
    priced: &PricedReserve,
    is_unsound: bool,
) -> Result<(), String> {
    let config = &priced.reserve.config;
    sums[2] += owed(held, priced) * unit_price(priced, |price| price.high_wad)?;
    let value = held.collateral as f64 * unit_price(priced, |price| price.low_wad)?;
    let wad = |number: u128| number as f64 / 1e18;
    let price = priced.price.ok_or("no price")?;
    let volatility = wad(price.fast_volatility_wad.max(price.slow_volatility_wad));
    let liquidity = &config.liquidity;
    let exposure = priced.reserve.balances.collateral as f64 / liquidity.depth as f64;
    let haircut = (wad(liquidity.haircut_per_root_depth_wad) * exposure.min(100.0).sqrt()
        + wad(liquidity.haircut_per_volatility_wad) * volatility)
        .min(f64::from(liquidity.max_haircut_bps) / 1e4);
    let mut power = 0.0;
    for (place, tier) in config.tiers.iter().enumerate() {
        let end = config.tiers.get(place + 1).map_or(f64::INFINITY, |next| wad(next.from_wad));
        let inside = (value.min(end) - wad(tier.from_wad)).max(0.0);
        power += inside * f64::from(tier.ltv_bps) / 1e4 * (1.0 - haircut);
    }
    sums[usize::from(is_unsound)] += power;
    Ok(())
}

fn is_unsound(priced: &PricedReserve) -> bool {
    is_unsound_without(priced, 0)
}

/// Whether an asset may carry nothing new, when some units of it have left.
fn is_unsound_without(priced: &PricedReserve, left: u128) -> bool {
    let config = &priced.reserve.config;
    let here = priced.reserve.balances.collateral - left;
    let threshold = priced.thresholds().map_or(0, |schedule| schedule.rate_at_wad(0)) as f64 / 1e18;
    let most = config.liquidity.depth as f64 * config.liquidity.max_load_wad as f64 / 1e18;
    !config.collateral
        || config.frozen
        || here > config.collateral_cap
        || here as f64 * threshold > most * (1.0 + SLACK)
}

/// Units owed.
fn owed(held: &Position, priced: &PricedReserve) -> f64 {
    let balances = &priced.reserve.balances;
    held.debt_shares as f64 * (balances.borrowed + 1) as f64
        / (balances.debt_shares + 1_000_000) as f64
}

/// Units borrowed less repaid.
fn borrowed(outcomes: &[Outcome], asset: AssetId) -> i128 {
    let change = |outcome: &Outcome| match *outcome {
        Outcome::Borrowed { asset: of, assets, .. } if of == asset => assets as i128,
        Outcome::Repaid { asset: of, assets, .. } if of == asset => -(assets as i128),
        _ => 0,
    };
    outcomes.iter().map(change).sum()
}

/// Dollars for one unit.
fn unit_price(
    priced: &PricedReserve,
    end: impl Fn(&breakwater_protocol::Price) -> u128,
) -> Result<f64, String> {
    let whole = pow10(priced.reserve.config.decimals).map_err(|error| format!("{error:?}"))? as f64;
    let price = priced.price.as_ref().ok_or("no price")?;
    Ok(end(price) as f64 / 1e18 / whole)
}

/// The level that the message met.
fn level(before: &AccountSnapshot, after: &AccountSnapshot) -> Level {
    let risks = after.account.positions.iter().filter(|held| held.bears_risk());
    risks.filter_map(|held| before.level(held.asset).ok()).max().unwrap_or_default()
}

fn priced(snapshot: &AccountSnapshot, asset: AssetId) -> Result<&PricedReserve, String> {
    snapshot.priced(asset).map_err(|error| format!("{error:?}"))
}
