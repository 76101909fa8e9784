//! The calls that the client builds exist in the contracts' metadata, under the same selectors.

use breakwater_client::{abi, Bundle};
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::governance::operation::selectors;
use breakwater_tests::Stage;
use serde_json::Value;
use std::collections::BTreeMap;

/// The client's handles: a file a contract.
const HANDLES: [(&str, &str); 7] = [
    (
        "market",
        concat!(
            include_str!("../../crates/client/src/market.rs"),
            include_str!("../../crates/client/src/market/views.rs")
        ),
    ),
    ("lens", include_str!("../../crates/client/src/lens.rs")),
    ("oracle", include_str!("../../crates/client/src/oracle.rs")),
    ("governor", include_str!("../../crates/client/src/governor.rs")),
    ("taker", include_str!("../../crates/client/src/taker.rs")),
    ("amm", include_str!("../../crates/client/src/amm.rs")),
    ("token", include_str!("../../crates/client/src/token.rs")),
];

/// The arguments of a call, at its outermost commas; `source` begins behind its bracket.
fn arguments(source: &str) -> Vec<&str> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (place, sign) in source.char_indices() {
        match sign {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => {
                found.push(source[start..place].trim());
                break;
            }
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(source[start..place].trim());
                start = place + 1;
            }
            _ => {}
        }
    }
    found.retain(|argument| !argument.is_empty());
    found
}

/// What a handle calls: messages and, behind `input`, constructors; with how many arguments it sends
/// where they are written as a tuple.
fn called(source: &str) -> Vec<(bool, String, Option<usize>)> {
    let mut found = Vec::new();
    for rest in source.split("abi::").skip(1) {
        let Some((function, rest)) = rest.split_once('(') else { continue };
        if !["call", "query", "query_result", "input"].contains(&function) {
            continue;
        }
        let given = arguments(rest);
        let name = given.iter().find_map(|one| one.strip_prefix('"')?.strip_suffix('"'));
        let sent = given.last().and_then(|tuple| tuple.strip_prefix('('));
        let name = name.unwrap_or_else(|| panic!("no name in {given:?}"));
        // An order is four arguments.
        let width = |argument: &&str| if *argument == "order" { 4 } else { 1 };
        let sent = sent.map(|tuple| arguments(tuple).iter().map(width).sum());
        found.push((function == "input", name.into(), sent));
    }
    found
}

