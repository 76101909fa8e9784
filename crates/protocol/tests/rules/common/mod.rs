//! A market of two assets for the tests: ETH as collateral at 200 dollars, USD to borrow.
#![allow(dead_code)]

use breakwater_protocol::{
    actions::{self, Outcome},
    backstop::{self, Deposited},
    num::math::WAD,
    Account, AccountSnapshot, Action, AssetId, AuctionConfig, BackstopConfig, Error, FlowLimit,
    FuseConfig, KinkedRate, LiquidityConfig, MarketParams, Order, Pace, Price, RateModel, Reserve,
    ReserveConfig, Tier, VaultStake,
};

pub const ETH: AssetId = 0;
pub const USD: AssetId = 1;
/// One whole ETH (18 decimals) and one whole USD (6 decimals) in units.
pub const ETHER: u128 = WAD;
pub const DOLLAR: u128 = 1_000_000;
pub const START_MS: u64 = 1_584_000_000_000;
pub const MINUTE_MS: u64 = 60_000;
pub const HOUR_MS: u64 = 3_600_000;
pub const DAY_MS: u64 = 24 * HOUR_MS;

/// LTV 75 %, threshold 80 %; the price rises by 60 bps a minute, from -2 % to 10 %; fee 1 %:
/// (1 + 0.10 + 0.01) x 0.80 = 0.888 < 1. No urgency; a depth beyond what any test deposits, no haircut and
/// no fuse: tests of those set their own.
pub fn eth_config() -> ReserveConfig {
    ReserveConfig {
        token: [1; 32],
        decimals: 18,
        borrowable: false,
        collateral: true,
        frozen: false,
        siloed: false,
        isolation_ceiling_wad: None,
        reserve_factor_bps: 0,
        supply_cap: 0,
        borrow_cap: 0,
        collateral_cap: 1_000_000 * ETHER,
        min_debt: 0,
        tiers: vec![tier(0, 7_500, 8_000)],
        threshold_ramp_bps_per_day: 50,
        liquidity: LiquidityConfig {
            depth: DEPTH,
            max_load_wad: 10 * WAD,
            haircut_per_root_depth_wad: 0,
            haircut_per_volatility_wad: 0,
            max_haircut_bps: 5_000,
            fuse: FuseConfig::NEVER,
        },
        outflow: FlowLimit::NONE,
        rate: flat_rate(0),
        auction: AuctionConfig {
            alone: PACE,
            backed: PACE,
            floor_bps: 300,
            max_bonus_bps: 1_000,
            own_bps_per_min: 60,
            stock_share_bps: 7_000,
            whole_bps: 200,
            fee_bps: 100,
            ..AuctionConfig::default()
        },
        backstop: BackstopConfig::default(),
    }
}

/// 60 bps a minute, and as much as the meter can have.
pub const PACE: Pace = Pace { cap_ppm: 50_000, rise_mbps_per_min: 60_000, urgency_bps: 0 };
/// Units of ETH whose sale moves its price by 1 %: so many that a sale moves it by 10^-12.
pub const DEPTH: u128 = 1_000_000_000_000_000 * ETHER;
/// Where ETH's common price begins, in basis points: a per cent above its floor.
pub const START_BPS: i64 = -200;

pub fn usd_config() -> ReserveConfig {
    ReserveConfig {
        token: [2; 32],
        decimals: 6,
        borrowable: true,
        collateral: false,
        reserve_factor_bps: 1_000,
        supply_cap: 1_000_000_000 * DOLLAR,
        borrow_cap: 1_000_000_000 * DOLLAR,
        collateral_cap: 0,
        min_debt: 100 * DOLLAR,
        tiers: vec![],
        ..eth_config()
    }
}

pub fn tier(from_dollars: u128, ltv_bps: u16, liquidation_threshold_bps: u16) -> Tier {
    Tier { from_wad: from_dollars * WAD, ltv_bps, liquidation_threshold_bps }
}

/// The same yearly rate at every utilisation.
pub fn flat_rate(rate_wad: u128) -> RateModel {
    RateModel::Kinked(KinkedRate {
        base_wad: rate_wad,
        kink_rate_wad: rate_wad,
        full_rate_wad: rate_wad,
        kink_bps: 8_000,
    })
}

/// An account over fresh reserves, with a million dollars lent by others.
pub fn snapshot() -> AccountSnapshot {
    snapshot_with(eth_config(), usd_config())
}

