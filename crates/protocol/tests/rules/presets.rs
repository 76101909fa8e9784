//! Classes of assets (§ 3.9): the table in the docs is the code's, and each class is listed as it says.

use breakwater_protocol::{
    num::math::WAD,
    oracle::FeedConfig,
    presets::{self, lacks, Class, Findings, Lack, Quality, CLASSES},
    BreakerConfig, MarketParams, ReserveConfig,
};

const DEPTH: u128 = 1_000 * WAD;

/// Just what a class asks.
fn worst(class: &Class) -> Findings {
    Findings {
        depth_wad: class.min_depth_wad,
        daily_volatility_bps: class.max_daily_volatility_bps,
        sources: class.min_sources,
        bridged: class.may_be_bridged,
        mintable: class.may_be_mintable,
    }
}

fn listed(class: &Class) -> ReserveConfig {
    let reserve = presets::reserve([1; 32], 18, DEPTH);
    presets::collateral(reserve, class, class.min_depth_wad, 10_000 * WAD)
}

fn feed() -> FeedConfig {
    let feed = FeedConfig::pushed([1; 32], 60_000, 10);
    FeedConfig { quorum: 2, max_jump_bps: 1_500, ..feed }
}

#[test]
fn the_table_of_classes_is_the_codes() {
    let dollars = |wad: u128| match wad / WAD {
        whole if whole % 1_000_000 == 0 => format!("${}m", whole / 1_000_000),
        whole => format!("${}k", whole / 1_000),
    };
    let percent = |bps: u128| match bps % 100 {
        0 => format!("{} %", bps / 100),
        _ => format!("{} %", bps as f64 / 100.0),
    };
    let wad = |wad: u128| format!("{}", wad as f64 / WAD as f64);
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let depths = |bps: u128| format!("{}", bps as f64 / 1e4);
    type Row<'a> = (&'a str, Box<dyn Fn(&Class) -> String>);
    let rows: Vec<Row> = vec![
        ("depth (1 %), at least", Box::new(move |c| dollars(c.min_depth_wad))),
        (
            "daily volatility, one year, at most",
            Box::new(move |c| percent(c.max_daily_volatility_bps.into())),
        ),
        ("independent price sources, at least", Box::new(|c| c.min_sources.to_string())),
        ("may be bridged", Box::new(move |c| yes(c.may_be_bridged))),
        ("may be minted without backing", Box::new(move |c| yes(c.may_be_mintable))),
        (
            "LT / LTV, first tier",
            Box::new(move |c| {
                let (lt, ltv) = (c.liquidation_threshold_bps, c.ltv_bps);
                format!("{} / {}", percent(lt.into()), percent(ltv.into()))
            }),
        ),
        (
            "second tier from, depths; less by",
            Box::new(move |c| {
                let less = percent(c.second_tier_less_bps.into());
                format!("{}; {less}", depths(c.second_tier_bps.into()))
            }),
        ),
        ("L_max", Box::new(move |c| wad(c.max_load_wad))),
        (
            "k_d, k_v, h_max",
            Box::new(move |c| {
                format!(
                    "{}, {}, {}",
                    wad(c.haircut_per_root_depth_wad),
                    wad(c.haircut_per_volatility_wad),
                    percent(c.max_haircut_bps.into())
                )
            }),
        ),
        (
            "isolated, ceiling in depths",
            Box::new(move |c| c.ceiling_depth_bps.map_or("no".into(), |bps| depths(bps.into()))),
        ),
        (
            "if borrowable: a day's outflow, of the cap",
            Box::new(move |c| percent(c.outflow_bps.into())),
        ),
        ("may be borrowed", Box::new(move |c| yes(c.may_be_borrowed))),
        (
            "fuse, full and none, depths",
            Box::new(move |c| {
                format!("{}, {}", depths(c.fuse_full_bps.into()), depths(c.fuse_none_bps.into()))
            }),
        ),
    ];
    let mut table = String::from("| | A | B | C |\n|---|---|---|---|\n");
    for (name, cell) in rows {
        let cells: Vec<String> = CLASSES.iter().map(cell).collect();
        table.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    crate::common::in_docs("rules/limits.md", "classes", &table);
}

#[test]
fn each_class_takes_just_what_it_asks() {
    for class in &CLASSES {
        let findings = worst(class);
        assert_eq!(Quality::of(&findings), Some(class.quality));
        let worse = [
            Findings { depth_wad: findings.depth_wad - 1, ..findings },
            Findings { daily_volatility_bps: findings.daily_volatility_bps + 1, ..findings },
            Findings { sources: findings.sources - 1, ..findings },
        ];
        for findings in worse {
            let of = Quality::of(&findings);
            assert!(of.is_none_or(|of| of > class.quality), "{findings:?} is {of:?}");
        }
    }
    let best = worst(Quality::A.class());
    assert_eq!(Quality::of(&Findings { bridged: true, ..best }), Some(Quality::B));
    assert_eq!(Quality::of(&Findings { mintable: true, ..best }), Some(Quality::C));
    assert_eq!(Quality::of(&Findings { sources: 1, ..best }), None);
}

