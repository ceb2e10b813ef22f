//! Whole structures: a pass with its gate, a verify command, a row of budgets, the beginning of a file. Written once, as
//! snippets of the protocol (`$0`, `${1:words}`, `${1|a,b|}`); clients without snippets get the same text without marks.

use super::{Item, ItemKind};

use spec::model::Workflow;
use spec::schema::MapKind;
use spec::{Content, FileKind, SpecFile};
use text::Span;

/// A structure: what it is called, one line about it, and its lines.
struct Structure {
    label: &'static str,
    doc: &'static str,
    lines: &'static str,
}

const fn structure(label: &'static str, doc: &'static str, lines: &'static str) -> Structure {
    Structure { label, doc, lines }
}

const PASS: &[Structure] = &[
    structure(
        "pass with a gate",
        "An agent does it; a command and a person decide.",
        "id: ${1:patch}\nkind: ${2:generation}\nagent: ${3:implementer}\ninputs: [ticket]\noutputs: [{id: ${1:patch}, kind: diff, writes: [\"${4:src/**}\"]}]\ngate:\n  verify:\n    - {id: ${5:tests}, command: \"${6:make test}\", format: auto, timeout: 10m}\n  reviewer: {type: human}$0",
    ),
    structure(
        "command pass",
        "A plain command: no model, no cost.",
        "id: ${1:docs}\ntype: command\nrun: ${2:make docs}$0",
    ),
    structure(
        "gate pass",
        "Nothing is made; a person decides.",
        "id: ${1:release}\ntype: gate\ngate: {reviewer: {type: human}}$0",
    ),
];
const OUTPUT: &[Structure] = &[
    structure("file", "One file.", "{id: ${1:spec}, path: \"${2:specs/{{ticket.slug\\}\\}/spec.md}\"}$0"),
    structure("change", "Changes under some globs.", "{id: ${1:patch}, kind: diff, writes: [\"${2:src/**}\"]}$0"),
];
const VERIFY: &[Structure] = &[structure(
    "verify command",
    "A command whose findings decide.",
    "{id: ${1:tests}, command: \"${2:make test}\", format: ${3:auto}, timeout: ${4:10m}}$0",
)];
const BUDGET: &[Structure] = &[
    structure(
        "budget of the project",
        "All tickets together, month by month.",
        "{scope: project, period: month, limit_usd: ${1:100}, warn_at: ${2:0.8}}$0",
    ),
    structure("budget of each ticket", "Every ticket by itself.", "{scope: ticket, limit_usd: ${1:10}}$0"),
];
const CANDIDATE: &[Structure] =
    &[structure("harness and model", "What the tier starts.", "{harness: ${1:claude}, model: ${2:sonnet}}$0")];
const RESOURCE: &[Structure] = &[structure(
    "resource",
    "Something that passes share.",
    "{id: ${1:database}, kind: ${2:database}, capacity: ${3:1}}$0",
)];
const RESERVATION: &[Structure] = &[structure(
    "reservation",
    "A shared resource it needs while it runs.",
    "{resource: ${1:database}, mode: ${2|shared,exclusive|}}$0",
)];
const CRITERION: &[Structure] = &[structure(
    "criterion",
    "What must hold, and what shows it.",
    "{id: ${1:AC-1}, must: \"${2:what must hold}\", evidence: ${3:review}}$0",
)];

/// The structures that an element of a list of such maps can be.
fn of_map(map: MapKind) -> &'static [Structure] {
    match map {
        MapKind::Pass => PASS,
        MapKind::Output => OUTPUT,
        MapKind::Verify => VERIFY,
        MapKind::Budget => BUDGET,
        MapKind::Candidate => CANDIDATE,
        MapKind::Resource => RESOURCE,
        MapKind::Reservation => RESERVATION,
        MapKind::Criterion => CRITERION,
        _ => &[],
    }
}

/// Structures for an element of a list; `dash` when its dash has to be written, too. Only those that fit on the line where
/// `flow` says that there is no more than that.
pub(super) fn elements(map: MapKind, frame: Frame, span: Span, dash: bool, flow: bool) -> Vec<Item> {
    let fits = |structure: &&Structure| !flow || structure.lines.starts_with('{');
    let item = |structure: &Structure| {
        let indent = if dash { frame.deeper(2) } else { frame };
        let mark = if dash { "- " } else { "" };
        let snippet = format!("{mark}{}", structure.lines);
        structure_item(structure.label, structure.doc, &snippet, indent, span)
    };
    of_map(map).iter().filter(fits).map(item).collect()
}

