//! What the market is told: a price for each token, from its feed and from that of what it is quoted in.

use crate::{
    asked::{self, Manner},
    storage::{Cell, Feeds},
};
use breakwater_protocol::{
    oracle::{crossed, Feed, Value},
    Price,
};
use ink::{env::DefaultEnvironment, prelude::vec::Vec, primitives::AccountId};

/// A feed, with that of the token it is quoted in.
type Known = (Feed, Option<Feed>);

/// Prices of tokens, in the order asked.
#[inline(never)]
pub fn of(tokens: Vec<AccountId>, manner: Manner) -> Vec<Option<Price>> {
    let feeds: Vec<_> = tokens.into_iter().map(with_quote).collect();
    let known = feeds.iter().flatten();
    let all: Vec<&Feed> =
        known.flat_map(|(feed, quote)| [Some(feed), quote.as_ref()]).flatten().collect();
    let mut live = asked::live(&all, manner).into_iter();
    // Where nothing is asked, there are no values of it at all.
    let mut price = |(feed, quote): &Known| {
        let own = known_price(feed, &live.next().unwrap_or_default());
        let Some(quote) = quote else { return own.filter(|_| feed.config.cross.is_none()) };
        let quote = known_price(quote, &live.next().unwrap_or_default());
        crossed(&own?, &quote?).ok()
    };
    feeds.iter().map(|known| known.as_ref().and_then(&mut price)).collect()
}

/// A token's feed, with that of the token it is quoted in. One step only: what a quote is quoted in
/// does not count.
fn with_quote(token: AccountId) -> Option<Known> {
    let feed = feed(token)?;
    let quote = feed.config.cross.and_then(|quote| self::feed(quote.into()));
    Some((feed, quote))
}

#[inline(never)]
fn feed(token: AccountId) -> Option<Feed> {
    Feeds::new().get(token).map(|Cell(feed)| feed)
}

/// A feed's own price, if it ever had one.
fn known_price(feed: &Feed, live: &[Option<Value>]) -> Option<Price> {
    let price = feed.price(live, ink::env::block_timestamp::<DefaultEnvironment>()).ok()?;
    (price.mid_wad != 0).then_some(price)
}
