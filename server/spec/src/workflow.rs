//! Reads `.tollgate/workflows/<name>.md`.

use crate::gate;
use crate::model::{Gate, InputDecl, InputRef, Output, Pass, PassType, Reservation, Section, Workflow};
use crate::problem::Problem;
use crate::{read, values};
use syntax::markdown::Markdown;
use syntax::yaml::Node;
use text::Spanned;

/// Reads the front matter `root` and joins the body's sections to it.
pub(crate) fn workflow(text: &str, root: &Node, body: &Markdown, problems: &mut Vec<Problem>) -> Workflow {
    let nothing = Node::null(0);
    let ticket = root.get("ticket").unwrap_or(&nothing);
    let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
    let mut workflow = Workflow {
        name: read::text(root, "name"),
        version: read::text(root, "version"),
        description: read::text(root, "description"),
        intent: read::text(root, "intent"),
        ticket_types: read::list(ticket, "types"),
        required_labels: read::list(ticket, "required_labels"),
        inputs: root.get("inputs").map(inputs).unwrap_or_default(),
        defaults: root.get("defaults").map(read::settings).unwrap_or_default(),
        budget: root.get("budget").and_then(read::limit),
        passes: root.get("passes").map(Node::items).unwrap_or_default().iter().map(|item| pass(text, item)).collect(),
        passes_span: root.entry("passes").map(|entry| entry.key.span),
        sections: body.sections(end),
    };
    join_gates(text, body, &mut workflow, problems);
    read::duplicates("pass", workflow.passes.iter().filter_map(|pass| pass.id.as_ref()), problems);
    let outputs = workflow.passes.iter().flat_map(|pass| &pass.outputs);
    read::duplicates("output", outputs.filter_map(|output| output.id.as_ref()), problems);
    for pass in &workflow.passes {
        pass.gate.iter().for_each(|gate| gate::duplicate_ids(gate, problems));
    }
    workflow
}

/// Puts the criteria of `## <pass>` / `### Gate` into the gate of that pass.
fn join_gates(text: &str, body: &Markdown, workflow: &mut Workflow, problems: &mut Vec<Problem>) {
    let mut owner: Option<&Section> = None;
    for section in &workflow.sections {
        if section.level <= 2 {
            owner = Some(section);
            continue;
        }
        let Some(owner) = owner.filter(|owner| owner.level == 2 && section.level == 3) else { continue };
        if !section.title.value.eq_ignore_ascii_case("gate") {
            continue;
        }
        let is_owner = |pass: &&mut Pass| pass.id.as_ref().is_some_and(|id| id.value == owner.title.value);
        let Some(pass) = workflow.passes.iter_mut().find(is_owner) else { continue };
        let criteria = gate::body_criteria(text, body, section, problems);
        let gate = pass.gate.get_or_insert_with(|| Gate { span: section.title.span, ..Gate::default() });
        gate.criteria.extend(criteria);
    }
}

fn inputs(node: &Node) -> Vec<InputDecl> {
    let input = |entry: &syntax::yaml::Entry| InputDecl {
        name: entry.key.clone(),
        kind: read::text(&entry.value, "type"),
        default: read::text(&entry.value, "default"),
        allowed: read::list(&entry.value, "enum"),
    };
    node.entries().iter().map(input).collect()
}

fn pass(text: &str, node: &Node) -> Pass {
    let nothing = Node::null(0);
    let cache = node.get("cache").unwrap_or(&nothing);
    let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
    let pass_type = match node.get("type").and_then(Node::scalar) {
        Some("command") => PassType::Command,
        Some("gate") => PassType::Gate,
        Some("workflow") => PassType::Workflow,
        _ => PassType::Agent,
    };
    Pass {
        id: read::text(node, "id"),
        span: node.span,
        pass_type,
        kind: read::text(node, "kind"),
        needs: read::list(node, "needs"),
        agent: read::text(node, "agent"),
        settings: read::settings(node),
        condition: read::text(node, "if"),
        inputs: read::list(node, "inputs").into_iter().map(input).collect(),
        outputs: items("outputs").iter().map(output).collect(),
        cache_key: read::list(cache, "key"),
        cache_off: read::boolean(cache, "off", false),
        reserve: items("reserve").iter().filter_map(reservation).collect(),
        gate: node.get("gate").and_then(|gate| gate::gate(text, gate)),
        run: read::command(text, node, "run"),
        workflow: read::text(node, "workflow"),
    }
}

fn input(word: Spanned<String>) -> Spanned<InputRef> {
    word.map(|word| values::input_ref(&word))
}

fn output(node: &Node) -> Output {
    Output {
        id: read::text(node, "id"),
        span: node.span,
        path: read::text(node, "path"),
        kind: read::text(node, "kind"),
        writes: read::list(node, "writes"),
        required: read::boolean(node, "required", true),
    }
}

fn reservation(node: &Node) -> Option<Reservation> {
    Some(Reservation {
        resource: read::text(node, "resource")?,
        exclusive: node.get("mode").and_then(Node::scalar) == Some("exclusive"),
        scope: read::text(node, "scope"),
        lease: read::duration(node, "lease"),
    })
}
