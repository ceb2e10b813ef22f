//! How a person's decision is written down: signed where the user has a key, never when it would count for nothing, and
//! remembered in the user's own state, so that a record which somebody else left in the repository cannot pass for one of
//! this user.

use crate::files::{self, Root};
use crate::home::Home;
use crate::person::Person;
use crate::run::{RunError, compose, ends, keep_bytes_in_git, keep_out_of_git, path_of};
use crate::signing;
use crate::world::Site;
use delivery::attest::{self, Base};
use rustix::fs::{FlockOperation, flock};
use spec::Project;
use spec::record::{Decision, Record, Strength, heads};
use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Arc;
use text::BlobId;

/// Who decides.
pub(crate) fn person() -> String {
    let person = Person::of_this_user();
    person.signature().or(person.login).unwrap_or_default()
}

/// How hard this user's decisions are to forge.
pub(crate) fn strength(site: &Site) -> Strength {
    match &site.user.signing {
        Some(key) if signing::must_be_touched(key) => Strength::Os,
        _ => Strength::Ui,
    }
}

/// What a person saw when they decided.
pub(crate) struct Seen {
    /// The base branch.
    pub(crate) base: Option<Arc<Base>>,
    /// The ends of the ticket's chain of records.
    ends: Vec<BlobId>,
    /// `records: local`.
    local: bool,
}

impl Seen {
    /// What there is now.
    pub(crate) fn of(project: &Project, ticket: &str, base: Option<Arc<Base>>) -> Seen {
        let records = project.records(ticket);
        let ends = heads(records.iter().map(|(file, record)| (file.blob(), *record)));
        Seen { base, ends, local: project.config().is_some_and(|(_, config)| config.records_local) }
    }
}

/// Signs the decision where the user has a key for it, and writes it: unless it would count for nothing, or somebody else
/// was faster. `asked` is the strength that it must reach. Answers the record's path from the root.
pub(crate) fn write(site: &Site, seen: &Seen, asked: Strength, decision: Decision) -> Result<String, RunError> {
    let folder = site.home.repository(&site.root)?;
    let mut memory = files::append_own(&folder.join(MEMORY))?;
    let unknown = |why: &dyn std::fmt::Display| RunError::Refused(format!("it cannot be remembered: {why}"));
    // one at a time: of two who decide on the same thing the second is told
    flock(&memory, FlockOperation::LockExclusive).map_err(|error| unknown(&error))?;
    if ends(&site.root, &decision.predicate.ticket) != seen.ends {
        let why = "something was recorded for this ticket in the meantime; look at it again".to_owned();
        return Err(RunError::Refused(why));
    }
    let base = seen.base.as_deref();
    let record = Record::Decision(Box::new(decision.clone()));
    let path = path_of(&record);
    let bytes = compose(&site.root, record);
    let blob = BlobId::of(&bytes);
    let signature = match &site.user.signing {
        Some(key) => Some(signing::sign(&site.home, &site.root, key, &bytes)?),
        None => None,
    };
    let checked = signature.as_ref().map(|signature| signing::verify(&bytes, signature.as_bytes()));
    let weighed = attest::weigh(&decision, blob, checked.as_ref(), base);
    let weak = (weighed.strength < asked).then(|| delivery::gate::too_weak(asked).to_owned());
    if let Some(why) = weighed.void.or(weak) {
        let key = if site.user.signing.is_some() { "" } else { ". Name your key in your own configuration" };
        return Err(RunError::Refused(format!("this decision would count for nothing: {why}{key}")));
    }
    // remembered first: a memory of what was never written does nothing
    writeln!(memory, "{blob}").map_err(|error| unknown(&error))?;
    if seen.local {
        keep_out_of_git(&site.root)?;
    }
    if let Some(signature) = signature {
        site.root.write(&format!("{path}.sig"), signature.as_bytes())?;
    }
    site.root.write(&path, &bytes)?;
    keep_bytes_in_git(&site.root);
    Ok(path)
}

/// Contents of the decisions that this user made in this root.
pub(crate) fn remembered(home: &Home, root: &Root) -> BTreeSet<BlobId> {
    let Ok(folder) = home.repository(root) else { return BTreeSet::new() };
    let bytes = files::read_own(&folder.join(MEMORY), 64 << 20).unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().filter_map(BlobId::parse).collect()
}

/// One content id a line.
const MEMORY: &str = "decided.txt";

#[cfg(test)]
mod tests {
    use super::*;
    use delivery::gate::{NewDecision, budget_subject, decision};
    use spec::record::{BudgetRaise, ReviewerKind, Verdict};

    fn raise(id: &str) -> Decision {
        let usd = |text: &str| spec::Usd::parse(text).unwrap();
        let scope = spec::cost::Scope::Ticket("t".into());
        let raise = BudgetRaise { scope, period: String::new(), limit: usd("1"), more: usd("1") };
        decision(NewDecision {
            id,
            time: "2026-11-20T10:00:00Z",
            ticket: "t",
            workflow: "w",
            workflow_blob: BlobId::of(b""),
            pass: "p",
            attempt: 1,
            run: None,
            verdict: Verdict::Approved,
            reason: "",
            criteria: Vec::new(),
            subjects: vec![budget_subject(&raise)],
            budget: Some(raise),
            reviewer_kind: ReviewerKind::Human,
            reviewer: "Ann",
            generator: None,
            channel: "terminal",
            strength: Strength::Ui,
            supersedes: None,
        })
        .unwrap()
    }

    #[test]
    fn of_two_who_saw_the_same_the_second_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home { state: folder.path().join("s"), configuration: folder.path().join("c") };
        let root = folder.path().join("shop");
        files::make_own_folder(&root).unwrap();
        let mut site = Site::open(home, &root).unwrap();
        let seen = |site: &mut Site| Seen::of(&site.project().unwrap(), "t", None);
        let (one, other) = (seen(&mut site), seen(&mut site));
        let path = write(&site, &one, Strength::Ui, raise("0190-1")).unwrap();
        let told = write(&site, &other, Strength::Ui, raise("0190-2")).unwrap_err().to_string();
        assert!(told.contains("in the meantime"), "{told}");
        let known = remembered(&site.home, &site.root);
        assert_eq!(known, BTreeSet::from([BlobId::of(&site.root.read(&path).unwrap())]));
        let now = seen(&mut site);
        write(&site, &now, Strength::Ui, raise("0190-3")).unwrap();
        let now = seen(&mut site);
        let weak = write(&site, &now, Strength::Os, raise("0190-4")).unwrap_err().to_string();
        assert!(weak.contains("would count for nothing"), "{weak}");
        assert_eq!(site.project().unwrap().records("t").len(), 2);
    }
}
