use super::*;
use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::mpsc,
};

/// A keeper that answers one question with these bytes, and tells which it was; it holds the connection open
/// for `then`.
fn keeper(bytes: Vec<u8>, then: Duration) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        // Whoever has asked may have gone.
        let _ = tell.send(first);
        let _ = stream.write_all(&bytes);
        std::thread::sleep(then);
    });
    (url, told)
}

fn http(status: &str, more: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{more}Connection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn ask(bytes: Vec<u8>, then: Duration) -> (u16, &'static str, String) {
    let (url, _told) = keeper(bytes, then);
    let keeper = Keeper::with_patience(&url, Duration::from_millis(400)).unwrap();
    let (status, kind, body) = keeper.answer("/keeper/stats");
    (status, kind, String::from_utf8_lossy(&body).into_owned())
}

const AT_ONCE: Duration = Duration::ZERO;

#[test]
fn json_is_handed_on_under_its_own_type() {
    let html = "Content-Type: text/html\r\n";
    let (status, kind, body) = ask(http("200 OK", html, b"{\"points\":[]}"), AT_ONCE);
    assert_eq!((status, kind, body.as_str()), (200, "application/json", "{\"points\":[]}"));
}

#[test]
fn what_is_no_answer_is_a_sentence() {
    let large = format!("\"{}\"", "a".repeat(MOST_BYTES as usize));
    let to_another = "Location: http://127.0.0.1:1/\r\n";
    let cases = [
        (http("200 OK", "", b"<script>alert(1)</script>"), "no JSON"),
        (http("200 OK", "", b"{\"points\":"), "no JSON"),
        (http("200 OK", "", large.as_bytes()), "too large"),
        (http("404 Not Found", "", b"there are /metrics"), "older than this page"),
        (http("500 Oh", "", b"{}"), "status 500"),
        // Nobody is sent on to another host.
        (http("302 Found", to_another, b"{}"), "status 302"),
        (b"SSH-2.0-OpenSSH_9.7\r\n".to_vec(), "does not answer"),
    ];
    for (bytes, why) in cases {
        let (status, kind, body) = ask(bytes, AT_ONCE);
        assert_eq!((status, kind), (502, "text/plain; charset=utf-8"), "{why}: {body}");
        assert!(body.contains(why), "{why}: {body}");
        assert!(!body.contains("script"), "nothing of the keeper's own: {body}");
    }
}

#[test]
fn a_keeper_that_hangs_is_left_after_a_while() {
    let began = std::time::Instant::now();
    let long = Duration::from_secs(20);
    let (status, _, body) = ask(Vec::new(), long);
    assert_eq!(status, 502, "{body}");
    let half = http("200 OK", "", b"{\"points\":[]}");
    let (status, _, body) = ask(half[..half.len() - 3].to_vec(), long);
    assert_eq!((status, body.as_str()), (502, "the keeper does not end its answer"));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn a_keeper_that_is_gone_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let (status, _, body) = Keeper::new(&url).unwrap().answer("/keeper/history");
    let body = String::from_utf8(body).unwrap();
    assert_eq!(status, 502);
    assert!(body.contains("the keeper does not answer"), "{body}");
}

#[test]
fn only_what_is_known_is_asked() {
    let known = "/keeper/history?account=5Grw&before=12-3&limit=50";
    assert_eq!(question(known).as_deref(), Some("history?account=5Grw&before=12-3&limit=50"));
    assert_eq!(question("/keeper/stats").as_deref(), Some("stats"));
    for url in [
        "/keeper/health",
        "/keeper/../metrics",
        "/keeper/history?url=http",
        "/keeper/history?account",
        "/keeper/history?account=a%20b",
        "/keeper/history?account=../metrics",
        "/keeper/history?account=a@b",
        "/keeper/stats?limit=1&",
    ] {
        assert_eq!(question(url), None, "{url}");
    }
    let (url, told) = keeper(http("200 OK", "", b"{}"), AT_ONCE);
    // A keeper behind a path of another server.
    let keeper = Keeper::new(&format!("{url}/one/")).unwrap();
    assert_eq!(keeper.answer("/keeper/stats?limit=5").0, 200);
    assert_eq!(told.recv().unwrap(), "GET /one/stats?limit=5 HTTP/1.1");
    for url in ["http://a/?x=", "http://a/#", "ftp://a", "http://", "http://a/%2e"] {
        assert!(Keeper::new(url).is_err(), "{url}");
    }
}

#[test]
fn too_many_questions_at_a_time_are_refused() {
    let (url, _told) = keeper(http("200 OK", "", b"{}"), AT_ONCE);
    let keeper = Keeper::new(&url).unwrap();
    keeper.under_way.store(MOST_AT_A_TIME, Ordering::SeqCst);
    let (status, _, body) = keeper.answer("/keeper/stats");
    assert_eq!((status, body), (502, b"the keeper is asked too much at a time".to_vec()));
    keeper.under_way.store(MOST_AT_A_TIME - 1, Ordering::SeqCst);
    assert_eq!(keeper.answer("/keeper/stats").0, 200);
    assert_eq!(keeper.under_way.load(Ordering::SeqCst), MOST_AT_A_TIME - 1);
}
