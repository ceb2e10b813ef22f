//! The one place with `unsafe`: what has to happen in a child between fork and exec, and two words to the allocator.
//! Nothing that runs in the child may allocate or take a lock: it has one thread of a process that had many.
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

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc {
    use std::ffi::c_int;

    // <malloc.h>
    pub(super) const M_ARENA_MAX: c_int = -8;

    unsafe extern "C" {
        pub(super) fn mallopt(parameter: c_int, value: c_int) -> c_int;
        pub(super) fn malloc_trim(pad: usize) -> c_int;
    }
}

/// See [`crate::memory::share`].
pub(crate) fn share_heaps() {
    // SAFETY: `mallopt` takes two numbers and changes how many heaps are made from now on; no memory that is in use moves.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    unsafe {
        glibc::mallopt(glibc::M_ARENA_MAX, 2);
    }
}

/// See [`crate::memory::give_back`].
pub(crate) fn trim_heaps() {
    // SAFETY: `malloc_trim` takes a number, may be called by any thread at any time, and touches only memory that is free.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    unsafe {
        glibc::malloc_trim(0);
    }
}
