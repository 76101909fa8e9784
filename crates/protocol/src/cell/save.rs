//! Writing cells.

use super::CellCodec;
use scale::{Compact, Encode, Output};

/// Encodes a cell.
#[inline(always)]
pub fn encode<T: CellCodec, O: Output + ?Sized>(value: &T, output: &mut O) {
    value.save_to(&mut Sink { output });
}

/// A cell that is written.
#[derive(Debug)]
pub struct Sink<'a, O: ?Sized> {
    output: &'a mut O,
}

impl<O: Output + ?Sized> Sink<'_, O> {
    /// Writes bytes.
    #[inline(never)]
    pub fn put(&mut self, bytes: &[u8]) {
        self.output.write(bytes);
    }

    /// Writes a value, in a function of its own: cells without it don't pay for it.
    #[inline(never)]
    pub fn put_rare<T: CellCodec>(&mut self, value: &T) {
        value.save_to(self);
    }

    /// Writes values. As [`Self::put_rare`].
    #[inline(never)]
    pub fn put_list<T: CellCodec>(&mut self, all: &[T]) {
        for one in all {
            one.save_to(self);
        }
    }

    /// Writes a number in SCALE's compact form.
    #[inline(never)]
    pub fn compact(&mut self, number: u128) {
        Compact(number).using_encoded(|bytes| self.output.write(bytes));
    }
}

/// Bytes of a run that is put together, as [`RunReader`](super::RunReader) takes them apart.
#[derive(Debug)]
pub struct RunWriter<'a> {
    rest: &'a mut [u8],
}

impl<'a> RunWriter<'a> {
    /// Into these bytes.
    #[inline(always)]
    pub fn new(bytes: &'a mut [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Puts the next bytes.
    #[inline(always)]
    pub fn put<const N: usize>(&mut self, bytes: [u8; N]) {
        if let Some((into, rest)) = core::mem::take(&mut self.rest).split_first_chunk_mut() {
            *into = bytes;
            self.rest = rest;
        }
    }
}
