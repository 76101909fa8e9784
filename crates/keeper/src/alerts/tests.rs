use super::*;
use crate::health::{Fault, Watch};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    time::Instant,
};

/// A service that remembers what it was sent, as path and JSON, and answers with the statuses given, then
/// with 200.
struct Service {
    url: String,
    seen: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Service {
    fn start(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let keeps = Arc::clone(&seen);
        std::thread::spawn(move || {
            for (at, stream) in listener.incoming().flatten().enumerate() {
                let mut reader = BufReader::new(stream);
                let mut head = String::new();
                reader.read_line(&mut head).unwrap();
                let mut length = 0;
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).unwrap();
                    let lower = line.to_lowercase();
                    if let Some(value) = lower.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap();
                    }
                    if line.trim().is_empty() {
                        break;
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let path = head.split(' ').nth(1).unwrap().to_owned();
                let status = statuses.get(at).copied().unwrap_or(200);
                keeps.lock().unwrap().push((path, serde_json::from_slice(&body).unwrap()));
                let answer = format!(
                    "HTTP/1.1 {status} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                let _ = reader.into_inner().write_all(answer.as_bytes());
            }
        });
        Self { url, seen }
    }

    fn seen(&self) -> Vec<(String, Value)> {
        self.seen.lock().unwrap().clone()
    }
}

fn config(to: AlertKind, url: &str) -> AlertConfig {
    AlertConfig {
        to,
        secret_env: None,
        secret_file: None,
        url: Some(url.into()),
        chat: Some("-100".into()),
        least: Severity::Warning,
    }
}

fn changes() -> [Change; 2] {
    let mut watch = Watch::new(Duration::ZERO);
    let now = Instant::now();
    let begins = watch.note(Fault::NoInventory, Some("asset 1\nis spent".into()), now);
    let ends = watch.note(Fault::NoInventory, None, now + Duration::from_secs(90));
    [begins.unwrap(), ends.unwrap()]
}

#[test]
fn each_service_gets_what_it_takes() {
    let service = Service::start(&[]);
    let metrics = Arc::new(Metrics::new());
    let mut configs: Vec<AlertConfig> =
        [AlertKind::Slack, AlertKind::Telegram, AlertKind::Pagerduty, AlertKind::Json]
            .map(|to| config(to, &service.url))
            .into();
    // A key in a variable: this test's alone.
    std::env::set_var("BREAKWATER_TEST_ALERT_KEY", "R0UT1NG");
    configs[1].secret_env = Some("BREAKWATER_TEST_ALERT_KEY".into());
    configs[2].secret_env = Some("BREAKWATER_TEST_ALERT_KEY".into());
    let alerts = Alerts::start("5Alice".into(), &configs, Arc::clone(&metrics)).unwrap();
    changes().iter().for_each(|change| alerts.tell(change));
    drop(alerts);
    let seen = service.seen();
    assert_eq!(seen.len(), 8);
    let [(_, slack), (path, telegram), (_, pager), (_, own)] = &seen[..4] else { panic!() };
    // Slack: a text and nothing it does not know. Telegram: chat_id and text, 4,096 characters at most.
    let text = slack["text"].as_str().unwrap();
    assert!(text.contains("no_inventory (critical). asset 1is spent"), "{text}");
    assert_eq!(slack.as_object().unwrap().len(), 1);
    assert_eq!((path.as_str(), &telegram["chat_id"]), ("/botR0UT1NG/sendMessage", &json!("-100")));
    assert_eq!(telegram["text"], slack["text"]);
    // PagerDuty's Events API v2: what it requires, and the same key for begin and end.
    assert_eq!(pager["routing_key"], "R0UT1NG");
    assert_eq!(pager["event_action"], "trigger");
    for field in ["summary", "source", "severity"] {
        assert!(pager["payload"][field].is_string(), "{field}");
    }
    assert_eq!(pager["payload"]["severity"], "critical");
    assert_eq!(own["state"], "begins");
    let (_, resolved) = &seen[6];
    assert_eq!(resolved["event_action"], "resolve");
    assert_eq!(resolved["dedup_key"], pager["dedup_key"]);
    assert_eq!(seen[7].1["lasted_s"], 90);
    assert!(metrics.text().contains("alerts_total{to=\"slack\",outcome=\"sent\"} 2"));
}

#[test]
fn a_service_that_stumbles_is_tried_again_and_one_that_refuses_is_not() {
    let stumbles = Service::start(&[500, 429]);
    let refuses = Service::start(&[403, 403, 403]);
    let metrics = Arc::new(Metrics::new());
    let configs = [config(AlertKind::Json, &stumbles.url), config(AlertKind::Slack, &refuses.url)];
    let alerts = Alerts::start("5Alice".into(), &configs, Arc::clone(&metrics)).unwrap();
    alerts.tell(&changes()[0]);
    let began = Instant::now();
    while refuses.seen().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(alerts);
    assert_eq!((stumbles.seen().len(), refuses.seen().len()), (3, 1));
    let text = metrics.text();
    assert!(text.contains("alerts_total{to=\"json\",outcome=\"sent\"} 1"), "{text}");
    assert!(text.contains("alerts_total{to=\"slack\",outcome=\"failed\"} 1"), "{text}");
}

#[test]
fn who_wants_the_critical_is_not_told_of_warnings_and_nothing_waits_for_a_black_hole() {
    let service = Service::start(&[]);
    let hole = TcpListener::bind("127.0.0.1:0").unwrap();
    let hole_url = format!("http://{}", hole.local_addr().unwrap());
    let least = Severity::Critical;
    let configs = [
        AlertConfig { least, ..config(AlertKind::Json, &service.url) },
        config(AlertKind::Json, &hole_url),
    ];
    let alerts = Alerts::start("5Alice".into(), &configs, Arc::default()).unwrap();
    let began = Instant::now();
    let warning = Change { fault: Fault::ClockOff, ..changes()[0].clone() };
    alerts.tell(&changes()[0]);
    (0..1_000).for_each(|_| alerts.tell(&warning));
    assert!(began.elapsed() < Duration::from_secs(2), "nobody waits for it");
    drop(hole);
    while service.seen().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(alerts);
    assert_eq!(service.seen().len(), 1);
}
