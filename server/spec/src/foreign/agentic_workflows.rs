//! Reads workflows of GitHub Agentic Workflows: `.github/workflows/*.md`, the parts in `shared/` that they import, and of
//! the compiled `*.lock.yml` beside them the digest that its compiler wrote.
//!
//! GitHub runs the compiled form and never the Markdown. The compiler writes a digest of the front matter into it (of the
//! text, that of its imports, and of expressions of the body that name `env.` or `vars.`), and the first job of every run
//! compares it: a workflow whose front matter has changed since stops there. The body is read when it runs and is not
//! compared. That digest is worked out here as the tool does; where it cannot be known for certain, nothing is said.

mod keys;

use super::{Reader, Reading, System};
use crate::facts::Collector;
use crate::flow::{Compiled, Flow, Input, Manners, Source, Step, StepGate, StepKind};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind, NameKind, Project, Role, SpecFile};
use crate::read as take;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use syntax::yaml::{self, Entry, Node};
use syntax::{front_matter, markdown};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &[".github/workflows/*.md", ".github/workflows/*.lock.yml", ".github/workflows/shared/**"],
    kind: |path| place(path).map(|_| FileKind::Flow),
    read,
    keys: |path, text, _| (place(path)? != Place::Lock).then(|| super::keys::front(text, &keys::WORKFLOW))?,
};

const FOLDER: &str = ".github/workflows/";

/// Steps of it are steps of GitHub Actions, whose mistakes other tools look for.
const MANNERS: Manners = Manners { shell: true, ..Manners::UNKNOWN };

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Workflow,
    Shared,
    Lock,
}

fn place(path: &str) -> Option<Place> {
    let name = path.strip_prefix(FOLDER)?;
    match name.split_once('/') {
        Some(("shared", inner)) if inner.ends_with(".md") => Some(Place::Shared),
        None if name.ends_with(".lock.yml") => Some(Place::Lock),
        None if name.len() > 3 && name.ends_with(".md") => Some(Place::Workflow),
        _ => None,
    }
}

/// The name in the graph of the workflow, part or compiled form at a path.
fn key(path: &str) -> String {
    let name = path.strip_prefix(FOLDER).unwrap_or(path);
    format!("{}{}", System::AgenticWorkflows.prefix(), name.strip_suffix(".md").unwrap_or(name))
}

/// Keys at the root that only this tool has. One of them makes a Markdown file one of its files, and so does `on` with an
/// event.
const OWN: &[&str] = &[
    "engine",
    "safe-outputs",
    "tools",
    "network",
    "mcp-servers",
    "mcp-scripts",
    "safe-inputs",
    "imports",
    "import-schema",
    "permissions",
    "timeout-minutes",
    "timeout_minutes",
    "max-turns",
    "max-ai-credits",
    "max-daily-ai-credits",
    "strict",
    "sandbox",
    "steps",
    "pre-steps",
    "post-steps",
    "pre-agent-steps",
    "jobs",
    "tracker-id",
    "runtimes",
    "user-rate-limit",
    "rate-limit",
    "inlined-imports",
    "intent",
    "redirect",
];

/// Events of `on:` by which a bare `on` is known.
const EVENTS: &[&str] = &[
    "push",
    "pull_request",
    "pull_request_target",
    "pull_request_review",
    "pull_request_review_comment",
    "issues",
    "issue_comment",
    "discussion",
    "discussion_comment",
    "schedule",
    "workflow_dispatch",
    "workflow_call",
    "workflow_run",
    "repository_dispatch",
    "release",
    "slash_command",
    "label_command",
    "command",
    "reaction",
    "deployment_status",
    "check_run",
    "check_suite",
    "milestone",
    "label",
    "create",
    "delete",
    "fork",
    "watch",
    "merge_group",
];

/// Limits on money, turns and time.
const LIMITS: &[&str] = &[
    "max-turns",
    "max-ai-credits",
    "max-daily-ai-credits",
    "max-turn-cache-misses",
    "timeout-minutes",
    "timeout_minutes",
];

