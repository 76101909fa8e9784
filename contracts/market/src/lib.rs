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
mod early;
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
        codes::{rare, THIS_CODE},
        early::messages::*,
        storage::{
            Accounts, AssetsByToken, OpenAuctions, Own, PendingOwner, Reserves, Rewards, Stakes,
        },
    };
    use breakwater_protocol::{
        actions::Action, governance::CodeInfo, Account, AccountSnapshot, AssetId, Error, Income,
        Level, ManualLevel, MarketParams, Order, PricedReserve, ReserveConfig, Vault, VaultStake,
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
        pub fn list_reserve(&mut self, config: list_reserve::ReserveConfig) -> Result<AssetId> {
            config.done(())
        }

        /// Replaces an asset's parameters, all but its token. Only the owner. Lower liquidation
        /// thresholds reach standing debt slowly, as the old parameters say.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn configure_reserve(
            &mut self,
            asset: configure_reserve::AssetId,
            config: ReserveConfig,
        ) -> Result<()> {
            asset.done((config,))
        }

        /// Replaces the market's parameters. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn set_params(&mut self, params: set_params::MarketParams) -> Result<()> {
            params.done(())
        }

        /// Pays out income of the protocol's, `amount` units or with the highest number what may be
        /// collected now, in cash or collateral. Refused where it is needed as reserve. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn collect(
            &mut self,
            asset: collect::AssetId,
            income: Income,
            amount: u128,
            receiver: AccountId,
        ) -> Result<u128> {
            asset.done((income, amount, receiver))
        }

        /// Takes an asset off the market of which nobody has, owes or may claim anything. Its number and
        /// its token are free then. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn delist_reserve(&mut self, asset: delist_reserve::AssetId) -> Result<()> {
            asset.done(())
        }

        /// Appoints the guardian until a time, in Unix milliseconds. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn set_guardian(
            &mut self,
            guardian: set_guardian::AccountId,
            until_ms: u64,
        ) -> Result<()> {
            guardian.done((until_ms,))
        }

        /// Offers the market to another owner; to the present one to take that back. Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn transfer_ownership(&mut self, to: transfer_ownership::AccountId) -> Result<()> {
            to.done(())
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
            front: upgrade::Option<Hash>,
            auctions: Option<Hash>,
            admin: Option<Hash>,
        ) -> Result<()> {
            front.done((auctions, admin))
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
        pub fn poke(&mut self, assets: poke::Vec<AssetId>) -> Result<()> {
            assets.done(())
        }

        /// Raises the breaker's level of an asset, or of the whole market, for a while. Halted stops
        /// its liquidations in this block. Only the guardian while their time runs, and the
        /// owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn raise_breaker(
            &mut self,
            asset: raise_breaker::Option<AssetId>,
            level: Level,
            lasts_ms: u64,
        ) -> Result<()> {
            asset.done((level, lasts_ms))
        }

        /// Takes the breaker of an asset, or what was raised for the whole market, back to Normal.
        /// Only the owner.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn reset_breaker(&mut self, asset: reset_breaker::Option<AssetId>) -> Result<()> {
            asset.done(())
        }

        // ---- Lenders ----

        /// Lends `assets` units of the caller's, for themselves or for somebody else. The market must
        /// have been approved for them.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        pub fn supply(
            &mut self,
            asset: supply::AssetId,
            assets: u128,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            asset.done((assets, on_behalf_of))
        }

        /// Takes back `assets` units that the caller has lent, or all with the highest number, and
        /// sends them to `receiver` (the caller if not given).
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        pub fn withdraw(
            &mut self,
            asset: withdraw::AssetId,
            assets: u128,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            asset.done((assets, receiver))
        }

        // ---- Borrowers ----

        /// Adds collateral of the caller's, for themselves or to collateral that somebody else holds.
        /// It is never lent. If that makes an account in auction healthy, the auction ends. With
        /// `excess_to_supply`, what a cap has no room for is lent instead of refused.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        pub fn deposit_collateral(
            &mut self,
            asset: deposit_collateral::AssetId,
            amount: u128,
            excess_to_supply: bool,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            asset.done((amount, excess_to_supply, on_behalf_of))
        }

        /// Takes back collateral, or all of it with the highest number, and sends it to `receiver`
        /// (the caller if not given). Without debt this is never refused.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        pub fn withdraw_collateral(
            &mut self,
            asset: withdraw_collateral::AssetId,
            amount: u128,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            asset.done((amount, receiver))
        }

        /// Borrows `assets` units against the caller's collateral and sends them to `receiver`
        /// (the caller if not given).
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        pub fn borrow(
            &mut self,
            asset: borrow::AssetId,
            assets: u128,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            asset.done((assets, receiver))
        }

        /// Repays at most `assets` units of the caller's or anybody's debt; the highest number
        /// for all of it. Never takes more than is owed, and is never refused for a price. If that
        /// makes an account in auction healthy, the auction ends.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        pub fn repay(
            &mut self,
            asset: repay::AssetId,
            assets: u128,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            asset.done((assets, on_behalf_of))
        }

        /// Does several actions on the caller's account in order, with one check of its health at
        /// the end. Of each token, only the balance moves. Refused after `deadline_ms`.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        pub fn batch(
            &mut self,
            actions: batch::Vec<Action>,
            deadline_ms: Option<u64>,
            receiver: Option<AccountId>,
        ) -> Result<()> {
            actions.done((deadline_ms, receiver))
        }

        // ---- Liquidation ----

        /// Starts the auction of an account whose health factor is below 1. Anyone may. Of an account near
        /// insolvency the backstop buys at once, and the auction is over where that heals it.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        pub fn liquidate(&mut self, account: liquidate::AccountId) -> Result<()> {
            account.done(())
        }

        /// Starts the auctions of those of the accounts whose health factor is below 1, reading each
        /// reserve and price once; the others are passed over. Answers how many it has started.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        pub fn liquidate_many(&mut self, accounts: liquidate_many::Vec<AccountId>) -> Result<u32> {
            accounts.done(())
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
            account: take::AccountId,
            collateral: AssetId,
            debt: AssetId,
            max_repay: u128,
            min_receive: u128,
            deadline_ms: Option<u64>,
            receiver: Option<AccountId>,
            callback: Option<Vec<u8>>,
        ) -> Result<(u128, u128)> {
            account.done((
                collateral,
                debt,
                max_repay,
                min_receive,
                deadline_ms,
                receiver,
                callback,
            ))
        }

        /// Takes from several accounts, reading each reserve and price once. Those that fail are
        /// passed over, so that losing a race for one costs little. Of each token, the sum moves
        /// once. Answers, for each, the units repaid and received, or why not.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        pub fn take_many(
            &mut self,
            orders: take_many::Vec<(AccountId, Order)>,
            deadline_ms: Option<u64>,
            receiver: Option<AccountId>,
        ) -> Result<Vec<Result<(u128, u128)>>> {
            orders.done((deadline_ms, receiver))
        }

        /// Has the backstop of `debt` buy collateral of an account in auction that is near insolvency.
        /// Anyone may. Answers with the units repaid and bought.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        pub fn backstop_fill(
            &mut self,
            account: backstop_fill::AccountId,
            collateral: AssetId,
            debt: AssetId,
        ) -> Result<(u128, u128)> {
            account.done((collateral, debt))
        }

        /// Ends the auction of an account that is healthy again. Anyone may.
        #[ink(message)]
        #[cfg(feature = "has_daily")]
        pub fn cure(&mut self, account: cure::AccountId) -> Result<()> {
            account.done(())
        }

        /// Writes off the debt of an account in auction whose collateral is worth next to nothing.
        /// Anyone may.
        #[ink(message)]
        #[cfg(feature = "has_auctions")]
        pub fn recognise_bad_debt(&mut self, account: recognise_bad_debt::AccountId) -> Result<()> {
            account.done(())
        }

        /// Pays out the caller's rewards in an asset, for auctions they have started, to `receiver`
        /// (the caller if not given).
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn claim_reward(
            &mut self,
            asset: claim_reward::AssetId,
            receiver: Option<AccountId>,
        ) -> Result<u128> {
            asset.done((receiver,))
        }

        // ---- Backstop ----

        /// Lends `assets` units of the caller's and puts them into the backstop of the asset: they
        /// earn interest and a premium, buy collateral of accounts near insolvency, and stand in for
        /// losses before other lenders. Answers with the stake's shares.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn backstop_deposit(
            &mut self,
            asset: backstop_deposit::AssetId,
            assets: u128,
        ) -> Result<u128> {
            asset.done((assets,))
        }

        /// Gives notice of withdrawal: it opens after the cool-down, for a while.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn backstop_give_notice(&mut self, asset: backstop_give_notice::AssetId) -> Result<()> {
            asset.done(())
        }

        /// Takes at most `shares` of the caller's stake out, if their withdrawal is open: its part of
        /// the money is money that they have lent then, its part of the collateral in stock goes to
        /// `receiver` (the caller if not given). Answers with the supply shares.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn backstop_withdraw(
            &mut self,
            asset: backstop_withdraw::AssetId,
            shares: u128,
            receiver: Option<AccountId>,
        ) -> Result<u128> {
            asset.done((shares, receiver))
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
            collateral: buy_stock::AssetId,
            debt: AssetId,
            max_pay: u128,
            min_receive: u128,
            deadline_ms: Option<u64>,
            receiver: Option<AccountId>,
            callback: Option<Vec<u8>>,
        ) -> Result<(u128, u128)> {
            collateral.done((debt, max_pay, min_receive, deadline_ms, receiver, callback))
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
            assets: priced_reserves::Vec<AssetId>,
        ) -> Result<Vec<PricedReserve>> {
            assets.done(())
        }

        /// What an account may claim as rewards in an asset, in units.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn reward(&self, account: reward::AccountId, asset: AssetId) -> u128 {
            account.done((asset,))
        }

        /// The number of a token's reserve.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn asset_of(&self, token: asset_of::AccountId) -> Option<AssetId> {
            token.done(())
        }

        /// An account's positions and its auction; an empty account if it has none.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn account(&self, account: account::AccountId) -> Account {
            account.done(())
        }

        /// An account with all reserves it uses, their prices, and the time: everything that its
        /// health, limits and auction are computed from.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn snapshot(&self, account: snapshot::AccountId) -> Result<AccountSnapshot> {
            account.done(())
        }

        /// How many pages the index of open auctions has, and the accounts in auction on one of
        /// them. A page may be empty; an account stays on its page while its auction runs.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn auctions(&self, page: auctions::u32) -> (u32, Vec<AccountId>) {
            page.done(())
        }

        /// What the backstop of an asset holds beside its money.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn backstop(&self, asset: backstop::AssetId) -> Result<Vault> {
            asset.done(())
        }

        /// An account's stake in the backstop of an asset.
        #[ink(message)]
        #[cfg(feature = "has_admin")]
        pub fn stake(&self, asset: stake::AssetId, account: AccountId) -> Result<VaultStake> {
            asset.done((account,))
        }
    }
}
