//! Reads the `WORKFLOW.md` of Symphony at the root of a repository: settings in the front matter, and below it the prompt, a
//! Liquid template over `issue` and `attempt` that is rendered strictly.
//!
//! Many repositories have a file of that name for people. It is Symphony's when its front matter has Symphony's keys; where
//! the front matter is no map, when its text speaks of `issue.identifier` and the like. What is wrong carries the class of
//! error that Symphony reports it with (SPEC.md, §5.5); `missing_workflow_file` is about a file that is not there.

use super::keys;
use super::keys::table::*;
use super::{Reader, Reading, System};
use crate::facts::{Collector, meaning};
use crate::flow::{Flow, Manners, Step, StepKind};
use crate::problem::{Problem, ProblemKind};
use crate::project::{Content, FileKind};
use crate::read as take;
use std::collections::HashSet;
use syntax::front_matter;
use syntax::markdown;
use syntax::yaml::{self, Entry, Kind, Node};
use text::{Span, Spanned};

pub(crate) const READER: Reader = Reader {
    places: &["WORKFLOW.md"],
    kind: |path| (path == "WORKFLOW.md").then_some(FileKind::Flow),
    read,
    keys: |_, text, _| keys::front(text, &WORKFLOW),
};

static MANNERS: Manners = Manners::UNKNOWN;

const KEYS: &[&str] = &["tracker", "polling", "workspace", "hooks", "agent", "codex"];

/// Fields of the issue that a prompt is rendered with.
const ISSUE: &[(&str, &str)] = &[
    ("id", "The tracker's own id."),
    ("native_ref", "What the tracker itself calls it by: fields differ from tracker to tracker."),
    ("identifier", "What people call it, such as `ABC-12`."),
    ("title", "Its title."),
    ("description", "Its text; nothing where nobody wrote one."),
    ("priority", "A number, the smaller the more urgent; nothing where the tracker has none."),
    ("state", "The tracker's word for where it stands."),
    ("branch_name", "The branch that the tracker proposes."),
    ("url", "Its address on the web."),
    ("assignee_id", "Whom it is given to."),
    ("labels", "Its labels in small letters."),
    ("blocked_by", "The issues that it waits for, each with `id`, `identifier` and `state`."),
    ("dispatchable", "Whether Symphony would start it now."),
    ("created_at", "When it was made."),
    ("updated_at", "When it was changed last."),
    ("size", "How many fields it has."),
    ("first", "Its first field."),
    ("last", "Its last field."),
];

/// Filters of Liquid.
const FILTERS: &[&str] = &[
    "abs",
    "append",
    "at_least",
    "at_most",
    "base64_decode",
    "base64_encode",
    "base64_url_safe_decode",
    "base64_url_safe_encode",
    "capitalize",
    "ceil",
    "compact",
    "concat",
    "date",
    "default",
    "divided_by",
    "downcase",
    "escape",
    "escape_once",
    "find",
    "find_index",
    "first",
    "floor",
    "has",
    "join",
    "last",
    "lstrip",
    "map",
    "minus",
    "modulo",
    "newline_to_br",
    "plus",
    "prepend",
    "reject",
    "remove",
    "remove_first",
    "remove_last",
    "replace",
    "replace_first",
    "replace_last",
    "reverse",
    "round",
    "rstrip",
    "size",
    "slice",
    "sort",
    "sort_natural",
    "split",
    "strip",
    "strip_html",
    "strip_newlines",
    "sum",
    "times",
    "truncate",
    "truncatewords",
    "uniq",
    "upcase",
    "url_decode",
    "url_encode",
    "where",
    "json",
    "inspect",
];

/// Tags that open a part and the one that closes it.
const BLOCKS: &[(&str, &str)] = &[
    ("if", "endif"),
    ("unless", "endunless"),
    ("case", "endcase"),
    ("for", "endfor"),
    ("tablerow", "endtablerow"),
    ("capture", "endcapture"),
    ("comment", "endcomment"),
    ("raw", "endraw"),
    ("ifchanged", "endifchanged"),
];

