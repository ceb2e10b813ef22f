//! Reads what Spec Kit lists as installed for its workflow engine: `.specify/workflows/workflow-registry.json`,
//! `.specify/workflows/steps/step-registry.json`, and the step types themselves, `.specify/workflows/steps/<id>/step.yml`.
//!
//! What is reported is what Spec Kit 1.0.1 stops at: each of its `workflow` commands ends with "corrupted" where the list of
//! workflows is no JSON, no map, or has no map `workflows`, and a workflow does not start whose entry is no map. A broken list
//! of steps and a broken step type are passed over by it without a word; so are they here.

use super::atomic::broken;
use super::keys::table::*;
use super::keys::{self, Form};
use super::{Reader, Reading, System};
use crate::facts::Collector;
use crate::manifest::{Manifest, Part};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read as take;
use syntax::json;
use syntax::yaml::{self, Entry, Kind, Node};
use text::{Span, Spanned};

const WORKFLOWS: &str = ".specify/workflows/workflow-registry.json";
const STEPS: &str = ".specify/workflows/steps/step-registry.json";

pub(crate) const READER: Reader = Reader {
    places: &[WORKFLOWS, STEPS, ".specify/workflows/steps/*/step.yml"],
    kind: |path| (path == WORKFLOWS || path == STEPS || is_step(path)).then_some(FileKind::Manifest),
    read: |path, text| match path {
        WORKFLOWS => Some(workflows(text)),
        STEPS => Some(steps(text)),
        _ => step(text),
    },
    keys: |path, text, _| match path {
        WORKFLOWS => keys::whole(text, Form::Json, &WORKFLOW_LIST),
        STEPS => keys::whole(text, Form::Json, &STEP_LIST),
        _ => keys::whole(text, Form::Yaml, &STEP_TYPE),
    },
};

fn is_step(path: &str) -> bool {
    let id = path.strip_prefix(".specify/workflows/steps/").and_then(|rest| rest.strip_suffix("/step.yml"));
    id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
}

fn workflows(text: &str) -> Reading {
    let document = json::read(text, Span::new(0, text.len()));
    let root = &document.root;
    let mut problems = Vec::new();
    let mut refuse = |span: Span, words: &str| {
        problems.push(Problem { kind: ProblemKind::Refused(System::SpecKit, words.to_owned()), span });
    };
    let start = Span::new(0, text.chars().next().map_or(0, char::len_utf8));
    // Python's reader takes these words, too.
    let python = text.contains("NaN") || text.contains("Infinity");
    match (broken(&document), root.get("workflows")) {
        (Some(_), _) if python => {}
        (Some((words, span)), _) => refuse(span, &words),
        (None, _) if !matches!(root.kind, Kind::Map(_)) => refuse(start, "the list must be a map"),
        (None, None) => refuse(start, "`workflows` is missing"),
        (None, Some(node)) if !matches!(node.kind, Kind::Map(_)) => refuse(node.span, "`workflows` must be a map"),
        (None, Some(list)) => {
            for entry in list.entries().iter().filter(|entry| !matches!(entry.value.kind, Kind::Map(_))) {
                refuse(entry.value.span, "the entry of a workflow must be a map");
            }
        }
    }
    let mut manifest = Manifest::new(System::SpecKit, "registry");
    manifest.parts = list(root, "workflows", "workflow");
    reading(manifest, problems)
}

fn steps(text: &str) -> Reading {
    let root = json::read(text, Span::new(0, text.len())).root;
    let mut manifest = Manifest::new(System::SpecKit, "registry");
    manifest.parts = list(&root, "steps", "step");
    for part in &mut manifest.parts {
        part.file = part.name.as_ref().map(|name| name.clone().map(|id| format!("{id}/step.yml")));
    }
    reading(manifest, Vec::new())
}

fn list(root: &Node, key: &str, kind: &'static str) -> Vec<Part> {
    let entries = root.get(key).map(Node::entries).unwrap_or_default();
    let part = |entry: &Entry| {
        let words = take::text(&entry.value, "description").or_else(|| take::text(&entry.value, "name"));
        // Only `false` and its like switch one off; it is what `specify workflow disable` writes.
        let is_off = entry.value.get("enabled").and_then(Node::scalar) == Some("false");
        let words = if is_off {
            let own = words.as_ref().map_or(String::new(), |words| format!(": {}", words.value));
            Some(Spanned::new(format!("disabled{own}"), entry.value.span))
        } else {
            words
        };
        let span = entry.key.span.cover(entry.value.span);
        Part { kind, name: Some(entry.key.clone()), description: words, span, ..Part::default() }
    };
    entries.iter().map(part).collect()
}

/// A step type that was installed: `step: {type_key, name, description}`.
fn step(text: &str) -> Option<Reading> {
    let root = yaml::read(text, Span::new(0, text.len())).root;
    let step = root.get("step")?;
    let mut manifest = Manifest::new(System::SpecKit, "step");
    manifest.name = take::text(step, "type_key");
    manifest.description = take::text(step, "description").or_else(|| take::text(step, "name"));
    Some(reading(manifest, Vec::new()))
}

