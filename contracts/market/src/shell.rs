//! What every message does around the core: load, store, move tokens.

use crate::{
    calls,
    events::{self, send, AuctionClosed},
    market::{Market, Result},
    storage::{unchanged, Cell, Stored, AUCTIONS_PER_PAGE, PAGES_DROPPED_AT_ONCE},
};
use breakwater_protocol::{
    actions::{self, Action, Transfer},
    Account, AssetId, Auction, Error, Pool, Reserve, Sheet,
};
use ink::{codegen::Env, prelude::vec::Vec, primitives::AccountId};

impl Market {
    pub(crate) fn before(&self, deadline_ms: Option<u64>) -> Result<()> {
        if deadline_ms.is_some_and(|deadline_ms| self.env().block_timestamp() > deadline_ms) {
            return Err(Error::DeadlinePassed);
        }
        Ok(())
    }

    /// Where to send tokens. A token's transfer to its own sender does nothing and says Ok, so
    /// the market must never pay itself.
    #[inline(never)]
    pub(crate) fn payable(&self, receiver: Option<AccountId>) -> Result<AccountId> {
        let receiver = receiver.unwrap_or_else(|| self.env().caller());
        if receiver == self.env().account_id() {
            return Err(Error::BadReceiver);
        }
        Ok(receiver)
    }

    /// One action for whomever the caller pays for.
    pub(crate) fn act_for(
        &mut self,
        on_behalf_of: Option<AccountId>,
        action: Action,
    ) -> Result<()> {
        let payer = self.env().caller();
        let account = on_behalf_of.unwrap_or(payer);
        self.act(account, payer, &[action])
    }

    /// Actions on the caller's own account.
    pub(crate) fn act_own(
        &mut self,
        receiver: Option<AccountId>,
        actions: &[Action],
    ) -> Result<()> {
        let receiver = self.payable(receiver)?;
        self.act(self.env().caller(), receiver, actions)
    }

    pub(crate) fn do_batch(
        &mut self,
        actions: Vec<Action>,
        deadline_ms: Option<u64>,
        receiver: Option<AccountId>,
    ) -> Result<()> {
        self.before(deadline_ms)?;
        self.act_own(receiver, &actions)
    }

    #[inline(never)]
    pub(crate) fn act(
        &mut self,
        account: AccountId,
        receiver: AccountId,
        actions: &[Action],
    ) -> Result<()> {
        let payer = self.env().caller();
        let held = self.load_account(account);
        if payer != account {
            actions::permit_others(&held, actions)?;
        }
        let plan = actions::plan(&held, actions)?;
        let mut sheet = self.load_sheet(held, &plan.assets)?;
        // Without prices an action may still succeed: repaying and adding collateral never
        // fail for want of one.
        let priced = if plan.prices { self.load_prices(&mut sheet) } else { Ok(()) };
        let (outcomes, ended) =
            actions::run(&mut sheet, actions).map_err(|error| match priced {
                Err(cause) if error == Error::PriceMissing => cause,
                _ => error,
            })?;
        self.store(account, &sheet);
        for Transfer { asset, paid_in, paid_out } in actions::transfers(&outcomes)? {
            let line = sheet.line(asset)?;
            if paid_in != 0 {
                self.pull(&line.reserve, payer, paid_in)?;
            }
            if paid_out != 0 {
                self.push(&line.reserve, receiver, paid_out)?;
            }
        }
        for outcome in outcomes {
            events::emit(account, payer, receiver, outcome);
        }
        self.close(account, ended)
    }

    #[inline(never)]
    pub(crate) fn load_account(&self, account: AccountId) -> Account {
        self.accounts.get(account).map(|Cell(held)| held).unwrap_or_default()
    }

    #[inline(never)]
    pub(crate) fn load_reserve(&self, asset: AssetId) -> Result<Reserve> {
        self.reserves.get(asset).map(|Cell(reserve)| reserve).ok_or(Error::UnknownAsset)
    }

    /// An account with some reserves, without prices.
    #[inline(never)]
    pub(crate) fn load_sheet(&self, account: Account, assets: &[AssetId]) -> Result<Sheet> {
        let mut sheet = Sheet::new(self.env().block_timestamp(), self.params.0, account);
        sheet.guard = self.guard.0;
        for asset in assets {
            sheet.add_reserve(*asset, self.load_reserve(*asset)?)?;
        }
        Ok(sheet)
    }

    /// An account with every reserve whose price matters to it, and the prices.
    #[inline(never)]
    pub(crate) fn priced_sheet(&self, account: AccountId) -> Result<Sheet> {
        let held = self.load_account(account);
        let mut sheet = self.priced_lines(core::slice::from_ref(&held))?;
        sheet.account = held;
        Ok(sheet)
    }

