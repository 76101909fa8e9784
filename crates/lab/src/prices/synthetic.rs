//! Synthetic prices: a geometric Brownian motion whose volatility comes in clusters, with jumps,
//! correlated between assets.
//!
//! Log volatility is an Ornstein-Uhlenbeck process (Taylor's stochastic volatility); jumps are
//! Merton's: Poisson arrivals, normal sizes. All assets share the jumps' times and the volatility;
//! returns have one common factor.

use crate::scenario::Synthetic;
use rand_chacha::{rand_core::SeedableRng, ChaCha8Rng};
use rand_distr::{Distribution, Poisson, StandardNormal};

/// Synthetic paths begin on 1 January 2030.
pub const START_MS: u64 = 1_893_456_000_000;
/// What an asset costs at the beginning, dollars.
const START_USD: f64 = 2_000.0;
const DAY_S: f64 = 86_400.0;

/// Prices of `assets` assets, dollars, a step of `step_s` seconds apart.
pub fn paths(config: &Synthetic, assets: usize, step_s: u64, seed: u64) -> Vec<Vec<f64>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = move || -> f64 { StandardNormal.sample(&mut random) };
    let mut arrivals = ChaCha8Rng::seed_from_u64(!seed);
    let dt = step_s as f64 / DAY_S;
    let steps = (config.days / dt).round() as usize;
    let daily = config.annual_volatility / 365f64.sqrt();
    let forgets = 0.5f64.powf(dt * 24.0 / config.cluster_half_life_h);
    let shakes = config.clustering * (1.0 - forgets * forgets).sqrt();
    let jumps = Poisson::new((config.jumps_per_day * dt).max(1e-12)).ok();
    let common = config.correlation.clamp(0.0, 1.0).sqrt();
    let own = (1.0 - common * common).sqrt();

    let mut excitement = 0.0;
    let mut logs = vec![0.0f64; assets];
    let mut usd = vec![vec![START_USD]; assets];
    for _ in 0..steps {
        excitement = excitement * forgets + shakes * normal();
        // So that the mean variance is the one asked for.
        let volatility = daily * (excitement - config.clustering * config.clustering).exp();
        let factor = normal();
        let count: f64 = jumps.map_or(0.0, |poisson| poisson.sample(&mut arrivals));
        let jump = count * config.jump_mean + count.sqrt() * config.jump_deviation * normal();
        for (log, prices) in logs.iter_mut().zip(&mut usd) {
            let shock = common * factor + own * normal();
            *log += (config.drift_per_day - volatility * volatility / 2.0) * dt
                + volatility * dt.sqrt() * shock
                + jump;
            prices.push(START_USD * log.exp());
        }
    }
    usd
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns of all steps of some seeds, of two assets.
    fn returns(config: &Synthetic) -> Vec<(f64, f64)> {
        let log = |pair: &[f64]| (pair[1] / pair[0]).ln();
        (0..40)
            .flat_map(|seed| {
                let usd = paths(config, 2, 300, seed);
                let both = usd[0].windows(2).zip(usd[1].windows(2));
                both.map(|(a, b)| (log(a), log(b))).collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn volatility_and_correlation_are_as_asked_for() {
        let config = Synthetic {
            days: 4.0,
            annual_volatility: 0.8,
            clustering: 0.3,
            correlation: 0.6,
            jumps_per_day: 0.0,
            ..Synthetic::default()
        };
        let returns = returns(&config);
        let mean = |part: &dyn Fn(&(f64, f64)) -> f64| {
            returns.iter().map(part).sum::<f64>() / returns.len() as f64
        };
        let (aa, bb, ab) = (mean(&|r| r.0 * r.0), mean(&|r| r.1 * r.1), mean(&|r| r.0 * r.1));
        let annual = (aa * 365.0 * 288.0).sqrt();
        assert!((annual / 0.8 - 1.0).abs() < 0.08, "{annual}");
        let correlation = ab / (aa * bb).sqrt();
        assert!((correlation - 0.6).abs() < 0.05, "{correlation}");
    }

    #[test]
    fn clusters_and_jumps_make_fat_tails() {
        let kurtosis = |config: &Synthetic| {
            let returns = returns(config);
            let moment =
                |power| returns.iter().map(|r| r.0.powi(power)).sum::<f64>() / returns.len() as f64;
            moment(4) / moment(2).powi(2)
        };
        let calm = Synthetic { clustering: 0.0, jumps_per_day: 0.0, ..Synthetic::default() };
        assert!((kurtosis(&calm) - 3.0).abs() < 0.2);
        assert!(kurtosis(&Synthetic { clustering: 0.8, ..calm.clone() }) > 5.0);
        assert!(kurtosis(&Synthetic { jumps_per_day: 4.0, ..calm }) > 5.0);
    }
}
