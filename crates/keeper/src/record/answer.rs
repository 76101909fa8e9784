//! Questions to the record, and their answers in JSON.

use super::{told, Past, Place, Record, Row, Since, Sums};
use breakwater_chain::{address, AccountId};
use serde_json::{json, Value};
use std::collections::BTreeSet;

/// Most events, or steps, of one answer, and how many unless told.
pub const MOST: usize = 500;
const USUAL: usize = 100;
/// Longest question.
const LONGEST_QUERY: usize = 512;

/// Why a question is not answered.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}\n")]
pub struct Refused(pub &'static str);

/// A question's parts.
struct Query<'q>(Vec<(&'q str, &'q str)>);

impl<'q> Query<'q> {
    fn parse(text: &'q str, known: &[&str]) -> Result<Self, Refused> {
        if text.len() > LONGEST_QUERY {
            return Err(Refused("the question is too long"));
        }
        let parts = text.split('&').filter(|part| !part.is_empty());
        let parts: Vec<_> = parts.map(|part| part.split_once('=').unwrap_or((part, ""))).collect();
        match parts.iter().all(|(name, _)| known.contains(name)) {
            true => Ok(Self(parts)),
            false => Err(Refused("it can be asked by account, before, limit and market")),
        }
    }

    fn get(&self, wanted: &str) -> Option<&'q str> {
        self.0.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
    }

    fn limit(&self, usual: usize) -> Result<usize, Refused> {
        let Some(text) = self.get("limit") else { return Ok(usual) };
        let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        limit.ok_or(Refused("limit is a number from 1 to 500"))
    }

    fn account(&self) -> Result<Option<AccountId>, Refused> {
        let account = self.get("account").map(address::parse).transpose();
        account.map_err(|_| Refused("account is no address: SS58, or 0x and 64 hex digits"))
    }

    /// A block's number, or what an answer has called `next`: a block's and a place in it.
    fn before(&self) -> Result<Place, Refused> {
        let Some(text) = self.get("before") else { return Ok((u64::MAX, u32::MAX)) };
        let place = match text.split_once('-') {
            Some((block, index)) => block.parse().ok().zip(index.parse().ok()),
            None => text.parse().ok().map(|block| (block, 0)),
        };
        place.ok_or(Refused("before is a block's number, or what an answer has called next"))
    }
}

/// The market that a question names, if it names one.
pub(crate) fn market_of(query: &str) -> Option<&str> {
    Query::parse(query, &["account", "before", "limit", "market"]).ok()?.get("market")
}

/// Events, newest first: of an account, or those that matter to everybody.
///
/// # Errors
/// [`Refused`] for a question that can't be understood.
pub fn history(record: &Record, query: &str) -> Result<String, Refused> {
    let query = Query::parse(query, &["account", "before", "limit", "market"])?;
    let (account, before, limit) = (query.account()?, query.before()?, query.limit(USUAL)?);
    let is_meant = |row: &&Row| match &account {
        Some(account) => row.concerns(account),
        None => row.is_notable,
    };
    // Under the lock they are copied only: whoever writes must not wait for the text.
    let (mut rows, heads) = {
        let past = record.past();
        let older = past.rows.iter().rev().filter(|row| row.place < before);
        let rows: Vec<Row> = older.filter(is_meant).take(limit + 1).cloned().collect();
        (rows, past.heads())
    };
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let next =
        rows.last().filter(|_| has_more).map(|row| format!("{}-{}", row.place.0, row.place.1));
    let events: Vec<Value> = rows.iter().filter_map(told::row).collect();
    let mut answer = heads;
    answer["events"] = events.into();
    answer["next"] = json!(next);
    Ok(answer.to_string())
}

/// The series, oldest first, and sums over all that is kept.
///
/// # Errors
/// [`Refused`] for a question that can't be understood.
pub fn stats(record: &Record, query: &str) -> Result<String, Refused> {
    let limit = Query::parse(query, &["limit", "market"])?.limit(MOST)?;
    let (points, heads, total, step_ms) = {
        let past = record.past();
        let steps: BTreeSet<u64> = past.samples.keys().chain(past.sums.keys()).copied().collect();
        let from = steps.len().saturating_sub(limit);
        let point = |step: &u64| {
            let (sample, sums) = (past.samples.get(step), past.sums.get(step));
            (*step, sample.cloned(), sums.cloned().unwrap_or_default())
        };
        let points: Vec<_> = steps.iter().skip(from).map(point).collect();
        let mut total = Sums::default();
        past.sums.values().for_each(|sums| total.add(sums));
        (points, past.heads(), total, past.keep.step_ms)
    };
    let points: Vec<Value> = points
        .iter()
        .map(|(step, sample, sums)| {
            let mut point = sums.json();
            point["from_ms"] = json!(step);
            point["at_ms"] = json!(sample.as_ref().map(|sample| sample.at_ms));
            point["assets"] =
                sample.as_ref().map(|sample| sample.json()).unwrap_or_default().into();
            point
        })
        .collect();
    let mut answer = heads;
    answer["step_ms"] = json!(step_ms);
    answer["points"] = points.into();
    answer["totals"] = total.json();
    Ok(answer.to_string())
}

impl Past {
    /// What every answer says: whose past, from when on nothing is missing, and up to when.
    fn heads(&self) -> Value {
        let Since { block, time_ms } = self.since;
        json!({
            "market": address::to_ss58(&self.market), "from_block": block, "from_ms": time_ms,
            "to_block": self.to.block, "to_ms": self.to.time_ms,
        })
    }
}
