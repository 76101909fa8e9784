//! The pool as a vault: entering, leaving, buying, selling and losing, for any order of them; § G6 to § G8.

use breakwater_protocol::{
    gradual::{pool::MAX_STOCKS, PremiumCurve, Standing, Vault, VaultStake},
    num::{
        math::{RAY, WAD},
        time::DAY_MS,
    },
    AssetId, Error,
};
use proptest::prelude::*;

const DOLLAR: u128 = 1_000_000;
const TOKEN: u128 = 1_000_000_000_000_000_000;
const ETH: AssetId = 1;
const BTC: AssetId = 2;

/// A pool over money that is worth what it is: no interest here. Prices in dollars, with a band.
#[derive(Clone, Default)]
struct Pool {
    vault: Vault,
    money: u128,
    eth_usd: u128,
    band_bps: u128,
    margin_bps: u16,
}

impl Pool {
    fn new(eth_usd: u128) -> Self {
        Self { eth_usd, band_bps: 10, margin_bps: 100, ..Self::default() }
    }

    fn dear(&self) -> u128 {
        let high_wad = self.eth_usd * WAD / 10_000 * (10_000 + self.band_bps);
        self.vault.dear_up(self.margin_bps, (WAD, 6), |_| Ok((high_wad, 18))).unwrap()
    }

    fn enter(&mut self, stake: &mut VaultStake, assets: u128) -> Result<u128, Error> {
        let (shares, _) = self.vault.enter(stake, assets, self.money, self.dear())?;
        self.money += assets;
        Ok(shares)
    }

    /// Leaves with all, its notice long given; what it got, at the oracle's price.
    fn leave(&mut self, stake: &mut VaultStake) -> Result<u128, Error> {
        stake.notice = None;
        stake.give_notice(DAY_MS, DAY_MS, 0)?;
        let left = self.vault.leave(stake, u128::MAX, self.money, DAY_MS)?;
        self.money -= left.money;
        let stocks: u128 =
            left.stocks.iter().map(|(_, units)| units * self.eth_usd / 10u128.pow(12)).sum();
        Ok(left.money + stocks)
    }

    /// Buys for so much at the oracle's price.
    fn buy(&mut self, cost: u128) {
        let cost = cost.min(self.money);
        let units = cost * 10u128.pow(12) / self.eth_usd;
        self.vault.bought(ETH, units, cost).unwrap();
        self.money -= cost;
    }

    /// Sells a part of the stock, in thousandths, at a bonus.
    fn sell(&mut self, part: u128, bonus_bps: i64) {
        let units = self.vault.stock(ETH) * part / 1_000;
        let worth = (units * self.eth_usd).div_ceil(10u128.pow(12));
        let paid = (worth * 10_000).div_ceil((10_000 + bonus_bps) as u128);
        if self.vault.sold(ETH, units).is_ok() {
            self.money += paid;
        }
    }

    /// At the oracle's price.
    fn worth(&self, stake: &VaultStake) -> u128 {
        let mut other = self.clone();
        let mut stake = *stake;
        other.leave(&mut stake).unwrap_or(0)
    }
}

#[test]
fn a_stake_is_a_part_of_money_and_stock() {
    let mut pool = Pool::new(200);
    let (mut ann, mut bob) = (VaultStake::default(), VaultStake::default());
    pool.enter(&mut ann, 600 * DOLLAR).unwrap();
    pool.enter(&mut bob, 400 * DOLLAR).unwrap();
    // 500 dollars become 2.5 tokens.
    pool.buy(500 * DOLLAR);
    assert_eq!(pool.vault.stock(ETH), 25 * TOKEN / 10);
    assert_eq!(pool.vault.tied(), Ok(500 * DOLLAR));
    // Bob leaves with 40 % of both.
    bob.give_notice(DAY_MS, DAY_MS, 0).unwrap();
    let left = pool.vault.leave(&mut bob, u128::MAX, pool.money, DAY_MS).unwrap();
    assert!((200 * DOLLAR - 1..=200 * DOLLAR).contains(&left.money));
    assert!(left.stocks[0].1 <= TOKEN && left.stocks[0].1 >= TOKEN - TOKEN / 10u128.pow(6));
    assert_eq!(bob.shares, 0);
    pool.money -= left.money;
    // The rest is Ann's: what is tied went with the stock.
    let tied = pool.vault.tied().unwrap();
    assert!((300 * DOLLAR..300 * DOLLAR + 1_000).contains(&tied), "{tied}");
    assert!(pool.worth(&ann) >= 600 * DOLLAR - 1_000);
}

