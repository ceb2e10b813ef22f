//! What documents say they document: bindings to code, fingerprints of what is bound, drift, generated regions.

pub mod mirror;
pub mod region;
