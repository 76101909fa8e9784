//! Parameters as the TOML file has them: its paths, its units.

use super::keys::{self, Keys as _};
use crate::amount::{tokens, WAD_DECIMALS};
use breakwater_chain::address::to_ss58;
use breakwater_protocol::{
    oracle::{FeedConfig, SourceKind, ANY_JUMP},
    AuctionConfig, FuseConfig, MarketParams, RateModel, ReserveConfig,
};
use std::fmt::Debug;

/// Paths and values, in the file's order.
pub type Fields = Vec<(String, String)>;

/// What can be written down as fields of the file.
pub trait InFile: Debug + PartialEq {
    fn fields(&self) -> Fields;
}

/// What differs, as `path: before -> after`.
pub fn differences<T: InFile>(before: &T, after: &T) -> Vec<String> {
    let (old, new) = (before.fields(), after.fields());
    let of = |fields: &Fields, path: &str| {
        fields.iter().find(|(name, _)| name == path).map(|(_, value)| value.clone())
    };
    let mut changed = Vec::new();
    for (path, value) in &new {
        match of(&old, path) {
            Some(was) if was == *value => {}
            Some(was) => changed.push(format!("{path}: {was} -> {value}")),
            None => changed.push(format!("{path}: {value} (new)")),
        }
    }
    for (path, value) in &old {
        if of(&new, path).is_none() {
            changed.push(format!("{path}: {value} (gone)"));
        }
    }
    if changed.is_empty() && before != after {
        // Something that the file can't say, set by others.
        changed.push("what the file has no key for".into());
    }
    changed
}

/// Fields as they are written down.
#[derive(Default)]
pub struct Writer(Fields);

impl Writer {
    #[cfg(test)]
    pub(super) fn into_fields(self) -> Fields {
        self.0
    }

    pub(super) fn put(&mut self, path: &str, value: impl ToString) {
        self.0.push((path.into(), value.to_string()));
    }

    fn minutes(&mut self, path: &str, ms: u64) {
        self.put(path, parts(ms, 60_000));
    }

    fn wad(&mut self, path: &str, value_wad: u128) {
        self.put(path, plain(value_wad, WAD_DECIMALS));
    }

    fn percent(&mut self, path: &str, value_wad: u128) {
        self.put(path, plain(value_wad, WAD_DECIMALS - 2));
    }
}

/// Units as a number of the file.
pub(super) fn plain(units: u128, decimals: u8) -> String {
    match units {
        u128::MAX => "unlimited".into(),
        units => tokens(units, decimals).replace(',', "_"),
    }
}

/// A time in parts of `part_ms`.
pub(super) fn parts(ms: u64, part_ms: u64) -> String {
    match ms {
        u64::MAX => "unlimited".into(),
        ms if ms % part_ms == 0 => (ms / part_ms).to_string(),
        ms => (ms as f64 / part_ms as f64).to_string(),
    }
}

impl InFile for ReserveConfig {
    fn fields(&self) -> Fields {
        let units = |units: u128| plain(units, self.decimals);
        let mut to = Writer(Vec::new());
        to.put("token", to_ss58(&self.token));
        to.put("decimals", self.decimals);
        to.put("depth", units(self.liquidity.depth));
        to.wad("max_load", self.liquidity.max_load_wad);
        to.wad("haircut_per_root_depth", self.liquidity.haircut_per_root_depth_wad);
        to.wad("haircut_per_volatility", self.liquidity.haircut_per_volatility_wad);
        to.put("max_haircut_bps", self.liquidity.max_haircut_bps);
        fuse(&mut to, &self.liquidity.fuse);
        to.put("frozen", self.frozen);
        to.put("lend", if self.borrowable { "yes" } else { "no" });
        if self.borrowable {
            to.put("lend.supply_cap", units(self.supply_cap));
            to.put("lend.borrow_cap", units(self.borrow_cap));
            to.put("lend.reserve_factor_bps", self.reserve_factor_bps);
            to.put("lend.min_debt", units(self.min_debt));
            to.put("lend.siloed", self.siloed);
            rate(&mut to, &self.rate);
            keys::Backstop::write(&self.backstop, "lend.backstop.", &mut to);
        }
        to.put("collateral", if self.collateral { "yes" } else { "no" });
        if self.collateral {
            to.put("collateral.cap", units(self.collateral_cap));
            for (place, tier) in self.tiers.iter().enumerate() {
                // The usual one tier needs no number.
                let path = match self.tiers.len() {
                    1 => "collateral.tier".into(),
                    _ => format!("collateral.tier[{place}]"),
                };
                to.wad(&format!("{path}.from_usd"), tier.from_wad);
                to.put(&format!("{path}.ltv_bps"), tier.ltv_bps);
                let threshold = tier.liquidation_threshold_bps;
                to.put(&format!("{path}.liquidation_threshold_bps"), threshold);
            }
            let ramp = self.threshold_ramp_bps_per_day;
            to.put("collateral.threshold_ramp_bps_per_day", ramp);
            if let Some(ceiling_wad) = self.isolation_ceiling_wad {
                to.wad("collateral.isolation_ceiling_usd", ceiling_wad);
            }
            auction(&mut to, &self.auction);
        }
        to.put("outflow.capacity", units(self.outflow.capacity));
        to.minutes("outflow.window_minutes", self.outflow.window_ms);
        to.0
    }
}

