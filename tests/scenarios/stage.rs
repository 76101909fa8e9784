//! A deployed market with a lender, a borrower and a keeper who have tokens and approvals.

use breakwater_chain::{
    AccountId, Chain, ContractCall, DispatchError, Receipt, Signer, Transaction, Weight,
};
use breakwater_client::{abi, deploy::must, ClientError, Deployment, LocalPlan, MarketEvent};
use breakwater_protocol::{
    num::math::WAD, AuctionConfig, BreakerConfig, Error, KinkedRate, MarketParams, Pace, RateModel,
};
use std::cell::Cell;

pub const ETH: u128 = WAD;
pub const USD: u128 = 1_000_000;

thread_local! {
    /// What this thread's next stage's contracts are salted with. Addresses of one run differ; where
    /// two chains are to be compared, their stages must have the same: comparing addresses costs an
    /// instruction more for each byte that is equal.
    pub static SALT: Cell<u64> = const { Cell::new(0) };
}

/// What one call cost: by dry run before it, and by the block it went into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub name: &'static str,
    pub gas_consumed: Weight,
    pub gas_required: Weight,
    pub storage_deposit: i128,
    pub block_weight: Weight,
}

/// Everything a scenario needs.
pub struct Stage<'a> {
    pub chain: &'a mut dyn Chain,
    pub on: Deployment,
    pub admin: Signer,
    pub lender: Signer,
    pub borrower: Signer,
    pub keeper: Signer,
    /// Costs of the calls made through [`Stage::act`], in order.
    pub steps: Vec<Step>,
}

/// The local plan without interest and price band.
pub fn plain() -> LocalPlan {
    let none = KinkedRate { base_wad: 0, kink_rate_wad: 0, full_rate_wad: 0, kink_bps: 9_000 };
    let mut plan = round();
    plan.usd.rate = RateModel::Kinked(none);
    plan.price_band_bps = 0;
    plan
}

/// The local plan with an auction whose numbers are easy to compute with: the price rises by 20 bps a
/// minute, for 30 minutes, whatever is sold.
fn round() -> LocalPlan {
    let params = MarketParams { starter_floor_wad: 2 * WAD, ..MarketParams::default() };
    let mut plan = LocalPlan { params, ..LocalPlan::default() };
    let pace = Pace { cap_ppm: 50_000, rise_mbps_per_min: 20_000, urgency_bps: 0 };
    plan.eth.auction = AuctionConfig {
        alone: pace,
        backed: pace,
        floor_bps: 100,
        max_bonus_bps: 600,
        own_bps_per_min: 20,
        fee_bps: 50,
        ..plan.eth.auction
    };
    plan
}

impl<'a> Stage<'a> {
    /// Deploys and hands out tokens. Interest is off, so that figures don't depend on how fast a
    /// chain makes blocks, prices have no band and bonuses follow time alone, so that they are
    /// easy to follow.
    pub fn new(chain: &'a mut dyn Chain) -> Self {
        let mut plan = plain();
        // Prices jump here; scenarios of the breaker have a stage of their own.
        plan.params.breaker = BreakerConfig::by_hand();
        Self::deploy(chain, plan)
    }

    /// The same with the breaker's default thresholds.
    pub fn with_breaker(chain: &'a mut dyn Chain) -> Self {
        Self::deploy(chain, plain())
    }

    /// The same with the local plan's interest and price band.
    pub fn with_interest(chain: &'a mut dyn Chain) -> Self {
        Self::deploy(chain, round())
    }

    /// Somebody lends 100,000 dollars; the borrower takes 1,500 on 10 ETH: healthy at 200, to be
    /// liquidated below 187.50. Who they are.
    pub fn loan(&mut self) -> AccountId {
        let (m, eth, usd) = (self.on.market, self.on.eth_asset, self.on.usd_asset);
        let (lender, borrower) = (self.lender.clone(), self.borrower.clone());
        self.act("supply", &lender, m.supply(usd, 100_000 * USD, None));
        self.act("deposit_collateral", &borrower, m.deposit_collateral(eth, 10 * ETH, None));
        self.act("borrow", &borrower, m.borrow(usd, 1_500 * USD));
        borrower.account()
    }

    /// A stage by a plan.
    pub fn deploy(chain: &'a mut dyn Chain, mut plan: LocalPlan) -> Self {
        plan.salt = SALT.replace(SALT.get() + 1).to_le_bytes().to_vec();
        let key = |uri| Signer::from_uri(uri).expect("a development key");
        let (admin, lender, borrower, keeper) =
            (key("//Alice"), key("//Bob"), key("//Charlie"), key("//Dave"));
        let on = Deployment::deploy(chain, &admin, &plan).expect("deploys");
        let gifts = [&lender, &borrower, &keeper].into_iter().flat_map(|to| {
            [on.usd.mint(to.account(), 1_000_000 * USD), on.eth.mint(to.account(), 1_000 * ETH)]
        });
        must(chain, &admin, gifts.collect()).expect("mints");
        for signer in [&lender, &borrower, &keeper] {
            let approvals = [&on.usd, &on.eth].map(|t| t.approve(on.market.address, u128::MAX));
            must(chain, signer, approvals.to_vec()).expect("approves");
        }
        let mut stage = Self { chain, on, admin, lender, borrower, keeper, steps: Vec::new() };
        stage.price(200);
        stage
    }

