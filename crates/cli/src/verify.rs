//! Whether the files say of the tokens what the tokens say of themselves.
//!
//! Every amount that people type is turned into units by the decimals of the deployment file. Where
//! these are wrong, "100 USD" moves one; so nothing is sent before tokens and market agree with it.

use crate::deployment::{Asset, Deployment};
use anyhow::{bail, ensure, Result};
use breakwater_chain::{address::to_ss58, Chain};
use breakwater_client::{ClientError, Token};
use breakwater_protocol::AssetId;

/// What a token says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    pub decimals: u8,
    pub symbol: Option<String>,
    pub name: Option<String>,
}

/// What somebody believes of a token; `None` is no belief.
pub struct Belief<'a> {
    pub decimals: u8,
    pub symbol: &'a str,
    pub name: Option<&'a str>,
}

impl Facts {
    /// Asks a token.
    ///
    /// # Errors
    /// [`ClientError`] if it does not answer as a PSP22 token with metadata.
    pub fn of(chain: &mut dyn Chain, token: &Token) -> Result<Self, ClientError> {
        Ok(Self {
            decimals: token.decimals(chain)?,
            symbol: token.symbol(chain)?,
            name: token.name(chain)?,
        })
    }

    /// Where a belief is wrong, in words. A token without a symbol or a name contradicts none.
    pub fn contradicts(&self, belief: &Belief) -> Option<String> {
        let said = |what: &str, is: &str, believed: &str| {
            format!("{what} {believed}, but the token says {is}")
        };
        if self.decimals != belief.decimals {
            let (is, believed) = (self.decimals.to_string(), belief.decimals.to_string());
            return Some(said("decimals", &is, &believed));
        }
        match (&self.symbol, &self.name, belief.name) {
            (Some(symbol), _, _) if symbol != belief.symbol => {
                Some(said("symbol", symbol, belief.symbol))
            }
            (_, Some(name), Some(believed)) if name != believed => {
                Some(said("name", name, believed))
            }
            _ => None,
        }
    }
}

/// Checks an asset of the deployment file against its token and the market's listing.
///
/// # Errors
/// In words, naming what differs.
pub fn asset(held: &Asset, facts: &Facts, listed: Option<AssetId>) -> Result<()> {
    let belief = Belief { decimals: held.decimals, symbol: held.calls_itself(), name: None };
    if let Some(wrong) = facts.contradicts(&belief) {
        bail!("{}: {wrong} ({})", held.symbol, to_ss58(&held.token.0));
    }
    // A number that is not there is one that the governor has given since.
    if let Some(id) = held.id {
        ensure!(
            listed == Some(id),
            "{}: id {id}, but the market has listed its token {}",
            held.symbol,
            listed.map_or("nowhere".into(), |is| format!("as {is}"))
        );
    }
    Ok(())
}

/// Checks all assets of the deployment file.
///
/// # Errors
/// In words, naming the first asset that differs.
pub fn deployment(chain: &mut dyn Chain, deployment: &Deployment) -> Result<()> {
    let market = deployment.market().ok();
    for held in &deployment.assets {
        let facts = Facts::of(chain, &held.token())?;
        let listed = match market {
            Some(market) => market.asset_of(chain, held.token.0)?,
            None => None,
        };
        asset(held, &facts, listed)?;
    }
    Ok(())
}

/// Checks a symbol: it must be something that can be typed and told from words of the command line.
///
/// # Errors
/// In words.
pub fn symbol(text: &str) -> Result<()> {
    ensure!(!text.is_empty(), "a symbol is empty");
    let fits = |c: char| c.is_ascii_graphic() && !['=', ',', '/'].contains(&c);
    ensure!(
        text.chars().all(fits) && !text.starts_with('-'),
        "{text:?} can't be a symbol: no spaces, no =, no comma, no slash, no - in front"
    );
    ensure!(!text.eq_ignore_ascii_case("all"), "{text:?} can't be a symbol: it means everything");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::Address;

    fn usd() -> Facts {
        Facts { decimals: 6, symbol: Some("USD".into()), name: Some("US Dollar".into()) }
    }

    fn held(symbol: &str, decimals: u8, id: Option<AssetId>) -> Asset {
        let token = Address([7; 32]);
        Asset { symbol: symbol.into(), token, decimals, id, token_symbol: None }
    }

    /// Before: nothing looked, and "supply USD 100" moved 1 where the file said 4 decimals.
    #[test]
    fn wrong_decimals_symbols_and_ids_are_refused() {
        asset(&held("USD", 6, Some(1)), &usd(), Some(1)).unwrap();
        let why = |held: &Asset, listed| asset(held, &usd(), listed).unwrap_err().to_string();
        let wrong = why(&held("USD", 4, Some(1)), Some(1));
        assert!(wrong.contains("decimals 4, but the token says 6"), "{wrong}");
        let wrong = why(&held("ETH", 6, Some(1)), Some(1));
        assert!(wrong.contains("symbol ETH, but the token says USD"), "{wrong}");
        assert!(why(&held("usd", 6, Some(1)), Some(1)).contains("symbol usd"));
        let wrong = why(&held("USD", 6, Some(0)), Some(1));
        assert!(wrong.contains("id 0, but the market has listed its token as 1"), "{wrong}");
        assert!(why(&held("USD", 6, Some(0)), None).contains("nowhere"));
        // Not listed yet when the file was written: that is no contradiction.
        asset(&held("USD", 6, None), &usd(), Some(1)).unwrap();
    }

    #[test]
    fn what_a_token_does_not_say_contradicts_nothing_and_a_name_can_be_given_for_it() {
        let silent = Facts { decimals: 6, symbol: None, name: None };
        asset(&held("USD", 6, None), &silent, None).unwrap();
        let mut bridged = held("USD", 6, None);
        bridged.token_symbol = Some("USD.e".into());
        assert!(asset(&bridged, &usd(), None).is_err());
        asset(&bridged, &Facts { symbol: Some("USD.e".into()), ..usd() }, None).unwrap();
        let belief = Belief { decimals: 6, symbol: "USD", name: Some("Dollar") };
        let wrong = usd().contradicts(&belief).unwrap();
        assert!(wrong.contains("name Dollar, but the token says US Dollar"), "{wrong}");
    }

    #[test]
    fn a_symbol_can_be_typed() {
        for text in ["ETH", "USD.e", "st-ETH", "1INCH"] {
            symbol(text).unwrap();
        }
        for text in ["", " ", "A B", "A=B", "-x", "all", "ALL", "a,b", "ETH/USD", "\u{395}TH"] {
            assert!(symbol(text).is_err(), "{text:?}");
        }
    }
}
