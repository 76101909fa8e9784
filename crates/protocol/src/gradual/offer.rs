//! What one account is offered at: its bonus and how much of it may be bought (§ G4), and what the
//! pool buys (§ G6).

use crate::{
    gradual::{
        config::{AuctionConfig, Pace},
        price::CommonBonus,
        size::{health_bound_wad, repay_to_target_up},
    },
    num::{
        math::{add, bps_to_wad, mul_div_up, WAD},
        time::MINUTE_MS,
        value::Health,
    },
    risk::tiers::Schedule,
    Error,
};

/// An account in auction, and the collateral asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub health: &'a Health,
    /// What the account's collateral in the asset is worth, wad dollars, rounded down.
    pub lot_wad: u128,
    /// Thresholds of the asset, and their average over the lot, wad, rounded up (§ 4.2).
    pub thresholds: &'a Schedule,
    pub average_threshold_wad: u128,
    /// Whether it is one of those that the common price waits for.
    pub counted: bool,
    /// For how long it has been in auction and its prices good without a break or a halt.
    pub own_ms: u64,
    /// The health factor that a take may lift it to, wad.
    pub target_health_wad: u128,
}

/// Terms for one account and collateral.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What the buyer gets beyond the oracle's price; negative where they pay more.
    pub bonus_wad: i128,
    /// On top, in collateral, from the borrower.
    pub fee_wad: u128,
    /// The most that the fee may be within the health bound, for the floor of the starter's reward.
    pub fee_room_wad: u128,
    /// The collateral can't cover the debt any more: sold whole, without a fee.
    pub whole: bool,
    /// Most value of debt to repay, wad dollars, rounded up.
    pub max_repay_wad: u128,
}

impl Offer {
    /// 1 + bonus + fee, wad.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn paid_wad(&self) -> Result<u128, Error> {
        add(self.priced_wad()?, self.fee_wad)
    }

    /// 1 + bonus, wad: collateral for each dollar repaid.
    ///
    /// # Errors
    /// [`Error::Overflow`].
    pub fn priced_wad(&self) -> Result<u128, Error> {
        WAD.checked_add_signed(self.bonus_wad).ok_or(Error::Overflow)
    }
}

/// LTV of an account, wad, rounded up; [`u128::MAX`] without collateral.
pub fn ltv_up_wad(health: &Health) -> u128 {
    mul_div_up(health.debt_wad, WAD, health.collateral_wad).unwrap_or(u128::MAX)
}

/// What an account is offered at to keepers (§ G4):
/// clamp(min(common bonus, own clock) + urgency, -floor, min(highest, health bound)); the fee has what
/// the bound leaves.
///
/// Who is not counted has its own clock alone. One that can't cover debt and `whole_bps` is sold
/// whole, without urgency and fee.
///
/// # Errors
/// [`Error::Healthy`], [`Error::Overflow`].
#[inline(never)]
pub fn offer(
    config: &AuctionConfig,
    pace: &Pace,
    common: &CommonBonus,
    asked: &Asked,
) -> Result<Offer, Error> {
    if asked.health.is_healthy() {
        return Err(Error::Healthy);
    }
    let own_wad = own_bonus_wad(config, asked.own_ms);
    let base_wad = if asked.counted { common.wad().min(own_wad) } else { own_wad };
    let floor_wad = signed(bps_to_wad(config.floor_bps))?.saturating_neg();
    let highest_wad = signed(bps_to_wad(config.max_bonus_bps))?;
    if is_whole(config, asked.health)? {
        return Ok(whole(asked.health, base_wad.clamp(floor_wad, highest_wad)));
    }
    let urgency_wad = signed(urgency_down_wad(config, pace, asked))?;
    let wished_wad = base_wad.saturating_add(urgency_wad).clamp(floor_wad, highest_wad);
    sized(config, asked, wished_wad)
}

