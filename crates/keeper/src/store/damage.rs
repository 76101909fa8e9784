//! A file that is damaged, and one that others can read.

use super::{Store, StoreError, Subject};
use std::{
    io,
    panic::{catch_unwind, AssertUnwindSafe},
    path::{Path, PathBuf},
};

/// Names of files put aside, at most.
const MOST_ASIDE: usize = 100;

impl Store {
    /// Opens a store and reads all of it. A damaged file is put aside and a new one made: all that it held
    /// can be read from the chain, but for transactions under way, whose nonces the chain knows. Where the
    /// damaged file is now, if there was one.
    ///
    /// # Errors
    /// As [`Store::open`]; [`StoreError::Stays`].
    pub fn open_or_rebuild(
        path: &Path,
        subject: Subject,
    ) -> Result<(Self, Option<PathBuf>), StoreError> {
        let damage = match read_whole(path, subject) {
            Ok(store) => return Ok((store, None)),
            Err(error) if error.is_damage() => error.to_string(),
            Err(error) => return Err(error),
        };
        let stays = |why| StoreError::Stays { path: path.into(), damage: damage.clone(), why };
        let aside = free_name(path).map_err(stays)?;
        std::fs::rename(path, &aside).map_err(stays)?;
        Ok((Self::open(path, subject)?, Some(aside)))
    }
}

/// Opens it and reads every record. The database panics on some damage.
fn read_whole(path: &Path, subject: Subject) -> Result<Store, StoreError> {
    let read = || {
        let store = Store::open(path, subject)?;
        store.positions()?;
        store.auctions()?;
        Ok(store)
    };
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(StoreError::Damaged("pages")))
}

impl StoreError {
    /// Whether the file is damaged, so that no other try will read it.
    pub fn is_damage(&self) -> bool {
        match self {
            Self::Damaged(_) => true,
            Self::Database(error) => match error.as_ref() {
                redb::Error::Corrupted(_) => true,
                // No database at all, or the end of one is missing.
                redb::Error::Io(error) => matches!(
                    error.kind(),
                    io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
                ),
                _ => false,
            },
            _ => false,
        }
    }
}

fn free_name(path: &Path) -> io::Result<PathBuf> {
    let name = |number: usize| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".damaged-{number}"));
        PathBuf::from(name)
    };
    let mut names = (1..=MOST_ASIDE).map(name);
    let free = names.find(|name| !name.exists());
    free.ok_or_else(|| io::Error::other("too many damaged files lie there: remove some"))
}

/// Makes a file that its owner alone can read, or makes it so if it is there.
#[cfg(unix)]
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    let mut options = std::fs::OpenOptions::new();
    let file =
        options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let mut permissions = file.metadata()?.permissions();
    if permissions.mode() & 0o077 != 0 {
        permissions.set_mode(0o600);
        file.set_permissions(permissions)?;
    }
    Ok(())
}

/// Elsewhere who may read a file is not told by its mode.
#[cfg(not(unix))]
pub(super) fn make_private(_: &Path) -> io::Result<()> {
    Ok(())
}
