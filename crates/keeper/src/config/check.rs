//! What a configuration must be like to make sense.

use super::{AlertConfig, AlertKind, Config, ConfigError};
use std::net::SocketAddr;

impl Config {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let amounts = [
            self.fees.native_usd,
            self.starts.min_reward_usd,
            self.starts.min_profit_usd,
            self.takes.min_profit_usd,
            self.upkeep.max_usd_per_day,
            self.upkeep.claim_min_usd,
            self.executor.tip_max,
            self.executor.approve_max_usd,
        ];
        let held = self
            .inventory
            .iter()
            .flat_map(|of| [Some(of.spend_max), of.spend_max_per_day, of.hold_max])
            .chain([self.takes.stop_loss_usd_per_day])
            .chain(self.quotes.iter().map(|book| Some(book.most)));
        let sane = |amount: f64| amount.is_finite() && (0.0..=1e15).contains(&amount);
        let rules = [
            (!self.chain.endpoints.is_empty(), "chain.endpoints has no endpoint"),
            (
                amounts.into_iter().chain(held.flatten()).all(sane),
                "amounts must be between 0 and 10^15",
            ),
            (self.chain.timeout_ms >= 100, "chain.timeout_ms must be at least 100"),
            (self.chain.poll_ms >= 10, "chain.poll_ms must be at least 10"),
            (
                (1..=1_024).contains(&self.chain.sync_batch),
                "chain.sync_batch must be between 1 and 1024",
            ),
            (self.chain.undo_blocks >= 1, "chain.undo_blocks must be at least 1"),
            (
                self.takes.exit_bps < 10_000 && self.takes.tolerance_bps < 10_000,
                "takes.exit_bps and takes.tolerance_bps must be below 10000",
            ),
            (self.starts.win_bps <= 10_000, "starts.win_bps must be at most 10000"),
            (self.executor.max_in_flight >= 1, "executor.max_in_flight must be at least 1"),
            (self.executor.tip_bps <= 9_000, "executor.tip_bps must be at most 9000"),
            (self.executor.stuck_blocks >= 1, "executor.stuck_blocks must be at least 1"),
            (
                self.executor.lifetime().is_none_or(|blocks| blocks >= 4),
                "executor.lifetime_blocks must be 0 or at least 4",
            ),
            (self.starts.max_per_block >= 1, "starts.max_per_block must be at least 1"),
            (sane(self.health.native_min), "health.native_min must be between 0 and 10^15"),
            (self.health.unhealthy_blocks >= 1, "health.unhealthy_blocks must be at least 1"),
            (
                self.http.public || self.http.listen.as_deref().is_none_or(is_loopback),
                "http.listen is no loopback address: others could read it; http.public = true allows it",
            ),
            (self.http.history_days <= 3_650, "http.history_days must be at most 3650"),
            (self.http.stats_step_ms >= 1_000, "http.stats_step_ms must be at least 1000"),
            (
                self.alert.iter().all(|one| one.url.is_some() || one.has_secret()),
                "each alert needs secret_env, secret_file or url",
            ),
            (
                self.alert.iter().all(|one| one.to != AlertKind::Telegram || one.chat.is_some()),
                "an alert to telegram needs chat",
            ),
            (
                self.alert.iter().all(|one| one.to != AlertKind::Pagerduty || one.has_secret()),
                "an alert to pagerduty needs its routing key in secret_env or secret_file",
            ),
            (self.fees.native_decimals <= 24, "fees.native_decimals must be at most 24"),
        ];
        match rules.into_iter().find(|(holds, _)| !holds) {
            Some((_, rule)) => Err(ConfigError::OutOfRange(rule)),
            None => Ok(()),
        }
    }
}

impl AlertConfig {
    fn has_secret(&self) -> bool {
        self.secret_env.is_some() || self.secret_file.is_some()
    }
}

/// Whether only this machine reaches an address.
fn is_loopback(listen: &str) -> bool {
    match listen.parse::<SocketAddr>() {
        Ok(address) => address.ip().is_loopback(),
        Err(_) => listen.rsplit_once(':').is_some_and(|(host, _)| host == "localhost"),
    }
}