/// Other tags.
const TAGS: &[&str] = &[
    "elsif",
    "else",
    "when",
    "break",
    "continue",
    "cycle",
    "assign",
    "increment",
    "decrement",
    "echo",
    "liquid",
    "render",
    "include",
    "layout",
    "section",
    "#",
];

/// What the prompt's words stand for: `issue`, `attempt`, and a field of an issue behind its dot.
pub fn prompt_word(word: &str) -> Option<&'static str> {
    match word {
        "issue" => Some("The issue that is worked on."),
        "attempt" => Some("Which try this is; nothing the first time."),
        _ => {
            let field = word.strip_prefix("issue.")?;
            ISSUE.iter().find(|(known, _)| *known == field).map(|(_, words)| *words)
        }
    }
}

fn read(_: &str, text: &str) -> Option<Reading> {
    let split = front_matter::split(text);
    let document = yaml::read(text, split.yaml);
    let root = &document.root;
    let is_map = matches!(root.kind, Kind::Map(_) | Kind::Null);
    if !is_ours(root, is_map, split.body.of(text)) {
        return None;
    }
    let mut problems = Vec::new();
    let mut refuse = |words: String, class: &str, span: Span| {
        problems.push(Problem { kind: ProblemKind::Refused(System::Symphony, format!("{words} ({class})")), span });
    };
    for problem in &document.problems {
        if let yaml::ProblemKind::Invalid(words) = &problem.kind {
            refuse(words.clone(), "workflow_parse_error", problem.span);
        }
    }
    if document.valid && !is_map {
        let line = root.span.of(text).find(['\n', '\r']).unwrap_or(root.span.len());
        let place = Span::new(root.span.start as usize, root.span.start as usize + line);
        refuse("the front matter is no map of settings".to_owned(), "workflow_front_matter_not_a_map", place);
    }
    if document.valid && is_map {
        settings(root, split.open, &mut refuse);
    }
    let mut template = Template { text, open: Vec::new(), locals: locals(split.body.of(text)), found: Vec::new() };
    template.read(split.body);
    for (words, class, span) in template.found {
        refuse(words, class, span);
    }
    let mut flow = Flow::new(System::Symphony, "workflow", format!("{}WORKFLOW", System::Symphony.prefix()), &MANNERS);
    flow.sections = markdown::read(text, split.body).sections(split.body.end);
    let limits = [("polling", "interval_ms"), ("agent", "max_concurrent_agents"), ("agent", "max_turns")];
    let limits = limits.iter().filter_map(|(map, key)| root.get(map)?.entry(key)).filter_map(limit);
    flow.limits = limits.collect();
    flow.steps = steps(root);
    let mut names = Collector::default();
    names.flow(&flow, Span::empty(split.open.start as usize));
    let facts = names.facts(meaning(root));
    Some(Reading { content: Content::Flow(Box::new(flow)), facts, problems })
}

fn is_ours(root: &Node, is_map: bool, body: &str) -> bool {
    let maps = KEYS.iter().filter(|key| root.get(key).is_some_and(|node| matches!(node.kind, Kind::Map(_)))).count();
    let tracker = root.get("tracker").is_some_and(|tracker| {
        ["kind", "provider", "active_states", "terminal_states"].iter().any(|key| tracker.get(key).is_some())
    });
    let speaks =
        || ["identifier", "title", "description", "state"].iter().any(|field| body.contains(&format!("issue.{field}")));
    tracker || maps >= 2 || (!is_map && body.contains("{{") && speaks())
}

