//! Steps made of a few small numbers, so that a fuzzer can invent them and a property test can shrink
//! them.

use crate::{
    random::{ASSETS, PEOPLE},
    random_auction::AuctionStep,
    random_config::{DECIMALS, FIRST_DOLLARS},
};
use breakwater_protocol::{actions::Action, oracle::price::GOOD_FOR_ALL, AssetId, ALL};
use rand::Rng;

/// Something that somebody does, or that happens.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub enum Step {
    Act {
        who: u8,
        on_behalf_of: Option<u8>,
        moves: Vec<Move>,
    },
    Liquidate {
        who: u8,
        target: u8,
    },
    Take {
        who: u8,
        target: u8,
        collateral: u8,
        debt: u8,
        size: u16,
    },
    Cure {
        who: u8,
        target: u8,
    },
    BackstopFill {
        who: u8,
        target: u8,
        collateral: u8,
        debt: u8,
    },
    Recognise {
        who: u8,
        target: u8,
    },
    /// People raise a level or take it back, or somebody pokes.
    Breaker {
        kind: u8,
        asset: u8,
        minutes: u8,
    },
    /// Deposits into a backstop, gives notice, withdraws, or buys what it holds.
    Stake {
        who: u8,
        kind: u8,
        asset: u8,
        size: u16,
    },
    ClaimReward {
        who: u8,
        asset: u8,
    },
    /// A price moves to some thousandths of what it was, with a band and a volatility.
    Price {
        asset: u8,
        permille: u16,
        band_bps: u8,
        volatility_percent: u8,
        good_for: u8,
    },
    Wait {
        minutes: u16,
    },
    /// Somebody brings much money into a reserve and takes it out at once.
    ComeAndGo {
        kind: u8,
        asset: u8,
    },
    /// Somebody tries what only the owner or the guardian may, or a batch of auctions.
    Admin {
        who: u8,
        kind: u8,
        asset: u8,
        size: u16,
    },
    /// Governance makes an asset's limits tighter or looser.
    Configure {
        asset: u8,
        permille: u16,
    },
    /// Somebody who looks for holes in the auction's rules.
    Auction(AuctionStep),
}

/// One action, with an asset and a size on a scale of its own.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Move {
    pub kind: u8,
    pub asset: u8,
    pub size: u16,
}

impl Step {
    /// A step in which most things make sense.
    pub fn random(random: &mut impl Rng) -> Self {
        if random.gen_bool(0.06) {
            return Self::Auction(AuctionStep::random(random));
        }
        let who = random.gen();
        let target = random.gen();
        match random.gen_range(0..39) {
            0..=9 | 31..=34 => {
                let count = if random.gen_bool(0.6) { 1 } else { random.gen_range(2..6) };
                let moves = (0..count).map(|_| Move::random(random)).collect();
                let on_behalf_of = random.gen_bool(0.15).then_some(target);
                Self::Act { who, on_behalf_of, moves }
            }
            10..=13 => Self::Liquidate { who, target },
            14..=18 => {
                let (collateral, debt) = (random.gen(), random.gen());
                Self::Take { who, target, collateral, debt, size: random.gen() }
            }
            19 | 35 => Self::Cure { who, target },
            20 | 21 | 36 | 37 => Self::Price {
                asset: random.gen(),
                permille: random.gen_range(600..1_500),
                band_bps: random.gen(),
                volatility_percent: random.gen_range(0..10),
                good_for: if random.gen_bool(0.95) { GOOD_FOR_ALL } else { random.gen() },
            },
            24 | 25 => {
                Self::BackstopFill { who, target, collateral: random.gen(), debt: random.gen() }
            }
            26 if random.gen_bool(0.3) => Self::Recognise { who, target },
            26..=28 => {
                Self::Stake { who, kind: random.gen(), asset: random.gen(), size: random.gen() }
            }
            29 if random.gen_bool(0.2) => Self::Breaker {
                kind: random.gen(),
                asset: random.gen(),
                minutes: random.gen_range(0..90),
            },
            38 if random.gen_bool(0.5) => {
                let (kind, asset, size) = (random.gen(), random.gen(), random.gen());
                Self::Admin { who, kind, asset, size }
            }
            29 | 30 | 38 => Self::Wait { minutes: random.gen_range(0..90) },
            22 if random.gen_bool(0.3) => Self::ClaimReward { who, asset: random.gen() },
            22 => Self::Wait { minutes: random.gen_range(0..2_000) },
            23 if random.gen_bool(0.5) => {
                Self::ComeAndGo { kind: random.gen(), asset: random.gen_range(1..4) }
            }
            _ => Self::Configure { asset: random.gen(), permille: random.gen_range(800..1_300) },
        }
    }
}

impl Move {
    fn random(random: &mut impl Rng) -> Self {
        Self { kind: random.gen(), asset: random.gen(), size: random.gen() }
    }

    /// The move as an action, on an asset for which it may make sense.
    pub(crate) fn action(self, who: u8) -> Action {
        const COLLATERAL: [AssetId; 8] = [0, 0, 0, 0, 0, 1, 1, 1];
        const LENT: [AssetId; 8] = [2, 2, 2, 2, 2, 1, 1, 3];
        let choice = usize::from(self.asset % 8);
        // Now and then any asset, whether it makes sense or not.
        let pick = |from: [AssetId; 8]| match self.asset {
            236.. => self.kind / 10 % ASSETS,
            // One of them has isolated collateral.
            _ if who % PEOPLE == 5 && from == COLLATERAL => 4,
            _ => from[choice],
        };
        let amount = |asset| size(asset, self.size);
        match self.kind % 10 {
            0 => Action::Supply { asset: pick(LENT), assets: amount(pick(LENT)) },
            1 => Action::Withdraw { asset: pick(LENT), assets: amount(pick(LENT)) },
            2 | 3 => Action::DepositCollateral {
                asset: pick(COLLATERAL),
                amount: amount(pick(COLLATERAL)),
                excess_to_supply: self.kind.is_multiple_of(4),
            },
            4 | 5 => Action::WithdrawCollateral {
                asset: pick(COLLATERAL),
                amount: amount(pick(COLLATERAL)),
            },
            6..=8 => Action::Borrow { asset: pick(LENT), assets: size(pick(LENT), self.size / 2) },
            _ => Action::Repay { asset: pick(LENT), assets: amount(pick(LENT)) },
        }
    }
}

/// Units of an asset for a size, on a quadratic scale (many are small, a few are dust, the highest
/// are "all"): up to about 100,000 dollars' worth at the first price.
pub(crate) fn size(asset: AssetId, size: u16) -> u128 {
    match size {
        u16::MAX | 0xfffe => ALL,
        0..=15 => u128::from(size),
        _ => {
            let square = u128::from(size) * u128::from(size);
            let unit = 10u128.pow(u32::from(DECIMALS[usize::from(asset)]));
            square * unit / FIRST_DOLLARS[usize::from(asset)] / 43_000
        }
    }
}
