//! Reads what Atomic runs from a repository: saved chains (`.atomic/chains/**/*.chain.md` and `.chain.json`) and, of
//! workflows in TypeScript (`.atomic/workflows/*.ts`), their name.
//!
//! A chain in Markdown is read line by line as Atomic does: its front matter is no YAML, a `## ` heading names the agent of a
//! step, and `key: value` lines stand above the first empty line. What is reported is what Atomic's loader and its check of
//! named outputs refuse; such a chain is missing from the list of chains.

use super::keys::table::*;
use super::keys::{self, Form as Written, Keys};
use super::{Reader, Reading, System};
use crate::facts::Collector;
use crate::flow::{Flow, Manner, Manners, Step, StepGate, StepKind};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read as take;
use syntax::json;
use syntax::yaml::{self, Document, Kind, Node, Style};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &[".atomic/chains/**", ".atomic/workflows/*.ts"],
    kind: |path| of_path(path).map(|_| FileKind::Flow),
    read: |path, text| match of_path(path)? {
        Form::Markdown => Some(markdown(path, text)),
        Form::Json => Some(in_json(path, text)),
        Form::Script => script(text),
    },
    keys: |path, text, offset| match of_path(path)? {
        Form::Markdown => section_around(text, offset).or_else(|| keys::front(text, &CHAIN)),
        Form::Json => keys::whole(text, Written::Json, &CHAIN_JSON),
        Form::Script => None,
    },
};

/// Outputs are named by the steps that give them; who speaks of one waits for its step.
const MANNERS: Manners = Manners {
    unknown_need: Manner::Refuses,
    later_need: Manner::Refuses,
    duplicate: Manner::Refuses,
    ..Manners::UNKNOWN
};

enum Form {
    Markdown,
    Json,
    Script,
}

fn of_path(path: &str) -> Option<Form> {
    if let Some(file) = path.strip_prefix(".atomic/workflows/") {
        return (file.ends_with(".ts") && !file.ends_with(".d.ts") && !file.contains('/')).then_some(Form::Script);
    }
    let file = path.strip_prefix(".atomic/chains/")?;
    let name = file.rsplit('/').next().unwrap_or(file);
    let named = |end: &str| name.len() > end.len() && name.ends_with(end);
    match () {
        () if named(".chain.md") => Some(Form::Markdown),
        () if named(".chain.json") => Some(Form::Json),
        () => None,
    }
}

/// `review` of `.atomic/chains/team/review.chain.md`.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".chain.md").or_else(|| name.strip_suffix(".chain.json")).unwrap_or(name)
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn refuse(&mut self, span: Span, words: impl Into<String>) {
        self.0.push(Problem { kind: ProblemKind::Refused(System::Atomic, words.into()), span });
    }

    fn doubt(&mut self, span: Span, words: impl Into<String>) {
        self.0.push(Problem { kind: ProblemKind::Doubtful(System::Atomic, words.into()), span });
    }
}

fn done(flow: Flow, place: Span, problems: Vec<Problem>) -> Reading {
    let mut names = Collector::default();
    names.flow(&flow, place);
    Reading { facts: names.facts(0), content: Content::Flow(Box::new(flow)), problems }
}

/// The name that a chain is started by: with its package before it.
fn named(flow: &mut Flow, path: &str, name: Option<Spanned<String>>, package: Option<&Spanned<String>>) -> bool {
    let local = name.as_ref().map_or(stem(path), |name| name.value.trim());
    let package = package.filter(|package| !package.value.trim().is_empty());
    let cleaned = package.map(|package| cleaned(&package.value));
    let valid = cleaned.as_ref().is_none_or(|package| package.split('.').all(is_part));
    let before = cleaned.filter(|_| valid).map_or(String::new(), |package| format!("{package}."));
    flow.key = format!("{}{before}{local}", System::Atomic.prefix());
    flow.name = name;
    valid
}

/// A part of a package's name.
fn is_part(part: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    part.bytes().next().is_some_and(fits) && part.bytes().all(|byte| fits(byte) || byte == b'-')
}

/// A package's name as Atomic writes it.
fn cleaned(package: &str) -> String {
    let mut out = String::new();
    for letter in package.trim().to_lowercase().chars() {
        let letter = if letter.is_whitespace() { '-' } else { letter };
        let repeats = matches!(letter, '-' | '.') && out.ends_with(letter);
        if (letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '-' | '.')) && !repeats {
            out.push(letter);
        }
    }
    out.trim_matches(['-', '.']).to_owned()
}

