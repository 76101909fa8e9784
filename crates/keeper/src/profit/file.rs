//! Profit and loss as a file beside the store, for whoever asks while the keeper runs.

use super::Pnl;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Profit and loss at a block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PnlFile {
    pub block: u64,
    /// Timestamp of that block, in Unix milliseconds.
    pub time_ms: u64,
    pub pnl: Pnl,
}

impl PnlFile {
    /// Where it is for a store.
    pub fn path(store: &Path) -> PathBuf {
        store.with_extension("pnl.json")
    }

    /// Replaces the file, whole or not at all.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let new = path.with_extension("json.new");
        std::fs::write(&new, serde_json::to_vec_pretty(self)?)?;
        std::fs::rename(new, path)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Those of the file system; of a file that is something else, `InvalidData`.
    pub fn read(path: &Path) -> std::io::Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(path)?)?)
    }
}
