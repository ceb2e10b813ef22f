//! Renames on the sample repositories: whatever name is taken, everything follows, and the way back leads to the same bytes.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::disallowed_methods)]

mod fixture;

use fixture::read as open;
use ide::Snapshot;
use ide::rename::{Fault, Means, Renaming, rename};
use proptest::prelude::*;
use spec::{FileKind, Name, NameKind, Role};
use std::collections::BTreeMap;

/// Texts by path, as on a disk.
type Disk = BTreeMap<String, String>;

fn ask(disk: &Disk, path: &str, offset: usize, new: &str) -> Result<Option<Renaming>, Fault> {
    let snapshot = open(disk);
    rename(&snapshot, path, offset, new, Means { moves: true }, &|path| snapshot.file(path).cloned())
}

/// As an editor does it: edits from the last to the first, then moves.
fn apply(disk: &Disk, renaming: &Renaming) -> Disk {
    let mut after = disk.clone();
    for (path, edits) in &renaming.edits {
        let text = after.get_mut(path).expect("a file");
        for edit in edits.iter().rev() {
            text.replace_range(edit.span.range(), &edit.text);
        }
    }
    for (from, to) in &renaming.moves {
        let text = after.remove(from).expect("a file");
        assert_eq!(after.insert(to.clone(), text), None, "nothing is overwritten");
    }
    after
}

/// The name without what it is inside of.
fn short(name: &Name) -> &str {
    name.text.rsplit('/').next().unwrap_or(&name.text)
}

/// The kind of a name and where it is written, but for the name: what a rename must not change.
fn shape(snapshot: &Snapshot, old: &Name, new: &Name) -> Vec<(NameKind, String, Role)> {
    // Where an input is named without its workflow, its own name is all that is written.
    let is_it = |name: &Name, it: &Name| name == it || name.kind == NameKind::AnyInput && name.text == short(it);
    let said = |name: &Name| if is_it(name, old) || is_it(name, new) { "it".to_owned() } else { name.text.clone() };
    let inside =
        |text: String| text.replacen(&format!("{}/", old.text), "it/", 1).replacen(&format!("{}/", new.text), "it/", 1);
    let names = snapshot.project.files().flat_map(|file| &file.facts.names);
    let mut all: Vec<_> = names.map(|(name, role, _)| (name.kind, inside(said(name)), *role)).collect();
    all.sort();
    all
}

/// Ways to write a plain name, all of which a rename must leave as they are.
fn rewritten(text: &str, name: &str, way: usize) -> String {
    let quoted = match way {
        0 => return text.to_owned(),
        1 => format!(": \"{name}\""),
        _ => format!(": '{name}'"),
    };
    let ends = |rest: &str| rest.starts_with(['\n', ',', '}', ' ']);
    let mut out = String::new();
    for (index, part) in text.split(&format!(": {name}")).enumerate() {
        if index > 0 {
            out.push_str(if ends(part) { &quoted } else { ": " });
            if !ends(part) {
                out.push_str(name);
            }
        }
        out.push_str(part);
    }
    out
}

/// A small repository in which everything leads to everything: templates of agents and gates, inputs of tickets, links.
fn knots() -> Disk {
    let files = [
        (
            ".tollgate/workflows/knot.md",
            "---\nschema_version: 1\nname: knot\ninputs:\n  scope: {type: string}\npasses:\n  - id: spec\n    agent: tier-one\n    outputs: [{id: note, path: \"x/{{inputs.scope}}.md\"}]\n    gate: shared\n  - {id: code, agent: worker, needs: [spec]}\n---\n[worker](../agents/worker.md) [spec](#spec) [code](knot.md#code)\n## spec\n{{ inputs.scope }}\n## code\n[note](/.tollgate/tickets/t-1.md)\n## Spec\n",
        ),
        (
            ".tollgate/workflows/side.md",
            "---\nname: side\ninputs:\n  scope: {type: string}\npasses:\n  - {id: spec, agent: judge}\n---\n[knot](knot.md#spec-1)\n## spec\n",
        ),
        (
            ".tollgate/agents/worker.md",
            "---\nname: worker\nwrites: [\"{{ inputs.scope }}/**\"]\n---\n[flow](../workflows/knot.md#spec), [gate](./../gates/shared.md).\n",
        ),
        (".tollgate/agents/tier-one.md", "---\nname: tier-one\nextends: worker\n---\n[w](worker.md)\n"),
        (".tollgate/agents/judge.md", "---\nname: judge\nwrites: [\"{{inputs.scope}}/**\"]\n---\n"),
        (
            ".tollgate/gates/shared.md",
            "---\nname: shared\nverify: [{artifact: \"{{ inputs.scope }}.md\"}]\n---\n[code](../workflows/knot.md#code)\n",
        ),
        (
            ".tollgate/tickets/t-1.md",
            "---\nid: t-1\nworkflow: knot\ninputs: {scope: shop}\n---\n[a](t-2.md) [b](../workflows/side.md#spec)\n",
        ),
        (
            ".tollgate/tickets/t-2.md",
            "---\nid: t-2\nworkflow: side\ninputs: {\"scope\": shop}\ndependencies: [t-1]\n---\n[a](t-1.md)\n",
        ),
        (
            "specs/001-a/spec.md",
            "# Feature Specification: A\n\n- **FR-001**: [code](../../.tollgate/workflows/knot.md#code)\n",
        ),
    ];
    files.map(|(path, text)| (path.to_owned(), text.to_owned())).into()
}

