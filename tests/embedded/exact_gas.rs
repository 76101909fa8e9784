//! The gas that a dry run requires is enough in the blocks after it: so other people's tools send it. With
//! nothing added where the newest block has touched what the message touches, so that the dry run finds nothing
//! to bring up to date; with a hair more where it has not, for a division of other numbers takes other steps.

use breakwater_chain::{Chain, ContractCall, Signer, Transaction};
use breakwater_client::{deploy::must, Deployment};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::{
    num::{math::WAD, time::MINUTE_MS},
    Action, Order, ALL,
};
use breakwater_tests::stage::{Stage, ETH, USD};

/// Time between the newest touch and the dry run, and between that and the block that the message gets
/// into, beside a block's own.
const BEFORE_MS: [u64; 3] = [0, 6_000, MINUTE_MS];
const AFTER_MS: [u64; 3] = [0, 6_000, MINUTE_MS];
/// What the longer time may cost more where there was something to bring up to date already, in parts of a
/// million: the margin that `docs/performance.md` states.
const MARGIN_PPM: u64 = 2_000;

struct Scene {
    chain: EmbeddedChain,
    on: Deployment,
    admin: Signer,
    lender: Signer,
    borrower: Signer,
    keeper: Signer,
    /// What was too little, with how much was missing, in picoseconds.
    short: Vec<String>,
    tried: u32,
}

impl Scene {
    fn new() -> Self {
        let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
        let stage = Stage::with_interest(&mut chain);
        let Stage { on, admin, lender, borrower, keeper, .. } = stage;
        Self { chain, on, admin, lender, borrower, keeper, short: Vec::new(), tried: 0 }
    }

    fn now_ms(&mut self) -> u64 {
        self.chain.now_ms().expect("a time")
    }

    fn pass(&mut self, ms: u64) {
        if ms != 0 {
            let at_ms = self.now_ms() + ms;
            self.chain.travel_to_ms(at_ms).expect("time passes");
        }
    }

    fn price(&mut self, dollars: u128) {
        self.pass(1_000);
        let now_ms = self.now_ms();
        let push = self.on.push_prices(dollars * WAD, now_ms);
        must(&mut self.chain, &self.admin, vec![push]).expect("a price is accepted");
        self.pass(1_000);
    }

    /// Tries a message with exactly what its dry run requires, at several times, each on a state that is
    /// forgotten; then does it.
    fn exactly(&mut self, name: &str, who: &Signer, call: ContractCall) {
        let assets = [self.on.eth_asset, self.on.usd_asset];
        must(&mut self.chain, who, vec![self.on.market.poke(&assets)]).expect("is poked");
        let touched = self.chain.snapshot();
        for before_ms in BEFORE_MS {
            self.pass(before_ms);
            let dry_run = self.chain.dry_run(who.account(), &call).expect("a dry run");
            assert!(!dry_run.result.expect("does not trap").reverted, "{name} is refused");
            let mut given = dry_run.gas_required;
            if before_ms != 0 {
                given.ref_time += given.ref_time * MARGIN_PPM / 1_000_000;
            }
            let asked = self.chain.snapshot();
            for after_ms in AFTER_MS {
                self.pass(after_ms);
                let exact = call.clone().with_gas(given);
                let receipt = self.chain.submit(Transaction::new(who, exact)).expect("is included");
                self.tried += 1;
                if receipt.result.is_err() {
                    self.chain.restore(&asked).expect("returns");
                    self.pass(after_ms + 6_000);
                    let needs = self.chain.dry_run(who.account(), &call).expect("a dry run");
                    let missing = |needed: u64, given: u64| needed as i64 - given as i64;
                    self.short.push(format!(
                        "{name}, {before_ms} ms after a touch, {after_ms} ms later: {} ps, {} bytes",
                        missing(needs.gas_required.ref_time, given.ref_time),
                        missing(needs.gas_required.proof_size, given.proof_size),
                    ));
                }
                self.chain.restore(&asked).expect("returns");
            }
            self.chain.restore(&touched).expect("returns");
        }
        must(&mut self.chain, who, vec![call]).expect("is done");
    }

