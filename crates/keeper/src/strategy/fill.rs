//! Having the backstop buy from auctions.

use super::{value_of, Phase, Strategy, StrategyKind};
use crate::{
    action::{Action, Proposal},
    index::AccountIndex,
    snapshot::MarketSnapshot,
};
use breakwater_protocol::{actions::backstop_fill, AssetId, Pool, Sheet};

/// Calls the backstop as soon as it buys. The gain is the starter's reward where the auction is ours.
#[derive(Clone, Copy, Debug)]
pub struct Fill {
    /// Also of auctions that are not ours.
    pub for_the_market: bool,
}

impl Strategy for Fill {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Fill
    }

    fn phase(&self) -> Phase {
        Phase::Auctions
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let mut proposals = Vec::new();
        for (account, cell) in on.free_auctions() {
            let Ok(sheet) = on.sheet(cell) else { continue };
            let Some(bought) = purchase(on, &sheet, self.for_the_market) else { continue };
            let Purchase { collateral, debt, gain_wad } = bought;
            let action = Action::BackstopFill { account, collateral, debt };
            let proposal = Proposal::new(action, gain_wad);
            proposals.push(Proposal { is_upkeep: self.for_the_market, ..proposal });
        }
        proposals
    }
}

/// What the backstop would buy, and what the starter's reward brings us, wad dollars.
pub(super) struct Purchase {
    pub collateral: AssetId,
    pub debt: AssetId,
    pub gain_wad: u128,
}

/// The first pair of an account in auction of which the backstop buys, which is kept in the snapshot;
/// of an auction that is not ours only `for_the_market`.
pub(super) fn purchase(
    on: &mut MarketSnapshot,
    sheet: &Sheet,
    for_the_market: bool,
) -> Option<Purchase> {
    let pairs: Vec<(AssetId, AssetId)> = sheet
        .account
        .collaterals()
        .flat_map(|lot| sheet.account.debts().map(|owed| (lot.asset, owed.asset)))
        .collect();
    for (collateral, debt) in pairs {
        let mut after = sheet.clone();
        let mut pool: Pool = on.settings.pools.get(&debt).cloned()?;
        let Ok(done) = backstop_fill(&mut after, &mut pool, collateral, debt) else { continue };
        let is_ours = done.reward_to == Some(on.us);
        if !is_ours && !for_the_market {
            return None;
        }
        on.keep(&after);
        on.settings.pools.insert(debt, pool);
        let reward = if is_ours { done.fill.reward } else { 0 };
        let gain_wad = sheet.line(collateral).and_then(|line| value_of(line, reward)).unwrap_or(0);
        return Some(Purchase { collateral, debt, gain_wad });
    }
    None
}
