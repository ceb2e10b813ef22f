//! Trust under attack: the real binary, by command line and by protocol, on checkouts that try to be run, to vote on their
//! own trust, to choose an endpoint, or to forge a decision. Each test is one case by its id, and says in one sentence
//! what must hold. Nothing here is a mock: programs are scripts, and what they were given is what they wrote down.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test may fail where it stands, and looks at files and ports for itself"
)]
#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "the protocol tests use the rest")]
#[path = "../protocol/client.rs"]
mod client;
mod editor;
mod place;
mod watch;

mod content;
mod gates;
mod outputs;
mod plan;
mod restricted;
mod running;
mod words;
