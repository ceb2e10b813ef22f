//! What edits make of a text and of a project, before anybody makes them: an action that would not do what it says is not
//! offered.

use crate::diagnostic::{Fix, TextEdit};
use crate::live::Live;
use crate::rules;
use spec::{Project, SpecFile};
use std::sync::Arc;

/// The text after the edits; `None` where two of them overlap or one lies outside.
pub fn edited<'a>(text: &str, edits: impl IntoIterator<Item = &'a TextEdit>) -> Option<String> {
    let mut edits: Vec<&TextEdit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let mut after = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        after.push_str(text.get(from..edit.span.start as usize)?);
        after.push_str(&edit.text);
        from = edit.span.end as usize;
    }
    after.push_str(text.get(from..)?);
    Some(after)
}

/// The project after a fix. `None` where a text is not known, or no longer one of ours.
pub(crate) fn project_after(project: &Project, fix: &Fix) -> Option<Project> {
    let mut after = project.clone();
    let mut paths: Vec<&str> = fix.edits.iter().map(|(path, _)| path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let text = match project.file(path) {
            Some(file) => file.text()?.clone(),
            None => Arc::from(""),
        };
        let edits = fix.edits.iter().filter(|(edited, _)| edited == path).map(|(_, edit)| edit);
        after.set(Arc::new(SpecFile::read(path, &edited(&text, edits)?)?));
    }
    Some(after)
}

/// What the rules say of a file, without places: rule and token, in order.
pub(crate) fn said(project: &Project, live: &Live, path: &str) -> Vec<(String, String)> {
    let text = project.file(path).and_then(|file| file.text()).map_or("", |text| text);
    let all = rules::check_live(project, live, path).into_iter();
    let mut said: Vec<(String, String)> = all.map(|one| (one.code, one.span.of(text).to_owned())).collect();
    said.sort();
    said
}

/// True when nothing is said afterwards that was not said before.
pub(crate) fn adds_nothing(before: &[(String, String)], after: &[(String, String)]) -> bool {
    let mut left = before.to_vec();
    after.iter().all(|one| match left.iter().position(|other| other == one) {
        Some(at) => {
            left.swap_remove(at);
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use text::Span;

    #[test]
    fn edits_are_made_in_order_of_place_and_never_on_each_other() {
        let edit = |start, end, text: &str| TextEdit { span: Span::new(start, end), text: text.to_owned() };
        assert_eq!(edited("abcd", &[edit(2, 3, "X"), edit(0, 1, "")]).as_deref(), Some("bXd"));
        assert_eq!(edited("abcd", &[edit(0, 3, "X"), edit(1, 2, "")]), None);
        assert_eq!(edited("ab", &[edit(1, 9, "X")]), None);
    }

    #[test]
    fn what_is_said_twice_may_be_said_twice() {
        let said = |all: &[&str]| all.iter().map(|one| ((*one).to_owned(), String::new())).collect::<Vec<_>>();
        assert!(adds_nothing(&said(&["a", "a", "b"]), &said(&["a", "a"])));
        assert!(!adds_nothing(&said(&["a", "b"]), &said(&["a", "a"])));
    }
}
