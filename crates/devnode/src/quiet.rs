//! Panics of the runtime are answers here: in a node a bad argument traps the runtime's Wasm, in this
//! process it panics.

use std::{
    cell::{Cell, RefCell},
    panic::{catch_unwind, UnwindSafe},
    sync::Once,
};

use crate::error::{Error, Result};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static WORDS: RefCell<String> = const { RefCell::new(String::new()) };
}

static HOOK: Once = Once::new();

/// Runs `f`; a panic is an error with its words, and prints nothing.
///
/// # Errors
/// [`Error::Trapped`] if `f` panics.
pub fn caught<T>(f: impl FnOnce() -> T + UnwindSafe) -> Result<T> {
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if INSIDE.get() {
                WORDS.set(info.to_string());
            } else {
                usual(info);
            }
        }));
    });
    let outer = INSIDE.replace(true);
    let result = catch_unwind(f);
    INSIDE.set(outer);
    result.map_err(|_| Error::Trapped(WORDS.take()))
}