/// A name that an output can have.
fn is_output(name: &str) -> bool {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `{outputs.name}` in the task of a step.
fn outputs(text: &str, span: Span, step: &mut Step, problems: &mut Problems) {
    const OPEN: &str = "{outputs.";
    let source = span.of(text);
    for (at, _) in source.match_indices(OPEN) {
        let from = at + OPEN.len();
        let Some(length) = source[from..].find('}') else { return };
        let name = &source[from..from + length];
        let start = span.start as usize;
        if is_output(name) {
            step.needs.push(Spanned::new(name.to_owned(), Span::new(start + from, start + from + length)));
        } else {
            let words = "an output's name may hold letters, digits and `_`";
            problems.refuse(Span::new(start + at, start + from + length + 1), words);
        }
    }
}

/// A line, without its end.
struct Line {
    span: Span,
    /// Where the next one starts.
    next: usize,
}

fn lines(text: &str, span: Span) -> impl Iterator<Item = Line> {
    let mut at = span.start as usize;
    span.of(text).split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        let length = line.trim_end_matches(['\n', '\r']).len();
        Line { span: Span::new(start, start + length), next: at }
    })
}

/// `key: value` as Atomic reads it: no space before the key, the value trimmed.
fn pair(text: &str, line: Span) -> Option<(Spanned<String>, Spanned<String>)> {
    let source = line.of(text);
    let (key, value) = source.split_once(':')?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    if key.is_empty() || !key.bytes().all(fits) {
        return None;
    }
    let start = line.start as usize;
    let from = start + key.len() + 1 + (value.len() - value.trim_start().len());
    let value = value.trim();
    let key = Spanned::new(key.to_owned(), Span::new(start, start + key.len()));
    Some((key, Spanned::new(value.to_owned(), Span::new(from.min(line.end as usize), from + value.len()))))
}

/// A value of the front matter without the quotes around it.
fn unquoted(value: Spanned<String>) -> Spanned<String> {
    let word = value.value.as_str();
    let quoted = |quote: char| word.len() >= 2 && word.starts_with(quote) && word.ends_with(quote);
    if quoted('"') || quoted('\'') {
        let (start, end) = (value.span.start as usize + 1, value.span.end as usize - 1);
        return Spanned::new(word[1..word.len() - 1].to_owned(), Span::new(start, end));
    }
    value
}

fn markdown(path: &str, text: &str) -> Reading {
    let mut problems = Problems::default();
    let mut flow = Flow::new(System::Atomic, "chain", String::new(), &MANNERS);
    let mut front: Vec<(Spanned<String>, Spanned<String>)> = Vec::new();
    let mut body = Span::new(0, text.len());
    // The front matter ends at the next line that begins with `---`; without one there is none.
    if text.starts_with("---") {
        let mut found = Vec::new();
        for line in lines(text, body).skip(1) {
            if line.span.of(text).starts_with("---") {
                body = Span::new(line.next, text.len());
                front = found;
                break;
            }
            found.extend(pair(text, line.span));
        }
    }
    // Of a key that stands twice the last one counts.
    let value = |key: &str| {
        let last = front.iter().rev().find(|(written, _)| written.value == key)?;
        Some(unquoted(last.1.clone())).filter(|value| !value.value.is_empty())
    };
    let (name, package) = (value("name"), value("package"));
    flow.description = value("description");
    let open = Span::new(0, text.lines().next().unwrap_or_default().len());
    if name.is_none() || flow.description.is_none() {
        let missing = if name.is_none() { "name" } else { "description" };
        problems.refuse(open, format!("the front matter of a chain must have a `{missing}`"));
    }
    if !named(&mut flow, path, name, package.as_ref()) {
        let span = package.map_or(open, |package| package.span);
        problems.refuse(span, "no name of a package is left of this");
    }
    let heads: Vec<(Line, Spanned<String>)> = lines(text, body).filter_map(|line| head(text, line)).collect();
    for (index, (line, agent)) in heads.iter().enumerate() {
        let end = heads.get(index + 1).map_or(text.len(), |(next, _)| next.span.start as usize);
        let words = text.get(line.span.start as usize..end).unwrap_or_default().trim_end().len();
        let span = Span::new(line.span.start as usize, line.span.start as usize + words.max(line.span.len()));
        let mut step = Step::new(span, StepKind::Agent);
        step.does = Some(agent.clone());
        section(text, Span::new(line.next.min(end), end), &mut step, &mut problems);
        flow.steps.push(step);
    }
    done(flow, Span::empty(0), problems.0)
}

