//! What documents say they document: bindings to code, fingerprints of what is bound, drift, generated regions.
//!
//! Everything here is a pure function of texts. It must not open a file, start a process or know an editor; whoever asks
//! brings a [`tree::Tree`].

pub mod adopt;
pub mod attest;
pub mod contexts;
pub mod contract;
pub mod document;
pub mod drift;
pub mod fingerprint;
pub mod library;
pub mod lock;
pub mod mirror;
pub mod moved;
pub mod openapi;
pub mod print;
pub mod proto;
pub mod region;
pub mod source;
pub mod sql;
pub mod sync;
pub mod target;
pub mod tree;
