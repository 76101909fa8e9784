//! Price reporters on a chain: three with keys of their own, of which two must agree; inputs that fall
//! silent, grow old or lie.

use breakwater_client::deploy::must;
use breakwater_embedded::{EmbeddedChain, Profile};
use breakwater_protocol::{
    num::{math::WAD, time::MINUTE_MS},
    oracle::{FeedConfig, SourceConfig, SourceKind},
};
use breakwater_reporter::{config::Config, decide::Due, FeedOutcome, Reporter};
use breakwater_tests::{keeper::Folder, Stage};
use sp_core::{ecdsa, sr25519, Pair};

/// A reporter with a key of its own and a file with a price.
fn reporter(stage: &mut Stage, folder: &Folder, number: u8, more: &str) -> Reporter {
    let scheme = if number == 2 { "ecdsa" } else { "sr25519" };
    let hex = |bytes: &[u8; 32]| format!("0x{}", sp_core::hexdisplay::HexDisplay::from(bytes));
    let variable = format!("BREAKWATER_TEST_REPORTER_{number}");
    std::env::set_var(&variable, format!("//Reporter//{number}"));
    std::env::set_var("BREAKWATER_TEST_RELAY", "//Bob");
    let file = folder.file(&format!("price{number}"));
    let text = format!(
        "node = \"none\"\noracle = \"{}\"\n[reporter]\nkey_env = \"{variable}\"\nscheme = \"{scheme}\"\n\
         [relay]\nkey_env = \"BREAKWATER_TEST_RELAY\"\nfile = {:?}\n[[feed]]\ntoken = \"{}\"\n\
         source = {number}\ndeviation_bps = 50\nheartbeat_ms = 600000\n{more}\
         [[feed.input]]\nfile = {file:?}\n",
        hex(&stage.on.oracle.address),
        folder.file(&format!("reports{number}.toml")),
        hex(&stage.on.eth.address),
    );
    let config = Config::parse(&text).expect("a configuration");
    Reporter::start(config, stage.chain).expect("starts")
}

fn says(folder: &Folder, number: u8, price: &str) {
    std::fs::write(folder.file(&format!("price{number}")), price).expect("writes");
}

fn round(stage: &mut Stage, reporter: &mut Reporter) -> FeedOutcome {
    reporter.round(stage.chain).expect("a round").pop().expect("a feed")
}

#[test]
fn three_reporters_make_a_price_and_one_that_lies_does_not() {
    let mut chain = EmbeddedChain::new(Profile::Node).expect("a chain");
    let mut stage = Stage::new(&mut chain);
    let folder = Folder::new("reporters");
    let keys = [
        SourceKind::Sr25519 {
            key: sr25519::Pair::from_string("//Reporter//0", None).unwrap().public().0,
        },
        SourceKind::Sr25519 {
            key: sr25519::Pair::from_string("//Reporter//1", None).unwrap().public().0,
        },
        SourceKind::Ecdsa {
            key: ecdsa::Pair::from_string("//Reporter//2", None).unwrap().public().0,
        },
    ];
    let plain = FeedConfig::pushed([0; 32], 30 * MINUTE_MS, 0);
    let source = |kind| SourceConfig { kind, ..plain.sources[0].clone() };
    let config =
        FeedConfig { sources: keys.map(source).into(), quorum: 2, join_bps: 500, ..plain.clone() };
    let (oracle, token, admin) = (stage.on.oracle, stage.on.eth.address, stage.admin.clone());
    must(stage.chain, &admin, vec![oracle.configure(token, &config)]).expect("is configured");
    stage.pass_ms(1_000);
    let price = |stage: &mut Stage| {
        let prices = oracle.prices(stage.chain, &[token]).expect("prices");
        prices[0].map_or(0, |price| price.mid_wad)
    };
    let mut three: Vec<Reporter> =
        (0..3).map(|number| reporter(&mut stage, &folder, number, "")).collect();
    for number in 0..3 {
        says(&folder, number, "200.5\n");
    }
    for one in &mut three {
        assert_eq!(round(&mut stage, one), FeedOutcome::Reported(Due::First));
        stage.pass_ms(1_000);
    }
    assert_eq!(price(&mut stage), 2_005 * WAD / 10);
    // Nothing has moved far, and nothing is old.
    says(&folder, 0, "200.9");
    for one in &mut three {
        assert_eq!(round(&mut stage, one), FeedOutcome::NotDue);
    }
    // One lies: the others are the price.
    says(&folder, 0, "190");
    assert!(matches!(round(&mut stage, &mut three[0]), FeedOutcome::Reported(Due::Moved(_))));
    assert_eq!(price(&mut stage), 2_005 * WAD / 10);
    // What is written for keepers is what was signed.
    let text = std::fs::read_to_string(folder.file("reports0.toml")).expect("reports");
    let reports = breakwater_keeper::strategy::ReportFile::parse(&text).expect("are read");
    assert_eq!((reports.len(), reports[0].value), (1, 190 * WAD));
    // Ten minutes later the others say the same again.
    stage.pass_ms(10 * MINUTE_MS);
    for one in &mut three[1..] {
        assert!(matches!(round(&mut stage, one), FeedOutcome::Reported(Due::Old(_))));
        stage.pass_ms(1_000);
    }
    // A reporter that is started anew knows what it has said.
    let mut again = reporter(&mut stage, &folder, 1, "");
    assert_eq!(round(&mut stage, &mut again), FeedOutcome::NotDue);
    // No price, no report; and a key that is not the source's is refused.
    says(&folder, 1, "no price");
    assert!(matches!(round(&mut stage, &mut again), FeedOutcome::Failed(_)));
    std::env::set_var("BREAKWATER_TEST_OTHER", "//Mallory");
    let text = format!(
        "node = \"none\"\noracle = \"0x{}\"\n[reporter]\nkey_env = \"BREAKWATER_TEST_OTHER\"\n[relay]\n\
         file = \"x\"\n[[feed]]\ntoken = \"0x{}\"\nsource = 0\n[[feed.input]]\nfile = \"x\"\n",
        sp_core::hexdisplay::HexDisplay::from(&oracle.address),
        sp_core::hexdisplay::HexDisplay::from(&token),
    );
    let config = Config::parse(&text).expect("a configuration");
    let error = Reporter::start(config, stage.chain).err().expect("is refused").to_string();
    assert!(error.contains("not this key's"), "{error}");
}
