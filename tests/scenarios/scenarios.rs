//! The scenarios. Each takes any chain and panics where something is not as it should be.

use crate::stage::{Stage, Step, ETH, USD};
use breakwater_chain::Chain;
use breakwater_client::MarketEvent;
use breakwater_protocol::{
    num::{math::WAD, time::MINUTE_MS},
    Action, Error, ALL,
};

/// Supply, deposit, borrow, repay, withdraw; at the end everybody has what they had.
pub fn a_loan_from_beginning_to_end(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let m = stage.on.market;
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let (lender, borrower) = (stage.lender.clone(), stage.borrower.clone());
    let (lent, held) = (stage.usd(lender.account()), stage.eth(borrower.account()));

    stage.loan();
    // 10 x 200 x 0.8 / 1,500 = 1.066
    assert_eq!(stage.health(borrower.account()).ok(), Some(1_066));
    assert_eq!(stage.usd(borrower.account()), 1_001_500 * USD);
    stage.assert_backed();

    stage.act("repay, part", &borrower, m.repay(usd, 500 * USD, None));
    stage.act("withdraw_collateral, part", &borrower, m.withdraw_collateral(eth, ETH));
    stage.act("repay, all", &borrower, m.repay(usd, ALL, None));
    stage.act("withdraw_collateral, all", &borrower, m.withdraw_collateral(eth, ALL));
    stage.act("withdraw, all", &lender, m.withdraw(usd, ALL));

    assert_eq!(stage.usd(lender.account()), lent);
    assert_eq!(stage.eth(borrower.account()), held);
    assert!(stage.account(borrower.account()).is_empty());
    assert!(stage.account(lender.account()).is_empty());
    stage.steps
}

/// The price falls, a keeper starts the auction and takes; the borrower ends at the target health.
pub fn a_crash_and_a_liquidation(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let m = stage.on.market;
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let (borrower, keeper) = (stage.borrower.clone(), stage.keeper.clone());
    let who = stage.loan();

    assert_eq!(stage.refusal(&keeper, &m.liquidate(who)), Error::Healthy);
    stage.price(180);
    assert_eq!(stage.refusal(&keeper, &m.take(who, eth, usd, ALL, 0)), Error::NoAuction);
    let events = stage.act("liquidate", &keeper, m.liquidate(who));
    assert!(matches!(events[..], [MarketEvent::LiquidationStarted(_)]));
    assert_eq!(stage.refusal(&keeper, &m.liquidate(who)), Error::AuctionRunning);
    assert_eq!(stage.refusal(&borrower, &m.borrow(usd, USD)), Error::AuctionRunning);

    // At the highest: 6 % bonus, 0.5 % fee.
    stage.pass_ms(61 * MINUTE_MS);
    assert_eq!(
        stage.refusal(&keeper, &m.take(who, eth, usd, ALL, 0)),
        Error::PriceNotGoodForSettlement
    );
    // The hour in which the price grew old counts for nothing: half an hour from its return on.
    stage.price(180);
    stage.pass_ms(31 * MINUTE_MS);
    stage.price(180);
    assert_eq!(
        stage.refusal(&keeper, &m.take(who, eth, usd, ALL, 10 * ETH)),
        Error::ReceivedTooLittle
    );
    let (had_usd, had_eth) = (stage.usd(keeper.account()), stage.eth(keeper.account()));
    let offer = stage.on.lens.quote(stage.chain, who, eth, usd, ALL).expect("a quote");
    let events = stage.act("take", &keeper, m.take(who, eth, usd, ALL, offer.received));
    let [MarketEvent::Taken(taken)] = &events[..] else { panic!("a fill") };
    assert!(taken.closed && !taken.backstop);
    // (1.05 x 1,500 - 1,440) / (1.05 - 1.065 x 0.8) = 135 / 0.198 = 681.818182
    assert_eq!(taken.repaid, 681_818_182);
    assert_eq!((taken.repaid, taken.received), (offer.repaid, offer.received));
    // It is paid for a unit less: 681.818181 x 1.06 / 180 ETH.
    assert_eq!(taken.received / 1_000_000_000, 4_015_151_510);
    assert_eq!(stage.usd(keeper.account()), had_usd - taken.repaid);
    // The keeper has started it themselves: the reward comes along, a half of 0.5 %, but at least two
    // dollars: 2 / 180 ETH.
    assert_eq!(taken.reward / 1_000_000_000, 11_111_111);
    assert_eq!(stage.eth(keeper.account()), had_eth + taken.received + taken.reward);
    // A starter who is not the taker claims it.
    assert_eq!(stage.refusal(&keeper, &m.claim_reward(eth)), Error::NoReward);
    assert_eq!(stage.health(who).ok(), Some(1_050));
    stage.assert_backed();
    stage.steps
}

