//! `breakwater bench keeper`.
