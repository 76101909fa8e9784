//! Halving with time, in 64-bit words (§ G2): no product is wider than 128 bits.
//!
//! Fractions here have 63 bits behind the point: `ONE` is 2^63.

/// One, with 63 bits behind the point.
const ONE: u64 = 1 << 63;
/// ln 2 with 63 bits behind the point, rounded down.
const LN_2: u64 = 0x58b9_0bfb_e8e7_bcd5;
/// What the truncations below can have taken off, in the last place, rounded up generously.
const SLACK: u64 = 16;
/// Binary places of a logarithm: a 4-billionth of a half-life.
const LOG_PLACES: u32 = 32;

/// 2^(-part/whole) for `part` below `whole`, with 63 bits behind the point, rounded up by at most
/// 2^-58.
///
/// e^-y = 1 - y (1 - y/2 (1 - y/3 (...))) with y = ln 2 x part/whole: all terms lie within 0 and 1.
fn half_to_the_up(part: u64, whole: u64) -> u64 {
    let y = u128::from(part)
        .saturating_mul(u128::from(LN_2))
        .checked_div(u128::from(whole))
        .unwrap_or(0);
    let mut rest = ONE;
    for n in (1..=18u64).rev() {
        let product = u64::try_from(y.saturating_mul(u128::from(rest)) >> 63).unwrap_or(ONE);
        rest = ONE.saturating_sub(product.checked_div(n).unwrap_or(0));
    }
    rest.saturating_add(SLACK).min(ONE)
}

/// What is left of a value after some time in which it halves every `half_life_ms`, rounded up.
/// After 64 half-lives nothing is.
///
/// Always at least the true value; never more than the value. Looking often costs one unit a look
/// and a 10^17th part, so it does not stop the decay.
pub fn decayed_up(value: u64, elapsed_ms: u64, half_life_ms: u64) -> u64 {
    if elapsed_ms == 0 || value == 0 {
        return value;
    }
    let halvings = elapsed_ms.checked_div(half_life_ms).unwrap_or(64);
    if halvings >= 64 {
        return 0;
    }
    let part = elapsed_ms.checked_rem(half_life_ms).unwrap_or(0);
    // Below 2^127; the shift is below 127.
    let product = u128::from(value).saturating_mul(u128::from(half_to_the_up(part, half_life_ms)));
    let shift = u32::try_from(halvings).unwrap_or(63).saturating_add(63);
    let lost = 1u128.checked_shl(shift).unwrap_or(u128::MAX).saturating_sub(1);
    let left = product.saturating_add(lost).checked_shr(shift).unwrap_or(0);
    u64::try_from(left).unwrap_or(value).min(value)
}

/// Time until a value that halves every `half_life_ms` has come down to `level`, in milliseconds,
/// rounded up; 0 if it is there, [`u64::MAX`] for a level of 0.
pub fn wait_up_ms(value: u64, level: u64, half_life_ms: u64) -> u64 {
    if value <= level {
        return 0;
    }
    if level == 0 {
        return u64::MAX;
    }
    // value / level = 2^whole x rest with rest in [1, 2).
    let mut whole = level.leading_zeros().saturating_sub(value.leading_zeros());
    if level.checked_shl(whole).is_none_or(|doubled| doubled > value) {
        whole = whole.saturating_sub(1);
    }
    let scaled = u128::from(level).checked_shl(whole).unwrap_or(u128::MAX);
    let ratio = (u128::from(value) << 63).checked_div(scaled).unwrap_or(0);
    let mut rest = u64::try_from(ratio).unwrap_or(u64::MAX);
    let mut log = u64::from(whole);
    for _ in 0..LOG_PLACES {
        let square = u128::from(rest).saturating_mul(u128::from(rest)) >> 63;
        let (bit, kept) = match u64::try_from(square) {
            Ok(kept) => (0, kept),
            Err(_) => (1, u64::try_from(square >> 1).unwrap_or(u64::MAX)),
        };
        rest = kept;
        log = (log << 1) | bit;
    }
    // The truncations have taken off less than two places.
    let log = u128::from(log.saturating_add(2));
    let scaled_ms = log.saturating_mul(u128::from(half_life_ms));
    let below = (1u128 << LOG_PLACES).saturating_sub(1);
    u64::try_from(scaled_ms.saturating_add(below) >> LOG_PLACES).unwrap_or(u64::MAX)
}
