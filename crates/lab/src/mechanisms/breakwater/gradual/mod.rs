//! The gradual price, the meter and the vault pool: the protocol's own core functions
//! ([`breakwater_protocol::gradual`]) on loans of the laboratory (§ G1 to § G9).
//!
//! Meter and price are touched lazily, in messages only, as a contract does it.

mod fills;

use super::Settings;
use crate::mechanisms::{
    Account, Asset, Design, Fill, Inventory, Keeper, Lot, Market, Mechanism, Position, Quote,
    Refused, Start, USD,
};
use breakwater_protocol::{
    gradual::{offer::ltv_up_wad, Asked, Gradual, AuctionConfig, Pace, Seller, Vault},
    health::{value_down, value_up, Health},
    math::{BPS, WAD},
    price::Use,
    tiers::Schedule,
    AssetId, Error, Price,
};
use std::collections::BTreeSet;

/// Decimals of collateral and of debt here.
const LOT_DECIMALS: u8 = 18;
const DEBT_DECIMALS: u8 = 6;
/// Stock worth less is not worth a call.
const LEAST_STOCK: u128 = USD;

/// What the laboratory varies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    pub config: AuctionConfig,
    /// The pool's money, as a part of all that is borrowed; if not given, what the scenario says.
    pub pool_bps: Option<u16>,
    /// The pool's target, as a part of all that is borrowed.
    pub target_bps: u16,
    pub target_health_wad: u128,
    /// Time after a break of the price in which no auction starts.
    pub grace_ms: u64,
    /// Depth that was typed in, as a part of the true calm one.
    pub typed_bps: u32,
    /// Somebody takes from accounts of his own, to use up what others could be sold.
    pub wash: Wash,
    /// The health factor that the pool lifts an account to.
    pub pool_health_wad: u128,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            config: AuctionConfig::default(),
            pool_bps: Some(1_500),
            target_bps: 1_500,
            target_health_wad: WAD / 100 * 105,
            grace_ms: 10 * 60_000,
            typed_bps: 10_000,
            wash: Wash::Never,
            pool_health_wad: WAD / 100 * 105,
        }
    }
}

/// Who takes from himself: nothing reaches the market, but meter and price can't know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wash {
    Never,
    /// All there is room for, once, when the first account is put into auction.
    Once,
    /// All there is room for, whenever something waits.
    Always,
}

/// A column of the laboratory.
pub struct GradualBreakwater {
    pub name: String,
    pub about: String,
    pub rule: Rule,
}

impl GradualBreakwater {
    /// A column under a name.
    pub fn named(name: &str, rule: Rule) -> Self {
        Self {
            name: name.into(),
            about: "One gradual Dutch price for each collateral, paced by a meter of what went to \
                    the market; a small pool buys near insolvency and sells by the same price."
                .into(),
            rule,
        }
    }
}

impl Design for GradualBreakwater {
    fn name(&self) -> &str {
        &self.name
    }

    fn about(&self) -> &str {
        &self.about
    }

    fn open(&self, market: &Market, positions: &[Position]) -> Result<Box<dyn Mechanism>, Refused> {
        Ok(Box::new(Books::open(&self.rule, market, positions)?))
    }
}

/// What is known of an asset.
struct Line {
    depth: u128,
    price: Price,
    gradual: Gradual,
    thresholds: Schedule,
    /// What the pool paid for it less what sales brought.
    net_cost: i128,
}

/// An account in auction.
#[derive(Clone, Copy)]
struct Run {
    started_ms: u64,
    counted: bool,
    /// The laboratory's: since when somebody could have called the pool.
    pool_since_ms: Option<u64>,
}

/// Books in a run.
pub struct Books {
    rule: Rule,
    min_debt: u128,
    reaction_ms: u64,
    now_ms: u64,
    lines: Vec<Line>,
    positions: Vec<Position>,
    runs: Vec<Option<Run>>,
    list: BTreeSet<Account>,
    /// All that is borrowed, the pool's money, and its stock.
    borrowed: u128,
    money: u128,
    vault: Vault,
    /// Collateral that a washer has sold to himself, dollars.
    washed_usd: f64,
}

