//! Balances and allowances: changes return the events that the contract emits.

use crate::psp22::PSP22Error;
use ink::{
    prelude::{vec, vec::Vec},
    primitives::AccountId,
    storage::Mapping,
};

/// Units moved; created when `from` is `None`.
#[ink::event]
pub struct Transfer {
    #[ink(topic)]
    pub from: Option<AccountId>,
    #[ink(topic)]
    pub to: Option<AccountId>,
    pub value: u128,
}

/// An allowance was set.
#[ink::event]
pub struct Approval {
    #[ink(topic)]
    pub owner: AccountId,
    #[ink(topic)]
    pub spender: AccountId,
    pub amount: u128,
}

/// What a change has to report.
pub enum Change {
    Transfer(Transfer),
    Approval(Approval),
}

/// The token's books.
#[ink::storage_item]
#[derive(Debug, Default)]
pub struct PSP22Data {
    total_supply: u128,
    balances: Mapping<AccountId, u128>,
    allowances: Mapping<(AccountId, AccountId), u128>,
}

impl PSP22Data {
    /// Books in which `owner` has everything.
    pub fn with_supply(owner: AccountId, supply: u128) -> (Self, Option<Transfer>) {
        let mut data = Self { total_supply: supply, ..Self::default() };
        if supply == 0 {
            return (data, None);
        }
        data.balances.insert(owner, &supply);
        (data, Some(Transfer { from: None, to: Some(owner), value: supply }))
    }

    pub fn total_supply(&self) -> u128 {
        self.total_supply
    }

    pub fn balance_of(&self, owner: AccountId) -> u128 {
        self.balances.get(owner).unwrap_or_default()
    }

    pub fn allowance(&self, owner: AccountId, spender: AccountId) -> u128 {
        self.allowances.get((owner, spender)).unwrap_or_default()
    }

    pub fn mint(&mut self, to: AccountId, value: u128) -> Result<Vec<Change>, PSP22Error> {
        if value == 0 {
            return Ok(vec![]);
        }
        self.total_supply = self.total_supply.checked_add(value).ok_or_else(overflow)?;
        self.add(to, value)?;
        Ok(vec![Change::Transfer(Transfer { from: None, to: Some(to), value })])
    }

    pub fn transfer(
        &mut self,
        from: AccountId,
        to: AccountId,
        value: u128,
    ) -> Result<Vec<Change>, PSP22Error> {
        if from == to || value == 0 {
            return Ok(vec![]);
        }
        let balance =
            self.balance_of(from).checked_sub(value).ok_or(PSP22Error::InsufficientBalance)?;
        if balance == 0 {
            self.balances.remove(from);
        } else {
            self.balances.insert(from, &balance);
        }
        self.add(to, value)?;
        Ok(vec![Change::Transfer(Transfer { from: Some(from), to: Some(to), value })])
    }

    pub fn transfer_from(
        &mut self,
        spender: AccountId,
        from: AccountId,
        to: AccountId,
        value: u128,
    ) -> Result<Vec<Change>, PSP22Error> {
        if from == to || value == 0 {
            return Ok(vec![]);
        }
        if spender == from {
            return self.transfer(from, to, value);
        }
        let allowed = self
            .allowance(from, spender)
            .checked_sub(value)
            .ok_or(PSP22Error::InsufficientAllowance)?;
        let mut changes = self.approve(from, spender, allowed);
        changes.extend(self.transfer(from, to, value)?);
        Ok(changes)
    }

    pub fn approve(&mut self, owner: AccountId, spender: AccountId, amount: u128) -> Vec<Change> {
        if owner == spender {
            return vec![];
        }
        if amount == 0 {
            self.allowances.remove((owner, spender));
        } else {
            self.allowances.insert((owner, spender), &amount);
        }
        vec![Change::Approval(Approval { owner, spender, amount })]
    }

    fn add(&mut self, to: AccountId, value: u128) -> Result<(), PSP22Error> {
        let balance = self.balance_of(to).checked_add(value).ok_or_else(overflow)?;
        self.balances.insert(to, &balance);
        Ok(())
    }
}

fn overflow() -> PSP22Error {
    PSP22Error::Custom("Overflow".into())
}