/// Keys of `safe-outputs` that are no effect on the repository.
const NO_EFFECT: &[&str] = &[
    "jobs",
    "messages",
    "staged",
    "env",
    "runs-on",
    "github-token",
    "github-app",
    "threat-detection",
    "allowed-domains",
    "allowed-github-references",
    "max-patch-size",
    "mentions",
    "footer",
    "steps",
    "needs",
    "concurrency-group",
    "noop",
    "missing-tool",
    "missing-data",
    "report-incomplete",
    "report-failure-as-issue",
    "max-bot-mentions",
    "id-token",
    "app",
    "actions",
    "scripts",
    "group-reports",
    "urls",
    "environment",
];

fn read(path: &str, text: &str) -> Option<Reading> {
    let place = place(path)?;
    if place == Place::Lock {
        return lock(path, text);
    }
    let split = front_matter::split(text);
    let document = yaml::read(text, split.yaml);
    let root = &document.root;
    if !is_ours(place, root) {
        return None;
    }
    let trigger = root.entry("on");
    let what = if trigger.is_some() { "agentic workflow" } else { "shared part" };
    let mut flow = Flow::new(System::AgenticWorkflows, what, key(path), &MANNERS);
    flow.name = take::text(root, "name");
    flow.description =
        take::text(root, "description").map(|words| words.map(|words| super::spec_kit::short(&words, 200).into()));
    flow.inputs = inputs(root);
    flow.limits =
        root.entries().iter().filter(|entry| LIMITS.contains(&entry.key.value.as_str())).filter_map(limit).collect();
    flow.sections = markdown::read(text, split.body).sections(split.body.end);
    flow.steps = steps(text, root);
    let mut source = source(text, trigger.map(|trigger| trigger.key.span));
    // a run of it is not stopped then, and nobody waits for the two to agree
    source.certain &=
        trigger.is_none_or(|on| take::text(&on.value, "stale-check").is_none_or(|it| it.value != "false"));
    let imported: Vec<(Spanned<String>, String)> = imports(root)
        .into_iter()
        .chain(macros(text, split.body))
        .map(|import| {
            let path = target(path, &import.value);
            (import, path)
        })
        .collect();
    flow.parts = imported.iter().map(|(import, _)| import.clone()).collect();
    let mut names = Collector::default();
    names.flow(&flow, split.open);
    for (import, path) in imported.iter().filter(|(import, _)| !import.value.contains('@')) {
        names.add(NameKind::Flow, key(path), Role::Use, import.span);
    }
    for (input, span) in mentions(text, &flow) {
        names.add(NameKind::FlowInput, flow.inside(&input), Role::Use, span);
    }
    if trigger.is_some() {
        // a change of the compiled form concerns this file
        names.tie(NameKind::Flow, format!("{}.lock.yml", flow.key), Role::Use);
        names.tie(NameKind::Flow, ANY_LOCK.to_owned(), Role::Use);
    }
    let mut hasher = DefaultHasher::new();
    (&source.text, &source.expressions, &source.all_expressions).hash(&mut hasher);
    let facts = names.facts(hasher.finish());
    flow.compiled = Some(Compiled::Source(Box::new(source)));
    let mut problems = Vec::new();
    for problem in &document.problems {
        if let yaml::ProblemKind::Invalid(words) = &problem.kind {
            problems.push(Problem {
                kind: ProblemKind::Refused(System::AgenticWorkflows, words.clone()),
                span: problem.span,
            });
        }
    }
    old_keys(root, &mut problems);
    Some(Reading { content: Content::Flow(Box::new(flow)), facts, problems })
}

/// A file in `shared/` is imported whatever it says; beside the workflows of Actions lie other Markdown files, too.
fn is_ours(place: Place, root: &Node) -> bool {
    let has_event = |node: &Node| {
        let word = |word: &str| {
            EVENTS.contains(&word) || ["daily", "weekly", "hourly", "every "].iter().any(|lead| word.starts_with(lead))
        };
        node.scalar().is_some_and(|scalar| scalar.split([' ', ',']).next().is_some_and(word) || word(scalar))
            || node.items().iter().filter_map(Node::scalar).any(word)
            || node.entries().iter().any(|entry| word(&entry.key.value))
    };
    let own = || root.entries().iter().any(|entry| OWN.contains(&entry.key.value.as_str()));
    match (place, root.get("on")) {
        (Place::Shared, _) => true,
        (_, Some(trigger)) => own() || has_event(trigger),
        (_, None) => root.entries().iter().filter(|entry| OWN.contains(&entry.key.value.as_str())).count() >= 2,
    }
}