    fn assert_enough(&self) {
        assert!(self.tried > 0);
        assert!(
            self.short.is_empty(),
            "{} of {}:\n{}",
            self.short.len(),
            self.tried,
            self.short.join("\n")
        );
    }
}

#[test]
fn what_a_dry_run_requires_is_enough_later() {
    let mut scene = Scene::new();
    let (m, eth, usd) = (scene.on.market, scene.on.eth_asset, scene.on.usd_asset);
    let (lender, borrower, keeper) =
        (scene.lender.clone(), scene.borrower.clone(), scene.keeper.clone());
    let who = borrower.account();
    scene.exactly("supply", &lender, m.supply(usd, 100_000 * USD, None));
    scene.exactly("withdraw", &lender, m.withdraw(usd, 1_000 * USD));
    scene.exactly("deposit_collateral", &borrower, m.deposit_collateral(eth, 10 * ETH, None));
    scene.exactly("borrow", &borrower, m.borrow(usd, 1_300 * USD));
    scene.exactly("borrow again", &borrower, m.borrow(usd, 50 * USD));
    scene.exactly("repay", &borrower, m.repay(usd, 10 * USD, None));
    scene.exactly("withdraw_collateral", &borrower, m.withdraw_collateral(eth, ETH / 100));
    scene.exactly("supply on top", &lender, m.supply(usd, 1_000 * USD, None));
    scene.exactly("withdraw from what is lent", &lender, m.withdraw(usd, 1_000 * USD));
    scene.exactly("backstop_deposit", &lender, m.backstop_deposit(usd, 300 * USD));
    let actions = [
        Action::DepositCollateral { asset: eth, amount: ETH / 100, excess_to_supply: false },
        Action::Borrow { asset: usd, assets: USD },
    ];
    scene.exactly("batch", &borrower, m.batch(&actions));
    scene.price(165);
    scene.exactly("liquidate", &keeper, m.liquidate(who));
    scene.pass(10 * MINUTE_MS);
    scene.price(165);
    scene.exactly("take", &keeper, m.take(who, eth, usd, 20 * USD, 0));
    let order = Order { collateral: eth, debt: usd, max_repay: 10 * USD, min_receive: 0 };
    scene.exactly("take_many", &keeper, m.take_many(&[(who, order)]));
    scene.exactly("repay in auction", &keeper, m.repay(usd, USD, Some(who)));
    scene.exactly("take to the end", &keeper, m.take(who, eth, usd, ALL, 0));
    scene.exactly("repay all", &borrower, m.repay(usd, ALL, None));
    scene.exactly("withdraw_collateral, all", &borrower, m.withdraw_collateral(eth, ALL));
    scene.exactly("backstop_give_notice", &lender, m.backstop_give_notice(usd));
    scene.assert_enough();
}

/// Two reports in consecutive blocks: the second is asked for in the block that has taken the first in.
#[test]
fn a_report_may_follow_the_one_before_at_once() {
    let mut scene = Scene::new();
    let admin = scene.admin.clone();
    for dollars in [201, 203, 202, 204, 200, 200] {
        // As of the block before the newest, so that the next may be as of the newest.
        let time_ms = scene.now_ms();
        let push = scene.on.push_prices(dollars * WAD, time_ms);
        let dry_run = scene.chain.dry_run(admin.account(), &push).expect("a dry run");
        assert!(!dry_run.result.expect("does not trap").reverted, "{dollars} is refused");
        let exact = push.with_gas(dry_run.gas_required);
        let receipt = scene.chain.submit(Transaction::new(&admin, exact)).expect("is included");
        assert_eq!(receipt.result, Ok(()), "{dollars}");
    }
}
