//! The only crate that starts processes, opens connections and touches files: files, processes, work trees, harnesses,
//! the trust store, verify commands, runs. Decisions are `delivery`'s; what it learned from the disk it hands up as data.

pub mod answers;
pub mod audit;
pub mod base;
pub mod beads;
pub mod books;
mod caches;
pub mod chosen;
mod clock;
mod commit;
mod contents;
mod decided;
mod dependencies;
pub mod files;
pub mod gate;
pub mod gates;
pub mod git;
pub mod harness;
pub mod history;
pub mod home;

pub mod isolation;
mod launch;
mod mask;
pub mod memory;
pub mod merge;
mod objects;
pub mod person;
mod prices;
pub mod process;
pub mod programs;
pub mod protected;
mod prune;
pub mod raise;
pub mod recover;
pub mod run;
mod secrets;
pub mod signing;
mod sweep;
mod sys;
pub mod tracked;
pub mod tree;
pub mod trust;
pub mod try_out;
pub mod verify;
pub mod words;
pub mod world;
