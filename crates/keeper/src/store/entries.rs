//! The books: what each transaction of ours has moved. They are kept when the chain is read anew.

use super::{read, records::entry_key, records::ENTRIES, Store, StoreError};
use crate::profit::{Books, Entry, Marks};
use breakwater_chain::{AccountId, Hash};
use redb::{ReadableDatabase, ReadableTable};
use scale::Encode;

/// Where a transaction's hash would be: an entry of what balances say besides.
const NO_TRANSACTION: Hash = [0; 32];

impl Store {
    /// Whose books it keeps.
    pub fn keep_books_of(&mut self, us: AccountId) {
        self.books.us = us;
    }

    /// What things are worth from now on.
    pub fn set_marks(&mut self, marks: Marks) {
        self.books.marks = marks;
    }

    /// How it keeps books.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// Every entry in the order of their blocks, one after the other.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn each_entry(&self, mut see: impl FnMut(Entry)) -> Result<(), StoreError> {
        let table = self.database.begin_read()?.open_table(ENTRIES)?;
        for entry in table.iter()? {
            see(read("entry", entry?.1.value())?);
        }
        Ok(())
    }

    /// Writes down what balances say besides at the cursor's block.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn add_entry(&mut self, entry: &Entry) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        let key = entry_key(entry.block, &NO_TRANSACTION);
        write.open_table(ENTRIES)?.insert(key.as_slice(), entry.encode().as_slice())?;
        write.commit()?;
        Ok(())
    }
}
