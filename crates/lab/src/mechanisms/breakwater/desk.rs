//! What looks at many lots of a collateral have in common, made once for all of them: both reserves as a message finds
//! them, and what a lot costs at least.
//!
//! Nothing here decides. A bound only says whom nobody has to ask: a quote that was asked for is the market's.

use crate::mechanisms::{Bound, Position, TOKEN, USD};
use breakwater_protocol::{
    gradual::Seller, num::math::BPS, Account, AccountSnapshot, Auction, AuctionConfig, Balances,
    Error, Vault,
};

/// What rounding may take off a bound, as a part of it.
const SLACK: f64 = 1e-6;
/// Below so many dollars a unit of rounding is more than that.
const LEAST_USD: f64 = 10.0;

/// A collateral, the dollars owed against it, and what both offer at this moment.
pub(super) struct Desk {
    /// Of nobody: an account is put on it to be looked at.
    snapshot: AccountSnapshot,
    /// The two reserves' parts that looking may change.
    kept: Vec<(Balances, Vault)>,
    bounds: Option<Bounds>,
}

/// What holds for every lot of the collateral now.
struct Bounds {
    config: AuctionConfig,
    mid_usd: f64,
    /// The common bonus, and what an account gets on top at most by its LTV.
    common: f64,
    urgency: f64,
    /// The health that a sale lifts an account to, and the floor of the starter's reward, dollars.
    target_health: f64,
    floor_usd: f64,
    /// What the meter has room for of accounts', tokens.
    room: f64,
    now_ms: u64,
}

/// An account in auction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waiting {
    pub asset: usize,
    /// The price above which it may be healthy.
    pub healthy_wad: u128,
    tokens: f64,
    debt_usd: f64,
    threshold: f64,
    started_ms: u64,
    /// What part of the floor of the starter's reward is not yet earned.
    unearned: f64,
    /// Whether the common price waits for it.
    is_counted: bool,
}

impl Waiting {
    pub fn new(
        position: &Position,
        auction: &Auction,
        threshold_bps: u16,
        healthy_wad: u128,
    ) -> Self {
        Self {
            asset: position.asset,
            healthy_wad,
            tokens: position.collateral as f64 / TOKEN as f64,
            debt_usd: position.debt as f64 / USD as f64,
            threshold: part(threshold_bps),
            started_ms: auction.started_ms,
            unearned: auction.unearned_wad as f64 / 1e18,
            is_counted: auction.counted.iter().any(|asset| usize::from(*asset) == position.asset),
        }
    }

    fn ltv(&self, mid_usd: f64) -> f64 {
        self.debt_usd / (self.tokens * mid_usd)
    }

    /// Whether it is certainly not as near to insolvency as a pool buys from.
    pub fn is_far_from(&self, pool_ltv_bps: u16, mid_usd: f64) -> bool {
        self.debt_usd >= LEAST_USD && self.ltv(mid_usd) < part(pool_ltv_bps) * (1.0 - SLACK)
    }
}

fn part(bps: u16) -> f64 {
    f64::from(bps) / BPS as f64
}

impl Desk {
    /// Of a pair with its prices, the collateral first.
    pub fn new(snapshot: AccountSnapshot) -> Self {
        let lines = snapshot.reserves.iter();
        let kept = lines.map(|line| (line.reserve.balances, line.reserve.vault.clone())).collect();
        let bounds = Bounds::of(&snapshot).ok();
        Self { snapshot, kept, bounds }
    }

    /// Looks at what an account would bring about, and takes it back.
    pub fn look<T>(&mut self, held: Account, look: impl FnOnce(&mut AccountSnapshot) -> T) -> T {
        self.snapshot.account = held;
        let seen = look(&mut self.snapshot);
        for (line, (balances, vault)) in self.snapshot.reserves.iter_mut().zip(&self.kept) {
            line.reserve.balances = *balances;
            if std::mem::take(&mut line.changed) {
                line.reserve.vault.clone_from(vault);
            }
        }
        self.snapshot.transitions.clear();
        seen
    }

    /// What bounds a purchase of an account's lot now.
    pub fn bound(&self, waiting: &Waiting) -> Bound {
        self.bounds.as_ref().map_or(Bound::NONE, |bounds| bounds.of_lot(waiting))
    }
}

impl Bounds {
    fn of(snapshot: &AccountSnapshot) -> Result<Self, Error> {
        let line = snapshot.reserves.first().ok_or(Error::UnknownAsset)?;
        let (config, depth) = (line.reserve.config.auction, line.reserve.config.liquidity.depth);
        let (now, pace) = (snapshot.touched(line.asset)?, snapshot.pace(line.asset)?);
        Ok(Self {
            mid_usd: line.price()?.mid_wad as f64 / 1e18,
            common: now.common.wad() as f64 / 1e18,
            urgency: part(pace.urgency_bps),
            target_health: snapshot.params.target_health_wad as f64 / 1e18,
            floor_usd: snapshot.params.starter_floor_wad as f64 / 1e18,
            room: now.room_down(&config, &pace, Seller::Account, depth)? as f64 / TOKEN as f64,
            now_ms: snapshot.now_ms,
            config,
        })
    }

