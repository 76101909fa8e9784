//! `breakwater bench crowd`: whether messages cost more where many accounts have debts and are in auction.

use super::{
    measure::{Lab, ETH, USD},
    page::{save_part, table},
    Cost,
};
use anyhow::{anyhow, Context, Result};
use breakwater_chain::{AccountId, Chain, Signer, Transaction};
use breakwater_client::{Deployment, LocalPlan};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::{
    market::AUCTIONS_PER_PAGE,
    num::{math::WAD, time::MINUTE_MS},
    BreakerConfig,
};
use std::path::PathBuf;

/// The mark between which the table stands.
const PART: &str = "breakwater bench crowd";
/// Transactions sent at once.
const AT_ONCE: usize = 50;
const FUNDS_PLANCK: u128 = 1_000_000_000_000_000;

#[derive(clap::Args)]
pub struct Args {
    /// How many other accounts have debts and are in auction, in rising order. The last page of the index is
    /// equally full where they leave the same rest by 32.
    #[arg(long, value_delimiter = ',', default_values_t = [8, 1_000, 5_000])]
    accounts: Vec<usize>,
    /// Write the table into this page, between its marks
    #[arg(long, value_name = "PAGE")]
    write: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<()> {
    let table = written(&args.accounts, &measure(&args.accounts)?);
    match &args.write {
        Some(page) => save_part(page, PART, &table),
        None => {
            println!("{table}");
            Ok(())
        }
    }
}

/// What is measured at each number of accounts.
const MESSAGES: [&str; 3] = ["supply, again", "liquidate (start)", "take, part"];

fn written(accounts: &[usize], costs: &[Cost]) -> String {
    let heads: Vec<String> =
        accounts.iter().map(|count| format!("{count} in auction (µs)")).collect();
    let mut head = vec!["message"];
    head.extend(heads.iter().map(String::as_str));
    let mut rows = table(&head);
    for (place, message) in MESSAGES.into_iter().enumerate() {
        let of = costs.iter().skip(place).step_by(MESSAGES.len());
        let times = of.map(|cost| format!("{:.1}", cost.ref_time_ps as f64 / 1e6));
        rows.add_row([message.to_owned()].into_iter().chain(times));
    }
    rows.to_string()
}

/// [`MESSAGES`] with so many other accounts in auction, in rising order.
pub fn measure(accounts: &[usize]) -> Result<Vec<Cost>> {
    let admin = Signer::from_uri("//Alice")?;
    let mut chain = EmbeddedChain::new(Profile::Node)?;
    let mut plan = LocalPlan::default();
    plan.params.breaker = BreakerConfig::by_hand();
    let on = Deployment::deploy(&mut chain, &admin, &plan).context("cannot deploy the market")?;
    let (lender, keeper) = (Signer::from_uri("//Bob")?, Signer::from_uri("//Dave")?);
    let mut crowd =
        Crowd { lab: Lab { chain, costs: Vec::new() }, on, admin, lender, keeper, accounts: 0 };
    crowd.set_up()?;
    for count in accounts {
        crowd.messages(*count)?;
    }
    Ok(crowd.lab.costs)
}

struct Crowd {
    lab: Lab,
    on: Deployment,
    admin: Signer,
    lender: Signer,
    keeper: Signer,
    /// All that are in auction.
    accounts: usize,
}

impl Crowd {
    fn set_up(&mut self) -> Result<()> {
        let (usd, market) = (self.on.usd, self.on.market);
        for signer in [self.lender.clone(), self.keeper.clone()] {
            self.lab
                .must(&self.admin.clone(), vec![usd.mint(signer.account(), 100_000_000 * USD)])?;
            self.lab.must(&signer, vec![usd.approve(market.address, u128::MAX)])?;
        }
        self.price(200)?;
        let supply = market.supply(self.on.usd_asset, 10_000_000 * USD, None);
        self.lab.must(&self.lender.clone(), vec![supply])
    }

