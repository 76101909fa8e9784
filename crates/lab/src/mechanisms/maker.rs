//! Maker Liquidations 2.0 in the simulator: [`breakwater_peers::maker`].
//!
//! All protocols see the same prices and have the same loans; [`Maker::as_deployed`] has its own vaults' ratio and
//! its oracle's delay. The stability fee is left out. What an auction raises counts for the debt first
//! and for the penalty then.

use super::{
    peer::{self, Loans},
    trigger_wad, Account, Asset, Design, Fill, Keeper, Lot, Market, Mechanism, Position, Quote,
    Refused, Start,
};
use breakwater_peers::{
    maker::{
        abaci::Curve,
        clip::{self, Sale, Terms},
        dog::{bark, is_unsafe, Caps, Ilk, Vault},
    },
    math::{div_up, mul, mul_div_down, small, RAY, WAD},
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

/// rads of a [`USD`](super::USD) unit.
fn rad_per_unit() -> U256 {
    RAY * small(WAD_PER_UNIT)
}

/// Wads of debt of a [`USD`](super::USD) unit.
const WAD_PER_UNIT: u128 = 1_000_000_000_000;
/// rays of a price in wads.
const RAY_PER_WAD: u128 = 1_000_000_000;

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

/// An auction of a vault's collateral.
struct Auction {
    account: Account,
    asset: Asset,
    sale: Sale,
    /// Debt without penalty that it has not raised yet, in [`USD`](super::USD) units.
    due: u128,
}

/// The oracle's delay (`OSM`): at each full hop what was next becomes the price, and the market's price next.
struct Late {
    hop_s: u64,
    hop: u64,
    next_wad: Vec<u128>,
}

struct Balances {
    late: Option<Late>,
    /// Vaults, without what is in auction.
    loans: Loans,
    now_s: u64,
    ilks: Vec<Ilk>,
    caps: Caps,
    terms: Terms,
    /// Least debt of a vault, in [`USD`](super::USD) units.
    dust: u128,
    /// All there ever were, by number.
    auctions: Vec<Auction>,
    /// Numbers of those that run, ascending.
    running: Vec<u32>,
    /// Those of each vault.
    of: Vec<Vec<u32>>,
}

fn vault(position: &Position) -> Vault {
    Vault {
        ink_wad: small(position.collateral),
        art_wad: small(position.debt) * small(WAD_PER_UNIT),
    }
}

impl Balances {
    fn price_ray(&self, asset: Asset) -> Result<U256, Refused> {
        Ok(small(self.loans.terms(asset)?.0) * small(RAY_PER_WAD))
    }

    fn auction(&self, lot: Lot) -> Result<&Auction, Refused> {
        if self.running.binary_search(&lot.id).is_err() {
            return Err(Refused::NoLot);
        }
        self.auctions.get(lot.id as usize).ok_or(Refused::NoLot)
    }

    /// What a purchase does to an auction and to the balances.
    fn purchase(&self, lot: Lot, max_pay: u128) -> Result<(clip::Take, Fill), Refused> {
        let auction = self.auction(lot)?;
        let status = clip::status(&self.terms, &auction.sale, self.now_s)?;
        let most_rad = mul(small(max_pay), rad_per_unit())?;
        let amount_wad = most_rad.checked_div(status.price_ray).ok_or(Refused::NotNow)?;
        let taken =
            clip::take(&self.terms, &auction.sale, amount_wad, status.price_ray, self.now_s)?;
        if taken.slice_wad.is_zero() {
            return Err(Refused::Amount);
        }
        let paid = peer::units(div_up(taken.owe_rad, rad_per_unit())?)?;
        let repaid = paid.min(auction.due);
        let received = peer::units(taken.slice_wad)?;
        let bad_debt = if taken.closed { auction.due - repaid } else { 0 };
        Ok((taken, Fill { paid, received, repaid, seized: received, bad_debt }))
    }
}

impl Mechanism for Balances {
    fn observe(&mut self, now_ms: u64, quotes: &[Quote]) {
        self.now_s = now_ms / 1_000;
        let Some(late) = &mut self.late else { return self.loans.observe(quotes) };
        let hop = self.now_s / late.hop_s;
        if std::mem::replace(&mut late.hop, hop) != hop {
            let market = quotes.iter().map(|quote| quote.price_wad).collect();
            self.loans.set_prices(std::mem::replace(&mut late.next_wad, market));
        }
    }

    fn position(&self, account: Account) -> Position {
        let mut position = self.loans.position(account);
        for number in self.of.get(account).into_iter().flatten() {
            if let Some(auction) = self.auctions.get(*number as usize) {
                // Lots came from positions: they fit.
                position.collateral += peer::units(auction.sale.lot_wad).unwrap_or_default();
                position.debt += auction.due;
            }
        }
        position
    }

    /// Of the vault only, which may not be left with less than the least debt (`vat/dust`).
    fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused> {
        let debt = self.loans.position(account).debt;
        if debt == 0 {
            return Err(Refused::NotNow);
        }
        let leaves_dust = amount < debt && debt - amount < self.dust;
        let most = if leaves_dust { debt.saturating_sub(self.dust) } else { amount };
        if most == 0 {
            return Err(Refused::Amount);
        }
        self.loans.repay(account, most)
    }

    fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused> {
        if self.loans.position(account).debt == 0 {
            return Err(Refused::NotNow);
        }
        self.loans.top_up(account, units)
    }

    /// `bark`: moves what fits under the caps from the vault to a new auction.
    fn start(&mut self, account: Account, _keeper: Keeper) -> Result<Start, Refused> {
        let position = self.loans.position(account);
        if position.debt == 0 {
            return Err(Refused::NotNow);
        }
        let asset = position.asset;
        let (feed_ray, (_, threshold_bps)) = (self.price_ray(asset)?, self.loans.terms(asset)?);
        let spot_ray = mul_div_down(feed_ray, threshold_bps.into(), small(10_000))?;
        let ilk = self.ilks.get_mut(asset).ok_or(Refused::NoLot)?;
        if !is_unsafe(&vault(&position), ilk.rate_ray, spot_ray)? {
            return Err(Refused::Healthy);
        }
        let barked = bark(&vault(&position), ilk, &self.caps)?;
        let (sale, reward_rad) =
            clip::kick(&self.terms, barked.tab_rad, barked.dink_wad, feed_ray, self.now_s)?;
        // The vault's debt is a whole number of units; the auction's is what it does not keep.
        let art_left = vault(&position).art_wad - barked.dart_wad;
        let debt_left = peer::units(div_up(art_left, small(WAD_PER_UNIT))?)?;
        let due = position.debt - debt_left;
        let collateral = position.collateral - peer::units(barked.dink_wad)?;
        let reward = peer::units(reward_rad / rad_per_unit())?;
        let number = u32::try_from(self.auctions.len()).map_err(|_| Refused::Overflow)?;
        ilk.dirt_rad += barked.tab_rad;
        self.caps.dirt_rad += barked.tab_rad;
        *self.loans.position_mut(account)? = Position { collateral, debt: debt_left, asset };
        self.auctions.push(Auction { account, asset, sale, due });
        self.running.push(number);
        self.of.get_mut(account).ok_or(Refused::NoLot)?.push(number);
        Ok(Start { reward, ..Start::default() })
    }

    /// `redo` of stale auctions; with a late oracle `bark` at vaults that are safe at the market's price.
    fn upkeep(&mut self, keeper: Keeper) -> Vec<(Account, Start)> {
        let mut done = Vec::new();
        if self.late.is_some() {
            let all = 0..self.of.len();
            done.extend(
                all.filter_map(|account| Some((account, self.start(account, keeper).ok()?))),
            );
        }
        for number in &self.running {
            let Some(auction) = self.auctions.get_mut(*number as usize) else { continue };
            let Ok((price_wad, _)) = self.loans.terms(auction.asset) else { continue };
            let feed_ray = small(price_wad) * small(RAY_PER_WAD);
            // Most are not stale.
            let again = clip::redo(&self.terms, &auction.sale, feed_ray, self.now_s);
            let Ok((sale, reward_rad)) = again else { continue };
            let Ok(reward) = peer::units(reward_rad / rad_per_unit()) else { continue };
            auction.sale = sale;
            done.push((auction.account, Start { reward, ..Start::default() }));
        }
        done
    }

    fn lots(&self, _below: &[Account], out: &mut Vec<Lot>) {
        out.extend(self.running.iter().filter_map(|id| {
            let auction = self.auctions.get(*id as usize)?;
            Some(Lot { id: *id, asset: auction.asset, account: Some(auction.account) })
        }));
    }

    fn quote(&self, lot: Lot, max_pay: u128) -> Result<Fill, Refused> {
        self.purchase(lot, max_pay).map(|(_, fill)| fill)
    }

    fn take(&mut self, lot: Lot, max_pay: u128, _keeper: Keeper) -> Result<Fill, Refused> {
        let (taken, fill) = self.purchase(lot, max_pay)?;
        let returned = peer::units(taken.returned_wad)?;
        let auction = self.auctions.get_mut(lot.id as usize).ok_or(Refused::NoLot)?;
        let account = auction.account;
        let ilk = self.ilks.get_mut(auction.asset).ok_or(Refused::NoLot)?;
        self.loans.position_mut(account)?.collateral += returned;
        ilk.dirt_rad -= taken.digs_rad;
        self.caps.dirt_rad -= taken.digs_rad;
        auction.due -= fill.repaid + fill.bad_debt;
        auction.sale = Sale { tab_rad: taken.tab_rad, lot_wad: taken.lot_wad, ..auction.sale };
        if taken.closed {
            self.running.retain(|number| *number != lot.id);
            if let Some(of) = self.of.get_mut(account) {
                of.retain(|number| *number != lot.id);
            }
        }
        Ok(fill)
    }

    /// The vault's, or that of everything they have, whichever is higher.
    fn trigger_wad(&self, account: Account, threshold_bps: u16) -> Option<u128> {
        let own_bps =
            self.loans.terms(self.loans.position(account).asset).ok().map(|terms| terms.1);
        let threshold_bps = own_bps.unwrap_or(threshold_bps);
        let of =
            |position: Position| trigger_wad(position.collateral, position.debt, threshold_bps);
        of(self.loans.position(account)).max(of(self.position(account)))
    }
}
