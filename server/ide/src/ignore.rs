//! "Ignore this rule here, with a reason…": a comment in our own files; for files of other tools, into which nothing of ours
//! is ever written, an entry of the configuration with its reason above it. Where the configuration cannot take one, the
//! baseline can.
//!
//! Whether a comment can stand at a place is not worked out but tried: the file is read again with it, and the action is
//! offered when the diagnostic is gone, nothing new is said, and the file means the same to others.

use crate::Snapshot;
use crate::baseline;
use crate::change::{adds_nothing, project_after, said};
use crate::diagnostic::{Diagnostic, Fix, TextEdit};
use crate::fix_all::difference;
use crate::live::Live;
use crate::suppressions::{PLACEHOLDER, Scope, can_be_ignored, markers, takes_comments};
use spec::baseline::Entry;
use spec::{FileKind, Project, SpecFile};
use syntax::yaml::{self, Kind, Node};
use text::Span;

/// What ignores a rule, and whether a reason is still to be filled in for [`PLACEHOLDER`].
pub(crate) fn ignore(snapshot: &Snapshot, file: &SpecFile, diagnostic: &Diagnostic) -> Option<(Fix, bool)> {
    if !can_be_ignored(&diagnostic.code) {
        return None;
    }
    match file.kind {
        kind if kind.is_foreign() => in_config(&snapshot.project, &file.path, &diagnostic.code)
            .or_else(|| in_baseline(&snapshot.project, file, diagnostic).map(|fix| (fix, false))),
        kind if takes_comments(kind) => in_comment(&snapshot.project, &snapshot.live, file, diagnostic),
        _ => None,
    }
}

/// A comment where it takes effect: joined to one of the line, above the line, behind it, or for the whole file.
fn in_comment(project: &Project, live: &Live, file: &SpecFile, diagnostic: &Diagnostic) -> Option<(Fix, bool)> {
    let text = file.text()?;
    let rule = &diagnostic.code;
    let here = diagnostic.span.start as usize;
    let of_line = |marker: &crate::suppressions::Marker| {
        let Scope::Line(line) = marker.scope else { return None };
        let joins = line.touches(here) && marker.is_known() && marker.reason.is_ok();
        let last = marker.ids.last().filter(|_| joins)?;
        Some(TextEdit { span: Span::empty(last.span.end as usize), text: format!(", {rule}") })
    };
    let before = said(project, live, &file.path);
    let title = || format!("Ignore `{rule}` here, with a reason…");
    let fix = |title: String, edit: TextEdit| Fix { title, edits: vec![(file.path.clone(), edit)], preferred: false };
    let works = |fix: &Fix| {
        // The reason is the person's to write: with one the comment has to take effect.
        let mut with_reason = fix.clone();
        for (_, edit) in &mut with_reason.edits {
            edit.text = edit.text.replace(PLACEHOLDER, "why it is so");
        }
        let Some(after) = project_after(project, &with_reason) else { return false };
        let now = said(&after, live, &file.path);
        let same_facts = after.file(&file.path).is_some_and(|now| now.facts.same_names(&file.facts));
        same_facts && now.len() < before.len() && adds_nothing(&before, &now)
    };
    let joined = markers(file, text).iter().find_map(of_line).map(|edit| fix(title(), edit));
    if let Some(joined) = joined.filter(&works) {
        return Some((joined, false));
    }
    let yaml = file.yaml();
    let in_yaml = yaml.start as usize <= here && here < yaml.end as usize;
    let newline = newline(text);
    let start = text[..here].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let end = text[here..].find(['\n', '\r']).map_or(text.len(), |end| here + end);
    let indent: String = text[start..end].chars().take_while(|letter| matches!(letter, ' ' | '\t')).collect();
    let comment = |word: &str, in_yaml: bool| match in_yaml {
        true => format!("# {word} {rule}: {PLACEHOLDER}"),
        false => format!("<!-- {word} {rule}: {PLACEHOLDER} -->"),
    };
    let line = comment("tollgate-ignore", in_yaml);
    let whole = || format!("Ignore `{rule}` in this file, with a reason…");
    let top = |in_yaml: bool, at: usize| {
        let text = format!("{}{newline}", comment("tollgate-ignore-file", in_yaml));
        fix(whole(), TextEdit { span: Span::empty(at), text })
    };
    let body = text.get(yaml.end as usize..).and_then(|rest| rest.find('\n')).map(|end| yaml.end as usize + end + 1);
    let ways = [
        Some(fix(title(), TextEdit { span: Span::empty(start), text: format!("{indent}{line}{newline}") })),
        Some(fix(title(), TextEdit { span: Span::empty(end), text: format!(" {line}") })),
        Some(top(true, yaml.start as usize)),
        body.filter(|_| file.kind != FileKind::Config).map(|at| top(false, at)),
    ];
    ways.into_iter().flatten().find(works).map(|fix| (fix, true))
}

