//! Who may say that a section is in step with the code again, and when: a pure decision.
//!
//! A stamp is worth what it costs. Once something was recorded, its section has to have changed since, or somebody gives a
//! reason why it is right as it stands; and an agent never vouches for the change that it made itself.

use crate::lock::Stamp;
use crate::print::{Facets, Print};
use text::BlobId;

/// Somebody says that a section is right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim<'a> {
    /// Who: `human:ada`, `agent:reviewer/claude`.
    pub by: &'a str,
    /// Who changed the code, as far as that is known.
    pub author: Option<&'a str>,
    /// For which ticket.
    pub ticket: Option<&'a str>,
    /// Why it is right though nobody changed it.
    pub reason: Option<&'a str>,
    /// The day, `2026-11-20`.
    pub at: Option<&'a str>,
}

/// What the claim is about, as it is now.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Now {
    /// What is compared.
    pub facets: Facets,
    /// What the source says.
    pub blob: Option<BlobId>,
    /// What the section says, without what a generator keeps.
    pub text: Option<Print>,
    /// For a surface: the public symbols.
    pub symbols: Vec<String>,
}

/// Why a claim is not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Refusal {
    /// The section says what it said when it was last in step.
    #[error("the section has not changed since it was last in step; change it, or say why it is still accurate")]
    Unchanged,
    /// The agent that made the change.
    #[error("{0} made this change, so somebody else has to vouch for the document")]
    OwnWork(String),
    /// A reason of no words.
    #[error("a reason needs words that a reviewer can check")]
    NoReason,
    /// Nothing to compare with later.
    #[error("nothing of it can be compared later, so there is nothing to vouch for")]
    Nothing,
}

/// The stamp that a claim is worth, or why it is worth none.
pub fn decide(claim: &Claim<'_>, now: &Now, before: Option<&Stamp>) -> Result<Stamp, Refusal> {
    if now.facets.is_empty() {
        return Err(Refusal::Nothing);
    }
    if claim.author == Some(claim.by) && !claim.by.starts_with("human:") {
        return Err(Refusal::OwnWork(claim.by.to_owned()));
    }
    if claim.reason.is_some_and(|reason| reason.split_whitespace().count() < 2) {
        return Err(Refusal::NoReason);
    }
    let stale = before.is_some_and(|stamp| !stamp.agrees(&now.facets));
    let same_text = before.is_some_and(|stamp| stamp.text.is_none() || stamp.text == now.text);
    if stale && same_text && claim.reason.is_none() {
        return Err(Refusal::Unchanged);
    }
    let own = |word: Option<&str>| word.map(str::to_owned);
    Ok(Stamp {
        facets: now.facets,
        blob: now.blob,
        by: Some(claim.by.to_owned()),
        ticket: own(claim.ticket),
        author: own(claim.author).filter(|author| author != claim.by),
        at: own(claim.at),
        reason: own(claim.reason),
        text: now.text,
        symbols: now.symbols.clone(),
        other: before.map(|stamp| stamp.other.clone()).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Facet;

    fn now(sig: &str, text: &str) -> Now {
        let facets = Facets::default().with(Facet::Sig, Print::of(sig.as_bytes()));
        Now { facets, text: Some(Print::of(text.as_bytes())), ..Now::default() }
    }

    fn claim(by: &'static str) -> Claim<'static> {
        Claim { by, author: None, ticket: Some("TG-1"), reason: None, at: None }
    }

    #[test]
    fn the_first_stamp_is_free_and_the_next_costs_a_change_or_a_reason() {
        let ada = claim("human:ada");
        let first = decide(&ada, &now("a", "old"), None).unwrap();
        assert_eq!(decide(&ada, &now("b", "old"), Some(&first)), Err(Refusal::Unchanged));
        assert!(decide(&ada, &now("b", "new"), Some(&first)).is_ok());
        let why = |reason| Claim { reason: Some(reason), ..ada.clone() };
        let second = decide(&why("only a new default"), &now("b", "old"), Some(&first)).unwrap();
        assert_eq!(second.reason.as_deref(), Some("only a new default"));
        assert_eq!(decide(&why(" ok "), &now("b", "old"), Some(&first)), Err(Refusal::NoReason));
        assert!(decide(&ada, &now("a", "old"), Some(&first)).is_ok(), "what is fresh may be said again");
    }

    #[test]
    fn a_stamp_without_a_text_cannot_show_that_it_changed() {
        let old = Stamp { text: None, ..decide(&claim("human:ada"), &now("a", "old"), None).unwrap() };
        assert_eq!(decide(&claim("human:ada"), &now("b", "new"), Some(&old)), Err(Refusal::Unchanged));
    }

    #[test]
    fn an_agent_does_not_vouch_for_its_own_change() {
        let own = |by| Claim { author: Some(by), ..claim(by) };
        let coder = "agent:implementer/claude";
        assert_eq!(decide(&own(coder), &now("a", "x"), None), Err(Refusal::OwnWork(coder.to_owned())));
        let stamp =
            decide(&Claim { author: Some(coder), ..claim("agent:reviewer/codex") }, &now("a", "x"), None).unwrap();
        assert_eq!((stamp.by.as_deref(), stamp.author.as_deref()), (Some("agent:reviewer/codex"), Some(coder)));
        assert!(decide(&own("human:ada"), &now("a", "x"), None).is_ok());
        assert_eq!(decide(&claim("human:ada"), &Now::default(), None), Err(Refusal::Nothing));
    }
}
