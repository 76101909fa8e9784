//! Rewards of those who start auctions (§ 4.5).

use crate::market::{Market, Result};
use breakwater_protocol::{math::add, Account, AssetId};
use ink::{prelude::vec::Vec, primitives::AccountId};

/// The cell of a starter's rewards.
type Earned = Vec<(AssetId, u128)>;

impl Market {
    /// Makes room for the starter's rewards in the collaterals of an account whose auction they
    /// start: who starts pays the deposit of the storage that their reward will need, once for each
    /// asset, and not who takes. Written only where a place is missing.
    #[inline(never)]
    pub(crate) fn make_room_for_rewards(&mut self, starter: AccountId, accounts: &[Account]) {
        let mut earned: Earned = self.rewards.get(starter).unwrap_or_default();
        let places = earned.len();
        for held in accounts.iter().flat_map(Account::collaterals) {
            make_place(&mut earned, held.asset);
        }
        if earned.len() != places {
            self.rewards.insert(starter, &earned);
        }
    }

    /// Adds to what a starter may claim.
    #[inline(never)]
    pub(crate) fn add_reward(
        &mut self,
        starter: AccountId,
        asset: AssetId,
        amount: u128,
    ) -> Result<()> {
        let mut earned: Earned = self.rewards.get(starter).unwrap_or_default();
        make_place(&mut earned, asset);
        for (_, sum) in earned.iter_mut().filter(|(of, _)| *of == asset) {
            *sum = add(*sum, amount)?;
        }
        self.rewards.insert(starter, &earned);
        Ok(())
    }

    /// Takes out what a starter may claim in an asset. The place stays.
    #[inline(never)]
    pub(crate) fn take_reward(&mut self, starter: AccountId, asset: AssetId) -> u128 {
        let Some(mut earned) = self.rewards.get(starter) else { return 0 };
        let place = earned.iter_mut().find(|(of, _)| *of == asset);
        let amount = place.map_or(0, |(_, sum)| core::mem::take(sum));
        if amount != 0 {
            self.rewards.insert(starter, &earned);
        }
        amount
    }

    #[inline(never)]
    pub(crate) fn view_reward(&self, account: AccountId, asset: AssetId) -> u128 {
        let earned = self.rewards.get(account).unwrap_or_default();
        earned.iter().find(|(of, _)| *of == asset).map_or(0, |(_, amount)| *amount)
    }
}

/// Makes a place for an asset where there is none.
fn make_place(earned: &mut Earned, asset: AssetId) {
    if !earned.iter().any(|(of, _)| *of == asset) {
        earned.push((asset, 0));
    }
}
