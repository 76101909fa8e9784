//! What the chain does with stake for contracts: subtensor's chain extension, as far as it is used here.

use ink::{primitives::AccountId, scale::Compact};

/// The status that the chain answered instead of 0; subtensor's documentation names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
pub struct StakeError(pub u32);

impl ink::env::chain_extension::FromStatusCode for StakeError {
    fn from_status_code(status: u32) -> Result<(), Self> {
        match status {
            0 => Ok(()),
            status => Err(Self(status)),
        }
    }
}

/// A stake, as the chain has it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[ink::scale_derive(Encode, Decode, TypeInfo)]
pub struct StakeInfo {
    pub hotkey: AccountId,
    pub coldkey: AccountId,
    pub netuid: Compact<u16>,
    /// In the subnet's units.
    pub stake: Compact<u64>,
    pub locked: Compact<u64>,
    pub emission: Compact<u64>,
    pub tao_emission: Compact<u64>,
    pub drain: Compact<u64>,
    pub is_registered: bool,
}

/// The functions. Whose stake it is, the `coldkey`, is the contract that calls.
#[ink::chain_extension(extension = 0)]
pub trait Staking {
    type ErrorCode = StakeError;

    /// A stake; none if there never was one.
    #[ink(function = 0)]
    fn stake_info(hotkey: AccountId, coldkey: AccountId, netuid: u16) -> Option<StakeInfo>;

    /// Stakes planck of the contract's.
    #[ink(function = 1)]
    fn add_stake(hotkey: AccountId, netuid: u16, planck: u64);

    /// Takes so many of the subnet's units out of the stake, and pays the contract for them.
    #[ink(function = 2)]
    fn remove_stake(hotkey: AccountId, netuid: u16, alpha: u64);

    /// Planck for a unit of the subnet's, times 10^9.
    #[ink(function = 15)]
    fn alpha_price(netuid: u16) -> u64;
}

/// The chain that has it: its amounts are 64 bits wide.
#[derive(Clone, Debug, PartialEq, Eq)]
#[ink::scale_derive(TypeInfo)]
pub enum Live {}

impl ink::env::Environment for Live {
    const MAX_EVENT_TOPICS: usize = 4;
    type AccountId = AccountId;
    type Balance = u64;
    type Hash = ink::primitives::Hash;
    type BlockNumber = u32;
    type Timestamp = u64;
    type ChainExtension = Staking;
}
