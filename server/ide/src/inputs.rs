//! Inputs where they are named without their workflow: in templates of agents and shared gates, which serve several, and in
//! `inputs:` of a ticket. What such a name means is said only where it can be told.

use crate::Snapshot;
use delivery::choice;
use spec::{Content, FileKind, Name, NameKind, Role, SpecFile};
use std::collections::BTreeSet;
use std::sync::Arc;
use text::Span;

/// The input of a workflow that a name in this file means; every other name, and one of several, is as it was.
pub(crate) fn meant(snapshot: &Snapshot, file: &SpecFile, name: Name) -> Name {
    if name.kind != NameKind::AnyInput {
        return name;
    }
    let owners: BTreeSet<String> = snapshot.project.definers(&name).filter_map(|file| workflow_of(file)).collect();
    let of = |workflow: &String| Name { kind: NameKind::Input, text: format!("{workflow}/{}", name.text) };
    let served = served(snapshot, file);
    let mut both = owners.iter().filter(|owner| served.contains(*owner));
    match (both.next(), both.next()) {
        (Some(one), None) => of(one),
        // Nobody whom it is known to serve has it: then the only one that has it is meant, or none yet.
        (None, _) if owners.len() == 1 && file.kind != FileKind::Ticket => owners.first().map_or(name.clone(), of),
        _ => name,
    }
}

/// The places of a name. An input's are also those where it is named without its workflow; of an input that nobody has,
/// those that would mean it.
pub(crate) fn places<'s>(snapshot: &'s Snapshot, name: &Name) -> Vec<(&'s Arc<SpecFile>, Role, Span)> {
    let mut places = snapshot.project.places(name);
    if let Some(any) = without_workflow(name) {
        let is_free = snapshot.project.definers(&any).next().is_none();
        let others = snapshot.project.places(&any).into_iter();
        places.extend(others.filter(|(file, ..)| is_free || meant(snapshot, file, any.clone()) == *name));
    }
    places
}

/// The files in which an input is named so that it may be this one's or another's.
pub(crate) fn in_doubt(snapshot: &Snapshot, name: &Name) -> BTreeSet<String> {
    let Some(any) = without_workflow(name) else { return BTreeSet::new() };
    let own = name.text.split_once('/').map_or("", |(workflow, _)| workflow);
    let places = snapshot.project.places(&any).into_iter();
    let doubtful = places.filter(|(file, ..)| {
        meant(snapshot, file, any.clone()) == any
            && (file.kind != FileKind::Ticket || served(snapshot, file).contains(own))
    });
    doubtful.map(|(file, ..)| file.path.clone()).collect()
}

fn without_workflow(name: &Name) -> Option<Name> {
    let (_, input) = name.text.split_once('/').filter(|_| name.kind == NameKind::Input)?;
    Some(Name { kind: NameKind::AnyInput, text: input.to_owned() })
}

fn workflow_of(file: &SpecFile) -> Option<String> {
    let Content::Workflow(workflow) = &file.content else { return None };
    Some(workflow.name.as_ref().map_or(file.stem(), |name| &name.value).to_owned())
}

/// The workflows that use a file, as far as files say it.
fn served(snapshot: &Snapshot, file: &SpecFile) -> BTreeSet<String> {
    if let Content::Ticket(ticket) = &file.content {
        return match &ticket.workflow {
            Some(pinned) => BTreeSet::from([pinned.value.clone()]),
            None => choice::fitting(&snapshot.project, ticket).0.into_iter().map(|(name, _)| name).collect(),
        };
    }
    let mut found = BTreeSet::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut rest = vec![file];
    // An agent also serves those whom an agent that extends it serves.
    while let Some(file) = rest.pop() {
        if !seen.insert(&file.path) {
            continue;
        }
        found.extend(workflow_of(file));
        if matches!(file.kind, FileKind::Agent | FileKind::Gate) {
            let own = file.facts.names.iter().filter(|(name, role, _)| {
                *role == Role::Definition && matches!(name.kind, NameKind::Agent | NameKind::Gate)
            });
            rest.extend(own.flat_map(|(name, ..)| snapshot.project.files_with(name)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(files: &[(&str, &str)]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (path, text) in files {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        snapshot
    }

    #[test]
    fn a_name_means_the_input_of_the_one_workflow_that_it_serves() {
        let flow = |name: &str, agent: &str| {
            format!(
                "---\nname: {name}\nticket: {{types: [{name}]}}\ninputs: {{scope: {{type: string}}}}\npasses: [{{id: a, agent: {agent}}}]\n---\n"
            )
        };
        let (one, two) = (flow("one", "worker"), flow("two", "helper"));
        let agent = |name: &str| format!("---\nname: {name}\nwrites: [\"{{{{ inputs.scope }}}}/**\"]\n---\n");
        let (worker, helper, idle) = (agent("worker"), agent("helper"), agent("idle"));
        let both = helper.replace("---\nname", "---\nextends: worker\nname");
        let ticket = |lines: &str| format!("---\nid: t\n{lines}inputs: {{scope: x}}\n---\n");
        let (typed, pinned, loose) = (ticket("type: two\n"), ticket("workflow: one\n"), ticket("workflow: three\n"));
        let check = |files: &[(&str, &str)], path: &str, expected: &str| {
            let mut all = vec![(".tollgate/workflows/one.md", one.as_str())];
            all.extend(files);
            let snapshot = open(&all);
            let any = Name { kind: NameKind::AnyInput, text: "scope".to_owned() };
            assert_eq!(meant(&snapshot, snapshot.file(path).unwrap(), any).text, expected, "{path}");
        };
        let second = (".tollgate/workflows/two.md", two.as_str());
        const WORKER: &str = ".tollgate/agents/worker.md";
        const HELPER: &str = ".tollgate/agents/helper.md";
        const IDLE: &str = ".tollgate/agents/idle.md";
        const TICKET: &str = ".tollgate/tickets/t.md";
        check(&[(WORKER, &worker)], WORKER, "one/scope");
        check(&[second, (WORKER, &worker)], WORKER, "one/scope");
        check(&[second, (HELPER, &helper)], HELPER, "two/scope");
        check(&[second, (WORKER, &worker), (HELPER, &both)], WORKER, "scope");
        check(&[(IDLE, &idle)], IDLE, "one/scope");
        check(&[second, (IDLE, &idle)], IDLE, "scope");
        check(&[second, (TICKET, &typed)], TICKET, "two/scope");
        check(&[second, (TICKET, &pinned)], TICKET, "one/scope");
        check(&[(TICKET, &loose)], TICKET, "scope");
    }
}
