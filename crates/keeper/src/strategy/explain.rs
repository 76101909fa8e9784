//! Why an account is acted on, or not: the decisions of the strategies in sentences.

use super::{
    take::{best_take, pairs},
    Buying, Start,
};
use crate::snapshot::MarketSnapshot;
use breakwater_protocol::{
    actions::start_liquidation,
    auction::{fill, terms},
    Account, AccountSnapshot, AssetId,
};

/// What is decided by.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// If we start auctions.
    pub start: Option<Start>,
    /// If we buy.
    pub buying: Option<Buying>,
}

/// Why an account is acted on or not, by what was seen: one sentence each.
pub fn explain(on: &MarketSnapshot, cell: &Account, rules: &Rules) -> Vec<String> {
    let mut said = Vec::new();
    if cell.positions.is_empty() {
        return vec!["the market has no such account, or it is empty".into()];
    }
    let mut snapshot = match on.account_snapshot(cell.clone()) {
        Ok(snapshot) => snapshot,
        Err(why) => return vec![format!("it holds what the market does not list: {why:?}")],
    };
    for priced in &snapshot.reserves {
        if let Err(why) = priced.price() {
            said.push(format!("asset {} has no usable price: {why:?}", priced.asset));
        }
    }
    let health = match snapshot.health() {
        Ok(health) => health,
        Err(why) => {
            said.push(format!("its health can't be told: {why:?}"));
            return said;
        }
    };
    let (owes, carries) = (dollars(health.debt_wad), dollars(health.threshold_wad));
    let factor = health.health_factor_wad() as f64 / 1e18;
    said.push(match health.debt_wad {
        0 => "it owes nothing".into(),
        _ => format!("health factor {factor:.4}: it owes {owes:.2} and {carries:.2} are carried"),
    });
    match (&cell.auction, health.is_healthy()) {
        (None, true) => said.push("it is healthy: there is nothing to do".into()),
        (None, false) => of_start(on, &snapshot, rules, &mut said),
        (Some(_), true) => said.push(match snapshot.cure() {
            Some(_) => "it is in auction and healthy again: it can be cured".into(),
            None => "it is in auction and healthy, by prices too poor to end the auction".into(),
        }),
        (Some(_), false) => {
            for pair in pairs(&snapshot) {
                of_pair(on, &snapshot, pair, rules, &mut said);
            }
        }
    }
    said
}

fn of_start(
    on: &MarketSnapshot,
    snapshot: &AccountSnapshot,
    rules: &Rules,
    said: &mut Vec<String>,
) {
    let Some(start) = &rules.start else {
        said.push("it is unhealthy, and starts are not enabled".into());
        return;
    };
    let mut started = snapshot.clone();
    match start_liquidation(&mut started, on.us, 0) {
        Err(why) => {
            said.push(format!("it is unhealthy, and the market starts no auction: {why:?}"))
        }
        Ok(_) => {
            let (worth, least) =
                (dollars(start.worth_wad(on, snapshot.clone())), dollars(start.least_wad));
            let verdict = match (worth >= least && worth > 0.0, start.for_the_market) {
                (true, _) => "it is started if that is more than its fee and deposit",
                (false, true) => "it is started for the market, as far as the day's budget goes",
                (false, false) => "it goes along with others at best: upkeep.for_the_market is off",
            };
            said.push(format!(
                "a start is worth {worth:.2} by what follows it, the least asked is {least:.2}: {verdict}"
            ));
        }
    }
}

fn of_pair(
    on: &MarketSnapshot,
    snapshot: &AccountSnapshot,
    (collateral, debt): (AssetId, AssetId),
    rules: &Rules,
    said: &mut Vec<String>,
) {
    let pair = format!("asset {collateral} for asset {debt}");
    let offered = snapshot
        .health()
        .and_then(|health| terms(snapshot, &health, collateral, debt))
        .and_then(|terms| Ok((terms, fill(snapshot, &terms, collateral, debt, u128::MAX)?)));
    let (terms, all) = match offered {
        Ok(offered) => offered,
        Err(why) => {
            said.push(format!("{pair}: nothing is sold now: {why:?}"));
            return;
        }
    };
    let bonus = terms.offer.bonus_wad as f64 / 1e16;
    said.push(format!(
        "{pair}: {} units for {} at a bonus of {bonus:.3} %",
        all.received, all.repaid
    ));
    let Some(buying) = &rules.buying else {
        said.push("we don't buy: takes are not enabled".into());
        return;
    };
    if on.pending.is_stopped {
        said.push(
            "nothing is bought: the day has lost more than takes.stop_loss_usd_per_day".into(),
        );
        return;
    }
    let (ours, venues) = buying.now(on);
    let spendable = ours.inventory.spendable.get(&debt).copied().unwrap_or(0);
    let any = super::buying::Terms { least_wad: 0, ..ours.clone() };
    let least = dollars(ours.least_wad);
    said.push(match (best_take(snapshot, &venues, &ours), best_take(snapshot, &venues, &any)) {
        (Some(best), _) => {
            let gain = dollars(best.gain_wad);
            format!("we take {} units for a gain of {gain:.2} if its fee is less", best.repaid)
        }
        (None, Some(best)) => {
            let gain = dollars(best.gain_wad);
            format!("the best take gains {gain:.2}, less than the {least:.2} asked: it waits")
        }
        (None, None) => format!(
            "no take gains anything by oracle and venues, of the {spendable} units that we may spend"
        ),
    });
}

fn dollars(wad: u128) -> f64 {
    wad as f64 / 1e18
}
