//! Fidelity: a simulator run, message by message, on the contract's Wasm. Every price, account,
//! reserve, backstop and balance must be equal to the unit at every moment of the run, and the
//! events alone must tell every position.

mod calls;

use breakwater_chain::{AccountId, Chain, ContractCall, Signer, Transaction, Weight};
use breakwater_client::{
    deploy::must, events::replay::Positions, mirror::mirror, Deployment, LocalPlan, MarketEvent,
};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_lab::{
    engine::{walk, Options},
    mechanisms::{
        breakwater::{borrower, keeper_id, Balances, Entry, Settings, LENDER},
        USD,
    },
    oracle::feed_config,
    prices::synthetic,
    scenario::{Scenario, Source},
    world::World,
};
use breakwater_model::{Call, Model};
use breakwater_protocol::{oracle::FeedConfig, Account, Price};
use calls::contract_call;
use std::collections::{BTreeMap, BTreeSet};

/// Small enough that a block holds all that happens at one time of the simulator's.
const GAS: Weight = Weight { ref_time: 50_000_000_000, proof_size: 1024 * 1024 };
const PLENTY: u128 = u128::MAX >> 16;

/// A fall with jumps, in which everything happens that can.
fn scenario() -> Scenario {
    let mut scenario = Scenario { step_s: 300, ..Scenario::default() };
    scenario.prices.source = Source::Synthetic;
    scenario.prices.synthetic.days = 0.5;
    scenario.prices.synthetic.drift_per_day = -0.9;
    scenario.prices.synthetic.jumps_per_day = 6.0;
    scenario.borrowers.count = 12;
    scenario.borrowers.most_health = 1.4;
    scenario.borrowers.watchful = 0.5;
    scenario.keepers.block_s = 60;
    scenario
}

/// The contract, and a key for every address in the simulator.
struct Stage {
    chain: EmbeddedChain,
    on: Deployment,
    admin: Signer,
    keys: BTreeMap<AccountId, Signer>,
    events: Vec<MarketEvent>,
}

impl Stage {
    /// Deploys the simulator's market a day before its first price, with the same feeds.
    fn new(scenario: &Scenario, settings: &Settings, world: &World) -> Self {
        let before_ms = synthetic::START_MS - 24 * 3_600_000;
        let mut chain =
            EmbeddedChain::with_genesis_time(Profile::Node, before_ms).expect("a chain");
        let admin = Signer::from_uri("//Alice").expect("a development key");
        let plan = LocalPlan {
            params: settings.params,
            eth: settings.collateral(&world.market.assets[0], [0; 32], 1),
            usd: settings.dollars(&world.market, [0; 32]),
            ..LocalPlan::default()
        };
        let on = Deployment::deploy(&mut chain, &admin, &plan).expect("deploys");
        let lab = feed_config(&scenario.oracle);
        let ours = FeedConfig::pushed(admin.account(), lab.sources[0].max_age_ms, lab.band_bps);
        let eth = FeedConfig { max_jump_bps: lab.max_jump_bps, ..ours.clone() };
        let usd = FeedConfig { band_bps: 0, ..ours };
        let feeds =
            [on.oracle.configure(on.eth.address, &eth), on.oracle.configure(on.usd.address, &usd)];
        must(&mut chain, &admin, feeds.to_vec()).expect("feeds");
        let mut stage = Self { chain, on, admin, keys: BTreeMap::new(), events: Vec::new() };
        let keepers = scenario.keepers.flash + scenario.keepers.holders;
        let ids = (0..scenario.borrowers.count).map(borrower);
        for id in ids.chain((0..keepers).map(keeper_id)).chain([LENDER]) {
            stage.add(id);
        }
        stage
    }

    /// A key for an address, with tokens and approvals.
    fn add(&mut self, id: AccountId) {
        let name: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        let key = Signer::from_uri(&format!("//Lab/{name}")).expect("a key");
        let who = key.account();
        self.chain.fund(&self.admin, &[who], 1_000_000_000_000_000).expect("funds");
        let gifts = vec![self.on.usd.mint(who, PLENTY), self.on.eth.mint(who, PLENTY)];
        must(&mut self.chain, &self.admin, gifts).expect("mints");
        let market = self.on.market.address;
        let approvals = [&self.on.usd, &self.on.eth].map(|token| token.approve(market, u128::MAX));
        must(&mut self.chain, &key, approvals.to_vec()).expect("approves");
        self.keys.insert(id, key);
    }

