//! The node behind a port.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
    thread::JoinHandle,
    time::Duration,
};

use jsonrpsee::server::{BatchRequestConfig, PingConfig, Server, ServerHandle};
use tokio::runtime::{Builder, Runtime};

use crate::{
    error::{Error, Result},
    node::Node,
    rpc, Options, Seal,
};

/// Longest request and answer, in bytes, as in Substrate's nodes.
const MAX_MESSAGE_LEN: u32 = 15 << 20;
const MAX_CONNECTIONS: u32 = 128;
const MAX_SUBSCRIPTIONS: u32 = 256;
const MAX_BATCH: u32 = 256;
/// Contracts call contracts on the stack.
const STACK_LEN: usize = 32 << 20;
/// How often the clock looks whether a block is due.
const TICK: Duration = Duration::from_millis(50);

/// A node that listens. Dropped, it stops: what is in its folder is complete then.
pub struct DevNode {
    node: Arc<Node>,
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    clock: Option<JoinHandle<()>>,
    server: ServerHandle,
    // Last: what runs on it ends first.
    runtime: Option<Runtime>,
}

impl DevNode {
    /// Starts a node and listens on 127.0.0.1.
    ///
    /// # Errors
    /// [`Error::Disk`] for its folder, [`Error::Listen`] for its port.
    pub fn start(options: &Options) -> Result<Self> {
        // Before a chain is begun in its folder.
        let listener = listen(options.port)?;
        let node = Arc::new(Node::open(options)?);
        let runtime = Builder::new_multi_thread()
            .thread_name("devnode")
            .thread_stack_size(STACK_LEN)
            .enable_all()
            .build()
            .map_err(|why| Error::Listen(why.to_string()))?;
        let module = rpc::module(Arc::clone(&node))?;
        let (server, address) = runtime.block_on(async move {
            let server = Server::builder()
                .max_request_body_size(MAX_MESSAGE_LEN)
                .max_response_body_size(MAX_MESSAGE_LEN)
                .max_connections(MAX_CONNECTIONS)
                .max_subscriptions_per_connection(MAX_SUBSCRIPTIONS)
                .set_batch_request_config(BatchRequestConfig::Limit(MAX_BATCH))
                .enable_ws_ping(PingConfig::new())
                .set_tcp_no_delay(true)
                .build_from_tcp(listener)
                .map_err(|why| Error::Listen(why.to_string()))?;
            let address = server.local_addr().map_err(|why| Error::Listen(why.to_string()))?;
            Ok::<_, Error>((server.start(module), address))
        })?;
        let stop = Arc::new(AtomicBool::new(false));
        let clock = {
            let (node, stop, seal) = (Arc::clone(&node), Arc::clone(&stop), options.seal);
            let run = move || run_clock(&node, &stop, seal);
            let clock = std::thread::Builder::new().name("devnode-clock".into());
            clock.stack_size(STACK_LEN).spawn(run).map_err(|why| Error::Listen(why.to_string()))?
        };
        Ok(Self { node, address, stop, clock: Some(clock), server, runtime: Some(runtime) })
    }

    /// Where it listens.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// The chain behind it.
    pub fn node(&self) -> &Node {
        &self.node
    }
}

impl Drop for DevNode {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // It fails where the server has stopped already.
        let _ = self.server.stop();
        if let Some(clock) = self.clock.take() {
            // It ends at the next tick; a panic there has been told.
            let _ = clock.join();
        }
        if let Some(runtime) = self.runtime.take() {
            // A call that runs now is nobody's: it changes nothing, or is a whole block.
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
        // What is written now is what a crash would have left.
        let _ = self.node.flush();
    }
}

/// Takes a port of this machine; 0 for any.
fn listen(port: u16) -> Result<TcpListener> {
    let failed = |why| Error::Listen(format!("port {port}: {why}"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// Makes blocks when they are due, and sees that they are safe.
fn run_clock(node: &Node, stop: &AtomicBool, seal: Seal) {
    let due = match seal {
        Seal::Instant { idle } => idle,
        Seal::Every(interval) => Some(interval),
        Seal::Manual => None,
    };
    while !stop.load(Ordering::Relaxed) {
        let result = due.map_or(Ok(()), |age| node.new_block_if_older(age));
        // Told once: a disk that is full stays so.
        if let Err(why) = result.and_then(|()| node.flush_if_due()) {
            eprintln!("no more blocks by the clock: {why}");
            return;
        }
        std::thread::sleep(TICK);
    }
}
