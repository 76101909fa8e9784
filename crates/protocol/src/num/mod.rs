//! Arithmetic that says which way it rounds: products and quotients, shares of a pot, values, times.

pub mod math;
pub mod shares;
pub mod time;
pub mod value;
