//! The core's own codec of cells against SCALE's.

use crate::common::{eth_config, START_MS};
use breakwater_protocol::{
    cell::{self, CellCodec},
    gradual::{Notice, Stock},
    market::Root,
    risk::{ramp::Ramp, tiers::Bracket},
    Account, AdaptiveRate, Auction, Isolation, KinkedRate, MarketParams, Pace, Position, RateModel,
    Reserve, Tier, VaultStake,
};
use proptest::{prelude::*, sample::Index};
use scale::{Decode, Encode};
use std::fmt::Debug;

/// Numbers of all lengths, as compact ones have several forms.
struct Numbers(Vec<(u128, u32)>);

impl Numbers {
    fn long(&mut self) -> u128 {
        self.0.pop().map_or(0, |(number, fewer_bits)| number >> fewer_bits)
    }

    fn u64(&mut self) -> u64 {
        (self.long() >> 64) as u64
    }

    fn u32(&mut self) -> u32 {
        (self.long() >> 96) as u32
    }

    fn some(&mut self) -> bool {
        self.long() % 2 == 1
    }

    fn few(&mut self) -> u128 {
        self.long() % 4
    }

    fn pace(&mut self) -> Pace {
        let (cap_ppm, rise_mbps_per_min) = (self.u32(), self.u32());
        Pace { cap_ppm, rise_mbps_per_min, urgency_bps: (self.u32() >> 16) as u16 }
    }

    fn reserve(&mut self) -> Reserve {
        let mut config = eth_config();
        config.isolation_ceiling_wad = self.some().then(|| self.long());
        config.tiers = (0..self.few())
            .map(|_| Tier { from_wad: self.long(), ltv_bps: 1, liquidation_threshold_bps: 2 })
            .collect();
        config.rate = if self.some() {
            RateModel::Adaptive(AdaptiveRate {
                target_bps: 3,
                steepness_wad: self.long(),
                speed_wad: self.long(),
                initial_wad: self.long(),
                min_wad: self.long(),
                max_wad: self.long(),
            })
        } else {
            RateModel::Kinked(KinkedRate {
                base_wad: self.long(),
                kink_rate_wad: self.long(),
                full_rate_wad: self.long(),
                kink_bps: 4,
            })
        };
        config.auction.backed_by = self.some().then_some(5);
        config.auction.alone = self.pace();
        config.auction.backed = self.pace();
        let mut reserve = Reserve::new(eth_config(), START_MS).unwrap();
        reserve.config = config;
        reserve.ramp = self.some().then(|| Ramp {
            from: (0..self.few())
                .map(|_| Bracket { from_wad: self.long(), rate_wad: self.long() })
                .collect(),
            started_ms: self.u64(),
            bps_per_day: 6,
        });
        reserve.vault.generation = self.u32();
        reserve.vault.shares = self.long();
        reserve.vault.stocks = (0..self.few())
            .map(|asset| Stock { asset: asset as u8, units: self.long(), cost: self.long() })
            .collect();
        reserve.vault.lost = self.long();
        reserve.vault.lost_at_ms = self.u64();
        reserve
    }

    fn account(&mut self) -> Account {
        let position = |numbers: &mut Self| Position {
            asset: 7,
            supply_shares: numbers.long(),
            debt_shares: numbers.long(),
            collateral: numbers.long(),
        };
        Account {
            positions: (0..self.few()).map(|_| position(self)).collect(),
            auction: self.some().then(|| Auction {
                started_ms: self.u64(),
                starter: [8; 32],
                page: self.u32(),
                unearned_wad: self.long(),
                counted: (0..self.few()).map(|asset| asset as u8).collect(),
            }),
            isolation: self.some().then(|| Isolation { asset: 9, debt_wad: self.long() }),
            counted: (0..self.few()).map(|asset| (asset as u8, self.long())).collect(),
        }
    }

    fn stake(&mut self) -> VaultStake {
        let notice = Notice { opens_ms: self.u64(), closes_ms: self.u64(), again_ms: self.u64() };
        VaultStake {
            generation: self.u32(),
            shares: self.long(),
            notice: self.some().then_some(notice),
        }
    }
}

/// Ours writes what SCALE writes, reads what SCALE has written, nothing that is cut off, and of any bytes what SCALE reads. SCALE refuses
/// forms of compact numbers that are longer than they need; nobody writes those.
fn agrees<T>(value: &T, changes: &[(Index, u8)]) -> Result<(), TestCaseError>
where
    T: CellCodec + Encode + Decode + PartialEq + Debug,
{
    let mut bytes = value.encode();
    let mut written = Vec::new();
    cell::encode(value, &mut written);
    prop_assert_eq!(&written, &bytes);
    prop_assert_eq!(&*cell::decode::<T, _>(&mut bytes.as_slice()).unwrap(), value);
    for length in 0..bytes.len() {
        prop_assert!(cell::decode::<T, _>(&mut &bytes[..length]).is_err(), "{} bytes", length);
    }
    for (place, byte) in changes {
        let place = place.index(bytes.len());
        bytes[place] = *byte;
        let (ours, scales) =
            (cell::decode::<T, _>(&mut bytes.as_slice()), T::decode(&mut bytes.as_slice()));
        match (ours, scales) {
            (Ok(ours), Ok(scales)) => prop_assert_eq!(*ours, scales),
            (Ok(ours), Err(_)) => prop_assert!(!bytes.starts_with(&ours.encode())),
            (Err(_), scales) => prop_assert!(scales.is_err(), "{:?}", scales),
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn cells_are_decoded_as_by_scale(
        numbers in prop::collection::vec((any::<u128>(), 0u32..128), 80),
        changes in prop::collection::vec((any::<Index>(), prop_oneof![any::<u8>(), 0u8..9]), 40),
    ) {
        let mut numbers = Numbers(numbers);
        agrees(&numbers.reserve(), &changes)?;
        agrees(&numbers.account(), &changes)?;
        agrees(&numbers.stake(), &changes)?;
        agrees(&Root::new([1; 32], MarketParams::default()), &changes)?;
    }
}
