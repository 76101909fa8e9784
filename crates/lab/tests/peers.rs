//! The other protocols in the simulator: one liquidation of each, worked by hand, and what holds
//! for all of them.

use breakwater_lab::mechanisms::{
    aave_v3::AaveV3, aave_v4::AaveV4, blend::Blend, comet::Comet, euler::Euler, maker::Maker,
    morpho::Morpho, peers, AssetSpec, Design, Fill, Lot, Market, Mechanism, Position, Quote,
    Refused, Start, TOKEN, USD,
};
use breakwater_protocol::Price;
use proptest::prelude::*;

const START_MS: u64 = 1_700_000_000_000;
/// More than anything costs.
const ALL: u128 = 1_000_000_000_000_000_000_000_000;

/// Loans against ether at 2,000 dollars, liquidated at 80 %.
fn open(design: &dyn Design, positions: &[Position]) -> Box<dyn Mechanism> {
    let market = Market {
        assets: vec![AssetSpec {
            name: "ETH".into(),
            price_wad: 2_000 * TOKEN,
            ltv_bps: 7_500,
            threshold_bps: 8_000,
            depth: 1_000 * TOKEN,
        }],
        supplied: ALL,
        staked: 0,
        min_debt: 100 * USD,
        reaction_ms: 0,
        now_ms: START_MS,
    };
    design.open(&market, positions).unwrap()
}

fn look(balances: &mut dyn Mechanism, seconds: u64, cents: u128) {
    let (price_wad, time_ms) = (cents * (TOKEN / 100), START_MS + seconds * 1_000);
    balances.observe(
        time_ms,
        &[Quote { price_wad, time_ms, judged: Price::exact(price_wad, time_ms) }],
    );
}

/// 10 ether against 15,500 dollars, at 1,900: health 0.98064516...
fn fallen(design: &dyn Design) -> Box<dyn Mechanism> {
    let position = Position { asset: 0, collateral: 10 * TOKEN, debt: 15_500 * USD };
    let mut balances = open(design, &[position]);
    look(balances.as_mut(), 10, 190_000);
    balances
}

fn lot(balances: &dyn Mechanism) -> Lot {
    let mut lots = Vec::new();
    balances.lots(&[0], &mut lots);
    assert_eq!(lots.len(), 1);
    lots[0]
}

fn take(balances: &mut dyn Mechanism, max_pay: u128) -> Result<Fill, Refused> {
    let lot = lot(balances);
    let quoted = balances.quote(lot, max_pay);
    let taken = balances.take(lot, max_pay, 0);
    assert_eq!(quoted, taken);
    taken
}

#[test]
fn aave_v3() {
    let mut balances = fallen(&AaveV3::default());
    assert_eq!(balances.start(0, 0), Err(Refused::Unsupported));
    // Half, 7,750: 4.078947... ether and 5 %, of which 5 % a tenth is the treasury's.
    let fill = take(balances.as_mut(), ALL).unwrap();
    let expected = Fill {
        paid: 7_750 * USD,
        received: 4_262_499_999_999_999_998,
        repaid: 7_750 * USD,
        seized: 4_282_894_736_842_105_262,
        bad_debt: 0,
    };
    assert_eq!(fill, expected);
    // Health is 8,690.05... / 7,750 now.
    assert_eq!(take(balances.as_mut(), ALL), Err(Refused::Healthy));
}

/// 1.6 ether against 2,480 at 1,900: all but 1,000 of debt, or half of all.
#[test]
fn aave_v3_sells_what_leaves_no_dust() {
    let position = Position { asset: 0, collateral: 16 * TOKEN / 10, debt: 2_480 * USD };
    let mut balances = open(&AaveV3::default(), &[position]);
    look(balances.as_mut(), 10, 190_000);
    // Half leaves 1,240 of debt and 3,040 - 1,302 of collateral.
    assert_eq!(balances.quote(lot(balances.as_ref()), ALL).unwrap().paid, 1_240 * USD);
    // At 0.93, all may be sold: 2,480, or at most what leaves 1,000 of each.
    look(balances.as_mut(), 20, 180_000);
    assert_eq!(balances.quote(lot(balances.as_ref()), ALL).unwrap().paid, 2_480 * USD);
    let part = balances.quote(lot(balances.as_ref()), 2_000 * USD).unwrap();
    assert_eq!(part.paid, 1_480 * USD);
}

