//! Comments that ignore a rule, with a reason:
//!
//! * in YAML `# tollgate-ignore <rule>[, <rule>]: <reason>`, on the line above or at the end of the line,
//! * in a Markdown body `<!-- tollgate-ignore <rule>: <reason> -->`, on the line above or on the line,
//! * anywhere in either, `tollgate-ignore-file` for the whole file.
//!
//! Without a reason nothing is ignored. A comment is one only in files of our own, and not inside a value or in code.
//! Several comments may stand above one line; blank lines between are passed over.

use crate::Snapshot;
use crate::diagnostic::{Diagnostic, Severity};
use crate::rules;
use crate::severities::is_protected;
use crate::states;
use memchr::memmem;
use spec::suppression::{self, KEYWORD};
use spec::{FileKind, ProblemKind, SpecFile};
use std::cell::{Cell, OnceCell};
use syntax::markdown::Comment;
use syntax::yaml::{Kind, Node};
use text::{Span, Spanned};

/// Written where a reason has to be, and none.
pub const PLACEHOLDER: &str = "TODO";

/// Rules that look at more than files: whether they say something depends on the machine, the branch and the day, so that a
/// comment may be needed elsewhere.
const OF_THE_MOMENT: &[&str] = &["cost/price-drift", "cost/price-map-stale", "ticket/feature-json-stale"];

/// True for a rule that says something else on another machine or another day.
pub(crate) fn is_of_the_moment(id: &str) -> bool {
    OF_THE_MOMENT.contains(&id) || states::ALL.iter().any(|state| state.id == id)
}

/// What a comment is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Scope {
    /// The line whose bytes these are.
    Line(Span),
    /// The whole file.
    File,
}

/// One comment.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Marker {
    /// The comment from its first to its last character.
    pub(crate) span: Span,
    /// Its word, with whatever is joined to it.
    pub(crate) keyword: Spanned<String>,
    /// The ids as written.
    pub(crate) ids: Vec<Spanned<String>>,
    /// The reason; without one, the place where it has to be.
    pub(crate) reason: Result<Span, Span>,
    /// What it is about.
    pub(crate) scope: Scope,
    /// True when nothing else stands on its line.
    pub(crate) alone: bool,
}

impl Marker {
    /// True for a word that means something.
    pub(crate) fn is_known(&self) -> bool {
        suppression::is_known(&self.keyword.value)
    }

    /// The ids that it ignores: none without a reason.
    fn effective(&self) -> impl Iterator<Item = &Spanned<String>> {
        self.ids.iter().filter(|id| self.is_known() && self.reason.is_ok() && can_be_ignored(&id.value))
    }

    fn covers(&self, diagnostic: &Diagnostic) -> bool {
        match self.scope {
            Scope::File => true,
            Scope::Line(line) => line.touches(diagnostic.span.start as usize),
        }
    }
}

/// True for a rule that a comment can ignore: one that looks at files, and that is not about trust and safety.
pub(crate) fn can_be_ignored(id: &str) -> bool {
    !is_protected(id) && !id.starts_with("suppression/") && rules::all().iter().any(|rule| rule.id == id)
}

/// True for a file of ours in which comments can stand.
pub(crate) fn takes_comments(kind: FileKind) -> bool {
    kind.map().is_some()
}

