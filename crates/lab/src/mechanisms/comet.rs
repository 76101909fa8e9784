//! Compound III in the simulator: [`breakwater_peers::comet`].

use super::{
    peer::{self, Loans, PRICE_8},
    trigger_wad, Account, Asset, Design, Fill, Inventory, Keeper, Lot, Market, Mechanism, Position,
    Quote, Refused, Start, TOKEN, USD,
};
use breakwater_peers::{
    comet::{
        absorb, buy_collateral, is_liquidatable, store_front_price, Asset as Theirs, Base, Store,
    },
    math::{mul, mul_div_down, small},
};

/// Terms of a collateral: those of ether in the USDC market on Ethereum as it was deployed
/// (compound-finance/comet: deployments/mainnet/usdc/configuration.json).
#[derive(Clone, Copy, Debug)]
pub struct Comet {
    /// Part of its value that an absorbed account is credited: 95 %.
    pub liquidation_factor_bps: u16,
    /// Part of what is kept back that buyers get as a discount: 50 %.
    pub store_front_factor_bps: u16,
    /// Reserves, as a part of the loans at the opening, at which the protocol stops selling; it
    /// starts without any. 5 million dollars there, before anything was lent.
    pub target_reserves_bps: u16,
}

impl Default for Comet {
    fn default() -> Self {
        Self {
            liquidation_factor_bps: 9_500,
            store_front_factor_bps: 5_000,
            target_reserves_bps: 500,
        }
    }
}

impl Design for Comet {
    fn name(&self) -> &str {
        "Compound III"
    }

    fn about(&self) -> &str {
        "The protocol takes over the whole loan and sells its collateral at a fixed discount."
    }

    fn open(&self, market: &Market, positions: &[Position]) -> Result<Box<dyn Mechanism>, Refused> {
        let loans = Loans::open(market, positions)?;
        let lent = loans.lent(None)?;
        Ok(Box::new(Balances {
            loans,
            inventory: vec![Inventory::default(); market.assets.len()],
            target_reserves: lent / 10_000 * u128::from(self.target_reserves_bps),
            rule: *self,
        }))
    }
}

struct Balances {
    rule: Comet,
    loans: Loans,
    /// Absorbed and not yet sold, of each asset.
    inventory: Vec<Inventory>,
    target_reserves: u128,
}

const BPS_WAD: u128 = 100_000_000_000_000;

fn wad(bps: u16) -> u128 {
    u128::from(bps) * BPS_WAD
}

impl Balances {
    fn base() -> Base {
        Base { price: small(100_000_000), scale: small(USD) }
    }

    fn asset(&self, asset: Asset) -> Result<Theirs, Refused> {
        let (price_wad, threshold_bps) = self.loans.terms(asset)?;
        Ok(Theirs {
            price: small(price_wad / PRICE_8),
            scale: small(TOKEN),
            liquidate_collateral_factor_wad: small(wad(threshold_bps)),
            liquidation_factor_wad: small(wad(self.rule.liquidation_factor_bps)),
        })
    }

    /// The most that buyers can pay for what is held, rounded down.
    fn asked(&self, asset: Asset) -> Result<u128, Refused> {
        let theirs = self.asset(asset)?;
        let price = store_front_price(&theirs, small(wad(self.rule.store_front_factor_bps)))?;
        let held = small(self.inventory.get(asset).ok_or(Refused::NoLot)?.held);
        let base = Self::base();
        let all = mul_div_down(mul(held, price)?, base.scale, mul(theirs.scale, base.price)?)?;
        peer::units(all)
    }

    /// What the protocol has gained so far: none of the lenders' money. `None` if it has lost.
    fn reserves(&self) -> Option<u128> {
        let cost: i128 = self.inventory.iter().map(|held| held.net_cost).sum();
        u128::try_from(-cost).ok()
    }
}

impl Mechanism for Balances {
    fn observe(&mut self, _now_ms: u64, quotes: &[Quote]) {
        self.loans.observe(quotes);
    }

    fn position(&self, account: Account) -> Position {
        self.loans.position(account)
    }

    fn repay(&mut self, account: Account, amount: u128) -> Result<u128, Refused> {
        self.loans.repay(account, amount)
    }

    fn top_up(&mut self, account: Account, units: u128) -> Result<(), Refused> {
        self.loans.top_up(account, units)
    }

    /// Absorbs the account: the protocol repays its debt and keeps the collateral.
    fn start(&mut self, account: Account, _keeper: Keeper) -> Result<Start, Refused> {
        let Position { asset, collateral, debt } = self.loans.position(account);
        let theirs = [(small(collateral), self.asset(asset)?)];
        if !is_liquidatable(small(debt), &Self::base(), theirs)? {
            return Err(Refused::Healthy);
        }
        let absorbed = absorb(small(debt), &Self::base(), theirs)?;
        let bad_debt = peer::units(absorbed.shortfall)?;
        let start = Start {
            reward: 0,
            repaid: debt - bad_debt,
            seized: collateral,
            credited: peer::units(absorbed.balance)?,
            bad_debt,
        };
        let cost = i128::try_from(start.repaid + start.credited).map_err(|_| Refused::Overflow)?;
        let inventory = self.inventory.get_mut(asset).ok_or(Refused::NoLot)?;
        let held = inventory.held.checked_add(collateral).ok_or(Refused::Overflow)?;
        *self.loans.position_mut(account)? = Position { asset, collateral: 0, debt: 0 };
        *inventory = Inventory { held, net_cost: inventory.net_cost + cost };
        Ok(start)
    }

    fn lots(&self, _below: &[Account], out: &mut Vec<Lot>) {
        let store = (0..self.loans.assets()).zip(0u32..);
        out.extend(store.filter_map(|(asset, id)| {
            // What is left when the last unit that anybody could pay for is sold is worth nothing.
            (self.asked(asset).ok()? > 0).then_some(Lot { id, asset, account: None })
        }));
    }

    fn quote(&self, lot: Lot, max_pay: u128) -> Result<Fill, Refused> {
        let paid = max_pay.min(self.asked(lot.asset)?);
        let store = Store {
            held: small(self.inventory.get(lot.asset).ok_or(Refused::NoLot)?.held),
            reserves: self.reserves().map(small),
            target_reserves: small(self.target_reserves),
        };
        let factor = small(wad(self.rule.store_front_factor_bps));
        let theirs = self.asset(lot.asset)?;
        let bought = buy_collateral(&theirs, &Self::base(), factor, &store, small(paid))?;
        let received = peer::units(bought)?;
        if paid == 0 || received == 0 {
            return Err(Refused::Amount);
        }
        Ok(Fill { paid, received, ..Fill::default() })
    }

    fn take(&mut self, lot: Lot, max_pay: u128, _keeper: Keeper) -> Result<Fill, Refused> {
        let fill = self.quote(lot, max_pay)?;
        let paid = i128::try_from(fill.paid).map_err(|_| Refused::Overflow)?;
        let held = self.inventory.get_mut(lot.asset).ok_or(Refused::NoLot)?;
        held.held = held.held.checked_sub(fill.received).ok_or(Refused::Amount)?;
        held.net_cost -= paid;
        Ok(fill)
    }

    fn trigger_wad(&self, account: Account, threshold_bps: u16) -> Option<u128> {
        let Position { collateral, debt, .. } = self.position(account);
        Some(trigger_wad(collateral, debt, threshold_bps)?.saturating_add(PRICE_8))
    }

    fn inventory(&self, asset: Asset) -> Inventory {
        self.inventory.get(asset).copied().unwrap_or_default()
    }
}
