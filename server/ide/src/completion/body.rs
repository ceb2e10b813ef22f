//! Completion in Markdown bodies: sections that are missing, criteria with their evidence and checks, lines of acceptance.

use super::structures::{self, Frame, structure_item};
use super::{Item, ItemKind, item};

use spec::model::{Criterion, Section};
use spec::schema::EVIDENCE;
use spec::{Content, SpecFile};
use std::collections::BTreeSet;
use text::Span;

/// Sections of a ticket, with what stands in them.
const TICKET: [(&str, &str); 4] = [
    ("Description", "${1:What is wanted, and why.}"),
    ("Acceptance Criteria", "- [ ] #1 ${1:what must hold}"),
    ("Definition of Done", "- [ ] #1 ${1:what must be done}"),
    ("Notes", "$1"),
];

/// The line of the cursor.
struct Line<'t> {
    /// Where it begins.
    start: usize,
    /// From its start to the cursor, and on to its end.
    before: &'t str,
    after: &'t str,
}

/// What may stand at `offset` of the body.
pub(super) fn complete(file: &SpecFile, text: &str, offset: usize) -> Vec<Item> {
    let Some(before) = text.get(..offset) else { return Vec::new() };
    let start = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let after = &text[offset..];
    let after = &after[..after.find(['\n', '\r']).unwrap_or(after.len())];
    let line = Line { start, before: &before[start..], after };
    if line.before.trim_end_matches(['#', ' ']).is_empty() && line.after.trim().is_empty() {
        let mut items = headings(file, &line, offset);
        items.extend(fresh_line(file, &line, offset));
        return items;
    }
    let in_heading = line.before.starts_with('#');
    if in_heading {
        return headings(file, &line, offset);
    }
    match criteria(file, offset) {
        Some(criteria) => criterion(file, criteria, &line, offset),
        None => Vec::new(),
    }
}

/// The section that the cursor stands in, the deepest one.
fn section(sections: &[Section], offset: usize) -> Option<&Section> {
    sections.iter().rfind(|section| section.span.start as usize <= offset && offset <= section.span.end as usize)
}

fn sections(file: &SpecFile) -> &[Section] {
    match &file.content {
        Content::Workflow(workflow) => &workflow.sections,
        Content::Gate(_, _, sections) => sections,
        Content::Ticket(ticket) => &ticket.sections,
        _ => &[],
    }
}

fn is_gate(section: &Section) -> bool {
    matches!(section.title.value.to_ascii_lowercase().as_str(), "gate" | "criteria")
}

/// The criteria among which the cursor stands, where it stands in a list of them.
fn criteria(file: &SpecFile, offset: usize) -> Option<&[Criterion]> {
    let section = section(sections(file), offset).filter(|section| is_gate(section))?;
    match &file.content {
        Content::Gate(_, gate, _) => Some(&gate.criteria),
        Content::Workflow(workflow) => {
            let within = |outer: &&Section| outer.level == 2 && outer.span.contains(section.span);
            let id = &workflow.sections.iter().find(within)?.title.value;
            let pass = workflow.passes.iter().find(|pass| pass.id.as_ref().is_some_and(|it| it.value == *id))?;
            Some(pass.gate.as_ref().map_or(&[][..], |gate| &gate.criteria))
        }
        _ => None,
    }
}