/// The borrower, or anybody for them, ends an auction by repaying or adding collateral; or the
/// price recovers.
pub fn three_ways_to_cure(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let m = stage.on.market;
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let (borrower, keeper) = (stage.borrower.clone(), stage.keeper.clone());
    let who = stage.loan();

    stage.price(180);
    stage.act("liquidate", &keeper, m.liquidate(who));
    assert_eq!(stage.refusal(&keeper, &m.cure(who)), Error::StillUnhealthy);
    let events = stage.act("repay by another", &keeper, m.repay(usd, 60 * USD, Some(who)));
    assert!(matches!(events[..], [MarketEvent::Repaid(_), MarketEvent::AuctionClosed(_)]));

    stage.price(175);
    stage.act("liquidate", &keeper, m.liquidate(who));
    let top_up = m.deposit_collateral(eth, ETH, None);
    let events = stage.act("top up", &borrower, top_up);
    assert!(matches!(
        events[..],
        [MarketEvent::CollateralDeposited(_), MarketEvent::AuctionClosed(_)]
    ));

    stage.price(160);
    stage.act("liquidate", &keeper, m.liquidate(who));
    stage.price(200);
    let events = stage.act("cure", &keeper, m.cure(who));
    assert!(matches!(events[..], [MarketEvent::AuctionClosed(_)]));
    assert_eq!(stage.account(who).auction, None);
    stage.steps
}

/// Many auctions are started at once; those who are healthy, have none, or are named twice are passed
/// over.
pub fn many_at_once(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let m = stage.on.market;
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let (lender, borrower, keeper) =
        (stage.lender.clone(), stage.borrower.clone(), stage.keeper.clone());
    stage.act("supply", &lender, m.supply(usd, 100_000 * USD, None));
    for (who, dollars) in [(&borrower, 1_500), (&lender, 1_480), (&keeper, 500)] {
        stage.act("deposit_collateral", who, m.deposit_collateral(eth, 10 * ETH, None));
        stage.act("borrow", who, m.borrow(usd, dollars * USD));
    }
    stage.price(180);
    let [a, b, c] = [&borrower, &lender, &keeper].map(breakwater_chain::Signer::account);
    let nobody = [7; 32];
    let events = stage.act("liquidate_many", &keeper, m.liquidate_many(&[a, c, b, nobody, a]));
    let [MarketEvent::LiquidationStarted(first), MarketEvent::LiquidationStarted(second)] =
        &events[..]
    else {
        panic!("two auctions");
    };
    assert_eq!((first.account, second.account), (a.into(), b.into()));
    assert!(stage.account(c).auction.is_none());
    assert_eq!(stage.refusal(&keeper, &m.liquidate(a)), Error::AuctionRunning);
    // The same record as a single start writes.
    let auction = stage.account(b).auction.expect("an auction");
    assert_eq!((auction.starter, auction.counted), (c, vec![eth]));
    stage.steps
}

