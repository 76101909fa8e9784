//! The market: collateralised loans and the auctions that liquidate them.
//!
//! A thin shell: every message loads cells, calls [`breakwater_protocol`], stores what changed,
//! moves tokens and emits events, in this order. The rules are in the core. What people and
//! keepers want to know is computed from [`market::Market::sheet`] by the lens contract, or off
//! chain by the same functions.
//!
//! **Re-entry.** The chain is the lock: none of the market's calls allows re-entry, so while one
//! of them runs, every call into the market, by whomever and through however many contracts, is
//! refused by the chain. Everything is stored before anything is called.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

mod calls;
pub mod events;
mod storage;

#[ink::contract]
pub mod market {
    use crate::{
        calls,
        events::{
            self, AuctionClosed, BadDebtRecognised, LiquidationStarted, ReserveConfigured,
            ReserveListed, Taken,
        },
        storage::{unchanged, Accounts, AssetsByToken, Cell, Reserves},
    };
    use breakwater_protocol::{
        actions::{self, Action, Transfer},
        auction::Fill,
        health::{value_down, value_up},
        Account, AssetId, Error, Line, MarketParams, Reserve, ReserveConfig, Sheet, MAX_RESERVES,
    };
    use ink::{prelude::vec::Vec, storage::Mapping};

    type Result<T> = core::result::Result<T, Error>;

    #[ink(storage)]
    pub struct Market {
        owner: AccountId,
        oracle: AccountId,
        reserve_count: AssetId,
        params: Cell<MarketParams>,
        reserves: Reserves,
        accounts: Accounts,
        assets_by_token: AssetsByToken,
    }

    impl Market {
        /// An empty market whose owner is the caller.
        #[ink(constructor)]
        pub fn new(oracle: AccountId, params: MarketParams) -> Result<Self> {
            params.validate()?;
            Ok(Self {
                owner: Self::env().caller(),
                oracle,
                reserve_count: 0,
                params: Cell(params),
                reserves: Mapping::new(),
                accounts: Mapping::new(),
                assets_by_token: Mapping::new(),
            })
        }

        // ---- Owner ----

        /// Lists an asset and returns its number. Only the owner.
        #[ink(message)]
        #[inline(never)]
        pub fn list_reserve(&mut self, config: ReserveConfig) -> Result<AssetId> {
            self.only_owner()?;
            let token = AccountId::from(config.token);
            if self.assets_by_token.contains(token) {
                return Err(Error::AlreadyListed);
            }
            let asset = self.reserve_count;
            if asset >= MAX_RESERVES {
                return Err(Error::TooManyReserves);
            }
            let reserve = Reserve::new(config.clone(), self.env().block_timestamp())?;
            self.reserve_count = asset.checked_add(1).ok_or(Error::Overflow)?;
            self.reserves.insert(asset, &Cell(reserve));
            self.assets_by_token.insert(token, &asset);
            self.env().emit_event(ReserveListed { asset, token, config });
            Ok(asset)
        }

        /// Replaces an asset's parameters, all but its token. Only the owner. Lower liquidation
        /// thresholds reach standing debt slowly, as the old parameters say.
        #[ink(message)]
        #[inline(never)]
        pub fn configure_reserve(&mut self, asset: AssetId, config: ReserveConfig) -> Result<()> {
            self.only_owner()?;
            let mut reserve = self.load_reserve(asset)?;
            reserve.reconfigure(config.clone(), self.env().block_timestamp())?;
            self.reserves.insert(asset, &Cell(reserve));
            self.env().emit_event(ReserveConfigured { asset, config });
            unchanged(())
        }

        // ---- Lenders ----

        /// Lends `assets` units of the caller's, for himself or for somebody else. The market must
        /// have been approved for them.
        #[ink(message)]
        #[inline(never)]
        pub fn supply(
            &mut self,
            asset: AssetId,
            assets: u128,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            self.act_for(on_behalf_of, Action::Supply { asset, assets })
        }

        /// Takes back `assets` units that the caller has lent, or all with the highest number, and
        /// sends them to `receiver` (the caller if not given).
        #[ink(message)]
        #[inline(never)]
        pub fn withdraw(
            &mut self,
            asset: AssetId,
            assets: u128,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            self.act_own(receiver, &[Action::Withdraw { asset, assets }])
        }

