//! A token that misbehaves: it answers with an error, a false or a trap, or tries to enter the
//! market again through each of its messages, at each of the market's calls.

use breakwater_chain::{AccountId, ContractCall, Signer};
use breakwater_client::{abi, deploy::must, Bundle, LocalPlan};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::{
    num::math::WAD, Action, AssetId, Error, KinkedRate, Level, MarketParams, Order, RateModel,
    ReserveConfig, ALL,
};
use breakwater_tests::{
    hostile::Mood,
    stage::{Stage, ETH, USD},
};
use scale::Encode;

/// An order for the hostile token against itself.
fn order(asset: AssetId, max_repay: u128) -> Order {
    Order { collateral: asset, debt: asset, max_repay, min_receive: 0 }
}

/// Units of the hostile token: 6 decimals, a dollar each.
const UNIT: u128 = USD;

struct Scene<'a> {
    stage: Stage<'a>,
    token: AccountId,
    asset: AssetId,
}

impl<'a> Scene<'a> {
    /// A market that lists the hostile token as collateral and to borrow; somebody has lent it,
    /// borrowed it, and is in auction with it on both sides.
    fn new(chain: &'a mut EmbeddedChain) -> Self {
        let stage = Stage::new(chain);
        let admin = stage.admin.clone();
        let wasm = Bundle::load("hostile").expect("contracts are built").wasm;
        let code = stage.chain.upload(&admin, &wasm).expect("uploads");
        let (token, receipt) = stage
            .chain
            .instantiate(&admin, code, 0, abi::input("new", ()), b"hostile".to_vec())
            .expect("instantiates");
        receipt.result.expect("instantiates");
        let plan = LocalPlan::default();
        let config = ReserveConfig {
            token,
            collateral: true,
            borrowable: true,
            tiers: plan.eth.tiers.clone(),
            collateral_cap: u128::MAX >> 8,
            liquidity: plan.eth.liquidity,
            rate: RateModel::Kinked(KinkedRate {
                base_wad: 0,
                kink_rate_wad: 0,
                full_rate_wad: 0,
                kink_bps: 9_000,
            }),
            ..plan.usd
        };
        let feed = LocalPlan::default().feed(admin.account());
        let calls =
            vec![stage.on.oracle.configure(token, &feed), stage.on.market.list_reserve(&config)];
        must(stage.chain, &admin, calls).expect("is listed");
        let mut scene = Self { stage, token, asset: 2 };
        scene.price(1);

        let (lender, borrower) = (scene.stage.lender.clone(), scene.stage.borrower.clone());
        let (m, asset) = (scene.stage.on.market, scene.asset);
        must(scene.stage.chain, &lender, vec![m.supply(asset, 10_000 * UNIT, None)])
            .expect("supplies");
        let calls = vec![
            m.deposit_collateral(scene.stage.on.eth_asset, 10 * ETH, None),
            m.deposit_collateral(asset, 1_000 * UNIT, None),
            m.borrow(asset, 2_000 * UNIT),
        ];
        must(scene.stage.chain, &borrower, calls).expect("borrows");
        scene
    }

    fn price(&mut self, dollars: u128) {
        self.stage.pass_ms(1_000);
        let now_ms = self.stage.chain.now_ms().expect("a time");
        let (admin, on) = (self.stage.admin.clone(), self.stage.on.clone());
        let report = [(self.token, dollars * WAD, now_ms)];
        let calls = vec![on.push_prices(200 * WAD, now_ms), on.oracle.push(&report)];
        must(self.stage.chain, &admin, calls).expect("prices are accepted");
        self.stage.pass_ms(1_000);
    }

    fn arm(&mut self, mood: Mood) {
        let admin = self.stage.admin.clone();
        let call = abi::call(self.token, "arm", (mood,));
        must(self.stage.chain, &admin, vec![call]).expect("is armed");
    }

    fn tally(&mut self) -> (bool, u32) {
        abi::query(self.stage.chain, self.token, self.token, "tally", ()).expect("a tally")
    }

