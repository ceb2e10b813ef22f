//! Keys of other tools' files: what hover says of them, and how completion writes them. Where the cursor stands and what may
//! stand there is found as in our own files ([`spec::locate`]); the tables stand beside the readers in `spec`.
//!
//! Nothing is reported of a key that no table has: its tool may know it.

use crate::completion::key_words;
use spec::portability::{self, Effect};
use spec::schema::{Key, KeyTable, Value};
use spec::{Content, Form, SpecFile};

/// What there is to say about a key: who reads it, what it takes, what holds without it, where that is said.
pub(crate) fn about(file: &SpecFile, table: &KeyTable, key: &Key, root: bool) -> String {
    let needed = if key.required { " · required" } else { "" };
    let mut text =
        format!("**{}** · key of {} of {}{needed}\n\n{}", key.name, table.title, table.system.word(), key_words(key));
    if let Content::Agent(_) = &file.content
        && root
    {
        text.push_str(&elsewhere(file, key.name));
    }
    text.push_str(&format!("\n\nAs said in {}", table.source));
    text
}

/// What hosts make of the key of an agent; what the rule `agent/portability` looks at.
fn elsewhere(file: &SpecFile, key: &str) -> String {
    let Some((_, host)) = file.host_agent() else { return String::new() };
    let here = portability::readers(&file.path);
    let mut text = String::new();
    for system in portability::hosts().filter(|system| *system != host.system) {
        let reads = if here.contains(&system) { " (reads it here, too)" } else { "" };
        let words = match portability::of_key(system, key) {
            None => continue,
            Some((true, Effect::Loads | Effect::Ignores)) => "knows it".to_owned(),
            Some((true, worst)) => format!("knows it, and {} where it is not as it should be", worst.words()),
            Some((false, effect)) => format!("does not know it: {}", effect.words()),
        };
        text.push_str(&format!("\n- {}{reads}: {words}", system.word()));
    }
    if text.is_empty() { text } else { format!("\n\nThe same key elsewhere (`agent/portability`):{text}") }
}

/// How a key and its value are written in TOML and JSON, as a snippet. `path` leads to the map that it stands in.
pub(super) fn lines(form: Form, key: &Key, path: &[String]) -> String {
    let name = key.name;
    let value = |quoted: &str| match key.value {
        Value::Boolean | Value::Integer | Value::Number | Value::Any => "$0".to_owned(),
        Value::List(Value::Map(_)) => "[{$0}]".to_owned(),
        Value::List(_) | Value::OneOrMore(_) => "[$0]".to_owned(),
        Value::Map(_) | Value::MapOr(..) | Value::Table(_) => "{$0}".to_owned(),
        _ => quoted.to_owned(),
    };
    let whole = || {
        let mut path: Vec<&str> = path.iter().map(String::as_str).collect();
        path.push(name);
        path.join(".")
    };
    match (form, key.value) {
        (Form::Toml, Value::List(Value::Map(_))) => format!("[[{}]]\n$0", whole()),
        (Form::Toml, Value::Map(_) | Value::Table(_)) => format!("[{}]\n$0", whole()),
        (Form::Toml, _) => format!("{name} = {}", value("\"$0\"")),
        _ => format!("\"{name}\": {}", value("\"$0\"")),
    }
}

/// True for what a header of TOML can name.
pub(super) fn is_table(value: &Value) -> bool {
    matches!(value, Value::Map(_) | Value::MapOr(..) | Value::Table(_) | Value::List(Value::Map(_)))
}

/// A word as it is written as a value: in quotes where its form asks for them. Nothing is put around what stands in quotes.
pub(super) fn word(form: Form, word: &str, value: &Value, in_quotes: bool) -> String {
    let bare = matches!(value, Value::Boolean | Value::Integer | Value::Number);
    let special = word.starts_with(['*', '&', '!', '@', '`', '%', '|', '>', '{', '[', '#']) || word.contains(": ");
    match form {
        _ if in_quotes || bare => word.to_owned(),
        Form::Yaml if !special => word.to_owned(),
        _ => format!("\"{word}\""),
    }
}

