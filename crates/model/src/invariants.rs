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
            if let Some(record) = account.isolation {
                if !account.has_debt() || account.position(record.asset).collateral == 0 {
                    return fail("isolation without its debt or its collateral");
                }
            }
            let counted: u128 = account.counted.iter().map(|(_, value_wad)| value_wad).sum();
            let owed = |(debt, _): &(AssetId, u128)| account.position(*debt).debt_shares != 0;
            if counted != account.isolation.map_or(0, |record| record.debt_wad)
                || !account.counted.iter().all(owed)
            {
                return fail("isolation counts other than its debts");
            }
        }
        self.check_index()
    }

    /// The index has exactly the accounts in auction, each on its page.
    fn check_index(&self) -> Result<(), String> {
        let in_auction = self.accounts.values().filter(|held| held.auction.is_some()).count();
        let indexed: usize = self.open.iter().map(Vec::len).sum();
        let placed = self.open.iter().enumerate().all(|(number, page)| {
            let is_here = |who| {
                self.account(who).auction.is_some_and(|auction| auction.page as usize == number)
            };
            page.iter().all(is_here)
        });
        if !placed || in_auction != indexed {
            return Err(format!("{in_auction} auctions, the index has {indexed}"));
        }
        Ok(())
    }

    /// Stakes own the pool's shares and no more collateral than is held for them.
    fn check_backstop(
        &self,
        asset: AssetId,
        reserve: &breakwater_protocol::Reserve,
    ) -> Result<(), String> {
        let pool = self.pool(asset);
        let here = self.stakes.range((asset, [0; 32])..=(asset, [255; 32]));
        let shares: u128 =
            here.filter(|(_, stake)| stake.epoch == pool.epoch).map(|(_, s)| s.shares).sum();
        if shares != pool.shares {
            return Err(format!("stakes have {shares} pool shares of {}", pool.shares));
        }
        if pool.shares == 0 && reserve.books.backstop_shares != 0 {
            return Err(format!("a backstop of nobody's: {:?}", reserve.books));
        }
        let mut claims = 0;
        for (pool_asset, account) in self.stakes.keys() {
            let (_, stake, _) = self.stake(*pool_asset, *account).map_err(|e| format!("{e:?}"))?;
            let decimals = reserve.config.decimals;
            claims += stake.claimable_down(asset, decimals).map_err(|e| format!("{e:?}"))?;
        }
        if claims > reserve.books.backstop_collateral {
            let held = reserve.books.backstop_collateral;
            return Err(format!("stakes may claim {claims}, the backstops hold {held}"));
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
            self.sum(asset, |held| held.supply_shares)
                + books.protocol_shares
                + books.backstop_shares,
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

        self.check_backstop(asset, reserve)?;
        self.check_backing(reserve)?;
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

    /// All that was paid in and not out again is in some book, to the unit. A model that was read from
    /// a chain has not seen what was paid.
    fn check_backing(&self, reserve: &breakwater_protocol::Reserve) -> Result<(), String> {
        let Some(held) = self.balances.get(&reserve.config.token) else { return Ok(()) };
        let backing = reserve.books.backing().map_err(|error| format!("{error:?}"))?;
        if *held != backing {
            return Err(format!("the market holds {held}, its books say {backing}"));
        }
        Ok(())
    }

    fn sum(&self, asset: AssetId, part: fn(&Position) -> u128) -> u128 {
        self.accounts.values().map(|account| part(&account.position(asset))).sum()
    }
}
