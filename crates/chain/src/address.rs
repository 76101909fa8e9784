//! Accounts and contracts as people write them.

use crate::{
    error::ChainError,
    types::{AccountId, Signer},
};
use sp_core::crypto::{set_default_ss58_version, AccountId32, Ss58AddressFormat, Ss58Codec};

/// Hex digits of an account, without `0x`.
pub(crate) const HEX_DIGITS: usize = 64;

/// An account in SS58 form: for any Substrate chain, unless [`use_format`] has said for which.
pub fn to_ss58(account: &AccountId) -> String {
    AccountId32::new(*account).to_ss58check()
}

/// From now on this process writes addresses for the network of this number
/// ([`crate::Network::address_format`]). Whose chain it talks to its users want to see: a program that is
/// connected to one calls it once.
pub fn use_format(network: u16) {
    set_default_ss58_version(Ss58AddressFormat::custom(network));
}

/// Reads an SS58 address of any network, 32 bytes of hex with `0x`, or a development account such as
/// `//Alice`.
///
/// # Errors
/// [`ChainError::Address`] if it is none of these.
pub fn parse(text: &str) -> Result<AccountId, ChainError> {
    let refused = || ChainError::Address(text.into());
    if text.starts_with("//") {
        return Signer::from_uri(text).map(|signer| signer.account()).map_err(|_| refused());
    }
    match text.strip_prefix("0x") {
        Some(digits) => from_hex(digits),
        None => AccountId32::from_ss58check(text).ok().map(|account| *account.as_ref()),
    }
    .ok_or_else(refused)
}

fn from_hex(digits: &str) -> Option<AccountId> {
    // The general reader puts a 0 before an odd number of digits: a lost digit is another account.
    if digits.len() != HEX_DIGITS || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let bytes = sp_core::bytes::from_hex(digits).ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Alice's public key and address as every Substrate tool prints them.
    const ALICE: &str = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
    const ALICE_HEX: &str = "0xd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

    #[test]
    fn all_forms_of_an_address_are_the_same_account() {
        let account = parse("//Alice").unwrap();
        assert_eq!(parse(ALICE).unwrap(), account);
        assert_eq!(parse(ALICE_HEX).unwrap(), account);
        assert_eq!(to_ss58(&account), ALICE);
    }

    #[test]
    fn a_mistyped_address_is_refused() {
        for text in ["", "Alice", "0x12", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ"] {
            assert!(matches!(parse(text), Err(ChainError::Address(_))), "{text}");
        }
        assert!(parse(&format!("{ALICE_HEX}00")).is_err());
    }

    /// Before: 63 digits were read as if a 0 stood before them, another account than the one meant.
    #[test]
    fn an_address_has_64_hex_digits() {
        for digits in [1, 2, 62, 63, 65, 66] {
            let text = format!("0x{}", "5".repeat(digits));
            assert!(matches!(parse(&text), Err(ChainError::Address(_))), "{digits}");
        }
        assert!(parse(&format!("0x0x{}", "5".repeat(62))).is_err());
        assert!(parse(&format!("0x{}g", "5".repeat(63))).is_err());
        // Half an SS58 address, and one of another length with a right checksum (Kusama's index 1).
        assert!(parse(&ALICE[..47]).is_err());
        assert!(parse("F7Hs").is_err());
        for well_known in ["//", "///", "///Alice", "/Alice", "////", "//Alice ", " //Alice"] {
            assert!(parse(well_known).is_err(), "{well_known}");
        }
    }
}
