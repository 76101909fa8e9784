//! `breakwater keeper-config`: a keeper's configuration for a deployment.

use crate::{
    amount::Decimal,
    context::{account, Connection, Context},
    deployment::Address,
    output::note,
};
use anyhow::{Context as _, Result};
use breakwater_chain::address::to_ss58;
use breakwater_protocol::AssetId;
use serde::Serialize;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater keeper-config > keeper.toml
  breakwater keeper-config --spend USD=10000 > keeper.toml     # takes with own money, up to this much
  breakwater keeper-config --listen 127.0.0.1:9616 > keeper.toml     # metrics, health, history for the page
  breakwater keeper-config --account //Dave --spend USD=10000 > keeper.toml
  BREAKWATER_KEEPER_KEY=//Dave breakwater keeper --config keeper.toml

`breakwater keeper --example` prints every key there is.")]
pub struct Args {
    /// Most of an asset to spend on takes at once; without any, takes need a taker contract and an AMM pool
    #[arg(long, value_name = "ASSET=AMOUNT")]
    spend: Vec<String>,
    /// Where the keeper answers for metrics, health and history; without it, nowhere
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Whose keeper it is; a taker contract that serves somebody else is left out, with the pools that it sells on
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

/// The part of the keeper's configuration that a deployment decides. The rest has defaults.
#[derive(Serialize)]
struct Keeper {
    chain: Chain,
    market: Market,
    signer: Signer,
    store: Store,
    log: Log,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<Http>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    inventory: Vec<Inventory>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pool: Vec<Pool>,
}

#[derive(Serialize)]
struct Chain {
    endpoints: Vec<String>,
    genesis: String,
}

#[derive(Serialize)]
struct Market {
    market: String,
    lens: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    taker: Option<String>,
}

#[derive(Serialize)]
struct Signer {
    uri_env: &'static str,
}

#[derive(Serialize)]
struct Store {
    path: &'static str,
}

#[derive(Serialize)]
struct Log {
    format: &'static str,
}

#[derive(Serialize)]
struct Http {
    listen: String,
}

#[derive(Serialize)]
struct Inventory {
    asset: AssetId,
    spend_max: f64,
}

#[derive(Serialize)]
struct Pool {
    address: String,
    base: AssetId,
    quote: AssetId,
}

pub fn run(args: &Args) -> Result<()> {
    let mut context = args.connection.open()?;
    let taker = taker_of(args.account.as_deref(), &mut context)?;
    let deployment = &context.deployment;
    let inventory = args.spend.iter().map(|text| {
        let (symbol, amount) = text.split_once('=').context("write ASSET=AMOUNT")?;
        // The same spelling as everywhere; a keeper's limits are rounded anyway.
        let spend_max = amount.parse::<Decimal>()?.to_f64();
        Ok(Inventory { asset: deployment.asset(symbol)?.id()?, spend_max })
    });
    // What the deployment's taker sells on is nothing to a keeper that it does not serve.
    let is_served = taker == deployment.taker;
    let pools = deployment.pools.iter().filter(|_| is_served).map(|pool| {
        let (base, quote) =
            (deployment.asset(&pool.base)?.id()?, deployment.asset(&pool.quote)?.id()?);
        Ok(Pool { address: to_ss58(&pool.address.0), base, quote })
    });
    let keeper = Keeper {
        chain: Chain {
            endpoints: vec![args.connection.node.clone()],
            genesis: deployment.genesis.clone(),
        },
        market: Market {
            market: to_ss58(&deployment.market()?.address),
            lens: to_ss58(&deployment.lens()?.address),
            taker: taker.map(|taker| to_ss58(&taker.0)),
        },
        signer: Signer { uri_env: "BREAKWATER_KEEPER_KEY" },
        store: Store { path: "keeper.redb" },
        log: Log { format: "text" },
        http: args.listen.clone().map(|listen| Http { listen }),
        inventory: inventory.collect::<Result<_>>()?,
        pool: pools.collect::<Result<_>>()?,
    };
    let text = toml::to_string(&keeper).context("cannot write the configuration")?;
    // Better refused here than by a keeper that is to be started later.
    breakwater_keeper::config::Config::parse(&text)?;
    context.answer(&keeper, || text.trim_end().into())
}

/// The deployment's taker, unless it serves somebody else than the account.
fn taker_of(text: Option<&str>, context: &mut Context) -> Result<Option<Address>> {
    let (Some(text), Some(taker)) = (text, context.deployment.taker) else {
        return Ok(context.deployment.taker);
    };
    let (keeper, market) = (account(text)?, context.deployment.market()?);
    let ours = context.deployment.taker()?.serves(context.chain.as_mut(), &market, keeper)?;
    if !ours {
        note("left out: the deployment's taker, which serves who deployed it, and its pools");
    }
    Ok(ours.then_some(taker))
}
