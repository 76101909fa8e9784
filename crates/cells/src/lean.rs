//! Cells with a small decoder.

use scale::{Decode, Encode, Input};

/// As a [`Cell`](crate::Cell), with a decoder that is a seventh smaller. It is another decoder than that of
/// messages' arguments: in a code that has arguments of the same types it makes the code larger.
#[derive(Debug, Encode)]
pub struct LeanCell<T>(pub T);

impl<T: Decode> Decode for LeanCell<T> {
    fn decode<I: Input>(input: &mut I) -> Result<Self, scale::Error> {
        decode_stored(input).map(Self)
    }
}

#[cfg(feature = "std")]
impl<T: scale_info::TypeInfo + 'static> scale_info::TypeInfo for LeanCell<T> {
    type Identity = <crate::Cell<T> as scale_info::TypeInfo>::Identity;

    fn type_info() -> scale_info::Type {
        crate::Cell::<T>::type_info()
    }
}

#[cfg(feature = "std")]
impl<T: scale_info::TypeInfo + 'static> ink::storage::traits::StorageLayout for LeanCell<T> {
    fn layout(key: &ink::primitives::Key) -> ink::metadata::layout::Layout {
        crate::Cell::<T>::layout(key)
    }
}

/// Decodes what the contract itself has stored. Whether it was all there is looked at once, at the end: of each
/// field to have been missing would be code for each field.
#[inline(always)]
pub fn decode_stored<T: Decode, I: Input>(input: &mut I) -> Result<T, scale::Error> {
    let mut stored = OneCheck { input, is_short: false };
    let value = T::decode(&mut stored)?;
    if stored.is_short {
        return Err("a cell is too short".into());
    }
    Ok(value)
}

/// An input that leaves what it should read as it is where there is nothing left, and notes that.
struct OneCheck<'a, I> {
    input: &'a mut I,
    is_short: bool,
}

impl<I: Input> Input for OneCheck<'_, I> {
    fn remaining_len(&mut self) -> Result<Option<usize>, scale::Error> {
        self.input.remaining_len()
    }

    #[inline(always)]
    fn read(&mut self, into: &mut [u8]) -> Result<(), scale::Error> {
        if self.input.read(into).is_err() {
            self.is_short = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_decoded_whole_or_not_at_all() {
        let value = (7u128, Some([1u8; 32]), (3u64, true));
        let stored = value.encode();
        let decoded: LeanCell<(u128, Option<[u8; 32]>, (u64, bool))> =
            Decode::decode(&mut stored.as_slice()).expect("all of it");
        assert_eq!(decoded.0, value);
        for length in 0..stored.len() {
            let short =
                LeanCell::<(u128, Option<[u8; 32]>, (u64, bool))>::decode(&mut &stored[..length]);
            assert!(short.is_err(), "{length} bytes");
        }
    }
}
