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

#[test]
fn a_key_is_never_in_an_error() {
    let file = std::env::temp_dir().join(format!("breakwater-key-{}", std::process::id()));
    std::fs::write(&file, "not a real secret ///").unwrap();
    let signer = SignerConfig { uri_env: None, uri_file: Some(file.clone()) };
    let error = signer.load().unwrap_err();
    std::fs::remove_file(file).unwrap();
    assert!(!format!("{error} {error:?}").contains("real"), "{error:?}");
}

#[test]
fn amounts_convert() {
    assert_eq!(usd_to_wad(1.5), 3 * WAD / 2);
    assert_eq!(to_units(2.5, 6), 2_500_000);
    let fees = FeeConfig { native_usd: 4.0, native_decimals: 10 };
    assert_eq!(fees.value_wad(5_000_000_000), 2 * WAD);
}
