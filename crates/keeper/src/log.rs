//! Where log lines go, and that each is one line: what nodes, contracts and services say stands in them, and a line
//! break of theirs would begin a line that looks like ours.

use crate::config::{LogConfig, LogFormat};
use anyhow::{anyhow, Context, Result};
use std::io::{IsTerminal, Write};
use tracing_subscriber::EnvFilter;

/// Logs as configured, to standard error, from now on.
///
/// # Errors
/// For a level that is none, and where something logs already.
pub fn log_to(config: &LogConfig) -> Result<()> {
    let filter = EnvFilter::try_new(&config.level).context("log.level")?;
    let is_terminal = std::io::stderr().is_terminal();
    let to = move || OneLine { to: std::io::stderr(), has_colours: is_terminal };
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(is_terminal).with_writer(to);
    let installed = match config.format {
        LogFormat::Json => builder.json().try_init(),
        LogFormat::Text => builder.try_init(),
    };
    installed.map_err(|why| anyhow!("{why}"))
}

/// Passes log lines on, each written at once, with all control characters in them escaped but the last line break;
/// on a terminal also but those of colours, which the subscriber has made.
struct OneLine<W> {
    to: W,
    has_colours: bool,
}

impl<W: Write> Write for OneLine<W> {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        let (text, end) = match text.strip_suffix('\n') {
            Some(text) => (text, "\n"),
            None => (&*text, ""),
        };
        let is_bad = |one: char| one.is_control() && !(self.has_colours && one == '\x1b');
        let mut clean = String::with_capacity(text.len() + 1);
        for one in text.chars() {
            match is_bad(one) {
                true => clean.extend(one.escape_default()),
                false => clean.push(one),
            }
        }
        self.to.write_all((clean + end).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl MakeWriter<'_> for Kept {
        type Writer = OneLine<Self>;
        fn make_writer(&self) -> Self::Writer {
            OneLine { to: self.clone(), has_colours: false }
        }
    }

    /// What an endpoint answers, with a line that looks like one of ours, and what moves a terminal's cursor.
    const HOSTILE: &str = "no\n2026-01-01T00:00:00Z  INFO keeper: all is well\r\x1b[2J\u{9b}2J";

    #[test]
    fn what_others_say_makes_no_line_of_its_own() {
        let (text, json) = (Kept::default(), Kept::default());
        let say = || {
            tracing::warn!(why = %HOSTILE, "a round failed: {HOSTILE}");
            tracing::error!(why = HOSTILE, "again");
        };
        let plain = tracing_subscriber::fmt().with_ansi(false);
        tracing::subscriber::with_default(plain.with_writer(text.clone()).finish(), say);
        let as_json = tracing_subscriber::fmt().with_ansi(false).json();
        tracing::subscriber::with_default(as_json.with_writer(json.clone()).finish(), say);
        for (kept, breaks) in [(text, "no\\n2026"), (json, "no\\n2026")] {
            let logged = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
            assert_eq!(logged.lines().count(), 2, "{logged}");
            assert!(logged.contains(breaks) && logged.ends_with('\n'), "{logged}");
            let controls = logged.chars().filter(|one| one.is_control() && *one != '\n');
            assert_eq!(controls.count(), 0, "{logged:?}");
        }
    }
}
