//! Published expectations, by id, and the numbers in them.
#![allow(dead_code)] // Each test file uses its part.

use primitive_types::U256;
use serde_json::Value;

/// Runs a check on each of the vectors named. Says aloud what is left out where they are not at
/// hand.
pub fn each(ids: &[&str], check: impl Fn(&Value, &Value)) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/peer-vectors.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("LEFT OUT: vectors {}: {path} is not there", ids.join(", "));
        return;
    };
    let all: Value = serde_json::from_str(&text).expect("JSON");
    for id in ids {
        let found = all["vectors"].as_array().unwrap().iter().find(|vector| vector["id"] == **id);
        let vector = found.unwrap_or_else(|| panic!("no vector {id}"));
        println!("{id}");
        check(&vector["input"], &vector["expected"]);
    }
}

/// A number as it is written: digits, a point, a power of ten ("8.745e18", 5000, 0.8).
pub fn scaled(value: &Value, decimals: i32) -> U256 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = U256::from_dec_str(&format!("{whole}{part}")).expect("digits");
    let zeros = power.parse::<i32>().unwrap() + decimals - part.len() as i32;
    digits * U256::exp10(usize::try_from(zeros).expect("a whole number"))
}

/// A whole number.
pub fn number(value: &Value) -> U256 {
    scaled(value, 0)
}

/// Fails unless two numbers are within `tolerance`.
pub fn assert_near(found: U256, expected: U256, tolerance: U256) {
    let apart = found.max(expected) - found.min(expected);
    assert!(apart <= tolerance, "{found} is {apart} from {expected}, more than {tolerance}");
}

/// Shorthand for hand-worked numbers.
pub fn u(value: u128) -> U256 {
    U256::from(value)
}
