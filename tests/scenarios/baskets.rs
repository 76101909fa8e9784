//! An account with two collaterals and two debts, from loan to auction.

use crate::stage::{Stage, Step, ETH, USD};
use breakwater_chain::{AccountId, Chain};
use breakwater_client::{
    deploy::{instantiate, must, upload},
    MarketEvent, Token,
};
use breakwater_protocol::{
    num::{math::WAD, time::MINUTE_MS},
    AssetId, Error, Order, ReserveConfig, Tier, ALL,
};

/// The two assets besides ether and dollars.
struct Basket {
    coin: Token,
    euro: Token,
    coin_asset: AssetId,
    euro_asset: AssetId,
}

impl Basket {
    /// Lists a coin as collateral (18 decimals, threshold 60 %) and a euro to borrow (6 decimals), and
    /// hands them out.
    fn new(stage: &mut Stage) -> Self {
        let admin = stage.admin.clone();
        let code = upload(stage.chain, &admin, "token").expect("uploads");
        let mut token = |name, symbol, decimals| {
            let salt = stage.on.market.address;
            let data = Token::constructor(0, name, symbol, decimals);
            let address = instantiate(stage.chain, &admin, code, data, &salt).expect("a token");
            Token { address }
        };
        let (coin, euro) = (token("Coin", "COIN", 18), token("Euro", "EUR", 6));
        let plan = crate::stage::plain();
        let feed = plan.feed(admin.account());
        let tiers = vec![Tier { from_wad: 0, ltv_bps: 5_000, liquidation_threshold_bps: 6_000 }];
        let calls = vec![
            stage.on.oracle.configure(coin.address, &feed),
            stage.on.oracle.configure(euro.address, &feed),
            stage.on.market.list_reserve(&ReserveConfig { token: coin.address, tiers, ..plan.eth }),
            stage.on.market.list_reserve(&ReserveConfig { token: euro.address, ..plan.usd }),
        ];
        must(stage.chain, &admin, calls).expect("are listed");
        for signer in [&stage.lender, &stage.borrower, &stage.keeper] {
            let gifts = vec![
                coin.mint(signer.account(), 1_000 * ETH),
                euro.mint(signer.account(), 1_000_000 * USD),
            ];
            must(stage.chain, &admin, gifts).expect("mints");
            let market = stage.on.market.address;
            let approvals = [coin, euro].map(|token| token.approve(market, u128::MAX));
            must(stage.chain, signer, approvals.to_vec()).expect("approves");
        }
        Self { coin, euro, coin_asset: 2, euro_asset: 3 }
    }

    /// Prices as of now: ether in dollars; a coin is ten dollars and a euro one.
    fn price(&self, stage: &mut Stage, eth_dollars: u128) {
        let now_ms = stage.chain.now_ms().expect("a time");
        let admin = stage.admin.clone();
        let reports = [
            (stage.on.eth.address, eth_dollars * WAD, now_ms),
            (stage.on.usd.address, WAD, now_ms),
            (self.coin.address, 10 * WAD, now_ms),
            (self.euro.address, WAD, now_ms),
        ];
        must(stage.chain, &admin, vec![stage.on.oracle.push(&reports)]).expect("prices");
        stage.pass_ms(1_000);
    }

    /// 10 ETH and 50 coins against 1,000 dollars and 700 euros. Who they are.
    fn loan(&self, stage: &mut Stage) -> AccountId {
        let (m, on) = (stage.on.market, stage.on.clone());
        let (lender, borrower) = (stage.lender.clone(), stage.borrower.clone());
        self.price(stage, 200);
        stage.act("supply", &lender, m.supply(on.usd_asset, 100_000 * USD, None));
        stage.act("supply", &lender, m.supply(self.euro_asset, 100_000 * USD, None));
        let deposit = |asset, amount| m.deposit_collateral(asset, amount, None);
        stage.act("deposit_collateral", &borrower, deposit(on.eth_asset, 10 * ETH));
        stage.act("deposit_collateral", &borrower, deposit(self.coin_asset, 50 * ETH));
        stage.act("borrow", &borrower, m.borrow(on.usd_asset, 1_000 * USD));
        stage.act("borrow", &borrower, m.borrow(self.euro_asset, 700 * USD));
        borrower.account()
    }
}

