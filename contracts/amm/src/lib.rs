//! A constant-product pool of two PSP22 tokens without a fee: the market place of the demo and the
//! tests, in which forced sales move the price.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
pub mod amm {
    use ink::{
        env::call::{build_call, ExecutionInput, Selector},
        prelude::vec::Vec,
    };

    /// `PSP22::transfer`.
    const TRANSFER: [u8; 4] = [0xdb, 0x20, 0xf9, 0xf5];
    /// `PSP22::transfer_from`.
    const TRANSFER_FROM: [u8; 4] = [0x54, 0xb3, 0xc7, 0x6e];

    /// Why the pool refused.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum AmmError {
        /// The amount is zero.
        ZeroAmount,
        /// The pool does not hold this token.
        UnknownToken,
        /// Less would come out than the caller's minimum.
        ReceivedTooLittle,
        /// A token refused the transfer.
        TokenTransferFailed,
        /// A number does not fit 128 bits.
        Overflow,
    }

    /// A swap happened.
    #[ink(event)]
    pub struct Swapped {
        #[ink(topic)]
        pub trader: AccountId,
        #[ink(topic)]
        pub token_in: AccountId,
        pub amount_in: u128,
        pub amount_out: u128,
    }

    /// One base unit's price is counted in 10^-18 quote units.
    const SCALE: u128 = 1_000_000_000_000_000_000;

    #[ink(storage)]
    pub struct Amm {
        tokens: (AccountId, AccountId),
        reserves: (u128, u128),
        /// Price of a base unit x milliseconds up to `sum_at_ms`, in 10^-18 quote units.
        sum: u128,
        sum_at_ms: u64,
    }

    impl Amm {
        /// An empty pool of two tokens.
        #[ink(constructor)]
        pub fn new(base: AccountId, quote: AccountId) -> Self {
            let sum_at_ms = Self::env().block_timestamp();
            Self { tokens: (base, quote), reserves: (0, 0), sum: 0, sum_at_ms }
        }

        /// Puts in liquidity that stays: a test pool has no liquidity shares.
        #[ink(message)]
        pub fn add_liquidity(&mut self, base: u128, quote: u128) -> Result<(), AmmError> {
            let caller = self.env().caller();
            self.note_price();
            self.reserves = (
                self.reserves.0.checked_add(base).ok_or(AmmError::Overflow)?,
                self.reserves.1.checked_add(quote).ok_or(AmmError::Overflow)?,
            );
            self.pull(self.tokens.0, caller, base)?;
            self.pull(self.tokens.1, caller, quote)
        }

        /// Sells `amount_in` of one token for at least `min_out` of the other. Returns what came
        /// out, rounded down.
        #[ink(message)]
        pub fn swap(
            &mut self,
            token_in: AccountId,
            amount_in: u128,
            min_out: u128,
        ) -> Result<u128, AmmError> {
            if amount_in == 0 {
                return Err(AmmError::ZeroAmount);
            }
            let sells_base = token_in == self.tokens.0;
            if !sells_base && token_in != self.tokens.1 {
                return Err(AmmError::UnknownToken);
            }
            let (base, quote) = self.reserves;
            let (held_in, held_out) = if sells_base { (base, quote) } else { (quote, base) };
            let grown = held_in.checked_add(amount_in).ok_or(AmmError::Overflow)?;
            // The pool keeps the rounding: out = held_out x in / (held_in + in), down.
            let amount_out = held_out
                .checked_mul(amount_in)
                .and_then(|product| product.checked_div(grown))
                .ok_or(AmmError::Overflow)?;
            if amount_out < min_out {
                return Err(AmmError::ReceivedTooLittle);
            }
            let left = held_out.checked_sub(amount_out).ok_or(AmmError::Overflow)?;
            self.note_price();
            self.reserves = if sells_base { (grown, left) } else { (left, grown) };

            let trader = self.env().caller();
            let token_out = if sells_base { self.tokens.1 } else { self.tokens.0 };
            self.pull(token_in, trader, amount_in)?;
            self.push(token_out, trader, amount_out)?;
            self.env().emit_event(Swapped { trader, token_in, amount_in, amount_out });
            Ok(amount_out)
        }

        /// What the pool holds: (base, quote).
        #[ink(message)]
        pub fn reserves(&self) -> (u128, u128) {
            self.reserves
        }

        /// The base token's price x time, for an average: the sum in 10^-18 quote units x
        /// milliseconds, and when it was. It wraps; only differences mean something. The price of a
        /// block is the one before its first trade. For other tokens it stands still.
        #[ink(message)]
        pub fn sum_of_price(&self, token: AccountId) -> (u128, u64) {
            let now_ms = self.env().block_timestamp();
            if token == self.tokens.0 {
                (self.sum_at(now_ms), now_ms)
            } else {
                (0, now_ms)
            }
        }

        fn sum_at(&self, now_ms: u64) -> u128 {
            let (base, quote) = self.reserves;
            let price = quote.checked_mul(SCALE).and_then(|quote| quote.checked_div(base));
            let passed_ms = u128::from(now_ms.saturating_sub(self.sum_at_ms));
            self.sum.wrapping_add(price.unwrap_or(0).wrapping_mul(passed_ms))
        }

        fn note_price(&mut self) {
            let now_ms = self.env().block_timestamp();
            self.sum = self.sum_at(now_ms);
            self.sum_at_ms = now_ms;
        }

        fn pull(&self, token: AccountId, from: AccountId, amount: u128) -> Result<(), AmmError> {
            settle(
                build_call::<ink::env::DefaultEnvironment>()
                    .call(token)
                    .exec_input(
                        ExecutionInput::new(Selector::new(TRANSFER_FROM))
                            .push_arg(from)
                            .push_arg(self.env().account_id())
                            .push_arg(amount)
                            .push_arg(Vec::<u8>::new()),
                    )
                    .returns::<Result<(), TokenError>>()
                    .try_invoke(),
            )
        }

        fn push(&self, token: AccountId, to: AccountId, amount: u128) -> Result<(), AmmError> {
            settle(
                build_call::<ink::env::DefaultEnvironment>()
                    .call(token)
                    .exec_input(
                        ExecutionInput::new(Selector::new(TRANSFER))
                            .push_arg(to)
                            .push_arg(amount)
                            .push_arg(Vec::<u8>::new()),
                    )
                    .returns::<Result<(), TokenError>>()
                    .try_invoke(),
            )
        }
    }

    /// A PSP22 error of whatever kind: only that it is one matters here.
    struct TokenError;

    impl scale::Decode for TokenError {
        fn decode<I: scale::Input>(_input: &mut I) -> Result<Self, scale::Error> {
            Ok(Self)
        }
    }

    fn settle<E>(
        outcome: Result<Result<Result<(), TokenError>, ink::LangError>, E>,
    ) -> Result<(), AmmError> {
        match outcome {
            Ok(Ok(Ok(()))) => Ok(()),
            _ => Err(AmmError::TokenTransferFailed),
        }
    }
}