/// Issue of the pool before: one unit in an empty pool took the whole yield, made a share so dear
/// that deposits were refused or lost a third, and bricked fills. Here a unit earns a rate on a
/// unit, and the next one's share costs what it is worth.
#[test]
fn a_stake_of_one_unit_earns_on_one_unit_and_bricks_nothing() {
    let mut pool = Pool::new(200);
    let (mut first, mut next) = (VaultStake::default(), VaultStake::default());
    pool.enter(&mut first, 1).unwrap();
    let curve = PremiumCurve::default();
    let standing = pool.vault.standing(pool.money, 100_000 * DOLLAR).unwrap();
    let earned = (371 * DOLLAR, 0);
    let due = curve.due_down(pool.money, standing.sized_wad, 30 * DAY_MS, earned).unwrap();
    // 8 % of a unit for 30 days of 365: a 152nd of a unit, to be kept until it is one.
    assert_eq!((due.0, due.1 / 10u128.pow(20)), (0, 65_753));
    // Even a gift of 1,000 dollars, which no message makes, takes less than a unit from the next.
    pool.money += 1_000 * DOLLAR;
    pool.enter(&mut next, 360 * DOLLAR).unwrap();
    let worth = pool.worth(&next);
    assert!(worth >= 360 * DOLLAR - DOLLAR, "{worth}");
    pool.buy(1_000 * DOLLAR);
    pool.enter(&mut next, 1).unwrap_err();
    pool.enter(&mut next, 100 * DOLLAR).unwrap();
    // A unit of a token of 18 decimals, bought and sold.
    pool.vault.bought(BTC, 1, 1).unwrap();
    pool.vault.sold(BTC, 1).unwrap();
}

#[test]
fn who_has_lost_all_but_a_millionth_is_void_when_somebody_enters() {
    let mut pool = Pool::new(200);
    let (mut old, mut new) = (VaultStake::default(), VaultStake::default());
    pool.enter(&mut old, 1_000_000 * DOLLAR).unwrap();
    pool.money = 0;
    // Again and again: no number grows.
    for generation in 1..50 {
        pool.enter(&mut new, 1_000_000 * DOLLAR).unwrap();
        assert_eq!(pool.vault.generation, generation);
        assert!(pool.vault.shares <= 1_000_000 * DOLLAR * 1_000_000);
        assert_eq!(pool.worth(&old), 0);
        assert!(pool.worth(&new) >= 1_000_000 * DOLLAR - 1);
        pool.money = 0;
    }
    assert_eq!(pool.leave(&mut old), Err(Error::NoStake));
}

/// A notice's times are fixed when it is given, and the next one rests as long as the cool-down.
#[test]
fn a_notice_is_not_moved_and_not_renewed_without_rest() {
    let mut pool = Pool::new(200);
    let mut stake = VaultStake::default();
    assert_eq!(stake.give_notice(DAY_MS, DAY_MS, 0), Err(Error::NoStake));
    pool.enter(&mut stake, 100 * DOLLAR).unwrap();
    let leave = |stake: &VaultStake, now_ms: u64| {
        let (mut vault, mut stake) = (pool.vault.clone(), *stake);
        vault.leave(&mut stake, 1, pool.money, now_ms).map(|_| ())
    };
    assert_eq!(leave(&stake, 0), Err(Error::NoticeNeeded));
    stake.give_notice(3 * DAY_MS, DAY_MS, 0).unwrap();
    // Whatever the parameters become.
    for (day, open) in [(2, false), (3, true), (4, true), (5, false)] {
        assert_eq!(leave(&stake, day * DAY_MS).is_ok(), open, "day {day}");
    }
    assert_eq!(stake.give_notice(3 * DAY_MS, DAY_MS, 6 * DAY_MS), Err(Error::NoticeRests));
    stake.give_notice(3 * DAY_MS, DAY_MS, 7 * DAY_MS).unwrap();
    // Entering cancels it: nobody enters with one foot out.
    pool.enter(&mut stake, DOLLAR).unwrap();
    assert_eq!(stake.notice, None);
}

/// The free time of who renews for ever: a day in seven.
#[test]
fn who_renews_for_ever_is_free_a_seventh_of_the_time() {
    let mut stake = VaultStake { shares: 1, ..VaultStake::default() };
    let mut open = 0;
    for hour in 0..700 * 24u64 {
        let now_ms = hour * DAY_MS / 24;
        let _ = stake.give_notice(3 * DAY_MS, DAY_MS, now_ms);
        let notice = stake.notice.unwrap();
        open += u64::from((notice.opens_ms..notice.closes_ms).contains(&now_ms));
    }
    assert!((98 * 24..=100 * 24).contains(&open), "{open}");
}

