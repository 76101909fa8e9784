//! From the market at a block to plans, and from plans to transactions.

use super::{Keeper, KeeperError};
use crate::{
    config::{to_units, usd_to_wad, PoolConfig},
    endpoints::Claim,
    executor::Outcome,
    metrics::Metrics,
    strategy::{
        closings, oracle_needs_poke, pokes, relays, starts, starts_with_fills, takes, Closing,
        Deed, Inventory, Plan, ReportFile, TakeTerms, Venue,
    },
    views::Picture,
};
use breakwater_chain::AccountId;
use breakwater_client::lens::Quote;
use breakwater_protocol::{
    auction::{fill, terms},
    health::value_down,
    AssetId, Sheet,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Instant, SystemTime},
};

/// Blocks between two looks at allowances.
const ALLOWANCE_BLOCKS: u64 = 1_000;

/// When what is done from time to time was done last, by the chain's clock or its blocks.
#[derive(Debug, Default)]
pub(super) struct Duties {
    oracle_poked_ms: u64,
    claimed_ms: u64,
    pub(super) staked_ms: u64,
    approved_at: Option<u64>,
    /// Modification time of the reports that were read last.
    reports_of: Option<SystemTime>,
    /// Which auction's quote is compared next.
    quoted: Option<AccountId>,
}

impl Keeper {
    /// Does what is worth doing at the newest block, up to the first kind of deed that is handed in:
    /// the next round does the rest, on a block that may have these in it already. How many
    /// transactions were handed in.
    pub(super) fn answer(&mut self, claim: &Claim) -> Result<usize, KeeperError> {
        let Some(mut picture) = self.look(claim)? else { return Ok(0) };
        let began = Instant::now();
        for account in std::mem::take(&mut self.unranked) {
            let in_auction = self.book.auctions.contains_key(&account);
            let positions = self.book.positions(&account);
            self.ranking.update(account, positions, in_auction, &picture.lines);
        }
        let (unhealthy, effort) = self.ranking.unhealthy(&self.book, &picture.lines);
        self.metrics.ranking.observe(began.elapsed().as_secs_f64());
        Metrics::set(&self.metrics.in_debt, self.ranking.len() as u64);
        Metrics::set(&self.metrics.unhealthy, unhealthy.len() as u64);
        Metrics::set(&self.metrics.computed, effort.computed as u64);

        // Starts first: they can't wait.
        let busy = self.busy();
        if self.config.starts.enabled && !unhealthy.is_empty() {
            let free: Vec<_> =
                unhealthy.into_iter().filter(|one| !busy.contains(&one.account)).collect();
            let limits =
                (self.config.starts.max_per_block, usd_to_wad(self.config.starts.min_reward_usd));
            let book = &self.book;
            let us = self.executor.account();
            let positions = |who: &AccountId| book.positions(who);
            let fills = self.config.upkeep.backstop_fills;
            let (fresh, plain): (Vec<_>, Vec<_>) = free
                .into_iter()
                .partition(|one| fills && !self.executor.is_only_started(&one.account));
            let (mut plans, mut left) =
                starts_with_fills(&mut picture, fresh, positions, us, limits.0);
            left.extend(plain);
            plans.extend(starts(&picture, &left, positions, us, limits));
            let sent = self.execute(claim, plans)?;
            if sent != 0 {
                return Ok(sent);
            }
        }
        self.read_auctions(claim)?;
        self.compare_quote(claim, &picture)?;
        let sent = self.sell(claim, &mut picture)?;
        if sent != 0 {
            return Ok(sent);
        }
        let sent = self.keep_going(claim, &picture)?;
        self.ranking.tidy(&self.book, &picture.lines);
        Ok(sent)
    }

    /// Accounts that a transaction under way acts on.
    fn busy(&self) -> BTreeSet<AccountId> {
        let waiting = self.store.intents().iter().filter(|held| !held.given_up);
        waiting.flat_map(|held| held.accounts.iter().copied()).collect()
    }

    /// Whether a deed of this kind is under way.
    pub(super) fn is_under_way(&self, kind: &str) -> bool {
        self.store.intents().iter().any(|held| !held.given_up && held.kind == kind)
    }

