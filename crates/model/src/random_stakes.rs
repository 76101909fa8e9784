//! What people have, and what a stake is worth: what must hold of it, whoever enters, leaves, has the
//! backstop buy or buys its stock.

use crate::{
    random::{person, size as units, World, ASSETS},
    random_sales::all_reserves,
    Call, Done, Model,
};
use breakwater_protocol::{
    account::health::value_down,
    backstop::Left,
    gradual::Notice,
    num::{
        math::mul_div_down,
        shares::{to_assets_down, to_assets_up, Pot, VIRTUAL_SHARES},
    },
    AccountId, AccountSnapshot, AssetId, Error, Order, Reserve, VaultStake, ALL,
};

/// Rounding: some units of the dearest asset.
const ROUNDING_WAD: f64 = 0.01 * 1e18;
/// Of what a stake is worth.
const ROUNDING_PART: f64 = 1e-9;
/// Comes to a backstop for one purchase.
const SNIPER: AccountId = [0x55; 32];

/// What all stakes of a backstop are worth at the middle of the bands, wad dollars.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Worth {
    asset: AssetId,
    generation: u32,
    shares: u128,
    wad: f64,
    /// A few units of each.
    rounding_wad: f64,
}

/// The worths of all backstops; none where a price is missing.
pub(crate) fn worths(snapshot: &AccountSnapshot) -> Vec<Option<Worth>> {
    snapshot.reserves.iter().map(|priced| worth(snapshot, priced.asset).ok()).collect()
}

fn worth(snapshot: &AccountSnapshot, asset: AssetId) -> Result<Worth, Error> {
    let priced = snapshot.priced(asset)?;
    let vault = &priced.reserve.vault;
    let unit_wad = |asset| {
        let priced = snapshot.priced(asset)?;
        let whole = 10f64.powi(priced.reserve.config.decimals.into());
        Ok::<_, Error>(priced.price()?.mid_wad as f64 / whole)
    };
    let mut wad = priced.reserve.backstop_assets_down()? as f64 * unit_wad(asset)?;
    let mut rounding_wad = 4.0 * unit_wad(asset)?;
    for stock in &vault.stocks {
        wad += stock.units as f64 * unit_wad(stock.asset)?;
        rounding_wad += 4.0 * unit_wad(stock.asset)?;
    }
    let (generation, shares) = (vault.generation, vault.shares);
    Ok(Worth { asset, generation, shares, wad, rounding_wad })
}

/// What a message has made of the worth of all stakes: nobody's share is worth less for another's
/// coming or going, nor for a purchase; a sale costs no more than its bonus.
pub(crate) fn check_worths(
    before: &[Option<Worth>],
    after: &AccountSnapshot,
    call: &Call,
    done: &Done,
) -> Result<(), String> {
    for was in before.iter().flatten() {
        let Ok(is) = worth(after, was.asset) else { continue };
        // Without shares nobody has anything.
        if is.generation != was.generation || was.shares == 0 || is.shares == 0 {
            continue;
        }
        let mut allowed_wad = 0.0;
        for lost in done.written_off() {
            for lost in lost.bad_debt.iter().filter(|lost| lost.asset == was.asset) {
                let priced = after.priced(lost.asset).map_err(|error| format!("{error:?}"))?;
                let whole = 10f64.powi(priced.reserve.config.decimals.into());
                let price = priced.price.map_or(0.0, |price| price.mid_wad as f64);
                allowed_wad +=
                    (lost.borne.by_backstop + lost.borne.by_lenders) as f64 / whole * price;
            }
        }
        if let (Call::BuyStock(order), Done::StockSold(sale)) = (call, done) {
            if order.debt == was.asset && sale.bonus_wad > 0 {
                let priced =
                    after.priced(order.collateral).map_err(|error| format!("{error:?}"))?;
                let most_bps = f64::from(priced.reserve.config.auction.max_bonus_bps);
                let whole = 10f64.powi(priced.reserve.config.decimals.into());
                let price = priced.price.map_or(0.0, |price| price.mid_wad as f64);
                allowed_wad += sale.received as f64 / whole * price * most_bps / 1e4;
            }
        }
        let each = |worth: &Worth, more_wad: f64| {
            (worth.wad + more_wad) / (worth.shares + VIRTUAL_SHARES) as f64
        };
        let least_wad = each(was, -allowed_wad - was.rounding_wad) * (1.0 - ROUNDING_PART);
        if each(&is, is.rounding_wad) < least_wad {
            return Err(format!("stakes are worth less: {was:?} {is:?}, {allowed_wad} allowed"));
        }
    }
    Ok(())
}