/// A half for all losses of a window together, not for each: fifty losses before took 99 %.
#[test]
fn losses_of_a_window_take_the_share_once() {
    let mut vault = Vault::default();
    let (mut size, mut taken) = (1_000 * DOLLAR, 0);
    for _ in 0..50 {
        let bears = vault.bears_down(size, 5_000, 7 * DAY_MS, 1_000).unwrap();
        vault.bore(bears.min(100 * DOLLAR), 7 * DAY_MS, 1_000).unwrap();
        size -= bears.min(100 * DOLLAR);
        taken += bears.min(100 * DOLLAR);
    }
    assert_eq!(taken, 500 * DOLLAR);
    // Half a window later a half of them is forgotten: a half of 500 + 250, less 250.
    let later = 1_000 + 7 * DAY_MS / 2;
    assert_eq!(vault.bears_down(size, 5_000, 7 * DAY_MS, later), Ok(125 * DOLLAR));
}

#[test]
fn kinds_of_stock_are_bounded() {
    let mut vault = Vault::default();
    for asset in 0..MAX_STOCKS as AssetId {
        vault.bought(asset, 10, 10).unwrap();
    }
    assert_eq!(vault.bought(99, 10, 10), Err(Error::TooManyPositions));
    vault.bought(3, 10, 10).unwrap();
    assert_eq!(vault.sold(99, 1), Err(Error::InsufficientBalance));
    assert_eq!(vault.sold(3, 21), Err(Error::InsufficientBalance));
    vault.sold(3, 20).unwrap();
    vault.bought(99, 10, 10).unwrap();
}

/// Size against the target, and what of it is tied; at book cost.
#[test]
fn how_it_stands() {
    let mut vault = Vault::default();
    assert_eq!(vault.standing(0, 100), Ok(Standing::default()));
    vault.bought(ETH, TOKEN, 30).unwrap();
    let standing = vault.standing(20, 100).unwrap();
    assert_eq!(standing, Standing { sized_wad: WAD / 2, spent_wad: WAD * 6 / 10 });
    assert_eq!(vault.standing(200, 100).unwrap().sized_wad, WAD);
    assert_eq!(vault.standing(0, 0).unwrap(), Standing { sized_wad: WAD, spent_wad: WAD });
}

#[test]
fn the_premium_is_dear_when_empty_and_bounded_by_interest() {
    let curve = PremiumCurve::default();
    curve.validate().unwrap();
    let percent = |sized: u128| curve.rate_down_wad(sized) * 10_000 / WAD;
    assert_eq!(
        [0, WAD / 2, WAD, WAD * 3 / 2, 2 * WAD, 9 * WAD].map(percent),
        [800, 600, 400, 250, 100, 100]
    );
    // 15,000 dollars at 4 % for a year are 600: 60 bps of loans of 100,000.
    let year = 365 * DAY_MS;
    let due = |units, ray| curve.due_down(15_000 * DOLLAR, WAD, year, (units, ray));
    assert_eq!(due(5_000 * DOLLAR, 0), Ok((600 * DOLLAR, 0)));
    assert_eq!(due(1_000 * DOLLAR, 0), Ok((300 * DOLLAR, 0)));
    // Three tenths of 2,000 are the 600; of a unit less, and of parts of one, three tenths too.
    assert_eq!(due(2_000 * DOLLAR, 0), Ok((600 * DOLLAR, 0)));
    assert_eq!(due(2_000 * DOLLAR - 1, 0), Ok((600 * DOLLAR - 1, RAY / 10 * 7)));
    assert_eq!(due(3, RAY / 2), Ok((1, RAY / 20)));
    assert_eq!(due(0, RAY - 1), Ok((0, RAY / 10 * 3 - 1)));
    // Of a century's time no more than a century counts.
    let century = curve.due_down(1, WAD, 100 * year, (1_000, 0));
    assert_eq!(curve.due_down(1, WAD, 101 * year, (1_000, 0)), century);
    assert_eq!(century, Ok((4, 0)));
    // Amounts of 24 decimals: ten million tokens in the pool, a year's interest on many more.
    let token = 10u128.pow(24);
    let huge = curve.due_down(10_000_000 * token, WAD, year, (100_000_000 * token, 0));
    assert_eq!(huge, Ok((400_000 * token, 0)));
    let huge = curve.due_down(10_000_000 * token, WAD, year, (1_000_000 * token, 0));
    assert_eq!(huge, Ok((300_000 * token, 0)));
    let rising = PremiumCurve { target_bps: 900, ..curve };
    assert_eq!(rising.validate(), Err(Error::RateOutOfRange));
    assert_eq!(PremiumCurve { empty_bps: 10_001, ..curve }.validate(), Err(Error::BpsOutOfRange));
}

