//! All accounts in memory, as the store has them.

use breakwater_chain::AccountId;
use breakwater_protocol::{AssetId, Balances, Position, PricedReserve};
use scale::{Decode, Encode};
use std::collections::BTreeMap;

/// Positions of all accounts, who is in auction, and the sums per asset.
#[derive(Debug, Default)]
pub struct AccountIndex {
    /// Positions as the chain encodes them: a third of what they take otherwise, and there are millions.
    accounts: BTreeMap<AccountId, Box<[u8]>>,
    /// Accounts in auction, with the time at which it started, in Unix milliseconds.
    pub auctions: BTreeMap<AccountId, u64>,
    sums: BTreeMap<AssetId, Sums>,
}

/// What all accounts hold of an asset together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub supply_shares: u128,
    pub debt_shares: u128,
    pub collateral: u128,
}

/// A sum that the market's own balances contradict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "asset {asset}: accounts have {what} of {ours} together, the market's balances say {theirs}"
)]
pub struct Mismatch {
    pub asset: AssetId,
    pub what: &'static str,
    pub ours: u128,
    pub theirs: u128,
}

impl AccountIndex {
    /// How many accounts hold something.
    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// Whether no account holds anything.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }

    /// An account's positions; none if it holds nothing.
    pub fn positions(&self, account: &AccountId) -> Vec<Position> {
        self.accounts.get(account).map_or_else(Vec::new, |bytes| unpacked(bytes))
    }

    /// All accounts with their positions.
    pub fn accounts(&self) -> impl Iterator<Item = (&AccountId, Vec<Position>)> {
        self.accounts.iter().map(|(account, bytes)| (account, unpacked(bytes)))
    }

    /// All accounts.
    pub fn names(&self) -> impl Iterator<Item = &AccountId> {
        self.accounts.keys()
    }

    /// Replaces one position.
    pub fn set(&mut self, account: AccountId, position: Position) {
        let mut held = self.positions(&account);
        let place = held.iter().position(|held| held.asset == position.asset);
        let before = match place {
            Some(place) if position.is_empty() => held.swap_remove(place),
            Some(place) => std::mem::replace(&mut held[place], position),
            None => {
                if !position.is_empty() {
                    held.push(position);
                }
                Position::default()
            }
        };
        if held.is_empty() {
            self.accounts.remove(&account);
        } else {
            self.accounts.insert(account, held.encode().into_boxed_slice());
        }
        let sums = self.sums.entry(position.asset).or_default();
        // Sums that overflow or fall below zero are wrong either way: the comparison shows it.
        let moved = |sum: u128, from: u128, to: u128| sum.wrapping_sub(from).wrapping_add(to);
        sums.supply_shares =
            moved(sums.supply_shares, before.supply_shares, position.supply_shares);
        sums.debt_shares = moved(sums.debt_shares, before.debt_shares, position.debt_shares);
        sums.collateral = moved(sums.collateral, before.collateral, position.collateral);
    }

    /// Compares the sums with the market's balances of the same block: an event that was missed or
    /// counted twice shows here.
    ///
    /// # Errors
    /// The first [`Mismatch`].
    pub fn check(&self, lines: &[PricedReserve]) -> Result<(), Mismatch> {
        for line in lines {
            let asset = line.asset;
            let sums = self.sums.get(&asset).copied().unwrap_or_default();
            let Balances { supply_shares, protocol_shares, backstop_shares, .. } =
                line.reserve.balances;
            let lent = supply_shares.wrapping_sub(protocol_shares).wrapping_sub(backstop_shares);
            for (what, ours, theirs) in [
                ("supply shares", sums.supply_shares, lent),
                ("debt shares", sums.debt_shares, line.reserve.balances.debt_shares),
                ("collateral", sums.collateral, line.reserve.balances.collateral),
            ] {
                if ours != theirs {
                    return Err(Mismatch { asset, what, ours, theirs });
                }
            }
        }
        Ok(())
    }
}

/// Positions of their encoding, which is our own.
fn unpacked(mut bytes: &[u8]) -> Vec<Position> {
    Vec::decode(&mut bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_follow_every_change_and_empty_accounts_go() {
        let mut index = AccountIndex::default();
        let held = |collateral, debt_shares| Position {
            asset: 1,
            collateral,
            debt_shares,
            ..Position::default()
        };
        index.set([1; 32], held(5, 7));
        index.set([2; 32], held(10, 0));
        index.set([1; 32], held(4, 9));
        assert_eq!(index.len(), 2);
        assert_eq!(index.sums[&1], Sums { supply_shares: 0, debt_shares: 9, collateral: 14 });
        index.set([1; 32], held(0, 0));
        assert_eq!((index.len(), index.positions(&[1; 32])), (1, vec![]));
        assert_eq!(index.sums[&1], Sums { supply_shares: 0, debt_shares: 0, collateral: 10 });
    }
}
