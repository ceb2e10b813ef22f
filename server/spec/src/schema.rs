//! Every key of every map of our formats, said once: its name, what it takes, whether it must be there, and one
//! sentence. The checks ([`check`]), completion and hover all read this table.

use crate::foreign::System;
use crate::problem::{Problem, ProblemKind};
use crate::project::NameKind;
use crate::values;
use syntax::yaml::{Entry, Kind, Node};
use text::Span;

/// The maps of our formats, and those of other tools.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "each is named like the key or file it belongs to")]
pub enum MapKind {
    Workflow,
    WorkflowTicket,
    InputDecl,
    Defaults,
    Limit,
    Pass,
    Output,
    Cache,
    Limits,
    Reservation,
    Gate,
    Criterion,
    Verify,
    Reviewer,
    Escalation,
    GateFile,
    Agent,
    Context,
    Access,
    Ticket,
    Config,
    Project,
    Tickets,
    Candidate,
    Budget,
    Policy,
    Resource,
    Pool,
    AgentRow,
    DocsDefault,
    Rules,
    RulePaths,
    /// A map of another tool's file: its table stands beside the reader of the file. Nothing is checked against it.
    Foreign(&'static KeyTable),
}

/// A map of another tool's files.
pub struct KeyTable {
    /// Who reads it.
    pub system: System,
    /// What people call it: "an agent".
    pub title: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
    /// Where it is said what the keys mean.
    pub source: &'static str,
}

/// Tables may hold each other: two are the same when they stand at one place.
impl PartialEq for KeyTable {
    fn eq(&self, other: &KeyTable) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for KeyTable {}

impl std::fmt::Debug for KeyTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.title, self.system.word())
    }
}

/// One key of a map.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Key {
    /// As it is written.
    pub name: &'static str,
    /// What it takes.
    pub value: Value,
    /// True when the map is wrong without it.
    pub required: bool,
    /// One sentence for people.
    pub doc: &'static str,
    /// The `schema_version` that has it first; of no meaning for other tools.
    pub since: u32,
    /// What holds where it is not written; empty where that is nothing.
    pub default: &'static str,
    /// What its owner thinks of it today, where that is not much: "deprecated: `agent` is read instead". Else empty.
    pub fate: &'static str,
}

impl Key {
    /// The same with what holds where it is not written.
    pub(crate) const fn or(self, default: &'static str) -> Key {
        Key { default, ..self }
    }

    /// The same as one that its owner ignores or would rather not see.
    pub(crate) const fn but(self, fate: &'static str) -> Key {
        Key { fate, ..self }
    }
}

/// An allowed word and what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Word {
    /// As it is written.
    pub word: &'static str,
    /// One short sentence.
    pub doc: &'static str,
}

