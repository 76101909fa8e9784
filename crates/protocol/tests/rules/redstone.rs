//! RedStone's payloads, byte by byte (§ 2.2). Hashes and signatures are the contract's part: see
//! `tests/embedded/oracle.rs`.

use breakwater_protocol::{
    oracle::{
        redstone::{packages, Name, MAX_PACKAGES},
        Feed, FeedConfig, SourceConfig, SourceKind,
    },
    Error,
};
use proptest::prelude::*;

const MARKER: &str = "000002ed57011e0000";

fn name(symbol: &str) -> Name {
    let mut name = [0; 32];
    name[..symbol.len()].copy_from_slice(symbol.as_bytes());
    name
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(pair).collect()
}

/// A package with 32-byte values and a signature of its own kind of bytes.
fn package(points: &[(&str, u128)], time_ms: u64, signature: u8) -> Vec<u8> {
    let mut package = Vec::new();
    for (symbol, value) in points {
        package.extend(name(symbol));
        package.extend([0; 16]);
        package.extend(value.to_be_bytes());
    }
    package.extend(&time_ms.to_be_bytes()[2..]);
    package.extend(32u32.to_be_bytes());
    package.extend(&(points.len() as u32).to_be_bytes()[1..]);
    package.extend([signature; 65]);
    package
}

fn payload(packages: &[Vec<u8>], metadata: &str) -> Vec<u8> {
    let mut payload = packages.concat();
    payload.extend((packages.len() as u16).to_be_bytes());
    payload.extend(metadata.as_bytes());
    payload.extend(&(metadata.len() as u32).to_be_bytes()[1..]);
    payload.extend(bytes(MARKER));
    payload
}

fn error_of(payload: &[u8]) -> Option<Error> {
    packages(payload).and_then(|mut all| all.try_for_each(|package| package.map(drop))).err()
}

/// Written out by hand: ETH at 1,804.52 (eight decimals, five bytes), signed at 1,700,000,000,000.
#[test]
fn a_payload_byte_by_byte() {
    let eth = "4554480000000000000000000000000000000000000000000000000000000000";
    let signed = [eth, "2a03c70100", "018bcfe56800", "00000005", "000001"].concat();
    let whole = [signed.as_str(), &"ab".repeat(65), "0001", "2e332e30", "000004", MARKER].concat();
    let whole = bytes(&whole);
    let all: Vec<_> = packages(&whole).unwrap().map(Result::unwrap).collect();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].signed, bytes(&signed));
    assert_eq!(all[0].signature, [0xab; 65]);
    assert_eq!(all[0].time_ms, 1_700_000_000_000);
    assert_eq!(all[0].value(&name("ETH")), Ok(180_452_000_000));
    assert_eq!(all[0].value(&name("BTC")), Err(Error::UnknownSource));
    // A name's beginning is another name.
    assert_eq!(all[0].value(&name("ET")), Err(Error::UnknownSource));
}

#[test]
fn packages_come_from_the_end() {
    let both =
        [package(&[("ETH", 5), ("BTC", 7)], 10, 1), package(&[("BTC", 8), ("BTC", 9)], 11, 2)];
    let whole = payload(&both, "0.1.2#signer-service");
    let all: Vec<_> = packages(&whole).unwrap().map(Result::unwrap).collect();
    let said: Vec<_> = all
        .iter()
        .map(|one| {
            (one.time_ms, one.signature[0], one.value(&name("BTC")), one.value(&name("ETH")))
        })
        .collect();
    assert_eq!(
        said,
        [(11, 2, Ok(8), Err(Error::UnknownSource)), (10, 1, Ok(7), Ok(5))],
        "the first of two points of a name counts"
    );
    let (_, signed) = both[0].split_at(0);
    assert_eq!(all[1].signed, &signed[..signed.len() - 65]);
}

#[test]
fn a_value_beyond_128_bits_is_none() {
    let mut one = package(&[("ETH", 5)], 10, 1);
    one[32 + 15] = 1;
    let whole = payload(&[one], "");
    let read = packages(&whole).unwrap().next().unwrap().unwrap();
    assert_eq!(read.value(&name("ETH")), Err(Error::PriceInvalid));
}

#[test]
fn what_is_no_payload_is_refused() {
    let good = payload(&[package(&[("ETH", 5)], 10, 1)], "x");
    assert_eq!(error_of(&good), None);
    let malformed = Some(Error::PackageMalformed);
    assert_eq!(error_of(&[]), malformed);
    // Each byte missing, at the front and at the end.
    for cut in 1..=good.len() {
        assert_eq!(error_of(&good[cut..]), malformed, "{cut}");
        assert_eq!(error_of(&good[..good.len() - cut]), malformed, "{cut}");
    }
    // Something before the first package; no package; no point; no value; a value of 33 bytes.
    assert_eq!(error_of(&[&[0], good.as_slice()].concat()), malformed);
    assert_eq!(error_of(&payload(&[], "")), malformed);
    assert_eq!(error_of(&payload(&[package(&[], 10, 1)], "")), malformed);
    for length in [0u8, 33] {
        let mut one = package(&[("ETH", 5)], 10, 1);
        let at = one.len() - 65 - 3 - 1;
        one[at] = length;
        assert_eq!(error_of(&payload(&[one], "")), malformed, "{length}");
    }
    // As many packages as there may be, and one more.
    let many = vec![package(&[("ETH", 5)], 10, 1); MAX_PACKAGES + 1];
    assert_eq!(error_of(&payload(&many[1..], "")), None);
    assert_eq!(error_of(&payload(&many, "")), malformed);
}

/// A signer whose source is of something else now has no value: it stays one voice, with its time.
#[test]
fn a_signers_value_of_something_else_is_none() {
    let of = |symbol| SourceKind::Redstone { signer: [7; 20], name: name(symbol) };
    assert!(of("ETH").is_same_reporter(&of("BTC")) && of("ETH").is_signed());
    let plain = FeedConfig::pushed([0; 32], 3_600_000, 0);
    let with = |kind| FeedConfig {
        sources: vec![SourceConfig { kind, decimals: 8, ..plain.sources[0].clone() }],
        ..plain.clone()
    };
    let twice = FeedConfig {
        sources: [with(of("ETH")).sources, with(of("BTC")).sources].concat(),
        ..plain.clone()
    };
    assert_eq!(twice.validate(), Err(Error::FeedOutOfRange));
    let mut feed = Feed::new(with(of("ETH"))).unwrap();
    feed.report(0, 200_000_000_000, 1_000, 2_000).unwrap();
    feed.settle(&[], 2_000).unwrap();
    feed.reconfigure(with(of("ETH"))).unwrap();
    assert_ne!(feed.sources[0].last.value_wad, 0, "the same keeps its value");
    feed.reconfigure(with(of("BTC"))).unwrap();
    assert_eq!(feed.sources[0].last.value_wad, 0);
    assert!(!feed.sources[0].joined);
    assert_eq!(feed.report(0, 1, 1_000, 2_000), Err(Error::PriceOutOfOrder));
}

proptest! {
    /// Whatever the bytes are, reading ends with packages of what is there.
    #[test]
    fn reading_never_leaves_the_payload(mut noise in proptest::collection::vec(any::<u8>(), 0..600), count in 0u8..40) {
        noise.extend([0, count, 0, 0, 0]);
        noise.extend(bytes(MARKER));
        if let Ok(all) = packages(&noise) {
            let mut length = 0;
            for package in all.flatten() {
                length += package.signed.len() + 65;
                let _ = package.value(&name("ETH"));
            }
            prop_assert!(length <= noise.len());
        }
    }
}
