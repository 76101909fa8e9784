//! What the market's `priced_reserves` answers, from its cells and the oracle's: at every step three contracts would
//! run for it.

use anyhow::Result;
use breakwater_chain::{AccountId, BlockId, ChainError, Ledger};
use breakwater_client::cells;
use breakwater_protocol::{oracle::Feed, AssetId, Price, PricedReserve};

/// The first `count` reserves with interest up to a block's time, and their prices. Nothing where the chain shows no
/// cells, or a price is not in the oracle's alone: then the market has to be asked.
///
/// # Errors
/// Those of the connection; cells of another form.
pub fn reserves(
    ledger: &mut dyn Ledger,
    (market, oracle): (AccountId, AccountId),
    count: AssetId,
    (block, now_ms): (BlockId, u64),
) -> Result<Option<Vec<PricedReserve>>> {
    let keys: Vec<Vec<u8>> = (0..count).map(cells::reserve_key).collect();
    let values = match ledger.values_at(block.hash, market, &keys) {
        Err(ChainError::Invalid(_)) => return Ok(None),
        values => values?,
    };
    let mut reserves = Vec::with_capacity(values.len());
    // A number that no reserve has is passed over.
    for (asset, value) in (0..).zip(values) {
        let Some(value) = value else { continue };
        let mut reserve = cells::reserve(&value)?;
        reserve.accrue(now_ms).map_err(super::refused)?;
        reserves.push(PricedReserve { asset, reserve, price: None, now_ms, changed: false });
    }
    let tokens = reserves.iter().map(|priced| priced.reserve.config.token);
    let keys: Vec<Vec<u8>> = tokens.map(cells::feed_key).collect();
    let feeds = ledger.values_at(block.hash, oracle, &keys)?;
    for (priced, value) in reserves.iter_mut().zip(feeds) {
        let Some(value) = value else { continue };
        match own_price(&cells::feed(&value)?, now_ms) {
            Some(price) => priced.price = price,
            None => return Ok(None),
        }
    }
    Ok(Some(reserves))
}

/// What the oracle says of a feed, if it ever had a price; nothing where it would have to ask others for it, or for
/// what it is quoted in.
fn own_price(feed: &Feed, now_ms: u64) -> Option<Option<Price>> {
    let asks = feed.config.sources.iter().any(|source| source.kind.is_asked());
    if asks || feed.config.cross.is_some() {
        return None;
    }
    Some(feed.price(&[], now_ms).ok().filter(|price| price.mid_wad != 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::setup::{stage, Scale};
    use breakwater_chain::Chain;
    use breakwater_embedded::{EmbeddedChain, Profile};
    use breakwater_keeper::reader::BlockReader;
    use breakwater_protocol::oracle::FeedConfig;

    #[test]
    fn the_markets_cells_tell_what_it_answers() {
        let scale =
            Scale { borrowers: 4, keepers: 1, seed: 1, load: 8.0, backstop: 0.15, eth_usd: 200.0 };
        let mut chain = EmbeddedChain::new(Profile::Node).unwrap();
        let cast = stage(&mut chain, &scale, &|_, _| {}).unwrap();
        // An hour's interest is in no cell yet.
        let later_ms = chain.now_ms().unwrap() + 3_600_000;
        chain.travel_to_ms(later_ms).unwrap();
        let at = (chain.best().unwrap(), chain.now_ms().unwrap());
        let of = (cast.on.market.address, cast.on.oracle.address);
        let stored = reserves(&mut chain, of, 2, at).unwrap().expect("cells are shown");
        let mut reader = BlockReader { ledger: &mut chain, block: at.0.hash };
        let asked = reader.priced_reserves(cast.on.market.address, 2).unwrap();
        assert_eq!(stored, asked);
        assert!(stored.len() == 2 && stored.iter().all(|priced| priced.price.is_some()));
    }

    #[test]
    fn what_the_oracle_would_ask_others_for_is_in_no_cell() {
        let mut feed = Feed::new(FeedConfig::pushed([1; 32], 60_000, 10)).unwrap();
        assert_eq!(own_price(&feed, 5), Some(None), "no price yet");
        feed.report(0, 3_000_000_000_000_000_000, 5, 5).unwrap();
        feed.settle(&[], 5).unwrap();
        assert_eq!(own_price(&feed, 5), Some(feed.price(&[], 5).ok()));
        feed.config.cross = Some([2; 32]);
        assert_eq!(own_price(&feed, 5), None);
    }
}
