//! An event in JSON: amounts and 10^18ths as decimal strings, accounts as SS58, times in Unix milliseconds.

use super::row::{Row, Told};
use breakwater_chain::address::to_ss58;
use breakwater_client::{GovernanceEvent, MarketEvent};
use serde_json::{json, Value};

/// A row; nothing for an event that nobody here knows.
pub fn row(of: &Row) -> Option<Value> {
    let (event, mut fields) = match of.body.decode()? {
        Told::Market(event) => market(&event),
        Told::Governance(event) => (governance(&event), json!({})),
    };
    let all = fields.as_object_mut()?;
    let (block, index) = of.place;
    all.insert("event".into(), event.into());
    all.insert("block".into(), block.into());
    all.insert("index".into(), index.into());
    all.insert("time_ms".into(), of.time_ms.into());
    Some(fields)
}

fn who(account: &impl AsRef<[u8; 32]>) -> String {
    to_ss58(account.as_ref())
}

/// Its name, and its fields.
fn market(event: &MarketEvent) -> (&'static str, Value) {
    use MarketEvent as E;
    // Somebody, an asset, units of it, and who paid or got them.
    macro_rules! moved {
        ($event:ident, $units:ident) => {
            json!({ "account": who(&$event.account), "asset": $event.asset, "units": $event.$units.to_string() })
        };
    }
    macro_rules! borne {
        ($event:ident) => {
            json!({ "asset": $event.asset, "units": $event.assets.to_string() })
        };
    }
    match event {
        E::Supplied(e) => ("Supplied", moved!(e, assets)),
        E::Withdrawn(e) => ("Withdrawn", moved!(e, assets)),
        E::CollateralDeposited(e) => ("CollateralDeposited", moved!(e, amount)),
        E::CollateralWithdrawn(e) => ("CollateralWithdrawn", moved!(e, amount)),
        E::Borrowed(e) => ("Borrowed", moved!(e, assets)),
        E::Repaid(e) => ("Repaid", moved!(e, assets)),
        E::RewardClaimed(e) => ("RewardClaimed", moved!(e, amount)),
        E::BadDebtRecognised(e) => ("BadDebtRecognised", moved!(e, assets)),
        E::DustKept(e) => ("DustKept", moved!(e, amount)),
        E::BackstopDeposited(e) => ("BackstopDeposited", moved!(e, assets)),
        E::LossBorneByProtocol(e) => ("LossBorneByProtocol", borne!(e)),
        E::LossBorneByBackstop(e) => ("LossBorneByBackstop", borne!(e)),
        E::LossBorneByLenders(e) => ("LossBorneByLenders", borne!(e)),
        E::LiquidationStarted(e) => (
            "LiquidationStarted",
            json!({ "account": who(&e.account), "starter": who(&e.starter), "started_ms": e.started_ms }),
        ),
        E::AuctionClosed(e) => ("AuctionClosed", json!({ "account": who(&e.account) })),
        E::Taken(e) => (
            "Taken",
            json!({
                "account": who(&e.account), "taker": who(&e.taker), "collateral": e.collateral, "debt": e.debt,
                "repaid": e.repaid.to_string(), "received": e.received.to_string(), "fee": e.fee.to_string(),
                "reward": e.reward.to_string(), "bonus_wad": e.bonus_wad.to_string(),
                "fair_wad": e.fair_wad.to_string(), "paid_wad": e.paid_wad.to_string(),
                "backstop": e.backstop, "closed": e.closed,
            }),
        ),
        E::BackstopNoticeGiven(e) => (
            "BackstopNoticeGiven",
            json!({ "account": who(&e.account), "asset": e.asset, "opens_ms": e.opens_ms, "closes_ms": e.closes_ms }),
        ),
        E::BackstopWithdrawn(e) => {
            ("BackstopWithdrawn", json!({ "account": who(&e.account), "asset": e.asset }))
        }
        E::StockSold(e) => (
            "StockSold",
            json!({
                "asset": e.asset, "collateral": e.collateral, "buyer": who(&e.buyer),
                "paid": e.paid.to_string(), "received": e.received.to_string(),
                "bonus_wad": e.bonus_wad.to_string(),
            }),
        ),
        E::IncomeCollected(e) => (
            "IncomeCollected",
            json!({
                "asset": e.asset, "income": format!("{:?}", e.income), "receiver": who(&e.receiver),
                "units": e.amount.to_string(),
            }),
        ),
        E::BreakerChanged(e) => (
            "BreakerChanged",
            json!({
                "asset": e.asset, "from": format!("{:?}", e.from), "to": format!("{:?}", e.to),
                "trigger": format!("{:?}", e.trigger), "measure_bps": e.measure_bps.to_string(),
                "until_ms": e.until_ms,
            }),
        ),
        E::BreakerRaised(e) => (
            "BreakerRaised",
            json!({
                "asset": e.asset, "by": who(&e.by), "level": format!("{:?}", e.level), "until_ms": e.until_ms,
            }),
        ),
        E::BreakerReset(e) => ("BreakerReset", json!({ "asset": e.asset })),
        E::ParamsSet(_) => ("ParamsSet", json!({})),
        E::GuardianSet(e) => {
            ("GuardianSet", json!({ "guardian": who(&e.guardian), "until_ms": e.until_ms }))
        }
        E::ReserveListed(e) => {
            ("ReserveListed", json!({ "asset": e.asset, "token": who(&e.token) }))
        }
        E::ReserveConfigured(e) => ("ReserveConfigured", json!({ "asset": e.asset })),
        E::ReserveDelisted(e) => {
            ("ReserveDelisted", json!({ "asset": e.asset, "token": who(&e.token) }))
        }
    }
}

/// Its name: what it changes is read where the market is governed.
fn governance(event: &GovernanceEvent) -> &'static str {
    use GovernanceEvent as E;
    match event {
        E::MembersSet(_) => "MembersSet",
        E::OperationCancelled(_) => "OperationCancelled",
        E::OperationExecuted(_) => "OperationExecuted",
        E::OperationQueued(_) => "OperationQueued",
        E::OwnershipAccepted(_) => "OwnershipAccepted",
        E::OwnershipOffered(_) => "OwnershipOffered",
        E::OwnershipTransferred(_) => "OwnershipTransferred",
        E::ReserveSteered(_) => "ReserveSteered",
        E::SettingsSet(_) => "SettingsSet",
        E::Upgraded(_) => "Upgraded",
    }
}
