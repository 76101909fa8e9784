//! The functions that compiled code calls to copy, fill and compare memory and to multiply 128 bits, for contracts: by
//! words.
//!
//! ink_env links a crate of this name whose loops go byte by byte. A chain charges for each instruction,
//! and those loops were half of all that the market executed (`docs/performance.md`). Wasm has unaligned
//! access, so nothing needs to be aligned first.
//!
//! On other machines these are plain functions under the same names: nothing there calls them but tests.
#![no_std]
// Else the compiler would make the loops below calls of themselves.
#![no_builtins]

mod multiply;

pub use multiply::__multi3;

/// Bytes that a loop moves at a time, as four words.
const STRIDE: usize = 32;
const WORD: usize = 8;
const HALF: usize = 4;

/// Copies a `T` from `from` to `to`, wherever they lie.
///
/// # Safety
/// `from` may be read and `to` be written for the size of a `T`.
#[inline(always)]
unsafe fn copy<T>(to: *mut u8, from: *const u8) {
    to.cast::<T>().write_unaligned(from.cast::<T>().read_unaligned());
}

/// Copies `len` bytes in ascending order: right for places that overlap where `to` is below `from`.
///
/// # Safety
/// As for C's `memcpy`, but for the overlap.
#[inline(always)]
unsafe fn ascending(mut to: *mut u8, mut from: *const u8, mut len: usize) {
    if len < WORD {
        if len >= HALF {
            // Two halves that may overlap; both are read before either is written.
            let last = len - HALF;
            let low = from.cast::<u32>().read_unaligned();
            let high = from.add(last).cast::<u32>().read_unaligned();
            to.cast::<u32>().write_unaligned(low);
            to.add(last).cast::<u32>().write_unaligned(high);
            return;
        }
        while len > 0 {
            copy::<u8>(to, from);
            (to, from, len) = (to.add(1), from.add(1), len - 1);
        }
        return;
    }
    // The last word, which may overlap the one before: read before anything is written.
    let end = to.add(len - WORD);
    let last = from.add(len - WORD).cast::<u64>().read_unaligned();
    while len >= STRIDE {
        copy::<u64>(to, from);
        copy::<u64>(to.add(WORD), from.add(WORD));
        copy::<u64>(to.add(2 * WORD), from.add(2 * WORD));
        copy::<u64>(to.add(3 * WORD), from.add(3 * WORD));
        (to, from, len) = (to.add(STRIDE), from.add(STRIDE), len - STRIDE);
    }
    while len > WORD {
        copy::<u64>(to, from);
        (to, from, len) = (to.add(WORD), from.add(WORD), len - WORD);
    }
    end.cast::<u64>().write_unaligned(last);
}

/// Copies `len` bytes in descending order: right for places that overlap where `to` is above `from`.
///
/// # Safety
/// As for C's `memmove`.
#[inline(always)]
unsafe fn descending(to: *mut u8, from: *const u8, mut len: usize) {
    while len >= WORD {
        len -= WORD;
        copy::<u64>(to.add(len), from.add(len));
    }
    while len > 0 {
        len -= 1;
        copy::<u8>(to.add(len), from.add(len));
    }
}

/// C's `memcpy`.
///
/// # Safety
/// `from` may be read and `to` be written for `len` bytes, and they don't overlap.
#[cfg_attr(target_arch = "wasm32", no_mangle)]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    ascending(to, from, len);
    to
}

/// C's `memmove`.
///
/// # Safety
/// `from` may be read and `to` be written for `len` bytes.
#[cfg_attr(target_arch = "wasm32", no_mangle)]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    // Above the source, but not in it, either order is right: the difference wraps where it is below.
    if (to as usize).wrapping_sub(from as usize) >= len {
        ascending(to, from, len);
    } else {
        descending(to, from, len);
    }
    to
}

/// C's `memset`.
///
/// # Safety
/// `at` may be written for `len` bytes.
#[cfg_attr(target_arch = "wasm32", no_mangle)]
pub unsafe extern "C" fn memset(at: *mut u8, byte: i32, len: usize) -> *mut u8 {
    // As in C, only the lowest byte counts.
    let byte = byte as u8;
    let (mut to, mut left) = (at, len);
    let word = u64::from(byte) * 0x0101_0101_0101_0101;
    while left >= STRIDE {
        to.cast::<u64>().write_unaligned(word);
        to.add(WORD).cast::<u64>().write_unaligned(word);
        to.add(2 * WORD).cast::<u64>().write_unaligned(word);
        to.add(3 * WORD).cast::<u64>().write_unaligned(word);
        (to, left) = (to.add(STRIDE), left - STRIDE);
    }
    while left >= WORD {
        to.cast::<u64>().write_unaligned(word);
        (to, left) = (to.add(WORD), left - WORD);
    }
    while left > 0 {
        to.write(byte);
        (to, left) = (to.add(1), left - 1);
    }
    at
}

/// C's `memcmp`.
///
/// # Safety
/// Both may be read for `len` bytes.
#[cfg_attr(target_arch = "wasm32", no_mangle)]
pub unsafe extern "C" fn memcmp(one: *const u8, other: *const u8, len: usize) -> i32 {
    let (mut a, mut b, mut left) = (one, other, len);
    while left >= WORD && a.cast::<u64>().read_unaligned() == b.cast::<u64>().read_unaligned() {
        (a, b, left) = (a.add(WORD), b.add(WORD), left - WORD);
    }
    while left > 0 {
        let (x, y) = (a.read(), b.read());
        if x != y {
            return i32::from(x) - i32::from(y);
        }
        (a, b, left) = (a.add(1), b.add(1), left - 1);
    }
    0
}

/// C's `bcmp`: 0 for what is equal, anything else for what is not.
///
/// # Safety
/// As for [`memcmp`].
#[cfg_attr(target_arch = "wasm32", no_mangle)]
pub unsafe extern "C" fn bcmp(one: *const u8, other: *const u8, len: usize) -> i32 {
    memcmp(one, other, len)
}
