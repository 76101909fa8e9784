//! Shares of a stake as a PSP22 token, so that a chain's staked asset can be listed. Coins that come in are
//! staked with one validator in one subnet through the chain's extension; what the stake earns is the
//! holders', so a share is worth more and more. What it is worth is read from the chain.
//!
//! The extension is that of Bittensor's subtensor: functions 0, 1, 2 and 15.
#![cfg_attr(not(feature = "std"), no_std, no_main)]
// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

mod extension;
mod math;

pub use extension::{Live, StakeError, StakeInfo, Staking};

use ink::prelude::{string::String, vec::Vec};

/// DIA's interface, whose selectors ink! derives from the names: with it a price feed reads the share's
/// price where it is made.
#[ink::trait_definition]
pub trait OracleGetters {
    /// Time in milliseconds and price with 18 decimals.
    #[ink(message)]
    fn get_latest_price(&self, key: String) -> Option<(u64, u128)>;

    /// Several at once.
    #[ink(message)]
    fn get_latest_prices(&self, keys: Vec<String>) -> Vec<Option<(u64, u128)>>;
}

#[ink::contract(env = crate::Live)]
pub mod stake {
    use crate::{math, OracleGetters, StakeError};
    use breakwater_psp22::{Change, PSP22Data, PSP22Error, PSP22Metadata, PSP22};
    use ink::prelude::{format, string::String, vec::Vec};

    #[ink(storage)]
    pub struct Stake {
        data: PSP22Data,
        /// Whom the stake is with.
        hotkey: AccountId,
        /// The subnet it is in.
        netuid: u16,
        name: String,
        symbol: String,
        decimals: u8,
    }

    impl Stake {
        /// Shares of what is staked with `hotkey` in subnet `netuid`. A whole share, of `decimals` digits, is
        /// a thousandth as fine as the chain's own unit: three more decimals than the stake has.
        #[ink(constructor)]
        pub fn new(
            hotkey: AccountId,
            netuid: u16,
            name: String,
            symbol: String,
            decimals: u8,
        ) -> Self {
            Self { data: PSP22Data::default(), hotkey, netuid, name, symbol, decimals }
        }

        /// Stakes the coins that come with the call, for shares of the caller's: as many as what was gained
        /// is a part of what was there, rounded down.
        ///
        /// # Errors
        /// `Custom`: `Stake:…` if the chain does not stake, `TooLittle` if it is not worth a share.
        #[ink(message, payable)]
        pub fn stake(&mut self) -> Result<u128, PSP22Error> {
            let before = self.staked()?;
            let planck = self.env().transferred_value();
            self.env().extension().add_stake(self.hotkey, self.netuid, planck).map_err(refused)?;
            // What the chain has added, not what it was given: there are fees.
            let gained = self.staked()?.saturating_sub(before);
            let shares = math::shares_down(gained, before, self.data.total_supply())
                .ok_or_else(|| custom("Overflow"))?;
            if shares == 0 {
                return Err(custom("TooLittle"));
            }
            let changes = self.data.mint(self.env().caller(), shares)?;
            self.emit(changes);
            Ok(shares)
        }

        /// Burns shares of the caller's, takes their part of the stake out, rounded down, and pays what the
        /// chain gives for it.
        ///
        /// # Errors
        /// `InsufficientBalance`; `Custom`: `Stake:…` if the chain does not let it go, `TooLittle`,
        /// `TransferFailed`.
        #[ink(message)]
        pub fn unstake(&mut self, shares: u128) -> Result<Balance, PSP22Error> {
            let caller = self.env().caller();
            let alpha = math::stake_down(shares, self.staked()?, self.data.total_supply())
                .ok_or_else(|| custom("Overflow"))?;
            if alpha == 0 {
                return Err(custom("TooLittle"));
            }
            let changes = self.data.burn(caller, shares)?;
            let before = self.env().balance();
            self.env()
                .extension()
                .remove_stake(self.hotkey, self.netuid, alpha)
                .map_err(refused)?;
            let planck = self.env().balance().saturating_sub(before);
            self.env().transfer(caller, planck).map_err(|_| custom("TransferFailed"))?;
            self.emit(changes);
            Ok(planck)
        }

        /// What the chain says is staked, in its units.
        ///
        /// # Errors
        /// `Custom`: `Stake:…` if the chain does not say.
        #[ink(message)]
        pub fn staked(&self) -> Result<u64, PSP22Error> {
            let own = self.env().account_id();
            let held = self.env().extension().stake_info(self.hotkey, own, self.netuid);
            Ok(held.map_err(refused)?.map_or(0, |held| held.stake.0))
        }

