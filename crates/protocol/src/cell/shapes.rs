//! Numbers, structs, options and lists in cells.

use super::{CellCodec, FixedWidth, RunReader, RunWriter, Sink, Source};
use alloc::vec::Vec;
use scale::{Input, Output};

macro_rules! numbers {
    ($($number:ident: $bytes:literal),+) => {
        $(impl FixedWidth for $number {
            const BYTES: usize = $bytes;
            #[inline(always)]
            fn blank() -> Self {
                0
            }

            #[inline(always)]
            fn load(&mut self, run: &mut RunReader<'_>) {
                *self = Self::from_le_bytes(run.take());
            }

            #[inline(always)]
            fn save(&self, run: &mut RunWriter<'_>) {
                run.put(self.to_le_bytes());
            }
        })+
    };
}
numbers!(u8: 1, u16: 2, u32: 4, u64: 8, i64: 8);

/// By halves: as a whole, the place of its upper half would be computed.
impl FixedWidth for u128 {
    const BYTES: usize = 16;
    #[inline(always)]
    fn blank() -> Self {
        0
    }

    #[inline(always)]
    fn load(&mut self, run: &mut RunReader<'_>) {
        let (low, high) = (u64::from_le_bytes(run.take()), u64::from_le_bytes(run.take()));
        *self = Self::from(low) | (Self::from(high) << 64);
    }

    // The halves are what is left when the rest is cut off.
    #[allow(clippy::cast_possible_truncation)]
    #[inline(always)]
    fn save(&self, run: &mut RunWriter<'_>) {
        run.put((*self as u64).to_le_bytes());
        run.put(((*self >> 64) as u64).to_le_bytes());
    }
}

crate::cell::cell_codec!(u8);
crate::cell::cell_codec!(u128);

impl FixedWidth for bool {
    const BYTES: usize = 1;
    #[inline(always)]
    fn blank() -> Self {
        false
    }

    #[inline(always)]
    fn load(&mut self, run: &mut RunReader<'_>) {
        let [byte] = run.take();
        if byte > 1 {
            run.refuse();
        }
        *self = byte != 0;
    }

    #[inline(always)]
    fn save(&self, run: &mut RunWriter<'_>) {
        run.put([u8::from(*self)]);
    }
}

impl FixedWidth for [u8; 32] {
    const BYTES: usize = 32;
    #[inline(always)]
    fn blank() -> Self {
        [0; 32]
    }

    #[inline(always)]
    fn load(&mut self, run: &mut RunReader<'_>) {
        *self = run.take();
    }

    #[inline(always)]
    fn save(&self, run: &mut RunWriter<'_>) {
        run.put(*self);
    }
}

impl<T: CellCodec> CellCodec for Option<T> {
    #[inline(always)]
    fn blank() -> Self {
        None
    }

    #[inline(always)]
    fn load_from<I: Input>(&mut self, cell: &mut Source<'_, I>) {
        *self = match cell.byte() {
            0 => None,
            tag => {
                if tag != 1 {
                    cell.refuse();
                }
                Some(cell.load_rare())
            }
        };
    }

    #[inline(always)]
    fn save_to<O: Output + ?Sized>(&self, cell: &mut Sink<'_, O>) {
        cell.put(&[u8::from(self.is_some())]);
        if let Some(value) = self {
            cell.put_rare(value);
        }
    }
}

impl<T: CellCodec> CellCodec for Vec<T> {
    #[inline(always)]
    fn blank() -> Self {
        Self::new()
    }

    // Over a blank, which is empty.
    #[inline(always)]
    fn load_from<I: Input>(&mut self, cell: &mut Source<'_, I>) {
        let count = cell.count();
        if count != 0 {
            *self = cell.load_list(count);
        }
    }

    #[inline(always)]
    fn save_to<O: Output + ?Sized>(&self, cell: &mut Sink<'_, O>) {
        cell.compact(self.len() as u128);
        if !self.is_empty() {
            cell.put_list(self);
        }
    }
}

impl<A: FixedWidth, B: FixedWidth> FixedWidth for (A, B) {
    const BYTES: usize = super::sum(&[A::BYTES, B::BYTES]);
    #[inline(always)]
    fn blank() -> Self {
        (A::blank(), B::blank())
    }

    #[inline(always)]
    fn load(&mut self, run: &mut RunReader<'_>) {
        self.0.load(run);
        self.1.load(run);
    }

    #[inline(always)]
    fn save(&self, run: &mut RunWriter<'_>) {
        self.0.save(run);
        self.1.save(run);
    }
}