/// Headings that are missing, on a line that is empty or begins with `#`.
fn headings(file: &SpecFile, line: &Line<'_>, offset: usize) -> Vec<Item> {
    let written = line.before.trim_start_matches('#').trim_start();
    let marks = line.before.len() - line.before.trim_start_matches('#').len();
    let span = Span::new(line.start, offset + line.after.len());
    let fits = |level: usize, title: &str| {
        (marks == 0 || marks == level || (marks < level && !line.before.contains(' ')))
            && title.to_lowercase().starts_with(&written.to_lowercase())
    };
    let heading = |level: usize, title: &str, doc: &str, content: &str| {
        let snippet = format!("{} {}\n{content}", "#".repeat(level), title.replace('$', "\\$"));
        let mut item = structure_item(&format!("{} {title}", "#".repeat(level)), doc, &snippet, Frame::default(), span);
        item.kind = ItemKind::Section;
        item
    };
    let mut items = Vec::new();
    for id in structures::missing_sections(file).into_iter().filter(|id| fits(2, id)) {
        items.push(heading(2, id, "Task of the pass.", "${1:What is asked for.}$0"));
    }
    match &file.content {
        Content::Workflow(workflow) if fits(3, "Gate") => {
            // A lone `#` is a heading, too: the line of the cursor does not count.
            let here = |section: &&Section| section.span.start as usize != line.start;
            let mut others = workflow.sections.iter().filter(here);
            let outer =
                others.clone().rfind(|section| section.level == 2 && (section.span.start as usize) < line.start);
            let is_pass = |outer: &&Section| {
                workflow.passes.iter().filter_map(|pass| pass.id.as_ref()).any(|id| id.value == outer.title.value)
            };
            let mut has_gate = |outer: &Section| {
                let below = others.by_ref().skip_while(|section| section.span.start <= outer.span.start);
                below.take_while(|section| section.level > 2).any(is_gate)
            };
            if outer.filter(is_pass).is_some_and(|outer| !has_gate(outer)) {
                let content = "- [ ] AC-1 ${1:what must hold} (evidence: ${2:review})$0";
                items.push(heading(3, "Gate", "What must hold before the pass is done.", content));
            }
        }
        Content::Gate(_, _, sections) if fits(2, "Gate") => {
            let here = |section: &&Section| section.span.start as usize != line.start;
            if !sections.iter().filter(here).any(is_gate) {
                items.push(heading(
                    2,
                    "Gate",
                    "What must hold.",
                    "- [ ] AC-1 ${1:what must hold} (evidence: ${2:review})$0",
                ));
            }
        }
        Content::Ticket(ticket) => {
            let written = |title: &str| {
                let same = |section: &&Section| section.title.value.eq_ignore_ascii_case(title);
                ticket.sections.iter().filter(same).any(|section| section.span.start as usize != line.start)
            };
            for (title, content) in TICKET.into_iter().filter(|(title, _)| fits(2, title) && !written(title)) {
                items.push(heading(2, title, "Section of a ticket.", &format!("{content}$0")));
            }
        }
        _ => {}
    }
    items
}

/// A further criterion or line of acceptance, on an empty line of such a list.
fn fresh_line(file: &SpecFile, line: &Line<'_>, offset: usize) -> Vec<Item> {
    if !line.before.trim().is_empty() {
        return Vec::new();
    }
    let span = Span::new(line.start, offset + line.after.len());
    if let Some(criteria) = criteria(file, offset) {
        let snippet = format!("- [ ] {} ${{1:what must hold}} (evidence: ${{2:review}})$0", next_id(criteria));
        return vec![structure_item(
            "criterion",
            "What must hold, and what shows it.",
            &snippet,
            Frame::default(),
            span,
        )];
    }
    let Content::Ticket(ticket) = &file.content else { return Vec::new() };
    let Some(section) = section(&ticket.sections, offset) else { return Vec::new() };
    let boxes = match section.title.value.to_ascii_lowercase().as_str() {
        "acceptance criteria" => &ticket.acceptance,
        "definition of done" => &ticket.done,
        _ => return Vec::new(),
    };
    let ids =
        boxes.iter().filter_map(|line| line.id.as_ref()).filter_map(|id| id.value.strip_prefix('#')?.parse().ok());
    let next: u32 = ids.max().unwrap_or(0) + 1;
    let snippet = format!("- [ ] #{next} ${{1:what must hold}}$0");
    vec![structure_item("line", "One thing to be true in the end.", &snippet, Frame::default(), span)]
}

/// `AC-3` behind `AC-2`.
fn next_id(criteria: &[Criterion]) -> String {
    let ids = criteria.iter().filter_map(|criterion| criterion.id.as_ref());
    let split = |id: &str| {
        let digits = id.len() - id.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
        let (prefix, number) = id.split_at(id.len() - digits);
        number.parse::<u32>().ok().map(|number| (prefix.to_owned(), number))
    };
    let last = ids.filter_map(|id| split(&id.value)).max_by_key(|(_, number)| *number);
    let (prefix, number) = last.unwrap_or(("AC-".to_owned(), 0));
    format!("{prefix}{}", number.saturating_add(1))
}