#[test]
fn aave_v4_as_deployed() {
    let mut balances = fallen(&AaveV4::default());
    // Of 5.55 % nine tenths at a health of 1, all at 0.90: 499 + 56 * 0.1935, 10,509.
    // (1.24 * 15,500 - 15,200) / (1.24 - 0.8 * 1.0509), up.
    let fill = take(balances.as_mut(), ALL).unwrap();
    assert_eq!((fill.paid, fill.repaid, fill.bad_debt), (10_068_122_621, 10_068_122_621, 0));
    let left = balances.position(0);
    let health = left.collateral as f64 / 1e18 * 1_900.0 * 0.8 / (left.debt as f64 / 1e6);
    assert!((health - 1.24).abs() < 1e-9, "{health}");
}

/// The terms of the repository's own liquidation tests (`SpokeLiquidationCallHelperTest`).
#[test]
fn aave_v4() {
    let terms = AaveV4 {
        target_health_wad: TOKEN / 100 * 105,
        max_bonus_health_wad: TOKEN / 10 * 7,
        bonus_factor_bps: 2_000,
        max_bonus_bps: 10_500,
        fee_bps: 1_000,
    };
    let mut balances = fallen(&terms);
    // The bonus: 1 % and 25 of 400 more basis points. (1.05 * 15,500 - 15,200) / (1.05 - 0.81), up.
    let fill = take(balances.as_mut(), ALL).unwrap();
    assert_eq!((fill.paid, fill.repaid), (4_479_166_667, 4_479_166_667));
    // Times 1.0125 / 1,900; a tenth of the 0.0125 / 1.0125 is the protocol's, rounded up.
    assert_eq!(fill.seized, 2_386_924_342_282_894_736);
    assert_eq!(fill.received, 2_383_977_522_107_236_841);
    assert_eq!(fill.bad_debt, 0);
    let left = balances.position(0);
    let health = left.collateral as f64 / 1e18 * 1_900.0 * 0.8 / (left.debt as f64 / 1e6);
    assert!((health - 1.05).abs() < 1e-9, "{health}");
}

#[test]
fn euler() {
    let mut balances = fallen(&Euler::default());
    // 15,500 at 98.064... % of the price: 8.318...; 1,550 is a tenth of it.
    let part = take(balances.as_mut(), 1_550 * USD).unwrap();
    assert_eq!((part.paid, part.repaid, part.bad_debt), (1_550 * USD, 1_550 * USD, 0));
    assert_eq!((part.received, part.seized), (831_890_581_717_451_524, 831_890_581_717_451_524));
    // At 1,000 the discount is 15 %: what is left, 9.168... ether, pays 7,792.93.
    look(balances.as_mut(), 20, 100_000);
    let rest = take(balances.as_mut(), ALL).unwrap();
    assert_eq!(rest.seized, 10 * TOKEN - part.seized);
    assert_eq!(rest.paid, 7_792_893_005);
    assert_eq!(rest.bad_debt, 13_950 * USD - rest.paid);
    assert_eq!(balances.position(0), Position::default());
}

#[test]
fn morpho() {
    let mut balances = fallen(&Morpho);
    // 1,000 and 1 / 0.94: 1,063.829787 dollars of ether.
    let part = take(balances.as_mut(), 1_000 * USD).unwrap();
    assert_eq!((part.paid, part.seized), (1_000 * USD, 559_910_414_210_526_315));
    // All the ether at 1,000 for 0.94 of its price; the rest is lost.
    look(balances.as_mut(), 20, 100_000);
    let rest = take(balances.as_mut(), ALL).unwrap();
    assert_eq!(rest.seized, 10 * TOKEN - part.seized);
    // 9,440.089585789474 dollars, rounded up, and 8,873.684211 again.
    assert_eq!(rest.paid, 8_873_684_211);
    assert_eq!(rest.bad_debt, 14_500 * USD - rest.paid);
    assert_eq!(balances.position(0), Position::default());
}

#[test]
fn comet() {
    let mut balances = fallen(&Comet::default());
    // 95 % of 19,000 is credited: 15,500 repay the debt, 2,550 are the borrower's.
    let start = balances.start(0, 0).unwrap();
    let absorbed = Start {
        reward: 0,
        repaid: 15_500 * USD,
        seized: 10 * TOKEN,
        credited: 2_550 * USD,
        bad_debt: 0,
    };
    assert_eq!(start, absorbed);
    assert_eq!(balances.position(0), Position::default());
    assert_eq!(balances.start(0, 0), Err(Refused::Healthy));
    let held = balances.inventory(0);
    assert_eq!((held.held, held.net_cost), (10 * TOKEN, 18_050_000_000));
    // Sold at 2.5 % off: 1,852.50.
    let fill = take(balances.as_mut(), 1_852_500_000).unwrap();
    assert_eq!(fill, Fill { paid: 1_852_500_000, received: TOKEN, ..Fill::default() });
    let rest = take(balances.as_mut(), ALL).unwrap();
    assert_eq!((rest.paid, rest.received), (16_672_500_000, 9 * TOKEN));
    assert_eq!(balances.inventory(0).net_cost, -475_000_000);
    let mut lots = Vec::new();
    balances.lots(&[], &mut lots);
    assert!(lots.is_empty());
}

