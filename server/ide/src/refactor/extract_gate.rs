//! "Extract gate to gates/<name>.md": the gate of one pass becomes one that several can name.

use super::{Source, action, free, is_clean};
use crate::Snapshot;
use crate::actions::{Action, ActionKind};
use crate::change::project_after;
use crate::diagnostic::{Fix, TextEdit};
use spec::model::Gate;
use spec::{Content, Name, NameKind};
use text::{Span, Spanned};

pub(super) fn extract_gate(snapshot: &Snapshot, source: &Source<'_>, at: usize) -> Option<Action> {
    let pass = source.workflow.passes.get(at)?;
    let id = pass.id.as_ref()?;
    pass.gate.as_ref().filter(|gate| gate.shared.is_none())?;
    let workflow = source.workflow.name.as_ref().map_or(source.file.stem(), |name| &name.value);
    let is_taken = |name: &str| {
        let known = Name { kind: NameKind::Gate, text: name.to_owned() };
        snapshot.project.is_defined(&known) || snapshot.file(&path_of(name)).is_some()
    };
    let short = if is_taken(&id.value) { format!("{workflow}-{}", id.value) } else { id.value.clone() };
    let name = free(&short, is_taken);
    if !spec::values::is_id(&name) {
        return None;
    }
    let edits = edits(source, at, &name)?;
    let fix = Fix { title: String::new(), edits: edits.clone(), preferred: false };
    let moved = project_after(&snapshot.project, &fix).and_then(|after| match &after.file(&path_of(&name))?.content {
        Content::Gate(_, gate, _) => Some(words(gate)),
        _ => None,
    });
    let clean = moved == pass.gate.as_ref().map(words) && is_clean(snapshot, source, &edits);
    let why = || format!("a gate of its own cannot say what the gate of `{}` says of this workflow", id.value);
    let title = format!("Extract the gate of `{}` to gates/{name}.md", id.value);
    Some(action(title, ActionKind::Extract, if clean { Ok(edits) } else { Err(why()) }))
}

/// All that a gate says, wherever it stands.
fn words(gate: &Gate) -> String {
    fn plain<T: Clone>(value: &Option<Spanned<T>>) -> Option<T> {
        value.as_ref().map(|value| value.value.clone())
    }
    let all = |words: &[Spanned<String>]| words.iter().map(|word| word.value.clone()).collect::<Vec<_>>();
    let criteria = gate
        .criteria
        .iter()
        .map(|one| (plain(&one.id), one.must.value.clone(), all(&one.evidence), plain(&one.check), one.required));
    let verify = gate.verify.iter().map(|one| {
        let output = (plain(&one.format), plain(&one.columns), plain(&one.root));
        (plain(&one.id), plain(&one.command), output, plain(&one.timeout), one.allow_failure)
    });
    let reviewer = gate.reviewer.as_ref().map(|one| (one.kind, plain(&one.agent), all(&one.from), one.required));
    let goes = gate.escalation.as_ref().map(|one| (plain(&one.after), plain(&one.to), plain(&one.timeout)));
    let rest = (plain(&gate.on_reject), plain(&gate.max_iterations), goes, plain(&gate.strength));
    format!("{:?} {:?} {reviewer:?} {rest:?}", criteria.collect::<Vec<_>>(), verify.collect::<Vec<_>>())
}

fn path_of(name: &str) -> String {
    format!(".tollgate/gates/{name}.md")
}

fn edits(source: &Source<'_>, at: usize, name: &str) -> Option<Vec<(String, TextEdit)>> {
    let newline = source.newline;
    let node = source.node(at)?;
    let id = &source.workflow.passes.get(at)?.id.as_ref()?.value;
    let mut keys = String::new();
    let mut here = Vec::new();
    match node.entry("gate") {
        Some(gate) if !gate.value.entries().is_empty() => {
            let flow = source.is_flow(&gate.value);
            keys = source.dedented(gate.value.entries(), flow);
            let end = match flow {
                true => gate.value.span.end as usize,
                false => source.line_end(source.last_byte(&gate.value)),
            };
            here.push(TextEdit { span: Span::new(gate.key.span.end as usize, end), text: format!(": {name}") });
        }
        Some(_) => return None,
        None if source.is_flow(node) => {
            here.push(TextEdit { span: Span::empty(node.span.end as usize - 1), text: format!(", gate: {name}") });
        }
        None => {
            let key = node.entries().first()?.key.span.start as usize;
            let indent = " ".repeat(key - source.line_start(key));
            let end = source.line_end(source.last_byte(node));
            here.push(TextEdit { span: Span::empty(end), text: format!("{newline}{indent}gate: {name}") });
        }
    }
    let mut body = String::new();
    if let Some(of_pass) = source.section(id) {
        let is_gate = |section: &&spec::model::Section| {
            section.level == 3
                && of_pass.span.contains(section.span)
                && section.title.value.eq_ignore_ascii_case("gate")
        };
        for section in source.workflow.sections.iter().filter(is_gate) {
            let criteria = section.content.of(source.text).trim();
            body.push_str(&format!("{newline}## Criteria{newline}{newline}{criteria}{newline}"));
            here.push(TextEdit { span: section.span, text: String::new() });
        }
    }
    let text = format!(
        "---{newline}schema_version: 1{newline}name: {name}{newline}{keys}---{newline}# The gate {name}{newline}{body}"
    );
    let mut edits: Vec<_> = here.into_iter().map(|edit| (source.file.path.clone(), edit)).collect();
    edits.push((path_of(name), TextEdit { span: Span::empty(0), text }));
    Some(edits)
}

