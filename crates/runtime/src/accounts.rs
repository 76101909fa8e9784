//! Accounts that have native funds at genesis, as on a development node.

use breakwater_chain::{AccountId, ChainError, Signer};

/// Planck that every development account starts with: ten million UNIT.
pub const ENDOWMENT: u128 = 10_000_000 * 1_000_000_000_000;

const NAMES: [&str; 6] = ["Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/// `//Alice` (who is sudo) to `//Ferdie`, and the `//stash` of each.
pub fn endowed() -> Result<Vec<AccountId>, ChainError> {
    NAMES
        .iter()
        .map(|name| format!("//{name}"))
        .chain(NAMES.iter().map(|name| format!("//{name}//stash")))
        .map(|uri| Signer::from_uri(&uri).map(|signer| signer.account()))
        .collect()
}