/// What every implementation refuses to begin with.
fn settings(root: &Node, open: Span, refuse: &mut impl FnMut(String, &str, Span)) {
    if !root.is_null() && take::text(root.get("tracker").unwrap_or(&Node::null(0)), "kind").is_none() {
        let place = root.entry("tracker").map_or(open, |entry| entry.key.span);
        refuse("`tracker` has no `kind`".to_owned(), "invalid_workflow_config", place);
    }
    for (map, key) in [("hooks", "timeout_ms"), ("agent", "max_turns")] {
        let Some(value) = root.get(map).and_then(|map| map.get(key)).filter(|value| !value.is_null()) else { continue };
        let number = value.scalar().and_then(|number| number.replace('_', "").parse::<i64>().ok());
        if number.is_none_or(|number| number <= 0) {
            refuse(format!("`{key}` is a whole number above 0"), "invalid_workflow_config", value.span);
        }
    }
    let command = root.get("codex").and_then(|codex| codex.entry("command"));
    if let Some(command) = command.filter(|command| command.value.scalar().is_some_and(|words| words.trim().is_empty()))
    {
        refuse("`command` starts nothing".to_owned(), "invalid_workflow_config", command.value.span);
    }
}

fn limit(entry: &Entry) -> Option<(Spanned<String>, Spanned<String>)> {
    Some((entry.key.clone(), take::word(&entry.value)?))
}

/// The hooks around a run, and the agent.
fn steps(root: &Node) -> Vec<Step> {
    let hooks = root.get("hooks").map(Node::entries).unwrap_or_default();
    let hooks = hooks.iter().filter(|entry| entry.key.value != "timeout_ms").map(|entry| (entry, StepKind::Command));
    let mut steps: Vec<Step> = hooks
        .chain(root.entry("codex").map(|entry| (entry, StepKind::Agent)))
        .map(|(entry, kind)| {
            let mut step = Step::new(entry.key.span.cover(entry.value.span), kind);
            step.title = Some(entry.key.clone());
            step.limits = entry
                .value
                .entries()
                .iter()
                .filter(|inner| inner.key.value.ends_with("_ms"))
                .filter_map(limit)
                .collect();
            step
        })
        .collect();
    steps.sort_by_key(|step| step.span);
    steps
}

/// Names that the template itself makes, wherever that is.
fn locals(body: &str) -> HashSet<String> {
    let mut found: HashSet<String> = ["issue", "attempt", "forloop", "tablerowloop"].map(str::to_owned).into();
    for (at, _) in body.match_indices("{%") {
        let mut words = body[at + 2..]
            .split(|letter: char| letter.is_whitespace() || letter == '-')
            .filter(|word| !word.is_empty());
        if matches!(words.next(), Some("assign" | "capture" | "for" | "tablerow" | "increment" | "decrement")) {
            let name = words.next().unwrap_or_default();
            found.insert(name.split(['=', '%', '}']).next().unwrap_or_default().to_owned());
        }
    }
    // names made inside `{% liquid %}` are not looked for
    if body.contains("liquid") {
        found.insert(String::new());
    }
    found
}

struct Template<'t> {
    text: &'t str,
    /// Tags that are still open, with the one that closes them.
    open: Vec<(&'static str, &'static str, Span)>,
    locals: HashSet<String>,
    found: Vec<(String, &'static str, Span)>,
}

const PARSE: &str = "template_parse_error";
const RENDER: &str = "template_render_error";

impl<'t> Template<'t> {
    fn say(&mut self, words: impl Into<String>, class: &'static str, span: Span) {
        self.found.push((words.into(), class, span));
    }

