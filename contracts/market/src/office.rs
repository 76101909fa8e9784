//! The owner's messages, claims, write-offs and views.

use crate::{
    events::{send, ReserveConfigured, ReserveListed, RewardClaimed},
    market::{Market, Result},
    storage::{unchanged, Stored},
};
use breakwater_protocol::{
    governance::Offices, Account, AssetId, Error, Line, MarketParams, Reserve, ReserveConfig,
    Sheet, MAX_POSITIONS,
};
use ink::{codegen::Env, prelude::vec::Vec, primitives::AccountId};

/// Lines in one answer. ink! has a buffer of 16 KiB for an answer and traps where it is too small;
/// so many lines fit at their longest, as they must in an account's sheet.
const LINES_AT_ONCE: usize = MAX_POSITIONS;

impl Market {
    #[inline(never)]
    pub(crate) fn do_list(&mut self, config: ReserveConfig) -> Result<AssetId> {
        self.only_owner()?;
        let token = AccountId::from(config.token);
        if self.assets_by_token.contains(token) {
            return Err(Error::AlreadyListed);
        }
        let asset = self.free_number()?;
        let reserve = Reserve::new(config.clone(), self.env().block_timestamp())?;
        let count = asset.checked_add(1).ok_or(Error::Overflow)?;
        self.reserve_count = self.reserve_count.max(count);
        self.reserves.insert(asset, &Stored(&reserve));
        self.assets_by_token.insert(token, &asset);
        send(ReserveListed { asset, token, config });
        Ok(asset)
    }

    #[inline(never)]
    pub(crate) fn do_configure(&mut self, asset: AssetId, config: ReserveConfig) -> Result<()> {
        self.only_owner()?;
        let mut reserve = self.load_reserve(asset)?;
        reserve.reconfigure(config.clone(), self.env().block_timestamp())?;
        self.reserves.insert(asset, &Stored(&reserve));
        send(ReserveConfigured { asset, config });
        unchanged(())
    }

    #[inline(never)]
    pub(crate) fn do_claim_reward(
        &mut self,
        asset: AssetId,
        receiver: Option<AccountId>,
    ) -> Result<u128> {
        let account = self.env().caller();
        let receiver = self.payable(receiver)?;
        let mut reserve = self.load_reserve(asset)?;
        let earned = self.take_reward(account, asset);
        let amount = reserve.pay_reward(earned)?;
        self.reserves.insert(asset, &Stored(&reserve));
        self.push(&reserve, receiver, amount)?;
        send(RewardClaimed { account, asset, amount });
        unchanged(amount)
    }

    #[inline(never)]
    pub(crate) fn view_settings(&self) -> (AccountId, AccountId, MarketParams) {
        (self.owner, self.oracle, self.params.0)
    }

    #[inline(never)]
    pub(crate) fn view_lines(&self, assets: Vec<AssetId>) -> Result<Vec<Line>> {
        let now_ms = self.env().block_timestamp();
        let mut sheet = Sheet::new(now_ms, self.params.0, Account::default());
        for asset in assets {
            if sheet.lines.len() >= LINES_AT_ONCE {
                break;
            }
            let reserve = match self.load_reserve(asset) {
                // A number below the highest may be free.
                Err(Error::UnknownAsset) if asset < self.reserve_count => continue,
                found => found?,
            };
            sheet.lines.push(Line { asset, reserve, price: None, now_ms, changed: false });
        }
        self.try_load_prices(&mut sheet)?;
        Ok(sheet.lines)
    }

    #[inline(never)]
    pub(crate) fn view_asset_of(&self, token: AccountId) -> Option<AssetId> {
        self.assets_by_token.get(token)
    }

    #[inline(never)]
    pub(crate) fn view_sheet(&self, account: AccountId) -> Result<Sheet> {
        let account = self.load_account(account);
        let assets: Vec<AssetId> = account.positions.iter().map(|held| held.asset).collect();
        let mut sheet = self.load_sheet(account, &assets)?;
        self.try_load_prices(&mut sheet)?;
        Ok(sheet)
    }

    #[inline(never)]
    pub(crate) fn view_auctions(&self, page: u32) -> (u32, Vec<AccountId>) {
        (self.auction_pages, self.open_auctions.get(page).unwrap_or_default())
    }

    pub(crate) fn only_owner(&self) -> Result<()> {
        self.offices().only_owner(self.env().caller().as_ref())
    }

    /// Owner and guardian; to whom the market is offered is in a cell of its own.
    pub(crate) fn offices(&self) -> Offices {
        Offices {
            owner: *self.owner.as_ref(),
            offered: None,
            guardian: *self.guardian.0.as_ref(),
            guardian_until_ms: self.guardian.1,
        }
    }

    /// Prices for a view: where the oracle fails there are none.
    pub(crate) fn try_load_prices(&self, sheet: &mut Sheet) -> Result<()> {
        match self.load_prices(sheet) {
            Ok(()) | Err(Error::OracleCallFailed) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
