//! One chain action: dry-run, signed, sent, confirmed, explained.

use crate::{
    context::Context,
    deployment::{Address, Asset},
    explain,
};
use anyhow::{bail, ensure, Context as _, Result};
use breakwater_chain::{
    padded, AccountId, ContractCall, ContractEvent, Output, Receipt, Signer, Transaction,
};
use breakwater_client::MarketEvent;
use breakwater_protocol::Error;
use scale::Decode;
use serde::Serialize;

/// What becomes of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Send,
    DryRun,
    Calldata,
}

/// Who signs, and how far it goes.
pub struct Sender {
    /// Needed unless only data are printed.
    pub signer: Option<Signer>,
    pub mode: Mode,
}

/// A call to be made, and what the sender pays in it.
pub struct Wanted {
    pub call: ContractCall,
    pub payment: Option<Payment>,
    /// What it does, in the past tense, as far as that is known before it is done.
    pub done: String,
    /// The same from the event that says what was really moved.
    pub told: Option<Told>,
}

/// What an event says was done, if it is the one that does.
pub type Told = Box<dyn Fn(&MarketEvent) -> Option<String>>;

/// Tokens that a contract pulls from the sender; approved in the same transaction.
pub struct Payment {
    pub asset: Asset,
    /// Who pulls them.
    pub spender: AccountId,
    /// Units that the sender must have.
    pub needed: u128,
    /// Units that are approved.
    pub approved: u128,
}

impl Wanted {
    pub fn new(call: ContractCall, done: impl Into<String>) -> Self {
        Self { call, payment: None, done: done.into(), told: None }
    }

    /// The same call, whose outcome an event tells.
    pub fn told(mut self, told: impl Fn(&MarketEvent) -> Option<String> + 'static) -> Self {
        self.told = Some(Box::new(told));
        self
    }

    /// What was done, by its events.
    fn outcome(&self, events: &[ContractEvent]) -> String {
        let told = self.told.as_ref().and_then(|told| {
            events.iter().filter_map(MarketEvent::decode).find_map(|event| told(&event))
        });
        told.unwrap_or_else(|| self.done.clone())
    }

    /// The same call, which pulls so many units of the sender's.
    pub fn paying(mut self, asset: &Asset, spender: AccountId, units: u128) -> Self {
        let asset = asset.clone();
        self.payment = Some(Payment { asset, spender, needed: units, approved: units });
        self
    }
}

/// What a transaction came to. Amounts are text: they don't fit a JSON number.
#[derive(Serialize)]
struct Done<'a> {
    done: &'a str,
    sent: bool,
    block: Option<u64>,
    /// Before it is sent, about what it will be; absent where nobody can say.
    fee_planck: Option<String>,
    storage_deposit_planck: String,
    /// Of both: planck are units of the native balance.
    native_decimals: u8,
    ref_time: u64,
    proof_size: u64,
}

/// A call as a governor or a multisig wants it.
#[derive(Serialize)]
struct Calldata {
    contract: Address,
    data: String,
}

impl Sender {
    /// The key that signs.
    pub fn signer(&self) -> Result<&Signer> {
        self.signer.as_ref().context("who sends? Give --from, --key-file or BREAKWATER_KEY")
    }

    /// Carries out a call, and returns the events it made (none unless it was sent).
    pub fn send(&self, context: &mut Context, wanted: Wanted) -> Result<Vec<ContractEvent>> {
        self.send_with(context, wanted, refusal)
    }

