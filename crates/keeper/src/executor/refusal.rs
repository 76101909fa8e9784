//! Why an action is off: by dry run, or when it was submitted.

use crate::{action::Action, profit::transfers};
use breakwater_chain::{AccountId, DispatchError, DryRun, Rejection};
use breakwater_client::abi;
use breakwater_protocol::Error;

/// Why the chain would not do an action now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The contract says so.
    #[error("{0:?}")]
    Protocol(Error),
    /// The market's front has handed a message over, and that code has failed without an error of its
    /// own.
    #[error("the contract gave up (gas, memory or length of input)")]
    GaveUp,
    /// It trapped or was never run.
    #[error(transparent)]
    Dispatch(DispatchError),
    /// The message passes over what can't be done, and that was all of it.
    #[error("nothing left to do")]
    NothingLeft,
    /// The pool pays less than it says: we would pay with money of our own, or keep less than the least profit.
    #[error("the sale would leave us less than it must")]
    Loss,
    /// It was signed, and no pool has taken it.
    #[error(transparent)]
    Rejected(Rejection),
}

impl Refusal {
    /// Why an action would do nothing, or harm; none if it would do what it is for. It is done by an account on a
    /// market.
    pub fn of(action: &Action, run: &DryRun, (us, market): (AccountId, AccountId)) -> Option<Self> {
        let output = match &run.result {
            Err(why) => return Some(Self::Dispatch(why.clone())),
            Ok(output) => output,
        };
        if output.reverted {
            return Some(match abi::decode::<Result<(), Error>>("dry run", output) {
                Ok(Err(error)) => Self::Protocol(error),
                _ => Self::GaveUp,
            });
        }
        // Messages that pass over what can't be done succeed with nothing, and so does a take of which
        // the backstop leaves nothing.
        let done = match action {
            Action::Start(_) => matches!(
                abi::decode::<Result<u32, Error>>("liquidate_many", output),
                Ok(Ok(started)) if started > 0
            ),
            Action::TakeMany(_) => {
                abi::decode::<Result<Vec<Result<Fill, Error>>, Error>>("take_many", output)
                    .is_ok_and(|fills| fills.is_ok_and(|fills| fills.iter().any(has_bought)))
            }
            Action::TakeAndSell { .. } => abi::decode::<Result<Fill, Error>>("take", output)
                .is_ok_and(|fill| has_bought(&fill)),
            _ => true,
        };
        if !done {
            return Some(Self::NothingLeft);
        }
        // The taker believes a pool that says what it has paid.
        let sale = action.sale()?;
        let least = i128::try_from(sale.min_profit).unwrap_or(i128::MAX);
        let moves = transfers(&run.events, us, market).into_values();
        let moves: Vec<i128> = moves.filter(|units| *units != 0).collect();
        let costs = moves.iter().any(|units| *units < 0);
        let brings = moves.iter().any(|units| *units >= least);
        // A token that tells of no transfer leaves nothing to judge by.
        (costs || !brings && !moves.is_empty()).then_some(Self::Loss)
    }

    /// Whether a smaller batch of the same may be done.
    pub fn is_too_much(&self) -> bool {
        matches!(
            self,
            Self::GaveUp
                | Self::Dispatch(
                    DispatchError::OutOfGas
                        | DispatchError::OutputBufferTooSmall
                        | DispatchError::ContractTrapped
                )
        )
    }
}

/// Units repaid and received.
type Fill = (u128, u128);

