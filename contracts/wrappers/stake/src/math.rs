//! What a share is of the stake. A few shares that nobody has, and a unit of stake that nobody put in, stand
//! for the first holder's neighbours: who is first can't make a share so dear that the next one's are
//! rounded away.

/// Shares that nobody has, for the unit that nobody put in.
const VIRTUAL_SHARES: u128 = 1_000;
const VIRTUAL_STAKE: u128 = 1;
/// What the chain's price is a multiple of.
const PRICE_UNIT: u128 = 1_000_000_000;
const WAD: u128 = 1_000_000_000_000_000_000;

/// Shares for `gained` units on top of `staked`, of which `supply` shares exist.
pub fn shares_down(gained: u64, staked: u64, supply: u128) -> Option<u128> {
    let all = supply.checked_add(VIRTUAL_SHARES)?;
    let stake = u128::from(staked).checked_add(VIRTUAL_STAKE)?;
    u128::from(gained).checked_mul(all)?.checked_div(stake)
}

/// Units of stake for so many shares.
pub fn stake_down(shares: u128, staked: u64, supply: u128) -> Option<u64> {
    let all = supply.checked_add(VIRTUAL_SHARES)?;
    let stake = u128::from(staked).checked_add(VIRTUAL_STAKE)?;
    u64::try_from(shares.checked_mul(stake)?.checked_div(all)?).ok()
}

/// Coins for a whole share with 18 decimals, where a whole share is `VIRTUAL_SHARES` times as many units as a
/// whole coin. `price` is planck for a unit of stake, times 10^9.
pub fn share_price_wad_down(staked: u64, supply: u128, price: u64) -> Option<u128> {
    let all = supply.checked_add(VIRTUAL_SHARES)?;
    let stake = u128::from(staked).checked_add(VIRTUAL_STAKE)?;
    // A share's units of stake, as a wad; beyond 2^64 of them it is no price any more.
    let scaled = stake.checked_mul(WAD)?.checked_div(all)?.checked_mul(VIRTUAL_SHARES)?;
    scaled.checked_mul(u128::from(price))?.checked_div(PRICE_UNIT)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::unwrap_used)] // a test may panic: that is how it fails
mod tests {
    use super::*;

    const COIN: u64 = 1_000_000_000;

    #[test]
    fn the_first_shares_cost_what_is_staked() {
        let shares = shares_down(COIN, 0, 0).unwrap();
        assert_eq!(shares, u128::from(COIN) * VIRTUAL_SHARES);
        assert_eq!(stake_down(shares, COIN, shares), Some(COIN));
        // A unit of stake at half a coin: a whole share is worth half of one.
        assert_eq!(share_price_wad_down(COIN, shares, COIN / 2), Some(WAD / 2));
    }

    /// Whoever comes and goes at once gets nothing for it, and takes nothing from who stays.
    #[test]
    fn coming_and_going_never_pays() {
        for (staked, supply) in [(7, 3_333), (COIN, 1), (COIN, 999_999_999), (3, 1 << 60)] {
            for gained in [1, 2, 1_000, COIN] {
                let shares = shares_down(gained, staked, supply).unwrap();
                let after = staked + gained;
                let back = stake_down(shares, after, supply + shares).unwrap();
                assert!(back <= gained, "{back} of {gained}");
                // What a share is worth did not fall: stake / shares, without division.
                let worth = |stake: u64, shares: u128| (u128::from(stake) + 1, shares + 1_000);
                let ((a, b), (c, d)) = (worth(staked, supply), worth(after, supply + shares));
                assert!(c * b >= a * d);
            }
        }
    }

    /// Before virtual shares: the first holder gives stake away to their own single share, and the next one's
    /// coins round to none.
    #[test]
    fn a_gift_before_the_second_holder_costs_the_giver_more_than_it_takes() {
        let mine = shares_down(1, 0, 0).unwrap();
        let gift = 1_000 * COIN;
        let staked = 1 + gift;
        let theirs = shares_down(COIN, staked, mine).unwrap();
        let (staked, supply) = (staked + COIN, mine + theirs);
        let victim = stake_down(theirs, staked, supply).unwrap_or(0);
        let thief = stake_down(mine, staked, supply).unwrap();
        assert!(thief < gift, "the gift is never worth it: {thief}");
        assert!(COIN - victim < gift / 500);
    }

    #[test]
    fn a_price_too_large_is_none() {
        assert_eq!(share_price_wad_down(u64::MAX, 0, u64::MAX), None);
        assert!(share_price_wad_down(21_000_000 * COIN, 1 << 80, u64::MAX).is_some());
    }
}