/// `## agent`.
fn head(text: &str, line: Line) -> Option<(Line, Spanned<String>)> {
    let source = line.span.of(text);
    let rest = source.strip_prefix("##")?;
    if !rest.starts_with(char::is_whitespace) || rest.trim().is_empty() {
        return None;
    }
    let start = line.span.start as usize + 2 + (rest.len() - rest.trim_start().len());
    let name = rest.trim();
    let agent = Spanned::new(name.to_owned(), Span::new(start, start + name.len()));
    Some((line, agent))
}

/// Keys that a chain in JSON knows and one in Markdown does not.
const ONLY_JSON: [&str; 7] = ["acceptance", "concurrency", "failfast", "cwd", "skill", "expand", "collect"];

/// The lines of a step up to the first empty one, and its task.
fn section(text: &str, span: Span, step: &mut Step, problems: &mut Problems) {
    let mut task = Span::empty(span.end as usize);
    for line in lines(text, span) {
        if line.span.of(text).trim().is_empty() {
            task = Span::new(line.next, span.end as usize);
            break;
        }
        let Some((key, value)) = pair(text, line.span) else { continue };
        let lower = key.value.to_ascii_lowercase();
        match lower.as_str() {
            "as" if !value.value.is_empty() => {
                if !is_output(&value.value) {
                    problems.refuse(value.span, "an output's name may hold letters, digits and `_`");
                }
                step.id = Some(value);
            }
            "label" if !value.value.is_empty() => step.title = Some(value),
            "phase" if step.title.is_none() && !value.value.is_empty() => step.title = Some(value),
            "model" if !value.value.is_empty() => step.limits.push((key, value)),
            "outputschema" if value.value.starts_with(['{', '[']) => {
                problems.refuse(value.span, "`outputSchema` must be the path of a file here");
            }
            "outputmode" if !matches!(value.value.as_str(), "" | "inline" | "file-only") => {
                problems.doubt(value.span, "`outputMode` is `inline` or `file-only`; this is passed over");
            }
            "progress" if !matches!(value.value.as_str(), "" | "true" | "false") => {
                problems.doubt(value.span, "`progress` is `true` or `false`; this is passed over");
            }
            only if ONLY_JSON.contains(&only) => {
                problems.doubt(key.span, format!("`{}` is read in a `.chain.json` only", key.value));
            }
            _ => {}
        }
    }
    outputs(text, task, step, problems);
}

/// True for text in JSON.
fn string(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar(scalar) if scalar.style != Style::Plain => Some(&scalar.value),
        _ => None,
    }
}

/// Text that is not blank.
fn filled(map: &Node, key: &str) -> Option<Spanned<String>> {
    take::text(map, key).filter(|word| map.get(key).and_then(string).is_some() && !word.value.trim().is_empty())
}

fn is_map(node: &Node) -> bool {
    matches!(node.kind, Kind::Map(_))
}

fn is_list(node: &Node) -> bool {
    matches!(node.kind, Kind::Seq(_))
}

/// The value under a key, cut to its first line; the key where nothing stands behind it.
fn place(text: &str, map: &Node, key: &str) -> Span {
    match map.entry(key) {
        None => first_line(text, Span::new(map.span.start as usize, map.span.end as usize)),
        Some(entry) if entry.value.span.is_empty() => entry.key.span,
        Some(entry) => first_line(text, entry.value.span),
    }
}

fn first_line(text: &str, span: Span) -> Span {
    let length = span.of(text).lines().next().unwrap_or_default().len();
    Span::new(span.start as usize, span.start as usize + length)
}

/// What is wrong with a JSON text first.
pub(super) fn broken(document: &Document) -> Option<(String, Span)> {
    let mut invalid = document.problems.iter().filter_map(|problem| match &problem.kind {
        yaml::ProblemKind::Invalid(words) => Some((words.clone(), problem.span)),
        yaml::ProblemKind::Feature(name) => Some((format!("JSON has no {name}"), problem.span)),
        _ => None,
    });
    invalid.next().filter(|_| !document.valid)
}

