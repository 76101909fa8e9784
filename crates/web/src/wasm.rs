//! The module's three functions. A page has one thread, so one desk.

use crate::Desk;
use std::cell::RefCell;

#[derive(Default)]
struct Counter {
    desk: Desk,
    request: Vec<u8>,
    answer: Vec<u8>,
}

thread_local! {
    static COUNTER: RefCell<Counter> = RefCell::default();
}

/// Makes room for a request of so many bytes: where to write it.
#[no_mangle]
pub extern "C" fn room(length: usize) -> *mut u8 {
    COUNTER.with_borrow_mut(|counter| {
        counter.request.clear();
        counter.request.resize(length, 0);
        counter.request.as_mut_ptr()
    })
}

/// Answers the request: the length of the answer.
#[no_mangle]
pub extern "C" fn run() -> usize {
    COUNTER.with_borrow_mut(|counter| {
        counter.answer = counter.desk.run(&counter.request);
        counter.answer.len()
    })
}

/// Where the answer is, until the next request.
#[no_mangle]
pub extern "C" fn answer() -> *const u8 {
    COUNTER.with_borrow(|counter| counter.answer.as_ptr())
}
