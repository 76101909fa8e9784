//! What a keeper can do on chain, and what it would bring.

use breakwater_chain::{AccountId, ContractCall};
use breakwater_client::{oracle::SignedReport, Amm, Market, Oracle, Taker, Token};
use breakwater_protocol::{AssetId, Order};
use scale::{Decode, Encode, Input, Output};
use std::collections::BTreeMap;

/// Something to do on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start auctions; those that can't be are passed over.
    Start(Vec<AccountId>),
    /// Take and sell on a pool before the debt is pulled.
    TakeAndSell {
        account: AccountId,
        order: Order,
        taker: AccountId,
        pool: AccountId,
        /// In units of the debt asset.
        min_profit: u128,
    },
    /// Take with our own money; orders that can't be done are passed over.
    TakeMany(Vec<(AccountId, Order)>),
    BackstopFill {
        account: AccountId,
        collateral: AssetId,
        debt: AssetId,
    },
    /// Buy of what a backstop has in stock and sell on a pool before the payment is pulled.
    BuyStockAndSell {
        order: Order,
        taker: AccountId,
        pool: AccountId,
        /// In units of the debt asset.
        min_profit: u128,
    },
    /// Buy of what a backstop has in stock with our own money.
    BuyStock(Order),
    Cure(AccountId),
    RecogniseBadDebt(AccountId),
    PokeMarket(Vec<AssetId>),
    PokeOracle(Vec<AccountId>),
    Relay(Vec<SignedReport>),
    ClaimReward(AssetId),
    /// Let somebody pull so many units of a token of ours.
    Approve {
        token: AccountId,
        spender: AccountId,
        units: u128,
    },
}

/// A sale of what is bought in the same transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sale {
    pub pool: AccountId,
    /// What must be left to us at least, in units of the debt asset.
    pub min_profit: u128,
}

/// Kinds of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionKind {
    Start,
    TakeAndSell,
    Take,
    BackstopFill,
    BuyStockAndSell,
    BuyStock,
    Cure,
    RecogniseBadDebt,
    PokeMarket,
    PokeOracle,
    Relay,
    ClaimReward,
    Approve,
    /// Nothing: it uses the nonce of a transaction that was lost, so that those after it can happen.
    FillNonce,
    /// What a keeper of another version has written down.
    Other,
}

impl ActionKind {
    const ALL: [Self; 14] = [
        Self::Start,
        Self::TakeAndSell,
        Self::Take,
        Self::BackstopFill,
        Self::BuyStockAndSell,
        Self::BuyStock,
        Self::Cure,
        Self::RecogniseBadDebt,
        Self::PokeMarket,
        Self::PokeOracle,
        Self::Relay,
        Self::ClaimReward,
        Self::Approve,
        Self::FillNonce,
    ];

    /// Those that spend money.
    pub const PURCHASES: [Self; 4] =
        [Self::Take, Self::TakeAndSell, Self::BuyStock, Self::BuyStockAndSell];

    /// Whether it spends money.
    pub fn is_purchase(self) -> bool {
        Self::PURCHASES.contains(&self)
    }

    /// Its name in logs, metrics and the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::TakeAndSell => "take_and_sell",
            Self::Take => "take",
            Self::BackstopFill => "backstop_fill",
            Self::BuyStockAndSell => "buy_stock_and_sell",
            Self::BuyStock => "buy_stock",
            Self::Cure => "cure",
            Self::RecogniseBadDebt => "recognise_bad_debt",
            Self::PokeMarket => "poke_market",
            Self::PokeOracle => "poke_oracle",
            Self::Relay => "relay",
            Self::ClaimReward => "claim_reward",
            Self::Approve => "approve",
            Self::FillNonce => "fill_nonce",
            Self::Other => "other",
        }
    }

    /// Whether actions of this kind need about as much as each other, and say themselves what they must
    /// bring: several in answer to one block need one dry run.
    pub fn is_alike(self) -> bool {
        matches!(self, Self::TakeAndSell | Self::BackstopFill | Self::Cure)
    }

    /// The kind of a name; [`ActionKind::Other`] for one that is not known.
    pub fn of_name(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.name() == name).unwrap_or(Self::Other)
    }
}