/// A reserve with interest up to now.
fn accrued(model: &Model, asset: AssetId) -> Result<Reserve, Error> {
    let mut reserve = model.reserve(asset)?.clone();
    reserve.accrue(model.now_ms)?;
    Ok(reserve)
}

/// A stake's part of the pool: supply shares, and units of each stock.
fn part_of(
    model: &Model,
    asset: AssetId,
    stake: &VaultStake,
) -> Result<(u128, Vec<(AssetId, u128)>), Error> {
    // With the premium up to now.
    let reserve = accrued(model, asset)?;
    let held = reserve.balances.backstop_shares;
    let all = reserve.vault.shares;
    let money = to_assets_down(stake.shares, Pot { assets: held, shares: all })?.min(held);
    let mut stocks = Vec::new();
    for stock in &reserve.vault.stocks {
        let units = mul_div_down(stock.units, stake.shares, all + VIRTUAL_SHARES)?;
        stocks.push((stock.asset, units));
    }
    Ok((if stake.is_empty() { 0 } else { money }, stocks))
}

/// All that somebody has in the market, wad dollars: lent, held, owed, staked, earned. `None` where a
/// price is missing.
pub fn wealth_wad(model: &Model, who: AccountId) -> Option<i128> {
    let account = model.account(&who);
    let mut sum = 0i128;
    let parts: Vec<_> = (0..ASSETS.min(model.reserves.len() as u8))
        .map(|asset| {
            let stake = model.stake_of(asset, &who)?;
            Ok::<_, Error>((asset, part_of(model, asset, &stake)?))
        })
        .collect::<Result<_, _>>()
        .ok()?;
    for (asset, (staked, _)) in &parts {
        let asset = *asset;
        let reserve = accrued(model, asset).ok()?;
        let balances = &reserve.balances;
        let held = account.position(asset);
        let lent = to_assets_down(held.supply_shares + staked, balances.supplied().ok()?).ok()?;
        let owed = if held.debt_shares == 0 {
            0
        } else {
            to_assets_up(held.debt_shares, balances.owed()).ok()?
        };
        let mut units = lent + held.collateral;
        units += model.rewards.get(&(who, asset)).copied().unwrap_or(0);
        let stocks = parts.iter().flat_map(|(_, (_, stocks))| stocks);
        units += stocks.filter(|(of, _)| *of == asset).map(|(_, units)| units).sum::<u128>();
        if units == 0 && owed == 0 {
            continue;
        }
        let price = model.prices[usize::from(asset)]?;
        let worth = |units| value_down(units, price.mid_wad, reserve.config.decimals).ok();
        sum += worth(units)? as i128 - worth(owed)? as i128;
    }
    Some(sum)
}

impl World {
    /// Somebody stakes just before something is bought and goes right after; or goes before and comes
    /// back after. Played beside the market: neither has brought anything, but for losses gone from.
    pub(crate) fn snipe(&self, target: u8, choice: u8, size: u16) -> Result<(), String> {
        let Some(account) = self.sickest_of_all(target) else { return Ok(()) };
        let (collateral, debt) = self.pair(&account, choice, choice / 5);
        let event = |model: &mut Model| {
            let mut all = Vec::new();
            let order =
                Order { collateral, debt, max_repay: units(debt, size / 3).max(1), min_receive: 0 };
            let calls = [
                Call::Liquidate(account),
                Call::BackstopFill { account, collateral, debt },
                Call::Take { account, order },
            ];
            for call in calls {
                all.extend(model.apply(person(choice), &call));
            }
            all
        };
        self.comes_and_goes(debt, size, &event)?;
        self.goes_and_comes(debt, &event)
    }