fn limit(entry: &Entry) -> Option<(Spanned<String>, Spanned<String>)> {
    let value = take::word(&entry.value).or_else(|| take::text(&entry.value, "value"))?;
    Some((entry.key.clone(), value))
}

/// Inputs of `workflow_dispatch` and `workflow_call`, and of a part that is imported with some.
fn inputs(root: &Node) -> Vec<Input> {
    let on = |event: &str| root.get("on").and_then(|on| on.get(event)).and_then(|event| event.get("inputs"));
    let all = [on("workflow_dispatch"), on("workflow_call"), root.get("import-schema"), root.get("inputs")];
    let mut seen = HashSet::new();
    let entries = all.into_iter().flatten().flat_map(Node::entries);
    entries
        .filter(|entry| seen.insert(entry.key.value.clone()))
        .map(|entry| Input {
            name: entry.key.clone(),
            kind: take::text(&entry.value, "type"),
            default: take::text(&entry.value, "default"),
            required: take::boolean(&entry.value, "required", false),
            allowed: take::list(&entry.value, "options"),
        })
        .collect()
}

/// `imports:` as a list of paths or of maps with `uses` or `path`, and `imports: {aw: […]}`.
fn imports(root: &Node) -> Vec<Spanned<String>> {
    let Some(imports) = root.get("imports") else { return Vec::new() };
    let lists = std::iter::once(imports).chain(imports.entries().iter().map(|entry| &entry.value));
    let path = |item: &Node| take::word(item).or_else(|| take::text(item, "uses")).or_else(|| take::text(item, "path"));
    lists.flat_map(Node::items).filter_map(path).collect()
}

/// `{{#import shared/x.md}}`, `{{#import? …}}` and `{{#runtime-import …}}` of the body.
fn macros(text: &str, body: Span) -> Vec<Spanned<String>> {
    let source = body.of(text);
    let mut found = Vec::new();
    for lead in ["{{#import", "{{#runtime-import"] {
        let mut end = 0;
        for (at, _) in source.match_indices(lead) {
            let from = at + lead.len();
            if end < from {
                let rest = &source[from..];
                end = from + rest.find(['}', '\n', '\r']).unwrap_or(rest.len());
            }
            let inner = &source[from..end];
            if !source[end..].starts_with("}}") {
                continue;
            }
            let path = inner.trim_start_matches(['?', ':', ' ', '\t']);
            let start = body.start as usize + from + inner.len() - path.len();
            let path = path.trim_end();
            if !path.is_empty() && inner.len() > path.len() && !path.contains(['\n', '\r', '{']) {
                found.push(Spanned::new(path.to_owned(), Span::new(start, start + path.len())));
            }
        }
    }
    found
}

/// The path from the root that an import means: from the folder of the workflows, or from the root.
fn target(path: &str, import: &str) -> String {
    let import = import.split(['#', '@']).next().unwrap_or(import).trim_end_matches('?');
    if import.starts_with(".github/") || import.starts_with(".agents/") {
        return import.to_owned();
    }
    if let Some(import) = import.strip_prefix('/') {
        return import.to_owned();
    }
    if import.starts_with("shared/") {
        return format!("{FOLDER}{import}");
    }
    join(path.rsplit_once('/').map_or("", |(folder, _)| folder), import)
}

