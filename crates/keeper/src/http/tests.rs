use super::*;
use crate::{health::Fault, metrics::Metrics};
use std::{
    io::{Read, Write},
    net::TcpStream,
};

const RULE: HealthRule = HealthRule { silent: Duration::from_secs(60) };

fn start() -> (Http, Arc<Metrics>) {
    let metrics = Arc::new(Metrics::new());
    (Http::start("127.0.0.1:0", Shown::one(&metrics), RULE).unwrap(), metrics)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

fn ask(address: SocketAddr, head: &str) -> String {
    let mut stream = connect(address);
    write!(stream, "{head}\r\nHost: x\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn get(address: SocketAddr, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1"))
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

#[test]
fn it_serves_metrics_health_and_whether_it_lives() {
    let (http, metrics) = start();
    let address = http.address();
    assert!(get(address, "/health").starts_with("HTTP/1.1 503"));
    assert!(get(address, "/live").starts_with("HTTP/1.1 503"));
    metrics.board.round(true, Instant::now());
    assert!(get(address, "/health").starts_with("HTTP/1.1 200"));
    metrics.board.set([(Fault::NoFees, "0.1 left")].into_iter());
    let sick = get(address, "/health");
    assert!(sick.starts_with("HTTP/1.1 503"), "{sick}");
    assert!(sick.ends_with("unhealthy\nno_fees (critical): 0.1 left\n"), "{sick}");
    // The past is asked for by whoever shows it.
    let past = get(address, "/history?limit=5");
    assert!(past.starts_with("HTTP/1.1 200") && past.contains("application/json"), "{past}");
    assert!(past.contains("\"to_ms\":0"), "{past}");
    assert!(get(address, "/stats").contains("\"points\":[]"));
    assert!(get(address, "/history?limit=9999").starts_with("HTTP/1.1 400"));
    let other = get(address, "/stats?market=other");
    assert!(
        other.starts_with("HTTP/1.1 400") && other.contains("no market of that name"),
        "{other}"
    );
    // What is wrong with the job is no reason to start the process again.
    assert!(get(address, "/live").starts_with("HTTP/1.1 200"));
    assert!(get(address, "/metrics").contains("breakwater_keeper_cursor_block 0"));
    assert!(get(address, "/other").starts_with("HTTP/1.1 404"));
    assert!(ask(address, "POST /health HTTP/1.1").starts_with("HTTP/1.1 405"));
}

/// Before: one client that does not read held up all others.
#[test]
fn who_reads_slowly_holds_up_nobody() {
    let (http, _metrics) = start();
    let slow: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = connect(http.address());
            // Many answers in the pipeline, none of which is read.
            stream.write_all("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".as_bytes()).unwrap();
            stream
        })
        .collect();
    let began = Instant::now();
    assert!(get(http.address(), "/metrics").starts_with("HTTP/1.1 200"));
    assert!(began.elapsed() < HEAD_TIMEOUT, "{:?}", began.elapsed());
    drop(slow);
}

/// Before: 900 halves of requests made 788 threads.
#[test]
fn halves_of_requests_take_neither_threads_nor_the_place_of_others() {
    let (http, _metrics) = start();
    let before = threads();
    let halves: Vec<_> = (0..300)
        .map(|_| {
            let mut stream = connect(http.address());
            stream.write_all(b"GET /health HTT").unwrap();
            stream
        })
        .collect();
    let began = Instant::now();
    assert!(get(http.address(), "/metrics").starts_with("HTTP/1.1 200"));
    assert!(began.elapsed() < HEAD_TIMEOUT, "{:?}", began.elapsed());
    // Other tests of this process come and go.
    assert!(threads() < before + 50, "{before} threads before, {} now", threads());
    drop(halves);
}

/// Before: a URL of 50 MB was taken into memory.
#[test]
fn a_request_without_an_end_is_cut_off() {
    let (http, _metrics) = start();
    let mut stream = connect(http.address());
    stream.write_all(b"GET /").unwrap();
    let chunk = vec![b'a'; 64 * 1_024];
    // 50 MB would take 800 of them.
    let sent = (0..800).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    let mut answer = Vec::new();
    let ended = stream.read_to_end(&mut answer);
    let refused = String::from_utf8_lossy(&answer).starts_with("HTTP/1.1 4");
    assert!(sent < 800 || refused || ended.is_err(), "all of it was taken");
    assert!(get(http.address(), "/metrics").starts_with("HTTP/1.1 200"));
}