#[test]
fn the_client_and_the_contracts_agree() {
    let mut seen = 0;
    for (contract, source) in HANDLES {
        let bundle = Bundle::load(contract).expect("contracts are built");
        let metadata: Value = serde_json::from_str(&bundle.metadata).expect("JSON");
        for (is_constructor, name, sent) in called(source) {
            let kind = if is_constructor { "constructors" } else { "messages" };
            let listed = metadata["spec"][kind].as_array().expect("a list");
            let found = listed.iter().find(|message| message["label"] == *name);
            let message = found.unwrap_or_else(|| panic!("{contract} has no {name}"));
            let bytes: String =
                abi::selector(&name).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(message["selector"], format!("0x{bytes}"), "{contract}.{name}");
            let takes = message["args"].as_array().map(Vec::len);
            assert!(sent.is_none() || sent == takes, "{contract}.{name}: {sent:?} of {takes:?}");
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen} calls found");
}

/// What is not for a client: which market a lens is of, what the market asks the oracle and the oracle itself,
/// an id that the client computes.
const NOT_FOR_CLIENTS: [(&str, &str); 5] = [
    ("lens", "market"),
    ("oracle", "ask"),
    ("oracle", "prices_unguarded"),
    ("oracle", "probe"),
    ("governor", "id_of"),
];

/// What no handle calls, nobody of ours uses: a message that is new must get its handle.
#[test]
fn every_message_of_the_product_has_a_handle() {
    for (contract, source) in HANDLES.into_iter().take(4) {
        let bundle = Bundle::load(contract).expect("contracts are built");
        let metadata: Value = serde_json::from_str(&bundle.metadata).expect("JSON");
        let called: Vec<String> = called(source).into_iter().map(|(_, name, _)| name).collect();
        for message in metadata["spec"]["messages"].as_array().expect("messages") {
            let name = message["label"].as_str().expect("a name");
            let is_handled = called.iter().any(|one| one == name);
            let is_other = NOT_FOR_CLIENTS.contains(&(contract, name));
            assert!(is_handled != is_other, "{contract}.{name} has no handle, or needs none");
        }
    }
}

#[test]
fn every_message_is_documented() {
    for contract in ["market", "lens", "oracle", "governor", "amm", "token", "taker"] {
        let bundle = Bundle::load(contract).expect("contracts are built");
        let metadata: Value = serde_json::from_str(&bundle.metadata).expect("JSON");
        for message in metadata["spec"]["messages"].as_array().expect("messages") {
            let docs = message["docs"].as_array().map_or(0, Vec::len);
            assert!(docs > 0, "{contract}.{} has no documentation", message["label"]);
        }
    }
}

#[test]
fn the_market_fits_a_live_chain() {
    // 128 KiB is the usual limit; our own bar for what people use daily is lower, with everything in.
    let size = |name| Bundle::load(name).expect("contracts are built").wasm.len();
    assert!(size("market") <= 112_000, "the market has {} bytes", size("market"));
    for code in ["market_auctions", "market_admin", "lens", "oracle", "governor"] {
        assert!(size(code) <= 128 * 1024, "{code} has {} bytes", size(code));
    }
}

#[test]
fn all_codes_of_the_market_say_the_same() {
    let [front, auctions, admin] =
        ["market", "market_auctions", "market_admin"].map(|name| -> Value {
            let bundle = Bundle::load(name).expect("contracts are built");
            serde_json::from_str(&bundle.metadata).expect("JSON")
        });
    for part in ["spec", "storage", "types"] {
        assert_eq!(front[part], auctions[part], "{part}");
        assert_eq!(front[part], admin[part], "{part}");
    }
}

/// The messages that the governor looks at are those of the contracts they are meant for.
#[test]
fn the_governor_knows_the_messages_it_looks_at() {
    for (name, selector) in [
        ("configure_reserve", selectors::CONFIGURE_RESERVE),
        ("set_params", selectors::SET_PARAMS),
        ("configure", selectors::CONFIGURE),
        ("set_settings", selectors::SET_SETTINGS),
        ("set_members", selectors::SET_MEMBERS),
    ] {
        assert_eq!(abi::selector(name), selector, "{name}");
    }
}

/// Storage layouts by their number: what is under which key, down to the last field. Where this
/// fails because something stored has changed, an upgrade would misread what is there: raise
/// `LAYOUT` in the market's `storage.rs`, and add the new one. A field that only has another name
/// keeps its number.
const LAYOUTS: [(u32, &str); 5] = [
    (1, "bcfd10a9708f625b9726d6c8af98c4c1b1864c655bf3b9287d967fa293473d3b"),
    (2, "70e5fdda5a444566b4ee493cfe76e6702b803ba14a54974653149adab7d3c56a"),
    (3, "5fad93de14146ba5efe4750d3017243cb0c9b606f62d8342575178964c3d4288"),
    (4, "98b9c12bfc80301afe8b3f0f371ad16cd0cf65a65eee9a3fa4f5c47941e98496"),
    (5, "6bed53c40f20132ea77e40f09c35015c9e4a6ea207b2613c2a5db45c72c908f7"),
];

#[test]
fn the_markets_storage_layout_is_pinned() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let stage = Stage::new(&mut chain);
    let layout = stage.on.market.version(stage.chain).expect("a version").layout;
    let (_, pinned) = LAYOUTS.iter().find(|(number, _)| *number == layout).expect("a known layout");
    for name in ["market", "market_auctions", "market_admin"] {
        let bundle = Bundle::load(name).expect("contracts are built");
        let metadata: Value = serde_json::from_str(&bundle.metadata).expect("JSON");
        let mut text = String::new();
        spell(&metadata["storage"], &metadata["types"], &mut text);
        let digest = sp_core::hashing::blake2_256(text.as_bytes());
        let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, *pinned, "{name} has another layout: {text}");
    }
}

/// Writes a layout with the numbers of types replaced by what they are: those change with any type
/// that is added elsewhere.
fn spell(value: &Value, types: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<_, _> = fields.iter().collect();
            for (name, field) in sorted {
                // Comments, and the names of types, may change.
                if ["docs", "typeName", "path"].contains(&name.as_str()) {
                    continue;
                }
                text.push_str(name);
                text.push(':');
                match field
                    .as_u64()
                    .filter(|_| ["ty", "type", "root_type"].contains(&name.as_str()))
                {
                    Some(id) => spell_type(id, types, text),
                    None => spell(field, types, text),
                }
            }
            text.push(';');
        }
        Value::Array(items) => {
            for item in items {
                match item.as_u64() {
                    // A tuple lists its types by number.
                    Some(id) => spell_type(id, types, text),
                    None => spell(item, types, text),
                }
            }
            text.push(';');
        }
        other => text.push_str(&other.to_string()),
    }
}

fn spell_type(id: u64, types: &Value, text: &mut String) {
    let listed = types.as_array().expect("types");
    let found = listed.iter().find(|each| each["id"] == id).expect("a listed type");
    // A mapping's key and value are its parameters.
    spell(&found["type"]["def"], types, text);
    spell(&found["type"]["params"], types, text);
}
