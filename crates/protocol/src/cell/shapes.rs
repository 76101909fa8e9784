//! Numbers, structs, options and lists in cells.

use super::{FixedWidth, FromCell, RunReader, Source};
use alloc::vec::Vec;
use scale::Input;

macro_rules! numbers {
    ($($number:ident: $bytes:literal),+) => {
        $(impl FixedWidth for $number {
            const BYTES: usize = $bytes;
            const BLANK: Self = 0;

            #[inline(always)]
            fn load(&mut self, run: &mut RunReader<'_>) {
                *self = Self::from_le_bytes(run.take());
            }
        })+
    };
}
numbers!(u8: 1, u16: 2, u32: 4, u64: 8, i64: 8);

/// By halves: as a whole, the place of its upper half would be computed.
impl FixedWidth for u128 {
    const BYTES: usize = 16;
    const BLANK: Self = 0;

    #[inline(always)]
    fn load(&mut self, run: &mut RunReader<'_>) {
        let (low, high) = (u64::from_le_bytes(run.take()), u64::from_le_bytes(run.take()));
        *self = Self::from(low) | (Self::from(high) << 64);
    }
}

crate::cell::from_cell!(u8);
crate::cell::from_cell!(u128);

impl FixedWidth for bool {
    const BYTES: usize = 1;
    const BLANK: Self = false;

    #[inline(always)]
    fn load(&mut self, run: &mut RunReader<'_>) {
        let [byte] = run.take();
        if byte > 1 {
            run.refuse();
        }
        *self = byte != 0;
    }
}

impl FixedWidth for [u8; 32] {
    const BYTES: usize = 32;
    const BLANK: Self = [0; 32];

    #[inline(always)]
    fn load(&mut self, run: &mut RunReader<'_>) {
        *self = run.take();
    }
}

impl<T: FromCell> FromCell for Option<T> {
    const BLANK: Self = None;

    #[inline(always)]
    fn load_from<I: Input>(&mut self, cell: &mut Source<'_, I>) {
        *self = match cell.byte() {
            0 => None,
            tag => {
                if tag != 1 {
                    cell.refuse();
                }
                Some(cell.load())
            }
        };
    }
}

impl<T: FromCell> FromCell for Vec<T> {
    const BLANK: Self = Self::new();

    #[inline(always)]
    fn load_from<I: Input>(&mut self, cell: &mut Source<'_, I>) {
        let count = cell.count();
        *self = Self::with_capacity(count);
        for _ in 0..count {
            self.push(cell.load());
        }
    }
}

impl<A: FixedWidth, B: FixedWidth> FixedWidth for (A, B) {
    const BYTES: usize = super::sum(&[A::BYTES, B::BYTES]);
    const BLANK: Self = (A::BLANK, B::BLANK);

    #[inline(always)]
    fn load(&mut self, run: &mut RunReader<'_>) {
        self.0.load(run);
        self.1.load(run);
    }
}

/// How a struct is stored whose fields are all of constant width: lists them in their order.
macro_rules! fixed_width {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::cell::FixedWidth for $name {
            const BYTES: usize =
                $crate::cell::sum(&[$($crate::cell::bytes_of(|whole: &$name| &whole.$field)),+]);

            const BLANK: Self = Self { $($field: <_ as $crate::cell::FixedWidth>::BLANK),+ };

            #[inline(always)]
            fn load(&mut self, run: &mut $crate::cell::RunReader<'_>) {
                $($crate::cell::FixedWidth::load(&mut self.$field, run);)+
            }
        }
    };
}
pub(crate) use fixed_width;

/// How an enum without fields is stored: lists its variants with their indices.
macro_rules! fixed_width_enum {
    ($name:ident { $blank:ident = 0, $($variant:ident = $index:literal),+ $(,)? }) => {
        impl $crate::cell::FixedWidth for $name {
            const BYTES: usize = 1;
            const BLANK: Self = Self::$blank;

            #[inline(always)]
            fn load(&mut self, run: &mut $crate::cell::RunReader<'_>) {
                let [index] = run.take();
                *self = match index {
                    $($index => Self::$variant,)+
                    _ => {
                        if index != 0 {
                            run.refuse();
                        }
                        Self::$blank
                    }
                };
            }
        }
    };
}
pub(crate) use fixed_width_enum;

/// How a value is stored: a type of constant width as it is; a struct by all its fields in their order, those of
/// `run` in one, those of `compact` as compact numbers, those of `each` as they are stored themselves.
macro_rules! from_cell {
    ($name:ident) => {
        impl $crate::cell::FromCell for $name {
            const BLANK: Self = <$name as $crate::cell::FixedWidth>::BLANK;

            #[inline(always)]
            fn load_from<I: scale::Input>(&mut self, cell: &mut $crate::cell::Source<'_, I>) {
                let mut bytes = [0; <$name as $crate::cell::FixedWidth>::BYTES];
                cell.fill(&mut bytes);
                let mut run = $crate::cell::RunReader::new(&bytes);
                $crate::cell::FixedWidth::load(self, &mut run);
                cell.note(&run);
            }
        }
    };
    ($name:ident { $($kind:ident($($field:ident),+ $(,)?)),+ $(,)? }) => {
        impl $crate::cell::FromCell for $name {
            const BLANK: Self =
                Self { $($($field: $crate::cell::from_cell!(@blank $kind)),+),+ };

            #[inline(always)]
            fn load_from<I: scale::Input>(&mut self, cell: &mut $crate::cell::Source<'_, I>) {
                $($crate::cell::from_cell!(@load $kind, $name, self, cell, $($field),+);)+
            }
        }
    };
    (@blank run) => { <_ as $crate::cell::FixedWidth>::BLANK };
    (@blank compact) => { 0 };
    (@blank each) => { <_ as $crate::cell::FromCell>::BLANK };
    (@load run, $name:ident, $this:ident, $cell:ident, $($field:ident),+) => {
        let mut bytes = {
            const BYTES: usize =
                $crate::cell::sum(&[$($crate::cell::bytes_of(|whole: &$name| &whole.$field)),+]);
            [0; BYTES]
        };
        $cell.fill(&mut bytes);
        let mut run = $crate::cell::RunReader::new(&bytes);
        $($crate::cell::FixedWidth::load(&mut $this.$field, &mut run);)+
        $cell.note(&run);
    };
    (@load compact, $name:ident, $this:ident, $cell:ident, $($field:ident),+) => {
        $($this.$field = $cell.compact();)+
    };
    (@load each, $name:ident, $this:ident, $cell:ident, $($field:ident),+) => {
        $($crate::cell::FromCell::load_from(&mut $this.$field, $cell);)+
    };
}
pub(crate) use from_cell;
