//! Tests of symbols and tokens.