    /// As `gradual::offer` and `auction::fill` have it, each of its parts as large as it can be.
    fn of_lot(&self, waiting: &Waiting) -> Bound {
        if self.room == 0.0 {
            // Whatever the pool buys first: the taker gets nothing.
            return Bound::UNSOLD;
        }
        let config = &self.config;
        let minutes = self.now_ms.saturating_sub(waiting.started_ms) as f64 / 60_000.0;
        let own = f64::from(config.own_bps_per_min) / 1e4 * minutes;
        let base = if waiting.is_counted { self.common.min(own) } else { own };
        let way = part(config.urgency_ltv_bps) - waiting.threshold;
        let gone = (waiting.ltv(self.mid_usd) - waiting.threshold) / way;
        // A way of nothing has no part.
        let gone = if gone.is_nan() { 1.0 } else { (gone + SLACK).clamp(0.0, 1.0) };
        let bonus = base + self.urgency * gone * gone;
        let most = bonus.clamp(-part(config.floor_bps), part(config.max_bonus_bps));
        let fee = part(config.fee_bps).max(self.most_floor(waiting));
        let least_usd = self.mid_usd / (1.0 + most + fee + SLACK);
        Bound { least_usd, most_tokens: self.room.min(waiting.tokens) * (1.0 + SLACK) }
    }

    /// The floor of the reward as a part of what is repaid: no less than what would lift the account's health to
    /// the target if it cost no collateral.
    fn most_floor(&self, waiting: &Waiting) -> f64 {
        let carries_usd = waiting.tokens * self.mid_usd * waiting.threshold;
        let least_usd = waiting.debt_usd - carries_usd / self.target_health;
        if least_usd > 0.0 {
            self.floor_usd * waiting.unearned / least_usd * (1.0 + SLACK)
        } else {
            f64::INFINITY
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        mechanisms::{
            breakwater::{borrower, keeper_id, Balances as Market, Settings},
            Lot, Mechanism, Quote,
        },
        scenario::Scenario,
        world::World,
    };
    use breakwater_model::Call;
    use breakwater_protocol::{actions, Price};

    /// A minute after minute the price falls by a hundredth, and everybody who may be is put into auction: what a desk
    /// shows is what a message would find, and the pool buys of nobody who is far from insolvency.
    #[test]
    fn a_desk_shows_what_a_message_finds() {
        let mut scenario = Scenario::default();
        scenario.borrowers.count = 40;
        let world = World::new(&scenario, 1).unwrap();
        let mut market =
            Market::open(&Settings::default(), &world.market, &world.positions(), false).unwrap();
        let (mut quoted, mut far, mut bought) = (0, 0, 0);
        let mut price_wad = world.market.assets[0].price_wad;
        for minute in 1..60 {
            price_wad -= price_wad / 100;
            let time_ms = world.market.now_ms + minute * 60_000;
            let judged = Price::exact(price_wad, time_ms);
            market.observe(time_ms, &[Quote { price_wad, time_ms, judged }]);
            let mut lots = Vec::new();
            market.lots(&[], &mut lots);
            for lot in lots {
                let Lot { account: Some(account), .. } = lot else { continue };
                for max_pay in [u128::MAX >> 1, 50 * USD] {
                    let (_, order) = market.order(lot, max_pay).unwrap();
                    let mut snapshot = market.model.snapshot(&borrower(account)).unwrap();
                    let found = actions::take(&mut snapshot, [0; 32], &order).ok();
                    let fill = found.and_then(|taking| taking.taken);
                    let fill = fill.map(|taken| super::super::mechanism::fill_of(&taken));
                    assert_eq!(market.quote(lot, max_pay).ok(), fill, "{minute} {account}");
                    quoted += u32::from(fill.is_some());
                }
                let pool_ltv_bps = Settings::default().auction.pool_ltv_bps;
                let is_far =
                    market.running[&account].is_far_from(pool_ltv_bps, price_wad as f64 / 1e18);
                let fill =
                    Call::BackstopFill { account: borrower(account), collateral: 0, debt: 1 };
                let buys = market.model.clone().apply(keeper_id(0), &fill).is_ok();
                assert!(!(is_far && buys), "{minute} {account}");
                (far, bought) = (far + u32::from(is_far), bought + u32::from(buys));
            }
            for account in 0..40 {
                let _ = market.start(account, 0);
            }
            let mut lots = Vec::new();
            market.lots(&[], &mut lots);
            // One of them is sold a little, so that there is something to make anew.
            if let Some(lot) = lots.first() {
                let _ = market.take(*lot, 20 * USD, 0);
            }
        }
        assert!(quoted > 20 && far > 20 && bought > 0, "{quoted} {far} {bought}");
    }
}
