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
mod shell;
mod storage;

#[ink::contract]
pub mod market {
    use crate::{
        events::{
            BadDebtRecognised, LiquidationStarted, ReserveConfigured, ReserveListed, RewardClaimed,
            Taken,
        },
        storage::{unchanged, Accounts, AssetsByToken, Cell, Reserves, Rewards},
    };
    use breakwater_protocol::{
        actions::{self, Action},
        auction::Fill,
        health::{value_down, value_up},
        Account, AssetId, Error, Line, MarketParams, Reserve, ReserveConfig, Sheet, MAX_RESERVES,
    };
    use ink::{prelude::vec::Vec, storage::Mapping};

    pub(crate) type Result<T> = core::result::Result<T, Error>;

    #[ink(storage)]
    pub struct Market {
        pub(crate) owner: AccountId,
        pub(crate) oracle: AccountId,
        reserve_count: AssetId,
        params: Cell<MarketParams>,
        pub(crate) reserves: Reserves,
        pub(crate) accounts: Accounts,
        assets_by_token: AssetsByToken,
        rewards: Rewards,
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
                rewards: Mapping::new(),
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
            actions::start_liquidation(&mut sheet, *starter.as_ref())?;
            self.store(account, &sheet);
            let started_ms = sheet.now_ms;
            self.env().emit_event(LiquidationStarted { account, starter, started_ms });
            unchanged(())
        }

        /// Starts the auctions of those of the accounts whose health factor is below 1, reading each
        /// reserve and price once; the others are passed over. Answers how many it has started.
        #[ink(message)]
        #[inline(never)]
        pub fn liquidate_many(&mut self, accounts: Vec<AccountId>) -> Result<u32> {
            let starter = self.env().caller();
            let held: Vec<Account> = accounts.iter().map(|who| self.load_account(*who)).collect();
            let mut sheet = self.priced_lines(&held)?;
            let mut started = 0u32;
            for (place, (account, held)) in accounts.iter().zip(held).enumerate() {
                sheet.account = held;
                // Twice in the list is once.
                if accounts.iter().take(place).any(|earlier| earlier == account)
                    || actions::start_liquidation(&mut sheet, *starter.as_ref()).is_err()
                {
                    continue;
                }
                self.store_account(*account, &sheet.account);
                let (account, started_ms) = (*account, sheet.now_ms);
                self.env().emit_event(LiquidationStarted { account, starter, started_ms });
                started = started.saturating_add(1);
            }
            self.store_reserves(&sheet);
            unchanged(started)
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
            let Cell(params) = &self.params;
            let done = actions::take(
                params,
                &mut sheet,
                *taker.as_ref(),
                collateral,
                debt,
                max_repay,
                min_receive,
            )?;
            self.store(account, &sheet);
            let Fill { repaid, received, fee, reward, bonus_wad } = done.fill;
            if let Some(starter) = done.reward_to {
                let key = (AccountId::from(starter), collateral);
                let earned = self.rewards.get(key).unwrap_or(0);
                self.rewards.insert(key, &earned.checked_add(reward).ok_or(Error::Overflow)?);
            }

            let (lot, owed) = (sheet.line(collateral)?, sheet.line(debt)?);
            self.pull(&owed.reserve, taker, repaid)?;
            self.push(&lot.reserve, receiver, done.paid_out)?;

            self.env().emit_event(Taken {
                account,
                collateral,
                debt,
                taker,
                repaid,
                debt_shares: done.shares,
                received,
                fee,
                reward,
                bonus_wad,
                elapsed_ms: done.terms.elapsed_ms,
                fair_wad: value_down(received, lot.price()?.mid_wad, lot.reserve.config.decimals)?,
                paid_wad: value_up(repaid, owed.price()?.mid_wad, owed.reserve.config.decimals)?,
                urgent: done.terms.urgent,
                closed: done.closed,
            });
            for lost in done.bad_debt {
                let (asset, assets, shares) = (lost.asset, lost.assets, lost.shares);
                self.env().emit_event(BadDebtRecognised { account, asset, assets, shares });
            }
            unchanged((repaid, received))
        }

        /// Pays out the caller's rewards in an asset, for auctions he has started, to `receiver`
        /// (the caller if not given).
        #[ink(message)]
        #[inline(never)]
        pub fn claim_reward(
            &mut self,
            asset: AssetId,
            receiver: Option<AccountId>,
        ) -> Result<u128> {
            let account = self.env().caller();
            let receiver = self.payable(receiver)?;
            let mut reserve = self.load_reserve(asset)?;
            let earned = self.rewards.take((account, asset)).unwrap_or(0);
            let amount = reserve.pay_reward(earned)?;
            self.reserves.insert(asset, &Cell(reserve.clone()));
            self.push(&reserve, receiver, amount)?;
            self.env().emit_event(RewardClaimed { account, asset, amount });
            unchanged(amount)
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

        /// What an account may claim as rewards in an asset, in units.
        #[ink(message)]
        #[inline(never)]
        pub fn reward(&self, account: AccountId, asset: AssetId) -> u128 {
            self.rewards.get((account, asset)).unwrap_or(0)
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
    }
}
