//! One run: a mechanism in a world, from the first price to the last.
//!
//! Time goes in steps. In a step in which nobody is at their trigger and nothing is for sale, the
//! only work is the price's and the oracle's, however many accounts there are: accounts lie in
//! order of the price that triggers them. Otherwise the step is walked block by block.

mod purchases;

use crate::{
    borrowers::Acts,
    keepers::{self, usd, Keeper},
    market::Market,
    mechanisms::{Account, Asset, Design, Fill, Level, Lot, Mechanism, Quote, Start, TOKEN},
    metrics::{Point, Tally},
    oracle::Oracle,
    stakers::Stakers,
    world::World,
};
use anyhow::{anyhow, Result};
use std::collections::BTreeSet;

/// How a mechanism is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Sales do not move the price: the counterfactual.
    pub without_impact: bool,
    /// A pool outside the protocol buys before keepers do, as large as Breakwater's backstop.
    pub lent_backstop: bool,
    /// Keep the price's course.
    pub trace: bool,
}

/// Runs a design in a world.
///
/// # Errors
/// A design that can't open the positions.
pub fn run(world: &World, design: &dyn Design, options: Options) -> Result<Tally> {
    let mut balances = design
        .open(&world.market, &world.positions())
        .map_err(|refused| anyhow!("{} can't be opened: {refused}", design.name()))?;
    walk(world, balances.as_mut(), options)
}

/// Walks balances that are open already through a world.
///
/// # Errors
/// An oracle that the protocol refuses.
pub fn walk(world: &World, balances: &mut dyn Mechanism, options: Options) -> Result<Tally> {
    let mut engine = Engine::new(world, balances, options)?;
    for step in 1..world.path.len() {
        engine.step(step);
    }
    Ok(engine.finish())
}

/// Accounts by the price that triggers them.
type Triggers = BTreeSet<(u128, Account)>;

struct Engine<'a> {
    world: &'a World<'a>,
    options: Options,
    balances: &'a mut dyn Mechanism,
    markets: Vec<Market>,
    oracles: Vec<Oracle>,
    quotes: Vec<Quote>,
    keepers: Vec<Keeper>,
    acts: Acts<'a>,
    now_ms: u64,
    /// For each asset, all accounts with debt, and those that watch it.
    triggers: Vec<Triggers>,
    watched: Vec<Triggers>,
    trigger: Vec<Option<u128>>,
    /// Since when an account is at its trigger, and whether it has been bought from since.
    below_since: Vec<Option<(u64, bool)>>,
    below: Vec<Account>,
    lots: Vec<Lot>,
    /// Since when each lot has been for sale, in their order: from then on it takes a reaction time to act on it.
    listed: Vec<(Lot, u64)>,
    stakers: Stakers,
    tally: Tally,
}

impl<'a> Engine<'a> {
    /// The world at its first price.
    ///
    /// # Errors
    /// An oracle that the protocol refuses.
    fn new(
        world: &'a World<'a>,
        balances: &'a mut dyn Mechanism,
        options: Options,
    ) -> Result<Self> {
        let scenario = world.scenario;
        let assets = world.market.assets.len();
        let first = |asset: usize| world.path.usd[asset][0];
        let markets = world.market.assets.iter().enumerate().map(|(asset, spec)| {
            let depth = spec.depth as f64 / TOKEN as f64;
            Market::new(&scenario.market, depth, first(asset), !options.without_impact)
        });
        let oracles: Result<Vec<Oracle>> = (0..assets)
            .map(|asset| Oracle::new(&scenario.oracle, asset, first(asset), world.path.start_ms))
            .collect();
        let count = world.borrowers.len();
        let mut engine = Self {
            world,
            options,
            balances,
            markets: markets.collect(),
            oracles: oracles?,
            quotes: Vec::new(),
            keepers: Vec::new(),
            acts: Acts::new(&scenario.borrowers, &world.borrowers, world.seed),
            now_ms: world.path.start_ms,
            triggers: vec![Triggers::new(); assets],
            watched: vec![Triggers::new(); assets],
            trigger: vec![None; count],
            below_since: vec![None; count],
            below: Vec::new(),
            lots: Vec::new(),
            listed: Vec::new(),
            stakers: Stakers::new(assets, None, world.path.start_ms),
            tally: Tally::new(assets, count),
        };
        for account in 0..count {
            let position = engine.balances.position(account);
            engine.tally.opened(&position);
            engine.place(account);
        }
        let loans_usd = usd(engine.tally.opened_debt);
        engine.keepers = keepers::cast(&scenario.keepers, assets, loans_usd);
        if options.lent_backstop {
            let lent_usd = Some(scenario.backstop.part_of_loans * loans_usd);
            engine.stakers = Stakers::new(assets, lent_usd, world.path.start_ms);
        }
        Ok(engine)
    }

