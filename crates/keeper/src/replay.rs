//! What a keeper of this configuration would have done on a chain's past, and gained.
//!
//! Each block's state is looked at as the service looks at its newest one, with the same strategies; what they
//! propose is tried on that state, and counts as done in the next block. History does not change by that: an
//! account that we would have started or taken from is left alone until its own history goes on. With an account
//! named, it has what it had in each block; else what may be spent at once is taken to be there each time, within
//! the limits of a day. The node must have kept the state of all these blocks.

mod report;

pub use report::{Deed, Replay};

use crate::{
    action::{ActionKind, Proposal},
    brain::{Brain, Identity},
    config::{to_units, Config},
    endpoints::{Claim, Connect, Endpoints},
    executor::Refusal,
    service::{ask, KeeperError},
    snapshot::{MarketSnapshot, Pending},
    strategy::{self, Phase},
};
use breakwater_chain::{
    padded_within, AccountId, Block, BlockId, ChainError, Hash, Signer, Weight, MAX_CALL_GAS,
};
use breakwater_client::{cells, events::replay::deltas, Market, MarketEvent, Oracle};
use breakwater_protocol::{num::time::DAY_MS, AssetId, Error};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks read at once.
const BATCH: u64 = 64;
/// Of a proposal's items that can be done apart so many are tried, and the others taken to need as much each.
const TRIED: usize = 16;
/// What a purchase is taken to need where none could be tried yet, for want of money: more than any has been
/// measured to.
const PURCHASE: Weight = Weight { ref_time: 40_000_000_000, proof_size: 500_000 };

/// One deed, and what is needed to go on.
struct Done {
    deed: Deed,
    kind: ActionKind,
    first: Option<AccountId>,
    spends: Vec<(AssetId, u128)>,
}

/// Whose past it would have been.
#[derive(Clone, Copy)]
pub enum Whose<'s> {
    /// This key's, as if what may be spent at once was there each time.
    Funded(&'s Signer),
    /// This account's, with what it had in each block.
    Account(AccountId),
}

impl Whose<'_> {
    fn account(&self) -> AccountId {
        match self {
            Self::Funded(signer) => signer.account(),
            Self::Account(account) => *account,
        }
    }
}

/// What a trial has said.
struct Trial {
    cost_wad: u128,
    refused: Option<Refusal>,
    is_tried: bool,
}

/// Walks through the past.
struct Walk<'c> {
    config: &'c Config,
    whose: Whose<'c>,
    /// Signs what only the fee is asked of: that is the same for any key.
    signer: Signer,
    endpoints: Endpoints,
    claim: Claim,
    brain: Brain,
    /// Accounts that are left alone until their history goes on.
    acted: BTreeSet<AccountId>,
    done: Vec<Done>,
    /// Starts and takes of the past by account, with their blocks.
    past: BTreeMap<(ActionKind, AccountId), Vec<u64>>,
    most: Weight,
    /// What one item of the last purchase of a kind needed that could be tried.
    needs: BTreeMap<ActionKind, Weight>,
}

/// What a keeper would have done in the blocks from one to another, both in, and gained. `each` is told of
/// every block.
///
/// # Errors
/// [`KeeperError`]; of the endpoint also where the state of a block is not kept.
pub fn replay(
    config: &Config,
    whose: Whose<'_>,
    connect: Connect,
    (from, to): (u64, u64),
    mut each: impl FnMut(u64),
) -> Result<Replay, KeeperError> {
    let mut endpoints = Endpoints::new(&config.chain.endpoints, config.chain.genesis, connect);
    endpoints.genesis()?;
    let nobody = || ChainError::Connect("no endpoint answers".into());
    let claim = endpoints.claims().first().copied().ok_or_else(nobody)?;
    let to = to.min(claim.best.number);
    if from == 0 || from > to {
        let newest = claim.best.number;
        let why =
            format!("blocks {from} to {to}: the first is after block 0, the newest is {newest}");
        return Err(ChainError::Invalid(why).into());
    }
    let (market, us) = (config.market.market, whose.account());
    let identity = Identity { market, us, oracle: config.market.oracle };
    let most = match endpoints.with(claim.index, |link| link.network()) {
        Err(ChainError::Invalid(_)) => MAX_CALL_GAS,
        network => network?.max_call_gas,
    };
    let signer = match whose {
        Whose::Funded(signer) => signer.clone(),
        Whose::Account(_) => Signer::from_uri("//Anybody")?,
    };
    let mut walk = Walk {
        config,
        whose,
        signer,
        endpoints,
        claim,
        brain: Brain::new(identity, strategy::of(config)),
        acted: BTreeSet::new(),
        done: Vec::new(),
        past: BTreeMap::new(),
        most,
        needs: BTreeMap::new(),
    };
    walk.begin(from)?;
    let mut next = from;
    while next <= to {
        let end = to.min(next.saturating_add(BATCH - 1));
        for block in walk.blocks(next, end)? {
            if block.id.number != from {
                walk.learn(&block)?;
            }
            walk.answer(&block)?;
            each(block.id.number);
        }
        next = end.saturating_add(1);
    }
    Ok(walk.result(from, to))
}

