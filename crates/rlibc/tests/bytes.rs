//! Against the standard library's, for all lengths and distances at which the loops change.

const ROOM: usize = 320;

fn pattern() -> [u8; ROOM] {
    core::array::from_fn(|place| (place as u8).wrapping_mul(167).wrapping_add(13))
}

fn lengths() -> impl Iterator<Item = usize> {
    0..=100
}

#[test]
fn copies_what_does_not_overlap_and_nothing_else() {
    let from = pattern();
    for len in lengths() {
        for (to_at, from_at) in [(0, 0), (1, 0), (0, 3), (5, 7), (8, 16)] {
            let (mut ours, mut std) = ([0xee; ROOM], [0xee; ROOM]);
            std[to_at..to_at + len].copy_from_slice(&from[from_at..from_at + len]);
            let to = ours.as_mut_ptr().wrapping_add(to_at);
            // SAFETY: both are within their arrays.
            let answer = unsafe { rlibc::memcpy(to, from.as_ptr().add(from_at), len) };
            assert_eq!(answer, to);
            assert_eq!(ours, std, "{len} bytes from {from_at} to {to_at}");
        }
    }
}

#[test]
fn moves_what_overlaps_at_every_distance() {
    for len in lengths() {
        for distance in 0..=len + 1 {
            for (to_at, from_at) in [(100, 100 + distance), (100 + distance, 100)] {
                let (mut ours, mut std) = (pattern(), pattern());
                std.copy_within(from_at..from_at + len, to_at);
                let base = ours.as_mut_ptr();
                // SAFETY: both are within the array.
                unsafe { rlibc::memmove(base.add(to_at), base.add(from_at), len) };
                assert_eq!(ours, std, "{len} bytes from {from_at} to {to_at}");
            }
        }
    }
}

#[test]
fn fills_with_the_lowest_byte() {
    for len in lengths() {
        for byte in [0, 1, 0x80, 0xff, 0x1234, -1] {
            let (mut ours, mut std) = (pattern(), pattern());
            std[3..3 + len].fill(byte as u8);
            // SAFETY: within the array.
            unsafe { rlibc::memset(ours.as_mut_ptr().add(3), byte, len) };
            assert_eq!(ours, std, "{len} bytes of {byte}");
        }
    }
}

#[test]
fn compares_as_slices_do() {
    let one = pattern();
    for len in lengths() {
        for differs in (0..len).map(Some).chain([None]) {
            for by in [1u8, 0x80, 0xff] {
                let mut other = one;
                if let Some(place) = differs {
                    other[place] = other[place].wrapping_add(by);
                }
                // What lies behind does not count.
                other[len] ^= 0xff;
                let expected = one[..len].cmp(&other[..len]);
                // SAFETY: within the arrays.
                let (order, equal) = unsafe {
                    (
                        rlibc::memcmp(one.as_ptr(), other.as_ptr(), len),
                        rlibc::bcmp(one.as_ptr(), other.as_ptr(), len),
                    )
                };
                assert_eq!(order.cmp(&0), expected, "{len} bytes, {differs:?} by {by}");
                assert_eq!(equal == 0, expected.is_eq());
            }
        }
    }
}
