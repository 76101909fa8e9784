//! Signed prices from a file that reporters, or somebody for them, write.

use crate::strategy::ReportFile;
use breakwater_client::oracle::SignedReport;
use std::{path::PathBuf, time::SystemTime};

/// The file, and which of its versions there is nothing left to do with.
#[derive(Debug)]
pub(super) struct Reports {
    path: Option<PathBuf>,
    /// Modification time of the version that was read last, and of the one that is done with.
    read: Option<SystemTime>,
    done: Option<SystemTime>,
}

impl Reports {
    /// Reports of a file, if there is one.
    pub fn new(path: Option<PathBuf>) -> Self {
        Self { path, read: None, done: None }
    }

    /// What is in the file, unless it is done with.
    pub fn poll(&mut self) -> Vec<SignedReport> {
        let Some(path) = &self.path else { return Vec::new() };
        self.read = std::fs::metadata(path).and_then(|file| file.modified()).ok();
        if self.read.is_none() || self.read == self.done {
            return Vec::new();
        }
        let text = std::fs::read_to_string(path).map_err(|why| why.to_string());
        match text.and_then(|text| ReportFile::parse(&text)) {
            Ok(reports) => reports,
            Err(why) => {
                // Whoever writes it may be at it: it is read again when it has changed.
                self.done = self.read;
                tracing::warn!(path = %path.display(), why, "reports can't be read");
                Vec::new()
            }
        }
    }

    /// There is nothing left to do with what was read last.
    pub fn are_done(&mut self) {
        self.done = self.read;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_until_it_is_done_with_and_again_when_it_has_changed() {
        let path = std::env::temp_dir().join(format!("breakwater-reports-{}", std::process::id()));
        let report = "[[report]]\ntoken = \"//Alice\"\nsource = 0\nvalue = \"1\"\ntime_ms = 1\n\
                      nonce = 1\nsignature = \"\"\n";
        let write = |text: &str, at_s: u64| {
            std::fs::write(&path, text).unwrap();
            let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(at_s);
            std::fs::File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
        };
        let mut reports = Reports::new(Some(path.clone()));
        assert!(reports.poll().is_empty(), "there is no file");
        write(report, 10);
        assert_eq!((reports.poll().len(), reports.poll().len()), (1, 1));
        reports.are_done();
        assert!(reports.poll().is_empty());
        write("half a rep", 11);
        assert!(reports.poll().is_empty());
        write(report, 12);
        assert_eq!(reports.poll().len(), 1);
        std::fs::remove_file(path).unwrap();
        assert!(Reports::new(None).poll().is_empty());
    }
}
