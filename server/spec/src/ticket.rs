//! Reads `.tollgate/tickets/<id>.md`.

use crate::gate;
use crate::model::{Checkbox, Section, Ticket};
use crate::read;
use syntax::markdown::Markdown;
use syntax::yaml::Node;
use text::Spanned;

pub(crate) fn ticket(text: &str, root: &Node, body: &Markdown) -> Ticket {
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let sections = body.sections(end);
    let boxes = |title: &str| -> Vec<Checkbox> {
        let wanted = |section: &&Section| section.title.value.eq_ignore_ascii_case(title);
        sections.iter().filter(wanted).flat_map(|section| gate::checkboxes(text, body, section)).collect()
    };
    Ticket {
        id: read::text(root, "id"),
        title: read::text(root, "title"),
        status: read::text(root, "status"),
        ticket_type: read::text(root, "type"),
        priority: read::text(root, "priority"),
        assignee: read::list(root, "assignee"),
        labels: read::list(root, "labels"),
        dependencies: read::list(root, "dependencies"),
        parent: read::text(root, "parent_task_id"),
        milestone: read::text(root, "milestone"),
        workflow: read::text(root, "workflow"),
        size: read::text(root, "size"),
        spec: read::text(root, "spec"),
        external_ref: read::text(root, "external_ref"),
        branch: read::text(root, "branch"),
        inputs: inputs(root),
        budget: root.get("budget").and_then(read::limit),
        settings: read::settings(root),
        acceptance: boxes("Acceptance Criteria"),
        done: boxes("Definition of Done"),
        sections,
    }
}

fn inputs(root: &Node) -> Vec<(Spanned<String>, Spanned<String>)> {
    let entries = root.get("inputs").map(Node::entries).unwrap_or_default().iter();
    entries.filter_map(|entry| Some((entry.key.clone(), read::word(&entry.value)?))).collect()
}