/// A path in a folder, without its `.` and `..`.
fn join(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// What happens around the agent, the agent, and what it may do.
fn steps(text: &str, root: &Node) -> Vec<Step> {
    let mut found = Vec::new();
    if let Some(approval) = root.get("on").and_then(|on| on.entry("manual-approval")) {
        let span = approval.key.span.cover(approval.value.span);
        let mut step = Step::new(span, StepKind::Gate);
        step.title = Some(approval.key.clone());
        step.gate = Some(StepGate { span, by: take::word(&approval.value), criteria: Vec::new() });
        found.push(step);
    }
    let custom = root.get("jobs").into_iter().chain(root.get("safe-outputs").and_then(|outputs| outputs.get("jobs")));
    let ids: HashSet<&str> = custom.clone().flat_map(Node::entries).map(|entry| entry.key.value.as_str()).collect();
    let mut seen = HashSet::new();
    for entry in custom.flat_map(Node::entries) {
        let mut step = Step::new(entry.key.span.cover(entry.value.span), StepKind::Group);
        step.id = Some(entry.key.clone()).filter(|id| seen.insert(id.value.clone()));
        step.title = take::text(&entry.value, "name");
        // the tool adds jobs of its own, and imports bring more
        step.needs =
            take::list(&entry.value, "needs").into_iter().filter(|need| ids.contains(need.value.as_str())).collect();
        found.push(step);
        let index = u32::try_from(found.len() - 1).unwrap_or(u32::MAX);
        let inner = entry.value.get("steps").map(Node::items).unwrap_or_default();
        found.extend(inner.iter().map(|inner| Step { parent: Some(index), ..command(text, inner) }));
    }
    for key in ["pre-steps", "steps", "pre-agent-steps"] {
        found.extend(root.get(key).map(Node::items).unwrap_or_default().iter().map(|inner| command(text, inner)));
    }
    if let Some(engine) = root.entry("engine") {
        let mut step = Step::new(engine.key.span.cover(engine.value.span), StepKind::Agent);
        step.title = Some(engine.key.clone());
        step.word = take::word(&engine.value).or_else(|| take::text(&engine.value, "id"));
        found.push(step);
    }
    for entry in root.get("safe-outputs").map(Node::entries).unwrap_or_default() {
        if !NO_EFFECT.contains(&entry.key.value.as_str()) && entry.value.scalar() != Some("false") {
            let mut step = Step::new(entry.key.span.cover(entry.value.span), StepKind::Artifact);
            step.title = Some(entry.key.clone());
            step.limits = entry.value.entry("max").and_then(limit).into_iter().collect();
            found.push(step);
        }
    }
    found.extend(root.get("post-steps").map(Node::items).unwrap_or_default().iter().map(|inner| command(text, inner)));
    found
}

/// One step of GitHub Actions.
fn command(text: &str, node: &Node) -> Step {
    let mut step = Step::new(node.span, StepKind::Command);
    step.title = take::text(node, "name");
    step.does = take::text(node, "uses");
    step.title = step.title.or_else(|| take::text(node, "id")).or_else(|| node.entry("run").map(|run| run.key.clone()));
    if let Some(run) = node.get("run") {
        step.interpolated = expressions(run.span.of(text))
            .filter(|(_, inner)| is_untrusted(inner))
            .map(|(at, inner)| {
                let start = run.span.start as usize + at;
                Span::new(start, start + inner.len() + "${{}}".len())
            })
            .collect();
    }
    step
}

/// Texts that anybody on GitHub can write (GitHub's guide to script injection).
fn is_untrusted(expression: &str) -> bool {
    const TEXTS: &[&str] = &[
        "github.event.issue.title",
        "github.event.issue.body",
        "github.event.pull_request.title",
        "github.event.pull_request.body",
        "github.event.comment.body",
        "github.event.review.body",
        "github.event.review_comment.body",
        "github.event.discussion.title",
        "github.event.discussion.body",
        "github.event.pull_request.head.ref",
        "github.event.pull_request.head.label",
        "github.event.head_commit.message",
        "github.event.workflow_run.head_branch",
        "github.head_ref",
    ];
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    expression.split(|letter: char| !letter.is_ascii() || !is_name(letter as u8)).any(|word| TEXTS.contains(&word))
}

/// Every `${{ … }}`: where it starts, and what stands inside; as the tool does, up to the first brace.
fn expressions(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut brace = 0;
    source.match_indices("${{").filter_map(move |(at, _)| {
        let start = at + 3;
        if brace < start {
            brace = source[start..].find('}').map_or(source.len(), |length| start + length);
        }
        (brace > start && source[brace..].starts_with("}}")).then(|| (at, &source[start..brace]))
    })
}

/// Inputs that an expression anywhere in the file speaks of.
fn mentions(text: &str, flow: &Flow) -> Vec<(String, Span)> {
    const LEADS: &[&str] = &["github.event.inputs.", "github.aw.import-inputs.", "github.aw.inputs.", "inputs."];
    let known: HashSet<&str> = flow.inputs.iter().map(|input| input.name.value.as_str()).collect();
    let mut found = Vec::new();
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    for (at, inner) in expressions(text).filter(|_| !known.is_empty()) {
        let mut from = 0;
        for word in inner.split(|letter: char| !letter.is_ascii() || !(is_name(letter as u8) || letter == '.')) {
            // what parts two words is one letter, which may be a long one
            let start = from + inner[from..].find(word).unwrap_or(0);
            from = start + word.len();
            let Some((lead, name)) = LEADS.iter().find_map(|lead| Some((lead, word.strip_prefix(lead)?))) else {
                continue;
            };
            let name = name.split('.').next().unwrap_or_default();
            if known.contains(name) {
                let start = at + 3 + start + lead.len();
                found.push((name.to_owned(), Span::new(start, start + name.len())));
            }
        }
    }
    found
}

/// Keys that `gh aw fix` renames or moves.
fn old_keys(root: &Node, problems: &mut Vec<Problem>) {
    let mut old = |map: Option<&Node>, key: &str, instead: &'static str, renamed: bool| {
        if let Some(entry) = map.and_then(|map| map.entry(key)) {
            let kind = ProblemKind::OldKey { key: key.to_owned(), instead, renamed };
            problems.push(Problem { kind, span: entry.key.span });
        }
    };
    old(Some(root), "timeout_minutes", "timeout-minutes", true);
    old(Some(root), "rate-limit", "user-rate-limit", true);
    old(Some(root), "safe-inputs", "mcp-scripts", true);
    old(Some(root), "roles", "on: roles", false);
    old(Some(root), "bots", "on: bots", false);
    old(root.get("on"), "command", "slash_command", true);
    for limits in [root.get("rate-limit"), root.get("user-rate-limit")] {
        old(limits, "max-runs", "max-runs-per-window", true);
        old(limits, "max", "max-runs-per-window", true);
    }
}

