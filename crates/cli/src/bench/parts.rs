//! What a message's time is made of.
//!
//! pallet-contracts names each host function that a contract calls in the debug message of a dry run, where
//! somebody listens to its target of the log. What these cost are the pallet's own weights; what remains of the
//! gas is compiling and executing.

use anyhow::{ensure, Context, Result};
use breakwater_chain::{AccountId, ContractCall};
use breakwater_embedded::EmbeddedChain;
use log::{LevelFilter, Log, Metadata, Record};
use scale::{Compact, Decode, Encode};
use serde::Serialize;
use std::sync::{Mutex, PoisonError};

/// Weights of pallet-contracts 38, in picoseconds, with RocksDB's reads (25 us) and writes (100 us).
const BYTE_LOADED: u64 = 700;
const ITEM_READ: u64 = 63_378_000;
const ITEM_WRITTEN: u64 = 168_057_000;
const EVENT: u64 = 4_000_000;
const TOPIC: u64 = 127_011_000;
const CALL: u64 = 295_016_000;
const DELEGATE_CALL: u64 = 165_083_000;
/// Bytes of a topic.
const TOPIC_LEN: u64 = 32;

/// The messages that are taken apart, and the codes that each of their frames runs.
const MESSAGES: [(&str, &[&str]); 7] = [
    ("PSP22 transfer", &["token"]),
    ("supply, again", &["market", "token"]),
    ("borrow, again", &["market", "oracle", "token"]),
    ("liquidate (start)", &["market", "oracle"]),
    ("take, part", &["market", "market_auctions", "oracle", "token", "token"]),
    ("take, closes the auction", &["market", "market_auctions", "oracle", "token", "token"]),
    ("buy_stock", &["market", "market_admin", "oracle", "token", "token"]),
];

/// Parts of a message's time, in picoseconds of weight, and how many of each there are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Parts {
    pub loaded_bytes: u64,
    pub reads: u64,
    pub writes: u64,
    pub events: u64,
    pub topics: u64,
    pub calls: u64,
    pub delegate_calls: u64,
    /// All of it.
    pub ref_time_ps: u64,
}

impl Parts {
    pub const fn load_ps(&self) -> u64 {
        self.loaded_bytes * BYTE_LOADED
    }

    pub const fn reads_ps(&self) -> u64 {
        self.reads * ITEM_READ
    }

    pub const fn writes_ps(&self) -> u64 {
        self.writes * ITEM_WRITTEN
    }

    pub const fn events_ps(&self) -> u64 {
        self.events * EVENT + self.topics * TOPIC
    }

    pub const fn calls_ps(&self) -> u64 {
        self.calls * CALL + self.delegate_calls * DELEGATE_CALL
    }

    /// What no code makes cheaper: items, events and calls.
    pub const fn floor_ps(&self) -> u64 {
        self.reads_ps() + self.writes_ps() + self.events_ps() + self.calls_ps()
    }

    /// What remains: functions compiled and instructions executed, and host functions that cost next to
    /// nothing.
    pub const fn rest_ps(&self) -> u64 {
        self.ref_time_ps.saturating_sub(self.load_ps() + self.floor_ps())
    }

    /// Counts one line of the trace, such as `seal2::set_storage(key_ptr: 1, key_len: 4) = Ok(0)`.
    fn count(&mut self, line: &str) {
        let Some((_, call)) = line.split_once("::") else { return };
        let (name, arguments) = call.split_once('(').unwrap_or((call, ""));
        let argument = |name: &str| {
            let (_, rest) = arguments.split_once(name)?;
            let digits = rest.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty());
            digits?.parse::<u64>().ok()
        };
        match name {
            "get_storage" | "contains_storage" => self.reads += 1,
            "set_storage" | "clear_storage" | "take_storage" => self.writes += 1,
            "deposit_event" => {
                self.events += 1;
                // A list's length, which is one byte, then the topics.
                self.topics += argument("topics_len:").unwrap_or(0) / TOPIC_LEN;
            }
            "call" => self.calls += 1,
            "delegate_call" => self.delegate_calls += 1,
            _ => {}
        }
    }
}

/// Takes a call apart, if it is one of those that are: `wasm_bytes` says how large a code is, `frames` how
/// many there were.
pub fn of(
    message: &str,
    chain: &EmbeddedChain,
    origin: AccountId,
    call: &ContractCall,
    frames: u32,
    wasm_bytes: impl Fn(&str) -> Result<usize>,
) -> Result<Option<Parts>> {
    let Some((_, codes)) = MESSAGES.iter().find(|(name, _)| *name == message) else {
        return Ok(None);
    };
    ensure!(codes.len() == frames as usize, "{message} has {frames} frames, not {}", codes.len());
    let arguments = api_arguments(origin, call);
    let answer = listening(|| chain.runtime_api("ContractsApi_call", &arguments));
    let answer = answer.context("the runtime has no ContractsApi")?;
    // Gas consumed and required, the deposit, the debug message; then what is not looked at.
    type Run = ([Compact<u64>; 4], (u8, u128), Vec<u8>);
    let ([ref_time, ..], _, debug) = Run::decode(&mut answer.as_slice())?;
    let mut parts = Parts { ref_time_ps: ref_time.0, ..Parts::default() };
    String::from_utf8_lossy(&debug).lines().for_each(|line| parts.count(line));
    for code in *codes {
        parts.loaded_bytes += wasm_bytes(code)? as u64;
    }
    Ok(Some(parts))
}

/// Arguments of `ContractsApi_call`, without limits.
pub fn api_arguments(origin: AccountId, call: &ContractCall) -> Vec<u8> {
    (origin, call.dest, call.value, None::<()>, None::<u128>, &call.data).encode()
}

/// Hears nothing, but has the pallet speak.
struct Listener;

impl Log for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "runtime::contracts::strace"
    }

    fn log(&self, _: &Record<'_>) {}

    fn flush(&self) {}
}

fn listening<T>(run: impl FnOnce() -> T) -> T {
    static LISTENER: Listener = Listener;
    // The level is the process's: whoever is done first would end another's listening.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    // Only the first time; nothing else of this command logs.
    let _ = log::set_logger(&LISTENER);
    let before = log::max_level();
    log::set_max_level(LevelFilter::Trace);
    let done = run();
    log::set_max_level(before);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_trace_are_counted() {
        let mut parts = Parts::default();
        for line in [
            "seal0::input(buf_ptr: 98384, buf_len_ptr: 98380) = Ok(())",
            "seal1::get_storage(key_ptr: 1, key_len: 4, out_ptr: 9, out_len_ptr: 8) = Ok(Success)",
            "seal2::set_storage(key_ptr: 1, key_len: 4, value_ptr: 9, value_len: 8) = Ok(12)",
            "seal0::deposit_event(topics_ptr: 70, topics_len: 65, data_ptr: 9, data_len: 80) = Ok(())",
            "seal1::call(flags: 0) = Ok(Success)",
            "seal0::delegate_call(flags: 5) = Err(())",
            "",
        ] {
            parts.count(line);
        }
        let found = Parts {
            reads: 1,
            writes: 1,
            events: 1,
            topics: 2,
            calls: 1,
            delegate_calls: 1,
            ..Parts::default()
        };
        assert_eq!(parts, found);
        let whole = Parts { loaded_bytes: 1_000, ref_time_ps: 1_000_000_000, ..parts };
        let known = [
            whole.load_ps(),
            whole.reads_ps(),
            whole.writes_ps(),
            whole.events_ps(),
            whole.calls_ps(),
        ];
        assert_eq!(whole.rest_ps() + known.iter().sum::<u64>(), 1_000_000_000);
    }
}
