//! A price in another asset (§ 2.2).

use crate::{
    num::math::{add, mul_div_down, mul_div_up, WAD},
    Error, Price,
};

/// The price of an asset quoted in another: the product, with both bands and the weaker flags.
///
/// # Errors
/// [`Error::Overflow`].
pub fn crossed(price: &Price, quote: &Price) -> Result<Price, Error> {
    let breaks = [price, quote].map(|part| part.good_since_ms);
    Ok(Price {
        mid_wad: mul_div_down(price.mid_wad, quote.mid_wad, WAD)?,
        low_wad: mul_div_down(price.low_wad, quote.low_wad, WAD)?,
        high_wad: mul_div_up(price.high_wad, quote.high_wad, WAD)?,
        time_ms: price.time_ms.min(quote.time_ms),
        // The sum is no less than the root of the sum of squares, whatever moves together.
        fast_volatility_wad: add(price.fast_volatility_wad, quote.fast_volatility_wad)?,
        slow_volatility_wad: add(price.slow_volatility_wad, quote.slow_volatility_wad)?,
        good_since_ms: breaks[0].max(breaks[1]),
        good_for: price.good_for & quote.good_for,
    })
}