/// Where new lines begin: the spaces that the line has, and those that its further lines have beyond them.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Frame {
    pub(super) base: usize,
    pub(super) more: usize,
}

impl Frame {
    /// Further in by so many columns.
    pub(super) fn deeper(self, by: usize) -> Frame {
        Frame { more: self.more + by, ..self }
    }

    /// Editors indent the lines of a snippet like the line they are put into.
    pub(super) fn snippet(self, lines: &str) -> String {
        lines.replace('\n', &format!("\n{}", " ".repeat(self.more)))
    }

    /// Plain text is put in as it is.
    pub(super) fn plain(self, lines: &str) -> String {
        without_marks(lines).replace('\n', &format!("\n{}", " ".repeat(self.base + self.more)))
    }
}

/// An item of many lines.
pub(super) fn structure_item(label: &str, doc: &str, snippet: &str, frame: Frame, span: Span) -> Item {
    let fence = "```";
    let shown = without_marks(snippet);
    Item {
        label: label.to_owned(),
        kind: ItemKind::Structure,
        detail: doc.to_owned(),
        documentation: format!("{doc}\n\n{fence}\n{}\n{fence}", shown.trim_end()),
        insert: frame.plain(snippet),
        snippet: Some(frame.snippet(snippet)),
        span,
        ..Item::default()
    }
}

/// The text that a snippet stands for when nobody fills it in.
pub(super) fn without_marks(snippet: &str) -> String {
    let mut text = String::with_capacity(snippet.len());
    let mut letters = snippet.chars().peekable();
    // How many placeholders are open, and whether the other choices of one are passed over.
    let (mut open, mut skips) = (0, false);
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next()),
            '$' if letters.peek() == Some(&'{') => {
                open += 1;
                letters.next();
                while letters.next_if(char::is_ascii_digit).is_some() {}
                letters.next();
            }
            '$' if letters.peek().is_some_and(char::is_ascii_digit) => {
                while letters.next_if(char::is_ascii_digit).is_some() {}
            }
            '}' if open > 0 => (open, skips) = (open - 1, false),
            '|' if open > 0 => {}
            ',' if open > 0 && letters.clone().take_while(|letter| *letter != '}').any(|letter| letter == '|') => {
                skips = true
            }
            letter if !skips => text.push(letter),
            _ => {}
        }
    }
    text
}

const FEATURE: &str = "---\nschema_version: 1\nname: NAME\nversion: \"1.0.0\"\ndescription: \"${1:What it is for.}\"\nticket: {types: [${2:feature}]}\nbudget: {limit_usd: ${3:10}}\npasses:\n  - id: ${4:patch}\n    kind: generation\n    agent: ${5:implementer}\n    inputs: [ticket]\n    outputs: [{id: ${4:patch}, kind: diff, writes: [\"${6:src/**}\"]}]\n    gate:\n      verify:\n        - {id: tests, command: \"${7:make test}\", format: auto, timeout: 10m}\n      reviewer: {type: human}\n---\n# NAME\n\n## ${4:patch}\n${8:What is asked for.}\n\n### Gate\n- [ ] AC-1 ${9:what must hold} (evidence: tests)$0\n";
const AGENT: &str = "---\nschema_version: 1\nname: NAME\nversion: \"1.0.0\"\ndescription: \"${1:What it does, and when to use it.}\"\ncategory: ${2:implementer}\ntools: [${3:read, edit, search}]\ntier: ${4:standard}\n---\n${5:You …}$0\n";
const TICKET: &str = "---\nschema_version: 1\nid: NAME\ntitle: \"${1:What it is about}\"\nstatus: To Do\ntype: ${2:feature}\n---\n## Description\n${3:What is wanted, and why.}\n\n## Acceptance Criteria\n- [ ] #1 ${4:what must hold}$0\n";
const GATE: &str = "---\nschema_version: 1\nname: NAME\nversion: \"1.0.0\"\ndescription: \"${1:What it looks for.}\"\nreviewer: {type: human}\n---\n# NAME\n\n## Gate\n- [ ] AC-1 ${2:what must hold} (evidence: ${3:review})$0\n";
const CONFIG: &str = "schema_version: 1\nproject: {id: ${1:project}}\ntiers:\n  light: [{harness: claude, model: haiku}]\n  standard: [{harness: claude, model: sonnet}]\n  deep: [{harness: claude, model: opus, effort: high}]\nbudgets:\n  - {scope: ticket, limit_usd: ${2:10}}$0\n";

