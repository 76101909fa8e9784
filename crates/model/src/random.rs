//! Random use of a market: a world in which [`Step`]s are played.

pub(crate) use crate::random_step::size;
pub use crate::{
    random_config::Rules,
    random_step::{Move, Step},
};

use crate::{
    random_balances,
    random_config::{auction, fuse, strained, DECIMALS, FIRST_DOLLARS},
    random_gate,
    random_judge::{self, Before, Ledger},
    random_sales::{SalesBefore, SalesLog},
    random_stakes::wealth_wad,
    Call, Done, Model,
};
use breakwater_protocol::{
    account::health::amount_down, actions::Action, num::math::WAD, oracle::price::GOOD_FOR_ALL,
    Account, AccountId, AssetId, Error, Level, Order, Price, ReserveConfig, ALL,
};
use rand::{rngs::StdRng, Rng, SeedableRng};

/// Assets of the [`World`].
pub const ASSETS: u8 = 5;
/// People in it.
pub const PEOPLE: u8 = 12;

/// A market with five assets that between them have every feature: a tiered collateral (0), a
/// shallow one that is also lent (1), an adaptive and rate-limited dollar (2), a siloed kinked
/// dollar (3), and an isolated collateral (4).
pub struct World {
    pub model: Model,
    pub(crate) rules: Rules,
    /// The supplied assets a share stood for at its highest, per asset, to see that it never
    /// falls without bad debt.
    pub(crate) best_share_wad: [u128; 5],
    /// Whether lenders have borne a loss in this step.
    pub(crate) has_lost: bool,
    /// What was newly borrowed against isolated collateral.
    pub(crate) ledger: Ledger,
    /// What was sold to the market, by asset.
    pub(crate) sales: Vec<Option<SalesLog>>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// With the default rules.
    pub fn new() -> Self {
        Self::with(Rules::default())
    }

    /// With rules of its own.
    pub fn random(random: &mut impl Rng) -> Self {
        Self::with(Rules::random(random))
    }

    /// With these rules.
    ///
    /// # Panics
    /// Where the core refuses them.
    pub fn with(rules: Rules) -> Self {
        let now_ms = 1_584_000_000_000;
        let mut model = Model::new(rules.params, now_ms);
        for asset in 0..ASSETS {
            model.list(rules.config(asset)).expect("a valid configuration");
            let price_wad = FIRST_DOLLARS[usize::from(asset)] * WAD;
            model.set_price(asset, Price::exact(price_wad, now_ms));
        }
        // Somebody has lent 200,000 dollars of each asset that can be.
        for asset in [1, 2, 3] {
            let assets = 2 * size(asset, 0xfff0);
            let call =
                Call::Act { on_behalf_of: None, actions: vec![Action::Supply { asset, assets }] };
            model.apply(person(0), &call).expect("a supply");
        }
        model.govern_by(person(0));
        let (ledger, sales) = (Ledger::default(), Vec::new());
        let (best_share_wad, has_lost) = ([0; 5], false);
        let mut world = Self { model, rules, best_share_wad, has_lost, ledger, sales };
        world.follow_rules();
        world
    }

    /// Does a step. A refusal is an answer like any other; what must never happen is the error.
    pub fn play(&mut self, step: &Step) -> Result<Option<Done>, String> {
        let answer = self.try_play(step);
        self.judge(step, answer)
    }

