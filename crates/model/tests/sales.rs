//! Sales by hand: what a take, a top-up and a backstop do to meter, price and stakes.

mod common;

use breakwater_model::{Call, Done, Model};
use breakwater_protocol::{
    actions::Action,
    num::{math::WAD, time::MINUTE_MS},
    AssetId, AuctionConfig, Error, Level, MarketParams, Order, Price, ReserveConfig, Tier, ALL,
};
use common::{act, asset, lent, paced, who, ETH, LENDER, NOW_MS, USD};

const BPS_PICO: i64 = 100_000_000;
const STAKER: [u8; 32] = [5; 32];

/// A market in which tokens are backed by the pool of dollars, with so many units of depth.
fn market(depth: u128, loans: u8) -> Model {
    let params = MarketParams { starter_floor_wad: 0, ..MarketParams::default() };
    let mut model = Model::new(params, NOW_MS);
    let mut eth = asset(2, true);
    eth.auction = AuctionConfig { backed_by: Some(USD), ..paced() };
    eth.liquidity.depth = depth;
    // The load is another matter.
    eth.liquidity.max_load_wad = 1_000 * WAD;
    assert_eq!(model.list(eth), Ok(ETH));
    assert_eq!(model.list(asset(3, false)), Ok(USD));
    lent(&mut model, loans);
    model
}

fn stake(model: &mut Model, asset: AssetId, assets: u128) {
    model.apply(STAKER, &Call::BackstopDeposit { asset, assets }).unwrap();
}

fn price(model: &mut Model, asset: AssetId, dollars: u128) {
    model.set_price(asset, Price::exact(dollars * WAD, model.now_ms));
}

fn bonus_bps(model: &Model, asset: AssetId) -> i64 {
    model.reserves[usize::from(asset)].balances.gradual.common.bonus_pico / BPS_PICO
}

const fn all_of(collateral: AssetId, debt: AssetId) -> Order {
    Order { collateral, debt, max_repay: ALL, min_receive: 0 }
}

/// Half a pool: a quarter of the way to the pace with one, a cap of 0.51 %. What a take repays makes the
/// pool larger against its target, and the cap lower: by the time of the sale it is 0.51 still.
#[test]
fn a_take_has_the_room_that_it_was_promised() {
    // 0.51 depths are 1.02 tokens, 175.44 dollars at 172.
    let mut model = market(2_000_000, 10);
    stake(&mut model, USD, 1_050_000_000);
    price(&mut model, ETH, 172);
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    // At 6.5 bps a minute the price is at its highest, 200 bps: it has room for 0.625 depths.
    model.now_ms += 40 * MINUTE_MS;
    let take = Call::Take { account: who(0), order: all_of(ETH, USD) };
    let Done::Taken { bought: None, filled: Some(sale) } = model.apply(LENDER, &take).unwrap()
    else {
        panic!("nothing is sold");
    };
    // 175.44 / (1 + 0.02 + 0.001), and a unit less is paid for: 171.831536 x 1.02 / 172.
    assert_eq!(sale.taken.fill.repaid, 171_831_537);
    assert_eq!(sale.taken.fill.received, 1_019_000);
    let gradual = model.reserves[usize::from(ETH)].balances.gradual;
    assert_eq!(gradual.meter.impact_wad, 5_095_000_000_000_000);
    // 400 x 0.5095.
    assert_eq!(gradual.common.bonus_pico, 200 * BPS_PICO - 20_380_000_000);
    model.check().unwrap();
}