    /// [`Sender::send`] where the contract has errors of its own, which `refusal` reads.
    pub fn send_with(
        &self,
        context: &mut Context,
        wanted: Wanted,
        refusal: fn(&[u8]) -> Option<Refusal>,
    ) -> Result<Vec<ContractEvent>> {
        if self.mode == Mode::Calldata {
            let Wanted { call, .. } = &wanted;
            let answer = Calldata {
                contract: Address(call.dest),
                data: format!("0x{}", hex::encode(&call.data)),
            };
            context.answer(&answer, || {
                format!("{} {}", breakwater_chain::address::to_ss58(&call.dest), answer.data)
            })?;
            return Ok(Vec::new());
        }
        let signer = self.signer()?;
        if let Some(payment) = &wanted.payment {
            let has = payment.asset.token().balance_of(context.chain.as_mut(), signer.account())?;
            ensure!(
                has >= payment.needed,
                "the sender has {} and needs {}",
                payment.asset.say(has),
                payment.asset.say(payment.needed)
            );
        }
        let dry = context.chain.dry_run(signer.account(), &wanted.call)?;
        let output = dry.result.map_err(|why| anyhow::anyhow!(explain::dispatch(&why)))?;
        match refused(&output, refusal) {
            None => {}
            // Transfers come last: without the approval, everything before them was fine.
            Some(Refusal::Protocol(Error::TokenTransferFailed)) if wanted.payment.is_some() => {}
            Some(why) => bail!("{}", why.text()),
        }
        let approval = wanted
            .payment
            .as_ref()
            .map(|payment| payment.asset.token().approve(payment.spender, payment.approved));
        let batch = |call| {
            let calls = approval.clone().into_iter().chain([call]).collect();
            Transaction::batch(signer, calls)
        };
        if self.mode == Mode::DryRun {
            // A call that needs the approval before it can't be tried alone: its gas is what it took
            // until there.
            let limited = wanted.call.clone().with_gas(padded(dry.gas_required));
            let fee = context.chain.fee(&batch(limited)).ok();
            let answer = Done {
                done: &wanted.outcome(&dry.events),
                sent: false,
                block: None,
                fee_planck: fee.map(|fee| fee.to_string()),
                storage_deposit_planck: dry.storage_deposit.to_string(),
                native_decimals: context.coin.decimals,
                ref_time: dry.gas_consumed.ref_time,
                proof_size: dry.gas_consumed.proof_size,
            };
            context.answer(&answer, || {
                let fee = fee.map_or("unknown".into(), |fee| context.coin.say(fee));
                format!(
                    "would have {} (fee about {fee}, deposit {})",
                    answer.done,
                    context.coin.say_signed(dry.storage_deposit)
                )
            })?;
            return Ok(Vec::new());
        }
        let receipt = context.chain.submit(batch(wanted.call.clone()))?;
        let events = included(&receipt)?;
        let answer = Done {
            done: &wanted.outcome(&events),
            sent: true,
            block: Some(receipt.block_number),
            fee_planck: Some(receipt.fee.to_string()),
            storage_deposit_planck: receipt.storage_deposit.to_string(),
            native_decimals: context.coin.decimals,
            ref_time: receipt.weight.ref_time,
            proof_size: receipt.weight.proof_size,
        };
        context.answer(&answer, || {
            format!(
                "{} in block {} (fee {}, deposit {})",
                answer.done,
                receipt.block_number,
                context.coin.say(receipt.fee),
                context.coin.say_signed(receipt.storage_deposit)
            )
        })?;
        Ok(events)
    }
}

/// Why a contract said no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    Protocol(Error),
    Other(String),
}

impl Refusal {
    pub fn text(&self) -> String {
        match self {
            Self::Protocol(error) => explain::refusal(*error),
            Self::Other(text) => text.clone(),
        }
    }
}

/// The protocol's error in the bytes of an `Err`.
pub fn refusal(bytes: &[u8]) -> Option<Refusal> {
    Error::decode(&mut &*bytes).ok().map(Refusal::Protocol)
}

/// A token's error in the bytes of an `Err`.
pub fn token_refusal(bytes: &[u8]) -> Option<Refusal> {
    let text = match bytes.first()? {
        1 => "InsufficientBalance: the account has less than that",
        2 => "InsufficientAllowance: approve first",
        _ => "the token refused",
    };
    Some(Refusal::Other(text.into()))
}

/// Why a message's output is a refusal, if it is one.
pub fn refused(output: &Output, read: fn(&[u8]) -> Option<Refusal>) -> Option<Refusal> {
    if !output.reverted {
        return None;
    }
    // `Ok(Err(error))`: the message was understood and said no.
    let known = match output.data.as_slice() {
        [0, 1, error @ ..] => read(error),
        _ => None,
    };
    Some(known.unwrap_or_else(|| {
        Refusal::Other("the contract does not know this message: is it another version?".into())
    }))
}

/// The events of a transaction that went well.
pub fn included(receipt: &Receipt) -> Result<Vec<ContractEvent>> {
    match &receipt.result {
        Ok(()) => Ok(receipt.events.clone()),
        Err(why) => bail!("{} (in block {})", explain::dispatch(why), receipt.block_number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_read_from_the_output() {
        let output = |reverted, data: &[u8]| Output { reverted, data: data.to_vec() };
        assert_eq!(refused(&output(false, &[0, 0]), refusal), None);
        assert_eq!(
            refused(&output(true, &[0, 1, 31]), refusal),
            Some(Refusal::Protocol(Error::Healthy))
        );
        assert!(matches!(refused(&output(true, &[1, 1]), refusal), Some(Refusal::Other(_))));
        assert!(matches!(refused(&output(true, &[0, 1, 255]), refusal), Some(Refusal::Other(_))));
    }
}
