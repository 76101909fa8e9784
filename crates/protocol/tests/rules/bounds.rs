//! Each bound of a configuration: what is at it is sound, what is one beyond is refused, by its own
//! error. The figures are those of the documentation, worked out.

use crate::common::*;
use breakwater_protocol::{
    governance::{Bounds, GovernanceError, Settings},
    num::math::WAD,
    oracle::{price::MAX_PRICE_WAD, FeedConfig, SourceConfig, SourceKind, ANY_JUMP},
    AdaptiveRate, AuctionConfig, BackstopConfig, Error, FuseConfig, KinkedRate, LiquidityConfig,
    MarketParams, Price, RateModel, ReserveConfig,
};

/// A parameter: how to set it, the least and the highest value it may have, and what is said beyond.
/// Where any value will do on a side the bound is `ANY`.
type Bound<T, E> = (&'static str, fn(&mut T, u128), u128, u128, E);
const ANY: u128 = u128::MAX;

const SECOND: u128 = 1_000;
const MINUTE: u128 = 60_000;
const HOUR: u128 = 3_600_000;
const DAY: u128 = 86_400_000;

fn hold<T: Clone, E: Clone + PartialEq + std::fmt::Debug>(
    sound: &T,
    validate: impl Fn(&T) -> Result<(), E>,
    bounds: &[Bound<T, E>],
) {
    assert_eq!(validate(sound), Ok(()));
    for (name, set, least, most, error) in bounds {
        let with = |value: u128| {
            let mut changed = sound.clone();
            set(&mut changed, value);
            validate(&changed)
        };
        if *least != ANY {
            assert_eq!(with(*least), Ok(()), "{name} at its least");
            if let Some(below) = least.checked_sub(1) {
                assert_eq!(with(below), Err(error.clone()), "{name} below");
            }
        }
        if *most != ANY {
            assert_eq!(with(*most), Ok(()), "{name} at its most");
            assert_eq!(with(most + 1), Err(error.clone()), "{name} above");
        }
    }
}

fn small<T: TryFrom<u128>>(value: u128) -> T {
    T::try_from(value).unwrap_or_else(|_| panic!("{value} does not fit"))
}

#[test]
fn of_the_market() {
    let health = Error::TargetHealthOutOfRange;
    hold::<MarketParams, _>(
        &params(),
        MarketParams::validate,
        &[
            ("target", |p, v| p.target_health_wad = v, WAD + 1, 2 * WAD, health),
            ("slack", |p, v| p.order_slack_bps = small(v), 0, 10_000, Error::BpsOutOfRange),
            ("floor", |p, v| p.starter_floor_wad = v, 0, 100 * WAD, Error::StarterFloorTooHigh),
            ("dust", |p, v| p.dust_wad = v, 0, 100 * WAD, Error::DustTooHigh),
        ],
    );
}

#[test]
fn of_a_reserve() {
    let (window, ramp) = (Error::WindowOutOfRange, Error::RampOutOfRange);
    hold::<ReserveConfig, _>(
        &eth_config(),
        ReserveConfig::validate,
        &[
            ("decimals", |c, v| c.decimals = small(v), 0, 24, Error::DecimalsOutOfRange),
            // With the three tenths that the backstop's premium may take.
            ("factor", |c, v| c.reserve_factor_bps = small(v), 0, 7_000, Error::BpsOutOfRange),
            ("ramp", |c, v| c.threshold_ramp_bps_per_day = small(v), 1, 500, ramp),
            ("window", |c, v| c.outflow.window_ms = small(v), MINUTE, 30 * DAY, window),
        ],
    );
    // All that the protocol leaves of the interest the premium may take.
    let shared = |factor_bps, premium_bps| {
        let mut config = eth_config();
        config.reserve_factor_bps = factor_bps;
        config.backstop.premium.interest_share_bps = premium_bps;
        config.validate()
    };
    let too_much = Err(Error::BpsOutOfRange);
    assert_eq!([shared(10_000, 0), shared(0, 10_000)], [Ok(()); 2]);
    assert_eq!([shared(10_000, 1), shared(1, 10_000), shared(10_001, 0)], [too_much; 3]);
    // One use is enough, and none will do where it is frozen.
    let with = |borrowable, collateral, frozen| {
        ReserveConfig { borrowable, collateral, frozen, ..eth_config() }.validate()
    };
    assert_eq!(with(false, false, false), Err(Error::UselessReserve));
    for one in [with(true, false, false), with(false, true, false), with(false, false, true)] {
        assert_eq!(one, Ok(()));
    }
}

#[test]
fn of_tiers() {
    // 1.11 x 90.09 % is 0.999999, x 90.10 % is 1.00011: a take would lower health.
    let (bonus, not_below) = (Error::BonusTooHigh, Error::LtvNotBelowThreshold);
    let (order, mut one) = (Error::TiersNotMonotone, eth_config());
    // The pool buys above every threshold.
    one.auction.pool_ltv_bps = 9_500;
    hold::<ReserveConfig, _>(
        &one,
        ReserveConfig::validate,
        &[
            (
                "threshold",
                |c, v| c.tiers[0].liquidation_threshold_bps = small(v),
                ANY,
                9_009,
                bonus,
            ),
            ("LTV", |c, v| c.tiers[0].ltv_bps = small(v), 0, 7_999, not_below),
        ],
    );
    let whole = |bps| ReserveConfig { tiers: vec![tier(0, 7_500, bps)], ..eth_config() }.validate();
    assert_eq!([10_000, 10_001].map(whole), [Err(bonus), Err(Error::BpsOutOfRange)]);
    let second = |from_wad, ltv_bps, liquidation_threshold_bps| {
        let mut two = eth_config();
        let second = breakwater_protocol::Tier { from_wad, ltv_bps, liquidation_threshold_bps };
        two.tiers.push(second);
        two.validate()
    };
    assert_eq!(second(1, 7_500, 8_000), Ok(()));
    for wrong in [second(0, 7_500, 8_000), second(1, 7_501, 8_000), second(1, 7_500, 8_001)] {
        assert_eq!(wrong, Err(order));
    }
    let many = |count: u16| ReserveConfig {
        tiers: (0..count).map(|n| tier(n.into(), 7_000 - n, 8_000 - n)).collect(),
        ..eth_config()
    };
    assert_eq!(many(4).validate(), Ok(()));
    assert_eq!(many(5).validate(), Err(Error::TooManyTiers));
    // 1.25 x 80 % is one exactly: a bonus of 24 % and a fee of 1 %.
    let at_80 = |max_bonus_bps| {
        let mut config = eth_config();
        config.auction.max_bonus_bps = max_bonus_bps;
        config.validate()
    };
    assert_eq!(at_80(2_399), Ok(()));
    assert_eq!(at_80(2_400), Err(Error::BonusTooHigh));
    // Tiers of what is no longer collateral are judged too.
    let kept = ReserveConfig { collateral: false, frozen: true, ..many(5) };
    assert_eq!(kept.validate(), Err(Error::TooManyTiers));
}

#[test]
fn of_depth() {
    let haircut = Error::HaircutOutOfRange;
    hold::<LiquidityConfig, _>(
        &eth_config().liquidity,
        LiquidityConfig::validate,
        &[
            ("depth", |c, v| c.depth = v, 1, ANY, Error::DepthZero),
            ("load", |c, v| c.max_load_wad = v, 1, 1_000 * WAD, Error::LoadCapOutOfRange),
            ("haircut", |c, v| c.max_haircut_bps = small(v), 0, 9_999, haircut),
            ("root", |c, v| c.haircut_per_root_depth_wad = v, 0, 100 * WAD, haircut),
            ("volatility", |c, v| c.haircut_per_volatility_wad = v, 0, 100 * WAD, haircut),
        ],
    );
    // An exposure above a hundred times the depth counts as that: ten times the factor.
    let hundred = LiquidityConfig {
        depth: 1,
        haircut_per_root_depth_wad: WAD / 100,
        ..eth_config().liquidity
    };
    let tenth = hundred.haircut_up(100, 0).unwrap();
    assert!(tenth.abs_diff(WAD / 10) <= 1, "{tenth}");
    assert_eq!(hundred.haircut_up(101, 0), Ok(tenth));
    assert!(hundred.haircut_up(99, 0).unwrap() < tenth);
}

/// With a threshold of 80 %, as in the market of these tests.
#[test]
fn of_an_auction() {
    let (bps, pace, urgency) =
        (Error::BpsOutOfRange, Error::PaceOutOfRange, Error::UrgencyOutOfRange);
    let validate = |config: &AuctionConfig| config.validate(8_000);
    hold::<AuctionConfig, _>(
        &AuctionConfig { whole_bps: 0, ..eth_config().auction },
        validate,
        &[
            // A slice of 2 % of a depth is 200 millionths of impact, and must fit below, and below the 0.7 of it
            // that stock may use.
            ("cap alone", |c, v| c.alone.cap_ppm = small(v), 286, 50_000, pace),
            ("cap backed", |c, v| c.backed.cap_ppm = small(v), 286, 50_000, pace),
            ("rise alone", |c, v| c.alone.rise_mbps_per_min = small(v), 1, 100_000, pace),
            ("rise backed", |c, v| c.backed.rise_mbps_per_min = small(v), 1, 100_000, pace),
            ("urgency alone", |c, v| c.alone.urgency_bps = small(v), 0, 10_000, pace),
            ("urgency backed", |c, v| c.backed.urgency_bps = small(v), 0, 10_000, pace),
            ("half-life", |c, v| c.half_life_ms = small(v), MINUTE, DAY, pace),
            ("fall", |c, v| c.fall_bps_per_depth = small(v), 10, 10_000, pace),
            ("drift", |c, v| c.drift_bps_per_min = small(v), 1, ANY, pace),
            ("own", |c, v| c.own_bps_per_min = small(v), 1, ANY, pace),
            // 5 % of impact are five depths.
            ("slice", |c, v| c.slice_bps = small(v), 1, 34_999, pace),
            ("floor", |c, v| c.floor_bps = small(v), 0, 9_999, bps),
            ("spent", |c, v| c.spent_share_bps = small(v), 0, 10_000, bps),
            ("share", |c, v| c.starter_share_bps = small(v), 0, 10_000, bps),
            // A slice has room below a 250th of the cap of 5 %.
            ("stock, a slice", |c, v| c.stock_share_bps = small(v), 41, ANY, pace),
            ("stock", |c, v| c.stock_share_bps = small(v), ANY, 10_000, bps),
            // No more than the highest bonus of 10 %.
            ("whole", |c, v| c.whole_bps = small(v), 0, 1_000, bps),
            // (1 + bonus + 1 %) x .80 < 1, (1 + 10 % + fee) x .80 < 1.
            ("bonus", |c, v| c.max_bonus_bps = small(v), 0, 2_399, Error::BonusTooHigh),
            ("fee", |c, v| c.fee_bps = small(v), 0, 1_499, Error::BonusTooHigh),
            ("pool", |c, v| c.pool_ltv_bps = small(v), 8_001, 10_000, urgency),
            ("urgent", |c, v| c.urgency_ltv_bps = small(v), 8_001, 9_699, urgency),
            ("lost", |c, v| c.lost_ltv_bps = small(v), 9_301, 10_000, urgency),
        ],
    );
    // A whole is refused before its product with a threshold of nothing is looked at.
    let free = |max_bonus_bps, fee_bps| {
        let config = AuctionConfig { max_bonus_bps, fee_bps, ..eth_config().auction };
        config.validate(0)
    };
    assert_eq!([free(9_999, 9_999), free(10_000, 0)], [Ok(()), Err(bps)]);
    assert_eq!(free(9_999, 10_000), Err(bps));
    // Where the cap is smaller than a slice with one pool only.
    let two = |alone, backed| {
        let mut config = eth_config().auction;
        (config.alone.cap_ppm, config.backed.cap_ppm) = (alone, backed);
        validate(&config)
    };
    assert_eq!([two(285, 286), two(286, 285), two(286, 286)], [Err(pace), Err(pace), Ok(())]);
}

#[test]
fn of_a_fuse() {
    let bps = Error::BpsOutOfRange;
    hold::<FuseConfig, _>(
        &FuseConfig::default(),
        FuseConfig::validate,
        &[
            ("half-life", |c, v| c.half_life_ms = small(v), 10 * MINUTE, 7 * DAY, {
                Error::WindowOutOfRange
            }),
            ("full", |c, v| c.full_bps = small(v), 1, 79_999, bps),
            // 1,000 depths.
            ("none", |c, v| c.none_bps = small(v), 20_001, 10_000_000, bps),
        ],
    );
    // What never burns has no times.
    assert_eq!(FuseConfig { half_life_ms: 0, ..FuseConfig::NEVER }.validate(), Ok(()));
}

#[test]
fn of_a_backstop() {
    let (bps, cooldown, rate) =
        (Error::BpsOutOfRange, Error::CooldownOutOfRange, Error::RateOutOfRange);
    hold::<BackstopConfig, _>(
        &BackstopConfig::default(),
        BackstopConfig::validate,
        &[
            ("target", |c, v| c.target_bps = small(v), 0, 10_000, bps),
            ("loss", |c, v| c.loss_share_bps = small(v), 0, 10_000, bps),
            ("margin", |c, v| c.entry_margin_bps = small(v), 0, 10_000, bps),
            ("reserve", |c, v| c.reserve_floor_bps = small(v), 0, 10_000, bps),
            ("cool-down", |c, v| c.cooldown_ms = small(v), HOUR, 30 * DAY, cooldown),
            ("window", |c, v| c.window_ms = small(v), HOUR, 7 * DAY, cooldown),
            ("losses", |c, v| c.loss_window_ms = small(v), HOUR, 30 * DAY, {
                Error::WindowOutOfRange
            }),
            ("interest", |c, v| c.premium.interest_share_bps = small(v), 0, 10_000, bps),
            // 8 % when empty, 4 % at the target, 1 % at twice that: it never rises.
            ("empty", |c, v| c.premium.empty_bps = small(v), ANY, 10_000, bps),
            ("at empty", |c, v| c.premium.empty_bps = small(v), 400, ANY, rate),
            ("at target", |c, v| c.premium.target_bps = small(v), 100, 800, rate),
            ("double", |c, v| c.premium.double_bps = small(v), 0, 400, rate),
        ],
    );
}

#[test]
fn of_rates() {
    let (bps, rate) = (Error::BpsOutOfRange, Error::RateOutOfRange);
    let kinked = KinkedRate { base_wad: 2, kink_rate_wad: 5, full_rate_wad: 9, kink_bps: 8_000 };
    hold::<KinkedRate, _>(
        &kinked,
        |kinked| RateModel::Kinked(*kinked).validate(),
        &[
            ("base", |k, v| k.base_wad = v, 0, 5, rate),
            ("kink's", |k, v| k.kink_rate_wad = v, 2, 9, rate),
            // A thousand per cent a year.
            ("full", |k, v| k.full_rate_wad = v, 5, 10 * WAD, rate),
            ("kink", |k, v| k.kink_bps = small(v), 1, 9_999, bps),
        ],
    );
    let adaptive = AdaptiveRate {
        target_bps: 9_000,
        initial_wad: WAD / 25,
        min_wad: WAD / 1_000,
        max_wad: 2 * WAD,
        steepness_wad: 4 * WAD,
        speed_wad: 50 * WAD,
    };
    hold::<AdaptiveRate, _>(
        &adaptive,
        |adaptive| RateModel::Adaptive(*adaptive).validate(),
        &[
            ("target", |a, v| a.target_bps = small(v), 1, 9_999, bps),
            ("first", |a, v| a.initial_wad = v, WAD / 1_000, 2 * WAD, rate),
            ("least", |a, v| a.min_wad = v, 1, WAD / 25, rate),
            // Four times it at full utilisation.
            ("most", |a, v| a.max_wad = v, WAD / 25, 10 * WAD / 4, rate),
            ("steepness", |a, v| a.steepness_wad = v, WAD, 5 * WAD, rate),
            ("speed", |a, v| a.speed_wad = v, 0, 1_000 * WAD, rate),
        ],
    );
    let slow = AdaptiveRate { max_wad: WAD / 25, ..adaptive };
    hold::<AdaptiveRate, _>(
        &slow,
        |adaptive| RateModel::Adaptive(*adaptive).validate(),
        &[("steepness", |a, v| a.steepness_wad = v, WAD, 100 * WAD, rate)],
    );
}

/// Three sources of which two must count.
fn feed() -> FeedConfig {
    let one = FeedConfig::pushed([1; 32], small(HOUR), 10);
    let source = |key: u8, kind: fn(u8) -> SourceKind| SourceConfig {
        kind: kind(key),
        max_wad: 100,
        min_wad: 10,
        ..one.sources[0].clone()
    };
    let sources = vec![
        source(1, |key| SourceKind::Pushed { key: [key; 32] }),
        source(2, |key| SourceKind::Dia { contract: [key; 32], symbol: "ETH/USD".into() }),
        source(3, |key| SourceKind::Twap { contract: [key; 32], window_ms: small(10 * MINUTE) }),
    ];
    FeedConfig { sources, quorum: 2, ..one }
}

#[test]
fn of_a_feed() {
    let (feed_error, bps) = (Error::FeedOutOfRange, Error::BpsOutOfRange);
    hold::<FeedConfig, _>(
        &feed(),
        FeedConfig::validate,
        &[
            ("quorum", |c, v| c.quorum = small(v), 1, 3, feed_error),
            ("jump", |c, v| c.max_jump_bps = small(v), 1, ANY, feed_error),
            ("updates", |c, v| c.confirm_updates = small(v), 1, ANY, feed_error),
            ("time", |c, v| c.confirm_ms = small(v), 30 * SECOND, DAY, feed_error),
            // The slow one's is three days.
            ("fast", |c, v| c.fast_half_life_ms = small(v), MINUTE, DAY, feed_error),
            // The fast one's is ten minutes.
            ("slow", |c, v| c.slow_half_life_ms = small(v), 10 * MINUTE, 90 * DAY, feed_error),
            ("band", |c, v| c.band_bps = small(v), 0, 9_999, bps),
            ("spread", |c, v| c.max_spread_bps = small(v), 0, 9_999, bps),
            ("join", |c, v| c.join_bps = small(v), 0, 9_999, bps),
            ("age", |c, v| c.sources[0].max_age_ms = small(v), SECOND, 7 * DAY, feed_error),
            ("decimals", |c, v| c.sources[0].decimals = small(v), 0, 36, feed_error),
            ("least", |c, v| c.sources[0].min_wad = v, 0, 99, feed_error),
            ("most", |c, v| c.sources[0].max_wad = v, 11, ANY, feed_error),
            // An average older than its own window would never count.
            (
                "average",
                |c, v| c.sources[2].max_age_ms = small(v),
                10 * MINUTE + 1,
                ANY,
                feed_error,
            ),
            (
                "window",
                |c, v| {
                    c.sources[2].max_age_ms = small(7 * DAY);
                    let SourceKind::Twap { window_ms, .. } = &mut c.sources[2].kind else { return };
                    *window_ms = small(v);
                },
                MINUTE,
                DAY,
                feed_error,
            ),
            (
                "symbol",
                |c, v| {
                    let SourceKind::Dia { symbol, .. } = &mut c.sources[1].kind else { return };
                    *symbol = "X".repeat(small(v));
                },
                ANY,
                32,
                feed_error,
            ),
            (
                "sources",
                |c, v| {
                    let kind = |key| SourceKind::Sr25519 { key: [key; 32] };
                    let first = c.sources[0].clone();
                    c.sources = (0..small::<u8>(v))
                        .map(|key| SourceConfig { kind: kind(key), ..first.clone() })
                        .collect();
                },
                2,
                7,
                feed_error,
            ),
        ],
    );
    let any = FeedConfig { max_jump_bps: ANY_JUMP, ..feed() };
    assert_eq!((any.update_spacing_ms(), any.least_confirm_ms()), (10_000, 40_000));
    let none = FeedConfig { sources: vec![], quorum: 0, ..feed() };
    assert_eq!(none.validate(), Err(feed_error));
}

/// A quorum of one voice is none.
#[test]
fn of_two_sources_that_are_one() {
    let key = |n: u8| [n; 32];
    let dia = |n, symbol: &str| SourceKind::Dia { contract: key(n), symbol: symbol.into() };
    let twap = |n, window_ms| SourceKind::Twap { contract: key(n), window_ms };
    let (pushed, signed) =
        (|n| SourceKind::Pushed { key: key(n) }, |n| SourceKind::Sr25519 { key: key(n) });
    let ecdsa = |n| SourceKind::Ecdsa { key: [n; 33] };
    for (one, other, same) in [
        (pushed(1), pushed(1), true),
        (pushed(1), pushed(2), false),
        (pushed(1), signed(1), true),
        (signed(1), pushed(1), true),
        (signed(1), signed(2), false),
        (ecdsa(1), ecdsa(1), true),
        (ecdsa(1), ecdsa(2), false),
        (ecdsa(1), signed(1), false),
        (dia(1, "A"), dia(1, "A"), true),
        (dia(1, "A"), dia(1, "B"), false),
        (dia(1, "A"), dia(2, "A"), false),
        (twap(1, 60_000), twap(1, 120_000), true),
        (twap(1, 60_000), twap(2, 60_000), false),
        (twap(1, 60_000), dia(1, "A"), false),
    ] {
        assert_eq!(one.is_same_reporter(&other), same, "{one:?} {other:?}");
        let mut two = feed();
        for (source, kind) in two.sources.iter_mut().zip([&one, &other]) {
            source.kind = kind.clone();
        }
        two.sources.truncate(2);
        let expected = if same { Err(Error::FeedOutOfRange) } else { Ok(()) };
        assert_eq!(two.validate(), expected, "{one:?} {other:?}");
    }
    for (kind, is_signed, is_asked) in [
        (pushed(1), false, false),
        (signed(1), true, false),
        (ecdsa(1), true, false),
        (dia(1, "A"), false, true),
        (twap(1, 60_000), false, false),
    ] {
        assert_eq!((kind.is_signed(), kind.is_asked()), (is_signed, is_asked), "{kind:?}");
    }
}

#[test]
fn of_a_price() {
    hold::<Price, _>(
        &Price { low_wad: 10, mid_wad: 20, high_wad: 30, ..Price::exact(20, START_MS) },
        Price::validate,
        &[
            ("low", |p, v| p.low_wad = v, 1, 20, Error::PriceInvalid),
            ("middle", |p, v| p.mid_wad = v, 10, 30, Error::PriceInvalid),
            ("high", |p, v| p.high_wad = v, 20, MAX_PRICE_WAD, Error::PriceInvalid),
        ],
    );
    assert_eq!(MAX_PRICE_WAD, 1_000_000_000_000_000_000_000_000_000_000);
}

#[test]
fn of_the_governor() {
    let range = || GovernanceError::SettingsOutOfRange;
    hold::<Settings, _>(
        &Settings::default(),
        Settings::validate,
        &[
            // The quick lane's is an hour.
            ("delay", |s, v| s.delay_ms = small(v), HOUR, 30 * DAY, range()),
            ("quick", |s, v| s.lowering_delay_ms = small(v), MINUTE, 2 * DAY, range()),
            ("grace", |s, v| s.grace_ms = small(v), HOUR, 30 * DAY, range()),
        ],
    );
    hold::<Bounds, _>(
        &Bounds::default(),
        Bounds::validate,
        &[
            ("caps", |b, v| b.caps_bps = small(v), 0, 5_000, range()),
            ("depth", |b, v| b.depth_bps = small(v), 0, 5_000, range()),
            ("LTV", |b, v| b.ltv_bps = small(v), 0, 500, range()),
            ("rate", |b, v| b.rate_bps = small(v), 0, 1_000, range()),
        ],
    );
}
