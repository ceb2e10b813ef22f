//! The one place with `unsafe`: what has to happen in a child between fork and exec. Nothing here may allocate or take a
//! lock: the child has one thread of a process that had many.
#![allow(unsafe_code)]

use std::os::unix::process::CommandExt;

/// Lets the child start in a session of its own: no controlling terminal it could type into, a process group of its own.
pub(crate) fn in_new_session(command: &mut std::process::Command) {
    // SAFETY: `setsid` is one system call, made without allocation or locks, so it is safe after fork in a process with
    // several threads; its error is handed back as a number.
    unsafe {
        command.pre_exec(|| rustix::process::setsid().map(|_| ()).map_err(std::io::Error::from));
    }
}
