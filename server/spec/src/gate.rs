//! Reads gates: `gate:` of a pass, `gates/<name>.md`, and the `### Gate` lists of bodies.

use crate::model::{Checkbox, Criterion, Gate, OnReject, Reviewer, ReviewerType, Section, TextCheck, Verify};
use crate::problem::{Problem, ProblemKind};
use crate::read;
use crate::record::Strength;
use crate::suppression;
use syntax::markdown::{Item, Markdown};
use syntax::yaml::{Kind, Node};
use text::{Span, Spanned};

/// A gate that is written out, or the name of a shared one.
pub(crate) fn gate(text: &str, node: &Node) -> Option<Gate> {
    match &node.kind {
        Kind::Null => None,
        Kind::Map(_) => Some(inline(text, node)),
        _ => Some(Gate { span: node.span, shared: read::word(node), ..Gate::default() }),
    }
}

/// The keys of a gate, wherever they stand.
pub(crate) fn inline(text: &str, node: &Node) -> Gate {
    let items = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
    Gate {
        span: node.span,
        shared: None,
        criteria: items("criteria").iter().filter_map(criterion).collect(),
        verify: items("verify").iter().map(|item| verify(text, item)).collect(),
        reviewer: node.get("reviewer").filter(|reviewer| !reviewer.is_null()).map(reviewer),
        on_reject: on_reject(node),
        max_iterations: read::integer(node, "max_iterations"),
        escalation: read::escalation(node),
        strength: strength(node),
    }
}

/// `strength` of a gate, and of `policy`.
pub(crate) fn strength(node: &Node) -> Option<Spanned<Strength>> {
    let word = read::text(node, "strength")?;
    let value = match word.value.as_str() {
        "ui" => Strength::Ui,
        "os" => Strength::Os,
        "forge" => Strength::Forge,
        _ => return None,
    };
    Some(Spanned::new(value, word.span))
}

fn on_reject(node: &Node) -> Option<Spanned<OnReject>> {
    let word = read::text(node, "on_reject")?;
    let value = match word.value.as_str() {
        "retry" => OnReject::Retry,
        "rework" => OnReject::Rework,
        "abort" => OnReject::Abort,
        "skip" => OnReject::Skip,
        "escalate" => OnReject::Escalate,
        _ => return None,
    };
    Some(Spanned::new(value, word.span))
}

fn reviewer(node: &Node) -> Reviewer {
    let agent = read::text(node, "agent");
    let kind = match node.get("type").and_then(Node::scalar) {
        Some("agent") => ReviewerType::Agent,
        Some("both") => ReviewerType::Both,
        _ => ReviewerType::Human,
    };
    Reviewer {
        span: node.span,
        kind,
        agent,
        from: read::list(node, "from"),
        required: read::boolean(node, "required", true),
    }
}

fn verify(text: &str, node: &Node) -> Verify {
    Verify {
        id: read::text(node, "id"),
        span: node.span,
        command: read::command(text, node, "command"),
        format: read::text(node, "format"),
        timeout: read::duration(node, "timeout"),
        allow_failure: read::boolean(node, "allow_failure", false),
        columns: read::text(node, "columns"),
        root: read::text(node, "root"),
    }
}

fn criterion(node: &Node) -> Option<Criterion> {
    Some(Criterion {
        id: read::text(node, "id"),
        must: read::text(node, "must")?,
        evidence: read::list(node, "evidence"),
        check: None,
        required: node.get("severity").and_then(Node::scalar) != Some("recommended"),
        span: node.span,
    })
}

/// The criteria of the lists in a section of the body.
pub(crate) fn body_criteria(
    text: &str,
    body: &Markdown,
    section: &Section,
    problems: &mut Vec<Problem>,
) -> Vec<Criterion> {
    let ours = suppression::known(text, body, section.content);
    body.items_in(section.content).map(|item| body_criterion(text, item, &ours, problems)).collect()
}