fn auction(to: &mut Writer, auction: &AuctionConfig) {
    let path = |key: &str| format!("collateral.auction.{key}");
    match auction.backed_by {
        Some(asset) => to.put(&path("backed_by"), format!("asset {asset}")),
        None => to.put(&path("backed_by"), "nothing"),
    }
    keys::PaceKeys::write(&auction.alone, &path("alone."), to);
    keys::PaceKeys::write(&auction.backed, &path("backed."), to);
    keys::Auction::write(auction, &path(""), to);
}

fn fuse(to: &mut Writer, fuse: &FuseConfig) {
    to.put("fuse.off", fuse.is_never());
    if !fuse.is_never() {
        keys::Fuse::write(fuse, "fuse.", to);
    }
}

fn rate(to: &mut Writer, model: &RateModel) {
    match model {
        RateModel::Kinked(rate) => {
            to.put("lend.rate.model", "kinked");
            to.percent("lend.rate.base_percent", rate.base_wad);
            to.percent("lend.rate.kink_percent", rate.kink_rate_wad);
            to.percent("lend.rate.full_percent", rate.full_rate_wad);
            to.put("lend.rate.kink_bps", rate.kink_bps);
        }
        RateModel::Adaptive(rate) => {
            to.put("lend.rate.model", "adaptive");
            to.put("lend.rate.target_bps", rate.target_bps);
            to.wad("lend.rate.steepness", rate.steepness_wad);
            to.wad("lend.rate.speed_per_year", rate.speed_wad);
            to.percent("lend.rate.initial_percent", rate.initial_wad);
            to.percent("lend.rate.min_percent", rate.min_wad);
            to.percent("lend.rate.max_percent", rate.max_wad);
        }
    }
}

impl InFile for MarketParams {
    fn fields(&self) -> Fields {
        let mut to = Writer(Vec::new());
        keys::Market::write(self, "market.", &mut to);
        keys::Breaker::write(&self.breaker, "market.breaker.", &mut to);
        to.0
    }
}

/// A name of RedStone's without its padding.
pub fn redstone_symbol(name: &[u8; 32]) -> String {
    String::from_utf8_lossy(name).trim_end_matches('\0').to_owned()
}