    /// Does a step without looking at what it has made of the market.
    pub fn try_play(&mut self, step: &Step) -> Result<Option<Done>, Error> {
        match step {
            Step::Act { who, on_behalf_of, moves } => {
                let owner = on_behalf_of.unwrap_or(*who);
                let on_behalf_of = on_behalf_of.map(person);
                let actions = moves
                    .iter()
                    .take(16)
                    .map(|one| self.within_reach(owner, one.size, one.action(owner)))
                    .collect();
                self.call(*who, Call::Act { on_behalf_of, actions })
            }
            Step::Liquidate { who, target } => {
                let account = if target.is_multiple_of(4) {
                    self.one_with(*target, Account::has_debt)
                } else {
                    self.sickest().unwrap_or(person(*target))
                };
                self.call(*who, Call::Liquidate(account))
            }
            Step::Cure { who, target } => {
                self.call(*who, Call::Cure(self.one_with(*target, |held| held.auction.is_some())))
            }
            Step::ClaimReward { who, asset } => self.call(*who, Call::ClaimReward(asset % ASSETS)),
            Step::Take { who, target, collateral, debt, size } => {
                let account = self.one_with(*target, |held| held.auction.is_some());
                let (collateral, debt) = self.pair(&account, *collateral, *debt);
                let max_repay = self::size(debt, *size);
                let order = Order { collateral, debt, max_repay, min_receive: 0 };
                self.call(*who, Call::Take { account, order })
            }
            Step::BackstopFill { who, target, collateral, debt } => {
                let account = self.one_with(*target, |held| held.auction.is_some());
                let (collateral, debt) = self.pair(&account, *collateral, *debt);
                self.call(*who, Call::BackstopFill { account, collateral, debt })
            }
            Step::Recognise { who, target } => {
                let account = self.one_with(*target, |held| held.auction.is_some());
                self.call(*who, Call::RecogniseBadDebt(account))
            }
            Step::Breaker { kind, asset, minutes } => {
                let one = (kind % 2 == 0).then_some(asset % ASSETS);
                let call = match kind / 2 % 5 {
                    0 => Call::Poke((0..ASSETS).collect()),
                    1 => Call::ResetBreaker(one),
                    level => Call::Raise {
                        asset: one,
                        level: [Level::Guarded, Level::Stressed, Level::Halted]
                            [usize::from(level - 2)],
                        lasts_ms: u64::from(*minutes) * 60_000,
                    },
                };
                self.call(0, call)
            }
            Step::Stake { who, kind, asset, size } => {
                let asset = asset % ASSETS;
                let call = match kind % 8 {
                    0..=2 => Call::BackstopDeposit { asset, assets: self::size(asset, *size / 4) },
                    3 => {
                        let stakes = self.model.stakes.keys();
                        let (asset, who) =
                            pick(stakes.copied(), *size).unwrap_or((asset, person(*who)));
                        return self.call_as(who, Call::BackstopGiveNotice(asset));
                    }
                    4 | 5 => {
                        let shares = if *size < 0x4000 { u128::from(*size) << 16 } else { ALL };
                        // Mostly one who may.
                        let (asset, who) =
                            pick(self.may_leave(), *size).unwrap_or((asset, person(*who)));
                        return self.call_as(who, Call::BackstopWithdraw { asset, shares });
                    }
                    _ => Call::BuyStock(self.stock_order(asset, kind / 8, *size)),
                };
                self.call(*who, call)
            }
            Step::Price { asset, permille, band_bps, volatility_percent, good_for } => {
                let asset = asset % ASSETS;
                self.move_price(asset, *permille, *band_bps, *volatility_percent, *good_for);
                Ok(None)
            }
            Step::Wait { minutes } => {
                self.model.now_ms += u64::from(*minutes) * 60_000 + 6_000;
                Ok(None)
            }
            Step::ComeAndGo { kind, asset } => {
                random_balances::come_and_go(&mut self.model, *kind, asset % ASSETS)
            }
            Step::Admin { who, kind, asset, size } => {
                self.play_admin(*who, *kind, *asset % ASSETS, *size)
            }
            Step::Configure { asset, permille } => {
                let asset = asset % ASSETS;
                let changed = self.changed(asset, *permille);
                self.call(0, Call::Configure(asset, Box::new(changed)))
            }
            Step::Auction(step) => self.play_auction(step),
        }
    }

