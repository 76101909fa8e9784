//! Rewards of those who start auctions (§ 4.5).

use super::{payable, Payment, Store};
use crate::{actions::Taken, num::math::add, AccountId, AssetId, Error};
use alloc::vec::Vec;

/// A starter's rewards, in units of the assets.
type Earned = Vec<(AssetId, u128)>;

/// Makes room for the starter's rewards in the collaterals of accounts whose auctions they start: who
/// starts pays the deposit of the storage that their reward will need, once for each asset, and not who
/// takes. Written only where a place is missing.
#[inline(never)]
pub(super) fn make_room<S: Store>(store: &mut S, starter: &AccountId, lots: &[AssetId]) {
    let mut earned: Earned = store.rewards(starter);
    let places = earned.len();
    for asset in lots {
        make_place(&mut earned, *asset);
    }
    if earned.len() != places {
        store.put_rewards(starter, &earned);
    }
}

/// What sales have earned the starters of their auctions, to be stored at the end of the message: each
/// starter's cell is read and written once.
#[derive(Default)]
pub(super) struct Earnings(Vec<(AccountId, Earned)>);

impl Earnings {
    /// Adds what a sale has earned the auction's starter, where that is not the taker.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    #[inline(never)]
    pub fn note<S: Store>(
        &mut self,
        store: &S,
        collateral: AssetId,
        done: &Taken,
    ) -> Result<(), Error> {
        let Some(starter) = &done.reward_to else { return Ok(()) };
        match self.0.iter_mut().find(|(of, _)| of == starter) {
            Some((_, earned)) => add_to(earned, collateral, done.fill.reward),
            None => {
                let mut earned = store.rewards(starter);
                add_to(&mut earned, collateral, done.fill.reward)?;
                self.0.push((*starter, earned));
                Ok(())
            }
        }
    }

    /// Stores them.
    pub fn keep<S: Store>(self, store: &mut S) {
        for (starter, earned) in &self.0 {
            store.put_rewards(starter, earned);
        }
    }
}

fn add_to(earned: &mut Earned, collateral: AssetId, reward: u128) -> Result<(), Error> {
    make_place(earned, collateral);
    for (_, sum) in earned.iter_mut().filter(|(of, _)| *of == collateral) {
        *sum = add(*sum, reward)?;
    }
    Ok(())
}

/// Pays out the caller's rewards in an asset to the receiver. The place stays.
///
/// # Errors
/// [`Error::BadReceiver`], [`Error::UnknownAsset`], [`Error::NoReward`].
#[inline(never)]
pub fn claim_reward<S: Store>(
    store: &mut S,
    caller: &AccountId,
    asset: AssetId,
    receiver: Option<AccountId>,
) -> Result<super::Paid, Error> {
    let receiver = payable(store, caller, receiver)?;
    let mut reserve = store.reserve(asset).ok_or(Error::UnknownAsset)?;
    let mut earned: Earned = store.rewards(caller);
    let place = earned.iter_mut().find(|(of, _)| *of == asset);
    let owed = place.map_or(0, |(_, sum)| core::mem::take(sum));
    let amount = reserve.pay_reward(owed)?;
    store.put_rewards(caller, &earned);
    store.put_reserve(asset, &reserve);
    let payment = Payment { asset, token: reserve.config.token, paid_in: 0, paid_out: amount };
    Ok(super::Paid { receiver, payment, shares: 0, transitions: Vec::new() })
}

/// What a starter may claim in an asset, in units.
pub fn reward<S: Store>(store: &S, starter: &AccountId, asset: AssetId) -> u128 {
    let earned = store.rewards(starter);
    earned.iter().find(|(of, _)| *of == asset).map_or(0, |(_, amount)| *amount)
}

/// Makes a place for an asset where there is none.
fn make_place(earned: &mut Earned, asset: AssetId) {
    if !earned.iter().any(|(of, _)| *of == asset) {
        earned.push((asset, 0));
    }
}