/// What a key takes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Value {
    /// Any words.
    Text,
    /// An id of our own: `^[a-z0-9][a-z0-9-]*$`.
    Id,
    /// `1`.
    SchemaVersion,
    /// Quoted `X.Y.Z`.
    Version,
    /// `30s`, `20m`, `2h`.
    Duration,
    /// Dollars as a decimal.
    Money,
    /// A share of a limit: `0.8`.
    Share,
    /// A whole number from 0.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A path from the root; may hold templates.
    Path,
    /// A glob from the root; may hold templates.
    Glob,
    /// An argv list, or one string split into words.
    Command,
    /// One `{{ … }}`.
    Condition,
    /// `ticket`, `outputs.<id>`, `inputs.<name>` or a glob.
    InputRef,
    /// One of these words only.
    Word(&'static [Word]),
    /// Any word; these are known.
    Open(&'static [Word]),
    /// A name of this kind that is defined elsewhere.
    Name(NameKind),
    /// Such a name, or one of these words.
    NameOr(NameKind, &'static [Word]),
    /// A host's agent file (path) or an agent's name.
    Extends,
    /// An agent category: a known one or one the config declares.
    Category,
    /// A map.
    Map(MapKind),
    /// A map with free keys, each with such a value.
    Table(&'static Value),
    /// A list.
    List(&'static Value),
    /// A list, or one item without the brackets.
    OneOrMore(&'static Value),
    /// The first where a map stands, else the second.
    MapOr(MapKind, &'static Value),
    /// Anything: not read by this version.
    Any,
}

pub(crate) const fn key(name: &'static str, value: Value, doc: &'static str) -> Key {
    Key { name, value, required: false, doc, since: 1, default: "", fate: "" }
}

pub(crate) const fn required(name: &'static str, value: Value, doc: &'static str) -> Key {
    Key { required: true, ..key(name, value, doc) }
}

pub(crate) const fn word(word: &'static str, doc: &'static str) -> Word {
    Word { word, doc }
}

use Value::{
    Any, Boolean, Category, Condition, Duration, Glob, Id, InputRef, Integer, List, Map, MapOr, Money, Name, OneOrMore,
    Open, Path, Share, Table, Text, Version,
};

const SCHEMA_VERSION: Key = required("schema_version", Value::SchemaVersion, "Version of the format; always 1.");
const TIER: Key =
    key("tier", Name(NameKind::Tier), "Class of model that is needed; the config says which models that are.");
const MODEL: Key =
    key("model", Text, "Pins one model as its harness names it; the tier decides when it is not written.");
const EFFORT: Key =
    key("effort", Open(EFFORTS), "How hard the model should think, as far as the harness has such a dial.");
const HARNESS: Key =
    key("harness", Open(HARNESSES), "What executes it: an alias that the user's own configuration knows.");

/// Effort words.
pub const EFFORTS: &[Word] = &[
    word("low", "Short thinking."),
    word("medium", "The usual."),
    word("high", "Long thinking."),
    word("xhigh", "Very long thinking."),
    word("max", "As long as the model can."),
];

/// Harness aliases that are built in.
pub const HARNESSES: &[Word] = &[
    word("claude", "Claude Code."),
    word("codex", "OpenAI Codex CLI."),
    word("opencode", "opencode."),
    word("gemini", "Gemini CLI."),
    word("copilot", "GitHub Copilot CLI."),
    word("command", "A plain command; no model and no cost."),
];

/// Known kinds of passes.
pub const PASS_KINDS: &[Word] = &[
    word("spec", "Says what is to be built."),
    word("design", "Says how."),
    word("ir", "An intermediate form between design and code."),
    word("validation", "Checks a written artifact."),
    word("generation", "Writes code."),
    word("verification", "Checks code."),
    word("integration", "Joins changes."),
    word("diagnosis", "Finds the cause."),
    word("patch", "Mends the cause."),
    word("deploy", "Brings it to where it runs."),
    word("review", "Judges."),
    word("docs", "Writes documentation."),
    word("plan", "Orders the work."),
    word("test", "Writes or runs tests."),
];

const PASS_TYPES: &[Word] = &[
    word("agent", "A coding agent does it (default)."),
    word("command", "A plain command does it: no model, no cost."),
    word("gate", "Nothing is made; only the gate is passed."),
    word("workflow", "Another workflow does it."),
];

const OUTPUT_KINDS: &[Word] = &[
    word("file", "One file at `path` (default)."),
    word("diff", "Changes under the globs of `writes`."),
    word("report", "A file for people that later passes do not build on."),
];

/// Formats of checkers' output, all of which are read.
pub const FORMATS: &[Word] = &[
    word("auto", "Recognised from the output."),
    word("sarif", "SARIF 2.1.0."),
    word("rdjson", "Reviewdog diagnostics, one document."),
    word("rdjsonl", "Reviewdog diagnostics, one a line."),
    word("cargo", "Cargo's JSON messages, and what `cargo test` prints."),
    word("eslint", "ESLint's JSON: `eslint --format=json`."),
    word("junit", "JUnit XML, on standard output."),
    word("tap", "Test Anything Protocol 13 and 14."),
    word("checkstyle", "Checkstyle XML."),
    word("gitlab", "GitLab code quality, which is Code Climate's JSON."),
    word("github", "GitHub workflow commands: `::error file=a.py,line=1::words`."),
    word("findings", "Tollgate's own findings: a JSON object with `path`, `line`, `message` a line."),
    word("errorformat:unix", "`path:line:column: message` lines of any tool."),
    word("errorformat:gcc", "gcc's lines; columns as a terminal shows them."),
    word("errorformat:clang", "clang's lines; columns in bytes."),
    word("errorformat:rustc", "`rustc --error-format=short`."),
    word("errorformat:go", "`go build` and `go vet`."),
    word("errorformat:tsc", "The TypeScript compiler's lines."),
    word("errorformat:pytest", "pytest's traces and short summary."),
    word("errorformat:ruff", "`ruff check --output-format=concise`."),
    word("errorformat:mypy", "mypy's lines."),
    word("errorformat:shellcheck", "`shellcheck -f gcc`."),
];

const REVIEWERS: &[Word] = &[
    word("human", "A person decides (default)."),
    word("agent", "An agent decides; never the one that made the work."),
    word("both", "First the agent, then a person."),
];

const ON_REJECT: &[Word] = &[
    word("retry", "Again, with the findings, on top of the kept change."),
    word("rework", "The change is thrown away and made again."),
    word("abort", "The ticket stops."),
    word("skip", "Goes on without it."),
    word("escalate", "Somebody else decides."),
];

const STRENGTHS: &[Word] = &[
    word("ui", "A click or a typed command (default). Whatever runs as the user could have made it."),
    word("os", "A signature by a key that must be touched (`sk-…`) and that the base branch names."),
    word("forge", "A review of a named account, read back from the forge."),
];

const CRITERION_SEVERITIES: &[Word] = &[
    word("required", "The gate is closed without it (default)."),
    word("recommended", "The gate only warns without it."),
];

/// Evidence words.
pub const EVIDENCE: &[Word] = &[
    word("review", "What the reviewer wrote."),
    word("tests", "The test results of a verify command."),
    word("lint", "The findings of a linter."),
    word("build", "The build's result."),
    word("diff", "The change itself."),
    word("artifact", "A file the pass made."),
    word("log", "A log or transcript."),
    word("metric", "A number that was measured."),
    word("manual", "What a person did and saw."),
];

/// The categories every project has.
pub const CATEGORIES: &[Word] = &[
    word("analyst", "Understands the problem."),
    word("architect", "Designs the solution."),
    word("specifier", "Writes specifications."),
    word("implementer", "Writes code."),
    word("verifier", "Judges the work of others."),
    word("deployer", "Brings it to where it runs."),
    word("monitor", "Watches what runs."),
    word("documenter", "Writes documentation."),
    word("diagnostician", "Finds causes."),
    word("orchestrator", "Gives work to others and never generates."),
    word("product", "Decides what is worth building."),
    word("designer", "Designs what people see and use."),
    word("qa", "Tries to break it."),
    word("technical-writer", "Writes for the people who use it."),
    word("program-manager", "Keeps many tickets together."),
];

/// Canonical tool names.
pub const TOOLS: &[Word] = &[
    word("read", "Reads files."),
    word("edit", "Changes files."),
    word("search", "Searches files."),
    word("execute", "Runs commands."),
    word("agent", "Starts other agents."),
    word("web", "Reads the web."),
    word("todo", "Keeps a to-do list."),
];

/// Known ticket types.
pub const TICKET_TYPES: &[Word] = &[
    word("feature", "Something new."),
    word("bug", "Something broken."),
    word("security", "A weakness."),
    word("refactor", "The same, written better."),
    word("docs", "Documentation."),
    word("chore", "Upkeep."),
    word("task", "Anything else."),
];

const STATUSES: &[Word] = &[
    word("To Do", "Not started."),
    word("In Progress", "Being worked on."),
    word("In Review", "Waits for review."),
    word("Blocked", "Cannot go on."),
    word("Done", "Finished."),
];

const PRIORITIES: &[Word] = &[
    word("critical", "Now."),
    word("high", "Next."),
    word("medium", "The usual."),
    word("low", "When there is time."),
];

const SIZES: &[Word] = &[
    word("tiny", "Minutes."),
    word("small", "Hours."),
    word("medium", "A day or two."),
    word("large", "A week."),
    word("huge", "Should be split."),
];

const INPUT_TYPES: &[Word] =
    &[word("string", "Words."), word("number", "A number."), word("boolean", "`true` or `false`.")];

const MODES: &[Word] =
    &[word("shared", "Others may hold it too (default)."), word("exclusive", "Nobody else may hold it.")];

const COLUMNS: &[Word] = &[
    word("bytes", "UTF-8 bytes."),
    word("utf16", "UTF-16 code units."),
    word("codepoints", "Characters."),
    word("display", "Columns of a terminal."),
];

const NETWORKS: &[Word] = &[word("none", "No connection.")];

const SOURCES: &[Word] = &[
    word("files", "`.tollgate/tickets/*.md`."),
    word("speckit", "Spec Kit features."),
    word("backlog", "Backlog.md."),
    word("beads", "Beads."),
    word("taskmaster", "Task Master."),
    word("github", "GitHub issues."),
    word("jira", "Jira."),
    word("linear", "Linear."),
];

const SCOPES: &[Word] = &[
    word("org", "All projects of the organisation."),
    word("team", "All projects of the team."),
    word("project", "This project."),
    word("ticket", "Each ticket."),
    word("pass", "Each pass of a ticket."),
];

const PERIODS: &[Word] = &[
    word("day", "Calendar day, UTC."),
    word("week", "ISO week, UTC."),
    word("month", "Calendar month, UTC."),
    word("lifetime", "For ever (default)."),
];

const AT_LIMIT: &[Word] = &[word("require_approval", "A run needs a person's word."), word("warn", "Only said.")];
const OVER_LIMIT: &[Word] = &[word("pause", "No run starts."), word("warn", "Only said.")];
const RECORDS: &[Word] = &[word("git", "Committed (default)."), word("local", "Kept out of git.")];

/// Kinds of documents, as in their own `kind:`.
pub const DOCUMENT_KINDS: &[Word] = &[
    word("bounded-context", "A part of the domain with a language of its own."),
    word("contract", "What two systems agreed on."),
    word("api", "How an interface is used."),
    word("data-model", "Tables, types and what they hold."),
    word("adr", "A decision: it says what was true when it was taken, and is not held to the code."),
    word("guide", "How something is done."),
    word("runbook", "What to do when something happens."),
];

/// Sides of a symbol that are compared by themselves, as in `facet:` of a binding.
pub const FACETS: &[Word] = &[
    word("sig", "How it is declared."),
    word("doc", "What its own documentation comment says."),
    word("body", "What it does."),
    word("value", "What it is set to, or what its public members are."),
    word("surface", "Which public symbols there are."),
];

const DOCS_MODES: &[Word] = &[
    word("warn", "A changed signature is a warning (default)."),
    word("suggest", "What has changed is a hint; only what is gone is an error."),
    word("off", "These documents are not looked at."),
];

/// Severity words of `rules.severity`.
pub const SEVERITIES: &[Word] = &[
    word("error", "Fails `tollgate check`."),
    word("warning", "Very likely not meant."),
    word("information", "Somebody waits."),
    word("hint", "Could be better."),
    word("off", "Not reported."),
];

const WORKFLOW: &[Key] = &[
    SCHEMA_VERSION,
    required("name", Id, "Name of the workflow; the same as the file's."),
    key("version", Version, "Version of the workflow, a quoted `X.Y.Z`."),
    key("description", Text, "One line for lists."),
    key("intent", Text, "Why the workflow exists."),
    key("ticket", Map(MapKind::WorkflowTicket), "The tickets it serves."),
    key("inputs", Table(&Map(MapKind::InputDecl)), "Inputs that a ticket or the command line may set."),
    key("defaults", Map(MapKind::Defaults), "Settings of every pass that does not say otherwise."),
    key("budget", Map(MapKind::Limit), "What one ticket may cost in this workflow, all passes together."),
    required("passes", List(&Map(MapKind::Pass)), "The steps, each with inputs, a task and outputs."),
];

const WORKFLOW_TICKET: &[Key] = &[
    key("types", OneOrMore(&Open(TICKET_TYPES)), "Ticket types this workflow serves."),
    key("required_labels", OneOrMore(&Text), "Labels a ticket must carry."),
];

const INPUT_DECL: &[Key] = &[
    key("type", Value::Word(INPUT_TYPES), "Type of the input."),
    key("default", Text, "Value when nobody sets it."),
    key("enum", List(&Text), "The only values allowed."),
    key("description", Text, "What it is for."),
];

const DEFAULTS: &[Key] = &[
    TIER,
    MODEL,
    EFFORT,
    HARNESS,
    key("timeout", Duration, "Wall-clock limit of one attempt."),
    key("max_turns", Integer, "Limit on model turns of one attempt."),
    key("limits", Map(MapKind::Limits), "Limits of one attempt."),
];

const LIMIT: &[Key] = &[
    required("limit_usd", Money, "The limit in US dollars."),
    key("warn_at", OneOrMore(&Share), "Shares of the limit at which to warn; 0.8 when not written."),
];

const PASS: &[Key] = &[
    required("id", Id, "Id of the pass; the body has one section `## <id>` with its task."),
    key("type", Value::Word(PASS_TYPES), "Who does it."),
    key("kind", Open(PASS_KINDS), "What kind of step it is."),
    key("needs", List(&Name(NameKind::Pass)), "Passes that must be done before."),
    key("agent", Name(NameKind::Agent), "The agent that does it."),
    TIER,
    MODEL,
    EFFORT,
    HARNESS,
    key(
        "if",
        Condition,
        "Condition over `inputs`, `ticket` and `passes.<id>.outcome`; the pass is skipped when it is false.",
    ),
    key("inputs", List(&InputRef), "What it may read to build its prompt."),
    key("outputs", List(&Map(MapKind::Output)), "All it may write."),
    key("cache", Map(MapKind::Cache), "When a result may be used again without a run."),
    key("limits", Map(MapKind::Limits), "Limits of one attempt; a run is stopped at them."),
    key("reserve", List(&Map(MapKind::Reservation)), "Shared resources it needs while it runs."),
    key(
        "gate",
        MapOr(MapKind::Gate, &Name(NameKind::Gate)),
        "The check it must get through, or the name of a shared gate.",
    ),
    key("run", Value::Command, "Command of a `command` pass. There is no shell."),
    key("workflow", Name(NameKind::Workflow), "Workflow of a `workflow` pass."),
];

const OUTPUT: &[Key] = &[
    required("id", Id, "Id of the output; other passes read it as `outputs.<id>`."),
    key("path", Path, "The file, from the root; may hold templates."),
    key("kind", Open(OUTPUT_KINDS), "What it is."),
    key("writes", OneOrMore(&Glob), "Globs of the files it may change."),
    key("required", Boolean, "False when the pass may end without it."),
];

const CACHE: &[Key] = &[
    key("key", OneOrMore(&Glob), "Files whose content decides; all inputs when not written."),
    key("off", Boolean, "True: always run."),
];

const LIMITS: &[Key] = &[
    key("usd", Money, "Money cap of one attempt in US dollars."),
    key("turns", Integer, "Limit on model turns."),
    key("timeout", Duration, "Wall-clock limit."),
];

const RESERVATION: &[Key] = &[
    required("resource", Name(NameKind::Resource), "Id of a resource of the config."),
    key("mode", Value::Word(MODES), "With others or alone."),
    key("scope", Text, "Part of the resource that is needed."),
    key("lease", Duration, "How long at most."),
    key("priority", Integer, "Higher goes first."),
];

const GATE: &[Key] = &[
    key("criteria", List(&Map(MapKind::Criterion)), "What must hold; or the list under `### Gate` in the body."),
    key("verify", List(&Map(MapKind::Verify)), "Commands whose findings decide."),
    key("reviewer", Map(MapKind::Reviewer), "Who looks at it."),
    key("on_reject", Value::Word(ON_REJECT), "What a rejection leads to."),
    key("max_iterations", Integer, "Bound of the retry loop."),
    key("escalation", Map(MapKind::Escalation), "Where it goes when it does not close."),
    key("strength", Value::Word(STRENGTHS), "How hard a person's decision must be to forge."),
];

const CRITERION: &[Key] = &[
    key("id", Text, "Id of the criterion: `AC-1`."),
    required("must", Text, "What must hold."),
    key("evidence", OneOrMore(&Open(EVIDENCE)), "What shows that it holds."),
    key("severity", Value::Word(CRITERION_SEVERITIES), "Whether the gate is closed without it."),
];

const VERIFY: &[Key] = &[
    required("id", Id, "Id of the check."),
    required("command", Value::Command, "What is run. There is no shell."),
    key("format", Value::Word(FORMATS), "Format of its output."),
    key("timeout", Duration, "Wall-clock limit."),
    key("allow_failure", Boolean, "True: a failure only warns."),
    key("columns", Value::Word(COLUMNS), "Unit of its columns, when the format does not say."),
    key("root", Text, "Folder its paths begin in; an absolute one stands for the root."),
];

const REVIEWER: &[Key] = &[
    key("type", Value::Word(REVIEWERS), "Who decides."),
    key("agent", Name(NameKind::Agent), "The reviewing agent; never the one that made the work."),
    key("from", OneOrMore(&Text), "People or teams who may decide."),
    key("required", Boolean, "False: its word only warns."),
];

const ESCALATION: &[Key] = &[
    key("after", Integer, "After so many attempts."),
    key("to", Text, "To whom."),
    key("timeout", Duration, "How long to wait."),
];

const GATE_FILE: &[Key] = &[
    SCHEMA_VERSION,
    required("name", Id, "Name of the gate; the same as the file's."),
    key("version", Version, "Version of the gate, a quoted `X.Y.Z`."),
    key("description", Text, "One line for lists."),
    GATE[0],
    GATE[1],
    GATE[2],
    GATE[3],
    GATE[4],
    GATE[5],
    GATE[6],
];

const AGENT: &[Key] = &[
    SCHEMA_VERSION,
    required("name", Id, "Name of the agent; the same as the file's."),
    key("version", Version, "Version of the agent, a quoted `X.Y.Z`."),
    key("description", Text, "What it does and when to use it."),
    key("category", Category, "Its role."),
    key("capabilities", OneOrMore(&Text), "What it is good at."),
    key("tools", OneOrMore(&Open(TOOLS)), "What it may use."),
    key("disallowedTools", OneOrMore(&Open(TOOLS)), "What it may not use."),
    TIER,
    MODEL,
    EFFORT,
    HARNESS,
    key("maxTurns", Integer, "Limit on model turns of one attempt."),
    key("timeout", Duration, "Wall-clock limit of one attempt."),
    key("skills", OneOrMore(&Text), "Skills of the host it loads."),
    key("context", Map(MapKind::Context), "What it must be given."),
    key("resources", Map(MapKind::Access), "What it may reach."),
    key("independent_of", OneOrMore(&Name(NameKind::Agent)), "Agents it shares nothing with, and so may judge."),
    key("escalation", Map(MapKind::Escalation), "Where it goes when it cannot go on."),
    key("extends", Value::Extends, "A host's agent file or another agent that this one adds to."),
];

const CONTEXT: &[Key] = &[
    key("requires", OneOrMore(&Glob), "Files it must be given."),
    key("max_tokens", Integer, "Limit of the context in tokens."),
];

const ACCESS: &[Key] = &[
    key("read", OneOrMore(&Glob), "What it may read."),
    key("write", OneOrMore(&Glob), "What it may write, when narrower than the pass's outputs."),
    key("exec", OneOrMore(&Text), "Commands it may run."),
    key("network", Open(NETWORKS), "`none`, or aliases of providers."),
];

const TICKET: &[Key] = &[
    SCHEMA_VERSION,
    required("id", Id, "Id of the ticket; the same as the file's."),
    required("title", Text, "What it is about, in one line."),
    required("status", Open(STATUSES), "Where it stands."),
    key("type", Open(TICKET_TYPES), "What kind of work it is; decides the workflow."),
    key("priority", Open(PRIORITIES), "How urgent it is."),
    key("assignee", OneOrMore(&Text), "Who works on it."),
    key("labels", OneOrMore(&Text), "Free words."),
    key("dependencies", OneOrMore(&Name(NameKind::Ticket)), "Tickets that must be done before."),
    key("parent_task_id", Name(NameKind::Ticket), "The ticket it is a part of."),
    key("milestone", Text, "Milestone."),
    key("created_date", Text, "When it was written."),
    key("updated_date", Text, "When it was changed last."),
    key("due_date", Text, "When it must be done."),
    key("reporter", Text, "Who asked for it."),
    key("references", OneOrMore(&Text), "Links and files to read."),
    key("documentation", OneOrMore(&Text), "Documents it changes."),
    key("modified_files", OneOrMore(&Text), "Files it changed."),
    key("ordinal", Text, "Order on a board."),
    key("workflow", Name(NameKind::Workflow), "Pins the workflow; the type decides when it is not written."),
    key("inputs", Table(&Text), "Values of the workflow's inputs."),
    key("size", Open(SIZES), "How large it is thought to be."),
    key("spec", Path, "Its specification."),
    key("external_ref", Text, "Its id elsewhere: `gh-9`, `jira-ABC-1`."),
    key("branch", Text, "Its branch."),
    key("budget", Map(MapKind::Limit), "What it may cost in all."),
    TIER,
    MODEL,
    EFFORT,
    HARNESS,
];

const CONFIG: &[Key] = &[
    SCHEMA_VERSION,
    key("project", Map(MapKind::Project), "Who we are."),
    key("tickets", Map(MapKind::Tickets), "Where tickets come from."),
    key("tiers", Table(&List(&Map(MapKind::Candidate))), "Classes of models, each an ordered list of candidates."),
    key("budgets", List(&Map(MapKind::Budget)), "Limits of money."),
    key("policy", Map(MapKind::Policy), "Caps that win over everything else."),
    key("records", Value::Word(RECORDS), "Where run receipts and decisions go."),
    key("resources", List(&Map(MapKind::Resource)), "Shared resources that passes reserve."),
    key("pools", Table(&Map(MapKind::Pool)), "Where passes run, and how many at once."),
    key("agents", Table(&Map(MapKind::AgentRow)), "Hosts' agents that are used as they are."),
    key("categories", OneOrMore(&Id), "Agent categories beside the known ones."),
    key(
        "docs",
        List(&Map(MapKind::DocsDefault)),
        "What is true of documents that do not say it themselves; of several entries the last one counts.",
    ),
    key("rules", Map(MapKind::Rules), "How rules report."),
];

const PROJECT: &[Key] = &[
    key("id", Id, "Id of the project; money is booked on it."),
    key("team", Text, "Its team."),
    key("org", Text, "Its organisation."),
];

const TICKETS: &[Key] = &[
    key("source", Value::Word(SOURCES), "Which tracker."),
    key("active_states", OneOrMore(&Text), "Status words that mean work."),
    key("terminal_states", OneOrMore(&Text), "Status words that mean done."),
    key("id_pattern", Text, "How a branch names its ticket."),
    key("project", Text, "Project or repository in the tracker."),
];

const CANDIDATE: &[Key] = &[
    required("harness", Open(HARNESSES), "What executes it."),
    key("model", Text, "Model as that harness names it."),
    EFFORT,
];

const BUDGET: &[Key] = &[
    required("scope", Value::Word(SCOPES), "Whose money."),
    key("period", Value::Word(PERIODS), "For how long."),
    required("limit_usd", Money, "The limit in US dollars."),
    key("warn_at", OneOrMore(&Share), "Shares of the limit at which to warn; 0.8 when not written."),
    key("at_limit", Value::Word(AT_LIMIT), "What happens at the limit."),
    key("over_limit", Value::Word(OVER_LIMIT), "What happens above it."),
];

const POLICY: &[Key] = &[
    key("max_tier", Name(NameKind::Tier), "No pass gets a tier above this one; tiers are ordered as written."),
    key("allowed_models", OneOrMore(&Text), "Globs of models that may be used."),
    key("distinct_families_for_review", Boolean, "True: a reviewer's model is of another family than the generator's."),
    key("strength", Value::Word(STRENGTHS), "How hard every person's decision must be to forge."),
];

const RESOURCE: &[Key] = &[
    required("id", Id, "Id of the resource."),
    key("kind", Text, "What it is: `database`, `environment`, …"),
    key("capacity", Integer, "How many may hold it at once."),
];

const POOL: &[Key] = &[key("max_concurrent", Integer, "How many passes run at once.")];

const AGENT_ROW: &[Key] =
    &[required("file", Path, "The host's agent file, from the root."), key("category", Category, "Its role."), TIER];

const DOCS_DEFAULT: &[Key] = &[
    required("path", OneOrMore(&Glob), "Globs of the documents, from the root: `docs/api/**`."),
    key("exclude", OneOrMore(&Glob), "Globs of documents that this is not about."),
    key("kind", Value::Word(DOCUMENT_KINDS), "What documents are that do not say it."),
    key("facet", OneOrMore(&Value::Word(FACETS)), "What of the code is compared where a binding does not say it."),
    key("owner", Text, "Whose documents are that do not say it."),
    key("mode", Value::Word(DOCS_MODES), "How much is said of what has changed."),
];

const RULES: &[Key] = &[
    RULE_SEVERITY,
    key(
        "paths",
        List(&Map(MapKind::RulePaths)),
        "Severities in some files only; of several entries the last one counts.",
    ),
];

const RULE_SEVERITY: Key = key("severity", Table(&Value::Word(SEVERITIES)), "Severity by rule id.");

const RULE_PATHS: &[Key] =
    &[required("paths", OneOrMore(&Glob), "Globs of the files, from the root: `legacy/**`."), RULE_SEVERITY];

impl MapKind {
    /// The keys of the map.
    pub fn keys(self) -> &'static [Key] {
        self.parts().0
    }

    /// What people call it in a message: "unknown key in *a pass*".
    pub fn title(self) -> &'static str {
        self.parts().1
    }

    /// The key of that name.
    pub fn key(self, name: &str) -> Option<&'static Key> {
        self.keys().iter().find(|key| key.name == name)
    }

    fn parts(self) -> (&'static [Key], &'static str) {
        match self {
            MapKind::Workflow => (WORKFLOW, "a workflow"),
            MapKind::WorkflowTicket => (WORKFLOW_TICKET, "`ticket`"),
            MapKind::InputDecl => (INPUT_DECL, "an input"),
            MapKind::Defaults => (DEFAULTS, "`defaults`"),
            MapKind::Limit => (LIMIT, "`budget`"),
            MapKind::Pass => (PASS, "a pass"),
            MapKind::Output => (OUTPUT, "an output"),
            MapKind::Cache => (CACHE, "`cache`"),
            MapKind::Limits => (LIMITS, "`limits`"),
            MapKind::Reservation => (RESERVATION, "a reservation"),
            MapKind::Gate => (GATE, "a gate"),
            MapKind::Criterion => (CRITERION, "a criterion"),
            MapKind::Verify => (VERIFY, "a verify command"),
            MapKind::Reviewer => (REVIEWER, "`reviewer`"),
            MapKind::Escalation => (ESCALATION, "`escalation`"),
            MapKind::GateFile => (GATE_FILE, "a shared gate"),
            MapKind::Agent => (AGENT, "an agent"),
            MapKind::Context => (CONTEXT, "`context`"),
            MapKind::Access => (ACCESS, "`resources`"),
            MapKind::Ticket => (TICKET, "a ticket"),
            MapKind::Config => (CONFIG, "the configuration"),
            MapKind::Project => (PROJECT, "`project`"),
            MapKind::Tickets => (TICKETS, "`tickets`"),
            MapKind::Candidate => (CANDIDATE, "a candidate of a tier"),
            MapKind::Budget => (BUDGET, "a budget"),
            MapKind::Policy => (POLICY, "`policy`"),
            MapKind::Resource => (RESOURCE, "a resource"),
            MapKind::Pool => (POOL, "a pool"),
            MapKind::AgentRow => (AGENT_ROW, "a row of `agents`"),
            MapKind::DocsDefault => (DOCS_DEFAULT, "an entry of `docs`"),
            MapKind::Rules => (RULES, "`rules`"),
            MapKind::RulePaths => (RULE_PATHS, "an entry of `rules.paths`"),
            MapKind::Foreign(table) => (table.keys, table.title),
        }
    }
}

/// The keys of a map.
pub fn keys(map: MapKind) -> &'static [Key] {
    map.keys()
}

impl Value {
    /// What it takes, in words.
    pub fn words(&self) -> &'static str {
        match self {
            Value::Text | Value::Open(_) => "text",
            Value::Id => "an id such as `code-review`",
            Value::SchemaVersion => "the number 1",
            Value::Version => "a version such as `\"1.2.0\"`",
            Value::Duration => "a duration such as `20m`",
            Value::Money => "dollars such as `4.50`",
            Value::Share => "a share such as `0.8`",
            Value::Integer => "a whole number",
            Value::Number => "a number",
            Value::Boolean => "`true` or `false`",
            Value::Path => "a path",
            Value::Glob => "a glob",
            Value::Command => "a command: a string or a list of words",
            Value::Condition => "one `{{ … }}` condition",
            Value::InputRef => "`ticket`, `outputs.<id>`, `inputs.<name>` or a glob",
            Value::Word(_) => "one of the known words",
            Value::Name(_) | Value::NameOr(..) => "a name",
            Value::Extends => "an agent's name or file",
            Value::Category => "a category",
            Value::Map(_) | Value::Table(_) => "a map",
            Value::List(_) => "a list",
            Value::OneOrMore(_) => "text or a list",
            Value::MapOr(MapKind::Foreign(_), Value::Boolean) => "a map, or `true` or `false`",
            Value::MapOr(MapKind::Foreign(_), Value::Map(_) | Value::List(_)) => "a map or a list",
            Value::MapOr(MapKind::Foreign(_), Value::OneOrMore(_)) => "a map, text or a list",
            Value::MapOr(MapKind::Foreign(_), _) => "a map or text",
            Value::MapOr(..) => "a map or a name",
            Value::Any => "anything",
        }
    }

    /// The words it is known to take.
    pub fn known_words(&self) -> &'static [Word] {
        match self {
            Value::Word(words) | Value::Open(words) | Value::NameOr(_, words) => words,
            Value::Category => CATEGORIES,
            Value::List(item) | Value::OneOrMore(item) | Value::MapOr(_, item) => item.known_words(),
            _ => &[],
        }
    }
}

