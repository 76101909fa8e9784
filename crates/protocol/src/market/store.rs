//! Where a market keeps what it knows.

use crate::{
    cell::{cell_codec, fixed_width},
    governance::Authority,
    Account, AccountId, AssetId, Episode, Error, ManualLevel, MarketParams, Price, Reserve,
    VaultStake,
};
use alloc::vec::Vec;
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// The market's own cell: every message reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Root {
    pub owner: AccountId,
    /// Who may raise the breaker's levels besides the owner, and until when, in Unix milliseconds.
    pub guardian: AccountId,
    pub guardian_until_ms: u64,
    /// One above the highest number of a listed reserve.
    pub reserve_count: AssetId,
    /// One above the highest page of the index of open auctions.
    pub auction_pages: u32,
    pub params: MarketParams,
    /// What people ask of the breaker for the whole market.
    pub guard: ManualLevel,
    /// What people have raised of late, in all.
    pub episode: Episode,
}
fixed_width!(Root {
    owner,
    guardian,
    guardian_until_ms,
    reserve_count,
    auction_pages,
    params,
    guard,
    episode
});
cell_codec!(Root);

impl Root {
    /// An empty market's: its owner is its guardian without end.
    pub fn new(owner: AccountId, params: MarketParams) -> Self {
        Self {
            owner,
            guardian: owner,
            guardian_until_ms: u64::MAX,
            reserve_count: 0,
            auction_pages: 0,
            params,
            guard: ManualLevel::default(),
            episode: Episode::default(),
        }
    }

    /// Owner and guardian; to whom the market is offered is in a cell of its own.
    pub const fn authority(&self) -> Authority {
        Authority {
            owner: self.owner,
            offered: None,
            guardian: self.guardian,
            guardian_until_ms: self.guardian_until_ms,
        }
    }
}

/// A market's cells, its clock and its oracle.
///
/// Reading a cell that was never written answers with what is empty. Writing what is empty removes the
/// cell, but for a starter's rewards (§ 1.4).
pub trait Store {
    /// Time of the block, in Unix milliseconds.
    fn now_ms(&self) -> u64;
    /// The market's own address.
    fn this(&self) -> AccountId;

    /// What the oracle says of some tokens, in their order.
    ///
    /// # Errors
    /// [`Error::OracleCallFailed`].
    fn prices(&self, tokens: &[AccountId]) -> Result<Vec<Option<Price>>, Error>;

    fn root(&self) -> &Root;
    /// The market's own cell, to change: it will be written.
    fn root_mut(&mut self) -> &mut Root;

    fn reserve(&self, asset: AssetId) -> Option<Reserve>;
    fn has_reserve(&self, asset: AssetId) -> bool;
    fn put_reserve(&mut self, asset: AssetId, reserve: &Reserve);
    fn remove_reserve(&mut self, asset: AssetId);

    /// The number of a token's reserve.
    fn asset_of(&self, token: &AccountId) -> Option<AssetId>;
    fn put_asset_of(&mut self, token: &AccountId, asset: Option<AssetId>);

    fn account(&self, who: &AccountId) -> Account;
    fn put_account(&mut self, who: &AccountId, held: &Account);

    /// What a starter of auctions may claim, in units: a place for each collateral.
    fn rewards(&self, starter: &AccountId) -> Vec<(AssetId, u128)>;
    fn put_rewards(&mut self, starter: &AccountId, earned: &[(AssetId, u128)]);

    /// What somebody has in the backstop of a debt asset.
    fn stake(&self, asset: AssetId, staker: &AccountId) -> VaultStake;
    fn put_stake(&mut self, asset: AssetId, staker: &AccountId, stake: &VaultStake);

    /// Accounts on a page of the index of open auctions.
    fn page(&self, number: u32) -> Vec<AccountId>;
    fn has_page(&self, number: u32) -> bool;
    fn put_page(&mut self, number: u32, accounts: &[AccountId]);

    /// To whom the market is offered.
    fn offered(&self) -> Option<AccountId>;
    fn put_offered(&mut self, to: Option<AccountId>);
}
