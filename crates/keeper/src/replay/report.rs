//! What a walk through the past has found.

use serde::Serialize;
use std::collections::BTreeMap;

/// Something that it would have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deed {
    /// The block that it would have answered.
    pub block: u64,
    pub time_ms: u64,
    pub kind: &'static str,
    /// SS58 addresses.
    pub accounts: Vec<String>,
    /// What it would have brought, in dollars, before fees; of a start what follows it, as it is valued.
    pub gain_usd: f64,
    /// What it would have cost at most, fee and deposit, in dollars.
    pub cost_usd: f64,
    /// After how many blocks history has done the same with the first of the accounts; none if it has not.
    pub others_after: Option<u64>,
    /// Why the chain would not have done it.
    pub refused: Option<String>,
    /// It was tried on the state of that block. Else its weight, and that it would have gone through, are
    /// assumed: the account did not have the money, or had not approved the market.
    pub is_tried: bool,
}

/// What a range of blocks would have brought.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Replay {
    pub from: u64,
    pub to: u64,
    /// SS58 address of the account whose balances were those of each block; none where what may be spent was taken
    /// to be there.
    pub account: Option<String>,
    pub deeds: Vec<Deed>,
    /// What history has done in these blocks, by whomever.
    pub starts_by_others: usize,
    pub takes_by_others: usize,
}

impl Replay {
    /// By kind: how many, gain and cost in dollars; what the chain would have refused is left out.
    pub fn totals(&self) -> BTreeMap<&'static str, (usize, f64, f64)> {
        let mut totals = BTreeMap::<_, (usize, f64, f64)>::new();
        for deed in self.deeds.iter().filter(|deed| deed.refused.is_none()) {
            let (count, gain, cost) = totals.entry(deed.kind).or_default();
            *count += 1;
            *gain += deed.gain_usd;
            *cost += deed.cost_usd;
        }
        totals
    }
}

impl std::fmt::Display for Replay {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for deed in &self.deeds {
            let accounts = match &deed.accounts[..] {
                [] => String::new(),
                [only] => format!(" {only}"),
                several => format!(" {} accounts", several.len()),
            };
            let others = match (&deed.refused, deed.others_after) {
                (Some(why), _) => format!("refused: {why}"),
                (None, Some(blocks)) => format!("others {blocks} blocks later"),
                (None, None) => "nobody else".into(),
            };
            let Deed { block, kind, gain_usd, cost_usd, .. } = deed;
            let tried = if deed.is_tried { "" } else { " (not tried)" };
            writeln!(
                to,
                "block {block}: {kind}{accounts}, gain {gain_usd:.2}, cost {cost_usd:.4} dollars{tried}; {others}"
            )?;
        }
        writeln!(
            to,
            "blocks {} to {}: history had {} starts and {} takes",
            self.from, self.to, self.starts_by_others, self.takes_by_others
        )?;
        let mut net = 0.0;
        for (kind, (count, gain, cost)) in self.totals() {
            net += gain - cost;
            writeln!(to, "{kind}: {count} times, gain {gain:.2}, cost {cost:.4} dollars")?;
        }
        writeln!(to, "net {net:.2} dollars, at the prices of then")?;
        match &self.account {
            Some(account) => write!(to, "with what {account} had in each block"),
            None => write!(to, "as if what may be spent at once was there each time"),
        }
    }
}
