//! What must hold of sales, whoever calls what: the bound of § G5 in every window, a price and a meter
//! that move by what is sold and by time alone, purchases by backstops at the oracle's price.

use crate::{
    random::World,
    random_stakes::{self, Worth},
    Call, Done, Model,
};
use breakwater_protocol::{
    account::health::value_up,
    gradual::{meter::depths_up, price::PICO_PER_BPS, Seller},
    market::{self, Filled},
    num::math::WAD,
    Account, AccountSnapshot, AssetId, AuctionConfig, Error, Gradual, Level, Pace,
};

/// ln 2, wad, rounded up.
const LN_2_WAD: u128 = 693_147_180_559_945_310;

/// What went to the market of an asset since its parameters changed last.
#[derive(Clone, Debug)]
pub(crate) struct SalesLog {
    config: AuctionConfig,
    depth: u128,
    /// Between what the common bonus may be, in 10^-12: beyond the parameters' own bounds only while
    /// it comes from other parameters.
    low_pico: i64,
    high_pico: i64,
    /// When, and how many depths, wad, rounded up.
    sales: Vec<(u64, u128)>,
}

/// All reserves before a message, with interest, prices and levels of its time.
pub(crate) struct SalesBefore {
    snapshot: AccountSnapshot,
    worths: Vec<Option<Worth>>,
}

impl SalesBefore {
    pub(crate) fn of(model: &Model) -> Result<Self, Error> {
        let mut snapshot = all_reserves(model)?;
        snapshot.watch();
        let worths = random_stakes::worths(&snapshot);
        Ok(Self { snapshot, worths })
    }
}

/// Every listed reserve, with interest up to now and its price.
pub(crate) fn all_reserves(model: &Model) -> Result<AccountSnapshot, Error> {
    let mut snapshot = market::snapshot_of(model, Account::default(), &model.listed())?;
    for priced in &mut snapshot.reserves {
        priced.price = model.prices[usize::from(priced.asset)];
    }
    Ok(snapshot)
}

impl SalesLog {
    fn new(config: AuctionConfig, depth: u128, bonus_pico: i64) -> Self {
        let (low, high) = bounds_pico(&config);
        let (low_pico, high_pico) = (bonus_pico.min(low), bonus_pico.max(high));
        Self { config, depth, low_pico, high_pico, sales: Vec::new() }
    }

    /// Notes a sale and looks at all windows that end with it, exactly (§ G5).
    fn note(&mut self, now_ms: u64, units: u128) -> Result<(), String> {
        let depths_wad = depths_up(units, self.depth).map_err(|error| format!("{error:?}"))?;
        self.sales.push((now_ms, depths_wad));
        let config = &self.config;
        let cap_wad = u128::from(config.most_cap_wad());
        let half_ms = u128::from(config.half_life_ms);
        let band_pico = self.high_pico + i64::from(config.floor_bps) * PICO_PER_BPS;
        let mut sum = 0u128;
        for (from_ms, depths_wad) in self.sales.iter().rev() {
            sum += depths_wad;
            let ms = u128::from(now_ms - from_ms);
            // 10^16 Q <= cap (1 + ln 2 T / h), all times h and 10^20.
            let sold = wide(sum * half_ms, WAD);
            let most = wide(100 * cap_wad, half_ms * WAD + LN_2_WAD * ms);
            if sold > most {
                return Err(format!("the meter let {sum} depths through in {ms} ms"));
            }
            // k Q <= band + rise T, in 10^-12, all times 3 x 10^10.
            let fallen = sum * u128::from(config.fall_bps_per_depth) * 3;
            let rise = u128::from(config.most_rise_mbps_per_min()) * ms * 50_000_000_000;
            let most = u128::try_from(band_pico).unwrap_or(0) * 30_000_000_000 + rise;
            if fallen > most {
                return Err(format!("the price let {sum} depths through in {ms} ms"));
            }
        }
        Ok(())
    }
}

