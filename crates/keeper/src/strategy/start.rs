//! Starting auctions, as many in a transaction as it has room for.

use super::{
    fill,
    take::{is_worth_taking, pairs},
    value_of, Buying, Phase, Strategy, StrategyKind,
};
use crate::{
    action::{Action, Proposal},
    index::AccountIndex,
    snapshot::MarketSnapshot,
};
use breakwater_protocol::{
    actions::{buy_tail, start_liquidation},
    auction::{fill, terms},
    gradual::{price::PICO_PER_BPS, Meter},
    Account, AccountSnapshot, Error,
};

/// Starts what the market lets us start now, the lowest health first. The gain is the starter's reward:
/// for what the backstop buys at once, and what it would be if somebody took now all that may be taken.
///
/// An account that can't cover its debt any more is sold without a fee, so nobody is rewarded for it. If
/// we would take from it once the price is high enough, it is worth to us the least profit of a take:
/// with more than that others are quicker.
#[derive(Clone, Debug)]
pub struct Start {
    /// Most accounts in a block.
    pub most: usize,
    /// Least worth of each as far as can be told, wad dollars.
    pub least_wad: u128,
    /// Also those that are worth less, for the market's sake.
    pub for_the_market: bool,
    /// Our terms of takes, if we take.
    pub buying: Option<Buying>,
}

impl Strategy for Start {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Start
    }

    fn phase(&self) -> Phase {
        Phase::Starts
    }

    fn propose(&self, on: &mut MarketSnapshot, accounts: &AccountIndex) -> Vec<Proposal> {
        let takes = self.buying.as_ref().map(|buying| buying.at_best(on));
        let mut account_snapshot = on.whole_sheet();
        let (mut chosen, mut gain_wad, mut others) = (Vec::new(), 0u128, Vec::new());
        for one in on.unhealthy.iter().filter(|one| on.is_free(&one.account)) {
            if chosen.len().saturating_add(others.len()) >= self.most {
                break;
            }
            let positions = accounts.positions(&one.account).to_vec();
            account_snapshot.account = Account { positions, ..Account::default() };
            let Ok(pool_may_buy) = start_liquidation(&mut account_snapshot, on.us, 0) else {
                continue;
            };
            let bought =
                if pool_may_buy { buy_tail(&mut account_snapshot).ok().flatten() } else { None };
            let at_once_wad =
                bought.map_or(Ok(0), |bought| fill::reward_wad(&account_snapshot, on.us, &bought));
            let later_wad = reward_wad(&account_snapshot).unwrap_or(0);
            let mut worth_wad = at_once_wad.unwrap_or(0).saturating_add(later_wad);
            let is_poor = worth_wad == 0 || worth_wad < self.least_wad;
            if let Some(takes) =
                takes.as_ref().filter(|_| is_poor && account_snapshot.account.auction.is_some())
            {
                if is_worth_taking(&ripe(&account_snapshot), takes) {
                    worth_wad = worth_wad.saturating_add(takes.least_wad);
                }
            }
            let pays = worth_wad >= self.least_wad && (worth_wad != 0 || !self.for_the_market);
            if pays {
                gain_wad = gain_wad.saturating_add(worth_wad);
                chosen.push(one.account);
            } else if self.for_the_market {
                others.push(one.account);
            }
        }
        let paying = Proposal::new(Action::Start(chosen), gain_wad);
        let upkeep = Proposal::upkeep(Action::Start(others));
        let both = [paying, upkeep].into_iter();
        both.filter(|proposal| !proposal.action.accounts().is_empty()).collect()
    }
}

/// The starter's reward if somebody took now the most that may be taken of a pair, as if there was room
/// for all of it: what has none now will have it later. The best of all pairs, wad dollars. As the price
/// rises it is no less, for the fee does not fall unless the health bound is near.
fn reward_wad(account_snapshot: &AccountSnapshot) -> Result<u128, Error> {
    let health = account_snapshot.health()?;
    let mut best = Err(Error::NoDebt);
    for (collateral, debt) in pairs(account_snapshot) {
        let Ok(mut terms) = terms(account_snapshot, &health, collateral, debt) else { continue };
        terms.max_sale = u128::MAX;
        let filled = fill(account_snapshot, &terms, collateral, debt, u128::MAX);
        let worth =
            filled.and_then(|fill| value_of(account_snapshot.priced(collateral)?, fill.reward));
        if let Ok(worth) = worth {
            best = Ok(best.map_or(worth, |best: u128| best.max(worth)));
        }
    }
    best
}

/// An account in auction as it will be offered if nobody takes from it: at the highest bonus, with room.
fn ripe(account_snapshot: &AccountSnapshot) -> AccountSnapshot {
    let mut ripe = account_snapshot.clone();
    if let Some(auction) = ripe.account.auction.as_mut() {
        auction.started_ms = 0;
    }
    for priced in &mut ripe.reserves {
        let gradual = &mut priced.reserve.balances.gradual;
        let highest_bps = i64::from(priced.reserve.config.auction.max_bonus_bps);
        gradual.common.bonus_pico = highest_bps.saturating_mul(PICO_PER_BPS);
        (gradual.meter, gradual.halted_until_ms) = (Meter::default(), 0);
        if let Some(price) = priced.price.as_mut() {
            price.good_since_ms = 0;
        }
    }
    ripe
}
