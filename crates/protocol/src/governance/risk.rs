//! Which change of parameters lowers risk and which raises it.
//!
//! A field *lowers* risk when it moves so that less new risk is taken on and nobody loses what they
//! have: no standing loan comes nearer to liquidation, no sale goes slower or cheaper, no way out is
//! narrower. Everything else that moves counts as raising, also where it is open which it does.

use crate::{
    config::{liquidity::LiquidityConfig, MarketParams, ReserveConfig},
    oracle::FeedConfig,
    risk::tiers::Schedule,
    BreakerConfig,
};
use alloc::vec::Vec;

/// Where a change takes risk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Nothing moves.
    Same,
    Lowers,
    Raises,
}

/// One parameter that a change moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    /// Its name in the configuration.
    pub field: &'static str,
    pub direction: Direction,
}

/// What a change does as a whole: it raises risk if one of its moves does.
pub fn direction(moves: &[Move]) -> Direction {
    moves.iter().map(|each| each.direction).max().unwrap_or(Direction::Same)
}

/// The moves found so far.
struct Moves(Vec<Move>);

impl Moves {
    fn add(&mut self, field: &'static str, direction: Direction) {
        if direction != Direction::Same {
            self.0.push(Move { field, direction });
        }
    }

    /// A parameter of which less is less risk.
    fn less_is_safer<T: PartialOrd>(&mut self, field: &'static str, old: T, new: T) {
        self.add(field, falls(&old, &new));
    }

    /// A parameter of which more is less risk.
    fn more_is_safer<T: PartialOrd>(&mut self, field: &'static str, old: T, new: T) {
        self.add(field, falls(&new, &old));
    }

    /// A parameter that takes something from somebody whichever way it moves.
    fn slow<T: PartialEq>(&mut self, field: &'static str, old: &T, new: &T) {
        self.add(field, if old == new { Direction::Same } else { Direction::Raises });
    }
}

/// Lowers if the second is the smaller.
fn falls<T: PartialOrd>(from: &T, to: &T) -> Direction {
    if to == from {
        Direction::Same
    } else if to < from {
        Direction::Lowers
    } else {
        Direction::Raises
    }
}

/// What a reserve's new parameters move.
pub fn reserve(old: &ReserveConfig, new: &ReserveConfig) -> Vec<Move> {
    // Every field is named: one that is added later must be classed here.
    let ReserveConfig {
        token,
        decimals,
        borrowable,
        collateral,
        frozen,
        siloed,
        isolation_ceiling_wad,
        reserve_factor_bps,
        supply_cap,
        borrow_cap,
        collateral_cap,
        min_debt,
        tiers: _,
        threshold_ramp_bps_per_day,
        liquidity,
        outflow,
        rate,
        auction,
        backstop,
    } = old;
    let mut moves = Moves(Vec::new());
    moves.slow("token", token, &new.token);
    moves.slow("decimals", decimals, &new.decimals);
    moves.less_is_safer("borrowable", *borrowable, new.borrowable);
    moves.less_is_safer("collateral", *collateral, new.collateral);
    moves.more_is_safer("frozen", *frozen, new.frozen);
    moves.more_is_safer("siloed", *siloed, new.siloed);
    match (isolation_ceiling_wad, new.isolation_ceiling_wad) {
        (Some(old_wad), Some(new_wad)) => {
            moves.less_is_safer("isolation_ceiling_wad", *old_wad, new_wad);
        }
        (old_wad, new_wad) => moves.slow("isolation_ceiling_wad", old_wad, &new_wad),
    }
    moves.slow("reserve_factor_bps", reserve_factor_bps, &new.reserve_factor_bps);
    moves.less_is_safer("supply_cap", *supply_cap, new.supply_cap);
    moves.less_is_safer("borrow_cap", *borrow_cap, new.borrow_cap);
    moves.less_is_safer("collateral_cap", *collateral_cap, new.collateral_cap);
    // More of it keeps small debts out and sells more of standing ones at once.
    moves.slow("min_debt", min_debt, &new.min_debt);
    moves.add("tiers.ltv_bps", ltv(old, new));
    let (from, to) = (Schedule::thresholds(&old.tiers), Schedule::thresholds(&new.tiers));
    let thresholds = if same(&from, &to) { Direction::Same } else { Direction::Raises };
    moves.add("tiers.liquidation_threshold_bps", thresholds);
    moves.slow(
        "threshold_ramp_bps_per_day",
        threshold_ramp_bps_per_day,
        &new.threshold_ramp_bps_per_day,
    );
    of_liquidity(&mut moves, liquidity, &new.liquidity);
    moves.slow("outflow", outflow, &new.outflow);
    moves.slow("rate", rate, &new.rate);
    moves.slow("auction", auction, &new.auction);
    moves.slow("backstop", backstop, &new.backstop);
    moves.0
}