fn found(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Map(_) => "a map",
        Kind::Seq(_) => "a list",
        Kind::Scalar(_) => "text",
        Kind::Null => "nothing",
    }
}

/// Checks a tree against a map's table. `place` is where a missing key of the outermost map is reported.
pub fn check(text: &str, root: &Node, map: MapKind, place: Span, problems: &mut Vec<Problem>) {
    let mut checker = Checker { text, problems };
    match &root.kind {
        Kind::Map(entries) => checker.map(entries, map, place),
        Kind::Null => checker.map(&[], map, place),
        _ => {
            let key = map.title().to_owned();
            let kind = ProblemKind::WrongType { expected: "a map of `key: value`", found: found(root), key };
            checker.report(kind, root.span);
        }
    }
}

/// No more than this many problems are collected from one tree.
const PROBLEM_LIMIT: usize = 2_000;

struct Checker<'a> {
    text: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Checker<'_> {
    fn report(&mut self, kind: ProblemKind, span: Span) {
        if self.problems.len() < PROBLEM_LIMIT {
            self.problems.push(Problem { kind, span });
        }
    }

    /// The known word that was probably meant. A file that is wrong all over gets no more guesses: each costs time.
    fn nearest<'w>(&self, written: &str, known: impl Iterator<Item = &'w str>) -> Option<String> {
        let few = self.problems.len() < 64;
        values::nearest(written, known.filter(|_| few)).map(str::to_owned)
    }

    fn map(&mut self, entries: &[Entry], map: MapKind, place: Span) {
        for key in map.keys().iter().filter(|key| key.required) {
            if entries.iter().any(|entry| entry.key.value == key.name) {
                continue;
            }
            let kind = match key.value {
                Value::SchemaVersion => ProblemKind::SchemaVersion(None),
                _ => ProblemKind::MissingKey { key: key.name, of: map.title() },
            };
            self.report(kind, place);
        }
        for entry in entries {
            match map.key(&entry.key.value) {
                Some(key) => self.entry(key, entry),
                None if entry.key.value.starts_with("x-") || entry.key.value == "<<" => {}
                None => {
                    let known = map.keys().iter().map(|key| key.name);
                    let suggestion = self.nearest(&entry.key.value, known);
                    let key = entry.key.value.clone();
                    self.report(ProblemKind::UnknownKey { key, suggestion, of: map.title(), map }, entry.key.span);
                }
            }
        }
    }

    fn entry(&mut self, key: &'static Key, entry: &Entry) {
        if entry.value.is_null() {
            if key.required {
                self.wrong(&key.value, &entry.value, key.name, entry.key.span);
            }
            return;
        }
        self.value(&key.value, &entry.value, key.name);
    }

    fn wrong(&mut self, value: &Value, node: &Node, key: &str, span: Span) {
        let kind = ProblemKind::WrongType { expected: value.words(), found: found(node), key: key.to_owned() };
        self.report(kind, span);
    }

    fn value(&mut self, value: &Value, node: &Node, key: &str) {
        match (value, &node.kind) {
            (_, Kind::Null) | (Value::Any, _) => {}
            (Value::Map(map) | Value::MapOr(map, _), Kind::Map(entries)) => {
                let place = first_token(node);
                self.map(entries, *map, place);
            }
            (Value::Table(item), Kind::Map(entries)) => {
                for entry in entries {
                    self.value(item, &entry.value, &entry.key.value);
                }
            }
            (Value::List(item) | Value::OneOrMore(item), Kind::Seq(items)) => {
                for element in items {
                    self.value(item, element, key);
                }
            }
            (Value::OneOrMore(item), Kind::Scalar(_)) => self.value(item, node, key),
            (Value::MapOr(_, other), Kind::Scalar(_)) => self.value(other, node, key),
            (Value::Command, Kind::Scalar(_) | Kind::Seq(_)) => self.command(node),
            (_, Kind::Scalar(scalar)) if value.is_scalar() => self.scalar(value, &scalar.value, node, key),
            _ => self.wrong(value, node, key, node.span),
        }
    }

    fn command(&mut self, node: &Node) {
        if let Some(element) = node.items().iter().find(|element| element.scalar().is_none()) {
            return self.wrong(&Value::Text, element, "command", element.span);
        }
        if let Err(fault) = values::command(self.text, node) {
            self.report(ProblemKind::ShellSyntax { found: fault.value }, fault.span);
        }
    }

    fn scalar(&mut self, value: &Value, word: &str, node: &Node, key: &str) {
        let written = || word.to_owned();
        let problem = match value {
            Value::Id if !values::is_id(word) => Some(ProblemKind::BadId(written())),
            Value::SchemaVersion if word != "1" => Some(ProblemKind::SchemaVersion(Some(written()))),
            Value::Version if !values::is_version(word) => Some(ProblemKind::BadVersion(written())),
            Value::Duration if values::duration(word).is_none() => Some(ProblemKind::BadDuration(written())),
            Value::Money if values::money(word).is_none() => Some(ProblemKind::BadMoney(written())),
            Value::Path | Value::Glob => values::path_fault(word).map(ProblemKind::BadPath),
            Value::InputRef => match values::input_ref(word) {
                crate::model::InputRef::Glob(glob) => values::path_fault(&glob).map(ProblemKind::BadPath),
                _ => None,
            },
            Value::Word(words) if !words.iter().any(|known| known.word == word) => {
                let suggestion = self.nearest(word, words.iter().map(|known| known.word));
                Some(ProblemKind::UnknownValue { value: written(), key: key.to_owned(), suggestion, allowed: words })
            }
            Value::Boolean if !matches!(word, "true" | "false") => Some(self.not(value, key)),
            Value::Integer if values::integer(word).is_none() => Some(self.not(value, key)),
            Value::Share if values::share(word).is_none() => Some(self.not(value, key)),
            Value::Condition if !values::is_condition(word) => Some(self.not(value, key)),
            _ => None,
        };
        if let Some(kind) = problem {
            self.report(kind, node.span);
        }
    }

    fn not(&self, value: &Value, key: &str) -> ProblemKind {
        ProblemKind::WrongType { expected: value.words(), found: "text", key: key.to_owned() }
    }
}

