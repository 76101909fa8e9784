//! The messages, under their names: a module each, with the type of the first argument under the name of what it
//! stands for, as ink! puts the written name into the metadata.

use crate::{
    codes::{Admin, Auctions, Daily},
    early::{Answer, Early, Message},
    market::{Market, Result},
};
use breakwater_protocol::{
    actions::Action, Account, AccountSnapshot, AssetId, Income, Level, MarketParams, Order,
    PricedReserve, ReserveConfig, Vault, VaultStake,
};
use core::{option::Option, primitive::u32};
use ink::{
    prelude::vec::Vec,
    primitives::{AccountId, Hash},
};

impl Answer for u128 {}
impl Answer for Option<AssetId> {}
impl Answer for Account {}
impl Answer for (u32, Vec<AccountId>) {}

/// The type of a first argument.
macro_rules! first_argument {
    ($name:ident) => {
        /// The message's first argument.
        #[allow(non_camel_case_types)]
        pub type $name = super::Early<super::$name, Run>;
    };
    ($name:ident<$item:ty>) => {
        /// The message's first argument.
        pub type $name<T> = super::Early<super::$name<T>, Run>;
    };
}

macro_rules! messages {
    ($($home:ident $message:ident(
        $first:ident: $name:ident$(<$item:ty>)?; $($rest:ident: $type:ty),*
    ) -> $answer:ty = $does:ident($($argument:expr),*);)+) => {
        $(#[doc = concat!("Of `", stringify!($message), "`.")]
        pub mod $message {
            /// The message.
            pub enum Run {}
            first_argument!($name$(<$item>)?);
        }
        impl Message<$name$(<$item>)?> for $message::Run {
            type Home = $home;
            type Rest = ($($type,)*);
            type Answer = $answer;

            #[inline(always)]
            fn run(
                market: &mut Market,
                $first: $name$(<$item>)?,
                ($($rest,)*): Self::Rest,
            ) -> $answer {
                market.$does($($argument),*)
            }
        })+
    };
}
messages! {
    Daily supply(asset: AssetId; assets: u128, on_behalf_of: Option<AccountId>) -> Result<()> =
        act_for(on_behalf_of, Action::Supply { asset, assets });
    Daily withdraw(asset: AssetId; assets: u128, receiver: Option<AccountId>) -> Result<()> =
        act_own(receiver, Action::Withdraw { asset, assets });
    Daily deposit_collateral(
        asset: AssetId; amount: u128, excess_to_supply: bool, on_behalf_of: Option<AccountId>
    ) -> Result<()> =
        act_for(on_behalf_of, Action::DepositCollateral { asset, amount, excess_to_supply });
    Daily withdraw_collateral(
        asset: AssetId; amount: u128, receiver: Option<AccountId>
    ) -> Result<()> =
        act_own(receiver, Action::WithdrawCollateral { asset, amount });
    Daily borrow(asset: AssetId; assets: u128, receiver: Option<AccountId>) -> Result<()> =
        act_own(receiver, Action::Borrow { asset, assets });
    Daily repay(asset: AssetId; assets: u128, on_behalf_of: Option<AccountId>) -> Result<()> =
        act_for(on_behalf_of, Action::Repay { asset, assets });
    Daily batch(
        actions: Vec<Action>; deadline_ms: Option<u64>, receiver: Option<AccountId>
    ) -> Result<()> =
        do_batch(actions, deadline_ms, receiver);
    Daily liquidate(account: AccountId;) -> Result<()> = do_liquidate(account);
    Daily cure(account: AccountId;) -> Result<()> = do_cure(account);

    Auctions liquidate_many(accounts: Vec<AccountId>;) -> Result<u32> = do_liquidate_many(accounts);
    Auctions take(
        account: AccountId; collateral: AssetId, debt: AssetId, max_repay: u128,
        min_receive: u128, deadline_ms: Option<u64>, receiver: Option<AccountId>,
        callback: Option<Vec<u8>>
    ) -> Result<(u128, u128)> =
        do_take(account, collateral, debt, max_repay, min_receive, deadline_ms, receiver, callback);
    Auctions take_many(
        orders: Vec<(AccountId, Order)>; deadline_ms: Option<u64>, receiver: Option<AccountId>
    ) -> Result<Vec<Result<(u128, u128)>>> =
        do_take_many(orders, deadline_ms, receiver);
    Auctions backstop_fill(
        account: AccountId; collateral: AssetId, debt: AssetId
    ) -> Result<(u128, u128)> =
        do_backstop_fill(account, collateral, debt);
    Auctions recognise_bad_debt(account: AccountId;) -> Result<()> = do_recognise(account);

    Admin list_reserve(config: ReserveConfig;) -> Result<AssetId> = do_list(config);
    Admin configure_reserve(asset: AssetId; config: ReserveConfig) -> Result<()> =
        do_configure(asset, config);
    Admin set_params(params: MarketParams;) -> Result<()> = do_set_params(params);
    Admin collect(
        asset: AssetId; income: Income, amount: u128, receiver: AccountId
    ) -> Result<u128> =
        do_collect(asset, income, amount, receiver);
    Admin delist_reserve(asset: AssetId;) -> Result<()> = do_delist(asset);
    Admin set_guardian(guardian: AccountId; until_ms: u64) -> Result<()> =
        do_set_guardian(guardian, until_ms);
    Admin transfer_ownership(to: AccountId;) -> Result<()> = do_transfer_ownership(to);
    Admin upgrade(front: Option<Hash>; auctions: Option<Hash>, admin: Option<Hash>) -> Result<()> =
        do_upgrade(front, auctions, admin);
    Admin poke(assets: Vec<AssetId>;) -> Result<()> = do_poke(assets);
    Admin raise_breaker(asset: Option<AssetId>; level: Level, lasts_ms: u64) -> Result<()> =
        do_raise_breaker(asset, level, lasts_ms);
    Admin reset_breaker(asset: Option<AssetId>;) -> Result<()> = do_reset_breaker(asset);
    Admin claim_reward(asset: AssetId; receiver: Option<AccountId>) -> Result<u128> =
        do_claim_reward(asset, receiver);
    Admin backstop_deposit(asset: AssetId; assets: u128) -> Result<u128> =
        do_backstop_deposit(asset, assets);
    Admin backstop_give_notice(asset: AssetId;) -> Result<()> = do_backstop_give_notice(asset);
    Admin backstop_withdraw(
        asset: AssetId; shares: u128, receiver: Option<AccountId>
    ) -> Result<u128> =
        do_backstop_withdraw(asset, shares, receiver);
    Admin buy_stock(
        collateral: AssetId; debt: AssetId, max_pay: u128, min_receive: u128,
        deadline_ms: Option<u64>, receiver: Option<AccountId>, callback: Option<Vec<u8>>
    ) -> Result<(u128, u128)> =
        do_buy_stock(collateral, debt, max_pay, min_receive, deadline_ms, receiver, callback);
    Admin priced_reserves(assets: Vec<AssetId>;) -> Result<Vec<PricedReserve>> =
        view_priced_reserves(assets);
    Admin reward(account: AccountId; asset: AssetId) -> u128 = view_reward(account, asset);
    Admin asset_of(token: AccountId;) -> Option<AssetId> = view_asset_of(token);
    Admin account(account: AccountId;) -> Account = view_account(account);
    Admin snapshot(account: AccountId;) -> Result<AccountSnapshot> = view_snapshot(account);
    Admin auctions(page: u32;) -> (u32, Vec<AccountId>) = view_auctions(page);
    Admin backstop(asset: AssetId;) -> Result<Vault> = view_backstop(asset);
    Admin stake(asset: AssetId; account: AccountId) -> Result<VaultStake> =
        view_stake(asset, account);
}
