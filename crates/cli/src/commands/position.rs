//! `breakwater position`: an account.

use crate::{
    amount::{percent, tokens, usd, wad},
    context::{account, Connection},
    explain,
    output::{list, table},
};
use anyhow::Result;
use breakwater_protocol::lens::AccountView;
use serde::Serialize;

#[derive(clap::Args)]
#[command(after_help = "Examples:
  breakwater position //Bob
  breakwater position 5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty --json")]
pub struct Args {
    /// An address, or //Name of a development account
    account: String,
    #[command(flatten)]
    connection: Connection,
}

/// Amounts in units and wads, as text: they don't fit a JSON number.
#[derive(Serialize)]
struct Answer {
    collateral_wad: String,
    debt_wad: String,
    /// Absent without debt.
    health_factor_wad: Option<String>,
    available_wad: String,
    in_auction: bool,
    positions: Vec<Position>,
}

#[derive(Serialize)]
struct Position {
    asset: String,
    decimals: u8,
    supplied: String,
    collateral: String,
    owed: String,
    liquidation_price_wad: Option<String>,
}

pub fn run(args: &Args) -> Result<()> {
    let mut context = args.connection.open()?;
    let whose = account(&args.account)?;
    let lens = context.deployment.lens()?;
    let view = lens.account(context.chain.as_mut(), whose).map_err(explain::client)?;
    let in_debt = view.health.debt_wad != 0;
    let mut positions = Vec::new();
    let mut rows = Vec::new();
    for held in &view.positions {
        let asset = context.deployment.by_id(held.asset)?;
        let amount = |units: u128| match units {
            0 => String::from("-"),
            units => tokens(units, asset.decimals),
        };
        rows.push([
            asset.symbol.clone(),
            amount(held.supplied),
            amount(held.collateral),
            amount(held.owed),
            held.liquidation_price_wad.map_or("-".into(), usd),
            percent(held.marginal_threshold_wad),
        ]);
        positions.push(Position {
            asset: asset.symbol.clone(),
            decimals: asset.decimals,
            supplied: held.supplied.to_string(),
            collateral: held.collateral.to_string(),
            owed: held.owed.to_string(),
            liquidation_price_wad: held.liquidation_price_wad.map(|price| price.to_string()),
        });
    }
    let answer = Answer {
        collateral_wad: view.health.collateral_wad.to_string(),
        debt_wad: view.health.debt_wad.to_string(),
        health_factor_wad: in_debt.then(|| view.health_factor_wad.to_string()),
        available_wad: view.available_wad.to_string(),
        in_auction: view.account.auction.is_some(),
        positions,
    };
    context.answer(&answer, || {
        if rows.is_empty() {
            return "nothing here: no deposit, no collateral, no debt".into();
        }
        let head = ["asset", "supplied", "collateral", "debt", "liquidated at", "threshold"];
        format!("{}\n{}", table(&head, rows), list(&totals(&view)))
    })
}

fn totals(view: &AccountView) -> Vec<(&'static str, String)> {
    let mut pairs = vec![
        ("collateral", usd(view.health.collateral_wad)),
        ("debt", usd(view.health.debt_wad)),
        ("can borrow", usd(view.available_wad)),
    ];
    if view.health.debt_wad != 0 {
        pairs.push(("health factor", wad(view.health_factor_wad, 4)));
    }
    if let Some(ltv_wad) = view.ltv_wad {
        pairs.push(("LTV", percent(ltv_wad)));
    }
    if let Some(shock_wad) = view.shock_to_liquidation_wad {
        pairs.push(("room to fall", percent(shock_wad)));
    }
    if view.account.auction.is_some() {
        pairs.push(("auction", "running: repay or add collateral to end it".into()));
    }
    pairs
}
