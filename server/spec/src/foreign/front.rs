//! Which hosts understand a front matter. Strict readers of YAML agree on little more than on what is plainly wrong, and two
//! hosts mend it before they give up:
//!
//! - Claude Code puts quotes around values on one line that hold one of YAML's own characters, and reads again.
//! - opencode makes a block of values on one line that hold a colon, and reads again. What it still cannot read becomes, with
//!   its fences, the prompt of an agent without a description.
//!
//! Held against Claude Code 2.1.328, opencode 1.18.33, Copilot CLI 1.0.102 and Gemini CLI 0.61.0.

use crate::host::{Broken, Front};
use syntax::front_matter::{FrontMatter, State};
use syntax::yaml::{self, Document, ProblemKind};
use text::Span;

/// Reads the front matter and says who can.
pub(super) fn read(text: &str, split: &FrontMatter) -> (Document, Front) {
    let document = yaml::read(text, split.yaml);
    if split.state == State::Missing {
        return (document, Front::Missing);
    }
    if split.state == State::Unclosed {
        let why = "its front matter is not closed".into();
        let broken = Broken { span: split.open, why, plain: false, claude: false, opencode: None };
        return (document, Front::Broken(Box::new(broken)));
    }
    let source = split.yaml.of(text);
    let duplicate = document.problems.iter().find(|problem| matches!(problem.kind, ProblemKind::DuplicateKey(_)));
    let invalid = document.problems.iter().find(|problem| matches!(problem.kind, ProblemKind::Invalid(_)));
    let front = match (invalid, duplicate) {
        (None, None) => Front::Sound,
        (None, Some(twice)) => {
            let ProblemKind::DuplicateKey(key) = &twice.kind else { return (document, Front::Sound) };
            let why = format!("the key `{key}` stands twice").into();
            Front::Broken(Box::new(Broken { span: twice.span, why, plain: false, claude: true, opencode: Some(false) }))
        }
        (Some(problem), _) => {
            let ProblemKind::Invalid(why) = &problem.kind else { return (document, Front::Sound) };
            let plain = is_valid(&indented(source, false));
            // What a tab makes of a line differs from version to version.
            let opencode = (!source.contains('\t')).then(|| plain || is_valid(&with_blocks(source)));
            let claude = is_valid(&with_quotes(source)) || is_valid(&indented(source, true));
            let why = why.as_str().into();
            Front::Broken(Box::new(Broken { span: problem.span, why, plain, claude, opencode }))
        }
    };
    (document, front)
}

fn is_valid(source: &str) -> bool {
    let document = yaml::read(source, Span::new(0, source.len()));
    document.valid && !document.problems.iter().any(|problem| matches!(problem.kind, ProblemKind::Invalid(_)))
}

/// The same with the lines inside brackets indented, or only those that close one. Our reader asks for it; Claude Code's does
/// not of a closing bracket, and most do not at all.
fn indented(source: &str, closing: bool) -> String {
    let mut open = 0_usize;
    let mut out = String::with_capacity(source.len() + 64);
    for line in source.split_inclusive('\n') {
        if open > 0 && (!closing || line.trim_start().starts_with([']', '}'])) {
            out.push_str("                    ");
        }
        out.push_str(line);
        // A bracket in a comment or in a word is none.
        let words = line.split(" #").next().unwrap_or_default();
        open = (open + words.matches(['[', '{']).count()).saturating_sub(words.matches([']', '}']).count());
    }
    out
}

/// The parts of `key: value` on one line that is not indented.
fn pair(line: &str) -> Option<(&str, &str)> {
    let end = line.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
    let value = line[end..].strip_prefix(':')?;
    let is_pair = end > 0 && value.starts_with([' ', '\t']) && !value.trim().is_empty();
    is_pair.then(|| (&line[..end], value.trim()))
}

