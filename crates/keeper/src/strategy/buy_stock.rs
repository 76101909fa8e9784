//! Buying what backstops have bought: the market sells it to whoever calls (§ G6).

use super::{
    buying::{spending, Buying, Moved, Terms, Way},
    venue::Venues,
    Phase, Strategy, StrategyKind,
};
use crate::{
    action::{Action, ActionKind, Proposal},
    index::AccountIndex,
    snapshot::{MarketSnapshot, Question},
};
use breakwater_protocol::{actions::buy_stock, AccountSnapshot, AssetId, Error, Order};
use std::collections::BTreeMap;

/// Buys of the backstops' stock what is profitable, on the same terms as takes, which come first: what
/// they leave of an asset's room, and of our money, is shared.
#[derive(Clone, Debug)]
pub struct BuyStock(pub Buying);

impl Strategy for BuyStock {
    fn kind(&self) -> StrategyKind {
        StrategyKind::BuyStock
    }

    fn phase(&self) -> Phase {
        Phase::Auctions
    }

    fn waits_for(&self) -> &'static [ActionKind] {
        &[ActionKind::BuyStock, ActionKind::BuyStockAndSell]
    }

    fn questions(&self, on: &MarketSnapshot) -> Vec<Question> {
        if stocks(on).is_empty() {
            Vec::new()
        } else {
            self.0.questions(on)
        }
    }

    fn propose(&self, on: &mut MarketSnapshot, _: &AccountIndex) -> Vec<Proposal> {
        let (mut terms, mut venues) = self.0.now(on);
        purchases(on, &mut venues, &mut terms)
    }
}

/// Stock of all backstops: the collateral, and the debt asset whose backstop has it.
fn stocks(on: &MarketSnapshot) -> Vec<(AssetId, AssetId)> {
    let of = |debt, stocks: &[breakwater_protocol::gradual::Stock]| -> Vec<_> {
        stocks.iter().map(|stock| (stock.asset, debt)).collect()
    };
    on.reserves.iter().flat_map(|priced| of(priced.asset, &priced.reserve.vault.stocks)).collect()
}

/// Purchases worth doing now, each assuming those before it are done.
pub(super) fn purchases(
    on: &mut MarketSnapshot,
    venues: &mut Venues,
    terms: &mut Terms,
) -> Vec<Proposal> {
    let mut proposals = Vec::new();
    for pair in stocks(on) {
        let Ok(account_snapshot) = on.account_snapshot_of(&[pair.0, pair.1]) else { continue };
        let best = terms.best(pair, venues, |max_pay| bought(&account_snapshot, pair, max_pay));
        let Some(best) = best else { continue };
        on.keep(&best.after);
        let order = best.order;
        proposals.extend(match best.way {
            Way::Sell => terms.sell(on, venues, &best).map(|deal| {
                let (taker, pool, min_profit) = (deal.taker, deal.pool, deal.min_profit);
                let action = Action::BuyStockAndSell { order, taker, pool, min_profit };
                Proposal::new(action, best.gain_wad)
            }),
            Way::Hold => {
                let spent = terms.spend(on, &best);
                let proposal = Proposal::new(Action::BuyStock(order), best.gain_wad);
                Some(spending(proposal, BTreeMap::from([spent])))
            }
        });
    }
    proposals
}

/// What a purchase for at most `max_pay` does.
fn bought(
    account_snapshot: &AccountSnapshot,
    (collateral, debt): (AssetId, AssetId),
    max_pay: u128,
) -> Result<Moved, Error> {
    let mut after = account_snapshot.clone();
    let order = Order { collateral, debt, max_repay: max_pay, min_receive: 0 };
    let sold = buy_stock(&mut after, &order)?;
    let (repaid, received) = (sold.paid, sold.received);
    Ok(Moved { repaid, received, paid_out: received, after })
}
