//! Secrets: from the environment, or from a file that nobody else can read.

use std::path::{Path, PathBuf};

/// Why a secret can't be had. None of these has the secret in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the environment variable {0} is not set")]
    NoVariable(String),
    #[error("cannot read {path}: {why}")]
    Unreadable { path: PathBuf, why: std::io::Error },
    /// Others could sign, or read what is meant for one.
    #[error("{path} can be read or changed by others (mode {mode:o}): chmod 600 it")]
    NotPrivate { path: PathBuf, mode: u32 },
}

/// The first line of the environment's variable, or else of the file; none if neither is named.
///
/// # Errors
/// [`SecretError`].
pub fn read(variable: Option<&str>, file: Option<&Path>) -> Result<Option<String>, SecretError> {
    let text = match (variable, file) {
        (Some(name), _) => {
            std::env::var(name).map_err(|_| SecretError::NoVariable(name.to_owned()))?
        }
        (None, Some(path)) => read_file(path)?,
        (None, None) => return Ok(None),
    };
    Ok(Some(text.lines().next().unwrap_or_default().trim().to_owned()))
}

/// The text of a file that only its owner can read.
///
/// # Errors
/// [`SecretError::Unreadable`], [`SecretError::NotPrivate`].
pub fn read_file(path: &Path) -> Result<String, SecretError> {
    require_private(path)?;
    std::fs::read_to_string(path).map_err(|why| SecretError::Unreadable { path: path.into(), why })
}

/// Refuses a file that others than its owner can read or change.
#[cfg(unix)]
fn require_private(path: &Path) -> Result<(), SecretError> {
    use std::os::unix::fs::PermissionsExt;
    let unreadable = |why| SecretError::Unreadable { path: path.into(), why };
    let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(SecretError::NotPrivate { path: path.into(), mode }),
    }
}

/// Elsewhere who may read a file is not told by its mode.
#[cfg(not(unix))]
fn require_private(_: &Path) -> Result<(), SecretError> {
    Ok(())
}