        // ---- Borrowers ----

        /// Adds collateral of the caller's, for himself or to collateral that somebody else holds.
        /// It is never lent. If that makes an account in auction healthy, the auction ends. With
        /// `excess_to_supply`, what a cap has no room for is lent instead of refused.
        #[ink(message)]
        #[inline(never)]
        pub fn deposit_collateral(
            &mut self,
            asset: AssetId,
            amount: u128,
            excess_to_supply: bool,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            let action = Action::DepositCollateral { asset, amount, excess_to_supply };
            self.act_for(on_behalf_of, action)
        }

        /// Takes back collateral, or all of it with the highest number, and sends it to `receiver`
        /// (the caller if not given). Without debt this is never refused.
        #[ink(message)]
        #[inline(never)]
        pub fn withdraw_collateral(
            &mut self,
            asset: AssetId,
            amount: u128,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            self.act_own(receiver, &[Action::WithdrawCollateral { asset, amount }])
        }

        /// Borrows `assets` units against the caller's collateral and sends them to `receiver`
        /// (the caller if not given).
        #[ink(message)]
        #[inline(never)]
        pub fn borrow(
            &mut self,
            asset: AssetId,
            assets: u128,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            self.act_own(receiver, &[Action::Borrow { asset, assets }])
        }

        /// Repays at most `assets` units of the caller's or anybody's debt; the highest number
        /// for all of it. Never takes more than is owed, and is never refused for a price. If that
        /// makes an account in auction healthy, the auction ends.
        #[ink(message)]
        #[inline(never)]
        pub fn repay(
            &mut self,
            asset: AssetId,
            assets: u128,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            self.act_for(on_behalf_of, Action::Repay { asset, assets })
        }

        /// Does several actions on the caller's account in order, with one check of its health at
        /// the end. Of each token, only the balance moves. Refused after `deadline_ms`.
        #[ink(message)]
        #[inline(never)]
        pub fn batch(
            &mut self,
            actions: Vec<Action>,
            deadline_ms: Option<u64>,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            self.before(deadline_ms)?;
            self.act_own(receiver, &actions)
        }

        // ---- Liquidation ----

        /// Starts the auction of an account whose health factor is below 1. Anyone may.
        #[ink(message)]
        #[inline(never)]
        pub fn liquidate(&mut self, account: AccountId) -> Result<()> {
            let starter = self.env().caller();
            let mut sheet = self.priced_sheet(account)?;
            let auction = actions::start_liquidation(&mut sheet, *starter.as_ref())?;
            self.store(account, &sheet);
            let started_ms = auction.started_ms;
            self.env().emit_event(LiquidationStarted { account, starter, started_ms });
            unchanged(())
        }

        /// Buys collateral of an account in auction at the present price: repays at most
        /// `max_repay` units of its debt and sends the collateral to `receiver` (the caller if
        /// not given). Refused if it would be less than `min_receive`, or after `deadline_ms`.
        /// Answers with the units repaid and received.
        #[ink(message)]
        #[inline(never)]
        #[allow(clippy::too_many_arguments)]
        pub fn take(
            &mut self,
            account: AccountId,
            collateral: AssetId,
            debt: AssetId,
            max_repay: u128,
            min_receive: u128,
            deadline_ms: Option<u64>,
            receiver: Option<AccountId>,
        ) -> Result<(u128, u128)> {
            self.before(deadline_ms)?;
            let taker = self.env().caller();
            let receiver = self.payable(receiver)?;
            let mut sheet = self.priced_sheet(account)?;
            let started_ms = sheet.account.auction.ok_or(Error::NoAuction)?.started_ms;
            let Cell(params) = &self.params;
            let done = actions::take(params, &mut sheet, collateral, debt, max_repay, min_receive)?;
            self.store(account, &sheet);

            let Fill { repaid, received, fee, bonus_wad } = done.fill;
            let (lot, owed) = (sheet.line(collateral)?, sheet.line(debt)?);
            self.pull(owed, taker, repaid)?;
            self.push(lot, receiver, received)?;

            self.env().emit_event(Taken {
                account,
                collateral,
                debt,
                taker,
                repaid,
                debt_shares: done.shares,
                received,
                fee,
                bonus_wad,
                elapsed_ms: sheet.now_ms.saturating_sub(started_ms),
                fair_wad: value_down(received, lot.price()?.mid_wad, lot.reserve.config.decimals)?,
                paid_wad: value_up(repaid, owed.price()?.mid_wad, owed.reserve.config.decimals)?,
            });
            for lost in done.bad_debt {
                let (asset, assets, shares) = (lost.asset, lost.assets, lost.shares);
                self.env().emit_event(BadDebtRecognised { account, asset, assets, shares });
            }
            self.report_closed(account, done.closed);
            unchanged((repaid, received))
        }