    /// Every message that moves the token, with who sends it.
    fn movers(&self) -> Vec<(&'static str, Signer, ContractCall)> {
        let (m, asset) = (self.stage.on.market, self.asset);
        let (lender, borrower, keeper) =
            (&self.stage.lender, &self.stage.borrower, &self.stage.keeper);
        let who = borrower.account();
        let batch = [
            Action::Supply { asset, assets: 5 * UNIT },
            Action::Borrow { asset, assets: 50 * UNIT },
        ];
        vec![
            ("supply", lender.clone(), m.supply(asset, 5 * UNIT, None)),
            ("withdraw", lender.clone(), m.withdraw(asset, 5 * UNIT)),
            ("deposit_collateral", borrower.clone(), m.deposit_collateral(asset, UNIT, None)),
            ("withdraw_collateral", borrower.clone(), m.withdraw_collateral(asset, UNIT)),
            ("borrow", borrower.clone(), m.borrow(asset, UNIT)),
            ("repay", borrower.clone(), m.repay(asset, UNIT, None)),
            ("batch", borrower.clone(), m.batch(&batch)),
            ("take", keeper.clone(), m.take(who, asset, asset, 100 * UNIT, 0)),
            ("take_many", keeper.clone(), m.take_many(&[(who, order(asset, 100 * UNIT))])),
            ("backstop_deposit", lender.clone(), m.backstop_deposit(asset, UNIT)),
        ]
    }

    /// Every message of the market, as the token would call it.
    fn entries(&self) -> Vec<(&'static str, ContractCall)> {
        let (m, asset) = (self.stage.on.market, self.asset);
        let who = self.stage.borrower.account();
        let config = LocalPlan::default().eth;
        let view = |name, arguments: Vec<u8>| {
            let mut data = abi::selector(name).to_vec();
            data.extend(arguments);
            (name, ContractCall::new(m.address, data))
        };
        vec![
            ("list_reserve", m.list_reserve(&config)),
            ("configure_reserve", m.configure_reserve(asset, &config)),
            ("supply", m.supply(asset, UNIT, None)),
            ("withdraw", m.withdraw(asset, UNIT)),
            ("deposit_collateral", m.deposit_collateral(asset, UNIT, None)),
            ("withdraw_collateral", m.withdraw_collateral(asset, UNIT)),
            ("borrow", m.borrow(asset, UNIT)),
            ("repay", m.repay(asset, UNIT, Some(who))),
            ("batch", m.batch(&[Action::Repay { asset, assets: ALL }])),
            ("liquidate", m.liquidate(who)),
            ("liquidate_many", m.liquidate_many(&[who])),
            ("take", m.take(who, asset, asset, UNIT, 0)),
            ("take_many", m.take_many(&[(who, order(asset, UNIT))])),
            ("backstop_fill", m.backstop_fill(who, asset, asset)),
            ("recognise_bad_debt", m.recognise_bad_debt(who)),
            ("backstop_deposit", m.backstop_deposit(asset, UNIT)),
            ("backstop_give_notice", m.backstop_give_notice(asset)),
            ("backstop_withdraw", m.backstop_withdraw(asset, UNIT)),
            ("buy_stock", m.buy_stock(order(asset, UNIT))),
            ("poke", m.poke(&[asset])),
            ("set_params", m.set_params(&MarketParams::default())),
            ("set_guardian", m.set_guardian(who, 0)),
            ("raise_breaker", m.raise_breaker(None, Level::Halted, 1)),
            ("reset_breaker", m.reset_breaker(None)),
            view("guard", vec![]),
            view("backstop", vec![asset]),
            view("stake", (asset, who).encode()),
            view("auctions", 0u32.encode()),
            ("cure", m.cure(who)),
            ("claim_reward", m.claim_reward(asset)),
            view("reward", (who, asset).encode()),
            view("settings", vec![]),
            view("reserve_count", vec![]),
            view("priced_reserves", vec![asset].encode()),
            view("asset_of", self.token.encode()),
            view("account", who.encode()),
            view("snapshot", who.encode()),
            ("transfer_ownership", m.transfer_ownership(who)),
            ("accept_ownership", m.accept_ownership()),
            ("upgrade", m.upgrade(Some([0; 32]), None, None)),
            view("succession", vec![]),
            view("version", vec![]),
        ]
    }

    /// For a take the borrower must be in auction: ETH stays, the token's debt grows dear.
    fn prepare(&mut self, mover: &str) {
        let who = self.stage.borrower.account();
        if self.stage.account(who).auction.is_some() {
            return;
        }
        // Trying every message takes long enough for prices to grow old.
        self.price(1);
        if mover.starts_with("take") {
            let (keeper, m) = (self.stage.keeper.clone(), self.stage.on.market);
            self.stage.price(100);
            self.price_of_token_only();
            must(self.stage.chain, &keeper, vec![m.liquidate(who)]).expect("an auction");
            self.stage.pass_ms(600_000);
        }
    }