fn in_json(path: &str, text: &str) -> Reading {
    let document = json::read(text, Span::new(0, text.len()));
    let root = &document.root;
    let mut problems = Problems::default();
    let mut flow = Flow::new(System::Atomic, "chain", String::new(), &MANNERS);
    let package = filled(root, "package");
    flow.description = filled(root, "description");
    let valid = named(&mut flow, path, filled(root, "name"), package.as_ref());
    if let Some((words, span)) = broken(&document) {
        problems.0.push(Problem { kind: ProblemKind::Unreadable(System::Atomic, words), span });
    } else if !is_map(root) {
        problems.refuse(first_line(text, root.span), "an object must stand here");
    } else {
        for key in ["name", "description"] {
            if filled(root, key).is_none() {
                problems.refuse(place(text, root, key), format!("`{key}` must be text that is not empty"));
            }
        }
        if !valid {
            problems.refuse(place(text, root, "package"), "no name of a package is left of this");
        }
        if !root.get("chain").is_some_and(is_list) {
            problems.refuse(place(text, root, "chain"), "`chain` must be a list of steps");
        }
    }
    let sound = problems.0.is_empty();
    for node in root.get("chain").map(Node::items).unwrap_or_default() {
        chain_step(text, node, &mut flow, &mut problems);
    }
    if !sound && !document.valid {
        // Below a mistake in the syntax nothing is sure.
        problems.0.truncate(1);
    }
    done(flow, Span::empty(0), problems.0)
}

fn chain_step(text: &str, node: &Node, flow: &mut Flow, problems: &mut Problems) {
    if !is_map(node) {
        return problems.refuse(first_line(text, node.span), "a step must be an object");
    }
    let index = u32::try_from(flow.steps.len()).unwrap_or(u32::MAX);
    let parallel = node.get("parallel");
    let Some(parallel) = parallel.filter(|parallel| is_list(parallel) || is_map(parallel)) else {
        let mut step = task(text, node, problems);
        step.gate = acceptance(text, node, problems);
        return flow.steps.push(step);
    };
    let mut group = Step::new(node.span, StepKind::Parallel);
    group.title = filled(node, "label").or_else(|| filled(node, "phase"));
    group.gate = acceptance(text, node, problems);
    if let Some(collect) = node.get("collect") {
        group.id = filled(collect, "as");
    }
    if let Some(output) =
        node.get("expand").and_then(|expand| expand.get("from")).and_then(|from| filled(from, "output"))
    {
        group.needs.push(output);
    }
    group.most = node.get("expand").and_then(|expand| take::integer(expand, "maxItems"));
    flow.steps.push(group);
    let tasks = if is_map(parallel) { std::slice::from_ref(parallel) } else { parallel.items() };
    for node in tasks.iter().filter(|node| is_map(node)) {
        let mut step = task(text, node, problems);
        step.parent = Some(index);
        step.gate = acceptance(text, node, problems);
        // The outputs of tasks side by side come all at once.
        if is_map(parallel) {
            step.id = None;
        }
        flow.steps.push(step);
    }
}

fn task(text: &str, node: &Node, problems: &mut Problems) -> Step {
    let mut step = Step::new(node.span, StepKind::Agent);
    step.does = filled(node, "agent");
    step.id = filled(node, "as");
    step.title = filled(node, "label").or_else(|| filled(node, "phase"));
    if let Some(id) = step.id.as_ref().filter(|id| !is_output(&id.value)) {
        problems.refuse(id.span, "an output's name may hold letters, digits and `_`");
    }
    if let Some(task) = node.get("task").filter(|task| string(task).is_some()) {
        outputs(text, task.span, &mut step, problems);
    }
    step
}

const LEVELS: [&str; 6] = ["auto", "none", "attested", "checked", "verified", "reviewed"];

const EVIDENCE: [&str; 9] = [
    "changed-files",
    "tests-added",
    "commands-run",
    "validation-output",
    "residual-risks",
    "no-staged-files",
    "diff-summary",
    "review-findings",
    "manual-notes",
];