/// In the store by its name, so that kinds may come and go.
impl Encode for ActionKind {
    fn encode_to<O: Output + ?Sized>(&self, to: &mut O) {
        self.name().encode_to(to);
    }
}

impl Decode for ActionKind {
    fn decode<I: Input>(from: &mut I) -> Result<Self, scale::Error> {
        String::decode(from).map(|name| Self::of_name(&name))
    }
}

impl Action {
    /// Its kind.
    pub fn kind(&self) -> ActionKind {
        match self {
            Self::Start(_) => ActionKind::Start,
            Self::TakeAndSell { .. } => ActionKind::TakeAndSell,
            Self::TakeMany(_) => ActionKind::Take,
            Self::BackstopFill { .. } => ActionKind::BackstopFill,
            Self::BuyStockAndSell { .. } => ActionKind::BuyStockAndSell,
            Self::BuyStock(_) => ActionKind::BuyStock,
            Self::Cure(_) => ActionKind::Cure,
            Self::RecogniseBadDebt(_) => ActionKind::RecogniseBadDebt,
            Self::PokeMarket(_) => ActionKind::PokeMarket,
            Self::PokeOracle(_) => ActionKind::PokeOracle,
            Self::Relay(_) => ActionKind::Relay,
            Self::ClaimReward(_) => ActionKind::ClaimReward,
            Self::Approve { .. } => ActionKind::Approve,
        }
    }

    /// The accounts it acts on.
    pub fn accounts(&self) -> Vec<AccountId> {
        match self {
            Self::Start(accounts) => accounts.clone(),
            Self::TakeMany(orders) => orders.iter().map(|(account, _)| *account).collect(),
            Self::TakeAndSell { account, .. }
            | Self::BackstopFill { account, .. }
            | Self::Cure(account)
            | Self::RecogniseBadDebt(account) => vec![*account],
            _ => Vec::new(),
        }
    }

    /// Where it sells what it buys before it is paid for, if it does.
    pub fn sale(&self) -> Option<Sale> {
        match self {
            Self::TakeAndSell { pool, min_profit, .. }
            | Self::BuyStockAndSell { pool, min_profit, .. } => {
                Some(Sale { pool: *pool, min_profit: *min_profit })
            }
            _ => None,
        }
    }

    /// The call that does it.
    pub fn call(&self, market: Market, oracle: Oracle) -> ContractCall {
        match self {
            Self::Start(accounts) => market.liquidate_many(accounts),
            Self::TakeAndSell { account, order, taker, pool, min_profit } => {
                let (taker, pool) = (Taker { address: *taker }, Amm { address: *pool });
                taker.take_and_sell(&market, *account, *order, pool, *min_profit)
            }
            Self::TakeMany(orders) => market.take_many(orders),
            Self::BackstopFill { account, collateral, debt } => {
                market.backstop_fill(*account, *collateral, *debt)
            }
            Self::BuyStockAndSell { order, taker, pool, min_profit } => {
                let (taker, pool) = (Taker { address: *taker }, Amm { address: *pool });
                taker.buy_stock_and_sell(&market, *order, pool, *min_profit)
            }
            Self::BuyStock(order) => market.buy_stock(*order),
            Self::Cure(account) => market.cure(*account),
            Self::RecogniseBadDebt(account) => market.recognise_bad_debt(*account),
            Self::PokeMarket(assets) => market.poke(assets),
            Self::PokeOracle(tokens) => oracle.poke(tokens),
            Self::Relay(reports) => oracle.relay(reports),
            Self::ClaimReward(asset) => market.claim_reward(*asset),
            Self::Approve { token, spender, units } => {
                Token { address: *token }.approve(*spender, *units)
            }
        }
    }
}

/// What one of several items of an action is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worth {
    /// What it brings, in wad dollars, before fees.
    pub gain_wad: u128,
    /// The most it spends of our inventory.
    pub spends: Option<(AssetId, u128)>,
}

