//! How fast the parts off chain are: measurements that need a chain to run on.

pub mod keeper;
