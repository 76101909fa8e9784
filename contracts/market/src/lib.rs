//! The market: collateralised loans and the auctions that liquidate them.
//!
//! A thin shell: every message loads cells, calls [`breakwater_protocol`], stores what changed,
//! moves tokens and emits events, in this order. The rules are in the core.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

mod calls;
pub mod events;
mod storage;

#[ink::contract]
pub mod market {
    use crate::{
        calls,
        events::{
            AuctionClosed, BadDebtRecognised, Borrowed, CollateralDeposited, CollateralWithdrawn,
            LiquidationStarted, Repaid, ReserveListed, Supplied, Taken, Withdrawn,
        },
        storage::{Accounts, AssetsByToken, Cell, Reserves},
    };
    use breakwater_protocol::{
        actions,
        auction::{self, Fill},
        health::{value_down, value_up, Basis},
        Account, AssetId, Error, Health, MarketParams, Reserve, ReserveConfig, Sheet, MAX_RESERVES,
    };
    use ink::{prelude::vec::Vec, storage::Mapping};

    type Result<T> = core::result::Result<T, Error>;

    #[ink(storage)]
    pub struct Market {
        owner: AccountId,
        oracle: AccountId,
        reserve_count: AssetId,
        params: Cell<MarketParams>,
        reserves: Reserves,
        accounts: Accounts,
        assets_by_token: AssetsByToken,
    }

