//! Reads what tells Kiro's agents what to do: agents (`.kiro/agents/*.md`, `.kiro/agents/*.json`) and steering
//! (`.kiro/steering/*.md`). Its specs are work artifacts and read elsewhere.

use super::host::{Sheet, stem};
use super::{Reader, System};
use crate::guide::GuideKind;
use crate::project::FileKind;

pub(crate) const READER: Reader = Reader {
    places: &[".kiro/agents/*.md", ".kiro/agents/*.json", ".kiro/steering/*.md"],
    kind: |path| match place(path)? {
        ("agents", true) => Some(FileKind::HostAgent),
        ("steering", true) if path.ends_with(".md") => Some(FileKind::Guide),
        _ => None,
    },
    read: |path, text| {
        Some(match place(path)? {
            ("steering", _) => Sheet::markdown(text).guide(System::Kiro, GuideKind::Rule, stem(path, &[".md"]), true),
            _ if path.ends_with(".json") => Sheet::json(text, "prompt").agent(System::Kiro, stem(path, &[".json"])),
            _ => Sheet::markdown(text).agent(System::Kiro, stem(path, &[".md"])),
        })
    },
};

/// The folder, and whether the file lies right in it and ends as its files do.
fn place(path: &str) -> Option<(&str, bool)> {
    let (folder, name) = path.strip_prefix(".kiro/")?.split_once('/')?;
    Some((folder, !name.contains('/') && (name.ends_with(".md") || name.ends_with(".json"))))
}

#[cfg(test)]
mod tests {
    use crate::foreign::tests::said;

    #[test]
    fn agents_in_two_formats_and_steering() {
        let json = "{\n  \"name\": \"reviewer\",\n  \"description\": \"Reviews\",\n  \"tools\": [\"read\"],\n  \"prompt\": \"You review.\"\n}\n";
        let said_of = "agent reviewer of Kiro\ndescription: Reviews\ntools: read\nAgent reviewer Definition";
        assert_eq!(said(".kiro/agents/reviewer.json", json), said_of);
        let markdown = "---\nname: reviewer\ndescription: Reviews\ntools: [read]\n---\nYou review.\n";
        assert_eq!(said(".kiro/agents/reviewer.md", markdown), said_of);
        assert_eq!(said(".kiro/steering/product.md", "# Product\n"), "rule product of Kiro\n");
        assert_eq!(said(".kiro/agents/deep/a.md", ""), "not ours");
        assert_eq!(said(".kiro/settings/a.json", ""), "not ours");
    }
}
