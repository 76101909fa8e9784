//! Vaults and auctions of a run.

use super::{rad_per_unit, WAD_PER_UNIT};
use crate::mechanisms::{
    peer::{self, Loans},
    trigger_wad, Account, Asset, Bound, Fill, Keeper, Lot, Mechanism, Position, Quote, Refused,
    Start,
};
use breakwater_peers::{
    maker::{
        clip::{self, Sale, Status, Terms},
        dog::{bark, is_unsafe, Caps, Ilk, Vault},
    },
    math::{div_up, mul, mul_div_down, small},
    U256,
};
use std::cell::Cell;

/// rays of a price in wads.
const RAY_PER_WAD: u128 = 1_000_000_000;

/// An auction of a vault's collateral.
pub(super) struct Auction {
    account: Account,
    asset: Asset,
    sale: Sale,
    /// Debt without penalty that it has not raised yet, in [`USD`](crate::mechanisms::USD) units.
    due: u128,
    /// Price and staleness when somebody looked last, and the curve's step of that moment.
    seen: Cell<Option<(u64, Status)>>,
}

/// The oracle's delay (`OSM`): at each full hop what was next becomes the price, and the market's price next.
pub(super) struct Late {
    pub hop_s: u64,
    pub hop: u64,
    pub next_wad: Vec<u128>,
}

pub(super) struct Balances {
    pub late: Option<Late>,
    /// Vaults, without what is in auction.
    pub loans: Loans,
    pub now_s: u64,
    /// Of the curve.
    pub step_s: u64,
    pub ilks: Vec<Ilk>,
    pub caps: Caps,
    pub terms: Terms,
    /// Least debt of a vault, in [`USD`](crate::mechanisms::USD) units.
    pub dust: u128,
    /// All there ever were, by number.
    pub auctions: Vec<Auction>,
    /// Numbers of those that run, ascending.
    pub running: Vec<u32>,
    /// Those of each vault.
    pub of: Vec<Vec<u32>>,
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

    /// Whether a vault is not certainly safe: `bark` decides.
    fn may_be_unsafe(&self, account: Account) -> bool {
        let position = self.loans.position(account);
        let Ok((price_wad, threshold_bps)) = self.loans.terms(position.asset) else { return false };
        position.debt != 0
            && trigger_wad(position.collateral, position.debt, threshold_bps)
                .is_some_and(|trigger_wad| trigger_wad >= price_wad)
    }

    fn auction(&self, lot: Lot) -> Result<&Auction, Refused> {
        if self.running.binary_search(&lot.id).is_err() {
            return Err(Refused::NoLot);
        }
        self.auctions.get(lot.id as usize).ok_or(Refused::NoLot)
    }

    /// [`clip::status`], computed once for each step of the curve: within one the price stands, and an
    /// auction goes stale by its time alone.
    fn status(&self, auction: &Auction) -> Result<Status, Refused> {
        let elapsed_s = self.now_s.checked_sub(auction.sale.start_s).ok_or(Refused::Overflow)?;
        let step = elapsed_s.checked_div(self.step_s).ok_or(Refused::Overflow)?;
        let status = match auction.seen.get() {
            Some((seen, status)) if seen == step => status,
            _ => clip::status(&self.terms, &auction.sale, self.now_s)?,
        };
        auction.seen.set(Some((step, status)));
        let needs_redo = status.needs_redo || elapsed_s > self.terms.tail_s;
        Ok(Status { needs_redo, ..status })
    }

    /// What a purchase does to an auction and to the balances.
    fn purchase(&self, lot: Lot, max_pay: u128) -> Result<(clip::Take, Fill), Refused> {
        let auction = self.auction(lot)?;
        let Status { needs_redo, price_ray } = self.status(auction)?;
        if needs_redo {
            return Err(Refused::NotNow);
        }
        let most_rad = mul(small(max_pay), rad_per_unit())?;
        let amount_wad = most_rad.checked_div(price_ray).ok_or(Refused::NotNow)?;
        let chost_rad = self.terms.chost_rad;
        let taken = clip::take_at(&auction.sale, chost_rad, price_ray, amount_wad, price_ray)?;
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
        self.auctions.push(Auction { account, asset, sale, due, seen: Cell::new(None) });
        self.running.push(number);
        self.of.get_mut(account).ok_or(Refused::NoLot)?.push(number);
        Ok(Start { reward, ..Start::default() })
    }

    /// `redo` of stale auctions; with a late oracle `bark` at vaults that are safe at the market's price.
    fn upkeep(&mut self, keeper: Keeper) -> Vec<(Account, Start)> {
        let mut done = Vec::new();
        if self.late.is_some() {
            for account in 0..self.of.len() {
                if self.may_be_unsafe(account) {
                    done.extend(self.start(account, keeper).map(|start| (account, start)));
                }
            }
        }
        for number in &self.running {
            let place = *number as usize;
            let seen = self.auctions.get(place).map(|auction| self.status(auction));
            // Most are not stale.
            if !matches!(seen, Some(Ok(Status { needs_redo: true, .. }))) {
                continue;
            }
            let Some(auction) = self.auctions.get_mut(place) else { continue };
            let Ok((price_wad, _)) = self.loans.terms(auction.asset) else { continue };
            let feed_ray = small(price_wad) * small(RAY_PER_WAD);
            let again = clip::redo(&self.terms, &auction.sale, feed_ray, self.now_s);
            let Ok((sale, reward_rad)) = again else { continue };
            let Ok(reward) = peer::units(reward_rad / rad_per_unit()) else { continue };
            auction.sale = sale;
            auction.seen.set(None);
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

    fn bound(&self, lot: Lot) -> Bound {
        let Ok(auction) = self.auction(lot) else { return Bound::NONE };
        let Ok(status) = self.status(auction) else { return Bound::NONE };
        match (status.needs_redo, peer::units(status.price_ray)) {
            (true, _) => Bound::UNSOLD,
            // What is paid is rounded up, so it is no less.
            (false, Ok(price_ray)) => {
                Bound { least_usd: price_ray as f64 / 1e27 * (1.0 - 1e-9), ..Bound::NONE }
            }
            (false, Err(_)) => Bound::NONE,
        }
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
        // Its curve and its time stay.
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
