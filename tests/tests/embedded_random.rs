//! Random sequences through the market's Wasm and through the core, side by side: after every step
//! every book and every account must be equal to the unit, refusals included.

use breakwater_chain::{
    embedded::{EmbeddedChain, Profile},
    AccountId, ContractCall, Signer, Transaction, Weight,
};
use breakwater_client::{abi, World};
use breakwater_protocol::{actions, math::WAD, AssetId, Error, Price, ALL};
use breakwater_tests::stage::{Stage, ETH, USD};
use rand::{seq::SliceRandom, Rng};
use rand_chacha::{rand_core::SeedableRng, ChaCha8Rng};

const GAS: Weight = Weight { ref_time: 150_000_000_000, proof_size: 4 * 1024 * 1024 };

/// What somebody does.
#[derive(Clone, Copy, Debug)]
enum Step {
    Supply(u128),
    Withdraw(u128),
    Deposit(u128),
    WithdrawCollateral(u128),
    Borrow(u128),
    Repay(AccountId, u128),
    Liquidate(AccountId),
    Take(AccountId, u128),
    Cure(AccountId),
}

fn step(random: &mut ChaCha8Rng, people: &[Signer]) -> Step {
    let usd = |random: &mut ChaCha8Rng| match random.gen_range(0..10) {
        0 => ALL,
        1 => random.gen_range(0..10),
        _ => random.gen_range(1..3_000 * USD),
    };
    let eth = |random: &mut ChaCha8Rng| match random.gen_range(0..10) {
        0 => ALL,
        _ => random.gen_range(1..20 * ETH),
    };
    let other = people[random.gen_range(0..people.len())].account();
    match random.gen_range(0..11) {
        0 => Step::Supply(random.gen_range(0..5_000 * USD)),
        1 => Step::Withdraw(usd(random)),
        2 | 3 => Step::Deposit(random.gen_range(0..20 * ETH)),
        4 => Step::WithdrawCollateral(eth(random)),
        5 | 6 => Step::Borrow(random.gen_range(0..3_000 * USD)),
        7 => Step::Repay(other, usd(random)),
        8 => Step::Liquidate(other),
        9 => Step::Take(other, usd(random)),
        _ => Step::Cure(other),
    }
}

/// The step as a call.
fn call(stage: &Stage<'_>, step: Step) -> ContractCall {
    let (m, eth, usd) = (stage.on.market, stage.on.eth_asset, stage.on.usd_asset);
    match step {
        Step::Supply(amount) => m.supply(usd, amount, None),
        Step::Withdraw(amount) => m.withdraw(usd, amount),
        Step::Deposit(amount) => m.deposit_collateral(eth, amount, None),
        Step::WithdrawCollateral(amount) => m.withdraw_collateral(eth, amount),
        Step::Borrow(amount) => m.borrow(usd, amount),
        Step::Repay(account, amount) => m.repay(usd, amount, Some(account)),
        Step::Liquidate(account) => m.liquidate(account),
        Step::Take(account, amount) => m.take(account, eth, usd, amount, 0),
        Step::Cure(account) => m.cure(account),
    }
    .with_gas(GAS)
}

