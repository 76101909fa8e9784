//! What a take moves on its terms (§ 4.3, § 4.5).

use super::{sub_signed, Terms};
use crate::{
    account::health::{amount_down, amount_up, value_down, value_up},
    gradual::Offer,
    num::{
        math::{add, mul_div_down, mul_div_up, sub, WAD},
        shares::to_assets_up,
    },
    AccountSnapshot, AssetId, Error,
};

/// What a take moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Debt repaid, in units of the debt asset.
    pub repaid: u128,
    /// Collateral to the taker for it, in units of the collateral asset.
    pub received: u128,
    /// Liquidation fee on top, in units of the collateral asset: the reward, and the rest for the
    /// protocol.
    pub fee: u128,
    /// The starter's part of the fee.
    pub reward: u128,
    pub bonus_wad: i128,
    /// The part of the whole floor of the reward that this take earns, wad (§ 4.5).
    pub earned_wad: u128,
}

/// What a take of at most `max_repay` units of debt moves on these terms.
///
/// Rounding: the taker pays whole units up and receives down, and is paid for one unit less than
/// they repay: debt shares round by up to a unit, and without it a take at the health bound could
/// lower the health factor by that rounding (§ 4.2). Where no health is left to raise and a unit is
/// worth more than dust, every unit is paid for (§ 4.6).
///
/// # Errors
/// [`Error::NoDebt`], [`Error::InsufficientBalance`] without such collateral,
/// [`Error::VelocityLimitReached`], [`Error::TakeLeavesDust`], [`Error::AmountTooSmall`].
#[inline(never)]
pub fn fill(
    snapshot: &AccountSnapshot,
    terms: &Terms,
    collateral: AssetId,
    debt: AssetId,
    max_repay: u128,
) -> Result<Fill, Error> {
    let debt_line = snapshot.priced(debt)?;
    let lot_line = snapshot.priced(collateral)?;
    let lot = snapshot.account.position(collateral).collateral;
    let owed = to_assets_up(
        snapshot.account.position(debt).debt_shares,
        debt_line.reserve.balances.owed(),
    )?;
    if owed == 0 {
        return Err(Error::NoDebt);
    }
    if lot == 0 {
        return Err(Error::InsufficientBalance);
    }
    let (debt_price, debt_decimals) =
        (debt_line.price()?.mid_wad, debt_line.reserve.config.decimals);
    let (lot_price, lot_decimals) = (lot_line.price()?.mid_wad, lot_line.reserve.config.decimals);
    let is_coarse = value_down(1, debt_price, debt_decimals)? > snapshot.params.dust_wad;

    let insolvent = terms.offer.whole;
    let target = amount_up(terms.offer.max_repay_wad, debt_price, debt_decimals)?.min(owed);
    let min_debt = debt_line.reserve.config.min_debt;
    let wanted = if leaves_dust(owed, target, min_debt) { owed } else { target };
    let rates = Rates::of(terms, value_up(wanted, debt_price, debt_decimals)?)?;
    let mut may_repay = wanted;

    let costs_wad = |units| {
        let value_wad = value_down(units, lot_price, lot_decimals)?;
        mul_div_up(value_wad, WAD, rates.paid_wad)
    };
    // What there is room for on the market (§ 4.8).
    if terms.max_sale < lot {
        let room = amount_down(costs_wad(terms.max_sale)?, debt_price, debt_decimals)?;
        if room == 0 || (room < may_repay && terms.max_sale < terms.slice) {
            return Err(Error::VelocityLimitReached);
        }
        may_repay = may_repay.min(room);
    }
    // What the lot pays for, when it is the lot that ends first.
    let lot_costs_wad = costs_wad(lot)?;
    let buys_lot = if is_coarse && insolvent {
        // In whole units; what is left then is worth less than one, and is dust (§ 4.6).
        amount_down(lot_costs_wad, debt_price, debt_decimals)?.max(1)
    } else {
        add(amount_up(lot_costs_wad, debt_price, debt_decimals)?, 1)?
    };

    let mut repaid = max_repay.min(may_repay).min(buys_lot);
    if repaid < buys_lot && leaves_dust(owed, repaid, min_debt) {
        // So much less that the minimum is left (dss `clip.sol`). A debt that is no more than that goes in
        // parts where there is no room for all of it: there may never be.
        let more = owed.saturating_sub(min_debt);
        if more != 0 {
            repaid = more;
        } else if repaid < may_repay || may_repay == wanted {
            return Err(Error::TakeLeavesDust);
        }
    }
    let closes = repaid == owed && snapshot.account.debts().count() == 1;
    let unpaid = u128::from(!(is_coarse && (insolvent || closes)));
    let repaid_wad = value_down(repaid.saturating_sub(unpaid), debt_price, debt_decimals)?;
    let takes_lot = repaid == buys_lot && repaid_wad >= lot_costs_wad;
    let (received, fee, reward) = if takes_lot {
        let fee = mul_div_down(lot, rates.fee_wad, rates.paid_wad)?;
        let reward = mul_div_down(lot, rates.reward_wad, rates.paid_wad)?.min(fee);
        (sub(lot, fee)?, fee, reward)
    } else {
        let worth = |fraction_wad| {
            amount_down(mul_div_down(repaid_wad, fraction_wad, WAD)?, lot_price, lot_decimals)
        };
        let received = worth(terms.offer.priced_wad()?)?.min(lot);
        let fee = worth(rates.fee_wad)?.min(sub(lot, received)?);
        (received, fee, worth(rates.reward_wad)?.min(fee))
    };
    if repaid == 0 || received == 0 {
        return Err(Error::AmountTooSmall);
    }
    let unearned_wad = snapshot.account.auction.as_ref().map_or(0, |running| running.unearned_wad);
    let earned_wad = mul_div_up(unearned_wad, repaid.min(wanted), wanted.max(1))?;
    Ok(Fill { repaid, received, fee, reward, bonus_wad: terms.offer.bonus_wad, earned_wad })
}

