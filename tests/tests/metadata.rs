//! The calls that the client builds exist in the contracts' metadata, under the same selectors.

use breakwater_client::{abi, Bundle};
use serde_json::Value;

/// Every message the client names, with how many arguments it sends.
const CALLED: [(&str, &[(&str, usize)]); 5] = [
    (
        "market",
        &[
            ("list_reserve", 1),
            ("configure_reserve", 2),
            ("supply", 3),
            ("withdraw", 3),
            ("deposit_collateral", 4),
            ("withdraw_collateral", 3),
            ("borrow", 3),
            ("repay", 3),
            ("batch", 3),
            ("liquidate", 1),
            ("liquidate_many", 1),
            ("take", 8),
            ("take_many", 3),
            ("backstop_fill", 3),
            ("recognise_bad_debt", 1),
            ("backstop_deposit", 2),
            ("backstop_give_notice", 1),
            ("backstop_withdraw", 2),
            ("backstop_claim", 3),
            ("backstop", 1),
            ("stake", 2),
            ("auctions", 1),
            ("set_params", 1),
            ("set_guardian", 2),
            ("poke", 1),
            ("raise_breaker", 3),
            ("reset_breaker", 1),
            ("guard", 0),
            ("cure", 1),
            ("claim_reward", 2),
            ("reward", 2),
            ("settings", 0),
            ("reserve_count", 0),
            ("lines", 1),
            ("asset_of", 1),
            ("account", 1),
            ("sheet", 1),
        ],
    ),
    (
        "lens",
        &[
            ("account", 1),
            ("reserve", 1),
            ("reserves", 0),
            ("risk", 1),
            ("rates", 1),
            ("breaker", 1),
            ("shock", 2),
            ("quote", 4),
            ("time_of_bonus", 2),
        ],
    ),
    (
        "oracle",
        &[
            ("push", 1),
            ("prices", 1),
            ("relay", 1),
            ("poke", 1),
            ("configure", 2),
            ("feed", 1),
            ("sources", 1),
        ],
    ),
    ("amm", &[("add_liquidity", 2), ("swap", 3), ("reserves", 0)]),
    (
        "token",
        &[("mint", 2), ("PSP22::transfer", 3), ("PSP22::approve", 2), ("PSP22::balance_of", 1)],
    ),
];

#[test]
fn the_client_and_the_contracts_agree() {
    for (contract, messages) in CALLED {
        let bundle = Bundle::load(contract).expect("contracts are built");
        let metadata: Value = serde_json::from_str(&bundle.metadata).expect("JSON");
        let listed = metadata["spec"]["messages"].as_array().expect("messages");
        for (name, arguments) in messages {
            let found = listed.iter().find(|message| message["label"] == *name);
            let message = found.unwrap_or_else(|| panic!("{contract} has no {name}"));
            let bytes: String =
                abi::selector(name).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(message["selector"], format!("0x{bytes}"), "{contract}.{name}");
            assert_eq!(message["args"].as_array().map(Vec::len), Some(*arguments), "{name}");
        }
    }
}

#[test]
fn every_message_is_documented() {
    for contract in ["market", "lens", "oracle", "amm", "token", "taker"] {
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
    // 128 KiB is the usual limit; our own bar is lower, with everything in.
    let size = |name| Bundle::load(name).expect("contracts are built").wasm.len();
    assert!(size("market") <= 90_000, "the market has {} bytes", size("market"));
    for code in ["market_auctions", "market_office", "lens", "oracle"] {
        assert!(size(code) <= 128 * 1024, "{code} has {} bytes", size(code));
    }
}

#[test]
fn all_codes_of_the_market_say_the_same() {
    let [front, auctions, office] =
        ["market", "market_auctions", "market_office"].map(|name| -> Value {
            let bundle = Bundle::load(name).expect("contracts are built");
            serde_json::from_str(&bundle.metadata).expect("JSON")
        });
    for part in ["spec", "storage", "types"] {
        assert_eq!(front[part], auctions[part], "{part}");
        assert_eq!(front[part], office[part], "{part}");
    }
}
