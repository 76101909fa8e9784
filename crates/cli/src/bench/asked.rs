//! What prices that are asked of a DIA contract cost beyond pushed ones: the same messages with both, on a
//! chain of their own.

use super::{
    measure::{Lab, ETH, USD},
    Cost,
};
use anyhow::{anyhow, Context, Result};
use breakwater_chain::{AccountId, Chain, ContractCall, Signer};
use breakwater_client::{abi, Bundle, Deployment, LocalPlan, Token};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::{
    num::{math::WAD, time::MINUTE_MS},
    oracle::{FeedConfig, SourceConfig, SourceKind},
    BreakerConfig, ReserveConfig, MAX_POSITIONS,
};

/// A market whose prices come from one side or the other.
struct Asked {
    lab: Lab,
    on: Deployment,
    admin: Signer,
    dia: AccountId,
    /// All that is listed, with symbols.
    tokens: Vec<(AccountId, String)>,
    /// Whether prices are asked; else they are pushed.
    are_asked: bool,
}

/// Adds the costs of all to those measured before, whose first is the yardstick.
pub fn measure(profile: Profile, costs: &mut Vec<Cost>) -> Result<()> {
    let yardstick = costs.first().cloned().context("a yardstick")?;
    let admin = Signer::from_uri("//Alice")?;
    let mut chain = EmbeddedChain::new(profile)?;
    let mut plan = LocalPlan::default();
    plan.params.breaker = BreakerConfig::by_hand();
    let on = Deployment::deploy(&mut chain, &admin, &plan).context("cannot deploy the market")?;
    let code = chain.upload(&admin, &Bundle::load("dia")?.wasm)?;
    let (dia, receipt) =
        chain.instantiate(&admin, code, 0, abi::input("new", ()), b"dia".to_vec())?;
    receipt.result.map_err(|why| anyhow!("a DIA contract: {why}"))?;
    let tokens = [(&on.eth, "ETH/USD"), (&on.usd, "USD/USD")];
    let tokens = tokens.map(|(token, symbol)| (token.address, symbol.to_owned())).to_vec();
    let lab = Lab { chain, costs: vec![yardstick] };
    let mut world = Asked { lab, on, admin, dia, tokens, are_asked: false };
    world.run(&plan)?;
    costs.extend(world.lab.costs.into_iter().skip(1));
    Ok(())
}

impl Asked {
    fn run(&mut self, plan: &LocalPlan) -> Result<()> {
        let key = Signer::from_uri;
        let (lender, keeper, many) = (key("//Bob")?, key("//Dave")?, key("//Ferdie")?);
        let (first, second, other) = (key("//Charlie")?, key("//Eve")?, key("//Charlie//stash")?);
        let everybody = [&lender, &keeper, &many, &first, &second, &other];
        let accounts = everybody.map(Signer::account);
        self.lab.chain.fund(&self.admin, &accounts, 1_000_000_000_000_000)?;
        for who in everybody {
            let mint = [(&self.on.usd, 1_000_000 * USD), (&self.on.eth, 1_000 * ETH)]
                .map(|(token, amount)| token.mint(who.account(), amount));
            let approve = [&self.on.usd, &self.on.eth]
                .map(|token| token.approve(self.on.market.address, u128::MAX));
            self.lab.must(&self.admin.clone(), mint.to_vec())?;
            self.lab.must(who, approve.to_vec())?;
        }
        self.say(200)?;
        let supply = self.on.market.supply(self.on.usd_asset, 500_000 * USD, None);
        self.lab.must(&lender, vec![supply])?;
        self.list(plan, &many)?;
        self.loan(&other)?;
        for are_asked in [false, true] {
            self.are_asked = are_asked;
            self.configure(plan)?;
            if are_asked {
                // What is new must come near the last price before it counts.
                self.say(180)?;
            }
            self.say(200)?;
            self.messages(if are_asked { &second } else { &first }, &other, &many, &keeper)?;
        }
        Ok(())
    }