        /// Ends the auction of an account that is healthy again. Anyone may.
        #[ink(message)]
        #[inline(never)]
        pub fn cure(&mut self, account: AccountId) -> Result<()> {
            let mut sheet = self.priced_sheet(account)?;
            if sheet.account.auction.is_none() {
                return Err(Error::NoAuction);
            }
            if !sheet.cure() {
                return Err(Error::InsufficientCollateral);
            }
            self.store(account, &sheet);
            self.report_closed(account, true);
            unchanged(())
        }

        // ---- Views ----

        /// The owner, the oracle adapter and the market's parameters.
        #[ink(message)]
        #[inline(never)]
        pub fn settings(&self) -> (AccountId, AccountId, MarketParams) {
            (self.owner, self.oracle, self.params.0)
        }

        /// How many reserves are listed; their numbers are those below it.
        #[ink(message)]
        #[inline(never)]
        pub fn reserve_count(&self) -> AssetId {
            self.reserve_count
        }

        /// Some reserves as they are stored (interest up to `accrued_ms`), the time, and their
        /// prices where there are any.
        #[ink(message)]
        #[inline(never)]
        pub fn lines(&self, assets: Vec<AssetId>) -> Result<Vec<Line>> {
            let now_ms = self.env().block_timestamp();
            let mut sheet = Sheet::new(now_ms, Account::default());
            for asset in assets {
                let reserve = self.load_reserve(asset)?;
                sheet.lines.push(Line { asset, reserve, price: None, now_ms, changed: false });
            }
            self.try_load_prices(&mut sheet)?;
            Ok(sheet.lines)
        }

        /// The number of a token's reserve.
        #[ink(message)]
        #[inline(never)]
        pub fn asset_of(&self, token: AccountId) -> Option<AssetId> {
            self.assets_by_token.get(token)
        }

        /// An account's positions and its auction; an empty account if it has none.
        #[ink(message)]
        #[inline(never)]
        pub fn account(&self, account: AccountId) -> Account {
            self.load_account(account)
        }

        /// An account with all reserves it uses, their prices, and the time: everything that its
        /// health, limits and auction are computed from.
        #[ink(message)]
        #[inline(never)]
        pub fn sheet(&self, account: AccountId) -> Result<Sheet> {
            let account = self.load_account(account);
            let assets: Vec<AssetId> = account.positions.iter().map(|held| held.asset).collect();
            let mut sheet = self.load_sheet(account, &assets)?;
            self.try_load_prices(&mut sheet)?;
            Ok(sheet)
        }

        // ---- Shell ----

        fn only_owner(&self) -> Result<()> {
            if self.env().caller() != self.owner {
                return Err(Error::NotOwner);
            }
            Ok(())
        }

        fn before(&self, deadline_ms: Option<u64>) -> Result<()> {
            if deadline_ms.is_some_and(|deadline_ms| self.env().block_timestamp() > deadline_ms) {
                return Err(Error::DeadlinePassed);
            }
            Ok(())
        }

        /// Where to send tokens. A token's transfer to its own sender does nothing and says Ok, so
        /// the market must never pay itself.
        #[inline(never)]
        fn payable(&self, receiver: Option<AccountId>) -> Result<AccountId> {
            let receiver = receiver.unwrap_or_else(|| self.env().caller());
            if receiver == self.env().account_id() {
                return Err(Error::BadReceiver);
            }
            Ok(receiver)
        }

