//! Reads the agents of Atomic (`.atomic/agents/**/*.md`). Atomic does not read YAML: each line of the front matter is a key, a
//! colon and a value, whatever else the value holds.

use super::host::{Sheet, stem};
use super::{Reader, System};
use crate::host::Front;
use crate::project::FileKind;

pub(crate) const READER: Reader = Reader {
    places: &[".atomic/agents/**"],
    kind: |path| {
        (path.strip_prefix(".atomic/agents/")?.len() > 3 && path.ends_with(".md")).then_some(FileKind::HostAgent)
    },
    read: |path, text| {
        let mut sheet = Sheet::markdown(text);
        // Nothing in a line can be wrong for it.
        if sheet.front != Front::Missing {
            sheet.front = Front::Sound;
        }
        Some(sheet.agent(System::Atomic, stem(path, &[".md"])))
    },
};

#[cfg(test)]
mod tests {
    use crate::foreign::tests::said;

    #[test]
    fn a_line_is_a_key_and_a_value() {
        let text = "---\nname: scout\ndescription: Looks: far and wide\ntools: read, grep\nfallbackModels: a, b\nskills: maps, tides\n---\nLook.\n";
        assert_eq!(
            said(".atomic/agents/deep/scout.md", text),
            "agent scout of Atomic\n\
             description: Looks: far and wide\n\
             tools: read | grep\n\
             skills: maps | tides\n\
             Agent scout Definition | Skill maps Use | Skill tides Use"
        );
        assert_eq!(said(".atomic/agents/a.txt", ""), "not ours");
    }
}
