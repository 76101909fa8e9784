//! The cast of the demo: a market with lenders' money, a pool, borrowers and keepers.

use anyhow::{Context, Result};
use breakwater_chain::{AccountId, Chain, ContractCall, Signer, Transaction};
use breakwater_client::{
    deploy::{instantiate, must, upload, LocalPlan},
    Deployment, Taker,
};
use breakwater_protocol::num::math::mul_div_down;
use rand::Rng;
use rand_chacha::{rand_core::SeedableRng, ChaCha8Rng};

/// Units of one ETH and one USD.
pub const ETH: u128 = 1_000_000_000_000_000_000;
pub const USD: u128 = 1_000_000;
/// Native balance given to every actor, in planck: 1,000 units.
const ENDOWMENT: u128 = 1_000_000_000_000_000;
/// A sale of a two-hundredth of a constant-product pool moves its price by 1 %.
pub const POOL_PER_DEPTH: u128 = 200;
/// Calls in one batch.
const BATCH: usize = 20;

/// How the demo is set up.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    pub borrowers: usize,
    pub keepers: usize,
    pub seed: u64,
    /// Debt that the collateral may carry at the threshold, in multiples of the value that moves
    /// the pool by 1 %: the load L.
    pub load: f64,
    /// The backstop, as a part of all loans.
    pub backstop: f64,
    pub eth_usd: f64,
}

/// Somebody with a loan.
pub struct Borrower {
    pub signer: Signer,
    pub collateral: u128,
    pub debt: u128,
    /// Watches the loan, and repays a quarter of it once when it comes near liquidation.
    pub watchful: bool,
}

/// Everybody, with tokens, loans and approvals.
pub struct Cast {
    pub on: Deployment,
    pub admin: Signer,
    /// The rest of the world's traders in one account.
    pub world: Signer,
    /// Who lends everything, and stakes a part of it.
    pub lender: Signer,
    pub borrowers: Vec<Borrower>,
    pub keepers: Vec<Signer>,
    /// A contract of each keeper's that sells a lot before the debt is pulled.
    pub takers: Vec<AccountId>,
}

/// Opens the market, the pool and all loans.
pub fn stage(chain: &mut dyn Chain, scale: &Scale, tick: &dyn Fn(u64, &str)) -> Result<Cast> {
    let admin = Signer::from_uri("//Alice")?;
    let world = Signer::from_uri("//Bob")?;
    let lender = Signer::from_uri("//Charlie")?;
    let borrowers = cast(scale)?;
    let keepers = (0..scale.keepers)
        .map(|index| Signer::from_uri(&format!("//Keeper/{index}")))
        .collect::<Result<Vec<_>, _>>()?;

    tick(0, "deploying contracts");
    // The newest block's number tells deployments on one node apart.
    let salt = chain.block_number()?.to_le_bytes().to_vec();
    let pooled = pooled_eth(scale, &borrowers);
    let mut plan = LocalPlan { salt, ..LocalPlan::default() };
    plan.eth.liquidity.depth = pooled / POOL_PER_DEPTH;
    // The demo asks for a load; the market must allow it.
    plan.eth.liquidity.max_load_wad = ((scale.load * 1.01 + 0.01) * 1e18) as u128;
    let on = Deployment::deploy(chain, &admin, &plan).context("cannot deploy the market")?;

    tick(0, "handing out tokens");
    let mut actors: Vec<AccountId> = borrowers.iter().map(|b| b.signer.account()).collect();
    actors.extend(keepers.iter().map(Signer::account));
    chain.fund(&admin, &actors, ENDOWMENT)?;
    let loans: u128 = borrowers.iter().map(|borrower| borrower.debt).sum();
    let mut gifts = vec![
        on.eth.mint(world.account(), pooled * 20),
        on.usd.mint(world.account(), usd_for(pooled, scale.eth_usd)? * 20),
        on.usd.mint(lender.account(), loans * 2),
    ];
    gifts.extend(borrowers.iter().map(|b| on.eth.mint(b.signer.account(), b.collateral)));
    // For the yardstick, a transfer; they take with the pool's money.
    gifts.extend(keepers.iter().map(|k| on.usd.mint(k.account(), 10 * USD)));
    for batch in gifts.chunks(BATCH) {
        must(chain, &admin, batch.to_vec())?;
    }

    tick(0, "filling the pool and the market");
    let forever = u128::MAX;
    let liquidity = usd_for(pooled, scale.eth_usd)?;
    must(
        chain,
        &world,
        vec![
            on.eth.approve(on.amm.address, forever),
            on.usd.approve(on.amm.address, forever),
            on.amm.add_liquidity(pooled, liquidity),
            // For what a take costs.
            on.usd.approve(on.market.address, forever),
        ],
    )?;
    let staked = (loans as f64 * scale.backstop) as u128;
    let mut lending = vec![
        on.usd.approve(on.market.address, forever),
        on.market.supply(on.usd_asset, loans * 2 - staked, None),
    ];
    if staked != 0 {
        lending.push(on.market.backstop_deposit(on.usd_asset, staked));
    }
    must(chain, &lender, lending)?;
    let now_ms = chain.now_ms()?;
    let price_wad = (scale.eth_usd * 1e6) as u128 * 1_000_000_000_000;
    must(chain, &admin, vec![on.push_prices(price_wad, now_ms)])?;
    // The market pulls what the sale has brought.
    let approval = on.usd.approve(on.market.address, forever);
    let ready: Vec<Transaction> =
        keepers.iter().map(|keeper| Transaction::new(keeper, approval.clone())).collect();
    all_must(chain, &ready)?;
    let code = upload(chain, &admin, "taker")?;
    let constructor = Taker::constructor(on.market.address);
    let takers = keepers
        .iter()
        .map(|keeper| instantiate(chain, keeper, code, constructor.clone(), &on.market.address))
        .collect::<Result<Vec<_>, _>>()?;

    for (index, some) in borrowers.chunks(BATCH).enumerate() {
        tick((index * BATCH) as u64, "opening loans");
        let loans: Vec<Transaction> =
            some.iter().map(|b| Transaction::batch(&b.signer, loan(&on, b))).collect();
        all_must(chain, &loans)?;
    }
    Ok(Cast { on, admin, world, lender, borrowers, keepers, takers })
}

