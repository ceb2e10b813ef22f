//! Fingerprints, and what is known of a place in the sources by them.
//!
//! A print names the algorithm that made it (`t1:1f0ab611cebf2ea0`), so that a better one can come without calling every
//! document stale: what was recorded is then computed again from the old contents.

use crate::target::Facet;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use text::Span;

/// A fingerprint: the version of the algorithm, and 64 bits of SHA-256 over what it makes of a text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Print {
    algorithm: u8,
    hash: [u8; 8],
}

impl Print {
    /// The algorithm of this version of the program. It goes up whenever the same source would get another print.
    pub const ALGORITHM: u8 = 1;

    /// The print of something that was brought into its normal form already.
    pub fn of(normal: &[u8]) -> Print {
        let digest = Sha256::digest(normal);
        let mut hash = [0; 8];
        hash.copy_from_slice(&digest[..8]);
        Print { algorithm: Print::ALGORITHM, hash }
    }

    /// Reads `t1:` and 16 hex digits; any version of the algorithm.
    pub fn parse(written: &str) -> Option<Print> {
        let (algorithm, hex) = written.strip_prefix('t')?.split_once(':')?;
        if hex.len() != 16 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let hash = u64::from_str_radix(hex, 16).ok()?.to_be_bytes();
        Some(Print { algorithm: algorithm.parse().ok()?, hash })
    }

    /// True when this program makes prints of this kind, so that they can be compared.
    pub fn is_current(self) -> bool {
        self.algorithm == Print::ALGORITHM
    }
}

impl fmt::Display for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{}:{:016x}", self.algorithm, u64::from_be_bytes(self.hash))
    }
}

impl fmt::Debug for Print {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Print> for String {
    fn from(print: Print) -> String {
        print.to_string()
    }
}

impl TryFrom<String> for Print {
    type Error = String;

    fn try_from(written: String) -> Result<Print, String> {
        Print::parse(&written).ok_or_else(|| format!("`{written}` is not a fingerprint such as t1:1f0ab611cebf2ea0"))
    }
}

/// The prints of one place, by facet.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Facets([Option<Print>; Facet::ALL.len()]);

impl Facets {
    /// The print of a facet, where the place has it.
    pub fn get(&self, facet: Facet) -> Option<Print> {
        self.0[facet as usize]
    }

    /// Sets or clears the print of a facet.
    pub fn set(&mut self, facet: Facet, print: Option<Print>) {
        self.0[facet as usize] = print;
    }

    /// The same with one more print.
    #[must_use]
    pub fn with(mut self, facet: Facet, print: Print) -> Facets {
        self.set(facet, Some(print));
        self
    }

    /// What is there, in the order of [`Facet::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Facet, Print)> + '_ {
        Facet::ALL.into_iter().filter_map(|facet| Some((facet, self.get(facet)?)))
    }

    /// True when nothing is there.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Only these facets.
    #[must_use]
    pub fn only(&self, facets: &[Facet]) -> Facets {
        let mut only = Facets::default();
        for facet in facets {
            only.set(*facet, self.get(*facet));
        }
        only
    }
}

/// What a fragment is in a source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resolution {
    /// There.
    Found(Resolved),
    /// The source was understood, and it is not in it.
    Missing,
    /// It cannot be told: why, as a clause (`the source has a syntax error there`).
    Unknown(String),
}

/// A place in a source.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Resolved {
    /// Where it is declared; several for overloads.
    pub places: Vec<Span>,
    /// The tokens that name it, one for each place.
    pub names: Vec<Span>,
    /// Its prints.
    pub facets: Facets,
    /// What people are shown: its declaration on one line; for overloads, one line each.
    pub signature: String,
    /// The public symbols in it, in order. One that is declared twice stands there twice.
    pub symbols: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_printed_as_it_is_read() {
        let print = Print::of(b"fn post(entry: Entry)");
        assert_eq!(print.to_string(), "t1:e2a894436e98d31b", "SHA-256 of these bytes, cut");
        assert_eq!(Print::parse(&print.to_string()), Some(print));
        assert_eq!(Print::parse("t1:00000000000000ff").unwrap().to_string(), "t1:00000000000000ff");
        assert!(!Print::parse("t2:00000000000000ff").unwrap().is_current());
        for other in
            ["t1:ff", "1f0ab611cebf2ea0", "t1:+0000000000000ff", "tx:00000000000000ff", "t300:00000000000000ff"]
        {
            assert_eq!(Print::parse(other), None, "{other}");
        }
    }
}