    fn execute(
        &mut self,
        claim: &Claim,
        plans: impl IntoIterator<Item = Plan>,
    ) -> Result<usize, KeeperError> {
        let now_ms = self.store.cursor().time_ms;
        let mut sent = 0;
        for plan in plans {
            let outcomes =
                self.scene(claim, now_ms, |executor, scene| executor.execute(scene, &plan))?;
            sent += outcomes.iter().filter(|one| matches!(one, Outcome::Sent(_))).count();
            let is_take = matches!(plan.deed, Deed::TakeAndSell { .. } | Deed::TakeMany(_));
            if is_take && outcomes.iter().any(|one| matches!(one, Outcome::Refused(_))) {
                // Perhaps for want of an allowance, which the same key may have replaced elsewhere.
                self.duties.approved_at = None;
            }
        }
        Ok(sent)
    }

    /// Takes, fills, cures and write-offs.
    fn sell(&mut self, claim: &Claim, picture: &mut Picture) -> Result<usize, KeeperError> {
        let busy = self.busy();
        let free: Vec<_> = self
            .held
            .iter()
            .filter(|(account, cell)| cell.auction.is_some() && !busy.contains(*account))
            .map(|(account, cell)| (*account, cell.clone()))
            .collect();
        if free.is_empty() {
            return Ok(0);
        }
        let mut sent = 0;
        let mut left = free.iter().map(|(account, _)| *account).collect::<Vec<_>>();
        if self.config.takes.enabled {
            let mut terms = self.take_terms(claim, picture)?;
            let mut venues = self.venues(claim)?;
            let plans;
            (plans, left) = takes(picture, free.iter().cloned(), &mut venues, &mut terms);
            sent += self.execute(claim, plans)?;
        }
        let closing = Closing {
            us: self.executor.account(),
            fills: self.config.upkeep.backstop_fills,
            cures: self.config.upkeep.cures,
            write_offs: self.config.upkeep.write_offs,
            for_the_market: self.config.upkeep.for_the_market,
        };
        let rest = free.into_iter().filter(|(account, _)| left.contains(account));
        let plans = closings(picture, rest, &closing);
        Ok(sent + self.execute(claim, plans)?)
    }

    fn take_terms(&mut self, claim: &Claim, picture: &Picture) -> Result<TakeTerms, KeeperError> {
        let us = self.executor.account();
        let mut inventory = Inventory::default();
        for of in self.config.inventory.clone() {
            let Ok(line) = picture.line(of.asset) else { continue };
            let config = &line.reserve.config;
            let (token, decimals) = (config.token, config.decimals);
            let balance = self.ask(claim, |at| at.balance(token, us))?;
            // What is under way may be spent yet.
            let intents = self.store.intents().iter();
            let pending = intents
                .flat_map(|held| &held.spends)
                .filter(|(asset, _)| *asset == of.asset)
                .fold(0u128, |sum, (_, units)| sum.saturating_add(*units));
            let spendable = balance.min(to_units(of.spend_max, decimals)).saturating_sub(pending);
            inventory.spendable.insert(of.asset, spendable);
            if let Some(most) = of.hold_max {
                let room = to_units(most, decimals).saturating_sub(balance);
                inventory.room.insert(of.asset, room);
            }
        }
        Ok(TakeTerms {
            us,
            taker: self.config.market.taker,
            inventory,
            least_wad: usd_to_wad(self.config.takes.min_profit_usd),
            exit_bps: self.config.takes.exit_bps,
            tolerance_bps: self.config.takes.tolerance_bps,
        })
    }

    fn venues(&mut self, claim: &Claim) -> Result<Vec<Venue>, KeeperError> {
        if self.config.market.taker.is_none() {
            return Ok(Vec::new());
        }
        let mut venues = Vec::new();
        for pool in self.config.pool.clone() {
            venues.push(self.venue(claim, &pool)?);
        }
        Ok(venues)
    }

    /// A pool as it stands.
    pub(super) fn venue(&mut self, claim: &Claim, pool: &PoolConfig) -> Result<Venue, KeeperError> {
        let reserves = self.ask(claim, |at| at.pool(pool.address))?.into();
        Ok(Venue { address: pool.address, assets: [pool.base, pool.quote], reserves })
    }