#[cfg(test)]
mod tests {
    use super::super::testing::taken;

    fn extracted(text: &str) -> (String, String) {
        let mut files = taken(text, "Extract").expect("an action").expect("edits").into_iter();
        (files.next().unwrap().1, files.next().unwrap().1)
    }

    #[test]
    fn a_block_keeps_its_comments_and_the_criteria_come_along() {
        let (gate, workflow) = extracted(
            "---\nschema_version: 1\nname: mend\npasses:\n  - id: fix\n    agent: worker\n    gate: # all of it\n      verify:\n        # quick\n        - {id: tests, command: cargo test} # slow\n      reviewer: {type: agent, agent: cri$0tic}\n    timeout: 5m\n---\n## fix\nMend it.\n\n### Gate\n- [ ] AC-1 no finding (evidence: tests)\n\n### Notes\nMore.\n".replace("    timeout: 5m\n", "    limits: {turns: 5}\n").as_str(),
        );
        assert_eq!(
            gate,
            "---\nschema_version: 1\nname: fix\nverify:\n  # quick\n  - {id: tests, command: cargo test} # slow\nreviewer: {type: agent, agent: critic}\n---\n# The gate fix\n\n## Criteria\n\n- [ ] AC-1 no finding (evidence: tests)\n"
        );
        assert_eq!(
            workflow,
            "---\nschema_version: 1\nname: mend\npasses:\n  - id: fix\n    agent: worker\n    gate: fix\n    limits: {turns: 5}\n---\n## fix\nMend it.\n\n### Notes\nMore.\n"
        );
    }

    #[test]
    fn a_line_in_braces_and_a_gate_of_the_body_alone() {
        let (gate, workflow) = extracted(
            "---\nschema_version: 1\nname: mend\npasses: [{id: fix$0, agent: worker, gate: {reviewer: {type: agent, agent: critic}, max_iterations: 2}}]\n---\n## fix\nMend it.\n",
        );
        assert!(gate.contains("\nreviewer: {type: agent, agent: critic}\nmax_iterations: 2\n---\n"), "{gate}");
        assert!(workflow.contains("[{id: fix, agent: worker, gate: fix}]"), "{workflow}");
        let (gate, workflow) = extracted(
            "---\nschema_version: 1\nname: mend\npasses:\n  - id: fix\n    agent: worker\n---\n## fix\nMend$0 it.\n\n### Gate\n- [ ] AC-1 no finding (evidence: review)\n",
        );
        assert!(gate.ends_with("## Criteria\n\n- [ ] AC-1 no finding (evidence: review)\n"), "{gate}");
        assert!(workflow.contains("    agent: worker\n    gate: fix\n---\n## fix\nMend it.\n"), "{workflow}");
    }

    #[test]
    fn a_check_of_an_output_comes_along() {
        let text = "---\nschema_version: 1\nname: mend\npasses:\n  - id: fix\n    agent: worker\n    outputs: [{id: note, path: a.md, kind: report}]\n    gate: {reviewer: {type: agent, agent: critic}}\n---\n## fix\nMend$0 it.\n\n### Gate\n- [ ] AC-1 nothing open (check: absent \"TODO\" in outputs.note)\n";
        let (gate, _) = extracted(text);
        assert!(gate.contains("(check: absent \"TODO\" in outputs.note)"), "{gate}");
    }

    #[test]
    fn a_gate_that_is_shared_already_stays() {
        let text = "---\nschema_version: 1\nname: mend\npasses: [{id: fix$0, agent: worker, gate: known}]\n---\n## fix\nMend it.\n";
        assert_eq!(taken(text, "Extract"), None);
    }
}
