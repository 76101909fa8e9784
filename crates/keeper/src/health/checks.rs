//! What is wrong with what is seen: pure functions, in words. `None` where nothing is.

use breakwater_chain::{address::to_ss58, AccountId};
use breakwater_protocol::{
    actions::start_liquidation, oracle::price::Use, Account, AccountSnapshot, AssetId, Error,
    Position, PricedReserve,
};
use std::collections::{BTreeMap, BTreeSet};

/// Accounts for which the reason is computed, at most: one reason is told anyway.
const REASONS: usize = 64;

/// How long ago each price was made, in milliseconds, of the assets that accounts depend on; none for a
/// price that is missing.
pub fn price_ages(lines: &[PricedReserve], now_ms: u64) -> BTreeMap<AssetId, Option<u64>> {
    let matters = lines.iter().filter(|line| {
        let balances = &line.reserve.balances;
        balances.debt_shares != 0 || balances.collateral != 0
    });
    let age = |line: &PricedReserve| {
        line.price.as_ref().map(|price| now_ms.saturating_sub(price.time_ms))
    };
    matters.map(|line| (line.asset, age(line))).collect()
}

/// Prices that accounts depend on and that are missing, older than `most_ms`, or not good enough to start
/// or settle a liquidation.
pub fn stale_prices(lines: &[PricedReserve], now_ms: u64, most_ms: u64) -> Option<String> {
    let ages = price_ages(lines, now_ms);
    let wrong = lines.iter().filter_map(|line| {
        let age_ms = ages.get(&line.asset)?;
        let Some(price) = &line.price else {
            return Some(format!("asset {} has none", line.asset));
        };
        let age_ms = age_ms.unwrap_or(0);
        let lacks: Vec<&str> = [(Use::Liquidation, "liquidation"), (Use::Settlement, "settlement")]
            .into_iter()
            .filter_map(|(purpose, name)| (!price.is_good_for(purpose)).then_some(name))
            .collect();
        if lacks.is_empty() && age_ms <= most_ms {
            return None;
        }
        let mut text = format!("asset {} is {} old", line.asset, span(age_ms));
        if !lacks.is_empty() {
            text = format!("{text} and not good for {}", lacks.join(" or "));
        }
        Some(text)
    });
    list(wrong, "prices: ")
}

/// Why an unhealthy account has no auction, as far as the market decides it; none if it would let us
/// start it.
pub fn held_back(
    account_snapshot: &mut AccountSnapshot,
    us: AccountId,
    positions: &[Position],
) -> Option<Error> {
    account_snapshot.account = Account { positions: positions.to_vec(), ..Account::default() };
    start_liquidation(account_snapshot, us, 0).err()
}

/// Accounts that have been unhealthy for long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// How many, and the longest, in blocks.
    pub count: usize,
    pub oldest_blocks: u64,
    /// Held back by the breaker or by a grace period.
    pub halted: Option<String>,
    /// For any other reason.
    pub other: Option<String>,
}

/// Accounts that were unhealthy for `most_blocks` blocks or longer, with why: `since` has the block at
/// which each was first seen so, `why` says what the market would answer to a start.
pub fn waiting(
    since: &BTreeMap<AccountId, u64>,
    block: u64,
    most_blocks: u64,
    mut why: impl FnMut(&AccountId) -> Option<Error>,
) -> Waiting {
    let age = |from: u64| block.saturating_sub(from);
    let mut old: Vec<(u64, &AccountId)> = since
        .iter()
        .map(|(account, from)| (age(*from), account))
        .filter(|(blocks, _)| *blocks >= most_blocks)
        .collect();
    old.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let mut reasons: BTreeMap<String, (bool, usize, AccountId)> = BTreeMap::new();
    for (_, account) in old.iter().take(REASONS) {
        let reason = why(account);
        let is_halt = matches!(reason, Some(Error::BreakerHalted | Error::GracePeriod));
        let text = match &reason {
            Some(error) => format!("{error:?}"),
            None => "the market would let us start them: they do not pay, or starting fails".into(),
        };
        reasons.entry(text).or_insert((is_halt, 0, **account)).1 += 1;
    }
    let oldest_blocks = old.first().map_or(0, |(blocks, _)| *blocks);
    let told = |halts: bool| {
        let of_kind = reasons.iter().filter(|(_, (is_halt, ..))| *is_halt == halts);
        let texts = of_kind
            .map(|(text, (_, count, first))| format!("{count} such as {}: {text}", to_ss58(first)));
        let head = format!(
            "{} accounts unhealthy without an auction, the longest for {oldest_blocks} blocks: ",
            old.len()
        );
        list(texts, &head)
    };
    Waiting { count: old.len(), oldest_blocks, halted: told(true), other: told(false) }
}

