//! Scenarios of auctions: who buys, at what price, and what goes wrong on the way.

use crate::stage::{Stage, Step, ETH, USD};
use breakwater_chain::{AccountId, Chain, Signer, Transaction};
use breakwater_client::{deploy::must, Bundle, MarketEvent, Taker};
use breakwater_protocol::{
    math::WAD,
    time::{DAY_MS, MINUTE_MS},
    Error, Order, ALL,
};

/// A stage with a loan of 1,500 dollars on 10 ETH, healthy at 200.
fn with_a_loan(chain: &mut dyn Chain) -> (Stage<'_>, AccountId) {
    let mut stage = Stage::new(chain);
    let who = stage.loan();
    (stage, who)
}

/// The price falls to `dollars`, the keeper starts the auction, minutes pass.
fn auction(stage: &mut Stage, who: AccountId, dollars: u128, minutes: u64) {
    let (keeper, m) = (stage.keeper.clone(), stage.on.market);
    stage.price(dollars);
    stage.act("liquidate", &keeper, m.liquidate(who));
    if minutes != 0 {
        stage.pass_ms(minutes * MINUTE_MS);
        stage.price(dollars);
    }
}

fn order(stage: &Stage, max_repay: u128) -> Order {
    let (collateral, debt) = (stage.on.eth_asset, stage.on.usd_asset);
    Order { collateral, debt, max_repay, min_receive: 0 }
}

/// In a calm drift the first taker pays more than the oracle's price: the borrower loses nothing
/// but the fee.
pub fn a_calm_drift_costs_next_to_nothing(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    auction(&mut stage, who, 187, 0);
    let keeper = stage.keeper.clone();
    let events = stage.act("take at once", &keeper, m.take(who, eth, usd, ALL, 0));
    let [MarketEvent::Taken(taken)] = &events[..] else { panic!("a fill") };
    assert!(taken.bonus_wad < 0 && taken.fair_wad < taken.paid_wad, "{}", taken.bonus_wad);
    stage.assert_backed();
    stage.steps
}

/// Nobody takes: the backstop buys at its level and holds; its stake claims, gives notice, leaves.
pub fn the_backstop_buys_when_nobody_does(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    let (lender, keeper) = (stage.lender.clone(), stage.keeper.clone());
    stage.act("backstop_deposit", &lender, m.backstop_deposit(usd, 5_000 * USD));
    // -1 % + 7 % x 8 / 20 = 1.8 %: not yet.
    auction(&mut stage, who, 180, 8);
    let fill = m.backstop_fill(who, eth, usd);
    assert_eq!(stage.refusal(&keeper, &fill), Error::BackstopLevelNotReached);
    stage.pass_ms(30 * MINUTE_MS);
    stage.price(180);
    let (had, pool) = (stage.eth(keeper.account()), m.backstop(stage.chain, usd).expect("a pool"));
    let events = stage.act("backstop_fill", &keeper, fill);
    let [MarketEvent::Taken(taken)] = &events[..] else { panic!("a fill") };
    assert!(taken.backstop && taken.closed);
    // The end of the clock, 6 %: as in `a_crash_and_a_liquidation`.
    assert_eq!(taken.repaid, 681_818_182);
    assert_eq!((pool.epoch, stage.eth(keeper.account())), (0, had));
    let books = m.reserve(stage.chain, eth).expect("a reserve").books;
    assert_eq!(books.backstop_collateral, taken.received);
    stage.assert_backed();

    let had = stage.eth(lender.account());
    stage.act("backstop_claim", &lender, m.backstop_claim(usd, eth));
    let gained = stage.eth(lender.account()) - had;
    assert!(taken.received - gained <= 2, "{gained} of {}", taken.received);
    let leave = m.backstop_withdraw(usd, ALL);
    assert_eq!(stage.refusal(&lender, &leave), Error::NoticeNeeded);
    stage.act("backstop_give_notice", &lender, m.backstop_give_notice(usd));
    stage.pass_ms(3 * DAY_MS + MINUTE_MS);
    let lent = stage.account(lender.account()).position(usd).supply_shares;
    stage.act("backstop_withdraw", &lender, leave);
    let more = stage.account(lender.account()).position(usd).supply_shares - lent;
    // 5,000 less what was repaid.
    assert!((5_000 * USD - taken.repaid).abs_diff(more / 1_000_000) <= 2, "{more}");
    assert!(m.stake(stage.chain, usd, lender.account()).expect("a stake").is_empty());
    stage.assert_backed();
    stage.steps
}