    /// Reports a price of ETH in dollars, as of the newest block.
    pub fn price(&mut self, dollars: u128) {
        let now_ms = self.chain.now_ms().expect("a time");
        let push = self.on.push_prices(dollars * WAD, now_ms);
        must(self.chain, &self.admin, vec![push]).expect("a price is accepted");
        // Times of prices must rise.
        self.pass_ms(1_000);
    }

    /// Lets time pass.
    pub fn pass_ms(&mut self, ms: u64) {
        let now_ms = self.chain.now_ms().expect("a time");
        self.chain.travel_to_ms(now_ms + ms).expect("time passes");
    }

    /// Makes a call that must succeed, noting what it costs. Returns the market's events.
    pub fn act(
        &mut self,
        name: &'static str,
        signer: &Signer,
        call: ContractCall,
    ) -> Vec<MarketEvent> {
        let dry_run = self.chain.dry_run(signer.account(), &call).expect("a dry run");
        let receipt = self.submit(name, signer, call);
        self.steps.push(Step {
            name,
            gas_consumed: dry_run.gas_consumed,
            gas_required: dry_run.gas_required,
            storage_deposit: dry_run.storage_deposit,
            block_weight: receipt.weight,
        });
        receipt.events.iter().filter_map(MarketEvent::decode).collect()
    }

    fn submit(&mut self, name: &str, signer: &Signer, call: ContractCall) -> Receipt {
        let receipt = self.chain.submit(Transaction::new(signer, call)).expect("is included");
        assert_eq!(receipt.result, Ok(()), "{name}");
        receipt
    }

    /// Why the market refuses a call. It must; and nothing of the account or the reserves may
    /// have changed when it was really tried.
    pub fn refusal(&mut self, signer: &Signer, call: &ContractCall) -> Error {
        let before = self.picture();
        let dry_run = self.chain.dry_run(signer.account(), call).expect("a dry run");
        let output = dry_run.result.expect("does not trap");
        assert!(output.reverted, "an error must revert");
        let answer: Result<(), Error> = abi::decode("refused call", &output).expect("decodes");
        // More than it needs: in the next block time and prices are a little different.
        let limit = Weight {
            ref_time: 2 * dry_run.gas_required.ref_time,
            proof_size: 2 * dry_run.gas_required.proof_size,
        };
        let transaction = Transaction::new(signer, call.clone().with_gas(limit));
        let receipt = self.chain.submit(transaction).expect("is included");
        assert_eq!(receipt.result, Err(DispatchError::ContractReverted));
        assert_eq!(self.picture(), before, "a refused call changed something");
        answer.expect_err("refused")
    }

    /// All balances and the actors' balances.
    fn picture(&mut self) -> impl PartialEq + std::fmt::Debug {
        let reserves: Vec<_> = self
            .on
            .lens
            .reserves(self.chain)
            .expect("reserves")
            .iter()
            .map(|(_, r)| r.balances)
            .collect();
        let balances: Vec<_> = reserves
            .into_iter()
            .map(|balances| breakwater_protocol::Balances {
                accrued_ms: 0,
                interest_rest_ray: 0,
                ..balances
            })
            .collect();
        let people = [&self.lender, &self.borrower, &self.keeper].map(Signer::account);
        let holdings = people.map(|who| (self.account(who), self.usd(who), self.eth(who)));
        (balances, holdings)
    }

    pub fn account(&mut self, who: AccountId) -> breakwater_protocol::Account {
        self.on.market.account(self.chain, who).expect("an account")
    }

    pub fn usd(&mut self, who: AccountId) -> u128 {
        self.on.usd.balance_of(self.chain, who).expect("a balance")
    }

    pub fn eth(&mut self, who: AccountId) -> u128 {
        self.on.eth.balance_of(self.chain, who).expect("a balance")
    }

    /// Health factor in thousandths.
    pub fn health(&mut self, who: AccountId) -> Result<u128, ClientError> {
        let health = self.on.market.health(self.chain, who)?;
        Ok(health.health_factor_wad() / (WAD / 1_000))
    }

    /// The market's tokens cover its balances.
    pub fn assert_backed(&mut self) {
        for (asset, token) in [(self.on.eth_asset, self.on.eth), (self.on.usd_asset, self.on.usd)] {
            let balances = self.on.market.reserve(self.chain, asset).expect("a reserve").balances;
            let held = token.balance_of(self.chain, self.on.market.address).expect("a balance");
            assert!(held >= balances.backing().expect("adds up"), "asset {asset} is not backed");
        }
    }
}
