//! What another protocol's messages cost on the same chain, beside ours.
//!
//! A peer is a folder with its contracts' Wasm and `peer.json`, which says how they are deployed and called.
//! Input data are hexadecimal; in them `{name}` is the address of the contract deployed under that name
//! and `{//Bob}` that of a key. A call with `measure` is measured, as ours are: in the block after the last.
//!
//! ```json
//! { "name": "Rival", "steps": [
//!     { "deploy": "token", "wasm": "token.wasm", "data": "0x9bae9d5e..", "signer": "//Alice" },
//!     { "call": "token", "data": "0xdb20f9f5{//Bob}..", "signer": "//Alice", "measure": "PSP22 transfer" },
//!     { "pass_ms": 60000 } ] }
//! ```

use super::{
    measure::Lab,
    page::{kib, table},
    Cost,
};
use anyhow::{anyhow, ensure, Context, Result};
use breakwater_chain::{AccountId, Chain, ContractCall, Signer};
use breakwater_embedded::{EmbeddedChain, Profile};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, path::Path};

/// What `peer.json` says.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Script {
    name: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Step {
    Deploy {
        deploy: String,
        wasm: String,
        data: String,
        #[serde(default)]
        salt: String,
        signer: String,
    },
    Call {
        call: String,
        data: String,
        signer: String,
        #[serde(default)]
        value: u128,
        measure: Option<String>,
    },
    Pass {
        pass_ms: u64,
    },
}

/// A peer's costs, in multiples of the same transfer as ours.
#[derive(Serialize)]
pub struct Peer {
    pub name: String,
    pub messages: Vec<Cost>,
}

/// Measures the peer of a folder on a fresh chain; `yardstick` is our transfer.
pub fn measure(folder: &Path, profile: Profile, yardstick: &Cost) -> Result<Peer> {
    let file = folder.join("peer.json");
    let text =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let script: Script =
        serde_json::from_str(&text).with_context(|| format!("{} is no peer", file.display()))?;
    let chain = EmbeddedChain::new(profile)?;
    let mut lab = Lab { chain, costs: vec![yardstick.clone()] };
    let mut contracts = BTreeMap::new();
    for (place, step) in script.steps.iter().enumerate() {
        run(&mut lab, &mut contracts, folder, step)
            .with_context(|| format!("step {} of {}", place + 1, file.display()))?;
    }
    Ok(Peer { name: script.name, messages: lab.costs.split_off(1) })
}

fn run(
    lab: &mut Lab,
    contracts: &mut BTreeMap<String, AccountId>,
    folder: &Path,
    step: &Step,
) -> Result<()> {
    match step {
        Step::Deploy { deploy, wasm, data, salt, signer } => {
            let signer = Signer::from_uri(signer)?;
            let wasm =
                fs::read(folder.join(wasm)).with_context(|| format!("cannot read {wasm}"))?;
            let data = bytes(data, contracts)?;
            let code = lab.chain.upload(&signer, &wasm)?;
            let salt = salt.clone().into_bytes();
            let (address, receipt) = lab.chain.instantiate(&signer, code, 0, data, salt)?;
            receipt.result.map_err(|why| anyhow!("{deploy}: {why}"))?;
            contracts.insert(deploy.clone(), address);
        }
        Step::Call { call, data, signer, value, measure } => {
            let dest = *contracts.get(call).with_context(|| format!("no contract {call}"))?;
            let signer = Signer::from_uri(signer)?;
            let data = bytes(data, contracts)?;
            let call = ContractCall { value: *value, ..ContractCall::new(dest, data) };
            match measure {
                Some(name) => lab.measure(name, &signer, call)?,
                None => lab.must(&signer, vec![call])?,
            }
        }
        Step::Pass { pass_ms } => {
            let later_ms = lab.chain.now_ms()? + pass_ms;
            lab.chain.travel_to_ms(later_ms)?;
        }
    }
    Ok(())
}

