//! Content ids: the id git gives a file's bytes (SHA-1 of `blob <length>\0<bytes>`).

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use std::fmt;

/// A git blob id: 20 bytes, written as 40 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlobId([u8; 20]);

impl BlobId {
    /// The id of these bytes, as `git hash-object` prints it (no filters, no line-end conversion).
    pub fn of(bytes: &[u8]) -> BlobId {
        let mut hash = Sha1::new();
        hash.update(format!("blob {}\0", bytes.len()));
        hash.update(bytes);
        BlobId(hash.finalize().into())
    }

    /// The id that git keeps as these bytes.
    pub fn from_bytes(bytes: [u8; 20]) -> BlobId {
        BlobId(bytes)
    }

    /// Reads 40 hex digits.
    pub fn parse(hex: &str) -> Option<BlobId> {
        let mut id = [0; 20];
        if hex.len() != 40 || !hex.is_ascii() {
            return None;
        }
        for (byte, pair) in id.iter_mut().zip(hex.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(BlobId(id))
    }

    /// The first 8 digits, for people.
    pub fn short(self) -> String {
        self.to_string()[..8].to_owned()
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<BlobId> for String {
    fn from(id: BlobId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for BlobId {
    type Error = String;

    fn try_from(hex: String) -> Result<BlobId, String> {
        BlobId::parse(&hex).ok_or_else(|| format!("`{hex}` is not a git blob id of 40 hex digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_what_git_hash_object_prints() {
        assert_eq!(BlobId::of(b"").to_string(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(BlobId::of(b"hello\n").to_string(), "ce013625030ba8dba906f756967f9e9ca394464a");
        assert_eq!(BlobId::parse("ce013625030ba8dba906f756967f9e9ca394464a"), Some(BlobId::of(b"hello\n")));
        assert_eq!(BlobId::parse("ce01"), None);
    }
}
