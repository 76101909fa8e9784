//! § G5: what liquidations can sell in any time, whatever happens, as a theorem in integers.

use breakwater_protocol::{
    gradual::{meter::depths_up, AuctionConfig, Gradual, Pace, Seller, Standing},
    num::{math::WAD, time::MINUTE_MS},
    Error,
};
use primitive_types::U256;
use proptest::prelude::*;

/// ln 2, wad, rounded up.
const LN_2_WAD: u128 = 693_147_180_559_945_310;

/// What the world does.
#[derive(Clone, Debug)]
enum Act {
    Wait(u64),
    Touch,
    /// Accounts that count start or end.
    Waiting(u32),
    Stock(bool),
    /// The price is good since now, or not good.
    Price(bool),
    /// The pool stands so.
    Pool(u128, u128),
    /// A part of the room in thousandths, or at least a unit more than it.
    Sell(u32, bool),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..40 * MINUTE_MS).prop_map(Act::Wait),
        1 => (0..3 * 24 * 60 * MINUTE_MS).prop_map(Act::Wait),
        2 => (0..3u64).prop_map(Act::Wait),
        1 => Just(Act::Touch),
        1 => (0..3u32).prop_map(Act::Waiting),
        1 => any::<bool>().prop_map(Act::Stock),
        1 => any::<bool>().prop_map(Act::Price),
        1 => (0..=WAD, 0..=WAD).prop_map(|(sized, spent)| Act::Pool(sized, spent)),
        // All there is, again and again: who wants to break the bound.
        5 => any::<bool>().prop_map(|stock| Act::Sell(1_000, stock)),
        2 => (1..1_000u32, any::<bool>()).prop_map(|(part, stock)| Act::Sell(part, stock)),
    ]
}

fn config() -> impl Strategy<Value = AuctionConfig> {
    let pace =
        || {
            (1_000..20_000u32, 1..20_000u32, 0..200u16).prop_map(|(cap_ppm, rise, urgency_bps)| {
                Pace { cap_ppm, rise_mbps_per_min: rise, urgency_bps }
            })
        };
    (pace(), pace(), 0..=10_000u16, 1..300u64, 10..2_000u16, 0..300u16, 1..400u16, 1..90u16)
        .prop_map(|(alone, backed, spent, half_min, fall, floor, max, slice)| AuctionConfig {
            alone,
            backed,
            spent_share_bps: spent,
            half_life_ms: half_min * MINUTE_MS,
            fall_bps_per_depth: fall,
            floor_bps: floor,
            max_bonus_bps: max.max(100),
            slice_bps: slice,
            ..AuctionConfig::default()
        })
}

/// A world that notes its sales: time and depths, wad, rounded up.
struct World {
    config: AuctionConfig,
    depth: u128,
    gradual: Gradual,
    pace: Pace,
    stock: bool,
    fresh_since: Option<u64>,
    now_ms: u64,
    sales: Vec<(u64, u128)>,
}

impl World {
    fn new(config: AuctionConfig, depth: u128) -> Self {
        let now_ms = 1_600_000_000_000;
        Self {
            config,
            depth,
            gradual: Gradual::new(now_ms),
            pace: config.pace(&Standing::default()),
            stock: false,
            fresh_since: Some(0),
            now_ms,
            sales: Vec::new(),
        }
    }

