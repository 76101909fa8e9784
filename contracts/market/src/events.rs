//! Reports what messages have done.

pub use breakwater_interface::events::{market::*, ownership::*};
use breakwater_protocol::{
    actions::{BadDebt, Outcome, WrittenOff},
    auction::Fill,
    breaker::Transition,
    market::{Acted, Filled},
    AccountId as Account,
};
use ink::{env::DefaultEnvironment, primitives::AccountId};

/// Reports what actions did.
pub fn acted(done: &Acted, payer: &Account) {
    let (account, receiver) = (AccountId::from(done.account), AccountId::from(done.receiver));
    let payer = AccountId::from(*payer);
    for outcome in &done.outcomes {
        match outcome {
            Outcome::Supplied { .. } => supplied(outcome, account, payer),
            Outcome::Withdrawn { .. } => withdrawn(outcome, account, receiver),
            Outcome::CollateralDeposited { .. } => collateral_deposited(outcome, account, payer),
            Outcome::CollateralWithdrawn { .. } => collateral_withdrawn(outcome, account, receiver),
            Outcome::Borrowed { .. } => borrowed(outcome, account, receiver),
            Outcome::Repaid { .. } => repaid(outcome, account, payer),
        }
    }
}

/// Reports of outcomes: functions of their own, of which a message pays for those that it needs.
macro_rules! reports {
    ($($report:ident: $event:ident { $who:ident, $($field:ident),+ };)+) => {
        $(#[inline(never)]
        fn $report(outcome: &Outcome, account: AccountId, $who: AccountId) {
            if let Outcome::$event { $($field),+ } = *outcome {
                send($event { account, $who, $($field),+ });
            }
        })+
    };
}
reports! {
    supplied: Supplied { payer, asset, assets, shares };
    withdrawn: Withdrawn { receiver, asset, assets, shares };
    collateral_deposited: CollateralDeposited { payer, asset, amount };
    collateral_withdrawn: CollateralWithdrawn { receiver, asset, amount };
    borrowed: Borrowed { receiver, asset, assets, shares };
    repaid: Repaid { payer, asset, assets, shares };
}

/// Reports a cure.
pub fn closed(account: AccountId) {
    send(AuctionClosed { account });
}

/// Reports a take, or a purchase by the backstop.
#[inline(never)]
pub fn taken(account: AccountId, done: &Filled, taker: AccountId, backstop: bool) {
    let Filled { collateral, debt, fair_wad, paid_wad, taken } = done;
    let Fill { repaid, received, fee, reward, bonus_wad, .. } = taken.fill;
    send(Taken {
        account,
        collateral: *collateral,
        debt: *debt,
        taker,
        repaid,
        debt_shares: taken.shares,
        received,
        fee,
        reward,
        bonus_wad,
        own_ms: taken.terms.own_ms,
        fair_wad: *fair_wad,
        paid_wad: *paid_wad,
        backstop,
        closed: taken.ended.is_some(),
    });
    written_off(account, &taken.written_off);
}

/// Reports what was written off.
#[inline(never)]
pub fn written_off(account: AccountId, lost: &WrittenOff) {
    for (asset, amount) in &lost.dust {
        send(DustKept { account, asset: *asset, amount: *amount });
    }
    for BadDebt { asset, assets, shares, borne } in &lost.bad_debt {
        let (asset, assets, shares) = (*asset, *assets, *shares);
        send(BadDebtRecognised { account, asset, assets, shares });
        if borne.by_protocol != 0 {
            send(LossBorneByProtocol { asset, assets: borne.by_protocol });
        }
        if borne.by_backstop != 0 {
            send(LossBorneByBackstop { asset, assets: borne.by_backstop });
        }
        if borne.by_lenders != 0 {
            send(LossBorneByLenders { asset, assets: borne.by_lenders });
        }
    }
}

/// Reports a change of the breaker's level.
#[inline(never)]
pub fn breaker(change: &Transition) {
    let Transition { asset, from, to, trigger, measure_bps, until_ms } = *change;
    send(BreakerChanged { asset, from, to, trigger, measure_bps, until_ms });
}

#[inline(never)]
pub fn send(event: impl ink::env::Event) {
    ink::env::emit_event::<DefaultEnvironment, _>(event);
}
