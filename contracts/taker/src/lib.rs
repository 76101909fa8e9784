//! A taker without capital: named as receiver of a take with a callback, it sells the collateral on
//! a pool before the market pulls the debt.
//!
//! Whoever deployed it calls the market's `take` with this contract as receiver and [`Sale`] as
//! data. What the sale brings goes to them, and there the market pulls the debt: what is left is
//! their profit. They need an allowance for the market and no money.
#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[ink::contract]
pub mod taker {
    use breakwater_cells::Raw;
    use breakwater_interface::selectors::{
        psp22::{APPROVE, TRANSFER},
        SWAP,
    };
    use breakwater_protocol::actions::TakeCallback;
    use ink::{
        env::{
            call::{build_call, ExecutionInput, Selector},
            DefaultEnvironment,
        },
        prelude::vec::Vec,
    };

    /// Why it refused.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub enum TakerError {
        /// Only the market calls back, and only for the owner's takes.
        NotForUs,
        /// The data are not a [`Sale`].
        BadData,
        /// The pool refused: most likely it would bring too little.
        SaleFailed,
        /// A token refused.
        TokenFailed,
    }

    /// What to do with the collateral: the data of the callback.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[ink::scale_derive(Encode, Decode, TypeInfo)]
    pub struct Sale {
        pub pool: AccountId,
        /// Least units of profit after the debt is paid.
        pub min_profit: u128,
    }

    #[ink(storage)]
    pub struct Taker {
        owner: AccountId,
        market: AccountId,
    }

    impl Taker {
        /// A taker on a market, for the caller alone.
        #[ink(constructor)]
        pub fn new(market: AccountId) -> Self {
            Self { owner: Self::env().caller(), market }
        }

        /// The market has paid out collateral: sells it and sends what it brings to the owner, who
        /// is about to pay.
        #[ink(message, selector = 0xab1c372f)]
        pub fn on_take(&mut self, sold: TakeCallback, data: Vec<u8>) -> Result<(), TakerError> {
            let is_ours = AccountId::from(sold.caller) == self.owner;
            if self.env().caller() != self.market || !is_ours {
                return Err(TakerError::NotForUs);
            }
            let sale: Sale =
                scale::Decode::decode(&mut data.as_slice()).map_err(|_| TakerError::BadData)?;
            let least = sold.repaid.checked_add(sale.min_profit).ok_or(TakerError::SaleFailed)?;
            let (lot, money) = (AccountId::from(sold.collateral), AccountId::from(sold.debt));
            self.ask_token(lot, APPROVE, sale.pool, sold.received, false)?;
            let swap = ExecutionInput::new(Selector::new(SWAP))
                .push_arg(lot)
                .push_arg(sold.received)
                .push_arg(least);
            let brought = build_call::<DefaultEnvironment>()
                .call(sale.pool)
                .exec_input(swap)
                .returns::<Result<u128, Refusal>>()
                .try_invoke();
            let Ok(Ok(Ok(brought))) = brought else { return Err(TakerError::SaleFailed) };
            // A pool that pays less and says so: the market would pull the rest from the owner's own money.
            if brought < least {
                return Err(TakerError::SaleFailed);
            }
            self.ask_token(money, TRANSFER, self.owner, brought, true)
        }

        /// Calls `transfer` or `approve`.
        fn ask_token(
            &self,
            token: AccountId,
            message: [u8; 4],
            whom: AccountId,
            amount: u128,
            with_data: bool,
        ) -> Result<(), TakerError> {
            let mut arguments = Raw(Vec::new());
            scale::Encode::encode_to(&(whom, amount), &mut arguments.0);
            if with_data {
                scale::Encode::encode_to(&Vec::<u8>::new(), &mut arguments.0);
            }
            let answer = build_call::<DefaultEnvironment>()
                .call(token)
                .exec_input(ExecutionInput::new(Selector::new(message)).push_arg(arguments))
                .returns::<Result<(), Refusal>>()
                .try_invoke();
            match answer {
                Ok(Ok(Ok(()))) => Ok(()),
                _ => Err(TakerError::TokenFailed),
            }
        }
    }

    /// An error of whatever kind: only that it is one matters here.
    struct Refusal;

    impl scale::Decode for Refusal {
        fn decode<I: scale::Input>(_: &mut I) -> Result<Self, scale::Error> {
            Ok(Self)
        }
    }
}