#[test]
fn what_a_class_carries_is_valid_and_lacks_nothing() {
    for class in &CLASSES {
        let config = listed(class);
        assert_eq!(config.validate(), Ok(()), "{:?}", class.quality);
        let found = lacks(&MarketParams::default(), &config, &feed(), &worst(class), class.quality);
        assert_eq!(found, [], "{:?}", class.quality);
        // A better class carries no less.
        assert!(config.tiers[1].from_wad > 0 && config.tiers[1].ltv_bps < config.tiers[0].ltv_bps);
    }
    for pair in CLASSES.windows(2) {
        assert!(pair[0].ltv_bps > pair[1].ltv_bps && pair[0].max_load_wad > pair[1].max_load_wad);
        assert!(pair[0].fuse_none_bps > pair[1].fuse_none_bps);
    }
}

/// Each lack by itself: one field made looser by the least there is.
#[test]
fn every_lack_is_found() {
    let class = Quality::C.class();
    let (params, findings) = (MarketParams::default(), worst(class));
    let of = |change: &dyn Fn(&mut ReserveConfig)| {
        let mut config = listed(class);
        change(&mut config);
        lacks(&params, &config, &feed(), &findings, Quality::C)
    };
    assert_eq!(of(&|c| c.tiers[0].ltv_bps += 1), [Lack::Ltv]);
    assert_eq!(of(&|c| c.tiers[0].liquidation_threshold_bps += 1), [Lack::Threshold]);
    assert_eq!(of(&|c| c.tiers.truncate(1)), [Lack::Tier]);
    assert_eq!(of(&|c| c.tiers[1].from_wad += 1), [Lack::Tier]);
    assert_eq!(of(&|c| c.liquidity.max_load_wad += 1), [Lack::Load]);
    assert_eq!(of(&|c| c.liquidity.haircut_per_root_depth_wad -= 1), [Lack::Haircut]);
    assert_eq!(of(&|c| c.liquidity.haircut_per_volatility_wad -= 1), [Lack::Haircut]);
    assert_eq!(of(&|c| c.isolation_ceiling_wad = None), [Lack::Isolation]);
    assert_eq!(
        of(&|c| c.isolation_ceiling_wad = c.isolation_ceiling_wad.map(|wad| wad + 1)),
        [Lack::Isolation]
    );
    assert_eq!(of(&|c| c.liquidity.fuse.none_bps += 1), [Lack::Fuse]);
    assert_eq!(of(&|c| c.liquidity.fuse.full_bps += 1), [Lack::Fuse]);
    assert_eq!(of(&|c| c.liquidity.fuse = breakwater_protocol::FuseConfig::NEVER), [Lack::Fuse]);

    let with = |params: &MarketParams, feed: &FeedConfig, findings: &Findings| {
        lacks(params, &listed(class), feed, findings, Quality::C)
    };
    let by_hand = MarketParams { breaker: BreakerConfig::by_hand(), ..params };
    assert_eq!(with(&by_hand, &feed(), &findings), [Lack::Breaker]);
    assert_eq!(with(&params, &FeedConfig { quorum: 1, ..feed() }, &findings), [Lack::Quorum]);
    let any_jump = FeedConfig::pushed([1; 32], 60_000, 10).max_jump_bps;
    let jumps = FeedConfig { max_jump_bps: any_jump, ..feed() };
    assert_eq!(with(&params, &jumps, &findings), [Lack::Jump]);
    let one = Findings { sources: 1, ..findings };
    assert_eq!(with(&params, &feed(), &one), [Lack::NoClass, Lack::Sources { has: 1, needs: 2 }]);
}

#[test]
fn what_is_lent_is_looked_at_too() {
    let class = Quality::B.class();
    let params = MarketParams::default();
    let lent = presets::lent(presets::reserve([1; 32], 18, DEPTH), 1_000 * WAD, 900 * WAD);
    let lent = ReserveConfig { siloed: true, outflow: class.outflow(1_000 * WAD), ..lent };
    assert_eq!(lent.validate(), Ok(()));
    let findings = worst(class);
    let of = |config: &ReserveConfig, as_: Quality| lacks(&params, config, &feed(), &findings, as_);
    assert_eq!(of(&lent, Quality::B), []);
    assert_eq!(of(&ReserveConfig { siloed: false, ..lent.clone() }, Quality::B), [Lack::Silo]);
    let mut more = lent.clone();
    more.outflow.capacity += 1;
    assert_eq!(of(&more, Quality::B), [Lack::Outflow]);
    // The same a day, counted in half the time.
    more.outflow.capacity /= 2;
    more.outflow.window_ms /= 2;
    assert_eq!(of(&more, Quality::B), []);
    assert!(of(&lent, Quality::C).contains(&Lack::Borrowed));
    assert!(of(&lent, Quality::A).contains(&Lack::WorseClass(Quality::B)));
}
