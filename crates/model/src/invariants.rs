//! What must hold after every step, whatever was done.

use crate::Model;
use breakwater_protocol::{
    shares::{to_assets_down, to_assets_up},
    AssetId, Position, MAX_POSITIONS,
};

impl Model {
    /// Checks every invariant; the first that is broken, in words.
    pub fn check(&self) -> Result<(), String> {
        for (asset, reserve) in (0u8..).zip(&self.reserves) {
            self.check_reserve(asset, reserve).map_err(|why| format!("asset {asset}: {why}"))?;
        }
        for (who, account) in &self.accounts {
            let fail = |why: &str| Err(format!("account {:02x}: {why}: {account:?}", who[0]));
            if account.is_empty() {
                return fail("an empty account is stored");
            }
            if account.positions.len() > MAX_POSITIONS {
                return fail("too many positions");
            }
            if account.positions.iter().any(Position::is_empty) {
                return fail("an empty position is stored");
            }
            if account.auction.is_some() && !account.has_debt() {
                return fail("an auction without debt");
            }
            if account.has_debt() && !account.has_collateral() && account.auction.is_none() {
                return fail("debt without collateral");
            }
            if account.isolation.is_some() && account.debts().count() != 1 {
                return fail("isolation without its one debt");
            }
        }
        Ok(())
    }

    fn check_reserve(
        &self,
        asset: AssetId,
        reserve: &breakwater_protocol::Reserve,
    ) -> Result<(), String> {
        let books = &reserve.books;
        let equal = |name: &str, sum: u128, book: u128| {
            if sum == book {
                Ok(())
            } else {
                Err(format!("{name}: accounts have {sum}, the books {book}"))
            }
        };
        equal(
            "supply shares",
            self.sum(asset, |held| held.supply_shares) + books.protocol_shares,
            books.supply_shares,
        )?;
        equal("debt shares", self.sum(asset, |held| held.debt_shares), books.debt_shares)?;
        equal("collateral", self.sum(asset, |held| held.collateral), books.collateral)?;
        let rewards = self.rewards.iter().filter(|((_, of), _)| *of == asset);
        equal("rewards", rewards.map(|(_, units)| units).sum(), books.rewards)?;
        let isolated: u128 = self
            .accounts
            .values()
            .filter_map(|account| account.isolation)
            .filter(|isolation| isolation.asset == asset)
            .map(|isolation| isolation.debt_wad)
            .sum();
        equal("isolated debt", isolated, books.isolated_debt_wad)?;

        let pot = books.supplied().map_err(|error| format!("{error:?}"))?;
        let owned = to_assets_down(books.supply_shares, pot).map_err(|e| format!("{e:?}"))?;
        if owned > pot.assets {
            return Err(format!("lenders own {owned} of {}", pot.assets));
        }
        let owed =
            to_assets_up(books.debt_shares, books.owed()).map_err(|error| format!("{error:?}"))?;
        // Rounded up, and one virtual unit.
        if owed > books.borrowed + 1 {
            return Err(format!("shares owe {owed}, the books {}", books.borrowed));
        }
        Ok(())
    }

    fn sum(&self, asset: AssetId, part: fn(&Position) -> u128) -> u128 {
        self.accounts.values().map(|account| part(&account.position(asset))).sum()
    }
}
