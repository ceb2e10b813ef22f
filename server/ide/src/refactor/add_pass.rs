//! "Add a pass after this one": the pass, which waits for it, and its section.

use super::{Source, action, free, is_clean};
use crate::Snapshot;
use crate::actions::{Action, ActionKind, Effect};
use crate::diagnostic::{Fix, TextEdit};
use crate::suppressions::PLACEHOLDER;
use spec::{FileKind, NameKind};
use text::Span;

pub(super) fn add_pass(snapshot: &Snapshot, source: &Source<'_>, at: usize) -> Option<Action> {
    let pass = source.workflow.passes.get(at)?;
    let own = pass.id.as_ref()?;
    let passes = || source.workflow.passes.iter();
    let is_taken = |name: &str| {
        passes().any(|pass| pass.id.as_ref().is_some_and(|id| id.value == name)) || source.section(name).is_some()
    };
    let id = free("new-pass", is_taken);
    let of_workflow = || passes().find_map(|pass| pass.agent.as_ref()).map(|agent| agent.value.clone());
    let of_project = || {
        let names = snapshot.project.defined(NameKind::Agent);
        let is_ours = |name: &&spec::Name| snapshot.project.definers(name).any(|file| file.kind == FileKind::Agent);
        names.into_iter().find(is_ours).map(|name| name.text.clone())
    };
    let agent = pass.agent.as_ref().map(|agent| agent.value.clone()).or_else(of_workflow).or_else(of_project)?;
    let newline = source.newline;
    let node = source.node(at)?;
    let list = source.list()?;
    let entry = if source.is_flow(list) {
        let text = format!(", {{id: {id}, needs: [{}], agent: {agent}}}", own.value);
        TextEdit { span: Span::empty(node.span.end as usize), text }
    } else {
        let start = source.line_start(node.span.start as usize);
        let dash = &source.text[start..start + source.text[start..].find('-')?];
        let gap = source.text.get(start + dash.len() + 1..node.span.start as usize)?;
        let indent = format!("{dash} {}", " ".repeat(gap.len()));
        let text = match source.is_flow(node) {
            true => format!("{newline}{dash}-{gap}{{id: {id}, needs: [{}], agent: {agent}}}", own.value),
            false => format!(
                "{newline}{dash}-{gap}id: {id}{newline}{indent}needs: [{}]{newline}{indent}agent: {agent}",
                own.value
            ),
        };
        TextEdit { span: Span::empty(source.line_end(source.last_byte(node))), text }
    };
    let words = format!("## {id}{newline}{newline}{PLACEHOLDER}: what the agent is asked to do.{newline}");
    let after =
        source.section(&own.value).map(|section| section.span.end as usize).filter(|end| *end < source.text.len());
    let section = match after {
        Some(end) => TextEdit { span: Span::empty(end), text: format!("{words}{newline}") },
        None => {
            let end = source.text.trim_end().len();
            let text = format!("{newline}{newline}{words}");
            TextEdit { span: Span::new(end, source.text.len()), text }
        }
    };
    let edits = [entry, section].map(|edit| (source.file.path.clone(), edit)).to_vec();
    if !is_clean(snapshot, source, &edits) {
        return None;
    }
    let title = format!("Add a pass after `{}`", own.value);
    let fix = Fix { title: title.clone(), edits, preferred: false };
    Some(Action { effect: Effect::FillIn(fix), ..action(title, ActionKind::Refactor, Err(String::new())) })
}

#[cfg(test)]
mod tests {
    use super::super::testing::taken;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let after = taken(text, "Add a pass").expect("an action").expect("edits");
        assert_eq!(after[0].1, expected);
    }

    #[test]
    fn in_the_way_the_others_are_written() {
        check(
            "---\nschema_version: 1\nname: mend\npasses:\n  - id: a$0 # first\n    agent: worker # his\n  # the last\n  - id: b\n    agent: critic\n---\n## a\nDo.\n\n## b\nDo.\n",
            "---\nschema_version: 1\nname: mend\npasses:\n  - id: a # first\n    agent: worker # his\n  - id: new-pass\n    needs: [a]\n    agent: worker\n  # the last\n  - id: b\n    agent: critic\n---\n## a\nDo.\n\n## new-pass\n\nTODO: what the agent is asked to do.\n\n## b\nDo.\n",
        );
        check(
            "---\r\nschema_version: 1\r\nname: mend\r\npasses:\r\n- {id: a, agent: worker}\r\n---\r\n## a\r\nDo$0.",
            "---\r\nschema_version: 1\r\nname: mend\r\npasses:\r\n- {id: a, agent: worker}\r\n- {id: new-pass, needs: [a], agent: worker}\r\n---\r\n## a\r\nDo.\r\n\r\n## new-pass\r\n\r\nTODO: what the agent is asked to do.\r\n",
        );
        check(
            "---\nschema_version: 1\nname: mend\npasses: [{id: new-pass$0, type: command, run: make}]\n---\n",
            "---\nschema_version: 1\nname: mend\npasses: [{id: new-pass, type: command, run: make}, {id: new-pass-2, needs: [new-pass], agent: critic}]\n---\n\n## new-pass-2\n\nTODO: what the agent is asked to do.\n",
        );
    }

    #[test]
    fn not_in_a_file_that_is_being_typed() {
        assert_eq!(taken("---\nname: mend\npasses:\n  - id: a$0\n    agent: [\n---\n", "Add a pass"), None);
    }
}
