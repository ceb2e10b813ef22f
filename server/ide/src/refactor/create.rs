//! "Create agent" and "Create gate" where a name is used that nothing defines: a file that says what has to be said.

use crate::Snapshot;
use crate::change::{project_after, said};
use crate::diagnostic::{Diagnostic, Fix, Severity, TextEdit};
use crate::rules;
use spec::{Content, NameKind, Role, SpecFile};
use text::Span;

/// The file that the name under a diagnostic stands for, when it has none.
pub(crate) fn create(snapshot: &Snapshot, file: &SpecFile, diagnostic: &Diagnostic) -> Option<Fix> {
    if !matches!(diagnostic.code.as_str(), "workflow/unknown-reference" | "agent/unknown-reference") {
        return None;
    }
    let is_it = |(_, role, span): &&(spec::Name, Role, Span)| *role == Role::Use && *span == diagnostic.span;
    let (name, _, _) = file.facts.names.iter().find(is_it)?;
    if !spec::values::is_id(&name.text) || snapshot.project.is_defined(name) {
        return None;
    }
    let id = &name.text;
    let (path, text, what) = match name.kind {
        NameKind::Agent => {
            let category = if judges(file, diagnostic.span) { "category: verifier\n" } else { "" };
            let head = format!("schema_version: 1\nname: {id}\ndescription: \"When to use {id}.\"\n{category}");
            (format!(".tollgate/agents/{id}.md"), format!("---\n{head}---\nYou are {id}.\n"), "agent")
        }
        NameKind::Gate => {
            let criteria = "## Criteria\n\n- [ ] AC-1 what must hold (evidence: review)\n";
            let text = format!("---\nschema_version: 1\nname: {id}\n---\n# The gate {id}\n\n{criteria}");
            (format!(".tollgate/gates/{id}.md"), text, "gate")
        }
        _ => return None,
    };
    if snapshot.file(&path).is_some() {
        return None;
    }
    let edit = TextEdit { span: Span::empty(0), text };
    let fix = Fix { title: format!("Create {what} `{id}`"), edits: vec![(path.clone(), edit)], preferred: false };
    let after = project_after(&snapshot.project, &fix)?;
    let mended =
        said(&after, &snapshot.live, &file.path).len() < said(&snapshot.project, &snapshot.live, &file.path).len();
    let sound = rules::check_live(&after, &snapshot.live, &path).iter().all(|one| one.severity > Severity::Error);
    (mended && sound).then_some(fix)
}

/// True where the name is that of a reviewer.
fn judges(file: &SpecFile, span: Span) -> bool {
    let gates: Vec<_> = match &file.content {
        Content::Workflow(workflow) => workflow.passes.iter().filter_map(|pass| pass.gate.as_ref()).collect(),
        Content::Gate(_, gate, _) => vec![&**gate],
        _ => Vec::new(),
    };
    gates.iter().any(|gate| gate.reviewer.as_ref().is_some_and(|reviewer| reviewer.span.contains(span)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PATH, files_after, snapshot};
    use super::*;

    #[track_caller]
    fn check(pass: &str, path: &str, part: &str) {
        let text =
            format!("---\nschema_version: 1\nname: mend\npasses:\n  - {{id: fix, {pass}}}\n---\n## fix\nMend it.\n");
        let snapshot = snapshot(&text);
        let all = crate::diagnostics::diagnostics(&snapshot, PATH, None);
        let unknown = all.iter().find(|one| one.code == "workflow/unknown-reference").expect("an unknown name");
        let fix = create(&snapshot, snapshot.file(PATH).unwrap(), unknown).expect("an action");
        let files = files_after(&snapshot, &fix.edits);
        assert_eq!(files[0].0, path);
        assert!(files[0].1.contains(part), "{}", files[0].1);
    }

    #[test]
    fn a_name_that_nothing_defines_gets_its_file() {
        check("agent: mender", ".tollgate/agents/mender.md", "\nname: mender\n");
        check(
            "agent: worker, gate: {reviewer: {type: agent, agent: judge}}",
            ".tollgate/agents/judge.md",
            "\ncategory: verifier\n",
        );
        check("agent: worker, gate: house", ".tollgate/gates/house.md", "- [ ] AC-1 ");
    }
}