    /// What governance makes of an asset: other thresholds, now and then other paces or fuses, and a limit
    /// that binds.
    fn changed(&mut self, asset: AssetId, permille: u16) -> ReserveConfig {
        let place = usize::from(asset);
        let mut random = StdRng::seed_from_u64(permille.into());
        match permille % 7 {
            0 => self.rules.auctions[place] = auction(&mut random),
            1 => self.rules.fuses[place] = fuse(&mut random),
            _ => {}
        }
        let mut changed = self.rules.config(asset);
        let most_bps = changed.auction.pool_ltv_bps.min(8_500) - 1;
        let scale = |bps: u16| {
            (u32::from(bps) * u32::from(permille) / 1_000).clamp(1, most_bps.into()) as u16
        };
        for tier in &mut changed.tiers {
            tier.liquidation_threshold_bps = scale(tier.liquidation_threshold_bps).max(2);
            tier.ltv_bps = scale(tier.ltv_bps).min(tier.liquidation_threshold_bps - 1);
        }
        let held = self.model.reserves[place].balances.collateral;
        strained(&mut changed, permille, held);
        changed
    }

    /// An order for something that the backstop of an asset holds, if it holds anything.
    pub(crate) fn stock_order(&self, debt: AssetId, choice: u8, size: u16) -> Order {
        let stocks = &self.model.reserves[usize::from(debt)].vault.stocks;
        let stock = stocks.get(usize::from(choice) % stocks.len().max(1));
        let collateral = stock.map_or(choice % ASSETS, |stock| stock.asset);
        Order { collateral, debt, max_repay: self::size(debt, size), min_receive: 0 }
    }

    /// A collateral and a debt of the account's, if it has any.
    pub(crate) fn pair(&self, account: &AccountId, collateral: u8, debt: u8) -> (AssetId, AssetId) {
        let held = self.model.account(account);
        let pick = |from: Vec<AssetId>, choice: u8| {
            from.get(usize::from(choice) % from.len().max(1)).copied().unwrap_or(choice % ASSETS)
        };
        let collateral = pick(held.collaterals().map(|p| p.asset).collect(), collateral);
        let debt = pick(held.debts().map(|p| p.asset).collect(), debt);
        (collateral, debt)
    }

    /// One of those whose account is as wished, if there are any.
    pub(crate) fn one_with(&self, choice: u8, wished: impl Fn(&Account) -> bool) -> AccountId {
        let fitting: Vec<_> = self
            .model
            .accounts
            .iter()
            .filter(|(_, held)| wished(held))
            .map(|(who, _)| *who)
            .collect();
        fitting.get(usize::from(choice) % fitting.len().max(1)).copied().unwrap_or(person(choice))
    }