/// What the digest of a file is taken of.
fn source(text: &str, trigger: Option<Span>) -> Source {
    let (front, body) = split_as_tool(text);
    let mut of_body = BTreeSet::new();
    let mut all = BTreeSet::new();
    for (at, inner) in expressions(body).filter(|(_, inner)| !inner.trim().is_empty()) {
        let whole = &body[at..at + inner.len() + "${{}}".len()];
        all.insert(whole.to_owned());
        if inner.contains("env.") || inner.contains("vars.") {
            of_body.insert(whole.to_owned());
        }
    }
    let imports = imports_as_tool(front);
    let inlined = front.lines().any(|line| line.trim_end() == "inlined-imports: true");
    let elsewhere = imports.iter().any(|import| import.contains('@') || import.contains("://"));
    // what the body takes in is a part of the digest in some versions only
    let certain = !inlined && !elsewhere && !body.contains("{{#");
    Source {
        trigger,
        text: front.trim().replace("\r\n", "\n"),
        expressions: of_body.into_iter().collect(),
        all_expressions: all.into_iter().collect(),
        imports,
        certain,
    }
}

/// Front matter and body by lines, as the tool's own code for digests splits them.
fn split_as_tool(text: &str) -> (&str, &str) {
    let mut lines = text.split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| line.trim() == "---") else { return ("", text) };
    let mut at = first.len();
    for line in lines {
        if line.trim() == "---" {
            return (&text[first.len()..at], &text[at + line.len()..]);
        }
        at += line.len();
    }
    ("", text)
}

/// The items below `imports:`, as that code reads them line by line.
fn imports_as_tool(front: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut base: Option<usize> = None;
    for line in front.lines() {
        let words = line.trim();
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        if words.starts_with("imports:") {
            base = Some(indent);
        } else if let Some(base) = base {
            if indent <= base {
                break;
            }
            if let Some(item) = words.strip_prefix('-') {
                found.extend(Some(item.trim().to_owned()).filter(|item| !item.is_empty()));
            }
        }
    }
    found
}