    /// Walks one step of the path, `step` from 1 on.
    fn step(&mut self, step: usize) {
        let path = &self.world.path;
        let keepers = &self.world.scenario.keepers;
        let (from_ms, step_ms) = (path.time_ms(step - 1), path.step_ms);
        let busy = !self.below.is_empty() || !self.lots.is_empty();
        let blocks = if busy { (step_ms / (keepers.block_s * 1_000)).max(1) } else { 1 };
        let minutes = step_ms as f64 / 60_000.0 / blocks as f64;
        for block in 1..=blocks {
            let now_ms = from_ms + step_ms * block / blocks;
            let part = block as f64 / blocks as f64;
            for (asset, market) in self.markets.iter_mut().enumerate() {
                let prices = &path.usd[asset];
                let (last, next) = (prices[step - 1], prices[step]);
                let exogenous = if part == 1.0 { next } else { last * (next / last).powf(part) };
                market.step(exogenous, path.turmoil[asset][step], minutes);
            }
            self.now_ms = now_ms;
            self.look();
            if block == blocks {
                self.borrowers_act(step);
            }
            self.gather();
            self.keepers_act();
            self.stakers_act(minutes);
            self.account_for(minutes, step);
        }
        if self.options.trace {
            let market = &self.markets[0];
            self.tally.trace.push(Point {
                time_ms: self.now_ms,
                exogenous_usd: market.exogenous_usd(),
                usd: market.usd(),
                level: self.balances.level(0),
            });
        }
    }

    /// The oracle looks at the market, the mechanism at the oracle.
    fn look(&mut self) {
        let now_ms = self.now_ms;
        self.quotes.clear();
        for (oracle, market) in self.oracles.iter_mut().zip(&self.markets) {
            self.quotes.push(oracle.look(market.usd(), now_ms));
        }
        self.balances.observe(now_ms, &self.quotes);
    }

    /// Borrowers near their trigger repay or add collateral.
    fn borrowers_act(&mut self, step: usize) {
        let hours = self.world.path.step_ms as f64 / 3_600_000.0;
        let begins = self.world.scenario.borrowers.acts_below;
        for asset in 0..self.markets.len() {
            let price_wad = self.quotes[asset].price_wad;
            let from_wad = (price_wad as f64 / begins) as u128;
            let near: Vec<_> = self.watched[asset].range((from_wad, 0)..).copied().collect();
            self.tally.visited += near.len() as u64;
            for (trigger_wad, account) in near {
                let health = price_wad as f64 / trigger_wad as f64;
                let seen = (health, price_wad as f64 / 1e18, hours);
                if let Some(before) = self.acts.act(self.balances, account, step, seen) {
                    self.tally.self_help(&before, &self.balances.position(account));
                    self.place(account);
                }
            }
        }
    }