/// Who tops up lets go of what they waited with: with a full pool of another dollar behind the tokens their
/// price has risen by 2 bps a minute until then, and not by the 8 of a market without one.
#[test]
fn a_top_up_ends_a_wait_at_the_pace_of_the_pool() {
    const OTHER: AssetId = 2;
    let mut model = market(1_000_000_000, 1);
    assert_eq!(model.list(asset(4, false)), Ok(OTHER));
    // Nobody owes any of it: whatever is staked is enough.
    stake(&mut model, OTHER, 300_000_000);
    let mut eth = model.reserves[usize::from(ETH)].config.clone();
    eth.auction.backed_by = Some(OTHER);
    model.apply(LENDER, &Call::Configure(ETH, Box::new(eth))).unwrap();
    price(&mut model, ETH, 172);
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    assert_eq!(model.reserves[usize::from(ETH)].balances.gradual.waiting, 1);
    model.now_ms += 10 * MINUTE_MS;
    let (asset, amount, excess_to_supply) = (ETH, 5_000_000, false);
    act(&mut model, who(0), Action::DepositCollateral { asset, amount, excess_to_supply });
    assert_eq!(model.account(&who(0)).auction, None);
    assert_eq!(model.reserves[usize::from(ETH)].balances.gradual.waiting, 0);
    assert_eq!(bonus_bps(&model, ETH), 20);
    model.check().unwrap();
}

/// A pool may hold its own asset, bought of somebody who owes and holds it. Whoever stakes then pays for
/// it at the oracle's price, which is asked for.
#[test]
fn one_can_stake_in_a_pool_that_holds_its_own_asset() {
    let mut model = Model::new(MarketParams::default(), NOW_MS);
    assert_eq!(model.list(ReserveConfig { borrowable: true, ..asset(2, true) }), Ok(ETH));
    assert_eq!(model.list(asset(4, true)), Ok(1));
    price(&mut model, ETH, 200);
    price(&mut model, 1, 200);
    act(&mut model, LENDER, Action::Supply { asset: ETH, assets: 1_000_000_000 });
    for asset in [ETH, 1] {
        let (amount, excess_to_supply) = (10_000_000, false);
        act(&mut model, who(0), Action::DepositCollateral { asset, amount, excess_to_supply });
    }
    act(&mut model, who(0), Action::Borrow { asset: ETH, assets: 14_000_000 });
    // 3,300 dollars carry 2,640 of the 2,800 that are owed: LTV .848.
    price(&mut model, 1, 130);
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    stake(&mut model, ETH, 1_000_000);
    let fill = Call::BackstopFill { account: who(0), collateral: ETH, debt: ETH };
    let Done::Bought(sale) = model.apply(LENDER, &fill).unwrap() else { panic!("not bought") };
    // All it has, and a unit less is paid for.
    assert_eq!((sale.taken.fill.repaid, sale.taken.fill.received), (1_000_000, 999_999));
    assert_eq!(model.reserves[usize::from(ETH)].vault.stock(ETH), 999_999);
    stake(&mut model, ETH, 1_000_000);
    model.check().unwrap();
}

/// Tokens of LT .80 and .75, 146 dollars each: one of the first, nine of the second, 1,410 dollars owed, LTV
/// .966. The first could be sold only above the oracle's price, or the account's health would fall by it:
/// 0.782 / 0.80 is 0.977. So the pool buys of the second, though the first stands first.
#[test]
fn a_pool_does_not_pay_more_than_the_oracles_price() {
    let params = MarketParams { starter_floor_wad: 0, ..MarketParams::default() };
    let mut model = Model::new(params, NOW_MS);
    let tier = Tier { from_wad: 0, ltv_bps: 7_000, liquidation_threshold_bps: 7_500 };
    assert_eq!(model.list(asset(2, true)), Ok(ETH));
    assert_eq!(model.list(asset(3, false)), Ok(USD));
    assert_eq!(model.list(ReserveConfig { tiers: vec![tier], ..asset(4, true) }), Ok(2));
    lent(&mut model, 0);
    price(&mut model, 2, 200);
    for (asset, amount) in [(ETH, 1_000_000), (2, 9_000_000)] {
        let excess_to_supply = false;
        act(&mut model, who(0), Action::DepositCollateral { asset, amount, excess_to_supply });
    }
    act(&mut model, who(0), Action::Borrow { asset: USD, assets: 1_410_000_000 });
    price(&mut model, ETH, 146);
    price(&mut model, 2, 146);
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    stake(&mut model, USD, 10_000_000_000);
    let fill = |collateral| Call::BackstopFill { account: who(0), collateral, debt: USD };
    assert_eq!(model.apply(LENDER, &fill(ETH)), Err(Error::WorseCollateralFirst));
    // So does what the pool buys by itself before a take, whatever that asks for.
    let take = Call::Take { account: who(0), order: all_of(ETH, USD) };
    let Done::Taken { bought: Some(sale), filled: None } = model.apply(LENDER, &take).unwrap()
    else {
        panic!("nothing is bought");
    };
    assert_eq!((sale.collateral, sale.taken.fill.bonus_wad), (2, 0));
    // (1.05 x 1,410 - 1,102.30) / (1.05 - 1.001 x 0.75).
    assert_eq!(sale.taken.fill.repaid, 1_263_826_233);
    assert_eq!(model.account(&who(0)).auction, None);
    model.check().unwrap();
}