/// The compiled form: `# gh-aw-metadata: {"schema_version": …, "frontmatter_hash": …}` among its first lines.
fn lock(path: &str, text: &str) -> Option<Reading> {
    const MARK: &str = "# gh-aw-metadata:";
    let mut at = 0;
    let (mut digest, mut ours) = (None, false);
    for line in text.split_inclusive('\n').take(80).take_while(|line| line.starts_with('#') || line.trim().is_empty()) {
        ours |= line.contains("gh-aw") || line.starts_with("# frontmatter-hash:");
        if let Some(json) = line.strip_prefix(MARK) {
            let metadata: serde_json::Value = serde_json::from_str(json.trim()).unwrap_or_default();
            // older versions took more into the digest
            let known = matches!(metadata["schema_version"].as_str(), Some("v3" | "v4"));
            let hash = metadata["frontmatter_hash"].as_str().filter(|hash| known && !hash.is_empty());
            digest = hash.and_then(|hash| {
                let start = at + line.find(hash)?;
                Some(Spanned::new(hash.to_owned(), Span::new(start, start + hash.len())))
            });
        }
        at += line.len();
    }
    if !ours {
        return None;
    }
    let mut flow = Flow::new(System::AgenticWorkflows, "compiled workflow", key(path), &MANNERS);
    let mut hasher = DefaultHasher::new();
    digest.as_ref().map(|digest| &digest.value).hash(&mut hasher);
    let mut names = Collector::default();
    names.tie(NameKind::Flow, flow.key.clone(), Role::Definition);
    names.tie(NameKind::Flow, ANY_LOCK.to_owned(), Role::Definition);
    flow.compiled = Some(Compiled::Form(digest));
    let facts = names.facts(hasher.finish());
    Some(Reading { content: Content::Flow(Box::new(flow)), facts, problems: Vec::new() })
}

/// A name that every compiled form has.
const ANY_LOCK: &str = "*.lock.yml";

/// What is known of the compiled form of a workflow.
#[derive(Clone, Copy, Debug)]
pub enum Lock<'a> {
    /// There is none: nothing runs.
    Missing,
    /// There is none of any workflow: a collection for others to take from, or one that begins.
    NoneAtAll,
    /// It is of another front matter: GitHub stops the run. Its file.
    Stale(&'a SpecFile),
}

impl Project {
    /// What is certainly wrong with the compiled form of a workflow; `None` where it fits, and where nobody can say.
    pub fn lock(&self, file: &SpecFile) -> Option<Lock<'_>> {
        let flow = file.flow()?;
        let Some(Compiled::Source(source)) = &flow.compiled else { return None };
        source.trigger?;
        let Some(lock) = self.file(&format!("{}.lock.yml", file.path.strip_suffix(".md")?)) else {
            let any = crate::Name { kind: NameKind::Flow, text: ANY_LOCK.to_owned() };
            return Some(if self.is_defined(&any) { Lock::Missing } else { Lock::NoneAtAll });
        };
        let Some(Compiled::Form(Some(written))) = lock.flow().and_then(|flow| flow.compiled.as_ref()) else {
            return None;
        };
        let digests = self.digests(file, source)?;
        (!digests.contains(&written.value)).then_some(Lock::Stale(lock))
    }

    /// Imports that the compiler certainly does not find, with the paths that they mean.
    ///
    /// All versions look for `shared/…` beside the workflow; of other paths it depends on the version, and what stands in
    /// imported parts is found from several folders. Only the front matter counts: the body may show an import as text. Where
    /// nothing in `shared/` is read the folder may be a link, which is not followed here.
    pub fn missing_imports<'f>(&self, file: &'f SpecFile) -> Vec<(&'f Spanned<String>, String)> {
        const SHARED: &str = ".github/workflows/shared/";
        let Some(flow) = file.flow() else { return Vec::new() };
        let Some(Compiled::Source(source)) = &flow.compiled else { return Vec::new() };
        if source.trigger.is_none() || self.files_below(SHARED).next().is_none() {
            return Vec::new();
        }
        let front = file.yaml();
        let certain = |import: &str| {
            let path = import.split('#').next().unwrap_or_default();
            path.starts_with("shared/")
                && path.ends_with(".md")
                && !path.contains(['@', '$', '*', '?'])
                && !path.split('/').any(|part| matches!(part, "" | "." | ".."))
        };
        let imports = flow.parts.iter().filter(|part| front.contains(part.span) && certain(&part.value));
        imports
            .map(|import| (import, target(&file.path, &import.value)))
            .filter(|(_, path)| path.starts_with(SHARED) && self.file(path).is_none())
            .collect()
    }

    /// The digests that versions of the compiler may have written of a workflow as it is.
    fn digests(&self, file: &SpecFile, source: &Source) -> Option<BTreeSet<String>> {
        let mut all = BTreeSet::new();
        // later versions read `- uses: path`, and the expressions of what is imported, too
        for with_uses in [false, true] {
            let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let mut parts =
                Parts { project: self, with_uses, seen: BTreeSet::new(), names: Vec::new(), sources: Vec::new() };
            parts.collect(folder, source, true)?;
            for with_theirs in [false, true] {
                all.insert(parts.digest(source, with_theirs));
            }
        }
        Some(all)
    }
}