    /// Pokes, prices to be relayed, claims and approvals.
    fn keep_going(&mut self, claim: &Claim, picture: &Picture) -> Result<usize, KeeperError> {
        let mut plans = Vec::new();
        plans.extend(self.approvals(claim, picture)?);
        if self.config.upkeep.pokes && !self.is_under_way("poke_market") {
            let cells = self.held.values().flat_map(|cell| &cell.positions);
            let in_auction = cells.filter(|held| held.bears_risk()).map(|held| held.asset);
            plans.extend(pokes(picture, &in_auction.collect()));
        }
        plans.extend(self.oracle_poke(claim, picture)?);
        plans.extend(self.relay(claim, picture)?);
        plans.extend(self.claims(claim, picture)?);
        plans.extend(self.stakes(claim, picture)?);
        self.execute(claim, plans)
    }

    /// Lets the market pull what we spend: our inventory, and what the taker's sales bring.
    fn approvals(&mut self, claim: &Claim, picture: &Picture) -> Result<Vec<Plan>, KeeperError> {
        let number = claim.best.number;
        let is_due = self
            .duties
            .approved_at
            .is_none_or(|at| number.saturating_sub(at) >= ALLOWANCE_BLOCKS || number < at);
        if !self.config.executor.approve || !is_due || self.is_under_way("approve") {
            return Ok(Vec::new());
        }
        self.duties.approved_at = Some(number);
        let spent = self.config.inventory.iter().filter(|of| of.spend_max > 0.0).map(|of| of.asset);
        let mut assets: BTreeSet<AssetId> = spent.collect();
        if self.config.market.taker.is_some() {
            assets.extend(self.config.pool.iter().flat_map(|pool| [pool.base, pool.quote]));
        }
        let market = self.market;
        let mut plans = Vec::new();
        for asset in assets {
            let Ok(line) = picture.line(asset) else { continue };
            let (token, is_debt) = (line.reserve.config.token, line.reserve.config.borrowable);
            if is_debt {
                plans.extend(self.approval(claim, token, market)?);
            }
        }
        Ok(plans)
    }

    /// Lets somebody pull a token of ours, unless he may.
    pub(super) fn approval(
        &mut self,
        claim: &Claim,
        token: AccountId,
        spender: AccountId,
    ) -> Result<Option<Plan>, KeeperError> {
        let us = self.executor.account();
        let allowance = self.ask(claim, |at| at.allowance(token, us, spender))?;
        let is_missing = allowance < u128::MAX / 2;
        Ok(is_missing.then(|| Plan::upkeep(Deed::Approve { token, spender })))
    }

    fn oracle_poke(
        &mut self,
        claim: &Claim,
        picture: &Picture,
    ) -> Result<Option<Plan>, KeeperError> {
        let Some(every_ms) = self.config.upkeep.oracle_poke_ms else { return Ok(None) };
        let passed_ms = picture.now_ms.saturating_sub(self.duties.oracle_poked_ms);
        if passed_ms < every_ms || self.is_under_way("poke_oracle") {
            return Ok(None);
        }
        self.duties.oracle_poked_ms = picture.now_ms;
        let oracle = self.config.market.oracle.unwrap_or(picture.settings.oracle);
        let mut tokens = Vec::new();
        for line in &picture.lines {
            let token = line.reserve.config.token;
            let feed = self.ask(claim, |at| at.feed(oracle, token))?;
            if feed.is_some_and(|feed| oracle_needs_poke(&feed)) {
                tokens.push(token);
            }
        }
        Ok((!tokens.is_empty()).then(|| Plan::upkeep(Deed::PokeOracle(tokens))))
    }

