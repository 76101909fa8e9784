//! Amounts of the chain's own coin.

use crate::amount;
use breakwater_chain::Network;

/// The coin that fees and deposits are paid in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coin {
    pub decimals: u8,
    symbol: Option<String>,
}

impl Coin {
    pub fn of(network: &Network) -> Self {
        Self { decimals: network.token_decimals, symbol: network.token_symbol.clone() }
    }

    /// An amount with the coin's symbol, where it has one.
    pub fn say(&self, planck: u128) -> String {
        let amount = amount::tokens(planck, self.decimals);
        match &self.symbol {
            Some(symbol) => format!("{amount} {symbol}"),
            None => amount,
        }
    }

    /// An amount that may be a refund.
    pub fn say_signed(&self, planck: i128) -> String {
        let sign = if planck < 0 { "-" } else { "" };
        format!("{sign}{}", self.say(planck.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_the_chains_decimals() {
        let coin = Coin { decimals: 9, symbol: Some("TAO".into()) };
        assert_eq!(coin.say(1_500_000_000), "1.5 TAO");
        assert_eq!(coin.say_signed(-500), "-0.0000005 TAO");
        assert_eq!(Coin { decimals: 12, symbol: None }.say(1_000_000_000), "0.001");
    }
}