/// LTV by size: lowers if it is nowhere higher.
fn ltv(old: &ReserveConfig, new: &ReserveConfig) -> Direction {
    let (Ok(from), Ok(to)) = (Schedule::ltv(&old.tiers, 0), Schedule::ltv(&new.tiers, 0)) else {
        return Direction::Raises;
    };
    if same(&from, &to) {
        Direction::Same
    } else if nowhere_higher(&to, &from) {
        Direction::Lowers
    } else {
        Direction::Raises
    }
}

fn same(one: &Schedule, other: &Schedule) -> bool {
    nowhere_higher(one, other) && nowhere_higher(other, one)
}

fn nowhere_higher(one: &Schedule, other: &Schedule) -> bool {
    let edges = one.brackets().iter().chain(other.brackets());
    // Both are steps: it is enough to look where one of them begins.
    edges.into_iter().all(|edge| one.rate_at_wad(edge.from_wad) <= other.rate_at_wad(edge.from_wad))
}

fn of_liquidity(moves: &mut Moves, old: &LiquidityConfig, new: &LiquidityConfig) {
    let LiquidityConfig {
        depth,
        max_load_wad,
        haircut_per_root_depth_wad,
        haircut_per_volatility_wad,
        max_haircut_bps,
        fuse,
    } = old;
    // Less depth is less new risk and slower sales.
    moves.slow("liquidity.depth", depth, &new.depth);
    moves.less_is_safer("liquidity.max_load_wad", *max_load_wad, new.max_load_wad);
    moves.more_is_safer(
        "liquidity.haircut_per_root_depth_wad",
        *haircut_per_root_depth_wad,
        new.haircut_per_root_depth_wad,
    );
    moves.more_is_safer(
        "liquidity.haircut_per_volatility_wad",
        *haircut_per_volatility_wad,
        new.haircut_per_volatility_wad,
    );
    moves.more_is_safer("liquidity.max_haircut_bps", *max_haircut_bps, new.max_haircut_bps);
    moves.slow("liquidity.fuse", fuse, &new.fuse);
}

/// What a market's new parameters move.
pub fn market(old: &MarketParams, new: &MarketParams) -> Vec<Move> {
    let mut moves = Moves(Vec::new());
    let BreakerConfig { guarded_cut_bps, guarded_health_bps, .. } = old.breaker;
    moves.more_is_safer("breaker.guarded_cut_bps", guarded_cut_bps, new.breaker.guarded_cut_bps);
    moves.more_is_safer(
        "breaker.guarded_health_bps",
        guarded_health_bps,
        new.breaker.guarded_health_bps,
    );
    // Everything else: with those two as they were, nothing may differ.
    let breaker = BreakerConfig { guarded_cut_bps, guarded_health_bps, ..new.breaker };
    moves.slow("breaker", &old.breaker, &breaker);
    let rest = MarketParams { breaker: old.breaker, ..*new };
    moves.slow("params", old, &rest);
    moves.0
}

/// What a feed's new configuration moves: a wider band lowers risk, for risk is taken on at the end
/// of the band that is worse and standing loans are measured at its middle.
pub fn feed(old: &FeedConfig, new: &FeedConfig) -> Vec<Move> {
    let mut moves = Moves(Vec::new());
    moves.more_is_safer("band_bps", old.band_bps, new.band_bps);
    let rest = FeedConfig { band_bps: old.band_bps, ..new.clone() };
    moves.slow("feed", old, &rest);
    moves.0
}
