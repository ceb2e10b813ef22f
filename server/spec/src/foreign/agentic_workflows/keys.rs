//! The keys of the front matter of GitHub Agentic Workflows.

use super::super::System;
use super::super::keys::table::*;

const PAGES: &str = "the reference of GitHub Agentic Workflows: https://github.github.com/gh-aw/reference/frontmatter/";
const ON_PAGE: &str = "the reference of GitHub Agentic Workflows: https://github.github.com/gh-aw/reference/triggers/";
const ENGINE_PAGE: &str =
    "the reference of GitHub Agentic Workflows: https://github.github.com/gh-aw/reference/engines/";
const TOOLS_PAGE: &str = "the reference of GitHub Agentic Workflows: https://github.github.com/gh-aw/reference/tools/";
const OUTPUTS_PAGE: &str =
    "the reference of GitHub Agentic Workflows: https://github.github.com/gh-aw/reference/safe-outputs/";
const ACTIONS: &str = "the documentation of GitHub Actions, workflow syntax";

const ENGINES: Words = &[
    word("copilot", "GitHub Copilot CLI (default)."),
    word("claude", "Claude Code."),
    word("codex", "OpenAI Codex."),
    word("gemini", "Gemini CLI."),
    word("opencode", "opencode; an experiment."),
    word("crush", "Crush; an experiment."),
    word("pi", "Pi; an experiment."),
];

const EVENTS: Words = &[
    word("issues", "Something happens to an issue."),
    word("issue_comment", "Somebody comments."),
    word("pull_request", "Something happens to a pull request."),
    word("push", "Commits arrive."),
    word("schedule", "At a time."),
    word("workflow_dispatch", "Somebody starts it."),
    word("daily", "Once a day, at a time that the compiler chooses."),
    word("weekly", "Once a week, at a time that the compiler chooses."),
    word("hourly", "Once an hour."),
];