    /// Enters, lets something happen, leaves.
    fn comes_and_goes(
        &self,
        asset: AssetId,
        size: u16,
        event: &dyn Fn(&mut Model) -> Vec<Done>,
    ) -> Result<(), String> {
        let mut model = self.model.clone();
        let assets = units(asset, size.min(0xfff0)).max(1);
        let Some(before) = value(&model, asset, assets) else { return Ok(()) };
        if model.apply(SNIPER, &Call::BackstopDeposit { asset, assets }).is_err() {
            return Ok(());
        }
        event(&mut model);
        let left = leave_at_once(&mut model, asset, SNIPER)?;
        let Some(after) = left_wad(&model, asset, &left) else { return Ok(()) };
        if after > before * (1.0 + ROUNDING_PART) + ROUNDING_WAD {
            return Err(format!("who staked {before} for a moment in {asset} has {after}"));
        }
        Ok(())
    }

    /// Leaves, lets something happen, enters with all that came out, its worth in money.
    fn goes_and_comes(
        &self,
        asset: AssetId,
        event: &dyn Fn(&mut Model) -> Vec<Done>,
    ) -> Result<(), String> {
        let stakes = self.model.stakes.range((asset, [0; 32])..=(asset, [255; 32]));
        for ((_, who), _) in stakes.take(2) {
            let mut stays = self.model.clone();
            let all = event(&mut stays);
            if all
                .iter()
                .any(|done| done.written_off().iter().any(|lost| !lost.bad_debt.is_empty()))
            {
                continue;
            }
            let mut goes = self.model.clone();
            if goes.stake_of(asset, who).map_or(true, |stake| stake.is_empty()) {
                continue;
            }
            let left = leave_at_once(&mut goes, asset, *who)?;
            let (Some(got), Some(unit)) =
                (left_wad(&goes, asset, &left), value(&goes, asset, 1 << 40))
            else {
                continue;
            };
            event(&mut goes);
            let assets = (got / (unit / (1u64 << 40) as f64)) as u128;
            if goes.apply(*who, &Call::BackstopDeposit { asset, assets }).is_err() {
                continue;
            }
            let worth = |model: &Model| {
                let snapshot = all_reserves(model).ok()?;
                let stake = model.stake_of(asset, who).ok()?;
                let all = worth(&snapshot, asset).ok()?;
                Some(all.wad * stake.shares as f64 / (all.shares + VIRTUAL_SHARES) as f64)
            };
            let (Some(stayed), Some(went)) = (worth(&stays), worth(&goes)) else { continue };
            if went > stayed * (1.0 + 1e-6) + ROUNDING_WAD {
                return Err(format!("who left {asset} for a moment has {went} and not {stayed}"));
            }
        }
        Ok(())
    }

