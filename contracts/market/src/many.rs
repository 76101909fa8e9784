//! Auctions, many at a time: each reserve and price is read once.

use crate::{
    events::{self, LiquidationStarted},
    market::{Market, Result},
};
use breakwater_protocol::{actions, auction::Fill, math::add, Account, AssetId, Error, Order};
use ink::{codegen::Env, prelude::vec::Vec, primitives::AccountId};

impl Market {
    #[inline(never)]
    pub(crate) fn do_liquidate_many(&mut self, accounts: Vec<AccountId>) -> Result<u32> {
        let starter = self.env().caller();
        let held: Vec<Account> = accounts.iter().map(|who| self.load_account(*who)).collect();
        let mut sheet = self.priced_lines(&held)?;
        let mut started: Vec<Account> = Vec::new();
        for (place, (account, held)) in accounts.iter().zip(held).enumerate() {
            sheet.account = held;
            // Twice in the list is once.
            if accounts.iter().take(place).any(|earlier| earlier == account) {
                continue;
            }
            let page = self.page_with_room();
            if actions::start_liquidation(&mut sheet, *starter.as_ref(), page.0).is_err() {
                continue;
            }
            self.store_account(*account, &sheet.account);
            self.add_to_index(*account, page);
            started.push(sheet.account.clone());
            let (account, started_ms) = (*account, sheet.now_ms);
            events::send(LiquidationStarted { account, starter, started_ms });
        }
        self.store_reserves(&sheet);
        if !started.is_empty() {
            self.make_room_for_rewards(starter, &started);
        }
        u32::try_from(started.len()).map_err(|_| Error::Overflow)
    }

    #[inline(never)]
    pub(crate) fn do_take_many(
        &mut self,
        orders: Vec<(AccountId, Order)>,
        deadline_ms: Option<u64>,
        receiver: Option<AccountId>,
    ) -> Result<Vec<Result<(u128, u128)>>> {
        self.before(deadline_ms)?;
        let taker = self.env().caller();
        let receiver = self.payable(receiver)?;
        let mut held: Vec<Account> =
            orders.iter().map(|(who, _)| self.load_account(*who)).collect();
        let mut sheet = self.priced_lines(&held)?;
        let mut sums: Vec<(AssetId, u128, u128)> = Vec::new();
        let mut answers = Vec::with_capacity(orders.len());
        for (place, (account, order)) in orders.iter().enumerate() {
            let before = sheet.clone();
            sheet.account = held.get(place).cloned().unwrap_or_default();
            match actions::take(&mut sheet, *taker.as_ref(), order) {
                Ok(done) => {
                    self.store_account(*account, &sheet.account);
                    if let Some(ended) = &done.ended {
                        self.drop_from_index(*account, ended);
                    }
                    for ((who, _), later) in orders.iter().zip(&mut held).skip(place) {
                        if who == account {
                            later.clone_from(&sheet.account);
                        }
                    }
                    self.note_reward(order.collateral, &done)?;
                    let Fill { repaid, received, .. } = done.fill;
                    sum(&mut sums, order.debt, repaid, 0)?;
                    sum(&mut sums, order.collateral, 0, done.paid_out)?;
                    events::taken(&sheet, *account, taker, order, &done, false)?;
                    answers.push(Ok((repaid, received)));
                }
                Err(why) => {
                    sheet = before;
                    answers.push(Err(why));
                }
            }
        }
        self.store_reserves(&sheet);
        for (asset, paid_in, _) in &sums {
            if *paid_in != 0 {
                self.pull(&sheet.line(*asset)?.reserve, taker, *paid_in)?;
            }
        }
        for (asset, _, paid_out) in &sums {
            if *paid_out != 0 {
                self.push(&sheet.line(*asset)?.reserve, receiver, *paid_out)?;
            }
        }
        Ok(answers)
    }
}

/// Adds to what moves of an asset.
fn sum(
    sums: &mut Vec<(AssetId, u128, u128)>,
    asset: AssetId,
    paid_in: u128,
    paid_out: u128,
) -> Result<()> {
    match sums.iter_mut().find(|(of, _, _)| *of == asset) {
        Some((_, in_all, out_all)) => {
            *in_all = add(*in_all, paid_in)?;
            *out_all = add(*out_all, paid_out)?;
        }
        None => sums.push((asset, paid_in, paid_out)),
    }
    Ok(())
}
