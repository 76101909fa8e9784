//! Random sequences through the market's Wasm and through the core, side by side: after every step
//! every book and every account must be equal to the unit, refusals included. At the end every
//! position is rebuilt from the events alone.

mod calls;

use breakwater_chain::{Chain, Signer, Transaction};
use breakwater_client::{
    abi, deploy::must, events::replay::Positions, mirror::mirror, Deployment, LocalPlan,
    MarketEvent,
};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_model::{Call, Model};
use breakwater_protocol::{
    num::math::WAD, Action, AdaptiveRate, AssetId, BreakerConfig, Error, FlowLimit, FuseConfig,
    Level, MarketParams, Order, RateModel, Tier, ALL,
};
use breakwater_tests::stage::{ETH, USD};
use calls::contract_call;
use rand::{seq::SliceRandom, Rng};
use rand_chacha::{rand_core::SeedableRng, ChaCha8Rng};

/// A market with tiers, a haircut, an adaptive rate and a limit on outflow.
fn plan(breaker: BreakerConfig) -> LocalPlan {
    let mut plan = LocalPlan::default();
    plan.params.breaker = breaker;
    let tier = |dollars: u128, ltv_bps, liquidation_threshold_bps| Tier {
        from_wad: dollars * WAD,
        ltv_bps,
        liquidation_threshold_bps,
    };
    plan.eth.tiers =
        vec![tier(0, 7_500, 8_000), tier(2_000, 7_000, 7_500), tier(6_000, 5_000, 6_000)];
    plan.eth.liquidity.depth = 10 * ETH;
    plan.eth.liquidity.haircut_per_root_depth_wad = WAD / 50;
    plan.eth.borrowable = true;
    plan.eth.supply_cap = 1_000 * ETH;
    plan.eth.borrow_cap = 1_000 * ETH;
    plan.usd.rate = RateModel::Adaptive(AdaptiveRate {
        target_bps: 9_000,
        steepness_wad: 4 * WAD,
        speed_wad: 50 * WAD,
        initial_wad: WAD / 25,
        min_wad: WAD / 1_000,
        max_wad: 2 * WAD,
    });
    plan.eth.liquidity.fuse =
        FuseConfig { full_bps: 50_000, none_bps: 200_000, ..FuseConfig::default() };
    // So many steps are of different times: the pool is bought from, filled and left.
    plan.usd.backstop.cooldown_ms = 3_600_000;
    plan.usd.backstop.window_ms = 7 * 86_400_000;
    plan.usd.outflow = FlowLimit { capacity: 20_000 * USD, window_ms: 3_600_000 };
    plan
}

/// Three people, a market, and its picture in memory.
struct Stage {
    chain: EmbeddedChain,
    on: Deployment,
    admin: Signer,
    people: Vec<Signer>,
    model: Model,
    events: Vec<MarketEvent>,
}

impl Stage {
    fn new(breaker: BreakerConfig) -> Self {
        let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
        let key = |uri| Signer::from_uri(uri).expect("a development key");
        let admin = key("//Alice");
        let people = vec![key("//Bob"), key("//Charlie"), key("//Dave")];
        let on = Deployment::deploy(&mut chain, &admin, &plan(breaker)).expect("deploys");
        for person in &people {
            let who = person.account();
            let gifts = vec![on.usd.mint(who, 1_000_000 * USD), on.eth.mint(who, 10_000 * ETH)];
            must(&mut chain, &admin, gifts).expect("mints");
            let approvals = [&on.usd, &on.eth].map(|t| t.approve(on.market.address, u128::MAX));
            must(&mut chain, person, approvals.to_vec()).expect("approves");
        }
        let model = Model::new(MarketParams::default(), 0);
        let mut stage = Self { chain, on, admin, people, model, events: Vec::new() };
        stage.price(200);
        stage.model = mirror(&mut stage.chain, &stage.on.market, []).expect("reads the market");
        stage
    }

    /// Reports a price.
    fn price(&mut self, dollars: u128) {
        let now_ms = self.chain.now_ms().expect("a time");
        let push = self.on.push_prices(dollars * WAD, now_ms);
        must(&mut self.chain, &self.admin, vec![push]).expect("a price is accepted");
        self.pass_ms(1_000);
    }

    fn pass_ms(&mut self, ms: u64) {
        let now_ms = self.chain.now_ms().expect("a time");
        self.chain.travel_to_ms(now_ms + ms).expect("time passes");
    }
}

