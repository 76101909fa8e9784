//! A codec of what is stored: SCALE's bytes, in a third of the code that SCALE's derive takes to read them and in a
//! tenth of its calls to write them.
//!
//! A chain charges for each byte of the functions that a message runs (`docs/performance.md`), and every
//! message decodes cells. The derive makes a check, a call and a copy of each field. Here fields of constant width that
//! follow each other are a *run*: read or written at once, and taken apart at constant places, each straight into its
//! own. Whether all of a cell was there and in form is looked at once, at the end.
//!
//! What is stored has the derive as well, for the metadata and for all that is off the chain. A test compares both
//! (`tests/rules/cell.rs`).

mod load;
mod save;
mod shapes;

pub use load::{decode, RunReader, Source};
pub use save::{encode, RunWriter, Sink};
pub(crate) use shapes::{cell_codec, fixed_width, fixed_width_enum};

/// A value whose encoding has always the same width.
pub trait FixedWidth: Sized {
    /// The width.
    const BYTES: usize;
    /// A value to be loaded over.
    fn blank() -> Self;

    /// Becomes the next in a run.
    fn load(&mut self, run: &mut RunReader<'_>);

    /// Puts it next into a run.
    fn save(&self, run: &mut RunWriter<'_>);
}

/// A value in a cell.
pub trait CellCodec: Sized {
    /// A value to be loaded over.
    fn blank() -> Self;

    /// Becomes the next in a cell. Where that is cut off or out of form, anything: the source notes it.
    fn load_from<I: scale::Input>(&mut self, cell: &mut Source<'_, I>);

    /// Puts it next into a cell.
    fn save_to<O: scale::Output + ?Sized>(&self, cell: &mut Sink<'_, O>);
}

/// Width of a field, which the closure names.
pub const fn bytes_of<S, T: FixedWidth>(_: fn(&S) -> &T) -> usize {
    T::BYTES
}

/// The sum of widths.
pub const fn sum(widths: &[usize]) -> usize {
    let (mut total, mut rest) = (0usize, widths);
    while let [first, others @ ..] = rest {
        total = total.saturating_add(*first);
        rest = others;
    }
    total
}
