//! The market's accounts and reserves, and the oracle's feeds, as storage has them, for who reads state instead of
//! asking.

use crate::ClientError;
use breakwater_chain::{AccountId, Item};
use breakwater_protocol::{oracle::Feed, Account, AssetId, Reserve};
use scale::Decode;

/// What the keys of all accounts' cells begin with: the number of `contracts/market/src/storage.rs`.
pub const ACCOUNTS: [u8; 4] = 0x4257_0002_u32.to_le_bytes();

/// What the keys of all reserves' cells begin with.
const RESERVES: [u8; 4] = 0x4257_0001_u32.to_le_bytes();

/// What the keys of all feeds' cells begin with: the number of `contracts/oracle/src/storage.rs`.
const FEEDS: [u8; 4] = 0x4F52_0001_u32.to_le_bytes();

/// Layout of the market's storage that this reads, and the releases whose events and views it knows:
/// `LAYOUT` and `VERSION` of the same file.
pub const LAYOUT: u32 = 5;
pub const VERSION: u32 = 1;

/// Accounts of items under [`ACCOUNTS`].
///
/// # Errors
/// [`ClientError::Decode`] for a key or a cell of another form.
pub fn accounts(items: Vec<Item>) -> Result<Vec<(AccountId, Account)>, ClientError> {
    let wrong = || ClientError::Decode("an account's cell");
    let read = |(key, value): Item| {
        let account = key.strip_prefix(&ACCOUNTS).and_then(|rest| rest.try_into().ok());
        Ok((account.ok_or_else(wrong)?, whole(&value).ok_or_else(wrong)?))
    };
    items.into_iter().map(read).collect()
}

/// The key of a reserve's cell.
pub fn reserve_key(asset: AssetId) -> Vec<u8> {
    [&RESERVES[..], &asset.to_le_bytes()].concat()
}

/// The reserve in a cell, with interest up to when it was written.
///
/// # Errors
/// [`ClientError::Decode`] for a cell of another form.
pub fn reserve(value: &[u8]) -> Result<Reserve, ClientError> {
    whole(value).ok_or(ClientError::Decode("a reserve's cell"))
}

/// The key of the oracle's cell of a token.
pub fn feed_key(token: AccountId) -> Vec<u8> {
    [&FEEDS[..], &token].concat()
}

/// The feed in a cell.
///
/// # Errors
/// [`ClientError::Decode`] for a cell of another form.
pub fn feed(value: &[u8]) -> Result<Feed, ClientError> {
    whole(value).ok_or(ClientError::Decode("a feed's cell"))
}

/// What bytes encode, and no more than that.
fn whole<T: Decode>(mut bytes: &[u8]) -> Option<T> {
    let cell = T::decode(&mut bytes).ok()?;
    bytes.is_empty().then_some(cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LocalPlan;
    use breakwater_protocol::Position;
    use scale::Encode;

    /// Before this test a new layout stopped every keeper.
    #[test]
    fn numbers_are_the_markets() {
        let source = include_str!("../../../contracts/market/src/storage.rs");
        for line in [
            format!("pub const LAYOUT: u32 = {LAYOUT};"),
            format!("pub const VERSION: u32 = if cfg!(feature = \"next\") {{ 2 }} else {{ {VERSION} }};"),
            "pub type Reserves = Mapping<AssetId, Cell<Reserve>, ManualKey<0x4257_0001>>;".into(),
            "pub type Accounts = Mapping<AccountId, Cell<Account>, ManualKey<0x4257_0002>>;".into(),
        ] {
            assert!(source.contains(&line), "{line}");
        }
        let oracle = include_str!("../../../contracts/oracle/src/storage.rs");
        assert!(oracle.contains("Mapping<AccountId, Cell<Feed>, ManualKey<0x4F52_0001>>;"));
    }

    #[test]
    fn cells_are_read_whole_or_not_at_all() {
        let position = Position { asset: 1, collateral: 5, ..Position::default() };
        let cell = Account { positions: vec![position], ..Account::default() };
        let key = [&ACCOUNTS[..], &[7; 32]].concat();
        assert_eq!(key[..4], [2, 0, 0x57, 0x42]);
        let read = accounts(vec![(key.clone(), cell.encode())]).expect("a cell");
        assert_eq!(read, [([7; 32], cell.clone())]);
        for (key, value) in [
            (key[..35].to_vec(), cell.encode()),
            (vec![0; 36], cell.encode()),
            (key.clone(), [cell.encode(), vec![0]].concat()),
            (key, vec![9]),
        ] {
            assert!(accounts(vec![(key, value)]).is_err());
        }
        assert_eq!(reserve_key(3), [1, 0, 0x57, 0x42, 3]);
        let held = Reserve::new(LocalPlan::default().eth, 5).expect("a reserve");
        assert_eq!(reserve(&held.encode()).expect("a cell"), held);
        assert!(reserve(&[held.encode(), vec![0]].concat()).is_err());
        assert!(reserve(&[9]).is_err());
    }
}
