//! A stand-in for the chain extension by which contracts stake on Bittensor's subtensor: the same functions,
//! arguments, answers and codes, with rules of its own for what a stake earns and what it is worth. Both
//! grow with every block, so that whoever types a price is found out.

use frame_support::{
    storage::unhashed,
    traits::{
        fungible::{Inspect, Mutate},
        tokens::{Fortitude, Precision, Preservation},
    },
};
use pallet_contracts::chain_extension::{ChainExtension, Environment, Ext, InitState, RetVal};
use scale::{Compact, Decode, Encode, MaxEncodedLen};
use sp_runtime::DispatchError;

use crate::runtime::{AccountId, Balances, Runtime, System};

/// Functions, by subtensor's numbers.
mod function {
    pub const STAKE_INFO: u16 = 0;
    pub const ADD_STAKE: u16 = 1;
    pub const REMOVE_STAKE: u16 = 2;
    pub const ALPHA_PRICE: u16 = 15;
}

/// Answers, by subtensor's numbers.
mod status {
    pub const SUCCESS: u32 = 0;
    pub const NOT_ENOUGH_BALANCE: u32 = 2;
    pub const NOT_ENOUGH_STAKE: u32 = 6;
    pub const NO_SUBNET: u32 = 9;
    pub const TOO_LITTLE: u32 = 13;
}

/// Subnets there are, from 0.
const SUBNETS: u16 = 2;
/// The least that is staked, in planck.
const LEAST: u64 = 2_000_000;
/// Planck for a unit of stake, times 10^9, in block 0.
const FIRST_PRICE: u64 = 500_000_000;
const PRICE_UNIT: u128 = 1_000_000_000;
/// What a stake earns and its price rises in a block, in millionths.
const RISE_PPM: u128 = 10;

/// A stake: its units in a block.
#[derive(Clone, Copy, Default, Encode, Decode, MaxEncodedLen)]
struct Held {
    alpha: u64,
    block: u32,
}

/// As subtensor tells it.
#[derive(Encode)]
struct StakeInfo {
    hotkey: AccountId,
    coldkey: AccountId,
    netuid: Compact<u16>,
    stake: Compact<u64>,
    locked: Compact<u64>,
    emission: Compact<u64>,
    tao_emission: Compact<u64>,
    drain: Compact<u64>,
    is_registered: bool,
}

/// The extension.
#[derive(Default)]
pub struct Stake;

impl ChainExtension<Runtime> for Stake {
    fn call<E: Ext<T = Runtime>>(
        &mut self,
        env: Environment<E, InitState>,
    ) -> Result<RetVal, DispatchError> {
        let mut env = env.buf_in_buf_out();
        let owner = env.ext().address().clone();
        let outcome = match env.func_id() {
            function::STAKE_INFO => {
                let (hotkey, coldkey, netuid): (AccountId, AccountId, u16) = env.read_as()?;
                let told = (netuid < SUBNETS).then(|| told(hotkey, coldkey, netuid));
                env.write(&told.encode(), false, None)?;
                Ok(())
            }
            function::ADD_STAKE => {
                let (hotkey, netuid, planck): (AccountId, u16, u64) = env.read_as()?;
                add(&owner, &hotkey, netuid, planck)
            }
            function::REMOVE_STAKE => {
                let (hotkey, netuid, alpha): (AccountId, u16, u64) = env.read_as()?;
                remove(&owner, &hotkey, netuid, alpha)
            }
            function::ALPHA_PRICE => {
                let _netuid: u16 = env.read_as()?;
                env.write(&price().encode(), false, None)?;
                Ok(())
            }
            _ => return Err(DispatchError::Other("no such function of the extension")),
        };
        Ok(RetVal::Converging(outcome.err().unwrap_or(status::SUCCESS)))
    }
}

fn key(owner: &AccountId, hotkey: &AccountId, netuid: u16) -> Vec<u8> {
    (b"stake stand-in", owner, hotkey, netuid).encode()
}

/// An amount that has grown for so many blocks.
fn grown(amount: u64, blocks: u32) -> u64 {
    let more = u128::from(amount) * RISE_PPM * u128::from(blocks) / 1_000_000;
    amount.saturating_add(u64::try_from(more).unwrap_or(u64::MAX))
}

fn price() -> u64 {
    grown(FIRST_PRICE, System::block_number())
}

/// The stake now, with what it has earned.
fn held(owner: &AccountId, hotkey: &AccountId, netuid: u16) -> u64 {
    let held: Held = unhashed::get_or_default(&key(owner, hotkey, netuid));
    grown(held.alpha, System::block_number().saturating_sub(held.block))
}

fn hold(owner: &AccountId, hotkey: &AccountId, netuid: u16, alpha: u64) {
    unhashed::put(&key(owner, hotkey, netuid), &Held { alpha, block: System::block_number() });
}

fn told(hotkey: AccountId, coldkey: AccountId, netuid: u16) -> StakeInfo {
    let stake = held(&coldkey, &hotkey, netuid);
    StakeInfo {
        hotkey,
        coldkey,
        netuid: Compact(netuid),
        stake: Compact(stake),
        locked: Compact(0),
        emission: Compact(0),
        tao_emission: Compact(0),
        drain: Compact(0),
        is_registered: true,
    }
}

fn add(owner: &AccountId, hotkey: &AccountId, netuid: u16, planck: u64) -> Result<(), u32> {
    if netuid >= SUBNETS {
        return Err(status::NO_SUBNET);
    }
    if planck < LEAST {
        return Err(status::TOO_LITTLE);
    }
    let free = Balances::reducible_balance(owner, Preservation::Preserve, Fortitude::Polite);
    if free < planck {
        return Err(status::NOT_ENOUGH_BALANCE);
    }
    Balances::burn_from(owner, planck, Preservation::Preserve, Precision::Exact, Fortitude::Polite)
        .map_err(|_| status::NOT_ENOUGH_BALANCE)?;
    let alpha = u128::from(planck) * PRICE_UNIT / u128::from(price());
    let alpha = u64::try_from(alpha).unwrap_or(u64::MAX);
    hold(owner, hotkey, netuid, held(owner, hotkey, netuid).saturating_add(alpha));
    Ok(())
}

fn remove(owner: &AccountId, hotkey: &AccountId, netuid: u16, alpha: u64) -> Result<(), u32> {
    let left = held(owner, hotkey, netuid).checked_sub(alpha).ok_or(status::NOT_ENOUGH_STAKE)?;
    let planck = u128::from(alpha) * u128::from(price()) / PRICE_UNIT;
    let planck = u64::try_from(planck).unwrap_or(u64::MAX);
    Balances::mint_into(owner, planck).map_err(|_| status::TOO_LITTLE)?;
    hold(owner, hotkey, netuid, left);
    Ok(())
}
