//! The market: collateralised loans and the auctions that liquidate them.
//!
//! A thin shell: every message loads cells, calls [`breakwater_protocol`], stores what changed,
//! moves tokens and emits events, in this order. The rules are in the core. What people and
//! keepers want to know is computed from [`market::Market::snapshot`] by the lens contract, or off
//! chain by the same functions.
//!
//! **Re-entry.** The chain is the lock: none of the market's calls allows re-entry, so while one
//! of them runs, every call into the market, by whomever and through however many contracts, is
//! refused by the chain. Everything is stored before anything is called.
//!
//! **Gas.** What a dry run requires is enough for the same message in the blocks after it, with a margin of
//! 0.2 %: a message does the next block's work in advance (`tests/embedded/exact_gas.rs`). No margin foresees
//! another outcome, such as somebody else's take in between.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
// Each code leaves parts of the shell unused.
#![cfg_attr(any(feature = "front", feature = "auctions", feature = "admin"), allow(dead_code))]

mod calls;
pub mod codes;
mod effects;
pub mod events;
mod storage;
mod store;

// Of the front code.
mod act;
mod liquidation;
// Of the auctions code.
mod sales;
// Of the admin code.
mod admin;
mod backstop;
mod upgrade;
mod views;

#[ink::contract]
pub mod market {
    use crate::{
        codes::{at_admin, at_auctions, rare, THIS_CODE},
        storage::{
            Accounts, AssetsByToken, OpenAuctions, Own, PendingOwner, Reserves, Rewards, Stakes,
        },
    };
    use breakwater_protocol::{
        actions::Action, governance::CodeInfo, Account, AccountSnapshot, AssetId, Error,
        ManualLevel, MarketParams, Order, PricedReserve, Vault, VaultStake,
    };
    use ink::prelude::vec::Vec;

    pub(crate) type Result<T> = core::result::Result<T, Error>;

    #[ink(storage)]
    pub struct Market {
        pub(crate) oracle: AccountId,
        /// The codes to which the front code hands over, where it finds them (`storage::AUCTIONS_AT`).
        pub(crate) auctions: Hash,
        pub(crate) admin: Hash,
        pub(crate) own: Own,
        pub(crate) reserves: Reserves,
        pub(crate) accounts: Accounts,
        pub(crate) assets_by_token: AssetsByToken,
        pub(crate) rewards: Rewards,
        pub(crate) stakes: Stakes,
        pub(crate) open_auctions: OpenAuctions,
        pub(crate) pending_owner: PendingOwner,
    }

    impl Market {
        /// An empty market with the default parameters, whose owner and guardian is the caller.
        /// `auctions` and `admin` are the hashes of its other codes, which must have been uploaded;
        /// they can't be removed while the market needs them.
        #[ink(constructor)]
        pub fn new(oracle: AccountId, auctions: Hash, admin: Hash) -> Self {
            Self::empty(Self::env().caller(), oracle, auctions, admin)
        }

        // ---- Owner ----

        /// Lists an asset and returns its number, the lowest that is free. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn list_reserve(&mut self, config: at_admin::ReserveConfig) -> Result<AssetId> {
            rare!(admin: self.do_list(config))
        }

