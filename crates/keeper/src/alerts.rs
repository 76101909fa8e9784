//! Tells people, by webhook, when a fault begins and ends.
//!
//! Slack, Telegram and PagerDuty each take JSON of their own; `json` is ours, for anything else. What is
//! sent waits in a bounded queue for a thread, so that a service that does not answer holds up nothing.
//! Addresses hold secrets: they are in no log and in no error.

use crate::{
    config::{AlertConfig, AlertKind, ConfigError},
    health::{Change, Severity},
    metrics::Metrics,
};
use backon::{BlockingRetryable, ExponentialBuilder};
use serde_json::{json, Value};
use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc::{sync_channel, Receiver, SyncSender, TrySendError},
        Arc,
    },
    thread::JoinHandle,
    time::Duration,
};

/// Alerts that wait to be sent, at most.
const QUEUE: usize = 256;
/// Longest wait for a service, and how often one that fails is tried again.
const TIMEOUT: Duration = Duration::from_secs(10);
const TRIES: usize = 5;
/// Longest text that is sent: all services take as much.
const LONGEST: usize = 1_000;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Which keeper it is, for people.
    pub keeper: String,
    /// Name of the fault, or of something else that people should know.
    pub name: &'static str,
    pub severity: Severity,
    /// It begins, or is over.
    pub begins: bool,
    pub detail: String,
    pub lasted: Duration,
}

impl Alert {
    /// Of a fault that has begun or ended.
    pub fn of(keeper: &str, change: &Change) -> Self {
        Self {
            keeper: keeper.into(),
            name: change.fault.name(),
            severity: change.fault.severity(),
            begins: change.begins,
            detail: change.detail.clone(),
            lasted: change.lasted,
        }
    }

    /// Of a keeper that has stopped with an error.
    pub fn stopped(keeper: &str, why: &str) -> Self {
        Self {
            keeper: keeper.into(),
            name: "stopped",
            severity: Severity::Critical,
            begins: true,
            detail: why.into(),
            lasted: Duration::ZERO,
        }
    }

    /// One line for people.
    pub fn text(&self) -> String {
        let (keeper, name, severity) = (&self.keeper, self.name, self.severity.name());
        let text = match self.begins {
            true => format!("Breakwater keeper {keeper}: {name} ({severity}). {}", self.detail),
            false => {
                format!(
                    "Breakwater keeper {keeper}: {name} is over after {} s.",
                    self.lasted.as_secs()
                )
            }
        };
        text.chars().filter(|one| !one.is_control()).take(LONGEST).collect()
    }
}

/// A service and how it is reached.
pub struct Target {
    kind: AlertKind,
    least: Severity,
    url: String,
    /// PagerDuty's routing key.
    key: String,
    /// Telegram's chat.
    chat: String,
}

impl Target {
    /// What a configuration says, with its secret.
    ///
    /// # Errors
    /// [`ConfigError`]: a secret that can't be had.
    pub fn new(config: &AlertConfig) -> Result<Self, ConfigError> {
        let secret = config.secret()?.unwrap_or_default();
        let base = |own: &str| config.url.clone().unwrap_or_else(|| own.into());
        let url = match config.to {
            AlertKind::Slack | AlertKind::Json if secret.is_empty() => base(""),
            AlertKind::Slack | AlertKind::Json => secret.clone(),
            AlertKind::Telegram => {
                let base = base("https://api.telegram.org");
                format!("{}/bot{secret}/sendMessage", base.trim_end_matches('/'))
            }
            AlertKind::Pagerduty => base("https://events.pagerduty.com/v2/enqueue"),
        };
        let chat = config.chat.clone().unwrap_or_default();
        Ok(Self { kind: config.to, least: config.least, url, key: secret, chat })
    }

