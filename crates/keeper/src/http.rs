//! `/metrics`, `/health`, `/live`, `/history` and `/stats`, for few clients at a time, none of which is trusted: a connection
//! has a limited time and a limited buffer, and with too many of them the oldest goes.

mod shown;

pub use shown::Shown;

use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    header::{HeaderValue, CONTENT_TYPE},
    server::conn::http1,
    service::service_fn,
    Method, Request, Response, StatusCode,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::{net::TcpStream, sync::Notify, task::AbortHandle, time::timeout};

/// Most connections at a time: one more ends the oldest.
const MOST_CONNECTIONS: usize = 64;
/// Longest wait for a request's head, and longest life of a connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
const LIFE: Duration = Duration::from_secs(15);
/// Most bytes that are buffered of a request.
const BUFFER: usize = 16 * 1_024;
/// Pause after an error of the listener, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How health is judged.
#[derive(Clone, Copy, Debug)]
pub struct HealthRule {
    /// Longest time since the last round that succeeded.
    pub silent: Duration,
}

/// A server in a thread of its own, until it is dropped.
pub struct Http {
    address: SocketAddr,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Http {
    /// Serves on an address such as `127.0.0.1:9616`; port 0 for a free one.
    ///
    /// # Errors
    /// If nothing can listen there.
    pub fn start(listen: &str, shown: Arc<Shown>, rule: HealthRule) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("keeper-http".into()).spawn(move || {
            runtime.block_on(async {
                let serving = async {
                    if let Err(why) = serve(listener, shown, rule).await {
                        tracing::error!(%why, "metrics and health are not served");
                    }
                };
                tokio::select! {
                    () = serving => {}
                    () = stopped.notified() => {}
                }
            });
        })?;
        Ok(Self { address, stop, thread: Some(thread) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            // A thread that has panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

/// System time in Unix milliseconds: for people and metrics only.
pub fn system_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

async fn serve(
    listener: std::net::TcpListener,
    shown: Arc<Shown>,
    rule: HealthRule,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(_) => {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        open.retain(|connection| !connection.is_finished());
        if open.len() >= MOST_CONNECTIONS {
            open.pop_front().inspect(AbortHandle::abort);
        }
        let connection = converse(stream, Arc::clone(&shown), rule);
        open.push_back(tokio::spawn(connection).abort_handle());
    }
}

async fn converse(stream: TcpStream, shown: Arc<Shown>, rule: HealthRule) {
    let service = service_fn(|request: Request<Incoming>| {
        let uri = request.uri();
        let answer =
            answer(request.method(), [uri.path(), uri.query().unwrap_or_default()], &shown, rule);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(BUFFER)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    // Whoever asked may be gone, too slow, or no client at all.
    let _ = timeout(LIFE, connection).await;
}

fn answer(
    method: &Method,
    [path, query]: [&str; 2],
    shown: &Shown,
    rule: HealthRule,
) -> Response<Full<Bytes>> {
    const JSON: &str = "application/json";
    const PLAIN: &str = "text/plain; charset=utf-8";
    const METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let now = Instant::now();
    let of = |is_good| if is_good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let (status, text, kind) = match path {
        _ if method != Method::GET && method != Method::HEAD => {
            (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".into(), PLAIN)
        }
        "/metrics" => (StatusCode::OK, shown.metrics(), METRICS),
        "/health" => {
            let (is_healthy, text) = shown.health(rule, now);
            (of(is_healthy), text, PLAIN)
        }
        "/live" => {
            let is_alive = shown.is_alive(rule, now);
            (of(is_alive), if is_alive { "alive\n" } else { "hangs\n" }.into(), PLAIN)
        }
        "/history" | "/stats" => match shown.past(path, query) {
            Ok(text) => (StatusCode::OK, text, JSON),
            Err(why) => (StatusCode::BAD_REQUEST, why.to_string(), PLAIN),
        },
        _ => {
            let known = "there are /metrics, /health, /live, /history and /stats\n";
            (StatusCode::NOT_FOUND, known.into(), PLAIN)
        }
    };
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

#[cfg(test)]
mod tests;
