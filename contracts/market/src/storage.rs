//! Where the market keeps its cells. All keys are written out: an upgrade must find them again.

use crate::market::Market;
// The admin code has arguments of the types that are stored.
pub use breakwater_cells::Stored;
#[cfg(feature = "admin")]
pub use breakwater_cells::{Cell, Stored as StoredCell};
#[cfg(not(feature = "admin"))]
pub use breakwater_cells::{LeanCell as Cell, LeanStored as StoredCell};
use breakwater_protocol::{
    market::Root, Account, AccountId, AssetId, MarketParams, Reserve, VaultStake,
};
use ink::{
    prelude::vec::Vec,
    primitives::{AccountId as Address, Hash},
    storage::{traits::ManualKey, Lazy, Mapping},
};
use scale::{Decode, Encode};

/// Key of the market's own cell: ink!'s for a contract's storage.
#[cfg(any(test, not(feature = "std")))]
pub const OWN_KEY: [u8; 4] = [0; 4];
/// Where in that cell the codes stand to which the front hands over, after the oracle.
#[cfg(any(test, not(feature = "std")))]
pub const AUCTIONS_AT: core::ops::Range<usize> = 32..64;
#[cfg(any(test, not(feature = "std")))]
pub const ADMIN_AT: core::ops::Range<usize> = 64..96;
/// More than the cell has.
#[cfg(any(test, not(feature = "std")))]
pub const MOST_OWN_BYTES: usize = 1024;

/// Number of the layout: what is stored where, and how it is encoded. To be raised with each change
/// of them; a test pins it to what the metadata say.
pub const LAYOUT: u32 = 5;
/// Number of the release.
pub const VERSION: u32 = if cfg!(feature = "next") { 2 } else { 1 };

/// One cell a reserve: configuration, balances and what its backstop holds.
pub type Reserves = Mapping<AssetId, Cell<Reserve>, ManualKey<0x4257_0001>>;
/// One cell an account; none for an empty one.
pub type Accounts = Mapping<AccountId, Cell<Account>, ManualKey<0x4257_0002>>;
/// The reserve of a token.
pub type AssetsByToken = Mapping<AccountId, AssetId, ManualKey<0x4257_0003>>;

/// What a starter of auctions may claim, in units of the assets: one cell each. Their own first
/// start makes it, with a place for each collateral that may be sold, and it is never freed: who
/// pays rewards in or out then pays no storage deposit and is refunded none (§ 1.4).
pub type Rewards = Mapping<AccountId, Vec<(AssetId, u128)>, ManualKey<0x4257_0004>>;
/// Stakes in the backstop of a debt asset.
pub type Stakes = Mapping<(AssetId, AccountId), Cell<VaultStake>, ManualKey<0x4257_0006>>;
/// The index of open auctions: accounts on pages.
pub type OpenAuctions = Mapping<u32, Vec<AccountId>, ManualKey<0x4257_0008>>;
/// To whom the market is offered. A cell of its own: the market's is read by every message.
pub type PendingOwner = Lazy<Option<AccountId>, ManualKey<0x4257_0009>>;

/// The market's own cell, and whether a message has changed it: then it must be written.
#[derive(Debug)]
pub struct Own {
    root: Root,
    changed: bool,
}

impl Own {
    pub fn new(root: Root) -> Self {
        Self { root, changed: false }
    }

    pub fn root(&self) -> &Root {
        &self.root
    }

    pub fn root_mut(&mut self) -> &mut Root {
        self.changed = true;
        &mut self.root
    }

    /// What stands beside the root in the cell has changed.
    pub fn note_change(&mut self) {
        self.changed = true;
    }

    pub fn has_changed(&self) -> bool {
        self.changed
    }
}

impl Encode for Own {
    fn encode_to<O: scale::Output + ?Sized>(&self, output: &mut O) {
        self.root.encode_to(output);
    }
}

impl Decode for Own {
    fn decode<I: scale::Input>(input: &mut I) -> Result<Self, scale::Error> {
        decode_root(input).map(Self::new)
    }
}

/// A function of its own: messages that are handed over don't pay for it.
#[inline(never)]
fn decode_root<I: scale::Input>(input: &mut I) -> Result<Root, scale::Error> {
    #[cfg(feature = "admin")]
    let root = Root::decode(input);
    #[cfg(not(feature = "admin"))]
    let root = breakwater_protocol::cell::decode(input).map(|root| *root);
    root
}

#[cfg(feature = "std")]
impl scale_info::TypeInfo for Own {
    type Identity = <Cell<Root> as scale_info::TypeInfo>::Identity;

    fn type_info() -> scale_info::Type {
        Cell::<Root>::type_info()
    }
}

#[cfg(feature = "std")]
impl ink::storage::traits::StorageLayout for Own {
    fn layout(key: &ink::primitives::Key) -> ink::metadata::layout::Layout {
        Cell::<Root>::layout(key)
    }
}

impl Market {
    /// The market as it is stored.
    #[inline(never)]
    pub(crate) fn load() -> Self {
        match ink::env::get_contract_storage(&<Self as ink::storage::traits::StorageKey>::KEY) {
            Ok(Some(market)) => market,
            _ => crate::codes::refuse(),
        }
    }

    /// A market without reserves, with the default parameters.
    pub(crate) fn empty(owner: Address, oracle: Address, auctions: Hash, admin: Hash) -> Self {
        #[cfg(feature = "front")]
        for code in [auctions, admin] {
            ink::env::lock_delegate_dependency::<ink::env::DefaultEnvironment>(&code);
        }
        Self {
            oracle,
            auctions,
            admin,
            own: Own::new(Root::new(*owner.as_ref(), MarketParams::default())),
            reserves: Mapping::new(),
            accounts: Mapping::new(),
            assets_by_token: Mapping::new(),
            rewards: Mapping::new(),
            stakes: Mapping::new(),
            open_auctions: Mapping::new(),
            pending_owner: Lazy::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ink::storage::traits::{Storable, StorageKey};

    /// The front finds the other codes without decoding the rest.
    #[test]
    fn the_codes_stand_where_the_front_looks() {
        let (oracle, auctions, admin) = ([1; 32], [2; 32], [3; 32]);
        let market = Market::empty([4; 32].into(), oracle.into(), auctions.into(), admin.into());
        let mut cell = Vec::new();
        Storable::encode(&market, &mut cell);
        assert_eq!(cell[AUCTIONS_AT], auctions);
        assert_eq!(cell[ADMIN_AT], admin);
        // All of it is of one length always.
        assert!(cell.len() <= MOST_OWN_BYTES, "{} bytes", cell.len());
        assert_eq!(<Market as StorageKey>::KEY.to_le_bytes(), OWN_KEY);
    }
}