pub(super) static WORKFLOW: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "an agentic workflow",
    source: PAGES,
    keys: &[
        key("name", Text, "What GitHub shows it as.").or("the name of the file"),
        key("description", Text, "What it does: a comment in the compiled form."),
        key("intent", Text, "Why it exists, whatever it is made of: it stays when the rest changes."),
        key("emoji", Text, "A sign that it is shown with."),
        key("labels", List(&Text), "Words that `gh aw status --label` finds it by."),
        key("metadata", Table(&Text), "Texts of your own, at most 1,024 characters; `docs` is an address."),
        key("source", Text, "Where it was added from: `owner/repo/path@ref`. `gh aw update` looks there."),
        key("redirect", Text, "Where it lives now: `gh aw update` goes on from there."),
        key("tracker-id", Text, "A mark in all that it makes, to find that by: at least 8 characters."),
        key(
            "on",
            MapOr(Of(&ON), &OneOrMore(&Open(EVENTS))),
            "When it runs. Without it, it is a part for others to import.",
        ),
        key("if", Text, "An expression: it runs only where that holds."),
        key("concurrency", Any, "Which runs wait for each other, as in Actions."),
        key("user-rate-limit", Map(Of(&RATE)), "How often one person can start it."),
        key("rate-limit", Map(Of(&RATE)), "How often one person can start it.")
            .but("Renamed to `user-rate-limit`: `gh aw fix` does it"),
        key(
            "imports",
            MapOr(Of(&IMPORTS), &List(&MapOr(Of(&IMPORT), &Text))),
            "Parts that it takes in: a list of paths, or of maps with `uses` and `with`.",
        ),
        key("inlined-imports", Boolean, "True: what is imported stands in the compiled form.").or("`false`"),
        key("import-schema", Table(&Map(Of(&INPUT))), "What a part takes from the workflow that imports it, by name."),
        key("inputs", Table(&Map(Of(&INPUT))), "What a part takes, by name.")
            .but("The older spelling of `import-schema`"),
        key("resources", List(&Path), "Files that `gh aw add` brings along."),
        key("engine", MapOr(Of(&ENGINE), &Open(ENGINES)), "Which agent does it.").or("`copilot`"),
        key("model", Text, "Its model, for all engines.").or("that of the engine"),
        key("max-turns", Integer, "Answers of the model in one run.").or("500"),
        key("max-runs", Integer, "Answers of the model in one run.")
            .but("Deprecated: `max-turns` says it; `gh aw fix` does it"),
        key("max-turn-cache-misses", Integer, "Cache misses in a row after which it is stopped.").or("5"),
        key("max-ai-credits", Integer, "AI credits of one run, 1 is $0.01; `K` and `M` are taken, -1 is no limit.")
            .or("1000"),
        key("max-daily-ai-credits", MapOr(Of(&DAILY), &Integer), "AI credits of all its runs in 24 hours.")
            .or("no limit"),
        key("timeout-minutes", Integer, "Minutes that the agent may take.").or("20"),
        key("timeout_minutes", Integer, "Minutes that the agent may take.")
            .but("Renamed to `timeout-minutes`: `gh aw fix` does it"),
        key(
            "permissions",
            MapOr(Of(&PERMISSIONS), &OneOf(ALL_PERMISSIONS)),
            "What the agent's token may do; it should only read.",
        )
        .or("`contents: read`"),
        key("tools", Map(Of(&TOOLS)), "What the agent may use."),
        key("network", MapOr(Of(&NETWORK), &Open(NETWORKS)), "What the agent can reach.").or("`defaults`"),
        key("mcp-servers", Table(&Map(Of(&MCP_SERVER))), "MCP servers, by name."),
        key("mcp-scripts", Any, "Tools of your own, written here, by name."),
        key("safe-inputs", Any, "Tools of your own, written here.")
            .but("Renamed to `mcp-scripts`: `gh aw fix` does it"),
        key("skills", List(&Any), "Skills that are installed first: `owner/repo/path@ref`."),
        key("plugins", List(&Any), "Agent plugins that are installed first: `owner/repo/path@ref`. An experiment."),
        key("github-app", Any, "The GitHub App whose token is used where no other is named."),
        key("secrets", Any, "Secrets by name, each an expression `${{ secrets.NAME }}`."),
        key("env", Table(&Text), "Variables of the environment. The agent sees them: no secrets."),
        key("excluded-env", List(&Text), "Variables that the agent does not get."),
        key("environment", Any, "The environment of GitHub whose rules and secrets hold."),
        key("sandbox", Any, "The fence around the agent.").or("the firewall of gh-aw"),
        key("strict", Boolean, "True: no write permissions, a known network, pinned actions.").or("`true`"),
        key("roles", Any, "Who may start it.").but("Moved to `on: roles`"),
        key("bots", Any, "Bots that may start it.").but("Moved to `on: bots`"),
        key(
            "safe-outputs",
            Map(Of(&SAFE_OUTPUTS)),
            "What it may change: the agent asks for it, and another job does it.",
        ),
        key("threat-detection-suppress", List(&Any), "Findings of the check for threats that are known to be none."),
        key("pre-steps", STEPS, "Steps before anything else."),
        key("steps", STEPS, "Steps before the agent."),
        key("pre-agent-steps", STEPS, "Steps right before the agent."),
        key("post-steps", STEPS, "Steps after the agent."),
        key("jobs", Table(&Map(Of(&JOB))), "Jobs of your own, by name, which run before the agent."),
        key("cache", Any, "What is kept from run to run, as `actions/cache` has it."),
        key("checkout", Any, "How the repository is checked out; `false` for not at all."),
        key("ambient-folders", List(&Path), "Folders that the first job hands on to the agent."),
        key("run-name", Text, "What a run is shown as.").or("the name"),
        key("runs-on", Any, "The machine of the agent: Linux.").or("`ubuntu-latest`"),
        key("runs-on-slim", Any, "The machine of all other jobs.").or("`ubuntu-slim`"),
        key("services", Any, "Containers beside it; the agent reaches them at `host.docker.internal`."),
        key("container", Any, "The container that its steps run in."),
        key("runtimes", Any, "Versions of Node, Python and the like, by name."),
        key("observability", Any, "Where its traces go: `otlp`."),
        key("features", Table(&Any), "Experiments of gh-aw that are on."),
    ],
};

const ALL_PERMISSIONS: Words = &[
    word("read-all", "Everything is read, nothing is written."),
    word("write-all", "Everything. Refused in strict mode."),
];

const LEVELS: Words =
    &[word("read", "It reads."), word("write", "It writes. Refused in strict mode."), word("none", "Neither.")];
const LEVEL: Value = OneOf(LEVELS);
const ONLY_WRITE: Words = &[word("write", "It may."), word("none", "It may not.")];

static PERMISSIONS: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`permissions`",
    source: "the reference of GitHub Agentic Workflows: https://github.github.com/gh-aw/reference/permissions/",
    keys: &[
        key("contents", LEVEL, "Files and commits."),
        key("issues", LEVEL, "Issues."),
        key("pull-requests", LEVEL, "Pull requests."),
        key("discussions", LEVEL, "Discussions."),
        key("actions", LEVEL, "Runs of Actions."),
        key("checks", LEVEL, "Checks of commits."),
        key("statuses", LEVEL, "States of commits."),
        key("deployments", LEVEL, "Deployments."),
        key("packages", LEVEL, "Packages."),
        key("pages", LEVEL, "Pages."),
        key("repository-projects", LEVEL, "Projects of the repository."),
        key("security-events", LEVEL, "Findings of code scanning."),
        key("attestations", LEVEL, "Attestations."),
        key("models", LEVEL, "GitHub Models."),
        key("id-token", OneOf(ONLY_WRITE), "A token that says who it is."),
        key("copilot-requests", OneOf(ONLY_WRITE), "Copilot on the bill of the organisation."),
    ],
};