/// The step as the core does it. On an error the world stays as it was.
fn model(
    world: &mut World,
    who: &Signer,
    step: Step,
    eth: AssetId,
    usd: AssetId,
) -> Result<(), Error> {
    let me = who.account();
    let account = match step {
        Step::Repay(account, _)
        | Step::Liquidate(account)
        | Step::Take(account, _)
        | Step::Cure(account) => account,
        _ => me,
    };
    let mut sheet = world.sheet(&account)?;
    let changed = match step {
        Step::Supply(amount) => {
            actions::supply(&mut sheet, usd, amount)?;
            vec![usd]
        }
        Step::Withdraw(amount) => {
            actions::withdraw(&mut sheet, usd, amount)?;
            vec![usd]
        }
        Step::Deposit(amount) => {
            actions::deposit_collateral(&mut sheet, eth, amount)?;
            sheet.cure();
            vec![eth]
        }
        Step::WithdrawCollateral(amount) => {
            actions::withdraw_collateral(&mut sheet, eth, amount)?;
            vec![eth]
        }
        Step::Borrow(amount) => {
            actions::borrow(&mut sheet, usd, amount)?;
            vec![usd]
        }
        Step::Repay(_, amount) => {
            actions::repay(&mut sheet, usd, amount)?;
            sheet.cure();
            vec![usd]
        }
        Step::Liquidate(_) => {
            actions::start_liquidation(&mut sheet, me)?;
            vec![]
        }
        Step::Take(_, amount) => {
            actions::take(&world.params, &mut sheet, eth, usd, amount, 0)?;
            vec![eth, usd]
        }
        Step::Cure(_) => {
            if sheet.account.auction.is_none() {
                return Err(Error::NoAuction);
            }
            if !sheet.cure() {
                return Err(Error::InsufficientCollateral);
            }
            vec![]
        }
    };
    world.keep(account, sheet, &changed);
    Ok(())
}

fn side_by_side(seed: u64, steps: usize) -> (usize, usize) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let mut stage = Stage::with_interest(&mut chain);
    let people = [stage.lender.clone(), stage.borrower.clone(), stage.keeper.clone()];
    let (eth, usd) = (stage.on.eth_asset, stage.on.usd_asset);
    let market = stage.on.market;
    let mut world = World::load(stage.chain, &market, people.iter().map(Signer::account))
        .expect("reads the market");
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
        let who = people.choose(&mut random).expect("somebody");
        let step = step(&mut random, &people);

        // The band is 10 bps to both sides, as the adapter is deployed.
        let price = |mid_wad: u128| Price {
            mid_wad,
            low_wad: mid_wad * 9_990 / 10_000,
            high_wad: mid_wad * 10_010 / 10_000,
            ..Price::exact(mid_wad, now_ms)
        };
        world.set_price(eth, price(dollars * WAD));
        world.set_price(usd, price(WAD));

        let call = call(&stage, step);
        let dry_run = stage.chain.dry_run(who.account(), &call).expect("a dry run");
        world.now_ms = now_ms;
        let mut imagined = world.clone();
        let expected = model(&mut imagined, who, step, eth, usd);
        let output = dry_run.result.unwrap_or_else(|why| panic!("step {number} {step:?}: {why}"));
        // A take answers with a quote; of any answer only the error matters here.
        let answer: Result<(), Error> = abi::decode("step", &output).expect("decodes");
        if answer == Err(Error::TokenTransferFailed) {
            // Somebody has run out of tokens, of which the model knows nothing.
            continue;
        }
        assert_eq!(answer, expected, "seed {seed}, step {number}: {who:?} {step:?}");

        let receipt = stage.chain.submit(Transaction::new(who, call)).expect("is included");
        world.now_ms = receipt.time_ms;
        let outcome = model(&mut world, who, step, eth, usd);
        assert_eq!(receipt.result.is_ok(), outcome.is_ok(), "seed {seed}, step {number}: {step:?}");
        if outcome.is_ok() {
            done += 1;
        } else {
            refused += 1;
        }

        for asset in [eth, usd] {
            let mut modelled = world.reserves[usize::from(asset)].clone();
            modelled.accrue(receipt.time_ms).expect("accrues");
            let real = market.reserve(stage.chain, asset).expect("a reserve");
            assert_eq!(real, modelled, "seed {seed}, step {number}: {step:?}, asset {asset}");
        }
        for person in &people {
            let real = stage.account(person.account());
            let modelled = world.accounts.get(&person.account()).cloned().unwrap_or_default();
            assert_eq!(real, modelled, "seed {seed}, step {number}: {step:?}, {person:?}");
        }
        stage.assert_backed();
    }
    (done, refused)
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
    assert!(done > 300 && refused > 100, "{done} done, {refused} refused");
}
