//! `/metrics` and `/health`.

use crate::metrics::Metrics;
use std::{
    net::SocketAddr,
    sync::Arc,
    thread::JoinHandle,
    time::{SystemTime, UNIX_EPOCH},
};
use tiny_http::{Header, Request, Response, Server};

/// How health is judged.
#[derive(Clone, Copy, Debug)]
pub struct HealthRule {
    /// Longest time since the last look at the chain that succeeded.
    pub look_ms: u64,
    /// Longest time since a block was seen.
    pub stale_ms: Option<u64>,
}

/// A server in a thread of its own, until it is dropped.
pub struct Http {
    server: Arc<Server>,
    thread: Option<JoinHandle<()>>,
}

impl Http {
    /// Serves on an address such as `127.0.0.1:9616`; port 0 for a free one.
    ///
    /// # Errors
    /// If nothing can listen there.
    pub fn start(
        listen: &str,
        metrics: Arc<Metrics>,
        rule: HealthRule,
    ) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let server = Arc::new(Server::http(listen)?);
        let serving = Arc::clone(&server);
        let thread = std::thread::Builder::new().name("keeper-http".into()).spawn(move || {
            for request in serving.incoming_requests() {
                answer(request, &metrics, rule);
            }
        })?;
        Ok(Self { server, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.server.server_addr().to_ip()
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.server.unblock();
        if let Some(thread) = self.thread.take() {
            // A thread that has panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

/// System time in Unix milliseconds: for logs and health only.
pub fn system_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn answer(request: Request, metrics: &Metrics, rule: HealthRule) {
    let (status, text, kind) = match request.url() {
        "/metrics" => {
            (200, metrics.text(), "application/openmetrics-text; version=1.0.0; charset=utf-8")
        }
        "/health" if metrics.is_healthy(system_ms(), rule.look_ms, rule.stale_ms) => {
            (200, "healthy\n".into(), "text/plain")
        }
        "/health" => (503, "does not see the chain\n".into(), "text/plain"),
        _ => (404, "there are /metrics and /health\n".into(), "text/plain"),
    };
    let mut response = Response::from_string(text).with_status_code(status);
    if let Ok(header) = Header::from_bytes("Content-Type", kind) {
        response.add_header(header);
    }
    // Whoever asked may be gone.
    let _ = request.respond(response);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{Read, Write},
        net::TcpStream,
        sync::atomic::Ordering,
    };

    fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn it_serves_metrics_and_health() {
        let metrics = Arc::new(Metrics::new());
        let rule = HealthRule { look_ms: 60_000, stale_ms: None };
        let http = Http::start("127.0.0.1:0", Arc::clone(&metrics), rule).unwrap();
        let address = http.address().unwrap();
        assert!(get(address, "/health").starts_with("HTTP/1.1 503"));
        metrics.looked_ms.store(system_ms(), Ordering::Relaxed);
        assert!(get(address, "/health").starts_with("HTTP/1.1 200"));
        assert!(get(address, "/metrics").contains("breakwater_keeper_cursor_block 0"));
        assert!(get(address, "/other").starts_with("HTTP/1.1 404"));
    }
}
