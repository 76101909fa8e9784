//! What a message has moved, against what may leave (§ 3.6, § 7.1).

use super::Outcome;
use crate::{
    breaker::{BreakerConfig, Level},
    num::math::{add, mul_div_down, BPS},
    risk::flow::FlowLimit,
    AccountSnapshot, AssetId, Error, Reserve,
};

/// What a whole message did to a reserve.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Moved {
    supplied: u128,
    repaid: u128,
    withdrawn: u128,
    borrowed: u128,
}

impl Moved {
    fn of(asset: AssetId, outcomes: &[Outcome]) -> Result<Self, Error> {
        let mut moved = Self::default();
        for outcome in outcomes {
            let (sum, of, units) = match *outcome {
                Outcome::Supplied { asset, assets, .. } => (&mut moved.supplied, asset, assets),
                Outcome::Repaid { asset, assets, .. } => (&mut moved.repaid, asset, assets),
                Outcome::Withdrawn { asset, assets, .. } => (&mut moved.withdrawn, asset, assets),
                Outcome::Borrowed { asset, assets, .. } => (&mut moved.borrowed, asset, assets),
                Outcome::CollateralDeposited { .. } | Outcome::CollateralWithdrawn { .. } => {
                    continue;
                }
            };
            if of == asset {
                *sum = add(*sum, units)?;
            }
        }
        Ok(moved)
    }

    /// What left on balance.
    fn outward(&self) -> Result<u128, Error> {
        let came = add(self.supplied, self.repaid)?;
        Ok(add(self.withdrawn, self.borrowed)?.saturating_sub(came))
    }
}

/// What the breaker lets leave in its window in Stressed and Halted: a part of what was supplied
/// before the message (§ 7.1).
///
/// What came in of late does not count as supplied, or one could bring money in to take more
/// than that out.
fn breakers_limit(
    reserve: &Reserve,
    moved: &Moved,
    outward: u128,
    config: &BreakerConfig,
) -> Result<FlowLimit, Error> {
    let recent = &reserve.balances.outflow.recent;
    let now = reserve.balances.supplied()?.assets;
    let supplied = match outward {
        0 => now.saturating_sub(recent.credit_down()),
        _ => {
            let before = add(now, moved.withdrawn)?.saturating_sub(moved.supplied);
            let spent = outward.saturating_sub(recent.left_up());
            before.saturating_sub(add(recent.credit_down(), spent)?)
        }
    };
    let capacity = mul_div_down(supplied, config.stressed_outflow_bps.into(), BPS)?;
    Ok(FlowLimit { capacity, window_ms: config.window_ms })
}

/// Judges what a message has moved: what has left on balance must fit under the reserve's limit and
/// the breaker's. A message that brings money in, or moves none on balance, is never refused here.
///
/// # Errors
/// [`Error::OutflowLimitReached`].
#[inline(never)]
pub(super) fn judge(snapshot: &mut AccountSnapshot, outcomes: &[Outcome]) -> Result<(), Error> {
    let (now_ms, config) = (snapshot.now_ms, snapshot.params.breaker);
    for place in 0..snapshot.reserves.len() {
        let Some(priced) = snapshot.reserves.get(place).filter(|priced| priced.changed) else {
            continue;
        };
        let asset = priced.asset;
        let moved = Moved::of(asset, outcomes)?;
        if moved == Moved::default() {
            continue;
        }
        let level = snapshot.level(asset)?;
        let reserve = snapshot.reserve_mut(asset)?;
        let limit = reserve.config.outflow;
        let outward = moved.outward()?;
        let breakers = breakers_limit(reserve, &moved, outward, &config)?;
        let outflow = &mut reserve.balances.outflow;
        outflow.settle(&limit, now_ms)?;
        outflow.recent_limit = breakers;
        if outward == 0 {
            continue;
        }
        outflow.own.require_within(&limit)?;
        if level >= Level::Stressed {
            outflow.recent.require_within(&breakers)?;
        }
    }
    Ok(())
}