/// One starts the auction, another takes: the reward waits for the starter, who claims it.
pub fn a_reward_for_the_starter(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let m = stage.on.market;
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let (lender, keeper) = (stage.lender.clone(), stage.keeper.clone());
    let who = stage.loan();
    stage.price(180);
    stage.act("liquidate", &keeper, m.liquidate(who));
    // To the highest bonus, so that figures don't depend on how fast a chain makes blocks.
    stage.pass_ms(30 * MINUTE_MS);
    stage.price(180);
    let events = stage.act("take by another", &lender, m.take(who, eth, usd, ALL, 0));
    let [MarketEvent::Taken(taken)] = &events[..] else { panic!("a fill") };
    let earned = m.reward(stage.chain, keeper.account(), eth).expect("a view");
    assert_eq!((earned, taken.reward > 0), (taken.reward, true));
    stage.assert_backed();
    let had = stage.eth(keeper.account());
    let events = stage.act("claim_reward", &keeper, m.claim_reward(eth));
    assert!(matches!(events[..], [MarketEvent::RewardClaimed(_)]));
    assert_eq!(stage.eth(keeper.account()), had + earned);
    assert_eq!(stage.refusal(&keeper, &m.claim_reward(eth)), Error::NoReward);
    stage.assert_backed();
    stage.steps
}

/// The price gaps down 40 % in a block: the account is sold whole at the oracle's price, and what is
/// missing is taken off the lenders' balances at once, to the unit.
pub fn a_gap_that_leaves_bad_debt(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let m = stage.on.market;
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let keeper = stage.keeper.clone();
    let who = stage.loan();

    stage.price(120);
    stage.act("liquidate", &keeper, m.liquidate(who));
    let events = stage.act("take, insolvent", &keeper, m.take(who, eth, usd, ALL, 0));
    let [MarketEvent::Taken(taken), MarketEvent::BadDebtRecognised(lost), MarketEvent::LossBorneByLenders(borne)] =
        &events[..]
    else {
        panic!("a fill, bad debt, and who bears it");
    };
    assert_eq!(borne.assets, lost.assets);
    assert!(taken.closed);
    // 1,200 and a unit, less 20 bps for each minute since the start.
    assert!((1_198 * USD..=1_200 * USD + 1).contains(&taken.repaid), "{}", taken.repaid);
    assert_eq!((taken.received, taken.fee), (10 * ETH, 0));
    assert_eq!(lost.assets, 1_500 * USD - taken.repaid);
    assert!(stage.account(who).is_empty());
    let lenders =
        m.reserve(stage.chain, usd).expect("a reserve").balances.supplied().expect("a pot");
    assert_eq!(lenders.assets, 100_000 * USD - lost.assets);
    stage.assert_backed();
    stage.steps
}

