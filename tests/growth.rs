//! Tells work that grows like its input from work that grows faster, whatever else the machine is doing: in processor time
//! of this thread, and as a ratio within one run.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Fails when four times the size costs much more than four times the work: a square would cost sixteen times as much.
pub(crate) fn assert_linear(what: &str, size: usize, work: &dyn Fn(usize)) {
    let cost = |size: usize| {
        let once = || {
            let before = now();
            work(size);
            now().saturating_sub(before)
        };
        once().min(once())
    };
    let (small, large) = (cost(size / 4), cost(size));
    // what is over so soon harms nobody, and is not measured well
    let allowed = small * 8 + Duration::from_millis(25);
    assert!(large <= allowed, "{what}: {small:?} for {}, {large:?} for {size}", size / 4);
}

/// Processor time that this thread has used.
fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}
