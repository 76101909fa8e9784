//! What is measured: each message, in the block after the one that has touched what it touches.

use super::{asked, parts, Cost};
use anyhow::{anyhow, Context, Result};
use breakwater_chain::{AccountId, Chain, ContractCall, Signer, Transaction};
use breakwater_client::{deploy::must, Bundle, Deployment, LocalPlan, Taker, Token};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::{
    num::{
        math::WAD,
        time::{DAY_MS, MINUTE_MS},
    },
    Action, BreakerConfig, Order, ReserveConfig, ALL, MAX_POSITIONS, MAX_RESERVES,
};

pub const ETH: u128 = WAD;
pub const USD: u128 = 1_000_000;
/// Time from one block to the next.
const BLOCK_MS: u64 = 6_000;

/// A chain on which each call is measured by a dry run and then really made.
pub struct Lab {
    pub chain: EmbeddedChain,
    pub costs: Vec<Cost>,
}

impl Lab {
    pub fn measure(&mut self, name: &str, signer: &Signer, call: ContractCall) -> Result<()> {
        // Interest, meters and prices have a block's time to catch up with, as a user finds them.
        let next_ms = self.chain.now_ms()? + BLOCK_MS;
        self.chain.travel_to_ms(next_ms)?;
        let dry_run = self.chain.dry_run(signer.account(), &call)?;
        let output = dry_run.result.map_err(|why| anyhow!("{name} traps: {why}"))?;
        anyhow::ensure!(!output.reverted, "{name} is refused: {:?}", output.data);
        let yardstick = self.costs.first().map(|cost| cost.ref_time_ps);
        let ref_time_ps = dry_run.gas_consumed.ref_time;
        let frames = self.chain.last_frames();
        let wasm_bytes = |code: &str| Ok(Bundle::load(code)?.wasm.len());
        let (origin, total) = (signer.account(), frames.total);
        let parts = parts::of(name, &self.chain, origin, &call, total, wasm_bytes)?;
        let arguments = parts::api_arguments(origin, &call);
        let recorded = self.chain.runtime_api_proof_bytes("ContractsApi_call", &arguments);
        self.costs.push(Cost {
            message: name.into(),
            ref_time_ps,
            proof_bytes: dry_run.gas_consumed.proof_size,
            recorded_proof_bytes: recorded as u64,
            deposit_planck: dry_run.storage_deposit,
            frames: frames.max_depth,
            transfers: ref_time_ps as f64 / yardstick.unwrap_or(ref_time_ps) as f64,
            parts,
        });
        let receipt = self.chain.submit(Transaction::new(signer, call))?;
        receipt.result.map_err(|why| anyhow!("{name} failed: {why}"))
    }

    fn price(&mut self, on: &Deployment, admin: &Signer, dollars: u128) -> Result<()> {
        let now_ms = self.chain.now_ms()?;
        self.must(admin, vec![on.push_prices(dollars * WAD, now_ms)])
    }

    /// Calls that lead to what is measured, one by one; which of them is refused.
    #[track_caller]
    pub fn must(&mut self, signer: &Signer, calls: Vec<ContractCall>) -> Result<()> {
        let line = std::panic::Location::caller().line();
        for (place, call) in calls.into_iter().enumerate() {
            let dry_run = self.chain.dry_run(signer.account(), &call)?;
            let output =
                dry_run.result.map_err(|why| anyhow!("line {line}, call {place}: {why}"))?;
            anyhow::ensure!(!output.reverted, "line {line}, call {place}: {:?}", output.data);
            must(&mut self.chain, signer, vec![call])?;
        }
        Ok(())
    }
}

