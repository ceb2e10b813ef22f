//! "Split workflow here": the passes from here on become a workflow of their own.
//!
//! No workflow can wait for another yet (a pass of type `workflow` is not run), so only passes that neither wait for the
//! others nor are waited for can go. The new workflow declares itself for no tickets: a ticket takes it by naming it.

use super::{Source, action, free, is_clean};
use crate::Snapshot;
use crate::actions::{Action, ActionKind};
use crate::diagnostic::TextEdit;
use spec::model::{InputRef, Pass};
use spec::{Name, NameKind};
use text::Span;

pub(super) fn split_workflow(snapshot: &Snapshot, source: &Source<'_>, at: usize) -> Option<Action> {
    let id = &source.workflow.passes.get(at).filter(|_| at > 0)?.id.as_ref()?.value;
    let workflow = source.workflow.name.as_ref().map_or(source.file.stem(), |name| &name.value);
    let is_taken = |name: &str| {
        let known = Name { kind: NameKind::Workflow, text: name.to_owned() };
        snapshot.project.is_defined(&known) || snapshot.file(&path_of(name)).is_some()
    };
    let name = free(&format!("{workflow}-{id}"), is_taken);
    if !spec::values::is_id(&name) {
        return None;
    }
    let title = format!("Split the workflow at `{id}` into workflows/{name}.md");
    if let Some(why) = held_together(source, at) {
        return Some(action(title, ActionKind::Refactor, Err(why)));
    }
    let edits = edits(source, at, &name)?;
    is_clean(snapshot, source, &edits).then(|| action(title, ActionKind::Refactor, Ok(edits)))
}

fn path_of(name: &str) -> String {
    format!(".tollgate/workflows/{name}.md")
}

/// Why the passes before and from `at` cannot be apart.
fn held_together(source: &Source<'_>, at: usize) -> Option<String> {
    let (before, after) = source.workflow.passes.split_at(at);
    let needed = |one: &[Pass], other: &[Pass]| {
        one.iter().find_map(|pass| {
            let is_there = |id: &str| other.iter().any(|pass| pass.id.as_ref().is_some_and(|own| own.value == id));
            let makes = |id: &str| {
                let outputs = other.iter().flat_map(|pass| &pass.outputs);
                outputs.filter_map(|output| output.id.as_ref()).any(|own| own.value == id)
            };
            let need = pass.needs.iter().map(|need| &need.value).find(|need| is_there(need));
            let input = pass.inputs.iter().find_map(|input| match &input.value {
                InputRef::Output(id) if makes(id) => Some(id),
                _ => None,
            });
            let what = need.or(input)?;
            let own = pass.id.as_ref().map_or("a pass", |id| id.value.as_str());
            Some(format!("`{own}` needs `{what}`, and a workflow cannot wait for another yet"))
        })
    };
    needed(after, before).or_else(|| needed(before, after))
}

fn edits(source: &Source<'_>, at: usize, name: &str) -> Option<Vec<(String, TextEdit)>> {
    let newline = source.newline;
    let chunks = source.chunks()?;
    let moved = Span { start: chunks.get(at)?.start, end: chunks.last()?.end };
    let mut front = format!("---{newline}schema_version: 1{newline}name: {name}{newline}");
    for key in ["inputs", "defaults", "budget"] {
        if let Some(entry) = source.root.entry(key).filter(|entry| !entry.value.is_null()) {
            front.push_str(&source.dedented(std::slice::from_ref(entry), false));
        }
    }
    let mut lines = moved.of(source.text).to_owned();
    if !lines.ends_with('\n') {
        lines.push_str(newline);
    }
    let mut here = vec![TextEdit { span: moved, text: String::new() }];
    let mut body = format!("# {name}{newline}");
    for pass in &source.workflow.passes[at..] {
        let Some(section) = pass.id.as_ref().and_then(|id| source.section(&id.value)) else { continue };
        body.push_str(&format!("{newline}{}{newline}", section.span.of(source.text).trim_end()));
        here.push(TextEdit { span: section.span, text: String::new() });
    }
    let text = format!("{front}passes:{newline}{lines}---{newline}{body}");
    let mut edits: Vec<_> = here.into_iter().map(|edit| (source.file.path.clone(), edit)).collect();
    edits.push((path_of(name), TextEdit { span: Span::empty(0), text }));
    Some(edits)
}

#[cfg(test)]
mod tests {
    use super::super::testing::taken;

    const TEXT: &str = "---\nschema_version: 1\nname: mend\nticket: {types: [bug]}\ndefaults:\n  tier: deep # all\npasses:\n  - id: a\n    agent: worker\n  # the rest\n  - id: b$0\n    agent: worker\n  - {id: c, agent: worker, needs: [b]}\n---\n# Mend\n\n## a\nA.\n\n## b\nB.\n\n## c\nC.\n";

    #[test]
    fn passes_that_stand_alone_go_with_their_sections() {
        let files = taken(&TEXT.replace("defaults:\n  tier: deep # all\n", "budget: {limit_usd: 3}\n"), "Split")
            .unwrap()
            .unwrap();
        assert_eq!(files[0].0, ".tollgate/workflows/mend-b.md");
        assert_eq!(
            files[0].1,
            "---\nschema_version: 1\nname: mend-b\nbudget: {limit_usd: 3}\npasses:\n  # the rest\n  - id: b\n    agent: worker\n  - {id: c, agent: worker, needs: [b]}\n---\n# mend-b\n\n## b\nB.\n\n## c\nC.\n"
        );
        assert_eq!(
            files[1].1,
            "---\nschema_version: 1\nname: mend\nticket: {types: [bug]}\nbudget: {limit_usd: 3}\npasses:\n  - id: a\n    agent: worker\n---\n# Mend\n\n## a\nA.\n\n"
        );
    }

    #[test]
    fn passes_that_wait_for_the_others_stay_and_say_why() {
        let text = TEXT.replace("- id: b$0\n", "- id: b$0\n    needs: [a]\n");
        let why = taken(&text, "Split").unwrap().unwrap_err();
        assert_eq!(why, "`b` needs `a`, and a workflow cannot wait for another yet");
        let first = TEXT.replace("$0", "").replace("- id: a", "- id: a$0");
        assert_eq!(taken(&first, "Split"), None);
    }
}
