//! What files mean: workflows, agents, tickets, configuration, records, and the names that join them.
//!
//! Readers never fail: they return what they understood and a list of problems with spans. This crate does no I/O; it
//! is given texts and paths.

pub mod cost;
pub mod model;
pub mod money;
pub mod problem;
pub mod project;
pub mod record;

pub use money::Usd;
pub use problem::{Problem, ProblemKind};
pub use project::{Content, Facts, FileKind, Name, NameKind, Project, Role, SpecFile};