    /// The same price of the token as of now, with ETH at 100 dollars.
    fn price_of_token_only(&mut self) {
        let now_ms = self.stage.chain.now_ms().expect("a time");
        let admin = self.stage.admin.clone();
        let push = self.stage.on.oracle.push(&[(self.token, WAD, now_ms)]);
        must(self.stage.chain, &admin, vec![push]).expect("a price");
        self.stage.pass_ms(1_000);
    }

    /// The call fails for the token's sake and changes nothing.
    fn assert_refused(&mut self, name: &str, signer: &Signer, call: &ContractCall) {
        self.assert_refused_with(Error::TokenTransferFailed, name, signer, call);
    }

    fn assert_refused_with(
        &mut self,
        error: Error,
        name: &str,
        signer: &Signer,
        call: &ContractCall,
    ) {
        let before = self.picture();
        let dry_run = self.stage.chain.dry_run(signer.account(), call).expect("a dry run");
        let output = dry_run.result.expect("does not trap");
        let answer: Result<(), Error> = abi::decode("call", &output).expect("decodes");
        assert_eq!(answer, Err(error), "{name}");
        must(self.stage.chain, signer, vec![call.clone()]).expect_err("is refused");
        assert_eq!(self.picture(), before, "{name} has changed something");
    }

    /// The market's balances and the people's accounts, but for the time.
    fn picture(&mut self) -> impl PartialEq + std::fmt::Debug {
        let lens = self.stage.on.lens;
        let reserves = lens.reserves(self.stage.chain).expect("reserves");
        let balances: Vec<_> = reserves
            .iter()
            .map(|(_, r)| breakwater_protocol::Balances {
                accrued_ms: 0,
                interest_rest_ray: 0,
                ..r.balances
            })
            .collect();
        let people = [&self.stage.lender, &self.stage.borrower, &self.stage.keeper];
        let people = people.map(|person| person.account());
        (balances, people.map(|who| self.stage.account(who)))
    }
}

#[test]
fn nobody_enters_the_market_through_a_token() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let mut scene = Scene::new(&mut chain);
    // From outside each of the calls reaches its message.
    let (entries, borrower) = (scene.entries(), scene.stage.borrower.account());
    for (entry, call) in &entries {
        let dry_run = scene.stage.chain.dry_run(borrower, call).expect("a dry run");
        let output = dry_run.result.unwrap_or_else(|why| panic!("{entry} traps: {why}"));
        assert_eq!(output.data[0], 0, "{entry} is not understood");
    }

    let names: Vec<_> = scene.movers().iter().map(|(name, ..)| *name).collect();
    for (place, name) in names.iter().enumerate() {
        scene.prepare(name);
        let (_, signer, call) = scene.movers().remove(place);
        for (_, call_back) in &entries {
            let (selector, arguments) = call_back.data.split_at(4);
            scene.arm(Mood::Calls {
                target: scene.stage.on.market.address,
                selector: selector.try_into().expect("four bytes"),
                arguments: arguments.to_vec(),
            });
            // The chain refuses the second entry with a trap in the token.
            scene.assert_refused(name, &signer, &call);
        }
        // It is the entry that is refused: with another contract the same fixture gets through.
        scene.arm(Mood::Calls {
            target: scene.stage.on.oracle.address,
            selector: abi::selector("settings"),
            arguments: vec![],
        });
        must(scene.stage.chain, &signer, vec![call]).unwrap_or_else(|why| panic!("{name}: {why}"));
        let (got_in, tries) = scene.tally();
        assert!(got_in && tries > 0, "{name}");
    }
}

/// The market could never pay it out. Messages that end where their first argument is decoded refuse it too, in each
/// of the three codes.
#[test]
fn no_message_takes_the_chains_coin() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let scene = Scene::new(&mut chain);
    let borrower = scene.stage.borrower.account();
    for (entry, mut call) in scene.entries() {
        call.value = 1;
        let dry_run = scene.stage.chain.dry_run(borrower, &call).expect("a dry run");
        assert!(dry_run.result.is_err(), "{entry}");
    }
}

#[test]
fn a_token_that_fails_is_an_error_and_changes_nothing() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let mut scene = Scene::new(&mut chain);
    let names: Vec<_> = scene.movers().iter().map(|(name, ..)| *name).collect();
    for (place, name) in names.iter().enumerate() {
        scene.prepare(name);
        let (_, signer, call) = scene.movers().remove(place);
        for mood in [Mood::Refuses, Mood::SaysFalse, Mood::Traps] {
            scene.arm(mood);
            scene.assert_refused(name, &signer, &call);
        }
        scene.arm(Mood::Honest);
        must(scene.stage.chain, &signer, vec![call])
            .unwrap_or_else(|why| panic!("{name}, honest: {why}"));
    }
}

