//! Long random use of a market with every feature: no invariant breaks, and nobody is ever kept
//! from repaying, topping up, or taking back collateral without debt.

use breakwater_model::{
    random::{Step, World},
    Done,
};
use rand_chacha::{rand_core::SeedableRng, ChaCha8Rng};

/// `$RANDOM_STEPS` makes the test longer; seeds are the same in every run. More steps are more worlds:
/// an old one, whose lenders have lost their money, has little left to happen.
fn steps() -> u32 {
    std::env::var("RANDOM_STEPS").ok().and_then(|text| text.parse().ok()).unwrap_or(400_000)
}

#[test]
fn no_invariant_breaks() {
    let runs = u64::from(steps() / 2_500).max(20);
    let (mut acted, mut started, mut taken, mut lost, mut cured) = (0, 0, 0, 0, 0);
    let (mut delisted, mut collected, mut batches) = (0, 0, 0);
    let (mut bought, mut staked, mut unstaked, mut sold) = (0, 0, 0, 0);
    for seed in 0..runs {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        // Every fourth has the default rules.
        let mut world = match seed % 4 {
            0 => World::new(),
            _ => World::random(&mut random),
        };
        for number in 0..steps() / runs as u32 {
            let step = Step::random(&mut random);
            let done = world
                .play(&step)
                .unwrap_or_else(|why| panic!("seed {seed}, step {number}, {step:?}: {why}"));
            if let Some(done) = &done {
                bought += done.bought().len() as u32;
                let all = done.written_off();
                lost += u32::from(all.iter().any(|lost| !lost.bad_debt.is_empty()));
            }
            match done {
                Some(Done::Acted { cured: true, .. }) | Some(Done::Cured) => cured += 1,
                Some(Done::Acted { .. }) => acted += 1,
                Some(Done::Started(_)) => started += 1,
                Some(Done::StartedMany { count, .. }) => started += count,
                Some(Done::Taken { filled: Some(_), .. }) => taken += 1,
                Some(Done::Collected(_)) => collected += 1,
                Some(Done::TakenMany { orders, .. }) => {
                    batches += u32::from(orders.iter().any(|order| matches!(order, Ok(Some(_)))));
                }
                Some(Done::Staked(_)) => staked += 1,
                Some(Done::Unstaked(_)) => unstaked += 1,
                Some(Done::StockSold(_)) => sold += 1,
                _ => {}
            }
        }
        delisted += world.wind_down().unwrap_or_else(|why| panic!("seed {seed}, the end: {why}"));
    }
    println!("{delisted} reserves wound down, {collected} collections, {batches} batches of takes");
    assert!(delisted > 0 && collected > 0 && batches > 0, "{delisted} {collected} {batches}");
    println!("{acted} acts, {started} auctions, {taken} takes, {lost} losses, {cured} cures");
    println!("{bought} purchases, {staked} stakes, {unstaked} taken out, {sold} sales of stock");
    // Otherwise the steps would prove little.
    let each = steps() / 4_000;
    for count in [acted, started, taken, cured, 10 * lost] {
        assert!(count >= each, "{acted} {started} {taken} {lost} {cured}");
    }
    for count in [bought, staked, unstaked, sold] {
        assert!(count >= each / 4, "{bought} {staked} {unstaked} {sold}");
    }
}
