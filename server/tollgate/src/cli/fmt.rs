//! `tollgate fmt`: lays out front matter and configuration as the editor's formatting does. Bodies, and files of hosts and
//! other tools, are never touched.

use crate::workbench;
use anyhow::Context;
use delivery::prompt::visible;
use runner::files::Root;
use spec::{ProblemKind, SpecFile};
use std::path::PathBuf;
use std::process::ExitCode;

/// Lay out front matter and configuration: indentation, order of keys, quotes; comments stay with their keys
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Only these files, or what is in these folders (default: everything)
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write nothing; name the files that would change, and exit with 1 when there are any
    #[arg(long)]
    check: bool,
    /// Root of the repository (default: the folder with `.tollgate` at or above the first PATH)
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
}

/// Runs the subcommand; exit code 1 when a file is not laid out (`--check`) or cannot be read.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let root = match (&args.root, args.paths.first()) {
        (None, Some(path)) => workbench::root_above(path)?,
        (root, _) => super::find_root(root.as_deref())?,
    };
    let only = args.paths.iter().map(|path| super::check::below(&root, path)).collect::<anyhow::Result<Vec<_>>>()?;
    let within = |path: &str| {
        let holds = |only: &String| {
            only.is_empty()
                || path.strip_prefix(only.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        only.is_empty() || only.iter().any(holds)
    };
    let root = Root::open_project(&root)?;
    let scanned = workbench::scan(&root);
    let (mut files, mut changed, mut unread) = (0, 0, 0);
    for file in scanned.project.files().filter(|file| file.kind.map().is_some() && within(&file.path)) {
        files += 1;
        if broken(file) {
            super::note(&format!("left alone: {} (`tollgate check` says what is wrong)", visible(&file.path)));
            unread += 1;
            continue;
        }
        let Some(text) = formatted(file) else { continue };
        changed += 1;
        if !args.check {
            let failed = || format!("{} could not be written", file.path);
            root.write(&file.path, text.as_bytes()).with_context(failed)?;
        }
        super::print(&format!("{} {}", if args.check { "would change" } else { "formatted" }, visible(&file.path)));
    }
    for (path, why) in scanned.unread.iter().filter(|(path, _)| path.starts_with(".tollgate/") && within(path)) {
        super::note(&format!("not read: {}: {}", visible(path), visible(why)));
        unread += 1;
    }
    super::print(&match (changed, files) {
        (_, 0) => "nothing to format: files of ours lie in .tollgate/".to_owned(),
        (0, 1) => "1 file, laid out already".to_owned(),
        (0, _) => format!("{files} files, all laid out already"),
        _ => format!("{changed} of {files} files {}", if args.check { "would change" } else { "formatted" }),
    });
    Ok(ExitCode::from(u8::from(unread > 0 || (args.check && changed > 0))))
}

/// True when the YAML cannot be read, and quotes around a description are not all that is missing.
fn broken(file: &SpecFile) -> bool {
    let invalid = |kind: &ProblemKind| matches!(kind, ProblemKind::InvalidYaml(_) | ProblemKind::FrontMatterUnclosed);
    file.problems.iter().any(|problem| invalid(&problem.kind)) && formatted(file).is_none()
}

/// The whole text as it should be; `None` when it is so already.
fn formatted(file: &SpecFile) -> Option<String> {
    let mut text = file.text()?.to_string();
    let mut edits = ide::format::format(file, None);
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span));
    for edit in &edits {
        text.replace_range(edit.span.range(), &edit.text);
    }
    (!edits.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods, reason = "a test writes its own folder")]

    use super::*;

    fn files(text: &str) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [
            (".tollgate/workflows/flow.md", text),
            (".tollgate/config.yaml", "schema_version: 1\nproject: {id: x}\n"),
            (".claude/agents/host.md", "---\nname:   host\n---\n"),
        ] {
            let file = root.path().join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        root
    }

    fn fmt(root: &tempfile::TempDir, check: bool, paths: &[&str]) -> (ExitCode, String) {
        let paths = paths.iter().map(|path| root.path().join(path)).collect();
        let code = run(&Args { paths, check, root: Some(root.path().to_owned()) }).unwrap();
        (code, std::fs::read_to_string(root.path().join(".tollgate/workflows/flow.md")).unwrap())
    }

    #[test]
    fn a_check_writes_nothing_and_a_second_run_finds_nothing() {
        let (odd, good) = (
            "---\nname:   flow\nschema_version: 1\n---\n#  Body\n",
            "---\nschema_version: 1\nname: flow\n---\n#  Body\n",
        );
        let root = files(odd);
        let [fine, wrong] = [0, 1].map(ExitCode::from);
        assert_eq!(format!("{:?}", fmt(&root, true, &[])), format!("{:?}", (wrong, odd)));
        assert_eq!(format!("{:?}", fmt(&root, true, &[".tollgate/config.yaml"])), format!("{:?}", (fine, odd)));
        assert_eq!(format!("{:?}", fmt(&root, false, &[])), format!("{:?}", (fine, good)));
        assert_eq!(format!("{:?}", fmt(&root, true, &[])), format!("{:?}", (fine, good)));
        let host = std::fs::read_to_string(root.path().join(".claude/agents/host.md")).unwrap();
        assert_eq!(host, "---\nname:   host\n---\n", "a host's file is the host's");
    }

    #[test]
    fn what_cannot_be_read_is_said_and_left() {
        let odd = "---\nname:   flow\npasses: [\n---\n";
        let (code, text) = fmt(&files(odd), false, &[]);
        assert_eq!((format!("{code:?}"), text.as_str()), (format!("{:?}", ExitCode::from(1)), odd));
    }

    #[test]
    fn the_sample_repository_is_laid_out() {
        let shop = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/shop"));
        let code = run(&Args { paths: Vec::new(), check: true, root: Some(shop.to_owned()) }).unwrap();
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
    }
}
