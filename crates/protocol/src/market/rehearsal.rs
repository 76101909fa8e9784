//! Work of the next block done in this one, and thrown away, so that a dry run asks for enough gas.
//!
//! A dry run is made at the time of the newest block. Of a reserve that this block has touched there is
//! nothing to bring up to date then; in the block in which the message is really done there is. Its gas,
//! taken from the dry run with nothing added, would not do. So where no time has passed a message
//! does what it would do a little later, on a copy. It costs who comes second in a block about what the first
//! has paid, and never changes anything.

use crate::{
    num::time::{DAY_MS, MINUTE_MS},
    reserve::Reserve,
    MarketParams,
};

/// For interest: the longer the time, the more terms its series have.
const LONG_MS: u64 = DAY_MS;
/// For what fades: after a window there would be nothing left to do.
const SHORT_MS: u64 = MINUTE_MS / 2;

/// Whether work is paid for by the instruction: elsewhere nothing is gained.
const IS_METERED: bool = cfg!(target_arch = "wasm32");

/// Does what time will make necessary for a reserve that has been brought up to date in this block: all that
/// a message may have to do for it, whether this one would or not.
pub(super) fn rehearse(reserve: &Reserve, params: &MarketParams, now_ms: u64) {
    if IS_METERED && reserve.balances.accrued_ms >= now_ms {
        work_ahead(reserve, params, now_ms);
    }
}

/// A function of its own: messages that come first in a block don't pay for it.
#[inline(never)]
fn work_ahead(reserve: &Reserve, params: &MarketParams, now_ms: u64) {
    let mut copy = reserve.clone();
    let (long_ms, short_ms) = (now_ms.saturating_add(LONG_MS), now_ms.saturating_add(SHORT_MS));
    // Whatever fails here fails in its own time, and says so then.
    let _ = copy.accrue(long_ms);
    let Reserve { config, balances, .. } = &mut copy;
    let _ = balances.outflow.settle(&config.outflow, short_ms);
    balances.inflow.touch(&config.liquidity.fuse, short_ms);
    balances.gradual.touch(&config.auction, &config.auction.alone, true, Some(0), short_ms);
    let lost = balances.breaker.lost.read(params.breaker.window_ms, short_ms);
    // Else the compiler would see that nobody needs it.
    let _ = core::hint::black_box((&copy, lost));
}