/// The same with other parameters.
pub fn snapshot_with(eth: ReserveConfig, usd: ReserveConfig) -> AccountSnapshot {
    let mut snapshot = AccountSnapshot::new(START_MS, params(), Account::default());
    snapshot.add_reserve(ETH, Reserve::new(eth, START_MS).unwrap()).unwrap();
    snapshot.add_reserve(USD, Reserve::new(usd, START_MS).unwrap()).unwrap();
    supply(&mut snapshot, 1_000_000 * DOLLAR).unwrap();
    snapshot.account = Account::default();
    set_prices(&mut snapshot, 200 * WAD);
    common_price(&mut snapshot, START_BPS);
    snapshot
}

/// Puts ETH's common bonus somewhere, in basis points, as earlier sales and times might have.
pub fn common_price(snapshot: &mut AccountSnapshot, bps: i64) {
    let reserve = &mut snapshot.priced_mut(ETH).unwrap().reserve;
    reserve.balances.gradual.common.bonus_pico = bps * 100_000_000;
}

/// ETH's common bonus now, in basis points, rounded down.
pub fn common_bps(snapshot: &AccountSnapshot) -> i64 {
    snapshot.touched(ETH).unwrap().common.bonus_pico.div_euclid(100_000_000)
}

/// Sets ETH's price, without a band; USD is worth one dollar.
pub fn set_prices(snapshot: &mut AccountSnapshot, eth_wad: u128) {
    let now_ms = snapshot.now_ms;
    for priced in &mut snapshot.reserves {
        let price_wad = if priced.asset == ETH { eth_wad } else { WAD };
        priced.price = Some(Price::exact(price_wad, now_ms));
    }
}

/// Lets time pass for the reserves too.
pub fn pass(snapshot: &mut AccountSnapshot, ms: u64) {
    snapshot.now_ms += ms;
    let now_ms = snapshot.now_ms;
    for priced in &mut snapshot.reserves {
        priced.now_ms = now_ms;
        priced.reserve.accrue(now_ms).unwrap();
    }
}

/// Runs one action; on an error the snapshot stays as it was.
pub fn act(snapshot: &mut AccountSnapshot, action: Action) -> Result<Outcome, Error> {
    run(snapshot, &[action]).map(|outcomes| outcomes[0])
}

/// Runs several; on an error the snapshot stays as it was.
pub fn run(snapshot: &mut AccountSnapshot, actions: &[Action]) -> Result<Vec<Outcome>, Error> {
    let mut next = snapshot.clone();
    let (outcomes, _) = actions::run(&mut next, actions)?;
    *snapshot = next;
    Ok(outcomes)
}

pub fn supply(snapshot: &mut AccountSnapshot, assets: u128) -> Result<Outcome, Error> {
    act(snapshot, Action::Supply { asset: USD, assets })
}

pub fn withdraw(snapshot: &mut AccountSnapshot, assets: u128) -> Result<Outcome, Error> {
    act(snapshot, Action::Withdraw { asset: USD, assets })
}

pub fn deposit(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    amount: u128,
) -> Result<Outcome, Error> {
    act(snapshot, Action::DepositCollateral { asset, amount, excess_to_supply: false })
}

pub fn withdraw_collateral(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    amount: u128,
) -> Result<Outcome, Error> {
    act(snapshot, Action::WithdrawCollateral { asset, amount })
}

pub fn borrow(
    snapshot: &mut AccountSnapshot,
    asset: AssetId,
    assets: u128,
) -> Result<Outcome, Error> {
    act(snapshot, Action::Borrow { asset, assets })
}

pub fn repay(snapshot: &mut AccountSnapshot, assets: u128) -> Result<Outcome, Error> {
    act(snapshot, Action::Repay { asset: USD, assets })
}

/// 10 ETH of collateral (2,000 dollars) and a debt in dollars.
pub fn borrower(debt: u128) -> AccountSnapshot {
    let mut snapshot = snapshot();
    deposit(&mut snapshot, ETH, 10 * ETHER).unwrap();
    borrow(&mut snapshot, USD, debt * DOLLAR).unwrap();
    snapshot
}