/// Whether an order has bought anything.
fn has_bought(fill: &Result<Fill, Error>) -> bool {
    matches!(fill, Ok((repaid, _)) if *repaid != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_chain::{Output, Weight};
    use breakwater_protocol::Order;
    use scale::Encode;

    fn run(result: Result<Output, DispatchError>) -> DryRun {
        let (gas_consumed, gas_required) = (Weight::default(), Weight::default());
        DryRun { result, gas_consumed, gas_required, storage_deposit: 0, events: Vec::new() }
    }

    fn answer<T: Encode>(reverted: bool, answer: T) -> DryRun {
        // What ink! wraps around: the message was understood.
        run(Ok(Output { reverted, data: (0u8, answer).encode() }))
    }

    const US: AccountId = [9; 32];
    const MARKET: AccountId = [5; 32];

    fn of(action: &Action, run: &DryRun) -> Option<Refusal> {
        Refusal::of(action, run, (US, MARKET))
    }

    /// A pool that says that it has paid, and has not: the market pulls the debt from what we have besides.
    #[test]
    fn a_sale_that_costs_us_money_is_refused() {
        let order = Order { collateral: 0, debt: 1, max_repay: 500, min_receive: 1 };
        let (taker, pool, token) = ([2; 32], [3; 32], [4; 32]);
        let sale = Action::TakeAndSell { account: [1; 32], order, taker, pool, min_profit: 10 };
        let transfer = |contract: AccountId, from: AccountId, to: AccountId, units: u128| {
            let data = (Some(from), Some(to), units).encode();
            breakwater_chain::ContractEvent { contract, topics: Vec::new(), data }
        };
        let sold = |brought: u128| {
            let mut run = answer(false, Ok::<_, Error>((500u128, 3u128)));
            run.events = vec![
                // Somebody's, and what the market tells of itself.
                transfer(token, [7; 32], taker, 3),
                transfer(MARKET, US, MARKET, 1_000),
                transfer(token, taker, US, brought),
                transfer(token, US, MARKET, 500),
            ];
            of(&sale, &run)
        };
        assert_eq!(sold(510), None);
        assert_eq!(sold(509), Some(Refusal::Loss), "less than the least profit");
        assert_eq!(sold(0), Some(Refusal::Loss));
    }

    #[test]
    fn what_would_do_nothing_is_refused() {
        let start = Action::Start(vec![[1; 32], [2; 32]]);
        let started = |count: u32| of(&start, &answer(false, Ok::<_, Error>(count)));
        assert_eq!((started(1), started(0)), (None, Some(Refusal::NothingLeft)));
        let takes = Action::TakeMany(Vec::new());
        let taken = |fills: Vec<Result<(u128, u128), Error>>| {
            of(&takes, &answer(false, Ok::<_, Error>(fills)))
        };
        assert_eq!(taken(vec![Err(Error::NoAuction), Ok((1, 2))]), None);
        assert_eq!(taken(vec![Err(Error::NoAuction)]), Some(Refusal::NothingLeft));
        // The backstop has bought all of it, and only then.
        assert_eq!(taken(vec![Ok((0, 0))]), Some(Refusal::NothingLeft));
        assert_eq!(taken(vec![Ok((0, 0)), Ok((1, 2))]), None);
        let order = Order { collateral: 0, debt: 1, max_repay: 5, min_receive: 1 };
        let (account, taker, pool) = ([1; 32], [2; 32], [3; 32]);
        let sale = Action::TakeAndSell { account, order, taker, pool, min_profit: 1 };
        let sold = |fill: (u128, u128)| of(&sale, &answer(false, Ok::<_, Error>(fill)));
        assert_eq!((sold((1, 2)), sold((0, 0))), (None, Some(Refusal::NothingLeft)));
        assert_eq!(of(&Action::Cure([1; 32]), &answer(false, Ok::<(), Error>(()))), None);
    }

    #[test]
    fn a_refusal_says_whether_a_smaller_batch_may_do() {
        let of = |run: &DryRun| of(&Action::Start(vec![[1; 32]]), run).expect("refused");
        let healthy = of(&answer(true, Err::<(), _>(Error::Healthy)));
        assert_eq!((healthy.is_too_much(), healthy.to_string()), (false, "Healthy".into()));
        // The front's own answer when the code behind it has no more gas or memory.
        let gave_up = of(&run(Ok(Output { reverted: true, data: vec![1, 1] })));
        assert!(gave_up == Refusal::GaveUp && gave_up.is_too_much());
        for error in [
            DispatchError::OutOfGas,
            DispatchError::ContractTrapped,
            DispatchError::OutputBufferTooSmall,
        ] {
            assert!(of(&run(Err(error))).is_too_much());
        }
        assert!(!of(&run(Err(DispatchError::ContractNotFound))).is_too_much());
        assert!(!Refusal::Rejected(Rejection::PoolFull).is_too_much());
    }
}