const REACTIONS: Words = &[
    word("eyes", "It was seen."),
    word("rocket", "It has begun."),
    word("+1", "Agreed."),
    word("-1", "Not agreed."),
    word("heart", "Thanks."),
    word("hooray", "Well done."),
    word("confused", "Not understood."),
    word("laugh", "Funny."),
    word("none", "Nothing is shown."),
];

const ROLES: Words = &[
    word("admin", "May administer the repository."),
    word("maintain", "May maintain it."),
    word("write", "May write to it."),
    word("triage", "May sort its issues."),
    word("read", "May read it."),
    word("all", "Anybody."),
];

static ON: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`on`",
    source: ON_PAGE,
    keys: &[
        key("slash_command", MapOr(Of(&COMMAND), &Text), "Somebody writes `/name` in a comment.")
            .or("the name of the file"),
        key("label_command", MapOr(Of(&COMMAND), &Text), "Somebody puts a label on; it is taken off again."),
        key("command", MapOr(Of(&COMMAND), &Text), "Somebody writes `/name`.")
            .but("Renamed to `slash_command`: `gh aw fix` does it"),
        key("issues", Map(Of(&EVENT)), "Something happens to an issue."),
        key("issue_comment", Map(Of(&EVENT)), "Somebody comments on an issue or pull request."),
        key(
            "pull_request",
            Map(Of(&EVENT)),
            "Something happens to a pull request; of forks only where `forks` says so.",
        ),
        key("pull_request_target", Map(Of(&EVENT)), "The same, with the rights of the base repository."),
        key("pull_request_review", Map(Of(&EVENT)), "A pull request is reviewed."),
        key("pull_request_review_comment", Map(Of(&EVENT)), "Somebody comments on a line of a pull request."),
        key("discussion", Map(Of(&EVENT)), "Something happens to a discussion."),
        key("discussion_comment", Map(Of(&EVENT)), "Somebody comments on a discussion."),
        key("push", Map(Of(&EVENT)), "Commits arrive."),
        key("schedule", Any, "At times: a list of `cron`, or words such as `daily`, `weekly on monday`, `every 6h`."),
        key("workflow_dispatch", Map(Of(&DISPATCH)), "Somebody starts it."),
        key("workflow_call", Map(Of(&DISPATCH)), "Another workflow starts it."),
        key("workflow_run", Map(Of(&EVENT)), "Another workflow has run."),
        key("repository_dispatch", Map(Of(&EVENT)), "A program starts it."),
        key("release", Map(Of(&EVENT)), "Something happens to a release."),
        key("deployment_status", Map(Of(&EVENT)), "Something was deployed, or could not be."),
        key("check_run", Map(Of(&EVENT)), "Something happens to a check."),
        key("check_suite", Map(Of(&EVENT)), "Something happens to a suite of checks."),
        key("milestone", Map(Of(&EVENT)), "Something happens to a milestone."),
        key("label", Map(Of(&EVENT)), "Something happens to a label."),
        key("create", Map(Of(&EVENT)), "A branch or tag was made."),
        key("delete", Map(Of(&EVENT)), "A branch or tag was deleted."),
        key("fork", Map(Of(&EVENT)), "Somebody forks the repository."),
        key("watch", Map(Of(&EVENT)), "Somebody stars the repository."),
        key("merge_group", Map(Of(&EVENT)), "A merge queue asks."),
        key("reaction", OneOf(REACTIONS), "The sign it puts on what started it."),
        key("status-comment", Boolean, "True: a comment says how far it is."),
        key("stale-check", Boolean, "False: a run is not stopped when the compiled form is of another front matter.")
            .or("`true`"),
        key("stop-after", Text, "After this it runs no more: a date, or `+30d` from the first compile."),
        key("manual-approval", Text, "The environment of GitHub in which a person must agree first."),
        key("skip-if-match", Any, "A search: it does not run where that finds something."),
        key("skip-if-no-match", Any, "A search: it does not run where that finds nothing."),
        key("skip-bots", List(&Text), "Accounts for which it does not run."),
        key("skip-roles", List(&OneOf(ROLES)), "Roles for whom it does not run."),
        key("roles", OneOrMore(&OneOf(ROLES)), "Who may start it.").or("`[admin, maintain, write]`"),
        key("bots", List(&Text), "Bots that may start it."),
        key("steps", List(&Map(Of(&STEP))), "Steps that decide whether it runs."),
        key("needs", List(&Text), "Jobs that must be done before it is decided."),
        key("permissions", Map(Of(&PERMISSIONS)), "What those steps may do."),
        key("github-token", Text, "The token of the first job."),
        key("github-app", Any, "The GitHub App of the first job."),
    ],
};

static EVENT: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "an event",
    source: ON_PAGE,
    keys: &[
        key("types", OneOrMore(&Text), "Which kinds of it: `[opened]`."),
        key("branches", OneOrMore(&Text), "Only for these branches."),
        key("branches-ignore", OneOrMore(&Text), "Not for these branches."),
        key("tags", OneOrMore(&Text), "Only for these tags."),
        key("paths", OneOrMore(&Glob), "Only where such files were changed."),
        key("paths-ignore", OneOrMore(&Glob), "Not where only such files were changed."),
        key("names", OneOrMore(&Text), "Only for these labels."),
        key("forks", OneOrMore(&Text), "Forks whose pull requests count: `owner/*`.").or("none"),
        key("draft", Boolean, "Only drafts, or none."),
        key("workflows", OneOrMore(&Text), "Which workflows: a `workflow_run`'s."),
        key("lock-for-agent", Boolean, "True: nobody can comment while it runs."),
    ],
};