/// Puts units of ETH as collateral and of USD as debt on the account and the balances, past all checks:
/// such a loan could not be taken out at once, only come about.
pub fn place_loan(snapshot: &mut AccountSnapshot, collateral: u128, debt: u128) {
    let balances = &mut snapshot.reserve_mut(USD).unwrap().balances;
    balances.borrowed = debt;
    balances.debt_shares = debt * 1_000_000;
    balances.cash -= debt;
    let mut held = snapshot.account.position(USD);
    held.debt_shares = debt * 1_000_000;
    snapshot.account.set_position(held).unwrap();
    snapshot.reserve_mut(ETH).unwrap().balances.collateral = collateral;
    let mut held = snapshot.account.position(ETH);
    held.collateral = collateral;
    snapshot.account.set_position(held).unwrap();
}

/// The borrower after ETH fell and somebody started the auction.
pub fn auctioned(debt: u128, eth_wad: u128) -> AccountSnapshot {
    let mut snapshot = borrower(debt);
    set_prices(&mut snapshot, eth_wad);
    actions::start_liquidation(&mut snapshot, [9; 32], 0).unwrap();
    snapshot
}

/// Starts an auction as the market does: the backstop buys at once where it may.
pub fn start_and_buy(
    snapshot: &mut AccountSnapshot,
    starter: [u8; 32],
) -> Result<Option<actions::Bought>, Error> {
    match actions::start_liquidation(snapshot, starter, 0)? {
        true => actions::buy_tail(snapshot),
        false => Ok(None),
    }
}

/// Defaults, without a floor of the starter's reward: tests of that set their own.
pub fn params() -> MarketParams {
    MarketParams { starter_floor_wad: 0, ..MarketParams::default() }
}

/// Somebody who has not started the auction.
pub const TAKER: [u8; 32] = [8; 32];

pub fn take(snapshot: &mut AccountSnapshot, max_repay: u128) -> Result<actions::Taken, Error> {
    take_by(snapshot, TAKER, &order(max_repay, 0))
}

/// A take where no backstop stands by; on an error the snapshot stays as it was.
pub fn take_by(
    snapshot: &mut AccountSnapshot,
    who: [u8; 32],
    order: &Order,
) -> Result<actions::Taken, Error> {
    let mut next = snapshot.clone();
    let taking = actions::take(&mut next, who, order)?;
    *snapshot = next;
    assert_eq!(taking.bought, None);
    Ok(taking.taken.expect("no backstop has bought"))
}

/// Lends dollars and puts them into the backstop.
pub fn stake(snapshot: &mut AccountSnapshot, stake: &mut VaultStake, dollars: u128) -> Deposited {
    backstop::deposit(snapshot, USD, stake, dollars * DOLLAR).unwrap()
}

/// An order for ETH against dollars.
pub fn order(max_repay: u128, min_receive: u128) -> Order {
    Order { collateral: ETH, debt: USD, max_repay, min_receive }
}

/// The reserve of an asset, to look at.
pub fn reserve(snapshot: &AccountSnapshot, asset: AssetId) -> &Reserve {
    &snapshot.priced(asset).unwrap().reserve
}

/// The configuration of an asset, to change.
pub fn config(snapshot: &mut AccountSnapshot, asset: AssetId) -> &mut ReserveConfig {
    &mut snapshot.reserve_mut(asset).unwrap().config
}

/// A published expectation, by its id. `None`, said aloud, where the vectors are not at hand.
pub fn vector(id: &str) -> Option<serde_json::Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/peer-vectors.json");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("LEFT OUT: vector {id}: {path} is not there");
        return None;
    };
    let all: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let found = all["vectors"].as_array().unwrap().iter().find(|vector| vector["id"] == id);
    Some(found.unwrap_or_else(|| panic!("no vector {id}")).clone())
}

/// Whether the second account is strictly healthier, on exact products: T2 x D1 > T1 x D2.
pub fn exactly_healthier(
    before: &breakwater_protocol::Health,
    after: &breakwater_protocol::Health,
) -> bool {
    use primitive_types::U256;
    let product = |a: u128, b: u128| U256::from(a) * U256::from(b);
    product(after.threshold_wad, before.debt_wad) > product(before.threshold_wad, after.debt_wad)
}

/// Holds table `name` of `docs/FILE` against the code ([`breakwater_pages::Page::hold`]).
pub fn in_docs(file: &str, name: &str, table: &str) {
    breakwater_pages::Page::of_docs(file).expect("the page").hold(name, table);
}