        /// What a whole share is worth in whole coins, with 18 decimals, rounded down: its part of the stake
        /// at the chain's price.
        ///
        /// # Errors
        /// As [`Stake::staked`].
        #[ink(message)]
        pub fn share_price_wad(&self) -> Result<u128, PSP22Error> {
            let price = self.env().extension().alpha_price(self.netuid).map_err(refused)?;
            math::share_price_wad_down(self.staked()?, self.data.total_supply(), price)
                .ok_or_else(|| custom("Overflow"))
        }

        fn emit(&self, changes: Vec<Change>) {
            for change in changes {
                match change {
                    Change::Transfer(event) => self.env().emit_event(event),
                    Change::Approval(event) => self.env().emit_event(event),
                }
            }
        }
    }

    fn custom(why: &str) -> PSP22Error {
        PSP22Error::Custom(why.into())
    }

    fn refused(why: StakeError) -> PSP22Error {
        PSP22Error::Custom(format!("Stake:{}", why.0))
    }

    impl OracleGetters for Stake {
        /// The share's price now, in coins, whatever the key; none while nothing is staked.
        #[ink(message)]
        fn get_latest_price(&self, _key: String) -> Option<(u64, u128)> {
            if self.data.total_supply() == 0 {
                return None;
            }
            let price_wad = self.share_price_wad().ok()?;
            Some((self.env().block_timestamp(), price_wad))
        }

        /// The same, as often as it is asked for.
        #[ink(message)]
        fn get_latest_prices(&self, keys: Vec<String>) -> Vec<Option<(u64, u128)>> {
            keys.into_iter().map(|key| self.get_latest_price(key)).collect()
        }
    }

    impl PSP22 for Stake {
        /// Units in existence.
        #[ink(message)]
        fn total_supply(&self) -> u128 {
            self.data.total_supply()
        }

        /// Units that `owner` has.
        #[ink(message)]
        fn balance_of(&self, owner: AccountId) -> u128 {
            self.data.balance_of(owner)
        }

        /// Units of `owner`'s that `spender` may move.
        #[ink(message)]
        fn allowance(&self, owner: AccountId, spender: AccountId) -> u128 {
            self.data.allowance(owner, spender)
        }

        /// Moves `value` units of the caller's. To oneself or of nothing it is Ok and does nothing.
        #[ink(message)]
        fn transfer(
            &mut self,
            to: AccountId,
            value: u128,
            _data: Vec<u8>,
        ) -> Result<(), PSP22Error> {
            let changes = self.data.transfer(self.env().caller(), to, value)?;
            self.emit(changes);
            Ok(())
        }

        /// Moves `value` units of `from`'s that the caller has an allowance for.
        #[ink(message)]
        fn transfer_from(
            &mut self,
            from: AccountId,
            to: AccountId,
            value: u128,
            _data: Vec<u8>,
        ) -> Result<(), PSP22Error> {
            let changes = self.data.transfer_from(self.env().caller(), from, to, value)?;
            self.emit(changes);
            Ok(())
        }

        /// Lets `spender` move `value` units of the caller's.
        #[ink(message)]
        fn approve(&mut self, spender: AccountId, value: u128) -> Result<(), PSP22Error> {
            let changes = self.data.approve(self.env().caller(), spender, value);
            self.emit(changes);
            Ok(())
        }

        /// Adds to an allowance.
        #[ink(message)]
        fn increase_allowance(
            &mut self,
            spender: AccountId,
            delta_value: u128,
        ) -> Result<(), PSP22Error> {
            let owner = self.env().caller();
            let value = self.data.allowance(owner, spender).saturating_add(delta_value);
            let changes = self.data.approve(owner, spender, value);
            self.emit(changes);
            Ok(())
        }

        /// Takes from an allowance.
        #[ink(message)]
        fn decrease_allowance(
            &mut self,
            spender: AccountId,
            delta_value: u128,
        ) -> Result<(), PSP22Error> {
            let owner = self.env().caller();
            let allowed = self.data.allowance(owner, spender);
            let value =
                allowed.checked_sub(delta_value).ok_or(PSP22Error::InsufficientAllowance)?;
            let changes = self.data.approve(owner, spender, value);
            self.emit(changes);
            Ok(())
        }
    }

    impl PSP22Metadata for Stake {
        /// The token's name.
        #[ink(message)]
        fn token_name(&self) -> Option<String> {
            Some(self.name.clone())
        }

        /// The token's symbol.
        #[ink(message)]
        fn token_symbol(&self) -> Option<String> {
            Some(self.symbol.clone())
        }

        /// Decimals of one whole token.
        #[ink(message)]
        fn token_decimals(&self) -> u8 {
            self.decimals
        }
    }
}