/// All comments of a file, in order of place.
pub(crate) fn markers(file: &SpecFile, text: &str) -> Vec<Marker> {
    if !takes_comments(file.kind) {
        return Vec::new();
    }
    let mut found: Vec<Marker> = Vec::new();
    let yaml = file.yaml();
    let (values, body) = (OnceCell::new(), OnceCell::new());
    for at in memmem::find_iter(text.as_bytes(), KEYWORD) {
        let in_yaml = yaml.start as usize <= at && at < yaml.end as usize;
        let comment = if in_yaml {
            let values = values.get_or_init(|| scalars(&syntax::yaml::read(text, yaml).root));
            yaml_comment(text, at, values)
        } else {
            let body = body.get_or_init(|| {
                let span = syntax::front_matter::split(text).body;
                suppression::comments(text, &syntax::markdown::read(text, span), span)
            });
            html_comment(at, body)
        };
        let Some((span, words_end)) = comment else { continue };
        if found.last().is_some_and(|last| span.start < last.span.end) {
            continue; // named in the reason of one
        }
        found.push(marker(text, span, at, words_end));
    }
    // From the last to the first: what stands above a comment alone is about the same line.
    let mut below: Option<(usize, Span)> = None;
    for marker in found.iter_mut().rev() {
        let own = line_of(text, marker.span.start as usize);
        let end = line_of(text, marker.span.end as usize).range().end;
        if !marker.alone {
            let of_file = marker.scope == Scope::File;
            marker.scope = if of_file { Scope::File } else { Scope::Line(own) };
            continue;
        }
        let target = next_line(text, end, (end as u32) < yaml.end);
        let target = match below {
            Some((start, there)) if target.start as usize == start => there,
            _ => target,
        };
        below = Some((own.start as usize, target));
        if marker.scope != Scope::File {
            marker.scope = Scope::Line(target);
        }
    }
    found
}

/// Places of all keys and values that could hold a `#`.
fn scalars(root: &Node) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut rest = vec![root];
    while let Some(node) = rest.pop() {
        match &node.kind {
            Kind::Map(entries) => {
                spans.extend(entries.iter().map(|entry| entry.key.span));
                rest.extend(entries.iter().map(|entry| &entry.value));
            }
            Kind::Seq(items) => rest.extend(items),
            Kind::Scalar(_) => spans.push(node.span),
            Kind::Null => {}
        }
    }
    spans
}

/// The comment whose word stands at `at`, and where its words end.
fn yaml_comment(text: &str, at: usize, values: &[Span]) -> Option<(Span, usize)> {
    let line = line_of(text, at).range();
    let before = text[line.start..at].trim_end_matches([' ', '\t']).strip_suffix('#')?;
    let start = line.start + before.len();
    let apart = before.is_empty() || before.ends_with([' ', '\t']);
    let inside = values.iter().any(|value| (value.start as usize) < start && start < value.end as usize);
    let end = line.start + text[line.clone()].trim_end().len();
    (apart && !inside).then(|| (Span::new(start, end), end))
}

fn html_comment(at: usize, body: &[Comment]) -> Option<(Span, usize)> {
    let before = body.partition_point(|comment| comment.span.end as usize <= at);
    let comment = body.get(before).filter(|comment| comment.words.touches(at))?;
    Some((comment.span, comment.words.end as usize))
}

/// Takes the words of a comment apart.
fn marker(text: &str, span: Span, at: usize, end: usize) -> Marker {
    let joined = text[at..end].find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
    let after = at + joined.unwrap_or(end - at);
    let keyword = Spanned::new(text[at..after].to_owned(), Span::new(at, after));
    let (ids_end, reason) = match text[after..end].find(':') {
        Some(colon) => {
            let words = &text[after + colon + 1..end];
            let from = after + colon + 1 + (words.len() - words.trim_start().len());
            let reason = Span::new(from, from + words.trim().len());
            let said = is_reason(reason.of(text));
            let place = if reason.is_empty() { Span::new(after + colon, after + colon + 1) } else { reason };
            (after + colon, if said { Ok(reason) } else { Err(place) })
        }
        None => (end, Err(keyword.span)),
    };
    let mut ids = Vec::new();
    let mut from = after;
    for part in text[after..ids_end].split(',') {
        // What follows an id without a colon is no id.
        let id = part.split_whitespace().next().unwrap_or_default();
        if !id.is_empty() {
            let start = from + part.find(id).unwrap_or_default();
            ids.push(Spanned::new(id.to_owned(), Span::new(start, start + id.len())));
        }
        from += part.len() + 1;
    }
    let reason = reason.map_err(|place| match ids.last() {
        Some(last) if place == keyword.span => last.span,
        _ => place,
    });
    let line = line_of(text, span.start as usize).range();
    let last = line_of(text, span.end as usize).range();
    let nothing = |part: &str| part.trim().is_empty();
    let alone = nothing(&text[line.start..span.start as usize]) && nothing(&text[span.end as usize..last.end]);
    let of_file = keyword.value == "tollgate-ignore-file";
    let scope = if of_file { Scope::File } else { Scope::Line(Span::default()) };
    Marker { span, keyword, ids, reason, scope, alone }
}

