//! `tollgate docs adopt`: what documents could be bound to, in a repository that never did it.

use super::desk::Desk;
use crate::cli::check::{below, counted};
use anyhow::Context;
use docs::adopt::{Names, Suggestion, bound, suggestions};
use docs::attest::Claim;
use docs::document::{Document, is_code};
use docs::drift::{State, Unverified};
use docs::target::{Fragment, Glob, Target};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use text::LineIndex;

/// Find what documents could be bound to, in a repository that never did it
///
/// Only suggestions: a word in code that looks like a name and that exactly one public symbol has, and links to sources.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only this document, or those in this folder (default: all)
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    /// Write into front matter what documents name in headings, list items and tables
    #[arg(long)]
    write: bool,
    /// With --write: write whatever was found, links to whole files included
    #[arg(long, requires = "write")]
    all: bool,
    /// Take what stands now as right: bindings that nobody vouched for are recorded as they are, and what is wrong already
    /// goes into `.tollgate/baseline.json`, so that only what is new is said
    #[arg(long, conflicts_with = "write")]
    baseline: bool,
    /// Root of the repository
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs the subcommand.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = match (&args.root, &args.path) {
        (None, Some(path)) => crate::workbench::root_above(path)?,
        (root, _) => crate::cli::find_root(root.as_deref())?,
    };
    let only = args.path.as_deref().map(|path| below(&root, path)).transpose()?.unwrap_or_default();
    let within = |path: &str| {
        only.is_empty() || path.strip_prefix(&only).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let desk = Desk::open(&root)?;
    if args.baseline {
        return baseline(&desk, &within);
    }
    let found = look(&desk, &within)?;
    for (path, (text, all)) in &found {
        let index = LineIndex::new(text);
        for Suggestion { target, span, defines, .. } in all {
            let mark = if *defines { "" } else { " (mentioned)" };
            crate::cli::print(&format!("{path}:{}: {target}{mark}", index.line_of(span.start as usize) + 1));
        }
    }
    let number: usize = found.values().map(|(_, all)| all.len()).sum();
    let words = format!("{} could be bound to {}", counted(found.len(), "document"), counted(number, "place"));
    crate::cli::print(&words);
    if !args.write {
        if number > 0 {
            let note = "nothing was written; --write binds what headings, list items and tables name";
            crate::cli::note(note);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut written = 0;
    for (path, (text, all)) in found {
        let meant = |it: &&Suggestion| args.all || it.defines && it.target.fragment != Fragment::Whole;
        let targets: Vec<Target> = all.iter().filter(meant).map(|it| it.target.clone()).collect();
        if targets.is_empty() {
            continue;
        }
        let Some(new) = bound(&text, &targets) else {
            crate::cli::note(&format!("{path}: its `documents:` is no list of lines, and was left alone"));
            continue;
        };
        desk.files.write(&path, new.as_bytes()).with_context(|| format!("{path} could not be written"))?;
        written += targets.len();
    }
    crate::cli::note(&format!(
        "{} written; read the documents, then `tollgate docs attest`",
        counted(written, "binding")
    ));
    Ok(ExitCode::SUCCESS)
}

/// What every document could be bound to, with its text.
fn look(desk: &Desk, within: &dyn Fn(&str) -> bool) -> anyhow::Result<BTreeMap<String, (String, Vec<Suggestion>)>> {
    let everything = Glob::new("**").map_err(anyhow::Error::msg)?;
    Ok(desk.look(|library, tree| {
        let paths = tree.paths(&everything);
        let mut names = Names::default();
        for path in paths.iter().filter(|path| is_code(path)) {
            if let Some(source) = tree.source(path).filter(|source| source.code().is_some()) {
                names.add(path, &source);
            }
        }
        let mut found = BTreeMap::new();
        for path in paths.iter().filter(|path| path.ends_with(".md") && !path.contains(".tollgate/") && within(path)) {
            let Some(text) = tree.text(path) else { continue };
            let document =
                library.document(path).map_or_else(|| Document::read(path, &text), |known| Document::clone(known));
            let all = suggestions(&document, &text, &names);
            if !all.is_empty() {
                found.insert(path.clone(), (text.to_string(), all));
            }
        }
        found
    }))
}

/// Takes what stands now as right.
fn baseline(desk: &Desk, within: &dyn Fn(&str) -> bool) -> anyhow::Result<ExitCode> {
    let mut lock = desk.lock();
    let mut stamped = 0;
    desk.look(|library, tree| {
        let today = jiff::Zoned::now().date().to_string();
        let claim = Claim { by: "baseline", author: None, ticket: None, reason: None, at: Some(&today) };
        for document in library.documents().filter(|document| within(&document.path)) {
            for judgement in library.judge(&document.path, tree) {
                if judgement.state != State::Unverified(Unverified::NoStamp) {
                    continue;
                }
                let now = super::attest::now(document, &judgement, tree);
                if let Some(stamp) = now.and_then(|now| docs::attest::decide(&claim, &now, None).ok()) {
                    lock.set(judgement.key, stamp);
                    stamped += 1;
                }
            }
        }
    });
    if stamped > 0 {
        desk.save(&lock)?;
    }
    let held = desk.write_baseline(within)?;
    let words = format!("{} recorded as they are, {held} held back", counted(stamped, "anchor"));
    crate::cli::print(&words);
    Ok(ExitCode::SUCCESS)
}
