//! Where the keys of a file of another tool stand, and how they are written there.

use crate::schema::KeyTable;
use syntax::front_matter::{self, State};
use text::Span;

/// What a table is written with.
pub(super) mod table {
    pub(crate) use crate::project::NameKind;
    pub(crate) use crate::schema::MapKind::Foreign as Of;
    pub(crate) use crate::schema::Value::{
        Any, Boolean, Condition, Glob, Integer, List, Map, MapOr, Name, NameOr, Number, OneOrMore, Open, Path, Table,
        Text, Version, Word as OneOf,
    };
    pub(crate) use crate::schema::{EFFORTS, Key, KeyTable, Value, key, required, word};

    /// Words that a value may be.
    pub(crate) type Words = &'static [crate::schema::Word];
}

/// How keys are written.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Form {
    /// `key: value`.
    #[default]
    Yaml,
    /// `key = value`, below headers.
    Toml,
    /// `"key": value`.
    Json,
}

/// A part of a text that is one tree of keys.
pub(crate) struct Keys {
    /// The keys at its root.
    pub table: &'static KeyTable,
    pub form: Form,
    pub span: Span,
}

/// The front matter.
pub(super) fn front(text: &str, table: &'static KeyTable) -> Option<Keys> {
    let split = front_matter::split(text);
    let is_there = matches!(split.state, State::Closed | State::Unclosed);
    is_there.then_some(Keys { table, form: Form::Yaml, span: split.yaml })
}

/// The whole text.
pub(super) fn whole(text: &str, form: Form, table: &'static KeyTable) -> Option<Keys> {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    Some(Keys { table, form, span: Span::new(start, text.len()) })
}