        /// One action for whomever the caller pays for.
        fn act_for(&mut self, on_behalf_of: Option<AccountId>, action: Action) -> Result<()> {
            let payer = self.env().caller();
            let account = on_behalf_of.unwrap_or(payer);
            self.act(account, payer, &[action])
        }

        /// Actions on the caller's own account.
        fn act_own(&mut self, receiver: Option<AccountId>, actions: &[Action]) -> Result<()> {
            let receiver = self.payable(receiver)?;
            self.act(self.env().caller(), receiver, actions)
        }

        #[inline(never)]
        fn act(
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
            let (outcomes, cured) =
                actions::run(&mut sheet, actions).map_err(|error| match priced {
                    Err(cause) if error == Error::PriceMissing => cause,
                    _ => error,
                })?;
            self.store(account, &sheet);
            for Transfer { asset, paid_in, paid_out } in actions::transfers(&outcomes)? {
                let line = sheet.line(asset)?;
                if paid_in != 0 {
                    self.pull(line, payer, paid_in)?;
                }
                if paid_out != 0 {
                    self.push(line, receiver, paid_out)?;
                }
            }
            for outcome in outcomes {
                events::emit(account, payer, receiver, outcome);
            }
            self.report_closed(account, cured);
            unchanged(())
        }

        #[inline(never)]
        fn load_account(&self, account: AccountId) -> Account {
            self.accounts.get(account).map(|Cell(held)| held).unwrap_or_default()
        }

        #[inline(never)]
        fn load_reserve(&self, asset: AssetId) -> Result<Reserve> {
            self.reserves.get(asset).map(|Cell(reserve)| reserve).ok_or(Error::UnknownAsset)
        }

        /// An account with some reserves, without prices.
        #[inline(never)]
        fn load_sheet(&self, account: Account, assets: &[AssetId]) -> Result<Sheet> {
            let mut sheet = Sheet::new(self.env().block_timestamp(), account);
            for asset in assets {
                sheet.add_reserve(*asset, self.load_reserve(*asset)?)?;
            }
            Ok(sheet)
        }

        /// An account with every reserve whose price matters to it, and the prices.
        #[inline(never)]
        fn priced_sheet(&self, account: AccountId) -> Result<Sheet> {
            let account = self.load_account(account);
            let risks = account.positions.iter().filter(|held| held.bears_risk());
            let assets: Vec<AssetId> = risks.map(|held| held.asset).collect();
            let mut sheet = self.load_sheet(account, &assets)?;
            self.load_prices(&mut sheet)?;
            Ok(sheet)
        }

        /// Prices for a view: where the oracle fails there are none.
        #[inline(never)]
        fn try_load_prices(&self, sheet: &mut Sheet) -> Result<()> {
            match self.load_prices(sheet) {
                Ok(()) | Err(Error::OracleCallFailed) => Ok(()),
                Err(error) => Err(error),
            }
        }

        /// Asks the oracle for all prices of a sheet in one call.
        #[inline(never)]
        fn load_prices(&self, sheet: &mut Sheet) -> Result<()> {
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

        #[inline(never)]
        fn store(&mut self, account: AccountId, sheet: &Sheet) {
            if sheet.account.is_empty() {
                self.accounts.remove(account);
            } else {
                self.accounts.insert(account, &Cell(sheet.account.clone()));
            }
            for line in sheet.changed() {
                self.reserves.insert(line.asset, &Cell(line.reserve.clone()));
            }
        }

        #[inline(never)]
        fn pull(&self, line: &Line, from: AccountId, amount: u128) -> Result<()> {
            let token = line.reserve.config.token.into();
            calls::pull(token, from, self.env().account_id(), amount)
        }

        #[inline(never)]
        fn push(&self, line: &Line, to: AccountId, amount: u128) -> Result<()> {
            calls::push(line.reserve.config.token.into(), to, amount)
        }

        #[inline(never)]
        fn report_closed(&self, account: AccountId, closed: bool) {
            if closed {
                self.env().emit_event(AuctionClosed { account });
            }
        }
    }
}
