//! The market through clients that nobody here wrote: scripts for Node.js in `tests/foreign`, on a market
//! that the command line has deployed.
//!
//! Runs on `$CONTRACTS_NODE`, or on the node of the command line itself.

use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use breakwater_chain::node::{NodeOptions, NodeProcess, NODE_VARIABLE};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Runs a script against a market of its own. Without Node.js it is skipped, loudly; in CI it fails.
fn run(script: &str) {
    let foreign = Path::new(ROOT).join("tests/foreign");
    let has_node = Command::new("node").arg("--version").output().is_ok();
    if !has_node || !foreign.join("node_modules").is_dir() {
        let why = if has_node { "run `npm ci` in tests/foreign" } else { "no Node.js" };
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{why}");
        // Past the test harness, which shows nothing of a test that passes.
        let _ = writeln!(std::io::stderr(), "SKIPPED {script}: {why}");
        return;
    }
    let node = start();
    let folder = Folder::new(script);
    let deployment = folder.0.join("breakwater.deployment.toml");
    let deploy = Command::new(env!("CARGO_BIN_EXE_breakwater"))
        .args(["deploy", "--from", "//Alice", "--node", node.url()])
        .arg("--deployment")
        .arg(&deployment)
        .arg(Path::new(ROOT).join("examples/local.toml"))
        .output()
        .expect("the command line runs");
    assert!(deploy.status.success(), "{}", text(&deploy));
    let outcome = Command::new("node")
        .arg(foreign.join(script))
        .args([Path::new(node.url()), &deployment, &Path::new(ROOT).join("contracts/artifacts")])
        .current_dir(&folder.0)
        .output()
        .expect("Node.js runs");
    let said = text(&outcome);
    assert!(outcome.status.success(), "{said}");
    assert!(said.contains("PASSED"), "{said}");
}

fn text(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

fn start() -> NodeProcess {
    let ours = PathBuf::from(env!("CARGO_BIN_EXE_breakwater"));
    let binary = match std::env::var_os(NODE_VARIABLE) {
        Some(_) => None,
        None => Some(ours),
    };
    NodeProcess::start_with(NodeOptions { binary, ..NodeOptions::default() }).expect("a node")
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("breakwater-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn polkadot_js_lends_borrows_and_takes() {
    run("polkadot.mjs");
}

#[test]
fn dedot_lends_borrows_and_takes() {
    run("dedot.mjs");
}
