//! One who is borrower, starter and taker at once and owns nine tenths of the pool gains nothing by it: rewards
//! and fee included. A peer lost 775,000 dollars that way in August 2026.

use crate::common::*;
use breakwater_protocol::{
    account::health::value_down,
    actions::{backstop_fill, buy_stock, take},
    backstop,
    num::{math::WAD, shares::to_assets_down},
    Account, AccountSnapshot, MarketParams, VaultStake, ALL,
};
use proptest::prelude::*;

const SELF: [u8; 32] = [7; 32];
/// A cent: some units of rounding on each side.
const ROUNDING_WAD: i128 = WAD as i128 / 100;

/// What they have, wherever it lies.
struct Person {
    snapshot: AccountSnapshot,
    own: VaultStake,
    others: VaultStake,
    /// Dollars' units and ETH's, received less paid.
    usd: i128,
    eth: i128,
    rewards: u128,
}

impl Person {
    /// A loan of their own on 10 ETH; in the pool they have 9,000 dollars and others 1,000. The common bonus
    /// is wherever it is.
    fn new(debt: u128, floor_wad: u128, price_wad: u128, bonus_bps: i64) -> Self {
        let mut snapshot = borrower(debt);
        snapshot.params = MarketParams { starter_floor_wad: floor_wad, ..params() };
        let (mut own, mut others) = Default::default();
        stake(&mut snapshot, &mut own, 9_000);
        stake(&mut snapshot, &mut others, 1_000);
        set_prices(&mut snapshot, price_wad);
        common_price(&mut snapshot, bonus_bps);
        Self { snapshot, own, others, usd: 0, eth: 0, rewards: 0 }
    }

    /// Notes what a purchase has earned them as starter; whether nothing was lost in it.
    fn note(&mut self, taken: &breakwater_protocol::actions::Taken) -> bool {
        let mine = taken.reward_to == Some(SELF);
        self.rewards += if mine { taken.fill.reward } else { 0 };
        !taken.terms.offer.whole && taken.written_off.bad_debt.is_empty()
    }

    fn start(&mut self) -> bool {
        let mut next = self.snapshot.clone();
        let Ok(bought) = start_and_buy(&mut next, SELF) else { return true };
        self.snapshot = next;
        bought.is_none_or(|bought| self.note(&bought.taken))
    }

    fn take(&mut self, repay: u128) -> bool {
        let mut next = self.snapshot.clone();
        let Ok(taking) = take(&mut next, SELF, &order(repay, 0)) else { return true };
        self.snapshot = next;
        let mut fair = taking.bought.is_none_or(|bought| self.note(&bought.taken));
        if let Some(taken) = taking.taken {
            self.usd -= taken.fill.repaid as i128;
            self.eth += taken.paid_out as i128;
            assert_eq!(taken.reward_to, None);
            fair &= self.note(&taken);
        }
        fair
    }

    fn fill(&mut self) -> bool {
        let mut next = self.snapshot.clone();
        let Ok(bought) = backstop_fill(&mut next, ETH, USD) else { return true };
        self.snapshot = next;
        self.note(&bought.taken)
    }

    /// Buys stock; the bonus on it, wad dollars.
    fn buy(&mut self, pay: u128) -> i128 {
        let mut next = self.snapshot.clone();
        let Ok(sold) = buy_stock(&mut next, &order(pay, 0)) else { return 0 };
        self.snapshot = next;
        self.usd -= sold.paid as i128;
        self.eth += sold.received as i128;
        let paid_wad = (sold.paid * (WAD / DOLLAR)) as i128;
        paid_wad * sold.bonus_wad / WAD as i128
    }

    /// What a stake is worth at the oracle's price, wad dollars.
    fn staked_wad(&self, stake: &VaultStake) -> i128 {
        let (mut snapshot, mut stake) = (self.snapshot.clone(), *stake);
        snapshot.account = Account::default();
        stake.give_notice(0, 0, snapshot.now_ms).unwrap();
        let left = backstop::withdraw(&mut snapshot, USD, &mut stake, ALL).unwrap();
        let pot = reserve(&snapshot, USD).balances.supplied().unwrap();
        let money = to_assets_down(left.supply_shares, pot).unwrap();
        let eth: u128 = left.stocks.iter().map(|(_, units)| units).sum();
        let price_wad = self.snapshot.priced(ETH).unwrap().price().unwrap().mid_wad;
        (money * (WAD / DOLLAR) + value_down(eth, price_wad, 18).unwrap()) as i128
    }

