//! One reserve: configuration and balances in one storage cell (§ 1.1).

pub mod measures;
pub mod priced;
pub mod waterfall;

use crate::{
    breaker::Breaker,
    cell::{cell_codec, fixed_width},
    config::{
        rates::{growth_ray, utilisation_wad, Asked},
        ReserveConfig,
    },
    gradual::{Gradual, Inflow, Vault},
    num::{
        math::{add, mul_div_down, mul_ray, sub, BPS, RAY},
        shares::{to_shares_down, Pot, MOST_SHARES, VIRTUAL_ASSETS, VIRTUAL_SHARES},
    },
    risk::{flow::FlowLimit, outflow::Outflow, ramp::Ramp, tiers::Schedule},
    Error,
};
use scale::{Decode, Encode};
use scale_info::TypeInfo;

/// A listed asset. Configuration and balances share a cell: an item read costs far more than its
/// bytes, and every action needs both.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Reserve {
    pub config: ReserveConfig,
    pub balances: Balances,
    /// Thresholds of standing debt on their way down (§ 3.8).
    pub ramp: Option<Ramp>,
    /// The backstop of this debt asset, but for its money, which the balances have (§ 4.9).
    pub vault: Vault,
}
cell_codec!(Reserve { each(config), run(balances), each(ramp, vault) });

/// Balances of a reserve, in units of its token. They are internal: a donation changes nothing.
///
/// Identities at all times: supplied = cash + borrowed; the token balance of the market is at
/// least cash + collateral + protocol collateral + backstop collateral + rewards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[scale_info(capture_docs = "always")]
pub struct Balances {
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
    /// Meter and price at which it is sold (§ 4.8).
    pub gradual: Gradual,
    /// Collateral that came in of late (§ G10).
    pub inflow: Inflow,
    /// The circuit breaker's state (§ 7).
    pub breaker: Breaker,
    /// Time up to which interest is in `borrowed`, in Unix milliseconds.
    pub accrued_ms: u64,
    /// Interest up to then that is less than a unit, in ray (10^-27 of one).
    pub interest_rest_ray: u128,
    /// The protocol's part of interest that is less than a unit, in ray.
    pub fee_rest_ray: u128,
    /// The backstop's premium that is less than a unit, in ray.
    pub premium_rest_ray: u128,
}
fixed_width!(Balances {
    cash,
    borrowed,
    supply_shares,
    debt_shares,
    protocol_shares,
    collateral,
    protocol_collateral,
    isolated_debt_wad,
    rate_at_target_wad,
    backstop_shares,
    backstop_collateral,
    rewards,
    outflow,
    gradual,
    inflow,
    breaker,
    accrued_ms,
    interest_rest_ray,
    fee_rest_ray,
    premium_rest_ray
});
cell_codec!(Balances);

impl Balances {
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

    /// The breaker back to Normal at once: what was halted until later stands no longer. Look first.
    pub fn reset_breaker(&mut self, now_ms: u64) {
        self.breaker.reset(now_ms);
        self.gradual.halted_until_ms = self.gradual.halted_until_ms.min(now_ms);
    }

    /// Part of the supplied assets that is lent out, in wad, rounded down.
    pub fn utilisation_wad(&self) -> Result<u128, Error> {
        utilisation_wad(self.cash, self.borrowed)
    }
}