    /// Every reserve whose price matters to any of some accounts, and the prices, each once.
    #[inline(never)]
    pub(crate) fn priced_lines(&self, accounts: &[Account]) -> Result<Sheet> {
        let mut sheet = self.load_sheet(Account::default(), &[])?;
        for position in accounts.iter().flat_map(|account| &account.positions) {
            if position.bears_risk() && sheet.line(position.asset).is_err() {
                sheet.add_reserve(position.asset, self.load_reserve(position.asset)?)?;
            }
        }
        self.load_prices(&mut sheet)?;
        Ok(sheet)
    }

    /// Asks the oracle for all prices of a sheet in one call.
    #[inline(never)]
    pub(crate) fn load_prices(&self, sheet: &mut Sheet) -> Result<()> {
        if sheet.lines.is_empty() {
            return Ok(());
        }
        let tokens: Vec<AccountId> =
            sheet.lines.iter().map(|line| line.reserve.config.token.into()).collect();
        let prices = calls::prices(self.oracle, &tokens)?;
        for (line, price) in sheet.lines.iter_mut().zip(prices) {
            line.price = price;
        }
        Ok(())
    }

    pub(crate) fn store(&mut self, account: AccountId, sheet: &Sheet) {
        self.store_account(account, &sheet.account);
        self.store_reserves(sheet);
    }

    #[inline(never)]
    pub(crate) fn store_account(&mut self, account: AccountId, held: &Account) {
        if held.is_empty() {
            self.accounts.remove(account);
        } else {
            self.accounts.insert(account, &Stored(held));
        }
    }

    #[inline(never)]
    pub(crate) fn store_reserves(&mut self, sheet: &Sheet) {
        for change in &sheet.transitions {
            events::breaker(change);
        }
        for line in sheet.changed() {
            self.reserves.insert(line.asset, &Stored(&line.reserve));
        }
    }

    #[inline(never)]
    pub(crate) fn pull(&self, reserve: &Reserve, from: AccountId, amount: u128) -> Result<()> {
        calls::pull(reserve.config.token.into(), from, self.env().account_id(), amount)
    }

    #[inline(never)]
    pub(crate) fn push(&self, reserve: &Reserve, to: AccountId, amount: u128) -> Result<()> {
        calls::push(reserve.config.token.into(), to, amount)
    }

    /// Ends a message that may have cured an account.
    #[inline(never)]
    pub(crate) fn close(&mut self, account: AccountId, ended: Option<Auction>) -> Result<()> {
        match ended {
            None => unchanged(()),
            Some(auction) => {
                let is_last = self.drop_from_index(account, &auction);
                send(AuctionClosed { account });
                if is_last {
                    return Ok(());
                }
                unchanged(())
            }
        }
    }

    /// The last page of the index of open auctions if it has room, else a new one: its number and
    /// what is on it.
    #[inline(never)]
    pub(crate) fn page_with_room(&mut self) -> (u32, Vec<AccountId>) {
        let last = self.auction_pages.saturating_sub(1);
        let page = self.open_auctions.get(last).unwrap_or_default();
        if page.len() < AUCTIONS_PER_PAGE {
            return (last, page);
        }
        (self.auction_pages, Vec::new())
    }

    /// Puts an account on a page of the index. Whether the page is new: then the market's own cell
    /// must be written.
    #[inline(never)]
    pub(crate) fn add_to_index(
        &mut self,
        account: AccountId,
        (number, mut page): (u32, Vec<AccountId>),
    ) -> bool {
        page.push(account);
        self.open_auctions.insert(number, &page);
        let is_new = number >= self.auction_pages;
        self.auction_pages = self.auction_pages.max(number.saturating_add(1));
        is_new
    }

    /// Takes an account out of the index: the last one on its page moves to its place. Whether that
    /// was the last of the last page: then the market's own cell must be written.
    #[inline(never)]
    pub(crate) fn drop_from_index(&mut self, account: AccountId, ended: &Auction) -> bool {
        let mut page = self.open_auctions.get(ended.page).unwrap_or_default();
        if let Some(place) = page.iter().position(|held| *held == account) {
            page.swap_remove(place);
        }
        if !page.is_empty() {
            self.open_auctions.insert(ended.page, &page);
            return false;
        }
        self.open_auctions.remove(ended.page);
        if ended.page.saturating_add(1) != self.auction_pages {
            return false;
        }
        self.auction_pages = ended.page;
        // Pages before it that were emptied earlier go too, a few at a time.
        for _ in 0..PAGES_DROPPED_AT_ONCE {
            let last = self.auction_pages.saturating_sub(1);
            if self.auction_pages == 0 || self.open_auctions.contains(last) {
                break;
            }
            self.auction_pages = last;
        }
        true
    }

    pub(crate) fn load_pool(&self, asset: AssetId) -> Pool {
        self.pools.get(asset).map(|Cell(pool)| pool).unwrap_or_default()
    }
}