/// A debt that is not above the minimum is sold whole, but where there is no room for all of it: then in
/// parts, or it would never be.
#[test]
fn a_small_debt_goes_in_parts_where_there_is_no_room_for_all() {
    let mut model = market(2_000_000, 1);
    let config = ReserveConfig { min_debt: 2_000_000_000, ..asset(3, false) };
    model.apply(LENDER, &Call::Configure(USD, Box::new(config))).unwrap();
    price(&mut model, ETH, 172);
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    // What waits for nobody has its own clock alone: 200 bps after 20 minutes, and the price of all still
    // 0. At that an eighth of the depth has room, a quarter of a token.
    model.now_ms += 40 * MINUTE_MS;
    let take =
        |max_repay| Call::Take { account: who(0), order: Order { max_repay, ..all_of(ETH, USD) } };
    // Not asked for whole it is refused.
    assert_eq!(model.apply(LENDER, &take(10_000_000)), Err(Error::TakeLeavesDust));
    let Done::Taken { filled: Some(sale), .. } = model.apply(LENDER, &take(ALL)).unwrap() else {
        panic!("nothing is sold");
    };
    // 43 / 1.021; a unit less is paid for.
    assert_eq!((sale.taken.fill.repaid, sale.taken.fill.received), (42_115_572, 249_755));
    assert!(sale.taken.ended.is_none());
    model.check().unwrap();
}

/// A halt for a bad price is over five minutes after it was seen last. Nobody has looked since: a cure finds
/// that the price has risen from then on, 15 minutes at 8 bps.
#[test]
fn a_cure_sees_that_a_halt_is_over() {
    let mut model = market(1_000_000_000, 1);
    price(&mut model, ETH, 172);
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    model.now_ms += MINUTE_MS;
    let bad = Price { good_for: 0, ..Price::exact(172 * WAD, model.now_ms) };
    model.set_price(ETH, bad);
    model.apply(LENDER, &Call::Poke(vec![ETH])).unwrap();
    model.now_ms += 20 * MINUTE_MS;
    let good = Price { good_since_ms: NOW_MS + 2 * MINUTE_MS, ..Price::exact(200 * WAD, NOW_MS) };
    model.set_price(ETH, good);
    model.apply(LENDER, &Call::Cure(who(0))).unwrap();
    assert_eq!(model.reserves[usize::from(ETH)].balances.gradual.waiting, 0);
    assert_eq!(bonus_bps(&model, ETH), 120);
    model.check().unwrap();
}

