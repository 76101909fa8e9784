//! The market on the table, and how it answers a request.

use crate::{
    message::what_if,
    request::Request,
    store::{Cells, Table},
    views,
};
use breakwater_protocol::{market::Root, Account, AccountId, Error, PricedReserve};
use scale::{Decode, DecodeAll, Encode};
use scale_info::TypeInfo;

/// A market at a block, but for its accounts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct Loaded {
    /// The time to compute for, in Unix milliseconds: the block's, or a later one.
    pub now_ms: u64,
    /// The market's address.
    pub market: AccountId,
    pub root: Root,
    /// All reserves as they are stored, with their prices, as the market's `priced_reserves` answers.
    pub reserves: Vec<PricedReserve>,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The rules refuse it.
    Refused(Error),
    /// The request can't be decoded.
    NotUnderstood,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

/// Remembers one market and answers requests.
#[derive(Debug, Default)]
pub struct Desk {
    table: Table,
}

impl Desk {
    /// Answers an encoded request, as the README says.
    pub fn run(&mut self, request: &[u8]) -> Vec<u8> {
        match self.try_run(request) {
            Ok(value) => [&[0][..], &value].concat(),
            Err(Fault::Refused(error)) => [&[1][..], &error.encode()].concat(),
            Err(Fault::NotUnderstood) => vec![2],
        }
    }

    fn try_run(&mut self, mut request: &[u8]) -> Result<Vec<u8>, Fault> {
        let request = Request::decode_all(&mut request).map_err(|_| Fault::NotUnderstood)?;
        let table = &self.table;
        Ok(match request {
            Request::Layout => crate::LAYOUT.encode(),
            Request::Load(loaded) => {
                self.table = Table::new(loaded);
                Vec::new()
            }
            Request::At(now_ms) => {
                self.table.now_ms = now_ms;
                Vec::new()
            }
            Request::Account(who, account) => {
                views::account(self.with(who, account), &who)?.encode()
            }
            Request::WhatIf { caller, message, cells } => {
                what_if(table, caller, message, cells)?.encode()
            }
            Request::Quote { account, order } => {
                views::quote(self.with(NOBODY, account), &NOBODY, &order)?.encode()
            }
            Request::QuoteStock(order) => views::quote_stock(table, &order)?.encode(),
            Request::PriceOverTime { asset, times_ms } => {
                views::price_over_time(table, asset, &times_ms)?.encode()
            }
            Request::QuoteOverTime { account, order, times_ms } => {
                views::quote_over_time(self.with(NOBODY, account), &NOBODY, &order, &times_ms)
                    .encode()
            }
            Request::Standings(accounts) => views::standings(table, &accounts)?.encode(),
            Request::DebtAtRisk { accounts, falls_bps } => {
                views::debt_at_risk(table, &accounts, &falls_bps)?.encode()
            }
            Request::Reserve(asset) => views::priced(table, asset)?.reserve.encode(),
            Request::Rates(asset) => views::rates(table, asset)?.encode(),
            Request::Risk(asset) => views::risk(table, asset)?.encode(),
            Request::Breaker(asset) => views::breaker(table, asset)?.encode(),
            Request::Sale(asset) => views::sale(table, asset)?.encode(),
            Request::Backstop(asset) => views::backstop(table, asset)?.encode(),
        })
    }
}

/// Whose account it is where that is of no consequence.
const NOBODY: AccountId = [0; 32];

impl Desk {
    /// The market with one account. The next request puts another in its place.
    fn with(&mut self, who: AccountId, account: Account) -> &Table {
        self.table.cells.accounts = vec![(who, account)];
        &self.table
    }
}

impl Table {
    fn new(loaded: Loaded) -> Self {
        let Loaded { now_ms, market, root, reserves } = loaded;
        let reserves =
            reserves.into_iter().map(|priced| (priced.asset, (priced.reserve, priced.price)));
        Self {
            now_ms,
            market,
            root,
            reserves: reserves.collect(),
            cells: Cells::default(),
            written: Vec::new(),
        }
    }
}