/// Two collaterals and two debts: the worse collateral is sold first, against either debt, back to the
/// target and no further; the starter's reward is claimed where it was earned.
pub fn two_collaterals_and_two_debts(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let basket = Basket::new(&mut stage);
    let who = basket.loan(&mut stage);
    let (m, on) = (stage.on.market, stage.on.clone());
    let (keeper, lender) = (stage.keeper.clone(), stage.lender.clone());
    assert_eq!(stage.refusal(&keeper, &m.liquidate(who)), Error::Healthy);
    // 10 x 170 x 0.8 + 500 x 0.6 = 1,660 against 1,700.
    basket.price(&mut stage, 170);
    stage.act("liquidate", &keeper, m.liquidate(who));
    stage.pass_ms(30 * MINUTE_MS);
    basket.price(&mut stage, 170);

    let better = m.take(who, on.eth_asset, on.usd_asset, ALL, 0);
    assert_eq!(stage.refusal(&lender, &better), Error::WorseCollateralFirst);
    // The end of the clock, 6 %. (1.05 x 1,700 - 1,660) / (1.05 - 1.065 x 0.6) = 304.136253 may be
    // repaid; a floor of two dollars for them is 0.6576 %.
    let events = stage.act(
        "take against euros",
        &lender,
        m.take(who, basket.coin_asset, basket.euro_asset, 100 * USD, 10 * ETH),
    );
    let [MarketEvent::Taken(first)] = &events[..] else { panic!("a fill") };
    assert_eq!(first.repaid, 100 * USD);
    // 99.999999 x 1.06 / 10 and 99.999999 x 0.006576 / 10.
    assert_eq!(first.received / 1_000_000_000, 10_599_999_894);
    assert!((6_575..=6_576).contains(&(first.reward / 10_000_000_000_000)), "{}", first.reward);
    assert!(!first.closed);
    let events = stage.act(
        "take against dollars",
        &lender,
        m.take(who, basket.coin_asset, on.usd_asset, ALL, 0),
    );
    let [MarketEvent::Taken(rest)] = &events[..] else { panic!("a fill") };
    assert!(rest.closed, "back at the target");
    let repaid = first.repaid + rest.repaid;
    assert!((304 * USD..306 * USD).contains(&repaid), "{repaid}");
    let health = stage.health(who).expect("a health");
    assert!((1_049..=1_051).contains(&health), "{health}");
    let held = stage.account(who);
    assert_eq!((held.debts().count(), held.collaterals().count()), (2, 2));

    let earned = m.reward(stage.chain, keeper.account(), basket.coin_asset).expect("a view");
    assert_eq!(earned, first.reward + rest.reward);
    assert_eq!(m.reward(stage.chain, keeper.account(), on.eth_asset).expect("a view"), 0);
    // About two dollars, however many takes there were.
    assert!((19 * ETH / 100..21 * ETH / 100).contains(&earned), "{earned}");
    stage.act("claim_reward", &keeper, m.claim_reward(basket.coin_asset));
    stage.assert_backed();
    stage.steps
}

/// A taker's and a claimer's storage deposits: the starter's first start has paid for the cell of the
/// rewards, a later one pays for none, and nobody is refunded it.
pub fn a_reward_costs_its_starter_only(chain: &mut dyn Chain) -> Vec<Step> {
    let mut stage = Stage::new(chain);
    let who = stage.loan();
    let (m, on) = (stage.on.market, stage.on.clone());
    let (keeper, lender, borrower) =
        (stage.keeper.clone(), stage.lender.clone(), stage.borrower.clone());
    let start_and_take = |stage: &mut Stage, dollars| {
        stage.price(dollars);
        stage.act("liquidate", &keeper, m.liquidate(who));
        stage.pass_ms(30 * MINUTE_MS);
        stage.price(dollars);
        let part = Order {
            collateral: on.eth_asset,
            debt: on.usd_asset,
            max_repay: 10 * USD,
            min_receive: 0,
        };
        stage.act("take", &lender, m.take_with(who, part, None, None, None));
        stage.act("repay", &borrower, m.repay(on.usd_asset, 300 * USD, Some(who)));
        stage.act("claim_reward", &keeper, m.claim_reward(on.eth_asset));
        let last = |name| {
            let step = stage.steps.iter().rev().find(|step| step.name == name);
            step.expect("was done").storage_deposit
        };
        (last("liquidate"), last("take"), last("claim_reward"))
    };
    let (first_start, first_take, first_claim) = start_and_take(&mut stage, 180);
    assert_eq!((first_take, first_claim), (0, 0));
    let (next_start, next_take, next_claim) = start_and_take(&mut stage, 145);
    assert!(first_start > next_start, "{first_start} {next_start}");
    assert_eq!((next_take, next_claim), (0, 0));
    stage.steps
}
