//! What is shown: the metrics and the health of each market's keeper.

use super::HealthRule;
use crate::{
    metrics::Metrics,
    record::{self, Refused},
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// Keepers by the names of their markets; nothing where there is only one.
type Named = (String, Arc<Metrics>);

/// Whose metrics and health are served. They may come and go.
#[derive(Default)]
pub struct Shown(Mutex<Vec<Named>>);

impl Shown {
    /// One keeper.
    pub fn one(metrics: &Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(vec![(String::new(), Arc::clone(metrics))])))
    }

    /// Shows these from now on.
    pub fn set(&self, keepers: Vec<Named>) {
        *self.keepers() = keepers;
    }

    fn keepers(&self) -> MutexGuard<'_, Vec<Named>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All metrics, each family once.
    pub(super) fn metrics(&self) -> String {
        let texts: Vec<String> = self.keepers().iter().map(|(_, of)| of.text()).collect();
        merged(&texts)
    }

    /// The past of one market: its events (`/history`), or its series.
    pub(super) fn past(&self, path: &str, query: &str) -> Result<String, Refused> {
        let record = {
            let keepers = self.keepers();
            let wanted = record::market_of(query);
            let is_meant = |(name, metrics): &&Named| {
                wanted.is_none_or(|wanted| wanted == name || metrics.record.is_of(wanted))
            };
            let mut meant = keepers.iter().filter(is_meant);
            match (meant.next(), meant.next()) {
                (Some((_, metrics)), None) => Arc::clone(&metrics.record),
                (Some(_), Some(_)) => {
                    return Err(Refused("there are several markets: name one by market="));
                }
                (None, _) => return Err(Refused("there is no market of that name")),
            }
        };
        match path {
            "/history" => record::history(&record, query),
            _ => record::stats(&record, query),
        }
    }

    /// Whether all do their job, and what each has to say.
    pub(super) fn health(&self, rule: HealthRule, now: Instant) -> (bool, String) {
        let (mut all, mut text) = (true, String::new());
        for (name, metrics) in self.keepers().iter() {
            let verdict = metrics.board.verdict(rule.silent, now);
            all &= verdict.is_healthy;
            for line in verdict.text.lines() {
                let of = if name.is_empty() { String::new() } else { format!("{name}: ") };
                text += &format!("{of}{line}\n");
            }
        }
        (all, text)
    }

    /// Whether the loops of all go round.
    pub(super) fn is_alive(&self, rule: HealthRule, now: Instant) -> bool {
        let goes_round =
            |metrics: &Metrics| metrics.board.idle(now).is_some_and(|idle| idle <= rule.silent);
        self.keepers().iter().all(|(_, metrics)| goes_round(metrics))
    }
}

/// Texts of the same families as one: what describes a family stands once, then the samples of all.
fn merged(texts: &[String]) -> String {
    if let [only] = texts {
        return only.clone();
    }
    // Families in the order of the first text that has them.
    let mut families: Vec<(String, String)> = Vec::new();
    for text in texts {
        let mut at = None;
        for line in text.lines().filter(|line| *line != "# EOF") {
            if line.starts_with("# HELP") {
                at = families.iter().position(|(head, _)| head.lines().next() == Some(line));
                if at.is_none() {
                    families.push((String::new(), String::new()));
                    at = families.len().checked_sub(1);
                }
            }
            let Some((head, samples)) = at.and_then(|at| families.get_mut(at)) else { continue };
            let is_head = line.starts_with('#');
            if is_head && head.lines().any(|known| known == line) {
                continue;
            }
            let to = if is_head { head } else { samples };
            *to += line;
            to.push('\n');
        }
    }
    let body = families.into_iter().map(|(head, samples)| head + &samples);
    body.chain(["# EOF\n".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::Fault;
    use std::time::Duration;

    #[test]
    fn several_keepers_are_one_text_of_metrics() {
        let [a, b] = ["a", "b"].map(|name| Arc::new(Metrics::of(name)));
        Metrics::set(&a.accounts, 3);
        Metrics::set(&b.accounts, 4);
        let shown = Shown::default();
        shown.set(vec![("a".into(), a), ("b".into(), b)]);
        let text = shown.metrics();
        let lines: Vec<&str> = text.lines().collect();
        let at = |wanted: &str| {
            let mut places = lines.iter().enumerate().filter(|(_, line)| **line == wanted);
            let (place, _) = places.next().unwrap_or_else(|| panic!("{wanted} in {text}"));
            assert!(places.next().is_none(), "{wanted} twice");
            place
        };
        let first = at("# TYPE breakwater_keeper_accounts gauge");
        // A family's samples stand together.
        assert_eq!(at("breakwater_keeper_accounts{market=\"a\"} 3"), first + 1);
        assert_eq!(at("breakwater_keeper_accounts{market=\"b\"} 4"), first + 2);
        assert_eq!(at("# EOF"), lines.len() - 1);
    }

    #[test]
    fn of_several_markets_one_is_asked_by_name_or_address() {
        let [a, b] = ["a", "b"].map(|name| Arc::new(Metrics::of(name)));
        let since = record::Since::default();
        b.record.fill([2; 32], [since, since], Vec::new(), []);
        let shown = Shown::default();
        shown.set(vec![("a".into(), a), ("b".into(), b)]);
        let address = breakwater_chain::address::to_ss58(&[2; 32]);
        assert!(shown.past("/stats", "").is_err(), "which one?");
        for market in ["b", &address] {
            let answer = shown.past("/history", &format!("market={market}")).expect(market);
            assert!(answer.contains(&address), "{answer}");
        }
        assert!(shown.past("/history", "market=c").is_err());
    }

    #[test]
    fn one_that_is_unhealthy_makes_all_unhealthy() {
        let (rule, now) = (HealthRule { silent: Duration::from_secs(60) }, Instant::now());
        let [a, b] = ["a", "b"].map(|name| Arc::new(Metrics::of(name)));
        let shown = Shown::default();
        shown.set(vec![("a".into(), Arc::clone(&a)), ("b".into(), Arc::clone(&b))]);
        a.board.round(true, now);
        assert!(!shown.is_alive(rule, now), "b has not begun");
        b.board.round(true, now);
        assert!(shown.is_alive(rule, now));
        assert_eq!(shown.health(rule, now), (true, "a: healthy\nb: healthy\n".into()));
        b.board.set([(Fault::NoFees, "nothing left")].into_iter());
        let (is_healthy, text) = shown.health(rule, now);
        assert!(!is_healthy);
        assert_eq!(text, "a: healthy\nb: unhealthy\nb: no_fees (critical): nothing left\n");
    }
}
