//! Making a block: what the runtime does with extrinsics, in order.

use breakwater_chain::AccountId;
use breakwater_runtime::{Refusal, Signature};
use scale::Decode;
use sp_core::{Blake2Hasher, Hasher, H256};
use sp_runtime::{generic, traits::BlakeTwo256};

use crate::{
    error::{Error, Result},
    nodes::Change,
    state::State,
};

/// As all runtimes here have it.
pub type Header = generic::Header<u32, BlakeTwo256>;

/// A block that is in the chain.
#[derive(Clone, Debug)]
pub struct Block {
    pub hash: H256,
    pub header: Header,
    pub time_ms: u64,
    /// SCALE bytes of its extrinsics; the first sets the time.
    pub body: Vec<Vec<u8>>,
}

/// What a block is to be made of.
pub struct Order<'a> {
    pub parent: &'a Block,
    pub time_ms: u64,
    /// Free balances to be set first, in planck.
    pub balances: &'a [(AccountId, u128)],
    /// SCALE bytes of signed extrinsics.
    pub extrinsics: &'a [(&'a [u8], Signature)],
}

/// What became of an extrinsic.
pub enum Fate {
    Included,
    /// The block was full before.
    Left,
    Refused(Refusal),
}

/// A block with what it changes.
pub struct Made {
    pub block: Block,
    pub change: Change,
    /// One for each extrinsic of the order.
    pub fates: Vec<Fate>,
}

/// Makes a block on its parent's state.
///
/// # Errors
/// [`Error::Chain`] if the time or a balance can't be set. [`Error::Trapped`] with the index of the
/// extrinsic, if there was one at work: the order may go without it.
pub fn make(state: &State, order: &Order<'_>) -> Result<Made, (Error, Option<usize>)> {
    // Written by what may panic, read afterwards.
    let at_work = std::cell::Cell::new(None);
    let run = || execute(state, order, |index| at_work.set(index));
    let ((header, body, fates), change, root) =
        state.change(run).map_err(|why| (why, at_work.get()))?;
    let hash = Blake2Hasher::hash(&header);
    let header = Header::decode(&mut header.as_slice())
        .map_err(|why| (Error::Broken(format!("a header: {why}")), None))?;
    if header.state_root != root {
        return Err((Error::Broken("the header has another state root".into()), None));
    }
    Ok(Made { block: Block { hash, header, time_ms: order.time_ms, body }, change, fates })
}

type Executed = (Vec<u8>, Vec<Vec<u8>>, Vec<Fate>);

fn execute(state: &State, order: &Order<'_>, now_at: impl Fn(Option<usize>)) -> Result<Executed> {
    let runtime = state.runtime;
    runtime.initialize_block(order.parent.header.number.saturating_add(1), order.parent.hash);
    for (account, planck) in order.balances {
        runtime.set_balance(*account, *planck)?;
    }
    let mut body = vec![runtime.set_time(order.time_ms)?];
    let mut fates = Vec::with_capacity(order.extrinsics.len());
    let mut full = false;
    for (index, (bytes, signature)) in order.extrinsics.iter().enumerate() {
        if full {
            fates.push(Fate::Left);
            continue;
        }
        now_at(Some(index));
        fates.push(match runtime.apply(bytes, *signature) {
            Ok(()) => {
                body.push(bytes.to_vec());
                Fate::Included
            }
            // In a block of its own it would not fit either.
            Err(Refusal::Full) if body.len() == 1 => Fate::Refused(Refusal::Full),
            Err(Refusal::Full) => {
                full = true;
                Fate::Left
            }
            Err(refusal) => Fate::Refused(refusal),
        });
        now_at(None);
    }
    Ok((runtime.finalize_block(), body, fates))
}
