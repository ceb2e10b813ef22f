//! What documents say they document: bindings to code, fingerprints of what is bound, drift, generated regions.
//!
//! The room is kept, and nothing stands in it yet: no other room depends on it.
