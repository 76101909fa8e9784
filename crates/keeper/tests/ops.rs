//! What stands in `ops/` is about metrics and faults that there are; where Prometheus's or systemd's own
//! tools are on the PATH, they take it.

use breakwater_keeper::{
    action::ActionKind,
    health::{Fault, Severity},
    metrics::Metrics,
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

const PREFIX: &str = "breakwater_keeper_";

fn ops() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ops")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(ops().join(name)).expect(name)
}

/// Names of all samples that a keeper may show: of each metric at least one is made here.
fn samples() -> BTreeSet<String> {
    let metrics = Metrics::new();
    metrics.outcome(ActionKind::Start, "done");
    metrics.endpoint("ws://a", true, 1);
    metrics.price_age(0, Some(1));
    metrics.alert("slack", "sent");
    let text = metrics.text();
    let names = text.lines().filter(|line| !line.starts_with('#'));
    names.filter_map(|line| line.split([' ', '{']).next()).map(str::to_owned).collect()
}

/// Names of a keeper's metrics in a text.
fn named(text: &str) -> BTreeSet<String> {
    let is_name = |one: char| one.is_ascii_alphanumeric() || one == '_';
    let parts = text.split(|one| !is_name(one));
    parts.filter(|part| part.starts_with(PREFIX)).map(str::to_owned).collect()
}

fn require_known(what: &str, text: &str) {
    let samples = samples();
    let names = named(text);
    assert!(!names.is_empty(), "{what} names no metric");
    for name in names {
        assert!(samples.contains(&name), "{what}: there is no metric {name}");
    }
}

/// A tool, if it is there.
fn tool(name: &str) -> Option<Command> {
    let is_there = Command::new(name).arg("--version").output().is_ok();
    if !is_there {
        println!("{name} is not on the PATH: what it would say is not known");
    }
    is_there.then(|| Command::new(name))
}

fn must(mut command: Command) {
    let output = command.output().expect("runs");
    let text = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&text));
}

fn dashboard() -> Value {
    serde_json::from_str(&read("grafana-dashboard.json")).expect("the dashboard is JSON")
}

fn expressions(dashboard: &Value) -> Vec<String> {
    let panels = dashboard["panels"].as_array().expect("panels");
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().expect("targets"));
    targets.map(|target| target["expr"].as_str().expect("an expression").to_owned()).collect()
}

#[test]
fn rules_are_about_metrics_that_there_are() {
    require_known("prometheus-rules.yml", &read("prometheus-rules.yml"));
    if let Some(mut promtool) = tool("promtool") {
        promtool.current_dir(ops()).args(["check", "rules", "prometheus-rules.yml"]);
        must(promtool);
        let mut tests = Command::new("promtool");
        tests.current_dir(ops()).args(["test", "rules", "prometheus-rules.test.yml"]);
        must(tests);
        let mut config = Command::new("promtool");
        config.current_dir(ops()).args(["check", "config", "prometheus.yml"]);
        must(config);
    }
}

#[test]
fn the_dashboard_shows_metrics_that_there_are_and_its_panels_do_not_overlap() {
    let dashboard = dashboard();
    let expressions = expressions(&dashboard);
    expressions.iter().for_each(|expression| require_known("the dashboard", expression));
    let place = |panel: &Value| ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64());
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut taken = BTreeSet::new();
    for panel in panels {
        assert!(panel["title"].is_string() && panel["type"].is_string());
        let [x, y, w, h] = place(panel).map(|side| side.expect("a place"));
        assert!(w > 0 && h > 0 && x + w <= 24, "{}", panel["title"]);
        for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(taken.insert(cell), "{} overlaps another", panel["title"]);
        }
    }
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64()).collect();
    assert_eq!(ids.len(), panels.len());
    if let Some(mut promtool) = tool("promtool") {
        // Each expression as a rule of its own, with the variables filled in as Grafana does.
        let rules = expressions.iter().enumerate().map(|(at, expression)| {
            let expression = expression.replace("$instance", ".*");
            format!("      - record: panel_{at}\n        expr: {expression:?}\n")
        });
        let text = format!("groups:\n  - name: panels\n    rules:\n{}", rules.collect::<String>());
        let file = std::env::temp_dir().join(format!("breakwater-panels-{}", std::process::id()));
        std::fs::write(&file, text).expect("writes");
        promtool.args(["check", "rules"]).arg(&file);
        must(promtool);
        std::fs::remove_file(file).expect("removes");
    }
}

#[test]
fn every_fault_has_its_place_in_the_runbook() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/keepers.md");
    let page = std::fs::read_to_string(page).expect("the page");
    for fault in Fault::ALL {
        let heading = format!("### {}", fault.name());
        let section = page.split(&heading).nth(1).unwrap_or_else(|| panic!("{heading} is missing"));
        let section = section.split("\n###").next().unwrap_or_default();
        let severity = match fault.severity() {
            Severity::Critical => "Critical",
            Severity::Warning => "Warning",
        };
        assert!(section.contains(severity), "{heading} does not say that it is {severity}");
    }
    // What the rules point to is there.
    for line in read("prometheus-rules.yml").lines().filter(|line| line.contains("keepers.md#")) {
        let Some((_, anchor)) = line.split_once("keepers.md#") else { continue };
        let anchor = anchor.trim_end_matches('"');
        assert!(anchor.contains("$labels") || page.contains(&format!("### {anchor}")), "{anchor}");
    }
}

