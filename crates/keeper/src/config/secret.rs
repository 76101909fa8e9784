//! Secrets: from the environment, or from a file that nobody else can read.

use super::{AlertConfig, ConfigError};
use std::path::Path;

/// The first line of the environment's variable, or else of the file; none if neither is named.
///
/// # Errors
/// [`ConfigError::NoVariable`], [`ConfigError::Unreadable`], [`ConfigError::NotPrivate`]. None of them has
/// the secret in it.
pub(super) fn secret(
    variable: Option<&str>,
    file: Option<&Path>,
) -> Result<Option<String>, ConfigError> {
    let text = match (variable, file) {
        (Some(name), _) => {
            std::env::var(name).map_err(|_| ConfigError::NoVariable(name.to_owned()))?
        }
        (None, Some(path)) => {
            require_private(path)?;
            std::fs::read_to_string(path)
                .map_err(|why| ConfigError::Unreadable { path: path.into(), why })?
        }
        (None, None) => return Ok(None),
    };
    Ok(Some(text.lines().next().unwrap_or_default().trim().to_owned()))
}

/// Refuses a file that others than its owner can read or change.
#[cfg(unix)]
fn require_private(path: &Path) -> Result<(), ConfigError> {
    use std::os::unix::fs::PermissionsExt;
    let unreadable = |why| ConfigError::Unreadable { path: path.into(), why };
    let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode() & 0o777;
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(ConfigError::NotPrivate { path: path.into(), mode }),
    }
}

/// Elsewhere who may read a file is not told by its mode.
#[cfg(not(unix))]
fn require_private(_: &Path) -> Result<(), ConfigError> {
    Ok(())
}

impl AlertConfig {
    /// Its secret, if it has one.
    ///
    /// # Errors
    /// As [`secret`].
    pub fn secret(&self) -> Result<Option<String>, ConfigError> {
        secret(self.secret_env.as_deref(), self.secret_file.as_deref())
    }
}
