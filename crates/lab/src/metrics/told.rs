//! How figures are told: keys, titles, meanings.

use super::Figures;

/// How a figure is told.
pub struct Metric {
    pub key: &'static str,
    /// In a table's head.
    pub title: &'static str,
    /// For readers who know neither the code nor the jargon.
    pub meaning: &'static str,
    pub digits: usize,
    pub of: fn(&Figures) -> f64,
}

const fn metric(
    key: &'static str,
    title: &'static str,
    digits: usize,
    of: fn(&Figures) -> f64,
    meaning: &'static str,
) -> Metric {
    Metric { key, title, meaning, digits, of }
}

/// All figures, in order of interest.
pub const METRICS: [Metric; 28] = [
    metric(
        "bad_debt_bps",
        "bad debt, bps",
        2,
        |f| f.bad_debt_bps,
        "\
        Debt that nobody will repay, in hundredths of a per cent of all debt.",
    ),
    metric(
        "system_loss_bps",
        "system loss, bps",
        2,
        |f| f.system_loss_bps,
        "\
        Bad debt, plus the losses of backstops and storefronts on the collateral they hold.",
    ),
    metric(
        "overshoot_bps",
        "overshoot, bps",
        1,
        |f| f.overshoot_bps,
        "\
        The farthest that forced sales pushed the price below the price without them.",
    ),
    metric(
        "deeper_low_bps",
        "deeper low, bps",
        1,
        |f| f.deeper_low_bps,
        "\
        How much lower the lowest price was because of them.",
    ),
    metric(
        "cost_bps_of_repaid",
        "cost, bps of repaid",
        1,
        |f| f.cost_bps_of_repaid,
        "\
        Liquidated borrowers' loss beyond the debt settled for them.",
    ),
    metric(
        "median_cost_bps",
        "median cost, bps",
        1,
        |f| f.median_cost_bps,
        "\
        The same for the median liquidated loan.",
    ),
    metric(
        "cost_bps_of_debt",
        "cost, bps of debt",
        1,
        |f| f.cost_bps_of_debt,
        "\
        The same cost, of all debt at the beginning.",
    ),
    metric(
        "cost_undisturbed_bps_of_debt",
        "cost at undisturbed price, bps of debt",
        1,
        |f| f.cost_undisturbed_bps_of_debt,
        "\
        The same, with collateral at the price without liquidations.",
    ),
    metric(
        "repaid_percent",
        "liquidated, % of debt",
        1,
        |f| f.repaid_part * 100.0,
        "\
        Debt settled by liquidations.",
    ),
    metric(
        "amplification",
        "amplification",
        3,
        |f| f.amplification,
        "\
        Debt liquidated, over debt liquidated if sales did not move the price.",
    ),
    metric(
        "branching",
        "branching",
        3,
        |f| f.branching,
        "\
        The part of liquidations that other liquidations caused.",
    ),
    metric(
        "fair_loss_bps",
        "loss to fair, bps",
        1,
        |f| f.fair_loss_bps,
        "\
        How far below the collateral's market value just before the sale keepers paid.",
    ),
    metric(
        "dutch_loss_bps",
        "a Dutch auction's loss, bps",
        1,
        |f| f.dutch_loss_bps,
        "\
        The loss to the fair price of a Dutch auction as fast as Breakwater's, by the law of arXiv \
        2406.00113, at the same volatility and block time.",
    ),
    metric(
        "fill_to_fair_percent",
        "paid, % of market",
        2,
        |f| f.fill_to_fair * 100.0,
        "\
        Buyers' payment for collateral, of its market value just before the sale.",
    ),
    metric(
        "fill_to_oracle_percent",
        "paid, % of oracle",
        2,
        |f| f.fill_to_oracle * 100.0,
        "\
        The same, of its value at the oracle price.",
    ),
    metric(
        "minutes_to_fill",
        "minutes to first sale",
        2,
        |f| f.minutes_to_fill,
        "\
        From the moment a loan can be liquidated to its first sale.",
    ),
    metric(
        "minutes_to_clear",
        "minutes to health",
        2,
        |f| f.minutes_to_clear,
        "\
        Until the loan is healthy again, or gone.",
    ),
    metric(
        "keeper_gain_bps",
        "keepers' gain, bps of repaid",
        1,
        |f| f.keeper_gain_bps,
        "\
        The gain of all liquidators together.",
    ),
    metric(
        "backstop_percent",
        "bought by backstop, %",
        1,
        |f| f.backstop_part * 100.0,
        "\
        The part of purchases made by a backstop.",
    ),
    metric(
        "holding_bps",
        "holders' result, bps of debt",
        1,
        |f| f.holding_bps,
        "\
        The gain or loss of backstops and storefronts on their stock, at the last price, after the \
        cost of capital.",
    ),
    metric(
        "together_bps",
        "borrowers and pool, bps of debt",
        1,
        |f| f.together_bps,
        "\
        Borrowers' losses less backstops' gains, both at the price without liquidations.",
    ),
    metric(
        "given_away_bps",
        "given away, bps of debt",
        1,
        |f| f.given_away_bps,
        "\
        How far below the price without liquidations buyers paid at that moment: the loss caused by \
        the way of selling, without the price's moves before and after.",
    ),
    metric(
        "stock_left_percent",
        "stock left, %",
        1,
        |f| f.stock_left_part * 100.0,
        "\
        The part of their purchases that backstops still hold at the end.",
    ),
    metric(
        "washed_percent",
        "washed, % of debt",
        1,
        |f| f.washed_part * 100.0,
        "\
        Collateral that an adversary sold to themselves to use up room.",
    ),
    metric(
        "raised_percent",
        "breaker up, % of time",
        2,
        |f| f.raised_part * 100.0,
        "\
        Time in which the circuit breaker was not Normal.",
    ),
    metric(
        "raised_calm_percent",
        "breaker up in calm, %",
        2,
        |f| f.raised_calm_part * 100.0,
        "\
        The same, of the time with usual volatility.",
    ),
    metric(
        "borrowing_power_usd_h",
        "borrowing power, $ h",
        0,
        |f| f.borrowing_power,
        "\
        The borrowing power of all collateral, times hours.",
    ),
    metric("fills", "sales", 0, |f| f.fills, "Number of purchases."),
];