    fn chain_id(&self, id: &AccountId) -> AccountId {
        self.keys[id].account()
    }

    /// A call with the chain's addresses.
    fn translated(&self, call: &Call) -> ContractCall {
        let mut call = call.clone();
        match &mut call {
            Call::Liquidate(account)
            | Call::Cure(account)
            | Call::RecogniseBadDebt(account)
            | Call::Take { account, .. }
            | Call::BackstopFill { account, .. } => *account = self.chain_id(account),
            Call::Act { on_behalf_of: None, .. }
            | Call::Poke(_)
            | Call::BackstopDeposit { .. }
            | Call::BuyStock(_) => {}
            other => panic!("the simulator does not do {other:?}"),
        }
        contract_call(self.on.market, &call).with_gas(GAS)
    }

    /// One moment of the simulator's: what the oracle said, and all that was done.
    fn replay(&mut self, now_ms: u64, prices: &[Price], calls: &[(AccountId, Call)]) {
        let [eth, usd] = prices else { panic!("two reserves") };
        let mut reports = vec![(self.on.usd.address, usd.mid_wad, now_ms)];
        if eth.time_ms == now_ms {
            reports.push((self.on.eth.address, eth.mid_wad, now_ms));
        }
        let mut transactions =
            vec![Transaction::new(&self.admin, self.on.oracle.push(&reports).with_gas(GAS))];
        transactions.extend(
            calls
                .iter()
                .map(|(who, call)| Transaction::new(&self.keys[who], self.translated(call))),
        );
        let receipts = self.chain.submit_all_at(now_ms, &transactions).expect("included");
        for (place, receipt) in receipts.iter().enumerate() {
            assert_eq!(receipt.time_ms, now_ms, "all in one block");
            assert!(
                receipt.result.is_ok(),
                "{place}: {:?} {:?}",
                receipt.result,
                calls.get(place - 1)
            );
            self.events.extend(receipt.events.iter().filter_map(MarketEvent::decode));
        }
        let tokens = [self.on.eth.address, self.on.usd.address];
        let told = self.on.oracle.prices(&mut self.chain, &tokens).expect("prices");
        assert_eq!(told, [Some(*eth), Some(*usd)], "the oracle says the same");
    }

    /// The contract's state is the model's.
    fn compare(&mut self, model: &Model, touched: &BTreeSet<AccountId>) {
        let market = self.on.market;
        let now_ms = model.now_ms;
        for asset in [self.on.eth_asset, self.on.usd_asset] {
            let real = market.reserve(&mut self.chain, asset).expect("a reserve");
            let mut modelled = model.reserves[usize::from(asset)].clone();
            modelled.accrue(now_ms).expect("accrues");
            assert_eq!(real, modelled, "asset {asset}");
            let token = if asset == self.on.eth_asset { self.on.eth } else { self.on.usd };
            let held = token.balance_of(&mut self.chain, market.address).expect("a balance");
            assert_eq!(
                held,
                real.balances.backing().expect("adds up"),
                "asset {asset}: its balance"
            );
        }
        for id in touched {
            let who = self.chain_id(id);
            let real = market.account(&mut self.chain, who).expect("an account");
            let modelled = self.with_chain_ids(model.account(id));
            assert_eq!(real, modelled, "{id:?}");
            if !modelled.has_debt() {
                continue;
            }
            let health =
                model.snapshot(id).and_then(|snapshot| snapshot.health()).expect("computes");
            let told = self.on.lens.account(&mut self.chain, who).expect("a view");
            assert_eq!(told.health_factor_wad, health.health_factor_wad(), "{id:?}");
        }
    }

    fn with_chain_ids(&self, mut account: Account) -> Account {
        if let Some(auction) = &mut account.auction {
            auction.starter = self.chain_id(&auction.starter);
        }
        account
    }

