//! The keeper: finds what can be liquidated, taken or filled, and does it.

pub mod command;
