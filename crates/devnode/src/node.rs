//! The node: a chain that is read by many and written by one.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use breakwater_chain::{extrinsic::now_key, AccountId};
use breakwater_embedded::{Profile, MIN_PERIOD_MS};
use breakwater_runtime::Signature;
use scale::Decode;
use sp_core::H256;
use sp_runtime::transaction_validity::TransactionValidityError;
use tokio::sync::{mpsc::UnboundedSender, watch};

use crate::{
    block::{make, Block, Header, Made, Order},
    book::Book,
    disk::Disk,
    error::{Error, Result},
    nodes::{self, Nodes},
    pool::{Pool, Status},
    state::State,
    Options, Seal,
};

/// A chain with a pool of transactions.
pub struct Node {
    pub profile: Profile,
    seal: Seal,
    book: RwLock<Book>,
    author: Mutex<Author>,
    // Counts changes of the head.
    heads: watch::Sender<u64>,
}

/// What whoever makes blocks has.
struct Author {
    pool: Pool,
    /// Accounts whose signatures are not looked at.
    impersonated: BTreeSet<AccountId>,
    /// By how much the chain's clock is ahead of the system's.
    ahead_ms: i64,
    last_block: Instant,
    /// Blocks to return to.
    snapshots: BTreeMap<u32, u32>,
    next_snapshot: u32,
    disk: Option<Disk>,
}

/// The end of the year 9999, behind which nobody writes times and from where no clock comes back.
const LAST_MS: u64 = 253_402_300_799_999;

impl Node {
    /// A chain at block 0, or as its folder has it.
    ///
    /// # Errors
    /// [`Error::Disk`] for a folder that can't be used.
    pub fn open(options: &Options) -> Result<Self> {
        let runtime = options.profile.runtime();
        let stored = options.folder.as_deref().map(|folder| Disk::open(folder, options.profile));
        let (mut disk, stored) =
            stored.transpose()?.map_or((None, None), |(disk, stored)| (Some(disk), stored));
        let book = match stored {
            Some(stored) => {
                Book::new(runtime, stored.nodes, stored.blocks, stored.records, options.keep_states)
            }
            None => {
                let genesis_ms = options.genesis_ms.unwrap_or_else(system_ms);
                let book = genesis(options, genesis_ms)?;
                if let Some(disk) = &mut disk {
                    disk.begin(&*book.head()?, &book.nodes)?;
                }
                book
            }
        };
        let head = book.head()?;
        // A chain that travelled goes on from where it was.
        let now_ms = clock(&book.state(&head)?)?;
        let author = Author {
            pool: Pool::default(),
            impersonated: BTreeSet::new(),
            ahead_ms: signed(now_ms).saturating_sub(signed(system_ms())).max(0),
            last_block: Instant::now(),
            snapshots: BTreeMap::new(),
            next_snapshot: 1,
            disk,
        };
        Ok(Self {
            profile: options.profile,
            seal: options.seal,
            book: RwLock::new(book),
            author: Mutex::new(author),
            heads: watch::channel(0).0,
        })
    }

