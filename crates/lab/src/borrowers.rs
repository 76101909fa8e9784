//! Borrowers: what they hold at the opening, and when they act.

use crate::{
    mechanisms::{Account, Mechanism, Position, TOKEN, USD},
    scenario::{Borrowers, Scenario},
};
use rand::Rng;
use rand_chacha::{rand_core::SeedableRng, ChaCha8Rng};

/// A borrower's temper and means, the same under all mechanisms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Borrower {
    pub position: Position,
    pub watchful: bool,
}

/// All borrowers of a seed, at these prices.
pub fn cast(scenario: &Scenario, first_usd: &[f64], seed: u64) -> Vec<Borrower> {
    let Borrowers { count, smallest_usd, largest_usd, least_health, most_health, watchful, .. } =
        scenario.borrowers;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|account| {
            let asset = account % scenario.assets.len();
            let (size, risk): (f64, f64) = (random.gen(), random.gen());
            // Most are small and most are risky, as in the demo.
            let value = smallest_usd * (largest_usd / smallest_usd).powf(size * size);
            let health = least_health + (most_health - least_health) * risk * risk;
            let threshold = f64::from(scenario.assets[asset].threshold_bps) / 1e4;
            // Nobody borrows more than they may.
            let most = f64::from(scenario.assets[asset].ltv_bps) / 1e4 * 0.998;
            let debt = value * (threshold / health).min(most);
            Borrower {
                position: Position {
                    asset,
                    collateral: (value / first_usd[asset] * 1e6) as u128 * (TOKEN / 1_000_000),
                    debt: debt as u128 * USD,
                },
                watchful: random.gen_bool(watchful),
            }
        })
        .collect()
}

/// What borrowers have done so far in one run.
#[derive(Clone, Debug)]
pub struct Acts<'a> {
    model: &'a Borrowers,
    seed: u64,
    /// What each has left to bring up, dollars.
    means_usd: Vec<f64>,
}

impl<'a> Acts<'a> {
    /// Nobody has done anything.
    pub fn new(model: &'a Borrowers, cast: &[Borrower], seed: u64) -> Self {
        let means = |borrower: &Borrower| {
            let first = borrower.position.debt as f64 / USD as f64;
            if borrower.watchful {
                first * model.means
            } else {
                0.0
            }
        };
        Self { model, seed, means_usd: cast.iter().map(means).collect() }
    }

    /// Whether the borrower may still act.
    pub fn can_act(&self, account: Account) -> bool {
        self.means_usd[account] > 1.0
    }

    /// Lets a borrower whose health factor is `health` act, if they do so in this step of `hours`.
    /// Half of the time they repay, half of the time they add collateral. If their position has changed, what it
    /// was before.
    ///
    /// The draw depends on seed, borrower and step alone: under all mechanisms they are awake or
    /// asleep at the same times.
    pub fn act(
        &mut self,
        balances: &mut dyn Mechanism,
        account: Account,
        step: usize,
        (health, usd, hours): (f64, f64, f64),
    ) -> Option<Position> {
        let near = ((self.model.acts_below - health) / (self.model.acts_below - 1.0)).min(1.0);
        if near <= 0.0 || !self.can_act(account) {
            return None;
        }
        let chance = 1.0 - (-self.model.acts_per_hour * near * hours).exp();
        let draw = draw(self.seed, account as u64, step as u64);
        if draw >= chance {
            return None;
        }
        let held = balances.position(account);
        let wished = held.debt as f64 / USD as f64 * self.model.acts_with;
        let amount_usd = wished.min(self.means_usd[account]);
        let repays = draw < chance / 2.0;
        let done = if repays {
            balances.repay(account, (amount_usd * USD as f64) as u128).is_ok()
        } else {
            let threshold = health.max(0.1) * held.debt as f64
                / USD as f64
                / (held.collateral as f64 / TOKEN as f64 * usd).max(1e-9);
            // The same relief: collateral carries only its threshold.
            let tokens = amount_usd / usd / threshold.clamp(0.1, 1.0);
            held.collateral != 0
                && balances.top_up(account, (tokens * TOKEN as f64) as u128).is_ok()
        };
        if done {
            self.means_usd[account] -= amount_usd;
        }
        done.then_some(held)
    }
}

/// A number from 0 up to 1 that depends on three numbers alone (SplitMix64's finaliser).
pub fn draw(seed: u64, account: u64, step: u64) -> f64 {
    let mut mixed = seed ^ account.rotate_left(24) ^ step.rotate_left(48);
    for _ in 0..2 {
        mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
    }
    (mixed >> 11) as f64 / (1u64 << 53) as f64
}