/// Bad input: each has its own error and changes nothing.
pub fn refusals_change_nothing(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let m = stage.on.market;
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let (lender, borrower, keeper) =
        (stage.lender.clone(), stage.borrower.clone(), stage.keeper.clone());
    let who = borrower.account();
    stage.act("supply", &lender, m.supply(usd, 1_000 * USD, None));
    stage.act("deposit_collateral", &borrower, m.deposit_collateral(eth, 10 * ETH, None));

    let config = breakwater_client::LocalPlan::default().eth;
    let listed = breakwater_protocol::ReserveConfig { token: stage.on.eth.address, ..config };
    let unknown = 9;
    for (signer, call, error) in [
        (&lender, m.supply(usd, 0, None), Error::ZeroAmount),
        (&lender, m.supply(unknown, 1, None), Error::UnknownAsset),
        (&lender, m.supply(eth, ETH, None), Error::NotBorrowable),
        (&lender, m.supply(usd, 2_000_000 * USD, None), Error::TokenTransferFailed),
        (&borrower, m.deposit_collateral(eth, ETH, Some(lender.account())), Error::NotYourAccount),
        (&lender, m.batch(&[]), Error::BatchOutOfRange),
        (&lender, m.withdraw(usd, 1_001 * USD), Error::InsufficientBalance),
        (&lender, m.deposit_collateral(usd, USD, None), Error::NotCollateral),
        (&borrower, m.borrow(usd, 1_001 * USD), Error::InsufficientCash),
        (&borrower, m.borrow(usd, 99 * USD), Error::DebtBelowMinimum),
        (&keeper, m.borrow(usd, 100 * USD), Error::InsufficientCollateral),
        (&borrower, m.repay(usd, USD, None), Error::NoDebt),
        (&borrower, m.withdraw_collateral(eth, 11 * ETH), Error::InsufficientBalance),
        (&keeper, m.liquidate(who), Error::NoDebt),
        (&keeper, m.take(who, eth, usd, 0, 0), Error::ZeroAmount),
        (&keeper, m.take(who, eth, usd, 1, 0), Error::NoAuction),
        (&keeper, m.list_reserve(&listed), Error::NotOwner),
    ] {
        assert_eq!(stage.refusal(signer, &call), error, "{call:?}");
    }
    let admin = stage.admin.clone();
    assert_eq!(stage.refusal(&admin, &m.list_reserve(&listed)), Error::AlreadyListed);

    // A price that has grown old is good for nothing but paying back.
    stage.act("borrow", &borrower, m.borrow(usd, 500 * USD));
    stage.pass_ms(2 * 60 * MINUTE_MS);
    assert_eq!(stage.refusal(&borrower, &m.borrow(usd, 100 * USD)), Error::PriceNotGoodForRisk);
    assert_eq!(stage.refusal(&keeper, &m.liquidate(who)), Error::PriceNotGoodForLiquidation);
    stage.act("repay at a stale price", &borrower, m.repay(usd, ALL, None));
    stage.act("withdraw_collateral", &borrower, m.withdraw_collateral(eth, ALL));
    stage.steps
}

/// A batch with one check at the end, seen through the lens; helpers; a change of parameters.
pub fn a_batch_through_the_lens(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let (m, lens) = (stage.on.market, stage.on.lens);
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let (lender, borrower, keeper) =
        (stage.lender.clone(), stage.borrower.clone(), stage.keeper.clone());
    let who = borrower.account();
    stage.act("supply", &lender, m.supply(usd, 100_000 * USD, None));
    let had = stage.usd(who);
    let borrow = Action::Borrow { asset: usd, assets: 1_000 * USD };
    let deposit =
        Action::DepositCollateral { asset: eth, amount: 10 * ETH, excess_to_supply: false };
    let lend = Action::Supply { asset: usd, assets: 400 * USD };
    let events = stage.act("batch", &borrower, m.batch(&[borrow, deposit, lend]));
    assert!(matches!(
        events[..],
        [MarketEvent::Borrowed(_), MarketEvent::CollateralDeposited(_), MarketEvent::Supplied(_)]
    ));
    assert_eq!(stage.usd(who), had + 600 * USD);

    // 10 ETH at 200: HF 1.6, liquidated at 125, 500 dollars to borrow.
    let view = lens.account(stage.chain, who).expect("a view");
    assert_eq!(view.health_factor_wad / (WAD / 1_000), 1_600);
    assert_eq!(view.available_wad, 500 * WAD);
    let held = view.positions.iter().find(|held| held.asset == eth).expect("a position");
    assert_eq!(held.liquidation_price_wad, Some(125 * WAD));
    // 10 x 0.8 against a depth of a million.
    let risk = lens.risk(stage.chain, eth).expect("a view");
    assert_eq!(risk.load_wad, 8 * WAD / 1_000_000);
    assert_eq!(lens.rates(stage.chain, usd).expect("a view").borrow_rate_wad, 0);
    let shock = lens.shock(stage.chain, &[who, lender.account()], 4_000).expect("a view");
    assert_eq!((shock.new_wad, shock.new_accounts), (1_000 * WAD, 1));

    // Anybody may repay and top up.
    stage.act("repay by another", &keeper, m.repay(usd, 100 * USD, Some(who)));
    stage.act("top up by another", &keeper, m.deposit_collateral(eth, ETH, Some(who)));
    assert_eq!(
        stage.refusal(&keeper, &m.deposit_collateral(eth, ETH, Some(lender.account()))),
        Error::NotYourAccount
    );

    // A lower threshold leaves the standing loan alone for now and binds the next one.
    let health = stage.health(who).ok();
    let mut config = lens.reserve(stage.chain, eth).expect("a view").config;
    config.tiers[0].ltv_bps = 3_000;
    config.tiers[0].liquidation_threshold_bps = 4_000;
    assert_eq!(stage.refusal(&keeper, &m.configure_reserve(eth, &config)), Error::NotOwner);
    let admin = stage.admin.clone();
    stage.act("configure_reserve", &admin, m.configure_reserve(eth, &config));
    assert_eq!(stage.health(who).ok(), health);
    assert_eq!(stage.refusal(&borrower, &m.borrow(usd, USD)), Error::InsufficientCollateral);
    stage.assert_backed();
    stage.steps
}

