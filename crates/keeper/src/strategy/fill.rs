//! Having the backstop buy of accounts in auction.

use super::{take::pairs, value_of, Phase, Strategy, StrategyKind};
use crate::{
    action::{Action, Proposal},
    index::AccountIndex,
    snapshot::MarketSnapshot,
};
use breakwater_protocol::{
    actions::{backstop_fill, Bought},
    AccountSnapshot, AssetId, Error,
};

/// Calls the backstop for accounts that have come near insolvency in auction: it buys by itself when they
/// are started or taken from, and nobody else touches them. The gain is the starter's reward where the
/// auction is ours.
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
            let Ok(account_snapshot) = on.account_snapshot(cell) else { continue };
            let Some((bought, after)) = purchase(&account_snapshot) else { continue };
            let gain_wad = reward_wad(&after, on.us, &bought).unwrap_or(0);
            if gain_wad == 0 && !self.for_the_market {
                continue;
            }
            on.keep(&after);
            let Bought { collateral, debt, .. } = bought;
            let action = Action::BackstopFill { account, collateral, debt };
            let proposal = Proposal::new(action, gain_wad);
            proposals.push(Proposal { is_upkeep: self.for_the_market, ..proposal });
        }
        proposals
    }
}

/// What the backstop would buy of an account in auction, of the first pair that it buys of; and what is
/// so after it. Not what ends nothing and is less than the minimum debt: a backstop that has spent all
/// gets some units of interest with every block.
fn purchase(account_snapshot: &AccountSnapshot) -> Option<(Bought, AccountSnapshot)> {
    let pairs = pairs(account_snapshot);
    let (bought, after) =
        pairs.into_iter().find_map(|(collateral, debt): (AssetId, AssetId)| {
            let mut after = account_snapshot.clone();
            let bought = backstop_fill(&mut after, collateral, debt).ok()?;
            Some((bought, after))
        })?;
    let least = after.priced(bought.debt).ok()?.reserve.config.min_debt;
    let taken = &bought.taken;
    (taken.ended.is_some() || taken.fill.repaid >= least).then_some((bought, after))
}

/// What the reward for a purchase of a backstop brings us, wad dollars: nothing where it is another's.
///
/// # Errors
/// [`Error::UnknownAsset`], those of prices.
pub(super) fn reward_wad(
    account_snapshot: &AccountSnapshot,
    us: breakwater_chain::AccountId,
    bought: &Bought,
) -> Result<u128, Error> {
    if bought.taken.reward_to != Some(us) {
        return Ok(0);
    }
    value_of(account_snapshot.priced(bought.collateral)?, bought.taken.fill.reward)
}