/// `acceptance`: a level, or what must be true and who looks.
fn acceptance(text: &str, node: &Node, problems: &mut Problems) -> Option<StepGate> {
    let entry = node.entry("acceptance")?;
    let value = &entry.value;
    let here = first_line(text, value.span);
    let levels = "`auto`, `none`, `attested`, `checked`, `verified` or `reviewed`";
    let gate = |by, criteria| Some(StepGate { span: entry.key.span.cover(value.span), by, criteria });
    if let Some(level) = string(value) {
        if !LEVELS.contains(&level) {
            problems.refuse(here, format!("the level of `acceptance` is {levels}"));
        }
        let by = Spanned::new(level.to_owned(), value.span);
        return if matches!(level, "none" | "auto") { None } else { gate(Some(by), Vec::new()) };
    }
    if !is_map(value) {
        if value.scalar() != Some("false") {
            problems.refuse(here, "`acceptance` must be a level, `false` or an object");
        }
        return None;
    }
    let level = value.get("level");
    if level.is_some_and(|level| !string(level).is_some_and(|level| LEVELS.contains(&level))) {
        problems.refuse(place(text, value, "level"), format!("the level is {levels}"));
    }
    if level.and_then(string) == Some("none") && filled(value, "reason").is_none() {
        problems.refuse(place(text, value, "level"), "`none` needs a `reason`");
    }
    for key in ["criteria", "evidence", "verify"] {
        if value.get(key).is_some_and(|list| !is_list(list)) {
            problems.refuse(place(text, value, key), format!("`{key}` must be a list"));
        }
    }
    for kind in value.get("evidence").map(Node::items).unwrap_or_default() {
        if !string(kind).is_some_and(|kind| EVIDENCE.contains(&kind)) {
            let meant = string(kind).and_then(|kind| crate::values::nearest(kind, EVIDENCE.iter().copied()));
            let meant = meant.map_or(String::new(), |meant| format!("; did you mean `{meant}`?"));
            problems.refuse(first_line(text, kind.span), format!("this is no kind of evidence{meant}"));
        }
    }
    for command in value.get("verify").map(Node::items).unwrap_or_default() {
        if !is_map(command) {
            problems.refuse(first_line(text, command.span), "what verifies must be an object");
            continue;
        }
        for key in ["id", "command"] {
            if filled(command, key).is_none() {
                problems.refuse(place(text, command, key), format!("what verifies must have a `{key}`"));
            }
        }
        let timeout = command.get("timeoutMs");
        let above_zero = |node: &Node| {
            string(node).is_none() && node.scalar().and_then(|word| word.parse::<f64>().ok()).is_some_and(|it| it > 0.0)
        };
        if timeout.is_some_and(|timeout| !above_zero(timeout)) {
            problems.refuse(place(text, command, "timeoutMs"), "`timeoutMs` must be a number above 0");
        }
    }
    let criteria = value.get("criteria").map(Node::items).unwrap_or_default();
    let criteria = criteria.iter().filter_map(|criterion| match string(criterion) {
        Some(words) => Some(Spanned::new(words.to_owned(), criterion.span)),
        None => filled(criterion, "must"),
    });
    let by = value.get("review").and_then(|review| filled(review, "agent")).or_else(|| filled(value, "level"));
    gate(by, criteria.collect())
}

