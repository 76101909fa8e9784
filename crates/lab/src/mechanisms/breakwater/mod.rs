//! Breakwater: the protocol's own code, on [`breakwater_model`].
//!
//! Every change goes through [`Model::apply`], the model of the contract's messages, so a run can be
//! recorded and replayed on the contract (`tests/embedded/lab.rs`).

mod config;
mod people;

pub use config::{Settings, Wash};

use super::{
    trigger_wad, Account, Asset, AssetSpec, Design, Fill, Inventory, Keeper, Lot, Market,
    Mechanism, Position, Quote, Refused, Start, USD,
};
use crate::oracle::opening;
use breakwater_model::{Call, Done, Model};
use breakwater_protocol::{
    account::health::value_down,
    actions::{self, Outcome, StockSold, Taken, WrittenOff},
    market::Filled,
    num::{
        math::{sub, BPS, WAD},
        shares::to_assets_up,
    },
    AccountId, Action, AssetId, Error, Level, Order, Price,
};
use std::collections::BTreeMap;

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
            about: "One gradual Dutch price for each collateral, paced by a meter of what went to \
                    the market; a small pool buys near insolvency and sells by the same price."
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
    /// Accounts in auction, with their collateral and the price above which they may be healthy.
    running: BTreeMap<Account, (Asset, u128)>,
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
        let mut fill = fill_of(&bought.taken);
        fill.received = bought.taken.fill.received;
        self.bought.push((lot, fill));
    }

    /// Looks again at an account that may be in auction.
    fn changed(&mut self, account: Account) {
        let who = borrower(account);
        if self.model.accounts.get(&who).is_none_or(|held| held.auction.is_none()) {
            self.running.remove(&account);
            return;
        }
        let Position { asset, collateral, debt } = self.position(account);
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
        self.running.insert(account, (asset, healthy_wad));
    }
}

fn asset_id(asset: Asset) -> Result<AssetId, Error> {
    AssetId::try_from(asset).map_err(|_| Error::UnknownAsset)
}

fn lost(written_off: &WrittenOff) -> u128 {
    written_off.bad_debt.iter().map(|lost| lost.assets).sum()
}

fn stock_fill(sold: &StockSold) -> Fill {
    Fill { paid: sold.paid, received: sold.received, ..Fill::default() }
}

fn fill_of(taken: &Taken) -> Fill {
    Fill {
        paid: taken.fill.repaid,
        // The starter's reward comes from the borrower too, and goes to a keeper.
        received: taken.fill.received + taken.fill.reward,
        repaid: taken.fill.repaid,
        seized: taken.fill.received + taken.fill.fee,
        bad_debt: lost(&taken.written_off),
    }
}

impl Mechanism for Balances {
    fn observe(&mut self, now_ms: u64, quotes: &[Quote]) {
        let prices: Vec<Price> = quotes.iter().map(|quote| quote.judged).collect();
        self.tell(now_ms, &prices);
        // Keepers look at the breaker all the time; looking never fails on listed assets.
        let assets: Vec<AssetId> = (0..self.dollars).collect();
        let _ = self.call(keeper_id(0), Call::Poke(assets));
        for asset in 0..self.threshold_bps.len() {
            // No room is what they want.
            let _ = self.wash(asset);
        }
        self.leave();
    }

    fn position(&self, account: Account) -> Position {
        let Some(held) = self.model.accounts.get(&borrower(account)) else {
            return Position::default();
        };
        let lot = held.collaterals().next();
        let owed = held.debts().next().and_then(|debt| {
            to_assets_up(debt.debt_shares, self.reserve(debt.asset).ok()?.balances.owed()).ok()
        });
        Position {
            asset: lot.map_or(0, |lot| usize::from(lot.asset)),
            collateral: lot.map_or(0, |lot| lot.collateral),
            debt: owed.unwrap_or(0),
        }
    }

    fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused> {
        let repay = Action::Repay { asset: self.dollars, assets: amount };
        match self.act(borrower(account), repay)? {
            Done::Acted { outcomes, .. } => {
                self.changed(account);
                Ok(outcomes
                    .iter()
                    .map(|outcome| match outcome {
                        Outcome::Repaid { assets, .. } => *assets,
                        _ => 0,
                    })
                    .sum())
            }
            _ => Err(Refused::Unsupported),
        }
    }

    fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused> {
        let asset = asset_id(self.position(account).asset)?;
        let deposit = Action::DepositCollateral { asset, amount: units, excess_to_supply: false };
        self.act(borrower(account), deposit)?;
        self.changed(account);
        Ok(())
    }

    fn start(&mut self, account: Account, keeper: Keeper) -> Result<Start, Refused> {
        if self.running.contains_key(&account) {
            return Err(Refused::NotNow);
        }
        let done = self.call(keeper_id(keeper), Call::Liquidate(borrower(account)))?;
        self.note_bought(account, done.bought().first().copied());
        self.changed(account);
        Ok(Start::default())
    }

