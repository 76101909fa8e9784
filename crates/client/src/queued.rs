//! Finds what was queued at a governor, by its id alone.
//!
//! A governor keeps the hash of an operation. The operation itself is in the event of its queueing,
//! and in the bytes of the transaction that queued it, however that was wrapped: alone, in a batch, by
//! a proxy or a multisig. A node drops old events with the state and keeps the transactions.

use crate::{abi::selector, governor::id_of, ClientError, GovernanceEvent};
use breakwater_chain::{Chain, Past};
use breakwater_protocol::governance::{Operation, OperationId};
use scale::Decode;
use std::collections::{BTreeMap, BTreeSet};

/// Blocks read at once.
const BLOCKS_AT_ONCE: u64 = 100;

/// Looks for operations from the newest block back to `oldest`, and calls `looking` with the number
/// of the block at which it is. Answers with those that it has found.
///
/// # Errors
/// Those of the chain.
pub fn find(
    chain: &mut dyn Chain,
    wanted: &[OperationId],
    oldest: u64,
    mut looking: impl FnMut(u64),
) -> Result<BTreeMap<OperationId, Operation>, ClientError> {
    let mut missing: BTreeSet<OperationId> = wanted.iter().copied().collect();
    let mut found = BTreeMap::new();
    let mut to = chain.block_number()?;
    while !missing.is_empty() {
        looking(to);
        let from = to.saturating_sub(BLOCKS_AT_ONCE - 1).max(oldest);
        for block in chain.past(from, to)?.iter().rev() {
            for operation in queued_in(block) {
                let id = id_of(&operation);
                if missing.remove(&id) {
                    found.insert(id, operation);
                }
            }
        }
        if from <= oldest {
            break;
        }
        to = from - 1;
    }
    Ok(found)
}

/// Whatever may have been queued in a block. An id is a hash: who knows it can tell what is right.
fn queued_in(block: &Past) -> Vec<Operation> {
    let events = block.events.iter().flatten().filter_map(GovernanceEvent::decode);
    let told = events.filter_map(|event| match event {
        GovernanceEvent::OperationQueued(queued) => Some(queued.operation),
        _ => None,
    });
    let signature = selector("queue");
    let sent = block.extrinsics.iter().flat_map(|bytes| {
        let places = bytes.windows(signature.len()).enumerate();
        places.filter(|(_, window)| *window == signature).filter_map(|(place, window)| {
            let mut rest = bytes.get(place + window.len()..)?;
            Operation::decode(&mut rest).ok()
        })
    });
    told.chain(sent).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{governor, Governor, Market};
    use breakwater_protocol::governance::Lane;

    #[test]
    fn an_operation_is_found_in_the_bytes_that_queued_it() {
        let governor = Governor { address: [1; 32] };
        let call = Market { address: [2; 32] }.reset_breaker(Some(3));
        let operation = governor::operation(Lane::Standard, &[call], [7; 32]);
        let data = governor.queue(&operation, 5).data;
        // Wrapped in something, after bytes that look like its beginning.
        let wrapped = [&[9; 40][..], &selector("queue")[..], &[255; 3], &data, &[1; 9]].concat();
        let block = Past { number: 1, extrinsics: vec![vec![0; 10], wrapped], events: None };
        assert!(queued_in(&block).contains(&operation));
        let other = Past { number: 1, extrinsics: vec![data[..20].to_vec()], events: None };
        assert!(!queued_in(&other).contains(&operation));
    }
}
