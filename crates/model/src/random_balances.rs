//! Somebody who moves money in and out of a reserve to fill its limit, and what must hold of
//! lenders whatever is done.

use crate::{random::World, Call, Done, Model};
use breakwater_protocol::{
    actions::Action,
    num::{
        math::{BPS, RAY},
        shares::to_assets_down,
        time::{HOUR_MS, YEAR_MS},
    },
    AccountId, AssetId, Error, FlowLimit, Level, Outflow, Reserve, ALL,
};

/// Has nothing in the market but for a moment.
const PASSER_BY: AccountId = [0xee; 32];

/// What may leave of a reserve now, in units: by its own limit, and by the breaker's in its hour.
fn rooms(model: &Model, asset: AssetId) -> Result<(u128, u128), Error> {
    let reserve = model.reserves.get(usize::from(asset)).ok_or(Error::UnknownAsset)?;
    let mut outflow: Outflow = reserve.balances.outflow;
    outflow.settle(&reserve.config.outflow, model.now_ms)?;
    let hour = FlowLimit { window_ms: model.root.params.breaker.window_ms, ..FlowLimit::NONE };
    let supplied = reserve.balances.supplied()?.assets;
    // In parts of what is supplied, as the breaker has it.
    let part = supplied / 10_000 * u128::from(model.root.params.breaker.stressed_outflow_bps);
    let recent = Outflow { own: outflow.recent, ..outflow };
    let at = FlowLimit { capacity: part, ..hour };
    Ok((outflow.room(&reserve.config.outflow, model.now_ms)?, recent.room(&at, model.now_ms)?))
}

/// Ways to bring much money in and take it out again.
fn rounds(asset: AssetId, assets: u128, kind: u8) -> Vec<Vec<Action>> {
    let (supply, withdraw) =
        (Action::Supply { asset, assets }, Action::Withdraw { asset, assets: ALL });
    match kind % 4 {
        0 => vec![vec![supply, withdraw]],
        1 => vec![vec![supply], vec![withdraw]],
        2 => vec![vec![supply, supply, withdraw]],
        _ => {
            let half = Action::Withdraw { asset, assets: assets / 2 };
            vec![vec![supply], vec![half], vec![supply, withdraw]]
        }
    }
}

/// Somebody comes with as much as the limit holds, or a hundred times it, and goes at once. For the
/// lenders nothing must have changed; and it stays done.
pub(crate) fn come_and_go(
    model: &mut Model,
    kind: u8,
    asset: AssetId,
) -> Result<Option<Done>, Error> {
    let before = rooms(model, asset)?;
    if model.account(&PASSER_BY).position(asset).supply_shares != 0 {
        // Kept in by a limit the last time: they go, if they may, and bring nothing.
        let actions = vec![Action::Withdraw { asset, assets: ALL }];
        return model.apply(PASSER_BY, &Call::Act { on_behalf_of: None, actions }).map(Some);
    }
    let reserve = &model.reserves[usize::from(asset)];
    let supplied = reserve.balances.supplied()?.assets;
    let most = reserve.config.outflow.capacity.min(supplied / 20).max(1);
    let assets = if kind >= 128 { most.saturating_mul(100) } else { most };
    let (mut done, mut is_in) = (None, false);
    for actions in rounds(asset, assets, kind) {
        let supplies = matches!(actions.first(), Some(Action::Supply { .. }));
        match model.apply(PASSER_BY, &Call::Act { on_behalf_of: None, actions }) {
            Ok(did) => (done, is_in) = (Some(did), supplies),
            // Frozen, not lent, worn out: there is nothing to take then.
            Err(error) if supplies || !is_in => return Err(error),
            // So much had left before that nobody may take anything.
            Err(Error::OutflowLimitReached) if before.0 == 0 || before.1 == 0 => return Ok(done),
            Err(error) => panic!("who came in is not let out: {error:?}"),
        }
    }
    let after = rooms(model, asset)?;
    // Rounding leaves a few units with the lenders.
    assert!(
        after.0.saturating_add(8) >= before.0 && after.1.saturating_add(8) >= before.1,
        "money that came and went has shrunk the room: {before:?} {after:?}"
    );
    Ok(done)
}

impl World {
    /// What must hold of balances, limits and people.
    pub(crate) fn check_balances(&self) -> Result<(), String> {
        self.check_lenders()?;
        self.check_interest()?;
        self.check_people()
    }

