//! Random use of a market: steps made of a few small numbers, so that a fuzzer can invent them and
//! a property test can shrink them, and a world in which to play them.

use crate::{
    random_auction::{wealth_wad, AuctionStep},
    random_books,
    random_config::{config, strained, DECIMALS, FIRST_DOLLARS},
    random_judge::{self, Before, Ledger},
    Call, Done, Model,
};
use breakwater_protocol::{
    actions::Action, health::amount_down, math::WAD, price::GOOD_FOR_ALL, Account, AccountId,
    AssetId, Error, Level, MarketParams, Order, Price, ALL,
};
use rand::Rng;

/// Assets of the [`World`].
pub const ASSETS: u8 = 5;
/// People in it.
pub const PEOPLE: u8 = 6;

/// Something that somebody does, or that happens.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Step {
    Act {
        who: u8,
        on_behalf_of: Option<u8>,
        moves: Vec<Move>,
    },
    Liquidate {
        who: u8,
        target: u8,
    },
    Take {
        who: u8,
        target: u8,
        collateral: u8,
        debt: u8,
        size: u16,
    },
    Cure {
        who: u8,
        target: u8,
    },
    BackstopFill {
        who: u8,
        target: u8,
        collateral: u8,
        debt: u8,
    },
    Recognise {
        who: u8,
        target: u8,
    },
    /// People raise a level or take it back, or somebody pokes.
    Breaker {
        kind: u8,
        asset: u8,
        minutes: u8,
    },
    /// Deposits into a backstop, gives notice, withdraws or claims.
    Stake {
        who: u8,
        kind: u8,
        asset: u8,
        size: u16,
    },
    ClaimReward {
        who: u8,
        asset: u8,
    },
    /// A price moves to some thousandths of what it was, with a band and a volatility.
    Price {
        asset: u8,
        permille: u16,
        band_bps: u8,
        volatility_percent: u8,
        good_for: u8,
    },
    Wait {
        minutes: u16,
    },
    /// Somebody brings much money into a reserve and takes it out at once.
    ComeAndGo {
        kind: u8,
        asset: u8,
    },
    /// Somebody tries what only the owner or the guardian may, or a batch of auctions.
    Office {
        who: u8,
        kind: u8,
        asset: u8,
        size: u16,
    },
    /// Governance makes an asset's limits tighter or looser.
    Configure {
        asset: u8,
        permille: u16,
    },
    /// Somebody who looks for holes in the auction's rules.
    Auction(AuctionStep),
}

/// One action, with an asset and a size on a scale of its own.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Move {
    pub kind: u8,
    pub asset: u8,
    pub size: u16,
}

impl Step {
    /// A step in which most things make sense.
    pub fn random(random: &mut impl Rng) -> Self {
        if random.gen_bool(0.03) {
            return Self::Auction(AuctionStep::random(random));
        }
        let who = random.gen();
        let target = random.gen();
        match random.gen_range(0..39) {
            0..=9 | 31..=34 => {
                let count = if random.gen_bool(0.6) { 1 } else { random.gen_range(2..6) };
                let moves = (0..count).map(|_| Move::random(random)).collect();
                let on_behalf_of = random.gen_bool(0.15).then_some(target);
                Self::Act { who, on_behalf_of, moves }
            }
            10..=13 => Self::Liquidate { who, target },
            14..=18 => {
                let (collateral, debt) = (random.gen(), random.gen());
                Self::Take { who, target, collateral, debt, size: random.gen() }
            }
            19 | 35 => Self::Cure { who, target },
            20 | 21 | 36 | 37 => Self::Price {
                asset: random.gen(),
                permille: random.gen_range(600..1_500),
                band_bps: random.gen(),
                volatility_percent: random.gen_range(0..10),
                good_for: if random.gen_bool(0.95) { GOOD_FOR_ALL } else { random.gen() },
            },
            24 | 25 => {
                Self::BackstopFill { who, target, collateral: random.gen(), debt: random.gen() }
            }
            26 if random.gen_bool(0.3) => Self::Recognise { who, target },
            26..=28 => {
                Self::Stake { who, kind: random.gen(), asset: random.gen(), size: random.gen() }
            }
            29 if random.gen_bool(0.2) => Self::Breaker {
                kind: random.gen(),
                asset: random.gen(),
                minutes: random.gen_range(0..90),
            },
            38 if random.gen_bool(0.5) => {
                let (kind, asset, size) = (random.gen(), random.gen(), random.gen());
                Self::Office { who, kind, asset, size }
            }
            29 | 30 | 38 => Self::Wait { minutes: random.gen_range(0..90) },
            22 if random.gen_bool(0.3) => Self::ClaimReward { who, asset: random.gen() },
            22 => Self::Wait { minutes: random.gen_range(0..2_000) },
            23 if random.gen_bool(0.5) => {
                Self::ComeAndGo { kind: random.gen(), asset: random.gen_range(1..4) }
            }
            _ => Self::Configure { asset: random.gen(), permille: random.gen_range(800..1_300) },
        }
    }
}

impl Move {
    fn random(random: &mut impl Rng) -> Self {
        Self { kind: random.gen(), asset: random.gen(), size: random.gen() }
    }