    fn touch(&mut self) {
        let Self { config, pace, stock, fresh_since, now_ms, .. } = *self;
        self.gradual.touch(&config, &pace, stock, fresh_since, now_ms);
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Wait(ms) => self.now_ms += ms,
            Act::Touch => self.touch(),
            Act::Waiting(count) => {
                self.touch();
                self.gradual.waiting = count;
            }
            Act::Stock(stock) => {
                self.touch();
                self.stock = stock;
            }
            Act::Price(good) => {
                // Nobody touches at a break: the next message knows only since when it is good.
                self.fresh_since = good.then_some(self.now_ms);
            }
            Act::Pool(sized_wad, spent_wad) => {
                self.touch();
                self.pace = self.config.pace(&Standing { sized_wad, spent_wad });
            }
            Act::Sell(part, stock) => {
                self.touch();
                let seller = if stock { Seller::Stock } else { Seller::Account };
                self.sell(part, seller);
            }
        }
    }

    fn sell(&mut self, part: u32, seller: Seller) {
        let Self { config, pace, depth, .. } = *self;
        let room = self.gradual.room_down(&config, &pace, seller, depth).unwrap();
        let before = self.gradual;
        assert_eq!(
            self.gradual.sell(&config, &pace, seller, depth, room + 1),
            Err(Error::VelocityLimitReached)
        );
        assert_eq!(self.gradual, before);
        let units = (room / 1_000 * u128::from(part)).max(u128::from(part == 1_000) * room);
        self.gradual.sell(&config, &pace, seller, depth, units).unwrap();
        if units != 0 {
            self.sales.push((self.now_ms, depths_up(units, depth).unwrap()));
        }
    }

    /// Both bounds in every window that begins and ends with a sale; exactly.
    fn check(&self) {
        let Self { config, .. } = self;
        let cap = U256::from(config.most_cap_wad());
        let half_ms = U256::from(config.half_life_ms);
        let band = u64::from(config.floor_bps) + u64::from(config.max_bonus_bps);
        for (first, (from_ms, _)) in self.sales.iter().enumerate() {
            let mut sum = U256::zero();
            for (until_ms, depths_wad) in &self.sales[first..] {
                sum += U256::from(*depths_wad);
                let ms = U256::from(until_ms - from_ms);
                // 10^16 Q <= cap (1 + ln 2 T / h), all times h and 10^18.
                let sold = sum / U256::from(100u8) * half_ms * U256::from(WAD);
                let most = cap * (half_ms * U256::from(WAD) + U256::from(LN_2_WAD) * ms);
                assert!(sold <= most, "the meter: {sum} in {ms} ms");
                // k Q <= band + rise T, in 10^-18 of a basis point times 60,000 ms x 1,000.
                let fallen =
                    sum * U256::from(config.fall_bps_per_depth) * U256::from(60_000_000u64);
                let rise = U256::from(config.most_rise_mbps_per_min()) * ms;
                let most = (U256::from(band) * U256::from(60_000_000u64) + rise) * U256::from(WAD);
                assert!(fallen <= most, "the price: {sum} in {ms} ms");
            }
        }
        let bonus = self.gradual.common.bonus_pico;
        let bps = 100_000_000;
        assert!(bonus >= -i64::from(config.floor_bps) * bps);
        assert!(bonus <= i64::from(config.max_bonus_bps) * bps);
        assert!(self.gradual.meter.impact_wad <= config.most_cap_wad());
    }
}

/// The bound with the default's numbers: an hour, six, a day.
#[test]
fn the_bound_in_numbers() {
    let config = AuctionConfig::default();
    let (cap, half_h) = (f64::from(config.backed.cap_ppm) / 1e4, 0.5);
    let by_meter = |hours: f64| cap * (1.0 + std::f64::consts::LN_2 * hours / half_h);
    // A seller who takes all there is at every minute.
    for hours in [1u64, 6, 24] {
        let mut world = World::new(config, 1_000_000_000);
        world.pace = config.pace(&Standing { sized_wad: WAD, spent_wad: 0 });
        world.gradual.waiting = 1;
        world.gradual.common.bonus_pico = i64::from(config.max_bonus_bps) * 100_000_000;
        world.act(&Act::Sell(1_000, false));
        for _ in 0..hours * 60 {
            world.act(&Act::Wait(MINUTE_MS));
            world.act(&Act::Sell(1_000, false));
        }
        world.check();
        let sold: f64 = world.sales.iter().map(|(_, depths)| *depths as f64 / 1e18).sum();
        let most = by_meter(hours as f64);
        assert!(sold <= most, "{sold} of {most} in {hours} h");
        // It is no loose bound while the price has room.
        assert!(hours > 1 || sold > 0.9 * most, "{sold} of {most} in {hours} h");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn no_sequence_of_acts_sells_more(
        config in config(),
        depth in prop_oneof![1..1_000u128, 1_000_000..10u128.pow(30)],
        acts in prop::collection::vec(act(), 1..120),
    ) {
        let mut world = World::new(config, depth);
        for act in &acts {
            world.act(act);
        }
        world.check();
    }

    /// The same with everything in the seller's favour: something waits always, the price is good,
    /// the pool is wherever they want it.
    #[test]
    fn nor_does_who_has_everything_his_way(
        config in config(),
        waits in prop::collection::vec((0..60 * MINUTE_MS, any::<bool>(), 0..=WAD), 1..150),
    ) {
        let mut world = World::new(config, 10u128.pow(24));
        world.gradual.waiting = 1;
        for (ms, stock, standing) in waits {
            world.act(&Act::Wait(ms));
            world.act(&Act::Pool(standing, WAD - standing));
            world.act(&Act::Sell(1_000, stock));
        }
        world.check();
    }
}
