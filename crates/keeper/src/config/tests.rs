use super::*;

const EXAMPLE: &str = include_str!("../../keeper.example.toml");

#[test]
fn the_example_is_read_and_has_every_key() {
    let config = Config::parse(EXAMPLE).expect("the example is a configuration");
    assert_eq!(config.chain.endpoints.len(), 2);
    assert_eq!(config.pool.len(), 1);
    // Every key of the structures above stands in the example, if only in a comment.
    let structures = [include_str!("mod.rs"), include_str!("sections.rs")].map(|source| {
        // Up to what comes after the structures.
        source.split("/// Why a configuration can't").next().unwrap()
    });
    let is_name = |field: &str| field.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
    for line in structures.iter().flat_map(|source| source.lines()) {
        let field = line.trim().strip_prefix("pub ").and_then(|rest| rest.split_once(':'));
        if let Some((field, _)) = field.filter(|(field, _)| is_name(field)) {
            let told = EXAMPLE.lines().any(|line| {
                let line = line.trim_start_matches(['#', ' ', '[']);
                line.starts_with(field)
            });
            assert!(told, "the example does not tell of {field}");
        }
    }
}

#[test]
fn what_is_wrong_is_said() {
    let broken = EXAMPLE.replace("poll_ms = 100", "poll_ms = 1");
    assert!(matches!(Config::parse(&broken), Err(ConfigError::OutOfRange(_))));
    let unknown = EXAMPLE.replace("poll_ms = 100", "pole_ms = 100");
    let error = Config::parse(&unknown).unwrap_err().to_string();
    assert!(error.contains("pole_ms"), "{error}");
    // A section of earlier versions: what is staked needs nobody any more.
    let staker = format!("{EXAMPLE}\n[stake]\nevery_ms = 600000\n");
    let error = Config::parse(&staker).unwrap_err().to_string();
    assert!(error.contains("unknown field `stake`"), "{error}");
}

fn write_with_mode(path: &Path, text: &str, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let file = std::env::temp_dir().join(format!("breakwater-open-key-{}", std::process::id()));
    let signer = SignerConfig { uri_env: None, uri_file: Some(file.clone()) };
    for (mode, is_private) in [(0o644, false), (0o640, false), (0o602, false), (0o600, true)] {
        write_with_mode(&file, "//Alice", mode);
        match signer.load() {
            Ok(_) => assert!(is_private, "{mode:o}"),
            Err(error) => {
                assert!(
                    !is_private
                        && matches!(error, ConfigError::Secret(SecretError::NotPrivate { .. })),
                    "{error}"
                );
                assert!(error.to_string().contains("chmod 600"), "{error}");
            }
        }
    }
    std::fs::remove_file(file).unwrap();
}

#[test]
fn others_reach_nothing_unless_told() {
    let with = |more: &str| Config::parse(&format!("{EXAMPLE}\n{more}"));
    let example = EXAMPLE.replace("[http]\n", "");
    let http = |text: &str| Config::parse(&format!("{example}\n[http]\n{text}"));
    for listen in ["127.0.0.1:9616", "[::1]:9616", "localhost:9616"] {
        assert!(http(&format!("listen = \"{listen}\"")).is_ok(), "{listen}");
    }
    for listen in ["0.0.0.0:9616", "[::]:9616", "10.0.0.1:9616", "example.org:9616"] {
        assert!(http(&format!("listen = \"{listen}\"")).is_err(), "{listen}");
        assert!(http(&format!("listen = \"{listen}\"\npublic = true")).is_ok(), "{listen}");
    }
    assert!(with("[[alert]]\nto = \"slack\"").is_err(), "no address");
    assert!(with("[[alert]]\nto = \"slack\"\nsecret_env = \"X\"").is_ok());
    assert!(with("[[alert]]\nto = \"telegram\"\nsecret_env = \"X\"").is_err(), "no chat");
    assert!(with("[[alert]]\nto = \"pagerduty\"\nurl = \"http://x\"").is_err(), "no key");
}

#[test]
fn a_key_is_never_in_an_error() {
    let file = std::env::temp_dir().join(format!("breakwater-key-{}", std::process::id()));
    write_with_mode(&file, "not a real secret ///", 0o600);
    let signer = SignerConfig { uri_env: None, uri_file: Some(file.clone()) };
    let error = signer.load().unwrap_err();
    std::fs::remove_file(file).unwrap();
    assert!(matches!(error, ConfigError::BadKey(_)), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("real"), "{error:?}");
}

#[test]
fn amounts_convert() {
    assert_eq!(usd_to_wad(1.5), 3 * WAD / 2);
    assert_eq!(to_units(2.5, 6), 2_500_000);
    let fees = FeeConfig { native_usd: 4.0, native_decimals: 10 };
    assert_eq!(fees.value_wad(5_000_000_000), 2 * WAD);
}
