//! Secrets: from the environment, or from a file that nobody else can read.

use std::{
    fs::Metadata,
    path::{Path, PathBuf},
};

/// Why a secret can't be had. None of these has the secret in it.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the environment variable {0} is not set: it holds the secret")]
    NoVariable(String),
    #[error("cannot read {path}: {why}")]
    Unreadable { path: PathBuf, why: std::io::Error },
    #[error("{0} is no file")]
    NoFile(PathBuf),
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
/// [`SecretError::Unreadable`], [`SecretError::NoFile`], [`SecretError::NotPrivate`].
pub fn read_file(path: &Path) -> Result<String, SecretError> {
    let unreadable = |why| SecretError::Unreadable { path: path.into(), why };
    let about = std::fs::metadata(path).map_err(unreadable)?;
    if !has_an_end(&about) {
        return Err(SecretError::NoFile(path.into()));
    }
    require_private(path, &about)?;
    std::fs::read_to_string(path).map_err(unreadable)
}

/// Whether it is a file, or the pipe of a shell's `<(command)`.
#[cfg(unix)]
fn has_an_end(about: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    about.is_file() || about.file_type().is_fifo()
}

#[cfg(not(unix))]
fn has_an_end(about: &Metadata) -> bool {
    about.is_file()
}

/// Refuses a file that others than its owner can read or change.
#[cfg(unix)]
fn require_private(path: &Path, about: &Metadata) -> Result<(), SecretError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = about.permissions().mode() & 0o777;
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(SecretError::NotPrivate { path: path.into(), mode }),
    }
}

/// Elsewhere who may read a file is not told by its mode.
#[cfg(not(unix))]
fn require_private(_: &Path, _: &Metadata) -> Result<(), SecretError> {
    Ok(())
}
