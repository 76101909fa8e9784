//! One reserve: configuration and books in one storage cell (§ 1.1).

use crate::{
    breaker::Breaker,
    clock::Clock,
    config::ReserveConfig,
    curve::RAY,
    flow::{Flow, FlowLimit},
    math::{add, mul_div_down, sub, BPS},
    outflow::Outflow,
    ramp::Ramp,
    rates::{growth_ray, utilisation_wad, Asked},
    shares::{to_shares_down, Pot, MOST_SHARES, VIRTUAL_ASSETS, VIRTUAL_SHARES},
    tiers::Schedule,
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A listed asset. Configuration and books share a cell: an item read costs far more than its
/// bytes, and every action needs both.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Reserve {
    pub config: ReserveConfig,
    pub books: Books,
    /// Thresholds of standing debt on their way down (§ 3.8).
    pub ramp: Option<Ramp>,
}

/// Balances of a reserve, in units of its token. They are internal: a donation changes nothing.
///
/// Identities at all times: supplied = cash + borrowed; the token balance of the market is at
/// least cash + collateral + protocol collateral + backstop collateral + rewards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Books {
    /// Supplied and not lent out.
    pub cash: u128,
    /// Owed by borrowers, with interest up to `accrued_ms`.
    pub borrowed: u128,
    /// Shares of `cash + borrowed`, the protocol's and the backstop's among them.
    pub supply_shares: u128,
    /// Shares of `borrowed`.
    pub debt_shares: u128,
    /// Supply shares that belong to the protocol.
    pub protocol_shares: u128,
    /// Collateral of all accounts: never lent.
    pub collateral: u128,
    /// Collateral taken as liquidation fee: the protocol's.
    pub protocol_collateral: u128,
    /// Where this is isolated collateral: value borrowed against it, wad dollars (§ 3.7).
    pub isolated_debt_wad: u128,
    /// Yearly rate at the target utilisation, where the rate is adaptive (§ 1.3).
    pub rate_at_target_wad: u128,
    /// Supply shares that belong to the backstop (§ 4.9).
    pub backstop_shares: u128,
    /// Collateral that backstops hold for their stakes.
    pub backstop_collateral: u128,
    /// Collateral that starters of auctions may claim.
    pub rewards: u128,
    /// Net outflow of the last while (§ 3.6).
    pub outflow: Outflow,
    /// Collateral sold to the market in the last while (§ 4.8).
    pub sales: Flow,
    /// The circuit breaker's state (§ 7).
    pub breaker: Breaker,
    /// Runs while the asset may be liquidated at a fresh price (§ 4.1).
    pub clock: Clock,
    /// Time up to which interest is in `borrowed`, in Unix milliseconds.
    pub accrued_ms: u64,
    /// Interest up to then that is less than a unit, in ray (10^-27 of one).
    pub interest_rest_ray: u128,
    /// The protocol's part of interest that is less than a unit, in ray.
    pub fee_rest_ray: u128,
}

impl Books {
    /// What lenders own: cash and outstanding debt.
    pub fn supplied(&self) -> Result<Pot, Error> {
        Ok(Pot { assets: add(self.cash, self.borrowed)?, shares: self.supply_shares })
    }

    /// What borrowers owe.
    pub fn owed(&self) -> Pot {
        Pot { assets: self.borrowed, shares: self.debt_shares }
    }

    /// The least the market's token balance may be.
    pub fn backing(&self) -> Result<u128, Error> {
        [self.collateral, self.protocol_collateral, self.backstop_collateral, self.rewards]
            .into_iter()
            .try_fold(self.cash, add)
    }

    /// Part of the supplied assets that is lent out, in wad, rounded down.
    pub fn utilisation_wad(&self) -> Result<u128, Error> {
        utilisation_wad(self.cash, self.borrowed)
    }
}

impl Reserve {
    /// A new reserve with empty books.
    ///
    /// # Errors
    /// Whatever [`ReserveConfig::validate`] finds.
    pub fn new(config: ReserveConfig, now_ms: u64) -> Result<Self, Error> {
        config.validate()?;
        let rate_at_target_wad = config.rate.initial_wad();
        let clock = Clock { at_ms: now_ms, ..Clock::default() };
        let books = Books { accrued_ms: now_ms, rate_at_target_wad, clock, ..Books::default() };
        Ok(Self { config, books, ramp: None })
    }

