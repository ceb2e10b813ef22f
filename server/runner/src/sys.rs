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

/// Lets the child start under these rules, which hold for it and for everything that descends from it.
pub(crate) fn restricted(command: &mut std::process::Command, rules: landlock::RulesetCreated) {
    let mut rules = Some(rules);
    // SAFETY: the rules were made before the fork. What is left is two system calls, made without allocation or locks; an
    // error is handed back as the number of the last one.
    unsafe {
        command.pre_exec(move || match rules.take().map(landlock::RulesetCreated::restrict_self) {
            Some(Err(_)) => Err(std::io::Error::last_os_error()),
            _ => Ok(()),
        });
    }
}
