//! `breakwater keeper` as a process of its own, and the signals that it takes.

use breakwater_devnode::{DevNode, Options};
use std::{
    fs::File,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus},
    time::{Duration, Instant},
};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/local.toml");

/// A folder that is removed when this is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("breakwater-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The command line in a folder.
fn breakwater(folder: &Folder, node: &DevNode, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_breakwater"));
    command.args(arguments.split_whitespace()).current_dir(&folder.0);
    // Hers is the taker.
    command.env("BREAKWATER_NODE", node.url()).env("BREAKWATER_KEEPER_KEY", "//Alice");
    command.env_remove("BREAKWATER_KEY").env_remove("BREAKWATER_DEPLOYMENT");
    command
}

fn run(folder: &Folder, node: &DevNode, arguments: &str) -> String {
    let output = breakwater(folder, node, arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "breakwater {arguments}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// A keeper that runs, and what it logs.
struct Keeper {
    child: Child,
    log: PathBuf,
}

impl Keeper {
    fn start(folder: &Folder, node: &DevNode) -> Self {
        let log = folder.file("log");
        let mut command = breakwater(folder, node, "keeper --config keeper.toml");
        let child = command.stderr(File::create(&log).unwrap()).spawn().unwrap();
        Self { child, log }
    }

    fn signal(&self, name: &str) {
        let kill = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success(), "{kill}");
    }

    /// How often it has logged something.
    fn logged(&self, what: &str) -> usize {
        std::fs::read_to_string(&self.log).unwrap().matches(what).count()
    }

    fn until_logged(&mut self, what: &str, times: usize) {
        let began = Instant::now();
        while self.logged(what) < times {
            let is_over = self.child.try_wait().unwrap().is_some();
            let log = || std::fs::read_to_string(&self.log).unwrap();
            assert!(!is_over && began.elapsed() < Duration::from_secs(60), "{what}: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn end(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Puts a text in a file's place at once, which looks unchanged to whoever compares its time and length.
fn replace_unseen(path: &Path, text: &str) {
    let old = std::fs::metadata(path).unwrap();
    assert_eq!(old.len(), text.len() as u64);
    let new = path.with_extension("new");
    std::fs::write(&new, text).unwrap();
    File::options().write(true).open(&new).unwrap().set_modified(old.modified().unwrap()).unwrap();
    std::fs::rename(new, path).unwrap();
}

/// SIGHUP has the configuration read again, whatever its file looks like; one that is wrong changes nothing.
/// SIGTERM ends it.
#[test]
fn sighup_has_the_configuration_read_again() {
    const CHANGED: &str = "its configuration has changed";
    const STAYS: &str = "the old one stays";
    let node = DevNode::start(&Options::default()).expect("a node");
    let folder = Folder::new("keeper-process");
    run(&folder, &node, &format!("deploy {EXAMPLE} --from //Alice"));
    run(&folder, &node, "oracle push ETH=2000 USD=1 --from //Alice");
    let path = folder.file("keeper.toml");
    let first = run(&folder, &node, "keeper-config --spend USD=100000");
    std::fs::write(&path, &first).unwrap();
    let second = first.replace("100000", "200000");
    assert_ne!(first, second);
    let mut keeper = Keeper::start(&folder, &node);
    keeper.until_logged("started", 1);
    // Nothing has changed: nothing happens.
    keeper.signal("HUP");
    std::thread::sleep(Duration::from_secs(1));
    // It has, and nobody sees it.
    replace_unseen(&path, &second);
    std::thread::sleep(Duration::from_secs(2));
    let count = |keeper: &Keeper| [CHANGED, STAYS].map(|what| keeper.logged(what));
    assert_eq!(count(&keeper), [0, 0]);
    keeper.signal("HUP");
    keeper.until_logged(CHANGED, 1);
    keeper.until_logged("started", 2);
    // A key that there is not.
    let wrong = second.replace("spend_max", "spend_mux");
    replace_unseen(&path, &wrong);
    keeper.signal("HUP");
    keeper.until_logged(STAYS, 1);
    assert_eq!(count(&keeper), [1, 1]);
    // It runs on with what it had, and ends when it is told.
    std::thread::sleep(Duration::from_millis(500));
    assert!(keeper.child.try_wait().unwrap().is_none(), "it goes on");
    keeper.signal("TERM");
    assert!(keeper.end().success());
    assert_eq!(keeper.logged("stopped"), 1);
}

/// Before: ten lines a second, until somebody deployed there again; and what it had signed was sent there.
#[test]
fn a_chain_that_was_started_anew_under_a_keeper_is_said_now_and_then() {
    const ANEW: &str = "a node was started anew";
    const READ: &str = "accounts read from the market's state";
    let options = Options { genesis_ms: Some(1_700_000_000_000), ..Options::default() };
    let node = DevNode::start(&options).expect("a node");
    let folder = Folder::new("keeper-anew");
    let deploy = format!("deploy {EXAMPLE} --from //Alice");
    run(&folder, &node, &deploy);
    run(&folder, &node, "oracle push ETH=2000 USD=1 --from //Alice");
    std::fs::write(folder.file("keeper.toml"), run(&folder, &node, "keeper-config")).unwrap();
    let mut keeper = Keeper::start(&folder, &node);
    keeper.until_logged(READ, 1);
    let port = node.url().rsplit(':').next().unwrap().parse().unwrap();
    drop(node);
    let node = DevNode::start(&Options { port, ..options }).expect("a node in its place");
    keeper.until_logged(ANEW, 1);
    std::thread::sleep(Duration::from_secs(3));
    let lines = keeper.logged("\n");
    assert!(keeper.logged(ANEW) <= 3, "{}", std::fs::read_to_string(&keeper.log).unwrap());
    std::thread::sleep(Duration::from_secs(1));
    assert!(keeper.logged("\n") - lines <= 4, "{}", std::fs::read_to_string(&keeper.log).unwrap());
    // Deployed again it is the market that it was: the keeper goes on by itself.
    run(&folder, &node, &deploy);
    keeper.until_logged(READ, 2);
    keeper.signal("TERM");
    assert!(keeper.end().success());
}
