//! The operations file: what was queued at a governor from this machine.
//!
//! A governor keeps only an operation's id, so whoever executes it needs the operation itself. It
//! is in the event of its queueing too; the file saves looking for it.

use anyhow::{Context as _, Result};
use breakwater_client::governor::id_of;
use breakwater_protocol::governance::{Operation, OperationId};
use scale::{DecodeAll, Encode};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operations {
    #[serde(default, rename = "operation", skip_serializing_if = "Vec::is_empty")]
    list: Vec<Queued>,
}

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Queued {
    /// What it does.
    what: String,
    /// The encoded operation in hex; its hash is the id.
    operation: String,
}

/// Beside the deployment's file.
pub fn path(deployment: &Path) -> PathBuf {
    deployment.with_extension("operations.toml")
}

impl Operations {
    /// Empty if there is no file.
    pub fn load(path: &Path) -> Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text)
                .with_context(|| format!("{} is no list of operations", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Adds an operation and writes the file.
    pub fn add(&mut self, path: &Path, what: &str, operation: &Operation) -> Result<()> {
        self.list.push(Queued { what: what.into(), operation: to_text(operation) });
        let text = toml::to_string(self).context("cannot write the operations down")?;
        crate::files::write_whole(path, text.as_bytes())
    }

    /// An operation by its id, with what it does.
    pub fn find(&self, id: OperationId) -> Option<(String, Operation)> {
        self.list.iter().find_map(|queued| {
            let operation = from_text(&queued.operation).ok()?;
            (id_of(&operation) == id).then(|| (queued.what.clone(), operation))
        })
    }
}

/// An operation as text.
pub fn to_text(operation: &Operation) -> String {
    format!("0x{}", hex::encode(operation.encode()))
}

/// An operation from its text.
///
/// # Errors
/// If it is none.
pub fn from_text(text: &str) -> Result<Operation> {
    let bytes = bytes(text)?;
    Operation::decode_all(&mut bytes.as_slice()).context("these bytes are no operation")
}

/// Bytes from hex with `0x`.
pub fn bytes(text: &str) -> Result<Vec<u8>> {
    let digits = text.strip_prefix("0x").with_context(|| format!("{text:?} must begin with 0x"))?;
    hex::decode(digits).with_context(|| format!("{text:?} is not hex"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_protocol::governance::{Call, Lane};

    #[test]
    fn an_operation_survives_its_file() {
        let call = Call { target: [1; 32], value: 0, data: vec![1, 2, 3, 4] };
        let operation =
            Operation { lane: Lane::Standard, calls: vec![call], predecessor: None, salt: [9; 32] };
        assert_eq!(from_text(&to_text(&operation)).unwrap(), operation);
        let path = std::env::temp_dir().join(format!("breakwater-ops-{}.toml", std::process::id()));
        assert_eq!(Operations::load(&path).unwrap(), Operations::default());
        Operations::default().add(&path, "a test", &operation).unwrap();
        let loaded = Operations::load(&path).unwrap();
        assert_eq!(loaded.find(id_of(&operation)).unwrap(), ("a test".into(), operation));
        assert_eq!(loaded.find([0; 32]), None);
        std::fs::remove_file(&path).unwrap();
        assert!(from_text("0x00").is_err() && from_text("12").is_err() && bytes("0xzz").is_err());
    }
}
