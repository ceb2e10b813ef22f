//! `tollgate docs merge`: the merge driver that git calls for documents and for their lock.
//!
//! Generated regions never conflict: where both sides changed one it is written anew, from the files as they are at that
//! moment. When the merge is done, `tollgate docs sync` says what the merged files make of it. Everything else is merged by
//! git's own `merge-file`.

use crate::workbench::documents::Keeper;
use anyhow::{Context, bail};
use docs::lock::{self, Lock};
use docs::sync::Sides;
use runner::files::{self, Root};
use runner::merge::{Version, merge};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const DRIVER: &str = "tollgate-docs";
const TITLE: &str = "generated regions of documents are written anew";
const COMMAND: &str = "tollgate docs merge %O %A %B %P";
const ATTRIBUTES: [&str; 2] = ["*.md merge=tollgate-docs", ".tollgate/docs.lock merge=tollgate-docs"];

/// Merge a document, as git calls it; or set git up to call it
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The version both sides come from (`%O`)
    #[arg(required_unless_present = "install")]
    base: Option<PathBuf>,
    /// Our version, which is replaced by the merged one (`%A`)
    #[arg(required_unless_present = "install")]
    ours: Option<PathBuf>,
    /// Their version (`%B`)
    #[arg(required_unless_present = "install")]
    theirs: Option<PathBuf>,
    /// Where the document lies in the repository (`%P`)
    #[arg(required_unless_present = "install")]
    path: Option<String>,
    /// Print what git needs to be told to call this
    #[arg(long, conflicts_with_all = ["base", "ours", "theirs", "path"])]
    install: bool,
    /// With --install: write it, into `.gitattributes` and this clone's `.git/config`
    #[arg(long, requires = "install")]
    write: bool,
    /// Root of the repository
    #[arg(long, value_name = "DIR", requires = "install")]
    root: Option<PathBuf>,
}

/// Runs the subcommand; exit code 1 when a conflict is left, as git wants it.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    match (&args.base, &args.ours, &args.theirs, &args.path) {
        (Some(base), Some(ours), Some(theirs), Some(path)) => drive(base, ours, theirs, path),
        _ => install(args),
    }
}

/// What git takes for a crash: it stops the merge. Any other number would mean that our side alone is the merged text.
const CRASHED: u8 = 255;

fn drive(base: &Path, ours: &Path, theirs: &Path, path: &str) -> anyhow::Result<ExitCode> {
    let merge = || -> anyhow::Result<bool> {
        let read = |file: &Path| files::read_own(file, files::MAX_FILE);
        let (bytes, clean) = merged(path, [read(base)?, read(ours)?, read(theirs)?])?;
        files::write_own(&ours.canonicalize()?, &bytes)?;
        Ok(clean)
    };
    Ok(match merge() {
        Ok(clean) => ExitCode::from(u8::from(!clean)),
        Err(error) => {
            crate::cli::note(&format!("tollgate: {path} was not merged: {error:#}"));
            ExitCode::from(CRASHED)
        }
    })
}

fn merged(path: &str, bytes: [Vec<u8>; 3]) -> anyhow::Result<(Vec<u8>, bool)> {
    let root = crate::cli::find_root(None)?;
    let by_git = |[base, ours, theirs]: [&[u8]; 3]| {
        let version = |label, bytes| Version { label, bytes };
        merge(&root, version("ours", ours), version("base", base), version("theirs", theirs))
    };
    let [base, ours, theirs] = &bytes;
    let texts = [base, ours, theirs].map(|bytes| std::str::from_utf8(bytes));
    let [Ok(base), Ok(ours), Ok(theirs)] = texts else { return Ok(by_git([base, ours, theirs])?) };
    if path == lock::PATH {
        let read = [base, ours, theirs].map(Lock::read);
        // a lock that is not understood is merged like any other text: nothing of it may be lost
        if read.iter().all(|read| read.problems.is_empty()) {
            let [base, ours, theirs] = read.map(|read| read.lock);
            return Ok((Lock::merge(&base, &ours, &theirs).write().into_bytes(), true));
        }
    }
    let sides = Sides::new(path, base, ours, theirs);
    let (merged, clean) = by_git([&sides.base, &sides.ours, &sides.theirs].map(|text| text.as_bytes()))?;
    let Ok(merged) = String::from_utf8(merged) else {
        return by_git([base, ours, theirs].map(str::as_bytes)).map_err(Into::into);
    };
    let (text, resolved) = Keeper::open(&root)?.look(|_, tree| sides.finish(path, &merged, tree));
    Ok((text.into_bytes(), clean || resolved))
}

fn install(args: &Args) -> anyhow::Result<ExitCode> {
    if !args.write {
        crate::cli::print(&format!(
            "# Generated regions of documents, and {}, merge without conflicts once git knows how.\n\
             # `tollgate docs merge --install --write` does both of these.\n\n\
             # 1. In .gitattributes, committed for everybody:\n{}\n\n\
             # 2. In each clone; who has not done it merges as before:\n\
             git config merge.{DRIVER}.name '{TITLE}'\n\
             git config merge.{DRIVER}.driver '{COMMAND}'",
            lock::PATH,
            ATTRIBUTES.join("\n"),
        ));
        return Ok(ExitCode::SUCCESS);
    }
    let root = Root::open_project(&crate::cli::find_root(args.root.as_deref())?)?;
    let now = match root.read_text(".gitattributes") {
        Ok(text) => text,
        Err(error) if error.is_not_found() => String::new(),
        Err(error) => bail!("{error}"),
    };
    let mut text = now.clone();
    for line in ATTRIBUTES.iter().filter(|line| !now.lines().any(|own| own.trim() == **line)) {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        text.push_str(line);
        text.push('\n');
    }
    let new_driver = runner::merge::install(&root, DRIVER, TITLE, COMMAND)?;
    if text != now {
        root.write(".gitattributes", text.as_bytes()).context(".gitattributes could not be written")?;
    }
    let said = |new: bool| if new { "wrote" } else { "already in" };
    crate::cli::print(&format!(
        "{} .gitattributes\n{} the configuration of this clone",
        said(text != now),
        said(new_driver)
    ));
    Ok(ExitCode::SUCCESS)
}
