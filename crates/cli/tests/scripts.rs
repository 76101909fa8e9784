//! The scripts, as far as they can be run without building anything.

use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// These hand their arguments on to the program that they build.
const HANDING_ON: [&str; 4] = ["breakwater", "demo", "simulate", "mutants"];

/// Programs in `scripts`.
fn scripts() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new(ROOT).join("scripts")).unwrap();
    let files = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files
        .filter(|path| {
            let about = path.metadata().unwrap();
            about.permissions().mode() & 0o111 != 0 && path.extension().is_none()
        })
        .collect()
}

fn run(script: &Path, arguments: &[&str], path: Option<&str>) -> Output {
    let mut command = Command::new(script);
    command.args(arguments).current_dir(ROOT);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.output().unwrap()
}

fn name(script: &Path) -> String {
    script.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn each_script_has_help_and_refuses_what_it_does_not_know() {
    let scripts = scripts();
    assert!(scripts.len() > 15, "{scripts:?}");
    for script in scripts {
        let name = name(&script);
        if name != "breakwater" {
            let help = run(&script, &["--help"], None);
            let text = String::from_utf8_lossy(&help.stdout).into_owned();
            assert!(
                help.status.success() && text.contains(&format!("usage: scripts/{name}")),
                "{name}: {text}"
            );
        }
        if !HANDING_ON.contains(&name.as_str()) {
            let wrong = run(&script, &["--bogus"], None);
            assert_eq!(wrong.status.code(), Some(2), "{name}");
            let text = String::from_utf8_lossy(&wrong.stderr).into_owned();
            assert!(
                text.contains("usage:") || text.contains("'--bogus' (see --help)"),
                "{name}: {text}"
            );
        }
    }
}

/// Before: "cargo: command not found", after what is built was announced.
#[test]
fn an_old_cargo_is_said_before_anything_is_built() {
    let folder = std::env::temp_dir().join(format!("breakwater-old-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let cargo = folder.join("cargo");
    std::fs::write(&cargo, "#!/bin/sh\necho 'cargo 1.75.0 (1d8b05cdd 2023-11-20)'\n").unwrap();
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    for script in ["setup", "simulate", "mutants", "faults"] {
        let output = run(&Path::new(ROOT).join("scripts").join(script), &[], Some(&path));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{script}: {said}");
        assert!(
            said.contains("cargo on PATH is 1.75.0") && said.contains("rustup"),
            "{script}: {said}"
        );
        assert!(!said.contains("building"), "{script}: {said}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
