//! Which lots to buy, how much of them, and with whose money.

use super::{
    buying::{Best, Buying, Moved, Terms, Way},
    venue::Venues,
    Phase, Strategy, StrategyKind,
};
use crate::{
    action::{Action, Proposal, Worth},
    index::AccountIndex,
    snapshot::{MarketSnapshot, Question},
};
use breakwater_chain::AccountId;
use breakwater_protocol::{
    actions::{take, Taking},
    AccountSnapshot, AssetId, Error, Order,
};

/// Takes what is profitable: with a pool one by one, with our own money as many in a transaction as it has
/// room for.
///
/// An asset has room for so much at a time, and its price falls with each sale: takes of one block are
/// chosen one after the other, each at what those before it leave. What has no room waits.
#[derive(Clone, Debug)]
pub struct Take(pub Buying);

impl Strategy for Take {
    fn kind(&self) -> StrategyKind {
        StrategyKind::Take
    }

    fn phase(&self) -> Phase {
        Phase::Auctions
    }

    fn questions(&self, on: &MarketSnapshot) -> Vec<Question> {
        if on.has_free_auctions() {
            self.0.questions(on)
        } else {
            Vec::new()
        }
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let (mut terms, mut venues) = self.0.now(on);
        takes(on, &mut venues, &mut terms)
    }
}

/// Takes worth doing now, each assuming those before it are done: so the venues and the inventory are
/// those after them.
pub(super) fn takes(
    on: &mut MarketSnapshot,
    venues: &mut Venues,
    terms: &mut Terms,
) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    let (mut orders, mut each) = (Vec::new(), Vec::new());
    for (account, cell) in on.free_auctions() {
        let Ok(account_snapshot) = on.account_snapshot(cell) else { continue };
        let Some(best) = best_take(&account_snapshot, venues, terms) else { continue };
        on.keep(&best.after);
        match best.way {
            Way::Sell => {
                let Some(deal) = terms.sell(on, venues, &best) else { continue };
                let (order, taker, pool) = (best.order, deal.taker, deal.pool);
                let min_profit = deal.min_profit;
                let action = Action::TakeAndSell { account, order, taker, pool, min_profit };
                proposals.push(Proposal::new(action, best.gain_wad));
            }
            Way::Hold => {
                let spends = Some(terms.spend(on, &best));
                orders.push((account, best.order));
                each.push(Worth { gain_wad: best.gain_wad, spends });
            }
        }
    }
    if !orders.is_empty() {
        proposals.push(Proposal::of_items(Action::TakeMany(orders), each));
    }
    proposals
}

/// The most profitable take from an account over all pairs, ways and sizes, if any is profitable
/// enough.
pub(super) fn best_take(
    account_snapshot: &AccountSnapshot,
    venues: &Venues,
    terms: &Terms,
) -> Option<Best> {
    let takes = pairs(account_snapshot).into_iter().filter_map(|pair| {
        terms.best(pair, venues, |max_repay| taken(account_snapshot, pair, max_repay, terms.us))
    });
    takes.reduce(|best, other| best.or_better(Some(other)))
}

/// The best take from an account if all that we may spend was there and went into it, if it is worth it.
pub(super) fn largest_take(account_snapshot: &AccountSnapshot, terms: &Terms) -> Option<Best> {
    let takes = pairs(account_snapshot).into_iter().filter_map(|pair| {
        terms.most_held(pair, |most| taken(account_snapshot, pair, most, terms.us))
    });
    let best = takes.reduce(|best, other| best.or_better(Some(other)));
    best.filter(|best| best.gain_wad != 0 && best.gain_wad >= terms.least_wad)
}

/// Pairs of collateral and debt of an account.
pub(super) fn pairs(account_snapshot: &AccountSnapshot) -> Vec<(AssetId, AssetId)> {
    let debts = || account_snapshot.account.debts().map(|owed| owed.asset);
    let lots = account_snapshot.account.collaterals().map(|lot| lot.asset);
    lots.flat_map(|lot| debts().map(move |owed| (lot, owed))).collect()
}

/// What a take of at most `max_repay` does. Where the backstop buys first and leaves nothing, there is
/// nothing to take: its purchase is another strategy's.
fn taken(
    account_snapshot: &AccountSnapshot,
    (collateral, debt): (AssetId, AssetId),
    max_repay: u128,
    us: AccountId,
) -> Result<Moved, Error> {
    let mut after = account_snapshot.clone();
    let order = Order { collateral, debt, max_repay, min_receive: 0 };
    let Taking { taken, .. } = take(&mut after, us, &order)?;
    let taken = taken.ok_or(Error::Healthy)?;
    let (repaid, received, paid_out) = (taken.fill.repaid, taken.fill.received, taken.paid_out);
    Ok(Moved { repaid, received, paid_out, after })
}
