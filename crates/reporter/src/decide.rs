//! What to report and when: pure functions.

/// What the adapter has of this reporter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    pub value_wad: u128,
    /// When the report was made, in Unix milliseconds.
    pub time_ms: u64,
}

/// Why a report is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// There is none yet.
    First,
    /// The price has moved by so many basis points, rounded down.
    Moved(u128),
    /// The last one is so old, in milliseconds.
    Old(u64),
}

/// Whether a value is to be reported now.
pub fn due(
    value_wad: u128,
    last: Option<Last>,
    now_ms: u64,
    deviation_bps: u32,
    heartbeat_ms: u64,
) -> Option<Due> {
    let Some(last) = last.filter(|last| last.value_wad != 0) else { return Some(Due::First) };
    // A report must be later than the last one.
    if now_ms <= last.time_ms {
        return None;
    }
    let moved = value_wad.abs_diff(last.value_wad);
    let moved_bps = match moved.checked_mul(10_000) {
        Some(product) => product / last.value_wad,
        None => moved / (last.value_wad / 10_000).max(1),
    };
    let age_ms = now_ms - last.time_ms;
    if moved_bps >= deviation_bps.into() && moved != 0 {
        Some(Due::Moved(moved_bps))
    } else if age_ms >= heartbeat_ms {
        Some(Due::Old(age_ms))
    } else {
        None
    }
}

/// Why inputs give no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoValue {
    #[error("{answered} inputs answer, {wanted} must")]
    TooFew { answered: usize, wanted: usize },
    #[error("inputs are {spread_bps} basis points apart, {most_bps} are allowed")]
    Apart { spread_bps: u128, most_bps: u32 },
}

/// The median of what inputs say, the lower of two in the middle.
///
/// # Errors
/// [`NoValue`]; 0 is no answer.
pub fn median(values: &[u128], quorum: usize, spread_bps: u32) -> Result<u128, NoValue> {
    let mut values: Vec<u128> = values.iter().copied().filter(|value| *value != 0).collect();
    values.sort_unstable();
    let answered = values.len();
    let middle = values.get(answered.saturating_sub(1) / 2).copied();
    let Some(middle) = middle.filter(|_| answered >= quorum.max(1)) else {
        return Err(NoValue::TooFew { answered, wanted: quorum.max(1) });
    };
    let widest = values.last().copied().unwrap_or(0) - values.first().copied().unwrap_or(0);
    let apart = widest.checked_mul(10_000).map_or(u128::MAX, |product| product / middle);
    if apart > spread_bps.into() {
        return Err(NoValue::Apart { spread_bps: apart, most_bps: spread_bps });
    }
    Ok(middle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WAD: u128 = 1_000_000_000_000_000_000;

    #[test]
    fn a_report_is_due_when_the_price_has_moved_or_the_last_one_is_old() {
        let last = Some(Last { value_wad: 2_000 * WAD, time_ms: 1_000 });
        let due = |dollars: u128, now_ms| due(dollars * WAD, last, now_ms, 50, 60_000);
        assert_eq!(due(2_009, 2_000), None);
        assert_eq!(due(2_010, 2_000), Some(Due::Moved(50)));
        assert_eq!(due(1_980, 2_000), Some(Due::Moved(100)));
        assert_eq!(due(2_000, 60_999), None);
        assert_eq!(due(2_000, 61_000), Some(Due::Old(60_000)));
        assert_eq!(due(1_000, 1_000), None, "no later than the last");
        assert_eq!(super::due(WAD, None, 0, 50, 60_000), Some(Due::First));
        assert!(super::due(u128::MAX, last, 2_000, 50, 60_000).is_some());
        assert_eq!(super::due(2_000 * WAD, last, 2_000, 0, 60_000), None, "it has not moved");
    }

    #[test]
    fn inputs_must_be_enough_and_agree() {
        assert_eq!(median(&[100, 101, 0], 2, 200), Ok(100));
        assert_eq!(median(&[101, 100, 102], 2, 200), Ok(101));
        let few = NoValue::TooFew { answered: 1, wanted: 2 };
        assert_eq!(median(&[100, 0, 0], 2, 200), Err(few));
        let apart = NoValue::Apart { spread_bps: 300, most_bps: 200 };
        assert_eq!(median(&[100, 103], 2, 200), Err(apart));
        assert_eq!(median(&[], 0, 200), Err(NoValue::TooFew { answered: 0, wanted: 1 }));
        assert!(median(&[1, u128::MAX], 1, 200).is_err());
    }

    proptest! {
        /// One input of three that lies moves the report no farther than the others are apart.
        #[test]
        fn one_liar_of_three_decides_nothing(a in 1u128..1_000_000, b in 1u128..1_000_000, lie in any::<u128>()) {
            if let Ok(value) = median(&[a, b, lie], 2, u32::MAX) {
                prop_assert!((a.min(b)..=a.max(b)).contains(&value));
            }
        }
    }
}