impl Walk<'_> {
    fn blocks(&mut self, from: u64, to: u64) -> Result<Vec<Block>, KeeperError> {
        let blocks = self.endpoints.with(self.claim.index, |link| {
            let hashes: Option<Vec<Hash>> = link.hashes(from, to)?.into_iter().collect();
            let gap = || ChainError::Rpc(format!("the node has not all blocks {from} to {to}"));
            link.blocks(&hashes.ok_or_else(gap)?)
        });
        Ok(blocks?)
    }

    /// All accounts as the state of the first block has them.
    fn begin(&mut self, number: u64) -> Result<(), KeeperError> {
        let market = self.config.market.market;
        let items = self.endpoints.with(self.claim.index, |link| {
            let hash = link.hashes(number, number)?.first().copied().flatten();
            let none = || ChainError::Rpc(format!("the node has no block {number}"));
            link.items_at(hash.ok_or_else(none)?, market, &cells::ACCOUNTS)
        })?;
        let accounts = cells::accounts(items)?;
        let positions = accounts
            .iter()
            .flat_map(|(account, cell)| cell.positions.iter().map(move |held| (*account, *held)));
        let auctions = accounts.iter().filter_map(|(account, cell)| {
            cell.auction.as_ref().map(|auction| (*account, auction.started_ms))
        });
        self.brain.load(positions, auctions);
        Ok(())
    }

    /// History goes on.
    fn learn(&mut self, block: &Block) -> Result<(), KeeperError> {
        let market = self.config.market.market;
        self.brain.learn_events(block.events()).map_err(|why| {
            ChainError::Rpc(format!(
                "block {} does not fit what was before: {why}",
                block.id.number
            ))
        })?;
        for event in block.events().filter(|event| event.contract == market) {
            let Some(event) = MarketEvent::decode(event) else { continue };
            for delta in deltas(&event) {
                self.acted.remove(&delta.account);
            }
            let deed = match &event {
                MarketEvent::LiquidationStarted(e) => (ActionKind::Start, *e.account.as_ref()),
                MarketEvent::Taken(e) => (ActionKind::Take, *e.account.as_ref()),
                _ => continue,
            };
            self.acted.remove(&deed.1);
            self.past.entry(deed).or_default().push(block.id.number);
        }
        Ok(())
    }

    /// What a keeper would have answered to a block.
    fn answer(&mut self, block: &Block) -> Result<(), KeeperError> {
        let at = Claim { best: block.id, ..self.claim };
        let place = (block.id, block.time_ms);
        let pending = self.pending(block.time_ms);
        let brain = &mut self.brain;
        let mut on = ask(&mut self.endpoints, &at, |reader| brain.look(reader, place, pending))?;
        self.brain.rank(&mut on);
        for phase in [Phase::Starts, Phase::Auctions] {
            if phase == Phase::Auctions {
                let brain = &mut self.brain;
                ask(&mut self.endpoints, &at, |reader| brain.read_auctions(reader, &mut on))?;
            }
            let brain = &self.brain;
            let due = ask(&mut self.endpoints, &at, |reader| brain.due(phase, reader, &mut on))?;
            self.lend(&mut on);
            for place in due {
                for proposal in self.brain.propose(place, &mut on).1 {
                    self.note(block.id, &on, proposal)?;
                }
            }
        }
        self.brain.tidy(&on);
        Ok(())
    }

    fn pending(&self, now_ms: u64) -> Pending {
        let mut spent = BTreeMap::<AssetId, u128>::new();
        let lately = |one: &&Done| one.deed.time_ms.saturating_add(DAY_MS) > now_ms;
        for (asset, units) in self.done.iter().filter(lately).flat_map(|one| &one.spends) {
            let sum = spent.entry(*asset).or_default();
            *sum = sum.saturating_add(*units);
        }
        Pending { accounts: self.acted.clone(), spent, ..Pending::default() }
    }

    /// As if what may be spent at once was there.
    fn lend(&self, on: &mut MarketSnapshot) {
        if matches!(self.whose, Whose::Account(_)) {
            return;
        }
        for of in &self.config.inventory {
            let Ok(priced) = on.priced(of.asset) else { continue };
            let config = &priced.reserve.config;
            let (token, units) = (config.token, to_units(of.spend_max, config.decimals));
            if let Some(balance) = on.seen.balances.get_mut(&token) {
                *balance = (*balance).max(units);
            }
        }
    }

    fn note(
        &mut self,
        at: BlockId,
        on: &MarketSnapshot,
        proposal: Proposal,
    ) -> Result<(), KeeperError> {
        let kind = proposal.action.kind();
        let Trial { cost_wad, refused, is_tried } = self.trial(at.hash, on, &proposal)?;
        let least_wad = match refused {
            // A purchase has its own limit; the rest must pay for itself or be upkeep.
            None if !proposal.is_upkeep => cost_wad,
            _ => 0,
        };
        if proposal.gain_wad < least_wad {
            return Ok(());
        }
        let accounts = proposal.action.accounts();
        let usd = |wad: u128| wad as f64 / 1e18;
        self.acted.extend(&accounts);
        let deed = Deed {
            block: at.number,
            time_ms: on.now_ms,
            kind: kind.name(),
            accounts: accounts.iter().map(breakwater_chain::address::to_ss58).collect(),
            gain_usd: usd(proposal.gain_wad),
            cost_usd: usd(cost_wad),
            others_after: None,
            refused: refused.map(|why| why.to_string()),
            is_tried,
        };
        let (first, spends) = (accounts.first().copied(), proposal.spends);
        self.done.push(Done { deed, kind, first, spends });
        Ok(())
    }

    /// What an action would have cost, and why the chain would have refused it. A purchase with money that was
    /// lent can't be tried where it was not there: it is taken to need what the last that could be has needed.
    fn trial(
        &mut self,
        at: Hash,
        on: &MarketSnapshot,
        proposal: &Proposal,
    ) -> Result<Trial, KeeperError> {
        let (us, most) = (self.whose.account(), self.most);
        let (market, oracle) =
            (Market { address: on.market }, Oracle { address: on.settings.oracle });
        let part = match proposal.items() > TRIED {
            true => proposal.only(|place, _| place < TRIED),
            false => proposal.clone(),
        };
        let action = &part.action;
        let (call, kind) = (action.call(market, oracle), action.kind());
        let count = part.items().max(1) as u64;
        let batches = proposal.items().div_ceil(TRIED).max(1) as u128;
        let run = self.endpoints.with(self.claim.index, |link| link.call_at(at, us, &call))?;
        let mut refused = Refusal::of(action, &run, (us, on.market));
        let (mut gas, mut deposit) = (run.gas_required, run.storage_deposit);
        let is_lent = kind.is_purchase() && matches!(self.whose, Whose::Funded(_));
        let is_tried = !is_lent || !refused.as_ref().is_some_and(is_for_want_of_money);
        if !is_tried {
            let each = self.needs.get(&kind).copied().unwrap_or(PURCHASE);
            gas = Weight {
                ref_time: each.ref_time.saturating_mul(count),
                proof_size: each.proof_size.saturating_mul(count),
            };
            (deposit, refused) = (0, None);
        } else if refused.is_none() && kind.is_purchase() {
            let each = Weight {
                ref_time: gas.ref_time.div_ceil(count),
                proof_size: gas.proof_size.div_ceil(count),
            };
            self.needs.insert(kind, each);
        }
        let signer = &self.signer;
        let fee = self.endpoints.with(self.claim.index, |link| {
            let calls = [call.with_gas(padded_within(gas, most))];
            let signed = link.sign(signer, 0, &calls)?;
            link.fee_at(at, &signed)
        })?;
        let fees = &self.config.fees;
        let held = u128::try_from(deposit).unwrap_or(0);
        let cost_wad = fees.value_wad(fee).saturating_add(fees.value_wad(held));
        let cost_wad = cost_wad.saturating_mul(batches);
        Ok(Trial { cost_wad, refused, is_tried })
    }

    fn result(self, from: u64, to: u64) -> Replay {
        let Self { done, past, whose, .. } = self;
        let account = match whose {
            Whose::Funded(_) => None,
            Whose::Account(account) => Some(breakwater_chain::address::to_ss58(&account)),
        };
        let others = |kind: ActionKind| {
            past.iter().filter(|((of, _), _)| *of == kind).map(|(_, blocks)| blocks.len()).sum()
        };
        let deeds = done.into_iter().map(|Done { mut deed, kind, first, .. }| {
            let kind = if kind.is_purchase() { ActionKind::Take } else { kind };
            let blocks = first.and_then(|account| past.get(&(kind, account)));
            let after = blocks.and_then(|blocks| blocks.iter().find(|block| **block > deed.block));
            deed.others_after = after.map(|block| block.saturating_sub(deed.block));
            deed
        });
        Replay {
            from,
            to,
            account,
            deeds: deeds.collect(),
            starts_by_others: others(ActionKind::Start),
            takes_by_others: others(ActionKind::Take),
        }
    }
}

/// Whether a purchase was refused as one is whose buyer does not have the money, or has not approved the market: a
/// token says no, or each of several orders is passed over.
fn is_for_want_of_money(why: &Refusal) -> bool {
    matches!(why, Refusal::NothingLeft | Refusal::Protocol(Error::TokenTransferFailed))
}
