//! RedStone's signed packages as they are sent (§ 2.2): read from their end, as their contracts do.
//!
//! ```text
//! payload  = package × count, count (2 bytes), metadata, its length (3), marker (9)
//! package  = point × count, time in ms (6), length of a value (4), count (3), signature (65)
//! point    = name (32, padded with zeros), value (big endian)
//! ```
//! What is signed is the Keccak-256 hash of a package without its signature.

use crate::Error;

/// How every payload ends.
const MARKER: [u8; 9] = [0x00, 0x00, 0x02, 0xed, 0x57, 0x01, 0x1e, 0x00, 0x00];
/// Most packages of a payload: each costs a signature's check.
pub const MAX_PACKAGES: usize = 32;
const SIGNATURE: usize = 65;
const NAME: usize = 32;
/// The longest value that is read.
const VALUE: usize = 32;

/// A signer's Ethereum address.
pub type Signer = [u8; 20];
/// What a value is of, as `ETH` padded with zeros.
pub type Name = [u8; 32];

/// One signer's values of one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package<'a> {
    /// What is hashed and signed.
    pub signed: &'a [u8],
    /// r, s and the number of the key that it may be of.
    pub signature: [u8; SIGNATURE],
    /// Unix milliseconds.
    pub time_ms: u64,
    points: &'a [u8],
    value_bytes: usize,
}

impl Package<'_> {
    /// The value of a name, with the source's decimals; the first, should it stand there twice.
    ///
    /// # Errors
    /// [`Error::UnknownSource`] if it has none, [`Error::PriceInvalid`] for one beyond 128 bits.
    pub fn value(&self, name: &Name) -> Result<u128, Error> {
        let mut points = self.points.chunks_exact(NAME.saturating_add(self.value_bytes));
        let value = points.find_map(|point| point.strip_prefix(name.as_slice()));
        number(value.ok_or(Error::UnknownSource)?).ok_or(Error::PriceInvalid)
    }
}

/// The packages of a payload, the last first.
///
/// # Errors
/// [`Error::PackageMalformed`]: another marker, lengths that don't fit, none or more than
/// [`MAX_PACKAGES`].
pub fn packages(payload: &[u8]) -> Result<Packages<'_>, Error> {
    let rest = payload.strip_suffix(&MARKER).ok_or(Error::PackageMalformed)?;
    let (rest, metadata_bytes) = size::<3>(rest)?;
    let (rest, _) = split(rest, metadata_bytes)?;
    let (rest, left) = size::<2>(rest)?;
    if left == 0 || left > MAX_PACKAGES {
        return Err(Error::PackageMalformed);
    }
    Ok(Packages { rest, left })
}

/// See [`packages`]. After an error there are no more.
#[derive(Clone, Copy, Debug)]
pub struct Packages<'a> {
    rest: &'a [u8],
    left: usize,
}

impl<'a> Iterator for Packages<'a> {
    type Item = Result<Package<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            // What would be before the first package is nobody's.
            return (!core::mem::take(&mut self.rest).is_empty())
                .then_some(Err(Error::PackageMalformed));
        }
        let read = self.package();
        match read {
            Ok(_) => self.left = self.left.saturating_sub(1),
            Err(_) => *self = Self { rest: &[], left: 0 },
        }
        Some(read)
    }
}

impl<'a> Packages<'a> {
    fn package(&mut self) -> Result<Package<'a>, Error> {
        let (body, signature) = split(self.rest, SIGNATURE)?;
        let signature = signature.try_into().map_err(|_| Error::PackageMalformed)?;
        let (head, count) = size::<3>(body)?;
        let (head, value_bytes) = size::<4>(head)?;
        let (head, time_ms) = split(head, 6)?;
        let time_ms = number(time_ms).and_then(|time_ms| u64::try_from(time_ms).ok());
        if count == 0 || value_bytes == 0 || value_bytes > VALUE {
            return Err(Error::PackageMalformed);
        }
        let points_bytes = NAME.saturating_add(value_bytes).checked_mul(count);
        let (rest, points) = split(head, points_bytes.ok_or(Error::PackageMalformed)?)?;
        let signed = body.get(rest.len()..).ok_or(Error::PackageMalformed)?;
        self.rest = rest;
        let time_ms = time_ms.ok_or(Error::PackageMalformed)?;
        Ok(Package { signed, signature, time_ms, points, value_bytes })
    }
}

/// What is before the last so many bytes, and these.
fn split(bytes: &[u8], last: usize) -> Result<(&[u8], &[u8]), Error> {
    let at = bytes.len().checked_sub(last).ok_or(Error::PackageMalformed)?;
    bytes.split_at_checked(at).ok_or(Error::PackageMalformed)
}

/// The length or count in the last bytes, and what is before it.
fn size<const BYTES: usize>(bytes: &[u8]) -> Result<(&[u8], usize), Error> {
    let (rest, last) = split(bytes, BYTES)?;
    let number = number(last).and_then(|number| usize::try_from(number).ok());
    Ok((rest, number.ok_or(Error::PackageMalformed)?))
}

/// A big-endian number, if 128 bits hold it.
fn number(bytes: &[u8]) -> Option<u128> {
    bytes
        .iter()
        .try_fold(0u128, |number, byte| number.checked_mul(256)?.checked_add(u128::from(*byte)))
}
