//! A market of two assets for the tests: ETH as collateral at 200 dollars, USD to borrow.
#![allow(dead_code)]

use breakwater_protocol::{
    actions, math::WAD, Account, AssetId, AuctionConfig, Error, MarketParams, Price, RateConfig,
    Reserve, ReserveConfig, Sheet,
};

pub const ETH: AssetId = 0;
pub const USD: AssetId = 1;
/// One whole ETH (18 decimals) and one whole USD (6 decimals) in units.
pub const ETHER: u128 = WAD;
pub const DOLLAR: u128 = 1_000_000;
pub const START_MS: u64 = 1_584_000_000_000;
pub const HOUR_MS: u64 = 3_600_000;

/// LTV 75 %, threshold 80 %; auction from +2 % premium to 10 % bonus in 20 minutes, floor 2 %,
/// fee 1 %: (1 + 0.10 + 0.01) x 0.80 = 0.888 < 1.
pub fn eth_config() -> ReserveConfig {
    ReserveConfig {
        token: [1; 32],
        decimals: 18,
        borrowable: false,
        collateral: true,
        ltv_bps: 7_500,
        liquidation_threshold_bps: 8_000,
        reserve_factor_bps: 0,
        supply_cap: 0,
        borrow_cap: 0,
        collateral_cap: 1_000_000 * ETHER,
        min_debt: 0,
        rate: flat_rate(0),
        auction: AuctionConfig {
            start_premium_bps: 200,
            max_bonus_bps: 1_000,
            floor_bonus_bps: 200,
            fee_bps: 100,
            duration_ms: 20 * 60 * 1_000,
        },
    }
}

pub fn usd_config() -> ReserveConfig {
    ReserveConfig {
        token: [2; 32],
        decimals: 6,
        borrowable: true,
        collateral: false,
        ltv_bps: 0,
        liquidation_threshold_bps: 0,
        reserve_factor_bps: 1_000,
        supply_cap: 1_000_000_000 * DOLLAR,
        borrow_cap: 1_000_000_000 * DOLLAR,
        collateral_cap: 0,
        min_debt: 100 * DOLLAR,
        rate: flat_rate(0),
        auction: eth_config().auction,
    }
}

/// The same yearly rate at every utilisation.
pub fn flat_rate(rate_wad: u128) -> RateConfig {
    RateConfig {
        base_wad: rate_wad,
        kink_rate_wad: rate_wad,
        full_rate_wad: rate_wad,
        kink_bps: 8_000,
    }
}

/// An account over fresh reserves, with a million dollars lent by others.
pub fn sheet() -> Sheet {
    let mut sheet = Sheet::new(START_MS, Account::default());
    sheet.add_reserve(ETH, Reserve::new(eth_config(), START_MS).unwrap()).unwrap();
    sheet.add_reserve(USD, Reserve::new(usd_config(), START_MS).unwrap()).unwrap();
    let lender = Account::default();
    let borrower = core::mem::replace(&mut sheet.account, lender);
    actions::supply(&mut sheet, USD, 1_000_000 * DOLLAR).unwrap();
    sheet.account = borrower;
    set_prices(&mut sheet, 200 * WAD);
    sheet
}

/// Sets ETH's price, without a band; USD is worth one dollar.
pub fn set_prices(sheet: &mut Sheet, eth_wad: u128) {
    let now_ms = sheet.now_ms;
    sheet.line_mut(ETH).unwrap().price = Some(Price::exact(eth_wad, now_ms));
    sheet.line_mut(USD).unwrap().price = Some(Price::exact(WAD, now_ms));
}

/// Lets time pass for the reserves too.
pub fn pass(sheet: &mut Sheet, ms: u64) {
    sheet.now_ms += ms;
    let now_ms = sheet.now_ms;
    for line in &mut sheet.lines {
        line.reserve.accrue(now_ms).unwrap();
    }
}

/// 10 ETH of collateral (2,000 dollars) and a debt in dollars.
pub fn borrower(debt: u128) -> Sheet {
    let mut sheet = sheet();
    actions::deposit_collateral(&mut sheet, ETH, 10 * ETHER).unwrap();
    actions::borrow(&mut sheet, USD, debt * DOLLAR).unwrap();
    sheet
}

/// The borrower after ETH fell and somebody started the auction.
pub fn auctioned(debt: u128, eth_wad: u128) -> Sheet {
    let mut sheet = borrower(debt);
    set_prices(&mut sheet, eth_wad);
    actions::start_liquidation(&mut sheet, [9; 32]).unwrap();
    sheet
}

pub fn take(sheet: &mut Sheet, max_repay: u128) -> Result<actions::Taken, Error> {
    actions::take(&MarketParams::default(), sheet, ETH, USD, max_repay, 0)
}