/// All messages on a fresh chain, in order.
pub fn measure(profile: Profile) -> Result<Vec<Cost>> {
    let mut chain = EmbeddedChain::new(profile)?;
    let key = Signer::from_uri;
    let (admin, lender, borrower, keeper) =
        (key("//Alice")?, key("//Bob")?, key("//Charlie")?, key("//Dave")?);
    // Prices jump here: only people move the breaker, but it measures all the same.
    let mut plan = LocalPlan::default();
    plan.params.breaker = BreakerConfig::by_hand();
    let on = Deployment::deploy(&mut chain, &admin, &plan).context("cannot deploy the market")?;
    let everybody: [AccountId; 3] = [lender.account(), borrower.account(), keeper.account()];
    let gifts = everybody
        .iter()
        .flat_map(|to| [on.usd.mint(*to, 1_000_000 * USD), on.eth.mint(*to, 10_000 * ETH)]);
    must(&mut chain, &admin, gifts.collect())?;

    let mut lab = Lab { chain, costs: Vec::new() };
    let (eth, usd) = (on.eth_asset, on.usd_asset);
    let transfer = on.usd.transfer(borrower.account(), USD);
    lab.measure("PSP22 transfer", &lender, transfer)?;
    lab.measure("PSP22 approve", &lender, on.usd.approve(on.market.address, u128::MAX))?;
    for signer in [&borrower, &keeper] {
        let approvals = [&on.usd, &on.eth].map(|token| token.approve(on.market.address, u128::MAX));
        lab.must(signer, approvals.to_vec())?;
    }
    let now_ms = lab.chain.now_ms()?;
    lab.measure("oracle push, 2 prices", &admin, on.push_prices(200 * WAD, now_ms))?;

    let m = &on.market;
    lab.measure("supply, first", &lender, m.supply(usd, 500_000 * USD, None))?;
    lab.measure("supply, again", &lender, m.supply(usd, 1_000 * USD, None))?;
    lab.measure("withdraw", &lender, m.withdraw(usd, 1_000 * USD))?;
    lab.measure(
        "deposit_collateral, first",
        &borrower,
        m.deposit_collateral(eth, 100 * ETH, None),
    )?;
    lab.measure("deposit_collateral, again", &borrower, m.deposit_collateral(eth, ETH, None))?;
    lab.measure("withdraw_collateral, no debt", &borrower, m.withdraw_collateral(eth, ETH))?;
    lab.measure("borrow, first", &borrower, m.borrow(usd, 14_000 * USD))?;
    lab.measure("borrow, again", &borrower, m.borrow(usd, 500 * USD))?;
    lab.measure("repay, part", &borrower, m.repay(usd, 200 * USD, None))?;
    lab.measure("withdraw_collateral, with debt", &borrower, m.withdraw_collateral(eth, ETH))?;

    // Somebody else is in auction all the time, so that the index is not empty.
    let other = key("//Eve")?;
    lab.must(&admin, vec![on.eth.mint(other.account(), 10 * ETH)])?;
    let loan = vec![
        on.eth.approve(m.address, u128::MAX),
        m.deposit_collateral(eth, 10 * ETH, None),
        m.borrow(usd, 1_490 * USD),
    ];
    lab.must(&other, loan)?;

    // 99 ETH and 14,300 dollars: below 1 at 180, and still after a small take and repayment.
    lab.price(&on, &admin, 179)?;
    lab.must(&keeper, vec![m.liquidate(other.account())])?;
    lab.measure("liquidate (start)", &keeper, m.liquidate(borrower.account()))?;
    let later_ms = lab.chain.now_ms()? + 20 * MINUTE_MS;
    lab.chain.travel_to_ms(later_ms)?;
    lab.price(&on, &admin, 179)?;
    let take = |amount| m.take(borrower.account(), eth, usd, amount, 0);
    lab.measure("take, part", &keeper, take(100 * USD))?;
    lab.measure("repay by another, in auction", &keeper, {
        m.repay(usd, 20 * USD, Some(borrower.account()))
    })?;
    lab.measure("take, closes the auction", &keeper, take(ALL))?;
    lab.price(&on, &admin, 150)?;
    lab.must(&keeper, vec![m.liquidate(borrower.account())])?;
    lab.price(&on, &admin, 200)?;
    lab.measure("cure", &keeper, m.cure(borrower.account()))?;
    lab.measure("repay, all", &borrower, m.repay(usd, ALL, None))?;
    lab.measure("withdraw_collateral, all", &borrower, m.withdraw_collateral(eth, ALL))?;
    batches(&mut lab, &on, &borrower)?;
    backstop(&mut lab, &on, [&admin, &lender, &borrower, &keeper])?;
    many(&mut lab, &on, &admin, &keeper)?;
    growth(&mut lab, &on, &admin, &keeper)?;
    asked::measure(profile, &mut lab.costs)?;
    Ok(lab.costs)
}

