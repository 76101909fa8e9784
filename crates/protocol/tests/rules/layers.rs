//! The core's modules use each other one way only: each can be read after those it uses.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// All of a module's files, without comments.
fn source(path: &Path) -> String {
    if path.is_dir() {
        return fs::read_dir(path).unwrap().map(|entry| source(&entry.unwrap().path())).collect();
    }
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| line.split("//").next().unwrap().to_owned() + "\n").collect()
}

/// The names that stand right behind `crate::`, also those in braces.
fn names(source: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
    };
    let mut found = BTreeSet::new();
    for rest in source.split("crate::").skip(1) {
        let Some(listed) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let (mut depth, mut start) = (1, 0);
        for (place, sign) in listed.char_indices() {
            match sign {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => (),
            }
            if depth == 0 || (depth == 1 && sign == ',') {
                found.insert(word(&listed[start..place]));
                start = place + 1;
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

#[test]
fn no_module_uses_one_that_uses_it() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources: BTreeMap<String, String> = BTreeMap::new();
    for entry in fs::read_dir(&here).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        sources.insert(name, source(&path));
    }
    let root = sources.remove("lib").unwrap();
    // `pub use price::Price` makes `crate::Price` stand for `price`.
    let mut home: BTreeMap<String, String> = BTreeMap::new();
    for line in root.split(';').filter_map(|item| item.trim().strip_prefix("pub use ")) {
        let (module, items) = line.split_once("::").unwrap();
        // Types, also of modules within; modules begin with a small letter.
        for item in items.split(|sign: char| !sign.is_alphanumeric()) {
            if item.starts_with(char::is_uppercase) {
                home.insert(item.to_owned(), module.to_owned());
            }
        }
    }
    let mut left: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, source) in &sources {
        let used = names(source).into_iter().map(|name| home.get(&name).cloned().unwrap_or(name));
        let used = used.filter(|name| sources.contains_key(name) && name != module);
        left.insert(module.clone(), used.collect());
    }
    assert!(left["reserve"].contains("breaker"), "nothing was found: {left:?}");
    while !left.is_empty() {
        let ready: Vec<String> = left
            .iter()
            .filter(|(_, used)| used.iter().all(|name| !left.contains_key(name)))
            .map(|(module, _)| module.clone())
            .collect();
        assert!(!ready.is_empty(), "modules that use each other: {left:#?}");
        ready.iter().for_each(|module| drop(left.remove(module)));
    }
}