/// No takers and no backstop: days later an insolvent account is still sold at the floor, no lower.
pub fn nothing_is_sold_below_the_floor(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    auction(&mut stage, who, 140, 2 * 24 * 60);
    let keeper = stage.keeper.clone();
    let refused = stage.refusal(&keeper, &m.backstop_fill(who, eth, usd));
    assert_eq!(refused, Error::BackstopEmpty);
    let events = stage.act("take", &keeper, m.take(who, eth, usd, ALL, 0));
    let Some(MarketEvent::Taken(taken)) = events.first() else { panic!("a fill") };
    assert_eq!(taken.bonus_wad, WAD as i128 / 50);
    assert!(taken.fair_wad <= taken.paid_wad / 100 * 102 + WAD / 1_000_000);
    stage.steps
}

/// Ten takers want the whole at once: one gets it, the others are refused and lose nothing.
pub fn ten_takers_race(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, on) = (stage.on.market, stage.on.clone());
    let takers: Vec<Signer> = (0..10)
        .map(|index| Signer::from_uri(&format!("//Taker/{index}")).expect("a key"))
        .collect();
    let (admin, accounts) =
        (stage.admin.clone(), takers.iter().map(Signer::account).collect::<Vec<_>>());
    stage.chain.fund(&admin, &accounts, 1_000_000_000_000_000).expect("funds");
    for taker in &takers {
        let gift = on.usd.mint(taker.account(), 1_000 * USD);
        must(stage.chain, &admin, vec![gift]).expect("mints");
        must(stage.chain, taker, vec![on.usd.approve(m.address, u128::MAX)]).expect("approves");
    }
    auction(&mut stage, who, 180, 30);
    let call = m.take(who, on.eth_asset, on.usd_asset, ALL, 0);
    let gas = stage.chain.dry_run(accounts[0], &call).expect("a dry run").gas_required;
    let race: Vec<Transaction> =
        takers.iter().map(|t| Transaction::new(t, call.clone().with_gas(gas))).collect();
    let receipts = stage.chain.submit_all(&race).expect("are included");
    let won = receipts.iter().filter(|receipt| receipt.result.is_ok()).count();
    assert_eq!(won, 1);
    let left: Vec<u128> = accounts.iter().map(|taker| stage.usd(*taker)).collect();
    assert_eq!(left.iter().filter(|usd| **usd == 1_000 * USD).count(), 9);
    assert_eq!(stage.health(who).ok(), Some(1_050));
    stage.assert_backed();
    stage.steps
}

/// The feed dies in mid-auction: nothing can be sold, the clock stands still, paying back works;
/// when it is back the lot is no cheaper than when it died.
pub fn a_feed_that_dies_stops_the_clock(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    let (keeper, borrower) = (stage.keeper.clone(), stage.borrower.clone());
    auction(&mut stage, who, 180, 2);
    let before = stage.on.lens.quote(stage.chain, who, eth, usd, ALL).expect("a quote");
    stage.pass_ms(10 * 60 * MINUTE_MS);
    let refused = stage.refusal(&keeper, &m.take(who, eth, usd, ALL, 0));
    assert_eq!(refused, Error::PriceNotGoodForSettlement);
    let refused = stage.refusal(&keeper, &m.backstop_fill(who, eth, usd));
    assert_eq!(refused, Error::PriceNotGoodForSettlement);
    stage.act("repay without a feed", &borrower, m.repay(usd, 5 * USD, None));
    stage.act("top up without a feed", &borrower, m.deposit_collateral(eth, ETH / 100, None));
    // The feed is back, and the time of grace after it over.
    stage.price(180);
    stage.pass_ms(6 * MINUTE_MS);
    stage.price(180);
    let after = stage.on.lens.quote(stage.chain, who, eth, usd, ALL).expect("a quote");
    // The start's price was good for an hour; of the other nine, nothing counts. And the halt that
    // the touches without a price have set lasts through the grace.
    let ran_ms = after.elapsed_ms - before.elapsed_ms;
    assert!(ran_ms <= 62 * MINUTE_MS, "the clock ran {ran_ms} ms");
    stage.steps
}