impl InFile for FeedConfig {
    fn fields(&self) -> Fields {
        let mut to = Writer(Vec::new());
        to.put("price.quorum", self.quorum);
        to.put("price.band_bps", self.band_bps);
        to.put("price.max_spread_bps", self.max_spread_bps);
        match self.max_jump_bps {
            ANY_JUMP => to.put("price.max_jump_bps", "unlimited"),
            bps => to.put("price.max_jump_bps", bps),
        }
        to.minutes("price.confirm_minutes", self.confirm_ms);
        to.put("price.confirm_updates", self.confirm_updates);
        to.put("price.join_bps", self.join_bps);
        if let Some(cross) = &self.cross {
            to.put("price.cross", to_ss58(cross));
        }
        for (place, source) in self.sources.iter().enumerate() {
            let path = |key: &str| match self.sources.len() {
                1 => format!("price.source.{key}"),
                _ => format!("price.source[{place}].{key}"),
            };
            match &source.kind {
                SourceKind::Pushed { key } => {
                    to.put(&path("kind"), "pushed");
                    to.put(&path("key"), to_ss58(key));
                }
                SourceKind::Sr25519 { key } => {
                    to.put(&path("kind"), "sr25519");
                    to.put(&path("key"), to_ss58(key));
                }
                SourceKind::Ecdsa { key } => {
                    to.put(&path("kind"), "ecdsa");
                    to.put(&path("key"), format!("0x{}", hex::encode(key)));
                }
                SourceKind::Redstone { signer, name } => {
                    to.put(&path("kind"), "redstone");
                    to.put(&path("signer"), format!("0x{}", hex::encode(signer)));
                    to.put(&path("symbol"), redstone_symbol(name));
                }
                SourceKind::Dia { contract, symbol } => {
                    to.put(&path("kind"), "dia");
                    to.put(&path("contract"), to_ss58(contract));
                    to.put(&path("symbol"), symbol);
                }
                SourceKind::Twap { contract, window_ms } => {
                    to.put(&path("kind"), "twap");
                    to.put(&path("contract"), to_ss58(contract));
                    to.minutes(&path("window_minutes"), *window_ms);
                }
            }
            to.put(&path("decimals"), source.decimals);
            to.put(&path("inverse"), source.inverse);
            to.minutes(&path("max_age_minutes"), source.max_age_ms);
            to.wad(&path("min_usd"), source.min_wad);
            to.wad(&path("max_usd"), source.max_wad);
        }
        to.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use breakwater_client::LocalPlan;
    use breakwater_protocol::num::math::WAD;

    /// Before: `depth: 1000000000000 -> ...` in the token's units, and `from_wad` of whichever tier.
    #[test]
    fn changes_have_the_paths_and_units_of_the_file() {
        let before = LocalPlan::default().usd;
        let mut after = before.clone();
        after.liquidity.depth = 2_500_000_500_000;
        after.supply_cap = 1_000_000_000;
        after.backstop.cooldown_ms += 3_600_000;
        after.outflow.window_ms = 90 * 60_000;
        let RateModel::Kinked(rate) = &mut after.rate else { panic!("kinked") };
        rate.full_rate_wad = WAD * 3 / 2;
        let changed = differences(&before, &after).join("\n");
        for line in [
            "-> 2_500_000.5",
            "lend.supply_cap:",
            "-> 1_000",
            "lend.rate.full_percent: 100 -> 150",
            "lend.backstop.cooldown_hours:",
            "outflow.window_minutes:",
            "-> 90",
        ] {
            assert!(changed.contains(line), "{line} in\n{changed}");
        }
        assert_eq!(changed.lines().count(), 5, "{changed}");
        assert_eq!(differences(&before, &before), Vec::<String>::new());
    }

    #[test]
    fn tiers_are_numbered_where_there_are_several() {
        let before = LocalPlan::default().eth;
        let mut after = before.clone();
        after.tiers[0].ltv_bps = 7_000;
        assert_eq!(differences(&before, &after), ["collateral.tier.ltv_bps: 7500 -> 7000"]);
        after.tiers.push(breakwater_protocol::Tier { from_wad: 1_000_000 * WAD, ..after.tiers[0] });
        let changed = differences(&before, &after);
        assert!(
            changed.contains(&"collateral.tier[1].from_usd: 1_000_000 (new)".into()),
            "{changed:?}"
        );
    }

    #[test]
    fn parameters_and_feeds_too() {
        let before = MarketParams::default();
        let mut after = before;
        after.breaker.dwell_ms += 60_000;
        let changed = differences(&before, &after);
        assert_eq!(changed.len(), 1);
        assert!(changed[0].starts_with("market.breaker.dwell_minutes: "), "{changed:?}");
        let before = FeedConfig::pushed([1; 32], 3_600_000, 10);
        let mut after = before.clone();
        after.sources[0].max_age_ms = 60_000;
        assert_eq!(differences(&before, &after), ["price.source.max_age_minutes: 60 -> 1"]);
    }
}
