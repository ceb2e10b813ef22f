//! "Organise the passes": in the order in which they can be done, and their sections in the same order. What waits for
//! nothing new keeps its place, so that a workflow in order stays as it is.

use super::{Source, is_clean};
use crate::Snapshot;
use crate::diagnostic::TextEdit;
use crate::fix_all::difference;
use std::collections::BTreeMap;

/// The edits, none where all is in order; `Err` says why the passes cannot be ordered.
pub(crate) fn organise(snapshot: &Snapshot, path: &str) -> Option<Result<Vec<TextEdit>, String>> {
    let source = Source::of(snapshot.file(path)?)?;
    let order = match order(&source) {
        Ok(order) => order,
        Err(why) => return Some(Err(why)),
    };
    let chunks = source.chunks()?;
    let mut after = String::with_capacity(source.text.len());
    let (first, last) = (chunks.first()?, chunks.last()?);
    after.push_str(&source.text[..first.start as usize]);
    for pass in &order {
        after.push_str(chunks[*pass].of(source.text));
    }
    let ids: Vec<&str> =
        order.iter().filter_map(|pass| Some(source.workflow.passes[*pass].id.as_ref()?.value.as_str())).collect();
    after.push_str(&body(&source, last.end as usize, &ids));
    let edits = difference(source.text, &after);
    let with_path: Vec<_> = edits.iter().map(|edit| (path.to_owned(), edit.clone())).collect();
    if !edits.is_empty() && !is_clean(snapshot, &source, &with_path) {
        return None;
    }
    Some(Ok(edits))
}

/// The order of the passes: of those that can be done next always the one that is written first.
fn order(source: &Source<'_>) -> Result<Vec<usize>, String> {
    let passes = &source.workflow.passes;
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, pass) in passes.iter().enumerate() {
        let Some(id) = &pass.id else { return Err("a pass has no id".to_owned()) };
        if at.insert(&id.value, number).is_some() {
            return Err(format!("two passes are called `{}`", id.value));
        }
    }
    let unknown = passes.iter().flat_map(|pass| &pass.needs).find(|need| !at.contains_key(need.value.as_str()));
    if let Some(unknown) = unknown {
        return Err(format!("there is no pass `{}`", unknown.value));
    }
    let mut order: Vec<usize> = Vec::new();
    while order.len() < passes.len() {
        let is_ready = |pass: &usize| {
            let waits =
                |need: &text::Spanned<String>| at.get(need.value.as_str()).is_some_and(|need| !order.contains(need));
            !order.contains(pass) && !passes[*pass].needs.iter().any(waits)
        };
        let Some(next) = (0..passes.len()).find(is_ready) else {
            return Err("the passes wait for each other in a circle".to_owned());
        };
        order.push(next);
    }
    Ok(order)
}

/// The text from `from` on, with the sections of passes in this order in the places where sections of passes stand.
fn body(source: &Source<'_>, from: usize, ids: &[&str]) -> String {
    let is_of_pass =
        |section: &&&spec::model::Section| section.level == 2 && ids.contains(&section.title.value.as_str());
    let slots: Vec<_> = source.workflow.sections.iter().collect();
    let slots: Vec<_> = slots.iter().filter(is_of_pass).collect();
    let mut wanted: Vec<_> = slots.clone();
    wanted.sort_by_key(|section| ids.iter().position(|id| *id == section.title.value));
    let mut text = String::new();
    let mut at = from;
    for (slot, section) in slots.iter().zip(&wanted) {
        text.push_str(&source.text[at..slot.span.start as usize]);
        // The white space between two places stays where it is.
        let (old, new) = (slot.span.of(source.text), section.span.of(source.text));
        text.push_str(new.trim_end());
        text.push_str(&old[old.trim_end().len()..]);
        at = slot.span.end as usize;
    }
    text.push_str(&source.text[at..]);
    text
}

#[cfg(test)]
mod tests {
    use super::super::testing::{PATH, snapshot};
    use super::*;
    use crate::change::edited;
    use proptest::prelude::*;

    fn organised(text: &str) -> Result<String, String> {
        let edits = organise(&snapshot(text), PATH).expect("a workflow")?;
        Ok(edited(text, &edits).unwrap())
    }

    #[test]
    fn passes_and_their_sections_follow_what_they_wait_for() {
        let text = "---\nschema_version: 1\nname: mend\npasses:\n  # after b\n  - id: a\n    agent: worker\n    needs: [b] # waits\n\n  - id: b\n    agent: worker\n  - {id: c, agent: worker}\ndescription: \"x\"\n---\n# Mend\n\n## a\nA.\n\n## Why\nWords.\n\n## c\nC.\n\n## b\nB.";
        let expected = "---\nschema_version: 1\nname: mend\npasses:\n\n  - id: b\n    agent: worker\n  # after b\n  - id: a\n    agent: worker\n    needs: [b] # waits\n  - {id: c, agent: worker}\ndescription: \"x\"\n---\n# Mend\n\n## b\nB.\n\n## Why\nWords.\n\n## a\nA.\n\n## c\nC.";
        assert_eq!(organised(text).as_deref(), Ok(expected));
        assert_eq!(organised(expected).as_deref(), Ok(expected));
    }

    #[test]
    fn what_cannot_be_ordered_says_why() {
        let circle = "---\nname: mend\npasses:\n  - {id: a, needs: [b]}\n  - {id: b, needs: [a]}\n---\n";
        assert_eq!(organised(circle), Err("the passes wait for each other in a circle".to_owned()));
        let unknown = circle.replace("[a]", "[x]");
        assert_eq!(organised(&unknown), Err("there is no pass `x`".to_owned()));
        assert_eq!(organise(&snapshot("---\nname: mend\npasses: [{id: a}]\n---\n"), PATH), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn nothing_is_lost_and_a_second_time_changes_nothing(needs in proptest::collection::vec((0usize..6, 0usize..6), 0..6), order in Just([0, 1, 2, 3, 4, 5]).prop_shuffle()) {
            let waits = |pass: usize| {
                let all = needs.iter().filter(|(a, b)| *a == pass && b < a).map(|(_, b)| format!("p{b}"));
                all.collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")
            };
            let passes: String = order.iter().map(|pass| format!("  # of {pass}\n  - id: p{pass}\n    agent: worker\n    needs: [{}]\n", waits(*pass))).collect();
            let sections: String = order.iter().rev().map(|pass| format!("## p{pass}\nDo {pass}.\n\n")).collect();
            let text = format!("---\nschema_version: 1\nname: mend\npasses:\n{passes}---\n{sections}");
            let after = organised(&text).unwrap();
            let lines = |text: &str| { let mut lines: Vec<String> = text.lines().map(str::to_owned).collect(); lines.sort(); lines };
            prop_assert_eq!(lines(&after), lines(&text));
            prop_assert_eq!(organised(&after).unwrap(), after.clone());
            let stands = |word: &str, pass: usize| after.find(&format!("{word}{pass}\n"));
            for (a, b) in needs.iter().filter(|(a, b)| b < a) {
                prop_assert!(stands("id: p", *b) < stands("id: p", *a) && stands("## p", *b) < stands("## p", *a));
            }
        }
    }
}
