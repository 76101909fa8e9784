//! What one transaction of ours has moved.

use crate::{action::ActionKind, store::Intent};
use breakwater_chain::{AccountId, ContractEvent, Receipt};
use breakwater_client::MarketEvent;
use breakwater_protocol::{num::value::value_down, AssetId};
use scale::{Decode, Encode};
use std::collections::BTreeMap;

/// What an asset of the market is worth, as last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub asset: AssetId,
    /// Price of a whole token, wad dollars.
    pub price_wad: u128,
    pub decimals: u8,
}

/// Prices by token.
pub type Marks = BTreeMap<AccountId, Mark>;

/// Whose books these are, and what things are worth now.
#[derive(Clone, Debug, Default)]
pub struct Books {
    pub us: AccountId,
    pub market: AccountId,
    pub marks: Marks,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Fate {
    /// It has done something.
    Done,
    /// It is in a block and has done nothing: somebody was faster, or the market has moved.
    Lost,
    /// Not a transaction of the keeper's: what else the account has got or given.
    Elsewhere,
}

/// Units that came to us or left us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Move {
    pub token: AccountId,
    pub units: i128,
    /// What they were worth then, wad dollars; nothing where no price was known.
    pub value_wad: i128,
}

/// One line of the books.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Entry {
    pub block: u64,
    /// Timestamp of that block, in Unix milliseconds.
    pub time_ms: u64,
    pub kind: ActionKind,
    pub fate: Fate,
    /// Paid in planck, without deposits.
    pub fee: u128,
    /// Planck held for storage, negative where they were given back.
    pub deposit: i128,
    pub moves: Vec<Move>,
    /// What was expected of it when it was sent, costs taken off, wad dollars.
    pub expected_wad: u128,
}

impl Books {
    /// The entry of a transaction of ours that was found in a block.
    pub fn entry(&self, intent: &Intent, receipt: &Receipt) -> Entry {
        let moves: Vec<Move> = self.moved(&receipt.events);
        let has_done =
            receipt.result.is_ok() && self.has_done(intent.kind, &receipt.events, &moves);
        Entry {
            block: receipt.block_number,
            time_ms: receipt.time_ms,
            kind: intent.kind,
            fate: if has_done { Fate::Done } else { Fate::Lost },
            fee: receipt.fee,
            deposit: receipt.storage_deposit,
            moves,
            expected_wad: intent.gain_wad,
        }
    }

    /// Whether a transaction that succeeded has done what it was for: messages of many items pass over what
    /// others were faster with.
    fn has_done(&self, kind: ActionKind, events: &[ContractEvent], moves: &[Move]) -> bool {
        let ours = || {
            let events = events.iter().filter(|event| event.contract == self.market);
            events.filter_map(MarketEvent::decode)
        };
        match kind {
            ActionKind::Start => {
                ours().any(|event| matches!(event, MarketEvent::LiquidationStarted(_)))
            }
            ActionKind::Take
            | ActionKind::TakeAndSell
            | ActionKind::BuyStock
            | ActionKind::BuyStockAndSell => !moves.is_empty(),
            ActionKind::BackstopFill => ours().any(|event| matches!(event, MarketEvent::Taken(_))),
            _ => true,
        }
    }

    /// What events say that came to us or left us: transfers as tokens tell of them, and what the market tells
    /// of those tokens that don't.
    fn moved(&self, events: &[ContractEvent]) -> Vec<Move> {
        let mut told = transfers(events, self.us, self.market);
        let mut implied = BTreeMap::<AccountId, i128>::new();
        let ours = events.iter().filter(|event| event.contract == self.market);
        for event in ours.filter_map(MarketEvent::decode) {
            self.imply(&event, &mut implied);
        }
        for (token, units) in implied {
            told.entry(token).or_insert(units);
        }
        let moves = told.into_iter().filter(|(_, units)| *units != 0);
        moves.map(|(token, units)| self.valued(token, units)).collect()
    }

    /// Units with what they are worth now.
    pub fn valued(&self, token: AccountId, units: i128) -> Move {
        Move { token, units, value_wad: value_of(&self.marks, &token, units) }
    }

    fn imply(&self, event: &MarketEvent, moves: &mut BTreeMap<AccountId, i128>) {
        let mut add = |asset: AssetId, units: u128, comes: bool| {
            let found = self.marks.iter().find(|(_, mark)| mark.asset == asset);
            if let Some((token, _)) = found {
                let signed = i128::try_from(units).unwrap_or(i128::MAX);
                let sum = moves.entry(*token).or_default();
                *sum = sum.saturating_add(if comes { signed } else { signed.saturating_neg() });
            }
        };
        match event {
            MarketEvent::Taken(e) if !e.backstop && e.taker == self.us.into() => {
                add(e.debt, e.repaid, false);
                add(e.collateral, e.received, true);
            }
            MarketEvent::StockSold(e) if e.buyer == self.us.into() => {
                add(e.asset, e.paid, false);
                add(e.collateral, e.received, true);
            }
            MarketEvent::RewardClaimed(e) if e.account == self.us.into() => {
                add(e.asset, e.amount, true);
            }
            _ => {}
        }
    }
}

/// Value of units, wad dollars; nothing for a token without a price.
pub fn value_of(marks: &Marks, token: &AccountId, units: i128) -> i128 {
    let Some(mark) = marks.get(token) else { return 0 };
    let wad = value_down(units.unsigned_abs(), mark.price_wad, mark.decimals).unwrap_or(0);
    let wad = i128::try_from(wad).unwrap_or(i128::MAX);
    if units < 0 {
        wad.saturating_neg()
    } else {
        wad
    }
}

/// Units of each token that came to an account, less those that left it, as the tokens tell: of all that tell of
/// transfers, whosever. A market's own events are none.
pub fn transfers(
    events: &[ContractEvent],
    us: AccountId,
    market: AccountId,
) -> BTreeMap<AccountId, i128> {
    let mut moves = BTreeMap::<AccountId, i128>::new();
    for event in events.iter().filter(|event| event.contract != market) {
        let Some((from, to, units)) = transfer(event) else { continue };
        let signed = i128::try_from(units).unwrap_or(i128::MAX);
        let sum = moves.entry(event.contract).or_default();
        *sum = sum.saturating_add(if to == Some(us) { signed } else { 0 });
        *sum = sum.saturating_sub(if from == Some(us) { signed } else { 0 });
    }
    moves
}

/// Who, whom, how many units.
type Transfer = (Option<AccountId>, Option<AccountId>, u128);

/// A token's event of a transfer. Of PSP22 its fields are given and nothing else is: what does not
/// decode to the last byte is another event.
fn transfer(event: &ContractEvent) -> Option<Transfer> {
    let mut data = event.data.as_slice();
    let transfer = Transfer::decode(&mut data).ok()?;
    data.is_empty().then_some(transfer)
}