    /// The account nearest to liquidation, or farthest beyond, that is not in auction.
    pub(crate) fn sickest(&self) -> Option<AccountId> {
        let factors = self.model.health_factors().ok()?.into_iter();
        let free = factors.filter(|(who, _)| self.model.account(who).auction.is_none());
        free.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(who, _)| who)
    }

    /// Makes a loan, whose size says how much of what the account may still borrow, or a little
    /// more than all of it: loans that are far from liquidation would test little.
    fn within_reach(&self, owner: u8, size: u16, action: Action) -> Action {
        let Action::Borrow { asset, .. } = action else { return action };
        let power =
            self.model.snapshot(&person(owner)).and_then(|snapshot| snapshot.borrowing_power());
        let price = self.model.prices[usize::from(asset)];
        let (Ok(power), Some(price)) = (power, price) else { return action };
        let left_wad = power.limit_wad.saturating_sub(power.debt_wad);
        let wanted_wad = left_wad / 64_000 * u128::from(size);
        match amount_down(wanted_wad, price.high_wad, DECIMALS[usize::from(asset)]) {
            Ok(assets) if assets > 0 => Action::Borrow { asset, assets },
            _ => action,
        }
    }

    /// Whether the answer may be, and whether the market is sound after it.
    fn judge(
        &mut self,
        step: &Step,
        answer: Result<Option<Done>, Error>,
    ) -> Result<Option<Done>, String> {
        match answer {
            Err(error @ (Error::DivisionByZero | Error::UnknownAsset)) => {
                return Err(format!("{error:?} must not happen"));
            }
            Err(Error::Overflow) if !step.is_huge() => {
                return Err("an overflow at sane sizes".into());
            }
            _ => {}
        }
        self.model.check()?;
        self.check_share_prices()?;
        self.check_exits()?;
        self.check_balances()?;
        self.check_auctions()?;
        self.check_stakers()?;
        self.check_prices()?;
        Ok(answer.ok().flatten())
    }

    pub(crate) fn call(&mut self, who: u8, call: Call) -> Result<Option<Done>, Error> {
        self.call_as(person(who), call)
    }

    fn call_as(&mut self, who: AccountId, call: Call) -> Result<Option<Done>, Error> {
        let before = match &call {
            Call::Take { account, .. } | Call::BackstopFill { account, .. } => {
                self.model.snapshot(account)?.health().ok().map(|health| (*account, health))
            }
            _ => None,
        };
        let own = matches!(
            &call,
            Call::Take { account, .. } | Call::BackstopFill { account, .. }
                if *account == who
        );
        let wealth_wad = own.then(|| wealth_wad(&self.model, who)).flatten();
        let judged = Before::of(&self.model, who, &call);
        self.follow_rules();
        let sales = SalesBefore::of(&self.model)?;
        let done = random_gate::apply(&mut self.model, who, &call)?;
        let lost = done.written_off().into_iter().flat_map(|lost| &lost.bad_debt);
        self.has_lost |= lost.into_iter().any(|lost| lost.borne.by_lenders != 0);
        let kept = match &judged {
            Some(before) => random_judge::check(&self.model, before, &done),
            None => Ok(()),
        };
        kept.and_then(|()| self.ledger.keep(&self.model, judged.as_ref()))
            .and_then(|()| self.judge_sales(&sales, &call, &done))
            .unwrap_or_else(|why| panic!("{call:?}: {why}"));
        if let Some(wealth_wad) = wealth_wad {
            self.check_self_dealing(who, wealth_wad, &call, &done);
        }
        if let Some((account, before)) = before {
            let after = self.model.snapshot(&account)?.health()?;
            let whole = done.bought().into_iter().chain(done.filled());
            let whole = whole.into_iter().any(|sale| sale.taken.terms.offer.whole);
            // Only the direction: the exact theorem has tests of its own.
            let fell = after.debt_wad != 0
                && after.health_factor_wad() < before.health_factor_wad().saturating_sub(1);
            assert!(whole || !fell, "a sale lowered health: {before:?} {after:?} {done:?}");
        }
        Ok(Some(done))
    }

    pub(crate) fn move_price(
        &mut self,
        asset: AssetId,
        permille: u16,
        band_bps: u8,
        volatility_percent: u8,
        good_for: u8,
    ) {
        let now_ms = self.model.now_ms;
        let last = self.last_price(asset);
        let first_wad = FIRST_DOLLARS[usize::from(asset)] * WAD;
        let mid_wad = (last.mid_wad / 1_000 * u128::from(permille))
            .clamp(first_wad / 1_000, first_wad * 1_000);
        let band_wad = mid_wad / 10_000 * u128::from(band_bps);
        let price = Price {
            low_wad: mid_wad - band_wad,
            high_wad: mid_wad + band_wad,
            fast_volatility_wad: u128::from(volatility_percent.saturating_mul(band_bps / 60)) * WAD
                / 100,
            slow_volatility_wad: u128::from(volatility_percent) * WAD / 100,
            good_for,
            good_since_ms: match last.good_for {
                GOOD_FOR_ALL => last.good_since_ms,
                _ => now_ms,
            },
            ..Price::exact(mid_wad, now_ms)
        };
        self.model.set_price(asset, price);
    }
}

/// One of several.
fn pick<T>(from: impl Iterator<Item = T>, choice: u16) -> Option<T> {
    let all: Vec<T> = from.collect();
    let place = usize::from(choice).checked_rem(all.len())?;
    all.into_iter().nth(place)
}

pub(crate) fn person(number: u8) -> AccountId {
    [number % PEOPLE + 1; 32]
}
