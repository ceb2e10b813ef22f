//! The protocol, driven from outside: the real binary over real pipes, with the messages that editors send and those that
//! nobody should. What the server must survive is listed here once, a test a fact.
//!
//! Tests that need a handler to misbehave use `tollgate/test/…`, which debug builds serve.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test may fail where it stands"
)]

mod client;
mod closed;
mod diagnostics;
mod documents;
mod doors;
mod features;
mod flows;
mod framing;
mod hosts;
mod inner;
mod lifecycle;
mod manners;
mod mending;
#[cfg(debug_assertions)]
mod misbehaviour;
mod navigation;
#[cfg(debug_assertions)]
mod order;
mod renames;
mod storms;
#[cfg(debug_assertions)]
mod sync;
mod teaching;
mod works;