    /// The move as an action, on an asset for which it may make sense.
    fn action(self, who: u8) -> Action {
        const COLLATERAL: [AssetId; 8] = [0, 0, 0, 0, 0, 1, 1, 1];
        const LENT: [AssetId; 8] = [2, 2, 2, 2, 2, 1, 1, 3];
        let choice = usize::from(self.asset % 8);
        // Now and then any asset, whether it makes sense or not.
        let pick = |from: [AssetId; 8]| match self.asset {
            236.. => self.kind / 10 % ASSETS,
            // One of them has isolated collateral.
            _ if who % PEOPLE == 5 && from == COLLATERAL => 4,
            _ => from[choice],
        };
        let amount = |asset| size(asset, self.size);
        match self.kind % 10 {
            0 => Action::Supply { asset: pick(LENT), assets: amount(pick(LENT)) },
            1 => Action::Withdraw { asset: pick(LENT), assets: amount(pick(LENT)) },
            2 | 3 => Action::DepositCollateral {
                asset: pick(COLLATERAL),
                amount: amount(pick(COLLATERAL)),
                excess_to_supply: self.kind.is_multiple_of(4),
            },
            4 | 5 => Action::WithdrawCollateral {
                asset: pick(COLLATERAL),
                amount: amount(pick(COLLATERAL)),
            },
            6..=8 => Action::Borrow { asset: pick(LENT), assets: size(pick(LENT), self.size / 2) },
            _ => Action::Repay { asset: pick(LENT), assets: amount(pick(LENT)) },
        }
    }
}

/// Units of an asset for a size, on a quadratic scale (many are small, a few are dust, the highest
/// are "all"): up to about 100,000 dollars' worth at the first price.
pub(crate) fn size(asset: AssetId, size: u16) -> u128 {
    match size {
        u16::MAX | 0xfffe => ALL,
        0..=15 => u128::from(size),
        _ => {
            let square = u128::from(size) * u128::from(size);
            let unit = 10u128.pow(u32::from(DECIMALS[usize::from(asset)]));
            square * unit / FIRST_DOLLARS[usize::from(asset)] / 43_000
        }
    }
}

/// A market with five assets that between them have every feature: a tiered collateral (0), a
/// shallow one that is also lent (1), an adaptive and rate-limited dollar (2), a siloed kinked
/// dollar (3), and an isolated collateral (4).
pub struct World {
    pub model: Model,
    /// The supplied assets a share stood for at its highest, per asset, to see that it never
    /// falls without bad debt.
    pub(crate) best_share_wad: [u128; 5],
    /// What was newly borrowed against isolated collateral.
    pub(crate) ledger: Ledger,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    pub fn new() -> Self {
        let now_ms = 1_584_000_000_000;
        let mut model = Model::new(MarketParams::default(), now_ms);
        for asset in 0..ASSETS {
            let config = config(asset);
            model.list(config).expect("a valid configuration");
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
        Self { model, best_share_wad: [0; 5], ledger: Ledger::default() }
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
                    3 | 4 => Call::BackstopGiveNotice(asset),
                    5 => Call::BackstopWithdraw {
                        asset,
                        shares: if *size < 0x4000 { u128::from(*size) << 16 } else { ALL },
                    },
                    _ => Call::BackstopClaim { asset, collateral: kind / 8 % ASSETS },
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
                random_books::come_and_go(&mut self.model, *kind, asset % ASSETS)
            }
            Step::Office { who, kind, asset, size } => {
                self.play_office(*who, *kind, *asset % ASSETS, *size)
            }
            Step::Configure { asset, permille } => {
                let asset = asset % ASSETS;
                let mut changed = config(asset);
                let scale = |bps: u16| {
                    (u32::from(bps) * u32::from(*permille) / 1_000).clamp(1, 8_500) as u16
                };
                for tier in &mut changed.tiers {
                    tier.liquidation_threshold_bps = scale(tier.liquidation_threshold_bps);
                    tier.ltv_bps = scale(tier.ltv_bps).min(tier.liquidation_threshold_bps - 1);
                }
                let held = self.model.reserves[usize::from(asset)].books.collateral;
                strained(&mut changed, *permille, held);
                self.call(0, Call::Configure(asset, Box::new(changed)))
            }
            Step::Auction(step) => self.play_auction(step),
        }
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
    fn one_with(&self, choice: u8, wished: impl Fn(&Account) -> bool) -> AccountId {
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
        let power = self.model.sheet(&person(owner)).and_then(|sheet| sheet.borrowing_power());
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
        self.check_share_prices(answer.as_ref().ok())?;
        self.check_exits()?;
        self.check_books()?;
        self.check_auctions()?;
        Ok(answer.ok().flatten())
    }

    pub(crate) fn call(&mut self, who: u8, call: Call) -> Result<Option<Done>, Error> {
        let before = match &call {
            Call::Take { account, .. } | Call::BackstopFill { account, .. } => {
                self.model.sheet(account)?.health().ok().map(|health| (*account, health))
            }
            _ => None,
        };
        let own = matches!(
            &call,
            Call::Take { account, .. } | Call::BackstopFill { account, .. }
                if *account == person(who)
        );
        let wealth_wad = own.then(|| wealth_wad(&self.model, person(who))).flatten();
        let judged = Before::of(&self.model, person(who), &call);
        let done = crate::random_gate::apply(&mut self.model, person(who), &call)?;
        let kept = match &judged {
            Some(before) => random_judge::check(&self.model, before, &done),
            None => Ok(()),
        };
        kept.and_then(|()| self.ledger.keep(&self.model, judged.as_ref()))
            .unwrap_or_else(|why| panic!("{call:?}: {why}"));
        if let Some(wealth_wad) = wealth_wad {
            self.check_self_dealing(who, wealth_wad, &call, &done);
        }
        if let (Some((account, before)), Done::Taken(taken)) = (before, &done) {
            let after = self.model.sheet(&account)?.health()?;
            // Only the direction: the exact theorem has tests of its own.
            let fell = after.debt_wad != 0
                && after.health_factor_wad() < before.health_factor_wad().saturating_sub(1);
            assert!(taken.terms.insolvent || !fell, "a take lowered health: {before:?} {after:?}");
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

pub(crate) fn person(number: u8) -> AccountId {
    [number % PEOPLE + 1; 32]
}