/// What a borrower does to get a loan. They keep the money and approve its repayment.
fn loan(on: &Deployment, borrower: &Borrower) -> Vec<ContractCall> {
    vec![
        on.eth.approve(on.market.address, borrower.collateral),
        on.usd.approve(on.market.address, u128::MAX),
        on.market.deposit_collateral(on.eth_asset, borrower.collateral, None),
        on.market.borrow(on.usd_asset, borrower.debt),
    ]
}

fn all_must(chain: &mut dyn Chain, transactions: &[Transaction]) -> Result<()> {
    for receipt in chain.submit_all(transactions)? {
        receipt.result.map_err(|why| anyhow::anyhow!("setting up failed: {why}"))?;
    }
    Ok(())
}

/// Borrowers from 5 to 500 ETH, most of them small, with health factors from 1.08 up to 2.5, most
/// of them low.
pub fn cast(scale: &Scale) -> Result<Vec<Borrower>> {
    let mut random = ChaCha8Rng::seed_from_u64(scale.seed);
    (0..scale.borrowers)
        .map(|index| {
            let size: f64 = random.gen();
            let risk: f64 = random.gen();
            let eth = 5.0 * 100f64.powf(size * size);
            let health = 1.08 + 1.42 * risk * risk;
            let debt_usd = eth * scale.eth_usd * 0.80 / health;
            Ok(Borrower {
                signer: Signer::from_uri(&format!("//Borrower/{}/{index}", scale.seed))?,
                collateral: (eth * 1e6) as u128 * (ETH / 1_000_000),
                debt: debt_usd as u128 * USD,
                watchful: random.gen_bool(0.25),
            })
        })
        .collect()
}

/// ETH in the pool so that the load is as asked for: a half per cent of a constant-product pool
/// moves its price by one.
pub fn pooled_eth(scale: &Scale, borrowers: &[Borrower]) -> u128 {
    let collateral: u128 = borrowers.iter().map(|borrower| borrower.collateral).sum();
    let depth_eth = collateral as f64 / 1e18 * 0.80 / scale.load;
    (depth_eth * POOL_PER_DEPTH as f64) as u128 * ETH
}

pub fn usd_for(eth: u128, eth_usd: f64) -> Result<u128> {
    mul_div_down(eth, (eth_usd * 1e6) as u128, ETH).map_err(super::refused)
}