impl Books {
    /// Opens all loans as they are wished for.
    ///
    /// # Errors
    /// A configuration that the core refuses.
    pub fn open(rule: &Rule, market: &Market, positions: &[Position]) -> Result<Self, Refused> {
        let lines = market.assets.iter().map(|spec| {
            rule.config.validate(spec.threshold_bps)?;
            let reserve = Settings::default().collateral(spec, [0; 32]);
            Ok(Line {
                depth: (spec.depth * u128::from(rule.typed_bps) / BPS).max(1),
                price: Price::exact(spec.price_wad, market.now_ms),
                gradual: Gradual::new(market.now_ms),
                thresholds: Schedule::thresholds(&reserve.tiers),
                net_cost: 0,
            })
        });
        let borrowed: u128 = positions.iter().map(|position| position.debt).sum();
        let money = rule.pool_bps.map_or(market.staked, |bps| borrowed * u128::from(bps) / BPS);
        Ok(Self {
            rule: *rule,
            min_debt: market.min_debt,
            reaction_ms: market.reaction_ms,
            now_ms: market.now_ms,
            lines: lines.collect::<Result<_, Error>>()?,
            positions: positions.to_vec(),
            runs: vec![None; positions.len()],
            list: BTreeSet::new(),
            borrowed,
            money,
            vault: Vault::default(),
            washed_usd: 0.0,
        })
    }

    /// The common bonus in basis points, the meter's impact in basis points, and its cap: for plots.
    pub fn gauge(&self, asset: Asset) -> Option<[f64; 3]> {
        let now = self.touched(asset).ok()?;
        let bps = |wad: u64| wad as f64 / 1e14;
        Some([
            now.common.bonus_pico as f64 / 1e8,
            bps(now.meter.impact_wad),
            bps(self.pace().cap_wad()),
        ])
    }

    fn pace(&self) -> Pace {
        let target = self.borrowed * u128::from(self.rule.target_bps) / BPS;
        let standing = self.vault.standing(self.money, target).unwrap_or_default();
        self.rule.config.pace(&standing)
    }

    fn is_good(price: &Price) -> bool {
        price.is_good_for(Use::Liquidation) && price.is_good_for(Use::Settlement)
    }

    /// Meter and price as they are now.
    fn touched(&self, asset: Asset) -> Result<Gradual, Error> {
        let line = self.line(asset)?;
        let mut gradual = line.gradual;
        let worth = value_down(self.stock(asset), line.price.mid_wad, LOT_DECIMALS)?;
        let stock_waits = worth / (WAD / USD) >= self.min_debt;
        let fresh_since = Self::is_good(&line.price).then_some(line.price.good_since_ms);
        gradual.touch(&self.rule.config, &self.pace(), stock_waits, fresh_since, self.now_ms);
        Ok(gradual)
    }

    /// Units of an asset that the pool holds.
    fn stock(&self, asset: Asset) -> u128 {
        AssetId::try_from(asset).map_or(0, |asset| self.vault.stock(asset))
    }

    fn touch(&mut self, asset: Asset) -> Result<(), Error> {
        let now = self.touched(asset)?;
        self.lines.get_mut(asset).ok_or(Error::UnknownAsset)?.gradual = now;
        Ok(())
    }

    /// The washer takes all there is room for. He pays the fee.
    fn wash(&mut self, asset: Asset) -> Result<(), Error> {
        let stops = match self.rule.wash {
            Wash::Never => true,
            Wash::Once => self.washed_usd > 0.0,
            Wash::Always => false,
        };
        if stops || self.list.is_empty() {
            return Ok(());
        }
        self.good_line(asset)?;
        self.touch(asset)?;
        let (config, pace) = (self.rule.config, self.pace());
        let line = self.lines.get_mut(asset).ok_or(Error::UnknownAsset)?;
        let (seller, depth) = (Seller::Account, line.depth);
        let units = line.gradual.may_sell_down(&config, &pace, seller, depth, u128::MAX)?;
        line.gradual.sell(&config, &pace, seller, depth, units)?;
        let value_wad = value_down(units, line.price.mid_wad, LOT_DECIMALS)?;
        self.washed_usd += value_wad as f64 / 1e18;
        Ok(())
    }