/// A scenario by its name.
pub type Scenario = (&'static str, fn(&mut dyn Chain) -> Vec<Step>);

/// Every scenario there is, by module: hands the list to the macro named. Both back ends run what
/// stands here, so none can be left out on one of them.
#[macro_export]
macro_rules! each_scenario {
    ($then:ident) => {
        $then! {
            scenarios: {
                a_loan_from_beginning_to_end,
                a_crash_and_a_liquidation,
                three_ways_to_cure,
                many_at_once,
                a_reward_for_the_starter,
                a_gap_that_leaves_bad_debt,
                refusals_change_nothing,
                a_batch_through_the_lens,
            }
            auctions: {
                a_calm_drift_costs_next_to_nothing,
                the_backstop_buys_the_tail_and_its_stock_is_sold,
                nothing_is_sold_below_the_floor,
                ten_takers_race,
                a_feed_that_dies_stops_the_clock,
                a_take_without_capital,
                many_takes_at_once,
                dust_is_written_off,
            }
            baskets: {
                two_collaterals_and_two_debts,
                a_reward_costs_its_starter_only,
            }
            breaker: {
                a_night_without_bids,
                one_venue_prints_a_wrong_price,
                a_feed_mis_scaled,
                a_price_floor_that_stops_updating,
                a_cap_a_little_too_low,
                a_pump_and_a_loan,
                a_feed_dead_for_six_hours,
                a_feed_that_posts_out_of_order,
                a_guardian_blocks_a_price,
                dia_and_signed_reports,
                a_pool_pushed_for_a_block,
            }
            governance: {
                a_change_through_the_queue,
                lowering_risk_is_quick,
                the_governor_governs_itself,
                the_queue_is_bounded,
                a_steward_within_bounds,
                nobody_enters_through_a_target,
                an_upgrade_in_the_middle_of_an_auction,
            }
        }
    };
}

macro_rules! by_name {
    ($($from:ident: { $($name:ident),* $(,)? })*) => {
        /// All scenarios.
        pub const ALL_SCENARIOS: &[Scenario] =
            &[$($((stringify!($name), $crate::$from::$name)),*),*];
    };
}
each_scenario!(by_name);

#[cfg(test)]
mod tests {
    use super::*;

    /// A scenario is a public function that takes a chain and returns its steps.
    #[test]
    fn no_scenario_is_missing_in_the_list() {
        let sources = [
            include_str!("scenarios.rs"),
            include_str!("auctions.rs"),
            include_str!("baskets.rs"),
            include_str!("breaker.rs"),
            include_str!("governance.rs"),
        ];
        let written: Vec<&str> = sources
            .iter()
            .flat_map(|source| source.lines())
            .filter_map(|line| line.strip_prefix("pub fn "))
            .filter_map(|line| line.strip_suffix("(chain: &mut dyn Chain) -> Vec<Step> {"))
            .collect();
        let listed: Vec<&str> = ALL_SCENARIOS.iter().map(|(name, _)| *name).collect();
        assert_eq!(written, listed);
    }
}