    /// What a taker would get now.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub struct Quote {
        /// Units of the debt asset a take would repay.
        pub repaid: u128,
        /// Units of the collateral asset the taker would get.
        pub received: u128,
        /// Discount to the oracle price as a signed wad fraction; negative is a premium.
        pub bonus_wad: i128,
    }

    impl Market {
        /// An empty market whose owner is the caller.
        #[ink(constructor)]
        pub fn new(oracle: AccountId, params: MarketParams) -> Result<Self> {
            params.validate()?;
            Ok(Self {
                owner: Self::env().caller(),
                oracle,
                reserve_count: 0,
                params: Cell(params),
                reserves: Mapping::new(),
                accounts: Mapping::new(),
                assets_by_token: Mapping::new(),
            })
        }

        // ---- Owner ----

        /// Lists an asset and returns its number. Only the owner.
        #[ink(message)]
        pub fn list_reserve(&mut self, config: ReserveConfig) -> Result<AssetId> {
            if self.env().caller() != self.owner {
                return Err(Error::NotOwner);
            }
            let token = AccountId::from(config.token);
            if self.assets_by_token.contains(token) {
                return Err(Error::AlreadyListed);
            }
            let asset = self.reserve_count;
            if asset >= MAX_RESERVES {
                return Err(Error::TooManyReserves);
            }
            let reserve = Reserve::new(config.clone(), self.env().block_timestamp())?;
            self.reserve_count = asset.checked_add(1).ok_or(Error::Overflow)?;
            self.reserves.insert(asset, &Cell(reserve));
            self.assets_by_token.insert(token, &asset);
            self.env().emit_event(ReserveListed { asset, token, config });
            Ok(asset)
        }

        // ---- Lenders ----

        /// Lends `assets` units of the caller's, for himself or for an account that has a
        /// position in the asset. The market must have been approved for them.
        #[ink(message)]
        pub fn supply(
            &mut self,
            asset: AssetId,
            assets: u128,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            let (payer, account) = self.parties(on_behalf_of);
            let mut sheet = self.sheet(account, asset)?;
            refuse_new_place(&sheet, asset, payer, account)?;
            let done = actions::supply(&mut sheet, asset, assets)?;
            self.store(account, &sheet, &[asset]);
            self.pull(&sheet, asset, payer, done.assets)?;
            let (assets, shares) = (done.assets, done.shares);
            self.env().emit_event(Supplied { account, asset, payer, assets, shares });
            Ok(())
        }

        /// Takes back `assets` units that the caller has lent, or all with the highest number.
        #[ink(message)]
        pub fn withdraw(&mut self, asset: AssetId, assets: u128) -> Result<()> {
            let account = self.env().caller();
            let mut sheet = self.sheet(account, asset)?;
            let done = actions::withdraw(&mut sheet, asset, assets)?;
            self.store(account, &sheet, &[asset]);
            self.push(&sheet, asset, account, done.assets)?;
            let (assets, shares) = (done.assets, done.shares);
            self.env().emit_event(Withdrawn { account, asset, assets, shares });
            Ok(())
        }

        // ---- Borrowers ----

        /// Adds collateral of the caller's, for himself or for an account that has a position in
        /// the asset. It is never lent. If that makes an account in auction healthy, the auction
        /// ends.
        #[ink(message)]
        pub fn deposit_collateral(
            &mut self,
            asset: AssetId,
            amount: u128,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            let (payer, account) = self.parties(on_behalf_of);
            let mut sheet = self.sheet(account, asset)?;
            refuse_new_place(&sheet, asset, payer, account)?;
            actions::deposit_collateral(&mut sheet, asset, amount)?;
            let cured = self.try_cure(&mut sheet)?;
            self.store(account, &sheet, &[asset]);
            self.pull(&sheet, asset, payer, amount)?;
            self.env().emit_event(CollateralDeposited { account, asset, payer, amount });
            self.report_closed(account, cured);
            Ok(())
        }

        /// Takes back collateral, or all of it with the highest number. Without debt this is
        /// never refused.
        #[ink(message)]
        pub fn withdraw_collateral(&mut self, asset: AssetId, amount: u128) -> Result<()> {
            let account = self.env().caller();
            let mut sheet = self.sheet(account, asset)?;
            if sheet.account.has_debt() {
                self.load_risks(&mut sheet)?;
            }
            let amount = actions::withdraw_collateral(&mut sheet, asset, amount)?;
            self.store(account, &sheet, &[asset]);
            self.push(&sheet, asset, account, amount)?;
            self.env().emit_event(CollateralWithdrawn { account, asset, amount });
            Ok(())
        }

        /// Borrows `assets` units against the caller's collateral.
        #[ink(message)]
        pub fn borrow(&mut self, asset: AssetId, assets: u128) -> Result<()> {
            let account = self.env().caller();
            let mut sheet = self.sheet(account, asset)?;
            self.load_risks(&mut sheet)?;
            let done = actions::borrow(&mut sheet, asset, assets)?;
            self.store(account, &sheet, &[asset]);
            self.push(&sheet, asset, account, done.assets)?;
            let (assets, shares) = (done.assets, done.shares);
            self.env().emit_event(Borrowed { account, asset, assets, shares });
            Ok(())
        }

        /// Repays at most `assets` units of the caller's or anybody's debt; the highest number
        /// for all of it. Never takes more than is owed, and is never refused for a price. If that
        /// makes an account in auction healthy, the auction ends.
        #[ink(message)]
        pub fn repay(
            &mut self,
            asset: AssetId,
            assets: u128,
            on_behalf_of: Option<AccountId>,
        ) -> Result<()> {
            let (payer, account) = self.parties(on_behalf_of);
            let mut sheet = self.sheet(account, asset)?;
            let done = actions::repay(&mut sheet, asset, assets)?;
            let cured = self.try_cure(&mut sheet)?;
            self.store(account, &sheet, &[asset]);
            self.pull(&sheet, asset, payer, done.assets)?;
            let (assets, shares) = (done.assets, done.shares);
            self.env().emit_event(Repaid { account, asset, payer, assets, shares });
            self.report_closed(account, cured);
            Ok(())
        }

        // ---- Liquidation ----

        /// Starts the auction of an account whose health factor is below 1. Anyone may.
        #[ink(message)]
        pub fn liquidate(&mut self, account: AccountId) -> Result<()> {
            let starter = self.env().caller();
            let mut sheet = self.risk_sheet(account)?;
            let auction = actions::start_liquidation(&mut sheet, *starter.as_ref())?;
            self.store(account, &sheet, &[]);
            let started_ms = auction.started_ms;
            self.env().emit_event(LiquidationStarted { account, starter, started_ms });
            Ok(())
        }

        /// Buys collateral of an account in auction at the present price: repays at most
        /// `max_repay` units of its debt and sends the collateral to `receiver` (the caller if
        /// not given). Refused if it would be less than `min_receive`, or after `deadline_ms`.
        #[ink(message)]
        #[allow(clippy::too_many_arguments)]
        pub fn take(
            &mut self,
            account: AccountId,
            collateral: AssetId,
            debt: AssetId,
            max_repay: u128,
            min_receive: u128,
            deadline_ms: Option<u64>,
            receiver: Option<AccountId>,
        ) -> Result<Quote> {
            let taker = self.env().caller();
            let mut sheet = self.risk_sheet(account)?;
            if deadline_ms.is_some_and(|deadline_ms| sheet.now_ms > deadline_ms) {
                return Err(Error::DeadlinePassed);
            }
            let started_ms = sheet.account.auction.ok_or(Error::NoAuction)?.started_ms;
            let Cell(params) = &self.params;
            let done = actions::take(params, &mut sheet, collateral, debt, max_repay, min_receive)?;
            // With bad debt every reserve the account owed to has changed.
            let mut changed: Vec<AssetId> = done.bad_debt.iter().map(|lost| lost.asset).collect();
            changed.extend([collateral, debt]);
            self.store(account, &sheet, &changed);

            let Fill { repaid, received, fee, bonus_wad } = done.fill;
            self.pull(&sheet, debt, taker, repaid)?;
            self.push(&sheet, collateral, receiver.unwrap_or(taker), received)?;

            let (lot, owed) = (sheet.line(collateral)?, sheet.line(debt)?);
            self.env().emit_event(Taken {
                account,
                collateral,
                debt,
                taker,
                repaid,
                debt_shares: done.shares,
                received,
                fee,
                bonus_wad,
                elapsed_ms: sheet.now_ms.saturating_sub(started_ms),
                fair_wad: value_down(received, lot.price()?.mid_wad, lot.reserve.config.decimals)?,
                paid_wad: value_up(repaid, owed.price()?.mid_wad, owed.reserve.config.decimals)?,
            });
            for lost in done.bad_debt {
                let (asset, assets, shares) = (lost.asset, lost.assets, lost.shares);
                self.env().emit_event(BadDebtRecognised { account, asset, assets, shares });
            }
            self.report_closed(account, done.closed);
            Ok(Quote { repaid, received, bonus_wad })
        }

        /// Ends the auction of an account that is healthy again. Anyone may.
        #[ink(message)]
        pub fn cure(&mut self, account: AccountId) -> Result<()> {
            let mut sheet = self.risk_sheet(account)?;
            if sheet.account.auction.is_none() {
                return Err(Error::NoAuction);
            }
            if !sheet.cure() {
                return Err(Error::InsufficientCollateral);
            }
            self.store(account, &sheet, &[]);
            self.report_closed(account, true);
            Ok(())
        }

        // ---- Views ----

        /// The owner, the oracle adapter and the market's parameters.
        #[ink(message)]
        pub fn settings(&self) -> (AccountId, AccountId, MarketParams) {
            (self.owner, self.oracle, self.params.0)
        }

        /// All reserves in order of listing, with interest up to now.
        #[ink(message)]
        pub fn reserves(&self) -> Result<Vec<Reserve>> {
            (0..self.reserve_count).map(|asset| self.reserve(asset)).collect()
        }

        /// One reserve, with interest up to now.
        #[ink(message)]
        pub fn reserve(&self, asset: AssetId) -> Result<Reserve> {
            let mut reserve = self.load_reserve(asset)?;
            reserve.accrue(self.env().block_timestamp())?;
            Ok(reserve)
        }

        /// The number of a token's reserve.
        #[ink(message)]
        pub fn asset_of(&self, token: AccountId) -> Option<AssetId> {
            self.assets_by_token.get(token)
        }

        /// An account's positions and its auction; an empty account if it has none.
        #[ink(message)]
        pub fn account(&self, account: AccountId) -> Account {
            self.load_account(account)
        }

        /// What an account is worth at the middle of the oracle's prices, whatever their age.
        #[ink(message)]
        pub fn health(&self, account: AccountId) -> Result<Health> {
            self.risk_sheet(account)?.health(Basis::Middle)
        }

        /// What a take would move now, without moving it.
        #[ink(message)]
        pub fn quote(
            &self,
            account: AccountId,
            collateral: AssetId,
            debt: AssetId,
            max_repay: u128,
        ) -> Result<Quote> {
            let sheet = self.risk_sheet(account)?;
            let health = sheet.health(Basis::Middle)?;
            let terms = auction::terms(&self.params.0, &sheet, &health, collateral)?;
            let Fill { repaid, received, bonus_wad, .. } =
                auction::fill(&sheet, &terms, collateral, debt, max_repay)?;
            Ok(Quote { repaid, received, bonus_wad })
        }

        // ---- Shell ----

        /// Who pays and whose account it is.
        fn parties(&self, on_behalf_of: Option<AccountId>) -> (AccountId, AccountId) {
            let payer = self.env().caller();
            (payer, on_behalf_of.unwrap_or(payer))
        }

        fn load_account(&self, account: AccountId) -> Account {
            self.accounts.get(account).map(|Cell(held)| held).unwrap_or_default()
        }

        fn load_reserve(&self, asset: AssetId) -> Result<Reserve> {
            self.reserves.get(asset).map(|Cell(reserve)| reserve).ok_or(Error::UnknownAsset)
        }

        /// An account with the one reserve that is acted on.
        fn sheet(&self, account: AccountId, asset: AssetId) -> Result<Sheet> {
            let account = self.load_account(account);
            let mut sheet = Sheet::new(self.env().block_timestamp(), account);
            sheet.add_reserve(asset, self.load_reserve(asset)?)?;
            Ok(sheet)
        }

        /// An account with every reserve whose price matters to it, and the prices.
        fn risk_sheet(&self, account: AccountId) -> Result<Sheet> {
            let account = self.load_account(account);
            let mut sheet = Sheet::new(self.env().block_timestamp(), account);
            self.load_risks(&mut sheet)?;
            Ok(sheet)
        }

        /// Adds the reserves that are missing on a sheet, and all prices in one call.
        fn load_risks(&self, sheet: &mut Sheet) -> Result<()> {
            for position in sheet.account.positions.clone() {
                if position.bears_risk() && sheet.line(position.asset).is_err() {
                    sheet.add_reserve(position.asset, self.load_reserve(position.asset)?)?;
                }
            }
            if sheet.lines.is_empty() {
                return Ok(());
            }
            let tokens: Vec<AccountId> =
                sheet.lines.iter().map(|line| line.reserve.config.token.into()).collect();
            let prices = calls::prices(self.oracle, &tokens)?;
            for (line, price) in sheet.lines.iter_mut().zip(prices) {
                line.price = price;
            }
            Ok(())
        }

        /// Ends the auction if there is one and the account is healthy again. An oracle that
        /// fails does not stop anyone from repaying or topping up.
        fn try_cure(&self, sheet: &mut Sheet) -> Result<bool> {
            if sheet.account.auction.is_none() {
                return Ok(false);
            }
            if sheet.account.has_debt() {
                match self.load_risks(sheet) {
                    Ok(()) | Err(Error::OracleCallFailed) => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(sheet.cure())
        }

        fn store(&mut self, account: AccountId, sheet: &Sheet, changed: &[AssetId]) {
            if sheet.account.is_empty() {
                self.accounts.remove(account);
            } else {
                self.accounts.insert(account, &Cell(sheet.account.clone()));
            }
            for line in sheet.lines.iter().filter(|line| changed.contains(&line.asset)) {
                self.reserves.insert(line.asset, &Cell(line.reserve.clone()));
            }
        }

        fn pull(&self, sheet: &Sheet, asset: AssetId, from: AccountId, amount: u128) -> Result<()> {
            let token = AccountId::from(sheet.line(asset)?.reserve.config.token);
            calls::pull(token, from, self.env().account_id(), amount)
        }

        fn push(&self, sheet: &Sheet, asset: AssetId, to: AccountId, amount: u128) -> Result<()> {
            let token = AccountId::from(sheet.line(asset)?.reserve.config.token);
            calls::push(token, to, amount)
        }

        fn report_closed(&self, account: AccountId, closed: bool) {
            if closed {
                self.env().emit_event(AuctionClosed { account });
            }
        }
    }

    /// Somebody else may add to a position but not open one: places are few.
    fn refuse_new_place(
        sheet: &Sheet,
        asset: AssetId,
        payer: AccountId,
        account: AccountId,
    ) -> Result<()> {
        if payer != account && !sheet.account.holds(asset) {
            return Err(Error::NotYourAccount);
        }
        Ok(())
    }
}