/// `AC-1 what must hold (evidence: review, tests) (check: absent "x" in outputs.y) (recommended)`
fn body_criterion(text: &str, item: &Item, ours: &[Span], problems: &mut Vec<Problem>) -> Criterion {
    let words = suppression::trim(text, item.text, ours);
    let (id, from) = leading_id(text, words);
    let mut must = Span::new(from, words.end as usize);
    let mut criterion = Criterion {
        id,
        must: Spanned::new(String::new(), must),
        evidence: Vec::new(),
        check: None,
        required: true,
        span: item.span,
    };
    while let Some(group) = last_group(text, must) {
        let inner = Span::new(group.start as usize + 1, group.end as usize - 1);
        let content = inner.of(text);
        if let Some(list) = content.strip_prefix("evidence:") {
            criterion.evidence = evidence(list, inner.end as usize - list.len());
            if criterion.evidence.is_empty() {
                let kind = ProblemKind::BadCheck("`evidence:` names nothing".to_owned());
                problems.push(Problem { kind, span: group });
            }
        } else if let Some(check) = content.strip_prefix("check:") {
            match text_check(check) {
                Some(check) => criterion.check = Some(Spanned::new(check, group)),
                None => {
                    let words = "a check is `absent \"words\" in outputs.<id>` or `present …`".to_owned();
                    problems.push(Problem { kind: ProblemKind::BadCheck(words), span: group });
                }
            }
        } else if content == "recommended" {
            criterion.required = false;
        } else {
            break;
        }
        let rest = Span::new(must.start as usize, group.start as usize).of(text).trim_end().len();
        must = suppression::trim(text, Span::new(must.start as usize, must.start as usize + rest), ours);
    }
    let value = one_line(&suppression::without(text, must, ours));
    criterion.must = Spanned::new(value, must);
    criterion
}

/// The words of an item that goes on over several lines, on one.
fn one_line(words: &str) -> String {
    let words = words.trim();
    if words.contains(['\n', '\r']) { words.split_whitespace().collect::<Vec<_>>().join(" ") } else { words.to_owned() }
}

/// The parenthesis that ends the words, when it is one of ours to judge.
fn last_group(text: &str, words: Span) -> Option<Span> {
    let source = words.of(text).trim_end();
    if !source.ends_with(')') {
        return None;
    }
    let mut quoted = false;
    let mut open = None;
    for (at, byte) in source.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'(' if !quoted => open = Some(at),
            _ => {}
        }
    }
    let start = words.start as usize + open?;
    Some(Span::new(start, words.start as usize + source.len()))
}

fn evidence(list: &str, start: usize) -> Vec<Spanned<String>> {
    let mut at = start;
    let mut found = Vec::new();
    for part in list.split(',') {
        let word = part.trim();
        let from = at + (part.len() - part.trim_start().len());
        if !word.is_empty() {
            found.push(Spanned::new(word.to_owned(), Span::new(from, from + word.len())));
        }
        at += part.len() + 1;
    }
    found
}

/// `absent "words" in outputs.<id>` or `present …`
fn text_check(source: &str) -> Option<TextCheck> {
    let (word, rest) = source.trim().split_once(char::is_whitespace)?;
    let absent = match word {
        "absent" => true,
        "present" => false,
        _ => return None,
    };
    let (needle, rest) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
    let output = rest.trim().strip_prefix("in ")?.trim().strip_prefix("outputs.")?;
    let valid = !needle.is_empty() && !output.is_empty() && !output.contains(char::is_whitespace);
    valid.then(|| TextCheck { absent, needle: needle.to_owned(), output: output.to_owned() })
}

/// `#1`, `AC-1`, `FR-001:` … at the start of a line, and where the words after it begin.
fn leading_id(text: &str, words: Span) -> (Option<Spanned<String>>, usize) {
    let source = words.of(text);
    let start = words.start as usize;
    let first = source.split_whitespace().next().unwrap_or_default();
    let id = first.trim_end_matches([':', '.', ')']);
    let letters = id.trim_start_matches('#').bytes().take_while(u8::is_ascii_alphabetic).count();
    let tail = id.trim_start_matches('#').get(letters..).unwrap_or_default();
    let digits = tail.trim_start_matches('-').bytes().take_while(u8::is_ascii_digit).count();
    let has_mark = id.starts_with('#') || letters > 0 && tail.starts_with('-');
    let ends_well = tail.trim_start_matches('-').len().saturating_sub(digits) <= 1;
    if !(has_mark && digits > 0 && ends_well && letters <= 6) {
        return (None, start);
    }
    let rest = &source[first.len()..];
    let from = start + first.len() + (rest.len() - rest.trim_start().len());
    (Some(Spanned::new(id.to_owned(), Span::new(start, start + id.len()))), from)
}