fn reading(manifest: Manifest, problems: Vec<Problem>) -> Reading {
    let mut names = Collector::default();
    names.manifest(&manifest);
    Reading { content: Content::Manifest(Box::new(manifest)), facts: names.facts(0), problems }
}

const LISTS: &str = "the source of Spec Kit 1.0.1, which writes the file itself: `specify workflow add`, `disable`";

static WORKFLOW_LIST: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "the list of workflows",
    source: LISTS,
    keys: &[
        key("schema_version", Text, "Version of the format."),
        required("workflows", Table(&Map(Of(&LISTED))), "What is installed, by id."),
    ],
};

static STEP_LIST: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "the list of step types",
    source: LISTS,
    keys: &[
        key("schema_version", Text, "Version of the format."),
        required("steps", Table(&Map(Of(&LISTED))), "What is installed, by id."),
    ],
};

static LISTED: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "what is installed",
    source: LISTS,
    keys: &[
        key("name", Text, "What it is called, for people."),
        key("version", Text, "Which version of it."),
        key("description", Text, "What it does."),
        key("source", Text, "Where it comes from."),
        key("enabled", Boolean, "False: as if it were not there.").or("`true`"),
        key("installed_at", Text, "When it was installed."),
        key("updated_at", Text, "When it was last changed."),
    ],
};

static STEP_TYPE: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "a step type",
    source: "the source of Spec Kit 1.0.1",
    keys: &[
        key("schema_version", Text, "Version of the format."),
        required("step", Map(Of(&STEP_HEADER)), "What it is."),
    ],
};

static STEP_HEADER: KeyTable = KeyTable {
    system: System::SpecKit,
    title: "`step`",
    source: "the source of Spec Kit 1.0.1",
    keys: &[
        required("type_key", Text, "What steps of workflows name as their `type`."),
        key("name", Text, "What it is called, for people."),
        key("version", Text, "Its version."),
        key("author", Text, "Who made it."),
        key("description", Text, "What it does."),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SpecFile;
    use crate::project::{NameKind, Project, Role};
    use std::sync::Arc;

    const LIST: &str = r#"{
  "schema_version": "1.0",
  "workflows": {
    "feature": {"name": "A feature", "version": "1.0.0", "source": "bundled"},
    "night": {"name": "At night", "enabled": false}
  }
}"#;

    #[test]
    fn an_entry_leads_to_its_workflow() {
        let mut project = Project::default();
        project.set(Arc::new(SpecFile::read(WORKFLOWS, LIST).unwrap()));
        let flow = "schema_version: \"1.0\"\nworkflow: {id: feature, name: F, version: \"1.0.0\"}\nsteps:\n  - {id: a, command: speckit.plan}\n";
        project.set(Arc::new(SpecFile::read(".specify/workflows/feature/workflow.yml", flow).unwrap()));
        let name = crate::Name { kind: NameKind::Flow, text: "feature".into() };
        let roles: Vec<_> = project.places(&name).iter().map(|(_, role, _)| *role).collect();
        assert_eq!(roles, [Role::Definition, Role::Use]);
        let file = project.file(WORKFLOWS).unwrap();
        let night = file.manifest().unwrap().parts[1].description.as_ref().unwrap();
        assert_eq!(night.value, "disabled: At night");
    }

    #[test]
    fn says_what_ends_each_command_of_the_engine() {
        let refusal = |text: &str| {
            let file = SpecFile::read(WORKFLOWS, text).unwrap();
            file.problems.into_iter().map(|problem| problem.span.of(text).to_owned()).collect::<Vec<_>>()
        };
        assert!(refusal(LIST).is_empty());
        assert_eq!(refusal("[]"), ["["]);
        assert_eq!(refusal("{\"schema_version\": \"1.0\"}"), ["{"]);
        assert_eq!(refusal("{\"workflows\": []}"), ["[]"]);
        assert_eq!(refusal("{\"workflows\": {\"a\": 5}}"), ["5"]);
        assert_eq!(refusal("{\"workflows\": {}, }").len(), 1);
        assert!(refusal("{\"workflows\": {\"a\": {\"x\": NaN}}}").is_empty());
    }

    #[test]
    fn step_types_say_their_key_and_their_list_leads_to_them() {
        let text = "step:\n  type_key: ring\n  name: Ring\n  version: \"1.0.0\"\n";
        let file = SpecFile::read(".specify/workflows/steps/ring/step.yml", text).unwrap();
        let manifest = file.manifest().unwrap();
        assert_eq!((manifest.what, manifest.name.as_ref().unwrap().value.as_str()), ("step", "ring"));
        let file = SpecFile::read(STEPS, "{\"steps\": {\"ring\": {\"version\": \"1.0.0\"}}}").unwrap();
        let part = file.manifest().unwrap().parts[0].file.clone().unwrap();
        assert_eq!(file.beside(&part.value).unwrap(), ".specify/workflows/steps/ring/step.yml");
        assert!(SpecFile::read(STEPS, "broken").unwrap().problems.is_empty(), "it is passed over");
        assert!(SpecFile::read(".specify/workflows/steps/a/b/step.yml", text).is_none());
    }
}
