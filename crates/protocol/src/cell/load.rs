//! Reading cells.

use super::CellCodec;
use alloc::{boxed::Box, vec::Vec};
use scale::{Error, Input};

/// Decodes a cell, into a box: as a value it would be copied from hand to hand.
///
/// # Errors
/// Where it is cut off or out of form.
#[inline(always)]
pub fn decode<T: CellCodec, I: Input>(input: &mut I) -> Result<Box<T>, Error> {
    let mut cell = Source { input, is_sound: true };
    let mut value = Box::new(T::blank());
    fill(&mut *value, &mut cell);
    if cell.is_sound {
        Ok(value)
    } else {
        Err("a cell is cut off or out of form".into())
    }
}

/// A function of its own, for which the value is memory: fields that were values here would be loaded
/// one after the other, kept, and stored one after the other.
#[inline(never)]
fn fill<T: CellCodec, I: Input>(value: &mut T, cell: &mut Source<'_, I>) {
    value.load_from(cell);
}

/// A cell that is read. It goes on where nothing is left, and notes that.
#[derive(Debug)]
pub struct Source<'a, I> {
    input: &'a mut I,
    is_sound: bool,
}

impl<I: Input> Source<'_, I> {
    /// Reads the next bytes; those that are not there stay as they are.
    #[inline(never)]
    pub fn fill(&mut self, into: &mut [u8]) {
        if self.input.read(into).is_err() {
            self.refuse();
        }
    }

    /// The next value.
    #[inline(always)]
    pub fn load<T: CellCodec>(&mut self) -> T {
        let mut value = T::blank();
        value.load_from(self);
        value
    }

    /// The next value, in a function of its own: cells without it don't pay for it.
    #[inline(never)]
    pub fn load_rare<T: CellCodec>(&mut self) -> T {
        self.load()
    }

    /// The next values, so many of them. As [`Self::load_rare`].
    #[inline(never)]
    pub fn load_list<T: CellCodec>(&mut self, count: usize) -> Vec<T> {
        let mut all = Vec::with_capacity(count);
        for _ in 0..count {
            all.push(self.load());
        }
        all
    }

    /// The next byte.
    #[inline(never)]
    pub fn byte(&mut self) -> u8 {
        let mut byte = [0];
        self.fill(&mut byte);
        let [byte] = byte;
        byte
    }

    /// The next number in SCALE's compact form. A longer form than it needs is not refused.
    pub fn compact<T: TryFrom<u128> + Default>(&mut self) -> T {
        let number = self.compact_u128();
        T::try_from(number).unwrap_or_else(|_| {
            self.refuse();
            T::default()
        })
    }

    #[inline(never)]
    fn compact_u128(&mut self) -> u128 {
        let mut bytes = [0; 16];
        let first = self.byte();
        let (further, is_long) = match first & 3 {
            0 => (0, false),
            1 => (1, false),
            2 => (3, false),
            _ => (usize::from(first >> 2).saturating_add(4), true),
        };
        let Some(rest) = bytes.get_mut(..further) else {
            self.refuse();
            return 0;
        };
        self.fill(rest);
        let rest = u128::from_le_bytes(bytes);
        if is_long {
            rest
        } else {
            (rest << 6) | u128::from(first >> 2)
        }
    }

    /// How many elements follow. Each has a byte at least.
    #[inline(never)]
    pub fn count(&mut self) -> usize {
        let count = self.compact();
        match self.input.remaining_len() {
            Ok(Some(left)) if count <= left => count,
            _ => {
                if count != 0 {
                    self.refuse();
                }
                0
            }
        }
    }

    /// Notes that it is out of form.
    #[inline(always)]
    pub fn refuse(&mut self) {
        self.is_sound = false;
    }

    /// Takes over what a run has noted.
    #[inline(always)]
    pub fn note(&mut self, run: &RunReader<'_>) {
        self.is_sound &= run.is_sound;
    }
}

/// Bytes of a run that is taken apart. All of it is inlined, so that each field is a load at a constant place.
#[derive(Debug)]
pub struct RunReader<'a> {
    rest: &'a [u8],
    is_sound: bool,
}

impl<'a> RunReader<'a> {
    /// Of these bytes.
    #[inline(always)]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, is_sound: true }
    }

    /// The next bytes.
    #[inline(always)]
    pub fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.rest.split_first_chunk() {
            Some((taken, rest)) => {
                self.rest = rest;
                *taken
            }
            None => {
                self.refuse();
                [0; N]
            }
        }
    }

    /// Notes that it is out of form.
    #[inline(always)]
    pub fn refuse(&mut self) {
        self.is_sound = false;
    }
}