/// A product in 256 bits: high and low half.
fn wide(a: u128, b: u128) -> (u128, u128) {
    let low = |x: u128| x & u128::from(u64::MAX);
    let (a1, a0, b1, b0) = (a >> 64, low(a), b >> 64, low(b));
    let middle = ((a0 * b0) >> 64) + low(a1 * b0) + low(a0 * b1);
    let high = a1 * b1 + ((a1 * b0) >> 64) + ((a0 * b1) >> 64) + (middle >> 64);
    (high, a.wrapping_mul(b))
}

/// The parameters' own bounds of the common bonus, in 10^-12.
fn bounds_pico(config: &AuctionConfig) -> (i64, i64) {
    let pico = |bps: u16| i64::from(bps) * PICO_PER_BPS;
    (-pico(config.floor_bps), pico(config.max_bonus_bps))
}

impl World {
    /// Begins the log of an asset anew where its parameters, its depth or its number's holder are new.
    pub(crate) fn follow_rules(&mut self) {
        self.sales.resize(self.model.reserves.len(), None);
        for (log, reserve) in self.sales.iter_mut().zip(&self.model.reserves) {
            let (config, depth) = (reserve.config.auction, reserve.config.liquidity.depth);
            let same = log.as_ref().is_some_and(|log| log.config == config && log.depth == depth);
            if !same {
                let bonus_pico = reserve.balances.gradual.common.bonus_pico;
                *log = Some(SalesLog::new(config, depth, bonus_pico));
            }
        }
    }

    /// What must hold of the numbers of all assets after every step.
    pub(crate) fn check_prices(&mut self) -> Result<(), String> {
        self.follow_rules();
        for (asset, (log, reserve)) in self.sales.iter_mut().zip(&self.model.reserves).enumerate() {
            let Some(log) = log else { continue };
            let gradual = &reserve.balances.gradual;
            let bonus_pico = gradual.common.bonus_pico;
            if !(log.low_pico..=log.high_pico).contains(&bonus_pico) {
                return Err(format!("the bonus of {asset} is {bonus_pico}: {log:?}"));
            }
            let (low, high) = bounds_pico(&log.config);
            log.low_pico = bonus_pico.min(low);
            log.high_pico = if log.sales.is_empty() { bonus_pico.max(high) } else { log.high_pico };
            if gradual.at_ms > self.model.now_ms {
                return Err(format!("{asset} is ahead of its time: {gradual:?}"));
            }
        }
        Ok(())
    }

    /// Judges what a message has sold.
    pub(crate) fn judge_sales(
        &mut self,
        before: &SalesBefore,
        call: &Call,
        done: &Done,
    ) -> Result<(), String> {
        for bought in done.bought() {
            check_bought(&before.snapshot, bought)?;
        }
        let after = all_reserves(&self.model).map_err(|error| format!("{error:?}"))?;
        random_stakes::check_worths(&before.worths, &after, call, done)?;
        let mut sold: Vec<(AssetId, u128)> = Vec::new();
        for filled in done.filled() {
            sold.push((filled.collateral, filled.taken.fill.received));
        }
        if let (Call::BuyStock(order), Done::StockSold(sale)) = (call, done) {
            sold.push((order.collateral, sale.received));
        }
        for (asset, units) in &sold {
            let log = self.sales[usize::from(*asset)].as_mut().ok_or("sold without a log")?;
            log.note(self.model.now_ms, *units)?;
            let impact_wad =
                self.model.reserves[usize::from(*asset)].balances.gradual.meter.impact_wad;
            if impact_wad > log.config.most_cap_wad() {
                return Err(format!("the meter of {asset} stands at {impact_wad}"));
            }
        }
        let batch = matches!(call, Call::TakeMany(_) | Call::LiquidateMany(_));
        if !batch {
            self.check_touches(before, &after, &sold, call, done)?;
        }
        Ok(())
    }

