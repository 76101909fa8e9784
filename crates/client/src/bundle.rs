//! Where built contracts are found.

use crate::ClientError;
use std::path::{Path, PathBuf};

/// A built contract: code and metadata.
#[derive(Clone, Debug)]
pub struct Bundle {
    pub name: String,
    pub wasm: Vec<u8>,
    /// The metadata's JSON text, as standard tools load it.
    pub metadata: String,
}

impl Bundle {
    /// Loads a contract by its short name, such as `market`.
    ///
    /// # Errors
    /// [`ClientError::NotBuilt`].
    pub fn load(name: &str) -> Result<Self, ClientError> {
        Self::load_from(&folder(), name)
    }

    /// [`Bundle::load`] from a folder of one's choice.
    ///
    /// # Errors
    /// [`ClientError::NotBuilt`].
    pub fn load_from(folder: &Path, name: &str) -> Result<Self, ClientError> {
        let missing = |path: &Path, error: std::io::Error| ClientError::NotBuilt {
            name: name.into(),
            why: format!("{}: {error}", path.display()),
        };
        let wasm_path = folder.join(name).with_extension("wasm");
        let wasm = std::fs::read(&wasm_path).map_err(|error| missing(&wasm_path, error))?;
        let json_path = folder.join(name).with_extension("json");
        let metadata =
            std::fs::read_to_string(&json_path).map_err(|error| missing(&json_path, error))?;
        Ok(Self { name: name.into(), wasm, metadata })
    }
}

/// `$BREAKWATER_CONTRACTS`; or `target/contracts` of the checkout that this was built in, its
/// `contracts/artifacts` where nothing has been put there, or `target/contracts` in the working folder.
pub fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("BREAKWATER_CONTRACTS") {
        return folder.into();
    }
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folders = [project.join("target/contracts"), project.join("contracts/artifacts")];
    let built = folders.into_iter().find(|folder| folder.join("market.wasm").exists());
    built.unwrap_or_else(|| PathBuf::from("target/contracts"))
}