/// Whose pool backs a collateral that is looked at is not looked at itself: the pool that backs it is not on
/// the table then, and its price would rise at another pace. 10 minutes at 2 bps, whoever looked between.
#[test]
fn a_look_at_a_collateral_leaves_the_one_behind_it_alone() {
    const OTHER: AssetId = 2;
    const THIRD: AssetId = 3;
    let mut model = market(1_000_000_000, 1);
    assert_eq!(model.list(asset(4, false)), Ok(OTHER));
    let mut third = asset(5, true);
    third.auction.backed_by = Some(ETH);
    assert_eq!(model.list(third), Ok(THIRD));
    price(&mut model, OTHER, 1);
    price(&mut model, THIRD, 1);
    stake(&mut model, OTHER, 300_000_000);
    let mut eth = model.reserves[usize::from(ETH)].config.clone();
    eth.auction.backed_by = Some(OTHER);
    model.apply(LENDER, &Call::Configure(ETH, Box::new(eth))).unwrap();
    price(&mut model, ETH, 172);
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    model.now_ms += 10 * MINUTE_MS;
    model.apply(LENDER, &Call::Poke(vec![THIRD])).unwrap();
    model.apply(LENDER, &Call::Poke(vec![ETH])).unwrap();
    assert_eq!(bonus_bps(&model, ETH), 20);
}

/// However many assets a message looks at, the pool behind each is on the table: 10 minutes at 2 bps, and
/// not at the 8 of a market without one.
#[test]
fn a_look_at_many_collaterals_has_the_pool_behind_each() {
    let mut model = market(1_000_000_000, 1);
    stake(&mut model, USD, 300_000_000);
    let mut looked_at = vec![ETH];
    for token in 4..20 {
        let listed = model.list(asset(token, true)).unwrap();
        price(&mut model, listed, 1);
        looked_at.push(listed);
    }
    price(&mut model, ETH, 172);
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    model.now_ms += 10 * MINUTE_MS;
    assert!(!looked_at.contains(&USD));
    model.apply(LENDER, &Call::Poke(looked_at)).unwrap();
    assert_eq!(bonus_bps(&model, ETH), 20);
}

/// Who starts has a place for rewards in every collateral of the account, paid for once, though the pool buys
/// at once and a reward is noted in one of them.
#[test]
fn a_start_that_the_pool_buys_from_leaves_a_place_for_each_collateral() {
    let mut model = market(1_000_000_000, 0);
    assert_eq!(model.list(asset(4, true)), Ok(2));
    price(&mut model, 2, 200);
    stake(&mut model, USD, 10_000_000);
    for (asset, amount) in [(ETH, 5_000_000), (2, 5_000_000)] {
        let excess_to_supply = false;
        act(&mut model, who(0), Action::DepositCollateral { asset, amount, excess_to_supply });
    }
    act(&mut model, who(0), Action::Borrow { asset: USD, assets: 1_400_000_000 });
    // LTV .864: the pool buys for its 10 dollars.
    price(&mut model, ETH, 162);
    price(&mut model, 2, 162);
    let starter = [7; 32];
    let done = model.apply(starter, &Call::Liquidate(who(0))).unwrap();
    assert_eq!(done.bought().len(), 1);
    let places = [ETH, 2].map(|asset| model.rewards.contains_key(&(starter, asset)));
    assert_eq!(places, [true, true]);
    assert!(model.rewards[&(starter, ETH)] > 0);
    model.check().unwrap();
}

/// Ten tokens and 1,400 dollars, at 160 an LTV of .875: the pool's 100 dollars are not enough, and the meter is
/// full. Before: the take was refused, and what the pool had bought was undone with it.
#[test]
fn what_the_pool_buys_in_a_take_stands_where_the_taker_finds_no_room() {
    let mut model = market(2_000_000, 1);
    stake(&mut model, USD, 100_000_000);
    price(&mut model, ETH, 170);
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    model.now_ms += MINUTE_MS;
    price(&mut model, ETH, 160);
    // Nearly all of the 0.6 % that there are without a pool of any size.
    model.reserves[usize::from(ETH)].balances.gradual.meter.impact_wad = 6_300_000_000_000_000;
    let take = Call::Take { account: who(0), order: all_of(ETH, USD) };
    let Done::Taken { bought: Some(bought), filled: None } = model.apply(LENDER, &take).unwrap()
    else {
        panic!("the pool has not bought");
    };
    assert_eq!(bought.taken.fill.repaid, 100_000_000);
    assert!(model.account(&who(0)).auction.is_some());
    // Where it has nothing left to buy with, there is nothing to answer but the refusal.
    let before = model.clone();
    assert_eq!(model.apply(LENDER, &take), Err(Error::VelocityLimitReached));
    assert_eq!(model.reserves, before.reserves);
    model.check().unwrap();
}

