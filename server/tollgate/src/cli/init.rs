//! `tollgate init`: a small working `.tollgate/`, fitted to what the repository holds. Never overwrites a file.

use anyhow::Context;
use runner::files::{FoundKind, Root, WalkLimits};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write a small working .tollgate/ for this repository
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Root of the repository (default: this folder)
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// Print what would be written, write nothing
    #[arg(long)]
    dry_run: bool,
}

/// What was found in the repository and on the machine.
#[derive(Clone, Default, Debug)]
struct Found {
    /// Folder name, as a valid id.
    project: String,
    /// Checks that fit the languages found: id, argv string, format.
    checks: Vec<(&'static str, &'static str, &'static str)>,
    /// Globs of the source code.
    sources: Vec<&'static str>,
    /// Harness aliases whose program is on the PATH.
    harnesses: Vec<&'static str>,
    /// Host agent files to bind, path from the root.
    host_agents: Vec<String>,
    /// A `specs/` folder of Spec Kit exists.
    spec_kit: bool,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = Root::open_project(&args.root)?;
    let found = look(&root);
    let mut written = 0;
    for (path, text) in files(&found) {
        if root.kind(&path)?.is_some() {
            super::print(&format!("kept     {path} (exists)"));
            continue;
        }
        if args.dry_run {
            super::print(&format!("--- {path}\n{text}"));
        } else {
            root.write(&path, text.as_bytes()).with_context(|| format!("{path} could not be written"))?;
            super::print(&format!("written  {path}"));
        }
        written += 1;
    }
    if written == 0 {
        super::print("Nothing to do: .tollgate/ is complete.");
        return Ok(ExitCode::SUCCESS);
    }
    for line in advice(&found) {
        super::print(&line);
    }
    Ok(ExitCode::SUCCESS)
}

/// Looks at names only: no file's content decides what is started later.
fn look(root: &Root) -> Found {
    let has = |path: &str| root.kind(path).is_ok_and(|kind| kind.is_some());
    let mut found = Found { project: id_of(root.path()), ..Found::default() };
    if has("Cargo.toml") {
        found.checks.push(("build", "cargo check --workspace --all-targets --message-format=json", "cargo"));
        found.checks.push(("tests", "cargo test --workspace --message-format=json", "cargo"));
        found.sources.extend(["src/**", "tests/**", "crates/**"]);
    }
    if has("go.mod") {
        found.checks.push(("vet", "go vet ./...", "auto"));
        found.checks.push(("go-tests", "go test ./...", "auto"));
        found.sources.extend(["cmd/**", "internal/**", "pkg/**", "*.go"]);
    }
    if has("pyproject.toml") || has("setup.py") || has("requirements.txt") {
        found.checks.push(if has("pytest.ini") || has("conftest.py") || has("tests/conftest.py") {
            ("python-tests", "python3 -m pytest -q", "auto")
        } else {
            ("python-tests", "python3 -m unittest discover", "auto")
        });
        found.sources.extend(["src/**", "tests/**", "*.py"]);
    }
    if has("package.json") {
        found.checks.push(("node-tests", "npm test", "auto"));
        found.sources.extend(["src/**", "test/**"]);
    }
    found.sources.sort_unstable();
    found.sources.dedup();
    if found.sources.is_empty() {
        found.sources.push("src/**");
    }
    found.harnesses = vec!["claude", "codex", "opencode"];
    found.harnesses.retain(|name| runner::process::find_program(name).is_some());
    let agents = root.walk_folders(&[".claude/agents"], WalkLimits::default()).found.into_iter();
    let agents = agents.filter(|it| it.kind == FoundKind::File && spec::FileKind::of(&it.path).is_some());
    found.host_agents = agents.map(|it| it.path).collect();
    found.spec_kit = has(".specify") && has("specs");
    found
}

/// The folder's name as an id.
fn id_of(root: &Path) -> String {
    let name = root.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let id: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let id = id.trim_matches('-').to_owned();
    if id.is_empty() { "project".to_owned() } else { id }
}

/// The files, path from the root and text.
fn files(found: &Found) -> Vec<(String, String)> {
    let path = |name: &str| format!(".tollgate/{name}");
    vec![
        (path("config.yaml"), config(found)),
        (path("workflows/change.md"), workflow(found)),
        (
            path("agents/implementer.md"),
            agent("implementer", "implementer", "standard", "Makes one small change and its tests.", IMPLEMENTER),
        ),
        (
            path("agents/code-reviewer.md"),
            agent("code-reviewer", "verifier", "deep", "Reviews a change against its ticket.", REVIEWER),
        ),
        (path("tickets/first-change.md"), TICKET.to_owned()),
    ]
}

fn config(found: &Found) -> String {
    let candidate = |harness: &str, tier: usize| {
        let model = match harness {
            "codex" => ["gpt-5.4-mini", "gpt-5.4", "gpt-5.5"][tier],
            "opencode" => {
                ["anthropic/claude-haiku-4-5", "anthropic/claude-sonnet-4-5", "anthropic/claude-opus-4-5"][tier]
            }
            _ => ["haiku", "sonnet", "opus"][tier],
        };
        format!("{{harness: {harness}, model: {model}}}")
    };
    let harnesses: &[&str] = if found.harnesses.is_empty() { &["claude"] } else { &found.harnesses };
    let tier = |tier: usize| harnesses.iter().map(|harness| candidate(harness, tier)).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "schema_version: 1\nproject: {{id: {}}}\ntickets: {{source: files}}\ntiers:\n  light: [{}]\n  standard: [{}]\n  deep: [{}]\n\
         budgets:\n  - {{scope: project, period: month, limit_usd: 100, warn_at: 0.8, at_limit: require_approval, over_limit: pause}}\n  \
         - {{scope: ticket, limit_usd: 10}}\n",
        found.project,
        tier(0),
        tier(1),
        tier(2)
    );
    if !found.host_agents.is_empty() {
        text.push_str("agents:\n");
        for file in &found.host_agents {
            let stem =
                Path::new(file).file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
            let id = id_of(Path::new(&stem));
            text.push_str(&format!("  host-{id}: {{file: {file}, category: verifier, tier: standard}}\n"));
        }
    }
    text
}

