//! One reserve: configuration and books in one storage cell (§ 1.1).

use crate::{
    breaker::Breaker,
    clock::Clock,
    config::ReserveConfig,
    flow::{Flow, FlowLimit},
    math::{add, bps_to_wad, mul_div_down, part_down, sub, WAD},
    ramp::Ramp,
    rates::{growth_wad, utilisation_wad, Asked},
    shares::{to_shares_down, Pot},
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
    pub outflow: Flow,
    /// Collateral sold to the market in the last while (§ 4.8).
    pub sales: Flow,
    /// The circuit breaker's state (§ 7).
    pub breaker: Breaker,
    /// Runs while the asset may be liquidated at a fresh price (§ 4.1).
    pub clock: Clock,
    /// Time up to which interest is in `borrowed`, in Unix milliseconds.
    pub accrued_ms: u64,
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
        let speed_bps_per_day = self.config.threshold_ramp_bps_per_day;
        let old = self.thresholds(now_ms)?;
        let new = Schedule::thresholds(&config);
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
        let target = Schedule::thresholds(&self.config);
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
        if self.books.borrowed == 0 && self.books.rate_at_target_wad == 0 {
            self.books.accrued_ms = now_ms;
            return Ok(());
        }
        let Asked { rate_wad, at_target_wad } = self.asked(now_ms)?;
        let interest = part_down(self.books.borrowed, growth_wad(rate_wad, elapsed_ms)?)?;
        if interest == 0 && self.books.borrowed != 0 {
            // Too little time for one unit: leave the clock, or frequent pokes would make
            // borrowing free.
            return Ok(());
        }
        self.books.borrowed = add(self.books.borrowed, interest)?;
        self.books.rate_at_target_wad = at_target_wad;
        self.books.accrued_ms = now_ms;
        self.credit_protocol(interest)
    }

    /// Gives the protocol, and the backstop of it, their part of new interest, as supply shares at
    /// the price after the rest.
    #[inline(never)]
    fn credit_protocol(&mut self, interest: u128) -> Result<(), Error> {
        let fee = mul_div_down(interest, bps_to_wad(self.config.reserve_factor_bps), WAD)?;
        if fee == 0 {
            return Ok(());
        }
        let mut pot = self.books.supplied()?;
        pot.assets = sub(pot.assets, fee)?;
        let shares = to_shares_down(fee, pot)?;
        self.books.supply_shares = add(self.books.supply_shares, shares)?;
        let yields = self.backstop_yield_down(shares)?;
        self.books.backstop_shares = add(self.books.backstop_shares, yields)?;
        self.books.protocol_shares = add(self.books.protocol_shares, sub(shares, yields)?)?;
        Ok(())
    }

    /// Lets `amount` leave through a limit (§ 3.6, § 7.1).
    ///
    /// # Errors
    /// [`Error::OutflowLimitReached`].
    pub fn draw_outflow(
        &mut self,
        limit: &FlowLimit,
        now_ms: u64,
        amount: u128,
    ) -> Result<(), Error> {
        if !self.books.outflow.draw(limit, now_ms, amount)? {
            return Err(Error::OutflowLimitReached);
        }
        Ok(())
    }

    /// Notes that `amount` came in.
    pub fn return_outflow(&mut self, now_ms: u64, amount: u128) -> Result<(), Error> {
        self.books.outflow.give_back(&self.config.outflow, now_ms, amount)
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
