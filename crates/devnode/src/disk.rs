//! The chain's folder: blocks and nodes as they are in memory, so that a node goes on where it stopped,
//! old states included.
//!
//! A block is written with all it changes or not at all. What is written is safe from a crash of the node
//! some [`FLUSH_INTERVAL`] later: waiting for the disk at every block would make it the slowest part.

use std::{
    collections::{BTreeMap, VecDeque},
    path::Path,
    time::{Duration, Instant},
};

use breakwater_embedded::Profile;
use redb::{
    Database, DatabaseError, Durability, ReadableDatabase, ReadableTable, TableDefinition,
    WriteTransaction,
};
use scale::{Decode, Encode};
use sp_core::{Blake2Hasher, Hasher, H256};

use crate::{
    block::{Block, Header},
    book::Touched,
    error::{Error, Result},
    nodes::{Counted, Nodes, Record},
};

/// What is lost at most if the node is killed.
const FLUSH_INTERVAL: Duration = Duration::from_secs(1);
const FILE: &str = "chain.redb";
/// Of this format; another has another number.
const FORMAT: &str = "1";

/// Format and profile.
const ABOUT: TableDefinition<&str, &str> = TableDefinition::new("about");
/// Blocks by number.
const BLOCKS: TableDefinition<u32, &[u8]> = TableDefinition::new("blocks");
/// What blocks have changed, of those after the oldest state.
const RECORDS: TableDefinition<u32, &[u8]> = TableDefinition::new("records");
/// Trie nodes by hash.
const NODES: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("nodes");

/// A chain's folder, open.
pub struct Disk {
    database: Database,
    flushed: Instant,
    /// Whether something was written after that.
    is_dirty: bool,
    /// A write has failed: what comes after it must not be written.
    failed: Option<String>,
}

/// A chain as it was stored.
pub struct Stored {
    pub blocks: Vec<Block>,
    pub records: VecDeque<Record>,
    pub nodes: Nodes,
}

#[derive(Encode, Decode)]
struct StoredBlock {
    header: Header,
    time_ms: u64,
    body: Vec<Vec<u8>>,
}

fn failed(why: impl std::fmt::Display) -> Error {
    Error::Disk(why.to_string())
}

impl Disk {
    /// Opens a folder, or makes it; what is in it, if anything.
    ///
    /// # Errors
    /// [`Error::Disk`] if it can't be used, is in use, or has a chain of another profile.
    pub fn open(folder: &Path, profile: Profile) -> Result<(Self, Option<Stored>)> {
        std::fs::create_dir_all(folder).map_err(failed)?;
        let database = Database::create(folder.join(FILE)).map_err(|why| match why {
            DatabaseError::DatabaseAlreadyOpen => failed(format!(
                "{} is another node's that runs: stop that one, or give another folder",
                folder.display()
            )),
            why => failed(format!("{}: {why}", folder.display())),
        })?;
        let mut disk = Self { database, flushed: Instant::now(), is_dirty: false, failed: None };
        let profile = format!("{profile:?}");
        let write = disk.database.begin_write().map_err(failed)?;
        let is_new = {
            let mut about = write.open_table(ABOUT).map_err(failed)?;
            let stored: BTreeMap<String, String> = about
                .iter()
                .map_err(failed)?
                .map(|entry| entry.map(|(key, value)| (key.value().into(), value.value().into())))
                .collect::<Result<_, _>>()
                .map_err(failed)?;
            let is_new = stored.is_empty();
            for (key, ours) in [("format", FORMAT), ("profile", profile.as_str())] {
                match stored.get(key) {
                    Some(theirs) if theirs != ours => {
                        return Err(Error::Disk(format!(
                            "{} has a chain whose {key} is {theirs:?}, not {ours:?}: give another folder",
                            folder.display()
                        )))
                    }
                    Some(_) => {}
                    None => drop(about.insert(key, ours).map_err(failed)?),
                }
            }
            is_new
        };
        write.open_table(BLOCKS).map_err(failed)?;
        write.open_table(RECORDS).map_err(failed)?;
        write.open_table(NODES).map_err(failed)?;
        write.commit().map_err(failed)?;
        let stored = match is_new {
            true => None,
            false => disk.load()?,
        };
        Ok((disk, stored))
    }

    fn load(&mut self) -> Result<Option<Stored>> {
        let read = self.database.begin_read().map_err(failed)?;
        let mut blocks = Vec::new();
        for entry in read.open_table(BLOCKS).map_err(failed)?.iter().map_err(failed)? {
            let (number, bytes) = entry.map_err(failed)?;
            let StoredBlock { header, time_ms, body } = decode("a block", bytes.value())?;
            if header.number != number.value() || usize::try_from(header.number) != Ok(blocks.len())
            {
                return Err(Error::Disk(format!("block {} is missing", blocks.len())));
            }
            blocks.push(Block {
                hash: Blake2Hasher::hash(&header.encode()),
                header,
                time_ms,
                body,
            });
        }
        let mut records = VecDeque::new();
        for entry in read.open_table(RECORDS).map_err(failed)?.iter().map_err(failed)? {
            records.push_back(decode("a record", entry.map_err(failed)?.1.value())?);
        }
        let mut nodes = Vec::new();
        for entry in read.open_table(NODES).map_err(failed)?.iter().map_err(failed)? {
            let (hash, node) = entry.map_err(failed)?;
            nodes.push((H256(*hash.value()), decode::<Counted>("a node", node.value())?));
        }
        // Stopped before block 0 was written.
        Ok((!blocks.is_empty()).then(|| Stored { blocks, records, nodes: Nodes::restore(nodes) }))
    }