    /// Replaces the configuration. Thresholds that fall do so slowly for standing debt (§ 3.8),
    /// at the speed that the *old* configuration allows.
    ///
    /// # Errors
    /// [`Error::TokenFixed`] for another token or other decimals, [`Error::TooManyTiers`] where
    /// on their way the thresholds would be too many at any time, [`Error::TiersNotMonotone`] without tiers
    /// where there is collateral, whatever [`ReserveConfig::validate`] finds.
    #[inline(never)]
    pub fn reconfigure(&mut self, config: ReserveConfig, now_ms: u64) -> Result<(), Error> {
        config.validate()?;
        if config.token != self.config.token || config.decimals != self.config.decimals {
            return Err(Error::TokenFixed);
        }
        if config.tiers.is_empty() && self.books.collateral != 0 {
            return Err(Error::TiersNotMonotone);
        }
        self.accrue(now_ms)?;
        self.books.outflow.settle(&self.config.outflow, now_ms)?;
        let speed_bps_per_day = self.config.threshold_ramp_bps_per_day;
        let old = self.thresholds(now_ms)?;
        let new = Schedule::thresholds(&config.tiers);
        self.ramp = Ramp::between(&old, &new, speed_bps_per_day, now_ms)?;
        self.books.rate_at_target_wad = match self.books.rate_at_target_wad {
            0 => config.rate.initial_wad(),
            at_target_wad => at_target_wad,
        };
        self.config = config;
        Ok(())
    }

    /// Liquidation thresholds that hold now.
    pub fn thresholds(&self, now_ms: u64) -> Result<Schedule, Error> {
        let target = Schedule::thresholds(&self.config.tiers);
        match &self.ramp {
            None => Ok(target),
            Some(ramp) => ramp.thresholds(&target, now_ms),
        }
    }

    /// What the rate model asks over the time since the last accrual.
    pub fn asked(&self, now_ms: u64) -> Result<Asked, Error> {
        let elapsed_ms = now_ms.saturating_sub(self.books.accrued_ms);
        let books = &self.books;
        self.config.rate.ask(books.utilisation_wad()?, books.rate_at_target_wad, elapsed_ms)
    }

    /// Brings interest up to date. Doing it twice, or with a clock that stands still, changes
    /// nothing.
    pub fn accrue(&mut self, now_ms: u64) -> Result<(), Error> {
        self.drop_debt_of_nobody()?;
        let elapsed_ms = now_ms.saturating_sub(self.books.accrued_ms);
        if elapsed_ms == 0 {
            return Ok(());
        }
        if self.books.borrowed == 0 {
            // Nobody owes what is left of a unit.
            self.books.interest_rest_ray = 0;
            if self.books.rate_at_target_wad == 0 {
                self.books.accrued_ms = now_ms;
                return Ok(());
            }
        }
        let Asked { rate_wad, at_target_wad } = self.asked(now_ms)?;
        self.books.rate_at_target_wad = at_target_wad;
        self.books.accrued_ms = now_ms;
        let interest = self.earn_down(growth_ray(rate_wad, elapsed_ms)?)?;
        if interest == 0 {
            return Ok(());
        }
        self.books.borrowed = add(self.books.borrowed, interest)?;
        self.credit_protocol(interest)
    }

    /// Whole units of interest on what is borrowed and on the rest of earlier interest; what is
    /// less than a unit is kept for the next time, exactly.
    fn earn_down(&mut self, growth_ray: u128) -> Result<u128, Error> {
        let Books { borrowed, interest_rest_ray: rest_ray, .. } = self.books;
        let whole = mul_div_down(borrowed, growth_ray, RAY)?;
        let part_ray = borrowed.wrapping_mul(growth_ray).wrapping_sub(whole.wrapping_mul(RAY));
        let on_rest_ray = mul_div_down(rest_ray, growth_ray, RAY)?;
        let sum_ray = add(add(part_ray, rest_ray)?, on_rest_ray)?;
        let carried = sum_ray.checked_div(RAY).ok_or(Error::DivisionByZero)?;
        self.books.interest_rest_ray = sum_ray.checked_rem(RAY).ok_or(Error::DivisionByZero)?;
        add(whole, carried)
    }