    fn wealth_wad(&self) -> i128 {
        let health = self.snapshot.health().unwrap();
        let price_wad = self.snapshot.priced(ETH).unwrap().price().unwrap().mid_wad;
        let eth_wad = value_down(self.eth as u128 + self.rewards, price_wad, 18).unwrap() as i128;
        let usd_wad = self.usd * (WAD / DOLLAR) as i128;
        let in_pool_wad = self.staked_wad(&self.own);
        health.collateral_wad as i128 - health.debt_wad as i128 + eth_wad + usd_wad + in_pool_wad
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Whatever they do to themselves in whatever order: they have no more than before, but for the bonus that
    /// the pool's stock is sold at to whoever calls, of which others bear their tenth.
    #[test]
    fn nobody_gains_from_themselves(
        debt in 200u128..=1_500,
        fall in 1u128..=17,
        floor_dollars in 0u128..=100,
        bonus_bps in -290i64..=1_000,
        moves in prop::collection::vec((0u8..5, 0u64..20, 1u128..=200), 1..12),
    ) {
        let price_wad = debt * WAD / 8 * (1_000 - 10 * fall) / 1_000;
        let mut one = Person::new(debt, floor_dollars * WAD, price_wad, bonus_bps);
        let (before, others) = (one.wealth_wad(), one.staked_wad(&one.others));
        let mut bonus_wad = 0;
        for (kind, minutes, part) in moves {
            let fair = match kind {
                0 => one.start(),
                1 => one.take(debt * DOLLAR * part / 200),
                2 => one.fill(),
                3 => {
                    bonus_wad += one.buy(debt * DOLLAR * part / 200);
                    true
                }
                _ => {
                    pass(&mut one.snapshot, minutes * MINUTE_MS);
                    set_prices(&mut one.snapshot, price_wad);
                    true
                }
            };
            if !fair {
                return Ok(());
            }
            let after = one.wealth_wad();
            let most = bonus_wad.max(0) / 10 + ROUNDING_WAD;
            prop_assert!(after <= before + most, "{kind}: {before} to {after}, {bonus_wad}");
            // And the others lose no more than their tenth of it.
            let left = one.staked_wad(&one.others);
            prop_assert!(left + most >= others, "{kind}: {others} to {left}, {bonus_wad}");
        }
    }
}

/// The case by hand: at the oracle's price the own pool gains nothing, and half of the fee is the protocol's.
#[test]
fn the_sum_of_their_own_auction_is_a_loss() {
    let mut one = Person::new(1_500, 20 * WAD, 178 * WAD, 1_000);
    let before = one.wealth_wad();
    // The pool buys for 623.966943 dollars at once. The reward's floor of 20 dollars is more than the fee of
    // 6.24, and all of it is theirs: they lose nothing, and gain nothing.
    assert!(one.start());
    let fallen = before - one.wealth_wad();
    assert!((0..ROUNDING_WAD).contains(&fallen), "{fallen}");
    assert!(one.rewards * 178 > 19_990 * WAD / 1_000);
    // Without a floor half of the fee of 1 % is the protocol's: 3.12 dollars.
    let mut one = Person::new(1_500, 0, 178 * WAD, 1_000);
    let before = one.wealth_wad();
    assert!(one.start());
    let lost = before - one.wealth_wad();
    assert!((3_119 * WAD as i128 / 1_000..3_121 * WAD as i128 / 1_000).contains(&lost), "{lost}");
    assert!(one.snapshot.account.auction.is_none());
    // Buying it back at a bonus of 10 %, as anybody might, takes a tenth of that from the others.
    let (before, others) = (one.wealth_wad(), one.staked_wad(&one.others));
    let bonus_wad = one.buy(100 * DOLLAR);
    assert_eq!(bonus_wad, 10 * WAD as i128);
    let gained = one.wealth_wad() - before;
    assert!((gained - WAD as i128).abs() < ROUNDING_WAD, "{gained}");
    let lost = others - one.staked_wad(&one.others);
    assert!((lost - WAD as i128).abs() < ROUNDING_WAD, "{lost}");
}

/// Who takes from their own account over and over brings the common price down, for its floor at most and a time
/// that is known; they never have more for it, and whoever waits is for sale again after it.
#[test]
fn washing_ones_own_account_buys_only_time() {
    let mut one = Person::new(1_500, 0, 180 * WAD, 0);
    let eth = config(&mut one.snapshot, ETH);
    eth.liquidity.depth = 10 * ETHER;
    eth.auction.fall_bps_per_depth = 400;
    assert!(one.start());
    let before = one.wealth_wad();
    let mut washed = 0;
    for _ in 0..200 {
        let eth = one.eth;
        assert!(one.take(DOLLAR));
        washed += one.eth - eth;
        assert!(one.wealth_wad() <= before);
        assert!(common_bps(&one.snapshot) >= -300);
    }
    // A dollar a time until it is at -2.9 %, where a slice of 0.2 ETH has no room: 292 bps are 0.73 depths, but
    // the account is healthy before, with 1.73 ETH sold.
    let sold = washed as u128;
    assert!(one.snapshot.account.auction.is_none() || sold > ETHER, "{sold}");
    let paid_bps = -common_bps(&one.snapshot);
    let by_sold = i64::try_from(sold * 40 / ETHER).unwrap();
    assert!(paid_bps.abs_diff(by_sold) <= 1, "{paid_bps} {by_sold}");
    // 60 bps a minute: at the oracle's price again after as many minutes as it is below.
    pass(&mut one.snapshot, u64::try_from(paid_bps).unwrap() * 1_000 + 1_000);
    assert!(common_bps(&one.snapshot) >= 0);
}

/// Joining before a purchase and leaving after it gains nothing, with whatever part of the pool; after a sale it
/// costs a part of the bonus.
#[test]
fn joining_for_a_purchase_gains_nothing() {
    for dollars in [1, 1_000, 1_000_000] {
        let mut one = Person::new(1_500, 0, 178 * WAD, 500);
        let mut sniper = VaultStake::default();
        stake(&mut one.snapshot, &mut sniper, dollars);
        let paid_wad = (dollars * WAD) as i128;
        assert!(one.start());
        let after = one.staked_wad(&sniper);
        assert!(after <= paid_wad && after >= paid_wad - ROUNDING_WAD, "{after}");
        one.buy(300 * DOLLAR);
        assert!(one.staked_wad(&sniper) <= after);
        // And one who comes after it has no more than they bring, less their part of the margin.
        let mut late = VaultStake::default();
        stake(&mut one.snapshot, &mut late, dollars);
        assert!(one.staked_wad(&late) <= paid_wad);
    }
}
