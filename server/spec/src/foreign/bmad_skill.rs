//! Reads how BMAD's skills can be changed: the `customize.toml` beside a `SKILL.md`, and a team's or a person's own words on
//! one, `_bmad/custom/<skill>.toml` and `_bmad/custom/<skill>.user.toml`.
//!
//! ```toml
//! [agent]
//! name = "Winston"
//! title = "System Architect"
//! [[agent.menu]]
//! code = "CA"
//! description = "Produce the architecture"
//! skill = "bmad-architecture"
//! ```
//! `[workflow]` instead of `[agent]` belongs to a skill without a person. Entries with the same `code` or `id` replace each
//! other, lists grow, single values are replaced. BMAD's own script reads them, and says nothing of a key that it does not
//! know; nothing is reported.

use super::host::folder;
use super::keys::table::*;
use super::keys::{self, Form};
use super::{Reader, Reading, System};
use crate::facts::Collector;
use crate::manifest::{Manifest, Part};
use crate::project::{Content, FileKind};
use crate::read as take;
use syntax::toml;
use syntax::yaml::Node;
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &[
        "_bmad/custom/*.toml",
        ".claude/skills/*/customize.toml",
        ".agents/skills/*/customize.toml",
        ".github/skills/*/customize.toml",
        ".opencode/skills/*/customize.toml",
        ".cursor/skills/*/customize.toml",
    ],
    kind: |path| of_path(path).map(|_| FileKind::Manifest),
    read,
    keys: |_, text, _| keys::whole(text, Form::Toml, &CUSTOMIZE),
};

/// The skill that a file is about, and true for an override of it.
fn of_path(path: &str) -> Option<(&str, bool)> {
    if let Some(file) = path.strip_prefix("_bmad/custom/") {
        let name = file.strip_suffix(".toml")?;
        let name = name.strip_suffix(".user").unwrap_or(name);
        // `config.toml` is of all skills.
        return (!name.is_empty() && !name.contains('/') && name != "config").then_some((name, true));
    }
    let inside = path.strip_suffix("/customize.toml")?;
    let (host, skill) = inside.rsplit_once("/skills/")?;
    let known = [".claude", ".agents", ".github", ".opencode", ".cursor"].contains(&host);
    (known && !skill.is_empty() && !skill.contains('/')).then(|| (folder(path), false))
}

fn read(path: &str, text: &str) -> Option<Reading> {
    let (skill, over) = of_path(path)?;
    let root = toml::read(text, Span::new(0, text.len())).root;
    let (what, table) = ["agent", "workflow"].iter().find_map(|what| Some((*what, root.get(what)?)))?;
    let mut manifest = Manifest::new(System::Bmad, if over { "override" } else { what });
    let first = root.entry(what).map_or(Span::empty(0), |entry| entry.key.span);
    manifest.name = Some(Spanned::new(skill.to_owned(), first));
    let named = take::text(table, "name").zip(take::text(table, "title"));
    manifest.description =
        named.map(|(name, title)| name.map(|name| format!("{name}, {}", title.value))).or(take::text(table, "role"));
    manifest.parts.extend(entries(table, "menu", "entry"));
    manifest.parts.extend(entries(table, "party_members", "member"));
    manifest.parts.extend(entries(table, "party_groups", "group"));
    let mut names = Collector::default();
    names.add(NameKind::Skill, skill, crate::project::Role::Use, first);
    names.manifest(&manifest);
    let facts = names.facts(0);
    Some(Reading { content: Content::Manifest(Box::new(manifest)), facts, problems: Vec::new() })
}

/// The entries of a list of tables that have a `code` or an `id`.
fn entries(table: &Node, key: &str, kind: &'static str) -> Vec<Part> {
    let items = table.get(key).map(Node::items).unwrap_or_default();
    let part = |item: &Node| {
        let name = take::text(item, "code").or_else(|| take::text(item, "id"))?;
        let description = ["description", "title", "name"].iter().find_map(|key| take::text(item, key));
        let starts = take::text(item, "skill").map(|skill| (NameKind::Skill, skill));
        Some(Part { kind, description, starts, span: name.span.cover(item.span), name: Some(name), file: None })
    };
    items.iter().filter_map(part).collect()
}

const CUSTOM: &str = "BMAD 6.12, the comments of its own `customize.toml` files";

static CUSTOMIZE: KeyTable = KeyTable {
    system: System::Bmad,
    title: "how a skill can be changed",
    source: CUSTOM,
    keys: &[
        key("agent", Map(Of(&AGENT)), "A skill that is a person."),
        key("workflow", Map(Of(&AGENT)), "A skill without a person."),
    ],
};

