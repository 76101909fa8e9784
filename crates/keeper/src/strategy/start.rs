//! Which auctions to start.

use super::{
    fill::{purchase, Purchase},
    value_of, Deed, Plan,
};
use crate::{ranking::Unhealthy, views::Picture};
use breakwater_chain::AccountId;
use breakwater_protocol::{
    actions::start_liquidation,
    auction::{fill, terms},
    Account, Error, Position, Sheet,
};

/// Most accounts in a transaction that starts and fills: one that fails undoes the others.
const MOST_FILLED_AT_ONCE: usize = 8;

/// Of the unhealthy, those whose auctions the backstop buys from as soon as they are started: both in
/// one transaction, so that nobody is quicker (`docs/results.md`: nothing damps more). At most `most`
/// of them; and the others, for [`starts`].
pub fn starts_with_fills<'b>(
    picture: &mut Picture,
    unhealthy: Vec<Unhealthy>,
    positions: impl Fn(&AccountId) -> &'b [Position],
    us: AccountId,
    most: usize,
) -> (Vec<Plan>, Vec<Unhealthy>) {
    if picture.settings.pools.values().all(|pool| pool.shares == 0) {
        return (Vec::new(), unhealthy);
    }
    let (mut done, mut others) = (Vec::new(), Vec::new());
    for one in unhealthy {
        let positions = positions(&one.account).to_vec();
        let account = Account { positions, ..Account::default() };
        match if done.len() < most { bought_at_once(picture, account, us) } else { None } {
            Some(bought) => done.push((one.account, bought)),
            None => others.push(one),
        }
    }
    let plans = done.chunks(MOST_FILLED_AT_ONCE).map(|some| {
        let gains = some.iter().map(|(_, bought)| bought.gain_wad);
        let fills = some.iter().map(|(who, bought)| (*who, bought.collateral, bought.debt));
        Plan::new(Deed::StartAndFill(fills.collect()), gains.fold(0, u128::saturating_add))
    });
    (plans.collect(), others)
}

/// What the backstop would buy as soon as we have started an account's auction.
fn bought_at_once(picture: &mut Picture, account: Account, us: AccountId) -> Option<Purchase> {
    let mut sheet = picture.sheet(account).ok()?;
    start_liquidation(&mut sheet, us, 0).ok()?;
    purchase(picture, &sheet, us, false)
}

/// The auctions that the market would let us start now, the lowest health first, at most `most` of
/// them, each worth at least `least_wad` as far as can be told. Their gain is the starter's reward if
/// somebody took now all that may be taken.
pub fn starts<'b>(
    picture: &Picture,
    unhealthy: &[Unhealthy],
    positions: impl Fn(&AccountId) -> &'b [Position],
    us: AccountId,
    (most, least_wad): (usize, u128),
) -> Option<Plan> {
    let mut sheet = picture.whole_sheet();
    let mut chosen = Vec::new();
    let mut gain_wad = 0u128;
    for Unhealthy { account, .. } in unhealthy {
        if chosen.len() >= most {
            break;
        }
        let positions = positions(account).to_vec();
        sheet.account = Account { positions, ..Account::default() };
        if start_liquidation(&mut sheet, us, 0).is_err() {
            continue;
        }
        // What can't be told now, such as with the velocity limit reached, may be worth it later.
        let reward_wad = reward_wad(&sheet).unwrap_or(least_wad);
        if reward_wad < least_wad {
            continue;
        }
        gain_wad = gain_wad.saturating_add(reward_wad);
        chosen.push(*account);
    }
    (!chosen.is_empty()).then(|| Plan::new(Deed::Start(chosen), gain_wad))
}

/// The starter's reward if somebody took the most valuable collateral's most now, wad dollars: at the
/// end of the auction it is no less, for the fee does not fall.
fn reward_wad(sheet: &Sheet) -> Result<u128, Error> {
    let health = sheet.health()?;
    let mut best = Err(Error::NoDebt);
    for lot in sheet.account.collaterals() {
        for owed in sheet.account.debts() {
            let Ok(terms) = terms(sheet, &health, lot.asset, owed.asset) else { continue };
            let filled = fill(sheet, &terms, lot.asset, owed.asset, u128::MAX);
            let worth = filled.and_then(|fill| value_of(sheet.line(lot.asset)?, fill.reward));
            if let Ok(worth) = worth {
                best = Ok(best.map_or(worth, |best: u128| best.max(worth)));
            }
        }
    }
    best
}