impl Value {
    fn is_scalar(&self) -> bool {
        !matches!(self, Map(_) | Table(_) | List(_) | OneOrMore(_) | MapOr(..) | Value::Command | Any)
    }
}

/// Where something missing in a map is reported: its bracket, or its first key.
fn first_token(node: &Node) -> Span {
    match node.entries().first() {
        Some(first) if first.key.span.start == node.span.start => first.key.span,
        _ => Span::new(node.span.start as usize, node.span.start as usize + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[MapKind] = &[
        MapKind::Workflow,
        MapKind::WorkflowTicket,
        MapKind::InputDecl,
        MapKind::Defaults,
        MapKind::Limit,
        MapKind::Pass,
        MapKind::Output,
        MapKind::Cache,
        MapKind::Limits,
        MapKind::Reservation,
        MapKind::Gate,
        MapKind::Criterion,
        MapKind::Verify,
        MapKind::Reviewer,
        MapKind::Escalation,
        MapKind::GateFile,
        MapKind::Agent,
        MapKind::Context,
        MapKind::Access,
        MapKind::Ticket,
        MapKind::Config,
        MapKind::Project,
        MapKind::Tickets,
        MapKind::Candidate,
        MapKind::Budget,
        MapKind::Policy,
        MapKind::Resource,
        MapKind::Pool,
        MapKind::AgentRow,
        MapKind::DocsDefault,
        MapKind::Rules,
        MapKind::RulePaths,
    ];

    #[test]
    fn every_key_is_said_once_and_in_a_sentence() {
        for map in ALL {
            let mut names: Vec<_> = map.keys().iter().map(|key| key.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), map.keys().len(), "{map:?}");
            for key in map.keys() {
                assert!(key.doc.ends_with(['.', '…', '`']) && key.doc.len() <= 120, "{map:?}.{}", key.name);
            }
        }
    }
}
