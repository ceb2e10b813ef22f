//! `tollgate docs sync`: writes the generated regions of documents anew.

use crate::workbench::documents::Keeper;
use anyhow::Context;
use docs::region::Region;
use docs::sync::{self, Synced};
use similar::TextDiff;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write the generated regions of documents anew
///
/// Without --write nothing is changed: a unified diff says what would be, and the exit code is 1 when something would. Nothing
/// outside of a region is ever touched. Regions only read files of the repository; none runs a command.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only these documents, or those in these folders (default: all)
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Change the documents
    #[arg(long)]
    write: bool,
    /// What becomes of regions that were edited by hand
    #[arg(long, value_enum, default_value_t = Edited::Leave)]
    edited: Edited,
    /// Root of the repository
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Edited {
    /// Name them, and leave them as they are
    Leave,
    /// Keep the words, and take the markers out
    Keep,
    /// Write them anew; what was written by hand is lost
    Regenerate,
}

/// Runs the subcommand; exit code 1 when something would change, or when something is left that a person has to look at.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = match (&args.root, args.paths.first()) {
        (None, Some(path)) => crate::workbench::root_above(path)?,
        (root, _) => crate::cli::find_root(root.as_deref())?,
    };
    let only =
        args.paths.iter().map(|path| crate::cli::check::below(&root, path)).collect::<anyhow::Result<Vec<_>>>()?;
    let within = |path: &str| {
        let holds = |only: &String| {
            only.is_empty()
                || path.strip_prefix(only.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        only.is_empty() || only.iter().any(holds)
    };
    let edited = match args.edited {
        Edited::Leave => sync::Edited::Leave,
        Edited::Keep => sync::Edited::Keep,
        Edited::Regenerate => sync::Edited::Regenerate,
    };
    let files = runner::files::Root::open_project(&root)?;
    let mut keeper = Keeper::open(&root)?;
    keeper.judge_all(&Default::default());
    let synced: Vec<(String, String, Synced)> = keeper.look(|library, tree| {
        let paths = library.documents().map(|document| document.path.to_string()).filter(|path| within(path));
        let sync = |path: String| {
            let text = tree.text(&path)?;
            let synced = sync::sync(&path, &text, tree, edited);
            Some((path, text.to_string(), synced))
        };
        paths.filter_map(sync).collect()
    });
    let (mut documents, mut regions, mut left) = (0, 0, 0);
    for (path, before, synced) in &synced {
        left += complain(path, before, synced);
        if synced.text == *before {
            continue;
        }
        documents += 1;
        regions += synced.written;
        if args.write {
            files.write(path, synced.text.as_bytes()).with_context(|| format!("{path} could not be written"))?;
        } else {
            let diff = TextDiff::from_lines(before.as_str(), synced.text.as_str());
            let diff = diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string();
            crate::cli::print(diff.trim_end_matches('\n'));
        }
    }
    let counted = crate::cli::check::counted;
    let what = format!("{} in {}", counted(regions, "region"), counted(documents, "document"));
    match (regions, args.write) {
        (0, _) if left == 0 => crate::cli::note("all regions are as they should be"),
        (0, _) => {}
        (_, true) => crate::cli::note(&format!("wrote {what}")),
        (_, false) => crate::cli::note(&format!("{what} would change; `tollgate docs sync --write` writes them")),
    }
    Ok(ExitCode::from(u8::from(left > 0 || (documents > 0 && !args.write))))
}

/// Says what was left as it is; how much of it a person has to look at.
fn complain(path: &str, text: &str, synced: &Synced) -> usize {
    let line = |at: u32| text::LineIndex::new(text).line_of(at as usize) + 1;
    let edited = |region: &Region| {
        let words = "was edited by hand; --edited keep or --edited regenerate decides";
        (region.open.start, format!("`{}` {words}", region.kind.value), true)
    };
    let mut said: Vec<(u32, String, bool)> = synced.edited.iter().map(edited).collect();
    said.extend(synced.problems.iter().map(|problem| (problem.span.start, problem.kind.to_string(), true)));
    said.extend(synced.faults.iter().map(|fault| {
        let words = if fault.is_unknown() { format!("left as it is: {}", fault.kind) } else { fault.kind.to_string() };
        (fault.span.start, words, !fault.is_unknown())
    }));
    said.sort();
    for (at, words, _) in &said {
        crate::cli::note(&format!("{path}:{}: {words}", line(*at)));
    }
    said.iter().filter(|(_, _, counts)| *counts).count()
}