    /// Meter and price have moved by the time that has passed, at the pace of before the message, and by
    /// what was sold; or they have not been looked at.
    fn check_touches(
        &self,
        before: &SalesBefore,
        after: &AccountSnapshot,
        sold: &[(AssetId, u128)],
        call: &Call,
        done: &Done,
    ) -> Result<(), String> {
        if matches!(call, Call::Configure(..) | Call::List(_) | Call::Delist(_)) {
            return Ok(());
        }
        let bought: Vec<AssetId> = done.bought().iter().map(|sale| sale.collateral).collect();
        for priced in &before.snapshot.reserves {
            let asset = priced.asset;
            let is = self.model.reserves[usize::from(asset)].balances.gradual;
            let was = priced.reserve.balances.gradual;
            let mut expected = was;
            if is.at_ms != was.at_ms {
                // What else a purchase lets go of is looked at with the pool as it is then.
                if !bought.is_empty() && !bought.contains(&asset) {
                    continue;
                }
                let words = |error| format!("{error:?}");
                expected = before.snapshot.touched(asset).map_err(words)?;
                // And at the end of a message, where nothing of it is sold: the pace is that of what has
                // been repaid by then.
                let is_sold = sold.iter().any(|(of, _)| *of == asset);
                let ends = (is.meter, is.common) != (expected.meter, expected.common);
                if matches!(call, Call::Act { .. }) || (!is_sold && ends) {
                    let mut snapshot = before.snapshot.clone();
                    for priced in &mut snapshot.reserves {
                        let gradual = priced.reserve.balances.gradual;
                        priced.reserve = after.priced(priced.asset).map_err(words)?.reserve.clone();
                        priced.reserve.balances.gradual = gradual;
                    }
                    expected = snapshot.touched(asset).map_err(words)?;
                }
            }
            for (_, units) in sold.iter().filter(|(of, _)| *of == asset) {
                let config = &priced.reserve.config.auction;
                let depth = priced.reserve.config.liquidity.depth;
                let cap_ppm = config.alone.cap_ppm.max(config.backed.cap_ppm);
                let pace = Pace { cap_ppm, ..config.alone };
                expected
                    .sell(config, &pace, Seller::Account, depth, *units)
                    .map_err(|error| format!("a sale beyond all room: {error:?}"))?;
            }
            let moved = |gradual: &Gradual| (gradual.meter, gradual.common);
            if moved(&is) != moved(&expected) {
                return Err(format!("asset {asset}: {was:?} became {is:?} and not {expected:?}"));
            }
        }
        Ok(())
    }
}

/// Whether there is no room for a slice of an asset now, so that a sale may be refused.
pub(crate) fn lacks_room(snapshot: &AccountSnapshot, asset: AssetId) -> Result<bool, Error> {
    let priced = snapshot.priced(asset)?;
    let (config, depth) = (&priced.reserve.config.auction, priced.reserve.config.liquidity.depth);
    let pace = snapshot.pace(asset)?;
    let room = snapshot.touched(asset)?.room_down(config, &pace, Seller::Account, depth)?;
    Ok(room < config.slice_down(depth).max(1))
}

/// A backstop pays the oracle's price, to rounding, and only where something may be sold.
fn check_bought(before: &AccountSnapshot, bought: &Filled) -> Result<(), String> {
    let fail = |why: &str| Err(format!("{why}: {bought:?}"));
    if bought.taken.terms.offer.bonus_wad != 0 || bought.taken.fill.bonus_wad != 0 {
        return fail("a backstop has bought beside the oracle's price");
    }
    if bought.taken.paid_out != 0 {
        return fail("a backstop has been paid out");
    }
    let value = |asset, units| {
        let priced = before.priced(asset)?;
        value_up(units, priced.price()?.mid_wad, priced.reserve.config.decimals)
    };
    // It pays for one unit more than it gets, and whole units up.
    let (debt_units_wad, lot_unit_wad) = (value(bought.debt, 3), value(bought.collateral, 1));
    let (Ok(debt_units_wad), Ok(lot_unit_wad)) = (debt_units_wad, lot_unit_wad) else {
        return fail("a backstop has bought without a price");
    };
    // With the last of a lot it gets what the fee's rounding leaves.
    if bought.fair_wad > bought.paid_wad + lot_unit_wad {
        return fail("a backstop has paid less than the oracle's price");
    }
    if bought.paid_wad > bought.fair_wad + debt_units_wad + lot_unit_wad + 10 {
        return fail("a backstop has paid more than the oracle's price");
    }
    for asset in [bought.collateral, bought.debt] {
        if before.level(asset).is_ok_and(|level| level == Level::Halted) {
            return fail("a backstop has bought in a halt");
        }
    }
    Ok(())
}
