//! Where a notice of withdrawal stands, in words.

use crate::amount::{moment, span};
use breakwater_protocol::gradual;

/// Where a notice of withdrawal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    None,
    /// It opens after so long.
    Waits {
        left_ms: u64,
        opens_ms: u64,
    },
    /// Open for so long.
    Open {
        left_ms: u64,
        closes_ms: u64,
    },
    Over {
        closed_ms: u64,
    },
}

impl Notice {
    pub fn of(given: Option<gradual::Notice>, now_ms: u64) -> Self {
        let Some(gradual::Notice { opens_ms, closes_ms, .. }) = given else { return Self::None };
        match (opens_ms.checked_sub(now_ms), closes_ms.checked_sub(now_ms)) {
            (Some(left_ms @ 1..), _) => Self::Waits { left_ms, opens_ms },
            (_, Some(left_ms)) => Self::Open { left_ms, closes_ms },
            (_, None) => Self::Over { closed_ms: closes_ms },
        }
    }

    pub fn text(self) -> String {
        match self {
            Self::None => "not given".into(),
            Self::Waits { left_ms, opens_ms } => {
                format!("given; withdrawals open in {} ({})", span(left_ms), moment(opens_ms))
            }
            Self::Open { left_ms, closes_ms } => {
                format!("open for another {} (until {})", span(left_ms), moment(closes_ms))
            }
            Self::Over { closed_ms } => format!("over since {}", moment(closed_ms)),
        }
    }

    pub fn advice(self, symbol: &str) -> String {
        let give = format!("`breakwater backstop notice {symbol}`");
        match self {
            Self::None => format!("give notice first ({give}) and come back in its window"),
            Self::Waits { left_ms, opens_ms } => format!(
                "notice is given: come back in {}, from {} on",
                span(left_ms),
                moment(opens_ms)
            ),
            Self::Open { .. } => "withdraw now".into(),
            Self::Over { closed_ms } => format!(
                "the notice's window closed on {}: give notice anew ({give})",
                moment(closed_ms)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Before: "give notice first" after notice, and times as Unix milliseconds.
    #[test]
    fn a_notice_says_when_to_come_back() {
        const DAY_MS: u64 = 86_400_000;
        // 2020-03-12.
        let given_ms = 1_583_971_200_000;
        let given = gradual::Notice {
            opens_ms: given_ms + 10 * DAY_MS,
            closes_ms: given_ms + 12 * DAY_MS,
            again_ms: given_ms + 22 * DAY_MS,
        };
        let at = |days: u64| Notice::of(Some(given), given_ms + days * DAY_MS);
        assert_eq!(Notice::of(None, 5), Notice::None);
        assert!(Notice::None.advice("USD").contains("`breakwater backstop notice USD`"));
        let advice = at(3).advice("USD");
        assert_eq!(advice, "notice is given: come back in 7 d, from 2020-03-22 00:00 UTC on");
        assert_eq!(at(3).text(), "given; withdrawals open in 7 d (2020-03-22 00:00 UTC)");
        assert!(matches!(at(10), Notice::Open { .. }), "as the market has it");
        assert_eq!(at(11).text(), "open for another 1 d (until 2020-03-24 00:00 UTC)");
        assert!(matches!(at(12), Notice::Open { left_ms: 0, .. }));
        assert!(at(13).advice("USD").contains("closed on 2020-03-24 00:00 UTC: give notice anew"));
    }
}
