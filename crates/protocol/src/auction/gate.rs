//! Which of an account's positions a liquidation waits for (§ 4.11).
//!
//! Whoever is to be liquidated chooses what they hold. One position whose price is bad, or whose
//! asset is halted, must therefore not shelter all the others: only what matters stops a sale.

use crate::{
    account::health::{debt_value_up, value_down, Health},
    num::{math::add, time::DAY_MS},
    oracle::price::Use,
    AccountSnapshot, AssetId, Error, Position, Price, PricedReserve,
};

/// Positions that are not fit to be sold stop nothing while they are together worth less than this
/// part of the debt.
pub const WEIGHTLESS: u128 = 100;

/// A price that has been missing, or good for nothing, for longer than this does not come back soon:
/// the rest of the account is sold without it.
pub const GONE_AFTER_MS: u64 = DAY_MS;

impl AccountSnapshot {
    /// Refuses prices that are not good for a purpose, as `AccountSnapshot::require_weighty` does.
    ///
    /// # Errors
    /// [`Error::PriceMissing`], [`Error::PriceInvalid`] or the purpose's own error.
    pub fn require_weighty_prices(&self, purpose: Use, pair: &[AssetId]) -> Result<(), Error> {
        self.require_weighty(purpose, pair, &|_| Ok(()))
    }

    /// Refuses what is not fit for a purpose: of the pair that is sold each asset whose price is not
    /// good for it or that `check` refuses; of the account's other positions those that are
    /// together worth a hundredth of its debt or more, at the price last known, and could turn the
    /// verdict ([`AccountSnapshot::waits_for`]). What has been without a good price for [`GONE_AFTER_MS`] does
    /// not count.
    ///
    /// The sum is bounded, not each position: an account may hold several.
    ///
    /// # Errors
    /// That of the worthiest position that is not fit; [`Error::PriceMissing`] for a debt that can't
    /// be valued, [`Error::UnknownAsset`].
    #[inline(never)]
    pub(crate) fn require_weighty(
        &self,
        purpose: Use,
        pair: &[AssetId],
        check: &dyn Fn(&PricedReserve) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let fit =
            |priced: &PricedReserve| priced.require_price(purpose).and_then(|()| check(priced));
        let (mut unfit_wad, mut worthiest): (u128, Option<(u128, Error)>) = (0, None);
        for risk in self.risks() {
            let (held, priced) = risk?;
            let Err(why) = fit(priced) else { continue };
            if pair.contains(&held.asset) {
                return Err(why);
            }
            if priced.is_gone(purpose) {
                continue;
            }
            let weight_wad = priced.last_known_value_wad(held)?;
            unfit_wad = add(unfit_wad, weight_wad)?;
            worthiest = match worthiest {
                Some((most_wad, _)) if most_wad >= weight_wad => worthiest,
                _ => Some((weight_wad, why)),
            };
        }
        let Some((_, why)) = worthiest else { return Ok(()) };
        let debt_wad = self.health()?.debt_wad;
        if is_weightless(unfit_wad, debt_wad) || !self.waits_for(purpose, debt_wad, &fit)? {
            return Ok(());
        }
        Err(why)
    }

    /// Whether what is not fit could turn the verdict: the account would be healthy with such
    /// collateral worth twice, such debts half of what they were last known to be. Top-ups are taken
    /// without a price, so whoever wants to shelter behind one pays at least half of what would heal.
    ///
    /// Where nothing else of weight is there to be sold, waiting costs nobody anything.
    #[inline(never)]
    fn waits_for(
        &self,
        purpose: Use,
        debt_wad: u128,
        fit: &dyn Fn(&PricedReserve) -> Result<(), Error>,
    ) -> Result<bool, Error> {
        let (mut best, mut sellable) = (Health::default(), Health::default());
        for risk in self.risks() {
            let (held, priced) = risk?;
            if fit(priced).is_ok() {
                best = best.with(held, priced)?;
                sellable = sellable.with(held, priced)?;
            } else if priced.is_gone(purpose) {
                best = best.with(held, priced)?;
            } else {
                best = priced.add_at_best(best, held)?;
            }
        }
        Ok(best.is_healthy()
            || is_weightless(sellable.collateral_wad, debt_wad)
            || is_weightless(sellable.debt_wad, debt_wad))
    }

