//! A development node as a child process.

use std::{
    ffi::OsString,
    fs::{self, File},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

use super::NodeChain;
use crate::error::ChainError;

/// Environment variable with the path of the node binary.
pub const NODE_VARIABLE: &str = "CONTRACTS_NODE";
const NODE_BINARY: &str = "substrate-contracts-node";
/// The command line has a node too, for where there is no other.
const OUR_BINARY: &str = "breakwater";

/// A node that has just been started compiles its runtime first.
const START_TIMEOUT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(200);
const LOG_TAIL_LINES: usize = 8;

/// Where a node listens and keeps its chain.
#[derive(Clone, Debug, Default)]
pub struct NodeOptions {
    /// The node's program; if not given, the one that [`NODE_VARIABLE`] names, or else the one on the
    /// `PATH`.
    pub binary: Option<PathBuf>,
    /// Port for RPC; a free one if not given.
    pub port: Option<u16>,
    /// Folder of chain and log, kept when the node stops; without one, a new folder that goes with it.
    pub directory: Option<PathBuf>,
    /// Set from outside to give up waiting for a node that starts.
    pub stop: Option<Arc<AtomicBool>>,
}

/// A `substrate-contracts-node --dev`, or the command line's own node, killed when this is dropped.
#[derive(Debug)]
pub struct NodeProcess {
    child: Child,
    url: String,
    directory: PathBuf,
    keeps_directory: bool,
}

impl NodeProcess {
    /// Starts the node that [`NODE_VARIABLE`] names, or else the one on the `PATH`, and waits until
    /// it answers (some ten seconds, at most two minutes).
    ///
    /// # Errors
    /// [`ChainError::NoNode`] if there is no binary, [`ChainError::Connect`] if it does not come up;
    /// the message then has the end of its log.
    pub fn start() -> Result<Self, ChainError> {
        Self::start_with(NodeOptions::default())
    }

    /// [`NodeProcess::start`] with a port and a folder of the caller's choice. A folder that holds a
    /// chain already is gone on with.
    ///
    /// # Errors
    /// As [`NodeProcess::start`]; [`ChainError::Connect`] too if something listens on the port.
    pub fn start_with(options: NodeOptions) -> Result<Self, ChainError> {
        let binary = options.binary.map_or_else(find, Ok)?;
        let port = match options.port {
            Some(port) => port,
            None => free_port().map_err(|why| failed("no free port", &why))?,
        };
        // What answers there now would be taken for the node we start.
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Err(ChainError::Connect(format!("something listens on port {port} already")));
        }
        let keeps_directory = options.directory.is_some();
        let directory = options.directory.unwrap_or_else(|| {
            std::env::temp_dir().join(format!("breakwater-node-{}-{port}", std::process::id()))
        });
        fs::create_dir_all(&directory).map_err(|why| failed("no directory", &why))?;
        let child = spawn(&binary, port, &directory).inspect_err(|_| {
            if !keeps_directory {
                discard(&directory);
            }
        })?;
        let url = format!("ws://127.0.0.1:{port}");
        let mut node = Self { child, url, directory, keeps_directory };
        node.wait_until_up(port, options.stop.as_deref())?;
        Ok(node)
    }

    /// Whether the node still runs; the error says how it ended.
    ///
    /// # Errors
    /// [`ChainError::Connect`] with the end of its log if it has stopped.
    pub fn check(&mut self) -> Result<(), ChainError> {
        match self.child.try_wait().map_err(|why| failed("lost the node", &why))? {
            Some(status) => Err(self.gave_up(&format!("the node stopped ({status})"))),
            None => Ok(()),
        }
    }

    /// Address for [`NodeChain::connect`].
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What the node printed so far.
    pub fn log_path(&self) -> PathBuf {
        log_path(&self.directory)
    }

    fn wait_until_up(&mut self, port: u16, stop: Option<&AtomicBool>) -> Result<(), ChainError> {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            // Before the node is looked at: what stops us may have stopped it too.
            if stop.is_some_and(|stop| stop.load(Ordering::Relaxed)) {
                return Err(ChainError::Stopped);
            }
            self.check()?;
            // A plain connection first: it fails at once and quietly while the node starts.
            let listens = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
            let error = listens.then(|| NodeChain::connect(&self.url)).map(Result::err);
            match error {
                Some(None) => return Ok(()),
                Some(Some(error)) if Instant::now() > deadline => return Err(error),
                None if Instant::now() > deadline => {
                    return Err(self.gave_up("the node does not answer"))
                }
                _ => std::thread::sleep(POLL),
            }
        }
    }

    fn gave_up(&self, what: &str) -> ChainError {
        let log = fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let tail = &lines[lines.len().saturating_sub(LOG_TAIL_LINES)..];
        ChainError::Connect(format!("{what}; its last words: {}", tail.join(" | ")))
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        // Both fail only if the node is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !self.keeps_directory {
            discard(&self.directory);
        }
    }
}