/// How many links lead to a file that is there, and to a heading that is there.
fn sound_links(disk: &Disk) -> (usize, usize) {
    let links =
        disk.iter().flat_map(|(path, text)| spec::links::file_links(path, text).into_iter().map(move |it| (text, it)));
    let (mut files, mut headings) = (0, 0);
    for (text, link) in links {
        let Some(to) = disk.get(&link.path) else { continue };
        files += 1;
        let read = syntax::markdown::read(to, syntax::front_matter::split(to).body);
        let anchors = syntax::markdown::anchors(read.headings.iter().map(|heading| heading.title.value.clone()));
        headings += usize::from(link.anchor.is_some_and(|anchor| anchors.iter().any(|known| known == anchor.of(text))));
    }
    (files, headings)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn there_and_back_is_where_it_began(
        which in prop::sample::select(vec!["shop", "speckit", "knots", "knots"]),
        pick in any::<prop::sample::Index>(),
        way in 0usize..3,
        crlf in any::<bool>(),
        number in 100u32..999,
    ) {
        let mut disk = if which == "knots" { knots() } else { fixture::texts(which) };
        let first = open(&disk);
        let places: Vec<(String, Name)> = first
            .project
            .files()
            // a name that only a path says has no place to start from
            .flat_map(|file| file.facts.names.iter().filter(|(_, _, span)| !span.is_empty()).map(|(name, _, _)| (file.path.clone(), name.clone())))
            .filter(|(_, name)| name.kind != NameKind::Feature)
            .collect();
        let (path, mut name) = pick.get(&places).clone();
        for text in disk.values_mut() {
            *text = rewritten(text, short(&name), way);
            if crlf {
                *text = text.replace('\n', "\r\n");
            }
        }
        let snapshot = open(&disk);
        let file = snapshot.file(&path).unwrap();
        let here = file.facts.names.iter().find(|(other, _, span)| *other == name && !span.is_empty());
        let offset = here.map(|(_, _, span)| span.start as usize).unwrap();
        // In an agent it is not written whose input it is.
        if name.kind == NameKind::AnyInput {
            name = ide::navigation::name_at(&snapshot, &path, offset).unwrap().0;
        }
        let new = match name.kind {
            NameKind::Requirement | NameKind::Task => format!("{}{number}", short(&name).trim_end_matches(|last: char| last.is_ascii_digit())),
            _ => format!("new-{number}"),
        };
        let renaming = match ask(&disk, &path, offset, &new) {
            // A ticket with records, an agent of a host, a range: refused in words.
            Err(Fault::Refused(words)) => {
                prop_assert!(words.ends_with('.') && !words.contains('\n'), "{}", words);
                return Ok(());
            }
            other => other.unwrap().unwrap(),
        };
        let after = apply(&disk, &renaming);
        prop_assert_ne!(&after, &disk);
        prop_assert_eq!(after.len(), disk.len());
        let there = open(&after);
        let to = Name { kind: name.kind, text: name.text.strip_suffix(short(&name)).unwrap().to_owned() + &new };
        let of_hosts = |snapshot: &Snapshot| {
            let places = snapshot.project.places(&name);
            places.iter().filter(|(file, _, _)| file.kind == FileKind::HostAgent).count()
        };
        prop_assert_eq!(there.project.places(&name).len(), of_hosts(&snapshot), "nothing but a host keeps the old name");
        prop_assert_eq!(shape(&there, &name, &to), shape(&snapshot, &name, &to));
        prop_assert_eq!(sound_links(&after), sound_links(&disk), "every link leads where it led");
        prop_assert!(renaming.notes.iter().all(|note| !note.contains("keeps `")), "nothing is in doubt: {:?}", renaming.notes);
        let definition = there.project.places(&to).into_iter().find(|(_, role, _)| *role == Role::Definition).unwrap();
        let (path, offset) = (definition.0.path.clone(), definition.2.start as usize);
        let back = ask(&after, &path, offset, short(&name));
        prop_assert_eq!(apply(&after, &back.unwrap().unwrap()), disk);
    }
}
