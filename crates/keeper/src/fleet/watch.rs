//! Whether a file has changed.

use std::{
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Time of its last change and its length; none while there is no file.
type Stamp = Option<(SystemTime, u64)>;

/// A file that somebody may write.
#[derive(Debug)]
pub struct FileWatch {
    path: PathBuf,
    known: Stamp,
    /// As it was at the last look: whoever writes it may not be done.
    last: Stamp,
}

impl FileWatch {
    /// Watches from now on.
    pub fn new(path: &Path) -> Self {
        let now = stamp(path);
        Self { path: path.into(), known: now, last: now }
    }

    /// Whether it is another one than before, and was the same at the last two looks. One that is gone is
    /// waited for.
    pub fn has_changed(&mut self) -> bool {
        let now = stamp(&self.path);
        let is_still = now == self.last;
        self.last = now;
        if now.is_none() || now == self.known || !is_still {
            return false;
        }
        self.known = now;
        true
    }
}

fn stamp(path: &Path) -> Stamp {
    let file = std::fs::metadata(path).ok()?;
    Some((file.modified().ok()?, file.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once_when_it_is_done() {
        let path = std::env::temp_dir().join(format!("breakwater-watch-{}", std::process::id()));
        std::fs::write(&path, "1").unwrap();
        let mut watch = FileWatch::new(&path);
        let look = |watch: &mut FileWatch| [watch.has_changed(), watch.has_changed()];
        assert_eq!(look(&mut watch), [false, false]);
        std::fs::write(&path, "12").unwrap();
        assert!(!watch.has_changed(), "it may be at it");
        std::fs::write(&path, "123").unwrap();
        assert!(!watch.has_changed(), "it was");
        assert_eq!(look(&mut watch), [true, false]);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(look(&mut watch), [false, false], "gone");
        std::fs::write(&path, "1234").unwrap();
        assert_eq!(look(&mut watch), [false, true]);
        std::fs::remove_file(path).unwrap();
    }
}
