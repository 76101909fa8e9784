//! The product of two numbers of 128 bits.

/// The lower half of a word.
const LOW: u64 = 0xffff_ffff;
/// Bits of half a word.
const HALF_BITS: u32 = 32;

/// What the compiler calls to multiply 128 bits, modulo 2^128. Wasm multiplies 64 bits and gives the lower 64 of
/// the product, so the words are multiplied by halves. The compiler's own does that in three functions of general use.
// The compiler's own call, in its own form, whatever C makes of the type.
#[allow(improper_ctypes_definitions)]
#[cfg_attr(target_arch = "wasm32", no_mangle)]
pub extern "C" fn __multi3(one: i128, other: i128) -> i128 {
    let (a, a_high, b, b_high) =
        (one as u64, (one >> 64) as u64, other as u64, (other >> 64) as u64);
    let (a0, a1, b0, b1) = (a & LOW, a >> HALF_BITS, b & LOW, b >> HALF_BITS);
    let lowest = a0.wrapping_mul(b0);
    // Neither sum exceeds a word: (2^32 - 1)^2 + 2^32 - 1 < 2^64.
    let middle = a1.wrapping_mul(b0).wrapping_add(lowest >> HALF_BITS);
    let other_middle = a0.wrapping_mul(b1).wrapping_add(middle & LOW);
    let low = (other_middle << HALF_BITS) | (lowest & LOW);
    let high = a1
        .wrapping_mul(b1)
        .wrapping_add(middle >> HALF_BITS)
        .wrapping_add(other_middle >> HALF_BITS)
        .wrapping_add(a.wrapping_mul(b_high))
        .wrapping_add(a_high.wrapping_mul(b));
    (i128::from(high) << 64) | i128::from(low)
}
