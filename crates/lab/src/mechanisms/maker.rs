//! Maker Liquidations 2.0 in the simulator: [`breakwater_peers::maker`].
//!
//! All protocols see the same prices and have the same loans; [`Maker::as_deployed`] has its own vaults' ratio and
//! its oracle's delay. The stability fee is left out. What an auction raises counts for the debt first
//! and for the penalty then.

mod balances;

use super::{peer::Loans, Design, Market, Mechanism, Position, Refused};
use balances::{Balances, Late};
use breakwater_peers::{
    maker::{
        abaci::Curve,
        clip::Terms,
        dog::{Caps, Ilk},
    },
    math::{mul, mul_div_down, small, RAY, WAD},
    U256,
};

/// Parameters of a collateral type: those of ETH-A after the poll of 20 September 2021.
#[derive(Clone, Copy, Debug)]
pub struct Maker {
    pub name: &'static str,
    /// Collateral over debt below which a vault is liquidated: 15,000 is 150 %. Nothing: as the market has it.
    /// Vaults then owe as much less as their threshold is lower, so they are as healthy as others' loans.
    pub ratio_bps: Option<u16>,
    /// The oracle's price is that of the last full hop but one (`OSM.hop`). 0: the market's.
    pub hop_s: u64,
    /// Start price over the oracle's: 1.20.
    pub buf_bps: u16,
    /// 0.99 every 90 seconds.
    pub cut_bps: u16,
    pub step_s: u64,
    /// Part of the start price at which an auction is stale: 40 %.
    pub cusp_bps: u16,
    /// Or after 8,400 seconds.
    pub tail_s: u64,
    /// The penalty: 11,300 is 13 %.
    pub chop_bps: u16,
    /// Reward for starting, of what is to be raised: 0.1 %.
    pub chip_bps: u16,
    /// And a flat one, as a part of the least debt of a vault: 250 of 15,000 there.
    pub tip_of_dust_bps: u16,
    /// Most to be raised at a time, as a part of all loans of the collateral; 40 million of dai
    /// there. All collateral types together have as much for theirs.
    pub hole_bps: u16,
}

impl Default for Maker {
    fn default() -> Self {
        Self {
            name: "Maker 2.0",
            ratio_bps: None,
            hop_s: 0,
            buf_bps: 12_000,
            cut_bps: 9_900,
            step_s: 90,
            cusp_bps: 4_000,
            tail_s: 8_400,
            chop_bps: 11_300,
            chip_bps: 10,
            tip_of_dust_bps: 167,
            hole_bps: 1_000,
        }
    }
}

impl Maker {
    /// With ETH-A's ratio of that time, and the hour by which its oracle is late.
    pub fn as_deployed() -> Self {
        Self {
            name: "Maker 2.0 at 150 %, an hour late",
            ratio_bps: Some(15_000),
            hop_s: 3_600,
            ..Self::default()
        }
    }

    /// The market and the vaults at this ratio.
    fn at_ratio(
        &self,
        market: &Market,
        positions: &[Position],
    ) -> Result<(Market, Vec<Position>), Refused> {
        let (mut market, mut positions) = (market.clone(), positions.to_vec());
        let Some(ratio_bps) = self.ratio_bps else { return Ok((market, positions)) };
        let own_bps = 100_000_000 / u32::from(ratio_bps).max(10_000);
        for position in &mut positions {
            let asset = market.assets.get(position.asset).ok_or(Refused::Unsupported)?;
            let less = position.debt * u128::from(own_bps) / u128::from(asset.threshold_bps).max(1);
            position.debt = position.debt.min(less);
        }
        for asset in &mut market.assets {
            let own_bps = own_bps.min(u32::from(asset.threshold_bps));
            asset.threshold_bps = u16::try_from(own_bps).map_err(|_| Refused::Overflow)?;
        }
        Ok((market, positions))
    }
}

/// rads of a [`USD`](crate::mechanisms::USD) unit.
fn rad_per_unit() -> U256 {
    RAY * small(WAD_PER_UNIT)
}

/// Wads of debt of a [`USD`](crate::mechanisms::USD) unit.
const WAD_PER_UNIT: u128 = 1_000_000_000_000;

fn part_bps(amount: u128, bps: u16) -> u128 {
    amount / 10_000 * u128::from(bps)
}

impl Design for Maker {
    fn name(&self) -> &str {
        self.name
    }

    fn about(&self) -> &str {
        "A Dutch auction of the whole vault from 120 % of the price, 1 % down every 90 seconds, within \
         a cap on all auctions."
    }

    fn open(&self, market: &Market, positions: &[Position]) -> Result<Box<dyn Mechanism>, Refused> {
        let (market, positions) = self.at_ratio(market, positions)?;
        let loans = Loans::open(&market, &positions)?;
        let ray = |bps: u16| RAY / 10_000 * bps;
        let dust_rad = mul(small(market.min_debt), rad_per_unit())?;
        let chop_wad = WAD / 10_000 * self.chop_bps;
        let hole = |asset| -> Result<U256, Refused> {
            Ok(mul(small(part_bps(loans.lent(asset)?, self.hole_bps)), rad_per_unit())?)
        };
        let ilk = |asset| -> Result<_, Refused> {
            let hole_rad = hole(Some(asset))?;
            Ok(Ilk { rate_ray: RAY, dust_rad, chop_wad, hole_rad, dirt_rad: small(0) })
        };
        let tip = small(part_bps(market.min_debt, self.tip_of_dust_bps));
        let ilks = (0..loans.assets()).map(ilk).collect::<Result<_, _>>()?;
        let caps = Caps { hole_rad: hole(None)?, dirt_rad: small(0) };
        Ok(Box::new(Balances {
            late: (self.hop_s != 0).then(|| Late {
                hop_s: self.hop_s,
                hop: market.now_ms / 1_000 / self.hop_s,
                next_wad: market.assets.iter().map(|asset| asset.price_wad).collect(),
            }),
            loans,
            now_s: market.now_ms / 1_000,
            step_s: self.step_s,
            ilks,
            caps,
            terms: Terms {
                buf_ray: ray(self.buf_bps),
                tail_s: self.tail_s,
                cusp_ray: ray(self.cusp_bps),
                chip_wad: WAD / 10_000 * self.chip_bps,
                tip_rad: mul(tip, rad_per_unit())?,
                chost_rad: mul_div_down(dust_rad, chop_wad, WAD)?,
                curve: Curve::Stairstep { cut_ray: ray(self.cut_bps), step_s: self.step_s },
            },
            dust: market.min_debt,
            auctions: Vec::new(),
            running: Vec::new(),
            of: vec![Vec::new(); positions.len()],
        }))
    }
}