/// An action and what it is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    pub action: Action,
    /// What it brings, in wad dollars, before fees.
    pub gain_wad: u128,
    /// The most it spends of our inventory.
    pub spends: Vec<(AssetId, u128)>,
    /// Done for the market's sake: it need not pay for itself.
    pub is_upkeep: bool,
    /// The same for each of its items in their order, where they can be done apart; else nothing.
    pub each: Vec<Worth>,
}

impl Proposal {
    /// One that must pay for itself.
    pub fn new(action: Action, gain_wad: u128) -> Self {
        Self { action, gain_wad, spends: Vec::new(), is_upkeep: false, each: Vec::new() }
    }

    /// One that need not pay for itself.
    pub fn upkeep(action: Action) -> Self {
        Self { is_upkeep: true, ..Self::new(action, 0) }
    }

    /// One of items that can be done apart, each with what it is worth; it must pay for itself.
    pub fn of_items(action: Action, each: Vec<Worth>) -> Self {
        let gain_wad = each.iter().fold(0u128, |sum, one| sum.saturating_add(one.gain_wad));
        let mut spends = BTreeMap::<AssetId, u128>::new();
        for (asset, units) in each.iter().filter_map(|one| one.spends) {
            let sum = spends.entry(asset).or_default();
            *sum = sum.saturating_add(units);
        }
        Self { spends: spends.into_iter().collect(), each, ..Self::new(action, gain_wad) }
    }

    /// How many items it has that can be done apart.
    pub fn items(&self) -> usize {
        self.each.len()
    }

    /// Those of its items that are chosen by their place and worth, in their order.
    pub fn only(&self, chosen: impl Fn(usize, &Worth) -> bool) -> Self {
        let is_chosen: Vec<bool> =
            self.each.iter().enumerate().map(|(place, worth)| chosen(place, worth)).collect();
        let keep = |place: usize| is_chosen.get(place).copied().unwrap_or(false);
        let action = match &self.action {
            Action::Start(accounts) => Action::Start(places(accounts, keep)),
            Action::TakeMany(orders) => Action::TakeMany(places(orders, keep)),
            other => other.clone(),
        };
        let each = places(&self.each, keep);
        Self { is_upkeep: self.is_upkeep, ..Self::of_items(action, each) }
    }
}

fn places<T: Clone>(of: &[T], keep: impl Fn(usize) -> bool) -> Vec<T> {
    of.iter().enumerate().filter(|(place, _)| keep(*place)).map(|(_, one)| one.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_name_and_kept_by_it() {
        for kind in ActionKind::ALL {
            assert_eq!(ActionKind::of_name(kind.name()), kind);
            assert_eq!(kind.encode(), kind.name().encode());
            assert_eq!(ActionKind::decode(&mut &kind.encode()[..]), Ok(kind));
        }
        assert_eq!(ActionKind::of_name("arbitrage"), ActionKind::Other);
    }

    #[test]
    fn a_part_is_worth_what_its_items_are() {
        let worth = |gain_wad, spends| Worth { gain_wad, spends };
        let each = vec![worth(5, Some((1, 10))), worth(7, Some((2, 20))), worth(9, Some((1, 30)))];
        let order = Order { collateral: 0, debt: 1, max_repay: 5, min_receive: 1 };
        let orders = [1, 2, 3].map(|number| ([number; 32], order));
        let whole = Proposal::of_items(Action::TakeMany(orders.to_vec()), each);
        assert_eq!((whole.gain_wad, &whole.spends[..]), (21, &[(1, 40), (2, 20)][..]));
        let part = whole.only(|place, worth| place > 0 && worth.gain_wad != 7);
        assert_eq!(part.action, Action::TakeMany(vec![orders[2]]));
        assert_eq!((part.gain_wad, part.spends, part.each.len()), (9, vec![(1, 30)], 1));
        let upkeep = Proposal { is_upkeep: true, ..whole };
        assert!(upkeep.only(|place, _| place < 1).is_upkeep);
    }
}