    /// Finds who is at their trigger.
    fn gather(&mut self) {
        let before = std::mem::take(&mut self.below);
        for (asset, triggers) in self.triggers.iter().enumerate() {
            let price_wad = self.quotes[asset].price_wad;
            self.below.extend(triggers.range((price_wad, 0)..).map(|(_, account)| *account));
        }
        self.below.sort_unstable();
        for account in &self.below {
            self.below_since[*account].get_or_insert((self.now_ms, false));
        }
        for account in before {
            if self.below.binary_search(&account).is_err() {
                if let Some((since_ms, _)) = self.below_since[account].take() {
                    self.tally.cleared(self.now_ms - since_ms);
                }
            }
        }
    }

    /// Keepers start what needs starting, and buy; the backstop buys what they leave.
    fn keepers_act(&mut self) {
        let model = &self.world.scenario.keepers;
        let online = self.online();
        if let Some(fastest) = online.first().copied() {
            let latency_ms = self.keepers[fastest].latency_ms;
            for account in self.below.clone() {
                let since_ms = self.below_since[account].map_or(self.now_ms, |(at_ms, _)| at_ms);
                if self.now_ms - since_ms >= latency_ms {
                    if let Ok(start) = self.balances.start(account, fastest) {
                        self.started(account, &start, fastest);
                        self.own_backstop_bought();
                    }
                }
            }
            for (account, start) in self.balances.upkeep(fastest) {
                self.started(account, &start, fastest);
            }
        }
        let part = 1.0 - 0.5f64.powf(self.minutes_a_block() / model.unwind_min);
        for place in 0..self.keepers.len() {
            self.tally.sold += self.keepers[place].unwind(&mut self.markets, part);
        }
        self.lots.clear();
        self.balances.lots(&self.below, &mut self.lots);
        // A backstop too has to be called by somebody.
        if self.lots.is_empty() || online.is_empty() {
            self.listed.clear();
            return;
        }
        let now_ms = self.now_ms;
        let listed = std::mem::take(&mut self.listed);
        // Both are in the lots' order.
        let mut before = listed.into_iter().peekable();
        let since = |lot: &Lot| {
            while before.next_if(|(listed, _)| listed < lot).is_some() {}
            (*lot, before.next_if(|(listed, _)| listed == lot).map_or(now_ms, |(_, ms)| ms))
        };
        self.listed = self.lots.iter().map(since).collect();
        if self.options.lent_backstop {
            // First, so that nobody can say it came too late.
            self.backstop_acts();
        }
        let bids = self.bids(&online);
        self.buy(bids);
        if !self.options.lent_backstop {
            self.backstop_acts();
        }
    }

    /// Those of a lent pool sell what it has bought.
    fn stakers_act(&mut self, minutes: f64) {
        let pace = self.world.scenario.backstop.sells_depths_per_h;
        let time = (minutes, self.now_ms);
        self.tally.sold += self.stakers.act(&mut self.markets, pace, time);
    }

    /// Keepers who are there now, the fastest first.
    fn online(&self) -> Vec<usize> {
        let model = &self.world.scenario.keepers;
        let hour = (self.now_ms - self.world.path.start_ms) as f64 / 3_600_000.0;
        let away = hour >= model.offline_at_h && hour < model.offline_at_h + model.offline_h;
        let gone = if away { (model.offline * self.keepers.len() as f64).floor() } else { 0.0 };
        (gone as usize..self.keepers.len()).collect()
    }

    fn minutes_a_block(&self) -> f64 {
        self.world.scenario.keepers.block_s as f64 / 60.0
    }

    fn oracle_usd(&self, asset: Asset) -> f64 {
        self.quotes[asset].price_wad as f64 / 1e18
    }

    /// Notes a purchase.
    fn filled(&mut self, lot: Lot, fill: &Fill, by_backstop: bool) {
        let mut waited_ms = None;
        if let Some((since_ms, bought)) =
            lot.account.and_then(|account| self.below_since[account].as_mut())
        {
            if !std::mem::replace(bought, true) {
                waited_ms = Some(self.now_ms - *since_ms);
            }
        }
        let market = &self.markets[lot.asset];
        let prices = [market.usd(), market.exogenous_usd(), self.oracle_usd(lot.asset)];
        let dutch_loss = (!by_backstop).then(|| self.world.dutch_loss(lot.asset, self.now_ms));
        self.tally.filled(lot, fill, prices, waited_ms, dutch_loss);
    }