    fn name(&self) -> &'static str {
        match self.kind {
            AlertKind::Slack => "slack",
            AlertKind::Telegram => "telegram",
            AlertKind::Pagerduty => "pagerduty",
            AlertKind::Json => "json",
        }
    }

    /// What the service takes: <https://api.slack.com/messaging/webhooks>,
    /// <https://core.telegram.org/bots/api#sendmessage>,
    /// <https://developer.pagerduty.com/docs/send-alert-event>.
    pub fn body(&self, alert: &Alert) -> Value {
        match self.kind {
            AlertKind::Slack => json!({ "text": alert.text() }),
            AlertKind::Telegram => json!({ "chat_id": self.chat, "text": alert.text() }),
            AlertKind::Pagerduty => json!({
                "routing_key": self.key,
                "event_action": if alert.begins { "trigger" } else { "resolve" },
                "dedup_key": format!("breakwater-keeper/{}/{}", alert.keeper, alert.name),
                "payload": {
                    "summary": alert.text(),
                    "source": alert.keeper,
                    "severity": alert.severity.name(),
                    "component": "breakwater-keeper",
                    "class": alert.name,
                },
            }),
            AlertKind::Json => json!({
                "keeper": alert.keeper,
                "fault": alert.name,
                "severity": alert.severity.name(),
                "state": if alert.begins { "begins" } else { "ends" },
                "detail": alert.detail,
                "lasted_s": alert.lasted.as_secs(),
            }),
        }
    }

    /// Sends, once. The error says what happened and not where.
    fn send(&self, agent: &ureq::Agent, alert: &Alert) -> Result<(), Failure> {
        let request = agent.post(&self.url).set("Content-Type", "application/json");
        match request.send_string(&self.body(alert).to_string()) {
            Ok(_) => Ok(()),
            Err(ureq::Error::Status(status, _)) => Err(Failure {
                why: format!("it answered {status}"),
                may_pass: status == 429 || status >= 500,
            }),
            // Its own text has the address.
            Err(ureq::Error::Transport(why)) => {
                Err(Failure { why: why.kind().to_string(), may_pass: true })
            }
        }
    }
}

/// Why an alert was not taken.
struct Failure {
    why: String,
    may_pass: bool,
}

/// Sends in a thread of its own; what waits is sent when this is dropped, each once.
pub struct Alerts {
    keeper: String,
    /// No more tries: the keeper stops.
    closing: Arc<AtomicBool>,
    queue: Option<SyncSender<Alert>>,
    thread: Option<JoinHandle<()>>,
}

impl Alerts {
    /// To the targets of a configuration, in a keeper's name.
    ///
    /// # Errors
    /// [`ConfigError`]: a secret that can't be had.
    pub fn start(
        keeper: String,
        configs: &[AlertConfig],
        metrics: Arc<Metrics>,
    ) -> Result<Self, ConfigError> {
        let targets: Vec<Target> = configs.iter().map(Target::new).collect::<Result<_, _>>()?;
        if targets.is_empty() {
            return Ok(Self { keeper, closing: Arc::default(), queue: None, thread: None });
        }
        let closing = Arc::new(AtomicBool::new(false));
        let is_closing = Arc::clone(&closing);
        let (queue, alerts) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("keeper-alerts".into())
            .spawn(move || deliver(&targets, &alerts, &is_closing, &metrics));
        match thread {
            Ok(thread) => Ok(Self { keeper, closing, queue: Some(queue), thread: Some(thread) }),
            Err(why) => {
                tracing::error!(%why, "no thread for alerts: they are only logged");
                Ok(Self { keeper, closing, queue: None, thread: None })
            }
        }
    }

    /// Tells that a fault has begun or ended: a log line, and an alert to whoever wants it.
    pub fn tell(&self, change: &Change) {
        let (fault, severity) = (change.fault.name(), change.fault.severity().name());
        let (detail, lasted_s) = (change.detail.as_str(), change.lasted.as_secs());
        match (change.begins, change.fault.severity()) {
            (true, Severity::Critical) => {
                tracing::error!(fault, severity, detail, "fault begins");
            }
            (true, Severity::Warning) => tracing::warn!(fault, severity, detail, "fault begins"),
            (false, _) => tracing::info!(fault, severity, detail, lasted_s, "fault ends"),
        }
        self.send(Alert::of(&self.keeper, change));
    }

    /// Tells that the keeper has stopped with an error.
    pub fn stopped(&self, why: &str) {
        self.send(Alert::stopped(&self.keeper, why));
    }

    fn send(&self, alert: Alert) {
        let Some(queue) = &self.queue else { return };
        if let Err(TrySendError::Full(alert)) = queue.try_send(alert) {
            tracing::error!(fault = alert.name, "too many alerts wait: this one is only logged");
        }
    }
}

impl Drop for Alerts {
    fn drop(&mut self) {
        self.queue = None;
        self.closing.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread that has panicked has nothing left to send.
            let _ = thread.join();
        }
    }
}

fn deliver(targets: &[Target], alerts: &Receiver<Alert>, closing: &AtomicBool, metrics: &Metrics) {
    let agent = ureq::AgentBuilder::new().timeout(TIMEOUT).redirects(0).build();
    for alert in alerts {
        for target in targets.iter().filter(|target| alert.severity >= target.least) {
            let sent = (|| target.send(&agent, &alert))
                .retry(ExponentialBuilder::default().with_max_times(TRIES))
                .when(|failure: &Failure| failure.may_pass && !closing.load(Ordering::Relaxed))
                .call();
            metrics.alert(target.name(), if sent.is_ok() { "sent" } else { "failed" });
            if let Err(Failure { why, .. }) = sent {
                tracing::error!(to = target.name(), fault = alert.name, why, "no alert was sent");
            }
        }
    }
}

#[cfg(test)]
mod tests;
