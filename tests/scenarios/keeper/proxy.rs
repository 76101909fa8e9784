//! A connection to a node that breaks, or that does not tell the truth.

use std::{
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
}

impl Proxy {
    /// A proxy for a node at `ws://host:port`.
    pub fn start(node: &str) -> Self {
        let node = node.trim_start_matches("ws://").to_owned();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let proxy =
            Self { address, open: Arc::default(), refuses: Arc::default(), lies: Arc::default() };
        let (open, refuses, lies) = (proxy.open.clone(), proxy.refuses.clone(), proxy.lies.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if refuses.load(Ordering::Relaxed) {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&node) else { continue };
                let twice = |stream: &TcpStream| stream.try_clone().expect("a handle");
                open.lock().expect("not poisoned").extend([twice(&client), twice(&server)]);
                let (from_client, to_server) = (twice(&client), twice(&server));
                thread::spawn(move || pass_on(from_client, to_server, None));
                let lies = lies.clone();
                thread::spawn(move || pass_on(server, client, Some(lies)));
            }
        });
        proxy
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
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

fn pass_on(mut from: TcpStream, mut to: TcpStream, lies: Option<Arc<AtomicBool>>) {
    let mut bytes = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut bytes) {
        if lies.as_ref().is_some_and(|lies| lies.load(Ordering::Relaxed)) {
            raise_numbers(&mut bytes[..read]);
        }
        if to.write_all(&bytes[..read]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
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