fn workflow(found: &Found) -> String {
    let globs = |suffix: &[&str]| {
        let all: Vec<String> = found.sources.iter().chain(suffix).map(|glob| format!("\"{glob}\"")).collect();
        all.join(", ")
    };
    let specs = if found.spec_kit { "\"specs/**/*.md\", " } else { "" };
    let verify = if found.checks.is_empty() {
        String::new()
    } else {
        let rows = found.checks.iter().map(|(id, command, format)| {
            format!("        - {{id: {id}, command: \"{command}\", format: {format}, timeout: 10m}}\n")
        });
        format!("      verify:\n{}", rows.collect::<String>())
    };
    format!(
        "---\nschema_version: 1\nname: change\nversion: \"1.0.0\"\ndescription: From a ticket to a reviewed change\n\
         intent: Small changes that somebody looked at\nticket: {{types: [feature, bug, chore]}}\n\
         defaults: {{tier: standard, timeout: 30m}}\npasses:\n  - id: implement\n    kind: generation\n    agent: implementer\n    \
         inputs: [ticket, {specs}{}]\n    outputs: [{{id: patch, kind: diff, writes: [{}]}}]\n    limits: {{usd: 2}}\n    gate:\n{verify}      \
         reviewer: {{type: human}}\n      on_reject: retry\n      max_iterations: 3\n---\n# Change\n\nA ticket becomes one change. The checks run first; \
         then a person reads the change and approves it.\n\n## implement\n\nMake the change that {{{{ticket.identifier}}}} asks for, with a test that fails \
         without it. Change nothing that the ticket does not ask for.\n\n### Gate\n\n- [ ] AC-1 every acceptance criterion of the ticket is met (evidence: \
         review)\n- [ ] AC-2 a test fails without the change (evidence: test)\n",
        globs(&[]),
        globs(&[]),
    )
}

fn agent(name: &str, category: &str, tier: &str, description: &str, body: &str) -> String {
    let tools = if category == "verifier" { "[read, search]" } else { "[read, search, edit, execute]" };
    format!(
        "---\nschema_version: 1\nname: {name}\nversion: \"1.0.0\"\ndescription: \"{description}\"\ncategory: {category}\ntools: {tools}\ntier: {tier}\n---\n{body}"
    )
}

const IMPLEMENTER: &str = "You make one small change in this repository.\n\nRead the code around the change first and write like it. Add or change the test that proves \
                           the change. Leave everything else as it is.\n";
const REVIEWER: &str = "You review a change that somebody else made.\n\nHold it against the ticket's acceptance criteria, one by one. Quote the line you speak of. Say what \
                        would have to change, not how you would have written it.\n";
const TICKET: &str = "---\nschema_version: 1\nid: first-change\ntitle: Describe the first change here\nstatus: To Do\ntype: feature\npriority: medium\nlabels: []\nbudget: {limit_usd: 5}\n---\n\n\
                      ## Description\n\nWhat is wanted, and why.\n\n## Acceptance Criteria\n\n- [ ] #1 Something that can be seen or measured\n";

/// What to do next.
fn advice(found: &Found) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        "Next: describe a change in .tollgate/tickets/first-change.md, then `tollgate explain first-change`."
            .to_owned(),
        "Before the first run, `tollgate trust` shows exactly what would become runnable.".to_owned(),
    ];
    if found.harnesses.is_empty() {
        lines.push("No agent CLI was found on the PATH (claude, codex, opencode): the tiers name `claude` until you change them.".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written must be free of findings, whatever was found.
    #[test]
    fn writes_files_without_a_single_finding() {
        let rust = Found {
            project: "demo".to_owned(),
            checks: vec![("tests", "cargo test --workspace --message-format=json", "cargo")],
            sources: vec!["src/**", "tests/**"],
            harnesses: vec!["claude", "codex", "opencode"],
            host_agents: vec![".claude/agents/reviewer.md".to_owned()],
            spec_kit: true,
        };
        let empty = Found { project: "empty".to_owned(), sources: vec!["src/**"], ..Found::default() };
        for found in [rust, empty] {
            let mut project = spec::Project::default();
            for (path, text) in files(&found) {
                project.set(std::sync::Arc::new(spec::SpecFile::read(&path, &text).expect("one of ours")));
            }
            for host in &found.host_agents {
                let text = "---\nname: reviewer\ndescription: reviews\n---\nReview.\n";
                project.set(std::sync::Arc::new(spec::SpecFile::read(host, text).expect("a host's agent")));
            }
            for (path, text) in files(&found) {
                let snapshot = ide::Snapshot { project: project.clone(), ..ide::Snapshot::default() };
                let all = ide::diagnostics::diagnostics(&snapshot, &path);
                assert!(all.is_empty(), "{path}: {all:#?}\n{text}");
            }
        }
    }

    #[test]
    fn a_folder_name_becomes_an_id() {
        assert_eq!(id_of(Path::new("/x/My Shop_2")), "my-shop-2");
        assert_eq!(id_of(Path::new("/")), "project");
    }
}