/// A cap that does not bind.
fn roomy() -> Maker {
    Maker { hole_bps: 20_000, ..Maker::default() }
}

#[test]
fn maker() {
    let mut balances = fallen(&roomy());
    // 17,515 with penalty: a thousandth of it and 1.67 for starting.
    let start = balances.start(0, 0).unwrap();
    assert_eq!(start, Start { reward: 19_185_000, ..Start::default() });
    assert_eq!(balances.start(0, 0), Err(Refused::NotNow));
    // All of it waits in the auction.
    let position = balances.position(0);
    assert_eq!((position.collateral, position.debt), (10 * TOKEN, 15_500 * USD));
    assert_eq!(balances.repay(0, USD), Err(Refused::NotNow));
    // From 120 % of 1,900: 2,280, after 90 seconds 2,257.2.
    let first = balances.quote(lot(balances.as_ref()), 2_280 * USD).unwrap();
    assert_eq!((first.paid, first.received), (2_280 * USD, TOKEN));
    look(balances.as_mut(), 100, 180_000);
    let part = take(balances.as_mut(), 22_572 * USD / 10).unwrap();
    assert_eq!((part.paid, part.repaid, part.received), (2_257_200_000, 2_257_200_000, TOKEN));
    // The rest of 17,515: of it 13,242.8 are the debt, the penalty is the protocol's.
    let rest = take(balances.as_mut(), ALL).unwrap();
    assert_eq!((rest.paid, rest.repaid, rest.bad_debt), (15_257_800_000, 13_242_800_000, 0));
    assert_eq!(rest.received, 6_759_613_680_666_312_245);
    // What was not sold goes back.
    let left = balances.position(0);
    assert_eq!(left.debt, 0);
    assert_eq!(left.collateral, 9 * TOKEN - rest.received);
}

/// 12,915.375 dollars against 10 ether: as healthy at 150 % as 15,500 at 125 %.
#[test]
fn maker_as_deployed_is_an_hour_late() {
    let design = Maker { hole_bps: roomy().hole_bps, ..Maker::as_deployed() };
    let mut balances = fallen(&design);
    assert_eq!(balances.position(0).debt, 12_915_375_000);
    assert!((1_937 * TOKEN..1_938 * TOKEN).contains(&balances.trigger_wad(0, 8_000).unwrap()));
    assert_eq!(balances.start(0, 0), Err(Refused::Healthy), "it believes in 2,000");
    // Full hours are 2,800 seconds from the start and every 3,600.
    look(balances.as_mut(), 2_799, 190_000);
    assert_eq!(balances.start(0, 0), Err(Refused::Healthy));
    look(balances.as_mut(), 2_800, 190_000);
    assert_eq!(balances.start(0, 0), Err(Refused::Healthy), "1,900 is next");
    // The market is back, and now the vault is liquidated: at 120 % of 1,900.
    look(balances.as_mut(), 6_400, 210_000);
    assert_eq!(balances.upkeep(0).len(), 1);
    let first = balances.quote(lot(balances.as_ref()), 2_280 * USD).unwrap();
    assert_eq!((first.paid, first.received), (2_280 * USD, TOKEN));
}

#[test]
fn maker_restarts_stale_auctions() {
    let mut balances = fallen(&roomy());
    balances.start(0, 0).unwrap();
    // 8,400 seconds are not too long, but after 91 steps the price is below 40 % of its start.
    look(balances.as_mut(), 10 + 91 * 90, 150_000);
    assert!(balances.upkeep(0).is_empty());
    look(balances.as_mut(), 10 + 92 * 90, 150_000);
    assert_eq!(balances.quote(lot(balances.as_ref()), ALL), Err(Refused::NotNow));
    let again = balances.upkeep(0);
    assert_eq!(again, [(0, Start { reward: 19_185_000, ..Start::default() })]);
    // From 1,800 now: all 10 for more than 17,515.
    let fill = take(balances.as_mut(), ALL).unwrap();
    assert_eq!((fill.paid, fill.received), (17_515 * USD, 9_730_555_555_555_555_555));
}