/// The line end that a text uses.
pub(crate) fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

const CONFIG: &str = ".tollgate/config.yaml";

/// An entry of `rules.paths` that turns a rule off in one file, below a comment that says why where one can stand. Without
/// a configuration one is written.
fn in_config(project: &Project, path: &str, rule: &str) -> Option<(Fix, bool)> {
    // Letters of globs and of quoted words stand for themselves.
    let is_plain = |letter: char| !letter.is_control() && !"*?[]{}\"\\".contains(letter);
    let glob: String = path.chars().map(|letter| if is_plain(letter) { letter } else { '?' }).collect();
    let entry = format!("{{paths: [\"{glob}\"], severity: {{{rule}: \"off\"}}}}");
    let why = format!("# {rule} is off here: {PLACEHOLDER}");
    let fix = |edit: TextEdit| {
        let has_reason = edit.text.contains(&why);
        let reason = if has_reason { ", with a reason…" } else { "" };
        let title = format!("Ignore `{rule}` in this file, by {CONFIG}{reason}");
        (Fix { title, edits: vec![(CONFIG.to_owned(), edit)], preferred: false }, has_reason)
    };
    let Some(config) = project.file(CONFIG) else {
        let text = format!("schema_version: 1\nrules:\n  paths:\n    {why}\n    - {entry}\n");
        return Some(fix(TextEdit { span: Span::empty(0), text }));
    };
    let text = config.text()?;
    let document = yaml::read(text, config.yaml());
    let (fix, has_reason) = fix(entry_edit(text, &document.root, &why, &entry)?);
    let after = project_after(project, &fix)?;
    let (file, read) = after.config()?;
    let is_off = read.severity(rule, path).is_some_and(|word| word.value == "off");
    (is_off && file.problems.len() <= config.problems.len()).then_some((fix, has_reason))
}

/// One more finding that the baseline holds back.
fn in_baseline(project: &Project, file: &SpecFile, diagnostic: &Diagnostic) -> Option<Fix> {
    let new = baseline::entries(&file.path, file.text()?, std::slice::from_ref(diagnostic)).pop()?;
    let (text, mut entries) = match (project.file(baseline::PATH), project.baseline()) {
        (None, _) => ("", Vec::new()),
        (Some(file), Some((_, known))) => (&**file.text()?, known.entries.clone()),
        // It cannot be read: who mends it decides what is in it.
        (Some(_), None) => return None,
    };
    let same =
        |entry: &&mut Entry| (&entry.path, &entry.rule, &entry.fingerprint) == (&new.path, &new.rule, &new.fingerprint);
    match entries.iter_mut().find(same) {
        Some(known) => known.count += 1,
        None => entries.push(new),
    }
    let edits = difference(text, &spec::baseline::render(&entries)).into_iter();
    let edits = edits.map(|edit| (baseline::PATH.to_owned(), edit)).collect();
    let title = format!("Hold this `{}` back, by {}", diagnostic.code, baseline::PATH);
    Some(Fix { title, edits, preferred: false })
}