    /// Value of the collateral that holds back a write-off (§ 4.6), wad dollars: what can be sold,
    /// and what can't for now where it is worth a hundredth of the debt or more.
    ///
    /// # Errors
    /// [`Error::UnknownAsset`], [`Error::Overflow`].
    #[inline(never)]
    pub(crate) fn weighty_collateral_wad(&self, debt_wad: u128) -> Result<u128, Error> {
        let (mut sellable_wad, mut unfit_wad) = (0, 0);
        for held in self.account.collaterals() {
            let priced = self.priced(held.asset)?;
            let sum = match priced.require_price(Use::Settlement) {
                Ok(()) => &mut sellable_wad,
                Err(_) => &mut unfit_wad,
            };
            *sum = add(*sum, priced.lot_wad(held)?)?;
        }
        if is_weightless(unfit_wad, debt_wad) {
            return Ok(sellable_wad);
        }
        add(sellable_wad, unfit_wad)
    }
}

/// Whether a value is less than a hundredth of a debt.
fn is_weightless(value_wad: u128, debt_wad: u128) -> bool {
    value_wad.saturating_mul(WEIGHTLESS) < debt_wad
}

impl PricedReserve {
    /// Refuses a price that is not good for a purpose.
    ///
    /// # Errors
    /// [`Error::PriceMissing`], [`Error::PriceInvalid`] or the purpose's own error.
    pub fn require_price(&self, purpose: Use) -> Result<(), Error> {
        if self.price()?.is_good_for(purpose) {
            Ok(())
        } else {
            Err(purpose.error())
        }
    }

    /// Whether there has been no price that is good for a purpose for long.
    fn is_gone(&self, purpose: Use) -> bool {
        if self.require_price(purpose).is_ok() {
            return false;
        }
        let balances = &self.reserve.balances;
        let seen_ms = match self.price() {
            Ok(price) => price.time_ms,
            // What the market remembers of the last good one.
            Err(_) => balances.breaker.high_ms.max(balances.gradual.price_ms),
        };
        // Sources that go on speaking and disagree have fresh times: then it counts since when the market
        // has seen that nothing can be settled at what they say.
        let halted =
            balances.breaker.is_price_halt() && self.require_price(Use::Settlement).is_err();
        let seen_ms = if halted { seen_ms.min(balances.breaker.since_ms) } else { seen_ms };
        self.now_ms.saturating_sub(seen_ms) > GONE_AFTER_MS
    }

    /// Value of a position's collateral alone, as [`PricedReserve::last_known_value_wad`].
    pub(crate) fn lot_wad(&self, held: &Position) -> Result<u128, Error> {
        value_down(held.collateral, self.last_known_wad()[1], self.reserve.config.decimals)
    }

    /// Value of a position's collateral and debt, wad dollars, at the highest price last known, so that
    /// a wrong price can't make light of what was weighty.
    fn last_known_value_wad(&self, held: &Position) -> Result<u128, Error> {
        let price_wad = self.last_known_wad()[1];
        // Where not even that is known, the debt can't be valued.
        if held.debt_shares != 0 && price_wad == 0 {
            return Err(Error::PriceMissing);
        }
        add(self.lot_wad(held)?, debt_value_up(held, self, price_wad)?)
    }

    /// The health and one more position at its best: collateral at twice the highest, debt at half of
    /// the lowest price last known, so that a wrong price decides nothing.
    fn add_at_best(&self, health: Health, held: &Position) -> Result<Health, Error> {
        let lot_wad = self.lot_wad(held)?.saturating_mul(2);
        let owed_wad = debt_value_up(held, self, self.last_known_wad()[0])?.div_ceil(2);
        health.with_values(self, lot_wad, owed_wad)
    }

    /// The lowest and the highest price last known, wad dollars: the oracle's, and where that is good
    /// for nothing now, the last good one that the market remembers as well. 0 without any.
    fn last_known_wad(&self) -> [u128; 2] {
        let price_wad = self.price().map_or(0, |price: &Price| price.mid_wad);
        let remembered_wad = self.reserve.balances.breaker.high_wad;
        if remembered_wad == 0 || self.require_price(Use::Settlement).is_ok() {
            [price_wad; 2]
        } else if price_wad == 0 {
            [remembered_wad; 2]
        } else {
            [price_wad.min(remembered_wad), price_wad.max(remembered_wad)]
        }
    }
}