    /// Ends auctions of accounts that have recovered, and writes off those that nobody will buy.
    fn upkeep(&mut self, keeper: Keeper) -> Vec<(Account, Start)> {
        let mut done = Vec::new();
        let prices = &self.model.prices;
        let price = |asset: Asset| prices.get(asset).copied().flatten().map_or(0, |p| p.mid_wad);
        let near = self.running.iter().filter(|(_, (asset, wad))| price(*asset) >= *wad);
        let near: Vec<Account> = near.map(|(account, _)| *account).collect();
        for account in near {
            let who = borrower(account);
            let Ok(health) = self.model.snapshot(&who).and_then(|snapshot| snapshot.health())
            else {
                continue;
            };
            if health.is_healthy() && self.call(keeper_id(keeper), Call::Cure(who)).is_ok() {
                self.running.remove(&account);
            } else if health.collateral_wad <= self.model.root.params.dust_wad {
                let dust = self.position(account).collateral;
                if let Ok(Done::WrittenOff(written_off)) =
                    self.call(keeper_id(keeper), Call::RecogniseBadDebt(who))
                {
                    self.running.remove(&account);
                    let bad_debt = lost(&written_off);
                    done.push((account, Start { bad_debt, seized: dust, ..Start::default() }));
                }
            }
        }
        done
    }

    fn lots(&self, _below: &[Account], out: &mut Vec<Lot>) {
        out.extend(self.running.iter().map(|(account, (asset, _))| Lot {
            id: *account as u32,
            asset: *asset,
            account: Some(*account),
        }));
        for (asset, reserve) in self.model.reserves.iter().enumerate() {
            let price = self.model.prices.get(asset).copied().flatten();
            let worth_wad = price.map_or(Ok(0), |price| {
                value_down(reserve.balances.backstop_collateral, price.mid_wad, 18)
            });
            if worth_wad.is_ok_and(|wad| wad >= LEAST_STOCK_WAD) {
                out.push(Lot { id: u32::MAX - asset as u32, asset, account: None });
            }
        }
        out.sort_unstable();
    }

    fn quote(&self, lot: Lot, max_pay: u128) -> Result<Fill, Refused> {
        if lot.account.is_none() {
            let order = self.stock_order(lot, max_pay)?;
            let mut snapshot = self.pair(order.collateral)?;
            return Ok(stock_fill(&actions::buy_stock(&mut snapshot, &order)?));
        }
        let (account, order) = self.order(lot, max_pay)?;
        let mut snapshot = self.model.snapshot(&borrower(account))?;
        // Where the backstop would leave nothing, nothing is for sale.
        let taken = actions::take(&mut snapshot, [0; 32], &order)?.taken;
        Ok(fill_of(&taken.ok_or(Refused::NotNow)?))
    }

    fn take(&mut self, lot: Lot, max_pay: u128, keeper: Keeper) -> Result<Fill, Refused> {
        if lot.account.is_none() {
            let order = self.stock_order(lot, max_pay)?;
            let Done::StockSold(sold) = self.call(keeper_id(keeper), Call::BuyStock(order))? else {
                return Err(Refused::Unsupported);
            };
            if let Some(cost) = self.net_cost.get_mut(lot.asset) {
                *cost -= sold.paid as i128;
            }
            return Ok(stock_fill(&sold));
        }
        let (account, order) = self.order(lot, max_pay)?;
        let call = Call::Take { account: borrower(account), order };
        let done = self.call(keeper_id(keeper), call)?;
        self.note_bought(account, done.bought().first().copied());
        self.changed(account);
        Ok(done.filled().first().map_or(Fill::default(), |filled| fill_of(&filled.taken)))
    }

    fn backstop(&mut self, lot: Lot) -> Result<Fill, Refused> {
        let dollars = self.reserve(self.dollars)?;
        if dollars.vault.shares == 0 {
            return Err(Refused::Unsupported);
        }
        let (account, Order { collateral, debt, .. }) = self.order(lot, 0)?;
        let call = Call::BackstopFill { account: borrower(account), collateral, debt };
        let done = self.call(keeper_id(0), call)?;
        self.note_bought(account, done.bought().first().copied());
        self.changed(account);
        self.bought.pop().map(|(_, fill)| fill).ok_or(Refused::Unsupported)
    }

    fn bought(&mut self) -> Vec<(Lot, Fill)> {
        std::mem::take(&mut self.bought)
    }

    fn washed_usd(&self) -> f64 {
        self.washed_usd
    }

    fn inventory(&self, asset: Asset) -> Inventory {
        let held = self.model.reserves.get(asset).map_or(0, |lot| lot.balances.backstop_collateral);
        Inventory { held, net_cost: self.net_cost.get(asset).copied().unwrap_or(0) }
    }

    fn level(&self, asset: Asset) -> Level {
        let now_ms = self.model.now_ms;
        let own = self.model.reserves.get(asset).map(|lot| lot.balances.breaker.level(now_ms));
        own.unwrap_or(Level::Normal).max(self.model.root.guard.level(now_ms))
    }

    fn borrowable_bps(&self, asset: Asset, ltv_bps: u16) -> u16 {
        let level = self.level(asset);
        if level >= Level::Stressed {
            return 0;
        }
        let Some(price) = self.model.prices.get(asset).copied().flatten() else { return 0 };
        let Some(reserve) = self.model.reserves.get(asset) else { return 0 };
        let exposure = reserve.balances.collateral;
        let liquidity = &reserve.config.liquidity;
        let haircut_wad = liquidity.haircut_up(exposure, price.volatility_wad()).unwrap_or(WAD);
        let cut_bps = match level {
            Level::Guarded => u128::from(self.model.root.params.breaker.guarded_cut_bps),
            _ => 0,
        };
        let left_bps = WAD.saturating_sub(haircut_wad) / (WAD / BPS) * (BPS - cut_bps) / BPS;
        u16::try_from(u128::from(ltv_bps) * left_bps / BPS).unwrap_or(ltv_bps)
    }
}