    /// Gives the protocol, and the backstop of it, their part of new interest, as supply shares at
    /// the price after the rest. What is less than a unit, or than a share, is kept for the next
    /// time: it is never more than the interest, so no share falls.
    #[inline(never)]
    fn credit_protocol(&mut self, interest: u128) -> Result<(), Error> {
        let factor_bps = u128::from(self.config.reserve_factor_bps);
        let whole = mul_div_down(interest, factor_bps, BPS)?;
        let part_bps = interest.wrapping_mul(factor_bps).wrapping_sub(whole.wrapping_mul(BPS));
        let part_ray = mul_div_down(part_bps, RAY, BPS)?;
        let sum_ray = add(part_ray, self.books.fee_rest_ray)?;
        let carried = sum_ray.checked_div(RAY).ok_or(Error::DivisionByZero)?;
        let rest_ray = sum_ray.checked_rem(RAY).ok_or(Error::DivisionByZero)?;
        self.books.fee_rest_ray = rest_ray;
        let fee = add(whole, carried)?.min(interest);
        if fee == 0 {
            return Ok(());
        }
        let mut pot = self.books.supplied()?;
        pot.assets = sub(pot.assets, fee)?;
        // What no longer fits 128 bits stays with the lenders: interest must never stop a message.
        let room = MOST_SHARES.saturating_sub(pot.shares);
        let shares = to_shares_down(fee, pot).unwrap_or(u128::MAX).min(room);
        if shares == room {
            self.books.fee_rest_ray = 0;
            return self.give_protocol(shares);
        }
        self.books.fee_rest_ray = add(rest_ray, unshared_ray(fee, shares, pot)?)?.min(RAY - 1);
        self.give_protocol(shares)
    }

    /// New supply shares for the protocol, and the backstop's part of them.
    fn give_protocol(&mut self, shares: u128) -> Result<(), Error> {
        self.books.supply_shares = add(self.books.supply_shares, shares)?;
        let yields = self.backstop_yield_down(shares)?;
        self.books.backstop_shares = add(self.books.backstop_shares, yields)?;
        self.books.protocol_shares = add(self.books.protocol_shares, sub(shares, yields)?)?;
        Ok(())
    }

    /// Takes a reward off the books that its owner claims; the units to pay out.
    ///
    /// # Errors
    /// [`Error::NoReward`].
    pub fn pay_reward(&mut self, reward: u128) -> Result<u128, Error> {
        if reward == 0 {
            return Err(Error::NoReward);
        }
        self.books.rewards = sub(self.books.rewards, reward)?;
        Ok(reward)
    }
}

/// What of a fee its shares, rounded down, leave over, in ray of a unit, rounded down.
fn unshared_ray(fee: u128, shares: u128, pot: Pot) -> Result<u128, Error> {
    let (all_shares, all_assets) =
        (add(pot.shares, VIRTUAL_SHARES)?, add(pot.assets, VIRTUAL_ASSETS)?);
    let over = fee.wrapping_mul(all_shares).wrapping_sub(shares.wrapping_mul(all_assets));
    Ok(mul_div_down(over, RAY, all_shares).unwrap_or(0))
}

impl Reserve {
    /// Notes that `amount` leaves. Whether it may is judged on what a message leaves behind.
    pub fn note_outflow(&mut self, now_ms: u64, amount: u128) -> Result<(), Error> {
        self.books.outflow.note(&self.config.outflow, now_ms, false, amount)
    }

    /// Notes that `amount` comes in.
    pub fn return_outflow(&mut self, now_ms: u64, amount: u128) -> Result<(), Error> {
        self.books.outflow.note(&self.config.outflow, now_ms, true, amount)
    }

    /// Lets `amount` leave if it fits under the reserve's own limit.
    ///
    /// # Errors
    /// [`Error::OutflowLimitReached`].
    pub fn draw_outflow(
        &mut self,
        limit: &FlowLimit,
        now_ms: u64,
        amount: u128,
    ) -> Result<(), Error> {
        self.books.outflow.note(limit, now_ms, false, amount)?;
        self.books.outflow.own.require_within(limit)
    }
}
