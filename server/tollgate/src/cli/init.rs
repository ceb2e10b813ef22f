//! `tollgate init`: a small working `.tollgate/`, fitted to what the repository holds. Never overwrites a file, and adds
//! nothing where there is a workflow already.

mod look;

use anyhow::Context;
use look::{Check, Files, Found};
use runner::files::{FoundKind, Root, WalkLimits};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
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

/// Agent CLIs that are looked for on the PATH.
const HARNESSES: [&str; 3] = ["claude", "codex", "opencode"];

/// Most of a manifest that is read.
const MANIFEST: u64 = 1 << 20;

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = Root::open_project(&args.root)?;
    let paths = paths(&root)?;
    if let Some(workflow) = paths.iter().find(|path| spec::FileKind::of(path) == Some(spec::FileKind::Workflow)) {
        let workflow = delivery::prompt::one_line(workflow, 100);
        super::print(&format!("Nothing to do: {workflow} is there already. `tollgate check` says how it is."));
        return Ok(ExitCode::SUCCESS);
    }
    let text = |path: &str| {
        let bytes = root.read_limited(path, MANIFEST).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let found = look::look(&Files { paths: &paths, text: &text });
    let place = Place {
        project: root.path().file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        harnesses: HARNESSES.into_iter().filter(|name| runner::programs::find_program(name).is_some()).collect(),
        git: root.kind(".git").is_ok_and(|kind| kind.is_some()),
    };
    let there: BTreeSet<&str> = paths.iter().map(String::as_str).collect();
    let tickets = paths.iter().any(|path| spec::FileKind::of(path) == Some(spec::FileKind::Ticket));
    for (path, text) in files(&found, &place) {
        if there.contains(path.as_str()) || (tickets && path.starts_with(".tollgate/tickets/")) {
            super::print(&format!("kept     {path} (exists)"));
        } else if args.dry_run {
            super::print(&format!("--- {path}\n{text}"));
        } else {
            write(&root, &path, &text)?;
            super::print(&format!("written  {path}"));
        }
    }
    super::print("");
    for line in advice(&found, &place) {
        super::print(&line);
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a new file; one that came into being meanwhile, or that a walk did not see, stays as it is.
fn write(root: &Root, path: &str, text: &str) -> anyhow::Result<()> {
    anyhow::ensure!(root.kind(path)?.is_none(), "{path} is there already");
    root.write(path, text.as_bytes()).with_context(|| format!("{path} could not be written"))
}

/// Files that git would not ignore, in order.
fn paths(root: &Root) -> anyhow::Result<Vec<String>> {
    let found = root.walk(WalkLimits { files: 50_000, depth: 12 })?.found.into_iter();
    Ok(found.filter(|it| it.kind == FoundKind::File).map(|it| it.path).collect())
}

/// Where it is written.
#[derive(Clone, Default, Debug)]
struct Place {
    /// Name of the folder.
    project: String,
    /// Agent CLIs on the PATH.
    harnesses: Vec<&'static str>,
    /// It is the root of a git repository.
    git: bool,
}

/// A name as an id, or `otherwise`.
fn id_of(name: &str, otherwise: &str) -> String {
    let mut id = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            id.push(letter);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    let id = id.trim_end_matches('-');
    if id.is_empty() { otherwise.to_owned() } else { id.to_owned() }
}

/// The files, path from the root and text.
fn files(found: &Found, place: &Place) -> Vec<(String, String)> {
    let path = |name: &str| format!(".tollgate/{name}");
    let mut files = vec![
        (path("config.yaml"), config(found, place)),
        (path("workflows/change.md"), workflow(found)),
        (path("agents/implementer.md"), IMPLEMENTER.to_owned()),
    ];
    if found.features.is_empty() {
        files.push((path("tickets/first-change.md"), TICKET.to_owned()));
    }
    files.extend(found.features.iter().map(|name| (path(&format!("tickets/{name}.md")), feature(name))));
    files
}

fn config(found: &Found, place: &Place) -> String {
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
    let harnesses: &[&str] = if place.harnesses.is_empty() { &["claude"] } else { &place.harnesses };
    let tier = |tier: usize| harnesses.iter().map(|harness| candidate(harness, tier)).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "schema_version: 1\nproject: {{id: {}}}\ntickets: {{source: files}}\n\n\
         # A tier is a class of model; the first candidate that is installed is taken.\n\
         tiers:\n  light: [{}]\n  standard: [{}]\n  deep: [{}]\n\n\
         # Money is set aside before a pass starts; one that does not fit does not start.\n\
         budgets:\n  - {{scope: project, period: month, limit_usd: 100, warn_at: 0.8, at_limit: require_approval, over_limit: pause}}\n  \
         - {{scope: ticket, limit_usd: 10}}\n",
        id_of(&place.project, "project"),
        tier(0),
        tier(1),
        tier(2)
    );
    if !found.host_agents.is_empty() {
        text.push_str("\n# Agents that another tool keeps, used as they are. Correct the categories where they are wrong.\nagents:\n");
        for agent in &found.host_agents {
            let (id, file, category) = (&agent.id, quoted(&agent.path), agent.category);
            let _ = writeln!(text, "  {id}: {{file: {file}, category: {category}, tier: standard}}");
        }
    }
    text
}

/// A text as a double-quoted scalar: JSON's form is YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn verify(check: &Check) -> String {
    let Check { id, command, format, root } = check;
    let root = if root.is_empty() { String::new() } else { format!(", root: {root}") };
    format!("        - {{id: {id}, command: \"{command}\", format: {format}, timeout: 10m{root}}}\n")
}