/// Before: an asset that was looked at in a halt of the whole market stood still until the halt would have
/// ended by itself.
#[test]
fn a_halt_that_the_owner_lifts_is_over_for_every_asset() {
    let mut model = market(2_000_000, 1);
    price(&mut model, ETH, 172);
    let halt = Call::Raise { asset: None, level: Level::Halted, lasts_ms: 60 * MINUTE_MS };
    let owner = model.root.owner;
    model.apply(LENDER, &Call::Liquidate(who(0))).unwrap();
    model.apply(owner, &halt).unwrap();
    model.now_ms += 10 * MINUTE_MS;
    price(&mut model, ETH, 172);
    model.apply(LENDER, &Call::Poke(vec![ETH])).unwrap();
    model.now_ms += 10 * MINUTE_MS;
    model.apply(owner, &Call::ResetBreaker(None)).unwrap();
    let halted_until_ms = |model: &Model, asset: AssetId| {
        model.reserves[usize::from(asset)].balances.gradual.halted_until_ms
    };
    // The one that nobody has looked at too: it was halted as long.
    assert_eq!([ETH, USD].map(|asset| halted_until_ms(&model, asset)), [model.now_ms; 2]);
    model.now_ms += 5 * MINUTE_MS;
    price(&mut model, ETH, 172);
    model.apply(LENDER, &Call::Poke(vec![ETH])).unwrap();
    // 8 bps a minute without a pool, of the minutes since.
    assert_eq!(bonus_bps(&model, ETH), 40);
}

/// What lifts a halt of the whole market lifts no asset's own.
#[test]
fn a_reset_of_the_market_leaves_an_assets_own_halt() {
    let mut model = market(2_000_000, 1);
    let owner = model.root.owner;
    let halt = |asset, minutes| {
        let (level, lasts_ms) = (Level::Halted, minutes * MINUTE_MS);
        Call::Raise { asset, level, lasts_ms }
    };
    model.apply(owner, &halt(Some(ETH), 30)).unwrap();
    let until_ms = model.now_ms + 30 * MINUTE_MS;
    model.apply(owner, &halt(None, 20)).unwrap();
    model.now_ms += 10 * MINUTE_MS;
    price(&mut model, ETH, 172);
    model.apply(LENDER, &Call::Poke(vec![ETH])).unwrap();
    model.apply(owner, &Call::ResetBreaker(None)).unwrap();
    model.apply(LENDER, &Call::Poke(vec![ETH])).unwrap();
    assert_eq!(model.reserves[usize::from(ETH)].balances.gradual.halted_until_ms, until_ms);
}

/// Numbers are used again: what is listed next would set the pace of a collateral that never named it.
#[test]
fn what_backs_a_collateral_stays_listed() {
    let mut model = Model::new(MarketParams::default(), NOW_MS);
    let mut eth = asset(2, true);
    eth.auction.backed_by = Some(USD);
    assert_eq!(model.list(eth.clone()), Ok(ETH));
    assert_eq!(model.list(asset(3, false)), Ok(USD));
    let owner = model.root.owner;
    assert_eq!(model.apply(owner, &Call::Delist(USD)), Err(Error::ReserveNotEmpty));
    eth.auction.backed_by = None;
    model.apply(owner, &Call::Configure(ETH, Box::new(eth))).unwrap();
    model.apply(owner, &Call::Delist(USD)).unwrap();
}

/// One that backs itself may go: nobody else follows it.
#[test]
fn what_backs_itself_alone_may_be_delisted() {
    let mut model = Model::new(MarketParams::default(), NOW_MS);
    let mut own = ReserveConfig { borrowable: true, ..asset(2, true) };
    own.auction.backed_by = Some(ETH);
    assert_eq!(model.list(own), Ok(ETH));
    let owner = model.root.owner;
    model.apply(owner, &Call::Delist(ETH)).unwrap();
}