    fn read(&mut self, body: Span) {
        let (text, end) = (self.text, body.end as usize);
        let mut at = body.start as usize;
        while let Some(next) = text[at..end].find('{').map(|next| at + next) {
            let verbatim =
                self.open.last().filter(|(name, ..)| matches!(*name, "raw" | "comment")).map(|(_, end, _)| *end);
            let (close, is_tag) = match &text.as_bytes()[next..end] {
                [b'{', b'%', ..] => ("%}", true),
                [b'{', b'{', ..] if verbatim.is_none() => ("}}", false),
                _ => {
                    at = next + 1;
                    continue;
                }
            };
            let mark = Span::new(next, next + 2);
            // the tag that ends a verbatim part is short, and what is not closed is looked for only once
            let until = if verbatim.is_some() { within(text, next + 64, end) } else { end };
            let Some(length) = text[next + 2..until].find(close) else {
                if verbatim.is_some() && until < end {
                    at = next + 2;
                    continue;
                }
                if verbatim.is_none() {
                    self.say(format!("this `{}` is not closed", mark.of(text)), PARSE, mark);
                }
                break;
            };
            let inner = trimmed(text, Span::new(next + 2, next + 2 + length));
            at = next + 2 + length + 2;
            match verbatim {
                Some(name) if inner.of(text) == name => drop(self.open.pop()),
                // what stands there is text, and may hold half of a mark
                Some(_) => at = next + 2,
                None if is_tag => self.tag(inner),
                None => self.output(inner, mark),
            }
        }
        if let Some((name, _, span)) = self.open.pop() {
            self.say(format!("`{name}` is not closed"), PARSE, span);
        }
    }

    fn output(&mut self, inner: Span, mark: Span) {
        if inner.is_empty() {
            self.say("nothing stands in this", PARSE, mark);
        } else {
            self.expression(inner);
        }
    }

    fn tag(&mut self, inner: Span) {
        let source = inner.of(self.text);
        let length = source.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(source.len());
        let name = if source.starts_with('#') { "#" } else { &source[..length] };
        let place = Span::new(inner.start as usize, inner.start as usize + name.len());
        let rest = trimmed(self.text, Span::new(place.end as usize, inner.end as usize));
        if let Some((name, end)) = BLOCKS.iter().find(|(known, _)| *known == name) {
            self.open.push((name, end, place));
        } else if BLOCKS.iter().any(|(_, end)| *end == name) {
            match self.open.last() {
                Some((_, end, _)) if *end == name => drop(self.open.pop()),
                Some((open, ..)) => {
                    let words = format!("`{name}` stands where `{open}` is still open");
                    self.say(words, PARSE, place);
                }
                None => self.say(format!("`{name}` closes nothing"), PARSE, place),
            }
            return;
        } else if !TAGS.contains(&name) {
            self.say(format!("there is no tag `{name}`"), PARSE, place);
            return;
        }
        let words = rest.of(self.text);
        let behind =
            |mark: &str| words.find(mark).map(|at| Span::new(rest.start as usize + at + mark.len(), rest.end as usize));
        match name {
            "if" | "unless" | "elsif" if words.is_empty() => {
                self.say(format!("`{name}` has no condition"), PARSE, place)
            }
            "if" | "unless" | "elsif" | "case" | "when" | "echo" => self.expression(rest),
            "assign" => behind("=").into_iter().for_each(|value| self.expression(value)),
            "for" | "tablerow" => behind(" in ").into_iter().for_each(|list| self.expression(list)),
            _ => {}
        }
    }