/// What we have of an asset to repay debts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    pub asset: AssetId,
    /// Units we have, units the market may pull, units we want to spend at most.
    pub balance: u128,
    pub allowance: u128,
    pub spend_max: u128,
}

impl Purse {
    /// What is left is no more than a hundredth of what may be spent.
    pub fn is_spent(&self) -> bool {
        self.balance <= self.spend_max / 100
    }

    /// There is money, and the market may pull next to nothing of it.
    pub fn is_locked(&self) -> bool {
        !self.is_spent() && self.allowance <= self.balance.min(self.spend_max) / 100
    }
}

/// Assets in which debt of accounts in auction is open (asset and wad dollars) and that are spent.
pub fn spent(purses: &[Purse], open_wad: &BTreeMap<AssetId, u128>) -> Option<String> {
    let wrong = purses.iter().filter(|purse| purse.spend_max != 0 && purse.is_spent());
    let texts = wrong.filter_map(|purse| {
        let open_wad = open_wad.get(&purse.asset).filter(|wad| **wad != 0)?;
        Some(format!(
            "asset {}: {} units left of {} that may be spent, debt of ${:.2} is open",
            purse.asset,
            purse.balance,
            purse.spend_max,
            *open_wad as f64 / 1e18
        ))
    });
    list(texts, "")
}

/// Assets of which the market may not pull what we have.
pub fn locked(purses: &[Purse]) -> Option<String> {
    let wrong = purses.iter().filter(|purse| purse.spend_max != 0 && purse.is_locked());
    let texts = wrong.map(|purse| {
        format!(
            "asset {}: the market may pull {} of {} units",
            purse.asset, purse.allowance, purse.balance
        )
    });
    list(texts, "")
}

/// Debt of accounts in auction by asset, wad dollars, rounded up; what can't be valued is left out.
pub fn open_debt_wad<'p>(
    positions: impl Iterator<Item = &'p [Position]>,
    lines: &[PricedReserve],
) -> BTreeMap<AssetId, u128> {
    let mut open: BTreeMap<AssetId, u128> = BTreeMap::new();
    for held in positions.flatten().filter(|held| held.debt_shares != 0) {
        let Some(line) = lines.iter().find(|line| line.asset == held.asset) else { continue };
        let Some(price) = &line.price else { continue };
        let value = breakwater_protocol::account::health::debt_value_up(held, line, price.mid_wad);
        let sum = open.entry(held.asset).or_default();
        *sum = sum.saturating_add(value.unwrap_or(0));
    }
    open
}

/// Auctions that are open for longer than `most_ms`.
pub fn old_auctions(
    auctions: &BTreeMap<AccountId, u64>,
    now_ms: u64,
    most_ms: u64,
) -> (u64, Option<String>) {
    let age = |started_ms: &u64| now_ms.saturating_sub(*started_ms);
    let oldest = auctions.iter().max_by_key(|(_, started_ms)| age(started_ms));
    let Some((account, started_ms)) = oldest else { return (0, None) };
    let oldest_ms = age(started_ms);
    let count = auctions.values().filter(|started_ms| age(started_ms) > most_ms).count();
    let wrong = (count != 0).then(|| {
        format!(
            "{count} auctions are open, the longest for {}: {}",
            span(oldest_ms),
            to_ss58(account)
        )
    });
    (oldest_ms, wrong)
}

/// Contracts that did not answer.
pub fn unanswered(contracts: &BTreeMap<AccountId, String>) -> Option<String> {
    let texts = contracts.iter().map(|(address, why)| format!("{}: {why}", to_ss58(address)));
    list(texts, "")
}

/// Accounts first seen unhealthy at a block: those that no longer are go, new ones come.
pub fn remember(
    since: &mut BTreeMap<AccountId, u64>,
    now: impl Iterator<Item = AccountId>,
    block: u64,
) {
    let now: BTreeSet<AccountId> = now.collect();
    since.retain(|account, _| now.contains(account));
    for account in now {
        let first = since.entry(account).or_insert(block);
        // A chain may have been walked back below that.
        *first = block.min(*first);
    }
}

/// A time for people.
fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}

fn list(texts: impl Iterator<Item = String>, head: &str) -> Option<String> {
    let text = texts.collect::<Vec<_>>().join("; ");
    (!text.is_empty()).then(|| format!("{head}{text}"))
}
