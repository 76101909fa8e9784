//! `interface.json`, from which the TypeScript client's codecs are made, and the layout are current.
// A test may panic: that is how it fails.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used
)]

use breakwater_web::{interface, Desk, Operation, Request, LAYOUT};
use scale::Encode;
use scale_info::{PortableRegistry, Registry};
use serde_json::{json, Value};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/interface.json");

fn described() -> Value {
    let (operations, [error, request]) = interface();
    let mut registry = Registry::new();
    let operations: Vec<Value> = operations
        .into_iter()
        .map(|Operation { name, answer }| {
            json!({ "name": name, "answer": registry.register_type(&answer).id })
        })
        .collect();
    let [error, request] = [error, request].map(|of| registry.register_type(&of).id);
    let types = serde_json::to_value(PortableRegistry::from(registry)).unwrap();
    json!({
        "layout": LAYOUT,
        "operations": operations,
        "error": error,
        "request": request,
        "types": types["types"],
    })
}

#[test]
fn the_kept_interface_is_current() {
    let text = format!("{}\n", serde_json::to_string(&described()).unwrap());
    if std::env::var_os("BREAKWATER_UPDATE").is_some() {
        std::fs::write(FILE, &text).unwrap();
    }
    let kept = std::fs::read_to_string(FILE).unwrap_or_default();
    assert!(kept == text, "out of date: run this with BREAKWATER_UPDATE=1, then npm run generate");
}

#[test]
fn each_request_has_its_answer_in_its_place() {
    let described = described();
    let types = described["types"].as_array().unwrap();
    let request = &types[described["request"].as_u64().unwrap() as usize];
    let variants = request["type"]["def"]["variant"]["variants"].as_array().unwrap();
    let names: Vec<&Value> = variants.iter().map(|variant| &variant["name"]).collect();
    let operations = described["operations"].as_array().unwrap();
    assert_eq!(names, operations.iter().map(|of| &of["name"]).collect::<Vec<_>>());
}

#[test]
fn the_layout_is_the_markets_own() {
    let market = include_str!("../../../contracts/market/src/storage.rs");
    assert!(market.contains(&format!("\npub const LAYOUT: u32 = {LAYOUT};\n")));
    let answer = Desk::default().run(&Request::Layout.encode());
    assert_eq!(answer, [&[0][..], &LAYOUT.encode()].concat());
}

#[test]
fn what_is_no_request_is_not_understood() {
    for request in [&[][..], &[255], &[1, 2, 3], &[0, 0]] {
        assert_eq!(Desk::default().run(request), [2], "{request:?}");
    }
}
