//! Starting an auction and having the backstop buy of it in one transaction, so that nobody is quicker
//! (`docs/results.md`: nothing damps more).

use super::{
    fill::{purchase, Purchase},
    Phase, Strategy, StrategyKind,
};
use crate::{
    action::{Action, Proposal},
    index::AccountIndex,
    snapshot::MarketSnapshot,
};
use breakwater_chain::AccountId;
use breakwater_protocol::{actions::start_liquidation, Account};

/// Most accounts in a transaction that starts and fills: one that fails undoes the others.
const MOST_FILLED_AT_ONCE: usize = 8;

/// Starts the unhealthy of whom the backstop buys as soon as they are started.
#[derive(Clone, Copy, Debug)]
pub struct StartAndFill {
    /// Most accounts in a block.
    pub most: usize,
}

impl Strategy for StartAndFill {
    fn kind(&self) -> StrategyKind {
        StrategyKind::StartAndFill
    }

    fn phase(&self) -> Phase {
        Phase::Starts
    }

    fn propose(&self, on: &mut MarketSnapshot, accounts: &AccountIndex) -> Vec<Proposal> {
        if on.settings.pools.values().all(|pool| pool.shares == 0) {
            return Vec::new();
        }
        let mut bought: Vec<(AccountId, Purchase)> = Vec::new();
        for one in on.unhealthy.clone() {
            if bought.len() >= self.most {
                break;
            }
            let is_off = on.pending.only_started.contains(&one.account);
            if is_off || !on.is_free(&one.account) {
                continue;
            }
            let positions = accounts.positions(&one.account).to_vec();
            let account = Account { positions, ..Account::default() };
            bought.extend(bought_at_once(on, account).map(|purchase| (one.account, purchase)));
        }
        let together = bought.chunks(MOST_FILLED_AT_ONCE).map(|some| {
            let gains = some.iter().map(|(_, bought)| bought.gain_wad);
            let fills = some.iter().map(|(who, bought)| (*who, bought.collateral, bought.debt));
            let gain_wad = gains.fold(0, u128::saturating_add);
            Proposal::new(Action::StartAndFill(fills.collect()), gain_wad)
        });
        together.collect()
    }
}

/// What the backstop would buy as soon as we have started an account's auction.
fn bought_at_once(on: &mut MarketSnapshot, account: Account) -> Option<Purchase> {
    let mut sheet = on.sheet(account).ok()?;
    start_liquidation(&mut sheet, on.us, 0).ok()?;
    purchase(on, &sheet, false)
}