/// How a struct is stored whose fields are all of constant width: lists them in their order.
macro_rules! fixed_width {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::cell::FixedWidth for $name {
            const BYTES: usize =
                $crate::cell::sum(&[$($crate::cell::bytes_of(|whole: &$name| &whole.$field)),+]);

            #[inline(always)]
            fn blank() -> Self {
                Self { $($field: <_ as $crate::cell::FixedWidth>::blank()),+ }
            }

            #[inline(always)]
            fn load(&mut self, run: &mut $crate::cell::RunReader<'_>) {
                $($crate::cell::FixedWidth::load(&mut self.$field, run);)+
            }

            #[inline(always)]
            fn save(&self, run: &mut $crate::cell::RunWriter<'_>) {
                $($crate::cell::FixedWidth::save(&self.$field, run);)+
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
            #[inline(always)]
            fn blank() -> Self {
                Self::$blank
            }

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

            #[inline(always)]
            fn save(&self, run: &mut $crate::cell::RunWriter<'_>) {
                run.put([match self { Self::$blank => 0, $(Self::$variant => $index),+ }]);
            }
        }
    };
}
pub(crate) use fixed_width_enum;

/// How a value is stored: a type of constant width as it is; a struct by all its fields in their order, those of
/// `run` in one, those of `compact` as compact numbers, those of `each` as they are stored themselves.
macro_rules! cell_codec {
    ($name:ident) => {
        impl $crate::cell::CellCodec for $name {
            #[inline(always)]
            fn blank() -> Self {
                <$name as $crate::cell::FixedWidth>::blank()
            }

            #[inline(always)]
            fn load_from<I: scale::Input>(&mut self, cell: &mut $crate::cell::Source<'_, I>) {
                let mut bytes = [0; <$name as $crate::cell::FixedWidth>::BYTES];
                cell.fill(&mut bytes);
                let mut run = $crate::cell::RunReader::new(&bytes);
                $crate::cell::FixedWidth::load(self, &mut run);
                cell.note(&run);
            }

            #[inline(always)]
            fn save_to<O: scale::Output + ?Sized>(&self, cell: &mut $crate::cell::Sink<'_, O>) {
                let mut bytes = [0; <$name as $crate::cell::FixedWidth>::BYTES];
                $crate::cell::FixedWidth::save(self, &mut $crate::cell::RunWriter::new(&mut bytes));
                cell.put(&bytes);
            }
        }
    };
    ($name:ident { $($kind:ident($($field:ident),+ $(,)?)),+ $(,)? }) => {
        impl $crate::cell::CellCodec for $name {
            #[inline(always)]
            fn blank() -> Self {
                Self { $($($field: $crate::cell::cell_codec!(@blank $kind)),+),+ }
            }

            #[inline(always)]
            fn load_from<I: scale::Input>(&mut self, cell: &mut $crate::cell::Source<'_, I>) {
                $($crate::cell::cell_codec!(@load $kind, $name, self, cell, $($field),+);)+
            }

            #[inline(always)]
            fn save_to<O: scale::Output + ?Sized>(&self, cell: &mut $crate::cell::Sink<'_, O>) {
                $($crate::cell::cell_codec!(@save $kind, $name, self, cell, $($field),+);)+
            }
        }
    };
    (@blank run) => { <_ as $crate::cell::FixedWidth>::blank() };
    (@blank compact) => { 0 };
    (@blank each) => { <_ as $crate::cell::CellCodec>::blank() };
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
        $($crate::cell::CellCodec::load_from(&mut $this.$field, $cell);)+
    };
    (@save run, $name:ident, $this:ident, $cell:ident, $($field:ident),+) => {
        let mut bytes = {
            const BYTES: usize =
                $crate::cell::sum(&[$($crate::cell::bytes_of(|whole: &$name| &whole.$field)),+]);
            [0; BYTES]
        };
        let mut run = $crate::cell::RunWriter::new(&mut bytes);
        $($crate::cell::FixedWidth::save(&$this.$field, &mut run);)+
        $cell.put(&bytes);
    };
    (@save compact, $name:ident, $this:ident, $cell:ident, $($field:ident),+) => {
        $($cell.compact(u128::from($this.$field));)+
    };
    (@save each, $name:ident, $this:ident, $cell:ident, $($field:ident),+) => {
        $($crate::cell::CellCodec::save_to(&$this.$field, $cell);)+
    };
}
pub(crate) use cell_codec;