/// Path of the node binary.
///
/// # Errors
/// [`ChainError::NoNode`] if there is none.
fn find() -> Result<PathBuf, ChainError> {
    locate(std::env::var_os(NODE_VARIABLE), std::env::var_os("PATH")).ok_or_else(|| {
        ChainError::NoNode(format!("run scripts/install-node or set {NODE_VARIABLE}"))
    })
}

fn locate(variable: Option<OsString>, path: Option<OsString>) -> Option<PathBuf> {
    match variable.filter(|value| !value.is_empty()) {
        // A wrong path must not fall back to some other node unnoticed.
        Some(binary) => Some(PathBuf::from(binary)).filter(|binary| binary.is_file()),
        None => std::env::split_paths(&path?)
            .map(|directory| directory.join(NODE_BINARY))
            .find(|binary| binary.is_file()),
    }
}

fn spawn(binary: &Path, port: u16, directory: &Path) -> Result<Child, ChainError> {
    let log = File::create(log_path(directory)).map_err(|why| failed("no log file", &why))?;
    let errors = log.try_clone().map_err(|why| failed("no log file", &why))?;
    let mut command = Command::new(binary);
    let (chain, port) = (directory.join("chain"), port.to_string());
    if is_ours(binary) {
        // Blocks come with transactions only, as from the other one.
        command.args(["node", "up", "--block-time", "0", "--port", &port]);
        command.arg("--chain-dir").arg(chain);
    } else {
        // Not `--tmp`: a killed node leaves that directory behind, and this one we remove.
        command.arg("--dev").arg("--base-path").arg(chain);
        command.args(["--rpc-port", &port, "--port", "0", "--no-prometheus"]);
    }
    command
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .spawn()
        .map_err(|why| failed("cannot run the node", &why))
}

fn is_ours(binary: &Path) -> bool {
    binary.file_stem().is_some_and(|name| name == OUR_BINARY)
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn log_path(directory: &Path) -> PathBuf {
    directory.join("node.log")
}

fn discard(directory: &Path) {
    // What cannot be removed lies in the system's temporary directory.
    let _ = fs::remove_dir_all(directory);
}

fn failed(what: &str, why: &std::io::Error) -> ChainError {
    ChainError::Connect(format!("{what}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before: the first Ctrl-C while a node starts was ignored until it was up.
    #[test]
    fn a_node_that_starts_can_be_stopped() {
        let folder = std::env::temp_dir().join(format!("breakwater-stop-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        // Something that runs and never listens.
        let child = Command::new("sleep").arg("60").spawn().unwrap();
        let url = "ws://127.0.0.1:1".into();
        let mut node = NodeProcess { child, url, directory: folder, keeps_directory: false };
        let began = Instant::now();
        let stop = AtomicBool::new(true);
        assert!(matches!(node.wait_until_up(1, Some(&stop)), Err(ChainError::Stopped)));
        assert!(began.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn a_wrong_variable_is_not_replaced_by_the_path() {
        assert_eq!(locate(Some("/nowhere/node".into()), Some("/bin".into())), None);
        assert_eq!(locate(None, None), None);
        assert_eq!(locate(Some(OsString::new()), Some("/nowhere".into())), None);
    }
}