/// Where the entry goes: into the list, into `rules`, or at the end. In a list of lines `why` stands above it.
fn entry_edit(text: &str, root: &Node, why: &str, entry: &str) -> Option<TextEdit> {
    let newline = newline(text);
    let is_flow = |node: &Node| matches!(text.as_bytes().get(node.span.start as usize), Some(b'{' | b'['));
    let line_start = |at: usize| text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    let line_end = |at: usize| text[at..].find(['\n', '\r']).map_or(text.len(), |end| at + end);
    let insert = |at: usize, text: String| Some(TextEdit { span: Span::empty(at), text });
    let Some(rules) = root.entry("rules").filter(|rules| !rules.value.is_null()) else {
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { newline };
        if let Some(empty) = root.entry("rules") {
            let lines = format!("{newline}  paths:{newline}    {why}{newline}    - {entry}");
            return insert(line_end(empty.key.span.end as usize), lines);
        }
        return insert(
            text.len(),
            format!("{gap}rules:{newline}  paths:{newline}    {why}{newline}    - {entry}{newline}"),
        );
    };
    if is_flow(&rules.value) {
        return match rules.value.entry("paths") {
            Some(paths) if is_flow(&paths.value) => {
                let comma = if paths.value.items().is_empty() { "" } else { ", " };
                insert(paths.value.span.end as usize - 1, format!("{comma}{entry}"))
            }
            Some(_) => None,
            None => {
                let comma = if rules.value.entries().is_empty() { "" } else { ", " };
                insert(rules.value.span.end as usize - 1, format!("{comma}paths: [{entry}]"))
            }
        };
    }
    let Kind::Map(entries) = &rules.value.kind else { return None };
    match rules.value.entry("paths").map(|paths| &paths.value) {
        Some(list) if is_flow(list) => {
            let comma = if list.items().is_empty() { "" } else { ", " };
            insert(list.span.end as usize - 1, format!("{comma}{entry}"))
        }
        Some(list) if !list.items().is_empty() => {
            let (first, last) = (list.items().first()?, list.items().last()?);
            let dash = line_start(first.span.start as usize);
            let indent = &text[dash..dash + text[dash..].find('-')?];
            insert(line_end(last.span.end as usize), format!("{newline}{indent}{why}{newline}{indent}- {entry}"))
        }
        paths => {
            let key = entries.first()?.key.span.start as usize;
            let indent = " ".repeat(key - line_start(key));
            match paths.and_then(|_| rules.value.entry("paths")) {
                Some(empty) => {
                    let lines = format!("{newline}{indent}  {why}{newline}{indent}  - {entry}");
                    insert(line_end(empty.key.span.end as usize), lines)
                }
                None => {
                    let end = line_end(rules.value.span.end as usize);
                    insert(end, format!("{newline}{indent}paths:{newline}{indent}  {why}{newline}{indent}  - {entry}"))
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::edited;
    use crate::diagnostics::diagnostics;
    use std::sync::Arc;

    fn snapshot(files: &[(&str, &str)]) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for (path, text) in files {
            snapshot.project.set(Arc::new(SpecFile::read(path, text).unwrap()));
        }
        snapshot
    }

    /// The edited file after ignoring the first diagnostic of that rule.
    fn ignored(files: &[(&str, &str)], path: &str, rule: &str) -> Option<(String, String)> {
        let snapshot = snapshot(files);
        let all = diagnostics(&snapshot, path, None);
        let diagnostic = all.iter().find(|one| one.code == rule).unwrap_or_else(|| panic!("{rule} in {all:?}"));
        let (fix, _) = ignore(&snapshot, snapshot.file(path).unwrap(), diagnostic)?;
        let (edited_path, edit) = &fix.edits[0];
        let text = files.iter().find(|(path, _)| path == edited_path).map_or("", |(_, text)| text);
        Some((fix.title, edited(text, [edit]).unwrap()))
    }

    const TICKET: &str = ".tollgate/tickets/t-1.md";

    #[track_caller]
    fn check(lines: &str, body: &str, rule: &str, expected: &str) {
        let text = |lines: &str, body: &str| {
            format!("---\nschema_version: 1\nid: t-1\ntitle: T\nstatus: To Do\ntype: feature\n{lines}---\n{body}")
        };
        let (_, after) = ignored(&[(TICKET, &text(lines, body))], TICKET, rule).expect("an action");
        assert_eq!(after, text(expected, body));
    }

    #[test]
    fn a_comment_goes_above_the_line() {
        check("nope: 1\n", "", "schema/unknown-key", "# tollgate-ignore schema/unknown-key: TODO\nnope: 1\n");
        check(
            "budget:\n  limit_usd: 1\n  nope: 1\n",
            "",
            "schema/unknown-key",
            "budget:\n  limit_usd: 1\n  # tollgate-ignore schema/unknown-key: TODO\n  nope: 1\n",
        );
    }

    #[test]
    fn it_joins_the_comment_of_the_line() {
        check(
            "# tollgate-ignore schema/unknown-key: the board writes it\nbudget: {limit_usd: 1e9, nope: 1}\n",
            "",
            "value/money",
            "# tollgate-ignore schema/unknown-key, value/money: the board writes it\nbudget: {limit_usd: 1e9, nope: 1}\n",
        );
        check(
            "budget: {limit_usd: 1e9, nope: 1} # tollgate-ignore schema/unknown-key: the board writes it\n",
            "",
            "value/money",
            "budget: {limit_usd: 1e9, nope: 1} # tollgate-ignore schema/unknown-key, value/money: the board writes it\n",
        );
    }

    #[test]
    fn where_no_comment_can_stand_it_is_for_the_file() {
        let text = "---\nid: t-1\ntitle: T\nstatus: To Do\n---\n";
        let (title, after) = ignored(&[(TICKET, text)], TICKET, "schema/version").unwrap();
        assert!(title.contains("in this file"), "{title}");
        assert!(after.starts_with("---\n# tollgate-ignore-file schema/version: TODO\nid"), "{after}");
        let (_, after) = ignored(&[(TICKET, "words\n")], TICKET, "front-matter/missing").unwrap();
        assert_eq!(after, "words <!-- tollgate-ignore front-matter/missing: TODO -->\n");
    }

    #[test]
    fn in_a_body_it_is_a_comment_of_markdown() {
        let path = ".tollgate/workflows/mend.md";
        let text = "---\nschema_version: 1\nname: mend\npasses:\n  - id: patch\n    type: gate\n---\n# Mend\n\n## patch\nWords.\n\n## more\nWords.\n";
        let (_, after) = ignored(&[(path, text)], path, "workflow/orphan-section").unwrap();
        assert!(after.contains("\n<!-- tollgate-ignore workflow/orphan-section: TODO -->\n## more\n"), "{after}");
    }

    #[test]
    fn what_is_about_trust_is_not_offered() {
        let text = "---\nschema_version: 1\nid: t-1\ntitle: \"T\u{202e}\"\nstatus: To Do\nspec: ../up.md\n---\n";
        for rule in ["text/invisible-character", "path/escapes-root"] {
            assert_eq!(ignored(&[(TICKET, text)], TICKET, rule), None);
        }
    }

    #[test]
    fn files_of_other_tools_stay_as_they_are() {
        let path = "specs/004-late-fees/tasks.md";
        let tasks =
            "# Tasks: Late fees\n\n- [ ] T001 One\n- [ ] T002 Two\n- [ ] T004 Four\n- [ ] T005 Five\n- [ ] T006 Six\n";
        let entry = "{paths: [\"specs/004-late-fees/tasks.md\"], severity: {tasks/gap: \"off\"}}";
        let after = |config: &str| {
            let files = [(path, tasks), (CONFIG, config)];
            ignored(if config.is_empty() { &files[..1] } else { &files }, path, "tasks/gap").expect("an action").1
        };
        let why = "# tasks/gap is off here: TODO";
        assert_eq!(after(""), format!("schema_version: 1\nrules:\n  paths:\n    {why}\n    - {entry}\n"));
        for (config, expected) in [
            ("schema_version: 1", "schema_version: 1\nrules:\n  paths:\n    WHY\n    - ENTRY\n"),
            ("schema_version: 1\nrules:\n", "schema_version: 1\nrules:\n  paths:\n    WHY\n    - ENTRY\n"),
            ("schema_version: 1\nrules: {}\n", "schema_version: 1\nrules: {paths: [ENTRY]}\n"),
            (
                "schema_version: 1\nrules: {severity: {id/bad: hint}} # ours\n",
                "schema_version: 1\nrules: {severity: {id/bad: hint}, paths: [ENTRY]} # ours\n",
            ),
            (
                "schema_version: 1\nrules:\n  severity: # ours\n    id/bad: hint # yes\nrecords: git\n",
                "schema_version: 1\nrules:\n  severity: # ours\n    id/bad: hint # yes\n  paths:\n    WHY\n    - ENTRY\nrecords: git\n",
            ),
            (
                "schema_version: 1\nrules:\n  paths:\n  - {paths: [a], severity: {id/bad: hint}} # b\nrecords: git\n",
                "schema_version: 1\nrules:\n  paths:\n  - {paths: [a], severity: {id/bad: hint}} # b\n  WHY\n  - ENTRY\nrecords: git\n",
            ),
            ("schema_version: 1\nrules:\n  paths: []\n", "schema_version: 1\nrules:\n  paths: [ENTRY]\n"),
        ] {
            assert_eq!(after(config), expected.replace("ENTRY", entry).replace("WHY", why), "{config}");
        }
    }
    #[test]
    fn what_the_configuration_cannot_take_goes_into_the_baseline() {
        let path = "specs/004-late-fees/tasks.md";
        let tasks = "# Tasks: Late fees\n\n- [ ] T001 One\n- [ ] T001 Two\n";
        let broken = (CONFIG, "schema_version: 1\nrules: {paths: never}\n");
        let files = [(path, tasks), broken];
        let (title, text) = ignored(&files, path, "tasks/duplicate-id").unwrap();
        assert_eq!(title, "Hold this `tasks/duplicate-id` back, by .tollgate/baseline.json");
        let held = snapshot(&[(path, tasks), broken, (baseline::PATH, &text)]);
        assert_eq!(diagnostics(&held, path, None), []);

        // One that is there already is kept, and an odd path is no reason to refuse.
        let other = text.replace("004-late-fees", "005-other");
        let held = snapshot(&[(path, tasks), broken, (baseline::PATH, &other)]);
        let all = diagnostics(&held, path, None);
        let (fix, _) = ignore(&held, held.file(path).unwrap(), &all[0]).unwrap();
        let after = edited(&other, fix.edits.iter().map(|(_, edit)| edit)).unwrap();
        assert!(after.contains("004-late-fees") && after.contains("005-other"), "{after}");
        let odd = "specs/004-\"late\"-fees/tasks.md";
        let (_, config) = ignored(&[(odd, tasks)], odd, "tasks/duplicate-id").unwrap();
        assert!(config.contains("[\"specs/004-?late?-fees/tasks.md\"]"), "{config}");
    }
}