    /// Reads the chain.
    pub fn read<T>(&self, f: impl FnOnce(&Book) -> T) -> T {
        f(&self.book.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn author(&self) -> MutexGuard<'_, Author> {
        // Panics of the runtime are caught before they get here.
        self.author.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells when the head changes.
    pub fn heads(&self) -> watch::Receiver<u64> {
        self.heads.subscribe()
    }

    /// The newest block.
    pub fn head(&self) -> Result<Arc<Block>> {
        self.read(Book::head)
    }

    /// How many trie nodes the states that are kept have together.
    pub fn node_count(&self) -> usize {
        self.read(|book| book.nodes.count())
    }

    /// A block and the state after it; the newest if not told which.
    ///
    /// # Errors
    /// [`Error::NoBlock`], [`Error::OldState`].
    pub fn at(&self, hash: Option<H256>) -> Result<(Arc<Block>, State)> {
        self.read(|book| {
            let block = match hash {
                Some(hash) => book.by_hash(hash).ok_or(Error::NoBlock(hash))?,
                None => book.head()?,
            };
            let state = book.state(&block)?;
            Ok((block, state))
        })
    }

    /// The account's next nonce, transactions that wait included.
    pub fn next_nonce(&self, account: AccountId) -> Result<u32> {
        let (_, state) = self.at(None)?;
        let next = state.view(|| state.runtime.nonce(account))?;
        Ok(self.author().pool.next_nonce(account, next))
    }

    /// SCALE bytes of transactions that wait.
    pub fn pending(&self) -> Vec<Vec<u8>> {
        self.author().pool.waiting().iter().map(|waiting| waiting.bytes.clone()).collect()
    }

    /// Takes a transaction into the pool, and seals it where blocks are made at once.
    ///
    /// # Errors
    /// [`Error::Invalid`] and [`Error::Unknown`] by the runtime; the pool's.
    pub fn submit(&self, bytes: Vec<u8>, watcher: Option<UnboundedSender<Status>>) -> Result<H256> {
        let mut author = self.author();
        let (head, state) = self.at(None)?;
        let signer = state.view(|| state.runtime.signer(&bytes))?;
        let signature = match signer {
            Some(account) if author.impersonated.contains(&account) => Signature::Ignored,
            _ => Signature::Checked,
        };
        let valid = state.view(|| state.runtime.validate(&bytes, signature, head.hash))?;
        let valid = valid.map_err(|why| match why {
            TransactionValidityError::Invalid(why) => Error::from(why),
            TransactionValidityError::Unknown(why) => Error::Unknown(why),
        })?;
        let is_ready = valid.requires.is_empty();
        let hash = author.pool.add(bytes, signature, valid, watcher)?;
        if is_ready && matches!(self.seal, Seal::Instant { .. }) {
            self.seal_all(&mut author)?;
        }
        Ok(hash)
    }

    /// Blocks until nothing more gets into one.
    fn seal_all(&self, author: &mut Author) -> Result<()> {
        while !author.pool.waiting().is_empty() {
            let block = self.seal_at(author, None, &[])?;
            if block.body.len() <= 1 {
                break;
            }
        }
        Ok(())
    }

    /// Makes a block of what waits, even of nothing.
    pub fn new_block(&self) -> Result<Arc<Block>> {
        self.seal_at(&mut self.author(), None, &[])
    }

    /// Makes a block if the newest was made this long ago, by the system's clock.
    pub fn new_block_if_older(&self, age: Duration) -> Result<()> {
        let mut author = self.author();
        if author.last_block.elapsed() >= age {
            self.seal_at(&mut author, None, &[])?;
        }
        Ok(())
    }

    /// Moves the clock on to `time_ms`, which the newest block then has. It goes on from there with the
    /// system's.
    ///
    /// # Errors
    /// [`Error::Time`] unless it is at least [`MIN_PERIOD_MS`] after the newest block.
    pub fn travel_to(&self, time_ms: u64) -> Result<Arc<Block>> {
        let mut author = self.author();
        let block = self.seal_at(&mut author, Some(time_ms), &[])?;
        author.ahead_ms = signed(time_ms).saturating_sub(signed(system_ms()));
        Ok(block)
    }

    /// The same, from the newest block's time.
    ///
    /// # Errors
    /// As [`Node::travel_to`].
    pub fn travel(&self, by_ms: u64) -> Result<Arc<Block>> {
        let (_, state) = self.at(None)?;
        let from = clock(&state)?;
        let to = from
            .checked_add(by_ms)
            .ok_or_else(|| Error::Time("a time beyond the year 9999".into()))?;
        self.travel_to(to)
    }

    /// Gives an account this free balance, in planck, in a block of its own.
    pub fn set_balance(&self, account: AccountId, planck: u128) -> Result<Arc<Block>> {
        self.seal_at(&mut self.author(), None, &[(account, planck)])
    }

    /// Upgrades the runtime: the next block is made by that of another profile, whose pallets have the same
    /// storage under other indices. In memory only: a folder's chain has its first runtime when it is
    /// opened again.
    ///
    /// # Errors
    /// [`Error::Broken`] for a chain without a block.
    pub fn upgrade(&self, to: Profile) -> Result<()> {
        // Nobody makes a block meanwhile.
        let _author = self.author();
        self.book.write().unwrap_or_else(PoisonError::into_inner).upgrade(to.runtime())
    }

    /// From now on, or no longer, any signature is good enough for this account.
    pub fn impersonate(&self, account: AccountId, on: bool) {
        let mut author = self.author();
        match on {
            true => author.impersonated.insert(account),
            false => author.impersonated.remove(&account),
        };
    }

    /// Remembers the newest block, to return to.
    pub fn snapshot(&self) -> Result<u32> {
        let mut author = self.author();
        let number = self.head()?.header.number;
        let id = author.next_snapshot;
        author.next_snapshot = id.saturating_add(1);
        author.snapshots.insert(id, number);
        Ok(id)
    }

    /// Returns to a snapshot, time included. Later snapshots are gone, and so are transactions that wait.
    ///
    /// # Errors
    /// [`Error::NoSnapshot`], also where its state is no longer kept.
    pub fn revert(&self, id: u32) -> Result<Arc<Block>> {
        let mut author = self.author();
        let number = *author.snapshots.get(&id).ok_or(Error::NoSnapshot(id))?;
        let touched = {
            let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
            book.revert(number).map_err(|_| Error::NoSnapshot(id))?
        };
        let (head, state) = self.at(None)?;
        author.snapshots.retain(|other, _| *other <= id);
        author.pool.clear();
        author.ahead_ms = signed(clock(&state)?).saturating_sub(signed(system_ms()));
        let nodes = self.read(|book| book.nodes.clone());
        if let Some(disk) = &mut author.disk {
            disk.revert(number, &touched, &nodes)?;
        }
        self.heads.send_modify(|count| *count += 1);
        Ok(head)
    }

    /// Waits until the disk has all there is.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn flush(&self) -> Result<()> {
        self.author().disk.as_mut().map_or(Ok(()), Disk::flush)
    }

    /// The same, if something waits for it too long.
    pub(crate) fn flush_if_due(&self) -> Result<()> {
        self.author().disk.as_mut().map_or(Ok(()), Disk::flush_if_due)
    }

    /// Makes one block, at `time_ms` or now.
    fn seal_at(
        &self,
        author: &mut Author,
        time_ms: Option<u64>,
        balances: &[(AccountId, u128)],
    ) -> Result<Arc<Block>> {
        let (parent, state) = self.at(None)?;
        let earliest = clock(&state)?.saturating_add(MIN_PERIOD_MS);
        let time_ms = match time_ms {
            Some(told) if told > LAST_MS => {
                return Err(Error::Time(format!("{told} ms is beyond the year 9999")));
            }
            Some(told) if told < earliest => {
                let why = format!("time only moves forward: {told} ms is before {earliest} ms");
                return Err(Error::Time(why));
            }
            Some(told) => told,
            None => author.now_ms().max(earliest),
        };
        author.pool.sort();
        let made = loop {
            let waiting = author.pool.waiting().iter();
            let extrinsics: Vec<_> =
                waiting.map(|waiting| (waiting.bytes.as_slice(), waiting.signature)).collect();
            let order = Order { parent: &parent, time_ms, balances, extrinsics: &extrinsics };
            match make(&state, &order) {
                Ok(made) => break made,
                // The runtime can't bear this one: the others shall not wait for it.
                Err((_, Some(index))) => author.pool.remove(index),
                Err((why, None)) => return Err(why),
            }
        };
        let Made { block, change, fates } = made;
        let (block, record, touched) = {
            let mut book = self.book.write().unwrap_or_else(PoisonError::into_inner);
            book.push(block, &change)
        };
        let nodes = self.read(|book| book.nodes.clone());
        if let Some(disk) = &mut author.disk {
            let oldest = self.read(Book::oldest_state);
            disk.push(&block, &record, oldest, &touched, &nodes)?;
        }
        author.last_block = Instant::now();
        author.pool.settle(fates, block.hash);
        self.heads.send_modify(|count| *count += 1);
        Ok(block)
    }
}

impl Author {
    fn now_ms(&self) -> u64 {
        system_ms().saturating_add_signed(self.ahead_ms)
    }
}

/// Block 0 at a time.
fn genesis(options: &Options, time_ms: u64) -> Result<Book> {
    let runtime = options.profile.runtime();
    let nodes = Nodes::default();
    let empty = State::new(runtime, nodes.clone(), nodes::empty_root());
    let (change, state_root) = empty.genesis(runtime.genesis(time_ms)?.top)?;
    nodes.add(&change);
    let header = Header {
        parent_hash: H256::zero(),
        number: 0,
        state_root,
        extrinsics_root: nodes::empty_root(),
        digest: Default::default(),
    };
    let block = Block {
        hash: sp_runtime::traits::Header::hash(&header),
        header,
        time_ms,
        body: Vec::new(),
    };
    Ok(Book::new(runtime, nodes, vec![block], VecDeque::new(), options.keep_states))
}

/// The clock of a state, in Unix milliseconds.
pub fn clock(state: &State) -> Result<u64> {
    let bytes = state.storage(&now_key())?;
    let decode = |bytes: Vec<u8>| {
        u64::decode(&mut bytes.as_slice()).map_err(|why| Error::Broken(format!("its clock: {why}")))
    };
    bytes.map_or(Ok(0), decode)
}

fn system_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn signed(time_ms: u64) -> i64 {
    i64::try_from(time_ms).unwrap_or(i64::MAX)
}
