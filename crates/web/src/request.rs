//! What can be asked, and what answers it.

// The codec's derive numbers an enum's variants with a cast.
#![allow(clippy::cast_possible_truncation)]

use crate::{
    desk::Loaded,
    message::{Message, WhatIf},
    store::Cells,
    views::{AtRisk, PricePoint, Standing},
};
use breakwater_protocol::{
    lens::{AccountView, BackstopView, BreakerView, Quote, RatesView, RiskView, SaleView},
    Account, AccountId, AssetId, Error, Order, Reserve,
};
use scale::{Decode, Encode};
use scale_info::{MetaType, TypeInfo};

/// A request. The order is part of the interface.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub enum Request {
    /// Number of the storage layout that is understood.
    Layout,
    /// Puts a market on the table.
    Load(Loaded),
    /// Moves the clock.
    At(u64),
    /// An account with its owner, as the lens answers.
    Account(AccountId, Account),
    /// What a message would do.
    WhatIf {
        caller: AccountId,
        message: Message,
        cells: Cells,
    },
    /// What a take would move.
    Quote {
        account: Account,
        order: Order,
    },
    /// What a purchase of a backstop's stock would move.
    QuoteStock(Order),
    /// A collateral's price at several times.
    PriceOverTime {
        asset: AssetId,
        times_ms: Vec<u64>,
    },
    /// What a take would move at several times.
    QuoteOverTime {
        account: Account,
        order: Order,
        times_ms: Vec<u64>,
    },
    /// How each of many accounts stands.
    Standings(Vec<Account>),
    /// Debt that falls of all collateral would bring into liquidation.
    DebtAtRisk {
        accounts: Vec<Account>,
        falls_bps: Vec<u16>,
    },
    /// A reserve with interest up to now.
    Reserve(AssetId),
    /// Views of a reserve, as the lens answers.
    Rates(AssetId),
    Risk(AssetId),
    Breaker(AssetId),
    Sale(AssetId),
    Backstop(AssetId),
}

/// A request's name and the type of its answer.
#[derive(Clone, Debug)]
pub struct Operation {
    pub name: &'static str,
    pub answer: MetaType,
}

/// All requests with their answers, and the types beside those: of errors, of requests.
pub fn interface() -> (Vec<Operation>, [MetaType; 2]) {
    fn of<T: TypeInfo + 'static>(name: &'static str) -> Operation {
        Operation { name, answer: MetaType::new::<T>() }
    }
    let operations = vec![
        of::<u32>("Layout"),
        of::<()>("Load"),
        of::<()>("At"),
        of::<AccountView>("Account"),
        of::<WhatIf>("WhatIf"),
        of::<Quote>("Quote"),
        of::<Quote>("QuoteStock"),
        of::<Vec<PricePoint>>("PriceOverTime"),
        of::<Vec<Option<Quote>>>("QuoteOverTime"),
        of::<Vec<Standing>>("Standings"),
        of::<Vec<AtRisk>>("DebtAtRisk"),
        of::<Reserve>("Reserve"),
        of::<RatesView>("Rates"),
        of::<RiskView>("Risk"),
        of::<BreakerView>("Breaker"),
        of::<SaleView>("Sale"),
        of::<BackstopView>("Backstop"),
    ];
    (operations, [MetaType::new::<Error>(), MetaType::new::<Request>()])
}