#[derive(Clone, Debug)]
enum Act {
    Enter(usize, u128),
    Leave(usize),
    Buy(u128),
    Sell(u128, i64),
    Price(u128),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..3usize, 1..10u128.pow(13)).prop_map(|(who, assets)| Act::Enter(who, assets)),
        (0..3usize).prop_map(Act::Leave),
        (1..10u128.pow(13)).prop_map(Act::Buy),
        (1..=1_000u128, -50..200i64).prop_map(|(part, bonus)| Act::Sell(part, bonus)),
        (1..1_000u128).prop_map(Act::Price),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Nobody's entering or leaving takes anything from those who stay, at the oracle's price and
    /// to the unit, whatever happened before and however large the stake that comes or goes.
    #[test]
    fn who_comes_and_goes_takes_nothing_from_who_stays(
        first in 1..10u128.pow(13),
        acts in prop::collection::vec(act(), 1..40),
    ) {
        let mut pool = Pool::new(200);
        let mut stays = VaultStake::default();
        pool.enter(&mut stays, first).unwrap();
        let mut others = [VaultStake::default(); 3];
        for act in acts {
            let before = pool.worth(&stays);
            match act {
                Act::Enter(who, assets) => {
                    let _ = pool.enter(&mut others[who], assets);
                }
                Act::Leave(who) => {
                    let _ = pool.leave(&mut others[who]);
                }
                Act::Buy(cost) => pool.buy(cost),
                Act::Sell(part, bonus) => {
                    pool.sell(part, bonus);
                    continue;
                }
                Act::Price(usd) => {
                    pool.eth_usd = usd;
                    continue;
                }
            }
            // A unit of each rounds away, and of the stock what a unit is worth.
            let after = pool.worth(&stays);
            prop_assert!(after + 3 + pool.eth_usd / 10u128.pow(12) >= before, "{before} {after}");
        }
        // What is in the pool is what shares can take out, and no more.
        let all = pool.money + pool.vault.stock(ETH) * pool.eth_usd / 10u128.pow(12);
        let sum = pool.worth(&stays) + others.iter().map(|stake| pool.worth(stake)).sum::<u128>();
        prop_assert!(sum <= all + 4);
    }

    /// Who enters before a purchase or a sale and leaves after it, with any part of the pool, has no
    /// more than if they had bought and sold at the pool's prices themselves: purchases are at the oracle's
    /// price, so nothing; a sale costs all stakes their part of the bonus.
    #[test]
    fn nobody_gains_by_timing(
        before in 10_000..10u128.pow(13),
        comes in 10_000..10u128.pow(14),
        first_buys in 0..10u128.pow(13),
        buys in 0..10u128.pow(13),
        sells in 0..=1_000u128,
        bonus in 0..200i64,
    ) {
        let mut pool = Pool::new(200);
        let (mut stays, mut sniper) = (VaultStake::default(), VaultStake::default());
        pool.enter(&mut stays, before).unwrap();
        pool.buy(first_buys);
        pool.enter(&mut sniper, comes).unwrap();
        pool.buy(buys);
        pool.sell(sells, bonus);
        let got = pool.leave(&mut sniper).unwrap();
        prop_assert!(got <= comes + 1, "{got} for {comes}");
        // And they pay the margin on what stock there was.
        let part = first_buys.min(before) as f64 / before as f64;
        let most = comes as f64 * (1.0 - 0.0095 * part * before as f64 / (before + comes) as f64) + 2.0;
        prop_assert!(got as f64 <= most, "{got} {most}");
    }

    /// An oracle that lags by less than band and margin gives who enters nothing.
    #[test]
    fn a_lag_within_the_margin_gives_nothing(
        before in 10_000..10u128.pow(13),
        comes in 10_000..10u128.pow(14),
        lag_bps in 0..=100u128,
    ) {
        let mut pool = Pool::new(10_000);
        let (mut stays, mut sniper) = (VaultStake::default(), VaultStake::default());
        pool.enter(&mut stays, before).unwrap();
        pool.buy(before);
        pool.enter(&mut sniper, comes).unwrap();
        pool.eth_usd += lag_bps;
        prop_assert!(pool.leave(&mut sniper).unwrap() <= comes + 1);
    }
}