static AGENT: KeyTable = KeyTable {
    system: System::Bmad,
    title: "a skill",
    source: CUSTOM,
    keys: &[
        key("name", Text, "The person's name. Of the skill's own file it is not replaced."),
        key("title", Text, "The person's profession. Of the skill's own file it is not replaced."),
        key("icon", Text, "A sign that stands before what it says."),
        key("role", Text, "What it is there for."),
        key("identity", Text, "Who it is."),
        key("communication_style", Text, "How it speaks."),
        key("principles", List(&Text), "What it goes by; a team's grow the list."),
        key("persistent_facts", List(&Text), "What it always knows: words, or `file:` and a glob. The list grows."),
        key("activation_steps_prepend", List(&Text), "What it does before it begins. The list grows."),
        key("activation_steps_append", List(&Text), "What it does right after it has begun. The list grows."),
        key("on_complete", Text, "What it does when it is done."),
        key("menu", List(&Map(Of(&ENTRY))), "What it offers; one with the same `code` replaces another."),
        key(
            "party_members",
            List(&Map(Of(&MEMBER))),
            "Who can be asked to a party; one with the same `code` replaces another.",
        ),
        key("party_groups", List(&Map(Of(&GROUP))), "Who is asked together; one with the same `id` replaces another."),
    ],
};

static ENTRY: KeyTable = KeyTable {
    system: System::Bmad,
    title: "an entry of the menu",
    source: CUSTOM,
    keys: &[
        required("code", Text, "What is typed for it: two letters."),
        required("description", Text, "What it does."),
        key("skill", Name(NameKind::Skill), "The skill that is started. Either this or `prompt`."),
        key("prompt", Text, "What the agent is told. Either this or `skill`."),
    ],
};

static MEMBER: KeyTable = KeyTable {
    system: System::Bmad,
    title: "a member of a party",
    source: CUSTOM,
    keys: &[
        required("code", Text, "What the member is known by."),
        key("id", Text, "The same as `code`."),
        key("name", Text, "The member's name."),
        key("title", Text, "The member's profession."),
        key("icon", Text, "A sign that stands before what the member says."),
        key("description", Text, "Who the member is."),
    ],
};

static GROUP: KeyTable = KeyTable {
    system: System::Bmad,
    title: "a group of a party",
    source: CUSTOM,
    keys: &[
        required("id", Text, "What the group is known by."),
        key("name", Text, "What the group is called."),
        key("description", Text, "What it is good for."),
        key("members", List(&Text), "Who belongs to it."),
    ],
};

#[cfg(test)]
mod tests {
    use crate::SpecFile;

    const ANN: &str = "# keep\n[agent]\nname = \"Ann\"\ntitle = \"Bell founder\"\nprinciples = [\"Ring true.\"]\n\n\
        [[agent.menu]]\ncode = \"CB\"\ndescription = \"Cast a bell\"\nskill = \"bell-casting\"\n\n\
        [[agent.menu]]\ncode = \"LI\"\ndescription = \"Listen\"\nprompt = \"Listen to it.\"\n";

    #[test]
    fn a_menu_leads_to_skills() {
        let file = SpecFile::read(".claude/skills/bell-founder/customize.toml", ANN).unwrap();
        let manifest = file.manifest().unwrap();
        assert_eq!(manifest.what, "agent");
        assert_eq!(manifest.description.as_ref().unwrap().value, "Ann, Bell founder");
        let parts: Vec<_> =
            manifest.parts.iter().map(|part| (part.kind, part.name.as_ref().unwrap().value.as_str())).collect();
        assert_eq!(parts, [("entry", "CB"), ("entry", "LI")]);
        let names: Vec<_> =
            file.facts.names.iter().map(|(name, role, span)| (name.text.as_str(), *role, span.of(ANN))).collect();
        assert_eq!(
            names,
            [("bell-founder", crate::Role::Use, "agent"), ("bell-casting", crate::Role::Use, "bell-casting"),]
        );
    }

    #[test]
    fn what_a_team_says_is_of_the_skill_that_the_file_is_named_after() {
        for path in ["_bmad/custom/bell-founder.toml", "_bmad/custom/bell-founder.user.toml"] {
            let file = SpecFile::read(path, ANN).unwrap();
            assert_eq!(
                (file.manifest().unwrap().what, file.facts.names[0].0.text.as_str()),
                ("override", "bell-founder")
            );
        }
        assert!(SpecFile::read("_bmad/custom/config.toml", ANN).is_none());
        assert!(SpecFile::read(".claude/skills/x/customize.toml", "[tool]\nname = \"x\"\n").is_none());
        let party = "[workflow]\n[[workflow.party_groups]]\nid = \"ringers\"\nmembers = [\"ann\"]\n";
        let file = SpecFile::read(".agents/skills/party/customize.toml", party).unwrap();
        assert_eq!(file.manifest().unwrap().parts[0].kind, "group");
    }
}
