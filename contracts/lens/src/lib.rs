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
        Account, AccountSnapshot, AssetId, Error, ManualLevel, MarketParams, Order, PricedReserve,
        Reserve,
    };
    use ink::{
        env::{
            call::{build_call, ExecutionInput, Selector},
            DefaultEnvironment,
        },
        prelude::{vec, vec::Vec},
    };

    type Result<T> = core::result::Result<T, Error>;

    const SNAPSHOT: [u8; 4] = ink::selector_bytes!("snapshot");
    const PRICED_RESERVES: [u8; 4] = ink::selector_bytes!("priced_reserves");
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
            lens::account(&self.snapshot(account)?)
        }

        /// One reserve, with interest up to now.
        #[ink(message)]
        pub fn reserve(&self, asset: AssetId) -> Result<Reserve> {
            Ok(self.priced(asset)?.reserve)
        }

        /// Reserves by their numbers, of which there are `count` at most from `first` on, with interest up
        /// to now; numbers that are free are passed over. An answer has as many as the market gives at
        /// once: go on after the last. It is empty where there are no more.
        #[ink(message)]
        pub fn reserves(&self, first: AssetId, count: AssetId) -> Result<Vec<(AssetId, Reserve)>> {
            let listed: AssetId = self.ask(RESERVE_COUNT, ())?;
            let end = first.saturating_add(count).min(listed);
            let reserves = self.priced_reserves((first..end).collect())?;
            Ok(reserves.into_iter().map(|priced| (priced.asset, priced.reserve)).collect())
        }

        /// A reserve's limits and how much of each is used: load, caps, outflow, haircut.
        #[ink(message)]
        pub fn risk(&self, asset: AssetId) -> Result<RiskView> {
            lens::risk(&self.priced(asset)?)
        }

        /// A reserve's circuit breaker: level, reason, end, and every measure as parts of its
        /// thresholds.
        #[ink(message)]
        pub fn breaker(&self, asset: AssetId) -> Result<BreakerView> {
            let snapshot = self.assets(vec![asset])?;
            lens::breaker(snapshot, asset)
        }

        /// A reserve's utilisation and yearly rates.
        #[ink(message)]
        pub fn rates(&self, asset: AssetId) -> Result<RatesView> {
            lens::rates(&self.priced(asset)?.reserve, self.env().block_timestamp())
        }

        /// Debt of the accounts given that could be liquidated if all collateral fell by
        /// `fall_bps`. Of many accounts, ask in parts and add the answers up.
        #[ink(message)]
        pub fn shock(&self, accounts: Vec<AccountId>, fall_bps: u16) -> Result<ShockView> {
            accounts.into_iter().try_fold(ShockView::default(), |sum, account| {
                lens::shock(sum, &self.snapshot(account)?, fall_bps)
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
                self.snapshot(account)?,
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
            lens::backstop(&self.priced(asset)?.reserve)
        }

        /// Some reserves and what backs them, with the market's parameters.
        fn assets(&self, mut assets: Vec<AssetId>) -> Result<AccountSnapshot> {
            let (_, _, params): (AccountId, AccountId, MarketParams) = self.ask(SETTINGS, ())?;
            let (_, _, guard): (AccountId, u64, ManualLevel) = self.ask(GUARD, ())?;
            let mut snapshot =
                AccountSnapshot::new(self.env().block_timestamp(), params, Account::default());
            snapshot.guard = guard;
            assets.dedup();
            let reserves = self.priced_reserves(assets)?;
            let backing =
                reserves.iter().filter_map(|priced| priced.reserve.config.auction.backed_by);
            let mut backing: Vec<AssetId> =
                backing.filter(|of| !reserves.iter().any(|priced| priced.asset == *of)).collect();
            backing.dedup();
            snapshot.reserves = reserves;
            if !backing.is_empty() {
                // A number that is free backs nothing.
                snapshot.reserves.extend(self.priced_reserves(backing).unwrap_or_default());
            }
            Ok(snapshot)
        }

        fn snapshot(&self, account: AccountId) -> Result<AccountSnapshot> {
            self.ask::<Result<AccountSnapshot>>(SNAPSHOT, account)?
        }

        /// Reserves with interest up to now, as many of the first as the market gives at once.
        fn priced_reserves(&self, assets: Vec<AssetId>) -> Result<Vec<PricedReserve>> {
            let mut reserves =
                self.ask::<Result<Vec<PricedReserve>>>(PRICED_RESERVES, assets)??;
            reserves.iter_mut().try_for_each(|priced| priced.reserve.accrue(priced.now_ms))?;
            Ok(reserves)
        }

        fn priced(&self, asset: AssetId) -> Result<PricedReserve> {
            self.priced_reserves(vec![asset])?.pop().ok_or(Error::UnknownAsset)
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