    /// Notes an act without capital.
    fn started(&mut self, account: Account, start: &Start, keeper: usize) {
        let asset = self.balances.position(account).asset;
        let market = &self.markets[asset];
        self.tally.started(account, start, [market.usd(), market.exogenous_usd()]);
        self.keepers[keeper].gained_usd += usd(start.reward);
        if start.repaid != 0 || start.bad_debt != 0 {
            self.place(account);
        }
    }

    /// Puts an account where its trigger belongs.
    fn place(&mut self, account: Account) {
        let asset = self.world.borrowers[account].position.asset;
        let threshold_bps = self.world.market.assets[asset].threshold_bps;
        if let Some(old) = self.trigger[account] {
            self.triggers[asset].remove(&(old, account));
            self.watched[asset].remove(&(old, account));
        }
        self.tally.visited += 1;
        let new = self.balances.trigger_wad(account, threshold_bps);
        self.trigger[account] = new;
        if let Some(trigger_wad) = new {
            self.triggers[asset].insert((trigger_wad, account));
            if self.acts.can_act(account) {
                self.watched[asset].insert((trigger_wad, account));
            }
        }
        let position = self.balances.position(account);
        self.tally.holds(account, asset, &position);
    }

    /// What is measured over time.
    fn account_for(&mut self, minutes: f64, step: usize) {
        let hours = minutes / 60.0;
        let mut level = Level::Normal;
        let mut own_usd = 0.0;
        for (asset, market) in self.markets.iter().enumerate() {
            level = level.max(self.balances.level(asset));
            let spec = &self.world.market.assets[asset];
            let borrowable = f64::from(self.balances.borrowable_bps(asset, spec.ltv_bps)) / 1e4;
            self.tally.power(asset, market.exogenous_usd() * borrowable * hours);
            self.tally.priced(asset, market.usd(), market.exogenous_usd());
            own_usd += usd(self.balances.inventory(asset).net_cost.max(0) as u128);
        }
        self.tally.tied_usd_h += self.stakers.tied_usd(own_usd).max(0.0) * hours;
        let calm = self.world.path.turmoil.iter().all(|turmoil| turmoil[step] <= 1.0);
        self.tally.level(level, calm, hours);
    }

    /// The end: what is left.
    fn finish(mut self) -> Tally {
        for account in 0..self.world.borrowers.len() {
            let position = self.balances.position(account);
            let worth =
                position.collateral as f64 / TOKEN as f64 * self.markets[position.asset].usd();
            self.tally.left(&position, worth);
        }
        let mut holding = -self.stakers.tied_usd(0.0);
        let mut undisturbed = holding;
        for (asset, market) in self.markets.iter().enumerate() {
            let own = self.balances.inventory(asset);
            let held = own.held as f64 / TOKEN as f64 + self.stakers.held(asset);
            holding += held * market.usd() - own.net_cost as f64 / 1e6;
            undisturbed += held * market.exogenous_usd() - own.net_cost as f64 / 1e6;
            self.tally.stock_left_usd += held * market.usd();
        }
        let cost = self.world.scenario.backstop.capital_cost / (365.0 * 24.0);
        self.tally.holding_usd = holding - self.tally.tied_usd_h * cost;
        self.tally.washed_usd = self.balances.washed_usd();
        self.tally.holding_undisturbed_usd = undisturbed - self.tally.tied_usd_h * cost;
        self.tally.keeper_gain_usd =
            self.keepers.iter().map(|keeper| keeper.worth_usd(&self.markets)).sum();
        self.tally
    }
}
