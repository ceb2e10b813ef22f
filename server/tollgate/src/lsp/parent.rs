//! The client's process: when it is gone, the session is over, even if somebody else holds our pipes open.

use super::lifecycle::Ending;
use std::sync::mpsc::Sender;

/// Ends the session when a process ends. One that we cannot see (it may live in another container) is not watched; the
/// end of the input remains.
#[cfg(unix)]
pub(super) fn watch(process: i64, ending: Sender<Ending>) {
    use super::log::{Level, log};
    let process = i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw);
    let Some(wait) = process.and_then(wait_for) else {
        return log(Level::Info, format_args!("the client's process cannot be watched"));
    };
    let watch = move || {
        wait();
        let _ = ending.send(Ending::Orphaned);
    };
    if let Err(error) = std::thread::Builder::new().name("parent".into()).spawn(watch) {
        log(Level::Warn, format_args!("the client's process is not watched: {error}"));
    }
}

/// Windows ends our input with the client's process.
#[cfg(not(unix))]
pub(super) fn watch(_: i64, _: Sender<Ending>) {}

/// Waits on a handle of the process, so nothing wakes up until it ends.
#[cfg(target_os = "linux")]
fn wait_for(process: rustix::process::Pid) -> Option<impl FnOnce() + Send + 'static> {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        process::{PidfdFlags, pidfd_open},
    };
    let handle = pidfd_open(process, PidfdFlags::empty()).ok()?;
    Some(move || {
        let mut handles = [PollFd::new(&handle, PollFlags::IN)];
        while poll(&mut handles, None) == Err(rustix::io::Errno::INTR) {}
    })
}

/// There is no handle to wait on here, so it looks every ten seconds.
#[cfg(all(unix, not(target_os = "linux")))]
fn wait_for(process: rustix::process::Pid) -> Option<impl FnOnce() + Send + 'static> {
    use rustix::{io::Errno, process::test_kill_process};
    let alive = move || test_kill_process(process) != Err(Errno::SRCH);
    alive().then_some(move || {
        while alive() {
            std::thread::sleep(std::time::Duration::from_secs(10));
        }
    })
}
