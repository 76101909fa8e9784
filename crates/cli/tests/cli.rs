//! The command line where it needs no node: keys, output, files, signals.

use std::{fs::Permissions, os::unix::fs::PermissionsExt};
use std::{
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/local.toml");

/// A folder of its own, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("breakwater-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, text).unwrap();
        // What holds a key must be its owner's alone.
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn breakwater(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_breakwater"));
    command
        .current_dir(folder)
        .env_remove("BREAKWATER_KEY")
        .env_remove("BREAKWATER_DEPLOYMENT")
        .env("BREAKWATER_NODE", "ws://127.0.0.1:1");
    command
}

fn error(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Before: each of these signed for the development account that everybody knows.
#[test]
fn an_empty_key_is_refused_wherever_it_comes_from() {
    let folder = Folder::new("keys");
    folder.write("empty.key", "\n");
    folder.write("alice.key", "//Alice\n");
    let supply = |more: &[&str], variable: Option<&str>| {
        let mut command = breakwater(&folder.0);
        command.args(["supply", "USD", "1"]).args(more);
        if let Some(key) = variable {
            command.env("BREAKWATER_KEY", key);
        }
        error(&command.output().unwrap())
    };
    for (more, variable) in [
        (&[][..], Some("")),
        (&[], Some("  ")),
        (&["--from", ""], None),
        (&["--from", ""], Some("//Alice")),
        (&["--from", "///password"], None),
        (&["--key-file", "empty.key"], None),
        (&["--key-file", "empty.key"], Some("//Alice")),
        (&["--dry-run"], Some("")),
    ] {
        let why = supply(more, variable);
        assert!(why.contains("the key is empty"), "{more:?} {variable:?}: {why}");
    }
    // With a key it goes on to the deployment, which is not there. The file goes before the
    // variable, whatever that is.
    for (more, variable) in [
        (&["--key-file", "alice.key"][..], Some("//Bob")),
        (&["--key-file", "alice.key"], Some("")),
        (&["--from", "//Alice"], Some("")),
        (&[], Some("//Alice")),
    ] {
        let why = supply(more, variable);
        assert!(why.contains("no deployment"), "{more:?} {variable:?}: {why}");
    }
    assert!(supply(&[], None).contains("--from, --key-file or BREAKWATER_KEY"));
    let both = ["supply", "USD", "1", "--from", "//Alice", "--key-file", "alice.key"];
    let both = breakwater(&folder.0).args(both).output().unwrap();
    assert_eq!(both.status.code(), Some(2), "two keys on one command line are a mistake");
}

/// Before: lost output was a success, and a closed pipe a panic.
#[test]
fn lost_output_is_an_error_and_a_closed_pipe_is_none() {
    let folder = Folder::new("output");
    for command in [&["completions", "bash"][..], &["keeper", "--example"], &["lab", "scenario"]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = breakwater(&folder.0).args(command).stdout(full).output().unwrap();
        assert!(error(&output).contains("cannot write the answer"), "{command:?}");

        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = breakwater(&folder.0).args(command).stdout(writer).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{command:?}: {said}");
    }
    let mut child = breakwater(&folder.0)
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}

/// Before: up to a minute.
#[test]
fn the_first_signal_ends_a_keeper_without_an_endpoint() {
    let folder = Folder::new("signal");
    let config = "[chain]\nendpoints = [\"ws://127.0.0.1:1\"]\n[market]\n\
                  market = \"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\"\n\
                  lens = \"5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY\"\n\
                  [signer]\nuri_env = \"BREAKWATER_KEEPER_KEY\"\n\
                  [store]\npath = \"keeper.redb\"\n[http]\n";
    folder.write("keeper.toml", config);
    let mut child = breakwater(&folder.0)
        .args(["keeper", "--config", "keeper.toml"])
        .env("BREAKWATER_KEEPER_KEY", "//Dave")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Until it says that nobody answers.
    let mut log = String::new();
    let mut stderr = child.stderr.take().unwrap();
    let mut part = [0; 512];
    while !log.contains("no endpoint answers") {
        let read = stderr.read(&mut part).unwrap();
        assert_ne!(read, 0, "{log}");
        log.push_str(&String::from_utf8_lossy(&part[..read]));
    }
    let told = Instant::now();
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    child.wait().unwrap();
    assert!(told.elapsed() < Duration::from_secs(3), "{:?}", told.elapsed());
}

#[test]
fn a_run_that_fails_leaves_no_report() {
    let folder = Folder::new("report");
    folder.write("bad.csv", "unix_s,open,high,low,close\n0,1,1,1,1\n60,1e300,1e300,1e300,1e300\n");
    folder.write("bad.toml", "seeds = 9223372036854775807\n");
    // A price path that runs out of bounds only when it is made.
    folder.write(
        "wild.toml",
        "seeds = 1\n[prices]\nsource = \"synthetic\"\n\
         [prices.synthetic]\ndays = 30.0\ndrift_per_day = 5.0\n",
    );
    for arguments in [
        &["demo", "--prices", "bad.csv"][..],
        &["demo", "--load", "1e30"],
        &["demo", "--load", "nan"],
        &["lab", "run", "--prices", "bad.csv"],
        &["lab", "run", "bad.toml"],
        &["lab", "run", "wild.toml"],
    ] {
        let output = breakwater(&folder.0).args(arguments).output().unwrap();
        let why = error(&output);
        assert!(!why.contains("panicked"), "{arguments:?}: {why}");
        let left: Vec<_> = std::fs::read_dir(&folder.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".html"))
            .collect();
        assert!(left.is_empty(), "{arguments:?}: {left:?}");
    }
}

/// Each mistake is one sentence, with advice that helps.
#[test]
fn what_is_no_key_file_is_said() {
    let folder = Folder::new("key-files");
    folder.write("two.key", "//Alice\n//Bob\n");
    folder.write("words.key", "hello world\n");
    let open = folder.write("open.key", "//Alice\n");
    std::fs::set_permissions(&open, Permissions::from_mode(0o640)).unwrap();
    std::fs::create_dir(folder.0.join("folder")).unwrap();
    for (file, why) in [
        ("two.key", "in one line"),
        ("words.key", "give a secret phrase"),
        ("open.key", "chmod 600"),
        ("folder", "folder is no file"),
        ("/dev/null", "/dev/null is no file"),
        ("missing.key", "cannot read missing.key"),
    ] {
        let supply = ["supply", "USD", "1", "--key-file", file];
        let said = error(&breakwater(&folder.0).args(supply).output().unwrap());
        assert!(said.contains(why) && !said.contains("Alice"), "{file}: {said}");
    }
}

#[test]
fn what_is_no_nodes_address_is_no_question_whether_one_runs() {
    let folder = Folder::new("address");
    folder.write("market.toml", &std::fs::read_to_string(EXAMPLE).unwrap());
    for node in ["http://127.0.0.1:9944", "127.0.0.1:9944", "", "nonsense"] {
        for command in [
            &["node", "travel", "1m"][..],
            &["node", "snapshot"],
            &["deploy", "market.toml", "--plan"],
        ] {
            let output =
                breakwater(&folder.0).args(command).args(["--node", node]).output().unwrap();
            let said = error(&output);
            assert!(
                said.contains("give ws://HOST:PORT") && !said.contains("running"),
                "{node}: {said}"
            );
        }
    }
}

#[test]
fn a_keeper_without_a_configuration_is_told_where_to_get_one() {
    let folder = Folder::new("keeper-empty");
    // As a shell leaves it when the command before `>` has failed.
    folder.write("empty.toml", "\n");
    for file in ["empty.toml", "missing.toml"] {
        let output = breakwater(&folder.0).args(["keeper", "--config", file]).output().unwrap();
        let said = error(&output);
        assert!(said.contains(file) && said.contains("breakwater keeper-config"), "{said}");
    }
}

#[test]
fn a_port_or_a_folder_in_use_is_said_and_nothing_is_begun() {
    let folder = Folder::new("ports");
    folder.write("breakwater.deployment.toml", "genesis = \"0x00\"\n");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for command in [&["node", "up", "--chain-dir", "chain"][..], &["app"]] {
        let output = breakwater(&folder.0).args(command).args(["--port", &port]).output().unwrap();
        let said = error(&output);
        assert!(said.contains(&port) && said.contains("--port"), "{said}");
    }
    assert!(!folder.0.join("chain").exists(), "a chain was begun");
    let up = ["node", "up", "--port", "0", "--chain-dir", "chain"];
    let mut child = breakwater(&folder.0).args(up).stdout(Stdio::piped()).spawn().unwrap();
    // Its output stays open: who prints to a closed pipe ends, and the folder would be free again.
    let mut heard = child.stdout.take().unwrap();
    heard.read_exact(&mut [0; 7]).unwrap();
    let said = error(&breakwater(&folder.0).args(up).output().unwrap());
    let _ = child.kill();
    let _ = child.wait();
    assert!(said.contains("another node's") && said.contains("another folder"), "{said}");
}

/// Before: nothing for 16 seconds, and the first Ctrl-C was ignored.
#[test]
fn a_node_that_takes_its_time_says_so_and_can_be_stopped() {
    let folder = Folder::new("slow-node");
    let slow = folder.write("slow-node", "#!/bin/sh\nexec sleep 60\n");
    std::fs::set_permissions(&slow, Permissions::from_mode(0o755)).unwrap();
    let began = Instant::now();
    let mut child = breakwater(&folder.0)
        .args(["node", "up", "--contracts-node", "--port", "0", "--chain-dir", "chain"])
        .env("CONTRACTS_NODE", &slow)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = [0; 60];
    child.stderr.as_mut().unwrap().read_exact(&mut said).unwrap();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(
        said.contains("it compiles its runtime") && began.elapsed() < Duration::from_secs(5),
        "{said}"
    );
    std::thread::sleep(Duration::from_millis(300));
    let told = Instant::now();
    assert!(Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap()
        .success());
    let output = child.wait_with_output().unwrap();
    assert!(told.elapsed() < Duration::from_secs(3), "{:?}", told.elapsed());
    assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).contains("stopped"));
}