    /// Variables and filters of an expression.
    fn expression(&mut self, span: Span) {
        let (text, end) = (self.text, span.end as usize);
        let mut at = span.start as usize;
        let mut after_bar = None;
        while at < end {
            let rest = &text[at..end];
            let first = rest.chars().next().unwrap_or(' ');
            match first {
                '"' | '\'' => {
                    let Some(length) = rest[1..].find(first) else {
                        return self.say(format!("this `{first}` is not closed"), PARSE, Span::new(at, at + 1));
                    };
                    at += length + 2;
                }
                '|' => {
                    after_bar = Some(Span::new(at, at + 1));
                    at += 1;
                    continue;
                }
                first if first.is_ascii_alphabetic() || first == '_' => {
                    let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | '?');
                    let length = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
                    // `(1..n)`: two dots end a name
                    let length = rest[..length].find("..").unwrap_or(length);
                    let word = Span::new(at, at + length);
                    if after_bar.take().is_some() {
                        self.filter(word);
                    } else if !rest[length..].trim_start().starts_with(':') {
                        self.variable(word);
                    }
                    at += length.max(1);
                }
                // numbers may have a name's letters behind them: they are no name
                first if first.is_ascii_digit() => {
                    at += rest.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(rest.len()).max(1);
                }
                // a part behind a bracket belongs to what stands before it
                ']' => {
                    at += 1 + rest[1..]
                        .find(|letter: char| !letter.is_alphanumeric() && letter != '.' && letter != '_')
                        .unwrap_or(rest.len() - 1)
                }
                first => at += first.len_utf8(),
            }
            if !first.is_whitespace()
                && let Some(bar) = after_bar.take()
            {
                self.say("a filter's name is missing", PARSE, bar);
            }
        }
        if let Some(bar) = after_bar {
            self.say("a filter's name is missing", PARSE, bar);
        }
    }

    fn filter(&mut self, word: Span) {
        let name = word.of(self.text);
        if !FILTERS.contains(&name) {
            self.say(format!("there is no filter `{name}`"), RENDER, word);
        }
    }

    fn variable(&mut self, word: Span) {
        let name = word.of(self.text);
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        let words = [
            "true", "false", "nil", "null", "empty", "blank", "and", "or", "contains", "in", "reversed", "limit",
            "offset",
        ];
        if words.contains(&name) || self.locals.contains("") {
            return;
        }
        if !self.locals.contains(first) {
            let place = Span::new(word.start as usize, word.start as usize + first.len());
            return self.say(format!("there is no variable `{first}`"), RENDER, place);
        }
        let field = rest.split('.').next().unwrap_or_default();
        if first == "issue" && !field.is_empty() && !ISSUE.iter().any(|(known, _)| *known == field) {
            let start = word.start as usize + first.len() + 1;
            self.say(format!("an issue has no `{field}`"), RENDER, Span::new(start, start + field.len()));
        }
    }
}