        /// Replaces an asset's parameters, all but its token. Only the owner. Lower liquidation
        /// thresholds reach standing debt slowly, as the old parameters say.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn configure_reserve(
            &mut self,
            asset: at_admin::AssetId,
            config: at_admin::ReserveConfig,
        ) -> Result<()> {
            rare!(admin: self.do_configure(asset, config))
        }

        /// Replaces the market's parameters. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn set_params(&mut self, params: at_admin::MarketParams) -> Result<()> {
            rare!(admin: self.do_set_params(params))
        }

        /// Pays out income of the protocol's, `amount` units or with the highest number what may be
        /// collected now, in cash or collateral. Refused where it is needed as reserve. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn collect(
            &mut self,
            asset: at_admin::AssetId,
            income: at_admin::Income,
            amount: at_admin::u128,
            receiver: at_admin::AccountId,
        ) -> Result<u128> {
            rare!(admin: self.do_collect(asset, income, amount, receiver))
        }

        /// Takes an asset off the market of which nobody has, owes or may claim anything. Its number and
        /// its token are free then. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn delist_reserve(&mut self, asset: at_admin::AssetId) -> Result<()> {
            rare!(admin: self.do_delist(asset))
        }

        /// Appoints the guardian until a time, in Unix milliseconds. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn set_guardian(
            &mut self,
            guardian: at_admin::AccountId,
            until_ms: at_admin::u64,
        ) -> Result<()> {
            rare!(admin: self.do_set_guardian(guardian, until_ms))
        }

        /// Offers the market to another owner; to the present one to take that back. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn transfer_ownership(&mut self, to: at_admin::AccountId) -> Result<()> {
            rare!(admin: self.do_transfer_ownership(to))
        }

        /// Makes the caller the owner, if the market was offered to them.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn accept_ownership(&mut self) -> Result<()> {
            rare!(admin: self.do_accept_ownership())
        }

        /// Replaces the market's codes by those given, all in one block. Each must be on the chain,
        /// be that part of a market and have this one's storage layout. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn upgrade(
            &mut self,
            front: at_admin::Option<Hash>,
            auctions: at_admin::Option<Hash>,
            admin: at_admin::Option<Hash>,
        ) -> Result<()> {
            rare!(admin: self.do_upgrade(front, auctions, admin))
        }

        /// What the code that answers is: the front, unless it is run as a delegate.
        #[ink(message)]
        pub fn version(&self) -> CodeInfo {
            THIS_CODE
        }

        /// To whom the market is offered, and its other codes: auctions and admin.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn succession(&self) -> (Option<AccountId>, Hash, Hash) {
            rare!(admin view: self.view_succession())
        }

        // ---- Circuit breaker ----

        /// Looks at the breaker's measures of some assets and brings their prices and meters up to now.
        /// Anyone may.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn poke(&mut self, assets: at_admin::Vec<AssetId>) -> Result<()> {
            rare!(admin: self.do_poke(assets))
        }

        /// Raises the breaker's level of an asset, or of the whole market, for a while. Halted stops
        /// its liquidations in this block. Only the guardian while their time runs, and the
        /// owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn raise_breaker(
            &mut self,
            asset: at_admin::Option<AssetId>,
            level: at_admin::Level,
            lasts_ms: at_admin::u64,
        ) -> Result<()> {
            rare!(admin: self.do_raise_breaker(asset, level, lasts_ms))
        }

        /// Takes the breaker of an asset, or what was raised for the whole market, back to Normal.
        /// Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn reset_breaker(&mut self, asset: at_admin::Option<AssetId>) -> Result<()> {
            rare!(admin: self.do_reset_breaker(asset))
        }

        // ---- Lenders ----

        /// Lends `assets` units of the caller's, for themselves or for somebody else. The market must
        /// have been approved for them.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        #[inline(never)]
        pub fn supply(
            &mut self,
            asset: AssetId,
            assets: u128,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            let done = self.act_for(on_behalf_of, Action::Supply { asset, assets });
            self.finish(done)
        }

        /// Takes back `assets` units that the caller has lent, or all with the highest number, and
        /// sends them to `receiver` (the caller if not given).
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        #[inline(never)]
        pub fn withdraw(
            &mut self,
            asset: AssetId,
            assets: u128,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            let done = self.act_own(receiver, Action::Withdraw { asset, assets });
            self.finish(done)
        }

        // ---- Borrowers ----

        /// Adds collateral of the caller's, for themselves or to collateral that somebody else holds.
        /// It is never lent. If that makes an account in auction healthy, the auction ends. With
        /// `excess_to_supply`, what a cap has no room for is lent instead of refused.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        #[inline(never)]
        pub fn deposit_collateral(
            &mut self,
            asset: AssetId,
            amount: u128,
            excess_to_supply: bool,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            let action = Action::DepositCollateral { asset, amount, excess_to_supply };
            let done = self.act_for(on_behalf_of, action);
            self.finish(done)
        }

        /// Takes back collateral, or all of it with the highest number, and sends it to `receiver`
        /// (the caller if not given). Without debt this is never refused.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        #[inline(never)]
        pub fn withdraw_collateral(
            &mut self,
            asset: AssetId,
            amount: u128,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            let done = self.act_own(receiver, Action::WithdrawCollateral { asset, amount });
            self.finish(done)
        }

        /// Borrows `assets` units against the caller's collateral and sends them to `receiver`
        /// (the caller if not given).
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        #[inline(never)]
        pub fn borrow(
            &mut self,
            asset: AssetId,
            assets: u128,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            let done = self.act_own(receiver, Action::Borrow { asset, assets });
            self.finish(done)
        }

        /// Repays at most `assets` units of the caller's or anybody's debt; the highest number
        /// for all of it. Never takes more than is owed, and is never refused for a price. If that
        /// makes an account in auction healthy, the auction ends.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        #[inline(never)]
        pub fn repay(
            &mut self,
            asset: AssetId,
            assets: u128,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            let done = self.act_for(on_behalf_of, Action::Repay { asset, assets });
            self.finish(done)
        }

        /// Does several actions on the caller's account in order, with one check of its health at
        /// the end. Of each token, only the balance moves. Refused after `deadline_ms`.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        #[inline(never)]
        pub fn batch(
            &mut self,
            actions: Vec<Action>,
            deadline_ms: Option<u64>,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            let done = self.do_batch(actions, deadline_ms, receiver);
            self.finish(done)
        }

        // ---- Liquidation ----

        /// Starts the auction of an account whose health factor is below 1. Anyone may. Of an account near
        /// insolvency the backstop buys at once, and the auction is over where that heals it.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        #[inline(never)]
        pub fn liquidate(&mut self, account: AccountId) -> Result<()> {
            let done = self.do_liquidate(account);
            self.finish(done)
        }

        /// Starts the auctions of those of the accounts whose health factor is below 1, reading each
        /// reserve and price once; the others are passed over. Answers how many it has started.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        pub fn liquidate_many(&mut self, accounts: at_auctions::Vec<AccountId>) -> Result<u32> {
            rare!(auctions: self.do_liquidate_many(accounts))
        }

        /// Buys collateral of an account in auction at the present price: repays at most
        /// `max_repay` units of its debt and sends the collateral to `receiver` (the caller if
        /// not given). `min_receive` is the least collateral for all of `max_repay`: where less is
        /// repaid, in proportion, so that somebody else's small repayment or take does not make it
        /// fail. Refused if it would be less, or after `deadline_ms`.
        /// Answers with the units repaid and received: none where the backstop, which buys first of an
        /// account near insolvency, has left nothing to take.
        ///
        /// With `callback`, the collateral goes out first, then `Taker::on_take` is called on the
        /// receiver with these data, then the caller's debt tokens are pulled: they may have got
        /// them by selling the collateral.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        #[allow(clippy::too_many_arguments)]
        pub fn take(
            &mut self,
            account: at_auctions::AccountId,
            collateral: at_auctions::AssetId,
            debt: at_auctions::AssetId,
            max_repay: at_auctions::u128,
            min_receive: at_auctions::u128,
            deadline_ms: at_auctions::Option<u64>,
            receiver: at_auctions::Option<AccountId>,
            callback: at_auctions::Option<Vec<u8>>,
        ) -> Result<(u128, u128)> {
            rare!(auctions: self.do_take(
                account, collateral, debt, max_repay, min_receive, deadline_ms, receiver, callback
            ))
        }

        /// Takes from several accounts, reading each reserve and price once. Those that fail are
        /// passed over, so that losing a race for one costs little. Of each token, the sum moves
        /// once. Answers, for each, the units repaid and received, or why not.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        pub fn take_many(
            &mut self,
            orders: at_auctions::Vec<(AccountId, Order)>,
            deadline_ms: at_auctions::Option<u64>,
            receiver: at_auctions::Option<AccountId>,
        ) -> Result<Vec<Result<(u128, u128)>>> {
            rare!(auctions: self.do_take_many(orders, deadline_ms, receiver))
        }

        /// Has the backstop of `debt` buy collateral of an account in auction that is near insolvency.
        /// Anyone may. Answers with the units repaid and bought.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        pub fn backstop_fill(
            &mut self,
            account: at_auctions::AccountId,
            collateral: at_auctions::AssetId,
            debt: at_auctions::AssetId,
        ) -> Result<(u128, u128)> {
            rare!(auctions: self.do_backstop_fill(account, collateral, debt))
        }

        /// Ends the auction of an account that is healthy again. Anyone may.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        #[inline(never)]
        pub fn cure(&mut self, account: AccountId) -> Result<()> {
            let done = self.do_cure(account);
            self.finish(done)
        }

        /// Writes off the debt of an account in auction whose collateral is worth next to nothing.
        /// Anyone may.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        pub fn recognise_bad_debt(&mut self, account: at_auctions::AccountId) -> Result<()> {
            rare!(auctions: self.do_recognise(account))
        }

        /// Pays out the caller's rewards in an asset, for auctions they have started, to `receiver`
        /// (the caller if not given).
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn claim_reward(
            &mut self,
            asset: at_admin::AssetId,
            receiver: at_admin::Option<AccountId>,
        ) -> Result<u128> {
            rare!(admin: self.do_claim_reward(asset, receiver))
        }

        // ---- Backstop ----

        /// Lends `assets` units of the caller's and puts them into the backstop of the asset: they
        /// earn interest and a premium, buy collateral of accounts near insolvency, and stand in for
        /// losses before other lenders. Answers with the stake's shares.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn backstop_deposit(
            &mut self,
            asset: at_admin::AssetId,
            assets: at_admin::u128,
        ) -> Result<u128> {
            rare!(admin: self.do_backstop_deposit(asset, assets))
        }

        /// Gives notice of withdrawal: it opens after the cool-down, for a while.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn backstop_give_notice(&mut self, asset: at_admin::AssetId) -> Result<()> {
            rare!(admin: self.do_backstop_give_notice(asset))
        }

        /// Takes at most `shares` of the caller's stake out, if their withdrawal is open: its part of
        /// the money is money that they have lent then, its part of the collateral in stock goes to
        /// `receiver` (the caller if not given). Answers with the supply shares.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn backstop_withdraw(
            &mut self,
            asset: at_admin::AssetId,
            shares: at_admin::u128,
            receiver: at_admin::Option<AccountId>,
        ) -> Result<u128> {
            rare!(admin: self.do_backstop_withdraw(asset, shares, receiver))
        }

        /// Buys collateral that the backstop of `debt` has in stock, at the gradual price: pays at most
        /// `max_pay` units and sends the collateral to `receiver` (the caller if not given).
        /// `min_receive` is the least collateral for all of `max_pay`: where less is sold, in proportion.
        /// Refused if it would be less, or after `deadline_ms`. Answers with the units paid and received.
        ///
        /// With `callback` as in `take`; the account in `Sold` is the market itself.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        #[allow(clippy::too_many_arguments)]
        pub fn buy_stock(
            &mut self,
            collateral: at_admin::AssetId,
            debt: at_admin::AssetId,
            max_pay: at_admin::u128,
            min_receive: at_admin::u128,
            deadline_ms: at_admin::Option<u64>,
            receiver: at_admin::Option<AccountId>,
            callback: at_admin::Option<Vec<u8>>,
        ) -> Result<(u128, u128)> {
            rare!(admin: self.do_buy_stock(
                collateral, debt, max_pay, min_receive, deadline_ms, receiver, callback
            ))
        }

        // ---- Views ----

        /// The owner, the oracle adapter and the market's parameters.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn settings(&self) -> (AccountId, AccountId, MarketParams) {
            rare!(admin view: self.view_settings())
        }

        /// The guardian, until when they are, and the level raised for the whole market.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn guard(&self) -> (AccountId, u64, ManualLevel) {
            rare!(admin view: self.view_guard())
        }

        /// One above the highest number of a listed reserve. Numbers below it may be free.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        #[inline(never)]
        pub fn reserve_count(&self) -> AssetId {
            self.own.root().reserve_count
        }

        /// Some reserves as they are stored (interest up to `accrued_ms`), the time, and their
        /// prices where there are any. Free numbers are passed over. An answer has the first 8 of those
        /// asked for that are listed: ask again for what comes after the last.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn priced_reserves(
            &self,
            assets: at_admin::Vec<AssetId>,
        ) -> Result<Vec<PricedReserve>> {
            rare!(admin view: self.view_priced_reserves(assets))
        }

        /// What an account may claim as rewards in an asset, in units.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn reward(&self, account: at_admin::AccountId, asset: at_admin::AssetId) -> u128 {
            rare!(admin view: self.view_reward(account, asset))
        }

        /// The number of a token's reserve.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn asset_of(&self, token: at_admin::AccountId) -> Option<AssetId> {
            rare!(admin view: self.view_asset_of(token))
        }

        /// An account's positions and its auction; an empty account if it has none.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn account(&self, account: at_admin::AccountId) -> Account {
            rare!(admin view: self.view_account(account))
        }

        /// An account with all reserves it uses, their prices, and the time: everything that its
        /// health, limits and auction are computed from.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn snapshot(&self, account: at_admin::AccountId) -> Result<AccountSnapshot> {
            rare!(admin view: self.view_snapshot(account))
        }

        /// How many pages the index of open auctions has, and the accounts in auction on one of
        /// them. A page may be empty; an account stays on its page while its auction runs.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn auctions(&self, page: at_admin::u32) -> (u32, Vec<AccountId>) {
            rare!(admin view: self.view_auctions(page))
        }

        /// What the backstop of an asset holds beside its money.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn backstop(&self, asset: at_admin::AssetId) -> Result<Vault> {
            rare!(admin view: self.view_backstop(asset))
        }

        /// An account's stake in the backstop of an asset.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn stake(
            &self,
            asset: at_admin::AssetId,
            account: at_admin::AccountId,
        ) -> Result<VaultStake> {
            rare!(admin view: self.view_stake(asset, account))
        }
    }
}
