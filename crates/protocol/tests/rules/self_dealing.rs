//! One who is borrower, starter and taker at once and owns nine tenths of the pool gains nothing by
//! it: rewards, premium and fee included. A peer lost 775,000 dollars that way in August 2026.

use crate::common::*;
use breakwater_protocol::{
    actions::{self, backstop_fill, start_liquidation},
    backstop,
    health::value_down,
    math::WAD,
    shares::to_assets_down,
    MarketParams, Pool, Sheet, Stake, ALL,
};
use proptest::prelude::*;

const SELF: [u8; 32] = [7; 32];
/// A cent: some units of rounding on each side.
const ROUNDING_WAD: i128 = WAD as i128 / 100;

/// What they have, wherever it lies.
struct Person {
    sheet: Sheet,
    pool: Pool,
    own: Stake,
    others: Stake,
    /// Dollars' units and ETH's, paid less received.
    usd: i128,
    eth: i128,
    rewards: u128,
}

impl Person {
    /// A loan of their own on 10 ETH; in the pool they have 9,000 dollars and others 1,000.
    fn new(debt: u128, floor_wad: u128, price_wad: u128, premium_bps: u16) -> Self {
        let mut sheet = borrower(debt);
        sheet.params = MarketParams { starter_floor_wad: floor_wad, ..params() };
        config(&mut sheet, ETH).auction.start_premium_bps = premium_bps;
        let (mut pool, mut own, mut others) = Default::default();
        for (stake, dollars) in [(&mut own, 9_000), (&mut others, 1_000)] {
            let now_ms = sheet.now_ms;
            let reserve = sheet.reserve_mut(USD).unwrap();
            backstop::deposit(reserve, &mut pool, stake, None, dollars * DOLLAR, now_ms).unwrap();
        }
        set_prices(&mut sheet, price_wad);
        Self { sheet, pool, own, others, usd: 0, eth: 0, rewards: 0 }
    }

    fn take(&mut self, repay: u128) -> bool {
        let mut next = self.sheet.clone();
        let Ok(taken) = actions::take(&mut next, SELF, &order(repay, 0)) else { return false };
        self.sheet = next;
        self.usd -= taken.fill.repaid as i128;
        self.eth += taken.paid_out as i128;
        assert_eq!(taken.reward_to, None);
        !taken.terms.insolvent && taken.written_off.bad_debt.is_empty()
    }

    fn fill(&mut self) -> Option<bool> {
        let (mut next, mut pool) = (self.sheet.clone(), self.pool.clone());
        let taken = backstop_fill(&mut next, &mut pool, ETH, USD).ok()?;
        (self.sheet, self.pool) = (next, pool);
        assert_eq!(taken.reward_to.is_some(), taken.fill.reward != 0);
        self.rewards += taken.fill.reward;
        // A pool that pays above the oracle's price is another rule's matter.
        let fair = taken.fill.bonus_wad >= 0;
        Some(fair && !taken.terms.insolvent && taken.written_off.bad_debt.is_empty())
    }

    fn wealth_wad(&self) -> i128 {
        let health = self.sheet.health().unwrap();
        let usd = reserve(&self.sheet, USD);
        let mut own = self.own.clone();
        own.settle(&self.pool, None, 6).unwrap();
        let held = self.pool.held_down(own.shares, usd.books.backstop_shares).unwrap();
        let staked = to_assets_down(held, usd.books.supplied().unwrap()).unwrap();
        let gained = own.claimable_down(ETH, 18).unwrap() + self.rewards;
        let price_wad = self.sheet.line(ETH).unwrap().price().unwrap().mid_wad;
        let eth = gained as i128 + self.eth;
        let eth_wad = value_down(eth as u128, price_wad, 18).unwrap() as i128;
        let usd_wad = (staked as i128 + self.usd) * (WAD / DOLLAR) as i128;
        health.collateral_wad as i128 - health.debt_wad as i128 + eth_wad + usd_wad
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nobody_gains_from_themselves(
        debt in 200u128..=1_500,
        fall in 1u128..=17,
        floor_dollars in 0u128..=100,
        premium_bps in 0u16..=200,
        moves in prop::collection::vec((0u8..4, 0u64..20, 1u128..=200), 1..12),
    ) {
        let price_wad = debt * WAD / 8 * (1_000 - 10 * fall) / 1_000;
        let mut one = Person::new(debt, floor_dollars * WAD, price_wad, premium_bps);
        let before = one.wealth_wad();
        for (kind, minutes, part) in moves {
            let fair = match kind {
                0 => start_liquidation(&mut one.sheet, SELF, 0).map(|()| true).unwrap_or(true),
                1 => one.take(debt * DOLLAR * part / 200) || one.sheet.account.has_debt(),
                2 => one.fill().unwrap_or(true),
                _ => {
                    pass(&mut one.sheet, minutes * MINUTE_MS);
                    set_prices(&mut one.sheet, price_wad);
                    true
                }
            };
            if !fair {
                return Ok(());
            }
            let after = one.wealth_wad();
            prop_assert!(after <= before + ROUNDING_WAD, "{kind}: {before} to {after}");
        }
    }
}

/// The case by hand: what the own pool gains the borrower loses, a tenth of the bonus goes to the
/// others in the pool, and half of the fee to the protocol.
#[test]
fn the_sum_of_their_own_auction_is_a_loss() {
    let mut one = Person::new(1_500, 20 * WAD, 180 * WAD, 200);
    let before = one.wealth_wad();
    start_liquidation(&mut one.sheet, SELF, 0).unwrap();
    assert_eq!(one.wealth_wad(), before);
    pass(&mut one.sheet, 10 * MINUTE_MS);
    set_prices(&mut one.sheet, 180 * WAD);
    assert!(one.take(100 * DOLLAR));
    let after_take = one.wealth_wad();
    assert!(after_take <= before);
    assert_eq!(one.fill(), Some(true));
    // The bonus of 4 % of the 522 dollars that are left, a tenth of it: about 2.1 dollars.
    let lost = after_take - one.wealth_wad();
    assert!((2 * WAD as i128..3 * WAD as i128).contains(&lost), "{lost}");
    let mut others = one.others.clone();
    others.settle(&one.pool, None, 6).unwrap();
    assert!(others.claimable_down(ETH, 18).unwrap() > 0);
    assert!(!one.take(ALL));
}