    fn messages(&mut self, count: usize) -> Result<()> {
        let (m, eth, usd) = (self.on.market, self.on.eth_asset, self.on.usd_asset);
        self.price(200)?;
        let others = self.borrowers(count.saturating_sub(self.accounts))?;
        let subject = self.borrowers(1)?;
        self.price(180)?;
        for accounts in others.chunks(AUCTIONS_PER_PAGE) {
            self.lab.must(&self.keeper.clone(), vec![m.liquidate_many(accounts)])?;
        }
        let (lender, keeper) = (self.lender.clone(), self.keeper.clone());
        self.lab.measure("supply, again", &lender, m.supply(usd, 1_000 * USD, None))?;
        self.lab.measure("liquidate (start)", &keeper, m.liquidate(subject[0]))?;
        let later_ms = self.lab.chain.now_ms()? + 20 * MINUTE_MS;
        self.lab.chain.travel_to_ms(later_ms)?;
        self.price(180)?;
        self.lab.measure("take, part", &keeper, m.take(subject[0], eth, usd, 10 * USD, 0))?;
        self.accounts = count + 1;
        Ok(())
    }

    /// So many new accounts with a debt of 149 dollars on an ETH, healthy at 200.
    fn borrowers(&mut self, count: usize) -> Result<Vec<AccountId>> {
        let first = self.accounts;
        let kind = if count == 1 { "Subject" } else { "Other" };
        let signers = (first..first + count)
            .map(|index| Signer::from_uri(&format!("//{kind}/{index}")))
            .collect::<Result<Vec<_>, _>>()?;
        let accounts: Vec<AccountId> = signers.iter().map(Signer::account).collect();
        self.lab.chain.fund(&self.admin, &accounts, FUNDS_PLANCK)?;
        let (on, admin) = (&self.on, &self.admin);
        let mut transactions: Vec<Transaction> = accounts
            .iter()
            .map(|account| Transaction::new(admin, on.eth.mint(*account, ETH)))
            .collect();
        transactions.extend(signers.iter().map(|signer| Transaction {
            signer: signer.clone(),
            calls: vec![
                on.eth.approve(on.market.address, u128::MAX),
                on.market.deposit_collateral(on.eth_asset, ETH, None),
                on.market.borrow(on.usd_asset, 149 * USD),
            ],
        }));
        for some in transactions.chunks(AT_ONCE) {
            for receipt in self.lab.chain.submit_all(some)? {
                receipt.result.map_err(|why| anyhow!("a borrower: {why}"))?;
            }
            self.price(200)?;
        }
        Ok(accounts)
    }

    fn price(&mut self, dollars: u128) -> Result<()> {
        let now_ms = self.lab.chain.now_ms()?;
        let push = self.on.push_prices(dollars * WAD, now_ms);
        self.lab.must(&self.admin.clone(), vec![push])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What other accounts there are is nothing to a message: with six pages of the index it reads, writes and
    /// proves what it does with one. Divisions of other numbers take some two thousandths; an item for each page
    /// would be four hundredths of a take.
    #[test]
    fn others_in_auction_cost_nothing() {
        let costs = measure(&[8, 5 * AUCTIONS_PER_PAGE + 8]).unwrap();
        let (few, many) = costs.split_at(MESSAGES.len());
        for (few, many) in few.iter().zip(many) {
            let change = many.ref_time_ps as f64 / few.ref_time_ps as f64 - 1.0;
            assert!(change.abs() < 0.004, "{}: {change}", few.message);
            // One item more would be kilobytes; amounts may be some bytes longer.
            let longer = many.proof_bytes.abs_diff(few.proof_bytes);
            assert!(longer < 64, "{}: {longer} bytes", few.message);
            let items = |cost: &Cost| cost.parts.as_ref().map(|parts| (parts.reads, parts.writes));
            assert_eq!(items(few), items(many), "{}", few.message);
        }
    }
}