/// The line around an offset.
pub(super) fn line(text: &str, offset: usize, form: Form, table: &'static KeyTable) -> Option<Keys> {
    let start = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let length = text[start..].find(['\n', '\r']).unwrap_or(text.len() - start);
    Some(Keys { table, form, span: Span::new(start, start + length) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::READERS;
    use crate::schema::{MapKind, Value};
    use crate::{Place, SpecFile, locate};

    /// Every table that a table leads to, itself included.
    fn reachable(table: &'static KeyTable) -> Vec<&'static KeyTable> {
        fn of_value(value: &'static Value, into: &mut Vec<&'static KeyTable>) {
            match value {
                Value::Map(MapKind::Foreign(table)) => add(table, into),
                Value::MapOr(MapKind::Foreign(table), inner) => {
                    add(table, into);
                    of_value(inner, into);
                }
                Value::List(inner) | Value::OneOrMore(inner) | Value::Table(inner) => of_value(inner, into),
                _ => {}
            }
        }
        fn add(table: &'static KeyTable, into: &mut Vec<&'static KeyTable>) {
            if !into.contains(&table) {
                into.push(table);
                table.keys.iter().for_each(|key| of_value(&key.value, into));
            }
        }
        let mut found = Vec::new();
        add(table, &mut found);
        found
    }

    /// A file of each kind that has keys, as short as its reader takes it.
    const FILES: &[(&str, &str)] = &[
        (".claude/agents/a.md", "---\n---\n"),
        (".claude/skills/a/SKILL.md", "---\n---\n"),
        (".claude/commands/a.md", "---\n---\n"),
        (".claude/rules/a.md", "---\n---\n"),
        (".github/agents/a.agent.md", "---\n---\n"),
        (".github/prompts/a.prompt.md", "---\n---\n"),
        (".github/instructions/a.instructions.md", "---\n---\n"),
        (".github/skills/a/SKILL.md", "---\n---\n"),
        (".opencode/agents/a.md", "---\n---\n"),
        (".opencode/commands/a.md", "---\n---\n"),
        (".opencode/skills/a/SKILL.md", "---\n---\n"),
        ("opencode.json", "{\"agent\": {}}"),
        (".gemini/agents/a.md", "---\n---\n"),
        (".gemini/commands/a.toml", ""),
        (".gemini/skills/a/SKILL.md", "---\n---\n"),
        (".codex/agents/a.toml", ""),
        (".agents/skills/a/SKILL.md", "---\n---\n"),
        (".cursor/agents/a.md", "---\n---\n"),
        (".cursor/rules/a.mdc", "---\n---\n"),
        (".cursor/skills/a/SKILL.md", "---\n---\n"),
        (".kiro/agents/a.md", "---\n---\n"),
        (".kiro/agents/a.json", "{}"),
        (".kiro/steering/a.md", "---\n---\n"),
        (".kiro/hooks/a.kiro.hook", "{}"),
        (".atomic/agents/a.md", "---\n---\n"),
        (".beads/issues.jsonl", ""),
        (".beads/config.yaml", ""),
        (".beads/formulas/a.formula.toml", ""),
        (".beads/formulas/a.formula.json", "{}"),
        ("formula-overlays/a.toml", ""),
        (".github/workflows/a.md", "---\n---\n"),
        (".github/workflows/shared/a.md", "---\n---\n"),
        ("WORKFLOW.md", "---\n---\n"),
        (".specify/feature.json", "{}"),
        (".specify/workflows/a/workflow.yml", ""),
        (".specify/workflows/overlays/a/b.yml", ""),
        (".specify/extensions.yml", ""),
        (".specify/extensions/a/extension.yml", ""),
        (".specify/extensions/a/commands/speckit.a.b.md", "---\n---\n"),
        (".specify/presets/a/preset.yml", ""),
        ("bundle.yml", ""),
        (".kiro/specs/a/spec.json", "{}"),
        (".kiro/workflows/a.workflow.yaml", ""),
        (".kiro/workflows/a.workflow.json", "{}"),
        (".atomic/chains/a.chain.md", "---\n---\n"),
        (".atomic/chains/a.chain.md", "---\n---\n## a\nas: b$0\n"),
        (".atomic/chains/a.chain.json", "{}"),
        ("openspec/config.yaml", ""),
        ("openspec/changes/a/.openspec.yaml", ""),
        ("openspec/schemas/a/schema.yaml", ""),
        ("backlog/tasks/task-1 - a.md", "---\n---\n"),
        ("backlog/config.yml", ""),
        (".taskmaster/tasks/tasks.json", "{\"tasks\": []}"),
        (".taskmaster/state.json", "{}"),
        ("docs/stories/1-1-a.md", "---\n---\n"),
        ("docs/sprint-status.yaml", ""),
        ("_bmad/custom/a.toml", ""),
        ("opencode.json", "{}"),
        (".specify/workflows/workflow-registry.json", "{}"),
        (".specify/workflows/steps/step-registry.json", "{}"),
        (".specify/workflows/steps/a/step.yml", ""),
    ];

    /// The table at the root of a file, or around its place `$0`.
    fn table_of(path: &str, text: &str) -> &'static KeyTable {
        let offset = text.find("$0").unwrap_or(text.len().min(4));
        let text = text.replacen("$0", "", 1);
        let reader = READERS.iter().find(|reader| (reader.kind)(path).is_some()).unwrap();
        (reader.keys)(path, &text, offset).unwrap_or_else(|| panic!("{path} has no keys")).table
    }

    #[test]
    fn every_key_of_every_tool_is_said_once_and_in_a_sentence() {
        for (path, text) in FILES {
            for table in reachable(table_of(path, text)) {
                let mut names: Vec<_> = table.keys.iter().map(|key| key.name).collect();
                names.sort_unstable();
                names.dedup();
                assert_eq!(names.len(), table.keys.len(), "{table:?}");
                assert!(!table.source.is_empty(), "{table:?}");
                for key in table.keys {
                    let fits = key.doc.ends_with(['.', '…', '`']) && key.doc.chars().count() <= 120;
                    assert!(fits, "{table:?}: {} has {}", key.name, key.doc.chars().count());
                    assert!(!key.default.ends_with('.') && !key.fate.ends_with('.'), "{table:?}: {}", key.name);
                }
            }
        }
    }

    /// The sources of the readers; what several hosts share belongs to all of them.
    const READ_BY: &[(&str, &[&str])] = &[
        (include_str!("host.rs"), &["/agents/", "SKILL.md", "/commands/", "prompt.md", "/rules/"]),
        (include_str!("agentic_workflows.rs"), &[".github/workflows/"]),
        (include_str!("atomic.rs"), &[".atomic/chains/"]),
        (include_str!("backlog.rs"), &["backlog/"]),
        (include_str!("beads.rs"), &[".beads/issues", ".beads/config"]),
        (include_str!("bmad.rs"), &["docs/"]),
        (include_str!("bmad_skill.rs"), &["_bmad/"]),
        (include_str!("formulas.rs"), &["formula"]),
        (include_str!("kiro.rs"), &[".kiro/specs/"]),
        (include_str!("kiro_hook.rs"), &[".kiro/hooks/"]),
        (include_str!("kiro_workflow.rs"), &[".kiro/workflows/"]),
        (include_str!("open_spec.rs"), &["openspec/"]),
        (include_str!("spec_kit.rs"), &[".specify/feature.json"]),
        (include_str!("spec_kit_manifest.rs"), &[".specify/extensions", ".specify/presets", "bundle.yml"]),
        (include_str!("spec_kit_registry.rs"), &["registry.json", "step.yml"]),
        (include_str!("spec_kit_workflow.rs"), &[".specify/workflows"]),
        (include_str!("symphony.rs"), &["WORKFLOW.md"]),
        (include_str!("taskmaster.rs"), &[".taskmaster/"]),
    ];

    /// Functions that take a key.
    const TAKERS: &[&str] = &[
        "get",
        "entry",
        "text",
        "list",
        "integer",
        "boolean",
        "filled",
        "typed",
        "place",
        "there",
        "needed",
        "text_of",
        "section",
        "list_of_texts",
        "one_of",
        "names_of",
        "parsed",
    ];

    /// The keys that the code of a reader asks for: texts that it hands to such a function, or goes through for one.
    fn asked_for(source: &str) -> Vec<&str> {
        let code = &source[..source.find("#[cfg(test)]").unwrap_or(source.len())];
        let is_key = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        };
        let mut found = Vec::new();
        let texts: Vec<(usize, &str)> = code
            .match_indices('"')
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
            .windows(2)
            .map(|pair| (pair[0], &code[pair[0] + 1..pair[1]]))
            .filter(|(_, word)| is_key(word))
            .collect();
        for (at, word) in texts {
            // words of a message behind the types that are expected
            if code[..at].trim_end().ends_with("],") {
                continue;
            }
            let mut depth = 0;
            let opens = code[..at].char_indices().rev().find(|(_, letter)| {
                match letter {
                    ')' | ']' | '}' => depth += 1,
                    '(' | '[' | '{' if depth == 0 => return true,
                    '(' | '[' | '{' => depth -= 1,
                    _ => {}
                }
                false
            });
            let Some((open, bracket)) = opens else { continue };
            let before = code[..open].trim_end_matches('&').trim_end();
            let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
            let taker = &before[before.trim_end_matches(is_name).len()..];
            let close = code[at..].find(']').map_or(code.len(), |end| at + end);
            let goes_through = before.ends_with("for key in")
                || code[close..].starts_with("].iter().find_map(|key|")
                || code[close..].starts_with("].iter().any(|key|");
            match bracket {
                // of several texts the first is the key
                '(' if TAKERS.contains(&taker) && !code[..at].trim_end().ends_with("\",") => found.push(word),
                '[' if goes_through => found.push(word),
                _ => {}
            }
        }
        found
    }

    #[test]
    fn every_key_that_a_reader_asks_for_is_in_its_tables() {
        let mut all = 0;
        for (source, places) in READ_BY {
            let files = FILES.iter().filter(|(path, _)| places.iter().any(|place| path.contains(place)));
            let known: Vec<&str> = files
                .flat_map(|(path, text)| reachable(table_of(path, text)))
                .flat_map(|table| table.keys.iter().map(|key| key.name))
                .collect();
            let asked = asked_for(source);
            all += asked.len();
            let missing: Vec<&&str> = asked.iter().filter(|name| !known.contains(name)).collect();
            assert!(missing.is_empty(), "{places:?}: {missing:?}");
        }
        assert!(all > 150, "the sources are not understood any more: {all}");
    }

    #[test]
    fn every_reader_with_keys_has_a_file_here() {
        for reader in READERS {
            let own = |path: &str| (reader.kind)(path).is_some();
            assert!(FILES.iter().any(|(path, _)| own(path)), "{:?}", reader.places);
        }
    }

    #[test]
    fn every_key_that_hosts_mind_is_in_their_tables() {
        for (path, text) in FILES.iter().filter(|(path, _)| path.contains("/agents/")) {
            let table = table_of(path, text);
            for key in crate::portability::keys(table.system) {
                assert!(table.keys.iter().any(|known| known.name == key), "{key} of {table:?}");
            }
        }
    }

    /// The key or the value that is meant at `$0`, with the keys that are there.
    fn at(path: &str, text: &str) -> String {
        let offset = text.find("$0").unwrap();
        let text = text.replacen("$0", "", 1);
        let Some(file) = SpecFile::read(path, &text) else { return "not ours".to_owned() };
        let cursor = locate(&file, offset);
        let place = match cursor.place {
            Place::Key { map, key, present } => {
                let key = key.map_or("-", |key| key.name);
                format!("{key} of {} beside {}", map.title(), present.join(" "))
            }
            Place::Value { key, present, .. } => format!("value of {} beside {}", key.name, present.join(" ")),
            Place::Outside => "outside".to_owned(),
            other => format!("{other:?}"),
        };
        format!("{}: `{}`", place.trim_end_matches(" beside ").trim_end(), cursor.span.of(&text))
    }

    #[test]
    fn yaml_of_hosts_in_any_state() {
        let agent = |yaml: &str| at(".claude/agents/a.md", &format!("---\n{yaml}\n---\nText.\n"));
        assert_eq!(agent("name: a\nmo$0"), "- of an agent beside name: `mo`");
        assert_eq!(agent("na$0me: a\nmodel: b"), "name of an agent beside model: `name`");
        assert_eq!(agent("description: Use when: now\n$0"), "- of an agent beside description: ``");
        assert_eq!(agent("tools: Read, Gr$0"), "value of tools beside Read: `Gr`");
        assert_eq!(agent("tools: Read, $0"), "value of tools beside Read: ``");
        assert_eq!(agent("tools: [Read, $0]"), "value of tools beside Read: ``");
        assert_eq!(
            agent("hooks:\n  PreToolUse:\n    - matcher: Bash\n      ho$0"),
            "- of an entry of a hook's event beside matcher: `ho`"
        );
        assert_eq!(agent("name: a # no$0te"), "outside: ``");
        assert_eq!(agent("unknown:\n  ke$0y: a"), "outside: ``");
        let body = at(".claude/agents/a.md", "---\nname: a\n---\nmod$0\n");
        assert_eq!(body, "outside: ``", "nothing below the front matter");
        assert_eq!(at(".claude/agents/a.md", "mod$0\n"), "outside: ``", "nothing without one");
        assert_eq!(
            at(".claude/agents/a.md", "---\nname: a\nmod$0"),
            "- of an agent beside name: `mod`",
            "one not closed"
        );
        assert_eq!(
            at(".github/agents/a.md", "---\nhandoffs:\n  - label: x\n    se$0\n---\n"),
            "- of a handoff beside label: `se`"
        );
        assert_eq!(at(".opencode/agents/a.md", "---\npermission:\n  bash: $0\n---\n"), "value of bash: ``");
        assert_eq!(at(".opencode/agents/a.md", "---\npermission:\n  bash:\n    \"*\": a$0\n---\n"), "value of *: `a`");
    }

    #[test]
    fn toml_of_hosts_in_any_state() {
        let agent = |toml: &str| at(".codex/agents/a.toml", toml);
        assert_eq!(agent("name = \"a\"\nde$0"), "- of an agent beside name: `de`");
        assert_eq!(agent("$0"), "- of an agent: ``");
        assert_eq!(agent("na$0me = \"a\"\nmodel = \"b\"\n"), "name of an agent beside model: `name`");
        assert_eq!(agent("model_reasoning_effort = $0\n"), "value of model_reasoning_effort: ``");
        assert_eq!(agent("model_reasoning_effort = \"hi$0\"\nname = \"a\"\n"), "value of model_reasoning_effort: `hi`");
        assert_eq!(
            agent("developer_instructions = \"\"\"\nna$0\n\"\"\"\n"),
            "value of developer_instructions: `\"\"\nna\n\"\"`"
        );
        assert_eq!(
            agent("[[skills.config]]\npath = \"a\"\n\n[[skills.config]]\nen$0"),
            "- of an entry of `skills.config`: `en`"
        );
        assert_eq!(
            agent("[[skills.config]]\npath = \"a\"\n$0\n[[skills.config]]\n"),
            "- of an entry of `skills.config` beside path: ``"
        );
        assert_eq!(
            agent("skills = {config = [{pa$0}]}"),
            "path of an entry of `skills.config`: `pa`".replace("path of", "- of")
        );
        assert_eq!(agent("name = \"a\"\n\n[sk$0]"), "- of an agent beside name: `sk`");
        assert_eq!(agent("[skills.co$0]"), "- of `skills`: `co`");
        assert_eq!(agent("skills.co$0"), "- of `skills`: `co`");
        assert_eq!(agent("name = \"a\" # mo$0"), "outside: ``");
    }

    #[test]
    fn json_of_hosts_in_any_state() {
        let hook = |json: &str| at(".kiro/hooks/a.kiro.hook", json);
        assert_eq!(hook("{$0}"), "- of a hook: ``");
        assert_eq!(hook("{\n  \"na$0\"\n}"), "- of a hook: `na`");
        assert_eq!(hook("{\n  \"name\": \"a\",\n  $0\n}"), "- of a hook beside name: ``");
        assert_eq!(hook("{\n  \"name\": \"a\",\n  \"en$0\n}"), "- of a hook beside name: `en`");
        assert_eq!(hook("{\n  \"name\": \"a\"\n  en$0\n}"), "- of a hook beside name: `en`", "no comma yet");
        assert_eq!(hook("{\"when\": {\"type\": \"fi$0\"}}"), "value of type: `fi`");
        assert_eq!(hook("{\"when\": {\"type\": $0}}"), "value of type: ``");
        assert_eq!(hook("{\"when\": {\"type\": \"x\", $0"), "- of `when` beside type: ``");
        assert_eq!(hook("{\"wh$0en\": {}}"), "when of a hook: `when`");
    }

    proptest::proptest! {
        /// Half-typed text of any kind, at any place: a place is found or none is, and what is replaced is in the text.
        #[test]
        fn nothing_that_is_typed_breaks_it(
            text in "(---\n)?([a-z]{1,5}[:=] ?[\\[{\"]?[a-zé,]{0,4}[\\]}\"]?\n|  - [a-z\": ]{0,5}\n|\\[\\[?[a-z.]{0,6}\\]?\n|\"[a-z]{0,4}\"?:? ?[{\\[,]?|\"\"\"\n|## é\n|steps:\n|#\n){0,9}(---\n)?\\PC{0,6}",
            at in 0usize..120,
        ) {
            for (path, _) in FILES {
                let Some(file) = SpecFile::read(path, &text) else { continue };
                let mut at = at.min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                let cursor = locate(&file, at);
                proptest::prop_assert!(text.get(cursor.span.range()).is_some(), "{path} at {at}");
            }
        }
    }
}
