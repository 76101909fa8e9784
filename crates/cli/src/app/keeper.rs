//! What a keeper tells, handed on from the page's own origin: the browser needs to reach no other host.
//!
//! Two paths, few parameters, one keeper that was named at the start. What comes back must be JSON of a
//! bounded size in a bounded time; anything else is said in a sentence.

use anyhow::{ensure, Result};
use std::{
    io::Read,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Longest wait for a whole answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of an answer: 500 steps of sixteen assets are less than half of it.
const MOST_BYTES: u64 = 4 * 1_024 * 1_024;
/// Most questions at a time: each has a thread.
const MOST_AT_A_TIME: usize = 8;
/// What may be asked, of what a keeper answers.
const PATHS: [(&str, &str); 2] = [("/keeper/history", "history"), ("/keeper/stats", "stats")];
const PARAMETERS: [&str; 4] = ["account", "before", "limit", "market"];

/// The way to a keeper.
pub struct Keeper {
    agent: ureq::Agent,
    base: String,
    under_way: AtomicUsize,
}

/// An answer for the page: a status, a type, a body.
pub type Answer = (u16, &'static str, Vec<u8>);

impl Keeper {
    /// The keeper at a URL such as `http://127.0.0.1:9616`.
    ///
    /// # Errors
    /// If it is no URL of a host.
    pub fn new(url: &str) -> Result<Self> {
        Self::with_patience(url, PATIENCE)
    }

    fn with_patience(url: &str, patience: Duration) -> Result<Self> {
        let base = super::policy::origin(url, &["http", "https"])?;
        let path = url.strip_prefix(base.as_str()).unwrap_or_default();
        ensure!(
            path.chars().all(|one| one.is_ascii_alphanumeric() || "/-_.~".contains(one)),
            "{url} is no plain URL"
        );
        let agent = ureq::AgentBuilder::new().timeout(patience).redirects(0).build();
        let base = format!("{base}{}", path.trim_end_matches('/'));
        Ok(Self { agent, base, under_way: AtomicUsize::new(0) })
    }

    /// Whether a path of the page's server is the keeper's to answer.
    pub fn is_asked(path: &str) -> bool {
        PATHS.iter().any(|(of, _)| *of == path)
    }

    /// Asks it what the page was asked. It may take as long as the keeper does, so it is for a thread of
    /// its own.
    pub fn answer(&self, url: &str) -> Answer {
        const PLAIN: &str = "text/plain; charset=utf-8";
        let said = |status, why: &str| (status, PLAIN, why.as_bytes().to_vec());
        let Some(question) = question(url) else {
            return said(400, "a keeper is asked by account, before, limit and market");
        };
        let before = self.under_way.fetch_add(1, Ordering::SeqCst);
        let asked = match before < MOST_AT_A_TIME {
            true => self.ask(&question),
            false => Err("the keeper is asked too much at a time".into()),
        };
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        match asked {
            Ok(body) => (200, "application/json", body),
            Err(why) => said(502, &why),
        }
    }

    fn ask(&self, question: &str) -> Result<Vec<u8>, String> {
        let answer = match self.agent.get(&format!("{}/{question}", self.base)).call() {
            Ok(answer) => answer,
            Err(ureq::Error::Status(404, _)) => {
                return Err(
                    "the keeper does not tell of the past: it is older than this page".into()
                );
            }
            Err(ureq::Error::Status(status, _)) => {
                return Err(format!("the keeper refuses the question (status {status})"));
            }
            Err(ureq::Error::Transport(why)) => {
                return Err(format!("the keeper does not answer: {}", why.kind()));
            }
        };
        if answer.status() != 200 {
            return Err(format!("the keeper answers with status {}", answer.status()));
        }
        let mut body = Vec::new();
        // The agent's time ends a body that never does.
        let read = answer.into_reader().take(MOST_BYTES + 1).read_to_end(&mut body);
        if read.is_err() {
            return Err("the keeper does not end its answer".into());
        }
        if body.len() as u64 > MOST_BYTES {
            return Err("the keeper's answer is too large".into());
        }
        match serde_json::from_slice::<serde::de::IgnoredAny>(&body) {
            Ok(_) => Ok(body),
            Err(_) => Err("the keeper's answer is no JSON: is it a keeper?".into()),
        }
    }
}

/// The keeper's path and question for the page's; none for parameters that are not known, or that have in
/// them what no address, number or name has.
fn question(url: &str) -> Option<String> {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let (_, name) = PATHS.iter().find(|(of, _)| *of == path)?;
    let is_plain = |value: &str| {
        value.len() <= 128
            && value.chars().all(|one| one.is_ascii_alphanumeric() || "-_.".contains(one))
    };
    let is_known = |part: &str| {
        part.split_once('=')
            .is_some_and(|(name, value)| PARAMETERS.contains(&name) && is_plain(value))
    };
    match query {
        "" => Some((*name).to_owned()),
        _ if query.len() <= 512 && query.split('&').all(is_known) => {
            Some(format!("{name}?{query}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