fn workflow(found: &Found) -> String {
    let globs = found.sources.iter().map(|glob| format!("\"{glob}\"")).collect::<Vec<_>>().join(", ");
    let specs = if found.features.is_empty() { "" } else { "\"specs/{{ticket.slug}}/**\", " };
    let verify = match found.checks.as_slice() {
        [] => String::new(),
        some => format!("      verify:\n{}", some.iter().map(verify).collect::<String>()),
    };
    let order = if found.checks.is_empty() {
        "A person reads the change and approves it. Commands under `verify:` in the gate would run first."
    } else {
        "The checks run first; then a person reads the change and approves it."
    };
    format!(
        "---\nschema_version: 1\nname: change\nversion: \"1.0.0\"\ndescription: From a ticket to a reviewed change\n\
         intent: Small changes that somebody looked at\nticket: {{types: [feature, bug, chore]}}\n\
         defaults: {{tier: standard, timeout: 30m}}\npasses:\n  - id: implement\n    kind: generation\n    agent: implementer\n    \
         inputs: [ticket, {specs}{globs}]\n    outputs: [{{id: patch, kind: diff, writes: [{globs}]}}]\n    limits: {{usd: 2}}\n    gate:\n{verify}      \
         reviewer: {{type: human}}\n      on_reject: retry\n      max_iterations: 3\n---\n# Change\n\nA ticket becomes one change. {order}\n\n\
         ## implement\n\nMake the change that {{{{ticket.identifier}}}} asks for, with a test that fails \
         without it. Change nothing that the ticket does not ask for.\n\n### Gate\n\n- [ ] AC-1 every acceptance criterion of the ticket is met (evidence: \
         review)\n- [ ] AC-2 a test fails without the change (evidence: test)\n",
    )
}

const IMPLEMENTER: &str = "---\nschema_version: 1\nname: implementer\nversion: \"1.0.0\"\ndescription: \"Makes one small change and its tests.\"\n\
                           category: implementer\ntools: [read, search, edit, execute]\ntier: standard\n---\n\
                           You make one small change in this repository.\n\nRead the code around the change first and write like it. Add or change the test that proves \
                           the change. Leave everything else as it is.\n";
const TICKET: &str = "---\nschema_version: 1\nid: first-change\ntitle: Describe the first change here\nstatus: To Do\ntype: feature\npriority: medium\nlabels: []\nbudget: {limit_usd: 5}\n---\n\n\
                      ## Description\n\nWhat is wanted, and why.\n\n## Acceptance Criteria\n\n- [ ] #1 Something that can be seen or measured\n";