#[test]
fn maker_leaves_bad_debt_where_the_lot_is_not_enough() {
    let mut balances = fallen(&roomy());
    balances.start(0, 0).unwrap();
    // 40 steps: 2,280 * 0.99^40 = 1,525.25...
    look(balances.as_mut(), 10 + 40 * 90, 150_000);
    let fill = take(balances.as_mut(), ALL).unwrap();
    assert_eq!(fill.received, 10 * TOKEN);
    assert_eq!((fill.paid, fill.repaid), (15_252_556_096, 15_252_556_096));
    assert_eq!(fill.bad_debt, 15_500 * USD - fill.paid);
    assert_eq!(balances.position(0), Position::default());
}

/// A tenth of two loans of 15,500 may be auctioned at a time, penalties included.
#[test]
fn maker_has_a_cap() {
    let position = Position { asset: 0, collateral: 10 * TOKEN, debt: 15_500 * USD };
    let mut balances = open(&Maker::default(), &[position, position]);
    look(balances.as_mut(), 10, 190_000);
    balances.start(0, 0).unwrap();
    assert_eq!(balances.start(1, 0), Err(Refused::NotNow));
    // 3,100 / 1.13 of 15,500, down.
    let mut lots = Vec::new();
    balances.lots(&[0, 1], &mut lots);
    let fill = balances.take(lots[0], ALL, 0).unwrap();
    assert_eq!(fill.paid, 3_100 * USD);
    // There is room again.
    assert!(balances.start(1, 0).is_ok());
    let left = balances.position(0);
    assert_eq!(left.debt, 15_500 * USD - fill.repaid);
}

#[test]
fn blend() {
    let mut balances = fallen(&Blend::default());
    balances.start(0, 0).unwrap();
    assert_eq!(balances.start(0, 0), Err(Refused::NotNow));
    // 44 %: asks for 6,820 and offers 1.1 times that in ether at 1,900, up. It starts a block later.
    assert_eq!(balances.quote(lot(balances.as_ref()), ALL), Err(Refused::NotNow));
    let at = |balances: &mut dyn Mechanism, block: u64| look(balances, 15 + block * 5, 190_000);
    at(balances.as_mut(), 0);
    assert_eq!(balances.quote(lot(balances.as_ref()), ALL), Err(Refused::Amount));
    at(balances.as_mut(), 100);
    let half = balances.quote(lot(balances.as_ref()), ALL).unwrap();
    assert_eq!((half.paid, half.received), (6_820 * USD, 1_974_210_526_315_800_000));
    at(balances.as_mut(), 200);
    let whole = balances.quote(lot(balances.as_ref()), ALL).unwrap();
    assert_eq!((whole.paid, whole.received), (6_820 * USD, 3_948_421_052_631_600_000));
    // At 300, half is asked: 1,023 are enough for 30 % of it.
    at(balances.as_mut(), 300);
    let part = take(balances.as_mut(), 1_023 * USD).unwrap();
    assert_eq!((part.paid, part.repaid), (1_023 * USD, 1_023 * USD));
    assert_eq!(
        (part.received, part.seized),
        (1_184_526_315_789_480_000, 1_184_526_315_789_480_000)
    );
    let rest = take(balances.as_mut(), ALL).unwrap();
    assert_eq!((rest.paid, rest.received), (2_387 * USD, 2_763_894_736_842_120_000));
    let left = balances.position(0);
    assert_eq!((left.debt, left.collateral), (12_090 * USD, 10 * TOKEN - whole.received));
    // They are unhealthy again, and may be auctioned again.
    assert!(balances.start(0, 0).is_ok());
}

#[test]
fn blend_borrowers_in_auction_may_only_save_themselves() {
    let mut balances = fallen(&Blend::default());
    balances.start(0, 0).unwrap();
    assert_eq!(balances.repay(0, 100 * USD), Err(Refused::NotNow));
    assert_eq!(balances.repay(0, 400 * USD), Ok(400 * USD));
    let mut lots = Vec::new();
    balances.lots(&[], &mut lots);
    assert!(lots.is_empty());
    assert_eq!(balances.start(0, 0), Err(Refused::Healthy));
}

