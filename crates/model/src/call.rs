//! The market's messages on a [`Model`].

use crate::Model;
use breakwater_protocol::{
    actions::{self, Action, Outcome, Taken},
    AccountId, AssetId, Error, ReserveConfig,
};

/// A message to the market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// Any of the user's messages, or a batch; for another account only what others may do.
    Act {
        on_behalf_of: Option<AccountId>,
        actions: Vec<Action>,
    },
    Liquidate(AccountId),
    Take {
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
        max_repay: u128,
        min_receive: u128,
    },
    Cure(AccountId),
    /// Of the caller's rewards as starter of auctions, those in an asset.
    ClaimReward(AssetId),
    /// The owner's.
    Configure(AssetId, Box<ReserveConfig>),
}

/// What a message did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    Acted { outcomes: Vec<Outcome>, cured: bool },
    Started,
    Taken(Box<Taken>),
    Cured,
    Claimed(u128),
    Configured,
}

impl Model {
    /// Does what the market would at this time. On an error nothing has changed.
    ///
    /// # Errors
    /// Those of the market's message.
    pub fn apply(&mut self, caller: AccountId, call: &Call) -> Result<Done, Error> {
        match call {
            Call::Act { on_behalf_of, actions } => {
                let account = on_behalf_of.unwrap_or(caller);
                let held = self.account(&account);
                if account != caller {
                    actions::permit_others(&held, actions)?;
                }
                let plan = actions::plan(&held, actions)?;
                let mut sheet = self.sheet_of(held, &plan.assets)?;
                if !plan.prices {
                    sheet.lines.iter_mut().for_each(|line| line.price = None);
                }
                let (outcomes, cured) = actions::run(&mut sheet, actions)?;
                self.keep(account, sheet);
                Ok(Done::Acted { outcomes, cured })
            }
            Call::Liquidate(account) => {
                let mut sheet = self.risk_sheet(account)?;
                actions::start_liquidation(&mut sheet, caller)?;
                self.keep(*account, sheet);
                Ok(Done::Started)
            }
            Call::Take { account, collateral, debt, max_repay, min_receive } => {
                let mut sheet = self.risk_sheet(account)?;
                let taken = actions::take(
                    &self.params,
                    &mut sheet,
                    caller,
                    *collateral,
                    *debt,
                    *max_repay,
                    *min_receive,
                )?;
                if let Some(starter) = taken.reward_to {
                    let earned = self.rewards.entry((starter, *collateral)).or_default();
                    *earned += taken.fill.reward;
                }
                self.keep(*account, sheet);
                Ok(Done::Taken(Box::new(taken)))
            }
            Call::Cure(account) => {
                let mut sheet = self.risk_sheet(account)?;
                if sheet.account.auction.is_none() {
                    return Err(Error::NoAuction);
                }
                if !sheet.cure() {
                    return Err(Error::InsufficientCollateral);
                }
                self.keep(*account, sheet);
                Ok(Done::Cured)
            }
            Call::ClaimReward(asset) => {
                let reserve =
                    self.reserves.get_mut(usize::from(*asset)).ok_or(Error::UnknownAsset)?;
                let earned = self.rewards.remove(&(caller, *asset)).unwrap_or(0);
                Ok(Done::Claimed(reserve.pay_reward(earned)?))
            }
            Call::Configure(asset, config) => {
                let now_ms = self.now_ms;
                let reserve =
                    self.reserves.get_mut(usize::from(*asset)).ok_or(Error::UnknownAsset)?;
                let mut next = reserve.clone();
                next.reconfigure((**config).clone(), now_ms)?;
                *reserve = next;
                Ok(Done::Configured)
            }
        }
    }

    /// An account with the reserves whose price matters to it.
    fn risk_sheet(&self, account: &AccountId) -> Result<breakwater_protocol::Sheet, Error> {
        let held = self.account(account);
        let risks = held.positions.iter().filter(|position| position.bears_risk());
        let assets: Vec<AssetId> = risks.map(|position| position.asset).collect();
        self.sheet_of(held, &assets)
    }
}
