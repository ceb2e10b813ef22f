//! Finds processes and ends trees of them. Whose a process is, is told by parentage and by a marker in its environment;
//! orphans of what we started fall to this process, which is their reaper. It knows neither fences nor what is run.

use crate::files;
use rustix::process::{Pid, Signal, WaitOptions};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;
use store::ProcessId;

/// Environment variable that every process of a run carries; the value is the run's id.
pub(crate) const RUN_MARKER: &str = "TOLLGATE_RUN";

pub(crate) fn is_fence(pid: u32) -> bool {
    stat_fields(pid).is_some_and(|(name, _)| name == "bwrap")
}

pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // it may be gone already
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// The children that this process has by its own doing, and how many of them run behind a fence now.
pub(crate) struct Own {
    started: BTreeSet<u32>,
    fenced: usize,
}

impl Own {
    /// A child was started that may outlive this process.
    pub(crate) fn know(&mut self, leader: u32) {
        self.started.insert(leader);
    }

    /// A child was started.
    pub(crate) fn began(&mut self, leader: u32, fenced: bool) -> Running {
        self.know(leader);
        self.fenced += usize::from(fenced);
        Running { leader, fenced }
    }
}

/// A child that was started and is not yet done with.
pub(crate) struct Running {
    leader: u32,
    fenced: bool,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut own = own_children();
        own.started.remove(&self.leader);
        own.fenced -= usize::from(self.fenced);
    }
}

/// Held while a child is started, so that none is taken for an orphan.
pub(crate) fn own_children() -> MutexGuard<'static, Own> {
    static OWN: Mutex<Own> = Mutex::new(Own { started: BTreeSet::new(), fenced: 0 });
    OWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Children that we did not start: orphans of what we started, however they got away from their parent. While several
/// children run at once nobody knows whose they are; they are left to the last.
fn adopted() -> Vec<u32> {
    let own = own_children();
    if own.fenced > 1 {
        return Vec::new();
    }
    children(std::process::id()).into_iter().filter(|child| !own.started.contains(child)).collect()
}

fn children(pid: u32) -> Vec<u32> {
    let parent = |process: &u32| stat_fields(*process).and_then(|(_, fields)| fields.get(1)?.parse::<u32>().ok());
    processes().filter(|process| parent(process) == Some(pid)).collect()
}

/// Makes orphans of our children our own children, so that a sweep can find and reap them.
pub(crate) fn become_reaper() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // those that we were born with are no orphans of ours
        own_children().started.extend(children(std::process::id()));
        // where the kernel does not know it, the marker still finds them
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    });
}

/// Kills everything that descends from `leader` or carries the run's marker, and whoever fell to us as an orphan without
/// either, until nothing is left. Answers how many processes besides the leader there were.
pub(crate) fn sweep(leader: u32, run: &str, orphans: bool) -> usize {
    let mut killed = BTreeSet::new();
    for _ in 0..200 {
        let mut victims: BTreeSet<u32> = descendants(leader).into_iter().chain(marked(run)).collect();
        if orphans {
            victims.extend(adopted().into_iter().flat_map(descendants));
        }
        victims.remove(&std::process::id());
        victims.retain(|pid| stat_fields(*pid).is_some_and(|(_, fields)| fields.first().is_some_and(|s| s != "Z")));
        // zombies that fell to us
        for pid in &killed {
            reap(*pid);
        }
        if victims.is_empty() {
            break;
        }
        // stopped first, so that none can fork while the others are being killed
        victims.iter().for_each(|pid| signal(*pid, Signal::STOP));
        victims.iter().for_each(|pid| signal(*pid, Signal::KILL));
        killed.extend(victims.into_iter().filter(|pid| *pid != leader));
        std::thread::sleep(Duration::from_millis(5));
    }
    killed.iter().for_each(|pid| reap(*pid));
    killed.len()
}

/// Kills what an earlier, lost supervisor left of a run. Answers how many processes there were.
pub(crate) fn kill_leftovers(run: &str) -> usize {
    if run.is_empty() { 0 } else { sweep(0, run, false) }
}

fn reap(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // not ours, or reaped already
        let _ = rustix::process::waitpid(Some(pid), WaitOptions::NOHANG);
    }
}

/// Processes that descend from `pid`, itself included while it lives.
pub(crate) fn descendants(pid: u32) -> Vec<u32> {
    if pid == 0 {
        return Vec::new();
    }
    let parents: Vec<(u32, u32)> =
        processes().filter_map(|process| Some((process, stat_fields(process)?.1.get(1)?.parse().ok()?))).collect();
    let mut found = vec![pid];
    let mut at = 0;
    while at < found.len() {
        let parent = found[at];
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(process, _)| *process));
        at += 1;
    }
    found
}

/// Processes of this user whose environment carries the run's marker.
pub(crate) fn marked(run: &str) -> Vec<u32> {
    let wanted = format!("{RUN_MARKER}={run}");
    processes()
        .filter(|pid| {
            files::read_own(Path::new(&format!("/proc/{pid}/environ")), 8 << 20)
                .is_ok_and(|environment| environment.split(|byte| *byte == 0).any(|entry| entry == wanted.as_bytes()))
        })
        .collect()
}

fn processes() -> impl Iterator<Item = u32> {
    std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// Name and the fields behind it of `/proc/<pid>/stat`; the first field is the state, the second the parent.
fn stat_fields(pid: u32) -> Option<(String, Vec<String>)> {
    let stat = files::read_own(Path::new(&format!("/proc/{pid}/stat")), 1 << 16).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // the name may hold anything, also `)`
    let (front, fields) = stat.rsplit_once(')')?;
    let name = front.split_once('(')?.1.to_owned();
    Some((name, fields.split_whitespace().map(str::to_owned).collect()))
}

/// True when a process above this one carries the marker of a run.
pub(crate) fn ancestor_carries_marker() -> bool {
    let marker = format!("{RUN_MARKER}=");
    let mut pid = std::process::id();
    for _ in 0..64 {
        let Some(parent) = stat_fields(pid).and_then(|(_, fields)| fields.get(1)?.parse::<u32>().ok()) else {
            return false;
        };
        if parent == 0 {
            return false;
        }
        // the first process of a fence carries it too
        let environment = files::read_own(Path::new(&format!("/proc/{parent}/environ")), 8 << 20).unwrap_or_default();
        if environment.split(|byte| *byte == 0).any(|entry| entry.starts_with(marker.as_bytes())) {
            return true;
        }
        pid = parent;
    }
    false
}

/// Kills a process and everything that descends from it.
pub(crate) fn kill_tree(leader: u32) -> usize {
    // what was ended here had no run of its own to be marked with
    sweep(leader, "none", false)
}

/// A living process with its start time.
pub(crate) fn identify(pid: u32) -> Option<ProcessId> {
    let (_, fields) = stat_fields(pid)?;
    if fields.first().is_some_and(|state| state == "Z") {
        return None;
    }
    Some(ProcessId { pid, started: fields.get(19)?.parse().ok()? })
}

/// This process.
pub(crate) fn this_process() -> ProcessId {
    identify(std::process::id()).unwrap_or(ProcessId { pid: std::process::id(), started: 0 })
}

/// True when that very process still lives.
pub(crate) fn is_alive(process: ProcessId) -> bool {
    identify(process.pid) == Some(process)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_process_from_a_later_one_of_the_same_number() {
        let this = this_process();
        assert!(is_alive(this));
        assert!(!is_alive(ProcessId { started: this.started + 1, ..this }));
        assert!(!is_alive(ProcessId { pid: u32::MAX, started: 0 }));
    }
}