#[test]
fn blend_sells_all_of_a_loan_beyond_help() {
    let mut balances = fallen(&Blend::default());
    look(balances.as_mut(), 20, 150_000);
    balances.start(0, 0).unwrap();
    // All 10 for 15,500 at first; for 11,625 after 250 blocks, and the rest is lost.
    look(balances.as_mut(), 25 + 250 * 5, 150_000);
    let fill = take(balances.as_mut(), ALL).unwrap();
    assert_eq!((fill.paid, fill.received), (11_625 * USD, 10 * TOKEN));
    assert_eq!(fill.bad_debt, 3_875 * USD);
    assert_eq!(balances.position(0), Position::default());
    // Or nobody wants it: it is deleted after 500 blocks.
    let mut balances = fallen(&Blend::default());
    balances.start(0, 0).unwrap();
    look(balances.as_mut(), 15 + 499 * 5, 190_000);
    assert!(balances.upkeep(0).is_empty());
    look(balances.as_mut(), 15 + 500 * 5, 190_000);
    assert_eq!(balances.upkeep(0).len(), 1);
    assert!(balances.start(0, 0).is_ok());
}

#[test]
fn healthy_accounts_are_left_alone() {
    for design in peers() {
        let position = Position { asset: 0, collateral: 10 * TOKEN, debt: 15_000 * USD };
        let mut balances = open(design.as_ref(), &[position]);
        look(balances.as_mut(), 10, 187_501);
        assert!(balances.start(0, 0).is_err(), "{}", design.name());
        let mut lots = Vec::new();
        balances.lots(&[0], &mut lots);
        for lot in lots {
            assert_eq!(balances.quote(lot, ALL), Err(Refused::Healthy), "{}", design.name());
        }
        let trigger_wad = balances.trigger_wad(0, 8_000).unwrap();
        assert!((1_875 * TOKEN..1_876 * TOKEN).contains(&trigger_wad), "{}", design.name());
        let unknown = [Position { asset: 1, ..position }];
        let market = Market {
            assets: vec![],
            supplied: 0,
            staked: 0,
            min_debt: 0,
            now_ms: 0,
            reaction_ms: 0,
        };
        assert_eq!(design.open(&market, &unknown).err(), Some(Refused::Unsupported));
    }
}

proptest! {
    /// Whatever the price does and whoever buys: a purchase is what was quoted, is within what the
    /// buyer offered, and takes from the borrower what it says.
    #[test]
    fn books_balance(
        which in 0usize..7,
        loans in proptest::collection::vec((1u128..200_000, 600u128..7_500), 1..4),
        steps in proptest::collection::vec((1u64..400, 50_000u128..250_000, 1u128..40_000), 1..40),
    ) {
        let design = &peers()[which];
        let positions: Vec<Position> = loans
            .iter()
            .map(|(milli, ltv_bps)| {
                let collateral = milli * (TOKEN / 1_000);
                let debt = milli * 2 * USD * ltv_bps / 10_000;
                Position { asset: 0, collateral, debt }
            })
            .collect();
        let mut balances = open(design.as_ref(), &positions);
        let everybody: Vec<usize> = (0..positions.len()).collect();
        let mut seconds = 0;
        for (wait_s, cents, dollars) in steps {
            seconds += wait_s;
            look(balances.as_mut(), seconds, cents);
            for account in &everybody {
                let before = balances.position(*account);
                let started = balances.start(*account, 0).unwrap_or_default();
                let after = balances.position(*account);
                prop_assert_eq!(before.debt - after.debt, started.repaid + started.bad_debt);
                prop_assert_eq!(before.collateral - after.collateral, started.seized);
            }
            balances.upkeep(0);
            let mut lots = Vec::new();
            balances.lots(&everybody, &mut lots);
            prop_assert!(lots.is_sorted());
            for lot in lots {
                let before = lot.account.map(|account| balances.position(account));
                let quoted = balances.quote(lot, dollars * USD);
                let taken = balances.take(lot, dollars * USD, 0);
                prop_assert_eq!(quoted, taken);
                let after = lot.account.map(|account| balances.position(account));
                let Ok(fill) = taken else {
                    prop_assert_eq!(before, after);
                    continue;
                };
                prop_assert!(fill.paid <= dollars * USD && fill.paid > 0);
                prop_assert!(fill.received > 0);
                prop_assert!(fill.repaid <= fill.paid);
                if let (Some(before), Some(after)) = (before, after) {
                    prop_assert_eq!(before.debt - after.debt, fill.repaid + fill.bad_debt);
                    prop_assert_eq!(before.collateral - after.collateral, fill.seized);
                    prop_assert!(fill.received <= fill.seized);
                    // Maker's auctions may be of a part of the vault.
                    if fill.bad_debt != 0 && design.name() != "Maker 2.0" {
                        prop_assert_eq!(after.collateral, 0);
                    }
                }
            }
        }
    }
}