/// Input data with the addresses put in.
fn bytes(data: &str, contracts: &BTreeMap<String, AccountId>) -> Result<Vec<u8>> {
    let mut text = data.trim_start_matches("0x").to_owned();
    while let Some((before, rest)) = text.split_once('{') {
        let (name, after) = rest.split_once('}').context("a brace is open")?;
        let address = match contracts.get(name) {
            Some(address) => *address,
            None => {
                ensure!(name.starts_with("//"), "no contract {name}");
                Signer::from_uri(name)?.account()
            }
        };
        text = format!("{before}{}{after}", hex::encode(address));
    }
    hex::decode(&text).with_context(|| format!("not hexadecimal: {data}"))
}

/// Ours and the peer's, message by message.
pub fn beside(ours: &[Cost], peer: &Peer) -> String {
    let mut rows = table(&["message", "x transfer", &peer.name, "proof (KiB)", &peer.name]);
    for theirs in &peer.messages {
        let ours = ours.iter().find(|cost| cost.message == theirs.message);
        rows.add_row([
            theirs.message.clone(),
            ours.map(|cost| format!("{:.2}", cost.transfers)).unwrap_or_default(),
            format!("{:.2}", theirs.transfers),
            ours.map(|cost| format!("{:.1}", kib(cost.proof_bytes))).unwrap_or_default(),
            format!("{:.1}", kib(theirs.proof_bytes)),
        ]);
    }
    rows.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_client::{Bundle, Token};

    /// Our own token as a peer costs what it costs us.
    #[test]
    fn a_peer_is_measured_by_its_script() {
        let folder = std::env::temp_dir().join(format!("breakwater-peer-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("token.wasm"), Bundle::load("token").unwrap().wasm).unwrap();
        let address = [0x42; 32];
        let data = |call: ContractCall| hex::encode(call.data);
        let bob = Signer::from_uri("//Bob").unwrap().account();
        let token = Token { address };
        let mint = |to| data(token.mint(to, 1_000));
        let alice = Signer::from_uri("//Alice").unwrap().account();
        let transfer = data(token.transfer(bob, 1)).replace(&hex::encode(bob), "{//Bob}");
        let script = serde_json::json!({ "name": "Ourselves", "steps": [
            { "deploy": "token", "wasm": "token.wasm", "signer": "//Alice",
              "data": hex::encode(Token::constructor(0, "Token", "TKN", 6)) },
            { "call": "token", "data": mint(alice), "signer": "//Alice" },
            { "call": "token", "data": mint(bob), "signer": "//Alice" },
            { "pass_ms": 60_000 },
            { "call": "token", "data": transfer, "signer": "//Alice", "measure": "PSP22 transfer" },
        ] });
        fs::write(folder.join("peer.json"), script.to_string()).unwrap();
        // A transfer of the page.
        let ours = Cost {
            message: "PSP22 transfer".into(),
            ref_time_ps: 1_200_000_000,
            proof_bytes: 0,
            recorded_proof_bytes: 0,
            deposit_planck: 0,
            frames: 1,
            transfers: 1.0,
            parts: None,
        };
        let peer = measure(&folder, Profile::Node, &ours);
        fs::remove_dir_all(&folder).unwrap();
        let peer = peer.unwrap();
        assert_eq!(peer.messages.len(), 1);
        let off = peer.messages[0].transfers - 1.0;
        assert!(off.abs() < 0.01, "{off}");
        let shown = beside(&[ours], &peer);
        assert!(shown.contains("Ourselves") && shown.contains("PSP22 transfer"), "{shown}");
    }

    #[test]
    fn addresses_are_put_in() {
        let contracts = BTreeMap::from([("pool".to_owned(), [7; 32])]);
        assert_eq!(bytes("0x01{pool}02", &contracts).unwrap(), [&[1][..], &[7; 32], &[2]].concat());
        assert_eq!(bytes("{//Bob}", &contracts).unwrap().len(), 32);
        assert!(bytes("0x{unknown}", &contracts).is_err());
        assert!(bytes("0x{pool", &contracts).is_err());
        assert!(bytes("0xzz", &contracts).is_err());
    }
}
