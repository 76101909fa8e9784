//! Nonces of transactions that others may be signing for at the same time.

use std::{collections::BTreeMap, time::Duration};

use crate::types::{AccountId, ChainError};

/// How often a transaction is signed again because its nonce was taken.
const TRIES: u32 = 20;
/// Wait before the second try; later ones wait a multiple of it.
const PAUSE: Duration = Duration::from_millis(20);
/// What a node's pool answers where another transaction has the nonce: in the pool, in a block, or a
/// moment ago.
const TAKEN: [&str; 4] =
    ["priority is too low", "outdated", "temporarily banned", "already imported"];

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

    /// Signs and hands in until the nonce is ours, and returns the bytes that were taken. Two
    /// processes with one key are told the same nonce, and the pool keeps the first.
    ///
    /// # Errors
    /// Those of `ask` and `submit`; [`ChainError::Invalid`] if the nonce is taken time and again.
    pub(super) fn hand_in(
        &mut self,
        account: AccountId,
        sign: impl Fn(u32) -> Vec<u8>,
        submit: impl Fn(&[u8]) -> Result<(), ChainError>,
    ) -> Result<Vec<u8>, ChainError> {
        for attempt in 0..TRIES {
            let nonce = match self.next.get(&account) {
                Some(nonce) => *nonce,
                None => (self.ask)(account)?,
            };
            let bytes = sign(nonce);
            match submit(&bytes) {
                Ok(()) => {
                    self.next.insert(account, nonce.saturating_add(1));
                    return Ok(bytes);
                }
                Err(ChainError::Invalid(why)) if is_taken(&why) => {
                    self.next.remove(&account);
                    // Not in step with the others, who wait as long.
                    let salt = std::process::id() % 7;
                    std::thread::sleep(PAUSE * (attempt + 1) + PAUSE * salt / 7);
                }
                Err(why) => return Err(why),
            }
        }
        Err(ChainError::Invalid(
            "other transactions of the same key keep coming first: try again when they are done"
                .into(),
        ))
    }
}

fn is_taken(refusal: &str) -> bool {
    let refusal = refusal.to_lowercase();
    TAKEN.iter().any(|taken| refusal.contains(taken))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn refused(why: &str) -> ChainError {
        ChainError::Invalid(why.into())
    }

    /// Before: of six processes with one key four failed with the pool's raw text.
    #[test]
    fn a_nonce_that_somebody_else_took_is_asked_for_again() {
        let pool = RefCell::new(vec![7u32]);
        let submit = |bytes: &[u8]| {
            let nonce = u32::from_le_bytes(bytes.try_into().unwrap());
            let mut pool = pool.borrow_mut();
            if pool.contains(&nonce) {
                return Err(refused("Priority is too low: (16 vs 16): The transaction ..."));
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
        let sign = |nonce: u32| nonce.to_le_bytes().to_vec();
        assert_eq!(nonces.hand_in([1; 32], sign, submit).unwrap(), sign(8));
        // The next of ours needs no question; another account does.
        assert_eq!(nonces.hand_in([1; 32], sign, submit).unwrap(), sign(9));
        assert_eq!(*asked.borrow(), 2);
    }

    #[test]
    fn what_no_other_nonce_mends_is_an_error_at_once() {
        for why in ["Inability to pay some fees", "1010: bad signature", "Exhausts block limits"] {
            let tried = RefCell::new(0);
            let submit = |_: &[u8]| {
                *tried.borrow_mut() += 1;
                Err(refused(why))
            };
            let outcome = Nonces::new(|_| Ok(0)).hand_in([1; 32], |_| vec![], submit);
            assert!(matches!(outcome, Err(ChainError::Invalid(text)) if text == why));
            assert_eq!(*tried.borrow(), 1);
        }
        for why in ["Transaction is outdated", "Transaction is temporarily banned"] {
            assert!(is_taken(why));
        }
    }
}