/// One batch against its parts.
fn batches(lab: &mut Lab, on: &Deployment, borrower: &Signer) -> Result<()> {
    let (eth, usd) = (on.eth_asset, on.usd_asset);
    let deposit =
        Action::DepositCollateral { asset: eth, amount: 10 * ETH, excess_to_supply: false };
    let borrow = Action::Borrow { asset: usd, assets: 500 * USD };
    lab.measure("batch: deposit + borrow", borrower, on.market.batch(&[deposit, borrow]))?;
    let repay = Action::Repay { asset: usd, assets: ALL };
    let withdraw = Action::WithdrawCollateral { asset: eth, amount: ALL };
    lab.measure("batch: repay + withdraw, all", borrower, on.market.batch(&[repay, withdraw]))
}

/// The backstop's messages, and a take by a contract that has nothing.
fn backstop(
    lab: &mut Lab,
    on: &Deployment,
    [admin, lender, borrower, keeper]: [&Signer; 4],
) -> Result<()> {
    let (m, eth, usd) = (&on.market, on.eth_asset, on.usd_asset);
    lab.price(on, admin, 200)?;
    lab.measure("backstop_deposit, first", lender, m.backstop_deposit(usd, 300 * USD))?;
    lab.measure("backstop_deposit, again", lender, m.backstop_deposit(usd, 300 * USD))?;
    let loan = vec![m.deposit_collateral(eth, 10 * ETH, None), m.borrow(usd, 1_490 * USD)];
    lab.must(borrower, loan)?;
    // LTV 0.837: not the backstop's.
    lab.price(on, admin, 178)?;
    lab.must(keeper, vec![m.liquidate(borrower.account())])?;
    let later_ms = lab.chain.now_ms()? + 20 * MINUTE_MS;
    lab.chain.travel_to_ms(later_ms)?;
    lab.price(on, admin, 178)?;

    let code = lab.chain.upload(admin, &Bundle::load("taker")?.wasm)?;
    let (taker, receipt) =
        lab.chain.instantiate(keeper, code, 0, Taker::constructor(m.address), vec![])?;
    receipt.result.map_err(|why| anyhow!("a taker: {why}"))?;
    let pool = vec![
        on.eth.approve(on.amm.address, u128::MAX),
        on.usd.approve(on.amm.address, u128::MAX),
        on.amm.add_liquidity(1_000 * ETH, 178_000 * USD),
    ];
    lab.must(keeper, pool)?;
    let order = Order { collateral: eth, debt: usd, max_repay: 200 * USD, min_receive: 0 };
    let taker = Taker { address: taker };
    let call = taker.take_and_sell(m, borrower.account(), order, on.amm, 0);
    lab.measure("take, selling in the callback", keeper, call)?;
    // LTV above 0.84: for the backstop's 600 dollars it is healthy again.
    lab.price(on, admin, 168)?;
    lab.measure("backstop_fill", keeper, m.backstop_fill(borrower.account(), eth, usd))?;
    let some = Order { max_repay: 20 * USD, ..order };
    lab.measure("buy_stock", keeper, m.buy_stock(some))?;
    // It falls on, and the backstop has 20 dollars each time.
    lab.price(on, admin, 150)?;
    lab.measure("liquidate, the backstop buying", keeper, m.liquidate(borrower.account()))?;
    lab.must(keeper, vec![m.buy_stock(some)])?;
    lab.measure("take, the backstop buying first", keeper, {
        m.take(borrower.account(), eth, usd, 100 * USD, 0)
    })?;
    lab.measure("backstop_give_notice", lender, m.backstop_give_notice(usd))?;
    let all = vec![m.repay(usd, ALL, None), m.withdraw_collateral(eth, ALL)];
    lab.must(borrower, all)?;
    let open_ms = lab.chain.now_ms()? + 3 * DAY_MS + MINUTE_MS;
    lab.chain.travel_to_ms(open_ms)?;
    lab.measure("backstop_withdraw, with stock", lender, m.backstop_withdraw(usd, ALL))?;
    // The price was gone for days: borrowers have their grace.
    for _ in 0..12 {
        lab.price(on, admin, 200)?;
        let next_ms = lab.chain.now_ms()? + 10 * MINUTE_MS;
        lab.chain.travel_to_ms(next_ms)?;
    }
    Ok(())
}