/// True for words that say why.
fn is_reason(words: &str) -> bool {
    let plain = words.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
    !matches!(plain.as_str(), "" | "todo" | "fixme" | "tbd" | "why" | "reason")
}

/// The line of a place, without its end.
fn line_of(text: &str, at: usize) -> Span {
    let start = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let end = text[at..].find(['\n', '\r']).map_or(text.len(), |end| at + end);
    Span::new(start, end)
}

/// The first line with words that begins behind the line end at `end`; in YAML a comment has none.
fn next_line(text: &str, end: usize, in_yaml: bool) -> Span {
    let mut end = end;
    loop {
        let rest = &text[end..];
        let words = rest.find(|letter: char| !letter.is_whitespace()).unwrap_or(rest.len());
        let line = line_of(text, end + words);
        if !(in_yaml && rest[words..].starts_with('#')) || line.end as usize >= text.len() {
            return line;
        }
        end = line.end as usize;
    }
}

/// What a comment ignores.
#[derive(Clone, PartialEq, Debug)]
pub struct Ignored {
    /// What would be said.
    pub diagnostic: Diagnostic,
    /// Why it is not, in the words of the comment.
    pub reason: String,
}

/// Takes away what comments ignore, and says which of them ignore nothing. Gives what was taken away, once each.
pub(crate) fn apply(file: &SpecFile, text: &str, found: &mut Vec<Diagnostic>) -> Vec<Ignored> {
    let mut ignored = Vec::new();
    let all = markers(file, text);
    if all.is_empty() {
        return ignored;
    }
    let effective: Vec<(&Marker, &Spanned<String>, Cell<bool>)> =
        all.iter().flat_map(|marker| marker.effective().map(move |id| (marker, id, Cell::new(false)))).collect();
    found.retain(|diagnostic| {
        let mut why = None;
        for (marker, id, used) in &effective {
            if id.value == diagnostic.code && marker.covers(diagnostic) {
                used.set(true);
                why = why.or(marker.reason.ok());
            }
        }
        let reason = why.map(|reason| reason.of(text).to_owned());
        ignored.extend(reason.map(|reason| Ignored { diagnostic: diagnostic.clone(), reason }));
        why.is_none()
    });
    // Where a file cannot be read whole, what would be said of the rest is not known.
    let broken = file.problems.iter().any(|problem| {
        matches!(
            problem.kind,
            ProblemKind::InvalidYaml(_) | ProblemKind::FrontMatterUnclosed | ProblemKind::TooLarge(_)
        )
    });
    if broken {
        return ignored;
    }
    for marker in &all {
        let of_it = || effective.iter().filter(|(of, _, _)| std::ptr::eq(*of, marker));
        let unused: Vec<&Spanned<String>> =
            of_it().filter(|(_, id, used)| !used.get() && !is_of_the_moment(&id.value)).map(|(_, id, _)| *id).collect();
        let whole = unused.len() == marker.ids.len();
        for id in &unused {
            let (title, span) = match whole {
                true => ("Remove the comment".to_owned(), whole_comment(text, marker)),
                false => (format!("Remove `{}` from the comment", id.value), without(marker, id)),
            };
            let mut diagnostic = Diagnostic::new(
                UNUSED,
                Severity::Warning,
                if whole && unused.len() == 1 { marker.span } else { id.span },
                format!("`{}` says nothing here, so there is nothing to ignore", id.value),
            )
            .fix(title, &file.path, span, "");
            diagnostic.unnecessary = true;
            found.push(diagnostic);
        }
    }
    ignored
}

