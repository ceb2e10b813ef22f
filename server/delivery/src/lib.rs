//! Decisions without side effects: which ticket is current, which pass is next and why, what it may cost, which harness
//! does it, whether its gate is closed, whether the root is trusted.
//!
//! Everything here is a function of its arguments: no I/O, no clock, no async runtime. What needs a disk or a process is
//! gathered by `runner` and handed in as plain data ([`world::World`]).

pub mod agent;
pub mod attest;
pub mod budget;
pub mod cache;
pub mod calibration;
pub mod choice;
pub mod condition;
pub mod explain;
pub mod feature;
pub mod forecast;
pub mod gate;
pub mod glob;
pub mod inputs;
pub mod launch;
pub mod limits;
pub mod plan;
pub mod prices;
pub mod projection;
pub mod prompt;
pub mod review;
pub mod route;
pub mod settings;
pub mod spending;
pub mod template;
pub mod texts;
pub mod ticket;
pub mod trace;
pub mod trust;
pub mod wanted;
pub mod words;
pub mod world;

#[cfg(test)]
mod testing;