/// Inside a line of a gate: its id, its evidence, its check.
fn criterion(file: &SpecFile, criteria: &[Criterion], line: &Line<'_>, offset: usize) -> Vec<Item> {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let word = &line.before[line.before.trim_end_matches(is_word).len()..];
    let rest = line.after.chars().take_while(|letter| is_word(*letter)).count();
    let span = Span::new(offset - word.len(), offset + rest);
    let before = &line.before[..line.before.len() - word.len()];
    let words = |words: &[(&str, &str)]| -> Vec<Item> {
        words.iter().map(|(word, doc)| item(word, ItemKind::Word, "", doc, span)).collect()
    };
    let lead = before.trim_start().trim_start_matches(['-', '*', '+']).trim();
    if (lead.is_empty() || matches!(lead, "[ ]" | "[x]" | "[X]")) && before.trim_start().starts_with(['-', '*', '+']) {
        let id = next_id(criteria);
        return vec![item(&id, ItemKind::Name, "next id", "", span)];
    }
    let Some(group) = open_group(before) else { return Vec::new() };
    if let Some(list) = group.strip_prefix("evidence:") {
        let written: BTreeSet<&str> = list.split(',').map(str::trim).collect();
        let rest: BTreeSet<&str> =
            line.after[rest..].split(')').next().unwrap_or_default().split(',').map(str::trim).collect();
        let free = EVIDENCE.iter().filter(|known| !written.contains(known.word) && !rest.contains(known.word));
        return free.map(|known| item(known.word, ItemKind::Word, "evidence", known.doc, span)).collect();
    }
    if let Some(check) = group.strip_prefix("check:") {
        return self::check(file, check.trim_start(), span, words);
    }
    if !group.trim().is_empty() {
        return Vec::new();
    }
    let closes = line.after[rest..].trim_start().starts_with(')');
    let close = if closes { "" } else { ")" };
    let whole = |label: &str, doc: &str, snippet: &str| {
        let mut item = structure_item(label, doc, &format!("{snippet}{close}$0"), Frame::default(), span);
        item.kind = ItemKind::Word;
        item
    };
    let output = outputs(file).into_iter().next().unwrap_or_else(|| "output".to_owned());
    let has = |word: &str| line.before.contains(&format!("({word}")) || line.after.contains(&format!("({word}"));
    let mut items = Vec::new();
    if !has("evidence:") {
        items.push(whole("evidence:", "What shows that it holds.", "evidence: ${1:review}"));
    }
    if !has("check:") {
        let absent = format!("check: absent \"${{1:NEEDS CLARIFICATION}}\" in outputs.${{2:{output}}}");
        let present = format!("check: present \"${{1:words}}\" in outputs.${{2:{output}}}");
        items.push(whole("check: absent", "Words that an output must not hold.", &absent));
        items.push(whole("check: present", "Words that an output must hold.", &present));
    }
    if !has("recommended") {
        items.push(whole("recommended", "The gate only warns without it.", "recommended"));
    }
    items
}

/// `absent "words" in outputs.<id>`, as far as it is written.
fn check(file: &SpecFile, written: &str, span: Span, words: impl Fn(&[(&str, &str)]) -> Vec<Item>) -> Vec<Item> {
    let quotes = written.matches('"').count();
    let behind = written.rsplit('"').next().unwrap_or_default().trim_start();
    match quotes {
        0 if written.is_empty() => words(&[
            ("absent", "Words that the output must not hold."),
            ("present", "Words that the output must hold."),
        ]),
        2 if behind.is_empty() => words(&[("in", "Then `outputs.<id>`.")]),
        2 if behind.trim_end() == "in" && behind.ends_with(' ') => {
            let dotted = outputs(file).into_iter().map(|id| format!("outputs.{id}"));
            dotted.map(|label| item(&label, ItemKind::Name, "output", "", span)).collect()
        }
        2 if behind.ends_with("outputs.") => {
            outputs(file).iter().map(|id| item(id, ItemKind::Name, "output", "", span)).collect()
        }
        _ => Vec::new(),
    }
}

/// The outputs of the workflow that are files.
fn outputs(file: &SpecFile) -> Vec<String> {
    let Content::Workflow(workflow) = &file.content else { return Vec::new() };
    let all = workflow.passes.iter().flat_map(|pass| &pass.outputs);
    all.filter_map(|output| output.id.as_ref()).map(|id| id.value.clone()).collect()
}

/// What stands in the parenthesis that is open at the end of `before`.
fn open_group(before: &str) -> Option<&str> {
    let (mut quoted, mut open) = (false, None);
    for (at, byte) in before.bytes().enumerate() {
        match byte {
            b'"' if open.is_some() => quoted = !quoted,
            b'(' if !quoted => open = Some(at + 1),
            b')' if !quoted => open = None,
            _ => {}
        }
    }
    open.map(|open| &before[open..])
}
