//! Places to sell that are what a test says: a pool that lies about what it pays, and a book of orders.

use crate::stage::Stage;
use breakwater_chain::AccountId;
use breakwater_client::abi::selector;

/// A pool that says that it holds so many units of the first and the second token, and that each sale has
/// brought `paid`. It holds nothing, and pays nothing.
pub fn lying_pool(stage: &mut Stage<'_>, reserves: [u128; 2], paid: u128) -> AccountId {
    let held: Vec<u8> = reserves.iter().flat_map(|units| units.to_le_bytes()).collect();
    // What ink! wraps around: the message was understood; and of the sale that it went well.
    let held = [vec![0], held].concat();
    let paid = [vec![0, 0], paid.to_le_bytes().to_vec()].concat();
    let messages = format!(
        r#"(if (i32.eq (i32.load (i32.const 4)) (i32.const {reserves}))
             (then (call $return (i32.const 0) (i32.const 512) (i32.const {held_len}))))
           (if (i32.eq (i32.load (i32.const 4)) (i32.const {swap}))
             (then (call $return (i32.const 0) (i32.const 640) (i32.const {paid_len}))))"#,
        reserves = number("reserves"),
        swap = number("swap"),
        held_len = held.len(),
        paid_len = paid.len(),
    );
    let data = format!(
        "(data (i32.const 512) \"{}\") (data (i32.const 640) \"{}\")",
        text(&held),
        text(&paid)
    );
    deploy(stage, &data, &messages)
}

/// A venue that answers that it pays so many dollars for each ETH. It is asked for up to 16 ETH.
pub fn book(stage: &mut Stage<'_>, dollars: u64) -> AccountId {
    // Selector, token, units: ETH has 18 decimals, a dollar 6.
    let messages = format!(
        r#"(if (i32.eq (i32.load (i32.const 4)) (i32.const {quote}))
             (then
               (i64.store (i32.const 642)
                 (i64.mul (i64.div_u (i64.load (i32.const 40)) (i64.const 1000000000000))
                          (i64.const {dollars})))
               (call $return (i32.const 0) (i32.const 640) (i32.const 18))))"#,
        quote = number("quote"),
    );
    deploy(stage, "(data (i32.const 640) \"\\00\\01\")", &messages)
}

fn deploy(stage: &mut Stage<'_>, data: &str, messages: &str) -> AccountId {
    let module = format!(
        r#"(module
             (import "seal0" "seal_input" (func $input (param i32 i32)))
             (import "seal0" "seal_return" (func $return (param i32 i32 i32)))
             (import "env" "memory" (memory 1 1))
             {data}
             (func (export "deploy"))
             (func (export "call")
               (i32.store (i32.const 0) (i32.const 256))
               (call $input (i32.const 4) (i32.const 0))
               {messages}
               (unreachable)))"#
    );
    let wasm = wat::parse_str(module).expect("a module");
    let admin = stage.admin.clone();
    let code = stage.chain.upload(&admin, &wasm).expect("uploads");
    stage.chain.instantiate(&admin, code, 0, Vec::new(), Vec::new()).expect("instantiates").0
}

/// A message's selector as the number that its bytes are loaded as.
fn number(message: &str) -> i32 {
    i32::from_le_bytes(selector(message))
}

/// Bytes as a module's text has them.
fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:02x}")).collect()
}
