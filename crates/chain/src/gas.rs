//! Gas limits for submitting.

use crate::types::Weight;

/// Most gas that one contract call can be given on contracts-node 0.42.0 and the embedded chain: what a
/// block leaves to a single extrinsic, less a margin for the extrinsic itself. What another chain gives is
/// [`crate::Network::max_call_gas`].
pub const MAX_CALL_GAS: Weight = Weight { ref_time: 1_290_000_000_000, proof_size: u64::MAX / 2 };

/// The limit to submit with when a dry run required `required`: a quarter more, because state and
/// time move in between (interest and volatility cost nothing in the block in which they were last
/// brought up to date); unspent gas is refunded.
pub fn padded(required: Weight) -> Weight {
    padded_within(required, MAX_CALL_GAS)
}

/// [`padded`] on a chain that gives one call `most` ([`crate::Network::max_call_gas`]).
pub fn padded_within(required: Weight, most: Weight) -> Weight {
    let pad = |value: u64, most: u64| value.saturating_add(value / 4).min(most);
    Weight {
        ref_time: pad(required.ref_time, most.ref_time),
        proof_size: pad(required.proof_size, most.proof_size),
    }
}

/// An equal share of `most` for one of `calls` calls in an extrinsic.
pub(crate) fn share(calls: usize, most: Weight) -> Weight {
    let calls = u64::try_from(calls.max(1)).unwrap_or(u64::MAX);
    Weight { ref_time: most.ref_time / calls, proof_size: most.proof_size / calls }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_stays_within_what_a_block_holds() {
        let small = Weight { ref_time: 1_000, proof_size: 50 };
        assert_eq!(padded(small), Weight { ref_time: 1_250, proof_size: 62 });
        let large = Weight { ref_time: u64::MAX, proof_size: u64::MAX };
        assert_eq!(padded(large), MAX_CALL_GAS);
    }

    #[test]
    fn shares_add_up_to_at_most_a_whole() {
        assert_eq!(share(0, MAX_CALL_GAS), MAX_CALL_GAS);
        assert!(share(3, MAX_CALL_GAS).ref_time * 3 <= MAX_CALL_GAS.ref_time);
    }
}
