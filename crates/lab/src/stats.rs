//! Mean, quantiles and bootstrap intervals.

use rand::Rng;
use rand_chacha::{rand_core::SeedableRng, ChaCha8Rng};
use serde::Serialize;
use statrs::statistics::{Data, OrderStatistics, Statistics};

/// Samples drawn for an interval.
const RESAMPLES: usize = 1_000;

/// A figure over all seeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    pub mean: f64,
    pub p5: f64,
    pub p95: f64,
    /// 95 % interval of the mean, by the percentile bootstrap (Efron).
    pub low: f64,
    pub high: f64,
}

/// Sums a figure up. The bootstrap's stream is fixed: the same figures give the same interval.
pub fn summary(values: &[f64]) -> Summary {
    if values.is_empty() {
        return Summary::default();
    }
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let means: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let drawn = (0..values.len()).map(|_| values[random.gen_range(0..values.len())]);
            drawn.sum::<f64>() / values.len() as f64
        })
        .collect();
    Summary {
        mean: values.mean(),
        p5: quantile(values, 0.05),
        p95: quantile(values, 0.95),
        low: quantile(&means, 0.025),
        high: quantile(&means, 0.975),
    }
}

/// A quantile; 0 of nothing.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    Data::new(values.to_vec()).quantile(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_of_all_values() {
        let values: Vec<f64> = (0..=100).map(f64::from).collect();
        let summary = summary(&values);
        assert_eq!(summary.mean, 50.0);
        assert!((summary.p5 - 5.0).abs() < 1.0 && (summary.p95 - 95.0).abs() < 1.0);
        // The standard error is 29.3 / sqrt(101) = 2.9.
        assert!((summary.low - 44.3).abs() < 1.0, "{summary:?}");
        assert!((summary.high - 55.7).abs() < 1.0, "{summary:?}");
    }

    #[test]
    fn nothing_sums_up_to_nothing() {
        assert_eq!(summary(&[]), Summary::default());
        assert_eq!(quantile(&[], 0.5), 0.0);
    }
}
