//! How a person's decision is written down: signed where the user has a key, never when it would count for nothing, and
//! remembered in the user's own state, so that a record which somebody else left in the repository cannot pass for one of
//! this user.

use crate::files::{self, Root};
use crate::home::Home;
use crate::person::Person;
use crate::run::{RunError, compose, path_of};
use crate::signing;
use crate::world::Site;
use delivery::attest::{self, Base};
use spec::record::{Decision, Record, Strength};
use std::collections::BTreeSet;
use std::io::Write;
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

/// Signs the decision where the user has a key for it, and writes it: unless it would count for nothing. `asked` is the
/// strength that it must reach. Answers the record's path from the root.
pub(crate) fn write(site: &Site, base: Option<&Base>, asked: Strength, decision: Decision) -> Result<String, RunError> {
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
    let mut memory = files::append_own(&site.home.repository(&site.root)?.join(MEMORY))?;
    writeln!(memory, "{blob}").map_err(|error| RunError::Refused(format!("it cannot be remembered: {error}")))?;
    if let Some(signature) = signature {
        site.root.write(&format!("{path}.sig"), signature.as_bytes())?;
    }
    site.root.write(&path, &bytes)?;
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
