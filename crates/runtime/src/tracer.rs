//! Counts the frames of contract calls: pallet-contracts' debug hook, which costs no gas.

use std::cell::Cell;

use pallet_contracts::{
    debug::{CallInterceptor, CallSpan, ExecResult, ExportedFunction, Tracing},
    Config, ExecReturnValue,
};

/// How many contract frames an execution used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Frames {
    /// Frames entered in total: the first call, every sub-call and every delegate call.
    pub total: u32,
    /// Most frames that were open at the same time.
    pub max_depth: u32,
}

thread_local! {
    // The pallet knows its tracer as a type, not a value, so there is nowhere else to count.
    static FRAMES: Cell<Frames> = const { Cell::new(Frames { total: 0, max_depth: 0 }) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// Forgets what was counted on this thread.
pub fn reset() {
    FRAMES.set(Frames::default());
    DEPTH.set(0);
}

/// What was counted on this thread since the last [`reset`].
pub fn frames() -> Frames {
    FRAMES.get()
}

/// The tracer type the runtimes are configured with.
pub struct FrameTracer;

/// One open frame. The pallet drops it without `after_call` when the contract traps.
pub struct Span(());

impl Drop for Span {
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().saturating_sub(1));
    }
}

impl CallSpan for Span {
    fn after_call(self, _output: &ExecReturnValue) {}
}

impl<T: Config> Tracing<T> for FrameTracer {
    type CallSpan = Span;

    fn new_call_span(_contract: &T::AccountId, _entry: ExportedFunction, _input: &[u8]) -> Span {
        let depth = DEPTH.get().saturating_add(1);
        DEPTH.set(depth);
        let seen = FRAMES.get();
        FRAMES.set(Frames {
            total: seen.total.saturating_add(1),
            max_depth: seen.max_depth.max(depth),
        });
        Span(())
    }
}

impl<T: Config> CallInterceptor<T> for FrameTracer {
    fn intercept_call(
        _contract: &T::AccountId,
        _entry: &ExportedFunction,
        _input: &[u8],
    ) -> Option<ExecResult> {
        None
    }
}
