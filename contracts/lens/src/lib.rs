//! The lens: everything that people, pages and keepers want to know of a market, computed from the
//! market's raw views by the core's own functions. It holds nothing and can change nothing, so a
//! better one can be deployed beside it at any time.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
pub mod lens {
    use breakwater_protocol::{
        lens::{
            self, AccountView, BackstopView, BreakerView, Quote, RatesView, RiskView, SaleView,
            ShockView,
        },
        Account, AssetId, Error, Guard, Line, MarketParams, Order, Reserve, Sheet,
    };
    use ink::{
        env::{
            call::{build_call, ExecutionInput, Selector},
            DefaultEnvironment,
        },
        prelude::{vec, vec::Vec},
    };

    type Result<T> = core::result::Result<T, Error>;

    const SHEET: [u8; 4] = ink::selector_bytes!("sheet");
    const LINES: [u8; 4] = ink::selector_bytes!("lines");
    const SETTINGS: [u8; 4] = ink::selector_bytes!("settings");
    const GUARD: [u8; 4] = ink::selector_bytes!("guard");
    const RESERVE_COUNT: [u8; 4] = ink::selector_bytes!("reserve_count");

    #[ink(storage)]
    pub struct Lens {
        market: AccountId,
    }

    impl Lens {
        /// A lens on a market.
        #[ink(constructor)]
        pub fn new(market: AccountId) -> Self {
            Self { market }
        }

        /// The market looked at.
        #[ink(message)]
        pub fn market(&self) -> AccountId {
            self.market
        }

        /// An account: positions, health, LTV, leverage, borrowing power, and for each asset its
        /// liquidation price, haircut and the sensitivity of the health factor.
        #[ink(message)]
        pub fn account(&self, account: AccountId) -> Result<AccountView> {
            lens::account(&self.sheet(account)?)
        }

        /// One reserve, with interest up to now.
        #[ink(message)]
        pub fn reserve(&self, asset: AssetId) -> Result<Reserve> {
            Ok(self.line(asset)?.reserve)
        }

        /// Reserves by their numbers, of which there are `count` at most from `first` on, with interest up
        /// to now; numbers that are free are passed over. An answer has as many as the market gives at
        /// once: go on after the last. It is empty where there are no more.
        #[ink(message)]
        pub fn reserves(&self, first: AssetId, count: AssetId) -> Result<Vec<(AssetId, Reserve)>> {
            let listed: AssetId = self.ask(RESERVE_COUNT, ())?;
            let end = first.saturating_add(count).min(listed);
            let lines = self.lines((first..end).collect())?;
            Ok(lines.into_iter().map(|line| (line.asset, line.reserve)).collect())
        }

        /// A reserve's limits and how much of each is used: load, caps, outflow, haircut.
        #[ink(message)]
        pub fn risk(&self, asset: AssetId) -> Result<RiskView> {
            lens::risk(&self.line(asset)?)
        }

        /// A reserve's circuit breaker: level, reason, end, and every measure as parts of its
        /// thresholds.
        #[ink(message)]
        pub fn breaker(&self, asset: AssetId) -> Result<BreakerView> {
            let sheet = self.assets(vec![asset])?;
            lens::breaker(sheet, asset)
        }

        /// A reserve's utilisation and yearly rates.
        #[ink(message)]
        pub fn rates(&self, asset: AssetId) -> Result<RatesView> {
            lens::rates(&self.line(asset)?.reserve, self.env().block_timestamp())
        }

        /// Debt of the accounts given that could be liquidated if all collateral fell by
        /// `fall_bps`. Of many accounts, ask in parts and add the answers up.
        #[ink(message)]
        pub fn shock(&self, accounts: Vec<AccountId>, fall_bps: u16) -> Result<ShockView> {
            accounts.into_iter().try_fold(ShockView::default(), |sum, account| {
                lens::shock(sum, &self.sheet(account)?, fall_bps)
            })
        }

        /// What a take would move now.
        #[ink(message)]
        pub fn quote(
            &self,
            account: AccountId,
            collateral: AssetId,
            debt: AssetId,
            max_repay: u128,
        ) -> Result<Quote> {
            lens::quote(
                self.sheet(account)?,
                &Order { collateral, debt, max_repay, min_receive: 0 },
            )
        }

        /// What a purchase of a backstop's stock would move now.
        #[ink(message)]
        pub fn quote_stock(
            &self,
            collateral: AssetId,
            debt: AssetId,
            max_pay: u128,
        ) -> Result<Quote> {
            let order = Order { collateral, debt, max_repay: max_pay, min_receive: 0 };
            lens::quote_stock(self.assets(vec![collateral, debt])?, &order)
        }

        /// How a collateral is sold now: bonus, meter, room, pace, and what waits.
        #[ink(message)]
        pub fn sale(&self, asset: AssetId) -> Result<SaleView> {
            lens::sale(self.assets(vec![asset])?, asset)
        }

        /// The backstop of an asset: money, stock, target and premium.
        #[ink(message)]
        pub fn backstop(&self, asset: AssetId) -> Result<BackstopView> {
            lens::backstop(&self.line(asset)?.reserve)
        }

        /// Some reserves and what backs them, with the market's parameters.
        fn assets(&self, mut assets: Vec<AssetId>) -> Result<Sheet> {
            let (_, _, params): (AccountId, AccountId, MarketParams) = self.ask(SETTINGS, ())?;
            let (_, _, guard): (AccountId, u64, Guard) = self.ask(GUARD, ())?;
            let mut sheet = Sheet::new(self.env().block_timestamp(), params, Account::default());
            sheet.guard = guard;
            assets.dedup();
            let lines = self.lines(assets)?;
            let backing = lines.iter().filter_map(|line| line.reserve.config.auction.backed_by);
            let mut backing: Vec<AssetId> =
                backing.filter(|of| !lines.iter().any(|line| line.asset == *of)).collect();
            backing.dedup();
            sheet.lines = lines;
            if !backing.is_empty() {
                // A number that is free backs nothing.
                sheet.lines.extend(self.lines(backing).unwrap_or_default());
            }
            Ok(sheet)
        }

        fn sheet(&self, account: AccountId) -> Result<Sheet> {
            self.ask::<Result<Sheet>>(SHEET, account)?
        }

        /// Reserves with interest up to now, as many of the first as the market gives at once.
        fn lines(&self, assets: Vec<AssetId>) -> Result<Vec<Line>> {
            let mut lines = self.ask::<Result<Vec<Line>>>(LINES, assets)??;
            lines.iter_mut().try_for_each(|line| line.reserve.accrue(line.now_ms))?;
            Ok(lines)
        }

        fn line(&self, asset: AssetId) -> Result<Line> {
            self.lines(vec![asset])?.pop().ok_or(Error::UnknownAsset)
        }

        /// Asks the market. `()` encodes to nothing: a message without arguments.
        fn ask<T: scale::Decode>(
            &self,
            message: [u8; 4],
            argument: impl scale::Encode,
        ) -> Result<T> {
            let input = ExecutionInput::new(Selector::new(message)).push_arg(argument);
            let answer = build_call::<DefaultEnvironment>()
                .call(self.market)
                .exec_input(input)
                .returns::<T>()
                .try_invoke();
            match answer {
                Ok(Ok(answer)) => Ok(answer),
                _ => Err(Error::MarketCallFailed),
            }
        }
    }
}