static COMMAND: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "a command",
    source: ON_PAGE,
    keys: &[
        key("name", OneOrMore(&Text), "What is written, without `/`; or the label.").or("the name of the file"),
        key("names", OneOrMore(&Text), "A label command's: the labels."),
        key("events", OneOrMore(&Open(PLACES)), "Where it can be given.").or("everywhere"),
        key("strategy", OneOf(STRATEGIES), "Who listens to comments.").or("`inline`"),
    ],
};

const PLACES: Words = &[
    word("issues", "In an issue."),
    word("issue_comment", "In a comment on an issue."),
    word("pull_request", "In a pull request."),
    word("pull_request_comment", "In a comment on a pull request."),
    word("pull_request_review_comment", "In a comment on a line."),
    word("discussion", "In a discussion."),
    word("discussion_comment", "In a comment on a discussion."),
    word("*", "Everywhere."),
];

const STRATEGIES: Words =
    &[word("inline", "This workflow (default)."), word("centralized", "One workflow for all, which starts this one.")];

static DISPATCH: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "a start by hand",
    source: ON_PAGE,
    keys: &[
        key("inputs", Table(&Map(Of(&INPUT))), "What it is given, by name."),
        key("outputs", Any, "What it gives to the workflow that called it."),
        key("secrets", Any, "Secrets that it is given."),
    ],
};

const INPUT_TYPES: Words = &[
    word("string", "Text."),
    word("number", "A number."),
    word("boolean", "`true` or `false`."),
    word("choice", "One of `options`."),
    word("environment", "An environment of GitHub."),
    word("array", "A list; of parts."),
    word("object", "A map; of parts."),
];

static INPUT: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "an input",
    source: PAGES,
    keys: &[
        key("description", Text, "What it is for."),
        key("type", OneOf(INPUT_TYPES), "What it takes.").or("`string`"),
        key("required", Boolean, "True: nothing runs without it.").or("`false`"),
        key("default", Any, "What it is where nobody says."),
        key("options", List(&Text), "`choice`: what it can be."),
        key("properties", Any, "`object`: its parts, by name."),
    ],
};

static ENGINE: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`engine`",
    source: ENGINE_PAGE,
    keys: &[
        required("id", Open(ENGINES), "Which agent it is."),
        key("version", Text, "Which version of it."),
        key("model", Text, "Its model.").or("that of the engine"),
        key("agent", Text, "Copilot: an agent of `.github/agents`."),
        key("args", List(&Text), "Further arguments of its command."),
        key("command", Text, "What is started instead of it."),
        key("env", Table(&Text), "Variables of its environment, which may be secrets."),
        key("config", Text, "Codex: further lines of its `config.toml`."),
        key("permission-mode", OneOf(PERMISSION_MODES), "Claude: what it may do without asking.").or("`acceptEdits`"),
        key("max-turns", Integer, "Answers of the model.").but("Moved: `max-turns` stands at the root"),
        key("harness", Map(Of(&HARNESS)), "When it is started again or stopped."),
        key("driver", Any, "A program that drives it instead of gh-aw's."),
        key("extensions", List(&Text), "Pi: packages that are installed first. Others ignore it."),
        key("tool-profile", Text, "A set of tools that belong together: `go-repository`."),
        key("concurrency", Any, "Which runs of the agent wait for each other."),
    ],
};

const PERMISSION_MODES: Words = &[
    word("acceptEdits", "What `tools` allows (default)."),
    word("auto", "As little as does."),
    word("plan", "Changes are shown first."),
    word("bypassPermissions", "Everything that the gateway lets through."),
];

static HARNESS: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`engine.harness`",
    source: ENGINE_PAGE,
    keys: &[
        key("watchdog-timeout", Integer, "Seconds of silence after a result, after which it is stopped."),
        key("max-retries", Integer, "So often it is started again."),
        key("initial-delay-ms", Integer, "Milliseconds before the first new start."),
        key("backoff-multiplier", Number, "So many times longer before each further one."),
        key("max-delay-ms", Integer, "Milliseconds at most."),
    ],
};

static DAILY: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`max-daily-ai-credits`",
    source: PAGES,
    keys: &[
        required("value", Integer, "AI credits in 24 hours; `K` and `M` are taken, -1 is no limit."),
        key("continue-on-error", Boolean, "True: where nobody can say how many it were, it runs.").or("`false`"),
        key("github-app", Any, "The GitHub App that looks."),
    ],
};