impl Reserve {
    /// A new reserve with empty balances.
    ///
    /// # Errors
    /// Whatever [`ReserveConfig::validate`] finds.
    pub fn new(config: ReserveConfig, now_ms: u64) -> Result<Self, Error> {
        config.validate()?;
        let rate_at_target_wad = config.rate.initial_wad();
        let gradual = Gradual::new(now_ms);
        let inflow = Inflow { at_ms: now_ms, ..Inflow::default() };
        let balances = Balances {
            accrued_ms: now_ms,
            rate_at_target_wad,
            gradual,
            inflow,
            ..Balances::default()
        };
        Ok(Self { config, balances, ramp: None, vault: Vault::default() })
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
        if config.tiers.is_empty() && self.balances.collateral != 0 {
            return Err(Error::TiersNotMonotone);
        }
        self.accrue(now_ms)?;
        self.balances.outflow.settle(&self.config.outflow, now_ms)?;
        // The meter forgets up to now by what held; a price can't rise without one (§ G5).
        let auction = &self.config.auction;
        self.balances.gradual.touch(auction, &auction.alone, false, None, now_ms);
        self.balances.inflow.touch(&self.config.liquidity.fuse, now_ms);
        let speed_bps_per_day = self.config.threshold_ramp_bps_per_day;
        let old = self.thresholds(now_ms)?;
        let new = Schedule::thresholds(&config.tiers);
        self.ramp = Ramp::between(&old, &new, speed_bps_per_day, now_ms)?;
        self.balances.rate_at_target_wad = match self.balances.rate_at_target_wad {
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
        let elapsed_ms = now_ms.saturating_sub(self.balances.accrued_ms);
        let balances = &self.balances;
        self.config.rate.ask(balances.utilisation_wad()?, balances.rate_at_target_wad, elapsed_ms)
    }

    /// Brings interest up to date. Doing it twice, or with a clock that stands still, changes
    /// nothing.
    pub fn accrue(&mut self, now_ms: u64) -> Result<(), Error> {
        self.drop_debt_of_nobody()?;
        let elapsed_ms = now_ms.saturating_sub(self.balances.accrued_ms);
        if elapsed_ms == 0 {
            return Ok(());
        }
        if self.balances.borrowed == 0 {
            // Nobody owes what is left of a unit.
            self.balances.interest_rest_ray = 0;
            if self.balances.rate_at_target_wad == 0 {
                self.balances.accrued_ms = now_ms;
                return Ok(());
            }
        }
        let Asked { rate_wad, at_target_wad } = self.asked(now_ms)?;
        self.balances.rate_at_target_wad = at_target_wad;
        self.balances.accrued_ms = now_ms;
        let growth_ray = growth_ray(rate_wad, elapsed_ms)?;
        let earned = mul_ray(self.balances.borrowed, growth_ray)?;
        // By what the pool was worth before it.
        let premium = self.premium_due_down(earned, elapsed_ms)?;
        let interest = self.earn_down(earned, growth_ray)?;
        self.balances.borrowed = add(self.balances.borrowed, interest)?;
        self.share_out(interest, premium)
    }

    /// Whole units of what was earned on what is borrowed and on the rest of earlier interest; what is
    /// less than a unit is kept for the next time, exactly.
    fn earn_down(
        &mut self,
        (whole, part_ray): (u128, u128),
        growth_ray: u128,
    ) -> Result<u128, Error> {
        let rest_ray = self.balances.interest_rest_ray;
        let on_rest_ray = mul_div_down(rest_ray, growth_ray, RAY)?;
        let sum_ray = add(add(part_ray, rest_ray)?, on_rest_ray)?;
        let carried = sum_ray.checked_div(RAY).ok_or(Error::DivisionByZero)?;
        self.balances.interest_rest_ray = sum_ray.checked_rem(RAY).ok_or(Error::DivisionByZero)?;
        add(whole, carried)
    }

    /// Gives the backstop its premium out of new interest (§ G8) and the protocol its part of it, as supply
    /// shares at the price after both.
    #[inline(never)]
    fn share_out(&mut self, interest: u128, premium: (u128, u128)) -> Result<(), Error> {
        let mut premium = match premium {
            (0, 0) => Part { units: 0, rest_ray: self.balances.premium_rest_ray },
            due => Part::of(due, self.balances.premium_rest_ray, interest)?,
        };
        let factor_bps = u128::from(self.config.reserve_factor_bps);
        let whole = mul_div_down(interest, factor_bps, BPS)?;
        let part_bps = interest.wrapping_mul(factor_bps).wrapping_sub(whole.wrapping_mul(BPS));
        let due = (whole, mul_div_down(part_bps, RAY, BPS)?);
        let left = sub(interest, premium.units)?;
        let mut fee = Part::of(due, self.balances.fee_rest_ray, left)?;
        let mut pot = self.balances.supplied()?;
        pot.assets = sub(pot.assets, add(premium.units, fee.units)?)?;
        let premium_shares = self.issue(&mut premium, pot)?;
        let fee_shares = self.issue(&mut fee, pot)?;
        let balances = &mut self.balances;
        (balances.premium_rest_ray, balances.fee_rest_ray) = (premium.rest_ray, fee.rest_ray);
        balances.backstop_shares = add(balances.backstop_shares, premium_shares)?;
        balances.protocol_shares = add(balances.protocol_shares, fee_shares)?;
        Ok(())
    }

    /// New supply shares for a part of interest, at a pot's price, rounded down; what is less than a share is
    /// kept for the next time.
    fn issue(&mut self, part: &mut Part, pot: Pot) -> Result<u128, Error> {
        if part.units == 0 {
            return Ok(0);
        }
        // What no longer fits 128 bits stays with the lenders: interest must never stop a message.
        let room = MOST_SHARES.saturating_sub(self.balances.supply_shares);
        let shares = to_shares_down(part.units, pot).unwrap_or(u128::MAX).min(room);
        self.balances.supply_shares = add(self.balances.supply_shares, shares)?;
        part.rest_ray = if shares == room {
            0
        } else {
            part.rest_ray.saturating_add(unshared_ray(part.units, shares, pot)?)
        };
        Ok(shares)
    }

    /// Notes collateral that comes in and goes out, for the fuse (§ G10).
    ///
    /// # Errors
    /// [`Error::DivisionByZero`] without a depth.
    pub(crate) fn note_inflow(
        &mut self,
        came_in: u128,
        went_out: u128,
        now_ms: u64,
    ) -> Result<(), Error> {
        let liquidity = &self.config.liquidity;
        if liquidity.fuse.is_never() || liquidity.depth == 0 {
            return Ok(());
        }
        self.balances.inflow.touch(&liquidity.fuse, now_ms);
        self.balances.inflow.flows(came_in, went_out, liquidity.depth)
    }

    /// Takes a reward off the balances that its owner claims; the units to pay out.
    ///
    /// # Errors
    /// [`Error::NoReward`].
    pub fn pay_reward(&mut self, reward: u128) -> Result<u128, Error> {
        if reward == 0 {
            return Err(Error::NoReward);
        }
        self.balances.rewards = sub(self.balances.rewards, reward)?;
        Ok(reward)
    }
}

/// A part of new interest that is to be given out.
struct Part {
    units: u128,
    /// What is kept for the next time, in ray of a unit.
    rest_ray: u128,
}

impl Part {
    /// Of what is due now, units and parts of one in ray, with what `rest_ray` has left of earlier times, at
    /// most `most` units. What is less than a unit, or too much now, is kept for the next time.
    fn of((whole, part_ray): (u128, u128), rest_ray: u128, most: u128) -> Result<Self, Error> {
        // However much is kept: interest must never stop a message.
        let sum_ray = part_ray.saturating_add(rest_ray);
        let carried = sum_ray.checked_div(RAY).ok_or(Error::DivisionByZero)?;
        let due = whole.saturating_add(carried);
        let units = due.min(most);
        let late_ray = sub(due, units)?.saturating_mul(RAY);
        let rest_ray = sum_ray.checked_rem(RAY).unwrap_or(0).saturating_add(late_ray);
        Ok(Self { units, rest_ray })
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
        self.balances.outflow.note(&self.config.outflow, now_ms, false, amount)
    }

    /// Notes that `amount` comes in.
    pub fn return_outflow(&mut self, now_ms: u64, amount: u128) -> Result<(), Error> {
        self.balances.outflow.note(&self.config.outflow, now_ms, true, amount)
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
        self.balances.outflow.note(limit, now_ms, false, amount)?;
        self.balances.outflow.own.require_within(limit)
    }
}
