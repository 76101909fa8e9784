//! The keeper on a real node.

use breakwater_tests::{
    keeper::{self, assert_knows_all, borrowers, fall, settle, Folder, WITH_MONEY},
    node, Stage,
};

/// From a fall of the price to healthy accounts: starts, takes, and what the keeper knows.
#[test]
fn a_keeper_liquidates_and_takes() {
    let Some((process, mut chain)) = node("a_keeper_liquidates_and_takes") else { return };
    let folder = Folder::new("keeper");
    let mut stage = Stage::new(&mut chain);
    let own = stage.loan();
    let others = borrowers(&mut stage, 5);
    let mut everybody: Vec<_> = others.iter().map(|signer| signer.account()).collect();
    everybody.extend([own, stage.lender.account(), stage.keeper.account()]);

    let config = keeper::config(&stage, &[process.url()], &folder.file("a.redb"), WITH_MONEY);
    let (mut keeper, metrics) = keeper::start(config, &stage.keeper, keeper::to_nodes());
    settle(&mut keeper);
    assert_eq!(metrics.count("start", "sent"), 0, "nobody is unhealthy");
    assert_knows_all(&keeper, &mut stage, &everybody);

    let had = stage.usd(stage.keeper.account());
    fall(&mut stage, 180);
    settle(&mut keeper);
    assert_eq!(metrics.count("start", "done"), 1, "all in one transaction");
    assert_eq!(keeper.book().auctions.len(), 6);
    // Half an hour later the bonus is at its highest.
    stage.pass_ms(30 * 60_000);
    stage.price(180);
    settle(&mut keeper);
    assert!(metrics.count("take", "done") >= 1);
    assert_eq!(keeper.book().auctions.len(), 0, "all are healthy again");
    assert_knows_all(&keeper, &mut stage, &everybody);
    assert!(stage.usd(stage.keeper.account()) < had, "paid with own money");
    assert_eq!(metrics.mismatches.get(), 0);
    stage.assert_backed();
}