/// What a workflow imports, as the compiler goes through it for the digest.
struct Parts<'a> {
    project: &'a Project,
    with_uses: bool,
    seen: BTreeSet<String>,
    names: Vec<&'a str>,
    sources: Vec<&'a Source>,
}

impl<'a> Parts<'a> {
    /// `None` when something is imported that is not known here.
    fn collect(&mut self, folder: &str, source: &'a Source, direct: bool) -> Option<()> {
        if !source.certain {
            return None;
        }
        let mut paths: Vec<&str> = source.imports.iter().filter_map(|item| self.path(item)).collect();
        paths.sort_unstable();
        for name in paths {
            let path = join(folder, name);
            if !self.seen.insert(path.clone()) || self.seen.len() > 200 {
                continue;
            }
            let Some(file) = self.project.file(&path) else {
                // in `shared/` all files are read, so there is none; a workflow that imports what is not there is another's affair
                if direct || !path.starts_with(".github/workflows/shared/") {
                    return None;
                }
                continue;
            };
            let Some(Compiled::Source(inner)) = file.flow().and_then(|flow| flow.compiled.as_ref()) else {
                return None;
            };
            self.names.push(name);
            self.sources.push(inner);
            self.collect(path.rsplit_once('/').map_or("", |(folder, _)| folder), inner, false)?;
        }
        Some(())
    }

