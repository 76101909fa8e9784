//! Starting auctions, as many in a transaction as it has room for.

use super::{value_of, Phase, Strategy, StrategyKind};
use crate::{
    action::{Action, Proposal},
    index::AccountIndex,
    snapshot::MarketSnapshot,
};
use breakwater_protocol::{
    actions::start_liquidation,
    auction::{fill, terms},
    Account, Error, Sheet,
};

/// Starts what the market lets us start now, the lowest health first. The gain is the starter's reward
/// if somebody took now all that may be taken.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    /// Most accounts in a block.
    pub most: usize,
    /// Least reward of each as far as can be told, wad dollars.
    pub least_wad: u128,
}

impl Strategy for Start {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Start
    }

    fn phase(&self) -> Phase {
        Phase::Starts
    }

    fn propose(&self, on: &mut MarketSnapshot, accounts: &AccountIndex) -> Vec<Proposal> {
        let mut sheet = on.whole_sheet();
        let (mut chosen, mut gain_wad) = (Vec::new(), 0u128);
        for one in on.unhealthy.iter().filter(|one| on.is_free(&one.account)) {
            if chosen.len() >= self.most {
                break;
            }
            let positions = accounts.positions(&one.account).to_vec();
            sheet.account = Account { positions, ..Account::default() };
            if start_liquidation(&mut sheet, on.us, 0).is_err() {
                continue;
            }
            // What can't be told now, such as with the velocity limit reached, may be worth it later.
            let reward_wad = reward_wad(&sheet).unwrap_or(self.least_wad);
            if reward_wad < self.least_wad {
                continue;
            }
            gain_wad = gain_wad.saturating_add(reward_wad);
            chosen.push(one.account);
        }
        if chosen.is_empty() {
            return Vec::new();
        }
        vec![Proposal::new(Action::Start(chosen), gain_wad)]
    }
}

/// The starter's reward if somebody took the most valuable collateral's most now, wad dollars: at the
/// end of the auction it is no less, for the fee does not fall.
fn reward_wad(sheet: &Sheet) -> Result<u128, Error> {
    let health = sheet.health()?;
    let mut best = Err(Error::NoDebt);
    for lot in sheet.account.collaterals() {
        for owed in sheet.account.debts() {
            let Ok(terms) = terms(sheet, &health, lot.asset, owed.asset) else { continue };
            let filled = fill(sheet, &terms, lot.asset, owed.asset, u128::MAX);
            let worth = filled.and_then(|fill| value_of(sheet.line(lot.asset)?, fill.reward));
            if let Ok(worth) = worth {
                best = Ok(best.map_or(worth, |best: u128| best.max(worth)));
            }
        }
    }
    best
}