/// Fifty starts at once, and ten takes.
fn many(lab: &mut Lab, on: &Deployment, admin: &Signer, keeper: &Signer) -> Result<()> {
    let borrowers = (0..50)
        .map(|index| Signer::from_uri(&format!("//Borrower/{index}")))
        .collect::<Result<Vec<_>, _>>()?;
    let accounts: Vec<AccountId> = borrowers.iter().map(Signer::account).collect();
    lab.chain.fund(admin, &accounts, 1_000_000_000_000_000)?;
    lab.price(on, admin, 200)?;
    for borrower in &borrowers {
        let mint = on.eth.mint(borrower.account(), 10 * ETH);
        lab.must(admin, vec![mint])?;
        let calls = vec![
            on.eth.approve(on.market.address, u128::MAX),
            on.market.deposit_collateral(on.eth_asset, 10 * ETH, None),
            on.market.borrow(on.usd_asset, 1_490 * USD),
        ];
        lab.must(borrower, calls)?;
    }
    lab.price(on, admin, 180)?;
    lab.measure("liquidate_many, 50 starts", keeper, on.market.liquidate_many(&accounts))?;
    let later_ms = lab.chain.now_ms()? + 20 * MINUTE_MS;
    lab.chain.travel_to_ms(later_ms)?;
    lab.price(on, admin, 180)?;
    let order =
        Order { collateral: on.eth_asset, debt: on.usd_asset, max_repay: ALL, min_receive: 0 };
    let orders: Vec<_> = accounts.iter().map(|account| (*account, order)).collect();
    let (ten, forty) = orders.split_at(10);
    lab.measure("take_many, 10 takes", keeper, on.market.take_many(ten))?;
    lab.measure("take_many, 40 takes", keeper, on.market.take_many(forty))?;
    lab.price(on, admin, 200)
}

/// What another position costs, and whether assets that an account does not use cost anything.
fn growth(lab: &mut Lab, on: &Deployment, admin: &Signer, borrower: &Signer) -> Result<()> {
    let (m, plan) = (&on.market, LocalPlan::default());
    let code = lab.chain.upload(admin, &Bundle::load("token")?.wasm)?;
    let mut tokens = Vec::new();
    for asset in 2..MAX_RESERVES {
        let constructor = Token::constructor(0, "Another", "ANY", 18);
        let (address, receipt) = lab.chain.instantiate(admin, code, 0, constructor, vec![asset])?;
        receipt.result.map_err(|why| anyhow!("a token: {why}"))?;
        tokens.push(Token { address });
    }
    lab.must(borrower, vec![m.deposit_collateral(on.eth_asset, 100 * ETH, None)])?;
    lab.price(on, admin, 200)?;
    // The first borrow opens the position; those compared come after it.
    lab.must(borrower, vec![m.borrow(on.usd_asset, 500 * USD)])?;
    lab.measure("borrow, 2 positions, 2 listed", borrower, m.borrow(on.usd_asset, 500 * USD))?;
    for (asset, token) in (2u8..).zip(&tokens) {
        let config = ReserveConfig { token: token.address, ..plan.eth.clone() };
        lab.must(admin, vec![m.list_reserve(&config)])?;
        if usize::from(asset) >= MAX_POSITIONS {
            continue;
        }
        let gift = token.mint(borrower.account(), 10 * ETH);
        let now_ms = lab.chain.now_ms()?;
        let feed = on.oracle.configure(token.address, &plan.feed(admin.account()));
        let price = on.oracle.push(&[(token.address, WAD, now_ms)]);
        lab.must(admin, vec![gift, feed, price])?;
    }
    lab.price(on, admin, 200)?;
    lab.measure("borrow, 2 positions, 32 listed", borrower, m.borrow(on.usd_asset, 500 * USD))?;
    for (asset, token) in (2u8..).zip(tokens).take(MAX_POSITIONS - 2) {
        let approve = token.approve(m.address, u128::MAX);
        let calls = vec![approve, m.deposit_collateral(asset, ETH, None)];
        lab.must(borrower, calls)?;
        let name = format!("borrow, {} positions", asset + 1);
        lab.measure(&name, borrower, m.borrow(on.usd_asset, USD))?;
    }
    Ok(())
}
