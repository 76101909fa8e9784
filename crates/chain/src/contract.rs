//! How pallet-contracts keeps a contract: its record, and a trie of its own for its storage.

use scale::Decode;

use crate::{
    error::ChainError,
    extrinsic::storage_prefix,
    types::{AccountId, Hash},
};

/// Bytes of the hash before each key of a contract's trie (blake2-128, then the key itself).
const HASHED: usize = 16;
/// What the trie's own name begins with, where a node is asked for it.
const CHILD_PREFIX: &[u8] = b":child_storage:default:";

/// The first fields of a contract's record.
#[derive(Clone, Debug, PartialEq, Eq, Decode)]
pub struct ContractRecord {
    /// Name of its trie.
    pub trie: Vec<u8>,
    pub code_hash: Hash,
}

impl ContractRecord {
    /// Storage key of a contract's record.
    pub fn key(contract: &AccountId) -> Vec<u8> {
        let hash = sp_core::hashing::twox_64(contract);
        [storage_prefix("Contracts", "ContractInfoOf"), hash.to_vec(), contract.to_vec()].concat()
    }

    /// Reads a record.
    ///
    /// # Errors
    /// [`ChainError::Decode`].
    pub fn read(mut bytes: &[u8]) -> Result<Self, ChainError> {
        Self::decode(&mut bytes)
            .map_err(|why| ChainError::Decode { what: "contract", why: why.to_string() })
    }

    /// The trie as nodes are asked for it.
    pub fn child_key(&self) -> Vec<u8> {
        [CHILD_PREFIX, &self.trie].concat()
    }
}

/// The contract's own key of an item of its trie, if it begins with `prefix`.
pub fn own_key(hashed: &[u8], prefix: &[u8]) -> Option<Vec<u8>> {
    hashed.get(HASHED..).filter(|key| key.starts_with(prefix)).map(<[u8]>::to_vec)
}

/// The key of an item in the contract's trie.
pub fn hashed_key(own: &[u8]) -> Vec<u8> {
    [sp_core::hashing::blake2_128(own).as_slice(), own].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use scale::Encode;

    #[test]
    fn a_record_is_read_and_its_trie_is_named() {
        let bytes = (vec![1u8, 2], [7u8; 32], 99u32).encode();
        let record = ContractRecord::read(&bytes).expect("a record");
        assert_eq!((record.trie.as_slice(), record.code_hash), (&[1, 2][..], [7; 32]));
        assert_eq!(record.child_key(), b":child_storage:default:\x01\x02");
        assert!(ContractRecord::read(&[9]).is_err());
    }

    #[test]
    fn an_items_key_stands_after_its_hash() {
        let hashed = [vec![0; 16], vec![2, 0, 0x57, 0x42, 9]].concat();
        assert_eq!(own_key(&hashed, &[2, 0]), Some(vec![2, 0, 0x57, 0x42, 9]));
        assert_eq!(own_key(&hashed, &[3]), None);
        assert_eq!(own_key(&[0; 15], &[]), None);
        let hashed = hashed_key(&[2, 0, 9]);
        assert_eq!((hashed.len(), own_key(&hashed, &[2, 0])), (19, Some(vec![2, 0, 9])));
    }
}
