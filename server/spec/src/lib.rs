//! What files mean: workflows, agents, tickets, configuration, records, and the names that join them.
//!
//! Readers never fail: they return what they understood and a list of problems with spans. This crate does no I/O; it
//! is given texts and paths.

mod agent;
pub mod baseline;
pub mod board;
mod circles;
mod config;
pub mod cost;
mod facts;
mod file;
pub mod flow;
mod foreign;
mod gate;
pub mod guide;
pub mod host;
mod invisible;
pub mod links;
mod locate;
pub mod manifest;
pub mod model;
pub mod money;
pub mod places;
pub mod portability;
pub mod problem;
pub mod project;
mod read;
pub mod record;
pub mod schema;
pub mod suppression;
mod ticket;
pub mod tools;
pub mod values;
pub mod work;
mod workflow;

pub use circles::{Link, circles};
pub use file::{FILE_LIMIT, TICKET_NAMES};
pub use foreign::System;
pub use foreign::agentic_workflows::Lock;
pub use foreign::keys::Form;
pub use foreign::symphony::prompt_word;
pub use invisible::holds_invisible;
pub use locate::{Cursor, Place, locate};
pub use money::Usd;
pub use problem::{Problem, ProblemKind};
pub use project::{Content, Facts, FileKind, Name, NameKind, Project, Role, SpecFile};