/// What comments of the file at `path` ignore, in order of place.
pub fn ignored(snapshot: &Snapshot, path: &str) -> Vec<Ignored> {
    let text = snapshot.file(path).and_then(|file| file.text());
    // Most files have no such comment, and need no second look.
    match text.filter(|text| memmem::find(text.as_bytes(), KEYWORD.as_bytes()).is_some()) {
        Some(_) => rules::check_all(&snapshot.project, &snapshot.live, path).1,
        None => Vec::new(),
    }
}

/// The rule that is said by [`apply`].
pub(crate) const UNUSED: &str = "suppression/unused";

/// What goes away with a comment: its line, or it and the white space before it.
pub(crate) fn whole_comment(text: &str, marker: &Marker) -> Span {
    let (start, end) = (marker.span.start as usize, marker.span.end as usize);
    if marker.alone {
        let from = line_of(text, start).range().start;
        let rest = &text[line_of(text, end).range().end..];
        let line_end = if rest.starts_with("\r\n") { 2 } else { usize::from(!rest.is_empty()) };
        return Span::new(from, text.len() - rest.len() + line_end);
    }
    let before = text[..start].trim_end_matches([' ', '\t']).len();
    Span::new(before, end)
}

/// What goes away with one of several ids: it and the comma that joins it.
pub(crate) fn without(marker: &Marker, id: &Spanned<String>) -> Span {
    let at = marker.ids.iter().position(|other| other.span == id.span).unwrap_or_default();
    match (marker.ids.get(at + 1), at.checked_sub(1).and_then(|before| marker.ids.get(before))) {
        (Some(next), _) => Span::new(id.span.start as usize, next.span.start as usize),
        (None, Some(before)) => Span::new(before.span.end as usize, id.span.end as usize),
        (None, None) => id.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use spec::Project;
    use std::sync::Arc;

    fn said(path: &str, text: &str) -> Vec<(String, String)> {
        let mut project = Project::default();
        project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        let all = rules::check(&project, path);
        all.iter().map(|one| (one.code.clone(), one.span.of(text).to_owned())).collect()
    }

    /// A ticket with these lines in front of its end, and this body.
    #[track_caller]
    fn check(lines: &str, body: &str, expected: &[(&str, &str)]) {
        let text =
            format!("---\nschema_version: 1\nid: t-1\ntitle: T\nstatus: To Do\ntype: feature\n{lines}---\n{body}");
        let found = said(".tollgate/tickets/t-1.md", &text);
        let found: Vec<(&str, &str)> = found.iter().map(|(code, words)| (code.as_str(), words.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn above_and_behind_a_line_and_for_a_file() {
        let unknown = ("schema/unknown-key", "nope");
        check("nope: 1\n", "", &[unknown]);
        check("# tollgate-ignore schema/unknown-key: our importer writes it\nnope: 1\n", "", &[]);
        check("nope: 1 # tollgate-ignore schema/unknown-key: our importer writes it\n", "", &[]);
        check("#tollgate-ignore   schema/unknown-key : our importer\n\n# a word\nnope: 1\n", "", &[]);
        let far = "# tollgate-ignore schema/unknown-key: our importer";
        check(&format!("{far}\npriority: high\nnope: 1\n"), "", &[("suppression/unused", far), unknown]);
        check("# tollgate-ignore schema/unknown-key: our importer\n\nnope: 1\n", "", &[]);
        check("nope: 1\n", "\n<!-- tollgate-ignore-file schema/unknown-key: our importer -->\n", &[]);
        check("# tollgate-ignore-file schema/unknown-key: our importer\nother: 1\nnope: 1\n", "", &[]);
        check(
            "# tollgate-ignore schema/unknown-key: one\n# tollgate-ignore value/money: two\nnope: 1\n",
            "",
            &[("suppression/unused", "# tollgate-ignore value/money: two")],
        );
    }

    #[test]
    fn what_is_no_comment_ignores_nothing() {
        let unknown = ("schema/unknown-key", "nope");
        check("branch: \"a # tollgate-ignore schema/unknown-key: b\"\nnope: 1\n", "", &[unknown]);
        check("nope: 1\n", "```\n<!-- tollgate-ignore-file schema/unknown-key: b -->\n```\n", &[unknown]);
        check("nope: 1\n", "Write `<!-- tollgate-ignore-file schema/unknown-key: b -->`.\n", &[unknown]);
        check("nope: 1\n", "tollgate-ignore-file schema/unknown-key: b\n", &[unknown]);
    }

    #[test]
    fn a_comment_of_several_rules_loses_what_it_does_not_need() {
        let file = |ids: &str| {
            format!(
                "---\nschema_version: 1\nid: t-1\ntitle: T\nstatus: To Do\ntype: feature\n# tollgate-ignore {ids}: why not\nnope: 1\n---\n"
            )
        };
        let path = ".tollgate/tickets/t-1.md";
        for (ids, unused, left) in [
            ("value/money, schema/unknown-key", "value/money", "schema/unknown-key"),
            ("schema/unknown-key, value/money", "value/money", "schema/unknown-key"),
            ("schema/unknown-key , value/money,id/bad", "value/money", "schema/unknown-key , id/bad"),
        ] {
            let text = file(ids);
            let mut project = Project::default();
            project.set(Arc::new(SpecFile::read(path, &text).unwrap()));
            let all = rules::check(&project, path);
            assert_eq!((all[0].code.as_str(), all[0].span.of(&text)), (UNUSED, unused), "{all:?}");
            assert!(all.iter().all(|one| one.code == UNUSED && one.unnecessary));
            let edit = &all[0].fixes[0].edits[0].1;
            let mut after = text.clone();
            after.replace_range(edit.span.range(), &edit.text);
            assert_eq!(after, file(left));
        }
    }

    #[test]
    fn what_cannot_be_read_whole_has_no_comment_too_many() {
        check("# tollgate-ignore value/money: why not\nbudget: {limit_usd: [\n", "", &[("yaml/invalid", "{")]);
    }

    #[test]
    fn the_words_of_a_comment_say_a_reason_or_none() {
        for good in ["our importer writes it", "todolist keeps it", "see #12", "TODO(ada): after the move"] {
            assert!(is_reason(good), "{good}");
        }
        for bad in ["", " ", "TODO", "todo.", "<why>", "...", "…", "Reason:"] {
            assert!(!is_reason(bad), "{bad}");
        }
        check(
            "# tollgate-ignore schema/unknown-key\nnope: 1\n",
            "",
            &[("suppression/no-reason", "schema/unknown-key"), ("schema/unknown-key", "nope")],
        );
        check(
            "# tollgate-ignore schema/unknown-key:\nnope: 1\n",
            "",
            &[("suppression/no-reason", ":"), ("schema/unknown-key", "nope")],
        );
        check("# tollgate-ignore\n", "", &[("suppression/no-reason", "tollgate-ignore")]);
        check(
            "# tollgate-ignore-next-line id/bad: so\n",
            "",
            &[("suppression/unknown-rule", "tollgate-ignore-next-line")],
        );
    }

    proptest! {
        #[test]
        fn nothing_panics_and_every_place_is_in_the_text(
            head in "(#? ?tollgate-ignore(-file)?[a-z/, :]{0,12}\r?\n|nope: 1\n|a: \\|\n  #tollgate-ignore x: y\n|é\n){0,6}",
            body in "(<!-- ?tollgate-ignore [a-z/, :é]{0,9}(-->)?\r?\n|```\n|`|words\n|\n){0,8}",
        ) {
            let text = format!("---\n{head}---\n{body}");
            let file = SpecFile::read(".tollgate/tickets/t-1.md", &text).unwrap();
            for marker in markers(&file, &text) {
                prop_assert!(marker.span.of(&text).contains(KEYWORD));
                prop_assert!(text.get(whole_comment(&text, &marker).range()).is_some());
                for id in &marker.ids {
                    prop_assert_eq!(id.span.of(&text), id.value.as_str());
                }
            }
            let mut project = Project::default();
            project.set(Arc::new(file));
            rules::check(&project, ".tollgate/tickets/t-1.md");
        }
    }
}