    fn line(&self, asset: Asset) -> Result<&Line, Error> {
        self.lines.get(asset).ok_or(Error::UnknownAsset)
    }

    fn good_line(&self, asset: Asset) -> Result<&Line, Error> {
        let line = self.line(asset)?;
        if !Self::is_good(&line.price) {
            return Err(Error::PriceNotGoodForSettlement);
        }
        Ok(line)
    }

    fn health(&self, position: &Position) -> Result<Health, Error> {
        let line = self.line(position.asset)?;
        let collateral_wad = value_down(position.collateral, line.price.mid_wad, LOT_DECIMALS)?;
        Ok(Health {
            collateral_wad,
            threshold_wad: line.thresholds.carries_down(collateral_wad)?,
            debt_wad: value_up(position.debt, WAD, DEBT_DECIMALS)?,
        })
    }

    fn asked<'a>(&self, run: &Run, health: &'a Health, line: &'a Line) -> Result<Asked<'a>, Error> {
        let since_ms = run.started_ms.max(line.price.good_since_ms);
        Ok(Asked {
            health,
            lot_wad: health.collateral_wad,
            thresholds: &line.thresholds,
            average_threshold_wad: line.thresholds.average_up(health.collateral_wad)?,
            counted: run.counted,
            own_ms: self.now_ms.saturating_sub(since_ms),
            target_health_wad: self.rule.target_health_wad,
        })
    }

    /// Takes a purchase off the books, and ends the auction if it is over.
    fn apply(&mut self, account: Account, fill: &Fill) -> Result<(), Error> {
        let position = self.positions.get_mut(account).ok_or(Error::NoAuction)?;
        position.collateral -= fill.seized;
        position.debt -= fill.repaid + fill.bad_debt;
        self.borrowed -= fill.repaid + fill.bad_debt;
        self.end_if_over(account)
    }

    fn end_if_over(&mut self, account: Account) -> Result<(), Error> {
        let Some(run) = self.runs.get(account).copied().flatten() else { return Ok(()) };
        let position = self.position(account);
        let over =
            position.debt == 0 || position.collateral == 0 || self.health(&position)?.is_healthy();
        if over {
            self.touch(position.asset)?;
            self.runs[account] = None;
            self.list.remove(&account);
            self.lines[position.asset].gradual.end(run.counted);
        }
        Ok(())
    }
}

impl Mechanism for Books {
    fn observe(&mut self, now_ms: u64, quotes: &[Quote]) {
        self.now_ms = now_ms;
        for (line, quote) in self.lines.iter_mut().zip(quotes) {
            // What is not good for anything moves nothing: the last good price stays.
            let mid_wad = line.price.mid_wad;
            line.price = quote.judged;
            if !Self::is_good(&line.price) {
                line.price.mid_wad = mid_wad;
            }
        }
        for asset in 0..self.lines.len() {
            // No room is what he wants.
            let _ = self.wash(asset);
        }
        let pool_wad = u128::from(self.rule.config.pool_ltv_bps) * (WAD / BPS);
        for account in self.list.clone() {
            let position = self.position(account);
            let near = self.health(&position).is_ok_and(|health| ltv_up_wad(&health) >= pool_wad);
            if let Some(run) = self.runs[account].as_mut() {
                run.pool_since_ms = near.then(|| run.pool_since_ms.unwrap_or(now_ms));
            }
        }
    }

    fn position(&self, account: Account) -> Position {
        self.positions.get(account).copied().unwrap_or_default()
    }

    fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused> {
        let position = self.positions.get_mut(account).ok_or(Refused::NoLot)?;
        let repaid = amount.min(position.debt);
        position.debt -= repaid;
        self.borrowed -= repaid;
        self.end_if_over(account)?;
        Ok(repaid)
    }

    fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused> {
        let position = self.positions.get_mut(account).ok_or(Refused::NoLot)?;
        position.collateral = position.collateral.checked_add(units).ok_or(Refused::Overflow)?;
        self.end_if_over(account)?;
        Ok(())
    }

