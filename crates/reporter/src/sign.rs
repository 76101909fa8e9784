//! A reporter's key.

use crate::config::Scheme;
use breakwater_chain::{AccountId, Hash};
use breakwater_client::oracle::SignedReport;
use breakwater_protocol::oracle::{Report, SourceKind};
use scale::Encode;
use sp_core::{ecdsa, sr25519, Pair};

/// Signs reports.
#[derive(Clone)]
pub enum Key {
    Sr25519(sr25519::Pair),
    Ecdsa(ecdsa::Pair),
}

impl Key {
    /// From a secret URI; none if it is empty or malformed. An empty one would be a key that everybody has.
    pub fn from_uri(scheme: Scheme, uri: &str) -> Option<Self> {
        // Without a phrase it is the development phrase, which must be asked for by name.
        let has_no_name = |path: &str| !path.starts_with("//") || path.len() == 2;
        let is_path = uri.starts_with('/');
        if uri.trim().is_empty() || uri.starts_with("///") || (is_path && has_no_name(uri)) {
            return None;
        }
        Some(match scheme {
            Scheme::Sr25519 => Self::Sr25519(sr25519::Pair::from_string(uri, None).ok()?),
            Scheme::Ecdsa => Self::Ecdsa(ecdsa::Pair::from_string(uri, None).ok()?),
        })
    }

    /// Whether a source of the adapter is this key's.
    pub fn is_of(&self, kind: &SourceKind) -> bool {
        match (self, kind) {
            (Self::Sr25519(pair), SourceKind::Sr25519 { key }) => pair.public().0 == *key,
            (Self::Ecdsa(pair), SourceKind::Ecdsa { key }) => pair.public().0 == *key,
            _ => false,
        }
    }

    /// Signs a report for a source.
    pub fn sign(&self, report: &Report, source: u8) -> SignedReport {
        let hash = sp_core::hashing::blake2_256(&report.encode());
        let signature = match self {
            Self::Sr25519(pair) => pair.sign(&hash).0.to_vec(),
            Self::Ecdsa(pair) => pair.sign_prehashed(&hash).0.to_vec(),
        };
        let Report { token, value, time_ms, nonce, .. } = *report;
        SignedReport { token: token.into(), source, value, time_ms, nonce, signature }
    }
}

/// What reports of one adapter have in common.
#[derive(Clone, Copy, Debug)]
pub struct Adapter {
    /// What the adapter calls its chain.
    pub chain: Hash,
    pub address: AccountId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_signed_as_the_adapter_reads_it() {
        let report = Report {
            chain: [1; 32],
            adapter: [2; 32],
            token: [3; 32],
            value: 4,
            time_ms: 5,
            nonce: 6,
        };
        let hash = sp_core::hashing::blake2_256(&report.encode());
        let key = Key::from_uri(Scheme::Sr25519, "//Reporter").expect("a key");
        let signed = key.sign(&report, 7);
        assert_eq!((signed.source, signed.value, signed.nonce), (7, 4, 6));
        let Key::Sr25519(pair) = &key else { panic!() };
        let signature = sr25519::Signature::try_from(&signed.signature[..]).expect("64 bytes");
        assert!(sr25519::Pair::verify(&signature, hash, &pair.public()));
        assert!(key.is_of(&SourceKind::Sr25519 { key: pair.public().0 }));
        assert!(!key.is_of(&SourceKind::Pushed { key: pair.public().0 }));
        let key = Key::from_uri(Scheme::Ecdsa, "//Reporter").expect("a key");
        let signed = key.sign(&report, 7);
        let Key::Ecdsa(pair) = &key else { panic!() };
        let signature = ecdsa::Signature::try_from(&signed.signature[..]).expect("65 bytes");
        assert_eq!(signature.recover_prehashed(&hash), Some(pair.public()));
        assert!(key.is_of(&SourceKind::Ecdsa { key: pair.public().0 }));
    }

    #[test]
    fn a_key_that_everybody_has_is_none() {
        for uri in ["", " ", "/", "//", "///", "/soft", "///password", "not a phrase"] {
            for scheme in [Scheme::Sr25519, Scheme::Ecdsa] {
                assert!(Key::from_uri(scheme, uri).is_none(), "{uri:?}");
            }
        }
    }
}