fn action(random: &mut ChaCha8Rng, eth: AssetId, usd: AssetId) -> Action {
    let dollars = |random: &mut ChaCha8Rng| match random.gen_range(0..10) {
        0 => ALL,
        1 => random.gen_range(0..10),
        _ => random.gen_range(1..3_000 * USD),
    };
    let ethers = |random: &mut ChaCha8Rng| match random.gen_range(0..10) {
        0 => ALL,
        _ => random.gen_range(0..20 * ETH),
    };
    match random.gen_range(0..9) {
        0 => Action::Supply { asset: usd, assets: random.gen_range(0..5_000 * USD) },
        1 => Action::Supply { asset: eth, assets: random.gen_range(0..20 * ETH) },
        2 => Action::Withdraw { asset: usd, assets: dollars(random) },
        3 | 4 => Action::DepositCollateral {
            asset: eth,
            amount: random.gen_range(0..20 * ETH),
            excess_to_supply: false,
        },
        5 => Action::WithdrawCollateral { asset: eth, amount: ethers(random) },
        6 | 7 => Action::Borrow { asset: usd, assets: random.gen_range(0..3_000 * USD) },
        _ => Action::Repay { asset: usd, assets: dollars(random) },
    }
}

fn call(random: &mut ChaCha8Rng, stage: &Stage) -> Call {
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let other = stage.people.choose(random).expect("somebody").account();
    match random.gen_range(0..24) {
        0..=5 => Call::Act { on_behalf_of: None, actions: vec![action(random, eth, usd)] },
        6 | 7 => {
            let count = random.gen_range(2..5);
            let actions = (0..count).map(|_| action(random, eth, usd)).collect();
            Call::Act { on_behalf_of: None, actions }
        }
        8 => {
            let repay = Action::Repay { asset: usd, assets: random.gen_range(0..2_000 * USD) };
            Call::Act { on_behalf_of: Some(other), actions: vec![repay] }
        }
        9 | 10 => Call::Liquidate(other),
        11 | 12 => Call::Take {
            account: other,
            order: Order {
                collateral: eth,
                debt: usd,
                max_repay: random.gen_range(1..3_000 * USD),
                min_receive: 0,
            },
        },
        13 => Call::Cure(other),
        14 | 15 => Call::BackstopFill { account: other, collateral: eth, debt: usd },
        16 => Call::BackstopDeposit { asset: usd, assets: random.gen_range(0..1_000 * USD) },
        17 => Call::BackstopGiveNotice(usd),
        18 => Call::BackstopWithdraw { asset: usd, shares: random.gen_range(0..2_000 * USD) },
        19 => Call::BuyStock(Order {
            collateral: eth,
            debt: usd,
            max_repay: random.gen_range(1..2_000 * USD),
            min_receive: 0,
        }),
        20 => Call::RecogniseBadDebt(other),
        21 => Call::Poke(vec![eth, usd]),
        22 => Call::Raise {
            asset: [None, Some(eth), Some(usd)].choose(random).copied().flatten(),
            level: *[Level::Guarded, Level::Stressed, Level::Halted].choose(random).expect("one"),
            lasts_ms: random.gen_range(1..70) * 60_000,
        },
        23 => Call::ResetBreaker([None, Some(eth)].choose(random).copied().flatten()),
        _ => Call::ClaimReward(eth),
    }
}