    fn start(&mut self, account: Account, _keeper: Keeper) -> Result<Start, Refused> {
        if self.runs.get(account).is_none_or(Option::is_some) {
            return Err(Refused::NotNow);
        }
        let position = self.position(account);
        let line = self.good_line(position.asset)?;
        let good_since_ms = line.price.good_since_ms;
        if good_since_ms != 0 && self.now_ms < good_since_ms + self.rule.grace_ms {
            return Err(Refused::NotNow);
        }
        if position.debt == 0 || self.health(&position)?.is_healthy() {
            return Err(Refused::Healthy);
        }
        self.touch(position.asset)?;
        let counted = self.lines[position.asset].gradual.start(position.debt, self.min_debt);
        let started_ms = self.now_ms;
        self.runs[account] = Some(Run { started_ms, counted, pool_since_ms: Some(0) });
        self.list.insert(account);
        Ok(Start::default())
    }

    /// Ends auctions of accounts that have recovered.
    fn upkeep(&mut self, _keeper: Keeper) -> Vec<(Account, Start)> {
        for account in self.list.clone() {
            let _ = self.end_if_over(account);
        }
        Vec::new()
    }

    fn lots(&self, _below: &[Account], out: &mut Vec<Lot>) {
        out.extend(self.list.iter().map(|&account| Lot {
            id: account as u32,
            asset: self.position(account).asset,
            account: Some(account),
        }));
        for (asset, line) in self.lines.iter().enumerate() {
            let worth = value_down(self.stock(asset), line.price.mid_wad, LOT_DECIMALS);
            if worth.is_ok_and(|wad| wad / (WAD / USD) >= LEAST_STOCK) {
                out.push(Lot { id: u32::MAX - asset as u32, asset, account: None });
            }
        }
        out.sort_unstable();
    }

    fn quote(&self, lot: Lot, max_pay: u128) -> Result<Fill, Refused> {
        Ok(match lot.account {
            Some(account) => self.keeper_fill(account, max_pay)?,
            None => self.stock_fill(lot.asset, max_pay)?,
        })
    }

    fn take(&mut self, lot: Lot, max_pay: u128, _keeper: Keeper) -> Result<Fill, Refused> {
        let id = AssetId::try_from(lot.asset).map_err(|_| Refused::NoLot)?;
        let fill = self.quote(lot, max_pay)?;
        let pace = self.pace();
        self.touch(lot.asset)?;
        let seller = if lot.account.is_some() { Seller::Account } else { Seller::Stock };
        let depth = self.line(lot.asset)?.depth;
        let line = self.lines.get_mut(lot.asset).ok_or(Refused::NoLot)?;
        line.gradual.sell(&self.rule.config, &pace, seller, depth, fill.received)?;
        match lot.account {
            Some(account) => self.apply(account, &fill)?,
            None => {
                line.net_cost -= fill.paid as i128;
                self.vault.sold(id, fill.received)?;
                self.money += fill.paid;
            }
        }
        Ok(fill)
    }

    fn backstop(&mut self, lot: Lot) -> Result<Fill, Refused> {
        let account = lot.account.ok_or(Refused::NoLot)?;
        let run = self.runs.get(account).copied().flatten().ok_or(Refused::NoLot)?;
        let since_ms = run.pool_since_ms.ok_or(Refused::NotNow)?;
        if self.now_ms - since_ms < self.reaction_ms {
            return Err(Refused::NotNow);
        }
        let id = AssetId::try_from(lot.asset).map_err(|_| Refused::NoLot)?;
        let fill = self.pool_fill(&run, &self.position(account))?;
        self.touch(lot.asset)?;
        self.money -= fill.paid;
        self.vault.bought(id, fill.received, fill.paid)?;
        self.lines[lot.asset].net_cost += fill.paid as i128;
        self.apply(account, &fill)?;
        Ok(fill)
    }

    fn washed_usd(&self) -> f64 {
        self.washed_usd
    }

    fn inventory(&self, asset: Asset) -> Inventory {
        let net_cost = self.lines.get(asset).map_or(0, |line| line.net_cost);
        Inventory { held: self.stock(asset), net_cost }
    }
}

#[cfg(test)]
mod tests;
