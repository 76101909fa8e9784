//! A venue that answers what it would pay for so many units, such as an order book: it is asked for several
//! sizes, and between them what it pays lies on or above the line, for the best orders go first.

use crate::{
    config::QuoteConfig,
    snapshot::{MarketSnapshot, Observations, Question},
    strategy::venue::Venue,
};
use breakwater_chain::AccountId;
use breakwater_protocol::{num::math::mul_div_down, AssetId, Error};

/// Which venue, and what it is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuoteBook {
    pub address: AccountId,
    pub sold: AssetId,
    pub bought: AssetId,
    /// The most that would be sold at once, in whole tokens.
    pub most: f64,
}

impl From<&QuoteConfig> for QuoteBook {
    fn from(config: &QuoteConfig) -> Self {
        let QuoteConfig { address, sold, bought, most } = *config;
        Self { address, sold, bought, most }
    }
}

impl QuoteBook {
    /// What has to be asked to know what it pays; nothing for an asset that is not listed.
    pub fn question(&self, on: &MarketSnapshot) -> Option<Question> {
        let config = &on.priced(self.sold).ok()?.reserve.config;
        let most = crate::config::to_units(self.most, config.decimals);
        Some(Question::Quotes { venue: self.address, token: config.token, most })
    }

    /// The venue as it was seen.
    pub fn venue(&self, on: &MarketSnapshot) -> Option<Quoted> {
        let token = on.priced(self.sold).ok()?.reserve.config.token;
        let ladder = on.seen.quotes.get(&(self.address, token))?.clone();
        let sold_units = on.seen.sold.get(&(self.address, token)).copied().unwrap_or(0);
        let Self { address, sold, bought, .. } = *self;
        Some(Quoted { address, token, sold, bought, ladder, sold_units })
    }
}

/// A venue by its quotes, and after the sales planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    pub address: AccountId,
    pub token: AccountId,
    pub sold: AssetId,
    pub bought: AssetId,
    /// Units sold and what they bring in all, rising.
    pub ladder: Vec<(u128, u128)>,
    /// Units of the sales planned.
    pub sold_units: u128,
}

impl Quoted {
    /// What so many units bring from the first one on, rounded down: nothing is known beyond the last quote.
    fn brings_down(&self, units: u128) -> Result<u128, Error> {
        let mut below = (0u128, 0u128);
        for above in &self.ladder {
            if units <= above.0 {
                let (wide, high) =
                    (above.0.saturating_sub(below.0), above.1.saturating_sub(below.1));
                let part = mul_div_down(high, units.saturating_sub(below.0), wide.max(1))?;
                return below.1.checked_add(part).ok_or(Error::Overflow);
            }
            below = *above;
        }
        Err(Error::NoStock)
    }
}

impl Venue for Quoted {
    fn address(&self) -> AccountId {
        self.address
    }

    fn buys(&self, sold: AssetId) -> Option<AssetId> {
        (sold == self.sold).then_some(self.bought)
    }

    fn is_atomic(&self) -> bool {
        false
    }

    fn sale_down(&self, sold: AssetId, units: u128) -> Result<u128, Error> {
        if sold != self.sold {
            return Err(Error::UnknownAsset);
        }
        let all = self.sold_units.checked_add(units).ok_or(Error::Overflow)?;
        Ok(self.brings_down(all)?.saturating_sub(self.brings_down(self.sold_units)?))
    }

    fn sell(&mut self, sold: AssetId, units: u128) -> Result<(), Error> {
        self.sale_down(sold, units)?;
        self.sold_units = self.sold_units.checked_add(units).ok_or(Error::Overflow)?;
        Ok(())
    }

    fn show(&self, seen: &mut Observations) {
        seen.sold.insert((self.address, self.token), self.sold_units);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten at 100, then ten at 90, and nobody wants more.
    fn book() -> Quoted {
        let ladder = vec![(10, 1_000), (20, 1_900)];
        let (address, token) = ([1; 32], [2; 32]);
        Quoted { address, token, sold: 0, bought: 1, ladder, sold_units: 0 }
    }

    #[test]
    fn a_sale_lies_between_quotes_and_not_beyond_them() {
        let book = book();
        let brings = [0, 5, 10, 15, 20].map(|units| Venue::sale_down(&book, 0, units));
        assert_eq!(brings, [Ok(0), Ok(500), Ok(1_000), Ok(1_450), Ok(1_900)]);
        assert_eq!(book.sale_down(0, 21), Err(Error::NoStock));
        assert_eq!(book.sale_down(1, 1), Err(Error::UnknownAsset));
        assert_eq!((book.buys(0), book.buys(1)), (Some(1), None));
    }

    #[test]
    fn a_second_sale_finds_the_worse_orders() {
        let mut book = book();
        book.sell(0, 15).expect("there are buyers");
        assert_eq!(book.sale_down(0, 5), Ok(450));
        assert_eq!(book.sell(0, 6), Err(Error::NoStock));
        let mut seen = Observations::default();
        book.show(&mut seen);
        assert_eq!(seen.sold[&([1; 32], [2; 32])], 15);
    }
}