    /// The events alone tell every position, and every fill and loss.
    fn assert_rebuilt(&self, model: &Model) {
        let mut rebuilt = Positions::default();
        for event in &self.events {
            rebuilt.apply(event).expect("no event is missing");
        }
        for id in self.keys.keys() {
            let mut held = model.account(id).positions;
            held.sort_by_key(|position| position.asset);
            assert_eq!(rebuilt.of(&self.chain_id(id)), held, "{id:?}");
        }
    }
}

#[test]
fn a_run_of_the_simulator_is_the_same_on_the_contract() {
    let scenario = scenario();
    let settings = Settings::default();
    let world = World::new(&scenario, 3).expect("a world");
    let mut stage = Stage::new(&scenario, &settings, &world);

    // The simulator starts from the market as it is deployed.
    let listed = mirror(&mut stage.chain, &stage.on.market, []).expect("reads the market");
    let positions = world.positions();
    let mut balances =
        Balances::stage(listed.clone(), &settings, &world.market, &positions, true).expect("opens");
    let tally = walk(&world, &mut balances, Options::default()).expect("runs");

    // Each moment's messages, on the contract and on the model as it was listed.
    let mut model = listed;
    let (mut moments, mut messages) = (0, 0);
    let mut record = balances.record().iter().peekable();
    while let Some(Entry::Observed { now_ms, prices }) = record.next() {
        model.now_ms = *now_ms;
        for (asset, price) in (0..).zip(prices) {
            model.set_price(asset, *price);
        }
        let mut calls = Vec::new();
        let mut touched = BTreeSet::new();
        while let Some(Entry::Called { caller, call }) = record.peek() {
            record.next();
            model.apply(*caller, call).expect("it was accepted");
            touched.insert(*caller);
            if let Call::Liquidate(who)
            | Call::Cure(who)
            | Call::RecogniseBadDebt(who)
            | Call::Take { account: who, .. }
            | Call::BackstopFill { account: who, .. } = call
            {
                touched.insert(*who);
            }
            calls.push((*caller, call.clone()));
        }
        moments += 1;
        messages += calls.len();
        stage.replay(*now_ms, prices, &calls);
        stage.compare(&model, &touched);
    }
    assert!(record.next().is_none(), "everything was replayed");
    let everybody: BTreeSet<AccountId> = stage.keys.keys().copied().collect();
    stage.compare(balances.model(), &everybody);
    stage.assert_rebuilt(balances.model());

    let is_sale =
        |event: &&MarketEvent| matches!(event, MarketEvent::Taken(_) | MarketEvent::StockSold(_));
    let fills = stage.events.iter().filter(is_sale);
    assert_eq!(fills.count() as u64, tally.fills, "the simulator counted the same fills");
    let lost = stage.events.iter().map(|event| match event {
        MarketEvent::BadDebtRecognised(lost) => lost.assets,
        _ => 0,
    });
    assert_eq!(lost.sum::<u128>(), tally.bad_debt, "and the same losses");
    println!(
        "{moments} moments, {messages} messages, {} fills, {} dollars repaid: all equal",
        tally.fills,
        tally.repaid / USD
    );
    // Otherwise the run would prove little.
    let did = |wanted: fn(&Call) -> bool| {
        balances
            .record()
            .iter()
            .any(|entry| matches!(entry, Entry::Called { call, .. } if wanted(call)))
    };
    assert!(did(|call| matches!(call, Call::BuyStock(_))), "somebody bought what the pool had");
    assert!(tally.fills > 20 && tally.self_repaid > 0 && tally.backstop_usd > 0.0, "{tally:?}");
}

/// What the simulator runs is what is deployed.
#[test]
fn the_settings_are_those_of_the_local_market() {
    let (mut lab, plan) = (Settings::default(), LocalPlan::default());
    lab.auction.backed_by = plan.eth.auction.backed_by;
    assert_eq!(lab.params, plan.params);
    assert_eq!((lab.auction, lab.backstop), (plan.eth.auction, plan.usd.backstop));
}