    /// What is compared, of a borrower with two positions, one with as many as there may be, and a
    /// keeper; somebody else is in auction all the time.
    fn messages(
        &mut self,
        borrower: &Signer,
        other: &Signer,
        many: &Signer,
        keeper: &Signer,
    ) -> Result<()> {
        let (m, eth, usd) = (self.on.market, self.on.eth_asset, self.on.usd_asset);
        let how = if self.are_asked { "asked" } else { "pushed" };
        self.loan(borrower)?;
        self.lab.measure(&format!("borrow, prices {how}"), borrower, m.borrow(usd, USD))?;
        let name = format!("borrow, {MAX_POSITIONS} prices {how}");
        self.lab.measure(&name, many, m.borrow(usd, USD))?;
        self.say(180)?;
        if !self.are_asked {
            self.lab.must(keeper, vec![m.liquidate(other.account())])?;
        }
        let name = format!("liquidate (start), prices {how}");
        self.lab.measure(&name, keeper, m.liquidate(borrower.account()))?;
        let later_ms = self.lab.chain.now_ms()? + 20 * MINUTE_MS;
        self.lab.chain.travel_to_ms(later_ms)?;
        self.say(180)?;
        let take = m.take(borrower.account(), eth, usd, 100 * USD, 0);
        self.lab.measure(&format!("take, prices {how}"), keeper, take)
    }

    /// 1,490 dollars for 10 ETH.
    fn loan(&mut self, borrower: &Signer) -> Result<()> {
        let (m, eth, usd) = (self.on.market, self.on.eth_asset, self.on.usd_asset);
        let loan = vec![m.deposit_collateral(eth, 10 * ETH, None), m.borrow(usd, 1_490 * USD)];
        self.lab.must(borrower, loan)
    }

    /// Lists further assets, of which `many` deposits as many as an account may have.
    fn list(&mut self, plan: &LocalPlan, many: &Signer) -> Result<()> {
        let (admin, m) = (self.admin.clone(), self.on.market);
        let code = self.lab.chain.upload(&admin, &Bundle::load("token")?.wasm)?;
        for asset in (2u8..).take(MAX_POSITIONS - 2) {
            let constructor = Token::constructor(0, "Another", "ANY", 18);
            let (address, receipt) =
                self.lab.chain.instantiate(&admin, code, 0, constructor, vec![asset])?;
            receipt.result.map_err(|why| anyhow!("a token: {why}"))?;
            self.tokens.push((address, format!("ANY{asset}/USD")));
            let config = ReserveConfig { token: address, ..plan.eth.clone() };
            let feed = self.on.oracle.configure(address, &plan.feed(admin.account()));
            let mint = Token { address }.mint(many.account(), 10 * ETH);
            self.lab.must(&admin, vec![m.list_reserve(&config), feed, mint])?;
            self.say(200)?;
            let approve = Token { address }.approve(m.address, u128::MAX);
            self.lab.must(many, vec![approve, m.deposit_collateral(asset, ETH, None)])?;
        }
        let (eth, usd) = (self.on.eth_asset, self.on.usd_asset);
        let loan = vec![m.deposit_collateral(eth, 100 * ETH, None), m.borrow(usd, 500 * USD)];
        self.lab.must(many, loan)
    }

    /// Has all feeds take their values from where they come from now.
    fn configure(&mut self, plan: &LocalPlan) -> Result<()> {
        let pushed = plan.feed(self.admin.account());
        let feeds = self.tokens.iter().map(|(token, symbol)| {
            let kind = SourceKind::Dia { contract: self.dia, symbol: symbol.clone() };
            let asked = SourceConfig { kind, ..pushed.sources[0].clone() };
            let asked = FeedConfig { sources: vec![asked], ..pushed.clone() };
            self.on.oracle.configure(*token, if self.are_asked { &asked } else { &pushed })
        });
        let feeds: Vec<ContractCall> = feeds.collect();
        self.lab.must(&self.admin.clone(), feeds)
    }

    /// Says what ETH is worth in dollars; all else is worth one.
    fn say(&mut self, dollars: u128) -> Result<()> {
        let now_ms = self.lab.chain.now_ms()?;
        let eth = self.on.eth.address;
        let values = self.tokens.iter().map(|(token, symbol)| {
            (*token, symbol, if *token == eth { dollars * WAD } else { WAD })
        });
        let calls: Vec<ContractCall> = if self.are_asked {
            let tokens: Vec<AccountId> = self.tokens.iter().map(|(token, _)| *token).collect();
            let set = values
                .map(|(_, symbol, wad)| abi::call(self.dia, "set_price", (symbol, now_ms, wad)));
            set.chain([self.on.oracle.poke(&tokens)]).collect()
        } else {
            let reports: Vec<_> = values.map(|(token, _, wad)| (token, wad, now_ms)).collect();
            vec![self.on.oracle.push(&reports)]
        };
        self.lab.must(&self.admin.clone(), calls)
    }
}