static RATE: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`user-rate-limit`",
    source: PAGES,
    keys: &[
        required("max-runs-per-window", Integer, "Runs of one person in a window: 1 to 10."),
        key("max-runs", Integer, "Runs of one person.").but("Renamed to `max-runs-per-window`: `gh aw fix` does it"),
        key("max", Integer, "Runs of one person.").but("Renamed to `max-runs-per-window`: `gh aw fix` does it"),
        key("window", Integer, "Minutes of a window: at most 180.").or("60"),
        key("events", List(&Text), "Events that count.").or("those of `on`"),
        key("ignored-roles", List(&OneOf(ROLES)), "Who is not counted.").or("`[admin, maintain, write]`"),
    ],
};

const NETWORKS: Words = &[
    word("defaults", "Certificates, package mirrors and the like (default)."),
    word("github", "GitHub."),
    word("node", "npm and the like."),
    word("python", "PyPI and the like."),
    word("go", "Go modules."),
    word("rust", "crates.io."),
    word("java", "Maven and Gradle."),
    word("dotnet", "NuGet."),
    word("ruby", "RubyGems."),
    word("containers", "Registries of containers."),
    word("linux-distros", "Packages of Linux."),
    word("playwright", "Browsers of Playwright."),
];

static NETWORK: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`network`",
    source: "the reference of GitHub Agentic Workflows: https://github.github.com/gh-aw/reference/network/",
    keys: &[
        key("allowed", List(&Open(NETWORKS)), "Domains, `*.domains`, and words that stand for several."),
        key("blocked", List(&Open(NETWORKS)), "Domains that it cannot reach even so."),
        key("firewall", Any, "Settings of the firewall; `false` is refused in strict mode."),
    ],
};

const TOOL: Value = Any;

static TOOLS: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`tools`",
    source: TOOLS_PAGE,
    keys: &[
        key("github", MapOr(Of(&GITHUB), &Boolean), "GitHub's interface, only to read."),
        key("bash", OneOrMore(&Text), "Commands it may run: `[\"git:*\"]`; `[\":*\"]` is all, `[]` none.")
            .or("harmless ones such as `ls` and `cat`"),
        key("edit", TOOL, "It may change files of the checkout."),
        key("web-fetch", TOOL, "It may read pages."),
        key("web-search", TOOL, "It may search the web, where the engine can."),
        key("playwright", Any, "A browser: `version`, `args`."),
        key("cache-memory", Any, "Notes from run to run, in the cache of Actions."),
        key("repo-memory", Any, "Notes from run to run, on a branch."),
        key("agentic-workflows", TOOL, "It may look at runs of agentic workflows; needs `actions: read`."),
        key("linear", Any, "Linear, only to read."),
        key("jira", Any, "Jira, only to read: `auth`, `allowed`."),
        key("qmd", Any, "A search in documents. An experiment."),
        key("cli-proxy", Boolean, "True: MCP servers are commands of the shell.").or("`false`"),
        key("timeout", Integer, "Seconds that a call may take.").or("60 for Claude, 120 for Codex"),
        key("startup-timeout", Integer, "Seconds that a server may take to start.").or("120"),
    ],
};

const TOOLSETS: Words = &[
    word("default", "Context, repositories, issues, pull requests, users."),
    word("all", "Everything."),
    word("context", "Who and where it is."),
    word("repos", "Files and commits."),
    word("issues", "Issues."),
    word("pull_requests", "Pull requests."),
    word("actions", "Runs of Actions."),
    word("code_security", "Findings of code scanning."),
    word("dependabot", "Findings of Dependabot."),
    word("discussions", "Discussions."),
    word("labels", "Labels."),
    word("notifications", "Notifications."),
    word("orgs", "Organisations."),
    word("projects", "Projects."),
    word("search", "Searches."),
    word("secret_protection", "Secrets that were found."),
    word("users", "People."),
];

const MODES: Words = &[
    word("local", "In a container beside it."),
    word("remote", "GitHub's own server."),
    word("gh-proxy", "The command `gh`, only to read."),
];

const INTEGRITIES: Words = &[
    word("none", "Everything."),
    word("unapproved", "What people with some standing wrote."),
    word("approved", "What people wrote who may write here."),
    word("merged", "What was merged."),
];

static GITHUB: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`tools.github`",
    source: "the reference of GitHub Agentic Workflows: https://github.github.com/gh-aw/reference/github-tools/",
    keys: &[
        key("toolsets", List(&OneOf(TOOLSETS)), "Groups of tools.").or("`[default]`"),
        key("allowed", List(&Text), "Single tools."),
        key("mode", OneOf(MODES), "How it is reached.").or("`local`"),
        key("version", Text, "Which version of the server."),
        key("args", List(&Text), "Further arguments of the server."),
        key("read-only", Boolean, "It always only reads.").or("`true`"),
        key("lockdown", Boolean, "True: only what people wrote who may write here."),
        key("min-integrity", OneOf(INTEGRITIES), "Whose words it gets to read."),
        key("allowed-repos", OneOrMore(&Text), "Repositories it may read."),
        key("github-token", Text, "Its token, as an expression."),
        key("github-app", Any, "The GitHub App whose token it has."),
    ],
};