/// The ticket of a feature of Spec Kit. Its id is the name of the feature's branch, so it is current there.
fn feature(name: &str) -> String {
    let words = name.trim_start_matches(|letter: char| letter.is_ascii_digit() || letter == '-').replace('-', " ");
    let title = if words.is_empty() { name.to_owned() } else { words[..1].to_uppercase() + &words[1..] };
    format!(
        "---\nschema_version: 1\nid: {name}\ntitle: {title}\nstatus: To Do\ntype: feature\nspec: specs/{name}/spec.md\nbudget: {{limit_usd: 10}}\n---\n\n\
         ## Description\n\nAs `specs/{name}/spec.md` says.\n\n## Acceptance Criteria\n\n- [ ] #1 Every acceptance scenario of the specification holds\n"
    )
}

/// What to do next.
fn advice(found: &Found, place: &Place) -> Vec<String> {
    let ticket = found.features.last().map_or("first-change", String::as_str);
    let first = if found.features.is_empty() { "describe a change in" } else { "look at" };
    let mut lines = vec![
        format!("Next: {first} .tollgate/tickets/{ticket}.md, then `tollgate explain {ticket}`."),
        "Before the first run, `tollgate trust` shows exactly what would become runnable.".to_owned(),
    ];
    lines.extend(found.notes.iter().cloned());
    if found.checks.is_empty() {
        lines.push(
            "No check was found that fits: write one under `verify:` in .tollgate/workflows/change.md.".to_owned(),
        );
    }
    if place.harnesses.is_empty() {
        lines.push("No agent CLI was found on the PATH (claude, codex, opencode): the tiers name `claude` until you change them.".to_owned());
    }
    if !place.git {
        lines.push(
            "This folder is not the root of a git repository; a run works in a clone, so it needs one with a commit."
                .to_owned(),
        );
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use look::HostAgent;

    /// What is written must be free of findings, whatever was found.
    #[test]
    fn writes_files_without_a_single_finding() {
        let check = |id: &str, root: &str| Check {
            id: id.to_owned(),
            command: "cargo test --workspace --message-format=json".to_owned(),
            format: "cargo",
            root: root.to_owned(),
        };
        let rich = Found {
            checks: vec![check("tests", ""), check("web-tests", "web")],
            sources: vec!["src/**".to_owned(), "*.py".to_owned()],
            host_agents: vec![HostAgent {
                id: "claude-reviewer".to_owned(),
                path: ".claude/agents/my \"reviewer\".md".to_owned(),
                category: "verifier",
            }],
            features: vec!["001-user-login".to_owned(), "2".to_owned()],
            notes: Vec::new(),
        };
        let empty = look::look(&Files { paths: &[], text: &|_| String::new() });
        for (found, harnesses) in [(rich, HARNESSES.to_vec()), (empty, Vec::new())] {
            let place = Place { project: "My Shop_2".to_owned(), harnesses, git: true };
            let mut project = spec::Project::default();
            for (path, text) in files(&found, &place) {
                project.set(std::sync::Arc::new(spec::SpecFile::read(&path, &text).expect("one of ours")));
            }
            for host in &found.host_agents {
                let text = "---\nname: reviewer\ndescription: reviews\n---\nReview.\n";
                project.set(std::sync::Arc::new(spec::SpecFile::read(&host.path, text).expect("a host's agent")));
            }
            for (path, text) in files(&found, &place) {
                let snapshot = ide::Snapshot { project: project.clone(), ..ide::Snapshot::default() };
                let all = ide::diagnostics::diagnostics(&snapshot, &path, None);
                assert!(all.is_empty(), "{path}: {all:#?}\n{text}");
            }
        }
    }

    #[test]
    fn a_name_becomes_an_id() {
        assert_eq!(id_of("My Shop_2", "project"), "my-shop-2");
        assert_eq!(id_of("--", "project"), "project");
        assert_eq!(id_of("", ""), "");
    }
}