    /// Reports that are new in the file.
    fn relay(&mut self, claim: &Claim, picture: &Picture) -> Result<Option<Plan>, KeeperError> {
        let Some(path) = self.config.upkeep.relay_file.clone() else { return Ok(None) };
        let modified = std::fs::metadata(&path).and_then(|file| file.modified()).ok();
        if modified.is_none() || modified == self.duties.reports_of || self.is_under_way("relay") {
            return Ok(None);
        }
        let read = std::fs::read_to_string(&path).map_err(|why| why.to_string());
        let reports = match read.and_then(|text| ReportFile::parse(&text)) {
            Ok(reports) => reports,
            Err(why) => {
                // Whoever writes it may be at it: it is read again when it has changed.
                self.duties.reports_of = modified;
                tracing::warn!(path = %path.display(), why, "reports can't be read");
                return Ok(None);
            }
        };
        let oracle = self.config.market.oracle.unwrap_or(picture.settings.oracle);
        let mut feeds = BTreeMap::new();
        for report in &reports {
            let token: AccountId = *report.token.as_ref();
            if feeds.contains_key(&token) {
                continue;
            }
            if let Some(feed) = self.ask(claim, |at| at.feed(oracle, token))? {
                feeds.insert(token, feed);
            }
        }
        let plan = relays(&reports, &feeds, picture.now_ms);
        let waits = reports.iter().any(|report| report.time_ms > picture.now_ms);
        if plan.is_none() && !waits {
            self.duties.reports_of = modified;
        }
        Ok(plan)
    }

    /// Rewards that are worth claiming.
    fn claims(&mut self, claim: &Claim, picture: &Picture) -> Result<Vec<Plan>, KeeperError> {
        let passed_ms = picture.now_ms.saturating_sub(self.duties.claimed_ms);
        let is_due = passed_ms >= self.config.upkeep.claim_every_ms;
        if !is_due || self.is_under_way("claim_reward") {
            return Ok(Vec::new());
        }
        self.duties.claimed_ms = picture.now_ms;
        let (us, market) = (self.executor.account(), self.market);
        let mut plans = Vec::new();
        for line in picture.lines.iter().filter(|line| line.reserve.books.rewards != 0) {
            let asset = line.asset;
            let units = self.ask(claim, |at| at.reward(market, us, asset))?;
            let Ok(price) = line.price() else { continue };
            let worth_wad = value_down(units, price.mid_wad, line.reserve.config.decimals);
            let worth_wad = worth_wad.unwrap_or(0);
            if units != 0 && worth_wad >= usd_to_wad(self.config.upkeep.claim_min_usd) {
                let deed = Deed::ClaimReward(asset);
                plans.push(Plan { gain_wad: worth_wad, ..Plan::upkeep(deed) });
            }
        }
        Ok(plans)
    }

    /// Compares our quote of one running auction with the lens's, another each time.
    fn compare_quote(&mut self, claim: &Claim, picture: &Picture) -> Result<(), KeeperError> {
        let Some(lens) = self.config.market.lens else { return Ok(()) };
        let after = self.held.range((
            self.duties.quoted.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded),
            std::ops::Bound::Unbounded,
        ));
        let Some((account, cell)) = after.chain(self.held.iter()).next() else { return Ok(()) };
        let account = *account;
        let lot = cell.collaterals().next().map(|held| held.asset);
        let owed = cell.debts().next().map(|held| held.asset);
        let (Some(lot), Some(owed)) = (lot, owed) else { return Ok(()) };
        let ours = picture.sheet(cell.clone()).and_then(|sheet| quote(sheet, lot, owed)).ok();
        self.duties.quoted = Some(account);
        let arguments = (account, lot, owed, u128::MAX);
        let theirs: Option<Quote> =
            match self.ask(claim, |at| at.ask_result(lens, "quote", arguments)) {
                Ok(quote) => Some(quote),
                Err(KeeperError::Client(_)) => None,
                Err(error) => return Err(error),
            };
        if ours != theirs {
            self.metrics.mismatches.inc();
            tracing::error!(?ours, ?theirs, account = crate::hex(&account), "quotes differ");
            self.unread.insert(account);
        }
        Ok(())
    }
}

/// What the lens answers for a take of everything.
fn quote(
    mut sheet: Sheet,
    lot: AssetId,
    owed: AssetId,
) -> Result<Quote, breakwater_protocol::Error> {
    sheet.watch();
    let terms = terms(&sheet, &sheet.health()?, lot, owed)?;
    let fill = fill(&sheet, &terms, lot, owed, u128::MAX)?;
    Ok(Quote {
        repaid: fill.repaid,
        received: fill.received,
        bonus_wad: fill.bonus_wad,
        urgent: terms.urgent,
        elapsed_ms: terms.elapsed_ms,
    })
}