static IMPORTS: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`imports`",
    source: IMPORTS_PAGE,
    keys: &[key("aw", List(&MapOr(Of(&IMPORT), &Text)), "Parts that are agentic workflows.")],
};

const IMPORTS_PAGE: &str =
    "the reference of GitHub Agentic Workflows: https://github.github.com/gh-aw/reference/imports/";

static IMPORT: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "an import",
    source: IMPORTS_PAGE,
    keys: &[
        key("uses", Text, "The part: a path, or `owner/repo/path@ref`."),
        key("path", Text, "The part, the same as `uses`."),
        key("with", Table(&Any), "What its `import-schema` asks for, by name."),
        key("inputs", Table(&Any), "The same as `with`."),
    ],
};

static MCP_SERVER: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "an MCP server",
    source: TOOLS_PAGE,
    keys: &[
        key("type", OneOf(TRANSPORTS), "How it is talked to."),
        key("command", Text, "What is started."),
        key("args", List(&Text), "Its arguments."),
        key("container", Text, "The image it runs in."),
        key("entrypoint", Text, "What is started in the container."),
        key("entrypointArgs", List(&Text), "Its arguments."),
        key("mounts", List(&Text), "Folders of the container."),
        key("url", Text, "Its address."),
        key("headers", Table(&Text), "Headers of each request."),
        key("auth", Any, "How it signs in."),
        key("env", Table(&Text), "Variables of its environment."),
        key("allowed", List(&Text), "The tools that the agent gets; `[\"*\"]` is all."),
        key("required", Boolean, "False: it is done without it where it does not answer.").or("`true`"),
        key("registry", Text, "Where it comes from; only to be read."),
        key("version", Text, "Which version of it."),
    ],
};

const TRANSPORTS: Words = &[word("stdio", "A program."), word("http", "An address.")];

/// Most of these take the same keys; which of them mean something depends on the kind.
const OUTPUT: Value = Map(MAP);
const MAP: crate::schema::MapKind = Of(&SAFE_OUTPUT);