#[cfg(test)]
mod tests {
    use crate::Snapshot;
    use crate::completion::{Item, complete};
    use crate::hover::hover;
    use spec::SpecFile;
    use std::sync::Arc;

    /// The text without its `$0`, what is offered there, and what hover says.
    fn at(path: &str, text: &str, others: &[(&str, &str)]) -> (String, Vec<Item>, String) {
        let offset = text.find("$0").unwrap();
        let text = text.replacen("$0", "", 1);
        let mut snapshot = Snapshot::default();
        for (path, text) in others.iter().copied().chain([(path, text.as_str())]) {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        let said = hover(&snapshot, path, None, offset).map_or(String::new(), |hover| hover.markdown);
        let items = complete(&snapshot, path, offset);
        (text, items, said)
    }

    fn labels(path: &str, text: &str) -> Vec<String> {
        at(path, text, &[]).1.into_iter().map(|item| item.label).collect()
    }

    /// The text after an item was chosen.
    fn put_in(path: &str, text: &str, label: &str) -> String {
        let (mut text, items, _) = at(path, text, &[]);
        let Some(item) = items.iter().find(|item| item.label == label) else {
            panic!("no {label} in {:?}", items.iter().map(|item| &item.label).collect::<Vec<_>>())
        };
        text.replace_range(item.span.range(), &item.insert);
        text
    }

    #[test]
    fn a_key_says_who_reads_it_and_what_others_make_of_it() {
        let (_, _, said) = at(".claude/agents/a.md", "---\nname: a\ncol$0or: red\n---\n", &[]);
        for words in [
            "**color** · key of an agent of Claude Code",
            "The same key elsewhere (`agent/portability`):",
            "- GitHub Copilot (reads it here, too): does not know it: loads it and ignores a key",
            "- opencode: knows it, and refuses its whole configuration where it is not as it should be",
            "- Gemini CLI: does not know it: drops this file",
            "As said in Claude Code 2.1.328 and its documentation: https://code.claude.com/docs/en/sub-agents",
        ] {
            assert!(said.contains(words), "{words} in\n{said}");
        }
        let (_, _, said) = at(".opencode/agents/a.md", "---\nmax$0Steps: 5\n---\n", &[]);
        assert!(said.contains("Without it") || said.contains("**Deprecated: `steps` says it.**"), "{said}");
        let (_, _, said) = at(".claude/agents/a.md", "---\nmod$0el: opus\n---\n", &[]);
        assert!(said.contains("Without it: `inherit`.") && said.contains("- `sonnet`: "), "{said}");
        let (_, _, said) = at(".claude/agents/a.md", "---\nmodel: op$0us\n---\n", &[]);
        assert_eq!(said, "`opus`: The newest large one.");
        assert_eq!(at(".claude/agents/a.md", "---\nmodel: my-o$0wn\n---\n", &[]).2, "", "nothing is known of it");
        assert_eq!(at(".claude/agents/a.md", "---\nmy_$0own: x\n---\n", &[]).2, "", "nothing is known of it");
    }

    #[test]
    fn yaml_keys_and_words() {
        let path = ".claude/agents/a.md";
        let found = labels(path, "---\nname: a\n$0\n---\n");
        assert!(found.contains(&"description".to_owned()) && !found.contains(&"name".to_owned()), "{found:?}");
        assert_eq!(put_in(path, "---\nname: a\nde$0\n---\n", "description"), "---\nname: a\ndescription: \"\"\n---\n");
        assert_eq!(put_in(path, "---\nmodel: $0\n---\n", "opus"), "---\nmodel: opus\n---\n");
        assert_eq!(put_in(path, "---\ntools: Read, Gr$0\n---\n", "Grep"), "---\ntools: Read, Grep\n---\n");
        assert!(!labels(path, "---\ntools: Read, $0\n---\n").contains(&"Read".to_owned()), "it is there");
        assert_eq!(labels(path, "---\nbackground: $0\n---\n"), ["true", "false"]);
        assert_eq!(
            put_in(path, "---\nname: a\nhooks:\n  PreToolUse:\n    - $0\n---\n", "matcher"),
            "---\nname: a\nhooks:\n  PreToolUse:\n    - matcher: \n---\n"
        );
        for nothing in
            ["---\nname: a\n---\n$0\n", "---\nname: a\n---\nWords mod$0\n", "---\nname: $0\n---\n", "# mod$0\n"]
        {
            assert_eq!(labels(path, nothing), [""; 0], "{nothing}");
        }
        let old = labels(".opencode/agents/a.md", "---\nname: a\n$0\n---\n");
        assert!(!old.contains(&"maxSteps".to_owned()), "nobody is led to what goes away: {old:?}");
    }

    #[test]
    fn names_of_the_repository_are_values() {
        let skill = (".claude/skills/tides/SKILL.md", "---\nname: tides\ndescription: x\n---\n");
        let agent = (".claude/agents/pilot.md", "---\nname: pilot\ndescription: x\n---\n");
        let names = |path: &str, text: &str| -> Vec<String> {
            at(path, text, &[skill, agent]).1.into_iter().map(|item| item.label).collect()
        };
        assert_eq!(names(".claude/agents/a.md", "---\nskills: [$0]\n---\n"), ["tides"]);
        assert_eq!(names(".claude/commands/a.md", "---\nagent: $0\n---\n"), ["pilot"]);
        assert_eq!(names(".github/prompts/a.prompt.md", "---\nagent: $0\n---\n"), ["ask", "agent", "plan", "pilot"]);
    }

    #[test]
    fn toml_keys_words_and_headers() {
        let path = ".codex/agents/a.toml";
        assert_eq!(put_in(path, "name = \"a\"\nde$0", "description"), "name = \"a\"\ndescription = \"\"");
        assert_eq!(put_in(path, "model_reasoning_effort = $0\n", "high"), "model_reasoning_effort = \"high\"\n");
        assert_eq!(put_in(path, "model_reasoning_effort = \"h$0\"\n", "high"), "model_reasoning_effort = \"high\"\n");
        assert_eq!(put_in(path, "sk$0\n", "skills"), "[skills]\n\n");
        assert_eq!(put_in(path, "[skills]\ncon$0", "config"), "[skills]\n[[skills.config]]\n");
        assert_eq!(labels(path, "[sk$0]\n"), ["skills"]);
        assert_eq!(labels(path, "developer_instructions = \"\"\"\n$0\n\"\"\"\n"), [""; 0]);
        assert_eq!(labels(".gemini/commands/a.toml", "prompt = \"x\"\n$0"), ["description"]);
    }

    #[test]
    fn json_keys_and_words() {
        let path = ".kiro/hooks/a.kiro.hook";
        assert_eq!(put_in(path, "{$0}", "name"), "{\"name\": \"\"}");
        assert_eq!(put_in(path, "{\n  \"na$0\"\n}", "name"), "{\n  \"name\": \"\"\n}");
        assert_eq!(put_in(path, "{\n  \"na$0\n}", "name"), "{\n  \"name\": \"\"\n}");
        assert_eq!(put_in(path, "{\"na$0\": 1}", "name"), "{\"name\": 1}");
        assert_eq!(put_in(path, "{\"enabled\": $0}", "false"), "{\"enabled\": false}");
        assert_eq!(put_in(path, "{\"when\": {\"type\": $0}}", "fileEdited"), "{\"when\": {\"type\": \"fileEdited\"}}");
        assert_eq!(
            put_in(path, "{\"when\": {\"type\": \"f$0\"}}", "fileEdited"),
            "{\"when\": {\"type\": \"fileEdited\"}}"
        );
        assert_eq!(put_in(path, "{\"when\": {\"pat$0\"}}", "patterns"), "{\"when\": {\"patterns\": []}}");
        assert_eq!(labels(path, "{\"name\": \"$0\"}"), [""; 0]);
    }
}
