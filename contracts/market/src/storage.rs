//! Where the market keeps its cells. All keys are written out: an upgrade must find them again.

use crate::market::Market;
pub use breakwater_cells::{Cell, Stored};
use breakwater_protocol::{
    backstop::Sums, Account, AssetId, Episode, Guard, MarketParams, Pool, Reserve, Stake,
};
use ink::{
    prelude::vec::Vec,
    primitives::{AccountId, Hash},
    storage::{traits::ManualKey, Lazy, Mapping},
};
use scale::Encode;

/// Number of the layout: what is stored where, and how it is encoded. To be raised with each change
/// of them; a test pins it to what the metadata say.
pub const LAYOUT: u32 = 2;
/// Number of the release.
pub const VERSION: u32 = if cfg!(feature = "next") { 2 } else { 1 };

/// One cell a reserve: configuration and books.
pub type Reserves = Mapping<AssetId, Cell<Reserve>, ManualKey<0x4257_0001>>;
/// One cell an account; none for an empty one.
pub type Accounts = Mapping<AccountId, Cell<Account>, ManualKey<0x4257_0002>>;
/// The reserve of a token.
pub type AssetsByToken = Mapping<AccountId, AssetId, ManualKey<0x4257_0003>>;

/// What a starter of auctions may claim, in units of the assets: one cell each. Their own first
/// start makes it, with a place for each collateral that may be sold, and it is never freed: who
/// pays rewards in or out then pays no storage deposit and is refunded none (§ 1.4).
pub type Rewards = Mapping<AccountId, Vec<(AssetId, u128)>, ManualKey<0x4257_0004>>;
/// The backstop of a debt asset.
pub type Pools = Mapping<AssetId, Cell<Pool>, ManualKey<0x4257_0005>>;
/// Stakes in the backstop of a debt asset.
pub type Stakes = Mapping<(AssetId, AccountId), Cell<Stake>, ManualKey<0x4257_0006>>;
/// Last sums of a backstop's epochs that are over.
pub type EndedEpochs = Mapping<(AssetId, u32), Sums, ManualKey<0x4257_0007>>;
/// Accounts in auction, on pages of at most [`AUCTIONS_PER_PAGE`], so that the end of an auction
/// changes one page and no other account.
pub type OpenAuctions = Mapping<u32, Vec<AccountId>, ManualKey<0x4257_0008>>;
/// To whom the market is offered. A cell of its own: the market's is read by every message.
pub type PendingOwner = Lazy<Option<AccountId>, ManualKey<0x4257_0009>>;
/// Accounts on a page of the index.
pub const AUCTIONS_PER_PAGE: usize = 32;
/// Empty pages at the end of the index that the end of one auction drops besides its own.
pub const PAGES_DROPPED_AT_ONCE: u32 = 8;

impl Market {
    /// A market without reserves, with the default parameters.
    pub(crate) fn empty(owner: AccountId, oracle: AccountId, auctions: Hash, office: Hash) -> Self {
        #[cfg(feature = "front")]
        for code in [auctions, office] {
            ink::env::lock_delegate_dependency::<ink::env::DefaultEnvironment>(&code);
        }
        Self {
            owner,
            oracle,
            auctions,
            office,
            reserve_count: 0,
            auction_pages: 0,
            params: Cell(MarketParams::default()),
            guardian: (owner, u64::MAX),
            guard: Cell(Guard::default()),
            episode: Cell(Episode::default()),
            reserves: Mapping::new(),
            accounts: Mapping::new(),
            assets_by_token: Mapping::new(),
            rewards: Mapping::new(),
            pools: Mapping::new(),
            stakes: Mapping::new(),
            ended_epochs: Mapping::new(),
            open_auctions: Mapping::new(),
            pending_owner: Lazy::new(),
        }
    }
}

/// Ends a message that has left the market's own cell (owner, oracle, parameters) as it was.
///
/// ink! writes that cell back after every message that takes `&mut self`: an item written in vain,
/// a sixth of the cost of a deposit. Returning to the chain from here spares it. Everything
/// else is in mappings, which write at once.
pub fn unchanged<T: Encode>(answer: T) -> Result<T, breakwater_protocol::Error> {
    #[cfg(not(feature = "std"))]
    {
        type Answer<T> = Result<Result<T, breakwater_protocol::Error>, ink::LangError>;
        let answer: Answer<T> = Ok(Ok(answer));
        ink::env::return_value(ink::env::ReturnFlags::empty(), &answer)
    }
    #[cfg(feature = "std")]
    Ok(answer)
}
