//! Keepers of several markets in one process, and a configuration that changes while they run.

use breakwater_chain::{address::to_ss58, AccountId, Signer};
use breakwater_embedded::EmbeddedChain;
use breakwater_keeper::{
    config::several,
    fleet::{Fleet, Launch},
    http::Shown,
    service::KeeperError,
};
use breakwater_protocol::num::time::MINUTE_MS;
use breakwater_tests::{
    keeper::{borrowers, shared::chain, to_shared, until, Folder},
    stage::USD,
    Stage,
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// A market's entry: name, market, key.
type Entry<'e> = (&'e str, AccountId, &'e str);

/// A configuration in a file, with the keys in files beside it.
struct File<'f> {
    folder: &'f Folder,
}

impl File<'_> {
    fn path(&self) -> PathBuf {
        self.folder.file("keeper.toml")
    }

    /// Writes entries, and what each has besides.
    fn write(&self, entries: &[(Entry<'_>, &str)]) {
        let mut text = "[chain]\nendpoints = [\"embedded\"]\npoll_ms = 10\n\
                        [takes]\nenabled = false\nexit_bps = 0\n"
            .to_owned();
        for ((name, market, key), more) in entries {
            let (store, secret) = (
                self.folder.file(&format!("{name}.redb")),
                self.folder.file(&format!("{name}.key")),
            );
            std::fs::write(&secret, key).expect("written");
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(0o600)).expect("set");
            text += &format!(
                "[[market]]\nname = \"{name}\"\nmarket = \"{}\"\nsigner.uri_file = {secret:?}\n\
                 store.path = {store:?}\n{more}\n",
                to_ss58(market)
            );
        }
        std::fs::write(self.path(), text).expect("written");
    }
}

fn launch(ledger: &Arc<Mutex<EmbeddedChain>>) -> Launch {
    let ledger = Arc::clone(ledger);
    Launch {
        connect: Box::new(move |_| to_shared(&ledger)),
        dry_run: false,
        each: Arc::new(|_| {}),
    }
}

/// One keeper starts, the other takes once the file says so. A file that is wrong, or with which a keeper can't
/// start, changes nothing; a market that is no longer in it is let go.
#[test]
fn a_configuration_is_taken_over_while_it_runs() {
    let mut chain = chain();
    let ledger = chain.ledger().clone();
    let folder = Folder::new("embedded-fleet");
    let file = File { folder: &folder };
    let mut stage = Stage::new(&mut chain);
    stage.loan();
    borrowers(&mut stage, 2);
    let market = stage.on.market.address;
    let (starter, taker) = (("starter", market, "//Ferdie"), ("taker", market, "//Dave"));
    let idle = "starts.enabled = false";
    let takes = "starts.enabled = false\ntakes.enabled = true\ntakes.min_profit_usd = 0.01\n\
                 inventory = [{ asset = 1, spend_max = 100000.0 }]";
    file.write(&[(starter, ""), (taker, idle)]);
    let shown = Arc::new(Shown::default());
    let members = several::load(&file.path()).expect("a configuration");
    let mut fleet = Fleet::start(launch(&ledger), members, Arc::clone(&shown)).expect("starts");
    assert_eq!(fleet.len(), 2);
    stage.price(180);
    let on = stage.on.market;
    let open = |stage: &mut Stage<'_>| on.auctions(stage.chain, 0).expect("auctions").1.len();
    until("all are started", || open(&mut stage) == 3);
    let count =
        |fleet: &Fleet, of: &str, kind| fleet.metrics(of).expect("there").count(kind, "done");
    until("it is counted", || count(&fleet, "starter", "start") >= 1);
    assert_eq!(count(&fleet, "taker", "start"), 0);
    // Half a file.
    let whole = std::fs::read_to_string(file.path()).expect("text");
    std::fs::write(file.path(), &whole[..whole.len() / 2]).expect("written");
    fleet.reload(several::load(&file.path()));
    assert_eq!(fleet.len(), 2, "the old ones stay");
    // A taker that is none: that keeper does not start with it, and goes on without.
    let wrong = format!("{takes}\ntaker = \"{}\"", to_ss58(&[0x55; 32]));
    file.write(&[(starter, ""), (taker, &wrong)]);
    fleet.reload(several::load(&file.path()));
    assert_eq!(fleet.len(), 2, "the old one is back");
    stage.pass_ms(30 * MINUTE_MS);
    stage.price(180);
    assert_eq!((count(&fleet, "taker", "take"), open(&mut stage)), (0, 3));
    // What is right is taken over, and what it knows is still there.
    file.write(&[(starter, ""), (taker, takes)]);
    fleet.reload(several::load(&file.path()));
    stage.price(180);
    until("all is taken", || open(&mut stage) == 0);
    until("it is counted", || count(&fleet, "taker", "take") >= 1);
    // One market less.
    file.write(&[(taker, takes)]);
    fleet.reload(several::load(&file.path()));
    assert_eq!(fleet.len(), 1);
    assert!(fleet.metrics("starter").is_none());
    drop(fleet);
    stage.assert_backed();
    assert!(stage.usd(Signer::from_uri("//Dave").expect("a key").account()) > USD);
}

/// One key for two markets: the second would take the first's nonces, wherever it comes from.
#[test]
fn one_key_has_one_keeper() {
    let mut chain = chain();
    let ledger = chain.ledger().clone();
    let folder = Folder::new("embedded-one-key");
    let file = File { folder: &folder };
    let stage = Stage::new(&mut chain);
    let market = stage.on.market.address;
    file.write(&[(("a", market, "//Dave"), ""), (("b", market, "//Dave"), "")]);
    let members = several::load(&file.path()).expect("files differ");
    let refused = Fleet::start(launch(&ledger), members, Arc::default()).map(drop);
    let why = refused.expect_err("one key");
    assert!(matches!(why, KeeperError::Config(_)) && why.to_string().contains("one key"), "{why}");
}
