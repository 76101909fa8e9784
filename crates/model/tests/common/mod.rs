//! A small market to play messages in.
#![allow(dead_code)] // Not every test needs all of it.

use breakwater_model::{Call, Model};
use breakwater_protocol::{
    actions::Action, num::math::WAD, AuctionConfig, FlowLimit, FuseConfig, KinkedRate,
    LiquidityConfig, MarketParams, Pace, Price, RateModel, ReserveConfig, Tier,
};

pub const NOW_MS: u64 = 1_700_000_000_000;
pub const LENDER: [u8; 32] = [1; 32];
pub const ETH: u8 = 0;
pub const USD: u8 = 1;

/// Paces that are easy to compute with, whatever a market is deployed with.
pub fn paced() -> AuctionConfig {
    AuctionConfig {
        alone: Pace { cap_ppm: 6_000, rise_mbps_per_min: 8_000, urgency_bps: 100 },
        backed: Pace { cap_ppm: 2_400, rise_mbps_per_min: 2_000, urgency_bps: 50 },
        stock_share_bps: 7_000,
        ..AuctionConfig::default()
    }
}

/// Six decimals, no interest, a deep market.
pub fn asset(token: u8, collateral: bool) -> ReserveConfig {
    ReserveConfig {
        token: [token; 32],
        decimals: 6,
        borrowable: !collateral,
        collateral,
        frozen: false,
        siloed: false,
        isolation_ceiling_wad: None,
        reserve_factor_bps: 0,
        supply_cap: u128::MAX,
        borrow_cap: u128::MAX,
        collateral_cap: u128::MAX,
        min_debt: 0,
        tiers: vec![Tier { from_wad: 0, ltv_bps: 7_500, liquidation_threshold_bps: 8_000 }],
        threshold_ramp_bps_per_day: 50,
        liquidity: LiquidityConfig {
            depth: 1_000_000_000_000,
            max_load_wad: 1_000 * WAD,
            haircut_per_root_depth_wad: 0,
            haircut_per_volatility_wad: 0,
            max_haircut_bps: 0,
            fuse: FuseConfig::NEVER,
        },
        outflow: FlowLimit::NONE,
        rate: RateModel::Kinked(KinkedRate {
            base_wad: 0,
            kink_rate_wad: 0,
            full_rate_wad: 0,
            kink_bps: 5_000,
        }),
        auction: paced(),
        backstop: Default::default(),
    }
}

/// Two assets, a lender of a million dollars, and as many loans as asked for: 10 tokens for 1,400 dollars
/// each, at 200 dollars a token.
pub fn lent(model: &mut Model, loans: u8) {
    model.set_price(ETH, Price::exact(200 * WAD, NOW_MS));
    model.set_price(USD, Price::exact(WAD, NOW_MS));
    act(model, LENDER, Action::Supply { asset: USD, assets: 1_000_000_000_000 });
    for number in 0..loans {
        let (asset, amount, excess_to_supply) = (ETH, 10_000_000, false);
        act(model, who(number), Action::DepositCollateral { asset, amount, excess_to_supply });
        act(model, who(number), Action::Borrow { asset: USD, assets: 1_400_000_000 });
    }
}

/// Somebody does something.
pub fn act(model: &mut Model, who: [u8; 32], action: Action) {
    model.apply(who, &Call::Act { on_behalf_of: None, actions: vec![action] }).unwrap();
}

/// A market with as many loans as asked for, all unhealthy.
pub fn crashed(loans: u8) -> Model {
    let mut model = Model::new(MarketParams::default(), NOW_MS);
    assert_eq!(model.list(asset(2, true)), Ok(ETH));
    assert_eq!(model.list(asset(3, false)), Ok(USD));
    lent(&mut model, loans);
    model.set_price(ETH, Price::exact(160 * WAD, NOW_MS));
    model
}

pub fn who(number: u8) -> [u8; 32] {
    let mut address = [9; 32];
    address[0] = number;
    address
}
