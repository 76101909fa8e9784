//! Looking after transactions under way, and noting what became of them.

use super::{usd, Executor, ExecutorError, Site};
use crate::{
    action::ActionKind,
    metrics::Metrics,
    profit::{Fate, Move},
    store::{Intent, Settled},
};
use breakwater_chain::{ChainError, Hash, Rejection};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

impl Executor {
    /// Looks after transactions under way: forgets those whose nonce is used by another, submits again
    /// what has not arrived, gives up what has waited too long and uses its nonce for nothing. The cursor
    /// must be at the head.
    ///
    /// # Errors
    /// [`ExecutorError`].
    pub fn tend(&mut self, site: &mut Site<'_>) -> Result<(), ExecutorError> {
        if site.store.intents().is_empty() {
            self.submitted.clear();
            self.raised.clear();
            return Ok(());
        }
        let next = self.forget_replaced(site)?;
        self.raised.retain(|nonce, _| *nonce >= next);
        for intent in site.store.intents().to_vec() {
            let waits = site.head.number.saturating_sub(intent.at_block);
            if !intent.given_up && waits > self.terms.config.give_up_blocks {
                site.metrics.outcome(intent.kind, "given_up");
                site.store.add_intent(Intent { given_up: true, ..intent })?;
                continue;
            }
            if !intent.given_up && !self.terms.dry_run && self.raise(site, &intent)? {
                continue;
            }
            let resend = Duration::from_millis(self.terms.config.resend_ms);
            let is_due = self.submitted.get(&intent.hash).is_none_or(|at| at.elapsed() >= resend);
            if !intent.given_up && is_due && !self.terms.dry_run {
                self.submit_again(site, intent)?;
            }
        }
        if !self.terms.dry_run {
            self.fill_gaps(site, next)?;
        }
        let held: BTreeSet<Hash> = site.store.intents().iter().map(|held| held.hash).collect();
        self.submitted.retain(|hash, _| held.contains(hash));
        Ok(())
    }

    /// Those in a block have been found there. What is left with a used nonce was replaced. The next nonce.
    fn forget_replaced(&mut self, site: &mut Site<'_>) -> Result<u32, ExecutorError> {
        let (us, at) = (self.account(), site.head.hash);
        let next = site.endpoints.with(site.index, |link| link.nonce_at(at, us))?;
        let replaced = site.store.intents().iter().filter(|held| held.nonce < next);
        let (gone, kinds): (Vec<Hash>, BTreeSet<ActionKind>) =
            replaced.map(|held| (held.hash, held.kind)).unzip();
        self.lost.extend(kinds);
        for _ in &gone {
            site.metrics.replaced();
        }
        site.store.drop_intents(&gone)?;
        Ok(next)
    }

    fn submit_again(&mut self, site: &mut Site<'_>, intent: Intent) -> Result<(), ExecutorError> {
        let (kind, nonce) = (intent.kind.name(), intent.nonce);
        self.submitted.insert(intent.hash, Instant::now());
        match site.endpoints.submit(&intent.signed()) {
            Ok(()) => tracing::info!(kind, nonce, "submitted again"),
            // It is in a block that we shall see, or another took its nonce.
            Err(ChainError::Rejected(Rejection::NonceUsed)) => {}
            Err(ChainError::Rejected(why)) => {
                tracing::info!(kind, %why, "refused when submitted again");
                site.store.add_intent(Intent { given_up: true, ..intent })?;
            }
            Err(why) => tracing::warn!(%why, "submitting again failed"),
        }
        Ok(())
    }

    /// Notes what was found in blocks.
    pub fn settled(&mut self, settled: &[Settled], metrics: &Metrics) {
        for Settled { intent, receipt, entry } in settled {
            let (kind, fee, deposit) = (intent.kind, receipt.fee, receipt.storage_deposit);
            metrics.fee(fee);
            metrics.tip(intent.offer.tip);
            metrics.deposit(deposit);
            let gain_wad: i128 = entry.moves.iter().map(|moved| moved.value_wad).sum();
            let (gain_usd, accounts) = (gain_wad as f64 / 1e18, intent.accounts.len());
            let account = intent.accounts.first().map(|who| crate::hex(who)).unwrap_or_default();
            let (block, nonce, moved) = (receipt.block_number, intent.nonce, told(&entry.moves));
            if entry.fate == Fate::Done {
                metrics.outcome(kind, "done");
                metrics.gain(usd(intent.gain_wad));
                let kind = kind.name();
                tracing::info!(
                    kind, block, nonce, account, accounts, moved, gain_usd, fee, deposit, "done"
                );
            } else {
                // Somebody was faster, or the market has moved: the price of competing.
                metrics.outcome(kind, "lost");
                let (kind, why) = (kind.name(), receipt.result.as_ref().err());
                let why = why.map_or_else(|| "nothing was left to do".into(), ToString::to_string);
                tracing::info!(kind, block, nonce, account, accounts, why, fee, deposit, "lost");
            }
        }
    }
}

/// What came and left, with what it was worth then, for a log line.
fn told(moves: &[Move]) -> String {
    let each = moves.iter().map(|moved| {
        let usd = moved.value_wad as f64 / 1e18;
        format!("{:+} of {} ({usd:+.2} USD)", moved.units, crate::hex(&moved.token))
    });
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_says_what_came_and_left_and_at_what_price() {
        let wad = |usd: i128| usd * 1_000_000_000_000_000_000;
        let moves = [
            Move { token: [1; 32], units: -578_900_000, value_wad: wad(-579) },
            Move { token: [2; 32], units: 3_280_000, value_wad: wad(590) },
        ];
        let (debt, lot) = ("01".repeat(32), "02".repeat(32));
        let line =
            format!("-578900000 of 0x{debt} (-579.00 USD), +3280000 of 0x{lot} (+590.00 USD)");
        assert_eq!(told(&moves), line);
        assert_eq!(told(&[]), "");
    }
}