/// The whole beginning of a file that has none: what replaces `span`, at the start of the text.
pub(super) fn beginning(file: &SpecFile, span: Span) -> Option<Item> {
    let (label, doc, lines) = match file.kind {
        FileKind::Workflow => ("workflow", "A workflow of one pass with its gate.", FEATURE),
        FileKind::Agent => ("agent", "An agent with a role and a tier.", AGENT),
        FileKind::Ticket => ("ticket", "A ticket with its acceptance criteria.", TICKET),
        FileKind::Gate => ("gate", "A gate that several passes can name.", GATE),
        FileKind::Config => ("configuration", "Tiers and a budget.", CONFIG),
        _ => return None,
    };
    let name = spec::values::to_id(file.stem());
    Some(structure_item(label, doc, &lines.replace("NAME", &name), Frame::default(), span))
}

/// `## <pass>` for every pass that has no section yet.
pub(super) fn missing_sections(file: &SpecFile) -> Vec<&str> {
    let Content::Workflow(workflow) = &file.content else { return Vec::new() };
    let Workflow { passes, sections, .. } = &**workflow;
    let written = |id: &str| sections.iter().any(|section| section.level == 2 && section.title.value == id);
    passes.iter().filter_map(|pass| pass.id.as_ref()).map(|id| id.value.as_str()).filter(|id| !written(id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_leave_the_text_they_stand_for() {
        assert_eq!(
            without_marks("a: ${1:b}$0, ${2|shared,exclusive|} \\$x ${3:{{t\\}\\}/s}"),
            "a: b, shared $x {{t}}/s"
        );
        assert_eq!(without_marks("- {id: $1, x: ${12:y}}"), "- {id: , x: y}");
    }

    #[test]
    fn every_beginning_is_a_file_without_a_problem() {
        for path in [
            ".tollgate/workflows/a-b.md",
            ".tollgate/agents/a-b.md",
            ".tollgate/tickets/a-b.md",
            ".tollgate/gates/a-b.md",
            ".tollgate/config.yaml",
        ] {
            let empty = SpecFile::read(path, "").unwrap();
            let text = beginning(&empty, Span::default()).unwrap().insert;
            let file = SpecFile::read(path, &text).unwrap();
            assert!(file.problems.is_empty(), "{path}: {:?}\n{text}", file.problems);
            assert_eq!(crate::format::format(&file, None), [], "{path} is laid out");
        }
    }

    #[test]
    fn every_element_is_one_without_a_problem() {
        let workflow = |map: MapKind, lines: &str| {
            let inside = |indent: usize| lines.replace('\n', &format!("\n{}", " ".repeat(indent)));
            let key = match map {
                MapKind::Pass => return format!("---\nschema_version: 1\nname: w\npasses:\n  - {}\n---\n", inside(4)),
                MapKind::Output => "outputs",
                MapKind::Reservation => "reserve",
                MapKind::Verify => "gate:\n      verify",
                _ => "gate:\n      criteria",
            };
            format!(
                "---\nschema_version: 1\nname: w\npasses:\n  - id: a\n    {key}:\n        - {}\n---\n## a\n",
                inside(10)
            )
        };
        let config = |map: MapKind, lines: &str| {
            let key = match map {
                MapKind::Budget => "budgets",
                MapKind::Resource => "resources",
                _ => "tiers:\n  light",
            };
            format!("schema_version: 1\n{key}:\n    - {lines}\n")
        };
        for map in [
            MapKind::Pass,
            MapKind::Output,
            MapKind::Reservation,
            MapKind::Verify,
            MapKind::Criterion,
            MapKind::Budget,
            MapKind::Resource,
            MapKind::Candidate,
        ] {
            assert!(!of_map(map).is_empty());
            for structure in of_map(map) {
                let lines = without_marks(structure.lines);
                let ours = matches!(map, MapKind::Budget | MapKind::Resource | MapKind::Candidate);
                let (path, text) = match ours {
                    true => (".tollgate/config.yaml", config(map, &lines)),
                    false => (".tollgate/workflows/w.md", workflow(map, &lines)),
                };
                let file = SpecFile::read(path, &text).unwrap();
                assert!(file.problems.is_empty(), "{map:?}: {:?}\n{text}", file.problems);
            }
        }
    }
}
