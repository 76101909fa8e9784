//! The market's past on disk: its events and, step by step, how it stood. Bounded by age and by number.

use super::{
    apply::reached,
    read,
    records::{HISTORY, META, SERIES},
    Cursor, Store, StoreError,
};
use crate::record::{Body, Keep, Place, Record, Row, Sample, Since, MOST_ROWS, MOST_STEPS};
use redb::{ReadableDatabase, ReadableTable, ReadableTableMetadata, WriteTransaction};
use scale::Encode;
use std::sync::Arc;

/// Name of the fact from which block on nothing is missing.
const SINCE: &str = "record_since";

impl Store {
    /// Keeps the past in a record that others ask, from now on, and fills it with what is on disk.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn keep_record(&mut self, record: &Arc<Record>, keep: Keep) -> Result<(), StoreError> {
        record.set_keep(keep);
        self.record = Arc::clone(record);
        self.fill_record()
    }

    pub(super) fn fill_record(&self) -> Result<(), StoreError> {
        let read_only = self.database.begin_read()?;
        let mut rows = Vec::new();
        for entry in read_only.open_table(HISTORY)?.iter()? {
            let (key, value) = entry?;
            let body: Body = read("history", value.value())?;
            // One that an earlier keeper knew and this one does not is passed over.
            rows.extend(Row::new(place_of(key.value())?, body));
        }
        let mut samples: Vec<Sample> = Vec::new();
        for entry in read_only.open_table(SERIES)?.iter()? {
            samples.push(read("series", entry?.1.value())?);
        }
        let meta = read_only.open_table(META)?;
        let since = meta.get(SINCE)?.map(|bytes| read("since", bytes.value())).transpose()?;
        let since = since.unwrap_or(after(&self.cursor));
        let to = reached(&self.cursor);
        self.record.fill(self.subject.market, [since, to], rows, samples);
        Ok(())
    }

    /// Writes how the market stands, at most twice a step.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sample(&mut self, sample: Sample) -> Result<(), StoreError> {
        let keep = self.record.keep();
        let due = self.record.sample(sample);
        let Some(newest) = due.last() else { return Ok(()) };
        let oldest = keep.step_of(newest.at_ms.saturating_sub(keep.for_ms));
        let write = self.database.begin_write()?;
        {
            let mut table = write.open_table(SERIES)?;
            for one in &due {
                table.insert(keep.step_of(one.at_ms), one.encode().as_slice())?;
            }
            table.retain(|step, _| step >= oldest)?;
            while table.len()? > MOST_STEPS as u64 {
                table.pop_first()?;
            }
        }
        write.commit()?;
        Ok(())
    }

    /// Writes events down, and forgets those that are too old. From which block on nothing is missing then.
    pub(super) fn write_rows(
        &self,
        write: &WriteTransaction,
        rows: &[Row],
        cursor: &Cursor,
    ) -> Result<Since, StoreError> {
        let mut meta = write.open_table(META)?;
        let since = meta.get(SINCE)?.map(|bytes| read("since", bytes.value())).transpose()?;
        let mut since: Since = since.unwrap_or(after(&self.cursor));
        let mut table = write.open_table(HISTORY)?;
        for row in rows {
            table.insert(key_of(row.place).as_slice(), row.body.encode().as_slice())?;
        }
        let oldest_ms = cursor.time_ms.saturating_sub(self.record.keep().for_ms);
        loop {
            let is_full = table.len()? > MOST_ROWS as u64;
            let Some((key, value)) = table.first()? else { break };
            let ((block, _), body): (_, Body) =
                (place_of(key.value())?, read("history", value.value())?);
            drop((key, value));
            // What is left of a block that is begun to be forgotten goes with it.
            if body.time_ms >= oldest_ms && !is_full && block >= since.block {
                break;
            }
            since =
                Since { block: block.saturating_add(1).max(since.block), time_ms: body.time_ms };
            table.pop_first()?;
        }
        meta.insert(SINCE, since.encode().as_slice())?;
        Ok(since)
    }

    /// Begins anew after a block: of what was before it nobody knows whether it is of this chain.
    pub(super) fn forget_history(
        write: &WriteTransaction,
        cursor: &Cursor,
    ) -> Result<(), StoreError> {
        write.delete_table(HISTORY)?;
        write.open_table(HISTORY)?;
        write.delete_table(SERIES)?;
        write.open_table(SERIES)?;
        write.open_table(META)?.insert(SINCE, after(cursor).encode().as_slice())?;
        Ok(())
    }
}

/// Forgets events that came after a block, and how the market stood since.
pub(super) fn cut_history(write: &WriteTransaction, cursor: &Cursor) -> Result<(), StoreError> {
    let mut table = write.open_table(HISTORY)?;
    let first = key_of((cursor.block.number.saturating_add(1), 0));
    table.retain_in(first.as_slice().., |_, _| false)?;
    write.open_table(SERIES)?.retain(|_, bytes| {
        read::<Sample>("series", bytes).is_ok_and(|sample| sample.at_ms <= cursor.time_ms)
    })?;
    Ok(())
}

fn after(cursor: &Cursor) -> Since {
    Since { block: cursor.block.number.saturating_add(1), time_ms: cursor.time_ms }
}

fn key_of((block, index): Place) -> [u8; 12] {
    let mut key = [0; 12];
    key[..8].copy_from_slice(&block.to_be_bytes());
    key[8..].copy_from_slice(&index.to_be_bytes());
    key
}

fn place_of(key: &[u8]) -> Result<Place, StoreError> {
    let damaged = StoreError::Damaged("key");
    let Some((block, index)) = key.split_first_chunk::<8>() else { return Err(damaged) };
    let index = index.try_into().map_err(|_| StoreError::Damaged("key"))?;
    Ok((u64::from_be_bytes(*block), u32::from_be_bytes(index)))
}