/// The last place up to `at` and `end` at which a character begins.
fn within(text: &str, at: usize, end: usize) -> usize {
    (0..=at.min(end)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Without the marks that take white space away, and without white space.
fn trimmed(text: &str, span: Span) -> Span {
    let source = span.of(text);
    let source = source.strip_prefix('-').unwrap_or(source);
    let source = source.strip_suffix('-').unwrap_or(source);
    let lead = span.of(text).len() - span.of(text).strip_prefix('-').unwrap_or(span.of(text)).len();
    let start = span.start as usize + lead + (source.len() - source.trim_start().len());
    Span::new(start, start + source.trim().len())
}

const SPEC: &str =
    "Symphony's specification (July 2026), section 5.3: https://github.com/openai/symphony/blob/main/SPEC.md";

const TRACKERS: Words = &[
    word("linear", "Linear."),
    word("github", "GitHub."),
    word("jira", "Jira."),
    word("asana", "Asana."),
    word("gitlab", "GitLab."),
];

/// Keys that are not in it are passed over.
static WORKFLOW: KeyTable = KeyTable {
    system: System::Symphony,
    title: "the settings",
    source: SPEC,
    keys: &[
        required("tracker", Map(Of(&TRACKER)), "Where issues come from, and which of them are worked on."),
        key("polling", Map(Of(&POLLING)), "How often it looks for issues."),
        key("workspace", Map(Of(&WORKSPACE)), "Where issues are worked on."),
        key("hooks", Map(Of(&HOOKS)), "Scripts that are run around the work on an issue."),
        key("agent", Map(Of(&AGENT)), "How many agents work, and for how long."),
        key("codex", Map(Of(&CODEX)), "How the agent is started."),
        key("server", Map(Of(&SERVER)), "An extension: a page that shows how far the work is."),
    ],
};

static TRACKER: KeyTable = KeyTable {
    system: System::Symphony,
    title: "`tracker`",
    source: SPEC,
    keys: &[
        required("kind", Open(TRACKERS), "Which tracker it is. Without it no issue is worked on."),
        key("provider", Map(Of(&PROVIDER)), "Settings of that tracker: address, project, credentials.").or("`{}`"),
        key("required_labels", List(&Text), "Labels that an issue must carry, all of them.").or("`[]`"),
        key("active_states", List(&Text), "States in which an issue is worked on, as the tracker calls them.")
            .or("what the tracker's adapter says"),
        key("terminal_states", List(&Text), "States in which an issue is done with; its workspace is removed.")
            .or("what the tracker's adapter says"),
    ],
};

/// Each adapter has keys of its own; these are Linear's.
static PROVIDER: KeyTable = KeyTable {
    system: System::Symphony,
    title: "`tracker.provider`",
    source: SPEC,
    keys: &[
        key("endpoint", Text, "Address of the tracker's interface."),
        key("api_key", Text, "The token, or `$NAME` of the environment, so that no secret stands here."),
        key("project_slug", Text, "Linear: the project that issues are taken from."),
    ],
};

static POLLING: KeyTable = KeyTable {
    system: System::Symphony,
    title: "`polling`",
    source: SPEC,
    keys: &[key("interval_ms", Integer, "Milliseconds from one look to the next.").or("30000")],
};

static WORKSPACE: KeyTable = KeyTable {
    system: System::Symphony,
    title: "`workspace`",
    source: SPEC,
    keys: &[key(
        "root",
        Path,
        "Folder of all workspaces; `~` and `$NAME` are replaced, else it is from this file's folder.",
    )
    .or("`symphony_workspaces` in the system's folder for temporary files")],
};

static HOOKS: KeyTable = KeyTable {
    system: System::Symphony,
    title: "`hooks`",
    source: SPEC,
    keys: &[
        key("after_create", Text, "Run once in a new workspace. When it fails, there is no workspace."),
        key("before_run", Text, "Run before each try. When it fails, the try has failed."),
        key("after_run", Text, "Run after each try, however it went. When it fails, that is only noted."),
        key("before_remove", Text, "Run before a workspace is removed. When it fails, that is only noted."),
        key("timeout_ms", Integer, "Milliseconds that each of them may take.").or("60000"),
    ],
};

static AGENT: KeyTable = KeyTable {
    system: System::Symphony,
    title: "`agent`",
    source: SPEC,
    keys: &[
        key("max_concurrent_agents", Integer, "How many issues are worked on at once.").or("10"),
        key("max_turns", Integer, "Turns of the agent in one session.").or("20"),
        key("max_retry_backoff_ms", Integer, "Milliseconds that it waits at most before the next try.").or("300000"),
        key(
            "max_concurrent_agents_by_state",
            Table(&Integer),
            "How many at once in a state; its name in small letters.",
        )
        .or("no further limit"),
    ],
};

const APPROVALS: Words = &[
    word("untrusted", "Asks before all but harmless commands."),
    word("on-failure", "Asks when a command failed in its fence."),
    word("on-request", "Asks when the model wants it to."),
    word("never", "Never asks."),
];

const SANDBOXES: Words = &[
    word("read-only", "Nothing is written."),
    word("workspace-write", "Only the workspace is written to."),
    word("danger-full-access", "Everything."),
];

static CODEX: KeyTable = KeyTable {
    system: System::Symphony,
    title: "`codex`",
    source: SPEC,
    keys: &[
        key("command", Text, "What is started in the workspace, by `bash -lc`.").or("`codex app-server`"),
        key("approval_policy", Open(APPROVALS), "What it asks for, as Codex has it.")
            .or("what the implementation says"),
        key("thread_sandbox", Open(SANDBOXES), "What commands may touch, as Codex has it.")
            .or("what the implementation says"),
        key("turn_sandbox_policy", Any, "The same for one turn, as Codex has it.").or("what the implementation says"),
        key("turn_timeout_ms", Integer, "Milliseconds that a turn may take.").or("3600000"),
        key("read_timeout_ms", Integer, "Milliseconds to wait for an answer.").or("5000"),
        key("stall_timeout_ms", Integer, "Milliseconds of silence after which it is stopped; 0 is never.").or("300000"),
    ],
};

static SERVER: KeyTable = KeyTable {
    system: System::Symphony,
    title: "`server`",
    source: SPEC,
    keys: &[key("port", Integer, "The port of the page.")],
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is said of a prompt: the token and the words.
    fn found(body: &str) -> Vec<(String, String)> {
        let text = format!("---\ntracker: {{kind: linear}}\n---\n{body}");
        let reading = read("WORKFLOW.md", &text).unwrap();
        let words = |kind: ProblemKind| match kind {
            ProblemKind::Refused(_, words) => words,
            other => format!("{other:?}"),
        };
        reading.problems.into_iter().map(|problem| (problem.span.of(&text).to_owned(), words(problem.kind))).collect()
    }

    #[test]
    fn what_liquid_takes_is_taken() {
        for body in [
            "{{ issue.identifier }} {{- issue.title | upcase | truncate: 20, '…' -}}",
            "{% if attempt and attempt > 1 %}again{% elsif issue.priority == nil %}x{% else %}y{% endif %}",
            "{% for label in issue.labels limit: 3 %}{{ forloop.index }} {{ label | default: \"none\" }}{% endfor %}",
            "{% assign n = issue.blocked_by | size %}{{ n }}{% capture c %}{{ n }}{% endcapture %}{{ c }}",
            "{% raw %}{{ anything }} {% nothing %} {{{% endraw %}",
            "{% comment %}{{ anything | nothing }}{% endcomment %}{% # a note %}",
            "{% case issue.state %}{% when 'Todo', \"Done\" %}a{% endcase %}",
            "{% for i in (1..3) %}{{ i }}{% endfor %}{{ issue['title'] }}{{ issue.blocked_by[0].identifier }}",
            "a { b } {c} 100%",
        ] {
            assert_eq!(found(body), [], "{body}");
        }
    }

    #[test]
    fn mistakes_stand_at_their_token() {
        for (body, token, words) in [
            ("{{ ticket.id }}", "ticket", "there is no variable `ticket` (template_render_error)"),
            ("{{ issue.key }}", "key", "an issue has no `key` (template_render_error)"),
            ("{{ issue.title | shout }}", "shout", "there is no filter `shout` (template_render_error)"),
            ("{{ issue.title | }}", "|", "a filter's name is missing (template_parse_error)"),
            ("{{ issue.title", "{{", "this `{{` is not closed (template_parse_error)"),
            ("{% if attempt %}x", "if", "`if` is not closed (template_parse_error)"),
            ("x{% endif %}", "endif", "`endif` closes nothing (template_parse_error)"),
            ("{% iff attempt %}", "iff", "there is no tag `iff` (template_parse_error)"),
            ("{% if %}{% endif %}", "if", "`if` has no condition (template_parse_error)"),
            ("{{ 'open }}", "'", "this `'` is not closed (template_parse_error)"),
            ("{{ }}", "{{", "nothing stands in this (template_parse_error)"),
        ] {
            assert_eq!(found(body), [(token.to_owned(), words.to_owned())], "{body}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_and_spans_fit(body in "[{}%|'\"a-e. \\-\n\\[\\]é]{0,60}") {
            let text = format!("---\ntracker: {{kind: linear}}\n---\n{body}");
            let reading = read("WORKFLOW.md", &text).unwrap();
            for problem in reading.problems {
                prop_assert!(text.get(problem.span.range()).is_some(), "{:?}", problem);
            }
        }
    }
}
