//! What purchases move: by the pool, by keepers, of stock.

use super::{Books, Line, Run, DEBT_DECIMALS, LOT_DECIMALS};
use crate::mechanisms::{Account, Asset, Fill, Mechanism, Position, USD};
use breakwater_protocol::{
    gradual::{offer, offer::stock_bonus_wad, pool_offer, Asked, Offer, Seller},
    health::{amount_down, amount_up, value_down, value_up},
    math::{mul_div_down, mul_div_up, WAD},
    Error,
};

impl Books {
    /// What the pool would buy of a position now, in one message.
    pub(super) fn pool_fill(&self, run: &Run, position: &Position) -> Result<Fill, Error> {
        let line = self.good_line(position.asset)?;
        let health = self.health(position)?;
        let asked = Asked {
            target_health_wad: self.rule.pool_health_wad,
            ..self.asked(run, &health, line)?
        };
        let terms = pool_offer(&self.rule.config, &asked)?.ok_or(Error::BackstopLevelNotReached)?;
        if self.money < USD {
            return Err(Error::BackstopEmpty);
        }
        self.fill(position, &terms, line, self.money, u128::MAX)
    }

    /// What a keeper may buy of an account now, after the pool.
    pub(super) fn keeper_fill(&self, account: Account, max_pay: u128) -> Result<Fill, Error> {
        let run = self.runs.get(account).copied().flatten().ok_or(Error::NoAuction)?;
        let mut position = self.position(account);
        if let Ok(fill) = self.pool_fill(&run, &position) {
            position.collateral -= fill.seized;
            position.debt -= fill.repaid + fill.bad_debt;
        }
        let line = self.good_line(position.asset)?;
        let health = self.health(&position)?;
        let asked = self.asked(&run, &health, line)?;
        let now = self.touched(position.asset)?;
        let pace = self.pace();
        let terms = offer(&self.rule.config, &pace, &now.common, &asked)?;
        let priced_wad = terms.priced_wad()?;
        let wanted = amount_up(
            mul_div_up(self.wanted(&position, &terms)? * (WAD / USD), priced_wad, WAD)?,
            line.price.mid_wad,
            LOT_DECIMALS,
        )?;
        let (config, depth) = (&self.rule.config, line.depth);
        let wanted = wanted.min(position.collateral);
        let room = now.may_sell_down(config, &pace, Seller::Account, depth, wanted)?;
        self.fill(&position, &terms, line, max_pay, room)
    }

    /// Most debt to repay on these terms, in units: all where what is left would be below the least.
    fn wanted(&self, position: &Position, terms: &Offer) -> Result<u128, Error> {
        let target = amount_up(terms.max_repay_wad, WAD, DEBT_DECIMALS)?.min(position.debt);
        let left = position.debt - target;
        Ok(if left != 0 && left < self.min_debt { position.debt } else { target })
    }

    /// What a purchase for at most `max_pay` moves, of at most `max_units`.
    fn fill(
        &self,
        position: &Position,
        terms: &Offer,
        line: &Line,
        max_pay: u128,
        max_units: u128,
    ) -> Result<Fill, Error> {
        let price_wad = line.price.mid_wad;
        let (priced_wad, paid_wad) = (terms.priced_wad()?, terms.paid_wad()?);
        let costs = |units: u128, part_wad: u128| -> Result<u128, Error> {
            let value_wad = value_down(units, price_wad, LOT_DECIMALS)?;
            amount_down(mul_div_down(value_wad, WAD, part_wad)?, WAD, DEBT_DECIMALS)
        };
        let lot_costs = costs(position.collateral, paid_wad)?;
        let mut repaid = max_pay.min(self.wanted(position, terms)?).min(lot_costs);
        if max_units < position.collateral {
            repaid = repaid.min(costs(max_units, priced_wad)?);
        }
        let left = position.debt - repaid;
        if repaid < lot_costs && left != 0 && left < self.min_debt {
            repaid = position.debt.saturating_sub(self.min_debt);
        }
        let worth = |part_wad: u128| -> Result<u128, Error> {
            let value_wad = mul_div_down(repaid * (WAD / USD), part_wad, WAD)?;
            amount_down(value_wad, price_wad, LOT_DECIMALS)
        };
        let (received, seized) = if repaid == lot_costs && repaid < position.debt {
            (mul_div_down(position.collateral, priced_wad, paid_wad)?, position.collateral)
        } else {
            let received = worth(priced_wad)?.min(position.collateral);
            (received, (received + worth(terms.fee_wad)?).min(position.collateral))
        };
        let received = received.min(max_units);
        if repaid == 0 || received == 0 {
            return Err(Error::AmountTooSmall);
        }
        let bad_debt = if seized == position.collateral { position.debt - repaid } else { 0 };
        Ok(Fill { paid: repaid, received, repaid, seized, bad_debt })
    }

    /// What somebody may buy of the pool's stock.
    pub(super) fn stock_fill(&self, asset: Asset, max_pay: u128) -> Result<Fill, Error> {
        let line = self.good_line(asset)?;
        let held = self.stock(asset);
        let now = self.touched(asset)?;
        let (config, pace) = (&self.rule.config, self.pace());
        let most = now.may_sell_down(config, &pace, Seller::Stock, line.depth, held)?;
        let priced_wad =
            WAD.checked_add_signed(stock_bonus_wad(config, &now.common)).ok_or(Error::Overflow)?;
        let for_pay = amount_down(
            mul_div_down(max_pay.saturating_mul(WAD / USD), priced_wad, WAD)?,
            line.price.mid_wad,
            LOT_DECIMALS,
        )?;
        let received = most.min(for_pay);
        let value_wad = value_up(received, line.price.mid_wad, LOT_DECIMALS)?;
        let paid = amount_up(mul_div_up(value_wad, WAD, priced_wad)?, WAD, DEBT_DECIMALS)?;
        if received == 0 || paid == 0 {
            return Err(Error::AmountTooSmall);
        }
        Ok(Fill { paid, received, ..Fill::default() })
    }
}
