//! The product against the compiler's own: at the edges of words, and for numbers of all lengths.

use rlibc::__multi3;

#[test]
fn products_are_the_compilers() {
    let mut numbers = vec![0, 1, -1, i128::MAX, i128::MIN];
    for bits in 0..128 {
        numbers.extend([1 << bits, (1i128 << bits).wrapping_sub(1), !(1 << bits)]);
    }
    // Weyl's sequence by the golden ratio: no digits in common.
    let mut next: i128 = 1;
    for shift in 0..128 {
        next = next.wrapping_add(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835_u128 as i128);
        numbers.push(next >> shift);
    }
    for one in &numbers {
        for other in &numbers {
            assert_eq!(__multi3(*one, *other), one.wrapping_mul(*other), "{one} * {other}");
        }
    }
}
