//! Whether the keeper's key will do.

use super::KeeperError;
use crate::endpoints::Endpoints;
use breakwater_chain::{address::to_ss58, ChainError, Signer};

/// Refuses a key that everybody knows, unless the chain is for development, and one that can't pay.
pub(super) fn check(endpoints: &mut Endpoints, signer: &Signer) -> Result<(), KeeperError> {
    let us = to_ss58(&signer.account());
    let Some(claim) = endpoints.claims().first().copied() else { return Ok(()) };
    let said = |answer: Result<_, ChainError>| match answer {
        // A chain that does not say is not asked.
        Err(ChainError::Invalid(_)) => Ok(None),
        answer => answer.map(Some),
    };
    if signer.is_public() {
        let answer = endpoints.with(claim.index, |link| link.is_development());
        match said(answer.map(u128::from))? {
            Some(0) => return Err(KeeperError::PublicKey(us)),
            Some(_) => tracing::info!(account = us, "a development key on a development chain"),
            None => tracing::warn!(account = us, "everybody knows this key"),
        }
    }
    let account = signer.account();
    let balance = endpoints.with(claim.index, |link| link.balance_at(claim.best.hash, account));
    match said(balance)? {
        Some(0) => Err(KeeperError::Unfunded(us)),
        _ => Ok(()),
    }
}
