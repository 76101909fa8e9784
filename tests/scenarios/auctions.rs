//! Scenarios of auctions: who buys, at what price, and what goes wrong on the way.

use crate::stage::{Stage, Step, ETH, USD};
use breakwater_chain::{AccountId, Chain, Signer, Transaction};
use breakwater_client::{deploy::must, Bundle, MarketEvent, Taker};
use breakwater_protocol::{
    num::{
        math::WAD,
        time::{DAY_MS, MINUTE_MS},
    },
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

/// In a calm drift the first taker pays the oracle's price: the borrower loses nothing but the fee.
pub fn a_calm_drift_costs_next_to_nothing(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    auction(&mut stage, who, 187, 0);
    let keeper = stage.keeper.clone();
    let events = stage.act("take at once", &keeper, m.take(who, eth, usd, ALL, 0));
    let [MarketEvent::Taken(taken)] = &events[..] else { panic!("a fill") };
    // 20 bps a minute since the start, which is seconds ago.
    assert!(taken.bonus_wad < WAD as i128 / 500, "{}", taken.bonus_wad);
    assert!(taken.fair_wad <= taken.paid_wad / 500 * 501);
    stage.assert_backed();
    stage.steps
}

/// The backstop buys from an account near insolvency, in a take and at a start, without being called;
/// the contract sells what it holds to whoever asks; a stake leaves with its part of both.
pub fn the_backstop_buys_the_tail_and_its_stock_is_sold(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    let (lender, keeper) = (stage.lender.clone(), stage.keeper.clone());
    stage.act("backstop_deposit", &lender, m.backstop_deposit(usd, 5_000 * USD));
    // LTV 1,500 / 1,800 = 0.833: not the backstop's yet.
    auction(&mut stage, who, 180, 0);
    let fill = m.backstop_fill(who, eth, usd);
    assert_eq!(stage.refusal(&keeper, &fill), Error::BackstopLevelNotReached);
    let nothing = m.buy_stock(order(&stage, ALL));
    assert_eq!(stage.refusal(&keeper, &nothing), Error::NoStock);
    // 1,500 / 1,750 = 0.857: it is before the taker, and heals the account.
    stage.price(175);
    let had = (stage.usd(keeper.account()), stage.eth(keeper.account()));
    let events = stage.act("take after the backstop", &keeper, m.take(who, eth, usd, ALL, 0));
    let [MarketEvent::Taken(taken)] = &events[..] else { panic!("a fill") };
    assert!(taken.backstop && taken.closed);
    // (1.05 x 1,500 - 1,400) / (1.05 - 1.005 x 0.8) = 175 / 0.246 = 711.382114, at the oracle's price.
    assert_eq!((taken.repaid, taken.bonus_wad), (711_382_114, 0));
    assert_eq!(stage.usd(keeper.account()), had.0);
    let balances = m.reserve(stage.chain, eth).expect("a reserve").balances;
    assert_eq!(balances.backstop_collateral, taken.received);
    stage.assert_backed();

    // It falls on: what is put into auction there is bought at once.
    stage.price(150);
    let events = stage.act("liquidate, bought at once", &keeper, m.liquidate(who));
    let [MarketEvent::LiquidationStarted(_), MarketEvent::Taken(more)] = &events[..] else {
        panic!("a start and a purchase")
    };
    assert!(more.backstop && more.closed && stage.account(who).auction.is_none());
    let held = taken.received + more.received;
    let vault = m.backstop(stage.chain, usd).expect("a vault");
    assert_eq!(vault.stock(eth), held);

    // Anybody buys of it, for what the quote says.
    let part = Order { min_receive: ETH / 100 * 66, ..order(&stage, 100 * USD) };
    let quote = stage.on.lens.quote_stock(stage.chain, eth, usd, 100 * USD).expect("a quote");
    assert!(quote.received >= ETH / 100 * 66, "{quote:?}");
    let had = stage.eth(keeper.account());
    let events = stage.act("buy_stock", &keeper, m.buy_stock(part));
    let [MarketEvent::StockSold(sold)] = &events[..] else { panic!("a sale") };
    assert_eq!((sold.paid, stage.eth(keeper.account()) - had), (100 * USD, sold.received));
    let vault = m.backstop(stage.chain, usd).expect("a vault");
    assert_eq!(vault.stock(eth), held - sold.received);
    stage.assert_backed();

    let leave = m.backstop_withdraw(usd, ALL);
    assert_eq!(stage.refusal(&lender, &leave), Error::NoticeNeeded);
    stage.act("backstop_give_notice", &lender, m.backstop_give_notice(usd));
    stage.pass_ms(3 * DAY_MS + MINUTE_MS);
    let (lent, had) =
        (stage.account(lender.account()).position(usd).supply_shares, stage.eth(lender.account()));
    stage.act("backstop_withdraw", &lender, leave);
    let more_shares = stage.account(lender.account()).position(usd).supply_shares - lent;
    // 5,000 less what was bought and more what was sold, to a few units of rounding.
    let money = 5_000 * USD + sold.paid - taken.repaid - more.repaid;
    assert!(money.abs_diff(more_shares / 1_000_000) <= 5, "{money} {more_shares}");
    let got = stage.eth(lender.account()) - had;
    let stock = held - sold.received;
    assert!(stock - got <= stock / 1_000_000, "{got} of {stock}");
    assert!(m.stake(stage.chain, usd, lender.account()).expect("a stake").is_empty());
    stage.assert_backed();
    stage.steps
}

/// No takers and no backstop: days later an insolvent account is still sold at no more than the highest
/// bonus.
pub fn nothing_is_sold_below_the_floor(chain: &mut dyn Chain) -> Vec<Step> {
    let (mut stage, who) = with_a_loan(chain);
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    auction(&mut stage, who, 140, 2 * 24 * 60);
    let keeper = stage.keeper.clone();
    let refused = stage.refusal(&keeper, &m.backstop_fill(who, eth, usd));
    assert_eq!(refused, Error::BackstopEmpty);
    // Days without a price do not count: the lot is no cheaper for them.
    let quote = stage.on.lens.quote(stage.chain, who, eth, usd, ALL).expect("a quote");
    assert!(quote.bonus_wad < WAD as i128 / 500, "{quote:?}");
    for _ in 0..2 {
        stage.pass_ms(31 * MINUTE_MS);
        stage.price(140);
    }
    let events = stage.act("take", &keeper, m.take(who, eth, usd, ALL, 0));
    let Some(MarketEvent::Taken(taken)) = events.first() else { panic!("a fill") };
    assert_eq!(taken.bonus_wad, WAD as i128 * 6 / 100);
    assert!(taken.fair_wad <= taken.paid_wad / 100 * 106 + WAD / 1_000_000);
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

/// The feed dies in mid-auction: nothing can be sold, the price stands still, paying back works;
/// when it is back the lot is no cheaper for the time between.
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
    // Of the ten hours nothing counts, nor does the halt that the touches without a price have set, which
    // lasts through the grace: its own minutes begin then.
    let minutes = |bonus_wad: i128| bonus_wad / (WAD as i128 * 20 / 10_000);
    assert!(minutes(before.bonus_wad) <= 3, "{before:?}");
    assert!(minutes(after.bonus_wad) <= 7, "{after:?}");
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
    // The keeper has started both: their rewards come along.
    let got: u128 = fills.iter().map(|fill| fill.received + fill.reward).sum();
    // The first sale has moved the price by next to nothing.
    assert!((200 * USD + 681_818_182).abs_diff(repaid) < 1_000, "{repaid}");
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
    let lenders =
        m.reserve(stage.chain, usd).expect("a reserve").balances.supplied().expect("a pot");
    assert_eq!(lenders.assets, 98_500 * USD);
    stage.assert_backed();
    stage.steps
}
