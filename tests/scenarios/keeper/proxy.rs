//! A connection to a node that breaks, or that does not tell the truth.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Mutex,
    },
    thread,
};

/// Passes bytes on between its own port and a node's, in threads that end with the connections.
pub struct Proxy {
    address: SocketAddr,
    open: Arc<Mutex<Vec<TcpStream>>>,
    refuses: Arc<AtomicBool>,
    lies: Arc<AtomicBool>,
    calls: Calls,
}

/// How often each method was called over it.
type Calls = Arc<Mutex<BTreeMap<String, usize>>>;

impl Proxy {
    /// A proxy for a node at `ws://host:port`.
    pub fn start(node: &str) -> Self {
        let node = node.trim_start_matches("ws://").to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let proxy = Self {
            address,
            open: Arc::default(),
            refuses: Arc::default(),
            lies: Arc::default(),
            calls: Arc::default(),
        };
        let (open, refuses, lies) = (proxy.open.clone(), proxy.refuses.clone(), proxy.lies.clone());
        let calls = proxy.calls.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if refuses.load(Ordering::Relaxed) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&node) else { continue };
                let twice = |stream: &TcpStream| stream.try_clone().expect("a handle");
                open.lock().expect("not poisoned").extend([twice(&client), twice(&server)]);
                let (from_client, to_server) = (twice(&client), twice(&server));
                let calls = calls.clone();
                let mut heard = Heard::default();
                let count = move |bytes: &mut [u8]| {
                    for method in heard.methods(bytes) {
                        *calls.lock().expect("not poisoned").entry(method).or_default() += 1;
                    }
                };
                thread::spawn(move || pass_on(from_client, to_server, count));
                let lies = lies.clone();
                let lie = move |bytes: &mut [u8]| {
                    if lies.load(Ordering::Relaxed) {
                        raise_numbers(bytes);
                    }
                };
                thread::spawn(move || pass_on(server, client, lie));
            }
        });
        proxy
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// What was called since this was asked last.
    pub fn calls(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut *self.calls.lock().expect("not poisoned"))
    }

    /// Breaks all connections.
    pub fn cut(&self) {
        for stream in self.open.lock().expect("not poisoned").drain(..) {
            // It may be closed already.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Refuses new connections, or takes them again.
    pub fn refuse(&self, refuses: bool) {
        self.refuses.store(refuses, Ordering::Relaxed);
    }

    /// Tells of block numbers that are far too high, or the truth again.
    pub fn lie(&self, lies: bool) {
        self.lies.store(lies, Ordering::Relaxed);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, mut each: impl FnMut(&mut [u8])) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        each(&mut bytes[..read]);
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

/// What a client has sent and is not read yet: a request of HTTP, then masked frames of a WebSocket.
#[derive(Default)]
struct Heard {
    bytes: Vec<u8>,
    is_upgraded: bool,
}

impl Heard {
    /// The methods of the calls that are whole now.
    fn methods(&mut self, bytes: &[u8]) -> Vec<String> {
        const KEY: &str = "\"method\":\"";
        self.bytes.extend_from_slice(bytes);
        if !self.is_upgraded {
            let Some(end) = self.bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
                return Vec::new();
            };
            self.bytes.drain(..end + 4);
            self.is_upgraded = true;
        }
        let mut methods = Vec::new();
        while let Some(text) = self.frame() {
            let named = text.split(KEY).skip(1).filter_map(|rest| rest.split('"').next());
            methods.extend(named.map(str::to_owned));
        }
        methods
    }

    /// The next frame's payload, if it is whole.
    fn frame(&mut self) -> Option<String> {
        let short = usize::from(*self.bytes.get(1)? & 0x7f);
        let (wide, at) = match short {
            126 => (2, 2),
            127 => (8, 2),
            _ => (0, 2),
        };
        let length = match wide {
            0 => short,
            wide => {
                let bytes = self.bytes.get(at..at + wide)?;
                bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte))
            }
        };
        let begin = at + wide + 4;
        let mask: [u8; 4] = self.bytes.get(begin - 4..begin)?.try_into().ok()?;
        let payload = self.bytes.get(begin..begin + length)?;
        let clear: Vec<u8> =
            payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        self.bytes.drain(..begin + length);
        Some(String::from_utf8_lossy(&clear).into_owned())
    }
}

/// Makes the first digit of each block number the highest. What a node sends is not masked, so the
/// text stands in the frames as it is; the length stays.
fn raise_numbers(bytes: &mut [u8]) {
    const KEY: &[u8] = br#""number":"0x"#;
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(KEY.len()).position(|window| window == KEY) {
        at += found + KEY.len();
        if let Some(digit) = bytes.get_mut(at) {
            *digit = b'f';
        }
    }
}
