//! The books of one reserve: one storage cell with configuration and balances (§ 1.1).

use crate::{
    config::ReserveConfig,
    math::{add, bps_to_wad, mul_div_down, sub, WAD},
    rates::{borrow_rate_wad, growth_wad, utilisation_wad},
    shares::{to_shares_down, Pot},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A listed asset. Configuration and books share a cell: an item read costs far more than its
/// bytes, and every action needs both.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Reserve {
    pub config: ReserveConfig,
    pub books: Books,
}

/// Balances of a reserve, in units of its token. They are internal: a donation changes nothing.
///
/// Identities at all times: supplied = cash + borrowed; the token balance of the market is at
/// least cash + collateral + protocol collateral.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Books {
    /// Supplied and not lent out.
    pub cash: u128,
    /// Owed by borrowers, with interest up to `accrued_ms`.
    pub borrowed: u128,
    /// Shares of `cash + borrowed`, the protocol's among them.
    pub supply_shares: u128,
    /// Shares of `borrowed`.
    pub debt_shares: u128,
    /// Supply shares that belong to the protocol.
    pub protocol_shares: u128,
    /// Collateral of all accounts: never lent.
    pub collateral: u128,
    /// Collateral taken as liquidation fee: the protocol's.
    pub protocol_collateral: u128,
    /// Time up to which interest is in `borrowed`, in Unix milliseconds.
    pub accrued_ms: u64,
}

impl Books {
    /// What lenders own: cash and outstanding debt.
    pub fn supplied(&self) -> Result<Pot, Error> {
        Ok(Pot { assets: add(self.cash, self.borrowed)?, shares: self.supply_shares })
    }

    /// What borrowers owe.
    pub fn owed(&self) -> Pot {
        Pot { assets: self.borrowed, shares: self.debt_shares }
    }

    /// The least the market's token balance may be.
    pub fn backing(&self) -> Result<u128, Error> {
        add(self.cash, add(self.collateral, self.protocol_collateral)?)
    }
}

impl Reserve {
    /// A new reserve with empty books.
    ///
    /// # Errors
    /// Whatever [`ReserveConfig::validate`] finds.
    pub fn new(config: ReserveConfig, now_ms: u64) -> Result<Self, Error> {
        config.validate()?;
        Ok(Self { config, books: Books { accrued_ms: now_ms, ..Books::default() } })
    }

    /// Yearly borrow rate at present, in wad.
    pub fn borrow_rate_wad(&self) -> Result<u128, Error> {
        let used_wad = utilisation_wad(self.books.cash, self.books.borrowed)?;
        borrow_rate_wad(&self.config.rate, used_wad)
    }

    /// Brings interest up to date. Doing it twice, or with a clock that stands still, changes
    /// nothing.
    pub fn accrue(&mut self, now_ms: u64) -> Result<(), Error> {
        let elapsed_ms = now_ms.saturating_sub(self.books.accrued_ms);
        if elapsed_ms == 0 {
            return Ok(());
        }
        if self.books.borrowed == 0 {
            self.books.accrued_ms = now_ms;
            return Ok(());
        }
        let growth = growth_wad(self.borrow_rate_wad()?, elapsed_ms)?;
        let interest = mul_div_down(self.books.borrowed, growth, WAD)?;
        if interest == 0 {
            // Too little time for one unit: leave the clock, or frequent pokes would make
            // borrowing free.
            return Ok(());
        }
        self.books.borrowed = add(self.books.borrowed, interest)?;
        self.books.accrued_ms = now_ms;
        self.credit_protocol(interest)
    }

    /// Gives the protocol its part of new interest, as supply shares at the price after the rest.
    fn credit_protocol(&mut self, interest: u128) -> Result<(), Error> {
        let fee = mul_div_down(interest, bps_to_wad(self.config.reserve_factor_bps), WAD)?;
        let mut pot = self.books.supplied()?;
        pot.assets = sub(pot.assets, fee)?;
        let shares = to_shares_down(fee, pot)?;
        self.books.supply_shares = add(self.books.supply_shares, shares)?;
        self.books.protocol_shares = add(self.books.protocol_shares, shares)?;
        Ok(())
    }

    /// Takes debt off the books that nobody will repay. Lenders bear it by share price (§ 4.6).
    pub fn write_off(&mut self, assets: u128, shares: u128) -> Result<(), Error> {
        self.books.borrowed = self.books.borrowed.saturating_sub(assets);
        self.books.debt_shares = sub(self.books.debt_shares, shares)?;
        Ok(())
    }
}