/// What the pool buys of an account (§ G6): at the oracle's price, from its LTV on, up to the target
/// health. `None` below that LTV. How much money it has, the caller knows.
///
/// # Errors
/// [`Error::Healthy`], [`Error::WorseCollateralFirst`] where a sale at the oracle's price would lower the
/// account's health, [`Error::Overflow`].
#[inline(never)]
pub fn pool_offer(config: &AuctionConfig, asked: &Asked) -> Result<Option<Offer>, Error> {
    if asked.health.is_healthy() {
        return Err(Error::Healthy);
    }
    if ltv_up_wad(asked.health) < bps_to_wad(config.pool_ltv_bps) {
        return Ok(None);
    }
    if is_whole(config, asked.health)? {
        return Ok(Some(whole(asked.health, 0)));
    }
    let offer = sized(config, asked, 0)?;
    // What lowers the account's health at the oracle's price is not bought above it: worse collateral is
    // first.
    if offer.bonus_wad < 0 {
        return Err(Error::WorseCollateralFirst);
    }
    Ok(Some(offer))
}

/// The bonus at which the pool's stock is sold, wad: the common one (§ G6).
pub fn stock_bonus_wad(config: &AuctionConfig, common: &CommonBonus) -> i128 {
    let bound = |bps| i128::try_from(bps_to_wad(bps)).unwrap_or(0);
    common.wad().clamp(bound(config.floor_bps).saturating_neg(), bound(config.max_bonus_bps))
}

/// The most that an account's own clock allows, wad.
fn own_bonus_wad(config: &AuctionConfig, own_ms: u64) -> i128 {
    let per_minute = bps_to_wad(config.own_bps_per_min);
    let bonus = per_minute.saturating_mul(own_ms.into()).checked_div(MINUTE_MS.into());
    i128::try_from(bonus.unwrap_or(0)).unwrap_or(i128::MAX)
}

/// The bonus by LTV, wad, rounded down: with the square of the way from the threshold to full
/// urgency; none where the account can't be saved (§ G4).
fn urgency_down_wad(config: &AuctionConfig, pace: &Pace, asked: &Asked) -> u128 {
    let ltv_wad = ltv_up_wad(asked.health);
    if ltv_wad >= bps_to_wad(config.lost_ltv_bps) {
        return 0;
    }
    let from_wad = asked.average_threshold_wad;
    let way_wad = bps_to_wad(config.urgency_ltv_bps).saturating_sub(from_wad);
    let gone_wad = ltv_wad.saturating_sub(from_wad).min(way_wad);
    // Both are at most 1: no product below is wider than 128 bits.
    let part_wad = gone_wad.saturating_mul(WAD).checked_div(way_wad).unwrap_or(0);
    let square_wad = part_wad.saturating_mul(part_wad).checked_div(WAD).unwrap_or(0);
    bps_to_wad(pace.urgency_bps).saturating_mul(square_wad).checked_div(WAD).unwrap_or(0)
}

/// Whether the collateral is worth less than the debt and `whole_bps` more.
fn is_whole(config: &AuctionConfig, health: &Health) -> Result<bool, Error> {
    let needed = mul_div_up(health.debt_wad, add(WAD, bps_to_wad(config.whole_bps))?, WAD)?;
    Ok(health.collateral_wad < needed)
}

fn whole(health: &Health, bonus_wad: i128) -> Offer {
    Offer { bonus_wad, fee_wad: 0, fee_room_wad: 0, whole: true, max_repay_wad: health.debt_wad }
}

/// The terms at a bonus that is wished for, within the health bound (§ 4.2): up to the target.
fn sized(config: &AuctionConfig, asked: &Asked, wished_wad: i128) -> Result<Offer, Error> {
    let bound_wad = health_bound_wad(asked.health, asked.average_threshold_wad)?;
    let bonus_wad = wished_wad.min(bound_wad);
    let fee_room_wad = u128::try_from(bound_wad.saturating_sub(bonus_wad)).unwrap_or(0);
    let mut offer = Offer {
        bonus_wad,
        fee_wad: bps_to_wad(config.fee_bps).min(fee_room_wad),
        fee_room_wad,
        whole: false,
        max_repay_wad: 0,
    };
    offer.max_repay_wad = repay_to_target_up(
        asked.target_health_wad,
        asked.health,
        offer.paid_wad()?,
        asked.thresholds,
        asked.lot_wad,
    )?;
    Ok(offer)
}

fn signed(value: u128) -> Result<i128, Error> {
    i128::try_from(value).map_err(|_| Error::Overflow)
}
