//! What must hold after every step, whatever was done.

use crate::Model;
use breakwater_protocol::{
    gradual::pool::MAX_STOCKS,
    num::shares::{to_assets_down, to_assets_up},
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
            let waits_with: &[AssetId] =
                account.auction.as_ref().map_or(&[], |auction| &auction.counted);
            for (place, asset) in waits_with.iter().enumerate() {
                let twice = waits_with.iter().take(place).any(|other| other == asset);
                if twice || account.position(*asset).collateral == 0 {
                    return fail("a price rises for what is not there");
                }
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

    /// Stakes own the vault's shares, and without shares there is nothing. All that is held for backstops is
    /// in some vault's stock.
    fn check_backstop(
        &self,
        asset: AssetId,
        reserve: &breakwater_protocol::Reserve,
    ) -> Result<(), String> {
        let vault = &reserve.vault;
        let mut shares = 0u128;
        for (_, stake) in self.stakes.range((asset, [0; 32])..=(asset, [255; 32])) {
            if stake.is_empty() || stake.generation > vault.generation {
                return Err(format!("a stake is stored: {stake:?} of {vault:?}"));
            }
            if stake.generation == vault.generation {
                shares += stake.shares;
            }
        }
        if shares != vault.shares {
            return Err(format!("stakes have {shares} shares of {}", vault.shares));
        }
        let is_left = reserve.balances.backstop_shares != 0 || !vault.stocks.is_empty();
        if vault.shares == 0 && is_left {
            return Err(format!("a backstop of nobody's: {vault:?} {:?}", reserve.balances));
        }
        let kinds = vault.stocks.iter().enumerate();
        let mut odd = kinds.filter(|(place, stock)| {
            let before = vault.stocks.iter().take(*place);
            stock.units == 0 || before.into_iter().any(|other| other.asset == stock.asset)
        });
        if odd.next().is_some() || vault.stocks.len() > MAX_STOCKS {
            return Err(format!("stock that can't be: {vault:?}"));
        }
        let held: u128 = self.reserves.iter().map(|other| other.vault.stock(asset)).sum();
        let book = reserve.balances.backstop_collateral;
        if held != book {
            return Err(format!("backstops hold {held} of it, the balances {book}"));
        }
        Ok(())
    }

    /// As many accounts wait as the price rises for.
    fn check_waiting(
        &self,
        asset: AssetId,
        reserve: &breakwater_protocol::Reserve,
    ) -> Result<(), String> {
        let running = self.accounts.values().filter_map(|account| account.auction.as_ref());
        let count = running.filter(|auction| auction.counted.contains(&asset)).count();
        let waiting = reserve.balances.gradual.waiting;
        if waiting as usize != count {
            return Err(format!("{count} accounts wait, the balances say {waiting}"));
        }
        Ok(())
    }

    fn check_reserve(
        &self,
        asset: AssetId,
        reserve: &breakwater_protocol::Reserve,
    ) -> Result<(), String> {
        let balances = &reserve.balances;
        let equal = |name: &str, sum: u128, book: u128| {
            if sum == book {
                Ok(())
            } else {
                Err(format!("{name}: accounts have {sum}, the balances {book}"))
            }
        };
        equal(
            "supply shares",
            self.sum(asset, |held| held.supply_shares)
                + balances.protocol_shares
                + balances.backstop_shares,
            balances.supply_shares,
        )?;
        equal("debt shares", self.sum(asset, |held| held.debt_shares), balances.debt_shares)?;
        equal("collateral", self.sum(asset, |held| held.collateral), balances.collateral)?;
        let rewards = self.rewards.iter().filter(|((_, of), _)| *of == asset);
        equal("rewards", rewards.map(|(_, units)| units).sum(), balances.rewards)?;
        let isolated: u128 = self
            .accounts
            .values()
            .filter_map(|account| account.isolation)
            .filter(|isolation| isolation.asset == asset)
            .map(|isolation| isolation.debt_wad)
            .sum();
        equal("isolated debt", isolated, balances.isolated_debt_wad)?;

        self.check_backstop(asset, reserve)?;
        self.check_waiting(asset, reserve)?;
        self.check_backing(reserve)?;
        let pot = balances.supplied().map_err(|error| format!("{error:?}"))?;
        let owned = to_assets_down(balances.supply_shares, pot).map_err(|e| format!("{e:?}"))?;
        if owned > pot.assets {
            return Err(format!("lenders own {owned} of {}", pot.assets));
        }
        let owed = to_assets_up(balances.debt_shares, balances.owed())
            .map_err(|error| format!("{error:?}"))?;
        // Rounded up, and one virtual unit.
        if owed > balances.borrowed + 1 {
            return Err(format!("shares owe {owed}, the balances {}", balances.borrowed));
        }
        Ok(())
    }

    /// All that was paid in and not out again is in some book, to the unit. A model that was read from
    /// a chain has not seen what was paid.
    fn check_backing(&self, reserve: &breakwater_protocol::Reserve) -> Result<(), String> {
        let Some(held) = self.balances.get(&reserve.config.token) else { return Ok(()) };
        let backing = reserve.balances.backing().map_err(|error| format!("{error:?}"))?;
        if *held != backing {
            return Err(format!("the market holds {held}, its balances say {backing}"));
        }
        Ok(())
    }

    fn sum(&self, asset: AssetId, part: fn(&Position) -> u128) -> u128 {
        self.accounts.values().map(|account| part(&account.position(asset))).sum()
    }
}
