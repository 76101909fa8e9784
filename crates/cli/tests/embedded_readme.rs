//! The hands-on part of README.md, as it stands there: each command in its order, the figures of its comment,
//! and the files that it leaves.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// Commands that show what their comments say; the comments of others say what they do.
const SHOWING: [&str; 4] = ["position", "auctions", "liquidate", "backstop show"];
/// Longest that the keeper waits for a discount, in steps of a minute.
const LONGEST_MINUTES: usize = 60;

/// One line of the README.
struct Line {
    command: String,
    comment: String,
}

fn hands_on() -> Vec<Line> {
    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let (_, part) = readme.split_once("## Five minutes of hands-on").expect("the hands-on part");
    let (part, _) = part.split_once("\n## ").expect("another part after it");
    let blocks = part.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let lines = blocks.flat_map(str::lines).filter(|line| !line.trim().is_empty());
    let lines = lines.map(|line| {
        let (command, comment) = line.split_once(" # ").unwrap_or((line, ""));
        Line { command: command.trim().into(), comment: comment.trim().into() }
    });
    lines.collect()
}

/// Numbers of a text, and how many digits stand behind their points.
fn numbers(text: &str) -> Vec<(f64, i32)> {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let words = text.split(|c: char| !is_part(c)).map(|word| word.trim_matches(['.', ',']));
    words
        .filter(|word| !word.is_empty())
        .filter_map(|word| {
            let plain = word.replace(',', "");
            let digits = plain.split_once('.').map_or(0, |(_, behind)| behind.len());
            Some((plain.parse().ok()?, i32::try_from(digits).ok()?))
        })
        .collect()
}

/// Whether a number is printed, with at least the digits that the comment has. Time passes while somebody types, and
/// a discount grows: the last digit may be another by five.
fn is_printed((number, digits): (f64, i32), output: &str) -> bool {
    let room = 5.0 * 10f64.powi(-digits);
    numbers(output)
        .iter()
        .any(|(printed, behind)| *behind >= digits && (printed - number).abs() <= room)
}

/// A newcomer's folder and terminals.
struct Terminal {
    folder: PathBuf,
    node: Option<String>,
    variables: Vec<(String, String)>,
    /// What runs until it is told to stop.
    running: Vec<Child>,
    /// Its output stays open: who prints to a closed pipe ends.
    heard: Vec<BufReader<ChildStdout>>,
}

