//! Many accounts in one message: each reserve and price is read once, what fails is passed over.

use crate::{Done, Model};
use breakwater_protocol::{actions, Account, AccountId, AssetId, Error, Order, Sheet};

impl Model {
    pub(crate) fn liquidate_many(
        &mut self,
        starter: AccountId,
        accounts: &[AccountId],
    ) -> Result<Done, Error> {
        let held: Vec<Account> = accounts.iter().map(|who| self.account(who)).collect();
        let mut sheet = self.sheet_of_all(&held)?;
        let mut started = 0;
        for (place, (account, held)) in accounts.iter().zip(held).enumerate() {
            sheet.account = held;
            // Twice in the list is once.
            if accounts[..place].contains(account) {
                continue;
            }
            let page = self.page_with_room();
            if actions::start_liquidation(&mut sheet, starter, page as u32).is_err() {
                continue;
            }
            self.keep_account(*account, &sheet.account);
            self.index(page, *account);
            started += 1;
        }
        self.keep_reserves(&sheet);
        Ok(Done::StartedMany(started))
    }

    pub(crate) fn take_many(
        &mut self,
        taker: AccountId,
        orders: &[(AccountId, Order)],
    ) -> Result<Done, Error> {
        let mut held: Vec<Account> = orders.iter().map(|(who, _)| self.account(who)).collect();
        let mut sheet = self.sheet_of_all(&held)?;
        let mut answers = Vec::with_capacity(orders.len());
        for (place, (account, order)) in orders.iter().enumerate() {
            let before = sheet.clone();
            sheet.account = held[place].clone();
            match actions::take(&mut sheet, taker, order) {
                Ok(taken) => {
                    self.keep_account(*account, &sheet.account);
                    self.close(*account, taken.ended.clone());
                    // Later orders on the same account find it as this one has left it.
                    for ((who, _), later) in orders.iter().zip(&mut held).skip(place) {
                        if who == account {
                            later.clone_from(&sheet.account);
                        }
                    }
                    self.note_reward(order.collateral, &taken);
                    answers.push(Ok(taken));
                }
                Err(why) => {
                    sheet = before;
                    answers.push(Err(why));
                }
            }
        }
        self.keep_reserves(&sheet);
        Ok(Done::TakenMany(answers))
    }

    /// Every reserve whose price matters to any of some accounts, each once.
    fn sheet_of_all(&self, accounts: &[Account]) -> Result<Sheet, Error> {
        let mut assets: Vec<AssetId> = Vec::new();
        for position in accounts.iter().flat_map(|account| &account.positions) {
            if position.bears_risk() && !assets.contains(&position.asset) {
                assets.push(position.asset);
            }
        }
        self.sheet_of(Account::default(), &assets)
    }
}