/// As Claude Code mends it.
fn with_quotes(source: &str) -> String {
    const OWN: [char; 13] = ['{', '}', '[', ']', '*', '&', '#', '!', '|', '>', '%', '@', '`'];
    let lines = source.lines().map(|line| {
        let Some((key, value)) = pair(line) else { return line.to_owned() };
        let quoted =
            value.len() > 1 && ['"', '\''].iter().any(|quote| value.starts_with(*quote) && value.ends_with(*quote));
        if quoted || !(value.contains(OWN) || value.contains(": ")) {
            return line.to_owned();
        }
        format!("{key}: \"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// As opencode mends it.
fn with_blocks(source: &str) -> String {
    let lines = source.lines().map(|line| match pair(line) {
        Some((key, value)) if value.contains(':') && !value.starts_with(['"', '\'', '|', '>']) => {
            format!("{key}: |-\n  {value}")
        }
        _ => line.to_owned(),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use syntax::front_matter;

    /// What the real programs do, one run each: (front matter, plain readers, Claude Code, opencode).
    const RUN: &[(&str, bool, bool, Option<bool>)] = &[
        ("description: Use this: when x", false, true, Some(true)),
        ("description: Use this:", false, false, Some(true)),
        ("description: @foo bar", false, true, Some(false)),
        ("description: `foo` bar", false, true, Some(false)),
        ("description: **bold** text", false, true, Some(false)),
        ("description: [foo", false, true, Some(false)),
        ("description: [foo] bar", false, true, Some(false)),
        ("description: {foo} bar", false, true, Some(false)),
        ("description: \"a\" b", false, false, Some(false)),
        ("description: \"a b", false, false, Some(false)),
        ("description: 'a' b", false, false, Some(false)),
        ("description: it's: fine", false, true, Some(true)),
        ("description: say \"x\": y", false, true, Some(true)),
        ("description: first line\nsecond line without key", false, false, Some(false)),
        ("description: first: line\n  second: line", false, false, Some(true)),
        ("description: first line\n  second: line", false, false, Some(false)),
        ("description: d\nskills:\n  - a: b: c", false, false, Some(false)),
        ("description: d\nskills:\n  - @foo", false, false, Some(false)),
        ("description: It. <example>Context: x. user: \"hi\" assistant: \"yo\"</example>", false, true, Some(true)),
        ("description: \"Use \\d it\"", false, false, Some(false)),
        ("description: | foo", false, true, Some(false)),
        ("description: a\n  mode: subagent", false, false, Some(false)),
        ("  description: a\nmode: subagent", false, false, Some(false)),
        ("description: a\ndescription: b", false, true, Some(false)),
        ("description: a\nskills: [\na,\nb\n]", true, false, Some(true)),
        ("description: a\nmcp:\n  x:\n    args: [\n      'a',\n    ]\n    type: y", true, true, Some(true)),
    ];

    #[test]
    fn every_host_reads_what_it_was_seen_to_read() {
        for (source, plain, claude, opencode) in RUN {
            let text = format!("---\n{source}\n---\nBody\n");
            let (_, front) = read(&text, &front_matter::split(&text));
            let Front::Broken(broken) = front else { panic!("{source} is sound") };
            let said = (broken.plain, broken.claude, broken.opencode);
            assert_eq!(said, (*plain, *claude, *opencode), "{source}");
            assert!(text.get(broken.span.range()).is_some());
        }
    }

    #[test]
    fn what_all_of_them_read_is_sound() {
        for source in [
            "description: Use #1 this",
            "description: first line\n  and the rest",
            "description:\n  folded onto\n  the next line",
            "description: a\nskills: [a,\n  b,\n]",
            "description: a\nskills: [\n  a,\n  b\n]",
            "tools: \"*\"",
            "# a comment\ndescription: a",
            "description: 'it''s'",
        ] {
            let text = format!("---\n{source}\n---\nBody\n");
            assert_eq!(read(&text, &front_matter::split(&text)).1, Front::Sound, "{source}");
        }
    }
}