/// Takes of a keeper without a dollar: a contract sells the lot on a pool before the debt is pulled.
pub fn a_take_without_capital(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, on, admin) = (stage.on.market, stage.on.clone(), stage.admin.clone());
    let poor = Signer::from_uri("//Eve").expect("a key");
    let wasm = Bundle::load("taker").expect("contracts are built").wasm;
    let code = stage.chain.upload(&admin, &wasm).expect("uploads");
    let salt = m.address.to_vec();
    let (address, receipt) = stage
        .chain
        .instantiate(&poor, code, 0, Taker::constructor(m.address), salt)
        .expect("instantiates");
    receipt.result.expect("instantiates");
    let taker = Taker { address };
    let pool = vec![
        on.eth.approve(on.amm.address, u128::MAX),
        on.usd.approve(on.amm.address, u128::MAX),
        on.amm.add_liquidity(900 * ETH, 162_000 * USD),
    ];
    let (lender, keeper) = (stage.lender.clone(), stage.keeper.clone());
    must(stage.chain, &lender, pool).expect("a pool");
    must(stage.chain, &poor, vec![on.usd.approve(m.address, u128::MAX)]).expect("approves");
    auction(&mut stage, who, 180, 30);
    assert_eq!(stage.usd(poor.account()), 0);

    // Wanting too much profit fails, and so does somebody else's use of the contract.
    let take = |stage: &Stage, profit| {
        taker.take_and_sell(&m, who, order(stage, 400 * USD), on.amm, profit)
    };
    let greedy = take(&stage, 400 * USD);
    assert_eq!(stage.refusal(&poor, &greedy), Error::CallbackFailed);
    let call = take(&stage, 0);
    assert_eq!(stage.refusal(&keeper, &call), Error::CallbackFailed);
    let call = take(&stage, 15 * USD);
    let events = stage.act("take, selling in the callback", &poor, call);
    assert!(matches!(events[..], [MarketEvent::Taken(_)]));
    // 424 dollars' worth of ETH, sold at an impact of half a per cent, less 400.
    let profit = stage.usd(poor.account());
    assert!((15 * USD..24 * USD).contains(&profit), "{profit}");
    assert_eq!(stage.eth(taker.address), 0);
    stage.assert_backed();
    stage.steps
}

/// Several takes at once: those that can't be done are passed over, the sum moves once.
pub fn many_takes_at_once(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    let (lender, keeper) = (stage.lender.clone(), stage.keeper.clone());
    stage.act("deposit_collateral", &lender, m.deposit_collateral(eth, 10 * ETH, None));
    stage.act("borrow", &lender, m.borrow(usd, 1_500 * USD));
    stage.price(180);
    stage.act("liquidate", &keeper, m.liquidate(lender.account()));
    auction(&mut stage, who, 180, 30);
    let (pages, open) = m.auctions(stage.chain, 0).expect("auctions");
    assert_eq!((pages, open), (1, vec![lender.account(), who]));
    let had = (stage.usd(keeper.account()), stage.eth(keeper.account()));
    let part = order(&stage, 100 * USD);
    let orders = [
        (who, part),
        (keeper.account(), part),
        (lender.account(), order(&stage, ALL)),
        (who, part),
        (who, Order { min_receive: 1_000 * ETH, ..part }),
    ];
    let events = stage.act("take_many", &keeper, m.take_many(&orders));
    let fills: Vec<_> = events
        .iter()
        .map(|event| match event {
            MarketEvent::Taken(taken) => taken,
            _ => panic!("fills only"),
        })
        .collect();
    assert_eq!(fills.len(), 3);
    let repaid: u128 = fills.iter().map(|fill| fill.repaid).sum();
    // The keeper has started both: his rewards come along.
    let got: u128 = fills.iter().map(|fill| fill.received + fill.reward).sum();
    assert_eq!(repaid, 200 * USD + 681_818_182);
    assert_eq!(stage.usd(keeper.account()), had.0 - repaid);
    assert_eq!(stage.eth(keeper.account()), had.1 + got);
    // One has ended; the other is alone in the index.
    assert_eq!(m.auctions(stage.chain, 0).expect("auctions").1, [who]);
    stage.assert_backed();
    stage.steps
}

/// After a crash to next to nothing what is left of the collateral is dust, and nobody takes it:
/// the debt is written off all the same.
pub fn dust_is_written_off(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, usd) = (stage.on.market, stage.on.usd_asset);
    let keeper = stage.keeper.clone();
    auction(&mut stage, who, 100, 1);
    let recognise = m.recognise_bad_debt(who);
    assert_eq!(stage.refusal(&keeper, &recognise), Error::StillCovered);
    let admin = stage.admin.clone();
    let now_ms = stage.chain.now_ms().expect("a time");
    let push = stage.on.push_prices(WAD / 20, now_ms);
    must(stage.chain, &admin, vec![push]).expect("a price");
    stage.pass_ms(1_000);
    let events = stage.act("recognise_bad_debt", &keeper, recognise);
    assert!(matches!(
        events[..],
        [
            MarketEvent::DustKept(_),
            MarketEvent::BadDebtRecognised(_),
            MarketEvent::LossBorneByLenders(_),
            MarketEvent::AuctionClosed(_)
        ]
    ));
    assert!(stage.account(who).is_empty());
    let lenders = m.reserve(stage.chain, usd).expect("a reserve").books.supplied().expect("a pot");
    assert_eq!(lenders.assets, 98_500 * USD);
    stage.assert_backed();
    stage.steps
}