    /// Writes block 0.
    ///
    /// # Errors
    /// [`Error::Disk`]; so everywhere below.
    pub fn begin(&mut self, genesis: &Block, nodes: &Nodes) -> Result<()> {
        self.write(Durability::Immediate, |write| {
            put_block(write, genesis)?;
            put_nodes(write, &nodes.hashes(), nodes)
        })
    }

    /// Writes a block and what it has changed; records up to the oldest state's go.
    pub fn push(
        &mut self,
        block: &Block,
        record: &Record,
        oldest_state: u32,
        touched: &Touched,
        nodes: &Nodes,
    ) -> Result<()> {
        let durability = self.durability();
        self.write(durability, |write| {
            put_block(write, block)?;
            let mut records = write.open_table(RECORDS).map_err(failed)?;
            records.insert(block.header.number, record.encode().as_slice()).map_err(failed)?;
            while let Some(number) = first(&records)?.filter(|number| *number <= oldest_state) {
                records.remove(number).map_err(failed)?;
            }
            put_nodes(write, &touched.0, nodes)
        })
    }

    /// Takes back the blocks after `number`.
    pub fn revert(&mut self, number: u32, touched: &Touched, nodes: &Nodes) -> Result<()> {
        self.write(Durability::Immediate, |write| {
            let after = number.saturating_add(1)..;
            let mut blocks = write.open_table(BLOCKS).map_err(failed)?;
            blocks.retain_in(after.clone(), |_, _| false).map_err(failed)?;
            let mut records = write.open_table(RECORDS).map_err(failed)?;
            records.retain_in(after, |_, _| false).map_err(failed)?;
            put_nodes(write, &touched.0, nodes)
        })
    }

    /// Waits until all is safe.
    pub fn flush(&mut self) -> Result<()> {
        match self.is_dirty {
            true => self.write(Durability::Immediate, |_| Ok(())),
            false => Ok(()),
        }
    }

    /// The same, if something waits for longer than it should.
    pub fn flush_if_due(&mut self) -> Result<()> {
        match self.flushed.elapsed() >= FLUSH_INTERVAL {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn durability(&self) -> Durability {
        match self.flushed.elapsed() >= FLUSH_INTERVAL {
            true => Durability::Immediate,
            false => Durability::None,
        }
    }

    fn write(
        &mut self,
        durability: Durability,
        f: impl FnOnce(&WriteTransaction) -> Result<()>,
    ) -> Result<()> {
        if let Some(why) = &self.failed {
            return Err(Error::Disk(why.clone()));
        }
        let result = (|| {
            let mut write = self.database.begin_write().map_err(failed)?;
            write.set_durability(durability).map_err(failed)?;
            f(&write)?;
            write.commit().map_err(failed)
        })();
        match &result {
            Ok(()) if matches!(durability, Durability::Immediate) => {
                self.flushed = Instant::now();
                self.is_dirty = false;
            }
            Ok(()) => self.is_dirty = true,
            Err(Error::Disk(why)) => self.failed = Some(why.clone()),
            Err(why) => self.failed = Some(why.to_string()),
        }
        result
    }
}

fn first(records: &impl ReadableTable<u32, &'static [u8]>) -> Result<Option<u32>> {
    Ok(records.first().map_err(failed)?.map(|(number, _)| number.value()))
}

fn put_block(write: &WriteTransaction, block: &Block) -> Result<()> {
    let stored = StoredBlock {
        header: block.header.clone(),
        time_ms: block.time_ms,
        body: block.body.clone(),
    };
    let mut blocks = write.open_table(BLOCKS).map_err(failed)?;
    blocks.insert(block.header.number, stored.encode().as_slice()).map_err(failed)?;
    Ok(())
}

/// Nodes as they are now; those that are gone go.
fn put_nodes(write: &WriteTransaction, hashes: &[H256], nodes: &Nodes) -> Result<()> {
    let mut table = write.open_table(NODES).map_err(failed)?;
    for hash in hashes {
        match nodes.stored(hash) {
            Some(node) => drop(table.insert(&hash.0, node.encode().as_slice()).map_err(failed)?),
            None => drop(table.remove(&hash.0).map_err(failed)?),
        }
    }
    Ok(())
}

fn decode<T: Decode>(what: &str, mut bytes: &[u8]) -> Result<T> {
    T::decode(&mut bytes).map_err(|why| Error::Disk(format!("{what}: {why}")))
}
