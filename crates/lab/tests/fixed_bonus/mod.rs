//! The textbook rule: a fixed bonus, a fixed part of the debt at a time. For tests of the engine,
//! whose outcomes can be computed by hand.

use breakwater_lab::mechanisms::{
    Account, Design, Fill, Lot, Market, Mechanism, Position, Quote, Refused, TOKEN, USD,
};
use breakwater_protocol::num::math::{mul_div_down, mul_div_up, BPS, WAD};

/// A liquidator gets `bonus_bps` more than they repay, up to `close_bps` of the debt at a time.
#[derive(Clone, Debug)]
pub struct FixedBonus {
    pub bonus_bps: u16,
    pub close_bps: u16,
}

struct Balances {
    rule: FixedBonus,
    thresholds_bps: Vec<u16>,
    positions: Vec<Position>,
    prices_wad: Vec<u128>,
}

impl Design for FixedBonus {
    fn name(&self) -> &str {
        "Fixed bonus"
    }

    fn about(&self) -> &str {
        "A fixed bonus for whoever repays a part of the debt."
    }

    fn open(&self, market: &Market, positions: &[Position]) -> Result<Box<dyn Mechanism>, Refused> {
        Ok(Box::new(Balances {
            rule: self.clone(),
            thresholds_bps: market.assets.iter().map(|spec| spec.threshold_bps).collect(),
            positions: positions.to_vec(),
            prices_wad: market.assets.iter().map(|spec| spec.price_wad).collect(),
        }))
    }
}

/// Wad dollars of a [`USD`] unit.
const WAD_PER_UNIT: u128 = WAD / USD;

impl Balances {
    fn is_healthy(&self, position: &Position) -> bool {
        let worth_wad = mul_div_down(position.collateral, self.prices_wad[position.asset], TOKEN);
        let threshold_bps = u128::from(self.thresholds_bps[position.asset]);
        worth_wad.is_ok_and(|wad| wad / BPS * threshold_bps >= position.debt * WAD_PER_UNIT)
    }
}

impl Mechanism for Balances {
    fn observe(&mut self, _now_ms: u64, quotes: &[Quote]) {
        self.prices_wad = quotes.iter().map(|quote| quote.price_wad).collect();
    }

    fn position(&self, account: Account) -> Position {
        self.positions[account]
    }

    fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused> {
        let repaid = amount.min(self.positions[account].debt);
        self.positions[account].debt -= repaid;
        Ok(repaid)
    }

    fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused> {
        self.positions[account].collateral += units;
        Ok(())
    }

    fn lots(&self, below: &[Account], out: &mut Vec<Lot>) {
        out.extend(below.iter().map(|account| Lot {
            id: *account as u32,
            asset: self.positions[*account].asset,
            account: Some(*account),
        }));
    }

    fn quote(&self, lot: Lot, max_pay: u128) -> Result<Fill, Refused> {
        let position = &self.positions[lot.account.ok_or(Refused::NoLot)?];
        if position.debt == 0 || self.is_healthy(position) {
            return Err(Refused::Healthy);
        }
        let price_wad = self.prices_wad[lot.asset];
        let bonus_bps = BPS + u128::from(self.rule.bonus_bps);
        let worth =
            |paid: u128| mul_div_down(paid * WAD_PER_UNIT * bonus_bps, TOKEN, price_wad * BPS);
        let close = position.debt * u128::from(self.rule.close_bps) / BPS;
        let mut paid = max_pay.min(close);
        let mut received = worth(paid).map_err(|_| Refused::Overflow)?;
        if received >= position.collateral {
            received = position.collateral;
            let unit_wad = WAD_PER_UNIT * bonus_bps;
            paid = mul_div_up(received, price_wad * BPS / TOKEN, unit_wad)
                .map_err(|_| Refused::Overflow)?;
        }
        if paid == 0 || received == 0 {
            return Err(Refused::Amount);
        }
        let gone = received == position.collateral;
        let bad_debt = if gone { position.debt - paid } else { 0 };
        Ok(Fill { paid, received, repaid: paid, seized: received, bad_debt })
    }

    fn take(&mut self, lot: Lot, max_pay: u128, _keeper: usize) -> Result<Fill, Refused> {
        let fill = self.quote(lot, max_pay)?;
        let position = &mut self.positions[lot.account.ok_or(Refused::NoLot)?];
        position.debt -= fill.repaid + fill.bad_debt;
        position.collateral -= fill.seized;
        Ok(fill)
    }
}