impl Terminal {
    fn new() -> Self {
        let name = format!("breakwater-readme-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(folder.join("examples")).unwrap();
        let example = Path::new(ROOT).join("examples/local.toml");
        std::fs::copy(example, folder.join("examples/local.toml")).unwrap();
        Self { folder, node: None, variables: Vec::new(), running: Vec::new(), heard: Vec::new() }
    }

    fn breakwater(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_breakwater"));
        command.args(arguments.split_whitespace()).current_dir(&self.folder);
        command.env_remove("BREAKWATER_KEY").env_remove("BREAKWATER_DEPLOYMENT");
        command.envs(self.variables.clone());
        if let Some(node) = &self.node {
            command.env("BREAKWATER_NODE", node);
        }
        command
    }

    #[track_caller]
    fn run(&self, arguments: &str) -> String {
        let output = self.breakwater(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "breakwater {arguments}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Starts what goes on, and reads the first line that it prints.
    fn start(&mut self, arguments: &str) -> String {
        let mut command = self.breakwater(arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        self.running.push(child);
        self.heard.push(output);
        line
    }

    /// Does what a line says; what that printed.
    fn enter(&mut self, line: &str) -> String {
        let (assignments, command): (Vec<&str>, Vec<&str>) = line
            .split_whitespace()
            .partition(|word| word.contains('=') && word.starts_with("BREAKWATER_"));
        let command = command.join(" ");
        for assignment in assignments {
            let (name, value) = assignment.split_once('=').unwrap();
            self.variables.push((name.into(), value.into()));
        }
        match command.strip_prefix("breakwater ") {
            None if command == "export" => String::new(),
            None => {
                let script = Path::new(ROOT).join(&command);
                assert!(command.starts_with("scripts/") && script.is_file(), "{line}");
                String::new()
            }
            Some("node up") => {
                let began = Instant::now();
                let said = self.start("node up --port 0");
                // Said "in a second"; here others run beside it.
                assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
                let url = said.split_whitespace().find(|word| word.starts_with("ws://"));
                self.node = Some(url.expect(&said).into());
                said
            }
            Some("app") => {
                let said = self.start("app --port 0");
                let at = said.split("http://").nth(1).expect(&said).trim().trim_end_matches('/');
                let page = get(at, "/");
                assert!(page.contains("200 OK") && page.contains("<title>Breakwater"), "{page}");
                assert!(get(at, "/deployment.json").contains("\"market\""));
                said
            }
            Some(command) if command.starts_with("keeper --config") => {
                let log = std::fs::File::create(self.folder.join("../").join(self.log())).unwrap();
                let child = self.breakwater(command).stderr(log).spawn().unwrap();
                self.running.push(child);
                String::new()
            }
            Some(command) => match command.split_once(" > ") {
                Some((command, file)) => {
                    std::fs::write(self.folder.join(file), self.run(command)).unwrap();
                    String::new()
                }
                None => self.run(command),
            },
        }
    }

    /// The keeper's log, beside the folder: a newcomer sees it on the terminal.
    fn log(&self) -> String {
        format!("{}.log", self.folder.file_name().unwrap().to_string_lossy())
    }

    /// What `git status` would show after this in a checkout.
    fn left_over(&self) -> String {
        let git = |arguments: &[&str]| {
            Command::new("git").args(arguments).current_dir(&self.folder).output().unwrap()
        };
        std::fs::copy(Path::new(ROOT).join(".gitignore"), self.folder.join(".gitignore")).unwrap();
        assert!(git(&["init", "--quiet"]).status.success());
        let status = git(&["status", "--porcelain", "--untracked-files=all"]);
        let shown = String::from_utf8(status.stdout).unwrap();
        let ours = |line: &&str| !line.ends_with(" .gitignore") && !line.contains(" examples/");
        shown.lines().filter(ours).collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        for child in &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = std::fs::remove_file(self.folder.join("../").join(self.log()));
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn get(at: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Before: no auction was ever seen, one key signed for two programs at once, and files were left that git showed.
#[test]
fn the_hands_on_part_goes_as_it_stands() {
    let mut terminal = Terminal::new();
    let mut signers = Vec::new();
    let mut shown = 0;
    for Line { command, comment } in hands_on() {
        if let Some(key) = command.split("_KEY=").nth(1) {
            signers.push(key.split_whitespace().next().unwrap().to_owned());
        }
        if command.starts_with("breakwater node travel") && terminal.running.len() > 1 {
            // The keeper may want more or less time than the README gives it.
            until_the_keeper_has_bought(&terminal);
        }
        let output = terminal.enter(&command);
        if SHOWING.iter().any(|show| command.starts_with(&format!("breakwater {show}"))) {
            for number in numbers(&comment) {
                assert!(
                    is_printed(number, &output),
                    "{command}: {number:?} of {comment:?}\n{output}"
                );
                shown += 1;
            }
        }
    }
    assert!(shown >= 11, "{shown} figures");
    signers.sort();
    signers.dedup();
    assert_eq!(signers.len(), 2, "each program has a key of its own: {signers:?}");
    assert_eq!(terminal.left_over(), "", "what the README makes is ignored");
}

fn until_the_keeper_has_bought(terminal: &Terminal) {
    for _ in 0..LONGEST_MINUTES {
        let position: Value = serde_json::from_str(&terminal.run("position //Bob --json")).unwrap();
        let health_wad = position["health_factor_wad"].as_str().unwrap().parse::<f64>().unwrap();
        if position["in_auction"] == false && health_wad > 1e18 {
            return;
        }
        terminal.run("node travel 1m");
        std::thread::sleep(Duration::from_millis(300));
    }
    let log = std::fs::read_to_string(terminal.folder.join("../").join(terminal.log())).unwrap();
    panic!("nobody bought: {log}");
}