/// Fee and reward as parts of what is repaid, with the floor of the reward (§ 4.5).
///
/// The floor is a part too: what is left of it for each dollar that may be repaid now. So a take
/// earns as much of it as it does of the work, and takes in parts earn what one does.
struct Rates {
    reward_wad: u128,
    fee_wad: u128,
    /// 1 + bonus + fee.
    paid_wad: u128,
}

impl Rates {
    fn of(terms: &Terms, may_repay_wad: u128) -> Result<Self, Error> {
        // The floor comes out of what the health bound leaves.
        let floor_wad = match mul_div_down(terms.reward_floor_wad, WAD, may_repay_wad.max(1)) {
            Ok(floor_wad) => floor_wad.min(terms.offer.fee_room_wad),
            Err(_) => terms.offer.fee_room_wad,
        };
        let Offer { fee_wad, .. } = terms.offer;
        let reward_wad = mul_div_down(fee_wad, terms.reward_share_wad, WAD)?.max(floor_wad);
        let fee_wad = fee_wad.max(reward_wad);
        let paid_wad = add(terms.offer.priced_wad()?, fee_wad)?;
        Ok(Self { reward_wad, fee_wad, paid_wad })
    }
}

/// Value of what a fill received in excess of what it repaid, wad dollars: the borrower's cost
/// without the fee. Negative when the taker paid above the oracle price.
pub fn cost_wad(
    snapshot: &AccountSnapshot,
    fill: &Fill,
    collateral: AssetId,
    debt: AssetId,
) -> Result<i128, Error> {
    let (lot, owed) = (snapshot.priced(collateral)?, snapshot.priced(debt)?);
    let fair = value_down(fill.received, lot.price()?.mid_wad, lot.reserve.config.decimals)?;
    let paid = value_up(fill.repaid, owed.price()?.mid_wad, owed.reserve.config.decimals)?;
    sub_signed(fair, paid)
}

/// Whether repaying `repaid` of `owed` leaves a debt below the minimum.
fn leaves_dust(owed: u128, repaid: u128, min_debt: u128) -> bool {
    let left = owed.saturating_sub(repaid);
    left != 0 && left < min_debt
}
