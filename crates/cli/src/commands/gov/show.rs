//! `breakwater gov show`: delays, roles, and the operations that wait or are ready.

use super::{look_up, Show};
use crate::{
    amount::span,
    calls,
    deployment::hash_text,
    operations::{self, Operations},
    output::list,
};
use anyhow::Result;
use breakwater_chain::{address::to_ss58, AccountId};
use serde::Serialize;

#[derive(Serialize)]
struct Answer {
    governor: String,
    delay_ms: u64,
    lowering_delay_ms: u64,
    grace_ms: u64,
    proposers: Vec<String>,
    /// Everybody if empty.
    executors: Vec<String>,
    guardians: Vec<String>,
    stewards: Vec<String>,
    open: Vec<Open>,
}

#[derive(Serialize)]
struct Open {
    id: String,
    state: String,
    ready_ms: u64,
    expires_ms: u64,
    /// What its proposer called it, where it was queued from this machine.
    what: Option<String>,
    /// What it would change, as parameters are now; absent where its calls are not found.
    changes: Option<Vec<String>>,
    /// The operation itself, for a multisig or another tool.
    operation: Option<String>,
}

/// Delays, roles and what is open, with what it would change.
pub fn run(args: &Show) -> Result<()> {
    let mut context = args.connection.open()?;
    let governor = context.deployment.governor()?;
    let known = Operations::load(&operations::path(&args.connection.deployment))?;
    let chain = context.chain.as_mut();
    let (settings, roles) = (governor.settings(chain)?, governor.roles(chain)?);
    let now_ms = chain.now_ms()?;
    let ids = governor.open(chain)?;
    let mut held = look_up(&mut context, &known, &ids)?;
    let chain = context.chain.as_mut();
    let mut open = Vec::new();
    for id in ids {
        let Some(entry) = governor.entry(chain, id)? else { continue };
        let found = held.remove(&id);
        let mut changes = None;
        if let Some((_, operation)) = &found {
            let mut lines = Vec::new();
            for call in &operation.calls {
                lines.extend(calls::said(chain, &context.deployment, call)?);
            }
            changes = Some(lines);
        }
        let (what, operation) = found.unzip();
        open.push(Open {
            what: what.flatten(),
            changes,
            operation: operation.as_ref().map(operations::to_text),
            id: hash_text(id),
            state: format!("{:?}", entry.state(now_ms)),
            ready_ms: entry.ready_ms,
            expires_ms: entry.expires_ms,
        });
    }
    let names = |members: &[AccountId]| members.iter().map(to_ss58).collect::<Vec<_>>();
    let answer = Answer {
        governor: to_ss58(&governor.address),
        delay_ms: settings.delay_ms,
        lowering_delay_ms: settings.lowering_delay_ms,
        grace_ms: settings.grace_ms,
        proposers: names(&roles.proposers),
        executors: names(&roles.executors),
        guardians: names(&roles.guardians),
        stewards: names(&roles.stewards),
        open,
    };
    context.answer(&answer, || {
        let several = |members: &[String], nobody: &str| match members {
            [] => nobody.into(),
            some => some.join(", "),
        };
        let facts = list(&[
            ("governor", answer.governor.clone()),
            ("delay", span(settings.delay_ms)),
            ("to lower risk", span(settings.lowering_delay_ms)),
            ("grace", span(settings.grace_ms)),
            ("proposers", several(&answer.proposers, "nobody")),
            ("executors", several(&answer.executors, "everybody")),
            ("guardians", several(&answer.guardians, "nobody")),
            ("stewards", several(&answer.stewards, "nobody")),
        ]);
        if answer.open.is_empty() {
            return format!("{facts}\nnothing is queued");
        }
        let blocks = answer.open.iter().map(|open| {
            let when = match open.ready_ms.checked_sub(now_ms) {
                Some(left) if left > 0 => format!("ready in {}", span(left)),
                _ => format!("{} left", span(open.expires_ms.saturating_sub(now_ms))),
            };
            let mut pairs =
                vec![("operation", open.id.clone()), ("state", format!("{}, {when}", open.state))];
            pairs.extend(open.what.iter().map(|what| ("called", what.clone())));
            let unknown = "not in any block that the node keeps: ask its proposer";
            match &open.changes {
                None => pairs.push(("does", unknown.into())),
                Some(lines) => pairs.extend(
                    lines
                        .iter()
                        .enumerate()
                        .map(|(place, line)| (if place == 0 { "does" } else { "" }, line.clone())),
                ),
            }
            list(&pairs)
        });
        format!("{facts}\n\n{}", blocks.collect::<Vec<_>>().join("\n\n"))
    })
}