    /// Whoever may withdraw something now may still do so after somebody has come and gone; and who has
    /// lent so little that it is worth nothing can give it up.
    fn check_lenders(&self) -> Result<(), String> {
        for (who, account) in &self.model.accounts {
            for held in account.positions.iter().filter(|held| held.supply_shares != 0) {
                let asset = held.asset;
                let withdraws = |model: &Model, assets| {
                    let actions = vec![Action::Withdraw { asset, assets }];
                    model.clone().apply(*who, &Call::Act { on_behalf_of: None, actions }).map(drop)
                };
                let reserve = &self.model.reserves[usize::from(asset)];
                let pot = reserve.balances.supplied().map_err(|error| format!("{error:?}"))?;
                let worth = to_assets_down(held.supply_shares, pot)
                    .map_err(|error| format!("{error:?}"))?;
                if worth == 0 {
                    withdraws(&self.model, ALL)
                        .map_err(|error| format!("dust can't be given up: {error:?}"))?;
                }
                // Rarely: it costs much.
                if self.model.now_ms / 1_000 % 16 != u64::from(who[0]) % 16 {
                    continue;
                }
                let some = (worth / 3).max(1);
                if withdraws(&self.model, some).is_err() {
                    continue;
                }
                // Kept in the last time, they would go with more than they bring now.
                if self.model.account(&PASSER_BY).position(asset).supply_shares != 0 {
                    continue;
                }
                let mut other = self.model.clone();
                let kind = (self.model.now_ms / 7) as u8;
                if come_and_go(&mut other, kind, asset).is_ok() {
                    withdraws(&other, some).map_err(|error| {
                        format!("what fitted fits no more after a round trip: {error:?}")
                    })?;
                }
            }
        }
        Ok(())
    }

    /// An hour of interest is the same looked at once or each minute, to a unit; what is kept of a unit
    /// is less than one.
    fn check_interest(&self) -> Result<(), String> {
        let words = |error: Error| format!("{error:?}");
        for reserve in &self.model.reserves {
            let mut once = reserve.clone();
            once.accrue(self.model.now_ms).map_err(words)?;
            let (balances, mut often) = (once.balances, once.clone());
            // What a part is due of a whole unit may have to wait for the next interest.
            let rests = balances.fee_rest_ray.max(balances.premium_rest_ray);
            if balances.interest_rest_ray >= RAY || rests >= 2 * RAY {
                return Err(format!("a rest of a whole unit: {balances:?}"));
            }
            check_premium(&once, self.model.now_ms).map_err(words)??;
            // Rarely: it costs much.
            if self.model.now_ms / 1_000 % 64 != u64::from(reserve.config.token[0]) {
                continue;
            }
            for minute in 1..=60 {
                often.accrue(self.model.now_ms + minute * 60_000).map_err(words)?;
            }
            once.accrue(self.model.now_ms + 60 * 60_000).map_err(words)?;
            let interest = once.balances.borrowed - balances.borrowed;
            let apart = once.balances.borrowed.abs_diff(often.balances.borrowed);
            // The rate moves with what is owed, by a little.
            if apart > 2 + interest / 500 {
                return Err(format!("interest {interest} is {apart} off when looked at often"));
            }
        }
        Ok(())
    }

    /// What people hold up is one episode, for no longer than it may last.
    fn check_people(&self) -> Result<(), String> {
        let (episode, now_ms) = (self.model.root.episode, self.model.now_ms);
        let longest_ms = self.model.root.params.breaker.guardian_max_ms;
        let own = self.model.reserves.iter().map(|reserve| reserve.balances.breaker.guard);
        for guard in own.chain([self.model.root.guard]) {
            let up = guard.level(now_ms) != Level::Normal;
            if up && (guard.until_ms > episode.until_ms || guard.from_ms < episode.from_ms) {
                return Err(format!("{guard:?} is outside of {episode:?}"));
            }
        }
        if episode.until_ms.saturating_sub(episode.from_ms) > longest_ms {
            return Err(format!("people hold levels for too long: {episode:?}"));
        }
        Ok(())
    }
}

/// Of an hour's interest a backstop gets no more than its rate on its size, nor than its part of it, but for
/// what was kept for it before; and nothing where nobody has a stake.
fn check_premium(reserve: &Reserve, now_ms: u64) -> Result<Result<(), String>, Error> {
    let mut later = reserve.clone();
    later.accrue(now_ms + HOUR_MS)?;
    let (was, is) = (&reserve.balances, &later.balances);
    let shares = is.backstop_shares - was.backstop_shares;
    let paid = to_assets_down(shares, is.supplied()?)?;
    let kept = was.premium_rest_ray / RAY + 2;
    let interest = is.borrowed - was.borrowed;
    let premium = &reserve.config.backstop.premium;
    let part = interest * u128::from(premium.interest_share_bps) / BPS;
    let size = reserve.backstop_assets_down()? + reserve.vault.tied()?;
    let yearly = size / BPS * u128::from(premium.empty_bps);
    let due = yearly / u128::from(YEAR_MS / HOUR_MS) + size / 1_000_000_000;
    let most = if reserve.vault.shares == 0 { 0 } else { part.min(due) + kept };
    if paid > most {
        return Ok(Err(format!("a premium of {paid}, {most} of {interest} at most: {reserve:?}")));
    }
    Ok(Ok(()))
}