/// A taker's contract that fails, lies, or tries to enter the market while it is called back.
#[test]
fn a_taker_called_back_can_neither_enter_nor_keep_the_lot() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let mut scene = Scene::new(&mut chain);
    scene.prepare("take");
    let (keeper, who) = (scene.stage.keeper.clone(), scene.stage.borrower.account());
    let (m, eth) = (scene.stage.on.market, scene.stage.on.eth_asset);
    // The same contract is token and taker here: as a token it is honest only if it is armed so,
    // so the lot is ETH and the debt its own.
    let order = Order { collateral: eth, debt: scene.asset, max_repay: UNIT, min_receive: 0 };
    let receiver = Some(scene.token);
    let take = m.take_with(who, order, None, receiver, Some(vec![1, 2, 3]));
    for mood in [Mood::Refuses, Mood::SaysFalse, Mood::Traps] {
        scene.arm(mood);
        scene.assert_refused_with(Error::CallbackFailed, "take", &keeper, &take);
    }
    let held = |scene: &mut Scene| {
        let (eth, token) = (scene.stage.on.eth, scene.token);
        eth.balance_of(scene.stage.chain, token).expect("a balance")
    };
    for (name, call_back) in scene.entries() {
        let (selector, arguments) = call_back.data.split_at(4);
        scene.arm(Mood::Calls {
            target: m.address,
            selector: selector.try_into().expect("four bytes"),
            arguments: arguments.to_vec(),
        });
        scene.assert_refused_with(Error::CallbackFailed, name, &keeper, &take);
        assert_eq!(held(&mut scene), 0, "{name}");
    }
    // An honest one gets the lot before the debt is pulled from the caller.
    scene.arm(Mood::Honest);
    must(scene.stage.chain, &keeper, vec![take]).expect("takes");
    assert!(held(&mut scene) > 0);
}

/// Read-only re-entry: who prices by the lens while a take runs, when the collateral has gone out and
/// the debt has not come in, learns nothing: the lens can't ask the market.
#[test]
fn a_callback_reads_nothing_half_changed() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let mut scene = Scene::new(&mut chain);
    scene.prepare("take");
    let (keeper, who) = (scene.stage.keeper.clone(), scene.stage.borrower.account());
    let (m, eth, asset) = (scene.stage.on.market, scene.stage.on.eth_asset, scene.asset);
    let lens = scene.stage.on.lens.address;
    let order = Order { collateral: eth, debt: asset, max_repay: UNIT, min_receive: 0 };
    let take = m.take_with(who, order, None, Some(scene.token), Some(vec![]));
    let views = [
        ("account", who.encode()),
        ("reserve", asset.encode()),
        ("reserves", (0u8, 255u8).encode()),
        ("risk", asset.encode()),
        ("breaker", asset.encode()),
        ("rates", asset.encode()),
        ("shock", (vec![who], 100u16).encode()),
        ("quote", (who, eth, asset, UNIT).encode()),
        ("time_of_bonus", (eth, 0i128).encode()),
    ];
    for (name, arguments) in views {
        let selector = abi::selector(name);
        let mut data = selector.to_vec();
        data.extend(&arguments);
        // It answers when nothing runs.
        let call = ContractCall::new(lens, data);
        let answer = scene.stage.chain.dry_run(keeper.account(), &call).expect("a dry run");
        answer.result.unwrap_or_else(|why| panic!("{name}: {why:?}"));
        scene.arm(Mood::Calls { target: lens, selector, arguments });
        must(scene.stage.chain, &keeper, vec![take.clone()])
            .unwrap_or_else(|why| panic!("{name}: {why}"));
        // It tried in the callback and again when the debt was pulled, and was refused each time.
        assert_eq!(scene.tally(), (false, 2), "{name}");
    }
}

/// A token that refuses one account: they can't take, everybody else can.
#[test]
fn a_token_that_refuses_one_taker_stops_no_auction() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let mut scene = Scene::new(&mut chain);
    scene.prepare("take");
    let (keeper, lender) = (scene.stage.keeper.clone(), scene.stage.lender.clone());
    let take = scene.stage.on.market.take(
        scene.stage.borrower.account(),
        scene.stage.on.eth_asset,
        scene.asset,
        100 * UNIT,
        0,
    );
    scene.arm(Mood::RefusesOne { account: keeper.account() });
    scene.assert_refused("take", &keeper, &take);
    must(scene.stage.chain, &lender, vec![take]).expect("another takes");
}
