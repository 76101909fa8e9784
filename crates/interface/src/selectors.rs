//! Selectors of messages that contracts call on each other.

/// First four bytes of a message's name hashed with blake2b-256.
pub type Selector = [u8; 4];

/// Messages of a PSP22 token, which Breakwater calls and its test token has.
pub mod psp22 {
    use super::Selector;

    pub const APPROVE: Selector = [0xb2, 0x0f, 0x1b, 0xbd];
    pub const BALANCE_OF: Selector = [0x65, 0x68, 0x38, 0x2f];
    pub const TRANSFER: Selector = [0xdb, 0x20, 0xf9, 0xf5];
    pub const TRANSFER_FROM: Selector = [0x54, 0xb3, 0xc7, 0x6e];
}

/// `Taker::on_take(sold, data)`: what a take's callback calls on the receiver.
pub const ON_TAKE: Selector = [0xab, 0x1c, 0x37, 0x2f];
/// The oracle adapter's `prices(tokens)`.
pub const PRICES: Selector = [0x3f, 0x5e, 0x83, 0x7a];
/// The oracle adapter's `prices_unguarded(tokens)`.
pub const PRICES_UNGUARDED: Selector = [0xe8, 0x1a, 0xac, 0x11];
/// An AMM pool's `swap(token_in, amount_in, min_out)`.
pub const SWAP: Selector = [0x11, 0x00, 0x4f, 0xa6];

#[cfg(all(test, feature = "ink"))]
mod tests {
    use super::{psp22, ON_TAKE, PRICES, PRICES_UNGUARDED, SWAP};

    #[test]
    fn selectors_are_those_of_their_names() {
        assert_eq!(psp22::APPROVE, ink::selector_bytes!("PSP22::approve"));
        assert_eq!(psp22::BALANCE_OF, ink::selector_bytes!("PSP22::balance_of"));
        assert_eq!(psp22::TRANSFER, ink::selector_bytes!("PSP22::transfer"));
        assert_eq!(psp22::TRANSFER_FROM, ink::selector_bytes!("PSP22::transfer_from"));
        assert_eq!(ON_TAKE, ink::selector_bytes!("Taker::on_take"));
        assert_eq!(PRICES, ink::selector_bytes!("prices"));
        assert_eq!(PRICES_UNGUARDED, ink::selector_bytes!("prices_unguarded"));
        assert_eq!(SWAP, ink::selector_bytes!("swap"));
    }
}
