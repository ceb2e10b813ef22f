//! `tollgate agents`: lists the agents of a repository, ours and those of hosts, and projects ours to the hosts' own files.
//!
//! A projected file says what it was made from. What somebody wrote, or changed since, is never written over without `--force`,
//! and a file that was not projected not even then.

use crate::workbench;
use anyhow::{Context, bail};
use clap::Subcommand;
use delivery::projection::{self, HOSTS, Projected, State};
use delivery::prompt::visible;
use runner::files::Root;
use spec::{FileKind, Project, SpecFile, System};
use std::path::PathBuf;
use std::process::ExitCode;

/// List agents, and project ours to the files of hosts
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  tollgate agents list\n  tollgate agents project reviewer --host claude --host codex\n  tollgate agents project --check"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// List every agent with its file and where it works
    List {
        /// Root of the repository (default: the folder with `.tollgate` at or above this one)
        #[arg(long, value_name = "DIR")]
        root: Option<PathBuf>,
    },
    /// Write agents of `.tollgate/agents` as the files of hosts
    Project(Wish),
}

#[derive(clap::Args, Debug)]
struct Wish {
    /// Only this agent (default: all)
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Only for this host; may be given again (default: hosts that an agent was projected to before; all for a named agent)
    #[arg(long, value_name = "HOST", value_parser = host)]
    host: Vec<System>,
    /// Write nothing; say what would be written, and exit with 1 when there is anything
    #[arg(long)]
    check: bool,
    /// Write over projected files that somebody has changed since
    #[arg(long)]
    force: bool,
    /// Root of the repository (default: the folder with `.tollgate` at or above this one)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

fn host(word: &str) -> Result<System, String> {
    let known = HOSTS.into_iter().find(|host| projection::word(*host) == word);
    known.ok_or_else(|| format!("known are {}", HOSTS.map(projection::word).join(", ")))
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match &args.what {
        What::List { root } => {
            let root = Root::open_project(&super::find_root(root.as_deref())?)?;
            let project = workbench::scan(&root).project;
            super::print(&list(&project));
            Ok(ExitCode::SUCCESS)
        }
        What::Project(args) => project(args),
    }
}

fn list(project: &Project) -> String {
    let snapshot = ide::Snapshot { project: project.clone(), ..ide::Snapshot::default() };
    let mut lines = Vec::new();
    for file in project.files().filter(|file| matches!(file.kind, FileKind::Agent | FileKind::HostAgent)) {
        let spec::Content::Agent(agent) = &file.content else { continue };
        let Some(name) = &agent.name else { continue };
        // A note beside agents is none.
        if !file.facts.names.iter().any(|(known, role, _)| known.text == name.value && *role == spec::Role::Definition)
        {
            continue;
        }
        let of = agent.host.as_ref().map_or("Tollgate", |host| host.system.word());
        let duties =
            ide::host::duties(&snapshot, &name.value, true).map_or(String::new(), |duties| format!(": {duties}"));
        lines.push(visible(&format!("{} ({of}) {}{duties}", name.value, file.path)));
    }
    if lines.is_empty() { "there are no agents here".to_owned() } else { lines.join("\n") }
}

/// Exit code 1 when something would be written (`--check`), or was left alone though it is out of date.
fn project(args: &Wish) -> anyhow::Result<ExitCode> {
    let root = Root::open_project(&super::find_root(args.root.as_deref())?)?;
    let scanned = workbench::scan(&root);
    let project = &scanned.project;
    let is_wanted = |file: &SpecFile| args.name.as_ref().is_none_or(|name| file.stem() == name);
    let sources: Vec<_> = project.files().filter(|file| file.kind == FileKind::Agent && is_wanted(file)).collect();
    if let (Some(name), true) = (&args.name, sources.is_empty()) {
        bail!("there is no .tollgate/agents/{name}.md");
    }
    let (mut open, mut looked) = (0, 0);
    for source in sources {
        if let Some(why) = projection::obstacle(source) {
            if args.name.is_some() {
                bail!("{} cannot be projected: {why}", visible(&source.path));
            }
            continue;
        }
        for host in HOSTS.into_iter().filter(|host| args.host.is_empty() || args.host.contains(host)) {
            let Some(made) = projection::project(project, source, host) else { continue };
            // Nobody wants files of hosts that nobody works with.
            let asked = !args.host.is_empty() || (args.name.is_some() && !args.check);
            if made.state == State::Missing && !asked {
                continue;
            }
            looked += 1;
            open += usize::from(!settle(&root, args, &made)?);
        }
    }
    if looked == 0 {
        super::note("nothing is projected yet: name an agent, or a host with --host");
    }
    Ok(ExitCode::from(u8::from(open > 0)))
}

/// Writes one file, or says why not. True when it is as it is to be.
fn settle(root: &Root, args: &Wish, made: &Projected) -> anyhow::Result<bool> {
    let path = visible(&made.path);
    let may = made.state.may_write() || (made.state == State::Edited && args.force);
    let say = |words: &str| super::print(&format!("{words} {path}"));
    match made.state {
        State::Same => say("up to date"),
        State::Foreign => say("left alone, as it was not projected:"),
        State::Edited if !may => say("left alone, as it was changed by hand (--force writes over it):"),
        _ if args.check => say("would write"),
        _ => {
            root.write(&made.path, made.text.as_bytes()).with_context(|| format!("{path} could not be written"))?;
            say("wrote");
            if !made.lost.is_empty() {
                super::note(&format!("{} cannot say: {}", made.host.word(), made.lost.join(", ")));
            }
        }
    }
    Ok(made.state == State::Same || (may && !args.check))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a test writes its own folder")]

    use super::*;

    fn run_in(root: &tempfile::TempDir, name: Option<&str>, hosts: &[&str], check: bool, force: bool) -> u8 {
        let host = hosts.iter().map(|word| host(word).unwrap()).collect();
        let args = Wish { name: name.map(str::to_owned), host, check, force, root: Some(root.path().to_owned()) };
        u8::from(format!("{:?}", project(&args).unwrap()) != format!("{:?}", ExitCode::SUCCESS))
    }

    #[test]
    fn files_are_made_kept_up_to_date_and_never_taken_from_anybody() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        let write = |path: &str, text: &str| {
            std::fs::create_dir_all(at(path).parent().unwrap()).unwrap();
            std::fs::write(at(path), text).unwrap();
        };
        let read = |path: &str| std::fs::read_to_string(at(path)).unwrap();
        let source =
            "---\nschema_version: 1\nname: pilot\ndescription: Brings ships in.\ncategory: implementer\n---\nYou do.\n";
        let (claude, codex) = (".claude/agents/pilot.md", ".codex/agents/pilot.toml");
        write(".tollgate/agents/pilot.md", source);
        write(".gemini/agents/pilot.md", "mine");
        assert_eq!(run_in(&root, None, &["claude"], true, false), 1, "it would be written");
        assert!(!at(claude).exists());
        assert_eq!(run_in(&root, Some("pilot"), &["claude", "codex"], false, false), 0);
        assert_eq!(run_in(&root, None, &[], true, false), 1, "somebody's own is in the way");
        assert_eq!(run_in(&root, Some("pilot"), &["gemini"], false, true), 1);
        assert_eq!(read(".gemini/agents/pilot.md"), "mine");
        std::fs::remove_file(at(".gemini/agents/pilot.md")).unwrap();
        assert_eq!(run_in(&root, None, &[], true, false), 0);
        write(".tollgate/agents/pilot.md", &source.replace("You do", "You steer"));
        assert_eq!(run_in(&root, None, &[], true, false), 1);
        assert_eq!(run_in(&root, None, &[], false, false), 0);
        assert!(read(claude).contains("You steer.") && read(codex).contains("You steer."));
        assert!(!at(".gemini/agents/pilot.md").exists(), "what was never projected is not begun");
        let edited = read(claude).replace("You steer.", "You drift.");
        write(claude, &edited);
        assert_eq!(run_in(&root, None, &[], false, false), 1);
        assert_eq!(read(claude), edited);
        assert_eq!(run_in(&root, None, &[], false, true), 0);
        assert!(read(claude).contains("You steer."));
    }
}