fn side_by_side(seed: u64, steps: usize) -> (usize, usize) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    // With every other seed only people move the breaker, or little would happen.
    let by_hand = seed.is_multiple_of(2);
    let mut stage =
        Stage::new(if by_hand { BreakerConfig::by_hand() } else { BreakerConfig::default() });
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let mut dollars = 200u128;
    let (mut done, mut refused) = (0, 0);

    for number in 0..steps {
        // Now and then time passes; always there is a fresh price, so that it is known here too.
        let wait_ms =
            *[1_000, 60_000, 3_600_000, 30 * 86_400_000].choose(&mut random).expect("one");
        if random.gen_bool(0.3) {
            dollars = (dollars * random.gen_range(60..150) / 100).clamp(20, 2_000);
        }
        stage.pass_ms(wait_ms);
        stage.price(dollars);
        let now_ms = stage.chain.now_ms().expect("a time");
        let who = stage.people.choose(&mut random).expect("somebody").clone();
        let call = call(&mut random, &stage);
        let by_owner = matches!(call, Call::Raise { .. } | Call::ResetBreaker(_));
        let who = if by_owner { stage.admin.clone() } else { who };

        let tokens = [stage.on.eth.address, stage.on.usd.address];
        let prices = stage.on.oracle.prices(&mut stage.chain, &tokens).expect("prices");
        for (asset, price) in [eth, usd].into_iter().zip(prices) {
            stage.model.set_price(asset, price.expect("a price"));
        }

        let contract_call = contract_call(stage.on.market, &call);
        let dry_run = stage.chain.dry_run(who.account(), &contract_call).expect("a dry run");
        stage.model.now_ms = now_ms;
        let expected = stage.model.clone().apply(who.account(), &call).map(drop);
        let output = dry_run.result.unwrap_or_else(|why| panic!("step {number} {call:?}: {why}"));
        // A take answers with amounts; of any answer only the error matters here.
        let answer: Result<(), Error> = abi::decode("step", &output).expect("decodes");
        if answer == Err(Error::TokenTransferFailed) {
            // Somebody has run out of tokens, of which the model knows nothing.
            continue;
        }
        assert_eq!(answer, expected, "seed {seed}, step {number}: {who:?} {call:?}");

        let transaction = Transaction::new(&who, contract_call);
        let receipt = stage.chain.submit(transaction).expect("is included");
        stage.model.now_ms = receipt.time_ms;
        let outcome = stage.model.apply(who.account(), &call);
        assert_eq!(receipt.result.is_ok(), outcome.is_ok(), "seed {seed}, step {number}: {call:?}");
        if outcome.is_ok() {
            done += 1;
            stage.events.extend(receipt.events.iter().filter_map(MarketEvent::decode));
        } else {
            refused += 1;
        }
        compare(&mut stage, &format!("seed {seed}, step {number}: {call:?}"), receipt.time_ms);
    }
    assert_rebuilt(&stage);
    (done, refused)
}

fn compare(stage: &mut Stage, step: &str, time_ms: u64) {
    let market = stage.on.market;
    for asset in [stage.on.eth_asset, stage.on.usd_asset] {
        let mut modelled = stage.model.reserves[usize::from(asset)].clone();
        modelled.accrue(time_ms).expect("accrues");
        let real = market.reserve(&mut stage.chain, asset).expect("a reserve");
        assert_eq!(real, modelled, "{step}, asset {asset}");
        let token = if asset == stage.on.eth_asset { stage.on.eth } else { stage.on.usd };
        let held = token.balance_of(&mut stage.chain, market.address).expect("a balance");
        assert!(
            held >= real.balances.backing().expect("adds up"),
            "{step}: asset {asset} not backed"
        );
    }
    let (pages, auctions) = market.auctions(&mut stage.chain, 0).expect("auctions");
    assert_eq!(pages as usize, stage.model.open.len(), "{step}");
    assert_eq!(auctions, stage.model.open.first().cloned().unwrap_or_default(), "{step}");
    for person in &stage.people {
        let who = person.account();
        let usd = stage.on.usd_asset;
        let stake = market.stake(&mut stage.chain, usd, who).expect("a stake");
        let modelled = stage.model.stake_of(usd, &who).expect("a stake");
        assert_eq!(stake, modelled, "{step}, stake of {person:?}");
        let real = market.reward(&mut stage.chain, who, stage.on.eth_asset).expect("a reward");
        let modelled = stage.model.rewards.get(&(who, stage.on.eth_asset)).copied().unwrap_or(0);
        assert_eq!(real, modelled, "{step}, reward of {person:?}");
        let real = market.account(&mut stage.chain, person.account()).expect("an account");
        assert_eq!(real, stage.model.account(&person.account()), "{step}, {person:?}");
    }
    stage.model.check().unwrap_or_else(|why| panic!("{step}: {why}"));
}

/// The events alone tell every position.
fn assert_rebuilt(stage: &Stage) {
    let mut rebuilt = Positions::default();
    stage.events.iter().for_each(|event| rebuilt.apply(event).expect("fits"));
    for person in &stage.people {
        let mut held = stage.model.account(&person.account()).positions;
        held.sort_by_key(|position| position.asset);
        assert_eq!(rebuilt.of(&person.account()), held, "{person:?}");
    }
}

#[test]
fn wasm_and_core_agree_on_every_step() {
    let (mut done, mut refused) = (0, 0);
    for seed in 0..4 {
        let (some, more) = side_by_side(seed, 250);
        done += some;
        refused += more;
    }
    println!("{done} steps done, {refused} refused, all equal");
    // Otherwise the sequences would prove little.
    assert!(done > 250 && refused > 100, "{done} done, {refused} refused");
}