    fn path(&self, item: &'a str) -> Option<&'a str> {
        let named = ["uses:", "path:"].iter().find_map(|key| item.strip_prefix(key));
        let path = match named {
            // read as it stands, that is no path of a file
            Some(_) if !self.with_uses => return None,
            Some(path) => path.trim(),
            None => item,
        };
        Some(path.trim_matches(['"', '\''])).filter(|path| !path.is_empty())
    }

    fn digest(&self, source: &Source, with_theirs: bool) -> String {
        let mut canonical: BTreeMap<&str, serde_json::Value> = BTreeMap::new();
        canonical.insert("frontmatter-text", source.text.as_str().into());
        if !self.names.is_empty() {
            let mut names = self.names.clone();
            names.sort_unstable();
            let mut texts: Vec<&str> = self.sources.iter().map(|source| source.text.as_str()).collect();
            texts.sort_unstable();
            canonical.insert("imports", names.into());
            canonical.insert("imported-frontmatters", texts.join("\n---\n").into());
        }
        let mut expressions: BTreeSet<&str> = source.expressions.iter().map(String::as_str).collect();
        if with_theirs {
            expressions.extend(self.sources.iter().flat_map(|source| &source.all_expressions).map(String::as_str));
        }
        if !expressions.is_empty() {
            canonical.insert("template-expressions", expressions.into_iter().collect::<Vec<_>>().into());
        }
        let json = serde_json::to_string(&canonical).unwrap_or_default();
        Sha256::digest(json.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    const WORKFLOW: &str = "---\non: issues\nengine: copilot\nimports:\n  - shared/tone.md\n---\nAsk ${{ vars.DESK }} for ${{ github.actor }}.\n";
    const TONE: &str = "---\ntools:\n  github:\n---\nBe kind to ${{ github.event.issue.number }}.\n";

    /// What is known of the lock of [`WORKFLOW`], changed in one place.
    fn lock(digest: &str, workflow: &str, tone: Option<&str>) -> &'static str {
        let mut project = Project::default();
        let form =
            format!("# gh-aw-metadata: {{\"schema_version\":\"v4\",\"frontmatter_hash\":\"{digest}\"}}\nname: a\n");
        let files = [("a.md", Some(workflow)), ("a.lock.yml", Some(form.as_str())), ("shared/tone.md", tone)];
        for (name, text) in files {
            let path = format!(".github/workflows/{name}");
            let file = text.map(|text| SpecFile::read(&path, text).unwrap_or_else(|| panic!("{path} is not ours")));
            file.into_iter().for_each(|file| drop(project.set(Arc::new(file))));
        }
        match project.lock(project.file(".github/workflows/a.md").unwrap()) {
            None => "fits",
            Some(Lock::Missing | Lock::NoneAtAll) => "missing",
            Some(Lock::Stale(_)) => "stale",
        }
    }

    #[test]
    fn a_lock_is_compared_by_what_goes_into_its_digest() {
        // of the front matter, the import's, and the one expression that names `vars.`; and as later versions take it
        let digest = "68c9344371211b2ae2a44234e5e2a229c557c22e10e1bbb95d650ff96622b5f4";
        let later = "2358cc43ec1549ee0f8bcfe841ab030b611b0945d1a2b61793cd68aa4d02bf45";
        assert_eq!(lock(digest, WORKFLOW, Some(TONE)), "fits");
        assert_eq!(lock(later, WORKFLOW, Some(TONE)), "fits");
        assert_eq!(lock("00ff", WORKFLOW, Some(TONE)), "stale");
        let changes = [("issues", "push"), ("vars.DESK", "vars.ROOM"), ("imports:\n  - shared/tone.md\n", "")];
        for (old, new) in changes {
            assert_eq!(lock(digest, &WORKFLOW.replace(old, new), Some(TONE)), "stale", "{new}");
        }
        assert_eq!(lock(digest, WORKFLOW, Some(&TONE.replace("github:", "bash:"))), "stale");
        // what is read when it runs, and how lines end, does not go in
        for (old, new) in [("Ask", "Tell"), ("github.actor", "github.ref"), ("\n", "\r\n")] {
            assert_eq!(lock(digest, &WORKFLOW.replace(old, new), Some(TONE)), "fits", "{new:?}");
        }
        // nobody can say what is in a part that is not here, or what another repository's part says
        assert_eq!(lock("00", WORKFLOW, None), "fits");
        assert_eq!(lock("00", &WORKFLOW.replace("shared/tone.md", "o/r/tone.md@v1"), Some(TONE)), "fits");
        // GitHub is told not to compare them
        let careless = WORKFLOW.replace("on: issues", "on:\n  issues:\n  stale-check: false");
        assert_eq!(lock("00", &careless, Some(TONE)), "fits");
        assert_eq!(lock("00", &careless.replace("false", "true"), Some(TONE)), "stale");
        assert_eq!(lock("00", &WORKFLOW.replace("engine", "inlined-imports: true\nengine"), Some(TONE)), "fits");
    }

    #[test]
    fn paths_of_imports_stay_in_their_folder() {
        for (from, import, expected) in [
            (".github/workflows/a.md", "shared/b.md", ".github/workflows/shared/b.md"),
            (".github/workflows/shared/a.md", "b.md", ".github/workflows/shared/b.md"),
            (".github/workflows/shared/mcp/a.md", "../b.md?", ".github/workflows/shared/b.md"),
            (".github/workflows/a.md", ".github/agents/x.md#part", ".github/agents/x.md"),
            (".github/workflows/a.md", "../../../../x.md", "x.md"),
        ] {
            assert_eq!(target(from, import), expected);
        }
    }
}
