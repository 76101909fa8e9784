//! Nonces of transactions that others may be signing for at the same time.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    error::{ChainError, Rejection},
    types::AccountId,
};

/// How often a transaction is signed again because its nonce was taken.
const TRIES: u32 = 20;
/// Wait before the second try; later ones wait a multiple of it.
const PAUSE: Duration = Duration::from_millis(20);

/// The next nonce of each account.
pub(super) struct Nonces<F> {
    next: BTreeMap<AccountId, u32>,
    ask: F,
}

impl<F: Fn(AccountId) -> Result<u32, ChainError>> Nonces<F> {
    /// `ask` asks the node, whose answer counts transactions in its pool.
    pub(super) fn new(ask: F) -> Self {
        Self { next: BTreeMap::new(), ask }
    }

    /// Signs and submits until the nonce is ours, and returns it and the bytes that were taken. Two
    /// processes with one key are told the same nonce, and the pool keeps the first. What the runtime
    /// has changed under is signed again once.
    ///
    /// # Errors
    /// Those of `ask`, `sign` and `submit`; [`Rejection::Outbid`] if the nonce is taken time and again.
    pub(super) fn submit(
        &mut self,
        account: AccountId,
        sign: impl Fn(u32) -> Result<Vec<u8>, ChainError>,
        submit: impl Fn(&[u8]) -> Result<(), ChainError>,
    ) -> Result<(u32, Vec<u8>), ChainError> {
        let mut upgraded = false;
        for attempt in 0..TRIES {
            let nonce = match self.next.get(&account) {
                Some(nonce) => *nonce,
                None => (self.ask)(account)?,
            };
            let bytes = sign(nonce)?;
            match submit(&bytes) {
                Ok(()) => {
                    self.next.insert(account, nonce.saturating_add(1));
                    return Ok((nonce, bytes));
                }
                Err(ChainError::Rejected(why)) if why.is_about_the_nonce() => {
                    self.next.remove(&account);
                    // Not in step with the others, who wait as long.
                    let salt = std::process::id() % 7;
                    std::thread::sleep(PAUSE * (attempt + 1) + PAUSE * salt / 7);
                }
                // A block with another runtime may have come between signing and here: it takes neither
                // the signature nor, where indices are others now, the call.
                Err(ChainError::Rejected(Rejection::BadSignature | Rejection::Other(_)))
                    if !upgraded =>
                {
                    upgraded = true;
                }
                Err(why) => return Err(why),
            }
        }
        let why = "transactions of the same key keep coming first: try again when they are done";
        Err(Rejection::Outbid(why.into()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// Before: of six processes with one key four failed with the pool's raw text.
    #[test]
    fn a_nonce_that_somebody_else_took_is_asked_for_again() {
        let pool = RefCell::new(vec![7u32]);
        let submit = |bytes: &[u8]| {
            let nonce = u32::from_le_bytes(bytes.try_into().unwrap());
            let mut pool = pool.borrow_mut();
            if pool.contains(&nonce) {
                return Err(Rejection::Outbid("Priority is too low: (16 vs 16)".into()).into());
            }
            pool.push(nonce);
            Ok(())
        };
        let asked = RefCell::new(0);
        // The first answer is old: it misses the one that is in the pool.
        let ask = |_| {
            *asked.borrow_mut() += 1;
            Ok(if *asked.borrow() == 1 { 7 } else { 8 })
        };
        let mut nonces = Nonces::new(ask);
        let sign = |nonce: u32| Ok(nonce.to_le_bytes().to_vec());
        let taken = |nonce: u32| (nonce, nonce.to_le_bytes().to_vec());
        assert_eq!(nonces.submit([1; 32], sign, submit).unwrap(), taken(8));
        // The next of ours needs no question; another account does.
        assert_eq!(nonces.submit([1; 32], sign, submit).unwrap(), taken(9));
        assert_eq!(*asked.borrow(), 2);
    }

    #[test]
    fn what_no_other_nonce_mends_is_an_error_at_once() {
        let tries = |why: &Rejection| {
            let tried = RefCell::new(0);
            let submit = |_: &[u8]| {
                *tried.borrow_mut() += 1;
                Err(why.clone().into())
            };
            let outcome = Nonces::new(|_| Ok(0)).submit([1; 32], |_| Ok(vec![]), submit);
            assert!(matches!(outcome, Err(ChainError::Rejected(_))));
            tried.into_inner()
        };
        for why in [Rejection::CannotPay, Rejection::Expired, Rejection::TooLarge] {
            assert_eq!(tries(&why), 1, "{why}");
        }
        // It may have been signed for a runtime that is no more.
        for why in [Rejection::BadSignature, Rejection::Other("no such call".into())] {
            assert_eq!(tries(&why), 2, "{why}");
        }
        for why in [Rejection::NonceUsed, Rejection::TemporarilyBanned, Rejection::AlreadyKnown] {
            assert!(why.is_about_the_nonce(), "{why}");
        }
    }
}
