//! `breakwater auctions`: what is for sale.

use super::liquidate::signed_percent;
use crate::{
    amount::{span, wad},
    context::{Connection, Context},
    deployment::Asset,
    output::table,
};
use anyhow::Result;
use breakwater_chain::{address::to_ss58, AccountId};
use breakwater_client::{lens::Quote, ClientError};
use breakwater_protocol::Error;
use serde::Serialize;
use std::time::Duration;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater auctions
  breakwater auctions --watch 2")]
pub struct Args {
    /// Refresh every so many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "3",
          value_parser = clap::value_parser!(u64).range(1..=3_600))]
    watch: Option<u64>,
    #[command(flatten)]
    connection: Connection,
}

/// One pair of assets of an account in auction.
#[derive(Serialize)]
struct Offer {
    account: String,
    health_factor_wad: String,
    pay: String,
    pay_decimals: u8,
    get: String,
    get_decimals: u8,
    /// Units repaid and received by the largest take now; absent where none is possible.
    repaid: Option<String>,
    received: Option<String>,
    bonus_wad: Option<String>,
    /// For which the backstop buys before.
    backstop_repaid: Option<String>,
    since_ms: Option<u64>,
    why_not: Option<String>,
    #[serde(skip)]
    text: [String; 7],
}

pub fn run(args: &Args) -> Result<()> {
    let mut context = args.connection.open()?;
    loop {
        let offers = offers(&mut context)?;
        let text = || match offers.as_slice() {
            [] => "no auction is open".into(),
            some => {
                let head =
                    ["account", "health", "get at most", "for", "below oracle", "runs for", ""];
                table(&head, some.iter().map(|offer| offer.text.clone()))
            }
        };
        match args.watch {
            Some(seconds) => {
                context.answer_again(&offers, text)?;
                std::thread::sleep(Duration::from_secs(seconds));
            }
            None => return context.answer(&offers, text),
        }
    }
}

/// Every account in auction.
fn open(context: &mut Context) -> Result<Vec<AccountId>> {
    let market = context.deployment.market()?;
    let mut accounts = Vec::new();
    let mut page = 0;
    loop {
        let (pages, on_page) = market.auctions(context.chain.as_mut(), page)?;
        accounts.extend(on_page);
        page += 1;
        if page >= pages {
            return Ok(accounts);
        }
    }
}

fn offers(context: &mut Context) -> Result<Vec<Offer>> {
    let (market, lens) = (context.deployment.market()?, context.deployment.lens()?);
    let mut offers = Vec::new();
    for account in open(context)? {
        let snapshot = market.snapshot(context.chain.as_mut(), account)?;
        let health_wad = snapshot.health().map_or(0, |health| health.health_factor_wad());
        let started_ms = snapshot.account.auction.as_ref().map(|auction| auction.started_ms);
        let since_ms = started_ms.map(|started_ms| snapshot.now_ms.saturating_sub(started_ms));
        let positions = &snapshot.account.positions;
        for debt in positions.iter().filter(|held| held.debt_shares != 0) {
            for collateral in positions.iter().filter(|held| held.collateral != 0) {
                let (get, pay) = (
                    context.deployment.by_id(collateral.asset)?.clone(),
                    context.deployment.by_id(debt.asset)?.clone(),
                );
                let quote = lens.quote(
                    context.chain.as_mut(),
                    account,
                    collateral.asset,
                    debt.asset,
                    u128::MAX,
                );
                offers.push(offer(account, (health_wad, since_ms), &get, &pay, quote)?);
            }
        }
    }
    Ok(offers)
}

fn offer(
    account: AccountId,
    (health_wad, since_ms): (u128, Option<u64>),
    get: &Asset,
    pay: &Asset,
    quote: Result<Quote, ClientError>,
) -> Result<Offer> {
    let (quote, why_not) = match quote {
        Ok(quote) => (Some(quote), None),
        Err(ClientError::Protocol(error)) => (None, Some(error)),
        Err(other) => return Err(other.into()),
    };
    let note = match (&quote, why_not) {
        (Some(quote), _) if quote.backstop_repaid != 0 => "the backstop first".into(),
        (_, Some(Error::VelocityLimitReached)) => "waits".into(),
        (_, Some(error)) => format!("{error:?}"),
        _ => String::new(),
    };
    let dash = || String::from("-");
    let text = [
        to_ss58(&account),
        wad(health_wad, 4),
        quote.map_or_else(dash, |quote| get.say(quote.received)),
        quote.map_or_else(|| pay.symbol.clone(), |quote| pay.say(quote.repaid)),
        quote.map_or_else(dash, |quote| signed_percent(quote.bonus_wad)),
        since_ms.map_or_else(dash, span),
        note,
    ];
    Ok(Offer {
        account: to_ss58(&account),
        health_factor_wad: health_wad.to_string(),
        pay: pay.symbol.clone(),
        pay_decimals: pay.decimals,
        get: get.symbol.clone(),
        get_decimals: get.decimals,
        repaid: quote.map(|quote| quote.repaid.to_string()),
        received: quote.map(|quote| quote.received.to_string()),
        bonus_wad: quote.map(|quote| quote.bonus_wad.to_string()),
        backstop_repaid: quote.map(|quote| quote.backstop_repaid.to_string()),
        since_ms,
        why_not: why_not.map(|error| format!("{error:?}")),
        text,
    })
}
