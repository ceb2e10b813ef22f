//! Who was trusted with what: an append-only file of the user's own. Nothing in a repository is ever read as trust, and a
//! file that is not exactly as we write it trusts nobody.

/// Proof that the launch plan at hand is the one a person reviewed. Only the trust check makes it; starting a process
/// needs it.
#[derive(Clone, Debug)]
pub struct Trusted {
    plan: String,
}

impl Trusted {
    /// Hash of the plan that was reviewed.
    pub fn plan(&self) -> &str {
        &self.plan
    }

    #[cfg(test)]
    pub(crate) fn for_tests() -> Trusted {
        Trusted { plan: "sha256:test".to_owned() }
    }
}