#[test]
fn the_service_is_one_that_systemd_takes() {
    let unit = read("breakwater-keeper.service");
    for line in ["Restart=always", "UMask=0077", "NoNewPrivileges=yes"] {
        assert!(unit.lines().any(|found| found == line), "{line}");
    }
    if tool("systemd-analyze").is_some() {
        // With a program that is there.
        let text = unit.replace("/usr/local/bin/breakwater", "/bin/true");
        let name = format!("breakwater-{}.service", std::process::id());
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, text).expect("writes");
        let mut verify = Command::new("systemd-analyze");
        verify.arg("verify").arg(&file);
        must(verify);
        std::fs::remove_file(file).expect("removes");
    }
}

/// The compose file is one that docker takes where there is docker, mounts what there is or is told to be there,
/// and its parts agree on where they listen.
#[test]
fn the_parts_of_the_compose_file_fit_together() {
    let compose = read("compose.yaml");
    let about: String = compose.lines().filter(|line| line.starts_with('#')).collect();
    let mounts = compose.lines().filter_map(|line| line.trim().strip_prefix("- ./"));
    let mut count = 0;
    for file in mounts.filter_map(|mount| mount.split(':').next()) {
        assert!(ops().join(file).exists() || about.contains(file), "{file} is not there");
        count += 1;
    }
    assert!(count >= 4, "{count}");
    let listen = about.split("http.listen = \"").nth(1).and_then(|rest| rest.split('"').next());
    let listen = listen.expect("where the keeper listens");
    assert!(read("prometheus.yml").contains(listen), "{listen} is not asked for metrics");
    // What the keeper writes must have a place that is kept.
    let store = about.split("store.path = \"").nth(1).and_then(|rest| rest.split('/').nth(1));
    assert!(compose.contains(&format!(":/{}", store.expect("where its store is"))));
    let has_compose = Command::new("docker").args(["compose", "version"]).output();
    if has_compose.is_ok_and(|output| output.status.success()) {
        let mut config = Command::new("docker");
        config.current_dir(ops()).args(["compose", "-f", "compose.yaml", "config", "--quiet"]);
        must(config);
    }
}

/// An advisory as `scripts/advisories.toml` has it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Advisory {
    id: String,
    #[serde(rename = "crate")]
    of: String,
    title: String,
    /// From the first version, up to but without the second.
    affected: Vec<[String; 2]>,
    accepted: Option<String>,
}

#[derive(serde::Deserialize)]
struct Advisories {
    advisory: Vec<Advisory>,
}

/// Major, minor and patch; what comes after is not needed here.
fn version(text: &str) -> [u64; 3] {
    let plain = text.split(['-', '+']).next().unwrap_or_default();
    let mut parts = plain.split('.').map(|part| part.parse().expect(text));
    std::array::from_fn(|_| parts.next().unwrap_or(0))
}

/// Names and versions of a lock file's packages.
fn locked(text: &str) -> Vec<(String, String)> {
    let lock: toml::Value = toml::from_str(text).expect("a lock file");
    let packages = lock["package"].as_array().expect("packages");
    let field = |package: &toml::Value, name: &str| package[name].as_str().expect(name).to_owned();
    packages.iter().map(|one| (field(one, "name"), field(one, "version"))).collect()
}

fn hits(advisories: &Advisories, packages: &[(String, String)]) -> Vec<String> {
    let mut hits = Vec::new();
    for one in advisories.advisory.iter().filter(|one| one.accepted.is_none()) {
        for (name, found) in packages.iter().filter(|(name, _)| *name == one.of) {
            let is_in =
                |[from, to]: &[String; 2]| (version(from)..version(to)).contains(&version(found));
            if one.affected.iter().any(is_in) {
                hits.push(format!("{}: {name} {found}: {}", one.id, one.title));
            }
        }
    }
    hits
}

#[test]
fn no_known_advisory_applies() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let list = std::fs::read_to_string(root.join("scripts/advisories.toml")).expect("the list");
    let advisories: Advisories = toml::from_str(&list).expect("a list");
    // The check itself: a version that is affected is found.
    let bad = [("tracing-subscriber".to_owned(), "0.3.19".to_owned())];
    assert_eq!(hits(&advisories, &bad).len(), 1);
    let lock = std::fs::read_to_string(root.join("Cargo.lock")).expect("the lock file");
    let packages = locked(&lock);
    assert!(packages.len() > 300, "{}", packages.len());
    assert_eq!(hits(&advisories, &packages), [""; 0]);
}
