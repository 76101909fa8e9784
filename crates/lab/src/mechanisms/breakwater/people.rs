//! What borrowers, a washer, and those who leave do beyond what a market asks of them.

use super::{asset_id, borrower, Balances, Wash, LENDER, USD};
use crate::mechanisms::{Account, Asset, Position};
use breakwater_model::Call;
use breakwater_protocol::{
    account::health::value_down, gradual::Seller, market, num::math::WAD, AccountSnapshot, Action,
    AssetId, Error,
};

impl Balances {
    /// Opens a loan, or as much of it as the rules allow.
    pub(super) fn lend(&mut self, account: Account, position: &Position) -> Result<(), Error> {
        const PARTS: u128 = 16;
        let (who, asset) = (borrower(account), asset_id(position.asset)?);
        let deposit = |amount| Action::DepositCollateral { asset, amount, excess_to_supply: false };
        let fits = (1..=PARTS)
            .rev()
            .find(|part| self.act(who, deposit(position.collateral / PARTS * part)).is_ok());
        let Some(part) = fits else { return Ok(()) };
        let wished = position.debt / PARTS * part;
        let mut snapshot = self.model.snapshot(&who)?;
        snapshot.add_reserve(self.dollars, self.reserve(self.dollars)?.clone())?;
        let limit = snapshot.borrowing_power()?.limit_wad / (WAD / USD);
        let debt = wished.min(limit.saturating_sub(1));
        let borrow = Action::Borrow { asset: self.dollars, assets: debt };
        match self.act(who, borrow) {
            Ok(_) => Ok(()),
            // Below the least loan: they leave again.
            Err(Error::DebtBelowMinimum | Error::ZeroAmount) => {
                let all = breakwater_protocol::ALL;
                self.act(who, Action::WithdrawCollateral { asset, amount: all }).map(drop)
            }
            Err(error) => Err(error),
        }
    }

    /// Both assets of a pair, to sell stock on.
    pub(super) fn pair(&self, collateral: AssetId) -> Result<AccountSnapshot, Error> {
        let mut snapshot =
            market::snapshot_of(&self.model, Default::default(), &[collateral, self.dollars])?;
        for priced in &mut snapshot.reserves {
            priced.price = self.model.prices.get(usize::from(priced.asset)).copied().flatten();
        }
        Ok(snapshot)
    }

    /// The washer takes all there is room for. They pay the fee.
    pub(super) fn wash(&mut self, asset: Asset) -> Result<(), Error> {
        let stops = match self.wash {
            Wash::Never => true,
            Wash::Once => self.washed_usd > 0.0,
            Wash::Always => false,
        };
        if stops || self.running.is_empty() {
            return Ok(());
        }
        let id = asset_id(asset)?;
        let snapshot = self.pair(id)?;
        let (mut now, pace, priced) =
            (snapshot.touched(id)?, snapshot.pace(id)?, snapshot.priced(id)?);
        let (config, depth) =
            (priced.reserve.config.auction, priced.reserve.config.liquidity.depth);
        let units = now.may_sell_down(&config, &pace, Seller::Account, depth, u128::MAX)?;
        now.sell(&config, &pace, Seller::Account, depth, units)?;
        self.washed_usd += value_down(units, priced.price()?.mid_wad, 18)? as f64 / 1e18;
        if let Some(reserve) = self.model.reserves.get_mut(asset) {
            reserve.balances.gradual = now;
        }
        self.desks.get_mut().clear();
        Ok(())
    }

    /// From the first auction on lenders take out all the cash there is, stakers give notice and leave when they
    /// may.
    pub(super) fn leave(&mut self) {
        let runs = !self.running.is_empty();
        let Some(leaving) = &mut self.leaving else { return };
        *leaving |= runs;
        if !*leaving {
            return;
        }
        let asset = self.dollars;
        let Ok(cash) = self.reserve(asset).map(|dollars| dollars.balances.cash) else { return };
        if cash != 0 {
            // Less, where the outflow limit has no room for all: then it is tried again in the next block.
            let _ = self.act(LENDER, Action::Withdraw { asset, assets: cash });
        }
        let now_ms = self.model.now_ms;
        let notice = self.model.stakes.get(&(asset, LENDER)).and_then(|stake| stake.notice);
        let _ = match notice {
            Some(notice) if now_ms >= notice.opens_ms && now_ms < notice.closes_ms => {
                let shares = breakwater_protocol::ALL;
                self.call(LENDER, Call::BackstopWithdraw { asset, shares })
            }
            Some(notice) if now_ms < notice.again_ms => return,
            _ => self.call(LENDER, Call::BackstopGiveNotice(asset)),
        };
    }
}
