//! Which delivery files' texts the plans are made from. Who keeps many files without their texts gives these back before
//! it asks for a plan: the task of a pass, the instructions of an agent and the words of a ticket are slices of them.

use crate::agent::Lineage;
use spec::{NameKind, Project};
use std::collections::BTreeSet;

/// Paths of the files without a text that [`crate::plan::plan`] of these tickets and [`crate::launch::launch_plan`] look
/// into: all workflows, their gates, their agents with everything those extend, and the tickets.
pub fn wanted<'a>(project: &Project, tickets: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let mut files: Vec<&spec::SpecFile> = Vec::new();
    let mut agents: BTreeSet<&str> = BTreeSet::new();
    for name in project.defined(NameKind::Workflow) {
        let Some((file, workflow)) = project.workflow(&name.text) else { continue };
        files.push(file);
        for pass in &workflow.passes {
            agents.extend(pass.agent.iter().map(|name| name.value.as_str()));
            if let Ok(Some(placed)) = crate::gate::of_pass(project, file, pass) {
                files.push(placed.file);
                let reviewer = placed.gate.reviewer.as_ref().and_then(|reviewer| reviewer.agent.as_ref());
                agents.extend(reviewer.map(|name| name.value.as_str()));
            }
        }
    }
    files.extend(agents.into_iter().flat_map(|name| Lineage::of(project, name).files).map(|(file, _)| file));
    files.extend(tickets.into_iter().filter_map(|id| project.ticket(id)).map(|(file, _)| &**file));
    files.into_iter().filter(|file| file.text().is_none()).map(|file| file.path.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, SHOP};
    use spec::SpecFile;
    use std::sync::Arc;

    #[test]
    fn a_plan_from_the_wanted_texts_is_the_plan_from_all() {
        let mut bench = Bench::new(SHOP);
        let whole = bench.plan();
        for file in bench.project.clone().files() {
            bench.project.set(Arc::new(SpecFile::clone(file).without_text()));
        }
        let blind = bench.plan();
        assert_eq!((blind.passes.len(), blind.next.pass), (0, None), "no plan is made from words that are not there");
        assert!(blind.next.why.contains("cannot be read"), "{}", blind.next.why);
        for path in wanted(&bench.project, ["feat-1"]) {
            let text = bench.texts[&path].as_str().into();
            let file = bench.project.file(&path).unwrap().with_text(text).unwrap();
            bench.project.set(Arc::new(file));
        }
        let kept = bench.project.files().filter(|file| file.text().is_some()).count();
        assert!(kept < bench.project.files().count(), "not everything is wanted");
        assert_eq!(serde_json::to_string(&bench.plan()).unwrap(), serde_json::to_string(&whole).unwrap());
    }
}