    /// Stakes that may leave now.
    pub(crate) fn may_leave(&self) -> impl Iterator<Item = (AssetId, AccountId)> + '_ {
        let now_ms = self.model.now_ms;
        let open = move |notice: Notice| (notice.opens_ms..=notice.closes_ms).contains(&now_ms);
        let stakes = self.model.stakes.iter();
        stakes.filter(move |(_, stake)| stake.notice.is_some_and(open)).map(|(of, _)| *of)
    }

    /// One of the accounts in auction, or the sickest.
    fn sickest_of_all(&self, choice: u8) -> Option<AccountId> {
        let running: Vec<_> =
            self.model.accounts.iter().filter(|(_, held)| held.auction.is_some()).collect();
        if choice.is_multiple_of(2) && !running.is_empty() {
            return Some(*running[usize::from(choice / 2) % running.len()].0);
        }
        self.sickest()
    }

    /// Staking, giving notice and leaving in its time are never refused, whatever state the market is in.
    pub(crate) fn check_stakers(&self) -> Result<(), String> {
        let now_ms = self.model.now_ms;
        for ((asset, who), stake) in &self.model.stakes {
            let asset = *asset;
            let now = match self.model.stake_of(asset, who) {
                Ok(now) if now.is_empty() => continue,
                Ok(now) => now,
                Err(_) => return Err(format!("{stake:?} in {asset}, which is not listed")),
            };
            let rests = now.notice.is_some_and(|notice| now_ms < notice.again_ms);
            let notice = self.model.clone().apply(*who, &Call::BackstopGiveNotice(asset));
            if notice.as_ref().err() != rests.then_some(&Error::NoticeRests) {
                return Err(format!("notice in {asset}: {notice:?}, {now:?}"));
            }
            let open = |notice: Notice| (notice.opens_ms..=notice.closes_ms).contains(&now_ms);
            let leaves = Call::BackstopWithdraw { asset, shares: ALL };
            let left = self.model.clone().apply(*who, &leaves);
            match (now.notice.is_some_and(open), left) {
                (true, Ok(_)) | (false, Err(Error::NoticeNeeded)) => {}
                (_, left) => return Err(format!("leaving {asset}: {left:?}, {now:?}")),
            }
        }
        // Rarely: it costs much.
        if !(now_ms / 1_000).is_multiple_of(8) {
            return Ok(());
        }
        for asset in self.model.listed() {
            self.check_staking(asset).map_err(|why| format!("staking in {asset}: {why}"))?;
        }
        Ok(())
    }

    fn check_staking(&self, asset: AssetId) -> Result<(), String> {
        let snapshot = all_reserves(&self.model).map_err(|error| format!("{error:?}"))?;
        let priced = snapshot.priced(asset).map_err(|error| format!("{error:?}"))?;
        let assets = units(asset, 0x4000);
        let call = Call::BackstopDeposit { asset, assets };
        let good = |asset: AssetId| {
            snapshot.priced(asset).is_ok_and(|priced| {
                priced.require_price(breakwater_protocol::oracle::price::Use::Settlement).is_ok()
            })
        };
        let stocks = &priced.reserve.vault.stocks;
        let is_known =
            stocks.is_empty() || (good(asset) && stocks.iter().all(|stock| good(stock.asset)));
        match self.model.clone().apply(SNIPER, &call) {
            Ok(_) | Err(Error::SharesWornOut | Error::SupplyCapExceeded) => Ok(()),
            Err(Error::NotBorrowable) if !priced.reserve.config.borrowable => Ok(()),
            // What is dear beyond what the money pays for.
            Err(Error::AmountTooSmall) => Ok(()),
            Err(_) if !is_known => Ok(()),
            Err(error) => Err(format!("{error:?}")),
        }
    }
}

/// Leaves with all, as if notice had been given in time.
fn leave_at_once(model: &mut Model, asset: AssetId, who: AccountId) -> Result<Left, String> {
    if let Some(stake) = model.stakes.get_mut(&(asset, who)) {
        let (opens_ms, closes_ms, again_ms) = (0, u64::MAX, u64::MAX);
        stake.notice = Some(Notice { opens_ms, closes_ms, again_ms });
    }
    match model.apply(who, &Call::BackstopWithdraw { asset, shares: ALL }) {
        Ok(Done::Unstaked(left)) => Ok(left),
        // All was lost, and is void since somebody came.
        Err(Error::NoStake) => Ok(Left { shares: 0, supply_shares: 0, stocks: Vec::new() }),
        other => Err(format!("who is in can't leave: {other:?}")),
    }
}

/// What somebody got who left, wad dollars.
fn left_wad(model: &Model, asset: AssetId, left: &Left) -> Option<f64> {
    let reserve = model.reserve(asset).ok()?;
    let lent = to_assets_down(left.supply_shares, reserve.balances.supplied().ok()?).ok()?;
    let mut sum = value(model, asset, lent)?;
    for (of, units) in &left.stocks {
        sum += value(model, *of, *units)?;
    }
    Some(sum)
}

fn value(model: &Model, asset: AssetId, units: u128) -> Option<f64> {
    let price = model.prices[usize::from(asset)]?;
    let decimals = model.reserve(asset).ok()?.config.decimals;
    value_down(units, price.mid_wad, decimals).ok().map(|wad| wad as f64)
}
