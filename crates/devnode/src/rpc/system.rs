//! `system_*`: what the node is.

use breakwater_chain::address;
use serde_json::json;

use super::Methods;
use crate::error::Result;

/// The network's number: the runtimes' here.
const SS58_FORMAT: u16 = 42;

pub fn register(methods: &mut Methods) -> Result<()> {
    let constants = [
        ("system_chain", json!("Development")),
        ("system_chainType", json!("Development")),
        ("system_name", json!("Breakwater node")),
        ("system_version", json!(env!("CARGO_PKG_VERSION"))),
        ("system_health", json!({ "peers": 0, "isSyncing": false, "shouldHavePeers": false })),
        ("system_nodeRoles", json!(["Authority"])),
        ("system_peers", json!([])),
        ("system_localListenAddresses", json!([])),
    ];
    for (name, answer) in constants {
        methods.add(&[name], move |_, _| Ok(answer.clone()))?;
    }
    methods.add(&["system_properties"], |node, _| {
        Ok(json!({
            "ss58Format": SS58_FORMAT,
            "tokenDecimals": node.profile.token_decimals(),
            "tokenSymbol": "UNIT",
        }))
    })?;
    methods.add(&["system_syncState"], |node, _| {
        let number = node.head()?.header.number;
        Ok(json!({ "startingBlock": 0, "currentBlock": number, "highestBlock": number }))
    })?;
    methods.add(&["system_accountNextIndex", "account_nextIndex"], |node, mut params| {
        let account: String = params.next()?;
        Ok(json!(node.next_nonce(address::parse(&account).map_err(super::dev::malformed)?)?))
    })
}
