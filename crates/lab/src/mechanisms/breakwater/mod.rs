//! Breakwater: the protocol's own code, on [`breakwater_model`].
//!
//! Every change goes through [`Model::apply`], the model of the contract's messages, so a run can be
//! recorded and replayed on the contract (`tests/embedded/lab.rs`).

mod config;
mod desk;
mod mechanism;
mod people;

pub use config::{Settings, Wash};

use super::{
    trigger_wad, Account, Asset, AssetSpec, Design, Fill, Keeper, Lot, Market, Mechanism, Position,
    Refused, USD,
};
use crate::oracle::opening;
use breakwater_model::{Call, Done, Model};
use breakwater_protocol::{
    market::Filled,
    num::math::{sub, BPS, WAD},
    AccountId, Action, AssetId, Error, Order, Price,
};
use desk::{Desk, Waiting};
use std::{cell::RefCell, collections::BTreeMap};

/// One of Breakwater's columns.
pub struct Breakwater {
    pub name: String,
    pub about: String,
    pub settings: Settings,
}

impl Breakwater {
    /// A column under a name.
    pub fn named(name: &str, settings: Settings) -> Self {
        Self {
            name: name.into(),
            about:
                "One gradual Dutch price for each collateral, paced by a meter of recent sales; a \
                    small pool buys near insolvency and sells at the same price."
                    .into(),
            settings,
        }
    }

    /// The protocol as it is deployed, with the scenario's pool.
    pub fn full(settings: Settings) -> Self {
        Self::named("Breakwater", settings)
    }
}

impl Design for Breakwater {
    fn name(&self) -> &str {
        &self.name
    }

    fn about(&self) -> &str {
        &self.about
    }

    fn open(&self, market: &Market, positions: &[Position]) -> Result<Box<dyn Mechanism>, Refused> {
        Ok(Box::new(Balances::open(&self.settings, market, positions, false)?))
    }
}

/// What the world told the market, or somebody asked of it: a run is a list of these.
#[derive(Clone, Debug)]
pub enum Entry {
    /// The time, and prices of all reserves.
    Observed { now_ms: u64, prices: Vec<Price> },
    /// A message that was accepted.
    Called { caller: AccountId, call: Call },
}

/// Breakwater's balances in a run.
pub struct Balances {
    model: Model,
    dollars: AssetId,
    /// Accounts in auction.
    running: BTreeMap<Account, Waiting>,
    /// By collateral; made when first looked at, and gone with every change of the market.
    desks: RefCell<Vec<Option<Desk>>>,
    threshold_bps: Vec<u16>,
    /// What the backstop paid for each collateral less what sales brought, in [`USD`] units.
    net_cost: Vec<i128>,
    /// What it has bought since somebody asked.
    bought: Vec<(Lot, Fill)>,
    wash: Wash,
    /// Whether lenders and stakers are leaving; none where they stay whatever comes.
    leaving: Option<bool>,
    /// Collateral that a washer has sold to themselves, dollars.
    washed_usd: f64,
    record: Option<Vec<Entry>>,
}

/// Stock worth less is not worth a call, wad dollars.
const LEAST_STOCK_WAD: u128 = WAD;

/// Whose money is lent.
pub const LENDER: AccountId = [0xfe; 32];

/// A borrower's address.
pub fn borrower(account: Account) -> AccountId {
    address(b'b', account)
}

/// A keeper's address.
pub fn keeper_id(keeper: Keeper) -> AccountId {
    address(b'k', keeper)
}

fn address(kind: u8, number: usize) -> AccountId {
    let mut id = [0; 32];
    id[0] = kind;
    id[24..].copy_from_slice(&(number as u64).to_be_bytes());
    id
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error {
            Error::Healthy => Self::Healthy,
            Error::NoAuction | Error::NoDebt | Error::UnknownAsset => Self::NoLot,
            Error::ZeroAmount
            | Error::AmountTooSmall
            | Error::TakeLeavesDust
            | Error::InsufficientBalance => Self::Amount,
            Error::Overflow | Error::DivisionByZero => Self::Overflow,
            _ => Self::NotNow,
        }
    }
}

impl Balances {
    /// Opens a market. With `record` everything from the first deposit on is noted.
    ///
    /// A loan that the load cap has no room for is opened as large as there is room; one that the
    /// haircut allows less for owes less.
    ///
    /// # Errors
    /// A configuration that the core refuses.
    pub fn open(
        settings: &Settings,
        market: &Market,
        positions: &[Position],
        record: bool,
    ) -> Result<Self, Refused> {
        let mut model = Model::new(settings.params, market.now_ms);
        let dollars = asset_id(market.assets.len())?;
        for (number, spec) in market.assets.iter().enumerate() {
            model.list(settings.collateral(spec, address(b't', number), dollars))?;
        }
        model.list(settings.dollars(market, address(b'd', 0)))?;
        Self::stage(model, settings, market, positions, record)
    }

