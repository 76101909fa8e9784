//! Starting auctions, as many in a transaction as it has room for.

use super::{
    buying::Terms,
    fill,
    take::{largest_take, pairs},
    value_of, Buying, Phase, Strategy, StrategyKind,
};
use crate::{
    action::{Action, Proposal, Worth},
    index::AccountIndex,
    snapshot::MarketSnapshot,
};
use breakwater_chain::AccountId;
use breakwater_protocol::{
    actions::{buy_tail, start_liquidation},
    auction::{fill, terms},
    gradual::{price::PICO_PER_BPS, Meter},
    num::math::mul_div_down,
    Account, AccountSnapshot, Error,
};

/// Starts what the market lets us start now, the lowest health first. The gain is that of what follows: the
/// starter's reward, for what the backstop buys at once and as if somebody took now all that may be taken;
/// and our own take.
///
/// An account that can't cover its debt any more is sold without a fee, so nobody is rewarded for it: its
/// start is worth what our take brings once the price is high enough. Others see that too, so of the most
/// that it can bring a part counts, at least the least profit of a take. What our money does not reach
/// counts nothing. If the backstop buys the account whole at once there is nothing to take: that is done for
/// the market, by keepers that are told to.
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
    /// Which part of what a take can bring counts, in basis points.
    pub win_bps: u16,
}

impl Strategy for Start {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Start
    }

    fn phase(&self) -> Phase {
        Phase::Starts
    }

    fn propose(&self, on: &mut MarketSnapshot, accounts: &AccountIndex) -> Vec<Proposal> {
        let mut takes = self.buying.as_ref().map(|buying| buying.at_best(on));
        let mut account_snapshot = on.whole_sheet();
        let (mut chosen, mut others) = (Items::default(), Items::default());
        for one in on.unhealthy.iter().filter(|one| on.is_free(&one.account)) {
            if chosen.accounts.len().saturating_add(others.accounts.len()) >= self.most {
                break;
            }
            let positions = accounts.positions(&one.account);
            account_snapshot.account = Account { positions, ..Account::default() };
            let Some(worth_wad) = self.worth_of_wad(on, &mut account_snapshot, takes.as_mut())
            else {
                continue;
            };
            let pays = worth_wad >= self.least_wad && (worth_wad != 0 || !self.for_the_market);
            if pays {
                chosen.add(one.account, worth_wad);
            } else if self.for_the_market {
                others.add(one.account, worth_wad);
            }
        }
        let both = [(chosen, self.for_the_market), (others, true)].into_iter();
        let both = both.filter(|(items, _)| !items.accounts.is_empty());
        both.map(|(items, is_upkeep)| items.proposal(is_upkeep)).collect()
    }
}

/// Accounts to be started, and what each is worth.
#[derive(Default)]
struct Items {
    accounts: Vec<AccountId>,
    each: Vec<Worth>,
}

impl Items {
    fn add(&mut self, account: AccountId, gain_wad: u128) {
        self.accounts.push(account);
        self.each.push(Worth { gain_wad, spends: None });
    }

    fn proposal(self, is_upkeep: bool) -> Proposal {
        Proposal { is_upkeep, ..Proposal::of_items(Action::Start(self.accounts), self.each) }
    }
}

impl Start {
    /// What a start of an account is worth to us by what follows it, wad dollars; nothing where the market
    /// does not start it.
    pub(super) fn worth_wad(&self, on: &MarketSnapshot, mut account: AccountSnapshot) -> u128 {
        let mut takes = self.buying.as_ref().map(|buying| buying.at_best(on));
        self.worth_of_wad(on, &mut account, takes.as_mut()).unwrap_or(0)
    }

    /// The same; the account is as it is after its start, and what our take would spend is off the terms.
    /// None where the market does not start it.
    fn worth_of_wad(
        &self,
        on: &MarketSnapshot,
        account: &mut AccountSnapshot,
        takes: Option<&mut Terms>,
    ) -> Option<u128> {
        let pool_may_buy = start_liquidation(account, on.us, 0).ok()?;
        let bought = if pool_may_buy { buy_tail(account).ok().flatten() } else { None };
        let at_once_wad = bought.map_or(Ok(0), |bought| fill::reward_wad(account, on.us, &bought));
        let later_wad = reward_wad(account).unwrap_or(0);
        let rewards_wad = at_once_wad.unwrap_or(0).saturating_add(later_wad);
        Some(rewards_wad.saturating_add(self.take_wad(account, takes)))
    }

    /// What our take from an account that was just started can be counted on to bring, wad dollars. Its money
    /// is taken off the terms.
    fn take_wad(&self, account_snapshot: &AccountSnapshot, takes: Option<&mut Terms>) -> u128 {
        let Some(takes) = takes.filter(|_| account_snapshot.account.auction.is_some()) else {
            return 0;
        };
        let Some(best) = largest_take(&ripe(account_snapshot), takes) else { return 0 };
        if let Some(left) = takes.inventory.spendable.get_mut(&best.order.debt) {
            *left = left.saturating_sub(best.repaid);
        }
        let part_wad = mul_div_down(best.gain_wad, self.win_bps.into(), 10_000).unwrap_or(0);
        part_wad.max(takes.least_wad)
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