static SAFE_OUTPUTS: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`safe-outputs`",
    source: OUTPUTS_PAGE,
    keys: &[
        key("create-issue", OUTPUT, "Makes issues.").or("at most 1"),
        key("update-issue", OUTPUT, "Changes title, body or state of issues.").or("at most 1"),
        key("close-issue", OUTPUT, "Closes issues, with a comment.").or("at most 1"),
        key("link-sub-issue", OUTPUT, "Makes issues parts of others.").or("at most 1"),
        key("create-discussion", OUTPUT, "Makes discussions.").or("at most 1"),
        key("update-discussion", OUTPUT, "Changes discussions.").or("at most 1"),
        key("close-discussion", OUTPUT, "Closes discussions.").or("at most 1"),
        key("add-comment", OUTPUT, "Comments on issues, pull requests and discussions.").or("at most 1"),
        key("hide-comment", OUTPUT, "Hides comments.").or("at most 5"),
        key("create-pull-request", OUTPUT, "Makes pull requests of what was changed.").or("at most 1"),
        key("update-pull-request", OUTPUT, "Changes title or body of pull requests.").or("at most 1"),
        key("close-pull-request", OUTPUT, "Closes pull requests without merging.").or("at most 10"),
        key("merge-pull-request", OUTPUT, "Merges pull requests.").or("at most 1"),
        key("push-to-pull-request-branch", OUTPUT, "Adds commits to a pull request.").or("at most 1"),
        key("create-pull-request-review-comment", OUTPUT, "Comments on lines of a pull request.").or("at most 10"),
        key("submit-pull-request-review", OUTPUT, "Reviews a pull request.").or("at most 1"),
        key("reply-to-pull-request-review-comment", OUTPUT, "Answers comments on lines.").or("at most 10"),
        key("resolve-pull-request-review-thread", OUTPUT, "Closes threads of a review.").or("at most 10"),
        key("mark-pull-request-as-ready-for-review", OUTPUT, "Makes a draft ready.").or("at most 1"),
        key("add-labels", OUTPUT, "Puts labels on.").or("at most 3"),
        key("remove-labels", OUTPUT, "Takes labels off.").or("at most 3"),
        key("add-reviewer", OUTPUT, "Asks for reviews.").or("at most 3"),
        key("assign-milestone", OUTPUT, "Puts issues into milestones.").or("at most 1"),
        key("assign-to-agent", OUTPUT, "Gives issues to Copilot's agent.").or("at most 1"),
        key("assign-to-user", OUTPUT, "Gives issues to people.").or("at most 1"),
        key("unassign-from-user", OUTPUT, "Takes issues from people.").or("at most 1"),
        key("set-issue-type", OUTPUT, "Sets the type of issues."),
        key("create-project", OUTPUT, "Makes projects.").or("at most 1"),
        key("update-project", OUTPUT, "Changes projects.").or("at most 10"),
        key("create-project-status-update", OUTPUT, "Says how a project stands.").or("at most 1"),
        key("update-release", OUTPUT, "Changes the words of releases.").or("at most 1"),
        key("upload-asset", OUTPUT, "Puts files onto a branch of their own.").or("at most 10"),
        key("upload-artifact", OUTPUT, "Keeps files with the run."),
        key("dispatch-workflow", OUTPUT, "Starts other workflows.").or("at most 3"),
        key("call-workflow", OUTPUT, "Calls a workflow of this repository."),
        key("create-check-run", OUTPUT, "Makes a check of a commit."),
        key("create-code-scanning-alert", OUTPUT, "Makes findings of code scanning.").or("no limit"),
        key("autofix-code-scanning-alert", OUTPUT, "Mends findings of code scanning.").or("at most 10"),
        key("create-agent-session", OUTPUT, "Starts Copilot's agent.").or("at most 1"),
        key("noop", OUTPUT, "Says that there was nothing to do. Always there."),
        key("missing-tool", OUTPUT, "Says that a tool was missing. Always there."),
        key("missing-data", OUTPUT, "Says that something was not to be had. Always there."),
        key("report-incomplete", OUTPUT, "Says that it could not finish. Always there."),
        key("jobs", Table(&Map(Of(&JOB))), "Jobs of your own that the agent can ask for, by name."),
        key("actions", Any, "Actions that the agent can ask for, by name."),
        key("scripts", Any, "Scripts that the agent can ask for, by name."),
        key("steps", List(&Map(Of(&STEP))), "Steps before it is done."),
        key("needs", List(&Text), "Jobs that must be done before."),
        key("messages", Map(Of(&MESSAGES)), "What it says."),
        key("threat-detection", Any, "The check that looks at what the agent wants; `false` for none.").or("it looks"),
        key("staged", Boolean, "True: it is only shown what would be done.").or("`false`"),
        key("env", Table(&Text), "Variables of the environment."),
        key("environment", Any, "The environment of GitHub whose rules hold."),
        key("runs-on", Any, "The machine.").or("`ubuntu-slim`"),
        key("github-token", Text, "The token that it is done with."),
        key("github-app", Any, "The GitHub App that it is done with."),
        key("app", Any, "The GitHub App that it is done with.").but("Renamed to `github-app`"),
        key("id-token", OneOf(ONLY_WRITE), "A token that says who it is."),
        key("allowed-domains", List(&Open(NETWORKS)), "Domains of links that stay."),
        key("allowed-github-references", List(&Text), "Repositories whose issues can be named."),
        key("urls", Any, "What becomes of links."),
        key("mentions", Any, "Whom it may name with `@`; `false` for nobody."),
        key("max-bot-mentions", Integer, "So many words that wake bots.").or("10"),
        key("max-patch-size", Integer, "Kilobytes of a change.").or("1024"),
        key("footer", Boolean, "False: no line about where it comes from.").or("`true`"),
        key("group-reports", Boolean, "True: reports of failures are parts of one issue."),
        key("report-failure-as-issue", Boolean, "True: an issue is made when it fails."),
        key("report-failed-jobs", Boolean, "False: no issue about jobs that failed.").or("`true`"),
        key("concurrency-group", Text, "Which runs wait for each other."),
    ],
};

const TARGETS: Words =
    &[word("triggering", "What started it (default)."), word("*", "Any."), word("${{ inputs.number }}", "This one.")];

static SAFE_OUTPUT: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "a safe output",
    source: OUTPUTS_PAGE,
    keys: &[
        key("max", Integer, "At most so many."),
        key("min", Integer, "At least so many."),
        key("title-prefix", Text, "What their titles begin with."),
        key("labels", List(&Text), "Labels that they get."),
        key("allowed-labels", List(&Text), "The only labels that the agent may choose."),
        key("allowed", List(&Text), "The only words that the agent may choose."),
        key("blocked", List(&Text), "What the agent may not choose."),
        key("assignees", OneOrMore(&Text), "Who they are given to; `copilot` is its agent."),
        key("reviewers", OneOrMore(&Text), "Who is asked for a review; `copilot` is its agent."),
        key("draft", Boolean, "`create-pull-request`: true makes drafts.").or("`true`"),
        key("base-branch", Text, "`create-pull-request`: where they go."),
        key("auto-merge", Boolean, "`create-pull-request`: true merges them when all checks pass."),
        key("if-no-changes", OneOf(WITHOUT), "What happens where nothing was changed.").or("`warn`"),
        key("fallback-as-issue", Boolean, "`create-pull-request`: true makes an issue where that is forbidden."),
        key("allowed-files", List(&Glob), "The only files that may be changed."),
        key("protected-files", Any, "What happens where workflows or dependencies were changed."),
        key("category", Text, "`create-discussion`: where they go."),
        key("expires", Any, "When they are closed: `7` days, `2w`, or `false` for never."),
        key("group", Boolean, "`create-issue`: true makes them parts of one."),
        key("close-older-issues", Boolean, "`create-issue`: true closes those of earlier runs."),
        key("close-older-discussions", Boolean, "`create-discussion`: true closes those of earlier runs."),
        key("hide-older-comments", Boolean, "`add-comment`: true hides those of earlier runs."),
        key("allowed-reasons", List(&Text), "Why comments may be hidden: `[outdated]`."),
        key("discussion", Boolean, "`add-comment`: true is for discussions."),
        key("target", Open(TARGETS), "Which issue or pull request is meant, or its number.").or("`triggering`"),
        key("target-repo", Text, "Another repository: `owner/repo`."),
        key("allowed-repos", List(&Text), "Other repositories that the agent may choose."),
        key("required-labels", List(&Text), "Only where these labels are."),
        key("required-title-prefix", Text, "Only where the title begins so."),
        key("workflows", List(&Text), "`dispatch-workflow`: which ones."),
        key("driver", Text, "`create-code-scanning-alert`: the tool that is named."),
        key("side", Text, "Comments on lines: of the old or the new file."),
        key("footer", Boolean, "False: no line about where it comes from.").or("`true`"),
        key("staged", Boolean, "True: it is only shown what would be done.").or("`false`"),
        key("github-token", Text, "The token that it is done with."),
    ],
};