/// The task lines of a section.
pub(crate) fn checkboxes(text: &str, body: &Markdown, section: &Section) -> Vec<Checkbox> {
    let ours = suppression::known(text, body, section.content);
    let line = |item: &Item| {
        let task = item.task.as_ref()?;
        let all = suppression::trim(text, item.text, &ours);
        let (id, from) = leading_id(text, all);
        let words = Span::new(from, all.end as usize);
        let value = one_line(&suppression::without(text, words, &ours));
        Some(Checkbox { id, text: Spanned::new(value, words), checked: task.value, span: item.span })
    };
    body.items_in(section.content).filter_map(line).collect()
}

/// The task lines of words that stand in `place` of a file, in a form of their own: their places are not known.
pub(crate) fn boxes_in(words: &str, place: Span) -> Vec<Checkbox> {
    let line = |item: &Item| {
        let task = item.task.as_ref()?;
        let (id, from) = leading_id(words, item.text);
        let said = one_line(Span::new(from, item.text.end as usize).of(words));
        let id = id.map(|id| Spanned::new(id.value, place));
        Some(Checkbox { id, text: Spanned::new(said, place), checked: task.value, span: place })
    };
    let body = syntax::markdown::read(words, Span::new(0, words.len()));
    body.items.iter().filter_map(line).collect()
}

/// Ids that stand twice in one gate.
pub(crate) fn duplicate_ids(gate: &Gate, problems: &mut Vec<Problem>) {
    read::duplicates("criterion", gate.criteria.iter().filter_map(|criterion| criterion.id.as_ref()), problems);
    read::duplicates("verify command", gate.verify.iter().filter_map(|verify| verify.id.as_ref()), problems);
}

/// The sections of a shared gate's body that hold criteria.
pub(crate) fn is_criteria_section(section: &Section) -> bool {
    matches!(section.title.value.to_ascii_lowercase().as_str(), "gate" | "criteria")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn criterion(line: &str) -> (Criterion, Vec<Problem>) {
        let mut problems = Vec::new();
        let words = Span::new(0, line.len());
        let item = Item { indent: 0, task: None, text: words, span: words };
        (body_criterion(line, &item, &[], &mut problems), problems)
    }

    #[test]
    fn a_line_of_a_gate_has_id_words_evidence_and_check() {
        let line =
            "AC-2 nothing (at all) is open (evidence: review,  tests) (check: absent \"NEEDS (x)\" in outputs.spec)";
        let (found, problems) = criterion(line);
        assert_eq!(problems, []);
        assert_eq!(found.id.as_ref().map(|id| id.span.of(line)), Some("AC-2"));
        assert_eq!(
            (found.must.value.as_str(), found.must.span.of(line)),
            ("nothing (at all) is open", "nothing (at all) is open")
        );
        assert_eq!(found.evidence.iter().map(|word| word.span.of(line)).collect::<Vec<_>>(), ["review", "tests"]);
        let check = TextCheck { absent: true, needle: "NEEDS (x)".to_owned(), output: "spec".to_owned() };
        assert_eq!(found.check.map(|check| check.value), Some(check));
        assert!(found.required);
        assert!(!criterion("be fast (recommended)").0.required);
    }

    #[test]
    fn ids_are_marks_and_numbers() {
        for (line, id) in [
            ("#1 x", Some("#1")),
            ("AC-1: x", Some("AC-1")),
            ("FR-001a x", Some("FR-001a")),
            ("T-100 degrees", Some("T-100")),
        ] {
            assert_eq!(criterion(line).0.id.map(|id| id.value).as_deref(), id, "{line}");
        }
        for line in ["every x", "3 things", "UTF8 x", "- x", "well-known 2", "a-b", ""] {
            assert_eq!(criterion(line).0.id, None, "{line}");
        }
    }

    #[test]
    fn a_check_that_cannot_be_read_is_said() {
        for line in [
            "x (check: absent NEEDS in outputs.spec)",
            "x (check: none \"a\" in outputs.b)",
            "x (evidence: )",
            "x (check: absent \"a\" in spec)",
        ] {
            let (_, problems) = criterion(line);
            assert!(matches!(problems[..], [Problem { kind: ProblemKind::BadCheck(_), .. }]), "{line}: {problems:?}");
        }
    }
}