/// `export default defineWorkflow("id")` at the start of a line: everything else is code.
fn script(text: &str) -> Option<Reading> {
    const OPEN: &str = "export default defineWorkflow(";
    let at = text.match_indices(OPEN).map(|(at, _)| at).find(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n')?;
    let from = at + OPEN.len();
    let quote = text[from..].chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let length = text[from + 1..].find([quote, '\n', '\\'])?;
    let id = &text[from + 1..from + 1 + length];
    if id.is_empty() || !text[from + 1 + length..].starts_with(quote) {
        return None;
    }
    let span = Span::new(from + 1, from + 1 + length);
    let key = format!("{}workflows/{id}", System::Atomic.prefix());
    let mut flow = Flow::new(System::Atomic, "workflow", key, &Manners::UNKNOWN);
    flow.name = Some(Spanned::new(id.to_owned(), span));
    Some(done(flow, span, Vec::new()))
}

const CHAINS: &str = "the source of Atomic (June 2026), packages/subagents";

static CHAIN: KeyTable =
    KeyTable { system: System::Atomic, title: "a chain", source: CHAINS, keys: &[NAME, DESCRIPTION, PACKAGE] };

const NAME: Key = required("name", Text, "What it is called.");
const DESCRIPTION: Key = required("description", Text, "What it does. A chain without it is not listed.");
const PACKAGE: Key = key("package", Text, "What stands before its name, with a dot between.");

/// The lines right below the heading that the cursor is below.
fn section_around(text: &str, offset: usize) -> Option<Keys> {
    let start = text.get(..offset)?.rfind('\n').map_or(0, |at| at + 1);
    let mut first = start;
    loop {
        let before = first.checked_sub(1)?;
        let above = text[..before].rfind('\n').map_or(0, |at| at + 1);
        let line = text[above..before].trim_end();
        if line.starts_with("## ") {
            break;
        }
        if line.is_empty() {
            return None;
        }
        first = above;
    }
    let lines = text[first..].split_inclusive('\n').take_while(|line| !line.trim().is_empty());
    let end = first + lines.map(str::len).sum::<usize>();
    Some(Keys { table: &SECTION, form: Written::Yaml, span: Span::new(first, end) })
}

const OUTPUT_MODES: Words = &[
    word("inline", "What it wrote comes back whole (default)."),
    word("file-only", "Only the file's name comes back."),
];

const PHASE: Key = key("phase", Text, "The group that it is shown in.");
const LABEL: Key = key("label", Text, "What it is shown as.");
const AS: Key = key("as", Text, "Name of what it gives: steps below have it as `{outputs.name}`.");
const OUTPUT: Key = key("output", Path, "The file that its answer goes to; `false` for none.");
const OUTPUT_MODE: Key =
    key("outputMode", OneOf(OUTPUT_MODES), "What comes back. `file-only` needs `output`.").or("`inline`");
const READS: Key = key("reads", OneOrMore(&Path), "Files that it reads first; `false` for none.");
const MODEL: Key = key("model", Text, "Its model.").or("that of the agent");
const PROGRESS: Key = key("progress", Boolean, "True: it keeps a file about how far it is.");
const CWD: Key = key("cwd", Path, "The folder it works in.").or("that of the chain");
const ACCEPTANCE: Key = key(
    "acceptance",
    MapOr(Of(&ACCEPTED), &OneOf(ACCEPTANCE_LEVELS)),
    "When it is done: a level, or what must be true.",
)
.or("`auto`");

static SECTION: KeyTable = KeyTable {
    system: System::Atomic,
    title: "a step",
    source: CHAINS,
    keys: &[
        PHASE,
        LABEL,
        AS,
        key("outputSchema", Path, "The file of a JSON schema that its answer must fit."),
        OUTPUT_MODE,
        OUTPUT,
        READS,
        MODEL,
        key("skills", OneOrMore(&Name(NameKind::Skill)), "Its skills; `false` for none.").or("those of the agent"),
        PROGRESS,
    ],
};

static CHAIN_JSON: KeyTable = KeyTable {
    system: System::Atomic,
    title: "a chain",
    source: CHAINS,
    keys: &[NAME, DESCRIPTION, PACKAGE, required("chain", List(&Map(Of(&LINK))), "Its steps, one after another.")],
};

const AGENT: Key = key("agent", Name(NameKind::Agent), "Who does it.");
const TASK: Key =
    key("task", Text, "What is to be done: `{task}`, `{previous}`, `{chain_dir}`, `{outputs.name}` are replaced.");
const SKILL: Key = key("skill", Any, "Its skills: a text, a list, or `false` for none.").or("those of the agent");
const OUTPUT_SCHEMA: Key = key("outputSchema", Any, "A JSON schema that its answer must fit.");

static LINK: KeyTable = KeyTable {
    system: System::Atomic,
    title: "a step",
    source: CHAINS,
    keys: &[
        AGENT,
        TASK,
        PHASE,
        LABEL,
        AS,
        OUTPUT_SCHEMA,
        OUTPUT,
        OUTPUT_MODE,
        READS,
        MODEL,
        SKILL,
        PROGRESS,
        CWD,
        ACCEPTANCE,
        key(
            "parallel",
            OneOrMore(&Map(Of(&PART))),
            "Tasks side by side; with `expand`, one that is done for each item.",
        ),
        key("expand", Map(Of(&EXPAND)), "The list that `parallel` is done for."),
        key("collect", Map(Of(&COLLECT)), "With `expand`: where all the answers go."),
        key("concurrency", Integer, "How many at once."),
        key("failFast", Boolean, "True: the first that fails ends all.").or("`false`"),
    ],
};

static PART: KeyTable = KeyTable {
    system: System::Atomic,
    title: "a task of `parallel`",
    source: CHAINS,
    keys: &[
        Key { required: true, ..AGENT },
        TASK,
        PHASE,
        LABEL,
        AS,
        OUTPUT_SCHEMA,
        CWD,
        key("count", Integer, "So many times the same.").or("1"),
        OUTPUT,
        OUTPUT_MODE,
        READS,
        PROGRESS,
        SKILL,
        MODEL,
        ACCEPTANCE,
    ],
};

const ON_EMPTY: Words = &[word("skip", "It goes on (default)."), word("fail", "The chain has failed.")];

static EXPAND: KeyTable = KeyTable {
    system: System::Atomic,
    title: "`expand`",
    source: CHAINS,
    keys: &[
        required("from", Map(Of(&FROM)), "The list."),
        key("item", Text, "The name of each item in `task`.").or("`item`"),
        key("key", Text, "What tells items apart, as a JSON pointer."),
        key("maxItems", Integer, "Of how many items at most."),
        key("onEmpty", OneOf(ON_EMPTY), "What happens without items.").or("`skip`"),
    ],
};

static FROM: KeyTable = KeyTable {
    system: System::Atomic,
    title: "`from`",
    source: CHAINS,
    keys: &[
        required("output", Name(NameKind::Step), "The step above that gave it, by its `as`."),
        required("path", Text, "The place of the list in it, as a JSON pointer: `/items`."),
    ],
};

static COLLECT: KeyTable = KeyTable {
    system: System::Atomic,
    title: "`collect`",
    source: CHAINS,
    keys: &[required("as", Text, "Name of the list of all answers."), OUTPUT_SCHEMA],
};

const ACCEPTANCE_LEVELS: Words = &[
    word("auto", "Atomic decides (default)."),
    word("none", "Nothing is asked for; needs a `reason`."),
    word("attested", "The agent says that it is done."),
    word("checked", "The agent shows what it did."),
    word("verified", "Commands of `verify` decide."),
    word("reviewed", "Another agent decides."),
];

const EVIDENCE_KINDS: Words = &[
    word("changed-files", "The files that were changed."),
    word("tests-added", "The tests that were added."),
    word("commands-run", "The commands that were run."),
    word("validation-output", "What checks printed."),
    word("residual-risks", "What may still be wrong."),
    word("no-staged-files", "Nothing is left for a commit."),
    word("diff-summary", "The change in words."),
    word("review-findings", "What a reviewer found."),
    word("manual-notes", "What somebody noted."),
];

static ACCEPTED: KeyTable = KeyTable {
    system: System::Atomic,
    title: "`acceptance`",
    source: CHAINS,
    keys: &[
        key("level", OneOf(ACCEPTANCE_LEVELS), "How it is decided."),
        key("criteria", List(&MapOr(Of(&CRITERION), &Text)), "What must be true."),
        key("evidence", List(&OneOf(EVIDENCE_KINDS)), "What must be shown."),
        key("verify", List(&Map(Of(&VERIFY))), "Commands that decide."),
        key("review", Map(Of(&REVIEW)), "Who looks at it."),
        key("stopRules", List(&Text), "When it must stop and ask."),
        key("reason", Text, "Why nothing is asked for."),
    ],
};

const SEVERITIES: Words =
    &[word("required", "It is not done without it (default)."), word("recommended", "It should be so.")];

static CRITERION: KeyTable = KeyTable {
    system: System::Atomic,
    title: "a criterion",
    source: CHAINS,
    keys: &[
        required("id", Text, "Its id."),
        required("must", Text, "What must be true."),
        key("evidence", List(&OneOf(EVIDENCE_KINDS)), "What shows it."),
        key("severity", OneOf(SEVERITIES), "How much it counts.").or("`required`"),
    ],
};

static VERIFY: KeyTable = KeyTable {
    system: System::Atomic,
    title: "a command that verifies",
    source: CHAINS,
    keys: &[
        required("id", Text, "Its id."),
        required("command", Text, "What is run."),
        key("timeoutMs", Integer, "Milliseconds that it may take."),
        CWD,
        key("env", Table(&Text), "Variables of its environment."),
        key("allowFailure", Boolean, "True: it may fail.").or("`false`"),
    ],
};

static REVIEW: KeyTable = KeyTable {
    system: System::Atomic,
    title: "`review`",
    source: CHAINS,
    keys: &[
        key("agent", Name(NameKind::Agent), "Who looks."),
        key("focus", Text, "What to look at."),
        key("required", Boolean, "True: it is not done without it."),
    ],
};
