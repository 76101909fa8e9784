//! A bound only says whom nobody has to ask: every quote lies within it, and where everybody is asked all the same, the
//! run is the same.

use breakwater_lab::{
    engine::{run, Options},
    keepers::{usd, ALL_OF_IT},
    mechanisms::{
        breakwater::{Breakwater, Settings},
        maker::Maker,
        Account, Asset, Bound, Design, Fill, Inventory, Keeper, Level, Lot, Market, Mechanism,
        Position, Quote, Refused, Start, TOKEN,
    },
    scenario::{Scenario, Source},
    world::World,
};
use std::cell::Cell;

thread_local! {
    /// Bounds that said something, and those of them that left nothing for sale.
    static BOUNDED: Cell<(u32, u32)> = const { Cell::new((0, 0)) };
}

/// A design whose bounds are held against its quotes, and then kept back.
struct Asking(Box<dyn Design>);

impl Design for Asking {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn about(&self) -> &str {
        self.0.about()
    }

    fn open(&self, market: &Market, positions: &[Position]) -> Result<Box<dyn Mechanism>, Refused> {
        Ok(Box::new(Asked(self.0.open(market, positions)?)))
    }
}

struct Asked(Box<dyn Mechanism>);

impl Asked {
    fn hold(&self, lot: Lot, bound: Bound, max_pay: u128) -> u128 {
        let Ok(fill) = self.0.quote(lot, max_pay) else { return 0 };
        let tokens = fill.received as f64 / TOKEN as f64;
        assert!(usd(fill.paid) / tokens >= bound.least_usd, "{lot:?}: {bound:?} {fill:?}");
        assert!(tokens <= bound.most_tokens, "{lot:?}: {bound:?} {fill:?}");
        fill.paid
    }
}

impl Mechanism for Asked {
    fn bound(&self, lot: Lot) -> Bound {
        let bound = self.0.bound(lot);
        if bound != Bound::NONE {
            let (said, unsold) = BOUNDED.get();
            BOUNDED.set((said + 1, unsold + u32::from(bound == Bound::UNSOLD)));
        }
        let paid = self.hold(lot, bound, ALL_OF_IT);
        self.hold(lot, bound, paid / 3);
        Bound::NONE
    }

    fn observe(&mut self, now_ms: u64, quotes: &[Quote]) {
        self.0.observe(now_ms, quotes);
    }

    fn position(&self, account: Account) -> Position {
        self.0.position(account)
    }

    fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused> {
        self.0.repay(account, amount)
    }

    fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused> {
        self.0.top_up(account, units)
    }

    fn start(&mut self, account: Account, keeper: Keeper) -> Result<Start, Refused> {
        self.0.start(account, keeper)
    }

    fn upkeep(&mut self, keeper: Keeper) -> Vec<(Account, Start)> {
        self.0.upkeep(keeper)
    }

    fn lots(&self, below: &[Account], out: &mut Vec<Lot>) {
        self.0.lots(below, out);
    }

    fn quote(&self, lot: Lot, max_pay: u128) -> Result<Fill, Refused> {
        self.0.quote(lot, max_pay)
    }

    fn take(&mut self, lot: Lot, max_pay: u128, keeper: Keeper) -> Result<Fill, Refused> {
        self.0.take(lot, max_pay, keeper)
    }

    fn backstop(&mut self, lot: Lot) -> Result<Fill, Refused> {
        self.0.backstop(lot)
    }

    fn bought(&mut self) -> Vec<(Lot, Fill)> {
        self.0.bought()
    }

    fn trigger_wad(&self, account: Account, threshold_bps: u16) -> Option<u128> {
        self.0.trigger_wad(account, threshold_bps)
    }

    fn inventory(&self, asset: Asset) -> Inventory {
        self.0.inventory(asset)
    }

    fn washed_usd(&self) -> f64 {
        self.0.washed_usd()
    }

    fn level(&self, asset: Asset) -> Level {
        self.0.level(asset)
    }

    fn borrowable_bps(&self, asset: Asset, ltv_bps: u16) -> u16 {
        self.0.borrowable_bps(asset, ltv_bps)
    }
}

/// A fall of 30 % in twelve hours, with jumps, on small loans too, whose reward has a floor.
fn crash() -> Scenario {
    let mut scenario = Scenario::default();
    scenario.prices.source = Source::Synthetic;
    scenario.prices.synthetic.days = 0.5;
    scenario.prices.synthetic.drift_per_day = -0.7;
    scenario.borrowers.count = 60;
    scenario.borrowers.smallest_usd = 150.0;
    scenario
}

#[test]
fn every_quote_is_within_its_bound_and_asking_everybody_changes_nothing() {
    let designs: [fn() -> Box<dyn Design>; 4] = [
        || Box::new(Breakwater::full(Settings::default())),
        || Box::new(Breakwater::named("day one", Settings::day_one())),
        || Box::new(Maker::default()),
        || Box::new(Maker::as_deployed()),
    ];
    let scenario = crash();
    for seed in 1..4 {
        let world = World::new(&scenario, seed).expect("a world");
        for (place, design) in designs.iter().enumerate() {
            BOUNDED.set((0, 0));
            let options = Options { lent_backstop: place == 2, ..Options::default() };
            let told = run(&world, design().as_ref(), options).expect("runs");
            let asked = run(&world, &Asking(design()), options).expect("runs");
            assert!(told.fills > 0, "{} {seed}", design().name());
            assert_eq!(format!("{told:?}"), format!("{asked:?}"), "{} {seed}", design().name());
            let (said, unsold) = BOUNDED.get();
            assert!(said > 100 && unsold < said, "{}: {said} {unsold}", design().name());
        }
    }
}
