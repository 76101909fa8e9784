//! A thread for each endpoint: it has the connection and does one request after the other, so that an
//! endpoint that does not answer holds up itself alone.

use super::Connect;
use breakwater_chain::{ChainError, Hash, Ledger};
use std::sync::{
    atomic::{AtomicUsize, Ordering},
    mpsc::{channel, Sender},
    Arc, Mutex, PoisonError,
};

/// Bytes of stack: a chain in this process runs contracts on it.
const STACK: usize = 8 * 1_024 * 1_024;

type Task = Box<dyn FnOnce(&mut Connection) + Send>;

/// The chain that all endpoints must be of, once it is known.
pub type Genesis = Arc<Mutex<Option<Hash>>>;

/// The thread's other end. The thread ends after its last request when this is dropped.
pub struct Worker {
    tasks: Sender<Task>,
    /// Requests that have not ended.
    waiting: Arc<AtomicUsize>,
}

struct Connection {
    address: String,
    link: Option<Box<dyn Ledger>>,
    connect: Arc<Connect>,
    genesis: Genesis,
}

impl Worker {
    /// A thread that connects when it is first asked.
    pub fn start(address: String, connect: Arc<Connect>, genesis: Genesis) -> Self {
        let (tasks, inbox) = channel::<Task>();
        let mut connection = Connection { address, link: None, connect, genesis };
        let thread = std::thread::Builder::new().name("keeper-endpoint".into());
        let spawned = thread.stack_size(STACK).spawn(move || {
            for task in inbox {
                task(&mut connection);
            }
        });
        if let Err(why) = spawned {
            // Whoever asks is told that nobody is there.
            tracing::error!(%why, "no thread for an endpoint");
        }
        Self { tasks, waiting: Arc::default() }
    }

    /// Whether a request has not ended.
    pub fn is_busy(&self) -> bool {
        self.waiting.load(Ordering::Acquire) != 0
    }

    /// Hands a request over; `answer` is called in the thread. Whether there is a thread.
    pub fn ask<T: 'static>(
        &self,
        request: impl FnOnce(&mut dyn Ledger) -> Result<T, ChainError> + Send + 'static,
        answer: impl FnOnce(Result<T, ChainError>) + Send + 'static,
    ) -> bool {
        let waiting = Arc::clone(&self.waiting);
        waiting.fetch_add(1, Ordering::AcqRel);
        let task: Task = Box::new(move |connection| {
            let outcome = connection.run(request);
            waiting.fetch_sub(1, Ordering::AcqRel);
            answer(outcome);
        });
        let is_there = self.tasks.send(task).is_ok();
        if !is_there {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
        }
        is_there
    }
}

impl Connection {
    fn run<T>(
        &mut self,
        request: impl FnOnce(&mut dyn Ledger) -> Result<T, ChainError>,
    ) -> Result<T, ChainError> {
        let answer = self.link().and_then(request);
        if answer.as_ref().is_err_and(ChainError::is_of_the_node) {
            // What comes after a failure may be the answer to what was asked before.
            self.link = None;
        }
        answer
    }

    /// The connection, made if there is none.
    fn link(&mut self) -> Result<&mut dyn Ledger, ChainError> {
        let link = match self.link.take() {
            Some(link) => link,
            None => {
                let mut link = (self.connect)(&self.address)?;
                self.check(link.genesis()?)?;
                link
            }
        };
        Ok(self.link.insert(link).as_mut())
    }

    fn check(&self, found: Hash) -> Result<(), ChainError> {
        let genesis = *self.genesis.lock().unwrap_or_else(PoisonError::into_inner);
        match genesis {
            Some(ours) if ours != found => Err(ChainError::Connect(format!(
                "{} is on another chain: its genesis is {}, ours {}",
                super::label::label(&self.address),
                crate::hex(&found),
                crate::hex(&ours)
            ))),
            _ => Ok(()),
        }
    }
}
