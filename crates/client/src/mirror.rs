//! A market in memory, read from a chain.

use crate::{ClientError, Market};
use breakwater_chain::{AccountId, Chain};
use breakwater_model::Model;

/// Reads a market's balances with the accounts given, their stakes apart. Prices are the oracle's.
pub fn mirror(
    chain: &mut dyn Chain,
    market: &Market,
    accounts: impl IntoIterator<Item = AccountId>,
) -> Result<Model, ClientError> {
    let (_, _, params) = market.settings(chain)?;
    let mut model = Model::new(params, chain.now_ms()?);
    refresh(chain, market, &mut model)?;
    for account in accounts {
        refresh_account(chain, market, &mut model, account)?;
    }
    Ok(model)
}

/// Reads time, reserves, prices and the index of auctions again.
pub fn refresh(
    chain: &mut dyn Chain,
    market: &Market,
    model: &mut Model,
) -> Result<(), ClientError> {
    let count = market.reserve_count(chain)?;
    let assets: Vec<_> = (0..count).collect();
    let reserves = market.priced_reserves(chain, &assets)?;
    model.now_ms = chain.now_ms()?;
    model.set_reserves(&reserves);
    (_, _, model.root.guard) = market.guard(chain)?;
    let mut open = Vec::new();
    loop {
        let (pages, page) = market.auctions(chain, open.len() as u32)?;
        if open.len() >= pages as usize {
            break;
        }
        open.push(page);
    }
    model.set_open(open);
    Ok(())
}

/// Reads one account again.
pub fn refresh_account(
    chain: &mut dyn Chain,
    market: &Market,
    model: &mut Model,
    account: AccountId,
) -> Result<(), ClientError> {
    let held = market.account(chain, account)?;
    if held.is_empty() {
        model.accounts.remove(&account);
    } else {
        model.accounts.insert(account, held);
    }
    Ok(())
}
