//! What else ends or moves an auction on: the backstop, a cure, a write-off.

use super::{value_of, Deed, Plan};
use crate::views::Picture;
use breakwater_chain::AccountId;
use breakwater_protocol::{
    actions::{backstop_fill, recognise},
    Account, AssetId, Pool, Sheet,
};

/// What to do about auctions that nothing is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    pub us: AccountId,
    pub fills: bool,
    pub cures: bool,
    pub write_offs: bool,
    /// Fills also of auctions that are not ours.
    pub for_the_market: bool,
}

/// Cures, write-offs and fills by the backstop that the market would accept now, each assuming those
/// before it are done. A fill's gain is the starter's reward where the auction is ours.
pub fn closings(
    picture: &mut Picture,
    accounts: impl IntoIterator<Item = (AccountId, Account)>,
    closing: &Closing,
) -> Vec<Plan> {
    let mut plans = Vec::new();
    for (who, account) in accounts {
        let Ok(sheet) = picture.sheet(account) else { continue };
        let plan = if closing.cures && is_cured(&sheet) {
            Some(Plan::new(Deed::Cure(who), 0))
        } else if closing.write_offs && recognise(&mut sheet.clone()).is_ok() {
            Some(Plan::upkeep(Deed::RecogniseBadDebt(who)))
        } else if closing.fills {
            purchase(picture, &sheet, closing.us, closing.for_the_market).map(|bought| {
                let Purchase { collateral, debt, gain_wad } = bought;
                let deed = Deed::BackstopFill { account: who, collateral, debt };
                Plan { is_upkeep: closing.for_the_market, ..Plan::new(deed, gain_wad) }
            })
        } else {
            None
        };
        plans.extend(plan);
    }
    plans
}

/// Whether the account is healthy again, at prices that are good enough to say so.
fn is_cured(sheet: &Sheet) -> bool {
    let mut sheet = sheet.clone();
    sheet.cure().is_some()
}

/// What the backstop would buy, and what the starter's reward brings us, wad dollars.
pub(super) struct Purchase {
    pub collateral: AssetId,
    pub debt: AssetId,
    pub gain_wad: u128,
}

/// The first pair of an account in auction of which the backstop buys, which is kept in the picture;
/// of an auction that is not ours only `for_the_market`.
pub(super) fn purchase(
    picture: &mut Picture,
    sheet: &Sheet,
    us: AccountId,
    for_the_market: bool,
) -> Option<Purchase> {
    let pairs: Vec<(AssetId, AssetId)> = sheet
        .account
        .collaterals()
        .flat_map(|lot| sheet.account.debts().map(|owed| (lot.asset, owed.asset)))
        .collect();
    for (collateral, debt) in pairs {
        let mut after = sheet.clone();
        let mut pool: Pool = picture.settings.pools.get(&debt).cloned()?;
        let Ok(done) = backstop_fill(&mut after, &mut pool, collateral, debt) else { continue };
        let is_ours = done.reward_to == Some(us);
        if !is_ours && !for_the_market {
            return None;
        }
        picture.keep(&after);
        picture.settings.pools.insert(debt, pool);
        let reward = if is_ours { done.fill.reward } else { 0 };
        let gain_wad = sheet.line(collateral).and_then(|line| value_of(line, reward)).unwrap_or(0);
        return Some(Purchase { collateral, debt, gain_wad });
    }
    None
}
