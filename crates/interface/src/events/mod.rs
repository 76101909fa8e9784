//! What the contracts report, each as the contract encodes it.

#[cfg(feature = "governor")]
pub mod governor;
#[cfg(feature = "market")]
pub mod market;
#[cfg(feature = "oracle")]
pub mod oracle;
#[cfg(any(feature = "market", feature = "oracle"))]
pub mod ownership;

/// An event as ink! names it on the chain.
pub trait Signed {
    /// Name and types of the fields, as in `Transfer(Option<AccountId>,Option<AccountId>,u128)`: its
    /// blake2b-256 hash is the event's first topic.
    const SIGNATURE: &'static str;
}

/// Gives events their signatures. A test compares them with ink!'s own.
#[cfg(any(feature = "governor", feature = "market", feature = "oracle"))]
macro_rules! signed {
    ($($name:ident($fields:literal)),* $(,)?) => {
        $(impl $crate::events::Signed for $name {
            const SIGNATURE: &'static str = concat!(stringify!($name), "(", $fields, ")");
        })*

        /// Each event's signature beside what ink! makes of it.
        #[cfg(all(test, feature = "ink"))]
        pub(crate) fn signatures() -> alloc::vec::Vec<(&'static str, Option<[u8; 32]>)> {
            use $crate::events::Signed;
            alloc::vec![$(($name::SIGNATURE, <$name as ink::env::Event>::SIGNATURE_TOPIC)),*]
        }
    };
}
#[cfg(any(feature = "governor", feature = "market", feature = "oracle"))]
use signed;

#[cfg(all(test, feature = "ink"))]
mod tests {
    #[test]
    fn signatures_are_inks_own() {
        let all = [
            super::governor::signatures(),
            super::market::signatures(),
            super::oracle::signatures(),
            super::ownership::signatures(),
        ];
        for (signature, topic) in all.concat() {
            let mut hash = [0; 32];
            ink::env::hash_bytes::<ink::env::hash::Blake2x256>(signature.as_bytes(), &mut hash);
            assert_eq!(topic, Some(hash), "{signature}");
        }
    }
}