const WITHOUT: Words =
    &[word("warn", "It is said (default)."), word("error", "The run has failed."), word("ignore", "Nothing.")];

static MESSAGES: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "`safe-outputs.messages`",
    source: OUTPUTS_PAGE,
    keys: &[
        key("footer", Text, "The line about where it comes from."),
        key("footer-install", Text, "The line about how to get it."),
        key("staged-title", Text, "The title of what is only shown."),
        key("staged-description", Text, "The words of what is only shown."),
        key("run-started", Text, "It has begun."),
        key("run-success", Text, "It is done."),
        key("run-failure", Text, "It has failed."),
        key("append-only-comments", Boolean, "True: a new comment each time, instead of a changed one.").or("`false`"),
    ],
};

const STEPS: Value = List(&Map(Of(&STEP)));

static JOB: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "a job",
    source: ACTIONS,
    keys: &[
        key("name", Text, "What it is shown as."),
        key("description", Text, "Of `safe-outputs`: what the agent is told of it."),
        key("output", Text, "Of `safe-outputs`: what the agent is told when it is done."),
        key("inputs", Table(&Map(Of(&INPUT))), "Of `safe-outputs`: what the agent gives it."),
        key("needs", OneOrMore(&Text), "Jobs that must be done before."),
        key("if", Text, "An expression: it runs only where that holds."),
        key("runs-on", Any, "The machine."),
        key("permissions", MapOr(Of(&PERMISSIONS), &OneOf(ALL_PERMISSIONS)), "What its token may do."),
        key("environment", Any, "The environment of GitHub whose rules hold."),
        key("timeout-minutes", Integer, "Minutes that it may take."),
        key("env", Table(&Text), "Variables of its environment."),
        key("outputs", Table(&Text), "What it gives to other jobs."),
        key("steps", STEPS, "What it does."),
        key("uses", Text, "A workflow that it calls."),
        key("with", Table(&Any), "What that is given."),
        key("secrets", Any, "Secrets that it is given."),
        key("strategy", Any, "Once for each of several values."),
        key("continue-on-error", Boolean, "True: the run goes on when it fails."),
        key("concurrency", Any, "Which runs of it wait for each other."),
        key("container", Any, "The container that it runs in."),
        key("services", Any, "Containers beside it."),
        key("defaults", Any, "Settings of all its steps."),
    ],
};

static STEP: KeyTable = KeyTable {
    system: System::AgenticWorkflows,
    title: "a step",
    source: ACTIONS,
    keys: &[
        key("name", Text, "What it is shown as."),
        key("id", Text, "Its name for expressions: `steps.<id>.outputs`."),
        key("if", Text, "An expression: it runs only where that holds."),
        key("uses", Text, "An action: `owner/repo@ref`."),
        key("with", Table(&Any), "What the action is given."),
        key("run", Text, "A command. An expression in it is put in as it is: use `env` for the words of others."),
        key("shell", Text, "What runs the command."),
        key("working-directory", Path, "The folder it runs in."),
        key("env", Table(&Text), "Variables of its environment."),
        key("continue-on-error", Boolean, "True: the job goes on when it fails."),
        key("timeout-minutes", Integer, "Minutes that it may take."),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::agentic_workflows as reader;

    #[test]
    fn what_the_reader_knows_is_in_the_tables() {
        let known = |table: &KeyTable, name: &str| table.keys.iter().any(|key| key.name == name);
        for name in reader::OWN.iter().chain(reader::LIMITS) {
            assert!(known(&WORKFLOW, name), "{name}");
        }
        for name in reader::NO_EFFECT {
            assert!(known(&SAFE_OUTPUTS, name), "{name}");
        }
        for name in reader::EVENTS {
            assert!(known(&ON, name), "{name}");
        }
    }
}