    /// Opens positions in a market whose reserves are listed already: the collaterals, then dollars.
    ///
    /// # Errors
    /// Positions that the core refuses.
    pub fn stage(
        model: Model,
        settings: &Settings,
        market: &Market,
        positions: &[Position],
        record: bool,
    ) -> Result<Self, Refused> {
        let dollars = asset_id(market.assets.len())?;
        let mut balances = Self {
            model,
            dollars,
            running: BTreeMap::new(),
            desks: RefCell::default(),
            threshold_bps: market.assets.iter().map(|spec| spec.threshold_bps).collect(),
            net_cost: vec![0; market.assets.len()],
            bought: Vec::new(),
            wash: settings.wash,
            leaving: settings.run.then_some(false),
            washed_usd: 0.0,
            record: record.then(Vec::new),
        };
        let first = |spec: &AssetSpec| opening(spec.price_wad, market.now_ms);
        let prices = market.assets.iter().map(first).collect::<Result<Vec<_>, _>>()?;
        balances.tell(market.now_ms, &prices);
        let lent: u128 = positions.iter().map(|position| position.debt).sum();
        let staked = settings.pool_bps.map_or(market.staked, |bps| lent * u128::from(bps) / BPS);
        let assets = sub(market.supplied, staked)?;
        balances.act(LENDER, Action::Supply { asset: dollars, assets })?;
        if staked != 0 {
            balances.call(LENDER, Call::BackstopDeposit { asset: dollars, assets: staked })?;
        }
        for (account, position) in positions.iter().enumerate() {
            balances.lend(account, position)?;
        }
        Ok(balances)
    }

    /// Everything that was told and done since the opening, if it was recorded.
    pub fn record(&self) -> &[Entry] {
        self.record.as_deref().unwrap_or_default()
    }

    /// The market in memory.
    pub fn model(&self) -> &Model {
        &self.model
    }

    fn tell(&mut self, now_ms: u64, prices: &[Price]) {
        let mut prices = prices.to_vec();
        prices.push(Price::exact(WAD, now_ms));
        self.desks.get_mut().clear();
        self.model.now_ms = now_ms;
        for (asset, price) in (0..).zip(&prices) {
            self.model.set_price(asset, *price);
        }
        if let Some(record) = &mut self.record {
            record.push(Entry::Observed { now_ms, prices });
        }
    }

    fn call(&mut self, caller: AccountId, call: Call) -> Result<Done, Error> {
        let done = self.model.apply(caller, &call)?;
        self.desks.get_mut().clear();
        if let Some(record) = &mut self.record {
            record.push(Entry::Called { caller, call });
        }
        Ok(done)
    }

    fn act(&mut self, caller: AccountId, action: Action) -> Result<Done, Error> {
        self.call(caller, Call::Act { on_behalf_of: None, actions: vec![action] })
    }

    fn reserve(&self, asset: AssetId) -> Result<&breakwater_protocol::Reserve, Error> {
        self.model.reserves.get(usize::from(asset)).ok_or(Error::UnknownAsset)
    }

    fn stock_order(&self, lot: Lot, max_repay: u128) -> Result<Order, Error> {
        let collateral = asset_id(lot.asset)?;
        Ok(Order { collateral, debt: self.dollars, max_repay, min_receive: 0 })
    }

    fn order(&self, lot: Lot, max_repay: u128) -> Result<(Account, Order), Error> {
        let account = lot.account.ok_or(Error::NoAuction)?;
        let collateral = asset_id(lot.asset)?;
        Ok((account, Order { collateral, debt: self.dollars, max_repay, min_receive: 0 }))
    }

    /// Notes what the backstop has bought, to be told.
    fn note_bought(&mut self, account: Account, bought: Option<&Filled>) {
        let Some(bought) = bought else { return };
        let asset = usize::from(bought.collateral);
        if let Some(cost) = self.net_cost.get_mut(asset) {
            *cost += bought.taken.fill.repaid as i128;
        }
        let lot = Lot { id: account as u32, asset, account: Some(account) };
        let mut fill = mechanism::fill_of(&bought.taken);
        fill.received = bought.taken.fill.received;
        self.bought.push((lot, fill));
    }

    /// Looks again at an account that may be in auction.
    fn changed(&mut self, account: Account) {
        let held = self.model.accounts.get(&borrower(account));
        let Some(auction) = held.and_then(|held| held.auction.as_ref()) else {
            self.running.remove(&account);
            return;
        };
        let position = self.position(account);
        let Position { asset, collateral, debt } = position;
        let threshold_bps = self.threshold_bps.get(asset).copied().unwrap_or(0);
        // Next to nothing may be all that is left: then it is worth looking at all the time.
        let worth = self
            .model
            .prices
            .get(asset)
            .copied()
            .flatten()
            .map_or(0.0, |price| price.mid_wad as f64 / 1e36 * collateral as f64);
        let healthy_wad = if worth * 1e18 <= self.model.root.params.dust_wad as f64 {
            0
        } else {
            trigger_wad(collateral, debt, threshold_bps).map_or(0, |wad| wad - wad / 1_000_000)
        };
        let waiting = Waiting::new(&position, auction, threshold_bps, healthy_wad);
        self.running.insert(account, waiting);
    }

    /// Looks at a collateral as a message of now finds it.
    fn at_desk<T>(
        &self,
        asset: Asset,
        look: impl FnOnce(&mut Desk) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut desks = self.desks.borrow_mut();
        if desks.len() <= asset {
            desks.resize_with(asset + 1, || None);
        }
        let place = desks.get_mut(asset).ok_or(Error::UnknownAsset)?;
        match place {
            Some(desk) => look(desk),
            None => look(place.insert(Desk::new(self.pair(asset_id(asset)?)?))),
        }
    }

    /// What the oracle says of a collateral, dollars; 0 without a price.
    fn mid_usd(&self, asset: Asset) -> f64 {
        let price = self.model.prices.get(asset).copied().flatten();
        price.map_or(0.0, |price| price.mid_wad as f64 / 1e18)
    }
}

fn asset_id(asset: Asset) -> Result<AssetId, Error> {
    AssetId::try_from(asset).map_err(|_| Error::UnknownAsset)
}
