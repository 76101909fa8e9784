//! Files that hold what can't be asked for again: whole, or as they were.

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

/// Bytes that must be free before contracts are made whose addresses a file is to hold.
const ROOM: usize = 16 << 10;

fn beside(path: &Path) -> PathBuf {
    path.with_extension("toml.new")
}

/// Writes a file whole, or leaves it as it is.
///
/// # Errors
/// If it can't be written; nothing else is left then.
pub fn write_whole(path: &Path, text: &[u8]) -> Result<()> {
    let new = beside(path);
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, path))
        .inspect_err(|_| drop(std::fs::remove_file(&new)))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Whether a file could be written, before anything is done that it must hold.
///
/// # Errors
/// If its folder is missing, closed or full.
pub fn has_room(path: &Path) -> Result<()> {
    let new = beside(path);
    let tried = std::fs::write(&new, [b'#'; ROOM]);
    // Where nothing could be written there may be nothing to remove.
    drop(std::fs::remove_file(&new));
    tried.with_context(|| format!("cannot write {}; nothing was sent", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_written_leaves_nothing() {
        let folder = std::env::temp_dir().join(format!("breakwater-whole-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let names = || {
            let entries = std::fs::read_dir(&folder).unwrap();
            entries.map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>()
        };
        let path = folder.join("book.toml");
        has_room(&path).unwrap();
        assert!(names().is_empty(), "{:?}", names());
        write_whole(&path, b"old").unwrap();
        write_whole(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(names(), ["book.toml"]);
        // A folder in its place, and a folder that is not there.
        let closed = folder.join("folder.toml");
        std::fs::create_dir_all(closed.join("x")).unwrap();
        assert!(write_whole(&closed, b"text").is_err());
        assert!(!folder.join("folder.toml.new").exists());
        let why = has_room(&folder.join("missing/book.toml")).unwrap_err().to_string();
        assert!(why.contains("nothing was sent"), "{why}");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
